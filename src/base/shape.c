/* SPDX-License-Identifier: Apache-2.0 */
#include "base/shape.h"

#include "base/address.h"
#include "base/text.h"

#include <ctype.h>

/** Quoted text and addresses in brackets end within this many bytes, or they do not
 *  count as such. */
#define QUOTED_MAX ((size_t)400)
/** Longer words are no words. */
#define WORD_MAX ((size_t)40)
/** Hexadecimal digits in a row, one of them 0 to 9, that are taken for an id. */
#define HEX_LEAST 6

struct writer {
	char *out;
	size_t len, cap;
};

static void
put(struct writer *w, struct sv_str text)
{
	if (text.len > w->cap - w->len)
		text.len = w->cap - w->len;
	if (text.len)
		memcpy(w->out + w->len, text.ptr, text.len);
	w->len += text.len;
}

static bool
is_high(char c)
{
	return (unsigned char)c >= 0x80;
}

static bool
is_alnum(char c)
{
	return isalnum((unsigned char)c) || is_high(c);
}

/** What belongs to a word, a number, a date or an address. */
static bool
is_word(char c)
{
	return is_alnum(c) || (c && strchr("_.:@%+/-~*#", c));
}

static bool
is_digit(char c)
{
	return c >= '0' && c <= '9';
}

static bool
has_digit(struct sv_str s)
{
	for (size_t i = 0; i < s.len; i++)
		if (is_digit(s.ptr[i]))
			return true;
	return false;
}

/** A date, a time, a number with separators. */
static bool
is_number(struct sv_str s)
{
	for (size_t i = 0; i < s.len; i++)
		if (!is_digit(s.ptr[i]) && !strchr(".:/+-TZ", s.ptr[i]))
			return false;
	return s.len && has_digit(s);
}

static bool
is_hex(struct sv_str s, bool dashes)
{
	size_t digits = 0;

	for (size_t i = 0; i < s.len; i++) {
		if (isxdigit((unsigned char)s.ptr[i]))
			digits++;
		else if (!dashes || s.ptr[i] != '-')
			return false;
	}
	return digits >= HEX_LEAST && has_digit(s);
}

static bool
is_uri(struct sv_str s)
{
	return str_find_char(s, '@') != STR_NONE || str_starts(s, SV_STR("sip:")) ||
	       str_starts(s, SV_STR("sips:")) || str_starts(s, SV_STR("tel:"));
}

/** A piece of a word between its separators. */
static void
put_piece(struct writer *w, struct sv_str s)
{
	if (!has_digit(s)) {
		put(w, s.len > WORD_MAX ? SV_STR("<text>") : s);
		return;
	}
	if (is_number(s) || is_hex(s, false) || s.len > WORD_MAX) {
		put(w, is_number(s) ? SV_STR("<n>") : SV_STR("<hex>"));
		return;
	}
	for (size_t i = 0; i < s.len;) {
		size_t n = 1;
		bool digit = is_digit(s.ptr[i]);
		while (i + n < s.len && is_digit(s.ptr[i + n]) == digit)
			n++;
		put(w, digit ? SV_STR("<n>") : str_make(s.ptr + i, n));
		i += n;
	}
}

static void
put_word(struct writer *w, struct sv_str s)
{
	struct sv_ip ip;
	uint16_t port;

	if (address_parse(s, &ip) || address_parse_port(s, &ip, &port)) {
		put(w, SV_STR("<ip>"));
		return;
	}
	if (is_uri(s)) {
		put(w, SV_STR("<uri>"));
		return;
	}
	if (is_number(s) || is_hex(s, true)) {
		put(w, is_number(s) ? SV_STR("<n>") : SV_STR("<hex>"));
		return;
	}
	for (size_t i = 0; i < s.len;) {
		size_t n = 0;
		while (i + n < s.len && (is_alnum(s.ptr[i + n]) || s.ptr[i + n] == '_'))
			n++;
		put_piece(w, str_make(s.ptr + i, n));
		i += n;
		if (i < s.len)
			put(w, str_make(s.ptr + i++, 1));
	}
}

/** Length of the word at the start, without the marks that end a sentence. */
static size_t
word_len(struct sv_str s)
{
	size_t n = 0;

	while (n < s.len && is_word(s.ptr[n]))
		n++;
	while (n > 1 && strchr(".:-", s.ptr[n - 1]))
		n--;
	return n;
}

/** Length of the value behind "key=", 0 if it is quoted or empty. */
static size_t
value_len(struct sv_str s)
{
	size_t n = 0;

	if (s.len && (s.ptr[0] == '"' || s.ptr[0] == '\'' || s.ptr[0] == '<'))
		return 0;
	while (n < s.len && !isspace((unsigned char)s.ptr[n]) &&
	       !strchr(";,)]}&\"'", s.ptr[n]))
		n++;
	return n;
}

/** Bytes of "…" or '…' at the start with both marks, 0 if it does not end. */
static size_t
quoted_len(struct sv_str s)
{
	char mark = s.ptr[0];

	for (size_t n = 1; n < s.len && n < QUOTED_MAX; n++)
		if (s.ptr[n] == mark &&
		    (mark == '"' || n + 1 == s.len || !is_alnum(s.ptr[n + 1])))
			return n + 1;
	return 0;
}

/** Bytes of <sip:…> at the start, 0 for "<script>" and for what does not end. */
static size_t
bracket_len(struct sv_str s)
{
	size_t end = str_find_char(str_upto(s, QUOTED_MAX), '>');
	struct sv_str in;

	if (end == STR_NONE)
		return 0;
	in = str_upto(str_from(s, 1), end - 1);
	for (size_t i = 0; i < in.len; i++)
		if (!isalpha((unsigned char)in.ptr[i]) && in.ptr[i] != '_')
			return end + 1;
	return in.len > 24 ? end + 1 : 0;
}

