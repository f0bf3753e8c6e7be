#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Limits of the default rules that need many calls: shares, and how many different ones. Each
# row makes a log of so many calls, of which so many are of one kind, and says what becomes
# of it: the limit itself raises, the next share below does not.
. "${top_srcdir:-$(cd "$(dirname "$0")/../.." && pwd)}/tests/lib/wait.sh"
sipvigil=$top_builddir/sipvigil
[ -x "$sipvigil" ] || skip_all "$sipvigil is not built: run make"
etc=$(cd "$top_srcdir" && pwd)/etc
tap_notes="$scratch/said"
n=0
{
	echo "rules_dir = {\"$etc/rules.d\"}"
	echo 'patterns_dir = {}'
	echo 'stream "s" { path = "-" }'
} >"$scratch/limits.conf"

# row RULE KIND EXPECT TOTAL PART ORDER: PART of TOTAL calls are of KIND, the others good; in
# ORDER "last" those of KIND come behind the good ones, "first" before, "mixed" by turns behind. Kinds with a number:
# TOTAL events of PART different ones. A second lies between two of them.
row()
{
	n=$((n + 1))
	awk -v kind="$2" -v total="$4" -v part="$5" -v order="${6:-last}" '
	# A call with its dialplan, as a log of all levels has it.
	function call(at, verdict,   i) {
		for (i = 1; i <= 16; i++)
			printf "[2026-11-22 10:%02d:%02d] VERBOSE[505][C-%08x] pbx.c: Executing [71200@internal:%d] NoOp(\"SIP/1001-00000037\", \"x\") in new stack\n", at / 60, at % 60, at, i
		printf "[2026-11-22 10:%02d:%02d] VERBOSE[505][C-%08x] app_dial.c: Called SIP/carrier-a/5551234\n", at / 60, at % 60, at
		printf "[2026-11-22 10:%02d:%02d] VERBOSE[505][C-%08x] %s\n", at / 60, at % 60, at, verdict
		if (verdict !~ /Everyone|answered/)
			printf "[2026-11-22 10:%02d:%02d] VERBOSE[505][C-%08x] app_dial.c: Everyone is busy/congested at this time (1:0/0/1)\n", at / 60, at % 60, at
	}
	function acc(at, code, user, dst) {
		printf "2026-11-22T10:%02d:%02d.000000+00:00 sbc1 /usr/sbin/kamailio[571]: NOTICE: {2 2 INVITE %d-584@127.0.1.2} acc [acc.c:287]: acc_log_request(): ACC: call missed: timestamp=1795373300;method=INVITE;from_tag=584i1;to_tag=e19b775c;call_id=%d-584@127.0.1.2;code=%s;src_user=%s;src_domain=pbx.example.com;src_ip=127.0.1.2;dst_ouser=%s;dst_user=%s;dst_domain=127.0.2.31\n", at / 60, at % 60, at, at, code, user, dst, dst
	}
	function register(at, user, ip) {
		printf "[2026-11-22 10:%02d:%02d] NOTICE[2101] chan_sip.c: Registration from \047<sip:%s@pbx.example.com>\047 failed for \047%s:5071\047 - Wrong password\n", at / 60, at % 60, user, ip
	}
	BEGIN {
		said["busy"] = "app_dial.c: Everyone is busy/congested at this time (1:1/0/0)"
		said["congestion"] = "app_dial.c: Everyone is busy/congested at this time (1:0/1/0)"
		said["forbidden"] = "chan_sip.c: Got SIP response 403 \"Forbidden\" back from 127.0.2.1:5060"
		said["notfound"] = "chan_sip.c: Got SIP response 404 \"Not Found\" back from 127.0.2.1:5060"
		said["media"] = "chan_sip.c: Got SIP response 488 \"Not Acceptable Here\" back from 127.0.2.1:5060"
		for (i = 0; i < total; i++) {
			if (order == "mixed")
				of_kind = i >= total - 2 * part && (total - i) % 2 == 1
			else
				of_kind = order == "last" ? i >= total - part : i < part
			if (kind in said)
				call(i, of_kind ? said[kind] : "app_dial.c: SIP/carrier-a-00000038 answered SIP/1001-00000037")
			else if (kind == "proxy")
				acc(i, of_kind ? "503;reason=Service Unavailable" : "486;reason=Busy Here", 1002, 1031)
			else if (kind == "callers")
				acc(i, "486;reason=Busy Here", 1000 + i % part, 1031)
			else if (kind == "numbers")
				acc(i, "486;reason=Busy Here", 1002, 1000 + i % part)
			else if (kind == "sources")
				register(i, 1001, "203.0.113." (1 + i % part))
			else if (kind == "reports")
				printf "[2026-11-22 10:%02d:%02d] %s\n", i / 60, i % 60, of_kind ? "NOTICE[466] chan_sip.c: Peer \047carrier-a\047 is now UNREACHABLE!  Last qualify: 12" : "VERBOSE[466] chan_sip.c: Registered SIP \047carrier-a\047 at 203.0.113.9:5060"
		}
	}' >"$scratch/$n.log"
	name="$1: $5 of $4, $2 ${6:-last}: $3"
	echo "$name" >>"$scratch/names"
	cat >>"$scratch/limits.conf" <<-END
	test "$name" {
	    rule     = "$1"
	    log_file = {"$scratch/$n.log"}
	    cases    = {"1: $3"}
	}
	END
}

