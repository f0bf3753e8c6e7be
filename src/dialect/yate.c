/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Yate. After its source (modules/ysipchan.cpp), not after a recording.
 *
 * Yate has no line about a password that it refused, but at its usual level it prints
 * every SIP message. These are read as the dialect sipmsg does, whose state this one
 * uses; of its own lines those about its registrations are read:
 *
 *   20261122104100.000001 <sip:WARN> SIP line 'carrier' logon failure 403: Forbidden
 *
 * A registration is then told once, by that line, and not by its messages. Bodies and
 * headers stand in the same file as they came: all of it is forgeable.
 */
#include "dialect/yate.h"

#include "base/address.h"
#include "dialect/copies.h"
#include "dialect/sipmsg.h"
#include "dialect/sipmsg_state.h"
#include "sip/outcome.h"

#include <ctype.h>
#include <stdio.h>

/** Behind the numbers of sipmsg's tools. */
enum yate_template {
	YATE_LOGON_FAILURE = 1000,
	YATE_LOGON_TIMEOUT,
	YATE_LOGON_SUCCESS,
	YATE_FLOOD,
};

struct yate_line {
	struct sv_parse_context *ctx;
	struct sv_str date, module, message;
};

static bool
is_level(struct sv_str word)
{
	static const char *const levels[] = { "FAIL", "TEST", "CRIT", "GOON",
					      "CONF", "STUB", "WARN", "MILD",
					      "NOTE", "CALL", "INFO", "ALL" };

	for (size_t i = 0; i < sizeof(levels) / sizeof(levels[0]); i++)
		if (str_eq(word, str_of(levels[i])))
			return true;
	return false;
}

/** "20261122104100.000001 <sip:WARN> ", the stamp may be missing. */
static bool
prefix_read(struct sv_str text, struct yate_line *line)
{
	size_t n = 0;

	while (n < text.len && n < 32 &&
	       (isdigit((unsigned char)text.ptr[n]) || text.ptr[n] == '.'))
		n++;
	if (n) {
		if (n < 12 || n == text.len || text.ptr[n] != ' ')
			return false;
		line->date = str_upto(text, n);
		text = str_from(text, n + 1);
	}
	if (!text.len || text.ptr[0] != '<')
		return false;
	size_t close = str_find(str_upto(text, 80), SV_STR("> "));
	size_t colon = str_find_char(str_upto(text, 80), ':');
	if (close == STR_NONE || colon == STR_NONE || colon > close ||
	    !is_level(str_make(text.ptr + colon + 1, close - colon - 1)))
		return false;
	line->module = str_make(text.ptr + 1, colon - 1);
	line->message = str_trim(str_from(text, close + 2));
	return true;
}

static bool
probe(struct sv_str text)
{
	struct yate_line line = { 0 };

	return prefix_read(text, &line);
}

static void
begin(enum yate_template template_id, enum sv_outcome outcome, enum sv_leg leg,
      struct sv_event *ev)
{
	memset(ev, 0, sizeof(*ev));
	ev->count = 1;
	ev->outcome = outcome;
	ev->leg = leg;
	ev->attribution = SV_ATTRIBUTION_FORGEABLE;
	ev->hint.template_id = template_id;
	ev->hint.tell = SV_TELL_ATTEMPT;
	ev->hint.alone = true;
	ev->hint.channel = SV_CHANNEL_MAIN;
}

static enum sv_parse
emit(struct yate_line *line, struct sv_event *ev)
{
	char iso[32];
	size_t used;

	if (line->date.len == 21) { /* not counted from its start */
		const char *p = line->date.ptr;
		snprintf(iso, sizeof(iso), "%.4s-%.2s-%.2s %.2s:%.2s:%.9s", p, p + 4,
			 p + 6, p + 8, p + 10, p + 12);
		(void)line->ctx->stamp(line->ctx->user, str_of(iso), &used, &ev->time,
				       &ev->time_source);
	}
	ev->hint.text_hash = copies_hash(line->message);
	line->ctx->emit(line->ctx->user, ev);
	return SV_PARSE_EVENT;
}

/** "carrier' logon failure 403: Forbidden": the phrase is the registrar's, the name in
 *  front of it Yate's. */
