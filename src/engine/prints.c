/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/prints.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* Prints hang in chains by hash. A link is the sequence number of the next older print;
 * one that is more than `cap` behind the newest was overwritten and ends the chain. So
 * nothing is ever unlinked. */
struct print {
	uint64_t text_hash;
	uint64_t streams; /* bits of the streams that delivered it */
	sv_usec time;
	uint32_t thread;
	uint32_t value;
	uint32_t older; /* sequence number */
};

/* Streams that are told apart; further ones share bits with these. */
#define MAX_STREAMS 64

struct prints {
	uint32_t ids[MAX_STREAMS]; /* in order of their first record: bit 0, 1, … */
	uint32_t n_ids;
	uint32_t cap, mask;
	uint32_t newest; /* sequence number of the last print; 0 = none yet */
	uint32_t *heads;
	struct print *ring;
};

/* Longest walk: equal lines within PRINTS_SPAN. */
#define MAX_WALK 1024

int
prints_new(size_t max_prints, struct prints **ret_prints)
{
	uint32_t cap = 64;
	while (cap < max_prints && cap < 1u << 24)
		cap *= 2;
	struct prints *p = calloc(1, sizeof(*p));

	if (!p)
		return -ENOMEM;
	p->cap = cap;
	p->mask = cap * 2 - 1;
	p->heads = calloc((size_t)cap * 2, sizeof(*p->heads));
	p->ring = calloc(cap, sizeof(*p->ring));
	if (!p->heads || !p->ring) {
		prints_free(p);
		return -ENOMEM;
	}
	*ret_prints = p;
	return 0;
}

void
prints_free(struct prints *prints)
{
	if (!prints)
		return;
	free(prints->heads);
	free(prints->ring);
	free(prints);
}

static bool
near(sv_usec a, sv_usec b, sv_usec span)
{
	return a > b ? a - b <= span : b - a <= span;
}

static uint64_t
bit_of(struct prints *prints, uint32_t id)
{
	for (uint32_t i = 0; i < prints->n_ids; i++)
		if (prints->ids[i] == id)
			return UINT64_C(1) << i;
	if (prints->n_ids == MAX_STREAMS)
		return UINT64_C(1) << id % MAX_STREAMS;
	prints->ids[prints->n_ids] = id;
	return UINT64_C(1) << prints->n_ids++;
}

bool
prints_seen(struct prints *prints, const struct sv_event *raw, uint32_t **ret_value)
{
	uint64_t hash = raw->hint.text_hash; /* 0: the dialect gave none */
	uint64_t bit = bit_of(prints, raw->hint.stream_id);
	uint32_t *head = &prints->heads[(hash ^ hash >> 32) & prints->mask];
	struct print *copy = NULL;
	uint32_t seq = *head;

	for (int walk = 0; walk < MAX_WALK && seq && prints->newest - seq < prints->cap;
	     walk++) {
		struct print *p = &prints->ring[seq & (prints->cap - 1)];
		/* the oldest one that this stream has not told yet */
		if (hash && p->text_hash == hash && !(p->streams & bit) &&
		    (p->thread == raw->hint.thread || !p->thread ||
		     !raw->hint.thread) &&
		    near(p->time, raw->time, PRINTS_SPAN))
			copy = p;
		seq = p->older;
	}
	if (copy) {
		copy->streams |= bit;
		*ret_value = &copy->value;
		return true;
	}
	uint32_t now = ++prints->newest;
	if (now == 0) /* wrapped: 0 means none */
		now = ++prints->newest;
	struct print *p = &prints->ring[now & (prints->cap - 1)];
	*p = (struct print){ hash, bit, raw->time, raw->hint.thread, 0, *head };
	*head = now;
	*ret_value = &p->value;
	return false;
}

/* Saving and loading: prints as they lie in memory, for the build that wrote them. */

#define LAYOUT ((uint32_t)(sizeof(struct print) << 8 | offsetof(struct print, older)))

void
prints_save(const struct prints *prints, struct pack *out)
{
	uint32_t n = prints->newest < prints->cap ? prints->newest : prints->cap;

	pack_u32(out, LAYOUT);
	pack_u32(out, prints->cap);
	pack_u32(out, prints->newest);
	pack_u32(out, prints->n_ids);
	for (uint32_t i = 0; i < prints->n_ids; i++)
		pack_u32(out, prints->ids[i]);
	for (uint32_t i = 0; i < n; i++) {
		uint32_t seq = prints->newest - n + 1 + i;
		pack_bytes(out, &prints->ring[seq & (prints->cap - 1)],
			   sizeof(struct print));
	}
	for (uint32_t i = 0; i <= prints->mask; i++) {
		uint32_t head = prints->heads[i];
		if (head == 0 || prints->newest - head >= prints->cap)
			continue;
		pack_u32(out, i + 1);
		pack_u32(out, head);
	}
	pack_u32(out, 0);
}

static int
load_all(struct prints *p, struct unpack *in)
{
	uint32_t n = p->newest < p->cap ? p->newest : p->cap, at;

	p->n_ids = unpack_u32(in);
	if (p->n_ids > MAX_STREAMS)
		return -EBADMSG;
	for (uint32_t i = 0; i < p->n_ids; i++)
		p->ids[i] = unpack_u32(in);
	for (uint32_t i = 0; i < n; i++) {
		uint32_t seq = p->newest - n + 1 + i;
		const void *bytes = unpack_bytes(in, sizeof(struct print));
		if (!bytes)
			return -EBADMSG;
		memcpy(&p->ring[seq & (p->cap - 1)], bytes, sizeof(struct print));
	}
	while ((at = unpack_u32(in))) {
		uint32_t head = unpack_u32(in);
		if (at - 1 > p->mask || head > p->newest)
			return -EBADMSG;
		p->heads[at - 1] = head;
	}
	return unpack_ok(in) ? 0 : -EBADMSG;
}

int
prints_load(struct prints *prints, struct unpack *in)
{
	bool same = unpack_u32(in) == LAYOUT;
	int r = -EBADMSG;

	same = unpack_u32(in) == prints->cap && same;
	prints->newest = unpack_u32(in);
	if (same)
		r = load_all(prints, in);
	if (r >= 0)
		return 0;
	prints->newest = prints->n_ids = 0;
	memset(prints->ring, 0, prints->cap * sizeof(*prints->ring));
	memset(prints->heads, 0, ((size_t)prints->mask + 1) * sizeof(*prints->heads));
	return r;
}
