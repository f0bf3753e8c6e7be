/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The steps of a rule, sequence = {"outcome = rejected x5", "outcome = ok"}: in a short
 * form what the measure sequence(A then B) >= 5 says at length. A condition of the rule
 * that is "always" stands for it.
 */
#pragma once

#include "conf/build.h"

#define SEQUENCE_ALWAYS "always"

struct sequence {
	const char *condition; /* "sequence(A then B) >= 5" */
	const char *where;     /* "(A) or (B)" */
};

/** What the item says; false with the mistakes told. */
bool sequence_read(struct build *build, const struct syntax_section *section,
		   const struct syntax_item *item, struct sequence *ret_sequence);
