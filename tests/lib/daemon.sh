# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=sh
# The built sipvigild in the scratch folder, following a log of Asterisk that the test
# writes. Source wait.sh first.
sipvigild=$top_builddir/sipvigild
sipvigil=$top_builddir/sipvigil
check_sipvigil=$top_builddir/check_sipvigil
daemon_socket=$scratch/control
daemon_log=$scratch/messages
daemon_file=$scratch/sipvigil.conf

daemon_need()
{
	[ -x "$sipvigild" ] || skip_all "$sipvigild is not built"
}

# daemon_config LINES: outputs and rules beside the fixed part. Each alert is told by
# itself: these tests count them.
daemon_config()
{
	mkdir -p "$scratch/state"
	cat >"$daemon_file" <<-EOF
	state_dir = "$scratch/state"
	control = "$daemon_socket"
	rules_dir = {}
	group_limit = 0
	grace = "1s"
	file "asterisk" {
	    path = {"$daemon_log"}
	    dialect = "asterisk"
	    timezone = "UTC"
	    from = "beginning"
	}
	$1
	EOF
}

daemon_start()
{
	"$sipvigild" -f -c "$daemon_file" >"$scratch/daemon.out" 2>"$scratch/daemon.log" 9>&- &
	daemon_pid=$!
	started="$started $daemon_pid"
	tenacious 20 "$sipvigil" status --socket "$daemon_socket" --json
}

# Ends with the daemon's exit status.
daemon_stop()
{
	kill "$daemon_pid"
	wait "$daemon_pid"
}

# daemon_line TEXT: one more line of the log, stamped now.
daemon_line()
{
	echo "[$(date -u '+%Y-%m-%d %H:%M:%S')] $1" >>"$daemon_log"
}

# A refused registration as chan_sip tells it.
daemon_refusal()
{
	daemon_line "NOTICE[1647] chan_sip.c: Registration from '\"1001\" <sip:1001@pbx>' failed for '$1:5071' - Wrong password"
}
