/* SPDX-License-Identifier: Apache-2.0 */
#include "ctl/coverage.h"

#include "base/emit.h"
#include "base/text.h"

#include <math.h>

double
coverage_share(const struct view_source *source)
{
	uint64_t all = source->told + source->skipped + source->malformed +
		       source->foreign - source->others;

	return all ? 1 - (double)source->unknown / (double)all : NAN;
}

void
coverage_counts(struct buffer *out, const struct view_source *source)
{
	uint64_t seen =
		source->told + source->skipped + source->malformed + source->foreign;

	emit_u64(out, "lines", source->records);
	emit_u64(out, "told", source->told);
	emit_u64(out, "ignored",
		 seen - source->told - source->others - source->unknown);
	emit_u64(out, "others", source->others);
	emit_u64(out, "unknown", source->unknown);
}

void
coverage_object(struct buffer *out, const struct view_source *source)
{
	const struct shapes_row *row;

	buffer_add_char(out, '{');
	emit_text(out, "name", str_of(source->name));
	emit_text(out, "dialect", str_of(source->dialect));
	coverage_counts(out, source);
	emit_double(out, "recognised", coverage_share(source));
	emit_open(out, "shapes", '[');
	for (size_t i = 0; (row = shapes_row(source->shapes, i)); i++) {
		emit_open(out, NULL, '{');
		emit_text(out, "shape", str_make(row->shape, row->shape_len));
		emit_u64(out, "count", row->count);
		emit_u64(out, "error", row->error);
		emit_text(out, "sample", str_make(row->sample, row->sample_len));
		emit_close(out, '}');
	}
	emit_close(out, ']');
	buffer_add_char(out, '}');
}
