/* SPDX-License-Identifier: Apache-2.0 */
#include "dialect/asterisk_line.h"

#include "dialect/members.h"

/** A [json] entry in the order in which Asterisk writes its keys. */
struct json_entry {
	struct sv_str timestamp, callid, file, level, message;
	uint64_t lwp;
};

static bool
take(struct sv_str *s, struct sv_str literal)
{
	if (!str_starts(*s, literal))
		return false;
	*s = str_from(*s, literal.len);
	return true;
}

/** The inside of a string whose opening quote is taken, escapes and all. */
static bool
take_string(struct sv_str *s, struct sv_str *ret_raw)
{
	for (size_t at = 0, slashes; at < s->len; at++) {
		const char *quote = memchr(s->ptr + at, '"', s->len - at);
		if (!quote)
			return false;
		at = (size_t)(quote - s->ptr);
		for (slashes = 0;
		     slashes < at && quote[-1 - (ptrdiff_t)slashes] == '\\';)
			slashes++;
		if (slashes % 2 == 0) {
			*ret_raw = str_upto(*s, at);
			*s = str_from(*s, at + 1);
			return true;
		}
	}
	return false;
}

bool
asterisk_json_probe(struct sv_str text)
{
	return str_starts(text, SV_STR("{\"hostname\":\"")) &&
	       str_find(str_upto(text, 512), SV_STR("\"logmsg\":{\"location\":{")) !=
		       STR_NONE;
}

/** Everything up to the message. */
static bool
entry_read(struct sv_str s, struct json_entry *e, struct sv_str *rest)
{
	struct sv_str skipped;
	uint64_t number;
	size_t n;

	if (!take(&s, SV_STR("{\"hostname\":\"")) || !take_string(&s, &skipped) ||
	    !take(&s, SV_STR(",\"timestamp\":\"")) || !take_string(&s, &e->timestamp) ||
	    !take(&s, SV_STR(",\"identifiers\":{\"lwp\":")))
		return false;
	n = str_take_u64(s, &e->lwp);
	s = str_from(s, n);
	if (n == 0 || !take(&s, SV_STR(",\"callid\":\"")) ||
	    !take_string(&s, &e->callid) ||
	    !take(&s, SV_STR("},\"logmsg\":{\"location\":{\"filename\":\"")) ||
	    !take_string(&s, &e->file) || !take(&s, SV_STR(",\"function\":\"")) ||
	    !take_string(&s, &skipped) || !take(&s, SV_STR(",\"line\":")))
		return false;
	n = str_take_u64(s, &number);
	s = str_from(s, n);
	if (n == 0 || !take(&s, SV_STR("},\"level\":\"")) ||
	    !take_string(&s, &e->level))
		return false;
	*rest = s;
	return true;
}

static bool
message_read(struct sv_str s, struct json_entry *e)
{
	return take(&s, SV_STR(",\"message\":\"")) && take_string(&s, &e->message) &&
	       take(&s, SV_STR("}}")) && str_trim(s).len == 0;
}

/** Most entries of pbx.c are steps of the dialplan that tell nothing. */
static bool
tells_nothing(const struct asterisk_line *line, struct sv_str rest)
{
	return !asterisk_is_source(line) ||
	       (line->level == LEVEL_VERBOSE && line->state->n_closing == 0 &&
		str_eq(line->file, SV_STR("pbx.c")) &&
		str_find(rest, SV_STR("] Dial(")) == STR_NONE);
}

enum sv_parse
asterisk_json_parse(struct asterisk_line *line)
{
	struct json_entry e;
	struct sv_str rest;
	char message[ASTERISK_ENTRY_MAX + 1];
	uint64_t mark;

	if (!entry_read(line->text, &e, &rest))
		return SV_PARSE_MALFORMED;
	line->level = asterisk_level_of(e.level);
	line->file = e.file;
	if (tells_nothing(line, rest))
		return SV_PARSE_SKIP;
	if (!message_read(rest, &e) || e.message.len > ASTERISK_ENTRY_MAX)
		return SV_PARSE_MALFORMED; /* the logger cut it */
	if (str_starts(e.callid, SV_STR("[C-")) &&
	    str_take_hex(str_from(e.callid, 3), &mark)) {
		line->call_mark = (uint32_t)mark;
		line->has_mark = true;
	}
	line->thread = (uint32_t)e.lwp;
	line->date = e.timestamp;
	line->whole = true;
	line->message =
		asterisk_message_clean(members_unescape(e.message, message), line);
	line->state->seen_mark |= line->has_mark;
	return asterisk_dispatch(line);
}
