#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Each kind of mistake in a rule, in a test of one, in a list or a peer: its exact words, its
# file, line and column, the caret and the remedy (tests/data/rule-mistakes.txt).
. "${top_srcdir:-$(cd "$(dirname "$0")/../.." && pwd)}/tests/lib/wait.sh"
sipvigil=$(cd "$top_builddir" && pwd)/sipvigil
[ -x "$sipvigil" ] || skip_all "$sipvigil is not built: run make"
cases=$(cd "$top_srcdir" && pwd)/tests/data/rule-mistakes.txt
cd "$scratch" || exit 99

# case.N with name, want, and the files
awk '
/^=== / { n++; folder = "case." n; file = "a.conf"; said = 0
	system("mkdir -p " folder "/tree/conf.d " folder "/tree/pack")
	print substr($0, 5) >(folder "/name"); next }
!n { next }
/^---$/ { said = 1; printf "" >(folder "/want"); next }
said { print >(folder "/want"); next }
/^\+\+\+ / { file = substr($0, 5); next }
{ print >(folder "/tree/" file) }' "$cases"

n=0
while [ -d "case.$((n + 1))" ]; do
	n=$((n + 1))
	cd "case.$n/tree" || exit 99
	grep -q rules_dir a.conf || echo 'rules_dir = {}' >>a.conf
	echo 'patterns_dir = {}' >>a.conf
	echo 'stream "s" { path = "-" }' >>a.conf
	"$sipvigil" check -c a.conf >../said 2>&1
	status=$?
	cd "$scratch" || exit 99
	grep -v 'Nothing was changed\|: no mistakes\.' "case.$n/said" >"case.$n/got"
	wrong=0
	diff "case.$n/want" "case.$n/got" >"case.$n/diff" || wrong=1
	# Errors end with 1, warnings alone with 0; silence would be no test.
	if grep -q ': error: ' "case.$n/want"; then
		[ $status -eq 1 ] || wrong=1
	else
		grep -q ': warning: ' "case.$n/want" && [ $status -eq 0 ] || wrong=1
	fi
	tap_notes="case.$n/diff case.$n/said"
	ok $wrong "$(cat "case.$n/name")"
done
[ $n -ge 100 ]
ok $? "all cases were read ($n)"
finish
