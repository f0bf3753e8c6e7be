/* SPDX-License-Identifier: Apache-2.0 */
#include "base/date.h"
#include "base/stamp.h"
#include "base/text.h"
#include "base/zone.h"

#include <criterion/criterion.h>
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

static struct stamp *
stamp_in(const char *zone, int year, const char *reference)
{
	struct stamp *stamp = NULL;
	struct date d = { 0 };

	cr_assert(date_take(str_of(reference), &d));
	int64_t at = zone_days(d.year, d.month, d.day) * 86400 + d.hour * 3600 +
		     d.minute * 60 + d.second;
	struct stamp_rules rules = { zone, year, (sv_usec)at * SV_USEC_PER_SEC };
	cr_assert_eq(stamp_new(&rules, &stamp), 0, "zone %s", zone);
	return stamp;
}

/* The moment as "YYYY-MM-DD HH:MM:SS.uuuuuu" in UTC, or "none". */
static const char *
read_utc(struct stamp *stamp, const char *text, size_t *used,
	 enum sv_time_source *source)
{
	static char out[64];
	sv_usec t;

	if (!stamp_read(stamp, str_of(text), used, &t, source))
		return "none";
	time_t s = (time_t)(t / SV_USEC_PER_SEC);
	struct tm tm;
	gmtime_r(&s, &tm);
	size_t n = strftime(out, sizeof(out), "%F %T", &tm);
	if (t % SV_USEC_PER_SEC)
		snprintf(out + n, sizeof(out) - n, ".%06" PRIu64, t % SV_USEC_PER_SEC);
	return out;
}

static const struct {
	const char *text, *utc;
	int rest; /* bytes behind the stamp */
	enum sv_time_source source;
} shapes[] = {
	{ "2026-11-22 18:49:46] NOTICE", "2026-11-22 18:49:46", 8, SV_TIME_STAMP },
	{ "2026-11-22 18:49:46.151] N", "2026-11-22 18:49:46.151000", 3,
	  SV_TIME_STAMP },
	{ "2025-01-01 10:00:00,123]", "2025-01-01 10:00:00.123000", 1, SV_TIME_STAMP },
	{ "2025-01-01 10:00:00,5060", "2025-01-01 10:00:00", 5, SV_TIME_STAMP },
	{ "2025-01-01T10:00:00.123-0500] N", "2025-01-01 15:00:00.123000", 3,
	  SV_TIME_ZONED },
	{ "2025-01-01T10:00:00+05:30 x", "2025-01-01 04:30:00", 2, SV_TIME_ZONED },
	{ "2025-01-01T10:00:00.123456789Z x", "2025-01-01 10:00:00.123456", 2,
	  SV_TIME_ZONED },
	{ "2025-01-01 10:00:00 +0200 x", "2025-01-01 08:00:00", 2, SV_TIME_ZONED },
	{ "2025-01-01 10:00:00 -5 x", "2025-01-01 10:00:00", 5, SV_TIME_STAMP },
	{ "2025-01-01 10:00:00 UTC] x", "2025-01-01 10:00:00", 3, SV_TIME_ZONED },
	{ "2025-01-01 10:00:00 EST] x", "2025-01-01 10:00:00", 3, SV_TIME_STAMP },
	{ "2025-01-01 10:00:00 ERROR x", "2025-01-01 10:00:00", 8, SV_TIME_STAMP },
	{ "2025-01-01 10:00:00Zebra", "2025-01-01 10:00:00", 5, SV_TIME_STAMP },
	{ "2025/01/01 10:00:00 x", "2025-01-01 10:00:00", 2, SV_TIME_STAMP },
	{ "Nov 22 19:29:47] x", "2026-11-22 19:29:47", 3, SV_TIME_STAMP },
	{ "Nov  2 19:29:47 x", "2026-11-02 19:29:47", 2, SV_TIME_STAMP },
	{ "Nov 02 19:29:47 x", "2026-11-02 19:29:47", 2, SV_TIME_STAMP },
	{ "Nov  2 19:29:47.5 x", "2026-11-02 19:29:47.500000", 2, SV_TIME_STAMP },
	{ "Nov  2 2024 19:29:47: x", "2024-11-02 19:29:47", 3, SV_TIME_STAMP },
	{ "Nov 23 19:00:00 x", "2026-11-23 19:00:00", 2, SV_TIME_STAMP },
	{ "Nov 24 19:00:00 x", "2025-11-24 19:00:00", 2, SV_TIME_STAMP },
	{ "Dec 31 23:59:59", "2025-12-31 23:59:59", 0, SV_TIME_STAMP },
	{ "Feb 29 12:00:00", "2024-02-29 12:00:00", 0, SV_TIME_STAMP },
	{ "Mon Jan  6 10:00:01 2025 d", "2025-01-06 10:00:01", 2, SV_TIME_STAMP },
	{ "Sun Nov 22 19:29:47 UTC 2026 d", "2026-11-22 19:29:47", 2, SV_TIME_ZONED },
	{ "Sun Nov 22 19:29:47 pbx1 x", "2026-11-22 19:29:47", 7, SV_TIME_STAMP },
	{ "Sun 2026-11-22 19:29:45 UTC pbx", "2026-11-22 19:29:45", 4, SV_TIME_ZONED },
	{ "22/11/2026 18:49:46] x", "2026-11-22 18:49:46", 3, SV_TIME_STAMP },
	{ "22.11.2026 18:49:46.25 x", "2026-11-22 18:49:46.250000", 2, SV_TIME_STAMP },
	{ "22-11-2026 18:49:46", "2026-11-22 18:49:46", 0, SV_TIME_STAMP },
	{ "1795374920] x", "2026-11-22 19:15:20", 3, SV_TIME_ZONED },
	{ "1795374920.836375 x", "2026-11-22 19:15:20.836375", 2, SV_TIME_ZONED },
	{ "2026-12-31 23:59:60", "2027-01-01 00:00:00", 0, SV_TIME_STAMP },
	/* not stamps */
	{ "", "none", 0, SV_TIME_NONE },
	{ "Nov 22", "none", 0, SV_TIME_NONE },
	{ "Nov 22 19:29:4", "none", 0, SV_TIME_NONE },
	{ "Nov 32 19:29:47", "none", 0, SV_TIME_NONE },
	{ "Nov 31 19:29:47", "none", 0, SV_TIME_NONE },
	{ "Nov 22 24:00:00", "none", 0, SV_TIME_NONE },
	{ "Nov 22 19:60:00", "none", 0, SV_TIME_NONE },
	{ "Nox 22 19:29:47", "none", 0, SV_TIME_NONE },
	{ "2025-02-29 00:00:00", "none", 0, SV_TIME_NONE },
	{ "2025-13-01 00:00:00", "none", 0, SV_TIME_NONE },
	{ "1960-01-01 00:00:00", "none", 0, SV_TIME_NONE },
	{ "2026-11-22_18:49:46", "none", 0, SV_TIME_NONE },
	{ "11/22/2026 18:49:46", "none", 0, SV_TIME_NONE },
	{ "4951234567 called", "none", 0, SV_TIME_NONE },
	{ "1795374920abc", "none", 0, SV_TIME_NONE },
	{ "17953749201", "none", 0, SV_TIME_NONE },
	{ "    -- Called", "none", 0, SV_TIME_NONE },
	{ "\xd0\x9d\xd0\xbe\xd1\x8f 22 19:29:47", "none", 0, SV_TIME_NONE },
};

