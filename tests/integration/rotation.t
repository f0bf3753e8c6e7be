#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# A log is renamed in the middle of what belongs together, while it is followed: a SIP
# message, an entry of several lines, the lines of one call. The daemon tells what it
# tells of a log in one piece.
. "${top_srcdir:-$(cd "$(dirname "$0")/../.." && pwd)}/tests/lib/wait.sh"
. "$top_srcdir/tests/lib/sipvigild.sh"
daemon_need

# rows: recording, cuts (behind these lines)
corpus=$top_srcdir/tests/corpus
cat >"$scratch/rows" <<ROWS
$corpus/sipmsg/sngrep-saved.txt.gz 5 21 100 347 1012
$corpus/asterisk/sip_debug_excerpt/full.gz 40 161 260 403
$corpus/asterisk/pjsip_basic/full.gz 30 75 150 220
$corpus/freeswitch/siptrace_small/freeswitch.log.gz 31 90 204
$corpus/kamailio/calls_failed/iso.log.gz 50 101 222 301
ROWS

# feed rename|keep: each recording into one log for each cut; with "rename" the log is
# rotated there.
feed()
{
	python3 - "$1" "$scratch/rows" "$scratch/logs" <<'PYTHON'
import gzip, os, sys
rotate, rows, folder = sys.argv[1] == "rename", sys.argv[2], sys.argv[3]
n = 0
for row in open(rows):
    name, *cuts = row.split()
    lines = gzip.open(name).read().split(b"\n")
    for cut in map(int, cuts):
        n += 1
        path = "%s/%02d/messages" % (folder, n)
        with open(path, "ab") as log:
            log.write(b"\n".join(lines[:cut]) + b"\n")
        if rotate:
            os.rename(path, path + ".1")
        with open(path, "ab") as log:
            log.write(b"\n".join(lines[cut:]))
PYTHON
}
total_of() { ask stats | awk -v name="$1" '$1 == name { n += $(NF - 1) } END { printf "%d", n }'; }
all_read() { [ "$(total_of sipvigil_source_records_total)" -ge "$lines" ]; }

# run rename|keep: events that the daemon tells, into $told.
run()
{
	rm -rf "$scratch/logs"
	for n in $(seq -w 1 "$logs"); do
		mkdir -p "$scratch/logs/$n"
		: >"$scratch/logs/$n/messages"
	done
	daemon_conf "file \"log\" { path = {\"$scratch/logs/*/messages\"} timezone = \"UTC\" from = \"beginning\" }" \
		'checkpoint_interval = "1s"'
	daemon_start
	feed "$1"
	tenacious 30 all_read
	ok $? "$1: all lines are read ($(total_of sipvigil_source_records_total) of $lines)"
	told=$(total_of sipvigil_source_events_total)
	daemon_stop
	rm -f "$scratch"/checkpoint* "$scratch"/alerts.db*
}

logs=$(awk '{ n += NF - 1 } END { print n }' "$scratch/rows")
lines=0
alone=0
while read -r recording cuts; do
	gzip -dc "$recording" >"$scratch/whole"
	many=$(echo "$cuts" | wc -w)
	lines=$((lines + many * $(grep -c '' "$scratch/whole")))
	alone=$((alone + many * $("$sipvigil" events --raw --json --tz UTC "$scratch/whole" | grep -c '')))
done <"$scratch/rows"
run keep
whole=$told
run rename
[ "$whole" -gt 0 ] && [ "$told" -eq "$whole" ]
ok $? "rotated in the middle: $told events, in one piece $whole ($alone offline)"
finish
