#!/bin/sh
# shellcheck disable=SC2119 # daemon_start takes further options only where some are given
# SPDX-License-Identifier: Apache-2.0
# Where the daemon goes on after it was killed: logs that were rotated, packed, deleted or
# vacuumed while it was away; and several logs with a backlog, read in step.
. "${top_srcdir:-$(cd "$(dirname "$0")/../.." && pwd)}/tests/lib/wait.sh"
. "$top_srcdir/tests/lib/sipvigild.sh"
. "$top_srcdir/tests/lib/journald.sh"
daemon_need
sipvigil=$(realpath "$sipvigil")
sipvigild=$(realpath "$sipvigild")

kill_daemon()
{
	kill -KILL "$daemon_pid"
	tenacious 5 daemon_gone
}

# saved SINCE: a checkpoint is newer than that file.
saved_since()
{
	[ -n "$(find "$scratch" -maxdepth 1 -name '*checkpoint*' -newer "$1")" ]
}
# settled: all is read, and saved after that.
settled()
{
	tenacious 20 sh -c "'$sipvigil' status --socket '$control' --json | grep -q '\"caught_up\":true'" || return 1
	touch "$scratch/mark"
	tenacious 20 saved_since "$scratch/mark"
}
records() { ask stats | awk -v s="$1" '$1 == "sipvigil_source_records_total" && $2 == s { n += $3 } END { print n + 0 }'; }
count_alerts() { grep -c "\"name\":\"auth-bruteforce\".*$1" "$out" 2>/dev/null || :; }

# Several logs with a backlog: as an offline merge of them.
python3 - "$scratch" <<'PYTHON'
import datetime, random, sys
random.seed(7)
start = datetime.datetime(2026, 11, 22, 10, 0, 0)
def line(second, ip):
    t = start + datetime.timedelta(seconds=second)
    return ("[%s] NOTICE[1647] chan_sip.c: Registration from '\"1001\" <sip:1001@pbx>' "
            "failed for '%s:5071' - Wrong password\n" % (t.strftime("%Y-%m-%d %H:%M:%S"), ip))
files = {n: open(sys.argv[1] + "/" + n, "w") for n in ("sparse", "dense", "bursts")}
for s in range(3600):
    for k in range(random.choice([0, 0, 1, 3])):
        files["dense"].write(line(s, "203.0.113.%d" % random.randint(1, 60)))
    if s % 300 == 299:
        files["sparse"].write(line(s, "198.51.100.7"))
    if 1000 < s < 1100:
        files["sparse"].write("a line without a stamp\n" + line(s, "203.0.113.5"))
    if s % 300 < 20:
        files["bursts"].write(line(s, "203.0.113.%d" % random.randint(1, 60)))
PYTHON
section() { echo "file \"$1\" { path = {\"$scratch/$1\"} dialect = \"asterisk\" timezone = \"UTC\" from = \"beginning\" }"; }
daemon_conf "$(section sparse)" "$(section dense)" "$(section bursts)" "$(section absent)" \
	"journal \"none\" { directory = \"$scratch/nowhere\" }" "stream \"out\" { path = \"$out\" }"
mkdir "$scratch/nowhere"
(cd "$scratch" && exec "$sipvigil" backtest -c "$conf" --tz UTC --json sparse dense bursts) >"$scratch/merged" 2>"$scratch/said"
daemon_start
read_all() { [ "$(records file:dense)" -eq "$(wc -l <"$scratch/dense")" ]; }
tenacious 20 read_all
ok $? "a source that is absent and a journal that is empty hold up nobody"
try "events of all are in step: none is late" says "0" sh -c "'$sipvigil' stats --socket '$control' | grep late_dropped"
enough() { [ "$(wc -l <"$out")" -ge "$(wc -l <"$scratch/merged")" ]; }
tenacious 20 enough
python3 - "$scratch/merged" "$out" <<'PYTHON'
import json, sys
def told(path):
    return [(d["id"], d["state"], d["severity"], d["@timestamp"], d["event"]["reason"])
            for d in map(json.loads, open(path)) if "event" in d]
