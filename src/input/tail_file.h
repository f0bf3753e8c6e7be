/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One file that is followed: from where it is read, how truncation, replacement and
 * copies of it are told apart. Part of the file input (tail.c), which owns the files.
 *
 * Nothing of a file is kept in memory but its first bytes: an unfinished line is read
 * again when the file has grown.
 */
#pragma once

#include "input/input.h"
#include "input/lines.h"

#include <string.h>
#include <sys/types.h>

#define TAIL_HEAD_BYTES 256

/** The name without its folder. */
static inline const char *
tail_base_name(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash ? slash + 1 : path;
}

/** The first bytes of a file: they tell it from another one at the same place. */
struct tail_head {
	size_t len;
	char bytes[TAIL_HEAD_BYTES];
};

struct tail_file {
	struct tail_file *next;
	char *path;  /* where it was found; what the sink was told */
	char *place; /* where it is now, or was last */
	char *name;  /* "file:messages" */
	int fd;
	dev_t dev;
	ino_t ino;
	uint64_t offset; /* of the first byte that was not delivered */
	uint64_t line;
	bool line_known; /* read from its beginning, so that lines can be numbered */
	bool skipping;   /* inside the rest of a line that was cut */
	bool discontinuous;
	struct tail_head head, old_head; /* old: before it was truncated */
	uint64_t before;     /* hash of the bytes before offset: tail_file_before() */
	struct sv_str saved; /* what the sink saved of it, until opened; owned */
	char *lost; /* what is to be told as missing when it is opened; owned */

	bool opened;             /* the sink knows it */
	bool dirty;              /* may have grown */
	bool at_end;             /* had nothing more when last read */
	bool held;               /* the sink wants others to be read first */
	bool found;              /* by the scan in progress */
	bool foreign;            /* packed, or a copy of another one: never read */
	bool judged;             /* foreign or not is decided */
	int folder;              /* of tail_watch_add(); -1: must be polled */
	sv_usec since;           /* monotonic: when it was found */
	sv_usec growth;          /* monotonic: when it last grew, or was orphaned */
	bool orphan;             /* no longer at a place that we follow */
	struct tail_file *after; /* not read until that one is at its end */

	struct input_source source;
	void *source_user;
};

/** What reading needs, and what it counts. */
struct tail_reading {
	struct lines *lines; /* shared by all files */
	const struct input_sink *sink;
	struct input_stats *stats;
	unsigned budget; /* records left */
	bool no_hold;    /* all of it, whatever the sink says */
	sv_usec now;     /* monotonic */
};

/** 0, -ENOMEM or why it cannot be read; -EINVAL: not a regular file. */
int tail_file_open(const char *path, struct tail_file **ret_file);
/** Closes it without a word to the sink. */
void tail_file_free(struct tail_file *file);

/** It was renamed. 0 or -ENOMEM. */
int tail_file_move(struct tail_file *file, const char *place);

/** Hash of at most TAIL_HEAD_BYTES before `offset`: with the first bytes it tells a file
 *  from one that only begins alike. */
uint64_t tail_file_before(int fd, uint64_t offset);

/** Begin behind the last whole line that is there now. */
void tail_file_to_end(struct tail_file *file, size_t cap_bytes);

/** Look at the first bytes; decides packed files. */
void tail_file_look(struct tail_file *file);

/** Is `name` what rotation makes of `original` ("full" → "full.1", "full-20261122")? */
bool tail_file_is_rotated_name(const char *name, const char *original);

enum tail_copy { TAIL_COPY_NO, TAIL_COPY_MAYBE, TAIL_COPY_YES };
/** Does `file` begin like `original` does or did before truncation? Maybe: too little
 *  of it is there yet. */
enum tail_copy tail_file_compare(const struct tail_file *file,
				 const struct tail_file *original);

/** Deliver what is new, at most the budget. Sets at_end. */
void tail_file_drain(struct tail_file *file, struct tail_reading *reading);
/** Deliver also a last line without line end: nothing more will come. */
void tail_file_finish(struct tail_file *file, struct tail_reading *reading);
