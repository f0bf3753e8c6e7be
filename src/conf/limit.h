/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A glance at simple conditions, "count >= 10": enough to see that one limit makes
 * another unreachable. Conditions with and, or, not are not simple. The language itself
 * belongs to the engine.
 */
#pragma once

#include "base/text.h"

struct limit {
	struct sv_str text;
	struct sv_str measure; /* what stands before the comparison */
	bool rises;            /* > or >=, else < or <= */
	double value;
};

/** True for one comparison of a measure with a number. */
bool limit_read(const char *text, struct limit *ret_limit);
