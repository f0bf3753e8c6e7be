/* SPDX-License-Identifier: Apache-2.0 */
#include "input/lines.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

int
lines_init(struct lines *lines, size_t cap_bytes, size_t block_bytes)
{
	*lines = (struct lines){ .cap_bytes = cap_bytes };
	/* An unread piece is at most the cap and a CR LF. */
	lines->size = cap_bytes + 2 + block_bytes;
	lines->buffer = malloc(lines->size);
	return lines->buffer ? 0 : -ENOMEM;
}

void
lines_done(struct lines *lines)
{
	free(lines->buffer);
	*lines = (struct lines){ 0 };
}

int
lines_grow(struct lines *lines, size_t cap_bytes)
{
	size_t size = lines->size + cap_bytes - lines->cap_bytes;
	char *buffer = realloc(lines->buffer, size);

	if (!buffer)
		return -ENOMEM;
	lines->buffer = buffer;
	lines->size = size;
	lines->cap_bytes = cap_bytes;
	return 0;
}

void
lines_seek(struct lines *lines, uint64_t offset)
{
	lines->start = lines->end = 0;
	lines->base = offset;
	lines->skipping = false;
}

char *
lines_room(struct lines *lines, size_t *ret_room)
{
	if (lines->start) {
		lines->end -= lines->start;
		memmove(lines->buffer, lines->buffer + lines->start, lines->end);
		lines->base += lines->start;
		lines->start = 0;
	}
	*ret_room = lines->size - lines->end;
	return lines->buffer + lines->end;
}

void
lines_added(struct lines *lines, size_t n_bytes)
{
	lines->end += n_bytes;
}

/* Drop what must not become text: the rest of a cut line, NULs in front of one. */
static void
drop_leavings(struct lines *lines)
{
	if (lines->skipping) {
		const char *from = lines->buffer + lines->start;
		const char *lf = memchr(from, '\n', lines->end - lines->start);
		lines->start = lf ? (size_t)(lf - lines->buffer) + 1 : lines->end;
		lines->skipping = !lf;
	}
	while (lines->start < lines->end && lines->buffer[lines->start] == '\0')
		lines->start++;
}

enum lines_result
lines_next(struct lines *lines, bool at_end, struct sv_record *ret_record)
{
	if (lines->start == lines->end)
		return LINES_MORE;
	if (lines->skipping || lines->buffer[lines->start] == '\0') {
		drop_leavings(lines);
		if (lines->start == lines->end)
			return LINES_MORE;
	}

	const char *text = lines->buffer + lines->start;
	size_t held = lines->end - lines->start;
	const char *lf = memchr(text, '\n', held);
	size_t len = lf ? (size_t)(lf - text) : held;
	unsigned flags = 0;
	if (!lf && !at_end && held <= lines->cap_bytes + 1)
		return LINES_MORE;
	lines->line++;
	uint64_t offset = lines_offset(lines);
	lines->start += lf ? len + 1 : len;
	if (len && text[len - 1] == '\r')
		len--;
	if (len > lines->cap_bytes) {
		len = lines->cap_bytes;
		flags = SV_RECORD_TRUNCATED;
		lines->cut++;
		lines->skipping = !lf && !at_end;
	}
	*ret_record = (struct sv_record){ .text = { text, len },
					  .flags = flags,
					  .line = lines->line,
					  .offset = offset };
	return LINES_RECORD;
}
