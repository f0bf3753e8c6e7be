/* SPDX-License-Identifier: Apache-2.0 */
/* Views of text: compare, search, take numbers. Never reads past len, never needs NUL.
 */
#pragma once

#include <sipvigil/base.h>
#include <string.h>
#include <strings.h>

static inline struct sv_str
str_make(const char *ptr, size_t len)
{
	return (struct sv_str){ ptr, len };
}

static inline struct sv_str
str_of(const char *cstr)
{
	return (struct sv_str){ cstr, cstr ? strlen(cstr) : 0 };
}

static inline bool
str_eq(struct sv_str a, struct sv_str b)
{
	return a.len == b.len && (a.len == 0 || memcmp(a.ptr, b.ptr, a.len) == 0);
}

static inline bool
str_ieq(struct sv_str a, struct sv_str b)
{
	return a.len == b.len && (a.len == 0 || strncasecmp(a.ptr, b.ptr, a.len) == 0);
}

static inline bool
str_starts(struct sv_str s, struct sv_str prefix)
{
	return s.len >= prefix.len &&
	       (prefix.len == 0 || memcmp(s.ptr, prefix.ptr, prefix.len) == 0);
}

static inline bool
str_ends(struct sv_str s, struct sv_str suffix)
{
	return s.len >= suffix.len &&
	       (suffix.len == 0 ||
		memcmp(s.ptr + s.len - suffix.len, suffix.ptr, suffix.len) == 0);
}

/** What a plural of English ends with. Only for the program's own log, which is not
 *  translated; ngettext() elsewhere (base/i18n.h). */
static inline const char *
str_plural(size_t n)
{
	return n == 1 ? "" : "s";
}

/** The view without its first n bytes (n is cut to its length). */
static inline struct sv_str
str_from(struct sv_str s, size_t n)
{
	if (n > s.len)
		n = s.len;
	return (struct sv_str){ s.len ? s.ptr + n : s.ptr, s.len - n };
}

/** At most the first n bytes. */
static inline struct sv_str
str_upto(struct sv_str s, size_t n)
{
	if (s.len > n)
		s.len = n;
	return s;
}

#define STR_NONE ((size_t)-1)
/** So many digits never overflow 64 bits. */
#define STR_DIGITS_SAFE 19

/** Offset of the first occurrence, STR_NONE if there is none. */
size_t str_find(struct sv_str s, struct sv_str needle);
/** Offset of the last occurrence, STR_NONE if there is none. */
size_t str_find_last(struct sv_str s, struct sv_str needle);

static inline size_t
str_find_char(struct sv_str s, char c)
{
	const char *hit = s.len ? memchr(s.ptr, c, s.len) : NULL;
	return hit ? (size_t)(hit - s.ptr) : STR_NONE;
}

/** How many times `needle` occurs without overlap. */
size_t str_count(struct sv_str s, struct sv_str needle);
struct sv_str str_trim(struct sv_str s);

/** Decimal number of any length: str_take_u64() for numbers that may overflow. */
size_t str_take_long(struct sv_str s, uint64_t *ret_value);

/** Decimal number at the start: digits used (0 = none or overflow). */
static inline size_t
str_take_u64(struct sv_str s, uint64_t *ret_value)
{
	uint64_t v = 0;
	size_t i = 0;

	for (; i < s.len && (unsigned char)(s.ptr[i] - '0') < 10; i++) {
		if (i == STR_DIGITS_SAFE)
			return str_take_long(s, ret_value);
		v = v * 10 + (unsigned char)(s.ptr[i] - '0');
	}
	if (i)
		*ret_value = v;
	return i;
}

/** Hexadecimal likewise. */
size_t str_take_hex(struct sv_str s, uint64_t *ret_value);

/** FNV-1a, 64 bit, seeded: for tables and for telling texts apart, not for secrets. */
uint64_t str_hash(struct sv_str s, uint64_t seed);

/** Edit distance (with transposition) cut at `limit`: for "did you mean". */
size_t str_distance(struct sv_str a, struct sv_str b, size_t limit);
