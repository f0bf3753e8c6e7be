/* SPDX-License-Identifier: Apache-2.0 */
/* Inside of a stream: for stream.c, stream_header.c and stream_saved.c alone. */
#pragma once

#include "base/header.h"
#include "dialect/registry.h"
#include "dialect/stream.h"

/** "last message repeated N times" gives again what this much of a message said. */
#define LAST_MAX_BYTES ((size_t)2048)
/** Headers longer than this are split each time. */
#define HEADER_MAX_BYTES ((size_t)160)
/** No process has a longer number. */
#define PID_DIGITS ((size_t)10)
/** Records of one dialect after which the way lines begin in a source is settled. */
#define FRAMING_SURE 3

/** What stands in front of the PBX's own text. */
enum framing {
	FRAMING_UNKNOWN,
	FRAMING_BARE,   /* nothing: a file the PBX wrote itself */
	FRAMING_HEADER, /* something that header_split() takes off */
};

/** Services of a container host whose lines stand in one file. */
#define SERVICES 8
struct service {
	uint64_t name; /* hash */
	const struct sv_dialect *dialect;
};

struct stream {
	const struct sv_dialect *dialect; /* the only one, or the last one found */
	bool fixed;                       /* by configuration */
	enum framing framing;
	unsigned framing_seen; /* records that agree with `framing` */
	struct sv_parse_context ctx;
	const struct sv_record *record; /* being parsed */
	struct header header;           /* of the record, if it was split */
	bool has_header;
	bool unknown;       /* the record was not understood */
	bool nobodys;       /* no dialect's content, not that of sipmsg either */
	bool header_stale;  /* its time is that of an earlier record */
	size_t header_len;  /* of the last header, 0 = none that is kept */
	size_t header_host; /* what follows here was the same in the one before … */
	size_t header_pid;  /* … but for the digits here; 0 = it has none */
	struct header kept; /* its parts, in last_header */
	const struct sv_dialect *kept_dialect; /* whose identifier it has, or NULL */
	uint32_t repeated;
	struct stream_stats stats;
	struct stamp *stamp;
	struct stream_spec spec;
	char *source, *host;
	void *states[REGISTRY_MAX]; /* one a dialect of the registry, NULL until needed
				     */
	char last_header[HEADER_MAX_BYTES];
	struct service services[SERVICES];
	uint64_t last_host; /* hash of the host that said `last` */
	size_t last_len;
	char last[LAST_MAX_BYTES];
};

/** State of the dialect, made at its first record. False: no memory. */
bool stream_use_dialect(struct stream *s, const struct sv_dialect *dialect);

/** The best time there is: the journal's before one with a zone before one without. */
void stream_resolve_time(struct stream *s, struct sv_event *ev);

/* stream_gap.c */

/** A record that is news of a gap. */
void stream_feed_gap(struct stream *s, const struct sv_record *record);
/** The syslog daemon says that it dropped messages: a gap, if they may have been those
 *  of a PBX. False: it says nothing of the kind. */
bool stream_feed_notice(struct stream *s, const struct sv_record *record);

/* stream_header.c */

/**
 * Lines of one program on one host begin alike but for the date and, where it has many
 * processes, their numbers. Such a line needs no splitting; its date is read when it
 * tells something. (A message that says how often another one came is for header_split()
 * to understand.) Bytes of the header, 0 if it is another one.
 */
size_t stream_header_repeats(const struct stream *s, struct sv_str text);
/** Keep the header that was split off this text. */
void stream_header_keep(struct stream *s, struct sv_str text);
/** The header was the same but for its date, which is read now. */
void stream_header_renew(struct stream *s, const struct sv_record *record);
