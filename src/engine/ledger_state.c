/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/ledger_state.h"

#include "engine/joining.h"

#include <errno.h>
#include <stdlib.h>

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
	for (uint16_t i = 0; i < MAX_HELD; i++)
		l->order[i] = i;
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
	for (uint32_t i = 0; i < ledger->top_kept; i++)
		kept_event_done(&ledger->kept[i]);
	for (size_t i = 0; i < MAX_HELD; i++)
		kept_event_done(&ledger->held_events[i]);
	free(ledger->kept);
	free(ledger->free_kept);
	prints_free(ledger->prints);
	attempts_free(ledger->attempts);
	free(ledger);
}

void
ledger_settle(struct ledger *l, const struct sv_event *event)
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

bool
ledger_keep(struct ledger *l, struct attempt *at, const struct sv_event *event)
{
	if (l->n_free_kept == 0)
		return false;
	uint32_t slot = l->free_kept[l->n_free_kept - 1];
	if (kept_event_set(&l->kept[slot - 1], event) < 0)
		return false;
	l->n_free_kept--;
	if (slot > l->top_kept)
		l->top_kept = slot;
	at->kept = slot;
	return true;
}

void
ledger_unkeep(struct ledger *l, struct attempt *at)
{
	if (at->kept)
		l->free_kept[l->n_free_kept++] = at->kept;
	at->kept = 0;
}

/* The attempt's time of waiting is over (or its place is needed). */
void
ledger_finish(struct ledger *l, struct attempt *at)
{
	struct kept_event *kept = kept_of(l, at);

	if (kept && !at->settled) {
		if (at->challenge) {
			kept->event.outcome = SV_ABANDONED;
			l->stats.abandoned++;
		}
		ledger_settle(l, &kept->event);
	}
	at->settled = true;
	if (at->challenge)
		l->n_challenges--;
	at->challenge = false;
	ledger_unkeep(l, at);
}

/* ---- joining records ---- */

/* `raw` tells of an attempt that is known already. */
void
ledger_join(struct ledger *l, struct attempt *at, const struct sv_event *raw)
{
	struct kept_event *kept = kept_of(l, at);
	struct sv_event with;

	event_copy(&with, raw);
	l->stats.merged++;
	if (raw->hint.tell != SV_TELL_DETAIL)
		/* of this record: nobody else may have them */
		ledger_absorb_details(l, &with);
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
	struct sv_event event;
	event_copy(&event, &kept->event);
	joining_fill(&event, &with);
	if (raw->n_records && event.n_records < SV_EVENT_MAX_RECORDS)
		event.records[event.n_records++] = raw->records[0];
	(void)kept_event_set(kept, &event); /* without memory it stays as it was */
}

/* ---- attempts ---- */

void
ledger_begin(struct ledger *l, const struct sv_event *raw, enum attempt_state state)
{
	struct attempt lost;
	struct sv_event event;

	event_copy(&event, raw);
	ledger_absorb_details(l, &event);
	struct attempt *at = attempts_add(l->attempts, &event, state, &lost);
	if (lost.seq && lost.kept) {
		l->stats.evicted++;
		ledger_finish(l, &lost);
	}
	if (!l->spec.patient) {
		at->settled = true;
		ledger_settle(l, &event);
	} else if (!ledger_keep(l, at, &event)) {
		at->settled = true;
		l->stats.evicted++;
		ledger_settle(l, &event);
	}
}

struct attempt *
ledger_find(struct ledger *l, struct attempt_search *s)
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
