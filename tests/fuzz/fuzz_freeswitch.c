/* SPDX-License-Identifier: Apache-2.0 */
#include "lines.h"

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	/* one line tells of one thing, a call's end of as many as it had legs */
	struct lines_fuzz fuzz = { .dialect = "freeswitch",
				   .per_line = 2,
				   .beside = 512 };

	lines_feed(&fuzz, data, size);
	return 0;
}
