/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Memory of one configuration: many small pieces, given back all at once. Pieces are
 * zeroed and aligned for any type. Running out is sticky: arena_failed() says so, and
 * callers that get NULL pass it on.
 */
#pragma once

#include "base/text.h"

struct arena_chunk;

struct arena {
	struct arena_chunk *chunks;
	size_t used; /* over all chunks, for the cap */
	bool failed;
};

/** No configuration needs more; a larger one is refused. */
#define ARENA_MAX_BYTES ((size_t)64 * 1024 * 1024)

void arena_init(struct arena *arena);
void arena_done(struct arena *arena);
/** NULL when memory or the cap is at its end. */
void *arena_alloc(struct arena *arena, size_t bytes);
/** Copy with a NUL behind it. */
char *arena_copy(struct arena *arena, struct sv_str text);
/** Room for one more element behind the `n` at `array` (NULL at first): the array, at
 * its old place or moved; NULL when out of memory, the old one is then still good. */
void *arena_grow(struct arena *arena, void *array, size_t n, size_t size);
static inline bool
arena_failed(const struct arena *arena)
{
	return arena->failed;
}
