#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Every recording in every encoding that it has, through the running daemon: the PBX's own
# files, syslog's file, a journal, and each way in of the syslog receiver. The events must be those that
# `sipvigil events` finds in the file, and these what truly happened (truth.tsv). The daemon
# lives at the time of the recording: its clock follows the stamps that are sent.
#
# The table at the end: a dot is exact, a number is how many counts are wrong, a blank: the
# recording has no such encoding.
. "${top_srcdir:-$(cd "$(dirname "$0")/../.." && pwd)}/tests/lib/wait.sh"
top_builddir=$(cd "$top_builddir" && pwd)
. "$top_srcdir/tests/lib/sipvigild.sh"
. "$top_srcdir/tests/lib/truth.sh"
daemon_need
preload=$(realpath "$top_builddir/tests/lib/shift.so" 2>/dev/null)
[ -e "$preload" ] || skip_all "tests/lib/shift.so is not built: make check builds it"
if grep -q __asan_init "$sipvigild"; then
	skip_all "a clock of its own and the address sanitizer do not go together"
fi
command -v openssl >/dev/null || skip_all "no openssl: apt-get install openssl"
corpus=$top_srcdir/tests/corpus
replay=$top_srcdir/tests/lib/replay.py
encodings=${ENCODINGS:-'own file journal unix udp-3164 udp-iso udp-5424 tcp-lines tcp-octets tcp-mixed tls'}
limit=60

# A certificate that is valid at the time of the recordings
printf '%23d %23d\n' "$(date -d 2026-11-22T00:00:00Z +%s)" 0 >"$scratch/clock"
LD_PRELOAD=$preload SHIFT_FILE=$scratch/clock SHIFT_STILL=1 openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 36500 -subj /CN=localhost \
	-keyout "$scratch/key.pem" -out "$scratch/cert.pem" 2>"$scratch/openssl"

# log_of FOLDER FORM…: the first log that the recording has of these forms
log_of()
{
	folder=$1
	shift
	for form; do
		case $form in
		3164) set -- syslog-traditional.log rfc3164.log kamailio.rfc3164.log ;;
		iso) set -- syslog-iso.log iso.log kamailio.iso.log ;;
		5424) set -- syslog-5424.log rfc5424.log ;;
		local) set -- datagrams.log ;;
		esac
		for log; do
			[ -e "$folder/$log.gz" ] && echo "$folder/$log.gz" && return
		done
	done
	return 1
}

# source_of FOLDER ENCODING: the file that tells it
source_of()
{
	case $2 in
	own)
		for log in full freeswitch.log; do
			[ -e "$1/$log.gz" ] && echo "$1/$log.gz" && return
		done
		return 1
		;;
	file) log_of "$1" iso 3164 ;;
	journal) [ -e "$1/journal.export.gz" ] && echo "$1/journal.export.gz" ;;
	unix) log_of "$1" local 3164 iso ;;
	udp-3164 | tcp-lines) log_of "$1" 3164 iso ;;
	udp-iso) log_of "$1" iso ;;
	*) log_of "$1" 5424 iso 3164 ;;
	esac
}

# tells_of SCENARIO ENCODING: what kind of lines the log has, for truth_compare
tells_of()
{
	case $1/$2 in
	asterisk/*/own | asterisk/formats_*) echo ' * security verbose ' ;;
	asterisk/*) echo ' * security ' ;;
	freeswitch/*/own) echo ' * calls codes ' ;;
	*) echo ' * ' ;;
	esac
}

