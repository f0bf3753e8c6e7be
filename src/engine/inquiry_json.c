/* SPDX-License-Identifier: Apache-2.0 */
/* What an inquiry has found, for the control socket and the command line. */
#include "engine/inquiry.h"

#include "base/emit.h"
#include "base/text.h"
#include "engine/plan.h"
#include "engine/rule.h"

#include <math.h>

static const char *const reasons[] = {
	[INQUIRY_TEST] = "where",      [INQUIRY_LIST] = "list",
	[INQUIRY_BELOW] = "measure",   [INQUIRY_LATE] = "late",
	[INQUIRY_NAMELESS] = "no_key",
};
static const char *const states[] = {
	[SV_ALERT_FIRING] = "firing",
	[SV_ALERT_CHANGED] = "changed",
	[SV_ALERT_RESOLVED] = "resolved",
	[SV_ALERT_UNKNOWN] = "unknown",
};
static const char *const severities[] = {
	[SV_SEVERITY_OK] = "ok",
	[SV_SEVERITY_WARNING] = "warning",
	[SV_SEVERITY_CRITICAL] = "critical",
	[SV_SEVERITY_UNKNOWN] = "unknown",
};

static void
emit_near(struct buffer *out, const char *key, const struct inquiry_near *best,
	  sv_usec window)
{
	struct buffer words;

	if (best->near.share < 0)
		return;
	buffer_init(&words);
	probe_near_words(&words, &best->near, window);
	emit_open(out, key, '{');
	emit_text(out, "words", buffer_str(&words));
	emit_double(out, "share", best->near.share);
	emit_u64(out, "value", best->near.value);
	if (best->near.kind == SV_MEASURE_RATIO || best->near.whole)
		emit_u64(out, "of", best->near.whole);
	if (best->near.kind == SV_MEASURE_RATIO ||
	    best->near.kind == SV_MEASURE_BASELINE)
		emit_u64(out, "min", best->near.term.min);
	if (best->near.kind != SV_MEASURE_BASELINE)
		emit_double(out, "limit", term_limit(&best->near.term));
	else if (!isnan(best->near.usual))
		emit_double(out, "limit", best->near.usual);
	emit_time(out, "time", best->time);
	emit_close(out, '}');
	buffer_done(&words);
}

/** Which of two rules that count as many says more of them: the one about fewer kinds
 *  of failures, then the one that came nearer to its limit. */
static bool
says_more(const struct inquiry *q, size_t a, size_t b)
{
	int kinds = __builtin_popcountll(probe_plan(q->engine, a)->outcomes) -
		    __builtin_popcountll(probe_plan(q->engine, b)->outcomes);

	return kinds ? kinds < 0 : q->near[a].near.share > q->near[b].near.share;
}

/** The rule that counts most of them within more than `window`. */
static void
emit_other_rule(const struct inquiry *q, struct buffer *out, const uint32_t *by_rule,
		sv_usec window)
{
	size_t best = q->n_rules;

	for (size_t i = 0; i < q->n_rules; i++) {
		if (!by_rule[i] || probe_plan(q->engine, i)->window <= window)
			continue;
		if (best == q->n_rules || by_rule[i] > by_rule[best] ||
		    (by_rule[i] == by_rule[best] && says_more(q, i, best)))
			best = i;
	}
	if (best == q->n_rules)
		return;
	const struct plan *plan = probe_plan(q->engine, best);
	emit_open(out, "counted_by", '{');
	emit_text(out, "rule", str_of(plan->name));
	emit_u64(out, "events", by_rule[best]);
	emit_near(out, "nearest", &q->near[best], plan->window);
	emit_close(out, '}');
}

static void
emit_row(const struct inquiry *q, struct buffer *out, const struct inquiry_row *row)
{
	emit_open(out, NULL, '{');
	emit_word(out, "why", reasons[row->reason]);
	emit_u64(out, "events", row->events);
	if (row->reason == INQUIRY_TEST) {
		emit_text(out, "asks", q->test[row->test].text);
		if (q->test[row->test].field)
			emit_text(out, "field", str_of(q->test[row->test].field->name));
		if (q->test[row->test].field &&
		    q->test[row->test].field->writer == EXPR_CLAIM)
			emit_true(out, "claim");
		emit_text(out, "value", str_of(row->value));
	}
	if (row->reason == INQUIRY_BELOW) {
		emit_text(out, "asks", str_of(q->plan->measures.measure[0].text));
		emit_word(out, "field", "outcome");
		emit_text(out, "value", str_of(row->value));
	}
	emit_text(out, "list", str_of(row->list));
	emit_text(out, "entry", str_of(row->entry));
	if (row->place) {
		emit_text(out, "file", str_of(row->place->file));
		emit_u64(out, "line", row->place->line);
	}
	emit_time(out, "first", row->first);
	emit_time(out, "last", row->last);
	emit_other_rule(q, out, row->by_rule, 0);
	emit_close(out, '}');
}

