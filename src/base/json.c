/* SPDX-License-Identifier: Apache-2.0 */
#include "base/json.h"

#include "base/text.h"

static void
skip_blanks(struct sv_str *s)
{
	size_t n = 0;

	while (n < s->len && (s->ptr[n] == ' ' || s->ptr[n] == '\t'))
		n++;
	*s = str_from(*s, n);
}

static bool
take(struct sv_str *s, char c)
{
	if (!s->len || s->ptr[0] != c)
		return false;
	*s = str_from(*s, 1);
	return true;
}

/* ---- values ---- */

/* Each backslash is looked at once: those before one quote are none of another's. */
bool
json_take_string(struct sv_str *s, struct sv_str *ret_raw)
{
	for (size_t at = 0; at < s->len; at++) {
		const char *quote = memchr(s->ptr + at, '"', s->len - at);
		size_t slashes = 0;
		if (!quote)
			return false;
		at = (size_t)(quote - s->ptr);
		while (slashes < at && s->ptr[at - 1 - slashes] == '\\')
			slashes++;
		if (slashes % 2)
			continue;
		*ret_raw = str_upto(*s, at);
		*s = str_from(*s, at + 1);
		return true;
	}
	return false;
}

/* An array or object, by counting its brackets. */
static bool
take_nested(struct sv_str *s, struct sv_str *ret_raw)
{
	struct sv_str rest = *s, inside;
	size_t depth = 0;

	while (rest.len) {
		char c = rest.ptr[0];
		rest = str_from(rest, 1);
		if (c == '"' && !json_take_string(&rest, &inside))
			return false;
		if (c == '[' || c == '{')
			depth++;
		if ((c == ']' || c == '}') && --depth == 0) {
			*ret_raw = str_upto(*s, s->len - rest.len);
			*s = rest;
			return true;
		}
	}
	return false;
}

static bool
take_word(struct sv_str *s, struct sv_str *ret_raw)
{
	size_t n = 0;

	while (n < s->len && ((unsigned char)(s->ptr[n] - '0') < 10 ||
			      (unsigned char)((s->ptr[n] | 0x20) - 'a') < 26 ||
			      s->ptr[n] == '-' || s->ptr[n] == '+' || s->ptr[n] == '.'))
		n++;
	*ret_raw = str_upto(*s, n);
	*s = str_from(*s, n);
	return n != 0;
}

static bool
take_value(struct sv_str *s, struct json_value *ret_value)
{
	skip_blanks(s);
	if (take(s, '"')) {
		ret_value->kind = JSON_STRING;
		return json_take_string(s, &ret_value->raw);
	}
	if (s->len && (s->ptr[0] == '[' || s->ptr[0] == '{')) {
		ret_value->kind = s->ptr[0] == '[' ? JSON_ARRAY : JSON_OBJECT;
		return take_nested(s, &ret_value->raw);
	}
	ret_value->kind = JSON_WORD;
	return take_word(s, &ret_value->raw);
}

/* ---- members ---- */

enum json_step
json_next(struct json_place *place, struct json_member *ret_member)
{
	struct sv_str *s = &place->rest;
	bool first = !place->begun;

	skip_blanks(s);
	if (first && !take(s, '{'))
		return JSON_BROKEN;
	place->begun = true;
	skip_blanks(s);
	if (take(s, '}')) {
		skip_blanks(s);
		return s->len ? JSON_BROKEN : JSON_END;
	}
	if (!first && !take(s, ','))
		return JSON_BROKEN;
	skip_blanks(s);
	if (!take(s, '"') || !json_take_string(s, &ret_member->name))
		return JSON_BROKEN;
	skip_blanks(s);
	if (!take(s, ':') || !take_value(s, &ret_member->value))
		return JSON_BROKEN;
	return JSON_MEMBER;
}

bool
json_first(struct sv_str array, struct json_value *ret_value)
{
	return take(&array, '[') && take_value(&array, ret_value);
}

/* ---- text ---- */

struct out {
	char *to;
	size_t room, len;
	char last;
};

