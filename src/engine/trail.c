/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/trail.h"

#include "base/address.h"
#include "base/text.h"
#include "sip/outcome.h"

#include <errno.h>
#include <stdlib.h>

/* Entries looked at for the one that gives way. */
#define CANDIDATES 8
#define NAMED ((uint64_t)1 << 40)

int
trail_init(struct trail *trail, size_t max)
{
	size_t buckets = 16;

	*trail = (struct trail){ .max = max };
	if (max == 0)
		return 0;
	while (buckets < max * 2)
		buckets *= 2;
	trail->mask = (uint32_t)(buckets - 1);
	trail->peer = calloc(max, sizeof(*trail->peer));
	trail->bucket = calloc(buckets, sizeof(*trail->bucket));
	if (trail->peer && trail->bucket)
		return 0;
	trail_done(trail);
	return -ENOMEM;
}

void
trail_done(struct trail *trail)
{
	free(trail->peer);
	free(trail->bucket);
	*trail = (struct trail){ 0 };
}

static uint32_t
number(sv_usec time, sv_usec width)
{
	return (uint32_t)(time / width);
}

/* Who is not let in is known by his address alone, but for one whom the configuration
 * of sipvigil names. */
static bool
goes_by_address(const struct sv_event *event)
{
	if (event->peer_ip.family == 0)
		return false;
	if (event->peer.len == 0)
		return true;
	return event->leg == SV_LEG_IN && event->role.len == 0 &&
	       (event->outcome == SV_REJECTED || event->outcome == SV_UNKNOWN ||
		event->outcome == SV_ACL || event->outcome == SV_BLOCKED ||
		event->outcome == SV_ABANDONED);
}

static bool
is_peer(const struct trail_peer *peer, const struct trail_peer *other)
{
	if (peer->hash != other->hash || peer->leg != other->leg ||
	    peer->name_len != other->name_len)
		return false;
	if (peer->name_len == 0)
		return address_equal(&peer->ip, &other->ip);
	return memcmp(peer->name, other->name, peer->name_len) == 0;
}

/* Who it is: name or address, leg, hash. */
static void
name_peer(struct trail_peer *who, const struct sv_event *event, uint64_t seed)
{
	struct sv_str name = str_make((const char *)event->peer_ip.bytes,
				      sizeof(event->peer_ip.bytes));

	who->leg = (uint8_t)event->leg;
	who->ip = event->peer_ip;
	who->name_len = 0;
	if (!goes_by_address(event)) {
		name = str_upto(event->peer, TRAIL_NAME_BYTES);
		who->name_len = (uint8_t)name.len;
		memcpy(who->name, name.ptr, name.len);
	}
	who->hash =
		(uint32_t)(str_hash(name, seed + event->leg) * 0x9e3779b97f4a7c15u >>
			   32);
}

static void
unlink_peer(struct trail *trail, size_t index)
{
	struct trail_peer *peer = &trail->peer[index];
	uint32_t *link = &trail->bucket[peer->hash & trail->mask];

	while (*link && *link != index + 1)
		link = &trail->peer[*link - 1].next;
	if (*link)
		*link = peer->next;
}

/* What would be lost with it: nothing once its hour is over, much with a name. */
static uint64_t
worth(const struct trail_peer *peer, sv_usec now)
{
	if (peer->last + TRAIL_STEPS * TRAIL_STEP < now)
		return 0;
	return (peer->name_len ? NAMED : 0) + peer->total;
}

static size_t
give_way(struct trail *trail, sv_usec now)
{
	size_t least = trail->hand;

	for (int i = 0; i < CANDIDATES; i++) {
		size_t index = trail->hand;
		uint64_t a = worth(&trail->peer[index], now);
		uint64_t b = worth(&trail->peer[least], now);
		trail->hand = (index + 1) % trail->max;
		if (a < b ||
		    (a == b && trail->peer[index].last < trail->peer[least].last))
			least = index;
	}
	unlink_peer(trail, least);
	trail->forgotten++;
	/* in a flood the next one is wanted soon */
	for (size_t i = 0; i < CANDIDATES; i++)
		__builtin_prefetch(&trail->peer[(trail->hand + i) % trail->max]);
	return least;
}

static struct trail_peer *
link_peer(struct trail *trail, size_t index, const struct trail_peer *who)
{
	struct trail_peer *peer = &trail->peer[index];
	uint32_t *bucket = &trail->bucket[who->hash & trail->mask];

	*peer = (struct trail_peer){ .hash = who->hash,
				     .next = *bucket,
				     .leg = who->leg,
				     .name_len = who->name_len,
				     .ip = who->ip };
	memcpy(peer->name, who->name, who->name_len);
	*bucket = (uint32_t)index + 1;
	return peer;
}

