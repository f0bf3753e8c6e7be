/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/attempts_state.h"

#include "base/address.h"
#include "base/text.h"

#include <errno.h>
#include <stdlib.h>

/* Chains hold sequence numbers: one that is more than `cap` behind the newest was
 * overwritten and ends its chain, so nothing is ever unlinked. Keys of the first,
 * second and fourth chain hold a time slot of 8.4 s; a search looks at the slot before,
 * its own and the one after. */
#define MAX_WALK 512
#define MAX_MOMENT_WALK 256
/* A call's lines may stand minutes apart (a ring group), a mark comes again after a
 * restart of the PBX. */
#define CALL_SPAN (3600 * SV_USEC_PER_SEC)

#define CACHE_LINE 64
/* Parts of a chain's heads, for time slots by turns. */
#define REGIONS 8

int
attempts_new(size_t max_attempts, struct attempts **ret_attempts)
{
	uint32_t cap = 64;
	while (cap < max_attempts && cap < 1u << 22)
		cap *= 2;
	struct attempts *a = calloc(1, sizeof(*a));

	if (!a)
		return -ENOMEM;
	a->cap = cap;
	a->mask = cap * 2 - 1;
	a->heads = calloc((size_t)cap * 2 * ATTEMPT_CHAINS, sizeof(*a->heads));
	a->ring = calloc(cap, sizeof(*a->ring));
	a->passed = calloc(PASSED, sizeof(*a->passed));
	if (!a->heads || !a->ring || !a->passed) {
		attempts_free(a);
		return -ENOMEM;
	}
	*ret_attempts = a;
	return 0;
}

void
attempts_free(struct attempts *attempts)
{
	if (!attempts)
		return;
	free(attempts->heads);
	free(attempts->ring);
	free(attempts->passed);
	free(attempts);
}

struct attempt *
attempts_get(struct attempts *attempts, uint32_t seq)
{
	if (seq == 0 || seq > attempts->newest ||
	    attempts->newest - seq >= attempts->cap)
		return NULL;
	return &attempts->ring[seq & (attempts->cap - 1)];
}

uint32_t
attempts_newest(const struct attempts *attempts)
{
	return attempts->newest;
}

uint32_t
attempts_oldest(const struct attempts *attempts)
{
	if (attempts->newest < attempts->cap)
		return attempts->newest ? 1 : 0;
	return attempts->newest - attempts->cap + 1;
}

static uint64_t
mix(uint64_t a, uint64_t b)
{
	uint64_t h =
		(a ^ (b * UINT64_C(0x9e3779b97f4a7c15))) * UINT64_C(0xbf58476d1ce4e5b9);
	h ^= h >> 31;
	return h ? h : 1;
}

static uint64_t
hash_or_none(struct sv_str text)
{
	if (text.len == 0)
		return 0;
	uint64_t h = str_hash(text, 0);
	return h ? h : 1;
}

static void
work_out_names(struct attempt_search *s)
{
	if (s->named)
		return;
	s->user = hash_or_none(s->raw->claim.user);
	s->peer = hash_or_none(s->raw->peer);
	s->host = attempt_host(s->raw->host);
	s->named = true;
}

/* What a record is found by in a chain, whatever the time; 0 if it has none. */
static uint64_t
base_of(const struct sv_event *raw, enum chain chain)
{
	switch (chain) {
	case BY_SESSION:
		return raw->hint.session;
	case BY_ADDRESS:
		return raw->peer_ip.family
			       ? mix(address_hash(&raw->peer_ip), raw->service + 1)
			       : 0;
	case BY_CALL:
		return raw->hint.has_call_mark ? mix(raw->hint.call_mark, 7) : 0;
	case BY_PEER:
		return hash_or_none(raw->peer);
	}
	return 0;
}

