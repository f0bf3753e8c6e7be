/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/distinct.h"

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
