/* SPDX-License-Identifier: Apache-2.0 */
/* Banners of PBXes: they say whether a message came or went, and name the other end. */
#include "dialect/sipmsg_cursor.h"

#include "base/address.h"

#include <ctype.h>

/** recv 367 bytes from udp/[127.0.1.1]:5060 at 20:29:29.003160: */
bool
sipmsg_pbx_siptrace(struct sipmsg_cursor *c)
{
	enum sipmsg_way way;
	struct sipmsg_end end = { 0 };
	uint64_t bytes, port;

	sipmsg_cursor_skip_blanks(c);
	if (!sipmsg_cursor_take_way(c, "recv ", "sen", &way) ||
	    (way == WAY_SENT && !sipmsg_cursor_skip(c, "d ") &&
	     !sipmsg_cursor_skip(c, "t ")))
		return false;
	if (!sipmsg_cursor_take_number(c, &bytes) || bytes > SV_RECORD_MAX_BYTES ||
	    !sipmsg_cursor_skip(c, way == WAY_SENT ? " bytes to " : " bytes from "))
		return false;
	sipmsg_cursor_take_transport(c);
	size_t close = str_find(c->text, SV_STR("]:"));
	if (close == STR_NONE ||
	    !address_parse(str_upto(c->text, close + 1), &end.ip)) {
		/* address_parse() takes brackets around IPv6 only */
		if (close == STR_NONE || !sipmsg_cursor_skip(c, "[") ||
		    !address_parse(str_upto(c->text, close - 1), &end.ip))
			return false;
		close--;
	}
	c->text = str_from(c->text, close + 2);
	if (!sipmsg_cursor_take_number(c, &port) || port > UINT16_MAX)
		return false;
	end.port = (uint16_t)port;
	size_t at = str_find(c->text, SV_STR(" at "));
	if (at == STR_NONE)
		return false;
	c->text = str_from(c->text, at + 4);
	if (!sipmsg_cursor_take_time(c) || !str_eq(str_trim(c->text), SV_STR(":")))
		return false;
	c->banner->style = STYLE_COUNTED_LF;
	c->banner->bytes = (uint32_t)bytes;
	sipmsg_cursor_set_peer(c, way, end);
	return true;
}

/** <--- Received SIP request (367 bytes) from UDP:127.0.1.1:5060 ---> */
bool
sipmsg_pbx_pjsip(struct sipmsg_cursor *c)
{
	enum sipmsg_way way;
	uint64_t bytes;

	if (!sipmsg_cursor_take_way(c, "<--- Received SIP re",
				    "<--- Transmitting SIP re", &way) ||
	    !(sipmsg_cursor_skip(c, "quest (") || sipmsg_cursor_skip(c, "sponse (")) ||
	    !sipmsg_cursor_take_number(c, &bytes) || bytes > SV_RECORD_MAX_BYTES ||
	    !sipmsg_cursor_skip(c, way == WAY_SENT ? " bytes) to " : " bytes) from "))
		return false;
	sipmsg_cursor_take_transport(c);
	c->banner->style = STYLE_COUNTED;
	c->banner->bytes = (uint32_t)bytes;
	return sipmsg_cursor_take_peer(c, way, " --->") && c->text.len == 0;
}

/** <--- SIP read from UDP:127.0.1.1:5060 --->, <--- Transmitting (NAT) to … --->,
 *  Retransmitting #1 (NAT) to …: */
bool
sipmsg_pbx_chan_sip(struct sipmsg_cursor *c)
{
	uint64_t number;

	c->banner->style = STYLE_RAW;
	if (sipmsg_cursor_skip(c, "<--- SIP read from ") ||
	    sipmsg_cursor_skip(c, "<-- SIP read from ")) {
		sipmsg_cursor_take_transport(c);
		return sipmsg_cursor_take_peer(c, WAY_RECEIVED, " --->") ||
		       sipmsg_cursor_take_peer(c, WAY_RECEIVED, ": ");
	}
	bool framed = sipmsg_cursor_skip(c, "<--- ");
	(void)sipmsg_cursor_skip(c, "Reliably ");
	if (sipmsg_cursor_skip(c, "Retransmitting #")) {
		if (!sipmsg_cursor_take_number(c, &number) ||
		    !sipmsg_cursor_skip(c, " "))
			return false;
	} else if (!sipmsg_cursor_skip(c, "Transmitting ")) {
		return false;
	}
	if (!(sipmsg_cursor_skip(c, "(NAT) to ") ||
	      sipmsg_cursor_skip(c, "(no NAT) to ")))
		return false;
	sipmsg_cursor_take_transport(c);
	if (framed)
		return sipmsg_cursor_take_peer(c, WAY_SENT, " --->") &&
		       c->text.len == 0;
	return sipmsg_cursor_take_last_peer(c, WAY_SENT);
}