/* Key of a record in a chain for a time slot, 0 if it has none. */
static uint64_t
key_of(const struct sv_event *raw, enum chain chain, uint64_t slot)
{
	uint64_t base = base_of(raw, chain);

	return base && chain != BY_CALL ? mix(base, slot) : base;
}

/* The heads of one time slot lie together, so that those in use stay in the cache. */
static uint32_t *
head_of(struct attempts *a, enum chain chain, uint64_t key, uint64_t slot)
{
	uint64_t place = key ^ key >> 29;

	if (chain != BY_CALL)
		place = (place & a->mask / REGIONS) +
			slot % REGIONS * (a->mask / REGIONS + 1);
	return &a->heads[(size_t)chain * (a->mask + 1) + (place & a->mask)];
}

/* No attempt of this time slot is older than *ret_first. False: there is none. */
static bool
find_slot(const struct attempts *a, uint64_t number, uint32_t *ret_first)
{
	const struct slot *slot = &a->slots[number % SLOTS];

	*ret_first = slot->number == number ? slot->first : 0;
	return slot->number >= number;
}

void
attempts_tell(struct attempts *attempts, struct attempt *at, enum sv_channel channel,
	      enum attempt_state state)
{
	at->state[channel] = (uint8_t)state;
	note_state(attempts, at, channel, state);
}

static void
chain_put(struct attempts *a, struct attempt *at, enum chain chain)
{
	uint64_t slot = at->time >> SLOT_SHIFT;
	uint32_t *head = head_of(a, chain, at->link[chain].key, slot);
	const struct attempt *next = attempts_get(a, *head);

	at->link[chain].older = *head;
	at->link[chain].latest = next && next->link[chain].latest > at->time
					 ? next->link[chain].latest
					 : at->time;
	*head = at->seq;
}

struct attempt *
attempts_add(struct attempts *attempts, const struct sv_event *raw,
	     enum attempt_state state, struct attempt *ret_lost)
{
	struct attempt *at =
		&attempts->ring[(attempts->newest + 1) & (attempts->cap - 1)];

	*ret_lost = *at;
	attempts->newest++;
	*at = (struct attempt){
		.time = raw->time,
		.session = raw->hint.session,
		.user = hash_or_none(raw->claim.user),
		.peer = hash_or_none(raw->peer),
		.seq = attempts->newest,
		.call_mark = raw->hint.call_mark,
		.dial = raw->hint.dial,
		.host = attempt_host(raw->host),
		.thread = raw->hint.thread,
		.ip = raw->peer_ip,
		.port = raw->peer_port,
		.service = (uint8_t)raw->service,
		.leg = (uint8_t)raw->leg,
		.method = (uint8_t)raw->method,
		.outcome = (uint8_t)raw->outcome,
		.has_mark = raw->hint.has_call_mark,
	};
	note_slot(attempts, at);
	at->state[raw->hint.channel] = (uint8_t)state;
	for (int c = 0; c < ATTEMPT_CHAINS; c++) {
		at->link[c].key = key_of(raw, (enum chain)c, raw->time >> SLOT_SHIFT);
		if (at->link[c].key)
			chain_put(attempts, at, (enum chain)c);
	}
	note_states(attempts, at);
	return at;
}

void
attempts_name(struct attempts *attempts, struct attempt *at, const struct sv_event *raw)
{
	static const enum chain later[] = { BY_CALL, BY_PEER };

	if (!at->has_mark && raw->hint.has_call_mark) {
		at->has_mark = true;
		at->call_mark = raw->hint.call_mark;
		at->dial = raw->hint.dial;
	}
	if (!at->peer)
		at->peer = hash_or_none(raw->peer);
	for (size_t i = 0; i < sizeof(later) / sizeof(later[0]); i++) {
		enum chain c = later[i];
		if (at->link[c].key)
			continue;
		at->link[c].key = key_of(raw, c, at->time >> SLOT_SHIFT);
		if (at->link[c].key)
			chain_put(attempts, at, c);
	}
	note_states(attempts, at);
}

