/* SPDX-License-Identifier: Apache-2.0 */
#include "dialect/asterisk_line.h"

#include "base/address.h"
#include "sip/outcome.h"

#define IN SV_LEG_IN
#define OUT SV_LEG_OUT
#define EXTENSION_TAIL "' rejected because extension not found in context '"

/** Reasons that chan_sip gives for a refused registration. Those with an 'm' behind an
 *  escape byte in To lose the address before it. */
static const struct reason {
	const char *text;
	enum sv_outcome outcome;
	uint16_t code;
} reasons[] = {
	{ "Wrong password", SV_REJECTED, 403 },
	{ "Username/auth name mismatch", SV_REJECTED, 403 },
	{ "No matching peer found", SV_UNKNOWN, 404 },
	{ "Not a local domain", SV_FORBIDDEN, 403 },
	{ "Peer is not supposed to register", SV_FORBIDDEN, 403 },
	{ "Device does not match ACL", SV_ACL, 403 },
	{ "ACL error (permit/deny)", SV_ACL, 403 },
	{ "Device not configured to use this transport type", SV_FORBIDDEN, 403 },
	{ "RTP initialization failed", SV_ERROR, 503 },
	{ "Unknown failure", SV_ERROR, 0 },
};

/** "… failed for 'address' - reason" read from the right: To comes before it. */
static const struct reason *
registration_reason(struct sv_str message, struct sv_str *ret_address)
{
	for (size_t i = 0; i < sizeof(reasons) / sizeof(reasons[0]); i++) {
		struct sv_str reason = str_of(reasons[i].text);
		if (!str_ends(message, reason))
			continue;
		message.len -= reason.len;
		if (!str_ends(message, SV_STR("' - ")))
			return NULL;
		message.len -= 4;
		size_t at = str_find_last(message, SV_STR("' failed for '"));
		if (at == STR_NONE)
			return NULL;
		*ret_address = str_from(message, at + strlen("' failed for '"));
		return &reasons[i];
	}
	return NULL;
}

/** The address that acl.c refused just before in this thread is the socket's; what
 *  stands in chan_sip's own line may come out of To. */
static void
registration_acl(struct asterisk_line *line, struct sv_event *ev)
{
	struct asterisk_state *st = line->state;

	if (!st->acl.seen)
		return; /* no acl.c lines here: an old version */
	if (!st->acl.used || st->acl.thread != line->thread) {
		ev->attribution = SV_ATTRIBUTION_FORGEABLE;
	} else if (!address_equal(&st->acl.ip, &ev->peer_ip)) {
		ev->peer_ip = st->acl.ip;
		ev->peer_port = 0;
	}
	st->acl.used = false;
}

static enum sv_parse
registration_parse(struct asterisk_line *line)
{
	struct sv_str from = str_from(line->message, strlen("Registration from '"));
	struct sv_str address = { 0 };
	const struct reason *reason = registration_reason(line->message, &address);
	struct sv_event ev;

	asterisk_begin(line, ASTERISK_SIP_REGISTRATION_FAILED, &ev);
	ev.leg = IN;
	ev.method = SV_REGISTER;
	ev.claim.user = asterisk_header_user(from);
	if (!reason || line->truncated) {
		ev.attribution = SV_ATTRIBUTION_FORGEABLE;
		ev.outcome = SV_FORBIDDEN;
		ev.code = 403;
		ev.hint.tell = SV_TELL_DETAIL;
		return asterisk_emit(line, &ev);
	}
	ev.outcome = reason->outcome;
	ev.code = reason->code;
	asterisk_address(address, &ev);
	if (reason->outcome == SV_UNKNOWN)
		line->state->plain_reject = true;
	/* without it the first of two requests is challenged and told of as well */
	if ((reason->outcome == SV_ACL || reason->outcome == SV_FORBIDDEN) &&
	    !line->state->plain_reject)
		ev.hint.tell = SV_TELL_PAIR;
	if (strchr(reason->text, 'm') &&
	    str_count(line->message, SV_STR("' failed for '")) > 1) {
		ev.attribution = SV_ATTRIBUTION_FORGEABLE;
		ev.peer_ip.family = 0;
		ev.peer_port = 0;
	}
	if (reason->outcome == SV_ACL)
		registration_acl(line, &ev);
	return asterisk_emit(line, &ev);
}

/** Left part of "Call from 'peer' (address) to extension '" or of PJSIP's "endpoint:
 *  Call (UDP:address) to extension '". All of it is the PBX's own text. */
