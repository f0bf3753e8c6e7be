/* SPDX-License-Identifier: Apache-2.0 */
/* Gauges of any kind: which file does it, the block's memory, saving and loading. */
#include "engine/gauge.h"

#include <errno.h>
#include <string.h>

#define FIRST_CAP 2

static size_t
block_bytes(const struct gauge_spec *spec, unsigned cap)
{
	switch (spec->kind) {
	case GAUGE_REPEATED:
		return repeated_bytes(cap, spec->repeats);
	case GAUGE_NOVELTY:
		return novelty_bytes(cap);
	case GAUGE_ABSENT:
		break;
	}
	return 0;
}

bool
gauge_grow(struct gauge *g, const struct gauge_spec *spec,
	   void (*move)(const struct gauge_spec *spec, void *to, unsigned to_cap,
			const void *from, const struct gauge *was))
{
	unsigned cap = g->cap ? g->cap * 2u : FIRST_CAP;
	size_t bytes = block_bytes(spec, cap);

	if (cap > spec->max_values || bytes > POOL_CHUNK_BYTES)
		return false;
	pool_handle block = pool_take(spec->pool, bytes, g->cap > 0);
	if (block == 0)
		return false;
	if (g->n)
		move(spec, pool_at(spec->pool, block), cap,
		     pool_at(spec->pool, g->block), g);
	if (g->block)
		pool_give(spec->pool, g->block, block_bytes(spec, g->cap));
	g->block = block;
	g->cap = (uint16_t)cap;
	return true;
}

void
gauge_add(struct gauge *g, const struct gauge_spec *spec, sv_usec now,
	  const struct gauge_event *event)
{
	switch (spec->kind) {
	case GAUGE_REPEATED:
		repeated_add(g, spec, now, event);
		break;
	case GAUGE_ABSENT:
		absent_add(g, event);
		break;
	case GAUGE_NOVELTY:
		novelty_add(g, spec, event);
		break;
	}
}

uint32_t
gauge_read(struct gauge *g, const struct gauge_spec *spec, sv_usec now, sv_usec gap)
{
	switch (spec->kind) {
	case GAUGE_REPEATED:
		return repeated_read(g, spec, now);
	case GAUGE_ABSENT:
		return absent_read(g, spec, now, gap);
	case GAUGE_NOVELTY:
		return novelty_read(g, spec, now);
	}
	return 0;
}

sv_usec
gauge_changes(const struct gauge *g, const struct gauge_spec *spec, sv_usec now)
{
	switch (spec->kind) {
	case GAUGE_REPEATED:
		return repeated_changes(g, spec, now);
	case GAUGE_ABSENT:
		return absent_changes(g, spec, now);
	case GAUGE_NOVELTY:
		return novelty_changes(g, spec, now);
	}
	return SV_USEC_NEVER;
}

sv_usec
gauge_keeps(const struct gauge *g, const struct gauge_spec *spec)
{
	sv_usec from = g->newest;

	if (from == 0 || spec->kind == GAUGE_REPEATED)
		return 0;
	if (spec->kind == GAUGE_ABSENT && g->since > from)
		from = g->since;
	return from + spec->span + 1; /* the instant itself is yet to be judged */
}

void
gauge_done(struct gauge *g, const struct gauge_spec *spec)
{
	if (g->block)
		pool_give(spec->pool, g->block, block_bytes(spec, g->cap));
	*g = (struct gauge){ 0 };
}

void
gauge_save(const struct gauge *g, const struct gauge_spec *spec, struct pack *out)
{
	size_t bytes = g->n ? block_bytes(spec, g->cap) : 0;

	pack_u64(out, g->newest);
	pack_u64(out, g->since);
	pack_u32(out, g->most);
	pack_u32(out, g->turned_away);
	pack_u16(out, g->n);
	pack_u16(out, g->n ? g->cap : 0);
	pack_u32(out, (uint32_t)bytes);
	if (bytes)
		pack_bytes(out, pool_at(spec->pool, g->block), bytes);
}

/** What was saved; `bytes` are those of the block. */
static int
read_saved(struct unpack *in, struct gauge *ret_gauge, size_t *ret_bytes,
	   const void **ret_block)
{
	*ret_gauge = (struct gauge){ 0 };
	ret_gauge->newest = unpack_u64(in);
	ret_gauge->since = unpack_u64(in);
	ret_gauge->most = unpack_u32(in);
	ret_gauge->turned_away = unpack_u32(in);
	ret_gauge->n = unpack_u16(in);
	ret_gauge->cap = unpack_u16(in);
	*ret_bytes = unpack_u32(in);
	*ret_block = *ret_bytes ? unpack_bytes(in, *ret_bytes) : NULL;
	return unpack_ok(in) ? 0 : -EBADMSG;
}

int
gauge_pass(struct unpack *in)
{
	struct gauge saved;
	const void *block;
	size_t bytes;

	return read_saved(in, &saved, &bytes, &block);
}

int
gauge_load(struct gauge *g, const struct gauge_spec *spec, struct unpack *in)
{
	struct gauge saved;
	const void *block;
	size_t bytes;

	if (read_saved(in, &saved, &bytes, &block) < 0 || saved.n > saved.cap ||
	    saved.cap > spec->max_values ||
	    bytes != (saved.n ? block_bytes(spec, saved.cap) : 0) ||
	    bytes > POOL_CHUNK_BYTES || (saved.n == 0 && saved.cap))
		return -EBADMSG;
	if (bytes) {
		saved.block = pool_take(spec->pool, bytes, true);
		if (saved.block)
			memcpy(pool_at(spec->pool, saved.block), block, bytes);
		else
			saved.n = saved.cap = 0;
	}
	*g = saved;
	return 0;
}
