/* SPDX-License-Identifier: Apache-2.0 */
#include "dialect/asterisk_line.h"

#include "base/date.h"

#include <ctype.h>

/** No date in brackets is longer. */
#define DATE_MAX 48
/** No host name in front of a console's prompt is longer. */
#define PROMPT_MAX 80
/** Verbose lines without prefix after which a stream counts as a console. */
#define CONSOLE_SURE 8

/** Colours of a terminal: ESC [ … m. */
static struct sv_str
skip_colour(struct sv_str s)
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

static bool
take_char(struct sv_str *s, char c)
{
	if (!s->len || s->ptr[0] != c)
		return false;
	*s = str_from(*s, 1);
	return true;
}

static struct sv_str
skip_blanks(struct sv_str s)
{
	while (s.len && (s.ptr[0] == ' ' || s.ptr[0] == '\t'))
		s = str_from(s, 1);
	return s;
}

enum asterisk_level
asterisk_level_of(struct sv_str word)
{
	switch (word.len ? word.ptr[0] : '\0') {
	case 'V':
		return str_eq(word, SV_STR("VERBOSE")) ? LEVEL_VERBOSE : LEVEL_OTHER;
	case 'N':
		return str_eq(word, SV_STR("NOTICE")) ? LEVEL_NOTICE : LEVEL_OTHER;
	case 'W':
		return str_eq(word, SV_STR("WARNING")) ? LEVEL_WARNING : LEVEL_OTHER;
	case 'E':
		return str_eq(word, SV_STR("ERROR")) ? LEVEL_ERROR : LEVEL_OTHER;
	case 'S':
		return str_eq(word, SV_STR("SECURITY")) ? LEVEL_SECURITY : LEVEL_OTHER;
	default:
		return LEVEL_OTHER;
	}
}

/** The eight digits of a call mark as the PBX prints it. */
static bool
mark_read(const char *digits, uint32_t *ret_mark)
{
	uint32_t mark = 0;

	for (int i = 0; i < 8; i++) {
		unsigned char c = (unsigned char)digits[i];
		if (c >= '0' && c <= '9')
			mark = mark << 4 | (c - (uint32_t)'0');
		else if (c >= 'a' && c <= 'f')
			mark = mark << 4 | (c - (uint32_t)'a' + 10);
		else
			return false;
	}
	*ret_mark = mark;
	return true;
}

/** The usual prefix, uncoloured: take_level() by its bytes at known places. False:
 *  nothing is taken, look closer. */
static bool
take_usual_level(struct sv_str *s, struct asterisk_line *line)
{
	const char *p = s->ptr, *end = s->ptr + s->len;
	uint64_t thread = 0;
	int digits = 0;

	while (p < end && *p >= 'A' && *p <= 'Z')
		p++;
	size_t n = (size_t)(p - s->ptr);
	/* a thread of ten digits and a mark have room behind */
	if (n < 3 || end - p < 32 || *p != '[')
		return false;
	for (p++; digits < 10 && *p >= '0' && *p <= '9'; p++, digits++)
		thread = thread * 10 + (uint64_t)(*p - '0');
	if (!digits || *p != ']')
		return false;
	p++;
	if (p[0] == '[' && p[1] == 'C') {
		if (p[2] != '-' || p[11] != ']' || !mark_read(p + 3, &line->call_mark))
			return false;
		line->has_mark = true;
		p += 12;
	}
	line->level = asterisk_level_of(str_upto(*s, n));
	line->thread = (uint32_t)thread;
	*s = str_make(p, (size_t)(end - p));
	return true;
}

