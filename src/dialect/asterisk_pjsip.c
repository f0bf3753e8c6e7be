/* SPDX-License-Identifier: Apache-2.0 */
#include "dialect/asterisk_line.h"

#include "sip/outcome.h"

#define IN SV_LEG_IN
#define OUT SV_LEG_OUT

static const struct reason {
	const char *text;
	uint32_t template_id;
	enum sv_outcome outcome;
	uint16_t code;
} reasons[] = {
	{ "No matching endpoint found", ASTERISK_PJSIP_NO_ENDPOINT, SV_UNKNOWN, 401 },
	{ "Failed to authenticate", ASTERISK_PJSIP_AUTH_FAILED, SV_REJECTED, 401 },
	{ "Error to authenticate", ASTERISK_PJSIP_AUTH_ERROR, SV_ERROR, 500 },
	{ "Not match Endpoint ACL", ASTERISK_PJSIP_ENDPOINT_ACL, SV_ACL, 401 },
	{ "Not match Endpoint Contact ACL", ASTERISK_PJSIP_ENDPOINT_ACL, SV_ACL, 401 },
};

static const struct reason *
reason_find(struct sv_str text)
{
	size_t after = str_find(text, SV_STR(" after "));

	if (after != STR_NONE && str_ends(text, SV_STR(" ms")))
		text = str_upto(text, after);
	for (size_t i = 0; i < sizeof(reasons) / sizeof(reasons[0]); i++)
		if (str_eq(text, str_of(reasons[i].text)))
			return &reasons[i];
	return NULL;
}

static bool
take(struct sv_str *s, struct sv_str literal)
{
	if (!str_starts(*s, literal))
		return false;
	*s = str_from(*s, literal.len);
	return true;
}

/**
 * From as PJSIP prints it: "display" <uri>, <uri>, or what is left of one that was too
 * long. A display name has its quotes and backslashes escaped, a URI has no '>': text
 * of the other side cannot end here before the PBX's own text begins.
 */
static bool
take_from(struct sv_str *s, struct sv_str *ret_from)
{
	struct sv_str whole = *s;
	size_t i = 0, close;

	if (s->len && s->ptr[0] == '"') {
		for (i = 1; i < s->len && s->ptr[i] != '"'; i++)
			if (s->ptr[i] == '\\')
				i++;
		if (i >= s->len)
			return false;
		*s = str_from(*s, i + 1);
		if (!take(s, SV_STR(" ")))
			return false;
	}
	if (s->len && s->ptr[0] == '<') {
		if (i == 0 && str_starts(*s, SV_STR("<sip:'")))
			close = 4;
		else
			close = str_find_char(*s, '>');
		if (close == STR_NONE)
			return false;
		*s = str_from(*s, close + 1);
	}
	*ret_from = str_upto(whole, whole.len - s->len);
	return true;
}

struct request {
	struct sv_str method, from, address, call_id, reason;
};

/** "Request 'M' from 'From' failed for 'address' (callid: id) - reason", from the left:
 *  everything up to the address is then either the PBX's or well formed. */
static bool
request_read(struct sv_str s, struct request *q)
{
	size_t end;

	*q = (struct request){ 0 };
	if (take(&s, SV_STR("Request '"))) {
		end = str_find(s, SV_STR("' from '"));
		if (end == STR_NONE)
			return false;
		q->method = str_upto(s, end);
		s = str_from(s, end + strlen("' from '"));
	} else if (!take(&s, SV_STR("Request from '"))) {
		return false;
	}
	if (!take_from(&s, &q->from) || !take(&s, SV_STR("' failed for '")))
		return false;
	end = str_find(s, SV_STR("' (callid: "));
	if (end == STR_NONE)
		return false;
	q->address = str_upto(s, end);
	s = str_from(s, end + strlen("' (callid: "));
	end = str_find_last(s, SV_STR(") - "));
	if (end == STR_NONE)
		return false;
	q->call_id = str_upto(s, end);
	q->reason = str_from(s, end + 4);
	return true;
}

/** The line is damaged or forged: it says that something failed, not for whom. */
static enum sv_parse
request_damaged(struct asterisk_line *line)
{
	struct sv_str s = str_from(line->message, strlen("Request '"));
	size_t end = str_find(s, SV_STR("' from '"));
	struct sv_event ev;

	asterisk_begin(line, ASTERISK_PJSIP_DAMAGED, &ev);
	ev.leg = IN;
	ev.method = end == STR_NONE ? SV_METHOD_UNKNOWN : method_of(str_upto(s, end));
	ev.outcome = SV_UNKNOWN;
	ev.attribution = SV_ATTRIBUTION_FORGEABLE;
	return asterisk_emit(line, &ev);
}

