/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the values of a file are: read by libconfuse (escapes, ${VARIABLES}, +=), then
 * checked one by one against type and range of their option, every mistake with its
 * place. All of libconfuse is in values.c.
 */
#pragma once

#include "conf/syntax.h"

/** Longest text of one value after variables are put in. */
#define VALUE_MAX_BYTES 8192
/** Longest title of a section. */
#define VALUE_TITLE_BYTES 128

/** Fills text, number and name of all items and sections of the file; items with a
 *  mistake lose their values, so that the default stands in for them. 0 or -ENOMEM. */
int values_read(struct arena *arena, struct syntax_file *file, struct diag *diag);

/** The value of a key, given or default; NULL when there is neither. `name` must be a
 *  key of the section. */
const char *values_text(const struct syntax_section *section, const char *name);
/** Likewise of duration (µs), size, number, switch and word (its index); 0 when there
 *  is neither. */
uint64_t values_number(const struct syntax_section *section, const char *name);
/** A key was given. */
bool values_given(const struct syntax_section *section, const char *name);
/** The texts of a list in the arena, a default of one element included. */
const char *const *values_list(struct arena *arena,
			       const struct syntax_section *section, const char *name,
			       size_t *ret_n);
