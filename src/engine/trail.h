/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What each peer did lately: its attempts by kind (code, outcome, method) in steps of
 * five minutes for an hour, and in ticks of twenty seconds for five minutes. One table
 * of fixed size, made at the start and zeroed by the kernel, so that memory is real only
 * once a peer is there; an event touches its peer's entry and allocates nothing.
 *
 * A peer is the configured name, or the address where the log tells no name, or where
 * the one who asked was not let in: a password that is wrong says nothing of the account.
 * When the table is full the least telling of a few entries gives way (trail_add()).
 */
#pragma once

#include <base/pack.h>
#include <sipvigil/event.h>

#define TRAIL_STEP (300 * SV_USEC_PER_SEC)
#define TRAIL_STEPS 12
#define TRAIL_TICK (20 * SV_USEC_PER_SEC)
#define TRAIL_TICKS 16
/** Kinds told apart in an hour; behind them stand other failures and other successes. */
#define TRAIL_KINDS 12
#define TRAIL_OTHER_FAILED TRAIL_KINDS
#define TRAIL_OTHER_GOOD (TRAIL_KINDS + 1)
#define TRAIL_ALL_KINDS (TRAIL_KINDS + 2)
/** Longer names are cut. */
#define TRAIL_NAME_BYTES 64

struct trail_step {
	uint32_t at; /* time / TRAIL_STEP; 0 = empty */
	uint32_t events, failures, calls, calls_failed;
	uint32_t count[TRAIL_ALL_KINDS];
};

struct trail_tick {
	uint32_t at; /* time / TRAIL_TICK; 0 = empty */
	uint32_t events, failures;
};

struct trail_kind {
	uint16_t code;
	uint8_t outcome, method;
	uint32_t last; /* step */
};

struct trail_peer {
	uint32_t hash;
	uint32_t next;  /* in its bucket: index + 1 */
	uint32_t total; /* events, up to UINT32_MAX */
	uint8_t leg, name_len, n_kinds;
	bool doubt;      /* an event with attribution doubt is among them */
	struct sv_ip ip; /* who it is without a name, else the last one told */
	sv_usec last, last_failure;
	char name[TRAIL_NAME_BYTES];
	struct trail_kind kind[TRAIL_KINDS];
	struct trail_tick tick[TRAIL_TICKS];
	struct trail_step step[TRAIL_STEPS];
};

struct trail {
	struct trail_peer *peer;
	uint32_t *bucket; /* index + 1 of the first */
	uint32_t mask;
	size_t n, max;
	size_t hand;           /* where the next one that gives way is looked for */
	uint64_t forgotten;    /* peers that gave way */
	uint64_t seed;         /* of hashes: the engine's */
	struct trail_peer all; /* of everybody: ticks alone */
};

/** `max` 0: nothing is kept. 0 or -ENOMEM. */
int trail_init(struct trail *trail, size_t max);
void trail_done(struct trail *trail);
void trail_add(struct trail *trail, const struct sv_event *event);

/** What is left of the hour, as bytes; and into an empty trail: 0 or -EBADMSG. */
void trail_save(const struct trail *trail, struct pack *out);
int trail_load(struct trail *trail, struct unpack *in);

/** The step of this number, NULL if nothing came in it. */
static inline const struct trail_step *
trail_step_of(const struct trail_peer *peer, uint32_t at)
{
	const struct trail_step *step = &peer->step[at % TRAIL_STEPS];

	return at && step->at == at ? step : NULL;
}
/** Events and failures of the last `n` ticks up to `now`. */
struct trail_tick trail_ticks(const struct trail_peer *peer, sv_usec now, uint32_t n);
