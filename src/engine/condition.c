/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/condition.h"

#include "base/text.h"
#include "engine/measure.h"

#include <errno.h>
#include <stdio.h>

#define NO_NODE 0xff

static uint8_t read_or(struct reader *r);

static bool
read_unit(struct sv_str unit, enum sv_measure_kind kind, struct term *term)
{
	static const struct {
		const char *word;
		uint64_t usec;
	} units[] = {
		{ "/s", 1000000 },    { "/sec", 1000000 },  { "/m", 60000000 },
		{ "/min", 60000000 }, { "/h", 3600000000 }, { "/hour", 3600000000 },
	};

	term->unit = 1;
	if (kind == SV_MEASURE_RATIO) {
		if (str_eq(unit, SV_STR("%")))
			term->limit /= 100; /* exact: at most six decimals, scale 2e8 */
		else if (unit.len)
			return false;
		return term->limit <= CONDITION_SCALE;
	}
	if (kind != SV_MEASURE_RATE)
		return unit.len == 0 && term->limit % CONDITION_SCALE == 0;
	for (size_t i = 0; i < sizeof(units) / sizeof(units[0]); i++)
		if (str_ieq(unit, str_of(units[i].word))) {
			term->unit = units[i].usec;
			return true;
		}
	return false;
}

static bool
read_limit(struct reader *r, enum sv_measure_kind kind, struct term *term)
{
	static const char *const good[MEASURE_KINDS] = {
		"a whole number: count >= 10",
		"a number per time: rate > 20/s",
		"a share up to 100%: 10%",
		"a whole number: distinct(user) >= 10",
		"a whole number: consecutive(outcome = timeout) >= 10",
		"a whole number: sequence(outcome = rejected then outcome = ok) >= 5",
		NULL, /* absent is compared with nothing */
		"a whole number: new(dst_prefix) learn 30d >= 3",
		NULL /* nor is rule */
	};
	char show[48];
	size_t used = 0;

	if (r->lex.token.kind == LEX_WORD)
		used = measure_decimal(r->lex.token.text, &term->limit);
	if (used == 0 || !read_unit(str_from(r->lex.token.text, used), kind, term)) {
		lex_error(&r->lex.token, r->error, good[kind],
			  r->lex.token.kind == LEX_END ? "the limit is missing"
						       : "'%s' is no limit",
			  lex_show(&r->lex.token, show));
		return false;
	}
	term->limit_at = (uint16_t)r->lex.token.pos;
	term->limit_len = (uint16_t)r->lex.token.len;
	lex_next(&r->lex);
	return true;
}

static bool
read_min(struct reader *r, enum sv_measure_kind kind, struct term *term)
{
	uint64_t min = 0;

	if (!lex_is_word(&r->lex, "min"))
		return true;
	if (kind != SV_MEASURE_RATIO) {
		lex_error(&r->lex.token, r->error, NULL, "'min' belongs to a ratio");
		return false;
	}
	lex_next(&r->lex);
	if (r->lex.token.kind != LEX_WORD ||
	    str_take_u64(r->lex.token.text, &min) != r->lex.token.text.len ||
	    min > UINT32_MAX) {
		lex_error(&r->lex.token, r->error, "min 20",
			  "'min' needs a whole number: the least denominator");
		return false;
	}
	term->min = (uint32_t)min;
	lex_next(&r->lex);
	return true;
}

static bool
read_op(struct reader *r, struct term *term)
{
	char show[48];

	switch (r->lex.token.kind) {
	case LEX_GE:
		term->op = TERM_AT_LEAST;
		break;
	case LEX_GT:
		term->op = TERM_ABOVE;
		break;
	case LEX_LT:
		term->op = TERM_BELOW;
		break;
	case LEX_LE:
		term->op = TERM_AT_MOST;
		break;
	case LEX_END:
	case LEX_WORD:
	case LEX_STRING:
	case LEX_OPEN:
	case LEX_CLOSE:
	case LEX_COMMA:
	case LEX_SLASH:
	case LEX_EQ:
	case LEX_NE:
	case LEX_BAD:
		lex_error(&r->lex.token, r->error,
			  ">= > < <=", "expected a comparison, not '%s'",
			  lex_show(&r->lex.token, show));
		return false;
	}
	lex_next(&r->lex);
	return true;
}

/** A limit that can be reached, at this token. */
static bool
is_reachable(struct reader *r, const struct lex_token *token, const struct term *term)
{
	uint32_t most = measure_most(r->measures, &r->measures->measure[term->measure]);

	if (term->limit / CONDITION_SCALE <= most)
		return true;
	lex_error(token, r->error, NULL,
		  "it can never be reached: at most %u values are kept", most);
	return false;
}

/** Raising conditions have limits upwards, clearing ones downwards. */
static bool
check_sense(struct reader *r, const struct lex_token *op, const struct term *term)
{
	bool raises = term->op == TERM_AT_LEAST || term->op == TERM_ABOVE;

	if ((r->sense != CONDITION_RAISES || raises) &&
	    (r->sense != CONDITION_CLEARS || !raises))
		return true;
	lex_error(op, r->error, raises ? "write < or <=" : "write >= or >",
		  raises ? "'clear' says below which value the alert clears"
			 : "an alert is raised from a limit upwards");
	return false;
}

