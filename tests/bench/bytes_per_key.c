/* SPDX-License-Identifier: Apache-2.0 */
/*
 * How much memory a live key takes in the engine: one rule by peer_ip, a few failures
 * each. Prints the engine's own account and what the heap grew by. Exits 1 if a million
 * keys of a count rule cost more than 100 bytes each.
 */
#include "keys.h"

#include <malloc.h>
#include <math.h>

enum { MOST_BYTES = 100 };

static bool
measure(uint32_t keys, unsigned per_key, const char *warning)
{
	struct engine_stats stats;
	size_t before = mallinfo2().uordblks + mallinfo2().hblkhd;
	struct engine *engine = keys_engine(300 * SV_USEC_PER_SEC, warning,
					    (size_t)1 << 30, keys_ignore, NULL);
	sv_usec now = KEYS_BEGIN;

	for (unsigned round = 0; round < per_key; round++)
		for (uint32_t i = 0; i < keys; i++)
			keys_feed(engine, now += 50, i);
	engine_stats_get(engine, &stats);
	size_t grown = mallinfo2().uordblks + mallinfo2().hblkhd - before;
	double each =
		stats.keys ? (double)stats.bytes / (double)stats.keys : (double)NAN;
	printf("  %7zu keys, %2u failures each, %-20s %6.1f bytes a key (heap %.0f)\n",
	       stats.keys, per_key, warning, each,
	       stats.keys ? (double)grown / (double)stats.keys : (double)NAN);
	engine_free(engine);
	return stats.keys == keys && each <= MOST_BYTES;
}

int
main(void)
{
	printf("Memory of a live key:\n");
	bool ok = measure(1000000, 1, "count >= 50");
	(void)measure(1000000, 3, "count >= 50");
	(void)measure(100000, 5, "count >= 50");
	(void)measure(100000, 20, "count >= 50");
	(void)measure(100000, 5, "distinct(user) >= 50");
	return ok ? 0 : 1;
}
