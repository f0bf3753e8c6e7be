/* SPDX-License-Identifier: Apache-2.0 */
#include "conf/syntax.h"

#include "base/i18n.h"
#include "conf/lex.h"
#include "conf/spot.h"

#include <errno.h>
#include <stdio.h>

/** Longest piece of the file that a message repeats. */
#define QUOTED_BYTES 64

struct parser {
	struct arena *arena;
	struct diag *diag;
	struct syntax_file *file;
	size_t section; /* the one we are in; 0: outside of all */
	struct lex lex;
};

/** A word that begins a statement. */
struct head {
	size_t begin, len;
	struct sv_str text;
};

static struct syntax_section *
section_now(const struct parser *p)
{
	return &p->file->sections[p->section];
}

static struct spot
spot_token(const struct parser *p)
{
	return (struct spot){ p->file, p->lex.begin, p->lex.end - p->lex.begin };
}

static struct spot
spot_head(const struct parser *p, const struct head *head)
{
	return (struct spot){ p->file, head->begin, head->len };
}

/** The bytes of a text for "%.*s". */
#define SHOWN(text) \
	(int)((text).len < QUOTED_BYTES ? (text).len : QUOTED_BYTES), (text).ptr

static struct sv_str
token_text(const struct parser *p)
{
	size_t quotes = p->lex.quote ? 1 : 0;

	return str_upto(str_from(p->lex.text, p->lex.begin + quotes),
			p->lex.end - p->lex.begin - 2 * quotes);
}

/** What is wrong inside a token. */
static void
report_lex(struct parser *p)
{
	struct spot spot = { p->file, p->lex.mark, p->lex.mark_len };
	struct diag *diag = p->diag;

	switch (p->lex.error) {
	case LEX_FINE:
		break;
	case LEX_STRAY:
		spot_error(diag, spot, _("put the text in quotes"),
			   _("unexpected character '%c'"),
			   p->lex.text.ptr[p->lex.mark]);
		break;
	case LEX_NUL:
		spot_error(diag, spot, NULL, _("a zero byte is not text"));
		break;
	case LEX_OPEN_STRING:
		spot_error(diag, spot, NULL, _("this string has no closing quote"));
		break;
	case LEX_OPEN_COMMENT:
		spot_error(diag, spot, NULL, _("this comment has no end (*/)"));
		break;
	case LEX_OPEN_VARIABLE:
		spot_error(
			diag, spot, _("write \\${ if no variable is meant"),
			_("'${' begins an environment variable, but no '}' ends it"));
		break;
	case LEX_BAD_ESCAPE:
		spot_error(diag, spot,
			   _("write \\\\ for a backslash, or use single quotes"),
			   _("bad escape sequence"));
		break;
	}
}

/** The next token that is none in error; those are reported here. */
static enum lex_token
advance(struct parser *p)
{
	while (lex_next(&p->lex) == LEX_ERROR)
		report_lex(p);
	return p->lex.token;
}

/** The token after the present one, without going there; LEX_ERROR as it is. */
static enum lex_token
ahead(const struct parser *p, bool *ret_line_start)
{
	struct lex copy = p->lex;
	enum lex_token token = lex_next(&copy);

	*ret_line_start = copy.line_start;
	return token;
}

/** Go on where the next statement may begin: on a new line or behind a brace. */
static void
recover(struct parser *p)
{
	while (p->lex.token != LEX_END && p->lex.token != LEX_CLOSE &&
	       !p->lex.line_start)
		advance(p);
}

/** Behind the brace that closes the one we are at. */
static void
skip_body(struct parser *p)
{
	size_t depth = 1;

	while (depth && p->lex.token != LEX_END) {
		lex_next(&p->lex);
		if (p->lex.token == LEX_OPEN)
			depth++;
		else if (p->lex.token == LEX_CLOSE)
			depth--;
	}
	advance(p);
}

