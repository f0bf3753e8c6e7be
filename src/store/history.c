/* SPDX-License-Identifier: Apache-2.0 */
#include "store/history_state.h"

#include "base/log.h"
#include "base/text.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define DEFAULT_MAX_AGE (90 * 86400 * SV_USEC_PER_SEC)
#define DEFAULT_MAX_BYTES ((size_t)256 * 1024 * 1024)
#define DEFAULT_RETRY (5 * SV_USEC_PER_SEC)
#define PRUNE_EVERY (60 * SV_USEC_PER_SEC)
/** A write that takes longer is said. */
#define SLOW (3 * SV_USEC_PER_SEC)
/** At the start nothing is read yet: the file may take its time. */
#define OPEN_PATIENCE (3 * SV_USEC_PER_SEC)
#define CLOSE_PATIENCE (2 * SV_USEC_PER_SEC)

sv_usec
history_monotonic(void)
{
	struct timespec ts = { 0 };

	(void)clock_gettime(CLOCK_MONOTONIC, &ts);
	return (sv_usec)ts.tv_sec * SV_USEC_PER_SEC + (sv_usec)ts.tv_nsec / 1000;
}

sv_usec
history_clock(void)
{
	struct timespec ts = { 0 };

	(void)clock_gettime(CLOCK_REALTIME, &ts);
	return (sv_usec)ts.tv_sec * SV_USEC_PER_SEC + (sv_usec)ts.tv_nsec / 1000;
}

/* Trouble, said once. */

static const char *
remedy_of(int error)
{
	switch (error) {
	case -ENOSPC:
	case -EDQUOT:
		return "make room on its disk";
	case -EBUSY:
		return "another process holds it";
	case -EACCES:
	case -EPERM:
	case -EROFS:
		return "the user of sipvigild must be able to write it and its folder";
	case -ENOENT:
		return "create the folder and give it to the user of sipvigild";
	case -EMFILE:
	case -ENFILE:
		return "raise LimitNOFILE= of its unit";
	}
	return "see the kernel's log for errors of the disk";
}

static void
say_problem(struct history *h, const char *what, const char *remedy)
{
	char problem[HISTORY_PROBLEM_BYTES];

	(void)snprintf(problem, sizeof(problem), "%.100s %.70s; %.70s", h->path, what,
		       remedy);
	if (strcmp(problem, h->stats.problem) != 0)
		log_error("%s; alerts go out, but their history waits in memory",
			  problem);
	memcpy(h->stats.problem, problem, sizeof(problem));
}

static void
fail(struct history *h, int error, sv_usec now)
{
	char what[80];

	(void)snprintf(what, sizeof(what), "cannot be written: %.50s",
		       strerror(-error));
	say_problem(h, what, remedy_of(error));
	h->next_try = now + h->spec.retry;
}

static void
recover(struct history *h)
{
	if (h->stats.problem[0])
		log_notice("%s can be written again", h->path);
	h->stats.problem[0] = '\0';
	h->slow = false;
}

/* The file. */

static void
close_reader(struct history *h)
{
	database_close(h->reader);
	h->reader = NULL;
}

/* It can be written, and not be read: then nothing is known to be there. */
static void
open_reader(struct history *h)
{
	if (!h->reader && h->open && !h->damaged &&
	    database_open_reader(h->path, &h->reader) < 0)
		h->reader = NULL;
}

void
history_distrust(struct history *history, const char *why)
{
	history->damaged = why;
	history->open = false;
	close_reader(history);
}

static void
say_changes(const struct history *h, const struct writer_answer *a)
{
	if (a->aside[0])
		log_error("%s %s; it was set aside as %s and begins anew: alerts that "
			  "were not delivered yet are in there",
			  h->path, h->damaged, a->aside);
	if (a->moved)
		log_error("%s was removed while it was in use: it begins anew",
			  h->path);
	if (a->was_empty)
		log_warning("%s was empty: the history begins anew", h->path);
}

static void
note_opened(struct history *h, const struct writer_answer *a)
{
	h->damaged = NULL;
	close_reader(h);
	h->open = true;
	if (a->last_row > h->last_row)
		h->last_row = a->last_row;
}

/* What the writer says of its last job, if it has one to answer. */
static void
collect(struct history *h, sv_usec now)
{
	struct writer_answer *a = writer_take(h->writer);

	if (!a)
		return;
	h->news |= a->list.transitions > 0 || h->put_off;
	h->put_off = false;
	say_changes(h, a);
	if (a->opened)
		note_opened(h, a);
	if (a->error >= 0 || a->opened)
		history_tally(h, a);
	if (a->error < 0) {
		pending_join(&h->pending, &a->list);
		if (a->error == -EUCLEAN && !a->aside[0])
			history_distrust(h, a->why);
		else
			fail(h, a->error, now);
		return;
	}
	pending_clear(&a->list);
	recover(h);
	open_reader(h);
}

static bool
is_due(sv_usec at, sv_usec now, sv_usec interval)
{
	return now >= at || at - now > interval; /* the clock was set back */
}