enum sv_parse
asterisk_distributor_parse(struct asterisk_line *line)
{
	struct request q;
	struct sv_event ev;

	if (!str_starts(line->message, SV_STR("Request ")))
		return SV_PARSE_SKIP;
	bool whole = request_read(line->message, &q);
	const struct reason *reason = whole ? reason_find(q.reason) : NULL;
	if (!reason || line->truncated)
		return request_damaged(line);
	asterisk_begin(line, reason->template_id, &ev);
	if (!asterisk_address(q.address, &ev))
		ev.attribution = SV_ATTRIBUTION_FORGEABLE;
	ev.leg = IN;
	ev.method = q.method.len ? method_of(q.method) : SV_METHOD_UNKNOWN;
	ev.outcome = reason->outcome;
	ev.code = reason->code;
	ev.claim.user = asterisk_header_user(q.from);
	ev.claim.call_id = asterisk_claim(q.call_id);
	ev.hint.session = asterisk_session(q.call_id);
	return asterisk_emit(line, &ev);
}

static enum sv_parse
finish_channel(struct asterisk_line *line, struct sv_event *ev)
{
	bool pjsip;

	ev->peer = asterisk_channel_peer(ev->peer, &pjsip);
	return asterisk_emit(line, ev);
}

/** "Contact x/… is now Unreachable" and "Endpoint x is now Unreachable" are one event;
 *  which comes first, and whether both do, depends on the verbosity. */
static enum sv_parse
finish_contact(struct asterisk_line *line, struct sv_event *ev)
{
	struct asterisk_state *st = line->state;
	uint64_t peer = str_hash(ev->peer, 3);
	size_t slot = peer % ASTERISK_DOWN;

	asterisk_time(line, ev);
	/* What a network brought at two times may have been written at one. */
	sv_usec written = ev->time_source > SV_TIME_RECEIVED || line->replayed
				  ? ev->time
				  : line->ctx->moment(line->ctx->user);
	if (st->down[slot].peer == peer &&
	    st->down[slot].template_id != ev->hint.template_id &&
	    st->down[slot].outcome == ev->outcome &&
	    written - st->down[slot].time <= 2 * SV_USEC_PER_SEC) {
		st->down[slot].peer = 0;
		ev->hint.tell = SV_TELL_DETAIL;
		ev->hint.alone = false;
	} else {
		st->down[slot].peer = peer;
		st->down[slot].template_id = ev->hint.template_id;
		st->down[slot].outcome = ev->outcome;
		st->down[slot].time = written;
	}
	return asterisk_emit(line, ev);
}

/* clang-format off */
#define N LEVEL_NOTICE
#define W LEVEL_WARNING
#define E LEVEL_ERROR
static const struct asterisk_row session_rows[] = {
	{ "%p: Couldn't negotiate stream %r",
	  ASTERISK_PJSIP_MEDIA, 488, E, 0, SV_INVITE, SV_MEDIA, 0, NULL },
	{ "Endpoint '%p': Could not create dialog to invalid URI '%r",
	  ASTERISK_PJSIP_NO_URI, 0, E, OUT, SV_INVITE, SV_UNREGISTERED, 0, NULL },
	{ "Endpoint '%p': No URI available. Is endpoint registered?",
	  ASTERISK_PJSIP_NO_URI, 0, E, OUT, SV_INVITE, SV_UNREGISTERED, 0, NULL },
	{ "Session already DISCONNECTED [reason=%c (%H)]",
	  ASTERISK_PJSIP_DISCONNECTED, 0, E, 0, SV_INVITE, 0, 0, NULL },
	{ "Disconnecting channel '%p' for lack of %s RTP activity in %d seconds",
	  ASTERISK_SIP_NO_RTP, 0, N, 0, SV_INVITE, SV_MEDIA, 0, finish_channel },
	{ 0 },
};

