/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Positions of followed files as bytes, and how a file is found again after the daemon
 * was away: at its place, under the name that rotation gave it, as the copy that
 * copytruncate made, or packed. Files are told by what they hold (their first bytes and
 * those before the position), since names and inodes are used again. Part of the file
 * input (tail.c).
 */
#pragma once

#include "input/tail_found.h"

struct tail_saved;

/** What is packed beside the files. */
struct tail_saving {
	const struct tail_list *list;
	const struct tail_saved *restored; /* positions out of reach; may be NULL */
	uint32_t n_opened;                 /* of the input, goes on counting */
	sv_usec looked; /* clock: when the patterns were last looked at */
};

/** Allocates nothing, changes nothing. */
void tail_saved_put(const struct tail_saving *saving, struct pack *out);
/** 0, -EBADMSG, -ENOMEM. */
int tail_saved_new(struct unpack *in, struct tail_saved **ret_saved);
void tail_saved_free(struct tail_saved *saved);

uint32_t tail_saved_opened(const struct tail_saved *saved);
sv_usec tail_saved_looked(const struct tail_saved *saved);
/** Finds each file again and appends it to the list, with all that was written in
 *  between and lies in rotated files now; what cannot be found is noted in `lost` of
 *  the file that tells it. How many are out of reach (no permission, not mounted): call
 *  it again for those. */
size_t tail_saved_apply(struct tail_saved *saved, struct tail_list *list,
			size_t cap_bytes);
/** Is the file at the path to be left alone until its position can be looked for? */
bool tail_saved_waits(const struct tail_saved *saved, const char *path);

enum tail_acquaintance {
	TAIL_UNKNOWN, /* a pattern that is new matches it: by `from` */
	TAIL_NEW,     /* it was made since: from its beginning */
	TAIL_FOREIGN, /* it was known not to be read: packed, or a copy */
	TAIL_FRESH,   /* packed, and perhaps never read */
};
/** For a file that matches and is not in the list. */
enum tail_acquaintance tail_saved_knows(const struct tail_saved *saved,
					const char *path, const struct tail_file *file);
