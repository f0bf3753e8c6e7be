/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What is promised when keys do not fit: with N events in the window and M keys kept, each
 * key of at least limit + 2 N / M events raises, whatever the others do, and none raises
 * that has not reached the limit. Held against exact counts, over floods that try to
 * drive out who does much.
 */
#include "base/text.h"
#include "engine/engine.h"
#include "engine/saved.h"

#include <criterion/criterion.h>
#include <stdlib.h>

#define SEC SV_USEC_PER_SEC
#define BEGIN (1772323200 * SEC)
#define SOURCES 200000
#define EVENTS 120000
#define LIMIT 50
#define MEMORY ((size_t)1 << 20)

struct flood {
	struct engine *engine;
	uint32_t *count; /* by source, exact */
	bool *raised;
	uint32_t fed;
	size_t least_keys; /* once keys were given up */
	unsigned early;    /* raised below the limit */
};

static uint64_t
rnd(uint64_t *state)
{
	*state ^= *state << 13;
	*state ^= *state >> 7;
	*state ^= *state << 17;
	return *state * 0x2545f4914f6cdd1dull >> 33;
}

static void
take(void *user, const struct sv_alert *alert)
{
	struct flood *flood = user;
	const uint8_t *b = alert->peer_ip.bytes;
	uint32_t source = (uint32_t)b[1] << 16 | (uint32_t)b[2] << 8 | b[3];

	if (alert->state != SV_ALERT_FIRING)
		return;
	flood->raised[source] = true;
	flood->early += flood->count[source] < LIMIT;
}

static struct engine *
open_engine(struct flood *flood)
{
	static const struct rule_spec rule = { .name = "r",
					       .where = "failure",
					       .by = { "peer_ip" },
					       .n_by = 1,
					       .window = 3600 * SEC,
					       .warning = "count >= 50",
					       .clear_for = SV_USEC_NEVER };
	struct engine_spec spec = { .rules = &rule,
				    .n_rules = 1,
				    .max_keys = 1000000,
				    .max_bytes = MEMORY,
				    .sink = take,
				    .user = flood };
	struct expr_error error;
	struct engine *engine;
	size_t which;

	cr_assert_eq(engine_new(&spec, &engine, &which, &error), 0, "%s",
		     error.message);
	return engine;
}

static void
feed(struct flood *flood, uint32_t source)
{
	struct sv_event event = { .time = BEGIN + flood->fed * (SEC / 50),
				  .outcome = SV_REJECTED,
				  .leg = SV_LEG_IN,
				  .method = SV_REGISTER,
				  .count = 1,
				  .peer_ip = { .family = 4,
					       .bytes = { 10, (uint8_t)(source >> 16),
							  (uint8_t)(source >> 8),
							  (uint8_t)source } } };
	struct engine_stats stats;

	flood->fed++;
	flood->count[source]++;
	engine_feed(flood->engine, &event);
	engine_stats_get(flood->engine, &stats);
	if (stats.evicted && stats.keys < flood->least_keys)
		flood->least_keys = stats.keys;
	cr_assert_leq(stats.bytes, MEMORY);
}

static void
restart(struct flood *flood)
{
	static char bytes[4 << 20];
	struct pack pack = { .buf = bytes, .cap = sizeof(bytes) };
	struct engine_loaded loaded;

	engine_save(flood->engine, &pack);
	cr_assert_eq(pack_finish(&pack), 0);
	engine_free(flood->engine);
	flood->engine = open_engine(flood);
	struct unpack in = unpack_of(str_make(bytes, pack.len));
	cr_assert_eq(engine_load(flood->engine, &in, NULL, NULL, &loaded), 0);
}

static void
flood_open(struct flood *flood)
{
	*flood = (struct flood){ .count = calloc(SOURCES, sizeof(uint32_t)),
				 .raised = calloc(SOURCES, sizeof(bool)),
				 .least_keys = SIZE_MAX };
	flood->engine = open_engine(flood);
}

/** Checks the promise; how many had to be found. */
static unsigned
flood_close(struct flood *flood, unsigned which)
{
	struct engine_stats stats;
	unsigned due = 0;

	engine_stats_get(flood->engine, &stats);
	cr_expect_gt(stats.evicted, 1000, "flood %u", which);
	cr_expect_eq(flood->early, 0, "flood %u: raised below the limit", which);
	uint32_t sure = LIMIT + 2 * flood->fed / (uint32_t)flood->least_keys;
	for (uint32_t i = 0; i < SOURCES; i++) {
		due += flood->count[i] >= sure;
		cr_expect(flood->count[i] < sure || flood->raised[i],
			  "flood %u: source %u had %u, sure is %u", which, i,
			  flood->count[i], sure);
	}
	engine_free(flood->engine);
	free(flood->count);
	free(flood->raised);
	return due;
}

Test(keys, who_does_much_is_found_among_those_that_crowd_him_out)
{
	/* events of each source in the first and in the second half */
	static const unsigned rows[][2] = {
		{ 1, 1 },  { 2, 2 },  { 4, 1 },  { 8, 1 },
		{ 16, 1 }, { 16, 2 }, { 30, 1 }, { 1, 16 }
	};

	for (unsigned k = 0; k < sizeof(rows) / sizeof(rows[0]); k++) {
		struct flood flood;
		uint32_t source = 100;
		flood_open(&flood);
		for (uint32_t i = 0; i < EVENTS; i++) {
			unsigned each = rows[k][i >= EVENTS / 2];
			source += i % each == 0;
			feed(&flood, source);
			/* ten of them, evenly spread over the second half */
			if (i >= EVENTS / 2 && i % 20 == 0)
				feed(&flood, i / 20 % 10);
			if (k % 2 && i % 40000 == 39999)
				restart(&flood);
		}
		size_t least = flood.least_keys;
		cr_expect_geq(flood_close(&flood, k), 10, "flood %u: %zu keys", k,
			      least);
	}
}

Test(keys, random_floods_keep_the_bound)
{
	unsigned due = 0;

	for (unsigned k = 1; k <= 12; k++) {
		uint64_t seed = k * 0x9e3779b97f4a7c15ull;
		struct flood flood;
		uint32_t source = 100, left = 0, most = 1;
		flood_open(&flood);
		for (uint32_t i = 0; i < EVENTS; i++) {
			if (i % 10000 == 0)
				most = 1 + (uint32_t)(rnd(&seed) % 40);
			if (left == 0) {
				left = 1 + (uint32_t)(rnd(&seed) % most);
				source++;
			}
			left--;
			feed(&flood, source);
			/* some, each more rarely than the one before */
			uint32_t some = (uint32_t)__builtin_ctzll(rnd(&seed) | 1 << 20);
			if (some > 3)
				feed(&flood, some);
			if (rnd(&seed) % 50000 == 0)
				restart(&flood);
		}
		due += flood_close(&flood, 100 + k);
	}
	cr_expect_gt(due, 40, "%u", due);
}
