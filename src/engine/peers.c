/* SPDX-License-Identifier: Apache-2.0 */
/* What each peer did lately, from the ring of recent events. */
#include "base/text.h"
#include "engine/state.h"
#include "sip/outcome.h"

#include <stdlib.h>

/* Peers told apart in one call; the ring rarely holds more events. */
#define MAX_PEERS 4096
#define BUCKETS 8192 /* a power of two */
#define SPARKS (sizeof(((struct engine_peer *)0)->spark) / sizeof(uint32_t))
#define MAX_WORST 8

struct tally {
	struct engine_peer peer;
	struct sv_ip ip; /* if there is no configured name */
	char text[ADDRESS_TEXT_BYTES];
	struct sv_code_count failed[MAX_WORST];
	size_t n_failed;
};

struct tallies {
	struct tally *all;
	size_t n;
	uint16_t bucket[BUCKETS]; /* index in all, plus 1 */
};

static struct tally *
tally_of(struct tallies *t, const struct sv_event *event)
{
	uint64_t hash = event->peer.len ? str_hash(event->peer, event->leg)
					: address_hash(&event->peer_ip) + event->leg;
	size_t at = hash & (BUCKETS - 1);

	for (; t->bucket[at]; at = (at + 1) & (BUCKETS - 1)) {
		struct tally *one = &t->all[t->bucket[at] - 1];
		if (one->peer.leg == event->leg &&
		    (event->peer.len
			     ? str_eq(one->peer.name, event->peer)
			     : one->ip.family &&
				       address_equal(&one->ip, &event->peer_ip)))
			return one;
	}
	if (t->n == MAX_PEERS)
		return NULL;
	struct tally *one = &t->all[t->n++];
	t->bucket[at] = (uint16_t)t->n;
	one->peer.leg = event->leg;
	one->peer.name = event->peer;
	if (event->peer.len == 0) {
		one->ip = event->peer_ip;
		one->peer.name =
			str_make(one->text, address_print(&one->ip, one->text));
	}
	return one;
}

static void
add_failure(struct tally *one, const struct sv_event *event, size_t spark)
{
	size_t i;

	one->peer.failures += event->count;
	one->peer.spark[spark] += event->count;
	for (i = 0; i < one->n_failed; i++)
		if (one->failed[i].code == event->code &&
		    one->failed[i].outcome == event->outcome)
			break;
	if (i == MAX_WORST)
		return;
	if (i == one->n_failed)
		one->failed[one->n_failed++] =
			(struct sv_code_count){ .code = event->code,
						.outcome = event->outcome };
	one->failed[i].count += event->count;
	if (one->failed[i].count > one->peer.worst_count) {
		one->peer.worst = event->outcome;
		one->peer.worst_code = event->code;
		one->peer.worst_count = one->failed[i].count;
	}
}

static int
by_failures(const void *a, const void *b)
{
	const struct engine_peer *x = &((const struct tally *)a)->peer;
	const struct engine_peer *y = &((const struct tally *)b)->peer;

	if (x->failures != y->failures)
		return x->failures > y->failures ? -1 : 1;
	if (x->events != y->events)
		return x->events > y->events ? -1 : 1;
	return x->last > y->last ? -1 : x->last < y->last;
}

static void
gather(struct engine *engine, struct tallies *t, sv_usec span)
{
	sv_usec now = engine->stats.now;
	uint32_t at = RECENT_START;
	struct sv_event event;
	size_t seen = 0;

	while (recent_next(&engine->recent, &at, &seen, &event)) {
		if (event.time > now || now - event.time >= span ||
		    event.outcome == SV_GAP ||
		    (event.peer.len == 0 && event.peer_ip.family == 0))
			continue;
		struct tally *one = tally_of(t, &event);
		if (!one)
			continue;
		one->peer.events += event.count;
		if (event.method == SV_INVITE)
			one->peer.calls += event.count;
		if (event.time > one->peer.last)
			one->peer.last = event.time;
		size_t back =
			(size_t)((unsigned __int128)(now - event.time) * SPARKS / span);
		if (outcome_is_failure(event.outcome))
			add_failure(one, &event, SPARKS - 1 - back);
	}
}

void
engine_peers(struct engine *engine, sv_usec span, size_t max,
	     void (*each)(void *user, const struct engine_peer *peer), void *user)
{
	struct tallies *t = calloc(1, sizeof(*t));

	if (t)
		t->all = calloc(MAX_PEERS, sizeof(*t->all));
	if (t && t->all && span) {
		gather(engine, t, span);
		qsort(t->all, t->n, sizeof(*t->all), by_failures);
		for (size_t i = 0; i < t->n && i < max; i++) {
			struct tally *one = &t->all[i];
			if (one->ip.family) /* sorting has moved the text */
				one->peer.name.ptr = one->text;
			each(user, &one->peer);
		}
	}
	if (t)
		free(t->all);
	free(t);
}
