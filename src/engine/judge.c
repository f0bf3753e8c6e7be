/* SPDX-License-Identifier: Apache-2.0 */
/* Conditions against the numbers of a key (condition.c reads them from text). */
#include "engine/condition.h"

#include "engine/measure.h"

/** Value of a measure as a fraction of whole numbers. */
static void
fraction(const struct measures *m, size_t measure, const struct reading *reading,
	 uint64_t *ret_num, uint64_t *ret_den)
{
	const struct measure *what = &m->measure[measure];

	*ret_num = 0;
	*ret_den = 1;
	switch (what->kind) {
	case SV_MEASURE_COUNT:
		*ret_num = reading->series[0];
		break;
	case SV_MEASURE_RATE:
		*ret_num = reading->series[0];
		*ret_den = m->window;
		break;
	case SV_MEASURE_RATIO:
		*ret_num = reading->series[what->numerator];
		*ret_den = reading->series[what->denominator];
		break;
	case SV_MEASURE_DISTINCT:
		*ret_num = what->gauge ? reading->gauge[what->gauge - 1]
				       : reading->distinct[what->distinct];
		break;
	case SV_MEASURE_ABSENT:
	case SV_MEASURE_NEW:
		*ret_num = reading->gauge[what->gauge - 1];
		break;
	case SV_MEASURE_RULE:
		*ret_num = reading->rule[what->rule];
		break;
	case SV_MEASURE_CONSECUTIVE:
		*ret_num = reading->series[what->numerator];
		break;
	case SV_MEASURE_SEQUENCE:
		*ret_num = reading->sequence[measure];
		break;
	case SV_MEASURE_BASELINE:
		break; /* baseline_holds() */
	}
}

bool
condition_compares(unsigned __int128 value, enum term_op op, unsigned __int128 limit)
{
	switch (op) {
	case TERM_AT_LEAST:
		return value >= limit;
	case TERM_ABOVE:
		return value > limit;
	case TERM_BELOW:
		return value < limit;
	case TERM_AT_MOST:
		return value <= limit;
	}
	return false;
}

static bool
term_holds(const struct term *term, const struct measures *m,
	   const struct reading *reading)
{
	uint64_t num, den;

	if (m->measure[term->measure].kind == SV_MEASURE_BASELINE)
		return baseline_holds(term, m, reading);
	fraction(m, term->measure, reading, &num, &den);
	if (term->whole)
		return (term->op == TERM_AT_LEAST || term->op == TERM_ABOVE) ==
		       (num >= term->least);
	bool raises = term->op == TERM_AT_LEAST || term->op == TERM_ABOVE;
	if (m->measure[term->measure].kind == SV_MEASURE_RATIO) {
		/* too few to judge: does not raise; clears below half of `min` */
		if (raises && (den == 0 || den < term->min))
			return false;
		if (!raises && (den == 0 || den * 2 < term->min))
			return true;
	}
	unsigned __int128 value = (unsigned __int128)num * CONDITION_SCALE * term->unit;
	unsigned __int128 limit = (unsigned __int128)term->limit * den;
	return condition_compares(value, (enum term_op)term->op, limit);
}

static bool
node_holds(const struct condition *c, size_t node, const struct measures *m,
	   const struct reading *reading)
{
	switch ((enum condition_kind)c->node[node].kind) {
	case CONDITION_TERM:
		return term_holds(&c->node[node].term, m, reading);
	case CONDITION_AND:
		return node_holds(c, c->node[node].left, m, reading) &&
		       node_holds(c, c->node[node].right, m, reading);
	case CONDITION_OR:
		return node_holds(c, c->node[node].left, m, reading) ||
		       node_holds(c, c->node[node].right, m, reading);
	}
	return false;
}

bool
condition_holds(const struct condition *c, const struct measures *m,
		const struct reading *reading)
{
	return c->n && node_holds(c, c->root, m, reading);
}

void
condition_prepare(struct condition *c, const struct measures *m)
{
	for (size_t i = 0; i < c->n; i++) {
		struct term *term = &c->node[i].term;
		if (c->node[i].kind != CONDITION_TERM)
			continue;
		enum sv_measure_kind kind = m->measure[term->measure].kind;
		if (kind == SV_MEASURE_RATIO || kind == SV_MEASURE_BASELINE)
			continue;
		unsigned __int128 limit = term->limit;
		unsigned __int128 one = (unsigned __int128)CONDITION_SCALE * term->unit;
		if (kind == SV_MEASURE_RATE)
			limit *= m->window;
		unsigned __int128 least = limit / one;
		if (term->op == TERM_ABOVE || term->op == TERM_AT_MOST ||
		    limit % one != 0)
			least++;
		term->least = least > UINT64_MAX ? UINT64_MAX : (uint64_t)least;
		term->whole = true;
	}
}

