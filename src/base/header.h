/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What syslog daemons, journald's text output and containers put in front of a message
 * in a file: RFC 3164 with and without host, RFC 5424 (with structured data and BOM),
 * ISO 8601 prefix of rsyslog, BusyBox/OpenWrt logread, docker compose and
 * `docker logs -t`, grep's file name. Also "message repeated N times: [ … ]" and
 * "last message repeated N times", and octal escapes of rsyslog (#012, #033).
 *
 * Knows nothing of SIP. Borrows from the text it is given.
 */
#pragma once

#include "base/stamp.h"

struct header {
	struct sv_str host;  /* empty if the prefix has none */
	struct sv_str ident; /* program, path removed: "kamailio" of
			  "/usr/sbin/kamailio[310]:"; docker compose: the service */
	uint32_t pid;        /* 0 if none */
	int priority;        /* <PRI> value or -1 */
	sv_usec time;        /* 0 if the prefix has none */
	enum sv_time_source time_source;
	struct date date; /* the prefix's date, if has_date */
	bool has_date;    /* kept apart, so that the time can be resolved later */
	uint32_t
		repeated; /* the message stands for this many occurrences, at least 1 */
	bool physical;    /* what follows is a line of the program's output, not a
				message: a container's log, grep's output */
	bool repeat_of_last; /* "last message repeated N times": there is no message
				itself */
	struct sv_str text;  /* what is left: the message */
};

/**
 * Split a physical line. Always succeeds: a line without known prefix is all `text`.
 * With `stamp` NULL the prefix is recognised but its time is not resolved (`time` stays
 * 0): stamp_resolve(stamp, &header.date, …) does that for the few lines that need it.
 *
 * Dates that the PBX itself wrote ("[Nov 22 19:29:47] …", "2026-11-22 18:49:46.1 […")
 * are no prefix: they stay in `text`.
 */
void header_split(struct stamp *stamp, struct sv_str line, struct header *ret_header);

/**
 * Likewise of a message as it came over the network: priority, RFC 5424, or RFC 3164 as
 * devices really write it (numbers in front, a date that is not set, no host). Nothing
 * that files and people put in front is looked for.
 */
void header_split_message(struct stamp *stamp, struct sv_str message,
			  struct header *ret_header);

/** Inside of this room: behind the priority, what Cisco's devices put in front of
 *  "%FACILITY-5-WORD: text". False: it is no such message. */
bool header_split_cisco(struct sv_str text, struct header *h);

/**
 * Syslog daemons write control bytes as "#012": a number sign and three octal digits.
 * Offset of the first such escape at or after `from`, and the byte it stands for;
 * STR_NONE if there is none. The text itself is left as it is: nothing tells an escape
 * from the same four characters written by a caller, so only the dialect can say at
 * which places of its own templates one is expected (colour codes: "#033[1;33m").
 */
size_t header_find_escape(struct sv_str text, size_t from, unsigned char *ret_byte);
