/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Who may read on while several sources have a backlog. Event time goes with the newest
 * record, and what comes later than `grace` counts no more. So the records of all
 * sources are taken in the order of their times, as a merge of the files would give
 * them: what comes out is what `sipvigil backtest` of the same files says. Pure.
 */
#pragma once

#include <sipvigil/base.h>

/** How far one source is. */
struct instep {
	sv_usec reached; /* time of its next record, or of its last one that told a
			    time; 0 = nothing was looked at yet */
	bool behind;     /* it has more to read, and can be read */
	bool first;      /* it comes first where times are equal */
};

/** Must a source whose next record is of `reached` wait for this one? Of those that
 *  are behind one never waits: the earliest, and the first among equals. */
static inline bool
instep_waits(sv_usec reached, const struct instep *other)
{
	return other->behind &&
	       (other->first ? reached >= other->reached : reached > other->reached);
}
