#!/bin/sh
# shellcheck disable=SC2119 # daemon_start takes further options only where some are given
# SPDX-License-Identifier: Apache-2.0
# What people see of a daemon that reads a recorded evening: alerts, one alert, peers, one
# peer, and the live view in a terminal that is resized while the daemon is killed and
# started again.
. "${top_srcdir:-$(cd "$(dirname "$0")/../.." && pwd)}/tests/lib/wait.sh"
. "$top_srcdir/tests/lib/sipvigild.sh"
daemon_need
command -v script >/dev/null || skip_all "script not found: apt-get install bsdutils"
command -v jq >/dev/null || skip_all "jq not found: apt-get install jq"
command -v tmux >/dev/null || skip_all "tmux not found: apt-get install tmux"
export TERM=xterm-256color
lib=$top_srcdir/tests/lib

python3 "$lib/evening.py" "$top_srcdir/examples/asterisk-evening.log" "2026-11-22 19:19:25" >"$log"
# One account that is tried from many addresses, its name made for terminals.
evil=$(printf '\033[2J\346\274\242\345\255\227e\314\201')
for i in $(seq 20); do
	echo "[$(date '+%Y-%m-%d %H:%M:%S')] NOTICE[1647] chan_sip.c: Registration from '\"$evil\" <sip:$evil@pbx>' failed for '203.0.113.$i:5071' - Wrong password"
done >>"$log"
# One rule that stays open however long the test takes.
daemon_conf 'grace = "1s"' 'checkpoint_interval = "1s"' \
	'rule "hour" { where = "failure and leg = out"  by = {"peer"}  window = "1h"  critical = "count >= 3" }' \
	"file \"full\" { path = {\"$log\"}  dialect = \"asterisk\"  timezone = \"UTC\"  from = \"beginning\" }" \
	"stream \"out\" { path = \"$out\" }"
daemon_start
ok $? "the daemon reads a recorded evening"
tenacious 20 has "$out" '"name":"auth-distributed"' 2
ok $? "and raises its alerts"

# on_terminal COLUMNS COMMAND...: what the command shows there is in $scratch/shown.
on_terminal()
{
	terminal_columns=$1
	shift
	script -q -e -c "stty cols $terminal_columns; '$sipvigil' $1 --socket '$control' $2" /dev/null </dev/null |
		tr -d '\r' >"$scratch/shown"
}
fits() { python3 "$lib/width.py" "$1" "$scratch/shown" >"$scratch/said"; }
shows() { grep -qF -- "$1" "$scratch/shown"; }
tap_notes="$tap_notes $scratch/shown"

# incident RULE: of its first open alert.
incident() { ask alerts --json | jq -r "select(.rule.name == \"$1\") | .sipvigil.incident" | head -n 1; }

for columns in 80 120; do
	on_terminal $columns alerts
	try "alerts fit $columns columns" fits $columns
	on_terminal $columns peers --all
	try "peers fit $columns columns" fits $columns
	on_terminal $columns peers trunk486
	try "a peer in full fits $columns columns" fits $columns
	on_terminal $columns alerts "$(incident trunk-registration-lost)"
	try "an alert in full fits $columns columns" fits $columns
done
on_terminal 80 peers
head -n 2 "$scratch/shown" | tail -n 1 >"$scratch/first"
try "a peer with a critical alert comes first" grep -qE 'hour|trunk-regis|registrar-f' "$scratch/first"
try "with the bars of the hour" grep -qE '[▁▂▃▄▅▆▇█]{12}' "$scratch/first"

on_terminal 80 peers trunk486
for text in "we asked it (leg out)" "486 Busy Here" "RFC 6076 4.7" "ITU-T E.425" "Last failures"; do
	try "a peer in full has: $text" shows "$text"
done
try "its shares have numerator and denominator" \
	sh -c "'$sipvigil' peers trunk486 --json --socket '$control' | jq -e '.ratios[] | select(.name == \"SEER\") | .numerator == .denominator and .denominator > 0'"
try "who was not let in is an address" sh -c "'$sipvigil' peers 127.0.0.10 --json --socket '$control' | jq -e '.leg == \"in\" and .failures >= 10'"
try "a peer that nobody knows: one line" says "nothing was told about 'nobody'" ask peers nobody

id=$(incident trunk-registration-lost)
on_terminal 80 alerts "$(echo "$id" | cut -c 1-7)"
for text in "What it likely is" "Check next" "sngrep -d any host 127.0." "tcpdump -nni any" "pjsip show history where addr = 127.0." \
	"journalctl -u asterisk -S '" "Lines, newest first" "not before in the last 7 days"; do
	try "an alert in full has: $text" shows "$text"
done
ambiguous()
{
	for digit in 0 1 2 3 4 5 6 7 8 9 a b c d e f; do
		ask alerts "$digit" >"$scratch/said" 2>&1
		grep -qE "more than one alert begins with '${digit}': ${digit}[0-9a-f]{11}, ${digit}[0-9a-f]{11}" "$scratch/said" && return 0
	done
	return 1
}
try "an id that two alerts begin with: both are named" ambiguous
on_terminal 80 alerts "$(ask alerts --json | jq -r 'select(.rule.name == "auth-distributed" and (.sipvigil.key.user | contains("2J"))) | .sipvigil.incident')"
try "a name made for terminals is cleaned" fits 80
try "and stands in no command" sh -c "! sed -n '/^Check next/,/^Lines/p' '$scratch/shown' | grep -F 2J"

