/* SPDX-License-Identifier: Apache-2.0 */
#include "output/envelope.h"

#include "base/emit.h"
#include "alert/render.h"
#include "base/address.h"
#include "base/text.h"

#include <inttypes.h>
#include <stdio.h>

#define MAX_ATTRIBUTES 16

struct attribute {
	const char *name;
	struct sv_str value;
};

/* One CloudEvent before it is written in either mode. */
struct cloudevent {
	struct attribute at[MAX_ATTRIBUTES];
	size_t n;
	char time[EMIT_TIME_BYTES + 1], recorded[EMIT_TIME_BYTES + 1];
	char id[40], sequence[16], severity[8];
};

void
envelope_init(struct envelope *env, const char *host, const char *instance,
	      const char *version)
{
	*env = (struct envelope){ .host = host,
				  .instance = instance,
				  .version = version };
	buffer_init(&env->source);
	buffer_init(&env->scratch);
	buffer_init(&env->subject);
	/* A URI reference: what does not belong into a host name becomes '-'. */
	buffer_add(&env->source, SV_STR("//"));
	for (const char *c = host; *c; c++) {
		bool plain = (*c >= 'a' && *c <= 'z') || (*c >= 'A' && *c <= 'Z') ||
			     (*c >= '0' && *c <= '9') || *c == '.' || *c == '-' ||
			     *c == '_';
		buffer_add_char(&env->source, plain ? *c : '-');
	}
	buffer_addf(&env->source, "/sipvigil/%s", instance);
}

void
envelope_done(struct envelope *env)
{
	buffer_done(&env->source);
	buffer_done(&env->scratch);
	buffer_done(&env->subject);
}

void
message_init(struct message *msg)
{
	buffer_init(&msg->head);
	buffer_init(&msg->body);
}

void
message_done(struct message *msg)
{
	buffer_done(&msg->head);
	buffer_done(&msg->body);
}

/* u32 length in the machine's order, then the bytes: it never leaves the process. */
static void
pack(struct buffer *head, struct sv_str text)
{
	uint32_t len = (uint32_t)text.len;

	buffer_add(head, str_make((const char *)&len, sizeof(len)));
	buffer_add(head, text);
}

/* For text that others wrote: header values are UTF-8 without control characters. */
static void
pack_clean(struct buffer *head, struct sv_str text)
{
	size_t at = head->len;
	uint32_t len = 0;

	buffer_add(head, str_make((const char *)&len, sizeof(len)));
	buffer_add_clean(head, text, 255);
	if (buffer_failed(head))
		return;
	len = (uint32_t)(head->len - at - sizeof(len));
	memcpy(head->ptr + at, &len, sizeof(len));
}

bool
message_unpack(struct sv_str *head, struct sv_str *ret_text)
{
	uint32_t len;

	if (head->len < sizeof(len))
		return false;
	memcpy(&len, head->ptr, sizeof(len));
	*head = str_from(*head, sizeof(len));
	if (head->len < len)
		return false;
	*ret_text = str_upto(*head, len);
	*head = str_from(*head, len);
	return true;
}

static void
set(struct cloudevent *ce, const char *name, struct sv_str value)
{
	if (value.len && ce->n < MAX_ATTRIBUTES)
		ce->at[ce->n++] = (struct attribute){ name, value };
}

static void
set_common(struct cloudevent *ce, const struct envelope *env, const char *type,
	   const char *schema)
{
	set(ce, "specversion", SV_STR("1.0"));
	set(ce, "type", str_of(type));
	set(ce, "source", buffer_str(&env->source));
	set(ce, "dataschema", str_of(schema));
}

static void
set_time(struct cloudevent *ce, sv_usec time)
{
	if (!time)
		return;
	emit_time_text(ce->time, time);
	set(ce, "time", str_of(ce->time));
}

/* An id for what has none of its own: equal texts get equal ids. */
static void
set_digest(struct cloudevent *ce, struct sv_str text)
{
	(void)snprintf(ce->id, sizeof(ce->id), "%016" PRIx64 "%016" PRIx64,
		       str_hash(text, 0), str_hash(text, 1));
	set(ce, "id", str_of(ce->id));
}

static void
pack_headers(const struct cloudevent *ce, bool structured, struct buffer *head)
{
	pack(head, SV_STR("content-type"));
	pack(head, structured ? SV_STR("application/cloudevents+json; charset=UTF-8")
			      : SV_STR("application/json"));
	for (size_t i = 0; i < ce->n && !structured; i++) {
		char name[32];
		(void)snprintf(name, sizeof(name), "ce_%s", ce->at[i].name);
		pack(head, str_of(name));
		pack(head, ce->at[i].value);
	}
}

/* Numbers of the severity scale are integers in structured mode. */
static void
write_body(const struct cloudevent *ce, bool structured, struct sv_str data,
	   struct buffer *body)
{
	if (!structured) {
		buffer_add(body, data);
		return;
	}
	emit_open(body, NULL, '{');
	for (size_t i = 0; i < ce->n; i++) {
		const struct attribute *a = &ce->at[i];
		uint64_t number;
		if (a->value.ptr == ce->severity &&
		    str_take_u64(a->value, &number) == a->value.len)
			emit_u64(body, a->name, number);
		else
			emit_text(body, a->name, a->value);
	}
	emit_word(body, "datacontenttype", "application/json");
	buffer_add(body, SV_STR(",\"data\":"));
	buffer_add(body, data);
	emit_close(body, '}');
}

