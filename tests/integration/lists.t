#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# shellcheck disable=SC2119 # daemon_start takes further options only where some are given
# Files of lists: what is written to them holds without a reload; a mistake in one changes
# nothing and is said with its place.
. "${top_srcdir:-$(cd "$(dirname "$0")/../.." && pwd)}/tests/lib/wait.sh"
. "$top_srcdir/tests/lib/sipvigild.sh"
daemon_need

trusted=$scratch/trusted.d
mkdir "$trusted"
echo "203.0.113.1 # the office" >"$trusted/office.txt"
: >"$log"
daemon_conf "file \"asterisk\" { path = {\"$log\"}  from = \"beginning\" }" \
	"stream \"out\" { path = \"$out\" }" \
	"list \"trusted\" { file = {\"trusted.d/*.txt\"} }"
daemon_start
ok $? "it starts"
wrong_password 203.0.113.1 12
wrong_password 203.0.113.2 12
try "an address that is not listed alerts" tenacious 20 has "$out" 203.0.113.2
try "one that is listed does not" sh -c "! grep -q '203.0.113.1[^0-9]' '$out'"

# Another file, found by the pattern.
echo "203.0.113.3" >"$trusted/branch.txt"
try "a new file is taken without a reload" tenacious 30 has "$daemon_log" "configuration taken"
try "and the log says why" has "$daemon_log" "files of lists have changed"
wrong_password 203.0.113.3 12
wrong_password 203.0.113.4 12
try "what stands in it holds" tenacious 20 has "$out" 203.0.113.4
try "alerts for others alone" sh -c "! grep -q '203.0.113.3[^0-9]' '$out'"

# A mistake.
echo "203.0.113.300" >>"$trusted/branch.txt"
try "a mistake is not taken" tenacious 30 has "$daemon_log" "the configuration was not taken"
try "and said with its place" has "$daemon_log" "trusted.d/branch.txt:2:1: error: 203.0.113.300 is not an address"
sleep 11 # two looks: it is not tried again
try "once" sh -c "[ \$(grep -c 'was not taken' '$daemon_log') -eq 1 ]"
wrong_password 203.0.113.3 12
wrong_password 203.0.113.5 12
try "the list is what it was" tenacious 20 has "$out" 203.0.113.5
try "to the last address" sh -c "! grep -q '203.0.113.3[^0-9]' '$out'"

# Gone.
rm "$trusted/branch.txt"
taken() { [ "$(grep -c 'configuration taken' "$daemon_log")" -eq 2 ]; }
try "a file that is removed is taken, too" tenacious 30 taken
wrong_password 203.0.113.3 12
try "its addresses alert" tenacious 20 has "$out" '203.0.113.3"'
try "counts went on: the first alert was not ended" \
	sh -c "! grep -q 'rule was changed or is gone' '$out'"
daemon_stop
ok $? "it stops"

finish
