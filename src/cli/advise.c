/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/advise.h"

#include "base/text.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

/* Names of rules that are tried: threshold, number of the try. */
#define TRY_NAME_BYTES 32
/* Rules of one engine. */
#define MOST_TRIES 2048

static const char *
suffix_of(const struct threshold *t)
{
	if (t->kind == SV_MEASURE_RATIO)
		return "%";
	if (t->kind != SV_MEASURE_RATE)
		return "";
	return t->term.unit == 1000000    ? "/s"
	       : t->term.unit == 60000000 ? "/min"
					  : "/h";
}

/** The term's limit in whole numbers of its unit or, if need be, of a tenth of it. */
static void
set_units(struct threshold *t)
{
	uint64_t scale = CONDITION_SCALE / (t->kind == SV_MEASURE_RATIO ? 100 : 1);

	t->tenth = t->term.limit % scale ? 10 : 1;
	uint64_t now = t->term.limit * t->tenth / scale;
	t->now = now < UINT32_MAX ? (uint32_t)now : UINT32_MAX;
	t->most = UINT32_MAX / 4;
	if (t->kind == SV_MEASURE_RATIO) /* above 100 % is nothing */
		t->most = 100 * t->tenth - (t->term.op == TERM_ABOVE);
	t->suffix = suffix_of(t);
}

/** How long something was absent and what is new is no number of a window that a limit
 *  could be found for; what is usual finds its own. */
static bool
has_limit(const struct plan *plan, const struct term *term)
{
	enum sv_measure_kind kind = plan->measures.measure[term->measure].kind;

	return kind != SV_MEASURE_ABSENT && kind != SV_MEASURE_NEW &&
	       kind != SV_MEASURE_BASELINE;
}

static void
take_condition(struct advise *advise, size_t rule, bool critical)
{
	const struct plan *plan = advise->plans[rule];
	const struct condition *c = critical ? &plan->critical : &plan->warning;

	/* Tried alone, it would not find the rules that it asks for. */
	if (plan->measures.n_rules)
		return;
	for (size_t i = 0; i < c->n; i++) {
		if (c->node[i].kind != CONDITION_TERM ||
		    !has_limit(plan, &c->node[i].term))
			continue;
		struct threshold *t = &advise->thresholds[advise->n_thresholds++];
		*t = (struct threshold){ .rule = rule,
					 .critical = critical,
					 .partial = critical && plan->warning.n,
					 .term = c->node[i].term };
		const struct measure *m = &plan->measures.measure[t->term.measure];
		t->kind = m->kind;
		t->measure = m->text;
		set_units(t);
	}
}

int
advise_init(struct advise *advise, const struct conf *conf, uint64_t per_week)
{
	struct expr_error error;
	const char *key;
	size_t terms = 0;

	*advise = (struct advise){ .conf = conf, .per_week = per_week };
	advise->plans = calloc(conf->n_rules + 1, sizeof(struct plan *));
	advise->first = calloc(conf->n_rules + 1, sizeof(*advise->first));
	if (!advise->plans || !advise->first)
		return -ENOMEM;
	for (size_t i = 0; i < conf->n_rules; i++) {
		int r = plan_new(&conf->rules[i], &advise->plans[i], &key, &error);
		if (r < 0)
			return r;
		terms += advise->plans[i]->warning.n + advise->plans[i]->critical.n;
	}
	advise->thresholds = calloc(terms + 1, sizeof(*advise->thresholds));
	if (!advise->thresholds)
		return -ENOMEM;
	for (size_t i = 0; i < conf->n_rules; i++) {
		advise->first[i] = advise->n_thresholds;
		take_condition(advise, i, false);
		take_condition(advise, i, true);
	}
	advise->first[conf->n_rules] = advise->n_thresholds;
	return peaks_init(&advise->peaks, advise->n_thresholds);
}

void
advise_done(struct advise *advise)
{
	for (size_t i = 0; advise->plans && i < advise->conf->n_rules; i++)
		plan_free(advise->plans[i]);
	free(advise->plans);
	free(advise->thresholds);
	free(advise->first);
	peaks_done(&advise->peaks);
}

