/* SPDX-License-Identifier: Apache-2.0 */
/*
 * SecurityEvent="…",Key="value",…: keys in a fixed order, values not escaped. The other
 * side writes AccountID, SessionID, nonces and digests; the address is found by what
 * must stand behind it.
 */
#include "dialect/asterisk_line.h"

#include "base/address.h"
#include "sip/outcome.h"

#define ADDRESS_KEY "oteAddress=\""
/** PJSIP cuts AccountID here, line breaks and all. */
#define ACCOUNT_MAX 36

struct kind {
	const char *name;
	uint32_t template_id;
	enum sv_outcome outcome;
	uint16_t code;
	const char *
		after; /* the key behind RemoteAddress, NULL: an optional one or none */
};

static const struct kind kinds[] = {
	{ "FailedACL", ASTERISK_SECURITY_FAILED_ACL, SV_ACL, 0, NULL },
	{ "InvalidAccountID", ASTERISK_SECURITY_ACCOUNT, SV_UNKNOWN, 0, NULL },
	{ "SessionLimit", ASTERISK_SECURITY_LIMIT, SV_BLOCKED, 0, NULL },
	{ "MemoryLimit", ASTERISK_SECURITY_LIMIT, SV_BLOCKED, 0, NULL },
	{ "LoadAverageLimit", ASTERISK_SECURITY_LIMIT, SV_BLOCKED, 0, NULL },
	{ "RequestNotSupported", ASTERISK_SECURITY_REQUEST, SV_REFUSED, 0,
	  ",RequestType=\"" },
	{ "RequestNotAllowed", ASTERISK_SECURITY_REQUEST, SV_FORBIDDEN, 0,
	  ",RequestType=\"" },
	{ "AuthMethodNotAllowed", ASTERISK_SECURITY_REQUEST, SV_REFUSED, 0,
	  ",AuthMethod=\"" },
	{ "RequestBadFormat", ASTERISK_SECURITY_REQUEST, SV_MALFORMED, 0,
	  ",RequestType=\"" },
	{ "SuccessfulAuth", ASTERISK_SECURITY_SUCCESS, SV_OK, 0, ",UsingPassword=\"" },
	{ "UnexpectedAddress", ASTERISK_SECURITY_ADDRESS, SV_ACL, 0,
	  ",ExpectedAddress=\"" },
	{ "ChallengeResponseFailed", ASTERISK_SECURITY_RESPONSE, SV_REJECTED, 0,
	  ",Challenge=\"" },
	{ "InvalidPassword", ASTERISK_SECURITY_PASSWORD, SV_REJECTED, 0, NULL },
	{ "ChallengeSent", ASTERISK_SECURITY_CHALLENGE, SV_CHALLENGED, 401,
	  ",Challenge=\"" },
	{ "InvalidTransport", ASTERISK_SECURITY_TRANSPORT, SV_FORBIDDEN, 403,
	  ",AttemptedTransport=\"" },
};

/** Refusals that name their reason as ACLName or RequestType. */
static const struct {
	const char *name;
	enum sv_outcome outcome;
	enum sv_method method;
	uint16_t code;
} refusals[] = {
	{ "device_must_match_acl", SV_ACL, SV_METHOD_UNKNOWN, 403 },
	{ "peer_not_dynamic", SV_FORBIDDEN, SV_REGISTER, 403 },
	{ "domain_must_match", SV_FORBIDDEN, SV_METHOD_UNKNOWN, 403 },
	{ "no_extension_match", SV_NOTFOUND, SV_INVITE, 404 },
	{ "not_match_endpoint_acl", SV_ACL, SV_METHOD_UNKNOWN, 401 },
	{ "not_match_endpoint_contact_acl", SV_ACL, SV_METHOD_UNKNOWN, 401 },
	{ "registrar_attempt_without_configured_aors", SV_FORBIDDEN, SV_REGISTER, 403 },
	{ "registrar_attempt_exceeds_maximum_configured_contacts", SV_FORBIDDEN,
	  SV_REGISTER, 403 },
	{ "registrar_invalid_contacts_provided", SV_MALFORMED, SV_REGISTER, 400 },
	{ "registrar_invalid_uri_in_to_received", SV_REFUSED, SV_REGISTER, 416 },
	{ "registrar_requested_aor_not_found", SV_UNKNOWN, SV_REGISTER, 404 },
	{ "registrar_attempt_without_registration_permitted", SV_FORBIDDEN, SV_REGISTER,
	  403 },
};

