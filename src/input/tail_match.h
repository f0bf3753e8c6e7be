/* SPDX-License-Identifier: Apache-2.0 */
/* What a pattern of a file input has matched. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <sys/stat.h>

struct tail_match {
	const char *path;
	struct stat st;
};

/** Oldest first. */
void tail_match_sort(struct tail_match *matches, size_t n);
/** Folders and pipes are none: one that a pattern happens to match is left alone; one
 *  that is named is a mistake to be told. */
bool tail_match_is_log(const struct tail_match *match, char *const *named,
		       size_t n_named);
