/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the ledger holds and the steps that its rules (ledger.c) are made of: begin an
 * attempt, join a record to one, hold a record that waits, settle. Private to the ledger.
 */
#pragma once

#include "engine/attempts.h"
#include "engine/keep.h"
#include "engine/ledger.h"
#include "engine/prints.h"

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

/* Held details are counted by what could tie a record to them, numbers modulo this. */
#define TIES 64

/* What waits, without the copy of its event: many may wait, and a record that comes is
 * held against each. */
struct held {
	sv_usec due;
	uint32_t parent; /* sequence number of the attempt */
	uint32_t thread, call_mark;
	uint8_t kind; /* enum held_kind */
	uint8_t channel;
	bool has_mark;
	bool has_address;
	bool spent; /* went into another event; its text stays until the next advance */
};

struct ledger {
	struct ledger_spec spec;
	struct prints *prints;
	struct attempts *attempts;
	sv_usec now;
	uint32_t swept; /* attempts up to this number are past their waiting time */
	/* slots of what is held, and of what is free behind them; copies of events */
	struct held held[MAX_HELD];
	struct kept_event held_events[MAX_HELD];
	uint16_t order[MAX_HELD]; /* slots in the order of coming, then free ones */
	size_t n_held, n_requests, n_spent;
	sv_usec held_due; /* nothing that is held is due before */
	/* details that wait, by thread, by call mark, and by channel those that lack an
	 * address: most records have a tie to none */
	uint16_t by_thread[TIES], by_mark[TIES], by_channel[SV_CHANNEL_COUNT];
	size_t n_challenges;     /* that wait for their answer */
	struct kept_event *kept; /* slots; an attempt names its slot, 1-based */
	uint32_t *free_kept;
	uint32_t n_free_kept, max_kept;
	uint32_t top_kept; /* the highest slot that was ever in use */
	struct ledger_stats stats;
};

/** A settled event goes out. */
void ledger_settle(struct ledger *l, const struct sv_event *event);
/** Keep a copy of the event with its attempt; false: no slot or no memory. */
bool ledger_keep(struct ledger *l, struct attempt *at, const struct sv_event *event);
void ledger_unkeep(struct ledger *l, struct attempt *at);
/** The attempt's time of waiting is over (or its place is needed). */
void ledger_finish(struct ledger *l, struct attempt *at);
/** `raw` tells of an attempt that is known already. */
void ledger_join(struct ledger *l, struct attempt *at, const struct sv_event *raw);
/** A new attempt, settled at once in live mode. */
void ledger_begin(struct ledger *l, const struct sv_event *raw,
		  enum attempt_state state);
/** The attempt that fits, by session, call, address or peer; NULL if none. */
struct attempt *ledger_find(struct ledger *l, struct attempt_search *s);

/* ledger_held.c: what is held is named by its place in the order of coming. */

static inline struct held *
ledger_held(struct ledger *l, size_t i)
{
	return &l->held[l->order[i]];
}
static inline struct kept_event *
ledger_held_event(struct ledger *l, size_t i)
{
	return &l->held_events[l->order[i]];
}
/** Hold a record for LEDGER_HOLD. */
void ledger_hold(struct ledger *l, enum held_kind kind, const struct sv_event *raw,
		 uint32_t parent);
/** The event in the last slot is held from now on, with what it says of itself. */
struct held *ledger_note_held(struct ledger *l, enum held_kind kind);
/** It went into another event. */
void ledger_spend_held(struct ledger *l, struct held *held);
void ledger_drop_held(struct ledger *l, size_t i);
/** It found no partner: count it if it stands alone. */
void ledger_release_held(struct ledger *l, size_t i);
/** All whose time of waiting is over at `now`, and what is spent. */
void ledger_release_due(struct ledger *l, sv_usec now);
/** The place of the request of `parent` that this channel told; n_held if none. */
size_t ledger_held_request(struct ledger *l, const struct attempt *parent,
			   enum sv_channel channel);
/** Held details of this attempt go into `event`. */
void ledger_absorb_details(struct ledger *l, struct sv_event *event);
