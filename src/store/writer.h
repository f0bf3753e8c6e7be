/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The thread that writes alerts.db. A transaction ends when the disk has it, which takes
 * as long as the disk pleases; reading logs must not wait for that. So the loop hands
 * over a job, goes on, and finds the answer when the descriptor is readable. One job at
 * a time: what comes meanwhile waits with the loop, bounded (pending.h).
 *
 * The thread knows the file and nothing else: it logs nothing and calls nobody. All
 * functions here are the loop thread's.
 */
#pragma once

#include "store/aside.h"
#include "store/database.h"

struct writer;

struct writer_job {
	struct pending_list list; /* the writer's until it is answered */
	const char *damaged;      /* NULL, or why the file is to be set aside first */
	sv_usec now;              /* clock */
	bool prune;
	sv_usec before; /* see database_prune() */
	uint64_t max_bytes;
	/** If the file is opened for this job: rows that wait there follow behind this
	 *  one, since outputs have had newer ones already. 0: leave them. */
	int64_t above;
};

struct writer_answer {
	struct pending_list list; /* the job's, the caller's again */
	/** 0; -EUCLEAN: the file must be set aside, `why` says why, and whoever reads it
	 *  closes it first; another negative errno. */
	int error;
	const char *why;
	bool opened; /* the file was opened for this job: what is known of it is new */
	bool moved;  /* it was not at its place any more, and was made anew */
	bool was_empty;
	char aside[ASIDE_PATH_BYTES]; /* where the damaged one is now, or "" */
	int64_t last_row;             /* with `opened` */
	/** With `opened` all that waits, else by how much it has changed. */
	struct tallies tallies;
	uint64_t pruned;
};

/** Starts the thread. 0 or negative errno. */
int writer_new(const char *path, struct writer **ret_writer);
/** Waits at most `patience` µs for what the thread is doing. false: it hangs, and is
 *  left behind with its memory; the process is about to end. */
bool writer_free(struct writer *writer, sv_usec patience);

/** Readable when an answer is there. */
int writer_fd(const struct writer *writer);
/** May a job be given? */
bool writer_idle(const struct writer *writer);
void writer_give(struct writer *writer, struct writer_job *job);
/** What of the job is being written, for pending_has(); NULL when idle. */
const struct pending_list *writer_list(const struct writer *writer);
/** The answer, NULL if there is none yet. It lives until the next job. */
struct writer_answer *writer_take(struct writer *writer);
/** Waits at most `patience` µs for an answer. Is there one? */
bool writer_wait(struct writer *writer, sv_usec patience);
