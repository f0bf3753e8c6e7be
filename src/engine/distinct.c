/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/distinct.h"

#include <errno.h>
#include <string.h>

#define FIRST_CAP 2

struct header {
	sv_usec oldest; /* not after the oldest time in the set */
	sv_usec turned; /* when a value was last turned away */
};

static size_t
set_bytes(size_t cap)
{
	return sizeof(struct header) + cap * (sizeof(uint64_t) + sizeof(sv_usec));
}

static struct header *
header_of(const struct distinct *s, const struct distinct_spec *spec)
{
	return pool_at(spec->pool, s->set);
}

static uint64_t *
hashes_of(const struct distinct *s, const struct distinct_spec *spec)
{
	return (uint64_t *)(header_of(s, spec) + 1);
}

static sv_usec *
times_of(const struct distinct *s, const struct distinct_spec *spec)
{
	return hashes_of(s, spec) + s->cap;
}

void
distinct_expire(struct distinct *s, const struct distinct_spec *spec, sv_usec now)
{
	sv_usec cut = now > spec->span ? now - spec->span : 0;
	size_t kept = 0;

	if (s->n == 0)
		return;
	struct header *header = header_of(s, spec);
	if (s->turned_away && header->turned <= cut)
		s->turned_away = 0;
	if (header->oldest > cut)
		return;
	uint64_t *hashes = hashes_of(s, spec);
	sv_usec *times = times_of(s, spec), oldest = SV_USEC_NEVER;
	for (size_t i = 0; i < s->n; i++) {
		if (times[i] <= cut)
			continue;
		hashes[kept] = hashes[i];
		times[kept++] = times[i];
		if (times[i] < oldest)
			oldest = times[i];
	}
	s->n = (uint16_t)kept;
	header->oldest = oldest;
	if (kept == 0)
		distinct_done(s, spec);
}

static bool
grow(struct distinct *s, const struct distinct_spec *spec)
{
	struct distinct wide = { .n = s->n, .turned_away = s->turned_away };

	wide.cap = s->cap ? (uint16_t)(s->cap * 2) : FIRST_CAP;
	if (wide.cap > spec->max_values)
		return false;
	wide.set = pool_take(spec->pool, set_bytes(wide.cap), s->cap > 0);
	if (wide.set == 0)
		return false;
	if (s->n) {
		*header_of(&wide, spec) = *header_of(s, spec);
		memcpy(hashes_of(&wide, spec), hashes_of(s, spec),
		       s->n * sizeof(uint64_t));
		memcpy(times_of(&wide, spec), times_of(s, spec),
		       s->n * sizeof(sv_usec));
	} else {
		header_of(&wide, spec)->oldest = SV_USEC_NEVER;
	}
	pool_give(spec->pool, s->set, s->cap ? set_bytes(s->cap) : 0);
	*s = wide;
	return true;
}

/** The value seen longest ago makes room. */
static size_t
turn_away(struct distinct *s, const struct distinct_spec *spec, sv_usec time)
{
	sv_usec *times = times_of(s, spec);
	size_t oldest = 0;

	for (size_t i = 1; i < s->n; i++)
		if (times[i] < times[oldest])
			oldest = i;
	if (s->turned_away < UINT32_MAX)
		s->turned_away++;
	struct header *header = header_of(s, spec);
	if (time > header->turned)
		header->turned = time;
	return oldest;
}

void
distinct_add(struct distinct *s, const struct distinct_spec *spec, sv_usec time,
	     uint64_t hash)
{
	size_t at;

	for (at = 0; at < s->n; at++)
		if (hashes_of(s, spec)[at] == hash)
			break;
	if (at < s->n) {
		sv_usec *last = &times_of(s, spec)[at];
		if (time > *last)
			*last = time;
		return;
	}
	if (s->n < s->cap || grow(s, spec))
		at = s->n++;
	else if (s->cap)
		at = turn_away(s, spec, time);
	else
		return; /* no memory for a first value */
	hashes_of(s, spec)[at] = hash;
	times_of(s, spec)[at] = time;
	struct header *header = header_of(s, spec);
	if (time < header->oldest)
		header->oldest = time;
}

sv_usec
distinct_falls(const struct distinct *s, const struct distinct_spec *spec)
{
	return s->n ? header_of(s, spec)->oldest + spec->span : SV_USEC_NEVER;
}

void
distinct_done(struct distinct *s, const struct distinct_spec *spec)
{
	pool_give(spec->pool, s->set, s->cap ? set_bytes(s->cap) : 0);
	*s = (struct distinct){ 0 };
}

void
distinct_save(const struct distinct *s, const struct distinct_spec *spec,
	      struct pack *out)
{
	pack_u16(out, s->n);
	pack_u16(out, s->cap);
	pack_u32(out, s->turned_away);
	if (s->n == 0)
		return;
	pack_u64(out, header_of(s, spec)->oldest);
	pack_u64(out, header_of(s, spec)->turned);
	pack_bytes(out, hashes_of(s, spec), s->n * sizeof(uint64_t));
	pack_bytes(out, times_of(s, spec), s->n * sizeof(sv_usec));
}

/* What was saved; header, hashes and times only if n > 0. */
struct saved_set {
	uint16_t n, cap;
	uint32_t turned_away;
	struct header header;
	const void *hashes, *times;
};

static int
read_saved(struct unpack *in, struct saved_set *saved)
{
	saved->n = unpack_u16(in);
	saved->cap = unpack_u16(in);
	saved->turned_away = unpack_u32(in);
	if (saved->n > saved->cap || saved->cap > DISTINCT_MAX_VALUES)
		return -EBADMSG;
	if (saved->n) {
		saved->header.oldest = unpack_u64(in);
		saved->header.turned = unpack_u64(in);
		saved->hashes = unpack_bytes(in, saved->n * sizeof(uint64_t));
		saved->times = unpack_bytes(in, saved->n * sizeof(sv_usec));
	}
	return unpack_ok(in) ? 0 : -EBADMSG;
}

int
distinct_pass(struct unpack *in)
{
	struct saved_set saved;

	return read_saved(in, &saved);
}

int
distinct_load(struct distinct *s, const struct distinct_spec *spec, struct unpack *in)
{
	struct saved_set saved;

	if (read_saved(in, &saved) < 0 || saved.cap > spec->max_values)
		return -EBADMSG;
	if (saved.n == 0)
		return 0;
	struct distinct set = { .n = saved.n,
				.cap = saved.cap,
				.turned_away = saved.turned_away };
	set.set = pool_take(spec->pool, set_bytes(set.cap), true);
	if (set.set == 0)
		return 0;
	*header_of(&set, spec) = saved.header;
	memcpy(hashes_of(&set, spec), saved.hashes, saved.n * sizeof(uint64_t));
	memcpy(times_of(&set, spec), saved.times, saved.n * sizeof(sv_usec));
	*s = set;
	return 0;
}
