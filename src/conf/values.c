/* SPDX-License-Identifier: Apache-2.0 */
#include "conf/values.h"

#include "base/i18n.h"
#include "conf/spot.h"
#include "conf/unit.h"

#include <assert.h>
#include <confuse.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

/*
 * The text that libconfuse gets is written anew from what syntax.c found sound, so that
 * nothing in it can make the library stop: no comments, no includes, words in quotes.
 * Each section bears its number instead of its title (two of one title would become
 * one), the title is a value of its own under TITLE_KEY.
 */
#define TITLE_KEY ".title"

/** Words outside of quotes go into quotes, with what escapes there escaped. */
static void
write_word(struct buffer *out, struct sv_str text, bool expands)
{
	buffer_add_char(out, '"');
	for (size_t i = 0; i < text.len; i++) {
		if (text.ptr[i] == '\\' || (text.ptr[i] == '$' && !expands))
			buffer_add_char(out, '\\');
		buffer_add_char(out, text.ptr[i]);
	}
	buffer_add_char(out, '"');
}

static void
write_value(struct buffer *out, const struct syntax_file *file,
	    const struct syntax_value *value)
{
	struct sv_str raw =
		str_upto(str_from(file->text, value->begin), value->end - value->begin);

	if (value->quote == SYNTAX_BARE)
		write_word(out, raw, value->expands);
	else
		buffer_add(out, raw);
}

static void
write_section(struct buffer *out, const struct syntax_section *section)
{
	for (size_t i = 0; i < section->n_items; i++) {
		const struct syntax_item *item = &section->items[i];
		bool list = item->row->flags & OPTION_LIST;
		if (item->broken || (item->n_values == 0 && !list))
			continue;
		buffer_addf(out, "%s = %s", item->row->name, list ? "{" : "");
		for (size_t j = 0; j < (list ? item->n_values : 1); j++) {
			if (j)
				buffer_add_cstr(out, ", ");
			write_value(out, section->file, &item->values[j]);
		}
		buffer_add_cstr(out, list ? "}\n" : "\n");
	}
}

static void
write_file(struct buffer *out, const struct syntax_file *file)
{
	write_section(out, &file->sections[0]);
	for (size_t i = 1; i < file->n_sections; i++) {
		const struct syntax_section *section = &file->sections[i];
		buffer_addf(out, "%s \"%zu\" {\n", section->row->name, i);
		if (section->title.end) {
			buffer_add_cstr(out, TITLE_KEY " = ");
			write_value(out, file, &section->title);
			buffer_add_char(out, '\n');
		}
		write_section(out, section);
		buffer_add_cstr(out, "}\n");
	}
}

/** Room for the options of a section, its title and the end mark. */
#define MAX_OPTIONS 32

/** The library's tables, made from ours. All values are texts there: ours say more of
 *  what is wrong with a number. */
struct tables {
	cfg_opt_t sections[SECTION_KINDS][MAX_OPTIONS];
	cfg_opt_t top[MAX_OPTIONS + SECTION_KINDS];
};

static size_t
table_fill(cfg_opt_t *table, const struct section_row *row)
{
	size_t n = 0;

	assert(row->n_options + 2 < MAX_OPTIONS);
	for (size_t i = 0; i < row->n_options; i++) {
		cfg_opt_t text = CFG_STR(row->options[i].name, NULL, CFGF_NODEFAULT);
		cfg_opt_t list =
			CFG_STR_LIST(row->options[i].name, NULL, CFGF_NODEFAULT);
		table[n++] = row->options[i].flags & OPTION_LIST ? list : text;
	}
	return n;
}

static void
tables_init(struct tables *tables)
{
	const cfg_opt_t title = CFG_STR(TITLE_KEY, NULL, CFGF_NODEFAULT);
	const cfg_opt_t end = CFG_END();
	size_t top = table_fill(tables->top, options_section(SECTION_TOP));

	for (size_t i = SECTION_TOP + 1; i < SECTION_KINDS; i++) {
		const struct section_row *row = options_section((enum section_kind)i);
		size_t n = table_fill(tables->sections[i], row);
		tables->sections[i][n++] = title;
		tables->sections[i][n] = end;
		cfg_opt_t section = CFG_SEC(row->name, tables->sections[i],
					    CFGF_MULTI | CFGF_TITLE);
		tables->top[top++] = section;
	}
	tables->top[top] = end;
}

