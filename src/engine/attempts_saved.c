/* SPDX-License-Identifier: Apache-2.0 */
/* The ledger's memory as bytes. */
#include "engine/attempts_state.h"

#include <errno.h>
#include <stddef.h>
#include <string.h>

/* Saving and loading: attempts as they lie in memory, for the build that wrote them. */

#define HEADS_VERSION 4u /* of the places of heads */
#define LAYOUT                                                                \
	((uint32_t)(HEADS_VERSION << 28 | sizeof(struct attempt) << 16 |      \
		    offsetof(struct attempt, ip) << 8 | ATTEMPT_CHAINS << 4 | \
		    SV_CHANNEL_COUNT))

void
attempts_save(const struct attempts *attempts, struct pack *out)
{
	uint32_t n =
		attempts->newest < attempts->cap ? attempts->newest : attempts->cap;
	size_t n_heads = (size_t)(attempts->mask + 1) * ATTEMPT_CHAINS;

	pack_u32(out, LAYOUT);
	pack_u32(out, attempts->cap);
	pack_u32(out, attempts->newest);
	for (uint32_t i = 0; i < n; i++) {
		uint32_t seq = attempts->newest - n + 1 + i;
		pack_bytes(out, &attempts->ring[seq & (attempts->cap - 1)],
			   sizeof(struct attempt));
	}
	for (size_t i = 0; i < n_heads; i++) {
		uint32_t head = attempts->heads[i];
		if (head == 0 || attempts->newest - head >= attempts->cap)
			continue;
		pack_u32(out, (uint32_t)i + 1);
		pack_u32(out, head);
	}
	pack_u32(out, 0);
}

static bool
has_states(const struct attempt *at)
{
	bool sound = true;

	for (unsigned c = 0; c < SV_CHANNEL_COUNT; c++)
		sound &= at->state[c] < ATTEMPT_STATES;
	return sound;
}

/* A byte that is neither 0 nor 1 is no bool. */
static bool
is_sound(const struct attempt *at, uint32_t seq, uint32_t max_kept)
{
	return at->seq == seq && at->kept <= max_kept &&
	       *(const unsigned char *)&at->has_mark <= 1 &&
	       *(const unsigned char *)&at->challenge <= 1 &&
	       *(const unsigned char *)&at->settled <= 1 && at->ip.family <= 6 &&
	       at->outcome < SV_OUTCOME_COUNT && has_states(at);
}

static int
load_ring(struct attempts *a, struct unpack *in, uint32_t max_kept)
{
	uint32_t n = a->newest < a->cap ? a->newest : a->cap;

	for (uint32_t i = 0; i < n; i++) {
		uint32_t seq = a->newest - n + 1 + i;
		struct attempt *at = &a->ring[seq & (a->cap - 1)];
		const void *bytes = unpack_bytes(in, sizeof(*at));
		if (!bytes)
			return -EBADMSG;
		memcpy(at, bytes, sizeof(*at));
		if (!is_sound(at, seq, max_kept))
			return -EBADMSG;
		note_slot(a, at);
		note_states(a, at);
	}
	return 0;
}

static int
load_heads(struct attempts *a, struct unpack *in)
{
	size_t n_heads = (size_t)(a->mask + 1) * ATTEMPT_CHAINS;
	uint32_t at;

	while ((at = unpack_u32(in))) {
		uint32_t head = unpack_u32(in);
		if (at > n_heads || head > a->newest)
			return -EBADMSG;
		a->heads[at - 1] = head;
	}
	return unpack_ok(in) ? 0 : -EBADMSG;
}

int
attempts_load(struct attempts *attempts, struct unpack *in, uint32_t max_kept)
{
	bool same = unpack_u32(in) == LAYOUT;
	int r = -EBADMSG;

	same = unpack_u32(in) == attempts->cap && same;
	attempts->newest = unpack_u32(in);
	if (same)
		r = load_ring(attempts, in, max_kept);
	if (r >= 0)
		r = load_heads(attempts, in);
	if (r >= 0)
		return 0;
	attempts->newest = 0;
	memset(attempts->slots, 0, sizeof(attempts->slots));
	memset(attempts->reached, 0, sizeof(attempts->reached));
	memset(attempts->reached_call, 0, sizeof(attempts->reached_call));
	memset(attempts->reached_peer, 0, sizeof(attempts->reached_peer));
	memset(attempts->ring, 0, attempts->cap * sizeof(*attempts->ring));
	memset(attempts->heads, 0,
	       (size_t)(attempts->mask + 1) * ATTEMPT_CHAINS * sizeof(uint32_t));
	return r;
}
