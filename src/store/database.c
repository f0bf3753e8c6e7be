/* SPDX-License-Identifier: Apache-2.0 */
#include "store/database.h"

#include "base/buffer.h"
#include "base/text.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

/** PRAGMA user_version of this schema. */
#define SCHEMA 1
#define BUSY_MSEC 200

enum row_state { ROW_WAITING, ROW_DELIVERED, ROW_DROPPED };

static const char schema[] =
	"CREATE TABLE IF NOT EXISTS transition ("
	" seq INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, incident TEXT NOT NULL,"
	" rule TEXT NOT NULL, state INTEGER NOT NULL, severity INTEGER NOT NULL,"
	" time INTEGER NOT NULL, written INTEGER NOT NULL, json TEXT NOT NULL);"
	"CREATE INDEX IF NOT EXISTS transition_incident ON transition (incident);"
	"CREATE TABLE IF NOT EXISTS delivery ("
	" row INTEGER PRIMARY KEY AUTOINCREMENT, transition INTEGER NOT NULL,"
	" output TEXT NOT NULL, tag INTEGER NOT NULL, state INTEGER NOT NULL,"
	" put INTEGER NOT NULL, changed INTEGER, head BLOB, body BLOB);"
	"CREATE INDEX IF NOT EXISTS delivery_waiting ON delivery (output, row)"
	" WHERE state = 0;"
	"CREATE INDEX IF NOT EXISTS delivery_transition ON delivery (transition);";

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
	OUTPUTS,
	LOAD,
	LIST,
	STATES,
	PRUNE_ROWS,
	PRUNE,
	N_STATEMENTS
};

static const char *const texts[N_STATEMENTS] = {
	[BEGIN] = "BEGIN IMMEDIATE",
	[COMMIT] = "COMMIT",
	[ROLLBACK] = "ROLLBACK",
	[INSERT] = "INSERT OR IGNORE INTO transition"
		   " (id, incident, rule, state, severity, time, written, json)"
		   " VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)",
	/* a row belongs to the transition written just before it */
	[PUT_ROW] = "INSERT OR IGNORE INTO delivery"
		    " (row, transition, output, tag, state, put, head, body)"
		    " VALUES (?1, (SELECT max(seq) FROM transition), ?2, ?3, 0, ?4, ?5,"
		    " ?6)",
	[MARK] = "UPDATE delivery SET state = ?2, changed = ?3, head = NULL,"
		 " body = NULL WHERE row = ?1",
	[HAS] = "SELECT 1 FROM transition WHERE id = ?1",
	[LAST_ROW] = "SELECT coalesce(max(seq), 0) FROM sqlite_sequence"
		     " WHERE name = 'delivery'",
	[WAITING] = "SELECT count(*) FROM delivery WHERE output = ?1 AND state = 0",
	[OUTPUTS] = "SELECT output, count(*) FROM delivery WHERE state = 0"
		    " GROUP BY output",
	[LOAD] = "SELECT row, tag, put, head, body FROM delivery"
		 " WHERE output = ?1 AND row > ?2 AND state = 0 ORDER BY row LIMIT ?3",
	/* GLOB: an index may be used, and ids are hex digits */
	[LIST] = "SELECT seq, id, incident, rule, state, time, json FROM transition"
		 " WHERE (?1 = 0 OR state = ?2)"
		 " AND (?3 = '' OR id GLOB ?3 || '*' OR incident GLOB ?3 || '*')"
		 " ORDER BY seq DESC LIMIT ?4",
	[STATES] = "SELECT output, state FROM delivery WHERE transition = ?1"
		   " ORDER BY row",
	[PRUNE_ROWS] =
		"DELETE FROM delivery WHERE transition IN"
		" (SELECT seq FROM transition WHERE written < ?1"
		"  OR seq IN (SELECT seq FROM transition ORDER BY seq LIMIT ?2))",
	[PRUNE] = "DELETE FROM transition WHERE written < ?1"
		  " OR seq IN (SELECT seq FROM transition ORDER BY seq LIMIT ?2)",
};

struct database {
	sqlite3 *db;
	sqlite3_stmt *statement[N_STATEMENTS];
	struct buffer states;
};

