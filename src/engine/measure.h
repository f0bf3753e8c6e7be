/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One measure of a condition, read from its tokens: count, rate, ratio(…) and so on.
 * Private to condition.c, which reads what stands around it.
 */
#pragma once

#include "engine/condition.h"

/** As many as enum sv_measure_kind has. */
#define MEASURE_KINDS 9

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

/** More values than that are never counted. */
uint32_t measure_most(const struct measures *measures, const struct measure *measure);

/* For measure_gauge.c. */

/** How a measure of this kind is written. */
const char *measure_example(enum sv_measure_kind kind);
/** Fills the error; false. */
bool measure_no_memory(struct expr_error *reterr_error);
/** Step over "( … )" of a measure; *ret_middle is the place of its / or `then` or 0. */
bool measure_close(struct reader *reader, size_t *ret_middle, size_t *ret_close);
/** The field behind the current '(', which must be one whose values can be counted. */
const struct expr_field *measure_field(struct reader *reader);

/* measure_gauge.c */

/** From `having` up to its number, which is taken. */
bool measure_having(struct reader *reader, const struct expr_field *field,
		    struct measure *measure);
/** What stands behind `absent`, and behind `new`; the last token stays. */
bool measure_absent(struct reader *reader, struct measure *measure);
bool measure_new(struct reader *reader, struct measure *measure);

/* measure_rule.c */

/** "(NAME)" behind `rule`; the last token stays. */
bool measure_rule(struct reader *reader, struct measure *measure);
/** Its place there, added if need be; -1 with the error if there is no room. */
int measure_put(struct reader *reader, const struct measure *measure,
		struct sv_str text);
/** Digits with up to six decimals, in 1 / CONDITION_SCALE; how many bytes, 0 = none. */
size_t measure_decimal(struct sv_str s, uint64_t *ret_value);

/* baseline_read.c */

/** A comparison with what is usual begins here. */
bool baseline_ahead(const struct reader *reader);
/** Takes it up to and with its `min`; `term` has the measure, which was new to the rule
 *  if there were `known` measures before it, and the operator. */
bool baseline_read(struct reader *reader, struct term *term, size_t known);
/** The operator says that more (or, where it looks for a drop, less) is an alert. */
bool baseline_raises(const struct measures *measures, const struct term *term);

/* baseline_judge.c */

bool baseline_holds(const struct term *term, const struct measures *measures,
		    const struct reading *reading);
/** Turns the term into what clears it: half the way back to what is usual. */
void baseline_half(const struct measures *measures, struct term *term);
/** Enough events to judge: it may come true when the hour turns. */
bool baseline_stirs(const struct term *term, const struct measures *measures,
		    const struct reading *reading);
/** What is usual, and the limit that follows from it, in the measure's own unit; NaN as
 *  long as it is not known. */
double baseline_usual(const struct measure *what, const struct baseline_value *value,
		      sv_usec window);
double baseline_limit(const struct measure *what, const struct term *term,
		      const struct baseline_value *value, sv_usec window);
