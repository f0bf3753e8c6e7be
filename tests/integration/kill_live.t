#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# The same with a log that is being written meanwhile, and rotated: renamed, the PBX going
# on with the old file for a while, compressed while the daemon is down.
#
# KILL_WAYS="copytruncate; copytruncate, compress" tries what is not yet the same each time:
# a daemon that is killed while a log is copied and truncated may tell a gap, and miss what
# was in the copy.
. "${top_srcdir:-$(cd "$(dirname "$0")/../.." && pwd)}/tests/lib/wait.sh"
. "$top_srcdir/tests/lib/killing.sh"
killing_need

killing live 60 --lines 20000 --ways "${KILL_WAYS:-create; create late; compress}"
finish
