/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The alerts that ended lately, as rendered JSON, for `alerts --all`. Bounded in number
 * and bytes; the oldest go first and are counted. Lives in memory: it begins empty with
 * each start of the daemon.
 */
#pragma once

#include <sipvigil/alert.h>

#define RING_MAX_ALERTS 500
#define RING_MAX_BYTES ((size_t)1024 * 1024)

struct ring;

int ring_new(struct ring **ret_ring);
void ring_free(struct ring *ring);
/** Copies the text; an alert that is larger than the whole ring is only counted. */
void ring_put(struct ring *ring, const struct sv_alert *alert, struct sv_str json);
/** Newest first, until `each` returns false. */
void ring_each(const struct ring *ring,
	       bool (*each)(void *user, const char *id, const char *incident,
			    struct sv_str json),
	       void *user);
size_t ring_count(const struct ring *ring);
uint64_t ring_lost(const struct ring *ring);
