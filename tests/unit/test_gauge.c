/* SPDX-License-Identifier: Apache-2.0 */
/* Measures that keep a gauge: their words, their bounds, their gaps. */
#include "base/address.h"
#include "base/text.h"
#include "engine/engine.h"
#include "engine/saved.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>

#define SEC SV_USEC_PER_SEC
#define DAY (86400 * SEC)
#define BASE (1795339800 * SEC) /* 2026-11-22T09:30:00Z */

struct tape {
	char text[16384];
	size_t len, n;
	struct sv_alert last; /* numbers only: its texts are gone */
};

static void
record(void *user, const struct sv_alert *a)
{
	static const char *const states[] = { "firing", "changed", "resolved",
					      "unknown" };
	struct tape *tape = user;
	int n = snprintf(tape->text + tape->len, sizeof(tape->text) - tape->len,
			 "%s %.*s %.0f %.*s\n", states[a->state],
			 (int)a->key[0].value.len, a->key[0].value.ptr,
			 ((double)a->time - (double)BASE) / 1e6, (int)a->reason.len,
			 a->reason.ptr);

	cr_assert(n > 0 && (size_t)n < sizeof(tape->text) - tape->len);
	tape->len += (size_t)n;
	tape->n++;
	tape->last = *a;
}

static struct engine *
engine_of(struct tape *tape, const struct rule_spec *rule, size_t max_bytes)
{
	struct engine_spec spec = { .rules = rule,
				    .n_rules = 1,
				    .sink = record,
				    .user = tape,
				    .max_bytes = max_bytes };
	struct expr_error error;
	struct engine *engine = NULL;
	size_t which;

	*tape = (struct tape){ 0 };
	cr_assert_eq(engine_new(&spec, &engine, &which, &error), 0, "%s",
		     error.message);
	return engine;
}

static void
feed(struct engine *engine, double sec, enum sv_outcome outcome, const char *peer,
     const char *dst)
{
	struct sv_event e = { .time = BASE + (sv_usec)(sec * 1e6),
			      .outcome = outcome,
			      .leg = SV_LEG_OUT,
			      .method = SV_INVITE,
			      .count = 1,
			      .host = SV_STR("pbx1"),
			      .peer = { peer, strlen(peer) },
			      .claim = { .dst = { dst, strlen(dst) },
					 .user = { dst, strlen(dst) } },
			      .records = { { .source = SV_STR("file:full"),
					     .text = SV_STR("a line") } },
			      .n_records = 1 };

	engine_feed(engine, &e);
}

static const struct rule_spec silent_trunk = {
	.name = "trunk-silent",
	.by = { "peer" },
	.n_by = 1,
	.window = 60 * SEC,
	.warning = "absent(outcome in (ok, registered)) for 5m",
	.critical = "absent(outcome in (ok, registered)) for 15m",
};

Test(absent, raises_when_nothing_came_and_ends_when_it_comes)
{
	static struct tape tape;
	struct engine *engine = engine_of(&tape, &silent_trunk, 0);

	feed(engine, 0, SV_OK, "alpha", "");
	feed(engine, 10, SV_TIMEOUT, "beta", ""); /* never was there */
	feed(engine, 30, SV_OK, "alpha", "");
	feed(engine, 200, SV_TIMEOUT, "alpha", "");
	engine_advance(engine, BASE + 330 * SEC - 1);
	cr_expect_eq(tape.n, 0, "%s", tape.text);
	engine_advance(engine, BASE + 2000 * SEC);
	feed(engine, 2000, SV_REGISTERED, "alpha", "");
	engine_advance(engine, BASE + 2001 * SEC);
	cr_expect_str_eq(
		tape.text,
		"firing alpha 330 nothing with outcome in (ok, registered) for 5 min "
		"(limit 5 min), last 09:30:30 UTC\n"
		"changed alpha 930 nothing with outcome in (ok, registered) for 15 min "
		"(limit 15 min), last 09:30:30 UTC\n"
		"resolved alpha 2000 over: it came again, lasted 27 min\n");
	cr_expect_eq(tape.last.measure[0].kind, SV_MEASURE_ABSENT);
	engine_free(engine);
}

