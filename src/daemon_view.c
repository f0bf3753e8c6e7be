/* SPDX-License-Identifier: Apache-2.0 */
#include "daemon_parts.h"

#include <stdio.h>
#include <unistd.h>

/* What the control socket asks. */

static void
fill_state(struct daemon *daemon, struct view_state *view)
{
	struct saver_stats saver;
	struct history_stats history;

	state_stats_get(daemon->state, &saver, &history);
	*view = (struct view_state){
		.folder = daemon->state_dir,
		.saved = saver.last,
		.saves = saver.saved,
		.saves_failed = saver.failed,
		.saves_put_off = saver.put_off,
		.bytes = saver.bytes,
		.took = saver.took,
		.stall_max = saver.stall_max,
		.transitions = history.transitions,
		.repeats = history.repeats,
		.history_bytes = history.bytes,
		.history_pruned = history.pruned,
		.history_lost = history.lost,
		.backlog_dropped = history.backlog_dropped,
		.in_memory = history.waiting_memory,
	};
	(void)snprintf(view->problem, sizeof(view->problem), "%s%s%s", saver.problem,
		       saver.problem[0] && history.problem[0] ? "; " : "",
		       history.problem);
}

static void
fill_gate(struct daemon *daemon, struct view *view)
{
	const struct gate *gate = pipeline_gate(daemon->rules.pipeline);
	const struct silences *silences = gate_silences(gate);

	gate_stats_get(gate, &view->gate);
	for (size_t i = 0; i < silences->n; i++)
		view->silences += silence_is_active(&silences->of[i], view->engine.now);
}

static void
look(void *user, struct view *view)
{
	struct daemon *daemon = user;
	struct pattern_counts counts;

	*view = (struct view){
		.version = PACKAGE_VERSION,
		.host = daemon->host_name,
		.instance = daemon->instance,
		.config = daemon->conf->path,
		.found = daemon->conf->found,
		.note = daemon->note,
		.zero = daemon->conf->zero,
		.pid = (uint64_t)getpid(),
		.uptime = clock_of(CLOCK_MONOTONIC) - daemon->started,
		.keys_max = daemon->rules.conf->max_keys,
		.memory_max = daemon->rules.conf->max_bytes,
		.clock_jumps = daemon->time.jumps,
		.reloads = daemon->reloads,
		.reloads_failed = daemon->reloads_failed,
		.records = intake_records(daemon->intake),
		.requests = server_requests(daemon->server),
	};
	view->sources = intake_view(daemon->intake, &view->n_sources);
	view->receivers = intake_receivers(daemon->intake, &view->n_receivers);
	view->outputs = delivery_view(daemon->delivery, &view->n_outputs);
	fill_state(daemon, &view->state);
	engine_stats_get(pipeline_engine(daemon->rules.pipeline), &view->engine);
	fill_gate(daemon, view);
	ledger_stats_get(pipeline_ledger(daemon->rules.pipeline), &view->ledger);
	registry_counts(daemon->registry, &counts);
	view->pattern_limits = counts.limits;
	view->pattern_not_addresses = counts.not_addresses;
	view->pattern_unmapped = counts.unmapped;
}

static struct engine *
engine_of(void *user)
{
	struct daemon *daemon = user;

	return pipeline_engine(daemon->rules.pipeline);
}

static void
rules_of(void *user, struct engine_spec *ret_spec)
{
	const struct conf *conf = ((struct daemon *)user)->conf;

	*ret_spec = (struct engine_spec){ .rules = conf->rules,
					  .n_rules = conf->n_rules,
					  .lists = conf->lists,
					  .n_lists = conf->n_lists,
					  .grace = conf->grace };
}

static int
past_of(void *user, const struct history_query *query,
	void (*each)(void *each_user, const struct history_row *row), void *each_user)
{
	struct daemon *daemon = user;

	return history_each(state_history(daemon->state), query, each, each_user);
}

static const struct render_identity *
identity_of(void *user)
{
	struct daemon *daemon = user;

	return &daemon->render;
}

static void
each_open(void *user, engine_sink each, void *each_user)
{
	struct daemon *daemon = user;

	pipeline_alerts(daemon->rules.pipeline, each, each_user);
}

static struct gate *
gate_of(void *user)
{
	struct daemon *daemon = user;

	return pipeline_gate(daemon->rules.pipeline);
}

const struct view_host daemon_view = { .look = look,
				       .engine = engine_of,
				       .past = past_of,
				       .identity = identity_of,
				       .reload = daemon_reload,
				       .rules = rules_of,
				       .open = each_open,
				       .gate = gate_of,
				       .silence_add = daemon_silence_add,
				       .silence_remove = daemon_silence_remove };
