/* SPDX-License-Identifier: Apache-2.0 */
/* Peaks of keys and days, and how far a reading has come. */
#include "cli/peaks.h"
#include "cli/progress.h"
#include "cli/tally.h"

#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define COUNT(table) (sizeof(table) / sizeof((table)[0]))
#define SEC SV_USEC_PER_SEC
#define DAY (86400 * SEC)
#define BASE (1795305600 * SEC) /* 2026-11-22T00:00:00Z */

static void
in_utc(void)
{
	setenv("TZ", "UTC", 1);
	tzset();
}

Test(peaks, highest_of_each_key_and_day, .init = in_utc)
{
	static const struct {
		uint64_t key;
		unsigned day;
		uint32_t value;
	} rows[] = { { 7, 0, 1 }, { 7, 0, 5 }, { 7, 0, 3 }, { 8, 0, 2 }, { 7, 1, 2 },
		     { 7, 1, 1 }, { 8, 3, 9 }, { 8, 3, 8 }, { 9, 3, 9 } };
	struct peaks peaks;

	cr_assert_eq(peaks_init(&peaks, 2), 0);
	for (size_t i = 0; i < COUNT(rows); i++) {
		peaks_add(&peaks, 0, rows[i].key, rows[i].value,
			  BASE + rows[i].day * DAY + i * SEC);
		/* another threshold of the same key is another count */
		peaks_add(&peaks, 1, rows[i].key, 1, BASE + rows[i].day * DAY);
	}
	peaks_end(&peaks);
	/* 5, 2 | 2 | 9, 9 */
	cr_expect_eq(peaks_between(&peaks, 0, 0, UINT32_MAX), 5);
	cr_expect_eq(peaks_between(&peaks, 0, 2, 2), 2);
	cr_expect_eq(peaks_between(&peaks, 0, 3, 8), 1);
	cr_expect_eq(peaks_between(&peaks, 0, 9, 9), 2);
	cr_expect_eq(peaks_between(&peaks, 1, 1, 1), 5);
	cr_expect_eq(peaks.highest[0], 9);
	cr_expect_eq(peaks_limit(&peaks, 0, 0), 10);
	cr_expect_eq(peaks_limit(&peaks, 0, 1), 10);
	cr_expect_eq(peaks_limit(&peaks, 0, 2), 6);
	cr_expect_eq(peaks_limit(&peaks, 0, 4), 3);
	cr_expect_eq(peaks_limit(&peaks, 0, 5), 1);
	cr_expect_eq(peaks.lost, 0);
	peaks_done(&peaks);
}

Test(peaks, against_a_plain_array, .init = in_utc)
{
	static uint32_t best[40][200];
	struct peaks peaks;
	unsigned random = 1;

	cr_assert_eq(peaks_init(&peaks, 1), 0);
	for (unsigned i = 0; i < 400000; i++) {
		random = random * 1103515245u + 12345u;
		unsigned day = i / 10000, key = random >> 8 & 127;
		uint32_t value = (random >> 16) % 5000 + 1;
		if (value > best[day][key])
			best[day][key] = value;
		peaks_add(&peaks, 0, 1 + key * 7919u, value,
			  BASE + day * DAY + i % 10000 * SEC);
	}
	peaks_end(&peaks);
	/* exact below PEAKS_EXACT; above, borders of octaves are exact */
	static const uint32_t borders[] = { 0, 1, 77, 1023, 1024, 2048, 4096, 8192 };
	for (size_t b = 0; b + 1 < COUNT(borders); b++) {
		uint64_t n = 0;
		for (unsigned day = 0; day < 40; day++)
			for (unsigned key = 0; key < 200; key++)
				n += best[day][key] && best[day][key] >= borders[b] &&
				     best[day][key] < borders[b + 1];
		cr_expect_eq(peaks_between(&peaks, 0, borders[b], borders[b + 1] - 1),
			     n, "from %u", borders[b]);
	}
	cr_expect_eq(peaks.lost, 0);
	peaks_done(&peaks);
}

