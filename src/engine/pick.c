/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/pick.h"

#include "base/text.h"

#include <errno.h>
#include <stdlib.h>

#define METHODS (SV_METHOD_OTHER + 1)
#define ALL_METHODS 0xffffu

_Static_assert(METHODS <= 16, "methods are bits of pick_entry");

static unsigned
kind_of(unsigned outcome, unsigned leg, unsigned service)
{
	return (outcome * PICK_LEGS + leg) * PICK_SERVICES + service;
}

/** What the rule says of events of this kind. */
static struct pick_entry
foresee(const struct expr *where, struct expr_known known)
{
	struct pick_entry entry = { 0 };
	enum expr_verdict verdict = expr_foresee(where, &known);

	if (verdict == EXPR_ALWAYS)
		return (struct pick_entry){ .may = ALL_METHODS, .sure = ALL_METHODS };
	if (verdict == EXPR_NEVER)
		return entry;
	known.facts |= EXPR_KNOWS_METHOD;
	for (unsigned m = 0; m < METHODS; m++) {
		known.method = (enum sv_method)m;
		verdict = expr_foresee(where, &known);
		entry.may |= (uint16_t)((verdict != EXPR_NEVER) << m);
		entry.sure |= (uint16_t)((verdict == EXPR_ALWAYS) << m);
	}
	return entry;
}

/** The list of a kind; `found_by_peer` are left out. */
static void
list_kind(struct pick *pick, unsigned kind, const bool *found_by_peer, uint32_t *n)
{
	struct expr_known known = {
		.facts = EXPR_KNOWS_OUTCOME | EXPR_KNOWS_LEG | EXPR_KNOWS_SERVICE,
		.outcome = (enum sv_outcome)(kind / (PICK_LEGS * PICK_SERVICES)),
		.leg = (enum sv_leg)(kind / PICK_SERVICES % PICK_LEGS),
		.service = (enum sv_service)(kind % PICK_SERVICES),
	};

	pick->first[kind] = *n;
	for (size_t i = 0; i < pick->n_rules; i++) {
		const struct pick_rule *rule = &pick->rules[i];
		if (found_by_peer[i] || !(rule->outcomes >> known.outcome & 1))
			continue;
		struct pick_entry entry = foresee(rule->where, known);
		entry.rule = (uint16_t)i;
		if (entry.may)
			pick->entries[(*n)++] = entry;
	}
	pick->first[kind + 1] = *n;
}

static int
by_peer(const void *a, const void *b)
{
	const struct pick_named *x = a, *y = b;

	if (x->peer != y->peer)
		return x->peer < y->peer ? -1 : 1;
	return x->rule < y->rule ? -1 : x->rule > y->rule;
}

/** Rules that can hold for the peers alone that they name. */
static void
name_peers(struct pick *pick, bool *ret_found_by_peer)
{
	struct sv_str peers[PICK_MAX_PEERS];

	for (size_t i = 0; i < pick->n_rules; i++) {
		size_t n = expr_peers(pick->rules[i].where, peers, PICK_MAX_PEERS);
		size_t from = pick->n_named;
		for (size_t k = 0; k < n; k++) {
			struct pick_named named = { str_hash(peers[k], 0),
						    (uint16_t)i };
			bool again = false;
			for (size_t j = from; j < pick->n_named; j++)
				again |= pick->named[j].peer == named.peer;
			if (!again)
				pick->named[pick->n_named++] = named;
		}
		ret_found_by_peer[i] = n > 0;
	}
	qsort(pick->named, pick->n_named, sizeof(*pick->named), by_peer);
}

int
pick_init(struct pick *pick, struct pick_rule *rules, size_t n_rules)
{
	bool *found_by_peer = calloc(n_rules + 1, sizeof(*found_by_peer));
	uint32_t n = 0;

	*pick = (struct pick){ .rules = rules, .n_rules = n_rules };
	pick->entries = calloc(n_rules * PICK_KINDS + 1, sizeof(*pick->entries));
	pick->named = calloc(n_rules * PICK_MAX_PEERS + 1, sizeof(*pick->named));
	if (!rules || !found_by_peer || !pick->entries || !pick->named) {
		free(found_by_peer);
		return -ENOMEM;
	}
	name_peers(pick, found_by_peer);
	for (unsigned kind = 0; kind < PICK_KINDS; kind++)
		list_kind(pick, kind, found_by_peer, &n);
	free(found_by_peer);
	return 0;
}

void
pick_done(struct pick *pick)
{
	free(pick->rules);
	free(pick->entries);
	free(pick->named);
	*pick = (struct pick){ 0 };
}

/** Place of the first rule that names the event's peer, n_named if none. */
static size_t
find_named(const struct pick *pick, uint64_t peer)
{
	size_t low = 0, high = pick->n_named;

	while (low < high) {
		size_t middle = low + (high - low) / 2;
		if (pick->named[middle].peer < peer)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

/** The rules from `place` on that name this peer and are before `before`. */
static size_t
take_named(const struct pick *pick, const struct sv_event *event, uint64_t peer,
	   uint32_t before, size_t *place, uint16_t *ret_rules)
{
	size_t n = 0;

	for (; *place < pick->n_named && pick->named[*place].peer == peer &&
	       pick->named[*place].rule < before;
	     (*place)++) {
		uint16_t index = pick->named[*place].rule;
		const struct pick_rule *rule = &pick->rules[index];
		if (rule->outcomes >> event->outcome & 1 &&
		    expr_test(rule->where, event))
			ret_rules[n++] = index;
	}
	return n;
}

size_t
pick_rules(const struct pick *pick, const struct sv_event *event, uint16_t *ret_rules)
{
	bool peer = pick->n_named && event->peer.len;
	uint64_t hash = peer ? str_hash(event->peer, 0) : 0;
	size_t n = 0, named = peer ? find_named(pick, hash) : pick->n_named;

	if ((unsigned)event->outcome >= SV_OUTCOME_COUNT ||
	    (unsigned)event->leg >= PICK_LEGS ||
	    (unsigned)event->service >= PICK_SERVICES ||
	    (unsigned)event->method >= METHODS)
		return 0;
	unsigned kind = kind_of(event->outcome, event->leg, event->service);
	for (uint32_t i = pick->first[kind]; i < pick->first[kind + 1]; i++) {
		const struct pick_entry *entry = &pick->entries[i];
		if (!(entry->may >> event->method & 1) ||
		    (!(entry->sure >> event->method & 1) &&
		     !expr_test(pick->rules[entry->rule].where, event)))
			continue;
		if (named < pick->n_named)
			n += take_named(pick, event, hash, entry->rule, &named,
					ret_rules + n);
		ret_rules[n++] = entry->rule;
	}
	return n + take_named(pick, event, hash, UINT32_MAX, &named, ret_rules + n);
}
