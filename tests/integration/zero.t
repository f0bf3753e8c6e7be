#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# shellcheck disable=SC2016,SC2119 # expanded by the inner shell; the one journald
# No input is configured: on a host with any PBX the daemon finds its log, says so, counts
# each attempt once, wherever it stands, and raises the alert. The lines are recorded ones
# of the real programs, with the date of now.
. "${top_srcdir:-$(cd "$(dirname "$0")/../.." && pwd)}/tests/lib/wait.sh"
. "$top_srcdir/tests/lib/sipvigild.sh"
. "$top_srcdir/tests/lib/journald.sh"
daemon_need
missing=$(journald_missing) && skip_all "needs $missing"
command -v logger >/dev/null || skip_all "needs logger (bsdutils)"
case $(cd "$top_builddir" && pwd) in /usr/local/* | /var/log/*) skip_all "the build is where the test mounts its own" ;; esac

lab_dir=$scratch/lab
mkdir "$lab_dir"
trap 'journald_lab_end; at_exit' EXIT
journald_lab "$lab_dir" || skip_all "cannot make namespaces"
in_lab mount -t tmpfs tmpfs /usr/local
events=$scratch/events.jsonl
daemon_conf "stream \"out\" { path = \"$out\" }" \
	"stream \"events\" { path = \"$events\"  what = \"events\" }"

# begin: the daemon, anew, as the host is now.
begin()
{
	rm -rf "$out" "$events" "$control" "$scratch"/checkpoint* "$scratch"/alerts.db*
	in_lab "$(cd "$top_builddir" && pwd)/sipvigild" -f -c "$conf" >>"$daemon_log" 2>&1 &
	daemon_pid=$!
	started="$started $daemon_pid"
	tenacious 20 ask status
	tenacious 20 idle
}

# All that is there is read: what comes now is new.
idle()
{
	ask status --json | jq -e 'all(.sources[]; .caught_up)'
}

# end: of the daemon; and its logs go.
end()
{
	in_lab kill "$(ask status --json | jq .pid)"
	wait "$daemon_pid" 2>/dev/null
	in_lab sh -c 'rm -rf /var/log/* /usr/local/freeswitch'
}

# make FILE...: empty logs.
make()
{
	for file; do
		in_lab mkdir -p "$(dirname "$file")"
		in_lab sh -c ': >>"$1"' sh "$file"
	done
}

# add FILE...: standard input to each.
add()
{
	in_lab tee -a "$@" >/dev/null
}

# chan_sip, pjsip, …: twelve refusals of ADDRESS.
twelve()
{
	for i in 1 2 3 4 5 6 7 8 9 10 11 12; do
		"$1" "$2" "$i"
	done
}
day() { date '+%Y-%m-%d %H:%M:%S'; }
iso() { date '+%Y-%m-%dT%H:%M:%S.%6N%:z'; }
chan_sip() { echo "[$(day)] NOTICE[466] chan_sip.c: Registration from '<sip:1005@127.0.1.1>' failed for '$1:$((45800 + $2))' - Wrong password"; }
pjsip() { echo "[$(day)] SECURITY[474] res_security_log.c: SecurityEvent=\"ChallengeResponseFailed\",EventTV=\"$(date '+%Y-%m-%dT%H:%M:%S.%3N+0000')\",Severity=\"Error\",Service=\"SIP\",EventVersion=\"1\",AccountID=\"1005\",SessionID=\"0x7f545c0205$2\",LocalAddress=\"IPV4/UDP/127.0.1.1/5060\",RemoteAddress=\"IPV4/UDP/$1/$((48630 + $2))\",Challenge=\"617d28$2\",Response=\"notme\",ExpectedResponse=\"\""; }
sofia() { echo "$(date '+%Y-%m-%d %H:%M:%S').2$((10000 + $2 * 1000)) 100.00% [WARNING] sofia_reg.c:1787 SIP auth failure (REGISTER) on sofia profile 'internal' for [1001@pbx.example.net] from ip $1"; }
kamailio_text() { echo "NOTICE: {1 2 REGISTER $2-477@$1} <script>: Auth_error for 1022@pbx.example.com from $1 cause -2"; }
kamailio() { echo "$(iso) pbx1 /usr/sbin/kamailio[446]: $(kamailio_text "$1" "$2")"; }
opensips() { echo "$(iso) pbx1 /usr/sbin/opensips[3806]: NOTICE:Auth_error for 1012@pbx.example.com from $1 cause -2"; }

# raised ADDRESS: the alert is there.
raised()
{
	jq -Rr --arg ip "$1" 'fromjson? | select(.state == "firing" and .rule.name == "auth-bruteforce" and
		.sipvigil.key.peer_ip == $ip) | "yes"' "$out" 2>/dev/null | grep -q yes
}

# counted ADDRESS N: attempts of it, all settled.
counted()
{
	[ "$(jq -Rr --arg ip "$1" 'fromjson? | select(.peer_ip == $ip) | .count' "$events" 2>/dev/null |
		awk '{ n += $1 } END { print n + 0 }')" -eq "$2" ]
}

# proof NAME ADDRESS WORDS: raised, counted once, and said in status.
proof()
{
	try "$1: the alert is raised" tenacious 30 raised "$2"
	try "$1: twelve attempts are twelve" tenacious 30 counted "$2" 12
	try "$1: status says what was found" says "$3" ask status
}

# Asterisk alone, FreePBX and Issabel: the same messages in several files.
in_lab rm -rf /run/log/journal
make /var/log/asterisk/full /var/log/asterisk/messages
begin
twelve chan_sip 198.51.100.1 | add /var/log/asterisk/full /var/log/asterisk/messages
proof "Asterisk's files" 198.51.100.1 "2 log files of asterisk"
end
make /var/log/asterisk/full /var/log/asterisk/fail2ban /var/log/asterisk/freepbx.log
begin
twelve pjsip 198.51.100.2 | add /var/log/asterisk/fail2ban
proof "FreePBX, security events in fail2ban alone" 198.51.100.2 "2 log files of asterisk"
end
make /var/log/asterisk/full /var/log/asterisk/security
begin
twelve pjsip 198.51.100.3 | add /var/log/asterisk/security /var/log/asterisk/full
proof "Issabel" 198.51.100.3 "2 log files of asterisk"
end

# Kamailio and OpenSIPS.
make /var/log/kamailio.log
begin
twelve kamailio 198.51.100.4 | add /var/log/kamailio.log
proof "Kamailio's file" 198.51.100.4 "1 log file of kamailio"
end
make /var/log/syslog
begin
twelve kamailio 198.51.100.5 | add /var/log/syslog
proof "Kamailio in syslog alone" 198.51.100.5 "the files of syslog"
end
make /var/log/messages
begin
twelve kamailio 198.51.100.6 | add /var/log/messages
proof "Kamailio in messages alone" 198.51.100.6 "the files of syslog"
end
make /var/log/syslog /var/log/kamailio.log
begin
twelve kamailio 198.51.100.7 | add /var/log/syslog /var/log/kamailio.log
proof "Kamailio in both" 198.51.100.7 "1 log file of kamailio, the files of syslog"
end
make /var/log/opensips.log
begin
twelve opensips 198.51.100.8 | add /var/log/opensips.log
proof "OpenSIPS" 198.51.100.8 "1 log file of opensips"
end

# FreeSWITCH, FusionPBX (the same place), built from source.
make /var/log/freeswitch/freeswitch.log
begin
twelve sofia 198.51.100.9 | add /var/log/freeswitch/freeswitch.log
proof "FreeSWITCH and FusionPBX" 198.51.100.9 "1 log file of freeswitch"
end
make /usr/local/freeswitch/log/freeswitch.log
begin
twelve sofia 198.51.100.10 | add /usr/local/freeswitch/log/freeswitch.log
proof "FreeSWITCH from source" 198.51.100.10 "1 log file of freeswitch"
end

# With a journal: alone, and beside the file of rsyslog with the same messages.
in_lab mkdir -p /run/log/journal
journald_conf 'Storage=volatile' 'RateLimitBurst=0'
journald_up || skip_all "journald does not start"
begin
twelve kamailio_text 198.51.100.11 | in_lab logger -t /usr/sbin/kamailio -p local0.notice
proof "Kamailio in the journal alone" 198.51.100.11 "the journal"
end
make /var/log/kamailio.log /var/log/syslog
begin
twelve kamailio_text 198.51.100.12 >"$scratch/lines"
while read -r line; do
	echo "$line" | in_lab logger -t /usr/sbin/kamailio -p local0.notice
	echo "$(iso) pbx1 /usr/sbin/kamailio[446]: $line" | add /var/log/kamailio.log /var/log/syslog
done <"$scratch/lines"
proof "Kamailio in the journal and in rsyslog's files" 198.51.100.12 "the journal, 1 log file of kamailio"
if says "file:syslog" ask status; then ok 1 "syslog is not read beside the journal"; else ok 0 "syslog is not read beside the journal"; fi
end
journald_down
finish
