#!/bin/sh
# shellcheck disable=SC2119 # daemon_start takes further options only where some are given
# SPDX-License-Identifier: Apache-2.0
# The daemon as an operator has it: started, asked, reloaded, stopped; a log that is
# written, rotated and told of.
. "${top_srcdir:-$(cd "$(dirname "$0")/../.." && pwd)}/tests/lib/wait.sh"
. "$top_srcdir/tests/lib/sipvigild.sh"
daemon_need

: >"$log"
daemon_conf "file \"asterisk\" { path = {\"$log\"} }" "stream \"out\" { path = \"$out\" }"

try "the configuration is checked without starting" code 0 timeout 20 "$sipvigild" -n -c "$conf"
try "no daemon: exit code 3" code 3 ask status
try "and the remedy" says "systemctl start sipvigild" ask status

# What systemd is told, by a socket of ours.
python3 - "$scratch/notify" "$scratch/notified" <<'PYTHON' &
import socket, sys
s = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
s.bind(sys.argv[1])
with open(sys.argv[2], "wb", buffering=0) as f:
    while True:
        f.write(s.recv(4096) + b"\n--\n")
PYTHON
started="$started $!"
tenacious 10 test -S "$scratch/notify"

NOTIFY_SOCKET=$scratch/notify WATCHDOG_USEC=4000000 daemon_start
ok $? "the daemon starts and answers"
try "it says READY" tenacious 5 has "$scratch/notified" READY=1
try "and what it does" tenacious 5 has "$scratch/notified" "STATUS=0 alerts open"
try "a source that delivered nothing is UNKNOWN" says "UNKNOWN" ask status
try "a quiet daemon says so in a line" says "no alert open" ask alerts

before=$(date +%s%N)
wrong_password 203.0.113.9 12
tenacious 10 has "$out" '"name":"auth-bruteforce"'
ok $? "ten wrong passwords raise an alert in the stream"
took=$((($(date +%s%N) - before) / 1000000))
echo "# line written -> alert in the file: $took ms"
[ "$took" -lt 2000 ]
ok $? "within 2 s of the line ($took ms)"

try "alerts names rule, address and limit" says "10 " ask alerts
try "one line an alert" says "auth-bruteforce  203.0.113.9" ask alerts
id=$(ask alerts --json | sed -n 's/.*"name":"auth-bruteforce".*"incident":"\([0-9a-f]*\)".*/\1/p' | head -n 1)
try "an alert is shown in full by the first digits of its id" \
	says "Wrong password" ask alerts "$(echo "$id" | cut -c 1-10)"
try "an id that is none: exit code 1" code 1 ask alerts ffffffffffffffff
try "peers has the address with its alert" says "auth-bruteforce" ask peers 203.0.113.9
try "status counts it" says "warning" ask status
try "status in JSON" says '"recognised":1' ask status --json
try "stats has the lines" says "sipvigil_source_records_total file:messages" ask stats
try "a command it does not know is usage" code 2 ask alerts --nonsense
try "the watchdog is fed" tenacious 10 has "$scratch/notified" WATCHDOG=1

code 3 timeout 20 "$sipvigild" -c "$conf"
ok $? "a second daemon does not start"
try "and names the first" has "$scratch/said" "another sipvigild (process $daemon_pid)"
try "which goes on" ask status

# Rotation while it runs: the old file is read to its end, the new one from its start.
mv "$log" "$log.1"
wrong_password 203.0.113.77 12 "$log.1"
wrong_password 203.0.113.78 12
try "lines at the end of the rotated file count" tenacious 10 has "$out" 203.0.113.77
try "lines of the new file count" tenacious 10 has "$out" 203.0.113.78

# Reload.
cp "$conf" "$scratch/good.conf"
echo 'treshold = 5' >>"$conf"
try "a wrong configuration: reload ends with 2" code 2 ask reload
try "and names the command that tells why" says "sipvigil check -c $conf" ask reload
try "and says the place" has "$scratch/said" "treshold"
try "and that nothing was changed" has "$scratch/said" "nothing was changed"
try "alerts are still known" says "203.0.113.9" ask alerts
kill -HUP "$daemon_pid"
try "SIGHUP logs the mistake" tenacious 10 has "$daemon_log" "the configuration was not taken"
cp "$scratch/good.conf" "$conf"
echo "stream \"second\" { path = \"$scratch/second.jsonl\" }" >>"$conf"
try "a good one is taken, counts go on" says "unchanged, counts go on" ask reload
cp "$conf" "$conf.right"
sed -i "s|^state_dir = .*|state_dir = \"$scratch/elsewhere\"|" "$conf"
try "another folder for the state: it says what to do" says "move what is in $scratch to $scratch/elsewhere" ask reload
try "and status tells the one that is in use" says "\"folder\":\"$scratch\"" ask status --json
cp "$conf.right" "$conf"
try "the old one again: there is nothing to say" sh -c "! '$sipvigil' reload --socket '$control' | grep state_dir"
try "with its new output" says "stream:second" ask status
wrong_password 203.0.113.80 12
try "which gets alerts" tenacious 10 has "$scratch/second.jsonl" 203.0.113.80
try "the others get them too" has "$out" 203.0.113.80
once()
{
	[ "$(grep -c '"name":"auth-bruteforce".*203.0.113.80' "$out")" -eq 1 ]
}
try "once" tenacious 10 once
cp "$scratch/good.conf" "$conf"
kill -HUP "$daemon_pid"
try "SIGHUP takes the next" tenacious 10 has "$daemon_log" "configuration taken"
tenacious 10 sh -c "! '$sipvigil' status --socket '$control' | grep -q stream:second"
ok $? "without the output that is gone"

