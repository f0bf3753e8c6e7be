/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Text → tree → program. The tree lives in fixed arrays of the parser; parse_node()
 * functions return an index into it, or NO_NODE after filling the error.
 */
#include "expr/expr.h"

#include "base/text.h"
#include "expr/field.h"
#include "expr/lex.h"
#include "expr/program.h"
#include "expr/set.h"
#include "expr/value.h"

#include <stdio.h>
#include <stdlib.h>

#define NO_NODE 0xffffu

enum node_kind { NODE_TEST, NODE_AND, NODE_OR, NODE_NOT };

struct node {
	uint8_t kind;
	uint16_t left, right; /* nodes; NODE_TEST: left = index of the test */
};

struct parser {
	struct lex lex;
	const struct field_set *fields;
	struct expr_error *error;
	unsigned depth;
	size_t n_nodes, n_tests, n_text;
	bool names_gap;
	struct node nodes[2 * EXPR_MAX_NODES];
	struct test tests[EXPR_MAX_NODES];
	char text[EXPR_MAX_BYTES];
};

static uint16_t parse_or(struct parser *p);

static uint16_t
node_new(struct parser *p, enum node_kind kind, uint16_t left, uint16_t right)
{
	if (p->n_nodes == sizeof(p->nodes) / sizeof(p->nodes[0])) {
		lex_error(&p->lex.token, p->error, NULL,
			  "the expression is too large (at most %d tests)",
			  EXPR_MAX_NODES);
		return NO_NODE;
	}
	p->nodes[p->n_nodes] =
		(struct node){ .kind = (uint8_t)kind, .left = left, .right = right };
	return (uint16_t)p->n_nodes++;
}

static uint16_t
test_new(struct parser *p, const struct test *test)
{
	if (p->n_tests == EXPR_MAX_NODES) {
		lex_error(&p->lex.token, p->error, NULL,
			  "the expression is too large (at most %d tests)",
			  EXPR_MAX_NODES);
		return NO_NODE;
	}
	p->tests[p->n_tests] = *test;
	return node_new(p, NODE_TEST, (uint16_t)p->n_tests++, 0);
}

/** Keep the token's text (it fits: it is part of the source). */
static void
keep_text(struct parser *p, struct test *test, bool lower)
{
	struct sv_str s = p->lex.token.text;

	test->with.text.at = (uint32_t)p->n_text;
	test->with.text.len = (uint32_t)s.len;
	for (size_t i = 0; i < s.len; i++) {
		char c = s.ptr[i];
		p->text[p->n_text++] =
			lower && c >= 'A' && c <= 'Z' ? (char)(c | 0x20) : c;
	}
}

static bool
is_value(struct parser *p)
{
	char show[48];

	if (p->lex.token.kind == LEX_WORD || p->lex.token.kind == LEX_STRING)
		return true;
	lex_error(&p->lex.token, p->error,
		  p->lex.token.kind == LEX_BAD ? "close the quote" : NULL,
		  p->lex.token.kind == LEX_END ? "the value is missing"
					       : "expected a value, not '%s'",
		  lex_show(&p->lex.token, show));
	return false;
}

/** One comparison of `field` with the current token, which is taken. */
static uint16_t
compare(struct parser *p, const struct expr_field *field, enum lex_kind op)
{
	const struct field *f = field_info(field);
	struct test test = { .offset = f->offset };
	bool negate = op == LEX_NE;

	if (!is_value(p))
		return NO_NODE;
	if (op != LEX_EQ && op != LEX_NE && !value_has_order(f)) {
		lex_error(&p->lex.token, p->error, "= != in like",
			  "'%s' has no order: it is equal or not", field->name);
		return NO_NODE;
	}
	if (f->kind == FIELD_TEXT) {
		test.kind = TEST_TEXT;
		keep_text(p, &test, false);
	} else if (!value_read(field, op, &p->lex.token, &test, p->error)) {
		return NO_NODE;
	}
	if (f->kind == FIELD_ENUM && f->offset == offsetof(struct sv_event, outcome) &&
	    op == LEX_EQ && test.with.mask == (uint64_t)1 << SV_GAP)
		p->names_gap = true;
	lex_next(&p->lex);
	uint16_t node = test_new(p, &test);
	return negate && node != NO_NODE ? node_new(p, NODE_NOT, node, 0) : node;
}

