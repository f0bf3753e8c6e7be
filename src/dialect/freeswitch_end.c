/* SPDX-License-Identifier: Apache-2.0 */
/*
 * How a call ended. FreeSWITCH makes one cause of many codes: 401, 403, 407 and 603 are
 * all CALL_REJECTED. The code itself, where it is told, goes before the cause.
 */
#include "dialect/freeswitch_line.h"

#include "sip/codes.h"
#include "sip/outcome.h"

/** An end waits for its code while so many channels are made. */
#define CLOSING_PATIENCE 512

/** By FreeSWITCH's word for a cause. */
static const struct q850 *
cause_of(struct sv_str word)
{
	size_t n;
	const struct q850 *all = codes_all_q850(&n);

	for (size_t i = 0; i < n; i++)
		if (all[i].freeswitch && str_eq(str_of(all[i].freeswitch), word))
			return &all[i];
	return NULL;
}

/** Causes of FreeSWITCH's own that tell of a call that went well or was given up. */
static bool
is_given_up(struct sv_str word)
{
	static const char *const words[] = { "ORIGINATOR_CANCEL", "LOSE_RACE",
					     "PICKED_OFF",        "ATTENDED_TRANSFER",
					     "BLIND_TRANSFER",    "MANAGER_REQUEST",
					     "SYSTEM_SHUTDOWN",   "MEDIA_TIMEOUT" };

	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		if (str_eq(str_of(words[i]), word))
			return true;
	return false;
}

/** What a cause means when no code is told. Of an outgoing leg it was made of the code
 *  that came, of an incoming one the code is made of it. */
static enum sv_outcome
outcome_of_cause(struct sv_str word, bool out)
{
	const struct q850 *cause = cause_of(word);

	if (is_given_up(word))
		return SV_CANCELED;
	if (str_eq(word, SV_STR("NORMAL_CLEARING")))
		return SV_OUTCOME_NONE; /* answered, or ended by the dialplan */
	if (str_eq(word, SV_STR("USER_NOT_REGISTERED")))
		return SV_NOANSWER;
	if (out && str_eq(word, SV_STR("CALL_REJECTED")))
		return SV_FORBIDDEN; /* 401, 403, 407, 603, 608 */
	if (out && str_eq(word, SV_STR("NO_USER_RESPONSE")))
		return SV_NOANSWER; /* 480 */
	if (cause && cause->freeswitch_sends)
		return outcome_of_code(cause->freeswitch_sends);
	return SV_ERROR;
}

/** A code that ended an attempt. */
static enum sv_outcome
outcome_of_end(uint16_t code, bool out, bool relayed)
{
	enum sv_outcome outcome = outcome_of_code(code);

	if (outcome == SV_CHALLENGED)
		/* passed on from another leg it is not the caller's password */
		outcome = out && !relayed ? SV_REJECTED : SV_REFUSED;
	if (!out && code >= 900)
		outcome = SV_ERROR; /* no code that went out */
	return outcome;
}

void
freeswitch_end_fill(struct freeswitch_line *line, const struct freeswitch_session *s,
		    uint32_t template_id, struct sv_event *ev)
{
	freeswitch_begin(line, template_id, ev);
	ev->leg = (enum sv_leg)s->leg;
	ev->method = SV_INVITE;
	ev->claim.user = freeswitch_claim_get(&s->user);
	ev->claim.dst = freeswitch_claim_get(&s->dst);
	if (s->leg == SV_LEG_OUT)
		ev->peer = freeswitch_name_get(&s->peer);
	if (!s->sure)
		ev->attribution = SV_ATTRIBUTION_FORGEABLE;
	if (s->mixed)
		return;
	if (s->leg == SV_LEG_IN && s->ip.family) {
		ev->peer_ip = s->ip;
		ev->peer_port = s->port;
	} else if (s->leg == SV_LEG_OUT && s->told && s->contact.family) {
		ev->peer_ip = s->contact;
		ev->peer_port = s->contact_port;
	}
}

static uint16_t
cause_number(struct sv_str cause)
{
	const struct q850 *q850 = cause_of(cause);

	return q850 ? q850->cause : 0;
}

/** FreeSWITCH's own causes are no Q.850, but where no code is told they are all there is
 *  to say why. */
