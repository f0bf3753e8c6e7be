/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Who may read on while several sources have a backlog. Event time goes with the newest
 * record, and what comes later than `grace` counts no more: so no source may run ahead
 * of the others. Pure.
 */
#pragma once

#include <sipvigil/base.h>

/** A source may be so far ahead of the slowest one: well below any grace. */
#define INSTEP_AHEAD (5 * SV_USEC_PER_SEC)

/** How far one source is. */
struct instep {
	sv_usec reached; /* time of its newest record, 0 = none was read yet */
	bool behind;     /* it has more to read, and can be read */
};

/** Must a source that has reached `reached` wait for one of the others? */
static inline bool
instep_waits(sv_usec reached, const struct instep *others, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (others[i].behind && reached > others[i].reached + INSTEP_AHEAD)
			return true;
	return false;
}
