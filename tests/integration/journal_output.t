#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# The journal output against a real journald: the fields, and a journald that is away.
# shellcheck disable=SC2119 # the functions take a namespace, or none
# shellcheck source=../lib/wait.sh
. "${top_srcdir:-$(cd "$(dirname "$0")/../.." && pwd)}/tests/lib/wait.sh"
# shellcheck source=../lib/journald.sh
. "$top_srcdir/tests/lib/journald.sh"

publish=$(realpath "$top_builddir/tests/integration/publish")
[ -x "$publish" ] || skip_all "$publish is not built: make check builds it"
if missing=$(journald_missing); then
	skip_all "needs $missing"
fi
trap 'journald_lab_end; at_exit' EXIT
tap_notes="$scratch/publish.log $scratch/stats $scratch/entries"

# entries MATCH... : as JSON lines into $scratch/entries
entries()
{
	in_lab journalctl -q -o json --no-pager "$@" >"$scratch/entries" 2>/dev/null
}

# found COUNT MATCH...
found()
{
	found_wanted=$1
	shift
	entries "$@"
	[ "$(wc -l <"$scratch/entries")" -eq "$found_wanted" ]
}

order()
{
	echo "$*" >&9
}

stats()
{
	order stats
	sleep 0.05
	tail -n 1 "$scratch/stats" | grep -qF -- "$1"
}

journald_lab "$scratch/lab" || exit 99
journald_conf 'Storage=volatile'
journald_up
ok $? "journald runs"

mkfifo "$scratch/orders"
in_lab "$publish" journal <"$scratch/orders" >"$scratch/stats" 2>"$scratch/publish.log" &
output_pid=$!
started="$started $output_pid"
exec 9>"$scratch/orders"
order alert firing critical carrier-a 1 SIP trunks
order alert resolved ok carrier-a 2 SIP trunks

message_id=$(sed -n 's/^#define JOURNAL_MESSAGE_ID "\(.*\)"/\1/p' "$top_srcdir/src/output/journal.c")
try "entries are found by MESSAGE_ID" tenacious 10 found 2 MESSAGE_ID="$message_id"
try "by rule and state" found 1 SIPVIGIL_RULE=trunk-down SIPVIGIL_STATE=firing
try "by the key" found 2 SIPVIGIL_KEY_PEER=carrier-a
try "the message is the line for people" has "$scratch/entries" '"MESSAGE":"CRITICAL trunk-down carrier-a: '
try "critical is priority 2" found 1 SIPVIGIL_STATE=firing PRIORITY=2
try "resolved is priority 5" found 1 SIPVIGIL_STATE=resolved PRIORITY=5
try "the whole transition is there as JSON" has "$scratch/entries" 'SIPVIGIL_JSON'

journald_down
in_lab rm -f /run/systemd/journal/socket
order alert firing warning carrier-b 1 SIP trunks
ok "$(tenacious 10 stats '"waiting":1'; echo $?)" "without journald an entry waits"
ok "$(stats 'systemctl status systemd-journald'; echo $?)" "and the remedy is told"
# In a subshell: the daemon must not hold the writing end of the orders open.
(journald_up) 9>&-
try "it arrives when journald is back" tenacious 40 found 1 SIPVIGIL_KEY_PEER=carrier-b
exec 9>&-
wait "$output_pid"
ok $? "the output stops cleanly"
finish
