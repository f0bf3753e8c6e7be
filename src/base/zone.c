/* SPDX-License-Identifier: Apache-2.0 */
#include "base/zone.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define ZONE_DIR "/usr/share/zoneinfo/"
#define DAY ((int64_t)86400)
#define FILE_MAX_BYTES ((size_t)256 * 1024)
#define HEADER_BYTES 44

/* When summer time starts or ends, as a POSIX rule says it. */
struct change {
	char kind; /* 'J': day 1..365 without leap day, 'D': day 0..365, 'M': month */
	int month, week, day;
	int32_t time; /* seconds after local midnight, may be negative or over a day */
};

struct rule {
	int32_t standard, summer; /* offsets east of UTC */
	bool has_summer;
	struct change start, end;
};

struct zone {
	size_t n;
	int64_t *when;   /* n moments, ascending */
	int32_t *offset; /* what holds from when[i] on */
	int32_t first;   /* what held before when[0] */
	bool has_rule;   /* for the time after when[n - 1] */
	struct rule rule;
};

static const int days_before[13] = { 0,   31,  59,  90,  120, 151, 181,
				     212, 243, 273, 304, 334, 365 };

bool
zone_leap_year(int year)
{
	return year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
}

int64_t
zone_days(int year, int month, int day)
{
	int64_t y = (int64_t)year - 1;
	int64_t days = y * 365 + y / 4 - y / 100 + y / 400 - 719162;

	days += days_before[month - 1] + day - 1;
	return days + (month > 2 && zone_leap_year(year));
}

int
zone_year_of(int64_t seconds)
{
	int year = 1970 + (int)(seconds / 31556952);

	while (zone_days(year, 1, 1) * DAY > seconds)
		year--;
	while (zone_days(year + 1, 1, 1) * DAY <= seconds)
		year++;
	return year;
}

/* ---- POSIX rules ---- */

static const char *
take_number(const char *s, int max, int *ret_value)
{
	int v = 0;

	if (*s < '0' || *s > '9')
		return NULL;
	for (; *s >= '0' && *s <= '9'; s++) {
		v = v * 10 + (*s - '0');
		if (v > max)
			return NULL;
	}
	*ret_value = v;
	return s;
}

/* [+-]hh[:mm[:ss]] */
static const char *
take_span(const char *s, int32_t *ret_seconds)
{
	int part[3] = { 0, 0, 0 };
	int sign = 1;

	if (*s == '+' || *s == '-')
		sign = *s++ == '-' ? -1 : 1;
	s = take_number(s, 167, &part[0]);
	for (int i = 1; s && *s == ':' && i < 3; i++)
		s = take_number(s + 1, 59, &part[i]);
	if (s)
		*ret_seconds = sign * (part[0] * 3600 + part[1] * 60 + part[2]);
	return s;
}

static const char *
skip_name(const char *s)
{
	const char *start = s;

	if (*s == '<') {
		s = strchr(s, '>');
		return s ? s + 1 : NULL;
	}
	while ((*s >= 'A' && *s <= 'Z') || (*s >= 'a' && *s <= 'z'))
		s++;
	return s - start >= 3 ? s : NULL;
}

static const char *
take_change(const char *s, struct change *ret)
{
	struct change c = { .kind = 'D', .time = 7200 };

	if (*s == 'M') {
		c.kind = 'M';
		s = take_number(s + 1, 12, &c.month);
		s = s && *s == '.' ? take_number(s + 1, 5, &c.week) : NULL;
		s = s && *s == '.' ? take_number(s + 1, 6, &c.day) : NULL;
		if (c.month < 1 || c.week < 1)
			return NULL;
	} else {
		if (*s == 'J')
			c.kind = *s++;
		s = take_number(s, 365, &c.day);
		if (c.kind == 'J' && c.day < 1)
			return NULL;
	}
	if (s && *s == '/')
		s = take_span(s + 1, &c.time);
	if (s)
		*ret = c;
	return s;
}

static bool
rule_read(const char *s, struct rule *ret_rule)
{
	struct rule r = { 0 };
	int32_t west;

	s = skip_name(s);
	s = s ? take_span(s, &west) : NULL;
	if (!s)
		return false;
	r.standard = -west;
	if (*s == '\0') {
		*ret_rule = r;
		return true;
	}
	r.has_summer = true;
	r.summer = r.standard + 3600;
	s = skip_name(s);
	if (s && *s != '\0' && *s != ',') {
		s = take_span(s, &west);
		r.summer = -west;
	}
	if (!s)
		return false;
	if (*s == '\0')
		s = ",M3.2.0,M11.1.0";
	s = *s == ',' ? take_change(s + 1, &r.start) : NULL;
	s = s && *s == ',' ? take_change(s + 1, &r.end) : NULL;
	if (!s || *s != '\0')
		return false;
	*ret_rule = r;
	return true;
}

