/* SPDX-License-Identifier: Apache-2.0 */
/* The samples of patterns, for `sipvigil check`: run, attacked, and what came of it. */
#pragma once

#include "base/buffer.h"
#include "conf/conf.h"
#include "dialect/registry.h"

struct check_samples {
	const struct conf *conf;
	const struct registry *registry;
	bool json;
	struct buffer *out;     /* failures, as text or JSON */
	struct diag *diag;      /* warnings */
	size_t samples, failed; /* found */
};

/** False: out of memory. */
bool check_samples_run(struct check_samples *check);
