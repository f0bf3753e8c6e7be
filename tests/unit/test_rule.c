/* SPDX-License-Identifier: Apache-2.0 */
#include "base/text.h"
#include "engine/condition.h"
#include "engine/rule.h"

#include <criterion/criterion.h>

#define COUNT(table) (sizeof(table) / sizeof((table)[0]))
#define SEC SV_USEC_PER_SEC

/* series: all, timeout, ok; distinct: user */
struct numbers {
	uint32_t all, timeout, ok, users;
};

Test(condition, limits_are_inclusive_and_arithmetic_is_exact)
{
	static const struct {
		const char *text;
		struct numbers n;
		bool holds, half;
	} rows[] = {
		{ "count >= 10", { 10, 0, 0, 0 }, true, false },
		{ "count >= 10", { 9, 0, 0, 0 }, false, false },
		{ "count >= 10", { 5, 0, 0, 0 }, false, false },
		{ "count >= 10", { 4, 0, 0, 0 }, false, true },
		{ "count >= 1", { 0, 0, 0, 0 }, false, true },
		{ "count >= 1", { 1, 0, 0, 0 }, true, false },
		{ "count > 10", { 10, 0, 0, 0 }, false, false },
		{ "rate >= 2/s", { 120, 0, 0, 0 }, true, false },
		{ "rate >= 2/s", { 119, 0, 0, 0 }, false, false },
		{ "rate >= 120/min", { 120, 0, 0, 0 }, true, false },
		{ "rate > 0.5/s", { 30, 0, 0, 0 }, false, false },
		{ "rate > 0.5/s", { 31, 0, 0, 0 }, true, false },
		{ "rate >= 3600/h", { 59, 0, 0, 0 }, false, false },
		{ "rate >= 3600/h", { 60, 0, 0, 0 }, true, false },
		{ "ratio(outcome = timeout) >= 7%", { 100, 7, 0, 0 }, true, false },
		{ "ratio(outcome = timeout) >= 7%", { 101, 7, 0, 0 }, false, false },
		{ "ratio(outcome = timeout) >= 0.07", { 100, 7, 0, 0 }, true, false },
		{ "ratio(outcome = timeout) >= 10% min 20",
		  { 19, 19, 0, 0 },
		  false,
		  false },
		{ "ratio(outcome = timeout) >= 10% min 20",
		  { 20, 2, 0, 0 },
		  true,
		  false },
		{ "ratio(outcome = timeout) >= 10% min 20",
		  { 9, 9, 0, 0 },
		  false,
		  true },
		{ "ratio(outcome = timeout) >= 10% min 20",
		  { 100, 4, 0, 0 },
		  false,
		  true },
		{ "ratio(outcome = timeout) >= 0%", { 0, 0, 0, 0 }, false, true },
		{ "ratio(outcome = timeout / outcome = ok) >= 50%",
		  { 9, 1, 2, 0 },
		  true,
		  false },
		{ "ratio(outcome = timeout / outcome = ok) >= 50%",
		  { 9, 1, 3, 0 },
		  false,
		  false },
		{ "distinct(user) >= 3", { 9, 0, 0, 3 }, true, false },
		{ "count >= 30 or distinct(user) >= 10",
		  { 12, 0, 0, 10 },
		  true,
		  false },
		{ "count >= 30 or distinct(user) >= 10",
		  { 14, 0, 0, 5 },
		  false,
		  false },
		{ "count >= 30 or distinct(user) >= 10", { 14, 0, 0, 4 }, false, true },
		{ "count >= 30 and distinct(user) >= 10",
		  { 30, 0, 0, 9 },
		  false,
		  false },
		{ "count >= 30 and distinct(user) >= 10",
		  { 30, 0, 0, 4 },
		  false,
		  true },
		{ "(count >= 3 or rate >= 9/s) and distinct(user) >= 2",
		  { 3, 0, 0, 2 },
		  true,
		  false },
		{ "count >= 3 or rate >= 9/s and distinct(user) >= 2",
		  { 3, 0, 0, 0 },
		  true,
		  false },
	};

	for (size_t i = 0; i < COUNT(rows); i++) {
		struct measures m;
		struct condition c, half;
		struct expr_error error = { 0 };
		struct reading reading = { .series = { rows[i].n.all },
					   .distinct = { rows[i].n.users } };
		measures_init(&m, 60 * SEC);
		cr_assert_eq(condition_parse(&c, &m, str_of(rows[i].text),
					     CONDITION_RAISES, &error),
			     0, "%s: %s", rows[i].text, error.message);
		for (size_t k = 1; k < m.n_series; k++)
			reading.series[k] =
				strcmp(m.series[k].text, "outcome = ok") == 0
					? rows[i].n.ok
					: rows[i].n.timeout;
		cr_expect_eq(condition_holds(&c, &m, &reading), rows[i].holds,
			     "row %zu: %s", i, rows[i].text);
		condition_half(&c, &half);
		cr_expect_eq(condition_holds(&half, &m, &reading), rows[i].half,
			     "row %zu, clear of: %s", i, rows[i].text);
		measures_done(&m);
	}
}

