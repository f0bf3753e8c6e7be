/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Passive results for Nagios through its external command file. A service stands for
 * many alerts: what is sent is always the worst state among those open, at every change
 * and once a heartbeat, so that freshness checks work and a lost result heals itself.
 *
 * The FIFO is opened for each delivery, so a restarted Nagios is found again. Without a
 * reader the results of changes wait, in order; heartbeats do not.
 */
#include "output/output.h"

#include "base/log.h"
#include "base/text.h"
#include "output/nagios_open.h"
#include "output/nagios_text.h"
#include "output/queue.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

_Static_assert(NAGIOS_LINE_MAX_BYTES <= PIPE_BUF, "a result is one atomic write");

#define QUEUE_DEFAULT 1000
#define HEARTBEAT_DEFAULT (60 * SV_USEC_PER_SEC)
/* How long the first heartbeat waits for the inputs to deliver something. */
#define FIRST_DATA_USEC (30 * SV_USEC_PER_SEC)
#define MAX_SERVICES 64
/* Alerts named in the long output. */
#define MAX_DETAILS 32
/* Results in one turn of the loop; a pipe holds few more. */
#define MAX_PER_TURN 100
/* A full pipe is read on soon, unless nothing was for so long. */
#define FULL_PIPE_USEC (100 * SV_USEC_PER_MSEC)
#define STALLED_USEC (3 * SV_USEC_PER_SEC)
/* The service that tells of the watching itself. */
#define PIPELINE_SERVICE "SIP log pipeline"

struct nagios {
	struct output base;
	sd_event *loop;
	char *title, *command_file, *host;
	char *services[MAX_SERVICES];
	size_t n_services;
	sv_usec heartbeat_usec;
	struct nagios_open open;
	struct output_health health;
	bool told_health;   /* the first heartbeat went out */
	sv_usec full_since; /* monotonic: the pipe takes nothing since; 0 */
	struct queue queue;
	struct buffer line, text, perf;
	struct retry retry, heartbeat;
	struct complaint complaint;
	struct output_stats stats;
};

static struct nagios *
nagios_of(struct output *output)
{
	return (struct nagios *)output;
}

static void
fail(struct nagios *n, const char *what, const char *remedy)
{
	output_problem(n->stats.problem, "%s: %s%s", n->command_file, what, remedy);
	if (!n->stats.down_since)
		n->stats.down_since = loop_clock(n->loop);
	complain(&n->complaint, loop_now(n->loop), LOG_LEVEL_WARNING,
		 "nagios %s: %s; %" PRIu64 " results wait", n->title, n->stats.problem,
		 queue_waiting(&n->queue));
}

static void
recover(struct nagios *n)
{
	if (!n->stats.down_since)
		return;
	n->stats.down_since = 0;
	n->stats.problem[0] = '\0';
	retry_reset(&n->retry);
	release(&n->complaint, "nagios %s: %s is read again", n->title,
		n->command_file);
}

static int
open_fifo(struct nagios *n)
{
	struct stat st;
	int fd = open(n->command_file, O_WRONLY | O_NONBLOCK | O_CLOEXEC | O_NOCTTY);

	if (fd < 0) {
		fail(n, errno == ENXIO ? "no reader" : strerror(errno),
		     errno == ENXIO || errno == ENOENT
			     ? " (is Nagios running, with check_external_commands=1?)"
			     : " (is user sipvigil in the group of this file?)");
		return -1;
	}
	/* A plain file there would grow for ever and tell nobody. */
	if (fstat(fd, &st) == 0 && S_ISFIFO(st.st_mode))
		return fd;
	fail(n, "not a FIFO", " (command_file of nagios.cfg names it)");
	(void)close(fd);
	return -1;
}

/* The pipe is full: Nagios is slow, or does not read at all. */
static void
wait_for_room(struct nagios *n)
{
	sv_usec now = loop_now(n->loop);

	if (!n->full_since)
		n->full_since = now;
	if (now - n->full_since >= STALLED_USEC) {
		fail(n, "full", " (Nagios does not read its command file)");
		retry_later(&n->retry);
	} else {
		retry_in(&n->retry, FULL_PIPE_USEC);
	}
}

