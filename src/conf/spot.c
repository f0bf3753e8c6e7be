/* SPDX-License-Identifier: Apache-2.0 */
#include "conf/spot.h"

#include "conf/token.h"

#include <stdarg.h>
#include <stdio.h>

/** Longest message, bytes; values in it are cut by their formats before that. */
#define SPOT_MESSAGE_BYTES 512
/** Longest source line that is kept. */
#define SPOT_LINE_BYTES 8192

struct spot
spot_value(const struct syntax_section *section, const struct syntax_value *value)
{
	size_t quotes = value->quote == SYNTAX_BARE ? 0 : 1;
	struct spot spot = { section->file, value->begin + quotes,
			     value->end - value->begin - 2 * quotes };

	/* An empty string is marked by its quotes. */
	if (spot.len == 0)
		spot = (struct spot){ section->file, value->begin,
				      value->end - value->begin };
	return spot;
}

/** Where a place of the text is in what was written; `end`: as the end of a part. */
static size_t
written(const struct syntax_value *value, size_t place, bool end)
{
	size_t back = place;

	for (size_t i = 0; i < value->n_swaps; i++) {
		const struct syntax_swap *s = &value->swaps[i];
		if (end ? place <= s->at : place < s->at)
			break;
		if (end ? place <= s->at + s->len : place < s->at + s->len)
			return end ? s->from + s->from_len : s->from;
		back = s->from + s->from_len + (place - s->at - s->len);
	}
	return back;
}

struct spot
spot_part(const struct syntax_section *section, const struct syntax_value *value,
	  size_t offset, size_t len)
{
	/* Where the environment has a say, the text's places are not the file's. */
	if (value->expands)
		return spot_value(section, value);
	struct sv_str raw = str_upto(str_from(section->file->text, value->begin),
				     value->end - value->begin);
	len = written(value, offset + len, true) - written(value, offset, false);
	offset = written(value, offset, false);
	size_t from = token_place(raw, offset), to = token_place(raw, offset + len);
	return (struct spot){ section->file, value->begin + from,
			      to > from ? to - from : 1 };
}

struct spot
spot_key(const struct syntax_section *section, const struct syntax_item *item)
{
	return (struct spot){ section->file, item->begin, item->len };
}

struct spot
spot_title(const struct syntax_section *section)
{
	if (section->title.end)
		return spot_value(section, &section->title);
	return (struct spot){ section->file, section->begin, section->len };
}

unsigned
spot_line(const struct syntax_file *file, size_t at)
{
	return 1 + (unsigned)str_count(str_upto(file->text, at), SV_STR("\n"));
}

static void
say(struct diag *diag, enum diag_level level, struct spot spot, const char *message,
    const char *hint)
{
	struct sv_str text = spot.file->text;
	char line[SPOT_LINE_BYTES];

	if (spot.begin > text.len)
		spot.begin = text.len;
	size_t start = str_find_last(str_upto(text, spot.begin), SV_STR("\n"));
	start = start == STR_NONE ? 0 : start + 1;
	struct sv_str rest = str_from(text, start);
	size_t end = str_find_char(rest, '\n');
	if (end != STR_NONE)
		rest.len = end;
	while (rest.len && rest.ptr[rest.len - 1] == '\r')
		rest.len--;
	size_t column = spot.begin - start;
	size_t room = rest.len > column ? rest.len - column : 1;
	size_t width = spot.len < room ? spot.len : room;
	rest = str_upto(rest, sizeof(line) - 1);
	/* A zero byte would end the line for diag, which takes C texts. */
	for (size_t i = 0; i < rest.len; i++)
		line[i] = rest.ptr[i] ? rest.ptr[i] : '\x01';
	line[rest.len] = '\0';
	diag_add(diag, level, spot.file->path, spot_line(spot.file, spot.begin),
		 (unsigned)column + 1, (unsigned)width, line, message, hint);
}

void
spot_error(struct diag *diag, struct spot spot, const char *hint, const char *format,
	   ...)
{
	char message[SPOT_MESSAGE_BYTES];
	va_list args;

	va_start(args, format);
	vsnprintf(message, sizeof(message), format, args);
	va_end(args);
	say(diag, DIAG_ERROR, spot, message, hint);
}

void
spot_warning(struct diag *diag, struct spot spot, const char *hint, const char *format,
	     ...)
{
	char message[SPOT_MESSAGE_BYTES];
	va_list args;

	va_start(args, format);
	vsnprintf(message, sizeof(message), format, args);
	va_end(args);
	say(diag, DIAG_WARNING, spot, message, hint);
}
