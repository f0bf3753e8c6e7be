/* SPDX-License-Identifier: Apache-2.0 */
#include "daemon_parts.h"

#include "base/text.h"

#include <errno.h>
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <systemd/sd-daemon.h>
#include <unistd.h>

/** How long outputs may deliver what waits when the daemon stops. */
#define STOP_TIMEOUT (5 * SV_USEC_PER_SEC)
#define TICK (1 * SV_USEC_PER_SEC)
/** Stamps that are ahead of the clock by more are not believed. */
#define AHEAD_MAX (120 * SV_USEC_PER_SEC)
/** How long news of the inputs wait for a backlog to be read. */
#define TELL_PATIENCE (60 * SV_USEC_PER_SEC)

/* Configuration. */

static void
print_text(const struct buffer *text)
{
	if (text->len)
		(void)fwrite(text->ptr, 1, text->len, stderr);
}

enum daemon_exit
daemon_check(const struct daemon_options *options)
{
	struct ruleset_sinks sinks = { 0 };
	struct ruleset rules = { 0 };
	struct buffer text;
	struct conf *conf;
	int r = -EINVAL;

	buffer_init(&text);
	conf = ruleset_load(options->config, &text, isatty(STDERR_FILENO));
	if (conf)
		r = ruleset_new(conf, &sinks, &rules, &text);
	print_text(&text);
	if (r >= 0)
		printf("%s: %zu rule%s, %zu input%s, %zu output%s\n",
		       conf->path ? conf->path : "no configuration file", conf->n_rules,
		       str_plural(conf->n_rules), conf_inputs(conf),
		       str_plural(conf_inputs(conf)), conf->n_outputs,
		       str_plural(conf->n_outputs));
	ruleset_done(&rules);
	conf_free(conf);
	buffer_done(&text);
	return r < 0 ? DAEMON_CONFIG : DAEMON_DONE;
}

/* The pipeline and what it tells. */

void
daemon_alert(void *user, const struct sv_alert *alert)
{
	struct daemon *daemon = user;

	buffer_clear(&daemon->scratch);
	render_alert_json(&daemon->scratch, alert, &daemon->render,
			  clock_of(CLOCK_REALTIME));
	if (buffer_failed(&daemon->scratch))
		return;
	if (!state_put(daemon->state, alert, buffer_str(&daemon->scratch))) {
		/* Made again after a crash: it was given to the outputs. */
		delivery_known(daemon->delivery, alert);
		return;
	}
	delivery_alert(daemon->delivery, alert);
	if (!daemon->options.foreground)
		return;
	buffer_clear(&daemon->scratch);
	render_alert_line(&daemon->scratch, alert);
	log_notice("%.*s", (int)daemon->scratch.len, daemon->scratch.ptr);
}

/* A silence began for an alert that was told: outputs that show how things stand. */
static void
daemon_known(void *user, const struct sv_alert *alert)
{
	struct daemon *daemon = user;

	if (daemon->delivery)
		delivery_known(daemon->delivery, alert);
}

static void
on_event(void *user, const struct sv_event *event)
{
	struct daemon *daemon = user;

	delivery_event(daemon->delivery, event);
}

static void
on_raw(void *user, const struct sv_event *raw)
{
	struct daemon *daemon = user;

	/* What the inputs let go at the end is in the checkpoint: it comes again. */
	if (!daemon->stopped)
		pipeline_raw(daemon->rules.pipeline, raw);
}

int
daemon_rules(struct daemon *daemon, struct conf *conf, struct ruleset *ret_rules,
	     struct buffer *text)
{
	struct ruleset_sinks sinks = { .event = on_event,
				       .alert = daemon_alert,
				       .known = daemon_known,
				       .user = daemon };

	return ruleset_new(conf, &sinks, ret_rules, text);
}

void
daemon_orphan(void *user, const struct sv_alert *open)
{
	struct daemon *daemon = user;
	struct engine_stats stats;

	engine_stats_get(pipeline_engine(daemon->rules.pipeline), &stats);
	ruleset_end_alert(open, stats.now, daemon_alert, daemon);
}

static void
tell_known(void *user, const struct sv_alert *open)
{
	delivery_known(user, open);
}

/* After each turn of the loop: what was raised in it is made safe, then sent. */
static int
on_turn(sd_event_source *source, void *user)
{
	struct daemon *daemon = user;

	(void)source;
	if (state_commit(daemon->state))
		delivery_drain(daemon->delivery);
	return 0;
}

/* Time. */

