/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Calls that we place. One dialled leg is one attempt, told by several lines:
 *
 *   pbx.c       Executing [n@c:1] Dial("SIP/1001-…", "SIP/trunk/555,20")   planned
 *   app_dial.c  Called SIP/trunk/555                                       called
 *   chan_sip.c  Got SIP response 486 "Busy Here" back from 192.0.2.1:5060  its code
 *   app_dial.c  SIP/trunk-0000001f is busy                                 its outcome
 *   app_dial.c  Everyone is busy/congested at this time (1:1/0/0)          the end
 *   pbx.c       Executing […] NoOp("…", "… HANGUPCAUSE = 17") in new stack  its cause
 *
 * They belong together by the call mark (or, without marks, by the thread) and are one
 * event. The cause comes after the end, so a failed leg waits a moment for it.
 */
#include "dialect/asterisk_line.h"

#include "dialect/copies.h"

#include "base/address.h"
#include "sip/outcome.h"

#include <ctype.h>

/** Entries for which a failed leg waits for its cause. */
#define PATIENCE 200
/** Entries for which an answer without a call waits for the call's own line. */
#define ANSWER_PATIENCE 20

/** Which dialling of the call this is, from 1. */
static uint32_t
next_dial(struct asterisk_state *st, uint64_t call)
{
	size_t slot = (call ^ call >> 32) % ASTERISK_DIALS;

	if (st->dials[slot].call != call) {
		st->dials[slot].call = call;
		st->dials[slot].dials = 0;
	}
	return ++st->dials[slot].dials;
}

/* ---- out with it ---- */

static void
event_fill(const struct asterisk_leg *leg, struct sv_event *ev)
{
	ev->leg = SV_LEG_OUT;
	ev->method = SV_INVITE;
	ev->outcome = leg->outcome;
	ev->code = leg->code;
	ev->q850 = leg->q850;
	ev->peer = asterisk_name_get(&leg->peer);
	ev->claim.phrase = asterisk_name_get(&leg->phrase);
	ev->peer_ip = leg->ip;
	ev->peer_port = leg->port;
	ev->hint.dial = leg->dial;
	ev->hint.template_id = ASTERISK_DIAL;
}

static void
closing_emit(struct sv_parse_context *ctx, struct asterisk_closing *c)
{
	struct asterisk_state *st = ctx->state;
	struct sv_event ev = { .count = 1, .hint = c->hint };

	event_fill(&c->leg, &ev);
	if (c->of_anything)
		ev.method = SV_METHOD_UNKNOWN;
	ev.hint.template_id = c->hint.template_id;
	ev.time = c->time;
	ev.time_source = c->time_source;
	ev.n_records = 1;
	ev.records[0].line = c->line;
	ev.records[0].text = str_make(c->text, c->text_len);
	ev.records[0].cursor = str_make(c->cursor, c->cursor_len);
	c->used = false;
	if (c != &st->lost && c != &st->answer)
		st->n_closing--;
	ctx->emit(ctx->user, &ev);
}

static void
closing_fill(struct asterisk_line *line, struct asterisk_closing *c,
	     const struct sv_event *ev)
{
	struct sv_str text = str_upto(line->text, sizeof(c->text));
	struct sv_str cursor = line->record->cursor;

	c->used = true;
	c->of_anything = false;
	c->thread = line->thread;
	c->patience = PATIENCE;
	c->hint = ev->hint;
	c->hint.text_hash = copies_hash(line->message);
	c->time = ev->time;
	c->time_source = ev->time_source;
	c->line = line->record->line;
	memcpy(c->text, text.ptr, text.len);
	c->text_len = (uint16_t)text.len;
	c->cursor_len = (uint16_t)(cursor.len <= sizeof(c->cursor) ? cursor.len : 0);
	memcpy(c->cursor, cursor.ptr ? cursor.ptr : "", c->cursor_len);
}

