/* SPDX-License-Identifier: Apache-2.0 */
#include "conf/token.h"

/** Characters that end a word, and of which none begins one. */
static bool
special(char c)
{
	switch (c) {
	case ' ':
	case '\t':
	case '\r':
	case '\n':
	case '"':
	case '\'':
	case '#':
	case '=':
	case '{':
	case '}':
	case '(':
	case ')':
	case '+':
	case ',':
	case '*':
	case '\0':
		return true;
	}
	return false;
}

void
token_begin(struct token *token, struct sv_str text)
{
	*token = (struct token){ .text = text, .line_start = true };
	if (str_starts(text, SV_STR("\xEF\xBB\xBF")))
		token->at = 3;
}

/** The character n places on, 0 behind the end. */
static char
peek(const struct token *token, size_t n)
{
	return token->at + n < token->text.len ? token->text.ptr[token->at + n] : '\0';
}

static enum token_kind
mistake(struct token *token, enum token_error error, size_t mark, size_t len)
{
	token->kind = TOKEN_ERROR;
	token->error = error;
	token->mark = mark;
	token->mark_len = len;
	token->end = token->at;
	return TOKEN_ERROR;
}

static void
skip_line(struct token *token)
{
	size_t end = str_find_char(str_from(token->text, token->at), '\n');

	token->at = end == STR_NONE ? token->text.len : token->at + end;
}

/** Blanks and comments. False: a comment that does not end. */
static bool
skip_between(struct token *token)
{
	while (token->at < token->text.len) {
		char c = peek(token, 0);
		if (c == '\n') {
			token->line_start = true;
			token->at++;
		} else if (c == ' ' || c == '\t' || c == '\r') {
			token->at++;
		} else if (c == '#' || (c == '/' && peek(token, 1) == '/')) {
			skip_line(token);
		} else if (c == '/' && peek(token, 1) == '*') {
			size_t end = str_find(str_from(token->text, token->at + 2),
					      SV_STR("*/"));
			if (end == STR_NONE)
				return false;
			token->at += end + 4;
		} else {
			break;
		}
	}
	return true;
}

/** Length of the ${…} here that ends before its line and string do; 0 if it does not.
 *  (The library takes everything up to the next brace, beyond quotes too.) */
static size_t
variable(const struct token *token)
{
	for (size_t n = 2; token->at + n < token->text.len; n++) {
		char c = peek(token, n);
		if (c == '}')
			return n + 1;
		if (c == '"' || c == '\n' || c == '\0')
			return 0;
	}
	return 0;
}

static bool
octal(char c)
{
	return c >= '0' && c <= '7';
}

static int
hex(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	if (c >= 'A' && c <= 'F')
		return c - 'A' + 10;
	return -1;
}

/** An escape of a double-quoted string, `text` begins with the backslash: its length
 *  and the bytes that it stands for (0 or 1); *ret_bad: which mistake it is. */
static size_t
escape(struct sv_str text, size_t *ret_yields, enum token_error *ret_bad)
{
	size_t digits = 0, n = 1;
	unsigned value = 0;

	*ret_yields = 1;
	*ret_bad = TOKEN_FINE;
	if (text.len < 2)
		return text.len;
	if (text.ptr[1] == '\n') {
		*ret_yields = 0;
		return 2;
	}
	if (text.ptr[1] == 'x' && text.len > 2 && hex(text.ptr[2]) >= 0) {
		for (n = 2; n < 4 && n < text.len && hex(text.ptr[n]) >= 0; n++)
			value = value * 16 + (unsigned)hex(text.ptr[n]);
		*ret_bad = value ? TOKEN_FINE : TOKEN_NUL;
		return n;
	}
	bool good = true;
	while (n < text.len && text.ptr[n] >= '0' && text.ptr[n] <= '9') {
		good = good && octal(text.ptr[n]) && ++digits <= 3;
		if (good)
			value = value * 8 + (unsigned)(text.ptr[n] - '0');
		n++;
	}
	if (n == 1)
		return text.ptr[1] ? 2 : 1;
	if (!good || value > 0xFF)
		*ret_bad = TOKEN_BAD_ESCAPE;
	else if (!value)
		*ret_bad = TOKEN_NUL;
	return n;
}

/** What is wrong first inside of a string; the string is read to its end all the same.
 */
struct flaw {
	enum token_error error;
	size_t at, len;
};

static void
flaw_note(struct flaw *flaw, enum token_error error, size_t at, size_t len)
{
	if (flaw->error == TOKEN_FINE && error != TOKEN_FINE)
		*flaw = (struct flaw){ error, at, len };
}

