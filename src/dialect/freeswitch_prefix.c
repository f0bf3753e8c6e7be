/* SPDX-License-Identifier: Apache-2.0 */
#include "dialect/freeswitch_line.h"

#include <ctype.h>

struct sv_str
freeswitch_skip_colour(struct sv_str s)
{
	while (s.len > 2 && s.ptr[0] == '\033' && s.ptr[1] == '[') {
		size_t i = 2;
		while (i < s.len &&
		       (isdigit((unsigned char)s.ptr[i]) || s.ptr[i] == ';'))
			i++;
		if (i == s.len || s.ptr[i] != 'm')
			break;
		s = str_from(s, i + 1);
	}
	return s;
}

/** "freeswitch@pbx1> ": a console's prompt that was written into the log. */
static struct sv_str
skip_prompt(struct sv_str s)
{
	if (!str_starts(s, SV_STR("freeswitch@")))
		return s;
	size_t end = str_find(str_upto(s, 80), SV_STR("> "));
	return end == STR_NONE ? s : str_from(s, end + 2);
}

static bool
is_hex(char c)
{
	return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f');
}

bool
freeswitch_is_uuid(struct sv_str s)
{
	if (s.len < FREESWITCH_UUID || s.ptr[8] != '-' || s.ptr[13] != '-' ||
	    s.ptr[18] != '-' || s.ptr[23] != '-')
		return false;
	for (size_t i = 0; i < FREESWITCH_UUID; i++)
		if (!is_hex(s.ptr[i]) && s.ptr[i] != '-')
			return false;
	return true;
}

/** `n` digits at `p` as a number; false: they are not all digits. */
static bool
digits(const char *p, size_t n, uint64_t *ret_value)
{
	uint64_t value = 0;

	for (size_t i = 0; i < n; i++) {
		if (p[i] < '0' || p[i] > '9')
			return false;
		value = value * 10 + (uint64_t)(p[i] - '0');
	}
	*ret_value = value;
	return true;
}

uint64_t
freeswitch_moment(struct sv_str s)
{
	static const struct {
		uint8_t at, n;
		uint32_t base; /* of the field */
	} fields[] = { { 0, 4, 1 },   { 5, 2, 12 },  { 8, 2, 31 },      { 11, 2, 24 },
		       { 14, 2, 60 }, { 17, 2, 60 }, { 20, 6, 1000000 } };
	uint64_t moment = 0, value;

	if (s.len < 26 || s.ptr[4] != '-' || s.ptr[7] != '-' || s.ptr[13] != ':' ||
	    s.ptr[16] != ':' || s.ptr[19] != '.')
		return 0;
	for (size_t i = 0; i < sizeof(fields) / sizeof(fields[0]); i++) {
		if (!digits(s.ptr + fields[i].at, fields[i].n, &value))
			return 0;
		/* months and days count from 1 */
		moment = moment * fields[i].base +
			 (i == 1 || i == 2 ? (value ? value - 1 : 0) : value);
	}
	return moment;
}

/** Bytes of "2026-11-22 20:25:24.884521", "2009-05-01 10:00:00", "08-03 07:56:53.0". */
static size_t
date_length(struct sv_str s)
{
	static const char *const shapes[] = { "0000-00-00 00:00:00", "00-00 00:00:00" };

	for (size_t i = 0; i < sizeof(shapes) / sizeof(shapes[0]); i++) {
		const char *shape = shapes[i];
		size_t n = 0;
		while (n < s.len && shape[n] &&
		       (shape[n] == '0' ? isdigit((unsigned char)s.ptr[n])
					: s.ptr[n] == shape[n]))
			n++;
		if (shape[n])
			continue;
		if (n < s.len && s.ptr[n] == '.') {
			n++;
			while (n < s.len && isdigit((unsigned char)s.ptr[n]))
				n++;
		}
		return n;
	}
	return 0;
}

static bool
level_of(struct sv_str word, enum freeswitch_level *ret_level)
{
	static const struct {
		struct sv_str word;
		enum freeswitch_level level;
	} levels[] = {
		{ { "DEBUG", 5 }, FS_DEBUG },  { { "NOTICE", 6 }, FS_NOTICE },
		{ { "INFO", 4 }, FS_INFO },    { { "WARNING", 7 }, FS_WARNING },
		{ { "WARN", 4 }, FS_WARNING }, { { "ERR", 3 }, FS_ERR },
		{ { "ERROR", 5 }, FS_ERR },    { { "CRIT", 4 }, FS_CRIT },
		{ { "ALERT", 5 }, FS_ALERT },  { { "CONSOLE", 7 }, FS_CONSOLE },
	};

	for (size_t i = 0; i < sizeof(levels) / sizeof(levels[0]); i++)
		if (str_eq(levels[i].word, word)) {
			*ret_level = levels[i].level;
			return true;
		}
	return false;
}

