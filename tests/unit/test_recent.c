/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/recent.h"

#include "base/text.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>

#define RING_BYTES ((size_t)32 * 1024)
#define TEXT_BYTES 400

/* Records of all lengths, so that the end of the ring is met in every way. */
static void
add(struct recent *recent, unsigned number)
{
	char text[TEXT_BYTES], user[16];
	size_t len = 20 + number * 37 % (TEXT_BYTES - 20);
	int n = snprintf(user, sizeof(user), "%u", number);

	memset(text, 'a' + (int)(number % 26), sizeof(text));
	struct sv_event event = {
		.time = number * SV_USEC_PER_SEC,
		.outcome = SV_REJECTED,
		.leg = SV_LEG_IN,
		.claim = { .user = str_make(user, (size_t)n) },
		.records = { { .source = SV_STR("file:full"),
			       .text = str_make(text, len) } },
		.n_records = 1,
	};
	recent_add(recent, &event, number % 5 != 0);
}

static void
assert_alike(const struct recent *a, const struct recent *b, unsigned number)
{
	uint32_t at_a = RECENT_START, at_b = RECENT_START;
	size_t seen_a = 0, seen_b = 0;
	struct sv_event x, y;
	bool more;

	cr_assert_eq(a->n, b->n, "after event %u: %zu records and %zu", number, a->n,
		     b->n);
	while ((more = recent_next(a, &at_a, &seen_a, &x))) {
		cr_assert(recent_next(b, &at_b, &seen_b, &y));
		cr_assert_eq(x.time, y.time);
		cr_assert(str_eq(x.claim.user, y.claim.user));
		cr_assert(str_eq(x.records[0].text, y.records[0].text));
	}
	cr_assert_not(recent_next(b, &at_b, &seen_b, &y));
}

/* A copy of the ring by way of its bytes. */
static void
copy(const struct recent *recent, size_t bytes, struct recent *ret_copy)
{
	struct pack count = { 0 }, out = { 0 };

	recent_save(recent, &count);
	out.cap = (size_t)count.total;
	out.buf = malloc(out.cap);
	cr_assert(out.buf);
	recent_save(recent, &out);
	struct unpack in = unpack_of(str_make(out.buf, out.len));
	cr_assert_eq(recent_init(ret_copy, bytes), 0);
	cr_assert_eq(recent_load(ret_copy, &in), 0);
	free(out.buf);
}

Test(recent, saved_at_any_moment_forgets_the_same_records)
{
	for (unsigned saved = 0; saved < 400; saved += 7) {
		struct recent one, other;

		cr_assert_eq(recent_init(&one, RING_BYTES), 0);
		for (unsigned i = 0; i < saved; i++)
			add(&one, i);
		copy(&one, RING_BYTES, &other);
		for (unsigned i = saved; i < saved + 200; i++) {
			assert_alike(&one, &other, i);
			add(&one, i);
			add(&other, i);
		}
		recent_done(&one);
		recent_done(&other);
	}
}

Test(recent, goes_into_a_ring_of_another_size)
{
	struct recent small, large;

	cr_assert_eq(recent_init(&small, RING_BYTES), 0);
	for (unsigned i = 0; i < 300; i++)
		add(&small, i);
	copy(&small, 2 * RING_BYTES, &large);
	assert_alike(&small, &large, 300);
	recent_done(&small);
	copy(&large, RING_BYTES, &small);
	add(&small, 300);
	recent_done(&small);
	recent_done(&large);
}
