/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/engine.h"

#include "base/text.h"
#include "engine/state.h"

#include <assert.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#define DEFAULT_GRACE (30 * SV_USEC_PER_SEC)
#define DEFAULT_MAX_KEYS ((size_t)1000000)
#define DEFAULT_MAX_BYTES ((size_t)64 * 1024 * 1024)
#define DEFAULT_RECENT_BYTES ((size_t)1024 * 1024)
#define MAX_RULES 4096
/* Smallest share of a key in max_bytes: how many buckets are worth having. */
#define KEY_LEAST_BYTES 64
#define FIRST_BUCKETS 1024
/* Keys of a bucket that are looked at ahead of time. */
#define FETCH_STEPS 4

static int
take_lists(struct engine *engine, const struct engine_spec *spec,
	   struct expr_error *reterr_error)
{
	engine->lists = calloc(spec->n_lists + 1, sizeof(*engine->lists));
	if (!engine->lists)
		return -ENOMEM;
	for (size_t i = 0; i < spec->n_lists; i++) {
		int r = cidr_set_init(&engine->lists[i], &spec->lists[i], reterr_error);
		engine->n_lists++;
		if (r < 0)
			return r;
	}
	return 0;
}

static int
take_except(struct engine *engine, struct plan *plan, const struct rule_spec *spec,
	    struct expr_error *reterr_error)
{
	for (size_t i = 0; i < spec->n_except && i < RULE_MAX_EXCEPT; i++) {
		const struct cidr_set *found = NULL;
		assert(spec->except[i]);
		for (size_t k = 0; k < engine->n_lists; k++)
			if (engine->lists[k].name &&
			    strcmp(engine->lists[k].name, spec->except[i]) == 0)
				found = &engine->lists[k];
		if (!found) {
			*reterr_error = (struct expr_error){ .len = 1 };
			(void)snprintf(reterr_error->message,
				       sizeof(reterr_error->message), "no list '%.64s'",
				       spec->except[i]);
			return -EINVAL;
		}
		if (found->n_v4 + found->n_v6 > 0)
			plan->except[plan->n_except++] = found;
	}
	return 0;
}

static int
take_rule(struct engine *engine, const struct rule_spec *spec,
	  struct expr_error *reterr_error)
{
	struct engine_rule *rule = &engine->rules[engine->n_rules];
	const char *key;
	int r = plan_new(spec, &rule->plan, &key, reterr_error);

	if (r < 0)
		return r;
	const struct plan *plan = rule->plan;
	rule->index = (uint16_t)engine->n_rules++;
	rule->stale = SV_USEC_NEVER;
	for (unsigned level = 0; level < KEY_LEVELS; level++)
		rule->list[level].stale = SV_USEC_NEVER;
	rule->window = (struct window_spec){ .pool = &engine->pool,
					     .span = plan->window,
					     .max_entries = plan->max_entries };
	rule->distinct = (struct distinct_spec){ .pool = &engine->pool,
						 .span = plan->window,
						 .max_values = plan->max_values };
	rule->key_bytes = sizeof(struct key) +
			  plan->measures.n_series * sizeof(struct window) +
			  plan->measures.n_distinct * sizeof(struct distinct);
	gauges_init(engine, rule);
	return take_except(engine, rule->plan, spec, reterr_error);
}

static int
take_rules(struct engine *engine, const struct engine_spec *spec, size_t *reterr_rule,
	   struct expr_error *reterr_error)
{
	engine->rules = calloc(spec->n_rules + 1, sizeof(*engine->rules));
	if (!engine->rules)
		return -ENOMEM;
	for (size_t i = 0; i < spec->n_rules && i < MAX_RULES; i++) {
		if (spec->rules[i].mode == RULE_OFF)
			continue;
		int r = take_rule(engine, &spec->rules[i], reterr_error);
		if (r < 0) {
			*reterr_rule = i;
			return r;
		}
	}
	return 0;
}

/** What rules ask of each other. */
static int
link_rules(struct engine *engine, const struct engine_spec *spec, size_t *reterr_rule,
	   struct expr_error *reterr_error)
{
	const char *key;
	size_t index;
	int r = 0;

	for (size_t i = 0; i < spec->n_rules && i < MAX_RULES && r == 0; i++) {
		*reterr_rule = i;
		if (spec->rules[i].mode != RULE_OFF)
			r = rule_check_named(spec->rules, spec->n_rules, i, &key,
					     reterr_error);
	}
	return r == 0 ? compound_link(engine, &index) : r;
}

static bool
groups_alike(const struct plan *a, const struct plan *b)
{
	if (a->n_by != b->n_by)
		return false;
	for (size_t i = 0; i < a->n_by; i++)
		if (!expr_field_same(a->by[i], b->by[i]))
			return false;
	return true;
}

