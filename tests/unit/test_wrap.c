/* SPDX-License-Identifier: Apache-2.0 */
#include "base/text.h"
#include "base/json.h"
#include "input/wrap.h"

#include <criterion/criterion.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#define CAP ((size_t)64)

struct unwrapped {
	enum wrap_kind kind;
	char text[4096]; /* one record a line: "microseconds flags text" */
	size_t len;
	bool broken;
	struct wrap_stats stats;
};

static void
note(struct unwrapped *u, const struct sv_record *record)
{
	u->len += (size_t)snprintf(u->text + u->len, sizeof(u->text) - u->len,
				   "%" PRIu64 " %s%s%s%s%.*s\n", record->time,
				   record->flags & SV_RECORD_WHOLE ? "W" : "",
				   record->flags & SV_RECORD_TRUNCATED ? "T" : "",
				   record->flags & SV_RECORD_DISCONTINUOUS ? "D" : "",
				   record->flags ? " " : "", (int)record->text.len,
				   record->text.ptr);
}

/* Give the lines `step` bytes at a time until the wrapper has nothing more. */
static void
feed(struct unwrapped *u, struct wrap *wrap, struct lines *lines, struct sv_str input)
{
	struct sv_record record;
	size_t room, step = input.len > 200 ? 7 : 1;
	enum wrap_result result;

	do {
		struct sv_str some = str_upto(input, step);
		memcpy(lines_room(lines, &room), some.ptr, some.len);
		lines_added(lines, some.len);
		input = str_from(input, some.len);
		while ((result = wrap_next(wrap, lines, !input.len, &record)) ==
		       WRAP_RECORD)
			note(u, &record);
		u->broken = result == WRAP_BROKEN;
	} while (input.len && !u->broken);
}

static void
unwrap(struct sv_str input, struct unwrapped *u)
{
	struct lines lines;
	struct wrap *wrap = NULL;

	*u = (struct unwrapped){ 0 };
	cr_assert(wrap_look(input, true, &u->kind));
	if (u->kind == WRAP_NONE)
		return;
	cr_assert_eq(wrap_new(u->kind, CAP, &wrap), 0);
	cr_assert_eq(lines_init(&lines, wrap_line_bytes(u->kind, CAP), 256), 0);
	feed(u, wrap, &lines, input);
	wrap_stats_get(wrap, &u->stats);
	lines_done(&lines);
	wrap_free(wrap);
}

struct row {
	const char *name;
	struct sv_str input;
	enum wrap_kind kind;
	const char *want;
	uint64_t cut, damaged;
	bool broken;
};

static void
check(const struct row *rows, size_t n)
{
	struct unwrapped u;

	for (size_t i = 0; i < n; i++) {
		unwrap(rows[i].input, &u);
		cr_expect_eq(u.kind, rows[i].kind, "%s: kind %d", rows[i].name, u.kind);
		cr_expect_str_eq(u.text, rows[i].want, "%s: %s", rows[i].name, u.text);
		cr_expect_eq(u.stats.cut, rows[i].cut, "%s: cut %" PRIu64, rows[i].name,
			     u.stats.cut);
		cr_expect_eq(u.stats.damaged, rows[i].damaged, "%s: damaged %" PRIu64,
			     rows[i].name, u.stats.damaged);
		cr_expect_eq(u.broken, rows[i].broken, "%s: broken", rows[i].name);
	}
}

#define CHECK(rows) check(rows, sizeof(rows) / sizeof((rows)[0]))

#define T1 "2026-11-22T19:15:20.836375123Z"
#define T2 "2026-11-22T20:15:21+01:00"
#define U1 "1795374920836375 "
#define U2 "1795374921000000 "
#define DOCKER(log, stream, time) \
	"{\"log\":\"" log "\",\"stream\":\"" stream "\",\"time\":\"" time "\"}\n"
