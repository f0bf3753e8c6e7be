/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One entry for systemd-journald, in the native protocol of its socket. Unlike
 * sd_journal_sendv() this never waits for a journald that does not read, and says so
 * when there is none at all.
 */
#pragma once

#include <sipvigil/base.h>

#define JOURNAL_SOCKET "/run/systemd/journal/socket"

/** A socket to send with, or a negative errno. */
int journal_send_open(void);
/** `fields`: "NAME=value" with a NUL after each. 0; -EAGAIN: its queue is full; -ENOENT,
 *  -ECONNREFUSED: nobody there; or another negative errno. */
int journal_send(int fd, struct sv_str fields);
