/* SPDX-License-Identifier: Apache-2.0 */
/* Faults that a real broker does not show on demand, by librdkafka's mock cluster. */
#include "base/log.h"
#include "base/text.h"
#include "output/output.h"

#include <criterion/criterion.h>
#include <errno.h>
#include <librdkafka/rdkafka.h>
#include <librdkafka/rdkafka_mock.h>
#include <time.h>

#define PRODUCE_REQUEST 0
#define INIT_PRODUCER_ID_REQUEST 22

struct bench {
	rd_kafka_t *host; /* carries the mock cluster */
	rd_kafka_mock_cluster_t *cluster;
	sd_event *loop;
	struct output *output;
};

static const struct output_identity identity = { "pbx1", "main", "0.1.0" };

static sv_usec
now_usec(void)
{
	struct timespec ts;

	(void)clock_gettime(CLOCK_MONOTONIC, &ts);
	return (sv_usec)ts.tv_sec * SV_USEC_PER_SEC + (sv_usec)ts.tv_nsec / 1000;
}

static void
bench_init_failing(struct bench *b, const char *linger,
		   rd_kafka_resp_err_t first_answer)
{
	const char *const properties[] = { "retry.backoff.ms=10", linger };
	char text[256], problem[OUTPUT_PROBLEM_BYTES];
	rd_kafka_conf_t *conf = rd_kafka_conf_new();

	log_setup("test", LOG_LEVEL_ERROR);
	rd_kafka_conf_set(conf, "log_level", "0", NULL, 0);
	b->host = rd_kafka_new(RD_KAFKA_PRODUCER, conf, text, sizeof(text));
	cr_assert(b->host, "%s", text);
	b->cluster = rd_kafka_mock_cluster_new(b->host, 1);
	cr_assert(b->cluster);
	cr_assert_eq(rd_kafka_mock_topic_create(b->cluster, "alerts", 1, 1), 0);
	if (first_answer)
		rd_kafka_mock_push_request_errors(b->cluster, INIT_PRODUCER_ID_REQUEST,
						  1, first_answer);
	cr_assert_geq(sd_event_new(&b->loop), 0);
	const struct kafka_output_spec spec = {
		.title = "mock",
		.brokers = rd_kafka_mock_cluster_bootstraps(b->cluster),
		.alerts_topic = "alerts",
		.properties = properties,
		.n_properties = 2,
	};
	int r = kafka_output_new(&spec, &identity, b->loop, &b->output, problem);
	cr_assert_eq(r, 0, "%s", problem);
	cr_assert_eq(b->output->ops->start(b->output), 0);
}

static void
bench_init(struct bench *b, const char *linger)
{
	bench_init_failing(b, linger, RD_KAFKA_RESP_ERR_NO_ERROR);
}

static void
bench_done(struct bench *b)
{
	output_free(b->output);
	sd_event_unref(b->loop);
	rd_kafka_mock_cluster_destroy(b->cluster);
	rd_kafka_destroy(b->host);
}

static void
publish(struct bench *b, unsigned from, unsigned to)
{
	for (unsigned i = from; i <= to; i++) {
		struct sv_alert alert = {
			.id = "00000000000000000000000000000000",
			.incident = "00000000000000000000000000000000",
			.fingerprint = SV_STR("rule|peer=a"),
			.state = SV_ALERT_CHANGED,
			.severity = SV_SEVERITY_WARNING,
			.sequence = i,
			.time = i,
			.rule = SV_STR("rule"),
			.reason = SV_STR("because"),
		};
		b->output->ops->alert(b->output, &alert);
	}
}

/* Runs the loop until the counters are so, for at most twenty seconds. */
static bool
comes_to(struct bench *b, uint64_t delivered, uint64_t failed)
{
	sv_usec end = now_usec() + 20 * SV_USEC_PER_SEC;
	struct output_stats st;

	do {
		b->output->ops->stats(b->output, &st);
		if (st.delivered == delivered && st.failed == failed && !st.waiting)
			return true;
		(void)sd_event_run(b->loop, 20 * SV_USEC_PER_MSEC);
	} while (now_usec() < end);
	cr_log_error("delivered %lu failed %lu waiting %lu: %s",
		     (unsigned long)st.delivered, (unsigned long)st.failed,
		     (unsigned long)st.waiting, st.problem);
	return false;
}

