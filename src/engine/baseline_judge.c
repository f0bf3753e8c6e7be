/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Counts and ratios against what is usual, on whole numbers. A window may touch two
 * hours: then more must be more than is usual in both, and less less than in both.
 */
#include "engine/measure.h"

#include <math.h>

#define HALVES 2 /* baseline values are doubled */

static bool
raises(const struct measure *what, enum term_op op)
{
	bool up = op == TERM_AT_LEAST || op == TERM_ABOVE;

	return up != what->baseline.drops;
}

bool
baseline_raises(const struct measures *m, const struct term *term)
{
	return raises(&m->measure[term->measure], (enum term_op)term->op);
}

static bool
count_holds(const struct term *term, sv_usec window, uint32_t count,
	    const struct baseline_value *value)
{
	unsigned __int128 seen =
		(unsigned __int128)count * BASELINE_HOUR * CONDITION_SCALE * HALVES;

	return condition_compares(seen, (enum term_op)term->op,
				  (unsigned __int128)term->limit * value->high *
					  window);
}

/** The share that is the limit, doubled as the values are; below nothing is nothing. */
static uint64_t
share_limit(const struct measure *what, const struct term *term,
	    const struct baseline_value *value)
{
	uint64_t off = term->limit * HALVES;

	if (!what->baseline.drops)
		return value->high + off;
	return value->low > off ? value->low - off : 0;
}

bool
baseline_holds(const struct term *term, const struct measures *m,
	       const struct reading *reading)
{
	const struct measure *what = &m->measure[term->measure];
	const struct baseline_value *value = &reading->baseline[term->measure];
	uint32_t count = reading->series[what->denominator];
	bool up = raises(what, (enum term_op)term->op);

	if (up && (value->periods == 0 || count == 0 || count < term->min))
		return false;
	if (!up && (count == 0 || (uint64_t)count * 2 < term->min))
		return true;
	if (value->periods == 0)
		return false; /* nobody can tell whether it is over */
	if (!what->baseline.share)
		return count_holds(term, m->window, count, value);
	return condition_compares((unsigned __int128)reading->series[what->numerator] *
					  CONDITION_SCALE * HALVES,
				  (enum term_op)term->op,
				  (unsigned __int128)share_limit(what, term, value) *
					  count);
}

void
baseline_half(const struct measures *m, struct term *term)
{
	term->op = m->measure[term->measure].baseline.drops ? TERM_ABOVE : TERM_BELOW;
	term->limit /= 2;
}

bool
baseline_stirs(const struct term *term, const struct measures *m,
	       const struct reading *reading)
{
	uint32_t count = reading->series[m->measure[term->measure].denominator];

	return count && count >= term->min;
}

double
baseline_usual(const struct measure *what, const struct baseline_value *value,
	       sv_usec window)
{
	uint64_t doubled = what->baseline.drops ? value->low : value->high;

	if (value->periods == 0)
		return (double)NAN;
	if (what->baseline.share)
		return (double)doubled / HALVES / (double)BASELINE_SHARE;
	return (double)doubled / HALVES * (double)window / (double)BASELINE_HOUR;
}

double
baseline_limit(const struct measure *what, const struct term *term,
	       const struct baseline_value *value, sv_usec window)
{
	double usual = baseline_usual(what, value, window);

	if (!what->baseline.share || value->periods == 0)
		return usual * term_limit(term);
	return (double)share_limit(what, term, value) / HALVES / (double)BASELINE_SHARE;
}