static struct trail_peer *
find_peer(struct trail *trail, const struct trail_peer *who, sv_usec now)
{
	uint32_t i = trail->bucket[who->hash & trail->mask];

	while (i && !is_peer(&trail->peer[i - 1], who))
		i = trail->peer[i - 1].next;
	if (i)
		return &trail->peer[i - 1];
	return link_peer(
		trail, trail->n < trail->max ? trail->n++ : give_way(trail, now), who);
}

/* Counting. */

static void
add_tick(struct trail_peer *peer, const struct sv_event *event, bool failed)
{
	uint32_t at = number(event->time, TRAIL_TICK);
	struct trail_tick *tick = &peer->tick[at % TRAIL_TICKS];

	if (tick->at > at)
		return; /* late by more than all ticks */
	if (tick->at < at)
		*tick = (struct trail_tick){ .at = at };
	tick->events += event->count;
	tick->failures += failed ? event->count : 0;
}

/* Which of the peer's kinds the event is of; one that did not come for an hour is
 * replaced by a new one. */
static size_t
find_kind(struct trail_peer *peer, const struct sv_event *event, uint32_t at)
{
	size_t old = TRAIL_KINDS;

	for (size_t i = 0; i < peer->n_kinds; i++) {
		struct trail_kind *kind = &peer->kind[i];
		if (kind->code == event->code && kind->outcome == event->outcome &&
		    kind->method == event->method) {
			if (kind->last < at)
				kind->last = at;
			return i;
		}
		if (kind->last + TRAIL_STEPS <= at)
			old = i;
	}
	if (old == TRAIL_KINDS && peer->n_kinds < TRAIL_KINDS)
		old = peer->n_kinds++;
	if (old == TRAIL_KINDS)
		return outcome_is_failure(event->outcome) ? TRAIL_OTHER_FAILED
							  : TRAIL_OTHER_GOOD;
	peer->kind[old] = (struct trail_kind){ .code = event->code,
					       .outcome = (uint8_t)event->outcome,
					       .method = (uint8_t)event->method,
					       .last = at };
	return old;
}

static void
add_step(struct trail_peer *peer, const struct sv_event *event, bool failed)
{
	uint32_t at = number(event->time, TRAIL_STEP);
	struct trail_step *step = &peer->step[at % TRAIL_STEPS];

	if (step->at > at)
		return;
	if (step->at < at)
		*step = (struct trail_step){ .at = at };
	step->events += event->count;
	step->failures += failed ? event->count : 0;
	if (event->method == SV_INVITE) {
		step->calls += event->count;
		step->calls_failed += failed ? event->count : 0;
	}
	step->count[find_kind(peer, event, at)] += event->count;
}

void
trail_add(struct trail *trail, const struct sv_event *event)
{
	bool failed = outcome_is_failure(event->outcome);
	struct trail_peer who;

	if (trail->max == 0 || event->outcome == SV_GAP)
		return;
	add_tick(&trail->all, event, failed);
	if (event->peer.len == 0 && event->peer_ip.family == 0)
		return;
	name_peer(&who, event, trail->seed);
	struct trail_peer *peer = find_peer(trail, &who, event->time);
	if (event->peer_ip.family)
		peer->ip = event->peer_ip;
	if (event->time > peer->last)
		peer->last = event->time;
	if (failed && event->time > peer->last_failure)
		peer->last_failure = event->time;
	peer->doubt |= event->attribution == SV_ATTRIBUTION_FORGEABLE;
	peer->total = event->count > UINT32_MAX - peer->total
			      ? UINT32_MAX
			      : peer->total + event->count;
	add_tick(peer, event, failed);
	add_step(peer, event, failed);
}

struct trail_tick
trail_ticks(const struct trail_peer *peer, sv_usec now, uint32_t n)
{
	struct trail_tick sum = { .at = number(now, TRAIL_TICK) };

	for (uint32_t i = 0; i < n && i < TRAIL_TICKS && i < sum.at; i++) {
		const struct trail_tick *tick = &peer->tick[(sum.at - i) % TRAIL_TICKS];
		if (tick->at != sum.at - i)
			continue;
		sum.events += tick->events;
		sum.failures += tick->failures;
	}
	return sum;
}
