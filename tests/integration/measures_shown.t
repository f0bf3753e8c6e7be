#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# shellcheck disable=SC2119 # daemon_start takes further options only where some are given
# Alerts of absent, new and rule() as the online commands show them of a running daemon.
. "${top_srcdir:-$(cd "$(dirname "$0")/../.." && pwd)}/tests/lib/wait.sh"
. "$top_srcdir/tests/lib/sipvigild.sh"
daemon_need
command -v script >/dev/null || skip_all "script not found: apt-get install bsdutils"
lib=$top_srcdir/tests/lib

# attempt SECONDS-AGO USER
attempt()
{
	echo "[$(date -u -d "-$1 seconds" '+%Y-%m-%d %H:%M:%S')] NOTICE[1] chan_sip.c: Registration from '\"$2\" <sip:$2@pbx>' failed for '203.0.113.9:5071' - Wrong password"
}
{
	attempt 3000 1001
	attempt 1500 1001
	attempt 100 1002
	attempt 99 1002
	attempt 98 1002
} >"$log"
daemon_conf 'grace = "1s"' \
	"file \"asterisk\" { path = {\"$log\"}  from = \"beginning\"  timezone = \"UTC\" }" \
	"stream \"out\" { path = \"$out\" }" \
	'rule "many" { where = "failure"  by = {"peer_ip"}  window = "1h"  warning = "count >= 3" }' \
	'rule "gone" { where = "failure"  by = {"peer_ip"}  window = "1h"  warning = "absent for 10s"  cooldown = "0s" }' \
	'rule "names" { where = "failure"  by = {"peer_ip"}  window = "20m"  warning = "new(user) learn 40m" }' \
	'rule "asks" { by = {"peer_ip"}  window = "1h"  critical = "rule(many)" }'
sed -i 's|^rules_dir = .*|rules_dir = {}|' "$conf"
daemon_start
ok $? "the daemon starts"
for rule in many gone names asks; do
	try "$rule is open" tenacious 20 says "$rule" ask alerts
done
try "top shows them" says "203.0.113.9" ask top --once
for rule in many gone names asks; do
	try "$rule among them" has "$scratch/said" "$rule"
done
try "with the kinds of their measures" says '"kind":"absent"' ask top --json
for kind in count new rule; do
	try "also $kind" has "$scratch/said" "\"kind\":\"$kind\""
done
try "the daemon lives" says "4 alerts open" ask status

# In a terminal of 80 columns.
shown()
{
	script -q -e -c "stty cols 80; '$sipvigil' $1 --socket '$control' $2" /dev/null </dev/null |
		tr -d '\r' >"$scratch/shown"
	python3 "$lib/width.py" 80 "$scratch/shown" >"$scratch/said"
}
tap_notes="$tap_notes $scratch/shown"
try "alerts fit it" shown alerts
try "top too" shown top --once
try "an absence with its length and its limit" has "$scratch/shown" "none for "
try "new values with their number" has "$scratch/shown" "1 new user of 1"
ask silence add "rule = 'many' and peer_ip = 203.0.113.0/24 and severity = warning and not (rule = 'gone')" \
	--for 2h --reason "the office moves to another network and all phones come anew" >"$scratch/said"
try "silences fit it" shown silence list
daemon_stop
ok $? "the daemon ends with code 0"
finish
