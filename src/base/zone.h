/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Time zones without the process-wide state of tzset(): rules are read once from the
 * system's zone files (TZif, with the POSIX rule at their end), then asked as often as
 * needed. Seconds everywhere; "local" seconds are a wall clock read as if it were UTC.
 *
 * A zone is immutable after zone_new().
 */
#pragma once

#include <sipvigil/base.h>

struct zone;

/** A stretch of time, [since, until) in UTC, with one offset east of UTC. */
struct zone_span {
	int64_t since, until;
	int32_t offset;
};

/** `name`: IANA name, POSIX rule ("CET-1CEST,M3.5.0,M10.5.0/3"), or NULL for the
 *  machine's zone ($TZ, else /etc/localtime, else UTC). UTC needs no zone files.
 *  0, -EINVAL for an unknown name or a damaged file, -ENOMEM. */
int zone_new(const char *name, struct zone **ret_zone);
void zone_free(struct zone *zone);

void zone_at(const struct zone *zone, int64_t utc, struct zone_span *ret_span);

/** Moments that the wall clock `local` may mean, earlier one first: 1, or 2 in the hour
 *  that repeats. One that was skipped (spring) means the moment after the change. */
int zone_moments(const struct zone *zone, int64_t local, int64_t ret_utc[2]);

/** Days from 1970-01-01 to this date of the Gregorian calendar; month 1..12. */
int64_t zone_days(int year, int month, int day);
int zone_year_of(int64_t seconds);
bool zone_leap_year(int year);
