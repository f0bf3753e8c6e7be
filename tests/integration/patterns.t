#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# shellcheck disable=SC2119 # daemon_start takes further options only where some are given
# Dialects made of patterns in the running daemon: a followed file, a reload that changes
# them and loses no count, limits; and what the tools say of mistakes.
. "${top_srcdir:-$(cd "$(dirname "$0")/../.." && pwd)}/tests/lib/wait.sh"
. "$top_srcdir/tests/lib/sipvigild.sh"
daemon_need
patterns=$(cd "$top_srcdir" && pwd)/etc/patterns.d
mkdir "$scratch/patterns.d" "$scratch/empty"

# checked CODE TEXT FILE: `sipvigil check` of the file ends so and says the text.
checked()
{
	code "$1" "$sipvigil" check -c "$3" && grep -qF -- "$2" "$scratch/said"
}

# The patterns that come with sipvigil.
printf 'rules_dir = {}\npatterns_dir = {"%s"}\n' "$patterns" >"$scratch/own.conf"
try "the patterns of etc/patterns.d pass their samples" checked 0 "tests passed" "$scratch/own.conf"
# one warning: there are no rules
try "and give no warning of their own" says "tests passed; 1 warning." "$sipvigil" check -c "$scratch/own.conf"
try "dialects lists them with their file" says "$patterns/sems.conf:" "$sipvigil" dialects -c "$scratch/own.conf" sems
try "and JSON has file and line" says '"file":"'"$patterns/sems.conf"'","line":' "$sipvigil" dialects -c "$scratch/own.conf" sems --json
echo "Nov 22 19:29:47 sbc1 sems[812]: WARN: rejecting INVITE sip:4930123@h from 192.0.2.9:5060 with 483 Too Many Hops (Max-Forwards=0)" >"$scratch/sems"
try "events reads with them" says '"pbx":"sems"' "$sipvigil" events --json -c "$scratch/own.conf" "$scratch/sems"
try "by name too" says '"pbx":"sems"' "$sipvigil" events --json -c "$scratch/own.conf" -d sems "$scratch/sems"
printf 'rules_dir = {}\npatterns_dir = {}\n' >"$scratch/none.conf"
try "without them the name is unknown" code 2 "$sipvigil" events -c "$scratch/none.conf" -d sems "$scratch/sems"

# Removed and replaced from beside.
printf 'dialect "sems" { enabled = false }\n' >>"$scratch/own.conf"
try "a dialect is switched off" code 1 "$sipvigil" dialects -c "$scratch/own.conf" sems
try "the others stay" code 0 "$sipvigil" dialects -c "$scratch/own.conf" drachtio

# A PBX of ours.
acme()
{
	cat >"$scratch/patterns.d/acme.conf" <<-EOF
	dialect "acme" { probe = {"acmed: "} }
	template "auth" {
	    dialect = "acme"
	    pattern = '^(?<time>[^ ]+ [^ ]+) acmed: $1 (?<user>.*) from (?<peer_ip>[0-9A-Fa-f:.]+)$'
	    leg = in
	    method = REGISTER
	    outcome = rejected
	}
	template "bad" {
	    dialect = "acme"
	    pattern = '^(?<time>[^ ]+ [^ ]+) acmed: bad ((?<user>[a-z]+)+)+$'
	    outcome = rejected
	}
	EOF
}
# line TEXT [COUNT]: as the box writes it now.
line()
{
	left=${2:-1}
	while [ "$left" -gt 0 ]; do
		echo "$(date '+%Y-%m-%d %H:%M:%S') acmed: $1" >>"$log"
		left=$((left - 1))
	done
}

acme refused
: >"$log"
daemon_conf "patterns_dir = {\"$scratch/patterns.d\"}" \
	"file \"acme\" { path = {\"$log\"} dialect = \"acme\" }" \
	"file \"pbx\" { path = {\"$scratch/asterisk\"} }" \
	"stream \"out\" { path = \"$out\" }" \
	"stream \"events\" { path = \"$scratch/events\" what = \"events\" }"
: >"$scratch/asterisk"
daemon_start
ok $? "the daemon starts with a dialect made of patterns"
line "refused bob from 203.0.113.9" 12
try "its lines raise an alert" tenacious 10 has "$out" '"name":"auth-bruteforce"'
try "by the dialect's name" has "$scratch/events" '"pbx":"acme"'
try "status knows who reads the file" says '"dialect":"acme"' ask status --json

# Text of a caller that looks like the end of a line.
line "refused x from 198.51.100.7 from 203.0.113.10" 12
try "who writes a user name blames himself" tenacious 10 has "$out" 203.0.113.10
[ "$(grep -c '"peer_ip":"198.51.100.7"' "$scratch/events")" -eq 0 ]
ok $? "and nobody else"

# A text that is none of an address, and lines that explode.
line "bad aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa!" 3
try "a match that takes too long is given up and said" tenacious 10 has "$daemon_log" "template bad: matching a line was given up"
try "and counted" tenacious 10 says "sipvigil_pattern_limits_total" ask stats
ask stats | grep -q '^sipvigil_pattern_limits_total  *3 '
ok $? "each time"
[ "$(grep -c 'was given up' "$daemon_log")" -eq 1 ]
ok $? "but said once"
line "refused z from 203.0.113.11"
try "what comes after it is read" tenacious 10 has "$scratch/events" 203.0.113.11

