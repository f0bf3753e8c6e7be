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

#include "alert/render.h"
#include "base/log.h"
#include "base/text.h"
#include "output/nagios_text.h"
#include "output/queue.h"

#include <errno.h>
#include <fcntl.h>
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
/* Open alerts that are remembered; beyond, a worse one replaces a lesser. */
#define MAX_OPEN 4096
#define MAX_SERVICES 64
/* Alerts named in the long output. */
#define MAX_DETAILS 32
#define SHORT_MAX_BYTES ((size_t)700)
/* The service that tells of the watching itself. */
#define PIPELINE_SERVICE "SIP log pipeline"

struct open_alert {
	uint64_t fingerprint; /* hash */
	size_t service;
	enum nagios_code code;
	char *line; /* for the long output */
	size_t short_len;
	char *summary; /* "trunk-down carrier-a: …" */
};

struct nagios {
	struct output base;
	sd_event *loop;
	char *title, *command_file, *host;
	char *services[MAX_SERVICES];
	size_t n_services;
	sv_usec heartbeat_usec;
	struct open_alert open[MAX_OPEN];
	size_t n_open;
	struct output_health health;
	bool told_health; /* the first heartbeat went out */
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

static enum nagios_code
code_of(enum sv_severity severity)
{
	switch (severity) {
	case SV_SEVERITY_OK:
		return NAGIOS_OK;
	case SV_SEVERITY_WARNING:
		return NAGIOS_WARNING;
	case SV_SEVERITY_CRITICAL:
		return NAGIOS_CRITICAL;
	case SV_SEVERITY_UNKNOWN:
		return NAGIOS_UNKNOWN;
	}
	return NAGIOS_UNKNOWN;
}

static void
fail(struct nagios *n, const char *what, const char *remedy)
{
	output_problem(n->stats.problem, "%s: %s%s", n->command_file, what, remedy);
	if (!n->stats.down_since)
		n->stats.down_since = loop_clock(n->loop);
	complain(&n->complaint, loop_now(n->loop), LOG_LEVEL_WARNING,
		 "nagios %s: %s; %zu results wait", n->title, n->stats.problem,
		 n->queue.n);
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

static bool
write_line(struct nagios *n, int fd, struct sv_str line)
{
	ssize_t r = write(fd, line.ptr, line.len);

	if (r == (ssize_t)line.len) {
		n->stats.delivered++;
		return true;
	}
	fail(n, r < 0 ? strerror(errno) : "short write",
	     errno == EAGAIN ? " (Nagios does not read its command file)" : "");
	return false;
}

static bool
drain(struct nagios *n, int fd)
{
	queue_refill(&n->queue);
	while (n->queue.first) {
		if (!write_line(n, fd, queue_body(n->queue.first)))
			return false;
		queue_delivered(&n->queue, queue_take(&n->queue));
		queue_refill(&n->queue);
	}
	return true;
}

static void
count_open(const struct nagios *n, size_t service, size_t ret_count[4],
	   const struct open_alert **ret_worst)
{
	*ret_worst = NULL;
	for (size_t i = 0; i < n->n_open; i++) {
		const struct open_alert *at = &n->open[i];
		if (at->service != service)
			continue;
		ret_count[at->code]++;
		if (!*ret_worst || nagios_text_worse((*ret_worst)->code, at->code) !=
					   (*ret_worst)->code)
			*ret_worst = at;
	}
}

static void
write_summary(struct nagios *n, const struct nagios_result *result,
	      const struct open_alert *worst, size_t others)
{
	buffer_clear(&n->text);
	if (worst) {
		buffer_add(&n->text, str_make(worst->summary, worst->short_len));
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
}

static size_t
list_details(const struct nagios *n, size_t service, const struct open_alert *worst,
	     struct sv_str details[MAX_DETAILS])
{
	static const enum nagios_code order[] = { NAGIOS_CRITICAL, NAGIOS_WARNING,
						  NAGIOS_UNKNOWN };
	size_t n_details = 0;

	if (worst)
		details[n_details++] = str_of(worst->line);
	if (n->health.note[0])
		details[n_details++] = str_of(n->health.note);
	for (size_t p = 0; p < sizeof(order) / sizeof(order[0]); p++)
		for (size_t i = 0; i < n->n_open && n_details < MAX_DETAILS; i++) {
			const struct open_alert *at = &n->open[i];
			if (at->service == service && at->code == order[p] &&
			    at != worst)
				details[n_details++] = str_of(at->line);
		}
	return n_details;
}

/* What the service is like now, as a line of the command file, into n->line. */
static void
render_service(struct nagios *n, size_t service)
{
	const struct open_alert *worst;
	size_t count[4] = { 0 };
	struct sv_str details[MAX_DETAILS];
	bool pipeline = strcmp(n->services[service], PIPELINE_SERVICE) == 0;
	struct nagios_result result = {
		.time = loop_clock(n->loop),
		.host = n->host,
		.service = n->services[service],
		.code = NAGIOS_OK,
		.details = details,
	};

	count_open(n, service, count, &worst);
	if (worst)
		result.code = worst->code;
	/* No data is unknown, whatever alert says so, and the pipeline's own service
	 * tells of every trouble. */
	if (!n->health.has_data && result.code != NAGIOS_CRITICAL)
		result.code = NAGIOS_UNKNOWN;
	else if (pipeline && n->health.note[0])
		result.code = nagios_text_worse(result.code, NAGIOS_UNKNOWN);
	size_t all = count[NAGIOS_CRITICAL] + count[NAGIOS_WARNING] +
		     count[NAGIOS_UNKNOWN] + count[NAGIOS_OK];
	write_summary(n, &result, worst, worst ? all - 1 : 0);
	result.summary = buffer_str(&n->text);
	buffer_clear(&n->perf);
	buffer_addf(&n->perf, "'alerts_critical'=%zu;;0;0 'alerts_warning'=%zu;0;;0",
		    count[NAGIOS_CRITICAL], count[NAGIOS_WARNING]);
	if (pipeline)
		buffer_addf(&n->perf, " 'input_lag'=%.3fs;;;0",
			    n->health.input_lag_sec);
	result.perfdata = buffer_str(&n->perf);
	result.n_details = list_details(n, service, worst, details);
	nagios_text_line(&n->line, &result);
}

/* Everything that waits, then, with `beat`, the present state of all services. */
static void
deliver(struct nagios *n, bool beat)
{
	bool was_down = n->stats.down_since != 0;
	int fd = open_fifo(n);
	bool ok = fd >= 0 && drain(n, fd);

	if (ok && was_down) {
		n->stats.down_since = 0;
		n->stats.problem[0] = '\0';
		retry_reset(&n->retry);
		release(&n->complaint, "nagios %s: %s is read again", n->title,
			n->command_file);
		beat = n->told_health;
	}
	for (size_t i = 0; ok && beat && i < n->n_services; i++) {
		render_service(n, i);
		ok = write_line(n, fd, buffer_str(&n->line));
	}
	if (!ok)
		retry_later(&n->retry);
	if (fd >= 0)
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

static void
close_alert(struct nagios *n, size_t at)
{
	free(n->open[at].line);
	free(n->open[at].summary);
	n->open[at] = n->open[--n->n_open];
}

static size_t
find_open(const struct nagios *n, uint64_t fingerprint)
{
	size_t at = 0;

	while (at < n->n_open && n->open[at].fingerprint != fingerprint)
		at++;
	return at;
}

/* A free place; when there is none, that of a lesser alert. */
static struct open_alert *
take_place(struct nagios *n, enum nagios_code code)
{
	for (size_t i = 0; n->n_open == MAX_OPEN && i < n->n_open; i++)
		if (nagios_text_worse(n->open[i].code, code) != n->open[i].code)
			close_alert(n, i);
	if (n->n_open == MAX_OPEN) {
		n->stats.dropped++;
		return NULL;
	}
	return &n->open[n->n_open];
}

static void
open_alert(struct nagios *n, const struct sv_alert *alert, size_t service)
{
	struct open_alert *place = take_place(n, code_of(alert->severity));

	if (!place)
		return;
	buffer_clear(&n->text);
	buffer_add_clean(&n->text, alert->rule, 80);
	buffer_add_char(&n->text, ' ');
	render_alert_subject(&n->text, alert);
	buffer_add(&n->text, SV_STR(": "));
	buffer_add_clean(&n->text, alert->reason, SHORT_MAX_BYTES);
	buffer_clear(&n->line);
	render_alert_line(&n->line, alert);
	if (buffer_failed(&n->text) || buffer_failed(&n->line))
		return;
	struct open_alert opened = {
		.fingerprint = str_hash(alert->fingerprint, 0),
		.service = service,
		.code = code_of(alert->severity),
		.short_len = n->text.len,
		.line = strndup(n->line.ptr, n->line.len),
		.summary = strndup(n->text.ptr, n->text.len),
	};
	if (!opened.line || !opened.summary) {
		free(opened.line);
		free(opened.summary);
		return;
	}
	*place = opened;
	n->n_open++;
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
	size_t at = find_open(n, str_hash(alert->fingerprint, 0));

	/* A rule on trial pages nobody. */
	if (alert->observe)
		return;
	if (service == n->n_services) {
		n->stats.failed++;
		return;
	}
	if (at < n->n_open)
		close_alert(n, at);
	if (alert->state != SV_ALERT_RESOLVED)
		open_alert(n, alert, service);
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

	if (!alert->observe && service < n->n_services &&
	    find_open(n, str_hash(alert->fingerprint, 0)) == n->n_open)
		open_alert(n, alert, service);
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

static void
nagios_stop(struct output *output, sv_usec timeout)
{
	struct nagios *n = nagios_of(output);

	(void)timeout;
	if (n->queue.n)
		deliver(n, false);
	if (n->queue.n)
		log_warning("nagios %s: %zu results not delivered", n->title,
			    n->queue.n);
}

static void
nagios_stats(const struct output *output, struct output_stats *ret_stats)
{
	const struct nagios *n = (const struct nagios *)output;

	*ret_stats = n->stats;
	ret_stats->waiting = queue_waiting(&n->queue);
	ret_stats->dropped += queue_dropped(&n->queue);
}

static void
nagios_free(struct output *output)
{
	struct nagios *n = nagios_of(output);

	retry_done(&n->retry);
	retry_done(&n->heartbeat);
	while (n->n_open)
		close_alert(n, n->n_open - 1);
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