static const struct sv_str secrets[] = {
	SV_STR("password"),    SV_STR("passwd"),   SV_STR("secret"),
	SV_STR("nonce"),       SV_STR("response"), SV_STR("authorization"),
	SV_STR("token"),       SV_STR("md5"),      SV_STR("opaque"),
	SV_STR("digest"),      SV_STR("ha1"),      SV_STR("challenge"),
	SV_STR("credentials"), SV_STR("pwd"),      SV_STR("pin"),
};

/** Is what stands in front of `at` ("…Nonce") the name of a secret? */
static bool
names_secret(struct sv_str s, size_t at)
{
	size_t begin = at;

	while (begin && (is_alnum(s.ptr[begin - 1]) || s.ptr[begin - 1] == '_'))
		begin--;
	struct sv_str word = str_make(s.ptr + begin, at - begin);
	for (size_t i = 0; i < sizeof(secrets) / sizeof(secrets[0]); i++) {
		/* cnonce, ReceivedChallenge; but "pin" not in "mapping" */
		bool tail = secrets[i].len > 3 && word.len > secrets[i].len;
		if (str_ieq(word, secrets[i]) ||
		    (tail &&
		     str_ieq(str_from(word, word.len - secrets[i].len), secrets[i])))
			return true;
	}
	return false;
}

/** End of the secret that begins at `at`, behind "=" or ":". The credentials of a
 *  header ("Authorization: Digest …") are the whole rest. */
static size_t
secret_end(struct sv_str s, size_t at, char sign)
{
	while (at < s.len && s.ptr[at] == ' ')
		at++;
	if (at < s.len && (s.ptr[at] == '"' || s.ptr[at] == '\'')) {
		size_t n = quoted_len(str_from(s, at));
		return n ? at + n : s.len;
	}
	struct sv_str rest = str_from(s, at);
	if (sign == ':' && (str_ieq(str_upto(rest, 7), SV_STR("Digest ")) ||
			    str_ieq(str_upto(rest, 6), SV_STR("Basic ")) ||
			    str_ieq(str_upto(rest, 7), SV_STR("Bearer "))))
		return s.len;
	return at + value_len(rest);
}

/** One step at the start of `s`; bytes taken. `before` is the byte in front. */
static size_t
step(struct writer *w, struct sv_str s, char before)
{
	size_t n;

	if (isspace((unsigned char)s.ptr[0]) || iscntrl((unsigned char)s.ptr[0])) {
		if (w->len && w->out[w->len - 1] != ' ')
			put(w, SV_STR(" "));
		return 1;
	}
	if (s.ptr[0] == '"' || (s.ptr[0] == '\'' && !is_alnum(before))) {
		n = quoted_len(s);
		if (n) {
			put(w, s.ptr[0] == '"' ? SV_STR("\"<text>\"")
					       : SV_STR("'<text>'"));
			return n;
		}
	}
	if (s.ptr[0] == '<') {
		n = bracket_len(s);
		if (n) {
			put(w, SV_STR("<uri>"));
			return n;
		}
	}
	n = is_alnum(s.ptr[0]) || (s.ptr[0] == '+' && s.len > 1 && is_digit(s.ptr[1]))
		    ? word_len(s)
		    : 0;
	if (!n) {
		put(w, str_upto(s, 1));
		return 1;
	}
	put_word(w, str_upto(s, n));
	if (n < s.len && s.ptr[n] == '=') {
		size_t value = value_len(str_from(s, n + 1));
		put(w, value ? SV_STR("=<v>") : SV_STR("="));
		n += 1 + value;
	} else if (n < s.len && s.ptr[n] == ':' && names_secret(s, n)) {
		put(w, SV_STR(": <v>"));
		n = secret_end(s, n + 1, ':');
	}
	return n;
}

size_t
/* NOLINTNEXTLINE(readability-non-const-parameter): written through `w` */
shape_make(struct sv_str text, char out[SHAPE_MAX_BYTES])
{
	struct writer w = { .out = out, .cap = SHAPE_MAX_BYTES };
	struct sv_str s = str_upto(text, SHAPE_LINE_BYTES);
	size_t at = 0;

	while (at < s.len && w.len < w.cap)
		at += step(&w, str_from(s, at), at ? s.ptr[at - 1] : ' ');
	while (w.len && w.out[w.len - 1] == ' ')
		w.len--;
	return w.len;
}

/* The sample. */

size_t
/* NOLINTNEXTLINE(readability-non-const-parameter): written through `w` */
shape_sample(struct sv_str text, char out[SHAPE_SAMPLE_BYTES])
{
	struct sv_str s = str_upto(text, SHAPE_LINE_BYTES);
	struct writer w = { .out = out, .cap = SHAPE_SAMPLE_BYTES };

	for (size_t at = 0; at < s.len && w.len < w.cap;) {
		char c = s.ptr[at];
		put(&w, iscntrl((unsigned char)c) ? SV_STR(".") : str_make(&c, 1));
		at++;
		/* behind the sign, and a blank or quotes in front of it */
		size_t end = at - 1;
		while (end && (s.ptr[end - 1] == ' ' || s.ptr[end - 1] == '"'))
			end--;
		if ((c != '=' && c != ':') || !names_secret(s, end))
			continue;
		size_t next = secret_end(s, at, c);
		if (next > at)
			put(&w, SV_STR("***"));
		at = next;
	}
	return w.len;
}
