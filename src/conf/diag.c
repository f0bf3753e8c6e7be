/* SPDX-License-Identifier: Apache-2.0 */
#include "conf/diag.h"

#include "base/i18n.h"
#include "base/text.h"

#include <stdlib.h>

/** A longer source line is shown around its caret alone. */
#define DIAG_LINE_BYTES 160
/** What stays visible before the caret of a cut line. */
#define DIAG_LINE_BEFORE 60

void
diag_init(struct diag *diag)
{
	*diag = (struct diag){ 0 };
}

static void
entry_done(struct diag_entry *entry)
{
	free(entry->file);
	free(entry->source);
	free(entry->message);
	free(entry->hint);
}

void
diag_done(struct diag *diag)
{
	for (size_t i = 0; i < diag->n; i++)
		entry_done(&diag->entries[i]);
	free(diag->entries);
	diag_init(diag);
}

/** Copy, or NULL for NULL; *failed is set when memory ran out. */
static char *
copy(const char *text, bool *failed)
{
	char *twin = text ? strdup(text) : NULL;

	*failed |= text && !twin;
	return twin;
}

/* Nine facts make one report; a struct would only name them a second time. */
void /* NOLINTNEXTLINE(readability-function-size) */
diag_add(struct diag *diag, enum diag_level level, const char *file, unsigned line,
	 unsigned column, unsigned width, const char *source, const char *message,
	 const char *hint)
{
	bool failed = false;

	diag->errors += level == DIAG_ERROR;
	diag->warnings += level == DIAG_WARNING;
	if (diag->n >= DIAG_MAX_ENTRIES)
		return;
	if (diag->n == diag->cap) {
		size_t cap = diag->cap ? 2 * diag->cap : 8;
		void *grown = realloc(diag->entries, cap * sizeof(diag->entries[0]));
		if (!grown)
			return;
		diag->entries = grown;
		diag->cap = cap;
	}
	struct diag_entry *entry = &diag->entries[diag->n];
	*entry = (struct diag_entry){ .level = level,
				      .line = line,
				      .column = column,
				      .width = width,
				      .file = copy(file, &failed),
				      .source = copy(source, &failed),
				      .message = copy(message, &failed),
				      .hint = copy(hint, &failed) };
	/* The count alone says then that something is wrong. */
	if (failed)
		entry_done(entry);
	else
		diag->n++;
}

static const char *
level_word(enum diag_level level)
{
	switch (level) {
	case DIAG_ERROR:
		return _("error");
	case DIAG_WARNING:
		return _("warning");
	case DIAG_NOTE:
		return _("note");
	}
	return "";
}

static const char *
level_color(enum diag_level level)
{
	switch (level) {
	case DIAG_ERROR:
		return "\033[1;31m";
	case DIAG_WARNING:
		return "\033[1;33m";
	case DIAG_NOTE:
		return "\033[1;36m";
	}
	return "";
}

static bool
continues(char c)
{
	return ((unsigned char)c & 0xC0) == 0x80;
}

/** The line's text for a terminal: a file may hold anything. Tabs stay. */
static void
add_line(struct buffer *buf, struct sv_str line)
{
	while (line.len) {
		size_t tab = str_find_char(line, '\t');
		size_t take = tab == STR_NONE ? line.len : tab;
		if (take)
			buffer_add_clean(buf, str_upto(line, take), take);
		if (tab != STR_NONE)
			buffer_add_char(buf, '\t');
		line = str_from(line, tab == STR_NONE ? take : take + 1);
	}
}

/** Blanks as wide as `line`: tabs stay tabs, so that the caret stands right whatever
 *  their width; a character of several bytes takes one place. */
static void
add_blanks(struct buffer *buf, struct sv_str line)
{
	for (size_t i = 0; i < line.len; i++)
		if (!continues(line.ptr[i]))
			buffer_add_char(buf, line.ptr[i] == '\t' ? '\t' : ' ');
}

