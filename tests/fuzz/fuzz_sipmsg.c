/* SPDX-License-Identifier: Apache-2.0 */
/* Any bytes as the lines of a dump, and as one datagram: a stream reads them without
 * harm, and what it yields keeps the promises of <sipvigil/event.h>. */
#include "fuzz.h"

#include "base/text.h"
#include "dialect/stream.h"

#include <assert.h>

static void
take(void *user, const struct sv_event *event)
{
	size_t *n = user;

	++*n;
	assert(event->n_records == 1);
	assert(event->outcome > SV_OUTCOME_NONE && event->outcome < SV_OUTCOME_COUNT);
	assert(event->count >= 1);
	assert(event->code <= 699 && event->q850 <= 127);
	assert(event->claim.user.len <= SV_CLAIM_MAX_BYTES);
	assert(event->claim.dst.len <= SV_CLAIM_MAX_BYTES);
	assert(event->claim.ua.len <= SV_CLAIM_MAX_BYTES);
	assert(event->claim.phrase.len <= SV_CLAIM_MAX_BYTES);
	assert(event->claim.call_id.len <= SV_CLAIM_MAX_BYTES);
	assert(event->peer_ip.family == 0 || event->peer_ip.family == 4 ||
	       event->peer_ip.family == 6);
	assert(event->leg != SV_LEG_UNKNOWN || event->peer_ip.family == 0);
	assert(event->pbx.len == 6);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	size_t events = 0, lines = 0;
	struct sv_ip local = { .family = 4, .bytes = { 127, 0, 0, 1 } };
	struct stream_spec spec = { .source = "file:fuzz",
				    .dialect = "sipmsg",
				    .stamps = { .zone = "UTC",
						.reference = UINT64_C(1795480000) *
							     SV_USEC_PER_SEC },
				    .locals = &local,
				    .n_locals = size % 2,
				    .emit = take,
				    .user = &events };
	struct stream *stream;
	struct sv_str all = { (const char *)data, size };
	struct sv_record record = { 0 };

	if (stream_new(&spec, &stream) < 0)
		return 0;
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
	/* an attempt needs a request of a line at least */
	assert(events <= lines * 2 + 2);
	stream_free(stream);
	return 0;
}