merged, live = told(sys.argv[1]), told(sys.argv[2])
print("# %d transitions offline, %d live (those after the last line are the clock's)" % (len(merged), len(live)))
sys.exit(not (len(merged) > 100 and live[:len(merged)] == merged))
PYTHON
ok $? "their alerts are those of sipvigil backtest, in their order"
busy() { awk '{ print $14 + $15 }' "/proc/$daemon_pid/stat"; }
before=$(busy)
sleep 2
[ $(($(busy) - before)) -lt 100 ]
ok $? "and when all is read it waits, without turning in circles"
daemon_stop
rm -f "$out" "$scratch"/*checkpoint* "$scratch"/alerts.db*

# Killed; rotated and packed while it was away.
: >"$log"
daemon_conf "file \"asterisk\" { path = {\"$log\"} }" 'checkpoint_interval = "1s"' \
	"stream \"out\" { path = \"$out\" }"
daemon_start
wrong_password 203.0.113.1 6
wrong_password 203.0.113.2 4
tenacious 10 sh -c "[ \"\$('$sipvigil' stats --socket '$control' | awk '/^sipvigil_records_total/ { print \$2 }')\" -ge 10 ]"
settled
ok $? "what was read is saved"
kill_daemon
wrong_password 203.0.113.1 3
wrong_password 203.0.113.2 3
mv "$log" "$log.1"
gzip "$log.1"
wrong_password 203.0.113.1 3
wrong_password 203.0.113.2 2
daemon_start
tenacious 10 has "$out" 203.0.113.1
ok $? "the rest of a packed log and the new one are read: 6 + 3 + 3 raise an alert"
wrong_password 203.0.113.3 12
tenacious 10 has "$out" 203.0.113.3
[ "$(count_alerts 203.0.113.2)" -eq 0 ]
ok $? "nothing is read twice: 4 + 3 + 2 do not"

# Deleted while it was away.
settled
kill_daemon
rm "$log"
wrong_password 203.0.113.4 12
daemon_start
tenacious 10 has "$out" 203.0.113.4
ok $? "a log that was deleted and made anew is read from its beginning"
try "and what is missing is told, with its time span" tenacious 5 has "$daemon_log" "is gone or was begun anew; what was written to it between"
daemon_stop

# More rotated parts than files may be open.
rm -f "$out" "$scratch"/*checkpoint* "$scratch"/alerts.db* "$log" "$log".*
wrong_password 203.0.113.10 1
daemon_conf "file \"asterisk\" { path = {\"$log\"} from = \"beginning\" }" 'checkpoint_interval = "1s"' \
	"stream \"out\" { path = \"$out\" }"
daemon_start
all_read() { [ "$(ask stats | awk '/^sipvigil_records_total/ { print $2 }')" -ge "$1" ]; }
tenacious 10 all_read 1
settled
kill_daemon
python3 - "$log" <<'PYTHON'
import gzip, os, sys, time
log, now = sys.argv[1], time.time()
os.rename(log, log + "-20260000")
for i in range(300):
    name = "%s-%d.gz" % (log, 20260001 + i)
    with gzip.open(name, "wt", 1) as f:
        f.write("".join("[2026-11-22 10:00:%02d] VERBOSE[1] x.c: part %d line %d\n" % (k, i, k) for k in range(20)))
    os.utime(name, (now + i / 1000, now + i / 1000))
PYTHON
wrong_password 203.0.113.10 1
daemon_start
tenacious 20 all_read 6001
settled
[ "$(ask stats | awk '/^sipvigil_records_total/ { print $2 }')" -eq 6001 ]
ok $? "300 packed parts are read, each line once"
daemon_stop

# The first start: from = "end" is a position from the start on.
rm -f "$out" "$scratch"/*checkpoint* "$scratch"/alerts.db* "$log"[.-]*
: >"$log"
wrong_password 203.0.113.20 12
daemon_conf "file \"asterisk\" { path = {\"$log\"} }" 'checkpoint_interval = "1h"' \
	"stream \"out\" { path = \"$out\" }"
daemon_start
wrong_password 203.0.113.21 12
kill_daemon
rm -f "$out"
: >"$daemon_log"
daemon_start
try "its place was saved at once" has "$daemon_log" "going on from the checkpoint"
wrong_password 203.0.113.22 12
tenacious 10 has "$out" 203.0.113.22
ok $? "started, and killed before the first interval was over"
# Its alert may have gone out before the kill: then it is open, and not sent again.
ask alerts >"$scratch/said"
has "$scratch/said" 203.0.113.21 && ! has "$scratch/said" 203.0.113.20
ok $? "lines after the first start are read, those before it are not"
daemon_stop

# A journal that is vacuumed while it was away.
if missing=$(journald_missing); then
	ok 0 "a journal that was vacuumed # SKIP needs $missing"
	finish
fi
end_lab()
{
	journald_lab_end
	at_exit
}
trap end_lab EXIT
rm -f "$out" "$scratch"/*checkpoint* "$scratch"/alerts.db*
mkdir "$scratch/lab"
journald_lab "$scratch/lab"
journald_conf Storage=persistent RateLimitIntervalSec=0 SystemMaxFileSize=1M
journald_up
ok $? "a journald of its own"
daemon_conf 'journal "pbx" { identifiers = {"asterisk"} }' 'checkpoint_interval = "1s"' \
	"stream \"out\" { path = \"$out\" }"
start_in_lab()
{
	in_lab "$sipvigild" -f -c "$conf" >>"$daemon_log" 2>&1 &
	daemon_pid=$!
	started="$started $daemon_pid"
	tenacious 20 ask status
}
kill_in_lab()
{
	inside=$daemon_pid # what waits for it outside
	until [ "$(cat "/proc/$inside/comm")" = sipvigild ]; do
		inside=$(pgrep -P "$inside" | head -n 1)
	done
	kill -KILL "$inside"
	tenacious 5 daemon_gone
}
log_refusals()
{
	rm -f "$scratch/lines"
	wrong_password "$1" "$2" "$scratch/lines"
	in_lab logger --id=1 -t asterisk <"$scratch/lines"
}
start_in_lab
log_refusals 203.0.113.30 6
tenacious 10 sh -c "[ \"\$('$sipvigil' stats --socket '$control' | awk '/^sipvigil_records_total/ { print \$2 }')\" -ge 6 ]"
settled
ok $? "a journal is read and its place saved"
kill_in_lab
log_refusals 203.0.113.30 6
start_in_lab
tenacious 10 has "$out" 203.0.113.30
ok $? "after a kill the journal is read on: 6 + 6"
settled
kill_in_lab
: >"$daemon_log"
for round in 1 2 3; do
	log_refusals "203.0.113.4$round" 12
	in_lab sh -c 'seq 1 2000 | logger --id=1 -t other'
	in_lab journalctl -q --rotate
done
in_lab journalctl -q --vacuum-files=1
log_refusals 203.0.113.50 12
start_in_lab
tenacious 10 has "$out" 203.0.113.50
ok $? "a journal that was vacuumed is read on at what is left"
try "and what is missing is told, with its time span" \
	tenacious 5 has "$daemon_log" "were removed before they were read"
kill_in_lab

# At boot: journald begins in /run and moves what it has to /var.
rm -f "$out" "$scratch"/*checkpoint* "$scratch"/alerts.db*
: >"$daemon_log"
journald_down
journald_conf Storage=auto RateLimitIntervalSec=0
in_lab rm -rf /var/log/journal /run/log/journal
journald_up
log_refusals 203.0.113.60 1
daemon_conf 'journal "pbx" { identifiers = {"asterisk"} from = "beginning" }' \
	'checkpoint_interval = "1s"' "stream \"out\" { path = \"$out\" }"
start_in_lab
tenacious 10 all_read 1
in_lab mkdir /var/log/journal
in_lab journalctl -q --flush
log_refusals 203.0.113.60 8
tenacious 20 all_read 9
settled
kill_in_lab
start_in_lab
log_refusals 203.0.113.61 12
tenacious 10 has "$out" 203.0.113.61
[ "$(count_alerts 203.0.113.60)" -eq 0 ]
ok $? "what was flushed to /var is not read twice: 1 + 8 raise no alert"
if has "$daemon_log" "were removed"; then ok 1 "nor told as lost"; else ok 0 "nor told as lost"; fi
kill_in_lab
finish
