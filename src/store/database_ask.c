/* SPDX-License-Identifier: Apache-2.0 */
#include "store/database_state.h"

/** Pages that one pruning gives back to the disk. */
#define VACUUM "PRAGMA incremental_vacuum(20000)"

int
database_has(struct database *database, struct sv_str id)
{
	sqlite3_stmt *s = database->statement[HAS];
	int rc;

	bind_text(s, 1, id);
	rc = sqlite3_step(s);
	(void)sqlite3_reset(s);
	return rc == SQLITE_ROW ? 1 : database_error(database, rc);
}

int
database_last_row(struct database *database, int64_t *ret_row)
{
	sqlite3_stmt *s = database->statement[LAST_ROW];
	int rc = sqlite3_step(s);

	if (rc == SQLITE_ROW)
		*ret_row = sqlite3_column_int64(s, 0);
	(void)sqlite3_reset(s);
	return database_error(database, rc);
}

/* Rows of a name and a number; what waits changes by `sign` times that. */
static int
tally_rows(struct database *d, enum statement which, int sign, struct tallies *tallies)
{
	sqlite3_stmt *s = d->statement[which];
	int rc;

	while ((rc = sqlite3_step(s)) == SQLITE_ROW) {
		struct tally *tally = tally_of(tallies, column(s, 0));
		int64_t n = sqlite3_column_int64(s, 1);
		if (!tally)
			continue;
		tally->waiting += sign * n;
		tally->lost += sign < 0 ? n : 0;
	}
	(void)sqlite3_reset(s);
	return database_error(d, rc);
}

int
database_waiting(struct database *database, struct tallies *tallies)
{
	return tally_rows(database, WAITING, 1, tallies);
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
	return rc == SQLITE_DONE ? n : database_error(database, rc);
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
	sqlite3_stmt *s = database->statement[query->open_only ? LIST_OPEN : LIST];
	int rc, n = 0;

	if (!query->open_only) {
		(void)sqlite3_bind_int(s, 1, query->resolved_only);
		(void)sqlite3_bind_int(s, 2, SV_ALERT_RESOLVED);
		bind_text(s, 3, query->id);
		(void)sqlite3_bind_int64(s, 4, (int64_t)query->max);
	}
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
	return rc == SQLITE_DONE ? n : database_error(database, rc);
}

/* Bounds. */

uint64_t
database_bytes(struct database *database)
{
	int64_t pages = 0, unused = 0, bytes = 0;

	if (database_number(database, "PRAGMA page_count", &pages) < 0 ||
	    database_number(database, "PRAGMA freelist_count", &unused) < 0 ||
	    database_number(database, "PRAGMA page_size", &bytes) < 0)
		return 0;
	return (uint64_t)((pages - unused) * bytes);
}

/* The first number of a statement's only row; `missing` if there is none. */
static int
ask(struct database *d, enum statement which, int64_t argument, int64_t missing,
    int64_t *ret_number)
{
	sqlite3_stmt *s = d->statement[which];
	int rc;

	if (sqlite3_bind_parameter_count(s))
		(void)sqlite3_bind_int64(s, 1, argument);
	rc = sqlite3_step(s);
	if (rc == SQLITE_ROW || rc == SQLITE_DONE)
		*ret_number = rc == SQLITE_ROW ? sqlite3_column_int64(s, 0) : missing;
	(void)sqlite3_reset(s);
	return database_error(d, rc);
}

/* The first transition that stays. */
static int
find_cut(struct database *d, sv_usec before, uint64_t max_bytes, int64_t *ret_seq)
{
	int64_t n = 0, young = 0, tenth = 0;
	int r = ask(d, COUNT, 0, 0, &n);

	if (r >= 0)
		r = ask(d, FIRST_YOUNG, (int64_t)before, INT64_MAX, &young);
	if (r >= 0)
		r = ask(d, NTH, n / 10 + 1, INT64_MAX, &tenth);
	if (r >= 0)
		*ret_seq =
			database_bytes(d) > max_bytes || young > tenth ? tenth : young;
	return r;
}

int
database_prune(struct database *database, sv_usec before, uint64_t max_bytes,
	       struct tallies *tallies)
{
	static const enum statement steps[] = { PRUNE_WAITING, PRUNE_ROWS, PRUNE };
	struct tallies was = *tallies;
	int64_t cut = 0;
	int n = 0, r = database_run(database, BEGIN);

	if (r < 0)
		return r;
	r = find_cut(database, before, max_bytes, &cut);
	for (size_t i = 0; i < 3 && r >= 0; i++) {
		(void)sqlite3_bind_int64(database->statement[steps[i]], 1, cut);
		r = i == 0 ? tally_rows(database, PRUNE_WAITING, -1, tallies)
			   : database_run(database, steps[i]);
		n = sqlite3_changes(database->db);
	}
	r = database_end(database, r);
	if (r < 0)
		*tallies = was;
	if (r >= 0 && n)
		(void)sqlite3_exec(database->db, VACUUM, NULL, NULL, NULL);
	return r < 0 ? r : n;
}
