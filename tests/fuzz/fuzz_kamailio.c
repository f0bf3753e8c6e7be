/* SPDX-License-Identifier: Apache-2.0 */
/* Lines of Kamailio, of OpenSIPS, and without a word about whose they are. */
#include "lines.h"

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	/* one line of a proxy tells of one thing */
	struct lines_fuzz kamailio = { .dialect = "kamailio",
				       .per_line = 1,
				       .beside = 1 },
			  opensips = { .dialect = "opensips",
				       .per_line = 1,
				       .beside = 1 },
			  any = { .per_line = 2, .beside = 512 };

	lines_feed(&kamailio, data, size);
	lines_feed(&opensips, data, size);
	lines_feed(&any, data, size);
	return 0;
}
