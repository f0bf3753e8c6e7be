/* SPDX-License-Identifier: Apache-2.0 */
#include "input/syslog_frame.h"

#include "base/text.h"

#define COUNT_DIGITS 8
/* So far a NUL is looked for behind a line break. */
#define NUL_NEAR_BYTES 8192

enum count { COUNT_YES, COUNT_NO, COUNT_MORE };

static inline bool
is_digit(char c)
{
	return (unsigned char)(c - '0') < 10;
}

/* "133 <": the number must be followed by a priority, as it is in every counted message:
 * lines begin with numbers too. */
static enum count
count_take(struct sv_str s, uint64_t *ret_count, size_t *ret_head)
{
	uint64_t count = 0;
	size_t n = 0;

	if (s.len && s.ptr[0] == '0')
		return COUNT_NO;
	for (; n < s.len && n <= COUNT_DIGITS && is_digit(s.ptr[n]); n++)
		count = count * 10 + (uint64_t)(s.ptr[n] - '0');
	if (n == s.len && n <= COUNT_DIGITS)
		return COUNT_MORE;
	if (n == 0 || count > SYSLOG_FRAME_MAX || s.ptr[n] != ' ')
		return COUNT_NO;
	if (n + 1 == s.len)
		return COUNT_MORE;
	if (s.ptr[n + 1] != '<')
		return COUNT_NO;
	*ret_count = count;
	*ret_head = n + 1;
	return COUNT_YES;
}

static inline bool
is_end(char c)
{
	return c == '\n' || c == '\0' || c == '\r';
}

/* "<1" and the like: a message begins here. */
static bool
begins_message(struct sv_str s)
{
	return s.len >= 2 && s.ptr[0] == '<' && is_digit(s.ptr[1]);
}

/* Where NULs end messages, a line break does so only in front of another message. */
static size_t
find_break(const struct syslog_frame *frame, struct sv_str s)
{
	size_t from = 0;

	while (from < s.len) {
		size_t at = str_find_char(str_from(s, from), '\n');
		if (at == STR_NONE)
			return STR_NONE;
		from += at;
		if (!frame->nul || begins_message(str_from(s, from + 1)))
			return from;
		from++;
	}
	return STR_NONE;
}

/* A NUL with a message behind it, or nothing yet, ends messages. */
static bool
ends_by_nul(struct sv_str s, size_t nul)
{
	struct sv_str rest = str_from(s, nul + 1);

	bool begins =
		rest.len < 2 ? !rest.len || rest.ptr[0] == '<' : begins_message(rest);

	return begins_message(s) && begins;
}

/* A break with no message behind it: perhaps NULs end them here, and the break stands in
 * the midst of the first. */
static bool
learn_nul(struct syslog_frame *frame, struct sv_str s, size_t end)
{
	struct sv_str rest = str_upto(str_from(s, end + 1), NUL_NEAR_BYTES);
	size_t nul = rest.len ? str_find_char(rest, '\0') : STR_NONE;

	frame->nul = nul != STR_NONE && !is_end(rest.ptr[0]) &&
		     !is_digit(rest.ptr[0]) && !begins_message(rest) &&
		     ends_by_nul(s, end + 1 + nul);
	return frame->nul;
}

static size_t
before(size_t a, size_t b)
{
	return a < b ? a : b;
}

/* Bytes of the line at the start of `s`, STR_NONE if its end is not there. */
static size_t
line_end(struct syslog_frame *frame, struct sv_str s)
{
	size_t nul = STR_NONE, end = STR_NONE;

	if (!frame->nul) {
		end = str_find_char(s, '\n');
		nul = str_find_char(str_upto(s, end), '\0');
		if (nul != STR_NONE)
			frame->nul = ends_by_nul(s, nul);
		if (nul != STR_NONE || end == STR_NONE || !learn_nul(frame, s, end))
			return before(nul, end);
	}
	nul = str_find_char(s, '\0');
	return before(nul, find_break(frame, str_upto(s, nul)));
}

