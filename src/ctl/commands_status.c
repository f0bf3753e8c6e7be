/* SPDX-License-Identifier: Apache-2.0 */
/* status and stats: what the daemon says of itself. */
#include "ctl/commands.h"

#include "base/emit.h"
#include "base/text.h"
#include "ctl/coverage.h"
#include "ctl/metrics.h"

static void
add_source(struct buffer *out, const struct view_source *source)
{
	emit_open(out, NULL, '{');
	emit_text(out, "name", str_of(source->name));
	emit_word(out, "kind", source->kind);
	emit_text(out, "dialect", str_of(source->dialect));
	coverage_counts(out, source);
	emit_double(out, "lines_per_sec", source->lines_per_sec);
	emit_double(out, "recognised", coverage_share(source));
	emit_u64(out, "events", source->events);
	if (source->cut)
		emit_u64(out, "truncated", source->cut);
	if (source->gaps)
		emit_u64(out, "gaps", source->gaps);
	emit_double(out, "lag_sec", (double)source->lag / (double)SV_USEC_PER_SEC);
	emit_bool(out, "has_data", source->has_data);
	emit_bool(out, "caught_up", source->caught_up);
	emit_text(out, "problem", str_of(source->problem));
	emit_close(out, '}');
}

static void
add_receiver(struct buffer *out, const struct view_syslog *receiver)
{
	emit_open(out, NULL, '{');
	emit_text(out, "name", str_of(receiver->name));
	emit_text(out, "listen", str_of(receiver->places));
	emit_u64(out, "senders", receiver->senders);
	emit_u64(out, "connections", receiver->connections);
	emit_u64(out, "lost", receiver->lost);
	emit_u64(out, "refused", receiver->refused);
	emit_u64(out, "connections_refused", receiver->connections_refused);
	emit_u64(out, "timed_out", receiver->connections_timed_out);
	emit_u64(out, "broken", receiver->connections_broken);
	emit_u64(out, "tls_refused", receiver->tls_refused);
	emit_u64(out, "headless", receiver->headless);
	emit_close(out, '}');
}

static void
add_output(struct buffer *out, const struct view_output *output)
{
	emit_open(out, NULL, '{');
	emit_text(out, "name", str_of(output->name));
	emit_word(out, "kind", output->kind);
	emit_u64(out, "delivered", output->delivered);
	emit_u64(out, "waiting", output->waiting);
	emit_u64(out, "dropped", output->dropped);
	emit_u64(out, "failed", output->failed);
	emit_time(out, "down_since", output->down_since);
	emit_time(out, "next_try", output->next_try);
	emit_text(out, "problem", str_of(output->problem));
	emit_close(out, '}');
}

static void
add_daemon(struct buffer *out, const struct view *view)
{
	emit_word(out, "version", view->version);
	emit_text(out, "host", str_of(view->host));
	emit_text(out, "instance", str_of(view->instance));
	emit_u64(out, "uptime_sec", view->uptime / SV_USEC_PER_SEC);
	emit_u64(out, "pid", view->pid);
	emit_text(out, "config", str_of(view->config));
	emit_bool(out, "zero", view->zero);
	emit_text(out, "found", str_of(view->found));
	emit_text(out, "note", str_of(view->note));
}

static void
add_state(struct buffer *out, const struct view_state *state)
{
	emit_open(out, "state", '{');
	emit_text(out, "folder", str_of(state->folder));
	emit_time(out, "saved", state->saved);
	emit_u64(out, "saves", state->saves);
	emit_u64(out, "saves_failed", state->saves_failed);
	emit_u64(out, "bytes", state->bytes);
	emit_double(out, "took_sec", (double)state->took / (double)SV_USEC_PER_SEC);
	emit_double(out, "stall_max_sec",
		    (double)state->stall_max / (double)SV_USEC_PER_SEC);
	emit_u64(out, "history_bytes", state->history_bytes);
	emit_u64(out, "in_memory", state->in_memory);
	emit_u64(out, "dropped", state->backlog_dropped + state->history_lost);
	emit_text(out, "problem", str_of(state->problem));
	emit_close(out, '}');
}

