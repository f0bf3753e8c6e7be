/* SPDX-License-Identifier: Apache-2.0 */
#include "sip/codes_data.h"

#include "base/text.h"

/** A search under way: the best match so far decides what is still collected. */
struct search {
	struct sv_str text;
	struct code_hit *hits;
	size_t max, n;
	enum codes_match best;
	size_t distance; /* of the similar ones collected */
};

/** Slips that are forgiven: one in four characters, at most three. */
static size_t
forgiven(size_t len)
{
	size_t slips = len / 4;

	return slips > 3 ? 3 : slips;
}

static bool
contains_nocase(struct sv_str text, struct sv_str part)
{
	for (size_t at = 0; at + part.len <= text.len; at++)
		if (str_ieq(str_make(text.ptr + at, part.len), part))
			return true;
	return false;
}

static size_t
distance_nocase(struct sv_str a, struct sv_str b, size_t limit)
{
	char lower[2][48];
	struct sv_str both[2] = { a, b };

	for (int k = 0; k < 2; k++) {
		if (both[k].len > sizeof(lower[k]))
			return limit;
		for (size_t i = 0; i < both[k].len; i++) {
			char c = both[k].ptr[i];
			lower[k][i] = c >= 'A' && c <= 'Z' ? (char)(c | 0x20) : c;
		}
	}
	return str_distance(str_make(lower[0], a.len), str_make(lower[1], b.len),
			    limit);
}

static enum codes_match
rate(const struct search *search, struct sv_str phrase, size_t *ret_distance)
{
	size_t limit = forgiven(search->text.len) + 1;

	*ret_distance = 0;
	if (phrase.len == 0)
		return CODES_NOTHING;
	if (str_ieq(phrase, search->text))
		return CODES_EXACT;
	if (contains_nocase(phrase, search->text))
		return CODES_CONTAINING;
	*ret_distance = distance_nocase(phrase, search->text, limit);
	return *ret_distance < limit ? CODES_SIMILAR : CODES_NOTHING;
}

/** Better than what is collected: start anew; as good: add; worse: drop. */
static void
collect(struct search *search, struct code_hit hit, const char *phrase)
{
	size_t distance;
	enum codes_match match = rate(search, str_of(phrase), &distance);
	bool better = search->best == CODES_NOTHING || match < search->best ||
		      (match == search->best && distance < search->distance);

	if (match == CODES_NOTHING)
		return;
	if (better) {
		search->best = match;
		search->distance = distance;
		search->n = 0;
	} else if (match != search->best || distance != search->distance) {
		return;
	}
	if (search->n < search->max)
		search->hits[search->n++] = hit;
}

enum codes_match
codes_search(struct sv_str text, struct code_hit *hits, size_t max, size_t *ret_n)
{
	struct search search = { .text = str_trim(text), .hits = hits, .max = max };

	*ret_n = 0;
	if (search.text.len == 0 || max == 0)
		return CODES_NOTHING;
	for (size_t i = 0; i < codes_table_n; i++)
		collect(&search, (struct code_hit){ .code = &codes_table[i] },
			codes_table[i].phrase);
	for (size_t i = 0; i < codes_phrases_n; i++) {
		const struct code_phrase *row = &codes_phrases[i];
		const struct code *code = codes_find(row->code);
		if (!code || !str_ieq(str_of(code->phrase), str_of(row->phrase)))
			collect(&search, (struct code_hit){ .phrase = row },
				row->phrase);
	}
	*ret_n = search.n;
	return search.best;
}
