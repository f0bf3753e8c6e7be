/* SPDX-License-Identifier: Apache-2.0 */
/* What is usual: how it is written in a rule, and what is kept of it under pressure. That
 * it counts right is the oracle's matter (test_oracle.c). */
#include "base/text.h"
#include "engine/engine.h"
#include "engine/saved.h"

#include <criterion/criterion.h>
#include <errno.h>
#include <stdio.h>

#define SEC SV_USEC_PER_SEC
#define HOUR (3600 * SEC)
#define DAY (24 * HOUR)
#define WEEK (7 * DAY)
/* Monday, 2026-02-16 00:00 UTC */
#define MONDAY (1771200000 * SEC)
#define COUNT(table) (sizeof(table) / sizeof((table)[0]))

static struct rule_spec
rule_of(const char *warning)
{
	return (struct rule_spec){ .name = "calls",
				   .where = "method = INVITE",
				   .by = { "peer" },
				   .n_by = 1,
				   .window = 5 * 60 * SEC,
				   .clear_for = 0,
				   .warning = warning };
}

Test(baseline, mistakes_are_told_at_their_place)
{
	static const struct {
		const char *text;
		size_t pos, len;
		const char *message, *hint;
	} rows[] = {
		{ "count > 4x baselin min 30", 11, 7,
		  "expected 'baseline', not 'baselin'",
		  "count > 4x baseline(1w same-hour) min 30" },
		{ "count > 4x baseline(1w same-hour)", 33, 1,
		  "a baseline needs 'min': with fewer it is not judged",
		  "count > 4x baseline(1w same-hour) min 30" },
		{ "count > 4x baseline(2w same-hour) min 30", 20, 2,
		  "expected 1w or 1d, not '2w'",
		  "baseline(1w same-hour) or baseline(1d same-hour, 5)" },
		{ "count > 4x baseline(1w) min 30", 22, 1,
		  "expected 'same-hour', not ')'",
		  "baseline(1w same-hour) or baseline(1d same-hour, 5)" },
		{ "count > 4x baseline(1w same-hour, 9) min 30", 34, 1,
		  "'9' is no number of earlier weeks or days",
		  "1 to 8, of which the middle one is usual" },
		{ "count > 4x baseline(1w same-hour, 4 min 30", 36, 3,
		  "expected ')', not 'min'",
		  "baseline(1w same-hour) or baseline(1d same-hour, 5)" },
		{ "count > 4x baseline min 0", 24, 1,
		  "'min' needs a whole number, not '0'", "min 30" },
		{ "count < 4x baseline min 30", 8, 2,
		  "an alert is raised by more than is usual", "write >= or >" },
		{ "distinct(user) > 4x baseline min 30", 17, 2,
		  "only counts and ratios have a baseline, before '4x'",
		  "count, ratio(…)" },
		{ "ratio(outcome = ok) < 2x baseline min 5", 22, 2,
		  "'2x' times a share tells little: give points off the baseline",
		  "ratio(outcome = ok) < baseline - 20pt min 50" },
		{ "ratio(outcome = ok) < baseline min 5", 31, 3,
		  "expected - or + and points, not 'min'",
		  "ratio(outcome = ok) < baseline - 20pt min 50" },
		{ "ratio(outcome = ok) < baseline - 20% min 5", 33, 3,
		  "'20%' is no distance from a baseline", "points of a hundred: 20pt" },
		{ "ratio(outcome = ok) < baseline - 120pt min 5", 33, 5,
		  "'120pt' is no distance from a baseline",
		  "points of a hundred: 20pt" },
		{ "ratio(outcome = ok) > baseline - 20pt min 5", 22, 8,
		  "an alert is raised by less than the baseline less its points",
		  "write < or <= for a drop" },
		{ "ratio(outcome = ok) < baseline + 20pt min 5", 22, 8,
		  "an alert is raised by more than is usual", "write >= or >" },
		{ "ratio(outcome = ok) < baseline -", 32, 1, "the condition breaks off",
		  "points of a hundred: 20pt" },
	};

	for (size_t i = 0; i < COUNT(rows); i++) {
		struct rule_spec rule = rule_of(rows[i].text);
		struct expr_error error;
		const char *key = NULL;
		cr_expect_eq(rule_check(&rule, &key, &error), -EINVAL, "%s",
			     rows[i].text);
		cr_expect_str_eq(key, "warning");
		cr_expect_str_eq(error.message, rows[i].message);
		cr_expect_str_eq(error.hint, rows[i].hint);
		cr_expect_eq(error.pos, rows[i].pos, "%s: %zu", rows[i].text,
			     error.pos);
		cr_expect_eq(error.len, rows[i].len, "%s: %zu", rows[i].text,
			     error.len);
	}
}

