/* SPDX-License-Identifier: Apache-2.0 */
/* Inside of the ledger's memory, shared by attempts.c and attempts_saved.c alone. */
#pragma once

#include "engine/attempts.h"

/** Bits of a time (us) within a time slot of 8.4 s. */
#define SLOT_SHIFT 23

enum chain { BY_SESSION, BY_ADDRESS, BY_CALL, BY_PEER };

/* Time slots lately used: a search need not look at attempts older than the first one of
 * its slot, and most have no attempt at all. */
#define SLOTS 256
/* In the hash of a host: whether it was named by its address. */
#define HOST_ADDRESS ((uint64_t)1)
#define HOST_NAMED ((uint64_t)2)

struct slot {
	uint64_t number; /* the highest that ever came to this place */
	uint32_t first;  /* its first attempt */
};

/* Searches of one kind, which pass over attempts that they can never find again: one
 * lane a channel, whose word on them is said, one for challenges. */
#define LANES (SV_CHANNEL_COUNT + 1)
#define LANE_CHALLENGE SV_CHANNEL_COUNT
/* In place of a sequence number: nothing more in this chain. */
#define PASSED_ALL UINT32_MAX

/* Attempts that remember it, by sequence number; rows of fewer are walked again. */
#define PASSED 4096
#define PASSED_LEAST 4

struct passed {
	uint32_t seq; /* the attempt; the rest is nothing to others */
	uint32_t to[ATTEMPT_CHAINS][LANES];
	uint16_t n[ATTEMPT_CHAINS][LANES]; /* attempts on the way there */
};

struct attempts {
	uint32_t cap, mask, newest;
	/* no attempt that a channel has left in this state is later than that; of those
	 * that are found by their call (only what we asked is looked for by that) and by
	 * their peer, likewise */
	sv_usec reached[ATTEMPT_STATES][SV_CHANNEL_COUNT];
	sv_usec reached_call[ATTEMPT_STATES][SV_CHANNEL_COUNT];
	sv_usec reached_peer[ATTEMPT_STATES][SV_CHANNEL_COUNT];
	struct slot slots[SLOTS];
	uint32_t *heads; /* ATTEMPT_CHAINS tables of mask + 1 */
	struct attempt *ring;
	/* in each chain of an attempt: from it on, up to that sequence number, there is
	 * nothing for searches of this lane; 0: not known. So a source with many attempts
	 * costs a search no more than one with few. */
	struct passed *passed;
};

static inline void
note_slot(struct attempts *a, const struct attempt *at)
{
	uint64_t number = at->time >> SLOT_SHIFT;
	struct slot *slot = &a->slots[number % SLOTS];

	if (number > slot->number)
		*slot = (struct slot){ number, at->seq };
}

static inline void
note_state(struct attempts *a, const struct attempt *at, unsigned channel,
	   unsigned state)
{
	if (at->time > a->reached[state][channel])
		a->reached[state][channel] = at->time;
	if (at->link[BY_CALL].key && at->leg == SV_LEG_OUT &&
	    at->time > a->reached_call[state][channel])
		a->reached_call[state][channel] = at->time;
	if (at->link[BY_PEER].key && at->time > a->reached_peer[state][channel])
		a->reached_peer[state][channel] = at->time;
}

/* For all channels. */
static inline void
note_states(struct attempts *a, const struct attempt *at)
{
	for (unsigned c = 0; c < SV_CHANNEL_COUNT; c++)
		note_state(a, at, c, at->state[c]);
}
