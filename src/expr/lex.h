/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Words of the expression language, shared with the conditions of rules. A token is a
 * view into the text; nothing is copied. A bare word goes on over letters, digits and
 * any of _ - . : / * % @ + # $ ~ [ ] and bytes above 127, so that addresses, networks,
 * globs and names of trunks need no quotes. '…' and "…" hold any byte but their own
 * quote.
 */
#pragma once

#include "expr/expr.h"

enum lex_kind {
	LEX_END,
	LEX_WORD,   /* bare word */
	LEX_STRING, /* text between quotes; `text` is without them */
	LEX_OPEN,
	LEX_CLOSE,
	LEX_COMMA,
	LEX_SLASH, /* a / that stands alone */
	LEX_EQ,
	LEX_NE,
	LEX_LT,
	LEX_LE,
	LEX_GT,
	LEX_GE,
	LEX_BAD, /* a byte or an open quote that cannot stand here */
};

struct lex_token {
	enum lex_kind kind;
	struct sv_str text;
	size_t pos, len; /* in the source, quotes included; len at least 1 */
};

struct lex {
	struct sv_str source;
	size_t at;
	struct lex_token token; /* current one */
};

void lex_init(struct lex *lex, struct sv_str source);
void lex_next(struct lex *lex);
/** The current token is this bare word, in any case. */
bool lex_is_word(const struct lex *lex, const char *word);
/** Fill an error at the current token: "message 'token'" as `format` says. */
void lex_error(const struct lex_token *token, struct expr_error *reterr_error,
	       const char *hint, const char *format, ...)
	__attribute__((format(printf, 4, 5)));
/** The field that begins at the current token, which may have numbers behind it
 *  (expr_field_read()); its tokens are taken. */
const struct expr_field *lex_field(struct lex *lex, struct expr_field *room,
				   struct expr_error *reterr_error);
/** Bytes of the token for a message: cut, control bytes as '.'. */
const char *lex_show(const struct lex_token *token, char out[48]);