Test(absent, the_numbers_are_seconds)
{
	static struct tape tape;
	struct engine *engine = engine_of(&tape, &silent_trunk, 0);

	feed(engine, 0, SV_OK, "alpha", "");
	engine_advance(engine, BASE + 400 * SEC);
	cr_assert_eq(tape.n, 1);
	cr_expect_eq(tape.last.n_measure, 2);
	cr_expect_float_eq(tape.last.measure[0].value, 300, 1e-6);
	cr_expect_float_eq(tape.last.measure[0].warning, 300, 1e-6);
	cr_expect_float_eq(tape.last.measure[1].critical, 900, 1e-6);
	cr_expect_eq(tape.last.first, BASE);
	engine_free(engine);
}

static void
gap(struct engine *engine, double sec, const char *source)
{
	struct sv_event e = { .time = BASE + (sv_usec)(sec * 1e6),
			      .outcome = SV_GAP,
			      .host = SV_STR("pbx1"),
			      .records = { { .source = { source, strlen(source) } } },
			      .n_records = 1 };

	engine_feed(engine, &e);
}

Test(absent, a_gap_begins_the_time_anew_and_ends_nothing)
{
	static struct tape tape;
	struct engine *engine = engine_of(&tape, &silent_trunk, 0);

	feed(engine, 0, SV_OK, "alpha", "");
	gap(engine, 100, "file:other"); /* no concern of ours */
	gap(engine, 200, "file:full");
	engine_advance(engine, BASE + 499 * SEC);
	cr_expect_eq(tape.n, 0, "%s", tape.text);
	engine_advance(engine, BASE + 501 * SEC);
	cr_expect(strstr(tape.text, "firing alpha 500 nothing"), "%s", tape.text);
	cr_expect_not(tape.last.lower_bound);
	gap(engine, 600, "file:full");
	engine_advance(engine, BASE + 1000 * SEC);
	cr_expect_eq(tape.n, 1, "open it stays: %s", tape.text);
	feed(engine, 1100, SV_OK, "alpha", "");
	engine_advance(engine, BASE + 1101 * SEC);
	cr_expect(strstr(tape.text, "resolved alpha 1100 over: it came again"), "%s",
		  tape.text);
	engine_free(engine);
}

Test(absent, keys_that_wait_have_a_bound_and_a_counter)
{
	static struct tape tape;
	struct rule_spec rule = silent_trunk;
	struct engine_stats stats;
	rule.critical = NULL;
	struct engine *engine = engine_of(&tape, &rule, 64 << 20);
	char name[24];

	for (int i = 0; i < 20000; i++) {
		(void)snprintf(name, sizeof(name), "peer%d", i);
		feed(engine, i / 1000.0, SV_OK, name, "");
	}
	engine_stats_get(engine, &stats);
	cr_expect_eq(stats.unwatched, 20000 - 16384, "%llu",
		     (unsigned long long)stats.unwatched);
	cr_expect_eq(stats.evicted, 0);
	engine_free(engine);
}

Test(absent, a_flood_of_keys_leaves_memory_for_alerts)
{
	static struct tape tape;
	struct rule_spec rule = silent_trunk;
	struct engine_stats stats;
	rule.warning = "absent for 1h or count >= 3";
	rule.critical = NULL;
	struct engine *engine = engine_of(&tape, &rule, 1 << 20);
	char name[24];

	for (int i = 0; i < 12000; i++) {
		(void)snprintf(name, sizeof(name), "flood%d", i);
		feed(engine, i / 1000.0, SV_OK, name, "");
	}
	engine_stats_get(engine, &stats);
	cr_expect_gt(stats.evicted, 0);
	cr_expect_leq(stats.bytes, (size_t)1 << 20);
	engine_free(engine);
}

static const struct rule_spec new_prefix = {
	.name = "fraud-new-prefix",
	.where = "outcome = ok and leg = out",
	.by = { "peer" },
	.n_by = 1,
	.window = 3600 * SEC,
	.warning = "new(dst_prefix) learn 30d",
	.critical = "new(dst_prefix) learn 30d >= 3",
};

