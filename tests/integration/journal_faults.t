#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# The journal output of a running daemon and a real journald that hangs, is gone, and comes
# back; the daemon is killed meanwhile.
# shellcheck disable=SC2119 # the functions take a namespace, or none
# shellcheck source=../lib/wait.sh
. "${top_srcdir:-$(cd "$(dirname "$0")/../.." && pwd)}/tests/lib/wait.sh"
# shellcheck source=../lib/daemon.sh
. "$top_srcdir/tests/lib/daemon.sh"
# shellcheck source=../lib/outputs.sh
. "$top_srcdir/tests/lib/outputs.sh"
# shellcheck source=../lib/journald.sh
. "$top_srcdir/tests/lib/journald.sh"

daemon_need
if missing=$(journald_missing); then
	skip_all "needs $missing"
fi
trap 'journald_lab_end; at_exit' EXIT
tap_notes="$scratch/daemon.log $scratch/part"

# The daemon inside, where the lab's journald listens.
lab_daemon_start()
{
	# shellcheck disable=SC2016 # for that shell
	in_lab sh -c 'echo $$ >"$1"; shift; exec "$@"' sh "$scratch/lab.pid" \
		"$(realpath "$sipvigild")" -f -c "$daemon_file" >"$scratch/daemon.out" 2>"$scratch/daemon.log" &
	lab_daemon=$!
	started="$started $lab_daemon"
	tenacious 20 "$sipvigil" status --socket "$daemon_socket" --json
}

# lab_kill SIGNAL: its process id is one of the lab
lab_kill()
{
	in_lab kill "$1" "$(cat "$scratch/lab.pid")"
	wait "$lab_daemon" 2>/dev/null
}

lab_stops_in_time()
{
	stops_before=$(date +%s)
	lab_kill -TERM || return 1
	[ $(($(date +%s) - stops_before)) -lt 10 ]
}

entries()
{
	in_lab journalctl -q --no-pager -o json --output-fields=SIPVIGIL_KEY_PEER_IP,SIPVIGIL_ID 2>/dev/null \
		SYSLOG_IDENTIFIER=sipvigild _TRANSPORT=journal |
		sed -n 's/.*"SIPVIGIL_KEY_PEER_IP":"\([0-9.]*\)".*/\1/p' >"$scratch/got"
}

all_in_journal()
{
	entries
	addresses 0 >"$scratch/wanted"
	cmp "$scratch/wanted" "$scratch/got"
}

none_missing()
{
	entries
	addresses 0 >"$scratch/wanted"
	awk '!seen[$0]++' "$scratch/got" | cmp "$scratch/wanted" -
}

journald_lab "$scratch/lab" || exit 99
journald_conf 'Storage=volatile' 'RateLimitBurst=0'
journald_up
ok $? "journald runs"
: >"$daemon_log"
daemon_config "$outputs_rule
journal_output \"j\" { }"
lab_daemon_start
refusals 20
try "alerts are in the journal" tenacious 20 all_in_journal

# One that hangs: its socket takes some hundred entries, then nothing.
lab_journald_inside=$(in_lab pgrep -o systemd-journal)
in_lab kill -STOP "$lab_journald_inside"
refusals 2000
try "the input keeps up with a journald that hangs" tenacious 20 keeps_up
try "what it does not take waits" tenacious 20 part_says journal:j 'systemctl status systemd-journald'
try "since when is known" part_has journal:j down_since 2
try "it was said once" said 1 'does not take entries'
try "it ends in time" lab_stops_in_time
# nsenter stops with its child.
kill -CONT "$(lab_journald_pid)"
in_lab kill -CONT "$lab_journald_inside"
lab_daemon_start
try "after the next start every alert is there once, in order" tenacious 40 all_in_journal

# One that is gone.
journald_down
in_lab rm -f /run/systemd/journal/socket
refusals 30
try "a journald that is gone is said" tenacious 20 part_says journal:j 'systemctl status systemd-journald'
try "the input keeps up" tenacious 20 keeps_up
try "the entries wait" tenacious 10 part_is journal:j waiting 30
lab_kill -KILL
lab_daemon_start
try "after kill -9 they wait still" tenacious 10 part_is journal:j waiting 30
(journald_up) 9>&-
try "they arrive when journald is back" tenacious 40 all_in_journal
try "it is said when it is over" tenacious 10 said 1 'takes entries again'

# Kill -9 while entries are sent.
refusals 1500
lab_kill -KILL
lab_daemon_start
try "after kill -9 in the middle none is missing, the order is kept" tenacious 40 none_missing
echo "# $(($(wc -l <"$scratch/got") - refused)) of 1500 came twice"
try "it ends in time" lab_stops_in_time
finish
