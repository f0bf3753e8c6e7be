/* SPDX-License-Identifier: Apache-2.0 */
/*
 * How two events about one attempt become one: what each adds, and whether a detail (a
 * line that tells only part of a story) belongs to an attempt. Functions of their
 * arguments; views are borrowed from both events.
 */
#pragma once

#include <sipvigil/event.h>

/** `event` takes what `raw` knows and it does not. A raw event whose address could be
 *  forged adds claims, but nothing that says who it was. */
void joining_fill(struct sv_event *event, const struct sv_event *raw);

/** A peer is lost or found again. */
static inline bool
joining_is_turn(enum sv_outcome outcome)
{
	return outcome == SV_UNREACHABLE || outcome == SV_REACHABLE;
}

/** Does this detail belong to the attempt that `raw` tells of? By thread, by call mark,
 * or (a detail without address) by kind and moment. */
bool joining_is_detail(const struct sv_event *detail, const struct sv_event *raw);