Test(novelty, what_was_not_seen_in_thirty_days_is_news)
{
	static struct tape tape;
	struct engine *engine = engine_of(&tape, &new_prefix, 0);

	for (int day = 0; day <= 30; day++)
		feed(engine, day * 86400.0, SV_OK, "alpha",
		     day % 2 ? "+4930123" : "0049301");
	cr_expect_eq(tape.n, 0, "%s", tape.text);
	feed(engine, 30 * 86400.0 + 10, SV_OK, "alpha", "+8821234");
	feed(engine, 30 * 86400.0 + 20, SV_OK, "alpha", "+88210000"); /* the same */
	feed(engine, 30 * 86400.0 + 20, SV_OK, "beta", "+8821234");   /* it learns */
	feed(engine, 30 * 86400.0 + 30, SV_OK, "alpha", "alice");     /* no number */
	feed(engine, 30 * 86400.0 + 30, SV_OK, "alpha", "+883");
	feed(engine, 30 * 86400.0 + 40, SV_OK, "alpha", "*67");
	cr_expect_str_eq(
		tape.text,
		"firing alpha 2592010 1 new dial prefix, not seen in 30 d before, in 1 "
		"h "
		"(limit 1 dial prefix), first 09:30:00 UTC\n"
		"changed alpha 2592040 3 new dial prefixes, not seen in 30 d before, "
		"in "
		"1 h (limit 3 dial prefixes), first 09:30:00 UTC\n");
	cr_expect_eq(tape.last.measure[0].kind, SV_MEASURE_NEW);
	cr_expect_str_eq(tape.last.measure[0].field, "dst_prefix");
	engine_free(engine);
}

Test(novelty, what_is_learnt_has_a_bound_and_a_counter)
{
	static struct tape tape;
	struct rule_spec rule = new_prefix;
	struct engine_stats stats;
	rule.warning = "new(user) learn 30d";
	rule.critical = NULL;
	struct engine *engine = engine_of(&tape, &rule, 0);
	char name[24];

	for (int i = 0; i < 3000; i++) {
		(void)snprintf(name, sizeof(name), "user%d", i);
		feed(engine, i * 10.0, SV_OK, "alpha", name);
	}
	engine_stats_get(engine, &stats);
	cr_expect_eq(stats.forgotten, 3000 - 2048);
	feed(engine, 30 * 86400.0, SV_OK, "alpha", "user2999");
	cr_expect_eq(tape.n, 0, "known: %s", tape.text);
	feed(engine, 30 * 86400.0 + 1, SV_OK, "alpha", "user3");
	cr_expect_eq(tape.n, 1, "made room for others, so it is told");
	cr_expect_eq(tape.last.measure[0].error, 3000 - 2048 + 1);
	engine_free(engine);
}

Test(novelty, what_was_learnt_survives_a_restart)
{
	static struct tape tape, after;
	static char bytes[1 << 20];
	struct engine *engine = engine_of(&tape, &new_prefix, 0);
	struct engine_loaded loaded;
	struct pack pack = { .buf = bytes, .cap = sizeof(bytes) };

	for (int day = 0; day <= 29; day++)
		feed(engine, day * 86400.0, SV_OK, "alpha", "+4930123");
	engine_save(engine, &pack);
	cr_assert_eq(pack_finish(&pack), 0);
	struct engine *fresh = engine_of(&after, &new_prefix, 0);
	struct unpack in = unpack_of(str_make(bytes, pack.len));
	cr_assert_eq(engine_load(fresh, &in, NULL, NULL, &loaded), 0);
	feed(fresh, 30 * 86400.0 + 5, SV_OK, "alpha", "+4930777");
	cr_expect_eq(after.n, 0, "%s", after.text);
	feed(fresh, 30 * 86400.0 + 6, SV_OK, "alpha", "+8820777");
	cr_expect_eq(after.n, 1, "%s", after.text);
	engine_free(fresh);
	engine_free(engine);
}

Test(repeated, counts_values_that_came_often_enough)
{
	static const struct rule_spec rule = {
		.name = "spray",
		.where = "outcome = rejected",
		.by = { "peer" },
		.n_by = 1,
		.window = 300 * SEC,
		.warning = "distinct(user having count >= 2) >= 3",
		.clear_for = 0,
	};
	static struct tape tape;
	struct engine *engine = engine_of(&tape, &rule, 0);
	char name[8];

	for (int i = 0; i < 20; i++) { /* each once: a lost phone book */
		(void)snprintf(name, sizeof(name), "u%d", i);
		feed(engine, i, SV_REJECTED, "alpha", name);
	}
	feed(engine, 30, SV_REJECTED, "alpha", "u1");
	feed(engine, 31, SV_REJECTED, "alpha", "u1");
	feed(engine, 32, SV_REJECTED, "alpha", "u2");
	cr_expect_eq(tape.n, 0, "%s", tape.text);
	feed(engine, 33, SV_REJECTED, "alpha", "u3");
	engine_advance(engine, BASE + 1000 * SEC);
	cr_expect_str_eq(
		tape.text,
		"firing alpha 33 24 rejected credentials, 3 users 2 times or more in 5 "
		"min (limit 3 users), first 09:30:00 UTC\n"
		/* u1 has come at 30 and 31, the others not since */
		"resolved alpha 303 over: 20 rejected credentials, 1 user 2 times or "
		"more in 5 min (limit 3 users), lasted 4 min\n");
	cr_expect_eq(tape.last.measure[0].kind, SV_MEASURE_DISTINCT);
	cr_expect_str_eq(tape.last.measure[0].field, "user");
	engine_free(engine);
}

