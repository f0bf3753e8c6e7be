/* SPDX-License-Identifier: Apache-2.0 */
/* What stands in front of a line: the message lies inside the line, a stamp that is
 * read is read again alike, a split without times differs in nothing but the time. */
#include "fuzz.h"

#include "base/header.h"
#include "base/text.h"
#include "base/zone.h"

#include <assert.h>
#include <stdlib.h>

static bool
is_inside(struct sv_str part, struct sv_str whole)
{
	return part.len == 0 ||
	       (part.ptr >= whole.ptr && part.ptr + part.len <= whole.ptr + whole.len);
}

static void
check_line(struct stamp *stamp, struct sv_str line)
{
	struct header full, lazy;
	unsigned char byte;

	header_split(stamp, line, &full);
	header_split(NULL, line, &lazy);
	assert(is_inside(full.text, line) && is_inside(full.host, line) &&
	       is_inside(full.ident, line));
	assert(full.repeated >= 1 && full.priority >= -1 && full.priority <= 191);
	assert((full.time != 0) == (full.time_source != SV_TIME_NONE));
	assert(full.text.ptr == lazy.text.ptr && full.text.len == lazy.text.len);
	assert(full.has_date == lazy.has_date && lazy.time == 0);
	header_split_message(stamp, line, &lazy);
	assert(is_inside(lazy.text, line) && is_inside(lazy.host, line) &&
	       is_inside(lazy.ident, line));
	assert(lazy.repeated >= 1 && lazy.priority >= -1 && lazy.priority <= 191);
	for (size_t at = 0; (at = header_find_escape(line, at, &byte)) != STR_NONE;
	     at++)
		assert(at + 4 <= line.len && (byte < 32 || byte == 127));
}

static void
check_stamp(struct stamp *stamp, struct sv_str line)
{
	enum sv_time_source source;
	size_t used = 0, again = 0;
	sv_usec a = 0, b = 0;

	if (!stamp_read(stamp, line, &used, &a, &source))
		return;
	assert(used > 0 && used <= line.len && a > 0);
	/* The order of lines decides only about a repeated hour and a missing year. */
	assert(stamp_read(stamp, str_upto(line, used), &again, &b, &source));
	assert(again <= used); /* a zone may need the bracket behind it */
	if (source == SV_TIME_ZONED)
		assert(a == b);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct stamp_rules rules = { "CET-1CEST,M3.5.0,M10.5.0/3", 0,
				     (sv_usec)1795377600 * SV_USEC_PER_SEC };
	struct sv_str rest = str_make((const char *)data, size);
	struct stamp *stamp = NULL;
	struct zone *zone = NULL;
	char name[64];

	if (stamp_new(&rules, &stamp) < 0)
		abort();
	while (rest.len) {
		size_t lf = str_find_char(rest, '\n');
		struct sv_str line = str_upto(rest, lf == STR_NONE ? rest.len : lf);
		check_line(stamp, line);
		check_stamp(stamp, line);
		rest = str_from(rest, line.len + 1);
	}
	stamp_free(stamp);

	/* The same bytes as the name of a zone, which may be a rule. */
	struct sv_str head = str_upto(str_make((const char *)data, size), 63);
	memcpy(name, data, head.len);
	name[head.len] = '\0';
	if (zone_new(name, &zone) == 0) {
		struct zone_span span;
		for (int64_t t = 0; t < 4102444800; t += 40000003) {
			zone_at(zone, t, &span);
			assert(span.since <= t && t < span.until);
		}
		zone_free(zone);
	}
	return 0;
}
