/* SPDX-License-Identifier: Apache-2.0 */
/* The frames of `sipvigil top`: never wider than the terminal and free of what an
 * attacker wrote for terminals, whatever the answer holds. */
#include "base/text.h"
#include "cli/glyph.h"
#include "cli/top_frame.h"

#include <criterion/criterion.h>
#include <locale.h>
#include <stdio.h>
#include <stdlib.h>

#define SPARK "[0,0,0,0,0,0,0,0,1,2,9,3]"

static const char *const names[] = {
	"carrier-a",
	"漢字漢字漢字漢字漢字漢字漢字", /* East Asian: two columns each */
	"e\xcc\x81"
	"e\xcc\x81"
	"e\xcc\x81",                        /* accents that combine */
	"\\u001b[2J\\u001b]0;owned\\u0007", /* clears a screen, sets a title */
	"a\\r\\nb\\tc",
	"\xe2\x80\xae reversed", /* right to left override */
	"\xf0\x9f\x98\x80\xf0\x9f\x98\x80\xf0\x9f\x98\x80 emoji",
	"sip:very-long-name-of-a-registration-that-goes-on-and-on@198.51.100.10:5060",
};
#define N_NAMES (sizeof(names) / sizeof(names[0]))

static json_t *
answer_of(void)
{
	struct buffer text;
	json_error_t error;
	json_t *root;

	buffer_init(&text);
	buffer_addf(&text,
		    "{\"host\":\"%s\",\"time\":\"2026-11-22T08:32:10.000000Z\","
		    "\"lines_per_sec\":44.3,\"events_per_sec\":9.1,"
		    "\"failures_per_sec\":12345678.9,\"lag_sec\":0.1,"
		    "\"alerts\":{\"warning\":1,\"critical\":2},\"problems\":[\"%s\"],"
		    "\"open\":[",
		    names[3], names[3]);
	for (size_t i = 0; i < N_NAMES; i++)
		buffer_addf(&text,
			    "%s{\"severity\":\"%s\",\"rule\":\"trunk-down\","
			    "\"subject\":\"%s\",\"start\":\"2026-11-22T08:31:00Z\","
			    "\"reason\":\"12 of 21 calls failed by \\\"%s\\\": 57 %%\","
			    "\"measure\":{\"kind\":\"ratio\",\"value\":0.57,"
			    "\"denominator\":21,\"limit\":0.3,\"window_sec\":300}}",
			    i ? "," : "", i ? "warning" : "critical", names[i],
			    names[i]);
	buffer_add_cstr(&text, "],\"peers\":[");
	for (size_t i = 0; i < N_NAMES; i++)
		buffer_addf(&text,
			    "%s{\"peer\":\"%s\",\"leg\":\"out\",\"spark\":" SPARK
			    ",\"minute\":{\"events\":7,\"failures\":4},"
			    "\"five_minutes\":{\"events\":123456,\"failures\":99999},"
			    "\"worst\":\"congestion\",\"worst_code\":503,"
			    "\"worst_count\":61,\"severity\":\"ok\","
			    "\"last\":\"2026-11-22T08:32:08Z\",\"alerts\":[\"%s\"]}",
			    i ? "," : "", names[i], names[i]);
	buffer_add_cstr(&text, "],\"rules\":[{\"name\":\"trunk-down\",\"keys\":3,"
			       "\"window_sec\":300,\"service\":\"SIP trunks\"},"
			       "{\"name\":\"scan\",\"keys\":0,\"window_sec\":5,"
			       "\"service\":\"SIP security\"}]}");
	root = json_loadb(text.ptr, text.len, 0, &error);
	cr_assert(root != NULL, "%s", error.text);
	buffer_done(&text);
	return root;
}

static struct sv_str
row_of(const struct top_frame *frame, size_t i)
{
	return str_make(frame->text.ptr + frame->row[i].begin, frame->row[i].len);
}

static bool
has_row(const struct top_frame *frame, const char *part)
{
	for (size_t i = 0; i < frame->n; i++)
		if (str_find(row_of(frame, i), str_of(part)) != STR_NONE)
			return true;
	return false;
}

static bool
is_shown_as_it_is(struct sv_str row)
{
	for (size_t i = 0; i < row.len; i++) {
		unsigned char c = (unsigned char)row.ptr[i];
		if (c < 0x20 || c == 0x7f)
			return false;
	}
	return str_find(row, SV_STR("\xe2\x80\xae")) == STR_NONE;
}

static void
check_rows(const struct top_frame *frame, const char *what)
{
	cr_expect(!frame->rows || frame->n <= frame->rows, "%s: %zu rows", what,
		  frame->n);
	for (size_t i = 0; i < frame->n; i++) {
		struct sv_str row = row_of(frame, i);
		cr_expect_leq(terminal_columns(row), (size_t)frame->columns,
			      "%s, %u columns: %.*s", what, frame->columns,
			      (int)row.len, row.ptr);
		cr_expect_leq(frame->row[i].marked, row.len);
		cr_expect(is_shown_as_it_is(row), "%s row %zu", what, i);
	}
}

static void
check_all_sizes(const char *locale)
{
	static const enum top_view views[] = { TOP_ALL, TOP_PEERS, TOP_RULES };
	static const unsigned rows[] = { 0, 1, 2, 5, 10, 24, 40 };
	struct top_frame *frame = malloc(sizeof(*frame));
	json_t *answer = answer_of();

	cr_assert(setlocale(LC_ALL, locale) != NULL && frame);
	top_frame_init(frame);
	for (unsigned columns = 10; columns <= 200; columns += 5)
		for (size_t r = 0; r < sizeof(rows) / sizeof(rows[0]); r++)
			for (size_t v = 0; v < 3; v++) {
				struct top_state state = { .view = views[v] };
				frame->columns = columns;
				frame->rows = rows[r];
				top_frame_draw(frame, &state, answer);
				check_rows(frame, locale);
			}
	top_frame_done(frame);
	free(frame);
	json_decref(answer);
}

