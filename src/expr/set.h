/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Named sets of outcomes, codes and causes: @busy stands where a comparison may stand,
 * for the expression in its row. The catalogue of codes (`sipvigil codes sets`) has the
 * same names and the codes alone; here what the log tells without a code belongs to them
 * too, and what a code alone does not tell (a 403 after credentials, or by policy) is
 * told by the outcome.
 */
#pragma once

#include "expr/expr.h"

struct set {
	const char *name; /* with its @ */
	const char *text; /* outcomes and numbers alone: no text is kept of it */
};

/** All of them. */
const struct set *set_table(size_t *ret_n);
/** By name with @, or NULL; then *ret_nearest is the nearest name or NULL. */
const struct set *set_find(struct sv_str name, const char **ret_nearest);