/** Value of the threshold's measure in its units; false: too little to judge. */
static bool
value_of(const struct threshold *t, const struct measures *m,
	 const struct reading *reading, uint32_t *ret_value)
{
	uint64_t num, den;

	condition_value(m, t->term.measure, reading, &num, &den);
	if (den == 0 || (t->kind == SV_MEASURE_RATIO && den < t->term.min))
		return false;
	unsigned __int128 value = (unsigned __int128)num * t->tenth * t->term.unit *
				  (t->kind == SV_MEASURE_RATIO ? 100 : 1) / den;
	*ret_value = value < UINT32_MAX / 4 ? (uint32_t)value : UINT32_MAX / 4;
	return true;
}

void
advise_seen(struct advise *advise, const struct engine_seen *seen)
{
	uint64_t hash = str_hash(seen->key, 1);
	uint32_t value;

	for (size_t i = advise->first[seen->rule]; i < advise->first[seen->rule + 1];
	     i++) {
		const struct threshold *t = &advise->thresholds[i];
		if (value_of(t, &seen->plan->measures, seen->reading, &value))
			peaks_add(&advise->peaks, i, hash, value, seen->now);
	}
}

/** What the threshold's alerts are counted by: those that are told. */
static bool
counts(const struct threshold *t, const struct sv_alert *alert)
{
	if (sv_alert_is_held(alert))
		return false;
	if (!t->partial)
		return alert->state == SV_ALERT_FIRING;
	return alert->severity == SV_SEVERITY_CRITICAL &&
	       alert->previous < SV_SEVERITY_CRITICAL;
}

void
advise_alert(struct advise *advise, const struct sv_alert *alert)
{
	for (size_t i = 0; i < advise->n_thresholds; i++) {
		struct threshold *t = &advise->thresholds[i];
		if (str_eq(alert->rule, str_of(advise->conf->rules[t->rule].name)))
			t->alerts += counts(t, alert);
	}
}

void
advise_limit(const struct threshold *t, uint32_t limit, char out[40])
{
	if (t->tenth == 1 || limit % t->tenth == 0)
		(void)snprintf(out, 40, "%u%s", limit / t->tenth, t->suffix);
	else
		(void)snprintf(out, 40, "%u.%u%s", limit / t->tenth, limit % t->tenth,
			       t->suffix);
}

static struct sv_str
condition_text(const struct advise *advise, const struct threshold *t)
{
	const struct rule_spec *rule = &advise->conf->rules[t->rule];

	return str_of(t->critical ? rule->critical : rule->warning);
}

void
advise_condition(const struct advise *advise, const struct threshold *t, uint32_t limit,
		 struct buffer *out)
{
	struct sv_str text = condition_text(advise, t);
	char number[40];

	advise_limit(t, limit, number);
	buffer_add(out, str_upto(text, t->term.limit_at));
	buffer_add_cstr(out, number);
	buffer_add(out, str_from(text, (size_t)t->term.limit_at + t->term.limit_len));
}

bool
advise_enough(const struct advise *advise, uint64_t alerts)
{
	sv_usec span =
		advise->span > TALLY_LEAST_SPAN ? advise->span : TALLY_LEAST_SPAN;

	return (unsigned __int128)alerts * TALLY_WEEK <=
	       (unsigned __int128)advise->per_week * span;
}

/* ---- the search ---- */

static void
try_limit(struct threshold *t, uint64_t limit)
{
	if (limit <= t->low || limit > t->high || t->n_tries == ADVISE_TRIES)
		return;
	for (size_t i = 0; i < t->n_tries; i++)
		if (t->tries[i].limit == limit)
			return;
	size_t at = t->n_tries++;
	for (; at && t->tries[at - 1].limit > limit; at--)
		t->tries[at] = t->tries[at - 1];
	t->tries[at] = (struct advise_try){ .limit = (uint32_t)limit };
}

