#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# sipvigil codes and dialects as programs call them: exit codes, what goes to which
# stream, one object a line.
build=${top_builddir:-.}
count=0

# expect STATUS PATTERN NAME ARGUMENT…: standard output must match the pattern.
expect()
{
	want=$1 pattern=$2 name=$3
	shift 3
	count=$((count + 1))
	output=$("$build/sipvigil" "$@" 2>"$errors")
	status=$?
	# shellcheck disable=SC2254
	case $output in
	$pattern) matched=yes ;;
	*) matched=no ;;
	esac
	if [ $status -eq "$want" ] && [ $matched = yes ]; then
		echo "ok $count - $name"
	else
		echo "not ok $count - $name"
		echo "# status $status, $(printf %s "$output" | head -n 1), $(head -n 1 "$errors")"
	fi
}

if [ ! -x "$build/sipvigil" ]; then
	echo "1..0 # SKIP sipvigil is not built"
	exit 77
fi
LC_ALL=C.UTF-8
export LC_ALL
unset LANGUAGE
errors=$(mktemp) || exit 1
trap 'rm -f "$errors"' EXIT

expect 0 '486 Busy Here*4xx request failure*' "a code" codes 486
expect 0 '467 stands in no registry*400 Bad Request*' "an unknown code" codes 467
expect 1 '' "no code at all" codes 999
expect 0 '480 *489 *' "a range" codes 480-489
expect 0 '4xx *400 *494 *499 *' "a class" codes 4xx
expect 0 '@busy*486 *600 *' "a set" codes @busy
expect 1 '' "no such set" codes @nosuch
expect 0 'Q.850 17 *486 Busy Here*' "a cause" codes q850:17
expect 1 '' "no such cause" codes q850:999
expect 0 '403 *Wrong Guess*credentials*' "a phrase in two words" codes Wrong Guess
expect 1 '486 Busy Here*' "a phrase with a slip is found, and is a no" codes "Bussy Here"
expect 0 'funds *' "a category" codes funds
expect 0 '{"kind":"code","code":486,*' "JSON" codes --json 486
expect 2 '' "an unknown option" codes --nonsense
expect 2 '' "an unknown language" codes --lang xx
expect 0 'asterisk: *' "dialects" dialects
expect 0 '{"dialect":"asterisk",*' "dialects as JSON" dialects --json
expect 1 '' "no such dialect" dialects nosuch

# A cause that the far side gave, from the line to the alert.
calls=$(mktemp) || exit 1
rules=$(mktemp) || exit 1
trap 'rm -f "$errors" "$calls" "$rules"' EXIT
for second in 01 02 03; do
	echo "[2026-11-22 10:00:$second] VERBOSE[1][C-000000$second] app_dial.c: Called SIP/carrier/1"
	echo "[2026-11-22 10:00:$second] VERBOSE[1][C-000000$second] chan_sip.c: Got SIP response 480 \"No Money Left on RFC Account\" back from 203.0.113.7:5060"
	echo "[2026-11-22 10:00:$second] VERBOSE[1][C-000000$second] app_dial.c: SIP/carrier-000000$second is busy"
	echo "[2026-11-22 10:00:$second] VERBOSE[1][C-000000$second] app_dial.c: Everyone is busy/congested at this time (1:1/0/0)"
done >"$calls"
cat >"$rules" <<'RULES'
rules_dir = {}
rule "refused" { where = "failure and leg = out"  by = {"peer"}  window = "5m"  warning = "count >= 3" }
RULES
expect 0 '*"peer":"carrier"*"category":"funds"*' "an event has the cause that its phrase gives" \
	events --json "$calls"
expect 0 '*"causes":{"funds":3}*"cause":{"category":"funds","count":3,*' "so has the alert" \
	backtest --json -c "$rules" "$calls"
expect 0 '*; cause funds (3 of 3): The balance is too low*' "in words" backtest -c "$rules" "$calls"
expect 0 '*cause     funds: The balance is too low.*' "explained" explain -c "$rules" "$(sed -n 2p "$calls")"
LANG=ru_RU.UTF-8 LC_ALL=
export LANG
expect 0 '*funds: Недостаточно средств на счёте.*' "and in Russian" explain -c "$rules" "$(sed -n 2p "$calls")"
LC_ALL=C.UTF-8

count=$((count + 1))
if "$build/sipvigil" codes --json | grep -vq '^{"kind":"[a-z0-9]*",.*}$'; then
	echo "not ok $count - every line of the whole catalogue is an object"
else
	echo "ok $count - every line of the whole catalogue is an object"
fi
echo "1..$count"
