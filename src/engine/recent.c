/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/recent.h"

#include "base/text.h"

#include <errno.h>
#include <stdlib.h>

#define TEXTS 13
#define ALIGN 8u
#define LEAST_BYTES ((size_t)32 * 1024)
/* names of sources, hosts and peers are configured; longer ones are cut here */
#define NAME_MAX_BYTES 128
#define CURSOR_MAX_BYTES 256
/* How far ahead of a walk through the ring memory is fetched. */
#define FETCH_BYTES 1024

struct record {
	uint32_t size;   /* whole, a multiple of ALIGN */
	uint32_t before; /* offset of the next older record */
	sv_usec time;
	uint64_t line;
	struct sv_ip peer_ip;
	uint8_t outcome, leg, method, service, transport, attribution, time_source;
	uint16_t code, q850, peer_port;
	uint32_t count;
	uint16_t len[TEXTS]; /* of the texts that follow, in the order of texts_of() */
};

/** The texts of an event in the order of a record, the last three of its origin. */
static const struct {
	uint16_t offset, max;
} texts[TEXTS] = {
	{ offsetof(struct sv_event, peer), NAME_MAX_BYTES },
	{ offsetof(struct sv_event, pbx), NAME_MAX_BYTES },
	{ offsetof(struct sv_event, host), NAME_MAX_BYTES },
	{ offsetof(struct sv_event, account), SV_CLAIM_MAX_BYTES },
	{ offsetof(struct sv_event, role), NAME_MAX_BYTES },
	{ offsetof(struct sv_event, category), NAME_MAX_BYTES },
	{ offsetof(struct sv_event, claim.user), SV_CLAIM_MAX_BYTES },
	{ offsetof(struct sv_event, claim.dst), SV_CLAIM_MAX_BYTES },
	{ offsetof(struct sv_event, claim.ua), SV_CLAIM_MAX_BYTES },
	{ offsetof(struct sv_event, claim.phrase), SV_CLAIM_MAX_BYTES },
	{ offsetof(struct sv_event, records[0].source), NAME_MAX_BYTES },
	{ offsetof(struct sv_event, records[0].cursor), CURSOR_MAX_BYTES },
	{ offsetof(struct sv_event, records[0].text), SV_EVIDENCE_MAX_BYTES },
};

/** How many of the texts an event has that are to be kept. */
static size_t
texts_kept(const struct sv_event *event, bool with_text)
{
	if (event->n_records == 0)
		return TEXTS - 3;
	return with_text ? TEXTS : TEXTS - 1;
}

int
recent_init(struct recent *recent, size_t bytes)
{
	if (bytes < LEAST_BYTES)
		bytes = LEAST_BYTES;
	if (bytes > UINT32_MAX / 2)
		bytes = UINT32_MAX / 2;
	*recent = (struct recent){ .size = (uint32_t)(bytes / ALIGN * ALIGN) };
	recent->bytes = malloc(recent->size);
	return recent->bytes ? 0 : -ENOMEM;
}

void
recent_done(struct recent *recent)
{
	free(recent->bytes);
	*recent = (struct recent){ 0 };
}

static struct record *
record_at(const struct recent *recent, uint32_t at)
{
	return (struct record *)(void *)(recent->bytes + at);
}

/** Where the next newer record begins: behind it, or at the ring's start if its room
 *  there was skipped. Not for the newest. */
static uint32_t
behind(const struct recent *recent, uint32_t at)
{
	uint32_t next = at + record_at(recent, at)->size;

	if (next + sizeof(struct record) > recent->size ||
	    record_at(recent, next)->size == 0)
		next = 0;
	return next;
}

static void
drop_oldest(struct recent *recent)
{
	recent->n--;
	if (recent->n > 0)
		recent->oldest = behind(recent, recent->oldest);
}

