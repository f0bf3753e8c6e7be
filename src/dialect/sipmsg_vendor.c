/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Messages that Ribbon, Avaya Session Manager and SBCE, Yate and sipXecs log: banners in
 * front of lines, and whole messages within one record of syslog. After documents and
 * programs that read such logs (paStash's filters app_sonus and app_avaya, the converters
 * of drgyl/sip) and, for Yate, its source (modules/ysipchan.cpp).
 */
#include "dialect/sipmsg_cursor.h"

#include "base/address.h"
#include "sip/outcome.h"

#include <ctype.h>
#include <stdio.h>

/** What stands in front of a banner's words is no longer. */
#define LEAD_MAX ((size_t)300)
#define DASHES "--------------------"

static bool
digits_at(struct sv_str s, size_t at, size_t n)
{
	if (s.len < at + n)
		return false;
	for (size_t i = at; i < at + n; i++)
		if (!isdigit((unsigned char)s.ptr[i]))
			return false;
	return true;
}

/** "192.0.2.1/5060" */
static bool
slash_end_read(struct sv_str s, struct sipmsg_end *ret_end)
{
	struct sipmsg_end end = { 0 };
	size_t slash = str_find_last(s, SV_STR("/"));
	uint64_t port;

	if (slash == STR_NONE || !address_parse(str_upto(s, slash), &end.ip))
		return false;
	struct sv_str digits = str_from(s, slash + 1);
	if (!digits.len || str_take_u64(digits, &port) != digits.len ||
	    port > UINT16_MAX)
		return false;
	end.port = (uint16_t)port;
	*ret_end = end;
	return true;
}

/** "[192.0.2.1]:5060" at the front of the text. */
static bool
take_bracketed(struct sv_str *s, struct sipmsg_end *ret_end)
{
	size_t close = str_find(str_upto(*s, 64), SV_STR("]:"));
	uint64_t port;

	if (close == STR_NONE || s->ptr[0] != '[' ||
	    !address_parse(str_make(s->ptr + 1, close - 1), &ret_end->ip))
		return false;
	struct sv_str rest = str_from(*s, close + 2);
	size_t n = str_take_u64(rest, &port);
	if (n == 0 || port > UINT16_MAX)
		return false;
	ret_end->port = (uint16_t)port;
	*s = str_from(rest, n);
	return true;
}

/** A date in a shape of its own, written anew as date_take() knows it. */
static void
set_time(struct sipmsg_cursor *c, struct sv_str iso)
{
	struct sipmsg_banner *b = c->banner;
	size_t used;

	if (c->ctx)
		(void)c->ctx->stamp(c->ctx->user, iso, &used, &b->time,
				    &b->time_source);
}

/* ---- Ribbon ---- */

/**
 * "… received msg for CallId:X from IP/port:A/P, Local IP/port:B/Q, SMM:…": X is the
 * sender's, and may hold the words behind it. Where they stand twice nobody is named.
 * Gives the offset behind the local port, 0: no such text.
 */
static size_t
ribbon_read(struct sv_str text, struct sipmsg_banner *b)
{
	const struct sv_str in = SV_STR("received msg for CallId:"),
			    out = SV_STR("sent msg for CallId:"),
			    local = SV_STR(", Local IP/port:");
	size_t at = str_find(str_upto(text, LEAD_MAX), in);
	struct sv_str mark = SV_STR(" from IP/port:");

	b->way = WAY_RECEIVED;
	if (at == STR_NONE) {
		at = str_find(str_upto(text, LEAD_MAX), out);
		mark = SV_STR(" to IP/port:");
		b->way = WAY_SENT;
	}
	if (at == STR_NONE)
		return 0;
	struct sv_str rest = str_from(text, at);
	size_t peer_at = str_find(rest, mark), local_at = str_find(rest, local);
	if (peer_at == STR_NONE || local_at == STR_NONE || local_at < peer_at)
		return 0;
	struct sv_str peer =
		str_make(rest.ptr + peer_at + mark.len, local_at - peer_at - mark.len);
	struct sv_str own = str_from(rest, local_at + local.len);
	size_t end = 0;
	while (end < own.len && own.ptr[end] > ' ' && own.ptr[end] != ',')
		end++;
	if (str_find_last(rest, mark) == peer_at &&
	    str_find_last(rest, local) == local_at) {
		bool in_way = b->way == WAY_RECEIVED;
		(void)slash_end_read(peer, in_way ? &b->from : &b->to);
		(void)slash_end_read(str_upto(own, end), in_way ? &b->to : &b->from);
	}
	return at + local_at + local.len + end;
}

