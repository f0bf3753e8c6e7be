/* SPDX-License-Identifier: Apache-2.0 */
/* The gauges of a key, all together: what count.c, watch.c and others do with them. */
#include "base/text.h"
#include "engine/state.h"

void
gauges_init(struct engine *engine, struct engine_rule *rule)
{
	const struct plan *plan = rule->plan;
	const struct measures *m = &plan->measures;
	size_t at = rule->key_bytes;

	if (m->n_gauges == 0)
		return;
	at = (at + sizeof(sv_usec) - 1) / sizeof(sv_usec) * sizeof(sv_usec);
	rule->gauges_at = at;
	rule->key_bytes = at + m->n_gauges * sizeof(struct gauge);
	for (size_t i = 0; i < m->n_gauges; i++) {
		const struct gauge_what *what = &m->gauge[i];
		engine->waits |= what->kind == GAUGE_ABSENT;
		rule->gauge[i] = (struct gauge_spec){
			.pool = &engine->pool,
			.kind = (enum gauge_kind)what->kind,
			.repeats = what->repeats,
			.max_values = what->kind == GAUGE_NOVELTY ? GAUGE_MAX_VALUES
								  : plan->max_values,
			.window = plan->window,
			.span = what->span,
		};
		rule->waits |= what->kind == GAUGE_ABSENT;
		if (what->kind != GAUGE_REPEATED && what->span > rule->keep)
			rule->keep = what->span;
	}
}

void
gauges_count(struct engine *engine, struct engine_rule *rule, struct key *key,
	     const struct sv_event *event)
{
	const struct measures *m = &rule->plan->measures;
	struct gauge_event one = {
		.time = event->time,
		.weight = event->outcome == SV_GAP || event->count == 0 ? 1
									: event->count,
	};
	char part[EXPR_KEY_BYTES];

	for (size_t i = 0; i < m->n_gauges; i++) {
		const struct gauge_what *what = &m->gauge[i];
		if (!expr_test(what->expr, event))
			continue;
		if (what->field) {
			struct sv_str value = expr_field_key(what->field, event, part);
			if (value.len == 0)
				continue;
			one.hash = str_hash(value, engine->seed);
		}
		struct gauge *gauge = &key_gauges(rule, key)[i];
		uint32_t before = gauge->turned_away;
		gauge_add(gauge, &rule->gauge[i], engine->stats.now, &one);
		engine->stats.forgotten += gauge->turned_away - before;
	}
}

void
gauges_read(struct engine *engine, struct engine_rule *rule, struct key *key,
	    sv_usec now, struct reading *ret_reading)
{
	const struct measures *m = &rule->plan->measures;
	sv_usec gap = 0;
	uint64_t lost;

	if (rule->waits && key->watch)
		gap = watch_gap(engine, watch_at(engine, key->watch), 0, now, &lost);
	for (size_t i = 0; i < m->n_gauges; i++)
		ret_reading->gauge[i] = gauge_read(&key_gauges(rule, key)[i],
						   &rule->gauge[i], now, gap);
}

sv_usec
gauges_change(const struct engine_rule *rule, struct key *key, sv_usec now)
{
	sv_usec next = SV_USEC_NEVER;

	for (size_t i = 0; i < rule->plan->measures.n_gauges; i++) {
		sv_usec at =
			gauge_changes(&key_gauges(rule, key)[i], &rule->gauge[i], now);
		next = at < next ? at : next;
	}
	return next;
}

bool
gauges_wait(const struct engine_rule *rule, struct key *key, sv_usec now)
{
	return rule->waits && gauges_change(rule, key, now) != SV_USEC_NEVER;
}

sv_usec
gauges_keep(const struct engine *engine, const struct engine_rule *rule,
	    struct key *key)
{
	sv_usec until = 0;

	for (size_t i = 0; rule->keep && i < rule->plan->measures.n_gauges; i++) {
		sv_usec at = gauge_keeps(&key_gauges(rule, key)[i], &rule->gauge[i]);
		until = at > until ? at : until;
	}
	/* late events may still belong to it */
	return until ? until + engine->grace : 0;
}

void
gauges_done(struct engine_rule *rule, struct key *key)
{
	for (size_t i = 0; i < rule->plan->measures.n_gauges; i++)
		gauge_done(&key_gauges(rule, key)[i], &rule->gauge[i]);
}

void
gauges_save(const struct engine_rule *rule, const struct key *key, struct pack *out)
{
	const struct gauge *gauges =
		(const struct gauge *)((const char *)key + rule->gauges_at);

	for (size_t i = 0; i < rule->plan->measures.n_gauges; i++)
		gauge_save(&gauges[i], &rule->gauge[i], out);
}
