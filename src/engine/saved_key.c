/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/saved_key.h"

#include "base/text.h"

#include <errno.h>
#include <stdlib.h>

/* Saving. */

static void
put_watch(const struct engine *engine, const struct watch *watch, struct pack *out)
{
	const struct cycle *c = &watch->cycle;

	pack_u64(out, c->warning_since);
	pack_u64(out, c->critical_since);
	pack_u64(out, c->clear_since);
	pack_u64(out, c->lower_since);
	pack_u64(out, c->cooldown_until);
	pack_u64(out, c->told);
	pack_u32(out, c->repeats);
	pack_u64(out, c->start);
	pack_u32(out, c->sequence);
	pack_u8(out, c->severity);
	pack_u8(out, c->unknown);
	pack_u64(out, watch->due);
	pack_u64(out, watch->serial);
	pack_u64(out, watch->changed);
	pack_u64(out, watch->gap_until);
	pack_u32(out, watch->host_hash);
	pack_u32(out, watch->source_hash);
	archive_save(engine, watch, out);
}

void
saved_key_put(const struct engine *engine, const struct key *key, struct pack *out)
{
	const struct engine_rule *rule = &engine->rules[key->rule];
	const struct measures *m = &rule->plan->measures;
	const struct window *windows = (const struct window *)(key + 1);
	const struct distinct *sets = (const struct distinct *)(windows + m->n_series);

	pack_u16(out, key->rule);
	pack_u8(out, key->level);
	pack_u8(out, key->touched);
	pack_u16(out, key->base);
	pack_str(out, key_name(engine, key));
	for (size_t i = 0; i < m->n_series; i++)
		window_save(&windows[i], &rule->window, out);
	for (size_t i = 0; i < m->n_distinct; i++)
		distinct_save(&sets[i], &rule->distinct, out);
	gauges_save(rule, key, out);
	pack_u8(out, key->watch != 0);
	if (key->watch)
		put_watch(engine, watch_at(engine, key->watch), out);
}

/* Loading. */

struct taken {
	const struct saved_rule *saved;
	struct key key; /* level, touched, base */
	struct sv_str name;
};

/** Names of several fields are values with two bytes of length before each. */
static bool
name_fits(const struct plan *plan, struct sv_str name)
{
	if (plan->n_by <= 1)
		return name.len <= KEY_MAX_BYTES;
	for (size_t i = 0; i < plan->n_by; i++) {
		if (name.len < 2)
			return false;
		size_t len = (unsigned char)name.ptr[0] |
			     (size_t)(unsigned char)name.ptr[1] << 8;
		if (len > name.len - 2 || len > SV_CLAIM_MAX_BYTES)
			return false;
		name = str_from(name, 2 + len);
	}
	return name.len == 0;
}

static bool
is_cycle(const struct cycle *c, uint8_t unknown)
{
	return unknown <= 1 && c->severity <= SV_SEVERITY_CRITICAL;
}

static int
take_watch(struct saved_loading *l, struct watch *watch, struct sv_str *ret_alert)
{
	struct unpack *in = l->in;
	struct cycle *c = &watch->cycle;
	uint8_t unknown;

	*watch = (struct watch){ 0 };
	c->warning_since = unpack_u64(in);
	c->critical_since = unpack_u64(in);
	c->clear_since = unpack_u64(in);
	c->lower_since = unpack_u64(in);
	c->cooldown_until = unpack_u64(in);
	c->told = unpack_u64(in);
	c->repeats = unpack_u32(in);
	c->start = unpack_u64(in);
	c->sequence = unpack_u32(in);
	c->severity = unpack_u8(in);
	unknown = unpack_u8(in);
	watch->due = unpack_u64(in);
	watch->serial = unpack_u64(in);
	watch->changed = unpack_u64(in);
	watch->gap_until = unpack_u64(in);
	watch->host_hash = unpack_u32(in);
	watch->source_hash = unpack_u32(in);
	*ret_alert = unpack_str(in);
	if (!unpack_ok(in) || !is_cycle(c, unknown))
		return -EBADMSG;
	c->unknown = unknown == 1;
	return 0;
}

