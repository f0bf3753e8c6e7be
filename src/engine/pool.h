/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Memory of keys and windows: blocks of 16 bytes to 64 KiB out of chunks of 64 KiB,
 * named by 32-bit handles instead of pointers, so that a key costs half and the whole
 * can be saved byte by byte. Freed blocks go to the list of their size and are taken
 * from there; chunks are never given back. Bounded: pool_take() yields 0 at the limit.
 */
#pragma once

#include <sipvigil/base.h>

#define POOL_UNIT 16
#define POOL_CHUNK_SHIFT 12 /* units in a chunk: 4096 */
#define POOL_CHUNK_BYTES ((size_t)POOL_UNIT << POOL_CHUNK_SHIFT)
#define POOL_CLASSES 45

typedef uint32_t pool_handle; /* 0 = none */

struct pool {
	char **chunks;
	size_t n_chunks, max_chunks;
	uint32_t fresh, fresh_end; /* units of the newest chunk not given out yet */
	pool_handle unused[POOL_CLASSES];
	size_t used;   /* bytes given out */
	size_t spared; /* chunks, opened only for those who may */
	char *ballast;
	uint8_t barren[POOL_CLASSES]; /* nothing given up made such a block: not asked
				       * for so many takes */
	unsigned refused; /* the system had no memory: not asked for so many takes */
	/** Give up something (with pool_give()); false if there is nothing. May be
	 * NULL. */
	bool (*reclaim)(void *user);
	void *user;
};

/** At most `max_bytes` (rounded down to chunks, at least two), an eighth of it spared.
 * 0 or -ENOMEM. */
int pool_init(struct pool *pool, size_t max_bytes);
void pool_done(struct pool *pool);
/** A zeroed block of at least `bytes`, or 0. `spared`: may use what is spared. */
pool_handle pool_take(struct pool *pool, size_t bytes, bool spared);
/** `bytes` as it was taken. */
void pool_give(struct pool *pool, pool_handle handle, size_t bytes);
/** What a block of `bytes` really takes. */
size_t pool_round(size_t bytes);

static inline void *
pool_at(const struct pool *pool, pool_handle handle)
{
	return pool->chunks[handle >> POOL_CHUNK_SHIFT] +
	       (size_t)(handle & ((1u << POOL_CHUNK_SHIFT) - 1)) * POOL_UNIT;
}
