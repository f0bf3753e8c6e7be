/* SPDX-License-Identifier: Apache-2.0 */
/* Keys: found by hash, listed by worth, given up when the limits are reached. */
#include "base/text.h"
#include "engine/state.h"

#include <assert.h>

/* A rule with fewer keys may use what is spared: floods of others must not blind it. */
#define FEW_KEYS 256
/* Keys at the head of a list that are passed over because they have been touched. */
#define PASS_OVER 8

struct sv_str
key_name(const struct engine *engine, const struct key *key)
{
	if (key->name_len <= KEY_INLINE_BYTES)
		return str_make(key->name.bytes, key->name_len);
	return str_make(pool_at(&engine->pool, key->name.block), key->name_len);
}

bool
key_name_of(const struct plan *plan, const struct sv_event *event,
	    char buf[KEY_MAX_BYTES], struct sv_str *ret_name)
{
	char part[EXPR_KEY_BYTES];
	size_t at = 0;

	if (plan->n_by == 1) {
		*ret_name = expr_field_key(plan->by[0], event, buf);
		return ret_name->len || !plan->needs[0];
	}
	for (size_t i = 0; i < plan->n_by; i++) {
		struct sv_str value = expr_field_key(plan->by[i], event, part);
		if (value.len == 0 && plan->needs[i])
			return false;
		buf[at++] = (char)(value.len & 0xff);
		buf[at++] = (char)(value.len >> 8);
		if (value.len)
			memcpy(buf + at, value.ptr, value.len);
		at += value.len;
	}
	*ret_name = str_make(buf, at);
	return true;
}

struct sv_str
key_part(const struct plan *plan, struct sv_str name, size_t i)
{
	if (plan->n_by == 1)
		return name;
	for (;; i--) {
		size_t len = (unsigned char)name.ptr[0] |
			     (size_t)(unsigned char)name.ptr[1] << 8;
		name = str_from(name, 2);
		if (i == 0)
			return str_upto(name, len);
		name = str_from(name, len);
	}
}

static void
list_cut(struct engine *engine, struct engine_rule *rule, struct key *key)
{
	if (key->level >= KEY_LEVELS)
		return;
	struct key_list *list = &rule->list[key->level];
	if (key->older)
		key_at(engine, key->older)->newer = key->newer;
	else
		list->head = key->newer;
	if (key->newer)
		key_at(engine, key->newer)->older = key->older;
	else
		list->tail = key->older;
	key->older = key->newer = 0;
	if (--list->n == 0)
		rule->filled &= ~(UINT32_C(1) << key->level);
}

static void
list_append(struct engine *engine, struct engine_rule *rule, pool_handle handle,
	    unsigned level)
{
	struct key *key = key_at(engine, handle);

	key->level = (uint8_t)level;
	key->touched = false;
	if (level >= KEY_LEVELS)
		return;
	struct key_list *list = &rule->list[level];
	key->older = list->tail;
	key->newer = 0;
	if (list->tail)
		key_at(engine, list->tail)->newer = handle;
	else
		list->head = handle;
	list->tail = handle;
	list->n++;
	rule->filled |= UINT32_C(1) << level;
}

static bool
is_named(const struct engine *engine, const struct key *key, uint32_t hash,
	 uint16_t rule, struct sv_str name)
{
	return key->hash == hash && key->rule == rule &&
	       str_eq(key_name(engine, key), name);
}

static void
split_bucket(struct engine *engine)
{
	uint32_t fresh = engine->n_buckets;

	if (engine->stats.keys < fresh || fresh == engine->max_buckets)
		return;
	if (fresh > engine->mask)
		engine->mask = engine->mask << 1 | 1;
	pool_handle *link = &engine->buckets[fresh & engine->mask >> 1];
	engine->n_buckets++;
	while (*link) {
		pool_handle handle = *link;
		struct key *key = key_at(engine, handle);
		if ((key->hash & engine->mask) != fresh) {
			link = &key->next;
			continue;
		}
		*link = key->next;
		key->next = engine->buckets[fresh];
		engine->buckets[fresh] = handle;
	}
}

/** A block for a key of this rule; others are given up for it. */
static pool_handle
take_block(struct engine *engine, struct engine_rule *rule)
{
	if (engine->stats.keys >= engine->max_keys && !keys_evict(engine))
		return 0;
	return pool_take(&engine->pool, rule->key_bytes, rule->n_keys < FEW_KEYS);
}

