/* SPDX-License-Identifier: Apache-2.0 */
/*
 * From a banner to the end of its message.
 *
 * A body may hold lines that look like the next banner. As long as the message is not
 * complete by its Content-Length (or by the count that the banner gave) such a line is
 * body. But a length can be a lie, told to hide the records behind it: if the text does
 * not end where it should, everything is read again from the first such line on.
 *
 * Whether a line ended in CR LF or in LF alone is seen in few of the texts: `low` and
 * `high` are the two counts.
 */
#include "dialect/sipmsg_state.h"

/** Line ends that tools add behind a message. */
#define SLACK 4u
/** No banner with a message of any use is shorter: nothing can be forged in less. */
#define FORGERY_LEAST 64u

static bool
has_lost_cr(enum sipmsg_style style)
{
	return style != STYLE_DOTS;
}

static bool
is_counted(enum sipmsg_style style)
{
	return style == STYLE_COUNTED || style == STYLE_COUNTED_LF;
}

void
sipmsg_frame_open(struct sipmsg_line *line, const struct sipmsg_banner *b)
{
	struct sipmsg_state *st = line->state;
	struct sipmsg_frame *f = &st->frame;

	if (b->style == STYLE_WAIT) {
		st->wait.open = true;
		st->wait.banner = *b;
		st->wait.banner.start = (struct sv_str){ 0 };
		f->style = STYLE_NONE;
		return;
	}
	if (sipmsg_tool_doubtful(b->tool))
		st->mixed = true;
	f->style = b->style;
	f->tool = b->tool;
	f->way = b->way;
	f->transport = b->transport;
	f->time = b->time ? b->time : st->dated;
	f->time_source = b->time ? b->time_source : st->dated_source;
	if (!f->time)
		f->time = line->ctx->moment(line->ctx->user);
	f->segments = b->segments;
	f->from = b->from;
	f->to = b->to;
	f->line = line->number;
	f->told = f->started = f->marked = false;
	f->headed = is_counted(b->style);
	f->doubtful = st->mixed || st->loose || st->replaying;
	f->want = b->bytes;
	f->low = f->high = f->mark = f->lines = f->fill = f->indent = 0;
	f->start_len = (uint16_t)str_upto(b->start, sizeof(f->start)).len;
	memcpy(f->start, b->start.ptr ? b->start.ptr : "", f->start_len);
	if (b->style == STYLE_BRIEF)
		sipmsg_frame_end(line);
}

static void
around(const struct sipmsg_frame *f, struct sipmsg_message *m)
{
	memset(m, 0, sizeof(*m));
	m->tool = f->tool;
	m->way = f->way;
	m->from = f->from;
	m->to = f->to;
	m->transport = f->transport;
	m->time = f->time;
	m->time_source = f->time_source;
	m->line = f->line;
	m->doubtful = f->doubtful;
}

static void
tell_brief(struct sipmsg_line *line)
{
	struct sipmsg_frame *f = &line->state->frame;
	struct sipmsg_message m;

	around(f, &m);
	m.brief = true;
	m.sip.start = str_make(f->start, f->start_len);
	sipmsg_brief_match(line, &m);
}

/** The message, or what there is of it, is read. */
static void
tell(struct sipmsg_line *line, size_t len)
{
	struct sipmsg_state *st = line->state;
	struct sipmsg_frame *f = &st->frame;
	struct sipmsg_message m;

	if (f->told)
		return;
	f->told = true;
	if (f->style == STYLE_BRIEF ||
	    (f->style == STYLE_PACKET && f->lines == 0 && f->start_len)) {
		tell_brief(line);
		return;
	}
	around(f, &m);
	struct sv_str text = sipmsg_text_plain(st, str_make(f->text, len));
	if (f->segments)
		sipmsg_flow_feed(line, &m, text);
	else if (f->lines && !sipmsg_match_text(line, &m, text))
		sipmsg_match_blur(line, &m);
}

