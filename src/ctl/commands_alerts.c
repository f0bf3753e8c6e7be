/* SPDX-License-Identifier: Apache-2.0 */
/* alerts: what the engine has found. */
#include "ctl/commands.h"

#include "base/emit.h"
#include "base/text.h"
#include "ctl/alert_detail.h"

#include <stdio.h>
#include <stdlib.h>

/** Resolved alerts that `alerts --all` shows at most, newest first. */
#define MAX_PAST 500

/** What `alerts` is asked for. */
struct wanted {
	struct call *call;
	struct sv_str id; /* prefix of an id or incident; empty = all */
	bool all;
	const struct render_identity *identity;
	char first[SV_ALERT_ID_LEN + 1]; /* incident that matched first */
	char other[SV_ALERT_ID_LEN + 1]; /* and the next one */
	bool ambiguous;
	uint64_t found;
};

static bool
id_matches(const struct wanted *wanted, const char *id, const char *incident)
{
	return str_starts(str_of(id), wanted->id) ||
	       str_starts(str_of(incident), wanted->id);
}

/* One incident is one answer, however many of its transitions match. */
static bool
is_other_incident(struct wanted *wanted, const char *incident)
{
	if (!wanted->id.len)
		return false;
	if (!wanted->first[0]) {
		(void)snprintf(wanted->first, sizeof(wanted->first), "%s", incident);
		return false;
	}
	if (str_eq(str_of(wanted->first), str_of(incident)))
		return false;
	if (!wanted->ambiguous)
		(void)snprintf(wanted->other, sizeof(wanted->other), "%s", incident);
	wanted->ambiguous = true;
	return true;
}

static void
add_open(void *user, const struct sv_alert *alert)
{
	struct wanted *wanted = user;
	struct buffer *out = wanted->call->out;
	size_t begin = out->len;

	if (!id_matches(wanted, alert->id, alert->incident) ||
	    is_other_incident(wanted, alert->incident))
		return;
	render_alert_json(out, alert, wanted->identity, 0);
	wanted->found += commands_line(wanted->call, begin);
}

/* Who has it: into the object that the rendered alert is. */
static void
add_deliveries(struct buffer *out, struct sv_str deliveries)
{
	if (!deliveries.len || !out->len || out->ptr[out->len - 1] != '}')
		return;
	out->len--;
	emit_open(out, "sipvigil.delivery", '{');
	while (deliveries.len) {
		size_t end = str_find_char(deliveries, '\n');
		struct sv_str line = str_upto(deliveries, end);
		const char *blank = line.len ? memrchr(line.ptr, ' ', line.len) : NULL;
		size_t name = blank ? (size_t)(blank - line.ptr) : line.len;
		char key[160];

		(void)snprintf(key, sizeof(key), "%.*s", (int)name, line.ptr);
		if (blank)
			emit_text(out, key, str_from(line, name + 1));
		deliveries = str_from(deliveries,
				      end == STR_NONE ? deliveries.len : end + 1);
	}
	emit_close(out, '}');
	buffer_add_char(out, '}');
}

static void
add_past(void *user, const struct history_row *row)
{
	struct wanted *wanted = user;
	struct buffer *out = wanted->call->out;
	size_t begin = out->len;
	char incident[SV_ALERT_ID_LEN + 1];

	(void)snprintf(incident, sizeof(incident), "%.*s", (int)row->incident.len,
		       row->incident.ptr);
	if (is_other_incident(wanted, incident) || (wanted->id.len && wanted->found))
		return;
	buffer_add(out, row->json);
	add_deliveries(out, row->deliveries);
	wanted->found += commands_line(wanted->call, begin);
}

static void
count_past(void *user, const struct history_row *row)
{
	uint64_t *n = user;

	(void)row;
	(*n)++;
}

static int
no_such_alert(const struct wanted *wanted)
{
	struct call *call = wanted->call;

	if (wanted->ambiguous)
		(void)snprintf(call->error, sizeof(call->error),
			       "more than one alert begins with '%.*s': %.12s, %.12s",
			       (int)wanted->id.len, wanted->id.ptr, wanted->first,
			       wanted->other);
	else
		(void)snprintf(call->error, sizeof(call->error),
			       "no alert with id '%.*s'", (int)wanted->id.len,
			       wanted->id.ptr);
	(void)snprintf(call->remedy, sizeof(call->remedy), "sipvigil alerts --all");
	return 1;
}

int
commands_alerts(struct call *call)
{
	struct wanted wanted = { .call = call };
	const struct view_host *host = call->host;
	struct history_query past = { .resolved_only = true, .max = MAX_PAST };
	size_t begin = call->out->len;
	uint64_t resolved = 0;

	for (size_t i = 0; i < call->n_args; i++) {
		if (str_eq(str_of(call->args[i]), SV_STR("--all")))
			wanted.all = true;
		else if (call->args[i][0] == '-' || wanted.id.len)
			return commands_wrong_argument(call, call->args[i]);
		else
			wanted.id = str_upto(str_of(call->args[i]), SV_ALERT_ID_LEN);
	}
	wanted.identity = host->identity(host->user);
	if (host->open)
		host->open(host->user, add_open, &wanted);
	else
		engine_alerts(host->engine(host->user), add_open, &wanted);
	if (wanted.all || (wanted.id.len && !wanted.found)) {
		past.id = wanted.id;
		past.resolved_only = !wanted.id.len;
		(void)host->past(host->user, &past, add_past, &wanted);
	} else if (!wanted.id.len) {
		(void)host->past(host->user, &past, count_past, &resolved);
		call->resolved = resolved;
	}
	if (!wanted.id.len)
		return 0;
	if (wanted.found && !wanted.ambiguous) {
		alert_detail_add(call, begin);
		return 0;
	}
	call->out->len = begin;
	return no_such_alert(&wanted);
}
