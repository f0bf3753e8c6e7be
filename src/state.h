/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the daemon remembers over a restart: the checkpoint (positions, streams, ledger,
 * windows, alerts) and alerts.db (transitions and what is still to be delivered). They
 * are kept in step: a checkpoint is written only when every transition made before it
 * is safe in alerts.db, so that whatever moment the daemon is killed at, what it does
 * again gives the same transitions, known by their ids, and nothing is left out. Loop
 * thread only.
 */
#pragma once

#include "saver.h"
#include "store/history.h"

struct state;

struct state_spec {
	sd_event *loop;
	const char *folder; /* conf.state_dir; all texts are kept by the caller */
	const char *version;
	sv_usec checkpoint_interval;
	sv_usec history_max_age;
	uint64_t history_max_bytes;
	void (*save_pipeline)(void *user, struct pack *out);
	void (*save_intake)(void *user, struct pack *out);
	/** The state is about to be saved, and alerts.db is: may be NULL. */
	void (*prepare)(void *user);
	/** Something that counts has changed since this was last asked. */
	bool (*changed)(void *user);
	void *user;
};

/** 0 or -ENOMEM. Trouble with the folder is logged, not returned. */
int state_new(const struct state_spec *spec, struct state **ret_state);
void state_free(struct state *state);

/** What the last daemon saved, each empty if there is nothing. Lives until
 *  state_forget(). */
struct sv_str state_pipeline(const struct state *state);
struct sv_str state_intake(const struct state *state);
/** The saved state cannot be taken: set the file aside and say so. */
void state_reject(struct state *state, const char *why);
/** What the clock showed when that was saved, 0 = nothing was; until state_begin(). */
sv_usec state_made(const struct state *state);
/** It has been taken: frees it, and says how old it was. Saving begins. */
int state_begin(struct state *state);

/** Save at once, not at the next interval: something that no log can tell again. */
/** 0 or negative errno; trouble is logged and shows in the status too. */
int state_save(struct state *state);

/** Is the transition new? Then outputs get it. */
bool state_put(struct state *state, const struct sv_alert *alert, struct sv_str json);
/** At the end of a turn of the loop: true if there is news that outputs may send now,
 *  what was put in this turn or an earlier one. */
bool state_commit(struct state *state);
/** Waits a moment until what was put may be sent. */
void state_settle(struct state *state);
/** Once a second: marks of delivery too. */
void state_tick(struct state *state);
/** After the outputs have stopped: all that is known is saved. */
void state_finish(struct state *state);

struct history *state_history(struct state *state);
void state_stats_get(const struct state *state, struct saver_stats *ret_saver,
		     struct history_stats *ret_history);
/** Another interval of saving. */
void state_set_interval(struct state *state, sv_usec interval);
