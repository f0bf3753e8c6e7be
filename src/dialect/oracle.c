/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Oracle (Acme Packet) session border controllers by syslog and in log.sipd: what the
 * intrusion detection system reports. It rests on documents: Oracle's security guides
 * (appendices "Intrusion Detection System" and "Syslog", releases E80921, E95618, 10.0)
 * and its page on syslog reporting of rejected calls.
 *
 * A demotion is followed by the message that caused it, each of its lines a record of
 * its own behind the same words: a header line of the sender's can look like another
 * demotion. So what follows one within moments is in doubt, unless it names the same
 * address.
 *
 * Whole messages in sipmsg.log are read by the dialect sipmsg.
 */
#include "dialect/oracle.h"

#include "base/address.h"
#include "base/date.h"
#include "base/text.h"
#include "dialect/appliance.h"
#include "sip/outcome.h"

#include <ctype.h>

/** No box writes more in front of its message. */
#define FRONT_MAX ((size_t)200)
/** The lines of a message follow its demotion within this. */
#define DUMP_SPAN (2 * SV_USEC_PER_SEC)
#define BOXES 16

enum {
	ORACLE_NONE = 0,
	ORACLE_DEMOTED = 1,
	ORACLE_REJECTED = 2,
	ORACLE_LOGIN = 3,
	ORACLE_TEMPLATES
};

/* clang-format off */
static const struct appliance_template templates[ORACLE_TEMPLATES] = {
	[ORACLE_NONE] = { "", SV_TELL_ATTEMPT, false, SV_CHANNEL_OTHER },
	[ORACLE_DEMOTED] = { "demoted", SV_TELL_ATTEMPT, true, SV_CHANNEL_SECURITY },
	[ORACLE_REJECTED] = { "rejected", SV_TELL_ATTEMPT, true, SV_CHANNEL_MAIN },
	[ORACLE_LOGIN] = { "login", SV_TELL_ATTEMPT, true, SV_CHANNEL_OTHER },
};
/* clang-format on */

struct oracle_state {
	uint32_t clock;
	struct {
		uint64_t name; /* hash of the box's name or address */
		uint32_t age;  /* 0 = free */
		sv_usec demoted;
		struct sv_ip ip;
	} boxes[BOXES];
};

struct oracle_line {
	struct appliance_line at;
	struct sv_str process; /* "sipd" */
};

static const struct appliance_template *
template_of(uint32_t id)
{
	return appliance_template_of(templates, ORACLE_TEMPLATES, id);
}

static const char *
template_name(uint32_t id)
{
	return appliance_template_name(template_of(id));
}

/* ---- what stands in front ---- */

/** Letters and digits are 2, what else a host's name has is 1. */
/* clang-format off */
static const uint8_t host_bytes[256] = {
	['.'] = 1, [':'] = 1, ['_'] = 1, ['-'] = 1,
	['0' ... '9'] = 2, ['A' ... 'Z'] = 2, ['a' ... 'z'] = 2,
};
/* clang-format on */

static bool
is_host(struct sv_str word)
{
	for (size_t i = 0; i < word.len; i++)
		if (!host_bytes[(unsigned char)word.ptr[i]])
			return false;
	return word.len > 0;
}

/** "2dcc32a4]" */
static bool
take_number(struct sv_str *s)
{
	size_t n = 0;

	while (n < s->len && n < 17 && host_bytes[(unsigned char)s->ptr[n]] == 2 &&
	       (s->ptr[n] | 0x20) <= 'f')
		n++;
	if (n < 4 || n > 16 || n == s->len || s->ptr[n] != ']')
		return false;
	*s = str_from(*s, n + 1);
	return true;
}

/** "sipd[2dcc32a4] " or "sipd@CSE-4500-6: ", with a colon or without. */
static bool
take_process(struct oracle_line *line, struct sv_str *s)
{
	struct sv_str rest, id;
	size_t n = 0;

	while (n < s->len && n < 24 && host_bytes[(unsigned char)s->ptr[n]] == 2)
		n++;
	if (n < 3 || n >= s->len || (s->ptr[n] != '[' && s->ptr[n] != '@'))
		return false;
	struct sv_str name = str_upto(*s, n);
	rest = str_from(*s, n);
	if (appliance_skip(&rest, "[")) {
		if (!take_number(&rest))
			return false;
		(void)appliance_skip(&rest, ":");
	} else if (appliance_skip(&rest, "@")) {
		if (!appliance_take(&rest, ":", &id) || id.len > 64 ||
		    str_find_char(id, ' ') != STR_NONE)
			return false;
		line->at.host = id;
	} else {
		return false;
	}
	if (!appliance_skip(&rest, " "))
		return false;
	line->process = name;
	*s = rest;
	return true;
}

