#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# A daemon without descriptors: whoever asks is told so, with what to do; it does not fall
# silent.
. "${top_srcdir:-$(cd "$(dirname "$0")/../.." && pwd)}/tests/lib/wait.sh"
. "$top_srcdir/tests/lib/sipvigild.sh"
daemon_need

: >"$log"
daemon_conf "file \"asterisk\" { path = {\"$log\"}  from = \"beginning\" }" \
	"stream \"out\" { path = \"$out\" }"
daemon_start
wrong_password 203.0.113.1 12
try "it alerts" tenacious 20 has "$out" '"203.0.113.1"'
# The lowest number that is free is the first that it may not have from now on.
limit=0
while [ -e "/proc/$daemon_pid/fd/$limit" ]; do
	limit=$((limit + 1))
done
prlimit --pid "$daemon_pid" --nofile="$limit:" || skip_all "prlimit does not work here"
try "without a descriptor left, status answers" says "watching 1 source" ask status
try "and again" says "watching 1 source" ask status
wrong_password 203.0.113.2 12
try "logs are read on" tenacious 20 has "$out" '"203.0.113.2"'
daemon_stop
ok $? "it ends with code 0"
finish
