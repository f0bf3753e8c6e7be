/* SPDX-License-Identifier: Apache-2.0 */
#include "daemon.h"

#include "base/log.h"
#include "base/text.h"
#include "ctl/ring.h"
#include "ctl/server.h"
#include "delivery.h"
#include "intake.h"
#include "ruleset.h"
#include "timekeeper.h"

#include <errno.h>
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <systemd/sd-daemon.h>
#include <time.h>
#include <unistd.h>

/** How long outputs may deliver what waits when the daemon stops. */
#define STOP_TIMEOUT (8 * SV_USEC_PER_SEC)
/** The same for an output that a reload removes: the loop stands still meanwhile. */
#define DROP_TIMEOUT (1 * SV_USEC_PER_SEC)
#define TICK (1 * SV_USEC_PER_SEC)
#define NOTE_BYTES 240

struct daemon {
	struct daemon_options options;
	sd_event *loop;
	struct conf *conf;
	struct ruleset rules;
	struct intake *intake;
	struct delivery *delivery;
	struct ring *resolved;
	struct server *server;
	struct view_host host;
	char *host_name, *instance; /* kept from the first configuration */
	struct output_identity identity;
	struct render_identity render;
	struct buffer scratch;
	sv_usec started; /* monotonic */
	struct timekeeper time;
	uint64_t reloads, reloads_failed;
	char note[NOTE_BYTES], status[NOTE_BYTES];
};

static sv_usec
clock_of(clockid_t id)
{
	struct timespec ts;

	(void)clock_gettime(id, &ts);
	return (sv_usec)ts.tv_sec * SV_USEC_PER_SEC + (sv_usec)ts.tv_nsec / 1000;
}

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
		printf("%s: %zu rules, %zu inputs, %zu outputs\n",
		       conf->path ? conf->path : "no configuration file", conf->n_rules,
		       conf->n_files + conf->n_journals, conf->n_outputs);
	ruleset_done(&rules);
	conf_free(conf);
	buffer_done(&text);
	return r < 0 ? DAEMON_CONFIG : DAEMON_DONE;
}

/* The pipeline and what it tells. */

static void
on_alert(void *user, const struct sv_alert *alert)
{
	struct daemon *daemon = user;

	delivery_alert(daemon->delivery, alert);
	if (daemon->options.foreground) {
		buffer_clear(&daemon->scratch);
		render_alert_line(&daemon->scratch, alert);
		log_notice("%.*s", (int)daemon->scratch.len, daemon->scratch.ptr);
	}
	if (alert->state != SV_ALERT_RESOLVED)
		return;
	buffer_clear(&daemon->scratch);
	render_alert_json(&daemon->scratch, alert, &daemon->render,
			  clock_of(CLOCK_REALTIME));
	if (!buffer_failed(&daemon->scratch))
		ring_put(daemon->resolved, alert, buffer_str(&daemon->scratch));
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

	pipeline_raw(daemon->rules.pipeline, raw);
}

static int
rules_new(struct daemon *daemon, struct conf *conf, struct ruleset *ret_rules,
	  struct buffer *text)
{
	struct ruleset_sinks sinks = { .event = on_event,
				       .alert = on_alert,
				       .user = daemon };

	return ruleset_new(conf, &sinks, ret_rules, text);
}

/* Time. */

/* The clock was set. Forward: time goes on with it. Back: event time never goes back,
 * so what is stamped earlier than it counts as late until the clock is there again. */
