/* SPDX-License-Identifier: Apache-2.0 */
#include "alert/inhibit.h"

#include "base/text.h"

#include <errno.h>
#include <stdlib.h>

static void
rule_done(struct inhibit_rule *rule)
{
	for (size_t i = 0; i < rule->n_inhibits; i++)
		free(rule->inhibits[i]);
	free(rule->name);
}

static int
take_rule(struct inhibitors *in, const struct rule_spec *spec)
{
	struct inhibit_rule *rule = &in->rules[in->n_rules++];

	rule->name = strdup(spec->name);
	if (!rule->name)
		return -ENOMEM;
	for (size_t i = 0; i < spec->n_inhibits && i < RULE_MAX_INHIBITS; i++) {
		rule->inhibits[i] = strdup(spec->inhibits[i]);
		if (!rule->inhibits[i])
			return -ENOMEM;
		rule->n_inhibits++;
	}
	return 0;
}

int
inhibitors_init(struct inhibitors *inhibitors, const struct rule_spec *rules, size_t n)
{
	int r = 0;

	*inhibitors = (struct inhibitors){ 0 };
	inhibitors->rules = calloc(n + 1, sizeof(*inhibitors->rules));
	if (!inhibitors->rules)
		return -ENOMEM;
	for (size_t i = 0; i < n && r == 0; i++)
		if (rules[i].n_inhibits)
			r = take_rule(inhibitors, &rules[i]);
	return r;
}

void
inhibitors_done(struct inhibitors *inhibitors)
{
	for (size_t i = 0; i < inhibitors->n_rules; i++)
		rule_done(&inhibitors->rules[i]);
	for (size_t i = 0; i < inhibitors->n_open; i++)
		free(inhibitors->open[i].text);
	free(inhibitors->rules);
	free(inhibitors->open);
	*inhibitors = (struct inhibitors){ 0 };
}

/** Index of the rule among those that hold back others; n_rules: it does not. */
static size_t
rule_of(const struct inhibitors *in, struct sv_str name)
{
	size_t i = 0;

	while (i < in->n_rules && !str_eq(str_of(in->rules[i].name), name))
		i++;
	return i;
}

static size_t
find_open(const struct inhibitors *in, const char *incident)
{
	size_t i = 0;

	while (i < in->n_open && strcmp(in->open[i].incident, incident) != 0)
		i++;
	return i;
}

static struct sv_str
keep(char **at, struct sv_str text)
{
	struct sv_str kept = { *at, text.len };

	if (text.len)
		memcpy(*at, text.ptr, text.len);
	*at += text.len;
	return kept;
}

static bool
fill(struct inhibitor *one, const struct sv_alert *alert)
{
	size_t bytes = 1;

	for (size_t i = 0; i < alert->n_key; i++)
		bytes += alert->key[i].field.len + alert->key[i].value.len;
	one->text = malloc(bytes);
	if (!one->text)
		return false;
	char *at = one->text;
	for (size_t i = 0; i < alert->n_key; i++) {
		one->field[i] = keep(&at, alert->key[i].field);
		one->value[i] = keep(&at, alert->key[i].value);
	}
	one->n_key = alert->n_key;
	memcpy(one->incident, alert->incident, sizeof(one->incident));
	return true;
}

static void
open_one(struct inhibitors *in, size_t rule, const struct sv_alert *alert)
{
	struct inhibitor one = { .rule = rule };
	struct inhibitor *grown =
		in->n_open == INHIBIT_MAX
			? NULL
			: reallocarray(in->open, in->n_open + 1, sizeof(*grown));

	if (grown)
		in->open = grown;
	if (!grown || !fill(&one, alert)) {
		in->passed++;
		return;
	}
	in->open[in->n_open++] = one;
}

bool
inhibitors_note(struct inhibitors *inhibitors, const struct sv_alert *alert)
{
	if (inhibitors->n_rules == 0)
		return false;
	size_t rule = rule_of(inhibitors, alert->rule);
	size_t at = find_open(inhibitors, alert->incident);
	if (alert->state != SV_ALERT_RESOLVED) {
		if (rule < inhibitors->n_rules && at == inhibitors->n_open)
			open_one(inhibitors, rule, alert);
		return false;
	}
	if (at == inhibitors->n_open)
		return false;
	bool held = inhibitors->open[at].holds;
	free(inhibitors->open[at].text);
	inhibitors->open[at] = inhibitors->open[--inhibitors->n_open];
	return held;
}

uint32_t
inhibitor_tag(const char *incident)
{
	uint32_t tag;

	memcpy(&tag, incident, sizeof(tag)); /* digits, so it is not 0 */
	return tag;
}

static bool
names(const struct inhibit_rule *rule, struct sv_str name)
{
	for (size_t i = 0; i < rule->n_inhibits; i++)
		if (str_eq(str_of(rule->inhibits[i]), name))
			return true;
	return false;
}

static bool
covers(const struct inhibitor *one, const struct sv_alert *alert)
{
	/* that of a group is about many keys */
	if (alert->group)
		return one->n_key == 0;
	for (size_t i = 0; i < one->n_key; i++)
		for (size_t k = 0; k < alert->n_key; k++)
			if (str_eq(one->field[i], alert->key[k].field) &&
			    !str_eq(one->value[i], alert->key[k].value))
				return false;
	return true;
}

const struct inhibitor *
inhibitors_match(struct inhibitors *inhibitors, const struct sv_alert *alert)
{
	size_t first = inhibitors->n_rules;
	struct inhibitor *by = NULL;

	for (size_t i = 0; i < inhibitors->n_open; i++) {
		struct inhibitor *one = &inhibitors->open[i];
		if (one->rule < first &&
		    names(&inhibitors->rules[one->rule], alert->rule) &&
		    covers(one, alert)) {
			first = one->rule;
			by = one;
		}
	}
	if (by)
		by->holds = true;
	return by;
}

struct sv_str
inhibitors_name(const struct inhibitors *inhibitors, const struct inhibitor *one)
{
	return str_of(inhibitors->rules[one->rule].name);
}