/** 150 09202018 165651.572939:1.01.00.38374.Info    .SIPSG: received msg for … (SBC Core:
 *  length, month first, time); [22-11-2026 10:00:01,123] … Incoming message on [A]:P
 *  from [B]:Q (SBC 1000, 2000) */
bool
sipmsg_vendor_ribbon(struct sipmsg_cursor *c)
{
	struct sv_str s = c->text;
	struct sipmsg_banner *b = c->banner;
	size_t n = 0;

	b->style = STYLE_RAW;
	if (s.ptr[0] == '[') {
		size_t on, to;
		if (s.len < 48 || s.ptr[3] != '-' || s.ptr[6] != '-')
			return false;
		c->text = str_from(s, 1);
		if (!sipmsg_cursor_take_time(c) || !sipmsg_cursor_skip(c, "]"))
			return false;
		struct sv_str lead = str_upto(c->text, LEAD_MAX);
		on = str_find(lead, SV_STR("Incoming message on ["));
		to = str_find(lead, SV_STR("sending from ["));
		b->way = on != STR_NONE ? WAY_RECEIVED : WAY_SENT;
		n = on != STR_NONE ? on + 20 : to != STR_NONE ? to + 13 : 0;
		c->text = str_from(c->text, n);
		bool in = b->way == WAY_RECEIVED;
		return n && take_bracketed(&c->text, in ? &b->to : &b->from) &&
		       sipmsg_cursor_skip(c, in ? " from " : " to ") &&
		       take_bracketed(&c->text, in ? &b->from : &b->to);
	}
	while (n < s.len && n < 8 && isdigit((unsigned char)s.ptr[n]))
		n++;
	if (n == 0 || n + 24 >= s.len || s.ptr[n] != ' ' || !digits_at(s, n + 1, 8) ||
	    s.ptr[n + 9] != ' ' || !digits_at(s, n + 10, 6) || s.ptr[n + 16] != '.' ||
	    !ribbon_read(s, b))
		return false;
	const char *p = s.ptr + n + 1;
	char iso[32];
	snprintf(iso, sizeof(iso), "%.4s-%.2s-%.2s %.2s:%.2s:%.2s%.7s", p + 4, p, p + 2,
		 p + 9, p + 11, p + 13, p + 15);
	set_time(c, str_of(iso));
	return true;
}

/* ---- Yate ---- */

/** "'udp:0.0.0.0:5060' ", "'tcp:192.0.2.1:5060-192.0.2.9:40000' ": the second end of a
 *  connection. */
static bool
yate_listener_take(struct sipmsg_cursor *c, struct sipmsg_end *ret_far)
{
	size_t close = str_find_char(str_from(str_upto(c->text, 160), 1), '\'');

	if (!c->text.len || c->text.ptr[0] != '\'')
		return true; /* version 3 and older name none */
	if (close == STR_NONE)
		return false;
	struct sv_str rest = str_from(c->text, close + 2);
	c->text = str_make(c->text.ptr + 1, close);
	sipmsg_cursor_take_transport(c);
	size_t dash = str_find_char(c->text, '-');
	if (dash != STR_NONE)
		(void)sipmsg_end_read(str_from(c->text, dash + 1), ret_far);
	c->text = rest;
	return sipmsg_cursor_skip(c, " ");
}

/** 20250812104225.123456 <sip:INFO> 'udp:A:P' received 490 bytes SIP message from A:P [0x1];
 *  … sending code 403 0x1 to A:P [0x1]. The stamp may be missing; version 3 has no quotes
 *  and no [0x1]. */
bool
sipmsg_vendor_yate(struct sipmsg_cursor *c)
{
	struct sipmsg_end end = { 0 };
	enum sipmsg_way way;
	uint64_t bytes = 0;
	char iso[32];

	if (digits_at(c->text, 0, 14) && c->text.len > 30 && c->text.ptr[14] == '.') {
		const char *p = c->text.ptr;
		snprintf(iso, sizeof(iso), "%.4s-%.2s-%.2s %.2s:%.2s:%.2s%.7s", p,
			 p + 4, p + 6, p + 8, p + 10, p + 12, p + 14);
		set_time(c, str_of(iso));
		size_t blank = str_find_char(str_upto(c->text, 32), ' ');
		c->text = str_from(c->text, blank == STR_NONE ? 0 : blank + 1);
	}
	if (!sipmsg_cursor_skip(c, "<sip:"))
		return false;
	size_t close = str_find(str_upto(c->text, 16), SV_STR("> "));
	if (close == STR_NONE)
		return false;
	c->text = str_trim(str_from(c->text, close + 2));
	if (!yate_listener_take(c, &end) ||
	    (!sipmsg_cursor_take_way(c, "received ", "sending ", &way) &&
	     !sipmsg_cursor_take_way(c, "Received ", "Sending ", &way)))
		return false;
	if (way == WAY_RECEIVED && (!sipmsg_cursor_take_number(c, &bytes) ||
				    !sipmsg_cursor_skip(c, " bytes SIP message") ||
				    bytes > SV_RECORD_MAX_BYTES))
		return false;
	/* what is sent may name a number that was dialled: read from the end */
	struct sv_str s = c->text, word = SV_STR(" to ");
	if (s.len && s.ptr[s.len - 1] == ']') {
		size_t open = str_find_last(s, SV_STR(" [0x"));
		s = str_upto(s, open == STR_NONE ? s.len : open);
	}
	if (way == WAY_RECEIVED)
		word = SV_STR(" from ");
	size_t at = str_find_last(s, word);
	if (at != STR_NONE)
		(void)sipmsg_end_read(str_from(s, at + word.len), &end);
	c->banner->style = way == WAY_RECEIVED ? STYLE_COUNTED : STYLE_RAW;
	c->banner->bytes = (uint32_t)bytes;
	sipmsg_cursor_set_peer(c, way, end);
	return true;
}