void
sipmsg_frame_end(struct sipmsg_line *line)
{
	struct sipmsg_frame *f = &line->state->frame;

	line->state->wait.open = false;
	if (f->style == STYLE_NONE)
		return;
	tell(line, f->marked ? f->mark : f->fill);
	f->style = STYLE_NONE;
}

static void
append(struct sipmsg_frame *f, struct sv_str text, bool line_end)
{
	size_t room = sizeof(f->text) - f->fill;

	text = str_upto(text, room);
	if (text.len)
		memcpy(f->text + f->fill, text.ptr, text.len);
	f->fill += (uint32_t)text.len;
	if (line_end && f->fill < sizeof(f->text))
		f->text[f->fill++] = '\n';
}

/** tcpdump -A: the first line begins with the bytes of the packet's headers; where the
 *  message begins, the banner tells. They may hold a line end. */
static struct sv_str
behind_packet_headers(const struct sipmsg_frame *f, struct sv_str text)
{
	struct sv_str start = str_make(f->start, f->start_len);

	if (start.len) {
		size_t last = str_find_last(text, start);
		return str_from(text, last == STR_NONE ? text.len : last);
	}
	size_t at = str_find(text, SV_STR("SIP/2.0 "));
	if (at != STR_NONE && message_is_start(str_from(text, at)))
		return str_from(text, at);
	if (!str_ends(text, SV_STR(" SIP/2.0")))
		return (struct sv_str){ 0 };
	/* a letter of the headers may stick to the method */
	static const char *const methods[] = { "REGISTER",  "INVITE", "OPTIONS",
					       "ACK",       "BYE",    "CANCEL",
					       "SUBSCRIBE", "NOTIFY", "MESSAGE",
					       "PUBLISH",   "INFO",   "REFER",
					       "UPDATE",    "PRACK" };
	for (size_t i = 0; i < sizeof(methods) / sizeof(methods[0]); i++) {
		at = str_find(text, str_of(methods[i]));
		if (at != STR_NONE && message_is_start(str_from(text, at)))
			return str_from(text, at);
	}
	return (struct sv_str){ 0 };
}

static struct sv_str
without_blanks(struct sv_str text)
{
	while (text.len && text.ptr[0] == ' ')
		text = str_from(text, 1);
	return text;
}

/** Blanks in front of a start line: then all lines have them. */
static uint32_t
indent_of(struct sv_str text)
{
	size_t n = 0;

	while (n < text.len && text.ptr[n] == ' ')
		n++;
	return n && message_is_start(str_from(text, n)) ? (uint32_t)n : 0;
}

static struct sv_str
without_indent(const struct sipmsg_frame *f, struct sv_str text)
{
	for (uint32_t i = 0; i < f->indent && text.len && text.ptr[0] == ' '; i++)
		text = str_from(text, 1);
	return text;
}

/** What stands between banner and message. True: the line is used up. */
static bool
before_start(struct sipmsg_frame *f, struct sv_str *text)
{
	/* IP and TCP with time stamps */
	const uint32_t tcp_headers = f->from.ip.family == 6 ? 72 : 52;

	if (f->style == STYLE_PACKET) {
		struct sv_str message = behind_packet_headers(f, *text);
		if (f->segments && f->want == 0)
			return true;
		if (!message.len && f->segments) {
			uint32_t seen = f->high;
			f->high += (uint32_t)text->len + 1;
			if (f->high <= tcp_headers)
				return true;
			f->started = true;
			*text = str_from(*text, tcp_headers - seen);
			return false;
		}
		if (!message.len)
			return f->lines <= 4;
		*text = message;
	} else if (f->style == STYLE_WRAPPED) {
		return false;
	} else if (text->len == 0 ||
		   str_starts(without_blanks(*text), SV_STR("-----")) ||
		   (text->ptr[0] == ' ' && text->len < 12 &&
		    str_ends(*text, SV_STR("]")))) {
		return f->lines <= 2;
	}
	f->indent = indent_of(*text);
	f->started = true;
	f->low = f->high = 0;
	return false;
}

