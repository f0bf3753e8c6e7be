/* SPDX-License-Identifier: Apache-2.0 */
#include "store/writer.h"

#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <time.h>
#include <unistd.h>

enum stage { IDLE, ASKED, ANSWERED };

struct writer {
	pthread_t thread;
	pthread_mutex_t lock; /* over stage, stop and gone */
	pthread_cond_t asked, answered;
	enum stage stage;
	bool stop, gone;
	int fd;
	/* whose they are says the stage: ASKED, the thread's; else the loop's */
	struct writer_job job;
	struct writer_answer answer;
	/* the thread's alone */
	char *path;
	struct database *database;
};

static const char *const companions[] = { "-wal", "-shm", NULL };

/* The thread. */

static void
shut(struct writer *w)
{
	database_close(w->database);
	w->database = NULL;
}

static int
open_file(struct writer *w, struct writer_answer *a)
{
	int r = database_open(w->path, &w->database, &a->why);

	if (r >= 0 && w->job.above)
		r = database_renumber(w->database, w->job.above);
	if (r >= 0)
		r = database_last_row(w->database, &a->last_row);
	if (r >= 0)
		r = database_waiting(w->database, &a->tallies);
	if (r < 0) {
		shut(w);
		return r;
	}
	a->opened = true;
	a->was_empty = database_was_empty(w->database);
	return 0;
}

/* What is wrong with the file from outside comes first. */
static int
be_open(struct writer *w, struct writer_answer *a)
{
	int r;

	if (w->job.damaged) {
		shut(w);
		r = aside_put(w->path, companions, w->job.now, a->aside);
		if (r < 0) {
			a->aside[0] = '\0';
			/* gone already: as good as set aside */
			if (r != -ENOENT)
				return r;
		}
	}
	if (w->database && database_moved(w->database)) {
		a->moved = true;
		shut(w);
	}
	return w->database ? 0 : open_file(w, a);
}

static int
work(struct writer *w, struct writer_answer *a)
{
	const struct writer_job *job = &w->job;
	int r = be_open(w, a);

	if (r >= 0 && job->list.n)
		r = database_write(w->database, &job->list, &a->tallies);
	if (r < 0 || !job->prune)
		return r;
	r = database_prune(w->database, job->before, job->max_bytes, &a->tallies);
	a->pruned = r > 0 ? (uint64_t)r : 0;
	/* What was to be written is; for want of pruning nothing is undone. */
	return r == -EUCLEAN ? r : 0;
}

static void
answer(struct writer *w)
{
	struct writer_answer *a = &w->answer;

	*a = (struct writer_answer){ .why = "is damaged" };
	a->error = work(w, a);
	/* A damaged file is not written to any more. */
	if (a->error == -EUCLEAN)
		shut(w);
}

static bool
next_job(struct writer *w)
{
	bool stop;

	(void)pthread_mutex_lock(&w->lock);
	while (w->stage != ASKED && !w->stop)
		(void)pthread_cond_wait(&w->asked, &w->lock);
	stop = w->stage != ASKED;
	(void)pthread_mutex_unlock(&w->lock);
	return !stop;
}

static void *
run(void *user)
{
	const uint64_t one = 1;
	struct writer *w = user;

	while (next_job(w)) {
		answer(w);
		(void)pthread_mutex_lock(&w->lock);
		w->stage = ANSWERED;
		(void)pthread_cond_signal(&w->answered);
		(void)pthread_mutex_unlock(&w->lock);
		/* It cannot fail: the counter is far from full. */
		if (write(w->fd, &one, sizeof(one)) < 0)
			continue;
	}
	shut(w);
	(void)pthread_mutex_lock(&w->lock);
	w->gone = true;
	(void)pthread_cond_signal(&w->answered);
	(void)pthread_mutex_unlock(&w->lock);
	return NULL;
}

/* The loop. */

static int
start_thread(struct writer *w)
{
	sigset_t all, old;
	int r;

	/* Signals are the loop's. */
	(void)sigfillset(&all);
	(void)pthread_sigmask(SIG_BLOCK, &all, &old);
	r = pthread_create(&w->thread, NULL, run, w);
	(void)pthread_sigmask(SIG_SETMASK, &old, NULL);
	return -r;
}

static void
destroy(struct writer *w)
{
	if (w->fd >= 0)
		(void)close(w->fd);
	(void)pthread_cond_destroy(&w->asked);
	(void)pthread_cond_destroy(&w->answered);
	(void)pthread_mutex_destroy(&w->lock);
	pending_clear(&w->job.list);
	pending_clear(&w->answer.list);
	free(w->path);
	free(w);
}