Test(condition, mistakes_have_a_place_and_a_remedy)
{
	static const struct {
		const char *text;
		size_t pos, len;
		const char *message, *hint;
	} rows[] = {
		{ "cuont >= 10", 0, 5, "unknown measure 'cuont'",
		  "did you mean 'count'?" },
		{ "consecutiv(failure) >= 10", 0, 10, "unknown measure 'consecutiv'",
		  "did you mean 'consecutive'?" },
		{ "baseline >= 10", 0, 8, "unknown measure 'baseline'",
		  "count, rate, ratio(…), distinct(field), consecutive(…), "
		  "sequence(…)" },
		{ "sequence(failure) >= 5", 16, 1,
		  "a sequence needs two expressions with 'then' in between",
		  "sequence(outcome = rejected then outcome = ok) >= 5" },
		{ "sequence(failure / outcome = ok) >= 5", 31, 1,
		  "a sequence needs two expressions with 'then' in between",
		  "sequence(outcome = rejected then outcome = ok) >= 5" },
		{ "sequence(failure then outcme = ok) >= 5", 22, 6,
		  "unknown field 'outcme'", "did you mean 'outcome'?" },
		{ "consecutive >= 10", 12, 2, "expected '(' after 'consecutive'",
		  "consecutive(outcome = timeout) >= 10" },
		{ "consecutive(failur) >= 10", 12, 6, "unknown field 'failur'",
		  "did you mean 'failure'?" },
		{ "consecutive(failure) >= 50%", 24, 3, "'50%' is no limit",
		  "a whole number: consecutive(outcome = timeout) >= 10" },
		{ "consecutive(failure >= 10", 25, 1,
		  "the measure's '(' is never closed", "" },
		{ "count", 5, 1, "expected a comparison, not ''", ">= > < <=" },
		{ "count = 10", 6, 1, "expected a comparison, not '='", ">= > < <=" },
		{ "count >= ten", 9, 3, "'ten' is no limit",
		  "a whole number: count >= 10" },
		{ "count >= 10%", 9, 3, "'10%' is no limit",
		  "a whole number: count >= 10" },
		{ "count >= 1.5", 9, 3, "'1.5' is no limit",
		  "a whole number: count >= 10" },
		{ "count >=", 8, 1, "the limit is missing",
		  "a whole number: count >= 10" },
		{ "rate > 20", 7, 2, "'20' is no limit",
		  "a number per time: rate > 20/s" },
		{ "ratio(outcome = busy) >= 120%", 25, 4, "'120%' is no limit",
		  "a share up to 100%: 10%" },
		{ "ratio(outcome = bsy) >= 12%", 16, 3, "'bsy' is no outcome",
		  "did you mean 'busy'?" },
		{ "ratio(outcome = ok / code = x) >= 12%", 28, 1,
		  "'x' is no code (0 to 999)",
		  "a number such as 403, or a class: 4xx" },
		{ "ratio(outcome = ok", 18, 1, "the measure's '(' is never closed",
		  "" },
		{ "ratio >= 5%", 6, 2, "expected '(' after 'ratio'",
		  "ratio(outcome = timeout) >= 10% min 20" },
		{ "distinct(usr) >= 3", 9, 3, "unknown field 'usr'",
		  "did you mean 'user'?" },
		{ "distinct(count) >= 3", 9, 5, "'count' cannot be counted by value",
		  "" },
		{ "count >= 3 min 4", 11, 3, "'min' belongs to a ratio", "" },
		{ "ratio(failure) >= 3% min x", 25, 1,
		  "'min' needs a whole number: the least denominator", "min 20" },
		{ "count >= 3 count >= 4", 11, 5,
		  "expected 'and' or 'or' before 'count'", "" },
		{ "(count >= 3", 11, 1, "expected ')'", "" },
		{ "", 0, 1, "the condition breaks off",
		  "count, rate, ratio(…), distinct(field), consecutive(…), "
		  "sequence(…)" },
	};

	for (size_t i = 0; i < COUNT(rows); i++) {
		struct expr_error error = { 0 };
		int r = rule_condition_check(rows[i].text, &error);
		cr_expect_eq(r, -22, "%s", rows[i].text);
		cr_expect_eq(error.pos, rows[i].pos, "%s: at %zu", rows[i].text,
			     error.pos);
		cr_expect_eq(error.len, rows[i].len, "%s: %zu long", rows[i].text,
			     error.len);
		cr_expect_str_eq(error.message, rows[i].message, "%s", rows[i].text);
		cr_expect_str_eq(error.hint, rows[i].hint, "%s", rows[i].text);
	}
	struct expr_error error;
	cr_expect_eq(rule_condition_check("count < 5 or ratio(failure) <= 1%", &error),
		     0);
}

