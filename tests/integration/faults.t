#!/bin/sh
# shellcheck disable=SC2119 # daemon_start takes further options only where some are given
# SPDX-License-Identifier: Apache-2.0
# What goes wrong around the daemon: it says so with the remedy, the rest goes on, it
# never crashes and always ends in time.
. "${top_srcdir:-$(cd "$(dirname "$0")/../.." && pwd)}/tests/lib/wait.sh"
. "$top_srcdir/tests/lib/sipvigild.sh"
daemon_need

: >"$log"

# Mistakes at the start.
printf 'file "a" { path = {"/x"} dialect = "asterix" }\n' >"$conf"
try "an unknown dialect: exit code 2" code 2 timeout 20 "$sipvigild" -c "$conf"
try "and which one was meant" has "$scratch/said" "asterisk"
try "a configuration that is not there: exit code 2" code 2 timeout 20 "$sipvigild" -c "$scratch/none.conf"
try "it is named" has "$scratch/said" "none.conf"
try "an option that is none: exit code 2" code 2 timeout 20 "$sipvigild" --nonsense
try "an argument that is none: exit code 2" code 2 timeout 20 "$sipvigild" nonsense
daemon_conf
echo "file" >"$control"
try "a file where the socket should be: exit code 3" code 3 timeout 20 "$sipvigild" -c "$conf"
try "and what to do" has "$scratch/said" "is no socket: remove it"
rm "$control"
sed -i "s|^control = .*|control = \"$scratch/none/deep/control\"|" "$conf"
try "no folder for the socket: exit code 3" code 3 timeout 20 "$sipvigild" -c "$conf"
try "and what to do" has "$scratch/said" "its folder must exist"

# Everything around it is missing or dead; one good input and output remain.
mkfifo "$scratch/nagios.cmd"
daemon_conf "state_dir = \"$scratch/no-state\"" \
	"file \"asterisk\" { path = {\"$log\"} }" \
	"file \"later\" { path = {\"$scratch/later/full\"} }" \
	"file \"folder\" { path = {\"$scratch\"} }" \
	"journal \"none\" { directory = \"$scratch/no-journal\"  identifiers = {\"asterisk\"} }" \
	"stream \"out\" { path = \"$out\" }" \
	"stream \"nowhere\" { path = \"$scratch/no-folder/out\" }" \
	"kafka \"main\" { brokers = \"127.0.0.1:9\"  alerts_topic = \"a\" }" \
	"nagios \"local\" { command_file = \"$scratch/nagios.cmd\"  host = \"pbx1\" }" \
	"exec \"page\" { command = {\"$scratch/no-such-program\"} }"
sed -i 1d "$conf"
daemon_start
ok $? "it starts with most of its surroundings missing"
try "no state folder is said" has "$daemon_log" "no-state"
wrong_password 203.0.113.9 12
try "the good input and output work" tenacious 10 has "$out" '"name":"auth-bruteforce"'
try "the missing folder of an output is said" tenacious 10 says "no-folder" ask status
try "and the log tells its remedy" has "$daemon_log" "check that the folder exists"
# librdkafka takes some seconds to give up on a broker
try "the broker that is away is said" tenacious 30 says "127.0.0.1:9" ask status
try "what it did not get waits" says '"waiting":2' ask status --json
try "nobody reading the command file is said" tenacious 10 says "nagios.cmd" ask status
try "sources without data are UNKNOWN" says "UNKNOWN" ask status
mkdir "$scratch/later"
wrong_password 203.0.113.10 12 "$scratch/later/full"
try "a file that appears later is read from its start" tenacious 15 has "$out" 203.0.113.10
before=$(date +%s)
daemon_stop
ok $? "it ends with code 0"
[ $(($(date +%s) - before)) -le 10 ]
ok $? "within 10 s, with a dead broker and a dead Nagios"

# Hostile and broken content.
rm -f "$out"
: >"$log"
daemon_conf "file \"asterisk\" { path = {\"$log\"} }" "stream \"out\" { path = \"$out\" }"
daemon_start
ok $? "it follows an empty file"
head -c 2000000 /dev/urandom >>"$log"
echo >>"$log"
try "binary garbage: it answers" ask status
{
	head -c 100000000 /dev/zero | tr '\0' 'A'
	echo
	printf '\0\0\0\n\r\n\377\376\n[2026-99-99 99:99:99] NOTICE[1] chan_sip.c: Registration from\n'
} >>"$log"
wrong_password 203.0.113.11 12
try "after a line of 100 MB the next ones count" tenacious 60 has "$out" 203.0.113.11
try "the long line is counted as cut" tenacious 5 sh -c \
	"'$sipvigil' stats --socket '$control' | grep -q 'sipvigil_source_cut_total.* [1-9]'"
