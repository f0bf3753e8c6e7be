/* SPDX-License-Identifier: Apache-2.0 */
/* alerts.db with a real file under it. What a disk does wrong is made in
 * tests/integration/state_faults.t. */
#include "scratch.h"
#include "store/history.h"
#include "store/pending.h"

#include "base/text.h"
#include "output/queue.h"

#include <errno.h>
#include <poll.h>
#include <sqlite3.h>
#include <sys/stat.h>

#define START (UINT64_C(1795480000) * SV_USEC_PER_SEC)
#define PATIENCE (20 * SV_USEC_PER_SEC)
#define SEC SV_USEC_PER_SEC

struct rig {
	struct scratch s;
	struct history *h;
	const struct spool *spool;
	sv_usec now;
};

static void
open_again(struct rig *rig, struct history_spec spec)
{
	spec.path = rig->s.path;
	spec.retry = SEC;
	cr_assert_eq(history_open(&spec, rig->now, &rig->h), 0);
	rig->spool = history_spool(rig->h);
}

static void
rig_open(struct rig *rig)
{
	*rig = (struct rig){ .now = START };
	scratch_make(&rig->s, "alerts.db");
	open_again(rig, (struct history_spec){ 0 });
}

static void
rig_close(struct rig *rig)
{
	history_close(rig->h);
	scratch_remove(&rig->s);
}

/* The alert with this number; ids differ, incidents are shared by two. */
static enum history_put
put(struct rig *rig, int n)
{
	struct sv_alert alert = {
		.rule = SV_STR("rule"),
		.time = START - 1000 + (sv_usec)n,
		.state = n % 2 ? SV_ALERT_RESOLVED : SV_ALERT_FIRING,
		.severity = SV_SEVERITY_WARNING,
	};
	char json[64];

	snprintf(alert.id, sizeof(alert.id), "%032x", (unsigned)n);
	snprintf(alert.incident, sizeof(alert.incident), "f%031x", (unsigned)n / 2);
	snprintf(json, sizeof(json), "{\"n\":%d}", n);
	return history_put(rig->h, &alert, str_of(json), rig->now);
}

static int64_t
put_row(struct rig *rig, const char *output, const char *body)
{
	struct spool_row row = {
		.tag = 3, .put = rig->now, .head = SV_STR("head"), .body = str_of(body)
	};

	return rig->spool->put(rig->spool->user, output, &row);
}

static void
settle(struct rig *rig)
{
	cr_assert(history_wait(rig->h, rig->now, PATIENCE));
}

static uint64_t
waiting(const struct rig *rig, const char *output)
{
	return rig->spool->waiting(rig->spool->user, output);
}

static int64_t
newest(const struct rig *rig, const char *output)
{
	return rig->spool->newest(rig->spool->user, output);
}

static uint64_t
lost(const struct rig *rig, const char *output)
{
	return rig->spool->lost(rig->spool->user, output);
}

static struct history_stats
stats(const struct rig *rig)
{
	struct history_stats s;

	history_stats_get(rig->h, &s);
	return s;
}

struct loaded {
	int64_t id[3000];
	int body[3000];
	size_t n;
};

static void
take_row(void *user, const struct spool_row *row)
{
	struct loaded *l = user;
	uint64_t body = 0;

	cr_assert(str_eq(row->head, SV_STR("head")));
	cr_assert_eq(row->tag, 3);
	str_take_u64(row->body, &body);
	l->id[l->n] = row->id;
	l->body[l->n++] = (int)body;
}

static int
load(const struct rig *rig, const char *output, int64_t after, size_t max,
     struct loaded *ret)
{
	ret->n = 0;
	return rig->spool->load(rig->spool->user, output, after, max, take_row, ret);
}

/* One number of the file itself, by another connection. */
static int
number(const struct rig *rig, const char *sql)
{
	sqlite3 *db;
	sqlite3_stmt *s;
	int n = -1;

	cr_assert_eq(sqlite3_open(rig->s.path, &db), SQLITE_OK);
	cr_assert_eq(sqlite3_prepare_v2(db, sql, -1, &s, NULL), SQLITE_OK, "%s",
		     sqlite3_errmsg(db));
	if (sqlite3_step(s) == SQLITE_ROW)
		n = sqlite3_column_int(s, 0);
	sqlite3_finalize(s);
	sqlite3_close(db);
	return n;
}

