/* SPDX-License-Identifier: Apache-2.0 */
/* What rules measure: from text into struct measures. */
#include "engine/measure.h"

#include "base/text.h"

#include <stdio.h>
#include <stdlib.h>

/* In the order of enum sv_measure_kind; an example for those with more than a word. */
static const char *const measure_words[MEASURE_KINDS] = {
	"count",    "rate",   "ratio", "distinct", "consecutive",
	"sequence", "absent", "new",   "rule",
};
static const char *const measure_examples[MEASURE_KINDS] = {
	[SV_MEASURE_RATIO] = "ratio(outcome = timeout) >= 10% min 20",
	[SV_MEASURE_DISTINCT] = "distinct(user) >= 10",
	[SV_MEASURE_CONSECUTIVE] = "consecutive(outcome = timeout) >= 10",
	[SV_MEASURE_SEQUENCE] = "sequence(outcome = rejected then outcome = ok) >= 5",
	[SV_MEASURE_ABSENT] = "absent(outcome = ok) for 5m",
	[SV_MEASURE_NEW] = "new(dst_prefix) learn 30d",
	[SV_MEASURE_RULE] = "rule(trunk-down)",
};

void
measures_init(struct measures *m, sv_usec window)
{
	*m = (struct measures){ .n_series = 1, .window = window };
}

void
measures_done(struct measures *m)
{
	for (size_t i = 0; i < m->n; i++)
		free(m->measure[i].text);
	for (size_t i = 0; i < m->n_series; i++) {
		free(m->series[i].text);
		expr_free(m->series[i].expr);
	}
	for (size_t i = 0; i < m->n_rules; i++)
		free(m->rule[i].text);
	for (size_t i = 0; i < m->n_gauges; i++) {
		free(m->gauge[i].text);
		expr_free(m->gauge[i].expr);
	}
	*m = (struct measures){ 0 };
}

int
measures_distinct(struct measures *m, const struct expr_field *field)
{
	for (size_t i = 0; i < m->n_distinct; i++)
		if (expr_field_same(m->distinct[i], field))
			return (int)i;
	if (m->n_distinct == MEASURES_MAX_DISTINCT)
		return -1;
	m->distinct[m->n_distinct] = field;
	return (int)m->n_distinct++;
}

const struct expr_field *
measures_field(const struct measures *m, const struct measure *measure)
{
	if (measure->gauge)
		return m->gauge[measure->gauge - 1].field;
	return measure->kind == SV_MEASURE_DISTINCT ? m->distinct[measure->distinct]
						    : NULL;
}

const char *
measure_example(enum sv_measure_kind kind)
{
	return measure_examples[kind];
}

bool
measure_no_memory(struct expr_error *reterr_error)
{
	*reterr_error = (struct expr_error){ .len = 1 };
	(void)snprintf(reterr_error->message, sizeof(reterr_error->message),
		       "out of memory");
	return false;
}

/** What a series is of. */
enum series_kind { SERIES_ALL, SERIES_IN_A_ROW, SERIES_NEWEST };

static bool
is_series(const struct measures *m, size_t i, enum series_kind kind)
{
	return !m->series[i].breaks &&
	       (kind == SERIES_IN_A_ROW) == (m->series[i].broken_by > 0) &&
	       (kind == SERIES_NEWEST) == m->series[i].newest;
}

/** Adds it, and the one that breaks it; its index. */
static int
series_add(struct measures *m, char *text, struct expr *expr, enum series_kind kind)
{
	size_t i = m->n_series++;

	m->series[i].text = text;
	m->series[i].expr = expr;
	m->series[i].newest = kind == SERIES_NEWEST;
	if (kind == SERIES_IN_A_ROW) {
		m->series[i].broken_by = (uint8_t)m->n_series++;
		m->series[i + 1].breaks = m->series[i + 1].newest = true;
	}
	return (int)i;
}

/** The series of events that match source[from, to); -1 with the error. */
static int
series_of(struct reader *r, size_t from, size_t to, enum series_kind kind)
{
	struct measures *m = r->measures;
	struct sv_str text =
		str_trim(str_make(r->lex.source.ptr + from, to > from ? to - from : 0));
	size_t shift = text.len ? (size_t)(text.ptr - r->lex.source.ptr) : from;

	for (size_t i = 1; i < m->n_series; i++)
		if (is_series(m, i, kind) && str_eq(text, str_of(m->series[i].text)))
			return (int)i;
	if (m->n_series + (kind == SERIES_IN_A_ROW) >= MEASURES_MAX_SERIES) {
		lex_error(&r->lex.token, r->error, NULL,
			  "more than %d different expressions in measures (one in "
			  "consecutive(…) counts twice)",
			  MEASURES_MAX_SERIES - 1);
		return -1;
	}
	struct expr *expr = expr_new(text, r->error);
	if (!expr) {
		r->error->pos += shift;
		return -1;
	}
	char *copy = strndup(text.ptr, text.len);
	if (!copy) {
		expr_free(expr);
		(void)measure_no_memory(r->error);
		return -1;
	}
	return series_add(m, copy, expr, kind);
}