static void
cause_fill(uint16_t number, const struct freeswitch_session *s, struct sv_event *ev)
{
	const struct q850 *cause = codes_q850_find(number);

	if (number <= Q850_MAX_CAUSE)
		ev->q850 = number;
	else if (cause && cause->category && !s->code)
		ev->category = str_of(cause->category);
}

/* ---- ends that wait for their code ---- */

static void
closing_emit(struct freeswitch_line *line, struct freeswitch_closing *c)
{
	const struct freeswitch_session *s =
		freeswitch_session_find(line->state, c->key);
	struct freeswitch_line at = { .ctx = line->ctx,
				      .state = line->state,
				      .doubtful = c->doubtful };
	struct sv_event ev;

	c->used = false;
	if (!s)
		return;
	freeswitch_end_fill(&at, s, FREESWITCH_HANGUP, &ev);
	ev.outcome = (enum sv_outcome)c->outcome;
	cause_fill(c->q850, s, &ev);
	if (s->code) {
		ev.code = s->code < 900 || s->leg == SV_LEG_OUT ? s->code : 0;
		ev.outcome = outcome_of_end(s->code, s->leg == SV_LEG_OUT, s->relayed);
	}
	if (ev.outcome == SV_OUTCOME_NONE)
		return;
	freeswitch_evidence_use(&c->evidence, &ev);
	ev.hint.text_hash = freeswitch_text_hash(ev.records[0].text);
	(void)freeswitch_emit(&at, &ev);
}

static struct freeswitch_closing *
closing_find(struct freeswitch_state *st, uint64_t key)
{
	for (size_t i = 0; i < FREESWITCH_CLOSING; i++)
		if (st->closing[i].used && st->closing[i].key == key)
			return &st->closing[i];
	return NULL;
}

static struct freeswitch_closing *
closing_new(struct freeswitch_line *line)
{
	struct freeswitch_state *st = line->state;
	struct freeswitch_closing *best = NULL;

	for (size_t i = 0; i < FREESWITCH_CLOSING; i++) {
		struct freeswitch_closing *c = &st->closing[i];
		if (!c->used)
			return c;
		if (st->clock - c->age > CLOSING_PATIENCE) {
			closing_emit(line, c);
			return c;
		}
		if (!best || st->clock - c->age > st->clock - best->age)
			best = c;
	}
	closing_emit(line, best);
	return best;
}

void
freeswitch_end_flush(struct sv_parse_context *ctx)
{
	struct freeswitch_state *st = ctx->state;
	struct freeswitch_line line = { .ctx = ctx, .state = st };

	for (size_t i = 0; i < FREESWITCH_CLOSING; i++)
		if (st->closing[i].used)
			closing_emit(&line, &st->closing[i]);
}

bool
freeswitch_end_release(struct freeswitch_line *line, const struct freeswitch_session *s)
{
	struct freeswitch_closing *c = closing_find(line->state, s->key);

	if (c)
		closing_emit(line, c);
	return c != NULL;
}

enum sv_parse
freeswitch_end_later(struct freeswitch_line *line, const struct freeswitch_session *s,
		     struct sv_str cause)
{
	struct freeswitch_closing *c = closing_new(line);

	memset(c, 0, sizeof(*c));
	c->used = true;
	c->key = s->key;
	c->age = line->state->clock;
	c->q850 = cause_number(cause);
	c->outcome = (uint8_t)outcome_of_cause(cause, false);
	freeswitch_evidence_set(line, &c->evidence);
	return SV_PARSE_EVENT;
}

enum sv_parse
freeswitch_end_now(struct freeswitch_line *line, const struct freeswitch_session *s,
		   struct sv_str cause)
{
	bool out = s->leg == SV_LEG_OUT;
	struct sv_event ev;

	freeswitch_end_fill(line, s, FREESWITCH_HANGUP, &ev);
	ev.outcome = outcome_of_cause(cause, out);
	cause_fill(cause_number(cause), s, &ev);
	if (s->code) {
		ev.code = s->code;
		ev.outcome = outcome_of_end(s->code, out, s->relayed);
	}
	if (ev.outcome == SV_OUTCOME_NONE || s->leg == SV_LEG_UNKNOWN)
		return SV_PARSE_SKIP;
	return freeswitch_emit(line, &ev);
}
