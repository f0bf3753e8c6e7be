/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A growing byte buffer for rendered text, reused from call to call. Out of memory is
 * sticky: further appends do nothing and buffer_failed() says so, so callers check
 * once.
 */
#pragma once

#include <sipvigil/base.h>

struct buffer {
	char *ptr;
	size_t len, cap;
	bool failed;
};

void buffer_init(struct buffer *buf);
void buffer_done(struct buffer *buf);
static inline void
buffer_clear(struct buffer *buf)
{
	buf->len = 0;
	buf->failed = false;
}
void buffer_add(struct buffer *buf, struct sv_str text);
void buffer_add_char(struct buffer *buf, char c);
void buffer_add_cstr(struct buffer *buf, const char *text);
__attribute__((format(printf, 2, 3))) void buffer_addf(struct buffer *buf,
						       const char *format, ...);
/** As a JSON string with quotes: controls as \u00XX, invalid UTF-8 as U+FFFD. */
void buffer_add_json(struct buffer *buf, struct sv_str text);
/** For people: controls, DEL, C1 and bidi marks as '.', invalid UTF-8 as '?', cut to
 *  `max_bytes` at a character with "…". */
void buffer_add_clean(struct buffer *buf, struct sv_str text, size_t max_bytes);
static inline bool
buffer_failed(const struct buffer *buf)
{
	return buf->failed;
}
static inline struct sv_str
buffer_str(const struct buffer *buf)
{
	return (struct sv_str){ buf->ptr, buf->len };
}