static bool
set_name(struct engine *engine, struct key *key, struct sv_str name)
{
	key->name_len = (uint16_t)name.len;
	if (name.len <= KEY_INLINE_BYTES) {
		if (name.len)
			memcpy(key->name.bytes, name.ptr, name.len);
		return true;
	}
	key->name.block = pool_take(&engine->pool, name.len, false);
	if (key->name.block == 0)
		return false;
	memcpy(pool_at(&engine->pool, key->name.block), name.ptr, name.len);
	return true;
}

static sv_usec
sweep_time(const struct engine *engine, size_t place)
{
	return engine->rules[engine->sweeps[place]].stale;
}

static void
sweep_put(struct engine *engine, size_t place, uint16_t rule)
{
	engine->sweeps[place] = rule;
	engine->rules[rule].place = (uint16_t)place;
}

/** The rule at this place is due earlier than before. */
static void
sweep_up(struct engine *engine, size_t place)
{
	uint16_t rule = engine->sweeps[place];
	sv_usec stale = engine->rules[rule].stale;

	for (; place > 1 && stale < sweep_time(engine, place / 2); place /= 2)
		sweep_put(engine, place, engine->sweeps[place / 2]);
	sweep_put(engine, place, rule);
	engine->stale = sweep_time(engine, 1);
}

/** The rule at this place is due later than before; those below it are in order. */
static void
sweep_down(struct engine *engine, size_t place)
{
	uint16_t rule = engine->sweeps[place];
	sv_usec stale = engine->rules[rule].stale;

	for (size_t child; (child = place * 2) <= engine->n_rules; place = child) {
		if (child < engine->n_rules &&
		    sweep_time(engine, child + 1) < sweep_time(engine, child))
			child++;
		if (stale <= sweep_time(engine, child))
			break;
		sweep_put(engine, place, engine->sweeps[child]);
	}
	sweep_put(engine, place, rule);
}

void
keys_order_sweeps(struct engine *engine)
{
	for (size_t place = engine->n_rules; place > 0; place--)
		sweep_down(engine, place);
	engine->stale = engine->n_rules ? sweep_time(engine, 1) : SV_USEC_NEVER;
}

/** The list that is so much above the lowest one. */
static unsigned
level_above(const struct engine_rule *rule, unsigned above)
{
	return (rule->floor + above) % KEY_LEVELS;
}

/** How much the key is worth above the lowest list. */
static unsigned
worth_of(const struct engine_rule *rule, struct key *key)
{
	uint32_t sum = key_windows(key)[0].sum;
	unsigned credit = sum >= KEY_MAX_CREDIT ? KEY_MAX_CREDIT
			  : sum >= 8            ? 8
			  : sum >= 4            ? 4
			  : sum >= 2            ? 2
						: 1;
	uint16_t above = (uint16_t)(key->base + credit - rule->floor);

	return above < KEY_LEVELS ? above : 0; /* below the floor, by now */
}

/** A key was put on a list: it may be empty after one span. */
static void
sweep_at(struct engine *engine, struct engine_rule *rule, unsigned level)
{
	sv_usec empty = engine->stats.now + rule->window.span;

	if (level >= KEY_LEVELS)
		return;
	if (empty < rule->list[level].stale)
		rule->list[level].stale = empty;
	if (empty >= rule->stale)
		return;
	rule->stale = empty;
	sweep_up(engine, rule->place);
}

pool_handle
keys_find(const struct engine *engine, const struct engine_rule *rule,
	  struct sv_str name, uint32_t hash)
{
	pool_handle handle = *bucket_of(engine, hash);

	while (handle &&
	       !is_named(engine, key_at(engine, handle), hash, rule->index, name))
		handle = key_at(engine, handle)->next;
	return handle;
}

pool_handle
keys_get(struct engine *engine, struct engine_rule *rule, struct sv_str name,
	 uint32_t hash)
{
	pool_handle handle = keys_find(engine, rule, name, hash);

	if (handle)
		return handle;
	engine->needy = rule;
	handle = take_block(engine, rule);
	if (handle == 0) {
		engine->stats.evicted++;
		return 0;
	}
	struct key *key = key_at(engine, handle);
	key->hash = hash;
	key->rule = rule->index;
	if (!set_name(engine, key, name)) {
		pool_give(&engine->pool, handle, rule->key_bytes);
		engine->stats.evicted++;
		return 0;
	}
	split_bucket(engine);
	key->next = *bucket_of(engine, hash);
	*bucket_of(engine, hash) = handle;
	key->base = (uint16_t)rule->floor;
	unsigned level = level_above(rule, 1);
	list_append(engine, rule, handle, level);
	sweep_at(engine, rule, level);
	rule->n_keys++;
	engine->stats.keys++;
	return handle;
}