echo 'rule "mine" { where = "failure"  by = {"peer_ip"}  window = "1 min"  warning = "count >= 3" }' >>"$conf"
try "a rule more: the others count on, and it says so" says "those that did not change count on" ask reload
try "their alerts stay open" says "auth-bruteforce  203.0.113.9" ask alerts
echo 'rule "auth-bruteforce" { amend = true  warning = "count >= 9" }' >>"$conf"
try "a changed rule is taken" says "configuration taken" ask reload
try "its open alerts are told to be over" tenacious 10 \
	has "$out" "ended because its rule was changed or is gone"
try "none of it stays open" code 1 sh -c "'$sipvigil' alerts --socket '$control' | grep -q auth-bruteforce"
try "those of other rules do" says "scan  203.0.113.9" ask alerts
wrong_password 203.0.113.81 5
try "the new rule counts" tenacious 10 has "$out" '"name":"mine"'

if grep -q __asan_init "$sipvigild"; then
	ok 0 "memory when idle # SKIP a build with sanitizers"
else
	rss=$(awk '/^VmRSS/ { print $2 }' "/proc/$daemon_pid/status")
	echo "# resident memory: $rss KiB"
	[ "$rss" -lt 15360 ]
	ok $? "memory when idle stays below 15 MiB ($rss KiB)"
fi

# What sipvigild itself said, as a syslog daemon writes it, quotes lines of the PBX.
wrong_password 203.0.113.99 12 "$scratch/said-before"
sed 's/^/2026-11-22T08:00:00+00:00 pbx1 sipvigild[12]: /' "$scratch/said-before" >"$scratch/syslog"
try "our own words are no events" code 0 "$sipvigil" events --json "$scratch/syslog"
[ ! -s "$scratch/said" ]
ok $? "whatever they quote"
sed 's/sipvigild\[12\]/asterisk[12]/' "$scratch/syslog" >"$scratch/syslog2"
try "the same lines of the PBX are" says 203.0.113.99 "$sipvigil" events --json "$scratch/syslog2"

before=$(date +%s)
daemon_stop
ok $? "SIGTERM ends it with code 0"
[ $(($(date +%s) - before)) -le 3 ]
ok $? "at once when nothing waits"
try "it says STOPPING" has "$scratch/notified" STOPPING=1
[ ! -e "$control" ]
ok $? "its socket is gone"

# A daemon that was killed leaves its socket behind.
daemon_start
kill -KILL "$daemon_pid"
tenacious 5 daemon_gone
[ -S "$control" ]
ok $? "a killed daemon leaves its socket"
daemon_start
ok $? "the next one replaces it"
kill -INT "$daemon_pid"
tenacious 10 daemon_gone && wait "$daemon_pid"
ok $? "SIGINT ends it with code 0"

# Nothing configured: inputs are looked for, alerts go to the journal.
daemon_conf
daemon_start
ok $? "it starts with no input and no output configured"
try "and says what it found" says "found on this host" ask status
daemon_stop
ok $? "and ends"

# Whoever asks while a backlog is read is answered.
daemon_conf "file \"asterisk\" { path = {\"$scratch/backlog\"}  from = \"beginning\" }" "stream \"out\" { path = \"$out\" }"
yes "[2026-11-22 08:27:55] VERBOSE[2211][C-00000001] pbx.c: Executing [s@macro-dial:1] NoOp(\"SIP/1000-00000001\", \"\") in new stack" |
	head -c 600000000 >"$scratch/backlog"
daemon_start
ask status --json >"$scratch/said"
[ "$(jq '.sources[0] | .lines > 0 and (.caught_up | not)' "$scratch/said")" = true ]
ok $? "while a backlog is read questions are answered"
rm "$scratch/backlog"
daemon_stop
ok $? "and it ends in the midst of it"

finish
