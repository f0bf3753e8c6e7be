/* SPDX-License-Identifier: Apache-2.0 */
/* peers: what each peer did in the last hour, and one of them in full. */
#include "ctl/commands.h"

#include "base/emit.h"
#include "base/text.h"
#include "ctl/peer_rows.h"
#include "sip/outcome.h"

#include <stdio.h>

#define DEFAULT_PEERS 20
#define MAX_PEERS 10000
#define STEP_SEC 300
#define MAX_SPAN_SEC (31 * 86400)
/** Failures shown of one peer. */
#define LAST_FAILURES 5

struct asked {
	struct call *call;
	struct peer_rows rows;
};

/** A share of a peer's calls, as a standard defines it. */
struct ratio {
	const char *name, *defined;
	/** Calls of this kind stand in the numerator. */
	bool (*above)(const struct engine_kind *kind);
};

static bool
is_answered(const struct engine_kind *kind)
{
	return kind->outcome == SV_OK && !kind->others;
}

/* The network did its part: answered, or refused by the called end. */
static bool
is_effective(const struct engine_kind *kind)
{
	if (is_answered(kind))
		return true;
	if (kind->code)
		return kind->code == 480 || kind->code == 486 || kind->code == 600 ||
		       kind->code == 603;
	return kind->outcome == SV_BUSY || kind->outcome == SV_NOANSWER ||
	       kind->outcome == SV_DECLINED;
}

/* Those and calls that the caller gave up while it rang. */
static bool
is_reached(const struct engine_kind *kind)
{
	return is_effective(kind) ||
	       (kind->outcome == SV_CANCELED && (!kind->code || kind->code == 487));
}

static bool
is_ineffective(const struct engine_kind *kind)
{
	if (kind->code)
		return kind->code == 408 || kind->code == 500 || kind->code == 503 ||
		       kind->code == 504;
	return kind->outcome == SV_TIMEOUT || kind->outcome == SV_CONGESTION;
}

static const struct ratio ratios[] = {
	{ "ASR", "ITU-T E.425: answered of all calls", is_answered },
	{ "NER",
	  "ITU-T E.425: answered, busy, no answer, declined or given up of all calls",
	  is_reached },
	{ "SER", "RFC 6076 4.6: 200 of all calls without 3xx", is_answered },
	{ "SEER", "RFC 6076 4.7: 200, 480, 486, 600 or 603 of all calls without 3xx",
	  is_effective },
	{ "ISA", "RFC 6076 4.8: 408, 500, 503 or 504 of all calls", is_ineffective },
};

static void
add_ratio(struct buffer *out, const struct ratio *ratio, const struct engine_peer *peer)
{
	bool by_rfc = ratio->name[0] == 'S';
	uint64_t above = 0, below = 0;

	for (size_t i = 0; i < peer->n_kinds; i++) {
		const struct engine_kind *kind = &peer->kind[i];
		if (kind->method != SV_INVITE || kind->others)
			continue;
		if (ratio->above(kind))
			above += kind->count;
		if (by_rfc && kind->code / 100 == 3)
			below += kind->count;
	}
	below = peer->calls - below;
	if (below == 0)
		return;
	emit_open(out, NULL, '{');
	emit_word(out, "name", ratio->name);
	emit_word(out, "defined", ratio->defined);
	emit_u64(out, "numerator", above);
	emit_u64(out, "denominator", below);
	emit_double(out, "value", (double)above / (double)below);
	emit_close(out, '}');
}

static void
add_kind(struct buffer *out, const struct engine_kind *kind)
{
	emit_open(out, NULL, '{');
	if (kind->others) {
		emit_true(out, "others");
	} else {
		if (kind->code)
			emit_u64(out, "code", kind->code);
		emit_word(out, "outcome", outcome_name(kind->outcome));
		emit_word(out, "method", method_name(kind->method));
	}
	emit_bool(out, "failure", outcome_is_failure(kind->outcome));
	emit_u64(out, "count", kind->count);
	peer_rows_spark(out, "spark", kind->spark);
	emit_close(out, '}');
}

static void
add_failure(void *user, const struct sv_event *event)
{
	struct buffer *out = user;

	if (out->len && out->ptr[out->len - 1] == '}')
		buffer_add_char(out, ',');
	render_event_json(out, event);
}

