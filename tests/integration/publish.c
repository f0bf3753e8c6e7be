/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Drives one output by hand: publish KIND ARGUMENT… reads orders from standard input.
 *
 *   publish kafka BROKERS ALERTS STATE EVENTS HEARTBEAT [NAME=VALUE]…
 *   publish nagios FIFO HOST HEARTBEAT_SEC SERVICE…
 *   publish stream PATH | publish events PATH [WHERE] | publish journal
 *   publish exec COMMAND [ARGUMENT]…
 *
 * Orders: "alert STATE SEVERITY KEY SEQUENCE SERVICE…", "event USER", "data" and
 * "nodata" (health), "note WORDS…", "stats". End of input stops the output, waiting for
 * at most ten seconds. Answers of "stats": one JSON line each on standard output.
 */
#include "base/log.h"
#include "base/text.h"
#include "output/output.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <math.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

struct driver {
	sd_event *loop;
	struct output *output;
	struct output_health health;
	char line[4096];
	size_t len;
};

static sv_usec
clock_usec(void)
{
	struct timespec ts;

	(void)clock_gettime(CLOCK_REALTIME, &ts);
	return (sv_usec)ts.tv_sec * SV_USEC_PER_SEC + (sv_usec)ts.tv_nsec / 1000;
}

static enum sv_alert_state
state_of(const char *word)
{
	return strcmp(word, "firing") == 0     ? SV_ALERT_FIRING
	       : strcmp(word, "changed") == 0  ? SV_ALERT_CHANGED
	       : strcmp(word, "resolved") == 0 ? SV_ALERT_RESOLVED
					       : SV_ALERT_UNKNOWN;
}

static enum sv_severity
severity_of(const char *word)
{
	return strcmp(word, "critical") == 0  ? SV_SEVERITY_CRITICAL
	       : strcmp(word, "warning") == 0 ? SV_SEVERITY_WARNING
	       : strcmp(word, "ok") == 0      ? SV_SEVERITY_OK
					      : SV_SEVERITY_UNKNOWN;
}

static void
order_alert(struct driver *d, char *args)
{
	char state[16], severity[16], key[64], service[64], fingerprint[96];
	unsigned sequence;

	if (sscanf(args, "%15s %15s %63s %u %63[^\n]", state, severity, key, &sequence,
		   service) != 5) {
		fprintf(stderr, "publish: bad order: alert %s\n", args);
		return;
	}
	(void)snprintf(fingerprint, sizeof(fingerprint), "trunk-down|peer=%s", key);
	struct sv_alert alert = {
		.fingerprint = str_of(fingerprint),
		.state = state_of(state),
		.severity = severity_of(severity),
		.sequence = sequence,
		.time = clock_usec(),
		.start = clock_usec(),
		.first = clock_usec(),
		.window = 300 * SV_USEC_PER_SEC,
		.rule = SV_STR("trunk-down"),
		.ruleset = SV_STR("default"),
		.service = str_of(service),
		.key = { { SV_STR("peer"), str_of(key), false } },
		.n_key = 1,
		.measure = { { .kind = SV_MEASURE_COUNT,
			       .text = "count",
			       .value = 12,
			       .numerator = 12,
			       .warning = 10,
			       .critical = NAN,
			       .clear = 5 } },
		.n_measure = 1,
		.reason =
			SV_STR("12 calls failed in 5 min (limit 10); 100 % | of them"),
		.likely = SV_STR("the carrier is down"),
		.check = SV_STR("pjsip show endpoints"),
		.leg = SV_LEG_OUT,
		.peer = str_of(key),
		.host = SV_STR("pbx1"),
	};
	(void)snprintf(alert.id, sizeof(alert.id), "%016" PRIx64 "%016x",
		       str_hash(str_of(fingerprint), 0), sequence);
	(void)snprintf(alert.incident, sizeof(alert.incident), "%032u", 1u);
	d->output->ops->alert(d->output, &alert);
	d->output->ops->drain(d->output);
}

static void
order_event(struct driver *d, const char *user)
{
	const struct sv_event event = {
		.time = clock_usec(),
		.outcome = SV_REJECTED,
		.leg = SV_LEG_IN,
		.method = SV_REGISTER,
		.code = 403,
		.count = 1,
		.peer_ip = { 4, { 203, 0, 113, 9 } },
		.pbx = SV_STR("asterisk"),
		.host = SV_STR("pbx1"),
		.claim = { .user = str_of(user) },
	};

	if (d->output->ops->event)
		d->output->ops->event(d->output, &event);
}

static void
order_stats(struct driver *d)
{
	struct output_stats st;

	d->output->ops->stats(d->output, &st);
	printf("{\"delivered\":%" PRIu64 ",\"waiting\":%" PRIu64 ",\"dropped\":%" PRIu64
	       ",\"failed\":%" PRIu64 ",\"problem\":\"%s\"}\n",
	       st.delivered, st.waiting, st.dropped, st.failed, st.problem);
	(void)fflush(stdout);
}

