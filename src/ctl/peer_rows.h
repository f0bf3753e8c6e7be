/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Peers in JSON, worst first, with the alerts that are open about them: what `peers` and
 * `top` have in common.
 */
#pragma once

#include <base/buffer.h>
#include <engine/engine.h>

struct peer_tag;

struct peer_rows {
	struct engine *engine;
	sv_usec now;
	unsigned steps;     /* of five minutes, 1 to 12 */
	struct sv_str name; /* ptr NULL = all */
	size_t max;
	/** One peer, when it is its turn. */
	void (*row)(void *user, struct peer_rows *rows, const struct engine_peer *peer);
	void *user;
	struct peer_tag *tags; /* inside */
	size_t n_tags;
};

/** Calls `row` for each. 0 and the number of peers, shown or not; -ENOMEM. */
int peer_rows_run(struct peer_rows *rows, size_t *ret_n);
/** Members of an object: who it is and its sums. */
void peer_rows_sums(struct buffer *out, const struct peer_rows *rows,
		    const struct engine_peer *peer);
/** Bars as member `key`, oldest first. */
void peer_rows_spark(struct buffer *out, const char *key,
		     const uint32_t spark[ENGINE_SPARKS]);
/** Time up to which is shown: the clock if the engine keeps up with it, else the time
 *  of what was read last. */
sv_usec peer_rows_now(const struct engine *engine);
