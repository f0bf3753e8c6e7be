/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Watches the wall clock against one that cannot be set, so that a jump of it is known
 * and said. Event time itself never goes back (engine.h). Plain data; the caller reads
 * the clocks.
 */
#pragma once

#include <sipvigil/base.h>

struct timekeeper {
	sv_usec clock, boot; /* as last told; 0 = not yet */
	sv_usec back_until;  /* the clock was set back: it reaches this again; 0 = no */
	uint64_t jumps;
};

/** The first look of a daemon that goes on from what another saved when the clock showed
 *  `saved` (0 = from nothing). How far the clock has been set back since, in µs, below
 *  zero; 0 = it has not. */
int64_t timekeeper_begin(struct timekeeper *keeper, sv_usec saved, sv_usec clock,
			 sv_usec boot);
/** `clock`: µs since 1970, `boot`: µs of a clock that is never set. How far the clock
 *  jumped since the last call, in µs; 0 = it did not. */
int64_t timekeeper_look(struct timekeeper *keeper, sv_usec clock, sv_usec boot);
/** Seconds until the clock is again where it had been before it was set back; 0. */
uint64_t timekeeper_behind_sec(const struct timekeeper *keeper);
