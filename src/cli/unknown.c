/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/unknown.h"

#include "base/i18n.h"
#include "base/text.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>

/** Columns in front of a shape. */
#define COUNT_COLUMNS 11
#define HEAD_INDENT 4
#define SHAPE_BYTES 400

static void
add_number(struct buffer *out, const json_t *source, const char *key)
{
	char text[32];

	online_number(text, online_u64(source, key));
	buffer_add_cstr(out, text);
}

static void
add_counts(struct buffer *out, const json_t *source)
{
	double share = online_double(source, "recognised");

	add_number(out, source, "lines");
	buffer_add_cstr(out, _(" lines; told an event "));
	add_number(out, source, "told");
	buffer_add_cstr(out, _(", ignored "));
	add_number(out, source, "ignored");
	buffer_add_cstr(out, _(", of other programs "));
	add_number(out, source, "others");
	buffer_add_cstr(out, _(", unknown "));
	add_number(out, source, "unknown");
	if (!isnan(share))
		buffer_addf(out, " (%.1f %%)", (1 - share) * 100);
}

/** In one line where there is room, else the numbers below the name. */
static void
add_head(struct buffer *out, const struct terminal *terminal, const json_t *source)
{
	const char *dialect = online_text(source, "dialect");
	struct buffer name, counts;

	buffer_init(&name);
	buffer_init(&counts);
	buffer_add_clean(&name, str_of(online_text(source, "name")), 120);
	add_counts(&counts, source);
	buffer_addf(out, "%s%.*s%s", terminal_bold(terminal), (int)name.len,
		    name.len ? name.ptr : "", terminal_plain(terminal));
	buffer_clear(&name);
	if (dialect[0])
		buffer_addf(&name, " (%s)", dialect);
	buffer_add_cstr(&name, ": ");
	buffer_add(out, buffer_str(&name));
	size_t wide = terminal_columns(str_of(online_text(source, "name"))) +
		      terminal_columns(buffer_str(&name)) +
		      terminal_columns(buffer_str(&counts));
	if (terminal->columns && wide > terminal->columns)
		buffer_addf(out, "\n%*s", HEAD_INDENT, "");
	terminal_wrap(out, buffer_str(&counts), HEAD_INDENT, terminal->columns);
	buffer_done(&name);
	buffer_done(&counts);
}

static void
add_shape(struct buffer *out, const struct terminal *terminal, const json_t *row)
{
	size_t columns = terminal->columns > 40 ? terminal->columns - COUNT_COLUMNS
						: SHAPE_BYTES;
	uint64_t error = online_u64(row, "error");
	struct buffer line;
	char text[32];

	buffer_init(&line);
	online_number(text, online_u64(row, "count"));
	terminal_cell_right(out, str_of(text), COUNT_COLUMNS - 2);
	buffer_add_cstr(out, "  ");
	buffer_add_clean(&line, str_of(online_text(row, "shape")), SHAPE_BYTES);
	if (error)
		buffer_addf(&line, _(" (at least %" PRIu64 ")"),
			    online_u64(row, "count") - error);
	terminal_cut(out, buffer_str(&line), columns);
	buffer_addf(out, "\n%*s", COUNT_COLUMNS, "");
	buffer_clear(&line);
	buffer_add_cstr(&line, _("such as: "));
	buffer_add_clean(&line, str_of(online_text(row, "sample")), SHAPE_BYTES);
	terminal_cut(out, buffer_str(&line), columns);
	buffer_add_char(out, '\n');
	buffer_done(&line);
}

void
unknown_add(struct buffer *out, const struct terminal *terminal, const json_t *source)
{
	const json_t *shapes = json_object_get(source, "shapes"), *row;
	size_t i;

	add_head(out, terminal, source);
	json_array_foreach(shapes, i, row)
	{
		add_shape(out, terminal, row);
	}
	if (online_u64(source, "unknown") && !json_array_size(shapes))
		buffer_add_cstr(out,
				_("           their shapes are not known: they came "
				  "before the daemon was started\n"));
}

void
unknown_add_next(struct buffer *out)
{
	buffer_add_cstr(out,
			_("\nOne of them: sipvigil explain 'LINE'. To have them read, "
			  "or ignored: a pattern in\n"
			  "/etc/sipvigil/conf.d, sipvigil-patterns(5).\n"));
}
