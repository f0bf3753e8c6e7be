/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A log turns over while it is followed: by renaming, or by a copy and truncation, once
 * or several times between two looks. Part of the file input (tail.c).
 */
#pragma once

#include "input/tail_found.h"

/** Another file is at the path than the one that was there, `holder`, or none (NULL). Parts
 *  of the log that were begun and rotated away in between are appended to the list; where
 *  no file of that path is known, those written since `looked`. */
void tail_turn_away(struct tail_list *list, const char *path,
		    const struct tail_file *holder, sv_usec looked, size_t cap_bytes);
/** The file was renamed a moment ago, or is still written to: that none is at the log's
 *  place is nothing to tell. */
bool tail_turn_is_under_way(const struct tail_file *file, sv_usec now);
/** Parts that there was no room for come now, if those before them were read. True: there
 *  are some. */
bool tail_turn_on(struct tail_list *list, size_t cap_bytes);
/** Is it not the turn of the file at the log's place, as such parts come first? */
bool tail_turn_waits(const struct tail_list *list, const char *path);
/** The file was empty and has a beginning now (TAIL_BEGUN): copies that were made since,
 *  of another beginning, come into the list before it. */
void tail_turn_begun(struct tail_list *list, struct tail_file *file, size_t cap_bytes);
/** The file was truncated (TAIL_TRUNCATED). Copies that were made of it come into the
 *  list before it; without one it is told that something is missing. The file begins
 *  anew. */
void tail_turn_over(struct tail_list *list, struct tail_file *file,
		    struct tail_reading *reading);
