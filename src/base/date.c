/* SPDX-License-Identifier: Apache-2.0 */
#include "base/date.h"

#include "base/zone.h"

#include <string.h>

/* Epoch stamps are ten digits of these years; other ten digits are phone numbers. */
#define EPOCH_MIN ((int64_t)946684800)  /* 2000 */
#define EPOCH_MAX ((int64_t)4102444800) /* 2100 */

static inline bool
is_digit(char c)
{
	return (unsigned char)(c - '0') < 10;
}

static inline bool
is_alnum(char c)
{
	return is_digit(c) || (unsigned char)((c | 0x20) - 'a') < 26;
}

/* Value of two digits, -1 if they are none. The caller has checked the length. */
static inline int
two(const char *p)
{
	if (!is_digit(p[0]) || !is_digit(p[1]))
		return -1;
	return (p[0] - '0') * 10 + (p[1] - '0');
}

static inline int
four(const char *p)
{
	int hi = two(p), lo = two(p + 2);

	return hi < 0 || lo < 0 ? -1 : hi * 100 + lo;
}

/* Day of month, padded with a blank or a zero. */
static inline int
padded(const char *p)
{
	if (p[0] == ' ')
		return is_digit(p[1]) ? p[1] - '0' : -1;
	return two(p);
}

static inline uint32_t
three_letters(const char *p)
{
	return (uint32_t)(unsigned char)p[0] << 16 |
	       (uint32_t)(unsigned char)p[1] << 8 | (unsigned char)p[2];
}

#define LETTERS(a, b, c) ((uint32_t)(a) << 16 | (uint32_t)(b) << 8 | (uint32_t)(c))

static int
month_of(const char *p)
{
	switch (three_letters(p)) {
	case LETTERS('J', 'a', 'n'):
		return 1;
	case LETTERS('F', 'e', 'b'):
		return 2;
	case LETTERS('M', 'a', 'r'):
		return 3;
	case LETTERS('A', 'p', 'r'):
		return 4;
	case LETTERS('M', 'a', 'y'):
		return 5;
	case LETTERS('J', 'u', 'n'):
		return 6;
	case LETTERS('J', 'u', 'l'):
		return 7;
	case LETTERS('A', 'u', 'g'):
		return 8;
	case LETTERS('S', 'e', 'p'):
		return 9;
	case LETTERS('O', 'c', 't'):
		return 10;
	case LETTERS('N', 'o', 'v'):
		return 11;
	case LETTERS('D', 'e', 'c'):
		return 12;
	}
	return 0;
}

static bool
is_weekday(const char *p)
{
	switch (three_letters(p)) {
	case LETTERS('M', 'o', 'n'):
	case LETTERS('T', 'u', 'e'):
	case LETTERS('W', 'e', 'd'):
	case LETTERS('T', 'h', 'u'):
	case LETTERS('F', 'r', 'i'):
	case LETTERS('S', 'a', 't'):
	case LETTERS('S', 'u', 'n'):
		return true;
	}
	return false;
}

static bool
date_is_valid(const struct date *d)
{
	static const int days_in[] = { 31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31 };

	if (d->month < 1 || d->month > 12 || d->day < 1 ||
	    d->day > days_in[d->month - 1])
		return false;
	return d->year == 0 || d->month != 2 || d->day < 29 || zone_leap_year(d->year);
}

/* HH:MM:SS; 60 is a leap second. */
static bool
clock_take(const char *p, struct date *d)
{
	d->hour = two(p);
	d->minute = two(p + 3);
	d->second = two(p + 6);
	return p[2] == ':' && p[5] == ':' && (unsigned)d->hour < 24 &&
	       (unsigned)d->minute < 60 && (unsigned)d->second < 61;
}

