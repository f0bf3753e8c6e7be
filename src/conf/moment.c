/* SPDX-License-Identifier: Apache-2.0 */
#include "conf/moment.h"

#include <stdio.h>
#include <time.h>

/** "+02:00", "-0330", "Z"; *ret_zoned: there is one. */
static bool
read_zone(const char *text, bool *ret_zoned, long *ret_offset)
{
	int hours = 0, minutes = 0, used = 0;
	char sign;

	*ret_zoned = text[0] != '\0';
	*ret_offset = 0;
	if (!text[0] || ((text[0] == 'Z' || text[0] == 'z') && !text[1]))
		return true;
	if (sscanf(text, "%c%2d:%2d%n", &sign, &hours, &minutes, &used) != 3 &&
	    sscanf(text, "%c%2d%2d%n", &sign, &hours, &minutes, &used) != 3)
		return false;
	if (text[used] || (sign != '+' && sign != '-') || hours < 0 || hours > 14 ||
	    minutes < 0 || minutes > 59)
		return false;
	*ret_offset = (hours * 60L + minutes) * 60 * (sign == '-' ? -1 : 1);
	return true;
}

static bool
read_date(const char *text, struct tm *tm, int *ret_used)
{
	int more = 0;

	if (sscanf(text, "%4d-%2d-%2d%n", &tm->tm_year, &tm->tm_mon, &tm->tm_mday,
		   ret_used) != 3)
		return false;
	if (text[*ret_used] != 'T' && text[*ret_used] != ' ')
		return true;
	if (sscanf(text + *ret_used + 1, "%2d:%2d%n", &tm->tm_hour, &tm->tm_min,
		   &more) != 2)
		return false;
	*ret_used += 1 + more;
	more = 0;
	if (text[*ret_used] != ':')
		return true;
	if (sscanf(text + *ret_used + 1, "%2d%n", &tm->tm_sec, &more) != 1)
		return false;
	*ret_used += 1 + more;
	return true;
}

bool
moment_read(const char *text, sv_usec *ret_moment)
{
	struct tm tm = { .tm_isdst = -1 };
	int used = 0;
	long offset;
	bool zoned;

	if (!read_date(text, &tm, &used) || !read_zone(text + used, &zoned, &offset) ||
	    tm.tm_year < 1971 || tm.tm_mon < 1 || tm.tm_mon > 12 || tm.tm_mday < 1 ||
	    tm.tm_mday > 31 || tm.tm_hour < 0 || tm.tm_hour > 23 || tm.tm_min < 0 ||
	    tm.tm_min > 59 || tm.tm_sec < 0 || tm.tm_sec > 60)
		return false;
	tm.tm_year -= 1900;
	tm.tm_mon--;
	time_t at = zoned ? timegm(&tm) - offset : mktime(&tm);
	if (at <= 0)
		return false;
	*ret_moment = (sv_usec)at * SV_USEC_PER_SEC;
	return true;
}
