/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A whole message within one record, behind words of the administrator's (Kamailio's
 * xlog with $mb) or of the PBX (AudioCodes), which name both ends or the other one:
 *
 *   SIP received udp:192.0.2.7:5060 -> 192.0.2.1:5060 324 bytes: REGISTER sip:…
 *   ---- Incoming SIP Message from 192.0.2.7:5061 to SIPInterface #2 … ---- #012SIP/2.0 …
 *
 * Line ends are there as they were, or escaped by the syslog daemon (#015#012). The
 * start line is taken from its place behind those words alone. Nobody but the daemon
 * writes line ends of the first kind; the four characters of an escape a sender can
 * write as well, into any field that another log line shows: such records are doubted.
 */
#include "dialect/sipmsg_state.h"

#include "base/address.h"
#include "dialect/sipmsg.h"
#include "sip/outcome.h"

#include <ctype.h>

/** Nobody writes longer words in front of a message. */
#define WORDS_MAX ((size_t)400)
#define LEAST_BYTES ((size_t)100)

/** Where the first line ends. Most records have no line end at all. */
size_t
sipmsg_record_line(struct sv_str text, bool *ret_escaped)
{
	size_t end = str_find_char(text, '\n');

	*ret_escaped = end == STR_NONE;
	if (end == STR_NONE) {
		size_t sign = str_find_char(text, '#');
		end = sign == STR_NONE ? STR_NONE : str_find(text, SV_STR("#012"));
	}
	if (end == STR_NONE)
		return STR_NONE;
	if (end >= 4 && memcmp(text.ptr + end - 4, "#015", 4) == 0)
		end -= 4;
	else if (end >= 1 && text.ptr[end - 1] == '\r')
		end--;
	return end;
}

/** "udp:" in front of an address. */
static size_t
proto_read(struct sv_str s, enum sv_transport *ret)
{
	size_t n = 0;

	while (n < s.len && n < 5 && isalpha((unsigned char)s.ptr[n]))
		n++;
	if (n < 2 || n >= s.len || s.ptr[n] != ':' ||
	    !transport_find(str_upto(s, n), ret))
		return 0;
	return n + 1;
}

/** One end, up to the blank or the colon behind it. */
static size_t
place_read(struct sv_str s, struct sipmsg_end *ret_end, enum sv_transport *ret)
{
	size_t skipped = proto_read(s, ret), n = str_find_char(s, ' ');
	struct sv_str word = str_upto(s, n == STR_NONE ? s.len : n);
	size_t used = word.len;

	if (word.len && word.ptr[word.len - 1] == ':')
		word.len--;
	return sipmsg_end_read(str_from(word, skipped), ret_end) ? used : 0;
}

static bool
arrow_at(struct sv_str s, struct sipmsg_found *f, size_t *ret_used)
{
	struct sipmsg_banner *b = &f->banner;
	size_t from = place_read(s, &b->from, &b->transport);

	if (!from || !str_starts(str_from(s, from), SV_STR(" -> ")))
		return false;
	size_t to = place_read(str_from(s, from + 4), &b->to, &b->transport);
	if (!to)
		return false;
	*ret_used = from + 4 + to;
	return true;
}

/** Words alone: no digit, nothing that only a header has. */
static bool
are_words(struct sv_str s)
{
	for (size_t i = 0; i < s.len; i++)
		if (!isalpha((unsigned char)s.ptr[i]) && !strchr(" <>:_-,", s.ptr[i]))
			return false;
	return true;
}

/** Behind the ends: at most a count of bytes, and a colon. */
static size_t
words_between(struct sv_str s)
{
	for (size_t n = 0; n < s.len && n < 40; n++) {
		bool begins = n == 0 || s.ptr[n - 1] == ' ';
		if (begins && message_is_start(str_from(s, n)))
			return n;
		if (!isalnum((unsigned char)s.ptr[n]) && !strchr(" :([])", s.ptr[n]))
			break;
	}
	return STR_NONE;
}

static enum sipmsg_way
way_of(struct sv_str words)
{
	words = str_trim(words);
	if (str_ends(words, SV_STR("eceived")) || str_ends(words, SV_STR("eceived:")))
		return WAY_RECEIVED;
	if (str_ends(words, SV_STR("ent")) || str_ends(words, SV_STR("ent:")))
		return WAY_SENT;
	return WAY_UNKNOWN;
}

static bool
find_arrow(struct sv_str line, struct sipmsg_found *f)
{
	size_t arrow = str_find(str_upto(line, WORDS_MAX), SV_STR(" -> ")), used;

	if (arrow == STR_NONE)
		return false;
	size_t at = arrow;
	while (at > 0 && line.ptr[at - 1] != ' ')
		at--;
	if (!arrow_at(str_from(line, at), f, &used))
		return false;
	size_t between = words_between(str_from(line, at + used));
	if (between == STR_NONE)
		return false;
	f->message_at = at + used + between;
	f->doubtful = f->escaped || !are_words(str_upto(line, at));
	f->banner.way = way_of(str_upto(line, at));
	return true;
}

/** The start line, however its end is shown. */
static struct sv_str
first_of(const struct sipmsg_found *f, struct sv_str text)
{
	struct sv_str message = str_from(text, f->message_at);
	bool escaped;
	size_t end = f->escape == ESCAPE_BACKSLASH
			     ? str_find(message, SV_STR("\\r\\n"))
			     : sipmsg_record_line(message, &escaped);

	return str_trim(str_upto(message, end == STR_NONE ? message.len : end));
}

/** Ribbon, Avaya, sipXecs. */
static bool
find_vendor(struct sv_str text, struct sipmsg_found *ret_found)
{
	struct sipmsg_found f = { .escaped = true, .doubtful = true };

	f.message_at = sipmsg_vendor_record(text, &f.banner, &f.escape);
	if (!f.message_at || !message_is_start(first_of(&f, text)))
		return false;
	*ret_found = f;
	return true;
}

/** Slashes are few in lines of a PBX. */
bool
sipmsg_record_version(struct sv_str text)
{
	const struct sv_str version = SV_STR("SIP/2.0");

	for (size_t at = 0, n; (n = str_find_char(str_from(text, at), '/')) != STR_NONE;
	     at += n + 1)
		if (at + n >= 3 && str_starts(str_from(text, at + n - 3), version))
			return true;
	return false;
}

static bool
find(struct sv_str text, struct sipmsg_found *ret_found)
{
	struct sipmsg_found f = { 0 };

	if (text.len < LEAST_BYTES || !sipmsg_record_version(text))
		return false;
	if (find_vendor(text, ret_found))
		return true;
	size_t end = sipmsg_record_line(text, &f.escaped);
	if (end == STR_NONE ||
	    !(find_arrow(str_upto(text, end), &f) || sipmsg_boxes_find(text, &f)))
		return false;
	*ret_found = f;
	return true;
}

bool
sipmsg_in_record(struct sv_str text)
{
	struct sipmsg_found f;

	return find(text, &f) || sipmsg_boxes_part(text);
}

static char
escape_at(struct sv_str s)
{
	if (str_starts(s, SV_STR("#012")))
		return '\n';
	if (str_starts(s, SV_STR("#015")))
		return '\r';
	return str_starts(s, SV_STR("#011")) ? '\t' : '\0';
}

/** "\r\n" and its like. */
static struct sv_str
unescape_backslash(struct sipmsg_state *st, struct sv_str text)
{
	size_t n = 0;

	for (size_t i = 0; i < text.len && n < sizeof(st->scratch); i++) {
		char c = text.ptr[i];
		if (c == '\\' && i + 1 < text.len) {
			c = text.ptr[++i];
			c = c == 'n' ? '\n' : c == 'r' ? '\r' : c == 't' ? '\t' : c;
		}
		st->scratch[n++] = c;
	}
	return str_make(st->scratch, n);
}

/** "#012" and its like become the byte they stand for; AudioCodes has a blank in front
 *  of each. */
static struct sv_str
unescape(struct sipmsg_state *st, struct sv_str text, bool escaped)
{
	const char sign = escaped ? '#' : '\n';
	size_t n = 0;

	while (text.len && n < sizeof(st->scratch)) {
		size_t plain = str_find_char(text, sign);
		if (plain == STR_NONE)
			plain = text.len;
		if (plain > sizeof(st->scratch) - n)
			plain = sizeof(st->scratch) - n;
		memcpy(st->scratch + n, text.ptr, plain);
		n += plain;
		text = str_from(text, plain);
		if (!text.len || n == sizeof(st->scratch))
			break;
		char byte = escaped ? escape_at(text) : '\0';
		text = str_from(text, byte ? 4 : 1);
		byte = byte ? byte : sign;
		if (byte == '\n' && n && st->scratch[n - 1] == ' ')
			n--;
		st->scratch[n++] = byte;
	}
	return str_make(st->scratch, n);
}

enum sv_parse
sipmsg_record_read(struct sipmsg_line *line, struct sv_str text)
{
	struct sipmsg_found f;
	struct sipmsg_message m = { 0 };
	size_t used;

	if (!find(text, &f)) {
		enum sv_parse part = sipmsg_boxes_feed(line, text, &f);
		if (part != SV_PARSE_EVENT)
			return part;
	}
	m.tool = sipmsg_tool_find("record");
	m.way = f.banner.way;
	m.from = f.banner.from;
	m.to = f.banner.to;
	m.transport = f.banner.transport;
	m.line = line->number;
	m.time = line->ctx->moment(line->ctx->user);
	m.doubtful = f.doubtful;
	if (f.escape == ESCAPE_BACKSLASH) /* its date stands behind a quote */
		(void)line->ctx->stamp(line->ctx->user, str_from(str_upto(text, 40), 1),
				       &used, &m.time, &m.time_source);
	text = str_from(text, f.message_at);
	text = f.escape == ESCAPE_BACKSLASH ? unescape_backslash(line->state, text)
					    : unescape(line->state, text, f.escaped);
	if (!sipmsg_match_text(line, &m, text))
		sipmsg_match_blur(line, &m);
	return line->told ? SV_PARSE_EVENT : SV_PARSE_SKIP;
}