bool
measure_close(struct reader *r, size_t *ret_middle, size_t *ret_close)
{
	unsigned depth = 0;

	*ret_middle = 0;
	for (lex_next(&r->lex); r->lex.token.kind != LEX_END; lex_next(&r->lex)) {
		if (r->lex.token.kind == LEX_OPEN)
			depth++;
		else if ((r->lex.token.kind == LEX_SLASH ||
			  lex_is_word(&r->lex, "then")) &&
			 depth == 0 && !*ret_middle)
			*ret_middle = r->lex.token.pos;
		else if (r->lex.token.kind == LEX_CLOSE && depth-- == 0)
			break;
	}
	*ret_close = r->lex.token.pos;
	if (r->lex.token.kind == LEX_CLOSE)
		return true;
	lex_error(&r->lex.token, r->error, NULL, "the measure's '(' is never closed");
	return false;
}

static bool
read_ratio(struct reader *r, struct measure *measure)
{
	size_t open = r->lex.token.pos, slash, close;
	int a, b = 0;

	if (!measure_close(r, &slash, &close))
		return false;
	a = series_of(r, open + 1, slash ? slash : close, SERIES_ALL);
	if (a > 0 && slash)
		b = series_of(r, slash + 1, close, SERIES_ALL);
	if (a < 0 || b < 0)
		return false;
	measure->numerator = (uint8_t)a;
	measure->denominator = (uint8_t)b;
	return true;
}

static bool
read_consecutive(struct reader *r, struct measure *measure)
{
	size_t open = r->lex.token.pos, slash, close;

	if (!measure_close(r, &slash, &close))
		return false;
	int a = series_of(r, open + 1, close, SERIES_IN_A_ROW);
	if (a < 0)
		return false;
	measure->numerator = (uint8_t)a;
	return true;
}

static bool
read_sequence(struct reader *r, struct measure *measure)
{
	size_t open = r->lex.token.pos, then, close;

	if (!measure_close(r, &then, &close))
		return false;
	if (!then || r->lex.source.ptr[then] == '/') {
		lex_error(&r->lex.token, r->error,
			  measure_examples[SV_MEASURE_SEQUENCE],
			  "a sequence needs two expressions with 'then' in between");
		return false;
	}
	int a = series_of(r, open + 1, then, SERIES_ALL);
	int b = a > 0 ? series_of(r, then + 4, close, SERIES_NEWEST) : -1;
	if (a < 0 || b < 0)
		return false;
	measure->numerator = (uint8_t)a;
	measure->denominator = (uint8_t)b;
	return true;
}

/** A field with numbers of its own stays with the rule; NULL if there are too many. */
static const struct expr_field *
keep_copy(struct reader *r, const struct expr_field *copy)
{
	struct measures *m = r->measures;

	for (size_t i = 0; i < m->n_copies; i++)
		if (expr_field_same(&m->copy[i], copy))
			return &m->copy[i];
	if (m->n_copies == sizeof(m->copy) / sizeof(m->copy[0])) {
		lex_error(&r->lex.token, r->error, NULL,
			  "more than %zu different fields with numbers in one rule",
			  m->n_copies);
		return NULL;
	}
	m->copy[m->n_copies] = *copy;
	return &m->copy[m->n_copies++];
}

const struct expr_field *
measure_field(struct reader *r)
{
	struct expr_field room;
	char show[48];

	lex_next(&r->lex);
	struct lex_token name = r->lex.token;
	const struct expr_field *field = lex_field(&r->lex, &room, r->error);
	if (!field)
		return NULL;
	if (!field->groups) {
		lex_error(&name, r->error, NULL, "'%s' cannot be counted by value",
			  lex_show(&name, show));
		return NULL;
	}
	return field == &room ? keep_copy(r, &room) : field;
}

static bool
read_distinct(struct reader *r, struct measure *measure)
{
	const struct expr_field *field = measure_field(r);

	if (!field)
		return false;
	if (lex_is_word(&r->lex, "having")) {
		if (!measure_having(r, field, measure))
			return false;
	} else {
		int i = measures_distinct(r->measures, field);
		if (i < 0) {
			lex_error(&r->lex.token, r->error, NULL,
				  "more than %d distinct fields in one rule",
				  MEASURES_MAX_DISTINCT);
			return false;
		}
		measure->distinct = (uint8_t)i;
	}
	if (r->lex.token.kind == LEX_CLOSE)
		return true;
	lex_error(&r->lex.token, r->error, NULL, "expected ')' after '%s'",
		  measure->gauge ? "having" : field->name);
	return false;
}

