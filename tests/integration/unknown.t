#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# shellcheck disable=SC2119,SC2120 # explain reads standard input where no line is given
# What sipvigil does not understand, it says: how many lines of a source, what they look
# like, and an alert when they become more; the same of a file without a daemon, and why a
# single line gives nothing.
. "${top_srcdir:-$(cd "$(dirname "$0")/../.." && pwd)}/tests/lib/wait.sh"
. "$top_srcdir/tests/lib/sipvigild.sh"
daemon_need
said=$scratch/said
tap_notes="$tap_notes $out"

iso() { date '+%Y-%m-%dT%H:%M:%S.%6N%:z'; }
head() { echo "$(iso) pbx1 /usr/sbin/kamailio[446]:"; }
# known N: refusals, as the script writes them
known()
{
	for i in $(seq "$1"); do
		echo "$(head) NOTICE: {1 2 REGISTER $i-477@c} <script>: Auth_error for 10$i@pbx.example.com from 198.51.100.$((i % 250)) cause -5"
	done >>"$log"
}
# odd N: lines of the script that no pattern knows; each has other numbers, addresses, names
odd()
{
	for i in $(seq "$1"); do
		echo "$(head) NOTICE: {1 2 REGISTER $i-477@c} <script>: Turned away \"user $i\" of 198.51.100.$((i % 250)):50$i, nonce=\"f00d$i\" password: geheim$i"
	done >>"$log"
}
# field FILTER: of the source in status --unknown --json
field()
{
	ask status --unknown --json | jq -r "select(.name == \"file:messages\") | $1"
}
is() # FILTER VALUE
{
	[ "$(field "$1")" = "$2" ]
}

: >"$log"
daemon_conf "file \"pbx\" { path = {\"$log\"} from = \"beginning\" }" \
	"stream \"out\" { path = \"$out\" }" 'grace = "1s"' 'gap_interval = "1s"' \
	'rule "log-unrecognised" { amend = true  window = "4s"  clear_for = "1s" }'
daemon_start
ok $? "the daemon runs"
known 30
odd 7
echo "$(iso) pbx1 CRON[5]: (root) CMD (true)" >>"$log"
echo "$(head) INFO: <core> [main.c:1]: nothing of interest" >>"$log"
try "unknown lines are counted" tenacious 20 is .unknown 7
try "those of other programs apart" is .others 1
try "all lines are accounted for" is '.lines == .told + .ignored + .others + .unknown' true
try "they have one shape" is '.shapes | length' 1
try "in which nothing of the callers' is left" \
	is '.shapes[0].shape' 'NOTICE: {<n> <n> REGISTER <uri>} <script>: Turned away "<text>" of <ip>, nonce="<text>" password: <v>'
try "with its count" is '.shapes[0] | [.count, .error] | @csv' '7,0'
if field '.shapes[0].sample' | grep -q 'geheim\|f00d'; then ok 1 "the sample tells no secret"; else ok 0 "the sample tells no secret"; fi
try "but the rest" says 'Turned away "user 1" of 198.51.100.1:501' ask status --unknown
try "for people too" says 'unknown 7' ask status --unknown
try "and what to do" says 'sipvigil-patterns(5)' ask status --unknown
try "status refers to it" says 'sipvigil status --unknown' ask status
try "it is a counter" says 'sipvigil_source_unknown_total' ask stats

# The same of the file.
code 0 "$sipvigil" explain --rules-dir "$rules_dir" --summary "$log" --json
jq -e '.unknown == 7 and .others == 1 and .shapes[0].count == 7' "$said" >/dev/null
ok $? "explain --summary says the same of a file"
try "and for people" says 'unknown 7' "$sipvigil" explain --rules-dir "$rules_dir" --summary "$log"
code 3 "$sipvigil" explain --rules-dir "$rules_dir" --summary "$scratch/none"
ok $? "a file that is not there cannot be summed up"

# Many kinds of lines: bounded, with the error told.
for i in $(seq 1 90); do
	word=$(printf '%s' "$i" | tr '0-9' 'a-j')
	echo "$(head) NOTICE: <script>: kind $word of line"
done >>"$log"
odd 20
try "shapes are bounded" tenacious 20 is '.unknown == 117 and (.shapes | length) == 32' true
try "the most common stands first, no matter what came between" is '.shapes[0].count - .shapes[0].error >= 20' true

