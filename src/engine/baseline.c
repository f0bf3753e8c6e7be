/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/baseline.h"

#include "base/text.h"
#include "base/zone.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define FIRST_ROWS 2
#define LEAST_BUCKETS 64
/* Hours that a row may be younger or older than what is looked at, by its zone. */
#define SLACK_HOURS 4

static size_t
row_bytes(const struct baseline_table *t, const struct history *h)
{
	return (1u + t->rules[h->rule]->n_series) * sizeof(uint32_t);
}

static pool_handle *
bucket_of(const struct baseline_table *t, uint32_t hash)
{
	return &t->buckets[hash & t->mask];
}

static pool_handle
find(const struct baseline_table *t, const struct baseline_key *key)
{
	pool_handle handle = t->buckets ? *bucket_of(t, key->hash) : 0;

	while (handle) {
		const struct history *h = baseline_history(t, handle);
		if (h->hash == key->hash && h->rule == key->rule &&
		    h->name_len == key->name.len &&
		    (h->name_len == 0 || memcmp(pool_at(t->pool, h->name),
						key->name.ptr, h->name_len) == 0))
			return handle;
		handle = h->next;
	}
	return 0;
}

/* Lists: the head is the one that has not had a new hour for longest. */

static void
list_cut(struct baseline_table *t, struct history *h)
{
	struct baseline_list *list = &t->list[h->level];

	if (h->older)
		baseline_history(t, h->older)->newer = h->newer;
	else
		list->head = h->newer;
	if (h->newer)
		baseline_history(t, h->newer)->older = h->older;
	else
		list->tail = h->older;
	h->older = h->newer = 0;
}

static void
list_append(struct baseline_table *t, pool_handle handle)
{
	struct history *h = baseline_history(t, handle);
	unsigned level = h->n < 2 ? 0 : 31u - (unsigned)__builtin_clz(h->n);

	h->level = (uint8_t)(level < BASELINE_LEVELS ? level : BASELINE_LEVELS - 1);
	struct baseline_list *list = &t->list[h->level];
	h->older = list->tail;
	if (list->tail)
		baseline_history(t, list->tail)->newer = handle;
	else
		list->head = handle;
	list->tail = handle;
}

int
baseline_init(struct baseline_table *t, struct pool *pool, struct baseline_rule **rules,
	      size_t n_rules, size_t max)
{
	size_t buckets = LEAST_BUCKETS;

	*t = (struct baseline_table){ .pool = pool,
				      .rules = rules,
				      .n_rules = n_rules,
				      .max = max,
				      .max_bytes =
					      pool->max_chunks * POOL_CHUNK_BYTES / 4 };
	for (size_t i = 0; i < n_rules; i++)
		t->waits |= rules[i]->n_series > 0;
	if (!t->waits)
		return 0;
	while (buckets < max && buckets < (size_t)1 << 24)
		buckets *= 2;
	t->mask = (uint32_t)buckets - 1;
	t->buckets = calloc(buckets, sizeof(*t->buckets));
	return t->buckets ? 0 : -ENOMEM;
}

void
baseline_done(struct baseline_table *t)
{
	free(t->buckets);
	free(t->rules);
	*t = (struct baseline_table){ 0 };
}

void
baseline_begin(struct baseline_table *t, sv_usec time)
{
	for (size_t i = 0; i < t->n_rules; i++)
		if (t->rules[i]->n_series && t->rules[i]->since == 0)
			t->rules[i]->since =
				(uint32_t)((time + BASELINE_HOUR - 1) / BASELINE_HOUR);
	t->waits = false;
}

void
baseline_drop(struct baseline_table *t, pool_handle handle)
{
	struct history *h = baseline_history(t, handle);
	pool_handle *link = bucket_of(t, h->hash);
	size_t rows = h->cap * row_bytes(t, h);

	while (*link != handle)
		link = &baseline_history(t, *link)->next;
	*link = h->next;
	list_cut(t, h);
	t->bytes -= pool_round(sizeof(*h)) + (h->cap ? pool_round(rows) : 0) +
		    (h->name_len ? pool_round(h->name_len) : 0);
	t->n--;
	pool_give(t->pool, h->rows, rows);
	pool_give(t->pool, h->name, h->name_len);
	pool_give(t->pool, handle, sizeof(*h));
}

static bool
is_outdated(const struct baseline_table *t, const struct history *h, uint32_t present)
{
	return h->n == 0 || *baseline_row(t, h, h->n - 1u) +
					    t->rules[h->rule]->horizon + SLACK_HOURS <
				    present;
}

/** One that nobody will look at any more, else one of few hours; false: there is none
 *  but `busy`. */
