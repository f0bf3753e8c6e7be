/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Refused registrations and calls. None of these lines belongs to a call, so none ever
 * has a uuid: one that has was written by a caller.
 */
#include "dialect/freeswitch_line.h"

#include "base/address.h"

/** Behind "Can't find user [USER@REALM] from ADDRESS", in the same record. */
#define HINT_HEAD "You must define a domain called '"
#define HINT_USER "' in your directory and add a user with the id=\""
#define HINT_TAIL1 "\" attribute"
#define HINT_TAIL2                                                            \
	"and you must configure your device to use the proper domain in its " \
	"authentication credentials."

/**
 * The first line of a whole "Can't find user" record. The hint that follows repeats the
 * user, so its length is known: a mark that a caller wrote into his name stands at
 * another distance from the end.
 */
static struct sv_str
without_hint(struct sv_str m)
{
	static const struct sv_str breaks[] = { { "\n", 1 }, { "#012", 4 } };
	const size_t fixed = strlen(HINT_HEAD) + strlen(HINT_USER) +
			     strlen(HINT_TAIL1) + strlen(HINT_TAIL2);

	for (size_t i = 0; i < sizeof(breaks) / sizeof(breaks[0]); i++) {
		struct sv_str rest = m;
		for (size_t at; (at = str_find(rest, SV_STR(HINT_HEAD))) != STR_NONE;
		     rest = str_from(rest, at + 1)) {
			size_t head = m.len - rest.len + at;
			struct sv_str line = str_upto(
				m, head > breaks[i].len ? head - breaks[i].len : 0);
			size_t open = str_find_char(line, '['),
			       close = str_find_last(line, SV_STR("] from "));
			if (open == STR_NONE || close == STR_NONE || close < open + 2)
				continue;
			if (m.len - head == fixed + breaks[i].len + close - open - 2)
				return line;
		}
	}
	return m;
}

static enum sv_parse
no_user(struct freeswitch_line *line, struct sv_str rest)
{
	struct sv_event ev;

	freeswitch_begin(line, FREESWITCH_NO_USER, &ev);
	ev.outcome = SV_UNKNOWN;
	ev.leg = SV_LEG_IN;
	ev.code = 403;
	if (line->whole)
		rest = str_from(without_hint(line->message),
				line->message.len - rest.len);
	return freeswitch_fold_begin(line, &ev, MARK_FROM, rest);
}

/** "REGISTER) on sofia profile 'internal' for [1000@pbx] from ip 192.0.2.1" */
static enum sv_parse
auth_failure(struct freeswitch_line *line, struct sv_str rest)
{
	struct sv_str method, profile;
	struct sv_event ev;

	if (!freeswitch_take(&rest, "", ") ", &method))
		return SV_PARSE_SKIP;
	if (!freeswitch_take(&rest, "on sofia profile '", "' for [", &profile))
		return SV_PARSE_SKIP; /* "due to …": the plain line follows */
	freeswitch_begin(line, FREESWITCH_AUTH_FAILURE, &ev);
	ev.outcome = SV_REJECTED;
	ev.leg = SV_LEG_IN;
	ev.code = 403;
	ev.method = str_eq(method, SV_STR("REGISTER")) ? SV_REGISTER : SV_INVITE;
	return freeswitch_fold_begin(line, &ev, MARK_FROM_IP, rest);
}

/** `IP 192.0.2.1 Rejected by register acl "x"` and its like. */
static enum sv_parse
acl(struct freeswitch_line *line, struct sv_str rest)
{
	static const struct {
		const char *text;
		enum sv_method method;
		uint16_t template_id;
		bool of_calls; /* by sofia.c */
	} rows[] = {
		{ "register acl \"", SV_REGISTER, FREESWITCH_REGISTER_ACL, false },
		{ "user acl [", SV_METHOD_UNKNOWN, FREESWITCH_USER_ACL, false },
		{ "user acl ", SV_METHOD_UNKNOWN, FREESWITCH_PROXY_ACL, false },
		{ "acl \"", SV_INVITE, FREESWITCH_CALL_ACL, true },
	};
	bool of_calls = str_eq(line->file, SV_STR("sofia.c"));
	struct sv_str ip;
	struct sv_event ev;

	if (!freeswitch_take(&rest, "", " Rejected by ", &ip))
		return SV_PARSE_SKIP;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		if (rows[i].of_calls != of_calls ||
		    !str_starts(rest, str_of(rows[i].text)))
			continue;
		freeswitch_begin(line, rows[i].template_id, &ev);
		ev.outcome = SV_ACL;
		ev.leg = SV_LEG_IN;
		ev.code = 403;
		ev.method = rows[i].method;
		/* what a proxy's header says is not what FreeSWITCH saw */
		if (rows[i].template_id != FREESWITCH_PROXY_ACL)
			(void)address_parse(ip, &ev.peer_ip);
		if (ev.hint.tell == SV_TELL_REQUEST && ev.peer_ip.family)
			ev.hint.session = freeswitch_tie(&ev.peer_ip);
		return freeswitch_emit(line, &ev);
	}
	return SV_PARSE_SKIP;
}