/* A line is written as a whole or not at all: it is not longer than PIPE_BUF. */
static bool
write_line(struct nagios *n, int fd, struct sv_str line)
{
	ssize_t r = write(fd, line.ptr, line.len);

	if (r == (ssize_t)line.len) {
		n->stats.delivered++;
		n->full_since = 0;
		return true;
	}
	if (r < 0 && errno == EAGAIN) {
		wait_for_room(n);
		return false;
	}
	fail(n, r < 0 ? strerror(errno) : "short write", "");
	retry_later(&n->retry);
	return false;
}

/* True: nothing waits any more. */
static bool
drain(struct nagios *n, int fd)
{
	size_t left = MAX_PER_TURN;

	queue_refill(&n->queue);
	while (n->queue.first) {
		if (!left--) {
			retry_in(&n->retry, 0);
			return false;
		}
		if (!write_line(n, fd, queue_body(n->queue.first)))
			return false;
		queue_delivered(&n->queue, queue_take(&n->queue));
		queue_refill(&n->queue);
	}
	return true;
}

static void
write_summary(struct nagios *n, const struct nagios_result *result,
	      const struct nagios_counts *open)
{
	struct sv_str worst = open->summary;
	size_t others = open->all ? open->all - 1 : 0, held = open->held;

	buffer_clear(&n->text);
	if (worst.len) {
		buffer_add(&n->text, worst);
		if (others)
			buffer_addf(&n->text, "; %zu more alert%s", others,
				    others > 1 ? "s" : "");
	} else if (!n->health.has_data) {
		buffer_add_cstr(&n->text, "no source has delivered a readable line");
		if (n->health.note[0])
			buffer_addf(&n->text, ": %s", n->health.note);
	} else if (result->code != NAGIOS_OK) {
		buffer_add_cstr(&n->text, n->health.note);
	} else {
		buffer_add_cstr(&n->text, "no alert open");
	}
	if (held)
		buffer_addf(&n->text, "; %zu held back by a silence or another alert",
			    held);
}

/* What the service is like now, as a line of the command file, into n->line. */
static void
render_service(struct nagios *n, size_t service)
{
	struct nagios_counts open;
	struct sv_str details[MAX_DETAILS];
	bool pipeline = strcmp(n->services[service], PIPELINE_SERVICE) == 0;
	struct nagios_result result = {
		.time = loop_clock(n->loop),
		.host = n->host,
		.service = n->services[service],
		.details = details,
	};

	nagios_open_count(&n->open, service, &open);
	result.code = open.worst;
	/* No data is unknown, whatever alert says so, and the pipeline's own service
	 * tells of every trouble. */
	if (!n->health.has_data && result.code != NAGIOS_CRITICAL)
		result.code = NAGIOS_UNKNOWN;
	else if (pipeline && n->health.note[0])
		result.code = nagios_text_worse(result.code, NAGIOS_UNKNOWN);
	write_summary(n, &result, &open);
	result.summary = buffer_str(&n->text);
	buffer_clear(&n->perf);
	buffer_addf(&n->perf, "'alerts_critical'=%zu;;0;0 'alerts_warning'=%zu;0;;0",
		    open.count[NAGIOS_CRITICAL], open.count[NAGIOS_WARNING]);
	if (pipeline)
		buffer_addf(&n->perf, " 'input_lag'=%.3fs;;;0",
			    n->health.input_lag_sec);
	result.perfdata = buffer_str(&n->perf);
	result.n_details = nagios_open_details(
		&n->open, service, str_of(n->health.note), details, MAX_DETAILS);
	nagios_text_line(&n->line, &result);
}