static void
execute(const char *path, const char *sql)
{
	sqlite3 *db;
	char *error = NULL;

	cr_assert_eq(sqlite3_open(path, &db), SQLITE_OK);
	cr_assert_eq(sqlite3_exec(db, sql, NULL, NULL, &error), SQLITE_OK, "%s: %s",
		     sql, error);
	sqlite3_close(db);
}

Test(history, a_transition_is_there_once)
{
	struct rig rig;

	rig_open(&rig);
	cr_expect_eq(put(&rig, 1), HISTORY_NEW);
	cr_expect_eq(put(&rig, 1), HISTORY_KNOWN, "while it waits");
	cr_expect_not(history_safe(rig.h));
	settle(&rig);
	cr_expect(history_safe(rig.h));
	cr_expect_eq(put(&rig, 1), HISTORY_KNOWN, "when it is in the file");
	cr_expect_eq(put(&rig, 2), HISTORY_NEW);
	history_close(rig.h);
	open_again(&rig, (struct history_spec){ 0 });
	cr_expect_eq(put(&rig, 1), HISTORY_KNOWN, "after a restart");
	cr_expect_eq(number(&rig, "SELECT count(*) FROM transition"), 1,
		     "2 was not committed");
	cr_expect_eq(put(&rig, 2), HISTORY_NEW);
	settle(&rig);
	cr_expect_eq(stats(&rig).transitions, 2);
	cr_expect_eq(stats(&rig).repeats, 1);
	rig_close(&rig);
}

Test(history, the_file_is_not_for_everybody)
{
	struct rig rig;
	struct stat st;

	rig_open(&rig);
	cr_assert_eq(stat(rig.s.path, &st), 0);
	cr_expect_eq(st.st_mode & 07777 & ~0640, 0, "%o", st.st_mode);
	rig_close(&rig);
}

struct listed {
	char text[2000];
};

/* The loop looks at the answer as soon as it is there, before the thread has told of it. */
Test(history, an_answer_that_is_taken_wakes_nobody)
{
	struct rig rig;

	rig_open(&rig);
	for (int n = 0; n < 200; n++) {
		struct pollfd answer = { .fd = history_fd(rig.h), .events = POLLIN };
		int woken = 0;

		put(&rig, n);
		do
			(void)history_commit(rig.h, rig.now);
		while (!history_safe(rig.h));
		while (poll(&answer, 1, 2) > 0 && woken++ < 100)
			(void)history_commit(rig.h, rig.now);
		cr_assert_lt(woken, 100, "after %d jobs", n + 1);
	}
	rig_close(&rig);
}

static void
list_row(void *user, const struct history_row *row)
{
	struct listed *l = user;
	size_t len = strlen(l->text);

	snprintf(l->text + len, sizeof(l->text) - len, "%.*s %s [%.*s]\n",
		 (int)row->json.len, row->json.ptr, row->resolved ? "over" : "open",
		 (int)row->deliveries.len, row->deliveries.ptr);
}

Test(history, lists_newest_first_with_what_was_delivered)
{
	struct rig rig;
	struct listed l = { "" };
	struct history_query query = { .max = 10 };
	int64_t row[3];

	rig_open(&rig);
	put(&rig, 2);
	row[0] = put_row(&rig, "kafka:main", "1");
	row[1] = put_row(&rig, "exec:page", "2");
	row[2] = put_row(&rig, "journal:j", "3");
	settle(&rig);
	rig.spool->delivered(rig.spool->user, "kafka:main", row[0]);
	rig.spool->dropped(rig.spool->user, "exec:page", row[1]);
	put(&rig, 3);
	settle(&rig);
	cr_expect_eq(history_each(rig.h, &query, list_row, &l), 2);
	cr_expect_str_eq(l.text, "{\"n\":3} over []\n"
				 "{\"n\":2} open [kafka:main delivered\n"
				 "exec:page dropped\njournal:j waiting\n]\n");
	l.text[0] = '\0';
	query.resolved_only = true;
	cr_expect_eq(history_each(rig.h, &query, list_row, &l), 1);
	query = (struct history_query){ .max = 10, .id = SV_STR("f000") };
	cr_expect_eq(history_each(rig.h, &query, list_row, &l), 2, "by incident");
	query.id = SV_STR("00000000000000000000000000000002");
	cr_expect_eq(history_each(rig.h, &query, list_row, &l), 1, "by id");
	query.id = SV_STR("*");
	cr_expect_leq(history_each(rig.h, &query, list_row, &l), 2, "no harm done");
	rig_close(&rig);
}

