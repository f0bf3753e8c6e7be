/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A program of the administrator for each transition: argv as configured, never a
 * shell, the facts in SIPVIGIL_* variables and the JSON on standard input. One at a
 * time, in order; one that fails is tried again. What it cannot do at the moment (exit
 * status EX_TEMPFAIL, or it cannot be started) waits for as long as the backlog is kept;
 * an alert that it refuses otherwise is given up after a while, since the next one may
 * be good.
 *
 * Text of the other side reaches the program cleaned of control characters, but it is
 * still text that a stranger wrote: SIPVIGIL_KEY and SIPVIGIL_LINE must be quoted by a
 * script that passes them on (sipvigil.conf(5) says so).
 */
#include "output/output.h"

#include "alert/render.h"
#include "base/address.h"
#include "base/log.h"
#include "base/text.h"
#include "output/queue.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <sysexits.h>
#include <time.h>
#include <unistd.h>

#define QUEUE_DEFAULT 1000
#define TIMEOUT_DEFAULT (10 * SV_USEC_PER_SEC)
#define GIVE_UP_DEFAULT (10 * 60 * SV_USEC_PER_SEC)
#define MAX_VARIABLES 24
#define MAX_VALUE_BYTES ((size_t)1024)

struct exec {
	struct output base;
	sd_event *loop;
	char *title;
	char **argv;
	struct render_identity id;
	sv_usec timeout, give_up;
	struct queue queue; /* head: NUL-terminated variables; body: JSON */
	struct buffer variables, json;
	pid_t pid; /* 0: nothing runs */
	int pid_fd;
	sd_event_source *child;
	unsigned attempts;     /* of the oldest item */
	sv_usec refused_since; /* monotonic: it was refused first, 0 */
	bool killed;
	struct retry retry, deadline;
	struct complaint complaint;
	struct output_stats stats;
};

static struct exec *
exec_of(struct output *output)
{
	return (struct exec *)output;
}

static void
add_variable(struct buffer *buf, const char *name, struct sv_str value)
{
	buffer_add_cstr(buf, name);
	buffer_add_char(buf, '=');
	buffer_add_clean(buf, value, MAX_VALUE_BYTES);
	buffer_add_char(buf, '\0');
}

static void
render_variables(struct exec *x, const struct sv_alert *alert)
{
	struct buffer *buf = &x->variables;
	char ip[ADDRESS_TEXT_BYTES], repeat[16];

	buffer_clear(buf);
	add_variable(buf, "SIPVIGIL_ID", str_of(alert->id));
	add_variable(buf, "SIPVIGIL_INCIDENT", str_of(alert->incident));
	add_variable(buf, "SIPVIGIL_STATE", str_of(render_state_name(alert->state)));
	add_variable(buf, "SIPVIGIL_SEVERITY",
		     str_of(render_severity_name(alert->severity)));
	add_variable(buf, "SIPVIGIL_RULE", alert->rule);
	add_variable(buf, "SIPVIGIL_SERVICE", alert->service);
	add_variable(buf, "SIPVIGIL_FINGERPRINT", alert->fingerprint);
	add_variable(buf, "SIPVIGIL_REASON", alert->reason);
	add_variable(buf, "SIPVIGIL_PEER", alert->peer);
	add_variable(buf, "SIPVIGIL_PEER_IP",
		     str_make(ip, address_print(&alert->peer_ip, ip)));
	add_variable(buf, "SIPVIGIL_HOST", alert->host);
	/* Whoever blocks addresses must not when others could have chosen it. */
	add_variable(buf, "SIPVIGIL_ATTRIBUTION",
		     alert->forgeable ? SV_STR("forgeable") : SV_STR("certain"));
	add_variable(
		buf, "SIPVIGIL_MODE",
		str_of(render_mode_name(alert)[0] ? render_mode_name(alert) : "page"));
	(void)snprintf(repeat, sizeof(repeat), "%" PRIu32, alert->repeat);
	add_variable(buf, "SIPVIGIL_REPEAT", str_of(repeat));
	buffer_add_cstr(buf, "SIPVIGIL_KEY=");
	render_alert_subject(buf, alert);
	buffer_add_char(buf, '\0');
	buffer_add_cstr(buf, "SIPVIGIL_LINE=");
	render_alert_line(buf, alert);
	buffer_add_char(buf, '\0');
}

