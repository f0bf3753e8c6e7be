/* SPDX-License-Identifier: Apache-2.0 */
/*
 * "Call me again at the next turn of the loop", fair to all that say so. Part of the
 * inputs.
 *
 * A deferred source of sd-event that stays enabled counts as pending since it was made:
 * it comes before all other news, time and again, and they never have their turn. One
 * that is made anew stands at the end of the queue.
 */
#pragma once

#include "input/input.h"

/** Behind timers, signals and clients. 0 or negative errno. `*source` is the caller's;
 *  NULL at first. */
static inline int
again_at_next_turn(sd_event *loop, sd_event_source **source, sd_event_handler_t handler,
		   void *user)
{
	*source = sd_event_source_disable_unref(*source);
	int r = sd_event_add_defer(loop, source, handler, user);

	return r < 0 ? r : sd_event_source_set_priority(*source, INPUT_PRIORITY_MORE);
}
