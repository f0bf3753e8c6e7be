/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/rule.h"

#include "base/text.h"
#include "base/zone.h"
#include "engine/distinct.h"
#include "engine/gauge.h"
#include "engine/plan.h"
#include "engine/window.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

/* Windows and sets are exact up to twice the largest limit, but at least this much. */
#define EXACT_LEAST 64

/** Where a mistake is reported while a plan is being built. */
struct trouble {
	const char *key;
	struct expr_error *error;
};

static int
mistake(struct trouble *c, const char *key, const char *message, const char *hint)
{
	c->key = key;
	*c->error = (struct expr_error){ .len = 1 };
	(void)snprintf(c->error->message, sizeof(c->error->message), "%s", message);
	(void)snprintf(c->error->hint, sizeof(c->error->hint), "%s", hint ? hint : "");
	return -EINVAL;
}

int
rule_condition_check(const char *text, struct expr_error *reterr_error)
{
	struct condition condition;
	struct measures measures;

	measures_init(&measures, SV_USEC_PER_SEC);
	int r = condition_parse(&condition, &measures, str_of(text), CONDITION_ANY,
				reterr_error);
	measures_done(&measures);
	return r;
}

/* Fields that say who it was: without them an event cannot be told to anyone's account.
 * Of the others "not known" is a value like any. */
static bool
names_someone(const struct expr_field *field)
{
	static const char *const names[] = { "peer_ip",    "prefix", "peer", "account",
					     "user",       "dst",    "ua",   "call_id",
					     "dst_prefix", "phrase" };

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (strcmp(field->name, names[i]) == 0)
			return true;
	return false;
}

static int
read_by(struct plan *plan, const struct rule_spec *spec, struct trouble *c)
{
	if (spec->n_by > RULE_MAX_KEYS)
		return mistake(c, "by", "more than 4 fields", NULL);
	for (size_t i = 0; i < spec->n_by; i++) {
		struct sv_str name = str_of(spec->by[i]);
		c->key = "by";
		const struct expr_field *field =
			expr_field_read(name, &plan->by_copy[i], c->error);
		if (!field)
			return -EINVAL;
		if (field->groups) {
			plan->needs[plan->n_by] = names_someone(field);
			plan->by[plan->n_by++] = field;
			continue;
		}
		char message[96];
		(void)snprintf(message, sizeof(message), "'%.40s' cannot group",
			       spec->by[i]);
		(void)mistake(c, "by", message, NULL);
		c->error->len = name.len ? name.len : 1;
		return -EINVAL;
	}
	return 0;
}

static bool
has_text(const char *text)
{
	return text && *text;
}

static int
read_condition(struct plan *plan, const char *text, const char *key,
	       struct condition *out, struct trouble *c)
{
	enum condition_sense sense =
		strcmp(key, "clear") == 0 ? CONDITION_CLEARS : CONDITION_RAISES;

	if (!has_text(text))
		return 0;
	c->key = key;
	return condition_parse(out, &plan->measures, str_of(text), sense, c->error);
}

/** Both must clear: each half of its own. */
static int
join_halves(struct plan *plan, struct trouble *c)
{
	struct condition a, b;

	condition_half(&plan->warning, &plan->measures, &a);
	condition_half(&plan->critical, &plan->measures, &b);
	if (a.n == 0 || b.n == 0) {
		plan->clear = a.n ? a : b;
		return 0;
	}
	if (a.n + b.n + 1 > CONDITION_MAX_NODES)
		return mistake(c, "critical", "the conditions are too large",
			       "give 'clear' in fewer words");
	plan->clear = a;
	for (uint8_t i = 0; i < b.n; i++) {
		plan->clear.node[a.n + i] = b.node[i];
		plan->clear.node[a.n + i].left = (uint8_t)(b.node[i].left + a.n);
		plan->clear.node[a.n + i].right = (uint8_t)(b.node[i].right + a.n);
	}
	uint8_t root = (uint8_t)(a.n + b.n);
	plan->clear.n = (uint8_t)(root + 1);
	plan->clear.node[root].kind = CONDITION_AND;
	plan->clear.node[root].left = a.root;
	plan->clear.node[root].right = (uint8_t)(b.root + a.n);
	plan->clear.root = root;
	return 0;
}

/** not rule(…): true without any event of that rule, so those of this one matter. */
static bool
asks_for_none(const struct condition *c, const struct measures *m)
{
	for (size_t i = 0; i < c->n; i++)
		if (c->node[i].kind == CONDITION_TERM &&
		    c->node[i].term.op == TERM_BELOW &&
		    m->measure[c->node[i].term.measure].kind == SV_MEASURE_RULE)
			return true;
	return false;
}

