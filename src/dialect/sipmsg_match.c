/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Requests and responses. An attempt is one request up to its final response, with the
 * request that answers a challenge. Copies of a message are nothing new; ACK and CANCEL
 * are no attempts; a challenge to a request without credentials is no failure.
 */
#include "dialect/sipmsg_state.h"

#include "base/address.h"
#include "sip/outcome.h"

/** How often the table is searched for what was not answered. */
#define SWEEP_LEAST SV_USEC_PER_SEC
#define SWEEP_MOST (5 * SV_USEC_PER_SEC)

static uint64_t
hash_ends(const struct sipmsg_end *from, const struct sipmsg_end *to, uint64_t seed)
{
	uint64_t hash = seed * 1099511628211u + address_hash(&from->ip);

	return hash * 1099511628211u + address_hash(&to->ip);
}

/** The requester is `from`. Its port is left out: answers may come from another one. */
static uint64_t
dialog_key(const struct message *sip, const struct sipmsg_end *from,
	   const struct sipmsg_end *to)
{
	uint64_t key = hash_ends(from, to, (uint64_t)sip->cseq_method);

	key = str_hash(sip->header[MESSAGE_CALL_ID], key);
	return key ? key : 1;
}

static uint64_t
tx_key(const struct message *sip, uint64_t dialog)
{
	uint64_t key = str_hash(sip->branch, dialog * 31 + sip->cseq);

	return key ? key : 1;
}

struct sipmsg_tx *
sipmsg_match_set(struct sipmsg_state *st, uint64_t key)
{
	return st->tx[(key ^ key >> 32) % SIPMSG_SETS];
}

static struct sipmsg_tx *
tx_find(struct sipmsg_state *st, uint64_t key)
{
	struct sipmsg_tx *set = sipmsg_match_set(st, key);

	for (size_t i = 0; i < SIPMSG_WAYS; i++)
		if (set[i].stage != TX_FREE && set[i].key == key)
			return &set[i];
	return NULL;
}

/** A place: a free one, that of one that was told, or of the oldest, which is told now
 *  as far as it is known. */
static struct sipmsg_tx *
tx_new(struct sipmsg_line *line, uint64_t key)
{
	struct sipmsg_state *st = line->state;
	struct sipmsg_tx *set = sipmsg_match_set(st, key), *best = &set[0];

	for (size_t i = 1; i < SIPMSG_WAYS; i++) {
		bool done = set[i].stage == TX_DONE || set[i].stage == TX_FREE;
		bool best_done = best->stage == TX_DONE || best->stage == TX_FREE;
		if (done != best_done ? done : set[i].age < best->age)
			best = &set[i];
	}
	if (best->stage == TX_DECIDED || best->stage == TX_CHALLENGED)
		sipmsg_emit_now(line, best);
	memset(best, 0, sizeof(*best));
	best->key = key;
	best->age = ++st->clock;
	best->stage = TX_OPEN;
	return best;
}

static void
tx_fill(struct sipmsg_tx *tx, const struct sipmsg_message *m)
{
	const struct sv_str *header = m->sip.header;
	uint64_t session = str_hash(header[MESSAGE_CALL_ID], 0);

	tx->session = session ? session : 1;
	tx->method = (uint8_t)(m->sip.is_request ? m->sip.method : m->sip.cseq_method);
	tx->cseq = m->sip.cseq;
	tx->transport = (uint8_t)m->transport;
	tx->tool = m->tool;
	tx->copies = 1;
	tx->doubtful = m->doubtful;
	tx->begun = tx->time = m->time;
	tx->time_source = (uint8_t)m->time_source;
	tx->line = m->line;
	sipmsg_keep(&tx->call_id, header[MESSAGE_CALL_ID]);
	sipmsg_keep(&tx->user, message_user(header[MESSAGE_FROM]));
	sipmsg_keep(&tx->dst, message_user(header[MESSAGE_TO]));
}