/* Sequence numbers in the topic, in their order. */
static void
expect_range(struct bench *b, unsigned from, unsigned count)
{
	rd_kafka_conf_t *conf = rd_kafka_conf_new();
	char text[256];

	rd_kafka_conf_set(conf, "bootstrap.servers",
			  rd_kafka_mock_cluster_bootstraps(b->cluster), NULL, 0);
	rd_kafka_conf_set(conf, "group.id", "test", NULL, 0);
	rd_kafka_t *rk = rd_kafka_new(RD_KAFKA_CONSUMER, conf, text, sizeof(text));
	cr_assert(rk, "%s", text);
	rd_kafka_topic_partition_list_t *parts = rd_kafka_topic_partition_list_new(1);
	rd_kafka_topic_partition_list_add(parts, "alerts", 0)->offset =
		RD_KAFKA_OFFSET_BEGINNING;
	rd_kafka_assign(rk, parts);
	for (unsigned i = from; i <= count;) {
		rd_kafka_message_t *m = rd_kafka_consumer_poll(rk, 10000);
		cr_assert(m, "message %u of %u is missing", i, count);
		if (!m->err) {
			char want[32];
			(void)snprintf(want, sizeof(want), "\"sequence\":%u", i++);
			cr_expect_neq(
				str_find(str_make(m->payload, m->len), str_of(want)),
				STR_NONE, "%s at its place", want);
		}
		rd_kafka_message_destroy(m);
	}
	rd_kafka_topic_partition_list_destroy(parts);
	rd_kafka_consumer_close(rk);
	rd_kafka_destroy(rk);
}

static void
expect_sequences(struct bench *b, unsigned count)
{
	expect_range(b, 1, count);
}

/* Runs the loop until the problem begins so, for at most twenty seconds. */
static bool
says(struct bench *b, const char *text)
{
	sv_usec end = now_usec() + 20 * SV_USEC_PER_SEC;
	struct output_stats st;

	do {
		(void)sd_event_run(b->loop, 20 * SV_USEC_PER_MSEC);
		b->output->ops->stats(b->output, &st);
	} while (!strstr(st.problem, text) && now_usec() < end);
	return strstr(st.problem, text) != NULL;
}

Test(kafka, errors_that_pass_cost_neither_message_nor_order, .timeout = 60)
{
	struct bench b;

	bench_init(&b, "linger.ms=0");
	rd_kafka_mock_push_request_errors(b.cluster, PRODUCE_REQUEST, 4,
					  RD_KAFKA_RESP_ERR_NOT_LEADER_FOR_PARTITION,
					  RD_KAFKA_RESP_ERR_REQUEST_TIMED_OUT,
					  RD_KAFKA_RESP_ERR_NOT_ENOUGH_REPLICAS,
					  RD_KAFKA_RESP_ERR_NOT_LEADER_FOR_PARTITION);
	publish(&b, 1, 50);
	cr_expect(comes_to(&b, 50, 0));
	expect_sequences(&b, 50);
	bench_done(&b);
}

Test(kafka, what_is_not_allowed_waits_until_it_is, .timeout = 60)
{
	struct bench b;
	struct output_stats st = { 0 };

	bench_init(&b, "linger.ms=0");
	rd_kafka_mock_push_request_errors(b.cluster, PRODUCE_REQUEST, 1,
					  RD_KAFKA_RESP_ERR_TOPIC_AUTHORIZATION_FAILED);
	publish(&b, 1, 3);
	for (sv_usec end = now_usec() + 10 * SV_USEC_PER_SEC;
	     !st.problem[0] && now_usec() < end;) {
		(void)sd_event_run(b.loop, 20 * SV_USEC_PER_MSEC);
		b.output->ops->stats(b.output, &st);
	}
	cr_expect(strstr(st.problem, "kafka-acls.sh"), "says the remedy: %s",
		  st.problem);
	cr_expect(comes_to(&b, 3, 0), "and sends again");
	b.output->ops->stats(b.output, &st);
	cr_expect_str_empty(st.problem, "the problem is over");
	bench_done(&b);
}

Test(kafka, a_broker_that_is_down_gets_all_of_it_later, .timeout = 60)
{
	struct bench b;

	bench_init(&b, "linger.ms=0");
	publish(&b, 1, 5);
	cr_expect(comes_to(&b, 5, 0));
	cr_assert_eq(rd_kafka_mock_broker_set_down(b.cluster, 1), 0);
	publish(&b, 6, 3000);
	for (int i = 0; i < 10; i++)
		(void)sd_event_run(b.loop, 50 * SV_USEC_PER_MSEC);
	cr_assert_eq(rd_kafka_mock_broker_set_up(b.cluster, 1), 0);
	cr_expect(comes_to(&b, 3000, 0));
	expect_sequences(&b, 3000);
	bench_done(&b);
}

