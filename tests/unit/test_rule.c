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
		condition_half(&c, &m, &half);
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
		  "count, rate, ratio, distinct, consecutive, sequence, absent, new, "
		  "rule" },
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
		{ "distinct(user having) >= 3", 20, 1,
		  "'having' needs 'count >=' and a number",
		  "distinct(user having count >= 2) >= 5" },
		{ "distinct(user having count < 3) >= 3", 27, 1,
		  "'having' needs 'count >=' and a number",
		  "distinct(user having count >= 2) >= 5" },
		{ "distinct(user having count >= 1) >= 3", 30, 1,
		  "'having' counts from 2 to 16, not '1'",
		  "distinct(user having count >= 2) >= 5" },
		{ "distinct(user having count >= 17) >= 3", 30, 2,
		  "'having' counts from 2 to 16, not '17'",
		  "distinct(user having count >= 2) >= 5" },
		{ "distinct(user having count > 16) >= 3", 29, 2,
		  "'having' counts from 2 to 16, not '16'",
		  "distinct(user having count >= 2) >= 5" },
		{ "distinct(user having count >= 2 or) >= 3", 32, 2,
		  "expected ')' after 'having'", "" },
		{ "distinct(user) having count >= 2", 15, 6,
		  "expected a comparison, not 'having'", ">= > < <=" },
		{ "distinct(prefix(24)) >= 3", 18, 1,
		  "expected ',' and a second number",
		  "prefix(24, 56): IPv4 /24, IPv6 /56" },
		{ "distinct(prefix(33, 64)) >= 3", 16, 2,
		  "expected a number from 1 to 32, not '33'",
		  "prefix(24, 56): IPv4 /24, IPv6 /56" },
		{ "distinct(prefix(24, 129)) >= 3", 20, 3,
		  "expected a number from 1 to 128, not '129'",
		  "prefix(24, 56): IPv4 /24, IPv6 /56" },
		{ "distinct(dst_prefix(0)) >= 3", 20, 1,
		  "expected a number from 1 to 32, not '0'", "dst_prefix(6)" },
		{ "distinct(dst_prefix(6, 7)) >= 3", 21, 1, "expected ')'",
		  "dst_prefix(6)" },
		{ "distinct(user(3)) >= 3", 13, 1, "'user' takes no numbers",
		  "prefix(24, 56), dst_prefix(6)" },
		{ "absent", 6, 1, "expected '(' after 'absent'",
		  "absent(outcome = ok) for 5m" },
		{ "absent(outcome = ok)", 20, 1, "'for' and a time are missing",
		  "absent(outcome = ok) for 5m" },
		{ "absent(outcome = ok) in 5m", 21, 2,
		  "expected 'for' and a time, not 'in'",
		  "absent(outcome = ok) for 5m" },
		{ "absent(outcome = okay) for 5m", 17, 4, "'okay' is no outcome",
		  "did you mean 'ok'?" },
		{ "absent() for 5m", 7, 1, "the expression breaks off", "" },
		{ "absent(outcome = ok for 5m", 26, 1,
		  "the measure's '(' is never closed", "" },
		{ "absent for five", 11, 4, "'five' is no time from 1s to 31d",
		  "absent(outcome = ok) for 5m" },
		{ "absent for 32d", 11, 3, "'32d' is no time from 1s to 31d",
		  "absent(outcome = ok) for 5m" },
		{ "absent for 5", 11, 1, "'5' is no time from 1s to 31d",
		  "absent(outcome = ok) for 5m" },
		{ "absent for", 10, 1, "'' is no time from 1s to 31d",
		  "absent(outcome = ok) for 5m" },
		{ "absent for 5m >= 3", 14, 2, "'absent' is compared with nothing",
		  "absent(outcome = ok) for 5m" },
		{ "absent for 5m count >= 3", 14, 5,
		  "expected 'and' or 'or' before 'count'", "" },
		{ "new(dst_prefx) learn 30d", 4, 9, "unknown field 'dst_prefx'",
		  "did you mean 'dst_prefix'?" },
		{ "new(time) learn 30d", 4, 4, "'time' cannot be counted by value",
		  "" },
		{ "new(dst", 7, 1, "expected ')' after 'dst', not ''",
		  "new(dst_prefix) learn 30d" },
		{ "new(dst) >= 3", 9, 2, "expected 'learn' and a time, not '>='",
		  "new(dst_prefix) learn 30d" },
		{ "new(dst) learn 500d", 15, 4, "'500d' is no time from 1s to 400d",
		  "new(dst_prefix) learn 30d" },
		{ "new(dst) learn 30d >= 1%", 22, 2, "'1%' is no limit",
		  "a whole number: new(dst_prefix) learn 30d >= 3" },
		{ "distinct(user) >= 3000", 18, 4,
		  "it can never be reached: at most 2048 values are kept", "" },
		{ "distinct(user having count >= 16) >= 300", 37, 3,
		  "it can never be reached: at most 256 values are kept", "" },
		{ "rule", 4, 1, "expected '(' after 'rule'", "rule(trunk-down)" },
		{ "rule()", 5, 1, "expected the name of a rule, not ')'",
		  "rule(trunk-down)" },
		{ "rule(trunk down)", 11, 4, "expected ')' after 'trunk'",
		  "rule(trunk-down)" },
		{ "rule(trunk-down) >= 1", 17, 2, "'rule' is compared with nothing",
		  "rule(trunk-down)" },
		{ "count >= 3 and not count < 5", 19, 5,
		  "'not' stands before rule(…) alone", "turn the comparison round" },
		{ "count >= 3 min 4", 11, 3, "'min' belongs to a ratio", "" },
		{ "ratio(failure) >= 3% min x", 25, 1,
		  "'min' needs a whole number: the least denominator", "min 20" },
		{ "count >= 3 count >= 4", 11, 5,
		  "expected 'and' or 'or' before 'count'", "" },
		{ "(count >= 3", 11, 1, "expected ')'", "" },
		{ "", 0, 1, "the condition breaks off",
		  "count, rate, ratio, distinct, consecutive, sequence, absent, new, "
		  "rule" },
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
	static const char *const good[] = {
		"absent for 1h30m",
		"rule(a) and not rule('b c') or rule(\"d\")",
		"absent(outcome = ok and (leg = in)) for 90s or count >= 3",
		"new(dst_prefix(6)) learn 30d",
		"new(dst) learn 4w >= 3 and count > 1",
		"new(dst) learn 4w < 1",
		"distinct(prefix(16, 48) having count >= 2) >= 5",
		"distinct(dst_prefix(3)) >= 2 or distinct(dst_prefix(4)) >= 2",
	};
	struct expr_error error;
	for (size_t i = 0; i < COUNT(good); i++)
		cr_expect_eq(rule_condition_check(good[i], &error), 0, "%s: %s",
			     good[i], error.message);
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
		.window = 60 * SEC,
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
		{ "clear", "absent for 5m",
		  "what was absent is over when it comes again",
		  "leave it out, or write clear_for", 0, 6 },
		{ "clear", "new(dst) learn 1d",
		  "'clear' says below which value the alert clears", "write < 1", 0,
		  3 },
		{ "warning", "new(dst) learn 10s",
		  "it must learn for at least as long as the window",
		  "new(dst_prefix) learn 30d", 15, 3 },
		{ "by", "prefix(24)", "expected ',' and a second number",
		  "prefix(24, 56): IPv4 /24, IPv6 /56", 9, 1 },
		{ "by", "dst_prefix(4) x", "'x' does not belong here", "", 14, 1 },
		{ "summary", "{new}", "the rule has no new(…): {new}", "", 0, 5 },
		{ "summary", "{absent}", "the rule has no absent(…): {absent}", "", 0,
		  8 },
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
