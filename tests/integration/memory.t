#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# shellcheck disable=SC2119 # daemon_start takes further options only where some are given
# The system refuses memory while a flood of addresses comes in: keys are given up and
# counted, logs are read on, and an attack that comes then is still seen.
. "${top_srcdir:-$(cd "$(dirname "$0")/../.." && pwd)}/tests/lib/wait.sh"
. "$top_srcdir/tests/lib/sipvigild.sh"
daemon_need
command -v prlimit python3 >/dev/null || skip_all "needs prlimit and python3: apt-get install util-linux python3"
grep -q __asan_init "$sipvigild" && skip_all "AddressSanitizer needs all of the address space"

# counter NAME LEAST: of the daemon, at least so much
counter() { [ "$(ask stats | awk -v name="$1" '$1 == name { print $2 }')" -ge "$2" ]; }

: >"$log"
daemon_conf 'max_memory = "512M"' "max_keys = 10000000" \
	"file \"asterisk\" { path = {\"$log\"}  from = \"beginning\" }" "stream \"out\" { path = \"$out\" }"
daemon_start
ok $? "it starts"
now=$(awk '/^VmSize/ { print $2 * 1024 }' "/proc/$daemon_pid/status")
prlimit --pid "$daemon_pid" --as=$((now + 20000000)):
python3 - >>"$log" <<'PYTHON'
import time
stamp = time.strftime("%Y-%m-%d %H:%M:%S", time.gmtime())
for i in range(100000):
    print("[%s] NOTICE[1647] chan_sip.c: Registration from '\"1001\" <sip:1001@pbx>' failed for '10.%d.%d.%d:5071' - Wrong password"
          % (stamp, i >> 16 & 255, i >> 8 & 255, i & 255))
PYTHON
wrong_password 203.0.113.9 30
try "the attack is seen behind the flood" tenacious 60 sh -c \
	"grep -F '\"name\":\"auth-bruteforce\"' '$out' | grep -qF '\"203.0.113.9\"'"
try "all is read" tenacious 60 counter sipvigil_events_raw_total 100030
try "what had no room is counted" tenacious 10 counter sipvigil_engine_evicted_total 1000
try "it answers" tenacious 10 ask status
prlimit --pid "$daemon_pid" --as=unlimited:
wrong_password 203.0.113.10 30
try "with memory again it goes on" tenacious 20 has "$out" '"203.0.113.10"'
daemon_stop
ok $? "it ends with code 0"
finish
