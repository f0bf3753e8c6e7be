/* SPDX-License-Identifier: Apache-2.0 */
/* Looking over the engine's shoulder: the probe, nearness, and why there was no alert. */
#include "base/address.h"
#include "base/text.h"
#include "engine/inquiry.h"
#include "engine/plan.h"
#include "engine/rule.h"

#include <criterion/criterion.h>
#include <stdio.h>

#define COUNT(table) (sizeof(table) / sizeof((table)[0]))
#define SEC SV_USEC_PER_SEC
#define BASE (1795339800 * SEC) /* 2026-11-22T09:30:00Z */

static struct reading
reading_of(uint32_t all, uint32_t part, uint32_t values)
{
	struct reading reading = { .series = { all, part, part },
				   .distinct = { values, values } };
	return reading;
}

Test(probe, nearness_of_conditions)
{
	static const struct {
		const char *condition;
		uint32_t all, part, values;
		double share;
		const char *words;
	} rows[] = {
		{ "count >= 10", 8, 0, 0, 0.8, "8 of 10 in 5 min" },
		{ "count >= 10", 10, 0, 0, 1, "10 of 10 in 5 min" },
		{ "count > 10", 10, 0, 0, 0.99999, "10 of 10 in 5 min" },
		{ "count > 10", 11, 0, 0, 1.1, "11 of 10 in 5 min" },
		{ "count >= 10 or distinct(user) >= 4", 5, 0, 3, 0.75,
		  "3 of 4 in 5 min" },
		{ "count >= 10 and distinct(user) >= 4", 5, 0, 3, 0.5,
		  "5 of 10 in 5 min" },
		{ "rate >= 2/min", 5, 0, 0, 0.5, "1 of 2/min in 5 min" },
		{ "ratio(code = 503) >= 20% min 10", 40, 4, 0, 0.5,
		  "10 % of 40 (limit 20 %) in 5 min" },
		{ "ratio(code = 503) >= 20% min 10", 5, 4, 0, 0.5,
		  "4 of 5 (judged from 10 on) in 5 min" },
		{ "ratio(code = 503) >= 20% min 10", 0, 0, 0, 0,
		  "0 of 0 (judged from 10 on) in 5 min" },
		{ "consecutive(code = 503) >= 10", 9, 3, 0, 0.3,
		  "3 of 10 in a row, in 5 min" },
	};

	for (size_t i = 0; i < COUNT(rows); i++) {
		const struct rule_spec rule = { .name = "r",
						.window = 300 * SEC,
						.warning = rows[i].condition };
		struct reading reading =
			reading_of(rows[i].all, rows[i].part, rows[i].values);
		struct expr_error error;
		struct nearness near;
		struct plan *plan;
		struct buffer words;
		const char *key;
		cr_assert_eq(plan_new(&rule, &plan, &key, &error), 0, "%s",
			     error.message);
		probe_near_plan(plan, &reading, &near);
		buffer_init(&words);
		probe_near_words(&words, &near, plan->window);
		buffer_add_char(&words, '\0');
		cr_expect_str_eq(words.ptr, rows[i].words);
		cr_expect(near.share > rows[i].share - 1e-4 &&
				  near.share < rows[i].share + 1e-4,
			  "%s: %g", rows[i].condition, near.share);
		cr_expect_eq(near.share >= 1,
			     condition_holds(&plan->warning, &plan->measures, &reading),
			     "%s", rows[i].condition);
		buffer_done(&words);
		plan_free(plan);
	}
}

/** What was learned of the hour: a count of it, or a share in percent. */
static void
learn(struct reading *reading, const struct measures *m, uint64_t usual,
      uint32_t periods)
{
	for (size_t i = 0; i < m->n; i++) {
		const struct measure *what = &m->measure[i];
		uint64_t doubled = 2 * usual;
		if (what->kind != SV_MEASURE_BASELINE)
			continue;
		if (what->baseline.share)
			doubled = 2 * usual * BASELINE_SHARE / 100;
		reading->baseline[i] = (struct baseline_value){ .low = doubled,
								.high = doubled,
								.periods = periods };
	}
}

