/* SPDX-License-Identifier: Apache-2.0 */
#include "store/pending.h"

#include "base/text.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>

struct given_up {
	unsigned transitions, rows, marks;
};

static void
count(void *user, const struct pending *p)
{
	struct given_up *n = user;

	n->transitions += p->kind == PENDING_TRANSITION;
	n->rows += p->kind == PENDING_ROW;
	n->marks += p->kind == PENDING_DELIVERED;
}

static void
put(struct pending_list *list, enum pending_kind kind, int64_t n)
{
	char id[24];
	struct pending p = { .kind = kind, .row = n };

	snprintf(id, sizeof(id), "id-%d", (int)n);
	p.text[0] = str_of(id);
	p.text[3] = SV_STR("last");
	cr_assert_eq(pending_add(list, &p), 0);
}

static bool
has(const struct pending_list *list, int n)
{
	char id[24];

	snprintf(id, sizeof(id), "id-%d", n);
	return pending_has(list, str_of(id));
}

Test(pending, copies_texts_and_keeps_the_order)
{
	struct pending_list list = { 0 };

	for (int i = 0; i < 10; i++)
		put(&list, i % 2 ? PENDING_ROW : PENDING_TRANSITION, i);
	cr_expect_eq(list.n, 10);
	cr_expect_eq(list.transitions, 5);
	cr_expect(has(&list, 4));
	cr_expect_not(has(&list, 5), "a row's text is no id");
	int i = 0;
	for (const struct pending *p = list.first; p; p = p->next) {
		cr_expect_eq(p->row, i++);
		cr_expect(str_eq(p->text[3], SV_STR("last")));
		cr_expect_eq(p->text[1].len, 0);
	}
	pending_clear(&list);
	cr_expect_eq(list.n + list.bytes + list.transitions, 0);
	cr_expect_null(list.first);
	cr_expect_null(list.last);
}

Test(pending, beyond_the_bound_a_transition_goes_with_its_rows)
{
	struct given_up gone = { 0 };
	struct pending_list list = { .dropped = count, .user = &gone };

	put(&list, PENDING_TRANSITION, 0);
	put(&list, PENDING_ROW, 1);
	put(&list, PENDING_ROW, 2);
	for (int i = 3; i < PENDING_MAX; i++)
		put(&list, PENDING_TRANSITION, i);
	cr_expect_eq(gone.transitions, 0);
	put(&list, PENDING_DELIVERED, 1);
	cr_expect_eq(gone.transitions, 1);
	cr_expect_eq(gone.rows, 2);
	cr_expect_eq(list.n, PENDING_MAX - 2);
	cr_expect_not(has(&list, 0));
	cr_expect(has(&list, 3));
	pending_clear(&list);
}

Test(pending, is_bounded_in_bytes)
{
	struct given_up gone = { 0 };
	struct pending_list list = { .dropped = count, .user = &gone };
	size_t big = PENDING_MAX_BYTES / 4;
	char *text = calloc(1, big);
	struct pending p = { .kind = PENDING_TRANSITION };

	cr_assert(text);
	p.text[TRANSITION_JSON] = str_make(text, big);
	for (int i = 0; i < 6; i++)
		cr_assert_eq(pending_add(&list, &p), 0);
	cr_expect_leq(list.bytes, PENDING_MAX_BYTES);
	cr_expect_eq(list.n, 3);
	cr_expect_eq(gone.transitions, 3);
	free(text);
	pending_clear(&list);
}

Test(pending, what_could_not_be_written_goes_back_to_the_front)
{
	struct given_up gone = { 0 };
	struct pending_list list = { .dropped = count, .user = &gone };
	struct pending_list flight = { 0 };

	put(&list, PENDING_TRANSITION, 1);
	put(&list, PENDING_ROW, 2);
	pending_move(&list, &flight);
	cr_expect_eq(list.n + list.bytes + list.transitions, 0);
	pending_join(&list, &flight);
	cr_expect_eq(list.n, 2);
	pending_move(&list, &flight);
	put(&list, PENDING_TRANSITION, 3);
	pending_join(&list, &flight);
	pending_join(&list, &flight);
	put(&list, PENDING_TRANSITION, 4);
	int64_t wanted = 1;
	for (const struct pending *p = list.first; p; p = p->next)
		cr_expect_eq(p->row, wanted++);
	cr_expect_eq(wanted, 5);
	cr_expect_eq(list.transitions, 3);
	cr_expect_null(flight.first);
	/* both together may be too much */
	pending_move(&list, &flight);
	for (int i = 5; i < 5 + PENDING_MAX; i++)
		put(&list, PENDING_TRANSITION, i);
	pending_join(&list, &flight);
	cr_expect_eq(list.n, PENDING_MAX);
	cr_expect_eq(gone.transitions, 3);
	cr_expect_eq(gone.rows, 1);
	cr_expect(has(&list, 5));
	pending_clear(&list);
}
