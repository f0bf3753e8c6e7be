/* SPDX-License-Identifier: Apache-2.0 */
#include "output/kafka.h"

#include "base/log.h"
#include "base/text.h"
#include "output/kafka_conf.h"
#include "output/kafka_lane.h"

#include <assert.h>
#include <errno.h>
#include <inttypes.h>
#include <librdkafka/rdkafka.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <time.h>
#include <unistd.h>

/* No acknowledgment for this long: the broker hangs. */
#define SILENCE_USEC (10 * SV_USEC_PER_SEC)
/* So long a broker that is down may take to come back when we stop. */
#define DOWN_STOP_USEC (1 * SV_USEC_PER_SEC)
/* Events of librdkafka's queue handled before the loop gets its turn. */
#define POLL_BUDGET 256
struct kafka {
	sd_event *loop;
	const char *title;
	rd_kafka_conf_t *conf; /* to make a producer anew after a fatal error */
	rd_kafka_t *rk;
	rd_kafka_queue_t *queue;
	int wake_fd;
	sd_event_source *wake;
	struct retry remake;
	bool fatal, connected;
	struct lane lane[KAFKA_MAX_LANES];
	size_t n_lanes;
	sv_usec silent_since; /* monotonic: no report since, while some are due; 0 */
	char trouble[OUTPUT_PROBLEM_BYTES]; /* librdkafka's last error in words */
	struct complaint complaint;
	struct output_stats stats;
};

static size_t
backlog(const struct kafka *k)
{
	size_t n = 0;

	for (size_t i = 0; i < k->n_lanes; i++)
		n += lane_backlog(&k->lane[i]);
	return n;
}

static uint64_t
waiting(const struct kafka *k)
{
	uint64_t n = 0;

	for (size_t i = 0; i < k->n_lanes; i++)
		n += lane_waiting(&k->lane[i]);
	return n;
}

static void
fail(struct kafka *k, const char *what, const char *remedy)
{
	output_problem(k->stats.problem, "%s%s", what, remedy);
	if (!k->stats.down_since)
		k->stats.down_since = loop_clock(k->loop);
	complain(&k->complaint, loop_now(k->loop), LOG_LEVEL_WARNING,
		 "kafka %s: %s; %" PRIu64 " messages wait and will be sent in order",
		 k->title, k->stats.problem, waiting(k));
}

static void
recover(struct kafka *k)
{
	k->trouble[0] = '\0';
	if (!k->stats.down_since)
		return;
	k->stats.down_since = 0;
	k->stats.problem[0] = '\0';
	release(&k->complaint,
		"kafka %s: brokers acknowledge again, %" PRIu64 " messages wait",
		k->title, waiting(k));
}

static void
feed(struct lane *lane)
{
	struct kafka *k = lane->owner;
	size_t refused = 0;

	if (k->fatal || !k->rk)
		return;
	if (lane_feed(lane, k->rk, &refused) == LANE_FATAL)
		k->fatal = true;
	if (refused)
		log_error("kafka %s: %zu messages for %s cannot be sent at all and "
			  "were given up: they are longer than message.max.bytes",
			  k->title, refused, lane->topic);
	k->stats.failed += refused;
	if (lane->outstanding && !k->silent_since)
		k->silent_since = loop_now(k->loop);
}

static void
feed_all(struct kafka *k)
{
	for (size_t i = 0; i < k->n_lanes; i++)
		feed(&k->lane[i]);
}

static const char *
remedy_of(rd_kafka_resp_err_t err)
{
	if (err == RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART ||
	    err == RD_KAFKA_RESP_ERR__UNKNOWN_TOPIC)
		return ": create it with kafka-topics.sh --create --topic NAME";
	if (err == RD_KAFKA_RESP_ERR_TOPIC_AUTHORIZATION_FAILED ||
	    err == RD_KAFKA_RESP_ERR_CLUSTER_AUTHORIZATION_FAILED)
		return ": allow this principal to write (kafka-acls.sh)";
	if (err == RD_KAFKA_RESP_ERR_INVALID_TIMESTAMP)
		return ": the clock of this host or that of the broker is wrong";
	return "";
}