# The same again: history.
echo 'rule "again" { where = "outcome = rejected"  by = {"peer_ip"}  window = "2s"  warning = "count >= 3"  clear_for = "1s"  cooldown = "0s" }' >>"$conf"
ask reload >"$scratch/said" 2>&1
# how_often STATE: how often the rule's alert came to it.
how_often() { grep "\"state\":\"$1\"" "$out" | grep -F '"name":"again"' | grep -cF 203.0.113.200; }
comes_to() { [ "$(how_often "$1")" -ge "$2" ]; }
for round in 1 2 3; do
	wrong_password 203.0.113.200 3
	tenacious 30 comes_to firing $round
	tenacious 60 comes_to resolved $round
done
last=$(grep -F '"name":"again"' "$out" | grep -F 203.0.113.200 | tail -n 1 | jq -r .sipvigil.incident)
again() { on_terminal 80 alerts "$last" && shows "2 times before in 7 days: "; }
try "an alert that came before says how often" tenacious 10 again

# One frame for scripts.
try "top needs a terminal, or --once" code 2 ask top
COLUMNS=80 ask top --once >"$scratch/shown"
try "one frame: rates" grep -qE 'sipvigil .* [0-9.]+ lines/s  [0-9.]+ events/s  [0-9.]+ failures/s  lag' "$scratch/shown"
try "one frame: alerts" shows "CRIT hour"
try "one frame fits" fits 80
LC_ALL=C COLUMNS=80 ask top --once >"$scratch/shown"
try "without UTF-8 it is ASCII" sh -c "! LC_ALL=C grep -q '[^ -~]' '$scratch/shown'"
try "as JSON" sh -c "'$sipvigil' top --json --socket '$control' | jq -e '(.open | length > 10) and (.peers | length > 10) and .lines_per_sec >= 0'"

# A restart does not lose the hour.
hour() { ask peers --json trunk486 | jq -c '[.events, .failures, .calls]'; }
before=$(hour)
daemon_stop
daemon_start
[ -n "$before" ] && [ "$(hour)" = "$before" ]
ok $? "a restart does not lose the hour"

if ! "$sipvigil" top --socket "$control" --once >/dev/null 2>&1 || ! ldd "$sipvigil" | grep -q ncurses; then
	ok 0 "the live view # SKIP built without ncurses: apt-get install libncurses-dev"
	finish
fi
terminal() { tmux -u -L views -S "$scratch/tmux" -f /dev/null "$@"; }
started_top()
{
	terminal new-session -d -s top -x 80 -y 24 \
		"exec env LC_ALL=C.UTF-8 $1 '$sipvigil' top --socket '$control' 2>'$scratch/top.err'; sleep 60"
}
screen() { terminal capture-pane -p -t top >"$scratch/shown"; }
sees() { screen && shows "$1"; }
sees_not() { screen && ! shows "$1"; }
press() { terminal send-keys -t top "$@"; }

started_top "NO_COLOR="
try "top draws in a terminal of 80x24" tenacious 20 sees "CRIT hour"
try "with its keys" shows "q quit  p peers  r rules  / filter"
try "its peers" sees "worst of 1 h"
[ "$(wc -l <"$scratch/shown")" -eq 24 ]
ok $? "in 24 rows"
head -n 1 "$scratch/shown" | grep -q '^sipvigil '
ok $? "of which the first is the first"
try "and no row is broken" fits 80
terminal capture-pane -e -p -t top >"$scratch/coloured"
try "with colours" grep -q "$(printf '\033\\[[0-9;]*3[1-5]m')" "$scratch/coloured"
press p
try "p: peers alone" tenacious 10 sees_not "CRIT hour"
sed -n 5p "$scratch/shown" >"$scratch/first"
press Down
press NPage
try "they scroll" tenacious 10 sh -c "! tmux -S '$scratch/tmux' capture-pane -p -t top | sed -n 5p | cut -c 1-20 | grep -qF \"\$(cut -c 1-20 '$scratch/first')\""
press r
try "r: rules" tenacious 10 sees "watched"
press r
try "r again: all" tenacious 10 sees "CRIT hour"
press / t r u n k 4 8 6
try "/: a filter" tenacious 10 sees "/trunk486"
try "hides the others" tenacious 10 sees_not "reguser403"
try "and shows its own" sees "trunk486  "
press Enter Escape
try "Esc ends it" tenacious 10 sees "CRIT hour"
terminal resize-window -t top -x 120 -y 40
wide() { screen && [ "$(wc -l <"$scratch/shown")" -eq 40 ] && grep -q '.\{100\}' "$scratch/shown" && shows "state"; }
try "a larger terminal is filled" tenacious 10 wide
try "no row is broken there" fits 120
terminal resize-window -t top -x 80 -y 24
narrow() { screen && shows "CRIT hour" && fits 80 && [ "$(head -n 1 "$scratch/shown" | cut -c 1-8)" = sipvigil ]; }
try "and a smaller one again" tenacious 10 narrow

kill -KILL "$daemon_pid"
try "the daemon is killed: it is said" tenacious 20 sees "no answer for"
try "what was known stays" sees "CRIT hour"
daemon_start
try "it is back: that is said" tenacious 20 sees "it was started anew"
try "and shown" tenacious 20 sees "CRIT hour"
press q
gone() { ! terminal list-panes -t top -F '#{pane_current_command}' 2>/dev/null | grep -q sipvigil; }
try "q quits" tenacious 10 gone
[ ! -s "$scratch/top.err" ]
ok $? "without a word"
terminal kill-server 2>/dev/null

started_top "NO_COLOR=1"
try "with NO_COLOR" tenacious 20 sees "CRIT hour"
terminal capture-pane -e -p -t top >"$scratch/coloured"
try "there are no colours" sh -c "! grep -q '$(printf '\033\\[[0-9;]*3[1-5]m')' '$scratch/coloured'"
terminal kill-server 2>/dev/null
daemon_stop
ok $? "the daemon ends with code 0"
finish
