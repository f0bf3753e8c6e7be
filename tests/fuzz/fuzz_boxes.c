/* SPDX-License-Identifier: Apache-2.0 */
/* Lines of Cisco, AudioCodes and Oracle boxes, and without a word about whose they are. */
#include "lines.h"

static void
check(const struct sv_event *event)
{
	assert(event->leg <= SV_LEG_OUT);
	assert(event->peer_port == 0 || event->peer_ip.family != 0);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	/* AudioCodes may have sixteen messages in a record */
	struct lines_fuzz cisco = { .dialect = "cisco",
				    .per_line = 1,
				    .beside = 1,
				    .check = check },
			  audiocodes = { .dialect = "audiocodes",
					 .per_line = 16,
					 .beside = 16,
					 .check = check },
			  oracle = { .dialect = "oracle",
				     .per_line = 1,
				     .beside = 1,
				     .check = check },
			  any = { .per_line = 17, .beside = 512, .check = check };

	lines_feed(&cisco, data, size);
	lines_feed(&audiocodes, data, size);
	lines_feed(&oracle, data, size);
	lines_feed(&any, data, size);
	return 0;
}