/** What libconfuse itself says; it should have nothing to say. */
static void
keep_silent(cfg_t *cfg, const char *format, va_list args)
{
	(void)cfg;
	(void)format;
	(void)args;
}

/** Whether a text may go on: bounded, and nothing that a terminal or a line of output
 *  would take for more than text. */
static bool
text_sound(const struct option_row *row, const char *text)
{
	size_t len = strlen(text);

	if (len > VALUE_MAX_BYTES)
		return false;
	/* Log lines of tests may hold what real lines hold. */
	bool free_text = row && (strcmp(row->name, "log") == 0 ||
				 strcmp(row->name, "line") == 0);
	for (size_t i = 0; i < len && !free_text; i++)
		if ((unsigned char)text[i] < ' ' && text[i] != '\n' && text[i] != '\t')
			return false;
	return true;
}

static void
take_item(struct arena *arena, struct syntax_item *item, cfg_opt_t *option)
{
	size_t n = option && !item->broken ? cfg_opt_size(option) : 0;

	if (item->n_values > n)
		item->n_values = n;
	for (size_t i = 0; i < item->n_values; i++) {
		const char *text = cfg_opt_getnstr(option, (unsigned)i);
		item->values[i].text = arena_copy(arena, str_of(text ? text : ""));
	}
}

static void
take_section(struct arena *arena, struct syntax_section *section, cfg_t *cfg)
{
	for (size_t i = 0; i < section->n_items; i++)
		take_item(arena, &section->items[i],
			  cfg ? cfg_getopt(cfg, section->items[i].row->name) : NULL);
	const char *title =
		cfg && section->title.end ? cfg_getstr(cfg, TITLE_KEY) : NULL;
	if (title)
		section->title.text = arena_copy(arena, str_of(title));
	section->name = section->title.text ? section->title.text : "main";
}

static void
take_file(struct arena *arena, struct syntax_file *file, cfg_t *cfg)
{
	char number[24];

	take_section(arena, &file->sections[0], cfg);
	for (size_t i = 1; i < file->n_sections; i++) {
		struct syntax_section *section = &file->sections[i];
		snprintf(number, sizeof(number), "%zu", i);
		take_section(arena, section,
			     cfg_gettsec(cfg, section->row->name, number));
	}
}

/** Gives what was found sound to the library and takes its values. */
static int
ask_library(struct arena *arena, struct syntax_file *file, struct diag *diag)
{
	struct tables *tables = calloc(1, sizeof(*tables));
	struct buffer text;
	cfg_t *cfg = NULL;
	int r = -ENOMEM;

	buffer_init(&text);
	if (!tables)
		goto done;
	tables_init(tables);
	write_file(&text, file);
	buffer_add_cstr(&text, "\n");
	buffer_add_char(&text, '\0');
	if (buffer_failed(&text))
		goto done;
	cfg = cfg_init(tables->top, CFGF_NONE);
	if (!cfg)
		goto done;
	cfg_set_error_function(cfg, keep_silent);
	if (cfg_parse_buf(cfg, text.ptr) != CFG_SUCCESS)
		diag_add(diag, DIAG_ERROR, file->path, 0, 0, 0, NULL,
			 _("libconfuse cannot read this file"), NULL);
	take_file(arena, file, cfg);
	r = arena_failed(arena) ? -ENOMEM : 0;
done:
	if (cfg)
		cfg_free(cfg);
	buffer_done(&text);
	free(tables);
	return r;
}