Test(rule, is_checked_as_a_whole)
{
	static const struct rule_spec good = {
		.name = "g",
		.where = "failure",
		.by = { "peer_ip" },
		.n_by = 1,
		.window = SEC,
		.warning = "count >= 2",
		.summary =
			"{count} of {limit} in {window}, {distinct_user} {{x}, {user}",
		.check = "look at {peer_ip}",
	};
	static const struct {
		const char *key, *text, *message, *hint;
		size_t pos, len;
	} rows[] = {
		{ "where", "falure", "unknown field 'falure'",
		  "did you mean 'failure'?", 0, 6 },
		{ "by", "peerip", "unknown field 'peerip'", "did you mean 'peer_ip'?",
		  0, 6 },
		{ "warning", "count < 2", "an alert is raised from a limit upwards",
		  "write >= or >", 6, 1 },
		{ "critical", "count > x", "'x' is no limit",
		  "a whole number: count >= 10", 8, 1 },
		{ "clear", "count > 2",
		  "'clear' says below which value the alert clears", "write < or <=", 6,
		  1 },
		{ "summary", "so {cout} many", "unknown name {cout}",
		  "did you mean {count}?", 3, 6 },
		{ "likely", "{ratio}", "the rule has no ratio for {ratio}", "", 0, 7 },
		{ "check", "grep {usr", "unknown name {usr}", "did you mean {user}?", 5,
		  5 },
	};
	struct expr_error error;
	const char *key;

	cr_expect_eq(rule_check(&good, &key, &error), 0);
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct rule_spec bad = good;
		const struct {
			const char *key;
			const char **text;
		} places[] = {
			{ "where", &bad.where },     { "by", &bad.by[0] },
			{ "warning", &bad.warning }, { "critical", &bad.critical },
			{ "clear", &bad.clear },     { "summary", &bad.summary },
			{ "likely", &bad.likely },   { "check", &bad.check }
		};
		for (size_t k = 0; k < COUNT(places); k++)
			if (strcmp(places[k].key, rows[i].key) == 0)
				*places[k].text = rows[i].text;
		cr_expect_eq(rule_check(&bad, &key, &error), -22, "%s", rows[i].key);
		cr_expect_str_eq(key, rows[i].key);
		cr_expect_str_eq(error.message, rows[i].message);
		cr_expect_str_eq(error.hint, rows[i].hint, "%s", rows[i].message);
		cr_expect_eq(error.pos, rows[i].pos, "%s: at %zu", rows[i].key,
			     error.pos);
		cr_expect_eq(error.len, rows[i].len, "%s: %zu long", rows[i].key,
			     error.len);
	}
}
