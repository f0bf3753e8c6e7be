/* SPDX-License-Identifier: Apache-2.0 */
#include "base/text.h"
#include "output/queue.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>

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