static void
order(struct driver *d, char *line)
{
	if (strncmp(line, "alert ", 6) == 0)
		order_alert(d, line + 6);
	else if (strncmp(line, "event ", 6) == 0)
		order_event(d, line + 6);
	else if (strcmp(line, "stats") == 0)
		order_stats(d);
	else if (strcmp(line, "data") == 0)
		d->health.has_data = true;
	else if (strcmp(line, "nodata") == 0)
		d->health.has_data = false;
	else if (strncmp(line, "note ", 5) == 0)
		(void)snprintf(d->health.note, sizeof(d->health.note), "%s", line + 5);
	if (d->output->ops->health)
		d->output->ops->health(d->output, &d->health);
}

static int
on_input(sd_event_source *source, int fd, uint32_t events, void *user)
{
	struct driver *d = user;
	ssize_t n = read(fd, d->line + d->len, sizeof(d->line) - 1 - d->len);

	(void)source;
	(void)events;
	if (n < 0 && errno == EAGAIN)
		return 0;
	if (n <= 0)
		return sd_event_exit(d->loop, 0);
	d->len += (size_t)n;
	for (char *end; (end = memchr(d->line, '\n', d->len));) {
		size_t used = (size_t)(end - d->line) + 1;
		*end = '\0';
		order(d, d->line);
		memmove(d->line, d->line + used, d->len - used);
		d->len -= used;
	}
	return 0;
}

static int
new_output(struct driver *d, int argc, char **argv, char *problem)
{
	static const struct output_identity id = { "pbx1", "main", "0.1.0" };
	const char *kind = argv[1];
	const char *const *rest = (const char *const *)argv;

	if (strcmp(kind, "kafka") == 0 && argc >= 7)
		return kafka_output_new(
			&(struct kafka_output_spec){ .title = "main",
						     .brokers = argv[2],
						     .alerts_topic = argv[3],
						     .state_topic = argv[4],
						     .events_topic = argv[5],
						     .heartbeat_topic = argv[6],
						     .properties = rest + 7,
						     .n_properties = (size_t)argc - 7 },
			&id, d->loop, &d->output, problem);
	if (strcmp(kind, "nagios") == 0 && argc >= 5)
		return nagios_output_new(
			&(struct nagios_output_spec){
				.title = "local",
				.command_file = argv[2],
				.host = argv[3],
				.heartbeat = (sv_usec)atoi(argv[4]) * SV_USEC_PER_SEC,
				.services = rest + 5,
				.n_services = (size_t)argc - 5 },
			&id, d->loop, &d->output, problem);
	if (strcmp(kind, "exec") == 0 && argc >= 3)
		return exec_output_new(
			&(struct exec_output_spec){ .title = "page",
						    .command = rest + 2,
						    .n_command = (size_t)argc - 2 },
			&id, d->loop, &d->output, problem);
	if (strcmp(kind, "journal") == 0)
		return journal_output_new(&(struct journal_output_spec){ "j" }, &id,
					  d->loop, &d->output, problem);
	if (argc < 3)
		return -EINVAL;
	return stream_output_new(
		&(struct stream_output_spec){ .title = "log",
					      .path = argv[2],
					      .what = strcmp(kind, "events") == 0
							      ? OUTPUT_EVENTS
							      : OUTPUT_ALERTS,
					      .where = argc > 3 ? argv[3] : NULL },
		&id, d->loop, &d->output, problem);
}

int
main(int argc, char **argv)
{
	struct driver d = { 0 };
	char problem[OUTPUT_PROBLEM_BYTES] = "";

	log_setup("publish",
		  getenv("PUBLISH_DEBUG") ? LOG_LEVEL_DEBUG : LOG_LEVEL_INFO);
	(void)signal(SIGPIPE, SIG_IGN);
	if (argc < 2 || sd_event_default(&d.loop) < 0)
		return 2;
	int r = new_output(&d, argc, argv, problem);
	if (r < 0) {
		fprintf(stderr, "publish: %s\n", problem[0] ? problem : strerror(-r));
		return 2;
	}
	(void)fcntl(STDIN_FILENO, F_SETFL, O_NONBLOCK);
	if (d.output->ops->start(d.output) < 0 ||
	    sd_event_add_io(d.loop, NULL, STDIN_FILENO, EPOLLIN, on_input, &d) < 0)
		return 2;
	r = sd_event_loop(d.loop);
	d.output->ops->stop(d.output, 10 * SV_USEC_PER_SEC);
	order_stats(&d);
	output_free(d.output);
	sd_event_unref(d.loop);
	return r < 0 ? 1 : 0;
}
