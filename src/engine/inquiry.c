/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/inquiry.h"

#include "base/address.h"
#include "base/text.h"
#include "engine/state.h"
#include "expr/lex.h"
#include "sip/outcome.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

static int
mistake(struct expr_error *error, const char *message, const char *word,
	const char *hint)
{
	struct buffer clean;

	*error = (struct expr_error){ .len = 1 };
	buffer_init(&clean);
	buffer_add_clean(&clean, str_of(word), 64);
	(void)snprintf(error->message, sizeof(error->message), "%s '%.*s'", message,
		       (int)clean.len, clean.len ? clean.ptr : "");
	(void)snprintf(error->hint, sizeof(error->hint), "%s", hint);
	buffer_done(&clean);
	return -EINVAL;
}

/* ---- the rule ---- */

static int
find_rule(struct inquiry *q, const char *name, struct expr_error *error)
{
	const char *near = NULL;
	size_t best = 4;
	char hint[96] = "";

	for (size_t i = 0; i < q->spec->n_rules; i++) {
		const struct rule_spec *rule = &q->spec->rules[i];
		bool same = strcmp(name, rule->name) == 0;
		if (same && rule->mode == RULE_OFF)
			return mistake(error, "this rule is off:", name, "");
		if (same)
			q->texts = rule;
		size_t away = str_distance(str_of(name), str_of(rule->name), best);
		if (!same && away < best) {
			best = away;
			near = rule->name;
		}
	}
	for (q->n_rules = 0; probe_plan(q->engine, q->n_rules); q->n_rules++)
		if (strcmp(probe_plan(q->engine, q->n_rules)->name, name) == 0) {
			q->rule = q->n_rules;
			q->plan = probe_plan(q->engine, q->n_rules);
		}
	if (q->texts && q->plan)
		return 0;
	if (near)
		(void)snprintf(hint, sizeof(hint), "did you mean '%s'?", near);
	return mistake(error, "there is no rule, or it is off:", name, hint);
}

/** One part of `where`, between two "and". */
static int
add_test(struct inquiry *q, size_t from, size_t to)
{
	struct sv_str text =
		str_trim(str_upto(str_from(str_of(q->texts->where), from), to - from));
	struct expr_error error;
	struct lex lex;
	const char *hint;

	if (q->n_tests == INQUIRY_MAX_TESTS || text.len == 0)
		return 0;
	q->test[q->n_tests].text = text;
	q->test[q->n_tests].expr = expr_new(text, &error);
	lex_init(&lex, text);
	if (lex.token.kind == LEX_WORD)
		q->test[q->n_tests].field = expr_field_find(lex.token.text, &hint);
	return q->test[q->n_tests++].expr ? 0 : -ENOMEM;
}

/** `where` in the parts that must all hold; with an "or" outside of parentheses it is
 *  one part. */
static int
split_where(struct inquiry *q)
{
	struct sv_str text = str_of(q->texts->where);
	size_t cut[INQUIRY_MAX_TESTS], n = 0, from = 0;
	struct lex lex;
	int depth = 0, r = 0;

	if (text.len == 0)
		return 0;
	lex_init(&lex, text);
	for (; lex.token.kind != LEX_END && lex.token.kind != LEX_BAD; lex_next(&lex)) {
		depth += lex.token.kind == LEX_OPEN;
		depth -= lex.token.kind == LEX_CLOSE;
		if (depth || lex.token.kind != LEX_WORD)
			continue;
		if (lex_is_word(&lex, "or")) {
			n = 0;
			break;
		}
		if (lex_is_word(&lex, "and") && n + 1 < INQUIRY_MAX_TESTS)
			cut[n++] = lex.token.pos;
	}
	for (size_t i = 0; i <= n && r == 0; i++) {
		r = add_test(q, from, i < n ? cut[i] : text.len);
		from = i < n ? cut[i] + strlen("and") : text.len;
	}
	return r;
}

/* ---- the key ---- */