/* ---- Avaya ---- */

/** "{ L192.0.2.1:5061/R192.0.2.9:5061/TLS/0x1a }" behind "ingress: " or "egress: " */
static bool
avaya_ends(struct sv_str s, struct sipmsg_banner *b)
{
	bool in = b->way == WAY_RECEIVED;
	struct sv_str word = in ? SV_STR("ingress: { L") : SV_STR("egress: { L");
	size_t at = str_find(s, word);
	struct sipmsg_end own, peer;

	if (at == STR_NONE)
		return false;
	s = str_upto(str_from(s, at + word.len), 160);
	size_t slash = str_find(s, SV_STR("/R"));
	if (slash == STR_NONE || !sipmsg_end_read(str_upto(s, slash), &own))
		return false;
	s = str_from(s, slash + 2);
	slash = str_find_char(s, '/');
	if (slash == STR_NONE || !sipmsg_end_read(str_upto(s, slash), &peer))
		return false;
	s = str_from(s, slash + 1);
	slash = str_find_char(s, '/');
	if (slash != STR_NONE)
		(void)transport_find(str_upto(s, slash), &b->transport);
	b->from = in ? peer : own;
	b->to = in ? own : peer;
	return true;
}

/** "07/09/2022 06:31:02.173 --> ": received; the ends follow, behind them dashes. */
bool
sipmsg_vendor_avaya_sm(struct sipmsg_cursor *c)
{
	struct sipmsg_banner *b = c->banner;

	if (c->text.len < 26 || c->text.ptr[2] != '/' || !sipmsg_cursor_take_time(c))
		return false;
	sipmsg_cursor_skip_blanks(c);
	if (!sipmsg_cursor_take_way(c, "-->", "<--", &b->way))
		return false;
	struct sv_str rest = str_trim(c->text);
	if (rest.len && !str_starts(rest, SV_STR("octets: ")))
		return false;
	(void)avaya_ends(rest, b);
	b->style = STYLE_WAIT;
	return true;
}

int
sipmsg_vendor_avaya_sm_more(struct sipmsg_cursor *c)
{
	static const struct sv_str words[] = {
		{ "octets: ", 8 },        { "ingress: ", 9 },      { "egress: ", 8 },
		{ "SIPMsgContext:", 14 }, { "APMsgContext:", 13 }, { "Listener: ", 10 },
		{ "trace-seq:", 10 },
	};
	struct sv_str s = str_trim(c->text);

	if (str_starts(s, SV_STR(DASHES))) {
		c->banner->style = STYLE_RAW;
		return 2;
	}
	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
		if (!str_starts(s, words[i]))
			continue;
		(void)avaya_ends(s, c->banner);
		return 1;
	}
	return 0;
}

/** "[09-07-2022:06.31.02.173944]", day first, in front of "SIP IN: …". */
bool
sipmsg_vendor_avaya_sbce(struct sipmsg_cursor *c)
{
	struct sv_str s = str_trim(c->text);
	char iso[32];

	if (s.len < 22 || s.len > 30 || s.ptr[11] != ':' || s.ptr[s.len - 1] != ']' ||
	    !digits_at(s, 1, 2) || s.ptr[3] != '-' || !digits_at(s, 7, 4) ||
	    !digits_at(s, 12, 2) || s.ptr[14] != '.' || s.ptr[17] != '.')
		return false;
	const char *p = s.ptr;
	snprintf(iso, sizeof(iso), "%.4s-%.2s-%.2s %.2s:%.2s:%.2s%.*s", p + 7, p + 4,
		 p + 1, p + 12, p + 15, p + 18, (int)(s.len - 21), p + 20);
	set_time(c, str_of(iso));
	c->banner->style = STYLE_WAIT;
	return true;
}

