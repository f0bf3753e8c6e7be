/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Inside of the daemon, shared by daemon.c (start, loop, stop), daemon_state.c,
 * daemon_reload.c and daemon_view.c alone.
 */
#pragma once

#include "daemon.h"

#include "base/log.h"
#include "base/text.h"
#include "ctl/server.h"
#include "delivery.h"
#include "dialect/registry.h"
#include "intake.h"
#include "ruleset.h"
#include "state.h"
#include "timekeeper.h"
#include "trouble.h"

#include <time.h>

#define NOTE_BYTES 512

struct daemon {
	struct daemon_options options;
	sd_event *loop;
	struct conf *conf;
	struct ruleset rules;
	struct registry *registry; /* the dialects, those made of patterns too */
	struct intake *intake;
	struct delivery *delivery;
	struct state *state;
	int lock;     /* of the state folder, -1 = none */
	bool stopped; /* nothing counts any more */
	struct server *server;
	struct view_host host;
	char *host_name, *instance, *state_dir; /* kept from the first configuration */
	struct output_identity identity;
	struct render_identity render;
	struct buffer scratch;
	sv_usec started; /* monotonic */
	struct timekeeper time;
	struct trouble step;    /* of the clock */
	sv_usec behind_since;   /* boot clock: there is a backlog; 0 = there is none */
	uint64_t saved_records; /* read when it was last asked for changes */
	uint64_t saved_transitions, saved_held;
	uint64_t reloads, reloads_failed;
	uint64_t list_digest;   /* of the lists' files when they were last looked at */
	sv_usec next_lists;     /* boot clock: when that is done again */
	bool lists_due;         /* they changed, and must be taken */
	bool leftovers_done;    /* no open alert in alerts.db is without its key */
	sv_usec next_leftovers; /* boot clock */
	char note[NOTE_BYTES], status[NOTE_BYTES];
};

static inline sv_usec
clock_of(clockid_t id)
{
	struct timespec ts;

	(void)clock_gettime(id, &ts);
	return (sv_usec)ts.tv_sec * SV_USEC_PER_SEC + (sv_usec)ts.tv_nsec / 1000;
}

/* daemon.c */

/** A transition of the engine: into alerts.db, and to the outputs if it is new. */
void daemon_alert(void *user, const struct sv_alert *alert);
int daemon_rules(struct daemon *daemon, struct conf *conf, struct ruleset *ret_rules,
		 struct buffer *text);
/** The alert's rule changed or is gone: it is resolved with that reason. */
void daemon_orphan(void *user, const struct sv_alert *open);

/* daemon_state.c */

/** -EBUSY, said: another daemon has the state folder. */
int daemon_lock_state(struct daemon *daemon);
int daemon_new_state(struct daemon *daemon);
/** Windows, ledger and alerts of the last daemon. What cannot be taken is set aside, and
 *  the pipeline is made anew. */
int daemon_take_pipeline(struct daemon *daemon);
/** Positions, before the inputs are made. */
int daemon_take_intake(struct daemon *daemon);
/** Each second, until it is done: alerts of the last daemon that nobody would end. */
void daemon_end_leftovers(struct daemon *daemon, bool caught_up);

/* daemon_reload.c */

/** Read the configuration anew; see view_host.reload. */
int daemon_reload(void *user, struct buffer *text);
/** Likewise, with its words in the log. */
void daemon_reload_said(struct daemon *daemon);
/** Each second: takes lists anew whose files were written. */
void daemon_look_at_lists(struct daemon *daemon);

/* daemon_silence.c */

/** See view_host. */
int daemon_silence_add(void *user, const struct silence_spec *spec,
		       const struct silence **ret_silence,
		       struct expr_error *reterr_error);
int daemon_silence_remove(void *user, struct sv_str id);

/* daemon_view.c */

/** How the control room sees the daemon. */
extern const struct view_host daemon_view;
