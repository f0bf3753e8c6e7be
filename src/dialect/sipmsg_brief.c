/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Texts with one line a message: no Call-ID, no CSeq, no credentials. A response belongs
 * to the newest request between the same two ends that has none yet. Whether a 401 or
 * 407 refused a password or asked for one cannot be told: it is nothing here.
 */
#include "dialect/sipmsg_state.h"

#include "base/address.h"
#include "sip/outcome.h"

/** "Request: REGISTER sip:… | " and "Status: 401 Unauthorized | " of tshark. */
static bool
read_tshark(struct sv_str s, struct message *m)
{
	size_t bar = str_find(s, SV_STR(" | "));
	uint64_t code;

	s = str_upto(s, bar == STR_NONE ? s.len : bar);
	if (str_starts(s, SV_STR("Request: "))) {
		s = str_from(s, 9);
		size_t blank = str_find_char(s, ' ');
		m->is_request = true;
		m->method = method_of(str_upto(s, blank == STR_NONE ? s.len : blank));
		m->start = s;
		return true;
	}
	if (!str_starts(s, SV_STR("Status: ")))
		return false;
	s = str_from(s, 8);
	if (str_take_u64(s, &code) != 3 || code < 100 || code > 699)
		return false;
	m->code = (uint16_t)code;
	m->phrase = str_trim(str_from(s, 3));
	m->start = s;
	/* "200 OK (REGISTER)": of a 200 alone tshark says whether it is one's */
	if (code == 200)
		m->method = str_find(s, SV_STR(" (REGISTER) ")) != STR_NONE
				    ? SV_REGISTER
				    : SV_METHOD_OTHER;
	return true;
}

static bool
read_start(struct sv_str start, struct message *m)
{
	return read_tshark(start, m) || message_read(start, m);
}

static uint64_t
pair_key(const struct sipmsg_end *from, const struct sipmsg_end *to)
{
	uint64_t ports = (uint64_t)from->port << 16 | to->port;
	uint64_t key = address_hash(&from->ip) * 31 + address_hash(&to->ip);

	key = str_hash(str_make((const char *)&ports, sizeof(ports)), key);
	return key ? key : 1;
}

static bool
is_waiting(const struct sipmsg_tx *tx)
{
	return tx->stage == TX_OPEN || tx->stage == TX_RINGING;
}

static bool
fits(const struct sipmsg_tx *tx, enum sv_method method)
{
	if (method == SV_METHOD_OTHER)
		return tx->method != SV_REGISTER;
	return method == SV_METHOD_UNKNOWN || tx->method == (uint8_t)method;
}

/** The newest request of the pair that waits; with `method` only such a one, OTHER: any
 *  but a REGISTER. */
static struct sipmsg_tx *
newest(struct sipmsg_state *st, uint64_t key, enum sv_method method)
{
	struct sipmsg_tx *set = sipmsg_match_set(st, key), *best = NULL;

	for (size_t i = 0; i < SIPMSG_WAYS; i++)
		if (set[i].key == key && is_waiting(&set[i]) && fits(&set[i], method) &&
		    (!best || set[i].age > best->age))
			best = &set[i];
	return best;
}

static bool
is_copy(const struct sipmsg_tx *tx, const struct message *sip)
{
	return str_eq(str_make(tx->start, tx->start_len),
		      str_upto(sip->start, sizeof(tx->start)));
}

static void
feed_request(struct sipmsg_line *line, const struct sipmsg_message *m)
{
	uint64_t key = pair_key(&m->from, &m->to);
	struct sipmsg_tx *tx = newest(line->state, key, m->sip.method);

	if (m->sip.method == SV_ACK)
		return;
	if (tx && tx->stage == TX_OPEN && is_copy(tx, &m->sip)) {
		tx->copies++;
		return;
	}
	tx = sipmsg_match_begin(line, m, key);
	tx->session = 0;
	tx->way = (uint8_t)m->way;
	tx->from = m->from;
	tx->to = m->to;
}

static void
feed_response(struct sipmsg_line *line, const struct sipmsg_message *m)
{
	struct sipmsg_state *st = line->state;
	struct sipmsg_tx *tx = newest(st, pair_key(&m->to, &m->from), m->sip.method);

	if (!tx)
		return;
	if (m->sip.code < 200)
		tx->stage = TX_RINGING;
	else if (m->sip.code == 401 || m->sip.code == 407)
		sipmsg_emit_done(line, tx);
	else
		sipmsg_match_decide(line, tx, m);
}

static void
match_one(struct sipmsg_line *line, struct sipmsg_message *message, struct sv_str start)
{
	struct sipmsg_state *st = line->state;

	message->sip = (struct message){ 0 };
	if (!read_start(start, &message->sip)) {
		sipmsg_match_blur(line, message);
		return;
	}
	sipmsg_match_clock(line, message);
	bool met = sipmsg_local_learn(line, message);
	if (message->sip.is_request)
		feed_request(line, message);
	else
		feed_response(line, message);
	if (met && st->n_undecided)
		sipmsg_match_waiting(line, false);
}

void
sipmsg_brief_match(struct sipmsg_line *line, struct sipmsg_message *message)
{
	struct sv_str request = SV_STR(" | Request: "), text = message->sip.start;

	/* tshark: two messages of one TCP segment stand in one line */
	for (size_t at = str_find(text, request); at != STR_NONE;
	     at = str_find(text, request)) {
		match_one(line, message, str_upto(text, at));
		text = str_from(text, at + 3);
	}
	match_one(line, message, text);
}