/* Our variables behind the daemon's own PATH and TZ; nothing else is passed on. */
static void
fill_environment(struct queue_item *item, char *env[MAX_VARIABLES + 4])
{
	static const char *const kept[] = { "PATH=", "TZ=", "LANG=" };
	size_t n = 0;

	for (char **var = environ; var && *var; var++)
		for (size_t i = 0; i < sizeof(kept) / sizeof(kept[0]); i++)
			if (strncmp(*var, kept[i], strlen(kept[i])) == 0 && n < 3)
				env[n++] = *var;
	char *at = item->data, *end = item->data + item->head_len;
	while (at < end && n < MAX_VARIABLES + 3) {
		env[n++] = at;
		at += strlen(at) + 1;
	}
	env[n] = NULL;
}

/* The JSON as a file without name: the program reads it when it likes, and no pipe can
 * fill up. */
static int
open_input(struct sv_str json)
{
	int fd = memfd_create("sipvigil-alert", MFD_CLOEXEC);

	if (fd < 0)
		return -errno;
	if (write(fd, json.ptr, json.len) != (ssize_t)json.len ||
	    write(fd, "\n", 1) != 1 || lseek(fd, 0, SEEK_SET) != 0) {
		(void)close(fd);
		return -EIO;
	}
	return fd;
}

static int
spawn(struct exec *x, int input, char **env)
{
	posix_spawn_file_actions_t files;
	posix_spawnattr_t attr;
	sigset_t none, all;

	sigemptyset(&none);
	sigfillset(&all);
	if (posix_spawn_file_actions_init(&files))
		return -ENOMEM;
	if (posix_spawnattr_init(&attr)) {
		posix_spawn_file_actions_destroy(&files);
		return -ENOMEM;
	}
	/* A process group of its own, so that what it started dies with it. */
	int r = posix_spawnattr_setflags(&attr, POSIX_SPAWN_SETPGROUP |
							POSIX_SPAWN_SETSIGMASK |
							POSIX_SPAWN_SETSIGDEF);
	if (!r)
		r = posix_spawnattr_setsigmask(&attr, &none);
	if (!r)
		r = posix_spawnattr_setsigdefault(&attr, &all);
	if (!r)
		r = posix_spawn_file_actions_adddup2(&files, input, STDIN_FILENO);
	if (!r)
		r = posix_spawn_file_actions_addopen(&files, STDOUT_FILENO, "/dev/null",
						     O_WRONLY, 0);
	if (!r)
		r = posix_spawnp(&x->pid, x->argv[0], &files, &attr, x->argv, env);
	posix_spawnattr_destroy(&attr);
	posix_spawn_file_actions_destroy(&files);
	if (r)
		x->pid = 0;
	return -r;
}

static void
fail(struct exec *x, const char *what)
{
	output_problem(x->stats.problem, "%s: %s", x->argv[0], what);
	if (!x->stats.down_since)
		x->stats.down_since = loop_clock(x->loop);
	complain(&x->complaint, loop_now(x->loop), LOG_LEVEL_WARNING,
		 "exec %s: %s (attempt %u); %" PRIu64 " alerts wait", x->title,
		 x->stats.problem, x->attempts, queue_waiting(&x->queue));
}

static void run_next(struct exec *x);

static void
next_item(struct exec *x)
{
	x->attempts = 0;
	x->refused_since = 0;
	retry_reset(&x->retry);
}

static void
succeeded(struct exec *x)
{
	x->stats.delivered++;
	x->stats.down_since = 0;
	x->stats.problem[0] = '\0';
	release(&x->complaint, "exec %s: %s succeeds again", x->title, x->argv[0]);
	queue_delivered(&x->queue, queue_take(&x->queue));
	next_item(x);
}

/* Not this alert's fault: it waits. */
static void
not_now(struct exec *x, const char *problem)
{
	fail(x, problem);
	retry_later(&x->retry);
}

static void
refused(struct exec *x, const char *problem)
{
	sv_usec now = loop_now(NULL);

	fail(x, problem);
	if (!x->refused_since)
		x->refused_since = now;
	if (now - x->refused_since < x->give_up) {
		retry_later(&x->retry);
		return;
	}
	x->stats.failed++;
	log_error("exec %s: an alert was given up: %s, after %u attempts", x->title,
		  x->stats.problem, x->attempts);
	queue_give_up(&x->queue, queue_take(&x->queue));
	next_item(x);
}

