/* SPDX-License-Identifier: Apache-2.0 */
/*
 * "ACC: call missed: timestamp=…;method=…;from_tag=…;to_tag=…;call_id=…;code=…;reason=…"
 * and the extra attributes that the configuration adds, separated by ';', nothing
 * escaped. Tags, Call-ID, reason and most extras are the other side's, which can write
 * ";code=200" or ";src_ip=…" into them.
 *
 * All lines of a log have the same keys in the same order: that list is learned, and a
 * line is read in every way that gives each key of the list a value of its form. What
 * all these ways agree on is certain.
 */
#include "dialect/kamailio_line.h"

#include "base/address.h"
#include "sip/outcome.h"

#define KEYS_MAX (KAMAILIO_EXTRAS + 6)
/** Places where a key may stand, all keys together. */
#define PLACES_MAX 128
struct key {
	struct sv_str text; /* ";src_ip=" */
	enum kamailio_key_kind kind;
};

/** A key found in the line. */
struct place {
	size_t at; /* of its separator */
	uint8_t key;
	bool ahead, behind; /* can be reached from the line's start, from its end */
};

struct acc {
	struct sv_str text; /* from ";method=" on, or from the first key that is sought
			     */
	const struct kamailio_head *head;
	struct key keys[KEYS_MAX];
	unsigned n_keys;
	struct place places[PLACES_MAX];
	unsigned n_places;
};

/** Extras of this list of keys; `kinds` are those of the log's list, or NULL. */
static void
add_keys(struct acc *acc, struct sv_str list, const uint8_t *kinds)
{
	for (size_t end, i = 0;
	     (end = str_find_char(list, '=')) != STR_NONE && acc->n_keys < KEYS_MAX;
	     i++) {
		size_t n = end + 1;
		struct sv_str key = str_upto(list, n);
		acc->keys[acc->n_keys++] =
			(struct key){ key, kinds ? (enum kamailio_key_kind)kinds[i]
						 : kamailio_key_kind_of(key) };
		list = str_from(list, n);
	}
}

static bool
is_number(struct sv_str s, size_t least, size_t most)
{
	uint64_t number;

	return s.len >= least && s.len <= most && str_take_u64(s, &number) == s.len;
}

/** Where a byte may not stand: in a word (no separator of acc, no blank, no NUL), nor what
 *  stands around a host in a host's name. */
enum { NO_WORD = 1, NO_HOST = 2 };

/* clang-format off */
static const uint8_t barred[256] = {
	['\0'] = NO_WORD | NO_HOST, [' '] = NO_WORD | NO_HOST,
	[';'] = NO_WORD | NO_HOST, ['='] = NO_WORD | NO_HOST,
	['<'] = NO_HOST, ['>'] = NO_HOST, ['"'] = NO_HOST,
	['\r'] = NO_HOST, ['\n'] = NO_HOST, ['\t'] = NO_HOST,
};
/* clang-format on */

static bool
is_free_of(struct sv_str s, uint8_t what)
{
	for (size_t i = 0; i < s.len; i++)
		if (barred[(unsigned char)s.ptr[i]] & what)
			return false;
	return true;
}

/** May this key have this value? */
static bool
is_value(const struct acc *acc, enum kamailio_key_kind kind, struct sv_str value)
{
	struct sv_ip ip;
	uint16_t port;

	switch (kind) {
	case KEY_METHOD:
		return value.len && value.len < 32 && is_free_of(value, NO_WORD);
	case KEY_CODE:
		return is_number(value, 3, 3);
	case KEY_ADDRESS:
		return !value.len || address_parse_port(value, &ip, &port);
	case KEY_PORT:
		return !value.len || is_number(value, 1, 5);
	case KEY_HOST:
		return is_free_of(value, NO_HOST);
	case KEY_CALL_ID:
		return !acc->head->has_call_id || str_eq(value, acc->head->call_id);
	case KEY_FREE:
	case KEY_REASON:
	case KEY_USER:
	case KEY_DIALLED:
	case KEY_AGENT:
		return true;
	}
	return true;
}

static struct sv_str
value_at(const struct acc *acc, const struct place *p, size_t end)
{
	size_t start = p->at + acc->keys[p->key].text.len;

	return str_make(acc->text.ptr + start, end > start ? end - start : 0);
}

