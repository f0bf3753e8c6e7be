/* SPDX-License-Identifier: Apache-2.0 */
/* The advice for programs. */
#include "cli/advise_classes.h"

#include "alert/render.h"
#include "base/emit.h"
#include "base/text.h"

#define SHOWN_KEYS 10

/** A limit in its unit; a ratio as a share, as in alerts. */
static void
emit_limit(struct buffer *out, const char *key, const struct threshold *t,
	   uint32_t limit)
{
	double value = (double)limit / t->tenth;

	emit_double(out, key, t->kind == SV_MEASURE_RATIO ? value / 100 : value);
}

static void
emit_advice(struct buffer *out, const struct advise *advise, const struct threshold *t)
{
	struct buffer text;

	if (t->hopeless)
		return;
	buffer_init(&text);
	emit_open(out, "advice", '{');
	advise_condition(advise, t, t->high, &text);
	emit_text(out, "condition", buffer_str(&text));
	emit_limit(out, "limit", t, t->high);
	emit_u64(out, "alerts", t->with);
	emit_double(out, "alerts_a_week", tally_weekly(t->with, advise->span));
	emit_bool(out, "exact", t->high - t->low <= 1);
	if (t->low) {
		emit_open(out, "below", '{');
		buffer_clear(&text);
		advise_condition(advise, t, t->low, &text);
		emit_text(out, "condition", buffer_str(&text));
		emit_limit(out, "limit", t, t->low);
		emit_u64(out, "alerts", t->below);
		emit_double(out, "alerts_a_week", tally_weekly(t->below, advise->span));
		emit_close(out, '}');
	}
	emit_close(out, '}');
	buffer_done(&text);
}

static void
emit_threshold(struct buffer *out, const struct advise *advise, size_t index)
{
	const struct threshold *t = &advise->thresholds[index];
	const struct rule_spec *rule = &advise->conf->rules[t->rule];
	struct advise_class class[ADVISE_MAX_CLASSES];
	size_t n = advise_classes(advise, index, class);

	buffer_add_char(out, '{');
	emit_word(out, "kind", "advice");
	emit_text(out, "rule", str_of(rule->name));
	emit_word(out, "severity", t->critical ? "critical" : "warning");
	emit_text(out, "condition",
		  str_of(t->critical ? rule->critical : rule->warning));
	emit_text(out, "measure", str_of(t->measure));
	emit_limit(out, "limit", t, t->now);
	emit_word(out, "counted", t->partial ? "critical" : "alerts");
	emit_u64(out, "alerts", t->alerts);
	emit_double(out, "alerts_a_week", tally_weekly(t->alerts, advise->span));
	emit_u64(out, "per_week", advise->per_week);
	emit_bool(out, "enough", advise_enough(advise, t->alerts));
	if (t->hopeless) {
		emit_u64(out, "others", t->with);
		emit_double(out, "others_a_week", tally_weekly(t->with, advise->span));
	}
	if (t->searched)
		emit_advice(out, advise, t);
	emit_open(out, "distribution", '[');
	for (size_t i = 0; i < n; i++) {
		emit_open(out, NULL, '{');
		emit_limit(out, "from", t, class[i].from);
		if (class[i].to != UINT32_MAX)
			emit_limit(out, "to", t, class[i].to);
		emit_u64(out, "key_days", class[i].n);
		emit_close(out, '}');
	}
	emit_close(out, ']');
	buffer_add_cstr(out, "}\n");
}

static void
emit_rule(struct buffer *out, const struct tally *tally, size_t index)
{
	const struct tally_rule *rule = &tally->rules[index];
	const struct tally_subject *top[SHOWN_KEYS];
	size_t n = tally_subjects(tally, index, SHOWN_KEYS, top);

	buffer_add_char(out, '{');
	emit_word(out, "kind", "rule");
	emit_text(out, "rule", str_of(rule->name));
	emit_u64(out, "alerts", rule->alerts);
	emit_double(out, "alerts_a_week", tally_weekly(rule->alerts, tally->span));
	emit_u64(out, "nights", rule->nights);
	emit_double(out, "longest_sec", (double)rule->longest / 1e6);
	emit_bool(out, "observe", rule->observe);
	emit_open(out, "keys", '[');
	for (size_t i = 0; i < n; i++) {
		emit_open(out, NULL, '{');
		emit_text(out, "key", str_of(top[i]->text));
		emit_u64(out, "alerts", top[i]->alerts);
		emit_close(out, '}');
	}
	emit_close(out, ']');
	if (!rule->alerts && rule->counted) {
		emit_open(out, "nearest", '{');
		emit_text(out, "key", str_of(rule->near_key));
		emit_double(out, "share", rule->near.share);
		emit_u64(out, "value", rule->near.value);
		if (rule->near.kind == SV_MEASURE_RATIO || rule->near.whole)
			emit_u64(out, "of", rule->near.whole);
		emit_time(out, "time", rule->near_time);
		emit_close(out, '}');
	}
	buffer_add_cstr(out, "}\n");
}

void
advise_json(const struct advise *advise, const struct tally *tally,
	    const struct sources_result *result, struct buffer *out)
{
	buffer_add_char(out, '{');
	emit_word(out, "kind", "logs");
	emit_time(out, "first", result->first);
	emit_time(out, "last", result->last);
	emit_u64(out, "lines", result->records);
	emit_u64(out, "readings", advise->readings);
	emit_u64(out, "per_week", advise->per_week);
	emit_bool(out, "short", advise->span < TALLY_LEAST_SPAN);
	emit_u64(out, "peaks_lost", advise->peaks.lost);
	emit_u64(out, "evicted", advise->evicted);
	buffer_add_cstr(out, "}\n");
	for (size_t i = 0; i < tally->n_rules; i++)
		emit_rule(out, tally, i);
	for (size_t i = 0; i < advise->n_thresholds; i++)
		emit_threshold(out, advise, i);
}
