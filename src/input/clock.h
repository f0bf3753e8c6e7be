/* SPDX-License-Identifier: Apache-2.0 */
/* The clocks as the inputs read them. */
#pragma once

#include <sipvigil/base.h>
#include <time.h>

/** µs of CLOCK_REALTIME, CLOCK_MONOTONIC … */
static inline sv_usec
clock_now(clockid_t id)
{
	struct timespec t = { 0 };

	(void)clock_gettime(id, &t);
	return (sv_usec)t.tv_sec * SV_USEC_PER_SEC + (sv_usec)t.tv_nsec / 1000;
}