void
rule_salt(const struct engine *engine, struct engine_rule *rule)
{
	rule->salt = str_hash(str_make((const char *)&rule->index, sizeof(rule->index)),
			      engine->seed);
}

static int
take_group(struct engine *engine, struct engine_rule *rule)
{
	size_t i;

	for (i = 0; i < engine->n_groups; i++)
		if (groups_alike(engine->groups[i].plan, rule->plan))
			break;
	rule->group = (uint16_t)i;
	rule_salt(engine, rule);
	if (i < engine->n_groups)
		return 0;
	engine->groups[i].plan = rule->plan;
	engine->groups[i].buf = malloc(KEY_MAX_BYTES);
	engine->n_groups++;
	return engine->groups[i].buf ? 0 : -ENOMEM;
}

static int
index_rules(struct engine *engine)
{
	struct pick_rule *rules = calloc(engine->n_rules + 1, sizeof(*rules));
	int r;

	for (size_t i = 0; rules && i < engine->n_rules; i++) {
		const struct plan *plan = engine->rules[i].plan;
		assert(plan);
		/* one that asks rules alone counts no event */
		rules[i].where = plan->where;
		rules[i].outcomes = plan->only_rules ? 0 : plan->outcomes;
	}
	r = pick_init(&engine->pick, rules, engine->n_rules);
	engine->picked = calloc(engine->n_rules + 1, sizeof(*engine->picked));
	engine->groups = calloc(engine->n_rules + 1, sizeof(*engine->groups));
	engine->matched = calloc(engine->n_rules + 1, sizeof(*engine->matched));
	engine->sweeps = calloc(engine->n_rules + 1, sizeof(*engine->sweeps));
	engine->due = calloc(engine->n_rules + 1, sizeof(*engine->due));
	if (!engine->picked || !engine->groups || !engine->matched || !engine->sweeps ||
	    !engine->due)
		return -ENOMEM;
	for (size_t i = 0; i < engine->n_rules; i++)
		engine->sweeps[i + 1] = (uint16_t)i;
	keys_order_sweeps(engine);
	for (size_t i = 0; i < engine->n_rules && r == 0; i++)
		r = take_group(engine, &engine->rules[i]);
	return r;
}

static bool
reclaim(void *user)
{
	return keys_evict(user);
}

static int
take_memory(struct engine *engine, const struct engine_spec *spec)
{
	size_t bytes = spec->max_bytes ? spec->max_bytes : DEFAULT_MAX_BYTES;
	size_t buckets = FIRST_BUCKETS, most = bytes / KEY_LEAST_BYTES;

	engine->max_keys = spec->max_keys ? spec->max_keys : DEFAULT_MAX_KEYS;
	if (most > engine->max_keys)
		most = engine->max_keys;
	while (buckets < most && buckets < (size_t)1 << 28)
		buckets *= 2;
	engine->n_buckets = FIRST_BUCKETS;
	engine->mask = FIRST_BUCKETS - 1;
	engine->max_buckets = (uint32_t)buckets;
	/* zeroed by the kernel: a page is real only once the table has grown into it */
	engine->buckets = calloc(buckets, sizeof(*engine->buckets));
	engine->scratch = calloc(WINDOW_MAX_ENTRIES + 1, sizeof(*engine->scratch));
	if (!engine->buckets || !engine->scratch)
		return -ENOMEM;
	size_t table = buckets * sizeof(*engine->buckets);
	int r = pool_init(&engine->pool, bytes > table ? bytes - table : 0);
	engine->pool.reclaim = reclaim;
	engine->pool.user = engine;
	size_t spare = bytes / 64 / sizeof(struct watch);
	while (r == 0 && engine->n_watch_spare < spare &&
	       engine->n_watch_spare < WATCH_SPARE) {
		pool_handle block =
			pool_take(&engine->pool, sizeof(struct watch), true);
		if (block == 0)
			break;
		engine->watch_spare[engine->n_watch_spare++] = block;
	}
	engine->n_watch_set_aside = engine->n_watch_spare;
	if (r == 0)
		r = recent_init(&engine->recent, spec->recent_bytes
							 ? spec->recent_bytes
							 : DEFAULT_RECENT_BYTES);
	if (r == 0)
		r = trail_init(&engine->trail, spec->max_peers);
	engine->trail.seed = engine->seed;
	for (size_t i = 0; i < engine->n_rules; i++)
		engine->rules[i].window.scratch = engine->scratch;
	return r < 0 ? r : learn_init(engine, spec->max_baselines);
}

