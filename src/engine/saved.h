/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The engine's state as bytes: keys with their windows, sets and life cycles, open
 * alerts, gaps, recent events. Rule by rule, so that a rule which did not change goes
 * on counting while others come, go or change: after a restart with another
 * configuration and at a reload alike.
 */
#pragma once

#include <base/pack.h>
#include <engine/engine.h>

void engine_save(const struct engine *engine, struct pack *out);

struct engine_loaded {
	size_t rules;   /* went on where they were */
	size_t dropped; /* saved, but changed or gone in the configuration */
	size_t keys;    /* taken over */
	size_t lost;    /* keys for which there was no room */
};

/** Into an engine that was fed nothing yet. A rule goes on if its name and all that
 *  decides what it counts and when it alerts are the same; texts may differ. `orphan`
 *  gets the last transition of each open alert whose rule changed or is gone (may be
 *  NULL). 0; -EBADMSG: the bytes are not of engine_save(), and the engine must be
 *  thrown away; -ENOMEM. */
int engine_load(struct engine *engine, struct unpack *in, engine_sink orphan,
		void *user, struct engine_loaded *ret_loaded);
