/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/distinct.h"
#include "engine/window.h"

#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

static struct run scratch[WINDOW_MAX_ENTRIES + 1];

static struct window_spec
spec_of(struct pool *pool, sv_usec span, uint16_t max_entries, size_t bytes)
{
	cr_assert_eq(pool_init(pool, bytes), 0);
	return (struct window_spec){ .pool = pool,
				     .scratch = scratch,
				     .span = span,
				     .max_entries = max_entries };
}

Test(pool, blocks_are_reused_and_bounded)
{
	struct pool pool;
	pool_handle handle[4096];
	size_t n = 0;

	cr_assert_eq(pool_init(&pool, 4 * POOL_CHUNK_BYTES), 0);
	while (n < 4096 && (handle[n] = pool_take(&pool, 100, true)))
		n++;
	cr_expect_gt(n, 2300, "%zu blocks of 112 bytes in 256 KiB", n);
	cr_expect_eq(pool.used, n * 112);
	for (size_t i = 0; i < n; i++)
		pool_give(&pool, handle[i], 100);
	cr_expect_eq(pool.used, 0);
	for (size_t i = 0; i < n; i++)
		cr_assert(pool_take(&pool, 112, true), "block %zu again", i);
	cr_expect_eq(pool_take(&pool, 112, true), 0);
	cr_expect_eq(pool_take(&pool, POOL_CHUNK_BYTES + 1, true), 0);
	pool_done(&pool);
}

Test(window, holds_what_is_younger_than_its_span)
{
	struct pool pool;
	struct window_spec spec = spec_of(&pool, 100, 64, 1 << 20);
	struct window w = { 0 };

	window_add(&w, &spec, 1000, 1);
	window_add(&w, &spec, 1050, 1);
	window_expire(&w, &spec, 1099);
	cr_expect_eq(w.sum, 2);
	cr_expect_eq(window_falls(&w, &spec), 1100);
	window_expire(&w, &spec, 1100);
	cr_expect_eq(w.sum, 1, "(now - span, now]: 1000 is out at 1100");
	cr_expect_eq(window_first(&w, &spec), 1050);
	window_add(&w, &spec, 1040, 2); /* late, and two at once */
	cr_expect_eq(w.sum, 3);
	cr_expect_eq(window_first(&w, &spec), 1040);
	window_expire(&w, &spec, 1140);
	cr_expect_eq(w.sum, 1);
	window_expire(&w, &spec, 5000);
	cr_expect_eq(w.sum, 0);
	cr_expect_eq(window_falls(&w, &spec), SV_USEC_NEVER);
	cr_expect_eq(pool.used, 0, "an empty window owns nothing");
	pool_done(&pool);
}

static unsigned
upto(uint64_t *state, unsigned n)
{
	*state = *state * 6364136223846793005ull + 1442695040888963407ull;
	return (unsigned)((*state >> 33) % n);
}

/** Times and weights that were added, to count afresh. */
struct truth {
	sv_usec time[20000];
	uint32_t weight[20000];
	size_t n;
};

static uint64_t
true_sum(const struct truth *t, sv_usec now, sv_usec span)
{
	uint64_t sum = 0;

	for (size_t i = t->n; i-- > 0;)
		if (t->time[i] + span > now && t->time[i] <= now)
			sum += t->weight[i];
	return sum;
}

/** Whatever comes: the sum is never too high, and too low by the stated error at most.
 */
Test(window, never_too_high_and_never_lower_than_it_says)
{
	static struct truth truth;
	uint64_t state = 7, exact = 0, inexact = 0;

	for (int round = 0; round < 60; round++) {
		struct pool pool;
		struct window_spec spec =
			spec_of(&pool, 200 + upto(&state, 800),
				(uint16_t)(64 << upto(&state, 3)), 1 << 20);
		struct window w = { 0 };
		sv_usec now = 5000;
		unsigned pace = 1 + upto(&state, 12), many = upto(&state, 3);
		unsigned whole =
			upto(&state, 2) ? 50 : 1; /* stamps of whole "seconds" */
		truth.n = 0;
		for (int i = 0; i < 1500; i++) {
			now += upto(&state, pace);
			sv_usec time = now / whole * whole;
			uint32_t weight = many ? 1 : 1 + upto(&state, 3);
			if (upto(&state, 10) == 0)
				time -= upto(&state, 20);
			if (now - time < spec.span) {
				window_expire(&w, &spec, now);
				window_add(&w, &spec, time, weight);
				truth.time[truth.n] = time;
				truth.weight[truth.n++] = weight;
			}
			window_expire(&w, &spec, now);
			uint64_t want = true_sum(&truth, now, spec.span);
			uint32_t error = window_error(&w, &spec);
			cr_assert_leq(w.sum, want, "round %d", round);
			cr_assert_geq(w.sum + error, want, "round %d: %u + %u of %llu",
				      round, w.sum, error, (unsigned long long)want);
			exact += w.sum == want;
			inexact += w.sum != want;
		}
		window_done(&w, &spec);
		cr_assert_eq(pool.used, 0);
		pool_done(&pool);
	}
	cr_expect_gt(exact, inexact * 4, "%llu exact, %llu not",
		     (unsigned long long)exact, (unsigned long long)inexact);
}