static const struct asterisk_row rows[] = {
	/* registrar: the AOR comes out of To, so it is read from the right */
	{ "AOR '%X' not found for endpoint '%p' (%b)",
	  ASTERISK_PJSIP_REGISTRAR, 404, W, IN, SV_REGISTER, SV_UNKNOWN, 0, NULL },
	{ "AOR '%X' not found for endpoint '%p'",
	  ASTERISK_PJSIP_REGISTRAR, 404, W, IN, SV_REGISTER, SV_UNKNOWN, 0, NULL },
	{ "Endpoint '%p' (%b) has no configured AORs",
	  ASTERISK_PJSIP_REGISTRAR, 403, W, IN, SV_REGISTER, SV_FORBIDDEN, 0, NULL },
	{ "Endpoint '%p' has no configured AORs",
	  ASTERISK_PJSIP_REGISTRAR, 403, W, IN, SV_REGISTER, SV_FORBIDDEN, 0, NULL },
	{ "Endpoint '%p' (%b) attempted to register to an AOR with a non-SIP URI",
	  ASTERISK_PJSIP_REGISTRAR, 416, W, IN, SV_REGISTER, SV_REFUSED, 0, NULL },
	{ "Endpoint '%p' attempted to register to an AOR with a non-SIP URI",
	  ASTERISK_PJSIP_REGISTRAR, 416, W, IN, SV_REGISTER, SV_REFUSED, 0, NULL },
	{ "AOR '%X' has no configured max_contacts. Endpoint '%p' (%b) unable to register",
	  ASTERISK_PJSIP_REGISTRAR, 403, W, IN, SV_REGISTER, SV_FORBIDDEN, 0, NULL },
	{ "AOR '%X' has no configured max_contacts. Endpoint '%p' unable to register",
	  ASTERISK_PJSIP_REGISTRAR, 403, W, IN, SV_REGISTER, SV_FORBIDDEN, 0, NULL },
	{ "Registration attempt from endpoint '%p' (%b) to AOR '%X' will exceed max contacts of %d",
	  ASTERISK_PJSIP_REGISTRAR, 403, W, IN, SV_REGISTER, SV_FORBIDDEN, 0, NULL },
	{ "Registration attempt from endpoint '%p' to AOR '%X' will exceed max contacts of %d",
	  ASTERISK_PJSIP_REGISTRAR, 403, W, IN, SV_REGISTER, SV_FORBIDDEN, 0, NULL },
	{ "Failed to validate contacts in REGISTER request from '%p'",
	  ASTERISK_PJSIP_REGISTRAR, 400, W, IN, SV_REGISTER, SV_MALFORMED, 0, NULL },
	{ "Error %d '%h' sending OPTIONS request to endpoint %p",
	  ASTERISK_QUALIFY_SEND, 0, W | E, OUT, SV_OPTIONS, SV_ERROR, 0, NULL },
	{ "Subscriptions not permitted for endpoint %p.",
	  ASTERISK_PJSIP_SUBSCRIBE, 603, W, IN, SV_SUBSCRIBE, SV_FORBIDDEN, 0, NULL },
	{ "No registered subscribe handler for event %S from %p",
	  ASTERISK_PJSIP_SUBSCRIBE, 489, W, IN, SV_SUBSCRIBE, SV_REFUSED, 0, NULL },
	{ "Incoming SUBSCRIBE request from %p with no Event header",
	  ASTERISK_PJSIP_SUBSCRIBE, 489, W, IN, SV_SUBSCRIBE, SV_REFUSED, 0, NULL },
	{ "Subscription expiration %d is too brief%r",
	  ASTERISK_PJSIP_SUBSCRIBE, 423, W, IN, SV_SUBSCRIBE, SV_REFUSED, 0, NULL },
	{ "Endpoint '%p' state subscription failed: Extension '%X' does not exist in context '%s' or has no associated hint",
	  ASTERISK_PJSIP_SUBSCRIBE, 404, N | W, IN, SV_SUBSCRIBE, SV_NOTFOUND, 0, NULL },
	{ "Extension %X does not exist or has no associated hint",
	  ASTERISK_PJSIP_SUBSCRIBE, 404, N | W, IN, SV_SUBSCRIBE, SV_NOTFOUND, 0, NULL },
	{ "Channel '%s' from endpoint '%p' attempted blind transfer to '%X' but target does not exist",
	  ASTERISK_PJSIP_REFER, 404, E, IN, SV_REFER, SV_NOTFOUND, 0, NULL },
	{ "Endpoint %p transfer attempt blocked due to configuration",
	  ASTERISK_PJSIP_REFER, 0, W, IN, SV_REFER, SV_FORBIDDEN, 0, NULL },
	{ "MESSAGE timed out on endpoint '%p', trying next Contact: %r",
	  ASTERISK_PJSIP_MESSAGE, 0, N, OUT, SV_MESSAGE, SV_TIMEOUT, 0, NULL },
	{ "No response received for outbound publish '%p'",
	  ASTERISK_PJSIP_MESSAGE, 0, N, OUT, SV_PUBLISH, SV_TIMEOUT, 0, NULL },
	{ "%p: Verification failed. Call terminated",
	  ASTERISK_PJSIP_VERIFY, 0, E, IN, SV_INVITE, SV_FORBIDDEN, 0, NULL },
	{ "Transport '%s' to remote '%a' - %r",
	  ASTERISK_TLS, 0, N | W | E, 0, 0, SV_ERROR, 0, NULL },
	{ 0 },
};