int
engine_new(const struct engine_spec *spec, struct engine **ret_engine,
	   size_t *reterr_rule, struct expr_error *reterr_error)
{
	struct engine *engine = calloc(1, sizeof(*engine));

	*reterr_rule = 0;
	*reterr_error = (struct expr_error){ .len = 1 };
	if (!engine)
		return -ENOMEM;
	for (size_t i = 0; i < REPORT_WORDS; i++)
		buffer_init(&engine->words[i]);
	engine->grace = spec->grace ? spec->grace : DEFAULT_GRACE;
	engine->sink = spec->sink;
	engine->user = spec->user;
	engine->stale = SV_USEC_NEVER;
	engine->alarm.due = SV_USEC_NEVER;
	/* texts of attackers must not be able to fill one bucket: where the engine lies
	 * is hard to guess, and no result depends on it */
	engine->seed = (uintptr_t)engine * 0x9e3779b97f4a7c15u;
	int r = take_lists(engine, spec, reterr_error);
	if (r == 0)
		r = take_rules(engine, spec, reterr_rule, reterr_error);
	if (r == 0)
		r = link_rules(engine, spec, reterr_rule, reterr_error);
	if (r == 0)
		r = index_rules(engine);
	if (r == 0)
		r = take_memory(engine, spec);
	if (r < 0) {
		engine_free(engine);
		return r;
	}
	*ret_engine = engine;
	return 0;
}

void
engine_free(struct engine *engine)
{
	if (!engine)
		return;
	for (size_t i = 0; i < engine->n_rules; i++)
		plan_free(engine->rules[i].plan);
	for (size_t i = 0; i < engine->n_lists; i++)
		cidr_set_done(&engine->lists[i]);
	free(engine->rules);
	free(engine->lists);
	pick_done(&engine->pick);
	free(engine->picked);
	free(engine->sweeps);
	free(engine->due);
	free(engine->matched);
	for (size_t i = 0; i < engine->n_groups; i++)
		free(engine->groups[i].buf);
	free(engine->groups);
	free(engine->buckets);
	free(engine->scratch);
	free(engine->heap);
	baseline_done(&engine->baseline);
	pool_done(&engine->pool);
	recent_done(&engine->recent);
	trail_done(&engine->trail);
	for (size_t i = 0; i < REPORT_WORDS; i++)
		buffer_done(&engine->words[i]);
	free(engine);
}

static uint32_t
origin_hash(struct sv_str s)
{
	uint32_t hash = (uint32_t)str_hash(s, 0);

	return s.len == 0 ? 0 : hash ? hash : 1;
}

/** Notices in a row about one source are one gap, and so are those that tell again and
 *  again of a state that lasts: others stay remembered. */
static bool
gap_goes_on(const struct engine_gap *before, const struct engine_gap *gap)
{
	return before->host_hash == gap->host_hash &&
	       before->source_hash == gap->source_hash && gap->time >= before->time &&
	       (gap->time - before->time < SV_USEC_PER_SEC ||
		(before->lost == 0 && gap->lost == 0));
}

static void
note_gap_of(struct engine *engine, const struct engine_gap *gap)
{
	size_t n = engine->n_gaps < ENGINE_MAX_GAPS ? engine->n_gaps : ENGINE_MAX_GAPS;

	for (size_t i = 0; i < n; i++) {
		struct engine_gap *before = &engine->gaps[i];
		if (!gap_goes_on(before, gap))
			continue;
		before->time = gap->time;
		before->lost += gap->lost;
		return;
	}
	engine->gaps[engine->n_gaps++ % ENGINE_MAX_GAPS] = *gap;
}

/** It concerns every source that it names; one that names none, all of its host. */
static void
note_gap(struct engine *engine, const struct sv_event *event)
{
	struct engine_gap gap = { .time = event->time,
				  .lost = event->count,
				  .host_hash = origin_hash(event->host) };

	for (uint32_t i = 0; i < event->n_records || i == 0; i++) {
		gap.source_hash = i < event->n_records
					  ? origin_hash(event->records[i].source)
					  : 0;
		note_gap_of(engine, &gap);
	}
}

static bool
is_excepted(const struct plan *plan, const struct sv_event *event)
{
	for (size_t i = 0; i < plan->n_except; i++)
		if (cidr_set_has(plan->except[i], &event->peer_ip))
			return true;
	return false;
}

/** The name of the event's key in this group, worked out once an event. */
static struct key_group *
name_group(struct engine *engine, const struct engine_rule *rule,
	   const struct sv_event *event)
{
	struct key_group *group = &engine->groups[rule->group];

	if (group->event == engine->stats.events + engine->stats.gaps)
		return group;
	group->event = engine->stats.events + engine->stats.gaps;
	group->named = key_name_of(group->plan, event, group->buf, &group->name);
	if (group->named)
		group->hash = str_hash(group->name, engine->seed);
	return group;
}

