/* SPDX-License-Identifier: Apache-2.0 */
/*
 * absent(A) for D: a key that has had an A has had none in (now - D, now]. What a gap
 * may have swallowed is not held against the key: the time counts from the gap anew.
 */
#include "engine/gauge.h"

void
absent_add(struct gauge *g, const struct gauge_event *event)
{
	if (event->time > g->newest)
		g->newest = event->time;
}

uint32_t
absent_read(struct gauge *g, const struct gauge_spec *spec, sv_usec now, sv_usec gap)
{
	if (gap > g->since)
		g->since = gap;
	if (g->newest == 0 || now < g->newest || now - g->newest < spec->span)
		return ABSENT_NO;
	if (now < g->since || now - g->since < spec->span)
		return ABSENT_UNKNOWN;
	return ABSENT_YES;
}

sv_usec
absent_changes(const struct gauge *g, const struct gauge_spec *spec, sv_usec now)
{
	sv_usec unknown = g->newest + spec->span, yes = g->since + spec->span;

	if (g->newest == 0)
		return SV_USEC_NEVER;
	if (unknown > now)
		return unknown;
	return yes > now ? yes : SV_USEC_NEVER;
}