Test(spool, rows_survive_in_order_until_they_are_settled)
{
	static struct loaded l;
	struct rig rig;
	int64_t row[5];
	char body[8];

	rig_open(&rig);
	for (int i = 0; i < 5; i++) {
		put(&rig, i);
		snprintf(body, sizeof(body), "%d", i);
		row[i] = put_row(&rig, "kafka:main", body);
		cr_assert_gt(row[i], i ? row[i - 1] : 0);
	}
	cr_expect_eq(waiting(&rig, "kafka:main"), 5);
	cr_expect_eq(load(&rig, "kafka:main", 0, 10, &l), 0,
		     "they are on their way into the file");
	cr_expect_eq(newest(&rig, "kafka:main"), 0);
	settle(&rig);
	cr_expect_eq(newest(&rig, "kafka:main"), row[4]);
	cr_expect_eq(load(&rig, "kafka:main", 0, 10, &l), 5);
	cr_expect_eq(load(&rig, "kafka:main", row[1], 2, &l), 2);
	cr_expect_eq(l.body[0], 2);
	cr_expect_eq(load(&rig, "kafka:other", 0, 10, &l), 0);
	rig.spool->delivered(rig.spool->user, "kafka:main", row[0]);
	rig.spool->dropped(rig.spool->user, "kafka:main", row[3]);
	cr_expect_eq(waiting(&rig, "kafka:main"), 3);
	cr_expect_eq(lost(&rig, "kafka:main"), 0, "that is for the output to count");
	cr_expect_eq(load(&rig, "kafka:main", 0, 10, &l), 3,
		     "not what was delivered a moment ago");
	cr_expect_eq(load(&rig, "kafka:main", row[3], 10, &l), 1, "that is behind it");
	settle(&rig);
	history_close(rig.h);
	open_again(&rig, (struct history_spec){ 0 });
	cr_expect_eq(waiting(&rig, "kafka:main"), 3);
	cr_expect_eq(load(&rig, "kafka:main", 0, 10, &l), 3);
	cr_expect_eq(l.body[0], 1);
	cr_expect_eq(l.body[1], 2);
	cr_expect_eq(l.body[2], 4);
	/* ids are never used again, even if the newest row is gone */
	put(&rig, 9);
	cr_expect_gt(put_row(&rig, "kafka:main", "9"), row[4]);
	rig_close(&rig);
}

Test(spool, a_queue_sends_each_row_once_over_restarts)
{
	struct rig rig;
	struct queue queue;
	struct queue_item *item;
	uint64_t body;
	char text[16];
	int sent = 0;

	rig_open(&rig);
	queue_init(&queue, 100);
	cr_assert_eq(queue_spool(&queue, rig.spool, "exec:x"), 0);
	for (int i = 0; i < 2500; i++) {
		put(&rig, i);
		snprintf(text, sizeof(text), "%d", i);
		queue_push(&queue, 3, SV_STR("head"), str_of(text));
	}
	cr_expect_eq(queue_waiting(&queue), 2500);
	cr_expect_leq(queue.n, QUEUE_WINDOW);
	for (int round = 0; sent < 2500 && round < 100; round++) {
		settle(&rig);
		queue_refill(&queue);
		for (int i = 0; i < 300 && (item = queue_take(&queue)); i++) {
			body = 0;
			str_take_u64(queue_body(item), &body);
			cr_assert_eq((int)body, sent, "in order, each once");
			queue_delivered(&queue, item);
			sent++;
		}
		if (round % 3 < 2)
			continue;
		settle(&rig);
		queue_done(&queue);
		history_close(rig.h);
		open_again(&rig, (struct history_spec){ 0 });
		queue_init(&queue, 100);
		cr_assert_eq(queue_spool(&queue, rig.spool, "exec:x"), 0);
		cr_assert_eq(queue_waiting(&queue), (uint64_t)(2500 - sent));
	}
	cr_expect_eq(sent, 2500);
	settle(&rig);
	cr_expect_eq(queue_waiting(&queue), 0);
	cr_expect_eq(queue_dropped(&queue), 0);
	cr_expect_eq(number(&rig, "SELECT count(*) FROM delivery WHERE state = 1"),
		     2500);
	queue_done(&queue);
	rig_close(&rig);
}