Test(stamp, reads_every_shape)
{
	for (size_t i = 0; i < sizeof(shapes) / sizeof(shapes[0]); i++) {
		struct stamp *stamp = stamp_in("UTC", 0, "2026-11-22 20:00:00");
		size_t used = 77;
		enum sv_time_source source = SV_TIME_NONE;
		const char *got = read_utc(stamp, shapes[i].text, &used, &source);
		cr_expect_str_eq(got, shapes[i].utc, "'%s': %s, not %s", shapes[i].text,
				 got, shapes[i].utc);
		cr_expect_eq(source, shapes[i].source, "'%s'", shapes[i].text);
		size_t want = source == SV_TIME_NONE
				      ? 77
				      : strlen(shapes[i].text) - (size_t)shapes[i].rest;
		cr_expect_eq(used, want, "'%s': used %zu", shapes[i].text, used);
		stamp_free(stamp);
	}
}

Test(stamp, never_reads_past_the_view)
{
	struct stamp *stamp = stamp_in("UTC", 0, "2026-11-22 20:00:00");

	for (size_t i = 0; i < sizeof(shapes) / sizeof(shapes[0]); i++) {
		size_t len = strlen(shapes[i].text);
		for (size_t n = 0; n <= len; n++) {
			/* on the heap, exactly as long: the sanitizer watches its end
			 */
			char *copy = malloc(n + !n);
			size_t used = 0;
			sv_usec t;
			enum sv_time_source source;
			memcpy(copy, shapes[i].text, n);
			if (stamp_read(stamp, str_make(copy, n), &used, &t, &source))
				cr_expect_leq(used, n);
			free(copy);
		}
	}
	stamp_free(stamp);
}

