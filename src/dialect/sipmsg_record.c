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

struct found {
	struct sipmsg_banner banner;
	size_t message_at;
	bool escaped;  /* line ends are escaped */
	bool doubtful; /* a sender may have written all of it */
};

/** Where the first line ends. Most records have no line end at all. */
static size_t
first_line(struct sv_str text, bool *ret_escaped)
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
arrow_at(struct sv_str s, struct found *f, size_t *ret_used)
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
find_arrow(struct sv_str line, struct found *f)
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

/** "… ---- #012SIP/2.0 …": the banner is the record's first line, the message the rest.
 */
static bool
find_audiocodes(struct sv_str text, struct found *f)
{
	size_t at = str_find(str_upto(text, WORDS_MAX), SV_STR("---- "));

	if (at == STR_NONE ||
	    !sipmsg_banner_read(NULL, str_upto(str_from(text, at), WORDS_MAX),
				&f->banner) ||
	    f->banner.tool != sipmsg_tool_find("audiocodes"))
		return false;
	size_t end = str_find(str_from(text, at), SV_STR(" ---- #012"));
	size_t skipped = 10;
	if (end == STR_NONE) {
		end = str_find(str_from(text, at), SV_STR(" ---- \n"));
		skipped = 7;
	}
	if (end == STR_NONE)
		return false;
	f->message_at = at + end + skipped;
	f->doubtful = true;
	struct sv_str message = str_from(text, f->message_at);
	bool escaped;
	/* each line ends in a blank there */
	size_t end_of_start = first_line(message, &escaped);
	return message_is_start(str_trim(str_upto(message, end_of_start)));
}

static bool
find(struct sv_str text, struct found *ret_found)
{
	struct found f = { 0 };

	if (text.len < LEAST_BYTES || str_find(text, SV_STR("SIP/2.0")) == STR_NONE)
		return false;
	size_t end = first_line(text, &f.escaped);
	if (end == STR_NONE ||
	    !(find_arrow(str_upto(text, end), &f) || find_audiocodes(text, &f)))
		return false;
	*ret_found = f;
	return true;
}

bool
sipmsg_in_record(struct sv_str text)
{
	struct found f;

	return find(text, &f);
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
	struct found f;
	struct sipmsg_message m = { 0 };

	if (!find(text, &f))
		return SV_PARSE_FOREIGN;
	m.tool = sipmsg_tool_find("record");
	m.way = f.banner.way;
	m.from = f.banner.from;
	m.to = f.banner.to;
	m.transport = f.banner.transport;
	m.line = line->number;
	m.time = line->ctx->moment(line->ctx->user);
	m.doubtful = f.doubtful;
	text = unescape(line->state, str_from(text, f.message_at), f.escaped);
	if (!sipmsg_match_text(line, &m, text))
		sipmsg_match_blur(line, &m);
	return line->told ? SV_PARSE_EVENT : SV_PARSE_SKIP;
}
