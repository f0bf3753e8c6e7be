/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What an event costs in the engine: with 1, 20 and 100 rules, and with 10, 1,000 and a
 * million live keys, against a yardstick in the same run: a bare hash table that counts
 * the same events by address, which is the least that anyone can do. Time is CPU time,
 * by turns, best of the rounds. Prints ratios and asserts nothing.
 *
 * environment: BENCH_ROUNDS (3), BENCH_EVENTS (1000000).
 */
#include "base/address.h"
#include "base/text.h"
#include "engine/engine.h"

#include <stdio.h>
#include <stdlib.h>
#include <time.h>

enum { MAX_RULES = 100, WHERE_BYTES = 96, MILLION = 1000000 };
#define WINDOW (300 * SV_USEC_PER_SEC)
/** Events of an address in the window: keys come and go, as they do. */
#define PER_KEY 5

/** A cell of the yardstick: an address, how often it came, and when last. */
struct cell {
	struct sv_ip ip;
	uint32_t count;
	sv_usec last;
};
#define CELLS ((size_t)1 << 21)

struct load {
	size_t rules, keys, events;
	bool all_count; /* each rule counts each event */
	bool by_trunk;  /* each rule is about a trunk of its own */
};

static const enum sv_outcome outcomes[] = { SV_REJECTED,   SV_UNKNOWN,   SV_ACL,
					    SV_FORBIDDEN,  SV_NOTFOUND,  SV_LOOP,
					    SV_BUSY,       SV_NOANSWER,  SV_DECLINED,
					    SV_MEDIA,      SV_TIMEOUT,   SV_CONGESTION,
					    SV_ERROR,      SV_MALFORMED, SV_REFUSED,
					    SV_UNREACHABLE };
static const char *const words[] = {
	"rejected", "unknown",   "acl",      "forbidden",  "notfound", "loop",
	"busy",     "noanswer",  "declined", "media",      "timeout",  "congestion",
	"error",    "malformed", "refused",  "unreachable"
};
#define OUTCOMES (sizeof(outcomes) / sizeof(outcomes[0]))
static const char *const methods[] = { "REGISTER", "INVITE", "OPTIONS" };

static uint64_t
cpu_nsec(void)
{
	struct timespec ts = { 0 };

	(void)clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &ts);
	return (uint64_t)ts.tv_sec * 1000000000 + (uint64_t)ts.tv_nsec;
}

static void
ignore(void *user, const struct sv_alert *alert)
{
	(void)user;
	(void)alert;
}

/** The i-th event: addresses in a scattered order, outcomes, legs and methods by turns. */
static void
event_fill(struct sv_event *event, char trunk[16], const struct load *load, size_t i)
{
	uint32_t key = (uint32_t)(i * 7919 % load->keys);
	size_t kind = i * 31;

	event->time =
		1772323200 * SV_USEC_PER_SEC + i * (WINDOW / load->keys / PER_KEY);
	event->outcome = outcomes[kind % OUTCOMES];
	event->leg = kind / OUTCOMES % 2 ? SV_LEG_OUT : SV_LEG_IN;
	event->method = (enum sv_method)(SV_REGISTER + kind / OUTCOMES / 2 % 3);
	event->peer_ip.bytes[1] = (uint8_t)(key >> 16);
	event->peer_ip.bytes[2] = (uint8_t)(key >> 8);
	event->peer_ip.bytes[3] = (uint8_t)key;
	event->peer = str_make(trunk,
			       (size_t)snprintf(trunk, 16, "trunk-%zu", i % MAX_RULES));
}

/** What the n-th rule is about. */
static void
where_fill(char where[WHERE_BYTES], const struct load *load, size_t n)
{
	if (n == 0 || load->all_count)
		(void)snprintf(where, WHERE_BYTES, "failure");
	else if (load->by_trunk)
		(void)snprintf(where, WHERE_BYTES, "failure and peer = 'trunk-%zu'", n);
	else
		(void)snprintf(where, WHERE_BYTES,
			       "outcome = %s and leg = %s and method = %s",
			       words[n % OUTCOMES], n / OUTCOMES % 2 ? "out" : "in",
			       methods[n / OUTCOMES / 2 % 3]);
}

static struct engine *
engine_make(const struct load *load)
{
	static char where[MAX_RULES][WHERE_BYTES], names[MAX_RULES][16];
	struct rule_spec rules[MAX_RULES] = { 0 };
	struct engine_spec spec = { .rules = rules,
				    .n_rules = load->rules,
				    .grace = 30 * SV_USEC_PER_SEC,
				    .max_keys = (size_t)4 * MILLION,
				    .max_bytes = (size_t)2 << 30,
				    .sink = ignore };
	struct engine *engine;
	struct expr_error error;
	size_t wrong;

	for (size_t n = 0; n < load->rules; n++) {
		where_fill(where[n], load, n);
		(void)snprintf(names[n], sizeof(names[n]), "rule-%zu", n);
		rules[n] = (struct rule_spec){ .name = names[n],
					       .ruleset = "bench",
					       .where = where[n],
					       .by = { "peer_ip" },
					       .n_by = 1,
					       .window = WINDOW,
					       .warning = "count >= 4000000000",
					       .clear_for = SV_USEC_NEVER };
	}
	if (engine_new(&spec, &engine, &wrong, &error) < 0) {
		fprintf(stderr, "rules: %s\n", error.message);
		exit(1);
	}
	return engine;
}

