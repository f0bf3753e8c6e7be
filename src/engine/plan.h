/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A rule as the engine runs it: rule_spec with its texts compiled and its sizes known.
 * Immutable after plan_new(); owns all it points to.
 */
#pragma once

#include "alert/cycle.h"
#include "base/address.h"
#include "engine/condition.h"
#include "engine/rule.h"

/** Addresses of a list, sorted and without overlap: found by halving. */
struct cidr_set {
	char *name;
	struct prefix *v4, *v6;
	size_t n_v4, n_v6;
};

struct plan {
	char *name, *ruleset, *service, *technique;
	char *summary, *likely, *check; /* "" if the rule has none */
	struct expr *where;             /* NULL = every event */
	uint64_t digest;   /* of all that decides what counts and when it alerts */
	uint64_t outcomes; /* bits of the outcomes that can match */
	struct zone *zone; /* whose hours are the same; NULL = UTC */
	struct baseline_rule learned; /* of what it compares with; its digest too */
	const struct expr_field *by[RULE_MAX_KEYS];
	struct expr_field by_copy[RULE_MAX_KEYS]; /* of those with numbers */
	bool needs[RULE_MAX_KEYS]; /* an event without this field has no key */
	size_t n_by;
	const struct cidr_set *except[RULE_MAX_EXCEPT]; /* borrowed from the engine */
	size_t n_except;
	sv_usec window;
	struct cycle_rule cycle;
	struct measures measures;
	struct condition warning, critical, clear, lower;
	struct alarms alarms; /* of warning and critical */
	uint16_t max_entries; /* of a window */
	uint16_t max_values;  /* of a distinct set */
	bool has_ratio;  /* or compares with what is usual: it may rise by itself */
	bool no_count;   /* it measures what is absent and other rules alone */
	bool asks_not;   /* not rule(…): true without an alert of another rule */
	bool only_rules; /* … other rules alone, and no such: no event matters */
	/* another event of the same instant may undo what has been reached: it is judged
	 * when the instant is settled */
	bool settles;
	bool observe, ticket;
};

/** 0; -EINVAL with the key and the error as rule_check(); -ENOMEM. */
int plan_new(const struct rule_spec *spec, struct plan **ret_plan,
	     const char **reterr_key, struct expr_error *reterr_error);
void plan_free(struct plan *plan);

/** The rule is about the log itself: a gap puts its counts in no doubt. */
static inline bool
plan_asks_for_gaps(const struct plan *plan)
{
	return plan->outcomes >> SV_GAP & 1;
}

/** 0; -EINVAL with the mistake (pos, len in the text of the address) or -ENOMEM. */
int cidr_set_init(struct cidr_set *set, const struct list_spec *spec,
		  struct expr_error *reterr_error);
void cidr_set_done(struct cidr_set *set);
bool cidr_set_has(const struct cidr_set *set, const struct sv_ip *ip);

/** Which kind of value a {NAME} stands for. */
enum slot_kind {
	SLOT_NONE, /* no such name */
	SLOT_FIELD,
	SLOT_COUNT,
	SLOT_LIMIT,
	SLOT_WINDOW,
	SLOT_FIRST,
	SLOT_RULE,
	SLOT_CODES,
	SLOT_LOST,
	SLOT_RATIO,
	SLOT_NUMERATOR,
	SLOT_DENOMINATOR,
	SLOT_MIN,
	SLOT_RATE,
	SLOT_DISTINCT,
	SLOT_CONSECUTIVE,
	SLOT_SEQUENCE,
	SLOT_NEW,
	SLOT_ABSENT,
	SLOT_BASELINE,
};

struct slot {
	enum slot_kind kind;
	const struct expr_field *field; /* SLOT_FIELD, SLOT_DISTINCT */
};

/** What {name} means; SLOT_NONE: *ret_hint is the nearest name or NULL. */
struct slot slot_find(struct sv_str name, const char **ret_hint);
/** Next {name} at or after *at: true, *ret_name, and *at behind it; *ret_from is where
 * its brace stands. "{{" is a brace and no slot. */
bool slot_next(struct sv_str text, size_t *at, size_t *ret_from,
	       struct sv_str *ret_name);
