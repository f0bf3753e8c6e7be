/* SPDX-License-Identifier: Apache-2.0 */
#include "conf/lex.h"

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
lex_begin(struct lex *lex, struct sv_str text)
{
	*lex = (struct lex){ .text = text, .line_start = true };
	if (str_starts(text, SV_STR("\xEF\xBB\xBF")))
		lex->at = 3;
}

/** The character n places on, 0 behind the end. */
static char
peek(const struct lex *lex, size_t n)
{
	return lex->at + n < lex->text.len ? lex->text.ptr[lex->at + n] : '\0';
}

static enum lex_token
mistake(struct lex *lex, enum lex_error error, size_t mark, size_t len)
{
	lex->token = LEX_ERROR;
	lex->error = error;
	lex->mark = mark;
	lex->mark_len = len;
	lex->end = lex->at;
	return LEX_ERROR;
}

static void
skip_line(struct lex *lex)
{
	size_t end = str_find_char(str_from(lex->text, lex->at), '\n');

	lex->at = end == STR_NONE ? lex->text.len : lex->at + end;
}

/** Blanks and comments. False: a comment that does not end. */
static bool
skip_between(struct lex *lex)
{
	while (lex->at < lex->text.len) {
		char c = peek(lex, 0);
		if (c == '\n') {
			lex->line_start = true;
			lex->at++;
		} else if (c == ' ' || c == '\t' || c == '\r') {
			lex->at++;
		} else if (c == '#' || (c == '/' && peek(lex, 1) == '/')) {
			skip_line(lex);
		} else if (c == '/' && peek(lex, 1) == '*') {
			size_t end = str_find(str_from(lex->text, lex->at + 2),
					      SV_STR("*/"));
			if (end == STR_NONE)
				return false;
			lex->at += end + 4;
		} else {
			break;
		}
	}
	return true;
}

/** Length of the ${…} here that ends before its line and string do; 0 if it does not.
 *  (The library takes everything up to the next brace, beyond quotes too.) */
static size_t
variable(const struct lex *lex)
{
	for (size_t n = 2; lex->at + n < lex->text.len; n++) {
		char c = peek(lex, n);
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
escape(struct sv_str text, size_t *ret_yields, enum lex_error *ret_bad)
{
	size_t digits = 0, n = 1;
	unsigned value = 0;

	*ret_yields = 1;
	*ret_bad = LEX_FINE;
	if (text.len < 2)
		return text.len;
	if (text.ptr[1] == '\n') {
		*ret_yields = 0;
		return 2;
	}
	if (text.ptr[1] == 'x' && text.len > 2 && hex(text.ptr[2]) >= 0) {
		for (n = 2; n < 4 && n < text.len && hex(text.ptr[n]) >= 0; n++)
			value = value * 16 + (unsigned)hex(text.ptr[n]);
		*ret_bad = value ? LEX_FINE : LEX_NUL;
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
		*ret_bad = LEX_BAD_ESCAPE;
	else if (!value)
		*ret_bad = LEX_NUL;
	return n;
}

/** What is wrong first inside of a string; the string is read to its end all the same.
 */
struct flaw {
	enum lex_error error;
	size_t at, len;
};

static void
flaw_note(struct flaw *flaw, enum lex_error error, size_t at, size_t len)
{
	if (flaw->error == LEX_FINE && error != LEX_FINE)
		*flaw = (struct flaw){ error, at, len };
}

/** One step inside a string, not at its end. */
static void
string_step(struct lex *lex, char quote, struct flaw *flaw)
{
	size_t from = lex->at, yields;
	enum lex_error bad;
	char c = peek(lex, 0);

	if (c == '\0') {
		flaw_note(flaw, LEX_NUL, from, 1);
		lex->at++;
	} else if (c == '\\' && quote == '"') {
		lex->at += escape(str_from(lex->text, from), &yields, &bad);
		flaw_note(flaw, bad, from, lex->at - from);
	} else if (c == '\\') {
		lex->at += peek(lex, 1) ? 2 : 1;
	} else if (c == '$' && quote == '"' && peek(lex, 1) == '{') {
		size_t n = variable(lex);
		lex->expands |= n > 0;
		if (!n)
			flaw_note(flaw, LEX_OPEN_VARIABLE, from, 2);
		lex->at += n ? n : 2;
	} else {
		lex->at++;
	}
}

static enum lex_token
string(struct lex *lex)
{
	char quote = peek(lex, 0);
	struct flaw flaw = { LEX_FINE, 0, 0 };

	lex->quote = quote;
	lex->at++;
	while (lex->at < lex->text.len && peek(lex, 0) != quote)
		string_step(lex, quote, &flaw);
	if (lex->at >= lex->text.len) {
		/* Most likely the quote is missing at the end of this line: go on
		 * there, so that one mistake does not hide the others. */
		lex->at = lex->begin;
		skip_line(lex);
		return mistake(lex, LEX_OPEN_STRING, lex->begin, lex->at - lex->begin);
	}
	lex->at++;
	if (flaw.error != LEX_FINE)
		return mistake(lex, flaw.error, flaw.at, flaw.len);
	lex->end = lex->at;
	return lex->token = LEX_TEXT;
}

static enum lex_token
word(struct lex *lex)
{
	while (lex->at < lex->text.len && !special(peek(lex, 0)))
		lex->at++;
	/* ${VARIABLE} outside of quotes: the word stops at its brace. */
	if (lex->at == lex->begin + 1 && lex->text.ptr[lex->begin] == '$' &&
	    peek(lex, 0) == '{') {
		lex->at = lex->begin;
		size_t n = variable(lex);
		lex->at += n ? n : 2;
		if (!n)
			return mistake(lex, LEX_OPEN_VARIABLE, lex->begin, 2);
		lex->expands = true;
	}
	lex->end = lex->at;
	return lex->token = LEX_TEXT;
}

static enum lex_token
sign(struct lex *lex)
{
	static const struct {
		char c;
		enum lex_token token;
	} signs[] = {
		{ '=', LEX_EQUALS }, { '{', LEX_OPEN },       { '}', LEX_CLOSE },
		{ ',', LEX_COMMA },  { '(', LEX_PAREN_OPEN }, { ')', LEX_PAREN_CLOSE },
	};
	char c = peek(lex, 0);

	lex->at++;
	lex->end = lex->at;
	for (size_t i = 0; i < sizeof(signs) / sizeof(signs[0]); i++)
		if (c == signs[i].c)
			return lex->token = signs[i].token;
	if (c == '+' && peek(lex, 0) == '=') {
		lex->end = ++lex->at;
		return lex->token = LEX_APPEND;
	}
	return mistake(lex, c ? LEX_STRAY : LEX_NUL, lex->begin, 1);
}

enum lex_token
lex_next(struct lex *lex)
{
	lex->line_start = lex->at == 0;
	lex->quote = 0;
	lex->expands = false;
	if (!skip_between(lex)) {
		size_t from = lex->at;
		lex->begin = from;
		lex->at = lex->text.len;
		return mistake(lex, LEX_OPEN_COMMENT, from, 2);
	}
	lex->begin = lex->end = lex->at;
	if (lex->at >= lex->text.len)
		return lex->token = LEX_END;
	char c = peek(lex, 0);
	if (c == '"' || c == '\'')
		return string(lex);
	return special(c) ? sign(lex) : word(lex);
}

size_t
lex_place(struct sv_str raw, size_t offset)
{
	char quote = raw.len ? raw.ptr[0] : 0;
	size_t at = 1, yields;
	enum lex_error bad;

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
