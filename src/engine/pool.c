/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/pool.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* How often the owner is asked: what is given up may be of other sizes. */
#define RECLAIM_TRIES 8
/* When they were in vain, nothing is given up for this size that many times: what is lost
 * would gain nothing. */
#define BARREN_TAKES 64
/* After so many tries a larger block is split: windows must be able to grow. */
#define SPLIT_AFTER 1
/** Held, never touched, and let go when the system has no more: those who read logs and
 *  write alerts need some, too. */
#define BALLAST_BYTES ((size_t)4 << 20)
/** How often memory that the system refused is not asked for again. */
#define REFUSED_TAKES 100000
#define SPARED_PART 8

/* Classes: 1 to 8 units by one, then four to a doubling: 10 12 14 16, 20 24 28 32, … */
static unsigned
class_of(size_t units)
{
	if (units <= 8)
		return (unsigned)units - 1;
	unsigned top = 63u - (unsigned)__builtin_clzll(units - 1);
	return 8 + (top - 3) * 4 + (unsigned)((units - 1) >> (top - 2) & 3);
}

static size_t
class_units(unsigned class)
{
	if (class < 8)
		return class + 1;
	unsigned top = (class - 8) / 4 + 3;
	assert(top < 8 * sizeof(size_t));
	return ((size_t)1 << top) + (((size_t)(class - 8) % 4 + 1) << (top - 2));
}

static size_t
units_of(size_t bytes)
{
	return bytes ? (bytes + POOL_UNIT - 1) / POOL_UNIT : 1;
}

size_t
pool_round(size_t bytes)
{
	return class_units(class_of(units_of(bytes))) * POOL_UNIT;
}

int
pool_init(struct pool *pool, size_t max_bytes)
{
	*pool = (struct pool){ .max_chunks = max_bytes / POOL_CHUNK_BYTES };
	if (pool->max_chunks < 2)
		pool->max_chunks = 2;
	if (pool->max_chunks > UINT32_MAX >> POOL_CHUNK_SHIFT)
		pool->max_chunks = UINT32_MAX >> POOL_CHUNK_SHIFT;
	pool->spared = pool->max_chunks / SPARED_PART;
	pool->chunks = calloc(pool->max_chunks, sizeof(*pool->chunks));
	pool->ballast = malloc(BALLAST_BYTES);
	return pool->chunks ? 0 : -ENOMEM;
}

void
pool_done(struct pool *pool)
{
	for (size_t i = 0; i < pool->n_chunks; i++)
		free(pool->chunks[i]);
	free(pool->chunks);
	free(pool->ballast);
	*pool = (struct pool){ 0 };
}

static void
put_unused(struct pool *pool, pool_handle handle, unsigned class)
{
	memcpy(pool_at(pool, handle), &pool->unused[class], sizeof(pool_handle));
	pool->unused[class] = handle;
}

/** What is left of the newest chunk goes to the lists, largest pieces first. */
static void
spend_rest(struct pool *pool)
{
	while (pool->fresh < pool->fresh_end) {
		size_t left = pool->fresh_end - pool->fresh;
		unsigned class = class_of(left);
		if (class_units(class) > left)
			class --;
		put_unused(pool, pool->fresh, class);
		pool->fresh += (uint32_t)class_units(class);
	}
}

static bool
open_chunk(struct pool *pool, bool spared)
{
	if (pool->n_chunks + (spared ? 0 : pool->spared) >= pool->max_chunks)
		return false;
	/* Without memory each further key would ask the system once more. */
	if (pool->refused && pool->refused--)
		return false;
	char *chunk = malloc(POOL_CHUNK_BYTES);
	if (!chunk) {
		pool->refused = REFUSED_TAKES;
		free(pool->ballast);
		pool->ballast = NULL;
		return false;
	}
	spend_rest(pool);
	pool->fresh = (uint32_t)pool->n_chunks << POOL_CHUNK_SHIFT;
	pool->fresh_end = pool->fresh + (1u << POOL_CHUNK_SHIFT);
	pool->chunks[pool->n_chunks++] = chunk;
	if (pool->fresh == 0)
		pool->fresh = 1; /* handle 0 is none */
	return true;
}

/** A block of the class, from its list or fresh; 0 if there is none. */
static pool_handle
take_class(struct pool *pool, unsigned class, bool spared)
{
	size_t units = class_units(class);
	pool_handle handle = pool->unused[class];

	if (handle) {
		memcpy(&pool->unused[class], pool_at(pool, handle), sizeof(handle));
		return handle;
	}
	if (pool->fresh_end - pool->fresh < units && !open_chunk(pool, spared))
		return 0;
	if (pool->fresh_end - pool->fresh < units)
		return 0;
	handle = pool->fresh;
	pool->fresh += (uint32_t)units;
	return handle;
}

/** A block cut from an unused larger one; its rest goes to the lists. 0 if there is none. */
static pool_handle
split_larger(struct pool *pool, unsigned class)
{
	unsigned from = class + 1;

	while (from < POOL_CLASSES && pool->unused[from] == 0)
		from++;
	if (from >= POOL_CLASSES)
		return 0;
	pool_handle handle = pool->unused[from];
	memcpy(&pool->unused[from], pool_at(pool, handle), sizeof(handle));
	size_t at = handle + class_units(class), end = handle + class_units(from);
	while (at < end) {
		unsigned piece = class_of(end - at);
		if (class_units(piece) > end - at)
			piece--;
		put_unused(pool, (pool_handle)at, piece);
		at += class_units(piece);
	}
	return handle;
}

pool_handle
pool_take(struct pool *pool, size_t bytes, bool spared)
{
	size_t units = units_of(bytes);

	if (units > ((size_t)1 << POOL_CHUNK_SHIFT) - 1)
		return 0;
	unsigned class = class_of(units);
	pool_handle handle = take_class(pool, class, spared);
	if (handle == 0 && pool->barren[class]) {
		pool->barren[class]--;
		handle = split_larger(pool, class);
		if (handle == 0)
			return 0;
	}
	for (int i = 0; i < RECLAIM_TRIES && handle == 0; i++) {
		if (!pool->reclaim || !pool->reclaim(pool->user))
			return 0;
		handle = take_class(pool, class, spared);
		if (handle == 0 && i >= SPLIT_AFTER)
			handle = split_larger(pool, class);
	}
	if (handle == 0) {
		pool->barren[class] = BARREN_TAKES;
		return 0;
	}
	units = class_units(class);
	pool->used += units * POOL_UNIT;
	memset(pool_at(pool, handle), 0, units * POOL_UNIT);
	return handle;
}

void
pool_give(struct pool *pool, pool_handle handle, size_t bytes)
{
	unsigned class = class_of(units_of(bytes));

	if (handle == 0)
		return;
	assert(pool->used >= class_units(class) * POOL_UNIT);
	pool->used -= class_units(class) * POOL_UNIT;
	put_unused(pool, handle, class);
}