static bool
near(sv_usec a, sv_usec b, sv_usec span)
{
	return a > b ? a - b <= span : b - a <= span;
}

#define SERVICE_DEAD 0xff

void
attempt_kill(struct attempt *attempt)
{
	attempt->service = SERVICE_DEAD;
	attempt->challenge = false;
	attempt->settled = true;
}

/* What every search demands. */
static bool
fits(const struct attempt *at, const struct attempt_search *s)
{
	const struct sv_event *raw = s->raw;

	if (at->challenge != s->challenge || at->service != raw->service ||
	    !near(at->time, raw->time, s->span))
		return false;
	if (at->leg && raw->leg && at->leg != raw->leg)
		return false;
	if (at->session && raw->hint.session && at->session != raw->hint.session)
		return false;
	if (at->has_mark && raw->hint.has_call_mark &&
	    at->call_mark != raw->hint.call_mark)
		return false;
	return s->challenge || s->any_state || at->state[raw->hint.channel] == s->state;
}

static bool
addresses_agree(const struct attempt *at, const struct sv_event *raw)
{
	if (at->ip.family && raw->peer_ip.family &&
	    !address_equal(&at->ip, &raw->peer_ip))
		return false;
	return !at->port || !raw->peer_port || at->port == raw->peer_port;
}

static bool
methods_agree(const struct attempt *at, const struct sv_event *raw)
{
	return !at->method || !raw->method || at->method == (uint8_t)raw->method;
}

/* A walk along a chain. */
struct walk {
	enum chain chain;
	uint64_t key;
	sv_usec since; /* what is older is not looked for */
	uint32_t seq;  /* next one */
	int left;      /* steps */
	int lane;      /* -1: each attempt is of interest */
};

/* Can no search of this lane ever find it again? */
static bool
is_past(const struct attempt *at, int lane)
{
	if (at->service == SERVICE_DEAD)
		return true;
	return lane == LANE_CHALLENGE ? !at->challenge
				      : at->state[lane] == ATTEMPT_CLOSED;
}

/* Next of the chain; NULL also when the rest is too old. */
static struct attempt *
take_step(struct attempts *a, struct walk *walk)
{
	struct attempt *at = walk->left > 0 ? attempts_get(a, walk->seq) : NULL;

	if (!at || at->link[walk->chain].latest < walk->since)
		return NULL;
	walk->left--;
	walk->seq = at->link[walk->chain].older;
	return at;
}

/* Jumps over what is known to be past from `seq` on. */
static void
jump(const struct attempts *a, uint32_t seq, struct walk *walk)
{
	const struct passed *passed = &a->passed[seq % PASSED];
	uint32_t to = passed->to[walk->chain][walk->lane];

	if (passed->seq != seq || !to)
		return;
	walk->seq = to;
	walk->left -= passed->n[walk->chain][walk->lane] - 1;
}

/* From `first` on there is nothing for this lane up to `to`, `n` steps further. */
static void
remember(struct attempts *a, uint32_t first, const struct walk *walk, uint32_t to,
	 int n)
{
	struct passed *passed = &a->passed[first % PASSED];

	if (n < PASSED_LEAST)
		return;
	if (passed->seq != first)
		*passed = (struct passed){ .seq = first };
	passed->to[walk->chain][walk->lane] = to ? to : PASSED_ALL;
	passed->n[walk->chain][walk->lane] =
		(uint16_t)(n < UINT16_MAX ? n : UINT16_MAX);
}

/* Next that may be found. Those of the lane's past are passed over, though they count as
 * steps, and the first of them remembers how far. */
static struct attempt *
take_step_of_lane(struct attempts *a, struct walk *walk)
{
	uint32_t first = 0, seq;
	int left = 0;
	struct attempt *at;

	for (;;) {
		seq = walk->seq;
		at = take_step(a, walk);
		if (!at || !is_past(at, walk->lane))
			break;
		if (!first) {
			first = seq;
			left = walk->left + 1;
		}
		jump(a, seq, walk);
	}
	if (first)
		remember(a, first, walk, seq, left - walk->left - (at ? 1 : 0));
	return at;
}