Test(groups, prefixes_have_the_length_that_the_rule_gives)
{
	struct rule_spec rule = {
		.name = "net",
		.by = { "prefix(16, 48)" },
		.n_by = 1,
		.window = 60 * SEC,
		.warning = "distinct(prefix(24, 64)) >= 2",
		.summary = "from {prefix}",
	};
	static const struct {
		const char *first, *second, *key;
	} rows[] = {
		{ "203.0.113.9", "203.0.77.1", "203.0.0.0/16" },
		{ "203.0.113.9", "203.1.113.9", NULL },
		{ "203.0.113.9", "203.0.113.10", NULL },
		{ "2001:db8:1:2::1", "2001:db8:1:3::1", "2001:db8:1::/48" },
		{ "2001:db8:1:2::1", "2001:db8:2:2::1", NULL },
	};
	static struct tape tape;

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct engine *engine = engine_of(&tape, &rule, 0);
		struct sv_event e = { .time = BASE,
				      .outcome = SV_REJECTED,
				      .count = 1 };
		char want[80];
		cr_assert(address_parse(str_of(rows[i].first), &e.peer_ip));
		engine_feed(engine, &e);
		cr_assert(address_parse(str_of(rows[i].second), &e.peer_ip));
		engine_feed(engine, &e);
		cr_expect_eq(tape.n, rows[i].key != NULL, "%s: %s", rows[i].second,
			     tape.text);
		(void)snprintf(want, sizeof(want), "firing %s 0 from %s in",
			       rows[i].key ? rows[i].key : "",
			       rows[i].key ? rows[i].key : "");
		if (rows[i].key)
			cr_expect(strstr(tape.text, want), "%s", tape.text);
		engine_free(engine);
	}
}

Test(groups, dial_prefixes_are_digits)
{
	static const struct {
		const char *field, *dst, *want;
	} rows[] = {
		{ "dst_prefix", "00493012345", "0049" },
		{ "dst_prefix", "+493012345", "4930" },
		{ "dst_prefix(2)", "+493012345", "49" },
		{ "dst_prefix(12)", "911", "911" },
		{ "dst_prefix", "*67#5551234", "*67#" },
		{ "dst_prefix", "alice", "" },
		{ "dst_prefix", "12a34", "12" },
		{ "dst_prefix", "+", "" },
		{ "dst_prefix", "", "" },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct expr_error error;
		struct expr_field room;
		struct sv_event e = { .claim = { .dst = { rows[i].dst,
							  strlen(rows[i].dst) } } };
		char buf[EXPR_KEY_BYTES];
		const struct expr_field *field =
			expr_field_read(str_of(rows[i].field), &room, &error);
		cr_assert(field);
		struct sv_str key = expr_field_key(field, &e, buf);
		cr_expect(str_eq(key, str_of(rows[i].want)), "%s of '%s': '%.*s'",
			  rows[i].field, rows[i].dst, (int)key.len, key.ptr);
	}
}

static struct engine *
engine_of_two(struct tape *tape, const char *warning, const char *limit)
{
	const struct rule_spec rules[] = {
		{ .name = "ask",
		  .by = { "peer", "leg" },
		  .n_by = 2,
		  .window = 60 * SEC,
		  .warning = warning },
		{ .name = "base",
		  .by = { "leg", "peer" },
		  .n_by = 2,
		  .window = 60 * SEC,
		  .clear_for = 0,
		  .warning = limit },
	};
	struct engine_spec spec = {
		.rules = rules, .n_rules = 2, .sink = record, .user = tape
	};
	struct expr_error error;
	struct engine *engine = NULL;
	size_t which;

	*tape = (struct tape){ 0 };
	cr_assert_eq(engine_new(&spec, &engine, &which, &error), 0, "%s",
		     error.message);
	return engine;
}

