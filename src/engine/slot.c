/* SPDX-License-Identifier: Apache-2.0 */
/* The {NAMES} in the texts of a rule. */
#include "engine/plan.h"

#include "base/text.h"

static const struct {
	const char *name;
	enum slot_kind kind;
} words[] = {
	{ "count", SLOT_COUNT },
	{ "limit", SLOT_LIMIT },
	{ "window", SLOT_WINDOW },
	{ "first", SLOT_FIRST },
	{ "rule", SLOT_RULE },
	{ "codes", SLOT_CODES },
	{ "lost", SLOT_LOST },
	{ "ratio", SLOT_RATIO },
	{ "min", SLOT_MIN },
	{ "numerator", SLOT_NUMERATOR },
	{ "rate", SLOT_RATE },
	{ "denominator", SLOT_DENOMINATOR },
	{ "consecutive", SLOT_CONSECUTIVE },
	{ "sequence", SLOT_SEQUENCE },
	{ "new", SLOT_NEW },
	{ "absent", SLOT_ABSENT },
	{ "baseline", SLOT_BASELINE },
};

struct slot
slot_find(struct sv_str name, const char **ret_hint)
{
	static const struct sv_str distinct = { "distinct_", 9 };
	const char *nearest_field;
	size_t best = name.len / 3 + 2;

	*ret_hint = NULL;
	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
		if (str_eq(name, str_of(words[i].name)))
			return (struct slot){ words[i].kind, NULL };
		size_t away = str_distance(name, str_of(words[i].name), best);
		if (away < best && away < strlen(words[i].name)) {
			best = away;
			*ret_hint = words[i].name;
		}
	}
	bool counts = str_starts(name, distinct);
	const struct expr_field *field = expr_field_find(
		counts ? str_from(name, distinct.len) : name, &nearest_field);
	if (field && field->groups)
		return (struct slot){ counts ? SLOT_DISTINCT : SLOT_FIELD, field };
	if (nearest_field && !counts && !*ret_hint)
		*ret_hint = nearest_field;
	return (struct slot){ SLOT_NONE, NULL };
}

bool
slot_next(struct sv_str text, size_t *at, size_t *ret_from, struct sv_str *ret_name)
{
	for (size_t i = *at; i < text.len; i++) {
		if (text.ptr[i] != '{')
			continue;
		if (i + 1 < text.len && text.ptr[i + 1] == '{') {
			i++;
			continue;
		}
		size_t close = str_find_char(str_from(text, i), '}');
		if (close == STR_NONE)
			close = text.len - i;
		*ret_from = i;
		*ret_name = str_make(text.ptr + i + 1, close - 1);
		*at = i + close + 1 < text.len ? i + close + 1 : text.len;
		return true;
	}
	return false;
}