/** One step inside a string, not at its end. */
static void
string_step(struct token *token, char quote, struct flaw *flaw)
{
	size_t from = token->at, yields;
	enum token_error bad;
	char c = peek(token, 0);

	if (c == '\0') {
		flaw_note(flaw, TOKEN_NUL, from, 1);
		token->at++;
	} else if (c == '\\' && quote == '"') {
		token->at += escape(str_from(token->text, from), &yields, &bad);
		flaw_note(flaw, bad, from, token->at - from);
	} else if (c == '\\') {
		token->at += peek(token, 1) ? 2 : 1;
	} else if (c == '$' && quote == '"' && peek(token, 1) == '{') {
		size_t n = variable(token);
		token->expands |= n > 0;
		if (!n)
			flaw_note(flaw, TOKEN_OPEN_VARIABLE, from, 2);
		token->at += n ? n : 2;
	} else {
		token->at++;
	}
}

static enum token_kind
string(struct token *token)
{
	char quote = peek(token, 0);
	struct flaw flaw = { TOKEN_FINE, 0, 0 };

	token->quote = quote;
	token->at++;
	while (token->at < token->text.len && peek(token, 0) != quote)
		string_step(token, quote, &flaw);
	if (token->at >= token->text.len) {
		/* Most likely the quote is missing at the end of this line: go on
		 * there, so that one mistake does not hide the others. */
		token->at = token->begin;
		skip_line(token);
		return mistake(token, TOKEN_OPEN_STRING, token->begin,
			       token->at - token->begin);
	}
	token->at++;
	if (flaw.error != TOKEN_FINE)
		return mistake(token, flaw.error, flaw.at, flaw.len);
	token->end = token->at;
	return token->kind = TOKEN_TEXT;
}

static enum token_kind
word(struct token *token)
{
	while (token->at < token->text.len && !special(peek(token, 0)))
		token->at++;
	/* ${VARIABLE} outside of quotes: the word stops at its brace. */
	if (token->at == token->begin + 1 && token->text.ptr[token->begin] == '$' &&
	    peek(token, 0) == '{') {
		token->at = token->begin;
		size_t n = variable(token);
		token->at += n ? n : 2;
		if (!n)
			return mistake(token, TOKEN_OPEN_VARIABLE, token->begin, 2);
		token->expands = true;
	}
	token->end = token->at;
	return token->kind = TOKEN_TEXT;
}

static enum token_kind
sign(struct token *token)
{
	static const struct {
		char c;
		enum token_kind kind;
	} signs[] = {
		{ '=', TOKEN_EQUALS },     { '{', TOKEN_OPEN },
		{ '}', TOKEN_CLOSE },      { ',', TOKEN_COMMA },
		{ '(', TOKEN_PAREN_OPEN }, { ')', TOKEN_PAREN_CLOSE },
	};
	char c = peek(token, 0);

	token->at++;
	token->end = token->at;
	for (size_t i = 0; i < sizeof(signs) / sizeof(signs[0]); i++)
		if (c == signs[i].c)
			return token->kind = signs[i].kind;
	if (c == '+' && peek(token, 0) == '=') {
		token->end = ++token->at;
		return token->kind = TOKEN_APPEND;
	}
	return mistake(token, c ? TOKEN_STRAY : TOKEN_NUL, token->begin, 1);
}

enum token_kind
token_next(struct token *token)
{
	token->line_start = token->at == 0;
	token->quote = 0;
	token->expands = false;
	if (!skip_between(token)) {
		size_t from = token->at;
		token->begin = from;
		token->at = token->text.len;
		return mistake(token, TOKEN_OPEN_COMMENT, from, 2);
	}
	token->begin = token->end = token->at;
	if (token->at >= token->text.len)
		return token->kind = TOKEN_END;
	char c = peek(token, 0);
	if (c == '"' || c == '\'')
		return string(token);
	return special(c) ? sign(token) : word(token);
}

size_t
token_place(struct sv_str raw, size_t offset)
{
	char quote = raw.len ? raw.ptr[0] : 0;
	size_t at = 1, yields;
	enum token_error bad;

	if (quote != '"' && quote != '\'')
		return offset < raw.len ? offset : raw.len;
	while (at + 1 < raw.len) {
		size_t n = 1;
		yields = 1;
		if (raw.ptr[at] == '\\' && quote == '"') {
			n = escape(str_from(raw, at), &yields, &bad);
		} else if (raw.ptr[at] == '\\') {
			char next = raw.ptr[at + 1];
			n = 2;
			yields = next == '\n'                   ? 0
				 : next == '\\' || next == '\'' ? 1
								: 2;
		}
		if (offset < yields)
			return at;
		offset -= yields;
		at += n;
	}
	return at;
}
