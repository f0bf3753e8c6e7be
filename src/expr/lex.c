/* SPDX-License-Identifier: Apache-2.0 */
#include "expr/lex.h"

#include "base/text.h"

#include <stdarg.h>
#include <stdio.h>

static bool
is_word_char(char c)
{
	unsigned char u = (unsigned char)c;

	return u >= 128 || (u >= '0' && u <= '9') ||
	       ((u | 0x20) >= 'a' && (u | 0x20) <= 'z') ||
	       (u && strchr("_-.:/*%@+#$~[]", u));
}

static bool
is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

void
lex_init(struct lex *lex, struct sv_str source)
{
	*lex = (struct lex){ .source = source };
	lex_next(lex);
}

static void
take(struct lex *lex, enum lex_kind kind, size_t len)
{
	lex->token.kind = kind;
	lex->token.len = len;
	lex->token.text = str_make(lex->source.ptr + lex->at, len);
	lex->at += len;
}

static void
take_string(struct lex *lex)
{
	struct sv_str rest = str_from(lex->source, lex->at);
	size_t close = str_find_char(str_from(rest, 1), rest.ptr[0]);

	if (close == STR_NONE) {
		take(lex, LEX_BAD, rest.len);
		return;
	}
	take(lex, LEX_STRING, close + 2);
	lex->token.text = str_make(rest.ptr + 1, close);
}

static void
take_operator(struct lex *lex)
{
	struct sv_str rest = str_from(lex->source, lex->at);
	bool equal = rest.len > 1 && rest.ptr[1] == '=';

	switch (rest.ptr[0]) {
	case '(':
		take(lex, LEX_OPEN, 1);
		return;
	case ')':
		take(lex, LEX_CLOSE, 1);
		return;
	case ',':
		take(lex, LEX_COMMA, 1);
		return;
	case '=':
		take(lex, equal ? LEX_BAD : LEX_EQ, equal ? 2 : 1);
		return;
	case '!':
		take(lex, equal ? LEX_NE : LEX_BAD, equal ? 2 : 1);
		return;
	case '<':
		if (rest.len > 1 && rest.ptr[1] == '>')
			take(lex, LEX_BAD, 2);
		else
			take(lex, equal ? LEX_LE : LEX_LT, equal ? 2 : 1);
		return;
	case '>':
		take(lex, equal ? LEX_GE : LEX_GT, equal ? 2 : 1);
		return;
	case '&':
	case '|':
		take(lex, LEX_BAD, rest.len > 1 && rest.ptr[1] == rest.ptr[0] ? 2 : 1);
		return;
	default:
		take(lex, LEX_BAD, 1);
		return;
	}
}

void
lex_next(struct lex *lex)
{
	while (lex->at < lex->source.len && is_blank(lex->source.ptr[lex->at]))
		lex->at++;
	lex->token = (struct lex_token){ .kind = LEX_END, .pos = lex->at, .len = 1 };
	if (lex->at == lex->source.len)
		return;
	struct sv_str rest = str_from(lex->source, lex->at);
	if (rest.ptr[0] == '\'' || rest.ptr[0] == '"') {
		take_string(lex);
	} else if (is_word_char(rest.ptr[0])) {
		size_t n = 1;
		while (n < rest.len && is_word_char(rest.ptr[n]))
			n++;
		take(lex, n == 1 && rest.ptr[0] == '/' ? LEX_SLASH : LEX_WORD, n);
	} else {
		take_operator(lex);
	}
}

bool
lex_is_word(const struct lex *lex, const char *word)
{
	return lex->token.kind == LEX_WORD && str_ieq(lex->token.text, str_of(word));
}

void
lex_error(const struct lex_token *token, struct expr_error *reterr_error,
	  const char *hint, const char *format, ...)
{
	va_list args;

	reterr_error->pos = token->pos;
	reterr_error->len = token->len ? token->len : 1;
	va_start(args, format);
	(void)vsnprintf(reterr_error->message, sizeof(reterr_error->message), format,
			args);
	va_end(args);
	(void)snprintf(reterr_error->hint, sizeof(reterr_error->hint), "%s",
		       hint ? hint : "");
}

const char *
lex_show(const struct lex_token *token, char out[48])
{
	size_t n = token->text.len < 40 ? token->text.len : 40;

	for (size_t i = 0; i < n; i++) {
		unsigned char c = (unsigned char)token->text.ptr[i];
		out[i] = c < 0x20 || c >= 0x7f ? '.' : (char)c;
	}
	memcpy(out + n, n < token->text.len ? "..." : "", n < token->text.len ? 4 : 1);
	return out;
}
