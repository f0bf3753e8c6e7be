/* SPDX-License-Identifier: Apache-2.0 */
/*
 * why-not: the events that the engine still remembers go through an engine of their own,
 * with the same rules, while an inquiry looks on. So the running engine keeps nothing
 * for the question and counts no slower for it; what it has in its windows now is looked
 * at as well, and may tell of more than is remembered.
 */
#include "ctl/commands.h"

#include "engine/inquiry.h"

#include <errno.h>
#include <stdio.h>

/** Of the engine that goes over the events again. */
#define AGAIN_MAX_KEYS 100000
#define AGAIN_MAX_BYTES ((size_t)16 * 1024 * 1024)

struct again {
	struct engine *engine;
	struct inquiry *inquiry;
};

static void
take_alert(void *user, const struct sv_alert *alert)
{
	struct again *again = user;

	if (again->inquiry)
		inquiry_alert(again->inquiry, alert);
}

static void
take_event(void *user, const struct sv_event *event)
{
	struct again *again = user;

	engine_feed(again->engine, event);
	inquiry_event(again->inquiry, event);
}

static void
look(struct again *again, struct engine *live, struct call *call)
{
	struct engine_stats stats;

	engine_stats_get(live, &stats);
	probe_set(again->engine, inquiry_seen, again->inquiry);
	(void)probe_recent(live, take_event, again);
	engine_advance(again->engine, stats.now);
	probe_set(again->engine, NULL, NULL);
	probe_walk(live, again->inquiry->rule, inquiry_seen, again->inquiry);
	engine_alerts(live, take_alert, again);
	size_t begin = call->out->len;
	inquiry_json(again->inquiry, call->out, true);
	(void)commands_line(call, begin);
}

int
commands_why_not(struct call *call)
{
	const struct view_host *host = call->host;
	struct again again = { 0 };
	struct engine_spec spec = { 0 };
	struct expr_error error = { .len = 1 };
	size_t rule;

	if (call->n_args < 2) {
		(void)snprintf(call->error, sizeof(call->error),
			       "why-not takes a rule and a key");
		return 2;
	}
	host->rules(host->user, &spec);
	spec.max_keys = AGAIN_MAX_KEYS;
	spec.max_bytes = AGAIN_MAX_BYTES;
	spec.recent_bytes = 1;
	spec.sink = take_alert;
	spec.user = &again;
	int r = engine_new(&spec, &again.engine, &rule, &error);
	const struct inquiry_question question = { again.engine, &spec, call->args[0],
						   call->args + 1, call->n_args - 1 };
	if (r == 0)
		r = inquiry_new(&question, &again.inquiry, &error);
	int code = 3;
	if (r == 0) {
		look(&again, host->engine(host->user), call);
		code = inquiry_answer(again.inquiry);
	} else if (r == -EINVAL) {
		(void)snprintf(call->error, sizeof(call->error), "%s", error.message);
		(void)snprintf(call->remedy, sizeof(call->remedy), "%s", error.hint);
		code = 2;
	} else {
		(void)snprintf(call->error, sizeof(call->error), "out of memory");
	}
	inquiry_free(again.inquiry);
	engine_free(again.engine);
	return code;
}