/** "ERROR ", "IDS[64] ", "[MINOR] (0) " */
static void
take_level(struct sv_str *s)
{
	struct sv_str rest = *s, id;
	size_t n = 0;

	while (n < rest.len && n < 16 && isupper((unsigned char)rest.ptr[n]))
		n++;
	rest = str_from(rest, n);
	if (n == 0)
		return;
	if (appliance_skip(&rest, "[") &&
	    !(appliance_take(&rest, "]", &id) && id.len <= 8))
		return;
	if (appliance_skip(&rest, " "))
		*s = rest;
}

static inline bool
begins_date(struct sv_str s)
{
	return s.len && ((s.ptr[0] >= '0' && s.ptr[0] <= '9') ||
			 (s.ptr[0] >= 'A' && s.ptr[0] <= 'Z'));
}

/** Addresses and one name of the box, a date, its process, a level; or these were taken off by who
 *  received it. */
static bool
read_front(struct oracle_line *line)
{
	struct sv_str s = line->at.text;
	bool process = false;
	unsigned names = 0;
	struct date date;
	struct sv_ip ip;

	for (unsigned i = 0; i < 4 && !process; i++) {
		appliance_skip_blanks(&s);
		size_t stamp = begins_date(s) ? date_take(s, &date) : 0;
		if (stamp) {
			line->at.date = str_upto(s, stamp);
			s = str_from(s, stamp);
			appliance_skip_blanks(&s);
		}
		if (take_process(line, &s)) {
			process = true;
			break;
		}
		size_t n = str_find_char(str_upto(s, 80), ' ');
		if (n == STR_NONE || !is_host(str_upto(s, n)))
			break;
		if (i == 0 && str_starts(str_from(s, n), SV_STR(" [IDS_LOG]")))
			break; /* a level */
		/* more words are a sentence of another program's */
		if (!address_parse(str_upto(s, n), &ip) && names++ > 0)
			break;
		line->at.host = str_upto(s, n);
		s = str_from(s, n);
	}
	if (!process)
		s = line->at.text;
	take_level(&s);
	line->at.body = s;
	/* without its process only what bears its mark is known to be of it */
	return process || str_starts(s, SV_STR("[IDS_LOG]")) ||
	       str_starts(s, SV_STR("authenticate_locally: "));
}

/* ---- demotions ---- */

/** A demotion of this box was told moments ago: the record may be text of its message. */
static bool
in_dump(struct oracle_line *line, struct sv_event *ev)
{
	struct oracle_state *st = line->at.ctx->state;
	const struct sv_record *r = line->at.record;
	uint64_t name = str_hash(r->host.len ? r->host : line->at.host, 5);
	sv_usec now = line->at.ctx->moment(line->at.ctx->user);
	size_t place = 0;

	for (size_t i = 0; i < BOXES; i++) {
		if (st->boxes[i].age && st->boxes[i].name == name) {
			place = i;
			break;
		}
		if (st->boxes[i].age < st->boxes[place].age)
			place = i;
	}
	bool known = st->boxes[place].age && st->boxes[place].name == name;
	/* nobody would forge his own address */
	bool doubt = known && st->boxes[place].demoted + DUMP_SPAN > now &&
		     !address_equal(&st->boxes[place].ip, &ev->peer_ip);
	if (ev->hint.template_id == ORACLE_DEMOTED) {
		st->boxes[place].name = name;
		st->boxes[place].age = ++st->clock;
		st->boxes[place].demoted = now;
		if (!doubt)
			st->boxes[place].ip = ev->peer_ip;
	}
	return doubt;
}

/** "access:192.168.101.120:0=low:DENY": realm, address, port, trust, state. */
static bool
read_address(struct sv_str s, struct sv_event *ev)
{
	size_t trust = str_find_last(s, SV_STR("=")), realm = str_find_char(s, ':');
	uint64_t port;

	if (trust == STR_NONE || realm == STR_NONE || realm > trust)
		return false;
	s = str_make(s.ptr + realm + 1, trust - realm - 1);
	size_t colon = str_find_last(s, SV_STR(":"));
	if (colon == STR_NONE || !address_parse(str_upto(s, colon), &ev->peer_ip))
		return false;
	if (appliance_number(str_from(s, colon + 1), &port) && port <= UINT16_MAX)
		ev->peer_port = (uint16_t)port;
	return true;
}