Test(probe, nearness_to_what_is_usual)
{
	static const char times[] = "count > 4x baseline(1w same-hour) min 30";
	static const char drop[] = "ratio(code = 503) < baseline - 20pt min 50";
	static const char rise[] = "ratio(code = 503) > baseline + 20pt min 50";
	static const struct {
		const char *condition;
		uint32_t all, part;
		uint64_t usual; /* in the hour */
		uint32_t periods;
		double share;
		const char *words;
	} rows[] = {
		{ times, 300, 0, 0, 0, 0, "still learning what is usual" },
		{ times, 16, 0, 96, 3, 0.5 * 16 / 30,
		  "16 (judged from 30 on) in 5 min" },
		{ times, 32, 0, 96, 3, 0.99999, "32 of 32 at this hour in 5 min" },
		{ times, 40, 0, 96, 3, 1.25, "40 of 32 at this hour in 5 min" },
		{ times, 30, 0, 15, 1, 6, "30 of 5 at this hour in 5 min" },
		{ times, 0, 0, 96, 3, 0, "0 (judged from 30 on) in 5 min" },
		{ drop, 60, 36, 50, 2, 0.5,
		  "60 % of 60 (limit 30 % at this hour) in 5 min" },
		{ drop, 50, 8, 50, 2, 1.875,
		  "16 % of 50 (limit 30 % at this hour) in 5 min" },
		{ drop, 50, 0, 50, 2, 1,
		  "0 % of 50 (limit 30 % at this hour) in 5 min" },
		{ drop, 25, 0, 50, 2, 0.5, "25 (judged from 50 on) in 5 min" },
		{ rise, 50, 25, 30, 2, 0.99999,
		  "50 % of 50 (limit 50 % at this hour) in 5 min" },
		{ rise, 50, 40, 30, 2, 1.6,
		  "80 % of 50 (limit 50 % at this hour) in 5 min" },
	};

	for (size_t i = 0; i < COUNT(rows); i++) {
		const struct rule_spec rule = { .name = "r",
						.window = 300 * SEC,
						.warning = rows[i].condition };
		struct reading reading = reading_of(rows[i].all, rows[i].part, 0);
		struct expr_error error;
		struct nearness near;
		struct plan *plan;
		struct buffer words;
		const char *key;
		cr_assert_eq(plan_new(&rule, &plan, &key, &error), 0, "%s",
			     error.message);
		learn(&reading, &plan->measures, rows[i].usual, rows[i].periods);
		probe_near_plan(plan, &reading, &near);
		buffer_init(&words);
		probe_near_words(&words, &near, plan->window);
		buffer_add_char(&words, '\0');
		cr_expect_str_eq(words.ptr, rows[i].words);
		cr_expect(near.share > rows[i].share - 1e-4 &&
				  near.share < rows[i].share + 1e-4,
			  "row %zu: %g", i, near.share);
		cr_expect_eq(near.share >= 1,
			     condition_holds(&plan->warning, &plan->measures, &reading),
			     "row %zu", i);
		buffer_done(&words);
		plan_free(plan);
	}
}

static const char *const office[] = { "198.51.100.0/24", "192.0.2.7" };
static const struct list_place places[] = { { "/etc/a.txt", 3 }, { "/etc/b.txt", 9 } };
static const struct list_spec lists[] = { { "trusted", office, 2, places } };
static const struct rule_spec rules[] = {
	{ .name = "brute",
	  .where = "outcome = rejected and leg = in",
	  .by = { "peer_ip" },
	  .n_by = 1,
	  .window = 300 * SEC,
	  .warning = "count >= 10",
	  .clear_for = 10 * SEC,
	  .cooldown = 600 * SEC,
	  .except = { "trusted" },
	  .n_except = 1 },
	{ .name = "off", .window = SEC, .warning = "count >= 1", .mode = RULE_OFF },
	{ .name = "net",
	  .where = "outcome in (rejected, unknown)",
	  .by = { "prefix" },
	  .n_by = 1,
	  .window = 600 * SEC,
	  .warning = "count >= 40" },
	{ .name = "any",
	  .where = "outcome = rejected or outcome = busy and leg = out",
	  .by = { "peer_ip", "user" },
	  .n_by = 2,
	  .window = 60 * SEC,
	  .warning = "count >= 4" },
};

struct bench {
	struct engine_spec spec;
	struct engine *engine;
	struct inquiry *inquiry;
	struct buffer json;
};

static void
pass_alert(void *user, const struct sv_alert *alert)
{
	struct bench *bench = user;

	if (bench->inquiry)
		inquiry_alert(bench->inquiry, alert);
}

static int
begin(struct bench *bench, const char *rule, const char *const *keys, size_t n,
      struct expr_error *error)
{
	size_t which;

	*bench = (struct bench){ .spec = { .rules = rules,
					   .n_rules = COUNT(rules),
					   .lists = lists,
					   .n_lists = 1,
					   .sink = pass_alert,
					   .user = bench } };
	buffer_init(&bench->json);
	cr_assert_eq(engine_new(&bench->spec, &bench->engine, &which, error), 0);
	int r = inquiry_new(&(struct inquiry_question){ bench->engine, &bench->spec,
							rule, keys, n },
			    &bench->inquiry, error);
	if (r == 0)
		probe_set(bench->engine, inquiry_seen, bench->inquiry);
	return r;
}