/* Up again is the output when no topic is in trouble. */
static bool
is_troubled(const struct kafka *k)
{
	for (size_t i = 0; i < k->n_lanes; i++)
		if (k->lane[i].troubled)
			return true;
	return k->fatal;
}

static void
on_report(struct kafka *k, const rd_kafka_message_t *report)
{
	struct lane *lane = lane_of(report);
	char what[OUTPUT_PROBLEM_BYTES];

	k->silent_since = loop_now(k->loop);
	switch (lane_take_report(lane, report)) {
	case LANE_DELIVERED:
		k->stats.delivered++;
		break;
	case LANE_REFUSED:
		k->stats.failed++;
		log_error("kafka %s: %s refuses a message for good, it was given up: "
			  "%s",
			  k->title, lane->topic, rd_kafka_err2str(report->err));
		break;
	case LANE_AGAIN:
		output_problem(what, "topic %s: %s", lane->topic,
			       rd_kafka_err2str(report->err));
		fail(k, what, remedy_of(report->err));
		break;
	case LANE_PURGED:
		return;
	}
	if (!is_troubled(k))
		recover(k);
}

static void
on_error(struct kafka *k, rd_kafka_event_t *event)
{
	rd_kafka_resp_err_t err = rd_kafka_event_error(event);

	if (err == RD_KAFKA_RESP_ERR__FATAL || rd_kafka_event_error_is_fatal(event)) {
		k->fatal = true;
		fail(k, rd_kafka_event_error_string(event), remedy_of(err));
		return;
	}
	if (err != RD_KAFKA_RESP_ERR__ALL_BROKERS_DOWN) {
		output_problem(k->trouble, "%s", rd_kafka_event_error_string(event));
		/* Wrong password, unknown name, TLS: said at once, it will not heal. */
		if (err == RD_KAFKA_RESP_ERR__AUTHENTICATION ||
		    err == RD_KAFKA_RESP_ERR__SSL || err == RD_KAFKA_RESP_ERR__RESOLVE)
			fail(k, k->trouble,
			     ": check brokers, property and the certificates");
		return;
	}
	k->connected = false;
	fail(k, k->trouble[0] ? k->trouble : rd_kafka_event_error_string(event),
	     ": is the broker running, are name and port right?");
}

/* librdkafka tells every few seconds how its connections are; of the text only this
 * matters. */
static void
on_statistics(struct kafka *k, rd_kafka_event_t *event)
{
	sv_usec now = loop_now(k->loop);
	bool due = false;

	k->connected = str_find(str_of(rd_kafka_event_stats(event)),
				SV_STR("\"state\":\"UP\"")) != STR_NONE;
	for (size_t i = 0; i < k->n_lanes; i++)
		due |= k->lane[i].outstanding > 0;
	if (!due)
		k->silent_since = 0;
	if (due && k->connected && now > k->silent_since + SILENCE_USEC) {
		fail(k, "connected, but no acknowledgment for more than 10 s",
		     ": look at the broker's log and min.insync.replicas");
		return;
	}
	if (k->connected && !due && !is_troubled(k))
		recover(k);
}

static void
on_event(struct kafka *k, rd_kafka_event_t *event)
{
	const char *facility, *text;
	int level;

	switch (rd_kafka_event_type(event)) {
	case RD_KAFKA_EVENT_DR:
		for (const rd_kafka_message_t *m;
		     (m = rd_kafka_event_message_next(event));)
			on_report(k, m);
		break;
	case RD_KAFKA_EVENT_ERROR:
		on_error(k, event);
		break;
	case RD_KAFKA_EVENT_STATS:
		on_statistics(k, event);
		break;
	case RD_KAFKA_EVENT_LOG:
		if (rd_kafka_event_log(event, &facility, &text, &level) == 0)
			log_debug("kafka %s: %s: %s", k->title, facility, text);
		break;
	}
}