static void
put(struct out *out, const char *bytes, size_t n)
{
	if (n == 0)
		return;
	if (out->len < out->room) {
		size_t left = out->room - out->len;
		memcpy(out->to + out->len, bytes, n < left ? n : left);
	}
	out->len += n;
	out->last = bytes[n - 1];
}

static void
put_utf8(struct out *out, uint32_t c)
{
	char b[4];
	size_t n = c < 0x80 ? 1 : c < 0x800 ? 2 : c < 0x10000 ? 3 : 4;
	static const unsigned char lead[] = { 0, 0, 0xc0, 0xe0, 0xf0 };

	for (size_t i = n; i-- > 1; c >>= 6)
		b[i] = (char)(0x80 | (c & 0x3f));
	b[0] = (char)(lead[n] | c);
	put(out, b, n);
}

/* "XXXX" after "\u"; 4 or 0. */
static size_t
take_unit(struct sv_str s, uint32_t *ret_unit)
{
	uint64_t v;

	if (s.len < 4 || str_take_hex(str_upto(s, 4), &v) != 4)
		return 0;
	*ret_unit = (uint32_t)v;
	return 4;
}

/* What follows "\u"; bytes taken, 0: no such escape. */
static size_t
decode_unicode(struct sv_str s, struct out *out)
{
	uint32_t c, low;
	size_t n = take_unit(s, &c);

	if (n == 0)
		return 0;
	if (c >= 0xd800 && c < 0xdc00 && str_starts(str_from(s, 4), SV_STR("\\u")) &&
	    take_unit(str_from(s, 6), &low) && low >= 0xdc00 && low < 0xe000) {
		put_utf8(out, 0x10000 + ((c - 0xd800) << 10) + (low - 0xdc00));
		return 10;
	}
	put_utf8(out, c >= 0xd800 && c < 0xe000 ? 0xfffd : c);
	return n;
}

/* What follows a backslash; bytes taken. */
static size_t
decode_escape(struct sv_str s, struct out *out)
{
	static const char from[] = "\"\\/bfnrt", to[] = "\"\\/\b\f\n\r\t";
	const char *known = s.len ? memchr(from, s.ptr[0], sizeof(from) - 1) : NULL;

	if (known) {
		put(out, &to[known - from], 1);
		return 1;
	}
	if (s.len && s.ptr[0] == 'u') {
		size_t n = decode_unicode(str_from(s, 1), out);
		if (n)
			return n + 1;
	}
	put(out, "\\", 1);
	return 0;
}

static void
decode_string(struct sv_str raw, struct out *out)
{
	while (raw.len) {
		const char *slash = memchr(raw.ptr, '\\', raw.len);
		size_t n = slash ? (size_t)(slash - raw.ptr) : raw.len;
		put(out, raw.ptr, n);
		raw = str_from(raw, n);
		if (slash)
			raw = str_from(raw, 1 + decode_escape(str_from(raw, 1), out));
	}
}

/* "[72,101]": what is no byte ends it. */
static void
decode_bytes(struct sv_str s, struct out *out)
{
	uint64_t v;

	while (s.len && (s.ptr[0] == '[' || s.ptr[0] == ',')) {
		s = str_from(s, 1);
		skip_blanks(&s);
		size_t n = str_take_u64(s, &v);
		if (n == 0 || v > 255)
			return;
		put(out, &(char){ (char)v }, 1);
		s = str_from(s, n);
		skip_blanks(&s);
	}
}

size_t
/* NOLINTNEXTLINE(readability-non-const-parameter): written through `out` */
json_decode(const struct json_value *value, char *to, size_t room, char *ret_last)
{
	struct out out = { .to = to, .room = room };

	switch (value->kind) {
	case JSON_STRING:
		decode_string(value->raw, &out);
		break;
	case JSON_ARRAY:
		decode_bytes(value->raw, &out);
		break;
	case JSON_OBJECT:
	case JSON_WORD:
		break;
	}
	*ret_last = out.last;
	return out.len;
}

struct sv_str
json_text(struct sv_str raw, char *to, size_t room)
{
	struct out out = { .to = to, .room = room };

	decode_string(raw, &out);
	return str_make(to, out.len < room ? out.len : room);
}
