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
/** Hold a record for LEDGER_HOLD. */
void ledger_hold(struct ledger *l, enum held_kind kind, const struct sv_event *raw,
		 uint32_t parent);
void ledger_drop_held(struct ledger *l, size_t i);
/** It found no partner: count it if it stands alone. */
void ledger_release_held(struct ledger *l, size_t i);