Test(kafka, a_batch_that_is_refused_is_sent_one_by_one, .timeout = 60)
{
	struct bench b;

	bench_init(&b, "linger.ms=300");
	rd_kafka_mock_push_request_errors(b.cluster, PRODUCE_REQUEST, 1,
					  RD_KAFKA_RESP_ERR_MSG_SIZE_TOO_LARGE);
	publish(&b, 1, 20);
	cr_expect(says(&b, "too large"));
	cr_expect(comes_to(&b, 20, 0), "none of them was too large alone");
	expect_sequences(&b, 20);
	bench_done(&b);
}

Test(kafka, what_is_refused_alone_is_given_up_and_the_others_follow, .timeout = 60)
{
	static const rd_kafka_resp_err_t rows[] = {
		RD_KAFKA_RESP_ERR_MSG_SIZE_TOO_LARGE,
		RD_KAFKA_RESP_ERR_INVALID_RECORD,
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct bench b;
		struct output_stats st;
		bench_init(&b, "linger.ms=100");
		rd_kafka_mock_push_request_errors(b.cluster, PRODUCE_REQUEST, 2,
						  rows[i], rows[i]);
		publish(&b, 1, 20);
		cr_expect(comes_to(&b, 19, 1), "%s", rd_kafka_err2name(rows[i]));
		expect_range(&b, 2, 20);
		b.output->ops->stats(b.output, &st);
		cr_expect_eq(st.down_since, 0, "it is over");
		bench_done(&b);
	}
}

Test(kafka, not_enough_replicas_are_waited_for, .timeout = 60)
{
	struct bench b;
	rd_kafka_resp_err_t errors[100];

	for (size_t i = 0; i < 100; i++)
		errors[i] = i % 2 ? RD_KAFKA_RESP_ERR_NOT_ENOUGH_REPLICAS
				  : RD_KAFKA_RESP_ERR_NOT_ENOUGH_REPLICAS_AFTER_APPEND;
	bench_init(&b, "linger.ms=0");
	rd_kafka_mock_push_request_errors_array(b.cluster, PRODUCE_REQUEST, 100,
						errors);
	publish(&b, 1, 30);
	cr_expect(comes_to(&b, 30, 0));
	expect_sequences(&b, 30);
	bench_done(&b);
}

Test(kafka, a_fatal_error_costs_a_producer_and_no_message, .timeout = 60)
{
	struct bench b;
	struct output_stats st;

	bench_init_failing(&b, "linger.ms=0",
			   RD_KAFKA_RESP_ERR_CLUSTER_AUTHORIZATION_FAILED);
	publish(&b, 1, 10);
	cr_expect(says(&b, "uthoriz"));
	b.output->ops->stats(b.output, &st);
	cr_expect_neq(st.next_try, 0, "it is tried again");
	publish(&b, 11, 20);
	cr_expect(comes_to(&b, 20, 0));
	expect_sequences(&b, 20);
	b.output->ops->stats(b.output, &st);
	cr_expect_str_empty(st.problem, "the problem is over");
	bench_done(&b);
}

Test(kafka, a_clock_that_the_broker_does_not_believe_loses_nothing, .timeout = 60)
{
	struct bench b;

	/* all in one request: what is in another one keeps its place */
	bench_init(&b, "linger.ms=200");
	rd_kafka_mock_push_request_errors(b.cluster, PRODUCE_REQUEST, 1,
					  RD_KAFKA_RESP_ERR_INVALID_TIMESTAMP);
	publish(&b, 1, 3);
	cr_expect(says(&b, "the clock of this host"));
	cr_expect(comes_to(&b, 3, 0));
	expect_sequences(&b, 3);
	bench_done(&b);
}

Test(kafka, a_wrong_property_is_told_at_once)
{
	static const struct {
		const char *property, *says;
	} rows[] = {
		{ "no.such=1", "No such configuration property" },
		{ "linger.ms=soon", "linger.ms=soon" },
		{ "linger.ms", "write it as name=value" },
		{ "=1", "write it as name=value" },
		{ "acks=0", "acks" },
	};
	sd_event *loop;

	cr_assert_geq(sd_event_new(&loop), 0);
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		char problem[OUTPUT_PROBLEM_BYTES];
		struct output *output = NULL;
		const struct kafka_output_spec spec = {
			.title = "t",
			.brokers = "127.0.0.1:1",
			.alerts_topic = "alerts",
			.properties = &rows[i].property,
			.n_properties = 1,
		};
		cr_expect_eq(kafka_output_new(&spec, &identity, loop, &output, problem),
			     -EINVAL, "%s", rows[i].property);
		cr_expect(strstr(problem, rows[i].says), "%s: %s", rows[i].property,
			  problem);
	}
	sd_event_unref(loop);
}