static void
reap(struct exec *x, int options)
{
	char what[64];
	siginfo_t info = { 0 };

	if (!x->pid || waitid(P_PID, (id_t)x->pid, &info, WEXITED | options) < 0 ||
	    info.si_pid == 0)
		return;
	x->child = sd_event_source_disable_unref(x->child);
	if (x->pid_fd >= 0)
		(void)close(x->pid_fd);
	x->pid_fd = -1;
	/* Whatever it left behind in its group. */
	if (x->killed)
		(void)kill(-x->pid, SIGKILL);
	x->pid = 0;
	retry_reset(&x->deadline);
	if (x->killed)
		refused(x, "ran into its time limit and was killed");
	else if (info.si_code != CLD_EXITED) {
		(void)snprintf(what, sizeof(what), "killed by signal %d",
			       info.si_status);
		refused(x, what);
	} else if (info.si_status == EX_TEMPFAIL) {
		not_now(x, "says \"not now\" (exit status 75)");
	} else if (info.si_status) {
		(void)snprintf(what, sizeof(what), "exit status %d", info.si_status);
		refused(x, what);
	} else {
		succeeded(x);
	}
}

static int
on_child(sd_event_source *source, int fd, uint32_t events, void *user)
{
	struct exec *x = user;

	(void)source;
	(void)fd;
	(void)events;
	reap(x, WNOHANG);
	if (!x->pid)
		run_next(x);
	return 0;
}

static int
on_deadline(sd_event_source *source, uint64_t usec, void *user)
{
	struct exec *x = user;

	(void)source;
	(void)usec;
	retry_fired(&x->deadline);
	if (!x->pid)
		return 0;
	x->killed = true;
	(void)kill(-x->pid, SIGKILL);
	return 0;
}

static int
watch(struct exec *x)
{
	/* The daemon ends: the loop takes no more, exec_stop() waits by itself. */
	if (sd_event_get_state(x->loop) == SD_EVENT_FINISHED)
		return 0;
	x->pid_fd = (int)syscall(SYS_pidfd_open, x->pid, 0);
	if (x->pid_fd < 0)
		return -errno;
	(void)fcntl(x->pid_fd, F_SETFD, FD_CLOEXEC);
	int r = sd_event_add_io(x->loop, &x->child, x->pid_fd, EPOLLIN, on_child, x);
	if (r < 0)
		return r;
	retry_in(&x->deadline, x->timeout);
	return 0;
}

static void
run_next(struct exec *x)
{
	char *env[MAX_VARIABLES + 4];

	queue_refill(&x->queue);
	while (x->queue.first && !x->pid && !x->retry.armed) {
		x->attempts++;
		x->killed = false;
		fill_environment(x->queue.first, env);
		int input = open_input(queue_body(x->queue.first));
		int r = input < 0 ? input : spawn(x, input, env);
		if (input >= 0)
			(void)close(input);
		if (r < 0) {
			not_now(x, strerror(-r));
			continue;
		}
		r = watch(x);
		if (r < 0) {
			/* Cannot be waited for on the loop: end it here and now. */
			(void)kill(-x->pid, SIGKILL);
			x->killed = true;
			reap(x, 0);
		}
	}
}

static int
on_retry(sd_event_source *source, uint64_t usec, void *user)
{
	struct exec *x = user;

	(void)source;
	(void)usec;
	retry_fired(&x->retry);
	run_next(x);
	return 0;
}

static void
exec_alert(struct output *output, const struct sv_alert *alert)
{
	struct exec *x = exec_of(output);

	/* Nobody is to be paged: a silence or another alert covers it. */
	if (sv_alert_is_held(alert))
		return;
	render_variables(x, alert);
	buffer_clear(&x->json);
	render_alert_json(&x->json, alert, &x->id, loop_clock(x->loop));
	if (buffer_failed(&x->variables) || buffer_failed(&x->json)) {
		x->stats.failed++;
		return;
	}
	/* The running program's alert is the first of the queue and must stay there. */
	if (queue_full(&x->queue)) {
		x->stats.dropped++;
		return;
	}
	queue_push(&x->queue, 0, buffer_str(&x->variables), buffer_str(&x->json));
}

static void
exec_drain(struct output *output)
{
	run_next(exec_of(output));
}