/* What is new goes out while the file cannot be opened, and once it can what was in it. */
Test(spool, a_file_that_opens_late_holds_up_no_alert)
{
	bool seen[2100] = { false };
	struct rig rig;
	struct queue queue;
	struct queue_item *item;
	sqlite3 *other;
	char text[16];
	uint64_t body;
	int sent = 0;

	rig_open(&rig);
	queue_init(&queue, 3000);
	cr_assert_eq(queue_spool(&queue, rig.spool, "exec:x"), 0);
	for (int i = 0; i < 1500; i++) {
		put(&rig, i);
		snprintf(text, sizeof(text), "%d", i);
		queue_push(&queue, 3, SV_STR("head"), str_of(text));
	}
	settle(&rig);
	queue_done(&queue);
	history_close(rig.h);
	cr_assert_eq(sqlite3_open(rig.s.path, &other), SQLITE_OK);
	cr_assert_eq(sqlite3_exec(other,
				  "PRAGMA locking_mode = EXCLUSIVE; BEGIN EXCLUSIVE;"
				  "UPDATE transition SET state = state",
				  NULL, NULL, NULL),
		     SQLITE_OK);
	open_again(&rig, (struct history_spec){ 0 });
	queue_init(&queue, 3000);
	cr_assert_eq(queue_spool(&queue, rig.spool, "exec:x"), 0);
	queue_refill(&queue);
	for (int i = 1500; i < 2100; i++) {
		put(&rig, i);
		snprintf(text, sizeof(text), "%d", i);
		queue_push(&queue, 3, SV_STR("head"), str_of(text));
	}
	queue_refill(&queue);
	cr_expect_eq(queue.n, 600, "the new ones are at hand");
	sqlite3_close(other);
	rig.now += 2 * SEC;
	for (int round = 0; sent < 2100 && round < 100; round++) {
		settle(&rig);
		queue_refill(&queue);
		for (int i = 0; i < 100 && (item = queue_take(&queue)); i++) {
			body = 0;
			str_take_u64(queue_body(item), &body);
			cr_assert_not(seen[body], "%d twice", (int)body);
			seen[body] = true;
			cr_expect(sent >= 600 || body >= 1500, "new ones first");
			queue_delivered(&queue, item);
			sent++;
		}
	}
	settle(&rig);
	cr_expect_eq(sent, 2100, "%d", sent);
	cr_expect_eq(queue_waiting(&queue), 0);
	cr_expect_eq(queue_dropped(&queue), 0);
	queue_done(&queue);
	rig_close(&rig);
}

/* A file in the way, and what then becomes of it. */

static void
expect_set_aside(struct rig *rig, const char *name)
{
	char aside[300];

	rig->now = START;
	open_again(rig, (struct history_spec){ 0 });
	cr_expect_geq(scratch_count(&rig->s, "alerts.db.bad-", aside), 1, "%s", name);
	cr_expect_eq(put(rig, 1), HISTORY_NEW, "%s: it begins anew", name);
	settle(rig);
	cr_expect_eq(number(rig, "SELECT count(*) FROM transition"), 1);
	cr_expect_str_eq(stats(rig).problem, "");
	rig_close(rig);
}

Test(history, what_is_not_ours_is_set_aside_untouched)
{
	struct rig rig = { 0 };
	char aside[300], path[500], text[8];
	FILE *file;

	scratch_make(&rig.s, "alerts.db");
	scratch_write(rig.s.path, "hello, I am no database at all", 30);
	expect_set_aside(&rig, "garbage");
	scratch_make(&rig.s, "alerts.db");
	cr_assert_eq(mkdir(rig.s.path, 0700), 0);
	expect_set_aside(&rig, "a folder");
	scratch_make(&rig.s, "alerts.db");
	execute(rig.s.path, "CREATE TABLE transition (mine TEXT);"
			    "INSERT INTO transition VALUES ('precious')");
	rig.now = START;
	open_again(&rig, (struct history_spec){ 0 });
	cr_assert_eq(scratch_count(&rig.s, "alerts.db.bad-", aside), 1);
	snprintf(path, sizeof(path), "%s/%s", rig.s.folder, aside);
	file = fopen(path, "rb");
	cr_assert(file);
	/* bytes 18 and 19 say which journal: another program's stays as it was */
	cr_assert_eq(fseek(file, 18, SEEK_SET), 0);
	cr_assert_eq(fread(text, 1, 2, file), 2);
	cr_expect_eq(text[0], 1);
	fclose(file);
	rig_close(&rig);
}

