#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# The journal input against a real journald: nothing missing and nothing twice over
# rotation and vacuum, losses told, every kind of message.
set -u
# shellcheck source=../lib/journald.sh
. "${top_srcdir:-.}/tests/lib/journald.sh"

if missing=$(journald_missing); then
	echo "1..0 # SKIP needs $missing"
	exit 77
fi
follow=$(realpath "${top_builddir:-.}/tests/integration/follow")
dir=$(mktemp -d /tmp/sipvigil-journal.XXXXXX)
cleanup()
{
	journald_lab_end
	rm -rf "$dir"
}
trap cleanup EXIT
trap 'exit 1' INT TERM

echo "1..13"
n=0
ok()
{
	n=$((n + 1))
	echo "ok $n - $*"
}
not_ok()
{
	n=$((n + 1))
	echo "not ok $n - $*"
}
check()
{
	what=$1
	shift
	if "$@"; then ok "$what"; else not_ok "$what"; fi
}

# start_follow NAME ARGS…: its output is $dir/NAME, its process inside $dir/NAME.pid
start_follow()
{
	name=$1
	shift
	# shellcheck disable=SC2016,SC2094 # expanded by the inner shell; two files
	in_lab sh -c 'echo $$ >"$1.pid"; shift; exec "$@"' sh "$dir/$name" "$follow" "$@" \
		>"$dir/$name" 2>&1 &
	echo $! >"$dir/$name.outer"
	wait_until test -s "$dir/$name.pid"
}
signal_follow()
{
	in_lab kill "$2" "$(cat "$dir/$1.pid")"
}
stop_follow()
{
	signal_follow "$1" -TERM
	wait_until grep -q '^= end' "$dir/$1"
}
seen() { wait_until grep -q -e "$2" "$dir/$1"; }
numbers() { sed -n 's/^[-WTGD]* lost.*text=n=\([0-9]*\).*/\1/p' "$dir/$1"; }
came() { [ "$(numbers "$1" | wc -l)" -ge "$2" ]; }
# Exactly the numbers 1..N, in order.
exactly()
{
	wait_until came "$1" "$2"
	numbers "$1" >"$dir/numbers"
	if seq 1 "$2" | cmp -s - "$dir/numbers"; then
		return 0
	fi
	seq 1 "$2" | diff - "$dir/numbers" | head -n 5 | sed 's/^/# /'
	return 1
}
# log_numbers FROM TO: through the native socket, as identifier "pbx"
log_numbers()
{
	seq "$1" "$2" | sed 's/^/n=/' |
		in_lab logger --id=1 -t pbx -p local0.notice
}
ctl() { in_lab journalctl -q "$@" >/dev/null 2>&1; }

journald_lab "$dir/lab" || exit 1

start_follow late -i pbx
check "a journal that is not there yet is waited for" \
	seen late '^= problem no journal yet: waiting'

journald_conf Storage=volatile RateLimitIntervalSec=0 RuntimeMaxUse=64M \
	RuntimeMaxFileSize=1M
journald_up || exit 1
log_numbers 1 50
check "what a journal holds that appears later is new" exactly late 50

start_follow new -i pbx
seen new '^= opened'
start_follow unit -u pbx-test
seen unit '^= opened'
start_follow all -b
start_follow begin -b -i pbx
check "from the beginning" exactly begin 50

for round in 1 2 3 4 5; do
	log_numbers $((round * 1000 - 949)) $((round * 1000 + 50))
	ctl --rotate
	[ "$round" = 3 ] && ctl --vacuum-files=1
done
check "nothing is missing and nothing twice over rotation and vacuum" exactly begin 5050
numbers new | sed -n '1p' >"$dir/first"
check "from the end" test "$(cat "$dir/first")" = 51

# log_native SOCKET: what stands on standard input, by journald's own protocol
log_native()
{
	# shellcheck disable=SC2016 # perl's variables
	in_lab perl -MSocket -e 'local $/; $_ = <STDIN>; socket(S, PF_UNIX, SOCK_DGRAM, 0) and
		send(S, $_, 0, pack_sockaddr_un($ARGV[0])) or die $!' "$1"
}
printf 'MESSAGE\n\010\0\0\0\0\0\0\0bin\n\0\377\001y\nSYSLOG_IDENTIFIER=pbx\nPRIORITY=5\n' |
	log_native /run/systemd/journal/socket
check "a message of binary bytes comes whole" seen begin '^W--[-D] .* len=8 .*text=bin????y'

in_lab perl -e 'print "long=", "x" x 70000' >"$dir/long"
in_lab logger --id=1 -t pbx --size 100000 -f "$dir/long"
check "a message of 70 kB comes whole" seen begin '^W--.* len=70005 .*text=long=xxx'

in_lab sh -c 'printf "a line\nforged n=1\n" | systemd-cat -t pbx'
check "printed lines are not told to be whole messages" \
	seen begin '^----* lost=0 .*text=forged n=1'

root=$(lab_cgroup_root)
if [ "$root" ]; then
	# journald asks the kernel for the unit of a sender, which may be gone by then.
	said_as_unit()
	{
		as_unit pbx-test logger -t other "$1"
		grep -q -e "$2" "$dir/unit"
	}
	check "entries of a unit come by its name" wait_until said_as_unit of-the-unit \
		'unit=pbx-test.service ident=other text=of-the-unit'
	journald_down
	journald_conf Storage=volatile RateLimitIntervalSec=1s RateLimitBurst=50
	journald_up || exit 1
	seq 1 5000 | as_unit pbx-test logger -t other
	# The notice comes with the first message after the interval.
	wait_until said_as_unit after-the-flood '^W-G.*Suppressed'
	check "journald's notice of suppressed messages is a gap with their number" \
		seen unit '^W-G[-D] lost=[1-9][0-9]* .*unit=pbx-test.service .*text=Suppressed'
else
	ok "entries of a unit come by its name # SKIP needs a cgroup 2 to make units in"
	ok "journald's notice is a gap # SKIP needs a cgroup 2 to make units in"
fi
journald_down

# A reader that stands still while the journal is emptied.
journald_conf Storage=volatile RateLimitIntervalSec=0 RuntimeMaxFileSize=1M
journald_up || exit 1
start_follow stalled -i pbx
seen stalled '^= opened'
in_lab logger --id=1 -t pbx before
seen stalled 'text=before'
signal_follow stalled -STOP
for round in 1 2 3; do
	log_numbers 1 2000
	ctl --rotate
done
ctl --vacuum-files=1
in_lab logger --id=1 -t pbx after
# Who stood still for less than two seconds is taken for one who had read all.
sleep 2.5
signal_follow stalled -CONT
pkill -CONT -P "$(cat "$dir/stalled.outer")" # nsenter stops with its child
seen stalled 'text=after'
check "entries that were removed before they were read are told as a gap" \
	seen stalled '^W-G.*text=journal: [0-9]* *entries between 20'
stop_follow stalled
journald_down

journald_conf -n pbx Storage=volatile RateLimitIntervalSec=0
in_lab mkdir -p /run/systemd/journal.pbx
journald_up pbx || exit 1
start_follow space -b -n pbx
printf 'MESSAGE=n=1\nSYSLOG_IDENTIFIER=pbx\n' | log_native /run/systemd/journal.pbx/socket
check "a journal namespace of its own" exactly space 1
journald_down pbx

stop_follow begin
check "stopped in order" grep -q '^= end' "$dir/begin"
