/* SPDX-License-Identifier: Apache-2.0 */
#include "conf/unit.h"

#include <criterion/criterion.h>

#define SEC SV_USEC_PER_SEC

Test(unit, durations)
{
	static const struct {
		const char *text;
		enum unit_result result;
		sv_usec usec;
	} rows[] = {
		{ "0", UNIT_OK, 0 },
		{ "90s", UNIT_OK, 90 * SEC },
		{ "500ms", UNIT_OK, SEC / 2 },
		{ "5m", UNIT_OK, 300 * SEC },
		{ "5 min", UNIT_OK, 300 * SEC },
		{ "1h30m", UNIT_OK, 5400 * SEC },
		{ "1h 30m", UNIT_OK, 5400 * SEC },
		{ "2d", UNIT_OK, 172800 * SEC },
		{ "1w", UNIT_OK, 604800 * SEC },
		{ "", UNIT_NOT_A_VALUE, 0 },
		{ "m", UNIT_NOT_A_VALUE, 0 },
		{ "-5m", UNIT_NOT_A_VALUE, 0 },
		{ "1.5h", UNIT_NOT_A_VALUE, 0 },
		{ "30m1h", UNIT_NOT_A_VALUE, 0 },
		{ "1m1m", UNIT_NOT_A_VALUE, 0 },
		{ "5", UNIT_MISSING, 0 },
		{ "1h5", UNIT_MISSING, 0 },
		{ "5x", UNIT_UNKNOWN, 0 },
		{ "5M", UNIT_UNKNOWN, 0 },
		{ "99999999999999999d", UNIT_TOO_LARGE, 0 },
		{ "99999999999999999999s", UNIT_NOT_A_VALUE, 0 },
	};
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		sv_usec usec = 7;
		enum unit_result r = unit_duration(str_of(rows[i].text), &usec);
		cr_expect_eq(r, rows[i].result, "row '%s'", rows[i].text);
		cr_expect_eq(usec, r == UNIT_OK ? rows[i].usec : 7, "row '%s'",
			     rows[i].text);
	}
}

Test(unit, sizes_numbers_and_switches)
{
	static const struct {
		const char *text;
		enum unit_result result;
		uint64_t bytes;
	} rows[] = {
		{ "64M", UNIT_OK, 64ull << 20 },
		{ "1 GiB", UNIT_OK, 1ull << 30 },
		{ "512", UNIT_OK, 512 },
		{ "16KB", UNIT_OK, 16384 },
		{ "64X", UNIT_UNKNOWN, 0 },
		{ "x", UNIT_NOT_A_VALUE, 0 },
		{ "1.5M", UNIT_NOT_A_VALUE, 0 },
		{ "18446744073709551615K", UNIT_TOO_LARGE, 0 },
	};
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		uint64_t bytes = 7;
		enum unit_result r = unit_size(str_of(rows[i].text), &bytes);
		cr_expect_eq(r, rows[i].result, "row '%s'", rows[i].text);
		cr_expect_eq(bytes, r == UNIT_OK ? rows[i].bytes : 7, "row '%s'",
			     rows[i].text);
	}
	uint64_t number;
	bool on;
	cr_expect_eq(unit_number(SV_STR("12"), &number), UNIT_OK);
	cr_expect_eq(number, 12);
	cr_expect_eq(unit_number(SV_STR("12 "), &number), UNIT_NOT_A_VALUE);
	cr_expect_eq(unit_switch(SV_STR("Yes"), &on), UNIT_OK);
	cr_expect(on);
	cr_expect_eq(unit_switch(SV_STR("off"), &on), UNIT_OK);
	cr_expect(!on);
	cr_expect_eq(unit_switch(SV_STR("1"), &on), UNIT_NOT_A_VALUE);
}

Test(unit, prints_what_it_reads_back)
{
	static const struct {
		sv_usec usec;
		const char *text;
	} rows[] = { { 90 * SEC, "90s" },   { 300 * SEC, "5m" },   { 7200 * SEC, "2h" },
		     { 86400 * SEC, "1d" }, { SEC / 10, "100ms" }, { 0, "0s" },
		     { 5400 * SEC, "90m" } };
	char text[UNIT_TEXT_BYTES];

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		unit_duration_print(rows[i].usec, text);
		cr_expect_str_eq(text, rows[i].text);
	}
	unit_size_print(64ull << 20, text);
	cr_expect_str_eq(text, "64M");
	unit_size_print(1000, text);
	cr_expect_str_eq(text, "1000");
}
