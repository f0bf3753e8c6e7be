/* SPDX-License-Identifier: Apache-2.0 */
/* From a transition to a struct sv_alert: numbers, evidence, words, ids. */
#include "alert/alert.h"
#include "base/text.h"
#include "engine/measure.h"
#include "engine/state.h"

#include <math.h>

/** An alert being put together; its texts live here or in the engine. */
struct report {
	struct sv_alert alert;
	struct sv_event last; /* latest event counted */
	bool has_last;
	char part[SV_ALERT_MAX_KEY_PARTS][64];
	char fingerprint[ALERT_FINGERPRINT_BYTES];
};

static double
limit_of(const struct condition *condition, const struct report_input *in,
	 size_t measure)
{
	const struct term *term = condition_term(condition, measure);
	const struct measures *m = &in->rule->plan->measures;
	const struct measure *what = &m->measure[measure];

	if (!term)
		return (double)NAN;
	if (what->kind == SV_MEASURE_ABSENT)
		return (double)m->gauge[what->gauge - 1].span / 1e6;
	if (what->kind == SV_MEASURE_BASELINE)
		return baseline_limit(what, term, &in->reading->baseline[measure],
				      m->window);
	/* rates are per second in alerts */
	return term->unit == 1 ? term_limit(term)
			       : term_limit(term) * 1e6 / (double)term->unit;
}

static uint64_t
min_of(const struct plan *plan, size_t measure)
{
	const struct term *term = condition_term(&plan->warning, measure);

	if (!term)
		term = condition_term(&plan->critical, measure);
	return term ? term->min : 0;
}

static void
read_gauge(struct sv_measure *m, const struct report_input *in, struct key *key,
	   const struct measure *what)
{
	m->field = measures_field(&in->rule->plan->measures, what)->name;
	m->numerator = in->reading->gauge[what->gauge - 1];
	m->value = (double)m->numerator;
	m->error = key_gauges(in->rule, key)[what->gauge - 1].turned_away;
}

static void
add_share(struct sv_measure *m, const struct report_input *in,
	  const struct measure *what)
{
	m->denominator = in->reading->series[what->denominator];
	m->value = m->denominator ? (double)m->numerator / (double)m->denominator : 0;
}

static void
add_usual(struct sv_measure *m, const struct report_input *in,
	  const struct measure *what, const struct baseline_value *value)
{
	m->value = (double)m->numerator;
	if (what->baseline.share)
		add_share(m, in, what);
	m->usual = baseline_usual(what, value, in->rule->plan->window);
	m->periods = value->periods;
}

static void
add_measure(struct sv_alert *alert, const struct report_input *in, struct key *key,
	    size_t i)
{
	const struct plan *plan = in->rule->plan;
	const struct measure *what = &plan->measures.measure[i];
	struct sv_measure *m = &alert->measure[alert->n_measure++];
	size_t series = what->numerator; /* 0 but for a ratio and for those in a row */
	const struct gauge *gauge;

	*m = (struct sv_measure){
		.kind = what->kind,
		.text = what->text,
		.numerator = in->reading->series[series],
		.warning = limit_of(&plan->warning, in, i),
		.critical = limit_of(&plan->critical, in, i),
		.clear = limit_of(&plan->clear, in, i),
		.usual = (double)NAN,
		.min = min_of(plan, i),
		.error = window_error(&key_windows(key)[series], &in->rule->window),
	};
	switch (what->kind) {
	case SV_MEASURE_COUNT:
	case SV_MEASURE_CONSECUTIVE:
		m->value = (double)m->numerator;
		break;
	case SV_MEASURE_RATE:
		m->value = (double)m->numerator * 1e6 / (double)plan->window;
		break;
	case SV_MEASURE_RATIO:
		add_share(m, in, what);
		break;
	case SV_MEASURE_BASELINE:
		add_usual(m, in, what, &in->reading->baseline[i]);
		break;
	case SV_MEASURE_SEQUENCE:
		m->numerator = in->reading->sequence[i];
		m->value = (double)m->numerator;
		break;
	case SV_MEASURE_ABSENT:
		gauge = &key_gauges(in->rule, key)[what->gauge - 1];
		m->value = (double)(in->now - gauge->newest) / 1e6;
		m->numerator = 0;
		break;
	case SV_MEASURE_RULE:
		m->numerator = in->reading->rule[what->rule];
		m->value = (double)m->numerator;
		m->error = 0;
		break;
	case SV_MEASURE_NEW:
		read_gauge(m, in, key, what);
		break;
	case SV_MEASURE_DISTINCT:
		if (what->gauge) {
			read_gauge(m, in, key, what);
			break;
		}
		m->field = plan->measures.distinct[what->distinct]->name;
		m->numerator = in->reading->distinct[what->distinct];
		m->value = (double)m->numerator;
		m->error = distinct_error(&key_sets(in->rule, key)[what->distinct]);
		break;
	}
}

