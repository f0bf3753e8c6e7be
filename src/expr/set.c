/* SPDX-License-Identifier: Apache-2.0 */
#include "expr/set.h"

#include "base/text.h"

static const struct set table[] = {
	{ "@challenge", "outcome = challenged" },
	{ "@reject", "outcome in (rejected, unknown)" },
	{ "@forbidden", "outcome in (forbidden, declined)" },
	{ "@notfound", "outcome = notfound" },
	{ "@busy", "outcome = busy or q850 = 17" },
	{ "@noanswer", "outcome = noanswer or code in (480, 487) or q850 in (18, 19)" },
	{ "@timeout", "outcome = timeout" },
	{ "@congestion", "outcome = congestion or code in (500, 502, 580) or "
			 "q850 in (34, 38, 41, 42, 47)" },
	{ "@routing", "code in (404, 416, 420, 482, 483, 484, 502, 604)" },
	{ "@media", "outcome = media" },
	{ "@stirshaken", "code in (428, 436, 437, 438)" },
	{ "@seer_ok", "outcome = ok or code in (2xx, 480, 486, 600, 603)" },
	{ "@ineffective", "code in (408, 500, 503, 504)" },
};

const struct set *
set_table(size_t *ret_n)
{
	*ret_n = sizeof(table) / sizeof(table[0]);
	return table;
}

const struct set *
set_find(struct sv_str name, const char **ret_nearest)
{
	size_t best = name.len / 3 + 2;

	*ret_nearest = NULL;
	for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
		struct sv_str known = str_of(table[i].name);
		if (str_ieq(name, known))
			return &table[i];
		size_t away = str_distance(name, known, best);
		if (away < best && away < known.len) {
			best = away;
			*ret_nearest = table[i].name;
		}
	}
	return NULL;
}