Test(history, a_newer_one_is_set_aside)
{
	struct rig rig;

	rig_open(&rig);
	put(&rig, 1);
	settle(&rig);
	history_close(rig.h);
	execute(rig.s.path, "PRAGMA user_version = 99");
	expect_set_aside(&rig, "newer");
}

Test(history, an_empty_one_begins_anew)
{
	struct rig rig = { .now = START };
	char aside[300];

	scratch_make(&rig.s, "alerts.db");
	scratch_write(rig.s.path, "", 0);
	open_again(&rig, (struct history_spec){ 0 });
	put(&rig, 1);
	settle(&rig);
	cr_expect_eq(scratch_count(&rig.s, "alerts.db.bad-", aside), 0);
	rig_close(&rig);
}

static void
damage(const char *path, long from, long to)
{
	FILE *file = fopen(path, "r+b");

	cr_assert(file);
	cr_assert_eq(fseek(file, from, SEEK_SET), 0);
	for (long i = from; i < to; i++)
		fputc(0xa5, file);
	cr_assert_eq(fclose(file), 0);
}

/* Pages behind the first are looked at only when they are needed. */
Test(history, damage_that_shows_later_costs_what_was_in_the_file_and_no_more)
{
	struct rig rig;
	char aside[300];
	struct stat st;

	rig_open(&rig);
	for (int i = 0; i < 500; i++)
		put(&rig, i);
	settle(&rig);
	history_close(rig.h);
	cr_assert_eq(stat(rig.s.path, &st), 0);
	damage(rig.s.path, 8192, st.st_size);
	open_again(&rig, (struct history_spec){ 0 });
	for (int i = 500; i < 520; i++) {
		cr_expect_eq(put(&rig, i), HISTORY_NEW);
		(void)history_wait(rig.h, rig.now, PATIENCE);
		rig.now += 2 * SEC;
	}
	settle(&rig);
	cr_expect_eq(scratch_count(&rig.s, "alerts.db.bad-", aside), 1, "%s", aside);
	cr_expect_geq(number(&rig, "SELECT count(*) FROM transition"), 20);
	cr_expect_str_eq(stats(&rig).problem, "");
	cr_expect_eq(stats(&rig).lost, 0);
	rig_close(&rig);
}

Test(history, damage_while_it_runs_is_met_once)
{
	static struct loaded l;
	struct rig rig;
	char aside[300];
	struct stat st;

	rig_open(&rig);
	for (int i = 0; i < 500; i++) {
		put(&rig, i);
		put_row(&rig, "kafka:main", "1");
	}
	settle(&rig);
	history_close(rig.h);
	open_again(&rig, (struct history_spec){ 0 });
	cr_assert_eq(waiting(&rig, "kafka:main"), 500);
	cr_assert_eq(stat(rig.s.path, &st), 0);
	damage(rig.s.path, 8192, st.st_size);
	/* Reading finds it; the next job sets it aside. */
	cr_expect_lt(load(&rig, "kafka:main", 0, 1000, &l), 0);
	for (int i = 0; i < 5; i++) {
		put(&rig, 1000 + i);
		(void)history_wait(rig.h, rig.now, PATIENCE);
		rig.now += 2 * SEC;
	}
	settle(&rig);
	cr_expect_geq(scratch_count(&rig.s, "alerts.db.bad-", aside), 1);
	cr_expect_eq(number(&rig, "SELECT count(*) FROM transition"), 5);
	cr_expect_eq(waiting(&rig, "kafka:main"), 0);
	cr_expect_eq(lost(&rig, "kafka:main"), 500);
	/* one of them was in an output's memory and arrives after all */
	rig.spool->delivered(rig.spool->user, "kafka:main", 7);
	settle(&rig);
	cr_expect_eq(waiting(&rig, "kafka:main"), 0);
	cr_expect_eq(lost(&rig, "kafka:main"), 499);
	rig_close(&rig);
}

/* While it cannot be written. */