/* True: the budget ended before the queue did. */
static bool
poll_queue(struct kafka *k, int wait_msec)
{
	size_t n = 0;

	for (rd_kafka_event_t *event;
	     n < POLL_BUDGET && (event = rd_kafka_queue_poll(k->queue, wait_msec));
	     n++) {
		on_event(k, event);
		rd_kafka_event_destroy(event);
		wait_msec = 0;
	}
	for (size_t i = 0; i < k->n_lanes; i++)
		lane_settle(&k->lane[i]);
	if (k->fatal && !k->remake.armed)
		retry_later(&k->remake);
	feed_all(k);
	return n == POLL_BUDGET;
}

static int
on_wake(sd_event_source *source, int fd, uint32_t events, void *user)
{
	struct kafka *k = user;
	uint64_t count;

	(void)source;
	(void)events;
	(void)!read(fd, &count, sizeof(count));
	if (!poll_queue(k, 0))
		return 0;
	/* librdkafka rings when its queue stops being empty, so after a break for the
	 * budget nobody else would ring again. */
	count = 1;
	(void)!write(fd, &count, sizeof(count));
	return 0;
}

static int
on_lane_retry(sd_event_source *source, uint64_t usec, void *user)
{
	struct lane *lane = user;

	(void)source;
	(void)usec;
	lane_go_on(lane);
	feed(lane);
	return 0;
}

static int
producer_open(struct kafka *k, char *reterr_problem)
{
	static const uint64_t one = 1;
	char text[256];
	rd_kafka_conf_t *conf = rd_kafka_conf_dup(k->conf);

	k->rk = rd_kafka_new(RD_KAFKA_PRODUCER, conf, text, sizeof(text));
	if (!k->rk) {
		rd_kafka_conf_destroy(conf);
		output_problem(reterr_problem, "kafka \"%s\": %s", k->title, text);
		return -EINVAL;
	}
	k->queue = rd_kafka_queue_get_main(k->rk);
	(void)rd_kafka_set_log_queue(k->rk, k->queue);
	rd_kafka_queue_io_event_enable(k->queue, k->wake_fd, &one, sizeof(one));
	/* It rings when its queue stops being empty; what came before this is rung for
	 * here. */
	(void)!write(k->wake_fd, &one, sizeof(one));
	return 0;
}

static void
producer_close(struct kafka *k)
{
	if (k->queue)
		rd_kafka_queue_destroy(k->queue);
	k->queue = NULL;
	if (k->rk) {
		(void)rd_kafka_purge(k->rk, RD_KAFKA_PURGE_F_QUEUE |
						    RD_KAFKA_PURGE_F_INFLIGHT |
						    RD_KAFKA_PURGE_F_NON_BLOCKING);
		rd_kafka_destroy(k->rk);
	}
	k->rk = NULL;
}

/* After a fatal error librdkafka takes nothing more: what it held goes back, and a new
 * producer sends it. */
static int
on_remake(sd_event_source *source, uint64_t usec, void *user)
{
	struct kafka *k = user;

	(void)source;
	(void)usec;
	retry_fired(&k->remake);
	producer_close(k);
	for (size_t i = 0; i < k->n_lanes; i++)
		lane_take_back(&k->lane[i]);
	k->silent_since = 0;
	if (producer_open(k, k->stats.problem) < 0) {
		retry_later(&k->remake);
		return 0;
	}
	k->fatal = false;
	retry_reset(&k->remake);
	return 0;
}

void
kafka_publish(struct kafka *k, int lane, const struct message *msg, bool tombstone)
{
	struct lane *at = &k->lane[lane];

	if (message_failed(msg)) {
		k->stats.failed++;
		return;
	}
	queue_push(&at->waiting, tombstone ? KAFKA_TOMBSTONE : 0,
		   buffer_str(&msg->head), buffer_str(&msg->body));
	if (!at->waiting.spool)
		feed(at);
}

void
kafka_drain(struct kafka *k)
{
	feed_all(k);
}

int
kafka_lane_spool(struct kafka *k, int lane, const struct spool *spool, const char *name)
{
	return queue_spool(&k->lane[lane].waiting, spool, name);
}

