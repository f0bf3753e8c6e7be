# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=sh
# For tests of outputs under faults: one alert for each line of the log, what the daemon
# says of an output, and that its input keeps up meanwhile. Source daemon.sh first.
# shellcheck disable=SC2154 # scratch, daemon_log, daemon_socket, sipvigil: daemon.sh

# A rule that raises an alert at the first refusal of an address and keeps it open.
# shellcheck disable=SC2034 # used by the tests
outputs_rule='
max_keys = 100000
rule "one" {
    where   = "outcome = rejected and leg = in"
    by      = {"peer_ip"}
    window  = "24h"
    warning = "count >= 1"
    clear_for = "24h"
    service = "SIP security"
    summary = "{count} rejected credentials"
}'

refused=0

# Seconds by which the clock of the daemon's machine is off.
clock_offset=0

# refusals COUNT: so many registrations are refused, each of another address, in order.
refusals()
{
	awk -v from="$refused" -v count="$1" \
		-v stamp="$(date -u -d "$clock_offset seconds" '+%Y-%m-%d %H:%M:%S')" 'BEGIN {
		for (i = from; i < from + count; i++)
			printf "[%s] NOTICE[1647] chan_sip.c: Registration from \"\\\"1001\\\" <sip:1001@pbx>\" failed for \"10.%d.%d.%d:5071\" - Wrong password\n",
				stamp, int(i / 65536), int(i / 256) % 256, i % 256
	}' | tr '"' "'" | sed "s/from '\\\\'1001\\\\' /from '\"1001\" /" >>"$daemon_log"
	refused=$((refused + $1))
}

# addresses FROM: those of all refusals so far but for the first FROM, in order.
addresses()
{
	awk -v from="$1" -v count="$refused" 'BEGIN {
		for (i = from; i < count; i++)
			printf "10.%d.%d.%d\n", int(i / 65536), int(i / 256) % 256, i % 256
	}'
}

# addresses_in FILE: those of the alerts in a file of JSON lines, in their order.
addresses_in()
{
	sed -n 's/.*"key":{"peer_ip":"\([0-9.]*\)".*/\1/p' "$1"
}

# is_complete FILE: each alert once, in order, and whole lines.
is_complete()
{
	addresses 0 >"$scratch/wanted"
	addresses_in "$1" >"$scratch/got"
	cmp "$scratch/wanted" "$scratch/got" && [ "$(wc -l <"$1")" -eq "$refused" ]
}

# part NAME: what the daemon says of a source or an output, as one line.
part()
{
	"$sipvigil" status --socket "$daemon_socket" --json | sed 's|[{}]|\n|g' | grep "^\"name\":\"$1\","
}

# part_is NAME KEY NUMBER
part_is()
{
	part "$1" | grep -q "\"$2\":$3\(,\|\$\)"
}

# part_has NAME KEY TEXT: the text begins so
part_has()
{
	part "$1" | grep -qF "\"$2\":\"$3"
}

part_says()
{
	part "$1" | grep -qF -- "$2"
}

# is_well NAME: no problem, nothing waits
is_well()
{
	part "$1" >"$scratch/part"
	! grep -q '"problem"\|"down_since"' "$scratch/part" && grep -q '"waiting":0,' "$scratch/part"
}

# keeps_up: all lines of the log are read and counted, whatever the outputs do.
keeps_up()
{
	part_is file:messages events "$refused"
}

# said COUNT TEXT: so many lines of the daemon's log hold it.
said()
{
	[ "$(grep -cF -- "$2" "$scratch/daemon.log")" -eq "$1" ]
}

# stops_in_time: SIGTERM ends the daemon with code 0 in less than 10 s.
stops_in_time()
{
	stops_before=$(date +%s)
	kill "$daemon_pid"
	wait "$daemon_pid" || return 1
	[ $(($(date +%s) - stops_before)) -lt 10 ]
}

# killed: kill -9
killed()
{
	kill -9 "$daemon_pid"
	wait "$daemon_pid" 2>/dev/null
	return 0
}
