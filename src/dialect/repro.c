/* SPDX-License-Identifier: Apache-2.0 */
/*
 * repro. After its source (rutil/Log.cxx for the prefix; repro/monkeys/
 * DigestAuthenticator.cxx, RequestFilter.cxx; resip/stack/Transport.cxx), not after a
 * recording:
 *
 *   INFO | 20261122-100406.123 | repro | REPRO | 1402 | DigestAuthenticator.cxx:167 | …
 *   REPRO | 1402 | DigestAuthenticator.cxx:167 | …          through syslog
 *
 * No line of it has an address at the usual level, so no event blames anybody. In a file
 * what callers sent may hold line breaks (%0a in a URI), and a line break begins a new
 * line of the log: what is read in a file is forgeable.
 */
#include "dialect/repro.h"

#include "base/text.h"
#include "dialect/copies.h"
#include "dialect/resip.h"
#include "sip/outcome.h"

#include <ctype.h>
#include <stdio.h>

/** No field of the prefix is longer. */
#define FIELD_MAX ((size_t)256)
/** Responses that were told; a copy of one is nothing. */
#define RESPONSES 1024
/** Refusals whose response may still be logged. */
#define REFUSALS 16
/** … within so many telling lines of the thread that refused. */
#define PATIENCE 32

enum repro_template {
	REPRO_NONE,
	REPRO_AUTH,
	REPRO_FORGED_FROM,
	REPRO_FILTER,
	REPRO_MALFORMED,
	REPRO_RESPONSE,
};

static const char *const names[] = {
	[REPRO_NONE] = "?",
	[REPRO_AUTH] = "auth-failed",
	[REPRO_FORGED_FROM] = "foreign-from",
	[REPRO_FILTER] = "request-filter",
	[REPRO_MALFORMED] = "malformed",
	[REPRO_RESPONSE] = "response",
};

struct repro_state {
	uint64_t responses[RESPONSES]; /* by hash */
	struct {
		uint64_t thread;
		uint16_t code;
		uint16_t patience; /* telling lines of the thread, 0 = free */
	} refusals[REFUSALS];
	uint32_t next;
};

struct repro_line {
	struct sv_parse_context *ctx;
	const struct sv_record *record;
	struct repro_state *state;
	struct sv_str date; /* empty through syslog */
	struct sv_str thread_text;
	uint64_t thread; /* its hash, when the line tells something */
	struct sv_str message;
};

static bool
is_level(struct sv_str word)
{
	static const char *const levels[] = { "EMERG",   "ALERT",  "CRIT",  "ERR",
					      "WARNING", "NOTICE", "STACK", "CERR" };

	/* most lines have these */
	if (str_eq(word, SV_STR("DEBUG")) || str_eq(word, SV_STR("INFO")))
		return true;
	for (size_t i = 0; i < sizeof(levels) / sizeof(levels[0]); i++)
		if (str_eq(word, str_of(levels[i])))
			return true;
	return false;
}

/** Up to the next " | ". */
static bool
take_field(struct sv_str *s, struct sv_str *ret_field)
{
	size_t n = str_find_char(str_upto(*s, FIELD_MAX), '|');

	if (n == STR_NONE || n == 0 || n + 1 >= s->len || s->ptr[n - 1] != ' ' ||
	    s->ptr[n + 1] != ' ')
		return false;
	*ret_field = str_upto(*s, n - 1);
	*s = str_from(*s, n + 2);
	return true;
}

static bool
is_thread(struct sv_str s)
{
	for (size_t i = 0; i < s.len; i++)
		if (!isxdigit((unsigned char)s.ptr[i]) && s.ptr[i] != 'x')
			return false;
	return s.len > 0;
}

/** "DigestAuthenticator.cxx:167" */
static bool
is_place(struct sv_str s)
{
	size_t colon = str_find_last(s, SV_STR(".cxx:"));

	if (colon == STR_NONE)
		colon = str_find_last(s, SV_STR(".hxx:"));
	if (colon == STR_NONE || colon + 5 == s.len)
		return false;
	for (size_t i = colon + 5; i < s.len; i++)
		if (!isdigit((unsigned char)s.ptr[i]))
			return false;
	return true;
}

/** "20261122-100406.123" */
static bool
is_stamp(struct sv_str s)
{
	if (s.len != 19 || s.ptr[8] != '-' || s.ptr[15] != '.')
		return false;
	for (size_t i = 0; i < s.len; i++)
		if (i != 8 && i != 15 && !isdigit((unsigned char)s.ptr[i]))
			return false;
	return true;
}

/** All of the prefix was written by repro: from the left. */
static bool
prefix_read(struct sv_str text, struct repro_line *line)
{
	struct sv_str field, thread, place, app;

	if (text.len < 24 || !isupper((unsigned char)text.ptr[0]) ||
	    !take_field(&text, &field))
		return false;
	if (is_level(field)) {
		if (!take_field(&text, &line->date) || !is_stamp(line->date) ||
		    !take_field(&text, &app) || !take_field(&text, &field))
			return false;
	}
	if (!take_field(&text, &thread) || !is_thread(thread) ||
	    !take_field(&text, &place) || !is_place(place))
		return false;
	line->thread_text = thread;
	line->message = text;
	return true;
}

