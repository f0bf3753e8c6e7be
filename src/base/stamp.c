/* SPDX-License-Identifier: Apache-2.0 */
#include "base/stamp.h"

#include "base/date.h"
#include "base/pack.h"
#include "base/zone.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define DAY ((int64_t)86400)

/* Lines of one log come a little out of order; a step back by more than this inside the
 * repeated hour means that the hour has begun again. */
#define DISORDER ((int64_t)120)

/* Back by more than this means a new year, not an old line. */
#define HALF_YEAR (183 * DAY)

/* Order beats the reference only for a step on that a living log makes: else a machine
 * that boots without a clock ("Jan  1") would be read as next year. */
#define STEP_OVER_YEAR (7 * DAY)

/** Longer dates are taken apart each time. */
#define DATE_TEXT_BYTES 40

struct stamp {
	struct zone *zone;
	int64_t reference;  /* seconds */
	int reference_year; /* while it is in [year_from, year_until) */
	int64_t year_from, year_until;
	int fixed_year; /* of rules; 0 = none */
	int64_t last;   /* newest reading, seconds UTC; 0 = nothing read yet */
	/* … of a stamp without year: one that has a year may be of a box whose clock is
	 * years off, and says nothing about the lines of others */
	int64_t last_yearless;
	/* Wall clock times in [quiet_from, quiet_until) are far from any change of the
	 * offset and mean just one moment. */
	int64_t quiet_from, quiet_until;
	int64_t quiet_offset;
	/* the last date that stood alone: many lines of a second have the same */
	struct date date;
	size_t date_used, date_len; /* 0 = none */
	char date_text[DATE_TEXT_BYTES];
	struct date_recent recent;
};

void
stamp_set_reference(struct stamp *stamp, sv_usec reference)
{
	stamp->reference = (int64_t)(reference / SV_USEC_PER_SEC);
	if (stamp->reference >= stamp->year_from &&
	    stamp->reference < stamp->year_until)
		return;
	int year = zone_year_of(stamp->reference + DAY);
	stamp->reference_year = year;
	stamp->year_from = (zone_days(year, 1, 1) - 1) * DAY;
	stamp->year_until = (zone_days(year + 1, 1, 1) - 1) * DAY;
}

int
stamp_new(const struct stamp_rules *rules, struct stamp **ret_stamp)
{
	struct stamp *stamp = calloc(1, sizeof(*stamp));

	if (!stamp)
		return -ENOMEM;
	int r = zone_new(rules->zone, &stamp->zone);
	if (r < 0) {
		free(stamp);
		return r;
	}
	stamp->fixed_year = rules->year;
	stamp_set_reference(stamp, rules->reference);
	*ret_stamp = stamp;
	return 0;
}

void
stamp_free(struct stamp *stamp)
{
	if (!stamp)
		return;
	zone_free(stamp->zone);
	free(stamp);
}

/* Which of the two moments of a repeated hour: the first, until the order of the lines
 * (or, for the very first line, the reference) says that the second has come. */
static int64_t
pick_moment(const struct stamp *stamp, const int64_t utc[2])
{
	if (stamp->last)
		return utc[0] < stamp->last - DISORDER ? utc[1] : utc[0];
	if (!stamp->reference)
		return utc[0];
	int64_t away = utc[1] - stamp->reference;
	return away > -DISORDER && away < DISORDER ? utc[1] : utc[0];
}

static int64_t
local_to_utc(struct stamp *stamp, int64_t local)
{
	struct zone_span span;
	int64_t utc[2];

	if (local >= stamp->quiet_from && local < stamp->quiet_until)
		return local - stamp->quiet_offset;
	int n = zone_moments(stamp->zone, local, utc);
	if (n == 2)
		return pick_moment(stamp, utc);
	zone_at(stamp->zone, utc[0], &span);
	bool open_start = span.since < INT64_MIN + 4 * DAY;
	bool open_end = span.until > INT64_MAX - 4 * DAY;
	stamp->quiet_from = open_start ? INT64_MIN : span.since + 2 * DAY;
	stamp->quiet_until = open_end ? INT64_MAX : span.until - 2 * DAY;
	stamp->quiet_offset = span.offset;
	return utc[0];
}

static int64_t
date_to_utc(struct stamp *stamp, const struct date *d, int year)
{
	int64_t local = zone_days(year, d->month, d->day) * DAY + d->hour * 3600 +
			d->minute * 60 + d->second;

	return d->zoned ? local - d->offset : local_to_utc(stamp, local);
}

/* The leap day exists in few years: take the newest that has it. */
static int
year_with_day(const struct date *d, int year)
{
	if (d->month == 2 && d->day == 29)
		while (!zone_leap_year(year))
			year--;
	return year;
}

static int64_t
distance(int64_t a, int64_t b)
{
	return a > b ? a - b : b - a;
}

