/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What syslog daemons write about themselves into the files that they fill: that they
 * dropped messages. Pure.
 *
 * Only the program name in the header says that it is theirs. A local user can write
 * that name, and anybody can to a syslog server that listens to all: all it gets is
 * doubt about counts, which nobody is blamed for.
 */
#pragma once

#include <sipvigil/base.h>

struct notice {
	uint64_t lost;         /* messages, 0 = not told */
	struct sv_str program; /* whose they were: a name or a unit; "" = not told */
};

/** Does the message of `ident` ("rsyslogd", "systemd-journald") tell of messages that
 *  were dropped? */
bool notice_read(struct sv_str ident, struct sv_str text, struct notice *ret_notice);
