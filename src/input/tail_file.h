/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One file that is followed: from where it is read, how truncation, replacement and
 * copies of it are told apart. Part of the file input (tail.c), which owns the files.
 *
 * Nothing of a file is kept in memory but its first bytes: an unfinished line is read
 * again when the file has grown.
 */
#pragma once

#include "input/bytes.h"
#include "input/input.h"
#include "input/lines.h"
#include "input/wrap.h"

#include <string.h>
#include <sys/stat.h>
#include <sys/types.h>

#define TAIL_HEAD_BYTES 256
/** A file that shrank but begins as before, with at least so much, was not begun anew.
 */
#define TAIL_SURE_HEAD_BYTES 64

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
	sv_usec modified; /* its modification time when it was last read */
	struct bytes
		*packed;  /* a packed part, read forward once; NULL: plain, or read */
	struct lines own; /* of a packed part alone: what was unpacked */
	struct tail_head last; /* the last bytes that were delivered, before offset … */
	size_t last_start; /* … as far as they were taken from the buffer of lines */
	struct wrap *unwrap;  /* its lines are wrapped (wrap.h); NULL: they are not */
	bool looked;          /* … which is known */
	bool left_out;        /* … and of which some were left out just now */
	uint8_t open_streams; /* restored: in whose lines it stands */
	struct sv_str saved;  /* what the sink saved of it, until opened; owned */
	char *lost; /* what is to be told as missing when it is opened; owned */

	bool opened;     /* the sink knows it */
	bool dirty;      /* may have grown */
	bool at_end;     /* had nothing more when last read */
	bool was_held;   /* the sink wanted others to be read first */
	bool more_after; /* there was no room for the parts that come after it */
	bool wrapped;    /* packed, to be opened when its turn comes */
	bool stand_in;   /* no file: only tells what is lost */
	bool finished;   /* nothing will come any more: closed at once */
	bool found;      /* by the scan in progress */
	bool foreign;    /* packed, or a copy of another one: never read */
	bool fresh;      /* foreign as it is packed, but perhaps not read yet */
	bool judged;     /* foreign or not is decided */
	bool newborn;    /* all of it is wanted, and it was empty so far: TAIL_BEGUN */
	int folder;      /* of tail_watch_add(); -1: must be polled */
	sv_usec since;   /* monotonic: when it was found */
	sv_usec growth;  /* monotonic: when it last grew, or was orphaned */
	bool orphan;     /* no longer at a place that we follow */
	struct tail_file *after;   /* not read until that one is at its end */
	struct tail_file *heir_of; /* that one, until this one is opened */

	struct input_source source;
	void *source_user;
};

/** What reading needs, and what it counts. */
struct tail_reading {
	struct lines *lines; /* shared by all files */
	const struct input_sink *sink;
	struct input_stats *stats;
	unsigned budget;  /* records left */
	bool no_hold;     /* all of it, whatever the sink says */
	bool held;        /* the sink wants others to be read first */
	sv_usec now;      /* monotonic */
	sv_usec received; /* clock: time of what is read now */
};

/** A modification time. */
sv_usec tail_file_modified(const struct stat *st);
/** 0, -ENOMEM or why it cannot be read; -EINVAL: not a regular file. */
int tail_file_open(const char *path, struct tail_file **ret_file);
/** Closes it without a word to the sink. */
void tail_file_free(struct tail_file *file);

/** It was renamed. 0 or -ENOMEM. */
int tail_file_move(struct tail_file *file, const char *place);

/** Hash of at most TAIL_HEAD_BYTES before its offset: with the first bytes it tells a file
 *  from one that only begins alike. 0 at the beginning, or if they are not known. */
uint64_t tail_file_before(const struct tail_file *file);
/** Reading goes on there; reads the bytes before it. */
void tail_file_stand_at(struct tail_file *file, uint64_t offset);

/** Begin behind the last whole line that is there now. */
void tail_file_to_end(struct tail_file *file, size_t cap_bytes);

/** The first bytes as they are now; of a packed part, unpacked. */
void tail_file_head(const struct tail_file *file, struct tail_head *ret_head);
/** Look at the first bytes; decides packed files. False: they are not those that it had
 *  before, which stay. */
bool tail_file_look(struct tail_file *file);

/** Is `name` what rotation makes of `original` ("full" → "full.1", "full-20261122")? */
bool tail_file_is_rotated_name(const char *name, const char *original);

/** Does it hold the same bytes as far as both go, and at least those of `known`? */
bool tail_head_fits(const struct tail_head *head, const struct tail_head *known);

enum tail_copy { TAIL_COPY_NO, TAIL_COPY_MAYBE, TAIL_COPY_YES };
/** Does `file` begin like `original` does or did before truncation? Maybe: too little
 *  of it is there yet. */
enum tail_copy tail_file_compare(const struct tail_file *file,
				 const struct tail_file *original);

/** Begins to unpack it, so that its turn costs memory and not the wait for it. 0 or
 *  negative errno. */
int tail_file_unpack(struct tail_file *file, size_t cap_bytes);

enum tail_drained {
	TAIL_DRAINED,
	/** Nothing was read: it was truncated and begun anew since it was last read.
	 *  What lies in a copy of it comes first; then tail_file_begin_anew(). */
	TAIL_TRUNCATED,
	/** Nothing was read: it was empty when it was last looked at, and has a beginning
	 *  now. It may have had another one in between, which lies in a copy. */
	TAIL_BEGUN,
};
/** Deliver what is new, at most the budget. Sets at_end. */
enum tail_drained tail_file_drain(struct tail_file *file, struct tail_reading *reading);
void tail_file_begin_anew(struct tail_file *file);
/** News of loss from its source. */
void tail_file_tell_gap(struct tail_file *file, struct tail_reading *reading,
			const char *text);
/** Deliver also a last line without line end: nothing more will come. */
void tail_file_finish(struct tail_file *file, struct tail_reading *reading);
