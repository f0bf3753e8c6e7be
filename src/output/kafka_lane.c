/* SPDX-License-Identifier: Apache-2.0 */
#include "output/kafka_lane.h"

#include "base/text.h"
#include "output/envelope.h"
#include "output/kafka.h"

#include <errno.h>
#include <librdkafka/rdkafka.h>
#include <stdlib.h>
#include <string.h>

#define LANE_WINDOW 2000
/* queue_item.tag: refused, the brokers will never take it; KAFKA_TOMBSTONE is the other
 * bit, and the only one that the spool keeps. */
#define TAG_REFUSED 2u

int
lane_init(struct lane *lane, struct kafka *owner, const char *topic, size_t max)
{
	*lane = (struct lane){ .owner = owner, .topic = strdup(topic) };
	queue_init(&lane->waiting, max);
	queue_init(&lane->flight, 0);
	return lane->topic ? 0 : -ENOMEM;
}

void
lane_done(struct lane *lane)
{
	retry_done(&lane->retry);
	queue_done(&lane->waiting);
	queue_done(&lane->flight);
	free(lane->topic);
}

static rd_kafka_headers_t *
headers_of(struct sv_str packed)
{
	struct sv_str name, value;
	rd_kafka_headers_t *headers = rd_kafka_headers_new(16);

	while (headers && message_unpack(&packed, &name) &&
	       message_unpack(&packed, &value))
		(void)rd_kafka_header_add(headers, name.ptr, (ssize_t)name.len,
					  value.ptr, (ssize_t)value.len);
	return headers;
}

/* librdkafka copies the message: the item stays ours until it is acknowledged. */
static rd_kafka_resp_err_t
produce(struct lane *lane, rd_kafka_t *rk, struct queue_item *item)
{
	struct sv_str head = queue_head(item), body = queue_body(item), key = { 0 };
	bool tombstone = item->tag & KAFKA_TOMBSTONE;

	(void)message_unpack(&head, &key);
	rd_kafka_headers_t *headers = headers_of(head);
	if (!headers)
		return RD_KAFKA_RESP_ERR__QUEUE_FULL;
	/* The macros of the library take void pointers although it only reads. */
	union {
		const char *in;
		void *out;
	} at_key = { .in = key.ptr }, at_body = { .in = body.ptr };
	rd_kafka_resp_err_t err = rd_kafka_producev(
		rk, RD_KAFKA_V_TOPIC(lane->topic), RD_KAFKA_V_KEY(at_key.out, key.len),
		RD_KAFKA_V_VALUE(tombstone ? NULL : at_body.out,
				 tombstone ? 0 : body.len),
		RD_KAFKA_V_HEADERS(headers), RD_KAFKA_V_MSGFLAGS(RD_KAFKA_MSG_F_COPY),
		RD_KAFKA_V_OPAQUE(item), RD_KAFKA_V_END);
	if (err)
		rd_kafka_headers_destroy(headers);
	return err;
}

/* Errors that come back however often this message is sent. */
static bool
is_hopeless(rd_kafka_resp_err_t err)
{
	return err == RD_KAFKA_RESP_ERR_MSG_SIZE_TOO_LARGE ||
	       err == RD_KAFKA_RESP_ERR_INVALID_MSG ||
	       err == RD_KAFKA_RESP_ERR_INVALID_MSG_SIZE ||
	       err == RD_KAFKA_RESP_ERR_INVALID_RECORD;
}

enum lane_fed
lane_feed(struct lane *lane, rd_kafka_t *rk, size_t *ret_refused)
{
	*ret_refused = 0;
	queue_refill(&lane->waiting);
	while (lane->waiting.first && !lane->failing &&
	       lane->outstanding < (lane->singly ? 1 : LANE_WINDOW)) {
		struct queue_item *item = lane->waiting.first;
		item->owner = lane;
		item->done = false;
		rd_kafka_resp_err_t err = produce(lane, rk, item);
		if (err == RD_KAFKA_RESP_ERR__FATAL)
			return LANE_FATAL;
		if (err && !is_hopeless(err)) {
			/* Full, or without memory: later. */
			retry_later(&lane->retry);
			return LANE_FED;
		}
		item = queue_take(&lane->waiting);
		if (err) {
			queue_give_up(&lane->waiting, item);
			++*ret_refused;
		} else {
			queue_append(&lane->flight, item);
			lane->outstanding++;
			lane->alone = lane->singly > 0;
		}
		queue_refill(&lane->waiting);
	}
	return LANE_FED;
}

struct lane *
lane_of(const rd_kafka_message_t *report)
{
	const struct queue_item *item = report->_private;

	return item->owner;
}

enum lane_report
lane_take_report(struct lane *lane, const rd_kafka_message_t *report)
{
	struct queue_item *item = report->_private;
	bool alone = lane->alone;

	lane->outstanding--;
	if (!report->err || (alone && is_hopeless(report->err))) {
		item->done = true;
		lane->troubled = false;
		lane->singly -= alone;
		lane->retry.pause = 0;
		if (!report->err)
			return LANE_DELIVERED;
		item->tag |= TAG_REFUSED;
		return LANE_REFUSED;
	}
	lane->failing = true;
	if (report->err == RD_KAFKA_RESP_ERR__PURGE_QUEUE ||
	    report->err == RD_KAFKA_RESP_ERR__PURGE_INFLIGHT)
		return LANE_PURGED;
	lane->troubled = true;
	if (is_hopeless(report->err))
		lane->singly = lane->flight.n;
	else if (!lane->singly)
		lane->singly = 1;
	return LANE_AGAIN;
}

static void
settle(struct lane *lane, struct queue_item *item)
{
	if (item->tag & TAG_REFUSED)
		queue_give_up(&lane->waiting, item);
	else
		queue_delivered(&lane->waiting, item);
}

void
lane_settle(struct lane *lane)
{
	struct queue again;

	while (lane->flight.first && lane->flight.first->done)
		settle(lane, queue_take(&lane->flight));
	if (lane->outstanding || !lane->failing)
		return;
	queue_init(&again, 0);
	for (struct queue_item *item; (item = queue_take(&lane->flight));) {
		if (item->done)
			settle(lane, item);
		else
			queue_append(&again, item);
	}
	queue_prepend_all(&lane->waiting, &again);
	retry_later(&lane->retry);
}

void
lane_take_back(struct lane *lane)
{
	lane->outstanding = 0;
	lane->failing = true;
	lane_settle(lane);
}

void
lane_go_on(struct lane *lane)
{
	retry_fired(&lane->retry);
	if (!lane->outstanding)
		lane->failing = false;
}

size_t
lane_backlog(const struct lane *lane)
{
	return lane->waiting.n + lane->flight.n;
}

uint64_t
lane_waiting(const struct lane *lane)
{
	return queue_waiting(&lane->waiting) +
	       (lane->waiting.spool ? 0 : lane->flight.n);
}
