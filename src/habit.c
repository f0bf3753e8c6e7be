/* SPDX-License-Identifier: Apache-2.0 */
#include "habit.h"

#define HOUR (3600 * SV_USEC_PER_SEC)
#define DAY_HOURS 24
/** An hour is known when at least so much of it was listened to. */
#define HEARD_LEAST (HOUR / 2)

void
habit_init(struct habit *habit, sv_usec clock)
{
	*habit = (struct habit){ .hour = clock / HOUR };
	for (size_t i = 0; i < HABIT_HOURS; i++)
		habit->lines[i] = HABIT_UNKNOWN;
}

static uint32_t
at_hours_ago(const struct habit *habit, unsigned hours)
{
	return habit->lines[(habit->hour + HABIT_HOURS - hours) % HABIT_HOURS];
}

/** What the hour brought, as if all of it had been listened to. */
static uint32_t
of_hour(const struct habit *habit)
{
	double lines = (double)habit->so_far * HOUR / (double)habit->heard;

	if (habit->heard < HEARD_LEAST)
		return HABIT_UNKNOWN;
	return lines < HABIT_UNKNOWN ? (uint32_t)lines : HABIT_UNKNOWN - 1;
}

/* The hours of a silence are learned as well: who is to tell a night from a failure? It
 * does not end by that (habit_add() adds up no more), but with the next line. */
static void
turn_to(struct habit *habit, uint64_t hour)
{
	uint64_t skipped = hour > habit->hour ? hour - habit->hour - 1 : 0;

	habit->lines[habit->hour % HABIT_HOURS] = of_hour(habit);
	for (uint64_t i = 1; i <= skipped && i < HABIT_HOURS; i++)
		habit->lines[(habit->hour + i) % HABIT_HOURS] = HABIT_UNKNOWN;
	habit->hour = hour;
	habit->so_far = 0;
	habit->heard = 0;
}

void
habit_add(struct habit *habit, sv_usec clock, sv_usec passed, uint64_t lines)
{
	if (clock / HOUR != habit->hour)
		turn_to(habit, clock / HOUR);
	habit->so_far += lines;
	habit->heard += passed;
	if (lines) {
		habit->missed = 0;
		habit->silent = 0;
		return;
	}
	habit->silent += passed;
	if (!habit_is_broken(habit))
		habit->missed += (double)habit_per_hour(habit) * (double)passed / HOUR;
}

uint32_t
habit_per_hour(const struct habit *habit)
{
	static const unsigned ago[] = { HABIT_HOURS, DAY_HOURS, 1 };

	for (size_t i = 0; i < sizeof(ago) / sizeof(ago[0]); i++)
		if (at_hours_ago(habit, ago[i]) != HABIT_UNKNOWN)
			return at_hours_ago(habit, ago[i]);
	return 0;
}

bool
habit_is_broken(const struct habit *habit)
{
	return habit->missed >= HABIT_LINES && habit->silent >= HABIT_LEAST;
}

void
habit_save(const struct habit *habit, struct pack *out)
{
	for (size_t i = 0; i < HABIT_HOURS; i++)
		pack_u32(out, habit->lines[i]);
	pack_u64(out, habit->hour);
	pack_u64(out, habit->so_far);
	pack_u64(out, habit->heard);
	pack_u64(out, (uint64_t)habit->missed);
	pack_u64(out, habit->silent);
}

void
habit_load(struct habit *habit, struct unpack *in)
{
	struct habit h;

	for (size_t i = 0; i < HABIT_HOURS; i++)
		h.lines[i] = unpack_u32(in);
	h.hour = unpack_u64(in);
	h.so_far = unpack_u64(in);
	h.heard = unpack_u64(in);
	h.missed = (double)unpack_u64(in);
	h.silent = unpack_u64(in);
	if (unpack_ok(in) && h.heard <= HOUR + HEARD_LEAST)
		*habit = h;
}