/* Local seconds at which a change falls in a year. */
static int64_t
change_local(const struct change *c, int year)
{
	int64_t day = zone_days(year, 1, 1);

	if (c->kind == 'J') {
		day += c->day - 1 + (c->day >= 60 && zone_leap_year(year));
	} else if (c->kind == 'D') {
		day += c->day;
	} else {
		int64_t first = zone_days(year, c->month, 1);
		int64_t next = c->month == 12 ? zone_days(year + 1, 1, 1)
					      : zone_days(year, c->month + 1, 1);
		int64_t weekday = (first + 4) % 7; /* 1970-01-01 was a Thursday */
		if (weekday < 0)
			weekday += 7;
		day = first + (c->day - weekday + 7) % 7 + 7 * (c->week - 1);
		while (day >= next)
			day -= 7;
	}
	return day * DAY + c->time;
}

static void
rule_at(const struct rule *r, int64_t utc, struct zone_span *ret_span)
{
	struct zone_span span = { INT64_MIN, INT64_MAX, r->standard };

	if (r->has_summer) {
		int year = zone_year_of(utc + r->standard);
		for (int y = year - 1; y <= year + 1; y++) {
			int64_t start = change_local(&r->start, y) - r->standard;
			int64_t end = change_local(&r->end, y) - r->summer;
			if (start <= utc && start > span.since) {
				span.since = start;
				span.offset = r->summer;
			}
			if (end <= utc && end > span.since) {
				span.since = end;
				span.offset = r->standard;
			}
			if (start > utc && start < span.until)
				span.until = start;
			if (end > utc && end < span.until)
				span.until = end;
		}
	}
	*ret_span = span;
}

/* ---- zone files ---- */

struct counts {
	size_t isut, isstd, leap, time, type, chars;
};