int
sipmsg_vendor_avaya_sbce_more(struct sipmsg_cursor *c)
{
	sv_usec time = c->banner->time;
	enum sv_time_source source = c->banner->time_source;

	if (!sipmsg_pbx_avaya(c))
		return 0;
	if (!c->banner->time) {
		c->banner->time = time;
		c->banner->time_source = source;
	}
	return 2;
}

/* ---- records of syslog ---- */

static size_t
line_end_at(struct sv_str s)
{
	if (str_starts(s, SV_STR("#012")))
		return 4;
	return s.len && (s.ptr[0] == '\n' || s.ptr[0] == ' ') ? 1 : 0;
}

/** "… SIPMSGT #012-----#012DATE -->#012 octets: …#012#011ingress: {…}…#012-----#012SIP/2.0
 * …" */
static size_t
avaya_record(struct sv_str text, struct sipmsg_banner *b)
{
	const size_t dashes = strlen(DASHES);
	size_t at = str_find(str_upto(text, LEAD_MAX), SV_STR("SIPMSGT "));

	if (at == STR_NONE)
		return 0;
	struct sv_str rest = str_from(text, at);
	size_t first = str_find(str_upto(rest, 64), SV_STR(DASHES));
	if (first == STR_NONE)
		return 0;
	struct sv_str head = str_from(rest, first + dashes);
	size_t second = str_find(str_upto(head, 1024), SV_STR(DASHES));
	if (second == STR_NONE)
		return 0;
	struct sv_str message = str_from(head, second + dashes);
	head = str_upto(head, second);
	if (str_find(head, SV_STR("-->")) != STR_NONE)
		b->way = WAY_RECEIVED;
	else if (str_find(head, SV_STR("<--")) != STR_NONE)
		b->way = WAY_SENT;
	else
		return 0;
	(void)avaya_ends(head, b);
	message = str_from(message, line_end_at(message));
	return text.len - message.len;
}

static size_t
ribbon_record(struct sv_str text, struct sipmsg_banner *b)
{
	size_t used = ribbon_read(text, b);

	if (!used)
		return 0;
	struct sv_str rest = str_from(text, used);
	size_t pdu = str_find(str_upto(rest, LEAD_MAX), SV_STR("RAW PDU:"));
	if (pdu == STR_NONE)
		return 0;
	rest = str_from(rest, pdu + 8);
	rest = str_from(rest, line_end_at(rest));
	return text.len - rest.len;
}

/** "DATE":N:INCOMING:…:"…\n----Remote Host:A---- Port: P----\nREGISTER …\r\n…" */
static size_t
sipx_record(struct sv_str text, struct sipmsg_banner *b)
{
	const struct sv_str host = SV_STR("----Remote Host:"),
			    port_word = SV_STR("---- Port: "), end = SV_STR("----\\n");
	struct sipmsg_end peer = { 0 };
	uint64_t port;

	if (text.len < 40 || text.ptr[0] != '"' || !digits_at(text, 1, 4))
		return 0;
	struct sv_str lead = str_upto(text, 80);
	if (str_find(lead, SV_STR(":INCOMING:")) != STR_NONE)
		b->way = WAY_RECEIVED;
	else if (str_find(lead, SV_STR(":OUTGOING:")) != STR_NONE)
		b->way = WAY_SENT;
	else
		return 0;
	size_t at = str_find(str_upto(text, 512), host);
	if (at == STR_NONE)
		return 0;
	struct sv_str s = str_from(text, at + host.len);
	size_t n = str_find(str_upto(s, 64), port_word);
	if (n == STR_NONE)
		return 0;
	(void)address_parse(str_upto(s, n), &peer.ip);
	s = str_from(s, n + port_word.len);
	n = str_take_u64(s, &port);
	s = str_from(s, n);
	if (n == 0 || port > UINT16_MAX || !str_starts(s, end))
		return 0;
	peer.port = (uint16_t)port;
	if (b->way == WAY_RECEIVED)
		b->from = peer;
	else
		b->to = peer;
	return text.len - (s.len - end.len);
}

size_t
sipmsg_vendor_record(struct sv_str text, struct sipmsg_banner *b,
		     enum sipmsg_escape *ret_escape)
{
	size_t at = ribbon_record(text, b);

	*ret_escape = ESCAPE_OCTAL;
	if (!at)
		at = avaya_record(text, b);
	if (!at) {
		*ret_escape = ESCAPE_BACKSLASH;
		at = sipx_record(text, b);
	}
	return at;
}
