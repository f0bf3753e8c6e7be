/* SPDX-License-Identifier: Apache-2.0 */
/* Fields with numbers of their own: prefix(16, 48), dst_prefix(6). */
#include "base/text.h"
#include "expr/field.h"
#include "expr/lex.h"

#include <stdio.h>

/** Which numbers a field takes. */
struct shape {
	enum field_kind kind;
	unsigned n;
	uint64_t most[2];
	const char *example;
};

static const struct shape *
shape_of(const struct expr_field *field)
{
	static const struct shape shapes[] = {
		{ FIELD_PREFIX, 2, { 32, 128 }, "prefix(24, 56): IPv4 /24, IPv6 /56" },
		{ FIELD_DIAL, 1, { 32 }, "dst_prefix(6)" },
	};

	for (size_t i = 0; i < sizeof(shapes) / sizeof(shapes[0]); i++)
		if (shapes[i].kind == field_info(field)->kind)
			return &shapes[i];
	return NULL;
}

/** The number at the current token; false with the error. */
static bool
read_number(struct lex *lex, const struct shape *shape, unsigned i, uint8_t *ret_number,
	    struct expr_error *error)
{
	struct sv_str text = lex->token.text;
	uint64_t v = 0;
	char show[48];

	if (lex->token.kind != LEX_WORD || str_take_u64(text, &v) != text.len ||
	    v < 1 || v > shape->most[i]) {
		lex_error(&lex->token, error, shape->example,
			  "expected a number from 1 to %llu, not '%s'",
			  (unsigned long long)shape->most[i],
			  lex_show(&lex->token, show));
		return false;
	}
	*ret_number = (uint8_t)v;
	return true;
}

/** "( n, m )" into the copy of the field. */
static bool
read_numbers(struct lex *lex, struct expr_field *copy, struct expr_error *error)
{
	const struct shape *shape = shape_of(copy);

	if (!shape) {
		lex_error(&lex->token, error, "prefix(24, 56), dst_prefix(6)",
			  "'%s' takes no numbers", copy->name);
		return false;
	}
	for (unsigned i = 0; i < shape->n; i++) {
		lex_next(lex);
		if (!read_number(lex, shape, i, &copy->number[i], error))
			return false;
		lex_next(lex);
		if (lex->token.kind != (i + 1 < shape->n ? LEX_COMMA : LEX_CLOSE)) {
			lex_error(&lex->token, error, shape->example,
				  i + 1 < shape->n ? "expected ',' and a second number"
						   : "expected ')'");
			return false;
		}
	}
	lex_next(lex);
	return true;
}

const struct expr_field *
lex_field(struct lex *lex, struct expr_field *room, struct expr_error *reterr_error)
{
	const char *nearest = NULL;
	char show[48], hint[64] = "";
	const struct expr_field *field = NULL;

	if (lex->token.kind == LEX_WORD)
		field = expr_field_find(lex->token.text, &nearest);
	if (!field) {
		if (nearest)
			(void)snprintf(hint, sizeof(hint), "did you mean '%s'?",
				       nearest);
		lex_error(&lex->token, reterr_error, hint,
			  lex->token.kind == LEX_END ? "a field is missing"
						     : "unknown field '%s'",
			  lex_show(&lex->token, show));
		return NULL;
	}
	lex_next(lex);
	if (lex->token.kind != LEX_OPEN)
		return field;
	*room = *field;
	room->copy_of = (uint8_t)(field_index(field) + 1);
	return read_numbers(lex, room, reterr_error) ? room : NULL;
}

const struct expr_field *
expr_field_read(struct sv_str text, struct expr_field *room,
		struct expr_error *reterr_error)
{
	struct lex lex;
	char show[48];

	lex_init(&lex, text);
	const struct expr_field *field = lex_field(&lex, room, reterr_error);
	if (!field || lex.token.kind == LEX_END)
		return field;
	lex_error(&lex.token, reterr_error, NULL, "'%s' does not belong here",
		  lex_show(&lex.token, show));
	return NULL;
}

bool
expr_field_same(const struct expr_field *a, const struct expr_field *b)
{
	return field_index(a) == field_index(b) && a->number[0] == b->number[0] &&
	       a->number[1] == b->number[1];
}
