/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the fuzz targets of the dialects share: any bytes as the lines of a file, and
 * once more as one datagram, through a stream. It reads them without harm, and what it
 * yields keeps the promises of <sipvigil/event.h>.
 */
#pragma once

#include "fuzz.h"

#include "base/text.h"
#include "dialect/stream.h"

#include <assert.h>

struct lines_fuzz {
	const char *dialect;        /* NULL: found by content */
	size_t per_line, beside;    /* events at most: lines × per_line + beside */
	const struct sv_ip *locals; /* see struct stream_spec */
	size_t n_locals;
	/** What this dialect promises beyond; may be NULL. */
	void (*check)(const struct sv_event *event);
	size_t events;
};

static void
lines_take(void *user, const struct sv_event *event)
{
	struct lines_fuzz *fuzz = user;

	fuzz->events++;
	assert(event->n_records >= 1 && event->n_records <= SV_EVENT_MAX_RECORDS);
	assert(event->outcome > SV_OUTCOME_NONE && event->outcome < SV_OUTCOME_COUNT);
	assert(event->outcome == SV_GAP || event->count >= 1);
	assert(event->code <= 999 && event->q850 <= 127);
	assert(event->claim.user.len <= SV_CLAIM_MAX_BYTES);
	assert(event->claim.dst.len <= SV_CLAIM_MAX_BYTES);
	assert(event->claim.ua.len <= SV_CLAIM_MAX_BYTES);
	assert(event->claim.phrase.len <= SV_CLAIM_MAX_BYTES);
	assert(event->claim.call_id.len <= SV_CLAIM_MAX_BYTES);
	assert(event->peer_ip.family == 0 || event->peer_ip.family == 4 ||
	       event->peer_ip.family == 6);
	assert(!fuzz->dialect || str_eq(event->pbx, str_of(fuzz->dialect)));
	if (fuzz->check)
		fuzz->check(event);
}

static inline void
lines_feed(struct lines_fuzz *fuzz, const uint8_t *data, size_t size)
{
	struct stream_spec spec = { .source = "file:fuzz",
				    .dialect = fuzz->dialect,
				    .stamps = { .zone = "UTC",
						.reference = UINT64_C(1795480000) *
							     SV_USEC_PER_SEC },
				    .locals = fuzz->locals,
				    .n_locals = fuzz->n_locals,
				    .emit = lines_take,
				    .user = fuzz };
	struct sv_str all = { (const char *)data, size };
	struct sv_record record = { 0 };
	struct stream *stream;
	size_t lines = 0;

	if (stream_new(&spec, &stream) < 0)
		return;
	for (struct sv_str rest = all; rest.len; lines++) {
		size_t end = str_find_char(rest, '\n');
		if (end == STR_NONE)
			end = rest.len;
		record.text = str_upto(rest, end);
		record.line++;
		(void)stream_feed(stream, &record);
		rest = str_from(rest, end + 1);
	}
	stream_flush(stream);
	record.text = all;
	record.flags = SV_RECORD_WHOLE;
	(void)stream_feed(stream, &record);
	stream_flush(stream);
	assert(fuzz->events <= lines * fuzz->per_line + fuzz->beside);
	stream_free(stream);
}