static int
add_key(struct inquiry *q, const char *text, struct expr_error *error)
{
	struct inquiry_key *key = &q->key[q->n_key];
	const char *equals = strchr(text, '='), *hint = NULL;
	struct sv_str value = str_of(text);
	char near[64] = "";

	if (q->n_key == INQUIRY_MAX_KEYS)
		return mistake(error, "too many parts of a key:", text, "");
	*key = (struct inquiry_key){ 0 };
	if (equals) {
		struct sv_str name = str_make(text, (size_t)(equals - text));
		key->field = expr_field_find(name, &hint);
		value = str_of(equals + 1);
	}
	if (equals && !key->field && hint)
		(void)snprintf(near, sizeof(near), "did you mean '%.40s'?", hint);
	if (equals && !key->field)
		return mistake(error, "unknown field:", text, near);
	if (value.len == 0 || value.len >= sizeof(key->value))
		return mistake(error, "not a key:", text,
			       "203.0.113.9, peer=carrier-a");
	memcpy(key->value, value.ptr, value.len);
	if (address_parse(value, &key->ip))
		(void)address_print(&key->ip, key->value);
	q->n_key++;
	return 0;
}

/** Does a field's text agree? An address also with the network that it lies in. */
static bool
agrees(const struct inquiry_key *key, struct sv_str text)
{
	struct prefix prefix;

	if (str_eq(text, str_of(key->value)))
		return true;
	return key->ip.family && text.len && memchr(text.ptr, '/', text.len) &&
	       prefix_parse(text, &prefix) && prefix_contains(&prefix, &key->ip);
}

/** With a network as key field, an address asks for its own events alone. */
static bool
field_agrees(const struct inquiry_key *key, const struct expr_field *field,
	     const struct sv_event *event)
{
	char buf[96];

	if (key->ip.family && strcmp(field->name, "prefix") == 0)
		return address_equal(&event->peer_ip, &key->ip);
	return agrees(key, expr_field_text(field, event, buf, sizeof(buf)));
}

static bool
event_concerns(const struct inquiry *q, const struct sv_event *event)
{
	for (size_t i = 0; i < q->n_key; i++) {
		const struct inquiry_key *key = &q->key[i];
		bool hit = key->field && field_agrees(key, key->field, event);
		for (size_t k = 0; !key->field && k < q->plan->n_by && !hit; k++)
			hit = field_agrees(key, q->plan->by[k], event);
		if (!hit)
			return false;
	}
	return true;
}

/** Fields that the rule does not group by cannot tell its keys apart. */
static bool
seen_concerns(const struct inquiry *q, const struct engine_seen *seen)
{
	char buf[96];

	for (size_t i = 0; i < q->n_key; i++) {
		const struct inquiry_key *key = &q->key[i];
		bool hit = false, asked = !key->field;
		for (size_t k = 0; k < seen->plan->n_by && !hit; k++) {
			if (key->field && key->field != seen->plan->by[k])
				continue;
			asked = true;
			hit = agrees(key, probe_key_text(seen, k, buf, sizeof(buf)));
		}
		if (asked && !hit)
			return false;
	}
	return true;
}

bool
inquiry_concerns(const struct inquiry *q, const struct sv_alert *alert)
{
	if (!str_eq(alert->rule, str_of(q->texts->name)))
		return false;
	for (size_t i = 0; i < q->n_key; i++) {
		bool hit = false, asked = !q->key[i].field;
		for (size_t k = 0; k < alert->n_key && !hit; k++) {
			const struct sv_key_part *part = &alert->key[k];
			if (q->key[i].field &&
			    !str_eq(part->field, str_of(q->key[i].field->name)))
				continue;
			asked = true;
			hit = agrees(&q->key[i], part->value);
		}
		if (asked && !hit)
			return false;
	}
	return true;
}

/* ---- looking on ---- */

int
inquiry_new(const struct inquiry_question *question, struct inquiry **ret_inquiry,
	    struct expr_error *reterr_error)
{
	struct inquiry *q = calloc(1, sizeof(*q));
	struct engine_stats stats;

	if (!q)
		return -ENOMEM;
	q->engine = question->engine;
	q->spec = question->spec;
	int r = find_rule(q, question->rule, reterr_error);
	for (size_t i = 0; i < question->n_keys && r == 0; i++)
		r = add_key(q, question->keys[i], reterr_error);
	if (r == 0)
		r = split_where(q);
	if (r == 0) {
		q->near = calloc(q->n_rules, sizeof(*q->near));
		q->counted_by = calloc(q->n_rules, sizeof(*q->counted_by));
		r = q->near && q->counted_by ? 0 : -ENOMEM;
		for (size_t i = 0; r == 0 && i < q->n_rules; i++)
			q->near[i].near.share = -1;
	}
	if (r < 0) {
		inquiry_free(q);
		return r;
	}
	engine_stats_get(q->engine, &stats);
	q->late = stats.late_dropped;
	*ret_inquiry = q;
	return 0;
}