/** All places of all keys, in the order of the text. False: too many. */
static bool
find_places(struct acc *acc)
{
	for (size_t at = 0; at < acc->text.len;) {
		struct sv_str rest = str_from(acc->text, at);
		size_t next = str_find_char(rest, ';');
		if (next == STR_NONE)
			return true;
		at += next;
		rest = str_from(acc->text, at);
		for (unsigned k = 0; k < acc->n_keys; k++) {
			if (rest.len < 2 || acc->keys[k].text.ptr[1] != rest.ptr[1] ||
			    !str_starts(rest, acc->keys[k].text))
				continue;
			if (acc->n_places == PLACES_MAX)
				return false;
			acc->places[acc->n_places++] =
				(struct place){ .at = at, .key = (uint8_t)k };
		}
		at++;
	}
	return true;
}

static bool
follows(const struct acc *acc, const struct place *a, const struct place *b)
{
	size_t least = a->at + acc->keys[a->key].text.len;

	return b->key == a->key + 1 && b->at >= least &&
	       is_value(acc, acc->keys[a->key].kind, value_at(acc, a, b->at));
}

/** Just the keys of the list, each once, and each separator is one of theirs: nearly
 *  all lines. Their places are noted. */
static bool
is_usual(struct acc *acc)
{
	struct sv_str rest = acc->text;

	for (unsigned k = 0; k < acc->n_keys; k++) {
		const struct key *key = &acc->keys[k];
		if (!str_starts(rest, key->text))
			return false;
		acc->places[k] = (struct place){ .at = acc->text.len - rest.len,
						 .key = (uint8_t)k,
						 .behind = true };
		rest = str_from(rest, key->text.len);
		size_t end = str_find_char(rest, ';');
		if (end == STR_NONE)
			end = rest.len;
		if (!is_value(acc, key->kind, str_upto(rest, end)))
			return false;
		rest = str_from(rest, end);
	}
	acc->n_places = acc->n_keys;
	return rest.len == 0;
}

/** Which places are part of a way to read the whole line. */
static bool
mark_places(struct acc *acc)
{
	unsigned last = acc->n_keys - 1;
	struct place *all = acc->places;

	for (unsigned i = 0; i < acc->n_places; i++) {
		all[i].ahead = all[i].key == 0 && all[i].at == 0;
		for (unsigned k = 0; k < i && !all[i].ahead; k++)
			all[i].ahead = all[k].ahead && follows(acc, &all[k], &all[i]);
	}
	for (unsigned i = acc->n_places; i-- > 0;) {
		if (!all[i].ahead)
			continue;
		all[i].behind = all[i].key == last &&
				is_value(acc, acc->keys[last].kind,
					 value_at(acc, &all[i], acc->text.len));
		for (unsigned k = i + 1; k < acc->n_places && !all[i].behind; k++)
			all[i].behind = all[k].ahead && all[k].behind &&
					follows(acc, &all[i], &all[k]);
	}
	return acc->n_places && all[0].behind;
}

static void
take_value(struct sv_event *ev, enum kamailio_key_kind kind, struct sv_str value)
{
	uint64_t number = 0;

	switch (kind) {
	case KEY_METHOD:
		ev->method = method_of(value);
		break;
	case KEY_CODE:
		(void)str_take_u64(value, &number);
		ev->code = (uint16_t)number;
		break;
	case KEY_ADDRESS:
		(void)address_parse_port(value, &ev->peer_ip, &ev->peer_port);
		break;
	case KEY_PORT:
		(void)str_take_u64(value, &number);
		ev->peer_port = number <= UINT16_MAX ? (uint16_t)number : 0;
		break;
	case KEY_CALL_ID:
		ev->claim.call_id = value;
		break;
	case KEY_REASON:
		ev->claim.phrase = kamailio_claim(value);
		break;
	case KEY_USER:
		ev->claim.user = kamailio_claim(value);
		break;
	case KEY_DIALLED:
		if (!ev->claim.dst.len)
			ev->claim.dst = kamailio_claim(value);
		break;
	case KEY_AGENT:
		ev->claim.ua = kamailio_claim(value);
		break;
	case KEY_FREE:
	case KEY_HOST:
		break;
	}
}

/** The value of a key whose values hold no separator. */
static struct sv_str
short_value(const struct acc *acc, const struct place *p)
{
	struct sv_str value = value_at(acc, p, acc->text.len);
	size_t end = str_find_char(value, ';');

	return end == STR_NONE ? value : str_upto(value, end);
}

