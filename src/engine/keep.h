/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Deep copies of events, for those few places that must keep one beyond its callback:
 * the ledger (records that wait for their partner) and the merging of several logs.
 * The copy owns all its text in one block. Claims and record texts are cut at their
 * caps.
 */
#pragma once

#include <base/pack.h>
#include <sipvigil/event.h>
#include <stddef.h>
#include <string.h>

/** Like *to = *from, but of the records only those that are set are copied, and always
 *  the first: events are large, and nearly all have one record. */
static inline void
event_copy(struct sv_event *to, const struct sv_event *from)
{
	uint32_t n = from->n_records ? from->n_records : 1;

	if (n > SV_EVENT_MAX_RECORDS)
		n = SV_EVENT_MAX_RECORDS;
	memmove(to, from,
		offsetof(struct sv_event, records) + n * sizeof(from->records[0]));
}

struct kept_event {
	struct sv_event event; /* its views point into text */
	char *text;
	size_t cap;
};

/** Copy `event` with all text. The block of an earlier copy is used again. 0 or -ENOMEM
 *  (then *kept is unchanged). */
int kept_event_set(struct kept_event *kept, const struct sv_event *event);
/** Add where another record of the same event was read; beyond SV_EVENT_MAX_RECORDS
 * only counted. 0 or -ENOMEM. */
int kept_event_add_record(struct kept_event *kept, const struct sv_origin *origin);
/** Frees the block; the struct may be used again. */
void kept_event_done(struct kept_event *kept);

/** As bytes for the same build, and back into an unused one: 0, -EBADMSG, -ENOMEM. */
void kept_event_save(const struct kept_event *kept, struct pack *out);
int kept_event_load(struct kept_event *kept, struct unpack *in);