static int
read_conditions(struct plan *plan, const struct rule_spec *spec, struct trouble *c)
{
	int r;

	measures_init(&plan->measures, spec->window);
	if (!has_text(spec->warning) && !has_text(spec->critical))
		return mistake(c, "warning",
			       "a rule needs a 'warning' or a 'critical' condition",
			       "warning = \"count >= 10\"");
	r = read_condition(plan, spec->warning, "warning", &plan->warning, c);
	if (r == 0)
		r = read_condition(plan, spec->critical, "critical", &plan->critical,
				   c);
	if (r == 0)
		r = has_text(spec->clear) ? read_condition(plan, spec->clear, "clear",
							   &plan->clear, c)
					  : join_halves(plan, c);
	condition_half(&plan->critical, &plan->measures, &plan->lower);
	plan->no_count = true;
	plan->asks_not = asks_for_none(&plan->warning, &plan->measures) ||
			 asks_for_none(&plan->critical, &plan->measures);
	plan->only_rules = !plan->asks_not;
	for (size_t i = 0; i < plan->measures.n; i++) {
		enum sv_measure_kind kind = plan->measures.measure[i].kind;
		plan->has_ratio |=
			kind == SV_MEASURE_RATIO || kind == SV_MEASURE_BASELINE;
		plan->settles |= kind == SV_MEASURE_RATIO ||
				 kind == SV_MEASURE_CONSECUTIVE ||
				 kind == SV_MEASURE_ABSENT || kind == SV_MEASURE_RULE ||
				 plan->measures.measure[i].baseline.share;
		plan->no_count &= kind == SV_MEASURE_ABSENT || kind == SV_MEASURE_RULE;
		plan->only_rules &= kind == SV_MEASURE_RULE;
	}
	return r;
}

static bool
has_kind(const struct plan *plan, enum sv_measure_kind kind)
{
	for (size_t i = 0; i < plan->measures.n; i++)
		if (plan->measures.measure[i].kind == kind ||
		    (kind == SV_MEASURE_RATIO &&
		     plan->measures.measure[i].baseline.share))
			return true;
	return false;
}

/** Column of a series in what the rule learns, added if need be. */
static uint8_t
column_of(struct baseline_rule *learned, uint8_t series)
{
	for (uint8_t i = 0; i < learned->n_series; i++)
		if (learned->series[i] == series)
			return i;
	learned->series[learned->n_series] = series;
	return learned->n_series++;
}

/** What must be learned for the measures that compare with it. */
static int
read_learned(struct plan *plan, const struct rule_spec *spec, struct trouble *c)
{
	struct baseline_rule *learned = &plan->learned;

	for (size_t i = 0; i < plan->measures.n; i++) {
		struct measure *what = &plan->measures.measure[i];
		struct baseline_spec *b = &what->baseline;
		uint16_t horizon = (uint16_t)(b->days * b->most * 24u);
		if (what->kind != SV_MEASURE_BASELINE)
			continue;
		b->column = column_of(learned, what->numerator);
		b->under = column_of(learned, what->denominator);
		if (horizon > learned->horizon)
			learned->horizon = horizon;
	}
	if (learned->n_series && spec->window > BASELINE_HOUR)
		return mistake(c, "window",
			       "a baseline is one of hours: the window is an hour at "
			       "most",
			       "window = \"1h\"");
	if (!has_text(spec->timezone))
		return 0;
	int r = zone_new(spec->timezone, &plan->zone);
	learned->zone = plan->zone;
	return r == -EINVAL ? mistake(c, "timezone", "there is no such time zone",
				      "as \"Europe/Berlin\"")
			    : r;
}

