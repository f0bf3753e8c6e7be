/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Words of libconfuse's syntax with their places. Comments and blanks fall between the
 * tokens. Pure: a function of the text; what is wrong is said by `error` of the token,
 * and the next call goes on behind it.
 */
#pragma once

#include "base/text.h"

enum token_kind {
	TOKEN_END,
	TOKEN_TEXT, /* a word or a quoted string */
	TOKEN_EQUALS,
	TOKEN_APPEND, /* += */
	TOKEN_OPEN,   /* { */
	TOKEN_CLOSE,  /* } */
	TOKEN_COMMA,
	TOKEN_PAREN_OPEN,
	TOKEN_PAREN_CLOSE,
	TOKEN_ERROR,
};

enum token_error {
	TOKEN_FINE,
	TOKEN_STRAY,         /* a character that begins nothing */
	TOKEN_NUL,           /* a zero byte, written or by an escape */
	TOKEN_OPEN_STRING,   /* no closing quote */
	TOKEN_OPEN_COMMENT,  /* no end of the comment */
	TOKEN_OPEN_VARIABLE, /* "${" without its "}" */
	TOKEN_BAD_ESCAPE,    /* "\400", "\9" */
};

struct token {
	struct sv_str text;
	size_t at;
	/* the token */
	enum token_kind kind;
	enum token_error error; /* of TOKEN_ERROR */
	size_t begin, end;
	size_t mark, mark_len; /* what is wrong inside it */
	char quote;            /* ' or " or 0 */
	bool expands;          /* holds ${…} */
	bool line_start;       /* first token of its line */
};

void token_begin(struct token *token, struct sv_str text);
/** Moves to the next token and returns it. */
enum token_kind token_next(struct token *token);

/** Where the byte `offset` of a string's value stands, as an offset of the quoted text
 *  `raw`, when it holds no variables. At most the place of the closing quote. */
size_t token_place(struct sv_str raw, size_t offset);
