/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Positions of followed files as bytes, and how a file is found again after the daemon
 * was away: at its place, under the name that rotation gave it, as the copy that
 * copytruncate made, or packed. Files are told by what they hold (their first bytes and
 * those before the position), since names and inodes are used again. Part of the file
 * input (tail.c).
 */
#pragma once

#include "input/tail_list.h"

struct tail_saved;

/** Allocates nothing, reads nothing. `n_opened`: of the input, goes on counting. */
void tail_saved_put(const struct tail_list *list, uint32_t n_opened, struct pack *out);
/** 0, -EBADMSG, -ENOMEM. */
int tail_saved_new(struct unpack *in, struct tail_saved **ret_saved);
void tail_saved_free(struct tail_saved *saved);

uint32_t tail_saved_opened(const struct tail_saved *saved);
/** Finds each file again and appends it to the list, with all that was written in
 *  between and lies in rotated files now; what cannot be found is noted in `lost` of
 *  the file that tells it. */
void tail_saved_apply(const struct tail_saved *saved, struct tail_list *list);
/** Is this file the next part of a saved one, or was it made since: is it to be read
 *  from its beginning? */
bool tail_saved_succeeds(const struct tail_saved *saved, const char *path);
