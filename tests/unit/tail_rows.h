/* SPDX-License-Identifier: Apache-2.0 */
/* Tables of what happens to a log while it is followed, step by step, and which lines
 * must then come, each once. Real files, real packers; "GAP" is news of loss. */
#pragma once

#include "tail_rig.h"

#define MAX_STEPS 24

struct row {
	const char *name;
	const char *pattern;
	enum input_from from;
	/* "start"; "run": until all is read; "turn": once round the loop; "save";
	 * "restart": killed, and on from what was saved last, or "stop" and "start";
	 * "nobody": without
	 * privileges; "meanwhile COMMAND": while the line "now" is being delivered;
	 * else a shell command. At the end comes "run". */
	const char *steps[MAX_STEPS];
	const char *want; /* lines that come, as words */
};

/* Without privileges; the folder goes with it. */
static void
become_nobody(void)
{
	if (getuid() != 0)
		return;
	run_shell("chown -R 65534 .");
	cr_assert_eq(seteuid(65534), 0);
}

static void
step(const struct row *row, const char *what)
{
	if (strcmp(what, "start") == 0)
		start_input(row->pattern, row->from);
	else if (strcmp(what, "run") == 0)
		run_until(0);
	else if (strcmp(what, "turn") == 0)
		cr_assert_geq(sd_event_run(loop, 100000), 0);
	else if (strcmp(what, "save") == 0)
		save_input();
	else if (strcmp(what, "restart") == 0)
		restart_input(row->pattern, row->from);
	else if (strcmp(what, "stop") == 0)
		stop_input();
	else if (strcmp(what, "nobody") == 0)
		become_nobody();
	else if (strncmp(what, "meanwhile ", 10) == 0)
		in_delivery = what + 10;
	else
		run_shell(what);
}

static void
words_of_got(char *text, size_t size)
{
	size_t at = 0;

	text[0] = '\0';
	for (size_t i = 0; i < got.n && at < size; i++)
		at += (size_t)snprintf(text + at, size - at, "%s%s", i ? " " : "",
				       got.word[i]);
}

static size_t
count_words(const char *text)
{
	size_t n = *text != '\0';

	for (; *text; text++)
		n += *text == ' ';
	return n;
}

static void
run_rows(const struct row *rows, size_t n)
{
	static char text[4096];

	for (size_t i = 0; i < n; i++) {
		set_up();
		for (size_t k = 0; k < MAX_STEPS && rows[i].steps[k]; k++)
			step(&rows[i], rows[i].steps[k]);
		run_until(count_words(rows[i].want));
		words_of_got(text, sizeof(text));
		cr_expect_str_eq(text, rows[i].want, "%s: '%s', not '%s'", rows[i].name,
				 text, rows[i].want);
		tear_down();
	}
}

#define BEGINNING INPUT_FROM_BEGINNING
#define END INPUT_FROM_END
