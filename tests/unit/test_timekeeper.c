/* SPDX-License-Identifier: Apache-2.0 */
#include "timekeeper.h"

#include <criterion/criterion.h>
#include <criterion/new/assert.h>

#define SEC SV_USEC_PER_SEC
#define START ((sv_usec)1795340000 * SEC)

Test(timekeeper, slewing_is_no_jump_and_setting_is)
{
	struct timekeeper keeper = { 0 };

	cr_expect(eq(i64, timekeeper_look(&keeper, START, 100 * SEC), 0));
	cr_expect(
		eq(i64, timekeeper_look(&keeper, START + SEC + SEC / 2, 101 * SEC), 0));
	cr_expect(eq(i64, timekeeper_look(&keeper, START + 62 * SEC, 102 * SEC),
		     (int64_t)(59 * SEC + SEC / 2)));
	cr_expect(eq(u64, keeper.jumps, 1));
	cr_expect(eq(u64, timekeeper_behind_sec(&keeper), 0));
}

Test(timekeeper, set_back_it_says_for_how_long)
{
	struct timekeeper keeper = { 0 };

	(void)timekeeper_look(&keeper, START, 100 * SEC);
	cr_expect(eq(i64, timekeeper_look(&keeper, START - 599 * SEC, 101 * SEC),
		     -(int64_t)(600 * SEC)));
	cr_expect(eq(u64, timekeeper_behind_sec(&keeper), 601));
	(void)timekeeper_look(&keeper, START - 99 * SEC, 601 * SEC);
	cr_expect(eq(u64, timekeeper_behind_sec(&keeper), 101));
	(void)timekeeper_look(&keeper, START + SEC, 701 * SEC);
	cr_expect(eq(u64, timekeeper_behind_sec(&keeper), 0));
	cr_expect(eq(u64, keeper.jumps, 1));
}

Test(timekeeper, suspend_is_no_jump)
{
	struct timekeeper keeper = { 0 };

	(void)timekeeper_look(&keeper, START, 100 * SEC);
	cr_expect(eq(i64, timekeeper_look(&keeper, START + 9000 * SEC, 9100 * SEC), 0));
}

Test(timekeeper, what_was_saved_may_be_of_a_later_time)
{
	struct timekeeper keeper = { 0 };

	cr_expect(eq(i64, timekeeper_begin(&keeper, 0, START, SEC), 0));
	cr_expect(eq(i64, timekeeper_begin(&keeper, START - 900 * SEC, START, SEC), 0));
	cr_expect(eq(u64, keeper.jumps, 0));
	cr_expect(eq(i64, timekeeper_begin(&keeper, START + 900 * SEC, START, SEC),
		     -(int64_t)(900 * SEC)));
	cr_expect(eq(u64, keeper.jumps, 1));
	cr_expect(eq(u64, timekeeper_behind_sec(&keeper), 901));
	cr_expect(eq(i64, timekeeper_look(&keeper, START + SEC, 2 * SEC), 0));
	cr_expect(eq(u64, timekeeper_behind_sec(&keeper), 900));
}
