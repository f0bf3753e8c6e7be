/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/ledger.h"

#include "engine/ledger_state.h"

#define CACHE_LINE 64
/* So much of a copy's texts is fetched before it is settled. */
#define EXPECT_TEXT 384

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
		ledger_unkeep(l, at);
		attempt_kill(at);
		l->n_challenges--;
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
		ledger_join(l, at, raw);
		return at->seq;
	}
	at = attempts_add(l->attempts, raw, ATTEMPT_UNTOLD, &lost);
	if (lost.seq && lost.kept) {
		l->stats.evicted++;
		ledger_finish(l, &lost);
	}
	at->challenge = true;
	l->n_challenges++;
	if (!ledger_keep(l, at, raw)) {
		l->stats.evicted++;
		attempt_kill(at);
		l->n_challenges--;
	}
	return at->seq;
}

static uint32_t
feed_attempt(struct ledger *l, const struct sv_event *raw)
{
	struct attempt_search s = { .raw = raw, .state = ATTEMPT_UNTOLD };
	struct attempt *at = ledger_find(l, &s);

	if (!at) {
		ledger_begin(l, raw, ATTEMPT_CLOSED);
		return attempts_newest(l->attempts);
	}
	attempts_tell(l->attempts, at, raw->hint.channel, ATTEMPT_CLOSED);
	ledger_join(l, at, raw);
	return at->seq;
}

static void
drop_pending(struct ledger *l, struct attempt *at, enum sv_channel channel)
{
	size_t i = ledger_held_request(l, at, channel);

	if (i == l->n_held)
		return;
	ledger_join(l, at, &ledger_held_event(l, i)->event);
	ledger_drop_held(l, i);
}

static void
release_pending(struct ledger *l, const struct attempt *at, enum sv_channel channel)
{
	size_t i = ledger_held_request(l, at, channel);

	if (i < l->n_held)
		ledger_release_held(l, i);
}

static uint32_t
feed_request(struct ledger *l, const struct sv_event *raw)
{
	struct attempt_search s = { .raw = raw,
				    .state = ATTEMPT_UNTOLD,
				    .span = LEDGER_SPAN };
	struct attempt *at = ledger_find(l, &s);

	if (at) {
		attempts_tell(l->attempts, at, raw->hint.channel, ATTEMPT_OPEN);
		ledger_join(l, at, raw);
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
		ledger_begin(l, raw, ATTEMPT_OPEN);
		return attempts_newest(l->attempts);
	}
	attempts_tell(l->attempts, at, raw->hint.channel, ATTEMPT_PENDING);
	ledger_hold(l, HELD_REQUEST, raw, at->seq);
	return at->seq;
}

static uint32_t
feed_pair(struct ledger *l, const struct sv_event *raw)
{
	struct attempt_search s = { .raw = raw, .state = ATTEMPT_OPEN };
	struct attempt *at = ledger_find(l, &s);

	if (at) {
		attempts_tell(l->attempts, at, raw->hint.channel, ATTEMPT_CLOSED);
	} else {
		s.state = ATTEMPT_UNTOLD;
		at = ledger_find(l, &s);
		if (at)
			attempts_tell(l->attempts, at, raw->hint.channel, ATTEMPT_OPEN);
	}
	if (!at) {
		ledger_begin(l, raw, ATTEMPT_OPEN);
		return attempts_newest(l->attempts);
	}
	ledger_join(l, at, raw);
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
		at = ledger_find(l, &s);
	}
	if (!at) {
		ledger_begin(l, raw, ATTEMPT_CLOSED);
		return attempts_newest(l->attempts);
	}
	drop_pending(l, at, raw->hint.channel);
	attempts_tell(l->attempts, at, raw->hint.channel, ATTEMPT_CLOSED);
	ledger_join(l, at, raw);
	return at->seq;
}

