/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Looks for the file that a saved position is in. Part of the file input; for
 * tail_saved.c.
 */
#pragma once

#include "input/tail_file.h"

#include <sys/stat.h>

/** A saved position; texts belong to the image. */
struct tail_position {
	const char *path, *place;
	dev_t dev;
	ino_t ino;
	uint64_t offset, before, line;
	uint32_t id;
	bool line_known, skipping, discontinuous, foreign;
	struct tail_head head, old_head;
	struct sv_str blob;
};

/** A file that rotation may have made of another one. */
struct tail_part {
	char *path;
	struct stat st;
	bool packed;
};

/** Oldest first. */
struct tail_rotated {
	struct tail_part *part;
	size_t n;
};

/** The rotated files of the log at `path`, in its folder. */
void tail_rotated_find(struct tail_rotated *parts, const char *path);
void tail_rotated_done(struct tail_rotated *parts);
/** Is it the file that the position is in (or a copy, or packed)? */
bool tail_rotated_holds(const struct tail_part *part, const struct tail_position *p);

/** The file at its place or where it was moved to, if it still is the same one; else
 *  NULL. */
struct tail_file *tail_found_in_place(const struct tail_position *p);
/** A rotated file as a part of the log at `path`; of a packed one what lies from `from`
 *  on is unpacked into memory. NULL: it cannot be opened. */
struct tail_file *tail_found_open(const char *path, const struct tail_part *part,
				  uint64_t from);
/** Goes on at the position. */
void tail_found_go_on(struct tail_file *file, const struct tail_position *p);
/** An empty file that only tells that the position's file is gone. */
struct tail_file *tail_found_lost(const struct tail_position *p);
