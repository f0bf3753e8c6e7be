/* SPDX-License-Identifier: Apache-2.0 */
/* Yate's log: its own lines and the messages between them. */
#include "lines.h"

static void
check(const struct sv_event *event)
{
	assert(event->attribution == SV_ATTRIBUTION_FORGEABLE);
	/* its own registrations have a name and are told by its own lines */
	assert(event->leg != SV_LEG_OUT || event->method != SV_REGISTER ||
	       event->hint.template_id >= 1000);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct lines_fuzz yate = {
		.dialect = "yate", .per_line = 2, .beside = 4096, .check = check
	};

	lines_feed(&yate, data, size);
	return 0;
}
