/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a stream remembers between records as bytes, and back. States of dialects are
 * plain data: they are saved as they lie in memory, runs of zeros left out, and read by
 * the build that wrote them alone.
 */
#include "dialect/stream_state.h"

#include "base/text.h"
#include "dialect/registry.h"

#include <errno.h>
#include <stdlib.h>

#define FORMAT 3u
/** Fewer zeros in a row are not worth a place of their own. */
#define ZEROS_LEAST 16

static size_t
zeros_at(const char *bytes, size_t len)
{
	uint64_t word = 0;
	size_t n = 0;

	/* a thousand senders of syslog have states of some hundred MB, nearly all zeros */
	for (; len - n >= sizeof(word); n += sizeof(word)) {
		memcpy(&word, bytes + n, sizeof(word));
		if (word)
			break;
	}
	while (n < len && bytes[n] == 0)
		n++;
	return n;
}

/** How far it is to the next run of zeros that is worth leaving out. */
static size_t
literal_at(const char *bytes, size_t len)
{
	size_t n = 0;

	while (n < len) {
		size_t zeros = zeros_at(bytes + n, len - n);
		if (zeros >= ZEROS_LEAST || (zeros && n + zeros == len))
			break;
		n += zeros ? zeros : 1;
	}
	return n;
}

/** Zeros left out, bytes given, by turns until `len` is reached. */
static void
save_state(struct pack *out, const char *bytes, size_t len)
{
	size_t at = 0;

	while (at < len) {
		size_t zeros = zeros_at(bytes + at, len - at);
		at += zeros;
		size_t literal = literal_at(bytes + at, len - at);
		pack_u32(out, (uint32_t)zeros);
		pack_str(out, str_make(bytes + at, literal));
		at += literal;
	}
}

static int
load_state(struct unpack *in, char *bytes, size_t len)
{
	size_t at = 0;

	while (at < len) {
		size_t zeros = unpack_u32(in);
		struct sv_str literal = unpack_str(in);
		if (!unpack_ok(in) || zeros > len - at ||
		    literal.len > len - at - zeros || zeros + literal.len == 0)
			return -EBADMSG;
		at += zeros;
		if (literal.len)
			memcpy(bytes + at, literal.ptr, literal.len);
		at += literal.len;
	}
	return 0;
}

static int
skip_state(struct unpack *in, uint64_t len)
{
	for (uint64_t at = 0; at < len;) {
		uint64_t n = unpack_u32(in);
		n += unpack_str(in).len;
		if (!unpack_ok(in) || n == 0 || n > len - at)
			return -EBADMSG;
		at += n;
	}
	return 0;
}

static void
save_stats(const struct stream_stats *stats, struct pack *out)
{
	pack_u64(out, stats->records);
	pack_u64(out, stats->bytes);
	pack_u64(out, stats->events);
	pack_u64(out, stats->skipped);
	pack_u64(out, stats->malformed);
	pack_u64(out, stats->foreign);
	pack_u64(out, stats->gaps);
	pack_u64(out, stats->others);
	pack_u64(out, stats->told);
	pack_u64(out, stats->novel);
	pack_u64(out, stats->last_time);
}

static void
load_stats(struct stream_stats *stats, struct unpack *in)
{
	stats->records = unpack_u64(in);
	stats->bytes = unpack_u64(in);
	stats->events = unpack_u64(in);
	stats->skipped = unpack_u64(in);
	stats->malformed = unpack_u64(in);
	stats->foreign = unpack_u64(in);
	stats->gaps = unpack_u64(in);
	stats->others = unpack_u64(in);
	stats->told = unpack_u64(in);
	stats->novel = unpack_u64(in);
	stats->last_time = unpack_u64(in);
}

void
stream_save(const struct stream *s, struct pack *out)
{
	pack_u32(out, FORMAT);
	pack_str(out, SV_STR(PACKAGE_VERSION));
	save_stats(&s->stats, out);
	stamp_save(s->stamp, out);
	pack_u8(out, (uint8_t)s->framing);
	pack_u8(out, (uint8_t)s->framing_seen);
	pack_u64(out, s->last_host);
	pack_str(out, str_make(s->last, s->last_len));
	pack_str(out, s->dialect && s->ctx.state ? str_of(s->dialect->name)
						 : (struct sv_str){ 0 });
	for (size_t i = 0; i < registry_count(s->spec.registry); i++) {
		const struct sv_dialect *d = registry_dialects(s->spec.registry)[i];
		if (!s->states[i])
			continue;
		pack_str(out, str_of(d->name));
		pack_u64(out, d->state_size);
		save_state(out, s->states[i], d->state_size);
	}
	pack_str(out, (struct sv_str){ 0 });
}