Test(compound, a_rule_that_is_new_after_a_reload_finds_what_is_open)
{
	static struct tape tape, after;
	static char bytes[1 << 20];
	struct engine *engine = engine_of_two(&tape, "rule(base)", "count >= 2");
	struct engine_loaded loaded;
	struct pack pack = { .buf = bytes, .cap = sizeof(bytes) };

	feed(engine, 0, SV_OK, "alpha", "");
	feed(engine, 1, SV_OK, "alpha", "");
	engine_advance(engine, BASE + 2 * SEC);
	cr_expect_str_eq(tape.text, "firing out 1 2 events in 1 min (limit 2), first "
				    "09:30:00 UTC\n"
				    "firing alpha 1 base is open\n");
	engine_save(engine, &pack);
	cr_assert_eq(pack_finish(&pack), 0);

	/* another text: a new rule, which begins at once */
	struct engine *fresh =
		engine_of_two(&after, "rule(base) and rule(base)", "count >= 2");
	struct unpack in = unpack_of(str_make(bytes, pack.len));
	cr_assert_eq(engine_load(fresh, &in, NULL, NULL, &loaded), 0);
	cr_expect_eq(loaded.rules, 1);
	cr_expect_eq(loaded.dropped, 1);
	engine_advance(fresh, BASE + 3 * SEC);
	cr_expect_str_eq(after.text, "firing alpha 2 base is open\n");
	engine_free(fresh);

	/* the other one is new, and not open: what rests on it ends */
	fresh = engine_of_two(&after, "rule(base)", "count >= 9");
	in = unpack_of(str_make(bytes, pack.len));
	cr_assert_eq(engine_load(fresh, &in, NULL, NULL, &loaded), 0);
	engine_advance(fresh, BASE + 3 * SEC);
	cr_expect_str_eq(after.text,
			 "resolved alpha 2 over: base is not open, lasted 1 s\n");
	engine_free(fresh);
	engine_free(engine);
}

Test(compound, numbers_say_more_than_other_rules)
{
	static struct tape tape;
	struct engine *engine = engine_of_two(
		&tape, "rule(base) and not rule('base') or rule(base) and count >= 3",
		"count >= 2");

	for (int i = 0; i < 3; i++)
		feed(engine, i, SV_OK, "alpha", "");
	engine_advance(engine, BASE + 3 * SEC);
	cr_expect(strstr(tape.text, "firing alpha 2 3 events in 1 min (limit 3), first "
				    "09:30:00 UTC, base is open\n"),
		  "%s", tape.text);
	cr_expect_eq(tape.last.n_measure, 3);
	cr_expect_eq(tape.last.measure[0].kind, SV_MEASURE_RULE);
	cr_expect_eq(tape.last.measure[0].value, 1);
	engine_free(engine);
}

Test(compound, a_rule_that_cannot_ask_is_refused)
{
	static const struct {
		const char *warning, *message;
	} rows[] = {
		{ "rule(bse)", "there is no rule 'bse'" },
		{ "rule(ask)", "rules ask each other in a circle: ask, ask" },
		{ "not rule(ask) or count >= 3",
		  "rules ask each other in a circle: ask, ask" },
		{ "rule(other)", "'other' counts by host, this rule by peer+leg" },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		const struct rule_spec rules[] = {
			{ .name = "base",
			  .by = { "peer" },
			  .n_by = 1,
			  .window = SEC,
			  .warning = "count >= 2" },
			{ .name = "ask",
			  .by = { "peer", "leg" },
			  .n_by = 2,
			  .window = SEC,
			  .warning = rows[i].warning },
			{ .name = "other",
			  .by = { "host" },
			  .n_by = 1,
			  .window = SEC,
			  .warning = "count >= 2" },
		};
		struct engine_spec spec = { .rules = rules, .n_rules = 3 };
		struct expr_error error;
		struct engine *engine;
		size_t which;
		cr_expect_eq(engine_new(&spec, &engine, &which, &error), -22);
		cr_expect_eq(which, 1);
		cr_expect_str_eq(error.message, rows[i].message);
	}
}
