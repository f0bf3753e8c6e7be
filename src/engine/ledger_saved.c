/* SPDX-License-Identifier: Apache-2.0 */
/* What the ledger holds as bytes, for the same build, and back. */
#include "engine/ledger_state.h"

#include <errno.h>

#define FORMAT 1u
/* Another build's structs are not read. */
#define LAYOUT                                                                     \
	((uint32_t)(sizeof(struct sv_event) << 12 | sizeof(struct sv_hints) << 4 | \
		    SV_EVENT_MAX_RECORDS))

/* A slot that no attempt names is free, whatever still lies in it. */
static void
save_kept(const struct ledger *l, struct pack *out)
{
	uint32_t newest = attempts_newest(l->attempts);

	for (uint32_t seq = attempts_oldest(l->attempts); seq && seq <= newest; seq++) {
		const struct attempt *at = attempts_get(l->attempts, seq);
		if (!at || !at->kept)
			continue;
		pack_u32(out, at->kept);
		kept_event_save(&l->kept[at->kept - 1], out);
	}
	pack_u32(out, 0);
}

void
ledger_save(const struct ledger *ledger, struct pack *out)
{
	const struct ledger_stats *s = &ledger->stats;

	pack_u32(out, FORMAT);
	pack_u32(out, LAYOUT);
	pack_u64(out, ledger->now);
	pack_u32(out, ledger->swept);
	pack_u64(out, ledger->n_challenges);
	pack_u64(out, s->raw);
	pack_u64(out, s->settled);
	pack_u64(out, s->merged);
	pack_u64(out, s->abandoned);
	pack_u64(out, s->evicted);
	prints_save(ledger->prints, out);
	attempts_save(ledger->attempts, out);
	save_kept(ledger, out);
	pack_u32(out, (uint32_t)ledger->n_held);
	for (size_t i = 0; i < ledger->n_held; i++) {
		const struct held *held = &ledger->held[ledger->order[i]];
		pack_u8(out, held->kind);
		pack_u64(out, held->due);
		pack_u32(out, held->parent);
		pack_u8(out, held->spent);
		kept_event_save(&ledger->held_events[ledger->order[i]], out);
	}
}

static int
load_kept(struct ledger *l, struct unpack *in)
{
	uint32_t slot;

	while ((slot = unpack_u32(in))) {
		if (slot > l->max_kept || l->kept[slot - 1].text)
			return -EBADMSG;
		if (slot > l->top_kept)
			l->top_kept = slot;
		int r = kept_event_load(&l->kept[slot - 1], in);
		if (r < 0)
			return r;
	}
	l->n_free_kept = 0;
	for (uint32_t i = l->max_kept; i > 0; i--)
		if (!l->kept[i - 1].text)
			l->free_kept[l->n_free_kept++] = i;
	return unpack_ok(in) ? 0 : -EBADMSG;
}

static int
load_held(struct ledger *l, struct unpack *in)
{
	uint32_t n = unpack_u32(in);

	if (n > MAX_HELD)
		return -EBADMSG;
	for (uint32_t i = 0; i < n; i++) {
		uint8_t kind = unpack_u8(in), spent;
		sv_usec due = unpack_u64(in);
		uint32_t parent = unpack_u32(in);
		spent = unpack_u8(in);
		if (!unpack_ok(in) || kind > HELD_DETAIL || spent > 1)
			return -EBADMSG;
		int r = kept_event_load(ledger_held_event(l, i), in);
		if (r < 0)
			return r;
		struct held *held = ledger_note_held(l, (enum held_kind)kind);
		held->due = due;
		held->parent = parent;
		if (spent)
			ledger_spend_held(l, held);
		if (due < l->held_due)
			l->held_due = due;
	}
	return unpack_ok(in) ? 0 : -EBADMSG;
}

/* An attempt that says it has a copy must have one. */
static int
check_kept(struct ledger *l)
{
	uint32_t newest = attempts_newest(l->attempts);

	for (uint32_t seq = attempts_oldest(l->attempts); seq && seq <= newest; seq++) {
		const struct attempt *at = attempts_get(l->attempts, seq);
		if (at && at->kept && !l->kept[at->kept - 1].text)
			return -EBADMSG;
	}
	return 0;
}

static int
load(struct ledger *l, struct unpack *in)
{
	int r;

	if (unpack_u32(in) != FORMAT || unpack_u32(in) != LAYOUT)
		return -EBADMSG;
	l->now = unpack_u64(in);
	l->swept = unpack_u32(in);
	l->n_challenges = (size_t)unpack_u64(in);
	l->stats.raw = unpack_u64(in);
	l->stats.settled = unpack_u64(in);
	l->stats.merged = unpack_u64(in);
	l->stats.abandoned = unpack_u64(in);
	l->stats.evicted = unpack_u64(in);
	r = prints_load(l->prints, in);
	if (r >= 0)
		r = attempts_load(l->attempts, in, l->max_kept);
	if (r >= 0)
		r = load_kept(l, in);
	if (r >= 0)
		r = load_held(l, in);
	return r < 0 ? r : check_kept(l);
}

/* As ledger_new() left it. */
static int
empty(struct ledger *l)
{
	struct ledger_spec spec = l->spec;
	struct ledger *fresh;
	int r = ledger_new(&spec, &fresh);

	if (r < 0)
		return r;
	struct ledger used = *l;
	*l = *fresh;
	*fresh = used;
	ledger_free(fresh);
	return 0;
}

int
ledger_load(struct ledger *ledger, struct unpack *in)
{
	int r = load(ledger, in), failed;

	if (r >= 0)
		return 0;
	failed = empty(ledger);
	return failed < 0 ? failed : r;
}
