/* SPDX-License-Identifier: Apache-2.0 */
/* One event into the windows and sets of one rule's key. */
#include "base/text.h"
#include "engine/state.h"

static void
add_values(struct engine *engine, struct engine_rule *rule, struct key *key,
	   const struct sv_event *event)
{
	const struct measures *m = &rule->plan->measures;
	struct distinct *sets = key_sets(rule, key);
	char part[EXPR_KEY_BYTES];

	for (size_t i = 0; i < m->n_distinct; i++) {
		struct sv_str value = expr_field_key(m->distinct[i], event, part);
		if (value.len == 0)
			continue;
		distinct_expire(&sets[i], &rule->distinct, engine->stats.now);
		distinct_add(&sets[i], &rule->distinct, event->time,
			     str_hash(value, engine->seed));
	}
}

/** Of a series whose newest event alone counts; false if it is not the newest. */
static bool
keep_newest(const struct engine_rule *rule, struct window *window, sv_usec time)
{
	if (time <= window_newest(window, &rule->window))
		return false;
	window_done(window, &rule->window);
	window_put(window, &rule->window, time, 1);
	return true;
}

/** To a series of events in a row, and to the one that breaks it. */
static void
add_to_row(const struct engine_rule *rule, struct window *row, struct window *broken,
	   bool belongs, sv_usec time, uint32_t weight)
{
	if (belongs && time > window_newest(broken, &rule->window))
		window_add(row, &rule->window, time, weight);
	else if (!belongs && keep_newest(rule, broken, time) && row->ring)
		window_drop(row, &rule->window, time);
}

/** Into the windows of all series that it belongs to. */
static void
add_to_windows(const struct engine_rule *rule, struct key *key, sv_usec now,
	       const struct sv_event *event)
{
	const struct measures *m = &rule->plan->measures;
	struct window *windows = key_windows(key);
	uint32_t weight = count_weight(event);

	for (size_t i = 0; i < m->n_series; i++) {
		size_t other = m->series[i].broken_by;
		if (m->series[i].breaks)
			continue; /* with the series that it breaks */
		bool belongs =
			!m->series[i].expr || expr_test(m->series[i].expr, event);
		if (!belongs && !other)
			continue;
		window_expire(&windows[i], &rule->window, now);
		if (other) {
			window_expire(&windows[other], &rule->window, now);
			add_to_row(rule, &windows[i], &windows[other], belongs,
				   event->time, weight);
		} else if (m->series[i].newest) {
			(void)keep_newest(rule, &windows[i], event->time);
		} else {
			window_add(&windows[i], &rule->window, event->time, weight);
		}
	}
}

void
count_event(struct engine *engine, const struct engine_match *match,
	    const struct sv_event *event)
{
	struct engine_rule *rule = &engine->rules[match->rule];
	const struct key_group *group = &engine->groups[rule->group];
	sv_usec now = engine->stats.now;

	if (rule->plan->learned.n_series && group->named)
		learn_event(engine, rule, match, event);
	bool behind = now - event->time >= rule->window.span; /* late */
	if (behind && now - event->time >= rule->keep)
		return;
	if (!group->named) {
		engine->stats.unkeyed++;
		return;
	}
	pool_handle handle = keys_get(engine, rule, group->name, match->hash);
	if (handle == 0)
		return;
	engine->stats.matched++;
	engine->needy = rule;
	engine->busy = handle;
	struct key *key = key_at(engine, handle);
	if (!behind) {
		add_to_windows(rule, key, now, event);
		add_values(engine, rule, key, event);
	}
	if (rule->plan->measures.n_gauges)
		gauges_count(engine, rule, key, event);
	if (key->level == KEY_PINNED)
		key->touched = true;
	else
		keys_place(engine, rule, handle, false);
	watch_judge(engine, handle, now, event);
}