static bool
extension_head(struct sv_str *message, struct sv_event *ev)
{
	struct sv_str s = *message;
	size_t end;

	if (str_starts(s, SV_STR("Call from '"))) {
		s = str_from(s, strlen("Call from '"));
		end = str_find(s, SV_STR("' ("));
		if (end == STR_NONE)
			return false;
		ev->peer = asterisk_claim(str_upto(s, end));
		s = str_from(s, end + 3);
	} else {
		end = str_find(s, SV_STR(": Call ("));
		if (end == STR_NONE)
			return false;
		ev->peer = asterisk_claim(str_upto(s, end));
		s = str_from(s, end + strlen(": Call ("));
	}
	end = str_find(s, SV_STR(") to extension '"));
	if (end == STR_NONE || end > 80)
		return false;
	asterisk_address(str_upto(s, end), ev);
	*message = str_from(s, end + strlen(") to extension '"));
	return true;
}

enum sv_parse
asterisk_sip_extension(struct asterisk_line *line)
{
	bool pjsip = !str_eq(line->file, SV_STR("chan_sip.c"));
	struct sv_str rest = line->message;
	struct sv_event ev;

	asterisk_begin(line, pjsip ? ASTERISK_PJSIP_EXTENSION : ASTERISK_SIP_EXTENSION,
		       &ev);
	if (!extension_head(&rest, &ev))
		return SV_PARSE_MALFORMED;
	ev.leg = IN;
	ev.method = SV_INVITE;
	ev.outcome = SV_NOTFOUND;
	ev.code = 404;
	size_t tail = str_find_last(rest, SV_STR(EXTENSION_TAIL));
	bool complete = tail != STR_NONE && str_ends(rest, SV_STR("'."));
	/* PJSIP cuts the number at 79 bytes, chan_sip does not */
	if (!complete && !line->whole && !line->truncated)
		return asterisk_hold_record(line, pjsip ? line->text.len + 384
							: ASTERISK_ENTRY_MAX);
	ev.claim.dst = asterisk_claim(complete ? str_upto(rest, tail) : rest);
	asterisk_emit(line, &ev);
	if (!pjsip && !line->whole && !line->truncated)
		asterisk_hold_open(line, REGION_CALL, ASTERISK_ENTRY_MAX);
	return SV_PARSE_EVENT;
}

static enum sv_parse
finish_device(struct asterisk_line *line, struct sv_event *ev)
{
	static const enum sv_outcome outcomes[] = {
		SV_REJECTED,  SV_REJECTED,  SV_REJECTED, SV_UNKNOWN,   SV_FORBIDDEN,
		SV_FORBIDDEN, SV_FORBIDDEN, SV_ACL,      SV_FORBIDDEN,
	};
	size_t at = str_find_last(line->message, SV_STR(", code = -"));
	uint64_t code;

	if (at != STR_NONE && ev->outcome == SV_REJECTED &&
	    str_take_u64(str_from(line->message, at + 10), &code) &&
	    code < sizeof(outcomes) / sizeof(outcomes[0]))
		ev->outcome = outcomes[code];
	ev->claim.user = asterisk_header_user(ev->claim.user);
	return asterisk_emit(line, ev);
}

/** Calls have marks, registrations have none. In a log without marks it is an answer to a
 *  registration where no call waits for one and a registrar is at that address. */
static bool
answers_registration(struct asterisk_line *line, const struct sv_event *ev)
{
	struct asterisk_state *st = line->state;
	bool of_call = ev->outcome == SV_BUSY || ev->outcome == SV_DECLINED ||
		       ev->outcome == SV_MEDIA;

	if (line->has_mark || !ev->peer_ip.family)
		return false;
	if (st->seen_mark)
		return true;
	if (of_call)
		return false;
	return !st->no_marks || (!asterisk_call_waits(st) &&
				 asterisk_register_known(line, &ev->peer_ip));
}

static enum sv_parse
finish_response(struct asterisk_line *line, struct sv_event *ev)
{
	if (answers_registration(line, ev)) {
		ev->method = SV_REGISTER;
		asterisk_register_answered(line, &ev->peer_ip);
		return asterisk_emit(line, ev);
	}
	return asterisk_call_answer(line, ev) ? SV_PARSE_EVENT
					      : asterisk_emit(line, ev);
}

static enum sv_parse
finish_answer(struct asterisk_line *line, struct sv_event *ev)
{
	return asterisk_call_answer(line, ev) ? SV_PARSE_EVENT
					      : asterisk_emit(line, ev);
}

