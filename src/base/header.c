/* SPDX-License-Identifier: Apache-2.0 */
#include "base/header.h"

#include "base/text.h"

#include <string.h>

/* Longest host name, tag or file name that is taken for one. */
#define TOKEN_MAX 255
/* Longest "authpriv" and "authpriv.warning". */
#define FACILITY_MAX 8
#define PRIORITY_MAX 16

/* RFC 3339 with nine digits and Z: containers write it, syslog daemons do not. */
#define CONTAINER_STAMP_BYTES 30

static const struct {
	struct sv_str name;
	int value;
} levels[] = {
	{ { "emerg", 5 }, 0 }, { { "panic", 5 }, 0 },   { { "alert", 5 }, 1 },
	{ { "crit", 4 }, 2 },  { { "err", 3 }, 3 },     { { "error", 5 }, 3 },
	{ { "warn", 4 }, 4 },  { { "warning", 7 }, 4 }, { { "notice", 6 }, 5 },
	{ { "info", 4 }, 6 },  { { "debug", 5 }, 7 },
};

static const struct {
	struct sv_str name;
	int value;
} facilities[] = {
	{ { "kern", 4 }, 0 },    { { "user", 4 }, 1 },      { { "mail", 4 }, 2 },
	{ { "daemon", 6 }, 3 },  { { "auth", 4 }, 4 },      { { "syslog", 6 }, 5 },
	{ { "lpr", 3 }, 6 },     { { "news", 4 }, 7 },      { { "uucp", 4 }, 8 },
	{ { "cron", 4 }, 9 },    { { "authpriv", 8 }, 10 }, { { "ftp", 3 }, 11 },
	{ { "local0", 6 }, 16 }, { { "local1", 6 }, 17 },   { { "local2", 6 }, 18 },
	{ { "local3", 6 }, 19 }, { { "local4", 6 }, 20 },   { { "local5", 6 }, 21 },
	{ { "local6", 6 }, 22 }, { { "local7", 6 }, 23 },
};

/* Words that PBXes write where a careless template lost the tag: no program's name. */
static const struct sv_str level_words[] = {
	{ "DEBUG", 5 },    { "INFO", 4 },     { "NOTICE", 6 }, { "WARNING", 7 },
	{ "ERROR", 5 },    { "CRITICAL", 8 }, { "ALERT", 5 },  { "VERBOSE", 7 },
	{ "SECURITY", 8 }, { "TRACE", 5 },    { "DTMF", 4 },   { "EMERG", 5 },
	{ "CRIT", 4 },     { "ERR", 3 },      { "STACK", 5 },  { "CERR", 4 },
};

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static inline bool
is_digit(char c)
{
	return (unsigned char)(c - '0') < 10;
}

/* What bytes may stand in: a word, a host's name or address, a tag. */
enum { WORD = 1, HOST = 2, TAG = 4 };

/* clang-format off */
static const uint8_t classes[256] = {
	['!' ... '$'] = TAG, ['%'] = HOST | TAG, ['&' ... ','] = TAG,
	['-' ... '.'] = WORD | HOST | TAG, ['/'] = TAG,
	['0' ... '9'] = WORD | HOST | TAG, [':'] = HOST, [';' ... '@'] = TAG,
	['A' ... 'Z'] = WORD | HOST | TAG, ['\\' ... '^'] = TAG,
	['_'] = WORD | HOST | TAG, ['`'] = TAG,
	['a' ... 'z'] = WORD | HOST | TAG, ['{' ... '~'] = TAG,
};
/* clang-format on */

static inline bool
is_word(char c)
{
	return classes[(unsigned char)c] & WORD;
}

static inline bool
is_host(char c)
{
	return classes[(unsigned char)c] & HOST;
}

static size_t
blank_at(struct sv_str s)
{
	return str_find_char(str_upto(s, TOKEN_MAX + 1), ' ');
}

/* ---- priority ---- */

static bool
priority_word(struct sv_str word, int *ret_priority)
{
	size_t dot = str_find_char(word, '.');
	int facility = -1, level = -1;

	if (dot == STR_NONE)
		return false;
	for (size_t i = 0; i < COUNT(facilities) && facility < 0; i++)
		if (str_ieq(str_upto(word, dot), facilities[i].name))
			facility = facilities[i].value;
	for (size_t i = 0; i < COUNT(levels) && level < 0; i++)
		if (str_ieq(str_from(word, dot + 1), levels[i].name))
			level = levels[i].value;
	if (facility < 0 || level < 0)
		return false;
	*ret_priority = facility * 8 + level;
	return true;
}