static bool
is_empty(const struct sipmsg_frame *f, struct sv_str text)
{
	return text.len == 0 || (text.len == 1 && text.ptr[0] == '\r') ||
	       (f->style == STYLE_DOTS && text.len == 1 && text.ptr[0] == '.');
}

/** The head is complete: it is all that tells something. How long is the body? */
static void
end_head(struct sipmsg_line *line)
{
	struct sipmsg_state *st = line->state;
	struct sipmsg_frame *f = &st->frame;
	struct sv_str text = sipmsg_text_plain(st, str_make(f->text, f->fill));
	struct sipmsg_message m;

	around(f, &m);
	f->told = f->headed = true;
	f->low = f->high = f->want = 0;
	if (!sipmsg_match_text(line, &m, text))
		sipmsg_match_blur(line, &m);
	else if (m.sip.has_length)
		f->want = (uint32_t)m.sip.length;
}

/** The line belongs to the message. */
static void
take(struct sipmsg_line *line, struct sv_str text)
{
	struct sipmsg_state *st = line->state;
	struct sipmsg_frame *f = &st->frame;
	uint32_t len = (uint32_t)text.len + 1;

	append(f, text, f->style != STYLE_WRAPPED);
	f->low += len;
	f->high += len + (has_lost_cr(f->style) ? 1 : 0);
	if (f->segments || f->style == STYLE_TAB || f->style == STYLE_WRAPPED)
		return;
	if (!f->headed && is_empty(f, text))
		end_head(line);
	if (!f->headed || f->high < f->want)
		return;
	tell(line, f->marked ? f->mark : f->fill);
	if (f->marked)
		return;
	/* lines that ended in LF alone were counted too long: so much may still come */
	if (is_counted(f->style) && f->high - f->low >= FORGERY_LEAST)
		st->loose = f->high - f->low;
	f->style = STYLE_NONE;
}

/** A line that looks like a banner within the bounds of a message. */
static void
mark(struct sipmsg_line *line)
{
	struct sipmsg_state *st = line->state;
	struct sipmsg_frame *f = &st->frame;

	if (f->marked || f->fill == sizeof(f->text))
		return;
	f->marked = true;
	st->replay_mark = st->replay_at;
	f->mark = f->fill;
	f->mark_line = line->number;
}

static bool
is_lie(const struct sipmsg_frame *f)
{
	return f->marked && (f->low > f->want + SLACK || f->fill == sizeof(f->text));
}

/** The shapes that end where a line has another shape. */
static bool
shape_ends(struct sipmsg_frame *f, struct sv_str *text)
{
	if (f->style == STYLE_DOTS && f->lines == 1 && str_starts(*text, SV_STR("  ")))
		f->style = STYLE_WRAPPED;
	if (f->style == STYLE_TAB) {
		if (!text->len || text->ptr[0] != '\t')
			return true;
		*text = str_from(*text, 1);
	}
	if (f->style == STYLE_WRAPPED) {
		if (!str_starts(*text, SV_STR("  ")))
			return true;
		*text = str_from(*text, 2);
	}
	return false;
}

/** Dashes that a tool writes behind a message, where one that holds what looks like
 *  banners may end. */
static bool
is_ruled_off(const struct sipmsg_frame *f, struct sv_str text)
{
	size_t n = 0;

	if (!f->marked || !f->headed || f->high < f->want || f->low > f->want + SLACK)
		return false;
	while (n < text.len && text.ptr[n] == '-')
		n++;
	return n >= 5 && n == text.len;
}

/** ngrep's marks, one a packet. */
static bool
is_hashes(const struct sipmsg_frame *f, struct sv_str text)
{
	size_t n = 0;

	while (n < text.len && text.ptr[n] == '#')
		n++;
	return f->style == STYLE_DOTS && n > 0 && n == text.len;
}

