/* SPDX-License-Identifier: Apache-2.0 */
#include "base/text.h"

/** Longer needles, and those whose first byte is found so often without them, are for
 *  memmem(): its tables take longer to make than most searches. */
#define FIND_NEEDLE 32
#define FIND_MISSES 64

/** Which byte of a needle is sought first: blanks and commas are everywhere. */
static inline size_t
sought_byte(struct sv_str needle)
{
	size_t by = 0;

	while (by < needle.len && (needle.ptr[by] == ' ' || needle.ptr[by] == ','))
		by++;
	return by < needle.len ? by : needle.len > 1 && needle.ptr[0] == ' ';
}

size_t
str_find(struct sv_str s, struct sv_str needle)
{
	if (needle.len == 0)
		return 0;
	if (s.len < needle.len)
		return STR_NONE;
	size_t by = sought_byte(needle);
	const char *at = s.ptr + by, *end = at + (s.len - needle.len) + 1, *hit;
	for (int i = 0; i < FIND_MISSES && needle.len <= FIND_NEEDLE; i++) {
		hit = at < end ? memchr(at, needle.ptr[by], (size_t)(end - at)) : NULL;
		if (!hit)
			return STR_NONE;
		const char *start = hit - by;
		if (start[needle.len - 1] == needle.ptr[needle.len - 1] &&
		    memcmp(start, needle.ptr, needle.len) == 0)
			return (size_t)(start - s.ptr);
		at = hit + 1;
	}
	at -= by;
	hit = memmem(at, s.len - (size_t)(at - s.ptr), needle.ptr, needle.len);
	return hit ? (size_t)(hit - s.ptr) : STR_NONE;
}

size_t
str_find_last(struct sv_str s, struct sv_str needle)
{
	if (needle.len == 0)
		return s.len;
	if (s.len < needle.len)
		return STR_NONE;
	size_t by = sought_byte(needle);
	const char *begin = s.ptr + by;
	size_t left = s.len - needle.len + 1;
	while (left) {
		const char *hit = memrchr(begin, needle.ptr[by], left);
		if (!hit)
			return STR_NONE;
		if (memcmp(hit - by, needle.ptr, needle.len) == 0)
			return (size_t)(hit - begin);
		left = (size_t)(hit - begin);
	}
	return STR_NONE;
}

size_t
str_count(struct sv_str s, struct sv_str needle)
{
	size_t n = 0;

	if (needle.len == 0)
		return 0;
	for (;;) {
		size_t at = str_find(s, needle);
		if (at == STR_NONE)
			return n;
		n++;
		s = str_from(s, at + needle.len);
	}
}

static bool
is_space(char c)
{
	return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

struct sv_str
str_trim(struct sv_str s)
{
	while (s.len && is_space(s.ptr[0]))
		s = str_from(s, 1);
	while (s.len && is_space(s.ptr[s.len - 1]))
		s.len--;
	return s;
}

size_t
str_take_long(struct sv_str s, uint64_t *ret_value)
{
	uint64_t v = 0;
	size_t i = 0;

	for (; i < s.len && s.ptr[i] >= '0' && s.ptr[i] <= '9'; i++)
		if (__builtin_mul_overflow(v, 10u, &v) ||
		    __builtin_add_overflow(v, (uint64_t)(s.ptr[i] - '0'), &v))
			return 0;
	if (i)
		*ret_value = v;
	return i;
}

size_t
str_take_hex(struct sv_str s, uint64_t *ret_value)
{
	uint64_t v = 0;
	size_t i = 0;

	for (; i < s.len; i++) {
		unsigned char c = (unsigned char)s.ptr[i];
		unsigned digit;
		if (c >= '0' && c <= '9')
			digit = c - '0';
		else if ((c | 0x20) >= 'a' && (c | 0x20) <= 'f')
			digit = (c | 0x20u) - 'a' + 10u;
		else
			break;
		if (v >> 60)
			return 0;
		v = v << 4 | digit;
	}
	if (i)
		*ret_value = v;
	return i;
}

uint64_t
str_hash(struct sv_str s, uint64_t seed)
{
	uint64_t h = 0xcbf29ce484222325u ^ seed;

	for (size_t i = 0; i < s.len; i++) {
		h ^= (unsigned char)s.ptr[i];
		h *= 0x100000001b3u;
	}
	h ^= h >> 32;
	h *= 0x9e3779b97f4a7c15u;
	return h ^ h >> 29;
}

#define DISTANCE_MAX 48

size_t
str_distance(struct sv_str a, struct sv_str b, size_t limit)
{
	size_t row[3][DISTANCE_MAX + 1];
	size_t *before = row[0], *last = row[1], *now = row[2];

	if (a.len > DISTANCE_MAX || b.len > DISTANCE_MAX)
		return limit;
	for (size_t j = 0; j <= b.len; j++)
		last[j] = j;
	for (size_t i = 1; i <= a.len; i++) {
		now[0] = i;
		for (size_t j = 1; j <= b.len; j++) {
			size_t cost = a.ptr[i - 1] != b.ptr[j - 1];
			size_t best = last[j - 1] + cost;
			if (last[j] + 1 < best)
				best = last[j] + 1;
			if (now[j - 1] + 1 < best)
				best = now[j - 1] + 1;
			if (i > 1 && j > 1 && a.ptr[i - 1] == b.ptr[j - 2] &&
			    a.ptr[i - 2] == b.ptr[j - 1] && before[j - 2] + 1 < best)
				best = before[j - 2] + 1;
			now[j] = best;
		}
		size_t *spare = before;
		before = last;
		last = now;
		now = spare;
	}
	return last[b.len] < limit ? last[b.len] : limit;
}
