/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Lines that end in an address behind what a caller wrote. FreeSWITCH does not unfold
 * headers: a user name may hold a line break with a blank behind it, and then the line
 * that is seen first may look complete and name another address, while the true one
 * follows in a line that begins with a blank. So in a file such an event waits for the
 * next line. What comes last in front of the end of the record is what FreeSWITCH wrote.
 */
#include "dialect/freeswitch_line.h"

#include "base/address.h"

static struct sv_str
mark_text(enum freeswitch_mark mark)
{
	switch (mark) {
	case MARK_FROM_IP:
		return SV_STR("] from ip ");
	case MARK_FROM:
		return SV_STR("] from ");
	case MARK_IP:
		break;
	}
	return SV_STR("] ip[");
}

/** What follows an address of mod_fail2ban is its own: "] at[2026-…]". */
static struct sv_str
address_text(enum freeswitch_mark mark, struct sv_str s)
{
	size_t end = mark == MARK_IP ? str_find(s, SV_STR("] at[")) : STR_NONE;

	return end == STR_NONE ? s : str_upto(s, end);
}

/** The claim in front of the last mark, and the address behind it. False: no mark. An
 *  address that cannot be read (redacted) is none. */
static bool
take_end(enum freeswitch_mark mark, struct sv_str rest, struct sv_str *ret_claim,
	 struct sv_ip *ret_ip)
{
	struct sv_str text = mark_text(mark);
	size_t at = str_find_last(rest, text);

	if (at == STR_NONE)
		return false;
	*ret_claim = str_upto(rest, at);
	struct sv_str ip = address_text(mark, str_from(rest, at + text.len));
	if (!address_parse(str_trim(ip), ret_ip))
		*ret_ip = (struct sv_ip){ 0 };
	return true;
}

/** USER@HOST, USER of a REGISTER, the number dialled of an INVITE. */
static void
set_claim(struct sv_event *ev, struct sv_str claim)
{
	size_t at = str_find_last(claim, SV_STR("@"));

	if (at != STR_NONE)
		claim = str_upto(claim, at);
	if (ev->method == SV_INVITE)
		ev->claim.dst = freeswitch_claim(claim);
	else
		ev->claim.user = freeswitch_claim(claim);
}

static void
tie(struct sv_event *ev)
{
	if (ev->peer_ip.family &&
	    (ev->hint.tell == SV_TELL_REQUEST || ev->hint.tell == SV_TELL_ANSWER))
		ev->hint.session = freeswitch_tie(&ev->peer_ip);
}

enum sv_parse
freeswitch_fold_begin(struct freeswitch_line *line, struct sv_event *ev,
		      enum freeswitch_mark mark, struct sv_str rest)
{
	struct freeswitch_folded *f = &line->state->folded;
	struct sv_str claim = rest;
	bool complete = take_end(mark, rest, &claim, &ev->peer_ip);

	if (line->record->flags & SV_RECORD_TRUNCATED)
		return SV_PARSE_MALFORMED; /* its end, which tells who, was cut off */
	set_claim(ev, claim);
	if (ev->method == SV_INVITE && ev->peer_ip.family &&
	    address_equal(&ev->peer_ip, &line->state->caller_ip))
		ev->claim.user = freeswitch_claim_get(&line->state->caller);
	if (line->whole) {
		if (!complete)
			return SV_PARSE_MALFORMED;
		tie(ev);
		return freeswitch_emit(line, ev);
	}
	memset(f, 0, sizeof(*f));
	f->used = true;
	f->complete = complete;
	f->mark = (uint8_t)mark;
	f->doubtful = line->doubtful;
	f->trusted = line->trusted;
	f->template_id = ev->hint.template_id;
	f->outcome = (uint8_t)ev->outcome;
	f->leg = (uint8_t)ev->leg;
	f->method = (uint8_t)ev->method;
	f->code = ev->code;
	f->ip = ev->peer_ip;
	freeswitch_claim_set(&f->user, ev->claim.user);
	freeswitch_claim_set(&f->dst, ev->claim.dst);
	f->text_hash = freeswitch_text_hash(line->message);
	freeswitch_evidence_set(line, &f->evidence);
	if (ev->time) { /* told by the line itself */
		f->evidence.time = ev->time;
		f->evidence.time_source = ev->time_source;
	}
	return SV_PARSE_EVENT;
}

bool
freeswitch_fold_feed(struct freeswitch_line *line)
{
	struct freeswitch_folded *f = &line->state->folded;
	struct sv_str claim;

	if (!line->text.len || (line->text.ptr[0] != ' ' && line->text.ptr[0] != '\t'))
		return false;
	f->complete |=
		take_end((enum freeswitch_mark)f->mark, line->text, &claim, &f->ip);
	return true;
}

void
freeswitch_fold_flush(struct sv_parse_context *ctx)
{
	struct freeswitch_state *st = ctx->state;
	struct freeswitch_folded *f = &st->folded;
	struct freeswitch_line line = {
		.ctx = ctx, .state = st, .doubtful = f->doubtful, .trusted = f->trusted
	};
	struct sv_event ev;

	if (!f->used)
		return;
	f->used = false;
	if (!f->complete)
		return; /* no end came: not a record of FreeSWITCH */
	freeswitch_begin(&line, f->template_id, &ev);
	ev.outcome = (enum sv_outcome)f->outcome;
	ev.leg = (enum sv_leg)f->leg;
	ev.method = (enum sv_method)f->method;
	ev.code = f->code;
	ev.peer_ip = f->ip;
	ev.claim.user = freeswitch_claim_get(&f->user);
	ev.claim.dst = freeswitch_claim_get(&f->dst);
	ev.hint.text_hash = f->text_hash;
	freeswitch_evidence_use(&f->evidence, &ev);
	tie(&ev);
	(void)freeswitch_emit(&line, &ev);
}
