/* SPDX-License-Identifier: Apache-2.0 */
#include "base/shapes.h"

#include "base/text.h"

#include <stdlib.h>

struct shapes {
	size_t cap, n;
	uint64_t total;
	uint64_t *hashes; /* of the rows, to find one */
	struct shapes_row *rows;
};

struct shapes *
shapes_new(size_t cap)
{
	struct shapes *shapes = calloc(1, sizeof(*shapes));

	if (!shapes)
		return NULL;
	shapes->cap = cap;
	shapes->hashes = calloc(cap, sizeof(*shapes->hashes));
	shapes->rows = calloc(cap, sizeof(*shapes->rows));
	if (shapes->hashes && shapes->rows)
		return shapes;
	shapes_free(shapes);
	return NULL;
}

void
shapes_free(struct shapes *shapes)
{
	if (!shapes)
		return;
	free(shapes->hashes);
	free(shapes->rows);
	free(shapes);
}

void
shapes_clear(struct shapes *shapes)
{
	if (shapes) {
		shapes->n = 0;
		shapes->total = 0;
	}
}

uint64_t
shapes_total(const struct shapes *shapes)
{
	return shapes ? shapes->total : 0;
}

/** The place for a new shape: a free one or that of the rarest. */
static size_t
place_of(struct shapes *shapes)
{
	size_t rarest = 0;

	if (shapes->n < shapes->cap) {
		shapes->rows[shapes->n].count = 0;
		return shapes->n++;
	}
	for (size_t i = 1; i < shapes->n; i++)
		if (shapes->rows[i].count < shapes->rows[rarest].count)
			rarest = i;
	return rarest;
}

void
shapes_add(struct shapes *shapes, struct sv_str line)
{
	char shape[SHAPE_MAX_BYTES];
	size_t len = shape_make(line, shape);
	uint64_t hash = str_hash(str_make(shape, len), 0);
	struct shapes_row *row;
	size_t at;

	shapes->total++;
	for (at = 0; at < shapes->n; at++) {
		if (shapes->hashes[at] != hash)
			continue;
		shapes->rows[at].count++;
		return;
	}
	at = place_of(shapes);
	row = &shapes->rows[at];
	shapes->hashes[at] = hash;
	row->error = row->count;
	row->count++;
	memcpy(row->shape, shape, len);
	row->shape_len = (uint16_t)len;
	row->sample_len = (uint16_t)shape_sample(line, row->sample);
}

/** Most common first; those of one count as they are. */
static void
sort(struct shapes *shapes)
{
	for (size_t i = 1; i < shapes->n; i++) {
		for (size_t k = i;
		     k && shapes->rows[k - 1].count < shapes->rows[k].count; k--) {
			struct shapes_row row = shapes->rows[k];
			uint64_t hash = shapes->hashes[k];
			shapes->rows[k] = shapes->rows[k - 1];
			shapes->hashes[k] = shapes->hashes[k - 1];
			shapes->rows[k - 1] = row;
			shapes->hashes[k - 1] = hash;
		}
	}
}

const struct shapes_row *
shapes_row(struct shapes *shapes, size_t n)
{
	if (!shapes || n >= shapes->n)
		return NULL;
	if (n == 0)
		sort(shapes);
	return &shapes->rows[n];
}
