/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What IOS and IOS XE say of calls. None of these lines has the address of the other
 * side: a dial peer's tag is all that names one, and numbers are the caller's.
 */
#include "dialect/cisco_line.h"

#include "sip/outcome.h"

#include <ctype.h>

/** Numbers of a GUID: four words of 32 bits. */
struct guid {
	uint64_t word[4];
};

static uint64_t
session_of(const struct guid *guid)
{
	uint64_t hash =
		str_hash(str_make((const char *)guid->word, sizeof(guid->word)), 2);

	return hash ? hash : 1;
}

/** "A690F976527511E681C3C621059668F7" */
static bool
guid_read(struct sv_str s, struct guid *ret)
{
	if (s.len != 32)
		return false;
	for (size_t i = 0; i < 4; i++)
		if (str_take_hex(str_make(s.ptr + 8 * i, 8), &ret->word[i]) != 8)
			return false;
	return true;
}

/** "47E6A341 AE7F11E4 0 1B1E08": zeros in front of a word are left out. */
static bool
guid_read_words(struct sv_str s, struct guid *ret)
{
	for (size_t i = 0; i < 4; i++) {
		size_t n = str_take_hex(s, &ret->word[i]);
		if (n == 0 || n > 8)
			return false;
		s = str_from(s, n);
		if (i < 3 && !appliance_skip(&s, " "))
			return false;
	}
	return s.len == 0;
}

/* ---- internal error codes ---- */

/** Categories above those of Q.850 (guide "Cisco VoIP Internal Error Codes"). */
static enum sv_outcome
outcome_of_category(uint64_t category)
{
	switch (category) {
	case 128: /* the destination's address */
	case 186: /* socket */
		return SV_CONGESTION;
	case 129: /* call setup timer */
		return SV_TIMEOUT;
	case 181: /* software resources */
	case 182: /* hardware resources */
	case 184: /* quality of service */
	case 187: /* interface out of service */
		return SV_CONGESTION;
	case 183: /* capabilities */
	case 185: /* bearer */
	case 278:
		return SV_MEDIA;
	case 228: /* access denied */
		return SV_FORBIDDEN;
	}
	return category && category <= 127
		       ? appliance_outcome_of_cause((uint16_t)category)
		       : SV_ERROR;
}

/** "1.1.228.3.31.0": version, entity, category, subsystem, error, diagnostic. */
static bool
take_category(struct sv_str *s, uint64_t *ret_category)
{
	for (int i = 0; i < 6; i++) {
		uint64_t number;
		size_t n = str_take_u64(*s, &number);
		if (n == 0 || number > 65535)
			return false;
		*s = str_from(*s, n);
		if (i < 5 && !appliance_skip(s, "."))
			return false;
		if (i == 2)
			*ret_category = number;
	}
	return true;
}

enum sv_parse
cisco_gateway_iec(struct cisco_line *line)
{
	struct sv_str s = line->at.body, component, what, call;
	struct guid guid;
	uint64_t category = 0, number;
	struct sv_event ev;

	if (!appliance_take(&s, ": Internal Error (", &component) ||
	    !appliance_take(&s, ")", &what))
		return SV_PARSE_MALFORMED;
	(void)appliance_skip(&s, ":");
	appliance_skip_blanks(&s);
	if (!appliance_skip(&s, "IEC=") || !take_category(&s, &category) ||
	    !appliance_skip(&s, " on callID ") || !appliance_take(&s, "GUID=", &call) ||
	    !appliance_number(str_trim(call), &number) ||
	    !guid_read(str_trim(s), &guid))
		return SV_PARSE_MALFORMED;
	bool toll = str_eq(what, SV_STR("Toll fraud call rejected"));
	cisco_begin(line, toll ? CISCO_TOLL_FRAUD : CISCO_INTERNAL_ERROR, &ev);
	ev.method = SV_INVITE;
	ev.outcome = toll ? SV_ACL : outcome_of_category(category);
	if (ev.outcome == SV_OUTCOME_NONE)
		return SV_PARSE_SKIP;
	ev.leg = toll ? SV_LEG_IN : SV_LEG_UNKNOWN;
	ev.q850 = category <= 127 ? (uint16_t)category : 0;
	ev.hint.session = session_of(&guid);
	return cisco_emit(line, &ev);
}

/* ---- call history ---- */

/** The value of the last ", KEY value": the caller's text stands left of the keys that
 *  are looked for so. */
static bool
last_value(struct sv_str s, const char *key, struct sv_str *ret, size_t *ret_at)
{
	struct sv_str k = str_of(key);
	size_t at = str_find_last(s, k);

	if (at == STR_NONE)
		return false;
	*ret_at = at;
	s = str_from(s, at + k.len);
	size_t end = str_find(s, SV_STR(", "));
	*ret = str_trim(str_upto(s, end == STR_NONE ? s.len : end));
	return true;
}

/** What the box wrote behind the number: in this order, each key once. */
struct history {
	struct sv_str cause, text, connect, disconnect, origin;
	bool doubt;
};