/** Nanoseconds of CPU an event; the keys are made before. */
static double
engine_run(const struct load *load, struct engine_stats *ret_stats)
{
	struct engine *engine = engine_make(load);
	struct sv_event event = { .time_source = SV_TIME_ZONED,
				  .peer_ip.family = 4,
				  .peer_ip.bytes = { 100 },
				  .count = 1 };
	char trunk[16];
	size_t i = 0;

	for (; i < load->keys * PER_KEY; i++) {
		event_fill(&event, trunk, load, i);
		engine_feed(engine, &event);
	}
	uint64_t filling = cpu_nsec();
	for (size_t k = 0; k < load->events; k++)
		event_fill(&event, trunk, load, i + k);
	filling = cpu_nsec() - filling;
	uint64_t begin = cpu_nsec();
	for (size_t k = 0; k < load->events; k++) {
		event_fill(&event, trunk, load, i + k);
		engine_feed(engine, &event);
	}
	uint64_t took = cpu_nsec() - begin;
	engine_stats_get(engine, ret_stats);
	engine_free(engine);
	return (double)(took - (took > filling ? filling : 0)) / (double)load->events;
}

/** The same of the yardstick. */
static double
bare_run(const struct load *load, struct cell *cells)
{
	struct sv_event event = { .peer_ip.family = 4, .peer_ip.bytes = { 100 } };
	char trunk[16];
	uint64_t took[2] = { 0 };

	for (int with = 0; with < 2; with++) {
		uint64_t begin = cpu_nsec();
		for (size_t i = 0; i < load->keys * PER_KEY + load->events; i++) {
			if (i == load->keys * PER_KEY)
				begin = cpu_nsec();
			event_fill(&event, trunk, load, i);
			if (!with)
				continue;
			size_t at = address_hash(&event.peer_ip) % CELLS;
			while (cells[at].count &&
			       !address_equal(&cells[at].ip, &event.peer_ip))
				at = (at + 1) % CELLS;
			cells[at].ip = event.peer_ip;
			cells[at].count++;
			cells[at].last = event.time;
		}
		took[with] = cpu_nsec() - begin;
	}
	return took[1] > took[0] ? (double)(took[1] - took[0]) / (double)load->events
				 : 0;
}

struct result {
	double engine, bare; /* ns an event */
	struct engine_stats stats;
};

static struct result
measure(const struct load *load, unsigned rounds)
{
	struct result result = { .engine = 1e18, .bare = 1e18 };

	for (unsigned round = 0; round < rounds; round++) {
		struct cell *cells = calloc(CELLS, sizeof(*cells));
		if (!cells)
			exit(1);
		double bare = bare_run(load, cells), engine;
		free(cells);
		engine = engine_run(load, &result.stats);
		result.bare = bare < result.bare ? bare : result.bare;
		result.engine = engine < result.engine ? engine : result.engine;
	}
	return result;
}

static double
row(const char *text, const struct load *load, unsigned rounds, double first)
{
	struct result r = measure(load, rounds);
	const struct engine_stats *s = &r.stats;

	printf("  %-36s %5.1f %9.0f %7.1f %8.2f %6.0f\n", text,
	       (double)s->matched / (double)s->events,
	       r.engine > 0 ? 1e9 / r.engine : 0, r.bare > 0 ? r.engine / r.bare : 0,
	       first > 0 ? r.engine / first : 1,
	       s->keys ? (double)s->bytes / (double)s->keys : 0);
	return r.engine;
}

static size_t
number(const char *name, size_t otherwise)
{
	const char *text = getenv(name);
	size_t n = text ? strtoul(text, NULL, 10) : 0;

	return n ? n : otherwise;
}

int
main(void)
{
	unsigned rounds = (unsigned)number("BENCH_ROUNDS", 3);
	size_t events = number("BENCH_EVENTS", MILLION);
	struct load load = { .rules = 1, .keys = 1000, .events = events };
	double one, few;

	printf("An event in the engine, %zu of them, CPU time, best of %u:\n", events,
	       rounds);
	printf("                                       counts  events/s  × bare   × "
	       "first  bytes/key\n");
	one = row("1 rule, 1000 addresses", &load, rounds, 0);
	load.rules = 20;
	(void)row("20 rules by outcome, leg, method", &load, rounds, one);
	load.rules = 100;
	(void)row("100 rules by outcome, leg, method", &load, rounds, one);
	load.by_trunk = true;
	(void)row("100 rules, one a trunk", &load, rounds, one);
	load = (struct load){
		.rules = 20, .keys = 1000, .events = events, .all_count = true
	};
	(void)row("20 rules that count each event", &load, rounds, one);
	load = (struct load){ .rules = 1, .keys = 10, .events = events };
	few = row("1 rule, 10 keys", &load, rounds, 0);
	load.keys = 1000;
	(void)row("1 rule, 1000 keys", &load, rounds, few);
	load.keys = MILLION;
	(void)row("1 rule, a million keys", &load, rounds, few);
	return 0;
}
