/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The banners: what each tool writes in front of a message. One row a tool. A row says
 * who is at which end, in which direction, when, and how the text behind it is shown.
 *
 * Direction and addresses come from here alone, never from the message's own headers.
 */
#include "dialect/sipmsg_state.h"

#include "base/address.h"
#include "base/date.h"
#include "sip/outcome.h"

#include <ctype.h>

/** No banner is longer. */
#define BANNER_MAX ((size_t)1024)

/** What is read of a line so far. */
struct cursor {
	struct sv_parse_context *ctx; /* NULL: recognise only */
	struct sv_str text;
	struct sipmsg_banner *banner;
};

static bool
skip(struct cursor *c, const char *word)
{
	struct sv_str w = str_of(word);

	if (!str_starts(c->text, w))
		return false;
	c->text = str_from(c->text, w.len);
	return true;
}

static void
skip_blanks(struct cursor *c)
{
	while (c->text.len && c->text.ptr[0] == ' ')
		c->text = str_from(c->text, 1);
}

static bool
take_number(struct cursor *c, uint64_t *ret)
{
	size_t n = str_take_u64(c->text, ret);

	c->text = str_from(c->text, n);
	return n > 0;
}

/** A date with time, or a time of day. */
static bool
take_time(struct cursor *c)
{
	struct date date;
	size_t n = date_take(c->text, &date), used;
	struct sipmsg_banner *b = c->banner;

	if (n == 0)
		n = date_take_clock(c->text, &date);
	if (n == 0)
		return false;
	if (c->ctx)
		(void)c->ctx->stamp(c->ctx->user, str_upto(c->text, n), &used, &b->time,
				    &b->time_source);
	c->text = str_from(c->text, n);
	return true;
}

bool
sipmsg_end_read(struct sv_str text, struct sipmsg_end *ret_end)
{
	struct sipmsg_end end = { 0 };
	uint64_t port;

	if (text.len && text.ptr[0] == '[') {
		if (!address_parse_port(text, &end.ip, &end.port))
			return false;
		*ret_end = end;
		return true;
	}
	size_t colon = str_find_last(text, SV_STR(":"));
	if (colon == STR_NONE || !address_parse(str_upto(text, colon), &end.ip))
		return false;
	struct sv_str digits = str_from(text, colon + 1);
	size_t used = str_take_u64(digits, &port);
	if (used == 0 || used != digits.len || port > UINT16_MAX)
		return false;
	end.port = (uint16_t)port;
	*ret_end = end;
	return true;
}

static struct sv_str
take_word(struct cursor *c)
{
	size_t n = str_find_char(c->text, ' ');
	struct sv_str word = str_upto(c->text, n == STR_NONE ? c->text.len : n);

	c->text = str_from(c->text, word.len);
	return word;
}

static bool
take_end(struct cursor *c, struct sipmsg_end *ret_end)
{
	return sipmsg_end_read(take_word(c), ret_end);
}

/** The other end of a tool that names one only; `way` says which it is. */
static void
set_peer(struct cursor *c, enum sipmsg_way way, struct sipmsg_end peer)
{
	c->banner->way = way;
	if (way == WAY_RECEIVED)
		c->banner->from = peer;
	else
		c->banner->to = peer;
}

size_t
sipmsg_arrow_read(struct sv_str text, struct sipmsg_banner *banner)
{
	struct cursor c = { .text = text, .banner = banner };

	if (!take_end(&c, &banner->from) || !(skip(&c, " -> ") || skip(&c, " --> ")) ||
	    !take_end(&c, &banner->to))
		return 0;
	return text.len - c.text.len;
}

/* ---- capture tools ---- */

/** 2026/11/22 20:44:39.778331 127.0.1.11:5060 -> 127.0.0.1:5060 */
static bool
sngrep(struct cursor *c)
{
	c->banner->style = STYLE_RAW;
	if (!take_time(c) || !skip(c, " "))
		return false;
	size_t n = sipmsg_arrow_read(c->text, c->banner);
	return n > 0 && str_trim(str_from(c->text, n)).len == 0;
}

