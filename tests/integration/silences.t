#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# shellcheck disable=SC2119 # daemon_start takes further options only where some are given
# Silences and inhibition in the daemon: what is held back pages nobody, is recorded, and is
# told when that is over; over SIGKILL, over an end while the daemon is down, and as a
# backtest tells it.
. "${top_srcdir:-$(cd "$(dirname "$0")/../.." && pwd)}/tests/lib/wait.sh"
. "$top_srcdir/tests/lib/sipvigild.sh"
daemon_need

check=$top_builddir/check_sipvigil
paged=$scratch/paged
cat >"$scratch/page" <<'EOS'
#!/bin/sh
echo "$SIPVIGIL_STATE $SIPVIGIL_SEVERITY $SIPVIGIL_RULE $SIPVIGIL_KEY $SIPVIGIL_ID $SIPVIGIL_LINE" >>"$1"
EOS
chmod +x "$scratch/page"

# settings LINE...: two rules, a stream, and a program that pages.
settings()
{
	daemon_conf 'grace = "1s"' \
		"file \"asterisk\" { path = {\"$log\"}  from = \"beginning\" }" \
		"stream \"out\" { path = \"$out\" }" \
		"exec \"page\" { command = {\"$scratch/page\", \"$paged\"} }" \
		'rule "many" { where = "failure"  by = {"peer_ip"}  window = "1h"  warning = "count >= 3"  critical = "count >= 10"  inhibits = {"slow"} }' \
		'rule "slow" { where = "failure"  by = {"peer_ip"}  window = "2h"  warning = "count >= 5" }' \
		"$@"
	sed -i 's|^rules_dir = .*|rules_dir = {}|' "$conf"
}

# pages RULE ADDRESS N: it was called so often for this alert; what SIGKILL kept from being
# noted as done is done again, the same in all.
pages() { [ "$(sort -u "$paged" 2>/dev/null | grep -c " $1 $2 ")" -eq "$3" ]; }
# marked RULE ADDRESS TEXT: a line of the stream has it.
marked() { grep -F "\"name\":\"$1\"" "$out" | grep -F "\"peer_ip\":\"$2\"" | grep -qF -- "$3"; }
silence() { ask silence "$@"; }

: >"$log"
: >"$paged"
settings
daemon_start
ok $? "the daemon starts"
try "without any: a line says so" says "no silence" silence list