static enum sv_parse
finish_channel(struct asterisk_line *line, struct sv_event *ev)
{
	bool pjsip;

	ev->peer = asterisk_channel_peer(ev->peer, &pjsip);
	return asterisk_emit(line, ev);
}

/* clang-format off */
#define N LEVEL_NOTICE
#define W LEVEL_WARNING
#define E LEVEL_ERROR
static const struct asterisk_row incoming[] = {
	{ "Failed to authenticate device %U for %m, code = %d",
	  ASTERISK_SIP_DEVICE, 403, N, IN, 0, SV_REJECTED, 0, finish_device },
	{ "Failed to authenticate device %U for SUBSCRIBE",
	  ASTERISK_SIP_DEVICE, 403, N, IN, SV_SUBSCRIBE, SV_REJECTED, 0, finish_device },
	{ "Failed to authenticate device %u",
	  ASTERISK_SIP_DEVICE, 403, N, IN, SV_INVITE, SV_REJECTED, 0, finish_device },
	{ "Call limit reached for device %U for %m, code = %d",
	  ASTERISK_SIP_CALL_LIMIT, 480, N, IN, 0, SV_BLOCKED, 0, finish_device },
	{ "RTP init failure for device %U for %m, code = %d",
	  ASTERISK_SIP_RTP_INIT, 503, N, IN, 0, SV_ERROR, 0, finish_device },
	{ "Unexpected error for device %U for %m, code = %d",
	  ASTERISK_SIP_RTP_INIT, 503, N, IN, 0, SV_ERROR, 0, finish_device },
	{ "Call from %s '%p' rejected due to usage limit of %d",
	  ASTERISK_SIP_USAGE_LIMIT, 480, N, IN, SV_INVITE, SV_BLOCKED, 0, NULL },
	{ "Call to %s '%p' rejected due to usage limit of %d",
	  ASTERISK_SIP_USAGE_LIMIT, 0, N, OUT, SV_INVITE, SV_BLOCKED, 0, NULL },
	{ "Failed to place call for device %p, too many calls",
	  ASTERISK_SIP_TOO_MANY_CALLS, 480, N, IN, SV_INVITE, SV_BLOCKED, 0, NULL },
	{ "username mismatch, have <%s>, digest has <%u>",
	  ASTERISK_SIP_NAME_MISMATCH, 0, W, IN, 0, SV_REJECTED, 0, NULL },
	{ "Peer '%p' is trying to register, but not configured as host=dynamic",
	  ASTERISK_SIP_NOT_DYNAMIC, 403, E, IN, SV_REGISTER, SV_FORBIDDEN, 0, NULL },
	{ "Domain '%S' disallowed by contact ACL (violating IP %s)",
	  ASTERISK_SIP_CONTACT_ACL, 603, W, IN, SV_REGISTER, SV_ACL, 0, NULL },
	{ "Registration denied because of contact ACL",
	  ASTERISK_SIP_CONTACT_DENIED, 603, W, IN, SV_REGISTER, SV_ACL, 0, NULL },
	{ "Failed to parse contact info",
	  ASTERISK_SIP_CONTACT_PARSE, 0, W, IN, SV_REGISTER, SV_MALFORMED, 0, NULL },
	{ "'%s' is not a valid transport for '%p'. we only use '%s'! ending call.",
	  ASTERISK_SIP_TRANSPORT, 403, E, IN, 0, SV_FORBIDDEN, 0, NULL },
	{ "Got SUBSCRIBE for extension %X from %a, but there is no hint for that extension.",
	  ASTERISK_SIP_NO_HINT, 404, N, IN, SV_SUBSCRIBE, SV_NOTFOUND, 0, NULL },
	{ "SUBSCRIBE failure: no Accept header%r",
	  ASTERISK_SIP_SUBSCRIBE, 489, W, IN, SV_SUBSCRIBE, SV_REFUSED, 0, NULL },
	{ "SUBSCRIBE failure: unrecognized format:%r",
	  ASTERISK_SIP_SUBSCRIBE, 489, W, IN, SV_SUBSCRIBE, SV_REFUSED, 0, NULL },
	{ "No compatible codecs, not accepting this offer!",
	  ASTERISK_SIP_CODECS, 488, N, IN, SV_INVITE, SV_MEDIA, 0, NULL },
	{ "Rejecting %s media offer due to invalid or unsupported syntax: %r",
	  ASTERISK_SIP_SDP, 488, W, IN, SV_INVITE, SV_MEDIA, 0, NULL },
	{ "Rejecting secure %s stream without encryption details: %r",
	  ASTERISK_SIP_SDP, 488, W, IN, SV_INVITE, SV_MEDIA, 0, NULL },
	{ "Insufficient information for SDP (m= not found)",
	  ASTERISK_SIP_SDP, 488, W, IN, SV_INVITE, SV_MEDIA, 0, NULL },
	{ "Failing due to no acceptable offer found",
	  ASTERISK_SIP_NO_OFFER, 488, W, IN, SV_INVITE, SV_MEDIA, 0, NULL },
	{ "Received SIP INVITE with unsupported required extension: %r",
	  ASTERISK_SIP_REQUIRE, 420, W, IN, SV_INVITE, SV_REFUSED, 0, NULL },
	/* the address is taken from Via */
	{ "Unknown SIP command '%S' from '%s'",
	  ASTERISK_SIP_UNKNOWN_METHOD, 501, N, IN, SV_METHOD_OTHER, SV_ERROR, 0, NULL },
	{ "Dropping this SIP message with Call-ID '%I', it's incomplete.",
	  ASTERISK_SIP_INCOMPLETE, 0, E, 0, 0, SV_MALFORMED, 0, NULL },
	{ "No seqno in '%S'. Dropping incomplete message.",
	  ASTERISK_SIP_INCOMPLETE, 0, E, 0, 0, SV_MALFORMED, 0, NULL },
	{ "Rejecting TCP/TLS packet from '%a' because way too large: %d",
	  ASTERISK_SIP_TOO_LARGE, 0, W, 0, 0, SV_MALFORMED, 0, NULL },
	{ 0 },
};

