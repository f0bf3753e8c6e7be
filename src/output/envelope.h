/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Kafka messages as CloudEvents 1.0 (Kafka protocol binding): what we publish with its
 * key, headers and value. Binary mode puts the attributes into headers (ce_id …) and
 * our JSON alone into the value; structured mode wraps it. Pure: knows no broker.
 *
 * A message is two texts, so that a queue can hold it: `head` packs the key and the
 * headers (message_unpack() takes them out again: key, then name and value by turns),
 * `body` is the value.
 */
#pragma once

#include <base/buffer.h>
#include <sipvigil/alert.h>

struct message {
	struct buffer head, body;
};

struct envelope {
	const char *host, *instance, *version;
	struct buffer source;  /* "//pbx1/sipvigil/main" */
	struct buffer scratch; /* the JSON before it is wrapped */
	struct buffer subject;
};

/** What a heartbeat says of the host. */
struct envelope_health {
	sv_usec now; /* clock */
	bool has_data;
	const char *note;
	double input_lag_sec;
};

/** The three texts are borrowed and outlive the envelope. */
void envelope_init(struct envelope *env, const char *host, const char *instance,
		   const char *version);
void envelope_done(struct envelope *env);

void message_init(struct message *msg);
void message_done(struct message *msg);
/** Takes the next packed text off the front of `head`; false at its end. */
bool message_unpack(struct sv_str *head, struct sv_str *ret_text);

/* Each clears the message first; message_failed() then tells whether memory ran out. */
void envelope_alert(struct envelope *env, const struct sv_alert *alert, sv_usec created,
		    bool structured, struct message *msg);
/** Key alone: removes an alert from the compacted state topic. */
void envelope_tombstone(const struct sv_alert *alert, struct message *msg);
void envelope_event(struct envelope *env, const struct sv_event *event, bool structured,
		    struct message *msg);
void envelope_heartbeat(struct envelope *env, const struct envelope_health *health,
			bool structured, struct message *msg);

static inline bool
message_failed(const struct message *msg)
{
	return buffer_failed(&msg->head) || buffer_failed(&msg->body);
}