/** … PJSIP_HISTORY[…]: res_pjsip_history.c: 00002 1795377117 * ==> A:P  REGISTER … */
bool
sipmsg_pbx_history(struct sipmsg_cursor *c)
{
	enum sipmsg_way way;
	uint64_t number;
	struct sipmsg_end end = { 0 };

	if (!sipmsg_cursor_take_number(c, &number) || !sipmsg_cursor_skip(c, " ") ||
	    !sipmsg_cursor_take_time(c))
		return false;
	sipmsg_cursor_skip_blanks(c);
	if (!sipmsg_cursor_take_way(c, "* <== ", "* ==> ", &way))
		return false;
	/* cut to 24 characters: then the port may be a part of it, the address too */
	struct sv_str place = str_upto(c->text, 24);
	c->text = str_from(c->text, 25);
	if (sipmsg_end_read(str_trim(place), &end) && place.ptr[place.len - 1] != ' ')
		end = (struct sipmsg_end){ 0 };
	c->banner->style = STYLE_BRIEF;
	c->banner->start = c->text;
	sipmsg_cursor_set_peer(c, way, end);
	return true;
}

/** RX 500 bytes Response msg 403/INVITE/cseq=1 (rdata0x…) from UDP 192.0.2.1:5060: */
bool
sipmsg_pbx_pjsua(struct sipmsg_cursor *c)
{
	enum sipmsg_way way;
	uint64_t bytes;

	(void)sipmsg_cursor_take_time(c);
	size_t at = str_find(str_upto(c->text, 80), SV_STR("RX "));
	if (at == STR_NONE)
		at = str_find(str_upto(c->text, 80), SV_STR("TX "));
	c->text = str_from(c->text, at == STR_NONE ? 0 : at);
	if (!sipmsg_cursor_take_way(c, "RX ", "TX ", &way) ||
	    !sipmsg_cursor_take_number(c, &bytes) ||
	    !(sipmsg_cursor_skip(c, " bytes Request msg ") ||
	      sipmsg_cursor_skip(c, " bytes Response msg ")))
		return false;
	struct sv_str word = way == WAY_SENT ? SV_STR(") to ") : SV_STR(") from ");
	at = str_find(c->text, word);
	if (at == STR_NONE)
		return false;
	c->text = str_from(c->text, at + word.len);
	sipmsg_cursor_take_transport(c);
	c->banner->style = STYLE_RAW;
	return sipmsg_cursor_take_last_peer(c, way);
}

/** ---- Incoming SIP Message from 192.0.2.1:5061 to SIPInterface #2 (T) TLS … ---- */
bool
sipmsg_pbx_audiocodes(struct sipmsg_cursor *c)
{
	enum sipmsg_way way;

	c->banner->style = STYLE_RAW;
	return sipmsg_cursor_take_way(c, "---- Incoming SIP Message from ",
				      "---- Outgoing SIP Message to ", &way) &&
	       sipmsg_cursor_take_peer(c, way, way == WAY_SENT ? " from " : " to ");
}

/** Sep  6 16:42:25.610 On 192.0.2.1:5061 sent to 192.0.2.9:16385 */
bool
sipmsg_pbx_oracle(struct sipmsg_cursor *c)
{
	struct sipmsg_end own, end;
	enum sipmsg_way way;

	c->banner->style = STYLE_RAW;
	if (sipmsg_cursor_take_time(c) && !sipmsg_cursor_skip(c, " "))
		return false;
	if (!sipmsg_cursor_skip(c, "On "))
		return false;
	size_t realm = str_find_char(str_upto(c->text, 64), ']');
	if (c->text.len && c->text.ptr[0] == '[' && realm != STR_NONE &&
	    !address_parse(str_upto(c->text, realm + 1), &own.ip))
		c->text = str_from(c->text, realm + 1); /* [slot:port] */
	if (!sipmsg_cursor_take_end(c, &own) ||
	    !sipmsg_cursor_take_way(c, " received from ", " sent to ", &way) ||
	    !sipmsg_cursor_take_end(c, &end))
		return false;
	c->banner->from = c->banner->to = own;
	sipmsg_cursor_set_peer(c, way, end);
	return str_trim(c->text).len == 0;
}

/** "3309492437mS ", "12:15:06 1210484664mS ": IP Office Monitor without a date, the first
 *  since its start. */
static bool
is_monitor_clock(struct sv_str s)
{
	for (size_t i = 0; i < s.len; i++)
		if (!strchr("0123456789: mS", s.ptr[i]))
			return false;
	return str_ends(s, SV_STR("mS "));
}

