/* SPDX-License-Identifier: Apache-2.0 */
/* What the daemon saves and takes up again. */
#include "daemon_parts.h"

#include "leftover.h"
#include "state_lock.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

/** A daemon that was killed may leave a child behind that is still in a system call. */
#define LOCK_PATIENCE (3 * SV_USEC_PER_SEC)

/** How often alerts are looked for that nobody would end. */
#define LEFTOVERS_EVERY (5 * SV_USEC_PER_SEC)

/* A folder that cannot be locked cannot be written either: that is said elsewhere, and
 * no reason to do nothing at all. */
int
daemon_lock_state(struct daemon *daemon)
{
	const char *folder = daemon->conf->state_dir;
	char holder[64] = "";
	pid_t pid;
	int r = state_lock(folder, LOCK_PATIENCE, &daemon->lock, &pid);

	if (r != -EBUSY)
		return 0;
	if (pid)
		(void)snprintf(holder, sizeof(holder), " (process %ld)", (long)pid);
	log_error(
		"another sipvigild%s runs with the state folder %s: stop it first, or "
		"give this one its own 'state_dir'",
		holder, folder);
	return r;
}

static void
save_pipeline(void *user, struct pack *out)
{
	const struct daemon *daemon = user;

	pipeline_save(daemon->rules.pipeline, out);
}

static void
save_intake(void *user, struct pack *out)
{
	const struct daemon *daemon = user;

	intake_save(daemon->intake, out);
}

/* Events have no backlog: what was counted is written before that is saved. */
static void
prepare(void *user)
{
	struct daemon *daemon = user;

	delivery_drain(daemon->delivery);
}

/* Without new records the last checkpoint is as good as a new one: what the clock does
 * to counts it will do again. */
static bool
has_changed(void *user)
{
	struct daemon *daemon = user;
	uint64_t records = intake_records(daemon->intake);
	struct engine_stats stats;
	bool changed;

	engine_stats_get(pipeline_engine(daemon->rules.pipeline), &stats);
	uint64_t held = gate_changes(pipeline_gate(daemon->rules.pipeline));
	changed = records != daemon->saved_records || held != daemon->saved_held ||
		  stats.transitions != daemon->saved_transitions;
	daemon->saved_held = held;
	daemon->saved_records = records;
	daemon->saved_transitions = stats.transitions;
	return changed;
}

int
daemon_new_state(struct daemon *daemon)
{
	const struct conf *conf = daemon->conf;
	struct state_spec spec = {
		.loop = daemon->loop,
		.folder = conf->state_dir,
		.version = PACKAGE_VERSION,
		.checkpoint_interval = conf->checkpoint_interval,
		.history_max_age = conf->history_max_age,
		.history_max_bytes = conf->history_max_bytes,
		.save_pipeline = save_pipeline,
		.save_intake = save_intake,
		.prepare = prepare,
		.changed = has_changed,
		.user = daemon,
	};
	int r = state_new(&spec, &daemon->state);

	if (r >= 0)
		daemon->identity.spool = history_spool(state_history(daemon->state));
	return r;
}

int
daemon_take_pipeline(struct daemon *daemon)
{
	struct unpack in = unpack_of(state_pipeline(daemon->state)), silences = in;
	struct engine_loaded loaded = { 0 };
	struct ruleset fresh;
	struct buffer text;
	int r;

	if (!in.len)
		return 0;
	r = pipeline_load(daemon->rules.pipeline, &in, daemon_orphan, daemon, &loaded);
	if (r >= 0) {
		log_info("counts of %zu keys and %zu rules go on%s", loaded.keys,
			 loaded.rules,
			 loaded.dropped ? "; rules that were changed count anew" : "");
		return 0;
	}
	if (r == -ENOMEM)
		return r;
	buffer_init(&text);
	r = daemon_rules(daemon, daemon->conf, &fresh, &text);
	buffer_done(&text);
	if (r < 0)
		return r; /* without memory alone: these rules were made before */
	ruleset_done(&daemon->rules);
	daemon->rules = fresh;
	/* Whoever has silenced something does not do it again because of that. */
	pipeline_load_silences(daemon->rules.pipeline, &silences);
	state_reject(daemon->state, "holds counts that cannot be read");
	return 0;
}

int
daemon_take_intake(struct daemon *daemon)
{
	struct unpack in = unpack_of(state_intake(daemon->state));
	int r = in.len ? intake_restore(daemon->intake, &in) : 0;

	if (r == -EBADMSG)
		state_reject(daemon->state, "holds positions that cannot be read");
	return r == -EBADMSG ? 0 : r;
}

/* The first look is for rules that are gone. Most of the time it finds nothing, and the
 * second, when all logs are read, is the last. */
void
daemon_end_leftovers(struct daemon *daemon, bool caught_up)
{
	struct leftover_spec spec = {
		.history = state_history(daemon->state),
		.engine = pipeline_engine(daemon->rules.pipeline),
		.gate = pipeline_gate(daemon->rules.pipeline),
		.rules = daemon->conf->rules,
		.n_rules = daemon->conf->n_rules,
		.settled = caught_up && intake_reachable(daemon->intake),
		.sink = daemon_alert,
		.user = daemon,
	};

	if (daemon->leftovers_done || daemon->time.boot < daemon->next_leftovers ||
	    !history_safe(spec.history))
		return;
	daemon->leftovers_done = leftover_end(&spec) == 1;
	if (!spec.settled || !daemon->leftovers_done)
		daemon->next_leftovers = daemon->time.boot + LEFTOVERS_EVERY;
	daemon->leftovers_done &= spec.settled;
}
