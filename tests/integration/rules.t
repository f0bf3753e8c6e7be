#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Lists of words are meant to fall apart:
# shellcheck disable=SC2086
# The default rules over the recordings of tests/corpus: whoever attacked raises a rule
# about security, whoever did not raises none; trunks that fail raise theirs. Then what a
# test beside a rule cannot do (roles of peers), and the rules' words in other languages.
. "${top_srcdir:-$(cd "$(dirname "$0")/../.." && pwd)}/tests/lib/wait.sh"
command -v jq >/dev/null || skip_all "apt-get install jq"
sipvigil=$top_builddir/sipvigil
[ -x "$sipvigil" ] || skip_all "$sipvigil is not built: run make"
etc=$(cd "$top_srcdir" && pwd)/etc
corpus=$(cd "$top_srcdir" && pwd)/tests/corpus
tap_notes="$scratch/wrong"
export LC_ALL=C.UTF-8

# raised FILE…: "SERVICE RULE WHO" a line of all that was raised, a tab in between
raised()
{
	"$sipvigil" backtest --rules-dir "$etc/rules.d" --json "$@" 2>"$scratch/err" |
		jq -r 'select(.state == "firing") |
			[.sipvigil.service // "-", .rule.name, (.sipvigil.key | .peer_ip // .peer // .prefix // .dst // .host // "-")] | @tsv' |
		sort -u
}

# each RANGE…: 127.0.1.2-5 is four addresses
each()
{
	for range; do
		case $range in
		*.*.*.*-*)
			seq "$(echo "${range##*.}" | cut -d- -f1)" "${range##*-}" | sed "s/^/${range%.*}./"
			;;
		*) echo "$range" ;;
		esac
	done
}

# recording SCENARIO "FILES" "ATTACKERS" "HONEST"
recording()
{
	scenario=$1 set=$2
	each $3 >"$scratch/attackers"
	each $4 >"$scratch/honest"
	set -- $set
	for file; do
		shift
		set -- "$@" "$corpus/$scenario/$file.gz"
	done
	raised "$@" >"$scratch/raised"
	awk -F '\t' '$2 !~ /^(trunk|calls|busy|peer|log|clock|registrar|device|auth-backend|call-|stir|phone|mass)/ { print $3 }' \
		"$scratch/raised" | sort -u >"$scratch/accused"
	sort -u "$scratch/attackers" | comm -23 - "$scratch/accused" | sed 's/$/: attacked, and nothing was raised/' >"$scratch/wrong"
	sort -u "$scratch/honest" | comm -12 - "$scratch/accused" | while read -r who; do
		awk -F '\t' -v who="$who" '$3 == who { print who ": honest, and raised " $2 }' "$scratch/raised"
	done >>"$scratch/wrong"
	cat "$scratch/err" >>"$scratch/wrong"
	[ ! -s "$scratch/wrong" ]
	ok $? "$scenario: $(wc -l <"$scratch/attackers") attackers raise, $(wc -l <"$scratch/honest") honest ones do not"
}

recording asterisk/chan_sip_basic "full security" "127.0.0.10-15" "127.0.0.2-6"
recording asterisk/chan_sip_basic "messages" "127.0.0.10-12 127.0.0.14" "127.0.0.2-6"
recording asterisk/pjsip_basic "full security" "127.0.0.10-16" "127.0.0.2-6"
recording asterisk/pjsip_basic "messages" "127.0.0.10-12 127.0.0.14-16" "127.0.0.2-6"
recording asterisk/security_basic "full security" "127.0.0.20-23 127.0.9.9" "127.0.0.2-3 127.0.0.24"
recording asterisk/formats_default_plain_json "full" "127.0.0.20-23" "127.0.0.2-3 127.0.0.24"
recording asterisk/history_levels "full" "127.0.0.20-23" "127.0.0.2-3 127.0.0.24"
recording asterisk/limits_timeouts "full" "127.0.0.66" "127.0.0.60-65 127.0.0.67"
# 127.0.4.3 and two others are told by challenges alone, which FreeSWITCH also logs of phones
# that answer them; 127.0.4.2 stops at eight wrong passwords, the others at one to four.
recording freeswitch/basic_auth "freeswitch.log" "127.0.4.1-3 127.0.4.6-7" "127.0.1.1-9"
recording freeswitch/bruteforce_small "freeswitch.log" "127.0.4.1 127.0.4.4-5" "127.0.1.1-9"
recording freeswitch/levels_warning "freeswitch.log" "127.0.4.1-2 127.0.4.5-6 127.0.4.0/24" "127.0.1.1-11"
recording freeswitch/calls_failed "freeswitch.log" "" "127.0.1.1-9"
recording freeswitch/vanilla_default "freeswitch.log" "127.0.4.2-3" "127.0.1.1-9"
recording kamailio/basic_auth "iso.log" "127.0.1.22-36 127.0.1.42-55" "127.0.1.2-21 127.0.1.37-38"
recording kamailio/opensips_basic "iso.log" "127.0.1.12-23 127.0.1.46-48" "127.0.1.2-11 127.0.1.24-45"
recording kamailio/scan_flood "iso.log" "127.0.1.10-29" ""
recording kamailio/calls_default_acc "iso.log" "" "127.0.1.2-15"
for form in sngrep-saved.txt sipgrep-C.txt tcpdump-A.txt; do
	recording sipmsg $form "127.0.1.20-21 127.0.1.23 127.0.1.41" \
		"127.0.1.11-12 127.0.1.24-27 127.0.1.40 127.0.1.42 127.0.1.66 127.0.2.30"
done