/** Cut a long line to what stands around the caret; *column moves along. */
static struct sv_str
cut_line(struct sv_str line, size_t *column, bool *ret_begin_cut)
{
	size_t from = 0;

	*ret_begin_cut = false;
	if (line.len <= DIAG_LINE_BYTES)
		return line;
	if (*column > DIAG_LINE_BYTES / 2) {
		from = *column - DIAG_LINE_BEFORE;
		if (from + DIAG_LINE_BYTES > line.len)
			from = line.len - DIAG_LINE_BYTES;
		while (from < line.len && continues(line.ptr[from]))
			from++;
		*ret_begin_cut = true;
		*column -= from;
	}
	size_t end = from + DIAG_LINE_BYTES;
	while (end < line.len && continues(line.ptr[end]))
		end++;
	return str_upto(str_from(line, from), end - from);
}

static void
add_source(struct buffer *buf, const struct diag_entry *entry, bool color)
{
	struct sv_str line = str_of(entry->source);
	size_t column = entry->column ? entry->column - 1 : 0;
	bool begin_cut;

	if (column > line.len)
		column = line.len;
	bool end_cut = line.len > DIAG_LINE_BYTES;
	const char *end = line.ptr + line.len;
	line = cut_line(line, &column, &begin_cut);
	end_cut = end_cut && line.ptr + line.len < end;
	buffer_addf(buf, "%5u | %s", entry->line, begin_cut ? "…" : "");
	add_line(buf, line);
	buffer_add_cstr(buf, end_cut ? "…\n" : "\n");
	if (!entry->column)
		return;
	buffer_addf(buf, "      | %s", begin_cut ? " " : "");
	add_blanks(buf, str_upto(line, column));
	buffer_add_cstr(buf, color ? "\033[1;32m" : "");
	buffer_add_char(buf, '^');
	struct sv_str marked = str_upto(str_from(line, column), entry->width);
	for (size_t i = 1; i < marked.len; i++)
		if (!continues(marked.ptr[i]))
			buffer_add_char(buf, '~');
	buffer_add_cstr(buf, color ? "\033[0m" : "");
	if (entry->hint) {
		buffer_add_char(buf, ' ');
		buffer_add_clean(buf, str_of(entry->hint), 1024);
	}
	buffer_add_char(buf, '\n');
}

static void
add_entry(struct buffer *buf, const struct diag_entry *entry, bool color)
{
	if (entry->file) {
		buffer_add_clean(buf, str_of(entry->file), 4096);
		if (entry->line && entry->column)
			buffer_addf(buf, ":%u:%u", entry->line, entry->column);
		else if (entry->line)
			buffer_addf(buf, ":%u", entry->line);
		buffer_add_cstr(buf, ": ");
	}
	buffer_add_cstr(buf, color ? level_color(entry->level) : "");
	buffer_addf(buf, "%s:", level_word(entry->level));
	buffer_add_cstr(buf, color ? "\033[0m " : " ");
	buffer_add_clean(buf, str_of(entry->message), 4096);
	buffer_add_char(buf, '\n');
	if (entry->line && entry->source)
		add_source(buf, entry, color);
	if (entry->hint && !(entry->line && entry->source && entry->column)) {
		buffer_add_cstr(buf, "        ");
		buffer_add_clean(buf, str_of(entry->hint), 1024);
		buffer_add_char(buf, '\n');
	}
}

void
diag_print(const struct diag *diag, struct buffer *buf, bool color)
{
	size_t shown_errors = 0, shown_warnings = 0;

	for (size_t i = 0; i < diag->n; i++) {
		add_entry(buf, &diag->entries[i], color);
		shown_errors += diag->entries[i].level == DIAG_ERROR;
		shown_warnings += diag->entries[i].level == DIAG_WARNING;
	}
	size_t hidden = diag->errors + diag->warnings - shown_errors - shown_warnings;
	if (hidden) {
		buffer_addf(buf,
			    ngettext("… and %zu more mistake",
				     "… and %zu more mistakes", hidden),
			    hidden);
		buffer_add_char(buf, '\n');
	}
}