/* Everything that waits, then, with `beat`, the present state of all services. */
static void
deliver(struct nagios *n, bool beat)
{
	int fd = open_fifo(n);

	if (fd < 0) {
		retry_later(&n->retry);
		return;
	}
	bool ok = drain(n, fd);
	if (n->stats.down_since)
		beat = n->told_health;
	for (size_t i = 0; ok && beat && i < n->n_services; i++) {
		render_service(n, i);
		ok = write_line(n, fd, buffer_str(&n->line));
	}
	/* A pipe that was full is well again when it took something. */
	if (ok && !n->full_since)
		recover(n);
	(void)close(fd);
}

static int
on_retry(sd_event_source *source, uint64_t usec, void *user)
{
	struct nagios *n = user;

	(void)source;
	(void)usec;
	retry_fired(&n->retry);
	deliver(n, false);
	return 0;
}

static int
on_heartbeat(sd_event_source *source, uint64_t usec, void *user)
{
	struct nagios *n = user;

	(void)source;
	(void)usec;
	retry_fired(&n->heartbeat);
	retry_in(&n->heartbeat, n->heartbeat_usec);
	n->told_health = true;
	deliver(n, true);
	return 0;
}

/* Index of the service, which is added when no rule announced it; n_services when it
 * cannot be one. */
static size_t
service_index(struct nagios *n, struct sv_str name)
{
	size_t i = 0;

	while (i < n->n_services && !str_eq(str_of(n->services[i]), name))
		i++;
	if (i < n->n_services || n->n_services == MAX_SERVICES)
		return i;
	char *copy = strndup(name.ptr ? name.ptr : "", name.len);
	if (!copy || !nagios_text_name_ok(copy)) {
		free(copy);
		return n->n_services;
	}
	n->services[n->n_services++] = copy;
	return i;
}

static void
nagios_alert(struct output *output, const struct sv_alert *alert)
{
	struct nagios *n = nagios_of(output);
	size_t service = service_index(n, alert->service);

	/* A rule on trial pages nobody. */
	if (alert->observe)
		return;
	if (service == n->n_services) {
		n->stats.failed++;
		return;
	}
	nagios_open_put(&n->open, alert, service);
	/* An alert is news of data, even before the first word of the inputs. */
	n->health.has_data = true;
	render_service(n, service);
	if (buffer_failed(&n->line))
		return;
	queue_push(&n->queue, 0, SV_STR(""), buffer_str(&n->line));
}

static void
nagios_drain(struct output *output)
{
	struct nagios *n = nagios_of(output);

	queue_refill(&n->queue);
	if (n->queue.n && !n->retry.armed)
		deliver(n, false);
}

static void
nagios_known(struct output *output, const struct sv_alert *alert)
{
	struct nagios *n = nagios_of(output);
	size_t service = service_index(n, alert->service);

	if (!alert->observe && service < n->n_services)
		nagios_open_put(&n->open, alert, service);
}

static void
nagios_health(struct output *output, const struct output_health *health)
{
	struct nagios *n = nagios_of(output);
	bool changed = n->health.has_data != health->has_data ||
		       (strcmp(n->health.note, health->note) != 0 &&
			(n->health.note[0] == '\0') != (health->note[0] == '\0'));

	n->health = *health;
	/* The first heartbeat goes out as soon as there is data to speak of. */
	if (n->told_health ? changed : health->has_data)
		retry_in(&n->heartbeat, 0);
}

static int
nagios_start(struct output *output)
{
	retry_in(&nagios_of(output)->heartbeat, FIRST_DATA_USEC);
	return 0;
}

/* What waits, as long as it is read and there is time. */
static void
nagios_stop(struct output *output, sv_usec timeout)
{
	struct nagios *n = nagios_of(output);
	sv_usec end = loop_now(NULL) + timeout, before;
	const struct timespec pause = { 0, 10000000 };

	do {
		before = queue_waiting(&n->queue);
		if (before)
			deliver(n, false);
		if (n->full_since)
			(void)nanosleep(&pause, NULL);
	} while (queue_waiting(&n->queue) && !n->stats.down_since &&
		 loop_now(NULL) < end);
	if (queue_waiting(&n->queue))
		log_warning("nagios %s: %" PRIu64 " results are not delivered%s",
			    n->title, queue_waiting(&n->queue),
			    n->queue.spool ? " yet: that is done after the next start"
					   : "");
}