static enum sv_parse
idle(struct sipmsg_line *line, struct sv_str text)
{
	struct sipmsg_state *st = line->state;
	struct sipmsg_banner banner;
	uint32_t len = (uint32_t)text.len + 2;

	if (sipmsg_banner_read(line->ctx, text, &banner)) {
		sipmsg_frame_open(line, &banner);
		return SV_PARSE_SKIP;
	}
	struct sv_str bare = without_blanks(text);
	if (!st->loose && bare.len && !strchr("#-|", bare.ptr[0]))
		st->mixed = true;
	st->loose -= st->loose < len ? st->loose : len;
	return SV_PARSE_SKIP;
}

/** One line; is_lie() afterwards: read again from the mark. */
static enum sv_parse
step(struct sipmsg_line *line, struct sv_str text)
{
	struct sipmsg_state *st = line->state;
	struct sipmsg_frame *f = &st->frame;
	struct sipmsg_banner banner;

	if (st->wait.open) {
		int more = sipmsg_banner_more(line, text);
		if (more == 1)
			return SV_PARSE_SKIP;
		st->wait.open = false;
		if (more == 2) {
			sipmsg_frame_open(line, &st->wait.banner);
			return SV_PARSE_SKIP;
		}
	}
	if (f->style == STYLE_NONE)
		return idle(line, text);
	f->lines++;
	if (shape_ends(f, &text)) {
		sipmsg_frame_end(line);
		return idle(line, text);
	}
	bool sure = f->style == STYLE_TAB || f->style == STYLE_WRAPPED;
	if (!sure && (is_hashes(f, text) || sipmsg_banner_read(NULL, text, &banner))) {
		if (!f->headed || f->high >= f->want) {
			f->lines--;
			f->marked = false;
			sipmsg_frame_end(line);
			return idle(line, text);
		}
		mark(line);
	}
	if (is_ruled_off(f, text)) {
		f->marked = false;
		sipmsg_frame_end(line);
		return idle(line, text);
	}
	if (f->style == STYLE_PACKET)
		st->mixed = f->doubtful = true;
	if (!f->started && before_start(f, &text))
		return SV_PARSE_SKIP;
	take(line, without_indent(f, text));
	return SV_PARSE_SKIP;
}

/** The held text from the mark on, once more, as lines of their own. */
static void
replay(struct sipmsg_line *line)
{
	struct sipmsg_state *st = line->state;
	struct sipmsg_frame *f = &st->frame;
	struct sipmsg_line again = *line;
	size_t n = f->fill - f->mark, at = 0, rewinds = 0;

	memcpy(st->replay, f->text + f->mark, n);
	again.number = f->mark_line;
	st->replaying = true;
	sipmsg_frame_end(&again);
	while (at < n) {
		struct sv_str rest = str_make(st->replay + at, n - at);
		size_t end = str_find_char(rest, '\n');
		struct sv_str text = str_upto(rest, end == STR_NONE ? rest.len : end);
		st->replay_at = (uint32_t)at;
		step(&again, text);
		at += text.len + 1;
		again.number++;
		if (f->style == STYLE_NONE || !is_lie(f))
			continue;
		if (++rewinds > SIPMSG_REWINDS)
			break;
		again.number = f->mark_line;
		at = st->replay_mark;
		sipmsg_frame_end(&again);
	}
	st->replaying = false;
	line->told |= again.told;
}

enum sv_parse
sipmsg_frame_feed(struct sipmsg_line *line, struct sv_str text)
{
	struct sipmsg_frame *f = &line->state->frame;
	enum sv_parse result = step(line, text);

	if (f->style != STYLE_NONE && is_lie(f))
		replay(line);
	return line->told ? SV_PARSE_EVENT : result;
}
