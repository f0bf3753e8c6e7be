/* SPDX-License-Identifier: Apache-2.0 */
/* How many came in the last minute: a ring of seconds. Plain data. */
#pragma once

#include <sipvigil/base.h>

#define RATE_SECONDS 60

struct rate {
	uint32_t second[RATE_SECONDS];
	uint64_t sum;
	unsigned at, filled;
};

/** A second has passed in which `n` came. */
static inline void
rate_add(struct rate *rate, uint64_t n)
{
	uint32_t count = n > UINT32_MAX ? UINT32_MAX : (uint32_t)n;

	rate->sum += count;
	rate->sum -= rate->second[rate->at];
	rate->second[rate->at] = count;
	rate->at = (rate->at + 1) % RATE_SECONDS;
	if (rate->filled < RATE_SECONDS)
		rate->filled++;
}

static inline uint64_t
rate_count(const struct rate *rate)
{
	return rate->sum;
}

static inline double
rate_per_sec(const struct rate *rate)
{
	return rate->filled ? (double)rate->sum / rate->filled : 0;
}
