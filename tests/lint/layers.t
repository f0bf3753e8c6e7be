#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Rooms include only what their row in tests/lint/layers allows, and the check has teeth.
# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"

output=$("$src/tests/lint/layers" "$src" 2>&1)
tap $? "every room includes only what it may"

scratch=$(mktemp -d) || exit 1
trap 'rm -rf "$scratch"' EXIT
mkdir -p "$scratch/include/sipvigil" "$scratch/src/sip" "$scratch/src/base" "$scratch/src/output"
echo '#include <sipvigil/alert.h>' >"$scratch/include/sipvigil/event.h"
printf '#include "base/text.h"\n#include <unistd.h>\n#include "engine/rule.h"\n' >"$scratch/src/sip/codes.c"
: >"$scratch/src/sip/codes.h"
echo '#include "conf/conf.h"' >"$scratch/src/output/nagios.c"
echo '#include <systemd/sd-event.h>' >"$scratch/src/base/log.c"
output=$("$src/tests/lint/layers" "$scratch" 2>&1)
found=$(printf '%s\n' "$output" | LC_ALL=C sort)
wanted='include/sipvigil/event.h:1: event.h may not include sipvigil/alert.h: contracts include downward
src/base/log.c:1: room base may not include systemd/sd-event.h
src/output/nagios.c:1: room output may not include conf/conf.h: it gets its spec
src/sip/codes.c:1: its own header sip/codes.h comes first
src/sip/codes.c:2: room sip may not include unistd.h
src/sip/codes.c:3: room sip may not include engine/rule.h'
[ "$found" = "$wanted" ]
tap $? "breaches are named with file, line and reason"
tap_end
