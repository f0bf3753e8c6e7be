/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/named.h"

#include "base/text.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#define NO_RULE SIZE_MAX

/** The rules that are looked at, and the way that led to the present one. */
struct search {
	const struct rule_spec *rules;
	size_t n;
	bool *seen;
	size_t way[NAMED_MAX_DEPTH + 1];
	size_t depth;
};

bool
named_order(const struct plan *to, const struct plan *from,
	    uint8_t ret_order[RULE_MAX_KEYS])
{
	if (to->n_by != from->n_by)
		return false;
	for (size_t i = 0; i < to->n_by; i++) {
		size_t k = 0;
		while (k < from->n_by && !expr_field_same(to->by[i], from->by[k]))
			k++;
		if (k == from->n_by)
			return false;
		ret_order[i] = (uint8_t)k;
	}
	return true;
}

static size_t
find(const struct rule_spec *rules, size_t n, const char *name)
{
	for (size_t i = 0; i < n; i++)
		if (rules[i].mode != RULE_OFF && strcmp(rules[i].name, name) == 0)
			return i;
	return NO_RULE;
}

/** A glance: most rules ask for none and need not be read. */
static bool
may_ask(const struct rule_spec *rule)
{
	const char *const texts[] = { rule->warning, rule->critical, rule->clear };

	for (size_t i = 0; i < 3; i++)
		if (texts[i] && str_find(str_of(texts[i]), SV_STR("rule")) != STR_NONE)
			return true;
	return false;
}

static struct plan *
read_rule(const struct rule_spec *rule)
{
	struct expr_error error;
	struct plan *plan = NULL;
	const char *key;

	return plan_new(rule, &plan, &key, &error) == 0 ? plan : NULL;
}

/** What is asked for by the last rule on the way: further rules are marked as seen. The
 *  index of a rule on the way that is asked for again, or NO_RULE. */
static size_t
walk(struct search *s)
{
	const struct rule_spec *rule = &s->rules[s->way[s->depth]];
	struct plan *plan = may_ask(rule) ? read_rule(rule) : NULL;
	size_t again = NO_RULE;

	for (size_t i = 0; plan && i < plan->measures.n_rules && again == NO_RULE;
	     i++) {
		size_t next = find(s->rules, s->n, plan->measures.rule[i].text);
		if (next != NO_RULE && next == s->way[0])
			again = next;
		if (next == NO_RULE || s->seen[next] || s->depth == NAMED_MAX_DEPTH)
			continue;
		s->seen[next] = true;
		s->way[++s->depth] = next;
		again = walk(s);
		s->depth -= again == NO_RULE; /* else the way is told */
	}
	plan_free(plan);
	return again;
}

/** Marks all that `which` asks for, itself too; false: in a circle, which s->way is. */
static int
search(struct search *s, const struct rule_spec *rules, size_t n, size_t which)
{
	*s = (struct search){ .rules = rules, .n = n, .way = { which } };
	s->seen = calloc(n + 1, sizeof(*s->seen));
	if (!s->seen)
		return -ENOMEM;
	s->seen[which] = true;
	return walk(s) == NO_RULE ? 0 : -ELOOP;
}

static void
nearest(const struct rule_spec *rules, size_t n, const char *name,
	struct expr_error *reterr_error)
{
	struct sv_str wanted = str_of(name);
	size_t best = wanted.len / 3 + 2;

	for (size_t i = 0; i < n; i++) {
		size_t away = str_distance(wanted, str_of(rules[i].name), best);
		if (rules[i].mode == RULE_OFF || away >= best)
			continue;
		best = away;
		(void)snprintf(reterr_error->hint, sizeof(reterr_error->hint),
			       "did you mean '%.64s'?", rules[i].name);
	}
}

static void
say_by(const struct plan *plan, char *out, size_t bytes)
{
	size_t used = 0;

	(void)snprintf(out, bytes, "nothing");
	for (size_t i = 0; i < plan->n_by && used < bytes; i++)
		used += (size_t)snprintf(out + used, bytes - used, "%s%s", i ? "+" : "",
					 plan->by[i]->name);
}

