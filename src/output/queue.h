/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What an output could not deliver yet: rendered texts in their order, bounded in
 * number and bytes. When a bound is hit the oldest goes, because the newest says how
 * things stand; `dropped` counts that. Also the timer that tries again, with growing
 * pauses. Loop thread only.
 */
#pragma once

#include <sipvigil/base.h>
#include <systemd/sd-event.h>

/** Bytes that one queue may hold, whatever its number of items. */
#define QUEUE_MAX_BYTES ((size_t)64 * 1024 * 1024)

struct queue_item {
	struct queue_item *next;
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
};

void queue_init(struct queue *queue, size_t max);
void queue_done(struct queue *queue);
/** Copies both texts; NULL when out of memory (counted as dropped). */
struct queue_item *queue_push(struct queue *queue, struct sv_str head,
			      struct sv_str body);
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

/** Monotonic time of the loop. */
sv_usec loop_now(sd_event *loop);
/** Wall clock of the loop. */
sv_usec loop_clock(sd_event *loop);