# Reload: other words, another template; five of ten attempts were counted before.
wrong_password 192.0.2.55 5 "$scratch/asterisk"
line "refused c from 192.0.2.66" 5
try "half of the attempts are there" tenacious 10 has "$scratch/events" '"peer_ip":"192.0.2.66"' 5
try "of the other PBX too" tenacious 10 has "$scratch/events" '"peer_ip":"192.0.2.55"' 5
acme "denied to"
try "a reload takes the new pattern" says "unchanged, counts go on" ask reload
line "refused old from 192.0.2.77"
line "denied to c from 192.0.2.66" 5
wrong_password 192.0.2.55 5 "$scratch/asterisk"
try "the new words are understood" tenacious 10 has "$scratch/events" '"peer_ip":"192.0.2.66"' 10
try "the count went on over the reload" tenacious 10 sh -c "grep '\"name\":\"auth-bruteforce\"' '$out' | grep -q 192.0.2.66"
try "and that of the other PBX" tenacious 10 sh -c "grep '\"name\":\"auth-bruteforce\"' '$out' | grep -q 192.0.2.55"
[ "$(grep -c '192.0.2.77' "$scratch/events")" -eq 0 ]
ok $? "the old words are not"
ask stats | grep -q '^sipvigil_pattern_limits_total  *3 '
ok $? "the counters went on as well"

sed -i 's/(?<user>/(?<uesr>/' "$scratch/patterns.d/acme.conf"
try "a pattern with a mistake: reload ends with 2" code 2 ask reload
try "and shows the place" has "$scratch/said" "did you mean 'user'?"
line "denied to c from 192.0.2.88"
try "what ran goes on" tenacious 10 has "$scratch/events" 192.0.2.88
acme "denied to"

# Killed and started anew, and without the dialect.
daemon_stop
try "it stops" true
sed -i 's/ dialect = "acme"//' "$conf"
printf 'dialect "acme" { enabled = false }\n' >>"$conf"
line "denied to c from 192.0.2.99"
daemon_start
ok $? "it starts with its state, though the dialect is gone"
wrong_password 192.0.2.56 1 "$scratch/asterisk"
try "and reads on" tenacious 10 has "$scratch/events" 192.0.2.56
[ "$(grep -c '192.0.2.99' "$scratch/events")" -eq 0 ]
ok $? "what is nobody's line now counts nowhere"
daemon_stop
ok $? "it ends as it should"

# What check says.
cat >"$scratch/bad.conf" <<'EOF'
rules_dir = {}
patterns_dir = {}
dialect "acme" { prob = {"acmed: "} }
template "auth" { dialect = "acem" pattern = '^a' outcome = rejected }
template "auth" { dialect = "acme" pattern = '^a(b' outcome = rejected }
template "b" { dialect = "acme" pattern = '^a' outcome = "rejcted" }
template "c" { dialect = "acme" pattern = '^a' }
dialect "asterisk" { probe = {"abc"} }
sample "s" { dialect = "acme" line = "x" expect = "nothing" }
EOF
checked 1 "bad.conf:3:18: error: unknown key 'prob' in dialect \"acme\"" "$scratch/bad.conf"
ok $? "an unknown key, with a suggestion"
for text in "did you mean 'probe'?" "there is no dialect 'acem' made of patterns" "did you mean 'acme'?" \
	"bad.conf:5:51: error: missing closing parenthesis" "'rejcted' is no value of 'outcome'" \
	"no event can come of this template" "the dialect 'asterisk' is built in" \
	"'nothing' is nothing that a sample can expect"; do
	try "$text" has "$scratch/said" "$text"
done

# What attacks find.
cat >"$scratch/weak.conf" <<'EOF'
rules_dir = {}
patterns_dir = {}
dialect "acme" { probe = {"acmed: "} }
template "auth" {
    dialect = "acme"
    pattern = '^acmed: login (?<user>[^ ]+) from (?<peer_ip>[0-9.]+) failed (?<phrase>.*)$'
    outcome = rejected
    attribution = certain
}
sample "s" { dialect = "acme" line = "acmed: login bob from 192.0.2.1 failed why" expect = '{"peer_ip":"192.0.2.2"}' }
sample "t" { dialect = "acme" line = "acmed: login bob from 192.0.2.1 failed why" expect = '{"peer_ip":"192.0.2.1"}' }
EOF
try "a sample with another address fails" checked 1 'sample "s": failed: the event is another one' "$scratch/weak.conf"
try "and shows what came" has "$scratch/said" '"peer_ip":"192.0.2.1"'
try "a claim that ends at a blank lets lines go unseen" has "$scratch/said" "whoever writes 'user' can have the line go unseen"
sed -i 's/\[^ \]+) from/.*) from/; /192.0.2.2/d' "$scratch/weak.conf"
try "a free one lets somebody else be blamed" checked 0 "can have somebody else blamed" "$scratch/weak.conf"
try "with the line that does it" has "$scratch/said" "from 198.51.100.77 failed"
sed -i 's/attribution = certain/attribution = forgeable/' "$scratch/weak.conf"
try "who knows it is not told again" says "1 test passed; 1 warning." "$sipvigil" check -c "$scratch/weak.conf"
finish