void
alarms_add(struct alarms *alarms, const struct condition *c, const struct measures *m)
{
	for (size_t i = 0; i < c->n; i++) {
		const struct term *term = &c->node[i].term;
		const struct measure *what = &m->measure[term->measure];
		struct alarm alarm = {
			.least = term->least < UINT32_MAX ? (uint32_t)term->least
							  : UINT32_MAX,
		};
		if (c->node[i].kind != CONDITION_TERM)
			continue;
		bool usual = what->kind == SV_MEASURE_BASELINE;
		if (alarms->n == MEASURES_MAX_ALARMS ||
		    what->kind == SV_MEASURE_ABSENT || what->kind == SV_MEASURE_RULE ||
		    (!usual && (term->op == TERM_BELOW || term->op == TERM_AT_MOST))) {
			alarms->always = true;
			return;
		}
		if (what->kind == SV_MEASURE_DISTINCT)
			alarm.series = (uint8_t)(MEASURES_MAX_SERIES + what->distinct);
		if (what->gauge)
			alarm.series =
				(uint8_t)(MEASURES_MAX_SERIES + MEASURES_MAX_DISTINCT +
					  what->gauge - 1);
		if (what->kind == SV_MEASURE_CONSECUTIVE ||
		    what->kind == SV_MEASURE_SEQUENCE)
			alarm.series = what->numerator;
		if (usual) {
			alarm.series = what->denominator; /* 0 of a count */
			alarm.least = term->min;
		}
		alarm.also = alarm.series;
		if (what->kind == SV_MEASURE_RATIO) {
			/* something above the line, and enough below it */
			alarm.series = what->numerator;
			alarm.least = term->op == TERM_ABOVE || term->limit > 0;
			alarm.also = what->denominator;
			alarm.also_least = term->min ? term->min : 1;
		}
		if (what->kind == SV_MEASURE_SEQUENCE) {
			alarm.also = what->denominator;
			alarm.also_least = 1;
		}
		alarms->alarm[alarms->n++] = alarm;
	}
}

void
condition_half(const struct condition *raises, const struct measures *m,
	       struct condition *ret_clears)
{
	*ret_clears = *raises;
	for (size_t i = 0; i < raises->n; i++) {
		if (raises->node[i].kind == CONDITION_AND)
			ret_clears->node[i].kind = CONDITION_OR;
		else if (raises->node[i].kind == CONDITION_OR)
			ret_clears->node[i].kind = CONDITION_AND;
		struct term *term = &ret_clears->node[i].term;
		if (raises->node[i].kind == CONDITION_TERM &&
		    m->measure[term->measure].kind == SV_MEASURE_BASELINE) {
			baseline_half(m, term);
			continue;
		}
		if (term->op == TERM_BELOW) { /* not rule(…) */
			term->op = TERM_AT_LEAST;
			continue;
		}
		term->op = TERM_BELOW;
		term->limit /= 2;
	}
}

const struct term *
condition_why(const struct condition *c, const struct measures *m,
	      const struct reading *reading)
{
	const struct term *first = NULL, *rule = NULL;

	for (size_t i = 0; i < c->n; i++) {
		const struct term *term = &c->node[i].term;
		if (c->node[i].kind != CONDITION_TERM)
			continue;
		bool holds = term_holds(term, m, reading);
		/* a number says more than that another rule is open */
		if (holds && m->measure[term->measure].kind != SV_MEASURE_RULE)
			return term;
		if (holds && !rule)
			rule = term;
		if (!first)
			first = term;
	}
	return rule ? rule : first;
}

const struct term *
condition_term(const struct condition *c, size_t measure)
{
	for (size_t i = 0; i < c->n; i++)
		if (c->node[i].kind == CONDITION_TERM &&
		    c->node[i].term.measure == measure)
			return &c->node[i].term;
	return NULL;
}

bool
condition_rises(const struct condition *c, const struct measures *m,
		const struct reading *reading)
{
	for (size_t i = 0; i < c->n; i++) {
		const struct term *term = &c->node[i].term;
		uint64_t num, den;
		if (c->node[i].kind != CONDITION_TERM)
			continue;
		if (m->measure[term->measure].kind == SV_MEASURE_BASELINE &&
		    baseline_stirs(term, m, reading))
			return true;
		if (m->measure[term->measure].kind != SV_MEASURE_RATIO)
			continue;
		fraction(m, term->measure, reading, &num, &den);
		if (num > 0 && den > term->min)
			return true;
	}
	return false;
}

uint64_t
condition_largest(const struct condition *c, const struct measures *m,
		  enum sv_measure_kind kind)
{
	uint64_t largest = 0;

	for (size_t i = 0; i < c->n; i++) {
		const struct term *term = &c->node[i].term;
		if (c->node[i].kind != CONDITION_TERM ||
		    m->measure[term->measure].kind != kind)
			continue;
		uint64_t limit = kind == SV_MEASURE_RATIO
					 ? term->min
					 : term->limit / CONDITION_SCALE;
		if (kind == SV_MEASURE_RATE)
			limit = (uint64_t)((unsigned __int128)limit * m->window /
					   term->unit);
		if (limit > largest)
			largest = limit;
	}
	return largest;
}

double
term_limit(const struct term *term)
{
	return (double)term->limit / CONDITION_SCALE;
}

void
condition_value(const struct measures *m, size_t measure, const struct reading *reading,
		uint64_t *ret_num, uint64_t *ret_den)
{
	fraction(m, measure, reading, ret_num, ret_den);
}