/** A text as value of its option; false when it is none. */
static bool
convert(const struct option_row *row, const char *text, uint64_t *ret_number)
{
	bool on;

	switch (row->type) {
	case OPTION_TEXT:
	case OPTION_PATH:
	case OPTION_EXPRESSION:
	case OPTION_CONDITION:
		*ret_number = 0;
		return true;
	case OPTION_DURATION:
		return unit_duration(str_of(text), ret_number) == UNIT_OK;
	case OPTION_SIZE:
		return unit_size(str_of(text), ret_number) == UNIT_OK;
	case OPTION_NUMBER:
		return unit_number(str_of(text), ret_number) == UNIT_OK;
	case OPTION_SWITCH:
		if (unit_switch(str_of(text), &on) != UNIT_OK)
			return false;
		*ret_number = on;
		return true;
	case OPTION_WORD:
		for (size_t i = 0; row->words[i]; i++)
			if (strcmp(text, row->words[i]) == 0) {
				*ret_number = i;
				return true;
			}
		return false;
	}
	return false;
}

/** Says what a value that is none of its type should look like. */
static void
report_type(struct diag *diag, struct spot spot, const struct option_row *row,
	    const char *text)
{
	enum unit_result result = UNIT_NOT_A_VALUE;
	char hint[160] = "";
	uint64_t number;
	size_t n = 0;

	switch (row->type) {
	case OPTION_TEXT:
	case OPTION_PATH:
	case OPTION_EXPRESSION:
	case OPTION_CONDITION:
		return;
	case OPTION_DURATION:
		result = unit_duration(str_of(text), &number);
		if (result == UNIT_MISSING)
			snprintf(hint, sizeof(hint), _("write '%.20ss' or '%.20sm'"),
				 text, text);
		else
			snprintf(hint, sizeof(hint), _("as 90s, 5m, 1h30m or 7d"));
		break;
	case OPTION_SIZE:
		result = unit_size(str_of(text), &number);
		snprintf(hint, sizeof(hint), _("as 64K, 16M or 1G"));
		break;
	case OPTION_NUMBER:
		break;
	case OPTION_SWITCH:
		snprintf(hint, sizeof(hint), _("write true or false"));
		break;
	case OPTION_WORD:
		while (row->words[n])
			n++;
		const char *near = options_nearest(str_of(text), row->words, n);
		if (near)
			snprintf(hint, sizeof(hint), _("did you mean '%s'?"), near);
		for (size_t i = 0, used = 0; !near && i < n && used < sizeof(hint); i++)
			used += (size_t)snprintf(hint + used, sizeof(hint) - used,
						 i ? " | %s" : "%s", row->words[i]);
		break;
	}
	const char *type = options_type_name(row);
	const char *tip = hint[0] ? hint : NULL;
	if (result == UNIT_MISSING)
		spot_error(diag, spot, tip, _("'%.64s' has no unit"), text);
	else if (result == UNIT_UNKNOWN)
		spot_error(diag, spot, tip, _("'%.64s': there is no such unit"), text);
	else if (row->type == OPTION_WORD)
		spot_error(diag, spot, tip, _("'%.64s' is no value of '%s'"), text,
			   row->name);
	else
		spot_error(diag, spot, tip, _("'%.64s' is not a value of '%s' (%s)"),
			   text, row->name, type);
}

static void
print_bound(const struct option_row *row, uint64_t bound, char out[UNIT_TEXT_BYTES])
{
	if (row->type == OPTION_DURATION)
		unit_duration_print(bound, out);
	else if (row->type == OPTION_SIZE)
		unit_size_print(bound, out);
	else
		snprintf(out, UNIT_TEXT_BYTES, "%llu", (unsigned long long)bound);
}

