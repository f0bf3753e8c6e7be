/* SPDX-License-Identifier: Apache-2.0 */
/* Any bytes as lines that nobody understands: their shapes and samples stay within
 * their bounds, and the table within its. */
#include "fuzz.h"

#include "base/shapes.h"
#include "base/text.h"

#include <assert.h>

#define CAP 4

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct sv_str left = { (const char *)data, size };
	char shape[SHAPE_MAX_BYTES], sample[SHAPE_SAMPLE_BYTES];
	struct shapes *shapes = shapes_new(CAP);
	const struct shapes_row *row;
	uint64_t sum = 0;

	assert(shapes);
	while (left.len) {
		size_t end = str_find_char(left, '\n');
		struct sv_str line = str_upto(left, end == STR_NONE ? left.len : end);
		assert(shape_make(line, shape) <= sizeof(shape));
		assert(shape_sample(line, sample) <= sizeof(sample));
		shapes_add(shapes, line);
		left = str_from(left, line.len + 1);
	}
	for (size_t i = 0; (row = shapes_row(shapes, i)); i++) {
		assert(i < CAP && row->error < row->count);
		assert(row->shape_len <= SHAPE_MAX_BYTES);
		assert(row->sample_len <= SHAPE_SAMPLE_BYTES);
		for (size_t k = 0; k < row->sample_len; k++)
			assert((unsigned char)row->sample[k] >= 0x20);
		sum += row->count;
	}
	assert(sum == shapes_total(shapes));
	shapes_free(shapes);
	return 0;
}
