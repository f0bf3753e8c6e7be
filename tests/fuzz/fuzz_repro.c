/* SPDX-License-Identifier: Apache-2.0 */
/* Lines of repro, of 3CX, and without a word about whose they are. */
#include "lines.h"

/** repro writes no address: nobody is blamed. */
static void
check_repro(const struct sv_event *event)
{
	assert(event->peer_ip.family == 0);
}

static void
check_threecx(const struct sv_event *event)
{
	assert(event->attribution == SV_ATTRIBUTION_FORGEABLE);
	assert(event->peer_ip.family == 0 || event->leg == SV_LEG_OUT);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct lines_fuzz repro = { .dialect = "repro",
				    .per_line = 1,
				    .beside = 1,
				    .check = check_repro },
			  threecx = { .dialect = "3cx",
				      .per_line = 1,
				      .beside = 1,
				      .check = check_threecx },
			  any = { .per_line = 2, .beside = 512 };

	lines_feed(&repro, data, size);
	lines_feed(&threecx, data, size);
	lines_feed(&any, data, size);
	return 0;
}