static enum sv_parse
logon(struct yate_line *line, struct sv_str s)
{
	const struct sv_str failure = SV_STR("failure "), success = SV_STR("success");
	struct sv_str word = SV_STR("' logon ");
	size_t at = str_find(s, word);
	struct sv_event ev;
	uint64_t code;

	if (at == STR_NONE)
		return SV_PARSE_SKIP;
	struct sv_str name = str_upto(s, at);
	s = str_from(s, at + word.len);
	if (str_starts(s, failure)) {
		s = str_from(s, failure.len);
		size_t n = str_take_u64(s, &code);
		if (n == 0 || code > 999)
			return SV_PARSE_MALFORMED;
		enum sv_outcome outcome = outcome_of_code((uint16_t)code);
		if (outcome == SV_CHALLENGED)
			outcome = SV_REJECTED; /* a 401 that ended it */
		begin(YATE_LOGON_FAILURE,
		      outcome == SV_OUTCOME_NONE ? SV_ERROR : outcome, SV_LEG_OUT, &ev);
		ev.code = (uint16_t)code;
		s = str_from(s, n);
		if (str_starts(s, SV_STR(": ")))
			ev.claim.phrase = str_upto(str_from(s, 2), SV_CLAIM_MAX_BYTES);
	} else if (str_eq(s, SV_STR("timeout"))) {
		begin(YATE_LOGON_TIMEOUT, SV_TIMEOUT, SV_LEG_OUT, &ev);
	} else if (str_starts(s, success)) {
		begin(YATE_LOGON_SUCCESS, SV_REGISTERED, SV_LEG_OUT, &ev);
		s = str_from(s, success.len);
		if (str_starts(s, SV_STR(" to ")))
			(void)address_parse_port(str_from(s, 4), &ev.peer_ip,
						 &ev.peer_port);
	} else {
		return SV_PARSE_SKIP;
	}
	ev.method = SV_REGISTER;
	ev.peer = str_upto(name, SV_CLAIM_MAX_BYTES);
	return emit(line, &ev);
}

static enum sv_parse
own_line(struct yate_line *line)
{
	const struct sv_str sip_line = SV_STR("SIP line '");
	struct sv_event ev;

	if (!str_eq(line->module, SV_STR("sip")))
		return SV_PARSE_SKIP;
	if (str_starts(line->message, sip_line))
		return logon(line, str_from(line->message, sip_line.len));
	if (str_starts(line->message, SV_STR("Flood detected, dropping "))) {
		begin(YATE_FLOOD, SV_BLOCKED, SV_LEG_IN, &ev);
		return emit(line, &ev);
	}
	return SV_PARSE_SKIP;
}

/** Of the messages: what Yate's registrations came to, its own line says. */
static void
take_message(void *user, const struct sv_event *event)
{
	struct sv_parse_context *ctx = user;
	struct sv_event ev = *event;

	if (ev.method == SV_REGISTER && ev.leg == SV_LEG_OUT)
		return;
	ev.attribution = SV_ATTRIBUTION_FORGEABLE;
	ctx->emit(ctx->user, &ev);
}

static bool
stamp_through(void *user, struct sv_str text, size_t *ret_used, sv_usec *ret_time,
	      enum sv_time_source *ret_source)
{
	struct sv_parse_context *ctx = user;

	return ctx->stamp(ctx->user, text, ret_used, ret_time, ret_source);
}

static sv_usec
moment_through(void *user)
{
	struct sv_parse_context *ctx = user;

	return ctx->moment(ctx->user);
}

/** The same context for sipmsg, with a sieve behind it. */
static struct sv_parse_context
sieve(struct sv_parse_context *ctx)
{
	struct sv_parse_context inner = *ctx;

	inner.user = ctx;
	inner.emit = take_message;
	inner.stamp = stamp_through;
	inner.moment = moment_through;
	return inner;
}

static enum sv_parse
parse(struct sv_parse_context *ctx, const struct sv_record *record)
{
	const struct sipmsg_state *msg = ctx->state;
	struct yate_line line = { .ctx = ctx };
	struct sipmsg_banner banner;
	struct sv_parse_context inner = sieve(ctx);

	/* what stands within a message is the sender's */
	if (msg->frame.style == STYLE_NONE && !msg->wait.open &&
	    prefix_read(record->text, &line) &&
	    !sipmsg_banner_read(NULL, record->text, &banner))
		return own_line(&line);
	return sipmsg_dialect.parse(&inner, record);
}

static void
flush(struct sv_parse_context *ctx)
{
	struct sv_parse_context inner = sieve(ctx);

	sipmsg_dialect.flush(&inner);
}

static const char *
template_name(uint32_t template_id)
{
	switch (template_id) {
	case YATE_LOGON_FAILURE:
		return "logon-failure";
	case YATE_LOGON_TIMEOUT:
		return "logon-timeout";
	case YATE_LOGON_SUCCESS:
		return "logon-success";
	case YATE_FLOOD:
		return "flood";
	default:
		return sipmsg_tool_name(template_id);
	}
}

static const char *const idents[] = { "yate", NULL };
static const char *const units[] = { "yate.service", NULL };
static const char *const files[] = { "/var/log/yate", "/var/log/yate.log*", NULL };

const struct sv_dialect yate_dialect = {
	.name = "yate",
	.doc = "Yate: the SIP messages in its log, its own registrations, floods",
	.idents = idents,
	.units = units,
	.files = files,
	.evidence = "documents",
	.documented = "all of it: the source of Yate",
	.template_name = template_name,
	.state_size = sizeof(struct sipmsg_state),
	.probe = probe,
	.parse = parse,
	.flush = flush,
};
