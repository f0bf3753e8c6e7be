/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Mistakes of a configuration, collected: file, line, column, the line itself, a caret,
 * and what to write instead. A list, not a log: the caller prints it.
 */
#pragma once

#include "base/buffer.h"

enum diag_level { DIAG_ERROR, DIAG_WARNING, DIAG_NOTE };

struct diag_entry {
	enum diag_level level;
	char *file;            /* owned */
	unsigned line, column; /* 1-based; 0 = the whole file */
	unsigned width;        /* bytes to underline */
	char *source;          /* the line's text, owned, or NULL */
	char *message;         /* owned */
	char *hint;            /* owned, or NULL */
};

struct diag {
	struct diag_entry *entries;
	size_t n, cap;
	size_t errors, warnings;
};

#define DIAG_MAX_ENTRIES 200

void diag_init(struct diag *diag);
void diag_done(struct diag *diag);
/** All texts are copied. Beyond DIAG_MAX_ENTRIES only counts. */
void diag_add(struct diag *diag, enum diag_level level, const char *file, unsigned line,
	      unsigned column, unsigned width, const char *source, const char *message,
	      const char *hint);
/** In the form of HOUSE: "file:14:5: error: …" with the line and a caret. */
void diag_print(const struct diag *diag, struct buffer *buf, bool color);