/** The leg's outcome is known; wait for the cause. */
static void
leg_close(struct asterisk_line *line, struct asterisk_leg *leg)
{
	struct asterisk_state *st = line->state;
	struct asterisk_closing *c = &st->closing[0];
	struct sv_event ev;

	for (size_t i = 0; i < ASTERISK_CLOSING; i++) {
		if (!st->closing[i].used) {
			c = &st->closing[i];
			break;
		}
		if (st->closing[i].patience < c->patience)
			c = &st->closing[i];
	}
	if (c->used)
		closing_emit(line->ctx, c);
	asterisk_begin(line, ASTERISK_DIAL, &ev);
	ev.hint.dial = leg->dial;
	asterisk_time(line, &ev);
	closing_fill(line, c, &ev);
	c->leg = *leg;
	st->n_closing++;
	asterisk_leg_free(st, leg);
}

/** Everything that waits for a cause in this call goes out. */
static void
call_release(struct asterisk_line *line, uint64_t call)
{
	struct asterisk_state *st = line->state;

	for (size_t i = 0; st->n_closing && i < ASTERISK_CLOSING; i++)
		if (st->closing[i].used && st->closing[i].leg.call == call)
			closing_emit(line->ctx, &st->closing[i]);
}

void
asterisk_call_tick(struct asterisk_line *line)
{
	struct asterisk_state *st = line->state;

	for (size_t i = 0; st->n_closing && i < ASTERISK_CLOSING; i++)
		if (st->closing[i].used && st->closing[i].patience-- == 0)
			closing_emit(line->ctx, &st->closing[i]);
	if (st->lost.used && st->lost.patience-- == 0)
		closing_emit(line->ctx, &st->lost);
	if (st->answer.used && st->answer.patience-- == 0)
		closing_emit(line->ctx, &st->answer);
}

void
asterisk_call_flush(struct sv_parse_context *ctx)
{
	struct asterisk_state *st = ctx->state;

	for (size_t i = 0; i < ASTERISK_CLOSING; i++)
		if (st->closing[i].used)
			closing_emit(ctx, &st->closing[i]);
	if (st->lost.used)
		closing_emit(ctx, &st->lost);
	if (st->answer.used)
		closing_emit(ctx, &st->answer);
}

/* ---- what comes in between ---- */

/** The leg of this line that is being called and has no answer yet: by call, or, for a
 *  line without mark, by peer, or the only one there is. */
static struct asterisk_leg *
leg_waiting(struct asterisk_line *line, const struct sv_event *ev)
{
	struct asterisk_state *st = line->state;
	struct asterisk_leg *found = NULL;
	bool pjsip = !str_eq(line->file, SV_STR("chan_sip.c"));
	uint64_t call = asterisk_call_key(line);

	for (size_t i = asterisk_leg_place(st, 0, true); i < ASTERISK_LEGS;
	     i = asterisk_leg_place(st, i + 1, true)) {
		struct asterisk_leg *leg = &st->legs[i];
		if (leg->state != LEG_CALLED || leg->code || leg->outcome ||
		    leg->pjsip != pjsip)
			continue;
		if (line->has_mark && !pjsip) {
			if (leg->call == call)
				return leg;
			continue;
		}
		if (ev->peer.len ? !str_eq(asterisk_name_get(&leg->peer), ev->peer)
				 : !st->no_marks)
			continue;
		if (found && !ev->peer.len)
			return NULL; /* whose answer is it? */
		found = leg;
	}
	return found;
}

static void
leg_answer(struct asterisk_leg *leg, const struct sv_event *ev)
{
	leg->code = ev->code;
	leg->outcome = ev->outcome;
	leg->ip = ev->peer_ip;
	leg->port = ev->peer_port;
	asterisk_name_set(&leg->phrase, ev->claim.phrase);
}

/** Without call marks, and with several calls at once or old lines that do not name
 *  whom they called, an answer is told just before "SIP/… is busy". */
static bool
answer_kept(struct asterisk_line *line, const struct sv_event *ev)
{
	struct asterisk_state *st = line->state;
	struct sv_event copy = *ev;

	if (!st->no_marks || line->has_mark || !ev->code ||
	    !str_eq(line->file, SV_STR("chan_sip.c")))
		return false;
	if (st->answer.used)
		closing_emit(line->ctx, &st->answer);
	asterisk_time(line, &copy);
	closing_fill(line, &st->answer, &copy);
	st->answer.patience = ANSWER_PATIENCE;
	st->answer.of_anything = ev->method == SV_METHOD_UNKNOWN;
	st->answer.leg = (struct asterisk_leg){ 0 };
	leg_answer(&st->answer.leg, ev);
	return true;
}

