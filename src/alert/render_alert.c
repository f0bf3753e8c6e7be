/* SPDX-License-Identifier: Apache-2.0 */
#include "alert/render.h"

#include "base/emit.h"
#include "base/address.h"
#include "base/text.h"
#include "sip/codes.h"
#include "sip/outcome.h"

#include <inttypes.h>
#include <stdio.h>

/* A key part in the line for people. */
#define LINE_KEY_MAX_BYTES 80
/* Reason, likely and check in the line for people: it stays one line of a mail. */
#define LINE_TEXT_MAX_BYTES 600

const char *
render_state_name(enum sv_alert_state state)
{
	switch (state) {
	case SV_ALERT_FIRING:
		return "firing";
	case SV_ALERT_CHANGED:
		return "changed";
	case SV_ALERT_RESOLVED:
		return "resolved";
	case SV_ALERT_UNKNOWN:
		return "unknown";
	}
	return "";
}

const char *
render_severity_name(enum sv_severity severity)
{
	switch (severity) {
	case SV_SEVERITY_OK:
		return "ok";
	case SV_SEVERITY_WARNING:
		return "warning";
	case SV_SEVERITY_CRITICAL:
		return "critical";
	case SV_SEVERITY_UNKNOWN:
		return "unknown";
	}
	return "";
}

const char *
render_mode_name(const struct sv_alert *alert)
{
	return alert->observe ? "observe" : alert->ticket ? "ticket" : "";
}

const char *
render_measure_name(enum sv_measure_kind kind)
{
	switch (kind) {
	case SV_MEASURE_COUNT:
		return "count";
	case SV_MEASURE_RATE:
		return "rate";
	case SV_MEASURE_RATIO:
		return "ratio";
	case SV_MEASURE_DISTINCT:
		return "distinct";
	case SV_MEASURE_CONSECUTIVE:
		return "consecutive";
	case SV_MEASURE_SEQUENCE:
		return "sequence";
	case SV_MEASURE_ABSENT:
		return "absent";
	case SV_MEASURE_NEW:
		return "new";
	case SV_MEASURE_RULE:
		return "rule";
	case SV_MEASURE_BASELINE:
		return "baseline";
	}
	return "";
}

/* What Elastic's common schema calls this kind of trouble. */
static const char *
category_name(const struct sv_alert *alert)
{
	if (str_starts(alert->technique, SV_STR("T1110")))
		return "authentication";
	return alert->technique.len ? "intrusion_detection" : "network";
}

static const char *
outcome_word(enum sv_alert_state state)
{
	switch (state) {
	case SV_ALERT_FIRING:
	case SV_ALERT_CHANGED:
		return "failure";
	case SV_ALERT_RESOLVED:
		return "success";
	case SV_ALERT_UNKNOWN:
		return "unknown";
	}
	return "";
}

static void
add_event(struct buffer *buf, const struct sv_alert *alert, sv_usec created)
{
	emit_open(buf, "event", '{');
	emit_word(buf, "kind", "alert");
	emit_open(buf, "category", '[');
	emit_word(buf, NULL, category_name(alert));
	emit_close(buf, ']');
	emit_open(buf, "type", '[');
	emit_word(buf, NULL, "info");
	emit_close(buf, ']');
	emit_text(buf, "action", alert->rule);
	emit_word(buf, "outcome", outcome_word(alert->state));
	emit_time(buf, "start", alert->start);
	emit_time(buf, "created", created);
	emit_text(buf, "reason", alert->reason);
	emit_u64(buf, "sequence", alert->sequence);
	emit_close(buf, '}');
}

static void
add_name(struct buffer *buf, const char *object, const char *key, struct sv_str name)
{
	if (!name.len)
		return;
	emit_open(buf, object, '{');
	emit_text(buf, key, name);
	emit_close(buf, '}');
}

