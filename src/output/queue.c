/* SPDX-License-Identifier: Apache-2.0 */
#include "output/queue.h"

#include "base/text.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

/* Rows that are asked of the spool at once. */
#define LOAD_ROWS 100

static sv_usec
now_of(sd_event *loop, clockid_t clock)
{
	uint64_t now;

	if (loop && sd_event_now(loop, clock, &now) >= 0)
		return now;
	struct timespec ts;
	(void)clock_gettime(clock, &ts);
	return (sv_usec)ts.tv_sec * SV_USEC_PER_SEC + (sv_usec)ts.tv_nsec / 1000;
}

void
queue_init(struct queue *queue, size_t max)
{
	*queue = (struct queue){ .max = max };
}

void
queue_done(struct queue *queue)
{
	for (struct queue_item *item; (item = queue_take(queue));)
		free(item);
	free(queue->name);
	queue->name = NULL;
}

struct queue_item *
queue_take(struct queue *queue)
{
	struct queue_item *item = queue->first;

	if (!item)
		return NULL;
	queue->first = item->next;
	if (!queue->first)
		queue->last = NULL;
	queue->n--;
	queue->bytes -= sizeof(*item) + item->len;
	item->next = NULL;
	return item;
}

void
queue_append(struct queue *queue, struct queue_item *item)
{
	item->next = NULL;
	if (queue->last)
		queue->last->next = item;
	else
		queue->first = item;
	queue->last = item;
	queue->n++;
	queue->bytes += sizeof(*item) + item->len;
}

static struct queue_item *
item_new(const struct spool_row *row)
{
	size_t len = row->head.len + row->body.len;
	struct queue_item *item = malloc(sizeof(*item) + len);

	if (!item)
		return NULL;
	*item = (struct queue_item){
		.row = row->id, .tag = row->tag, .head_len = row->head.len, .len = len
	};
	if (row->head.len)
		memcpy(item->data, row->head.ptr, row->head.len);
	if (row->body.len)
		memcpy(item->data + row->head.len, row->body.ptr, row->body.len);
	return item;
}

static bool
window_full(const struct queue *queue)
{
	return queue->n >= QUEUE_WINDOW || queue->bytes >= QUEUE_WINDOW_BYTES;
}

/* Does the spool have rows to send that were never in the queue? */
static bool
has_more(const struct queue *queue)
{
	const struct spool *spool = queue->spool;

	return spool && spool->newest(spool->user, queue->name) > queue->last_row;
}

/* Nothing may be lost silently: the oldest goes and is counted. Rows are not bounded
 * here. */
static void
make_room(struct queue *queue, size_t bytes)
{
	while (queue->n &&
	       (queue->n >= queue->max || queue->bytes + bytes > QUEUE_MAX_BYTES)) {
		queue_give_up(queue, queue_take(queue));
		queue->dropped++;
	}
}

void
queue_push(struct queue *queue, unsigned tag, struct sv_str head, struct sv_str body)
{
	const struct spool *spool = queue->spool;
	struct spool_row row = { .tag = tag, .head = head, .body = body };
	struct queue_item *item;

	/* It comes back by queue_refill() when it may be sent. */
	if (spool) {
		row.put = now_of(NULL, CLOCK_REALTIME);
		if (spool->put(spool->user, queue->name, &row))
			return;
	}
	item = item_new(&row);
	if (!item) {
		queue->dropped++;
		return;
	}
	make_room(queue, sizeof(*item) + item->len);
	queue_append(queue, item);
}

bool
queue_full(const struct queue *queue)
{
	return !queue->spool && queue->n >= queue->max;
}

int
queue_spool(struct queue *queue, const struct spool *spool, const char *name)
{
	if (!spool)
		return 0;
	queue->name = strdup(name);
	if (!queue->name)
		return -ENOMEM;
	queue->spool = spool;
	return 0;
}

struct refill {
	struct queue *queue;
	bool failed; /* no memory: this row and those behind it are read again */
};

static void
take_row(void *user, const struct spool_row *row)
{
	struct refill *refill = user;
	struct queue_item *item = refill->failed ? NULL : item_new(row);

	refill->failed = !item;
	if (!item)
		return;
	queue_append(refill->queue, item);
	refill->queue->last_row = row->id;
}

