/* SPDX-License-Identifier: Apache-2.0 */
#include "conf/condition.h"

#include <stdlib.h>

/** Words that join conditions; a text with one of them is not simple. */
static bool
joined(struct sv_str text)
{
	static const char *const words[] = { " and ", " or ", "not " };

	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		if (str_find(text, str_of(words[i])) != STR_NONE)
			return true;
	return false;
}

bool
condition_read(const char *text, struct condition *ret_condition)
{
	struct sv_str whole = str_trim(str_of(text));
	struct condition condition = { .text = whole };
	size_t sign = str_find_last(whole, SV_STR(">"));

	condition.rises = sign != STR_NONE;
	if (!condition.rises)
		sign = str_find_last(whole, SV_STR("<"));
	if (sign == STR_NONE || joined(whole))
		return false;
	condition.measure = str_trim(str_upto(whole, sign));
	struct sv_str limit = str_from(whole, sign + 1);
	if (limit.len && limit.ptr[0] == '=')
		limit = str_from(limit, 1);
	limit = str_trim(limit);
	char *end;
	/* The view ends where the text's zero does, or at blanks before it. */
	condition.limit = strtod(limit.ptr, &end);
	if (limit.len == 0 || end == limit.ptr)
		return false;
	*ret_condition = condition;
	return true;
}
