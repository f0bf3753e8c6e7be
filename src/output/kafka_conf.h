/* SPDX-License-Identifier: Apache-2.0 */
/* librdkafka's properties: ours, then the user's, which override them. */
#pragma once

#include <output/output.h>

struct rd_kafka_conf_s;

/** 0, -EINVAL with reterr_problem, -ENOMEM. */
int kafka_conf_fill(struct rd_kafka_conf_s *conf, const struct kafka_output_spec *spec,
		    char *reterr_problem);