int
writer_new(const char *path, struct writer **ret_writer)
{
	struct writer *w = calloc(1, sizeof(*w));
	pthread_condattr_t attr;
	int r = -ENOMEM;

	if (!w)
		return -ENOMEM;
	(void)pthread_condattr_init(&attr);
	(void)pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
	(void)pthread_mutex_init(&w->lock, NULL);
	(void)pthread_cond_init(&w->asked, NULL);
	(void)pthread_cond_init(&w->answered, &attr);
	(void)pthread_condattr_destroy(&attr);
	w->fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	w->path = strdup(path);
	if (w->fd < 0)
		r = -errno;
	else if (w->path)
		r = start_thread(w);
	if (r < 0) {
		destroy(w);
		return r;
	}
	*ret_writer = w;
	return 0;
}

/* A time on the clock of the conditions. */
static struct timespec
deadline_of(sv_usec patience)
{
	struct timespec ts = { 0 };
	sv_usec at;

	(void)clock_gettime(CLOCK_MONOTONIC, &ts);
	at = (sv_usec)ts.tv_sec * SV_USEC_PER_SEC + (sv_usec)ts.tv_nsec / 1000 +
	     patience;
	ts.tv_sec = (time_t)(at / SV_USEC_PER_SEC);
	ts.tv_nsec = (long)(at % SV_USEC_PER_SEC * 1000);
	return ts;
}

bool
writer_free(struct writer *writer, sv_usec patience)
{
	struct timespec deadline = deadline_of(patience);
	bool gone;
	int r = 0;

	if (!writer)
		return true;
	(void)pthread_mutex_lock(&writer->lock);
	writer->stop = true;
	(void)pthread_cond_signal(&writer->asked);
	while (!writer->gone && r == 0)
		r = pthread_cond_timedwait(&writer->answered, &writer->lock, &deadline);
	gone = writer->gone;
	(void)pthread_mutex_unlock(&writer->lock);
	if (!gone) {
		(void)pthread_detach(writer->thread);
		return false;
	}
	(void)pthread_join(writer->thread, NULL);
	destroy(writer);
	return true;
}

int
writer_fd(const struct writer *writer)
{
	return writer->fd;
}

static enum stage
stage_of(const struct writer *writer)
{
	/* Locking does not change what callers see of it. */
	struct writer *w = (struct writer *)(uintptr_t)writer;
	enum stage stage;

	(void)pthread_mutex_lock(&w->lock);
	stage = w->stage;
	(void)pthread_mutex_unlock(&w->lock);
	return stage;
}

bool
writer_idle(const struct writer *writer)
{
	return stage_of(writer) == IDLE;
}

const struct pending_list *
writer_list(const struct writer *writer)
{
	return writer_idle(writer) ? NULL : &writer->job.list;
}

void
writer_give(struct writer *writer, struct writer_job *job)
{
	struct pending_list none = { 0 };

	pending_clear(&writer->answer.list);
	writer->job = *job;
	job->list = none;
	(void)pthread_mutex_lock(&writer->lock);
	writer->stage = ASKED;
	(void)pthread_cond_signal(&writer->asked);
	(void)pthread_mutex_unlock(&writer->lock);
}

struct writer_answer *
writer_take(struct writer *writer)
{
	uint64_t count;

	/* Also when there is none: the thread may have told of one that was taken between
	 * its two steps, and what nobody reads wakes the loop for ever. */
	if (read(writer->fd, &count, sizeof(count)) < 0 && errno != EAGAIN)
		return NULL;
	if (stage_of(writer) != ANSWERED)
		return NULL;
	pending_move(&writer->job.list, &writer->answer.list);
	(void)pthread_mutex_lock(&writer->lock);
	writer->stage = IDLE;
	(void)pthread_mutex_unlock(&writer->lock);
	return &writer->answer;
}

bool
writer_wait(struct writer *writer, sv_usec patience)
{
	struct timespec deadline = deadline_of(patience);
	bool answered;
	int r = 0;

	(void)pthread_mutex_lock(&writer->lock);
	while (writer->stage == ASKED && r == 0)
		r = pthread_cond_timedwait(&writer->answered, &writer->lock, &deadline);
	answered = writer->stage == ANSWERED;
	(void)pthread_mutex_unlock(&writer->lock);
	return answered;
}