static int
error_of(struct database *d, int rc)
{
	switch (rc & 0xff) {
	case SQLITE_OK:
	case SQLITE_ROW:
	case SQLITE_DONE:
		return 0;
	case SQLITE_CORRUPT:
	case SQLITE_NOTADB:
		return -EUCLEAN;
	case SQLITE_FULL:
		return -ENOSPC;
	case SQLITE_READONLY:
		return -EROFS;
	case SQLITE_NOMEM:
		return -ENOMEM;
	case SQLITE_BUSY:
	case SQLITE_LOCKED:
		return -EBUSY;
	case SQLITE_CANTOPEN: {
		int system = d->db ? sqlite3_system_errno(d->db) : 0;
		return system > 0 ? -system : -ENOENT;
	}
	}
	return -EIO;
}

static void
bind_text(sqlite3_stmt *s, int at, struct sv_str text)
{
	(void)sqlite3_bind_text(s, at, text.len ? text.ptr : "", (int)text.len,
				SQLITE_STATIC);
}

static void
bind_blob(sqlite3_stmt *s, int at, struct sv_str bytes)
{
	(void)sqlite3_bind_blob(s, at, bytes.len ? bytes.ptr : "", (int)bytes.len,
				SQLITE_STATIC);
}

static struct sv_str
column(sqlite3_stmt *s, int at)
{
	const void *bytes = sqlite3_column_blob(s, at);

	return str_make(bytes, (size_t)sqlite3_column_bytes(s, at));
}

/* A statement that gives no rows. */
static int
run(struct database *d, enum statement which)
{
	sqlite3_stmt *s = d->statement[which];
	int rc = sqlite3_step(s);

	(void)sqlite3_reset(s);
	(void)sqlite3_clear_bindings(s);
	return error_of(d, rc);
}

/* Opening. */

static int
prepare(struct database *d)
{
	for (int i = 0; i < N_STATEMENTS; i++) {
		int rc = sqlite3_prepare_v3(d->db, texts[i], -1,
					    SQLITE_PREPARE_PERSISTENT, &d->statement[i],
					    NULL);
		if (rc != SQLITE_OK)
			return error_of(d, rc);
	}
	return 0;
}

static int
version_of(struct database *d, int *ret_version)
{
	sqlite3_stmt *s = NULL;
	int rc = sqlite3_prepare_v2(d->db, "PRAGMA user_version", -1, &s, NULL);

	if (rc == SQLITE_OK)
		rc = sqlite3_step(s);
	if (rc == SQLITE_ROW)
		*ret_version = sqlite3_column_int(s, 0);
	(void)sqlite3_finalize(s);
	return rc == SQLITE_ROW ? 0 : error_of(d, rc);
}

static int
make(struct database *d, const char **ret_why)
{
	char version[64];
	int found = 0, r, rc;

	(void)sqlite3_busy_timeout(d->db, BUSY_MSEC);
	rc = sqlite3_exec(d->db,
			  "PRAGMA auto_vacuum = INCREMENTAL; PRAGMA journal_mode = WAL;"
			  "PRAGMA synchronous = FULL; PRAGMA temp_store = MEMORY;"
			  "PRAGMA cache_size = -256;"
			  "PRAGMA journal_size_limit = 4194304;",
			  NULL, NULL, NULL);
	if (rc != SQLITE_OK)
		return error_of(d, rc);
	r = version_of(d, &found);
	if (r < 0)
		return r;
	if (found > SCHEMA) {
		*ret_why = "is of a newer sipvigil";
		return -EUCLEAN;
	}
	rc = sqlite3_exec(d->db, schema, NULL, NULL, NULL);
	if (rc != SQLITE_OK)
		return error_of(d, rc);
	(void)snprintf(version, sizeof(version), "PRAGMA user_version = %d", SCHEMA);
	rc = sqlite3_exec(d->db, version, NULL, NULL, NULL);
	return rc == SQLITE_OK ? prepare(d) : error_of(d, rc);
}

int
database_open(const char *path, struct database **ret_database, const char **ret_why)
{
	struct database *d = calloc(1, sizeof(*d));
	int rc, r, fd;

	*ret_why = "is damaged or no database";
	if (!d)
		return -ENOMEM;
	buffer_init(&d->states);
	/* Its lines are those of the PBX's log: not for everybody. What SQLite makes
	 * beside it gets the same mode. */
	fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOCTTY, 0640);
	if (fd >= 0)
		(void)close(fd);
	rc = sqlite3_open_v2(
		path, &d->db,
		SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_NOMUTEX, NULL);
	r = rc == SQLITE_OK ? make(d, ret_why) : error_of(d, rc);
	if (r < 0) {
		database_close(d);
		return r;
	}
	*ret_database = d;
	return 0;
}

