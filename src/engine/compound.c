/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Rules whose conditions ask for other rules, rule(NAME): true while an alert of that
 * rule is open for the same key. When an alert begins or ends, the keys of that name of
 * the rules that ask for it are judged at the same instant, once it is settled, and
 * after all rules that they ask for (engine_rule.rank orders the timers).
 */
#include "base/text.h"
#include "engine/named.h"
#include "engine/state.h"

#include <errno.h>
#include <stdlib.h>

static struct engine_rule *
find(struct engine *engine, const char *name)
{
	for (size_t i = 0; i < engine->n_rules; i++)
		if (strcmp(engine->rules[i].plan->name, name) == 0)
			return &engine->rules[i];
	return NULL;
}

/** How many rules stand below it; there is no circle (rule_check_named()). */
static uint16_t
rank_of(struct engine *engine, const struct engine_rule *rule, unsigned depth)
{
	uint16_t rank = 0;

	for (size_t i = 0; i < rule->plan->measures.n_rules && depth; i++) {
		uint16_t below =
			rank_of(engine, &engine->rules[rule->asks[i].rule], depth - 1);
		rank = below + 1 > rank ? (uint16_t)(below + 1) : rank;
	}
	return rank;
}

int
compound_link(struct engine *engine, size_t *ret_index)
{
	for (size_t i = 0; i < engine->n_rules; i++) {
		struct engine_rule *rule = &engine->rules[i];
		const struct measures *m = &rule->plan->measures;
		for (size_t k = 0; k < m->n_rules; k++) {
			struct engine_rule *asked = find(engine, m->rule[k].text);
			*ret_index = i;
			if (!asked ||
			    !named_order(asked->plan, rule->plan, rule->asks[k].order))
				return -EINVAL;
			rule->asks[k].rule = asked->index;
			asked->is_asked = true;
		}
	}
	for (size_t i = 0; i < engine->n_rules; i++)
		engine->rules[i].rank =
			rank_of(engine, &engine->rules[i], NAMED_MAX_DEPTH + 1);
	return 0;
}

/** The name with its parts in another order: part i is part order[i] of `name`. */
static struct sv_str
rename_key(const struct plan *from, struct sv_str name,
	   const uint8_t order[RULE_MAX_KEYS], char buf[KEY_MAX_BYTES])
{
	size_t at = 0;

	if (from->n_by <= 1)
		return name;
	for (size_t i = 0; i < from->n_by; i++) {
		struct sv_str part = key_part(from, name, order[i]);
		buf[at++] = (char)(part.len & 0xff);
		buf[at++] = (char)(part.len >> 8);
		if (part.len)
			memcpy(buf + at, part.ptr, part.len);
		at += part.len;
	}
	return str_make(buf, at);
}

static bool
is_open(const struct engine *engine, const struct key *key)
{
	return key->watch &&
	       watch_at(engine, key->watch)->cycle.severity != SV_SEVERITY_OK;
}

void
compound_read(struct engine *engine, const struct engine_rule *rule,
	      const struct key *key, struct reading *ret_reading)
{
	struct sv_str name = key_name(engine, key);
	char buf[KEY_MAX_BYTES];

	for (size_t i = 0; i < rule->plan->measures.n_rules; i++) {
		struct engine_rule *asked = &engine->rules[rule->asks[i].rule];
		struct sv_str other =
			rename_key(rule->plan, name, rule->asks[i].order, buf);
		pool_handle handle = keys_find(engine, asked, other,
					       key_hash_of(engine, asked, other));
		ret_reading->rule[i] =
			handle && is_open(engine, key_at(engine, handle));
	}
}

/** `asker` asks for the rule of the key whose alert has begun or ended. */
static void
tell(struct engine *engine, struct engine_rule *asker, const uint8_t *order,
     const struct key *key)
{
	const struct plan *plan = engine->rules[key->rule].plan;
	uint8_t back[RULE_MAX_KEYS];
	char buf[KEY_MAX_BYTES];

	for (size_t i = 0; i < plan->n_by; i++)
		back[order[i]] = (uint8_t)i;
	struct sv_str name = rename_key(plan, key_name(engine, key), back, buf);
	uint32_t hash = key_hash_of(engine, asker, name);
	/* what may raise an alert must have a key */
	pool_handle handle = is_open(engine, key) || asker->plan->asks_not
				     ? keys_get(engine, asker, name, hash)
				     : keys_find(engine, asker, name, hash);
	if (handle)
		watch_remind(engine, handle,
			     key->watch ? watch_at(engine, key->watch) : NULL);
}

/** Tells those that ask for the key's rule; `fresh`: only those that were not loaded. */
static void
tell_askers(struct engine *engine, pool_handle handle, bool fresh)
{
	const struct key *key = key_at(engine, handle);
	uint16_t index = key->rule;

	for (size_t i = 0; i < engine->n_rules; i++) {
		struct engine_rule *asker = &engine->rules[i];
		if (fresh && asker->goes_on)
			continue;
		for (size_t k = 0; k < asker->plan->measures.n_rules; k++) {
			if (asker->asks[k].rule != index)
				continue;
			/* the key that tells stays, whatever is given up for memory */
			engine->busy = handle;
			tell(engine, asker, asker->asks[k].order, key);
		}
	}
}

void
compound_tell(struct engine *engine, pool_handle key)
{
	tell_askers(engine, key, false);
}

int
compound_loaded(struct engine *engine)
{
	pool_handle *open = calloc(engine->n_heap + 1, sizeof(*open));
	size_t n = 0;

	if (!open)
		return -ENOMEM;
	watch_remind_all(engine);
	for (size_t i = 1; i <= engine->n_heap; i++) {
		pool_handle handle = watch_at(engine, engine->heap[i])->key;
		const struct key *key = key_at(engine, handle);
		if (engine->rules[key->rule].is_asked && is_open(engine, key))
			open[n++] = handle;
	}
	for (size_t i = 0; i < n; i++) /* open ones are never given up */
		tell_askers(engine, open[i], true);
	free(open);
	return 0;
}
