/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A source: one file or journal inside an input, with its stream, its rates, and what
 * is wrong with it. The inputs fill it through intake.c. Loop thread only.
 */
#pragma once

#include "dialect/stream.h"
#include "rate.h"

#define SOURCE_NAME_BYTES 128
#define SOURCE_PROBLEM_BYTES 256

struct source {
	struct source *next;
	void *item;            /* the input it is of; for intake.c */
	struct stream *stream; /* NULL: out of memory, or no such dialect */
	char name[SOURCE_NAME_BYTES];
	bool caught_up;
	struct rate lines, known;        /* over the last minute */
	uint64_t lines_then, known_then; /* totals at the last tick */
	sv_usec clock;                   /* of the last tick */
	sv_usec since;                   /* clock when it was opened */
	sv_usec last;                    /* clock when its last record came */
	bool live;                       /* it was read to its end at the last tick */
	sv_usec reached; /* time of its newest record while the inputs catch up */
	int64_t skew;    /* stamp of the last live event minus clock, µs */
	struct stream_stats stats;
	char problem[SOURCE_PROBLEM_BYTES];
	void (*raw)(void *user, const struct sv_event *raw);
	void *user;
};

struct source_spec {
	struct stream_spec stream; /* emit and user are set here */
	sv_usec clock;             /* µs since 1970 */
	void (*raw)(void *user, const struct sv_event *raw);
	void *user;
};

/** 0 or -ENOMEM. A stream that cannot be made is logged and stays as a problem. */
int source_new(const struct source_spec *spec, struct source **ret_source);
void source_free(struct source *source);
void source_feed(struct source *source, const struct sv_record *record);
/** What must be remembered of it together with its position; and into a new one. 0 or
 *  -EBADMSG: it begins anew. */
void source_save(const struct source *source, struct pack *out);
int source_load(struct source *source, struct sv_str saved);
/** Once a second. */
void source_tick(struct source *source, sv_usec clock);
/** Records of it that are lines of a known PBX. */
uint64_t source_known(const struct source *source);