/* ".123456" at `at`. After a comma only 3 or 6 digits: it may separate columns. */
static size_t
fraction_take(struct sv_str s, size_t at, uint32_t *ret_usec)
{
	static const uint32_t scale[] = { 1000000, 100000, 10000, 1000, 100, 10, 1 };
	uint32_t v = 0;
	size_t n = 0;

	if (at >= s.len || (s.ptr[at] != '.' && s.ptr[at] != ','))
		return 0;
	const char *p = s.ptr + at + 1;
	size_t room = s.len - at - 1;
	for (; n < room && is_digit(p[n]); n++)
		if (n < 6)
			v = v * 10 + (uint32_t)(p[n] - '0');
	if (n == 0 || n > 12 || (s.ptr[at] == ',' && n != 3 && n != 6))
		return 0;
	*ret_usec = v * scale[n < 6 ? n : 6];
	return n + 1;
}

/* +HH:MM, +HHMM, +HH at `at`. */
static size_t
offset_take(struct sv_str s, size_t at, int32_t *ret_offset)
{
	const char *p = s.ptr + at;
	size_t room = s.len - at, n = 3;

	if (room < 3 || (p[0] != '+' && p[0] != '-'))
		return 0;
	int hours = two(p + 1), minutes = 0;
	if (room >= 6 && p[3] == ':' && two(p + 4) >= 0) {
		minutes = two(p + 4);
		n = 6;
	} else if (room >= 5 && two(p + 3) >= 0) {
		minutes = two(p + 3);
		n = 5;
	}
	if (hours < 0 || hours > 15 || minutes > 59 || (room > n && is_alnum(p[n])))
		return 0;
	*ret_offset = (hours * 3600 + minutes * 60) * (p[0] == '-' ? -1 : 1);
	return n;
}

/* A zone behind the time: glued, or after one blank. An abbreviation other than UTC
 * says nothing for sure and is only skipped, and only before a closing bracket. */
static size_t
zone_take(struct sv_str s, size_t at, struct date *d)
{
	size_t blank = at < s.len && s.ptr[at] == ' ', from = at + blank;

	if (from >= s.len)
		return 0;
	const char *p = s.ptr + from;
	size_t room = s.len - from, n = 0;
	if (p[0] == 'Z' && !blank && (room == 1 || !is_alnum(p[1]))) {
		d->zoned = true;
		d->offset = 0;
		return 1;
	}
	n = offset_take(s, from, &d->offset);
	if (n && !(blank && n == 3)) {
		d->zoned = true;
		return blank + n;
	}
	for (n = 0; n < room && n < 6 && p[n] >= 'A' && p[n] <= 'Z'; n++)
		;
	if (n < 3 || n > 5)
		return 0;
	if (n == 3 && (memcmp(p, "UTC", 3) == 0 || memcmp(p, "GMT", 3) == 0) &&
	    (room == 3 || p[3] == ' ' || p[3] == ']')) {
		d->zoned = true;
		d->offset = 0;
		return blank + 3;
	}
	return room > n && p[n] == ']' ? blank + n : 0;
}

static size_t
tail_take(struct sv_str s, size_t at, struct date *d)
{
	at += fraction_take(s, at, &d->usec);
	return at + zone_take(s, at, d);
}

static size_t
iso_take(struct sv_str s, struct date *d)
{
	const char *p = s.ptr;

	if (s.len < 19 || (p[4] != '-' && p[4] != '/') || p[7] != p[4] ||
	    (p[10] != ' ' && p[10] != 'T'))
		return 0;
	d->shape = DATE_ISO;
	d->with_t = p[10] == 'T';
	d->year = four(p);
	d->month = two(p + 5);
	d->day = two(p + 8);
	if (d->year < 1970 || !clock_take(p + 11, d) || !date_is_valid(d))
		return 0;
	return tail_take(s, 19, d);
}