static void
look_at_clock(struct daemon *daemon)
{
	int64_t jump = timekeeper_look(&daemon->time, clock_of(CLOCK_REALTIME),
				       clock_of(CLOCK_BOOTTIME));
	uint64_t behind = timekeeper_behind_sec(&daemon->time);

	if (jump)
		log_warning("the clock was set %s by %.1f s",
			    jump < 0 ? "back" : "forward",
			    (double)(jump < 0 ? -jump : jump) / 1e6);
	daemon->note[0] = '\0';
	if (behind)
		(void)snprintf(daemon->note, sizeof(daemon->note),
			       "the clock was set back: for %" PRIu64
			       " s more, events may be taken as late",
			       behind);
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

static void
tick(struct daemon *daemon)
{
	struct output_health health;

	look_at_clock(daemon);
	intake_tick(daemon->intake, daemon->time.clock);
	if (intake_caught_up(daemon->intake))
		pipeline_advance(daemon->rules.pipeline, daemon->time.clock);
	intake_health(daemon->intake, &health);
	delivery_health(daemon->delivery, &health);
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

/* Reload. */

static void
say_ignored(const char *key, const char *old, const char *wanted, struct buffer *text)
{
	if (!str_eq(str_of(old), str_of(wanted)))
		buffer_addf(text, "'%s' takes effect when sipvigild is restarted\n",
			    key);
}

/* The new rules, or those that run when nothing of them changed. */
static int
reload_rules(struct daemon *daemon, struct conf *conf, struct ruleset *ret_rules,
	     struct buffer *text)
{
	if (ruleset_same(&daemon->rules, conf)) {
		*ret_rules = daemon->rules;
		return 0;
	}
	return rules_new(daemon, conf, ret_rules, text);
}

/* The new configuration has been checked: from here on nothing fails. */
static void
take_over(struct daemon *daemon, struct conf *conf, struct ruleset *rules,
	  struct buffer *text)
{
	bool same = rules->pipeline == daemon->rules.pipeline;
	struct conf *old = daemon->conf;
	struct conf *old_rules = daemon->rules.conf;
	size_t failed;

	say_ignored("control", old->control, conf->control, text);
	say_ignored("host", daemon->host_name, conf->host, text);
	say_ignored("instance", daemon->instance, conf->instance, text);
	if (!same)
		ruleset_end_alerts(&daemon->rules, on_alert, daemon);
	failed = delivery_apply(daemon->delivery, conf, DROP_TIMEOUT);
	if (!same) {
		ruleset_done(&daemon->rules);
		daemon->rules = *rules;
	}
	failed += intake_apply(daemon->intake, conf);
	daemon->conf = conf;
	if (old != daemon->rules.conf)
		conf_free(old);
	if (old_rules != old && old_rules != daemon->rules.conf)
		conf_free(old_rules);
	buffer_addf(text,
		    "configuration taken: %zu rules (%s), %zu inputs, %zu outputs",
		    conf->n_rules,
		    same ? "unchanged, counts go on" : "changed, counts begin anew",
		    conf->n_files + conf->n_journals, conf->n_outputs);
	if (failed)
		buffer_addf(text, "; %zu of them could not be started: sipvigil status",
			    failed);
}

static int
reload(void *user, struct buffer *text)
{
	struct daemon *daemon = user;
	struct ruleset rules;
	struct conf *conf;
	int r = -EINVAL;

	(void)sd_notifyf(0, "RELOADING=1\nMONOTONIC_USEC=%" PRIu64,
			 clock_of(CLOCK_MONOTONIC));
	conf = ruleset_load(daemon->options.config, text, false);
	if (conf)
		r = reload_rules(daemon, conf, &rules, text);
	if (r < 0) {
		conf_free(conf);
		daemon->reloads_failed++;
		buffer_add_cstr(text, "the configuration was not taken");
	} else {
		take_over(daemon, conf, &rules, text);
		daemon->reloads++;
	}
	(void)sd_notify(0, "READY=1");
	return r;
}

/* A text of several lines into the log. */
static void
log_lines(enum log_level level, struct sv_str text)
{
	while (text.len) {
		size_t end = str_find_char(text, '\n');
		struct sv_str line = str_upto(text, end);

		log_say(level, "%.*s", (int)line.len, line.ptr);
		text = str_from(text, end == STR_NONE ? text.len : end + 1);
	}
}

static int
on_reload(sd_event_source *source, const struct signalfd_siginfo *info, void *user)
{
	struct buffer text;
	int r;

	(void)source;
	(void)info;
	buffer_init(&text);
	r = reload(user, &text);
	log_lines(r < 0 ? LOG_LEVEL_ERROR : LOG_LEVEL_NOTICE, buffer_str(&text));
	buffer_done(&text);
	return 0;
}

/* What the control socket asks. */

static void
look(void *user, struct view *view)
{
	struct daemon *daemon = user;

	*view = (struct view){
		.version = PACKAGE_VERSION,
		.host = daemon->host_name,
		.instance = daemon->instance,
		.config = daemon->conf->path,
		.found = daemon->conf->found,
		.note = daemon->note,
		.zero = daemon->conf->zero,
		.pid = (uint64_t)getpid(),
		.uptime = clock_of(CLOCK_MONOTONIC) - daemon->started,
		.keys_max = daemon->rules.conf->max_keys,
		.memory_max = daemon->rules.conf->max_bytes,
		.clock_jumps = daemon->time.jumps,
		.reloads = daemon->reloads,
		.reloads_failed = daemon->reloads_failed,
		.requests = server_requests(daemon->server),
	};
	view->sources = intake_view(daemon->intake, &view->n_sources);
	view->outputs = delivery_view(daemon->delivery, &view->n_outputs);
	engine_stats_get(pipeline_engine(daemon->rules.pipeline), &view->engine);
	ledger_stats_get(pipeline_ledger(daemon->rules.pipeline), &view->ledger);
}

static struct engine *
engine_of(void *user)
{
	struct daemon *daemon = user;

	return pipeline_engine(daemon->rules.pipeline);
}

static const struct ring *
resolved_of(void *user)
{
	struct daemon *daemon = user;

	return daemon->resolved;
}

static const struct render_identity *
identity_of(void *user)
{
	struct daemon *daemon = user;

	return &daemon->render;
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
	if (!daemon->host_name || !daemon->instance)
		return -ENOMEM;
	daemon->identity = (struct output_identity){ .host = daemon->host_name,
						     .instance = daemon->instance,
						     .version = PACKAGE_VERSION };
	daemon->render = (struct render_identity){ .host = daemon->host_name,
						   .version = PACKAGE_VERSION };
	daemon->host = (struct view_host){ .user = daemon,
					   .look = look,
					   .engine = engine_of,
					   .resolved = resolved_of,
					   .identity = identity_of,
					   .reload = reload };
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
		r = rules_new(daemon, daemon->conf, &daemon->rules, &text);
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
	int r = delivery_new(daemon->loop, &daemon->identity, &daemon->delivery);

	if (r >= 0)
		r = intake_new(&intake, &daemon->intake);
	if (r < 0)
		return r;
	(void)delivery_apply(daemon->delivery, daemon->conf, 0);
	intake_tick(daemon->intake, clock_of(CLOCK_REALTIME));
	(void)intake_apply(daemon->intake, daemon->conf);
	if (access(daemon->conf->state_dir, W_OK) < 0)
		log_warning("state_dir %s: %s; create it and give it to the user of "
			    "sipvigild",
			    daemon->conf->state_dir, strerror(errno));
	return 0;
}

static int
start(struct daemon *daemon)
{
	int r = set_identity(daemon);

	if (r >= 0)
		r = start_loop(daemon);
	if (r >= 0)
		r = ring_new(&daemon->resolved);
	/* First of all that is seen from outside: a second daemon stops here, before
	 * it has read or written anything. */
	if (r >= 0)
		r = start_server(daemon);
	if (r >= 0)
		r = start_rooms(daemon);
	if (r == -ENOMEM)
		log_error("out of memory");
	return r;
}

static void
say_started(struct daemon *daemon)
{
	const struct conf *conf = daemon->conf;

	log_info("sipvigild %s started: %zu rules, %zu inputs, %zu outputs, %s%s",
		 PACKAGE_VERSION, conf->n_rules, conf->n_files + conf->n_journals,
		 conf->n_outputs, conf->path ? "" : "no configuration file",
		 conf->path ? conf->path : "");
	if (conf->zero && conf->found[0])
		log_info("found: %s", conf->found);
	if (conf->n_files + conf->n_journals == 0)
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
	delivery_stop(daemon->delivery, STOP_TIMEOUT);
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
	ring_free(daemon->resolved);
	free_rules(daemon);
	sd_event_unref(daemon->loop);
	buffer_done(&daemon->scratch);
	free(daemon->host_name);
	free(daemon->instance);
	free(daemon);
}