# Usual is few; then an upgrade words it otherwise.
known 1200
try "(it is read)" tenacious 30 is '.told >= 0 and .lines > 1300' true
sleep_until_judged() { is '.lines' "$(wc -l <"$log" | tr -d ' ')"; }
tenacious 20 sleep_until_judged
fired() # STATE
{
	jq -Rr --arg state "$1" 'fromjson? | select(.state == $state and .rule.name == "log-unrecognised") | "yes"' "$out" 2>/dev/null | grep -q yes
}
if fired firing; then ok 1 "no alert while it is as usual"; else ok 0 "no alert while it is as usual"; fi
step()
{
	odd 60
	known 60
	fired firing
}
try "an upgrade after which part of the lines is not understood is an alert" tenacious 60 step
evidence()
{
	jq -Rr 'fromjson? | select(.state == "firing" and .rule.name == "log-unrecognised") | .sipvigil.evidence | tostring' "$out" | grep -qF "$1"
}
try "its evidence is the most common shape" evidence 'Turned away'
try "and how many they are" evidence '% of its lines are not understood'
try "status says so" says 'of its lines are not understood' ask status
back()
{
	known 200
	fired resolved
}
try "it is over when they are understood again" tenacious 60 back
daemon_stop
ok $? "the daemon stops"

# Why a line gives nothing, and what each field is.
explain() { "$sipvigil" explain --rules-dir "$rules_dir" "$@"; }
try "explain: an unknown message of a known PBX" \
	says "none that is known" explain "Nov 22 19:00:00 pbx1 /usr/sbin/kamailio[3]: NOTICE: <script>: Blocked weird caller from 192.0.2.4"
try "with its shape" has "$said" "NOTICE: <script>: Blocked weird caller from <ip>"
try "another program's line" says "not a line of a known PBX" explain "Nov 22 19:00:00 pbx1 cron[3]: hello"
try "Kamailio" says "kamailio, template acc-missed" explain "2026-11-22T18:48:53.537475+00:00 sbc1 /usr/sbin/kamailio[673]: NOTICE: {2 2 INVITE 1-686@127.0.1.2} acc [acc.c:287]: acc_log_request(): ACC: call missed: timestamp=1795373333;method=INVITE;from_tag=686i1;to_tag=ab49c937;call_id=1-686@127.0.1.2;code=486;reason=Busy Here;src_user=1002;src_domain=pbx.example.com;src_ip=127.0.1.2;dst_ouser=1031;dst_user=1031;dst_domain=127.0.2.31"
try "with who wrote its time" has "$said" "when      2026-11-22T18:48:53.537475Z  (stamp with its zone), host sbc1"
try "and what was derived" has "$said" "outcome busy, category busy  (derived)"
try "OpenSIPS in the JSON of journalctl" says "opensips, template auth" \
	explain '{"__REALTIME_TIMESTAMP":"1795373333000000","MESSAGE":"NOTICE:Auth_error for 1012@pbx.example.com from 127.0.1.12 cause -2","SYSLOG_IDENTIFIER":"/usr/sbin/opensips","_HOSTNAME":"pbx1"}'
try "with the journal's time" has "$said" "(the journal's), host pbx1"
try "FreeSWITCH" says "freeswitch, template auth-failure" explain "2026-11-22 20:25:25.204520 100.00% [WARNING] sofia_reg.c:1787 SIP auth failure (REGISTER) on sofia profile 'internal' for [1001@pbx.example.net] from ip 127.0.4.1"
try "Docker" says "asterisk, template sip-registration-failed" \
	explain '{"log":"NOTICE[77]: chan_sip.c:28000 handle_request_register: Registration from '\''<sip:1@pbx>'\'' failed for '\''203.0.113.1:5060'\'' - Wrong password\n","stream":"stdout","time":"2026-11-22T10:00:00.000000Z"}'
try "Kubernetes" says "asterisk, template sip-registration-failed" \
	explain "2026-11-22T10:00:00.000000Z stdout F NOTICE[77]: chan_sip.c:28000 handle_request_register: Registration from '<sip:1@pbx>' failed for '203.0.113.1:5060' - Wrong password"
gzip -dc "$top_srcdir/tests/corpus/sipmsg/ngrep-byline.txt.gz" | explain >"$said" 2>&1
try "a text of ngrep" has "$said" "sipmsg, template ngrep"
finish
