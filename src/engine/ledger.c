/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/ledger.h"

#include "engine/attempts.h"
#include "engine/joining.h"
#include "engine/keep.h"
#include "engine/prints.h"

#include <errno.h>
#include <stdlib.h>

/* Records that wait for their partner. More than this many at once settle early. */
#define MAX_HELD 512
/* Copies of events kept in live mode: challenges that wait for their answer. */
#define MAX_KEPT 8192
/* Records remembered to know their copies, which come within PRINTS_SPAN. */
#define LIVE_PRINTS 8192
/* Offline: how long an attempt stays open for further records. */
#define PATIENCE (40 * SV_USEC_PER_SEC)

enum held_kind {
	HELD_REQUEST, /* second request of `parent`, or an attempt of its own */
	HELD_DETAIL,
};

struct held {
	enum held_kind kind;
	sv_usec due;
	uint32_t parent; /* sequence number of the attempt */
	bool spent; /* went into another event; its text stays until the next advance */
	struct kept_event kept;
};

struct ledger {
	struct ledger_spec spec;
	struct prints *prints;
	struct attempts *attempts;
	sv_usec now;
	uint32_t swept; /* attempts up to this number are past their waiting time */
	struct held held[MAX_HELD];
	size_t n_held;
	struct kept_event *kept; /* slots; an attempt names its slot, 1-based */
	uint32_t *free_kept;
	uint32_t n_free_kept, max_kept;
	struct ledger_stats stats;
};

static void new_attempt(struct ledger *l, const struct sv_event *raw,
			enum attempt_state state);
static void absorb_details(struct ledger *l, struct sv_event *event);

int
ledger_new(const struct ledger_spec *spec, struct ledger **ret_ledger)
{
	struct ledger *l = calloc(1, sizeof(*l));

	if (!l)
		return -ENOMEM;
	l->spec = *spec;
	if (l->spec.max_entries == 0)
		l->spec.max_entries = spec->patient ? 65536 : 32768;
	l->max_kept = spec->patient ? (uint32_t)l->spec.max_entries : MAX_KEPT;
	l->kept = calloc(l->max_kept, sizeof(*l->kept));
	l->free_kept = calloc(l->max_kept, sizeof(*l->free_kept));
	if (!l->kept || !l->free_kept ||
	    prints_new(spec->patient ? l->spec.max_entries : LIVE_PRINTS, &l->prints) <
		    0 ||
	    attempts_new(l->spec.max_entries, &l->attempts) < 0) {
		ledger_free(l);
		return -ENOMEM;
	}
	for (uint32_t i = 0; i < l->max_kept; i++)
		l->free_kept[l->n_free_kept++] = l->max_kept - i;
	*ret_ledger = l;
	return 0;
}

void
ledger_free(struct ledger *ledger)
{
	if (!ledger)
		return;
	for (uint32_t i = 0; ledger->kept && i < ledger->max_kept; i++)
		kept_event_done(&ledger->kept[i]);
	for (size_t i = 0; i < MAX_HELD; i++)
		kept_event_done(&ledger->held[i].kept);
	free(ledger->kept);
	free(ledger->free_kept);
	prints_free(ledger->prints);
	attempts_free(ledger->attempts);
	free(ledger);
}

static void
settle(struct ledger *l, const struct sv_event *event)
{
	l->stats.settled++;
	l->spec.settled(l->spec.user, event);
}

/* ---- copies kept for attempts ---- */

static struct kept_event *
kept_of(struct ledger *l, const struct attempt *at)
{
	return at->kept ? &l->kept[at->kept - 1] : NULL;
}

static bool
keep(struct ledger *l, struct attempt *at, const struct sv_event *event)
{
	if (l->n_free_kept == 0)
		return false;
	uint32_t slot = l->free_kept[l->n_free_kept - 1];
	if (kept_event_set(&l->kept[slot - 1], event) < 0)
		return false;
	l->n_free_kept--;
	at->kept = slot;
	return true;
}

static void
unkeep(struct ledger *l, struct attempt *at)
{
	if (at->kept)
		l->free_kept[l->n_free_kept++] = at->kept;
	at->kept = 0;
}