if ! grep -q __asan_init "$sipvigild"; then
	high=$(awk '/^VmHWM/ { print $2 }' "/proc/$daemon_pid/status")
	echo "# most memory in all of this: $high KiB"
	[ "$high" -lt 40960 ]
	ok $? "memory stays small meanwhile ($high KiB)"
fi
: >"$log"
wrong_password 203.0.113.12 12
try "a file that was emptied is read on" tenacious 15 has "$out" 203.0.113.12
rm "$log"
wrong_password 203.0.113.13 12
try "so is one that was removed and made anew" tenacious 15 has "$out" 203.0.113.13

# A log without a line of a PBX is said.
n=0
while [ $n -lt 300 ]; do
	echo "backup: file $n of 300 written"
	n=$((n + 1))
done >"$scratch/wrong.log"
echo "file \"wrong\" { path = {\"$scratch/wrong.log\"}  from = \"beginning\" }" >>"$conf"
try "a reload adds an input" says "configuration taken" ask reload
try "lines of which none is known are said" tenacious 10 says "none is of a PBX" ask status

# Clients that misbehave.
python3 - "$control" <<'PYTHON'
import socket, sys
held = []
for i in range(100):
    s = socket.socket(socket.AF_UNIX)
    s.setblocking(False)
    try:
        s.connect(sys.argv[1])
    except BlockingIOError:
        break
    held.append(s)
for s in held:
    try:
        s.send(b"\xff\0{" * 1000)
    except OSError:
        pass
PYTHON
try "after a hundred rude clients it answers" tenacious 15 ask status
# Whoever asks and never reads is dropped; others are served meanwhile.
python3 -c '
import socket, sys, time
s = socket.socket(socket.AF_UNIX)
s.connect(sys.argv[1])
s.send(b"{\"command\":\"stats\"}\n")
open(sys.argv[2], "w").close()
time.sleep(20)' "$control" "$scratch/asked" &
started="$started $!"
tenacious 10 test -e "$scratch/asked"
try "one that does not read stops nobody" ask status

daemon_stop
ok $? "it ends with code 0 after all this"
try "no sanitizer has anything to say" sh -c "! grep -q 'runtime error\|AddressSanitizer' '$daemon_log'"

# A full disk.
mkdir "$scratch/small"
if [ "$(id -u)" -eq 0 ] && mount -t tmpfs -o size=64k tmpfs "$scratch/small" 2>/dev/null; then
	: >"$log"
	daemon_conf "file \"asterisk\" { path = {\"$log\"} }" \
		"stream \"small\" { path = \"$scratch/small/out\" }"
	head -c 64k /dev/zero >"$scratch/small/fill" 2>/dev/null
	daemon_start
	wrong_password 203.0.113.14 12
	try "a full disk is said, with the remedy" tenacious 10 says "free space" ask status
	rm "$scratch/small/fill"
	try "what waited is written when there is space" tenacious 40 has "$scratch/small/out" 203.0.113.14
	daemon_stop
	ok $? "it ends with code 0"
	umount "$scratch/small"
else
	ok 0 "a full disk # SKIP needs root to mount a tmpfs"
fi

# A log that it may not read.
if [ "$(id -u)" -eq 0 ] && command -v setpriv >/dev/null && id nobody >/dev/null 2>&1; then
	: >"$log"
	chmod 600 "$log"
	rm -f "$out" "$control"
	cp "$sipvigild" "$scratch/own-sipvigild"
	cp -R "$rules_dir" "$scratch/rules.d"
	rules_dir=$scratch/rules.d
	daemon_conf "file \"asterisk\" { path = {\"$log\"} }" "stream \"out\" { path = \"$out\" }"
	chown nobody "$scratch"
	chmod 755 "$scratch" "$scratch/own-sipvigild"
	setpriv --reuid nobody --clear-groups --regid "$(id -g nobody)" \
		"$scratch/own-sipvigild" -f -c "$conf" >>"$daemon_log" 2>&1 &
	daemon_pid=$!
	started="$started $daemon_pid"
	try "a log that may not be read is said" tenacious 10 says "ermission denied" ask status
	chmod 644 "$log"
	wrong_password 203.0.113.15 12
	try "and read as soon as it may" tenacious 20 has "$out" 203.0.113.15
	daemon_stop
	ok $? "it ends with code 0"
else
	ok 0 "a log that may not be read # SKIP needs root and setpriv"
fi
finish
