/* SPDX-License-Identifier: Apache-2.0 */
#include "store/history.h"

#include "base/log.h"
#include "base/text.h"
#include "store/database.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define DEFAULT_MAX_AGE (90 * 86400 * SV_USEC_PER_SEC)
#define DEFAULT_MAX_BYTES ((size_t)256 * 1024 * 1024)
#define DEFAULT_RETRY (5 * SV_USEC_PER_SEC)
#define PRUNE_EVERY (60 * SV_USEC_PER_SEC)
#define PATH_BYTES 4096
/** Outputs whose backlog is counted. */
#define MAX_NAMES 64
#define NAME_BYTES 160

struct backlog {
	char name[NAME_BYTES];
	uint64_t waiting, lost;
};

struct history {
	struct history_spec spec;
	char *path;
	struct database *database; /* NULL: not open now */
	struct pending_list pending;
	int64_t last_row;
	sv_usec next_try, next_prune; /* clock */
	struct backlog backlog[MAX_NAMES];
	size_t n_backlog;
	struct spool spool;
	struct history_stats stats;
};

/* Trouble, said once. */

static const char *
remedy_of(int error)
{
	switch (error) {
	case -ENOSPC:
		return "make room on its disk";
	case -EBUSY:
		return "another process holds it";
	case -EACCES:
	case -EPERM:
	case -EROFS:
		return "the user of sipvigild must be able to write it and its folder";
	case -ENOENT:
		return "create the folder and give it to the user of sipvigild";
	}
	return "see the kernel's log for errors of the disk";
}

static void
fail(struct history *h, int error, sv_usec now)
{
	char problem[HISTORY_PROBLEM_BYTES];

	(void)snprintf(problem, sizeof(problem),
		       "%.100s cannot be written: %.50s; %.80s", h->path,
		       strerror(-error), remedy_of(error));
	if (strcmp(problem, h->stats.problem) != 0)
		log_error("%s; alerts go out, but their history waits in memory",
			  problem);
	memcpy(h->stats.problem, problem, sizeof(problem));
	h->next_try = now + h->spec.retry;
}

static void
recover(struct history *h)
{
	if (h->stats.problem[0])
		log_notice("%s can be written again", h->path);
	h->stats.problem[0] = '\0';
}

/* Opening. */

static struct backlog *
backlog_of(struct history *h, struct sv_str name)
{
	for (size_t i = 0; i < h->n_backlog; i++)
		if (str_eq(str_of(h->backlog[i].name), name))
			return &h->backlog[i];
	if (h->n_backlog == MAX_NAMES || name.len >= NAME_BYTES)
		return NULL;
	struct backlog *b = &h->backlog[h->n_backlog++];
	*b = (struct backlog){ 0 };
	memcpy(b->name, name.ptr, name.len);
	return b;
}

static void
count_backlog(void *user, struct sv_str output, uint64_t waiting)
{
	struct backlog *b = backlog_of(user, output);

	if (b)
		b->waiting = waiting;
}

static int
read_state(struct history *h)
{
	int64_t row = 0;
	int r = database_last_row(h->database, &row);

	if (r >= 0)
		r = database_outputs(h->database, count_backlog, h);
	if (row > h->last_row)
		h->last_row = row;
	return r;
}

/* It, its log and its shared memory go together. */
static int
set_aside(struct history *h, const char *why, sv_usec now)
{
	static const char *const parts[] = { "", "-wal", "-shm" };
	char from[PATH_BYTES], to[PATH_BYTES];
	int r = 0;

	for (size_t i = 0; i < 3; i++) {
		(void)snprintf(from, sizeof(from), "%s%s", h->path, parts[i]);
		(void)snprintf(to, sizeof(to), "%s.bad-%" PRIu64 "%s", h->path,
			       now / SV_USEC_PER_SEC, parts[i]);
		if (rename(from, to) < 0 && i == 0)
			r = -errno;
	}
	if (r == 0)
		log_error("%s %s; it was set aside as %s.bad-%" PRIu64
			  " and begins anew: alerts that were not delivered yet are in "
			  "there",
			  h->path, why, h->path, now / SV_USEC_PER_SEC);
	return r;
}

static void
reopen(struct history *h, sv_usec now)
{
	const char *why = "";
	int r;

	if (h->database || now < h->next_try)
		return;
	r = database_open(h->path, &h->database, &why);
	if (r == -EUCLEAN && set_aside(h, why, now) == 0)
		r = database_open(h->path, &h->database, &why);
	if (r >= 0)
		r = read_state(h);
	if (r >= 0)
		return;
	database_close(h->database);
	h->database = NULL;
	fail(h, r, now);
}

/* A damaged file is not written to any more: the next try sets it aside. */
static void
write_failed(struct history *h, int error, sv_usec now)
{
	fail(h, error, now);
	if (error != -EUCLEAN)
		return;
	database_close(h->database);
	h->database = NULL;
	h->next_try = now;
	reopen(h, now);
}

int
history_open(const struct history_spec *spec, sv_usec now, struct history **ret_history)
{
	struct history *h = calloc(1, sizeof(*h));

	if (!h)
		return -ENOMEM;
	h->spec = *spec;
	h->path = strdup(spec->path);
	if (!h->path) {
		free(h);
		return -ENOMEM;
	}
	h->spec.path = h->path;
	if (!h->spec.max_age)
		h->spec.max_age = DEFAULT_MAX_AGE;
	if (!h->spec.max_bytes)
		h->spec.max_bytes = DEFAULT_MAX_BYTES;
	if (!h->spec.retry)
		h->spec.retry = DEFAULT_RETRY;
	reopen(h, now);
	*ret_history = h;
	return 0;
}

