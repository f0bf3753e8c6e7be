/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One measure of a condition, read from its tokens: count, rate, ratio(…) and so on.
 * Private to condition.c, which reads what stands around it.
 */
#pragma once

#include "engine/condition.h"

/** As many as enum sv_measure_kind has. */
#define MEASURE_KINDS 6

struct reader {
	struct lex lex;
	struct condition *out;
	struct measures *measures;
	struct expr_error *error;
	enum condition_sense sense;
	unsigned depth;
};

/** Takes the measure's tokens; *ret_index is its place in the rule's measures. */
bool measure_read(struct reader *reader, uint8_t *ret_index);
