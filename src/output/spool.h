/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Where outputs leave what is not delivered yet, so that it survives the daemon: rows
 * in their order, one set per output name. The store implements it (store/history.c);
 * an output without a spool keeps its backlog in memory alone.
 *
 * A row is put while an alert is being taken (one transaction for the alert and all its
 * rows) and may be sent only after that was committed: outputs queue in ops->alert and
 * send in ops->drain. Loop thread only.
 */
#pragma once

#include <sipvigil/base.h>

/** A row: `head` and `body` are the output's own rendered texts, `tag` its own mark. */
struct spool_row {
	int64_t id;  /* ascending in order of putting */
	sv_usec put; /* clock */
	unsigned tag;
	struct sv_str head, body;
};

struct spool {
	/** Id of the new row (its own id and put are ignored); 0: no memory. */
	int64_t (*put)(void *user, const char *output, const struct spool_row *row);
	/** The far side has acknowledged it. */
	void (*delivered)(void *user, const char *output, int64_t id);
	/** It was given up: a bound, or the far side will never take it. */
	void (*dropped)(void *user, const char *output, int64_t id);
	/** At most `max` rows behind `after` that wait and may be sent, oldest first;
	 *  texts live during the call. Number given, or negative errno: later. */
	int (*load)(void *user, const char *output, int64_t after, size_t max,
		    void (*each)(void *each_user, const struct spool_row *row),
		    void *each_user);
	/** Rows that wait for this output. */
	uint64_t (*waiting)(void *user, const char *output);
	/** Id of the newest row that load() could give, were it not behind `after`; 0 if
	 *  there is none. */
	int64_t (*newest)(void *user, const char *output);
	/** Rows of this output that the spool gave up for its bounds since the start.
	 *  What the output gives up itself it counts itself. */
	uint64_t (*lost)(void *user, const char *output);
	/** Names with rows that wait. */
	void (*each)(void *user,
		     void (*each)(void *each_user, const char *output,
				  uint64_t waiting),
		     void *each_user);
	void *user;
};