void
inquiry_free(struct inquiry *q)
{
	if (!q)
		return;
	for (size_t i = 0; i < q->n_tests; i++)
		expr_free(q->test[i].expr);
	for (size_t i = 0; i < q->n_rows; i++)
		free(q->rows[i].by_rule);
	free(q->near);
	free(q->counted_by);
	free(q);
}

bool
inquiry_seen(void *user, const struct engine_seen *seen)
{
	struct inquiry *q = user;
	struct nearness near;

	if (!seen_concerns(q, seen))
		return true;
	probe_near_plan(seen->plan, seen->reading, &near);
	struct inquiry_near *best = &q->near[seen->rule];
	uint32_t counted = seen->reading->series[0];
	if (near.kind == SV_MEASURE_RATIO || near.kind == SV_MEASURE_CONSECUTIVE ||
	    near.kind == SV_MEASURE_SEQUENCE)
		counted = (uint32_t)near.value;
	/* of moments that were not near at all the last one tells most */
	if (near.share > best->near.share || (near.share <= 0 && best->near.share <= 0))
		*best = (struct inquiry_near){ near, seen->now, counted };
	if (seen->rule == q->rule && near.share >= 1 && !q->open &&
	    seen->now < q->cooldown_until)
		q->held_back++;
	return true;
}

/** The live engine and the one that went over the same events tell of it twice. */
static bool
is_known(const struct inquiry *q, const struct sv_alert *alert)
{
	for (size_t i = 0; i < q->n_alerts && i < INQUIRY_MAX_ALERTS; i++)
		if (q->alerts[i].time == alert->time &&
		    q->alerts[i].state == alert->state &&
		    q->alerts[i].severity == alert->severity)
			return true;
	return false;
}

void
inquiry_alert(struct inquiry *q, const struct sv_alert *alert)
{
	if (!inquiry_concerns(q, alert) || is_known(q, alert))
		return;
	struct inquiry_alert *one = &q->alerts[q->n_alerts++ % INQUIRY_MAX_ALERTS];
	struct buffer clean;

	*one = (struct inquiry_alert){ .time = alert->time,
				       .state = alert->state,
				       .severity = alert->severity };
	buffer_init(&clean);
	buffer_add_clean(&clean, alert->reason, sizeof(one->reason) - 4);
	(void)snprintf(one->reason, sizeof(one->reason), "%.*s", (int)clean.len,
		       clean.len ? clean.ptr : "");
	buffer_done(&clean);
	q->open = alert->state != SV_ALERT_RESOLVED;
	if (!q->open)
		q->cooldown_until = alert->time + q->plan->cycle.cooldown;
}

/** Rules that count the event, into `by_rule`. */
static void
note_rules(const struct inquiry *q, const struct sv_event *event, uint32_t *by_rule)
{
	char buf[KEY_MAX_BYTES];
	struct sv_str name;

	for (size_t i = 0; i < q->n_rules; i++) {
		const struct plan *plan = probe_plan(q->engine, i);
		bool counts = i != q->rule && (plan->outcomes >> event->outcome & 1) &&
			      expr_test(plan->where, event);
		for (size_t k = 0; k < plan->n_except && counts; k++)
			counts = !cidr_set_has(plan->except[k], &event->peer_ip);
		if (counts && key_name_of(plan, event, buf, &name))
			by_rule[i]++;
	}
}

static bool
rows_alike(const struct inquiry_row *a, const struct inquiry_row *b)
{
	return a->reason == b->reason && a->test == b->test && a->entry == b->entry &&
	       a->list == b->list && strcmp(a->value, b->value) == 0;
}

static void
add_row(struct inquiry *q, const struct inquiry_row *row, const struct sv_event *event)
{
	size_t i = 0;

	while (i < q->n_rows && !rows_alike(&q->rows[i], row))
		i++;
	if (i == q->n_rows) {
		uint32_t *by_rule = i < INQUIRY_MAX_ROWS
					    ? calloc(q->n_rules, sizeof(*by_rule))
					    : NULL;
		if (!by_rule) {
			q->others++;
			return;
		}
		q->rows[i] = *row;
		q->rows[i].by_rule = by_rule;
		q->rows[i].first = event->time;
		q->n_rows++;
	}
	q->rows[i].events += event->count ? event->count : 1;
	q->rows[i].last = event->time;
	note_rules(q, event, q->rows[i].by_rule);
}

