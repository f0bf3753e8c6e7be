/* SPDX-License-Identifier: Apache-2.0 */
/* Between the engine and what its rules know to be usual (baseline.h). */
#include "engine/state.h"

#include "base/text.h"

#include <errno.h>
#include <stdlib.h>

#define DEFAULT_MAX_BASELINES 4096

/** The plan says what to learn, the rule how far it has come. */
static struct baseline_rule *
learned_of(struct engine_rule *rule)
{
	rule->learned = rule->plan->learned;
	return &rule->learned;
}

int
learn_init(struct engine *engine, size_t max)
{
	struct baseline_rule **rules =
		calloc(engine->n_rules + 1, sizeof(struct baseline_rule *));

	if (!rules)
		return -ENOMEM;
	for (size_t i = 0; i < engine->n_rules; i++)
		rules[i] = learned_of(&engine->rules[i]);
	return baseline_init(&engine->baseline, &engine->pool, rules, engine->n_rules,
			     max ? max : DEFAULT_MAX_BASELINES);
}

void
learn_event(struct engine *engine, const struct engine_rule *rule,
	    const struct engine_match *match, const struct sv_event *event)
{
	const struct baseline_rule *learned = &rule->learned;
	struct baseline_key key = { .rule = rule->index,
				    .hash = match->hash,
				    .name = engine->groups[rule->group].name };
	uint32_t add[BASELINE_MAX_SERIES];

	for (size_t i = 0; i < learned->n_series; i++) {
		const struct expr *expr =
			rule->plan->measures.series[learned->series[i]].expr;
		add[i] = expr && !expr_test(expr, event) ? 0 : count_weight(event);
	}
	baseline_learn(&engine->baseline, &key, engine->stats.now, event->time, add);
}

void
learn_read(const struct engine *engine, const struct engine_rule *rule,
	   const struct key *key, sv_usec now, struct reading *reading)
{
	const struct measures *m = &rule->plan->measures;
	struct baseline_key whose = { .rule = rule->index,
				      .hash = key->hash,
				      .name = key_name(engine, key) };

	for (size_t i = 0; i < m->n; i++)
		if (m->measure[i].kind == SV_MEASURE_BASELINE)
			reading->baseline[i] =
				baseline_of(&engine->baseline, &whose,
					    &m->measure[i].baseline, now, m->window);
}

static struct sv_str
rule_name(const void *user, size_t rule)
{
	const struct engine *engine = user;

	return str_of(engine->rules[rule].plan->name);
}

static uint32_t
hash_name(const void *user, size_t rule, struct sv_str name)
{
	const struct engine *engine = user;

	return key_hash_of(engine, &engine->rules[rule], name);
}

void
learn_save(const struct engine *engine, struct pack *out)
{
	struct baseline_names names = { rule_name, hash_name, engine };

	baseline_save(&engine->baseline, &names, out);
}

int
learn_load(struct engine *engine, struct unpack *in)
{
	struct baseline_names names = { rule_name, hash_name, engine };

	return baseline_load(&engine->baseline, &names, in);
}

static void
tell(const struct engine *engine, const struct engine_rule *rule,
     void (*each)(void *user, const struct engine_learning *learning), void *user)
{
	const struct plan *plan = rule->plan;
	struct engine_learning learning = { .rule = plan->name };

	for (size_t i = 0; i < plan->measures.n; i++) {
		const struct measure *what = &plan->measures.measure[i];
		if (what->kind != SV_MEASURE_BASELINE)
			continue;
		sv_usec ready = baseline_ready(&rule->learned, &what->baseline);
		learning.still |= ready == 0 || ready > engine->stats.now;
		if (ready > learning.ready)
			learning.ready = ready;
	}
	each(user, &learning);
}

void
engine_learning(const struct engine *engine,
		void (*each)(void *user, const struct engine_learning *learning),
		void *user)
{
	for (size_t i = 0; i < engine->n_rules; i++)
		if (engine->rules[i].plan->learned.n_series)
			tell(engine, &engine->rules[i], each, user);
}