static void
add_key(struct engine *engine, struct report *r, const struct report_input *in)
{
	const struct plan *plan = in->rule->plan;
	struct sv_str name = key_name(engine, key_at(engine, in->key));

	for (size_t i = 0; i < plan->n_by; i++) {
		struct sv_key_part *part = &r->alert.key[i];
		struct sv_str value = key_part(plan, name, i);
		part->field = str_of(plan->by[i]->name);
		part->value = expr_key_text(plan->by[i], value, r->part[i],
					    sizeof(r->part[i]));
		part->claim = plan->by[i]->writer == EXPR_CLAIM;
		if (strcmp(plan->by[i]->name, "peer") == 0)
			r->alert.peer = part->value;
		else if (strcmp(plan->by[i]->name, "host") == 0)
			r->alert.host = part->value;
		else if (strcmp(plan->by[i]->name, "peer_ip") == 0)
			(void)address_parse(part->value, &r->alert.peer_ip);
	}
	r->alert.n_key = plan->n_by;
}

bool
report_counted(struct engine *engine, const struct report_input *in,
	       const struct sv_event *event)
{
	const struct plan *plan = in->rule->plan;
	char buf[KEY_MAX_BYTES];
	struct sv_str name;

	if (!expr_test(plan->where, event))
		return false;
	for (size_t i = 0; i < plan->n_except; i++)
		if (cidr_set_has(plan->except[i], &event->peer_ip))
			return false;
	return key_name_of(plan, event, buf, &name) &&
	       str_eq(name, key_name(engine, key_at(engine, in->key)));
}

/** What the rule is about: of a ratio only what its numerator counts, or what it does
 *  not if it has dropped, and likewise of those in a row. */
static bool
tells(const struct plan *plan, const struct sv_event *event)
{
	for (size_t i = 0; i < plan->measures.n; i++) {
		const struct measure *m = &plan->measures.measure[i];
		if (m->numerator == 0 ||
		    expr_test(plan->measures.series[m->numerator].expr, event) !=
			    m->baseline.drops)
			return true;
	}
	return false;
}

static void
add_code(struct sv_alert *alert, const struct sv_event *event)
{
	uint64_t n = event->count ? event->count : 1;
	size_t i;

	for (i = 0; i < alert->n_codes; i++)
		if (alert->codes[i].code == event->code &&
		    alert->codes[i].outcome == event->outcome)
			break;
	if (i == SV_ALERT_MAX_CODES)
		return;
	if (i == alert->n_codes)
		alert->codes[alert->n_codes++] =
			(struct sv_code_count){ .code = event->code,
						.outcome = event->outcome };
	alert->codes[i].count += n;
}

static void
add_cause(struct sv_alert *alert, const struct sv_event *event)
{
	struct sv_str name = str_upto(event->category, SV_CATEGORY_BYTES - 1);
	size_t i;

	if (name.len == 0 || event->outcome >= SV_OK)
		return;
	for (i = 0; i < alert->n_causes; i++)
		if (str_eq(str_of(alert->causes[i].category), name))
			break;
	if (i == SV_ALERT_MAX_CAUSES)
		return;
	struct sv_cause_count *cause = &alert->causes[i];
	if (i == alert->n_causes) {
		*cause = (struct sv_cause_count){ .code = event->code,
						  .outcome = event->outcome };
		memcpy(cause->category, name.ptr, name.len);
		alert->n_causes++;
	}
	cause->count += event->count ? event->count : 1;
}

static void
note_latest(struct report *r, const struct sv_event *event)
{
	struct sv_alert *alert = &r->alert;

	r->last = *event;
	r->has_last = true;
	alert->leg = event->leg;
	alert->method = event->method;
	if (alert->host.len == 0)
		alert->host = event->host;
}

