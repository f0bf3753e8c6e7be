/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The files that are followed, in the order in which they are read. Part of the file
 * input (tail.c).
 */
#pragma once

#include "input/tail_file.h"

#include <sys/stat.h>

struct tail_list {
	struct tail_file *first;
	size_t n, max;
	const struct input_sink *sink; /* told when a file is closed */
};

void tail_list_append(struct tail_list *list, struct tail_file *file);
/** Forgets the file and frees it. */
void tail_list_close(struct tail_list *list, struct tail_file *file);
struct tail_file *tail_list_find(const struct tail_list *list, const struct stat *st);
/** The file to read before the one at `path`: its own older part. May be NULL. */
struct tail_file *tail_list_predecessor(const struct tail_list *list, const char *path);
/** Is there room for one more? The file that was gone first makes it. */
bool tail_list_make_room(struct tail_list *list);
/** Is a file that has just appeared its own, or a copy of another one? Sets judged when
 *  that is clear, and foreign for a copy. */
void tail_list_judge(const struct tail_list *list, struct tail_file *file, sv_usec now);