/** SIP OUT: 192.0.2.1:5061 --> 192.0.2.9:2206 (TLS); … SIP Rx: TCP A:P -> A:P */
bool
sipmsg_pbx_avaya(struct sipmsg_cursor *c)
{
	enum sipmsg_way way;

	size_t at = str_find(str_upto(c->text, 64), SV_STR("SIP "));
	if (at == STR_NONE)
		return false;
	if (at > 0 && !sipmsg_cursor_take_time(c) &&
	    !is_monitor_clock(str_upto(c->text, at)))
		return false;
	at = str_find(str_upto(c->text, 64), SV_STR("SIP "));
	c->text = str_from(c->text, at == STR_NONE ? 0 : at + 4);
	if (!sipmsg_cursor_take_way(c, "IN: ", "OUT: ", &way) &&
	    !sipmsg_cursor_take_way(c, "Rx: ", "Tx: ", &way))
		return false;
	sipmsg_cursor_take_transport(c);
	c->banner->way = way;
	c->banner->style = STYLE_RAW;
	return sipmsg_arrow_read(c->text, c->banner) > 0;
}

/** Sent: SIP UDP message from 192.0.2.1:5060 to 192.0.2.9:5060 */
bool
sipmsg_pbx_cisco(struct sipmsg_cursor *c)
{
	enum sipmsg_way way;

	if (!sipmsg_cursor_take_way(c, "Received: SIP ", "Sent: SIP ", &way))
		return false;
	sipmsg_cursor_take_transport(c);
	c->banner->way = way;
	c->banner->style = STYLE_RAW;
	return sipmsg_cursor_skip(c, "message from ") &&
	       sipmsg_cursor_take_end(c, &c->banner->from) &&
	       sipmsg_cursor_skip(c, " to ") &&
	       sipmsg_cursor_take_end(c, &c->banner->to);
}

bool
sipmsg_pbx_cisco_way(struct sipmsg_cursor *c)
{
	enum sipmsg_way way;

	if (sipmsg_pbx_cisco(c))
		return true;
	c->text = str_trim(c->text);
	if (!sipmsg_cursor_take_way(c, "Received:", "Sent:", &way) || c->text.len)
		return false;
	c->banner->way = way;
	c->banner->style = STYLE_RAW;
	return true;
}

/** "1190852: *Jul 26 09:39:54.058 EST: " or "1w0d:" in front of a debug line: nothing
 *  else stands there. */
static bool
take_debug_front(struct sipmsg_cursor *c)
{
	struct sv_str all = c->text;
	uint64_t number;
	size_t n = 0;

	if (sipmsg_cursor_take_number(c, &number) && !sipmsg_cursor_skip(c, ": "))
		c->text = all;
	(void)(sipmsg_cursor_skip(c, "*") || sipmsg_cursor_skip(c, "."));
	if (!sipmsg_cursor_take_time(c)) {
		while (n < c->text.len && n < 16 && c->text.ptr[n] &&
		       strchr("0123456789:wdhy", c->text.ptr[n]))
			n++;
		c->text = str_from(c->text, n);
		if (n < 3)
			return false;
	}
	sipmsg_cursor_skip_blanks(c);
	for (n = 0; n < c->text.len && n < 5 && isupper((unsigned char)c->text.ptr[n]);
	     n++)
		;
	if (n < c->text.len && c->text.ptr[n] == ':')
		c->text = str_from(c->text, n + 1);
	sipmsg_cursor_skip_blanks(c);
	return true;
}

/** 1190852: *Jul 26 09:39:54.058: //-1/xxxxxxxxxxxx/SIP/Msg/ccsipDisplayMsg: and the way
 *  in the next line; in old versions SIP Msg:ccsipDisplayMsg:Sent: */
bool
sipmsg_pbx_cisco_debug(struct sipmsg_cursor *c)
{
	if (str_find(str_upto(c->text, 160), SV_STR("ccsipDisplayMsg:")) == STR_NONE ||
	    !take_debug_front(c))
		return false;
	size_t at = str_find(c->text, SV_STR("ccsipDisplayMsg:"));
	struct sv_str place = str_upto(c->text, at == STR_NONE ? 0 : at);
	bool old = str_eq(place, SV_STR("SIP Msg:"));
	if (!old &&
	    (!str_starts(place, SV_STR("//")) || str_find_char(place, ' ') != STR_NONE))
		return false;
	c->text = str_trim(str_from(c->text, at + 16));
	c->banner->style = STYLE_WAIT;
	return c->text.len == 0 || sipmsg_pbx_cisco_way(c);
}