#define LONG                                                                     \
	"0123456789012345678901234567890123456789012345678901234567890123456789" \
	"012345678901234567890123456789"
#define ONE DOCKER("one\\n", "stdout", T1)

Test(wrap, docker_lines_and_their_parts)
{
	static const struct row rows[] = {
		{ "lines", SV_STR(ONE DOCKER("two\\r\\n", "stderr", T2)), WRAP_DOCKER,
		  U1 "one\n" U2 "two\n", 0, 0, false },
		{ "other members and order, blanks",
		  SV_STR("{ \"attrs\" : {\"log\":\"no\",\"a\":[1,\"}\"]}, "
			 "\"time\":\"" T1
			 "\",\"n\":null,\"stream\":\"stdout\",\"log\":\"one\\n\" }\n"),
		  WRAP_DOCKER, U1 "one\n", 0, 0, false },
		{ "a line in three parts has the time of the first",
		  SV_STR(DOCKER("a", "stdout", T1) DOCKER("b", "stdout", T2)
				 DOCKER("c\\n", "stdout", T2)),
		  WRAP_DOCKER, U1 "abc\n", 0, 0, false },
		{ "parts of stdout and stderr are kept apart",
		  SV_STR(DOCKER("a", "stdout", T1) DOCKER("x", "stderr", T2) DOCKER(
			  "b\\n", "stdout", T2) DOCKER("y\\n", "stderr", T2)),
		  WRAP_DOCKER, U1 "ab\n" U2 "xy\n", 0, 0, false },
		{ "what is open at the end is a line",
		  SV_STR(ONE DOCKER("tail", "stdout", T2)), WRAP_DOCKER,
		  U1 "one\n" U2 "tail\n", 0, 0, false },
		{ "backslash and n are no line end",
		  SV_STR(DOCKER("a\\\\n", "stdout", T1) DOCKER("b\\n", "stdout", T1)),
		  WRAP_DOCKER, U1 "a\\nb\n", 0, 0, false },
		{ "a line longer than the cap is cut, its rest does not come again",
		  SV_STR(DOCKER("0123456789012345678901234567890123456789", "stdout",
				T1) DOCKER("0123456789012345678901234567890123456789",
					   "stdout", T1) DOCKER("rest\\n", "stdout", T1)
				 ONE),
		  WRAP_DOCKER,
		  U1
		  "T 0123456789012345678901234567890123456789012345678901234567890123"
		  "\n" U1 "one\n",
		  1, 0, false },
		{ "an empty line", SV_STR(DOCKER("\\n", "stdout", T1)), WRAP_DOCKER,
		  U1 "\n", 0, 0, false },
		{ "no line end at the file's end",
		  SV_STR("{\"log\":\"one\\n\",\"stream\":\"stdout\",\"time\":\"" T1
			 "\"}"),
		  WRAP_DOCKER, U1 "one\n", 0, 0, false },
		{ "CR LF and NULs of a crash between lines",
		  SV_STR("{\"log\":\"one\\n\",\"stream\":\"stdout\",\"time\":\"" T1
			 "\"}\r\n\0\0\0" ONE),
		  WRAP_DOCKER, U1 "one\n" U1 "one\n", 0, 0, false },
	};
	CHECK(rows);
}

Test(wrap, escapes_are_undone_once)
{
	static const struct row rows[] = {
		{ "all",
		  SV_STR(DOCKER("\\\"\\\\\\/\\t\\u003c\\u00e9\\u20ac\\n", "stdout",
				T1)),
		  WRAP_DOCKER, U1 "\"\\/\t<\xc3\xa9\xe2\x82\xac\n", 0, 0, false },
		{ "not twice", SV_STR(DOCKER("\\\\u003c\\\\n\\n", "stdout", T1)),
		  WRAP_DOCKER, U1 "\\u003c\\n\n", 0, 0, false },
		{ "pairs and halves of pairs",
		  SV_STR(DOCKER("\\ud83d\\ude00 \\ud83d \\ude00 \\ud83d\\u0041\\n",
				"stdout", T1)),
		  WRAP_DOCKER,
		  U1 "\xf0\x9f\x98\x80 \xef\xbf\xbd \xef\xbf\xbd \xef\xbf\xbd"
		     "A\n",
		  0, 0, false },
		{ "none of JSON's", SV_STR(DOCKER("\\x41\\u12\\n", "stdout", T1)),
		  WRAP_DOCKER, U1 "\\x41\\u12\n", 0, 0, false },
	};
	CHECK(rows);
}

