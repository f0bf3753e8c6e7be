#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# check_sipvigil as a monitoring server runs it: exit codes, first line, options; with the
# daemon up, down and deaf.
. "${top_srcdir:-$(cd "$(dirname "$0")/../.." && pwd)}/tests/lib/wait.sh"
. "$top_srcdir/tests/lib/daemon.sh"

daemon_need
tap_notes="$scratch/check $scratch/daemon.log"

# says STATUS TEXT [OPTION...]
says()
{
	says_wanted=$1
	says_text=$2
	shift 2
	says_status=0
	"$check_sipvigil" "$@" >"$scratch/check" 2>"$scratch/errors" || says_status=$?
	[ "$says_status" -eq "$says_wanted" ] && has "$scratch/check" "$says_text" && [ ! -s "$scratch/errors" ]
}

try "--version" says 3 "check_sipvigil $("$sipvigil" --version | sed 's/^sipvigil //')" --version
try "--help" says 3 "Usage: check_sipvigil" -h
try "an unknown option" says 3 "SIP UNKNOWN - unknown option '--nothing'" --nothing
try "a missing value" says 3 "SIP UNKNOWN - this option needs a value: '-w'" -w
try "a bad range" says 3 "SIP UNKNOWN - not a range: '20:10'" -w 20:10
try "a bad time" says 3 "SIP UNKNOWN - not a number of seconds" -t soon
try "an argument too many" says 3 "SIP UNKNOWN - unexpected argument 'x'" x
try "no daemon: the remedy on the first line" says 3 "systemctl start sipvigild" --socket "$scratch/none"

# A daemon that accepts and says nothing.
python3 - "$scratch/deaf" <<'EOF' &
import socket, sys, time
s = socket.socket(socket.AF_UNIX)
s.bind(sys.argv[1])
s.listen()
time.sleep(60)
EOF
started="$started $!"
tenacious 10 test -S "$scratch/deaf"
begin=$(date +%s)
try "a deaf daemon is UNKNOWN" says 3 "SIP UNKNOWN - " --socket "$scratch/deaf" -t 2
ok "$([ $(($(date +%s) - begin)) -le 4 ]; echo $?)" "within the time given"

daemon_config '
rule "bruteforce" {
    where   = "outcome = rejected and leg = in"
    by      = {"peer_ip"}
    window  = "1h"
    warning = "count >= 5"
    service = "SIP security"
    likely  = "password guessing"
}
rule "trial" {
    where   = "outcome = rejected"
    window  = "1h"
    critical = "count >= 1"
    mode    = "observe"
}'
: >"$daemon_log"
daemon_start
ok $? "sipvigild runs"
try "no line yet is UNKNOWN" says 3 "SIP UNKNOWN - source file:" --socket "$daemon_socket"
daemon_refusal 203.0.113.9
try "data, and a rule on trial pages nobody" tenacious 20 says 0 "SIP OK - no alert open" --socket "$daemon_socket"
for _ in 2 3 4 5; do
	daemon_refusal 203.0.113.9
done
try "an alert is WARNING" tenacious 20 says 1 "SIP WARNING - bruteforce 203.0.113.9: " --socket "$daemon_socket"
try "with performance data" has "$scratch/check" " | 'alerts_critical'=0;;0;0 'alerts_warning'=1;0;;0"
try "-v tells more" says 1 "; likely password guessing" --socket "$daemon_socket" -v
try "-H of another host" says 0 "SIP OK" --socket "$daemon_socket" -H elsewhere
try "--rule" says 0 "SIP OK" --socket "$daemon_socket" --rule other
daemon_stop
ok $? "sipvigild stops cleanly"
finish
