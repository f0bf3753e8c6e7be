#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# The whole way: Asterisk writes a log line, sipvigild raises an alert, it is seen in a real
# Kafka broker, a real Nagios Core and by check_sipvigil; then it is cleared there.
. "${top_srcdir:-$(cd "$(dirname "$0")/../.." && pwd)}/tests/lib/wait.sh"
. "$top_srcdir/tests/lib/kafka.sh"
. "$top_srcdir/tests/lib/nagios.sh"
. "$top_srcdir/tests/lib/daemon.sh"

daemon_need
kafka_need
nagios_need
tap_notes="$scratch/daemon.log $scratch/daemon.out $scratch/check"

plugin()
{
	plugin_status=0
	"$check_sipvigil" --socket "$daemon_socket" "$@" >"$scratch/check" 2>&1 || plugin_status=$?
}

# plugin_says STATUS TEXT [OPTION...]
plugin_says()
{
	plugin_wanted=$1
	plugin_text=$2
	shift 2
	plugin "$@"
	[ "$plugin_status" -eq "$plugin_wanted" ] && has "$scratch/check" "$plugin_text"
}

in_topic()
{
	kafka_read "$1" '%k %h %s\n' >"$scratch/topic"
	has "$scratch/topic" "$2" "${3:-1}"
}

try "the plugin: no daemon is UNKNOWN" plugin_says 3 "SIP UNKNOWN - sipvigild is not running"

kafka_start
ok $? "a broker runs"
kafka_topic state cleanup.policy=compact
ok $? "a compacted topic for their state"
nagios_setup "SIP security" "SIP trunks"
nagios_start
ok $? "Nagios runs"

daemon_config "
rule \"bruteforce\" {
    where   = \"outcome = rejected and leg = in\"
    by      = {\"peer_ip\"}
    window  = \"10s\"
    warning = \"count >= 5\"
    critical = \"count >= 10\"
    clear_for = \"2s\"
    service = \"SIP security\"
    summary = \"{count} rejected credentials\"
}
kafka \"main\" {
    brokers = \"$kafka_brokers\"
    alerts_topic = \"alerts\"
    state_topic = \"state\"
    events_topic = \"events\"
    heartbeat_topic = \"heartbeat\"
}
nagios \"local\" {
    command_file = \"$nagios_fifo\"
    host = \"pbx1\"
    heartbeat = \"2s\"
}
stream \"log\" { path = \"$scratch/alerts.jsonl\" }
"
: >"$daemon_log"
daemon_start
ok $? "sipvigild runs"
try "the plugin: no line yet is UNKNOWN" plugin_says 3 "UNKNOWN"

daemon_line "VERBOSE[1647] chan_sip.c: Registered SIP '1002' at 127.0.0.1:5060"
try "the plugin: OK with data" tenacious 20 plugin_says 0 "SIP OK - no alert open"
try "Nagios: OK with data" tenacious 20 nagios_has "SIP security" current_state=0

for _ in 1 2 3 4 5; do
	daemon_refusal 203.0.113.9
done
try "Kafka: warning" tenacious 20 in_topic alerts '"severity":"warning"'
try "Kafka: keyed by the fingerprint" has "$scratch/topic" 'bruteforce|peer_ip=203.0.113.9 '
try "Kafka: named and counted" has "$scratch/topic" '5 rejected credentials'
try "Kafka: the events as well" tenacious 10 in_topic events '"peer_ip":"203.0.113.9"' 5
try "Nagios: WARNING" tenacious 20 nagios_has "SIP security" current_state=1
try "Nagios: says who" nagios_has "SIP security" "plugin_output=SIP WARNING - bruteforce 203.0.113.9: *"
try "the plugin: WARNING" plugin_says 1 "SIP WARNING - bruteforce 203.0.113.9: "
try "the plugin: another service is OK" plugin_says 0 "SIP OK" -s "SIP trunks"
try "the plugin: another peer is OK" plugin_says 0 "SIP OK" --peer 198.51.100.1
try "the plugin: one warning may be allowed" plugin_says 0 "'alerts_warning'=1;1;;0" -w 1

for _ in 6 7 8 9 10; do
	daemon_refusal 203.0.113.9
done
try "Nagios: CRITICAL" tenacious 20 nagios_has "SIP security" current_state=2
try "Kafka: changed" tenacious 20 in_topic alerts ce_type=org.sipvigil.alert.changed
try "the plugin: CRITICAL" plugin_says 2 "SIP CRITICAL - bruteforce 203.0.113.9: "
try "stream: one line a transition" has "$scratch/alerts.jsonl" '"schema":"alert/1"' 2

# Time goes on without new lines: the count falls and the alert clears.
try "Kafka: resolved" tenacious 60 in_topic alerts ce_type=org.sipvigil.alert.resolved
try "Nagios: OK again" tenacious 20 nagios_has "SIP security" current_state=0
try "the plugin: OK again" tenacious 10 plugin_says 0 "SIP OK - no alert open"
try "Kafka: heartbeat" tenacious 40 in_topic heartbeat '"has_data":true'

daemon_stop
ok $? "sipvigild stops cleanly"
try "the plugin: a stopped daemon is UNKNOWN" plugin_says 3 "SIP UNKNOWN"
finish