/** As long as a name comes: the dialect's state. */
static int
load_states(struct stream *s, struct unpack *in)
{
	for (;;) {
		struct sv_str name = unpack_str(in);
		const struct sv_dialect *d;
		if (!unpack_ok(in))
			return -EBADMSG;
		if (!name.len)
			return 0;
		d = registry_find(s->spec.registry, name);
		uint64_t size = unpack_u64(in);
		if (d && (size != d->state_size ||
			  s->states[registry_index(s->spec.registry, d)] ||
			  !stream_use_dialect(s, d)))
			return -EBADMSG;
		/* a pattern that is not configured any more */
		int r = d ? load_state(in, s->ctx.state, d->state_size)
			  : skip_state(in, size);
		if (r < 0)
			return r;
	}
}

/** The dialect that was being read goes on. */
static void
choose_dialect(struct stream *s, const struct sv_dialect *fixed, struct sv_str name)
{
	const struct sv_dialect *named = registry_find(s->spec.registry, name);

	s->dialect = fixed;
	s->ctx.state = NULL;
	if (named && s->states[registry_index(s->spec.registry, named)])
		(void)stream_use_dialect(s, named);
	if (!s->ctx.state)
		s->stats.dialect = NULL;
}

static int
load(struct stream *s, struct unpack *in)
{
	const struct sv_dialect *fixed = s->dialect;
	struct sv_str last, name;
	uint8_t framing, seen;
	uint64_t last_host;
	int r;

	if (unpack_u32(in) != FORMAT ||
	    !str_eq(unpack_str(in), SV_STR(PACKAGE_VERSION)))
		return -EBADMSG;
	load_stats(&s->stats, in);
	stamp_load(s->stamp, in);
	framing = unpack_u8(in);
	seen = unpack_u8(in);
	last_host = unpack_u64(in);
	last = unpack_str(in);
	name = unpack_str(in);
	if (!unpack_ok(in) || framing > FRAMING_HEADER || seen > FRAMING_SURE ||
	    last.len > sizeof(s->last))
		return -EBADMSG;
	r = load_states(s, in);
	if (r < 0)
		return r;
	s->framing = (enum framing)framing;
	s->framing_seen = seen;
	s->last_host = last_host;
	s->last_len = last.len;
	if (last.len)
		memcpy(s->last, last.ptr, last.len);
	/* With another dialect in the configuration the learned one does not matter. */
	choose_dialect(s, fixed, s->fixed ? str_of(fixed->name) : name);
	if (!s->ctx.state && s->framing == FRAMING_BARE)
		s->framing_seen = 0;
	return 0;
}

int
stream_load(struct stream *s, struct unpack *in)
{
	const struct sv_dialect *fixed = s->fixed ? s->dialect : NULL;
	int r = load(s, in);

	if (r >= 0)
		return 0;
	for (size_t i = 0; i < REGISTRY_MAX; i++) {
		free(s->states[i]);
		s->states[i] = NULL;
	}
	s->stats = (struct stream_stats){ 0 };
	s->dialect = fixed;
	s->ctx.state = NULL;
	return r;
}

/** What belongs to a stream whatever it reads goes back to it. */
static void
keep_identity(struct stream *s, const struct stream *was)
{
	s->spec = was->spec;
	s->source = was->source;
	s->host = was->host;
	s->ctx.user = s;
	s->ctx.locals = was->ctx.locals;
	s->ctx.n_locals = was->ctx.n_locals;
	s->record = NULL;
	s->has_header = false;
	s->header_len = 0; /* its parts point into the stream that it was kept in */
}

static void
keep_counts(struct stream_stats *stats, const struct stream_stats *was)
{
	struct stream_stats learned = *stats;

	*stats = *was;
	stats->last_time = learned.last_time;
	stats->dialect = learned.dialect;
}

void
stream_hand_over(struct stream *from, struct stream *to)
{
	struct stream ended = *from, begun = *to;

	*to = ended;
	*from = begun;
	keep_identity(to, &begun);
	keep_identity(from, &ended);
	keep_counts(&to->stats, &begun.stats);
	keep_counts(&from->stats, &ended.stats);
}