/** One value against its option; false when it is no good. */
static bool
check_value(const struct syntax_section *section, struct syntax_item *item,
	    const struct syntax_value *value, struct diag *diag)
{
	const struct option_row *row = item->row;
	struct spot spot = spot_value(section, value);
	char low[UNIT_TEXT_BYTES], high[UNIT_TEXT_BYTES], hint[96];

	if (!text_sound(row, value->text)) {
		spot_error(diag, spot, NULL,
			   strlen(value->text) > VALUE_MAX_BYTES
				   ? _("this text is too long")
				   : _("there is a control character in this text"));
		return false;
	}
	if (!convert(row, value->text, &item->number)) {
		report_type(diag, spot, row, value->text);
		return false;
	}
	if (row->max && (item->number < row->min || item->number > row->max)) {
		print_bound(row, row->min, low);
		print_bound(row, row->max, high);
		snprintf(hint, sizeof(hint), _("from %s to %s"), low, high);
		spot_error(diag, spot, hint, _("'%.64s' is out of range for '%s'"),
			   value->text, row->name);
		return false;
	}
	return true;
}

static void
check_item(const struct syntax_section *section, struct syntax_item *item,
	   struct diag *diag)
{
	size_t good = 0;

	for (size_t i = 0; i < item->n_values; i++)
		if (check_value(section, item, &item->values[i], diag))
			item->values[good++] = item->values[i];
	bool lost = item->broken || good < item->n_values;
	item->n_values = good;
	if (!(item->row->flags & (OPTION_REQUIRED | OPTION_FULL)) || lost)
		return;
	if (good == 0 || (good == 1 && !item->values[0].text[0]))
		spot_error(diag, spot_key(section, item), NULL,
			   _("'%s' must not be empty"), item->row->name);
}

static void
check_title(struct syntax_section *section, struct diag *diag)
{
	const char *title = section->title.text;

	if (!title)
		return;
	if (!title[0] || strlen(title) > VALUE_TITLE_BYTES ||
	    !text_sound(NULL, title) || strchr(title, '\n'))
		spot_error(diag, spot_title(section), NULL,
			   _("a name has 1 to %d bytes and no control characters"),
			   VALUE_TITLE_BYTES);
}

int
values_read(struct arena *arena, struct syntax_file *file, struct diag *diag)
{
	int r = ask_library(arena, file, diag);

	if (r < 0)
		return r;
	for (size_t i = 0; i < file->n_sections; i++) {
		struct syntax_section *section = &file->sections[i];
		size_t errors = diag->errors;
		check_title(section, diag);
		for (size_t j = 0; j < section->n_items; j++)
			check_item(section, &section->items[j], diag);
		section->unsure |= diag->errors > errors;
	}
	return 0;
}

static const struct option_row *
row_of(const struct syntax_section *section, const char *name)
{
	const char *near;
	const struct option_row *row = options_find(section->row, str_of(name), &near);

	assert(row);
	return row;
}

const char *
values_text(const struct syntax_section *section, const char *name)
{
	const struct option_row *row = row_of(section, name);
	const struct syntax_item *item = syntax_item(section, name);

	return item && item->n_values ? item->values[0].text : row->fallback;
}

uint64_t
values_number(const struct syntax_section *section, const char *name)
{
	const struct option_row *row = row_of(section, name);
	const struct syntax_item *item = syntax_item(section, name);
	uint64_t number = 0;

	if (item && item->n_values)
		return item->number;
	if (row->fallback && !convert(row, row->fallback, &number))
		assert(!"a default of the table is no value of its option");
	return number;
}

bool
values_given(const struct syntax_section *section, const char *name)
{
	return syntax_item(section, name) != NULL;
}

const char *const *
values_list(struct arena *arena, const struct syntax_section *section, const char *name,
	    size_t *ret_n)
{
	const struct option_row *row = row_of(section, name);
	const struct syntax_item *item = syntax_item(section, name);
	bool preset = row->fallback && (!item || item->append);
	size_t n = 0, room = (item ? item->n_values : 0) + (preset ? 1 : 0);
	const char **texts = arena_alloc(arena, (room + 1) * sizeof(*texts));

	*ret_n = 0;
	if (!texts)
		return NULL;
	if (preset)
		texts[n++] = row->fallback;
	for (size_t i = 0; item && i < item->n_values; i++)
		texts[n++] = item->values[i].text;
	*ret_n = n;
	return texts;
}
