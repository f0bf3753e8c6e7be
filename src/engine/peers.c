/* SPDX-License-Identifier: Apache-2.0 */
/* What each peer did lately, for those who ask: from the trail. */
#include "base/text.h"
#include "engine/state.h"
#include "sip/outcome.h"

#include <stdlib.h>

#define MINUTE_TICKS 3
#define FIVE_TICKS 15

_Static_assert(ENGINE_SPARKS == TRAIL_STEPS, "a bar a step");
_Static_assert(ENGINE_MAX_KINDS == TRAIL_ALL_KINDS, "all kinds");

/** A peer by its place in the trail, and what decides its place in the list. */
struct ranked {
	uint32_t index;
	unsigned weight;
	uint64_t failures, events;
	sv_usec last;
};

static int
by_weight(const void *a, const void *b)
{
	const struct ranked *x = a, *y = b;

	if (x->weight != y->weight)
		return x->weight > y->weight ? -1 : 1;
	if (x->failures != y->failures)
		return x->failures > y->failures ? -1 : 1;
	if (x->events != y->events)
		return x->events > y->events ? -1 : 1;
	if (x->last != y->last)
		return x->last > y->last ? -1 : 1;
	return x->index < y->index ? -1 : 1;
}

static void
add_kind_step(struct engine_peer *out, const struct trail_step *step, size_t spark)
{
	for (size_t k = 0; k < TRAIL_ALL_KINDS; k++) {
		out->kind[k].count += step->count[k];
		out->kind[k].spark[spark] += step->count[k];
	}
}

static void
add_steps(struct engine_peer *out, const struct trail_peer *peer, uint32_t now,
	  unsigned steps)
{
	for (uint32_t back = 0; back < steps && back < now; back++) {
		const struct trail_step *step = trail_step_of(peer, now - back);
		if (!step)
			continue;
		out->events += step->events;
		out->failures += step->failures;
		out->calls += step->calls;
		out->calls_failed += step->calls_failed;
		out->spark[ENGINE_SPARKS - 1 - back] = step->failures;
		add_kind_step(out, step, ENGINE_SPARKS - 1 - back);
	}
}

static void
name_kinds(struct engine_peer *out, const struct trail_peer *peer)
{
	for (size_t k = 0; k < peer->n_kinds; k++) {
		out->kind[k].code = peer->kind[k].code;
		out->kind[k].outcome = (enum sv_outcome)peer->kind[k].outcome;
		out->kind[k].method = (enum sv_method)peer->kind[k].method;
	}
	out->kind[TRAIL_OTHER_FAILED].others = true;
	out->kind[TRAIL_OTHER_FAILED].outcome = SV_ERROR;
	out->kind[TRAIL_OTHER_GOOD].others = true;
	out->kind[TRAIL_OTHER_GOOD].outcome = SV_OK;
}

static int
by_count(const void *a, const void *b)
{
	const struct engine_kind *x = a, *y = b;

	if (x->count != y->count)
		return x->count > y->count ? -1 : 1;
	return x->code != y->code ? (x->code > y->code ? -1 : 1)
				  : (int)x->outcome - (int)y->outcome;
}

/* The most frequent outcome among the failures; its code, if all have the same. */
static void
find_worst(struct engine_peer *out)
{
	uint64_t sum[SV_OUTCOME_COUNT] = { 0 };

	for (size_t k = 0; k < out->n_kinds; k++) {
		const struct engine_kind *kind = &out->kind[k];
		if (kind->others || !outcome_is_failure(kind->outcome))
			continue;
		sum[kind->outcome] += kind->count;
		if (sum[kind->outcome] > out->worst_count) {
			out->worst = kind->outcome;
			out->worst_count = sum[kind->outcome];
		}
	}
	for (size_t k = 0, n = 0; k < out->n_kinds; k++) {
		const struct engine_kind *kind = &out->kind[k];
		if (kind->others || !out->worst_count || kind->outcome != out->worst)
			continue;
		out->worst_code =
			n++ == 0 || kind->code == out->worst_code ? kind->code : 0;
	}
}