static void
keep_start(struct sipmsg_tx *tx, const struct sipmsg_message *m)
{
	struct sv_str start = str_upto(m->sip.start, sizeof(tx->start));

	tx->start_len = (uint8_t)start.len;
	memcpy(tx->start, start.ptr ? start.ptr : "", start.len);
}

struct sipmsg_tx *
sipmsg_match_begin(struct sipmsg_line *line, const struct sipmsg_message *m,
		   uint64_t key)
{
	struct sipmsg_tx *tx = tx_new(line, key);

	tx_fill(tx, m);
	keep_start(tx, m);
	return tx;
}

/* ---- requests ---- */

static void
feed_cancel(struct sipmsg_state *st, const struct sipmsg_message *m)
{
	struct message invite = m->sip;

	invite.cseq_method = SV_INVITE;
	uint64_t key = tx_key(&invite, dialog_key(&invite, &m->from, &m->to));
	struct sipmsg_tx *tx = tx_find(st, key);
	if (tx)
		tx->canceled = true;
}

/** A request with credentials answers the challenge that its dialog waits with. */
static void
answer_challenge(struct sipmsg_line *line, struct sipmsg_tx *tx)
{
	struct sipmsg_state *st = line->state;
	size_t place = tx->dialog % SIPMSG_DIALOGS;

	tx->first = st->dialogs[place].key != tx->dialog;
	if (tx->first || !(tx->authorization || tx->proxy_authorization))
		return;
	struct sipmsg_tx *asked = tx_find(st, st->dialogs[place].challenged);
	if (asked && asked->stage == TX_CHALLENGED && asked->dialog == tx->dialog)
		sipmsg_emit_done(line, asked);
}

static void
feed_request(struct sipmsg_line *line, const struct sipmsg_message *m)
{
	struct sipmsg_state *st = line->state;
	const struct message *sip = &m->sip;

	if (sip->method == SV_ACK)
		return;
	if (sip->method == SV_CANCEL) {
		feed_cancel(st, m);
		return;
	}
	uint64_t dialog = dialog_key(sip, &m->from, &m->to);
	uint64_t key = tx_key(sip, dialog);
	struct sipmsg_tx *tx = tx_find(st, key);
	if (tx) {
		tx->copies++;
		return;
	}
	tx = sipmsg_match_begin(line, m, key);
	tx->dialog = dialog;
	tx->way = (uint8_t)m->way;
	tx->from = m->from;
	tx->to = m->to;
	tx->authorization = sip->header[MESSAGE_AUTHORIZATION].len > 0;
	tx->proxy_authorization = sip->header[MESSAGE_PROXY_AUTHORIZATION].len > 0;
	sipmsg_keep(&tx->ua, sip->header[MESSAGE_USER_AGENT]);
	if (sip->method == SV_INVITE)
		sipmsg_keep(&tx->dst, message_user(sip->uri));
	answer_challenge(line, tx);
}

/* ---- responses ---- */

static void
challenge(struct sipmsg_line *line, struct sipmsg_tx *tx, const struct message *sip)
{
	bool given = sip->code == 401 ? tx->authorization : tx->proxy_authorization;
	size_t place = tx->dialog % SIPMSG_DIALOGS;

	if (given && !sip->stale && !tx->first) {
		tx->outcome = SV_REJECTED;
		sipmsg_emit(line, tx);
		return;
	}
	/* credentials that nobody had asked for may be old: the next try counts */
	tx->outcome = given && !sip->stale ? SV_REJECTED : SV_ABANDONED;
	tx->stage = TX_CHALLENGED;
	line->state->dialogs[place].key = tx->dialog;
	line->state->dialogs[place].challenged = tx->key;
}