Test(history, rows_of_a_file_that_opens_late_are_others_than_those_in_it)
{
	static struct loaded l;
	struct rig rig;
	sqlite3 *other;
	int64_t row;

	rig_open(&rig);
	for (int i = 0; i < 3; i++) {
		put(&rig, i);
		put_row(&rig, "kafka:main", "1");
	}
	settle(&rig);
	history_close(rig.h);
	cr_assert_eq(sqlite3_open(rig.s.path, &other), SQLITE_OK);
	cr_assert_eq(sqlite3_exec(other,
				  "PRAGMA locking_mode = EXCLUSIVE; BEGIN EXCLUSIVE;"
				  "UPDATE transition SET state = state",
				  NULL, NULL, NULL),
		     SQLITE_OK);
	open_again(&rig, (struct history_spec){ 0 });
	cr_expect(strstr(stats(&rig).problem, "another process holds it"), "%s",
		  stats(&rig).problem);
	put(&rig, 100);
	row = put_row(&rig, "kafka:main", "2");
	cr_expect_gt(row, 3);
	cr_expect_eq(newest(&rig, "kafka:main"), row);
	cr_expect_eq(load(&rig, "kafka:main", 0, 100, &l), 1, "it is sent from memory");
	rig.spool->delivered(rig.spool->user, "kafka:main", row);
	cr_expect_eq(load(&rig, "kafka:main", 0, 100, &l), 0);
	put(&rig, 101);
	row = put_row(&rig, "kafka:main", "3");
	cr_expect_eq(load(&rig, "kafka:main", 0, 100, &l), 1);
	cr_expect_eq(l.id[0], row);
	cr_expect_not(history_wait(rig.h, rig.now, PATIENCE));
	cr_expect(history_commit(rig.h, rig.now), "outputs need not wait for it");
	sqlite3_close(other);
	rig.now += 2 * SEC;
	settle(&rig);
	cr_expect_str_eq(stats(&rig).problem, "");
	cr_expect_eq(waiting(&rig, "kafka:main"), 4, "three old and one new");
	cr_expect_eq(load(&rig, "kafka:main", 0, 100, &l), 4);
	cr_expect_eq(load(&rig, "kafka:main", row, 100, &l), 3,
		     "the old ones follow behind those that were sent meanwhile");
	cr_expect_eq(newest(&rig, "kafka:main"), l.id[2]);
	cr_expect_eq(number(&rig, "SELECT count(*) FROM delivery WHERE state = 1"), 1);
	cr_expect_eq(lost(&rig, "kafka:main"), 0);
	rig_close(&rig);
}

Test(history, a_lock_of_another_process_stops_nobody_and_is_over)
{
	struct rig rig;
	sqlite3 *other;
	struct timespec a, b;
	long worst = 0;

	rig_open(&rig);
	put(&rig, 0);
	settle(&rig);
	cr_assert_eq(sqlite3_open(rig.s.path, &other), SQLITE_OK);
	cr_assert_eq(sqlite3_exec(other, "BEGIN IMMEDIATE", NULL, NULL, NULL),
		     SQLITE_OK);
	for (int i = 1; i < 400; i++) {
		clock_gettime(CLOCK_THREAD_CPUTIME_ID, &a);
		cr_assert_eq(put(&rig, i), HISTORY_NEW);
		(void)history_commit(rig.h, rig.now);
		clock_gettime(CLOCK_THREAD_CPUTIME_ID, &b);
		long took = (b.tv_sec - a.tv_sec) * 1000000 +
			    (b.tv_nsec - a.tv_nsec) / 1000;
		worst = took > worst ? took : worst;
		rig.now += SEC / 100;
	}
	(void)history_wait(rig.h, rig.now, 5 * SEC);
	cr_expect(strstr(stats(&rig).problem, "another process holds it"));
	cr_expect_eq(put(&rig, 0), HISTORY_KNOWN, "it can be read meanwhile");
	sqlite3_close(other);
	rig.now += 2 * SEC;
	settle(&rig);
	cr_expect_eq(number(&rig, "SELECT count(*) FROM transition"), 400);
	cr_expect_eq(stats(&rig).lost, 0);
	cr_log_info("longest put and commit: %ld us of processor time", worst);
	rig_close(&rig);
}

Test(history, a_removed_file_is_made_anew)
{
	struct rig rig;

	rig_open(&rig);
	put(&rig, 1);
	settle(&rig);
	cr_assert_eq(unlink(rig.s.path), 0);
	put(&rig, 2);
	settle(&rig);
	cr_expect_eq(number(&rig, "SELECT count(*) FROM transition"), 1);
	cr_expect_eq(put(&rig, 2), HISTORY_KNOWN);
	rig_close(&rig);
}

