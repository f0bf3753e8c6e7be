/* SPDX-License-Identifier: Apache-2.0 */
/* What rules hold back: each name must be that of a rule, the keys must have something to
 * be equal in, and no rule may come to hold back itself. */
#include "base/i18n.h"
#include "conf/build.h"

#include <stdio.h>

struct checking {
	struct build *build;
	const struct inhibits_place *places;
	const char *const *names;
	size_t n_names;
	bool *seen;      /* rules that were come by */
	size_t *waiting; /* of them those that are to be looked at */
};

/** Index among the rules in force; n_rules: it is none of them. */
static size_t
find_rule(const struct conf *conf, const char *name)
{
	size_t i = 0;

	while (i < conf->n_rules && strcmp(conf->rules[i].name, name) != 0)
		i++;
	return i;
}

static bool
is_known(const struct checking *c, const char *name)
{
	for (size_t i = 0; i < c->n_names; i++)
		if (strcmp(c->names[i], name) == 0)
			return true;
	return false;
}

/** Does `from` hold back `to`, directly or through others? */
static bool
leads_to(struct checking *c, size_t from, size_t to)
{
	const struct conf *conf = c->build->conf;
	size_t n = 0;

	memset(c->seen, 0, conf->n_rules * sizeof(*c->seen));
	c->waiting[n++] = from;
	c->seen[from] = true;
	while (n) {
		size_t at = c->waiting[--n];
		if (at == to)
			return true;
		const struct rule_spec *rule = &conf->rules[at];
		for (size_t i = 0; i < rule->n_inhibits; i++) {
			size_t next = find_rule(conf, rule->inhibits[i]);
			if (next == conf->n_rules || c->seen[next])
				continue;
			c->seen[next] = true;
			c->waiting[n++] = next;
		}
	}
	return false;
}

/** Both count by something, and by nothing in common. */
static bool
keys_differ(const struct rule_spec *a, const struct rule_spec *b)
{
	for (size_t i = 0; i < a->n_by; i++)
		for (size_t k = 0; k < b->n_by; k++)
			if (strcmp(a->by[i], b->by[k]) == 0)
				return false;
	return a->n_by && b->n_by;
}

static void
check_value(struct checking *c, size_t rule, const struct syntax_value *value)
{
	struct build *build = c->build;
	const struct conf *conf = build->conf;
	struct spot spot = spot_value(c->places[rule].section, value);
	char hint[VALUE_TITLE_BYTES + 64];

	if (!is_known(c, value->text)) {
		const char *near =
			options_nearest(str_of(value->text), c->names, c->n_names);
		snprintf(hint, sizeof(hint), _("did you mean '%.64s'?"),
			 near ? near : "");
		spot_error(build->diag, spot, near ? hint : NULL,
			   _("there is no rule '%.64s'"), value->text);
		return;
	}
	size_t other = find_rule(conf, value->text);
	if (other == conf->n_rules)
		return; /* it is off */
	if (leads_to(c, other, rule)) {
		spot_error(build->diag, spot,
			   _("of two that hold back each other none would be told"),
			   other == rule ? _("rule '%.64s' holds back itself")
					 : _("rule '%.64s' holds back this one"),
			   value->text);
		return;
	}
	if (keys_differ(&conf->rules[rule], &conf->rules[other]))
		spot_error(
			build->diag, spot,
			_("have both count by one field at least, as by = {\"peer\"}"),
			_("'%.64s' counts by no field that this rule counts by"),
			value->text);
}

void
inhibits_check(struct build *build, const struct inhibits_place *places,
	       const char *const *names, size_t n_names)
{
	size_t n = build->conf->n_rules;
	struct checking c = {
		.build = build, .places = places, .names = names, .n_names = n_names
	};

	c.seen = arena_alloc(build->arena, (n + 1) * sizeof(*c.seen));
	c.waiting = arena_alloc(build->arena, (n + 1) * sizeof(*c.waiting));
	if (!c.seen || !c.waiting)
		return;
	for (size_t i = 0; i < n; i++) {
		const struct syntax_item *item = places[i].item;
		for (size_t k = 0; item && k < item->n_values; k++)
			check_value(&c, i, &item->values[k]);
		if (item && item->n_values > RULE_MAX_INHIBITS)
			spot_error(build->diag,
				   spot_value(places[i].section,
					      &item->values[RULE_MAX_INHIBITS]),
				   NULL, _("a rule holds back at most %d others"),
				   RULE_MAX_INHIBITS);
	}
}