static void
end(struct bench *bench)
{
	inquiry_free(bench->inquiry);
	engine_free(bench->engine);
	buffer_done(&bench->json);
}

static const char *
json(struct bench *bench)
{
	buffer_clear(&bench->json);
	inquiry_json(bench->inquiry, &bench->json, false);
	buffer_add_char(&bench->json, '\0');
	return bench->json.ptr;
}

static void
feed(struct bench *bench, double sec, const char *ip, const char *user,
     enum sv_outcome outcome, enum sv_leg leg)
{
	struct sv_event e = {
		.time = BASE + (sv_usec)(sec * 1e6),
		.outcome = outcome,
		.leg = leg,
		.count = 1,
		.claim = { .user = { user, strlen(user) } },
		.records = { { .source = SV_STR("file:full"), .line = 7 } },
		.n_records = 1,
	};

	cr_assert(address_parse(str_of(ip), &e.peer_ip));
	engine_feed(bench->engine, &e);
	inquiry_event(bench->inquiry, &e);
}

#define HAS(bench, text) cr_expect(strstr(json(bench), text), "%s", json(bench))

Test(inquiry, says_what_did_not_count_and_why)
{
	const char *key = "203.0.113.9";
	struct expr_error error;
	struct bench b;

	cr_assert_eq(begin(&b, "brute", &key, 1, &error), 0);
	for (int i = 0; i < 3; i++)
		feed(&b, i, key, "1001", SV_REJECTED, SV_LEG_IN);
	for (int i = 0; i < 8; i++)
		feed(&b, 1000 + i, key, "1001", SV_REJECTED, SV_LEG_IN);
	for (int i = 0; i < 5; i++)
		feed(&b, 1010 + i, key, "1002", SV_UNKNOWN, SV_LEG_IN);
	for (int i = 0; i < 2; i++)
		feed(&b, 1020 + i, key, "1002", SV_REJECTED, SV_LEG_OUT);
	feed(&b, 1022, key, "1002", SV_OK, SV_LEG_IN);
	feed(&b, 1022, "203.0.113.10", "1002", SV_REJECTED, SV_LEG_IN);
	feed(&b, 900, key, "1002", SV_REJECTED, SV_LEG_IN);
	HAS(&b, "\"raised\":false");
	HAS(&b, "\"counted\":11");
	HAS(&b, "\"nearest\":{\"words\":\"8 of 10 in 5 min\"");
	HAS(&b, "\"time\":\"2026-11-22T09:46:47.000000Z\"");
	HAS(&b, "{\"why\":\"where\",\"events\":5,\"asks\":\"outcome = rejected\","
		"\"field\":\"outcome\",\"value\":\"unknown\"");
	/* the network's 16 are all of it: of two addresses */
	HAS(&b,
	    "\"counted_by\":{\"rule\":\"net\",\"events\":5,\"nearest\":{\"words\":\"16 "
	    "of 40 in 10 min\"");
	HAS(&b,
	    "{\"why\":\"where\",\"events\":2,\"asks\":\"leg = in\",\"field\":\"leg\","
	    "\"value\":\"out\"");
	HAS(&b, "{\"why\":\"late\",\"events\":1");
	HAS(&b, "{\"why\":\"window\",\"events\":3,\"counted_by\":{\"rule\":\"net\"");
	cr_expect_eq(inquiry_answer(b.inquiry), 0);
	end(&b);
}

Test(inquiry, names_the_entry_of_a_list)
{
	const char *key = "198.51.100.200";
	struct expr_error error;
	struct bench b;

	cr_assert_eq(begin(&b, "brute", &key, 1, &error), 0);
	feed(&b, 1, key, "1001", SV_REJECTED, SV_LEG_IN);
	HAS(&b, "{\"why\":\"list\",\"events\":1,\"list\":\"trusted\",\"entry\":\"198."
		"51.100."
		"0/24\",\"file\":\"/etc/a.txt\",\"line\":3");
	end(&b);
}

Test(inquiry, tells_of_alerts_and_of_the_time_after)
{
	const char *key = "203.0.113.9";
	struct expr_error error;
	struct bench b;

	cr_assert_eq(begin(&b, "brute", &key, 1, &error), 0);
	for (int i = 0; i < 10; i++)
		feed(&b, i, key, "1001", SV_REJECTED, SV_LEG_IN);
	for (int i = 0; i < 12; i++)
		feed(&b, 400 + i, key, "1001", SV_REJECTED, SV_LEG_IN);
	HAS(&b, "\"raised\":true");
	HAS(&b, "{\"time\":\"2026-11-22T09:30:09.000000Z\",\"state\":\"firing\","
		"\"severity\":\"warning\"");
	HAS(&b, "\"state\":\"resolved\"");
	HAS(&b, "\"cooldown\":{\"events\":3");
	cr_expect_eq(inquiry_answer(b.inquiry), 1);
	end(&b);
}