static enum syslog_frame_result
line_done(struct syslog_frame *frame, struct syslog_framed *ret)
{
	bool begins = begins_message(ret->text);

	if (!begins && frame->counted && frame->has_priority)
		return SYSLOG_FRAME_BROKEN;
	frame->counted = false;
	if (begins)
		frame->has_priority = true;
	return begins || !frame->has_priority ? SYSLOG_FRAME_TEXT
					      : SYSLOG_FRAME_HEADLESS;
}

static enum syslog_frame_result
line_take(struct syslog_frame *frame, struct sv_str s, size_t cap,
	  struct syslog_framed *ret)
{
	size_t end = line_end(frame, s);

	if (end == STR_NONE && s.len < cap)
		return SYSLOG_FRAME_MORE;
	ret->text = str_upto(s, end == STR_NONE ? cap : end);
	if (ret->text.len > cap)
		ret->text.len = cap;
	ret->truncated = end == STR_NONE || end > cap;
	frame->skip_line = end == STR_NONE;
	ret->used += end == STR_NONE ? ret->text.len : end + 1;
	return line_done(frame, ret);
}

static enum syslog_frame_result
counted_take(struct syslog_frame *frame, struct sv_str s, size_t cap, uint64_t count,
	     struct syslog_framed *ret)
{
	size_t want = count < cap ? (size_t)count : cap;

	if (s.len < want)
		return SYSLOG_FRAME_MORE;
	ret->text = str_upto(s, want);
	ret->truncated = count > cap;
	ret->used += want;
	frame->skip = count - want;
	frame->counted = true;
	frame->has_priority = true;
	return SYSLOG_FRAME_TEXT;
}

/* What is between messages, and the rest of one that was too long. False: all of it is
 * such. */
static bool
skip(struct syslog_frame *frame, struct sv_str bytes, size_t *used)
{
	if (frame->skip) {
		size_t n = frame->skip < bytes.len ? (size_t)frame->skip : bytes.len;
		frame->skip -= n;
		*used = n;
	}
	if (frame->skip_line) {
		size_t end = line_end(frame, bytes);
		*used = end == STR_NONE ? bytes.len : end + 1;
		frame->skip_line = end == STR_NONE;
	}
	while (*used < bytes.len && is_end(bytes.ptr[*used]))
		++*used;
	return *used < bytes.len;
}

enum syslog_frame_result
syslog_frame_take(struct syslog_frame *frame, struct sv_str bytes, size_t cap,
		  struct syslog_framed *ret)
{
	uint64_t count = 0;
	size_t head = 0;

	*ret = (struct syslog_framed){ 0 };
	if (!skip(frame, bytes, &ret->used))
		return SYSLOG_FRAME_MORE;
	bytes = str_from(bytes, ret->used);
	switch (count_take(bytes, &count, &head)) {
	case COUNT_MORE:
		return SYSLOG_FRAME_MORE;
	case COUNT_NO:
		return line_take(frame, bytes, cap, ret);
	case COUNT_YES:
		break;
	}
	size_t before = ret->used;
	ret->used += head;
	enum syslog_frame_result result =
		counted_take(frame, str_from(bytes, head), cap, count, ret);
	if (result == SYSLOG_FRAME_MORE)
		ret->used = before; /* the count is looked at again */
	return result;
}

enum syslog_frame_result
syslog_frame_end(struct syslog_frame *frame, struct sv_str bytes, size_t cap,
		 struct syslog_framed *ret)
{
	uint64_t count;
	size_t head;

	*ret = (struct syslog_framed){ .used = bytes.len };
	if (frame->skip || frame->skip_line || !bytes.len)
		return SYSLOG_FRAME_MORE;
	if (count_take(bytes, &count, &head) == COUNT_YES)
		return SYSLOG_FRAME_BROKEN;
	ret->text = str_upto(bytes, cap);
	ret->truncated = bytes.len > cap;
	frame->nul = false;
	return line_done(frame, ret);
}