Test(wrap, what_the_message_says_is_no_field)
{
	static const struct row rows[] = {
		{ "quotes in a message",
		  SV_STR(DOCKER("x\\\",\\\"time\\\":\\\"1999\\\",\\\"log\\\":\\\"y\\n",
				"stdout", T1)),
		  WRAP_DOCKER, U1 "x\",\"time\":\"1999\",\"log\":\"y\n", 0, 0, false },
		{ "a wrapped line in a message",
		  SV_STR(DOCKER("{\\\"log\\\":\\\"evil\\\\n\\\"}\\n", "stdout", T1)),
		  WRAP_DOCKER, U1 "{\"log\":\"evil\\n\"}\n", 0, 0, false },
		{ "the first of two counts, a nested one does not",
		  SV_STR("{\"x\":{\"log\":\"no\\n\"},\"log\":\"a\\n\",\"log\":\"b\\n\","
			 "\"stream\":\"stdout\",\"time\":\"" T1 "\"}\n"),
		  WRAP_DOCKER, U1 "a\n", 0, 0, false },
		{ "a name in escapes is another name",
		  SV_STR("{\"lo\\u0067\":\"no\\n\",\"log\":\"a\\n\",\"stream\":"
			 "\"stdout\",\"time\":\"" T1 "\"}\n"),
		  WRAP_DOCKER, U1 "a\n", 0, 0, false },
		{ "line breaks inside of a message begin no line",
		  SV_STR(DOCKER("a\\n[Nov 22] evil\\n", "stdout", T1)), WRAP_DOCKER,
		  U1 "W a\n[Nov 22] evil\n", 0, 0, false },
	};
	CHECK(rows);
}

/* As many as are looked at before the kind is sure. */
#define EIGHT ONE ONE ONE ONE ONE ONE ONE ONE
#define U_EIGHT                                                              \
	U1 "one\n" U1 "one\n" U1 "one\n" U1 "one\n" U1 "one\n" U1 "one\n" U1 \
	   "one\n" U1 "one\n"

Test(wrap, damaged_lines_are_left_out_and_counted)
{
	static const struct row rows[] = {
		{ "cut by a crash, the next one on the same line",
		  SV_STR(EIGHT "{\"log\":\"cut" ONE ONE), WRAP_DOCKER,
		  U_EIGHT U1 "D one\n", 0, 1, false },
		{ "plain text in between", SV_STR(EIGHT "[Nov 22] evil\n" ONE),
		  WRAP_DOCKER, U_EIGHT U1 "D one\n", 0, 1, false },
		{ "no object, no end, text behind, no comma, an unknown stream",
		  SV_STR(EIGHT "[\"log\"]\n{\"log\":\"x\\n\"\n"
			       "{\"log\":\"x\\n\",\"stream\":\"stdout\",\"time\":\"" T1
			       "\"} x\n"
			       "{\"log\":\"x\\n\" \"stream\":\"stdout\",\"time\":\"" T1
			       "\"}\n" DOCKER("x\\n", "stdin", T1)),
		  WRAP_DOCKER, U_EIGHT, 0, 5, false },
		{ "longer than a line may be",
		  SV_STR(EIGHT DOCKER(LONG LONG LONG LONG LONG LONG "\\n", "stdout", T1)
				 ONE),
		  WRAP_DOCKER, U_EIGHT U1 "D one\n", 1, 0, false },
	};
	CHECK(rows);
}

