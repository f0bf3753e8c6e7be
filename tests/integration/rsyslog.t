#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# A real rsyslog forwards what programs log to its sockets: over UDP, TCP in both framings
# and TLS with certificates on both sides. Nothing is lost or counted twice, also when the
# daemon is restarted under it; what rsyslog itself leaves out is known.
. "${top_srcdir:-$(cd "$(dirname "$0")/../.." && pwd)}/tests/lib/wait.sh"
. "$top_srcdir/tests/lib/sipvigild.sh"
daemon_need
rsyslogd=$(command -v rsyslogd || echo /usr/sbin/rsyslogd)
[ -x "$rsyslogd" ] || skip_all "no rsyslogd: apt-get install rsyslog"
for driver in gtls ossl; do
	[ -n "$(ls /usr/lib/*/rsyslog/lmnsd_$driver.so /usr/lib64/rsyslog/lmnsd_$driver.so 2>/dev/null)" ] ||
		skip_all "no TLS in rsyslog: apt-get install rsyslog-gnutls rsyslog-openssl"
done
for program in python3 jq openssl; do
	command -v $program >/dev/null || skip_all "no $program: apt-get install $program"
done
events=$scratch/events.jsonl
ways='udp-3164 udp-5424 tcp-lines tcp-octets tls-gtls tls-ossl'
# Alerts are not the subject, and rsyslog complains of each restart.
mkdir "$scratch/rules"
rules_dir=$scratch/rules tap_notes=

# log WAY NAME COUNT [REST]: as Asterisk logs refused registrations of NAME-0 …
log()
{
	way_to=$1
	shift
	"$scratch/asterisk" "$top_srcdir/tests/lib/syslog.py" program "$scratch/$way_to.sock" "$@"
}

# rsyslog names the program in its notices
cp "$(python3 -c 'import os, sys; print(os.path.realpath(sys.executable))')" "$scratch/asterisk"

# seen NAME: users of that name in the events, and how often they were counted
seen()
{
	jq -Rr --arg name "$1-" 'fromjson? | select(.outcome == "rejected") | select(.claims.user | startswith($name)) |
		[.claims.user, .count] | @tsv' "$events" |
		awk '{ if (!n[$1]++) users++; total += $2 } END { print users + 0, total + 0 }'
}

# whole NAME COUNT: so many, each once
whole()
{
	seen "$1" >"$scratch/seen"; [ "$(cat "$scratch/seen")" = "$2 $2" ]
}

# all NAME COUNT: so many. What it does not know to have arrived, rsyslog may send again.
all()
{
	[ "$(seen "$1" | cut -d ' ' -f 1)" -eq "$2" ]
}

# told NAME COUNT RESULT: in words
told()
{
	seen "$1" | { read -r users attempts; echo "$1: $3 ($users of $2, $((attempts - users)) sent twice)"; }
}

# ---- certificates ----

certificate()
{
	openssl req -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -subj "/CN=$1" \
		-keyout "$scratch/$1.key" -out "$scratch/$1.csr"
	printf 'subjectAltName=DNS:%s\n' "$1" >"$scratch/$1.ext"
	openssl x509 -req -in "$scratch/$1.csr" -CA "$scratch/ca.pem" -CAkey "$scratch/ca.key" -CAcreateserial \
		-days 2 -extfile "$scratch/$1.ext" -out "$scratch/$1.pem"
}
{
	openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 2 -subj /CN=ca \
		-keyout "$scratch/ca.key" -out "$scratch/ca.pem"
	certificate collector.example.net
	certificate pbx1.example.net
} >"$scratch/openssl" 2>&1

# ---- both daemons ----

plain=$(free_port) tls=$(free_port)
daemon_conf 'grace = "1s"' \
	"stream \"events\" { path = \"$events\"  what = \"events\" }" \
	"syslog \"boxes\" { listen = {\"udp:127.0.0.1:$plain\", \"tcp:127.0.0.1:$plain\"} }" \
	"syslog \"secure\" { listen = {\"tls:127.0.0.1:$tls\"}  tls_peers = {\"*.example.net\"}" \
	"tls_ca = \"$scratch/ca.pem\"  tls_certificate = \"$scratch/collector.example.net.pem\"" \
	"tls_key = \"$scratch/collector.example.net.key\" }"

# forward WAY: rsyslog's action
forward()
{
	echo 'action(type="omfwd" target="127.0.0.1"'
	case $1 in
	tls-*) echo "port=\"$tls\"" ;;
	*) echo "port=\"$plain\"" ;;
	esac
	case $1 in
	udp-3164) echo 'protocol="udp" template="RSYSLOG_TraditionalForwardFormat"' ;;
	udp-5424) echo 'protocol="udp" template="RSYSLOG_SyslogProtocol23Format"' ;;
	tcp-lines) echo 'protocol="tcp" template="RSYSLOG_ForwardFormat"' ;;
	tcp-octets) echo 'protocol="tcp" TCP_Framing="octet-counted" template="RSYSLOG_SyslogProtocol23Format"' ;;
	tls-*)
		echo 'protocol="tcp" TCP_Framing="octet-counted" template="RSYSLOG_SyslogProtocol23Format"'
		echo "StreamDriver=\"${1#tls-}\" StreamDriverMode=\"1\" StreamDriverAuthMode=\"x509/name\""
		echo 'StreamDriverPermittedPeers="collector.example.net"'
		;;
	esac
	echo 'queue.type="LinkedList" queue.size="50000" action.resumeRetryCount="-1" action.resumeInterval="1")'
}

