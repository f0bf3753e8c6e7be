/* SPDX-License-Identifier: Apache-2.0 */
/*
 * alerts.db itself: its tables and its statements. All of SQLite is here. Functions give
 * 0 or a number of rows, or a negative errno; a file that turned out to be damaged gives
 * -EUCLEAN. Loop thread only.
 */
#pragma once

#include "store/history.h"
#include "store/pending.h"

struct database;

/** Opens or makes it. -EUCLEAN: no database, damaged, or of a newer version (*ret_why in
 *  words); -EBUSY: another process has it. */
int database_open(const char *path, struct database **ret_database,
		  const char **ret_why);
void database_close(struct database *database);

/** All of the list in one transaction. */
int database_write(struct database *database, const struct pending_list *list);
/** 1: the transition is there; 0: it is not. */
int database_has(struct database *database, struct sv_str id);
/** Largest id of a row ever given, 0 if there was none. */
int database_last_row(struct database *database, int64_t *ret_row);
int database_waiting(struct database *database, struct sv_str output, uint64_t *ret_n);
/** Who has rows that wait. */
int database_outputs(struct database *database,
		     void (*each)(void *user, struct sv_str output, uint64_t waiting),
		     void *user);
int database_load(struct database *database, struct sv_str output, int64_t after,
		  size_t max, void (*each)(void *user, const struct spool_row *row),
		  void *user);
int database_each(struct database *database, const struct history_query *query,
		  void (*each)(void *user, const struct history_row *row), void *user);
/** Gives up the oldest transitions: those written before `before`, and a tenth of all
 *  while the file is larger than `max_bytes`. Number of them. */
int database_prune(struct database *database, sv_usec before, uint64_t max_bytes);
uint64_t database_bytes(struct database *database);
