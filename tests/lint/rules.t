#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# The default rules: each one says what it means, why its numbers, what to do, and which
# service it belongs to; has tests of what raises and what does not; stands in the manual;
# and has its words in every other language with the same slots.
# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"
cd "$src" || exit 1
work=$(mktemp -d) || exit 1
trap 'rm -rf "$work"' EXIT

# facts FILE…: "rule NAME KEY VALUE", "rule NAME comment TEXT" and "test RULE CASE", a tab
# in between
facts()
{
	awk '
	/^#/ { comment = comment " " substr($0, 3); next }
	/^(rule|test|list) "/ {
		split($0, part, "\"")
		kind = $1; name = part[2]; subject = ""
		if (kind == "rule")
			print "rule\t" name "\tcomment\t" comment
	}
	/^rule "/ && /}$/ { kind = "" }
	kind == "rule" && /^    [a-z_]+ *= / {
		key = $1; value = $0
		sub(/^[^=]*= */, "", value)
		print "rule\t" name "\t" key "\t" value
	}
	kind == "test" && /^    rule *= / { split($0, part, "\""); subject = part[2] }
	kind == "test" && /^    cases *= / {
		n = split($0, part, "\"")
		for (i = 2; i <= n; i += 2)
			print "test\t" subject "\t" part[i]
	}
	/^}/ { kind = "" }
	{ comment = "" }' "$@"
}
facts etc/rules.d/*.conf >"$work/facts"
names=$(awk -F '\t' '$1 == "rule" && $3 == "comment" { print $2 }' "$work/facts")
[ "$(echo "$names" | wc -l)" -ge 40 ]
tap $? "there are rules"

# lacks TEXT PATTERN: rules of which no line of the facts holds it ("rule\tNAME\t" before)
lacks()
{
	for rule in $names; do
		grep -qE "^$1	$rule	$2" "$work/facts" || echo "$rule"
	done
}

for key in summary likely check; do
	output=$(lacks rule "$key	\"[^\"]")
	[ -z "$output" ]
	tap $? "every rule has $key"
done
output=$(lacks rule 'service	"SIP (security|trunks|registrations|log pipeline)"$')
[ -z "$output" ]
tap $? "every rule has one of the four services"
output=$(lacks rule 'comment	.* Numbers: .{20}')
[ -z "$output" ]
tap $? "every rule says why its numbers"
output=$(awk -F '\t' '$3 == "service" && $4 ~ /security/ { security[$2] }
	$3 == "technique" { technique[$2] }
	END { for (rule in security) if (!(rule in technique)) print rule }' "$work/facts" | grep -vx acl-hits)
[ -z "$output" ]
tap $? "every rule about attackers names a technique (acl-hits: as often one's own device)"

# What no log line can cause has its test with the daemon: the states of a source. And a
# test that stands beside its rule cannot give a role to a peer.
elsewhere='log-unreadable log-silent log-unrecognised clock-skew clock-step phone-busy'
tested()
{
	lacks test "$1" | while read -r rule; do
		case " $elsewhere " in
		*" $rule "*) grep -qE "\b$rule\b" tests/integration/*.t || echo "$rule" ;;
		*) echo "$rule" ;;
		esac
	done
}
output=$(tested '.*: *ok$')
[ -z "$output" ]
tap $? "every rule has a test of what does not raise"
output=$(tested '.*: *(warning|critical) at [0-9]')
[ -z "$output" ]
tap $? "every rule has a test of what raises, and when"
output=$(awk -F '\t' '$1 == "rule" && $3 ~ /^(warning|critical)$/ { has[$2 "\t" $3] }
	$1 == "test" && match($3, /(warning|critical)( at .*)?$/) {
		split(substr($3, RSTART), word, " "); tested[$2 "\t" word[1]] }
	END { for (i in has) if (!(i in tested)) print i }' "$work/facts" | while read -r rule level; do
	case " $elsewhere " in *" $rule "*) ;; *) echo "$rule $level" ;; esac
done)
[ -z "$output" ]
tap $? "every limit has a test that reaches it"

output=$(for rule in $names; do
	awk -v rule="$rule" '
	/^\.It Li / { inside = $3 == rule; next }
	inside { text = text " " $0 }
	END { exit !(text ~ /Numbers:/ && text ~ /What to do:/ && length(text) > 200) }' \
		doc/man/sipvigil-rules.7 || echo "$rule"
done)
[ -z "$output" ]
tap $? "sipvigil-rules.7 has a paragraph on every rule: meaning, numbers, what to do"

for folder in etc/rules.*.d; do
	language=${folder#etc/rules.}
	language=${language%.d}
	facts "$folder"/*.conf >"$work/other"
	output=$(awk -F '\t' -v russian="$([ "$language" = ru ] && echo yes)" '
	function slots(text,   all) {
		while (match(text, /\{[a-z_]+\}/)) {
			if (index(all, substr(text, RSTART, RLENGTH)) == 0)
				all = all "\n" substr(text, RSTART, RLENGTH)
			text = substr(text, RSTART + RLENGTH)
		}
		return all
	}
	function same(a, b,   part, n, i) {
		n = split(slots(a), part, "\n")
		for (i = 1; i <= n; i++)
			if (index(b, part[i]) == 0)
				return 0
		return 1
	}
	$1 != "rule" || $3 !~ /^(summary|likely|check|amend)$/ { next }
	FNR == NR { text[$2 "\t" $3] = $4; known[$2]; next }
	{ here[$2 "\t" $3] = $4
	  if (!($2 in known)) print $2 ": there is no such rule" }
	END {
		for (i in text) {
			split(i, part, "\t")
			if (!(i in here)) print i ": missing"
			else if (!same(text[i], here[i]) || !same(here[i], text[i])) print i ": other slots"
			else if (russian && here[i] !~ /[а-яё][а-яё]/) print i ": not translated"
			if (here[part[1] "\tamend"] != "true") print part[1] ": amend = true is missing"
		}
	}' "$work/facts" "$work/other" | sort -u)
	[ -z "$output" ]
	tap $? "every rule has its words in $language"
	output=$(for file in "$folder"/*.conf; do
		[ -e "etc/rules.d/${file##*/}" ] || echo "$file"
		grep -qF "$file" etc/local.mk || echo "$file is not installed"
	done)
	[ -z "$output" ]
	tap $? "$folder has the files of etc/rules.d"
done
output=$(for file in etc/rules.d/*.conf; do
	grep -qF "$file" etc/local.mk || echo "$file"
done)
[ -z "$output" ]
tap $? "every file of rules is installed"
tap_end
