/* SPDX-License-Identifier: Apache-2.0 */
/* Sets of bytes that escapes and classes of an expression mean. */
#include "dialect/pattern_set.h"

#include <ctype.h>

void
scan_set_range(struct scan_set *set, unsigned from, unsigned to)
{
	for (unsigned c = from; c <= to && c < 256; c++)
		set->bits[c >> 6] |= UINT64_C(1) << (c & 63);
}

void
scan_set_invert(struct scan_set *set)
{
	for (int i = 0; i < 4; i++)
		set->bits[i] = ~set->bits[i];
}

void
scan_set_fold(struct scan_set *set)
{
	for (unsigned c = 'a'; c <= 'z'; c++) {
		unsigned upper = c - 'a' + 'A';
		if (scan_has(set, (unsigned char)c) ||
		    scan_has(set, (unsigned char)upper)) {
			scan_set_range(set, c, c);
			scan_set_range(set, upper, upper);
		}
	}
}

static void
set_blank(struct scan_set *set)
{
	scan_set_range(set, ' ', ' ');
	scan_set_range(set, '\t', '\t');
	scan_set_range(set, 0xA0, 0xA0);
}

/** \d \w \s \h \v and their opposites. */
static bool
set_type(struct scan_set *set, char type)
{
	struct scan_set found = { 0 };

	switch (tolower((unsigned char)type)) {
	case 'd':
		scan_set_range(&found, '0', '9');
		break;
	case 'w':
		scan_set_range(&found, '0', '9');
		scan_set_range(&found, 'a', 'z');
		scan_set_range(&found, 'A', 'Z');
		scan_set_range(&found, '_', '_');
		break;
	case 's':
		scan_set_range(&found, '\t', '\r');
		scan_set_range(&found, ' ', ' ');
		break;
	case 'h':
		set_blank(&found);
		break;
	case 'v':
		scan_set_range(&found, '\n', '\r');
		scan_set_range(&found, 0x85, 0x85);
		break;
	default:
		if (type != 'N')
			return false;
		scan_set_range(&found, '\n', '\n');
		break;
	}
	if (isupper((unsigned char)type))
		scan_set_invert(&found);
	scan_join(set, &found);
	return true;
}

/** \xHH, \x{HH}, \o{OOO}, \0OO: the byte it is; false: not one of these. */
static bool
number(struct sv_str text, size_t *ret_used, unsigned *ret_byte)
{
	bool braces = text.len > 2 && text.ptr[2] == '{';
	bool hex = text.ptr[1] == 'x', octal = text.ptr[1] == 'o' && braces;
	size_t at = braces ? 3 : hex ? 2 : 1, most = hex ? 2 : 3, n = 0;
	unsigned value = 0;

	if (!hex && !octal && text.ptr[1] != '0')
		return false;
	for (; at < text.len && (braces || n < most); at++, n++) {
		unsigned char c = (unsigned char)text.ptr[at];
		if (hex ? !isxdigit(c) : c < '0' || c > '7')
			break;
		unsigned digit = isdigit(c) ? c - 48u : (unsigned)tolower(c) - 97u + 10;
		value = value * (hex ? 16 : 8) + digit;
		if (value > 0xFF)
			return false;
	}
	if (braces && at < text.len && text.ptr[at] == '}')
		at++;
	*ret_used = at;
	*ret_byte = value;
	return true;
}

enum scan_escape
scan_set_escape(struct sv_str text, bool in_class, size_t *ret_used,
		struct scan_set *set)
{
	static const char *const plain = "e\x1b"
					 "f\f"
					 "n\n"
					 "r\r"
					 "t\t"
					 "a\a";
	unsigned byte;