/** "NOTICE[466][C-0000001a]", coloured or not. */
static bool
take_level(struct sv_str *s, struct asterisk_line *line)
{
	uint64_t number;
	size_t n = 0;

	if (take_usual_level(s, line))
		return true;
	*s = skip_colour(*s);
	while (n < s->len &&
	       ((s->ptr[n] >= 'A' && s->ptr[n] <= 'Z') || s->ptr[n] == '_'))
		n++;
	if (n < 3)
		return false;
	line->level = asterisk_level_of(str_upto(*s, n));
	*s = skip_colour(str_from(*s, n));
	if (!take_char(s, '['))
		return false;
	n = str_take_u64(*s, &number);
	*s = str_from(*s, n);
	if (n == 0 || !take_char(s, ']'))
		return false;
	line->thread = (uint32_t)number;
	if (s->len > 4 && memcmp(s->ptr, "[C-", 3) == 0) {
		struct sv_str mark = str_from(*s, 3);
		n = str_take_hex(mark, &number);
		mark = str_from(mark, n);
		if (n == 0 || !take_char(&mark, ']'))
			return false;
		line->call_mark = (uint32_t)number;
		line->has_mark = true;
		*s = mark;
	}
	return true;
}

/** "chan_sip.c: ", "chan_sip.c:466 handle_request: ", "chan_sip.c:466 in …: ". */
static bool
take_file(struct sv_str *s, struct asterisk_line *line, bool with_function)
{
	*s = skip_colour(skip_blanks(*s));
	size_t colon = str_find_char(str_upto(*s, 80), ':');
	if (colon == STR_NONE || colon == 0)
		return false;
	line->file = str_upto(*s, colon);
	size_t escape = str_find_char(line->file, '\033');
	if (escape != STR_NONE) {
		struct sv_str rest = skip_colour(str_from(line->file, escape));
		if (rest.len)
			return false;
		line->file = str_upto(line->file, escape);
	}
	*s = skip_colour(str_from(*s, colon + 1));
	if (with_function && s->len && s->ptr[0] != ' ') {
		size_t end = str_find(str_upto(*s, 256), SV_STR(": "));
		if (end == STR_NONE) {
			/* an empty message: only the colon is left */
			if (s->ptr[s->len - 1] != ':')
				return false;
			*s = str_from(*s, s->len);
			return true;
		}
		*s = str_from(*s, end + 2);
	} else if (s->len && !take_char(s, ' ')) {
		return false;
	}
	return true;
}

struct sv_str
asterisk_message_clean(struct sv_str s, const struct asterisk_line *line)
{
	s = skip_blanks(skip_colour(skip_blanks(s)));
	if (line->level == LEVEL_VERBOSE && s.len && s.ptr[0] == '[') {
		/* 1.8 writes the date a second time */
		size_t close = str_find(str_upto(s, DATE_MAX), SV_STR("] "));
		struct sv_str date =
			close == STR_NONE ? str_upto(s, 0) : str_upto(s, close);
		if (date.len > 8 && isdigit((unsigned char)date.ptr[date.len - 1]) &&
		    str_find_char(date, ':') != STR_NONE)
			s = skip_blanks(str_from(s, close + 1));
	}
	if (s.len > 3 && (memcmp(s.ptr, "-- ", 3) == 0 || memcmp(s.ptr, "== ", 3) == 0))
		s = skip_blanks(str_from(s, 3));
	for (;;) {
		if (s.len && isspace((unsigned char)s.ptr[s.len - 1]))
			s.len--;
		else if (str_ends(s, SV_STR("#012")) || str_ends(s, SV_STR("\033[0m")))
			s.len -= 4;
		else
			return s;
	}
}

/** "ESC[K", "ESC[0K": the rest of the line is cleared. Bytes, 0: it is none. */
static size_t
clear_line_at(struct sv_str s)
{
	size_t n = 2;

	if (s.len < 3 || s.ptr[0] != '\033' || s.ptr[1] != '[')
		return 0;
	if (isdigit((unsigned char)s.ptr[n]))
		n++;
	return n < s.len && s.ptr[n] == 'K' ? n + 1 : 0;
}

/** "host*CLI> ": bytes, 0: there is none. */
static size_t
prompt_at(struct sv_str s)
{
	size_t star = str_find(str_upto(s, PROMPT_MAX), SV_STR("*CLI> "));

	if (star == STR_NONE)
		return 0;
	for (size_t i = 0; i < star; i++)
		if (!isalnum((unsigned char)s.ptr[i]) && !strchr("-._", s.ptr[i]))
			return 0;
	return star + 6;
}

