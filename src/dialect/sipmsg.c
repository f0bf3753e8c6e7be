/* SPDX-License-Identifier: Apache-2.0 */
#include "dialect/sipmsg.h"

#include "dialect/sipmsg_state.h"

#include "base/date.h"

#include <ctype.h>

/** An Asterisk entry: "[date] VERBOSE[123][C-0000] file.c: text". */
struct entry {
	struct sv_str date, text;
};

/** Levels under which Asterisk writes messages. */
static const struct sv_str levels[] = {
	{ "VERBOSE[", 8 },
	{ "PJSIP_HISTORY[", 14 },
	{ "DEBUG[", 6 },
};

/** Bytes of "123][C-0000]: file.c: "; 0: it is no such text. */
static size_t
thread_and_file(struct sv_str s)
{
	size_t n = str_find(str_upto(s, 100), SV_STR(".c:"));
	size_t close = str_find_char(s, ']');

	if (n == STR_NONE || close == STR_NONE || close > n)
		return 0;
	n += 3;
	while (n < s.len && (isdigit((unsigned char)s.ptr[n]) || s.ptr[n] == ' '))
		n++;
	return n;
}

static bool
entry_read(struct sv_str text, struct entry *ret_entry)
{
	if (text.len < 8 || text.ptr[0] != '[')
		return false;
	size_t close = str_find(str_upto(text, 64), SV_STR("] "));
	if (close == STR_NONE)
		return false;
	struct sv_str rest = str_from(text, close + 2);
	for (size_t i = 0; i < sizeof(levels) / sizeof(levels[0]); i++) {
		if (!str_starts(rest, levels[i]))
			continue;
		struct sv_str inner = str_from(rest, levels[i].len);
		size_t n = thread_and_file(inner);
		if (n == 0)
			return false;
		/* the number of a history line belongs to the text */
		if (i == 1) {
			n = str_find(inner, SV_STR(".c:")) + 3;
			while (n < inner.len && inner.ptr[n] == ' ')
				n++;
		}
		ret_entry->date = str_make(text.ptr + 1, close - 1);
		ret_entry->text = str_from(inner, n);
		return true;
	}
	return false;
}

/** A line of a PBX's own log: dumps stand between such lines there, and the PBX's
 *  dialect tells the same attempts. */
static bool
is_pbx_line(struct sv_str text)
{
	struct date date;

	if (text.len < 24)
		return false;
	if (text.ptr[0] == '[') {
		size_t close = str_find(str_upto(text, 64), SV_STR("] "));
		struct sv_str rest =
			str_from(text, close == STR_NONE ? text.len : close + 2);
		size_t n = 0;
		while (n < rest.len && (isupper((unsigned char)rest.ptr[n])))
			n++;
		return n > 3 && n < rest.len && rest.ptr[n] == '[';
	}
	size_t n = date_take(text, &date);
	if (n == 0 || date.shape != DATE_ISO)
		return false;
	struct sv_str rest = str_upto(str_from(text, n), 24);
	return str_find(rest, SV_STR(" [")) != STR_NONE &&
	       str_find(rest, SV_STR("]")) != STR_NONE;
}

/** FreeSWITCH writes siptrace between its own lines, with nothing in front: its file may
 *  begin with one. The end of such a dump is sure; in other texts a sender could write
 *  the line of a PBX behind his message. */
static bool
may_be_another_log(const struct sipmsg_state *st)
{
	return st->frame.tool == sipmsg_tool_find("siptrace") && !st->loose;
}

static bool
is_idle(const struct sipmsg_state *st)
{
	return st->frame.style == STYLE_NONE && !st->wait.open;
}

