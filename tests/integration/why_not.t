#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# sipvigil why-not: how near a key came to an alert and what did not count, from logs and
# from the running daemon.
. "${top_srcdir:-$(cd "$(dirname "$0")/../.." && pwd)}/tests/lib/wait.sh"
. "$top_srcdir/tests/lib/sipvigild.sh"
. "$top_srcdir/tests/lib/screen.sh"
daemon_need
screen_need
tap_notes="$tap_notes $scratch/screen"

cat >"$scratch/office.txt" <<'END'
# the office
198.51.100.0/25
192.0.2.64/28   # phones
END
rules='
list "trusted" { file = {"'$scratch/office.txt'"} }
rule "brute" { where = "outcome = rejected and leg = in" by = {"peer_ip"} window = "5m" warning = "count >= 10" except = {"trusted"} cooldown = "1h" clear_for = "1s" clear = "count < 10" }
rule "slow" { where = "outcome = rejected and leg = in" by = {"peer_ip"} window = "1h" warning = "count >= 20" except = {"trusted"} }
rule "unknown" { where = "outcome = unknown and leg = in" by = {"peer_ip"} window = "5m" warning = "count >= 20" }
rule "busy" { where = "leg = in" by = {"peer_ip"} window = "5m" warning = "ratio(outcome = busy) >= 50% min 4" }
rule "long" { where = "outcome = rejected" by = {"peer_ip"} window = "5m" warning = "count >= 8" for = "10m" }
rule "watched" { where = "outcome = rejected" by = {"peer_ip"} window = "5m" warning = "count >= 3" mode = "observe" }
rule "pair" { where = "outcome = rejected" by = {"peer_ip", "user"} claims = true window = "5m" warning = "count >= 7" }
rule "unused" { where = "outcome = rejected" by = {"peer_ip"} window = "5m" warning = "count >= 3" mode = "off" }
'
{ echo 'rules_dir = {}'; echo 'patterns_dir = {}'; echo "$rules"; } >"$scratch/rules.conf"

# line TIME ADDRESS USER TEXT
line()
{
	echo "[2026-09-12 $1] NOTICE[2101] chan_sip.c: Registration from '<sip:$3@pbx.example.com>' failed for '$2:5060' - $4"
}
{
	# nine early, then eight within five minutes: the eighth at 08:29:10
	for minute in 00 02 04 06 08 10 12 14 16; do line "08:$minute:00" 203.0.113.9 1001 "Wrong password"; done
	for second in 00 10 20 30 40 50; do line "08:28:$second" 203.0.113.9 1001 "Wrong password"; done
	line 08:29:00 203.0.113.9 1002 "Wrong password"
	line 08:29:10 203.0.113.9 1002 "Wrong password"
	for second in 11 12 13 14; do line "08:29:$second" 203.0.113.9 1003 "No matching peer found"; done
	for second in 20 21 22; do line "08:29:$second" 192.0.2.70 1001 "Wrong password"; done
	# raised, cleared, and again while it cools down
	for second in 0 1 2 3 4 5 6 7 8 9; do line "08:30:0$second" 203.0.113.10 1001 "Wrong password"; done
	for second in 0 1 2 3 4 5 6 7 8 9; do line "08:50:0$second" 203.0.113.10 1001 "Wrong password"; done
	line 08:59:00 203.0.113.11 1001 "Wrong password"
	# far too late
	line 08:40:00 203.0.113.11 1001 "Wrong password"
	line 08:59:10 203.0.113.11 1001 "Wrong password"
} >"$scratch/full"

# why EXIT RULE KEY… ; the answer of the logs in $scratch/said
why()
{
	why_code=$1
	shift
	"$sipvigil" why-not "$@" -c "$scratch/rules.conf" "$scratch/full" >"$scratch/said" 2>&1
	[ $? -eq "$why_code" ]
}
said()
{
	grep -qF -- "$1" "$scratch/said"
}