static bool
probe(struct sv_str text)
{
	struct repro_line line = { 0 };

	return prefix_read(text, &line);
}

static void
begin(const struct repro_line *line, enum repro_template template_id,
      struct sv_event *ev)
{
	bool whole = line->record->ident.len || (line->record->flags & SV_RECORD_WHOLE);

	memset(ev, 0, sizeof(*ev));
	ev->count = 1;
	ev->leg = SV_LEG_IN;
	ev->attribution = whole ? SV_ATTRIBUTION_CERTAIN : SV_ATTRIBUTION_FORGEABLE;
	ev->hint.template_id = template_id;
	ev->hint.tell = SV_TELL_ATTEMPT;
	ev->hint.alone = true;
	ev->hint.channel = SV_CHANNEL_MAIN;
}

static enum sv_parse
emit(struct repro_line *line, struct sv_event *ev)
{
	char iso[32];
	size_t used;

	if (line->date.len) {
		const char *p = line->date.ptr;
		snprintf(iso, sizeof(iso), "%.4s-%.2s-%.2s %.2s:%.2s:%.6s", p, p + 4,
			 p + 6, p + 9, p + 11, p + 13);
		(void)line->ctx->stamp(line->ctx->user, str_of(iso), &used, &ev->time,
				       &ev->time_source);
	}
	ev->hint.text_hash = copies_hash(line->message);
	line->ctx->emit(line->ctx->user, ev);
	return SV_PARSE_EVENT;
}

/* ---- a refusal, and its response behind it ---- */

static void
refusal_keep(struct repro_line *line, uint16_t code)
{
	struct repro_state *st = line->state;
	uint32_t i = st->next++ % REFUSALS;

	st->refusals[i].thread = line->thread;
	st->refusals[i].code = code;
	st->refusals[i].patience = PATIENCE;
}

/** The thread refused a request with this code just now: its response tells nothing
 *  new. */
static bool
refusal_take(struct repro_line *line, uint16_t code)
{
	struct repro_state *st = line->state;

	for (size_t i = 0; i < REFUSALS; i++) {
		if (!st->refusals[i].patience || st->refusals[i].code != code ||
		    st->refusals[i].thread != line->thread)
			continue;
		st->refusals[i].patience = 0;
		return true;
	}
	return false;
}

static void
refusals_tick(struct repro_line *line)
{
	struct repro_state *st = line->state;

	for (size_t i = 0; i < REFUSALS; i++)
		if (st->refusals[i].patience && st->refusals[i].thread == line->thread)
			st->refusals[i].patience--;
}

/* ---- what lines say ---- */

/** "U at realm R. Sending 403" */
static enum sv_parse
auth_failed(struct repro_line *line, struct sv_str s)
{
	struct sv_str tail = SV_STR(". Sending 403");
	struct sv_event ev;

	if (!str_ends(s, tail))
		return SV_PARSE_MALFORMED;
	size_t at = str_find_last(s, SV_STR(" at realm "));
	begin(line, REPRO_AUTH, &ev);
	ev.outcome = SV_REJECTED;
	ev.code = 403;
	ev.claim.user = resip_claim(str_upto(s, at == STR_NONE ? 0 : at));
	refusal_keep(line, 403);
	return emit(line, &ev);
}

/** "U at realm: R trying to forge request from: URI" */
static enum sv_parse
foreign_from(struct repro_line *line, struct sv_str s)
{
	size_t at = str_find(s, SV_STR(" at realm: "));
	struct sv_event ev;

	if (str_find(s, SV_STR(" trying to forge request from: ")) == STR_NONE)
		return SV_PARSE_SKIP;
	begin(line, REPRO_FORGED_FROM, &ev);
	ev.outcome = SV_FORBIDDEN;
	ev.code = 403;
	ev.claim.user = resip_claim(str_upto(s, at == STR_NONE ? 0 : at));
	refusal_keep(line, 403);
	return emit(line, &ev);
}

/** "403, customReason=…" */
static enum sv_parse
filtered(struct repro_line *line, struct sv_str s)
{
	struct sv_event ev;
	uint64_t code;

	if (str_take_u64(s, &code) != 3 || code < 400 || code > 699)
		return SV_PARSE_MALFORMED;
	begin(line, REPRO_FILTER, &ev);
	ev.code = (uint16_t)code;
	ev.outcome = code == 401 || code == 407 ? SV_FORBIDDEN
						: outcome_of_code((uint16_t)code);
	refusal_keep(line, (uint16_t)code);
	return emit(line, &ev);
}

