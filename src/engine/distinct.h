/* SPDX-License-Identifier: Apache-2.0 */
/*
 * How many different values were seen within (now - span, now]: a set of hashes, each
 * with the time it was last seen. Exact (up to a collision of 64-bit hashes) as long as
 * no more than `max_values` lie in the span; beyond that the value seen longest ago
 * makes room, and distinct_count() may be too low by up to distinct_error().
 */
#pragma once

#include "base/pack.h"
#include "engine/pool.h"

/** A block of so many values fits into a pool chunk. */
#define DISTINCT_MAX_VALUES 2048

struct distinct {
	pool_handle set; /* header, then hashes, then times */
	uint16_t n, cap;
	uint32_t turned_away; /* since the set last had room */
};

struct distinct_spec {
	struct pool *pool;
	sv_usec span;
	uint16_t max_values;
};

void distinct_expire(struct distinct *set, const struct distinct_spec *spec,
		     sv_usec now);
/** `time` is in the span. */
void distinct_add(struct distinct *set, const struct distinct_spec *spec, sv_usec time,
		  uint64_t hash);
static inline uint32_t
distinct_count(const struct distinct *set)
{
	return set->n;
}
static inline uint32_t
distinct_error(const struct distinct *set)
{
	return set->turned_away;
}
/** When it may fall next (not too late, maybe too early); SV_USEC_NEVER if empty. */
sv_usec distinct_falls(const struct distinct *set, const struct distinct_spec *spec);
void distinct_done(struct distinct *set, const struct distinct_spec *spec);
/** As bytes, and into an empty set; see window_save(). */
void distinct_save(const struct distinct *set, const struct distinct_spec *spec,
		   struct pack *out);
int distinct_load(struct distinct *set, const struct distinct_spec *spec,
		  struct unpack *in);
int distinct_pass(struct unpack *in);
