/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What stands right of the comparison when it is against what is usual:
 *
 *   4x baseline(1w same-hour) min 30       of a count
 *   baseline(1d same-hour, 5) - 20pt min 50    of a ratio
 */
#include "engine/measure.h"

#include "base/text.h"

#include <stdlib.h>

/* Earlier weeks, or days, that are looked at unless the rule says how many. */
#define DEFAULT_WEEKS 4
#define DEFAULT_DAYS 7

static const char count_form[] = "count > 4x baseline(1w same-hour) min 30";
static const char share_form[] = "ratio(outcome = ok) < baseline - 20pt min 50";
static const char of_form[] = "baseline(1w same-hour) or baseline(1d same-hour, 5)";

/** The error: `before`, the current token, `after`. */
static bool
fail(struct reader *r, const char *hint, const char *before, const char *after)
{
	char show[48];

	if (r->lex.token.kind == LEX_END)
		lex_error(&r->lex.token, r->error, hint, "the condition breaks off");
	else
		lex_error(&r->lex.token, r->error, hint, "%s%s'%s'%s", before,
			  *before ? " " : "", lex_show(&r->lex.token, show), after);
	return false;
}

/** "4x": its bytes before the x, 0 = it is no such word. */
static size_t
times_of(struct sv_str word, uint64_t *ret_times)
{
	size_t n = measure_decimal(word, ret_times);

	return n && n + 1 == word.len && (word.ptr[n] | 0x20) == 'x' ? n : 0;
}

bool
baseline_ahead(const struct reader *r)
{
	uint64_t times;

	return r->lex.token.kind == LEX_WORD &&
	       (str_starts(r->lex.token.text, SV_STR("baseline")) ||
		times_of(r->lex.token.text, &times));
}

/** "( 1w same-hour, 4 )", all of it optional. */
static bool
read_period(struct reader *r, struct baseline_spec *spec)
{
	uint64_t most = 0;

	*spec = (struct baseline_spec){ .days = 7, .most = DEFAULT_WEEKS };
	if (r->lex.token.kind != LEX_OPEN)
		return true;
	lex_next(&r->lex);
	if (lex_is_word(&r->lex, "1d"))
		*spec = (struct baseline_spec){ .days = 1, .most = DEFAULT_DAYS };
	else if (!lex_is_word(&r->lex, "1w"))
		return fail(r, of_form, "expected 1w or 1d, not", "");
	lex_next(&r->lex);
	if (!lex_is_word(&r->lex, "same-hour"))
		return fail(r, of_form, "expected 'same-hour', not", "");
	lex_next(&r->lex);
	if (r->lex.token.kind == LEX_COMMA) {
		lex_next(&r->lex);
		if (r->lex.token.kind != LEX_WORD ||
		    str_take_u64(r->lex.token.text, &most) != r->lex.token.text.len ||
		    most < 1 || most > BASELINE_MAX_PERIODS)
			return fail(r, "1 to 8, of which the middle one is usual", "",
				    " is no number of earlier weeks or days");
		spec->most = (uint8_t)most;
		lex_next(&r->lex);
	}
	if (r->lex.token.kind != LEX_CLOSE)
		return fail(r, of_form, "expected ')', not", "");
	lex_next(&r->lex);
	return true;
}

/** "- 20pt" or "+ 30pt" */
static bool
read_points(struct reader *r, struct baseline_spec *spec, struct term *term)
{
	struct sv_str word = r->lex.token.text;
	bool less = r->lex.token.kind == LEX_WORD && str_starts(word, SV_STR("-"));

	if (!less && (r->lex.token.kind != LEX_WORD || !str_starts(word, SV_STR("+"))))
		return fail(r, share_form, "expected - or + and points, not", "");
	spec->drops = less;
	word = str_from(word, 1);
	if (word.len == 0) {
		lex_next(&r->lex);
		word = r->lex.token.kind == LEX_WORD ? r->lex.token.text : word;
	}
	size_t n = measure_decimal(word, &term->limit);
	if (n == 0 || !str_eq(str_from(word, n), SV_STR("pt")) ||
	    term->limit / 100 > CONDITION_SCALE)
		return fail(r, "points of a hundred: 20pt", "",
			    " is no distance from a baseline");
	term->limit /= 100;
	lex_next(&r->lex);
	return true;
}

static bool
read_min(struct reader *r, struct baseline_spec *spec, struct term *term)
{
	uint64_t min = 0;

	if (!lex_is_word(&r->lex, "min")) {
		lex_error(&r->lex.token, r->error,
			  spec->share ? share_form : count_form,
			  "a baseline needs 'min': with fewer it is not judged");
		return false;
	}
	lex_next(&r->lex);
	if (r->lex.token.kind != LEX_WORD ||
	    str_take_u64(r->lex.token.text, &min) != r->lex.token.text.len || min < 1 ||
	    min > UINT32_MAX)
		return fail(r, "min 30", "'min' needs a whole number, not", "");
	term->min = (uint32_t)min;
	spec->min = spec->share ? term->min : 0;
	lex_next(&r->lex);
	return true;
}

/** The measure becomes one against what is usual. */
static bool
put_measure(struct reader *r, const struct baseline_spec *spec, struct term *term,
	    size_t known)
{
	struct measures *m = r->measures;
	struct measure measure = m->measure[term->measure];

	measure.kind = SV_MEASURE_BASELINE;
	measure.baseline = *spec;
	char *name = m->measure[term->measure].text;
	if (term->measure >= known) /* it was not measured for its own sake */
		m->n--;
	int i = measure_put(r, &measure, str_of(name));
	if (term->measure >= known)
		free(name);
	term->measure = (uint8_t)i;
	return i >= 0;
}

static bool
check_sense(struct reader *r, const struct lex_token *at, const struct term *term)
{
	bool raises = baseline_raises(r->measures, term);
	bool drops = r->measures->measure[term->measure].baseline.drops;
	static const char *const hints[2][2] = {
		{ "write >= or >", "write < or <= for a drop" },
		{ "write < or <=", "write >= or > for a drop" },
	};

	if ((r->sense != CONDITION_RAISES || raises) &&
	    (r->sense != CONDITION_CLEARS || !raises))
		return true;
	lex_error(
		at, r->error, hints[r->sense == CONDITION_CLEARS][drops],
		raises  ? "'clear' says from where on the alert is over"
		: drops ? "an alert is raised by less than the baseline less its points"
			: "an alert is raised by more than is usual");
	return false;
}

bool
baseline_read(struct reader *r, struct term *term, size_t known)
{
	const struct measure *what = &r->measures->measure[term->measure];
	struct lex_token at = r->lex.token;
	struct baseline_spec spec;
	bool share = what->kind == SV_MEASURE_RATIO;

	if (!share && what->kind != SV_MEASURE_COUNT)
		return fail(r, "count, ratio(…)",
			    "only counts and ratios have a baseline, before", "");
	term->unit = 1;
	term->limit = CONDITION_SCALE;
	if (times_of(r->lex.token.text, &term->limit)) {
		if (share)
			return fail(r, share_form, "",
				    " times a share tells little: give points off the "
				    "baseline");
		lex_next(&r->lex);
	}
	if (!lex_is_word(&r->lex, "baseline"))
		return fail(r, share ? share_form : count_form,
			    "expected 'baseline', not", "");
	lex_next(&r->lex);
	if (!read_period(r, &spec))
		return false;
	spec.share = share;
	if ((share && !read_points(r, &spec, term)) || !read_min(r, &spec, term) ||
	    !put_measure(r, &spec, term, known))
		return false;
	return check_sense(r, &at, term);
}