/** Those that the rule counts, but at another time. */
static void
emit_outside(const struct inquiry *q, struct buffer *out)
{
	uint64_t in_window =
		q->near[q->rule].near.share < 0 ? 0 : q->near[q->rule].counted;

	if (q->counted <= in_window)
		return;
	emit_open(out, NULL, '{');
	emit_word(out, "why", "window");
	emit_u64(out, "events", q->counted - in_window);
	emit_other_rule(q, out, q->counted_by, q->plan->window);
	emit_close(out, '}');
}

static void
emit_rows(const struct inquiry *q, struct buffer *out)
{
	bool told[INQUIRY_MAX_ROWS] = { false };

	emit_open(out, "not_counted", '[');
	for (size_t n = 0; n < q->n_rows; n++) {
		size_t most = q->n_rows;
		for (size_t i = 0; i < q->n_rows; i++)
			if (!told[i] && (most == q->n_rows ||
					 q->rows[i].events > q->rows[most].events))
				most = i;
		told[most] = true;
		emit_row(q, out, &q->rows[most]);
	}
	emit_outside(q, out);
	if (q->others) {
		emit_open(out, NULL, '{');
		emit_word(out, "why", "other");
		emit_u64(out, "events", q->others);
		emit_close(out, '}');
	}
	emit_close(out, ']');
}

static void
emit_alerts(const struct inquiry *q, struct buffer *out)
{
	size_t from =
		q->n_alerts > INQUIRY_MAX_ALERTS ? q->n_alerts - INQUIRY_MAX_ALERTS : 0;

	emit_open(out, "alerts", '[');
	for (size_t i = from; i < q->n_alerts; i++) {
		const struct inquiry_alert *a = &q->alerts[i % INQUIRY_MAX_ALERTS];
		emit_open(out, NULL, '{');
		emit_time(out, "time", a->time);
		emit_word(out, "state", states[a->state]);
		emit_word(out, "severity", severities[a->severity]);
		emit_text(out, "reason", str_of(a->reason));
		emit_close(out, '}');
	}
	emit_close(out, ']');
}

void
inquiry_json(const struct inquiry *q, struct buffer *out, bool recent)
{
	const struct rule_spec *rule = q->texts;
	struct buffer key;

	buffer_add_char(out, '{');
	emit_word(out, "kind", "why_not");
	emit_text(out, "rule", str_of(rule->name));
	buffer_init(&key);
	for (size_t i = 0; i < q->n_key; i++)
		buffer_addf(&key, "%s%s%s%s", i ? " " : "",
			    q->key[i].field ? q->key[i].field->name : "",
			    q->key[i].field ? "=" : "", q->key[i].value);
	emit_text(out, "key", buffer_str(&key));
	buffer_done(&key);
	emit_bool(out, "raised", q->n_alerts > 0);
	emit_word(out, "mode", rule->mode == RULE_OBSERVE ? "observe" : "on");
	emit_text(out, "warning", str_of(rule->warning));
	emit_text(out, "critical", str_of(rule->critical));
	emit_double(out, "window_sec", (double)rule->window / 1e6);
	emit_double(out, "for_sec", (double)rule->for_usec / 1e6);
	emit_double(out, "grace_sec",
		    (double)(q->spec->grace ? q->spec->grace : 30 * SV_USEC_PER_SEC) /
			    1e6);
	emit_u64(out, "events", q->events);
	emit_u64(out, "counted", q->counted);
	emit_near(out, "nearest", &q->near[q->rule], rule->window);
	if (q->held_back) {
		emit_open(out, "cooldown", '{');
		emit_u64(out, "events", q->held_back);
		emit_time(out, "until", q->cooldown_until);
		emit_close(out, '}');
	}
	emit_rows(q, out);
	emit_alerts(q, out);
	emit_word(out, "from", recent ? "daemon" : "logs");
	emit_time(out, "since", q->first);
	emit_time(out, "until", q->last);
	buffer_add_char(out, '}');
}