/** Room for `size` bytes behind the newest record; the records there are dropped. */
static uint32_t
make_room(struct recent *recent, uint32_t size)
{
	uint32_t at = recent->n == 0 && recent->start + size <= recent->size
			      ? recent->start
			      : 0;

	if (recent->n) {
		at = recent->newest + record_at(recent, recent->newest)->size;
		if (at + size > recent->size) {
			/* what is left up to the end holds only oldest records */
			while (recent->n && recent->oldest >= at)
				drop_oldest(recent);
			if (at + sizeof(struct record) <= recent->size)
				record_at(recent, at)->size = 0;
			at = 0;
		}
	}
	while (recent->n && recent->oldest >= at && recent->oldest < at + size)
		drop_oldest(recent);
	return at;
}

/** Most texts are short: no call for those. */
static inline char *
put_text(char *to, struct sv_str s)
{
	if (s.len >= 8 && s.len <= 16) {
		memcpy(to, s.ptr, 8);
		memcpy(to + s.len - 8, s.ptr + s.len - 8, 8);
	} else if (s.len >= 4 && s.len < 8) {
		memcpy(to, s.ptr, 4);
		memcpy(to + s.len - 4, s.ptr + s.len - 4, 4);
	} else if (s.len > 0) {
		memcpy(to, s.ptr, s.len);
	}
	return to + s.len;
}

void
recent_add(struct recent *recent, const struct sv_event *event, bool with_text)
{
	struct sv_str kept[TEXTS];
	struct record head = {
		.time = event->time,
		.peer_ip = event->peer_ip,
		.outcome = (uint8_t)event->outcome,
		.leg = (uint8_t)event->leg,
		.method = (uint8_t)event->method,
		.service = (uint8_t)event->service,
		.transport = (uint8_t)event->transport,
		.attribution = (uint8_t)event->attribution,
		.time_source = (uint8_t)event->time_source,
		.code = event->code,
		.q850 = event->q850,
		.peer_port = event->peer_port,
		.count = event->count,
		.line = event->n_records ? event->records[0].line : 0,
	};
	size_t n = texts_kept(event, with_text), size = sizeof(head);

	for (size_t i = 0; i < n; i++) {
		memcpy(&kept[i], (const char *)event + texts[i].offset,
		       sizeof(kept[i]));
		kept[i] = str_upto(kept[i], texts[i].max);
		head.len[i] = (uint16_t)kept[i].len;
		size += kept[i].len;
	}
	size = (size + ALIGN - 1) / ALIGN * ALIGN;
	uint32_t at = make_room(recent, (uint32_t)size);
	head.size = (uint32_t)size;
	head.before = recent->newest;
	char *to = recent->bytes + at;
	memcpy(to, &head, sizeof(head));
	to += sizeof(head);
	for (size_t i = 0; i < n; i++)
		to = put_text(to, kept[i]);
	if (recent->n++ == 0)
		recent->oldest = at;
	recent->newest = at;
}

/** One record further back; NULL when there are no more. */
static const struct record *
go_back(const struct recent *recent, uint32_t *at, size_t *seen)
{
	if (*at == RECENT_START)
		*seen = 0;
	if (*seen >= recent->n)
		return NULL;
	*at = *at == RECENT_START ? recent->newest : record_at(recent, *at)->before;
	(*seen)++;
	/* older ones stand before it, but for once around the ring */
	if (*at > FETCH_BYTES)
		__builtin_prefetch(recent->bytes + *at - FETCH_BYTES);
	return record_at(recent, *at);
}

static void
fill_event(const struct record *r, struct sv_event *ret_event)
{
	/* thousands are looked at for one alert: records behind the first stay as they
	 * are, n_records says that there are none */
	memset(ret_event, 0, offsetof(struct sv_event, records[1]));
	ret_event->time = r->time;
	ret_event->time_source = (enum sv_time_source)r->time_source;
	ret_event->outcome = (enum sv_outcome)r->outcome;
	ret_event->leg = (enum sv_leg)r->leg;
	ret_event->method = (enum sv_method)r->method;
	ret_event->service = (enum sv_service)r->service;
	ret_event->transport = (enum sv_transport)r->transport;
	ret_event->attribution = (enum sv_attribution)r->attribution;
	ret_event->code = r->code;
	ret_event->q850 = r->q850;
	ret_event->peer_port = r->peer_port;
	ret_event->count = r->count;
	ret_event->peer_ip = r->peer_ip;
	ret_event->n_records = 1;
	ret_event->records[0].line = r->line;
	const char *text = (const char *)(r + 1);
	for (size_t i = 0; i < TEXTS; i++) {
		struct sv_str view = str_make(text, r->len[i]);
		memcpy((char *)ret_event + texts[i].offset, &view, sizeof(view));
		text += r->len[i];
	}
}

