/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Ten million spoofed sources (or as many as the argument says) against a memory of
 * 64 MiB: what is used, how many keys are given up, and whether those who really do much
 * are found, also when the others try to drive them out. Exits 1 if one is not, or if the
 * memory was not kept.
 */
#include "keys.h"

#include <inttypes.h>
#include <malloc.h>
#include <string.h>
#include <time.h>

enum { LIMIT = 50, HITTERS = 100 };
/* Addresses of those who do much: no spoofed one has them. */
#define FIRST_HITTER (UINT32_C(50) << 24)

struct found {
	bool hitter[HITTERS];
	unsigned n, others;
};

/* How many events each spoofed source has, in two parts of the flood. */
struct flood {
	const char *name;
	unsigned first, then;
};

static void
take(void *user, const struct sv_alert *alert)
{
	struct found *found = user;
	const uint8_t *b = alert->peer_ip.bytes;
	unsigned i = (unsigned)b[2] << 8 | b[3];

	if (alert->state != SV_ALERT_FIRING)
		return;
	if (b[0] != 150 || i >= HITTERS)
		found->others++;
	else if (!found->hitter[i]) {
		found->hitter[i] = true;
		found->n++;
	}
}

/** Of the processor: other programs do not count. */
static double
seconds(void)
{
	struct timespec ts = { 0 };

	(void)clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &ts);
	return (double)ts.tv_sec + (double)ts.tv_nsec / 1e9;
}

/** `events` in all within one window; each hitter has `per_hitter` in the second half, evenly. */
static bool
measure(const struct flood *flood, uint32_t events, unsigned per_hitter, size_t memory)
{
	struct found found = { 0 };
	struct engine_stats stats;
	size_t before = mallinfo2().uordblks + mallinfo2().hblkhd;
	struct engine *engine =
		keys_engine(300 * SV_USEC_PER_SEC, "count >= 50", memory, take, &found);
	uint32_t source = 0, left = 0, half = events / 2;
	uint32_t step = (events - half) / (HITTERS * per_hitter);
	uint32_t hits = 0;
	double begin = seconds(), worst = 0;
	size_t most = 0;

	for (uint32_t i = 0; i < events; i++) {
		sv_usec now = KEYS_BEGIN + (sv_usec)i * 290 * SV_USEC_PER_SEC / events;
		double at = i % 64 == 0 ? seconds() : 0;
		if (left == 0) {
			left = i < half ? flood->first : flood->then;
			source++;
		}
		left--;
		keys_feed(engine, now, source);
		if (i >= half && (i - half) % step == 0 && hits < HITTERS * per_hitter)
			keys_feed(engine, now, FIRST_HITTER + hits++ % HITTERS);
		if (i % 64 == 0 && seconds() - at > worst)
			worst = seconds() - at;
		if (i % 65536 == 0) {
			engine_stats_get(engine, &stats);
			most = stats.bytes > most ? stats.bytes : most;
		}
	}
	double took = seconds() - begin;
	engine_stats_get(engine, &stats);
	size_t heap = mallinfo2().uordblks + mallinfo2().hblkhd - before;
	bool fits = most <= memory && heap <= memory + memory / 8 + ((size_t)8 << 20);
	printf("  %-24s %5u of 50: %3u of %d found%s, %8zu keys, %9" PRIu64
	       " given up, %4.1f MiB (heap %.1f), %4.0f ns an event, worst %.0f us of "
	       "processor\n",
	       flood->name, per_hitter, found.n, HITTERS,
	       found.others ? " (and others)" : "", stats.keys, stats.evicted,
	       (double)most / 1048576, (double)heap / 1048576, took * 1e9 / events,
	       worst * 1e6);
	engine_free(engine);
	return found.n == HITTERS && found.others == 0 && fits;
}

int
main(int argc, char **argv)
{
	static const struct flood floods[] = {
		{ "once each", 1, 1 },
		{ "twice each", 2, 2 },
		{ "four each, then once", 4, 1 },
		{ "eight each, then once", 8, 1 },
		{ "sixteen, then twice", 16, 2 },
	};
	uint32_t events = argc > 1 ? (uint32_t)strtoul(argv[1], NULL, 10) : 10000000;
	unsigned per_hitter = argc > 2 ? (unsigned)strtoul(argv[2], NULL, 10) : 110;
	size_t memory = argc > 3 ? strtoul(argv[3], NULL, 10) << 10 : (size_t)64 << 20;
	bool ok = true;

	printf("%u refusals of spoofed sources in 5 min, %d that do much:\n", events,
	       HITTERS);
	for (size_t i = 0; i < sizeof(floods) / sizeof(floods[0]); i++)
		ok &= measure(&floods[i], events, per_hitter, memory);
	return ok ? 0 : 1;
}
