/* SPDX-License-Identifier: Apache-2.0 */
/* alerts and peers: what the engine has found. */
#include "ctl/commands.h"

#include "base/emit.h"
#include "base/address.h"
#include "base/text.h"
#include "sip/outcome.h"

#include <stdio.h>
#include <stdlib.h>

#define DEFAULT_PEERS 20
#define MAX_PEERS 10000
#define DEFAULT_SPAN (3600 * SV_USEC_PER_SEC)
#define MAX_SPAN (31 * 86400 * SV_USEC_PER_SEC)
/** Open alerts that `peers` looks through for each peer. */
#define MAX_TAGS 500
/** Resolved alerts that `alerts --all` shows at most, newest first. */
#define MAX_PAST 500

/** What `alerts` is asked for. */
struct wanted {
	struct call *call;
	struct sv_str id; /* prefix of an id or incident; empty = all */
	bool all;
	const struct render_identity *identity;
	char first[SV_ALERT_ID_LEN + 1]; /* incident that matched first */
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
			       "more than one alert begins with '%.*s'",
			       (int)wanted->id.len, wanted->id.ptr);
	else
		(void)snprintf(call->error, sizeof(call->error),
			       "no alert with id '%.*s'", (int)wanted->id.len,
			       wanted->id.ptr);
	(void)snprintf(call->remedy, sizeof(call->remedy), "sipvigil alerts --all");
	return 1;
}

static int
wrong_argument(struct call *call, const char *argument)
{
	(void)snprintf(call->error, sizeof(call->error), "'%.60s' is not understood",
		       argument);
	return 2;
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
			return wrong_argument(call, call->args[i]);
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
	if (!wanted.id.len || (wanted.found && !wanted.ambiguous))
		return 0;
	call->out->len = begin;
	return no_such_alert(&wanted);
}

/** An open alert, as far as `peers` shows it beside its peer. */
struct tag {
	char rule[64];
	char peer[128], ip[ADDRESS_TEXT_BYTES];
	enum sv_severity severity;
};

struct asked {
	struct call *call;
	struct sv_str peer; /* empty = all */
	sv_usec span;
	uint64_t max, shown;
	struct tag *tags; /* owned */
	size_t n_tags;
};

static void
keep_tag(void *user, const struct sv_alert *alert)
{
	struct asked *asked = user;
	struct tag *tag;

	if (asked->n_tags == MAX_TAGS || alert->state == SV_ALERT_RESOLVED)
		return;
	tag = &asked->tags[asked->n_tags++];
	(void)snprintf(tag->rule, sizeof(tag->rule), "%.*s", (int)alert->rule.len,
		       alert->rule.ptr);
	(void)snprintf(tag->peer, sizeof(tag->peer), "%.*s", (int)alert->peer.len,
		       alert->peer.len ? alert->peer.ptr : "");
	(void)address_print(&alert->peer_ip, tag->ip);
	if (!alert->peer_ip.family)
		tag->ip[0] = '\0';
	tag->severity = alert->severity;
}

static void
add_tags(struct asked *asked, struct sv_str peer)
{
	enum sv_severity worst = SV_SEVERITY_OK;
	struct buffer *out = asked->call->out;

	emit_open(out, "alerts", '[');
	for (size_t i = 0; i < asked->n_tags; i++) {
		const struct tag *tag = &asked->tags[i];

		if (!str_eq(peer, str_of(tag->peer)) && !str_eq(peer, str_of(tag->ip)))
			continue;
		emit_text(out, NULL, str_of(tag->rule));
		if (tag->severity > worst && tag->severity != SV_SEVERITY_UNKNOWN)
			worst = tag->severity;
	}
	emit_close(out, ']');
	emit_word(out, "severity", render_severity_name(worst));
}

static void
add_peer(void *user, const struct engine_peer *peer)
{
	struct asked *asked = user;
	struct buffer *out = asked->call->out;
	size_t begin = out->len;

	if (asked->peer.len && !str_eq(asked->peer, peer->name))
		return;
	if (asked->shown == asked->max) {
		asked->call->omitted++;
		return;
	}
	buffer_add_char(out, '{');
	emit_text(out, "peer", peer->name);
	emit_word(out, "leg", leg_name(peer->leg));
	emit_u64(out, "span_sec", asked->span / SV_USEC_PER_SEC);
	emit_u64(out, "events", peer->events);
	emit_u64(out, "calls", peer->calls);
	emit_u64(out, "failures", peer->failures);
	if (peer->worst_count) {
		emit_word(out, "worst", outcome_name(peer->worst));
		if (peer->worst_code)
			emit_u64(out, "worst_code", peer->worst_code);
		emit_u64(out, "worst_count", peer->worst_count);
	}
	emit_time(out, "last", peer->last);
	emit_open(out, "spark", '[');
	for (size_t i = 0; i < sizeof(peer->spark) / sizeof(peer->spark[0]); i++)
		emit_u64(out, NULL, peer->spark[i]);
	emit_close(out, ']');
	add_tags(asked, peer->name);
	buffer_add_char(out, '}');
	asked->shown += commands_line(asked->call, begin);
}

static int
take_arguments(struct asked *asked)
{
	struct call *call = asked->call;

	for (size_t i = 0; i < call->n_args; i++) {
		struct sv_str argument = str_of(call->args[i]);
		uint64_t seconds;

		if (str_eq(argument, SV_STR("--all"))) {
			asked->max = MAX_PEERS;
		} else if (str_eq(argument, SV_STR("--span")) && i + 1 < call->n_args) {
			struct sv_str number = str_of(call->args[++i]);
			if (!number.len ||
			    str_take_u64(number, &seconds) != number.len || !seconds ||
			    seconds > MAX_SPAN / SV_USEC_PER_SEC)
				return wrong_argument(call, call->args[i]);
			asked->span = seconds * SV_USEC_PER_SEC;
		} else if (str_starts(argument, SV_STR("-")) || asked->peer.len) {
			return wrong_argument(call, call->args[i]);
		} else {
			asked->peer = argument;
		}
	}
	return 0;
}

int
commands_peers(struct call *call)
{
	struct asked asked = { .call = call,
			       .max = DEFAULT_PEERS,
			       .span = DEFAULT_SPAN };
	struct engine *engine = call->host->engine(call->host->user);
	int code = take_arguments(&asked);

	if (code)
		return code;
	asked.tags = calloc(MAX_TAGS, sizeof(*asked.tags));
	if (!asked.tags) {
		(void)snprintf(call->error, sizeof(call->error), "out of memory");
		return 3;
	}
	engine_alerts(engine, keep_tag, &asked);
	engine_peers(engine, asked.span, MAX_PEERS, add_peer, &asked);
	free(asked.tags);
	return 0;
}