struct step {
	const char *text, *utc;
};

static void
expect_steps(struct stamp *stamp, const struct step *steps, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		size_t used;
		enum sv_time_source source;
		const char *got = read_utc(stamp, steps[i].text, &used, &source);
		cr_expect_str_eq(got, steps[i].utc, "step %zu, %s: %s, not %s", i,
				 steps[i].text, got, steps[i].utc);
	}
	stamp_free(stamp);
}
#define EXPECT_STEPS(stamp, steps) \
	expect_steps(stamp, steps, sizeof(steps) / sizeof(steps[0]))

/** Dates of a log as they follow one another, and what comes near to them. */
static void
write_next(char *text, size_t size, uint32_t *seed)
{
	static const struct {
		const char *day, *point;
		int digits;
		const char *zone;
	} kinds[] = {
		{ "2026-03-01T", ".", 6, "+01:00 h" },
		{ "2026-03-01T", ".", 3, "Z h" },
		{ "2026-03-01T", ",", 6, "+01:00 h" },
		{ "2026-03-01T", "", 0, "+01:00 h" },
		{ "Mar  1 ", "", 0, " h1" },
		{ "Mar  1 ", "", 0, " UTC x" },
		{ "Mar  1 ", "", 0, " UTCx y" },
		{ "Mar  1 ", ".", 3, " h" },
		{ "Mar  1 ", "", 0, " +01:00 h" },
		{ "2026-03-01 ", ".", 6, " [x" },
		{ "1 Mar ", "", 0, " h" },
		{ "2026-03-01T", ".", 1, "-0930 h" },
	};
	static const char bytes[] = "0123456789:.,TZ+- U";
	uint32_t r = *seed = *seed * 1664525 + 1013904223;
	size_t kind = (r >> 8) % 64;

	/* mostly of one kind and in one minute */
	kind = kind < 12 ? kind : r >> 28 & 4;
	snprintf(text, size, "%s%02u:%02u:%02u%s%0*u%s", kinds[kind].day, r >> 27 & 1,
		 (r >> 20 & 15) == 3, (r >> 12) % 62, kinds[kind].point,
		 kinds[kind].digits, (r >> 4) % 10, kinds[kind].zone);
	if (!kinds[kind].digits) /* no digit at all */
		memmove(text + strlen(kinds[kind].day) + 8,
			text + strlen(kinds[kind].day) + 9,
			strlen(kinds[kind].zone) + 1);
	*seed = r * 1664525 + 1013904223;
	size_t at = (*seed >> 8) % strlen(text);
	if (*seed >> 30 == 0)
		text[at] = bytes[(*seed >> 16) % (sizeof(bytes) - 1)];
	if (*seed >> 27 == 31)
		text[at] = '\0';
}

Test(date, next_one_of_a_log_is_read_as_any_other)
{
	struct date_recent recent = { 0 };
	uint32_t seed = 1;
	unsigned found = 0;

	for (int i = 0; i < 400000; i++) {
		char text[96];
		struct date want = { 0 }, is = { 0 };
		write_next(text, sizeof(text), &seed);
		size_t used = date_take(str_of(text), &want);
		cr_assert_eq(date_take_next(&recent, str_of(text), &is), used, "%s",
			     text);
		found += used != 0;
		cr_assert(is.shape == want.shape && is.year == want.year &&
				  is.month == want.month && is.day == want.day &&
				  is.hour == want.hour && is.minute == want.minute &&
				  is.second == want.second && is.usec == want.usec &&
				  is.offset == want.offset && is.zoned == want.zoned &&
				  is.with_t == want.with_t,
			  "%s", text);
	}
	cr_expect_gt(found, 100000);
}

Test(stamp, repeated_hour_goes_by_the_order_of_lines)
{
	static const struct step steps[] = {
		{ "2026-10-25 01:59:59", "2026-10-24 23:59:59" },
		{ "2026-10-25 02:00:00", "2026-10-25 00:00:00" },
		{ "2026-10-25 02:30:00", "2026-10-25 00:30:00" },
		{ "2026-10-25 02:29:58", "2026-10-25 00:29:58" }, /* slight disorder */
		{ "2026-10-25 02:59:59", "2026-10-25 00:59:59" },
		{ "2026-10-25 02:00:00", "2026-10-25 01:00:00" },
		{ "2026-10-25 02:59:59", "2026-10-25 00:59:59" }, /* a late line */
		{ "2026-10-25 02:00:01", "2026-10-25 01:00:01" },
		{ "2026-10-25 02:40:00", "2026-10-25 01:40:00" },
		{ "2026-10-25 03:00:00", "2026-10-25 02:00:00" },
		{ "2026-10-26 02:30:00", "2026-10-26 01:30:00" },
	};
	EXPECT_STEPS(stamp_in("Europe/Berlin", 0, "2026-11-22 20:00:00"), steps);
}

