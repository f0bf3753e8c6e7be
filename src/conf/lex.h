/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Words of libconfuse's syntax with their places. Comments and blanks fall between the
 * tokens. Pure: a function of the text; what is wrong is said by `error` of the token,
 * and the next call goes on behind it.
 */
#pragma once

#include "base/text.h"

enum lex_token {
	LEX_END,
	LEX_TEXT, /* a word or a quoted string */
	LEX_EQUALS,
	LEX_APPEND, /* += */
	LEX_OPEN,   /* { */
	LEX_CLOSE,  /* } */
	LEX_COMMA,
	LEX_PAREN_OPEN,
	LEX_PAREN_CLOSE,
	LEX_ERROR,
};

enum lex_error {
	LEX_FINE,
	LEX_STRAY,         /* a character that begins nothing */
	LEX_NUL,           /* a zero byte, written or by an escape */
	LEX_OPEN_STRING,   /* no closing quote */
	LEX_OPEN_COMMENT,  /* no end of the comment */
	LEX_OPEN_VARIABLE, /* "${" without its "}" */
	LEX_BAD_ESCAPE,    /* "\400", "\9" */
};

struct lex {
	struct sv_str text;
	size_t at;
	/* the token */
	enum lex_token token;
	enum lex_error error; /* of LEX_ERROR */
	size_t begin, end;
	size_t mark, mark_len; /* what is wrong inside it */
	char quote;            /* ' or " or 0 */
	bool expands;          /* holds ${…} */
	bool line_start;       /* first token of its line */
};

void lex_begin(struct lex *lex, struct sv_str text);
/** Moves to the next token and returns it. */
enum lex_token lex_next(struct lex *lex);

/** Where the byte `offset` of a string's value stands, as an offset of the quoted text
 *  `raw`, when it holds no variables. At most the place of the closing quote. */
size_t lex_place(struct sv_str raw, size_t offset);
