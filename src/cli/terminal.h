/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What standard output is connected to: a person's terminal (width, colours) or a pipe
 * (plain text, no limit of width). Colour is for severities alone and respects
 * NO_COLOR and TERM=dumb.
 */
#pragma once

#include <base/buffer.h>
#include <sipvigil/alert.h>

struct terminal {
	bool interactive; /* a person reads: progress and relative ages make sense */
	bool color;
	unsigned columns; /* 0 = no limit */
};

/** How the descriptor `fd` (1 or 2) is to be written to. */
void terminal_init(struct terminal *terminal, int fd);

/** Escape sequences, "" without colours. Static text. */
const char *terminal_severity(const struct terminal *terminal,
			      enum sv_severity severity);
const char *terminal_bold(const struct terminal *terminal);
const char *terminal_plain(const struct terminal *terminal);

/** Columns that UTF-8 text takes (glyph.h). */
size_t terminal_columns(struct sv_str text);
/** `text` cut to `columns` ("…" at the cut); returns the columns that it takes. */
size_t terminal_cut(struct buffer *buf, struct sv_str text, size_t columns);
/** The same, then blanks up to `columns`. */
void terminal_cell(struct buffer *buf, struct sv_str text, size_t columns);
/** The same with the blanks first: numbers. */
void terminal_cell_right(struct buffer *buf, struct sv_str text, size_t columns);
/** Words of `text`, the first in column `indent`, broken before `columns` (0 = never)
 *  with the next lines indented as far; then a line break. */
void terminal_wrap(struct buffer *buf, struct sv_str text, size_t indent,
		   size_t columns);
/** Write the buffer to standard output and empty it. False: nobody reads any more. */
bool terminal_print(struct buffer *buf);
