#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# 100,000 lines a second for a minute (LOAD_SECONDS) while the log is rotated and state is
# saved: no line is lost or counted twice, the daemon keeps up, its memory stays flat.
. "${top_srcdir:-$(cd "$(dirname "$0")/../.." && pwd)}/tests/lib/wait.sh"
. "$top_srcdir/tests/lib/sipvigild.sh"
# Thousands of alerts stand in the log.
tap_notes=
daemon_need
seconds=${LOAD_SECONDS:-60}
rate=${LOAD_RATE:-100000}

: >"$log"
daemon_conf 'checkpoint_interval = "1s"' \
	"file \"asterisk\" { path = {\"$log\"}  timezone = \"UTC\" }" \
	"stream \"out\" { path = \"$out\" }"
daemon_start
ok $? "the daemon starts"

python3 "$top_srcdir/tests/lib/load.py" "$log" "$rate" "$seconds" >"$scratch/written" &
writer=$!
started="$started $writer"
rss() { awk '/^VmRSS/ { print $2 }' "/proc/$daemon_pid/status"; }
# Every second: memory, and how far behind the log the daemon is.
: >"$scratch/samples"
while kill -0 "$writer" 2>/dev/null; do
	echo "$(rss) $(ask status --json | jq '[.sources[].lag_sec // 0] | max')" >>"$scratch/samples"
	sleep 1
done
wait "$writer"
read -r lines refused behind <"$scratch/written"
stat_of() { ask stats | awk -v name="$1" '$1 == name { n += $(NF - 1) } END { printf "%d", n }'; }
reached() { [ "$(stat_of "$1")" -ge "$2" ]; }
began=$(date +%s%N)
tenacious 30 reached sipvigil_records_total "$lines"
ok $? "all $lines lines are read"
echo "# read to the end $((($(date +%s%N) - began) / 1000000)) ms after the last line; the writer itself was at most $behind s late"
[ "$(stat_of sipvigil_records_total)" -eq "$lines" ]
ok $? "none twice ($(stat_of sipvigil_records_total) of $lines)"
tenacious 30 reached sipvigil_engine_events_total "$refused"
[ "$(stat_of sipvigil_engine_events_total)" -eq "$refused" ]
ok $? "each refusal is one event ($(stat_of sipvigil_engine_events_total) of $refused; news of gaps: $(stat_of sipvigil_engine_gaps_total))"
[ "$(stat_of sipvigil_source_gaps_total)" -eq 0 ] && [ "$(stat_of sipvigil_engine_late_dropped_total)" -eq 0 ]
ok $? "no gap, no late event"
saves=$(ask status --json | jq '.state.saves')
[ "$saves" -ge $((seconds / 3)) ]
ok $? "state was saved meanwhile ($saves times, stall at most $(ask status --json | jq '.state.stall_max_sec * 1000') ms)"

# Flat: what it has at the end it had at half time. Windows are full by then; a rotated
# file is kept open for ten minutes and costs some 70 KiB.
awk -v half=$((seconds / 2)) '
NR == half { early = $1 }
{ last = $1; if ($2 > lag) lag = $2 }
END {
	printf "# RSS at half time %d KiB, at the end %d KiB; lag at most %.1f s\n", early, last, lag
	exit !(early && last < early + 1024 + 70 * half / 10)
}' "$scratch/samples"
ok $? "memory is flat"
cpu=$(awk '{ print ($14 + $15 + $16 + $17) / 100 }' "/proc/$daemon_pid/stat")
echo "# CPU of the daemon and its savers: $cpu s of $seconds s"
daemon_stop
ok $? "it ends with code 0"
finish
