/* SPDX-License-Identifier: Apache-2.0 */
/*
 * How much a source usually says, so that its silence can be told from a quiet night.
 * Plain data, pure; the caller gives the clock.
 *
 * It keeps how many lines came in each hour of the last week. The present hour should
 * bring what the same hour brought a week ago, or, while that is not known, yesterday,
 * or else what the hour before it brought. The lines that should have come since the
 * last one are added up, and only while somebody listened: neither a daemon that was
 * down nor a machine that slept makes a source silent.
 *
 * So a log that rests at night or on Sunday is not silent then, and one that says a
 * thousand lines an hour is so after ten minutes. The first quiet night or weekend of a
 * source that was busy to the last minute may be taken for silence, once; one of less
 * than a hundred lines a week is never missed.
 */
#pragma once

#include <base/pack.h>

#define HABIT_HOURS 168
/** An hour that was not listened to. */
#define HABIT_UNKNOWN UINT32_MAX
/** Silence is strange when so many lines are missing in at least so long a time. */
#define HABIT_LINES 100
#define HABIT_LEAST (10 * 60 * SV_USEC_PER_SEC)

struct habit {
	uint32_t lines[HABIT_HOURS]; /* of an hour, at its number modulo a week */
	uint64_t hour;               /* the present one, counted from 1970 */
	uint64_t so_far;             /* lines that it brought */
	sv_usec heard;               /* µs of it that were listened to */
	double missed;  /* lines that should have come since the last one */
	sv_usec silent; /* µs without a line that were listened to */
};

void habit_init(struct habit *habit, sv_usec clock);
/** `passed` µs went by in which the source was listened to and `lines` came. */
void habit_add(struct habit *habit, sv_usec clock, sv_usec passed, uint64_t lines);
/** Lines that the present hour should bring, by earlier ones; 0 = not known. */
uint32_t habit_per_hour(const struct habit *habit);
/** It should have said something by now. */
bool habit_is_broken(const struct habit *habit);
void habit_save(const struct habit *habit, struct pack *out);
/** Whatever the bytes are: what cannot be is taken as not known. */
void habit_load(struct habit *habit, struct unpack *in);
