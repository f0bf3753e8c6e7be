/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Time stamps of log lines, in every shape the PBXes and syslog daemons write, to µs
 * since the epoch. A stamp without zone is local time of the source's zone; one without
 * year takes the year that brings it nearest below `reference` (the file's modification
 * time, or now) and goes on over New Year even when nobody moved the reference. The
 * hour that repeats at the end of summer time is resolved by the order of lines; a wall
 * clock time that was skipped in spring means the moment after the change.
 *
 * No clock: the caller gives `reference`. No allocation per stamp: the offset is cached
 * between changes. About 30 ns a stamp. date_take() of base/date.h recognises a stamp
 * without reading it, for callers that only skip.
 */
#pragma once

#include "base/date.h"

#include <sipvigil/record.h>

struct stamp_rules {
	const char *zone;  /* IANA name ("Europe/Berlin"), NULL = the machine's zone */
	int year;          /* 0 = from reference */
	sv_usec reference; /* newest moment a stamp may mean (plus a day): the clock of
			      a live source, the modification time of a finished one. 0:
			      unknown, then only `year` resolves the first stamp that
			      has none */
};

struct pack;
struct unpack;
struct stamp; /* rules plus what was learned from the lines read so far */

/** 0, -EINVAL for an unknown zone, -ENOMEM. */
int stamp_new(const struct stamp_rules *rules, struct stamp **ret_stamp);
void stamp_free(struct stamp *stamp);

/**
 * Read a stamp at the start of `text`. Shapes: "2026-11-22 18:49:46", with '.'- or
 * ','-fraction, 'T' instead of blank, zone "+01:00", "+0100", "Z"; "Nov 22 19:29:47",
 * "Nov  2 …", "Mon Jan  6 10:00:01 2025"; "22/11/2026 18:49:46", "22.11.2026 …";
 * epoch seconds with optional fraction; a time of day with fraction, "18:49:46.836375"; "22-11-2026", "2026/11/22", a weekday in front
 * of either form. False: no stamp there (or none that can be resolved), nothing set.
 */
bool stamp_read(struct stamp *stamp, struct sv_str text, size_t *ret_used,
		sv_usec *ret_time, enum sv_time_source *ret_source);

/** date_take() for the lines of one log, in less time: see date_take_next(). The moment
 *  is not resolved, and nothing is learned. */
size_t stamp_take_date(struct stamp *stamp, struct sv_str text, struct date *ret_date);

/** The moment of a date that date_take() found. False: it cannot be resolved. */
bool stamp_resolve(struct stamp *stamp, const struct date *date, sv_usec *ret_time,
		   enum sv_time_source *ret_source);

/** Move the reference (a live file: the clock; a finished one: its modification time).
 *  Costs next to nothing: may be called for each record. */
void stamp_set_reference(struct stamp *stamp, sv_usec reference);

/** What the lines read so far have taught, for the same rules. */
void stamp_save(const struct stamp *stamp, struct pack *out);
void stamp_load(struct stamp *stamp, struct unpack *in);