/** In what the event differs from those after it. */
static void
note_mixed(struct sv_alert *alert, const struct sv_event *event)
{
	if (!str_eq(event->peer, alert->peer))
		alert->mixed |= SV_ALERT_MIXED_PEER;
	if (event->peer_ip.family && alert->peer_ip.family &&
	    !address_equal(&event->peer_ip, &alert->peer_ip))
		alert->mixed |= SV_ALERT_MIXED_IP;
	if (event->method && alert->method && event->method != alert->method)
		alert->mixed |= SV_ALERT_MIXED_METHOD;
	if (event->leg && alert->leg && event->leg != alert->leg)
		alert->mixed |= SV_ALERT_MIXED_LEG;
}

static void
note_event(struct report *r, const struct plan *plan, const struct sv_event *event)
{
	struct sv_alert *alert = &r->alert;

	add_code(alert, event);
	if (tells(plan, event))
		add_cause(alert, event);
	alert->forgeable |= event->attribution == SV_ATTRIBUTION_FORGEABLE;
	if (r->has_last)
		note_mixed(alert, event);
	else
		note_latest(r, event);
	if (event->host.len && !str_eq(event->host, alert->host))
		alert->host = str_make(NULL, 0); /* several hosts */
	if (alert->peer_ip.family == 0)
		alert->peer_ip = event->peer_ip;
	if (alert->peer.len == 0)
		alert->peer = event->peer;
	if (alert->n_evidence < SV_ALERT_MAX_EVIDENCE && event->records[0].text.len &&
	    tells(plan, event)) {
		alert->evidence[alert->n_evidence] = event->records[0];
		alert->evidence_time[alert->n_evidence++] = event->time;
	}
}

/** Evidence was collected newest first; codes are wanted by frequency. */
static void
put_in_order(struct sv_alert *alert)
{
	for (size_t i = 0; i + 1 < alert->n_evidence - i; i++) {
		size_t k = alert->n_evidence - 1 - i;
		struct sv_origin origin = alert->evidence[i];
		sv_usec time = alert->evidence_time[i];
		alert->evidence[i] = alert->evidence[k];
		alert->evidence_time[i] = alert->evidence_time[k];
		alert->evidence[k] = origin;
		alert->evidence_time[k] = time;
	}
	for (size_t i = 1; i < alert->n_codes; i++) {
		struct sv_code_count one = alert->codes[i];
		size_t k = i;
		for (; k > 0 && alert->codes[k - 1].count < one.count; k--)
			alert->codes[k] = alert->codes[k - 1];
		alert->codes[k] = one;
	}
	for (size_t i = 1; i < alert->n_causes; i++) {
		struct sv_cause_count one = alert->causes[i];
		size_t k = i;
		for (; k > 0 && alert->causes[k - 1].count < one.count; k--)
			alert->causes[k] = alert->causes[k - 1];
		alert->causes[k] = one;
	}
	for (size_t i = 0; i < alert->n_codes && alert->code == 0; i++)
		if (alert->codes[i].outcome < SV_OK)
			alert->code = alert->codes[i].code;
}

void
report_want(struct engine *engine, const struct report_input *in,
	    struct recent_want *ret_want, struct sv_ip *ret_ip)
{
	const struct plan *plan = in->rule->plan;
	struct sv_str name = key_name(engine, key_at(engine, in->key));

	*ret_want = (struct recent_want){ .outcomes = plan->outcomes,
					  .until = in->now,
					  .span = plan->window,
					  .grace = engine->grace,
					  .max = REPORT_MAX_SCAN };
	for (size_t i = 0; i < plan->n_by; i++) {
		struct sv_str value = key_part(plan, name, i);
		if (strcmp(plan->by[i]->name, "peer") == 0)
			ret_want->peer = value;
		if (strcmp(plan->by[i]->name, "peer_ip") != 0)
			continue;
		*ret_ip = (struct sv_ip){ .family = value.len == 4 ? 4 : 6 };
		memcpy(ret_ip->bytes, value.ptr,
		       value.len < sizeof(ret_ip->bytes) ? value.len
							 : sizeof(ret_ip->bytes));
		ret_want->ip = ret_ip;
	}
}

