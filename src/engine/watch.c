/* SPDX-License-Identifier: Apache-2.0 */
/* Life cycles and timers of the keys that need one. */
#include "base/text.h"
#include "engine/state.h"

#include <stdlib.h>
#include <string.h>

#define HEAP_LEAST 64
/* Of an alarm's numbers. */
#define FIRST_GAUGE (MEASURES_MAX_SERIES + MEASURES_MAX_DISTINCT)

/* Heap: place 1 is the first due; children of place p are 2p and 2p + 1. */

static bool
is_before(const struct engine *engine, pool_handle a, pool_handle b)
{
	const struct watch *x = watch_at(engine, a), *y = watch_at(engine, b);

	if (x->due != y->due)
		return x->due < y->due;
	uint16_t a_rank = engine->rules[key_at(engine, x->key)->rule].rank;
	uint16_t b_rank = engine->rules[key_at(engine, y->key)->rule].rank;
	return a_rank != b_rank ? a_rank < b_rank : x->serial < y->serial;
}

static void
heap_put(struct engine *engine, size_t place, pool_handle handle)
{
	engine->heap[place] = handle;
	watch_at(engine, handle)->place = (uint32_t)place;
}

/** Move the watch at `place` up or down to where it belongs. */
static void
heap_mend(struct engine *engine, size_t place)
{
	pool_handle handle = engine->heap[place];

	while (place > 1 && is_before(engine, handle, engine->heap[place / 2])) {
		heap_put(engine, place, engine->heap[place / 2]);
		place /= 2;
	}
	for (;;) {
		size_t child = place * 2;
		if (child > engine->n_heap)
			break;
		if (child < engine->n_heap &&
		    is_before(engine, engine->heap[child + 1], engine->heap[child]))
			child++;
		if (!is_before(engine, engine->heap[child], handle))
			break;
		heap_put(engine, place, engine->heap[child]);
		place = child;
	}
	heap_put(engine, place, handle);
}

static void
heap_cut(struct engine *engine, struct watch *watch)
{
	size_t place = watch->place;

	if (place == 0)
		return;
	watch->place = 0;
	watch->due = SV_USEC_NEVER;
	pool_handle last = engine->heap[engine->n_heap--];
	if (place > engine->n_heap)
		return;
	engine->heap[place] = last;
	heap_mend(engine, place);
}

static bool
heap_reserve(struct engine *engine)
{
	if (engine->n_heap + 2 <= engine->cap_heap)
		return true;
	size_t cap = engine->cap_heap ? engine->cap_heap * 2 : HEAP_LEAST;
	pool_handle *heap = realloc(engine->heap, cap * sizeof(*heap));
	if (!heap)
		return false;
	engine->heap = heap;
	engine->cap_heap = cap;
	return true;
}

static void
set_due(struct engine *engine, pool_handle handle, sv_usec due)
{
	struct watch *watch = watch_at(engine, handle);

	if (due == watch->due)
		return;
	if (due == SV_USEC_NEVER) {
		heap_cut(engine, watch);
		return;
	}
	watch->due = due;
	if (watch->place == 0) {
		/* watch_new() has reserved the place */
		engine->heap[++engine->n_heap] = handle;
		watch->place = (uint32_t)engine->n_heap;
	}
	heap_mend(engine, watch->place);
}

static uint32_t
hash_of(struct sv_str s)
{
	uint32_t hash = (uint32_t)str_hash(s, 0);

	if (s.len == 0)
		return 0;
	return hash ? hash : 1;
}

static void
remember_origin(struct watch *watch, const struct sv_event *event)
{
	watch->host_hash = hash_of(event->host);
	watch->source_hash = event->n_records ? hash_of(event->records[0].source) : 0;
}

/** A block for a watch, 0 if there is none. `spared`: what is set aside may be used, as
 *  it is for alerts, but not for keys that wait for one. */
static pool_handle
take_block(struct engine *engine, bool spared)
{
	pool_handle handle = pool_take(&engine->pool, sizeof(struct watch), spared);

	if (handle == 0 && spared && engine->n_watch_spare) {
		handle = engine->watch_spare[--engine->n_watch_spare];
		memset(watch_at(engine, handle), 0, sizeof(struct watch));
	}
	return handle;
}

/** A watch for the key; keys are given up for it if need be. 0, counted, without memory
 *  or if too many wait. */
