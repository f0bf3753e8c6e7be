/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The legs that are being dialled: a table of a fixed size, found by the call that they
 * belong to. Buckets chain them in the order of their places.
 */
#include "dialect/asterisk_line.h"

uint64_t
asterisk_call_key(const struct asterisk_line *line)
{
	uint64_t key =
		line->has_mark ? line->call_mark : UINT64_C(1) << 32 | line->thread;

	return line->record->host.len ? key ^ str_hash(line->record->host, 2) << 1
				      : key;
}

static uint16_t *
leg_bucket(struct asterisk_state *st, uint64_t call)
{
	return &st->leg_buckets[(call ^ call >> 8 ^ call >> 32) % ASTERISK_LEGS];
}

struct asterisk_leg *
asterisk_leg_next(struct asterisk_state *st, uint64_t call,
		  const struct asterisk_leg *after)
{
	uint16_t at = after ? after->next : *leg_bucket(st, call);

	for (; at; at = st->legs[at - 1].next)
		if (st->legs[at - 1].call == call)
			return &st->legs[at - 1];
	return NULL;
}

static void
leg_link(struct asterisk_state *st, struct asterisk_leg *leg)
{
	uint16_t place = (uint16_t)(leg - st->legs + 1);
	uint16_t *at = leg_bucket(st, leg->call);

	while (*at && *at < place)
		at = &st->legs[*at - 1].next;
	leg->next = *at;
	*at = place;
	st->leg_used[(place - 1) / 64] |= UINT64_C(1) << (place - 1) % 64;
}

void
asterisk_leg_free(struct asterisk_state *st, struct asterisk_leg *leg)
{
	uint16_t place = (uint16_t)(leg - st->legs + 1);
	uint16_t *at = leg_bucket(st, leg->call);

	while (*at != place)
		at = &st->legs[*at - 1].next;
	*at = leg->next;
	leg->state = LEG_FREE;
	st->leg_used[(place - 1) / 64] &= ~(UINT64_C(1) << (place - 1) % 64);
}

size_t
asterisk_leg_place(const struct asterisk_state *st, size_t at, bool used)
{
	while (at < ASTERISK_LEGS) {
		uint64_t bits = st->leg_used[at / 64];
		bits = (used ? bits : ~bits) >> at % 64;
		if (bits)
			return at + (size_t)__builtin_ctzll(bits);
		at = (at / 64 + 1) * 64;
	}
	return ASTERISK_LEGS;
}

struct asterisk_leg *
asterisk_leg_new(struct asterisk_state *st, uint64_t call)
{
	size_t best = asterisk_leg_place(st, 0, false);

	if (best == ASTERISK_LEGS) {
		best = 0;
		for (size_t i = 1; i < ASTERISK_LEGS; i++)
			if (st->clock - st->legs[i].age >
			    st->clock - st->legs[best].age)
				best = i;
		asterisk_leg_free(st, &st->legs[best]);
	}
	st->legs[best] = (struct asterisk_leg){ .call = call, .age = ++st->clock };
	leg_link(st, &st->legs[best]);
	return &st->legs[best];
}

void
asterisk_leg_drop(struct asterisk_state *st, uint64_t call)
{
	struct asterisk_leg *leg = NULL;

	while ((leg = asterisk_leg_next(st, call, leg)) != NULL)
		asterisk_leg_free(st, leg);
}

void
asterisk_call_plan(struct asterisk_line *line, struct sv_str data)
{
	struct asterisk_state *st = line->state;
	uint64_t call = asterisk_call_key(line);
	size_t comma = str_find_char(data, ',');

	asterisk_leg_drop(st, call);
	if (comma != STR_NONE)
		data = str_upto(data, comma);
	for (int i = 0; i < 16 && data.len; i++) {
		size_t end = str_find_char(data, '&');
		struct sv_str one = str_upto(data, end == STR_NONE ? data.len : end);
		bool pjsip;
		struct sv_str peer = asterisk_dialled_peer(one, &pjsip);
		if (peer.len) {
			struct asterisk_leg *leg = asterisk_leg_new(st, call);
			leg->state = LEG_PLANNED;
			leg->pjsip = pjsip;
			asterisk_name_set(&leg->peer, peer);
		}
		data = str_from(data, one.len + 1);
	}
}
