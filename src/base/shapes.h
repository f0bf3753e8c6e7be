/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The most common shapes among lines that nobody understands (Space-Saving): at most
 * `cap` are kept. A shape that comes new when all places are taken gets the place of the
 * rarest and begins with its count, which is then its error: that much of the count may
 * be of others. What is more common than one line in `cap` is always among them.
 */
#pragma once

#include <base/shape.h>

struct shapes;

struct shapes_row {
	uint64_t count, error; /* it came at least count - error times */
	uint16_t shape_len, sample_len;
	char shape[SHAPE_MAX_BYTES];
	char sample[SHAPE_SAMPLE_BYTES]; /* the first line that had it */
};

/** NULL without memory: `cap` times about half a KiB. */
struct shapes *shapes_new(size_t cap);
void shapes_free(struct shapes *shapes);
void shapes_add(struct shapes *shapes, struct sv_str line);
void shapes_clear(struct shapes *shapes);
/** All lines that were added. */
uint64_t shapes_total(const struct shapes *shapes);
/** The n-th row, the most common first; NULL behind the last one, or for shapes NULL. */
const struct shapes_row *shapes_row(struct shapes *shapes, size_t n);
