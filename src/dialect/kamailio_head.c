/* SPDX-License-Identifier: Apache-2.0 */
#include "dialect/kamailio_line.h"

#include "base/date.h"

#include <ctype.h>

#define SCRIPT SV_STR("<script>: ")
/** No SIP message, hence no text of one, is longer. */
#define STDERR_REACH ((uint32_t)65536)
/** "[core/parser/parse_address.c:12345]" */
#define LOCATION_MAX 80

static bool
take(struct sv_str *s, struct sv_str literal)
{
	if (!str_starts(*s, literal))
		return false;
	*s = str_from(*s, literal.len);
	return true;
}

static size_t
digits(struct sv_str s)
{
	size_t n = 0;

	while (n < s.len && isdigit((unsigned char)s.ptr[n]))
		n++;
	return n;
}

static struct sv_str
skip_colour(struct sv_str s)
{
	if (s.len < 3 || s.ptr[0] != '\033' || s.ptr[1] != '[')
		return s;
	size_t end = 2;
	while (end < s.len && (isdigit((unsigned char)s.ptr[end]) || s.ptr[end] == ';'))
		end++;
	return end < s.len && s.ptr[end] == 'm' ? str_from(s, end + 1) : s;
}

/** " 0(1825) " of standard error, "(1825) " of the UDP engine, OpenSIPS' "[1825] ". */
static struct sv_str
skip_process(struct sv_str s, bool *ret_stderr)
{
	struct sv_str rest = s;
	size_t blanks = 0;

	while (blanks < rest.len && rest.ptr[blanks] == ' ')
		blanks++;
	rest = str_from(rest, blanks);
	size_t index = digits(rest);
	struct sv_str id = str_from(rest, index);
	if (id.len < 4 || (id.ptr[0] != '(' && (id.ptr[0] != '[' || index)))
		return s;
	size_t n = digits(str_from(id, 1));
	char close = id.ptr[0] == '(' ? ')' : ']';
	if (n == 0 || n > 10 || id.len < n + 3 || id.ptr[n + 1] != close ||
	    id.ptr[n + 2] != ' ')
		return s;
	*ret_stderr = index != 0 || close == ']';
	return str_from(id, n + 3);
}

static bool
take_level(struct sv_str *s)
{
	static const struct sv_str levels[] = {
		{ "NOTICE", 6 }, { "ERROR", 5 },    { "WARNING", 7 },
		{ "INFO", 4 },   { "DEBUG", 5 },    { "ALERT", 5 },
		{ "BUG", 3 },    { "CRITICAL", 8 }, { "DBG", 3 },
	};

	if (!s->len)
		return false;
	for (size_t i = 0; i < sizeof(levels) / sizeof(levels[0]); i++) {
		struct sv_str rest = *s;
		if (rest.ptr[0] == levels[i].ptr[0] && take(&rest, levels[i]) &&
		    take(&rest, SV_STR(":"))) {
			*s = rest;
			return true;
		}
	}
	return false;
}

/** "2026-11-22 19:29:47.123456 ": a container's wrapper put it there. */
static struct sv_str
skip_date(struct sv_str s, struct kamailio_line *line)
{
	struct date date;
	size_t n = s.len && isdigit((unsigned char)s.ptr[0]) ? date_take(s, &date) : 0;

	if (n == 0 || n >= s.len || s.ptr[n] != ' ')
		return s;
	line->date = str_upto(s, n);
	return str_from(s, n + 1);
}

bool
kamailio_begin(struct kamailio_line *line, bool *ret_stderr)
{
	struct sv_str s = skip_colour(line->text);

	*ret_stderr = false;
	s = skip_date(s, line);
	s = skip_process(s, ret_stderr);
	while (s.len && s.ptr[0] == ' ')
		s = str_from(s, 1); /* a paste has lost what stood there */
	line->info = str_starts(s, SV_STR("INFO:"));
	/* a critical message of Kamailio has an empty word there */
	if (!take_level(&s) && !(!line->opensips && take(&s, SV_STR(":"))))
		return false;
	if (!line->opensips && !take(&s, SV_STR(" ")))
		return false;
	for (;;) {
		if (s.len && isspace((unsigned char)s.ptr[s.len - 1]))
			s.len--;
		else if (str_ends(s, SV_STR("#012")) || str_ends(s, SV_STR("\033[0m")))
			s.len -= 4;
		else
			break;
	}
	line->body = s;
	return true;
}

bool
kamailio_stderr_doubt(struct kamailio_state *st, struct sv_str text)
{
	bool doubt = st->open != 0;

	st->open -= text.len < st->open ? (uint32_t)text.len + 1 : st->open;
	return doubt;
}

void
kamailio_stderr_done(struct kamailio_line *line)
{
	/* what modules tell of themselves holds no packet's text, but secfilter's */
	bool own = line->info && line->n_heads == 1 && line->heads[0].module.len &&
		   line->body.ptr[0] != '{' &&
		   !str_eq(line->heads[0].module, SV_STR("secfilter"));

	if (!line->closed && !own)
		line->state->open = STDERR_REACH;
}

void
kamailio_stderr_broken(struct kamailio_state *st)
{
	st->open = STDERR_REACH;
}

bool
kamailio_stderr_rest(const struct kamailio_line *line, bool in_reach, bool is_stderr)
{
	return in_reach && !is_stderr &&
	       (line->state->json || !(line->record->flags & SV_RECORD_WHOLE));
}

