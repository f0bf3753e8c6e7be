/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The engine as bytes, and back:
 *
 *   format │ engine: time, seed, counters, gaps │ recent events │ baselines │ rules │
 *   keys │ end │ trail
 *
 * Keys come pinned ones first (with open alerts), then each rule's lists from their
 * heads, so that loading puts them back in the order in which they would be given up.
 */
#include "engine/saved.h"

#include "base/text.h"
#include "engine/saved_key.h"

#include <errno.h>
#include <stdlib.h>

#define FORMAT 5u
#define MORE_KEYS 1
#define END_OF_KEYS 0
/** Rules in an image at most; as many as an engine takes. */
#define MAX_RULES 4096

/* Saving. */

static void
save_gaps(const struct engine *engine, struct pack *out)
{
	pack_u64(out, engine->n_gaps);
	for (size_t i = 0; i < ENGINE_MAX_GAPS; i++) {
		pack_u64(out, engine->gaps[i].time);
		pack_u64(out, engine->gaps[i].lost);
		pack_u32(out, engine->gaps[i].host_hash);
		pack_u32(out, engine->gaps[i].source_hash);
	}
}

static void
save_counters(const struct engine *engine, struct pack *out)
{
	const struct engine_stats *s = &engine->stats;

	pack_u64(out, s->now);
	pack_u64(out, engine->seed);
	pack_u64(out, engine->serial);
	pack_u64(out, s->events);
	pack_u64(out, s->gaps);
	pack_u64(out, s->matched);
	pack_u64(out, s->excepted);
	pack_u64(out, s->unkeyed);
	pack_u64(out, s->late_counted);
	pack_u64(out, s->late_dropped);
	pack_u64(out, s->evicted);
	pack_u64(out, s->unwatched);
	pack_u64(out, s->forgotten);
	pack_u64(out, s->transitions);
}

static void
save_rule(const struct engine_rule *rule, struct pack *out)
{
	pack_str(out, str_of(rule->plan->name));
	pack_u64(out, rule->plan->digest);
	pack_u8(out, (uint8_t)rule->plan->measures.n_series);
	pack_u8(out, (uint8_t)rule->plan->measures.n_distinct);
	pack_u8(out, (uint8_t)rule->plan->measures.n_gauges);
	for (unsigned level = 0; level < KEY_LEVELS; level++)
		pack_u64(out, rule->list[level].stale);
	pack_u32(out, rule->floor);
}

static void
save_one(const struct engine *engine, pool_handle handle, struct pack *out)
{
	pack_u8(out, MORE_KEYS);
	saved_key_put(engine, key_at(engine, handle), out);
}

static void
save_keys(const struct engine *engine, struct pack *out)
{
	for (uint32_t i = 0; i < engine->n_buckets; i++)
		for (pool_handle h = engine->buckets[i]; h; h = key_at(engine, h)->next)
			if (key_at(engine, h)->level == KEY_PINNED)
				save_one(engine, h, out);
	for (size_t i = 0; i < engine->n_rules; i++)
		for (unsigned level = 0; level < KEY_LEVELS; level++)
			for (pool_handle h = engine->rules[i].list[level].head; h;
			     h = key_at(engine, h)->newer)
				save_one(engine, h, out);
	pack_u8(out, END_OF_KEYS);
}

void
engine_save(const struct engine *engine, struct pack *out)
{
	pack_u32(out, FORMAT);
	save_counters(engine, out);
	save_gaps(engine, out);
	recent_save(&engine->recent, out);
	learn_save(engine, out);
	pack_u32(out, (uint32_t)engine->n_rules);
	for (size_t i = 0; i < engine->n_rules; i++)
		save_rule(&engine->rules[i], out);
	save_keys(engine, out);
	trail_save(&engine->trail, out);
}

/* Loading. */

static void
load_gaps(struct engine *engine, struct unpack *in)
{
	engine->n_gaps = (size_t)unpack_u64(in);
	for (size_t i = 0; i < ENGINE_MAX_GAPS; i++) {
		engine->gaps[i].time = unpack_u64(in);
		engine->gaps[i].lost = unpack_u64(in);
		engine->gaps[i].host_hash = unpack_u32(in);
		engine->gaps[i].source_hash = unpack_u32(in);
	}
}