/* "daemon.info " */
static struct sv_str
priority_word_skip(struct sv_str s, struct header *h)
{
	size_t dot = 0;

	while (dot < s.len && dot <= FACILITY_MAX &&
	       (unsigned char)((s.ptr[dot] | 0x20) - 'a') < 26)
		dot++;
	/* "local0"; hosts have dots as well, and are many */
	dot += dot < s.len && dot && is_digit(s.ptr[dot]);
	if (dot == 0 || dot >= s.len || s.ptr[dot] != '.')
		return s;
	size_t blank = str_find_char(str_upto(s, PRIORITY_MAX + 1), ' ');
	if (blank != STR_NONE && priority_word(str_upto(s, blank), &h->priority))
		return str_from(s, blank + 1);
	return s;
}

/* "<133>" */
static struct sv_str
priority_number_skip(struct sv_str s, struct header *h)
{
	uint64_t value = 0;
	size_t n = str_take_u64(str_from(str_upto(s, 5), 1), &value);

	if (n == 0 || n > 3 || s.len < n + 2 || s.ptr[n + 1] != '>')
		return s;
	if (value <= 191)
		h->priority = (int)value;
	return str_from(s, n + 2);
}

/* ---- tag and repeats ---- */

static void
ident_set(struct header *h, struct sv_str name)
{
	const char *slash = name.len ? memrchr(name.ptr, '/', name.len) : NULL;

	h->ident = slash ? str_from(name, (size_t)(slash - name.ptr) + 1) : name;
}

static bool
is_level_word(struct sv_str name)
{
	for (size_t i = 0; i < COUNT(level_words); i++)
		if (str_eq(name, level_words[i]))
			return true;
	return false;
}

/* "name[pid]: ", "name: ": bytes it takes, 0 if there is none. */
static size_t
tag_take(struct sv_str s, bool need_pid, struct header *h)
{
	uint64_t pid = 0;
	size_t n = 0;

	while (n < s.len && n <= TOKEN_MAX && (classes[(unsigned char)s.ptr[n]] & TAG))
		n++;
	/* "%SIP-5-DIALPEER_STATUS:" is the message itself */
	if (n == 0 || n > TOKEN_MAX || n == s.len || s.ptr[0] == '%')
		return 0;
	struct sv_str name = str_upto(s, n);
	if (s.ptr[n] == '[') {
		size_t close = str_find_char(str_upto(str_from(s, n), 24), ']');
		if (close == STR_NONE || close < 2)
			return 0;
		(void)str_take_u64(str_upto(str_from(s, n + 1), close - 1), &pid);
		n += close + 1;
	} else if (need_pid) {
		return 0;
	}
	if (n >= s.len || s.ptr[n] != ':' || (n + 1 < s.len && s.ptr[n + 1] != ' '))
		return 0;
	if (is_level_word(name))
		return 0;
	ident_set(h, name);
	h->pid = pid <= UINT32_MAX ? (uint32_t)pid : 0;
	return n + 2 <= s.len ? n + 2 : n + 1;
}

/* "NUMBER times" behind `lead`: what is behind it, or false. */
static bool
repeat_take(struct sv_str s, struct sv_str lead, uint32_t *ret_times,
	    struct sv_str *ret_rest)
{
	uint64_t n = 0;

	if (!str_starts(s, lead))
		return false;
	s = str_from(s, lead.len);
	size_t used = str_take_u64(s, &n);
	s = str_from(s, used);
	if (!used || n == 0 || !str_starts(s, SV_STR(" time")))
		return false;
	s = str_from(s, 5);
	*ret_times = n < UINT32_MAX ? (uint32_t)n : UINT32_MAX;
	*ret_rest = s.len && s.ptr[0] == 's' ? str_from(s, 1) : s;
	return true;
}