void
history_close(struct history *history)
{
	if (!history)
		return;
	pending_clear(&history->pending);
	database_close(history->database);
	free(history->path);
	free(history);
}

/* Writing. */

static void
add(struct history *h, const struct pending *p)
{
	if (pending_add(&h->pending, p) < 0 && p->kind == PENDING_TRANSITION)
		h->pending.lost++;
}

enum history_put
history_put(struct history *history, const struct sv_alert *alert, struct sv_str json,
	    sv_usec now)
{
	struct pending p = {
		.kind = PENDING_TRANSITION,
		.now = now,
		.state = (int)alert->state,
		.severity = (int)alert->severity,
		.time = alert->time,
		.text = { str_of(alert->id), str_of(alert->incident), alert->rule,
			  json },
	};
	bool known = pending_has(&history->pending, p.text[0]);

	history->stats.transitions++;
	if (!known && history->database)
		known = database_has(history->database, p.text[0]) == 1;
	if (known) {
		history->stats.repeats++;
		return HISTORY_KNOWN;
	}
	add(history, &p);
	return HISTORY_NEW;
}

static void
prune(struct history *h, sv_usec now)
{
	uint64_t before = 0, after = 0;
	int r;

	if (now < h->next_prune)
		return;
	h->next_prune = now + PRUNE_EVERY;
	for (size_t i = 0; i < h->n_backlog; i++)
		before += h->backlog[i].waiting;
	r = database_prune(h->database,
			   now > h->spec.max_age ? now - h->spec.max_age : 0,
			   h->spec.max_bytes);
	if (r <= 0)
		return;
	h->stats.pruned += (uint64_t)r;
	for (size_t i = 0; i < h->n_backlog; i++) {
		struct backlog *b = &h->backlog[i];
		uint64_t was = b->waiting;
		if (database_waiting(h->database, str_of(b->name), &b->waiting) >= 0 &&
		    b->waiting < was)
			b->lost += was - b->waiting;
		after += b->waiting;
	}
	if (after >= before)
		return;
	h->stats.backlog_dropped += before - after;
	log_error("%s: %" PRIu64 " alerts that were never delivered were given up: "
		  "they are older or more than history_max_age and history_max_bytes "
		  "allow",
		  h->path, before - after);
}

void
history_commit(struct history *history, sv_usec now)
{
	int r;

	reopen(history, now);
	if (!history->database)
		return;
	if (history->pending.n &&
	    (!history->stats.problem[0] || now >= history->next_try)) {
		r = database_write(history->database, &history->pending);
		if (r < 0) {
			write_failed(history, r, now);
			return;
		}
		pending_clear(&history->pending);
	}
	if (history->pending.n == 0)
		recover(history);
	prune(history, now);
}

bool
history_safe(const struct history *history)
{
	return history->pending.n == 0;
}

/* The spool. */

static int64_t
spool_put(void *user, const char *output, const struct spool_row *row)
{
	struct history *h = user;
	struct backlog *b = backlog_of(h, str_of(output));
	struct pending p = {
		.kind = PENDING_ROW,
		.row = h->last_row + 1,
		.tag = row->tag,
		.now = row->put,
		.text = { str_of(output), row->head, row->body },
	};

	if (!b || pending_add(&h->pending, &p) < 0)
		return 0;
	b->waiting++;
	return ++h->last_row;
}

static void
settle_row(struct history *h, const char *output, int64_t id, enum pending_kind kind)
{
	struct backlog *b = backlog_of(h, str_of(output));
	struct pending p = { .kind = kind, .row = id };

	if (b && b->waiting)
		b->waiting--;
	if (b && kind == PENDING_DROPPED)
		b->lost++;
	add(h, &p);
}

static void
spool_delivered(void *user, const char *output, int64_t id)
{
	settle_row(user, output, id, PENDING_DELIVERED);
}

static void
spool_dropped(void *user, const char *output, int64_t id)
{
	settle_row(user, output, id, PENDING_DROPPED);
}

static int
spool_load(void *user, const char *output, int64_t after, size_t max,
	   void (*each)(void *each_user, const struct spool_row *row), void *each_user)
{
	struct history *h = user;

	/* What is not in the file yet would be missed. */
	if (!h->database || h->pending.n)
		return -EAGAIN;
	return database_load(h->database, str_of(output), after, max, each, each_user);
}

static uint64_t
spool_waiting(void *user, const char *output)
{
	const struct backlog *b = backlog_of(user, str_of(output));

	return b ? b->waiting : 0;
}

static uint64_t
spool_lost(void *user, const char *output)
{
	const struct backlog *b = backlog_of(user, str_of(output));

	return b ? b->lost : 0;
}

static bool
spool_healthy(void *user)
{
	const struct history *h = user;

	return h->database && !h->stats.problem[0];
}

const struct spool *
history_spool(struct history *history)
{
	history->spool = (struct spool){
		.put = spool_put,
		.delivered = spool_delivered,
		.dropped = spool_dropped,
		.load = spool_load,
		.waiting = spool_waiting,
		.lost = spool_lost,
		.healthy = spool_healthy,
		.user = history,
	};
	return &history->spool;
}

/* Questions. */

int
history_each(struct history *history, const struct history_query *query,
	     void (*each)(void *user, const struct history_row *row), void *user)
{
	return history->database ? database_each(history->database, query, each, user)
				 : -EAGAIN;
}

void
history_stats_get(const struct history *history, struct history_stats *ret_stats)
{
	*ret_stats = history->stats;
	ret_stats->waiting_memory = history->pending.n;
	ret_stats->lost = history->pending.lost;
	ret_stats->bytes = history->database ? database_bytes(history->database) : 0;
}