/* Next one that has the key. */
static struct attempt *
step(struct attempts *a, struct walk *walk)
{
	struct attempt *at;

	do
		at = walk->lane < 0 ? take_step(a, walk) : take_step_of_lane(a, walk);
	while (at && at->link[walk->chain].key != walk->key);
	return at;
}

static int
lane_of(const struct attempt_search *s)
{
	if (s->challenge)
		return LANE_CHALLENGE;
	return s->any_state ? -1 : (int)s->raw->hint.channel;
}

/* Begin to fetch what the searches for a record and a new attempt of it will touch, so
 * that the waits for memory overlap. */
void
attempts_fetch(struct attempts *a, const struct sv_event *raw)
{
	const char *next = (const char *)&a->ring[(a->newest + 1) & (a->cap - 1)];
	uint64_t slot = raw->time >> SLOT_SHIFT;

	for (size_t i = 0; i < sizeof(struct attempt); i += CACHE_LINE)
		__builtin_prefetch(next + i, 1);
	for (unsigned c = 0; c < ATTEMPT_CHAINS; c++) {
		uint64_t key = key_of(raw, (enum chain)c, slot);
		if (key)
			__builtin_prefetch(head_of(a, (enum chain)c, key, slot), 1);
	}
}

/* Is there anything that it could find? */
static bool
is_hopeless(const sv_usec reached[ATTEMPT_STATES][SV_CHANNEL_COUNT],
	    const struct attempt_search *s, sv_usec span)
{
	sv_usec since = s->raw->time > span ? s->raw->time - span : 0;

	return !s->challenge && !s->any_state &&
	       reached[s->state][s->raw->hint.channel] < since;
}

/* Order of preference: same user before another one, then the older one. */
static struct attempt *
better(struct attempt *best, struct attempt *at, uint64_t user)
{
	if (!best)
		return at;
	bool best_user = user && best->user == user, at_user = user && at->user == user;
	if (best_user != at_user)
		return at_user ? at : best;
	return at->seq < best->seq ? at : best;
}

static struct attempt *
search_slots(struct attempts *a, struct attempt_search *s, enum chain chain,
	     bool (*agrees)(const struct attempt *, const struct attempt_search *))
{
	uint64_t base = base_of(s->raw, chain);
	sv_usec time = s->raw->time;
	struct attempt *best = NULL, *at;

	if (base == 0 ||
	    is_hopeless(chain == BY_PEER ? a->reached_peer : a->reached, s, s->span))
		return NULL;
	/* most often a single slot: the span is short and the slot is long */
	sv_usec since = time > s->span ? time - s->span : 0;
	for (uint64_t slot = since >> SLOT_SHIFT;
	     slot <= (time + s->span) >> SLOT_SHIFT; slot++) {
		struct walk walk = { .chain = chain,
				     .key = mix(base, slot),
				     .since = since,
				     .left = MAX_WALK,
				     .lane = lane_of(s) };
		uint32_t first;
		if (!find_slot(a, slot, &first))
			continue;
		if (chain == BY_PEER)
			first = 0; /* attempts_name() adds old ones */
		walk.seq = *head_of(a, chain, walk.key, slot);
		while (walk.seq >= first && (at = step(a, &walk))) {
			if (!fits(at, s))
				continue;
			work_out_names(s);
			if (agrees(at, s))
				best = better(best, at, s->user);
		}
	}
	return best;
}

/* A proxy that got 503 answers 500 (RFC 3261, 16.7): one channel tells this, another
 * that. */
