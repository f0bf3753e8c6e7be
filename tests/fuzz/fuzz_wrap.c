/* SPDX-License-Identifier: Apache-2.0 */
/* What others saved: whatever the bytes, the records are the same however the bytes come
 * in, each has a time and is within the cap. Every kind is tried, also on bytes that are
 * not of it. */
#include "fuzz.h"

#include "base/text.h"
#include "input/wrap.h"

#include <assert.h>
#include <stdlib.h>

#define CAP ((size_t)256)

struct sum {
	uint64_t n, hash;
	struct wrap_stats stats;
};

static void
note(struct sum *sum, const struct sv_record *record)
{
	assert(record->text.len <= CAP);
	assert(record->time && record->time_source >= SV_TIME_ZONED);
	assert(record->host.len <= 256 && record->ident.len <= 256);
	sum->n++;
	sum->hash = str_hash(record->text, sum->hash ^ record->time ^ record->flags);
}

static void
unwrap(enum wrap_kind kind, struct sv_str input, size_t step, struct sum *sum)
{
	struct wrap *wrap = NULL;
	struct lines lines;
	struct sv_record record;
	enum wrap_result result;

	*sum = (struct sum){ 0 };
	if (wrap_new(kind, CAP, &wrap) < 0 ||
	    lines_init(&lines, wrap_line_bytes(kind, CAP), 512) < 0)
		abort();
	do {
		size_t room;
		char *to = lines_room(&lines, &room);
		struct sv_str some = str_upto(input, step < room ? step : room);
		if (some.len)
			memcpy(to, some.ptr, some.len);
		lines_added(&lines, some.len);
		input = str_from(input, some.len);
		while ((result = wrap_next(wrap, &lines, !input.len, &record)) ==
		       WRAP_RECORD)
			note(sum, &record);
	} while (input.len && result != WRAP_BROKEN);
	wrap_stats_get(wrap, &sum->stats);
	lines_done(&lines);
	wrap_free(wrap);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const enum wrap_kind kinds[] = { WRAP_EXPORT, WRAP_JSON, WRAP_DOCKER,
						WRAP_CRI };
	struct sv_str input = str_make((const char *)data, size);
	enum wrap_kind kind;

	(void)wrap_look(input, false, &kind);
	assert(wrap_look(input, true, &kind));
	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
		struct sum one, other;
		unwrap(kinds[i], input, 512, &one);
		unwrap(kinds[i], input, 3, &other);
		assert(one.n == other.n && one.hash == other.hash);
		assert(one.stats.cut == other.stats.cut &&
		       one.stats.damaged == other.stats.damaged);
	}
	return 0;
}
