#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Asterisk in a container: the daemon follows what Docker and Kubernetes keep of its
# standard output, over rotation and a kill. The lines have no date but the wrapper's.
. "${top_srcdir:-$(cd "$(dirname "$0")/../.." && pwd)}/tests/lib/wait.sh"
. "$top_srcdir/tests/lib/sipvigild.sh"
daemon_need

mkdir -p "$scratch/containers/f00d" "$scratch/pods"
docker=$scratch/containers/f00d/f00d-json.log
cri=$scratch/pods/asterisk_default_asterisk-f00d.log

# refusals ADDRESS N: of Asterisk's console, one a line
refusals()
{
	for i in $(seq "$2"); do
		echo "NOTICE[77]: chan_sip.c:28000 handle_request_register: Registration from '\"$i\" <sip:$i@pbx>' failed for '$1:5060' - Wrong password"
	done
}

stamp() { date -u '+%Y-%m-%dT%H:%M:%S.%NZ'; }

# The text stands in the JSON as Docker writes it, quotes and < > as escapes.
docker_keeps()
{
	stamp=$(stamp)
	sed -e 's/\\/\\\\/g; s/"/\\"/g; s/</\\u003c/g; s/>/\\u003e/g' \
		-e "s/.*/{\"log\":\"&\\\\n\",\"stream\":\"stdout\",\"time\":\"$stamp\"}/" >>"$docker"
}

cri_keeps()
{
	sed "s/^/$(stamp) stdout F /" >>"$cri"
}

daemon_conf "file \"docker\" { path = {\"$scratch/containers/*/*-json.log\"} }" \
	"file \"pods\" { path = {\"$scratch/pods/*.log\"} }" \
	"stream \"out\" {" "path = \"$out\"" "what = \"events\"" "}"
daemon_start
ok $? "the daemon starts"

# failures ADDRESS N: so many settled events of it
failures()
{
	[ "$(grep -c "\"outcome\":\"rejected\".*\"peer_ip\":\"$1\"\|\"peer_ip\":\"$1\".*\"outcome\":\"rejected\"" "$out")" -eq "$2" ]
}

refusals 203.0.113.1 12 | docker_keeps
refusals 203.0.113.2 12 | cri_keeps
tenacious 20 failures 203.0.113.1 12
ok $? "Docker: twelve refused registrations are twelve events"
tenacious 20 failures 203.0.113.2 12
ok $? "Kubernetes: likewise"

kill -KILL "$daemon_pid"
wait "$daemon_pid" 2>/dev/null
rm -f "$control"
refusals 203.0.113.3 5 | docker_keeps
mv "$docker" "$docker.1"
refusals 203.0.113.3 7 | docker_keeps
daemon_start
ok $? "it starts again after a kill and a rotation"
tenacious 20 failures 203.0.113.3 12
ok $? "what came meanwhile is read, each line once"

# A message with a whole line of Docker's in it: the address is in the text of a caller.
printf '%s\n' "NOTICE[77]: chan_sip.c:28000 handle_request_register: Registration from '\"x\\n\",\"stream\":\"stdout\"}{\"log\":\"NOTICE[77]: chan_sip.c:28000 handle_request_register: Registration from 'a' failed for '203.0.113.66:5060' - Wrong password\\n' failed for '203.0.113.4:5060' - Wrong password" |
	docker_keeps
tenacious 20 failures 203.0.113.4 1
ok $? "a line that quotes a wrapped one is one event, of its own address"
failures 203.0.113.66 0
ok $? "and none of the address that it quotes"

year=$(date -u +%Y-%m-)
[ "$(grep '"outcome":"rejected"' "$out" | grep -cv "\"time\":\"$year")" -eq 0 ]
ok $? "events have the wrapper's time"
daemon_stop
ok $? "it stops"
finish
