/* SPDX-License-Identifier: Apache-2.0 */
/* top: the one object that `sipvigil top` shows, asked for once a second. */
#include "ctl/commands.h"

#include "alert/render.h"
#include "base/emit.h"
#include "base/text.h"
#include "ctl/peer_rows.h"

#include <math.h>
#include <stdio.h>

/** Alerts and peers in one answer at most. */
#define MAX_ALERTS 100
#define MAX_PEERS 200
#define PACE_SEC 60.0

struct listing {
	struct call *call;
	size_t shown, left;
};

static void
add_rates(struct buffer *out, const struct view *view, struct engine *engine,
	  sv_usec now)
{
	uint64_t attempts, failures;
	double lines = 0, lag = 0;

	for (size_t i = 0; i < view->n_sources; i++) {
		double one = (double)view->sources[i].lag / (double)SV_USEC_PER_SEC;
		lines += view->sources[i].lines_per_sec;
		if (view->sources[i].has_data && one > lag)
			lag = one;
	}
	engine_pace(engine, now, &attempts, &failures);
	emit_double(out, "lines_per_sec", lines);
	emit_double(out, "events_per_sec", (double)attempts / PACE_SEC);
	emit_double(out, "failures_per_sec", (double)failures / PACE_SEC);
	emit_double(out, "lag_sec", lag);
	emit_u64(out, "records", view->records);
}

/* What is wrong with sources and outputs, one line each. */
static void
add_problems(struct buffer *out, const struct view *view)
{
	char text[400];

	emit_open(out, "problems", '[');
	for (size_t i = 0; i < view->n_sources; i++) {
		if (!view->sources[i].problem[0])
			continue;
		(void)snprintf(text, sizeof(text), "%s: %s", view->sources[i].name,
			       view->sources[i].problem);
		emit_text(out, NULL, str_of(text));
	}
	for (size_t i = 0; i < view->n_outputs; i++) {
		if (!view->outputs[i].problem[0])
			continue;
		(void)snprintf(text, sizeof(text), "%s: %s", view->outputs[i].name,
			       view->outputs[i].problem);
		emit_text(out, NULL, str_of(text));
	}
	if (view->state.problem[0])
		emit_text(out, NULL, str_of(view->state.problem));
	emit_close(out, ']');
}

/* The measure that has a limit for the alert's severity, else the first one. */
static void
add_measure(struct buffer *out, const struct sv_alert *alert)
{
	bool critical = alert->severity == SV_SEVERITY_CRITICAL;
	const struct sv_measure *m = &alert->measure[0];

	if (alert->n_measure == 0)
		return;
	for (size_t i = alert->n_measure; i-- > 0;) {
		const struct sv_measure *one = &alert->measure[i];
		double limit = critical ? one->critical : one->warning;
		if (!isnan(limit) && one->value >= limit)
			m = one;
	}
	emit_open(out, "measure", '{');
	emit_word(out, "kind", render_measure_name(m->kind));
	if (m->field)
		emit_word(out, "field", m->field);
	emit_double(out, "value", m->value);
	emit_u64(out, "numerator", m->numerator);
	if (m->denominator)
		emit_u64(out, "denominator", m->denominator);
	emit_double(out, "limit",
		    critical && !isnan(m->critical) ? m->critical : m->warning);
	emit_bool(out, "at_least", alert->lower_bound || m->error > 0);
	emit_u64(out, "window_sec", alert->window / SV_USEC_PER_SEC);
	emit_close(out, '}');
}

static void
add_alert(void *user, const struct sv_alert *alert)
{
	struct listing *list = user;
	struct buffer *out = list->call->out;
	struct buffer subject;

	if (alert->state == SV_ALERT_RESOLVED)
		return;
	if (list->shown == MAX_ALERTS) {
		list->left++;
		return;
	}
	list->shown++;
	buffer_init(&subject);
	render_alert_subject(&subject, alert);
	emit_open(out, NULL, '{');
	emit_text(out, "incident", str_of(alert->incident));
	emit_word(out, "severity", render_severity_name(alert->severity));
	emit_text(out, "rule", alert->rule);
	emit_text(out, "subject", buffer_str(&subject));
	emit_time(out, "start", alert->start);
	emit_text(out, "reason", alert->reason);
	add_measure(out, alert);
	emit_close(out, '}');
	buffer_done(&subject);
}

static void
add_alerts(struct call *call, struct engine *engine)
{
	struct listing list = { .call = call };

	emit_open(call->out, "open", '[');
	engine_alerts(engine, add_alert, &list);
	emit_close(call->out, ']');
	if (list.left)
		emit_u64(call->out, "open_left", list.left);
}

static void
add_peer(void *user, struct peer_rows *rows, const struct engine_peer *peer)
{
	struct buffer *out = user;

	emit_open(out, NULL, '{');
	peer_rows_sums(out, rows, peer);
	emit_close(out, '}');
}

static int
add_peers(struct call *call, struct engine *engine, sv_usec now)
{
	struct peer_rows rows = { .engine = engine,
				  .now = now,
				  .steps = ENGINE_SPARKS,
				  .max = MAX_PEERS,
				  .row = add_peer,
				  .user = call->out };
	size_t n = 0;
	int r;

	emit_open(call->out, "peers", '[');
	r = peer_rows_run(&rows, &n);
	emit_close(call->out, ']');
	if (n > MAX_PEERS)
		emit_u64(call->out, "peers_left", n - MAX_PEERS);
	return r;
}

static void
add_rule(void *user, const struct engine_rule_view *rule)
{
	struct buffer *out = user;

	emit_open(out, NULL, '{');
	emit_text(out, "name", rule->name);
	emit_text(out, "service", rule->service);
	emit_text(out, "ruleset", rule->ruleset);
	emit_u64(out, "window_sec", rule->window / SV_USEC_PER_SEC);
	emit_u64(out, "keys", rule->keys);
	if (rule->observe)
		emit_true(out, "observe");
	emit_close(out, '}');
}

int
commands_top(struct call *call)
{
	struct engine *engine = call->host->engine(call->host->user);
	struct buffer *out = call->out;
	size_t begin = out->len;
	struct view view = { 0 };
	sv_usec now = peer_rows_now(engine);

	if (call->n_args)
		return commands_wrong_argument(call, call->args[0]);
	call->host->look(call->host->user, &view);
	buffer_add_char(out, '{');
	emit_word(out, "version", view.version);
	emit_text(out, "host", str_of(view.host));
	emit_u64(out, "uptime_sec", view.uptime / SV_USEC_PER_SEC);
	emit_u64(out, "pid", view.pid);
	emit_time(out, "time", now);
	emit_u64(out, "sources", view.n_sources);
	add_rates(out, &view, engine, now);
	emit_open(out, "alerts", '{');
	emit_u64(out, "warning", view.engine.alerts_warning);
	emit_u64(out, "critical", view.engine.alerts_critical);
	emit_close(out, '}');
	add_problems(out, &view);
	add_alerts(call, engine);
	if (add_peers(call, engine, now) < 0) {
		out->len = begin;
		(void)snprintf(call->error, sizeof(call->error), "out of memory");
		return 3;
	}
	emit_open(out, "rules", '[');
	engine_rules(engine, add_rule, out);
	emit_close(out, ']');
	buffer_add_char(out, '}');
	(void)commands_line(call, begin);
	return 0;
}
