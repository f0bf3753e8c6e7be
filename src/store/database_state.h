/* SPDX-License-Identifier: Apache-2.0 */
/* Inside of alerts.db, for database.c (opening, writing) and database_ask.c (reading,
 * bounds) alone. */
#pragma once

#include "store/database.h"

#include "base/buffer.h"
#include "base/text.h"

#include <sqlite3.h>
#include <sys/stat.h>

enum row_state { ROW_WAITING, ROW_DELIVERED, ROW_DROPPED };

enum statement {
	BEGIN,
	COMMIT,
	ROLLBACK,
	INSERT,
	PUT_ROW,
	MARK,
	HAS,
	LAST_ROW,
	WAITING,
	LOAD,
	RENUMBER,
	LIST,
	LIST_OPEN,
	STATES,
	COUNT,
	FIRST_YOUNG,
	NTH,
	PRUNE_WAITING,
	PRUNE_ROWS,
	PRUNE,
	N_STATEMENTS
};

struct database {
	sqlite3 *db;
	sqlite3_stmt *statement[N_STATEMENTS];
	struct buffer states;
	char *path;
	struct stat file; /* the one that was opened */
	bool was_empty;
};

/** What an answer of SQLite is as an errno: 0 or negative. */
int database_error(struct database *database, int rc);
/** A statement that gives no rows. */
int database_run(struct database *database, enum statement which);
/** The end of a transaction: commits if `r` says that all went well. */
int database_end(struct database *database, int r);
/** The number that a statement gives which is needed rarely. */
int database_number(struct database *database, const char *text, int64_t *ret_number);

static inline void
bind_text(sqlite3_stmt *s, int at, struct sv_str text)
{
	(void)sqlite3_bind_text(s, at, text.len ? text.ptr : "", (int)text.len,
				SQLITE_STATIC);
}

static inline void
bind_blob(sqlite3_stmt *s, int at, struct sv_str bytes)
{
	(void)sqlite3_bind_blob(s, at, bytes.len ? bytes.ptr : "", (int)bytes.len,
				SQLITE_STATIC);
}

static inline struct sv_str
column(sqlite3_stmt *s, int at)
{
	const void *bytes = sqlite3_column_blob(s, at);

	return str_make(bytes, (size_t)sqlite3_column_bytes(s, at));
}
