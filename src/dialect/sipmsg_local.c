/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Which end is the PBX. The banner may say so, or the user (local addresses). Else it is
 * the party that all others talk with: for each address a set of the others is kept, and
 * the one that knows more parties is the PBX. Two that know nobody but each other could
 * be either.
 */
#include "dialect/sipmsg_state.h"

#include "base/address.h"

static int
n_others(const struct sipmsg_state *st, const struct sv_ip *ip)
{
	for (size_t i = 0; i < SIPMSG_ENDS; i++)
		if (address_equal(&st->ends[i].ip, ip))
			return __builtin_popcountll(st->ends[i].others);
	return 0;
}

static bool
meet(struct sipmsg_state *st, const struct sv_ip *ip, const struct sv_ip *other)
{
	uint64_t bit = 1ull << (address_hash(other) % 64);
	size_t place = 0;

	for (size_t i = 0; i < SIPMSG_ENDS; i++) {
		if (address_equal(&st->ends[i].ip, ip)) {
			bool met = !(st->ends[i].others & bit);
			st->ends[i].others |= bit;
			st->ends[i].age = ++st->clock;
			return met;
		}
	}
	for (size_t i = 0; i < SIPMSG_ENDS; i++) {
		/* the one that knows fewest, of these the oldest, makes room */
		int n = __builtin_popcountll(st->ends[i].others);
		int least = __builtin_popcountll(st->ends[place].others);
		if (n < least || (n == least && st->ends[i].age < st->ends[place].age))
			place = i;
	}
	st->ends[place].ip = *ip;
	st->ends[place].others = bit;
	st->ends[place].age = ++st->clock;
	return true;
}

bool
sipmsg_local_learn(struct sipmsg_line *line, const struct sipmsg_message *message)
{
	struct sipmsg_state *st = line->state;

	if (line->ctx->n_locals || message->way != WAY_UNKNOWN ||
	    !message->from.ip.family || !message->to.ip.family ||
	    address_equal(&message->from.ip, &message->to.ip))
		return false;
	bool met = meet(st, &message->from.ip, &message->to.ip);
	return meet(st, &message->to.ip, &message->from.ip) || met;
}

static bool
is_local(const struct sv_parse_context *ctx, const struct sv_ip *ip)
{
	for (size_t i = 0; i < ctx->n_locals; i++)
		if (address_equal(&ctx->locals[i], ip))
			return true;
	return false;
}

static bool
is_sip_port(uint16_t port)
{
	return port == 5060 || port == 5061;
}

/** Both ends have an address of the PBX: a client on the same machine has no SIP port.
 */
static enum sipmsg_side
side_of_ports(const struct sipmsg_tx *tx)
{
	bool from = is_sip_port(tx->from.port), to = is_sip_port(tx->to.port);

	if (from == to)
		return SIDE_UNKNOWN;
	return to ? SIDE_ASKED : SIDE_ASKS;
}

enum sipmsg_side
sipmsg_local_side(const struct sipmsg_line *line, const struct sipmsg_tx *tx)
{
	const struct sv_parse_context *ctx = line->ctx;
	bool from, to;

	if (tx->way != WAY_UNKNOWN)
		return tx->way == WAY_RECEIVED ? SIDE_ASKED : SIDE_ASKS;
	if (address_equal(&tx->from.ip, &tx->to.ip))
		return side_of_ports(tx);
	if (ctx->n_locals) {
		from = is_local(ctx, &tx->from.ip);
		to = is_local(ctx, &tx->to.ip);
	} else {
		int asks = n_others(line->state, &tx->from.ip);
		int asked = n_others(line->state, &tx->to.ip);
		from = asks > asked;
		to = asked > asks;
	}
	if (from && to)
		return side_of_ports(tx);
	if (!from && !to)
		return SIDE_UNKNOWN;
	return to ? SIDE_ASKED : SIDE_ASKS;
}
