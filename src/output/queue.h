/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What an output could not deliver yet: rendered texts in their order. With a spool
 * they survive the daemon, the spool has the bounds, and the queue is a window on the
 * oldest of them: the others are read in when there is room. Without one they are in
 * memory alone, bounded in number and bytes; when a bound is hit the oldest goes,
 * because the newest says how things stand, and `dropped` counts that.
 * Also the timer that tries again, with growing pauses. Loop thread only.
 */
#pragma once

#include "output/spool.h"

#include <systemd/sd-event.h>

/** Bytes that one queue may hold, whatever its number of items. */
#define QUEUE_MAX_BYTES ((size_t)64 * 1024 * 1024)

struct queue_item {
	struct queue_item *next;
	int64_t row;  /* of the spool, 0 = none */
	void *owner;  /* the output's own */
	unsigned tag; /* the output's own */
	bool done;
	size_t head_len; /* data = head (a key, a name) + body */
	size_t len;
	char data[];
};

struct queue {
	struct queue_item *first, *last;
	size_t n, max, bytes;
	uint64_t dropped;
	const struct spool *spool; /* NULL = memory alone */
	char *name;                /* of the output in the spool, owned */
	int64_t last_row; /* all rows up to this one were in the queue, or are gone */
};

/** Items of a spool that are in memory at once, and their bytes. */
#define QUEUE_WINDOW ((size_t)1000)
#define QUEUE_WINDOW_BYTES ((size_t)4 * 1024 * 1024)

void queue_init(struct queue *queue, size_t max);
void queue_done(struct queue *queue);
/** Goes on with what the spool holds for this name (copied). The queue that had the
 *  name before must be gone. 0 or -ENOMEM. */
int queue_spool(struct queue *queue, const struct spool *spool, const char *name);
/** Copies both texts. */
void queue_push(struct queue *queue, unsigned tag, struct sv_str head,
		struct sv_str body);
/** Read in what the spool holds, as far as there is room. Called before sending. */
void queue_refill(struct queue *queue);
/** The far side has acknowledged the item, which was taken from the queue: frees it. */
void queue_delivered(struct queue *queue, struct queue_item *item);
/** It will never be delivered: frees it. The caller counts. */
void queue_give_up(struct queue *queue, struct queue_item *item);
/** Would a push make the oldest go? */
bool queue_full(const struct queue *queue);
/** How many wait, in memory and in the spool. */
uint64_t queue_waiting(const struct queue *queue);
/** How many were given up for a bound, here or in the spool. */
uint64_t queue_dropped(const struct queue *queue);
/** Detaches the oldest; the caller frees it (free()) or appends it elsewhere. */
struct queue_item *queue_take(struct queue *queue);
/** Takes over `item`. No bound: the item was in a queue before. */
void queue_append(struct queue *queue, struct queue_item *item);
/** Puts all of `from`, which becomes empty, before what `queue` holds. */
void queue_prepend_all(struct queue *queue, struct queue *from);

static inline struct sv_str
queue_head(const struct queue_item *item)
{
	return (struct sv_str){ item->data, item->head_len };
}

static inline struct sv_str
queue_body(const struct queue_item *item)
{
	return (struct sv_str){ item->data + item->head_len,
				item->len - item->head_len };
}

/** A one-shot timer whose pause doubles from `least` to `most` until retry_reset(). */
struct retry {
	sd_event *loop;
	sd_event_source *timer;
	sd_event_time_handler_t handler;
	void *user;
	sv_usec least, most, pause;
	sv_usec due; /* monotonic */
	bool armed;
};

/** `retry->loop`, handler, user, least and most are set by the caller; the handler
 *  calls retry_fired() first. */
void retry_later(struct retry *retry);
/** Fires after `delay`, whatever the back-off says. */
void retry_in(struct retry *retry, sv_usec delay);
void retry_fired(struct retry *retry);
void retry_reset(struct retry *retry);
void retry_done(struct retry *retry);
/** When it will fire, by the wall clock; 0: it will not. */
sv_usec retry_when(const struct retry *retry);

/** Monotonic time of the loop. */
sv_usec loop_now(sd_event *loop);
/** Wall clock of the loop. */
sv_usec loop_clock(sd_event *loop);
