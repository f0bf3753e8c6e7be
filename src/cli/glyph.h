/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Characters as a terminal shows them: how many columns they take (two for East Asian
 * ones and emoji, none for marks that combine), bars of a small chart, and ASCII for
 * terminals that have nothing else.
 */
#pragma once

#include <base/buffer.h>
#include <jansson.h>

/** The first character of text that is not empty: its bytes (1 for what is no UTF-8),
 *  and the columns that it takes. */
size_t glyph_take(struct sv_str text, size_t *ret_columns);
/** The locale is one of UTF-8. */
bool glyph_is_utf8(void);
/** Bars for an array of numbers, the highest in full; two arrays of the same length are
 *  to be compared by their shape alone. */
void glyph_spark(struct buffer *out, const json_t *numbers);
/** The last `n` of them. */
void glyph_spark_last(struct buffer *out, const json_t *numbers, size_t n);
/** What has been put into the buffer, for a locale without UTF-8: bars as digits 0 to 7,
 *  dashes, dots and multiplication signs as their like, other characters as '?'. Does
 *  nothing in a locale with UTF-8. */
void glyph_degrade(struct buffer *buf);
