#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Outputs that are added, renamed, removed and put back while alerts wait for them.
# shellcheck source=../lib/wait.sh
. "${top_srcdir:-$(cd "$(dirname "$0")/../.." && pwd)}/tests/lib/wait.sh"
# shellcheck source=../lib/daemon.sh
. "$top_srcdir/tests/lib/daemon.sh"
# shellcheck source=../lib/outputs.sh
. "$top_srcdir/tests/lib/outputs.sh"

daemon_need
tap_notes="$scratch/daemon.log $scratch/part"
: >"$daemon_log"
blocked=$scratch/no-folder/a

# outputs LINE...
outputs()
{
	daemon_config "$outputs_rule
$1
${2:-}"
}

reload()
{
	"$sipvigil" reload --socket "$daemon_socket" >"$scratch/reload" 2>&1
}

only()
{
	addresses "$2" >"$scratch/wanted"
	addresses_in "$1" | cmp "$scratch/wanted" -
}

outputs "stream \"one\" { path = \"$blocked\" }"
daemon_start
ok $? "the daemon runs"
refusals 100
try "alerts wait" tenacious 20 part_is stream:one waiting 100

outputs "stream \"one\" { path = \"$blocked\" }" "stream \"new\" { path = \"$scratch/new\" }"
reload
refusals 5
try "a new output gets what is raised from now on" tenacious 20 only "$scratch/new" 100
try "and nothing of the past" part_is stream:new delivered 5
try "the other goes on waiting" tenacious 10 part_is stream:one waiting 105

outputs "stream \"two\" { path = \"$scratch/two\" }" "stream \"new\" { path = \"$scratch/new\" }"
reload
try "what waits for one that is gone is said" said 1 '105 alerts wait for stream:one, which is not configured'
refusals 5
try "one of another name begins without the past" tenacious 20 only "$scratch/two" 105
try "it ends in time" stops_in_time
daemon_start
try "it is said at the next start" said 1 '105 alerts wait for stream:one'

outputs "stream \"one\" { path = \"$scratch/one\" }" "stream \"new\" { path = \"$scratch/new\" }"
reload
one_complete()
{
	[ "$(addresses_in "$scratch/one" | wc -l)" -eq 105 ] &&
		addresses_in "$scratch/one" | sort -u -t. -k4n | cmp - "$scratch/first"
}
awk 'BEGIN { for (i = 0; i < 105; i++) print "10.0.0." i }' >"$scratch/first"
try "when it is back, with another path, it gets its backlog, once" tenacious 20 one_complete
try "and nothing of the time when it was not there" tenacious 10 is_well stream:one
refusals 5
try "then it goes on" tenacious 20 has "$scratch/one" 10.0.0.114
try "the other one missed nothing and got nothing twice" only "$scratch/new" 100
try "it ends in time" stops_in_time

# An alerts.db that is lost, and another thing in its place: alerts go out nevertheless.
outputs "stream \"one\" { path = \"$blocked\" }"
daemon_start
refusals 10
tenacious 20 part_is stream:one waiting 10
stops_in_time
rm "$scratch/state/alerts.db"*
mkdir -p "$scratch/state/alerts.db/full"
outputs "stream \"one\" { path = \"$scratch/late\" }"
: >"$scratch/late"
daemon_start
refusals 5
try "without alerts.db alerts go out" tenacious 20 only "$scratch/late" $((refused - 5))
stops_in_time
finish
