/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Which rules count an event: found without a look at all of them, so that a hundred
 * rules cost an event little more than those that it concerns. By outcome, leg and
 * service of the event there is a list of rules that may count it, each with the methods
 * at which it may and at which it does for sure; rules about named peers are found by
 * the peer's name instead. What stays open is tested.
 */
#pragma once

#include "expr/expr.h"

/** Kinds of events: outcome, leg and service. */
#define PICK_LEGS 3
#define PICK_SERVICES 4
#define PICK_KINDS (SV_OUTCOME_COUNT * PICK_LEGS * PICK_SERVICES)
/** Peers that a rule may name and still be found by them. */
#define PICK_MAX_PEERS 8

struct pick_rule {
	const struct expr *where; /* borrowed */
	uint64_t outcomes;        /* bits of those that can match */
};

/** A rule in the list of a kind. */
struct pick_entry {
	uint16_t rule;
	uint16_t may, sure; /* bits of methods */
};

/** A rule about a named peer. */
struct pick_named {
	uint64_t peer; /* hash of the name */
	uint16_t rule;
};

struct pick {
	struct pick_rule *rules;
	size_t n_rules;
	struct pick_entry *entries;
	uint32_t first[PICK_KINDS + 1];
	struct pick_named *named; /* by peer, then by rule */
	size_t n_named;
};

/** Takes over `rules` (from malloc), also when it fails. 0 or -ENOMEM. */
int pick_init(struct pick *pick, struct pick_rule *rules, size_t n_rules);
void pick_done(struct pick *pick);
/** The rules that count the event, in their order, into `ret_rules` (room for all).
 *  Returns how many. */
size_t pick_rules(const struct pick *pick, const struct sv_event *event,
		  uint16_t *ret_rules);