void
database_close(struct database *database)
{
	if (!database)
		return;
	for (int i = 0; i < N_STATEMENTS; i++)
		(void)sqlite3_finalize(database->statement[i]);
	(void)sqlite3_close(database->db);
	buffer_done(&database->states);
	free(database);
}

/* Writing. */

static int
insert_transition(struct database *d, const struct pending *p)
{
	sqlite3_stmt *s = d->statement[INSERT];

	for (int i = 0; i < 3; i++)
		bind_text(s, 1 + i, p->text[i]);
	(void)sqlite3_bind_int(s, 4, p->state);
	(void)sqlite3_bind_int(s, 5, p->severity);
	(void)sqlite3_bind_int64(s, 6, (int64_t)p->time);
	(void)sqlite3_bind_int64(s, 7, (int64_t)p->now);
	bind_text(s, 8, p->text[3]);
	return run(d, INSERT);
}

static int
put_row(struct database *d, const struct pending *p)
{
	sqlite3_stmt *s = d->statement[PUT_ROW];

	(void)sqlite3_bind_int64(s, 1, p->row);
	bind_text(s, 2, p->text[0]);
	(void)sqlite3_bind_int64(s, 3, p->tag);
	(void)sqlite3_bind_int64(s, 4, (int64_t)p->now);
	bind_blob(s, 5, p->text[1]);
	bind_blob(s, 6, p->text[2]);
	return run(d, PUT_ROW);
}

static int
mark(struct database *d, const struct pending *p, enum row_state state)
{
	sqlite3_stmt *s = d->statement[MARK];

	(void)sqlite3_bind_int64(s, 1, p->row);
	(void)sqlite3_bind_int(s, 2, state);
	(void)sqlite3_bind_int64(s, 3, (int64_t)p->now);
	return run(d, MARK);
}

static int
write_one(struct database *d, const struct pending *p)
{
	switch (p->kind) {
	case PENDING_TRANSITION:
		return insert_transition(d, p);
	case PENDING_ROW:
		return put_row(d, p);
	case PENDING_DELIVERED:
		return mark(d, p, ROW_DELIVERED);
	case PENDING_DROPPED:
		return mark(d, p, ROW_DROPPED);
	}
	return -EINVAL;
}

int
database_write(struct database *database, const struct pending_list *list)
{
	int r = run(database, BEGIN);

	if (r < 0)
		return r;
	for (const struct pending *p = list->first; p && r >= 0; p = p->next)
		r = write_one(database, p);
	if (r >= 0)
		r = run(database, COMMIT);
	if (r < 0 && !sqlite3_get_autocommit(database->db))
		(void)run(database, ROLLBACK);
	return r;
}

/* Reading. */

int
database_has(struct database *database, struct sv_str id)
{
	sqlite3_stmt *s = database->statement[HAS];
	int rc;

	bind_text(s, 1, id);
	rc = sqlite3_step(s);
	(void)sqlite3_reset(s);
	return rc == SQLITE_ROW ? 1 : error_of(database, rc);
}

int
database_last_row(struct database *database, int64_t *ret_row)
{
	sqlite3_stmt *s = database->statement[LAST_ROW];
	int rc = sqlite3_step(s);

	if (rc == SQLITE_ROW)
		*ret_row = sqlite3_column_int64(s, 0);
	(void)sqlite3_reset(s);
	return error_of(database, rc);
}

int
database_waiting(struct database *database, struct sv_str output, uint64_t *ret_n)
{
	sqlite3_stmt *s = database->statement[WAITING];
	int rc;

	bind_text(s, 1, output);
	rc = sqlite3_step(s);
	if (rc == SQLITE_ROW)
		*ret_n = (uint64_t)sqlite3_column_int64(s, 0);
	(void)sqlite3_reset(s);
	return error_of(database, rc);
}

int
database_outputs(struct database *database,
		 void (*each)(void *user, struct sv_str output, uint64_t waiting),
		 void *user)
{
	sqlite3_stmt *s = database->statement[OUTPUTS];
	int rc;

	while ((rc = sqlite3_step(s)) == SQLITE_ROW)
		each(user, column(s, 0), (uint64_t)sqlite3_column_int64(s, 1));
	(void)sqlite3_reset(s);
	return error_of(database, rc);
}