# Mistakes.
try "a word that is no field: 2" code 2 silence add "rul = 'many'" --for 2h
try "with a caret and what was meant" has "$scratch/said" "  ^~~ did you mean 'rule'?"
try "no end: 2" code 2 silence add "rule = 'many'"
try "and what to write" has "$scratch/said" "--for 2h"
try "an end that is over: 2" code 2 silence add "rule = 'many'" --until 2001-01-01
try "no duration: 2" code 2 silence add "rule = 'many'" --for soon
try "another word: 2" code 2 silence end s1
try "an id that is none: 1" code 1 silence remove s7
printf '{"v":1,"command":"silence","args":["add","rul = 1","--until","4000000000000000"]}\n' >"$scratch/request"
ask_raw() { python3 -c 'import socket,sys
s = socket.socket(socket.AF_UNIX); s.connect(sys.argv[1]); s.sendall(open(sys.argv[2],"rb").read()); s.shutdown(1)
print(s.makefile().read())' "$control" "$scratch/request"; }
try "the daemon itself tells the same mistake" says "did you mean 'rule'?" ask_raw

# A silence, then an attack.
try "a silence is added" says "s1  active until" silence add "rule = 'many' and peer_ip = 203.0.113.0/24" \
	--for 2h --reason "new password" --author ops
wrong_password 203.0.113.9 4
wrong_password 198.51.100.7 4
try "an alert that it does not cover is paged" tenacious 20 pages many 198.51.100.7 1
try "one that it covers is recorded" tenacious 20 marked many 203.0.113.9 '"silenced":"s1"'
try "and pages nobody" pages many 203.0.113.9 0
try "list counts it" says "holds 1 open alert, held back 1 transition so far" silence list
try "with reason and author" has "$scratch/said" "ops: new password"
try "status says so" says "1 silence active, 1 open alert held back" ask status
try "alerts too" says "(held back)" ask alerts
id=$(ask alerts --json | grep -F '"silenced":"s1"' | sed -n 's/.*"incident":"\([0-9a-f]*\)".*/\1/p')
try "and the alert itself" says "silenced by s1" ask alerts "$id"
try "the plugin counts the other alone" says "198.51.100.7" "$check" --socket "$control"
try "which is one warning" has "$scratch/said" "'alerts_warning'=1"
try "stats has the counter" says "sipvigil_alerts_silenced_total" ask stats

# Its other rule is covered by the first.
wrong_password 198.51.100.7 2
try "an alert that another covers is recorded" tenacious 20 marked slow 198.51.100.7 '"inhibited":"many"'
try "and pages nobody" pages slow 198.51.100.7 0

# SIGKILL: the silence is there, nothing is told twice, and what comes is held back.
kill -KILL "$daemon_pid"
wait "$daemon_pid" 2>/dev/null
daemon_start
ok $? "it starts again after SIGKILL"
try "the silence is still there" says "holds 1 open alert" silence list
wrong_password 203.0.113.9 8
try "the alert gets worse in silence" tenacious 20 marked many 203.0.113.9 '"severity":"critical"'
try "and pages nobody" pages many 203.0.113.9 0
try "removed" says "removed: s1" silence remove s1
try "the alert is told now, as one that nobody knows" tenacious 20 pages many 203.0.113.9 1
try "with its severity" has "$paged" "firing critical many 203.0.113.9"
try "and why now" has "$paged" "told now: silence s1 has ended"
try "the other one was told once" pages many 198.51.100.7 1

# A silence that ends while the daemon is down.
try "another one, of seconds" says "s2  active" silence add "peer_ip = 203.0.113.50" --for 4s
wrong_password 203.0.113.50 3
try "holds an alert back" tenacious 20 marked many 203.0.113.50 '"silenced":"s2"'
kill -KILL "$daemon_pid"
wait "$daemon_pid" 2>/dev/null
tenacious 20 sh -c "[ \$(date +%s) -gt $(($(date +%s) + 5)) ]"
try "it was not told before" pages many 203.0.113.50 0
daemon_start
try "it is told when the daemon is back" tenacious 20 pages many 203.0.113.50 1
try "and the silence is gone" tenacious 20 sh -c "! '$sipvigil' silence list --socket '$control' | grep -q '^s2'"
kill -KILL "$daemon_pid"
wait "$daemon_pid" 2>/dev/null
daemon_start
try "a number is not given again" says "s3  active" silence add "rule = 'none'" --for 1h

# One of the configuration: by reload, and it is not removed by command.
settings 'silence "CHG-1841" { where = "rule = many and peer_ip = 203.0.113.60"  until = "never"  author = "ops"  comment = "planned" }'
try "a reload takes one of the configuration" says "configuration taken" ask reload
try "those that were added stay" says "s3  active" silence list
try "it is listed as such" has "$scratch/said" "ops: planned  (configuration)"
try "the command does not remove it: 2" code 2 silence remove CHG-1841
wrong_password 203.0.113.60 4
try "it holds back" tenacious 20 marked many 203.0.113.60 '"silenced":"CHG-1841"'
settings
try "it goes with a reload" says "configuration taken" ask reload
try "and its alert is told" tenacious 20 pages many 203.0.113.60 1
daemon_stop
ok $? "it ends with code 0"
[ "$(sort -u "$paged" | awk '{ print $5 }' | sort | uniq -d | wc -l)" -eq 0 ]
ok $? "no id was paged for two things"

# The same log, live and in a backtest: the same lines.
rm -rf "$scratch"/alerts.db* "$scratch/checkpoint" "$out" "$log"
python3 - "$log" <<'PYTHON'
import datetime, random, sys
random.seed(5)
t = datetime.datetime.utcnow() - datetime.timedelta(hours=3)
with open(sys.argv[1], "w") as f:
    for i in range(3000):
        # busy and quiet times in turn, so that alerts come and go
        t += datetime.timedelta(seconds=random.choice((0, 1, 1, 2)))
        if i % 100 == 0:
            t += datetime.timedelta(minutes=random.choice((1, 3, 7)))
        ip = random.choice(("203.0.113.9", "203.0.113.10", "198.51.100.7"))
        f.write("[%s] NOTICE[1647] chan_sip.c: Registration from '\"1001\" <sip:1001@pbx>' failed for '%s:5071' - Wrong password\n"
                % (t.strftime("%Y-%m-%d %H:%M:%S"), ip))
PYTHON
first=$(date -u -d "3 hours ago 10 minutes" +%Y-%m-%dT%H:%M:00Z)
last=$(date -u -d "3 hours ago 40 minutes" +%Y-%m-%dT%H:%M:00Z)
settings "silence \"CHG-1\" { where = \"peer_ip = 203.0.113.9\"  from = \"$first\"  until = \"$last\" }"
sed -i 's/window = "1h"  warning = "count >= 3"  critical = "count >= 10"/window = "1m"  warning = "count >= 8"  critical = "count >= 14"/; s/window = "2h"/window = "2m"/' "$conf"
"$sipvigil" backtest --json -c "$conf" "$log" >"$scratch/backtest"
[ "$(grep -c '"silenced":"CHG-1"' "$scratch/backtest")" -gt 3 ] && grep -q '"released":"silence CHG-1' "$scratch/backtest" &&
	grep -q '"inhibited":"many"' "$scratch/backtest"
ok $? "the backtest has some of each"
daemon_start
# Left out: when it was told and by whom. What the clock did after the log has no match.
cat >"$scratch/same.py" <<'PYTHON'
import json, sys
def lines(path):
    for line in open(path):
        d = json.loads(line)
        d["event"].pop("created", None)
        d["observer"].pop("hostname", None)
        d.pop("host", None)
        yield json.dumps(d, sort_keys=True)
want, got = list(lines(sys.argv[1])), list(lines(sys.argv[2]))
print(len(want), len(got))
sys.exit(len(got) < len(want) or want != got[:len(want)])
PYTHON
try "the daemon tells the very same lines" tenacious 30 python3 "$scratch/same.py" "$scratch/backtest" "$out"
daemon_stop

# A flood of keys: three are told one by one, the others as one, live and in a backtest. It
# is killed in the middle of it.
rm -rf "$scratch"/alerts.db* "$scratch/checkpoint" "$out" "$log" "$scratch/backtest"
: >"$paged"
python3 - "$log" <<'PYTHON'
import datetime, sys
t = datetime.datetime.utcnow() - datetime.timedelta(hours=5)
with open(sys.argv[1], "w") as f:
    for minute in range(40):
        for n in range(60):
            t += datetime.timedelta(seconds=1)
            # sixty networks for a quarter of an hour, then one
            ip = "10.0.%d.9" % (n if minute < 15 else 1)
            f.write("[%s] NOTICE[1647] chan_sip.c: Registration from '\"1001\" <sip:1001@pbx>' failed for '%s:5071' - Wrong password\n"
                    % (t.strftime("%Y-%m-%d %H:%M:%S"), ip))
PYTHON
settings 'group_limit = 3' \
	'rule "nets" { where = "failure"  by = {"prefix"}  window = "10m"  warning = "count >= 5"  repeat = "8m" }' \
	'checkpoint_interval = "1s"'
sed -i '/^rule "many"/d; /^rule "slow"/d' "$conf"
"$sipvigil" backtest --json -c "$conf" "$log" >"$scratch/backtest"
grep -q '"members":57,"open":' "$scratch/backtest" && grep -q '"grouped":"' "$scratch/backtest" && grep -q '"repeat":1' "$scratch/backtest"
ok $? "in the backtest there is a group of fifty-seven, and an alert that is told again"
[ "$(grep -c '"state":"firing"' "$scratch/backtest")" -eq 61 ] && [ "$(grep -v '"grouped"' "$scratch/backtest" | grep -c '"state":"firing"')" -eq 4 ]
ok $? "four are told as new: three and the group"
head -n 1800 "$log" >"$log.part" && mv "$log" "$log.whole" && mv "$log.part" "$log"
daemon_start
tenacious 20 grep -q '"group":{' "$out"
ok $? "the daemon has the group"
try "alerts shows it, and not its members" says "many keys" ask alerts
try "but how many there are" has "$scratch/said" "members of groups"
kill -KILL "$daemon_pid"
wait "$daemon_pid" 2>/dev/null
tail -n +1801 "$log.whole" >>"$log"
daemon_start
try "killed and started again it tells the very same lines" tenacious 30 python3 "$scratch/same.py" "$scratch/backtest" "$out"
want=$(grep -v '"grouped"' "$scratch/backtest" | grep -c .)
try "paged is what is told" tenacious 20 sh -c "[ \$(sort -u '$paged' | grep -c .) -ge $want ]"
[ "$(sort -u "$paged" | grep -c '^firing ')" -eq 4 ]
ok $? "four times as new"
try "the group is over with its members" has "$out" '"key":{"group":"many keys"}' 2
daemon_stop

finish