static void
nagios_stats(const struct output *output, struct output_stats *ret_stats)
{
	const struct nagios *n = (const struct nagios *)output;

	*ret_stats = n->stats;
	ret_stats->waiting = queue_waiting(&n->queue);
	ret_stats->next_try = n->stats.down_since ? retry_when(&n->retry) : 0;
	ret_stats->dropped += queue_dropped(&n->queue) + n->open.dropped;
}

static void
nagios_free(struct output *output)
{
	struct nagios *n = nagios_of(output);

	retry_done(&n->retry);
	retry_done(&n->heartbeat);
	nagios_open_done(&n->open);
	for (size_t i = 0; i < n->n_services; i++)
		free(n->services[i]);
	queue_done(&n->queue);
	buffer_done(&n->line);
	buffer_done(&n->text);
	buffer_done(&n->perf);
	sd_event_unref(n->loop);
	free(n->title);
	free(n->command_file);
	free(n->host);
	free(n);
}

static const struct output_ops ops = {
	.kind = "nagios",
	.start = nagios_start,
	.alert = nagios_alert,
	.drain = nagios_drain,
	.known = nagios_known,
	.health = nagios_health,
	.stop = nagios_stop,
	.stats = nagios_stats,
	.free = nagios_free,
};

static int
check_names(const struct nagios_output_spec *spec, char *reterr_problem)
{
	if (!nagios_text_name_ok(spec->host)) {
		output_problem(
			reterr_problem,
			"host \"%s\": a host name of Nagios is not empty and has "
			"no ';' or '|'",
			spec->host);
		return -EINVAL;
	}
	for (size_t i = 0; i < spec->n_services; i++) {
		if (nagios_text_name_ok(spec->services[i]))
			continue;
		output_problem(reterr_problem,
			       "service \"%s\": a service name of Nagios is not empty "
			       "and has no ';' or '|'",
			       spec->services[i]);
		return -EINVAL;
	}
	return 0;
}

static int
take_spec(struct nagios *n, const struct nagios_output_spec *spec)
{
	n->title = strdup(spec->title);
	n->command_file = strdup(spec->command_file);
	n->host = strdup(spec->host);
	n->base.title = n->title;
	n->heartbeat_usec = spec->heartbeat ? spec->heartbeat : HEARTBEAT_DEFAULT;
	queue_init(&n->queue, spec->queue_max ? spec->queue_max : QUEUE_DEFAULT);
	if (!n->title || !n->command_file || !n->host)
		return -ENOMEM;
	for (size_t i = 0; i < spec->n_services; i++)
		(void)service_index(n, str_of(spec->services[i]));
	return 0;
}

int
nagios_output_new(const struct nagios_output_spec *spec,
		  const struct output_identity *id, sd_event *loop,
		  struct output **ret_output, char *reterr_problem)
{
	reterr_problem[0] = '\0';
	int r = check_names(spec, reterr_problem);
	if (r < 0)
		return r;
	struct nagios *n = calloc(1, sizeof(*n));
	if (!n)
		return -ENOMEM;
	n->base.ops = &ops;
	n->loop = sd_event_ref(loop);
	n->retry = (struct retry){ .loop = loop,
				   .handler = on_retry,
				   .user = n,
				   .least = SV_USEC_PER_SEC,
				   .most = 10 * SV_USEC_PER_SEC };
	n->heartbeat =
		(struct retry){ .loop = loop, .handler = on_heartbeat, .user = n };
	r = take_spec(n, spec);
	if (r >= 0)
		r = output_spool(&n->queue, id, "nagios", spec->title);
	if (r < 0) {
		nagios_free(&n->base);
		return r;
	}
	*ret_output = &n->base;
	return 0;
}