static void
add_who(struct buffer *buf, const struct sv_alert *alert,
	const struct render_identity *id)
{
	struct sv_str self = id ? str_of(id->host) : SV_STR("");

	emit_open(buf, "observer", '{');
	emit_text(buf, "hostname", self);
	emit_word(buf, "type", "sipvigil");
	emit_text(buf, "version", id ? str_of(id->version) : SV_STR(""));
	emit_close(buf, '}');
	add_name(buf, "host", "name", alert->host.len ? alert->host : self);
}

/* The remote party: it asked us (source) or we asked it (server). */
static void
add_remote(struct buffer *buf, const struct sv_alert *alert)
{
	char ip[ADDRESS_TEXT_BYTES];
	size_t ip_len = address_print(&alert->peer_ip, ip);

	if (!ip_len && !alert->peer.len)
		return;
	emit_open(buf, alert->leg == SV_LEG_OUT ? "server" : "source", '{');
	emit_text(buf, "address", alert->peer.len ? alert->peer : str_make(ip, ip_len));
	emit_text(buf, "ip", str_make(ip, ip_len));
	emit_close(buf, '}');
}

/* Counts per code; what had no code stands under its outcome's name. Two outcomes may
 * share a code (403): they are added up, a key may not stand twice. */
static void
add_codes(struct buffer *buf, const struct sv_alert *alert)
{
	size_t n = alert->n_codes < SV_ALERT_MAX_CODES ? alert->n_codes
						       : SV_ALERT_MAX_CODES;

	if (!n)
		return;
	emit_open(buf, "codes", '{');
	for (size_t i = 0; i < n; i++) {
		const struct sv_code_count *at = &alert->codes[i];
		uint64_t count = at->count;
		bool seen = false;
		for (size_t j = 0; j < n && at->code; j++) {
			if (j == i || alert->codes[j].code != at->code)
				continue;
			seen |= j < i;
			count += alert->codes[j].count;
		}
		if (seen)
			continue;
		char code[8];
		(void)snprintf(code, sizeof(code), "%" PRIu16, at->code);
		const char *word = at->code ? code : outcome_name(at->outcome);
		emit_u64(buf, word[0] ? word : "none", count);
	}
	emit_close(buf, '}');
}

static size_t
cause_rows(const struct sv_alert *alert)
{
	return alert->n_causes < SV_ALERT_MAX_CAUSES ? alert->n_causes
						     : SV_ALERT_MAX_CAUSES;
}

static void
add_causes(struct buffer *buf, const struct sv_alert *alert)
{
	if (!cause_rows(alert))
		return;
	emit_open(buf, "causes", '{');
	for (size_t i = 0; i < cause_rows(alert); i++)
		emit_u64(buf, alert->causes[i].category, alert->causes[i].count);
	emit_close(buf, '}');
}

/* The cause to name: the most frequent one that says more than its code and outcome do,
 * of a third of the failures at least; else NULL. */
static const struct code_category *
telling_cause(const struct sv_alert *alert, uint64_t *ret_count, uint64_t *ret_all)
{
	*ret_all = 0;
	for (size_t i = 0; i < cause_rows(alert); i++)
		*ret_all += alert->causes[i].count;
	for (size_t i = 0; i < cause_rows(alert); i++) {
		const struct sv_cause_count *cause = &alert->causes[i];
		struct sv_str name = str_of(cause->category);
		if (str_eq(name, codes_cause_plain(cause->outcome, cause->code)) ||
		    cause->count * 3 < *ret_all)
			continue;
		*ret_count = cause->count;
		return codes_category_find(name);
	}
	return NULL;
}

/* Catalogue texts are sentences; within a line they lose their full stop. */
static struct sv_str
without_stop(const char *text)
{
	struct sv_str s = str_of(text);

	return str_ends(s, SV_STR(".")) ? str_upto(s, s.len - 1) : s;
}

static void
add_cause(struct buffer *buf, const struct sv_alert *alert)
{
	uint64_t count, all;
	const struct code_category *cause = telling_cause(alert, &count, &all);

	if (!cause)
		return;
	emit_open(buf, "cause", '{');
	emit_word(buf, "category", cause->name);
	emit_u64(buf, "count", count);
	emit_word(buf, "meaning", cause->meaning.en);
	emit_word(buf, "look", cause->look.en);
	emit_close(buf, '}');
}

