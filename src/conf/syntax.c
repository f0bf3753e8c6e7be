/* SPDX-License-Identifier: Apache-2.0 */
#include "conf/syntax.h"

#include "base/i18n.h"
#include "conf/parser.h"

#include <errno.h>
#include <stdio.h>

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
	struct spot open = parser_spot(p);
	struct token before = p->token;
	bool comma = true;

	for (;;) {
		enum token_kind token = parser_advance(p);
		if (token == TOKEN_CLOSE) {
			parser_advance(p);
			return;
		}
		if (token == TOKEN_TEXT) {
			bool line_start;
			enum token_kind next = parser_ahead(p, &line_start);
			if (p->token.line_start && !p->token.quote &&
			    (next == TOKEN_EQUALS || next == TOKEN_APPEND))
				break;
			if (!comma)
				spot_error(p->diag, parser_spot(p), NULL,
					   _("a comma is missing before this"));
			item_add(p, item, parser_value(p));
			comma = false;
		} else if (token == TOKEN_COMMA) {
			if (comma)
				spot_error(p->diag, parser_spot(p), NULL,
					   _("a value is missing before this comma"));
			comma = true;
		} else {
			break;
		}
		before = p->token;
	}
	spot_error(p->diag, open, NULL, _("this list has no closing '}'"));
	p->token = before;
	parser_advance(p);
	parser_recover(p);
}

/** A key, as keys look: `>` in an expression without quotes is none. */
static bool
looks_like_key(struct sv_str text)
{
	return text.len && ((text.ptr[0] >= 'a' && text.ptr[0] <= 'z') ||
			    (text.ptr[0] >= 'A' && text.ptr[0] <= 'Z'));
}

