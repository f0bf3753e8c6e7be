/* SPDX-License-Identifier: Apache-2.0 */
/* Sets of bytes in an expression; for pattern_scan.c. */
#pragma once

#include "dialect/pattern_scan.h"

enum scan_escape {
	SCAN_ESCAPE_ONE,  /* one byte */
	SCAN_ESCAPE_MANY, /* one of several */
	SCAN_ESCAPE_UNCLEAR,
};

void scan_set_range(struct scan_set *set, unsigned from, unsigned to);
void scan_set_invert(struct scan_set *set);
/** Both cases of each letter. */
void scan_set_fold(struct scan_set *set);
/** An escape at the start of the text; what it means is added to the set. */
enum scan_escape scan_set_escape(struct sv_str text, bool in_class, size_t *ret_used,
				 struct scan_set *set);
/** A class at the start of the text, brackets included: bytes used. */
size_t scan_set_class(struct sv_str text, struct scan_set *set, bool *ret_unclear);