Test(baseline, a_rule_with_one_has_a_window_of_an_hour_and_a_zone_that_is_there)
{
	struct rule_spec rule = rule_of("count > 4x baseline(1w same-hour) min 30");
	struct expr_error error;
	const char *key = NULL;

	cr_expect_eq(rule_check(&rule, &key, &error), 0, "%s", error.message);
	rule.window = HOUR + SEC;
	cr_expect_eq(rule_check(&rule, &key, &error), -EINVAL);
	cr_expect_str_eq(key, "window");
	rule.window = HOUR;
	rule.timezone = "Europe/Nowhere";
	cr_expect_eq(rule_check(&rule, &key, &error), -EINVAL);
	cr_expect_str_eq(key, "timezone");
	rule.timezone = "Europe/Berlin";
	rule.clear = "count > 2x baseline min 30";
	cr_expect_eq(rule_check(&rule, &key, &error), -EINVAL);
	cr_expect_str_eq(error.message, "'clear' says from where on the alert is over");
	rule.clear = "count < 2x baseline min 30";
	cr_expect_eq(rule_check(&rule, &key, &error), 0, "%s", error.message);
}

/* ---- an engine that is fed calls ---- */

struct rig {
	struct engine *engine;
	unsigned fired, resolved;
	struct sv_measure measure; /* of the last transition */
	char reason[256];
	sv_usec time;
};

static void
take(void *user, const struct sv_alert *alert)
{
	struct rig *rig = user;

	rig->fired += alert->state == SV_ALERT_FIRING;
	rig->resolved += alert->state == SV_ALERT_RESOLVED;
	rig->measure = alert->measure[0];
	rig->time = alert->time;
	snprintf(rig->reason, sizeof(rig->reason), "%.*s", (int)alert->reason.len,
		 alert->reason.ptr);
}

static void
rig_open(struct rig *rig, const struct rule_spec *rule, size_t max_baselines)
{
	struct engine_spec spec = { .rules = rule,
				    .n_rules = 1,
				    .max_bytes = (size_t)8 << 20,
				    .max_keys = 1000,
				    .max_baselines = max_baselines,
				    .sink = take,
				    .user = rig };
	struct expr_error error;
	size_t which;

	*rig = (struct rig){ 0 };
	cr_assert_eq(engine_new(&spec, &rig->engine, &which, &error), 0, "%s",
		     error.message);
}

static void
call(struct rig *rig, const char *peer, sv_usec time, enum sv_outcome outcome)
{
	struct sv_event event = { .time = time,
				  .outcome = outcome,
				  .method = SV_INVITE,
				  .leg = SV_LEG_OUT,
				  .peer = str_of(peer),
				  .count = 1 };

	engine_feed(rig->engine, &event);
}

/** `n` calls from `time` on, one each second, `good` of them, evenly spread, answered. */
static void
calls(struct rig *rig, const char *peer, sv_usec time, unsigned n, unsigned good)
{
	for (unsigned i = 0; i < n; i++)
		call(rig, peer, time + i * SEC,
		     i * good % n < good ? SV_OK : SV_TIMEOUT);
}

Test(baseline, a_monday_is_held_against_mondays)
{
	struct rule_spec rule = rule_of("count > 4x baseline(1w same-hour) min 30");
	struct rig rig;

	rig_open(&rig, &rule, 0);
	calls(&rig, "pstn", MONDAY, 1, 1);
	/* 60 an hour are 5 in 5 minutes; one Monday was a holiday, one a storm */
	for (unsigned week = 0; week < 4; week++)
		for (unsigned k = 0; k < 12; k++)
			calls(&rig, "pstn",
			      MONDAY + week * WEEK + 9 * HOUR + k * 300 * SEC,
			      week == 1   ? 0
			      : week == 2 ? 200
					  : 5,
			      5);
	/* the storm, in the third week, against one holiday and one Monday: 2.5 */
	cr_expect_eq(rig.fired, 1);
	cr_expect_eq(rig.resolved, 1);
	calls(&rig, "pstn", MONDAY + 4 * WEEK + 9 * HOUR + 600 * SEC, 20, 20);
	cr_expect_eq(rig.fired, 1, "20 are four times 5, not more");
	calls(&rig, "pstn", MONDAY + 4 * WEEK + 9 * HOUR + 620 * SEC, 10, 10);
	cr_expect_eq(rig.fired, 2, "30 are enough");
	cr_expect_eq(rig.measure.kind, SV_MEASURE_BASELINE);
	cr_expect_eq(rig.measure.numerator, 30);
	cr_expect_eq(rig.measure.min, 30);
	cr_expect_eq(rig.measure.periods, 4);
	cr_expect_float_eq(rig.measure.usual, 5, 1e-9);
	cr_expect_float_eq(rig.measure.warning, 20, 1e-9);
	cr_expect_str_eq(
		rig.reason,
		"30 events in 5 min, usual at this hour: 5 (middle of 4 weeks) "
		"(limit 20, 4 times the usual and at least 30), first 09:10:00 UTC");
	engine_free(rig.engine);
}