bool
asterisk_call_answer(struct asterisk_line *line, const struct sv_event *ev)
{
	struct asterisk_leg *leg;

	if (ev->method != SV_METHOD_UNKNOWN && ev->method != SV_INVITE)
		return false;
	leg = leg_waiting(line, ev);
	if (!leg)
		return answer_kept(line, ev);
	leg_answer(leg, ev);
	return true;
}

/** The answer that was kept is this leg's. */
static void
answer_take(struct asterisk_line *line, struct asterisk_leg *leg)
{
	struct asterisk_closing *kept = &line->state->answer;

	if (!kept->used || leg->pjsip || leg->code || line->has_mark)
		return;
	kept->used = false;
	leg->code = kept->leg.code;
	leg->outcome = kept->leg.outcome;
	leg->ip = kept->leg.ip;
	leg->port = kept->leg.port;
	leg->phrase = kept->leg.phrase;
}

bool
asterisk_call_waits(const struct asterisk_state *st)
{
	for (size_t i = asterisk_leg_place(st, 0, true); i < ASTERISK_LEGS;
	     i = asterisk_leg_place(st, i + 1, true))
		if (st->legs[i].state == LEG_CALLED && !st->legs[i].pjsip &&
		    !st->legs[i].outcome)
			return true;
	return false;
}

enum sv_parse
asterisk_call_lost(struct asterisk_line *line, struct sv_event *ev)
{
	struct asterisk_state *st = line->state;

	if (!asterisk_call_waits(st))
		return asterisk_emit(line, ev); /* this log does not tell of calls */
	if (st->lost.used)
		closing_emit(line->ctx, &st->lost);
	asterisk_time(line, ev);
	closing_fill(line, &st->lost, ev);
	st->lost.leg = (struct asterisk_leg){ .outcome = SV_TIMEOUT };
	return SV_PARSE_EVENT;
}

/** The request without answer was this leg's: now it is known whose it was. */
static bool
lost_taken(struct asterisk_line *line, const struct asterisk_leg *leg)
{
	struct asterisk_closing *lost = &line->state->lost;

	if (!lost->used || leg->pjsip)
		return false;
	lost->leg = *leg;
	lost->leg.outcome = SV_TIMEOUT;
	lost->hint.has_call_mark = line->has_mark;
	lost->hint.call_mark = line->call_mark;
	lost->hint.dial = leg->dial;
	closing_emit(line->ctx, lost);
	return true;
}

/** What the count at the end says about a leg that no line told of. */
static void
leg_judge(struct asterisk_line *line, struct asterisk_leg *leg,
	  struct asterisk_tally *t)
{
	if (leg->outcome)
		return;
	if (t->busy) {
		t->busy--;
		leg->outcome = SV_BUSY;
		leg->q850 = leg->pjsip ? 17 : 0;
	} else if (t->congestion) {
		t->congestion--;
		leg->outcome = SV_CONGESTION;
		leg->q850 = leg->pjsip ? 34 : 0;
	} else if (t->nochan) {
		t->nochan--;
		leg->outcome = lost_taken(line, leg) ? SV_TIMEOUT : SV_REFUSED;
	} else {
		leg->outcome = SV_NOANSWER;
		leg->q850 = leg->pjsip ? 19 : 0;
	}
}

/** Legs that lines told of are counted already. */
static void
tally_reduce(struct asterisk_state *st, uint64_t call, struct asterisk_tally *t)
{
	const struct asterisk_leg *leg = NULL;

	while ((leg = asterisk_leg_next(st, call, leg)) != NULL) {
		if (!leg->outcome)
			continue;
		if (leg->outcome == SV_BUSY && t->busy)
			t->busy--;
		else if (leg->outcome == SV_CONGESTION && t->congestion)
			t->congestion--;
		else if (t->nochan)
			t->nochan--;
	}
}

