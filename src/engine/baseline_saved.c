/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Histories as bytes: rules │ histories, from the heads of the lists, lowest first │ end
 *
 * A rule goes on learning if its name and what it counts are the same; its limits may
 * have changed.
 */
#include "engine/baseline.h"

#include "base/text.h"

#include <errno.h>
#include <stdlib.h>

#define MORE 1
#define END 0
#define MAX_RULES 4096
/** Longest name of a key that is ever saved. */
#define MAX_NAME 4096

struct saved {
	uint8_t n_series;
	uint32_t since, lost;
	bool goes_on;
	uint16_t rule; /* its index now */
};

static void
save_history(const struct baseline_table *t, const struct history *h, struct pack *out)
{
	size_t columns = 1u + t->rules[h->rule]->n_series;

	pack_u8(out, MORE);
	pack_u16(out, h->rule);
	pack_str(out,
		 str_make(h->name_len ? pool_at(t->pool, h->name) : NULL, h->name_len));
	pack_u32(out, h->since);
	pack_u16(out, h->n);
	for (size_t i = 0; i < h->n; i++)
		for (size_t k = 0; k < columns; k++)
			pack_u32(out, baseline_row(t, h, i)[k]);
}

void
baseline_save(const struct baseline_table *t, const struct baseline_names *names,
	      struct pack *out)
{
	pack_u64(out, t->refused);
	pack_u32(out, (uint32_t)t->n_rules);
	for (size_t i = 0; i < t->n_rules; i++) {
		pack_str(out, names->name(names->user, i));
		pack_u64(out, t->rules[i]->digest);
		pack_u8(out, t->rules[i]->n_series);
		pack_u32(out, t->rules[i]->since);
		pack_u32(out, t->rules[i]->lost);
	}
	for (unsigned level = 0; level < BASELINE_LEVELS; level++)
		for (pool_handle h = t->list[level].head; h;
		     h = baseline_history(t, h)->newer)
			save_history(t, baseline_history(t, h), out);
	pack_u8(out, END);
}

static int
load_rule(struct baseline_table *t, const struct baseline_names *names,
	  struct unpack *in, struct saved *saved)
{
	struct sv_str name = unpack_str(in);
	uint64_t digest = unpack_u64(in);

	saved->n_series = unpack_u8(in);
	saved->since = unpack_u32(in);
	saved->lost = unpack_u32(in);
	if (!unpack_ok(in) || saved->n_series > BASELINE_MAX_SERIES)
		return -EBADMSG;
	for (size_t i = 0; i < t->n_rules && saved->n_series; i++) {
		struct baseline_rule *rule = t->rules[i];
		if (rule->digest != digest || rule->n_series != saved->n_series ||
		    !str_eq(names->name(names->user, i), name))
			continue;
		saved->goes_on = true;
		saved->rule = (uint16_t)i;
		rule->since = saved->since;
		rule->lost = saved->lost;
	}
	return 0;
}

/** A row of a history that has room, or past it. */
static int
load_row(struct baseline_table *t, pool_handle handle, uint8_t n_series,
	 struct unpack *in, uint32_t *before)
{
	uint32_t hour = unpack_u32(in);
	uint32_t *row = NULL;

	if (!unpack_ok(in) || (*before && hour <= *before))
		return -EBADMSG;
	*before = hour;
	if (handle)
		row = baseline_insert(t, handle, hour, hour);
	for (size_t k = 0; k < n_series; k++) {
		uint32_t count = unpack_u32(in);
		if (row)
			row[1 + k] = count;
	}
	return unpack_ok(in) ? 0 : -EBADMSG;
}

static int
load_history(struct baseline_table *t, const struct baseline_names *names,
	     struct unpack *in, const struct saved *rules, size_t n_rules)
{
	uint16_t index = unpack_u16(in);
	struct sv_str name = unpack_str(in);
	uint32_t since = unpack_u32(in), before = 0;
	uint16_t n = unpack_u16(in);
	pool_handle handle = 0;

	if (!unpack_ok(in) || index >= n_rules || name.len > MAX_NAME)
		return -EBADMSG;
	const struct saved *saved = &rules[index];
	if (saved->goes_on && n) {
		struct baseline_key key = { .rule = saved->rule, .name = name };
		key.hash = names->hash(names->user, saved->rule, name);
		handle = baseline_make(t, &key, since);
		if (handle)
			baseline_history(t, handle)->since = since;
	}
	for (size_t i = 0; i < n; i++) {
		int r = load_row(t, handle, saved->n_series, in, &before);
		if (r < 0)
			return r;
	}
	return 0;
}

int
baseline_load(struct baseline_table *t, const struct baseline_names *names,
	      struct unpack *in)
{
	uint64_t refused = unpack_u64(in);
	size_t n = unpack_u32(in);
	uint8_t mark;
	int r = 0;

	if (!unpack_ok(in) || n > MAX_RULES)
		return -EBADMSG;
	struct saved *rules = calloc(n + 1, sizeof(*rules));
	if (!rules)
		return -ENOMEM;
	for (size_t i = 0; i < n && r == 0; i++)
		r = load_rule(t, names, in, &rules[i]);
	while (r == 0 && (mark = unpack_u8(in)) == MORE)
		r = load_history(t, names, in, rules, n);
	if (r == 0 && (!unpack_ok(in) || mark != END))
		r = -EBADMSG;
	t->refused += refused;
	t->waits = false;
	for (size_t i = 0; i < t->n_rules; i++)
		t->waits |= t->rules[i]->n_series && t->rules[i]->since == 0;
	free(rules);
	return r;
}
