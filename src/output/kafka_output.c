/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the Kafka output publishes: alerts, their state for a compacted topic, settled
 * events and heartbeats. How it gets there is kafka.c's.
 */
#include "output/output.h"

#include "output/envelope.h"
#include "output/kafka.h"
#include "output/queue.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define HEARTBEAT_USEC (30 * SV_USEC_PER_SEC)
#define QUEUE_DEFAULT 10000
#define NO_LANE (-1)

struct kafka_output {
	struct output base;
	sd_event *loop;
	char *title;
	bool structured;
	struct expr *filter;
	struct kafka *kafka;
	int alerts, state, events, heartbeats; /* lanes, NO_LANE if there is none */
	struct retry heartbeat;
	struct envelope envelope;
	struct message message;
	struct output_health health;
};

static struct kafka_output *
kafka_of(struct output *output)
{
	return (struct kafka_output *)output;
}

/* The state topic holds, per fingerprint, the latest transition; after "resolved" the
 * key is removed, so that a compacted topic is the set of open alerts and does not grow
 * with every address that ever attacked. Its values are always structured: a record
 * without value must mean removal and nothing else. */
static void
publish_state(struct kafka_output *out, const struct sv_alert *alert, sv_usec now)
{
	envelope_alert(&out->envelope, alert, now, true, &out->message);
	kafka_publish(out->kafka, out->state, &out->message, false);
	if (alert->state != SV_ALERT_RESOLVED)
		return;
	envelope_tombstone(alert, &out->message);
	kafka_publish(out->kafka, out->state, &out->message, true);
}

static void
out_alert(struct output *output, const struct sv_alert *alert)
{
	struct kafka_output *out = kafka_of(output);
	sv_usec now = loop_clock(out->loop);

	if (out->alerts != NO_LANE) {
		envelope_alert(&out->envelope, alert, now, out->structured,
			       &out->message);
		kafka_publish(out->kafka, out->alerts, &out->message, false);
	}
	if (out->state != NO_LANE)
		publish_state(out, alert, now);
}

static void
out_drain(struct output *output)
{
	kafka_drain(kafka_of(output)->kafka);
}

static void
out_event(struct output *output, const struct sv_event *event)
{
	struct kafka_output *out = kafka_of(output);

	if (!expr_test(out->filter, event))
		return;
	envelope_event(&out->envelope, event, out->structured, &out->message);
	kafka_publish(out->kafka, out->events, &out->message, false);
}

static void
out_health(struct output *output, const struct output_health *health)
{
	kafka_of(output)->health = *health;
}

static int
on_heartbeat(sd_event_source *source, uint64_t usec, void *user)
{
	struct kafka_output *out = user;
	const struct envelope_health health = { loop_clock(out->loop),
						out->health.has_data, out->health.note,
						out->health.input_lag_sec };

	(void)source;
	(void)usec;
	retry_fired(&out->heartbeat);
	retry_in(&out->heartbeat, HEARTBEAT_USEC);
	/* An old heartbeat tells nothing: during an outage one at most waits. */
	if (!kafka_lane_idle(out->kafka, out->heartbeats))
		return 0;
	envelope_heartbeat(&out->envelope, &health, out->structured, &out->message);
	kafka_publish(out->kafka, out->heartbeats, &out->message, false);
	return 0;
}

static int
out_start(struct output *output)
{
	struct kafka_output *out = kafka_of(output);

	/* The first heartbeat comes when it can know whether there is data. */
	if (out->heartbeats != NO_LANE)
		retry_in(&out->heartbeat, 5 * SV_USEC_PER_SEC);
	return kafka_start(out->kafka);
}

static void
out_stop(struct output *output, sv_usec timeout)
{
	kafka_stop(kafka_of(output)->kafka, timeout);
}

static void
out_stats(const struct output *output, struct output_stats *ret_stats)
{
	kafka_stats(((const struct kafka_output *)output)->kafka, ret_stats);
}

