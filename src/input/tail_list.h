/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The files that are followed, in the order in which they are read. Part of the file
 * input (tail.c).
 */
#pragma once

#include "input/tail_parts.h"

#include <sys/stat.h>

/** Files that were closed, whose first bytes are remembered. */
#define TAIL_LIST_TEXTS 64

struct tail_list {
	struct tail_file *first;
	size_t n, max;
	const struct input_sink *sink; /* told when a file is closed */
	struct tail_patterns patterns;
	/* Hashes of their first bytes, by time as in a ring: what rotation and packing
	 * make of them later is not new. 0 = none. */
	uint64_t texts[TAIL_LIST_TEXTS];
};

/** Was a file that begins so read and closed? */
bool tail_list_knows_text(const struct tail_list *list, const struct tail_head *head);

void tail_list_append(struct tail_list *list, struct tail_file *file);
/** Before that one; NULL: at the end. */
void tail_list_insert(struct tail_list *list, struct tail_file *before,
		      struct tail_file *file);
/** Forgets the file and frees it. */
void tail_list_close(struct tail_list *list, struct tail_file *file);
/** Closes those to which nothing is written any more: gone, and not grown for `linger`.
 */
void tail_list_reap(struct tail_list *list, struct tail_reading *reading,
		    sv_usec linger);
/** Does it still have the name under which it was last seen? */
bool tail_list_in_place(const struct tail_file *file);
struct tail_file *tail_list_find(const struct tail_list *list, const struct stat *st);
/** The file to read before the one at `path`: its own older part. May be NULL. */
struct tail_file *tail_list_predecessor(const struct tail_list *list, const char *path);
/** `file` is not read before the end of `older`, which may have grown since it was read
 *  last. NULL: it waits for none. */
void tail_list_order(struct tail_file *file, struct tail_file *older);
/** The first file of the log at `path` that was not begun to be read and is younger than
 *  what was modified then; NULL: none. */
struct tail_file *tail_list_younger(const struct tail_list *list, const char *path,
				    sv_usec modified);
/** Is there room for one more? The file that was gone first makes it. */
bool tail_list_make_room(struct tail_list *list);
/** Is a file that has just appeared its own, or a copy of another one? Sets judged when
 *  that is clear, and foreign for a copy. */
void tail_list_judge(const struct tail_list *list, struct tail_file *file, sv_usec now);