Test(stamp, repeated_hour_of_a_live_line_goes_by_the_clock)
{
	static const struct step steps[] = {
		{ "2026-10-25 02:30:00", "2026-10-25 01:30:00" },
	};
	EXPECT_STEPS(stamp_in("Europe/Berlin", 0, "2026-10-25 01:30:01"), steps);
}

Test(stamp, skipped_hour_means_after_the_change)
{
	static const struct step steps[] = {
		{ "2026-03-29 01:59:59", "2026-03-29 00:59:59" },
		{ "2026-03-29 02:30:00", "2026-03-29 01:30:00" },
		{ "2026-03-29 03:30:00", "2026-03-29 01:30:00" },
	};
	EXPECT_STEPS(stamp_in("Europe/Berlin", 0, "2026-11-22 20:00:00"), steps);
}

Test(stamp, new_year_is_passed_with_a_stale_reference)
{
	static const struct step steps[] = {
		{ "Dec 30 10:00:00", "2026-12-30 10:00:00" },
		{ "Dec 31 23:59:59", "2026-12-31 23:59:59" },
		{ "Jan  1 00:00:00", "2027-01-01 00:00:00" },
		{ "Jan  3 00:00:00", "2027-01-03 00:00:00" },
		{ "Jan  9 00:00:00", "2027-01-09 00:00:00" },
	};
	EXPECT_STEPS(stamp_in("UTC", 0, "2026-12-31 12:00:00"), steps);
}

Test(stamp, finished_file_over_new_year_ends_at_its_modification_time)
{
	static const struct step steps[] = {
		{ "Nov 30 10:00:00", "2025-11-30 10:00:00" },
		{ "Dec 31 23:59:59", "2025-12-31 23:59:59" },
		{ "Jan  1 00:00:00", "2026-01-01 00:00:00" },
		{ "Jan 15 00:00:00", "2026-01-15 00:00:00" },
	};
	EXPECT_STEPS(stamp_in("UTC", 0, "2026-01-15 00:00:01"), steps);
}

Test(stamp, machine_without_a_clock_is_not_read_as_the_future)
{
	static const struct step steps[] = {
		{ "Nov 22 10:00:00", "2026-11-22 10:00:00" },
		{ "Jan  1 00:00:10", "2026-01-01 00:00:10" },
		{ "Nov 22 10:05:00", "2026-11-22 10:05:00" },
	};
	EXPECT_STEPS(stamp_in("UTC", 0, "2026-11-22 20:00:00"), steps);
}

Test(stamp, year_given_by_the_user_is_that_of_the_first_line)
{
	static const struct step steps[] = {
		{ "Dec 31 23:59:59", "2019-12-31 23:59:59" },
		{ "Jan  1 00:00:00", "2020-01-01 00:00:00" },
		{ "Dec 31 23:59:58", "2019-12-31 23:59:58" },
		{ "Feb 29 00:00:00", "2020-02-29 00:00:00" },
		{ "Nov 22 00:00:00", "2019-11-22 00:00:00" },
	};
	EXPECT_STEPS(stamp_in("UTC", 2019, "2026-11-22 20:00:00"), steps);
}

Test(stamp, a_box_with_a_wrong_clock_does_not_move_the_lines_of_others)
{
	static const struct step steps[] = {
		{ "Nov 22 10:00:00", "2026-11-22 10:00:00" },
		{ "Jul 02 2015 06:22:31", "2015-07-02 06:22:31" },
		{ "Nov 22 10:00:01", "2026-11-22 10:00:01" },
		{ "2041-01-01 00:00:00", "2041-01-01 00:00:00" },
		{ "Nov 22 10:00:02", "2026-11-22 10:00:02" },
	};
	EXPECT_STEPS(stamp_in("UTC", 2026, "2026-11-22 20:00:00"), steps);
	EXPECT_STEPS(stamp_in("UTC", 0, "2026-11-22 20:00:00"), steps);
}