/** Does the rule have what this name stands for? Distinct fields are added. */
static const char *
slot_problem(struct plan *plan, const struct slot *slot)
{
	switch (slot->kind) {
	case SLOT_NONE:
		return "unknown name";
	case SLOT_RATIO:
	case SLOT_NUMERATOR:
	case SLOT_DENOMINATOR:
	case SLOT_MIN:
		return has_kind(plan, SV_MEASURE_RATIO) ? NULL
							: "the rule has no ratio for";
	case SLOT_RATE:
		return has_kind(plan, SV_MEASURE_RATE) ? NULL
						       : "the rule has no rate for";
	case SLOT_CONSECUTIVE:
		return has_kind(plan, SV_MEASURE_CONSECUTIVE)
			       ? NULL
			       : "the rule counts none in a row:";
	case SLOT_SEQUENCE:
		return has_kind(plan, SV_MEASURE_SEQUENCE)
			       ? NULL
			       : "the rule has no sequence:";
	case SLOT_NEW:
		return has_kind(plan, SV_MEASURE_NEW) ? NULL
						      : "the rule has no new(…):";
	case SLOT_ABSENT:
		return has_kind(plan, SV_MEASURE_ABSENT) ? NULL
							 : "the rule has no absent(…):";
	case SLOT_BASELINE:
		return has_kind(plan, SV_MEASURE_BASELINE)
			       ? NULL
			       : "the rule has no baseline for";
	case SLOT_DISTINCT:
		return measures_distinct(&plan->measures, slot->field) < 0
			       ? "too many distinct fields:"
			       : NULL;
	case SLOT_FIELD:
	case SLOT_COUNT:
	case SLOT_LIMIT:
	case SLOT_WINDOW:
	case SLOT_FIRST:
	case SLOT_RULE:
	case SLOT_CODES:
	case SLOT_LOST:
		break;
	}
	return NULL;
}

static int
read_slots(struct plan *plan, const char *text, const char *key, struct trouble *c)
{
	struct sv_str name;
	size_t at = 0, from;
	const char *nearest;

	while (slot_next(str_of(text), &at, &from, &name)) {
		struct slot slot = slot_find(name, &nearest);
		const char *problem = slot_problem(plan, &slot);
		if (!problem)
			continue;
		char message[96], hint[64] = "";
		(void)snprintf(message, sizeof(message), "%s {%.*s}", problem,
			       name.len < 40 ? (int)name.len : 40, name.ptr);
		if (slot.kind == SLOT_NONE && nearest)
			(void)snprintf(hint, sizeof(hint), "did you mean {%s}?",
				       nearest);
		(void)mistake(c, key, message, hint);
		c->error->pos = from;
		c->error->len = name.len + 2;
		return -EINVAL;
	}
	return 0;
}

static int
copy_texts(struct plan *plan, const struct rule_spec *spec)
{
	const struct {
		char **to;
		const char *from;
	} texts[] = {
		{ &plan->name, spec->name },
		{ &plan->ruleset, spec->ruleset },
		{ &plan->service, spec->service },
		{ &plan->technique, spec->technique },
		{ &plan->summary, spec->summary },
		{ &plan->likely, spec->likely },
		{ &plan->check, spec->check },
	};

	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		*texts[i].to = strdup(texts[i].from ? texts[i].from : "");
		if (!*texts[i].to)
			return -ENOMEM;
	}
	return 0;
}

static uint16_t
exact_size(const struct plan *plan, bool distinct, size_t most)
{
	static const enum sv_measure_kind of_count[] = {
		SV_MEASURE_COUNT, SV_MEASURE_RATE, SV_MEASURE_RATIO,
		SV_MEASURE_CONSECUTIVE, SV_MEASURE_SEQUENCE
	};
	static const enum sv_measure_kind of_values[] = { SV_MEASURE_DISTINCT };
	const enum sv_measure_kind *kinds = distinct ? of_values : of_count;
	uint64_t largest = 0, size = EXACT_LEAST;

	for (size_t i = 0; i < (distinct ? 1 : 5); i++) {
		uint64_t a =
			condition_largest(&plan->warning, &plan->measures, kinds[i]);
		uint64_t b =
			condition_largest(&plan->critical, &plan->measures, kinds[i]);
		largest = a > largest ? a : largest;
		largest = b > largest ? b : largest;
	}
	if (!distinct && plan->learned.n_series)
		size = most; /* what is usual is not known yet */
	while (size < 2 * largest && size < most)
		size *= 2;
	return (uint16_t)(size < most ? size : most);
}

