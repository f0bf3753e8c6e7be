/* SPDX-License-Identifier: Apache-2.0 */
#include "saver.h"

#include "base/log.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

/** A child that hangs (a disk that does not answer) is said after so long, and killed. */
#define CHILD_SLOW (15 * SV_USEC_PER_SEC)
#define CHILD_MAX (60 * SV_USEC_PER_SEC)
/** At the end nobody waits longer than that for it, nor for one that was killed. */
#define FINISH_MAX (5 * SV_USEC_PER_SEC)
#define REAP_MAX (SV_USEC_PER_SEC / 2)
#define REAP_STEP_NSEC 2000000L

/* What the child tells, in memory shared with it. */
struct answer {
	int error;
	struct checkpoint_result result;
};

struct saver {
	struct saver_spec spec;
	struct checkpoint_writer *writer;
	struct answer *answer;
	sd_event_source *timer, *exited;
	pid_t child;   /* 0 = none */
	sv_usec began; /* monotonic */
	struct saver_stats stats;
};

static sv_usec
clock_of(clockid_t id)
{
	struct timespec ts = { 0 };

	(void)clock_gettime(id, &ts);
	return (sv_usec)ts.tv_sec * SV_USEC_PER_SEC + (sv_usec)ts.tv_nsec / 1000;
}

static struct checkpoint_spec
what(const struct saver *saver)
{
	return (struct checkpoint_spec){ .path = saver->spec.path,
					 .writer = saver->spec.writer,
					 .parts = saver->spec.parts,
					 .n_parts = saver->spec.n_parts,
					 .now = clock_of(CLOCK_REALTIME) };
}

static const char *
remedy_of(int error)
{
	switch (error) {
	case -ENOSPC:
	case -EDQUOT:
		return "; make room on its disk";
	case -ENOENT:
		return "; create the folder and give it to the user of sipvigild";
	case -EACCES:
	case -EPERM:
	case -EROFS:
		return "; the user of sipvigild must be able to write there";
	case -EMFILE:
	case -ENFILE:
		return "; too many are open: raise LimitNOFILE= of its unit";
	case -EINTR:
		return "; its writer was killed: see the kernel's log (out of memory?)";
	case -ETIMEDOUT:
		return "; the disk does not answer";
	}
	return "";
}

/* Said once, and once when it is over. */
static void
take_answer(struct saver *saver, int error, const struct checkpoint_result *result)
{
	struct saver_stats *stats = &saver->stats;
	char problem[sizeof(stats->problem)];

	if (error >= 0) {
		if (stats->problem[0])
			log_notice("the state can be saved again");
		stats->problem[0] = '\0';
		stats->saved++;
		stats->bytes = result->bytes;
		stats->took = result->took;
		stats->last = clock_of(CLOCK_REALTIME);
		return;
	}
	stats->failed++;
	(void)snprintf(problem, sizeof(problem), "%.70s cannot be written: %.40s%s",
		       saver->spec.path, strerror(-error), remedy_of(error));
	if (strcmp(problem, stats->problem) != 0)
		log_error("%s; after a crash, counting goes on from the last one that "
			  "could",
			  problem);
	memcpy(stats->problem, problem, sizeof(problem));
}

/* The child. */

__attribute__((noreturn)) static void
write_and_exit(struct saver *saver, const struct checkpoint_spec *spec, pid_t parent)
{
	/* The parent may have died before this was asked for. */
	if (prctl(PR_SET_PDEATHSIG, SIGKILL) == 0 && getppid() == parent)
		saver->answer->error =
			checkpoint_write(saver->writer, spec, &saver->answer->result);
	_exit(0);
}

static int
on_exited(sd_event_source *source, const siginfo_t *info, void *user)
{
	struct saver *saver = user;

	(void)source;
	saver->child = 0;
	saver->exited = sd_event_source_unref(saver->exited);
	if (info->si_code != CLD_EXITED && saver->answer->error >= 0)
		saver->answer->error = -EINTR;
	take_answer(saver, saver->answer->error, &saver->answer->result);
	return 0;
}

static void
begin(struct saver *saver)
{
	struct checkpoint_spec spec = what(saver);
	struct checkpoint_result none = { 0 };
	pid_t parent = getpid(), child;
	int r;

	/* Unless it says otherwise, it has been killed. */
	saver->answer->error = -EINTR;
	saver->began = clock_of(CLOCK_MONOTONIC);
	child = fork();
	if (child == 0)
		write_and_exit(saver, &spec, parent);
	saver->stats.stall = clock_of(CLOCK_MONOTONIC) - saver->began;
	if (saver->stats.stall > saver->stats.stall_max)
		saver->stats.stall_max = saver->stats.stall;
	if (child < 0) {
		take_answer(saver, -errno, &none);
		return;
	}
	r = sd_event_add_child(saver->spec.loop, &saver->exited, child, WEXITED,
			       on_exited, saver);
	if (r >= 0) {
		saver->child = child;
		return;
	}
	(void)kill(child, SIGKILL);
	(void)waitpid(child, NULL, 0);
	take_answer(saver, r, &none);
}

