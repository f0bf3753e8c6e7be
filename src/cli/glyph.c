/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/glyph.h"

#include "base/text.h"

#include <langinfo.h>
#include <wchar.h>

static const char *const bars[] = { "▁", "▂", "▃", "▄", "▅", "▆", "▇", "█" };
#define N_BARS (sizeof(bars) / sizeof(bars[0]))
#define FIRST_BAR 0x2581

bool
glyph_is_utf8(void)
{
	return strcmp(nl_langinfo(CODESET), "UTF-8") == 0;
}

/* Code point and bytes of the first character; a byte that begins none stands for
 * itself. */
static size_t
decode(struct sv_str text, uint32_t *ret_code)
{
	unsigned char first = (unsigned char)text.ptr[0];
	size_t n = first >= 0xf0 ? 4 : first >= 0xe0 ? 3 : first >= 0xc0 ? 2 : 1;

	*ret_code = first;
	if (n == 1 || n > text.len || first > 0xf4)
		return 1;
	*ret_code = first & (0xffu >> (n + 1));
	for (size_t i = 1; i < n; i++) {
		unsigned char byte = (unsigned char)text.ptr[i];
		if ((byte & 0xc0) != 0x80) {
			*ret_code = first;
			return 1;
		}
		*ret_code = *ret_code << 6 | (byte & 0x3f);
	}
	return n;
}

size_t
glyph_take(struct sv_str text, size_t *ret_columns)
{
	uint32_t code;
	size_t n = decode(text, &code);
	int columns = code < 0x80 || n == 1 ? 1 : wcwidth((wchar_t)code);

	*ret_columns = columns < 0 ? 1 : (size_t)columns;
	return n;
}

void
glyph_spark_last(struct buffer *out, const json_t *numbers, size_t n)
{
	size_t all = json_array_size(numbers), from = all > n ? all - n : 0;
	json_int_t most = 1;

	for (size_t i = from; i < all; i++) {
		json_int_t value = json_integer_value(json_array_get(numbers, i));
		most = value > most ? value : most;
	}
	for (size_t i = from; i < all; i++) {
		double value = (double)json_integer_value(json_array_get(numbers, i));
		size_t height =
			value > 0 ? (size_t)(1.5 + value * 6 / (double)most) : 0;

		buffer_add_cstr(out, bars[height < N_BARS ? height : N_BARS - 1]);
	}
}

void
glyph_spark(struct buffer *out, const json_t *numbers)
{
	glyph_spark_last(out, numbers, SIZE_MAX);
}

static char
ascii_of(uint32_t code)
{
	if (code < 0x80)
		return (char)code;
	if (code >= FIRST_BAR && code < FIRST_BAR + N_BARS)
		return (char)('0' + (code - FIRST_BAR));
	switch (code) {
	case 0x2010: /* hyphens and dashes */
	case 0x2011:
	case 0x2013:
	case 0x2014:
	case 0x2212:
		return '-';
	case 0x2026: /* … */
	case 0xb7:
		return '.';
	case 0x2265: /* ≥ */
		return '>';
	case 0xd7: /* × */
		return 'x';
	case 0xab: /* « » */
	case 0xbb:
		return '"';
	case 0xa0:
		return ' ';
	default:
		return '?';
	}
}

void
glyph_degrade(struct buffer *buf)
{
	size_t to = 0;

	if (glyph_is_utf8())
		return;
	for (size_t at = 0; at < buf->len;) {
		uint32_t code;
		size_t n = decode(str_from(buffer_str(buf), at), &code);

		buf->ptr[to++] = ascii_of(code);
		at += n;
	}
	buf->len = to;
}
