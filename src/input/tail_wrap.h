/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Followed files whose lines are wrapped: Docker's json-file and CRI logs of containers,
 * and what `journalctl -o json` writes into a file. Part of the file input (tail.c).
 */
#pragma once

#include "input/tail_file.h"

/** Finds out by its beginning whether the file is wrapped. False: that is not known yet,
 *  its first line is not whole (or there is no memory). */
bool tail_wrap_look(struct tail_file *file, size_t cap_bytes);

/** It was begun anew: what was found out does not hold. */
void tail_wrap_forget(struct tail_file *file);

/** The line as the record that it wraps, in its place. False: it gives none (yet). What
 *  is left out is told as a gap. */
bool tail_wrap_line(struct tail_file *file, struct tail_reading *reading,
		    struct sv_record *record);
