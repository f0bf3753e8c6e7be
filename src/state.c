/* SPDX-License-Identifier: Apache-2.0 */
#include "state.h"

#include "base/log.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <time.h>

#define PATH_BYTES 4096
/** How long a save may wait for alerts.db: the loop stands still. One that is not done by
 *  then is put off. */
#define READY_PATIENCE (SV_USEC_PER_SEC / 20)
/** Before outputs deliver for the last time. */
#define SETTLE_PATIENCE (1 * SV_USEC_PER_SEC)
/** The same at the end, when nothing is read any more. */
#define FINISH_PATIENCE (3 * SV_USEC_PER_SEC)

enum part { PART_PIPELINE = 1, PART_INTAKE = 2, N_PARTS = 2 };

struct state {
	struct state_spec spec;
	char checkpoint[PATH_BYTES];
	struct checkpoint_part parts[N_PARTS];
	struct checkpoint *found; /* of the last daemon, until state_begin() */
	struct history *history;
	struct saver *saver;
	sd_event_source *answer;
	bool news; /* transitions were put since the last commit */
	bool told; /* alerts.db has something to say */
};

static sv_usec
clock_now(void)
{
	struct timespec ts = { 0 };

	(void)clock_gettime(CLOCK_REALTIME, &ts);
	return (sv_usec)ts.tv_sec * SV_USEC_PER_SEC + (sv_usec)ts.tv_nsec / 1000;
}

/* Before each save: transitions first. */
static bool
ready(void *user)
{
	struct state *state = user;

	state->told = true;
	if (!history_wait(state->history, clock_now(), READY_PATIENCE))
		return false;
	if (state->spec.prepare)
		state->spec.prepare(state->spec.user);
	return true;
}

/* The writer of alerts.db has an answer: state_commit() takes it after this. */
static int
on_answer(sd_event_source *source, int fd, uint32_t events, void *user)
{
	struct state *state = user;

	(void)source;
	(void)fd;
	(void)events;
	state->told = true;
	return 0;
}

static bool
wanted(void *user)
{
	struct state *state = user;

	return state->spec.changed(state->spec.user);
}

static void
find_checkpoint(struct state *state)
{
	char problem[CHECKPOINT_PROBLEM_BYTES];

	switch (checkpoint_read(state->checkpoint, &state->found, problem)) {
	case CHECKPOINT_READ:
	case CHECKPOINT_NONE:
		break;
	case CHECKPOINT_SET_ASIDE:
		log_error("%s", problem);
		break;
	}
}

int
state_new(const struct state_spec *spec, struct state **ret_state)
{
	struct state *state = calloc(1, sizeof(*state));
	char path[PATH_BYTES];
	struct history_spec history = { .path = path,
					.max_age = spec->history_max_age,
					.max_bytes = spec->history_max_bytes };
	int r;

	if (!state)
		return -ENOMEM;
	state->spec = *spec;
	(void)snprintf(path, sizeof(path), "%.4000s/alerts.db", spec->folder);
	(void)snprintf(state->checkpoint, sizeof(state->checkpoint),
		       "%.4000s/checkpoint", spec->folder);
	state->parts[0] = (struct checkpoint_part){ PART_PIPELINE, spec->save_pipeline,
						    spec->user };
	state->parts[1] =
		(struct checkpoint_part){ PART_INTAKE, spec->save_intake, spec->user };
	r = history_open(&history, clock_now(), &state->history);
	if (r >= 0)
		r = sd_event_add_io(spec->loop, &state->answer,
				    history_fd(state->history), EPOLLIN, on_answer,
				    state);
	if (r < 0) {
		state_free(state);
		return r;
	}
	find_checkpoint(state);
	*ret_state = state;
	return 0;
}

void
state_free(struct state *state)
{
	if (!state)
		return;
	saver_free(state->saver);
	sd_event_source_disable_unref(state->answer);
	history_close(state->history);
	checkpoint_free(state->found);
	free(state);
}

static struct sv_str
part_of(const struct state *state, enum part part)
{
	return state->found ? checkpoint_part(state->found, part)
			    : (struct sv_str){ NULL, 0 };
}

struct sv_str
state_pipeline(const struct state *state)
{
	return part_of(state, PART_PIPELINE);
}

struct sv_str
state_intake(const struct state *state)
{
	return part_of(state, PART_INTAKE);
}

void
state_reject(struct state *state, const char *why)
{
	char problem[CHECKPOINT_PROBLEM_BYTES];

	checkpoint_reject(state->checkpoint, why, problem);
	log_error("%s", problem);
	checkpoint_free(state->found);
	state->found = NULL;
}

sv_usec
state_made(const struct state *state)
{
	return state->found ? checkpoint_made(state->found) : 0;
}

int
state_begin(struct state *state)
{
	struct saver_spec saver = { .loop = state->spec.loop,
				    .path = state->checkpoint,
				    .interval = state->spec.checkpoint_interval,
				    .writer = state->spec.version,
				    .parts = state->parts,
				    .n_parts = N_PARTS,
				    .ready = ready,
				    .wanted = wanted,
				    .user = state };
	sv_usec now = clock_now(), made = state_made(state);

	if (made)
		log_info("going on from the checkpoint made %.1f s ago",
			 now > made ? (double)(now - made) / 1e6 : 0.0);
	checkpoint_free(state->found);
	state->found = NULL;
	int r = saver_new(&saver, &state->saver);
	if (r < 0 || made)
		return r;
	/* The first start: where the inputs begin now must outlive a kill. */
	(void)saver_finish(state->saver);
	saver_set_interval(state->saver, state->spec.checkpoint_interval);
	return 0;
}

int
state_save(struct state *state)
{
	if (!state->saver)
		return 0;
	/* Trouble is logged, and shows in the status. */
	(void)history_wait(state->history, clock_now(), SETTLE_PATIENCE);
	return saver_save(state->saver);
}

bool
state_put(struct state *state, const struct sv_alert *alert, struct sv_str json)
{
	if (history_put(state->history, alert, json, clock_now()) == HISTORY_KNOWN)
		return false;
	state->news = true;
	return true;
}

bool
state_commit(struct state *state)
{
	if (!state->news && !state->told)
		return false;
	state->news = state->told = false;
	return history_commit(state->history, clock_now());
}

void
state_settle(struct state *state)
{
	(void)history_wait(state->history, clock_now(), SETTLE_PATIENCE);
}

void
state_tick(struct state *state)
{
	(void)history_commit(state->history, clock_now());
	state->news = false;
}

void
state_finish(struct state *state)
{
	if (!state->saver)
		return;
	(void)history_wait(state->history, clock_now(), FINISH_PATIENCE);
	if (saver_finish(state->saver) == -EAGAIN)
		log_warning("%s was not written at the end: alerts.db cannot be "
			    "written, and what is not in it is made again from the "
			    "last checkpoint",
			    state->checkpoint);
}

struct history *
state_history(struct state *state)
{
	return state->history;
}

void
state_stats_get(const struct state *state, struct saver_stats *ret_saver,
		struct history_stats *ret_history)
{
	*ret_saver = (struct saver_stats){ 0 };
	if (state->saver)
		saver_stats_get(state->saver, ret_saver);
	history_stats_get(state->history, ret_history);
}

void
state_set_interval(struct state *state, sv_usec interval)
{
	if (state->saver)
		saver_set_interval(state->saver, interval);
}