static void
load_counters(struct engine *engine, struct unpack *in)
{
	struct engine_stats *s = &engine->stats;

	s->now = unpack_u64(in);
	engine->seed = unpack_u64(in);
	engine->serial = unpack_u64(in);
	s->events = unpack_u64(in);
	s->gaps = unpack_u64(in);
	s->matched = unpack_u64(in);
	s->excepted = unpack_u64(in);
	s->unkeyed = unpack_u64(in);
	s->late_counted = unpack_u64(in);
	s->late_dropped = unpack_u64(in);
	s->evicted = unpack_u64(in);
	s->unwatched = unpack_u64(in);
	s->forgotten = unpack_u64(in);
	s->transitions = unpack_u64(in);
	engine->trail.seed = engine->seed;
	for (size_t i = 0; i < engine->n_rules; i++)
		rule_salt(engine, &engine->rules[i]);
}

/** The rule that goes on, NULL if it is gone or another one now. */
static struct engine_rule *
find_rule(struct engine *engine, const struct saved_rule *saved)
{
	for (size_t i = 0; i < engine->n_rules; i++) {
		struct engine_rule *rule = &engine->rules[i];
		const struct measures *m = &rule->plan->measures;
		if (rule->plan->digest == saved->digest &&
		    str_eq(str_of(rule->plan->name), saved->name) &&
		    m->n_series == saved->n_series &&
		    m->n_distinct == saved->n_distinct &&
		    m->n_gauges == saved->n_gauges)
			return rule;
	}
	return NULL;
}

static int
load_rules(struct engine *engine, struct unpack *in, struct saved_rule *rules, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		struct saved_rule *r = &rules[i];
		r->name = unpack_str(in);
		r->digest = unpack_u64(in);
		r->n_series = unpack_u8(in);
		r->n_distinct = unpack_u8(in);
		r->n_gauges = unpack_u8(in);
		for (unsigned level = 0; level < KEY_LEVELS; level++)
			r->stale[level] = unpack_u64(in);
		uint32_t floor = unpack_u32(in);
		if (!unpack_ok(in) || r->n_series > MEASURES_MAX_SERIES ||
		    r->n_distinct > MEASURES_MAX_DISTINCT ||
		    r->n_gauges > MEASURES_MAX_GAUGES)
			return -EBADMSG;
		r->rule = find_rule(engine, r);
		if (!r->rule)
			continue;
		r->rule->goes_on = true;
		r->rule->floor = floor;
	}
	return 0;
}

/** Lists are swept at the time at which they would have been. */
static void
restore_stale(struct engine *engine, const struct saved_rule *rules, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		struct engine_rule *rule = rules[i].rule;
		if (!rule)
			continue;
		rule->stale = SV_USEC_NEVER;
		for (unsigned level = 0; level < KEY_LEVELS; level++) {
			rule->list[level].stale = rules[i].stale[level];
			if (rule->list[level].stale < rule->stale)
				rule->stale = rule->list[level].stale;
		}
	}
	keys_order_sweeps(engine);
}

static int
load_keys(struct saved_loading *l)
{
	struct unpack *in = l->in;
	uint8_t mark;

	while ((mark = unpack_u8(in)) == MORE_KEYS) {
		int r = saved_key_take(l);
		if (r < 0)
			return r;
	}
	return unpack_ok(in) && mark == END_OF_KEYS ? 0 : -EBADMSG;
}

int
engine_load(struct engine *engine, struct unpack *in, engine_sink orphan, void *user,
	    struct engine_loaded *ret_loaded)
{
	struct saved_loading l = {
		.engine = engine, .in = in, .orphan = orphan, .user = user
	};
	struct engine_stats stats;
	int r;

	if (unpack_u32(in) != FORMAT)
		return -EBADMSG;
	load_counters(engine, in);
	load_gaps(engine, in);
	r = recent_load(&engine->recent, in);
	if (r >= 0)
		r = learn_load(engine, in);
	if (r == -ENOMEM)
		return r;
	l.n_rules = unpack_u32(in);
	if (r < 0 || !unpack_ok(in) || l.n_rules > MAX_RULES)
		return -EBADMSG;
	l.rules = calloc(l.n_rules + 1, sizeof(*l.rules));
	if (!l.rules)
		return -ENOMEM;
	stats = engine->stats;
	r = load_rules(engine, in, l.rules, l.n_rules);
	if (r == 0)
		r = load_keys(&l);
	if (r == 0)
		r = trail_load(&engine->trail, in);
	if (r == 0) {
		restore_stale(engine, l.rules, l.n_rules);
		r = compound_loaded(engine);
		/* what loading itself has counted */
		l.loaded.lost += engine->stats.evicted - stats.evicted;
		for (size_t i = 0; i < l.n_rules; i++)
			*(l.rules[i].rule ? &l.loaded.rules : &l.loaded.dropped) += 1;
		*ret_loaded = l.loaded;
	}
	free(l.rules);
	return r;
}