/** Other ways give an address or a code of their own. Of two codes a failure's is told:
 *  nobody hides one behind a forged success. */
static void
compare_ways(const struct acc *acc, struct kamailio_reading *reading)
{
	for (unsigned i = 0; i < acc->n_places; i++) {
		const struct place *p = &acc->places[i];
		enum kamailio_key_kind kind = acc->keys[p->key].kind;
		struct sv_event other = { 0 };
		if (!p->behind || (kind != KEY_ADDRESS && kind != KEY_CODE))
			continue;
		take_value(&other, kind, short_value(acc, p));
		if (kind == KEY_ADDRESS) {
			reading->doubt |=
				!address_equal(&other.peer_ip, &reading->event.peer_ip);
		} else if (other.code != reading->event.code) {
			reading->unsure = true;
			if (other.code >= 300)
				reading->event.code = other.code;
		}
	}
}

/** Each place is followed by the next one. */
static void
take_usual(struct acc *acc, struct kamailio_reading *reading)
{
	for (unsigned i = 0; i < acc->n_places; i++) {
		size_t end =
			i + 1 < acc->n_places ? acc->places[i + 1].at : acc->text.len;
		take_value(&reading->event, acc->keys[i].kind,
			   value_at(acc, &acc->places[i], end));
	}
}

/** The values of one way. */
static void
take_values(struct acc *acc, struct kamailio_reading *reading)
{
	const struct place *now = &acc->places[0];

	while (now) {
		const struct place *next = NULL;
		for (unsigned i = 0; i < acc->n_places && !next; i++)
			if (acc->places[i].behind && follows(acc, now, &acc->places[i]))
				next = &acc->places[i];
		size_t end = next ? next->at : acc->text.len;
		take_value(&reading->event, acc->keys[now->key].kind,
			   value_at(acc, now, end));
		now = next;
	}
}

/** Behind "timestamp=1795373120" may stand more times and, in OpenSIPS, durations. */
static bool
skip_times(struct sv_str *s)
{
	static const struct sv_str times[] = {
		{ ";time_attr=", 11 }, { ";time_exten=", 12 },
		{ ";created=", 9 },    { ";call_start_time=", 17 },
		{ ";duration=", 10 },  { ";ms_duration=", 13 },
		{ ";setuptime=", 11 },
	};
	uint64_t number;
	size_t n = str_take_u64(*s, &number);

	if (n == 0)
		return false;
	*s = str_from(*s, n);
	for (size_t i = 0; i < sizeof(times) / sizeof(times[0]); i++) {
		if (!str_starts(*s, times[i]))
			continue;
		*s = str_from(*s, times[i].len);
		size_t end = str_find_char(*s, ';');
		if (end == STR_NONE || end > 64)
			return false;
		*s = str_from(*s, end);
	}
	return true;
}

static const struct key base_keys[] = {
	{ { ";method=", 8 }, KEY_METHOD }, { { ";from_tag=", 10 }, KEY_FREE },
	{ { ";to_tag=", 8 }, KEY_FREE },   { { ";call_id=", 9 }, KEY_CALL_ID },
	{ { ";code=", 6 }, KEY_CODE },     { { ";reason=", 8 }, KEY_REASON },
};
#define BASE_KEYS (sizeof(base_keys) / sizeof(base_keys[0]))

/** By these keys: base keys, and extras as they are listed. */
static bool
read_by(struct acc *acc, struct sv_str extras, const uint8_t *kinds,
	struct kamailio_reading *reading)
{
	enum kamailio_key_kind last;

	acc->n_keys = BASE_KEYS;
	memcpy(acc->keys, base_keys, sizeof(base_keys));
	add_keys(acc, extras, kinds);
	reading->usual = is_usual(acc);
	if (reading->usual) {
		take_usual(acc, reading);
	} else {
		acc->n_places = 0;
		if (!find_places(acc)) {
			reading->doubt = true; /* a flood of keys: nobody is blamed */
			return false;
		}
		if (!mark_places(acc))
			return false;
		take_values(acc, reading);
		compare_ways(acc, reading);
	}
	last = acc->keys[acc->n_keys - 1].kind;
	reading->closed = last == KEY_HOST || last == KEY_ADDRESS || last == KEY_PORT;
	/* whose call it was is not known: but both lines about it say the same */
	if (reading->doubt)
		reading->event.hint.session = kamailio_session(acc->text);
	return true;
}