static void
add_limits(struct buffer *out, const struct view *view)
{
	emit_open(out, "alerts", '{');
	emit_u64(out, "warning", view->engine.alerts_warning);
	emit_u64(out, "critical", view->engine.alerts_critical);
	emit_u64(out, "held", view->gate.held);
	emit_close(out, '}');
	emit_open(out, "silences", '{');
	emit_u64(out, "active", view->silences);
	emit_u64(out, "silenced", view->gate.silenced);
	emit_u64(out, "inhibited", view->gate.inhibited);
	emit_u64(out, "grouped", view->gate.grouped);
	emit_u64(out, "released", view->gate.released);
	emit_u64(out, "passed", view->gate.passed);
	emit_close(out, '}');
	emit_u64(out, "keys", view->engine.keys);
	emit_u64(out, "keys_max", view->keys_max);
	emit_u64(out, "memory_bytes", view->engine.bytes);
	emit_u64(out, "memory_max", view->memory_max);
	emit_u64(out, "late", view->engine.late_dropped);
	emit_u64(out, "evicted", view->engine.evicted);
	emit_time(out, "event_time", view->engine.now);
}

/* What is not understood, a line a source. */
static int
unknown(struct call *call)
{
	struct view view = { 0 };

	call->host->look(call->host->user, &view);
	for (size_t i = 0; i < view.n_sources; i++) {
		size_t begin = call->out->len;

		coverage_object(call->out, &view.sources[i]);
		(void)commands_line(call, begin);
	}
	return 0;
}

int
commands_status(struct call *call)
{
	struct buffer *out = call->out;
	size_t begin = out->len;
	struct view view = { 0 };

	if (call->n_args && strcmp(call->args[0], "--unknown") == 0)
		return unknown(call);
	call->host->look(call->host->user, &view);
	buffer_add_char(out, '{');
	add_daemon(out, &view);
	emit_open(out, "sources", '[');
	for (size_t i = 0; i < view.n_sources; i++)
		add_source(out, &view.sources[i]);
	emit_close(out, ']');
	if (view.n_receivers) {
		emit_open(out, "receivers", '[');
		for (size_t i = 0; i < view.n_receivers; i++)
			add_receiver(out, &view.receivers[i]);
		emit_close(out, ']');
	}
	emit_open(out, "outputs", '[');
	for (size_t i = 0; i < view.n_outputs; i++)
		add_output(out, &view.outputs[i]);
	emit_close(out, ']');
	add_state(out, &view.state);
	add_limits(out, &view);
	buffer_add_char(out, '}');
	(void)commands_line(call, begin);
	return 0;
}

static void
add_metric(struct call *call, const struct metric *metric, const char *of,
	   const void *where)
{
	struct buffer *out = call->out;
	size_t begin = out->len;

	buffer_add_char(out, '{');
	emit_word(out, "name", metric->name);
	emit_text(out, "of", str_of(of));
	buffer_addf(out, ",\"value\":%.*f", metric->form == METRIC_USEC ? 6 : 0,
		    metrics_value(metric, where));
	emit_word(out, "unit", metric->unit);
	emit_word(out, "type", metrics_type_name(metric->type));
	emit_word(out, "help", metric->help);
	buffer_add_char(out, '}');
	(void)commands_line(call, begin);
}

int
commands_stats(struct call *call)
{
	struct view view = { 0 };
	size_t n;
	const struct metric *metrics = metrics_table(&n);

	call->host->look(call->host->user, &view);
	for (size_t i = 0; i < n; i++) {
		const struct metric *metric = &metrics[i];

		switch (metric->scope) {
		case METRIC_DAEMON:
			add_metric(call, metric, NULL, &view);
			break;
		case METRIC_SOURCE:
			for (size_t k = 0; k < view.n_sources; k++)
				add_metric(call, metric, view.sources[k].name,
					   &view.sources[k]);
			break;
		case METRIC_SYSLOG:
			for (size_t k = 0; k < view.n_receivers; k++)
				add_metric(call, metric, view.receivers[k].name,
					   &view.receivers[k]);
			break;
		case METRIC_OUTPUT:
			for (size_t k = 0; k < view.n_outputs; k++)
				add_metric(call, metric, view.outputs[k].name,
					   &view.outputs[k]);
			break;
		}
	}
	return 0;
}