/** "99.87% ", told since 1.10.7. */
static struct sv_str
skip_percent(struct sv_str s)
{
	size_t n = 0;

	while (n < s.len && n < 7 &&
	       (isdigit((unsigned char)s.ptr[n]) || s.ptr[n] == '.'))
		n++;
	if (n && n + 1 < s.len && s.ptr[n] == '%' && s.ptr[n + 1] == ' ')
		return str_from(s, n + 2);
	return s;
}

/** "[WARNING] ", "[WARN] [SOFIA] ". */
static bool
take_level(struct sv_str *s, struct freeswitch_line *line)
{
	size_t close = str_find_char(str_upto(*s, 12), ']');

	if (close == STR_NONE || s->ptr[0] != '[' ||
	    !level_of(str_make(s->ptr + 1, close - 1), &line->level))
		return false;
	*s = str_from(*s, close + 1);
	if (str_starts(*s, SV_STR(" [SOFIA]")))
		*s = str_from(*s, 8);
	if (!s->len || s->ptr[0] != ' ')
		return false;
	*s = str_from(*s, 1);
	return true;
}

/** "sofia_reg.c:1787 ", "[sofia_reg.c:4130] ", "sofia_reg.c:1 sofia_reg_auth() ". */
static bool
take_file(struct sv_str *s, struct freeswitch_line *line)
{
	bool bracket = s->len && s->ptr[0] == '[';
	struct sv_str rest = str_from(*s, bracket);
	size_t colon = str_find_char(str_upto(rest, 64), ':');
	uint64_t number;

	if (colon == STR_NONE || colon == 0)
		return false;
	line->file = str_upto(rest, colon);
	if (str_find_char(line->file, ' ') != STR_NONE)
		return false;
	rest = str_from(rest, colon + 1);
	size_t n = str_take_u64(rest, &number);
	rest = str_from(rest, n);
	if (n == 0 || (bracket && (!rest.len || rest.ptr[0] != ']')))
		return false;
	rest = str_from(rest, bracket);
	if (!rest.len) { /* an empty message */
		*s = rest;
		return true;
	}
	if (rest.ptr[0] != ' ')
		return false;
	rest = str_from(rest, 1);
	size_t blank = str_find_char(str_upto(rest, 80), ' ');
	if (blank != STR_NONE && blank > 2 && rest.ptr[blank - 1] == ')' &&
	    rest.ptr[blank - 2] == '(')
		rest = str_from(rest, blank + 1);
	*s = rest;
	return true;
}

/** Without blanks and the end of a colour. */
static struct sv_str
without_end(struct sv_str s)
{
	for (;;) {
		if (s.len && isspace((unsigned char)s.ptr[s.len - 1]))
			s.len--;
		else if (str_ends(s, SV_STR("\033[0m")))
			s.len -= 4;
		else if (str_ends(s, SV_STR("\033[m")))
			s.len -= 3;
		else
			return s;
	}
}

bool
freeswitch_prefix_read(struct freeswitch_line *line)
{
	struct sv_str s = freeswitch_skip_colour(line->text);

	line->coloured = s.ptr != line->text.ptr;
	s = skip_prompt(s);
	line->text = s;
	if (s.len > FREESWITCH_UUID && s.ptr[FREESWITCH_UUID] == ' ' &&
	    freeswitch_is_uuid(s)) {
		line->uuid = str_upto(s, FREESWITCH_UUID);
		s = str_from(s, FREESWITCH_UUID + 1);
	}
	line->message = s;
	size_t n = date_length(s);
	struct sv_str date = str_upto(s, n);
	if (n == 0 || n == s.len || s.ptr[n] != ' ')
		return line->uuid.len != 0;
	s = skip_percent(str_from(s, n + 1));
	if (!take_level(&s, line) || !take_file(&s, line))
		return line->uuid.len != 0;
	line->date = date;
	line->moment = freeswitch_moment(date);
	line->message = without_end(s);
	return true;
}
