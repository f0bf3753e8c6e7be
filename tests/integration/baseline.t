#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# What is usual at this hour, by the programs themselves: old logs teach it, in a backtest
# and in a fresh daemon alike; a restart and another limit do not forget it.
: "${top_srcdir:=$(cd "$(dirname "$0")/../.." && pwd)}"
: "${top_builddir:=$top_srcdir/build}"
# shellcheck source=../lib/wait.sh
. "$top_srcdir/tests/lib/wait.sh"
# shellcheck source=../lib/daemon.sh
. "$top_srcdir/tests/lib/daemon.sh"
daemon_need
TZ=UTC
export TZ

# log WEEKS STORM: 24 rejected registrations in each hour of the first days of so many
# weeks, from Monday 2026-03-02 on, and STORM in two minutes on the last Monday at 09:10.
log()
{
	awk -v weeks="$1" -v storm="$2" '
	function say(day, sec, ip) {
		printf "[2026-03-%02d %02d:%02d:%02d] NOTICE[1647] chan_sip.c: Registration from \047<sip:1001@pbx>\047 failed for \047%s:5071\047 - Wrong password\n",
			day, int(sec / 3600), int(sec / 60) % 60, sec % 60, ip
	}
	BEGIN {
		for (week = 0; week < weeks; week++)
			for (hour = 0; hour < (week + 1 < weeks ? 24 : 9); hour++)
				for (k = 0; k < 24; k++)
					say(2 + week * 7, hour * 3600 + k * 150, "192.0.2." (k + 1))
		for (k = 0; k < storm; k++)
			say(2 + (weeks - 1) * 7, 9 * 3600 + 600 + int(k * 120 / storm), "203.0.113." (k % 250 + 1))
	}'
}

rule='
rule "storm" {
    where   = "outcome = rejected"
    window  = "5m"
    warning = "count > FACTORx baseline(1w same-hour) min 30"
    service = "SIP security"
}
test "much more than usual" {
    rule  = "storm"
    log   = {"[2026-03-02 08:00:00] NOTICE[7] chan_sip.c: Registration from '"'<sip:{n}@pbx>' failed for '203.0.113.9:5060'"' - Wrong password"}
    cases = {"169 every 1h then 29 every 1s: ok", "169 every 1h then 30 every 1s: warning at 608429s", "200 every 1s: ok"}
}'
rule_of() { echo "$rule" | sed "s/FACTOR/$1/"; }
{ echo 'rules_dir = {}'; rule_of 20; } >"$scratch/rules.conf"
firing() { grep -c '"state":"firing"' "$1"; }

"$sipvigil" check -c "$scratch/rules.conf" >"$scratch/said" 2>&1
ok $? "sipvigil check runs tests of several phases"

log 1 200 >"$scratch/short"
"$sipvigil" backtest -c "$scratch/rules.conf" "$scratch/short" >"$scratch/said"
grep -q '^No alert' "$scratch/said"
ok $? "what is not known yet raises nothing"
grep -q '^Rule storm is still learning what is usual: it judges from 2026-03-09 00:00 UTC on' "$scratch/said"
ok $? "and it is said from when on it will be known"

# 2 are usual in 5 minutes, and 40 the limit
log 4 40 >"$scratch/calm"
"$sipvigil" backtest --json -c "$scratch/rules.conf" "$scratch/calm" >"$scratch/said"
[ ! -s "$scratch/said" ]
ok $? "40 are not more than 20 times 2"
log 4 41 >"$scratch/log"
"$sipvigil" backtest --json -c "$scratch/rules.conf" "$scratch/log" >"$scratch/past"
[ "$(firing "$scratch/past")" = 1 ] &&
	grep -q '"measure":{"kind":"baseline","text":"count","value":41,"min":30,"usual":2,"periods":3,"warning":40,' "$scratch/past" &&
	grep -q '"reason":"41 rejected credentials in 5 min, usual at this hour: 2 (middle of 3 weeks) (limit 40, 20 times the usual and at least 30), first 09:10:00 UTC"' "$scratch/past"
ok $? "41 are, and the alert has the arithmetic"

# The daemon: old logs first, then what goes on.
head -n 1200 "$scratch/log" >"$daemon_log"
daemon_config "$(rule_of 50) stream \"s\" { path = \"$scratch/alerts\" }"
daemon_start
ok $? "a fresh daemon begins with the old log"
counted() { "$sipvigil" stats --socket "$daemon_socket" 2>/dev/null | grep -q "sipvigil_engine_events_total  *$1" ||
	"$sipvigil" stats --socket "$daemon_socket" --json 2>/dev/null | grep -q "\"sipvigil_engine_events_total\": *$1"; }
tenacious 30 counted 1200
ok $? "it has read it"
kill -9 "$daemon_pid"
wait "$daemon_pid" 2>/dev/null
daemon_config "$(rule_of 20) stream \"s\" { path = \"$scratch/alerts\" }"
tail -n +1201 "$scratch/log" >>"$daemon_log"
daemon_start
told() { [ -s "$scratch/alerts" ] && [ "$(firing "$scratch/alerts")" = 1 ]; }
tenacious 30 told
ok $? "killed, with another limit and the rest of the log, it raises"
daemon_stop
id() { grep '"state":"firing"' "$1" | grep -o '"id":"[0-9a-f]*"' | head -n 1; }
[ "$(id "$scratch/past")" = "$(id "$scratch/alerts")" ]
ok $? "the very alert of the backtest"
finish
