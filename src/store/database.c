/* SPDX-License-Identifier: Apache-2.0 */
#include "store/database_state.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/** PRAGMA user_version of this schema. */
#define SCHEMA 1
/** PRAGMA application_id: "sipv" */
#define APPLICATION 0x73697076
/** The writer's thread may wait for another process; a stop waits for it. */
#define BUSY_MSEC 1000

static const char schema[] =
	"CREATE TABLE IF NOT EXISTS transition ("
	" seq INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, incident TEXT NOT NULL,"
	" rule TEXT NOT NULL, state INTEGER NOT NULL, severity INTEGER NOT NULL,"
	" time INTEGER NOT NULL, written INTEGER NOT NULL, json TEXT NOT NULL);"
	"CREATE INDEX IF NOT EXISTS transition_incident ON transition (incident);"
	"CREATE INDEX IF NOT EXISTS transition_over ON transition (incident)"
	" WHERE state = 2;" /* SV_ALERT_RESOLVED */
	"CREATE TABLE IF NOT EXISTS delivery ("
	" row INTEGER PRIMARY KEY AUTOINCREMENT, transition INTEGER NOT NULL,"
	" output TEXT NOT NULL, tag INTEGER NOT NULL, state INTEGER NOT NULL,"
	" put INTEGER NOT NULL, changed INTEGER, head BLOB, body BLOB);"
	"CREATE INDEX IF NOT EXISTS delivery_waiting ON delivery (output, row)"
	" WHERE state = 0;"
	"CREATE INDEX IF NOT EXISTS delivery_transition ON delivery (transition);";

static const char *const texts[N_STATEMENTS] = {
	[BEGIN] = "BEGIN IMMEDIATE",
	[COMMIT] = "COMMIT",
	[ROLLBACK] = "ROLLBACK",
	[INSERT] = "INSERT OR IGNORE INTO transition"
		   " (id, incident, rule, state, severity, time, written, json)"
		   " VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)",
	[PUT_ROW] = "INSERT OR IGNORE INTO delivery"
		    " (row, transition, output, tag, state, put, head, body)"
		    " SELECT ?1, seq, ?2, ?3, 0, ?4, ?5, ?6 FROM transition"
		    " WHERE id = ?7",
	[MARK] = "UPDATE delivery SET state = ?2, changed = ?3, head = NULL,"
		 " body = NULL WHERE row = ?1 AND output = ?4 AND state = 0",
	[HAS] = "SELECT 1 FROM transition WHERE id = ?1",
	/* rows that were renumbered are not in the sequence */
	[LAST_ROW] = "SELECT max(coalesce((SELECT max(row) FROM delivery), 0),"
		     " coalesce((SELECT seq FROM sqlite_sequence"
		     " WHERE name = 'delivery'), 0))",
	[WAITING] = "SELECT output, count(*) FROM delivery WHERE state = 0"
		    " GROUP BY output",
	[LOAD] = "SELECT row, tag, put, head, body FROM delivery"
		 " WHERE output = ?1 AND row > ?2 AND state = 0 ORDER BY row LIMIT ?3",
	[RENUMBER] = "UPDATE delivery SET row = row + ?1 WHERE state = 0",
	/* GLOB: an index may be used, and ids are hex digits */
	[LIST] = "SELECT seq, id, incident, rule, state, time, json FROM transition"
		 " WHERE (?1 = 0 OR state = ?2)"
		 " AND (?3 = '' OR id GLOB ?3 || '*' OR incident GLOB ?3 || '*')"
		 " ORDER BY seq DESC LIMIT ?4",
	/* the newest of each incident that has no end; both halves are in an index */
	[LIST_OPEN] =
		"SELECT seq, id, incident, rule, state, time, json FROM transition"
		" WHERE seq IN (SELECT max(seq) FROM transition AS t"
		" WHERE NOT EXISTS (SELECT 1 FROM transition AS o"
		" WHERE o.incident = t.incident AND o.state = 2)"
		" GROUP BY incident) ORDER BY seq",
	[STATES] = "SELECT output, state FROM delivery WHERE transition = ?1"
		   " ORDER BY row",
	[COUNT] = "SELECT count(*) FROM transition",
	/* in order of writing: the clock may have been elsewhere in between */
	[FIRST_YOUNG] = "SELECT seq FROM transition WHERE written >= ?1"
			" ORDER BY seq LIMIT 1",
	[NTH] = "SELECT seq FROM transition ORDER BY seq LIMIT 1 OFFSET ?1",
	[PRUNE_WAITING] = "SELECT output, count(*) FROM delivery"
			  " WHERE state = 0 AND transition < ?1 GROUP BY output",
	[PRUNE_ROWS] = "DELETE FROM delivery WHERE transition < ?1",
	[PRUNE] = "DELETE FROM transition WHERE seq < ?1",
};