static void
tell_jump(struct daemon *daemon, int64_t jump, const char *when)
{
	trouble_say(&daemon->step, "the clock was set %s by %.1f s%s",
		    jump < 0 ? "back" : "forward",
		    (double)(jump < 0 ? -jump : jump) / 1e6, when);
	daemon->step.due = true;
	log_warning("%s", daemon->step.text);
}

/* The clock was set. Forward: time goes on with it. Back: event time never goes back,
 * so what is stamped earlier than it counts as late until the clock is there again. */
static void
look_at_clock(struct daemon *daemon)
{
	int64_t jump = timekeeper_look(&daemon->time, clock_of(CLOCK_REALTIME),
				       clock_of(CLOCK_BOOTTIME));
	uint64_t behind = timekeeper_behind_sec(&daemon->time);

	if (jump)
		tell_jump(daemon, jump, "");
	daemon->note[0] = '\0';
	if (behind)
		(void)snprintf(daemon->note, sizeof(daemon->note),
			       "the clock was set back: for %" PRIu64
			       " s more, events may be taken as late",
			       behind);
}

/* Saved positions and counts may be of a time that has yet to come. */
static void
compare_clocks(struct daemon *daemon)
{
	sv_usec clock = clock_of(CLOCK_REALTIME), saved = state_made(daemon->state);
	struct engine_stats stats;
	int64_t jump;

	/* It was set back before that was saved, and is not there again. */
	engine_stats_get(pipeline_engine(daemon->rules.pipeline), &stats);
	if (stats.now > clock + AHEAD_MAX && stats.now > saved)
		saved = stats.now;
	jump = timekeeper_begin(&daemon->time, saved, clock, clock_of(CLOCK_BOOTTIME));
	if (jump)
		tell_jump(daemon, jump, " since the state was saved");
}

/* What is wrong with what is read. It is told at the event time that is reached, so that
 * telling never moves it; while there is a backlog that is an old one, so it waits, but
 * not for ever. */
static void
tell_troubles(struct daemon *daemon, bool caught_up)
{
	struct trouble_teller teller = { .host = daemon->host_name,
					 .raw = on_raw,
					 .user = daemon };
	struct engine_stats stats;

	if (caught_up || !daemon->behind_since)
		daemon->behind_since = caught_up ? 0 : daemon->time.boot;
	if (!caught_up && daemon->time.boot < daemon->behind_since + TELL_PATIENCE)
		return;
	engine_stats_get(pipeline_engine(daemon->rules.pipeline), &stats);
	if (!stats.now)
		return;
	teller.time = stats.now;
	if (daemon->step.due)
		trouble_tell(&teller, SV_GAP_CLOCK, daemon->step.text, NULL, NULL, 0);
	daemon->step.due = false;
	intake_tell(daemon->intake, stats.now);
}

static void
tell_systemd(struct daemon *daemon)
{
	struct engine_stats stats;
	char status[NOTE_BYTES];
	size_t n_sources, n_outputs;

	engine_stats_get(pipeline_engine(daemon->rules.pipeline), &stats);
	(void)intake_view(daemon->intake, &n_sources);
	(void)delivery_view(daemon->delivery, &n_outputs);
	(void)snprintf(status, sizeof(status),
		       "%zu alerts open (%zu critical, %zu warning); %zu sources, %zu "
		       "outputs",
		       stats.alerts_critical + stats.alerts_warning,
		       stats.alerts_critical, stats.alerts_warning, n_sources,
		       n_outputs);
	if (strcmp(status, daemon->status) == 0)
		return;
	memcpy(daemon->status, status, sizeof(status));
	(void)sd_notifyf(0, "STATUS=%s", status);
}

/* An expression that takes too long is given up for a line: said once of each, and
 * counted. */
static void
tell_limits(struct daemon *daemon)
{
	const struct sv_dialect *const *rows = registry_dialects(daemon->registry);

	for (; *rows; rows++) {
		struct pattern *pattern = registry_pattern(*rows);
		const char *name = pattern ? pattern_limit_told(pattern) : NULL;
		if (name)
			log_warning(
				"dialect %s, template %s: matching a line was given "
				"up, it took more steps than the limit; such lines "
				"do not count (sipvigil stats: "
				"sipvigil_pattern_limits_total)",
				(*rows)->name, name);
	}
}

static void
tick(struct daemon *daemon)
{
	struct output_health health;
	bool caught_up;

	look_at_clock(daemon);
	intake_tick(daemon->intake, daemon->time.clock);
	caught_up = intake_caught_up(daemon->intake);
	if (caught_up)
		pipeline_advance(daemon->rules.pipeline, daemon->time.clock);
	tell_troubles(daemon, caught_up);
	tell_limits(daemon);
	daemon_end_leftovers(daemon, caught_up);
	daemon_look_at_lists(daemon);
	intake_health(daemon->intake, &health);
	delivery_health(daemon->delivery, &health);
	state_tick(daemon->state);
	delivery_drain(daemon->delivery);
	tell_systemd(daemon);
}