void
keys_place(struct engine *engine, struct engine_rule *rule, pool_handle handle,
	   bool pinned)
{
	struct key *key = key_at(engine, handle);
	bool was_pinned = key->level == KEY_PINNED;
	unsigned above = pinned ? 0 : worth_of(rule, key), level = KEY_PINNED;

	/* its first event is no news of it */
	key->touched |= pinned || key_windows(key)[0].sum > 1;
	if (pinned && was_pinned)
		return;
	/* Down only when unpinned: a count that falls is seen when it is its turn. */
	if (!pinned && !was_pinned && above <= (key->level - rule->floor) % KEY_LEVELS)
		return;
	if (!pinned)
		level = level_above(rule, above);
	list_cut(engine, rule, key);
	list_append(engine, rule, handle, level);
	sweep_at(engine, rule, level);
}

void
keys_restore(struct engine *engine, struct engine_rule *rule, pool_handle handle,
	     const struct key *saved)
{
	struct key *key = key_at(engine, handle);

	list_cut(engine, rule, key);
	list_append(engine, rule, handle, saved->level);
	sweep_at(engine, rule, saved->level);
	key->touched = saved->touched;
	key->base = saved->base;
}

uint32_t
key_hash_of(const struct engine *engine, const struct engine_rule *rule,
	    struct sv_str name)
{
	struct key_group group = { .hash = str_hash(name, engine->seed) };

	return key_hash(rule, &group);
}

void
keys_free(struct engine *engine, pool_handle handle)
{
	struct key *key = key_at(engine, handle);
	struct engine_rule *rule = &engine->rules[key->rule];
	pool_handle *link = bucket_of(engine, key->hash);

	while (*link != handle) {
		assert(*link);
		link = &key_at(engine, *link)->next;
	}
	*link = key->next;
	list_cut(engine, rule, key);
	if (key->watch)
		watch_free(engine, key);
	for (size_t i = 0; i < rule->plan->measures.n_series; i++)
		window_done(&key_windows(key)[i], &rule->window);
	for (size_t i = 0; i < rule->plan->measures.n_distinct; i++)
		distinct_done(&key_sets(rule, key)[i], &rule->distinct);
	gauges_done(rule, key);
	if (key->name_len > KEY_INLINE_BYTES)
		pool_give(&engine->pool, key->name.block, key->name_len);
	pool_give(&engine->pool, handle, rule->key_bytes);
	rule->n_keys--;
	engine->stats.keys--;
}

/** The lowest list that has a key to give; the floor rises to the lowest that has any. */
static struct key_list *
poorest_list(const struct engine *engine, struct engine_rule *rule)
{
	uint32_t turn = rule->floor % KEY_LEVELS;
	uint32_t above = rule->filled >> turn | rule->filled
							<< (KEY_LEVELS - turn) % 32;

	if (above == 0)
		return NULL;
	rule->floor += (unsigned)__builtin_ctz(above);
	for (; above; above &= above - 1) {
		unsigned level = (turn + (unsigned)__builtin_ctz(above)) % KEY_LEVELS;
		struct key_list *list = &rule->list[level];
		if (list->n > 1 || list->head != engine->busy)
			return list;
	}
	return NULL;
}

static size_t
listed_of(const struct engine_rule *rule)
{
	size_t listed = 0;

	for (uint32_t left = rule->filled; left; left &= left - 1)
		listed += rule->list[__builtin_ctz(left)].n;
	return listed;
}

/** The rule that gives up a key: by turns the one that wants memory, since what its own
 *  keys leave behind fits, and the one that has most. */
static struct engine_rule *
giving_rule(struct engine *engine)
{
	struct engine_rule *most = NULL;
	size_t most_listed = 0;

	engine->from_most = !engine->from_most;
	if (engine->needy && engine->from_most && listed_of(engine->needy) >= FEW_KEYS)
		return engine->needy;
	for (size_t i = 0; i < engine->n_rules; i++) {
		size_t listed = listed_of(&engine->rules[i]);
		if (listed > most_listed) {
			most_listed = listed;
			most = &engine->rules[i];
		}
	}
	return most;
}