struct sv_str
asterisk_skip_terminal(struct sv_str s)
{
	struct sv_str rest = s;

	if (!s.len || s.ptr[0] == '[' || s.ptr[0] == ' ')
		return s;
	for (;;) {
		size_t n = clear_line_at(rest);
		struct sv_str plain = skip_colour(rest);
		if (!n && rest.len && rest.ptr[0] == '\r')
			n = 1;
		if (!n)
			n = rest.len - plain.len;
		if (!n)
			n = prompt_at(rest);
		if (!n)
			break;
		rest = str_from(rest, n);
	}
	/* nothing but dated entries is looked for behind it */
	return rest.len && rest.ptr[0] == '[' ? rest : s;
}

/** Verbose lines of a console have neither date nor file. A stream whose verbose lines
 *  have a prefix is none: such text there came from the other side. */
static bool
console_read(struct asterisk_line *line)
{
	struct asterisk_state *st = line->state;
	struct sv_str s = skip_colour(line->text);

	if (st->prefixed || (line->record->flags & SV_RECORD_WHOLE) ||
	    !(str_starts(s, SV_STR("    -- ")) || str_starts(s, SV_STR("  == "))))
		return false;
	line->level = LEVEL_VERBOSE;
	line->message = asterisk_message_clean(s, line);
	if (st->console < CONSOLE_SURE) {
		st->console++;
		line->doubtful = st->dated;
	}
	return true;
}

struct sv_str
asterisk_prompt_skip(struct sv_str s)
{
	static const struct sv_str prompt = { "*CLI> ", 6 };
	size_t at = s.len && s.ptr[0] != '[' ? str_find(str_upto(s, PROMPT_MAX), prompt)
					     : STR_NONE;

	if (at == STR_NONE || str_find_char(str_upto(s, at), ' ') != STR_NONE)
		return s;
	return str_from(s, at + prompt.len);
}

size_t
asterisk_bracket_lost(struct sv_str s)
{
	size_t close = str_find(str_upto(s, DATE_MAX), SV_STR("] "));
	struct date date;

	return close != STR_NONE && date_take(s, &date) == close ? close : 0;
}

bool
asterisk_prefix_read(struct asterisk_line *line)
{
	struct asterisk_state *st = line->state;
	struct sv_str s = asterisk_prompt_skip(asterisk_skip_terminal(line->text));
	bool dated = s.len && s.ptr[0] == '[', with_function;
	size_t lost = dated || st->dated ? 0 : asterisk_bracket_lost(s);

	if (lost) {
		line->date = str_upto(s, lost);
		s = str_from(s, lost + 2);
		if (!take_level(&s, line))
			return false;
		dated = true;
		with_function = take_char(&s, ':');
	} else if (dated) {
		size_t at = st->level_at;
		if (!at || at >= s.len || s.ptr[at - 2] != ']' ||
		    s.ptr[at - 1] != ' ') {
			size_t close = str_find(str_upto(s, DATE_MAX), SV_STR("] "));
			if (close == STR_NONE || close < 4)
				return false;
			at = close + 2;
		}
		line->date = str_make(s.ptr + 1, at - 3);
		s = str_from(s, at);
		if (!take_level(&s, line))
			return false;
		st->level_at = (uint16_t)at;
		with_function = take_char(&s, ':');
	} else {
		if (st->dated && !(line->record->flags & SV_RECORD_WHOLE))
			return console_read(line);
		if (s.len && (s.ptr[0] == ' ' || s.ptr[0] == '\033') &&
		    console_read(line))
			return true;
		if (!take_level(&s, line) || !take_char(&s, ':'))
			return false;
		/* a datagram; a daemon that wrote it to a file escaped its line breaks
		 */
		line->whole = true;
		with_function = true;
	}
	if (!take_file(&s, line, with_function))
		return false;
	st->dated |= dated;
	st->seen_mark |= line->has_mark;
	if (line->level == LEVEL_VERBOSE || (dated && !with_function))
		st->prefixed = true;
	line->message = asterisk_message_clean(s, line);
	return true;
}