/* The attempt's time of waiting is over (or its place is needed). */
static void
finish(struct ledger *l, struct attempt *at)
{
	struct kept_event *kept = kept_of(l, at);

	if (kept && !at->settled) {
		if (at->challenge) {
			kept->event.outcome = SV_ABANDONED;
			l->stats.abandoned++;
		}
		settle(l, &kept->event);
	}
	at->settled = true;
	at->challenge = false;
	unkeep(l, at);
}

/* ---- joining records ---- */

/* `raw` tells of an attempt that is known already. */
static void
join(struct ledger *l, struct attempt *at, const struct sv_event *raw)
{
	struct kept_event *kept = kept_of(l, at);
	struct sv_event with = *raw;

	l->stats.merged++;
	if (raw->hint.tell != SV_TELL_DETAIL)
		absorb_details(l,
			       &with); /* of this record: nobody else may have them */
	if (raw->attribution == SV_ATTRIBUTION_CERTAIN && !at->ip.family) {
		at->ip = raw->peer_ip;
		at->port = raw->peer_port;
	}
	if (!at->method)
		at->method = (uint8_t)raw->method;
	if (!at->session)
		at->session = raw->hint.session;
	if (raw->attribution == SV_ATTRIBUTION_CERTAIN)
		attempts_name(l->attempts, at, raw);
	if (!kept || at->settled)
		return;
	struct sv_event event = kept->event;
	joining_fill(&event, &with);
	if (raw->n_records && event.n_records < SV_EVENT_MAX_RECORDS)
		event.records[event.n_records++] = raw->records[0];
	(void)kept_event_set(kept, &event); /* without memory it stays as it was */
}

/* ---- what is held ---- */

static void
drop_held(struct ledger *l, size_t i)
{
	struct kept_event spare = l->held[i].kept;

	for (size_t k = i + 1; k < l->n_held; k++)
		l->held[k - 1] = l->held[k];
	l->held[--l->n_held] = (struct held){ .kept = spare };
}

/* A held request stands alone after all: it is an attempt, unless another channel told
 * of that one. */
static void
release_request(struct ledger *l, const struct sv_event *raw, uint32_t parent)
{
	struct attempt *at = attempts_get(l->attempts, parent);
	struct attempt_search s = { .raw = raw,
				    .state = ATTEMPT_UNTOLD,
				    .span = LEDGER_SPAN };

	if (at && at->state[raw->hint.channel] == ATTEMPT_PENDING)
		at->state[raw->hint.channel] = ATTEMPT_CLOSED;
	at = attempts_by_session(l->attempts, &s);
	if (at) {
		at->state[raw->hint.channel] = ATTEMPT_OPEN;
		join(l, at, raw);
	} else {
		new_attempt(l, raw, ATTEMPT_OPEN);
	}
}

static void
release_held(struct ledger *l, size_t i)
{
	struct held h = l->held[i];

	/* take the copy out first: what follows may hold something new */
	l->held[i].kept = (struct kept_event){ 0 };
	drop_held(l, i);
	switch (h.kind) {
	case HELD_REQUEST:
		release_request(l, &h.kept.event, h.parent);
		break;
	case HELD_DETAIL:
		if (h.kept.event.hint.alone)
			new_attempt(l, &h.kept.event, ATTEMPT_CLOSED);
		else
			l->stats.merged++;
		break;
	}
	kept_event_done(&h.kept);
}

static void
hold(struct ledger *l, enum held_kind kind, const struct sv_event *raw, uint32_t parent)
{
	if (l->n_held == MAX_HELD) {
		l->stats.evicted++;
		release_held(l, 0);
	}
	if (l->n_held == MAX_HELD)
		return;
	struct held *h = &l->held[l->n_held];
	if (kept_event_set(&h->kept, raw) < 0) {
		l->stats.evicted++;
		return;
	}
	h->kind = kind;
	h->due = raw->time + LEDGER_HOLD;
	h->parent = parent;
	h->spent = false;
	l->n_held++;
}