static void
repeat_split(struct header *h)
{
	struct sv_str s = h->text, rest;
	uint32_t times;

	if (s.len < 20 || (s.ptr[0] != 'm' && s.ptr[0] != 'l' && s.ptr[0] != '-'))
		return;
	if (repeat_take(s, SV_STR("message repeated "), &times, &rest) &&
	    str_starts(rest, SV_STR(": ["))) {
		rest = str_from(rest, 3);
		if (rest.len && rest.ptr[0] == ' ')
			rest = str_from(rest, 1);
		if (rest.len && rest.ptr[rest.len - 1] == ']')
			rest.len--;
		h->text = rest;
		h->repeated = times;
		return;
	}
	if (str_starts(s, SV_STR("--- ")))
		s = str_from(s, 4);
	if (!repeat_take(s, SV_STR("last message repeated "), &times, &rest))
		return;
	rest = str_trim(rest);
	if (rest.len && !str_eq(rest, SV_STR("---")))
		return;
	h->repeated = times;
	h->repeat_of_last = true;
}

/* ---- RFC 5424 ---- */

/* Structured data: "-" or "[id name="value" …]…": bytes, 0 if malformed. */
static size_t
structured_take(struct sv_str s)
{
	bool quoted = false;
	size_t i = 0;

	if (s.len && s.ptr[0] == '-')
		return 1;
	while (i < s.len && s.ptr[i] == '[') {
		for (i++; i < s.len && (quoted || s.ptr[i] != ']'); i++) {
			if (s.ptr[i] == '"')
				quoted = !quoted;
			else if (quoted && s.ptr[i] == '\\')
				i++;
		}
		if (i >= s.len)
			return 0;
		i++;
	}
	return i;
}

static struct sv_str
field_take(struct sv_str *s)
{
	size_t blank = blank_at(*s);

	if (blank == STR_NONE || blank == 0)
		return (struct sv_str){ NULL, 0 };
	struct sv_str field = str_upto(*s, blank);
	*s = str_from(*s, blank + 1);
	return field;
}

static bool
is_nil(struct sv_str s)
{
	return s.len == 1 && s.ptr[0] == '-';
}

/* Behind "<PRI>1 ". */
static bool
modern_split(struct sv_str s, struct header *h)
{
	struct header got = *h;
	struct sv_str stamp = field_take(&s), host = field_take(&s);
	struct sv_str app = field_take(&s), pid = field_take(&s), id = field_take(&s);
	uint64_t number = 0;

	size_t used = date_take(stamp, &got.date);
	got.has_date = used && used == stamp.len && got.date.with_t;
	if (!id.len || (!got.has_date && !is_nil(stamp)))
		return false;
	used = structured_take(s);
	if (!used || (used < s.len && s.ptr[used] != ' '))
		return false;
	s = str_from(s, used + 1);
	if (str_starts(s, SV_STR("\xef\xbb\xbf")))
		s = str_from(s, 3);
	if (s.len && s.ptr[0] == ' ')
		s = str_from(s, 1); /* rsyslog keeps the blank behind an old tag */
	if (!is_nil(host))
		got.host = host;
	if (!is_nil(app))
		ident_set(&got, app);
	if (str_take_u64(pid, &number) == pid.len && number <= UINT32_MAX)
		got.pid = (uint32_t)number;
	got.text = s;
	*h = got;
	return true;
}

/* ---- RFC 3164 and its relatives ---- */

/* Bytes of a host's name in front of a blank, 0 if it is none. */
static size_t
host_length(struct sv_str s)
{
	size_t n = 0;

	while (n < s.len && n <= TOKEN_MAX && is_host(s.ptr[n]))
		n++;
	return n < s.len && n <= TOKEN_MAX && s.ptr[n] == ' ' ? n : 0;
}

/* What stands behind the date: [host] [facility.level] tag. False: none of it. */
static bool
origin_split(struct sv_str s, bool need_pid, struct header *h)
{
	s = priority_word_skip(s, h);
	size_t blank = host_length(s);
	/* no tag has a blank before its colon */
	size_t n = blank && s.ptr[blank - 1] != ':' ? 0 : tag_take(s, need_pid, h);
	if (n) {
		h->text = str_from(s, n);
		return true;
	}
	if (blank == 0)
		return false;
	struct sv_str host = str_upto(s, blank);
	s = priority_word_skip(str_from(s, blank + 1), h);
	n = tag_take(s, need_pid, h);
	/* the messages of Cisco boxes begin with "%" and have no tag */
	if (!n && !str_starts(s, SV_STR("last message repeated ")) &&
	    !str_starts(s, SV_STR("message repeated ")) && !str_starts(s, SV_STR("%")))
		return false;
	h->host = host;
	h->text = str_from(s, n);
	return true;
}

