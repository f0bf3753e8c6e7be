/* SPDX-License-Identifier: Apache-2.0 */
#include "dialect/copies.h"

#include "base/text.h"

#define HASH_START UINT64_C(0xcbf29ce484222325)

/** Eight bytes at a time: lines that tell something are long. */
static uint64_t
hash_words(struct sv_str s, uint64_t hash)
{
	const uint64_t odd = UINT64_C(0x9e3779b97f4a7c15);
	const char *at = s.ptr, *end = s.ptr + (s.len & ~(sizeof(uint64_t) - 1));
	uint64_t word;

	for (; at < end; at += sizeof(word)) {
		memcpy(&word, at, sizeof(word));
		hash = (hash ^ word) * odd;
		hash ^= hash >> 32;
	}
	s.len %= sizeof(word);
	word = s.len;
	for (size_t i = 0; i < s.len; i++)
		((char *)&word)[i] = at[i];
	hash = (hash ^ word ^ (uint64_t)s.len << 56) * odd;
	return hash ^ hash >> 29;
}

/** Syslog daemons write control bytes as #012: the same record all the same. */
static uint64_t
hash_escaped(struct sv_str s)
{
	uint64_t hash = HASH_START;
	char plain[256];

	while (s.len) {
		size_t n = 0;
		while (s.len && n < sizeof(plain)) {
			size_t used = 1;
			uint64_t code;
			plain[n] = s.ptr[0];
			if (s.ptr[0] == '#' && s.len >= 4 && s.ptr[1] == '0' &&
			    str_take_u64(str_make(s.ptr + 2, 2), &code) == 2) {
				plain[n] = (char)(code / 10 * 8 + code % 10);
				used = 4;
			}
			n++;
			s = str_from(s, used);
		}
		hash = hash_words(str_make(plain, n), hash);
	}
	return hash;
}

uint64_t
copies_hash(struct sv_str message)
{
	/* the first line alone: files have the others as lines of their own */
	size_t end = str_find_char(message, '\n');

	if (end != STR_NONE)
		message = str_upto(message, end);
	if (str_find_char(message, '#') == STR_NONE ||
	    str_find(message, SV_STR("#0")) == STR_NONE)
		return hash_words(message, HASH_START);
	end = str_find(message, SV_STR("#012"));
	if (end != STR_NONE)
		message = str_upto(message, end);
	return hash_escaped(message);
}
