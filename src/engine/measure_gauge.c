/* SPDX-License-Identifier: Apache-2.0 */
/* Measures that keep a gauge, from text: having, absent(…) for …, new(…) learn …. */
#include "base/text.h"
#include "engine/distinct.h"
#include "engine/gauge.h"
#include "engine/measure.h"

#include <errno.h>
#include <stdlib.h>

#define SECOND SV_USEC_PER_SEC
#define DAY (86400 * SECOND)
#define MAX_ABSENT (31 * DAY)
#define MAX_LEARN (400 * DAY)
#define HAVING_EXAMPLE "distinct(user having count >= 2) >= 5"

static bool
is_gauge(const struct gauge_what *a, const struct gauge_what *b)
{
	return a->kind == b->kind && a->repeats == b->repeats && a->span == b->span &&
	       (a->field && b->field ? expr_field_same(a->field, b->field)
				     : a->field == b->field) &&
	       (a->text && b->text ? strcmp(a->text, b->text) == 0
				   : a->text == b->text);
}

/** The gauge among the rule's, which it is added to if it is not there; takes its
 *  expression and text. There are as many as measures, so there is room. */
static uint8_t
gauge_take(struct measures *m, struct gauge_what *what)
{
	size_t i;

	for (i = 0; i < m->n_gauges; i++)
		if (is_gauge(&m->gauge[i], what))
			break;
	if (i == m->n_gauges && m->n_gauges < MEASURES_MAX_GAUGES) {
		m->gauge[m->n_gauges++] = *what;
	} else {
		expr_free(what->expr);
		free(what->text);
	}
	return (uint8_t)(i < MEASURES_MAX_GAUGES ? i + 1 : 0);
}

/** "5m", "1h30m": bytes used, 0 = none. */
static size_t
take_span(struct sv_str s, sv_usec *ret_span)
{
	static const struct {
		char unit;
		sv_usec usec;
	} units[] = { { 's', SECOND },
		      { 'm', 60 * SECOND },
		      { 'h', 3600 * SECOND },
		      { 'd', DAY },
		      { 'w', 7 * DAY } };
	size_t at = 0, digits;
	uint64_t v;

	*ret_span = 0;
	while (at < s.len && (digits = str_take_u64(str_from(s, at), &v)) > 0) {
		size_t unit = 0;
		at += digits;
		while (unit < 5 && (at == s.len || units[unit].unit != s.ptr[at]))
			unit++;
		if (unit == 5 || v > MAX_LEARN / units[unit].usec)
			return 0;
		*ret_span += v * units[unit].usec;
		at++;
	}
	return at == s.len ? at : 0;
}

/** The word that stands before a time, and the time, which stays the current token. */
static bool
read_span(struct reader *r, enum sv_measure_kind kind, const char *word, sv_usec most,
	  sv_usec *ret_span)
{
	const char *example = measure_example(kind);
	char show[48];

	if (!lex_is_word(&r->lex, word)) {
		lex_error(&r->lex.token, r->error, example,
			  r->lex.token.kind == LEX_END
				  ? "'%s' and a time are missing"
				  : "expected '%s' and a time, not '%s'",
			  word, lex_show(&r->lex.token, show));
		return false;
	}
	lex_next(&r->lex);
	if (r->lex.token.kind == LEX_WORD && take_span(r->lex.token.text, ret_span) &&
	    *ret_span >= SECOND && *ret_span <= most)
		return true;
	lex_error(&r->lex.token, r->error, example, "'%s' is no time from 1s to %ud",
		  lex_show(&r->lex.token, show), (unsigned)(most / DAY));
	return false;
}

uint32_t
measure_most(const struct measures *m, const struct measure *measure)
{
	uint32_t most = GAUGE_MAX_VALUES;

	if (measure->kind == SV_MEASURE_DISTINCT && !measure->gauge)
		return DISTINCT_MAX_VALUES;
	if (!measure->gauge)
		return UINT32_MAX;
	const struct gauge_what *what = &m->gauge[measure->gauge - 1];
	while (what->kind == GAUGE_REPEATED &&
	       repeated_bytes(most, what->repeats) > POOL_CHUNK_BYTES)
		most /= 2;
	return most;
}

bool
measure_having(struct reader *r, const struct expr_field *field,
	       struct measure *measure)
{
	struct gauge_what what = { .kind = GAUGE_REPEATED, .field = field };
	uint64_t k = 0;
	char show[48];

	lex_next(&r->lex);
	bool good = lex_is_word(&r->lex, "count");
	if (good)
		lex_next(&r->lex);
	bool above = r->lex.token.kind == LEX_GT;
	if (!good || (!above && r->lex.token.kind != LEX_GE)) {
		lex_error(&r->lex.token, r->error, HAVING_EXAMPLE,
			  "'having' needs 'count >=' and a number");
		return false;
	}
	lex_next(&r->lex);
	if (r->lex.token.kind == LEX_WORD &&
	    str_take_u64(r->lex.token.text, &k) == r->lex.token.text.len)
		k += above;
	if (k < 2 || k > GAUGE_MAX_REPEATS) {
		lex_error(&r->lex.token, r->error, HAVING_EXAMPLE,
			  "'having' counts from 2 to %d, not '%s'", GAUGE_MAX_REPEATS,
			  lex_show(&r->lex.token, show));
		return false;
	}
	what.repeats = (uint16_t)k;
	measure->gauge = gauge_take(r->measures, &what);
	lex_next(&r->lex);
	return true;
}

/** The expression in source[from, to) into `what`. */
static bool
read_expression(struct reader *r, size_t from, size_t to, struct gauge_what *what)
{
	struct sv_str text =
		str_trim(str_make(r->lex.source.ptr + from, to > from ? to - from : 0));

	what->expr = expr_new(text, r->error);
	if (!what->expr) {
		r->error->pos +=
			text.len ? (size_t)(text.ptr - r->lex.source.ptr) : from;
		return false;
	}
	what->text = strndup(text.ptr, text.len);
	return what->text || measure_no_memory(r->error);
}

bool
measure_absent(struct reader *r, struct measure *measure)
{
	struct gauge_what what = { .kind = GAUGE_ABSENT };
	bool good = true;

	if (r->lex.token.kind == LEX_OPEN) {
		size_t open = r->lex.token.pos, middle, close;
		good = measure_close(r, &middle, &close) &&
		       read_expression(r, open + 1, close, &what);
		if (good)
			lex_next(&r->lex);
	}
	if (!good || !read_span(r, SV_MEASURE_ABSENT, "for", MAX_ABSENT, &what.span)) {
		expr_free(what.expr);
		free(what.text);
		return false;
	}
	measure->gauge = gauge_take(r->measures, &what);
	return true;
}

bool
measure_new(struct reader *r, struct measure *measure)
{
	struct gauge_what what = { .kind = GAUGE_NOVELTY };
	char show[48];

	what.field = measure_field(r);
	if (!what.field)
		return false;
	if (r->lex.token.kind != LEX_CLOSE) {
		lex_error(&r->lex.token, r->error, measure_example(SV_MEASURE_NEW),
			  "expected ')' after '%s', not '%s'", what.field->name,
			  lex_show(&r->lex.token, show));
		return false;
	}
	lex_next(&r->lex);
	if (!read_span(r, SV_MEASURE_NEW, "learn", MAX_LEARN, &what.span))
		return false;
	if (what.span < r->measures->window) {
		lex_error(&r->lex.token, r->error, measure_example(SV_MEASURE_NEW),
			  "it must learn for at least as long as the window");
		return false;
	}
	measure->gauge = gauge_take(r->measures, &what);
	return true;
}
