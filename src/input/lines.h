/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Lines out of a buffer that somebody else fills: the view of a line points into the
 * buffer, nothing is copied but the piece of a line that a block ends in. Memory is
 * fixed: a line longer than the cap is delivered cut, its rest is dropped and counted.
 */
#pragma once

#include <sipvigil/record.h>

struct lines {
	char *buffer;
	size_t size, start, end; /* unread bytes are buffer[start..end) */
	size_t cap_bytes;
	bool skipping; /* inside the rest of a line that was cut */
	uint64_t base; /* file offset of buffer[0] */
	uint64_t line; /* lines seen so far */
	uint64_t cut;  /* lines longer than the cap */
};

enum lines_result {
	LINES_RECORD,
	LINES_MORE, /* no whole line left: fill and ask again */
};

/** `cap_bytes`: longest line, `block_bytes`: least room for one fill. 0 or -ENOMEM. */
int lines_init(struct lines *lines, size_t cap_bytes, size_t block_bytes);
void lines_done(struct lines *lines);
/** Start again at another place of a file: forgets what is unread. */
void lines_seek(struct lines *lines, uint64_t offset);

/** Longer lines from now on. 0 or -ENOMEM (nothing has changed). */
int lines_grow(struct lines *lines, size_t cap_bytes);

/** Where new bytes go, at least block_bytes of room. Moves the unread ones: views die.
 */
char *lines_room(struct lines *lines, size_t *ret_room);
void lines_added(struct lines *lines, size_t n_bytes);

/** `at_end`: nothing will be added, so that a line without line end is one too. Line
 *  ends are LF and CR LF; NULs before a line (a hole left by truncation) are dropped.
 *  Sets text, flags, line, offset, and clears the rest. */
enum lines_result lines_next(struct lines *lines, bool at_end,
			     struct sv_record *ret_record);

/** File offset of the first byte not delivered yet. */
static inline uint64_t
lines_offset(const struct lines *lines)
{
	return lines->base + lines->start;
}

/** What is held and not delivered yet. */
static inline struct sv_str
lines_unread(const struct lines *lines)
{
	return (struct sv_str){ lines->buffer + lines->start,
				lines->end - lines->start };
}

/** Deliver bytes that are no line: as many as are held, at most n. */
static inline struct sv_str
lines_take(struct lines *lines, uint64_t n)
{
	struct sv_str bytes = lines_unread(lines);

	if (bytes.len > n)
		bytes.len = (size_t)n;
	lines->start += bytes.len;
	return bytes;
}
