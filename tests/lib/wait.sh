# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=sh
# For integration tests in TAP: results, waiting for conditions, a scratch folder that
# goes away with the test. Sourced; needs top_builddir and top_srcdir (make sets them,
# else the current folder and the script's).
: "${top_builddir:=.}"
: "${top_srcdir:=$(cd "$(dirname "$0")/../.." && pwd)}"
# Reports look the same everywhere: times in UTC, messages in English.
export TZ=UTC LC_ALL=C.UTF-8

tap_count=0
tap_failed=0
tap_notes=

# ok STATUS NAME: one result. What stands in $tap_notes (file names) is shown when it failed.
ok()
{
	tap_count=$((tap_count + 1))
	if [ "$1" -eq 0 ]; then
		echo "ok $tap_count - $2"
		return 0
	fi
	tap_failed=$((tap_failed + 1))
	echo "not ok $tap_count - $2"
	for tap_note in $tap_notes; do
		[ -f "$tap_note" ] || continue
		echo "# $tap_note:"
		tail -n 20 "$tap_note" | sed 's/^/# /'
	done
}

# try NAME COMMAND...: one result, that of the command.
try()
{
	try_name=$1
	shift
	try_status=0
	"$@" >/dev/null 2>&1 || try_status=1
	ok "$try_status" "$try_name"
}

# skip_all WHY: ends a test that cannot run here, saying what to install.
skip_all()
{
	echo "1..0 # SKIP $1"
	exit 77
}

finish()
{
	echo "1..$tap_count"
	[ "$tap_failed" -eq 0 ]
	exit
}

# tenacious SECONDS COMMAND...: until it succeeds, at most that long.
tenacious()
{
	tenacious_end=$(($(date +%s) + $1))
	shift
	until "$@" >/dev/null 2>&1; do
		[ "$(date +%s)" -lt "$tenacious_end" ] || return 1
		sleep 0.1
	done
}

# has FILE TEXT [COUNT]: at least COUNT (1) lines of the file hold the text.
has()
{
	[ "$(grep -cF -- "$2" "$1" 2>/dev/null || :)" -ge "${3:-1}" ]
}

free_port()
{
	python3 - <<-'EOF'
	import socket
	s = socket.socket()
	s.bind(("127.0.0.1", 0))
	print(s.getsockname()[1])
	EOF
}

# Process ids that end with the test.
started=
at_exit()
{
	for pid in $started; do
		kill -CONT "$pid" 2>/dev/null && kill "$pid" 2>/dev/null
	done
	for pid in $started; do
		wait "$pid" 2>/dev/null
	done
	[ -n "${KEEP_SCRATCH:-}" ] || rm -rf "$scratch"
}

scratch=$(mktemp -d "${TMPDIR:-/tmp}/sipvigil-test.XXXXXX") || exit 99
trap at_exit EXIT
trap 'exit 99' HUP INT TERM
