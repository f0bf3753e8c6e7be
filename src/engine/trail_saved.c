/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The trail as bytes: peers whose hour is not over, with their steps that are not empty
 * and in these the kinds that came. Ticks are not kept: they tell of five minutes.
 */
#include "engine/trail.h"

#include "base/text.h"
#include "sip/outcome.h"

#include <errno.h>

#define FORMAT 1u

static sv_usec
newest_of(const struct trail *trail)
{
	sv_usec newest = 0;

	for (size_t i = 0; i < trail->n; i++)
		if (trail->peer[i].last > newest)
			newest = trail->peer[i].last;
	return newest;
}

static bool
is_alive(const struct trail_peer *peer, sv_usec now)
{
	return peer->last + TRAIL_STEPS * TRAIL_STEP >= now;
}

static void
save_step(const struct trail_step *step, struct pack *out)
{
	uint8_t n = 0;

	for (size_t i = 0; i < TRAIL_ALL_KINDS; i++)
		n = (uint8_t)(n + (step->count[i] > 0));
	pack_u32(out, step->at);
	pack_u32(out, step->events);
	pack_u32(out, step->failures);
	pack_u32(out, step->calls);
	pack_u32(out, step->calls_failed);
	pack_u8(out, n);
	for (size_t i = 0; i < TRAIL_ALL_KINDS; i++) {
		if (step->count[i] == 0)
			continue;
		pack_u8(out, (uint8_t)i);
		pack_u32(out, step->count[i]);
	}
}

static void
save_peer(const struct trail_peer *peer, uint32_t oldest, struct pack *out)
{
	uint8_t n = 0;

	pack_u32(out, peer->hash);
	pack_u32(out, peer->total);
	pack_u8(out, peer->leg);
	pack_u8(out, peer->doubt);
	pack_u8(out, peer->ip.family);
	pack_bytes(out, peer->ip.bytes, sizeof(peer->ip.bytes));
	pack_u64(out, peer->last);
	pack_u64(out, peer->last_failure);
	pack_str(out, str_make(peer->name, peer->name_len));
	pack_u8(out, peer->n_kinds);
	for (size_t i = 0; i < peer->n_kinds; i++) {
		pack_u16(out, peer->kind[i].code);
		pack_u8(out, peer->kind[i].outcome);
		pack_u8(out, peer->kind[i].method);
		pack_u32(out, peer->kind[i].last);
	}
	for (size_t i = 0; i < TRAIL_STEPS; i++)
		n = (uint8_t)(n + (peer->step[i].at > oldest));
	pack_u8(out, n);
	for (size_t i = 0; i < TRAIL_STEPS; i++)
		if (peer->step[i].at > oldest)
			save_step(&peer->step[i], out);
}

void
trail_save(const struct trail *trail, struct pack *out)
{
	sv_usec now = newest_of(trail);
	uint32_t at = (uint32_t)(now / TRAIL_STEP), n = 0;
	uint32_t oldest = at > TRAIL_STEPS ? at - TRAIL_STEPS : 0;

	for (size_t i = 0; i < trail->n; i++)
		n += is_alive(&trail->peer[i], now);
	pack_u32(out, FORMAT);
	pack_u64(out, trail->forgotten);
	pack_u32(out, n);
	for (size_t i = 0; i < trail->n; i++)
		if (is_alive(&trail->peer[i], now))
			save_peer(&trail->peer[i], oldest, out);
}

/* Loading. */

static int
load_step(struct trail_peer *peer, struct unpack *in)
{
	struct trail_step step = { .at = unpack_u32(in) };
	uint8_t n;

	step.events = unpack_u32(in);
	step.failures = unpack_u32(in);
	step.calls = unpack_u32(in);
	step.calls_failed = unpack_u32(in);
	n = unpack_u8(in);
	for (uint8_t i = 0; i < n; i++) {
		uint8_t kind = unpack_u8(in);
		uint32_t count = unpack_u32(in);
		if (!unpack_ok(in) || kind >= TRAIL_ALL_KINDS ||
		    (kind < TRAIL_KINDS && kind >= peer->n_kinds))
			return -EBADMSG;
		step.count[kind] = count;
	}
	if (!unpack_ok(in) || step.at == 0)
		return -EBADMSG;
	peer->step[step.at % TRAIL_STEPS] = step;
	return 0;
}

static int
load_kinds(struct trail_peer *peer, struct unpack *in)
{
	peer->n_kinds = unpack_u8(in);
	if (!unpack_ok(in) || peer->n_kinds > TRAIL_KINDS)
		return -EBADMSG;
	for (size_t i = 0; i < peer->n_kinds; i++) {
		struct trail_kind *kind = &peer->kind[i];
		kind->code = unpack_u16(in);
		kind->outcome = unpack_u8(in);
		kind->method = unpack_u8(in);
		kind->last = unpack_u32(in);
		if (kind->outcome >= SV_OUTCOME_COUNT || kind->method > SV_METHOD_OTHER)
			return -EBADMSG;
	}
	return unpack_ok(in) ? 0 : -EBADMSG;
}

static int
load_peer(struct trail_peer *peer, struct unpack *in)
{
	const void *bytes;
	struct sv_str name;
	uint8_t n;

	*peer = (struct trail_peer){ .hash = unpack_u32(in) };
	peer->total = unpack_u32(in);
	peer->leg = unpack_u8(in);
	peer->doubt = unpack_u8(in) != 0;
	peer->ip.family = unpack_u8(in);
	bytes = unpack_bytes(in, sizeof(peer->ip.bytes));
	if (bytes)
		memcpy(peer->ip.bytes, bytes, sizeof(peer->ip.bytes));
	peer->last = unpack_u64(in);
	peer->last_failure = unpack_u64(in);
	name = unpack_str(in);
	if (!unpack_ok(in) || name.len > TRAIL_NAME_BYTES || peer->leg > SV_LEG_OUT ||
	    (peer->ip.family != 0 && peer->ip.family != 4 && peer->ip.family != 6) ||
	    (name.len == 0 && peer->ip.family == 0))
		return -EBADMSG;
	peer->name_len = (uint8_t)name.len;
	if (name.len)
		memcpy(peer->name, name.ptr, name.len);
	if (load_kinds(peer, in) < 0)
		return -EBADMSG;
	n = unpack_u8(in);
	for (uint8_t i = 0; i < n; i++)
		if (load_step(peer, in) < 0)
			return -EBADMSG;
	return unpack_ok(in) ? 0 : -EBADMSG;
}

int
trail_load(struct trail *trail, struct unpack *in)
{
	struct trail_peer peer;
	uint32_t n;

	if (unpack_u32(in) != FORMAT)
		return 0; /* another build's: the hour begins anew */
	trail->forgotten = unpack_u64(in);
	n = unpack_u32(in);
	for (uint32_t i = 0; i < n; i++) {
		if (load_peer(&peer, in) < 0)
			return -EBADMSG;
		if (trail->n == trail->max) {
			trail->forgotten += trail->max > 0;
			continue;
		}
		uint32_t *bucket = &trail->bucket[peer.hash & trail->mask];
		peer.next = *bucket;
		trail->peer[trail->n++] = peer;
		*bucket = (uint32_t)trail->n;
	}
	return unpack_ok(in) ? 0 : -EBADMSG;
}