struct tally *
tally_of(struct tallies *tallies, struct sv_str output)
{
	for (size_t i = 0; i < tallies->n; i++)
		if (str_eq(str_of(tallies->of[i].name), output))
			return &tallies->of[i];
	if (tallies->n == TALLY_MAX || output.len >= TALLY_NAME_BYTES)
		return NULL;
	struct tally *tally = &tallies->of[tallies->n++];
	*tally = (struct tally){ 0 };
	if (output.len)
		memcpy(tally->name, output.ptr, output.len);
	return tally;
}

/* What the system said: kept with the file, mostly the log. */
static int
system_error(struct database *d, int rc)
{
	sqlite3_file *log = NULL;
	int number = 0;

	if (rc == SQLITE_CANTOPEN)
		return sqlite3_system_errno(d->db);
	if (sqlite3_file_control(d->db, NULL, SQLITE_FCNTL_JOURNAL_POINTER, &log) ==
		    SQLITE_OK &&
	    log && log->pMethods)
		(void)log->pMethods->xFileControl(log, SQLITE_FCNTL_LAST_ERRNO,
						  &number);
	if (number == 0)
		(void)sqlite3_file_control(d->db, NULL, SQLITE_FCNTL_LAST_ERRNO,
					   &number);
	return number;
}

int
database_error(struct database *d, int rc)
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
	}
	int system = d->db ? system_error(d, rc & 0xff) : 0;
	if (system > 0)
		return -system;
	return (rc & 0xff) == SQLITE_CANTOPEN ? -ENOENT : -EIO;
}

int
database_run(struct database *d, enum statement which)
{
	sqlite3_stmt *s = d->statement[which];
	int rc = sqlite3_step(s);

	(void)sqlite3_reset(s);
	(void)sqlite3_clear_bindings(s);
	return database_error(d, rc);
}

int
database_end(struct database *d, int r)
{
	if (r >= 0)
		r = database_run(d, COMMIT);
	if (r < 0 && !sqlite3_get_autocommit(d->db))
		(void)database_run(d, ROLLBACK);
	return r;
}

int
database_number(struct database *d, const char *text, int64_t *ret_number)
{
	sqlite3_stmt *s = NULL;
	int rc = sqlite3_prepare_v2(d->db, text, -1, &s, NULL);

	if (rc == SQLITE_OK)
		rc = sqlite3_step(s);
	if (rc == SQLITE_ROW)
		*ret_number = sqlite3_column_int64(s, 0);
	(void)sqlite3_finalize(s);
	return rc == SQLITE_ROW ? 0 : database_error(d, rc);
}

/* Opening. */

/* Whoever writes and whoever reads need other ones, and memory for no more. */
static bool
is_reading(enum statement which)
{
	return which == HAS || which == LOAD || which == LIST || which == LIST_OPEN ||
	       which == STATES;
}

static int
prepare(struct database *d, bool reader)
{
	for (int i = 0; i < N_STATEMENTS; i++) {
		int rc = is_reading((enum statement)i) != reader
				 ? SQLITE_OK
				 : sqlite3_prepare_v3(d->db, texts[i], -1,
						      SQLITE_PREPARE_PERSISTENT,
						      &d->statement[i], NULL);
		if (rc != SQLITE_OK)
			return database_error(d, rc);
	}
	return 0;
}