#   rule                kind        becomes   of    these
row trunk-down          congestion  warning   20    2
row trunk-down          congestion  ok        200   19    mixed
row trunk-down          congestion  ok        19    2
row trunk-down          congestion  critical  20    6
row trunk-down          congestion  ok        19    6
row trunk-down          congestion  warning   100   29    mixed
row trunk-refusing      forbidden   warning   20    1
row trunk-refusing      forbidden   ok        44    2
row trunk-refusing      forbidden   ok        19    1
row trunk-refusing      forbidden   critical  20    6
row trunk-refusing      forbidden   ok        19    6
row trunk-refusing      forbidden   warning   100   29    mixed
row trunk-routing       notfound    warning   50    10
row trunk-routing       notfound    ok        200   39
row trunk-routing       notfound    ok        49    10
row trunk-media         media       warning   20    2
row trunk-media         media       ok        200   19
row trunk-media         media       ok        19    2
row trunk-busy          busy        warning   10    9
row trunk-busy          busy        ok        57    51
row trunk-channels      busy        warning   20    6
row trunk-channels      busy        ok        200   59
row trunk-channels      busy        ok        19    6
row trunk-channels      congestion  warning   100   80    first
row trunk-channels      congestion  ok        101   81    first
row trunk-ineffective   congestion  warning   50    30
row trunk-ineffective   congestion  ok        200   119
row trunk-ineffective   congestion  ok        49    30
row trunk-ineffective   congestion  critical  50    45
row trunk-ineffective   congestion  warning   200   179
row calls-failing       proxy       warning   20    6
row calls-failing       proxy       ok        200   59
row calls-failing       proxy       ok        19    6
row calls-failing       proxy       critical  50    30
row calls-failing       proxy       warning   200   119
row calls-failing       proxy       warning   49    30
row peer-unreachable    reports     ok        100   50
row peer-unreachable    reports     warning   100   51
row peer-flapping       reports     critical  10    7
row peer-flapping       reports     ok        13    9
#   rule                kind        becomes   events different
row busy-number         callers     ok        50    4
row busy-number         callers     warning   50    5
row busy-flood-source   numbers     ok        50    4
row busy-flood-source   numbers     warning   50    5
row auth-distributed    sources     warning   15    5
row auth-distributed    sources     ok        59    4
row auth-distributed    sources     critical  60    20
row auth-distributed    sources     warning   60    19
row auth-network        sources     warning   20    5
row auth-network        sources     ok        59    4
row auth-network        sources     critical  60    10
row auth-network        sources     warning   60    9

"$sipvigil" check --json -c "$scratch/limits.conf" >"$scratch/said" 2>&1
ok $? "the configuration is sound, and every test in it passes"
# Tests that failed are named; that the others ran is in the summary.
grep -qF "\"tests\":$((n + $(cat "$etc"/rules.d/*.conf | grep -c '^test "'))),\"failed\":0" "$scratch/said"
ok $? "all of them were run"
tap_notes=
i=0
while [ $i -lt $n ]; do
	i=$((i + 1))
	name=$(sed -n "${i}p" "$scratch/names")
	! grep -qF "\"name\":\"$name\"," "$scratch/said"
	ok $? "$name"
done
finish