static bool
history_read(struct sv_str s, struct history *h, size_t *ret_end)
{
	size_t cause, text, connect, disconnect, origin;

	if (!last_value(s, ", DisconnectCause ", &h->cause, &cause) ||
	    !last_value(s, ", DisconnectText ", &h->text, &text) ||
	    !last_value(s, ", ConnectTime ", &h->connect, &connect) ||
	    !last_value(s, ", DisconnectTime ", &h->disconnect, &disconnect) ||
	    !last_value(s, ", CallOrigin ", &h->origin, &origin))
		return false;
	if (cause > text || text > connect || connect > disconnect ||
	    disconnect > origin)
		return false;
	*ret_end = cause;
	/* a number that holds such keys: the line may have been cut behind them */
	h->doubt = str_count(s, SV_STR(", DisconnectCause ")) > 1 ||
		   str_count(s, SV_STR(", CallOrigin ")) > 1;
	return true;
}

/** Set up, and ended at the moment at which it would have been answered. */
static bool
was_answered(const struct history *h)
{
	return h->connect.len && !str_eq(h->connect, h->disconnect);
}

enum sv_parse
cisco_gateway_history(struct cisco_line *line)
{
	struct sv_str s = line->at.body, id, peer;
	struct history h = { 0 };
	struct guid guid;
	uint64_t cause;
	size_t end, setup;
	struct sv_event ev;

	/* 1 is a telephone line */
	if (!appliance_skip(&s, "CallLegType 2, ConnectionId "))
		return SV_PARSE_SKIP;
	if (!appliance_take(&s, ", SetupTime ", &id) || !history_read(s, &h, &end) ||
	    h.cause.len == 0 || str_take_hex(h.cause, &cause) != h.cause.len ||
	    h.origin.len != 1)
		return SV_PARSE_MALFORMED;
	setup = str_find(str_upto(s, end), SV_STR(", PeerAddress "));
	if (setup == STR_NONE)
		return SV_PARSE_MALFORMED;
	peer = str_upto(str_from(s, setup + 14), end - setup - 14);
	size_t sub = str_find_last(peer, SV_STR(", PeerSubAddress "));
	peer = str_upto(peer, sub == STR_NONE ? peer.len : sub);

	cisco_begin(line, CISCO_CALL_HISTORY, &ev);
	if (h.doubt)
		ev.attribution = SV_ATTRIBUTION_FORGEABLE;
	ev.method = SV_INVITE;
	ev.leg = h.origin.ptr[0] == '2'   ? SV_LEG_IN
		 : h.origin.ptr[0] == '1' ? SV_LEG_OUT
					  : SV_LEG_UNKNOWN;
	/* above 127 they are Cisco's own */
	ev.q850 = cause <= 127 ? (uint16_t)cause : 0;
	ev.outcome = appliance_outcome_of_cause(ev.q850);
	if (cause == 16)
		ev.outcome = was_answered(&h) ? SV_OK : SV_CANCELED;
	if (ev.leg == SV_LEG_OUT)
		ev.claim.dst = appliance_user(peer);
	else
		ev.claim.user = appliance_user(peer);
	/* an internal error ties to what went wrong */
	if (ev.outcome != SV_OK && (guid_read_words(id, &guid) || guid_read(id, &guid)))
		ev.hint.session = session_of(&guid);
	return cisco_emit(line, &ev);
}

/* ---- dial peers ---- */

enum sv_parse
cisco_gateway_dial_peer(struct cisco_line *line)
{
	struct sv_str s = line->at.body, tag;
	uint64_t number;
	struct sv_event ev;

	if (!appliance_skip(&s, "VoIP dial-") ||
	    !(appliance_skip(&s, "Peer ") || appliance_skip(&s, "peer ")) ||
	    !appliance_take(&s, " is ", &tag) || !appliance_number(tag, &number))
		return SV_PARSE_MALFORMED;
	cisco_begin(line, CISCO_DIAL_PEER, &ev);
	if (appliance_skip(&s, "Busied out"))
		ev.outcome = SV_UNREACHABLE;
	else if (appliance_skip(&s, "Up"))
		ev.outcome = SV_REACHABLE;
	else
		return SV_PARSE_SKIP;
	ev.method = SV_OPTIONS;
	ev.leg = SV_LEG_OUT;
	ev.peer = tag;
	return cisco_emit(line, &ev);
}

/** "… maximum number of connections on dial-peer 1, sent response 503" */
enum sv_parse
cisco_gateway_connections(struct cisco_line *line)
{
	struct sv_str s = line->at.body, head, tag;
	uint64_t number, code = 0;
	struct sv_event ev;

	if (!appliance_skip(&s, "Call rejected due to CAC ") ||
	    !appliance_take(&s, "dial-peer ", &head))
		return SV_PARSE_MALFORMED;
	size_t n = str_take_u64(s, &number);
	tag = str_upto(s, n);
	s = str_from(s, n);
	if (n == 0)
		return SV_PARSE_MALFORMED;
	if (appliance_skip(&s, ", sent response "))
		(void)str_take_u64(s, &code);
	cisco_begin(line, CISCO_CONNECTIONS, &ev);
	ev.method = SV_INVITE;
	ev.leg = SV_LEG_IN;
	ev.code = code >= 300 && code <= 699 ? (uint16_t)code : 0;
	ev.outcome = SV_CONGESTION;
	ev.peer = tag;
	return cisco_emit(line, &ev);
}
