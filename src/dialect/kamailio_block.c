/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Addresses that pike or the script's own ban list keep out. pike says once that a block
 * begins, scripts say it for each request they drop, and both may: one block is one
 * event, told again when it has lasted for a while.
 */
#include "dialect/kamailio_line.h"

#include "base/address.h"

/** A block that goes on this long is told again. */
#define AGAIN (300 * SV_USEC_PER_SEC)
/** Requests further apart are not of one block, where nothing tells of its end. */
#define QUIET (30 * SV_USEC_PER_SEC)

static size_t
place_of(const struct sv_ip *ip)
{
	return address_hash(ip) % KAMAILIO_BLOCKS;
}

/** "0x7fab323b1df8" behind "node". */
static uint64_t
node_of(struct sv_str message)
{
	size_t at = str_find_last(message, SV_STR("0x"));
	uint64_t node = 0;

	if (at != STR_NONE)
		(void)str_take_hex(str_from(message, at + 2), &node);
	return node;
}

enum sv_parse
kamailio_block_begin(struct kamailio_line *line, struct sv_event *ev)
{
	size_t i = place_of(&ev->peer_ip);
	sv_usec now = line->ctx->moment(line->ctx->user);

	if (ev->peer_ip.family && ev->attribution == SV_ATTRIBUTION_CERTAIN) {
		line->state->blocks[i].ip = ev->peer_ip;
		line->state->blocks[i].node = node_of(line->body);
		line->state->blocks[i].told = line->state->blocks[i].last = now;
	}
	return kamailio_emit(line, ev);
}

enum sv_parse
kamailio_block_end(struct kamailio_line *line, struct sv_event *ev)
{
	uint64_t node = node_of(line->body);

	for (size_t i = 0; node && i < KAMAILIO_BLOCKS; i++)
		if (line->state->blocks[i].node == node &&
		    ev->attribution == SV_ATTRIBUTION_CERTAIN)
			line->state->blocks[i].node = 0;
	return SV_PARSE_SKIP;
}

enum sv_parse
kamailio_block_request(struct kamailio_line *line, struct sv_event *ev)
{
	size_t i = place_of(&ev->peer_ip);
	struct kamailio_state *st = line->state;
	sv_usec now = line->ctx->moment(line->ctx->user);
	bool known =
		ev->peer_ip.family && address_equal(&st->blocks[i].ip, &ev->peer_ip);

	if (ev->attribution != SV_ATTRIBUTION_CERTAIN || !ev->peer_ip.family)
		return kamailio_emit(line, ev);
	if (known && now < st->blocks[i].told + AGAIN &&
	    (st->blocks[i].node || now < st->blocks[i].last + QUIET)) {
		ev->hint.tell = SV_TELL_DETAIL;
		ev->hint.alone = false;
	} else {
		st->blocks[i].ip = ev->peer_ip;
		st->blocks[i].node = 0;
		st->blocks[i].told = now;
	}
	st->blocks[i].last = now;
	return kamailio_emit(line, ev);
}
