#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# shellcheck disable=SC2119 # daemon_start takes further options only where some are given
# The state on a disk that goes wrong: whatever it does, logs are read and alerts go out
# within a second or two; the trouble is said once, and once when it is over; afterwards
# every alert is in alerts.db once, also when the daemon is killed.
. "${top_srcdir:-$(cd "$(dirname "$0")/../.." && pwd)}/tests/lib/wait.sh"
. "$top_srcdir/tests/lib/sipvigild.sh"
daemon_need
command -v python3 >/dev/null || skip_all "python3 not found: apt-get install python3"

. "$top_srcdir/tests/lib/state.sh"
faulty_need

# one_fault NAME SAID FAULT...: begins while alerts are raised, and ends.
one_fault()
{
	name=$1
	said=$2
	shift 2
	fresh
	faulty_start
	attack 1
	try "$name: before" tenacious 20 told 1
	fault "$@"
	attack 2
	try "$name: alerts go out" tenacious 20 told 2
	if [ "$said" ]; then
		try "$name: it is said in status" tenacious 20 says "$said" ask status
		attack 3
		try "$name: logs are read on" tenacious 20 told 3
		try "$name: it is said in the log" has "$daemon_log" "$said"
		sleep 2 # that it is not said again needs some time to see
		[ "$(count_said "$said")" -le 2 ]
		ok $? "$name: once for each file that it concerns ($(count_said "$said"))"
	else
		attack 3
		try "$name: logs are read on" tenacious 20 told 3
	fi
	fault
	attack 4
	try "$name: after it" tenacious 20 told 4
	try "$name: all that waited is written" tenacious 30 memory_empty
	if [ "$said" ]; then
		try "$name: that it is over is said" tenacious 30 has "$daemon_log" " again"
		try "$name: and gone from status" tenacious 20 \
			sh -c "! '$sipvigil' status --socket '$control' | grep -qF '$said'"
	fi
	try "$name: nothing is missing, nothing is there twice" tenacious 10 complete
	kill -KILL "$daemon_pid"
	wait "$daemon_pid" 2>/dev/null
	attack 5
	faulty_start
	try "$name: killed and started, it goes on" tenacious 20 told 5
	try "$name: and there is still nothing missing, nothing twice" tenacious 20 complete
	sed 's/^/# /' "$scratch/said"
	daemon_stop
	ok $? "$name: it ends with code 0"
}

one_fault "disk full" "No space left on device" "write ENOSPC" "ftruncate ENOSPC"
one_fault "read-only" "Read-only file system" "write EROFS" "open EROFS" "rename EROFS"
one_fault "fsync error" "Input/output error" "fsync EIO"
one_fault "rename error" "Input/output error" "rename EIO"
one_fault "short writes" "" "write short"

# It ends in time while it goes wrong, and says nothing wrong afterwards.
for bad in "write ENOSPC" "fsync EIO" "fsync delay 60"; do
	fresh
	faulty_start
	attack 1
	tenacious 20 told 1
	fault "$bad"
	attack 2
	tenacious 20 told 2
	before=$(date +%s)
	daemon_stop
	ok $? "SIGTERM during '$bad': code 0"
	took=$(($(date +%s) - before))
	[ $took -le 15 ]
	ok $? "in time ($took s)"
	fault
	attack 3
	faulty_start
	try "and nothing is lost: what comes next" tenacious 20 told 3
	tenacious 20 memory_empty
	# what alerts.db could not take before the end is made again, with the same id
	try "the database has all of it" tenacious 20 sh -c "python3 -c '
import json, sqlite3, sys
told = set(json.loads(l)[\"id\"] for l in open(\"$out\"))
db = sqlite3.connect(\"file:$database?mode=ro\", uri=True)
sys.exit(len(told - set(r[0] for r in db.execute(\"SELECT id FROM transition\"))))'"
	daemon_stop
done

# A disk that takes five seconds for each fsync: nobody waits for it.
fresh
faulty_start
attack 1
tenacious 20 told 1
fault "fsync delay 5"
attack 2
tenacious 20 told 2
# Time between two turns of the loop, as the control socket sees it: the second longest
# of some hundred answers. A loop that waits for the disk would make half of them late.
python3 - "$control" >"$scratch/stall" <<'PYTHON'
import socket, sys, time
took, end = [], time.time() + 8
while time.time() < end:
    begin = time.time()
    s = socket.socket(socket.AF_UNIX)
    s.connect(sys.argv[1])
    s.sendall(b'{"command":"stats"}\n')
    answer = b""
    while not answer.rstrip().endswith(b'"end":true}'):
        more = s.recv(65536)
        if not more:
            break
        answer += more
    s.close()
    took.append(time.time() - begin)
    time.sleep(0.02)
took.sort()
print("%d %d %d" % (took[-2] * 1000, took[-1] * 1000, len(took)))
PYTHON
read -r stall longest answers <"$scratch/stall"
echo "# of $answers answers the longest took $longest ms"
[ "$answers" -ge 50 ] && [ "$stall" -lt 1000 ]
ok $? "fsync of 5 s: the loop does not stand still ($stall ms, machine and all)"
attack 3
try "fsync of 5 s: alerts go out" tenacious 20 told 3
try "fsync of 5 s: that the disk does not answer is said" tenacious 20 has "$daemon_log" "the disk does not answer"
fault
try "fsync of 5 s: that it is over is said" tenacious 30 has "$daemon_log" "can be written again"
try "fsync of 5 s: all is there" tenacious 30 complete
daemon_stop
ok $? "fsync of 5 s: it ends with code 0"

try "no sanitizer has anything to say" sh -c "! grep -q 'runtime error\|AddressSanitizer' '$daemon_log'"
finish