/** Whether behind a single value, on the same line, stands what belongs to it. */
static bool
value_goes_on(const struct parser *p)
{
	bool line_start;

	switch (p->token.kind) {
	case TOKEN_EQUALS:
	case TOKEN_APPEND:
	case TOKEN_COMMA:
	case TOKEN_OPEN:
	case TOKEN_PAREN_OPEN:
	case TOKEN_PAREN_CLOSE:
		return !p->token.line_start;
	case TOKEN_TEXT: {
		enum token_kind next = parser_ahead(p, &line_start);
		return !p->token.line_start &&
		       !((next == TOKEN_EQUALS || next == TOKEN_APPEND) &&
			 looks_like_key(parser_text(p)));
	}
	case TOKEN_CLOSE:
	case TOKEN_END:
	case TOKEN_ERROR:
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
	enum token_kind token = parser_advance(p);

	if (token == TOKEN_OPEN) {
		if (!list)
			spot_error(p->diag, parser_spot(p), NULL,
				   _("'%.*s' takes one value, not a list"),
				   SHOWN(head->text));
		read_list(p, item);
		item->broken |= p->diag->errors > errors;
		return;
	}
	enum token_kind next =
		token == TOKEN_TEXT ? parser_ahead(p, &line_start) : TOKEN_END;
	if (token != TOKEN_TEXT || (p->token.line_start && next == TOKEN_EQUALS)) {
		if (p->diag->errors == errors)
			spot_error(p->diag, parser_spot_head(p, head), NULL,
				   _("the value of '%.*s' is missing"),
				   SHOWN(head->text));
		item->broken = true;
		parser_recover(p);
		return;
	}
	struct syntax_value value = parser_value(p);
	item_add(p, item, value);
	errors = p->diag->errors;
	parser_advance(p);
	if (p->diag->errors == errors && !value_goes_on(p))
		return;
	if (p->diag->errors == errors)
		parser_report_value(p, head, &value, list);
	item->broken = true;
	parser_recover(p);
}

/** The item of a key that is given for the first time, or the one before; NULL: no
 *  memory. A second `=` is reported, its value goes to `spare`. */
static struct syntax_item *
item_for(struct parser *p, const struct head *head, const struct option_row *row,
	 struct syntax_item *spare)
{
	struct syntax_section *section = parser_section(p);
	struct syntax_item *old = syntax_item(section, row->name);
	bool append = p->token.kind == TOKEN_APPEND;
	char place[2 * QUOTED_BYTES];

	if (append && !(row->flags & OPTION_LIST))
		spot_error(p->diag, parser_spot(p), _("write ="),
			   _("'%s' is no list, nothing can be added to it"), row->name);
	if (old && append)
		return old;
	if (old) {
		spot_error(p->diag, parser_spot_head(p, head), NULL,
			   _("'%s' is given twice%s, first in line %u"), row->name,
			   parser_place(p, section, place),
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
		options_find(parser_section(p)->row, head->text, &near);
	struct syntax_item spare = { .row = row };

	if (!row) {
		parser_report_key(p, head, parser_section(p), near);
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
	enum token_kind token = p->token.kind;
	return token == TOKEN_OPEN ||
	       (token == TOKEN_TEXT && parser_ahead(p, &line_start) == TOKEN_OPEN);
}

static struct head
take_head(struct parser *p)
{
	struct head head = { p->token.begin, p->token.end - p->token.begin,
			     parser_text(p) };

	return head;
}

/** The statements between a section's braces; we are behind the opening one, afterwards
 *  behind the closing one. */
static void
read_body(struct parser *p)
{
	char place[2 * QUOTED_BYTES];
	struct spot start = spot_title(parser_section(p));
	struct token before;

	while (p->token.kind != TOKEN_CLOSE && p->token.kind != TOKEN_END) {
		if (p->token.kind != TOKEN_TEXT) {
			spot_error(p->diag, parser_spot(p), NULL,
				   _("a key is expected here%s"),
				   parser_place(p, parser_section(p), place));
			parser_advance(p);
			parser_recover(p);
			continue;
		}
		before = p->token;
		struct head head = take_head(p);
		parser_advance(p);
		if (begins_section(p, &head)) {
			p->token = before;
			break;
		}
		if (p->token.kind == TOKEN_EQUALS || p->token.kind == TOKEN_APPEND) {
			read_assignment(p, &head);
		} else if (p->token.kind == TOKEN_OPEN) {
			spot_error(p->diag, parser_spot_head(p, &head), NULL,
				   _("'%.*s': there are no sections%s"),
				   SHOWN(head.text),
				   parser_place(p, parser_section(p), place));
			parser_skip_body(p);
		} else {
			spot_error(p->diag, parser_spot_head(p, &head), NULL,
				   _("'=' is missing after '%.*s'"), SHOWN(head.text));
			parser_recover(p);
		}
	}
	if (p->token.kind == TOKEN_CLOSE)
		parser_advance(p);
	else
		spot_error(p->diag, start, NULL, _("this section has no closing '}'"));
}

/** `name {` or `name "title" {`; we are behind the name. */
static void
read_section(struct parser *p, const struct head *head)
{
	const char *near = NULL;
	const struct section_row *row = options_section_find(head->text, &near);
	struct syntax_value title = { 0 };

	if (p->token.kind == TOKEN_TEXT) {
		title = parser_value(p);
		parser_advance(p);
	}
	if (!row)
		parser_report_section(p, head, near);
	if (p->token.kind != TOKEN_OPEN) {
		if (row)
			spot_error(p->diag, parser_spot_head(p, head), NULL,
				   _("'{' is missing after this"));
		parser_recover(p);
		return;
	}
	if (!row || p->file->n_sections >= SYNTAX_MAX_SECTIONS) {
		if (row)
			spot_error(p->diag, parser_spot_head(p, head), NULL,
				   _("too many sections"));
		parser_skip_body(p);
		return;
	}
	if (row->flags & SECTION_TITLED && !title.end) {
		char hint[64];
		snprintf(hint, sizeof(hint), _("write %s \"name\" {"), row->name);
		spot_error(p->diag, parser_spot_head(p, head), hint,
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
	size_t errors = p->diag->errors;
	parser_advance(p);
	read_body(p);
	parser_section(p)->unsure = p->diag->errors > errors;
	p->section = 0;
}

/** `include("path")`; we are at the parenthesis. */
static void
read_include(struct parser *p, const struct head *head)
{
	bool known = str_eq(head->text, SV_STR("include"));
	struct syntax_include include = { .section = p->file->n_sections };

	if (!known)
		spot_error(p->diag, parser_spot_head(p, head),
			   _("did you mean 'include'?"), _("unknown function '%.*s'"),
			   SHOWN(head->text));
	bool good = parser_advance(p) == TOKEN_TEXT;
	if (good) {
		include.path = parser_value(p);
		good = parser_advance(p) == TOKEN_PAREN_CLOSE;
	}
	if (!good) {
		if (known)
			spot_error(p->diag, parser_spot_head(p, head),
				   _("write include(\"file\")"),
				   _("include takes one path in parentheses"));
		parser_recover(p);
		return;
	}
	parser_advance(p);
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
	switch (p->token.kind) {
	case TOKEN_EQUALS:
	case TOKEN_APPEND:
		read_assignment(p, head);
		return;
	case TOKEN_PAREN_OPEN:
		read_include(p, head);
		return;
	case TOKEN_OPEN:
		read_section(p, head);
		return;
	case TOKEN_TEXT:
		if (!p->token.line_start) {
			read_section(p, head);
			return;
		}
		break;
	case TOKEN_CLOSE:
	case TOKEN_COMMA:
	case TOKEN_PAREN_CLOSE:
	case TOKEN_END:
	case TOKEN_ERROR:
		break;
	}
	spot_error(p->diag, parser_spot_head(p, head), NULL,
		   _("'=' is missing after '%.*s'"), SHOWN(head->text));
	parser_recover(p);
}

static void
read_top(struct parser *p)
{
	while (p->token.kind != TOKEN_END) {
		if (p->token.kind != TOKEN_TEXT) {
			if (p->token.kind == TOKEN_CLOSE)
				spot_error(p->diag, parser_spot(p), NULL,
					   _("this '}' closes nothing"));
			else
				spot_error(p->diag, parser_spot(p), NULL,
					   _("a key or a section is expected here"));
			parser_advance(p);
			if (p->token.kind != TOKEN_CLOSE)
				parser_recover(p);
			continue;
		}
		struct head head = take_head(p);
		parser_advance(p);
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
	token_begin(&parser.token, text);
	parser_advance(&parser);
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