static bool legacy_split(struct stamp *stamp, struct sv_str s, struct header *h);

/* Tab-separated export: date, facility.level, sender, then the line as it came. */
static bool
export_split(struct stamp *stamp, struct sv_str s, struct header *h)
{
	size_t tab = str_find_char(str_upto(s, 20), '\t');

	if (tab == STR_NONE || !priority_word(str_upto(s, tab), &h->priority))
		return false;
	s = str_from(s, tab + 1);
	tab = str_find_char(str_upto(s, TOKEN_MAX), '\t');
	if (tab == STR_NONE)
		return false;
	h->text = str_from(s, tab + 1);
	(void)legacy_split(stamp, h->text, h);
	return true;
}

/* A container's line: stream name and part mark where the runtime writes them. */
static void
container_split(struct sv_str s, struct header *h)
{
	if (str_starts(s, SV_STR("stdout F ")) || str_starts(s, SV_STR("stderr F ")) ||
	    str_starts(s, SV_STR("stdout P ")) || str_starts(s, SV_STR("stderr P ")))
		s = str_from(s, 9);
	h->text = s;
	h->physical = true;
}

/* A line that begins with a date. */
static bool
legacy_split(struct stamp *stamp, struct sv_str s, struct header *h)
{
	struct date date;
	size_t used = stamp ? stamp_take_date(stamp, s, &date) : date_take(s, &date);

	if (!used || used >= s.len)
		return false;
	struct sv_str rest = str_from(s, used + 1);
	bool ours = false;
	if (s.ptr[used] == '\t')
		ours = date.shape == DATE_ISO && !date.with_t &&
		       export_split(stamp, rest, h);
	if (s.ptr[used] == ' ') {
		bool iso = date.shape == DATE_ISO && date.with_t && date.zoned;
		if (iso && used == CONTAINER_STAMP_BYTES) {
			container_split(rest, h);
			ours = true;
		} else if (iso || date.shape == DATE_SYSLOG ||
			   date.shape == DATE_ASCTIME) {
			if (!origin_split(rest, false, h))
				h->text = rest;
			ours = true;
		} else {
			/* The PBX's own date looks the same: a pid must follow. */
			ours = origin_split(rest, true, h);
		}
	}
	if (ours && !h->has_date) {
		h->date = date;
		h->has_date = true;
	}
	return ours;
}

/* ---- what people and tools put in front of lines ---- */

/* "1fbfe769-a60c-4675-81f1-e428308aaa7b ": FreeSWITCH begins a call's lines so. */
static bool
begins_uuid(struct sv_str s)
{
	if (s.len < 37 || s.ptr[36] != ' ')
		return false;
	for (size_t i = 0; i < 36; i++) {
		bool dash = i == 8 || i == 13 || i == 18 || i == 23;
		bool hex = is_digit(s.ptr[i]) || (s.ptr[i] >= 'a' && s.ptr[i] <= 'f');
		if (dash ? s.ptr[i] != '-' : !hex)
			return false;
	}
	return true;
}

static bool
begins_dated(struct sv_str s)
{
	struct date date;

	if (begins_uuid(s))
		return true;

	if (s.len && (s.ptr[0] == '<' || s.ptr[0] == '['))
		s = str_from(s, 1);
	return date_take(s, &date) > 0;
}

/* "messages-20240101:[…", "full:120:Nov 22 …" */
static struct sv_str
file_name_skip(struct sv_str s)
{
	uint64_t line;
	size_t n = 0;

	while (n < s.len && n <= TOKEN_MAX && (is_word(s.ptr[n]) || s.ptr[n] == '/'))
		n++;
	if (n == 0 || n >= s.len || s.ptr[n] != ':')
		return s;
	struct sv_str rest = str_from(s, n + 1);
	if (begins_dated(rest))
		return rest;
	n = str_take_u64(rest, &line);
	if (!n || n >= rest.len || rest.ptr[n] != ':' ||
	    !begins_dated(str_from(rest, n + 1)))
		return s;
	return str_from(rest, n + 1);
}

