#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# The same with a log that is being written meanwhile, and rotated: renamed, copied and
# truncated, compressed while the daemon is down.
. "${top_srcdir:-$(cd "$(dirname "$0")/../.." && pwd)}/tests/lib/wait.sh"
. "$top_srcdir/tests/lib/killing.sh"
killing_need

killing live 60 --lines 20000
finish