static void
finish(const struct cloudevent *ce, struct envelope *env, bool structured,
       struct message *msg)
{
	pack_headers(ce, structured, &msg->head);
	write_body(ce, structured, buffer_str(&env->scratch), &msg->body);
	if (buffer_failed(&env->scratch) || buffer_failed(&env->subject))
		msg->body.failed = true;
}

static void
begin(struct envelope *env, struct message *msg)
{
	buffer_clear(&env->scratch);
	buffer_clear(&env->subject);
	buffer_clear(&msg->head);
	buffer_clear(&msg->body);
}

static const char *
alert_type(const struct sv_alert *alert)
{
	if (sv_alert_is_held(alert))
		return "org.sipvigil.alert.suppressed";
	switch (alert->state) {
	case SV_ALERT_FIRING:
		return "org.sipvigil.alert.firing";
	case SV_ALERT_CHANGED:
		return "org.sipvigil.alert.changed";
	case SV_ALERT_RESOLVED:
		return "org.sipvigil.alert.resolved";
	case SV_ALERT_UNKNOWN:
		return "org.sipvigil.alert.nodata";
	}
	return "org.sipvigil.alert.changed";
}

/* Names and numbers of OpenTelemetry's severity scale. */
static void
set_severity(struct cloudevent *ce, enum sv_severity severity)
{
	const char *text = "INFO";
	unsigned number = 9;

	switch (severity) {
	case SV_SEVERITY_OK:
		break;
	case SV_SEVERITY_WARNING:
	case SV_SEVERITY_UNKNOWN:
		text = "WARN";
		number = 13;
		break;
	case SV_SEVERITY_CRITICAL:
		text = "ERROR";
		number = 17;
		break;
	}
	(void)snprintf(ce->severity, sizeof(ce->severity), "%u", number);
	set(ce, "severitytext", str_of(text));
	set(ce, "severitynumber", str_of(ce->severity));
}

void
envelope_alert(struct envelope *env, const struct sv_alert *alert, sv_usec created,
	       bool structured, struct message *msg)
{
	const struct render_identity id = { env->host, env->version };
	struct cloudevent ce = { 0 };

	begin(env, msg);
	render_alert_json(&env->scratch, alert, &id, created);
	buffer_add_clean(&env->subject, alert->rule, 120);
	if (alert->n_key) {
		buffer_add_char(&env->subject, '/');
		render_alert_subject(&env->subject, alert);
	}
	set_common(&ce, env, alert_type(alert), "urn:sipvigil:schema:alert:1");
	set(&ce, "id", str_of(alert->id));
	set(&ce, "subject", buffer_str(&env->subject));
	set_time(&ce, alert->time);
	set_severity(&ce, alert->severity);
	(void)snprintf(ce.sequence, sizeof(ce.sequence), "%010" PRIu32,
		       alert->sequence);
	set(&ce, "sequence", str_of(ce.sequence));
	if (created) {
		emit_time_text(ce.recorded, created);
		set(&ce, "recordedtime", str_of(ce.recorded));
	}
	pack(&msg->head, alert->fingerprint);
	finish(&ce, env, structured, msg);
	pack(&msg->head, SV_STR("sipvigil-rule"));
	pack_clean(&msg->head, alert->rule);
	pack(&msg->head, SV_STR("sipvigil-host"));
	pack_clean(&msg->head, alert->host.len ? alert->host : str_of(env->host));
}

void
envelope_tombstone(const struct sv_alert *alert, struct message *msg)
{
	buffer_clear(&msg->head);
	buffer_clear(&msg->body);
	pack(&msg->head, alert->fingerprint);
}

void
envelope_event(struct envelope *env, const struct sv_event *event, bool structured,
	       struct message *msg)
{
	struct cloudevent ce = { 0 };
	char ip[ADDRESS_TEXT_BYTES];
	size_t ip_len = address_print(&event->peer_ip, ip);

	begin(env, msg);
	render_event_json(&env->scratch, event);
	set_common(&ce, env, "org.sipvigil.event", "urn:sipvigil:schema:event:1");
	set_digest(&ce, buffer_str(&env->scratch));
	set_time(&ce, event->time);
	/* Events of one party stay in order: they share a partition. */
	pack(&msg->head, ip_len            ? str_make(ip, ip_len)
			 : event->peer.len ? event->peer
					   : event->host);
	finish(&ce, env, structured, msg);
	pack(&msg->head, SV_STR("sipvigil-host"));
	pack_clean(&msg->head, event->host.len ? event->host : str_of(env->host));
}

void
envelope_heartbeat(struct envelope *env, const struct envelope_health *health,
		   bool structured, struct message *msg)
{
	struct cloudevent ce = { 0 };
	struct buffer *json = &env->scratch;

	begin(env, msg);
	emit_open(json, NULL, '{');
	emit_word(json, "schema", "heartbeat/1");
	emit_time(json, "@timestamp", health->now);
	emit_open(json, "observer", '{');
	emit_text(json, "hostname", str_of(env->host));
	emit_word(json, "type", "sipvigil");
	emit_text(json, "version", str_of(env->version));
	emit_close(json, '}');
	emit_open(json, "sipvigil", '{');
	emit_text(json, "instance", str_of(env->instance));
	emit_bool(json, "has_data", health->has_data);
	emit_double(json, "input_lag_sec", health->input_lag_sec);
	emit_text(json, "note", str_of(health->note));
	emit_close(json, '}');
	emit_close(json, '}');
	set_common(&ce, env, "org.sipvigil.heartbeat",
		   "urn:sipvigil:schema:heartbeat:1");
	set_digest(&ce, buffer_str(json));
	set_time(&ce, health->now);
	pack(&msg->head, str_of(env->host));
	finish(&ce, env, structured, msg);
}