bool
recent_next(const struct recent *recent, uint32_t *at, size_t *seen,
	    struct sv_event *ret_event)
{
	const struct record *r = go_back(recent, at, seen);

	if (r)
		fill_event(r, ret_event);
	return r != NULL;
}

static bool
is_wanted(const struct record *r, const struct recent_want *want)
{
	if (!(want->outcomes >> r->outcome & 1) || r->time > want->until ||
	    want->until - r->time >= want->span)
		return false;
	if (want->ip &&
	    (r->peer_ip.family != want->ip->family ||
	     memcmp(r->peer_ip.bytes, want->ip->bytes, sizeof(want->ip->bytes)) != 0))
		return false;
	return !want->peer.ptr ||
	       str_eq(want->peer, str_make((const char *)(r + 1), r->len[0]));
}

bool
recent_find(const struct recent *recent, const struct recent_want *want, uint32_t *at,
	    size_t *seen, struct sv_event *ret_event)
{
	const struct record *r;

	if (*at == RECENT_START)
		*seen = 0;
	while (*seen < want->max && (r = go_back(recent, at, seen))) {
		if (r->time + want->span + want->grace <= want->until)
			return false; /* older ones cannot be in the span */
		if (is_wanted(r, want)) {
			fill_event(r, ret_event);
			return true;
		}
	}
	return false;
}

/* A record's bytes are only read by the build that wrote them: this tells another. */
#define LAYOUT                                                                        \
	((uint32_t)(sizeof(struct record) << 16 | offsetof(struct record, len) << 8 | \
		    TEXTS))

void
recent_save(const struct recent *recent, struct pack *out)
{
	uint32_t at = recent->oldest;

	pack_u32(out, LAYOUT);
	pack_u32(out, recent->size);
	pack_u32(out, at);
	pack_u32(out, (uint32_t)recent->n);
	for (size_t i = 0; i < recent->n; i++) {
		const struct record *r = record_at(recent, at);
		pack_str(out, str_make((const char *)r, r->size));
		if (i + 1 < recent->n)
			at = behind(recent, at);
	}
}

/* Of enums beyond their lists nothing good can come. */
static bool
is_sound(const struct record *r, size_t bytes)
{
	size_t len = sizeof(*r);

	for (size_t i = 0; i < TEXTS; i++) {
		if (r->len[i] > texts[i].max)
			return false;
		len += r->len[i];
	}
	return len <= bytes && r->outcome < SV_OUTCOME_COUNT && r->leg <= SV_LEG_OUT &&
	       r->attribution <= SV_ATTRIBUTION_FORGEABLE && r->peer_ip.family <= 6;
}

int
recent_load(struct recent *recent, struct unpack *in)
{
	bool same = unpack_u32(in) == LAYOUT;
	uint32_t size = unpack_u32(in), oldest = unpack_u32(in);
	uint32_t n = unpack_u32(in);
	struct {
		struct record head;
		char text[LEAST_BYTES / 4];
	} copy;
	struct sv_event event;

	/* Where they lay before: how soon the oldest make room depends on it. */
	if (same && size == recent->size && oldest < size && oldest % ALIGN == 0)
		recent->start = oldest;
	for (uint32_t i = 0; i < n; i++) {
		struct sv_str bytes = unpack_str(in);
		if (!unpack_ok(in))
			return -EBADMSG;
		if (!same)
			continue; /* another build's: evidence begins anew */
		if (bytes.len < sizeof(copy.head) || bytes.len > sizeof(copy))
			return -EBADMSG;
		memcpy(&copy, bytes.ptr, bytes.len);
		if (!is_sound(&copy.head, bytes.len))
			return -EBADMSG;
		fill_event(&copy.head, &event);
		recent_add(recent, &event, event.records[0].text.len > 0);
	}
	return unpack_ok(in) ? 0 : -EBADMSG;
}
