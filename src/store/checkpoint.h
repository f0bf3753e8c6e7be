/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The checkpoint file: parts with a tag each, behind a header with version, build and a
 * SHA-256 of all that follows. Written to a temporary file, fsynced, renamed, the folder
 * fsynced: whoever reads finds a whole one, old or new. A file that is damaged, cut,
 * foreign or newer is set aside under another name (store/aside.h) and never read
 * again.
 *
 *   "sipvigil checkpoint\n" │ order, version, writer, made, bytes, sha256 │ parts
 *   part: tag u32 │ length u64 │ bytes
 *
 * Each part checks itself whether it can be taken: a checkpoint of another build gives
 * what that build and this one have in common. While the daemon runs, a child process
 * writes it (saver.h). Loop thread only.
 */
#pragma once

#include "base/pack.h"

struct checkpoint_part {
	uint32_t tag;
	/** Allocates nothing, changes nothing: see base/pack.h. */
	void (*save)(void *user, struct pack *out);
	void *user;
};

struct checkpoint_spec {
	const char *path;   /* "/var/lib/sipvigil/checkpoint" */
	const char *writer; /* version of the program, for people */
	const struct checkpoint_part *parts;
	size_t n_parts;
	sv_usec now; /* clock */
};

struct checkpoint_result {
	uint64_t bytes;
	sv_usec took; /* µs from begin to end of writing */
};

#define CHECKPOINT_PROBLEM_BYTES 256

/** Memory for writing, made once: after fork() nothing is allocated any more. */
struct checkpoint_writer;
struct checkpoint_writer *checkpoint_writer_new(void);
void checkpoint_writer_free(struct checkpoint_writer *writer);

/** Write now. 0 or negative errno: the former file is still there then. Safe in a child
 *  after fork(). */
int checkpoint_write(struct checkpoint_writer *writer,
		     const struct checkpoint_spec *spec,
		     struct checkpoint_result *ret_result);

/** A checkpoint in memory. */
struct checkpoint;

enum checkpoint_found {
	CHECKPOINT_READ, /* *ret_checkpoint is set */
	CHECKPOINT_NONE, /* no file: a first start */
	/* It was bad or could not be read; problem says why and where it is now. */
	CHECKPOINT_SET_ASIDE,
};

enum checkpoint_found checkpoint_read(const char *path,
				      struct checkpoint **ret_checkpoint,
				      char problem[CHECKPOINT_PROBLEM_BYTES]);
void checkpoint_free(struct checkpoint *checkpoint);
/** Bytes of a part; empty if there is none. */
struct sv_str checkpoint_part(const struct checkpoint *checkpoint, uint32_t tag);
/** Clock when it was made. */
sv_usec checkpoint_made(const struct checkpoint *checkpoint);
/** A part turned out to be bad: set the file aside as checkpoint_read() does. */
void checkpoint_reject(const char *path, const char *why,
		       char problem[CHECKPOINT_PROBLEM_BYTES]);