# trunks SCENARIO "FILES" "RULE:WHO…": these and no others of service "SIP trunks"
trunks()
{
	scenario=$1 set=$2 want=$3
	set -- $set
	for file; do
		shift
		set -- "$@" "$corpus/$scenario/$file.gz"
	done
	raised "$@" | awk -F '\t' '$2 ~ /^(trunk-[^r]|trunk-r[^e]|trunk-ref|busy|stir|call-)/ { print $2 ":" $3 }' >"$scratch/got"
	printf '%s\n' $want | sort >"$scratch/want"
	diff "$scratch/want" "$scratch/got" >"$scratch/wrong"
	ok $? "$scenario: which trunks raise, and why"
}
trunks asterisk/chan_sip_basic full "trunk-busy:trunk486 trunk-credentials:trunk401 trunk-credentials:trunk407noauth"
trunks freeswitch/calls_failed freeswitch.log "trunk-credentials:trunk401 trunk-credentials:trunk407 trunk-down:trunk503"

# The three causes of busy lines do not speak for one another.
busy()
{
	awk -v how="$1" 'BEGIN { for (i = 1; i <= 40; i++) {
		user = how == "many" ? 1000 + i : 1002
		dst = how == "dialler" ? 2000 + i : 1031
		printf "2026-11-22T18:48:%02d.159485+00:00 sbc1 /usr/sbin/kamailio[571]: NOTICE: {2 2 INVITE %d-584@127.0.1.2} acc [acc.c:287]: acc_log_request(): ACC: call missed: timestamp=1795373300;method=INVITE;from_tag=584i1;to_tag=e19b775c;call_id=%d-584@127.0.1.2;code=486;reason=Busy Here;src_user=%d;src_domain=pbx.example.com;src_ip=127.0.1.2;dst_ouser=%d;dst_user=%d;dst_domain=127.0.2.31\n", i, i, i, user, dst, dst } }' >"$scratch/busy.log"
	raised "$scratch/busy.log" | cut -f2 | tr '\n' ' ' >"$scratch/wrong"
	[ "$(cat "$scratch/wrong")" = "$2 " ]
	ok $? "busy lines: $3"
}
busy many busy-number "many callers of one number"
busy redial busy-redial "one caller of one number"
busy dialler busy-flood-source "one source and many numbers"

# Roles come from peer sections, which stand in no pack.
cat >"$scratch/roles.conf" <<END
rules_dir = {"$etc/rules.d"}
patterns_dir = {}
peer "desk" { endpoint = {"2009"}  role = "phone" }
test "ten busy calls to a phone in a row" {
    rule  = "phone-busy"
    log   = {"[2026-11-22 19:15:46] VERBOSE[505][C-{x}] app_dial.c: Called SIP/2009",
             "[2026-11-22 19:15:46] VERBOSE[505][C-{x}] app_dial.c: Everyone is busy/congested at this time (1:1/0/0)"}
    cases = {"9 every 1m: ok", "10 every 1m: warning at 9m", "20 every 4m: ok"}
}
test "one of them rings" {
    rule  = "phone-busy"
    log   = {"[2026-11-22 19:15:46] VERBOSE[505][C-1{x}] app_dial.c: Called SIP/2009",
             "[2026-11-22 19:15:46] VERBOSE[505][C-1{x}] app_dial.c: Everyone is busy/congested at this time (1:1/0/0)",
             "[2026-11-22 19:15:56] VERBOSE[522][C-2{x}] app_dial.c: Called SIP/2009",
             "[2026-11-22 19:15:56] VERBOSE[522][C-2{x}] app_dial.c: SIP/2009-00000038 answered SIP/1002-00000037"}
    cases = {"40 every 20s: ok"}
}
test "a phone is no trunk" {
    rule  = "trunk-busy"
    log   = {"[2026-11-22 19:15:46] VERBOSE[505][C-{x}] app_dial.c: Called SIP/2009",
             "[2026-11-22 19:15:46] VERBOSE[505][C-{x}] app_dial.c: Everyone is busy/congested at this time (1:1/0/0)"}
    cases = {"20 every 2s: ok"}
}
END
"$sipvigil" check -c "$scratch/roles.conf" >"$scratch/wrong" 2>&1
ok $? "phone-busy speaks of phones, trunk-busy does not"

# What each rule leaves to others.
{
	cat "$top_srcdir/tests/data/default-rules.conf"
	echo "rules_dir = {\"$etc/rules.d\"}"
} >"$scratch/further.conf"
"$sipvigil" check -c "$scratch/further.conf" >"$scratch/wrong" 2>&1
ok $? "further tests of the default rules"

# Other languages: the same rules with other words.
for folder in "$etc"/rules.*.d; do
	language=${folder##*/rules.}
	language=${language%.d}
	echo "rules_dir = {\"$etc/rules.d\", \"$folder\"}" >"$scratch/words.conf"
	"$sipvigil" check -c "$scratch/words.conf" >"$scratch/wrong" 2>&1 && ! grep -q warning "$scratch/wrong"
	ok $? "the words in $language are sound, and all tests of the rules pass with them"
	for conf in plain words; do
		[ $conf = words ] || echo "rules_dir = {\"$etc/rules.d\"}" >"$scratch/plain.conf"
		"$sipvigil" backtest --json -c "$scratch/$conf.conf" "$corpus/asterisk/pjsip_basic/full.gz" |
			jq -c '[.id, .state, .severity, .rule.name]' >"$scratch/$conf.ids"
	done
	[ -s "$scratch/words.ids" ] && cmp "$scratch/plain.ids" "$scratch/words.ids" >"$scratch/wrong" 2>&1
	ok $? "alerts are the same in $language, with the same ids"
done
finish
