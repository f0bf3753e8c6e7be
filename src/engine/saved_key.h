/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One key as bytes: name, windows, sets, life cycle and the last transition of its
 * alert. Private to saved.c.
 */
#pragma once

#include "engine/saved.h"
#include "engine/state.h"

struct saved_rule {
	struct sv_str name;
	uint64_t digest;
	uint8_t n_series, n_distinct, n_gauges;
	sv_usec stale[KEY_LEVELS];
	struct engine_rule *rule; /* that goes on; NULL = none */
};

struct saved_loading {
	struct engine *engine;
	struct unpack *in;
	struct saved_rule *rules;
	size_t n_rules;
	engine_sink orphan;
	void *user;
	struct engine_loaded loaded;
};

void saved_key_put(const struct engine *engine, const struct key *key,
		   struct pack *out);
/** The next key into its rule; past it if its rule is gone. 0 or -EBADMSG. */
int saved_key_take(struct saved_loading *loading);