static pool_handle
watch_new(struct engine *engine, pool_handle key_handle)
{
	struct key *key = key_at(engine, key_handle);
	struct engine_rule *rule = &engine->rules[key->rule];

	if (rule->waits && rule->n_watches >= WATCH_MAX_WAITING) {
		engine->stats.unwatched++;
		return 0;
	}
	bool room = heap_reserve(engine);
	if (room)
		keys_place(engine, rule, key_handle, true);
	pool_handle handle = room ? take_block(engine, !rule->waits) : 0;
	if (handle == 0) {
		engine->stats.evicted++;
		if (room)
			keys_place(engine, rule, key_handle, false);
		return 0;
	}
	struct watch *watch = watch_at(engine, handle);
	cycle_init(&watch->cycle);
	watch->due = SV_USEC_NEVER;
	watch->serial = ++engine->serial;
	watch->key = key_handle;
	key->watch = handle;
	rule->n_watches++;
	return handle;
}

void
watch_free(struct engine *engine, struct key *key)
{
	struct watch *watch = watch_at(engine, key->watch);

	heap_cut(engine, watch);
	archive_drop(engine, watch);
	if (engine->n_watch_spare < engine->n_watch_set_aside)
		engine->watch_spare[engine->n_watch_spare++] = key->watch;
	else
		pool_give(&engine->pool, key->watch, sizeof(*watch));
	key->watch = 0;
	engine->rules[key->rule].n_watches--;
}

static bool
gap_concerns(const struct engine_gap *gap, const struct watch *watch)
{
	return (!gap->host_hash || !watch->host_hash ||
		gap->host_hash == watch->host_hash) &&
	       (!gap->source_hash || !watch->source_hash ||
		gap->source_hash == watch->source_hash);
}

sv_usec
watch_gap(const struct engine *engine, const struct watch *watch, sv_usec window,
	  sv_usec now, uint64_t *ret_lost)
{
	size_t n = engine->n_gaps < ENGINE_MAX_GAPS ? engine->n_gaps : ENGINE_MAX_GAPS;
	sv_usec latest = 0;

	*ret_lost = 0;
	for (size_t i = 0; i < n; i++) {
		const struct engine_gap *gap = &engine->gaps[i];
		if (gap->time > now || !gap_concerns(gap, watch))
			continue;
		if (gap->time > latest)
			latest = gap->time;
		if (now - gap->time < window)
			*ret_lost += gap->lost;
	}
	return latest;
}

void
watch_read(struct engine *engine, struct engine_rule *rule, struct key *key,
	   sv_usec now, struct reading *ret_reading)
{
	struct window *windows = key_windows(key);
	struct distinct *sets = key_sets(rule, key);

	for (size_t i = 0; i < rule->plan->measures.n_series; i++) {
		window_expire(&windows[i], &rule->window, now);
		ret_reading->series[i] = windows[i].sum;
	}
	for (size_t i = 0; i < rule->plan->measures.n_distinct; i++) {
		distinct_expire(&sets[i], &rule->distinct, now);
		ret_reading->distinct[i] = distinct_count(&sets[i]);
	}
	for (size_t i = 0; i < rule->plan->measures.n; i++) {
		const struct measure *what = &rule->plan->measures.measure[i];
		if (what->kind == SV_MEASURE_SEQUENCE)
			ret_reading->sequence[i] =
				window_until(&windows[what->numerator], &rule->window,
					     window_newest(&windows[what->denominator],
							   &rule->window));
	}
	if (rule->plan->measures.n_gauges)
		gauges_read(engine, rule, key, now, ret_reading);
	if (rule->plan->measures.n_rules)
		compound_read(engine, rule, key, ret_reading);
	if (rule->plan->learned.n_series)
		learn_read(engine, rule, key, now, ret_reading);
}

/** When one of the key's numbers falls next, or what is usual changes. */
static sv_usec
falls_next(struct engine_rule *rule, struct key *key, sv_usec now)
{
	sv_usec next = gauges_change(rule, key, now);

	if (rule->plan->learned.n_series) {
		sv_usec at = baseline_turns(now, rule->plan->window);
		next = at < next ? at : next;
	}
	for (size_t i = 0; i < rule->plan->measures.n_series; i++) {
		sv_usec at = window_falls(&key_windows(key)[i], &rule->window);
		next = at < next ? at : next;
	}
	for (size_t i = 0; i < rule->plan->measures.n_distinct; i++) {
		sv_usec at = distinct_falls(&key_sets(rule, key)[i], &rule->distinct);
		next = at < next ? at : next;
	}
	return next;
}

static struct cycle_input
input_of(const struct plan *plan, const struct reading *reading, sv_usec now,
	 bool settled)
{
	struct cycle_input in = { .now = now, .settled = settled };

	in.warning = condition_holds(&plan->warning, &plan->measures, reading);
	in.critical = condition_holds(&plan->critical, &plan->measures, reading);
	in.clear = !in.warning && !in.critical &&
		   condition_holds(&plan->clear, &plan->measures, reading);
	in.lower =
		!in.critical && condition_holds(&plan->lower, &plan->measures, reading);
	return in;
}