static int
on_tick(sd_event_source *source, uint64_t usec, void *user)
{
	(void)usec;
	tick(user);
	(void)sd_event_source_set_time_relative(source, TICK);
	(void)sd_event_source_set_enabled(source, SD_EVENT_ONESHOT);
	return 0;
}

static int
on_reload(sd_event_source *source, const struct signalfd_siginfo *info, void *user)
{
	(void)source;
	(void)info;
	daemon_reload_said(user);
	return 0;
}

/* Start and stop. */

static int
add_signals(struct daemon *daemon)
{
	sigset_t set;
	int r;

	sigemptyset(&set);
	sigaddset(&set, SIGTERM);
	sigaddset(&set, SIGINT);
	sigaddset(&set, SIGHUP);
	sigaddset(&set, SIGCHLD); /* children of outputs are waited for on the loop */
	if (sigprocmask(SIG_BLOCK, &set, NULL) < 0)
		return -errno;
	(void)signal(SIGPIPE, SIG_IGN);
	r = sd_event_add_signal(daemon->loop, NULL, SIGTERM, NULL, NULL);
	if (r >= 0)
		r = sd_event_add_signal(daemon->loop, NULL, SIGINT, NULL, NULL);
	if (r >= 0)
		r = sd_event_add_signal(daemon->loop, NULL, SIGHUP, on_reload, daemon);
	return r;
}

static int
start_loop(struct daemon *daemon)
{
	int r = sd_event_default(&daemon->loop);

	if (r >= 0)
		r = add_signals(daemon);
	if (r >= 0)
		r = sd_event_add_time_relative(daemon->loop, NULL, CLOCK_MONOTONIC,
					       TICK, TICK / 10, on_tick, daemon);
	if (r >= 0)
		r = sd_event_set_watchdog(daemon->loop, true);
	if (r < 0)
		log_error("the event loop cannot be made: %s", strerror(-r));
	return r;
}

static int
set_identity(struct daemon *daemon)
{
	daemon->host_name = strdup(daemon->conf->host ? daemon->conf->host : "");
	daemon->instance =
		strdup(daemon->conf->instance ? daemon->conf->instance : "main");
	daemon->state_dir = strdup(daemon->conf->state_dir);
	if (!daemon->host_name || !daemon->instance || !daemon->state_dir) {
		log_error("out of memory");
		return -ENOMEM;
	}
	daemon->identity = (struct output_identity){ .host = daemon->host_name,
						     .instance = daemon->instance,
						     .version = PACKAGE_VERSION };
	daemon->render = (struct render_identity){ .host = daemon->host_name,
						   .version = PACKAGE_VERSION };
	daemon->host = daemon_view;
	daemon->host.user = daemon;
	return 0;
}

static enum daemon_exit
start_conf(struct daemon *daemon)
{
	struct buffer text;
	int r = -EINVAL;

	buffer_init(&text);
	daemon->conf =
		ruleset_load(daemon->options.config, &text, isatty(STDERR_FILENO));
	if (daemon->conf)
		r = registry_new(daemon->conf->patterns, daemon->conf->n_patterns,
				 &daemon->registry);
	if (r >= 0)
		r = daemon_rules(daemon, daemon->conf, &daemon->rules, &text);
	print_text(&text);
	buffer_done(&text);
	if (r >= 0)
		return DAEMON_DONE;
	log_error("not started for the mistakes above");
	return r == -ENOMEM ? DAEMON_CANNOT : DAEMON_CONFIG;
}

static int
start_server(struct daemon *daemon)
{
	struct server_spec spec = { .path = daemon->conf->control,
				    .host = &daemon->host,
				    .loop = daemon->loop };
	char problem[SERVER_PROBLEM_BYTES];
	int r = server_new(&spec, &daemon->server, problem);

	if (r < 0)
		log_error("%s", problem);
	return r;
}

/* Inputs and outputs that cannot be started are problems in `status`, no reason to do
 * nothing at all. */
