/* SPDX-License-Identifier: Apache-2.0 */
/* Records that wait for their partner, in the order of their coming. */
#include "engine/joining.h"
#include "engine/ledger_state.h"

/** It begins to wait for a partner, or ends to. */
static void
count_ties(struct ledger *l, const struct held *h, bool begins)
{
	uint16_t by = begins ? 1 : (uint16_t)-1;

	if (h->kind != HELD_DETAIL)
		return;
	l->by_thread[h->thread % TIES] += by;
	if (h->has_mark)
		l->by_mark[h->call_mark % TIES] += by;
	if (!h->has_address)
		l->by_channel[h->channel] += by;
}

struct held *
ledger_note_held(struct ledger *l, enum held_kind kind)
{
	const struct sv_event *event = &ledger_held_event(l, l->n_held)->event;
	struct held *held = ledger_held(l, l->n_held++);

	*held = (struct held){ .due = event->time + LEDGER_HOLD,
			       .thread = event->hint.thread,
			       .call_mark = event->hint.call_mark,
			       .kind = (uint8_t)kind,
			       .channel = (uint8_t)event->hint.channel,
			       .has_mark = event->hint.has_call_mark,
			       .has_address = event->peer_ip.family != 0 };
	l->n_requests += kind == HELD_REQUEST;
	count_ties(l, held, true);
	if (held->due < l->held_due)
		l->held_due = held->due;
	return held;
}

void
ledger_spend_held(struct ledger *l, struct held *held)
{
	count_ties(l, held, false);
	held->spent = true;
	l->n_spent++;
}

void
ledger_hold(struct ledger *l, enum held_kind kind, const struct sv_event *raw,
	    uint32_t parent)
{
	if (l->n_held == MAX_HELD) {
		l->stats.evicted++;
		ledger_release_held(l, 0);
	}
	if (l->n_held == MAX_HELD)
		return;
	if (kept_event_set(ledger_held_event(l, l->n_held), raw) < 0) {
		l->stats.evicted++;
		return;
	}
	ledger_note_held(l, kind)->parent = parent;
}

/** Its slot becomes the first free one: the memory of its texts is used again. */
void
ledger_drop_held(struct ledger *l, size_t i)
{
	uint16_t slot = l->order[i];

	if (l->held[slot].spent)
		l->n_spent--;
	else
		count_ties(l, &l->held[slot], false);
	l->n_requests -= l->held[slot].kind == HELD_REQUEST;
	l->n_held--;
	memmove(l->order + i, l->order + i + 1, (l->n_held - i) * sizeof(*l->order));
	l->order[l->n_held] = slot;
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
		attempts_tell(l->attempts, at, raw->hint.channel, ATTEMPT_CLOSED);
	at = attempts_by_session(l->attempts, &s);
	if (at) {
		attempts_tell(l->attempts, at, raw->hint.channel, ATTEMPT_OPEN);
		ledger_join(l, at, raw);
	} else {
		ledger_begin(l, raw, ATTEMPT_OPEN);
	}
}

void
ledger_release_held(struct ledger *l, size_t i)
{
	struct held h = *ledger_held(l, i);
	struct kept_event *place = ledger_held_event(l, i), kept = *place;

	/* take the copy out first: what follows may hold something new */
	*place = (struct kept_event){ 0 };
	ledger_drop_held(l, i);
	switch ((enum held_kind)h.kind) {
	case HELD_REQUEST:
		release_request(l, &kept.event, h.parent);
		break;
	case HELD_DETAIL:
		if (kept.event.hint.alone)
			ledger_begin(l, &kept.event, ATTEMPT_CLOSED);
		else
			l->stats.merged++;
		break;
	}
	kept_event_done(&kept);
}

void
ledger_release_due(struct ledger *l, sv_usec now)
{
	if (l->n_spent == 0 && now < l->held_due)
		return;
	l->held_due = SV_USEC_NEVER;
	for (size_t i = 0; i < l->n_held;) {
		const struct held *h = ledger_held(l, i);
		if (h->spent) {
			ledger_drop_held(l, i);
		} else if (h->due > now) {
			if (h->due < l->held_due)
				l->held_due = h->due;
			i++;
		} else {
			ledger_release_held(l, i);
		}
	}
}

size_t
ledger_held_request(struct ledger *l, const struct attempt *parent,
		    enum sv_channel channel)
{
	for (size_t i = 0; l->n_requests && i < l->n_held; i++) {
		const struct held *h = ledger_held(l, i);
		if (h->kind == HELD_REQUEST && h->parent == parent->seq &&
		    h->channel == (uint8_t)channel)
			return i;
	}
	return l->n_held;
}

/** One of the ways of joining_is_detail() is open; most are seen through here. */
static bool
may_belong(const struct held *h, const struct sv_event *event)
{
	return (h->thread == event->hint.thread &&
		(h->thread || joining_is_turn(event->outcome))) ||
	       (!h->has_address && h->channel != (uint8_t)event->hint.channel) ||
	       (h->has_mark && event->hint.has_call_mark &&
		h->call_mark == event->hint.call_mark);
}

/** Is there any that may_belong()? */
static bool
may_any_belong(const struct ledger *l, const struct sv_event *event)
{
	const struct sv_hints *hint = &event->hint;

	if (l->by_thread[hint->thread % TIES] &&
	    (hint->thread || joining_is_turn(event->outcome)))
		return true;
	if (hint->has_call_mark && l->by_mark[hint->call_mark % TIES])
		return true;
	for (unsigned c = 0; c < SV_CHANNEL_COUNT; c++)
		if (c != (unsigned)hint->channel && l->by_channel[c])
			return true;
	return false;
}

void
ledger_absorb_details(struct ledger *l, struct sv_event *event)
{
	if (l->n_held == 0 || !may_any_belong(l, event))
		return;
	for (size_t i = 0; i < l->n_held; i++) {
		struct held *h = ledger_held(l, i);
		if (!may_belong(h, event) || h->kind != HELD_DETAIL || h->spent)
			continue;
		const struct sv_event *detail = &ledger_held_event(l, i)->event;
		if (!joining_is_detail(detail, event))
			continue;
		bool other_channel = detail->hint.channel != event->hint.channel;
		joining_fill(event, detail);
		l->stats.merged++;
		if (detail->n_records && event->n_records < SV_EVENT_MAX_RECORDS)
			event->records[event->n_records++] = detail->records[0];
		ledger_spend_held(l, h);
		if (other_channel && detail->hint.alone)
			break; /* one partner a channel */
	}
}