/** By the log's list of keys; before there is one by the line's own; else without any
 *  extras, hence without an address. */
static bool
read_attributes(const struct kamailio_line *line, struct acc *acc,
		struct kamailio_reading *reading)
{
	const struct kamailio_acc_state *st = &line->state->acc;
	struct sv_str list = str_make(st->keys, st->keys_len), own;
	char room[KAMAILIO_KEYS_MAX];
	bool read;

	if (st->list && read_by(acc, list, st->kinds, reading)) {
		reading->unsure |=
			!kamailio_extras_sure(st) && kamailio_extras_have_address(list);
		reading->listed = true;
		return true;
	}
	/* text of the other side that looks like a line of acc */
	if (line->n_heads > 1)
		return false;
	if ((!kamailio_extras_sure(st) || !st->seen) && (!st->list || list.len) &&
	    kamailio_extras_read(acc->text, room, &own) &&
	    read_by(acc, own, NULL, reading)) {
		reading->unsure |= kamailio_extras_have_address(own);
		read = true;
	} else {
		read = read_by(acc, (struct sv_str){ 0 }, NULL, reading);
	}
	reading->usual = false; /* these are not the log's keys */
	return read;
}

static const struct phrase {
	struct sv_str text;
	uint32_t template_id;
} phrases[] = {
	{ { "ACC: call missed: timestamp=", 28 }, KAMAILIO_ACC_MISSED },
	{ { "ACC: transaction answered: timestamp=", 37 }, KAMAILIO_ACC_ANSWERED },
	{ { "ACC: request accounted: timestamp=", 34 }, KAMAILIO_ACC_ACCOUNTED },
};

enum kamailio_way
kamailio_acc_read(const struct kamailio_line *line, const struct kamailio_head *head,
		  struct kamailio_reading *reading)
{
	const struct phrase *phrase = NULL;
	struct acc acc;

	for (size_t i = 0; i < sizeof(phrases) / sizeof(phrases[0]) && !phrase; i++)
		if (str_starts(head->message, phrases[i].text))
			phrase = &phrases[i];
	if (!phrase)
		return KAMAILIO_OPEN;
	acc.head = head;
	acc.text = str_from(head->message, phrase->text.len);
	kamailio_event(line, phrase->template_id, &reading->event);
	reading->event.leg = SV_LEG_IN;
	if (!skip_times(&acc.text) || !read_attributes(line, &acc, reading))
		return KAMAILIO_IMPOSSIBLE;
	return KAMAILIO_FITS;
}

/** A call that was missed is told once more when its transaction ends. */
static bool
told_before(struct kamailio_line *line, const struct sv_event *ev)
{
	uint64_t *slot = &line->state->missed[ev->hint.session % KAMAILIO_CALLS];

	if (ev->hint.session == 0)
		return false;
	if (ev->hint.template_id == KAMAILIO_ACC_MISSED) {
		*slot = ev->hint.session;
		return false;
	}
	if (*slot != ev->hint.session)
		return false;
	*slot = 0;
	return true;
}

/** Its keys count for the log's list. A value that looks like more keys does not count
 *  against a list that has an address. */
static void
learn_from(struct kamailio_line *line, const struct kamailio_reading *reading)
{
	struct kamailio_acc_state *st = &line->state->acc;
	struct sv_str known = str_make(st->keys, st->keys_len), list;
	struct sv_str message = line->heads[0].message;
	size_t at = str_find(message, SV_STR(": timestamp="));
	char room[KAMAILIO_KEYS_MAX];

	if (line->n_heads != 1 || line->doubtful || at == STR_NONE)
		return;
	if (reading->usual)
		kamailio_extras_agree(st);
	else if (!(reading->listed && kamailio_extras_have_address(known)) &&
		 kamailio_extras_read(str_from(message, at), room, &list))
		kamailio_extras_learn(st, list);
}

enum sv_parse
kamailio_acc_finish(struct kamailio_line *line, struct kamailio_reading *reading)
{
	struct sv_event *ev = &reading->event;

	learn_from(line, reading);
	if (told_before(line, ev) && ev->outcome != SV_OK) {
		ev->hint.tell = SV_TELL_DETAIL;
		ev->hint.alone = false;
	}
	return kamailio_emit(line, ev);
}