static bool
answers_agree(enum sv_outcome a, enum sv_outcome b)
{
	const uint32_t overload = 1u << SV_CONGESTION | 1u << SV_ERROR;

	return attempt_outcomes_agree(a, b) ||
	       ((overload >> a & 1) && (overload >> b & 1));
}

static bool
same_session(const struct attempt *at, const struct attempt_search *s)
{
	const struct sv_event *raw = s->raw;

	return at->session == raw->hint.session && addresses_agree(at, raw) &&
	       (at->challenge || raw->outcome == SV_CHALLENGED ||
		raw->outcome == SV_OUTCOME_NONE ||
		answers_agree((enum sv_outcome)at->outcome, raw->outcome));
}

static bool
same_address(const struct attempt *at, const struct attempt_search *s)
{
	const struct sv_event *raw = s->raw;

	if (at->peer && s->peer && at->peer != s->peer)
		return false;
	return addresses_agree(at, raw) && methods_agree(at, raw) &&
	       (at->challenge ||
		attempt_outcomes_agree((enum sv_outcome)at->outcome, raw->outcome)) &&
	       attempt_hosts_agree(at->host, s->host);
}

static bool
same_peer(const struct attempt *at, const struct attempt_search *s)
{
	return at->peer == s->peer && addresses_agree(at, s->raw) &&
	       (enum sv_outcome)at->outcome == s->raw->outcome &&
	       attempt_hosts_agree(at->host, s->host);
}

struct attempt *
attempts_by_session(struct attempts *a, struct attempt_search *s)
{
	return search_slots(a, s, BY_SESSION, same_session);
}

struct attempt *
attempts_by_address(struct attempts *a, struct attempt_search *s)
{
	return search_slots(a, s, BY_ADDRESS, same_address);
}

struct attempt *
attempts_by_peer(struct attempts *a, struct attempt_search *s)
{
	return search_slots(a, s, BY_PEER, same_peer);
}

struct attempt *
attempts_by_call(struct attempts *a, struct attempt_search *s)
{
	const struct sv_event *raw = s->raw;
	uint64_t key = key_of(raw, BY_CALL, 0);
	struct attempt *at;

	if (key == 0 || is_hopeless(a->reached_call, s, CALL_SPAN))
		return NULL;
	work_out_names(s);
	struct walk walk = { .chain = BY_CALL,
			     .key = key,
			     .seq = *head_of(a, BY_CALL, key, 0),
			     .left = MAX_WALK,
			     .lane = -1 };
	while ((at = step(a, &walk))) {
		if (at->challenge || at->service != raw->service ||
		    at->call_mark != raw->hint.call_mark ||
		    !near(at->time, raw->time, CALL_SPAN) || at->leg != raw->leg)
			continue;
		if (at->dial && raw->hint.dial && at->dial != raw->hint.dial)
			continue;
		if (!attempt_hosts_agree(at->host, s->host))
			continue; /* two PBXes count their calls alike */
		if (at->peer && s->peer && at->peer != s->peer)
			continue;
		return at;
	}
	return NULL;
}

struct attempt *
attempts_by_moment(struct attempts *a, struct attempt_search *s)
{
	const struct sv_event *raw = s->raw;
	struct attempt *best = NULL;
	uint32_t seq = a->newest;

	if (is_hopeless(a->reached, s, s->span))
		return NULL;
	work_out_names(s);
	for (int walk = 0; walk < MAX_MOMENT_WALK; walk++, seq--) {
		struct attempt *at = attempts_get(a, seq);
		if (!at)
			break;
		if (!fits(at, s) || !methods_agree(at, raw) ||
		    !attempt_outcomes_agree((enum sv_outcome)at->outcome,
					    raw->outcome) ||
		    !attempt_hosts_agree(at->host, s->host))
			continue;
		/* another name is another attempt, unless only one side knows it */
		if (s->user && at->user && at->user != s->user && at->method &&
		    raw->method)
			continue;
		best = better(best, at, s->user);
	}
	return best;
}
