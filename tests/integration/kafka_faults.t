#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# A running daemon and a real broker that is away for long. What does not depend on how
# long: a backlog larger than any window in memory, and a daemon that was restarted
# meanwhile.
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

all_in_topic()
{
	topic
	addresses 0 >"$scratch/wanted"
	cmp "$scratch/wanted" "$scratch/topic"
}

kafka_start
ok $? "a broker runs"
conf ""
daemon_start
refusals 5
try "alerts are in the topic" tenacious 30 all_in_topic

# A long outage.
kafka_kill
refusals 20000
try "the input keeps up while the broker is away: 20000 alerts" tenacious 40 keeps_up
try "all of them wait" tenacious 20 part_is kafka:main waiting 20000
try "the daemon knows since when it is down" tenacious 30 part_has kafka:main down_since 2
try "with the remedy" part_says kafka:main 'is the broker running'
try "it was said once" said 1 'is the broker running'
if ! grep -q __asan_init "$sipvigild"; then
	high=$(awk '/^VmHWM/ { print $2 }' "/proc/$daemon_pid/status")
	[ "$high" -lt 131072 ]
	ok $? "the backlog is not in memory ($high KiB)"
fi
try "it ends in time" stops_in_time
daemon_start
try "the backlog is there after the next start" part_is kafka:main waiting 20000
kafka_start
ok $? "the broker comes back"
try "the backlog is delivered" tenacious 60 is_well kafka:main
try "every alert once, in order" all_in_topic

# Another section with the same name goes on with its backlog, once.
kafka_kill
refusals 50
tenacious 20 part_is kafka:main waiting 50
conf 'property = {"linger.ms=20"}'
"$sipvigil" reload --socket "$daemon_socket" >/dev/null
try "an output whose section changed has the backlog" part_is kafka:main waiting 50
kafka_start
try "and delivers it" tenacious 60 is_well kafka:main
try "every alert once, in order" all_in_topic
try "it ends in time" stops_in_time
finish