/* "2026-Nov-22 …" and "22-Nov-2026 …" */
static size_t
named_take(struct sv_str s, struct date *d)
{
	const char *p = s.ptr;
	bool day_first = p[2] == '-';
	size_t month = day_first ? 3 : 5;

	if (s.len < 20 || p[month - 1] != '-' || p[month + 3] != '-' || p[11] != ' ')
		return 0;
	d->shape = day_first ? DATE_EUROPE : DATE_ISO;
	d->month = month_of(p + month);
	d->year = four(day_first ? p + 7 : p);
	d->day = two(day_first ? p : p + 9);
	if (d->year < 1970 || !d->month || !clock_take(p + 12, d) || !date_is_valid(d))
		return 0;
	return tail_take(s, 20, d);
}

static size_t
europe_take(struct sv_str s, struct date *d)
{
	const char *p = s.ptr;

	if (s.len < 19 || (p[2] != '/' && p[2] != '.' && p[2] != '-') || p[5] != p[2] ||
	    p[10] != ' ')
		return 0;
	d->shape = DATE_EUROPE;
	d->day = two(p);
	d->month = two(p + 3);
	d->year = four(p + 6);
	if (d->year < 1970 || !clock_take(p + 11, d) || !date_is_valid(d))
		return 0;
	return tail_take(s, 19, d);
}

static size_t
epoch_take(struct sv_str s, struct date *d)
{
	int64_t v = 0;
	size_t n = 0;

	for (; n < s.len && n < 11 && is_digit(s.ptr[n]); n++)
		v = v * 10 + (s.ptr[n] - '0');
	if (n != 10 || v < EPOCH_MIN || v >= EPOCH_MAX)
		return 0;
	d->shape = DATE_EPOCH;
	d->epoch = v;
	d->zoned = true;
	n += fraction_take(s, n, &d->usec);
	if (n < s.len && is_alnum(s.ptr[n]))
		return 0;
	return n;
}

/* "Mmm dd" at `p`, which has at least six bytes. */
static bool
month_day_take(const char *p, struct date *d)
{
	d->month = month_of(p);
	d->day = padded(p + 4);
	return d->month && p[3] == ' ';
}

static size_t
syslog_take(struct sv_str s, struct date *d)
{
	const char *p = s.ptr;
	size_t at = 7;

	if (s.len < 15 || !month_day_take(p, d) || p[6] != ' ')
		return 0;
	d->shape = DATE_SYSLOG;
	if (s.len >= 20 && p[9] != ':' && four(p + 7) >= 1970 && p[11] == ' ') {
		d->year = four(p + 7);
		at = 12;
	}
	if (!clock_take(p + at, d) || !date_is_valid(d))
		return 0;
	return tail_take(s, at + 8, d);
}

/* The year at the end, perhaps behind a zone. */
static size_t
asctime_year_take(struct sv_str s, size_t at, struct date *d)
{
	const char *p = s.ptr + at;
	size_t room = s.len - at, n = 0;

	while (n < room && n < 6 && p[n] >= 'A' && p[n] <= 'Z')
		n++;
	bool utc = n == 3 && (memcmp(p, "UTC", 3) == 0 || memcmp(p, "GMT", 3) == 0);
	if (n >= 3 && n < room && p[n] == ' ')
		n++;
	else if (n)
		return 0;
	if (room - n < 4 || four(p + n) < 1970 || (room - n > 4 && is_alnum(p[n + 4])))
		return 0;
	d->year = four(p + n);
	d->zoned = utc;
	return n + 4;
}

static size_t
weekday_take(struct sv_str s, struct date *d)
{
	const char *p = s.ptr + 4;

	if (s.len >= 23 && is_digit(p[0])) {
		size_t n = iso_take((struct sv_str){ p, s.len - 4 }, d);
		return n ? n + 4 : 0;
	}
	if (s.len < 19 || !month_day_take(p, d) || p[6] != ' ' || !clock_take(p + 7, d))
		return 0;
	d->shape = DATE_ASCTIME;
	size_t at = 19;
	at += fraction_take(s, at, &d->usec);
	if (at < s.len && s.ptr[at] == ' ') {
		size_t n = asctime_year_take(s, at + 1, d);
		at += n ? n + 1 : 0;
	}
	return date_is_valid(d) ? at : 0;
}

