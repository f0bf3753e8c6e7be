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

count=$((count + 1))
if "$build/sipvigil" codes --json | grep -vq '^{"kind":"[a-z0-9]*",.*}$'; then
	echo "not ok $count - every line of the whole catalogue is an object"
else
	echo "ok $count - every line of the whole catalogue is an object"
fi
echo "1..$count"
