/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The attributes that a configuration adds to acc lines. All lines of a log have the
 * same ones in the same order; what a log's list is, most of its lines say. Whoever
 * writes a few lines of his own cannot teach another one.
 */
#include "dialect/kamailio_line.h"

/** So many lines agree about the list of keys before it is relied on. */
#define AGREE_SURE 32
#define AGREE_MAX 64
/** A line with another list takes back so much. */
#define AGREE_LOSS 4

/** What Kamailio's default configuration adds. */
#define USUAL_KEYS ";src_user=;src_domain=;src_ip=;dst_ouser=;dst_user=;dst_domain="

static const struct {
	struct sv_str name;
	enum kamailio_key_kind kind;
} known[] = {
	{ { "method", 6 }, KEY_METHOD },     { { "call_id", 7 }, KEY_CALL_ID },
	{ { "code", 4 }, KEY_CODE },         { { "reason", 6 }, KEY_REASON },
	{ { "src_ip", 6 }, KEY_ADDRESS },    { { "caller_ip", 9 }, KEY_ADDRESS },
	{ { "source_ip", 9 }, KEY_ADDRESS }, { { "srcip", 5 }, KEY_ADDRESS },
	{ { "sip_src", 7 }, KEY_ADDRESS },   { { "src_addr", 8 }, KEY_ADDRESS },
	{ { "sourceip", 8 }, KEY_ADDRESS },  { { "src_port", 8 }, KEY_PORT },
	{ { "caller_port", 11 }, KEY_PORT }, { { "source_port", 11 }, KEY_PORT },
	{ { "src_domain", 10 }, KEY_HOST },  { { "dst_domain", 10 }, KEY_HOST },
	{ { "src_user", 8 }, KEY_USER },     { { "dst_user", 8 }, KEY_DIALLED },
	{ { "ua", 2 }, KEY_AGENT },          { { "user_agent", 10 }, KEY_AGENT },
	{ { "dst_ouser", 9 }, KEY_DIALLED },
};

static bool
is_name_char(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
	       (c >= '0' && c <= '9') || c == '_' || c == '-' || c == '.';
}

size_t
kamailio_key_length(struct sv_str s)
{
	size_t n = 1;

	if (s.len < 3 || s.ptr[0] != ';')
		return 0;
	while (n < s.len && n < 48 && is_name_char(s.ptr[n]))
		n++;
	return n > 1 && n < s.len && s.ptr[n] == '=' ? n + 1 : 0;
}

enum kamailio_key_kind
kamailio_key_kind_of(struct sv_str key)
{
	struct sv_str name = str_make(key.ptr + 1, key.len - 2);

	for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++)
		if (str_ieq(name, known[i].name))
			return known[i].kind;
	return KEY_FREE;
}

bool
kamailio_extras_read(struct sv_str text, char room[KAMAILIO_KEYS_MAX],
		     struct sv_str *ret_list)
{
	size_t fill = 0, at = str_find(text, SV_STR(";reason="));

	if (at == STR_NONE || text.len > KAMAILIO_WHOLE_MAX)
		return false;
	for (size_t i = 0; i < text.len; i++) {
		struct sv_str rest = str_from(text, i);
		if (rest.ptr[0] != ';')
			continue;
		size_t n = kamailio_key_length(rest);
		struct sv_str key = str_upto(rest, n);
		if (!n || (i < at && kamailio_key_kind_of(key) == KEY_ADDRESS) ||
		    str_find(str_from(text, i + n), key) != STR_NONE)
			return false;
		if (i <= at)
			continue;
		if (fill + n > KAMAILIO_KEYS_MAX)
			return false;
		memcpy(room + fill, key.ptr, n);
		fill += n;
	}
	*ret_list = str_make(room, fill);
	return true;
}

void
kamailio_extras_agree(struct kamailio_acc_state *st)
{
	st->agree += st->agree < AGREE_MAX;
	st->seen = true;
}

void
kamailio_extras_learn(struct kamailio_acc_state *st, struct sv_str list)
{
	uint64_t hash = str_hash(list, 1);
	size_t n, i = 0;

	if (hash == st->list) {
		kamailio_extras_agree(st);
		return;
	}
	if (st->seen && st->agree > AGREE_LOSS) {
		st->agree -= AGREE_LOSS;
		return;
	}
	st->list = hash;
	st->agree = 1;
	st->seen = true;
	st->keys_len = (uint32_t)list.len;
	memcpy(st->keys, list.ptr ? list.ptr : "", list.len);
	for (; i < KAMAILIO_EXTRAS && (n = kamailio_key_length(list)); i++) {
		st->kinds[i] = (uint8_t)kamailio_key_kind_of(str_upto(list, n));
		list = str_from(list, n);
	}
}

bool
kamailio_extras_sure(const struct kamailio_acc_state *st)
{
	return st->agree >= AGREE_SURE;
}

void
kamailio_extras_begin(struct kamailio_state *st, bool opensips)
{
	st->begun = true;
	if (!opensips) {
		kamailio_extras_learn(&st->acc, SV_STR(USUAL_KEYS));
		st->acc.agree = AGREE_SURE;
		st->acc.seen = false;
	}
}

bool
kamailio_extras_have_address(struct sv_str list)
{
	for (size_t n; (n = kamailio_key_length(list)); list = str_from(list, n))
		if (kamailio_key_kind_of(str_upto(list, n)) == KEY_ADDRESS)
			return true;
	return false;
}