void
sipmsg_match_decide(struct sipmsg_line *line, struct sipmsg_tx *tx,
		    const struct sipmsg_message *m)
{
	const struct message *sip = &m->sip;

	tx->code = sip->code;
	tx->q850 = message_q850(sip->header[MESSAGE_REASON]);
	tx->time = m->time;
	tx->time_source = (uint8_t)m->time_source;
	tx->line = m->line;
	tx->doubtful = tx->doubtful || m->doubtful;
	keep_start(tx, m);
	sipmsg_keep(&tx->phrase, sip->phrase);
	if (sip->code == 401 || sip->code == 407) {
		challenge(line, tx, sip);
		return;
	}
	tx->outcome = (uint8_t)outcome_of_code(sip->code);
	if (sip->code == 404 && tx->method == SV_REGISTER)
		tx->outcome = SV_UNKNOWN;
	sipmsg_emit(line, tx);
}

static void
feed_response(struct sipmsg_line *line, const struct sipmsg_message *m)
{
	struct sipmsg_state *st = line->state;
	const struct message *sip = &m->sip;

	if (sip->cseq_method == SV_ACK || sip->cseq_method == SV_CANCEL)
		return;
	uint64_t key = tx_key(sip, dialog_key(sip, &m->to, &m->from));
	struct sipmsg_tx *tx = tx_find(st, key);
	if (sip->code < 200) {
		if (tx && tx->stage == TX_OPEN)
			tx->stage = TX_RINGING;
		return;
	}
	/* else it is a copy, or its request is not in the text: then it says nothing of
	 * an attempt that began before, or that was counted before */
	if (tx && (tx->stage == TX_OPEN || tx->stage == TX_RINGING))
		sipmsg_match_decide(line, tx, m);
}

/* ---- silence ---- */

/** A place in the set of those who sent what could not be read. */
static size_t
blur_bit(const struct sipmsg_end *from, const struct sipmsg_end *to)
{
	uint64_t hash = hash_ends(from, to, 7);

	return (hash ^ hash >> 32) % (64 * SIPMSG_BLURS);
}

void
sipmsg_match_blur(struct sipmsg_line *line, const struct sipmsg_message *m)
{
	size_t bit = blur_bit(&m->from, &m->to);

	line->state->blurred[bit / 64] |= 1ull << bit % 64;
}

/** A request of ours that had no answer at all. */
static bool
is_lost(const struct sipmsg_line *line, const struct sipmsg_tx *tx)
{
	size_t bit = blur_bit(&tx->to, &tx->from);

	if (tx->stage != TX_OPEN || tx->canceled ||
	    line->state->blurred[bit / 64] >> bit % 64 & 1)
		return false;
	return sipmsg_local_side(line, tx) == SIDE_ASKS;
}

static void
give_up(struct sipmsg_line *line, struct sipmsg_tx *tx)
{
	if (tx->stage == TX_CHALLENGED) {
		sipmsg_emit(line, tx);
	} else if (is_lost(line, tx)) {
		tx->code = 0;
		tx->outcome = SV_TIMEOUT;
		/* it failed when it was given up */
		tx->time = tx->begun + SIPMSG_SILENCE < line->state->newest
				   ? tx->begun + SIPMSG_SILENCE
				   : line->state->newest;
		sipmsg_emit(line, tx);
	}
	if (tx->stage == TX_OPEN || tx->stage == TX_CHALLENGED)
		sipmsg_emit_done(line, tx);
}

static sv_usec
due_of(const struct sipmsg_tx *tx)
{
	if (tx->time == 0 || (tx->stage != TX_OPEN && tx->stage != TX_CHALLENGED))
		return SV_USEC_NEVER;
	return tx->time +
	       (tx->stage == TX_CHALLENGED ? SIPMSG_UNANSWERED : SIPMSG_SILENCE);
}

/** The one of which `due` gives the least time, NULL if there is none below `before`. */
static struct sipmsg_tx *
earliest(struct sipmsg_state *st, sv_usec (*due)(const struct sipmsg_tx *),
	 sv_usec before)
{
	struct sipmsg_tx *best = NULL;

	for (size_t i = 0; i < SIPMSG_SETS * SIPMSG_WAYS; i++) {
		struct sipmsg_tx *tx = &st->tx[i / SIPMSG_WAYS][i % SIPMSG_WAYS];
		if (tx->stage == TX_FREE || tx->stage == TX_DONE)
			continue;
		sv_usec time = due(tx);
		if (time < before) {
			best = tx;
			before = time;
		}
	}
	return best;
}

