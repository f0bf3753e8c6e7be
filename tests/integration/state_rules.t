#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# shellcheck disable=SC2119 # daemon_start takes further options only where some are given
# Rules, lists and peers that were changed while the daemon was stopped: what did not
# change counts on exactly, what changed begins anew, what is gone ends its alerts.
. "${top_srcdir:-$(cd "$(dirname "$0")/../.." && pwd)}/tests/lib/wait.sh"
. "$top_srcdir/tests/lib/sipvigild.sh"
daemon_need

# rules LINE...: the configuration with these lines, and no other rule.
rules()
{
	daemon_conf "file \"asterisk\" { path = {\"$log\"}  from = \"beginning\" }" \
		"stream \"out\" { path = \"$out\" }" "$@"
	sed -i 's|^rules_dir = .*|rules_dir = {}|' "$conf"
}

# alert_of RULE TEXT: an alert of the rule holds the text.
alert_of() { grep -F -- "\"name\":\"$1\"" "$out" 2>/dev/null | grep -qF -- "$2"; }

mine='rule "mine" { where = "failure"  by = {"peer_ip"}  window = "1h"  warning = "count >= 14" }'
named='rule "named" { where = "failure"  by = {"peer"}  window = "1h"  warning = "count >= 10" }'
listed='rule "listed" { where = "failure"  by = {"peer_ip"}  window = "1h"  warning = "count >= 14"  except = {"ours"} }'
: >"$log"
rules "$mine" "$named" "$listed" \
	'rule "other" { where = "failure"  by = {"peer_ip"}  window = "1h"  warning = "count >= 10" }' \
	'rule "gone" { where = "failure"  by = {"peer_ip"}  window = "1h"  warning = "count >= 5" }' \
	'list "ours" { cidr = {"192.0.2.0/24"} }' \
	'peer "carrier" { address = {"203.0.113.1"}  role = "trunk" }'
daemon_start
ok $? "it starts"
wrong_password 203.0.113.1 12
try "rules alert" tenacious 20 alert_of other '203.0.113.1'
try "and the peer has its name" tenacious 20 alert_of named 'carrier'
daemon_stop
try "two that wait for fourteen have not" sh -c "! grep -q '\"name\":\"mine\"\|\"name\":\"listed\"' '$out'"
lines=$(wc -l <"$out")

rules "$mine" "$named" "$listed" \
	'rule "other" { where = "failure"  by = {"peer_ip"}  window = "1h"  warning = "count >= 11" }' \
	'list "ours" { cidr = {"192.0.2.0/24", "198.51.100.0/24"} }' \
	'peer "provider" { address = {"203.0.113.1"}  role = "trunk" }'
daemon_start
ok $? "it starts with other rules"
try "it says what goes on" has "$daemon_log" "rules that were changed count anew"
ended() { [ "$(tail -n "+$((lines + 1))" "$out" | grep -F "\"name\":\"$1\"" | grep -cF "ended because its rule was changed or is gone")" -eq 1 ]; }
try "the alert of the changed rule is over, with the reason" tenacious 20 ended other
try "so is that of the one that is gone" tenacious 20 ended gone
wrong_password 203.0.113.1 1
# thirteen: not yet; one more: now. The thirteenth has been read when it is counted.
tenacious 20 sh -c "'$sipvigil' stats --socket '$control' | grep -q 'source_records_total.* 1$'"
wrong_password 203.0.113.1 1
try "an unchanged rule counts on exactly: twelve and two are fourteen" tenacious 20 alert_of mine '"value":14'
try "one whose list has grown too" tenacious 20 alert_of listed '"value":14'
try "the changed one began anew: two are not eleven" sh -c \
	"! tail -n +$((lines + 1)) '$out' | grep -F '\"name\":\"other\"' | grep -vq 'ended because'"
try "under the peer's new name two are not ten" sh -c "! grep -F '\"name\":\"named\"' '$out' | grep -q provider"
wrong_password 203.0.113.1 8
try "and ten are" tenacious 20 alert_of named provider
try "what was counted under the old name stays open for its time" says carrier ask alerts
daemon_stop
ok $? "it ends with code 0"

# Nothing changed: nothing is told.
lines=$(wc -l <"$out")
daemon_start
try "with the same rules all goes on" has "$daemon_log" "rules go on"
daemon_stop
[ "$(wc -l <"$out")" -eq "$lines" ]
ok $? "and nothing is told again"

# An alert after the last checkpoint, a kill, and its rule is gone: alerts.db knows it.
late='rule "late" { where = "failure"  by = {"peer_ip"}  window = "1h"  warning = "count >= 3" }'
rules 'checkpoint_interval = "0s"' "$mine" "$late"
daemon_start
wrong_password 203.0.113.77 4
try "another alert" tenacious 20 alert_of late '203.0.113.77'
kill -KILL "$daemon_pid"
wait "$daemon_pid" 2>/dev/null
rules 'checkpoint_interval = "0s"' "$mine"
daemon_start
over() { grep -F "\"name\":\"$1\"" "$out" | grep -F '"state":"resolved"' | grep -cF "$2"; }
once() { [ "$(over "$@")" -eq 1 ]; }
try "a kill, and its rule is gone: it is over, with the reason" tenacious 20 once late "its rule is gone"
daemon_stop

# The checkpoint is lost: who was told of an alert is told that it is over.
rules 'grace = "1s"' "$late"
daemon_start
wrong_password 203.0.113.78 4
try "an alert of a rule that stays" tenacious 20 alert_of late '203.0.113.78'
daemon_stop
echo "no checkpoint" >"$scratch/checkpoint"
sed -i 's|from = "beginning"|from = "end"|' "$conf"
daemon_start
try "the checkpoint is lost: the alert is over, with the reason" tenacious 30 once late "counted for it was lost"
daemon_stop
daemon_start
daemon_stop
try "that is told once" once late "counted for it was lost"
finish
