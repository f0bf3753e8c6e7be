/* SPDX-License-Identifier: Apache-2.0 */
#include "dialect/members.h"

#include "base/text.h"

static bool
take(struct sv_str *s, struct sv_str literal)
{
	if (!str_starts(*s, literal))
		return false;
	*s = str_from(*s, literal.len);
	return true;
}

bool
members_string(struct sv_str *s, struct sv_str *ret_raw)
{
	for (size_t i = 0; i < s->len; i++) {
		if (s->ptr[i] == '\\') {
			i++;
		} else if (s->ptr[i] == '"') {
			*ret_raw = str_upto(*s, i);
			*s = str_from(*s, i + 1);
			return true;
		}
	}
	return false;
}

/** What stands between members. */
static void
skip_marks(struct sv_str *s)
{
	while (s->len && s->ptr[0] && strchr(" ,{}", s->ptr[0]))
		*s = str_from(*s, 1);
}

bool
members_take(struct sv_str *s, struct sv_str *ret_name, struct sv_str *ret_value)
{
	skip_marks(s);
	if (!take(s, SV_STR("\"")) || !members_string(s, ret_name) ||
	    !take(s, SV_STR(":")))
		return false;
	while (s->len && s->ptr[0] == ' ')
		*s = str_from(*s, 1);
	if (take(s, SV_STR("\"")))
		return members_string(s, ret_value);
	size_t n = 0;
	while (n < s->len && s->ptr[n] && !strchr(" ,{}[", s->ptr[n]))
		n++;
	*ret_value = str_upto(*s, n);
	*s = str_from(*s, n);
	return n != 0 || str_starts(*s, SV_STR("{"));
}

static size_t
put_utf8(char *out, uint32_t c)
{
	if (c < 0x80) {
		out[0] = (char)c;
		return 1;
	}
	if (c < 0x800) {
		out[0] = (char)(0xc0 | (c >> 6));
		out[1] = (char)(0x80 | (c & 0x3f));
		return 2;
	}
	out[0] = (char)(0xe0 | (c >> 12));
	out[1] = (char)(0x80 | ((c >> 6) & 0x3f));
	out[2] = (char)(0x80 | (c & 0x3f));
	return 3;
}

struct sv_str
members_unescape(struct sv_str raw, char *room)
{
	static const char from[] = "\"\\/bfnrt", to[] = "\"\\/\b\f\n\r\t";
	size_t n = 0;

	for (size_t i = 0; i < raw.len; i++) {
		uint64_t c;
		if (raw.ptr[i] != '\\' || i + 1 == raw.len) {
			room[n++] = raw.ptr[i];
			continue;
		}
		i++;
		const char *known = raw.ptr[i] ? strchr(from, raw.ptr[i]) : NULL;
		if (known) {
			room[n++] = to[known - from];
		} else if (raw.ptr[i] == 'u' && raw.len - i > 4 &&
			   str_take_hex(str_make(raw.ptr + i + 1, 4), &c) == 4) {
			n += put_utf8(room + n, (uint32_t)c);
			i += 4;
		}
	}
	return str_make(room, n);
}