/** The part of `where` that does not hold. */
static bool
fails_test(const struct inquiry *q, const struct sv_event *event,
	   struct inquiry_row *ret_row)
{
	char buf[96];

	for (size_t i = 0; i < q->n_tests; i++) {
		if (expr_test(q->test[i].expr, event))
			continue;
		*ret_row = (struct inquiry_row){ .reason = INQUIRY_TEST, .test = i };
		if (q->test[i].field) {
			struct sv_str text = expr_field_text(q->test[i].field, event,
							     buf, sizeof(buf));
			text = str_upto(text, sizeof(ret_row->value) - 1);
			if (text.len)
				memcpy(ret_row->value, text.ptr, text.len);
		}
		return true;
	}
	return false;
}

static const struct list_spec *
list_named(const struct inquiry *q, const char *name)
{
	for (size_t i = 0; i < q->spec->n_lists; i++)
		if (strcmp(q->spec->lists[i].name, name) == 0)
			return &q->spec->lists[i];
	return NULL;
}

static bool
is_listed(const struct inquiry *q, const struct sv_event *event,
	  struct inquiry_row *ret_row)
{
	for (size_t i = 0; i < q->plan->n_except; i++) {
		const struct cidr_set *set = q->plan->except[i];
		if (!cidr_set_has(set, &event->peer_ip))
			continue;
		const struct list_spec *list = list_named(q, set->name);
		*ret_row = (struct inquiry_row){ .reason = INQUIRY_LIST,
						 .list = set->name };
		for (size_t k = 0; list && k < list->n_cidr; k++) {
			struct prefix prefix;
			if (!prefix_parse(str_of(list->cidr[k]), &prefix) ||
			    !prefix_contains(&prefix, &event->peer_ip))
				continue;
			ret_row->entry = list->cidr[k];
			ret_row->place = list->places ? &list->places[k] : NULL;
			break;
		}
		return true;
	}
	return false;
}

/** Counted only as one of all, of which the rule's measures ask for others. */
static bool
is_below_line(const struct inquiry *q, const struct sv_event *event,
	      struct inquiry_row *ret_row)
{
	const struct measures *m = &q->plan->measures;

	for (size_t i = 0; i < m->n; i++)
		if (m->measure[i].numerator == 0 ||
		    expr_test(m->series[m->measure[i].numerator].expr, event))
			return false;
	*ret_row = (struct inquiry_row){ .reason = INQUIRY_BELOW };
	(void)snprintf(ret_row->value, sizeof(ret_row->value), "%s",
		       outcome_name(event->outcome));
	return m->n > 0;
}

void
inquiry_event(struct inquiry *q, const struct sv_event *event)
{
	struct engine_stats stats;
	struct inquiry_row row;
	char buf[KEY_MAX_BYTES];
	struct sv_str name;

	engine_stats_get(q->engine, &stats);
	bool late = stats.late_dropped > q->late;
	q->late = stats.late_dropped;
	if (q->first == 0)
		q->first = event->time;
	if (event->time > q->last)
		q->last = event->time;
	if (event->outcome == SV_GAP || !event_concerns(q, event))
		return;
	q->events++;
	if (fails_test(q, event, &row)) {
		/* that calls succeeded is no reason why others did not count */
		if (!outcome_is_failure(event->outcome) &&
		    event->outcome != SV_ABANDONED)
			return;
	} else if (is_listed(q, event, &row)) {
		/* filled */
	} else if (!key_name_of(q->plan, event, buf, &name)) {
		row = (struct inquiry_row){ .reason = INQUIRY_NAMELESS };
	} else if (late) {
		row = (struct inquiry_row){ .reason = INQUIRY_LATE };
	} else if (outcome_is_failure(event->outcome) &&
		   is_below_line(q, event, &row)) {
		/* filled */
	} else {
		q->counted += event->count ? event->count : 1;
		note_rules(q, event, q->counted_by);
		return;
	}
	add_row(q, &row, event);
}

int
inquiry_answer(const struct inquiry *q)
{
	return q->n_alerts || (q->events == 0 && q->near[q->rule].near.share < 0) ? 1
										  : 0;
}