/* The user gave the year of the first line: the others follow by order. */
static int64_t
resolve_from_first(struct stamp *stamp, const struct date *d)
{
	int64_t last = stamp->last_yearless;

	if (!last && stamp->fixed_year)
		return date_to_utc(stamp, d, year_with_day(d, stamp->fixed_year));
	if (!last)
		last = stamp->last;
	int year = zone_year_of(last);
	int64_t best = date_to_utc(stamp, d, year_with_day(d, year));
	for (int y = year - 1; y <= year + 1; y += 2) {
		int64_t t = date_to_utc(stamp, d, year_with_day(d, y));
		if (distance(t, last) < distance(best, last))
			best = t;
	}
	return best;
}

static int64_t
resolve_below_reference(struct stamp *stamp, const struct date *d)
{
	int year = year_with_day(d, stamp->reference_year);
	int64_t t = date_to_utc(stamp, d, year);

	if (t > stamp->reference + DAY) {
		year = year_with_day(d, year - 1);
		t = date_to_utc(stamp, d, year);
	}
	/* A reference that nobody moved, or a log of more than a year: go on. */
	int64_t last = stamp->last_yearless;
	if (last && t < last - HALF_YEAR) {
		int64_t on = date_to_utc(stamp, d, year_with_day(d, year + 1));
		if (on >= last - DISORDER && on <= last + STEP_OVER_YEAR)
			t = on;
	}
	return t;
}

/* A time of day: the day that brings it nearest to the last reading, so that it goes on
 * over midnight; the first one is the last such moment before the reference. */
static int64_t
resolve_clock(struct stamp *stamp, const struct date *d)
{
	struct zone_span span;
	int64_t near = stamp->last ? stamp->last : stamp->reference, best = 0;

	if (near < 2 * DAY)
		return 0;
	zone_at(stamp->zone, near, &span);
	int64_t local = near + span.offset, midnight = local - local % DAY;
	for (int64_t day = midnight - DAY; day <= midnight + DAY; day += DAY) {
		int64_t t = local_to_utc(stamp, day + d->hour * 3600 + d->minute * 60 +
							d->second);
		bool later = !stamp->last && t > near + DISORDER;
		if (!later && (!best || distance(t, near) < distance(best, near)))
			best = t;
	}
	return best;
}

static bool
is_yearless(const struct date *date)
{
	return !date->year && date->shape != DATE_EPOCH && date->shape != DATE_CLOCK;
}

bool
stamp_resolve(struct stamp *stamp, const struct date *date, sv_usec *ret_time,
	      enum sv_time_source *ret_source)
{
	int64_t t;

	if (date->shape == DATE_EPOCH)
		t = date->epoch;
	else if (date->shape == DATE_CLOCK)
		t = resolve_clock(stamp, date);
	else if (date->year)
		t = date_to_utc(stamp, date, date->year);
	else if (stamp->fixed_year || (!stamp->reference && stamp->last))
		t = resolve_from_first(stamp, date);
	else
		t = resolve_below_reference(stamp, date);
	if (t <= 0)
		return false;
	stamp->last = t;
	if (is_yearless(date))
		stamp->last_yearless = t;
	*ret_time = (sv_usec)t * SV_USEC_PER_SEC + date->usec;
	*ret_source = date->zoned && (date->year || date->shape == DATE_EPOCH)
			      ? SV_TIME_ZONED
			      : SV_TIME_STAMP;
	return true;
}

size_t
stamp_take_date(struct stamp *stamp, struct sv_str text, struct date *ret_date)
{
	return date_take_next(&stamp->recent, text, ret_date);
}

bool
stamp_read(struct stamp *stamp, struct sv_str text, size_t *ret_used, sv_usec *ret_time,
	   enum sv_time_source *ret_source)
{
	if (text.len == 0 || text.len != stamp->date_len ||
	    memcmp(text.ptr, stamp->date_text, text.len) != 0) {
		stamp->date_used = date_take(text, &stamp->date);
		if (!stamp->date_used)
			stamp->date_used = date_take_clock(text, &stamp->date);
		stamp->date_len = 0;
		if (text.len <= sizeof(stamp->date_text)) {
			stamp->date_len = text.len;
			memcpy(stamp->date_text, text.ptr ? text.ptr : "", text.len);
		}
	}
	if (!stamp->date_used ||
	    !stamp_resolve(stamp, &stamp->date, ret_time, ret_source))
		return false;
	*ret_used = stamp->date_used;
	return true;
}

void
stamp_save(const struct stamp *stamp, struct pack *out)
{
	pack_u64(out, (uint64_t)stamp->reference);
	pack_u64(out, (uint64_t)stamp->last);
}

void
stamp_load(struct stamp *stamp, struct unpack *in)
{
	uint64_t reference = unpack_u64(in), last = unpack_u64(in);
	const uint64_t most = (uint64_t)DAY * 366 * 10000;

	if (!unpack_ok(in) || reference > most || last > most)
		return;
	stamp_set_reference(stamp, (sv_usec)reference * SV_USEC_PER_SEC);
	stamp->last = stamp->last_yearless = (int64_t)last;
}
