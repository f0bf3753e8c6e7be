/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/probe.h"

#include "base/text.h"
#include "engine/measure.h"
#include "engine/state.h"

#include <errno.h>
#include <limits.h>
#include <math.h>
#include <stdlib.h>

#define NAME_SHOWN 64
#define CLAIM_SHOWN 40

void
probe_set(struct engine *engine, probe_sink sink, void *user)
{
	engine->probe = sink;
	engine->probe_user = user;
}

const struct plan *
probe_plan(const struct engine *engine, size_t rule)
{
	return rule < engine->n_rules ? engine->rules[rule].plan : NULL;
}

static bool
tell(struct engine *engine, struct key *key, sv_usec now, probe_sink sink, void *user)
{
	struct engine_rule *rule = &engine->rules[key->rule];
	struct reading reading = { 0 };

	watch_read(engine, rule, key, now, &reading);
	const struct engine_seen seen = { .rule = key->rule,
					  .plan = rule->plan,
					  .key = key_name(engine, key),
					  .hash = key->hash,
					  .reading = &reading,
					  .now = now };
	return sink(user, &seen);
}

void
probe_tell(struct engine *engine, pool_handle key_handle, sv_usec now, bool settled)
{
	struct key *key = key_at(engine, key_handle);
	struct engine_rule *rule = &engine->rules[key->rule];

	if (settled || !rule->plan->settles)
		rule->unprobed =
			!tell(engine, key, now, engine->probe, engine->probe_user);
}

void
probe_walk(struct engine *engine, size_t rule, probe_sink sink, void *user)
{
	for (uint32_t i = 0; i < engine->n_buckets; i++)
		for (pool_handle at = engine->buckets[i]; at;
		     at = key_at(engine, at)->next) {
			struct key *key = key_at(engine, at);
			if (key->rule == rule)
				(void)tell(engine, key, engine->stats.now, sink, user);
		}
}

int
probe_recent(const struct engine *engine,
	     void (*each)(void *user, const struct sv_event *event), void *user)
{
	const struct recent *recent = &engine->recent;
	uint32_t *steps = calloc(recent->n + 1, sizeof(*steps)), at = RECENT_START;
	size_t n = 0, seen = 0;
	struct sv_event event;

	if (!steps)
		return -ENOMEM;
	/* steps[i] leads to the i-th newest */
	for (uint32_t before = at; recent_next(recent, &at, &seen, &event); before = at)
		steps[n++] = before;
	for (size_t i = n; i-- > 0;) {
		at = steps[i];
		seen = i;
		if (recent_next(recent, &at, &seen, &event))
			each(user, &event);
	}
	free(steps);
	return n < INT_MAX ? (int)n : INT_MAX;
}

struct sv_str
probe_key_text(const struct engine_seen *seen, size_t i, char *buf, size_t buf_bytes)
{
	return expr_key_text(seen->plan->by[i], key_part(seen->plan, seen->key, i), buf,
			     buf_bytes);
}

void
probe_key_words(struct buffer *buf, const struct engine_seen *seen)
{
	char part[64];

	for (size_t i = 0; i < seen->plan->n_by; i++) {
		bool claim = seen->plan->by[i]->writer == EXPR_CLAIM;
		struct sv_str text = probe_key_text(seen, i, part, sizeof(part));
		if (i)
			buffer_add_char(buf, ' ');
		if (claim)
			buffer_add_char(buf, '"');
		if (text.len)
			buffer_add_clean(buf, text, claim ? CLAIM_SHOWN : NAME_SHOWN);
		else
			buffer_add_char(buf, '?');
		if (claim)
			buffer_add_char(buf, '"');
	}
	if (seen->plan->n_by == 0)
		buffer_add_char(buf, '-');
}

/** What is usual is a limit of its own for each hour. */
static void
near_usual(const struct term *term, const struct measures *m,
	   const struct reading *reading, struct nearness *near)
{
	const struct measure *what = &m->measure[term->measure];
	bool share = what->baseline.share;
	uint32_t count = reading->series[what->denominator];

	*near = (struct nearness){
		.term = *term,
		.kind = SV_MEASURE_BASELINE,
		.value = share ? reading->series[what->numerator] : count,
		.whole = share ? count : 0,
		.usual = baseline_limit(what, term, &reading->baseline[term->measure],
					m->window)
	};
	if (isnan(near->usual) || count == 0)
		return;
	double value = share ? (double)near->value / count : count;
	double part = what->baseline.drops ? near->usual : value;
	double all = what->baseline.drops ? value : near->usual;
	near->share = all > 0 ? part / all : 1;
	/* at the limit itself "above" and "below" do not hold yet */
	if (baseline_holds(term, m, reading))
		near->share = fmax(near->share, 1);
	else if (count < term->min)
		near->share = fmin(near->share, 1) * (double)count / term->min;
	else
		near->share = fmin(near->share, nextafter(1, 0));
}

static void
near_term(const struct term *term, const struct measures *m,
	  const struct reading *reading, struct nearness *near)
{
	uint64_t num, den;

	if (m->measure[term->measure].kind == SV_MEASURE_BASELINE) {
		near_usual(term, m, reading, near);
		return;
	}
	condition_value(m, term->measure, reading, &num, &den);
	*near = (struct nearness){ .term = *term,
				   .kind = m->measure[term->measure].kind,
				   .value = num };
	double limit = (double)term->limit / CONDITION_SCALE;
	double value = den ? (double)num / (double)den * (double)term->unit : 0;
	near->share = limit > 0 ? value / limit : 1;
	if (near->kind == SV_MEASURE_RATIO) {
		near->whole = den;
		if (den < term->min || den == 0)
			near->share = (near->share < 1 ? near->share : 1) *
				      (double)den / (double)(term->min ? term->min : 1);
	}
	if (near->kind == SV_MEASURE_ABSENT)
		near->share = 0;
	if (near->kind == SV_MEASURE_RULE)
		near->share = (value >= limit) == (term->op == TERM_AT_LEAST);
	/* at the limit itself "above" does not hold yet */
	if (term->op == TERM_ABOVE && near->share >= 1 &&
	    (unsigned __int128)num * CONDITION_SCALE * term->unit <=
		    (unsigned __int128)term->limit * den)
		near->share = nextafter(1, 0);
}

