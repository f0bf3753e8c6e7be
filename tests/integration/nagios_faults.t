#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# The command file of Nagios under faults: nobody reads, whoever reads stops, it is removed,
# it is a plain file; the daemon is killed; a real Nagios that stands still; no data.
# shellcheck source=../lib/wait.sh
. "${top_srcdir:-$(cd "$(dirname "$0")/../.." && pwd)}/tests/lib/wait.sh"
# shellcheck source=../lib/nagios.sh
. "$top_srcdir/tests/lib/nagios.sh"
# shellcheck source=../lib/daemon.sh
. "$top_srcdir/tests/lib/daemon.sh"
# shellcheck source=../lib/outputs.sh
. "$top_srcdir/tests/lib/outputs.sh"

daemon_need
nagios_need
tap_notes="$scratch/daemon.log $scratch/part"
fifo=$scratch/nagios.cmd
results=$scratch/results

conf()
{
	daemon_config "$outputs_rule
nagios \"local\" { command_file = \"$1\"  host = \"pbx1\"  heartbeat = \"$2\" }"
}

reader_start()
{
	cat <>"$fifo" >>"$results" 9>&- & # as a writer too: no end of file between results
	reader=$!
	started="$started $reader"
}

reader_kill()
{
	kill -CONT "$reader" 2>/dev/null
	kill "$reader"
	wait "$reader" 2>/dev/null
	return 0
}

# The n-th alert makes n open ones; a heartbeat says the same again.
counts()
{
	sed -n "s/.*;SIP security;.*'alerts_warning'=\([0-9]*\);.*/\1/p" "$results"
}

in_order()
{
	seq "$refused" >"$scratch/wanted"
	counts | grep -vx 0 | uniq | cmp "$scratch/wanted" -
}

# After kill -9 results come again, none is missing and the last one is true.
none_missing()
{
	seq "$refused" >"$scratch/wanted"
	counts | awk '$0 && !seen[$0]++' | cmp "$scratch/wanted" - &&
		[ "$(counts | tail -n 1)" -eq "$refused" ]
}

# A daemon without a single readable line, seen by a Nagios: it is asked at the end.
nagios_setup "SIP security" "SIP log pipeline"
nagios_start
ok $? "Nagios runs"
mkdir "$scratch/blind"
{
	echo "state_dir = \"$scratch/blind\""
	echo "control = \"$scratch/blind/control\""
	echo "rules_dir = {}"
	echo "$outputs_rule"
	echo "file \"none\" { path = {\"$scratch/blind/no-such-log\"} }"
	echo "nagios \"local\" { command_file = \"$nagios_fifo\"  host = \"pbx1\"  heartbeat = \"1s\" }"
} >"$scratch/blind/conf"
"$sipvigild" -f -c "$scratch/blind/conf" >"$scratch/blind/log" 2>&1 9>&- &
blind_pid=$!
started="$started $blind_pid"

mkfifo "$fifo"
: >"$daemon_log"
: >"$results"
conf "$fifo" 1h
reader_start
daemon_start
refusals 5
try "results are in the command file" tenacious 20 in_order

reader_kill
refusals 30
try "nobody reading is said with the remedy" tenacious 20 part_says nagios:local 'is Nagios running'
try "the input keeps up meanwhile" tenacious 20 keeps_up
try "the results wait" tenacious 10 part_is nagios:local waiting 30
try "with the next try" part_has nagios:local next_try 2
try "it was said once" said 1 'is Nagios running'
"$check_sipvigil" --socket "$daemon_socket" >"$scratch/check"
try "the plugin still tells the alerts" has "$scratch/check" 'SIP WARNING - one 10.0.0.'
try "it ends in time" stops_in_time
reader_start
daemon_start
try "after the next start each result comes once, in order" tenacious 30 in_order

kill -STOP "$reader"
refusals 300
try "a reader that stopped is said" tenacious 20 part_says nagios:local 'does not read its command file'
try "the input keeps up meanwhile" tenacious 20 keeps_up
try "it ends in time" stops_in_time
try "and says how many wait" said 1 'that is done after the next start'
kill -CONT "$reader"
daemon_start
try "after the next start each result comes once, in order" tenacious 30 in_order

reader_kill
rm "$fifo"
refusals 3
try "a command file that was removed is said" tenacious 20 part_says nagios:local 'No such file'
: >"$fifo"
refusals 3
try "so is a plain file in its place" tenacious 30 part_says nagios:local 'not a FIFO'
try "the input keeps up meanwhile" tenacious 20 keeps_up
[ ! -s "$fifo" ]
ok $? "nothing is written into it"
rm "$fifo"
mkfifo "$fifo"
reader_start
try "when it is a FIFO again each result comes once, in order" tenacious 40 in_order
try "the end of the trouble is said" tenacious 10 said 1 'is read again'
try "and nothing is left of it" tenacious 10 is_well nagios:local

kill -STOP "$reader"
refusals 200
tenacious 20 keeps_up
killed
kill -CONT "$reader"
daemon_start
try "after kill -9 no result is missing, the last is the present state" tenacious 30 none_missing
stops_in_time
reader_kill

# A Nagios that stands still, as one that is swapped out; and one that is quick again.
try "a daemon without data sends its heartbeat all the same: UNKNOWN" tenacious 40 nagios_has "SIP security" current_state=3
try "and says why" nagios_has "SIP security" "plugin_output=SIP UNKNOWN - no source has delivered a readable line*"
"$check_sipvigil" --socket "$scratch/blind/control" >"$scratch/check"
ok $(($? != 3)) "so does the plugin"
kill "$blind_pid"
wait "$blind_pid"
ok $? "the daemon without data ends cleanly"
conf "$nagios_fifo" 1s
daemon_start
nagios_all=$(pgrep -P "$nagios_pid" | tr '\n' ' ')
# shellcheck disable=SC2086 # a list
kill -STOP "$nagios_pid" $nagios_all
refusals 300
try "a Nagios that stands still is said" tenacious 30 part_says nagios:local 'does not read its command file'
try "the input keeps up meanwhile" tenacious 20 keeps_up
# shellcheck disable=SC2086
kill -CONT "$nagios_pid" $nagios_all
try "when it goes on it gets what waited, and the present state" tenacious 40 nagios_has "SIP security" \
	"performance_data='alerts_critical'=0;;0;0 'alerts_warning'=$refused;0;;0"
try "it is said when it is over" tenacious 10 is_well nagios:local
try "it ends in time" stops_in_time
finish