/** A record taken apart. */
struct security {
	const struct kind *kind;
	bool is_sip, is_pjsip;
	enum sv_service service;
	struct sv_str account, session;
	struct sv_str after; /* behind the remote address */
	bool has_address;
};

static bool
take(struct sv_str *s, struct sv_str literal)
{
	if (!str_starts(*s, literal))
		return false;
	*s = str_from(*s, literal.len);
	return true;
}

/** `,Key="value"`, both written by the PBX. */
static bool
take_pair(struct sv_str *s, struct sv_str key, struct sv_str *ret_value)
{
	if (!take(s, key))
		return false;
	size_t end = str_find_char(*s, '"');
	if (end == STR_NONE)
		return false;
	*ret_value = str_upto(*s, end);
	*s = str_from(*s, end + 1);
	return true;
}

/** "IPV4/UDP/192.0.2.1/5060" */
static bool
remote_read(struct sv_str value, struct sv_event *ev)
{
	struct sv_str part[4];
	enum sv_transport transport = SV_TRANSPORT_UNKNOWN;
	struct sv_ip ip;
	uint64_t port;

	for (int i = 0; i < 3; i++) {
		size_t slash = str_find_char(value, '/');
		if (slash == STR_NONE)
			return false;
		part[i] = str_upto(value, slash);
		value = str_from(value, slash + 1);
	}
	part[3] = value;
	if (!(str_eq(part[0], SV_STR("IPV4")) || str_eq(part[0], SV_STR("IPV6"))) ||
	    !address_parse(part[2], &ip) || !part[3].len || part[3].len > 5 ||
	    str_take_u64(part[3], &port) != part[3].len || port > UINT16_MAX)
		return false;
	(void)transport_find(part[1], &transport);
	ev->peer_ip = ip;
	ev->peer_port = (uint16_t)port;
	ev->transport = transport;
	return true;
}

/** What may stand behind the remote address of this event. */
static bool
fits_behind(const struct security *q, struct sv_str after)
{
	if (q->kind->after)
		return str_starts(after, str_of(q->kind->after));
	if (q->kind->template_id == ASTERISK_SECURITY_PASSWORD) {
		if (str_starts(after, SV_STR(",Challenge=\"")))
			return true;
		if (q->is_sip)
			return false; /* chan_sip always tells the nonce */
	}
	return after.len == 0 || str_starts(after, SV_STR(",Module=\"")) ||
	       str_starts(after, SV_STR(",SessionTV=\"")) ||
	       (q->kind->template_id == ASTERISK_SECURITY_FAILED_ACL &&
		str_starts(after, SV_STR(",ACLName=\"")));
}

/** The last address with the right thing behind it: what comes before is the other
 *  side's text, and behind it they cannot write both a quote and a comma. */
static void
find_remote(struct security *q, struct sv_str body, struct sv_event *ev)
{
	while (body.len) {
		size_t at = str_find_last(body, SV_STR(ADDRESS_KEY));
		if (at == STR_NONE)
			return;
		struct sv_str value = str_from(body, at + strlen(ADDRESS_KEY));
		value.len = (size_t)(q->after.ptr + q->after.len - value.ptr);
		size_t end = str_find_char(value, '"');
		if (end != STR_NONE && fits_behind(q, str_from(value, end + 1)) &&
		    remote_read(str_upto(value, end), ev)) {
			q->after = str_from(value, end + 1);
			q->has_address = true;
			return;
		}
		body.len = at;
	}
}

