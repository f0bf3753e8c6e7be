/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/terminal.h"

#include "base/text.h"
#include "cli/glyph.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

/** Narrower ones are taken as this: a table needs some room. */
#define TERMINAL_MIN_COLUMNS 60

static unsigned
columns_of(int fd)
{
	struct winsize size;
	const char *set = getenv("COLUMNS");
	unsigned columns = 80;

	if (ioctl(fd, TIOCGWINSZ, &size) == 0 && size.ws_col > 0)
		columns = size.ws_col;
	else if (set && atoi(set) > 0)
		columns = (unsigned)atoi(set);
	return columns < TERMINAL_MIN_COLUMNS ? TERMINAL_MIN_COLUMNS : columns;
}

void
terminal_init(struct terminal *terminal, int fd)
{
	const char *no_color = getenv("NO_COLOR");
	const char *term = getenv("TERM");

	*terminal = (struct terminal){ 0 };
	if (!isatty(fd))
		return;
	terminal->interactive = true;
	terminal->columns = columns_of(fd);
	terminal->color = (!no_color || !no_color[0]) && term && strcmp(term, "dumb");
}

const char *
terminal_severity(const struct terminal *terminal, enum sv_severity severity)
{
	if (!terminal->color)
		return "";
	switch (severity) {
	case SV_SEVERITY_OK:
		return "\033[32m";
	case SV_SEVERITY_WARNING:
		return "\033[33m";
	case SV_SEVERITY_CRITICAL:
		return "\033[1;31m";
	case SV_SEVERITY_UNKNOWN:
		return "\033[35m";
	}
	return "";
}

const char *
terminal_bold(const struct terminal *terminal)
{
	return terminal->color ? "\033[1m" : "";
}

const char *
terminal_plain(const struct terminal *terminal)
{
	return terminal->color ? "\033[0m" : "";
}

size_t
terminal_columns(struct sv_str text)
{
	size_t columns = 0, one;

	while (text.len) {
		text = str_from(text, glyph_take(text, &one));
		columns += one;
	}
	return columns;
}

/** The first characters of `text` that take at most `columns` columns. */
static struct sv_str
first_columns(struct sv_str text, size_t columns, size_t *ret_taken)
{
	size_t taken = 0, at = 0, one;

	while (at < text.len) {
		size_t n = glyph_take(str_from(text, at), &one);
		if (taken + one > columns)
			break;
		taken += one;
		at += n;
	}
	*ret_taken = taken;
	return str_upto(text, at);
}

static void
add_blanks(struct buffer *buf, size_t n)
{
	while (n--)
		buffer_add_char(buf, ' ');
}

size_t
terminal_cut(struct buffer *buf, struct sv_str text, size_t columns)
{
	size_t wide = terminal_columns(text);

	if (wide <= columns) {
		buffer_add(buf, text);
		return wide;
	}
	if (columns == 0)
		return 0;
	buffer_add(buf, first_columns(text, columns - 1, &wide));
	buffer_add_cstr(buf, "…");
	return wide + 1;
}

void
terminal_cell(struct buffer *buf, struct sv_str text, size_t columns)
{
	size_t used = terminal_cut(buf, text, columns);

	add_blanks(buf, columns - used);
}

void
terminal_cell_right(struct buffer *buf, struct sv_str text, size_t columns)
{
	size_t wide = terminal_columns(text), taken;

	if (wide > columns) {
		(void)first_columns(text, columns - (columns > 0), &taken);
		wide = taken + 1;
	}
	if (wide < columns)
		add_blanks(buf, columns - wide);
	(void)terminal_cut(buf, text, columns);
}

void
terminal_wrap(struct buffer *buf, struct sv_str text, size_t indent, size_t columns)
{
	size_t at = indent;

	while (text.len) {
		size_t blank = str_find_char(text, ' ');
		struct sv_str word = blank == STR_NONE ? text : str_upto(text, blank);
		size_t wide = terminal_columns(word);
		if (columns && at > indent && at + 1 + wide > columns) {
			buffer_add_char(buf, '\n');
			add_blanks(buf, indent);
			at = indent;
		} else if (at > indent) {
			buffer_add_char(buf, ' ');
			at++;
		}
		buffer_add(buf, word);
		at += wide;
		text = str_from(text, word.len + 1);
	}
	buffer_add_char(buf, '\n');
}

bool
terminal_print(struct buffer *buf)
{
	bool good = !buffer_failed(buf) &&
		    fwrite(buf->ptr, 1, buf->len, stdout) == buf->len;

	buffer_clear(buf);
	return good && !ferror(stdout);
}
