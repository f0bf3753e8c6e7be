#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# The clock is set back by a day while the daemon is down: it does not pass over the day
# in silence. Once the clock is there again all is as before.
. "${top_srcdir:-$(cd "$(dirname "$0")/../.." && pwd)}/tests/lib/wait.sh"
. "$top_srcdir/tests/lib/sipvigild.sh"
daemon_need
preload=$(realpath "$top_builddir/tests/lib/shift.so" 2>/dev/null)
[ -e "$preload" ] || skip_all "tests/lib/shift.so is not built: make check builds it"
if grep -q __asan_init "$sipvigild"; then
	skip_all "a clock of its own and the address sanitizer do not go together"
fi

# start_at SECONDS: the clock is so far ahead.
start_at()
{
	printf '%23d %23d\n' "$1" 0 >"$scratch/clock"
	LD_PRELOAD=$preload SHIFT_FILE=$scratch/clock "$sipvigild" -f -c "$conf" >>"$daemon_log" 2>&1 &
	daemon_pid=$!
	started="$started $daemon_pid"
	tenacious 20 ask status
}

alerted() { grep -F "\"name\":\"$1\"" "$out" | grep -qF "$2"; }

: >"$log"
daemon_conf 'grace = "1s"' "file \"asterisk\" { path = {\"$log\"}  from = \"beginning\" }" \
	"stream \"out\" { path = \"$out\" }"
start_at 0
wrong_password 203.0.113.1 12
try "an alert at the right time" tenacious 20 alerted auth-bruteforce 203.0.113.1
daemon_stop

start_at -86400
ok $? "it starts a day earlier"
try "it says so" has "$daemon_log" "the clock was set back by 86"
try "status says for how long it lasts" tenacious 10 says "the clock was set back: for 86" ask status
try "and the rule clock-step alerts" tenacious 20 alerted clock-step state
daemon_stop
start_at -86400
try "so after another start" tenacious 10 says "the clock was set back: for 86" ask status
daemon_stop

start_at 0
try "the clock is right again: nothing is said" sh -c "! '$sipvigil' status --socket '$control' | grep 'set back'"
wrong_password 203.0.113.2 12
try "and all goes on" tenacious 20 alerted auth-bruteforce 203.0.113.2
daemon_stop
ok $? "it ends with code 0"
finish
