/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What rotation made of a log: the files beside it, and in folders below, whose names
 * say so; packed ones too. Part of the file input.
 */
#pragma once

#include "input/tail_file.h"

#include <sys/stat.h>

/** Files that are looked at. */
#define TAIL_PARTS_MAX 1024

/** A file that rotation may have made of another one. */
struct tail_part {
	char *path;
	struct stat st;
	sv_usec modified;
	bool packed;
	bool looked;           /* head was read */
	bool unreadable;       /* permission denied, or a damaged one */
	struct tail_head head; /* unpacked */
};

/** Oldest first. Zeroed before its first use. */
struct tail_parts {
	struct tail_part *part;
	size_t n, cap;
};

/** What the input follows: parts may lie in the folders of these, too. */
struct tail_patterns {
	char *const *pattern;
	size_t n;
};

/** Add those of the log at `path`, in its folder, the folders below and those of the
 *  patterns. */
void tail_parts_find(struct tail_parts *parts, const char *path,
		     const struct tail_patterns *patterns);
/** Has the other log the same parts? */
bool tail_parts_same(const char *path, const char *other);
void tail_parts_done(struct tail_parts *parts);
/** The first bytes of what it holds, read when first asked for. */
const struct tail_head *tail_part_head(struct tail_part *part);