# wrong_rows SCENARIO EVENTS.json: rows of the truth that the events do not have, and those
# of Kamailio and of SIP messages that the truth does not have
wrong_rows()
{
	case $1 in
	asterisk/* | freeswitch/*)
		truth_rows <"$2" >"$home/events"
		scratch=$home truth_compare "$corpus/$1/truth.tsv" "$(tells_of "$1" "$encoding")" live | awk '$5 != $6'
		;;
	kamailio/*)
		jq -r 'select(.failure) | [.leg // "-", .peer_ip // "-", (.code // "-" | tostring), .outcome, .count] | @tsv' "$2" |
			truth_differs "$corpus/$1/truth.tsv" 4
		;;
	sipmsg)
		jq -r 'select(.outcome != "abandoned") |
			[.leg // "-", .method // "-", .peer_ip // "-", .outcome, .code // 0, .count] | @tsv' "$2" |
			truth_differs "$corpus/$1/truth-xlog.tsv" 5
		;;
	esac
}

# told FILE: what was counted, of whom. (What a second line about an attempt adds, with
# Asterisk the code, comes too late where the first one is told at once. A challenge at the
# end of a file says nothing. The kernel, whose clock is another, may stamp a message. Line
# breaks of a SIP message that nobody escaped can be no sender's words: it is certain.)
told()
{
	[ "$scenario/$encoding" != sipmsg/unix ] || set -- "$1" 'del(.attribution) |'
	jq -r "${2:-}"'select(.outcome != "abandoned" and .outcome != "gap") |
		[.leg // "-", .peer_ip // .peer // "-", if .pbx == "asterisk" then "-" else .code // "-" end,
		.outcome, .attribution // "certain", .count] | @tsv' "$1" |
		awk -F '\t' -v OFS='\t' '{ n[$1 OFS $2 OFS $3 OFS $4 OFS $5] += $6 } END { for (k in n) print k, n[k] }' |
		LC_ALL=C sort
}

# ---- one recording in one encoding: in a process and a folder of its own ----

set_clock()
{
	printf '%23d %23d\n' "$1" "$1" | dd of="$home/clock" conv=notrunc status=none
}

# What Kamailio says a minute after all is over. Among SIP messages it is one as well: only
# those tell how far time has come, and that a request is never answered.
last_words()
{
	case $scenario in
	sipmsg)
		echo 'INFO: <script>: SIP received udp:127.0.1.11:5060 -> 127.0.0.1:5060 218 bytes: ACK sip:1@127.0.0.1 SIP/2.0#015#012Via: SIP/2.0/UDP 127.0.1.11:5060;branch=z9hG4bKlast#015#012From: <sip:1@127.0.0.1>;tag=1#015#012To: <sip:2@127.0.0.1>;tag=2#015#012Call-ID: last@127.0.1.11#015#012CSeq: 1 ACK#015#012Content-Length: 0#015#012#015'
		;;
	*) echo 'INFO: <core> [main.c:1]: main(): time goes on' ;;
	esac
}

# The newest stamp of the source, rounded up.
last_second()
{
	case $encoding in
	own) date -d 2026-11-22T21:00:00Z +%s ;; # all are over
	journal) journalctl -q -D "$home/journal" -n 1 -r -o json | jq -r '(.__REALTIME_TIMESTAMP | tonumber) / 1000000 | floor + 1' ;;
	*) python3 "$replay" --last 3164 - "$source" ;;
	esac
}

input()
{
	case $encoding in
	own)
		gzip -dc "$source" >"$home/log"
		paths="\"$home/log\""
		if [ -e "$(dirname "$source")/security.gz" ]; then
			gzip -dc "$(dirname "$source")/security.gz" >"$home/security"
			paths="$paths, \"$home/security\""
		fi
		touch -d 2026-11-22T21:00:00Z "$home"/*
		echo "file \"in\" { path = {$paths}  from = \"beginning\" }"
		;;
	file)
		python3 "$replay" --after 60 --words "$(last_words)" file - "$source" >"$home/log"
		echo "file \"in\" { path = {\"$home/log\"}  from = \"beginning\" }"
		;;
	journal)
		truth_journal "$source" "$home/journal"
		echo "journal \"in\" { directory = \"$home/journal\"  from = \"beginning\" }"
		;;
	*) echo "syslog \"in\" { listen = {\"$place\"}  receive_buffer = \"4M\"  $tls }" ;;
	esac
}

stat_of()
{
	"$sipvigil" stats --socket "$home/control" 2>/dev/null |
		awk -v name="$1" '$1 == name { n += $(NF - 1) } END { printf "%d", n }'
}

is_up() { ! kill -0 "$pid" || "$sipvigil" status --socket "$home/control" --json; }
has_read() { [ "$(stat_of sipvigil_records_total)" -ge "$sent" ]; }
holds_nothing() { [ "$(stat_of sipvigil_ledger_entries)" -eq 0 ]; }

feed()
{
	set -- --clock "$home/clock" --after 60 --words "$(last_words)"
	case $encoding in
	own) sent=$(cat "$home/log" "$home/security" 2>/dev/null | wc -l) ;;
	file) sent=$(wc -l <"$home/log") ;;
	journal) sent=$(journalctl -q -m -D "$home/journal" -o json --output-fields=_ | wc -l) ;;
	unix) sent=$(python3 "$replay" "$@" local "$place" "$source") ;;
	udp-*) sent=$(python3 "$replay" "$@" "${encoding#udp-}" "$place" "$source") ;;
	tcp-lines) sent=$(python3 "$replay" "$@" --frame line 3164 "$place" "$source") ;;
	tcp-octets) sent=$(python3 "$replay" "$@" --frame octet 5424 "$place" "$source") ;;
	tcp-mixed) sent=$(python3 "$replay" "$@" --frame mixed 5424 "$place" "$source") ;;
	tls) sent=$(python3 "$replay" "$@" --cert "$scratch/cert.pem" --key "$scratch/key.pem" 5424 "$place" "$source") ;;
	esac
}

# Ends with what is wrong on standard output: nothing is right.
run()
{
	source=$(source_of "$corpus/$scenario" "$encoding") || { echo blank; return; }
	home=$scratch/$scenario/$encoding place='' tls=''
	mkdir -p "$home/state"
	case $encoding in
	unix) place=unix:$home/log ;;
	udp-*) place=udp:127.0.0.1:$(free_port) ;;
	tcp-*) place=tcp:127.0.0.1:$(free_port) ;;
	tls)
		place=tls:127.0.0.1:$(free_port)
		tls="tls_certificate = \"$scratch/cert.pem\"  tls_key = \"$scratch/key.pem\"  tls_ca = \"$scratch/cert.pem\""
		;;
	esac
	input >"$home/input"
	: >"$home/clock"
	set_clock "$(last_second)"
	cat >"$home/conf" <<-CONF
	state_dir = "$home/state"
	control = "$home/control"
	rules_dir = {}
	$(cat "$home/input")
	stream "events" { path = "$home/events.jsonl"  what = "events" }
	CONF
	: >"$home/events.jsonl"
	[ -z "$place" ] || set_clock "$(python3 "$replay" --first 3164 - "$source")"
	LD_PRELOAD=$preload SHIFT_FILE=$home/clock SHIFT_STILL=1 \
		"$sipvigild" -f -c "$home/conf" >"$home/daemon.log" 2>&1 &
	pid=$!
	trap 'kill $pid' EXIT
	tenacious $limit is_up
	kill -0 $pid 2>/dev/null || { echo "the daemon does not start"; tail -n 3 "$home/daemon.log"; return; }
	feed 2>"$home/feed" || { echo "cannot be sent: $(tail -n 1 "$home/feed")"; return; }
	tenacious $limit has_read || echo "$(stat_of sipvigil_records_total) records read, $sent sent"
	# The daemon's time goes on, and what waits for a partner is settled.
	set_clock $(($(head -c 23 "$home/clock") + 60))
	tenacious $limit holds_nothing || echo "$(stat_of sipvigil_ledger_entries) attempts are held for ever"
	n=$(stat_of sipvigil_records_total)
	[ "$n" -eq "$sent" ] || echo "$n records, $sent sent"
	set -- "$source"
	[ "$encoding" != journal ] || set -- "--journal=$home/journal"
	[ ! -e "$home/security" ] || set -- "$home/log" "$home/security"
	"$sipvigil" events --json "$@" >"$home/offline.jsonl"
	told "$home/offline.jsonl" >"$home/want"
	told "$home/events.jsonl" >"$home/got"
	diff "$home/want" "$home/got" | sed -n 's/^< /in the file: /p; s/^> /here: /p'
	wrong_rows "$scenario" "$home/events.jsonl"
}

: >"$scratch/table"
for truth in "$corpus"/*/*/truth.tsv "$corpus/sipmsg/truth-xlog.tsv"; do
	case ${truth#"$corpus"} in *"${SCENARIO:-}"*) ;; *) continue ;; esac
	scenario=$(dirname "${truth#"$corpus"/}")
	running=
	for encoding in $encodings; do
		mkdir -p "$scratch/$scenario/$encoding"
		(run) >"$scratch/$scenario/$encoding/wrong" 2>"$scratch/$scenario/$encoding/stderr" &
		running="$running $!"
	done
	for job in $running; do
		wait "$job"
	done
	row=$scenario
	for encoding in $encodings; do
		wrong=$scratch/$scenario/$encoding/wrong
		if [ "$(cat "$wrong")" = blank ]; then
			row="$row|"
			continue
		fi
		[ -s "$scratch/$scenario/$encoding/events.jsonl" ] && [ ! -s "$wrong" ]
		ok $? "$scenario $encoding: events as in the file, and as they truly were"
		head -n 20 "$wrong" | cut -c 1-300 | sed 's/^/#   /'
		[ -s "$wrong" ] && row="$row|$(grep -c . "$wrong")" || row="$row|."
	done
	echo "$row" >>"$scratch/table"
done
echo "$encodings" | tr ' ' '|' | sed 's/^/|/' | cat - "$scratch/table" | awk -F '|' '{
	printf "# %-36s", $1
	for (i = 2; i <= NF; i++) printf "%-11s", $i
	print "" }'
finish