static bool
give_up(struct baseline_table *t, uint32_t present, pool_handle busy)
{
	for (unsigned level = 0; level < BASELINE_LEVELS; level++) {
		pool_handle handle = t->list[level].head;
		if (handle && handle != busy &&
		    is_outdated(t, baseline_history(t, handle), present)) {
			baseline_drop(t, handle);
			return true;
		}
	}
	for (unsigned level = 0; 1u << level < BASELINE_PROVEN; level++) {
		pool_handle handle = t->list[level].head;
		if (handle == busy && handle)
			handle = baseline_history(t, handle)->newer;
		if (!handle)
			continue;
		t->rules[baseline_history(t, handle)->rule]->lost = present;
		t->refused++;
		baseline_drop(t, handle);
		return true;
	}
	return false;
}

/** First hour of which all is known of a key that has no history. */
static uint32_t
known_since(const struct baseline_rule *rule)
{
	return rule->lost >= rule->since ? rule->lost + 1 : rule->since;
}

pool_handle
baseline_make(struct baseline_table *t, const struct baseline_key *key, uint32_t hour)
{
	size_t bytes = pool_round(sizeof(struct history)) +
		       (key->name.len ? pool_round(key->name.len) : 0);

	while (t->n >= t->max || t->bytes + bytes > t->max_bytes)
		if (!give_up(t, hour, 0))
			return 0;
	pool_handle handle = pool_take(t->pool, sizeof(struct history), true);
	if (handle == 0)
		return 0;
	struct history *h = baseline_history(t, handle);
	if (key->name.len) {
		h->name = pool_take(t->pool, key->name.len, true);
		if (h->name == 0) {
			pool_give(t->pool, handle, sizeof(*h));
			return 0;
		}
		memcpy(pool_at(t->pool, h->name), key->name.ptr, key->name.len);
	}
	h->name_len = (uint16_t)key->name.len;
	h->rule = key->rule;
	h->hash = key->hash;
	h->since = known_since(t->rules[key->rule]);
	h->next = *bucket_of(t, key->hash);
	*bucket_of(t, key->hash) = handle;
	list_append(t, handle);
	t->n++;
	t->bytes += bytes;
	return handle;
}

static void
drop_rows(struct baseline_table *t, struct history *h, size_t n)
{
	if (n == 0)
		return;
	memmove(baseline_row(t, h, 0), baseline_row(t, h, n),
		(h->n - n) * row_bytes(t, h));
	h->n = (uint16_t)(h->n - n);
}

/** Rows that nobody looks back at any more. */
static void
forget(struct baseline_table *t, struct history *h, uint32_t present)
{
	uint32_t span = t->rules[h->rule]->horizon + SLACK_HOURS;
	size_t n = 0;

	while (n < h->n && *baseline_row(t, h, n) + span < present)
		n++;
	drop_rows(t, h, n);
}

static bool
grow(struct baseline_table *t, pool_handle handle, uint32_t present)
{
	struct history *h = baseline_history(t, handle);
	size_t most = t->rules[h->rule]->horizon + 2u * SLACK_HOURS;
	size_t cap = h->cap ? h->cap * 2u : FIRST_ROWS, one = row_bytes(t, h);

	cap = cap < most ? cap : most;
	if (cap <= h->cap)
		return false;
	size_t was = h->cap ? pool_round(h->cap * one) : 0, is = pool_round(cap * one);
	while (t->bytes + is - was > t->max_bytes)
		if (!give_up(t, present, handle))
			return false;
	pool_handle rows = pool_take(t->pool, cap * one, true);
	if (rows == 0)
		return false;
	if (h->n)
		memcpy(pool_at(t->pool, rows), baseline_row(t, h, 0), h->n * one);
	pool_give(t->pool, h->rows, h->cap * one);
	h->rows = rows;
	h->cap = (uint16_t)cap;
	t->bytes += is - was;
	return true;
}

uint32_t *
baseline_insert(struct baseline_table *t, pool_handle handle, uint32_t hour,
		uint32_t present)
{
	struct history *h = baseline_history(t, handle);

	if (h->n == h->cap)
		forget(t, h, present);
	if (h->n == h->cap && !grow(t, handle, present)) {
		t->refused++;
		if (h->n == 0)
			return NULL;
		/* what follows is worth more than what is oldest */
		if (*baseline_row(t, h, 0) >= h->since)
			h->since = *baseline_row(t, h, 0) + 1;
		drop_rows(t, h, 1);
	}
	size_t i = h->n++;
	for (; i > 0 && *baseline_row(t, h, i - 1) > hour; i--)
		memcpy(baseline_row(t, h, i), baseline_row(t, h, i - 1),
		       row_bytes(t, h));
	uint32_t *row = baseline_row(t, h, i);
	memset(row, 0, row_bytes(t, h));
	row[0] = hour;
	list_cut(t, h);
	list_append(t, handle);
	return row;
}

/** The row of an hour, NULL if it has none. */
static uint32_t *
find_row(const struct baseline_table *t, const struct history *h, uint32_t hour)
{
	size_t from = 0, to = h->n;

	if (h->n && *baseline_row(t, h, h->n - 1u) == hour)
		return baseline_row(t, h, h->n - 1u);
	while (from < to) {
		size_t middle = (from + to) / 2;
		if (*baseline_row(t, h, middle) < hour)
			from = middle + 1;
		else
			to = middle;
	}
	return from < h->n && *baseline_row(t, h, from) == hour
		       ? baseline_row(t, h, from)
		       : NULL;
}