/** The dialling is over and nobody answered. */
static enum sv_parse
dial_ended(struct asterisk_line *line, struct asterisk_tally *t)
{
	struct asterisk_state *st = line->state;
	uint64_t call = asterisk_call_key(line);
	struct asterisk_leg *leg = NULL, *next;
	bool any = false;

	if (t->dialled > 1)
		tally_reduce(st, call, t);
	for (leg = asterisk_leg_next(st, call, NULL); leg; leg = next) {
		next = asterisk_leg_next(st, call, leg);
		if (leg->state == LEG_PLANNED) {
			asterisk_leg_free(st, leg);
			continue;
		}
		leg_judge(line, leg, t);
		leg_close(line, leg);
		any = true;
	}
	return any ? SV_PARSE_EVENT : SV_PARSE_SKIP;
}

/** Whose end it is, is not known: the call began before this log did. */
static enum sv_parse
dial_unknown(struct asterisk_line *line, const struct asterisk_tally *t)
{
	struct asterisk_leg *leg =
		asterisk_leg_new(line->state, asterisk_call_key(line));

	leg->state = LEG_CALLED;
	if (t->busy)
		leg->outcome = SV_BUSY;
	else if (t->congestion)
		leg->outcome = SV_CONGESTION;
	else
		leg->outcome = t->nochan ? SV_REFUSED : SV_NOANSWER;
	leg_close(line, leg);
	return SV_PARSE_EVENT;
}

/** "SIP/trunk-0000001f is busy" */
static enum sv_parse
leg_told(struct asterisk_line *line, struct sv_str channel, enum sv_outcome outcome)
{
	struct asterisk_state *st = line->state;
	struct asterisk_leg *leg = NULL, *found = NULL;
	uint64_t call = asterisk_call_key(line);
	bool pjsip;
	struct sv_str peer = asterisk_channel_peer(channel, &pjsip);

	if (!peer.len)
		return SV_PARSE_SKIP;
	while ((leg = asterisk_leg_next(st, call, leg)) != NULL)
		if (leg->state == LEG_CALLED && leg->pjsip == pjsip &&
		    (!found || str_eq(asterisk_name_get(&leg->peer), peer)))
			found = leg;
	if (!found) {
		found = asterisk_leg_new(st, call);
		found->dial = next_dial(st, call);
		found->pjsip = pjsip;
	}
	found->state = LEG_FAILED;
	asterisk_name_set(&found->peer, peer);
	answer_take(line, found);
	if (!found->outcome)
		found->outcome = outcome;
	return SV_PARSE_EVENT;
}

static enum sv_parse
leg_answered(struct asterisk_line *line, struct sv_str channel)
{
	struct asterisk_state *st = line->state;
	struct asterisk_leg *leg = NULL;
	uint64_t call = asterisk_call_key(line);
	struct sv_event ev;
	bool pjsip;

	asterisk_begin(line, ASTERISK_DIAL_ANSWERED, &ev);
	ev.peer = asterisk_claim(asterisk_channel_peer(channel, &pjsip));
	if (!ev.peer.len)
		return SV_PARSE_SKIP;
	ev.leg = SV_LEG_OUT;
	ev.method = SV_INVITE;
	ev.outcome = SV_OK;
	ev.code = 200;
	while ((leg = asterisk_leg_next(st, call, leg)) != NULL)
		if (str_eq(asterisk_name_get(&leg->peer), ev.peer))
			ev.hint.dial = leg->dial;
	/* legs that failed before somebody else answered are attempts of their own */
	for (leg = asterisk_leg_next(st, call, NULL); leg;
	     leg = asterisk_leg_next(st, call, leg))
		if (leg->state == LEG_FAILED && leg->outcome)
			leg_close(line, leg);
	asterisk_leg_drop(st, call);
	return asterisk_emit(line, &ev);
}

static enum sv_parse
dial_called(struct asterisk_line *line, struct sv_str dialled)
{
	struct asterisk_state *st = line->state;
	struct asterisk_leg *leg = NULL, *found = NULL;
	uint64_t call = asterisk_call_key(line);
	bool pjsip;
	struct sv_str peer = asterisk_dialled_peer(dialled, &pjsip);

	st->no_marks = !line->has_mark && !st->seen_mark;

	if (!peer.len)
		return SV_PARSE_SKIP;
	while ((leg = asterisk_leg_next(st, call, leg)) != NULL)
		if (leg->state == LEG_PLANNED &&
		    str_eq(asterisk_name_get(&leg->peer), peer) && !found)
			found = leg;
	if (!found) {
		found = asterisk_leg_new(st, call);
		asterisk_name_set(&found->peer, peer);
	}
	found->state = LEG_CALLED;
	found->pjsip = pjsip;
	found->dial = next_dial(st, call);
	found->age = ++st->clock;
	return SV_PARSE_SKIP;
}

