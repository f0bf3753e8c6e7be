/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Rules that ask for others by name, rule(NAME): which one is meant, whether their keys
 * fit together, and that none asks for itself in the end.
 */
#pragma once

#include "engine/plan.h"

/** Rules that ask each other one after the other, at most. */
#define NAMED_MAX_DEPTH 16

/** Index of the part of `from` that is part `i` of `to`, for each i: the same fields in
 *  any order. False if they are not. */
bool named_order(const struct plan *to, const struct plan *from,
		 uint8_t ret_order[RULE_MAX_KEYS]);