int
database_load(struct database *database, struct sv_str output, int64_t after,
	      size_t max, void (*each)(void *user, const struct spool_row *row),
	      void *user)
{
	sqlite3_stmt *s = database->statement[LOAD];
	int rc, n = 0;

	bind_text(s, 1, output);
	(void)sqlite3_bind_int64(s, 2, after);
	(void)sqlite3_bind_int64(s, 3, (int64_t)max);
	while ((rc = sqlite3_step(s)) == SQLITE_ROW) {
		struct spool_row row = {
			.id = sqlite3_column_int64(s, 0),
			.tag = (unsigned)sqlite3_column_int64(s, 1),
			.put = (sv_usec)sqlite3_column_int64(s, 2),
			.head = column(s, 3),
			.body = column(s, 4),
		};
		each(user, &row);
		n++;
	}
	(void)sqlite3_reset(s);
	return rc == SQLITE_DONE ? n : error_of(database, rc);
}

/* "kafka:main delivered", one a line */
static struct sv_str
states_of(struct database *d, int64_t seq)
{
	static const char *const words[] = { "waiting", "delivered", "dropped" };
	sqlite3_stmt *s = d->statement[STATES];

	buffer_clear(&d->states);
	(void)sqlite3_bind_int64(s, 1, seq);
	while (sqlite3_step(s) == SQLITE_ROW) {
		int state = sqlite3_column_int(s, 1);
		buffer_add(&d->states, column(s, 0));
		buffer_addf(&d->states, " %s\n",
			    state >= 0 && state <= ROW_DROPPED ? words[state] : "?");
	}
	(void)sqlite3_reset(s);
	return buffer_str(&d->states);
}

int
database_each(struct database *database, const struct history_query *query,
	      void (*each)(void *user, const struct history_row *row), void *user)
{
	sqlite3_stmt *s = database->statement[LIST];
	int rc, n = 0;

	(void)sqlite3_bind_int(s, 1, query->resolved_only);
	(void)sqlite3_bind_int(s, 2, SV_ALERT_RESOLVED);
	bind_text(s, 3, query->id);
	(void)sqlite3_bind_int64(s, 4, (int64_t)query->max);
	while ((rc = sqlite3_step(s)) == SQLITE_ROW) {
		struct history_row row = {
			.id = column(s, 1),
			.incident = column(s, 2),
			.rule = column(s, 3),
			.resolved = sqlite3_column_int(s, 4) == SV_ALERT_RESOLVED,
			.time = (sv_usec)sqlite3_column_int64(s, 5),
			.json = column(s, 6),
			.deliveries = states_of(database, sqlite3_column_int64(s, 0)),
		};
		each(user, &row);
		n++;
	}
	(void)sqlite3_reset(s);
	return rc == SQLITE_DONE ? n : error_of(database, rc);
}

/* Bounds. */

static uint64_t
pragma(struct database *d, const char *text)
{
	sqlite3_stmt *s = NULL;
	uint64_t value = 0;

	if (sqlite3_prepare_v2(d->db, text, -1, &s, NULL) == SQLITE_OK &&
	    sqlite3_step(s) == SQLITE_ROW)
		value = (uint64_t)sqlite3_column_int64(s, 0);
	(void)sqlite3_finalize(s);
	return value;
}

uint64_t
database_bytes(struct database *database)
{
	uint64_t pages = pragma(database, "PRAGMA page_count");

	return (pages - pragma(database, "PRAGMA freelist_count")) *
	       pragma(database, "PRAGMA page_size");
}

int
database_prune(struct database *database, sv_usec before, uint64_t max_bytes)
{
	uint64_t part = 0;
	int r = run(database, BEGIN), n = 0;

	if (r < 0)
		return r;
	if (database_bytes(database) > max_bytes)
		part = pragma(database, "SELECT count(*) FROM transition") / 10 + 1;
	for (int i = 0; i < 2 && r >= 0; i++) {
		enum statement which = i == 0 ? PRUNE_ROWS : PRUNE;
		(void)sqlite3_bind_int64(database->statement[which], 1,
					 (int64_t)before);
		(void)sqlite3_bind_int64(database->statement[which], 2, (int64_t)part);
		r = run(database, which);
		n = sqlite3_changes(database->db);
	}
	if (r >= 0)
		r = run(database, COMMIT);
	if (r < 0 && !sqlite3_get_autocommit(database->db))
		(void)run(database, ROLLBACK);
	if (r >= 0 && n)
		(void)sqlite3_exec(database->db, "PRAGMA incremental_vacuum(1000)",
				   NULL, NULL, NULL);
	return r < 0 ? r : n;
}