/* "asterisk-1  | " */
static struct sv_str
service_skip(struct sv_str s, struct header *h)
{
	size_t n = 0, end;

	while (n < s.len && n <= 64 && is_word(s.ptr[n]))
		n++;
	for (end = n; end < s.len && end <= 128 && s.ptr[end] == ' '; end++)
		;
	if (n == 0 || end == n || end + 1 >= s.len || s.ptr[end] != '|' ||
	    s.ptr[end + 1] != ' ' || is_level_word(str_upto(s, n)))
		return s; /* repro begins its own lines "INFO | " */
	h->ident = str_upto(s, n);
	h->physical = true;
	return str_from(s, end + 2);
}

/* "417[2024-01-01 …": a page's line counter; "123 <133>…": an octet count. */
static struct sv_str
counter_skip(struct sv_str s)
{
	size_t n = 0;

	while (n < s.len && n < 10 && is_digit(s.ptr[n]))
		n++;
	if (n == 0 || n + 2 >= s.len)
		return s;
	if (s.ptr[n] == '[' && begins_dated(str_from(s, n)))
		return str_from(s, n);
	if (s.ptr[n] == ' ' && s.ptr[n + 1] == '<' && is_digit(s.ptr[n + 2]))
		return str_from(s, n + 1);
	return s;
}

static bool
syslog_split(struct stamp *stamp, struct sv_str s, struct header *h)
{
	bool numbered = false;

	if (s.len && s.ptr[0] == '<') {
		struct sv_str rest = priority_number_skip(s, h);
		numbered = rest.len != s.len;
		s = rest;
	}
	if (s.len > 2 && s.ptr[0] == '1' && s.ptr[1] == ' ' &&
	    modern_split(str_from(s, 2), h))
		return true;
	if (legacy_split(stamp, s, h))
		return true;
	if (!numbered)
		return false;
	h->text = str_from(s, tag_take(s, false, h));
	return true;
}

void
header_split(struct stamp *stamp, struct sv_str line, struct header *ret_header)
{
	struct header *h = ret_header;

	*h = (struct header){ .priority = -1, .repeated = 1, .text = line };
	if (str_starts(line, SV_STR("\xef\xbb\xbf")))
		h->text = line = str_from(line, 3);
	/* The two beginnings that most lines have: a PBX's own date, a blank. */
	if (line.len == 0 || line.ptr[0] == '[' || line.ptr[0] == ' ')
		return;
	bool found = syslog_split(stamp, line, h);
	if (!found) {
		struct sv_str rest = counter_skip(line);
		if (rest.len == line.len)
			rest = service_skip(line, h);
		if (rest.len == line.len)
			rest = file_name_skip(line);
		if (rest.len == line.len)
			return;
		h->physical = true;
		h->text = rest;
		found = syslog_split(stamp, rest, h);
	}
	if (found)
		repeat_split(h);
	if (stamp && h->has_date)
		(void)stamp_resolve(stamp, &h->date, &h->time, &h->time_source);
}

void
header_split_message(struct stamp *stamp, struct sv_str message,
		     struct header *ret_header)
{
	struct header *h = ret_header;
	struct sv_str rest;

	*h = (struct header){ .priority = -1, .repeated = 1, .text = message };
	if (str_starts(message, SV_STR("\xef\xbb\xbf")))
		h->text = message = str_from(message, 3);
	rest = message.len && message.ptr[0] == '<' ? priority_number_skip(message, h)
						    : message;
	if (header_split_cisco(rest, h) || syslog_split(stamp, message, h))
		repeat_split(h);
	if (stamp && h->has_date)
		(void)stamp_resolve(stamp, &h->date, &h->time, &h->time_source);
}

size_t
header_find_escape(struct sv_str text, size_t from, unsigned char *ret_byte)
{
	while (from < text.len) {
		size_t at = str_find_char(str_from(text, from), '#');
		if (at == STR_NONE)
			return STR_NONE;
		from += at;
		const char *p = text.ptr + from;
		if (text.len - from >= 4 && (p[1] == '0' || p[1] == '1') &&
		    p[2] >= '0' && p[2] <= '7' && p[3] >= '0' && p[3] <= '7') {
			int value = (p[1] - '0') * 64 + (p[2] - '0') * 8 + (p[3] - '0');
			if (value < 32 || value == 127) {
				*ret_byte = (unsigned char)value;
				return from;
			}
		}
		from++;
	}
	return STR_NONE;
}
