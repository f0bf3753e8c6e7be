/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A source: one file or journal inside an input, with its stream, its rates, and what
 * is wrong with it. The inputs fill it through intake.c. Loop thread only.
 */
#pragma once

#include "base/shapes.h"
#include "dialect/stream.h"
#include "drift.h"
#include "habit.h"
#include "rate.h"
#include "trouble.h"

#define SOURCE_NAME_BYTES 128
#define SOURCE_PROBLEM_BYTES TROUBLE_TEXT_BYTES
/** Shapes of unknown lines that are kept of a source, and of its last lines. */
#define SOURCE_SHAPES 32
#define SOURCE_SHAPES_LATELY 8

/** What can be wrong with a source that is read, the worst first. */
enum source_trouble {
	SOURCE_UNRECOGNISED,
	SOURCE_SKEW,
	SOURCE_SILENT,
	SOURCE_FAILED, /* it has no stream */
	SOURCE_TROUBLES
};

/** Settings of silence that are no time: by habit, never. */
#define SOURCE_SILENCE_HABIT ((sv_usec)0)
#define SOURCE_SILENCE_NEVER SV_USEC_NEVER

struct source {
	struct source *next;
	void *item;            /* the input it is of; for intake.c */
	uint64_t rank;         /* the lower comes first where times are equal */
	struct stream *stream; /* NULL: out of memory, or no such dialect */
	char name[SOURCE_NAME_BYTES];
	uint64_t family; /* of the file's place; 0 = it is no file */
	bool caught_up;
	bool resting;         /* its file is gone, and none stands in its place yet */
	bool succeeded;       /* another file stands in its place, */
	sv_usec succeeded_at; /* since it had been heard so long */
	uint64_t cut;         /* records that came truncated */
	struct rate lines;    /* over the last minute */
	uint64_t lines_then, known_then; /* totals at the last tick */
	uint64_t others_then;
	uint64_t unknown;  /* lines since the last known one, but those of others */
	sv_usec clock;     /* of the last tick */
	sv_usec reference; /* newest time of its stamps at opening */
	sv_usec heard;     /* µs that it was listened to since it was opened */
	bool live;         /* it was read to its end at the last tick */
	sv_usec reached;   /* while the inputs catch up: instep.h */
	int64_t skew;      /* stamp of the last live event minus clock, µs */
	sv_usec silence;   /* setting: SOURCE_SILENCE_… or a time without a line */
	struct shapes *shapes; /* of its unknown lines, NULL = none came */
	struct shapes *lately; /* of those since the block that is judged began */
	struct drift drift;
	uint64_t unknown_then;
	struct habit habit;
	struct trouble trouble[SOURCE_TROUBLES];
	struct stream_stats stats;
	char failed[SOURCE_PROBLEM_BYTES]; /* why there is no stream */
	const char *problem;               /* the worst trouble now, or "" */
	void (*raw)(void *user, const struct sv_event *raw);
	void *user;
};

struct source_spec {
	struct stream_spec stream; /* emit and user are set here */
	const char *path;          /* NULL = it is no file */
	sv_usec clock;             /* µs since 1970 */
	sv_usec silence;           /* SOURCE_SILENCE_… or a time */
	void (*raw)(void *user, const struct sv_event *raw);
	void *user;
};

/** The moment of a tick. */
struct source_now {
	sv_usec clock; /* µs since 1970 */
	sv_usec again; /* interval at which a trouble that lasts is told */
};

/** 0 or -ENOMEM. A stream that cannot be made is logged and stays as a problem. */
int source_new(const struct source_spec *spec, struct source **ret_source);
void source_free(struct source *source);
/** Its stream's dialects are those of this registry from now on. */
void source_change(struct source *source, const struct registry *registry);
/** The record comes next: how far it would be then stands in `reached`. */
void source_looks_at(struct source *source, const struct sv_record *record);
void source_feed(struct source *source, const struct sv_record *record);
/** What must be remembered of it together with its position; and into a new one. 0 or
 *  -EBADMSG: it begins anew. */
void source_save(const struct source *source, struct pack *out);
int source_load(struct source *source, struct sv_str saved);
/** Sources of one family follow each other: files at one place, and files whose names
 *  differ in numbers alone (a date). */
uint64_t source_family(const char *path);
/** `source` is the new file in the place of `old`: it has the habits of the old one,
 *  which may now be silent. */
void source_succeed(struct source *source, struct source *old);
/** … and is read on from the end of the old one: an entry, a dump or a call that began
 *  there ends here. */
void source_hand_over(struct source *old, struct source *source);
/** Its file is gone: what is left of it remembers what is usual, and misses it. */
void source_rest(struct source *source);
/** Once a second. */
void source_tick(struct source *source, const struct source_now *now);
/** Tell what is due. */
void source_tell(struct source *source, const struct trouble_teller *teller);
/** Records of it that are lines of a known PBX. */
uint64_t source_known(const struct source *source);
/** Records that are not understood: no PBX's, though not another program's either, not
 *  to be trusted, or worded as no known message is. */
uint64_t source_unknown(const struct stream_stats *stats);

/** Time between two looks in which somebody listened: not while the machine slept, nor
 *  when the clock was set. */
sv_usec source_passed(sv_usec then, sv_usec now);