static enum sv_parse
malformed(struct repro_line *line, struct sv_str s)
{
	struct resip_brief brief = { 0 };
	struct sv_event ev;

	begin(line, REPRO_MALFORMED, &ev);
	if (resip_brief_read(s, &brief)) {
		if (!brief.is_request)
			ev.leg = SV_LEG_OUT;
		ev.method = brief.method;
	}
	ev.outcome = SV_MALFORMED;
	ev.code = ev.leg == SV_LEG_IN ? 400 : 0;
	refusal_keep(line, 400);
	return emit(line, &ev);
}

static bool
is_new_response(struct repro_state *st, const struct resip_brief *b)
{
	uint64_t key = str_hash(b->tid, (uint64_t)b->code * 64 + (uint64_t)b->method);

	key = key * 2 + b->from_wire + 1;
	uint64_t *slot = &st->responses[(key ^ key >> 32) % RESPONSES];
	if (*slot == key)
		return false;
	*slot = key;
	return true;
}

/** A challenge is nothing: the request that answers it has another transaction. */
static enum sv_parse
response(struct repro_line *line, const struct resip_brief *b)
{
	enum sv_outcome outcome = outcome_of_code(b->code);
	struct sv_event ev;

	if (outcome == SV_OUTCOME_NONE || outcome == SV_CHALLENGED ||
	    b->method == SV_OPTIONS || b->method == SV_BYE || b->method == SV_CANCEL ||
	    (outcome == SV_OK && b->method != SV_REGISTER && b->method != SV_INVITE))
		return SV_PARSE_SKIP;
	if (!is_new_response(line->state, b) ||
	    (!b->from_wire && refusal_take(line, b->code)))
		return SV_PARSE_SKIP;
	begin(line, REPRO_RESPONSE, &ev);
	ev.leg = b->from_wire ? SV_LEG_OUT : SV_LEG_IN;
	ev.method = b->method;
	ev.code = b->code;
	ev.outcome = outcome;
	ev.hint.session = str_hash(b->tid, 0) | 1;
	return emit(line, &ev);
}

/** A response in short form, behind a few words at most: "SEND: SipResp: 403 …" */
static bool
response_find(struct sv_str s, struct resip_brief *ret_brief)
{
	size_t at = str_find(str_upto(s, 64), SV_STR("SipResp: "));

	if (at == STR_NONE || str_find(str_upto(s, at), SV_STR("SipReq")) != STR_NONE)
		return false;
	for (size_t i = 0; i < at; i++)
		if (!isalpha((unsigned char)s.ptr[i]) && s.ptr[i] != ' ' &&
		    s.ptr[i] != ':' && s.ptr[i] != '-')
			return false;
	return resip_brief_read(str_from(s, at), ret_brief);
}

#define TEXT(s)                    \
	{                          \
		(s), sizeof(s) - 1 \
	}

static const struct {
	struct sv_str head;
	enum sv_parse (*take)(struct repro_line *line, struct sv_str rest);
} rows[] = {
	{ TEXT("Authentication failed for "), auth_failed },
	{ TEXT("User: "), foreign_from },
	{ TEXT("Request is blocked - responding with a "), filtered },
	{ TEXT("Message Failed basicCheck :"), malformed },
	{ TEXT("Malformed From header: cannot get realm to challenge with. "),
	  malformed },
};

/** By its first letter, or because no answer is near its beginning. */
static bool
tells_nothing(const struct repro_line *line)
{
	struct sv_str s = line->message;

	return !s.len || (!strchr("AURM", s.ptr[0]) &&
			  str_find(str_upto(s, 80), SV_STR("SipResp: ")) == STR_NONE);
}

static enum sv_parse
parse(struct sv_parse_context *ctx, const struct sv_record *record)
{
	struct repro_line line = { .ctx = ctx, .record = record, .state = ctx->state };
	struct resip_brief brief;

	if (!prefix_read(record->text, &line))
		return SV_PARSE_FOREIGN;
	if (tells_nothing(&line))
		return SV_PARSE_SKIP;
	line.thread = str_hash(line.thread_text, 1);
	refusals_tick(&line);
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		if (str_starts(line.message, rows[i].head))
			return rows[i].take(&line,
					    str_from(line.message, rows[i].head.len));
	if (response_find(line.message, &brief) && !brief.is_request)
		return response(&line, &brief);
	return SV_PARSE_SKIP;
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

static const char *const idents[] = { "repro", NULL };
static const char *const units[] = { "repro.service", NULL };
static const char *const files[] = { "/var/log/repro/repro.log*", NULL };

const struct sv_dialect repro_dialect = {
	.name = "repro",
	.doc = "repro of reSIProcate: refused passwords, filters, malformed requests, "
	       "answers; file and syslog",
	.idents = idents,
	.units = units,
	.files = files,
	.evidence = "documents",
	.documented = "all of it: the source of reSIProcate",
	.template_name = template_name,
	.state_size = sizeof(struct repro_state),
	.probe = probe,
	.parse = parse,
	.flush = flush,
};
