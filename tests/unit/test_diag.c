/* SPDX-License-Identifier: Apache-2.0 */
#include "conf/diag.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>

static void
expect(const struct diag *diag, bool color, const char *text)
{
	struct buffer buf;

	buffer_init(&buf);
	diag_print(diag, &buf, color);
	buffer_add_char(&buf, '\0');
	cr_assert(!buffer_failed(&buf));
	cr_assert_str_eq(buf.ptr, text);
	buffer_done(&buf);
}

Test(diag, prints_place_line_caret_and_hint)
{
	struct diag diag;

	diag_init(&diag);
	diag_add(&diag, DIAG_ERROR, "/etc/sipvigil.conf", 14, 5, 8, "    treshold = 20",
		 "unknown key 'treshold' in rule \"trunk-5xx\"",
		 "did you mean 'threshold'?");
	expect(&diag, false,
	       "/etc/sipvigil.conf:14:5: error: unknown key 'treshold' in rule "
	       "\"trunk-5xx\"\n"
	       "   14 |     treshold = 20\n"
	       "      |     ^~~~~~~~ did you mean 'threshold'?\n");
	cr_assert_eq(diag.errors, 1);
	cr_assert_eq(diag.warnings, 0);
	diag_done(&diag);
}

Test(diag, keeps_tabs_so_that_the_caret_stands_right)
{
	struct diag diag;

	diag_init(&diag);
	diag_add(&diag, DIAG_WARNING, "a.conf", 3, 10, 4, "\tmode =\t\tpag", "what",
		 NULL);
	expect(&diag, false,
	       "a.conf:3:10: warning: what\n"
	       "    3 | \tmode =\t\tpag\n"
	       "      | \t      \t\t^~~\n");
	diag_done(&diag);
}

Test(diag, counts_characters_not_bytes_before_the_caret)
{
	struct diag diag;

	diag_init(&diag);
	diag_add(&diag, DIAG_ERROR, "a.conf", 1, 12, 10, "s = \"да\" тест", "m", NULL);
	expect(&diag, false,
	       "a.conf:1:12: error: m\n"
	       "    1 | s = \"да\" тест\n"
	       "      |          ^~~~\n");
	diag_done(&diag);
}

Test(diag, says_what_concerns_a_whole_file)
{
	struct diag diag;

	diag_init(&diag);
	diag_add(&diag, DIAG_ERROR, "/x.conf", 0, 0, 0, NULL, "cannot read this file",
		 "may this user read it?");
	diag_add(&diag, DIAG_NOTE, NULL, 0, 0, 0, NULL, "nothing was changed", NULL);
	expect(&diag, false,
	       "/x.conf: error: cannot read this file\n"
	       "        may this user read it?\n"
	       "note: nothing was changed\n");
	diag_done(&diag);
}

Test(diag, cleans_what_a_terminal_would_obey)
{
	struct diag diag;

	diag_init(&diag);
	diag_add(&diag, DIAG_ERROR, "a", 1, 2, 1, "x\033[2J", "m\033]0;x", "h\r");
	expect(&diag, false,
	       "a:1:2: error: m.]0;x\n"
	       "    1 | x.[2J\n"
	       "      |  ^ h.\n");
	diag_done(&diag);
}

Test(diag, cuts_long_lines_around_the_caret)
{
	char line[1001], want[512];
	struct diag diag;

	memset(line, 'a', 1000);
	line[1000] = '\0';
	line[500] = 'X';
	diag_init(&diag);
	diag_add(&diag, DIAG_ERROR, "a", 1, 501, 1, line, "m", NULL);
	snprintf(want, sizeof(want),
		 "a:1:501: error: m\n    1 | …%.60sX%.99s…\n      |  %60s^\n", line,
		 line, "");
	expect(&diag, false, want);
	diag_done(&diag);
}

Test(diag, colors_only_when_asked)
{
	struct diag diag;

	diag_init(&diag);
	diag_add(&diag, DIAG_ERROR, "a", 1, 1, 1, "x", "m", NULL);
	expect(&diag, true,
	       "a:1:1: \033[1;31merror:\033[0m m\n"
	       "    1 | x\n"
	       "      | \033[1;32m^\033[0m\n");
	diag_done(&diag);
}

Test(diag, counts_beyond_its_cap)
{
	struct diag diag;
	struct buffer buf;

	diag_init(&diag);
	for (int i = 0; i < DIAG_MAX_ENTRIES + 5; i++)
		diag_add(&diag, DIAG_ERROR, "a", 1, 1, 1, "x", "m", NULL);
	cr_assert_eq(diag.n, DIAG_MAX_ENTRIES);
	cr_assert_eq(diag.errors, DIAG_MAX_ENTRIES + 5);
	buffer_init(&buf);
	diag_print(&diag, &buf, false);
	buffer_add_char(&buf, '\0');
	cr_assert_not_null(strstr(buf.ptr, "… and 5 more mistakes\n"));
	buffer_done(&buf);
	diag_done(&diag);
}
