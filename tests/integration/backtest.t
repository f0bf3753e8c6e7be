#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# sipvigil backtest over weeks of rotated logs: its table, its progress, the limits that it
# advises, and what another configuration would have changed.
. "${top_srcdir:-$(cd "$(dirname "$0")/../.." && pwd)}/tests/lib/wait.sh"
. "$top_srcdir/tests/lib/sipvigild.sh"
. "$top_srcdir/tests/lib/screen.sh"
daemon_need
screen_need

advise()
{
	python3 "$top_srcdir/tests/lib/advise.py" "$sipvigil" "$scratch" "$@" >"$scratch/said" 2>&1
}

advise make
ok $? "three weeks of logs, rotated and packed"
logs="$scratch/full $scratch/full.1.gz $scratch/full.2.xz"
# shellcheck disable=SC2086 # several names
backtest()
{
	"$sipvigil" backtest "$@" $logs
}
tap_notes="$scratch/said $scratch/screen"

# The table.
on_screen "$sipvigil backtest -c $scratch/rules.conf $logs"
try "a table on a screen of 80 columns" fits
try "it has a title" shows "alerts a week nights  longest  would page"
grep -E '^few +[0-9]+ +[0-9.]+ +[0-9]+ +([0-9]+ h [0-9]{2}|[0-9]+ min)  203\.0\.113\.[0-9]+ \([0-9]+\), ' "$scratch/screen" >/dev/null
ok $? "with a row for each rule that raised alerts"
sed -n '/^rule  /,$p' "$scratch/screen" | awk 'NR > 1 && $2 ~ /^[0-9]+$/ { print $2 }' >"$scratch/alerts"
sort -rnc "$scratch/alerts" 2>/dev/null && [ -s "$scratch/alerts" ]
ok $? "worst first"
firing=$(backtest --json -c "$scratch/rules.conf" | grep -c '"state":"firing"')
told=$(awk '{ n += $1 } END { print n }' "$scratch/alerts")
[ "$firing" -eq "$told" ] && [ "$firing" -gt 20 ]
ok $? "its alerts are those of the transitions ($told of $firing)"
screen_columns=132 on_screen "$sipvigil backtest -c $scratch/rules.conf $logs"
try "a wider terminal" fits 132
narrow=$(grep '^few ' "$scratch/screen" | grep -o '(' | wc -l)
[ "$narrow" -ge 3 ]
ok $? "shows more of who would page ($narrow)"

cat >"$scratch/high.conf" <<'END'
rules_dir = {}
patterns_dir = {}
rule "high" { where = "outcome = rejected" by = {"peer_ip"} window = "5m" warning = "count >= 1000" }
rule "long" { where = "outcome = rejected" by = {"peer_ip"} window = "5m" warning = "count >= 30" for = "1d" }
rule "idle" { where = "outcome = busy" by = {"peer"} window = "5m" warning = "count >= 3" }
END
backtest -c "$scratch/high.conf" >"$scratch/said"
# the highest count in 5 min, by another reckoning
highest=$(python3 - "$scratch" <<'PYTHON'
import collections
import datetime
import gzip
import lzma
import re
import sys
opens = (lzma.open, "full.2.xz"), (gzip.open, "full.1.gz"), (open, "full")
windows, best = collections.defaultdict(collections.deque), 0
for opener, name in opens:
    for line in opener(sys.argv[1] + "/" + name, "rt"):
        at = datetime.datetime.strptime(line[1:20], "%Y-%m-%d %H:%M:%S").timestamp()
        window = windows[re.search("for '([0-9.]+):", line).group(1)]
        window.append(at)
        while window[0] <= at - 300:
            window.popleft()
        best = max(best, len(window))
print(best)
PYTHON
)
grep -E "^high +0  nearest: $highest of 1000 in 5 min, 203\.0\.113\.[0-9]+, 2026-10-[0-9]{2} [0-9:]{5}$" "$scratch/said" >/dev/null
ok $? "a rule that never fired says how near it came ($highest)"
grep -E "^long +0  nearest: .* of 30 in 5 min, too short, " "$scratch/said" >/dev/null
ok $? "or that it did not hold for long enough"
try "one without events has no row" has "$scratch/said" "No event counted for 1 rule: idle"