static enum sv_parse
empty_password(struct freeswitch_line *line, struct sv_str rest)
{
	struct sv_event ev;
	size_t at = str_find_last(rest, SV_STR("@"));

	freeswitch_begin(line, FREESWITCH_EMPTY_PASSWORD, &ev);
	ev.outcome = SV_REJECTED;
	ev.leg = SV_LEG_IN;
	ev.claim.user =
		freeswitch_claim(str_upto(rest, at == STR_NONE ? rest.len : at));
	return freeswitch_emit(line, &ev);
}

static enum sv_parse
malformed(struct freeswitch_line *line, uint32_t template_id, uint16_t code,
	  struct sv_str ip, struct sv_str port)
{
	struct sv_event ev;
	uint64_t number;

	freeswitch_begin(line, template_id, &ev);
	ev.outcome = SV_MALFORMED;
	ev.leg = SV_LEG_IN;
	ev.method = SV_REGISTER;
	ev.code = code;
	if (address_parse(ip, &ev.peer_ip) && str_take_u64(port, &number) == port.len &&
	    number <= UINT16_MAX)
		ev.peer_port = (uint16_t)number;
	return freeswitch_emit(line, &ev);
}

/** "192.0.2.1, port: 5060" */
static enum sv_parse
no_contact(struct freeswitch_line *line, struct sv_str rest)
{
	struct sv_str ip;

	if (!freeswitch_take(&rest, "", ", port: ", &ip))
		return SV_PARSE_SKIP;
	return malformed(line, FREESWITCH_NO_CONTACT, 400, ip, rest);
}

/** "192.0.2.1:5060", IPv6 without brackets */
static enum sv_parse
no_header(struct freeswitch_line *line, struct sv_str rest)
{
	size_t colon = str_find_last(rest, SV_STR(":"));

	if (colon == STR_NONE)
		return SV_PARSE_SKIP;
	return malformed(line, FREESWITCH_NO_HEADER, 401, str_upto(rest, colon),
			 str_from(rest, colon + 1));
}

static enum sv_parse
session_limit(struct freeswitch_line *line, struct sv_str rest)
{
	struct sv_event ev;

	(void)rest;
	freeswitch_begin(line, FREESWITCH_SESSION_LIMIT, &ev);
	ev.outcome = SV_CONGESTION;
	ev.leg = SV_LEG_IN;
	ev.method = SV_INVITE;
	ev.code = 503;
	return freeswitch_emit(line, &ev);
}

static const struct row {
	struct sv_str file, head;
	unsigned levels;
	enum sv_parse (*take)(struct freeswitch_line *line, struct sv_str rest);
} rows[] = {
#define TEXT(s)                    \
	{                          \
		(s), sizeof(s) - 1 \
	}
	{ TEXT("sofia_reg.c"), TEXT("SIP auth failure ("), FS_WARNING, auth_failure },
	{ TEXT("sofia_reg.c"), TEXT("Can't find user ["), FS_WARNING, no_user },
	{ TEXT("sofia_reg.c"), TEXT("IP "), FS_WARNING, acl },
	{ TEXT("sofia.c"), TEXT("IP "), FS_WARNING, acl },
	{ TEXT("sofia_reg.c"), TEXT("Empty password denied for user "), FS_WARNING,
	  empty_password },
	{ TEXT("sofia_reg.c"), TEXT("NO CONTACT! ip: "), FS_ERR, no_contact },
	{ TEXT("sofia_reg.c"),
	  TEXT("Can not do authorization without a complete header in REGISTER request "
	       "from "),
	  FS_ERR, no_header },
	{ TEXT("switch_core_session.c"), TEXT("Over Session Limit! "), FS_CRIT,
	  session_limit },
	{ TEXT("switch_core_session.c"), TEXT("Throttle Error! "), FS_CRIT,
	  session_limit },
};

