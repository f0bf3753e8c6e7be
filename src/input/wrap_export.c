/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The journal export format: "NAME=value" lines, an empty line ends an entry. A value
 * with line breaks or control bytes is "NAME", LF, its length (64 bit, little endian),
 * the bytes, LF: nothing in it is looked at, it is counted off.
 */
#include "base/text.h"
#include "input/wrap_state.h"

#define SIZE_BYTES 8
/* journald takes no longer name; less than the least cap of a line, so that none of
 * these was cut. */
#define MAX_NAME_BYTES 64
/* journald stores none longer (DATA_SIZE_MAX); then the length is no length. */
#define MAX_VALUE_BYTES ((uint64_t)768 * 1024 * 1024)

static void
take_line(struct wrap *wrap, struct sv_str line, uint64_t offset)
{
	struct export *e = &wrap->export;
	size_t equals = str_find_char(line, '=');

	if (!e->in_entry) {
		entry_begin(&wrap->entry);
		e->in_entry = true;
		e->offset = offset;
	}
	e->field = entry_field_of(str_upto(line, equals));
	if (equals == STR_NONE)
		e->at = line.len > MAX_NAME_BYTES ? EXPORT_AT_BROKEN : EXPORT_AT_SIZE;
	else
		entry_take(&wrap->entry, e->field, str_from(line, equals + 1));
}

static void
take_size(struct wrap *wrap, struct sv_str bytes)
{
	struct export *e = &wrap->export;
	uint64_t size = 0;

	for (size_t i = SIZE_BYTES; i-- > 0;)
		size = size << 8 | (unsigned char)bytes.ptr[i];
	e->at = size > MAX_VALUE_BYTES ? EXPORT_AT_BROKEN : EXPORT_AT_VALUE;
	e->left = size + 1;
	e->kept = 0;
}

/* Some of a value; the last byte of all is its line end. */
static void
take_value(struct wrap *wrap, struct sv_str bytes)
{
	struct export *e = &wrap->export;
	size_t room = wrap->cap_bytes + 1 - e->kept;
	bool last = bytes.len == e->left;
	struct sv_str value = str_upto(bytes, bytes.len - last);

	e->left -= bytes.len;
	if (e->field != ENTRY_OTHER) {
		value = str_upto(value, room);
		memcpy(wrap->scratch + e->kept, value.ptr, value.len);
		e->kept += value.len;
	}
	if (!last)
		return;
	e->at = bytes.ptr[bytes.len - 1] == '\n' ? EXPORT_AT_LINE : EXPORT_AT_BROKEN;
	entry_take(&wrap->entry, e->field, str_make(wrap->scratch, e->kept));
}

static enum wrap_result
end_entry(struct wrap *wrap, struct sv_record *ret_record)
{
	wrap->export.in_entry = false;
	if (!wrap->entry.taken.time) {
		wrap->stats.damaged++;
		wrap->gap = true;
		return WRAP_NOTHING;
	}
	if (entry_end(&wrap->entry, ret_record) == ENTRY_NONE)
		return WRAP_NOTHING;
	ret_record->offset = wrap->export.offset;
	return WRAP_RECORD;
}

/* A file that ends within a line was cut off there. */
static bool
is_cut_off(const struct lines *lines, bool at_end)
{
	return at_end && lines->start == lines->end && lines->start &&
	       lines->buffer[lines->start - 1] != '\n';
}

/* What is missing of a value, or of its size, comes later or never. */
static enum wrap_result
wait_for_more(struct wrap *wrap, bool at_end)
{
	if (!at_end)
		return WRAP_NOTHING;
	wrap->export.at = EXPORT_AT_BROKEN;
	return WRAP_BROKEN;
}

static enum wrap_result
next_line(struct wrap *wrap, struct lines *lines, bool at_end,
	  struct sv_record *ret_record)
{
	struct export *e = &wrap->export;
	struct sv_record line;

	while (e->at == EXPORT_AT_LINE) {
		if (lines_next(lines, at_end, &line) != LINES_RECORD) {
			if (at_end && lines->skipping)
				return wait_for_more(wrap, at_end);
			return at_end && e->in_entry ? end_entry(wrap, ret_record)
						     : WRAP_NOTHING;
		}
		if (is_cut_off(lines, at_end))
			return wait_for_more(wrap, at_end);
		if (line.text.len)
			take_line(wrap, line.text, line.offset);
		else if (e->in_entry && end_entry(wrap, ret_record) == WRAP_RECORD)
			return WRAP_RECORD;
	}
	return WRAP_NOTHING;
}

enum wrap_result
wrap_export_next(struct wrap *wrap, struct lines *lines, bool at_end,
		 struct sv_record *ret_record)
{
	struct export *e = &wrap->export;
	enum wrap_result result;
	struct sv_str bytes;

	for (;;) {
		switch (e->at) {
		case EXPORT_AT_LINE:
			result = next_line(wrap, lines, at_end, ret_record);
			if (e->at == EXPORT_AT_LINE || result != WRAP_NOTHING)
				return result;
			break;
		case EXPORT_AT_SIZE:
			if (lines_unread(lines).len < SIZE_BYTES)
				return wait_for_more(wrap, at_end);
			take_size(wrap, lines_take(lines, SIZE_BYTES));
			break;
		case EXPORT_AT_VALUE:
			bytes = lines_take(lines, e->left);
			if (!bytes.len)
				return wait_for_more(wrap, at_end);
			take_value(wrap, bytes);
			break;
		case EXPORT_AT_BROKEN:
			return WRAP_BROKEN;
		}
	}
}
