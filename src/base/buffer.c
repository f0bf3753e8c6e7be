/* SPDX-License-Identifier: Apache-2.0 */
#include "base/buffer.h"

#include "base/text.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void
buffer_init(struct buffer *buf)
{
	*buf = (struct buffer){ 0 };
}

void
buffer_done(struct buffer *buf)
{
	free(buf->ptr);
	*buf = (struct buffer){ 0 };
}

static char *
reserve(struct buffer *buf, size_t more)
{
	size_t need;

	if (buf->failed)
		return NULL;
	if (__builtin_add_overflow(buf->len, more, &need)) {
		buf->failed = true;
		return NULL;
	}
	if (need > buf->cap) {
		size_t cap = buf->cap ? buf->cap : 512;
		while (cap < need)
			cap = cap > SIZE_MAX / 2 ? need : cap * 2;
		char *ptr = realloc(buf->ptr, cap);
		if (!ptr) {
			buf->failed = true;
			return NULL;
		}
		buf->ptr = ptr;
		buf->cap = cap;
	}
	return buf->ptr + buf->len;
}

void
buffer_add(struct buffer *buf, struct sv_str text)
{
	/* nearly always there is room */
	if (text.len && text.len <= buf->cap - buf->len && !buf->failed) {
		memcpy(buf->ptr + buf->len, text.ptr, text.len);
		buf->len += text.len;
		return;
	}
	char *at = text.len ? reserve(buf, text.len) : NULL;

	if (at) {
		memcpy(at, text.ptr, text.len);
		buf->len += text.len;
	}
}

void
buffer_add_char(struct buffer *buf, char c)
{
	if (buf->len < buf->cap && !buf->failed) {
		buf->ptr[buf->len++] = c;
		return;
	}
	buffer_add(buf, str_make(&c, 1));
}

void
buffer_add_cstr(struct buffer *buf, const char *text)
{
	buffer_add(buf, str_of(text));
}

void
buffer_addf(struct buffer *buf, const char *format, ...)
{
	va_list args;

	/* most fit into what is there */
	size_t room = buf->failed ? 0 : buf->cap - buf->len;
	va_start(args, format);
	int n = vsnprintf(room ? buf->ptr + buf->len : NULL, room, format, args);
	va_end(args);
	if (n >= 0 && (size_t)n < room) {
		buf->len += (size_t)n;
		return;
	}
	char *at = n < 0 ? NULL : reserve(buf, (size_t)n + 1);
	if (!at)
		return;
	va_start(args, format);
	(void)vsnprintf(at, (size_t)n + 1, format, args);
	va_end(args);
	buf->len += (size_t)n;
}

/* Length of the valid UTF-8 sequence at s (1..4), 0 if there is none; *ret_code gets
 * the character. Overlong forms, surrogates and values past U+10FFFF are not valid. */
static size_t
utf8_take(struct sv_str s, uint32_t *ret_code)
{
	const unsigned char *p = (const unsigned char *)s.ptr;
	static const uint32_t least[5] = { 0, 0, 0x80, 0x800, 0x10000 };
	size_t n;
	uint32_t code;

	if (p[0] < 0x80) {
		*ret_code = p[0];
		return 1;
	}
	if ((p[0] & 0xe0) == 0xc0) {
		n = 2;
		code = p[0] & 0x1f;
	} else if ((p[0] & 0xf0) == 0xe0) {
		n = 3;
		code = p[0] & 0x0f;
	} else if ((p[0] & 0xf8) == 0xf0) {
		n = 4;
		code = p[0] & 0x07;
	} else {
		return 0;
	}
	if (s.len < n)
		return 0;
	for (size_t i = 1; i < n; i++) {
		if ((p[i] & 0xc0) != 0x80)
			return 0;
		code = code << 6 | (p[i] & 0x3f);
	}
	if (code < least[n] || code > 0x10ffff || (code >= 0xd800 && code <= 0xdfff))
		return 0;
	*ret_code = code;
	return n;
}

/* Bytes at the start of s that a JSON string takes as they are: printable ASCII. */
static size_t
plain_run(struct sv_str s)
{
	size_t n = 0;

	while (n < s.len && s.ptr[n] >= 0x20 && s.ptr[n] < 0x7f && s.ptr[n] != '"' &&
	       s.ptr[n] != '\\')
		n++;
	return n;
}

void
buffer_add_json(struct buffer *buf, struct sv_str text)
{
	buffer_add_char(buf, '"');
	while (text.len && !buf->failed) {
		uint32_t code;
		size_t n = plain_run(text);
		if (n) {
			buffer_add(buf, str_upto(text, n));
			text = str_from(text, n);
			continue;
		}
		n = utf8_take(text, &code);
		if (n == 0) {
			buffer_add(buf, SV_STR("\xef\xbf\xbd"));
			n = 1;
		} else if (code == '"' || code == '\\') {
			buffer_add_char(buf, '\\');
			buffer_add_char(buf, (char)code);
		} else if (code == '\n') {
			buffer_add(buf, SV_STR("\\n"));
		} else if (code < 0x20 || (code >= 0x7f && code < 0xa0)) {
			buffer_addf(buf, "\\u%04x", (unsigned)code);
		} else {
			buffer_add(buf, str_upto(text, n));
		}
		text = str_from(text, n);
	}
	buffer_add_char(buf, '"');
}

/* Characters that change how a terminal or a page shows the text around them. */
static bool
is_unshowable(uint32_t code)
{
	return code < 0x20 || (code >= 0x7f && code < 0xa0) ||
	       (code >= 0x200b && code <= 0x200f) ||
	       (code >= 0x2028 && code <= 0x202e) ||
	       (code >= 0x2060 && code <= 0x206f) || code == 0xfeff;
}

/* Bytes at the start of s that are printable ASCII. */
static size_t
printable_run(struct sv_str s)
{
	size_t n = 0;

	while (n < s.len && s.ptr[n] >= 0x20 && s.ptr[n] < 0x7f)
		n++;
	return n;
}

void
buffer_add_clean(struct buffer *buf, struct sv_str text, size_t max_bytes)
{
	bool cut = false;

	for (size_t done = 0; text.len && !buf->failed;) {
		uint32_t code;
		size_t run = printable_run(str_upto(text, max_bytes - done));
		if (run) {
			buffer_add(buf, str_upto(text, run));
			done += run;
			text = str_from(text, run);
			continue;
		}
		size_t n = utf8_take(text, &code);
		size_t step = n ? n : 1;
		if (done + step > max_bytes) {
			cut = true;
			break;
		}
		if (n == 0)
			buffer_add_char(buf, '?');
		else if (is_unshowable(code))
			buffer_add_char(buf, '.');
		else
			buffer_add(buf, str_upto(text, n));
		done += step;
		text = str_from(text, step);
	}
	if (cut)
		buffer_add(buf, SV_STR("\xe2\x80\xa6"));
}