static void
add_events(struct engine *engine, struct report *r, const struct report_input *in)
{
	struct recent_want want;
	uint32_t at = RECENT_START;
	size_t seen;
	struct sv_event event;
	struct sv_ip ip;

	report_want(engine, in, &want, &ip);
	while (recent_find(&engine->recent, &want, &at, &seen, &event))
		if (report_counted(engine, in, &event))
			note_event(r, in->rule->plan, &event);
	put_in_order(&r->alert);
}

static sv_usec
first_of(const struct report_input *in, struct key *key, const struct term *why)
{
	const struct measures *m = &in->rule->plan->measures;
	size_t series = 0;

	if (why && m->measure[why->measure].kind == SV_MEASURE_ABSENT)
		return key_gauges(in->rule, key)[m->measure[why->measure].gauge - 1]
			.newest;
	if (why && !m->measure[why->measure].baseline.drops)
		series = m->measure[why->measure].numerator;
	return window_first(&key_windows(key)[series], &in->rule->window);
}

static void
add_words(struct engine *engine, struct report *r, const struct report_input *in,
	  const struct term *why)
{
	const struct plan *plan = in->rule->plan;
	struct words_input words = { .rule = in->rule,
				     .reading = in->reading,
				     .alert = &r->alert,
				     .why = why,
				     .last = r->has_last ? &r->last : NULL,
				     .at_least = r->alert.lower_bound };
	struct buffer *buf = engine->words;

	for (size_t i = 0; i < r->alert.n_measure; i++)
		words.at_least |= r->alert.measure[i].error > 0;
	for (size_t i = 0; i < REPORT_WORDS; i++)
		buffer_clear(&buf[i]);
	words_reason(&buf[0], &words);
	words_fill(&buf[1], plan->likely, &words, false);
	words_fill(&buf[2], plan->check, &words, true);
	r->alert.reason = buffer_str(&buf[0]);
	r->alert.likely = buffer_str(&buf[1]);
	r->alert.check = buffer_str(&buf[2]);
}

void
report_incident(struct engine *engine, const struct watch *watch,
		char ret_incident[SV_ALERT_ID_LEN + 1])
{
	struct engine_rule *rule = &engine->rules[key_at(engine, watch->key)->rule];
	struct report_input in = { .rule = rule, .key = watch->key };
	struct report r = { .alert = { .rule = str_of(rule->plan->name),
				       .start = watch->cycle.start } };

	add_key(engine, &r, &in);
	alert_ids(&r.alert);
	memcpy(ret_incident, r.alert.incident, sizeof(r.alert.incident));
}

void
report_send(struct engine *engine, const struct report_input *in)
{
	const struct plan *plan = in->rule->plan;
	struct key *key = key_at(engine, in->key);
	struct report r = { .alert = {
				    .state = in->change.state,
				    .severity = in->change.severity,
				    .previous = in->change.previous,
				    .sequence = in->watch->cycle.sequence,
				    .time = in->now,
				    .start = in->watch->cycle.start,
				    .window = plan->window,
				    .rule = str_of(plan->name),
				    .ruleset = str_of(plan->ruleset),
				    .service = str_of(plan->service),
				    .technique = str_of(plan->technique),
				    .observe = plan->observe,
				    .ticket = plan->ticket,
				    .repeat = in->change.repeat,
			    } };
	bool critical = in->watch->cycle.severity == SV_SEVERITY_CRITICAL ||
			plan->warning.n == 0;
	const struct term *why = condition_why(
		critical && plan->critical.n ? &plan->critical : &plan->warning,
		&plan->measures, in->reading);

	for (size_t i = 0; i < plan->measures.n; i++)
		add_measure(&r.alert, in, key, i);
	add_key(engine, &r, in);
	add_events(engine, &r, in);
	r.alert.first = first_of(in, key, why);
	sv_usec gap =
		watch_gap(engine, in->watch, plan->window, in->now, &r.alert.lost);
	r.alert.lower_bound = gap && in->now - gap < plan->window &&
			      !plan_asks_for_gaps(plan) &&
			      !plan->no_count; /* it began to wait anew */
	add_words(engine, &r, in, why);
	r.alert.fingerprint = str_make(r.fingerprint,
				       alert_fingerprint(r.alert.rule, r.alert.key,
							 r.alert.n_key, r.fingerprint));
	alert_ids(&r.alert);
	if (in->change.state != SV_ALERT_RESOLVED)
		archive_keep(engine, in->watch, &r.alert);
	if (engine->sink)
		engine->sink(engine->user, &r.alert);
}