static enum sv_parse
feed_line(struct sipmsg_line *line, struct sv_str text)
{
	struct sipmsg_state *st = line->state;
	struct sipmsg_banner banner;
	struct entry entry;
	enum sv_parse result;
	size_t used;

	if (is_idle(st)) {
		result = sipmsg_shark_feed(line, text);
		if (result != SV_PARSE_FOREIGN)
			return result;
		result = sipmsg_record_read(line, text);
		if (result != SV_PARSE_FOREIGN)
			return result;
	}
	if (entry_read(text, &entry) &&
	    (is_idle(st) || sipmsg_banner_read(NULL, entry.text, &banner))) {
		(void)line->ctx->stamp(line->ctx->user, entry.date, &used, &st->dated,
				       &st->dated_source);
		/* chan_sip writes its banners behind a line end */
		if (entry.text.len == 0)
			return SV_PARSE_SKIP;
		if (sipmsg_banner_read(NULL, entry.text, &banner))
			return sipmsg_frame_feed(line, entry.text);
		st->mixed = true;
		return SV_PARSE_SKIP;
	}
	if (is_idle(st) && is_pbx_line(text) &&
	    !sipmsg_banner_read(NULL, text, &banner)) {
		st->mixed = true;
		return may_be_another_log(st) ? SV_PARSE_FOREIGN : SV_PARSE_SKIP;
	}
	return sipmsg_frame_feed(line, text);
}

/** One record with line breaks (journald, a datagram): its lines, one by one. What does
 *  not end with it is cut. */
static enum sv_parse
feed_lines(struct sipmsg_line *line, struct sv_str text)
{
	enum sv_parse result = SV_PARSE_FOREIGN;

	while (text.len) {
		size_t end = str_find_char(text, '\n');
		struct sv_str one = str_upto(text, end == STR_NONE ? text.len : end);
		text = str_from(text, one.len + 1);
		if (one.len && one.ptr[one.len - 1] == '\r')
			one.len--;
		enum sv_parse r = feed_line(line, one);
		if (r != SV_PARSE_FOREIGN)
			result = r;
	}
	sipmsg_frame_end(line);
	return line->told ? SV_PARSE_EVENT : result;
}

static enum sv_parse
parse(struct sv_parse_context *ctx, const struct sv_record *record)
{
	struct sipmsg_state *st = ctx->state;
	struct sipmsg_line line = {
		.ctx = ctx, .state = st, .record = record, .number = record->line
	};

	if (record->flags & SV_RECORD_WHOLE) {
		enum sv_parse result = sipmsg_record_read(&line, record->text);
		if (result != SV_PARSE_FOREIGN)
			return result;
		return feed_lines(&line, record->text);
	}
	return feed_line(&line, record->text);
}

static void
flush(struct sv_parse_context *ctx)
{
	struct sipmsg_line line = { .ctx = ctx, .state = ctx->state };

	sipmsg_frame_end(&line);
	sipmsg_shark_end(&line);
	if (ctx->paused)
		return; /* answers may still come */
	sipmsg_match_flush(&line);
	sipmsg_match_waiting(&line, true);
}

bool
sipmsg_is_banner(struct sv_str text)
{
	struct sipmsg_banner banner;

	return sipmsg_banner_read(NULL, text, &banner);
}

static bool
probe(struct sv_str text)
{
	struct sipmsg_banner banner;

	if (text.len < 12)
		return false;
	size_t end = str_find_char(text, '\n');
	struct sv_str first = str_upto(text, end == STR_NONE ? text.len : end);
	if (first.len && first.ptr[first.len - 1] == '\r')
		first.len--;
	/* an entry of Asterisk is of Asterisk's log, whatever it holds */
	return sipmsg_banner_read(NULL, first, &banner) || sipmsg_shark_probe(first) ||
	       sipmsg_in_record(text);
}

static const char *const none[] = { NULL };

const struct sv_dialect sipmsg_dialect = {
	.name = "sipmsg",
	.doc = "raw SIP messages: sngrep, ngrep, sipgrep, tcpdump, tshark, sipdump, "
	       "xlog; "
	       "sip debug, PJSIP logger, siptrace alone in a file; traces of Ribbon "
	       "and Avaya",
	.idents = none,
	.units = none,
	.files = none,
	.evidence = "recordings",
	.documented = "messages of pjsua, AudioCodes, Oracle, Cisco, Ribbon, Avaya, "
		      "Yate and sipXecs",
	.template_name = sipmsg_tool_name,
	.state_size = sizeof(struct sipmsg_state),
	.probe = probe,
	.parse = parse,
	.flush = flush,
};