/** First round: where the distribution points, and the end of it. */
static void
begin(struct advise *advise, size_t index)
{
	struct threshold *t = &advise->thresholds[index];
	uint32_t highest = advise->peaks.highest[index];
	sv_usec span =
		advise->span > TALLY_LEAST_SPAN ? advise->span : TALLY_LEAST_SPAN;
	uint64_t most =
		(uint64_t)((unsigned __int128)advise->per_week * span / TALLY_WEEK);

	t->n_tries = 0;
	t->low = 0;
	/* beyond twice its limit a window may count too low */
	t->high = highest > 2 * t->now ? 2 * highest + 1 : highest + 1;
	if (t->high > t->most)
		t->high = t->most;
	if (highest == 0)
		return;
	t->searched = true;
	uint32_t guess = peaks_limit(&advise->peaks, index, most);
	try_limit(t, t->high);
	try_limit(t, guess);
	try_limit(t, guess - 1);
	try_limit(t, (uint64_t)guess + 1);
	try_limit(t, guess + guess / 4 + 2);
	try_limit(t, guess - guess / 4);
}

/** Later rounds: what is left in between, evenly by ratio. */
static void
go_on(struct threshold *t)
{
	uint64_t left = t->high - t->low - 1u;

	t->n_tries = 0;
	if (left <= ADVISE_TRIES) {
		for (uint32_t limit = t->low + 1; limit < t->high; limit++)
			try_limit(t, limit);
		return;
	}
	uint64_t from = t->low, room = t->high - from;
	for (unsigned i = 1; i <= ADVISE_TRIES; i++) {
		/* denser towards the lower end */
		uint64_t step =
			room * i * i / ((ADVISE_TRIES + 1) * (ADVISE_TRIES + 1));
		try_limit(t, from + (step > i ? step : i));
	}
}

/** From above: the lowest limit down to which all gave no more than enough. */
static void
take_results(const struct advise *advise, struct threshold *t)
{
	for (size_t i = t->n_tries; i-- > 0;) {
		const struct advise_try *one = &t->tries[i];
		if (advise_enough(advise, one->alerts)) {
			t->high = one->limit;
			t->with = one->alerts;
			continue;
		}
		if (one->limit == t->high) {
			t->hopeless = true;
			t->with = one->alerts;
		}
		t->low = one->limit;
		t->below = one->alerts;
		break;
	}
	t->n_tries = 0;
}

static bool
is_done(const struct threshold *t)
{
	return !t->searched || t->hopeless || t->high - t->low <= 1;
}

struct trial {
	struct advise *advise;
	struct rule_spec *rules; /* one a try */
	char (*names)[TRY_NAME_BYTES];
	struct buffer *texts; /* their conditions */
	struct advise_try **tries;
	const struct threshold **of;
	size_t n;
};

static void
count_try(void *user, const struct sv_alert *alert)
{
	const struct trial *trial = user;
	uint64_t index = 0;

	if (str_take_u64(alert->rule, &index) != alert->rule.len || index >= trial->n)
		return;
	trial->tries[index]->alerts += counts(trial->of[index], alert);
}

static int
add_try(struct trial *trial, struct threshold *t, struct advise_try *one)
{
	const struct conf *conf = trial->advise->conf;
	struct rule_spec *rule = &trial->rules[trial->n];
	struct buffer *text = &trial->texts[trial->n];

	buffer_init(text);
	advise_condition(trial->advise, t, one->limit, text);
	buffer_add_char(text, '\0');
	(void)snprintf(trial->names[trial->n], TRY_NAME_BYTES, "%zu", trial->n);
	*rule = conf->rules[t->rule];
	rule->name = trial->names[trial->n];
	/* words are not looked at, and some need a measure that stays */
	rule->summary = rule->likely = rule->check = NULL;
	if (t->critical)
		rule->critical = text->ptr;
	else
		rule->warning = text->ptr;
	one->alerts = 0;
	trial->tries[trial->n] = one;
	trial->of[trial->n] = t;
	trial->n++;
	return buffer_failed(text) ? -ENOMEM : 0;
}

