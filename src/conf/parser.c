/* SPDX-License-Identifier: Apache-2.0 */
#include "conf/parser.h"

#include "base/i18n.h"

#include <stdio.h>

struct syntax_section *
parser_section(const struct parser *p)
{
	return &p->file->sections[p->section];
}

struct spot
parser_spot(const struct parser *p)
{
	return (struct spot){ p->file, p->token.begin, p->token.end - p->token.begin };
}

struct spot
parser_spot_head(const struct parser *p, const struct head *head)
{
	return (struct spot){ p->file, head->begin, head->len };
}

struct sv_str
parser_text(const struct parser *p)
{
	size_t quotes = p->token.quote ? 1 : 0;

	return str_upto(str_from(p->token.text, p->token.begin + quotes),
			p->token.end - p->token.begin - 2 * quotes);
}

/** What is wrong inside a token. */
static void
report_token(struct parser *p)
{
	struct spot spot = { p->file, p->token.mark, p->token.mark_len };
	struct diag *diag = p->diag;

	switch (p->token.error) {
	case TOKEN_FINE:
		break;
	case TOKEN_STRAY:
		spot_error(diag, spot, _("put the text in quotes"),
			   _("unexpected character '%c'"),
			   p->token.text.ptr[p->token.mark]);
		break;
	case TOKEN_NUL:
		spot_error(diag, spot, NULL, _("a zero byte is not text"));
		break;
	case TOKEN_OPEN_STRING:
		spot_error(diag, spot, NULL, _("this string has no closing quote"));
		break;
	case TOKEN_OPEN_COMMENT:
		spot_error(diag, spot, NULL, _("this comment has no end (*/)"));
		break;
	case TOKEN_OPEN_VARIABLE:
		spot_error(
			diag, spot, _("write \\${ if no variable is meant"),
			_("'${' begins an environment variable, but no '}' ends it"));
		break;
	case TOKEN_BAD_ESCAPE:
		spot_error(diag, spot,
			   _("write \\\\ for a backslash, or use single quotes"),
			   _("bad escape sequence"));
		break;
	}
}

enum token_kind
parser_advance(struct parser *p)
{
	while (token_next(&p->token) == TOKEN_ERROR)
		report_token(p);
	return p->token.kind;
}

enum token_kind
parser_ahead(const struct parser *p, bool *ret_line_start)
{
	struct token copy = p->token;
	enum token_kind token = token_next(&copy);

	*ret_line_start = copy.line_start;
	return token;
}

void
parser_recover(struct parser *p)
{
	while (p->token.kind != TOKEN_END && p->token.kind != TOKEN_CLOSE &&
	       !p->token.line_start)
		parser_advance(p);
}

void
parser_skip_body(struct parser *p)
{
	size_t depth = 1;

	while (depth && p->token.kind != TOKEN_END) {
		token_next(&p->token);
		if (p->token.kind == TOKEN_OPEN)
			depth++;
		else if (p->token.kind == TOKEN_CLOSE)
			depth--;
	}
	parser_advance(p);
}

const char *
parser_place(const struct parser *p, const struct syntax_section *section,
	     char out[2 * QUOTED_BYTES])
{
	if (section->row->kind == SECTION_TOP)
		return "";
	if (!section->title.end) {
		snprintf(out, 2 * QUOTED_BYTES, _(" in %s"), section->row->name);
		return out;
	}
	size_t quotes = section->title.quote == SYNTAX_BARE ? 0 : 1;
	struct sv_str title =
		str_upto(str_from(p->file->text, section->title.begin + quotes),
			 section->title.end - section->title.begin - 2 * quotes);
	snprintf(out, 2 * QUOTED_BYTES, _(" in %s \"%.*s\""), section->row->name,
		 SHOWN(title));
	return out;
}

struct syntax_value
parser_value(const struct parser *p)
{
	return (struct syntax_value){ .begin = p->token.begin,
				      .end = p->token.end,
				      .quote = p->token.quote == '"'    ? SYNTAX_DOUBLE
					       : p->token.quote == '\'' ? SYNTAX_SINGLE
									: SYNTAX_BARE,
				      .expands = p->token.expands };
}

void
parser_report_value(struct parser *p, const struct head *head,
		    const struct syntax_value *value, bool list)
{
	struct sv_str raw = str_upto(str_from(p->file->text, value->begin),
				     value->end - value->begin);
	struct spot spot = { p->file, value->begin, value->end - value->begin };

	if (value->quote != SYNTAX_BARE && str_find_char(raw, '\n') != STR_NONE)
		spot_error(p->diag, spot, NULL,
			   _("this string has no closing quote in its line"));
	else if (p->token.kind == TOKEN_COMMA && list)
		spot_error(p->diag, spot, _("a list stands in braces: {\"a\", \"b\"}"),
			   _("'%.*s' has more than one value"), SHOWN(head->text));
	else
		spot_error(p->diag, value->quote == SYNTAX_BARE ? spot : parser_spot(p),
			   value->quote == SYNTAX_BARE
				   ? _("put the whole value in quotes")
				   : NULL,
			   _("the value of '%.*s' is over, but its line goes on"),
			   SHOWN(head->text));
}

/** Hint with the keys of a section, for one that is not near any of them. */
static void
list_keys(const struct section_row *row, char *out, size_t out_bytes)
{
	size_t used = 0;
	int n = snprintf(out, out_bytes, _("keys: "));

	for (size_t i = 0; i < row->n_options && n > 0 && used + (size_t)n < out_bytes;
	     i++) {
		used += (size_t)n;
		n = snprintf(out + used, out_bytes - used, "%s%s", i ? ", " : "",
			     row->options[i].name);
	}
}

void
parser_report_key(struct parser *p, const struct head *head,
		  const struct syntax_section *section, const char *near)
{
	char place[2 * QUOTED_BYTES], hint[256];
	const char *ignored;

	const struct section_row *row = options_section_find(head->text, &ignored);
	if (row && section->row->kind == SECTION_TOP)
		snprintf(hint, sizeof(hint), _("write %s \"name\" { … }"), row->name);
	else if (near)
		snprintf(hint, sizeof(hint), _("did you mean '%s'?"), near);
	else
		list_keys(section->row, hint, sizeof(hint));
	spot_error(p->diag, parser_spot_head(p, head), hint, _("unknown key '%.*s'%s"),
		   SHOWN(head->text), parser_place(p, section, place));
}

void
parser_report_section(struct parser *p, const struct head *head, const char *near)
{
	char hint[128];
	const char *ignored;

	if (near)
		snprintf(hint, sizeof(hint), _("did you mean '%s'?"), near);
	else if (str_eq(head->text, SV_STR("include")))
		snprintf(hint, sizeof(hint), _("write include(\"file\")"));
	else if (options_find(options_section(SECTION_TOP), head->text, &ignored))
		snprintf(hint, sizeof(hint), _("it is a key: write '=' after it"));
	else
		hint[0] = '\0';
	spot_error(p->diag, parser_spot_head(p, head), hint[0] ? hint : NULL,
		   _("unknown section '%.*s'"), SHOWN(head->text));
}