enum sv_parse
freeswitch_auth_parse(struct freeswitch_line *line)
{
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		if (!(rows[i].levels & line->level) ||
		    !str_starts(line->message, rows[i].head) ||
		    !str_eq(line->file, rows[i].file))
			continue;
		line->matched = true;
		if (line->uuid.len)
			return SV_PARSE_MALFORMED;
		return rows[i].take(line, str_from(line->message, rows[i].head.len));
	}
	return SV_PARSE_SKIP;
}

/** FusionPBX by syslog: "[192.0.2.1] authentication failed for admin". The address is the
 *  web server's, in front of all that was typed. */
enum sv_parse
freeswitch_fusionpbx_parse(struct freeswitch_line *line)
{
	struct sv_str rest = line->text, ip;
	struct sv_event ev;

	if (!freeswitch_take(&rest, "[", "] authentication failed for ", &ip))
		return SV_PARSE_SKIP;
	line->message = line->text;
	freeswitch_begin(line, FREESWITCH_FUSIONPBX, &ev);
	ev.outcome = SV_REJECTED;
	ev.leg = SV_LEG_IN;
	ev.service = SV_SERVICE_HTTP;
	if (!address_parse(ip, &ev.peer_ip))
		return SV_PARSE_MALFORMED;
	ev.claim.user = freeswitch_claim(rest);
	return freeswitch_emit(line, &ev);
}

/* ---- mod_fail2ban ---- */

#define FAIL2BAN_FAILED "A registration failed user["
#define FAIL2BAN_ATTEMPTED "A registration was attempted user["
#define FAIL2BAN_ABANDONED "Abandoned call from  user["

bool
freeswitch_fail2ban_probe(struct sv_str s)
{
	return str_starts(s, SV_STR(FAIL2BAN_FAILED)) ||
	       str_starts(s, SV_STR(FAIL2BAN_ATTEMPTED)) ||
	       str_starts(s, SV_STR(FAIL2BAN_ABANDONED)) ||
	       str_starts(s, SV_STR("Fail2ban was started")) ||
	       str_starts(s, SV_STR("Fail2ban stoping"));
}

/** "2026-11-22T20:25:24.884521+051800": the zone's minutes are printed as seconds. */
static void
fail2ban_time(struct freeswitch_line *line, struct sv_str at, struct sv_event *ev)
{
	char text[48];
	uint64_t seconds = 0;
	size_t sign = str_find_last(at, SV_STR("+")), used;

	if (sign == STR_NONE || sign < 10)
		sign = str_find_last(at, SV_STR("-"));
	if (sign == STR_NONE || sign < 10 || sign + 3 > at.len || sign > 32)
		return;
	str_take_u64(str_from(at, sign + 3), &seconds);
	if (seconds >= 3600)
		return;
	memcpy(text, at.ptr, sign + 3);
	text[sign + 3] = ':';
	text[sign + 4] = (char)('0' + seconds / 600);
	text[sign + 5] = (char)('0' + seconds / 60 % 10);
	(void)line->ctx->stamp(line->ctx->user, str_make(text, sign + 6), &used,
			       &ev->time, &ev->time_source);
}

enum sv_parse
freeswitch_fail2ban_parse(struct freeswitch_line *line)
{
	struct sv_str m = line->text, user;
	bool failed = str_starts(m, SV_STR(FAIL2BAN_FAILED));
	struct sv_event ev;

	if (!failed && !str_starts(m, SV_STR(FAIL2BAN_ABANDONED)))
		return SV_PARSE_SKIP; /* good ones are attempted too */
	freeswitch_begin(line,
			 failed ? FREESWITCH_FAIL2BAN : FREESWITCH_FAIL2BAN_ABANDONED,
			 &ev);
	ev.outcome = failed ? SV_REJECTED : SV_ABANDONED;
	ev.leg = SV_LEG_IN;
	ev.code = failed ? 403 : 407;
	/* a call's failure is called a registration too: the method is not told */
	if (!freeswitch_take(&m, failed ? FAIL2BAN_FAILED : FAIL2BAN_ABANDONED, "",
			     &user))
		return SV_PARSE_SKIP;
	line->message = line->text;
	size_t at = str_find_last(user, SV_STR("] at["));
	if (at != STR_NONE && str_ends(user, SV_STR("]")))
		fail2ban_time(line, str_make(user.ptr + at + 5, user.len - at - 6),
			      &ev);
	return freeswitch_fold_begin(line, &ev, MARK_IP, user);
}
