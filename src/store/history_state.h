/* SPDX-License-Identifier: Apache-2.0 */
/* Inside of the history, for history.c (the file) and history_spool.c (what outputs
 * leave in it) alone. */
#pragma once

#include "store/history.h"
#include "store/writer.h"

/* What is known of an output's backlog. */
struct backlog {
	char name[TALLY_NAME_BYTES];
	int64_t in_file; /* rows that wait there */
	int64_t pending; /* rows less marks that the file does not have yet */
	int64_t lost;
	int64_t newest;         /* row ever put or found */
	int64_t newest_in_file; /* row that was written or found there */
};

struct history {
	struct history_spec spec;
	char *path;
	struct writer *writer;
	struct database *reader; /* NULL: it cannot be read now */
	bool open;               /* the writer has it open, as far as is known */
	const char *damaged;     /* why it is to be set aside; NULL = it is not */
	struct pending_list pending;
	char put[SV_ALERT_ID_LEN + 1]; /* transition that rows belong to now */
	int64_t last_row;
	sv_usec next_try, next_prune; /* clock */
	sv_usec given;                /* monotonic, when the writer got its job */
	bool slow, news;
	bool put_off; /* an output was told to come again: marks had to be written */
	uint64_t dropped_unsaid; /* of backlogs, since it was last said */
	sv_usec next_word;       /* monotonic, when it may be said again; 0 = now */
	struct backlog backlog[TALLY_MAX];
	size_t n_backlog;
	struct spool spool;
	struct history_stats stats;
};

/* history.c */

sv_usec history_monotonic(void);
sv_usec history_clock(void);
/** The file cannot be written now: what waits for it is sent nevertheless. */
static inline bool
history_trouble(const struct history *history)
{
	return history->stats.problem[0] != '\0';
}
/** The file is damaged: the writer's next job sets it aside, and nothing of it is read
 *  any more. */
void history_distrust(struct history *history, const char *why);

/* history_spool.c */

/** Puts it at the end of what is to be written. 0 or -ENOMEM. */
int history_add(struct history *history, const struct pending *p);
/** What the writer answers about what waits for the outputs. */
void history_tally(struct history *history, const struct writer_answer *answer);
/** It was given up for the bounds of memory: pending_list's `dropped`. */
void history_dropped(void *user, const struct pending *p);
