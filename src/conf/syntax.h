/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One configuration file as it is written: sections, keys and values with their places.
 *
 * The syntax is that of libconfuse. That library stops at the first mistake and knows
 * but its line; an administrator wants all of them, with column and remedy. So a file
 * is read twice: syntax_read() finds the mistakes of form (braces, quotes, unknown
 * sections and keys, lists where none belong, keys given twice), reports each and goes
 * on behind it; what is sound is then given to libconfuse by values_read(), which
 * alone says what a value is (escapes, ${VARIABLES} of the environment, +=).
 *
 * All memory comes from the arena that the caller gives, file text included.
 */
#pragma once

#include "conf/arena.h"
#include "conf/diag.h"
#include "conf/options.h"

/** Larger files are refused. */
#define SYNTAX_MAX_BYTES ((size_t)4 * 1024 * 1024)
#define SYNTAX_MAX_SECTIONS 20000

enum syntax_quote { SYNTAX_BARE, SYNTAX_SINGLE, SYNTAX_DOUBLE };

/** A part of a value's text that stands for another one in what was written (sets.c). */
struct syntax_swap {
	size_t at, len;        /* in the text */
	size_t from, from_len; /* in what was written */
};

/** A value as written. */
struct syntax_value {
	size_t begin, end; /* bytes of the file, quotes included */
	enum syntax_quote quote;
	bool expands;     /* holds ${…}: its places in the file are not its own */
	const char *text; /* by values_read(), NULL until then */
	struct syntax_swap *swaps; /* in order of place */
	size_t n_swaps;
};

/** `name = value` */
struct syntax_item {
	const struct option_row *row;
	size_t begin, len; /* of the key */
	bool append;       /* written with += at first: the default comes before it */
	bool broken; /* a mistake in it is reported already; its values do not count */
	struct syntax_value *values;
	size_t n_values;
	uint64_t number; /* of duration, size, number, switch, word; by values_read() */
};

struct syntax_section {
	const struct section_row *row;
	const struct syntax_file *file;
	size_t begin, len;         /* of its name; 0, 0 for the top */
	struct syntax_value title; /* end 0: none written */
	bool unsure; /* mistakes in it are reported: what is missing may be one of them
		      */
	const char *name; /* the title, or "main"; by values_read() */
	struct syntax_item *items;
	size_t n_items;
};

/** include("…"), to be followed by the caller. */
struct syntax_include {
	struct syntax_value path;
	size_t section; /* it stands behind so many sections */
};

struct syntax_file {
	const char *path;
	struct sv_str text;
	struct syntax_section *sections; /* the first one is the top */
	size_t n_sections;
	struct syntax_include *includes;
	size_t n_includes;
};

/** 0, -ENOMEM, -EFBIG; mistakes of the user go to `diag`, and what is left of the file
 *  is still there. `text` and `path` must live as long as the arena. */
int syntax_read(struct arena *arena, const char *path, struct sv_str text,
		struct diag *diag, struct syntax_file **ret_file);
/** Item of a section by the key's name, or NULL. */
struct syntax_item *syntax_item(const struct syntax_section *section, const char *name);
