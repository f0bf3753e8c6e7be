#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Streams through rotation, full disks and slow readers; programs that are run for alerts.
. "${top_srcdir:-$(cd "$(dirname "$0")/../.." && pwd)}/tests/lib/wait.sh"

publish=$top_builddir/tests/integration/publish
[ -x "$publish" ] || skip_all "$publish is not built: make check builds it"
tap_notes="$scratch/log $scratch/stats"

output_start()
{
	rm -f "$scratch/orders"
	mkfifo "$scratch/orders"
	"$publish" "$@" <"$scratch/orders" >"$scratch/stats" 2>"$scratch/log" &
	output_pid=$!
	started="$started $output_pid"
	exec 9>"$scratch/orders"
}

output_stop()
{
	exec 9>&-
	wait "$output_pid"
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

# A file that is rotated away.
output_start stream "$scratch/alerts.jsonl"
order alert firing warning a 1 s
try "an alert is a line at once" tenacious 5 has "$scratch/alerts.jsonl" '"state":"firing"'
mv "$scratch/alerts.jsonl" "$scratch/alerts.jsonl.1"
order alert changed critical a 2 s
try "after a rotation the file is made anew" tenacious 5 has "$scratch/alerts.jsonl" '"state":"changed"'
ok "$([ "$(wc -l <"$scratch/alerts.jsonl.1")" -eq 1 ]; echo $?)" "the old one keeps what it had"
rm "$scratch/alerts.jsonl"
order alert resolved ok a 3 s
try "also after it was removed" tenacious 5 has "$scratch/alerts.jsonl" '"state":"resolved"'
output_stop

# A disk that is full, a folder that is not there.
output_start stream /dev/full
order alert firing warning a 1 s
ok "$(tenacious 5 stats 'free space'; echo $?)" "a full disk is told with the remedy, the line waits"
ok "$(stats '"waiting":1'; echo $?)" "it is counted"
output_stop
output_start stream "$scratch/later/alerts.jsonl"
order alert firing warning a 1 s
ok "$(tenacious 5 stats 'folder exists'; echo $?)" "a missing folder is told"
mkdir "$scratch/later"
try "and used when it is there" tenacious 10 has "$scratch/later/alerts.jsonl" '"state":"firing"'
output_stop

# Events with a filter; a mistake in it.
output_start events "$scratch/events.jsonl" "user = 'two'"
for user in one two three; do
	order event $user
done
try "events pass the filter" tenacious 5 has "$scratch/events.jsonl" '"user":"two"'
output_stop
ok "$([ "$(wc -l <"$scratch/events.jsonl")" -eq 1 ]; echo $?)" "others do not"
"$publish" events "$scratch/x" 'usr = 1' </dev/null >/dev/null 2>"$scratch/log"
try "a mistake in the filter is told with its place" has "$scratch/log" "where: "

# A reader that goes away.
(for i in 1 2 3; do echo "alert firing warning a $i s"; sleep 0.1; done) |
	"$publish" stream - 2>"$scratch/log" | head -n 1 >"$scratch/head"
try "standard output takes lines" has "$scratch/head" '"state":"firing"'
try "a reader that went away is told, nothing breaks" has "$scratch/log" "nobody reads standard output"

# Programs: argv, environment, standard input, order, retries, time limit.
cat >"$scratch/page" <<EOF
#!/bin/sh
n=\$(cat "$scratch/attempts" 2>/dev/null || echo 0)
echo \$((n + 1)) >"$scratch/attempts"
[ "\$SIPVIGIL_STATE" != changed ] || [ "\$n" -ge 2 ] || exit 1
printf '%s %s %s\n' "\$1" "\$SIPVIGIL_STATE" "\$(wc -l)" >>"$scratch/paged"
EOF
chmod +x "$scratch/page"
# shellcheck disable=SC2016
output_start exec "$scratch/page" 'two words; $HOME'
order alert firing warning a 1 s
order alert changed critical a 2 s
order alert resolved ok a 3 s
try "a program that fails is tried again" tenacious 20 has "$scratch/paged" resolved
# shellcheck disable=SC2016
printf 'two words; $HOME %s 1\n' firing changed resolved >"$scratch/expected"
try "alerts come in order, arguments as they are, JSON on standard input" cmp "$scratch/expected" "$scratch/paged"
try "it was said" has "$scratch/log" "exit status 1"
output_stop
output_start exec "$scratch/nothing"
order alert firing warning a 1 s
ok "$(tenacious 5 stats 'No such file'; echo $?)" "a program that is not there is told"
kill "$output_pid"
exec 9>&-
finish