Test(window, is_exact_up_to_its_entries)
{
	struct pool pool;
	struct window_spec spec = spec_of(&pool, 1000000, 256, 1 << 20);
	struct window w = { 0 };

	for (unsigned i = 0; i < 256; i++)
		window_add(&w, &spec, 1000 + i * 7, 1);
	cr_expect_eq(w.sum, 256);
	cr_expect_eq(pool.used, 2048, "8 bytes each");
	for (unsigned i = 0; i < 256; i++) {
		window_expire(&w, &spec, 1000000 + 1000 + i * 7);
		cr_assert_eq(w.sum, 255 - i);
		cr_assert_eq(window_error(&w, &spec), 0);
	}
	/* one time, a hundred thousand events: two dozen bytes, exact */
	for (unsigned i = 0; i < 100000; i++)
		window_add(&w, &spec, 9000000, 1);
	cr_expect_eq(w.sum, 100000);
	cr_expect_leq(pool.used, 512);
	window_expire(&w, &spec, 9999999);
	cr_expect_eq(w.sum, 100000);
	window_expire(&w, &spec, 10000000);
	cr_expect_eq(w.sum, 0);
	pool_done(&pool);
}

Test(window, survives_without_memory)
{
	struct pool pool;
	struct window_spec spec = spec_of(&pool, 10000, 1024, 1);
	struct window w = { 0 }, none = { 0 };
	size_t hogs = 0;

	window_add(&w, &spec, 100, 1);
	for (size_t bytes = POOL_CHUNK_BYTES - POOL_UNIT; bytes; bytes /= 2)
		while (pool_take(&pool, bytes, true))
			hogs++;
	cr_assert_gt(hogs, 0);
	for (unsigned i = 1; i < 5000; i++) {
		window_add(&w, &spec, 100 + i, 1);
		window_add(&none, &spec, 100 + i, 1 + i % 2);
		cr_assert_leq(w.sum, i + 1);
		cr_assert_geq(w.sum, 1);
	}
	cr_expect_eq(none.sum, 0);
	window_expire(&w, &spec, 50000);
	cr_expect_eq(w.sum, 0);
	pool_done(&pool);
}

Test(distinct, counts_values_not_events)
{
	struct pool pool;
	cr_assert_eq(pool_init(&pool, 1 << 20), 0);
	struct distinct_spec spec = { .pool = &pool, .span = 100, .max_values = 64 };
	struct distinct d = { 0 };

	distinct_add(&d, &spec, 1000, 7);
	distinct_add(&d, &spec, 1010, 8);
	distinct_add(&d, &spec, 1050, 7);
	cr_expect_eq(distinct_count(&d), 2);
	distinct_expire(&d, &spec, 1109);
	cr_expect_eq(distinct_count(&d), 2);
	distinct_expire(&d, &spec, 1110);
	cr_expect_eq(distinct_count(&d), 1, "7 was seen again at 1050");
	distinct_add(&d, &spec, 1040, 7);
	distinct_expire(&d, &spec, 1149);
	cr_expect_eq(distinct_count(&d), 1, "a late sighting takes nothing back");
	distinct_expire(&d, &spec, 1150);
	cr_expect_eq(distinct_count(&d), 0);
	cr_expect_eq(pool.used, 0);

	for (uint64_t i = 0; i < 100; i++)
		distinct_add(&d, &spec, 2000 + i / 10, i);
	cr_expect_eq(distinct_count(&d), 64);
	cr_expect_eq(distinct_error(&d), 36, "64 to 100");
	distinct_expire(&d, &spec, 2100 + 9);
	cr_expect_eq(distinct_error(&d), 0);
	distinct_done(&d, &spec);
	pool_done(&pool);
}
