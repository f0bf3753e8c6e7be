/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Where a message ends in a stream of bytes (RFC 6587): after as many bytes as a number
 * in front says ("133 <13>1 …"), at a line break, or at a NUL. Senders mix these on one
 * port, and relays on one connection, so it is looked at anew for each message. Pure.
 *
 * A message may hold line breaks only where bytes are counted or NULs end them. With
 * lines, what follows a break within a message is a line without priority: such lines
 * are dropped once the connection has shown that its messages have one, so that a break
 * that somebody smuggled into a message does not make a second message of its rest.
 */
#pragma once

#include <sipvigil/base.h>

/** Longest number of bytes that is believed; more than is kept of a message is skipped. */
#define SYSLOG_FRAME_MAX ((uint64_t)16 * 1024 * 1024)
/** Bytes that "16777216 <" takes: a buffer of so much more than the cap always
 *  suffices. */
#define SYSLOG_FRAME_HEAD 16

struct syslog_frame {
	uint64_t skip;     /* bytes of a message that was too long */
	bool skip_line;    /* the rest of such a line */
	bool nul;          /* NULs end messages here, line breaks may stand in them */
	bool counted;      /* the last message was counted */
	bool has_priority; /* a line began with a priority */
};

enum syslog_frame_result {
	SYSLOG_FRAME_MORE,     /* it is not complete */
	SYSLOG_FRAME_TEXT,     /* a message */
	SYSLOG_FRAME_HEADLESS, /* the rest of a broken line, not to be taken for one */
	SYSLOG_FRAME_BROKEN,   /* counts do not fit any more: nothing can be trusted */
};

struct syslog_framed {
	struct sv_str text;
	bool truncated; /* it is longer than `cap` */
	size_t used;    /* bytes that need not be seen again, with any result */
};

/** The next message at the start of `bytes`, of which at most `cap` are kept. Progress
 *  is certain once `bytes` holds cap + SYSLOG_FRAME_HEAD. */
enum syslog_frame_result syslog_frame_take(struct syslog_frame *frame,
					   struct sv_str bytes, size_t cap,
					   struct syslog_framed *ret);
/** Nothing will follow, or nothing followed for long: what is left of `bytes` after
 *  syslog_frame_take() said that there must be more. */
enum syslog_frame_result syslog_frame_end(struct syslog_frame *frame,
					  struct sv_str bytes, size_t cap,
					  struct syslog_framed *ret);