static void
put_kinds_in_order(struct engine_peer *out)
{
	qsort(out->kind, ENGINE_MAX_KINDS, sizeof(out->kind[0]), by_count);
	while (out->n_kinds < ENGINE_MAX_KINDS && out->kind[out->n_kinds].count)
		out->n_kinds++;
	find_worst(out);
}

static struct sv_str
name_of(const struct trail_peer *peer, char text[ADDRESS_TEXT_BYTES])
{
	if (peer->name_len)
		return str_make(peer->name, peer->name_len);
	return str_make(text, address_print(&peer->ip, text));
}

static void
tell(const struct trail_peer *peer, sv_usec now, unsigned steps,
     struct engine_peer *ret_peer, char text[ADDRESS_TEXT_BYTES])
{
	struct trail_tick minute = trail_ticks(peer, now, MINUTE_TICKS);
	struct trail_tick five = trail_ticks(peer, now, FIVE_TICKS);

	*ret_peer = (struct engine_peer){
		.name = name_of(peer, text),
		.leg = (enum sv_leg)peer->leg,
		.ip = peer->ip,
		.doubt = peer->doubt,
		.last = peer->last,
		.last_failure = peer->last_failure,
		.minute = { minute.events, minute.failures },
		.five = { five.events, five.failures },
	};
	name_kinds(ret_peer, peer);
	add_steps(ret_peer, peer, (uint32_t)(now / TRAIL_STEP), steps);
	put_kinds_in_order(ret_peer);
}

static bool
is_asked_for(const struct trail_peer *peer, struct sv_str name)
{
	char text[ADDRESS_TEXT_BYTES];

	return !name.ptr ||
	       str_eq(str_upto(name, TRAIL_NAME_BYTES), name_of(peer, text));
}

static struct ranked
rank(const struct trail_peer *peer, sv_usec time, unsigned steps)
{
	struct ranked sum = { .last = peer->last };
	uint32_t now = (uint32_t)(time / TRAIL_STEP);

	for (uint32_t back = 0; back < steps && back < now; back++) {
		const struct trail_step *step = trail_step_of(peer, now - back);
		sum.failures += step ? step->failures : 0;
		sum.events += step ? step->events : 0;
	}
	return sum;
}

size_t
engine_peers(struct engine *engine, const struct engine_peer_query *query,
	     void (*each)(void *user, const struct engine_peer *peer), void *user)
{
	const struct trail *trail = &engine->trail;
	sv_usec now = query->now ? query->now : engine->stats.now;
	unsigned steps =
		query->steps && query->steps < TRAIL_STEPS ? query->steps : TRAIL_STEPS;
	struct ranked *ranked = calloc(trail->n + 1, sizeof(*ranked));
	char text[ADDRESS_TEXT_BYTES];
	struct engine_peer peer;
	size_t n = 0;

	if (!ranked)
		return 0;
	for (size_t i = 0; i < trail->n; i++) {
		const struct trail_peer *one = &trail->peer[i];
		ranked[n] = rank(one, now, steps);
		ranked[n].index = (uint32_t)i;
		if (ranked[n].events == 0 || !is_asked_for(one, query->name))
			continue;
		if (query->weight)
			ranked[n].weight = query->weight(user, name_of(one, text),
							 (enum sv_leg)one->leg);
		n++;
	}
	qsort(ranked, n, sizeof(*ranked), by_weight);
	for (size_t i = 0; i < n && i < query->max; i++) {
		tell(&trail->peer[ranked[i].index], now, steps, &peer, text);
		each(user, &peer);
	}
	free(ranked);
	return n;
}

void
engine_pace(const struct engine *engine, sv_usec now, uint64_t *ret_attempts,
	    uint64_t *ret_failures)
{
	struct trail_tick sum = trail_ticks(&engine->trail.all, now, MINUTE_TICKS);

	*ret_attempts = sum.events;
	*ret_failures = sum.failures;
}