static const struct asterisk_row outgoing[] = {
	{ "Received response: \"Forbidden\" from '%r",
	  ASTERISK_SIP_FORBIDDEN, 403, W, OUT, SV_INVITE, SV_FORBIDDEN, 0, finish_answer },
	{ "Failed to authenticate on %m to '%r",
	  ASTERISK_SIP_AUTH_REFUSED, 0, N, OUT, 0, SV_REJECTED, 0, finish_answer },
	{ "Asked to authenticate %m, to %s but we have no matching peer!",
	  ASTERISK_SIP_AUTH_REFUSED, 0, W, OUT, 0, SV_REJECTED, 0, finish_answer },
	{ "Got authentication request (%c) on %m to '%r",
	  ASTERISK_SIP_AUTH_REFUSED, 0, W, OUT, 0, SV_REJECTED, 0, finish_answer },
	{ "Host '%a' requests authentication (%c) for '%r",
	  ASTERISK_SIP_AUTH_REFUSED, 0, W, OUT, 0, SV_REJECTED, 0, finish_answer },
	{ "Failed to authenticate MESSAGE with host '%a'",
	  ASTERISK_SIP_AUTH_REFUSED, 0, W, OUT, SV_MESSAGE, SV_REJECTED, 0, NULL },
	{ "Forbidden - maybe wrong password on authentication for %m",
	  ASTERISK_SIP_FORBIDDEN, 403, W, OUT, 0, SV_FORBIDDEN, 0, finish_answer },
	{ "Re-invite to non-existing call leg on other UA. SIP dialog '%I'. Giving up.",
	  ASTERISK_SIP_NO_DIALOG, 481, W, OUT, SV_INVITE, SV_CANCELED, 0, NULL },
	{ "Remote host can't match request %m to call '%I'. Giving up.",
	  ASTERISK_SIP_NO_DIALOG, 481, W, OUT, 0, SV_CANCELED, 0, NULL },
	{ "Host '%a' does not implement '%m'",
	  ASTERISK_SIP_NOT_IMPLEMENTED, 0, W, OUT, 0, SV_REFUSED, 0, NULL },
	{ "SIP identity required by proxy. SIP dialog '%I'. Giving up.",
	  ASTERISK_SIP_IDENTITY, 428, W, OUT, SV_INVITE, SV_REFUSED, 0, finish_answer },
	{ "Don't know how to handle a %c %H response from %a",
	  ASTERISK_SIP_GOT_RESPONSE, 0, N, OUT, 0, 0, 0, finish_answer },
	{ "Dont know how to handle a %c %H response from %a",
	  ASTERISK_SIP_GOT_RESPONSE, 0, N, OUT, 0, 0, 0, finish_answer },
	{ "Retransmission timeout reached on transmission %I for seqno %d (Critical Request) -- See %r",
	  ASTERISK_SIP_RETRANSMISSION, 0, W, OUT, 0, SV_TIMEOUT, 0, asterisk_call_lost },
	{ "Maximum retries exceeded on transmission %I for seqno %d (Critical Request)%r",
	  ASTERISK_SIP_RETRANSMISSION, 0, W, OUT, 0, SV_TIMEOUT, 0, asterisk_call_lost },
	{ "Retransmission timeout reached on transmission %I for seqno %d (Critical Response) -- See %r",
	  ASTERISK_SIP_RETRANSMISSION, 0, W, IN, SV_INVITE, SV_TIMEOUT, 0, NULL },
	{ "Maximum retries exceeded on transmission %I for seqno %d (Critical Response)%r",
	  ASTERISK_SIP_RETRANSMISSION, 0, W, IN, SV_INVITE, SV_TIMEOUT, 0, NULL },
	{ "sip_xmit of %s (len %d) to %a returned %d: %h",
	  ASTERISK_SIP_SEND, 0, W, OUT, 0, SV_ERROR, 0, NULL },
	{ "Disconnecting call '%p' for lack of RTP activity in %d seconds",
	  ASTERISK_SIP_NO_RTP, 0, N, 0, SV_INVITE, SV_MEDIA, 0, finish_channel },
	{ "Session-Timer expired - %i",
	  ASTERISK_SIP_SESSION_TIMER, 0, W, 0, SV_INVITE, SV_TIMEOUT, 0, NULL },
	{ "Peer '%p' is now UNREACHABLE! Last qualify: %d",
	  ASTERISK_UNREACHABLE, 0, N, OUT, SV_OPTIONS, SV_UNREACHABLE, 0, NULL },
	{ "Peer '%p' is now Reachable. (%r",
	  ASTERISK_REACHABLE, 0, N, OUT, SV_OPTIONS, SV_REACHABLE, 0, NULL },
	{ "Peer '%p' is now Lagged. (%r",
	  ASTERISK_REACHABLE, 0, N, OUT, SV_OPTIONS, SV_REACHABLE, 0, NULL },
	{ "Peer '%p' is now REACHABLE! (%r",
	  ASTERISK_REACHABLE, 0, N, OUT, SV_OPTIONS, SV_REACHABLE, 0, NULL },
	{ "Peer '%p' is now TOO LAGGED! (%r",
	  ASTERISK_REACHABLE, 0, N, OUT, SV_OPTIONS, SV_REACHABLE, 0, NULL },
	{ 0 },
};

