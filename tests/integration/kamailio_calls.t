#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# A real Kamailio under SIPp on loopback with what kamailio.t leaves out: 407 and 403, calls
# that are given up, answers of many codes with an operator's phrases, registrar limits and a
# dispatcher whose gateways are dead. From its JSON log engine and from standard error.
# Kamailio is 127.0.87.1, those who answer 127.0.88.x, callers 127.0.89.x.
. "${top_srcdir:-$(cd "$(dirname "$0")/../.." && pwd)}/tests/lib/wait.sh"
top_builddir=$(cd "$top_builddir" && pwd) # SIPp writes where it is started: not here
sipvigil=$top_builddir/sipvigil
[ -x "$sipvigil" ] || skip_all "sipvigil is not built: run make"
command -v kamailio >/dev/null || skip_all "no kamailio: apt-get install kamailio"
command -v sipp >/dev/null || skip_all "no sipp: apt-get install sip-tester"
command -v jq >/dev/null || skip_all "no jq: apt-get install jq"
modules=$(for dir in /usr/lib/*/kamailio/modules /usr/lib64/kamailio/modules; do
	[ -e "$dir/dispatcher.so" ] && echo "$dir/" && break
done)
[ -n "$modules" ] || skip_all "kamailio has no module dispatcher: apt-get install kamailio"

proxy=127.0.87.1
started=
cd "$scratch" || exit 99
trap 'for pid in $started; do kill "$pid" 2>/dev/null; done; rm -rf "$scratch"' EXIT

# Nobody listens there.
cat >ds.list <<'LIST'
1 sip:127.0.88.201:5060
1 sip:127.0.88.202:5060
LIST

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
loadmodule "auth.so"
loadmodule "acc.so"
loadmodule "usrloc.so"
loadmodule "registrar.so"
loadmodule "dispatcher.so"
modparam("usrloc", "db_mode", 0)
modparam("registrar", "max_contacts", 1)
modparam("dispatcher", "list_file", "$scratch/ds.list")
modparam("dispatcher", "ds_ping_interval", 1)
modparam("dispatcher", "ds_probing_mode", 1)
modparam("dispatcher", "ds_probing_threshold", 2)
modparam("acc", "log_flag", 1)
modparam("acc", "log_missed_flag", 2)
modparam("acc", "failed_transaction_flag", 3)
modparam("acc", "log_extra",
	"src_user=\$fU;src_domain=\$fd;src_ip=\$si;dst_ouser=\$tU;dst_user=\$rU;dst_domain=\$rd")
modparam("tm", "fr_timer", 1000)
modparam("tm", "fr_inv_timer", 2000)
request_route {
	if (is_method("CANCEL|ACK")) {
		if (t_check_trans()) t_relay();
		exit;
	}
	t_check_trans();
	if (is_method("REGISTER")) {
		save("location");
		exit;
	}
	if (!is_method("INVITE")) {
		sl_send_reply("200", "OK");
		exit;
	}
	if (\$rU =~ "^7") {
		if (!pv_proxy_authenticate("\$fd", "secret", "0")) {
			\$var(rc) = \$rc;
			if (\$var(rc) != -5)
				xlog("L_NOTICE", "Auth_error for \$fU@\$fd from \$si cause \$var(rc)\n");
			proxy_challenge("\$fd", "0");
			exit;
		}
		consume_credentials();
	}
	if (\$rU =~ "^403") {
		sl_send_reply("403", "Forbidden");
		acc_log_request("403 Forbidden");
		exit;
	}
	setflag(1);
	setflag(2);
	setflag(3);
	t_on_failure("FAILURE");
	\$du = "sip:127.0.88." + \$(rU{s.substr,1,0}) + ":5060";
	if (!t_relay()) sl_reply_error();
}
failure_route[FAILURE] {
	if (t_is_canceled()) exit;
	xlog("L_WARN", "call failed: \$T_reply_code \$T_reply_reason - \$rm from \$fu (\$si:\$sp) to \$ru callid=\$ci\n");
}
event_route[dispatcher:dst-down] {
	xlog("L_ERR", "Destination down: \$rm \$ru (\$du)\n");
}
CFG

# message FIRST-LINE TO CSEQ [HEADER]
message()
{
	printf '<![CDATA[\n      %s SIP/2.0\n' "$1"
	cat <<'XML'
      Via: SIP/2.0/[transport] [local_ip]:[local_port];branch=[branch]
      Max-Forwards: 70
      From: <sip:1001@pbx.example.com>;tag=[pid]t[call_number]
      Call-ID: [call_id]
      Contact: <sip:1001@[local_ip]:[local_port];n=[call_number]>
      Content-Length: 0
XML
	printf '      To: <sip:%s@pbx.example.com>%s\n      CSeq: %s\n%s\n]]>' "$2" "$5" "$3" "${4:+      $4
}"
}

begin() { echo "<?xml version=\"1.0\"?><scenario name=\"$1\">"; }
invite() { echo "<send retrans=\"500\">$(message "INVITE sip:$1@pbx.example.com" "$1" "$2 INVITE" "$3")</send>"; }
ack() { echo "<send>$(message "ACK sip:$1@pbx.example.com" "$1" "$2 ACK" '' '[peer_tag_param]')</send>"; }
expect() { printf '<recv response="100" optional="true"/><recv response="%s"%s/>' "$1" "$2"; }

# call NUMBER CODE, challenged NUMBER CODE PASSWORD
call() { begin call; invite "$1" 1; expect "$2"; ack "$1" 1; echo '</scenario>'; }
challenged()
{
	begin challenged
	invite "$1" 1
	expect 407 ' auth="true"'
	ack "$1" 1
	invite "$1" 2 "[authentication username=1001 password=$3]"
	expect "$2"
	ack "$1" 2
	echo '</scenario>'
}

# given_up NUMBER: CANCEL and ACK belong to the INVITE's transaction, messages earlier.
given_up()
{
	begin given_up
	invite "$1" 1
	expect 180
	echo "<send>$(message "CANCEL sip:$1@pbx.example.com" "$1" '1 CANCEL')</send>" | sed 's/\[branch\]/[branch-3]/'
	echo '<recv response="200"/><recv response="487"/>'
	ack "$1" 1 | sed 's/\[branch\]/[branch-6]/'
	echo '</scenario>'
}

# registered CODE
registered()
{
	begin registered
	echo "<send retrans=\"500\">$(message 'REGISTER sip:pbx.example.com' 2001 '1 REGISTER' 'Expires: 60')</send>"
	echo "<recv response=\"$1\"/></scenario>"
}

# reply CODE PHRASE [CSEQ]
reply()
{
	cat <<XML
<![CDATA[
      SIP/2.0 $1 $2
      [last_Via:]
      [last_From:]
      [last_To:];tag=[pid]a[call_number]
      [last_Call-ID:]
      ${3:-[last_CSeq:]}
      Content-Length: 0

]]>
XML
}

answer()
{
	begin answer
	echo "<recv request=\"INVITE\"/><send retrans=\"500\">$(reply "$1" "$2")</send><recv request=\"ACK\"/></scenario>"
}

ringing()
{
	begin ringing
	echo "<recv request=\"INVITE\"/><send>$(reply 180 Ringing)</send>"
	echo "<recv request=\"CANCEL\"/><send>$(reply 200 OK)</send>"
	echo "<send retrans=\"500\">$(reply 487 'Request Terminated' 'CSeq: 1 INVITE')</send><recv request=\"ACK\"/></scenario>"
}

challenged 7486 407 wrong >guess.xml
challenged 786 486 secret >busy.xml
call 40312 403 >refused.xml
given_up 087 >given_up.xml
registered 200 >first.xml
registered 503 >more.xml
call 080 480 >money.xml
call 083 603 >declined.xml
call 088 488 >codec.xml
call 084 484 >incomplete.xml
call 042 302 >moved.xml
call 019 408 >silent.xml

callee()
{
	sipp -sf "$1" -i "127.0.88.$2" -p 5060 -nostdin >/dev/null 2>&1 </dev/null &
	started="$started $!"
}
answer 486 'Busy Here' >a86.xml
answer 480 'No Money Left on RFC Account' >a80.xml
answer 603 Decline >a83.xml
answer 488 'Codec Mismatch' >a88.xml
answer 484 'Address Incomplete' >a84.xml
answer 302 'Moved Temporarily' >a42.xml
ringing >a87.xml
for n in 86 80 83 88 84 42 87; do
	callee "a$n.xml" "$n"
done

# caller SCENARIO ADDRESS CALLS: SIPp's exit code is 0 when all went as its scenario says.
caller()
{
	timeout 60 sipp -sf "$1.xml" -i "127.0.89.$2" -p 5060 -m "$3" -r 20 -nostdin "$proxy:5060" \
		>"$1.out" 2>&1 </dev/null
}

both_down() { [ "$(grep -c 'Destination down' "$1")" -ge 2 ]; }
answers()
{
	python3 - <<-'PYTHON'
	import socket
	s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
	s.settimeout(1)
	s.bind(("127.0.89.99", 0))
	s.sendto(f"OPTIONS sip:h SIP/2.0\r\nVia: SIP/2.0/UDP 127.0.89.99:{s.getsockname()[1]};branch=z9hG4bKx\r\nMax-Forwards: 70\r\nFrom: <sip:x@h>;tag=1\r\nTo: <sip:h>\r\nCall-ID: ping\r\nCSeq: 1 OPTIONS\r\nContent-Length: 0\r\n\r\n".encode(), ("127.0.87.1", 5060))
	s.recv(4096)
	PYTHON
}

cat >want <<'WANT'
in INVITE 127.0.89.10 declined 603 declined 4
in INVITE 127.0.89.11 media 488 codec 4
in INVITE 127.0.89.12 notfound 484 number-invalid 4
in INVITE 127.0.89.13 canceled 302 redirect 2
in INVITE 127.0.89.14 timeout 408 timeout 2
in INVITE 127.0.89.3 rejected 407 credentials 6
in INVITE 127.0.89.4 busy 486 busy 5
in INVITE 127.0.89.5 forbidden 403 other 4
in INVITE 127.0.89.6 canceled 487 cancelled 3
in INVITE 127.0.89.9 noanswer 480 funds 4
in REGISTER - blocked 503 overload 3
out OPTIONS 127.0.88.201 unreachable 0 unreachable 1
out OPTIONS 127.0.88.202 unreachable 0 unreachable 1
WANT

# counts LOG: "leg method party outcome code cause attempts" of all that did not go well
counts()
{
	"$sipvigil" events --json "$1" | jq -r 'select(.category) |
		[.leg // "-", .method // "-", .peer_ip // "-", .outcome, (.code // 0), .category, .count] | @tsv' |
		awk '{ n[$1 " " $2 " " $3 " " $4 " " $5 " " $6] += $7 } END { for (k in n) print k, n[k] }' | LC_ALL=C sort
}

for engine in json stderr; do
	log=$scratch/kamailio-$engine.log
	set -- -DD -E -f kamailio.cfg -P "$scratch/kamailio.pid" -Y "$scratch"
	[ "$engine" = stderr ] || set -- "$@" --log-engine=json:Mc
	kamailio "$@" >"$log" 2>&1 &
	kamailio_pid=$!
	started="$started $kamailio_pid"
	tap_notes=$log
	try "$engine: Kamailio answers" tenacious 20 answers
	try "$engine: six wrong passwords of calls" caller guess 3 6
	try "$engine: five busy calls with the right one" caller busy 4 5
	try "$engine: four forbidden calls" caller refused 5 4
	try "$engine: three calls given up" caller given_up 6 3
	try "$engine: a phone registers" caller first 7 1
	try "$engine: three more of its kind are too many" caller more 8 3
	try "$engine: four calls without money" caller money 9 4
	try "$engine: four declined" caller declined 10 4
	try "$engine: four without a codec" caller codec 11 4
	try "$engine: four incomplete numbers" caller incomplete 12 4
	try "$engine: two forwarded" caller moved 13 2
	try "$engine: two that nobody answers" caller silent 14 2
	try "$engine: both gateways are down" tenacious 30 both_down "$log"
	kill "$kamailio_pid"
	wait "$kamailio_pid"
	counts "$log" >"got-$engine"
	cmp -s "got-$engine" want
	ok $? "$engine: the events are what SIPp did, each once, with its cause"
	diff "got-$engine" want | sed 's/^/# /'
done
finish
