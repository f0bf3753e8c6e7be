/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The table of calls: sets of a fixed number of places, of which the oldest gives way.
 * And the numbers that were dialled just now: the channel that is made next is called
 * like one of them.
 */
#include "dialect/freeswitch_line.h"

/** A channel is made at once: a dial that waits while so many were made is over. */
#define DIAL_PATIENCE 256

uint64_t
freeswitch_session_key(struct sv_str s)
{
	uint64_t hash, word;

	if (s.len != FREESWITCH_UUID) {
		hash = str_hash(s, 0);
		return hash ? hash : 1;
	}
	/* a uuid, by its words: all of it is as good as random */
	memcpy(&hash, s.ptr, sizeof(hash));
	for (size_t at = 8; at + sizeof(word) <= FREESWITCH_UUID + 4; at += 8) {
		size_t from = at + sizeof(word) <= FREESWITCH_UUID
				      ? at
				      : FREESWITCH_UUID - sizeof(word);
		memcpy(&word, s.ptr + from, sizeof(word));
		hash = (hash ^ word) * UINT64_C(0x9e3779b97f4a7c15);
		hash ^= hash >> 29;
	}
	return hash ? hash : 1;
}

static struct freeswitch_session *
set_of(struct freeswitch_state *st, uint64_t key)
{
	uint64_t set =
		(key ^ key >> 17 ^ key >> 41) % (FREESWITCH_SESSIONS / FREESWITCH_WAYS);

	return &st->sessions[set * FREESWITCH_WAYS];
}

struct freeswitch_session *
freeswitch_session_find(struct freeswitch_state *st, uint64_t key)
{
	struct freeswitch_session *set = set_of(st, key);

	for (size_t i = 0; i < FREESWITCH_WAYS; i++)
		if (set[i].key == key)
			return &set[i];
	return NULL;
}

struct freeswitch_session *
freeswitch_session_new(struct freeswitch_state *st, uint64_t key)
{
	struct freeswitch_session *set = set_of(st, key), *best = &set[0];

	for (size_t i = 0; i < FREESWITCH_WAYS; i++) {
		if (set[i].key == key || set[i].key == 0) {
			best = &set[i];
			break;
		}
		if (st->clock - set[i].age > st->clock - best->age)
			best = &set[i];
	}
	memset(best, 0, sizeof(*best));
	best->key = key;
	best->age = ++st->clock;
	return best;
}

static void
add(struct freeswitch_state *st, struct sv_str number, struct sv_str peer)
{
	struct freeswitch_dial *best = &st->dials[0];

	if (!number.len || !peer.len)
		return;
	for (size_t i = 1; i < FREESWITCH_DIALS && best->number; i++)
		if (!st->dials[i].number ||
		    st->clock - st->dials[i].age > st->clock - best->age)
			best = &st->dials[i];
	best->number = freeswitch_session_key(number);
	best->age = ++st->clock;
	freeswitch_name_set(&best->peer, peer);
}

/** Bytes before the first one of `set`. */
static size_t
until(struct sv_str s, const char *set)
{
	size_t i = 0;

	while (i < s.len && !(s.ptr[i] && strchr(set, s.ptr[i])))
		i++;
	return i;
}

/** "[leg_timeout=40]sofia/gateway/NAME/number,user/1003@pbx|…": each destination. */
void
freeswitch_dial_add(struct freeswitch_state *st, struct sv_str data)
{
	static const struct sv_str gateway = { "sofia/gateway/", 14 };
	static const struct sv_str user = { "user/", 5 };

	while (data.len) {
		size_t end = until(data, ",|");
		struct sv_str part = str_upto(data, end);
		size_t close = str_find_last(part, SV_STR("]"));
		data = str_from(data, end + 1);
		if (close != STR_NONE)
			part = str_from(part, close + 1);
		close = str_find_last(part, SV_STR("}"));
		if (close != STR_NONE)
			part = str_from(part, close + 1);
		if (str_starts(part, gateway)) {
			part = str_from(part, gateway.len);
			size_t slash = until(part, "/");
			add(st, str_from(part, slash + 1), str_upto(part, slash));
		} else if (str_starts(part, user)) {
			part = str_from(part, user.len);
			add(st, str_upto(part, until(part, "@")), part);
		}
	}
}

const struct freeswitch_dial *
freeswitch_dial_take(struct freeswitch_state *st, struct sv_str number)
{
	struct freeswitch_dial *best = NULL;
	uint64_t key = freeswitch_session_key(number);

	for (size_t i = 0; number.len && i < FREESWITCH_DIALS; i++) {
		struct freeswitch_dial *dial = &st->dials[i];
		if (dial->number != key || st->clock - dial->age > DIAL_PATIENCE)
			continue;
		if (!best || st->clock - dial->age > st->clock - best->age)
			best = dial;
	}
	if (best)
		best->number = 0; /* its place is not used before the next dial */
	return best;
}
