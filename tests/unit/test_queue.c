/* SPDX-License-Identifier: Apache-2.0 */
#include "base/text.h"
#include "output/queue.h"

#include <criterion/criterion.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

/* A spool in memory: rows 1, 2, 3 … of one output; what was put is safe when `safe` says
 * so. */
#define FAKE_ROWS 5000

struct fake {
	struct spool spool;
	char *body[FAKE_ROWS + 1]; /* NULL: settled */
	int64_t n, safe;
	uint64_t waiting, delivered, dropped, lost;
	bool refuses; /* load() says "later" */
	size_t loads, most;
};

static int64_t
fake_put(void *user, const char *output, const struct spool_row *row)
{
	struct fake *f = user;

	cr_assert_str_eq(output, "kind:title");
	if (f->n == FAKE_ROWS)
		return 0;
	f->body[++f->n] = strndup(row->body.ptr, row->body.len);
	f->waiting++;
	return f->n;
}

static void
fake_settle(struct fake *f, int64_t id)
{
	cr_assert(f->body[id], "row %ld is settled once", (long)id);
	free(f->body[id]);
	f->body[id] = NULL;
	f->waiting--;
}

static void
fake_delivered(void *user, const char *output, int64_t id)
{
	struct fake *f = user;

	(void)output;
	fake_settle(f, id);
	f->delivered++;
}

static void
fake_dropped(void *user, const char *output, int64_t id)
{
	struct fake *f = user;

	(void)output;
	fake_settle(f, id);
	f->dropped++;
}

static int
fake_load(void *user, const char *output, int64_t after, size_t max,
	  void (*each)(void *each_user, const struct spool_row *row), void *each_user)
{
	struct fake *f = user;
	size_t n = 0;

	(void)output;
	f->loads++;
	if (f->refuses)
		return -EAGAIN;
	for (int64_t id = after + 1; id <= f->safe && n < max; id++) {
		struct spool_row row = { .id = id, .head = SV_STR("k") };
		if (!f->body[id])
			continue;
		row.body = str_of(f->body[id]);
		each(each_user, &row);
		n++;
	}
	f->most = n > f->most ? n : f->most;
	return (int)n;
}

static int64_t
fake_newest(void *user, const char *output)
{
	const struct fake *f = user;

	(void)output;
	return f->safe;
}

static uint64_t
fake_waiting(void *user, const char *output)
{
	const struct fake *f = user;

	(void)output;
	return f->waiting;
}

static uint64_t
fake_lost(void *user, const char *output)
{
	const struct fake *f = user;

	(void)output;
	return f->lost;
}

static void
fake_init(struct fake *f)
{
	*f = (struct fake){ .spool = { .put = fake_put,
				       .delivered = fake_delivered,
				       .dropped = fake_dropped,
				       .load = fake_load,
				       .newest = fake_newest,
				       .waiting = fake_waiting,
				       .lost = fake_lost,
				       .user = f } };
}

static void
fake_done(struct fake *f)
{
	for (int64_t id = 1; id <= f->n; id++)
		free(f->body[id]);
}

static void
push_number(struct queue *queue, int number)
{
	char text[16];

	(void)snprintf(text, sizeof(text), "%d", number);
	queue_push(queue, 0, SV_STR("k"), str_of(text));
}

static int
take_number(struct queue *queue)
{
	struct queue_item *item = queue_take(queue);
	uint64_t number = 0;

	cr_assert(item);
	cr_expect(str_eq(queue_head(item), SV_STR("k")));
	str_take_u64(queue_body(item), &number);
	free(item);
	return (int)number;
}

Test(queue, gives_up_the_oldest_when_full_and_counts)
{
	struct queue q;

	queue_init(&q, 3);
	for (int i = 0; i < 10; i++)
		push_number(&q, i);
	cr_expect_eq(q.n, 3);
	cr_expect_eq(q.dropped, 7);
	for (int i = 7; i < 10; i++)
		cr_expect_eq(take_number(&q), i);
	cr_expect_null(queue_take(&q));
	cr_expect_eq(q.bytes, 0);
	queue_done(&q);
}

Test(queue, is_bounded_in_bytes)
{
	struct queue q;
	size_t big = QUEUE_MAX_BYTES / 4;
	char *text = calloc(1, big);

	cr_assert(text);
	queue_init(&q, 1000);
	for (int i = 0; i < 6; i++)
		queue_push(&q, 0, SV_STR(""), str_make(text, big));
	cr_expect_leq(q.bytes, QUEUE_MAX_BYTES);
	cr_expect_eq(q.n, 3);
	cr_expect_eq(q.dropped, 3);
	free(text);
	queue_done(&q);
}