/** One name that a rule asks for. */
static int
check_name(const struct rule_spec *rules, size_t n, const struct plan *plan,
	   const char *name, struct expr_error *reterr_error)
{
	size_t at = find(rules, n, name);
	uint8_t order[RULE_MAX_KEYS];
	char one[48], other[48];

	if (at == NO_RULE) {
		(void)snprintf(reterr_error->message, sizeof(reterr_error->message),
			       "there is no rule '%.64s'", name);
		nearest(rules, n, name, reterr_error);
		return -EINVAL;
	}
	struct plan *asked = read_rule(&rules[at]);
	int r = asked && !named_order(asked, plan, order) ? -EINVAL : 0;
	if (r < 0) {
		say_by(asked, one, sizeof(one));
		say_by(plan, other, sizeof(other));
		(void)snprintf(reterr_error->message, sizeof(reterr_error->message),
			       "'%.32s' counts by %s, this rule by %s", name, one,
			       other);
		(void)snprintf(reterr_error->hint, sizeof(reterr_error->hint),
			       "both need the same 'by'");
	}
	plan_free(asked);
	return r;
}

static void
say_circle(const struct search *s, struct expr_error *reterr_error)
{
	char *out = reterr_error->message;
	size_t bytes = sizeof(reterr_error->message);
	size_t used = (size_t)snprintf(out, bytes, "rules ask each other in a circle:");

	for (size_t i = 0; i <= s->depth + 1 && used < bytes; i++)
		used += (size_t)snprintf(out + used, bytes - used, "%s %.32s",
					 i ? "," : "",
					 s->rules[s->way[i > s->depth ? 0 : i]].name);
}

/** The condition that asks for it. */
static const char *
key_of(const struct rule_spec *rule, const struct rule_name *name)
{
	const char *const texts[] = { rule->warning, rule->critical, rule->clear };
	static const char *const keys[] = { "warning", "critical", "clear" };
	struct sv_str wanted = str_of(name->text);

	for (size_t i = 0; i < 3; i++) {
		struct sv_str text = str_of(texts[i] ? texts[i] : "");
		if (str_find(str_upto(str_from(text, name->pos), name->len), wanted) !=
		    STR_NONE)
			return keys[i];
	}
	return "name";
}

int
rule_check_named(const struct rule_spec *rules, size_t n, size_t which,
		 const char **reterr_key, struct expr_error *reterr_error)
{
	struct plan *plan = may_ask(&rules[which]) ? read_rule(&rules[which]) : NULL;
	struct search s;
	int r = 0;

	*reterr_error = (struct expr_error){ .len = 1 };
	for (size_t i = 0; plan && i < plan->measures.n_rules && r == 0; i++) {
		const struct rule_name *name = &plan->measures.rule[i];
		r = check_name(rules, n, plan, name->text, reterr_error);
		if (r == 0)
			continue;
		*reterr_key = key_of(&rules[which], name);
		reterr_error->pos = name->pos;
		reterr_error->len = name->len;
	}
	if (r == 0 && plan && plan->measures.n_rules) {
		r = search(&s, rules, n, which);
		if (r == -ELOOP) {
			const struct rule_name *name = &plan->measures.rule[0];
			*reterr_key = key_of(&rules[which], name);
			reterr_error->pos = name->pos;
			reterr_error->len = name->len;
			say_circle(&s, reterr_error);
			r = -EINVAL;
		}
		free(s.seen);
	}
	plan_free(plan);
	return r;
}

int
rule_needs(const struct rule_spec *rules, size_t n, size_t which, bool *ret_needed)
{
	struct search s;
	int r = search(&s, rules, n, which);

	for (size_t i = 0; s.seen && i < n; i++)
		ret_needed[i] |= s.seen[i];
	free(s.seen);
	return r == -ELOOP ? -EINVAL : r;
}
