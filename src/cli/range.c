/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/range.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* Decimal numbers alone: strtod() would also take "inf", "nan", blanks and hex. */
static bool
number(const char *text, size_t len, double *ret_value)
{
	char copy[32], *end;

	if (len == 0 || len >= sizeof(copy) || strspn(text, "0123456789+-.eE") < len)
		return false;
	memcpy(copy, text, len);
	copy[len] = '\0';
	double value = strtod(copy, &end);
	if (end != copy + len || !isfinite(value))
		return false;
	*ret_value = value;
	return true;
}

bool
range_parse(const char *text, struct range *ret_range)
{
	struct range range = { .start = 0, .end = INFINITY, .inside = text[0] == '@' };

	if (range.inside)
		text++;
	const char *colon = strchr(text, ':');
	const char *end = colon ? colon + 1 : text;
	size_t start_len = colon ? (size_t)(colon - text) : 0;

	if (start_len == 1 && text[0] == '~')
		range.start = -INFINITY;
	else if (start_len && !number(text, start_len, &range.start))
		return false;
	if (end[0] && !number(end, strlen(end), &range.end))
		return false;
	if ((!colon && !end[0]) || range.start > range.end)
		return false;
	*ret_range = range;
	return true;
}

bool
range_alerts(const struct range *range, double value)
{
	if (isnan(value))
		return false;
	bool within = value >= range->start && value <= range->end;
	return within == range->inside;
}
