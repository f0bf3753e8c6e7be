/* SPDX-License-Identifier: Apache-2.0 */
#include "lines.h"

static void
check(const struct sv_event *event)
{
	assert(event->n_records == 1);
	assert(event->leg != SV_LEG_UNKNOWN || event->peer_ip.family == 0);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct sv_ip local = { .family = 4, .bytes = { 127, 0, 0, 1 } };
	/* an attempt needs a request of a line at least */
	struct lines_fuzz fuzz = { .dialect = "sipmsg",
				   .per_line = 2,
				   .beside = 2,
				   .check = check,
				   .locals = &local,
				   .n_locals = size % 2 };

	lines_feed(&fuzz, data, size);
	return 0;
}