Test(baseline, what_is_not_known_raises_nothing)
{
	struct rule_spec rule = rule_of("count > 4x baseline(1w same-hour) min 30");
	struct rig rig;

	rig_open(&rig, &rule, 0);
	/* the hour in which learning began is not known as a whole */
	calls(&rig, "pstn", MONDAY + 30 * 60 * SEC, 1, 1);
	calls(&rig, "pstn", MONDAY + WEEK + 10 * 60 * SEC, 250, 250);
	cr_expect_eq(rig.fired, 0);
	/* the next one is: nothing came, and any 30 are more than usual */
	calls(&rig, "pstn", MONDAY + WEEK + HOUR + 10 * 60 * SEC, 29, 29);
	cr_expect_eq(rig.fired, 0);
	calls(&rig, "pstn", MONDAY + WEEK + HOUR + 10 * 60 * SEC + 29 * SEC, 1, 1);
	cr_expect_eq(rig.fired, 1);
	/* whoever is new is held against nothing, too */
	calls(&rig, "new", MONDAY + WEEK + 2 * HOUR, 250, 250);
	cr_expect_eq(rig.fired, 2);
	engine_free(rig.engine);
}

Test(baseline, fewer_answered_calls_than_usual)
{
	struct rule_spec rule =
		rule_of("ratio(outcome = ok) < baseline(1d same-hour) - 20pt min 20");
	struct rig rig;

	rule.window = HOUR;
	rig_open(&rig, &rule, 0);
	calls(&rig, "pstn", MONDAY, 1, 1);
	for (unsigned day = 0; day < 3; day++)
		calls(&rig, "pstn", MONDAY + day * DAY + 9 * HOUR + 60 * SEC, 100,
		      day == 1 ? 10 : 60 + day);
	cr_expect_eq(rig.fired, 1, "10 %% are less than 60 %% less 20 points");
	/* 60 %, 10 % and 62 %: the middle is 60 % */
	calls(&rig, "pstn", MONDAY + 3 * DAY + 9 * HOUR + HOUR - 500 * SEC, 40, 40);
	calls(&rig, "pstn", MONDAY + 3 * DAY + 9 * HOUR + HOUR - 450 * SEC, 60, 0);
	engine_advance(rig.engine, MONDAY + 3 * DAY + 10 * HOUR - 389 * SEC);
	cr_expect_eq(rig.fired, 1, "40 %% are not less than 60 %% less 20 points");
	calls(&rig, "pstn", MONDAY + 3 * DAY + 10 * HOUR - 388 * SEC, 1, 0);
	engine_advance(rig.engine, MONDAY + 3 * DAY + 10 * HOUR - SEC);
	cr_expect_eq(rig.fired, 2);
	cr_expect_eq(rig.measure.numerator, 40);
	cr_expect_eq(rig.measure.denominator, 101);
	cr_expect_float_eq(rig.measure.usual, 0.6, 1e-9);
	cr_expect_float_eq(rig.measure.warning, 0.4, 1e-9);
	cr_expect_float_eq(rig.measure.clear, 0.5, 1e-9);
	cr_expect_str_eq(
		rig.reason,
		"40 of 101 calls: 40 % in 1 h, usual at this hour: 60 % "
		"(middle of 3 days) (limit 40 %, 20 points below the usual), first "
		"09:51:40 UTC");
	engine_free(rig.engine);
}

Test(baseline, summer_time_moves_the_hours_of_a_zone)
{
	static const struct {
		const char *zone;
		unsigned fired;
	} rows[] = { { "Europe/Berlin", 0 }, { NULL, 1 } };
	/* Monday 2026-03-23 is winter time in Berlin, the 30th summer time */
	sv_usec winter = MONDAY + 5 * WEEK, summer = MONDAY + 6 * WEEK;

	for (size_t i = 0; i < COUNT(rows); i++) {
		struct rule_spec rule =
			rule_of("count > 4x baseline(1w same-hour, 1) min 30");
		struct rig rig;
		rule.timezone = rows[i].zone;
		rig_open(&rig, &rule, 0);
		calls(&rig, "pstn", winter, 1, 1);
		/* 09:00 in Berlin */
		for (unsigned k = 0; k < 12; k++)
			calls(&rig, "pstn", winter + 8 * HOUR + k * 300 * SEC, 50, 50);
		calls(&rig, "pstn", summer + 7 * HOUR + 600 * SEC, 50, 50);
		cr_expect_eq(rig.fired, rows[i].fired, "zone %zu: %u", i, rig.fired);
		engine_free(rig.engine);
	}
}