static void
count_open(struct engine *engine, enum sv_severity was, enum sv_severity is)
{
	struct engine_stats *s = &engine->stats;

	s->alerts_warning -= was == SV_SEVERITY_WARNING;
	s->alerts_critical -= was == SV_SEVERITY_CRITICAL;
	s->alerts_warning += is == SV_SEVERITY_WARNING;
	s->alerts_critical += is == SV_SEVERITY_CRITICAL;
}

/** Steps of the life cycle at `now`, each told to the sink. */
static void
step(struct engine *engine, struct watch *watch, struct report_input *report,
     struct cycle_input *in)
{
	const struct plan *plan = report->rule->plan;
	uint64_t lost;

	for (;;) {
		enum sv_severity was = (enum sv_severity)watch->cycle.severity;
		sv_usec gap = watch_gap(engine, watch, plan->window, in->now, &lost);
		/* kept: many gaps of other sources may push it out of engine->gaps */
		sv_usec until = gap ? gap + plan->window : 0;
		if (until > watch->gap_until)
			watch->gap_until = until;
		/* whether messages are missing is known, whatever is missing; and what
		 * was absent has been seen */
		in->gap_until = plan_asks_for_gaps(plan) || plan->no_count
					? 0
					: watch->gap_until;
		if (!cycle_step(&watch->cycle, &plan->cycle, in, &report->change))
			return;
		count_open(engine, was, (enum sv_severity)watch->cycle.severity);
		watch->changed = in->now;
		engine->stats.transitions++;
		report_send(engine, report);
		if (report->change.state == SV_ALERT_RESOLVED) {
			watch->gap_until = 0;
			archive_drop(engine, watch);
		}
	}
}

bool
watch_restore(struct engine *engine, pool_handle key_handle, const struct watch *saved)
{
	struct engine_rule *rule = &engine->rules[key_at(engine, key_handle)->rule];
	pool_handle handle = heap_reserve(engine) ? take_block(engine, true) : 0;
	sv_usec due = saved->due;

	if (handle == 0)
		return false;
	struct watch *watch = watch_at(engine, handle);
	*watch = *saved;
	watch->key = key_handle;
	watch->due = SV_USEC_NEVER;
	watch->place = 0;
	watch->copy = 0;
	watch->copy_bytes = 0;
	key_at(engine, key_handle)->watch = handle;
	rule->n_watches++;
	count_open(engine, SV_SEVERITY_OK, (enum sv_severity)watch->cycle.severity);
	set_due(engine, handle, due);
	return true;
}

/** Can the key neither raise an alert nor be about to? What has run out is still in its
 *  numbers, so they are at least what they are at this instant. */
static bool
is_quiet(const struct engine_rule *rule, struct key *key)
{
	const struct alarms *alarms = &rule->plan->alarms;
	const struct window *windows = key_windows(key);
	const struct distinct *sets = key_sets(rule, key);

	if (key->watch || alarms->always)
		return false;
	for (size_t i = 0; i < alarms->n; i++) {
		const struct alarm *a = &alarms->alarm[i];
		uint32_t one;
		if (a->series < MEASURES_MAX_SERIES)
			one = windows[a->series].sum;
		else if (a->series < FIRST_GAUGE)
			one = sets[a->series - MEASURES_MAX_SERIES].n;
		else
			one = key_gauges(rule, key)[a->series - FIRST_GAUGE].most;
		if (one < a->least)
			continue;
		if (a->also == a->series || windows[a->also].sum >= a->also_least)
			return false;
	}
	return true;
}

/** The instant is judged when no more events of it are to come. */
static void
judge_later(struct engine *engine, pool_handle key_handle, sv_usec now,
	    const struct sv_event *event)
{
	struct key *key = key_at(engine, key_handle);

	if (!key->watch && watch_new(engine, key_handle) == 0)
		return;
	remember_origin(watch_at(engine, key->watch), event);
	set_due(engine, key->watch, now);
}

