#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Nothing is lost, nothing is counted twice: a daemon that is killed with SIGKILL again and
# again says what one says that nobody disturbs. `KILLS=2000 KILL_SEED=7 make check
# TESTS=tests/integration/kill` kills it 2000 times in each scenario.
. "${top_srcdir:-$(cd "$(dirname "$0")/../.." && pwd)}/tests/lib/wait.sh"
. "$top_srcdir/tests/lib/killing.sh"
killing_need

killing backlog 60 --lines 60000
killing patterns 30 --lines 30000
# Many keys: a checkpoint of many megabytes, and most kills while it is being written.
killing keys 40 --lines 40000
finish