Test(peaks, keys_beyond_the_cap_are_counted, .init = in_utc)
{
	struct peaks peaks;
	uint64_t more = 1000;

	cr_assert_eq(peaks_init(&peaks, 1), 0);
	for (uint64_t i = 0; i < PEAKS_MAX + more; i++)
		peaks_add(&peaks, 0, i * 0x9e3779b97f4a7c15u + 5, 3, BASE);
	cr_expect_leq(peaks.cap, 2 * PEAKS_MAX);
	cr_expect_geq(peaks.lost, more);
	cr_expect_lt(peaks.lost, more + 16);
	/* the next day has room again */
	uint64_t lost = peaks.lost;
	peaks_add(&peaks, 0, 1, 4, BASE + DAY);
	cr_expect_eq(peaks.lost, lost);
	peaks_end(&peaks);
	cr_expect_eq(peaks_between(&peaks, 0, 3, 3) + lost, PEAKS_MAX + more);
	cr_expect_eq(peaks_between(&peaks, 0, 4, 4), 1);
	peaks_done(&peaks);
}

Test(progress, says_how_far_how_fast_and_how_long)
{
	static const struct {
		uint64_t total, done;
		double seconds;
		const char *text;
	} rows[] = {
		{ 1000000000, 420000000, 2, "reading x   42 %   210 MB/s   3 s left" },
		{ 1000000000, 10000000, 20,
		  "reading x   1 %   0.5 MB/s   33 min left" },
		{ 1000000000, 10000000, 0.3, "reading x   1 %   33 MB/s" },
		{ 0, 10000000, 2, "reading x   10 MB   5.0 MB/s" },
		/* a log that grows while it is read */
		{ 100, 10000000, 2, "reading x   10 MB   5.0 MB/s" },
		{ 100, 0, 0, "reading x   0 %" },
	};
	char text[128];

	for (size_t i = 0; i < COUNT(rows); i++) {
		const struct progress progress = { .what = "reading x",
						   .total = rows[i].total };
		progress_text(&progress, rows[i].done, rows[i].seconds, text,
			      sizeof(text));
		cr_expect_str_eq(text, rows[i].text);
	}
}

Test(tally, subjects_are_cut_at_a_character)
{
	char text[200], cut[TALLY_SUBJECT_BYTES];

	for (size_t lead = 0; lead < 4; lead++) {
		size_t len = lead;
		memset(text, 'x', lead);
		while (len < 150) {
			memcpy(text + len, "\xe2\x82\xac", 3);
			len += 3;
		}
		tally_subject_set(cut, (struct sv_str){ text, len });
		cr_expect_eq((strlen(cut) - lead) % 3, 0);
		cr_expect_geq(strlen(cut), TALLY_SUBJECT_BYTES - 3);
		cr_expect_eq(memcmp(cut, text, strlen(cut)), 0);
	}
	tally_subject_set(cut, (struct sv_str){ NULL, 0 });
	cr_expect_str_eq(cut, "");
}

Test(tally, a_week_of_what)
{
	struct buffer words;

	cr_expect_float_eq(tally_weekly(6, 21 * DAY), 2, 1e-9);
	cr_expect_float_eq(tally_weekly(3, 7 * DAY), 3, 1e-9);
	/* minutes of a log are not blown up beyond a day */
	cr_expect_float_eq(tally_weekly(3, 600 * SEC), 21, 1e-9);
	buffer_init(&words);
	tally_weekly_words(&words, 0);
	buffer_add_char(&words, '|');
	tally_weekly_words(&words, 2.34);
	buffer_add_char(&words, '|');
	tally_weekly_words(&words, 9.97);
	buffer_add_char(&words, '|');
	tally_weekly_words(&words, 31.4);
	buffer_add_char(&words, '\0');
	cr_expect_str_eq(words.ptr, "0|2.3|10|31");
	buffer_done(&words);
}