/* Held details of this attempt go into `event`. */
static void
absorb_details(struct ledger *l, struct sv_event *event)
{
	for (size_t i = 0; i < l->n_held;) {
		struct held *h = &l->held[i];
		if (h->kind != HELD_DETAIL || h->spent ||
		    !joining_is_detail(&h->kept.event, event)) {
			i++;
			continue;
		}
		const struct sv_event *detail = &h->kept.event;
		bool other_channel = detail->hint.channel != event->hint.channel;
		joining_fill(event, detail);
		l->stats.merged++;
		if (detail->n_records && event->n_records < SV_EVENT_MAX_RECORDS)
			event->records[event->n_records++] = detail->records[0];
		h->spent = true;
		i++;
		if (other_channel && detail->hint.alone)
			break; /* one partner a channel */
	}
}

/* ---- attempts ---- */

static void
new_attempt(struct ledger *l, const struct sv_event *raw, enum attempt_state state)
{
	struct attempt lost;
	struct sv_event event = *raw;

	absorb_details(l, &event);
	struct attempt *at = attempts_add(l->attempts, &event, &lost);
	if (lost.seq && lost.kept) {
		l->stats.evicted++;
		finish(l, &lost);
	}
	at->state[raw->hint.channel] = (uint8_t)state;
	if (!l->spec.patient) {
		at->settled = true;
		settle(l, &event);
	} else if (!keep(l, at, &event)) {
		at->settled = true;
		l->stats.evicted++;
		settle(l, &event);
	}
}

static struct attempt *
find(struct ledger *l, struct attempt_search *s)
{
	const struct sv_event *raw = s->raw;
	struct attempt *at = NULL;

	if (raw->hint.session) {
		s->span = LEDGER_SPAN;
		at = attempts_by_session(l->attempts, s);
	}
	s->span = ATTEMPT_NEAR;
	if (!at && raw->hint.has_call_mark && raw->leg == SV_LEG_OUT) {
		at = attempts_by_call(l->attempts, s);
		if (at && !s->any_state &&
		    at->state[raw->hint.channel] != (uint8_t)s->state)
			at = NULL;
	}
	if (!at && raw->peer_ip.family)
		at = attempts_by_address(l->attempts, s);
	if (!at && raw->peer.len)
		at = attempts_by_peer(l->attempts, s);
	return at;
}

/* A challenge is answered by whatever the PBX says next of the same dialog. */
static void
answer_challenge(struct ledger *l, const struct sv_event *raw)
{
	struct attempt_search s = { .raw = raw,
				    .challenge = true,
				    .span = LEDGER_ABANDON };
	struct attempt *at = NULL;

	if (raw->hint.session)
		at = attempts_by_session(l->attempts, &s);
	if (!at && raw->peer_ip.family && raw->peer_port)
		at = attempts_by_address(l->attempts, &s);
	if (at) {
		unkeep(l, at);
		attempt_kill(at);
	}
}

static uint32_t
feed_challenge(struct ledger *l, const struct sv_event *raw)
{
	struct attempt_search s = { .raw = raw,
				    .any_state = true,
				    .span = LEDGER_SPAN };
	struct attempt *at =
		raw->hint.session ? attempts_by_session(l->attempts, &s) : NULL;
	struct attempt lost;

	if (!at) {
		s.challenge = true;
		s.span = LEDGER_ABANDON;
		at = raw->hint.session ? attempts_by_session(l->attempts, &s) : NULL;
	}
	if (at) { /* of an attempt that is counted, or challenged once more */
		join(l, at, raw);
		return at->seq;
	}
	at = attempts_add(l->attempts, raw, &lost);
	if (lost.seq && lost.kept) {
		l->stats.evicted++;
		finish(l, &lost);
	}
	at->challenge = true;
	if (!keep(l, at, raw)) {
		l->stats.evicted++;
		attempt_kill(at);
	}
	return at->seq;
}

static uint32_t
feed_attempt(struct ledger *l, const struct sv_event *raw)
{
	struct attempt_search s = { .raw = raw, .state = ATTEMPT_UNTOLD };
	struct attempt *at = find(l, &s);

	if (!at) {
		new_attempt(l, raw, ATTEMPT_CLOSED);
		return attempts_newest(l->attempts);
	}
	at->state[raw->hint.channel] = ATTEMPT_CLOSED;
	join(l, at, raw);
	return at->seq;
}