	*ret_used = 2;
	if (text.len < 2)
		return SCAN_ESCAPE_UNCLEAR;
	char c = text.ptr[1];
	if (set_type(set, c))
		return SCAN_ESCAPE_MANY;
	if (number(text, ret_used, &byte)) {
		scan_set_range(set, byte, byte);
		return SCAN_ESCAPE_ONE;
	}
	for (size_t i = 0; plain[i]; i += 2)
		if (c == plain[i]) {
			scan_set_range(set, (unsigned char)plain[i + 1],
				       (unsigned char)plain[i + 1]);
			return SCAN_ESCAPE_ONE;
		}
	if (in_class && c == 'b') {
		scan_set_range(set, '\b', '\b');
		return SCAN_ESCAPE_ONE;
	}
	if (isalnum((unsigned char)c))
		return SCAN_ESCAPE_UNCLEAR;
	scan_set_range(set, (unsigned char)c, (unsigned char)c);
	return SCAN_ESCAPE_ONE;
}

/** [:alpha:] at the start of the text. */
static size_t
posix(struct sv_str text, struct scan_set *set)
{
	static const struct {
		const char *name;
		int (*is)(int c);
	} rows[] = {
		{ "alnum", isalnum }, { "alpha", isalpha }, { "blank", isblank },
		{ "cntrl", iscntrl }, { "digit", isdigit }, { "graph", isgraph },
		{ "lower", islower }, { "print", isprint }, { "punct", ispunct },
		{ "space", isspace }, { "upper", isupper }, { "xdigit", isxdigit },
	};
	bool inverted = text.len > 2 && text.ptr[2] == '^';
	size_t from = inverted ? 3 : 2, end = str_find(text, SV_STR(":]"));
	struct scan_set found = { 0 };

	if (end == STR_NONE || end < from)
		return 0;
	struct sv_str name = str_make(text.ptr + from, end - from);
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		if (!str_eq(name, str_of(rows[i].name)))
			continue;
		for (unsigned c = 0; c < 128; c++)
			if (rows[i].is((int)c))
				scan_set_range(&found, c, c);
		if (inverted)
			scan_set_invert(&found);
		scan_join(set, &found);
		return end + 2;
	}
	return 0;
}

/** One byte or many at the start of what is inside of a class. */
static size_t
class_item(struct sv_str text, struct scan_set *set, int *ret_byte, bool *ret_unclear)
{
	size_t used = 1;

	*ret_byte = -1;
	if (text.ptr[0] == '[' && text.len > 1 && strchr(":.=", text.ptr[1])) {
		used = posix(text, set);
		if (used)
			return used;
		*ret_unclear |= text.ptr[1] != ':';
		used = 1;
	}
	if (text.ptr[0] != '\\') {
		*ret_byte = (unsigned char)text.ptr[0];
		return used;
	}
	struct scan_set one = { 0 };
	switch (scan_set_escape(text, true, &used, &one)) {
	case SCAN_ESCAPE_UNCLEAR:
		*ret_unclear = true;
		break;
	case SCAN_ESCAPE_MANY:
		scan_join(set, &one);
		break;
	case SCAN_ESCAPE_ONE:
		for (int c = 0; c < 256; c++)
			if (scan_has(&one, (unsigned char)c))
				*ret_byte = c;
		break;
	}
	return used;
}

size_t
scan_set_class(struct sv_str text, struct scan_set *set, bool *ret_unclear)
{
	bool inverted = text.len > 1 && text.ptr[1] == '^';
	size_t first = inverted ? 2 : 1, at = first;
	int byte, to;

	while (at < text.len && (text.ptr[at] != ']' || at == first)) {
		at += class_item(str_from(text, at), set, &byte, ret_unclear);
		if (byte < 0)
			continue;
		if (at + 1 < text.len && text.ptr[at] == '-' &&
		    text.ptr[at + 1] != ']') {
			size_t used = class_item(str_from(text, at + 1), set, &to,
						 ret_unclear);
			if (to >= 0)
				scan_set_range(set, (unsigned)byte, (unsigned)to);
			else
				*ret_unclear = true;
			at += 1 + used;
		} else {
			scan_set_range(set, (unsigned)byte, (unsigned)byte);
		}
	}
	if (inverted)
		scan_set_invert(set);
	return at < text.len ? at + 1 : text.len;
}