static void
add_sip(struct buffer *buf, const struct sv_alert *alert)
{
	emit_open(buf, "sip", '{');
	emit_word(buf, "method", method_name(alert->method));
	if (alert->code)
		emit_u64(buf, "code", alert->code);
	add_codes(buf, alert);
	add_causes(buf, alert);
	emit_close(buf, '}');
}

static void
add_measure(struct buffer *buf, const char *key, const struct sv_measure *m)
{
	emit_open(buf, key, '{');
	emit_word(buf, "kind", render_measure_name(m->kind));
	if (m->text)
		emit_text(buf, "text", str_of(m->text));
	if (m->field)
		emit_text(buf, "field", str_of(m->field));
	emit_double(buf, "value", m->value);
	if (m->kind == SV_MEASURE_RATIO || m->denominator) {
		emit_u64(buf, "numerator", m->numerator);
		emit_u64(buf, "denominator", m->denominator);
	}
	if (m->kind == SV_MEASURE_RATIO || m->kind == SV_MEASURE_BASELINE)
		emit_u64(buf, "min", m->min);
	if (m->kind == SV_MEASURE_BASELINE) {
		emit_double(buf, "usual", m->usual);
		emit_u64(buf, "periods", m->periods);
	}
	emit_double(buf, "warning", m->warning);
	emit_double(buf, "critical", m->critical);
	emit_double(buf, "clear", m->clear);
	emit_u64(buf, "error", m->error);
	emit_close(buf, '}');
}

static void
add_measures(struct buffer *buf, const struct sv_alert *alert)
{
	size_t n = alert->n_measure < SV_ALERT_MAX_MEASURES ? alert->n_measure
							    : SV_ALERT_MAX_MEASURES;

	if (!n)
		return;
	add_measure(buf, "measure", &alert->measure[0]);
	if (n < 2)
		return;
	emit_open(buf, "measures", '[');
	for (size_t i = 0; i < n; i++)
		add_measure(buf, NULL, &alert->measure[i]);
	emit_close(buf, ']');
}

static size_t
key_parts(const struct sv_alert *alert)
{
	return alert->n_key < SV_ALERT_MAX_KEY_PARTS ? alert->n_key
						     : SV_ALERT_MAX_KEY_PARTS;
}

static size_t
evidence_lines(const struct sv_alert *alert)
{
	return alert->n_evidence < SV_ALERT_MAX_EVIDENCE ? alert->n_evidence
							 : SV_ALERT_MAX_EVIDENCE;
}

/* A key part without value stays, as "": the fingerprint has it too. */
static void
add_key(struct buffer *buf, const struct sv_alert *alert)
{
	emit_open(buf, "key", '{');
	for (size_t i = 0; i < key_parts(alert); i++) {
		if (i)
			buffer_add_char(buf, ',');
		buffer_add_json(buf, alert->key[i].field);
		buffer_add_char(buf, ':');
		buffer_add_json(buf, alert->key[i].value);
	}
	emit_close(buf, '}');
}

/* Which members of this object hold text of the other side. */
static void
add_claims(struct buffer *buf, const struct sv_alert *alert)
{
	bool claimed = evidence_lines(alert) > 0;

	for (size_t i = 0; i < key_parts(alert); i++)
		claimed |= alert->key[i].claim;
	if (!claimed)
		return;
	emit_open(buf, "claims", '[');
	for (size_t i = 0; i < key_parts(alert); i++) {
		char path[64];
		if (!alert->key[i].claim)
			continue;
		(void)snprintf(path, sizeof(path), "key.%.*s",
			       (int)str_upto(alert->key[i].field, 48).len,
			       alert->key[i].field.ptr);
		emit_text(buf, NULL, str_of(path));
	}
	if (evidence_lines(alert))
		emit_word(buf, NULL, "evidence.text");
	emit_close(buf, ']');
}