/* Is it ours? Nothing of a stranger's file is changed. 1: yes; 0: it is empty. */
static int
judge(struct database *d, const char **ret_why)
{
	int64_t version = 0, application = 0, tables = 0;
	int r = database_number(d, "SELECT count(*) FROM sqlite_schema", &tables);

	if (r >= 0)
		r = database_number(d, "PRAGMA user_version", &version);
	if (r >= 0)
		r = database_number(d, "PRAGMA application_id", &application);
	if (r < 0)
		return r;
	if (tables == 0 && version == 0 && application == 0)
		return 0;
	if (application == APPLICATION && version == SCHEMA)
		return 1;
	if (application != APPLICATION)
		*ret_why = "is a database of another program";
	else if (version > SCHEMA)
		*ret_why = "is of a newer sipvigil";
	return -EUCLEAN;
}

static int
make_tables(struct database *d)
{
	char numbers[128];
	int rc = sqlite3_exec(d->db, "BEGIN IMMEDIATE", NULL, NULL, NULL);

	(void)snprintf(numbers, sizeof(numbers),
		       "PRAGMA application_id = %d; PRAGMA user_version = %d; COMMIT;",
		       APPLICATION, SCHEMA);
	if (rc == SQLITE_OK)
		rc = sqlite3_exec(d->db, schema, NULL, NULL, NULL);
	if (rc == SQLITE_OK)
		rc = sqlite3_exec(d->db, numbers, NULL, NULL, NULL);
	return database_error(d, rc);
}

/* FULL: when a transaction is done it is on the disk, and the checkpoint that follows
 * it cannot be newer after a power cut. */
static int
make(struct database *d, const char **ret_why)
{
	int r, rc;

	(void)sqlite3_busy_timeout(d->db, BUSY_MSEC);
	/* SQLite takes what it gets. */
	if (sqlite3_db_readonly(d->db, "main") == 1)
		return -EROFS;
	r = judge(d, ret_why);
	if (r < 0)
		return r;
	rc = sqlite3_exec(d->db,
			  "PRAGMA auto_vacuum = INCREMENTAL; PRAGMA journal_mode = WAL;"
			  "PRAGMA synchronous = FULL; PRAGMA temp_store = MEMORY;"
			  "PRAGMA cache_size = -256;"
			  "PRAGMA journal_size_limit = 4194304;",
			  NULL, NULL, NULL);
	if (rc != SQLITE_OK)
		return database_error(d, rc);
	if (r == 0)
		r = make_tables(d);
	return r < 0 ? r : prepare(d, false);
}

static struct database *
database_new(const char *path)
{
	struct database *d = calloc(1, sizeof(*d));

	if (!d)
		return NULL;
	buffer_init(&d->states);
	d->path = strdup(path);
	if (d->path)
		return d;
	free(d);
	return NULL;
}

/* Its lines are those of the PBX's log: not for everybody. What SQLite makes beside it
 * gets the same mode. One that is there is not opened here: to close it would give up
 * the locks that this process has on it. */
static int
prepare_file(struct database *d, const char **ret_why)
{
	struct stat st;
	int fd;

	if (stat(d->path, &st) == 0) {
		d->was_empty = S_ISREG(st.st_mode) && st.st_size == 0;
		if (S_ISREG(st.st_mode))
			return 0;
		*ret_why = "is no regular file";
		return -EUCLEAN;
	}
	fd = open(d->path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC | O_NOCTTY, 0640);
	if (fd < 0)
		return -errno;
	(void)close(fd);
	return 0;
}

int
database_open(const char *path, struct database **ret_database, const char **ret_why)
{
	struct database *d = database_new(path);
	int rc, r;

	*ret_why = "is damaged or no database";
	if (!d)
		return -ENOMEM;
	r = prepare_file(d, ret_why);
	if (r >= 0) {
		rc = sqlite3_open_v2(path, &d->db,
				     SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX, NULL);
		r = rc == SQLITE_OK ? make(d, ret_why) : database_error(d, rc);
	}
	if (r >= 0 && stat(path, &d->file) < 0)
		r = -errno;
	if (r < 0) {
		database_close(d);
		return r;
	}
	*ret_database = d;
	return 0;
}