static void
look_at_child(struct saver *saver)
{
	sv_usec lasts = clock_of(CLOCK_MONOTONIC) - saver->began;
	struct checkpoint_result none = { 0 };

	saver->stats.put_off++;
	if (lasts > CHILD_SLOW)
		take_answer(saver, -ETIMEDOUT, &none);
	if (lasts > CHILD_MAX)
		(void)kill(saver->child, SIGKILL);
}

static int
on_timer(sd_event_source *source, uint64_t usec, void *user)
{
	struct saver *saver = user;

	(void)usec;
	if (saver->child) {
		look_at_child(saver);
	} else if (saver->spec.ready && !saver->spec.ready(saver->spec.user)) {
		saver->stats.put_off++;
	} else if (!saver->spec.wanted || saver->stats.problem[0] ||
		   saver->spec.wanted(saver->spec.user)) {
		/* Asked last: what it says has changed is saved now. */
		begin(saver);
	}
	(void)sd_event_source_set_time_relative(source, saver->spec.interval);
	(void)sd_event_source_set_enabled(source, SD_EVENT_ONESHOT);
	return 0;
}

int
saver_new(const struct saver_spec *spec, struct saver **ret_saver)
{
	struct saver *saver = calloc(1, sizeof(*saver));
	void *shared;
	int r = -ENOMEM;

	if (!saver)
		return -ENOMEM;
	saver->spec = *spec;
	shared = mmap(NULL, sizeof(*saver->answer), PROT_READ | PROT_WRITE,
		      /* cppcheck-suppress invalidFunctionArg ; right if anonymous */
		      MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (shared != MAP_FAILED)
		saver->answer = shared;
	saver->writer = checkpoint_writer_new();
	if (saver->answer && saver->writer)
		r = sd_event_add_time_relative(
			spec->loop, &saver->timer, CLOCK_MONOTONIC,
			spec->interval ? spec->interval : SV_USEC_PER_SEC, 1000,
			on_timer, saver);
	if (r < 0) {
		saver_free(saver);
		return r;
	}
	saver_set_interval(saver, spec->interval);
	*ret_saver = saver;
	return 0;
}

void
saver_set_interval(struct saver *saver, sv_usec interval)
{
	saver->spec.interval = interval;
	if (interval)
		(void)sd_event_source_set_time_relative(saver->timer, interval);
	(void)sd_event_source_set_enabled(saver->timer,
					  interval ? SD_EVENT_ONESHOT : SD_EVENT_OFF);
}

/* Has it ended within `patience`? One that a disk holds up ends later, on its own. */
static bool
reap(pid_t child, sv_usec patience)
{
	const struct timespec step = { .tv_nsec = REAP_STEP_NSEC };
	sv_usec begin = clock_of(CLOCK_MONOTONIC);

	while (waitpid(child, NULL, WNOHANG) == 0) {
		if (clock_of(CLOCK_MONOTONIC) - begin > patience)
			return false;
		(void)nanosleep(&step, NULL);
	}
	return true;
}

static void
end_child(struct saver *saver)
{
	if (!saver->child)
		return;
	saver->exited = sd_event_source_disable_unref(saver->exited);
	(void)kill(saver->child, SIGKILL);
	(void)reap(saver->child, REAP_MAX);
	saver->child = 0;
}

/* In a child as well, since whoever waits for a disk cannot be stopped. */
static int
write_last(struct saver *saver, struct checkpoint_result *ret_result)
{
	struct checkpoint_spec spec = what(saver);
	pid_t parent = getpid(), child;

	saver->answer->error = -EINTR;
	child = fork();
	if (child == 0)
		write_and_exit(saver, &spec, parent);
	if (child < 0)
		return checkpoint_write(saver->writer, &spec, ret_result);
	if (!reap(child, FINISH_MAX)) {
		(void)kill(child, SIGKILL);
		(void)reap(child, REAP_MAX);
		return -ETIMEDOUT;
	}
	*ret_result = saver->answer->result;
	return saver->answer->error;
}

int
saver_save(struct saver *saver)
{
	struct checkpoint_result result = { 0 };
	int r;

	end_child(saver);
	if (saver->spec.ready && !saver->spec.ready(saver->spec.user)) {
		saver->stats.put_off++;
		return -EAGAIN;
	}
	r = write_last(saver, &result);
	take_answer(saver, r, &result);
	return r;
}

int
saver_finish(struct saver *saver)
{
	(void)sd_event_source_set_enabled(saver->timer, SD_EVENT_OFF);
	return saver_save(saver);
}

void
saver_free(struct saver *saver)
{
	if (!saver)
		return;
	end_child(saver);
	sd_event_source_unref(saver->timer);
	checkpoint_writer_free(saver->writer);
	if (saver->answer)
		(void)munmap(saver->answer, sizeof(*saver->answer));
	free(saver);
}

void
saver_stats_get(const struct saver *saver, struct saver_stats *ret_stats)
{
	*ret_stats = saver->stats;
}