/* Hands over what waits, if there is need and the writer is free. */
static void
give(struct history *h, sv_usec now)
{
	bool prune = h->open && is_due(h->next_prune, now, PRUNE_EVERY);
	struct writer_job job = {
		.damaged = h->damaged,
		.now = now,
		.prune = prune,
		.before = now > h->spec.max_age ? now - h->spec.max_age : 0,
		.max_bytes = h->spec.max_bytes,
		.above = h->last_row,
	};

	if (!writer_idle(h->writer) || (h->open && !h->pending.n && !prune))
		return;
	if (h->stats.problem[0] && !is_due(h->next_try, now, h->spec.retry))
		return;
	pending_move(&h->pending, &job.list);
	if (prune)
		h->next_prune = now + PRUNE_EVERY;
	h->given = history_monotonic();
	writer_give(h->writer, &job);
}

/* A disk that does not answer. */
static void
look_for_delay(struct history *h)
{
	if (h->slow || writer_idle(h->writer) || history_monotonic() - h->given < SLOW)
		return;
	h->slow = true;
	say_problem(h, "cannot be written: the disk does not answer",
		    "see the kernel's log for errors of the disk");
}

void
history_set_bounds(struct history *history, sv_usec max_age, size_t max_bytes)
{
	history->spec.max_age = max_age ? max_age : DEFAULT_MAX_AGE;
	history->spec.max_bytes = max_bytes ? max_bytes : DEFAULT_MAX_BYTES;
}

int
history_open(const struct history_spec *spec, sv_usec now, struct history **ret_history)
{
	struct history *h = calloc(1, sizeof(*h));
	int r = -ENOMEM;

	if (!h)
		return -ENOMEM;
	h->spec = *spec;
	h->path = strdup(spec->path);
	if (h->path)
		r = writer_new(h->path, &h->writer);
	if (r < 0) {
		free(h->path);
		free(h);
		return r;
	}
	h->spec.path = h->path;
	h->pending.dropped = history_dropped;
	h->pending.user = h;
	history_set_bounds(h, spec->max_age, spec->max_bytes);
	if (!h->spec.retry)
		h->spec.retry = DEFAULT_RETRY;
	(void)history_wait(h, now, OPEN_PATIENCE);
	/* Rows need ids that no row of the file has: those of a file that cannot be
	 * looked into are far below the clock. */
	if (!h->open)
		h->last_row = (int64_t)now;
	*ret_history = h;
	return 0;
}

void
history_close(struct history *history)
{
	if (!history)
		return;
	close_reader(history);
	if (!writer_free(history->writer, CLOSE_PATIENCE))
		log_warning("%s: the disk does not answer, what was being written is "
			    "left",
			    history->path);
	pending_clear(&history->pending);
	free(history->path);
	free(history);
}

/* Writing. */

static bool
is_known(struct history *h, struct sv_str id)
{
	const struct pending_list *writing = writer_list(h->writer);
	int r;

	if (pending_has(&h->pending, id) || (writing && pending_has(writing, id)))
		return true;
	if (!h->reader)
		return false;
	r = database_has(h->reader, id);
	if (r == -EUCLEAN)
		history_distrust(h, "is damaged");
	return r == 1;
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
		.text = { [TRANSITION_ID] = str_of(alert->id),
			  [TRANSITION_INCIDENT] = str_of(alert->incident),
			  [TRANSITION_RULE] = alert->rule,
			  [TRANSITION_JSON] = json },
	};

	history->stats.transitions++;
	if (is_known(history, p.text[TRANSITION_ID])) {
		history->stats.repeats++;
		return HISTORY_KNOWN;
	}
	if (history_add(history, &p) < 0)
		history->stats.lost++;
	memcpy(history->put, alert->id, sizeof(history->put));
	return HISTORY_NEW;
}

bool
history_commit(struct history *history, sv_usec now)
{
	bool news;

	collect(history, now);
	give(history, now);
	look_for_delay(history);
	open_reader(history);
	/* While there is trouble, outputs do not wait for it to end. */
	news = history->news ||
	       (history->stats.problem[0] && history->pending.transitions);
	history->news = false;
	return news;
}

bool
history_wait(struct history *history, sv_usec now, sv_usec patience)
{
	sv_usec begin = history_monotonic(), spent = 0;
	bool news = false;

	for (;;) {
		news |= history_commit(history, now);
		if (history_safe(history) && writer_idle(history->writer))
			break;
		spent = history_monotonic() - begin;
		if (spent >= patience || writer_idle(history->writer) ||
		    !writer_wait(history->writer, patience - spent))
			break;
	}
	history->news = news;
	return history_safe(history);
}

int
history_fd(const struct history *history)
{
	return writer_fd(history->writer);
}

bool
history_safe(const struct history *history)
{
	const struct pending_list *writing = writer_list(history->writer);

	return history->pending.transitions == 0 &&
	       (!writing || writing->transitions == 0);
}

/* Questions. */

int
history_each(struct history *history, const struct history_query *query,
	     void (*each)(void *user, const struct history_row *row), void *user)
{
	int n = history->reader ? database_each(history->reader, query, each, user)
				: -EAGAIN;

	if (n == -EUCLEAN)
		history_distrust(history, "is damaged");
	return n;
}

void
history_stats_get(const struct history *history, struct history_stats *ret_stats)
{
	const struct pending_list *writing = writer_list(history->writer);

	*ret_stats = history->stats;
	ret_stats->waiting_memory = history->pending.n + (writing ? writing->n : 0);
	ret_stats->bytes = history->reader ? database_bytes(history->reader) : 0;
}