static int
start_rooms(struct daemon *daemon)
{
	struct intake_spec intake = { .loop = daemon->loop,
				      .host = daemon->host_name,
				      .raw = on_raw,
				      .user = daemon };
	int r = daemon_new_state(daemon);

	if (r >= 0)
		r = delivery_new(daemon->loop, &daemon->identity, &daemon->delivery);
	if (r >= 0)
		r = intake_new(&intake, &daemon->intake);
	if (r < 0)
		return r;
	(void)delivery_apply(daemon->delivery, daemon->conf, 0);
	r = daemon_take_pipeline(daemon);
	if (r >= 0)
		r = daemon_take_intake(daemon);
	if (r < 0)
		return r;
	pipeline_alerts(daemon->rules.pipeline, tell_known, daemon->delivery);
	intake_tick(daemon->intake, clock_of(CLOCK_REALTIME));
	intake_change(daemon->intake, daemon->registry);
	(void)intake_apply(daemon->intake, daemon->conf);
	compare_clocks(daemon);
	r = state_begin(daemon->state);
	/* Where an input was begun by its `from` no log can tell again: from the first
	 * line on nothing is lost. */
	if (r >= 0)
		(void)state_save(daemon->state);
	if (r >= 0)
		r = sd_event_add_post(daemon->loop, NULL, on_turn, daemon);
	return r;
}

static int
start(struct daemon *daemon)
{
	int r = set_identity(daemon);

	if (r >= 0)
		r = start_loop(daemon);
	/* First of all that is seen from outside: a second daemon stops here, before
	 * it has read or written anything. */
	if (r >= 0)
		r = daemon_lock_state(daemon);
	if (r >= 0)
		r = start_server(daemon);
	if (r < 0)
		return r;
	r = start_rooms(daemon);
	if (r < 0)
		log_error("cannot start: %s", strerror(-r));
	return r;
}

static void
say_started(struct daemon *daemon)
{
	const struct conf *conf = daemon->conf;

	log_info("sipvigild %s started: %zu rule%s, %zu input%s, %zu output%s, %s%s",
		 PACKAGE_VERSION, conf->n_rules, str_plural(conf->n_rules),
		 conf_inputs(conf), str_plural(conf_inputs(conf)), conf->n_outputs,
		 str_plural(conf->n_outputs), conf->path ? "" : "no configuration file",
		 conf->path ? conf->path : "");
	if (conf->zero && conf->found[0])
		log_info("found: %s", conf->found);
	if (conf_inputs(conf) == 0)
		log_warning("nothing to read: no input is configured and no PBX was "
			    "found; see sipvigil.conf(5), sections file and journal");
}

enum daemon_exit
daemon_new(const struct daemon_options *options, struct daemon **ret_daemon)
{
	struct daemon *daemon = calloc(1, sizeof(*daemon));
	enum daemon_exit code;

	if (!daemon) {
		log_error("out of memory");
		return DAEMON_CANNOT;
	}
	daemon->options = *options;
	daemon->lock = -1;
	daemon->started = clock_of(CLOCK_MONOTONIC);
	buffer_init(&daemon->scratch);
	code = start_conf(daemon);
	if (code == DAEMON_DONE && start(daemon) < 0)
		code = DAEMON_CANNOT;
	if (code != DAEMON_DONE) {
		daemon_free(daemon);
		return code;
	}
	say_started(daemon);
	*ret_daemon = daemon;
	return DAEMON_DONE;
}

enum daemon_exit
daemon_run(struct daemon *daemon)
{
	int r;

	tick(daemon);
	(void)sd_notify(0, "READY=1");
	r = sd_event_loop(daemon->loop);
	(void)sd_notify(0, "STOPPING=1\nSTATUS=delivering what waits");
	intake_drain(daemon->intake);
	state_settle(daemon->state);
	delivery_drain(daemon->delivery);
	delivery_stop(daemon->delivery, STOP_TIMEOUT);
	state_finish(daemon->state);
	daemon->stopped = true;
	if (r < 0) {
		log_error("the event loop failed: %s", strerror(-r));
		return DAEMON_CANNOT;
	}
	log_info("stopped");
	return DAEMON_DONE;
}

static void
free_rules(struct daemon *daemon)
{
	struct conf *conf = daemon->rules.conf;

	ruleset_done(&daemon->rules);
	if (conf != daemon->conf)
		conf_free(conf);
	conf_free(daemon->conf);
}

void
daemon_free(struct daemon *daemon)
{
	if (!daemon)
		return;
	server_free(daemon->server);
	intake_free(daemon->intake);
	delivery_free(daemon->delivery);
	state_free(daemon->state);
	free_rules(daemon);
	registry_free(daemon->registry);
	if (daemon->lock >= 0)
		(void)close(daemon->lock);
	sd_event_unref(daemon->loop);
	buffer_done(&daemon->scratch);
	free(daemon->host_name);
	free(daemon->instance);
	free(daemon->state_dir);
	free(daemon);
}