static uint32_t
feed_detail(struct ledger *l, const struct sv_event *raw)
{
	struct attempt_search s = { .raw = raw, .any_state = true };
	/* an address without port stands before the line it belongs to, in the same
	 * thread */
	bool ahead = raw->peer_ip.family && !raw->peer_port && !raw->hint.has_call_mark;
	struct attempt *at = ahead ? NULL : ledger_find(l, &s);

	if (!at && !raw->peer_ip.family && raw->leg == SV_LEG_IN) {
		s = (struct attempt_search){ .raw = raw,
					     .state = ATTEMPT_UNTOLD,
					     .span = ATTEMPT_NEAR };
		at = attempts_by_moment(l->attempts, &s);
		if (at && raw->hint.alone)
			attempts_tell(l->attempts, at, raw->hint.channel,
				      ATTEMPT_CLOSED);
	}
	if (at) {
		ledger_join(l, at, raw);
		return at->seq;
	}
	if (raw->hint.alone && (raw->hint.has_call_mark && raw->leg == SV_LEG_OUT)) {
		/* the last word on a call: nothing will come that it could belong to */
		ledger_begin(l, raw, ATTEMPT_CLOSED);
		return attempts_newest(l->attempts);
	}
	ledger_hold(l, HELD_DETAIL, raw, 0);
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

/* A call answered, a contact added: no other channel tells of it, nothing adds to it. */
static bool
is_plain_success(const struct sv_event *raw)
{
	return (raw->outcome == SV_OK || raw->outcome == SV_REGISTERED) &&
	       raw->hint.tell == SV_TELL_ATTEMPT &&
	       raw->hint.channel == SV_CHANNEL_VERBOSE && !raw->hint.session;
}

void
ledger_feed(struct ledger *ledger, const struct sv_event *raw)
{
	uint32_t none, *print = &none;

	ledger->stats.raw++;
	attempts_fetch(ledger->attempts, raw);
	ledger_advance(ledger, raw->time);
	if (raw->outcome == SV_GAP) {
		/* told again by another source: it has the gap as well */
		ledger_settle(ledger, raw);
		return;
	}
	if (!ledger->spec.single && prints_seen(ledger->prints, raw, &print)) {
		struct attempt *at = attempts_get(ledger->attempts, *print);
		if (at)
			ledger_join(ledger, at, raw);
		else
			ledger->stats.merged++;
		return;
	}
	if (raw->outcome == SV_CHALLENGED) {
		*print = feed_challenge(ledger, raw);
		return;
	}
	if (ledger->n_challenges && raw->outcome != SV_OUTCOME_NONE &&
	    raw->leg != SV_LEG_OUT)
		answer_challenge(ledger, raw);
	if (!ledger->spec.patient && is_plain_success(raw)) {
		ledger_settle(ledger, raw);
		return;
	}
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

/* The copies that are settled next were put away long ago: they are fetched into the
 * cache while the next lines are read, first the event, then its texts. */
static void
expect(struct ledger *l, uint32_t seq)
{
	const struct attempt *next = attempts_get(l->attempts, seq);
	const struct attempt *later = attempts_get(l->attempts, seq + 2);

	if (next && next->kept) {
		const struct kept_event *kept = &l->kept[next->kept - 1];
		for (size_t i = 0; kept->text && i < EXPECT_TEXT; i += CACHE_LINE)
			__builtin_prefetch(kept->text + i);
	}
	if (later && later->kept) {
		const struct kept_event *kept = &l->kept[later->kept - 1];
		for (size_t i = 0; i < offsetof(struct sv_event, records[1]);
		     i += CACHE_LINE)
			__builtin_prefetch((const char *)kept + i);
		__builtin_prefetch(&kept->text);
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
		ledger_release_due(ledger, now);
	uint32_t oldest = attempts_oldest(ledger->attempts);
	if (ledger->swept + 1 < oldest)
		ledger->swept = oldest - 1;
	for (;;) {
		struct attempt *at = attempts_get(ledger->attempts, ledger->swept + 1);
		if (!at || at->time + wait > now)
			break;
		ledger_finish(ledger, at);
		ledger->swept++;
		if (ledger->spec.patient)
			expect(ledger, ledger->swept + 1);
	}
}

void
ledger_flush(struct ledger *ledger)
{
	while (ledger->n_held) {
		if (ledger_held(ledger, 0)->spent)
			ledger_drop_held(ledger, 0);
		else
			ledger_release_held(ledger, 0);
	}
	for (;;) {
		struct attempt *at = attempts_get(ledger->attempts, ledger->swept + 1);
		if (!at)
			break;
		/* a challenge at the very end may still be answered: it says nothing
		 * yet */
		if (at->challenge) {
			ledger_unkeep(ledger, at);
			attempt_kill(at);
			ledger->n_challenges--;
		} else {
			ledger_finish(ledger, at);
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
