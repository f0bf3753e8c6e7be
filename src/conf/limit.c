/* SPDX-License-Identifier: Apache-2.0 */
#include "conf/limit.h"

#include <stdlib.h>

/** Words that join conditions; a text with one of them is not simple. */
static bool
joined(struct sv_str text)
{
	static const char *const words[] = { " and ", " or ", "not ", "baseline" };

	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		if (str_find(text, str_of(words[i])) != STR_NONE)
			return true;
	return false;
}

bool
limit_read(const char *text, struct limit *ret_limit)
{
	struct sv_str whole = str_trim(str_of(text));
	struct limit limit = { .text = whole };
	size_t sign = str_find_last(whole, SV_STR(">"));

	limit.rises = sign != STR_NONE;
	if (!limit.rises)
		sign = str_find_last(whole, SV_STR("<"));
	if (sign == STR_NONE || joined(whole))
		return false;
	limit.measure = str_trim(str_upto(whole, sign));
	struct sv_str number = str_from(whole, sign + 1);
	if (number.len && number.ptr[0] == '=')
		number = str_from(number, 1);
	number = str_trim(number);
	char *end;
	/* The view ends where the text's zero does, or at blanks before it. */
	limit.value = strtod(number.ptr, &end);
	if (number.len == 0 || end == number.ptr)
		return false;
	*ret_limit = limit;
	return true;
}