static void
near_node(const struct condition *c, size_t node, const struct measures *m,
	  const struct reading *reading, struct nearness *near)
{
	if (c->node[node].kind == CONDITION_TERM) {
		near_term(&c->node[node].term, m, reading, near);
		return;
	}
	struct nearness left, right;
	near_node(c, c->node[node].left, m, reading, &left);
	near_node(c, c->node[node].right, m, reading, &right);
	bool first = c->node[node].kind == CONDITION_AND ? left.share <= right.share
							 : left.share >= right.share;
	*near = first ? left : right;
}

void
probe_near(const struct condition *condition, const struct measures *measures,
	   const struct reading *reading, struct nearness *ret_near)
{
	if (condition->n)
		near_node(condition, condition->root, measures, reading, ret_near);
	else
		*ret_near = (struct nearness){ .share = -1 };
}

void
probe_near_plan(const struct plan *plan, const struct reading *reading,
		struct nearness *ret_near)
{
	struct nearness critical;

	probe_near(&plan->warning, &plan->measures, reading, ret_near);
	probe_near(&plan->critical, &plan->measures, reading, &critical);
	if (critical.share > ret_near->share)
		*ret_near = critical;
}

void
probe_limit_words(struct buffer *buf, const struct term *term,
		  enum sv_measure_kind kind)
{
	double limit = term_limit(term);

	if (kind == SV_MEASURE_RATIO)
		words_share(buf, limit);
	else if (kind == SV_MEASURE_RATE)
		buffer_addf(buf, "%g/%s", limit,
			    term->unit == 1000000    ? "s"
			    : term->unit == 60000000 ? "min"
						     : "h");
	else
		buffer_addf(buf, "%.0f", limit);
}

void
probe_span_words(struct buffer *buf, sv_usec span)
{
	unsigned long long sec = span / SV_USEC_PER_SEC;

	if (span % SV_USEC_PER_SEC)
		buffer_addf(buf, "%.3g s", (double)span / 1e6);
	else if (sec && sec % 3600 == 0)
		buffer_addf(buf, "%llu h", sec / 3600);
	else if (sec && sec % 60 == 0)
		buffer_addf(buf, "%llu min", sec / 60);
	else
		buffer_addf(buf, "%llu s", sec);
}

/** "12 of 23 at this hour in 5 min", "40 % of 41 (limit 30 % at this hour) in 5 min" */
static void
usual_words(struct buffer *buf, const struct nearness *near, sv_usec window)
{
	unsigned long long value = near->value, whole = near->whole;
	unsigned long long count = whole ? whole : value;

	if (isnan(near->usual)) {
		buffer_add_cstr(buf, "still learning what is usual");
		return;
	}
	if (count < near->term.min) {
		buffer_addf(buf, "%llu (judged from %u on)", count,
			    (unsigned)near->term.min);
	} else if (whole) {
		words_share(buf, (double)value / (double)whole);
		buffer_addf(buf, " of %llu (limit ", whole);
		words_share(buf, near->usual);
		buffer_add_cstr(buf, " at this hour)");
	} else {
		buffer_addf(buf, near->usual < 10 ? "%llu of %.2g" : "%llu of %.0f",
			    value, near->usual);
		buffer_add_cstr(buf, " at this hour");
	}
	buffer_add_cstr(buf, " in ");
	probe_span_words(buf, window);
}

void
probe_near_words(struct buffer *buf, const struct nearness *near, sv_usec window)
{
	unsigned long long value = near->value, whole = near->whole;

	if (near->kind == SV_MEASURE_BASELINE) {
		usual_words(buf, near, window);
		return;
	}
	/* The clock judges these, and other rules: no number says how near it is. */
	if (near->kind == SV_MEASURE_RULE || near->kind == SV_MEASURE_ABSENT) {
		buffer_add_cstr(buf, near->kind == SV_MEASURE_RULE
					     ? "what it asks of other rules"
					     : "no absence of that length");
		return;
	}
	if (near->kind == SV_MEASURE_RATIO && whole < near->term.min) {
		buffer_addf(buf, "%llu of %llu (judged from %u on)", value, whole,
			    (unsigned)near->term.min);
	} else if (near->kind == SV_MEASURE_RATIO) {
		words_share(buf, whole ? (double)value / (double)whole : 0);
		buffer_addf(buf, " of %llu (limit ", whole);
		probe_limit_words(buf, &near->term, near->kind);
		buffer_add_char(buf, ')');
	} else if (near->kind == SV_MEASURE_RATE) {
		buffer_addf(buf, "%.3g of ",
			    (double)value * (double)near->term.unit / (double)window);
		probe_limit_words(buf, &near->term, near->kind);
	} else {
		buffer_addf(buf, "%llu of ", value);
		probe_limit_words(buf, &near->term, near->kind);
	}
	buffer_add_cstr(buf, near->kind == SV_MEASURE_CONSECUTIVE ? " in a row, in "
								  : " in ");
	probe_span_words(buf, window);
}
