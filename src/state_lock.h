/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One daemon per state folder. The lock lives as long as the daemon and the children that
 * it forks to write checkpoints: after a crash the next daemon does not begin before the
 * last child is gone, so that no old checkpoint overwrites a new one.
 */
#pragma once

#include <sipvigil/base.h>
#include <sys/types.h>

/** Locks the folder; waits `patience` (µs) for a daemon that is ending, and longer for
 *  the child of one that is gone. 0, and *ret_fd is to be kept open; -EBUSY: another
 *  process has it, *reterr_holder says which, 0 = unknown; other negative errno: it
 *  cannot be locked. */
int state_lock(const char *folder, sv_usec patience, int *ret_fd, pid_t *reterr_holder);
