/* SPDX-License-Identifier: Apache-2.0 */
#include "dialect/members.h"

#include "base/json.h"
#include "base/text.h"

static bool
take(struct sv_str *s, struct sv_str literal)
{
	if (!str_starts(*s, literal))
		return false;
	*s = str_from(*s, literal.len);
	return true;
}

/** What stands between members. */
static void
skip_marks(struct sv_str *s)
{
	while (s->len && s->ptr[0] && strchr(" ,{}", s->ptr[0]))
		*s = str_from(*s, 1);
}

bool
members_take(struct sv_str *s, struct sv_str *ret_name, struct sv_str *ret_value)
{
	skip_marks(s);
	if (!take(s, SV_STR("\"")) || !json_take_string(s, ret_name) ||
	    !take(s, SV_STR(":")))
		return false;
	while (s->len && s->ptr[0] == ' ')
		*s = str_from(*s, 1);
	if (take(s, SV_STR("\"")))
		return json_take_string(s, ret_value);
	size_t n = 0;
	while (n < s->len && s->ptr[n] && !strchr(" ,{}[", s->ptr[n]))
		n++;
	*ret_value = str_upto(*s, n);
	*s = str_from(*s, n);
	return n != 0 || str_starts(*s, SV_STR("{"));
}
