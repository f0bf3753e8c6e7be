/* SPDX-License-Identifier: Apache-2.0 */
/* Inside of a stream: for stream.c and stream_saved.c alone. */
#pragma once

#include "base/header.h"
#include "dialect/stream.h"

/** "last message repeated N times" gives again what this much of a message said. */
#define LAST_MAX_BYTES ((size_t)2048)
/** Headers longer than this are split each time. */
#define HEADER_MAX_BYTES ((size_t)160)
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
	bool header_stale;  /* its time is that of an earlier record */
	size_t header_len;  /* of the last header, 0 = none that is kept */
	size_t header_host; /* what follows here was the same in the one before */
	struct header kept; /* its parts, in last_header */
	uint32_t repeated;
	struct stream_stats stats;
	struct stamp *stamp;
	struct stream_spec spec;
	char *source, *host;
	void **states; /* one a dialect of the registry, NULL until needed */
	char last_header[HEADER_MAX_BYTES];
	struct service services[SERVICES];
	uint64_t last_host; /* hash of the host that said `last` */
	size_t last_len;
	char last[LAST_MAX_BYTES];
};

/** State of the dialect, made at its first record. False: no memory. */
bool stream_use_dialect(struct stream *s, const struct sv_dialect *dialect);