Test(wrap, ordinary_logs_stay_what_they_are)
{
	static const struct row rows[] = {
		{ "empty", SV_STR(""), WRAP_NONE, "", 0, 0, false },
		{ "blank", SV_STR("\n\n"), WRAP_NONE, "", 0, 0, false },
		{ "wrapped text in a plain log",
		  SV_STR("[Nov 22 19:15:20] NOTICE[1] a.c: x\n" ONE ONE), WRAP_NONE, "",
		  0, 0, false },
		{ "and first", SV_STR(ONE "[Nov 22 19:15:20] NOTICE[1] a.c: x\n"),
		  WRAP_NONE, "", 0, 0, false },
		{ "a damaged line among the first", SV_STR(ONE "{\"log\":\"cut\n" ONE),
		  WRAP_NONE, "", 0, 0, false },
		{ "two kinds", SV_STR(ONE T1 " stdout F x\n"), WRAP_NONE, "", 0, 0,
		  false },
		{ "Asterisk's own JSON",
		  SV_STR("{\"hostname\":\"pbx1\",\"timestamp\":\"2026-11-22 19:15:20\","
			 "\"logmsg\":{\"message\":\"x\"}}\n"),
		  WRAP_NONE, "", 0, 0, false },
		{ "docker logs -t", SV_STR(T1 " [Nov 22] NOTICE x\n"), WRAP_NONE, "", 0,
		  0, false },
		{ "rsyslog",
		  SV_STR("2026-11-22T19:15:20.1+00:00 pbx1 asterisk[1]: x\n"),
		  WRAP_NONE, "", 0, 0, false },
		{ "export without time", SV_STR("__CURSOR=a\nMESSAGE=x\n\n"), WRAP_NONE,
		  "", 0, 0, false },
		{ "no date", SV_STR(DOCKER("one\\n", "stdout", "yesterday")), WRAP_NONE,
		  "", 0, 0, false },
	};
	CHECK(rows);
}

Test(wrap, cri_lines_and_their_parts)
{
	static const struct row rows[] = {
		{ "lines", SV_STR(T1 " stdout F one\n" T2 " stderr F two words\n"),
		  WRAP_CRI, U1 "one\n" U2 "two words\n", 0, 0, false },
		{ "P and F",
		  SV_STR(T1 " stdout P a\n" T2 " stderr P x\n" T2 " stdout F b\n" T2
			    " stderr F:tag y\n"),
		  WRAP_CRI, U1 "ab\n" U2 "xy\n", 0, 0, false },
		{ "empty", SV_STR(T1 " stdout F \n" T1 " stdout F\n"), WRAP_CRI,
		  U1 "\n" U1 "\n", 0, 0, false },
		{ "the message looks like one",
		  SV_STR(T1 " stdout F " T2 " stdout F x\n"), WRAP_CRI,
		  U1 T2 " stdout F x\n", 0, 0, false },
		{ "open at the end", SV_STR(T1 " stdout P a\n"), WRAP_CRI, U1 "a\n", 0,
		  0, false },
	};
	CHECK(rows);
}

#define ENTRY(message)                                                         \
	"{\"__CURSOR\":\"s=1\",\"__REALTIME_TIMESTAMP\":\"1795374920836414\"," \
	"\"MESSAGE\":" message                                                 \
	",\"_TRANSPORT\":\"syslog\",\"_SOURCE_REALTIME_TIMESTAMP\":"           \
	"\"1795374920836375\",\"_HOSTNAME\":\"pbx1\"}\n"

