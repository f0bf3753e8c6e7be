#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# The same with the journal: files of several boots, which come one after the other.
. "${top_srcdir:-$(cd "$(dirname "$0")/../.." && pwd)}/tests/lib/wait.sh"
. "$top_srcdir/tests/lib/killing.sh"
killing_need
[ -x /lib/systemd/systemd-journal-remote ] ||
	skip_all "systemd-journal-remote not found: apt-get install systemd-journal-remote"

killing journal 40 --lines 40000
finish