Test(queue, what_failed_goes_back_before_what_waits)
{
	struct queue waiting, flight;

	queue_init(&waiting, 10);
	queue_init(&flight, 10);
	push_number(&flight, 1);
	push_number(&flight, 2);
	push_number(&waiting, 3);
	queue_prepend_all(&waiting, &flight);
	cr_expect_eq(flight.n, 0);
	push_number(&waiting, 4);
	queue_prepend_all(&waiting, &flight);
	for (int i = 1; i <= 4; i++)
		cr_expect_eq(take_number(&waiting), i);
	queue_prepend_all(&waiting, &flight);
	push_number(&flight, 5);
	queue_prepend_all(&waiting, &flight);
	push_number(&waiting, 6);
	cr_expect_eq(take_number(&waiting), 5);
	cr_expect_eq(take_number(&waiting), 6);
	queue_done(&waiting);
	queue_done(&flight);
}

static void
queue_of(struct queue *q, struct fake *f)
{
	queue_init(q, 10);
	cr_assert_eq(queue_spool(q, &f->spool, "kind:title"), 0);
}

Test(queue, what_is_not_safe_yet_is_not_sent)
{
	struct fake f;
	struct queue q;

	fake_init(&f);
	queue_of(&q, &f);
	for (int i = 0; i < 3; i++)
		push_number(&q, i);
	queue_refill(&q);
	cr_expect_null(q.first);
	cr_expect_eq(queue_waiting(&q), 3);
	f.safe = 2;
	queue_refill(&q);
	cr_expect_eq(q.n, 2);
	f.safe = 3;
	queue_refill(&q);
	for (int i = 0; i < 3; i++)
		cr_expect_eq(take_number(&q), i);
	queue_done(&q);
	fake_done(&f);
}

Test(queue, is_a_window_on_a_long_backlog)
{
	struct fake f;
	struct queue q;
	size_t most = 0;

	fake_init(&f);
	queue_of(&q, &f);
	for (int i = 0; i < FAKE_ROWS; i++)
		push_number(&q, i);
	f.safe = FAKE_ROWS;
	cr_expect_eq(q.n, 0, "the spool has them");
	for (int i = 0; i < FAKE_ROWS; i++) {
		queue_refill(&q);
		most = q.n > most ? q.n : most;
		struct queue_item *item = queue_take(&q);
		cr_assert(item, "row %d", i);
		cr_assert_eq(item->row, i + 1);
		queue_delivered(&q, item);
	}
	cr_expect_eq(f.delivered, FAKE_ROWS);
	cr_expect_eq(queue_waiting(&q), 0);
	cr_expect_eq(queue_dropped(&q), 0, "no bound of the queue applies");
	cr_expect_leq(most, QUEUE_WINDOW);
	cr_expect_lt(f.loads, 100, "read in large pieces");
	queue_refill(&q);
	cr_expect_null(q.first);
	queue_done(&q);
	fake_done(&f);
}

Test(queue, the_window_is_bounded_in_bytes)
{
	struct fake f;
	struct queue q;
	size_t big = QUEUE_WINDOW_BYTES / 8;
	char *text = malloc(big);

	cr_assert(text);
	memset(text, 'x', big);
	fake_init(&f);
	queue_of(&q, &f);
	for (int i = 0; i < 300; i++)
		queue_push(&q, 0, SV_STR(""), str_make(text, big));
	f.safe = 300;
	queue_refill(&q);
	cr_expect_leq(q.n, 100, "one piece at most beyond the bound");
	queue_done(&q);
	fake_done(&f);
	free(text);
}

Test(queue, a_spool_that_says_later_is_asked_again)
{
	struct fake f;
	struct queue q;

	fake_init(&f);
	queue_of(&q, &f);
	push_number(&q, 7);
	f.safe = 1;
	f.refuses = true;
	queue_refill(&q);
	cr_expect_null(q.first);
	f.refuses = false;
	queue_refill(&q);
	cr_expect_eq(take_number(&q), 7);
	queue_done(&q);
	fake_done(&f);
}

Test(queue, rows_that_the_spool_lost_are_passed_over_and_counted)
{
	struct fake f;
	struct queue q;

	fake_init(&f);
	queue_of(&q, &f);
	for (int i = 0; i < 10; i++)
		push_number(&q, i);
	for (int64_t id = 1; id <= 9; id++)
		fake_settle(&f, id);
	f.lost = 9;
	f.safe = 10;
	queue_refill(&q);
	cr_expect_eq(q.n, 1);
	cr_expect_eq(queue_dropped(&q), 9);
	struct queue_item *item = queue_take(&q);
	queue_give_up(&q, item);
	cr_expect_eq(f.dropped, 1);
	cr_expect_eq(queue_dropped(&q), 9, "what the output gives up it counts itself");
	queue_refill(&q);
	queue_refill(&q);
	cr_expect_eq(f.loads, 1, "nothing is asked in vain");
	queue_done(&q);
	fake_done(&f);
}

Test(queue, a_spool_without_memory_leaves_it_to_the_queue)
{
	struct fake f;
	struct queue q;

	fake_init(&f);
	queue_of(&q, &f);
	f.n = FAKE_ROWS; /* put() yields 0 */
	f.safe = 0;
	push_number(&q, 1);
	cr_expect_eq(take_number(&q), 1);
	f.n = 0;
	queue_done(&q);
	fake_done(&f);
}
