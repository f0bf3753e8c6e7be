#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Programs of a running daemon that fail, say "not now", hang, are killed, flood their
# output or are not there: each alert is handed over, in order, or given up and counted.
# shellcheck source=../lib/wait.sh
. "${top_srcdir:-$(cd "$(dirname "$0")/../.." && pwd)}/tests/lib/wait.sh"
# shellcheck source=../lib/daemon.sh
. "$top_srcdir/tests/lib/daemon.sh"
# shellcheck source=../lib/outputs.sh
. "$top_srcdir/tests/lib/outputs.sh"

daemon_need
tap_notes="$scratch/daemon.log $scratch/part"
page=$scratch/page
paged=$scratch/paged

# program LINES: what is run for an alert; then it notes whom the alert was about. Put in
# place in one step: the daemon may run it at any time.
program()
{
	# shellcheck disable=SC2016 # for the program
	printf '#!/bin/sh\n%s\necho "$SIPVIGIL_PEER_IP" >>"%s"\n' "$1" "$paged" >"$page.new"
	chmod +x "$page.new"
	mv "$page.new" "$page"
}

begin()
{
	rm -rf "$scratch/state" "$paged"
	: >"$daemon_log"
	refused=0
	daemon_config "$outputs_rule
exec \"page\" { command = {\"$page\"} ${1:-} }"
	daemon_start
}

all_paged()
{
	addresses 0 >"$scratch/wanted"
	cmp "$scratch/wanted" "$paged"
}

program ''
begin
refusals 3
try "a program is run for each alert" tenacious 20 all_paged

program 'exit 75'
refusals 1
try "one that says \"not now\" is tried again" tenacious 20 part_says exec:page 'not now'
refusals 30
try "the input keeps up meanwhile" tenacious 20 keeps_up
try "the alerts wait" tenacious 10 part_is exec:page waiting 31
try "with the next try" tenacious 10 part_has exec:page next_try 2
try "it was said once" said 1 'not now'
try "it ends in time" stops_in_time
program ''
daemon_start
try "after the next start each is handed over once, in order" tenacious 30 all_paged
stops_in_time

# Out of memory, a crash, a hanging far side: a program that is killed or hangs.
program 'kill -SEGV $$'
begin 'timeout = "500ms"'
refusals 2
try "a program that was killed is said" tenacious 20 part_says exec:page 'killed by signal 11'
# shellcheck disable=SC2016
program 'sleep 600 & echo $! >>'"$scratch/sleepers"'; sleep 600'
try "one that hangs is ended after its time limit" tenacious 30 part_says exec:page 'time limit'
gone()
{
	! kill -0 "$(head -n 1 "$scratch/sleepers")" 2>/dev/null
}
try "with what it started" tenacious 10 gone
refusals 50
try "the input keeps up meanwhile" tenacious 20 keeps_up
try "it ends in time" stops_in_time
program 'head -c 50000000 /dev/zero'
daemon_start
try "a flood on its standard output hurts nobody: all are handed over" tenacious 40 all_paged
try "and the trouble is over" tenacious 10 is_well exec:page
high=$(awk '/^VmHWM/ { print $2 }' "/proc/$daemon_pid/status")
[ "$high" -lt 65536 ] || grep -q __asan_init "$sipvigild"
ok $? "the daemon's memory does not grow with it ($high KiB)"
stops_in_time
ok $? "it ends in time"

# One that hangs while the daemon is told to end.
program 'sleep 600'
begin 'timeout = "1h"'
refusals 2
runs()
{
	pgrep -P "$daemon_pid" >/dev/null
}
tenacious 20 runs
try "a program that hangs does not keep the daemon" stops_in_time
program ''
daemon_start
try "its alert is handed over after the next start" tenacious 20 all_paged
stops_in_time

# An alert that is refused for good stops the others for a while, not for ever.
# shellcheck disable=SC2016
program '[ "$SIPVIGIL_PEER_IP" != 10.0.0.1 ] || exit 1'
begin 'give_up = "2s"'
refusals 4
addresses 0 | grep -v '^10\.0\.0\.1$' >"$scratch/good"
try "an alert that is refused for good is given up, the others follow" tenacious 30 cmp "$scratch/good" "$paged"
try "it is counted" tenacious 10 part_is exec:page failed 1
try "and said" said 1 'an alert was given up'
try "nothing waits" tenacious 10 is_well exec:page
rm "$page"
refusals 1
try "a program that is not there is said" tenacious 20 part_says exec:page 'No such file'
down_for()
{
	down=$(part exec:page | sed -n 's/.*"down_since":"\([^"]*\)".*/\1/p')
	[ "$down" ] && [ $(($(date +%s) - $(date -d "$down" +%s))) -gt "$1" ]
}
tenacious 20 down_for 3
try "and gives nothing up" part_is exec:page waiting 1
program ''
try "when it is there again the alert is handed over" tenacious 40 has "$paged" 10.0.0.4
try "it is said when it is over" tenacious 10 said 2 'succeeds again'
stops_in_time
ok $? "it ends in time"

# Kill -9 while one runs: that alert may be handed over twice, none is missing.
program 'sleep 0.05'
begin
refusals 40
tenacious 20 test -s "$paged"
killed
daemon_start
all_at_least_once()
{
	addresses 0 >"$scratch/wanted"
	uniq "$paged" | cmp - "$scratch/wanted" ||
		{ sort -u -t. -k4n "$paged" | cmp - "$scratch/wanted"; }
}
try "after kill -9 none is missing" tenacious 30 all_at_least_once
echo "# $(($(wc -l <"$paged") - 40)) of 40 were handed over twice"
[ "$(wc -l <"$paged")" -le 80 ]
ok $? "and those not marked yet come once more at most"
stops_in_time
finish