static enum sv_parse
demoted(struct oracle_line *line, struct sv_str s)
{
	struct sv_str address, between;
	struct sv_event ev;

	appliance_begin(&line->at, template_of(ORACLE_DEMOTED), ORACLE_DEMOTED, &ev);
	if (!appliance_take(&s, "] ", &address) || !read_address(address, &ev))
		return SV_PARSE_MALFORMED;
	/* the reason is the box's; behind it stands the sender's message */
	size_t theirs = str_find(s, SV_STR("last msg rcvd="));
	if (str_find(str_upto(s, theirs == STR_NONE ? s.len : theirs),
		     SV_STR("Demoted to ")) == STR_NONE)
		return SV_PARSE_SKIP;
	if (appliance_take(&s, "last msg rcvd=", &between)) {
		size_t n = str_find_char(str_upto(s, 32), ' ');
		if (n != STR_NONE && !str_starts(s, SV_STR("SIP/")))
			ev.method = method_of(str_upto(s, n));
	}
	ev.leg = SV_LEG_IN;
	ev.outcome = SV_BLOCKED;
	if (in_dump(line, &ev))
		ev.attribution = SV_ATTRIBUTION_FORGEABLE;
	return appliance_emit(&line->at, &ev);
}

/* ---- rejected requests ---- */

/** "status=483 (Too Many Hops)": the last one, and none if From or target hold another
 *  one, or the line was cut behind them. */
static void
read_status(struct sv_str s, struct sv_event *ev)
{
	size_t at = str_find_last(s, SV_STR("; status="));
	struct sv_str phrase;
	uint64_t code;

	ev->outcome = SV_REFUSED;
	if (at == STR_NONE || str_count(s, SV_STR("status=")) != 1)
		return;
	s = str_from(s, at + 9);
	if (str_take_u64(s, &code) != 3 || code < 300 || code > 699)
		return;
	ev->code = (uint16_t)code;
	ev->outcome = outcome_of_code(ev->code);
	s = str_from(s, 3);
	if (appliance_skip(&s, " (") && appliance_take(&s, ")", &phrase))
		ev->claim.phrase = phrase;
}

/** "From=sipp <sip:sipp@172.16.18.100:5060>;tag=1; target=sip:service@172.16.101.13 …":
 *  theirs, up to the status. */
static void
read_claims(struct sv_str s, struct sv_event *ev)
{
	size_t from = str_find(s, SV_STR("; From=")),
	       to = str_find(s, SV_STR("; target="));
	size_t end;

	if (from != STR_NONE) {
		struct sv_str header = str_from(s, from + 7);
		end = str_find(header, SV_STR("; "));
		header = str_upto(header, end == STR_NONE ? header.len : end);
		size_t uri = str_find_last(header, SV_STR("<"));
		header = str_from(header, uri == STR_NONE ? 0 : uri + 1);
		ev->claim.user = appliance_user(header);
	}
	if (to != STR_NONE) {
		struct sv_str uri = str_from(s, to + 9);
		end = str_find(uri, SV_STR(" rejected!"));
		if (end == STR_NONE)
			end = str_find(uri, SV_STR("; "));
		ev->claim.dst =
			appliance_user(str_upto(uri, end == STR_NONE ? 0 : end));
	}
}

static enum sv_parse
rejected(struct oracle_line *line, struct sv_str s)
{
	struct sv_str method, source, dest, transport;
	struct sv_event ev;
	struct sv_ip own;
	uint16_t port;

	appliance_begin(&line->at, template_of(ORACLE_REJECTED), ORACLE_REJECTED, &ev);
	if (!appliance_take(&s, " from source ", &method) || method.len > 32 ||
	    str_find_char(method, ' ') != STR_NONE ||
	    !appliance_take(&s, " to dest ", &source) ||
	    !address_parse_port(source, &ev.peer_ip, &ev.peer_port) ||
	    !appliance_take(&s, "[", &dest) || !address_parse_port(dest, &own, &port) ||
	    !appliance_take(&s, "]", &transport))
		return SV_PARSE_MALFORMED;
	(void)transport_find(transport, &ev.transport);
	ev.method = method_of(method);
	ev.leg = SV_LEG_IN;
	read_status(s, &ev);
	read_claims(s, &ev);
	if (ev.outcome == SV_OUTCOME_NONE)
		return SV_PARSE_SKIP;
	if (in_dump(line, &ev))
		ev.attribution = SV_ATTRIBUTION_FORGEABLE;
	return appliance_emit(&line->at, &ev);
}