Test(stamp, unknown_reference_goes_by_what_was_read)
{
	static const struct step steps[] = {
		{ "Nov 22 10:00:00", "none" },
		{ "2024-12-31 10:00:00", "2024-12-31 10:00:00" },
		{ "Jan  1 10:00:00", "2025-01-01 10:00:00" },
	};
	struct stamp_rules rules = { "UTC", 0, 0 };
	struct stamp *stamp = NULL;

	cr_assert_eq(stamp_new(&rules, &stamp), 0);
	EXPECT_STEPS(stamp, steps);
}

Test(stamp, moved_reference_counts)
{
	struct stamp *stamp = stamp_in("UTC", 0, "2026-11-22 20:00:00");
	size_t used;
	enum sv_time_source source;

	cr_expect_str_eq(read_utc(stamp, "Dec 24 10:00:00", &used, &source),
			 "2025-12-24 10:00:00");
	stamp_set_reference(stamp, (sv_usec)1798106400 * SV_USEC_PER_SEC);
	cr_expect_str_eq(read_utc(stamp, "Dec 24 10:00:00", &used, &source),
			 "2026-12-24 10:00:00");
	stamp_free(stamp);
}

Test(zone, unknown_names_are_refused)
{
	static const char *const names[] = {
		"Europe/Nowhere",   "",
		"../../etc/passwd", "Europe",
		"/etc/passwd",      "Europe/Berlin\n",
		"CET-1CEST,M3.5",   "CET-1CEST,M13.5.0,M10.5.0",
	};
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		struct stamp_rules rules = { names[i], 0, 0 };
		struct stamp *stamp = NULL;
		cr_expect_eq(stamp_new(&rules, &stamp), -EINVAL, "%s", names[i]);
	}
}

/* libc is the oracle: every zone, many moments from 1975 to 2090. */
Test(zone, agrees_with_libc)
{
	static const char *const names[] = {
		"Europe/Berlin",
		"America/New_York",
		"Australia/Lord_Howe",
		"Asia/Kolkata",
		"America/Sao_Paulo",
		"Africa/Casablanca",
		"Pacific/Apia",
		"Europe/Moscow",
		"Asia/Tehran",
		"Europe/Dublin",
		"America/St_Johns",
		"Antarctica/Troll",
		"Etc/GMT+5",
		"CET-1CEST,M3.5.0,M10.5.0/3",
		"EST5EDT",
		"<-03>3<-02>,M3.5.0/-2,M10.5.0/-1",
		"QQQ-2:30",
		"AAA4BBB,J60,300/22",
	};
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		struct zone *zone = NULL;
		cr_assert_eq(zone_new(names[i], &zone), 0, "%s", names[i]);
		setenv("TZ", names[i], 1);
		tzset();
		for (int64_t t = 157766400; t < 3786912000; t += 79937) {
			time_t when = (time_t)t;
			struct tm tm;
			struct zone_span span;
			localtime_r(&when, &tm);
			zone_at(zone, t, &span);
			cr_assert_eq(span.offset, tm.tm_gmtoff, "%s at %" PRId64,
				     names[i], t);
			cr_assert(span.since <= t && t < span.until);
			int64_t utc[2];
			int n = zone_moments(zone, t + span.offset, utc);
			cr_assert(utc[0] == t || (n == 2 && utc[1] == t),
				  "%s and back at %" PRId64, names[i], t);
		}
		zone_free(zone);
	}
}

Test(stamp, a_time_of_day_goes_on_from_the_reference)
{
	struct stamp *stamp = stamp_in("Europe/Berlin", 0, "2026-11-22 23:30:00");
	enum sv_time_source source;
	size_t used;

	/* the reference is in UTC: half past midnight of the 23rd in Berlin */
	cr_expect_str_eq(read_utc(stamp, "23:59:58.500000 IP", &used, &source),
			 "2026-11-22 22:59:58.500000");
	cr_expect_eq(used, 15);
	cr_expect_eq(source, SV_TIME_STAMP);
	cr_expect_str_eq(read_utc(stamp, "00:00:01.5 IP", &used, &source),
			 "2026-11-22 23:00:01.500000");
	cr_expect_str_eq(read_utc(stamp, "23:59:59.0 IP", &used, &source),
			 "2026-11-22 22:59:59");
	for (int hour = 1; hour < 24; hour++) { /* and over the next midnight */
		char text[32];
		snprintf(text, sizeof(text), "%02d:00:00.0", hour);
		read_utc(stamp, text, &used, &source);
	}
	cr_expect_str_eq(read_utc(stamp, "00:00:02.0 IP", &used, &source),
			 "2026-11-23 23:00:02");
	cr_expect_str_eq(read_utc(stamp, "00:00:02 IP", &used, &source), "none");
	stamp_free(stamp);
}
