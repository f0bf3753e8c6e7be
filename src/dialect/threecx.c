/* SPDX-License-Identifier: Apache-2.0 */
/*
 * 3CX. After its documents and lines in public (3cx.com, "Analyzing registration"; threads
 * about CM503003 and "Unidentified Incoming Call"), not after a recording:
 *
 *   22-Nov-2026 10:04:06.123   [CM102001]: Authentication failed for SipReq: REGISTER …;
 *   Reason: Credentials don't match, …
 *
 * What stands in front of the bracket differs between versions: a date or not, fields of
 * a file. The only address of a refused registration is that of its Contact, which the
 * sender wrote: such events have none. Texts of callers may hold line breaks: all of it
 * is forgeable.
 */
#include "dialect/repro.h"

#include "base/address.h"
#include "base/text.h"
#include "dialect/copies.h"
#include "dialect/resip.h"
#include "sip/outcome.h"

#include <ctype.h>

/** What stands in front of the number of a message is no longer. */
#define LEAD_MAX ((size_t)160)

enum threecx_template {
	THREECX_NONE,
	THREECX_AUTH,
	THREECX_REGISTERED,
	THREECX_UNREGISTERED,
	THREECX_CALL_FAILED,
	THREECX_UNIDENTIFIED,
};

static const char *const names[] = {
	[THREECX_NONE] = "?",
	[THREECX_AUTH] = "auth-failed",
	[THREECX_REGISTERED] = "registered",
	[THREECX_UNREGISTERED] = "unregistered",
	[THREECX_CALL_FAILED] = "call-failed",
	[THREECX_UNIDENTIFIED] = "unidentified-call",
};

struct threecx_line {
	struct sv_parse_context *ctx;
	struct sv_str date, message;
	uint64_t number;
};

/** Dates, levels, source files; nothing that a caller writes. */
static bool
is_lead(struct sv_str s)
{
	static const char marks[] = " \t|.:,-/\\()_";

	for (size_t i = 0; i < s.len; i++)
		if (!isalnum((unsigned char)s.ptr[i]) &&
		    !memchr(marks, s.ptr[i], sizeof(marks) - 1))
			return false;
	return true;
}

/** The numbers that tell something. Most lines have others: what stands in front of these
 *  does not matter. */
static bool
is_telling(uint64_t number)
{
	return number == 102001 || number == 503003 || number == 504001 ||
	       number == 504002;
}

/** "[CM102001]: " */
static bool
prefix_read(struct sv_str text, struct threecx_line *line)
{
	size_t at = str_find_char(str_upto(text, LEAD_MAX), '[');

	if (at == STR_NONE || text.len - at < 12 || text.ptr[at + 1] != 'C' ||
	    text.ptr[at + 2] != 'M')
		return false;
	struct sv_str s = str_from(text, at + 3);
	if (str_take_u64(str_upto(s, 7), &line->number) != 6 || s.ptr[6] != ']' ||
	    s.ptr[7] != ':')
		return false;
	if (!is_telling(line->number))
		return true;
	if (!is_lead(str_upto(text, at)))
		return false;
	line->date = str_trim(str_upto(text, at));
	line->message = str_trim(str_from(s, 8));
	return true;
}

/** Newer versions give no number to it. */
static bool
is_unidentified(struct sv_str text, size_t *ret_at)
{
	*ret_at = str_find(str_upto(text, LEAD_MAX + 32),
			   SV_STR("Unidentified Incoming Call. "));
	return *ret_at != STR_NONE && is_lead(str_upto(text, *ret_at));
}

static bool
probe(struct sv_str text)
{
	struct threecx_line line = { 0 };
	size_t at;

	return prefix_read(text, &line) || is_unidentified(text, &at);
}

static void
begin(enum threecx_template template_id, enum sv_outcome outcome, enum sv_leg leg,
      enum sv_method method, struct sv_event *ev)
{
	memset(ev, 0, sizeof(*ev));
	ev->count = 1;
	ev->outcome = outcome;
	ev->leg = leg;
	ev->method = method;
	ev->attribution = SV_ATTRIBUTION_FORGEABLE;
	ev->hint.template_id = template_id;
	ev->hint.tell = SV_TELL_ATTEMPT;
	ev->hint.alone = true;
	ev->hint.channel = SV_CHANNEL_MAIN;
}

static enum sv_parse
emit(struct threecx_line *line, struct sv_event *ev)
{
	size_t used;

	(void)line->ctx->stamp(line->ctx->user, line->date, &used, &ev->time,
			       &ev->time_source);
	ev->hint.text_hash = copies_hash(line->message);
	line->ctx->emit(line->ctx->user, ev);
	return SV_PARSE_EVENT;
}

