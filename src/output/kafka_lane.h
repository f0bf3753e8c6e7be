/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One topic of the Kafka output: what waits, then what librdkafka has and the brokers
 * have not acknowledged, both in their order. For kafka.c, which has the producer and
 * says what is wrong. Loop thread only.
 *
 * What librdkafka gives back is sent again in order, when all its reports are in and
 * the back-off is over; first one message alone, to see whether the trouble lasts. A
 * message that the brokers refuse for good takes the others of its batch with it, so
 * those are sent one by one: the one that is refused alone is given up.
 */
#pragma once

#include "output/queue.h"

struct kafka;
struct rd_kafka_s;
struct rd_kafka_message_s;

struct lane {
	struct kafka *owner;
	char *topic;
	struct queue waiting, flight;
	size_t outstanding; /* of flight: not yet reported */
	size_t singly;      /* so many are sent one by one */
	bool alone;         /* the outstanding one was sent alone */
	bool failing;       /* no more until `outstanding` is 0 and the retry fired */
	bool troubled;      /* a message came back, and none was acknowledged since */
	struct retry retry;
};

enum lane_fed {
	LANE_FED,
	LANE_FATAL, /* the producer takes nothing any more */
};

enum lane_report {
	LANE_DELIVERED,
	LANE_REFUSED, /* given up */
	LANE_AGAIN,   /* will be sent again */
	LANE_PURGED,  /* likewise; we took it back */
};

/** `retry` is left to the caller. 0 or -ENOMEM */
int lane_init(struct lane *lane, struct kafka *owner, const char *topic, size_t max);
void lane_done(struct lane *lane);
/** Gives librdkafka what waits, up to a window. `ret_refused`: number of messages that
 *  can never be sent and were given up. */
enum lane_fed lane_feed(struct lane *lane, struct rd_kafka_s *rk, size_t *ret_refused);
/** The lane of a report, and what becomes of the message. */
struct lane *lane_of(const struct rd_kafka_message_s *report);
enum lane_report lane_take_report(struct lane *lane,
				  const struct rd_kafka_message_s *report);
/** After reports: what is done goes, what came back waits again. */
void lane_settle(struct lane *lane);
/** The producer is gone: all that it had comes back. */
void lane_take_back(struct lane *lane);
/** The retry fired. */
void lane_go_on(struct lane *lane);
/** Messages in memory. */
size_t lane_backlog(const struct lane *lane);
/** Messages in all: what an output's `waiting` is. */
uint64_t lane_waiting(const struct lane *lane);
