/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The ledger: raw events in, settled events out. Puts together what several lines, log
 * channels and inputs tell of one attempt, so that each attempt is one event:
 *
 *  - copies of one record that came by several inputs count once;
 *  - a NOTICE and a SECURITY line (and a VERBOSE one) about one attempt are one event;
 *  - a challenge that is answered is nothing; one that is never answered is
 * `abandoned`.
 *
 * A failure is settled at once unless a record that completes it may still come; then
 * it is held for at most LEDGER_HOLD of event time. Pure: no clock; ledger_advance()
 * says how far event time has come. Bounded: the oldest entries settle early when the
 * table is full (counted).
 */
#pragma once

#include <base/pack.h>
#include <sipvigil/event.h>

/** Longest time an incomplete event is held for its partner. */
#define LEDGER_HOLD (2 * SV_USEC_PER_SEC)
/** Two records further apart than this are never one attempt. */
#define LEDGER_SPAN (5 * SV_USEC_PER_SEC)
/** A challenge without an answer is abandoned after this: a client answers within its
 *  round-trip time. Less than the default grace, so that the event, which bears the
 * time of the challenge, still counts. */
#define LEDGER_ABANDON (20 * SV_USEC_PER_SEC)

struct ledger;

struct ledger_spec {
	size_t max_entries; /* default 32768; patient: 65536 */
	/** A settled event; borrowed. */
	void (*settled)(void *user, const struct sv_event *event);
	void *user;
	/** Offline: settle only when no further record can belong to it, so that the
	 * event names all its records. Live (false): settle failures at once. The set
	 * of settled events is the same. */
	bool patient;
	/** There is and will be one stream alone: no record can be a copy. */
	bool single;
};

struct ledger_stats {
	uint64_t raw, settled, merged, abandoned, evicted;
	size_t entries;
};

int ledger_new(const struct ledger_spec *spec, struct ledger **ret_ledger);
void ledger_free(struct ledger *ledger);
void ledger_feed(struct ledger *ledger, const struct sv_event *raw);
void ledger_advance(struct ledger *ledger, sv_usec now);
/** End of input: settle everything that is held. */
void ledger_flush(struct ledger *ledger);
/** What it holds, for ledger_load() by the same build. */
void ledger_save(const struct ledger *ledger, struct pack *out);
/** Into a ledger that was fed nothing yet. 0; -EBADMSG: nothing was taken over (another
 *  build's, damaged), the ledger begins anew; -ENOMEM. */
int ledger_load(struct ledger *ledger, struct unpack *in);
void ledger_stats_get(const struct ledger *ledger, struct ledger_stats *ret_stats);
