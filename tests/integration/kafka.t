#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# The Kafka output against a real broker: envelope, state topic, outage.
. "${top_srcdir:-$(cd "$(dirname "$0")/../.." && pwd)}/tests/lib/wait.sh"
. "$top_srcdir/tests/lib/kafka.sh"

publish=$top_builddir/tests/integration/publish
[ -x "$publish" ] || skip_all "$publish is not built: make check builds it"
kafka_need

# Orders for the output are lines of this FIFO; its writer is descriptor 9.
output_start()
{
	mkfifo "$scratch/orders.$1"
	"$publish" kafka "$kafka_brokers" alerts state events "" "$@" \
		<"$scratch/orders.$1" >"$scratch/stats" 2>"$scratch/publish.log" &
	output_pid=$!
	started="$started $output_pid"
	exec 9>"$scratch/orders.$1"
}

order()
{
	echo "$*" >&9
}

# stats TEXT: the output's counters hold this text now.
stats()
{
	order stats
	sleep 0.05
	tail -n 1 "$scratch/stats" | grep -qF -- "$1"
}

sequences()
{
	kafka_read alerts '%h %s\n' | sed 's/.*ce_sequence=\([0-9]*\).*/\1/'
}

tap_notes="$scratch/publish.log $scratch/stats"
kafka_start
ok $? "a broker runs"
kafka_topic alerts
ok $? "a topic for alerts"
kafka_topic state cleanup.policy=compact
ok $? "a compacted topic for their state"

output_start linger.ms=5
order data
order alert firing warning carrier-a 1 SIP trunks
order alert changed critical carrier-a 2 SIP trunks
order event 1001
ok "$(tenacious 20 stats '"delivered":5'; echo $?)" "all five messages are acknowledged"

kafka_read alerts '%k|%h|%s\n' >"$scratch/alerts"
try "the key is the fingerprint" has "$scratch/alerts" 'trunk-down|peer=carrier-a|' 2
try "binary mode: attributes are headers" has "$scratch/alerts" ce_specversion=1.0 2
try "the type tells the state" has "$scratch/alerts" ce_type=org.sipvigil.alert.changed
try "the value is plain JSON" has "$scratch/alerts" content-type=application/json 2
try "routing needs no parsing" has "$scratch/alerts" sipvigil-rule=trunk-down 2
cut -d'|' -f4- "$scratch/alerts" >"$scratch/values"
kafka_read state '%k|%h|%s\n' >"$scratch/state"
try "state values are structured" has "$scratch/state" '{"specversion":"1.0",' 2
kafka_read events '%k|%h|%s\n' >"$scratch/events"
try "events go to their topic, keyed by address" has "$scratch/events" '203.0.113.9|'

order alert resolved ok carrier-a 3 SIP trunks
ok "$(tenacious 20 stats '"delivered":8'; echo $?)" "resolved: alert, state and tombstone"
kafka_read state '%k %S\n' >"$scratch/state"
ok "$([ "$(tail -n 1 "$scratch/state")" = 'trunk-down|peer=carrier-a -1' ]; echo $?)" \
	"the state topic ends with a tombstone"

# A broker that hangs: nothing is lost, nothing comes twice.
kill -STOP "$kafka_pid"
for i in 4 5 6 7 8 9; do
	order alert changed warning carrier-a $i SIP trunks
done
ok "$(tenacious 5 stats '"waiting":12'; echo $?)" "a hanging broker: alerts wait"
ok "$(tenacious 40 stats 'no acknowledgment'; echo $?)" "and the output says so"
kill -CONT "$kafka_pid"
ok "$(tenacious 40 stats '"waiting":0'; echo $?)" "they are delivered when it goes on"

# A broker that dies and comes back.
kafka_kill
for i in $(seq 10 200); do
	order alert changed warning carrier-a "$i" SIP trunks
done
ok "$(tenacious 30 stats 'is the broker running'; echo $?)" "a dead broker is told with the remedy"
kafka_start
ok $? "the broker comes back"
ok "$(tenacious 60 stats '"waiting":0'; echo $?)" "the backlog is delivered"
ok "$(tenacious 10 stats '"problem":""'; echo $?)" "and the problem is over"
seq -f %010.0f 1 200 >"$scratch/expected"
sequences >"$scratch/sequences"
try "every alert once, in order" cmp "$scratch/expected" "$scratch/sequences"
exec 9>&-
wait "$output_pid"
ok $? "the output stops cleanly"

# Mistakes of the configuration are told at once.
"$publish" kafka "$kafka_brokers" alerts '' '' '' no.such.thing=1 </dev/null 2>"$scratch/problem"
try "an unknown property is named" has "$scratch/problem" 'property "no.such.thing=1"'
"$publish" kafka "$kafka_brokers" alerts '' '' '' linger.ms=soon </dev/null 2>"$scratch/problem"
try "a bad value is named" has "$scratch/problem" 'property "linger.ms=soon"'
finish