/** "Authentication failed for SipReq: REGISTER …; Reason: …": 3CX wrote the reason. */
static enum sv_parse
auth_failed(struct threecx_line *line)
{
	const struct sv_str head = SV_STR("Authentication failed for "),
			    reason = SV_STR("; Reason: ");
	struct resip_brief brief = { 0 };
	struct sv_event ev;

	if (!str_starts(line->message, head))
		return SV_PARSE_SKIP;
	struct sv_str s = str_from(line->message, head.len);
	size_t at = str_find_last(s, reason);
	if (!resip_brief_read(str_upto(s, at == STR_NONE ? s.len : at), &brief) ||
	    !brief.is_request)
		return SV_PARSE_MALFORMED;
	begin(THREECX_AUTH, SV_REJECTED, SV_LEG_IN, brief.method, &ev);
	size_t host = str_find_last(brief.contact, SV_STR("@"));
	ev.claim.user =
		resip_claim(str_upto(brief.contact, host == STR_NONE ? 0 : host));
	return emit(line, &ev);
}

/** "Ext.100: new contact is registered. …" */
static enum sv_parse
registration(struct threecx_line *line)
{
	bool gone = line->number == 504002;
	const struct sv_str words = gone ? SV_STR(": a contact is unregistered")
					 : SV_STR(": new contact is registered");
	size_t at = str_find(str_upto(line->message, 128), words);
	struct sv_event ev;

	if (at == STR_NONE || !str_starts(line->message, SV_STR("Ext.")))
		return SV_PARSE_SKIP;
	begin(gone ? THREECX_UNREGISTERED : THREECX_REGISTERED,
	      gone ? SV_UNREGISTERED : SV_REGISTERED, SV_LEG_IN, SV_REGISTER, &ev);
	ev.peer = resip_claim(str_make(line->message.ptr + 4, at - 4));
	return emit(line, &ev);
}

/** "Call(C:3): Call to sip:555@trunk has failed; Cause: 486 Busy Here; from IP:A:P": the
 *  phrase is the other end's, 3CX wrote the address behind it. */
static enum sv_parse
call_failed(struct threecx_line *line)
{
	const struct sv_str cause = SV_STR(" has failed; Cause: "),
			    ip = SV_STR("; from IP:");
	/* the number dialled stands before the cause, the phrase behind it */
	size_t at = str_find(line->message, cause);
	struct sv_event ev;
	uint64_t code;

	if (at == STR_NONE || !str_starts(line->message, SV_STR("Call")))
		return SV_PARSE_SKIP;
	struct sv_str s = str_from(line->message, at + cause.len);
	if (str_take_u64(s, &code) != 3 || code < 300 || code > 699)
		return SV_PARSE_SKIP;
	enum sv_outcome outcome = outcome_of_code((uint16_t)code);
	if (outcome == SV_OUTCOME_NONE)
		return SV_PARSE_SKIP;
	if (outcome == SV_CHALLENGED)
		outcome = SV_REJECTED;
	begin(THREECX_CALL_FAILED, outcome, SV_LEG_OUT, SV_INVITE, &ev);
	ev.code = (uint16_t)code;
	s = str_trim(str_from(s, 3));
	size_t from = str_find_last(s, ip);
	if (from != STR_NONE && str_find_last(line->message, cause) == at)
		(void)address_parse_port(str_from(s, from + ip.len), &ev.peer_ip,
					 &ev.peer_port);
	ev.claim.phrase = resip_claim(str_upto(s, from == STR_NONE ? s.len : from));
	return emit(line, &ev);
}

static enum sv_parse
parse(struct sv_parse_context *ctx, const struct sv_record *record)
{
	struct threecx_line line = { .ctx = ctx };
	struct sv_event ev;
	size_t at;

	if (prefix_read(record->text, &line)) {
		switch (line.number) {
		case 102001:
			return auth_failed(&line);
		case 503003:
			return call_failed(&line);
		case 504001:
		case 504002:
			return registration(&line);
		default:
			return SV_PARSE_SKIP;
		}
	}
	if (!is_unidentified(record->text, &at))
		return SV_PARSE_FOREIGN;
	line.date = str_trim(str_upto(record->text, at));
	line.message = str_from(record->text, at);
	begin(THREECX_UNIDENTIFIED, SV_UNKNOWN, SV_LEG_IN, SV_INVITE, &ev);
	return emit(&line, &ev);
}

static void
flush(struct sv_parse_context *ctx)
{
	(void)ctx; /* nothing is held */
}

static const char *
template_name(uint32_t template_id)
{
	return template_id < sizeof(names) / sizeof(names[0]) ? names[template_id]
							      : "?";
}

static const char *const none[] = { NULL };
static const char *const files[] = {
	"/var/lib/3cxpbx/Instance1/Data/Logs/3CXCallFlow.log*", NULL
};

const struct sv_dialect threecx_dialect = {
	.name = "3cx",
	.doc = "3CX: refused registrations, extensions that register, failed calls, "
	       "unidentified calls",
	.idents = none,
	.units = none,
	.files = files,
	.evidence = "documents",
	.documented = "all of it: documents of 3CX and lines published by its users",
	.template_name = template_name,
	.state_size = 1,
	.probe = probe,
	.parse = parse,
	.flush = flush,
};