/** The rules that count the event go to engine->matched. What counting them will touch
 *  is fetched meanwhile. */
static size_t
match(struct engine *engine, const struct sv_event *event)
{
	size_t n = 0, n_picked = pick_rules(&engine->pick, event, engine->picked);

	for (size_t i = 0; i < n_picked; i++) {
		uint16_t index = engine->picked[i];
		const struct engine_rule *rule = &engine->rules[index];
		if (rule->plan->n_except && is_excepted(rule->plan, event)) {
			engine->stats.excepted++;
			continue;
		}
		const struct key_group *group = name_group(engine, rule, event);
		struct engine_match *m = &engine->matched[n++];
		*m = (struct engine_match){ .rule = index };
		if (group->named) {
			m->hash = key_hash(rule, group);
			__builtin_prefetch(bucket_of(engine, m->hash));
		}
	}
	return n;
}

/** Begin to fetch the first key of each bucket. */
static void
fetch_keys(struct engine *engine, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		struct engine_match *m = &engine->matched[i];
		m->cursor = *bucket_of(engine, m->hash);
		if (m->cursor)
			__builtin_prefetch(key_at(engine, m->cursor));
	}
}

/** Begin to fetch the windows of all rules that match, so that the waits for memory
 *  overlap: one step along all buckets at a time. */
static void
fetch_windows(struct engine *engine, size_t n)
{
	bool more = true;

	for (int step = 0; step < FETCH_STEPS && more; step++) {
		more = false;
		for (size_t i = 0; i < n; i++) {
			struct engine_match *m = &engine->matched[i];
			if (m->cursor == 0)
				continue;
			struct key *key = key_at(engine, m->cursor);
			if (key->hash == m->hash) {
				m->cursor = 0;
				__builtin_prefetch((char *)(key + 1) + 16);
				__builtin_prefetch(
					pool_at(&engine->pool, key_windows(key)->ring));
				continue;
			}
			m->cursor = key->next;
			if (m->cursor)
				__builtin_prefetch(key_at(engine, m->cursor));
			more = true;
		}
	}
}

/** Instants before `now` are settled; `now` itself stays open for more events. */
static void
move_to(struct engine *engine, sv_usec now)
{
	if (now <= engine->stats.now)
		return;
	watch_run(engine, now);
	watch_alarm(engine, now);
	engine->stats.now = now;
}

static void
feed(struct engine *engine, const struct sv_event *event)
{
	struct engine_stats *stats = &engine->stats;

	if (event->time + engine->grace < stats->now) {
		stats->late_dropped++;
		return;
	}
	if (event->time < stats->now)
		stats->late_counted++;
	if (engine->baseline.waits && event->outcome != SV_GAP)
		baseline_begin(&engine->baseline, event->time);
	move_to(engine, event->time);
	keys_sweep(engine);
	if (event->outcome == SV_GAP) {
		note_gap(engine, event);
		if (engine->waits)
			watch_doubt(engine);
	}
	size_t n = match(engine, event);
	fetch_keys(engine, n);
	recent_add(&engine->recent, event, n > 0);
	trail_add(&engine->trail, event);
	fetch_windows(engine, n);
	for (size_t i = 0; i < n; i++)
		count_event(engine, &engine->matched[i], event);
}

void
engine_feed(struct engine *engine, const struct sv_event *event)
{
	struct engine_stats *stats = &engine->stats;
	struct sv_event late;

	if (event->outcome == SV_GAP)
		stats->gaps++;
	else
		stats->events++;
	/* News of a loss is never too late: it tells of all the time since then. */
	if (event->outcome == SV_GAP && event->time + engine->grace < stats->now) {
		late = *event;
		late.time = stats->now;
		event = &late;
	}
	feed(engine, event);
}

void
engine_advance(struct engine *engine, sv_usec now)
{
	if (now < engine->stats.now || now == SV_USEC_NEVER)
		return;
	watch_run(engine, now + 1);
	engine->stats.now = now;
}

void
engine_stats_get(const struct engine *engine, struct engine_stats *ret_stats)
{
	*ret_stats = engine->stats;
	ret_stats->peers = engine->trail.n;
	ret_stats->peers_forgotten = engine->trail.forgotten;
	ret_stats->baselines = engine->baseline.n;
	ret_stats->baselines_refused = engine->baseline.refused;
	ret_stats->bytes = engine->pool.used -
			   engine->n_watch_spare * pool_round(sizeof(struct watch)) +
			   engine->cap_heap * sizeof(*engine->heap) +
			   engine->stats.keys * sizeof(*engine->buckets);
}
