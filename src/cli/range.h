/* SPDX-License-Identifier: Apache-2.0 */
/* Threshold ranges of the monitoring plugin guidelines: "[@]start:end". Pure. */
#pragma once

#include <stdbool.h>

struct range {
	double start, end; /* both may be infinite */
	bool inside;       /* '@': alert inside of it, borders included */
};

/** "10" (0 to 10), "10:", "~:10", "10:20", "@10:20". False: not a range. */
bool range_parse(const char *text, struct range *ret_range);
/** Does this value call for an alert? Unknown (NaN) does not. */
bool range_alerts(const struct range *range, double value);