/** U 2026/11/22 20:44:39.778332 127.0.1.11:5060 -> 127.0.0.1:5060 #1; the date may be
 *  missing, T is TCP and has flags. sipgrep has no number. */
static bool
ngrep(struct cursor *c)
{
	struct sipmsg_banner *b = c->banner;
	uint64_t number;

	b->style = STYLE_DOTS;
	b->transport = c->text.ptr[0] == 'T' ? SV_TCP : SV_UDP;
	c->text = str_from(c->text, 1);
	if (!skip(c, " "))
		return false;
	if (take_time(c) && !skip(c, " "))
		return false;
	size_t n = sipmsg_arrow_read(c->text, b);
	if (n == 0)
		return false;
	c->text = str_from(c->text, n);
	if (b->transport == SV_TCP && skip(c, " [")) {
		b->segments = true; /* sipgrep shows messages, its flags come later */
		size_t close = str_find_char(c->text, ']');
		if (close == STR_NONE || close > 16)
			return false;
		c->text = str_from(c->text, close + 1);
	}
	if (skip(c, " #") && !take_number(c, &number))
		return false;
	return str_trim(c->text).len == 0;
}

/** "127.0.1.11.5060": the last dot is the port's. */
static bool
take_dotted(struct cursor *c, struct sipmsg_end *ret_end)
{
	struct sv_str word = take_word(c);
	uint64_t port;

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
tcpdump_packet(struct cursor *c)
{
	struct sipmsg_banner *b = c->banner;
	struct sipmsg_end from, to;
	uint64_t length;

	b->style = STYLE_PACKET;
	if (!take_dotted(c, &from) || !skip(c, " > ") || !take_dotted(c, &to))
		return str_find(c->text, SV_STR(" > ")) != STR_NONE ||
		       b->from.ip.family == 0;
	b->from = from;
	b->to = to;
	if (skip(c, " [bad udp cksum ") || skip(c, " [udp sum ok")) {
		size_t close = str_find_char(c->text, ']');
		c->text = str_from(c->text, close == STR_NONE ? c->text.len : close + 1);
	}
	if (skip(c, " SIP, length: ")) {
		b->style = STYLE_TAB;
		b->transport = SV_UDP;
	} else if (skip(c, " SIP: ")) {
		b->transport = SV_UDP;
		b->start = c->text;
	} else if (skip(c, " SIP")) {
		b->transport = SV_UDP;
	} else if (skip(c, " Flags [")) {
		size_t at = str_find_last(c->text, SV_STR(", length "));
		b->transport = SV_TCP;
		b->segments = true;
		if (at == STR_NONE)
			return true;
		c->text = str_from(c->text, at + 9);
		b->bytes = take_number(c, &length) && length < SV_RECORD_MAX_BYTES
				   ? (uint32_t)length
				   : 0;
		if (skip(c, ": SIP: "))
			b->start = c->text;
	}
	return true;
}

/** 20:44:39.778331 [lo    In  ]IP …; with -v the addresses stand in the next line. */
static bool
tcpdump(struct cursor *c)
{
	struct sipmsg_banner *b = c->banner;

	if (!take_time(c) || !skip(c, " "))
		return false;
	bool six = false;
	for (int words = 0; !skip(c, "IP "); words++) {
		six = skip(c, "IP6 ");
		if (six)
			break;
		if (words == 2 || take_word(c).len == 0)
			return false;
		skip_blanks(c);
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
static bool
tshark_line(struct cursor *c)
{
	struct sipmsg_banner *b = c->banner;
	uint64_t number;

	skip_blanks(c);
	if (!take_number(c, &number) || !skip(c, " "))
		return false;
	skip_blanks(c);
	if (!take_time(c)) {
		struct sv_str seconds = take_word(c);
		if (str_take_u64(seconds, &number) == 0 ||
		    str_find_char(seconds, '.') == STR_NONE)
			return false;
	}
	skip_blanks(c);
	if (!address_parse(take_word(c), &b->from.ip))
		return false;
	if (!skip(c, " \342\206\222 ") && !skip(c, " -> "))
		return false;
	if (!address_parse(take_word(c), &b->to.ip))
		return false;
	skip_blanks(c);
	if (!skip(c, "SIP/SDP ") && !skip(c, "SIP/sipfrag ") && !skip(c, "SIP "))
		return false;
	skip_blanks(c);
	if (!take_number(c, &number) || !skip(c, " "))
		return false;
	b->style = STYLE_BRIEF;
	b->start = c->text;
	return str_starts(c->text, SV_STR("Request: ")) ||
	       str_starts(c->text, SV_STR("Status: "));
}

/** The first of two lines of marks; the fields between them come one a line. */
static bool
sipdump(struct cursor *c)
{
	c->banner->style = STYLE_WAIT;
	return str_eq(c->text, SV_STR("===================="));
}

/* ---- PBXes ---- */

static bool
take_way(struct cursor *c, const char *in, const char *out, enum sipmsg_way *ret)
{
	if (skip(c, in))
		*ret = WAY_RECEIVED;
	else if (skip(c, out))
		*ret = WAY_SENT;
	else
		return false;
	return true;
}

/** "UDP:" or "UDP " or "udp/" in front of an address. */
static void
take_transport(struct cursor *c)
{
	size_t n = 0;
	struct sv_str s = c->text;

	while (n < s.len && isalpha((unsigned char)s.ptr[n]))
		n++;
	if (n == 0 || n >= s.len || !strchr(":/ ", s.ptr[n]) ||
	    !transport_find(str_upto(s, n), &c->banner->transport))
		return;
	c->text = str_from(s, n + 1);
	(void)skip(c, "//"); /* chan_sip of 1.6 */
}

/** The peer's address up to `tail`. */
static bool
take_peer(struct cursor *c, enum sipmsg_way way, const char *tail)
{
	struct sipmsg_end end = { 0 };
	size_t n = str_find(c->text, str_of(tail));

	if (n == STR_NONE || !sipmsg_end_read(str_upto(c->text, n), &end))
		return false;
	c->text = str_from(c->text, n + strlen(tail));
	set_peer(c, way, end);
	return true;
}

/** The peer's address is all that is left but a colon. */
static bool
take_last_peer(struct cursor *c, enum sipmsg_way way)
{
	struct sipmsg_end end;
	struct sv_str s = c->text;

	if (s.len == 0 || s.ptr[s.len - 1] != ':' ||
	    !sipmsg_end_read(str_upto(s, s.len - 1), &end))
		return false;
	set_peer(c, way, end);
	return true;
}

/** recv 367 bytes from udp/[127.0.1.1]:5060 at 20:29:29.003160: */
static bool
siptrace(struct cursor *c)
{
	enum sipmsg_way way;
	struct sipmsg_end end = { 0 };
	uint64_t bytes, port;

	skip_blanks(c);
	if (!take_way(c, "recv ", "sen", &way) ||
	    (way == WAY_SENT && !skip(c, "d ") && !skip(c, "t ")))
		return false;
	if (!take_number(c, &bytes) || bytes > SV_RECORD_MAX_BYTES ||
	    !skip(c, way == WAY_SENT ? " bytes to " : " bytes from "))
		return false;
	take_transport(c);
	size_t close = str_find(c->text, SV_STR("]:"));
	if (close == STR_NONE || !address_parse(str_upto(c->text, close + 1), &end.ip)) {
		/* address_parse() takes brackets around IPv6 only */
		if (close == STR_NONE || !skip(c, "[") ||
		    !address_parse(str_upto(c->text, close - 1), &end.ip))
			return false;
		close--;
	}
	c->text = str_from(c->text, close + 2);
	if (!take_number(c, &port) || port > UINT16_MAX)
		return false;
	end.port = (uint16_t)port;
	size_t at = str_find(c->text, SV_STR(" at "));
	if (at == STR_NONE)
		return false;
	c->text = str_from(c->text, at + 4);
	if (!take_time(c) || !str_eq(str_trim(c->text), SV_STR(":")))
		return false;
	c->banner->style = STYLE_COUNTED_LF;
	c->banner->bytes = (uint32_t)bytes;
	set_peer(c, way, end);
	return true;
}

/** <--- Received SIP request (367 bytes) from UDP:127.0.1.1:5060 ---> */
static bool
pjsip(struct cursor *c)
{
	enum sipmsg_way way;
	uint64_t bytes;

	if (!take_way(c, "<--- Received SIP re", "<--- Transmitting SIP re", &way) ||
	    !(skip(c, "quest (") || skip(c, "sponse (")) || !take_number(c, &bytes) ||
	    bytes > SV_RECORD_MAX_BYTES ||
	    !skip(c, way == WAY_SENT ? " bytes) to " : " bytes) from "))
		return false;
	take_transport(c);
	c->banner->style = STYLE_COUNTED;
	c->banner->bytes = (uint32_t)bytes;
	return take_peer(c, way, " --->") && c->text.len == 0;
}

/** <--- SIP read from UDP:127.0.1.1:5060 --->, <--- Transmitting (NAT) to … --->,
 *  Retransmitting #1 (NAT) to …: */
static bool
chan_sip(struct cursor *c)
{
	uint64_t number;

	c->banner->style = STYLE_RAW;
	if (skip(c, "<--- SIP read from ") || skip(c, "<-- SIP read from ")) {
		take_transport(c);
		return take_peer(c, WAY_RECEIVED, " --->") ||
		       take_peer(c, WAY_RECEIVED, ": ");
	}
	bool framed = skip(c, "<--- ");
	(void)skip(c, "Reliably ");
	if (skip(c, "Retransmitting #")) {
		if (!take_number(c, &number) || !skip(c, " "))
			return false;
	} else if (!skip(c, "Transmitting ")) {
		return false;
	}
	if (!(skip(c, "(NAT) to ") || skip(c, "(no NAT) to ")))
		return false;
	take_transport(c);
	if (framed)
		return take_peer(c, WAY_SENT, " --->") && c->text.len == 0;
	return take_last_peer(c, WAY_SENT);
}

/** … PJSIP_HISTORY[…]: res_pjsip_history.c: 00002 1795377117 * ==> A:P  REGISTER … */
static bool
pjsip_history(struct cursor *c)
{
	enum sipmsg_way way;
	uint64_t number;
	struct sipmsg_end end = { 0 };

	if (!take_number(c, &number) || !skip(c, " ") || !take_time(c))
		return false;
	skip_blanks(c);
	if (!take_way(c, "* <== ", "* ==> ", &way))
		return false;
	/* cut to 24 characters: then the port may be a part of it, the address too */
	struct sv_str place = str_upto(c->text, 24);
	c->text = str_from(c->text, 25);
	if (sipmsg_end_read(str_trim(place), &end) && place.ptr[place.len - 1] != ' ')
		end = (struct sipmsg_end){ 0 };
	c->banner->style = STYLE_BRIEF;
	c->banner->start = c->text;
	set_peer(c, way, end);
	return true;
}

/** RX 500 bytes Response msg 403/INVITE/cseq=1 (rdata0x…) from UDP 192.0.2.1:5060: */
static bool
pjsua(struct cursor *c)
{
	enum sipmsg_way way;
	uint64_t bytes;

	(void)take_time(c);
	size_t at = str_find(str_upto(c->text, 80), SV_STR("RX "));
	if (at == STR_NONE)
		at = str_find(str_upto(c->text, 80), SV_STR("TX "));
	c->text = str_from(c->text, at == STR_NONE ? 0 : at);
	if (!take_way(c, "RX ", "TX ", &way) || !take_number(c, &bytes) ||
	    !(skip(c, " bytes Request msg ") || skip(c, " bytes Response msg ")))
		return false;
	struct sv_str word = way == WAY_SENT ? SV_STR(") to ") : SV_STR(") from ");
	at = str_find(c->text, word);
	if (at == STR_NONE)
		return false;
	c->text = str_from(c->text, at + word.len);
	take_transport(c);
	c->banner->style = STYLE_RAW;
	return take_last_peer(c, way);
}

/** ---- Incoming SIP Message from 192.0.2.1:5061 to SIPInterface #2 (T) TLS … ---- */
static bool
audiocodes(struct cursor *c)
{
	enum sipmsg_way way;

	c->banner->style = STYLE_RAW;
	return take_way(c, "---- Incoming SIP Message from ",
			"---- Outgoing SIP Message to ", &way) &&
	       take_peer(c, way, way == WAY_SENT ? " from " : " to ");
}

/** Sep  6 16:42:25.610 On 192.0.2.1:5061 sent to 192.0.2.9:16385 */
static bool
oracle(struct cursor *c)
{
	struct sipmsg_end own, end;
	enum sipmsg_way way;

	c->banner->style = STYLE_RAW;
	if (take_time(c) && !skip(c, " "))
		return false;
	if (!skip(c, "On "))
		return false;
	size_t realm = str_find_char(str_upto(c->text, 64), ']');
	if (c->text.len && c->text.ptr[0] == '[' && realm != STR_NONE &&
	    !address_parse(str_upto(c->text, realm + 1), &own.ip))
		c->text = str_from(c->text, realm + 1); /* [slot:port] */
	if (!take_end(c, &own) ||
	    !take_way(c, " received from ", " sent to ", &way) || !take_end(c, &end))
		return false;
	c->banner->from = c->banner->to = own;
	set_peer(c, way, end);
	return str_trim(c->text).len == 0;
}

/** SIP OUT: 192.0.2.1:5061 --> 192.0.2.9:2206 (TLS); … SIP Rx: TCP A:P -> A:P */
static bool
avaya(struct cursor *c)
{
	enum sipmsg_way way;

	size_t at = str_find(str_upto(c->text, 64), SV_STR("SIP "));
	if (at == STR_NONE)
		return false;
	if (at > 0 && !take_time(c))
		return false;
	at = str_find(str_upto(c->text, 64), SV_STR("SIP "));
	c->text = str_from(c->text, at == STR_NONE ? 0 : at + 4);
	if (!take_way(c, "IN: ", "OUT: ", &way) && !take_way(c, "Rx: ", "Tx: ", &way))
		return false;
	take_transport(c);
	c->banner->way = way;
	c->banner->style = STYLE_RAW;
	return sipmsg_arrow_read(c->text, c->banner) > 0;
}

/** Sent: SIP UDP message from 192.0.2.1:5060 to 192.0.2.9:5060 */
static bool
cisco(struct cursor *c)
{
	enum sipmsg_way way;

	if (!take_way(c, "Received: SIP ", "Sent: SIP ", &way))
		return false;
	take_transport(c);
	c->banner->way = way;
	c->banner->style = STYLE_RAW;
	return skip(c, "message from ") && take_end(c, &c->banner->from) &&
	       skip(c, " to ") && take_end(c, &c->banner->to);
}

/* ---- the table ---- */

struct tool {
	const char *name;
	const char *first; /* letters that its banner begins with */
	bool doubtful;     /* a sender can write what looks like a record */
	bool (*read)(struct cursor *c);
};

#define DIGITS "0123456789"

static const struct tool tools[] = {
	{ "", "", false, NULL },
	{ "sngrep", DIGITS, true, sngrep },
	{ "ngrep", "UT", true, ngrep },
	{ "tcpdump", DIGITS, false, tcpdump },
	{ "tshark", " " DIGITS, false, tshark_line },
	{ "sipdump", "=", true, sipdump },
	{ "siptrace", " rs", false, siptrace },
	{ "pjsip logger", "<", false, pjsip },
	{ "sip debug", "<RT", true, chan_sip },
	{ "pjsip history", DIGITS, false, pjsip_history },
	{ "pjsua", " RT" DIGITS, true, pjsua },
	{ "audiocodes", "-", true, audiocodes },
	{ "oracle", "JFMASOND", true, oracle },
	{ "avaya", "S" DIGITS, true, avaya },
	{ "cisco", "RS", true, cisco },
	/* without banners of their own */
	{ "tshark -V", "", false, NULL },
	{ "tshark json", "", false, NULL },
	{ "record", "", false, NULL },
};
#define TOOLS (sizeof(tools) / sizeof(tools[0]))

const char *
sipmsg_tool_name(uint32_t tool)
{
	return tool > 0 && tool < TOOLS ? tools[tool].name : "?";
}

bool
sipmsg_tool_doubtful(uint32_t tool)
{
	return tool >= TOOLS || tools[tool].doubtful;
}

uint8_t
sipmsg_tool_find(const char *name)
{
	for (size_t i = 1; i < TOOLS; i++)
		if (strcmp(tools[i].name, name) == 0)
			return (uint8_t)i;
	return 0;
}

bool
sipmsg_banner_read(struct sv_parse_context *ctx, struct sv_str line,
		   struct sipmsg_banner *ret_banner)
{
	if (line.len < 12 || line.len > BANNER_MAX)
		return false;
	for (size_t i = 1; i < TOOLS; i++) {
		struct sipmsg_banner banner = { .tool = (uint8_t)i };
		struct cursor c = { ctx, line, &banner };
		if (!tools[i].read || !strchr(tools[i].first, line.ptr[0]) ||
		    !tools[i].read(&c))
			continue;
		*ret_banner = banner;
		return true;
	}
	return false;
}

/* ---- banners of several lines ---- */

static bool
ends_with_mark(struct sv_str text)
{
	return str_eq(text, SV_STR("~~~~~~~~~~~~~~~~~~~~"));
}

static void
sipdump_field(struct sipmsg_line *line, struct cursor *c)
{
	struct sipmsg_banner *b = c->banner;
	uint64_t port;

	(void)line;
	if (skip(c, "tag: ")) {
		b->way = str_eq(c->text, SV_STR("rcv"))	  ? WAY_RECEIVED
			 : str_eq(c->text, SV_STR("snd")) ? WAY_SENT
							  : WAY_UNKNOWN;
	} else if (skip(c, "time: ")) {
		(void)take_time(c);
	} else if (skip(c, "proto: ")) {
		(void)transport_find(take_word(c), &b->transport);
	} else if (skip(c, "srcip: ")) {
		(void)address_parse(c->text, &b->from.ip);
	} else if (skip(c, "dstip: ")) {
		(void)address_parse(c->text, &b->to.ip);
	} else if (skip(c, "srcport: ")) {
		if (take_number(c, &port) && port <= UINT16_MAX)
			b->from.port = (uint16_t)port;
	} else if (skip(c, "dstport: ")) {
		if (take_number(c, &port) && port <= UINT16_MAX)
			b->to.port = (uint16_t)port;
	}
}

int
sipmsg_banner_more(struct sipmsg_line *line, struct sv_str text)
{
	struct sipmsg_banner *b = &line->state->wait.banner;
	struct cursor c = { line->ctx, text, b };

	if (b->tool == sipmsg_tool_find("tcpdump")) {
		skip_blanks(&c);
		return text.len > 4 && c.text.len + 4 == text.len && tcpdump_packet(&c) &&
				       b->from.ip.family
			       ? 2
			       : 0;
	}
	if (ends_with_mark(text)) {
		b->style = STYLE_RAW;
		return b->from.ip.family || b->to.ip.family ? 2 : 0;
	}
	size_t colon = str_find(text, SV_STR(": "));
	if (colon == STR_NONE || colon > 8)
		return 0;
	sipdump_field(line, &c);
	return 1;
}
