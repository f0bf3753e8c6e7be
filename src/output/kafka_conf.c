/* SPDX-License-Identifier: Apache-2.0 */
#include "output/kafka_conf.h"

#include <errno.h>
#include <librdkafka/rdkafka.h>
#include <stdlib.h>
#include <string.h>

static int
set_property(rd_kafka_conf_t *conf, const char *name, const char *value,
	     char *reterr_problem)
{
	char text[256];

	if (rd_kafka_conf_set(conf, name, value, text, sizeof(text)) ==
	    RD_KAFKA_CONF_OK)
		return 0;
	output_problem(reterr_problem, "property \"%s=%s\": %s", name, value, text);
	return -EINVAL;
}

static int
set_user_property(rd_kafka_conf_t *conf, const char *text, char *reterr_problem)
{
	const char *sign = strchr(text, '=');

	if (!sign || sign == text) {
		output_problem(reterr_problem,
			       "property \"%s\": write it as name=value", text);
		return -EINVAL;
	}
	char *name = strndup(text, (size_t)(sign - text));
	if (!name)
		return -ENOMEM;
	int r = set_property(conf, name, sign + 1, reterr_problem);
	free(name);
	return r;
}

int
kafka_conf_fill(struct rd_kafka_conf_s *conf, const struct kafka_output_spec *spec,
		char *reterr_problem)
{
	/* Ours first: the user's properties override them. The partitioner is the one
	 * of Java clients, so that all find a key in the same partition. */
	static const char *const ours[][2] = {
		{ "client.id", "sipvigil" },
		{ "enable.idempotence", "true" },
		{ "message.timeout.ms", "0" },
		{ "partitioner", "murmur2_random" },
		{ "linger.ms", "5" },
		{ "compression.codec", "lz4" },
		{ "queue.buffering.max.messages", "16384" },
		{ "queue.buffering.max.kbytes", "65536" },
		{ "socket.keepalive.enable", "true" },
		{ "statistics.interval.ms", "5000" },
		{ "log.queue", "true" },
	};
	int r = set_property(conf, "bootstrap.servers", spec->brokers, reterr_problem);

	for (size_t i = 0; r == 0 && i < sizeof(ours) / sizeof(ours[0]); i++)
		r = set_property(conf, ours[i][0], ours[i][1], reterr_problem);
	for (size_t i = 0; r == 0 && i < spec->n_properties; i++)
		r = set_user_property(conf, spec->properties[i], reterr_problem);
	rd_kafka_conf_set_events(conf, RD_KAFKA_EVENT_DR | RD_KAFKA_EVENT_ERROR |
					       RD_KAFKA_EVENT_LOG |
					       RD_KAFKA_EVENT_STATS);
	return r;
}