static enum sv_parse
finish_no_channel(struct asterisk_line *line, struct sv_event *ev)
{
	struct asterisk_state *st = line->state;
	struct asterisk_leg *leg = NULL;
	uint64_t call = asterisk_call_key(line);
	bool pjsip = str_eq(ev->peer, SV_STR("PJSIP"));
	bool found = false;
	struct asterisk_name peer = { 0 };

	if (!pjsip && !str_eq(ev->peer, SV_STR("SIP")))
		return SV_PARSE_SKIP;
	ev->outcome = asterisk_outcome_of_cause(ev->q850);
	/* the peer does not stand in the line, but in the plan */
	while (!found && (leg = asterisk_leg_next(st, call, leg)) != NULL)
		if (leg->state == LEG_PLANNED && leg->pjsip == pjsip) {
			peer = leg->peer;
			asterisk_leg_free(st, leg);
			found = true;
		}
	ev->peer = asterisk_name_get(&peer);
	ev->hint.dial = next_dial(st, call);
	return asterisk_emit(line, ev);
}

/* clang-format off */
static const struct asterisk_row rows[] = {
	{ "Unable to create channel of type '%p' (cause %q - %s)",
	  ASTERISK_DIAL_NO_CHANNEL, 0, LEVEL_NOTICE | LEVEL_WARNING, SV_LEG_OUT, SV_INVITE,
	  SV_UNREGISTERED, 0, finish_no_channel },
	{ 0 },
};
/* clang-format on */

enum sv_parse
asterisk_dial_parse(struct asterisk_line *line)
{
	struct sv_str m = line->message;
	struct asterisk_tally t = { 0 };

	if (line->level != LEVEL_VERBOSE)
		return asterisk_rows(line, rows);
	if (str_starts(m, SV_STR("Called "))) {
		call_release(line, asterisk_call_key(line));
		return dial_called(line, str_from(m, 7));
	}
	if (str_ends(m, SV_STR(" is busy")))
		return leg_told(line, str_upto(m, m.len - 8), SV_BUSY);
	if (str_ends(m, SV_STR(" is circuit-busy")))
		return leg_told(line, str_upto(m, m.len - 16), SV_CONGESTION);
	if (str_starts(m, SV_STR("Everyone is busy/congested at this time (")) ||
	    str_starts(m, SV_STR("No one is available to answer at this time ("))) {
		if (!asterisk_tally_read(m, &t))
			return SV_PARSE_MALFORMED;
		if (asterisk_leg_next(line->state, asterisk_call_key(line), NULL))
			return dial_ended(line, &t);
		/* legs without a channel were told of by lines of their own */
		if (t.dialled > t.nochan || (m.ptr[0] == 'E' && t.dialled && !t.nochan))
			return dial_unknown(line, &t);
		return SV_PARSE_SKIP;
	}
	if (str_starts(m, SV_STR("Nobody picked up in ")))
		return dial_ended(line, &t);
	size_t answered = str_find(m, SV_STR(" answered "));
	if (answered != STR_NONE)
		return leg_answered(line, str_upto(m, answered));
	return SV_PARSE_SKIP;
}

void
asterisk_call_end(struct asterisk_line *line)
{
	uint64_t call = asterisk_call_key(line);

	call_release(line, call);
	asterisk_leg_drop(line->state, call);
}

void
asterisk_call_release(struct asterisk_line *line)
{
	call_release(line, asterisk_call_key(line));
}

struct asterisk_leg *
asterisk_call_closing(struct asterisk_line *line, int *ret_legs)
{
	struct asterisk_state *st = line->state;
	struct asterisk_leg *only = NULL;
	uint64_t call = asterisk_call_key(line);

	*ret_legs = 0;
	for (size_t i = 0; i < ASTERISK_CLOSING; i++)
		if (st->closing[i].used && st->closing[i].leg.call == call) {
			only = &st->closing[i].leg;
			++*ret_legs;
		}
	return only;
}