static void
drop_pending(struct ledger *l, struct attempt *at, enum sv_channel channel)
{
	for (size_t i = 0; i < l->n_held; i++)
		if (l->held[i].kind == HELD_REQUEST && l->held[i].parent == at->seq &&
		    l->held[i].kept.event.hint.channel == channel) {
			join(l, at, &l->held[i].kept.event);
			drop_held(l, i);
			return;
		}
}

static void
release_pending(struct ledger *l, const struct attempt *at, enum sv_channel channel)
{
	for (size_t i = 0; i < l->n_held; i++)
		if (l->held[i].kind == HELD_REQUEST && l->held[i].parent == at->seq &&
		    l->held[i].kept.event.hint.channel == channel) {
			release_held(l, i);
			return;
		}
}

static uint32_t
feed_request(struct ledger *l, const struct sv_event *raw)
{
	struct attempt_search s = { .raw = raw,
				    .state = ATTEMPT_UNTOLD,
				    .span = LEDGER_SPAN };
	uint8_t *state;
	struct attempt *at = find(l, &s);

	if (at) {
		at->state[raw->hint.channel] = ATTEMPT_OPEN;
		join(l, at, raw);
		return at->seq;
	}
	s.span = LEDGER_SPAN;
	s.state = ATTEMPT_PENDING;
	at = attempts_by_session(l->attempts, &s);
	if (at) /* a third one: the second was an attempt of its own */
		release_pending(l, at, raw->hint.channel);
	s.state = ATTEMPT_OPEN;
	at = attempts_by_session(l->attempts, &s);
	if (!at) {
		new_attempt(l, raw, ATTEMPT_OPEN);
		return attempts_newest(l->attempts);
	}
	state = &at->state[raw->hint.channel];
	*state = ATTEMPT_PENDING;
	hold(l, HELD_REQUEST, raw, at->seq);
	return at->seq;
}

static uint32_t
feed_pair(struct ledger *l, const struct sv_event *raw)
{
	struct attempt_search s = { .raw = raw, .state = ATTEMPT_OPEN };
	struct attempt *at = find(l, &s);

	if (at) {
		at->state[raw->hint.channel] = ATTEMPT_CLOSED;
	} else {
		s.state = ATTEMPT_UNTOLD;
		at = find(l, &s);
		if (at)
			at->state[raw->hint.channel] = ATTEMPT_OPEN;
	}
	if (!at) {
		new_attempt(l, raw, ATTEMPT_OPEN);
		return attempts_newest(l->attempts);
	}
	join(l, at, raw);
	return at->seq;
}

static uint32_t
feed_answer(struct ledger *l, const struct sv_event *raw)
{
	static const enum attempt_state order[] = { ATTEMPT_PENDING, ATTEMPT_OPEN,
						    ATTEMPT_UNTOLD };
	struct attempt *at = NULL;

	for (size_t i = 0; i < sizeof(order) / sizeof(order[0]) && !at; i++) {
		struct attempt_search s = { .raw = raw, .state = order[i] };
		at = find(l, &s);
	}
	if (!at) {
		new_attempt(l, raw, ATTEMPT_CLOSED);
		return attempts_newest(l->attempts);
	}
	drop_pending(l, at, raw->hint.channel);
	at->state[raw->hint.channel] = ATTEMPT_CLOSED;
	join(l, at, raw);
	return at->seq;
}

static uint32_t
feed_detail(struct ledger *l, const struct sv_event *raw)
{
	struct attempt_search s = { .raw = raw, .any_state = true };
	/* an address without port stands before the line it belongs to, in the same
	 * thread */
	bool ahead = raw->peer_ip.family && !raw->peer_port && !raw->hint.has_call_mark;
	struct attempt *at = ahead ? NULL : find(l, &s);

	if (!at && !raw->peer_ip.family && raw->leg == SV_LEG_IN) {
		s = (struct attempt_search){ .raw = raw,
					     .state = ATTEMPT_UNTOLD,
					     .span = ATTEMPT_NEAR };
		at = attempts_by_moment(l->attempts, &s);
		if (at && raw->hint.alone)
			at->state[raw->hint.channel] = ATTEMPT_CLOSED;
	}
	if (at) {
		join(l, at, raw);
		return at->seq;
	}
	if (raw->hint.alone && (raw->hint.has_call_mark && raw->leg == SV_LEG_OUT)) {
		/* the last word on a call: nothing will come that it could belong to */
		new_attempt(l, raw, ATTEMPT_CLOSED);
		return attempts_newest(l->attempts);
	}
	hold(l, HELD_DETAIL, raw, 0);
	return 0;
}