static int
exec_start(struct output *output)
{
	(void)output;
	return 0;
}

static void
exec_stop(struct output *output, sv_usec timeout)
{
	struct exec *x = exec_of(output);
	const struct timespec pause = { 0, 10000000 };
	sv_usec end = loop_now(NULL) + timeout;

	/* Runs what waits, one after the other, while time lasts and it succeeds. The
	 * one that runs then is killed and runs again after the next start. */
	while (loop_now(NULL) < end && !x->retry.armed && (x->pid || x->queue.n)) {
		run_next(x);
		reap(x, WNOHANG);
		if (x->pid)
			(void)nanosleep(&pause, NULL);
	}
	if (queue_waiting(&x->queue))
		log_warning("exec %s: %" PRIu64 " alerts are not handed over%s",
			    x->title, queue_waiting(&x->queue),
			    x->queue.spool ? " yet: that is done after the next start"
					   : "");
}

static void
exec_stats(const struct output *output, struct output_stats *ret_stats)
{
	const struct exec *x = (const struct exec *)output;

	*ret_stats = x->stats;
	ret_stats->waiting = queue_waiting(&x->queue);
	ret_stats->next_try = x->stats.down_since ? retry_when(&x->retry) : 0;
	ret_stats->dropped += queue_dropped(&x->queue);
}

static void
exec_free(struct output *output)
{
	struct exec *x = exec_of(output);

	if (x->pid) {
		(void)kill(-x->pid, SIGKILL);
		(void)waitpid(x->pid, NULL, 0);
	}
	x->child = sd_event_source_disable_unref(x->child);
	if (x->pid_fd >= 0)
		(void)close(x->pid_fd);
	retry_done(&x->retry);
	retry_done(&x->deadline);
	queue_done(&x->queue);
	buffer_done(&x->variables);
	buffer_done(&x->json);
	for (size_t i = 0; x->argv && x->argv[i]; i++)
		free(x->argv[i]);
	free(x->argv);
	sd_event_unref(x->loop);
	free(x->title);
	free(x);
}

static const struct output_ops ops = {
	.kind = "exec",
	.start = exec_start,
	.alert = exec_alert,
	.drain = exec_drain,
	.stop = exec_stop,
	.stats = exec_stats,
	.free = exec_free,
};

static int
take_command(struct exec *x, const struct exec_output_spec *spec)
{
	x->argv = calloc(spec->n_command + 1, sizeof(*x->argv));
	if (!x->argv)
		return -ENOMEM;
	for (size_t i = 0; i < spec->n_command; i++) {
		x->argv[i] = strdup(spec->command[i]);
		if (!x->argv[i])
			return -ENOMEM;
	}
	return 0;
}

int
exec_output_new(const struct exec_output_spec *spec, const struct output_identity *id,
		sd_event *loop, struct output **ret_output, char *reterr_problem)
{
	reterr_problem[0] = '\0';
	if (!spec->n_command || !spec->command[0][0]) {
		output_problem(reterr_problem, "command is empty: name a program, e.g. "
					       "{\"/usr/local/bin/page\"}");
		return -EINVAL;
	}
	struct exec *x = calloc(1, sizeof(*x));
	if (!x)
		return -ENOMEM;
	x->base.ops = &ops;
	x->pid_fd = -1;
	x->loop = sd_event_ref(loop);
	x->id = (struct render_identity){ id->host, id->version };
	x->timeout = spec->timeout ? spec->timeout : TIMEOUT_DEFAULT;
	x->give_up = spec->give_up ? spec->give_up : GIVE_UP_DEFAULT;
	queue_init(&x->queue, spec->queue_max ? spec->queue_max : QUEUE_DEFAULT);
	x->retry = (struct retry){ .loop = loop,
				   .handler = on_retry,
				   .user = x,
				   .least = SV_USEC_PER_SEC,
				   .most = 30 * SV_USEC_PER_SEC };
	x->deadline = (struct retry){ .loop = loop, .handler = on_deadline, .user = x };
	x->title = strdup(spec->title);
	x->base.title = x->title;
	int r = x->title ? take_command(x, spec) : -ENOMEM;
	if (r >= 0)
		r = output_spool(&x->queue, id, "exec", spec->title);
	if (r < 0) {
		exec_free(&x->base);
		return r;
	}
	*ret_output = &x->base;
	return 0;
}