Test(inquiry, keys_of_several_fields_and_of_networks)
{
	static const struct {
		const char *rule;
		const char *keys[2];
		size_t n;
		const char *has;
	} rows[] = {
		{ "any",
		  { "203.0.113.9" },
		  1,
		  "\"counted\":3,\"nearest\":{\"words\":\"2 " },
		{ "any",
		  { "peer_ip=203.0.113.9", "user=1002" },
		  2,
		  "\"counted\":1,\"nearest\":{\"words\":\"1 " },
		{ "any", { "1001" }, 1, "\"counted\":3,\"nearest\":{\"words\":\"2 " },
		/* an address asks for itself, but the network's count is what is judged */
		{ "net",
		  { "203.0.113.9" },
		  1,
		  "\"counted\":3,\"nearest\":{\"words\":\"4 " },
		{ "net",
		  { "203.0.113.0/24" },
		  1,
		  "\"counted\":4,\"nearest\":{\"words\":\"4 " },
		{ "net",
		  { "192.0.2.0/24" },
		  1,
		  "\"events\":0,\"counted\":0,\"not_counted\":[]" },
	};

	for (size_t i = 0; i < COUNT(rows); i++) {
		struct expr_error error;
		struct bench b;
		cr_assert_eq(begin(&b, rows[i].rule, rows[i].keys, rows[i].n, &error),
			     0, "%s", error.message);
		feed(&b, 1, "203.0.113.9", "1001", SV_REJECTED, SV_LEG_IN);
		feed(&b, 2, "203.0.113.9", "1001", SV_REJECTED, SV_LEG_IN);
		feed(&b, 3, "203.0.113.9", "1002", SV_REJECTED, SV_LEG_IN);
		feed(&b, 4, "203.0.113.10", "1001", SV_REJECTED, SV_LEG_IN);
		HAS(&b, rows[i].has);
		end(&b);
	}
}

Test(inquiry, mistakes_name_what_was_meant)
{
	static const struct {
		const char *rule, *key, *message, *hint;
	} rows[] = {
		{ "brut", "1.2.3.4", "there is no rule, or it is off: 'brut'",
		  "did you mean 'brute'?" },
		{ "off", "1.2.3.4", "this rule is off: 'off'", "" },
		{ "brute", "", "not a key: ''", "203.0.113.9, peer=carrier-a" },
		{ "brute", "per_ip=1.2.3.4", "unknown field: 'per_ip=1.2.3.4'",
		  "did you mean 'peer_ip'?" },
	};

	for (size_t i = 0; i < COUNT(rows); i++) {
		struct expr_error error;
		struct bench b;
		cr_expect_eq(begin(&b, rows[i].rule, &rows[i].key, 1, &error), -22);
		cr_expect_str_eq(error.message, rows[i].message);
		cr_expect_str_eq(error.hint, rows[i].hint);
		end(&b);
	}
}

Test(inquiry, rows_are_bounded)
{
	const char *key = "user=1001";
	struct expr_error error;
	struct bench b;
	char user[32];

	cr_assert_eq(begin(&b, "any", &key, 1, &error), 0);
	for (unsigned i = 0; i < 60; i++) {
		enum sv_outcome outcome = (enum sv_outcome)(i % SV_OUTCOME_COUNT);
		if (outcome == SV_GAP)
			continue;
		snprintf(user, sizeof(user), "%u", 1001);
		feed(&b, i, "203.0.113.9", user, outcome, SV_LEG_IN);
	}
	cr_expect_leq(b.inquiry->n_rows, INQUIRY_MAX_ROWS);
	end(&b);
}

struct order {
	sv_usec last;
	size_t n;
};

static void
in_order(void *user, const struct sv_event *event)
{
	struct order *order = user;

	cr_expect_gt(event->time, order->last);
	order->last = event->time;
	order->n++;
}

Test(probe, recent_events_come_oldest_first)
{
	const char *key = "203.0.113.9";
	struct expr_error error;
	struct order order = { 0 };
	struct bench b;

	cr_assert_eq(begin(&b, "brute", &key, 1, &error), 0);
	/* more than the ring has room for */
	for (int i = 0; i < 20000; i++)
		feed(&b, i, "203.0.113.10", "1001", SV_REJECTED, SV_LEG_IN);
	int n = probe_recent(b.engine, in_order, &order);
	cr_expect_gt(n, 1000);
	cr_expect_lt(n, 20000);
	cr_expect_eq(order.n, (size_t)n);
	cr_expect_eq(order.last, BASE + 19999 * SEC);
	end(&b);
}