void
baseline_learn(struct baseline_table *t, const struct baseline_key *key, sv_usec now,
	       sv_usec time, const uint32_t *add)
{
	struct baseline_rule *rule = t->rules[key->rule];
	uint32_t hour = (uint32_t)(time / BASELINE_HOUR);
	uint32_t present = (uint32_t)(now / BASELINE_HOUR);
	pool_handle handle = find(t, key);

	if (handle == 0)
		handle = baseline_make(t, key, present);
	if (handle == 0) {
		t->refused++;
		rule->lost = present;
		return;
	}
	uint32_t *row = find_row(t, baseline_history(t, handle), hour);
	if (!row)
		row = baseline_insert(t, handle, hour, present);
	if (!row) {
		rule->lost = present;
		baseline_drop(t, handle);
		return;
	}
	for (size_t i = 0; i < rule->n_series; i++) {
		uint32_t *count = &row[1 + i];
		*count = add[i] > UINT32_MAX - *count ? UINT32_MAX : *count + add[i];
	}
}

/** The hour that the wall clock of the rule's zone called the same, `back` hours ago. */
static uint32_t
earlier(const struct zone *zone, uint32_t hour, uint32_t back)
{
	struct zone_span is, was;

	if (back >= hour)
		return 0;
	if (!zone)
		return hour - back;
	zone_at(zone, (int64_t)hour * 3600, &is);
	zone_at(zone, ((int64_t)hour - back) * 3600, &was);
	return (uint32_t)((int64_t)hour - back + (is.offset - was.offset) / 3600);
}

/** Number of a row (NULL: of an hour without events); false: it tells nothing. */
static bool
number_of(const struct baseline_spec *spec, const uint32_t *row, uint64_t *ret_number)
{
	if (!spec->share) {
		*ret_number = row ? row[1 + spec->column] : 0;
		return true;
	}
	uint32_t under = row ? row[1 + spec->under] : 0;
	if (under == 0 || under < spec->min)
		return false;
	*ret_number = row[1 + spec->column] * BASELINE_SHARE / under;
	return true;
}

/** The middle of what the same hour brought before, doubled. 0 periods: not known. */
static unsigned
middle_of(const struct baseline_table *t, const struct baseline_key *key,
	  const struct baseline_spec *spec, uint32_t hour, uint64_t *ret_middle)
{
	const struct baseline_rule *rule = t->rules[key->rule];
	pool_handle handle = find(t, key);
	const struct history *h = handle ? baseline_history(t, handle) : NULL;
	uint32_t since = h ? h->since : known_since(rule);
	uint64_t sorted[BASELINE_MAX_PERIODS], number;
	unsigned n = 0;

	for (uint32_t k = 1; k <= spec->most && rule->since; k++) {
		uint32_t then = earlier(rule->zone, hour, k * spec->days * 24u);
		if (then < since)
			break;
		if (!number_of(spec, h ? find_row(t, h, then) : NULL, &number))
			continue;
		unsigned i = n++;
		for (; i > 0 && sorted[i - 1] > number; i--)
			sorted[i] = sorted[i - 1];
		sorted[i] = number;
	}
	if (n)
		*ret_middle = sorted[(n - 1) / 2] + sorted[n / 2];
	return n;
}

struct baseline_value
baseline_of(const struct baseline_table *t, const struct baseline_key *key,
	    const struct baseline_spec *spec, sv_usec now, sv_usec window)
{
	struct baseline_value value = { .low = UINT64_MAX };
	sv_usec first = now >= window ? now - window : 0;
	unsigned least = BASELINE_MAX_PERIODS;
	bool known = false;

	for (sv_usec hour = first / BASELINE_HOUR; hour <= now / BASELINE_HOUR;
	     hour++) {
		uint64_t middle = 0;
		unsigned n = middle_of(t, key, spec, (uint32_t)hour, &middle);
		if (n == 0 && spec->share)
			continue; /* had few, so it weighs little in the window */
		if (n == 0)
			return (struct baseline_value){ 0 };
		known = true;
		least = n < least ? n : least;
		value.low = middle < value.low ? middle : value.low;
		value.high = middle > value.high ? middle : value.high;
	}
	value.periods = known ? (uint8_t)least : 0;
	return value;
}

sv_usec
baseline_turns(sv_usec now, sv_usec window)
{
	sv_usec in = (now / BASELINE_HOUR + 1) * BASELINE_HOUR;
	sv_usec first = now >= window ? now - window : 0;
	sv_usec out = (first / BASELINE_HOUR + 1) * BASELINE_HOUR + window;

	return out > now && out < in ? out : in;
}

sv_usec
baseline_ready(const struct baseline_rule *rule, const struct baseline_spec *spec)
{
	uint32_t since = known_since(rule);

	return rule->since ? (since + spec->days * 24u) * BASELINE_HOUR : 0;
}