size_t
date_take(struct sv_str text, struct date *ret_date)
{
	struct date d = { .shape = DATE_ISO };
	size_t used = 0;

	if (text.len < 10)
		return 0;
	const char *p = text.ptr;
	if (is_digit(p[0])) {
		if (p[4] == '-' || p[4] == '/')
			used = is_digit(p[5]) ? iso_take(text, &d)
					      : named_take(text, &d);
		else if (!is_digit(p[2]))
			used = is_digit(p[3]) ? europe_take(text, &d)
					      : named_take(text, &d);
		else
			used = epoch_take(text, &d);
	} else if (p[3] == ' ') {
		used = is_weekday(p) ? weekday_take(text, &d) : syslog_take(text, &d);
	}
	if (used)
		*ret_date = d;
	return used;
}

size_t
date_take_clock(struct sv_str text, struct date *ret_date)
{
	struct date d = { .shape = DATE_CLOCK };

	if (text.len < 10 || !clock_take(text.ptr, &d))
		return 0;
	size_t n = fraction_take(text, 8, &d.usec);
	if (n == 0)
		return 0;
	*ret_date = d;
	return 8 + n;
}

/** Could a letter or a sign behind the blank be a zone? */
static inline bool
begins_zone(char c)
{
	return (c >= 'A' && c <= 'Z') || c == '+' || c == '-';
}

/** Keep a date that says by itself where it ends, whatever follows. */
static void
recent_keep(struct date_recent *r, struct sv_str text, size_t used,
	    const struct date *date)
{
	size_t zone = 19;

	if (used == 0 || used > sizeof(r->text) || used + 1 >= text.len ||
	    text.ptr[used] != ' ')
		return;
	r->used = 0;
	if (date->shape == DATE_ISO && date->with_t && date->zoned && used > 19 &&
	    text.ptr[zone] != ',') {
		if (text.ptr[zone] == '.')
			for (zone++; zone < used && is_digit(text.ptr[zone]); zone++)
				;
		r->second_at = 17;
	} else if (date->shape == DATE_SYSLOG && used == 15 &&
		   !begins_zone(text.ptr[used + 1])) {
		zone = 15;
		r->second_at = 13;
	} else {
		return;
	}
	r->zone_at = (uint8_t)zone;
	r->date = *date;
	memcpy(r->text, text.ptr, used);
	r->used = (uint8_t)used;
}

/** The seconds and the fraction of a date that is otherwise the kept one. */
static bool
recent_read(const struct date_recent *r, const char *p, struct date *d)
{
	size_t at = r->second_at;
	unsigned second = (unsigned)two(p + at);
	uint32_t usec = 0, unit = 100000;

	if (second > 60)
		return false;
	if (r->zone_at > at + 2 && p[at + 2] != r->text[at + 2])
		return false;
	for (at += 3; at < r->zone_at; at++) {
		if (!is_digit(p[at]))
			return false;
		usec += (uint32_t)(p[at] - '0') * unit;
		unit /= 10;
	}
	d->second = (int)second;
	d->usec = usec;
	return true;
}

size_t
date_take_next(struct date_recent *r, struct sv_str text, struct date *ret_date)
{
	size_t used = r->used;

	if (used && used + 1 < text.len && text.ptr[used] == ' ' &&
	    memcmp(text.ptr, r->text, r->second_at) == 0 &&
	    memcmp(text.ptr + r->zone_at, r->text + r->zone_at, used - r->zone_at) ==
		    0 &&
	    (r->zone_at < used || !begins_zone(text.ptr[used + 1])) &&
	    recent_read(r, text.ptr, &r->date)) {
		*ret_date = r->date;
		return used;
	}
	used = date_take(text, ret_date);
	recent_keep(r, text, used, ret_date);
	return used;
}