const struct asterisk_row asterisk_sip_verbose_rows[] = {
	{ "Got SIP response %c \"%H\" back from %a",
	  ASTERISK_SIP_GOT_RESPONSE, 0, LEVEL_VERBOSE, OUT, 0, 0, 0, finish_response },
	{ "Incoming call: Got SIP response %c \"%H\" back from %a",
	  ASTERISK_SIP_GOT_RESPONSE, 0, LEVEL_VERBOSE, OUT, 0, 0, 0, NULL },
	{ "Got SIP %m response %c \"%H\" back from host '%a'",
	  ASTERISK_SIP_GOT_RESPONSE, 0, LEVEL_VERBOSE, OUT, 0, 0, 0, NULL },
	{ "Registered SIP '%p' at %a port %d",
	  ASTERISK_REGISTERED, 0, LEVEL_VERBOSE, IN, SV_REGISTER, SV_REGISTERED, 0, NULL },
	{ "Registered SIP '%p' at %a",
	  ASTERISK_REGISTERED, 0, LEVEL_VERBOSE, IN, SV_REGISTER, SV_REGISTERED, 0, NULL },
	{ 0 },
};
/* clang-format on */

enum sv_parse
asterisk_sip_parse(struct asterisk_line *line)
{
	enum sv_parse result;

	if (line->level == LEVEL_VERBOSE) {
		if (asterisk_hold_banner(line))
			return SV_PARSE_SKIP;
		return asterisk_rows(line, asterisk_sip_verbose_rows);
	}
	if (str_starts(line->message, SV_STR("Registration from '")))
		return registration_parse(line);
	if (str_starts(line->message, SV_STR("Call from '")))
		return asterisk_sip_extension(line);
	result = asterisk_sip_register_parse(line);
	if (result == SV_PARSE_SKIP)
		result = asterisk_rows(line, incoming);
	if (result == SV_PARSE_SKIP)
		result = asterisk_rows(line, outgoing);
	return result;
}