static uint8_t
node_new(struct reader *r, enum condition_kind kind, uint8_t left, uint8_t right)
{
	if (r->out->n == CONDITION_MAX_NODES) {
		lex_error(&r->lex.token, r->error, NULL, "the condition is too large");
		return NO_NODE;
	}
	uint8_t i = r->out->n++;
	r->out->node[i].kind = (uint8_t)kind;
	r->out->node[i].left = left;
	r->out->node[i].right = right;
	return i;
}

/** absent(…), new(…) and rule(…) may stand without a comparison. */
static bool
is_bare(const struct reader *r, enum sv_measure_kind kind)
{
	bool compares = r->lex.token.kind >= LEX_EQ && r->lex.token.kind <= LEX_GE;

	return kind == SV_MEASURE_ABSENT || kind == SV_MEASURE_RULE ||
	       (kind == SV_MEASURE_NEW && !compares);
}

static bool
read_bare(struct reader *r, const struct lex_token *name, enum sv_measure_kind kind,
	  struct term *term)
{
	bool new = kind == SV_MEASURE_NEW, rule = kind == SV_MEASURE_RULE;

	term->op = TERM_AT_LEAST;
	term->unit = 1;
	term->limit = (uint64_t)(new || rule ? 1 : 2) * CONDITION_SCALE;
	if (r->sense == CONDITION_CLEARS && !rule)
		lex_error(name, r->error,
			  new ? "write < 1" : "leave it out, or write clear_for",
			  new ? "'clear' says below which value the alert clears"
			      : "what was absent is over when it comes again");
	else if (r->lex.token.kind >= LEX_EQ && r->lex.token.kind <= LEX_GE)
		lex_error(&r->lex.token, r->error, measure_example(kind),
			  "'%s' is compared with nothing", rule ? "rule" : "absent");
	else
		return true;
	return false;
}

static bool
read_compared(struct reader *r, size_t known, struct term *term)
{
	enum sv_measure_kind kind = r->measures->measure[term->measure].kind;
	struct lex_token op = r->lex.token;

	if (!read_op(r, term))
		return false;
	if (baseline_ahead(r))
		return baseline_read(r, term, known);
	struct lex_token limit = r->lex.token;
	return check_sense(r, &op, term) && read_limit(r, kind, term) &&
	       is_reachable(r, &limit, term) && read_min(r, kind, term);
}

static uint8_t
read_term(struct reader *r)
{
	bool not = lex_is_word(&r->lex, "not");
	struct term term = { 0 };

	if (not )
		lex_next(&r->lex);
	struct lex_token name = r->lex.token;
	if (not &&!lex_is_word(&r->lex, "rule")) {
		lex_error(&name, r->error, "turn the comparison round",
			  "'not' stands before rule(…) alone");
		return NO_NODE;
	}
	size_t known = r->measures->n;
	if (!measure_read(r, &term.measure))
		return NO_NODE;
	enum sv_measure_kind kind = r->measures->measure[term.measure].kind;
	if (is_bare(r, kind) ? !read_bare(r, &name, kind, &term)
			     : !read_compared(r, known, &term))
		return NO_NODE;
	if (not )
		term.op = TERM_BELOW;
	uint8_t node = node_new(r, CONDITION_TERM, 0, 0);
	if (node != NO_NODE)
		r->out->node[node].term = term;
	return node;
}

static uint8_t
read_group(struct reader *r)
{
	if (r->lex.token.kind != LEX_OPEN)
		return read_term(r);
	if (++r->depth > CONDITION_MAX_DEPTH) {
		lex_error(&r->lex.token, r->error, NULL, "nested too deep");
		return NO_NODE;
	}
	lex_next(&r->lex);
	uint8_t node = read_or(r);
	if (node == NO_NODE)
		return NO_NODE;
	if (r->lex.token.kind != LEX_CLOSE) {
		lex_error(&r->lex.token, r->error, NULL, "expected ')'");
		return NO_NODE;
	}
	lex_next(&r->lex);
	r->depth--;
	return node;
}

static uint8_t
read_and(struct reader *r)
{
	uint8_t left = read_group(r);

	while (left != NO_NODE && lex_is_word(&r->lex, "and")) {
		lex_next(&r->lex);
		uint8_t right = read_group(r);
		left = right == NO_NODE ? NO_NODE
					: node_new(r, CONDITION_AND, left, right);
	}
	return left;
}

static uint8_t
read_or(struct reader *r)
{
	uint8_t left = read_and(r);

	while (left != NO_NODE && lex_is_word(&r->lex, "or")) {
		lex_next(&r->lex);
		uint8_t right = read_and(r);
		left = right == NO_NODE ? NO_NODE
					: node_new(r, CONDITION_OR, left, right);
	}
	return left;
}

int
condition_parse(struct condition *condition, struct measures *measures,
		struct sv_str text, enum condition_sense sense,
		struct expr_error *reterr_error)
{
	struct reader r = { .out = condition,
			    .measures = measures,
			    .error = reterr_error,
			    .sense = sense };
	char show[48];

	*condition = (struct condition){ 0 };
	lex_init(&r.lex, str_upto(text, EXPR_MAX_BYTES));
	uint8_t root = read_or(&r);
	if (root == NO_NODE)
		return -EINVAL;
	if (r.lex.token.kind != LEX_END) {
		lex_error(&r.lex.token, reterr_error,
			  lex_is_word(&r.lex, "not") ? "turn the comparison round"
						     : NULL,
			  "expected 'and' or 'or' before '%s'",
			  lex_show(&r.lex.token, show));
		return -EINVAL;
	}
	condition->root = root;
	return 0;
}