bool
kafka_lane_idle(const struct kafka *k, int lane)
{
	return lane_backlog(&k->lane[lane]) == 0;
}

int
kafka_lane_add(struct kafka *k, const char *topic, size_t max)
{
	struct lane *lane = &k->lane[k->n_lanes];

	assert(k->n_lanes < KAFKA_MAX_LANES);
	if (lane_init(lane, k, topic, max) < 0)
		return -ENOMEM;
	lane->retry = (struct retry){ .loop = k->loop,
				      .handler = on_lane_retry,
				      .user = lane,
				      .least = SV_USEC_PER_SEC,
				      .most = 30 * SV_USEC_PER_SEC };
	return (int)k->n_lanes++;
}

int
kafka_start(struct kafka *k)
{
	int r = sd_event_add_io(k->loop, &k->wake, k->wake_fd, EPOLLIN, on_wake, k);

	if (r < 0)
		return r;
	feed_all(k);
	return 0;
}

static sv_usec
monotonic(void)
{
	struct timespec ts;

	(void)clock_gettime(CLOCK_MONOTONIC, &ts);
	return (sv_usec)ts.tv_sec * SV_USEC_PER_SEC + (sv_usec)ts.tv_nsec / 1000;
}

/* Alerts are safe in the spool: a broker that is down is given a moment, no more. */
void
kafka_stop(struct kafka *k, sv_usec timeout)
{
	/* Not the loop's time: it stands still while we wait here. */
	sv_usec end = monotonic() + timeout, moment = monotonic() + DOWN_STOP_USEC;

	while (k->rk && backlog(k) && monotonic() < end &&
	       (!k->stats.down_since || monotonic() < moment))
		(void)poll_queue(k, 50);
	if (waiting(k))
		log_warning(
			"kafka %s: %" PRIu64
			" messages are not acknowledged; alerts among them are sent "
			"after the next start",
			k->title, waiting(k));
}

static sv_usec
next_try(const struct kafka *k)
{
	sv_usec first = retry_when(&k->remake);

	for (size_t i = 0; i < k->n_lanes; i++) {
		sv_usec when = retry_when(&k->lane[i].retry);
		if (when && (!first || when < first))
			first = when;
	}
	return first;
}

void
kafka_stats(const struct kafka *k, struct output_stats *ret_stats)
{
	*ret_stats = k->stats;
	ret_stats->waiting = waiting(k);
	ret_stats->next_try = k->stats.down_since ? next_try(k) : 0;
	for (size_t i = 0; i < k->n_lanes; i++)
		ret_stats->dropped += queue_dropped(&k->lane[i].waiting);
}

void
kafka_free(struct kafka *k)
{
	if (!k)
		return;
	producer_close(k);
	if (k->conf)
		rd_kafka_conf_destroy(k->conf);
	k->wake = sd_event_source_disable_unref(k->wake);
	if (k->wake_fd >= 0)
		(void)close(k->wake_fd);
	retry_done(&k->remake);
	for (size_t i = 0; i < k->n_lanes; i++)
		lane_done(&k->lane[i]);
	sd_event_unref(k->loop);
	free(k);
}

int
kafka_new(const struct kafka_output_spec *spec, sd_event *loop,
	  struct kafka **ret_kafka, char *reterr_problem)
{
	struct kafka *k = calloc(1, sizeof(*k));
	int r = -ENOMEM;

	if (!k)
		return r;
	k->loop = sd_event_ref(loop);
	k->title = spec->title;
	k->wake_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	k->remake = (struct retry){ .loop = loop,
				    .handler = on_remake,
				    .user = k,
				    .least = SV_USEC_PER_SEC,
				    .most = 60 * SV_USEC_PER_SEC };
	k->conf = rd_kafka_conf_new();
	if (k->wake_fd < 0 || !k->conf)
		goto fail;
	r = kafka_conf_fill(k->conf, spec, reterr_problem);
	if (r < 0)
		goto fail;
	r = producer_open(k, reterr_problem);
	if (r < 0)
		goto fail;
	*ret_kafka = k;
	return 0;
fail:
	kafka_free(k);
	return r;
}
