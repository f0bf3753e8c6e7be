/* SPDX-License-Identifier: Apache-2.0 */
/*
 * alerts.db: every transition once, by its id, and what each output still has to
 * deliver of it. History for `sipvigil alerts` and spool for the outputs (output/
 * spool.h) in one SQLite file, so that "happened" and "to be delivered" are one
 * transaction. All of SQLite is in database.c.
 *
 * A thread writes it (writer.h), since a disk may take its time: nothing here waits for
 * it, except where a function says so. What is put waits in memory until the file has
 * it, bounded and counted; meanwhile history_safe() is false: the checkpoint must not
 * overtake it. Nothing fails loudly: while the file cannot be written (disk full,
 * read-only, locked, hanging) `problem` says so, once in the log, and once when it is
 * over. Bounded by age and size; the oldest go first, and a backlog that goes with them
 * is counted as dropped. Loop thread only.
 */
#pragma once

#include <output/spool.h>
#include <sipvigil/alert.h>

struct history;

struct history_spec {
	const char *path; /* "/var/lib/sipvigil/alerts.db" */
	sv_usec max_age;  /* default 90 days */
	size_t max_bytes; /* of the file; default 256 MiB */
	sv_usec retry;    /* after a failure; default 5 s */
};

#define HISTORY_PROBLEM_BYTES 256

/** Always yields a history, if need be one in memory with its problem: it waits some
 *  seconds for the file at most. One that is no database of ours, damaged or of a newer
 *  version is set aside (aside.h), and that is said. Negative errno without memory or
 *  thread. */
int history_open(const struct history_spec *spec, sv_usec now,
		 struct history **ret_history);
/** Other bounds, from the next pruning on; 0 = the default. */
void history_set_bounds(struct history *history, sv_usec max_age, size_t max_bytes);
/** Waits two seconds at most for what is being written. */
void history_close(struct history *history);

enum history_put {
	HISTORY_NEW,   /* give it to the outputs */
	HISTORY_KNOWN, /* it was there: outputs have had it */
};
/** `json` is render_alert_json()'s text. Rows that the spool is given until the next
 *  call belong to this alert. */
enum history_put history_put(struct history *history, const struct sv_alert *alert,
			     struct sv_str json, sv_usec now);
/** At the end of a turn of the loop in which something was put, when history_fd() is
 *  readable, and once a second: hands over what waits, as one transaction. Retries what
 *  failed, and prunes now and then. True: of what was put earlier there is news, it is
 *  in the file or cannot be written now; outputs may send. */
bool history_commit(struct history *history, sv_usec now);
/** The same, but waits at most `patience` µs until all is in the file: history_safe(). */
bool history_wait(struct history *history, sv_usec now, sv_usec patience);
/** Readable when history_commit() has something to learn. */
int history_fd(const struct history *history);
/** All transitions that were put are in the file. */
bool history_safe(const struct history *history);

/** The outputs' spool in this file; lives as long as the history. */
const struct spool *history_spool(struct history *history);

struct history_row {
	struct sv_str json;
	struct sv_str id, incident, rule;
	sv_usec time; /* event time */
	bool resolved;
	/** "kafka:main waiting", one a line; empty: delivered everywhere. */
	struct sv_str deliveries;
};
struct history_query {
	/* the last transition of each incident that was not resolved, oldest first;
	 * nothing else is looked at */
	bool open_only;
	bool resolved_only;
	struct sv_str
		id; /* of a transition or an incident, or a beginning of it; empty = any */
	size_t max; /* newest so many */
};
/** Newest first, unless the query says otherwise. Number given, or negative errno. */
int history_each(struct history *history, const struct history_query *query,
		 void (*each)(void *user, const struct history_row *row), void *user);

struct history_stats {
	uint64_t transitions;    /* put since start */
	uint64_t repeats;        /* of them known already */
	uint64_t waiting_memory; /* that are not in the file yet */
	uint64_t lost;           /* transitions given up for the bound of memory */
	uint64_t pruned, backlog_dropped;
	uint64_t bytes;                      /* of the file */
	char problem[HISTORY_PROBLEM_BYTES]; /* "" or what is wrong, with the remedy */
};
void history_stats_get(const struct history *history, struct history_stats *ret_stats);