struct told {
	struct buffer *out;
	const struct engine_peer *peer;
};

static void
add_alert(void *user, const struct sv_alert *alert)
{
	struct told *told = user;
	struct buffer *out = told->out;
	bool about = false;

	for (size_t i = 0; i < alert->n_key; i++)
		about |= (str_eq(alert->key[i].field, SV_STR("peer")) ||
			  str_eq(alert->key[i].field, SV_STR("peer_ip"))) &&
			 str_eq(alert->key[i].value, told->peer->name);
	if (!about || alert->state == SV_ALERT_RESOLVED)
		return;
	emit_open(out, NULL, '{');
	emit_text(out, "incident", str_of(alert->incident));
	emit_text(out, "rule", alert->rule);
	emit_word(out, "severity", render_severity_name(alert->severity));
	emit_time(out, "start", alert->start);
	emit_text(out, "reason", alert->reason);
	emit_close(out, '}');
}

static void
add_details(struct buffer *out, const struct peer_rows *rows,
	    const struct engine_peer *peer)
{
	struct told told = { .out = out, .peer = peer };

	emit_open(out, "kinds", '[');
	for (size_t i = 0; i < peer->n_kinds; i++)
		add_kind(out, &peer->kind[i]);
	emit_close(out, ']');
	emit_open(out, "ratios", '[');
	for (size_t i = 0; i < sizeof(ratios) / sizeof(ratios[0]); i++)
		add_ratio(out, &ratios[i], peer);
	emit_close(out, ']');
	emit_open(out, "last_failures", '[');
	engine_failures(rows->engine, peer, LAST_FAILURES, add_failure, out);
	emit_close(out, ']');
	emit_open(out, "open", '[');
	engine_alerts(rows->engine, add_alert, &told);
	emit_close(out, ']');
}

static void
add_peer(void *user, struct peer_rows *rows, const struct engine_peer *peer)
{
	struct call *call = user;
	struct buffer *out = call->out;
	size_t begin = out->len;

	buffer_add_char(out, '{');
	peer_rows_sums(out, rows, peer);
	if (rows->name.ptr)
		add_details(out, rows, peer);
	emit_time(out, "until", rows->now);
	buffer_add_char(out, '}');
	(void)commands_line(call, begin);
}

static bool
take_span(struct peer_rows *rows, const char *text)
{
	struct sv_str number = str_of(text);
	uint64_t seconds;

	if (!number.len || str_take_u64(number, &seconds) != number.len || !seconds ||
	    seconds > MAX_SPAN_SEC)
		return false;
	seconds = (seconds + STEP_SEC - 1) / STEP_SEC;
	rows->steps = seconds < ENGINE_SPARKS ? (unsigned)seconds : ENGINE_SPARKS;
	return true;
}

static int
take_arguments(struct call *call, struct peer_rows *rows)
{
	for (size_t i = 0; i < call->n_args; i++) {
		struct sv_str argument = str_of(call->args[i]);

		if (str_eq(argument, SV_STR("--all"))) {
			rows->max = MAX_PEERS;
		} else if (str_eq(argument, SV_STR("--span")) && i + 1 < call->n_args) {
			if (!take_span(rows, call->args[++i]))
				return commands_wrong_argument(call, call->args[i]);
		} else if (str_starts(argument, SV_STR("-")) || rows->name.ptr) {
			return commands_wrong_argument(call, call->args[i]);
		} else {
			rows->name = argument;
		}
	}
	return 0;
}

int
commands_peers(struct call *call)
{
	struct peer_rows rows = { .engine = call->host->engine(call->host->user),
				  .steps = ENGINE_SPARKS,
				  .max = DEFAULT_PEERS,
				  .row = add_peer,
				  .user = call };
	int code = take_arguments(call, &rows);
	size_t n = 0;

	if (code)
		return code;
	rows.now = peer_rows_now(rows.engine);
	if (peer_rows_run(&rows, &n) < 0) {
		(void)snprintf(call->error, sizeof(call->error), "out of memory");
		return 3;
	}
	if (n > rows.max)
		call->omitted += n - rows.max;
	return 0;
}