int
database_open_reader(const char *path, struct database **ret_database)
{
	struct database *d = database_new(path);
	int rc, r;

	if (!d)
		return -ENOMEM;
	rc = sqlite3_open_v2(path, &d->db, SQLITE_OPEN_READONLY | SQLITE_OPEN_NOMUTEX,
			     NULL);
	if (rc == SQLITE_OK)
		rc = sqlite3_exec(d->db, "PRAGMA cache_size = -256", NULL, NULL, NULL);
	r = rc == SQLITE_OK ? prepare(d, true) : database_error(d, rc);
	if (r < 0) {
		database_close(d);
		return r;
	}
	*ret_database = d;
	return 0;
}

bool
database_moved(const struct database *database)
{
	struct stat st;

	return stat(database->path, &st) < 0 || st.st_dev != database->file.st_dev ||
	       st.st_ino != database->file.st_ino;
}

bool
database_was_empty(const struct database *database)
{
	return database->was_empty;
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
	free(database->path);
	free(database);
}

/* Writing. */

static int
insert_transition(struct database *d, const struct pending *p)
{
	sqlite3_stmt *s = d->statement[INSERT];

	for (int i = 0; i < 3; i++)
		bind_text(s, 1 + i, p->text[TRANSITION_ID + i]);
	(void)sqlite3_bind_int(s, 4, p->state);
	(void)sqlite3_bind_int(s, 5, p->severity);
	(void)sqlite3_bind_int64(s, 6, (int64_t)p->time);
	(void)sqlite3_bind_int64(s, 7, (int64_t)p->now);
	bind_text(s, 8, p->text[TRANSITION_JSON]);
	return database_run(d, INSERT);
}

static int
put_row(struct database *d, const struct pending *p)
{
	sqlite3_stmt *s = d->statement[PUT_ROW];

	(void)sqlite3_bind_int64(s, 1, p->row);
	bind_text(s, 2, p->text[ROW_OUTPUT]);
	(void)sqlite3_bind_int64(s, 3, p->tag);
	(void)sqlite3_bind_int64(s, 4, (int64_t)p->now);
	bind_blob(s, 5, p->text[ROW_HEAD]);
	bind_blob(s, 6, p->text[ROW_BODY]);
	bind_text(s, 7, p->text[ROW_TRANSITION]);
	return database_run(d, PUT_ROW);
}

static int
mark(struct database *d, const struct pending *p, enum row_state state)
{
	sqlite3_stmt *s = d->statement[MARK];

	(void)sqlite3_bind_int64(s, 1, p->row);
	(void)sqlite3_bind_int(s, 2, state);
	(void)sqlite3_bind_int64(s, 3, (int64_t)p->now);
	bind_text(s, 4, p->text[ROW_OUTPUT]);
	return database_run(d, MARK);
}

/* A row that was not put is lost; a mark on one that is not there means that it was
 * counted as lost, and it was not. */
static int
count_row(struct database *d, const struct pending *p, int r, struct tallies *tallies)
{
	struct tally *tally = tally_of(tallies, p->text[ROW_OUTPUT]);
	int change = p->kind == PENDING_ROW ? 1 : -1;

	if (r < 0 || !tally)
		return r;
	if (sqlite3_changes(d->db))
		tally->waiting += change;
	else
		tally->lost += change;
	return 0;
}

static int
write_one(struct database *d, const struct pending *p, struct tallies *tallies)
{
	switch (p->kind) {
	case PENDING_TRANSITION:
		return insert_transition(d, p);
	case PENDING_ROW:
		return count_row(d, p, put_row(d, p), tallies);
	case PENDING_DELIVERED:
		return count_row(d, p, mark(d, p, ROW_DELIVERED), tallies);
	case PENDING_DROPPED:
		return count_row(d, p, mark(d, p, ROW_DROPPED), tallies);
	}
	return -EINVAL;
}

int
database_write(struct database *database, const struct pending_list *list,
	       struct tallies *tallies)
{
	struct tallies before = *tallies;
	int r = database_run(database, BEGIN);

	if (r < 0)
		return r;
	for (const struct pending *p = list->first; p && r >= 0; p = p->next)
		r = write_one(database, p, tallies);
	r = database_end(database, r);
	if (r < 0)
		*tallies = before;
	return r;
}
int
database_renumber(struct database *database, int64_t row)
{
	(void)sqlite3_bind_int64(database->statement[RENUMBER], 1, row);
	return database_run(database, RENUMBER);
}
