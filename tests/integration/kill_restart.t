#!/bin/sh
# shellcheck disable=SC2119 # daemon_start takes further options only where some are given
# SPDX-License-Identifier: Apache-2.0
# What a restart of every kind leaves as it was: the first moments without a checkpoint,
# a stop, a reload, a second daemon, a daemon that hangs and is ended by the watchdog.
. "${top_srcdir:-$(cd "$(dirname "$0")/../.." && pwd)}/tests/lib/wait.sh"
. "$top_srcdir/tests/lib/sipvigild.sh"
daemon_need

db=$scratch/alerts.db

daemon_kill()
{
	kill -KILL "$daemon_pid"
	wait "$daemon_pid" 2>/dev/null
	return 0
}

# lines_read NUMBER: the daemon has read so many in all its lives.
lines_read()
{
	[ "$(ask stats | awk '$1 == "sipvigil_source_records_total" { n += $3 } END { print n + 0 }')" -eq "$1" ]
}

# told ADDRESS TEXT: alert of rule "ten" about the address whose reason begins so.
told()
{
	grep -F "\"ip\":\"$1\"" "$out" | grep -qF "\"reason\":\"$2"
}

rules='rule "ten" { where = "outcome = rejected"  by = {"peer_ip"}  window = "1h"  warning = "count >= 10" }'
other='rule "other" { where = "outcome = rejected"  by = {"peer_ip"}  window = "1h"  warning = "count >= 10" }'
input="file \"asterisk\" { path = {\"$log\"}  from = \"end\" }"
output="stream \"out\" { path = \"$out\" }"
# The first checkpoint after the one at the start would come in an hour.
slow='checkpoint_interval = "1h"'
configure()
{
	daemon_conf "$slow" "$input" "$output" "$@"
	sed -i '/^rules_dir/s/{.*}/{}/' "$conf"
}

# From the end, and killed before anything was saved but the beginning.
wrong_password 203.0.113.1 50
configure "$rules"
daemon_start
ok $? "the daemon starts at the end of a log"
wrong_password 203.0.113.2 4
tenacious 10 lines_read 4
ok $? "and reads what is written then"
daemon_kill
wrong_password 203.0.113.2 6
daemon_start
tenacious 10 told 203.0.113.2 "10 rejected"
ok $? "after a kill it knows where it had begun"
try "and nothing older is read" lines_read 10
[ ! -e "$scratch/checkpoint.tmp" ]
ok $? "no half checkpoint is left"

# A second one on the same folder, with another control socket.
sed "s#^control = .*#control = \"$scratch/control2\"#" "$conf" >"$scratch/second.conf"
code 3 timeout 20 "$sipvigild" -c "$scratch/second.conf"
ok $? "a second daemon on the same state folder does not start"
try "and says who has it" has "$scratch/said" "another sipvigild (process $daemon_pid) runs with the state folder $scratch"
try "the first one goes on" ask status

# Stop and start.
wrong_password 203.0.113.3 7
tenacious 10 lines_read 17
daemon_stop
ok $? "SIGTERM: it ends"
wrong_password 203.0.113.3 2
daemon_start
wrong_password 203.0.113.3 1
tenacious 10 told 203.0.113.3 "10 rejected"
ok $? "what was counted before the stop, while it was down and after the start is one count"

# Reload in the midst of counting.
wrong_password 203.0.113.4 6
tenacious 10 lines_read 26
echo 'stream "second" { path = "'"$scratch/second.jsonl"'" }' >>"$conf"
kill -HUP "$daemon_pid"
tenacious 10 has "$daemon_log" "unchanged, counts go on"
ok $? "SIGHUP: another output"
wrong_password 203.0.113.4 4
tenacious 10 told 203.0.113.4 "10 rejected"
ok $? "counts go on"
echo "$other" >>"$conf"
wrong_password 203.0.113.5 6
tenacious 10 lines_read 36
kill -HUP "$daemon_pid"
tenacious 10 has "$daemon_log" "those that did not change count on"
ok $? "SIGHUP: a further rule"
daemon_kill
daemon_start
wrong_password 203.0.113.5 4
tenacious 10 told 203.0.113.5 "10 rejected"
ok $? "the other one counts on, also when it was killed after the reload"
[ "$(grep -c '"ip":"203.0.113.5"' "$out")" -eq 1 ]
ok $? "and the new one has counted from its beginning only"
wrong_password 203.0.113.6 6
tenacious 10 lines_read 46
cp "$conf" "$scratch/good.conf"
echo 'rule "ten" {' >>"$conf"
kill -HUP "$daemon_pid"
tenacious 10 has "$daemon_log" "the configuration was not taken"
ok $? "SIGHUP: a wrong configuration is not taken"
wrong_password 203.0.113.6 4
tenacious 10 told 203.0.113.6 "10 rejected"
ok $? "and changes no count"
cp "$scratch/good.conf" "$conf"
daemon_stop
ok $? "it ends"

# The watchdog, as systemd has it.
unit=$top_builddir/packaging/sipvigild.service
if [ -e "$unit" ]; then
	try "the unit has a watchdog" grep -q '^WatchdogSec=[0-9]' "$unit"
	try "and begins again after it" grep -qE '^Restart=(always|on-failure|on-abnormal|on-watchdog)' "$unit"
fi
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
pings()
{
	grep -c '^WATCHDOG=1' "$scratch/notified"
}
pinged_since()
{
	[ "$(pings)" -gt "$1" ]
}
export NOTIFY_SOCKET="$scratch/notify" WATCHDOG_USEC=2000000
daemon_start
unset NOTIFY_SOCKET WATCHDOG_USEC
try "a daemon that runs feeds the watchdog" tenacious 20 pinged_since 1
wrong_password 203.0.113.7 6
tenacious 10 lines_read 56
# It is to be in a checkpoint: a reload writes one.
kill -HUP "$daemon_pid"
tenacious 10 sh -c "[ \$(grep -c 'configuration taken' '$daemon_log') -ge 3 ]"
kill -STOP "$daemon_pid"
before=$(pings)
sleep 3 # longer than WATCHDOG_USEC: systemd would have ended it by now
[ "$(pings)" -eq "$before" ]
ok $? "one that hangs does not"
kill -ABRT "$daemon_pid"
kill -CONT "$daemon_pid"
tenacious 10 daemon_gone
ok $? "SIGABRT, as systemd sends it, ends it"
wait "$daemon_pid" 2>/dev/null
wrong_password 203.0.113.7 4
daemon_start
tenacious 10 told 203.0.113.7 "10 rejected"
ok $? "the next one goes on from the checkpoint"
daemon_stop
ok $? "and ends"

# All of it, once each.
python3 - "$db" "$out" <<'PYTHON'
import json, sqlite3, sys
ids = [row[0] for row in sqlite3.connect(sys.argv[1]).execute("SELECT id FROM transition ORDER BY seq")]
lines = [json.loads(line)["id"] for line in open(sys.argv[2], encoding="utf-8")]
print(len(ids), "transitions")
sys.exit(ids != lines or len(set(ids)) != len(ids))
PYTHON
ok $? "every transition stands in the file once, in order"
try "no sanitizer has anything to say" sh -c "! grep -q 'runtime error\|AddressSanitizer' '$daemon_log'"
finish
