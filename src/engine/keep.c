/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/keep.h"

#include "base/text.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define RECORD_TEXT_MAX_BYTES 512

/* All views of an event with the longest length that is kept of each. */
#define MAX_VIEWS (11 + 3 * SV_EVENT_MAX_RECORDS)

struct view {
	struct sv_str *str;
	size_t cap;
};

static size_t
views_of(struct sv_event *e, struct view out[MAX_VIEWS])
{
	size_t n = 0;

	out[n++] = (struct view){ &e->peer, SV_CLAIM_MAX_BYTES };
	out[n++] = (struct view){ &e->pbx, 64 };
	out[n++] = (struct view){ &e->host, SV_CLAIM_MAX_BYTES };
	out[n++] = (struct view){ &e->account, SV_CLAIM_MAX_BYTES };
	out[n++] = (struct view){ &e->role, 64 };
	out[n++] = (struct view){ &e->category, 64 };
	out[n++] = (struct view){ &e->claim.user, SV_CLAIM_MAX_BYTES };
	out[n++] = (struct view){ &e->claim.dst, SV_CLAIM_MAX_BYTES };
	out[n++] = (struct view){ &e->claim.ua, SV_CLAIM_MAX_BYTES };
	out[n++] = (struct view){ &e->claim.call_id, SV_CLAIM_MAX_BYTES };
	out[n++] = (struct view){ &e->claim.phrase, SV_CLAIM_MAX_BYTES };
	for (uint32_t i = 0; i < e->n_records && i < SV_EVENT_MAX_RECORDS; i++) {
		out[n++] = (struct view){ &e->records[i].source, SV_CLAIM_MAX_BYTES };
		out[n++] = (struct view){ &e->records[i].cursor, 512 };
		out[n++] = (struct view){ &e->records[i].text, RECORD_TEXT_MAX_BYTES };
	}
	return n;
}

int
kept_event_set(struct kept_event *kept, const struct sv_event *event)
{
	struct view views[MAX_VIEWS];
	char *text = kept->text;
	size_t n, need = 0, cap = kept->cap;
	/* the event may be a copy of our own: then its text lies in our block */
	bool own = text && event->records[0].text.ptr >= text &&
		   event->records[0].text.ptr < text + cap;

	n = views_of((struct sv_event *)(uintptr_t)event, views);
	for (size_t i = 0; i < n; i++)
		need += views[i].str->len < views[i].cap ? views[i].str->len
							 : views[i].cap;
	if (need > cap || own) {
		cap = need < 256 ? 256 : need;
		text = malloc(cap);
		if (!text)
			return -ENOMEM;
	}
	event_copy(&kept->event, event);
	n = views_of(&kept->event, views);
	char *at = text;
	for (size_t i = 0; i < n; i++) {
		struct sv_str *str = views[i].str;
		if (str->len > views[i].cap)
			str->len = views[i].cap;
		if (str->len && at)
			memcpy(at, str->ptr, str->len);
		str->ptr = at;
		at += str->len;
	}
	if (text != kept->text) {
		free(kept->text);
		kept->text = text;
		kept->cap = cap;
	}
	return 0;
}

int
kept_event_add_record(struct kept_event *kept, const struct sv_origin *origin)
{
	struct kept_event bigger = { 0 };
	struct sv_event event = kept->event;

	if (event.n_records >= SV_EVENT_MAX_RECORDS)
		return 0;
	event.records[event.n_records++] = *origin;
	int r = kept_event_set(&bigger, &event);
	if (r < 0)
		return r;
	free(kept->text);
	*kept = bigger;
	return 0;
}

void
kept_event_done(struct kept_event *kept)
{
	free(kept->text);
	*kept = (struct kept_event){ 0 };
}

/* The struct as it lies in memory, then its texts in the order of views_of(). */
void
kept_event_save(const struct kept_event *kept, struct pack *out)
{
	struct sv_event event = kept->event;
	struct view views[MAX_VIEWS];
	size_t n = views_of(&event, views);

	pack_bytes(out, &kept->event, sizeof(kept->event));
	for (size_t i = 0; i < n; i++)
		pack_str(out, *views[i].str);
}

static bool
is_sound(const struct sv_event *e)
{
	return (unsigned)e->outcome < SV_OUTCOME_COUNT &&
	       (unsigned)e->leg <= SV_LEG_OUT &&
	       (unsigned)e->method <= SV_METHOD_OTHER &&
	       (unsigned)e->service <= SV_SERVICE_HTTP &&
	       (unsigned)e->attribution <= SV_ATTRIBUTION_FORGEABLE &&
	       (unsigned)e->time_source <= SV_TIME_JOURNAL && e->peer_ip.family <= 6 &&
	       (unsigned)e->hint.channel < SV_CHANNEL_COUNT &&
	       (unsigned)e->hint.tell <= SV_TELL_DETAIL &&
	       *(const unsigned char *)&e->hint.has_call_mark <= 1 &&
	       *(const unsigned char *)&e->hint.alone <= 1 &&
	       e->n_records <= SV_EVENT_MAX_RECORDS;
}

int
kept_event_load(struct kept_event *kept, struct unpack *in)
{
	struct view views[MAX_VIEWS];
	struct sv_event event;
	const void *bytes = unpack_bytes(in, sizeof(event));
	size_t n;

	if (!bytes)
		return -EBADMSG;
	memcpy(&event, bytes, sizeof(event));
	if (!is_sound(&event))
		return -EBADMSG;
	n = views_of(&event, views);
	for (size_t i = 0; i < n; i++)
		*views[i].str = unpack_str(in);
	return unpack_ok(in) ? kept_event_set(kept, &event) : -EBADMSG;
}