static int
plan_read(struct plan *plan, const struct rule_spec *spec, struct trouble *c)
{
	int r = copy_texts(plan, spec);

	if (r < 0)
		return r;
	if (spec->window == 0)
		return mistake(c, "window", "a rule needs a window", "window = \"5m\"");
	if (has_text(spec->where)) {
		c->key = "where";
		plan->where = expr_new(str_of(spec->where), c->error);
		if (!plan->where)
			return -EINVAL;
	}
	plan->outcomes = expr_outcomes(plan->where);
	r = read_by(plan, spec, c);
	if (r == 0)
		r = read_conditions(plan, spec, c);
	if (r == 0)
		r = read_learned(plan, spec, c);
	if (r == 0)
		r = read_slots(plan, plan->summary, "summary", c);
	if (r == 0)
		r = read_slots(plan, plan->likely, "likely", c);
	if (r == 0)
		r = read_slots(plan, plan->check, "check", c);
	if (r < 0)
		return r;
	plan->window = spec->window;
	plan->observe = spec->mode == RULE_OBSERVE;
	plan->ticket = spec->mode == RULE_TICKET;
	plan->cycle = (struct cycle_rule){
		.for_usec = spec->for_usec,
		.clear_for = spec->clear_for != SV_USEC_NEVER ? spec->clear_for
			     : plan->no_count                 ? 0
							      : spec->window,
		.cooldown = spec->cooldown,
		.repeat = spec->repeat,
		.has_warning = plan->warning.n > 0,
	};
	condition_prepare(&plan->warning, &plan->measures);
	condition_prepare(&plan->critical, &plan->measures);
	condition_prepare(&plan->clear, &plan->measures);
	condition_prepare(&plan->lower, &plan->measures);
	alarms_add(&plan->alarms, &plan->warning, &plan->measures);
	alarms_add(&plan->alarms, &plan->critical, &plan->measures);
	plan->max_entries = exact_size(plan, false, WINDOW_MAX_ENTRIES);
	plan->max_values = exact_size(plan, true, DISTINCT_MAX_VALUES);
	return 0;
}

static uint64_t
digest_text(uint64_t digest, const char *text)
{
	return str_hash(str_of(text ? text : ""), digest + (text != NULL));
}

/** What two rules must have in common to count and alert alike. Words, service, lists
 *  and mode change nothing in what was counted. */
static uint64_t
digest_of(const struct rule_spec *spec)
{
	const uint64_t numbers[] = { spec->n_by, spec->window, spec->for_usec,
				     spec->clear_for, spec->cooldown };
	uint64_t digest = str_hash(str_make((const char *)numbers, sizeof(numbers)), 1);

	digest = digest_text(digest, spec->where);
	for (size_t i = 0; i < spec->n_by; i++)
		digest = digest_text(digest, spec->by[i]);
	digest = digest_text(digest, spec->warning);
	digest = digest_text(digest, spec->critical);
	if (has_text(spec->timezone))
		digest = digest_text(digest, spec->timezone);
	return digest_text(digest, spec->clear);
}

/** What two rules must have in common to learn alike: limits may differ. */
static uint64_t
digest_of_learned(const struct plan *plan, const struct rule_spec *spec)
{
	uint64_t digest = digest_text(2, spec->where);

	for (size_t i = 0; i < spec->n_by; i++)
		digest = digest_text(digest, spec->by[i]);
	for (size_t i = 0; i < plan->learned.n_series; i++)
		digest = digest_text(
			digest, plan->measures.series[plan->learned.series[i]].text);
	return digest;
}

int
plan_new(const struct rule_spec *spec, struct plan **ret_plan, const char **reterr_key,
	 struct expr_error *reterr_error)
{
	struct trouble c = { .key = "name", .error = reterr_error };
	struct plan *plan = calloc(1, sizeof(*plan));

	*reterr_error = (struct expr_error){ .len = 1 };
	int r = plan ? plan_read(plan, spec, &c) : -ENOMEM;
	if (r < 0) {
		*reterr_key = c.key;
		plan_free(plan);
		return r;
	}
	plan->digest = digest_of(spec);
	plan->learned.digest = digest_of_learned(plan, spec);
	*ret_plan = plan;
	return 0;
}

void
plan_free(struct plan *plan)
{
	if (!plan)
		return;
	free(plan->name);
	free(plan->ruleset);
	free(plan->service);
	free(plan->technique);
	free(plan->summary);
	free(plan->likely);
	free(plan->check);
	expr_free(plan->where);
	zone_free(plan->zone);
	measures_done(&plan->measures);
	free(plan);
}

int
rule_check(const struct rule_spec *rule, const char **reterr_key,
	   struct expr_error *reterr_error)
{
	struct plan *plan;
	int r = plan_new(rule, &plan, reterr_key, reterr_error);

	if (r == 0)
		plan_free(plan);
	return r;
}

sv_usec
rule_patience(const struct rule_spec *rule)
{
	struct expr_error error;
	const char *key;
	struct plan *plan;
	sv_usec longest = 0;

	if (plan_new(rule, &plan, &key, &error) < 0)
		return 0;
	for (size_t i = 0; i < plan->measures.n_gauges; i++) {
		const struct gauge_what *what = &plan->measures.gauge[i];
		if (what->kind == GAUGE_ABSENT && what->span > longest)
			longest = what->span;
	}
	plan_free(plan);
	return longest + rule->for_usec;
}
