#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# The syslog receiver in the running daemon, over real sockets: who may send, what is lost
# and is told, what does not hinder others, what survives a stop and a reload.
. "${top_srcdir:-$(cd "$(dirname "$0")/../.." && pwd)}/tests/lib/wait.sh"
. "$top_srcdir/tests/lib/sipvigild.sh"
daemon_need
for program in python3 jq openssl; do
	command -v $program >/dev/null || skip_all "no $program: apt-get install $program"
done
events=$scratch/events.jsonl
sender=$top_srcdir/tests/lib/syslog.py
certs=$scratch/certs

# send COMMAND…: see syslog.py
send()
{
	python3 "$sender" "$@"
}

# receiver LINE…: the configuration with a receiver of these settings.
receiver()
{
	daemon_conf 'grace = "1s"' "stream \"log\" { path = \"$out\" }" \
		"stream \"events\" { path = \"$events\"  what = \"events\" }" \
		"syslog \"boxes\" {" "timezone = \"UTC\"" "$@" "}"
}

# count NAME: of the receiver.
count()
{
	ask status --json | jq -r ".receivers[0].$1"
}

# counts NAME NUMBER: at least so many.
counts()
{
	[ "$(count "$1")" -ge "$2" ]
}

# lines SOURCE: that came from it.
lines()
{
	ask status --json | jq -r --arg name "syslog:boxes/$1" \
		'[.sources[] | select(.name == $name) | .lines] | add // 0'
}

came()
{
	[ "$(lines "$1")" -ge "$2" ]
}

# event USER: that registration was refused. events USER FILTER: and this holds of it.
event()
{
	event_is "$1" true
}

event_is()
{
	jq -Rr --arg user "$1" "fromjson? | select(.claims.user == \$user) | select($2) | \"yes\"" \
		"$events" 2>/dev/null | grep -q yes
}

# port WAY: on which it listens.
port()
{
	count listen | tr ' ' '\n' | sed -n "s/^$1:.*://p" | head -n 1
}

listening()
{
	count listen | grep -q "$1"
}

# ---- datagrams ----

receiver 'listen = {"udp:127.0.0.1:0", "tcp:127.0.0.1:0", "udp:[::]:0", "unix:'"$scratch"'/log"}' \
	'allow = {"127.0.0.1", "127.0.0.3"}' 'relays = {"127.0.0.3"}' 'max_connections_per_sender = 8' \
	'frame_timeout = "2s"' 'receive_buffer = "64K"'
try "the daemon starts with a receiver" daemon_start
udp=$(port udp) tcp=$(port tcp)
send udp "$udp" 127.0.0.1 direct
try "a datagram is an event" tenacious 20 event direct
name=$(ask status --json | jq -r .host)
try "of this host, whatever it says" event_is direct ".host == \"$name\" and .source == \"syslog:boxes/127.0.0.1\""
send host "$udp" claimed elsewhere
try "a host that is no relay names none" tenacious 20 event_is claimed ".host == \"$name\""
send unix "$scratch/log" local
try "a program of this host is an event" tenacious 20 event_is local '.source == "syslog:boxes/unix"'
send udp "$udp" 127.0.0.2 stranger
try "who is not permitted is counted" tenacious 20 counts refused 1
try "and said" tenacious 20 has "$daemon_log" "what 127.0.0.2 sends is dropped: 'allow' does not name it"
send udp "$udp" 127.0.0.1 after
tenacious 20 event after
! event stranger
ok $? "and no event"

kill -STOP "$daemon_pid"
send flood "$udp" 4000
kill -CONT "$daemon_pid"
tenacious 20 counts lost 1
send udp "$udp" 127.0.0.1 calm
tenacious 20 event calm
lost=$(count lost)
got=$(grep -c '"user":"flood' "$events")
[ "$lost" -gt 0 ] && [ $((got + lost)) -eq 4000 ]
ok $? "every datagram of a flood is an event or is known to be lost ($got and $lost of 4000)"
loss_told()
{
	jq -Rr 'fromjson? | select(.rule.name == "log-gap" and .state == "firing" and
		.sipvigil.key.source == "syslog:boxes/127.0.0.1") | "yes"' "$out" | grep -q yes
}
try "the loss is an alert of its own" tenacious 20 loss_told