static void
out_free(struct output *output)
{
	struct kafka_output *out = kafka_of(output);

	retry_done(&out->heartbeat);
	kafka_free(out->kafka);
	envelope_done(&out->envelope);
	message_done(&out->message);
	expr_free(out->filter);
	sd_event_unref(out->loop);
	free(out->title);
	free(out);
}

static const struct output_ops alert_ops = {
	.kind = "kafka",
	.start = out_start,
	.alert = out_alert,
	.drain = out_drain,
	.health = out_health,
	.stop = out_stop,
	.stats = out_stats,
	.free = out_free,
};

static const struct output_ops event_ops = {
	.kind = "kafka",
	.start = out_start,
	.alert = out_alert,
	.drain = out_drain,
	.event = out_event,
	.health = out_health,
	.stop = out_stop,
	.stats = out_stats,
	.free = out_free,
};

static int
add_lane(struct kafka_output *out, const char *topic, size_t max, int *ret_lane)
{
	if (!topic || !topic[0]) {
		*ret_lane = NO_LANE;
		return 0;
	}
	int r = kafka_lane_add(out->kafka, topic, max);
	if (r < 0)
		return r;
	*ret_lane = r;
	return 0;
}

/* Alerts and states of alerts survive the daemon, events and heartbeats do not. */
static int
add_spool(struct kafka_output *out, const struct spool *spool)
{
	const int lanes[] = { out->alerts, out->state };
	static const char *const parts[] = { "", " state" };
	char name[OUTPUT_PROBLEM_BYTES];
	int r = 0;

	for (size_t i = 0; i < 2 && r >= 0; i++) {
		(void)snprintf(name, sizeof(name), "kafka:%s%s", out->title, parts[i]);
		if (lanes[i] != NO_LANE)
			r = kafka_lane_spool(out->kafka, lanes[i], spool, name);
	}
	return r;
}

static int
add_lanes(struct kafka_output *out, const struct kafka_output_spec *spec)
{
	size_t max = spec->queue_max ? spec->queue_max : QUEUE_DEFAULT;
	int r = add_lane(out, spec->alerts_topic, max, &out->alerts);

	if (r == 0)
		r = add_lane(out, spec->state_topic, max, &out->state);
	if (r == 0)
		r = add_lane(out, spec->events_topic, max, &out->events);
	if (r == 0)
		r = add_lane(out, spec->heartbeat_topic, 1, &out->heartbeats);
	return r;
}

static int
open_parts(struct kafka_output *out, const struct kafka_output_spec *spec,
	   char *reterr_problem)
{
	struct kafka_output_spec own = *spec;
	int r = output_filter_new(spec->events_where, &out->filter, reterr_problem);

	if (r < 0)
		return r;
	own.title = out->title;
	r = kafka_new(&own, out->loop, &out->kafka, reterr_problem);
	if (r < 0)
		return r;
	return add_lanes(out, spec);
}

int
kafka_output_new(const struct kafka_output_spec *spec, const struct output_identity *id,
		 sd_event *loop, struct output **ret_output, char *reterr_problem)
{
	struct kafka_output *out = calloc(1, sizeof(*out));
	int r = -ENOMEM;

	reterr_problem[0] = '\0';
	if (!out)
		return r;
	out->base.ops =
		spec->events_topic && spec->events_topic[0] ? &event_ops : &alert_ops;
	out->loop = sd_event_ref(loop);
	out->structured = spec->structured;
	out->heartbeat =
		(struct retry){ .loop = loop, .handler = on_heartbeat, .user = out };
	envelope_init(&out->envelope, id->host, id->instance, id->version);
	message_init(&out->message);
	out->title = strdup(spec->title);
	if (!out->title)
		goto fail;
	out->base.title = out->title;
	r = open_parts(out, spec, reterr_problem);
	if (r >= 0)
		r = add_spool(out, id->spool);
	if (r < 0)
		goto fail;
	*ret_output = &out->base;
	return 0;
fail:
	out_free(&out->base);
	return r;
}
