/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Cisco's devices: "45: gw1: *Mar  1 2026 00:12:41.123 CET: %SIP-3-INTERNAL: text". The
 * number (service sequence-numbers), the name (logging origin-id), the mark and the date
 * may be missing each, and in place of the date there may be the time since the start
 * (00:12:41, 1w0d). A star in front of the date says that the clock was never set: such
 * a date is none.
 */
#include "base/header.h"

#include "base/text.h"

/** The prefix is short; a percent sign far behind belongs to something else. */
#define PREFIX_MAX 160

static inline bool
is_digit(char c)
{
	return (unsigned char)(c - '0') < 10;
}

static inline bool
is_upper(char c)
{
	return (unsigned char)(c - 'A') < 26;
}

/* "%SIP-3-INTERNAL:" */
static bool
is_banner(struct sv_str s)
{
	size_t n = 1, dashes = 0;

	if (s.len < 6 || s.ptr[0] != '%' || !is_upper(s.ptr[1]))
		return false;
	for (; n < s.len && n < 80; n++) {
		char c = s.ptr[n];
		if (c == ':')
			return dashes >= 2;
		dashes += c == '-';
		if (!is_upper(c) && !is_digit(c) && c != '-' && c != '_')
			return false;
	}
	return false;
}

/* "123: ", ": " and " ": what is behind. */
static struct sv_str
number_skip(struct sv_str s)
{
	size_t n = 0;

	while (n < s.len && n < 12 && is_digit(s.ptr[n]))
		n++;
	if (n < s.len && s.ptr[n] == ':' && n + 1 < s.len && s.ptr[n + 1] == ' ')
		return str_from(s, n + 2);
	return s;
}

/* "gw1: " */
static struct sv_str
name_skip(struct sv_str s, struct header *h)
{
	size_t n = 0;

	while (n < s.len && n < 64 && s.ptr[n] > ' ' && s.ptr[n] < 127 &&
	       s.ptr[n] != ':' && s.ptr[n] != '%')
		n++;
	if (n == 0 || n + 1 >= s.len || s.ptr[n] != ':' || s.ptr[n + 1] != ' ')
		return s;
	h->host = str_upto(s, n);
	return str_from(s, n + 2);
}

/* The date, or the time since the start, up to the colon. */
static struct sv_str
date_skip(struct sv_str s, struct header *h)
{
	bool unset = s.len && s.ptr[0] == '*';
	size_t used, zone;
	struct date date;

	if (s.len && (s.ptr[0] == '*' || s.ptr[0] == '.'))
		s = str_from(s, 1);
	used = date_take(s, &date);
	for (zone = used + 1;
	     used && used < s.len && s.ptr[used] == ' ' && zone < s.len &&
	     zone < used + 8 && (is_upper(s.ptr[zone]) || is_digit(s.ptr[zone]));
	     zone++)
		;
	if (used && zone > used + 1 && zone < s.len && s.ptr[zone] == ':')
		used = zone;
	if (!used || used + 1 >= s.len || s.ptr[used] != ':' || s.ptr[used + 1] != ' ')
		return s;
	h->has_date = !unset;
	h->date = date;
	return str_from(s, used + 2);
}

/* "00:12:41: ", "1w0d: " */
static struct sv_str
uptime_skip(struct sv_str s)
{
	size_t n = 0;

	while (n < s.len && n < 24 &&
	       (is_digit(s.ptr[n]) ||
		(s.ptr[n] == ':' && n + 1 < s.len && is_digit(s.ptr[n + 1])) ||
		s.ptr[n] == 'y' || s.ptr[n] == 'w' || s.ptr[n] == 'd' ||
		s.ptr[n] == 'h' || s.ptr[n] == '.'))
		n++;
	if (n < 4 || n + 1 >= s.len || s.ptr[n] != ':' || s.ptr[n + 1] != ' ')
		return s;
	return str_from(s, n + 2);
}

bool
header_split_cisco(struct sv_str text, struct header *h)
{
	struct header got = *h;
	size_t percent = str_find_char(str_upto(text, PREFIX_MAX), '%');
	struct sv_str s = text;

	if (percent == STR_NONE || !is_banner(str_from(text, percent)))
		return false;
	s = number_skip(s);
	if (!is_banner(s)) {
		struct sv_str rest = uptime_skip(date_skip(s, &got));
		if (rest.len == s.len)
			rest = uptime_skip(date_skip(name_skip(s, &got), &got));
		s = rest;
	}
	if (!is_banner(s))
		return false;
	got.text = s;
	*h = got;
	return true;
}
