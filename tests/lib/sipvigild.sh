# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=sh
# For tests that run sipvigild in the scratch folder: its configuration, start, stop, and
# what it says. Sourced after wait.sh.
# shellcheck disable=SC2154 # scratch, top_builddir, top_srcdir: wait.sh

sipvigild=$top_builddir/sipvigild
sipvigil=$top_builddir/sipvigil
rules_dir=$(cd "$top_srcdir" && pwd)/etc/rules.d
control=$scratch/control
conf=$scratch/sipvigil.conf
log=$scratch/messages
out=$scratch/alerts.jsonl
daemon_log=$scratch/daemon.log
daemon_pid=

# shellcheck disable=SC2034 # of wait.sh: shown with a failed result
tap_notes="$daemon_log $scratch/said"

daemon_need()
{
	for program in "$sipvigild" "$sipvigil"; do
		[ -x "$program" ] || skip_all "$program is not built: run make"
	done
}

# daemon_conf [LINE...]: the usual scratch settings and what is given.
daemon_conf()
{
	{
		echo "state_dir = \"$scratch\""
		echo "control = \"$control\""
		echo "rules_dir = {\"$rules_dir\"}"
		# Not those of a sipvigil that is installed on this machine.
		case $* in *patterns_dir*) ;; *) echo "patterns_dir = {}" ;; esac
		# Each alert is told by itself: tests count them.
		case $* in *group_limit*) ;; *) echo "group_limit = 0" ;; esac
		for line; do
			echo "$line"
		done
	} >"$conf"
}

# daemon_start: in the background, until it answers.
daemon_start()
{
	"$sipvigild" -f -c "$conf" >>"$daemon_log" 2>&1 &
	daemon_pid=$!
	started="$started $daemon_pid"
	tenacious 20 ask status
}

# daemon_stop: SIGTERM; its exit code, 99 when it took more than 15 s.
daemon_stop()
{
	kill "$daemon_pid"
	if ! tenacious 15 daemon_gone; then
		kill -KILL "$daemon_pid"
		return 99
	fi
	wait "$daemon_pid"
}

daemon_gone()
{
	! kill -0 "$daemon_pid" 2>/dev/null || grep -q '^State:.*Z' "/proc/$daemon_pid/status"
}

# ask COMMAND...: of the daemon.
ask()
{
	ask_command=$1
	shift
	"$sipvigil" "$ask_command" --socket "$control" "$@"
}

# says TEXT COMMAND...: the answer of the command (errors too) holds the text.
says()
{
	says_text=$1
	shift
	"$@" >"$scratch/said" 2>&1
	grep -qF -- "$says_text" "$scratch/said"
}

# code NUMBER COMMAND...: the command ends so.
code()
{
	code_wanted=$1
	shift
	"$@" >"$scratch/said" 2>&1
	[ $? -eq "$code_wanted" ]
}

# wrong_password ADDRESS COUNT [FILE]: as an Asterisk logs it now.
wrong_password()
{
	wrong_left=$2
	while [ "$wrong_left" -gt 0 ]; do
		echo "[$(date '+%Y-%m-%d %H:%M:%S')] NOTICE[1647] chan_sip.c: Registration from '\"1001\" <sip:1001@pbx>' failed for '$1:5071' - Wrong password"
		wrong_left=$((wrong_left - 1))
	done >>"${3:-$log}"
}