/** In order of time. */
static void
sweep(struct sipmsg_line *line)
{
	struct sipmsg_state *st = line->state;
	struct sipmsg_tx *tx;

	if (st->now < st->due)
		return;
	while ((tx = earliest(st, due_of, st->now)))
		give_up(line, tx);
	/* not at each message while many come in a row, and not so late that what is
	 * told is too old for a window */
	tx = earliest(st, due_of, st->now + SWEEP_MOST);
	st->due = tx ? due_of(tx) : st->now + SWEEP_MOST;
	if (st->due < st->now + SWEEP_LEAST)
		st->due = st->now + SWEEP_LEAST;
}

/** At the end of the text: may be said that no answer came? A challenge may still be
 *  answered, but credentials that nobody asked for were refused. */
static sv_usec
begun(const struct sipmsg_tx *tx)
{
	bool unasked = tx->stage == TX_CHALLENGED && tx->outcome == SV_REJECTED;

	return unasked || tx->stage == TX_OPEN ? tx->begun : SV_USEC_NEVER;
}

static bool
was_silent(const struct sipmsg_state *st, const struct sipmsg_tx *tx)
{
	return tx->copies >= 3 ||
	       (tx->begun && tx->begun + SIPMSG_SILENCE_AT_END <= st->newest);
}

void
sipmsg_match_flush(struct sipmsg_line *line)
{
	struct sipmsg_state *st = line->state;
	struct sipmsg_tx *tx;

	while ((tx = earliest(st, begun, SV_USEC_NEVER))) {
		if (tx->stage == TX_OPEN && !was_silent(st, tx))
			sipmsg_emit_done(line, tx);
		else
			give_up(line, tx);
	}
}

static sv_usec
decided(const struct sipmsg_tx *tx)
{
	return tx->stage == TX_DECIDED ? tx->time : SV_USEC_NEVER;
}

void
sipmsg_match_waiting(struct sipmsg_line *line, bool last)
{
	struct sipmsg_state *st = line->state;
	struct sipmsg_tx *tx;

	if (last) {
		while ((tx = earliest(st, decided, SV_USEC_NEVER)))
			sipmsg_emit_now(line, tx);
		return;
	}
	for (size_t i = 0; i < SIPMSG_SETS * SIPMSG_WAYS && st->n_undecided; i++) {
		tx = &st->tx[i / SIPMSG_WAYS][i % SIPMSG_WAYS];
		if (tx->stage == TX_DECIDED)
			sipmsg_emit(line, tx);
	}
}

/* ---- messages ---- */

void
sipmsg_match_clock(struct sipmsg_line *line, const struct sipmsg_message *m)
{
	struct sipmsg_state *st = line->state;

	if (!m->time)
		return;
	st->now = m->time;
	if (st->now > st->newest)
		st->newest = st->now;
	sweep(line);
}

void
sipmsg_match(struct sipmsg_line *line, const struct sipmsg_message *m)
{
	struct sipmsg_state *st = line->state;

	sipmsg_match_clock(line, m);
	bool met = sipmsg_local_learn(line, m);
	if (!m->sip.header[MESSAGE_CALL_ID].len || !m->sip.has_cseq)
		sipmsg_match_blur(line, m);
	else if (m->sip.is_request)
		feed_request(line, m);
	else
		feed_response(line, m);
	if (met && st->n_undecided)
		sipmsg_match_waiting(line, false);
}

bool
sipmsg_match_text(struct sipmsg_line *line, struct sipmsg_message *around,
		  struct sv_str text)
{
	if (!message_read(text, &around->sip))
		return false;
	sipmsg_match(line, around);
	return true;
}
