/* SPDX-License-Identifier: Apache-2.0 */
#include "timekeeper.h"

/** A slower correction of the clock (slewing) is no jump. */
#define JUMP_LEAST ((int64_t)SV_USEC_PER_SEC)

int64_t
timekeeper_look(struct timekeeper *keeper, sv_usec clock, sv_usec boot)
{
	sv_usec expected = keeper->clock + (boot - keeper->boot);
	int64_t jump = keeper->clock ? (int64_t)(clock - expected) : 0;

	if (jump <= JUMP_LEAST && jump >= -JUMP_LEAST)
		jump = 0;
	if (jump)
		keeper->jumps++;
	if (jump < 0 && expected > keeper->back_until)
		keeper->back_until = expected;
	if (clock >= keeper->back_until)
		keeper->back_until = 0;
	keeper->clock = clock;
	keeper->boot = boot;
	return jump;
}

int64_t
timekeeper_begin(struct timekeeper *keeper, sv_usec saved, sv_usec clock, sv_usec boot)
{
	int64_t jump = saved ? (int64_t)(clock - saved) : 0;

	keeper->clock = clock;
	keeper->boot = boot;
	/* How long nothing ran is not known: forward, there are no jumps. */
	if (jump >= -JUMP_LEAST)
		return 0;
	keeper->jumps++;
	keeper->back_until = saved;
	return jump;
}

uint64_t
timekeeper_behind_sec(const struct timekeeper *keeper)
{
	return keeper->back_until > keeper->clock
		       ? (keeper->back_until - keeper->clock) / SV_USEC_PER_SEC + 1
		       : 0;
}
