/* SPDX-License-Identifier: Apache-2.0 */
#include "conf/sequence.h"

#include "base/i18n.h"
#include "conf/unit.h"
#include "expr/expr.h"

#include <stdio.h>
#include <string.h>

#define STEPS 2

/** An expression, and how often it must have been matched. */
struct step {
	struct sv_str text;
	uint64_t times;
	size_t times_at, times_len; /* where "x5" stands; len 0: nowhere */
};

/** "outcome = rejected x5": the last word may say how often. */
static struct step
split(struct sv_str text)
{
	struct step step = { .text = str_trim(text), .times = 1 };
	struct sv_str s = step.text;
	size_t at = s.len;

	while (at > 0 && s.ptr[at - 1] != ' ')
		at--;
	struct sv_str word = str_from(s, at);
	if (at == 0 || word.len < 2 || word.ptr[0] != 'x' ||
	    strspn(word.ptr + 1, "0123456789") < word.len - 1)
		return step;
	if (unit_number(str_from(word, 1), &step.times) != UNIT_OK)
		step.times = 0;
	step.text = str_trim(str_upto(s, at));
	step.times_at = (size_t)(word.ptr - text.ptr);
	step.times_len = word.len;
	return step;
}

/** One step, its mistakes told. */
static bool
read_step(struct build *build, const struct syntax_section *section,
	  const struct syntax_item *item, size_t i, struct step *ret_step)
{
	const struct syntax_value *value = &item->values[i];
	struct step step = split(str_of(value->text));
	struct expr_error error = { 0 };
	struct expr *expr = expr_new(step.text, &error);

	*ret_step = step;
	if (!expr) {
		error.pos += step.text.len ? (size_t)(step.text.ptr - value->text) : 0;
		spot_error(build->diag, spot_part(section, value, error.pos, error.len),
			   error.hint[0] ? error.hint : NULL, "%s", error.message);
		return false;
	}
	expr_free(expr);
	if (i + 1 == STEPS && step.times_len) {
		spot_error(build->diag,
			   spot_part(section, value, step.times_at, step.times_len),
			   NULL, _("only the first step says how often"));
		return false;
	}
	if (step.times < 1 || step.times > UINT32_MAX) {
		spot_error(build->diag,
			   spot_part(section, value, step.times_at, step.times_len),
			   _("as \"outcome = rejected x5\""),
			   _("'%.*s' is no number of times"), (int)step.times_len,
			   value->text + step.times_at);
		return false;
	}
	return true;
}

/** Words that the measure would take for its own stand in parentheses. */
static const char *
bracket_of(struct sv_str text)
{
	static const char *const words[] = { "then", "/" };

	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		if (str_find(text, str_of(words[i])) != STR_NONE)
			return "()";
	return "";
}

static const char *
print(struct build *build, const struct step step[STEPS], bool condition)
{
	size_t bytes = step[0].text.len + step[1].text.len + 64;
	char *text = arena_alloc(build->arena, bytes);
	const char *a = bracket_of(step[0].text), *b = bracket_of(step[1].text);

	if (!text)
		return NULL;
	if (condition)
		(void)snprintf(text, bytes,
			       "sequence(%.1s%.*s%s then %.1s%.*s%s) >= %llu", a,
			       (int)step[0].text.len, step[0].text.ptr, *a ? a + 1 : "",
			       b, (int)step[1].text.len, step[1].text.ptr,
			       *b ? b + 1 : "", (unsigned long long)step[0].times);
	else
		(void)snprintf(text, bytes, "(%.*s) or (%.*s)", (int)step[0].text.len,
			       step[0].text.ptr, (int)step[1].text.len,
			       step[1].text.ptr);
	return text;
}

bool
sequence_read(struct build *build, const struct syntax_section *section,
	      const struct syntax_item *item, struct sequence *ret_sequence)
{
	struct step step[STEPS];
	bool good = true;

	*ret_sequence = (struct sequence){ 0 };
	if (item->n_values != STEPS) {
		spot_error(build->diag,
			   item->n_values > STEPS
				   ? spot_value(section, &item->values[STEPS])
				   : spot_key(section, item),
			   "sequence = {\"outcome = rejected x5\", \"outcome = ok\"}",
			   _("a sequence has two steps"));
		return false;
	}
	for (size_t i = 0; i < STEPS; i++)
		good &= read_step(build, section, item, i, &step[i]);
	if (!good)
		return false;
	ret_sequence->condition = print(build, step, true);
	ret_sequence->where = print(build, step, false);
	return ret_sequence->condition && ret_sequence->where;
}