/** Enum values of a list are one test: the masks of all of them together. */
static bool
melt(struct parser *p, uint16_t a, uint16_t b)
{
	if (p->nodes[a].kind != NODE_TEST)
		return false;
	struct test *left = &p->tests[p->nodes[a].left];
	struct test *right = &p->tests[p->nodes[b].left];
	if (left->kind != TEST_ENUM || right->kind != TEST_ENUM)
		return false;
	left->with.mask |= right->with.mask;
	p->n_tests--;
	p->n_nodes--;
	return true;
}

static uint16_t
parse_in(struct parser *p, const struct expr_field *field)
{
	uint16_t all = NO_NODE;

	if (p->lex.token.kind != LEX_OPEN) {
		lex_error(&p->lex.token, p->error, "in (a, b, c)",
			  "expected '(' after 'in'");
		return NO_NODE;
	}
	do {
		lex_next(&p->lex);
		uint16_t one = compare(p, field, LEX_EQ);
		if (one == NO_NODE)
			return NO_NODE;
		if (all == NO_NODE)
			all = one;
		else if (!melt(p, all, one))
			all = node_new(p, NODE_OR, all, one);
		if (all == NO_NODE)
			return NO_NODE;
	} while (p->lex.token.kind == LEX_COMMA);
	if (p->lex.token.kind != LEX_CLOSE) {
		lex_error(&p->lex.token, p->error, NULL,
			  "expected ',' or ')' in the list");
		return NO_NODE;
	}
	lex_next(&p->lex);
	return all;
}

static uint16_t
parse_like(struct parser *p, const struct expr_field *field)
{
	const struct field *f = field_info(field);
	struct test test = { .kind = TEST_LIKE, .offset = f->offset };

	if (f->kind != FIELD_TEXT) {
		lex_error(&p->lex.token, p->error,
			  f->kind == FIELD_IP ? "peer_ip = 192.0.2.0/24" : "= != in",
			  "'like' compares text, '%s' is none", field->name);
		return NO_NODE;
	}
	if (!is_value(p))
		return NO_NODE;
	if (p->lex.token.text.len > EXPR_MAX_PATTERN) {
		lex_error(&p->lex.token, p->error, NULL,
			  "the pattern is longer than %d bytes", EXPR_MAX_PATTERN);
		return NO_NODE;
	}
	keep_text(p, &test, true);
	lex_next(&p->lex);
	return test_new(p, &test);
}

static bool
operator_missing(struct parser *p, const struct expr_field *field)
{
	const struct lex_token *token = &p->lex.token;
	char show[48];

	if (token->kind == LEX_BAD && token->text.len == 2 && token->text.ptr[0] == '=')
		lex_error(token, p->error, "write =", "'==' is not an operator here");
	else if (token->kind == LEX_BAD && str_eq(token->text, SV_STR("<>")))
		lex_error(token, p->error, "write !=", "'<>' is not an operator here");
	else if (token->kind == LEX_END)
		lex_error(token, p->error, "= != < <= > >= in like",
			  "expected a comparison after '%s'", field->name);
	else
		lex_error(token, p->error, "= != < <= > >= in like",
			  "expected a comparison after '%s', not '%s'", field->name,
			  lex_show(token, show));
	return false;
}

static uint16_t
parse_comparison(struct parser *p, const struct expr_field *field)
{
	const struct field *f = field_info(field);
	enum lex_kind op = p->lex.token.kind;
	bool negate = lex_is_word(&p->lex, "not");
	struct test yes = { .kind = TEST_ENUM,
			    .offset = f->offset,
			    .with.mask = value_failures() };
	uint16_t node;

	if (op >= LEX_EQ && op <= LEX_GE) {
		lex_next(&p->lex);
		return compare(p, field, op);
	}
	if (f->kind == FIELD_BOOL && !negate && op != LEX_BAD && op != LEX_STRING)
		return test_new(p, &yes);
	if (negate)
		lex_next(&p->lex);
	if (lex_is_word(&p->lex, "in")) {
		lex_next(&p->lex);
		node = parse_in(p, field);
	} else if (lex_is_word(&p->lex, "like")) {
		lex_next(&p->lex);
		node = parse_like(p, field);
	} else {
		(void)operator_missing(p, field);
		return NO_NODE;
	}
	return negate && node != NO_NODE ? node_new(p, NODE_NOT, node, 0) : node;
}

