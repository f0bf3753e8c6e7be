/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Ordered delivery to Kafka topics: the part of the Kafka output that knows librdkafka.
 *
 * Each topic is a lane (kafka_lane.h). librdkafka gets a bounded number of messages of
 * a lane and keeps trying for good (message.timeout.ms=0, idempotent producer), so an
 * outage neither loses nor repeats nor reorders anything; the rest of the backlog waits
 * in our queue and its spool. When librdkafka does give a message up (no such topic, not
 * allowed, a fatal error of the producer) the lane waits until all its reports are in
 * and then sends what is left once more, in order: an id may then come twice.
 *
 * Loop thread only. Reports, errors and librdkafka's log come through its queue, which
 * wakes our loop by an eventfd: none of our code runs on librdkafka's threads.
 */
#pragma once

#include <output/envelope.h>
#include <output/output.h>

#define KAFKA_MAX_LANES 4
/** Tag of a message that has no value on purpose. */
#define KAFKA_TOMBSTONE 1u

struct kafka;

/** Properties are checked here; the producer begins to connect at once. 0, -EINVAL with
 *  reterr_problem, or another negative errno. `title` is borrowed. */
int kafka_new(const struct kafka_output_spec *spec, sd_event *loop,
	      struct kafka **ret_kafka, char *reterr_problem);
void kafka_free(struct kafka *kafka);

/** Adds a lane that keeps at most `max` messages; its number or a negative errno. */
int kafka_lane_add(struct kafka *kafka, const char *topic, size_t max);
/** What waits in the lane survives the daemon. 0 or -ENOMEM. */
int kafka_lane_spool(struct kafka *kafka, int lane, const struct spool *spool,
		     const char *name);
/** Sends what waits in all lanes. */
void kafka_drain(struct kafka *kafka);
/** Copies the message. `tombstone`: it has no value on purpose. */
void kafka_publish(struct kafka *kafka, int lane, const struct message *msg,
		   bool tombstone);
/** Nothing of the lane waits or is on its way. */
bool kafka_lane_idle(const struct kafka *kafka, int lane);

int kafka_start(struct kafka *kafka);
/** Blocks until all is acknowledged, for at most `timeout`. */
void kafka_stop(struct kafka *kafka, sv_usec timeout);
void kafka_stats(const struct kafka *kafka, struct output_stats *ret_stats);
