/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Inhibition: while an alert of a rule with `inhibits` is open, alerts of the rules that
 * it names are held back where all fields that both rules count by have the same values.
 * Pure. Bounded: beyond INHIBIT_MAX open ones the others hold nothing back, which is
 * counted.
 */
#pragma once

#include <engine/rule.h>
#include <sipvigil/alert.h>

#define INHIBIT_MAX 4096

/** An open alert that holds others back. */
struct inhibitor {
	bool holds; /* it was asked for: it may hold something back */
	char incident[SV_ALERT_ID_LEN + 1];
	size_t rule; /* in inhibitors.rules */
	size_t n_key;
	struct sv_str field[SV_ALERT_MAX_KEY_PARTS], value[SV_ALERT_MAX_KEY_PARTS];
	char *text; /* owned: what they point to */
};

/** Which rule holds back which. */
struct inhibit_rule {
	char *name; /* owned */
	char *inhibits[RULE_MAX_INHIBITS];
	size_t n_inhibits;
};

struct inhibitors {
	struct inhibit_rule *rules; /* that hold back others */
	size_t n_rules;
	struct inhibitor *open;
	size_t n_open;
	uint64_t passed; /* alerts that found no room among the open ones */
};

/** 0 or -ENOMEM. */
int inhibitors_init(struct inhibitors *inhibitors, const struct rule_spec *rules,
		    size_t n);
void inhibitors_done(struct inhibitors *inhibitors);
/** Tells one inhibitor from another, mostly. Never 0. */
uint32_t inhibitor_tag(const char *incident);
/** A transition, delivered or not. True: one that held others back is over. */
bool inhibitors_note(struct inhibitors *inhibitors, const struct sv_alert *alert);
/** The open alert that covers this one, which counts as held back by it from now on; NULL:
 *  none does. */
const struct inhibitor *inhibitors_match(struct inhibitors *inhibitors,
					 const struct sv_alert *alert);
/** The rule of an inhibitor. */
struct sv_str inhibitors_name(const struct inhibitors *inhibitors,
			      const struct inhibitor *one);
