/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Runs one sample of a pattern: its lines are read by a stream, as a log of this dialect
 * would be, and what comes of them is compared with what the sample expects.
 */
#pragma once

#include "base/buffer.h"
#include "conf/conf.h"
#include "dialect/registry.h"

#define SAMPLE_MAX_EVENTS 16

struct sample_result {
	bool passed;
	const char *why;                       /* translated, of one that failed */
	struct buffer events;                  /* what came, one JSON object a line */
	size_t n_events, n_ignored, n_unknown; /* events; lines that gave none */
	uint32_t template_id;                  /* of the last event */
	const char *found; /* by content the first line is read by another dialect, of
			      this name; NULL: it is not */
};

void sample_result_done(struct sample_result *result);
/** 0 or -ENOMEM. */
int sample_test_run(const struct pattern_sample *sample,
		    const struct registry *registry, struct sample_result *ret_result);