bool
keys_evict(struct engine *engine)
{
	struct engine_rule *most = giving_rule(engine);
	struct key_list *list = most ? poorest_list(engine, most) : NULL;
	if (!list)
		return false;
	pool_handle victim = list->head;
	for (int i = 0; i < PASS_OVER; i++) {
		struct key *key = key_at(engine, victim);
		if (!key->touched && victim != engine->busy)
			break;
		unsigned level = key->level;
		list_cut(engine, most, key);
		list_append(engine, most, victim, level);
		victim = list->head;
	}
	if (victim == engine->busy)
		return false;
	keys_free(engine, victim);
	engine->stats.evicted++;
	return true;
}

/** Begin to fetch what sweep_list() reads of a key, and the one that follows it. */
static void
fetch_key(const struct engine *engine, struct key *key)
{
	__builtin_prefetch(pool_at(&engine->pool, key_windows(key)->ring));
	__builtin_prefetch(bucket_of(engine, key->hash));
	if (key->newer)
		__builtin_prefetch(key_at(engine, key->newer));
}

/** Drops the empty keys at the head; when the first one that is left will be empty. */
static sv_usec
sweep_list(struct engine *engine, struct engine_rule *rule, unsigned level)
{
	struct key_list *list = &rule->list[level];

	while (list->head) {
		pool_handle handle = list->head;
		struct key *key = key_at(engine, handle);
		struct window *window = &key_windows(key)[0];
		if (key->newer)
			fetch_key(engine, key_at(engine, key->newer));
		if (key->touched) {
			list_cut(engine, rule, key);
			list_append(engine, rule, handle, level);
			continue;
		}
		window_expire(window, &rule->window, engine->stats.now);
		if (window->n)
			return window_newest(window, &rule->window) + rule->window.span;
		sv_usec keep = gauges_keep(engine, rule, key);
		if (keep > engine->stats.now)
			return keep;
		keys_free(engine, handle);
	}
	return SV_USEC_NEVER;
}

/** Begin to fetch what the sweep reads first of each list that is due: the key at its
 *  head, in a second turn that key's window. */
static void
fetch_heads(const struct engine *engine, const struct engine_rule *rule, bool windows)
{
	for (uint32_t left = rule->filled; left; left &= left - 1) {
		const struct key_list *list = &rule->list[__builtin_ctz(left)];
		if (engine->stats.now < list->stale)
			continue;
		struct key *key = key_at(engine, list->head);
		if (windows)
			fetch_key(engine, key);
		else
			__builtin_prefetch(key);
	}
}

static void
sweep_rule(struct engine *engine, struct engine_rule *rule)
{
	rule->stale = SV_USEC_NEVER;
	for (uint32_t left = rule->filled; left; left &= left - 1) {
		unsigned level = (unsigned)__builtin_ctz(left);
		struct key_list *list = &rule->list[level];
		if (engine->stats.now >= list->stale)
			list->stale = sweep_list(engine, rule, level);
		if (list->stale < rule->stale)
			rule->stale = list->stale;
	}
}

/** Places of the rules that are due, from the top of the heap down: in rising order. */
static size_t
find_due(struct engine *engine)
{
	size_t n = 0;

	engine->due[n++] = 1;
	for (size_t i = 0; i < n; i++)
		for (size_t place = engine->due[i] * (size_t)2;
		     place <= engine->due[i] * (size_t)2 + 1; place++)
			if (place <= engine->n_rules &&
			    sweep_time(engine, place) <= engine->stats.now)
				engine->due[n++] = (uint16_t)place;
	return n;
}

void
keys_sweep(struct engine *engine)
{
	if (engine->n_rules == 0 || engine->stats.now < engine->stale)
		return;
	size_t n = find_due(engine);
	for (int turn = 0; turn < 2; turn++)
		for (size_t i = 0; i < n; i++)
			fetch_heads(engine,
				    &engine->rules[engine->sweeps[engine->due[i]]],
				    turn == 1);
	for (size_t i = 0; i < n; i++)
		sweep_rule(engine, &engine->rules[engine->sweeps[engine->due[i]]]);
	while (n-- > 0)
		sweep_down(engine, engine->due[n]);
	engine->stale = sweep_time(engine, 1);
}
