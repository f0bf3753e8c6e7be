/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The shapes of dates in log lines, taken apart into numbers and no more: which moment
 * they mean is for base/stamp.h to say. Pure, no state.
 */
#pragma once

#include <sipvigil/base.h>

enum date_shape {
	DATE_ISO, /* 2026-11-22 18:49:46, 2026/11/22 …, 2026-Nov-22 …; blank or T */
	DATE_SYSLOG,  /* Nov 22 19:29:47, Nov 22 2026 19:29:47 */
	DATE_ASCTIME, /* Mon Jan  6 10:00:01 2025, Sun Nov 22 19:29:47 UTC 2026 */
	DATE_EUROPE, /* 22/11/2026 18:49:46, 22.11.2026 …, 22-11-2026 …, 22-Nov-2026 … */
	DATE_EPOCH, /* 1795374920, 1795374920.836375 */
	DATE_CLOCK, /* 18:49:46.836375: date_take_clock() alone finds it */
};

struct date {
	enum date_shape shape;
	int year; /* 0: the text has none */
	int month, day, hour, minute, second;
	uint32_t usec;
	int64_t epoch;  /* DATE_EPOCH: seconds */
	int32_t offset; /* seconds east of UTC, with `zoned` */
	bool zoned;
	bool with_t; /* ISO with the letter T between date and time */
};

/** Bytes that a date takes at the start of `text`; 0: none there, *ret_date untouched.
 */
size_t date_take(struct sv_str text, struct date *ret_date);
/** A time of day with fraction and no date, as capture tools write it: year, month and
 *  day are 0. */
size_t date_take_clock(struct sv_str text, struct date *ret_date);

/** The date that a log's last line began with. Zeroed at the start. */
#define DATE_RECENT_BYTES 40
struct date_recent {
	struct date date;
	uint8_t used, second_at, zone_at; /* used 0 = none that is kept */
	char text[DATE_RECENT_BYTES];
};
/** date_take() for the lines of one log, one after the other: most dates lie in the minute
 *  of the one before, and only their seconds are read. */
size_t date_take_next(struct date_recent *recent, struct sv_str text,
		      struct date *ret_date);
