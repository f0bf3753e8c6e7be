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
	/** At most `max` rows behind `after`, oldest first; texts live during the call.
	 *  Number given, or negative errno. */
	int (*load)(void *user, const char *output, int64_t after, size_t max,
		    void (*each)(void *each_user, const struct spool_row *row),
		    void *each_user);
	/** Rows that wait for this output. */
	uint64_t (*waiting)(void *user, const char *output);
	/** Rows of this output that were given up for a bound since the start. */
	uint64_t (*lost)(void *user, const char *output);
	/** What is put can be made safe now: outputs need not keep it in memory. */
	bool (*healthy)(void *user);
	void *user;
};