/* A refusal whose line has no address ("Failed to authenticate device …"): another
 * channel may tell it, before or after. */
static bool
seeks_address(const struct sv_event *raw)
{
	return raw->leg == SV_LEG_IN && !raw->peer_ip.family && raw->hint.alone &&
	       raw->outcome < SV_OK && raw->outcome != SV_OUTCOME_NONE;
}

void
ledger_feed(struct ledger *ledger, const struct sv_event *raw)
{
	uint32_t none, *print = &none;

	ledger->stats.raw++;
	ledger_advance(ledger, raw->time);
	if (!ledger->spec.single && prints_seen(ledger->prints, raw, &print)) {
		struct attempt *at = attempts_get(ledger->attempts, *print);
		if (at)
			join(ledger, at, raw);
		else
			ledger->stats.merged++;
		return;
	}
	if (raw->outcome == SV_GAP) {
		settle(ledger, raw);
		return;
	}
	if (raw->outcome == SV_CHALLENGED) {
		*print = feed_challenge(ledger, raw);
		return;
	}
	if (raw->outcome != SV_OUTCOME_NONE && raw->leg != SV_LEG_OUT)
		answer_challenge(ledger, raw);
	switch (raw->hint.tell) {
	case SV_TELL_REQUEST:
		if (raw->hint.session) {
			*print = feed_request(ledger, raw);
			break;
		}
		/* fall through */
	case SV_TELL_ATTEMPT:
		*print = seeks_address(raw) ? feed_detail(ledger, raw)
					    : feed_attempt(ledger, raw);
		break;
	case SV_TELL_ANSWER:
		*print = raw->hint.session ? feed_answer(ledger, raw)
					   : feed_attempt(ledger, raw);
		break;
	case SV_TELL_PAIR:
		*print = feed_pair(ledger, raw);
		break;
	case SV_TELL_DETAIL:
		*print = feed_detail(ledger, raw);
		break;
	}
}

static void
release_due(struct ledger *l, sv_usec now)
{
	for (size_t i = 0; i < l->n_held;) {
		if (l->held[i].spent)
			drop_held(l, i);
		else if (l->held[i].due > now)
			i++;
		else
			release_held(l, i);
	}
}

void
ledger_advance(struct ledger *ledger, sv_usec now)
{
	sv_usec wait = ledger->spec.patient ? PATIENCE : LEDGER_ABANDON;

	if (now <= ledger->now)
		return;
	ledger->now = now;
	if (ledger->n_held)
		release_due(ledger, now);
	uint32_t oldest = attempts_oldest(ledger->attempts);
	if (ledger->swept + 1 < oldest)
		ledger->swept = oldest - 1;
	for (;;) {
		struct attempt *at = attempts_get(ledger->attempts, ledger->swept + 1);
		if (!at || at->time + wait > now)
			break;
		finish(ledger, at);
		ledger->swept++;
	}
}

void
ledger_flush(struct ledger *ledger)
{
	while (ledger->n_held) {
		if (ledger->held[0].spent)
			drop_held(ledger, 0);
		else
			release_held(ledger, 0);
	}
	for (;;) {
		struct attempt *at = attempts_get(ledger->attempts, ledger->swept + 1);
		if (!at)
			break;
		/* a challenge at the very end may still be answered: it says nothing
		 * yet */
		if (at->challenge) {
			unkeep(ledger, at);
			attempt_kill(at);
		} else {
			finish(ledger, at);
		}
		ledger->swept++;
	}
}

void
ledger_stats_get(const struct ledger *ledger, struct ledger_stats *ret_stats)
{
	*ret_stats = ledger->stats;
	ret_stats->entries = ledger->n_held + (ledger->max_kept - ledger->n_free_kept);
}
