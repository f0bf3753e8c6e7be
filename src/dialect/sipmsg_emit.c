/* SPDX-License-Identifier: Apache-2.0 */
/* The event of an attempt that is decided. */
#include "dialect/sipmsg_state.h"

#include "base/address.h"
#include "sip/outcome.h"

void
sipmsg_keep(struct sipmsg_kept *kept, struct sv_str text)
{
	text = str_upto(text, sizeof(kept->text));
	kept->len = (uint8_t)text.len;
	if (text.len)
		memcpy(kept->text, text.ptr, text.len);
}

static struct sv_str
kept_get(const struct sipmsg_kept *kept)
{
	return str_make(kept->text, kept->len);
}

/** What a code means depends on who asked and for what. */
static enum sv_outcome
outcome_for(const struct sipmsg_tx *tx, enum sipmsg_side side)
{
	enum sv_outcome outcome = (enum sv_outcome)tx->outcome;

	if (tx->method != SV_OPTIONS || side != SIDE_ASKS)
		return outcome;
	/* any answer but these shows that somebody is there */
	return tx->code == 0 || tx->code == 408 || tx->code == 503 ? SV_UNREACHABLE
								   : SV_REACHABLE;
}

/** A success that says nothing of accounts or calls. */
static bool
is_plain(const struct sipmsg_tx *tx, enum sv_outcome outcome)
{
	return outcome == SV_OK && tx->method != SV_REGISTER &&
	       tx->method != SV_INVITE && tx->method != SV_SUBSCRIBE;
}

static void
set_peer(struct sv_event *ev, const struct sipmsg_tx *tx, enum sipmsg_side side)
{
	const struct sipmsg_end *end = side == SIDE_ASKED ? &tx->from : &tx->to;

	if (side == SIDE_UNKNOWN)
		return;
	ev->leg = side == SIDE_ASKED ? SV_LEG_IN : SV_LEG_OUT;
	ev->peer_ip = end->ip;
	ev->peer_port = end->port;
}

/** Where it was read; an event of the line that is being read takes its time and place
 *  from there when the message has no time of its own. */
static void
set_origin(const struct sipmsg_line *line, struct sv_event *ev,
	   const struct sipmsg_tx *tx)
{
	ev->records[0].text = str_make(tx->start, tx->start_len);
	if (tx->time_source == SV_TIME_NONE && tx->line == line->number)
		return;
	ev->time = tx->time;
	ev->time_source = tx->time_source ? (enum sv_time_source)tx->time_source
					  : SV_TIME_RECEIVED;
	ev->n_records = 1;
	ev->records[0].line = tx->line;
	if (line->record && tx->line == line->number)
		ev->records[0].cursor = line->record->cursor;
}

void
sipmsg_emit_done(struct sipmsg_line *line, struct sipmsg_tx *tx)
{
	struct sipmsg_tx left = {
		.key = tx->key, .dialog = tx->dialog, .age = tx->age, .stage = TX_DONE
	};

	if (tx->stage == TX_DECIDED)
		line->state->n_undecided--;
	*tx = left;
}

static void
tell(struct sipmsg_line *line, struct sipmsg_tx *tx, enum sipmsg_side side)
{
	enum sv_outcome outcome = outcome_for(tx, side);
	struct sv_event ev = { 0 };

	if (outcome == SV_OUTCOME_NONE || is_plain(tx, outcome)) {
		sipmsg_emit_done(line, tx);
		return;
	}
	ev.outcome = outcome;
	ev.method = (enum sv_method)tx->method;
	ev.code = tx->code;
	ev.q850 = tx->q850;
	ev.transport = (enum sv_transport)tx->transport;
	ev.attribution =
		tx->doubtful ? SV_ATTRIBUTION_FORGEABLE : SV_ATTRIBUTION_CERTAIN;
	set_peer(&ev, tx, side);
	ev.claim.user = kept_get(&tx->user);
	ev.claim.dst = kept_get(&tx->dst);
	ev.claim.ua = kept_get(&tx->ua);
	ev.claim.call_id = kept_get(&tx->call_id);
	ev.claim.phrase = kept_get(&tx->phrase);
	ev.hint.template_id = tx->tool;
	ev.hint.channel = SV_CHANNEL_OTHER;
	ev.hint.tell = SV_TELL_ATTEMPT;
	ev.hint.alone = true;
	ev.hint.session = tx->session;
	ev.hint.text_hash = tx->key ^ tx->code;
	set_origin(line, &ev, tx);
	line->ctx->emit(line->ctx->user, &ev);
	line->told = true;
	sipmsg_emit_done(line, tx);
}

void
sipmsg_emit(struct sipmsg_line *line, struct sipmsg_tx *tx)
{
	enum sipmsg_side side = sipmsg_local_side(line, tx);

	if (side != SIDE_UNKNOWN || line->ctx->n_locals) {
		tell(line, tx, side);
		return;
	}
	if (tx->stage != TX_DECIDED)
		line->state->n_undecided++;
	tx->stage = TX_DECIDED;
}

void
sipmsg_emit_now(struct sipmsg_line *line, struct sipmsg_tx *tx)
{
	tell(line, tx, sipmsg_local_side(line, tx));
}