static void
find_names(struct security *q, struct sv_str body)
{
	size_t end;

	if (take(&body, SV_STR(",AccountID=\""))) {
		end = str_find(body, SV_STR("\",SessionID=\""));
		q->account = end == STR_NONE ? body : str_upto(body, end);
		body = str_from(body, q->account.len + 1);
	}
	if (!take(&body, SV_STR(",SessionID=\"")))
		return;
	end = str_find(body, SV_STR("\",LocalAddress=\""));
	if (end != STR_NONE)
		q->session = str_upto(body, end);
}

static bool
security_read(struct sv_str s, struct security *q, struct sv_event *ev)
{
	struct sv_str name, skipped, service;

	*q = (struct security){ 0 };
	if (!take_pair(&s, SV_STR("SecurityEvent=\""), &name) ||
	    !take_pair(&s, SV_STR(",EventTV=\""), &skipped) ||
	    !take_pair(&s, SV_STR(",Severity=\""), &skipped) ||
	    !take_pair(&s, SV_STR(",Service=\""), &service) ||
	    !take_pair(&s, SV_STR(",EventVersion=\""), &skipped))
		return false;
	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++)
		if (str_eq(name, str_of(kinds[i].name)))
			q->kind = &kinds[i];
	if (!q->kind)
		return false;
	q->is_sip = str_eq(service, SV_STR("SIP"));
	q->is_pjsip = str_eq(service, SV_STR("PJSIP"));
	if (str_eq(service, SV_STR("AMI")) || str_eq(service, SV_STR("ARI")))
		q->service = SV_SERVICE_MANAGER;
	else if (str_eq(service, SV_STR("IAX2")))
		q->service = SV_SERVICE_IAX2;
	else if (str_starts(service, SV_STR("HTTP")))
		q->service = SV_SERVICE_HTTP;
	q->after = s;
	find_names(q, s);
	find_remote(q, s, ev);
	return true;
}

/** chan_sip challenges a REGISTER with the bare user as AccountID, others with a URI:
 *  the only trace of the method, kept for the verdict on the same session. */
static void
guess_method(struct asterisk_line *line, const struct security *q, struct sv_event *ev)
{
	struct asterisk_state *st = line->state;
	size_t slot =
		ev->hint.session % (sizeof(st->sessions) / sizeof(st->sessions[0]));

	if (!q->is_sip || !ev->hint.session)
		return;
	if (q->kind->outcome == SV_CHALLENGED) {
		st->sessions[slot].session = ev->hint.session;
		st->sessions[slot].is_register =
			!str_starts(q->account, SV_STR("sip:")) &&
			!str_starts(q->account, SV_STR("sips:"));
	}
	if (ev->method == SV_METHOD_UNKNOWN &&
	    st->sessions[slot].session == ev->hint.session &&
	    st->sessions[slot].is_register)
		ev->method = SV_REGISTER;
}

static void
fill_refusal(const struct security *q, struct sv_event *ev)
{
	struct sv_str after = q->after;
	size_t at = str_find(after, SV_STR(",ACLName=\""));
	size_t skip = strlen(",ACLName=\"");

	if (at == STR_NONE) {
		at = str_find(after, SV_STR(",RequestType=\""));
		skip = strlen(",RequestType=\"");
	}
	if (!q->has_address || at == STR_NONE)
		return;
	after = str_from(after, at + skip);
	size_t end = str_find_char(after, '"');
	if (end == STR_NONE)
		return;
	after = str_upto(after, end);
	for (size_t i = 0; i < sizeof(refusals) / sizeof(refusals[0]); i++) {
		if (!str_eq(after, str_of(refusals[i].name)))
			continue;
		ev->outcome = refusals[i].outcome;
		ev->method = refusals[i].method;
		ev->code = refusals[i].code;
		if (q->is_pjsip && ev->outcome == SV_ACL)
			ev->hint.tell = SV_TELL_REQUEST;
		else if (q->is_sip && ev->outcome != SV_NOTFOUND)
			ev->hint.tell = SV_TELL_PAIR;
		return;
	}
	(void)method_find(after, &ev->method);
}

