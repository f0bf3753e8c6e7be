/* SPDX-License-Identifier: Apache-2.0 */
/*
 * How much memory a live key takes in the engine: one rule by peer_ip, KEYS sources, a
 * few failures each. Prints the engine's own account and what the heap grew by.
 */
#include "base/address.h"
#include "engine/engine.h"

#include <malloc.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

enum { KEYS = 100000 };

static void
ignore(void *user, const struct sv_alert *alert)
{
	(void)user;
	(void)alert;
}

static void
measure(unsigned per_key, const char *warning)
{
	struct rule_spec rule = { .name = "bench",
				  .ruleset = "bench",
				  .where = "failure",
				  .by = { "peer_ip" },
				  .n_by = 1,
				  .window = 300 * SV_USEC_PER_SEC,
				  .warning = warning,
				  .clear_for = SV_USEC_NEVER };
	struct engine_spec spec = { .rules = &rule,
				    .n_rules = 1,
				    .grace = 30 * SV_USEC_PER_SEC,
				    .max_keys = 1000000,
				    .max_bytes = (size_t)1 << 30,
				    .sink = ignore };
	struct engine_stats stats;
	struct engine *engine;
	struct expr_error error;
	size_t wrong;
	sv_usec now = 1772323200 * SV_USEC_PER_SEC;

	if (engine_new(&spec, &engine, &wrong, &error) < 0) {
		fprintf(stderr, "bytes_per_key: %s\n", error.message);
		exit(1);
	}
	size_t before = mallinfo2().uordblks + mallinfo2().hblkhd;
	for (unsigned round = 0; round < per_key; round++)
		for (uint32_t i = 0; i < KEYS; i++) {
			struct sv_event event = { .time = now,
						  .time_source = SV_TIME_ZONED,
						  .outcome = SV_REJECTED,
						  .leg = SV_LEG_IN,
						  .method = SV_REGISTER,
						  .count = 1 };

			event.peer_ip =
				(struct sv_ip){ .family = 4,
						.bytes = { 100, (uint8_t)(i >> 16),
							   (uint8_t)(i >> 8),
							   (uint8_t)i } };
			now += 100;
			engine_feed(engine, &event);
		}
	engine_stats_get(engine, &stats);
	size_t grown = mallinfo2().uordblks + mallinfo2().hblkhd - before;
	printf("  %7zu keys, %2u failures each, %-20s %6.0f bytes a key (heap %.0f)\n",
	       stats.keys, per_key, warning,
	       stats.keys ? (double)stats.bytes / (double)stats.keys : NAN,
	       stats.keys ? (double)grown / (double)stats.keys : NAN);
	engine_free(engine);
}

int
main(void)
{
	printf("Memory of a live key:\n");
	measure(1, "count >= 50");
	measure(5, "count >= 50");
	measure(20, "count >= 50");
	measure(5, "distinct(user) >= 50");
	return 0;
}
