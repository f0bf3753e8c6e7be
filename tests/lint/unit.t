#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# systemd takes the unit and the user file as they are, and the sandbox stays as tight as
# it was.
# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"
if ! command -v systemd-analyze >/dev/null; then
	skip "unit file" "apt-get install systemd"
	tap_end
fi
work=$(mktemp -d) || exit 1
trap 'rm -rf "$work"' EXIT

# The programs need not be installed: any that exists will do.
sed -e 's|@sbindir@/sipvigild|/bin/true|' -e 's|@bindir@/sipvigil|/bin/true|' \
	"$src/packaging/sipvigild.service.in" >"$work/sipvigild.service"
output=$(systemd-analyze verify --man=no "$work/sipvigild.service" 2>&1 | grep -F sipvigild.service)
[ -z "$output" ]
tap $? "systemd-analyze verify has nothing to say"

# In tenths: 13 is 1.3 of 10.
output=$(systemd-analyze security --offline=true --threshold=13 --no-pager "$work/sipvigild.service" 2>&1)
tap $? "exposure is at most 1.3"

output=$(mkdir -p "$work/root/etc" &&
	systemd-sysusers --root="$work/root" "$src/packaging/sipvigil.sysusers" 2>&1 &&
	grep -q '^sipvigil:' "$work/root/etc/passwd" &&
	grep -Eq '^(adm|systemd-journal):.*:sipvigil$' "$work/root/etc/group")
tap $? "sysusers makes the user and its groups"

tap_end
