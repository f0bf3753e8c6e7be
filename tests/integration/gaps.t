#!/bin/sh
# shellcheck disable=SC2119 # daemon_start takes further options only where some are given
# SPDX-License-Identifier: Apache-2.0
# Never blind in silence: each way in which the log fails the daemon is an alert of its
# own, which begins and ends, and puts what rests on that log in doubt.
. "${top_srcdir:-$(cd "$(dirname "$0")/../.." && pwd)}/tests/lib/wait.sh"
. "$top_srcdir/tests/lib/sipvigild.sh"
. "$top_srcdir/tests/lib/journald.sh"
daemon_need
check_sipvigil=$top_builddir/check_sipvigil
tap_notes="$tap_notes $out"

# alert STATE RULE KEY: such a transition was written. KEY is the source, else the host.
alert()
{
	jq -Rr --arg state "$1" --arg rule "$2" --arg key "$3" \
		'fromjson? | select(.state == $state and .rule.name == $rule and
			(.sipvigil.key | (.source // .host // .peer_ip)) == $key) | "yes"' \
		"$out" 2>/dev/null | grep -q yes
}

# fact RULE KEY FILTER: of the last alert of that rule and key.
fact()
{
	jq -Rr --arg rule "$1" --arg key "$2" \
		"fromjson? | select(.rule.name == \$rule and
			(.sipvigil.key | (.source // .host // .peer_ip)) == \$key) | $3" \
		"$out" 2>/dev/null | tail -n 1
}

# said RULE KEY FILTER TEXT
said()
{
	fact "$1" "$2" "$3" | grep -qF -- "$4"
}

stamp()
{
	date ${1:+-d "$1"} '+%Y-%m-%d %H:%M:%S'
}

# quiet FILE: a line of Asterisk that tells nothing.
quiet()
{
	echo "[$(stamp)] VERBOSE[1647] pbx.c: Executing [1@c:1] NoOp(\"SIP/1-00000001\", \"\") in new stack" >>"$1"
}

# unknown FILE COUNT: lines that are no PBX's.
unknown()
{
	unknown_left=$2
	while [ "$unknown_left" -gt 0 ]; do
		echo "$(date +%s) <new-format> line $unknown_left"
		unknown_left=$((unknown_left - 1))
	done >>"$1"
}

# The default rules, in seconds instead of minutes.
quick='
grace = "1s"
gap_interval = "1s"
host = "pbx1"
rule "log-gap" { amend = true  window = "4s"  clear_for = "1s" }
rule "log-unreadable" { amend = true  window = "4s"  clear_for = "1s" }
rule "log-silent" { amend = true  window = "4s"  clear_for = "1s" }
rule "log-unrecognised" { amend = true  window = "4s"  clear_for = "1s" }
rule "clock-skew" { amend = true  window = "4s"  clear_for = "1s" }
rule "clock-step" { amend = true  window = "4s"  clear_for = "1s"  cooldown = "0s" }
rule "held" { where = "outcome = rejected"  by = {"peer_ip"}  window = "8s"  warning = "count >= 5"  clear_for = "1s"  service = "SIP security" }'

# forget: the next daemon knows nothing of the last one.
forget()
{
	rm -rf "$out" "$control" "$scratch"/checkpoint* "$scratch"/alerts.db*
}

mkdir "$scratch/var"
mkdir "$scratch/rules"
cp "$rules_dir/pipeline.conf" "$scratch/rules"
rules_dir=$scratch/rules
for file in full resting changed skewed vanishing syslog; do
	: >"$scratch/var/$file"
	[ $file = syslog ] || quiet "$scratch/var/$file"
done
: >"$scratch/var/empty"
follow() { # TITLE [SETTINGS]
	echo "file \"$1\" { path = {\"$scratch/var/$1\"}  from = \"beginning\"  timezone = \"UTC\"  ${2:-} }"
}
daemon_conf "$quick" \
	"$(follow full)" "$(follow resting 'silence = "4s"')" "$(follow changed)" "$(follow skewed)" \
	"$(follow vanishing)" "$(follow later)" "$(follow syslog)" "$(follow empty 'silence = "2s"')" \
	"journal \"none\" { directory = \"$scratch/no-journal\"  identifiers = {\"asterisk\"} }" \
	"stream \"out\" { path = \"$out\" }" \
	"stream \"events\" { path = \"$scratch/events.jsonl\"  what = \"events\"  where = \"outcome = gap\" }"
daemon_start
ok $? "it starts"

# Silence, and what it means for the alerts that rest on that log.
try "a log that is not there is an alert" tenacious 30 alert firing log-unreadable file:later
try "so is a journal that cannot be opened" tenacious 30 alert firing log-unreadable journal:none
try "and so is one that never says anything" tenacious 30 alert firing log-silent file:empty
wrong_password 203.0.113.21 6 "$scratch/var/resting"
wrong_password 203.0.113.22 6 "$scratch/var/full"
try "(two attacks, one on each log)" tenacious 30 alert firing held 203.0.113.21
try "a log that is silent for longer than was set is one" tenacious 30 alert firing log-silent file:resting
try "its words name the log and what to do" said log-silent file:resting '.event.reason + .sipvigil.check' "nothing comes from file:resting"
try "it is of the service for the log itself" said log-silent file:resting .sipvigil.service "SIP log pipeline"
try "an alert that rests on it is held as unknown" tenacious 30 alert unknown held 203.0.113.21
try "and says so" said held 203.0.113.21 .event.reason "cannot tell whether it is over"
try "one that rests on another log is over as usual" tenacious 30 alert resolved held 203.0.113.22
if alert unknown held 203.0.113.22; then ok 1 "without doubt"; else ok 0 "without doubt"; fi
# It speaks until the alert about its silence is over: one line would be silence again.
speaks() { # FILE COMMAND...
	quiet "$scratch/var/$1"
	shift
	"$@"
}
try "the first line ends the silence" tenacious 30 speaks resting alert resolved log-silent file:resting
try "and then the attack is over" tenacious 30 speaks resting alert resolved held 203.0.113.21

# Missing messages.
echo "[$(stamp)] WARNING[1647] logger: Log queue threshold (1000) exceeded.  Discarding new messages." >>"$scratch/var/full"
try "a log queue of Asterisk that ran over is an alert" tenacious 30 alert firing log-gap file:full
echo "[$(stamp)] WARNING[1647] logger: Logging resumed.  77 messages discarded." >>"$scratch/var/full"
wrong_password 203.0.113.23 6 "$scratch/var/full"
try "counts over it" tenacious 30 alert firing held 203.0.113.23
try "say at least" said held 203.0.113.23 .event.reason "at least 5 "
try "also to programs" said held 203.0.113.23 '.sipvigil.completeness | "\(.status) \(.lower_bound) \(.lost)"' "gap true 77"
try "the alert is over with the gap" tenacious 30 alert resolved log-gap file:full
rsyslog() { echo "$(date '+%Y-%m-%dT%H:%M:%S.%6N%:z') pbx1 rsyslogd: $*" >>"$scratch/var/syslog"; }
rsyslog "imuxsock[pid: 9, name: /usr/bin/backup]: 5 messages lost due to rate-limiting (200 allowed within 5 seconds)"
rsyslog "imuxsock[pid: 51, name: /usr/sbin/asterisk] from <pbx1:asterisk>: begin to drop messages due to rate-limiting"
rsyslog "imuxsock[pid: 51, name: /usr/sbin/asterisk]: 4711 messages lost due to rate-limiting (200 allowed within 5 seconds)"
try "what rsyslog dropped is one" tenacious 30 alert firing log-gap file:syslog
# The first notice has no number: it is in the events that follow.
try "with its number" tenacious 10 has "$scratch/events.jsonl" '"count":4711'
if has "$scratch/events.jsonl" '"count":5,'; then ok 1 "of the PBX alone"; else ok 0 "of the PBX alone"; fi
try "the kind of each is its category" has "$scratch/events.jsonl" '"category":"suppressed"'

# Lines that are not understood any more.
unknown "$scratch/var/changed" 150
try "a log that changed its form is an alert" tenacious 30 alert firing log-unrecognised file:changed
quiet "$scratch/var/changed"
try "until a line is understood" tenacious 30 alert resolved log-unrecognised file:changed

# Clocks.
echo "[$(stamp '1 hour ago')] NOTICE[1647] chan_sip.c: Registration from '<sip:1@pbx>' failed for '203.0.113.24:5071' - Wrong password" >>"$scratch/var/skewed"
try "stamps an hour off are an alert" tenacious 30 alert firing clock-skew file:skewed
wrong_password 203.0.113.24 1 "$scratch/var/skewed"
try "until they are right" tenacious 30 alert resolved clock-skew file:skewed

# Files that come and go.
quiet "$scratch/var/later"
try "the log that was not there came" tenacious 30 alert resolved log-unreadable file:later
rm "$scratch/var/vanishing"
try "one that vanished is an alert" tenacious 30 alert firing log-unreadable file:vanishing
quiet "$scratch/var/vanishing"
try "until it is there again" tenacious 30 alert resolved log-unreadable file:vanishing
try "the empty one says something" tenacious 30 speaks empty alert resolved log-silent file:empty
daemon_stop
ok $? "it ends with code 0"

for schema in alert:$out event:$scratch/events.jsonl; do
	try "what was written is as the schema of ${schema%%:*} says" python3 "$top_srcdir/tests/lib/validate.py" \
		"$top_srcdir/doc/schema/${schema%%:*}-1.json" "${schema#*:}"
done

# What the clock alone shows is for the daemon: the past is judged by its lines.
cat "$scratch/var/full" "$scratch/var/resting" >"$scratch/past"
"$sipvigil" backtest --json -c "$conf" "$scratch/past" >"$scratch/said" 2>&1
if grep -q '"log-silent"\|"log-unreadable"\|"clock-' "$scratch/said"; then status=1; else status=0; fi
ok $status "a backtest invents no silence"
try "but finds the gap that the log tells of" has "$scratch/said" '"log-gap"'

# No data at all, in every output.
forget
rm -f "$scratch/var/full"
mkfifo "$scratch/nagios.cmd"
while :; do cat "$scratch/nagios.cmd"; done >"$scratch/nagios.results" &
started="$started $!"
daemon_conf "$quick" "$(follow full)" "stream \"out\" { path = \"$out\" }" \
	"nagios \"local\" { command_file = \"$scratch/nagios.cmd\"  host = \"pbx1\"  heartbeat = \"1s\" }" \
	"exec \"page\" { command = {\"/bin/sh\", \"-c\", \"cat >>$scratch/paged\"} }"
daemon_start
try "without any data there is an alert" tenacious 30 alert firing log-unreadable file:full
try "a program gets it" tenacious 30 has "$scratch/paged" '"log-unreadable"'
try "Nagios hears UNKNOWN for every service" tenacious 30 has "$scratch/nagios.results" ";SIP security;3;"
try "also for that of the log" tenacious 30 grep -q ';SIP log pipeline;3;.*log-unreadable' "$scratch/nagios.results"
try "check_sipvigil says UNKNOWN" code 3 "$check_sipvigil" --socket "$control"
quiet "$scratch/var/full"
try "and OK when there is data" tenacious 30 has "$scratch/nagios.results" ";SIP security;0;"
try "in check_sipvigil as well" tenacious 30 code 0 "$check_sipvigil" --socket "$control"
daemon_stop
ok $? "it ends with code 0"

# The clock is set while it runs.
# shellcheck disable=SC2086 # a compiler may be two words
if ! grep -q __asan_init "$sipvigild" &&
	${LINT_CC:-cc} -shared -fPIC -o "$scratch/clock.so" "$top_srcdir/tests/lib/clock.c" 2>/dev/null; then
	forget
	daemon_conf "$quick" "$(follow full)" "stream \"out\" { path = \"$out\" }"
	echo 0 >"$scratch/clock"
	LD_PRELOAD=$scratch/clock.so SIPVIGIL_TEST_CLOCK=$scratch/clock \
		"$sipvigild" -f -c "$conf" >>"$daemon_log" 2>&1 &
	daemon_pid=$!
	started="$started $daemon_pid"
	try "(under a clock of its own)" tenacious 20 ask status
	quiet "$scratch/var/full"
	tenacious 10 says '"has_data":true' ask status --json
	if alert firing clock-step pbx1; then ok 1 "a clock that goes is no alert"; else ok 0 "a clock that goes is no alert"; fi
	echo 3600 >"$scratch/clock"
	try "a clock that was set is an alert" tenacious 30 alert firing clock-step pbx1
	try "with how far" said clock-step pbx1 '.sipvigil.evidence[0].line // (.sipvigil.evidence | tostring)' "set forward by 36"
	try "which ends" tenacious 30 alert resolved clock-step pbx1
	echo 3540 >"$scratch/clock"
	# Event time stands still until the clock is there again.
	try "set back it is one as well" tenacious 30 said clock-step pbx1 '.state + (.sipvigil.evidence | tostring)' "set back by 60"
	daemon_stop
	ok $? "it ends with code 0"
else
	ok 0 "a clock that is set # SKIP needs a compiler, and no sanitizer"
fi

# A log that may not be read, by a user who is not root.
if [ "$(id -u)" -eq 0 ] && command -v setpriv >/dev/null && id nobody >/dev/null 2>&1; then
	forget
	cp "$sipvigild" "$scratch/own-sipvigild"
	quiet "$scratch/var/full"
	quiet "$scratch/var/syslog"
	chmod 600 "$scratch/var/full"
	daemon_conf "$quick" \
		"file \"pbx\" { path = {\"$scratch/var/full\", \"$scratch/var/resting\"}  from = \"beginning\" }" \
		"stream \"out\" { path = \"$scratch/own/alerts.jsonl\" }"
	mkdir "$scratch/own"
	sed -i "s|^state_dir = .*|state_dir = \"$scratch/own\"|; s|^control = .*|control = \"$scratch/own/control\"|" "$conf"
	chown -R nobody "$scratch/own"
	chmod 755 "$scratch" "$scratch/own-sipvigild"
	own_out=$out out=$scratch/own/alerts.jsonl
	setpriv --reuid nobody --clear-groups --regid "$(id -g nobody)" \
		"$scratch/own-sipvigild" -f -c "$conf" >>"$daemon_log" 2>&1 &
	daemon_pid=$!
	started="$started $daemon_pid"
	try "a log that may not be read is an alert of that log" tenacious 30 alert firing log-unreadable file:full
	try "with the remedy" said log-unreadable file:full '.sipvigil | tostring' "permission denied"
	chmod 644 "$scratch/var/full"
	try "until it may" tenacious 30 alert resolved log-unreadable file:full
	daemon_stop
	ok $? "it ends with code 0"
	out=$own_out
else
	ok 0 "a log that may not be read # SKIP needs root and setpriv"
fi

# A real journald that suppresses what a unit says.
if journald_missing >"$scratch/missing"; then
	ok 0 "journald's suppression # SKIP needs $(cat "$scratch/missing")"
	finish
fi
lab_end() { journald_lab_end; at_exit; }
trap lab_end EXIT
journald_lab "$scratch/lab" || exit 99
if [ -z "$(lab_cgroup_root)" ]; then
	ok 0 "journald's suppression # SKIP needs a cgroup 2 to make units in"
	finish
fi
journald_conf Storage=volatile RateLimitIntervalSec=1s RateLimitBurst=50
journald_up || exit 99
forget
daemon_conf "$quick" 'journal "pbx" { units = {"asterisk.service"}  identifiers = {"asterisk"} }' \
	"stream \"out\" { path = \"$out\" }"
in_lab "$(realpath "$sipvigild")" -f -c "$conf" >>"$daemon_log" 2>&1 &
started="$started $!"
try "(it reads a journal)" tenacious 20 ask status
refusal="NOTICE[1647]: chan_sip.c:1 in handle_request: Registration from '<sip:1@pbx>' failed for '203.0.113.25:5071' - Wrong password"
seq 1 5000 | sed "s/.*/$refusal/" | as_unit asterisk logger -t asterisk
# The notice comes with the first message after the interval.
flood_again() { echo "$refusal" | as_unit asterisk logger -t asterisk && "$@"; }
try "what journald suppressed is an alert" tenacious 30 flood_again alert firing log-gap journal:pbx
try "with its number" said log-gap journal:pbx .event.reason "messages lost"
finish