Test(wrap, journal_json)
{
	static const struct row rows[] = {
		{ "an entry", SV_STR(ENTRY("\"one\"")), WRAP_JSON, U1 "W one\n", 0, 0,
		  false },
		{ "json-seq, json-sse",
		  SV_STR("\x1e" ENTRY("\"a\"") "data: " ENTRY("\"b\"") "\n"), WRAP_JSON,
		  U1 "W a\n" U1 "W b\n", 0, 0, false },
		{ "bytes", SV_STR(ENTRY("[97, 10,195,169]")), WRAP_JSON,
		  U1 "W a\n\xc3\xa9\n", 0, 0, false },
		{ "several values: the first",
		  SV_STR(ENTRY("[\"a]\",\"b\"]") ENTRY("[[98,99],[100]]")), WRAP_JSON,
		  U1 "W a]\n" U1 "W bc\n", 0, 0, false },
		{ "bytes that are none", SV_STR(ENTRY("[97,256,98]") ENTRY("[]")),
		  WRAP_JSON, U1 "W a\n" U1 "W \n", 0, 0, false },
		{ "left out by journalctl", SV_STR(ENTRY("null") ENTRY("\"one\"")),
		  WRAP_JSON, U1 "W one\n", 1, 0, false },
		{ "longer than the cap",
		  SV_STR(ENTRY("\"01234567890123456789012345678901234567890123456789012"
			       "34567890123456789\"")),
		  WRAP_JSON,
		  U1
		  "WT 0123456789012345678901234567890123456789012345678901234567890123"
		  "\n",
		  1, 0, false },
		{ "printed lines are not whole",
		  SV_STR("{\"__REALTIME_TIMESTAMP\":\"1795374920836375\",\"_"
			 "TRANSPORT\":"
			 "\"stdout\",\"MESSAGE\":\"x\"}\n"),
		  WRAP_JSON, U1 "x\n", 0, 0, false },
		{ "no message",
		  SV_STR("{\"__REALTIME_TIMESTAMP\":\"1795374920836375\"}\n"),
		  WRAP_JSON, "", 0, 0, false },
		{ "fields in the message",
		  SV_STR(ENTRY("\"x\\\",\\\"_HOSTNAME\\\":\\\"evil\\\"\"")), WRAP_JSON,
		  U1 "W x\",\"_HOSTNAME\":\"evil\"\n", 0, 0, false },
	};
	CHECK(rows);
}

#define HEAD "__CURSOR=s=1\n__REALTIME_TIMESTAMP=1795374920836375\n"

Test(wrap, journal_export)
{
	static const struct row rows[] = {
		{ "entries", SV_STR(HEAD "MESSAGE=one\n\n" HEAD "MESSAGE=two\n\n"),
		  WRAP_EXPORT, U1 "W one\n" U1 "W two\n", 0, 0, false },
		{ "an entry inside of a value",
		  SV_STR(HEAD "MESSAGE\n\x0f\0\0\0\0\0\0\0x\n\nMESSAGE=evil\n\n" HEAD
			      "MESSAGE=two\n\n"),
		  WRAP_EXPORT, U1 "W x\n\nMESSAGE=evil\n" U1 "W two\n", 0, 0, false },
		{ "and of another field's",
		  SV_STR(HEAD "SYSLOG_RAW\n\x0e\0\0\0\0\0\0\0\nMESSAGE=evil\n\n"
			      "MESSAGE=one\n\n"),
		  WRAP_EXPORT, U1 "W one\n", 0, 0, false },
		{ "no message, no time",
		  SV_STR(HEAD "A=b\n\n\n\nMESSAGE=no time\n\n" HEAD "MESSAGE=one\n\n"),
		  WRAP_EXPORT, U1 "WD one\n", 0, 1, false },
		{ "without the last empty line", SV_STR(HEAD "MESSAGE=one\n"),
		  WRAP_EXPORT, U1 "W one\n", 0, 0, false },
		{ "cut off in a line", SV_STR(HEAD "MESSAGE=one\n\n" HEAD "MESSAGE=tw"),
		  WRAP_EXPORT, U1 "W one\n", 0, 0, true },
		{ "cut off in a value",
		  SV_STR(HEAD "MESSAGE=one\n\n" HEAD "MESSAGE\n\x0f\0\0\0\0\0\0\0tw"),
		  WRAP_EXPORT, U1 "W one\n", 0, 0, true },
		{ "cut off in a length",
		  SV_STR(HEAD "MESSAGE=one\n\n" HEAD "MESSAGE\n\x0f\0\0"), WRAP_EXPORT,
		  U1 "W one\n", 0, 0, true },
		{ "a length that is none",
		  SV_STR(HEAD "MESSAGE\n\xff\xff\xff\xff\xff\xff\xff\xffx\n\n" HEAD
			      "MESSAGE=evil\n\n"),
		  WRAP_EXPORT, "", 0, 0, true },
		{ "a length that is wrong",
		  SV_STR(HEAD "MESSAGE\n\x02\0\0\0\0\0\0\0one\n\n" HEAD
			      "MESSAGE=evil\n\n"),
		  WRAP_EXPORT, "", 0, 0, true },
	};
	CHECK(rows);
}

