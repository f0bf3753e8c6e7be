#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# A daemon that hangs, under a real systemd in namespaces of its own: the watchdog ends it,
# and the next one goes on from the checkpoint. What the unit says of restarts and of the
# watchdog is taken from the one that is installed.
. "${top_srcdir:-$(cd "$(dirname "$0")/../.." && pwd)}/tests/lib/wait.sh"
. "$top_srcdir/tests/lib/sipvigild.sh"
daemon_need

unit=$top_builddir/packaging/sipvigild.service
[ -e "$unit" ] || skip_all "$unit is not built: run make"
[ "$(id -u)" -eq 0 ] || skip_all "needs root (namespaces)"
[ -x /lib/systemd/systemd ] || skip_all "systemd not found: apt-get install systemd"
for program in unshare nsenter pgrep; do
	command -v "$program" >/dev/null || skip_all "$program not found: apt-get install util-linux procps"
done

# The restart settings of the unit as they are, but a watchdog of 3 s instead of 30.
mkdir "$scratch/units"
{
	echo '[Unit]'
	echo 'DefaultDependencies=no'
	grep -E '^(StartLimit.*)=' "$unit"
	echo '[Service]'
	grep -E '^(Type|Restart|RestartSec|RestartPreventExitStatus)=' "$unit"
	echo 'WatchdogSec=3'
	echo "ExecStart=$(realpath "$sipvigild") -c $conf"
	echo "StandardError=append:$daemon_log"
} >"$scratch/units/sipvigild.service"
printf '[Unit]\nWants=sipvigild.service\n' >"$scratch/units/test.target"

: >"$log"
daemon_conf 'checkpoint_interval = "100ms"' "file \"asterisk\" { path = {\"$log\"} }" "stream \"out\" { path = \"$out\" }" \
	'rule "ten" { where = "outcome = rejected"  by = {"peer_ip"}  window = "1h"  warning = "count >= 10" }'

# shellcheck disable=SC2016 # expanded by the inner shell
setsid unshare --mount --pid --ipc --uts --cgroup --fork --kill-child sh -c '
	mount --make-rprivate / && mount -t proc proc /proc && mount -t tmpfs tmpfs /run || exit 1
	container=docker SYSTEMD_UNIT_PATH=$1 exec /lib/systemd/systemd --system --unit=test.target --log-target=null' \
	sh "$scratch/units" >"$scratch/systemd.log" 2>&1 &
systemd_outer=$!
started="$started $systemd_outer"
# It answers by its files: sockets below /run are its own.
tenacious 20 ask status || skip_all "a systemd in namespaces of its own does not run here"
ok 0 "systemd starts the daemon"

systemd_inner=$(pgrep -P "$systemd_outer" | head -n 1)
ctl()
{
	nsenter -t "$systemd_inner" -m -p -i -u -C systemctl "$@"
}
main_pid()
{
	pgrep -f "^$(realpath "$sipvigild") -c $conf"
}
counted()
{
	ask stats | grep -q "^sipvigil_engine_events_total *$1 "
}
saved_since()
{
	[ -n "$(find "$scratch/checkpoint" -newer "$1")" ]
}
says_active()
{
	[ "$(ctl show sipvigild.service -p ActiveState -p SubState --value | tr '\n' ' ')" = "active running " ]
}
is_another()
{
	is_another_pid=$(main_pid) && [ -n "$is_another_pid" ] && [ "$is_another_pid" != "$1" ]
}

try "which says that it is ready" tenacious 10 says_active
wrong_password 203.0.113.7 6
tenacious 10 counted 6
ok $? "it counts"
touch "$scratch/now"
wrong_password 203.0.113.8 1
try "and has saved that" tenacious 10 saved_since "$scratch/now"
first=$(main_pid)
kill -STOP "$first"
try "it hangs: the watchdog ends it and another one is started" tenacious 40 is_another "$first"
try "which is ready" tenacious 20 says_active
[ "$(ctl show sipvigild.service -p NRestarts --value)" -ge 1 ]
ok $? "systemd has counted a restart"
try "and has gone on from the checkpoint" has "$daemon_log" "going on from the checkpoint"
wrong_password 203.0.113.7 4
try "the tenth attempt raises the alert" tenacious 10 has "$out" '"reason":"10 rejected'
second=$(main_pid)
kill -SEGV "$second"
try "one that crashes is started again, too" tenacious 40 is_another "$second"
try "and goes on" tenacious 10 counted 11
ctl stop sipvigild.service
[ -z "$(main_pid)" ]
ok $? "systemctl stop ends it"
[ "$(ctl show sipvigild.service -p Result --value)" = success ]
ok $? "in order"
kill -KILL "$systemd_inner"
finish