/** The box's own console and shell: no address. */
static enum sv_parse
login(struct oracle_line *line, struct sv_str user)
{
	struct sv_event ev;

	appliance_begin(&line->at, template_of(ORACLE_LOGIN), ORACLE_LOGIN, &ev);
	ev.service = SV_SERVICE_MANAGER;
	ev.leg = SV_LEG_IN;
	ev.outcome = SV_REJECTED;
	ev.claim.user = user;
	return appliance_emit(&line->at, &ev);
}

static enum sv_parse
parse(struct sv_parse_context *ctx, const struct sv_record *record)
{
	struct oracle_line line = { 0 };

	appliance_open(&line.at, ctx, record);
	if (!read_front(&line) && !str_eq(record->ident, SV_STR("sipd")))
		return SV_PARSE_FOREIGN;
	if (record->ident.len && !str_starts(record->ident, SV_STR("sipd")) &&
	    !str_starts(record->ident, SV_STR("acli")))
		return SV_PARSE_FOREIGN;
	/* "sipd@CSE-4500-6:" was taken for a program's name */
	if (!line.at.host.len && str_starts(record->ident, SV_STR("sipd@")))
		line.at.host = str_from(record->ident, 5);
	if (!line.process.len)
		line.process = record->ident;
	struct sv_str s = line.at.body;
	if (str_starts(line.process, SV_STR("acli")) &&
	    appliance_skip(&s, "authenticate_locally: Authentication failed for user "))
		return login(&line, s);
	if (!appliance_skip(&s, "[IDS_LOG]"))
		return SV_PARSE_SKIP;
	appliance_skip_blanks(&s);
	if (appliance_skip(&s, "SigAddr["))
		return demoted(&line, s);
	return rejected(&line, s);
}

static void
flush(struct sv_parse_context *ctx)
{
	(void)ctx;
}

/** "sipd[", "acli@", "[IDS_LOG]": without one of these read_front() finds nothing.
 *  `near`: it stands where it is looked for. */
static bool
has_mark(struct sv_str text, bool *ret_near)
{
	size_t end;

	for (size_t i = 0; i < 2; i++) {
		struct sv_str s = text;
		size_t at;
		while ((at = str_find_char(s, "[@"[i])) != STR_NONE) {
			const char *p = s.ptr + at, *begin = p;
			while (begin > text.ptr &&
			       host_bytes[(unsigned char)begin[-1]] == 2)
				begin--;
			struct sv_str name = str_make(begin, (size_t)(p - begin));
			s = str_from(s, at + 1);
			end = (size_t)(begin - text.ptr) + 4;
			if (str_starts(s, SV_STR("IDS_LOG]")))
				end = (size_t)(p - text.ptr) + 9;
			else if (!str_eq(name, SV_STR("sipd")) &&
				 !str_starts(name, SV_STR("acli")))
				continue;
			*ret_near = end <= FRONT_MAX;
			return true;
		}
	}
	/* of "authenticate_locally: " */
	return str_find(str_upto(text, FRONT_MAX), SV_STR("_locally: ")) != STR_NONE;
}

static bool
probe(struct sv_str text)
{
	struct oracle_line line = { .at = { .text = text } };
	struct sv_str front = str_upto(text, FRONT_MAX);
	bool near = false;

	if (!has_mark(text, &near))
		return false;
	if (!near && str_find(front, SV_STR("[IDS_LOG]")) == STR_NONE &&
	    str_find(front, SV_STR("sipd")) == STR_NONE &&
	    str_find(front, SV_STR("acli")) == STR_NONE &&
	    str_find(front, SV_STR("authenticate_locally: ")) == STR_NONE)
		return false;
	return read_front(&line) &&
	       (!line.process.len || str_eq(line.process, SV_STR("sipd")) ||
		str_starts(line.process, SV_STR("acli")));
}

static const char *const idents[] = { "sipd", NULL };
static const char *const none[] = { NULL };

const struct sv_dialect oracle_dialect = {
	.name = "oracle",
	.doc = "Oracle (Acme Packet) SBC by syslog and in log.sipd: demotions and "
	       "rejected "
	       "requests that its intrusion detection reports",
	.idents = idents,
	.units = none,
	.files = none,
	.evidence = "documents",
	.template_name = template_name,
	.state_size = sizeof(struct oracle_state),
	.probe = probe,
	.parse = parse,
	.flush = flush,
};