static void
add_evidence(struct buffer *buf, const struct sv_alert *alert)
{
	if (!evidence_lines(alert))
		return;
	emit_open(buf, "evidence", '[');
	for (size_t i = 0; i < evidence_lines(alert); i++) {
		const struct sv_origin *origin = &alert->evidence[i];
		emit_open(buf, NULL, '{');
		emit_time(buf, "time", alert->evidence_time[i]);
		emit_text(buf, "source", origin->source);
		if (origin->line)
			emit_u64(buf, "line", origin->line);
		emit_text(buf, "cursor", origin->cursor);
		emit_text(buf, "text", str_upto(origin->text, SV_EVIDENCE_MAX_BYTES));
		emit_close(buf, '}');
	}
	emit_close(buf, ']');
}

static void
add_window(struct buffer *buf, const struct sv_alert *alert)
{
	sv_usec end = alert->measured ? alert->measured : alert->time;
	sv_usec begin = end > alert->window ? end - alert->window : 0;

	emit_open(buf, "window", '{');
	emit_double(buf, "seconds", (double)alert->window / (double)SV_USEC_PER_SEC);
	emit_time(buf, "start", begin);
	emit_time(buf, "end", end);
	emit_time(buf, "first", alert->first);
	emit_close(buf, '}');
}

/* Names of members are cleaned, and may be those of the other side. */
static void
add_group(struct buffer *buf, const struct sv_alert_group *group)
{
	if (!group)
		return;
	emit_open(buf, "group", '{');
	emit_u64(buf, "members", group->members);
	emit_u64(buf, "open", group->open);
	emit_u64(buf, "limit", group->limit);
	emit_open(buf, "names", '[');
	for (size_t i = 0; i < group->n_names; i++)
		emit_text(buf, NULL, group->name[i]);
	emit_close(buf, ']');
	emit_close(buf, '}');
}

static void
add_own(struct buffer *buf, const struct sv_alert *alert)
{
	emit_open(buf, "sipvigil", '{');
	emit_text(buf, "fingerprint", alert->fingerprint);
	emit_word(buf, "incident", alert->incident);
	emit_u64(buf, "transition", alert->sequence);
	emit_text(buf, "service", alert->service);
	emit_word(buf, "mode", render_mode_name(alert));
	if (alert->repeat)
		emit_u64(buf, "repeat", alert->repeat);
	emit_text(buf, "silenced", alert->silenced);
	emit_text(buf, "inhibited", alert->inhibited);
	emit_text(buf, "grouped", alert->grouped);
	emit_text(buf, "released", alert->released);
	add_group(buf, alert->group);
	add_key(buf, alert);
	emit_word(buf, "leg", leg_name(alert->leg));
	if (alert->forgeable)
		emit_word(buf, "attribution",
			  attribution_name(SV_ATTRIBUTION_FORGEABLE));
	add_window(buf, alert);
	add_measures(buf, alert);
	emit_open(buf, "completeness", '{');
	emit_word(buf, "status", alert->lower_bound ? "gap" : "complete");
	emit_bool(buf, "lower_bound", alert->lower_bound);
	if (alert->lost)
		emit_u64(buf, "lost", alert->lost);
	emit_close(buf, '}');
	emit_text(buf, "likely", alert->likely);
	emit_text(buf, "check", alert->check);
	add_cause(buf, alert);
	add_claims(buf, alert);
	add_evidence(buf, alert);
	emit_close(buf, '}');
}