void
queue_refill(struct queue *queue)
{
	const struct spool *spool = queue->spool;
	struct refill refill = { queue, false };
	int64_t newest;
	int n;

	/* In large pieces: when half of the window is free. */
	if (queue->n > QUEUE_WINDOW / 2 || queue->bytes > QUEUE_WINDOW_BYTES / 2)
		return;
	while (has_more(queue) && !window_full(queue)) {
		newest = spool->newest(spool->user, queue->name);
		n = spool->load(spool->user, queue->name, queue->last_row, LOAD_ROWS,
				take_row, &refill);
		if (n < 0 || refill.failed)
			return; /* the next refill tries again */
		if (n < LOAD_ROWS)
			queue->last_row = newest;
	}
}

void
queue_delivered(struct queue *queue, struct queue_item *item)
{
	if (item->row && queue->spool)
		queue->spool->delivered(queue->spool->user, queue->name, item->row);
	free(item);
}

void
queue_give_up(struct queue *queue, struct queue_item *item)
{
	if (item->row && queue->spool)
		queue->spool->dropped(queue->spool->user, queue->name, item->row);
	free(item);
}

uint64_t
queue_waiting(const struct queue *queue)
{
	return queue->spool ? queue->spool->waiting(queue->spool->user, queue->name)
			    : queue->n;
}

uint64_t
queue_dropped(const struct queue *queue)
{
	const struct spool *spool = queue->spool;

	return queue->dropped + (spool ? spool->lost(spool->user, queue->name) : 0);
}

void
queue_prepend_all(struct queue *queue, struct queue *from)
{
	if (!from->first)
		return;
	from->last->next = queue->first;
	if (!queue->first)
		queue->last = from->last;
	queue->first = from->first;
	queue->n += from->n;
	queue->bytes += from->bytes;
	from->first = from->last = NULL;
	from->n = from->bytes = 0;
}

void
retry_in(struct retry *retry, sv_usec delay)
{
	int r;

	if (!retry->timer) {
		r = sd_event_add_time_relative(retry->loop, &retry->timer,
					       CLOCK_MONOTONIC, delay, 0,
					       retry->handler, retry->user);
	} else {
		r = sd_event_source_set_time_relative(retry->timer, delay);
		if (r >= 0)
			r = sd_event_source_set_enabled(retry->timer, SD_EVENT_ONESHOT);
	}
	retry->due = now_of(NULL, CLOCK_MONOTONIC) + delay;
	/* A loop that has ended fires nothing: what waits for it waits for the next
	 * daemon. Without memory it is tried again at the next occasion. */
	retry->armed = r >= 0 || r == -ESTALE;
}

void
retry_later(struct retry *retry)
{
	if (retry->armed)
		return;
	retry->pause = retry->pause ? retry->pause * 2 : retry->least;
	if (retry->pause > retry->most)
		retry->pause = retry->most;
	/* A quarter more or less: many hosts shall not come back all at once. */
	retry_in(retry, retry->pause - retry->pause / 4 +
				(sv_usec)random() % (retry->pause / 2 + 1));
}

void
retry_fired(struct retry *retry)
{
	retry->armed = false;
}

void
retry_reset(struct retry *retry)
{
	retry->pause = 0;
	retry->armed = false;
	if (retry->timer)
		(void)sd_event_source_set_enabled(retry->timer, SD_EVENT_OFF);
}

void
retry_done(struct retry *retry)
{
	retry->timer = sd_event_source_disable_unref(retry->timer);
	retry->armed = false;
}

sv_usec
retry_when(const struct retry *retry)
{
	sv_usec now = now_of(NULL, CLOCK_MONOTONIC);
	sv_usec clock = now_of(NULL, CLOCK_REALTIME);

	if (!retry->armed)
		return 0;
	return retry->due > now ? clock + (retry->due - now) : clock;
}

sv_usec
loop_now(sd_event *loop)
{
	return now_of(loop, CLOCK_MONOTONIC);
}

sv_usec
loop_clock(sd_event *loop)
{
	return now_of(loop, CLOCK_REALTIME);
}