why 0 brute 203.0.113.9
ok $? "a key that did not raise: exit code 0"
try "how near, within what and when" said "It came to 8 of 10 in 5 min, at 2026-09-12 08:29:10."
try "how many did not count" said "13 other failures of this key did not count then:"
try "those at other times" said "    9  count, but at other times: not within the same 5 min"
try "and the rule that counts them" said "→ rule slow counts these: 17 of 20 in 1 h at most"
try "those with another outcome" said "    4  outcome unknown, the rule asks: outcome = rejected"
try "and their rule" said "→ rule unknown counts these: 4 of 20 in 5 min at most"
why 0 brute 192.0.2.70
try "a list, its entry, file and line" said "3  in list \"trusted\" (192.0.2.64/28, $scratch/office.txt:3)"
try "nothing counted" said "No event of this key counts for the rule."
why 1 brute 203.0.113.10
ok $? "a key that raised: exit code 1"
try "when it did and why" said "2026-09-12 08:30:09  WARNING"
why 0 brute 203.0.113.11
try "lines that came too late" said "    1  came too late: more than 30 s behind newer ones"
why 0 busy 203.0.113.9
try "a measure that asks for another outcome" said "outcome rejected, the rule asks: ratio(outcome = busy)"
why 0 long 203.0.113.10
try "a limit that did not hold for long enough" said "must hold for 10 min."
why 1 watched 203.0.113.9
try "a rule that observes" said "But it runs in mode observe: nobody is paged."
why 0 pair 203.0.113.9
try "one value of several key fields" said "It came to 6 of 7 in 5 min, at 2026-09-12 08:28:50."
why 0 pair peer_ip=203.0.113.9 user=1002
try "field=value, more than once" said "It came to 2 of 7 in 5 min, at 2026-09-12 08:29:10."
why 1 brute 203.0.113.99
ok $? "a key of which nothing is known: exit code 1"
try "and that is said" said "Nothing is known of 203.0.113.99: no event has this key."
why 2 brut 203.0.113.9
ok $? "no such rule: exit code 2"
try "which one was meant" said "did you mean 'brute'?"
why 2 unused 203.0.113.9
ok $? "a rule that is off"
try "is named" said "there is no rule, or it is off: 'unused'"
why 2 brute adress=1.2.3.4
ok $? "a field that there is not: exit code 2"
try "a rule without a key is wrong usage" code 2 "$sipvigil" why-not brute
try "an unreadable log: exit code 3" code 3 "$sipvigil" why-not brute 203.0.113.9 -c "$scratch/rules.conf" "$scratch/none"
"$sipvigil" why-not brute 203.0.113.9 -c "$scratch/rules.conf" --json "$scratch/full" |
	jq -es 'length == 1 and (.[0] | .kind == "why_not" and .raised == false and .counted == 17 and .nearest.value == 8 and .nearest.limit == 10
		and .nearest.time == "2026-09-12T08:29:10.000000Z" and (.not_counted | map(.why) == ["where", "window"]) and .from == "logs")' >/dev/null
ok $? "JSON has the same"
wide=
for rule in brute busy long watched pair; do
	for key in 203.0.113.9 203.0.113.10 192.0.2.70; do
		on_screen "$sipvigil why-not $rule $key -c $scratch/rules.conf $scratch/full"
		fits 80 || wide="$wide $rule/$key"
	done
done
[ -z "$wide" ]
ok $? "all of it fits a screen of 80 columns"

# The daemon.
cp "$scratch/full" "$log"
daemon_conf "rules_dir = {}" "file \"asterisk\" { path = {\"$log\"} from = \"beginning\" timezone = \"UTC\" }" "$rules"
sed -i '0,/^rules_dir/{/^rules_dir/d}' "$conf"
try "no daemon: exit code 3" code 3 ask why-not brute 203.0.113.9
try "and that the logs can be asked" said "or ask the logs: sipvigil why-not brute 203.0.113.9 FILE…"
# shellcheck disable=SC2119 # no further options
daemon_start
ok $? "the daemon starts"
try "it has read the log" tenacious 20 says '"counted":17' ask why-not brute 203.0.113.9 --json
try "what it came to" says "It came to 8 of 10 in 5 min, at 2026-09-12 08:29:10." ask why-not brute 203.0.113.9
try "the list's entry" says "in list \"trusted\" (192.0.2.64/28, $scratch/office.txt:3)" ask why-not brute 192.0.2.70
try "what it cannot know" says "Seen from the recent events that the daemon keeps in memory, since" ask why-not brute 203.0.113.9
try "exit code 0 for a key that did not raise" code 0 ask why-not brute 203.0.113.9
try "1 for one that did" code 1 ask why-not brute 203.0.113.10
try "2 without such a rule" code 2 ask why-not brut 203.0.113.9
try "with the remedy" said "did you mean 'brute'?"
"$sipvigil" why-not brute 203.0.113.9 -c "$scratch/rules.conf" --json "$scratch/full" | jq -S 'del(.from)' >"$scratch/of-logs"
ask why-not brute 203.0.113.9 --json | jq -S 'del(.from)' >"$scratch/of-daemon"
cmp -s "$scratch/of-logs" "$scratch/of-daemon"
ok $? "logs and daemon say the same"
on_screen "$sipvigil why-not brute 203.0.113.9 --socket $control"
try "on a screen of 80 columns" fits
daemon_stop
ok $? "it stops"
finish
