/* SPDX-License-Identifier: Apache-2.0 */
/* Where messages end in a stream of bytes, however the bytes are cut. */
#include "base/text.h"
#include "input/syslog_frame.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>

#define CAP 64

/* What came of a stream, with marks for what is no message. */
struct outcome {
	char text[2048];
	size_t len;
};

static void
add(struct outcome *outcome, enum syslog_frame_result result,
    const struct syslog_framed *framed)
{
	struct sv_str text = framed->text;
	char *out = outcome->text + outcome->len;
	size_t room = sizeof(outcome->text) - outcome->len;

	if (result == SYSLOG_FRAME_MORE)
		return;
	while (text.len && text.ptr[text.len - 1] == '\r')
		text.len--;
	outcome->len +=
		(size_t)snprintf(out, room, "%s%.*s%s|",
				 result == SYSLOG_FRAME_HEADLESS ? "~"
				 : result == SYSLOG_FRAME_BROKEN ? "!"
								 : "",
				 result == SYSLOG_FRAME_BROKEN ? 0 : (int)text.len,
				 text.ptr, framed->truncated ? "…" : "");
	cr_assert_lt(outcome->len, sizeof(outcome->text));
}

/* The buffer of a connection: pieces come in, messages go out. */
static void
feed(struct sv_str bytes, size_t first, size_t piece, struct outcome *outcome)
{
	char buffer[CAP + SYSLOG_FRAME_HEAD];
	struct syslog_frame frame = { 0 };
	struct syslog_framed framed;
	size_t len = 0, at = 0;

	while (at < bytes.len) {
		size_t n = at == 0 ? first : piece;
		if (n > bytes.len - at)
			n = bytes.len - at;
		if (n > sizeof(buffer) - len)
			n = sizeof(buffer) - len;
		cr_assert_gt(n, 0u, "no progress");
		memcpy(buffer + len, bytes.ptr + at, n);
		at += n;
		len += n;
		enum syslog_frame_result result;
		do {
			result = syslog_frame_take(&frame, str_make(buffer, len), CAP,
						   &framed);
			cr_assert_leq(framed.used, len);
			add(outcome, result, &framed);
			if (result == SYSLOG_FRAME_BROKEN)
				return;
			len -= framed.used;
			memmove(buffer, buffer + framed.used, len);
		} while (result != SYSLOG_FRAME_MORE);
	}
	enum syslog_frame_result last =
		syslog_frame_end(&frame, str_make(buffer, len), CAP, &framed);
	framed.text = str_trim(framed.text); /* as the receiver does */
	add(outcome, last, &framed);
}

#define LONG40 "<13>aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"

static const struct {
	const char *name;
	struct sv_str bytes;
	const char *expected;
} rows[] = {
	{ "lines", SV_STR("<13>one\n<13>two\n"), "<13>one|<13>two|" },
	{ "lines with CR", SV_STR("<13>one\r\n<13>two\r\n"), "<13>one|<13>two|" },
	{ "the last line need not end", SV_STR("<13>one\n<13>two"),
	  "<13>one|<13>two|" },
	{ "counts", SV_STR("7 <13>one9 <13>th\nee"), "<13>one|<13>th\nee|" },
	{ "a line break behind a count", SV_STR("7 <13>one\n7 <13>two\n"),
	  "<13>one|<13>two|" },
	{ "a break that is counted", SV_STR("8 <13>one\n8 <13>two\n"),
	  "<13>one\n|<13>two\n|" },
	{ "NULs", SV_STR("<13>one\0<13>two\0"), "<13>one|<13>two|" },
	{ "NULs and breaks within", SV_STR("<13>one\0<13>two\nlines\0<13>end\0"),
	  "<13>one|<13>two\nlines|<13>end|" },
	{ "a mixture", SV_STR("7 <13>one<13>two\n9 <13>three<13>four\0<13>five\n"),
	  "<13>one|<13>two|<13>three|<13>four|<13>five|" },
	{ "a number that begins a line", SV_STR("2026 was good\n12\n"),
	  "2026 was good|12|" },
	{ "no priority at all", SV_STR("one\ntwo\n"), "one|two|" },
	{ "the rest of a broken line", SV_STR("<13>one\nfaked for 8.8.8.8\n<13>two\n"),
	  "<13>one|~faked for 8.8.8.8|<13>two|" },
	{ "counted and longer than the cap", SV_STR("80 " LONG40 LONG40 "7 <13>two"),
	  LONG40 "<13>aaaaaaaaaaaaaaaaaaaa…|<13>two|" },
	{ "a line longer than the cap", SV_STR(LONG40 LONG40 "\n<13>two\n"),
	  LONG40 "<13>aaaaaaaaaaaaaaaaaaaa…|<13>two|" },
	{ "counts that do not fit any more", SV_STR("7 <13>one7 <13>two and more\n"),
	  "<13>one|<13>two|!|" },
	{ "ends within a counted message", SV_STR("7 <13>one20 <13>tw"), "<13>one|!|" },
	{ "ends within a count", SV_STR("7 <13>one20"), "<13>one|!|" },
	{ "a count that nobody has", SV_STR("99999999 <13>x\n<13>two\n"),
	  "99999999 <13>x|<13>two|" },
	{ "a count of zero", SV_STR("0 <13>x\n"), "0 <13>x|" },
	{ "nothing but ends", SV_STR("\n\n\r\n\0\n<13>one\n\n"), "<13>one|" },
};

Test(syslog_frame, finds_messages_however_bytes_are_cut)
{
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		for (size_t first = 1; first <= rows[i].bytes.len; first++)
			for (size_t piece = 1; piece <= rows[i].bytes.len; piece++) {
				struct outcome outcome = { 0 };
				feed(rows[i].bytes, first, piece, &outcome);
				cr_assert_str_eq(outcome.text, rows[i].expected,
						 "%s, cut at %zu then each %zu",
						 rows[i].name, first, piece);
			}
}

Test(syslog_frame, a_break_in_the_first_message_ended_by_nul_is_no_end)
{
	/* known only when the NUL has come together with it */
	struct sv_str bytes = SV_STR("<13>one\nline\0<13>two\0");
	struct outcome outcome = { 0 };

	feed(bytes, bytes.len, 1, &outcome);
	cr_expect_str_eq(outcome.text, "<13>one\nline|<13>two|");
}

Test(syslog_frame, a_long_skip_needs_no_memory)
{
	struct syslog_frame frame = { 0 };
	struct syslog_framed framed;
	char bytes[CAP + SYSLOG_FRAME_HEAD];
	size_t skipped = 0;

	memset(bytes, 'x', sizeof(bytes));
	memcpy(bytes, "1000000 <13>", 12);
	cr_assert_eq(
		syslog_frame_take(&frame, str_make(bytes, sizeof(bytes)), CAP, &framed),
		SYSLOG_FRAME_TEXT);
	cr_expect(framed.truncated);
	cr_expect_eq(framed.text.len, (size_t)CAP);
	memset(bytes, 'x', sizeof(bytes));
	while (frame.skip >= sizeof(bytes)) {
		cr_assert_eq(syslog_frame_take(&frame, str_make(bytes, sizeof(bytes)),
					       CAP, &framed),
			     SYSLOG_FRAME_MORE);
		cr_assert_eq(framed.used, sizeof(bytes));
		skipped += framed.used;
	}
	cr_expect_eq(skipped + frame.skip, (size_t)1000000 - CAP);
}