static void
reopen(struct rig *rig, const struct rule_spec *rule)
{
	static char bytes[4 << 20];
	struct pack pack = { .buf = bytes, .cap = sizeof(bytes) };
	struct engine *old = rig->engine;
	struct engine_loaded loaded;

	engine_save(old, &pack);
	cr_assert_eq(pack_finish(&pack), 0);
	engine_free(old);
	struct unpack in = unpack_of(str_make(bytes, pack.len));
	rig_open(rig, rule, 0);
	cr_assert_eq(engine_load(rig->engine, &in, NULL, NULL, &loaded), 0);
}

Test(baseline, another_limit_does_not_forget_what_is_usual)
{
	struct rule_spec rule = rule_of("count > 4x baseline(1w same-hour) min 30");
	struct rig rig;

	rig_open(&rig, &rule, 0);
	calls(&rig, "pstn", MONDAY, 1, 1);
	for (unsigned k = 0; k < 12; k++)
		calls(&rig, "pstn", MONDAY + 9 * HOUR + k * 300 * SEC, 20, 20);
	rule.warning = "count > 2x baseline(1w same-hour) min 30";
	reopen(&rig, &rule);
	calls(&rig, "pstn", MONDAY + WEEK + 9 * HOUR + 600 * SEC, 40, 40);
	cr_expect_eq(rig.fired, 0);
	calls(&rig, "pstn", MONDAY + WEEK + 9 * HOUR + 640 * SEC, 1, 1);
	cr_expect_eq(rig.fired, 1);
	cr_expect_float_eq(rig.measure.usual, 20, 1e-9);
	/* what counts something else begins anew */
	rule.where = "method = INVITE and leg = out";
	reopen(&rig, &rule);
	calls(&rig, "pstn", MONDAY + 2 * WEEK + 9 * HOUR + 600 * SEC, 250, 250);
	cr_expect_eq(rig.fired, 0);
	engine_free(rig.engine);
}

Test(baseline, a_flood_of_names_does_not_drive_out_who_is_known)
{
	struct rule_spec rule = rule_of("count > 4x baseline(1w same-hour) min 30");
	struct engine_stats stats;
	struct rig rig;
	char name[16];

	rig_open(&rig, &rule, 32);
	calls(&rig, "pstn", MONDAY, 1, 1);
	for (unsigned hour = 1; hour < 20; hour++)
		for (unsigned k = 0; k < 12; k++)
			calls(&rig, "pstn", MONDAY + hour * HOUR + k * 300 * SEC, 20,
			      20);
	for (unsigned i = 0; i < 20000; i++) {
		snprintf(name, sizeof(name), "x%u", i);
		calls(&rig, name, MONDAY + 20 * HOUR + i * SEC, 1, 1);
	}
	engine_stats_get(rig.engine, &stats);
	cr_expect_eq(stats.baselines, 32);
	cr_expect_eq(stats.baselines_refused, 20000 - 31);
	calls(&rig, "pstn", MONDAY + WEEK + 9 * HOUR + 600 * SEC, 80, 80);
	cr_expect_eq(rig.fired, 0);
	calls(&rig, "pstn", MONDAY + WEEK + 9 * HOUR + 680 * SEC, 1, 1);
	cr_expect_eq(rig.fired, 1, "it still knows what is usual there");
	/* of names that are not known any more it is not known that there was none */
	calls(&rig, "x1", MONDAY + WEEK + 10 * HOUR, 250, 250);
	cr_expect_eq(rig.fired, 1);
	engine_free(rig.engine);
}

Test(baseline, what_nobody_looks_back_at_goes)
{
	struct rule_spec rule = rule_of("count > 4x baseline(1d same-hour, 2) min 30");
	struct engine_stats stats;
	struct rig rig;
	char name[16];

	rig_open(&rig, &rule, 16);
	calls(&rig, "pstn", MONDAY, 1, 1);
	/* sixteen that are well known, and gone */
	for (unsigned hour = 1; hour < 20; hour++)
		for (unsigned i = 0; i < 15; i++) {
			snprintf(name, sizeof(name), "x%u", i);
			calls(&rig, name, MONDAY + hour * HOUR, 1, 1);
		}
	for (unsigned hour = 0; hour < 24; hour++)
		calls(&rig, "late", MONDAY + 9 * DAY + hour * HOUR, 40, 40);
	engine_stats_get(rig.engine, &stats);
	cr_expect_eq(stats.baselines_refused, 0);
	cr_expect_leq(stats.baselines, 16);
	/* an hour each of 24 days and more: rows go with time */
	for (unsigned day = 10; day < 400; day++)
		calls(&rig, "late", MONDAY + day * DAY, 5, 5);
	engine_stats_get(rig.engine, &stats);
	cr_expect_lt(stats.bytes, 16 * 1024, "%zu", stats.bytes);
	engine_free(rig.engine);
}
