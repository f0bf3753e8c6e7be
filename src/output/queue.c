/* SPDX-License-Identifier: Apache-2.0 */
#include "output/queue.h"

#include "base/text.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

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

struct queue_item *
queue_push(struct queue *queue, struct sv_str head, struct sv_str body)
{
	size_t len = head.len + body.len;
	struct queue_item *item = malloc(sizeof(*item) + len);

	if (!item) {
		queue->dropped++;
		return NULL;
	}
	*item = (struct queue_item){ .head_len = head.len, .len = len };
	if (head.len)
		memcpy(item->data, head.ptr, head.len);
	if (body.len)
		memcpy(item->data + head.len, body.ptr, body.len);
	while (queue->n && (queue->n >= queue->max ||
			    queue->bytes + sizeof(*item) + len > QUEUE_MAX_BYTES)) {
		free(queue_take(queue));
		queue->dropped++;
	}
	queue_append(queue, item);
	return item;
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
	if (!retry->timer) {
		if (sd_event_add_time_relative(retry->loop, &retry->timer,
					       CLOCK_MONOTONIC, delay, 0,
					       retry->handler, retry->user) < 0)
			return;
	} else if (sd_event_source_set_time_relative(retry->timer, delay) < 0 ||
		   sd_event_source_set_enabled(retry->timer, SD_EVENT_ONESHOT) < 0) {
		return;
	}
	retry->armed = true;
}

void
retry_later(struct retry *retry)
{
	if (retry->armed)
		return;
	retry->pause = retry->pause ? retry->pause * 2 : retry->least;
	if (retry->pause > retry->most)
		retry->pause = retry->most;
	retry_in(retry, retry->pause);
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

static sv_usec
now_of(sd_event *loop, clockid_t clock)
{
	uint64_t now;

	if (sd_event_now(loop, clock, &now) >= 0)
		return now;
	struct timespec ts;
	(void)clock_gettime(clock, &ts);
	return (sv_usec)ts.tv_sec * SV_USEC_PER_SEC + (sv_usec)ts.tv_nsec / 1000;
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
