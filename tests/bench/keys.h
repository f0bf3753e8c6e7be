/* SPDX-License-Identifier: Apache-2.0 */
/* For benches of keys: an engine with one rule by peer_ip, fed with refused
 * registrations. */
#pragma once

#include "engine/engine.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

/** 2026-03-01 */
#define KEYS_BEGIN (1772323200 * SV_USEC_PER_SEC)

static inline struct engine *
keys_engine(sv_usec window, const char *warning, size_t max_bytes, engine_sink sink,
	    void *user)
{
	const struct rule_spec rule = { .name = "bench",
					.ruleset = "bench",
					.where = "failure",
					.by = { "peer_ip" },
					.n_by = 1,
					.window = window,
					.warning = warning,
					.clear_for = SV_USEC_NEVER };
	struct engine_spec spec = { .rules = &rule,
				    .n_rules = 1,
				    .grace = 30 * SV_USEC_PER_SEC,
				    .max_keys = 20000000,
				    .max_bytes = max_bytes,
				    .sink = sink,
				    .user = user };
	struct engine *engine;
	struct expr_error error;
	size_t wrong;

	if (engine_new(&spec, &engine, &wrong, &error) < 0) {
		fprintf(stderr, "%s: %s\n", warning, error.message);
		exit(1);
	}
	return engine;
}

/** One refusal of the source with this number. */
static inline void
keys_feed(struct engine *engine, sv_usec time, uint32_t source)
{
	struct sv_event event = { .time = time,
				  .time_source = SV_TIME_ZONED,
				  .outcome = SV_REJECTED,
				  .leg = SV_LEG_IN,
				  .method = SV_REGISTER,
				  .count = 1 };

	event.peer_ip =
		(struct sv_ip){ .family = 4,
				.bytes = { (uint8_t)(100 + (source >> 24)),
					   (uint8_t)(source >> 16),
					   (uint8_t)(source >> 8), (uint8_t)source } };
	engine_feed(engine, &event);
}

static inline void
keys_ignore(void *user, const struct sv_alert *alert)
{
	(void)user;
	(void)alert;
}