Test(history, without_its_folder_it_waits_bounded_and_counted)
{
	struct rig rig = { .now = START };
	struct history_stats s;
	int n = PENDING_MAX + 500;

	scratch_make(&rig.s, "alerts.db");
	cr_assert_eq(rmdir(rig.s.folder), 0);
	open_again(&rig, (struct history_spec){ 0 });
	for (int i = 0; i < n; i++)
		cr_assert_eq(put(&rig, i), HISTORY_NEW);
	cr_expect_not(history_wait(rig.h, rig.now, PATIENCE));
	s = stats(&rig);
	cr_expect(strstr(s.problem, "cannot be written: No such file or directory; "
				    "create the folder and give it to the user"),
		  "%s", s.problem);
	cr_expect_eq(s.lost, 500);
	cr_expect_eq(s.waiting_memory, PENDING_MAX);
	cr_assert_eq(mkdir(rig.s.folder, 0700), 0);
	cr_expect_not(history_wait(rig.h, rig.now, PATIENCE), "not before its time");
	rig.now += 2 * SEC;
	settle(&rig);
	cr_expect_eq(number(&rig, "SELECT count(*) FROM transition"), PENDING_MAX);
	cr_expect_eq(stats(&rig).waiting_memory, 0);
	rig_close(&rig);
}

/* Bounds. */

Test(history, the_oldest_go_by_age_a_tenth_at_a_time)
{
	struct rig rig;

	rig_open(&rig);
	history_close(rig.h);
	open_again(&rig, (struct history_spec){ .max_age = 100 * SEC });
	for (int i = 0; i < 100; i++) {
		put(&rig, i);
		put_row(&rig, "kafka:main", "1");
	}
	settle(&rig);
	rig.now += 90 * SEC;
	put(&rig, 200);
	settle(&rig);
	cr_expect_eq(stats(&rig).pruned, 0, "none is old");
	rig.now += 70 * SEC;
	put(&rig, 201);
	settle(&rig);
	cr_expect_eq(stats(&rig).pruned, 11, "a wrong clock must not take all at once");
	cr_expect_eq(stats(&rig).backlog_dropped, 11);
	cr_expect_eq(waiting(&rig, "kafka:main"), 89);
	cr_expect_eq(lost(&rig, "kafka:main"), 11);
	for (int i = 0; i < 200 && stats(&rig).pruned < 100; i++) {
		rig.now += SEC / 2;
		(void)history_commit(rig.h, rig.now);
		settle(&rig);
		rig.now += 61 * SEC / 2;
		put(&rig, 300 + i);
		settle(&rig);
	}
	cr_expect_geq(stats(&rig).pruned, 100);
	cr_expect_eq(waiting(&rig, "kafka:main"), 0);
	cr_expect_eq(number(&rig, "SELECT count(*) FROM delivery"), 0);
	/* one that an output still had in its memory arrives */
	rig.spool->delivered(rig.spool->user, "kafka:main", 1);
	settle(&rig);
	cr_expect_eq(lost(&rig, "kafka:main"), 99);
	rig_close(&rig);
}

Test(history, the_file_stays_within_its_size)
{
	struct rig rig;
	size_t max = 1024 * 1024;
	char *text = malloc(10001);
	struct sv_alert alert = { .rule = SV_STR("r") };

	cr_assert(text);
	memset(text, 'x', 10000);
	rig_open(&rig);
	history_close(rig.h);
	open_again(&rig, (struct history_spec){ .max_bytes = max });
	for (int i = 0; i < 600; i++) {
		snprintf(alert.id, sizeof(alert.id), "%032x", (unsigned)i);
		(void)history_put(rig.h, &alert, str_make(text, 10000), rig.now);
		(void)history_commit(rig.h, rig.now);
		settle(&rig);
		rig.now += 10 * SEC;
	}
	cr_expect_gt(stats(&rig).pruned, 400);
	uint64_t pruned = stats(&rig).pruned;
	history_set_bounds(rig.h, 0, 0);
	rig.now += 120 * SEC;
	(void)history_commit(rig.h, rig.now);
	settle(&rig);
	cr_expect_eq(stats(&rig).pruned, pruned, "there is room now");
	cr_expect_lt(stats(&rig).bytes, max + max / 5);
	cr_expect_eq(stats(&rig).backlog_dropped, 0);
	cr_expect_eq(number(&rig, "SELECT count(*) FROM transition WHERE id = "
				  "'00000000000000000000000000000257'"),
		     1, "the newest is there");
	free(text);
	rig_close(&rig);
}
