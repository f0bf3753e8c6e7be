/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Sets of codes, causes and outcomes that the configuration names. Where an expression
 * or a condition says @name, what the set stands for is put in its place before anybody
 * reads it; the value remembers where, so that mistakes are shown in what was written.
 */
#include "base/buffer.h"
#include "base/i18n.h"
#include "conf/build.h"
#include "conf/sequence.h"
#include "expr/lex.h"
#include "expr/set.h"

#include <stdio.h>

/** More in one text are left as they are: then they are unknown sets. */
#define MAX_SWAPS 64

struct sets {
	struct build *build;
	struct set *all; /* name with its @, and its expression */
	size_t n;
};

static const char *const fields[] = { "code", "q850", "outcome" };
#define N_FIELDS (sizeof(fields) / sizeof(fields[0]))

/** One value of a set: a word that its field may be compared with. */
static bool
check_value(struct build *build, const struct syntax_section *section,
	    const char *field, const struct syntax_value *value)
{
	struct expr_error error = { 0 };
	char text[128];
	struct lex lex;

	lex_init(&lex, str_of(value->text));
	bool word = lex.token.kind == LEX_WORD && lex.token.len == strlen(value->text);
	(void)snprintf(text, sizeof(text), "%s = %.64s", field, value->text);
	struct expr *expr = word ? expr_new(str_of(text), &error) : NULL;
	if (!word)
		spot_error(build->diag, spot_value(section, value), NULL,
			   _("'%.64s' is not one word"), value->text);
	else if (!expr)
		spot_error(build->diag, spot_value(section, value),
			   error.hint[0] ? error.hint : NULL, "%s", error.message);
	expr_free(expr);
	return expr != NULL;
}

static bool
check_name(struct build *build, const struct syntax_section *section)
{
	const char *name = section->name, *near;
	char full[VALUE_TITLE_BYTES + 2];

	(void)snprintf(full, sizeof(full), "@%s", name);
	if (name[strspn(name, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
			      "0123456789_-.")])
		spot_error(build->diag, spot_title(section), NULL,
			   _("the name of a set has letters, digits and _ - . alone"));
	else if (set_find(str_of(full), &near))
		spot_error(build->diag, spot_title(section),
			   _("the built-in sets: sipvigil-rules(7)"),
			   _("there is a built-in set '%s'"), full);
	else
		return true;
	return false;
}

/** "(code in (503, 5xx) or outcome in (timeout))"; NULL with the mistakes told. */
static const char *
read_set(struct build *build, const struct syntax_section *section)
{
	bool good = check_name(build, section), some = false;
	struct buffer text;
	const char *kept = NULL;

	buffer_init(&text);
	for (size_t i = 0; i < N_FIELDS; i++) {
		const struct syntax_item *item = syntax_item(section, fields[i]);
		for (size_t k = 0; item && k < item->n_values; k++) {
			good &= check_value(build, section, fields[i],
					    &item->values[k]);
			if (k == 0)
				buffer_addf(&text, "%s%s in (", some ? " or " : "(",
					    fields[i]);
			some = true;
			buffer_addf(&text, "%s%s", k ? ", " : "", item->values[k].text);
			if (k + 1 == item->n_values)
				buffer_add_char(&text, ')');
		}
	}
	buffer_add_char(&text, ')');
	if (!some && !section->unsure)
		spot_error(build->diag, spot_title(section),
			   "code = {\"503\", \"5xx\"}",
			   _("a set needs 'code', 'q850' or 'outcome'"));
	if (good && some && !buffer_failed(&text))
		kept = arena_copy(build->arena, buffer_str(&text));
	buffer_done(&text);
	return kept;
}

static void
add_set(struct sets *sets, const struct syntax_section *section)
{
	struct arena *arena = sets->build->arena;
	char name[VALUE_TITLE_BYTES + 2];
	struct set set = { .text = read_set(sets->build, section) };
	size_t at = 0;

	(void)snprintf(name, sizeof(name), "@%s", section->name);
	set.name = arena_copy(arena, str_of(name));
	while (at < sets->n && strcmp(sets->all[at].name, name) != 0)
		at++;
	if (at == sets->n) {
		struct set *grown = arena_grow(arena, sets->all, sets->n, sizeof(set));
		if (!grown)
			return;
		sets->all = grown;
		sets->n++;
	}
	sets->all[at] = set;
}

static const struct set *
find(const struct sets *sets, const struct lex_token *token)
{
	if (token->kind != LEX_WORD || token->text.ptr[0] != '@')
		return NULL;
	for (size_t i = 0; i < sets->n; i++)
		if (sets->all[i].name &&
		    str_ieq(token->text, str_of(sets->all[i].name)))
			return &sets->all[i];
	return NULL;
}

/** Puts what sets stand for into the place of their names. A set that is no good stands
 *  for something, so that it is told of once. */
static void
swap_names(const struct sets *sets, struct syntax_value *value)
{
	struct arena *arena = sets->build->arena;
	struct sv_str written = str_of(value->text);
	struct buffer text;
	struct lex lex;
	size_t done = 0;

	buffer_init(&text);
	for (lex_init(&lex, written); lex.token.kind != LEX_END; lex_next(&lex)) {
		const struct set *set = find(sets, &lex.token);
		if (!set || value->n_swaps == MAX_SWAPS)
			continue;
		struct syntax_swap *grown =
			arena_grow(arena, value->swaps, value->n_swaps, sizeof(*grown));
		if (!grown)
			break;
		const char *meaning = set->text ? set->text : "(failure)";
		buffer_add(&text, str_make(written.ptr + done, lex.token.pos - done));
		value->swaps = grown;
		value->swaps[value->n_swaps++] =
			(struct syntax_swap){ .at = text.len,
					      .len = strlen(meaning),
					      .from = lex.token.pos,
					      .from_len = lex.token.len };
		buffer_add_cstr(&text, meaning);
		done = lex.token.pos + lex.token.len;
	}
	buffer_add(&text, str_from(written, done));
	if (value->n_swaps && !buffer_failed(&text))
		value->text = arena_copy(arena, buffer_str(&text));
	else
		value->n_swaps = 0;
	buffer_done(&text);
}

static bool
takes_sets(const struct option_row *row)
{
	return row->type == OPTION_EXPRESSION || row->type == OPTION_CONDITION ||
	       strcmp(row->name, "sequence") == 0;
}

void
sets_build(struct build *build)
{
	struct sets sets = { .build = build };
	const struct syntax_section *section;
	bool pack;

	for (size_t i = 0; (section = build_section(build, i, &pack)); i++)
		if (section->row->kind == SECTION_SET && section->title.text &&
		    !build_duplicate(build, i, true))
			add_set(&sets, section);
	for (size_t i = 0; sets.n && (section = build_section(build, i, &pack)); i++)
		for (size_t k = 0; k < section->n_items; k++) {
			struct syntax_item *item = &section->items[k];
			for (size_t v = 0; takes_sets(item->row) && v < item->n_values;
			     v++)
				swap_names(&sets, &item->values[v]);
		}
}
