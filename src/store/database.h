/* SPDX-License-Identifier: Apache-2.0 */
/*
 * alerts.db itself: its tables and its statements. All of SQLite is here. Functions give
 * 0 or a number of rows, or a negative errno; a file that turned out to be damaged gives
 * -EUCLEAN. A database belongs to the thread that opened it: the writer's (writer.h) has
 * one to write, the loop another one that only reads and never waits for the first.
 */
#pragma once

#include "store/history.h"
#include "store/pending.h"

struct database;

/** Outputs that are told apart. */
#define TALLY_MAX 64
#define TALLY_NAME_BYTES 160

/** By how much a transaction changed what waits. */
struct tally {
	char name[TALLY_NAME_BYTES]; /* of the output */
	int64_t waiting;
	int64_t lost; /* gave up undelivered; less for what arrived after all */
};
struct tallies {
	struct tally of[TALLY_MAX];
	size_t n;
};
/** NULL: one output too many, or its name is too long. */
struct tally *tally_of(struct tallies *tallies, struct sv_str output);

/** Opens or makes it, for writing. -EUCLEAN: no database of sipvigil, damaged, or of a
 *  newer version (*ret_why in words). -EBUSY: another process holds it. */
int database_open(const char *path, struct database **ret_database,
		  const char **ret_why);
/** Opens one that another connection of this process writes. */
int database_open_reader(const char *path, struct database **ret_database);
void database_close(struct database *database);
/** The file that was opened is not at its path any more. */
bool database_moved(const struct database *database);
/** It was there, but without a byte. */
bool database_was_empty(const struct database *database);

/** All of the list in one transaction. `tallies` is added to if it succeeds. */
int database_write(struct database *database, const struct pending_list *list,
		   struct tallies *tallies);
/** Gives up the oldest transitions: those written before `before`, and if the file is
 *  larger than `max_bytes` a tenth of all; never more than a tenth at once, so that a
 *  clock that is wrong for a moment leaves most. Number of them. */
int database_prune(struct database *database, sv_usec before, uint64_t max_bytes,
		   struct tallies *tallies);

/** 1: the transition is there; 0: it is not. */
int database_has(struct database *database, struct sv_str id);
/** Largest id of a row ever given, 0 if there was none. */
int database_last_row(struct database *database, int64_t *ret_row);
/** Moves all rows that wait behind `row`, in their order. */
int database_renumber(struct database *database, int64_t row);
/** What waits, output by output. */
int database_waiting(struct database *database, struct tallies *tallies);
int database_load(struct database *database, struct sv_str output, int64_t after,
		  size_t max, void (*each)(void *user, const struct spool_row *row),
		  void *user);
int database_each(struct database *database, const struct history_query *query,
		  void (*each)(void *user, const struct history_row *row), void *user);
/** Of the pages in use. */
uint64_t database_bytes(struct database *database);