/** It has no value to compare with; the hint says what has. */
static bool
only_groups(const struct expr_field *field, const struct lex_token *name,
	    struct expr_error *error)
{
	enum field_kind kind = field_info(field)->kind;
	const char *hint = kind == FIELD_PREFIX    ? "peer_ip = 192.0.2.0/24"
			   : kind == FIELD_ACCOUNT ? "peer = '1001' or user = '1001'"
			   : kind == FIELD_DIAL    ? "dst like '0049*'"
						   : NULL;

	if (hint)
		lex_error(name, error, hint, "'%s' only groups, it cannot be compared",
			  field->name);
	return hint != NULL;
}

/** @busy: what it stands for is read in its place. */
static uint16_t
parse_set(struct parser *p)
{
	struct lex outer = p->lex;
	const char *nearest;
	char show[48], hint[64] = "list: sipvigil codes sets";
	const struct set *set = set_find(outer.token.text, &nearest);

	if (!set) {
		if (nearest)
			(void)snprintf(hint, sizeof(hint), "did you mean '%s'?",
				       nearest);
		lex_error(&outer.token, p->error, hint, "there is no set '%s'",
			  lex_show(&outer.token, show));
		return NO_NODE;
	}
	lex_init(&p->lex, str_of(set->text));
	uint16_t node = parse_or(p);
	p->lex = outer;
	if (node == NO_NODE) { /* too large with it */
		p->error->pos = outer.token.pos;
		p->error->len = outer.token.len;
		return NO_NODE;
	}
	lex_next(&p->lex);
	return node;
}

static uint16_t
parse_test(struct parser *p)
{
	struct lex_token name = p->lex.token;
	const char *nearest;
	char show[48], hint[64] = "";

	if (name.kind != LEX_WORD) {
		lex_error(&name, p->error,
			  name.kind == LEX_BAD && name.text.ptr[0] == '!' ? "write not"
									  : NULL,
			  name.kind == LEX_END ? "the expression breaks off"
					       : "expected a field, not '%s'",
			  lex_show(&name, show));
		return NO_NODE;
	}
	if (name.text.ptr[0] == '@' && p->fields == &field_set_events)
		return parse_set(p);
	const struct expr_field *field = field_find(p->fields, name.text, &nearest);
	if (!field) {
		if (nearest)
			(void)snprintf(hint, sizeof(hint), "did you mean '%s'?",
				       nearest);
		lex_error(&name, p->error, hint, "unknown field '%s'",
			  lex_show(&name, show));
		return NO_NODE;
	}
	if (only_groups(field, &name, p->error))
		return NO_NODE;
	lex_next(&p->lex);
	return parse_comparison(p, field);
}

static uint16_t
parse_group(struct parser *p)
{
	size_t open = p->lex.token.pos;

	lex_next(&p->lex);
	uint16_t node = parse_or(p);
	if (node == NO_NODE)
		return NO_NODE;
	if (p->lex.token.kind != LEX_CLOSE) {
		lex_error(&p->lex.token, p->error, NULL,
			  "the '(' at byte %zu is never closed", open + 1);
		return NO_NODE;
	}
	lex_next(&p->lex);
	return node;
}

static uint16_t
parse_unary(struct parser *p)
{
	bool not = lex_is_word(&p->lex, "not");
	uint16_t node;

	if (!not &&p->lex.token.kind != LEX_OPEN)
		return parse_test(p);
	if (++p->depth > EXPR_MAX_DEPTH) {
		lex_error(&p->lex.token, p->error, NULL,
			  "nested more than %d levels deep", EXPR_MAX_DEPTH);
		return NO_NODE;
	}
	if (not ) {
		lex_next(&p->lex);
		node = parse_unary(p);
		if (node != NO_NODE)
			node = node_new(p, NODE_NOT, node, 0);
	} else {
		node = parse_group(p);
	}
	p->depth--;
	return node;
}

static uint16_t
parse_and(struct parser *p)
{
	uint16_t left = parse_unary(p);

	while (left != NO_NODE && lex_is_word(&p->lex, "and")) {
		lex_next(&p->lex);
		uint16_t right = parse_unary(p);
		left = right == NO_NODE ? NO_NODE : node_new(p, NODE_AND, left, right);
	}
	return left;
}

