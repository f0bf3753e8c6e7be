/* SPDX-License-Identifier: Apache-2.0 */
/* How tools print a message, undone: colours, dots for CR, wrapped text. */
#include "dialect/sipmsg_state.h"

#include <ctype.h>

size_t
sipmsg_text_uncolour(struct sv_str text, char *out, size_t size)
{
	size_t n = 0;

	if (str_find_char(text, '\033') == STR_NONE) {
		text = str_upto(text, size);
		memcpy(out, text.ptr ? text.ptr : "", text.len);
		return text.len;
	}
	for (size_t i = 0; i < text.len && n < size; i++) {
		if (text.ptr[i] != '\033' || i + 1 >= text.len ||
		    text.ptr[i + 1] != '[') {
			out[n++] = text.ptr[i];
			continue;
		}
		size_t end = i + 2;
		while (end < text.len &&
		       (isdigit((unsigned char)text.ptr[end]) || text.ptr[end] == ';'))
			end++;
		i = end; /* the letter that ends it is left out too */
	}
	return n;
}

/** "..Call-ID: " in wrapped text: two dots, then a header's name, the next message, or
 *  the end. */
static bool
is_line_end(struct sv_str at)
{
	if (!str_starts(at, SV_STR("..")))
		return false;
	at = str_from(at, 2);
	if (str_starts(at, SV_STR("..")) || at.len == 0 ||
	    str_starts(at, SV_STR("SIP/2.0 ")))
		return true;
	size_t n = 0;
	while (n < at.len && n < 40 &&
	       (isalnum((unsigned char)at.ptr[n]) || at.ptr[n] == '-'))
		n++;
	if (n == 0 || n >= at.len)
		return false;
	struct sv_str rest = str_from(at, n);
	return rest.ptr[0] == ':' || rest.ptr[0] == '=' ||
	       str_starts(rest, SV_STR(" sip:")) || str_starts(rest, SV_STR(" sips:"));
}

static struct sv_str
unwrap(struct sipmsg_state *st, struct sv_str text)
{
	size_t n = 0, size = sizeof(st->scratch);

	while (text.len && text.ptr[text.len - 1] == ' ')
		text.len--; /* the last line is filled up */
	for (size_t i = 0; i < text.len && n + 2 <= size; i++) {
		if (!is_line_end(str_from(text, i))) {
			st->scratch[n++] = text.ptr[i];
			continue;
		}
		st->scratch[n++] = '\r';
		st->scratch[n++] = '\n';
		i++;
	}
	return str_make(st->scratch, n);
}

/** Does the first line end in the dot that stands for CR? */
static bool
has_dots(struct sv_str text)
{
	size_t end = str_find_char(text, '\n');

	return end != STR_NONE && end > 0 && text.ptr[end - 1] == '.';
}

/** "." in front of LF becomes CR; so does one at the very end of a piece of TCP. */
static struct sv_str
undot(struct sipmsg_state *st, size_t len)
{
	char *s = st->scratch;

	for (size_t i = 0; i + 1 < len; i++)
		if (s[i] == '.' && s[i + 1] == '\n')
			s[i] = '\r';
	return str_make(s, len);
}

/** A segment ends where the tool's own line ends begin. */
static size_t
segment_len(const struct sipmsg_frame *f, const char *text, size_t len)
{
	if (f->style != STYLE_DOTS)
		return len && text[len - 1] == '\n' ? len - 1 : len;
	while (len && text[len - 1] == '\n')
		len--;
	/* "Call-ID: x." is a whole line, "Authorization: Dig" is not */
	return len && text[len - 1] == '.' ? len + 1 : len;
}

/** CR was dropped. */
static struct sv_str
with_cr(struct sipmsg_state *st, struct sv_str text)
{
	size_t n = 0;

	for (size_t i = 0; i < text.len && n + 2 <= sizeof(st->scratch); i++) {
		if (text.ptr[i] == '\n')
			st->scratch[n++] = '\r';
		st->scratch[n++] = text.ptr[i];
	}
	return str_make(st->scratch, n);
}

struct sv_str
sipmsg_text_plain(struct sipmsg_state *st, struct sv_str text)
{
	const struct sipmsg_frame *f = &st->frame;

	if (f->style == STYLE_WRAPPED)
		return unwrap(st, text);
	if (f->segments)
		text.len = segment_len(f, text.ptr, text.len);
	if (f->style == STYLE_PACKET && f->segments)
		return with_cr(st, text);
	if (f->style != STYLE_DOTS)
		return text;
	text.len = sipmsg_text_uncolour(text, st->scratch, sizeof(st->scratch));
	text.ptr = st->scratch;
	return f->segments || has_dots(text) ? undot(st, text.len) : text;
}
