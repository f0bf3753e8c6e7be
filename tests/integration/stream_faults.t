#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# The stream of a running daemon: a full disk, rotation, a path that cannot be written, a
# reader that stops, kill -9. Each alert stands in the file once, in order, as a whole line.
# shellcheck source=../lib/wait.sh
. "${top_srcdir:-$(cd "$(dirname "$0")/../.." && pwd)}/tests/lib/wait.sh"
# shellcheck source=../lib/daemon.sh
. "$top_srcdir/tests/lib/daemon.sh"
# shellcheck source=../lib/outputs.sh
. "$top_srcdir/tests/lib/outputs.sh"

daemon_need
tap_notes="$scratch/daemon.log $scratch/part"
: >"$daemon_log"
out=$scratch/out/alerts.jsonl
mkdir "$scratch/out"

# begin [SETTING]: a daemon with this stream and no past
begin()
{
	rm -rf "$scratch/state"
	: >"$daemon_log"
	refused=0
	daemon_config "$outputs_rule
stream \"log\" { path = \"$out\" ${1:-} }"
	daemon_start
}

all_written()
{
	tenacious 20 is_complete "$out"
}

begin
refusals 10
try "alerts are lines" all_written
# logrotate, by renaming.
mv "$out" "$out.1"
refusals 5
try "after a rename a new file is made" tenacious 20 has "$out" 10.0.0.14
cat "$out" >>"$out.1"
cp "$out.1" "$out.all"
try "no line is lost, none comes twice" is_complete "$out.all"
# logrotate with copytruncate: what stands there is copied, then the file is emptied.
cp "$out" "$out.2"
: >"$out"
refusals 5
try "after copytruncate lines follow at the file's beginning" tenacious 20 has "$out" 10.0.0.19
cat "$out.1" "$out" >"$out.all"
try "nor is a line lost there" is_complete "$out.all"
rm "$out"
mkdir "$out"
refusals 3
try "a path that cannot be written is said" tenacious 20 part_says stream:log 'Is a directory'
try "with the time since" part_has stream:log down_since 2
try "and the next try" part_has stream:log next_try 2
refusals 200
try "the input keeps up meanwhile" tenacious 20 keeps_up
try "what waits is counted" tenacious 20 part_is stream:log waiting 203
try "it was said once" said 1 "Is a directory"
"$sipvigil" status --socket "$daemon_socket" >"$scratch/part"
try "status tells people how long" has "$scratch/part" "; down for"
try "it ends in time" stops_in_time
daemon_start
try "the backlog is there after the next start" part_is stream:log waiting 203
rmdir "$out"
try "and is written when the path is free" tenacious 40 has "$out" 10.0.0.222
cat "$out" >>"$out.all"
try "in order, each alert once" is_complete "$out.all"
try "the end of the trouble is said" tenacious 10 said 1 "can be written again"
try "and nothing is left of it" tenacious 10 is_well stream:log
stops_in_time
ok $? "it ends in time"
rm -f "$out"*

# Kill -9 in the middle of writing: lines that stand there already are not written again.
begin
refusals 2000
tenacious 20 test -s "$out"
killed
daemon_start
try "after kill -9 while lines are written each alert stands there once" all_written
refusals 20
all_written
killed
# What a crash of the machine leaves: a line without its end.
printf '{"schema":"alert/1","id":"0000' >>"$out"
daemon_start
refusals 1
try "a line that was not finished is cut off" all_written
stops_in_time
ok $? "it ends in time"

# A slow reader of a FIFO, one that is gone, and another.
rm -f "$out"
mkfifo "$out"
begin
refusals 5
try "a FIFO without reader is said" tenacious 20 part_says stream:log 'nobody has it open for reading'
cat "$out" >"$scratch/read" &
reader=$!
started="$started $reader"
try "its reader gets what waited" tenacious 40 is_complete "$scratch/read"
kill -STOP "$reader"
refusals 1000
try "the input keeps up with a reader that stopped" tenacious 20 keeps_up
try "what it did not take waits" tenacious 10 part_says stream:log '"waiting":'
try "it ends in time" stops_in_time
kill -CONT "$reader"
wait "$reader"
daemon_start
cat "$out" >>"$scratch/read" &
reader=$!
started="$started $reader"
addresses 0 >"$scratch/wanted"
all_read()
{
	addresses_in "$scratch/read" | sort -u -t. -k3,3n -k4,4n | cmp - "$scratch/wanted"
}
try "after the next start the rest is read; no alert is missing" tenacious 40 all_read
stops_in_time
ok $? "it ends in time"
rm -f "$out"

# A full disk, and one that is read-only.
if [ "$(id -u)" -eq 0 ] && mount -t tmpfs -o size=1m tmpfs "$scratch/out" 2>/dev/null; then
	trap 'umount "$scratch/out"; at_exit' EXIT
	whole_lines()
	{
		[ ! -s "$out" ] || [ "$(tail -c 1 "$out" | od -An -c | tr -d ' ')" = '\n' ]
	}
	begin 'fsync = true'
	refusals 2000
	try "a full disk is said with the remedy" tenacious 20 part_says stream:log 'free space'
	try "the input keeps up meanwhile" tenacious 20 keeps_up
	try "no half line stands in the file" whole_lines
	written=$(wc -l <"$out")
	try "what is not written waits" part_is stream:log waiting $((2000 - written))
	killed
	daemon_start
	try "kill -9 does not change that" tenacious 20 part_is stream:log waiting $((2000 - written))
	try "nor what is in the file" whole_lines
	try "it ends in time" stops_in_time
	mount -o remount,size=64m "$scratch/out"
	daemon_start
	try "with room every alert is there once, in order" tenacious 40 is_complete "$out"
	mount -o remount,ro "$scratch/out" 2>/dev/null || { # a file that is open for writing holds it
		stops_in_time
		mount -o remount,ro "$scratch/out"
		daemon_start
	}
	refusals 10
	try "a read-only file system is said" tenacious 20 part_says stream:log 'Read-only file system'
	mount -o remount,rw "$scratch/out"
	try "and used again when it can be written" tenacious 60 is_complete "$out"
	stops_in_time
	ok $? "it ends in time"
else
	ok 0 "a full disk # SKIP needs root to mount a tmpfs"
fi
finish
