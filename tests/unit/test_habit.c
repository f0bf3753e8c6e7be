/* SPDX-License-Identifier: Apache-2.0 */
#include "habit.h"

#include "base/text.h"

#include <criterion/criterion.h>
#include <criterion/new/assert.h>

#define SEC SV_USEC_PER_SEC
#define MIN (60 * SEC)
#define HOUR (60 * MIN)
#define DAY (24 * HOUR)
/* Monday, 2026-01-05, midnight UTC */
#define MONDAY ((sv_usec)1767571200 * SEC)

/* How many lines an hour of the week brings. */
typedef unsigned (*week)(unsigned day, unsigned hour);

static unsigned
office(unsigned day, unsigned hour)
{
	return day < 5 && hour >= 8 && hour < 18 ? 600 : 0;
}

static unsigned
steady(unsigned day, unsigned hour)
{
	(void)day, (void)hour;
	return 600;
}

static unsigned
sparse(unsigned day, unsigned hour)
{
	(void)day;
	return hour % 2 * 2;
}

/* Lives from `from` to `until` in steps of 5 s; the number of times that silence
 * began. */
static unsigned
live(struct habit *habit, sv_usec from, sv_usec until, week lines_of)
{
	const sv_usec step = 5 * SEC;
	double owed = 0;
	bool was = habit_is_broken(habit);
	unsigned began = 0;

	for (sv_usec t = from + step; t <= until; t += step) {
		unsigned hours = (unsigned)((t - MONDAY) / HOUR);
		owed += (double)lines_of(hours / 24 % 7, hours % 24) * (double)step /
			HOUR;
		uint64_t lines = (uint64_t)owed;
		owed -= (double)lines;
		habit_add(habit, t, step, lines);
		began += habit_is_broken(habit) && !was;
		was = habit_is_broken(habit);
	}
	return began;
}

static unsigned
nothing(unsigned day, unsigned hour)
{
	(void)day, (void)hour;
	return 0;
}

/* µs after `from` at which silence is strange, when nothing comes any more. */
static sv_usec
broken_after(struct habit *habit, sv_usec from, sv_usec most)
{
	for (sv_usec t = from + 5 * SEC; t <= from + most; t += 5 * SEC) {
		habit_add(habit, t, 5 * SEC, 0);
		if (habit_is_broken(habit))
			return t - from;
	}
	return 0;
}

Test(habit, a_steady_log_is_missed_after_ten_minutes)
{
	struct habit habit;

	habit_init(&habit, MONDAY);
	cr_expect(eq(u32, live(&habit, MONDAY, MONDAY + 3 * HOUR, steady), 0));
	cr_expect(ge(u32, habit_per_hour(&habit), 599));
	sv_usec after = broken_after(&habit, MONDAY + 3 * HOUR, DAY);
	cr_expect(after >= 10 * MIN && after < 11 * MIN, "%llu",
		  (unsigned long long)after);
	/* and it is over with the first line */
	habit_add(&habit, MONDAY + 4 * HOUR, 5 * SEC, 1);
	cr_expect(not(habit_is_broken(&habit)));
}

Test(habit, an_office_is_quiet_at_night_and_on_sunday_and_that_is_known)
{
	struct habit habit;

	habit_init(&habit, MONDAY);
	/* the first evening and the first weekend may surprise it, later ones not */
	cr_expect(le(u32, live(&habit, MONDAY, MONDAY + 7 * DAY, office), 2));
	cr_expect(
		eq(u32,
		   live(&habit, MONDAY + 7 * DAY, MONDAY + 21 * DAY + 9 * HOUR, office),
		   0));
	/* Monday at nine the log stops: it is missed within minutes, not nights */
	sv_usec after = broken_after(&habit, MONDAY + 21 * DAY + 9 * HOUR, DAY);
	cr_expect(after >= 10 * MIN && after < 11 * MIN, "%llu",
		  (unsigned long long)after);
}

Test(habit, a_log_that_says_little_is_not_missed_soon)
{
	struct habit habit;

	habit_init(&habit, MONDAY);
	cr_expect(eq(u32, live(&habit, MONDAY, MONDAY + 14 * DAY, sparse), 0));
	/* 24 lines a day: a hundred of them are four days */
	sv_usec after = broken_after(&habit, MONDAY + 14 * DAY, 30 * DAY);
	cr_expect(after > 4 * DAY && after < 5 * DAY, "%llu",
		  (unsigned long long)after);
}

Test(habit, nobody_listened_is_no_silence)
{
	struct habit habit;

	habit_init(&habit, MONDAY);
	(void)live(&habit, MONDAY, MONDAY + 5 * HOUR, steady);
	/* asleep, switched off, or the clock was set: no time passed that counts */
	habit_add(&habit, MONDAY + 50 * HOUR, 0, 0);
	cr_expect(not(habit_is_broken(&habit)));
	habit_add(&habit, MONDAY + 49 * HOUR, 0, 0);
	cr_expect(not(habit_is_broken(&habit)));
	/* hours that nobody heard are not taken for quiet ones */
	for (unsigned i = 0; i < HABIT_HOURS; i++)
		cr_expect(ne(u32, habit.lines[i], 0), "%u", i);
}

Test(habit, a_long_silence_does_not_become_a_habit)
{
	struct habit habit;

	habit_init(&habit, MONDAY);
	(void)live(&habit, MONDAY, MONDAY + 7 * DAY, steady);
	cr_expect(
		eq(u32, live(&habit, MONDAY + 7 * DAY, MONDAY + 17 * DAY, nothing), 1));
	cr_expect(habit_is_broken(&habit));
}

Test(habit, survives_a_restart_and_no_nonsense)
{
	struct habit habit, again, before;
	char bytes[2048];
	struct pack out = { .buf = bytes, .cap = sizeof(bytes) };

	habit_init(&habit, MONDAY);
	(void)live(&habit, MONDAY, MONDAY + 30 * HOUR, steady);
	habit_add(&habit, MONDAY + 30 * HOUR + 5 * SEC, 5 * SEC, 0);
	habit_save(&habit, &out);
	habit_init(&again, MONDAY + 40 * HOUR);
	struct unpack in = unpack_of(str_make(bytes, out.len));
	habit_load(&again, &in);
	cr_expect(eq(u64, again.hour, habit.hour));
	cr_expect(eq(u64, again.silent, habit.silent));
	cr_expect(eq(u32, habit_per_hour(&again), habit_per_hour(&habit)));
	/* cut, or full of nonsense: as if there had been nothing */
	before = again;
	in = unpack_of(str_make(bytes, out.len - 1));
	habit_load(&again, &in);
	cr_expect(eq(u64, again.hour, before.hour));
	memset(bytes, 0xff, sizeof(bytes));
	in = unpack_of(str_make(bytes, out.len));
	habit_load(&again, &in);
	cr_expect(eq(u64, again.heard, before.heard));
}
