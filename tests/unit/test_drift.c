/* SPDX-License-Identifier: Apache-2.0 */
/* A share of unknown lines that rises above what is usual. */
#include "drift.h"

#include <criterion/criterion.h>
#include <criterion/new/assert.h>

/** `blocks` full ones of this share, in per cent. */
static void
blocks(struct drift *drift, unsigned n, unsigned percent)
{
	for (unsigned i = 0; i < n; i++)
		cr_expect(drift_add(drift, DRIFT_BLOCK, DRIFT_BLOCK * percent / 100));
}

Test(drift, needs_to_know_what_is_usual)
{
	struct drift drift = { 0 };

	blocks(&drift, 2, 0);
	blocks(&drift, 1, 90);
	cr_expect(not(drift.on), "nothing is usual after two blocks");
	drift = (struct drift){ 0 };
	blocks(&drift, 5, 60);
	cr_expect(not(drift.on), "much is usual where it always was so");
}

Test(drift, rises_and_ends)
{
	struct drift drift = { 0 };

	blocks(&drift, 10, 3);
	blocks(&drift, 1, 15);
	cr_expect(not(drift.on), "twelve points are none");
	blocks(&drift, 1, 40);
	cr_expect(drift.on);
	blocks(&drift, 1, 16);
	cr_expect(drift.on, "half-way down it goes on");
	blocks(&drift, 1, 4);
	cr_expect(not(drift.on));
}

Test(drift, in_the_end_everything_is_usual)
{
	struct drift drift = { 0 };
	unsigned n = 0;

	blocks(&drift, 50, 0);
	for (; n < 10000; n++) {
		blocks(&drift, 1, 50);
		if (!drift.on)
			break;
	}
	cr_expect(gt(u32, n, 100), "not soon");
	cr_expect(lt(u32, n, 3000));
}

Test(drift, three_lines_are_no_block)
{
	struct drift drift = { 0 };

	blocks(&drift, 10, 0);
	cr_expect(not(drift_add(&drift, 3, 3)));
	cr_expect(not(drift.on));
	cr_expect(drift_add(&drift, UINT64_MAX / 4, 0), "and a burst is one block");
	cr_expect(not(drift.on));
}

Test(drift, is_saved_and_what_cannot_be_is_not_loaded)
{
	struct drift drift = { 0 }, loaded = { 0 };
	char bytes[64];
	struct pack out = { .buf = bytes, .cap = sizeof(bytes) };
	struct unpack in;

	blocks(&drift, 10, 20);
	blocks(&drift, 1, 80);
	(void)drift_add(&drift, 17, 5);
	drift_save(&drift, &out);
	in = (struct unpack){ .ptr = bytes, .len = out.len };
	drift_load(&loaded, &in);
	cr_expect(unpack_ok(&in));
	cr_expect(loaded.on);
	cr_expect(eq(u32, loaded.lines, 17));
	cr_expect(epsilon_eq(dbl, loaded.usual, drift.usual, 0.00001));
	bytes[0] = bytes[1] = bytes[2] = (char)0xff;
	in = (struct unpack){ .ptr = bytes, .len = out.len };
	drift_load(&loaded, &in);
	cr_expect(eq(u32, loaded.lines, 0));
	cr_expect(not(loaded.on));
}
