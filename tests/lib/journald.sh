# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=sh
# A real systemd-journald in private namespaces (mount, net, uts, pid, ipc), also where
# systemd is not PID 1: nothing of the machine's own journal is touched. To be sourced.
#
#   journald_missing            prints what is missing and returns 0, or returns 1
#   journald_lab DIR            makes the namespaces; DIR holds what belongs to them
#   journald_conf [-n NAMESPACE] 'LINE' …   writes journald's [Journal] section
#   journald_up [NAMESPACE]     starts journald and waits for its socket
#   journald_down [NAMESPACE]   stops it
#   in_lab COMMAND …            runs a command inside
#   as_unit NAME COMMAND …      runs it inside, as systemd unit NAME.service; needs cgroup 2
#   journald_lab_end            stops all and removes the cgroups

journald_program=/lib/systemd/systemd-journald

journald_missing()
{
	if [ "$(id -u)" != 0 ]; then
		echo "root (private namespaces)"
	elif [ ! -x "$journald_program" ]; then
		echo "the package systemd"
	elif ! command -v unshare nsenter ip >/dev/null; then
		echo "the packages util-linux and iproute2"
	elif ! unshare --mount --net --uts --pid --ipc --fork true 2>/dev/null; then
		echo "permission to make namespaces"
	else
		return 1
	fi
}

# Wait until a command succeeds: at most ten seconds.
wait_until()
{
	wait_left=200
	until "$@"; do
		wait_left=$((wait_left - 1))
		[ "$wait_left" -gt 0 ] || return 1
		sleep 0.05
	done
}

journald_lab()
{
	lab=$1
	mkdir -p "$lab/dev" "$lab/varlog"
	cat >"$lab/init.sh" <<-'END'
		set -e
		lab=$1
		hostname pbx1
		mount --make-rprivate /
		mount -t proc proc /proc
		ip link set lo up
		mount -t tmpfs tmpfs /run
		mkdir -p /run/systemd/journal /run/log/journal /run/lock
		mount -t tmpfs tmpfs "$lab/dev"
		for n in null zero full random urandom tty; do
			touch "$lab/dev/$n"
			mount --bind "/dev/$n" "$lab/dev/$n"
		done
		ln -s /proc/self/fd "$lab/dev/fd"
		touch "$lab/dev/kmsg"
		mount --bind /dev/null "$lab/dev/kmsg" # not the machine's kernel log
		mount --rbind "$lab/dev" /dev
		mount --bind "$lab/varlog" /var/log
		[ -s /etc/machine-id ] || {
			echo 3d1219c7c4c5404aaa1f6d2a48adfda4 >/run/machine-id
			touch /etc/machine-id
			mount --bind /run/machine-id /etc/machine-id
		}
		echo 512 >/proc/sys/net/unix/max_dgram_qlen
		touch "$lab/ready"
		exec sleep 3600
	END
	setsid unshare --mount --net --uts --pid --ipc --fork \
		sh "$lab/init.sh" "$lab" >"$lab/init.log" 2>&1 &
	lab_outer=$!
	lab_cgroups=
	wait_until test -e "$lab/ready" || {
		sed 's/^/# /' "$lab/init.log"
		return 1
	}
	lab_init=$(pgrep -P "$lab_outer" | head -n 1)
}

in_lab()
{
	nsenter -t "$lab_init" -m -n -u -p -i -- "$@"
}

# Where cgroup 2 is mounted, with leave to make one; nothing if nowhere.
lab_cgroup_root()
{
	for root in /sys/fs/cgroup/unified /sys/fs/cgroup; do
		if [ -e "$root/cgroup.procs" ] && [ -e "$root/cgroup.controllers" ] &&
			mkdir -p "$root/system.slice/sipvigil-probe.service" 2>/dev/null; then
			rmdir "$root/system.slice/sipvigil-probe.service"
			echo "$root"
			return
		fi
	done
}

as_unit()
{
	lab_unit=$(lab_cgroup_root)/system.slice/$1.service
	mkdir -p "$lab_unit"
	case " $lab_cgroups " in
	*" $lab_unit "*) ;;
	*) lab_cgroups="$lab_cgroups $lab_unit" ;;
	esac
	shift
	# shellcheck disable=SC2016 # expanded by the inner shell
	sh -c 'echo $$ >"$1/cgroup.procs" && shift && exec "$@"' sh "$lab_unit" \
		nsenter -t "$lab_init" -m -n -u -p -i -- "$@"
}

journald_conf()
{
	lab_conf=journald.conf.d
	if [ "$1" = -n ]; then
		lab_conf=journald@$2.conf.d
		shift 2
	fi
	in_lab mkdir -p "/run/systemd/$lab_conf"
	printf '%s\n' '[Journal]' 'ReadKMsg=no' 'Audit=no' "$@" |
		in_lab tee "/run/systemd/$lab_conf/lab.conf" >/dev/null
}

journald_up()
{
	lab_socket=/run/systemd/journal${1:+.$1}/socket
	in_lab rm -f "$lab_socket"
	SYSTEMD_LOG_TARGET=console in_lab "$journald_program" ${1:+"$1"} \
		>>"$lab/journald.log" 2>&1 &
	wait_until in_lab test -S "$lab_socket" || return 1
	[ "${1:-}" ] || in_lab ln -sf /run/systemd/journal/dev-log /dev/log
	eval "lab_journald${1:+_$1}=$!"
}

# The process inside, seen from outside.
lab_journald_pid()
{
	eval "pgrep -P \"\$lab_journald${1:+_$1}\"" || eval "echo \"\$lab_journald${1:+_$1}\""
}

journald_down()
{
	lab_pid=$(lab_journald_pid "${1:-}")
	kill "$lab_pid" 2>/dev/null
	eval "wait \"\$lab_journald${1:+_$1}\"" 2>/dev/null
}

lab_is_gone() { ! kill -0 "$lab_outer" 2>/dev/null; }

journald_lab_end()
{
	if [ "${lab_init:-}" ]; then
		# First those inside, each reaped by the nsenter that started it: an init
		# that leaves zombies of another parent behind does not go.
		in_lab sh -c 'kill -9 -1' 2>/dev/null
		kill -9 "$lab_init" 2>/dev/null
		wait_until lab_is_gone
	fi
	for lab_cgroup in ${lab_cgroups:-}; do
		rmdir "$lab_cgroup" "${lab_cgroup%/*}" 2>/dev/null
	done
	return 0
}