static uint16_t
parse_or(struct parser *p)
{
	uint16_t left = parse_and(p);

	while (left != NO_NODE && lex_is_word(&p->lex, "or")) {
		lex_next(&p->lex);
		uint16_t right = parse_and(p);
		left = right == NO_NODE ? NO_NODE : node_new(p, NODE_OR, left, right);
	}
	return left;
}

static bool
at_end(struct parser *p)
{
	const struct lex_token *token = &p->lex.token;
	const char *hint = NULL;
	char show[48];

	if (token->kind == LEX_END)
		return true;
	if (token->kind == LEX_BAD && token->text.ptr[0] == '&')
		hint = "write and";
	else if (token->kind == LEX_BAD && token->text.ptr[0] == '|')
		hint = "write or";
	if (token->kind == LEX_CLOSE)
		lex_error(token, p->error, NULL, "')' without its '('");
	else
		lex_error(token, p->error, hint, "expected 'and' or 'or' before '%s'",
			  lex_show(token, show));
	return false;
}

/** Put the node's tests into `out` from the back, so that every way leads forward.
 *  Returns where the node begins. */
static uint16_t
lower_node(const struct parser *p, uint16_t node, const uint16_t way[2],
	   struct expr *out)
{
	const struct node *n = &p->nodes[node];
	uint16_t inner[2] = { way[0], way[1] };

	switch ((enum node_kind)n->kind) {
	case NODE_TEST:
		out->entry--;
		out->tests[out->entry] = p->tests[n->left];
		out->tests[out->entry].if_true = way[0];
		out->tests[out->entry].if_false = way[1];
		return out->entry;
	case NODE_AND:
		inner[0] = lower_node(p, n->right, way, out);
		return lower_node(p, n->left, inner, out);
	case NODE_OR:
		inner[1] = lower_node(p, n->right, way, out);
		return lower_node(p, n->left, inner, out);
	case NODE_NOT:
		inner[0] = way[1];
		inner[1] = way[0];
		return lower_node(p, n->left, inner, out);
	}
	return way[1];
}

static struct expr *
program_new(const struct parser *p, uint16_t root)
{
	static const uint16_t ends[2] = { PROGRAM_TRUE, PROGRAM_FALSE };
	size_t tests_bytes = p->n_tests * sizeof(struct test);
	struct expr *expr = calloc(1, sizeof(*expr) + tests_bytes + p->n_text + 1);

	if (!expr)
		return NULL;
	expr->n = (uint16_t)p->n_tests;
	expr->entry = expr->n;
	expr->names_gap = p->names_gap;
	expr->text = (char *)(expr + 1) + tests_bytes;
	memcpy(expr->text, p->text, p->n_text);
	expr->entry = lower_node(p, root, ends, expr);
	return expr;
}

static struct expr *
parse(const struct field_set *fields, struct sv_str text,
      struct expr_error *reterr_error)
{
	struct expr *expr = NULL;
	struct parser *p;

	if (text.len > EXPR_MAX_BYTES) {
		*reterr_error = (struct expr_error){ .pos = EXPR_MAX_BYTES, .len = 1 };
		(void)snprintf(reterr_error->message, sizeof(reterr_error->message),
			       "the expression is longer than %d bytes",
			       EXPR_MAX_BYTES);
		return NULL;
	}
	p = calloc(1, sizeof(*p));
	if (p) {
		p->fields = fields;
		p->error = reterr_error;
		lex_init(&p->lex, text);
		uint16_t root = parse_or(p);
		if (root == NO_NODE || !at_end(p)) {
			free(p);
			return NULL;
		}
		expr = program_new(p, root);
		free(p);
	}
	if (!expr) {
		*reterr_error = (struct expr_error){ .len = 1 };
		(void)snprintf(reterr_error->message, sizeof(reterr_error->message),
			       "out of memory");
	}
	return expr;
}

struct expr *
expr_new(struct sv_str text, struct expr_error *reterr_error)
{
	return parse(&field_set_events, text, reterr_error);
}

struct expr *
expr_new_alert(struct sv_str text, struct expr_error *reterr_error)
{
	return parse(&field_set_alerts, text, reterr_error);
}
