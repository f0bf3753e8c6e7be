#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# The Nagios output against a real Nagios Core: raise, clear, heartbeat, freshness, and a
# Nagios that is away for a while.
. "${top_srcdir:-$(cd "$(dirname "$0")/../.." && pwd)}/tests/lib/wait.sh"
. "$top_srcdir/tests/lib/nagios.sh"

publish=$top_builddir/tests/integration/publish
[ -x "$publish" ] || skip_all "$publish is not built: make check builds it"
nagios_need
nagios_setup "SIP trunks" "SIP security" "SIP log pipeline"
nagios_service "Nobody reports" 4
tap_notes="$scratch/publish.log $scratch/stats $scratch/nagios/nagios.log"

order()
{
	echo "$*" >&9
}

stats()
{
	order stats
	sleep 0.05
	tail -n 1 "$scratch/stats" | grep -qF -- "$1"
}

nagios_start
ok $? "Nagios runs"

mkfifo "$scratch/orders"
"$publish" nagios "$nagios_fifo" pbx1 2 "SIP trunks" "SIP security" "SIP log pipeline" \
	<"$scratch/orders" >"$scratch/stats" 2>"$scratch/publish.log" &
output_pid=$!
started="$started $output_pid"
exec 9>"$scratch/orders"

order data
try "with data and no alert a service is OK" \
	tenacious 20 nagios_has "SIP security" "plugin_output=SIP OK - no alert open"

order alert firing critical carrier-a 1 SIP trunks
try "a critical alert makes its service CRITICAL" tenacious 20 nagios_has "SIP trunks" current_state=2
# Nagios Core writes ":" where the output has ";".
try "the text says who and how much of what limit" nagios_has "SIP trunks" \
	"plugin_output=SIP CRITICAL - trunk-down carrier-a: 12 calls failed in 5 min (limit 10): 100 % / of them"
try "performance data is apart" nagios_has "SIP trunks" \
	"performance_data='alerts_critical'=1;;0;0 'alerts_warning'=0;0;;0"
try "the long text says what to check" nagios_has "SIP trunks" "long_plugin_output=CRITICAL trunk-down carrier-a: *"
try "other services stay OK" nagios_has "SIP security" current_state=0

order alert firing warning carrier-b 1 SIP trunks
try "a second alert is told in the same service" tenacious 20 nagios_has "SIP trunks" \
	"plugin_output=SIP CRITICAL - trunk-down carrier-a: 12 calls failed in 5 min (limit 10): 100 % / of them: 1 more alert"
order alert resolved ok carrier-a 2 SIP trunks
try "the lesser one remains" tenacious 20 nagios_has "SIP trunks" current_state=1

# Away and back: what happened meanwhile arrives in order, then the present state.
nagios_stop
order alert resolved ok carrier-b 2 SIP trunks
order alert firing warning carrier-c 1 SIP trunks
ok "$(tenacious 20 stats 'is Nagios running'; echo $?)" "without a reader results wait, with the remedy told"
order alert resolved ok carrier-c 2 SIP trunks
nagios_start
try "cleared after Nagios came back" tenacious 30 nagios_has "SIP trunks" current_state=0
ok "$(tenacious 10 stats '"waiting":0'; echo $?)" "nothing waits any more"
ok "$(tenacious 10 stats '"problem":""'; echo $?)" "the problem is over"

before=$(sed -n 's/.*last_check=//p' "$nagios_status" | sort -n | tail -n 1)
newer()
{
	[ "$(sed -n 's/.*last_check=//p' "$nagios_status" | sort -n | tail -n 1)" -gt "$before" ]
}
try "heartbeats go on without any change" tenacious 20 newer
try "a service that nobody reports turns UNKNOWN" tenacious 40 nagios_has "Nobody reports" current_state=3

order note "source file:full cannot be read"
try "trouble of an input is UNKNOWN in the pipeline's service" \
	tenacious 20 nagios_has "SIP log pipeline" "plugin_output=SIP UNKNOWN - source file:full cannot be read"
try "and does not touch the others" nagios_has "SIP trunks" current_state=0
order nodata
try "no data is UNKNOWN everywhere" tenacious 20 nagios_has "SIP trunks" current_state=3

exec 9>&-
wait "$output_pid"
ok $? "the output stops cleanly"

: >"$scratch/plain"
echo stats | "$publish" nagios "$scratch/plain" pbx1 1 a >"$scratch/out" 2>&1
ok "$("$publish" nagios "$nagios_fifo" 'a;b' 1 x </dev/null 2>&1 | grep -q "has no ';'"; echo $?)" \
	"a host name that would break the line is refused"
(echo "alert firing warning x 1 a"; sleep 0.3; echo stats) |
	"$publish" nagios "$scratch/plain" pbx1 1 a >"$scratch/out" 2>&1
try "a plain file is not taken for the FIFO" has "$scratch/out" "not a FIFO"
ok "$([ ! -s "$scratch/plain" ]; echo $?)" "and stays empty"
finish