# ---- connections ----

before=$(lines 127.0.0.1)
wanted=$(send split "$tcp")
try "every framing on one connection, cut at every byte" tenacious 60 came 127.0.0.1 $((before + wanted))
[ "$(lines 127.0.0.1)" -eq $((before + wanted)) ]
ok $? "and nothing else comes of it"
send inject "$tcp" hurt
try "what follows a broken line is read" tenacious 20 event hurtb
! grep -qF 198.51.100.66 "$events"
ok $? "its rest blames nobody"
try "it is counted" counts headless 1
closed=$(send crowd "$tcp" 12)
[ "$closed" -eq 4 ]
ok $? "of twelve connections of one sender four are refused ($closed)"
try "slow senders do not hinder others, and are closed" send loris "$tcp" "$udp" meanwhile
try "what the other said came through" event meanwhile
try "it is counted that they were slow" counts timed_out 3

# ---- a stop, a reload ----

sed -i 's/max_connections_per_sender = 8/max_connections_per_sender = 9/' "$conf"
kill -STOP "$daemon_pid"
send udp "$udp" 127.0.0.1 waits
"$sipvigil" reload --socket "$control" >"$scratch/said" 2>&1 &
reload=$!
kill -CONT "$daemon_pid"
wait $reload
ok $? "a receiver may be changed while it runs"
try "what waited is read" tenacious 20 event waits
[ "$(port udp)" = "$udp" ]
ok $? "its socket is the same"
mode_is()
{
	[ "$(stat -c %a "$scratch/log")" = "$1" ]
}
mode_is 666
ok $? "all may write to the unix socket"
sed -i 's/max_connections_per_sender = 9/socket_mode = "0620"/' "$conf"
try "its mode may be changed while it runs" "$sipvigil" reload --socket "$control"
try "which holds at once" mode_is 620
rm "$scratch/log"
try "a socket that was removed comes back" tenacious 20 mode_is 620
send unix "$scratch/log" anew
try "and is read" tenacious 20 event anew
kill -STOP "$daemon_pid"
send udp "$udp" 127.0.0.1 last1 last2 last3
kill "$daemon_pid"
kill -CONT "$daemon_pid"
tenacious 20 daemon_gone
wait "$daemon_pid"
ok $? "it stops"
event last1 && event last2 && event last3
ok $? "what the kernel had already is read before"

# ---- sockets of systemd ----

receiver 'listen = {"systemd:boxes"}' 'receive_buffer = "64K"'
rm -rf "$scratch/checkpoint"* "$scratch/alerts.db"*
python3 "$sender" pass_sockets "$scratch/ready" "$(realpath "$sipvigild")" -f -c "$conf" >>"$daemon_log" 2>&1 &
passer=$!
started="$started $passer"
tenacious 20 test -e "$scratch/ready"
read -r udp tcp <"$scratch/ready"
kill -USR1 $passer
tenacious 20 ask status
ok $? "the daemon starts with sockets that are handed over"
listening "udp:127.0.0.1:$udp" && listening "tcp:127.0.0.1:$tcp"
ok $? "it listens at both of one name"
send udp "$udp" 127.0.0.1 handed
try "a datagram is an event" tenacious 20 event handed
kill -USR2 $passer
gone()
{
	! ask status >/dev/null 2>&1
}
tenacious 20 gone
send udp "$udp" 127.0.0.1 down1 down2
kill -USR1 $passer
tenacious 20 ask status
try "what is sent while the daemon is down waits for it" tenacious 20 event down2
! has "$daemon_log" "was not running"
ok $? "and nothing is said to be lost"
kill $passer
wait $passer