# Progress.
backtest -c "$scratch/rules.conf" 2>"$scratch/err" >/dev/null
[ ! -s "$scratch/err" ]
ok $? "no progress where standard error is no terminal"
python3 - "$scratch/full" "$scratch/big" <<'PYTHON'
import sys
text = open(sys.argv[1]).read()
with open(sys.argv[2], "w") as out:
    for _ in range(max(1, 150000000 // len(text))):
        out.write(text)
PYTHON
on_screen "$sipvigil backtest -c $scratch/high.conf $scratch/big >/dev/null"
grep -qE "reading .*big, .* MiB +[0-9]+ % +[0-9.]+ MB/s" "$scratch/screen-raw"
ok $? "on a terminal it tells how far it is and how fast"
[ ! -s "$scratch/screen" ] || [ -z "$(tr -d ' \n' <"$scratch/screen")" ]
ok $? "and leaves nothing of that behind"
rm -f "$scratch/big"

# The advice.
for n in 1 7 40; do
	advise check "$n"
	ok $? "limits for $n alerts a week keep their promise: $(tail -n 1 "$scratch/said")"
done
on_screen "$sipvigil backtest --advise -c $scratch/rules.conf $logs"
try "the advice on a screen of 80 columns" fits
try "it says what it is for" shows "Advice for at most 7 alerts a week and threshold (--per-week)"
try "and what to write" shows 'rule "row" { amend = true critical = "consecutive(user = '
try "with a chart" shows "████"
"$sipvigil" backtest --advise -c "$scratch/rules.conf" - <"$scratch/full" >"$scratch/said" 2>&1
[ $? -eq 2 ] && has "$scratch/said" "write it to a file first"
ok $? "a pipe cannot be read again: exit code 2 and the remedy"
try "no number is wrong usage" code 2 "$sipvigil" backtest --per-week many "$scratch/full"
backtest --advise --json -c "$scratch/high.conf" | jq -es '
	(map(select(.kind == "logs")) | length == 1) and
	(map(select(.kind == "rule" and .rule == "high"))[0].nearest.value == '"$highest"') and
	(map(select(.kind == "advice" and .rule == "high"))[0] | .limit == 1000 and .enough and .advice.exact)' >/dev/null
ok $? "JSON has the logs, the rules and the thresholds"

# Another configuration.
sed 's/count >= 10/count >= 25/; s/count > 15/count > 14/' "$scratch/rules.conf" |
	sed '/^rule "share"/,/^}/d' >"$scratch/new.conf"
echo 'rule "more" { where = "outcome = rejected" by = {"peer_ip"} window = "5m" warning = "count >= 40" }' >>"$scratch/new.conf"
backtest --json --diff "$scratch/rules.conf" "$scratch/rules.conf" >"$scratch/said"
[ "$(jq -r 'select(.kind != "rule" and .kind != "logs") | .kind' "$scratch/said" | wc -l)" -eq 0 ] &&
	[ "$(jq -s 'map(select(.kind == "rule") | .same) | add' "$scratch/said")" -eq "$firing" ]
ok $? "the same configuration makes no difference"
backtest --json --diff "$scratch/rules.conf" "$scratch/new.conf" >"$scratch/diff"
backtest --json -c "$scratch/new.conf" >"$scratch/is"
for rule in few slow share more users; do
	was=$(backtest --json -c "$scratch/rules.conf" | jq -r "select(.rule.name == \"$rule\" and .state == \"firing\") | .state" | wc -l)
	is=$(jq -r "select(.rule.name == \"$rule\" and .state == \"firing\") | .state" "$scratch/is" | wc -l)
	jq -es "map(select(.kind == \"rule\" and .rule == \"$rule\"))[0] | .same + .changed + .only_old == $was and .same + .changed + .only_new == $is" \
		"$scratch/diff" >/dev/null
	ok $? "$rule: the counts are those of each alone ($was, $is)"
done
jq -es 'map(select(.kind == "changed" and .rule == "few")) | length > 0 and all(.old.start < .new.start or .old.end != .new.end or .old.severity_since != .new.severity_since)' "$scratch/diff" >/dev/null
ok $? "a higher limit moves alerts"
on_screen "$sipvigil backtest --diff $scratch/rules.conf $scratch/new.conf $logs"
try "the differences on a screen of 80 columns" fits
try "with what is in one of them alone" shows "Rules only in the new one: more"
try "one configuration is too few" code 2 "$sipvigil" backtest --diff "$scratch/rules.conf"
try "a mistake in one of them is told" code 2 "$sipvigil" backtest --diff "$scratch/rules.conf" "$scratch/none.conf" "$scratch/full"
finish