/** A key whose rule is gone: only its open alert is worth a word. */
static int
pass_over(struct saved_loading *l, const struct saved_rule *saved)
{
	struct watch watch;
	struct sv_str alert;

	for (size_t i = 0; i < saved->n_series; i++)
		if (window_pass(l->in) < 0)
			return -EBADMSG;
	for (size_t i = 0; i < saved->n_distinct; i++)
		if (distinct_pass(l->in) < 0)
			return -EBADMSG;
	for (size_t i = 0; i < saved->n_gauges; i++)
		if (gauge_pass(l->in) < 0)
			return -EBADMSG;
	if (unpack_u8(l->in) == 0)
		return unpack_ok(l->in) ? 0 : -EBADMSG;
	if (take_watch(l, &watch, &alert) < 0)
		return -EBADMSG;
	if (l->orphan && watch.cycle.severity != SV_SEVERITY_OK && alert.len)
		return archive_tell(alert, l->orphan, l->user);
	return 0;
}

/** Windows and sets of a key that has room; without room they are passed over. */
static int
take_numbers(struct saved_loading *l, struct engine_rule *rule, pool_handle handle)
{
	const struct measures *m = &rule->plan->measures;
	bool room = handle != 0;
	int r = 0;

	for (size_t i = 0; i < m->n_series && r >= 0; i++)
		r = room ? window_load(&key_windows(key_at(l->engine, handle))[i],
				       &rule->window, l->in)
			 : window_pass(l->in);
	for (size_t i = 0; i < m->n_distinct && r >= 0; i++)
		r = room ? distinct_load(&key_sets(rule, key_at(l->engine, handle))[i],
					 &rule->distinct, l->in)
			 : distinct_pass(l->in);
	for (size_t i = 0; i < m->n_gauges && r >= 0; i++)
		r = room ? gauge_load(&key_gauges(rule, key_at(l->engine, handle))[i],
				      &rule->gauge[i], l->in)
			 : gauge_pass(l->in);
	return r;
}

static int
fill_key(struct saved_loading *l, const struct taken *t)
{
	struct engine *engine = l->engine;
	struct engine_rule *rule = t->saved->rule;
	struct watch watch;
	struct sv_str alert = { 0 };
	pool_handle handle =
		keys_get(engine, rule, t->name, key_hash_of(engine, rule, t->name));
	int r;

	engine->busy = handle;
	r = take_numbers(l, rule, handle);
	if (r < 0)
		return r;
	if (handle)
		keys_restore(engine, rule, handle, &t->key);
	l->loaded.keys += handle != 0;
	if (unpack_u8(l->in) == 0)
		return unpack_ok(l->in) ? 0 : -EBADMSG;
	if (take_watch(l, &watch, &alert) < 0)
		return -EBADMSG;
	if (!handle || key_at(engine, handle)->watch)
		return 0;
	if (!watch_restore(engine, handle, &watch)) {
		engine->stats.evicted++;
		return 0;
	}
	return archive_load(engine, rule,
			    watch_at(engine, key_at(engine, handle)->watch), alert);
}

int
saved_key_take(struct saved_loading *l)
{
	struct unpack *in = l->in;
	struct taken t = { 0 };
	uint16_t rule = unpack_u16(in);

	t.key.level = unpack_u8(in);
	t.key.touched = unpack_u8(in) != 0;
	t.key.base = unpack_u16(in);
	t.name = unpack_str(in);
	if (!unpack_ok(in) || rule >= l->n_rules || t.key.level > KEY_PINNED ||
	    t.name.len > KEY_MAX_BYTES)
		return -EBADMSG;
	t.saved = &l->rules[rule];
	if (!t.saved->rule)
		return pass_over(l, t.saved);
	if (!name_fits(t.saved->rule->plan, t.name))
		return -EBADMSG;
	return fill_key(l, &t);
}