/** Who is meant by AccountID: a configured endpoint, or what the other side wrote. */
static void
fill_account(const struct security *q, struct sv_event *ev)
{
	struct sv_str account = q->account;

	if (q->is_pjsip && q->kind->template_id != ASTERISK_SECURITY_ACCOUNT) {
		if (!str_eq(account, SV_STR("<unknown>")))
			ev->peer = asterisk_claim(account);
		else if (ev->outcome == SV_REJECTED)
			ev->outcome = SV_UNKNOWN;
		return;
	}
	if (q->is_sip && ev->method == SV_INVITE) {
		ev->claim.dst = asterisk_claim(account);
		return;
	}
	if (str_starts(account, SV_STR("sip:")))
		ev->claim.user = asterisk_header_user(account);
	else
		ev->claim.user = asterisk_claim(account);
}

static void
fill_code(const struct security *q, struct sv_event *ev)
{
	if (ev->code || ev->service != SV_SERVICE_SIP)
		return;
	switch (q->kind->template_id) {
	case ASTERISK_SECURITY_ACCOUNT:
		ev->code = q->is_pjsip ? 401 : 0;
		break;
	case ASTERISK_SECURITY_RESPONSE:
	case ASTERISK_SECURITY_PASSWORD:
		ev->code = q->is_pjsip ? 401 : 403;
		break;
	case ASTERISK_SECURITY_LIMIT:
		ev->code = q->is_sip ? 480 : 0;
		break;
	default:
		break;
	}
}

/** A line break inside AccountID: the record goes on in the next line. */
static bool
goes_on(const struct asterisk_line *line, const struct security *q)
{
	return q->is_pjsip && q->kind->template_id == ASTERISK_SECURITY_ACCOUNT &&
	       !q->has_address && !q->session.len && q->account.len <= ACCOUNT_MAX &&
	       !line->whole && !line->truncated;
}

enum sv_parse
asterisk_security_parse(struct asterisk_line *line)
{
	struct security q;
	struct sv_event ev;

	if (!str_starts(line->message, SV_STR("SecurityEvent=\"")))
		return SV_PARSE_SKIP;
	asterisk_begin(line, ASTERISK_NONE, &ev);
	if (!security_read(line->message, &q, &ev))
		return SV_PARSE_MALFORMED;
	if (goes_on(line, &q))
		return asterisk_hold_record(line, ASTERISK_ENTRY_MAX);
	const struct asterisk_template_info *info =
		asterisk_template_info(q.kind->template_id);
	ev.hint.template_id = q.kind->template_id;
	/* only PJSIP tells of each request of an attempt */
	ev.hint.tell = q.is_pjsip || q.kind->outcome == SV_CHALLENGED ? info->tell
								      : SV_TELL_ATTEMPT;
	ev.hint.alone = info->alone;
	ev.leg = SV_LEG_IN;
	ev.service = q.service;
	ev.outcome = q.kind->outcome;
	ev.code = q.kind->code;
	if (line->truncated || !q.has_address) {
		ev.peer_ip = (struct sv_ip){ 0 };
		ev.peer_port = 0;
		ev.attribution = SV_ATTRIBUTION_FORGEABLE;
	}
	if (q.session.len) {
		ev.hint.session = asterisk_session(q.session);
		if (q.is_pjsip)
			ev.claim.call_id = asterisk_claim(q.session);
	}
	fill_refusal(&q, &ev);
	guess_method(line, &q, &ev);
	fill_account(&q, &ev);
	fill_code(&q, &ev);
	return asterisk_emit(line, &ev);
}
