#!/bin/sh
# shellcheck disable=SC2119 # daemon_start takes further options only where some are given
# SPDX-License-Identifier: Apache-2.0
# A real Kamailio under SIPp on loopback: the daemon reads what it logs while it is
# written, and counts what SIPp did. Once from its JSON log engine, once from standard
# error. Kamailio is 127.0.77.1, those who answer 127.0.78.x, callers 127.0.79.x, a flood
# 127.0.80.8.
. "${top_srcdir:-$(cd "$(dirname "$0")/../.." && pwd)}/tests/lib/wait.sh"
top_builddir=$(cd "$top_builddir" && pwd) # SIPp writes where it is started: not here
. "$top_srcdir/tests/lib/sipvigild.sh"
daemon_need
command -v kamailio >/dev/null || skip_all "no kamailio: apt-get install kamailio"
command -v sipp >/dev/null || skip_all "no sipp: apt-get install sip-tester"
command -v jq >/dev/null || skip_all "no jq: apt-get install jq"

modules=$(for dir in /usr/lib/*/kamailio/modules /usr/lib64/kamailio/modules; do
	[ -e "$dir/acc.so" ] && echo "$dir/" && break
done)
[ -n "$modules" ] || skip_all "kamailio has no module acc: apt-get install kamailio"

proxy=127.0.77.1
cd "$scratch" || exit 99

cat >kamailio.cfg <<CFG
#!KAMAILIO
debug=2
children=2
disable_tcp=yes
auto_aliases=no
listen=udp:$proxy:5060
log_prefix="{\$mt \$hdr(CSeq) \$ci} "
mpath="$modules"
loadmodule "tm.so"
loadmodule "sl.so"
loadmodule "tmx.so"
loadmodule "rr.so"
loadmodule "pv.so"
loadmodule "maxfwd.so"
loadmodule "textops.so"
loadmodule "siputils.so"
loadmodule "xlog.so"
loadmodule "sanity.so"
loadmodule "auth.so"
loadmodule "acc.so"
loadmodule "pike.so"
loadmodule "htable.so"
modparam("acc", "log_flag", 1)
modparam("acc", "log_missed_flag", 2)
modparam("acc", "failed_transaction_flag", 3)
modparam("acc", "log_extra",
	"src_user=\$fU;src_domain=\$fd;src_ip=\$si;dst_ouser=\$tU;dst_user=\$rU;dst_domain=\$rd")
modparam("tm", "fr_timer", 1000)
modparam("tm", "fr_inv_timer", 2000)
modparam("pike", "sampling_time_unit", 2)
modparam("pike", "reqs_density_per_unit", 16)
modparam("htable", "htable", "ipban=>size=8;autoexpire=300;")
request_route {
	if (\$si =~ "^127\.0\.80\.") {
		if (\$sht(ipban=>\$si) != \$null) exit;
		if (!pike_check_req()) {
			xlog("L_ALERT", "ALERT: pike blocking \$rm from \$fu (IP:\$si:\$sp)\n");
			\$sht(ipban=>\$si) = 1;
			exit;
		}
	}
	if (!sanity_check("17895", "7")) {
		xlog("Malformed SIP request from \$si:\$sp\n");
		exit;
	}
	if (is_method("ACK")) {
		if (t_check_trans()) t_relay();
		exit;
	}
	t_check_trans();
	xlog("L_INFO", "request \$rm from \$si:\$sp agent \$ua\n");
	if (is_method("REGISTER")) {
		if (!pv_auth_check("\$fd", "secret", "0", "0")) {
			\$var(rc) = \$rc;
			if (\$var(rc) != -5)
				xlog("L_NOTICE", "Auth_error for \$fU@\$fd from \$si cause \$var(rc)\n");
			www_challenge("\$fd", "0");
			exit;
		}
		sl_send_reply("200", "OK");
		exit;
	}
	if (is_method("INVITE")) {
		setflag(1);
		setflag(2);
		setflag(3);
		if (\$rU =~ "^9") {
			xlog("L_NOTICE", "unknown extension \$rU from \$fu (\$si:\$sp) - sending 404\n");
			t_newtran();
			t_reply("404", "Not Found");
			exit;
		}
		\$du = "sip:127.0.78." + \$rU + ":5060";
		t_on_reply("ANSWER");
		t_on_failure("FAILURE");
		if (!t_relay()) sl_reply_error();
		exit;
	}
	sl_send_reply("200", "OK");
}
onreply_route[ANSWER] {
	if (status =~ "[3-6][0-9][0-9]")
		xlog("L_NOTICE", "Incoming reply \$rs \$rr from \$si:\$sp (\$rm) [\$ci]\n");
}
failure_route[FAILURE] {
	xlog("L_WARN", "call failed: \$T_reply_code \$T_reply_reason - \$rm from \$fu (\$si:\$sp) to \$ru callid=\$ci\n");
}
CFG

# What all requests have.
headers()
{
	cat <<'XML'
      Via: SIP/2.0/[transport] [local_ip]:[local_port];branch=[branch]
      Max-Forwards: 70
      From: <sip:1001@pbx.example.com>;tag=[pid]t[call_number]
      Call-ID: [call_id]
      Contact: <sip:1001@[local_ip]:[local_port]>
      Content-Length: 0
XML
}

# register CODE PASSWORD: challenged, sent again with this password, then this code.
register()
{
	echo '<?xml version="1.0"?><scenario name="register"><send><![CDATA['
	echo '      REGISTER sip:pbx.example.com SIP/2.0'
	headers
	printf '      To: <sip:1001@pbx.example.com>\n      CSeq: 1 REGISTER\n\n]]></send>\n'
	echo '<recv response="401" auth="true"/><send><![CDATA['
	echo '      REGISTER sip:pbx.example.com SIP/2.0'
	headers
	printf '      To: <sip:1001@pbx.example.com>\n      CSeq: 2 REGISTER\n'
	printf '      [authentication username=1001 password=%s]\n\n]]></send>\n' "$2"
	printf '<recv response="%s"/></scenario>\n' "$1"
}

# invite NUMBER CODE
invite()
{
	echo '<?xml version="1.0"?><scenario name="invite"><send retrans="500"><![CDATA['
	echo "      INVITE sip:$1@pbx.example.com SIP/2.0"
	headers
	printf '      To: <sip:%s@pbx.example.com>\n      CSeq: 1 INVITE\n\n]]></send>\n' "$1"
	printf '<recv response="100" optional="true"/><recv response="%s"/><send><![CDATA[\n' "$2"
	echo "      ACK sip:$1@pbx.example.com SIP/2.0"
	headers
	printf '      To: <sip:%s@pbx.example.com>[peer_tag_param]\n      CSeq: 1 ACK\n\n]]></send></scenario>\n' "$1"
}

# answer CODE PHRASE
answer()
{
	echo '<?xml version="1.0"?><scenario name="answer"><recv request="INVITE"/><send retrans="500"><![CDATA['
	cat <<XML
      SIP/2.0 $1 $2
      [last_Via:]
      [last_From:]
      [last_To:];tag=[pid]a[call_number]
      [last_Call-ID:]
      [last_CSeq:]
      Content-Length: 0

]]></send><recv request="ACK"/></scenario>
XML
}

flood()
{
	echo '<?xml version="1.0"?><scenario name="flood"><send><![CDATA['
	echo '      OPTIONS sip:pbx.example.com SIP/2.0'
	headers
	printf '      To: <sip:1001@pbx.example.com>\n      CSeq: 1 OPTIONS\n\n]]></send></scenario>\n'
}

register 200 secret >good.xml
register 401 wrong >bad.xml
invite 86 486 >busy.xml
invite 3 500 >overload.xml
invite 9001 404 >unknown.xml
invite 8 408 >silent.xml
flood >flood.xml
answer 486 'Busy Here' >answer-busy.xml
answer 503 'Service Unavailable' >answer-overload.xml

# caller SCENARIO ADDRESS CALLS: SIPp's exit code is 0 when all went as its scenario says.
caller()
{
	timeout 60 sipp -sf "$1.xml" -i "$2" -p 5060 -m "$3" -r 20 -nostdin "$proxy:5060" >"$1.out" 2>&1 </dev/null
}

callee()
{
	sipp -sf "$1.xml" -i "$2" -p 5060 -nostdin >/dev/null 2>&1 </dev/null &
	started="$started $!"
}

answers()
{
	python3 - "$1" <<-'PYTHON'
	import socket, sys
	s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
	s.settimeout(1)
	s.bind(("127.0.79.99", 0))
	s.sendto(f"OPTIONS sip:h SIP/2.0\r\nVia: SIP/2.0/UDP 127.0.79.99:{s.getsockname()[1]};branch=z9hG4bKx\r\nMax-Forwards: 70\r\nFrom: <sip:x@h>;tag=1\r\nTo: <sip:h>\r\nCall-ID: ping\r\nCSeq: 1 OPTIONS\r\nContent-Length: 0\r\n\r\n".encode(), (sys.argv[1], 5060))
	s.recv(4096)
	PYTHON
}

# A stranger who writes pieces of log lines into all that is logged of him: each of them in
# three requests, two with a wrong password and one to an unknown number. The pieces blame
# 10.66.6.6.
cat >attack.py <<'PYTHON'
import re, socket, sys

V = "10.66.6.6"
AUTH = f"Auth_error for 1001@h from {V} cause -2"
EXTRAS = f";src_user=1;src_domain=h;src_ip={V};dst_ouser=2;dst_user=2;dst_domain=h"
ACC = "acc [acc.c:287]: acc_log_request(): ACC: call missed: timestamp=1;method=INVITE;from_tag=a;to_tag=b;call_id=x"
PIECES = [
    f"x}} <script>: {AUTH}",
    f"x}} <script>: {AUTH}}} ",
    f"<script>: {AUTH}",
    f"x}} {ACC};code=486;reason=Busy{EXTRAS}",
    f"x}} pike [pike_funcs.c:135]: pike_check_ipaddr(): PIKE - BLOCKing ip {V}, node=0x7f",
    f"x}} <core> [core/receive.c:376]: receive_msg(): core parsing of SIP message failed ({V}:5060/1)",
    f"x;code=486;reason=Busy{EXTRAS}",
    f"x;src_ip={V}",
    f"x from {V} cause -2",
    f"x ({V}:5060) - sending 404",
    f'x", "logprefix": "", "message": "{AUTH}" }}',
    f"NOTICE: {{1 2 REGISTER x}} <script>: {AUTH}",
]
me, proxy = ("127.0.79.9", 5066), (sys.argv[1], 5060)
s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
s.settimeout(5)
s.bind(me)
n = 0

def ask(method, uri, call_id="c", user="1001", tag="t", agent="a", extra=""):
    global n
    n += 1
    s.sendto(f"{method} {uri} SIP/2.0\r\nVia: SIP/2.0/UDP {me[0]}:{me[1]};branch=z9hG4bKa{n}\r\nMax-Forwards: 70\r\n"
             f"From: <sip:{user}@h>;tag={tag}\r\nTo: <sip:x@h>\r\nCall-ID: {n}-{call_id}\r\nCSeq: {n} {method}\r\n"
             f"User-Agent: {agent}\r\n{extra}Content-Length: 0\r\n\r\n".encode(), proxy)
    while True:
        answer = s.recv(65535).decode()
        if not answer.startswith("SIP/2.0 1"):
            return answer

nonce = re.search('nonce="([^"]+)"', ask("REGISTER", "sip:h")).group(1)
wrong = f'Authorization: Digest username="1001", realm="h", nonce="{nonce}", uri="sip:h", response="{"0" * 32}"\r\n'
for piece in PIECES:
    in_uri = re.sub("[^0-9A-Za-z;=.%-]", "", piece.replace(" ", "%20"))
    assert ask("REGISTER", "sip:h", call_id=piece, extra=wrong).startswith("SIP/2.0 401")
    assert ask("REGISTER", "sip:h", agent=f"a\r\n {piece}", extra=wrong).startswith("SIP/2.0 401")
    assert ask("INVITE", f"sip:9{in_uri}@h", call_id=piece, agent=f"a\r\n\tNOTICE: {piece}").startswith("SIP/2.0 404")
PYTHON

# counts FILE: "leg party outcome code attempts" of the failures told there
counts()
{
	jq -r '[.leg // "-", .peer_ip // "-", .outcome, (.code // 0), .count] | @tsv' "$1" |
		awk '{ k = $1 " " $2 " " $3 " " $4; n[k] += $5 } END { for (k in n) print k, n[k] }' | sort
}

cat >want <<'WANT'
in 127.0.79.3 rejected 401 6
in 127.0.79.4 busy 486 4
in 127.0.79.5 congestion 503 4
in 127.0.79.6 notfound 404 3
in 127.0.79.7 timeout 408 2
in 127.0.80.8 blocked 0 1
out 127.0.78.3 congestion 503 4
out 127.0.78.86 busy 486 4
WANT

told()
{
	counts "events-$1.jsonl" | cmp -s - want
}

# attacked ENGINE: 24 wrong passwords and 12 unknown numbers more, by 127.0.79.9 or without
# an address. (On standard error a broken line may be lost, or tell of a part of them.)
attacked()
{
	[ "$1" = json ] || return 0
	jq -r 'select(.peer_ip == "127.0.79.9" or .peer_ip == null) | .outcome' "events-$1.jsonl" |
		sort | uniq -c | tr -d '\n' | grep -q '12 notfound *24 rejected'
}

callee answer-busy 127.0.78.86
callee answer-overload 127.0.78.3

for engine in json stderr; do
	log=$scratch/kamailio-$engine.log
	: >"$log"
	rm -f "$scratch/checkpoint" "$scratch"/alerts.db* # nothing of the run before
	daemon_conf "file \"kamailio\" { path = {\"$log\"} }" \
		"stream \"alerts\" { path = \"$scratch/alerts-$engine.jsonl\" }" \
		"stream \"events\" { path = \"$scratch/events-$engine.jsonl\"  what = \"events\"  where = \"failure\" }"
	daemon_start
	ok $? "$engine: the daemon starts"
	set -- -DD -E -f kamailio.cfg -P "$scratch/kamailio.pid" -Y "$scratch"
	[ "$engine" = stderr ] || set -- "$@" --log-engine=json:Mc
	kamailio "$@" >"$log" 2>&1 &
	kamailio_pid=$!
	started="$started $kamailio_pid"
	tap_notes="$log $daemon_log"
	try "$engine: Kamailio answers" tenacious 20 answers $proxy

	try "$engine: five registrations, challenged and answered" caller good 127.0.79.2 5
	try "$engine: six wrong passwords" caller bad 127.0.79.3 6
	try "$engine: four busy calls" caller busy 127.0.79.4 4
	try "$engine: four calls to a gateway that is overloaded" caller overload 127.0.79.5 4
	try "$engine: three unknown numbers" caller unknown 127.0.79.6 3
	try "$engine: two calls that nobody answers" caller silent 127.0.79.7 2
	try "$engine: a flood" caller flood 127.0.80.8 60

	tenacious 20 told "$engine"
	ok $? "$engine: the events are what SIPp did, each once"
	told "$engine" || counts "events-$engine.jsonl" | diff - want | sed 's/^/# /'
	try "$engine: the password guesser raises an alert" \
		tenacious 10 has "$scratch/alerts-$engine.jsonl" '"fingerprint":"scan|peer_ip=127.0.79.3"'
	try "$engine: so does the flood" \
		tenacious 10 has "$scratch/alerts-$engine.jsonl" '"fingerprint":"blocked|peer_ip=127.0.80.8"'
	[ "$(grep -c '127\.0\.79\.2"' "$scratch/alerts-$engine.jsonl")" -eq 0 ]
	ok $? "$engine: the honest phone does not"

	# The stranger comes last: what is counted above stays as it is.
	try "$engine: requests with pieces of log lines in them" timeout 60 python3 attack.py $proxy
	tenacious 20 attacked "$engine"
	ok $? "$engine: they are failures of his, or of nobody"
	jq -r 'select(.attribution != "forgeable") | .peer_ip // "-"' "events-$engine.jsonl" | grep -c '^10\.66' >"$scratch/said"
	[ "$(cat "$scratch/said")" -eq 0 ]
	ok $? "$engine: no stranger is blamed"
	kill "$kamailio_pid"
	wait "$kamailio_pid"
	daemon_stop
	ok $? "$engine: the daemon stops"
done
[ "$(grep -c forgeable events-json.jsonl)" -eq 0 ]
ok $? "the JSON engine leaves no doubt"
finish