/* a contact's URI is written by the peer: its address blames nobody */
const struct asterisk_row asterisk_pjsip_verbose_rows[] = {
	{ "Added contact '%S' to AOR '%p' with expiration of %d seconds",
	  ASTERISK_REGISTERED, 0, LEVEL_VERBOSE, IN, SV_REGISTER, SV_REGISTERED, 0, NULL },
	{ "Removed contact '%S' from AOR '%p' due to expiration",
	  ASTERISK_UNREGISTERED, 0, LEVEL_VERBOSE, IN, SV_REGISTER, SV_UNREGISTERED, 0, NULL },
	{ "Contact %p/%S is now Unreachable. RTT: %r",
	  ASTERISK_UNREACHABLE, 0, LEVEL_VERBOSE, OUT, SV_OPTIONS, SV_UNREACHABLE, 0, finish_contact },
	{ "Contact %p/%S is now Unavailable%r",
	  ASTERISK_UNREACHABLE, 0, LEVEL_VERBOSE, OUT, SV_OPTIONS, SV_UNREACHABLE, 0, finish_contact },
	{ "Contact %p/%S is now Reachable. RTT: %r",
	  ASTERISK_REACHABLE, 0, LEVEL_VERBOSE, OUT, SV_OPTIONS, SV_REACHABLE, 0, finish_contact },
	{ "Contact %p/%S is now Available%r",
	  ASTERISK_REACHABLE, 0, LEVEL_VERBOSE, OUT, SV_OPTIONS, SV_REACHABLE, 0, finish_contact },
	{ "Endpoint %p is now Unreachable",
	  ASTERISK_ENDPOINT_UNREACHABLE, 0, LEVEL_VERBOSE, OUT, SV_OPTIONS, SV_UNREACHABLE, 0,
	  finish_contact },
	{ "Endpoint %p is now Reachable",
	  ASTERISK_ENDPOINT_REACHABLE, 0, LEVEL_VERBOSE, OUT, SV_OPTIONS, SV_REACHABLE, 0, finish_contact },
	{ 0 },
};

/* the sender's address is the socket's; what follows is the packet */
static const struct asterisk_row packet_rows[] = {
	{ "sip_transport.c %sDropping %d bytes packet from %s %b %r",
	  ASTERISK_PJSIP_MALFORMED, 0, W | E, 0, 0, SV_MALFORMED, 0, NULL },
	{ "sip_transport.c %sError processing %d bytes packet from %s %b %r",
	  ASTERISK_PJSIP_MALFORMED, 0, W | E, 0, 0, SV_MALFORMED, 0, NULL },
	{ "sip_endpoint.c %sError processing packet from %b: %r",
	  ASTERISK_PJSIP_MALFORMED, 0, W | E, 0, 0, SV_MALFORMED, 0, NULL },
	{ "sip_inv.c %sError parsing/validating SDP body: %r",
	  ASTERISK_PJSIP_MEDIA, 0, W | E, 0, SV_INVITE, SV_MEDIA, 0, NULL },
	{ 0 },
};
/* clang-format on */

enum sv_parse
asterisk_session_parse(struct asterisk_line *line)
{
	struct sv_str m = line->message;

	if (str_starts(m, SV_STR("Call from '")) ||
	    str_find(str_upto(m, 160), SV_STR(": Call (")) != STR_NONE)
		return asterisk_sip_extension(line);
	return asterisk_rows(line, session_rows);
}

enum sv_parse
asterisk_pjsip_parse(struct asterisk_line *line)
{
	if (line->level == LEVEL_VERBOSE) {
		if (asterisk_hold_banner(line))
			return SV_PARSE_SKIP;
		return asterisk_rows(line, asterisk_pjsip_verbose_rows);
	}
	return asterisk_rows(line, rows);
}

enum sv_parse
asterisk_pjproject_parse(struct asterisk_line *line)
{
	struct sv_str all = line->message;
	enum sv_parse result;

	/* a syslog daemon's spelling of the tab in front */
	if (str_starts(all, SV_STR("#011")))
		line->message = str_trim(str_from(all, 4));
	result = asterisk_rows(line, packet_rows);
	if (line->whole || line->truncated)
		return result;
	if (str_find(str_upto(line->message, 200), SV_STR("Error processing ")) !=
	    STR_NONE)
		asterisk_hold_open(line, REGION_PACKET, ASTERISK_PACKET_MAX);
	return result;
}

enum sv_parse
asterisk_verbose_parse(struct asterisk_line *line)
{
	enum sv_parse result;

	if (asterisk_hold_banner(line))
		return SV_PARSE_SKIP;
	result = asterisk_rows(line, asterisk_sip_verbose_rows);
	if (result == SV_PARSE_SKIP)
		result = asterisk_rows(line, asterisk_pjsip_verbose_rows);
	return result == SV_PARSE_SKIP ? asterisk_dial_parse(line) : result;
}
