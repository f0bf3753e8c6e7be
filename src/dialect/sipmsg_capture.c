/* SPDX-License-Identifier: Apache-2.0 */
/* Banners of capture tools: they name both ends and do not say which one is the PBX. */
#include "dialect/sipmsg_cursor.h"

#include "base/address.h"
#include "sip/outcome.h"

/** 2026/11/22 20:44:39.778331 127.0.1.11:5060 -> 127.0.0.1:5060 */
bool
sipmsg_capture_sngrep(struct sipmsg_cursor *c)
{
	c->banner->style = STYLE_RAW;
	if (!sipmsg_cursor_take_time(c) || !sipmsg_cursor_skip(c, " "))
		return false;
	size_t n = sipmsg_arrow_read(c->text, c->banner);
	return n > 0 && str_trim(str_from(c->text, n)).len == 0;
}

/** U 2026/11/22 20:44:39.778332 127.0.1.11:5060 -> 127.0.0.1:5060 #1; the date may be
 *  missing, T is TCP and has flags. sipgrep has no number. */
bool
sipmsg_capture_ngrep(struct sipmsg_cursor *c)
{
	struct sipmsg_banner *b = c->banner;
	uint64_t number;

	b->style = STYLE_DOTS;
	b->transport = c->text.ptr[0] == 'T' ? SV_TCP : SV_UDP;
	c->text = str_from(c->text, 1);
	if (!sipmsg_cursor_skip(c, " "))
		return false;
	if (sipmsg_cursor_take_time(c) && !sipmsg_cursor_skip(c, " "))
		return false;
	size_t n = sipmsg_arrow_read(c->text, b);
	if (n == 0)
		return false;
	c->text = str_from(c->text, n);
	if (b->transport == SV_TCP && sipmsg_cursor_skip(c, " [")) {
		b->segments = true; /* sipgrep shows messages, its flags come later */
		size_t close = str_find_char(c->text, ']');
		if (close == STR_NONE || close > 16)
			return false;
		c->text = str_from(c->text, close + 1);
	}
	if (sipmsg_cursor_skip(c, " #") && !sipmsg_cursor_take_number(c, &number))
		return false;
	return str_trim(c->text).len == 0;
}

/** "127.0.1.11.5060": the last dot is the port's. */
static bool
take_dotted(struct sipmsg_cursor *c, struct sipmsg_end *ret_end)
{
	struct sv_str word = sipmsg_cursor_take_word(c);
	uint64_t port = 0;

	if (word.len && word.ptr[word.len - 1] == ':')
		word.len--;
	size_t dot = str_find_last(word, SV_STR("."));
	if (dot == STR_NONE || !address_parse(str_upto(word, dot), &ret_end->ip))
		return false;
	struct sv_str digits = str_from(word, dot + 1);
	if (str_take_u64(digits, &port) != digits.len || port > UINT16_MAX)
		return false;
	ret_end->port = (uint16_t)port;
	return true;
}

/** "A.P > A.P: SIP: REGISTER …" and what else tcpdump says there. */
static bool
tcpdump_packet(struct sipmsg_cursor *c)
{
	struct sipmsg_banner *b = c->banner;
	struct sipmsg_end from, to;
	uint64_t length;

	b->style = STYLE_PACKET;
	if (!take_dotted(c, &from) || !sipmsg_cursor_skip(c, " > ") ||
	    !take_dotted(c, &to))
		return str_find(c->text, SV_STR(" > ")) != STR_NONE ||
		       b->from.ip.family == 0;
	b->from = from;
	b->to = to;
	if (sipmsg_cursor_skip(c, " [bad udp cksum ") ||
	    sipmsg_cursor_skip(c, " [udp sum ok")) {
		size_t close = str_find_char(c->text, ']');
		c->text =
			str_from(c->text, close == STR_NONE ? c->text.len : close + 1);
	}
	if (sipmsg_cursor_skip(c, " SIP, length: ")) {
		b->style = STYLE_TAB;
		b->transport = SV_UDP;
	} else if (sipmsg_cursor_skip(c, " SIP: ")) {
		b->transport = SV_UDP;
		b->start = c->text;
	} else if (sipmsg_cursor_skip(c, " SIP")) {
		b->transport = SV_UDP;
	} else if (sipmsg_cursor_skip(c, " Flags [")) {
		size_t at = str_find_last(c->text, SV_STR(", length "));
		b->transport = SV_TCP;
		b->segments = true;
		if (at == STR_NONE)
			return true;
		c->text = str_from(c->text, at + 9);
		b->bytes = sipmsg_cursor_take_number(c, &length) &&
					   length < SV_RECORD_MAX_BYTES
				   ? (uint32_t)length
				   : 0;
		if (sipmsg_cursor_skip(c, ": SIP: "))
			b->start = c->text;
	}
	return true;
}