static uint32_t
be32(const unsigned char *p)
{
	return (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 | p[3];
}

static int64_t
be64(const unsigned char *p)
{
	return (int64_t)((uint64_t)be32(p) << 32 | be32(p + 4));
}

static bool
counts_read(const unsigned char *p, size_t len, struct counts *ret)
{
	if (len < HEADER_BYTES || memcmp(p, "TZif", 4) != 0)
		return false;
	*ret = (struct counts){ be32(p + 20), be32(p + 24), be32(p + 28),
				be32(p + 32), be32(p + 36), be32(p + 40) };
	return ret->isut <= 256 && ret->isstd <= 256 && ret->leap <= 4096 &&
	       ret->time <= 16384 && ret->type >= 1 && ret->type <= 256 &&
	       ret->chars <= 4096;
}

static size_t
block_bytes(const struct counts *c, size_t width)
{
	return c->time * (width + 1) + c->type * 6 + c->chars + c->leap * (width + 4) +
	       c->isstd + c->isut;
}

static int
block_read(struct zone *zone, const unsigned char *p, const struct counts *c,
	   size_t width)
{
	const unsigned char *index = p + c->time * width;
	const unsigned char *types = index + c->time;

	zone->when = calloc(c->time + 1, sizeof(zone->when[0]));
	zone->offset = calloc(c->time + 1, sizeof(zone->offset[0]));
	if (!zone->when || !zone->offset)
		return -ENOMEM;
	zone->first = (int32_t)be32(types);
	for (size_t i = 0; i < c->time; i++) {
		if (index[i] >= c->type)
			return -EINVAL;
		zone->when[i] = width == 8 ? be64(p + i * 8) : (int32_t)be32(p + i * 4);
		zone->offset[i] = (int32_t)be32(types + (size_t)index[i] * 6);
		if (i && zone->when[i] <= zone->when[i - 1])
			return -EINVAL;
	}
	zone->n = c->time;
	return 0;
}

static int
zone_parse(struct zone *zone, const unsigned char *p, size_t len)
{
	struct counts c;

	if (!counts_read(p, len, &c))
		return -EINVAL;
	size_t body = HEADER_BYTES + block_bytes(&c, 4);
	if (p[4] < '2')
		return len < body ? -EINVAL : block_read(zone, p + HEADER_BYTES, &c, 4);
	if (len < body || !counts_read(p + body, len - body, &c))
		return -EINVAL;
	p += body + HEADER_BYTES;
	len -= body + HEADER_BYTES;
	size_t bytes = block_bytes(&c, 8);
	if (len < bytes)
		return -EINVAL;
	int r = block_read(zone, p, &c, 8);
	if (r < 0)
		return r;

	char rule[128];
	const unsigned char *foot = p + bytes;
	size_t left = len - bytes;
	if (left < 2 || foot[0] != '\n')
		return 0;
	const unsigned char *end = memchr(foot + 1, '\n', left - 1);
	size_t n = end ? (size_t)(end - foot - 1) : 0;
	if (n > 0 && n < sizeof(rule)) {
		memcpy(rule, foot + 1, n);
		rule[n] = '\0';
		zone->has_rule = rule_read(rule, &zone->rule);
	}
	return 0;
}

static int
zone_load(struct zone *zone, const char *path)
{
	unsigned char *bytes = NULL;
	int r = -EINVAL;
	FILE *f = fopen(path, "rce");

	if (!f)
		return -EINVAL;
	bytes = malloc(FILE_MAX_BYTES);
	if (!bytes) {
		r = -ENOMEM;
		goto finish;
	}
	size_t len = fread(bytes, 1, FILE_MAX_BYTES, f);
	if (!ferror(f))
		r = zone_parse(zone, bytes, len);
finish:
	free(bytes);
	(void)fclose(f);
	return r;
}

static bool
name_is_sane(const char *name)
{
	if (*name == '\0' || *name == '/' || *name == '.' || strstr(name, ".."))
		return false;
	for (; *name; name++)
		if (!((*name >= 'A' && *name <= 'Z') ||
		      (*name >= 'a' && *name <= 'z') ||
		      (*name >= '0' && *name <= '9') || strchr("_+-/", *name)))
			return false;
	return true;
}

static bool
name_is_utc(const char *name)
{
	return strcmp(name, "UTC") == 0 || strcmp(name, "Etc/UTC") == 0 ||
	       strcmp(name, "GMT") == 0 || strcmp(name, "UCT") == 0;
}

static int
zone_find(struct zone *zone, const char *name)
{
	char path[256];

	if (name_is_utc(name))
		return 0;
	if (name_is_sane(name)) {
		int n = snprintf(path, sizeof(path), ZONE_DIR "%s", name);
		if (n < (int)sizeof(path)) {
			int r = zone_load(zone, path);
			if (r != -EINVAL)
				return r;
		}
	}
	zone->has_rule = rule_read(name, &zone->rule);
	return zone->has_rule ? 0 : -EINVAL;
}

/* A machine with a broken or missing zone runs on UTC, as libc does. */
static int
zone_of_machine(struct zone *zone)
{
	const char *name = getenv("TZ");
	int r;

	if (!name)
		r = zone_load(zone, "/etc/localtime");
	else if (name[0] == ':' && name[1] == '/')
		r = zone_load(zone, name + 1);
	else if (name[0] == '/')
		r = zone_load(zone, name);
	else
		r = zone_find(zone, name[0] == ':' ? name + 1 : name);
	return r == -EINVAL ? 0 : r;
}

int
zone_new(const char *name, struct zone **ret_zone)
{
	struct zone *zone = calloc(1, sizeof(*zone));

	if (!zone)
		return -ENOMEM;
	int r = name ? zone_find(zone, name) : zone_of_machine(zone);
	if (r < 0) {
		zone_free(zone);
		return r;
	}
	*ret_zone = zone;
	return 0;
}

void
zone_free(struct zone *zone)
{
	if (!zone)
		return;
	free(zone->when);
	free(zone->offset);
	free(zone);
}

void
zone_at(const struct zone *zone, int64_t utc, struct zone_span *ret_span)
{
	size_t lo = 0, hi = zone->n;

	while (lo < hi) {
		size_t mid = (lo + hi) / 2;
		if (zone->when[mid] <= utc)
			lo = mid + 1;
		else
			hi = mid;
	}
	/* lo: number of changes at or before utc */
	int64_t since = lo ? zone->when[lo - 1] : INT64_MIN;
	if (lo == zone->n && zone->has_rule) {
		rule_at(&zone->rule, utc, ret_span);
		if (ret_span->since < since)
			ret_span->since = since;
		return;
	}
	*ret_span =
		(struct zone_span){ since, lo < zone->n ? zone->when[lo] : INT64_MAX,
				    lo ? zone->offset[lo - 1] : zone->first };
}

int
zone_moments(const struct zone *zone, int64_t local, int64_t ret_utc[2])
{
	struct zone_span before, after, check;
	int n = 0;

	/* No zone is more than a day off, so these two stand on either side of any
	 * change that may touch this wall clock. */
	zone_at(zone, local - DAY, &before);
	zone_at(zone, local + DAY, &after);
	int64_t early = local - before.offset, late = local - after.offset;
	zone_at(zone, early, &check);
	if (check.offset == before.offset)
		ret_utc[n++] = early;
	zone_at(zone, late, &check);
	if (late != early && check.offset == after.offset)
		ret_utc[n++] = late;
	if (n == 0)
		ret_utc[n++] = early;
	return n;
}