# ---- TLS ----

mkdir "$certs"
# certificate NAME CA SUBJECT ALTERNATIVE
certificate()
{
	openssl req -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -subj "/CN=$3" \
		-keyout "$certs/$1.key" -out "$certs/$1.csr"
	printf 'subjectAltName=%s\n' "$4" >"$certs/$1.ext"
	openssl x509 -req -in "$certs/$1.csr" -CA "$certs/$2.pem" -CAkey "$certs/$2.key" -CAcreateserial \
		-days 2 -extfile "$certs/$1.ext" -out "$certs/$1.pem"
}
{
	for ca in ca other; do
		openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 2 \
			-subj "/CN=$ca" -keyout "$certs/$ca.key" -out "$certs/$ca.pem"
	done
	certificate server ca collector DNS:collector,IP:127.0.0.1
	certificate good ca whoever DNS:sbc1.example.net
	certificate named ca sbc1.example.net DNS:elsewhere.example.org
	certificate foreign other whoever DNS:sbc1.example.net
} >"$scratch/openssl" 2>&1
files='tls_certificate = "'"$certs"'/server.pem"  tls_key = "'"$certs"'/server.key"'
receiver 'listen = {"tls:127.0.0.1:0"}' 'frame_timeout = "3s"' "$files"
rm -rf "$scratch/checkpoint"* "$scratch/alerts.db"*
try "the daemon starts with TLS" daemon_start
tls=$(port tls)
try "a sender without certificate is let in" tenacious 60 send tls "$tls" "$certs" none secret1 secret2
try "what it says are events" tenacious 20 event secret2
try "what is no TLS is closed" send garbage "$tls"
try "who says nothing is closed" send mute "$tls"
try "TLS 1.1 is refused" send old_tls "$tls"
printf 'R\nR\n<13>x\n' | timeout 20 openssl s_client -connect "127.0.0.1:$tls" -tls1_2 -CAfile "$certs/ca.pem" \
	>"$scratch/said" 2>&1
try "a renegotiation is refused" grep -qi "no renegotiation\|error\|closed" "$scratch/said"
tenacious 60 send tls "$tls" "$certs" none still
try "and others are served after all that" tenacious 20 event still
refused=$(count tls_refused)
[ "$refused" -ge 5 ]
ok $? "it is counted ($refused)"
certificate renewed ca new-collector IP:127.0.0.1 >>"$scratch/openssl" 2>&1
cp "$certs/renewed.key" "$certs/server.key"
cp "$certs/renewed.pem" "$certs/server.pem"
shows()
{
	openssl s_client -connect "127.0.0.1:$tls" </dev/null 2>/dev/null | grep -q 'CN = new-collector\|CN=new-collector'
}
try "a renewed certificate is used without being asked to" tenacious 20 shows
daemon_stop
receiver 'listen = {"tls:127.0.0.1:0"}' "$files" 'tls_ca = "'"$certs"'/ca.pem"' \
	'tls_peers = {"*.example.net"}'
rm -rf "$scratch/checkpoint"* "$scratch/alerts.db"*
try "the daemon starts and asks for certificates" daemon_start
tls=$(port tls)
try "a sender with the right one is let in" tenacious 60 send tls "$tls" "$certs" good proved1 proved2
try "what it says are events" tenacious 20 event proved2
for wrong in none foreign named; do
	refused=$(count tls_refused)
	send tls "$tls" "$certs" $wrong "wrong-$wrong" x >"$scratch/said" 2>&1 || :
	try "a sender with '$wrong' is not" tenacious 20 counts tls_refused $((refused + 1))
done
tenacious 60 send tls "$tls" "$certs" good end1 end2
tenacious 20 event end2
! event wrong-none && ! event wrong-foreign && ! event wrong-named
ok $? "nothing that they say is an event"
try "why is said" has "$daemon_log" "TLS with 127.0.0.1 failed"
daemon_stop
finish