/** 20:44:39.778331 [lo    In  ]IP …; with -v the addresses stand in the next line. */
bool
sipmsg_capture_tcpdump(struct sipmsg_cursor *c)
{
	struct sipmsg_banner *b = c->banner;

	if (!sipmsg_cursor_take_time(c) || !sipmsg_cursor_skip(c, " "))
		return false;
	bool six = false;
	for (int words = 0; !sipmsg_cursor_skip(c, "IP "); words++) {
		six = sipmsg_cursor_skip(c, "IP6 ");
		if (six)
			break;
		if (words == 2 || sipmsg_cursor_take_word(c).len == 0)
			return false;
		sipmsg_cursor_skip_blanks(c);
	}
	if (c->text.len == 0)
		return false;
	if (c->text.ptr[0] != '(')
		return tcpdump_packet(c);
	if (!six) {
		b->style = STYLE_WAIT;
		return str_ends(c->text, SV_STR(")"));
	}
	size_t arrow = str_find(c->text, SV_STR(" > "));
	size_t close = str_find_last(str_upto(c->text, arrow), SV_STR(") "));
	if (arrow == STR_NONE || close == STR_NONE)
		return false;
	c->text = str_from(c->text, close + 2);
	return tcpdump_packet(c);
}

/** "    1   0.000000   127.0.1.11 → 127.0.0.1    SIP 366 Request: REGISTER sip:… |":
 *  fields at fixed places from the left; what follows is text of the sender. */
bool
sipmsg_capture_tshark(struct sipmsg_cursor *c)
{
	struct sipmsg_banner *b = c->banner;
	uint64_t number;

	sipmsg_cursor_skip_blanks(c);
	if (!sipmsg_cursor_take_number(c, &number) || !sipmsg_cursor_skip(c, " "))
		return false;
	sipmsg_cursor_skip_blanks(c);
	if (!sipmsg_cursor_take_time(c)) {
		struct sv_str seconds = sipmsg_cursor_take_word(c);
		if (str_take_u64(seconds, &number) == 0 ||
		    str_find_char(seconds, '.') == STR_NONE)
			return false;
	}
	sipmsg_cursor_skip_blanks(c);
	if (!address_parse(sipmsg_cursor_take_word(c), &b->from.ip))
		return false;
	if (!sipmsg_cursor_skip(c, " \342\206\222 ") && !sipmsg_cursor_skip(c, " -> "))
		return false;
	if (!address_parse(sipmsg_cursor_take_word(c), &b->to.ip))
		return false;
	sipmsg_cursor_skip_blanks(c);
	if (!sipmsg_cursor_skip(c, "SIP/SDP ") &&
	    !sipmsg_cursor_skip(c, "SIP/sipfrag ") && !sipmsg_cursor_skip(c, "SIP "))
		return false;
	sipmsg_cursor_skip_blanks(c);
	if (!sipmsg_cursor_take_number(c, &number) || !sipmsg_cursor_skip(c, " "))
		return false;
	b->style = STYLE_BRIEF;
	b->start = c->text;
	return str_starts(c->text, SV_STR("Request: ")) ||
	       str_starts(c->text, SV_STR("Status: "));
}

/** The first of two lines of marks; the fields between them come one a line. */
bool
sipmsg_capture_sipdump(struct sipmsg_cursor *c)
{
	c->banner->style = STYLE_WAIT;
	return str_eq(c->text, SV_STR("===================="));
}

/* ---- banners of several lines ---- */

static bool
ends_with_mark(struct sv_str text)
{
	return str_eq(text, SV_STR("~~~~~~~~~~~~~~~~~~~~"));
}

static void
sipdump_field(struct sipmsg_cursor *c)
{
	struct sipmsg_banner *b = c->banner;
	uint64_t port = 0;

	if (sipmsg_cursor_skip(c, "tag: ")) {
		b->way = str_eq(c->text, SV_STR("rcv"))   ? WAY_RECEIVED
			 : str_eq(c->text, SV_STR("snd")) ? WAY_SENT
							  : WAY_UNKNOWN;
	} else if (sipmsg_cursor_skip(c, "time: ")) {
		(void)sipmsg_cursor_take_time(c);
	} else if (sipmsg_cursor_skip(c, "proto: ")) {
		(void)transport_find(sipmsg_cursor_take_word(c), &b->transport);
	} else if (sipmsg_cursor_skip(c, "srcip: ")) {
		(void)address_parse(c->text, &b->from.ip);
	} else if (sipmsg_cursor_skip(c, "dstip: ")) {
		(void)address_parse(c->text, &b->to.ip);
	} else if (sipmsg_cursor_skip(c, "srcport: ")) {
		if (sipmsg_cursor_take_number(c, &port) && port <= UINT16_MAX)
			b->from.port = (uint16_t)port;
	} else if (sipmsg_cursor_skip(c, "dstport: ")) {
		if (sipmsg_cursor_take_number(c, &port) && port <= UINT16_MAX)
			b->to.port = (uint16_t)port;
	}
}

int
sipmsg_capture_more(struct sipmsg_cursor *c)
{
	struct sipmsg_banner *b = c->banner;
	size_t len = c->text.len;

	if (b->tool == sipmsg_tool_find("tcpdump")) {
		sipmsg_cursor_skip_blanks(c);
		return len > 4 && c->text.len + 4 == len && tcpdump_packet(c) &&
				       b->from.ip.family
			       ? 2
			       : 0;
	}
	if (ends_with_mark(c->text)) {
		b->style = STYLE_RAW;
		return b->from.ip.family || b->to.ip.family ? 2 : 0;
	}
	size_t colon = str_find(c->text, SV_STR(": "));
	if (colon == STR_NONE || colon > 8)
		return 0;
	sipdump_field(c);
	return 1;
}
