#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# The same with a log that is being written meanwhile, and rotated: renamed, the PBX going
# on with the old file for a while, copied and truncated, compressed while the daemon is
# down or while it reads. KILL_WAYS="create; copytruncate": only so.
. "${top_srcdir:-$(cd "$(dirname "$0")/../.." && pwd)}/tests/lib/wait.sh"
. "$top_srcdir/tests/lib/killing.sh"
killing_need

killing live 60 --lines 20000 --ways "${KILL_WAYS:-create; create late; copytruncate; compress; copytruncate, compress}"
finish
