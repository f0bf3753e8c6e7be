/* SPDX-License-Identifier: Apache-2.0 */
/*
 * How far a long reading has come: one line on standard error that is written over
 * again and again, and only when that is a terminal. Nothing is left of it at the end.
 */
#pragma once

#include <sipvigil/base.h>
#include <stdio.h>
#include <time.h>

struct progress {
	FILE *to; /* NULL: nobody sees it */
	unsigned columns;
	const char *what; /* "reading 14 files" */
	uint64_t total;   /* bytes; 0 = not known */
	uint64_t records; /* looked at the clock last */
	struct timespec begun, shown;
	bool visible;
};

/** `what` is borrowed. */
void progress_begin(struct progress *progress, const char *what, uint64_t total);
/** To be called at every record: every so many of them it is time to look closer. */
static inline bool
progress_due(struct progress *progress)
{
	return progress->to && (++progress->records & 4095) == 0;
}
/** So many bytes are read by now; shown a few times a second. */
void progress_show(struct progress *progress, uint64_t done);
/** Takes the line away. */
void progress_end(struct progress *progress);
/** The line's text: "reading 14 files   42 %   310 MB/s   17 s left". */
void progress_text(const struct progress *progress, uint64_t done, double seconds,
		   char *out, size_t out_bytes);
