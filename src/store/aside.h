/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Bad files of the state folder are set aside: renamed to "checkpoint.bad-1795480000"
 * (the clock in seconds; "-2", "-3" … behind it when the second has one already), for
 * people to look at and never read again. Only the newest few are kept, so that a file
 * that goes bad again and again cannot fill the disk. Any thread.
 */
#pragma once

#include <sipvigil/base.h>

/** Of one path; the oldest of more is deleted. */
#define ASIDE_KEEP 3
#define ASIDE_PATH_BYTES 4200

/** Renames `path`, and what lies beside it as path + companion (a list that ends with
 *  NULL; may be NULL), under one new name. 0 with the new path, or negative errno: then
 *  `path` is where it was. */
int aside_put(const char *path, const char *const *companions, sv_usec now,
	      char ret_path[ASIDE_PATH_BYTES]);
