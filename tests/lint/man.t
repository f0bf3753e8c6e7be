#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Manual pages: well formed, printed from the tables where these know better, and silent
# about nothing that a user can type.
# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"
cd "$src" || exit 1
build=${top_builddir:-.}
pages=$(project_files 'doc/man/*.[1578]')

# mentions PAGE WORD…: which of the words the page does not have.
mentions()
{
	page=$1
	shift
	for word; do
		grep -qwF -- "$word" "$page" || echo "$page does not mention $word"
	done
}

if command -v mandoc >/dev/null; then
	for page in $pages; do
		# Whether the other pages are installed here does not matter.
		output=$(mandoc -T lint "$page" | grep -v 'referenced manual not found')
		[ -z "$output" ]
		tap $? "$page is well formed"
	done
else
	skip "form of the manual pages" "apt-get install mandoc"
fi

if [ -x "$build/doc/print_facts" ]; then
	for part in options:sipvigil.conf.5 fields:sipvigil-rules.7 alert-fields:sipvigil-rules.7 sets:sipvigil-rules.7 metrics:sipvigil-faults.7; do
		page=doc/man/${part#*:}
		output=$(doc/man/update -n "${part%%:*}" "$build/doc/print_facts ${part%%:*}" "$page" |
			diff "$page" -)
		tap $? "$page has the ${part%%:*} of the source (make update-man)"
	done
else
	skip "tables in manual pages" "make doc/print_facts"
fi
output=$(doc/man/update -n rules "doc/man/rule-list etc/rules.d" doc/man/sipvigil-rules.7 |
	diff doc/man/sipvigil-rules.7 -)
tap $? "sipvigil-rules.7 has the default rules (make update-man)"

# shellcheck disable=SC2046
output=$(mentions doc/man/sipvigil.1 $(sed -n 's/^	&command_\([a-z]*\),$/\1/p' src/cli/sipvigil.c))
[ -z "$output" ]
tap $? "sipvigil.1 has every command"

# shellcheck disable=SC2046
output=$(for file in src/cli/*.c; do
	word=$(sed -n 's/^	\.word = "\(.*\)",$/\1/p' "$file")
	[ -n "$word" ] || continue
	# Long options as getopt_long knows them: { "json", no_argument …
	mentions doc/man/sipvigil.1 $(sed -n 's/.*{ "\([a-z-]*\)", \(no\|required\|optional\)_argument.*/\1/p' "$file")
done)
[ -z "$output" ]
tap $? "sipvigil.1 has every option of the commands"

output=$(for file in src/cli/check_sipvigil.c:check_sipvigil.1 src/sipvigild.c:sipvigild.8; do
	[ -e "${file%%:*}" ] || continue
	# shellcheck disable=SC2046
	mentions "doc/man/${file#*:}" $(sed -n 's/.*{ "\([a-z-]*\)", \(no\|required\|optional\)_argument.*/\1/p' "${file%%:*}")
done)
[ -z "$output" ]
tap $? "sipvigild.8 and check_sipvigil.1 have every option"

# shellcheck disable=SC2046
output=$(mentions doc/man/sipvigil-rules.7 $(sed -n 's/^	\[SV_[A-Z]*\] = "\([a-z]*\)",.*/\1/p' src/sip/outcome.c))
[ -z "$output" ]
tap $? "sipvigil-rules.7 has every outcome"

# shellcheck disable=SC2046
output=$(mentions doc/man/sipvigil-dialects.7 $(sed -n 's/^	&\([a-z]*\)_dialect,$/\1/p' src/dialect/registry.c 2>/dev/null | sed 's/^threecx$/3cx/'))
[ -z "$output" ]
tap $? "sipvigil-dialects.7 has every dialect"
tap_end