Test(top, no_row_is_wider_than_the_terminal)
{
	check_all_sizes("C.UTF-8");
}

Test(top, without_utf8_all_is_ascii)
{
	struct top_frame *frame = malloc(sizeof(*frame));
	json_t *answer = answer_of();
	struct top_state state = { 0 };

	check_all_sizes("C");
	cr_assert(frame != NULL);
	top_frame_init(frame);
	frame->rows = 24;
	top_frame_draw(frame, &state, answer);
	for (size_t i = 0; i < frame->text.len; i++)
		cr_assert_lt((unsigned char)frame->text.ptr[i], 0x80);
	cr_expect(has_row(frame, "002273"), "bars as digits");
	cr_expect(has_row(frame, "503 x61"));
	top_frame_done(frame);
	free(frame);
	json_decref(answer);
}

Test(top, at_80_columns_it_says_what_matters)
{
	struct top_frame *frame = malloc(sizeof(*frame));
	json_t *answer = answer_of();
	struct top_state state = { 0 };

	cr_assert(setlocale(LC_ALL, "C.UTF-8") != NULL && frame);
	top_frame_init(frame);
	frame->rows = 24;
	top_frame_draw(frame, &state, answer);
	cr_expect(has_row(frame, "44.3 lines/s"));
	cr_expect(has_row(frame, "2 critical  1 warning"));
	cr_expect(has_row(frame, "q quit  p peers  r rules  / filter"));
	cr_expect(has_row(frame, "57 % of 21 (30 %)"));
	cr_expect(has_row(frame, "4/7 57%"));
	cr_expect(has_row(frame, "100k/123k 81%"));
	cr_expect(has_row(frame, "UNKN"));
	/* the filter takes parts of names in any case */
	(void)snprintf(state.filter, sizeof(state.filter), "CARRIER");
	top_frame_draw(frame, &state, answer);
	cr_expect_eq(frame->listed, 1u);
	cr_expect_not(has_row(frame, "emoji"));
	(void)snprintf(state.filter, sizeof(state.filter), "nobody");
	top_frame_draw(frame, &state, answer);
	cr_expect(has_row(frame, "no open alert matches"));
	cr_expect(has_row(frame, "nothing matches the filter"));
	top_frame_done(frame);
	free(frame);
	json_decref(answer);
}

Test(top, scrolling_stops_at_the_ends)
{
	struct top_frame *frame = malloc(sizeof(*frame));
	json_t *answer = answer_of();
	struct top_state state = { .view = TOP_PEERS, .scroll = 1000000 };

	cr_assert(setlocale(LC_ALL, "C.UTF-8") != NULL && frame);
	top_frame_init(frame);
	frame->rows = 8;
	top_frame_draw(frame, &state, answer);
	cr_expect_eq(frame->listed, N_NAMES);
	cr_expect_eq(state.scroll, N_NAMES - frame->list_rows);
	cr_expect(has_row(frame, "very-long"));
	cr_expect_not(has_row(frame, "carrier-a"));
	frame->rows = 40;
	top_frame_draw(frame, &state, answer);
	cr_expect_eq(state.scroll, 0u);
	cr_expect(has_row(frame, "carrier-a"));
	top_frame_done(frame);
	free(frame);
	json_decref(answer);
}

Test(top, it_says_that_the_daemon_is_gone)
{
	struct top_frame *frame = malloc(sizeof(*frame));
	json_t *answer = answer_of();
	struct top_state state = { .lost = true, .note = "no answer\x1b[2J for 3 s" };

	cr_assert(setlocale(LC_ALL, "C.UTF-8") != NULL && frame);
	top_frame_init(frame);
	frame->rows = 24;
	top_frame_draw(frame, &state, answer);
	cr_expect(has_row(frame, "no answer.[2J for 3 s"));
	cr_expect(frame->row[1].reverse);
	check_rows(frame, "lost");
	top_frame_draw(frame, &state, NULL);
	cr_expect_eq(frame->n, 1u);
	top_frame_done(frame);
	free(frame);
	json_decref(answer);
}

Test(top, characters_take_the_columns_of_a_terminal)
{
	static const struct {
		const char *text;
		size_t columns;
	} rows[] = {
		{ "abc", 3 },
		{ "\xe6\xbc\xa2", 2 },
		{ "e\xcc\x81", 1 },
		{ "\xf0\x9f\x98\x80", 2 },
		{ "\xff\xfe", 2 },
		{ "\xe6\xbc", 2 }, /* cut short: two bytes that begin nothing */
		{ "▁█", 2 },
	};
	struct buffer cell;

	cr_assert(setlocale(LC_ALL, "C.UTF-8") != NULL);
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		cr_expect_eq(terminal_columns(str_of(rows[i].text)), rows[i].columns,
			     "row %zu", i);
	buffer_init(&cell);
	/* half of a wide character cannot be shown: a blank takes its place */
	terminal_cell(&cell, SV_STR("\xe6\xbc\xa2\xe6\xbc\xa2\xe6\xbc\xa2"), 4);
	cr_expect_eq(terminal_columns(buffer_str(&cell)), 4u);
	cr_expect(str_eq(buffer_str(&cell), SV_STR("\xe6\xbc\xa2… ")));
	buffer_clear(&cell);
	terminal_cell_right(&cell, SV_STR("\xe6\xbc\xa2\xe6\xbc\xa2\xe6\xbc\xa2"), 4);
	cr_expect_eq(terminal_columns(buffer_str(&cell)), 4u);
	buffer_done(&cell);
}
