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
	bool unreadable;       /* permission denied, a damaged one, or moved */
	struct tail_head head; /* unpacked */
};

/** What the input follows: parts may lie in the folders of these, too. */
struct tail_patterns {
	char *const *pattern;
	size_t n;
};

/** Oldest first. Zeroed before its first use. */
struct tail_parts {
	struct tail_part *part;
	size_t n, cap;
	const char *path; /* of the log; borrowed */
	const struct tail_patterns *patterns;
};

/** Those of the log at `path`, in its folder, the folders below and those of the
 *  patterns; as they were at one moment, unless they change all the time. What was
 *  listed before is forgotten. */
void tail_parts_find(struct tail_parts *parts, const char *path,
		     const struct tail_patterns *patterns);
/** The same again. False: nothing has changed. */
bool tail_parts_renew(struct tail_parts *parts);
/** Has the other log the same parts? */
bool tail_parts_same(const char *path, const char *other);
void tail_parts_done(struct tail_parts *parts);
/** Has it not the name any more that it was listed with? */
bool tail_part_has_moved(const struct tail_part *part);
/** The first bytes of what it holds, read when first asked for; none if it has moved. */
const struct tail_head *tail_part_head(struct tail_part *part);