Test(wrap, more_is_wanted_until_a_line_is_whole)
{
	enum wrap_kind kind;

	cr_expect(!wrap_look(SV_STR(""), false, &kind));
	cr_expect(!wrap_look(SV_STR("{\"log\":\"a"), false, &kind));
	cr_expect(!wrap_look(SV_STR("__CURSOR=x\n"), false, &kind));
	cr_expect(wrap_look(SV_STR(ONE "{\"lo"), false, &kind));
	cr_expect_eq(kind, WRAP_DOCKER);
	cr_expect(wrap_look(SV_STR("plain\n"), false, &kind));
	cr_expect_eq(kind, WRAP_NONE);
}

Test(wrap, a_line_that_was_taken_back_comes_again)
{
	struct wrap *wrap = NULL;
	struct sv_record record;
	struct sv_record first = { .text = SV_STR(
					   "{\"log\":\"a\",\"stream\":\"stdout\","
					   "\"time\":\"" T1 "\"}") };
	struct sv_record last = { .text = SV_STR(
					  "{\"log\":\"b\\n\",\"stream\":\"stdout\","
					  "\"time\":\"" T2 "\"}") };

	cr_assert_eq(wrap_new(WRAP_DOCKER, CAP, &wrap), 0);
	for (int i = 0; i < 2; i++) {
		cr_expect_eq(wrap_open_streams(wrap), 0);
		cr_expect_eq(wrap_line(wrap, &first, &record), WRAP_NOTHING);
		cr_expect_eq(wrap_open_streams(wrap), 1);
		wrap_undo(wrap);
	}
	cr_expect_eq(wrap_line(wrap, &first, &record), WRAP_NOTHING);
	for (int i = 0; i < 3; i++) {
		cr_assert_eq(wrap_line(wrap, &last, &record), WRAP_RECORD);
		cr_expect(str_eq(record.text, SV_STR("ab")));
		if (i < 2)
			wrap_undo(wrap);
	}
	cr_expect_eq(wrap_open_streams(wrap), 0);
	wrap_free(wrap);
}

/* A million brackets: neither the stack nor the time grows with them. */
Test(wrap, depth_is_counted, .timeout = 10)
{
	size_t n = 1000000;
	char *text = malloc(2 * n + 16);
	struct json_member m;

	cr_assert(text);
	memcpy(text, "{\"a\":", 5);
	memset(text + 5, '[', n);
	memset(text + 5 + n, ']', n);
	text[5 + 2 * n] = '}';
	struct json_place place = { str_make(text, 2 * n + 6), false };
	cr_expect_eq(json_next(&place, &m), JSON_MEMBER);
	cr_expect_eq(m.value.raw.len, 2 * n);
	cr_expect_eq(json_next(&place, &m), JSON_END);
	place = (struct json_place){ str_make(text, n), false };
	cr_expect_eq(json_next(&place, &m), JSON_BROKEN);
	free(text);
}
