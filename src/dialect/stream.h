/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A stream: the records of one source in their order, on their way to a dialect. It
 * finds the dialect (from configuration, identifier, unit or content), strips what
 * transports put in front (syslog headers: base/header.h), resolves time stamps
 * (base/stamp.h) and names source and host in the events.
 *
 * One stream per file or journal input. The hot path, a line that says nothing about
 * SIP, allocates nothing, copies nothing and reads no date.
 */
#pragma once

#include <base/pack.h>
#include <base/stamp.h>
#include <sipvigil/dialect.h>

struct registry;
struct stream;

struct stream_spec {
	const char *source;              /* name in events: "file:messages" */
	const char *dialect;             /* NULL: from identifier, unit or content */
	const struct registry *registry; /* must outlive the stream; NULL: the built-in
					    dialects */
	const char *host; /* host name for records without one; NULL: none */
	struct stamp_rules stamps;
	const struct sv_ip *locals; /* the PBX's own addresses; must outlive the stream
				     */
	size_t n_locals;
	uint32_t id; /* unique per stream, for sv_hints.stream_id */
	void (*emit)(void *user, const struct sv_event *raw);
	void *user;
};

struct stream_stats {
	uint64_t records, bytes, events, skipped, malformed, foreign, gaps;
	uint64_t others;     /* of the foreign ones: of another program, by its name */
	uint64_t told;       /* records that told an event or are a part of one */
	uint64_t novel;      /* of the skipped ones: worded as no known message is */
	sv_usec last_time;   /* newest event time read */
	const char *dialect; /* found so far or NULL */
};

/** 0, -ENOENT (no such dialect), -ENOMEM. */
int stream_new(const struct stream_spec *spec, struct stream **ret_stream);
void stream_free(struct stream *stream);
/** Other dialects from now on: those of the same name and state go on where they are, a
 *  dialect that is gone is forgotten. The old registry is not used any more. */
void stream_change(struct stream *stream, const struct registry *registry);
/** Feed one record. Its dialect may emit zero or more raw events. */
enum sv_parse stream_feed(struct stream *stream, const struct sv_record *record);
/** End of input: nothing that is still open will be continued. */
void stream_flush(struct stream *stream);
/** Nothing came for a while: a record that was begun is complete. */
void stream_pause(struct stream *stream);
/** Time of a record's text, read now (for progress of event time); 0 if it has none. */
sv_usec stream_time_of(struct stream *stream, const struct sv_record *record);
/** What it must remember between records (an entry that spans lines, the calls that a
 *  dialect follows, how its lines begin, what its stamps taught), for stream_load(). */
void stream_save(const struct stream *stream, struct pack *out);
/** Into a new stream with the same spec. 0; -EBADMSG: nothing was taken over, the
 *  stream begins anew. */
int stream_load(struct stream *stream, struct unpack *in);
/** The record that was fed last is not understood: of no PBX, though not of another
 *  program either, not to be trusted, or worded as no known message is. */
bool stream_is_unknown(const struct stream *stream);
/** The text of the record that was fed last without what transports put in front;
 *  borrowed from it. */
struct sv_str stream_text(const struct stream *stream);
/** `to` goes on where `from` ends, the next part of one log: it takes over what that
 *  remembers between records and leaves it like new. Both have the same spec but for
 *  names and time, and `to` has read nothing. */
void stream_hand_over(struct stream *from, struct stream *to);
void stream_stats_get(const struct stream *stream, struct stream_stats *ret_stats);