void
render_alert_json(struct buffer *buf, const struct sv_alert *alert,
		  const struct render_identity *id, sv_usec created)
{
	buffer_add_char(buf, '{');
	emit_word(buf, "schema", "alert/1");
	emit_word(buf, "id", alert->id);
	emit_word(buf, "state", render_state_name(alert->state));
	emit_word(buf, "severity", render_severity_name(alert->severity));
	emit_word(buf, "previous", render_severity_name(alert->previous));
	emit_time(buf, "@timestamp", alert->time);
	add_event(buf, alert, created);
	emit_open(buf, "rule", '{');
	emit_text(buf, "name", alert->rule);
	emit_text(buf, "ruleset", alert->ruleset);
	emit_close(buf, '}');
	add_who(buf, alert, id);
	add_remote(buf, alert);
	if (alert->technique.len) {
		emit_open(buf, "threat", '{');
		add_name(buf, "technique", "id", alert->technique);
		emit_close(buf, '}');
	}
	add_sip(buf, alert);
	add_own(buf, alert);
	buffer_add_char(buf, '}');
}

void
render_alert_subject(struct buffer *buf, const struct sv_alert *alert)
{
	for (size_t i = 0; i < key_parts(alert); i++) {
		const struct sv_key_part *part = &alert->key[i];
		if (i)
			buffer_add_char(buf, ' ');
		if (part->claim)
			buffer_add_char(buf, '"');
		buffer_add_clean(buf, part->value.len ? part->value : SV_STR("?"),
				 LINE_KEY_MAX_BYTES);
		if (part->claim)
			buffer_add_char(buf, '"');
	}
}

static const char *
line_word(const struct sv_alert *alert)
{
	if (alert->state == SV_ALERT_RESOLVED)
		return "RESOLVED";
	switch (alert->severity) {
	case SV_SEVERITY_OK:
		return "OK";
	case SV_SEVERITY_WARNING:
		return "WARNING";
	case SV_SEVERITY_CRITICAL:
		return "CRITICAL";
	case SV_SEVERITY_UNKNOWN:
		return "UNKNOWN";
	}
	return "";
}

static void
add_part(struct buffer *buf, const char *before, struct sv_str text)
{
	if (!text.len)
		return;
	buffer_add_cstr(buf, before);
	buffer_add_clean(buf, text, LINE_TEXT_MAX_BYTES);
}

void
render_alert_cause(struct buffer *buf, const struct sv_alert *alert)
{
	uint64_t count, all;
	const struct code_category *cause = telling_cause(alert, &count, &all);

	if (!cause)
		return;
	buffer_addf(buf, "; cause %s (%" PRIu64 " of %" PRIu64 "): ", cause->name,
		    count, all);
	buffer_add(buf, without_stop(cause->meaning.en));
}

static void
add_look(struct buffer *buf, const struct sv_alert *alert)
{
	uint64_t count, all;
	const struct code_category *cause = telling_cause(alert, &count, &all);

	if (cause)
		buffer_addf(buf, "; for %s look at %s", cause->name, cause->look.en);
}

void
render_alert_held(struct buffer *buf, const struct sv_alert *alert)
{
	add_part(buf, "; silenced by ", alert->silenced);
	add_part(buf, "; covered by an alert of ", alert->inhibited);
	add_part(buf, "; in the group ", str_upto(alert->grouped, 8));
	add_part(buf, "; told now: ", alert->released);
	if (alert->repeat)
		buffer_addf(buf, "; still open, told for time %" PRIu32 " again",
			    alert->repeat);
}

void
render_alert_line(struct buffer *buf, const struct sv_alert *alert)
{
	buffer_addf(buf, "%s ", line_word(alert));
	buffer_add_clean(buf, alert->rule, LINE_KEY_MAX_BYTES);
	if (key_parts(alert)) {
		buffer_add_char(buf, ' ');
		render_alert_subject(buf, alert);
	}
	add_part(buf, ": ", alert->reason);
	render_alert_held(buf, alert);
	if (alert->state == SV_ALERT_RESOLVED)
		return;
	if (alert->forgeable)
		buffer_add(buf,
			   SV_STR("; the address may be forged: the log it stands in "
				  "can be written by callers"));
	render_alert_cause(buf, alert);
	add_part(buf, "; likely ", alert->likely);
	add_part(buf, "; check ", alert->check);
	add_look(buf, alert);
}