/** `in rule "name"`, for messages; empty at the top. */
static const char *
place_name(const struct parser *p, const struct syntax_section *section,
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

static struct syntax_value
value_of(const struct parser *p)
{
	return (struct syntax_value){ .begin = p->lex.begin,
				      .end = p->lex.end,
				      .quote = p->lex.quote == '"'    ? SYNTAX_DOUBLE
					       : p->lex.quote == '\'' ? SYNTAX_SINGLE
								      : SYNTAX_BARE,
				      .expands = p->lex.expands };
}

static void
item_add(struct parser *p, struct syntax_item *item, struct syntax_value value)
{
	struct syntax_value *grown = arena_grow(p->arena, item->values, item->n_values,
						sizeof(item->values[0]));
	if (!grown)
		return;
	item->values = grown;
	item->values[item->n_values++] = value;
}

/** `{a, b}`: we are at the brace; afterwards behind its end. */
static void
read_list(struct parser *p, struct syntax_item *item)
{
	struct spot open = spot_token(p);
	struct lex before = p->lex;
	bool comma = true;

	for (;;) {
		enum lex_token token = advance(p);
		if (token == LEX_CLOSE) {
			advance(p);
			return;
		}
		if (token == LEX_TEXT) {
			bool line_start;
			enum lex_token next = ahead(p, &line_start);
			if (p->lex.line_start && !p->lex.quote &&
			    (next == LEX_EQUALS || next == LEX_APPEND))
				break;
			if (!comma)
				spot_error(p->diag, spot_token(p), NULL,
					   _("a comma is missing before this"));
			item_add(p, item, value_of(p));
			comma = false;
		} else if (token == LEX_COMMA) {
			if (comma)
				spot_error(p->diag, spot_token(p), NULL,
					   _("a value is missing before this comma"));
			comma = true;
		} else {
			break;
		}
		before = p->lex;
	}
	spot_error(p->diag, open, NULL, _("this list has no closing '}'"));
	p->lex = before;
	advance(p);
	recover(p);
}

/** Whether behind a single value, on the same line, stands what belongs to it. */
static bool
value_goes_on(struct parser *p)
{
	bool line_start;

	if (p->lex.line_start)
		return false;
	switch (p->lex.token) {
	case LEX_EQUALS:
	case LEX_APPEND:
	case LEX_COMMA:
	case LEX_OPEN:
	case LEX_PAREN_OPEN:
	case LEX_PAREN_CLOSE:
		return true;
	case LEX_TEXT:
		switch (ahead(p, &line_start)) {
		case LEX_EQUALS:
		case LEX_APPEND:
		case LEX_OPEN:
			return line_start;
		case LEX_TEXT:
		case LEX_COMMA:
		case LEX_CLOSE:
		case LEX_PAREN_OPEN:
		case LEX_PAREN_CLOSE:
		case LEX_ERROR:
		case LEX_END:
			return true;
		}
		return true;
	case LEX_CLOSE:
	case LEX_END:
	case LEX_ERROR:
		return false;
	}
	return false;
}

/** What follows `key =`; we are at the sign, afterwards behind the value. */
static void
read_value(struct parser *p, const struct head *head, struct syntax_item *item)
{
	bool line_start, list = !item->row || item->row->flags & OPTION_LIST;
	size_t errors = p->diag->errors;
	enum lex_token token = advance(p);

	if (token == LEX_OPEN) {
		if (!list)
			spot_error(p->diag, spot_token(p), NULL,
				   _("'%.*s' takes one value, not a list"),
				   SHOWN(head->text));
		read_list(p, item);
		return;
	}
	enum lex_token next = token == LEX_TEXT ? ahead(p, &line_start) : LEX_END;
	if (token != LEX_TEXT || (p->lex.line_start && next == LEX_EQUALS)) {
		if (p->diag->errors == errors)
			spot_error(p->diag, spot_head(p, head), NULL,
				   _("the value of '%.*s' is missing"),
				   SHOWN(head->text));
		recover(p);
		return;
	}
	struct spot first = spot_token(p);
	bool quoted = p->lex.quote;
	item_add(p, item, value_of(p));
	errors = p->diag->errors;
	advance(p);
	if (p->diag->errors == errors && !value_goes_on(p))
		return;
	if (p->diag->errors == errors)
		spot_error(p->diag, quoted ? spot_token(p) : first,
			   p->lex.token == LEX_COMMA && list
				   ? _("a list stands in braces: {\"a\", \"b\"}")
			   : quoted ? NULL
				    : _("put the whole value in quotes"),
			   _("the value of '%.*s' does not end with its line"),
			   SHOWN(head->text));
	recover(p);
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

static void
report_unknown_key(struct parser *p, const struct head *head,
		   const struct syntax_section *section, const char *near)
{
	char place[2 * QUOTED_BYTES], hint[256];
	const char *ignored;

	if (near) {
		snprintf(hint, sizeof(hint), _("did you mean '%s'?"), near);
	} else if (section->row->kind == SECTION_TOP) {
		const struct section_row *row =
			options_section_find(head->text, &ignored);
		if (row)
			snprintf(hint, sizeof(hint), _("write %s \"name\" { … }"),
				 row->name);
		else
			list_keys(section->row, hint, sizeof(hint));
	} else {
		list_keys(section->row, hint, sizeof(hint));
	}
	spot_error(p->diag, spot_head(p, head), hint, _("unknown key '%.*s'%s"),
		   SHOWN(head->text), place_name(p, section, place));
}

/** The item of a key that is given for the first time, or the one before; NULL: no
 *  memory. A second `=` is reported, its value goes to `spare`. */
static struct syntax_item *
item_for(struct parser *p, const struct head *head, const struct option_row *row,
	 struct syntax_item *spare)
{
	struct syntax_section *section = section_now(p);
	struct syntax_item *old = syntax_item(section, row->name);
	bool append = p->lex.token == LEX_APPEND;
	char place[2 * QUOTED_BYTES];

	if (append && !(row->flags & OPTION_LIST))
		spot_error(p->diag, spot_token(p), _("write ="),
			   _("'%s' is no list, nothing can be added to it"), row->name);
	if (old && append)
		return old;
	if (old) {
		spot_error(p->diag, spot_head(p, head), NULL,
			   _("'%s' is given twice%s, first in line %u"), row->name,
			   place_name(p, section, place),
			   spot_line(p->file, old->begin));
		return spare;
	}
	struct syntax_item *grown =
		arena_grow(p->arena, section->items, section->n_items, sizeof(*grown));
	if (!grown)
		return spare;
	section->items = grown;
	struct syntax_item *item = &grown[section->n_items++];
	*item = (struct syntax_item){
		.row = row, .begin = head->begin, .len = head->len, .append = append
	};
	return item;
}

/** `key = …`; we are at the sign. */
static void
read_assignment(struct parser *p, const struct head *head)
{
	const char *near = NULL;
	const struct option_row *row =
		options_find(section_now(p)->row, head->text, &near);
	struct syntax_item spare = { .row = row };

	if (!row) {
		report_unknown_key(p, head, section_now(p), near);
		read_value(p, head, &spare);
		return;
	}
	read_value(p, head, item_for(p, head, row, &spare));
}

/** A section's word where a key should stand: the brace before it is missing. */
static bool
begins_section(const struct parser *p, const struct head *head)
{
	const char *near;
	bool line_start;

	if (!options_section_find(head->text, &near))
		return false;
	enum lex_token token = p->lex.token;
	return token == LEX_OPEN ||
	       (token == LEX_TEXT && ahead(p, &line_start) == LEX_OPEN);
}

static struct head
take_head(struct parser *p)
{
	struct head head = { p->lex.begin, p->lex.end - p->lex.begin, token_text(p) };

	return head;
}

/** The statements between a section's braces; we are behind the opening one, afterwards
 *  behind the closing one. */
static void
read_body(struct parser *p)
{
	char place[2 * QUOTED_BYTES];
	struct spot start = spot_title(section_now(p));
	struct lex before = p->lex;

	while (p->lex.token != LEX_CLOSE && p->lex.token != LEX_END) {
		if (p->lex.token != LEX_TEXT) {
			spot_error(p->diag, spot_token(p), NULL,
				   _("a key is expected here%s"),
				   place_name(p, section_now(p), place));
			advance(p);
			recover(p);
			continue;
		}
		before = p->lex;
		struct head head = take_head(p);
		advance(p);
		if (begins_section(p, &head)) {
			p->lex = before;
			break;
		}
		if (p->lex.token == LEX_EQUALS || p->lex.token == LEX_APPEND) {
			read_assignment(p, &head);
		} else if (p->lex.token == LEX_OPEN) {
			spot_error(p->diag, spot_head(p, &head), NULL,
				   _("'%.*s': there are no sections%s"),
				   SHOWN(head.text),
				   place_name(p, section_now(p), place));
			skip_body(p);
		} else {
			spot_error(p->diag, spot_head(p, &head), NULL,
				   _("'=' is missing after '%.*s'"), SHOWN(head.text));
			recover(p);
		}
	}
	if (p->lex.token == LEX_CLOSE)
		advance(p);
	else
		spot_error(p->diag, start, NULL, _("this section has no closing '}'"));
}

static void
report_unknown_section(struct parser *p, const struct head *head, const char *near)
{
	char hint[128];
	const char *ignored;

	if (near)
		snprintf(hint, sizeof(hint), _("did you mean '%s'?"), near);
	else if (options_find(options_section(SECTION_TOP), head->text, &ignored))
		snprintf(hint, sizeof(hint), _("it is a key: write '=' after it"));
	else
		hint[0] = '\0';
	spot_error(p->diag, spot_head(p, head), hint[0] ? hint : NULL,
		   _("unknown section '%.*s'"), SHOWN(head->text));
}

/** `name {` or `name "title" {`; we are behind the name. */
static void
read_section(struct parser *p, const struct head *head)
{
	const char *near = NULL;
	const struct section_row *row = options_section_find(head->text, &near);
	struct syntax_value title = { 0 };

	if (p->lex.token == LEX_TEXT) {
		title = value_of(p);
		advance(p);
	}
	if (!row)
		report_unknown_section(p, head, near);
	if (p->lex.token != LEX_OPEN) {
		if (row)
			spot_error(p->diag, spot_head(p, head), NULL,
				   _("'{' is missing after this"));
		recover(p);
		return;
	}
	if (!row || p->file->n_sections >= SYNTAX_MAX_SECTIONS) {
		if (row)
			spot_error(p->diag, spot_head(p, head), NULL,
				   _("too many sections"));
		skip_body(p);
		return;
	}
	if (row->flags & SECTION_TITLED && !title.end) {
		char hint[64];
		snprintf(hint, sizeof(hint), _("write %s \"name\" {"), row->name);
		spot_error(p->diag, spot_head(p, head), hint,
			   _("this section needs a name"));
	}
	struct syntax_section *grown =
		arena_grow(p->arena, p->file->sections, p->file->n_sections,
			   sizeof(p->file->sections[0]));
	if (!grown)
		return;
	p->file->sections = grown;
	p->file->sections[p->file->n_sections++] =
		(struct syntax_section){ .row = row,
					 .file = p->file,
					 .begin = head->begin,
					 .len = head->len,
					 .title = title };
	p->section = p->file->n_sections - 1;
	advance(p);
	read_body(p);
	p->section = 0;
}

/** `include("path")`; we are at the parenthesis. */
static void
read_include(struct parser *p, const struct head *head)
{
	bool known = str_eq(head->text, SV_STR("include"));
	struct syntax_include include = { .section = p->file->n_sections };

	if (!known)
		spot_error(p->diag, spot_head(p, head), _("did you mean 'include'?"),
			   _("unknown function '%.*s'"), SHOWN(head->text));
	bool good = advance(p) == LEX_TEXT;
	if (good) {
		include.path = value_of(p);
		good = advance(p) == LEX_PAREN_CLOSE;
	}
	if (!good) {
		if (known)
			spot_error(p->diag, spot_head(p, head),
				   _("write include(\"file\")"),
				   _("include takes one path in parentheses"));
		recover(p);
		return;
	}
	advance(p);
	struct syntax_include *grown = arena_grow(p->arena, p->file->includes,
						  p->file->n_includes, sizeof(*grown));
	if (!grown || !known)
		return;
	p->file->includes = grown;
	grown[p->file->n_includes++] = include;
}

/** What follows a word outside of sections; we are behind it. */
static void
read_statement(struct parser *p, const struct head *head)
{
	switch (p->lex.token) {
	case LEX_EQUALS:
	case LEX_APPEND:
		read_assignment(p, head);
		return;
	case LEX_PAREN_OPEN:
		read_include(p, head);
		return;
	case LEX_OPEN:
		read_section(p, head);
		return;
	case LEX_TEXT:
		if (!p->lex.line_start) {
			read_section(p, head);
			return;
		}
		break;
	case LEX_CLOSE:
	case LEX_COMMA:
	case LEX_PAREN_CLOSE:
	case LEX_END:
	case LEX_ERROR:
		break;
	}
	spot_error(p->diag, spot_head(p, head), NULL, _("'=' is missing after '%.*s'"),
		   SHOWN(head->text));
	recover(p);
}

static void
read_top(struct parser *p)
{
	while (p->lex.token != LEX_END) {
		if (p->lex.token != LEX_TEXT) {
			if (p->lex.token == LEX_CLOSE)
				spot_error(p->diag, spot_token(p), NULL,
					   _("this '}' closes nothing"));
			else
				spot_error(p->diag, spot_token(p), NULL,
					   _("a key or a section is expected here"));
			advance(p);
			if (p->lex.token != LEX_CLOSE)
				recover(p);
			continue;
		}
		struct head head = take_head(p);
		advance(p);
		read_statement(p, &head);
	}
}

int
syntax_read(struct arena *arena, const char *path, struct sv_str text,
	    struct diag *diag, struct syntax_file **ret_file)
{
	if (text.len > SYNTAX_MAX_BYTES)
		return -EFBIG;
	struct syntax_file *file = arena_alloc(arena, sizeof(*file));
	if (!file)
		return -ENOMEM;
	file->path = path;
	file->text = text;
	file->sections = arena_grow(arena, NULL, 0, sizeof(file->sections[0]));
	if (!file->sections)
		return -ENOMEM;
	file->sections[0] =
		(struct syntax_section){ .row = options_section(SECTION_TOP),
					 .file = file };
	file->n_sections = 1;
	struct parser parser = { .arena = arena, .diag = diag, .file = file };
	lex_begin(&parser.lex, text);
	advance(&parser);
	read_top(&parser);
	if (arena_failed(arena))
		return -ENOMEM;
	*ret_file = file;
	return 0;
}

struct syntax_item *
syntax_item(const struct syntax_section *section, const char *name)
{
	for (size_t i = 0; i < section->n_items; i++)
		if (strcmp(section->items[i].row->name, name) == 0)
			return &section->items[i];
	return NULL;
}
