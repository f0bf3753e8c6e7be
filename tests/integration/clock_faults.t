#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# The clock is set while alerts are raised and delivered: an hour ahead, back again, and
# further than a broker believes; the machine is suspended (tests/lib/shift.c).
# shellcheck source=../lib/wait.sh
. "${top_srcdir:-$(cd "$(dirname "$0")/../.." && pwd)}/tests/lib/wait.sh"
# shellcheck source=../lib/kafka.sh
. "$top_srcdir/tests/lib/kafka.sh"
# shellcheck source=../lib/daemon.sh
. "$top_srcdir/tests/lib/daemon.sh"
# shellcheck source=../lib/outputs.sh
. "$top_srcdir/tests/lib/outputs.sh"

daemon_need
kafka_need
preload=$(realpath "$top_builddir/tests/lib/shift.so" 2>/dev/null)
[ -e "$preload" ] || skip_all "tests/lib/shift.so is not built: make check builds it"
if grep -q __asan_init "$sipvigild"; then
	skip_all "a clock of its own and the address sanitizer do not go together"
fi
tap_notes="$scratch/daemon.log $scratch/part"
out=$scratch/out
: >"$daemon_log"

# clock SECONDS [BOOT]: the daemon's clock is so far ahead from now on; by BOOT of them the
# machine was suspended.
clock()
{
	clock_offset=$1
	printf '%23d %23d\n' "$1" "${2:-0}" | dd of="$scratch/clock" conv=notrunc status=none
}

clock_daemon_start()
{
	LD_PRELOAD=$preload SHIFT_FILE=$scratch/clock \
		"$sipvigild" -f -c "$daemon_file" >"$scratch/daemon.out" 2>"$scratch/daemon.log" 9>&- &
	daemon_pid=$!
	started="$started $daemon_pid"
	tenacious 20 "$sipvigil" status --socket "$daemon_socket" --json
}

topic_complete()
{
	kafka_read alerts '%k\n' | sed 's/.*=//' >"$scratch/topic"
	addresses 0 >"$scratch/wanted"
	cmp "$scratch/wanted" "$scratch/topic"
}

all_paged()
{
	addresses 0 >"$scratch/wanted"
	cmp "$scratch/wanted" "$scratch/paged"
}

# shellcheck disable=SC2016 # for the program
printf '#!/bin/sh\necho "$SIPVIGIL_PEER_IP" >>"%s"\n' "$scratch/paged" >"$scratch/page"
chmod +x "$scratch/page"
kafka_start
ok $? "a broker runs"
clock 0
daemon_config "$outputs_rule
stream \"log\" { path = \"$out\" }
kafka \"main\" { brokers = \"$kafka_brokers\"  alerts_topic = \"alerts\" }
exec \"page\" { command = {\"$scratch/page\"} }"
clock_daemon_start
ok $? "the daemon runs"
refusals 5
try "alerts are delivered" tenacious 20 is_complete "$out"

clock 3500
try "a clock that is set an hour ahead is said" tenacious 20 said 1 'the clock was set forward'
refusals 5
try "alerts go on" tenacious 20 is_complete "$out"
try "programs are run" tenacious 20 all_paged
try "the topic has them" tenacious 30 topic_complete

# A backlog on both sides of the change back.
mv "$out" "$out.1"
mkdir "$out"
mv "$scratch/page" "$scratch/page.off"
refusals 20
try "outputs are down when the clock is set" tenacious 20 part_is stream:log waiting 20
try "both of them" tenacious 20 part_is exec:page waiting 20
clock 0
try "a clock that is set back an hour is said" tenacious 20 said 1 'the clock was set back'
rmdir "$out"
mv "$scratch/page.off" "$scratch/page"
try "what waited is delivered although its time is yet to come" tenacious 40 is_well stream:log
cat "$out" >>"$out.1"
try "once, in order" is_complete "$out.1"
try "programs are run, once for each, in order" tenacious 40 all_paged
try "the topic has them too" tenacious 30 topic_complete
try "it ends in time" stops_in_time

# Further than a broker believes (log.message.timestamp.after.max.ms, one hour), while the
# machine is suspended: nothing runs, then the clocks are two hours further.
clock 3500
clock_daemon_start
ok $? "the daemon runs"
kill -STOP "$daemon_pid"
clock 10700 7200
refusals 50
kill -CONT "$daemon_pid"
try "after standing still all is read" tenacious 20 keeps_up
stream_complete()
{
	cat "$out.1" >"$out.all"
	tail -n +21 "$out" >>"$out.all"
	is_complete "$out.all"
}
try "and delivered, once, in order" tenacious 20 stream_complete
try "programs are run, once for each, in order" tenacious 20 all_paged
try "the clock was not set" said 0 'the clock was set'
try "that the broker does not believe the clock is said" tenacious 30 part_says kafka:main 'the clock of this host'
clock 7200 7200
tenacious 20 said 1 'the clock was set back'
clock 0
try "when the clock is right the topic gets what waited" tenacious 60 is_well kafka:main
try "once, in order" tenacious 20 topic_complete
try "it ends in time" stops_in_time
finish