static bool
unknown_measure(struct reader *r)
{
	const char *best = NULL;
	char show[48], hint[96] = "count, rate, ratio, distinct, consecutive, "
				  "sequence, absent, new, rule";
	size_t near = r->lex.token.text.len / 3 + 2;

	for (size_t i = 0; i < MEASURE_KINDS; i++) {
		size_t away =
			str_distance(r->lex.token.text, str_of(measure_words[i]), near);
		if (away < near && away < strlen(measure_words[i])) {
			near = away;
			best = measure_words[i];
		}
	}
	if (best)
		(void)snprintf(hint, sizeof(hint), "did you mean '%s'?", best);
	lex_error(&r->lex.token, r->error, hint,
		  r->lex.token.kind == LEX_END ? "the condition breaks off"
					       : "unknown measure '%s'",
		  lex_show(&r->lex.token, show));
	return false;
}

/** What stands behind the word of a measure that has more; the last token stays. */
static bool
read_operand(struct reader *r, struct measure *measure)
{
	if (r->lex.token.kind != LEX_OPEN &&
	    !(measure->kind == SV_MEASURE_ABSENT && lex_is_word(&r->lex, "for"))) {
		lex_error(&r->lex.token, r->error, measure_examples[measure->kind],
			  "expected '(' after '%s'", measure_words[measure->kind]);
		return false;
	}
	switch (measure->kind) {
	case SV_MEASURE_RATIO:
		return read_ratio(r, measure);
	case SV_MEASURE_DISTINCT:
		return read_distinct(r, measure);
	case SV_MEASURE_CONSECUTIVE:
		return read_consecutive(r, measure);
	case SV_MEASURE_SEQUENCE:
		return read_sequence(r, measure);
	case SV_MEASURE_ABSENT:
		return measure_absent(r, measure);
	case SV_MEASURE_NEW:
		return measure_new(r, measure);
	case SV_MEASURE_RULE:
		return measure_rule(r, measure);
	case SV_MEASURE_COUNT:
	case SV_MEASURE_RATE:
	case SV_MEASURE_BASELINE:
		break;
	}
	return false;
}

bool
measure_read(struct reader *r, uint8_t *ret_index)
{
	struct measure measure = { 0 };
	size_t from = r->lex.token.pos, to = from + r->lex.token.len, kind;

	for (kind = 0; kind < MEASURE_KINDS; kind++)
		if (lex_is_word(&r->lex, measure_words[kind]))
			break;
	if (kind == MEASURE_KINDS)
		return unknown_measure(r);
	measure.kind = (enum sv_measure_kind)kind;
	lex_next(&r->lex);
	if (measure_examples[kind]) {
		if (!read_operand(r, &measure))
			return false;
		to = r->lex.token.pos + r->lex.token.len;
		lex_next(&r->lex);
	}
	int i = measure_put(r, &measure, str_make(r->lex.source.ptr + from, to - from));
	*ret_index = (uint8_t)i;
	return i >= 0;
}

static bool
same_baseline(const struct baseline_spec *a, const struct baseline_spec *b)
{
	return a->days == b->days && a->most == b->most && a->drops == b->drops &&
	       a->min == b->min;
}

int
measure_put(struct reader *r, const struct measure *measure, struct sv_str text)
{
	struct measures *m = r->measures;

	for (size_t i = 0; i < m->n; i++)
		if (m->measure[i].kind == measure->kind &&
		    str_eq(text, str_of(m->measure[i].text)) &&
		    same_baseline(&m->measure[i].baseline, &measure->baseline))
			return (int)i;
	if (m->n == SV_ALERT_MAX_MEASURES) {
		lex_error(&r->lex.token, r->error, NULL,
			  "more than %d different measures in one rule",
			  SV_ALERT_MAX_MEASURES);
		return -1;
	}
	char *copy = strndup(text.ptr, text.len);
	if (!copy) {
		(void)measure_no_memory(r->error);
		return -1;
	}
	m->measure[m->n] = *measure;
	m->measure[m->n].text = copy;
	return (int)m->n++;
}

size_t
measure_decimal(struct sv_str s, uint64_t *ret_value)
{
	uint64_t whole, part = CONDITION_SCALE, value;
	size_t n = str_take_u64(s, &whole);

	if (n == 0 || whole > UINT32_MAX)
		return 0;
	value = whole * CONDITION_SCALE;
	if (n < s.len && s.ptr[n] == '.') {
		size_t digits = 0;
		for (n++; n < s.len && s.ptr[n] >= '0' && s.ptr[n] <= '9'; n++) {
			if (++digits > 6)
				return 0;
			part /= 10;
			value += part * (uint64_t)(s.ptr[n] - '0');
		}
		if (digits == 0)
			return 0;
	}
	*ret_value = value;
	return n;
}
