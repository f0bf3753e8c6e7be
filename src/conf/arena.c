/* SPDX-License-Identifier: Apache-2.0 */
#include "conf/arena.h"

#include <stdlib.h>

#define CHUNK_BYTES ((size_t)16 * 1024)

struct arena_chunk {
	struct arena_chunk *next;
	size_t used, cap;
	_Alignas(max_align_t) char bytes[];
};

void
arena_init(struct arena *arena)
{
	*arena = (struct arena){ 0 };
}

void
arena_done(struct arena *arena)
{
	while (arena->chunks) {
		struct arena_chunk *chunk = arena->chunks;
		arena->chunks = chunk->next;
		free(chunk);
	}
	arena_init(arena);
}

static struct arena_chunk *
chunk_new(struct arena *arena, size_t least)
{
	size_t cap = least > CHUNK_BYTES ? least : CHUNK_BYTES;
	struct arena_chunk *chunk = calloc(1, sizeof(*chunk) + cap);

	if (!chunk)
		return NULL;
	chunk->cap = cap;
	chunk->next = arena->chunks;
	arena->chunks = chunk;
	return chunk;
}

void *
arena_alloc(struct arena *arena, size_t bytes)
{
	const size_t align = _Alignof(max_align_t);
	struct arena_chunk *chunk = arena->chunks;

	if (bytes > ARENA_MAX_BYTES || arena->used + bytes > ARENA_MAX_BYTES) {
		arena->failed = true;
		return NULL;
	}
	bytes = (bytes + align - 1) / align * align;
	if (!chunk || chunk->cap - chunk->used < bytes)
		chunk = chunk_new(arena, bytes);
	if (!chunk) {
		arena->failed = true;
		return NULL;
	}
	void *piece = chunk->bytes + chunk->used;
	chunk->used += bytes;
	arena->used += bytes;
	return piece;
}

char *
arena_copy(struct arena *arena, struct sv_str text)
{
	char *twin = arena_alloc(arena, text.len + 1);

	if (twin && text.len)
		memcpy(twin, text.ptr, text.len);
	return twin;
}

void *
arena_grow(struct arena *arena, void *array, size_t n, size_t size)
{
	/* Room doubles at 0, 1, 2, 4, 8 …: between these there is room already. Most
	 * arrays stay at one value. */
	if ((n & (n - 1)) != 0)
		return array;
	size_t cap = n ? 2 * n : 1;
	void *grown = arena_alloc(arena, cap * size);
	if (grown && n)
		memcpy(grown, array, n * size);
	return grown;
}