# relay NAME WAY… <BEGINNING: an rsyslogd with a socket and a ruleset for each way
relay()
{
	relay_name=$1
	shift
	{
		echo "global(workDirectory=\"$scratch\" processInternalMessages=\"on\""
		echo "DefaultNetstreamDriverCAFile=\"$scratch/ca.pem\""
		echo "DefaultNetstreamDriverCertFile=\"$scratch/pbx1.example.net.pem\""
		echo "DefaultNetstreamDriverKeyFile=\"$scratch/pbx1.example.net.key\")"
		cat
		echo 'module(load="imuxsock" SysSock.Use="off")'
		for way; do
			echo "ruleset(name=\"$way\") {"
			forward "$way"
			echo '}'
			echo "input(type=\"imuxsock\" Socket=\"$scratch/$way.sock\" ruleset=\"$way\" $limits)"
		done
		# its own messages
		forward tcp-octets
	} >"$scratch/$relay_name.conf"
	"$rsyslogd" -n -f "$scratch/$relay_name.conf" -i "$scratch/$relay_name.pid" >>"$scratch/rsyslog.out" 2>&1 &
	relay_pid=$!
	started="$started $relay_pid"
	for way; do
		tenacious 20 test -S "$scratch/$way.sock" || return 1
	done
}

relay_end()
{
	kill "$relay_pid" 2>/dev/null
	wait "$relay_pid"
}

try "the daemon starts" daemon_start
limits='RateLimit.Interval="0"'
# shellcheck disable=SC2086 # a list
relay main $ways </dev/null
ok $? "rsyslog starts"

for way in $ways; do
	log "$way" "$way" 200
	try "$way: 200 refusals are 200 events" tenacious 30 whole "$way" 200
done
jq -Rr 'fromjson? | select(.outcome == "rejected") | .peer_ip' "$events" | sort -u >"$scratch/said"
[ "$(cat "$scratch/said")" = 203.0.113.9 ]
ok $? "all of the address in the log"

# ---- the daemon is away ----

daemon_stop
ok $? "the daemon stops"
streams='tcp-lines tcp-octets tls-gtls tls-ossl'
for way in $streams; do
	log "$way" "$way-kept" 300
done
try "it starts again" daemon_start
for way in $streams; do
	tenacious 60 all "$way-kept" 300
	ok $? "$(told "$way-kept" 300 "what rsyslog kept meanwhile comes")"
done

# Three restarts while rsyslog sends.
writers=
for way in $streams; do
	log "$way" "$way-flow" 2000 &
	writers="$writers $!"
done
for round in 1 2 3; do
	tenacious 30 has "$events" '-flow-' $((round * 500))
	daemon_stop || ok 1 "restart $round: it stops"
	daemon_start || ok 1 "restart $round: it starts"
done
# shellcheck disable=SC2086
wait $writers
for way in $streams; do
	tenacious 60 all "$way-flow" 2000
	ok $? "$(told "$way-flow" 2000 "of what is sent over restarts nothing is lost")"
done
relay_end

# ---- what rsyslog leaves out ----

# shellcheck disable=SC2016 # rsyslog's
echo '$RepeatedMsgReduction on' | relay reduced tcp-octets
ok $? "rsyslog starts, with reduction of repeated messages"
send_same()
{
	python3 - "$scratch/tcp-octets.sock" <<-'PYTHON'
	import socket, sys, time
	s = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
	stamp = time.strftime("%b %e %H:%M:%S", time.gmtime())
	say = lambda text: s.sendto(f"<133>{stamp} kamailio[7]: NOTICE: <script>: {text}".encode(), sys.argv[1])
	for _ in range(21):
	    say("Auth_error for 1001@pbx.example.com from 203.0.113.21 cause -2")
	say("request OPTIONS from 203.0.113.22:5060")
	PYTHON
}
repeated()
{
	[ "$(jq -Rr 'fromjson? | select(.peer_ip == "203.0.113.21") | .count' "$events" | awk '{ n += $1 } END { print n }')" = 21 ]
}
send_same
try "a message that was repeated 20 times is 21 attempts" tenacious 30 repeated
jq -Rr 'fromjson? | select(.peer_ip == "203.0.113.21") | .count' "$events" | sort -n | tail -n 1 >"$scratch/said"
[ "$(cat "$scratch/said")" -eq 20 ]
ok $? "by rsyslog's own words"
relay_end

limits='RateLimit.Interval="2" RateLimit.Burst="20"'
relay limited tcp-octets </dev/null
ok $? "rsyslog starts, with a rate limit"
# rsyslog tells of the loss with the next message of the same process after the interval
log tcp-octets limited 101 3.5
accounted()
{
	lost=$(jq -Rr 'fromjson? | select(.outcome == "gap" and .category == "suppressed") | .count // 0' "$events" |
		awk '{ n += $1 } END { print n + 0 }')
	[ "$lost" -gt 0 ] && seen limited | { read -r users _; [ $((users + lost)) -eq 101 ]; }
}
tenacious 30 accounted
ok $? "what does not come of 101 messages is known to be lost ($(seen limited | cut -d ' ' -f 1) and $lost)"
relay_end
daemon_stop
ok $? "the daemon stops"
finish
