/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Looks for the file that a position is in, and for what was written between it and
 * the file that is there now. Names, inodes and (over a reboot) device numbers are used
 * again: a file is told by what it holds, its first bytes and those before the
 * position. Part of the file input.
 */
#pragma once

#include "input/tail_list.h"
#include "input/tail_parts.h"

/** Where reading of one file stands; texts are borrowed. */
struct tail_position {
	const char *path, *place;
	const char *real; /* without symbolic links, "" if not known */
	dev_t dev;
	ino_t ino;
	uint64_t offset, before, line;
	sv_usec modified; /* of the file when it was last read */
	sv_usec born;     /* when the file system made it; 0: it does not tell */
	uint32_t id;
	bool line_known, skipping, discontinuous, foreign, fresh, judged;
	bool more_after;
	bool orphan;      /* was no longer at a place that we follow */
	const char *lost; /* what is to be told as missing; "": nothing */
	struct tail_head head, old_head;
	uint8_t open_streams; /* wrap_open_streams() */
	struct sv_str blob;

	bool pending; /* restored: out of reach, to be looked for again */
	bool sought, found, in_place, vanished;
};

/** Where a file that is followed stands. `real` is PATH_MAX bytes for texts. */
void tail_position_of(const struct tail_file *file, char *real,
		      struct tail_position *ret_position);

/** The file at its place or where it was moved to, if it still is the same one and
 *  holds the position; else NULL. */
struct tail_file *tail_found_in_place(const struct tail_position *p);
/** The same file under another name, a copy of it, or packed. Goes on at the position.
 *  NULL: there is none. */
struct tail_file *tail_found_in_parts(const struct tail_position *p,
				      struct tail_parts *parts, size_t cap_bytes);
/** Parts of the log at `path` that were begun and finished while nobody looked: newer
 *  than `since`, none that the list knows, and not newer than `until` if that is set. They come before `before`, NULL = at the
 *  end of the list. */
struct tail_between {
	const char *path;
	sv_usec since, until;
	struct tail_parts *parts;
	struct tail_file *before;
	/* At the log's place, perhaps not in the list yet: a copy of it is not between.
	 * May be NULL. */
	const struct tail_file *holder;
	struct tail_file *at_path; /* zero; likewise, as it is after the listing */
	size_t cap_bytes;
};
/** How many. */
size_t tail_found_between(struct tail_list *list, struct tail_between *between);
/** Goes on at the position. */
void tail_found_go_on(struct tail_file *file, const struct tail_position *p);
/** The file in its place if lines were cut off its end: goes on there, and tells it.
 *  NULL: it is not so. */
struct tail_file *tail_found_cut(const struct tail_position *p);
/** An empty file that only tells that the position's file is gone. NULL: nothing is
 *  missing, or no memory. */
struct tail_file *tail_found_lost(const struct tail_position *p);
/** The place cannot be looked at now: no permission, or its file system is not there. */
bool tail_found_is_out_of_reach(const struct tail_position *p);