void
watch_judge(struct engine *engine, pool_handle key_handle, sv_usec now,
	    const struct sv_event *event)
{
	struct key *key = key_at(engine, key_handle);
	struct engine_rule *rule = &engine->rules[key->rule];
	struct plan *plan = rule->plan;
	struct reading reading;

	engine->busy = key_handle;
	bool probed = engine->probe && !rule->unprobed;
	if (probed)
		probe_tell(engine, key_handle, now, event == NULL);
	/* a probe wants the numbers of each settled instant */
	if (is_quiet(rule, key) && !(probed && plan->settles && event))
		return;
	if (event && plan->settles) {
		judge_later(engine, key_handle, now, event);
		return;
	}
	watch_read(engine, rule, key, now, &reading);
	struct cycle_input in = input_of(plan, &reading, now, event == NULL);
	bool rises = plan->has_ratio &&
		     (condition_rises(&plan->warning, &plan->measures, &reading) ||
		      condition_rises(&plan->critical, &plan->measures, &reading));
	rises |= gauges_wait(rule, key, now);
	if (!key->watch && !in.warning && !in.critical && !rises)
		return;
	if (!key->watch && watch_new(engine, key_handle) == 0)
		return;
	struct watch *watch = watch_at(engine, key->watch);
	if (event)
		remember_origin(watch, event);
	struct report_input report = { .rule = rule,
				       .key = key_handle,
				       .watch = watch,
				       .reading = &reading,
				       .now = now };
	enum sv_severity was = (enum sv_severity)watch->cycle.severity;
	step(engine, watch, &report, &in);
	bool told = rule->is_asked && (was == SV_SEVERITY_OK) !=
					      (watch->cycle.severity == SV_SEVERITY_OK);
	bool idle = cycle_idle(&watch->cycle, now);
	if (idle && !rises) {
		watch_free(engine, key);
	} else {
		sv_usec due = cycle_due(&watch->cycle, &plan->cycle, &in);
		sv_usec falls =
			idle && !rises ? SV_USEC_NEVER : falls_next(rule, key, now);
		due = falls < due ? falls : due;
		if (due < now)
			due = now; /* time does not go back */
		if (event == NULL && due == now)
			due = now + 1; /* never twice at one settled instant */
		if (due == SV_USEC_NEVER && watch->cycle.severity != SV_SEVERITY_OK)
			due = now + plan->window; /* open ones are always in the heap */
		set_due(engine, key->watch, due);
	}
	if ((key->level == KEY_PINNED) != !idle)
		keys_place(engine, rule, key_handle, !idle);
	if (told)
		compound_tell(engine, key_handle);
}

void
watch_remind(struct engine *engine, pool_handle key_handle, const struct watch *from)
{
	struct key *key = key_at(engine, key_handle);
	uint32_t host = from ? from->host_hash : 0,
		 source = from ? from->source_hash : 0;

	if (!key->watch && watch_new(engine, key_handle) == 0)
		return;
	struct watch *watch = watch_at(engine, key->watch);
	if (watch->host_hash == 0 && watch->source_hash == 0) {
		watch->host_hash = host;
		watch->source_hash = source;
	}
	set_due(engine, key->watch, engine->stats.now);
}

void
watch_remind_all(struct engine *engine)
{
	for (size_t i = 1; i <= engine->n_heap; i++) {
		const struct watch *watch = watch_at(engine, engine->heap[i]);
		const struct key *key = key_at(engine, watch->key);
		if (engine->rules[key->rule].rank && watch->due > engine->stats.now)
			set_due(engine, engine->heap[i], engine->stats.now);
	}
}

void
watch_doubt(struct engine *engine)
{
	/* one that moves up changes places with those that were looked at before it */
	for (size_t i = 1; i <= engine->n_heap; i++) {
		const struct watch *watch = watch_at(engine, engine->heap[i]);
		const struct key *key = key_at(engine, watch->key);
		if (engine->rules[key->rule].waits && watch->due > engine->stats.now &&
		    (watch->cycle.warning_since != SV_USEC_NEVER ||
		     watch->cycle.critical_since != SV_USEC_NEVER))
			set_due(engine, engine->heap[i], engine->stats.now);
	}
}

void
engine_alarm(struct engine *engine, sv_usec due, void (*ring)(void *user, sv_usec now),
	     void *user)
{
	engine->alarm.due = due;
	engine->alarm.ring = ring;
	engine->alarm.user = user;
}

void
watch_alarm(struct engine *engine, sv_usec now)
{
	while (engine->alarm.due <= now && engine->alarm.due != SV_USEC_NEVER) {
		sv_usec due = engine->alarm.due;
		engine->alarm.due = SV_USEC_NEVER;
		if (due > engine->stats.now)
			engine->stats.now = due;
		engine->alarm.ring(engine->alarm.user, due);
	}
}

void
watch_run(struct engine *engine, sv_usec now)
{
	for (;;) {
		struct watch *first =
			engine->n_heap ? watch_at(engine, engine->heap[1]) : NULL;
		if (engine->alarm.due < now &&
		    (!first || engine->alarm.due <= first->due)) {
			watch_alarm(engine, engine->alarm.due);
			continue;
		}
		if (!first || first->due >= now)
			return;
		if (first->due > engine->stats.now)
			engine->stats.now = first->due;
		watch_judge(engine, first->key, first->due, NULL);
	}
}
