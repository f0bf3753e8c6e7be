#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# A running daemon and a real broker that hangs, and a daemon that is killed while it
# delivers: an alert may then be in the topic twice, byte by byte the same.
# shellcheck source=../lib/wait.sh
. "${top_srcdir:-$(cd "$(dirname "$0")/../.." && pwd)}/tests/lib/wait.sh"
# shellcheck source=../lib/kafka.sh
. "$top_srcdir/tests/lib/kafka.sh"
# shellcheck source=../lib/daemon.sh
. "$top_srcdir/tests/lib/daemon.sh"
# shellcheck source=../lib/outputs.sh
. "$top_srcdir/tests/lib/outputs.sh"

daemon_need
kafka_need
tap_notes="$scratch/daemon.log $scratch/part"
: >"$daemon_log"

conf()
{
	daemon_config "$outputs_rule
kafka \"main\" { brokers = \"$kafka_brokers\"  alerts_topic = \"alerts\"  $1 }"
}

# Whom the alerts in the topic are about, in their order.
topic()
{
	kafka_read alerts '%k\n' | sed 's/.*=//' >"$scratch/topic"
}

# Each at least once, the first time in order.
none_missing()
{
	topic
	addresses 0 >"$scratch/wanted"
	awk '!seen[$0]++' "$scratch/topic" | cmp "$scratch/wanted" -
}

# Whatever came twice is the same, byte by byte.
twice_the_same()
{
	[ "$(kafka_read alerts '%k %s\n' | sort -u | wc -l)" -eq "$refused" ]
}

kafka_start
ok $? "a broker runs"
conf ""
daemon_start
refusals 5
try "alerts are in the topic" tenacious 30 none_missing

# A broker that hangs.
kill -STOP "$kafka_pid"
refusals 300
try "the input keeps up while the broker hangs" tenacious 20 keeps_up
try "what it does not acknowledge waits" tenacious 20 part_is kafka:main waiting 300
try "that it hangs is said" tenacious 40 part_says kafka:main 'no acknowledgment'
try "it ends in time" stops_in_time
kill -CONT "$kafka_pid"
daemon_start
try "after the next start the backlog is delivered" tenacious 40 is_well kafka:main
try "no alert is missing, the order is kept" none_missing
try "what came twice is the same" twice_the_same
echo "# $(($(wc -l <"$scratch/topic") - refused)) of 300 came twice"

# Kill -9 while a backlog is delivered.
kill -STOP "$kafka_pid"
refusals 3000
tenacious 20 part_is kafka:main waiting 3000
kill -CONT "$kafka_pid"
begun()
{
	part kafka:main | grep -q '"waiting":[0-9]' && ! part_is kafka:main waiting 3000
}
tenacious 40 begun
killed
daemon_start
try "after kill -9 in the middle the rest is delivered" tenacious 40 is_well kafka:main
try "no alert is missing, the order is kept" none_missing
try "what came twice is the same" twice_the_same
echo "# $(($(wc -l <"$scratch/topic") - refused)) of all $refused came twice"
stops_in_time
ok $? "it ends in time"
finish