static int
read_again(struct trial *trial, const struct sources *sources)
{
	const struct conf *conf = trial->advise->conf;
	struct engine_spec engine = {
		.rules = trial->rules,
		.n_rules = trial->n,
		.lists = conf->lists,
		.n_lists = conf->n_lists,
		.grace = conf->grace,
		/* so many rules more have keys of their own */
		.max_keys = conf->max_keys * 4,
		.max_bytes = conf->max_bytes * 4,
		.recent_bytes = 1, /* no evidence is wanted: as little as can be */
	};
	struct pipeline_spec spec = {
		.single = sources_single(sources),
		.engine = &engine,
		.peers = conf->peers,
		.n_peers = conf->n_peers,
		.alert = count_try,
		.user = trial,
	};
	struct sources_result result;
	struct engine_stats stats;
	struct pipeline *pipeline = NULL;
	struct expr_error error;
	size_t rule;
	int r = pipeline_new(&spec, &pipeline, &rule, &error);

	if (r == 0)
		r = sources_run(sources, pipeline, &result);
	if (r == 0) {
		engine_stats_get(pipeline_engine(pipeline), &stats);
		trial->advise->evicted += stats.evicted;
	}
	pipeline_free(pipeline);
	return r;
}

/** Thresholds from `*at` on, as many as one engine takes; moves *at behind them. */
static int
run_some(struct advise *advise, const struct sources *sources, size_t *at)
{
	size_t most = MOST_TRIES + ADVISE_TRIES;
	struct trial trial = { .advise = advise,
			       .rules = calloc(most, sizeof(*trial.rules)),
			       .names = calloc(most, sizeof(*trial.names)),
			       .texts = calloc(most, sizeof(*trial.texts)),
			       .tries = calloc(most, sizeof(struct advise_try *)),
			       .of = calloc(most, sizeof(struct threshold *)) };
	int r = trial.rules && trial.names && trial.texts && trial.tries && trial.of
			? 0
			: -ENOMEM;

	for (; *at < advise->n_thresholds && trial.n < MOST_TRIES && r == 0; ++*at) {
		struct threshold *t = &advise->thresholds[*at];
		for (size_t k = 0; k < t->n_tries && r == 0; k++)
			r = add_try(&trial, t, &t->tries[k]);
	}
	if (r == 0 && trial.n)
		r = read_again(&trial, sources);
	for (size_t i = 0; i < trial.n; i++)
		buffer_done(&trial.texts[i]);
	free(trial.rules);
	free(trial.names);
	free(trial.texts);
	free(trial.tries);
	free(trial.of);
	return r;
}

static int
run_round(struct advise *advise, const struct sources *sources)
{
	struct sources again = *sources;
	char doing[64];
	int r = 0;

	for (size_t at = 0; at < advise->n_thresholds && r == 0;) {
		(void)snprintf(doing, sizeof(doing), "%zu. ", ++advise->readings);
		again.doing = doing;
		r = run_some(advise, &again, &at);
	}
	return r;
}

int
advise_search(struct advise *advise, const struct sources *sources,
	      const struct sources_result *first)
{
	struct sources again = *sources;
	int r = 0;

	peaks_end(&advise->peaks);
	advise->span = first->last > first->first ? first->last - first->first : 0;
	advise->readings = 1;
	/* a log may be growing */
	if (!again.until)
		again.until = first->last;
	for (size_t i = 0; i < advise->n_thresholds; i++)
		begin(advise, i);
	for (unsigned round = 0; round < ADVISE_ROUNDS && r == 0; round++) {
		size_t tries = 0;
		for (size_t i = 0; i < advise->n_thresholds; i++)
			tries += advise->thresholds[i].n_tries;
		if (tries == 0)
			break;
		r = run_round(advise, &again);
		for (size_t i = 0; i < advise->n_thresholds && r == 0; i++) {
			struct threshold *t = &advise->thresholds[i];
			take_results(advise, t);
			if (!is_done(t))
				go_on(t);
		}
	}
	return r;
}
