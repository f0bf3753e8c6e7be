/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/range.h"

#include <criterion/criterion.h>
#include <math.h>

Test(range, follows_the_guidelines)
{
	static const struct {
		const char *text;
		double value;
		bool alert;
	} rows[] = {
		{ "10", 10, false },     { "10", 10.1, true },
		{ "10", -1, true },      { "10", 0, false },
		{ "10:", 9.9, true },    { "10:", 10, false },
		{ "~:10", -1e9, false }, { "~:10", 11, true },
		{ "10:20", 9, true },    { "10:20", 20, false },
		{ "10:20", 21, true },   { "@10:20", 10, true },
		{ "@10:20", 20, true },  { "@10:20", 21, false },
		{ "0", 1, true },        { "0", 0, false },
		{ ":5", 6, true },       { "-5:-1", -3, false },
		{ "-5:-1", 0, true },    { "1.5", 1.4, false },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct range range;
		cr_assert(range_parse(rows[i].text, &range), "%s", rows[i].text);
		cr_expect_eq(range_alerts(&range, rows[i].value), rows[i].alert,
			     "%s of %g", rows[i].text, rows[i].value);
	}
}

Test(range, an_unknown_value_alerts_nobody)
{
	struct range range;

	cr_assert(range_parse("@0:10", &range));
	cr_expect_not(range_alerts(&range, NAN));
}

Test(range, refuses_what_is_none)
{
	static const char *const rows[] = {
		"",      "x",     "10x", "20:10",
		"~",     "1:2:3", "@",   "nan",
		"inf",   "0x10",  " 5",  "5 ",
		"1e999", "~:~",   "--1", "1111111111111111111111111111111111111"
	};
	struct range range = { 7, 7, false };

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		cr_expect_not(range_parse(rows[i], &range), "'%s'", rows[i]);
	cr_expect_eq(range.start, 7, "untouched");
}