void
kamailio_prefix(struct kamailio_head *head, struct sv_str prefix)
{
	size_t n;

	head->has_call_id = false;
	prefix = str_trim(prefix);
	if (!take(&prefix, SV_STR("{")) || !str_ends(prefix, SV_STR("}")))
		return;
	prefix.len--;
	for (int i = 0; i < 2; i++) { /* request or reply, number of the request */
		n = digits(prefix);
		prefix = str_from(prefix, n);
		if (n == 0 || !take(&prefix, SV_STR(" ")))
			return;
	}
	n = str_find_char(prefix, ' ');
	if (n == STR_NONE || n == 0)
		return;
	head->method = str_upto(prefix, n);
	head->call_id = str_from(prefix, n + 1);
	head->has_call_id = true;
}

static void
add_head(struct kamailio_line *line, const struct kamailio_head *head)
{
	struct kamailio_head *all = line->heads;

	if (line->n_heads < KAMAILIO_HEADS) {
		all[line->n_heads++] = *head;
		return;
	}
	/* the first ones and the last ones stay */
	line->more_heads = true;
	for (unsigned i = KAMAILIO_HEADS / 2; i + 1 < KAMAILIO_HEADS; i++)
		all[i] = all[i + 1];
	all[KAMAILIO_HEADS - 1] = *head;
}

/**
 * A head whose first byte stands at `at` in the body. Behind "{" the prefix has its end
 * before it; where a head stands first there is no prefix, and what looks like one
 * further on is text, unless this log has prefixes of another kind.
 */
static void
found_head(struct kamailio_line *line, size_t at, struct kamailio_head *head)
{
	const char *body = line->body.ptr;
	struct kamailio_state *st = line->state;

	if (body[0] == '{') {
		if (at < 2 || body[at - 1] != ' ' || body[at - 2] != '}')
			return;
	} else if (st && at > 0 && line->n_heads == 0) {
		st->other_prefix = true;
	} else if (st && at > 0 && !st->other_prefix) {
		return;
	}
	kamailio_prefix(head, str_upto(line->body, at));
	add_head(line, head);
}

/** Is what stands before "]: " at `close` a module and a place in its source? */
static bool
module_head(struct sv_str body, size_t close, struct kamailio_head *head,
	    size_t *ret_at)
{
	size_t open = close, n, at;

	while (open > 0 && close - open < LOCATION_MAX && body.ptr[open] != '[')
		open--;
	if (body.ptr[open] != '[' || open < 2 || body.ptr[open - 1] != ' ')
		return false;
	struct sv_str place = str_make(body.ptr + open + 1, close - open - 1);
	size_t colon = str_find_last(place, SV_STR(":"));
	if (colon == STR_NONE || colon < 3 || place.ptr[colon - 2] != '.' ||
	    digits(str_from(place, colon + 1)) != place.len - colon - 1 ||
	    str_find_char(place, ' ') != STR_NONE)
		return false;
	size_t end = open - 1;
	for (at = end;
	     at > 0 && (isalnum((unsigned char)body.ptr[at - 1]) ||
			(body.ptr[at - 1] && strchr("_<>", body.ptr[at - 1])));)
		at--;
	if (at == end)
		return false;
	*head = (struct kamailio_head){ 0 };
	head->module = str_make(body.ptr + at, end - at);
	if (str_eq(head->module, SV_STR("<core>")))
		head->module = str_make(body.ptr + at + 1, 4);
	head->message = str_from(body, close + 3);
	n = 0;
	while (n < head->message.len && (isalnum((unsigned char)head->message.ptr[n]) ||
					 head->message.ptr[n] == '_'))
		n++;
	if (n && str_starts(str_from(head->message, n), SV_STR("(): "))) {
		head->function = str_upto(head->message, n);
		head->message = str_from(head->message, n + 4);
	}
	*ret_at = at;
	return true;
}

/** xlogl() writes the number of the script's line before its text. */
static struct sv_str
skip_line_number(struct sv_str s)
{
	size_t n = digits(s);

	if (n && n < 7 && str_starts(str_from(s, n), SV_STR(":")))
		return str_from(s, n + 1);
	return s;
}

/** Neither "<script>" nor a place: another xlog prefix, or messages without places. */
static void
plain_heads(struct kamailio_line *line)
{
	struct sv_str body = line->body;
	struct kamailio_head head = { .message = body };

	if (!body.len || body.ptr[0] != '{') {
		add_head(line, &head);
		return;
	}
	for (size_t at = 0;;) {
		size_t close = str_find(str_from(body, at), SV_STR("} "));
		if (close == STR_NONE)
			return;
		at += close + 2;
		head = (struct kamailio_head){ .message = str_from(body, at) };
		found_head(line, at, &head);
	}
}

/** Where the script's mark stands from `from` on. */
static size_t
script_at(struct sv_str body, size_t from)
{
	size_t n = str_find_char(str_from(body, from), '<');

	if (n == STR_NONE)
		return n;
	from += n;
	if (str_starts(str_from(body, from), SCRIPT))
		return from;
	n = str_find(str_from(body, from + 1), SCRIPT);
	return n == STR_NONE ? n : n + from + 1;
}

void
kamailio_heads(struct kamailio_line *line)
{
	struct sv_str body = line->body;
	size_t script = script_at(body, 0), place = str_find(body, SV_STR("]: "));

	while (script != STR_NONE || place != STR_NONE) {
		struct kamailio_head head = { 0 };
		size_t at, next;
		if (script != STR_NONE && (place == STR_NONE || script < place)) {
			head.message =
				skip_line_number(str_from(body, script + SCRIPT.len));
			found_head(line, script, &head);
			script = script_at(body, script + 1);
			continue;
		}
		if (module_head(body, place, &head, &at))
			found_head(line, at, &head);
		next = str_find(str_from(body, place + 1), SV_STR("]: "));
		place = next == STR_NONE ? next : next + place + 1;
	}
	if (!line->n_heads)
		plain_heads(line);
}
