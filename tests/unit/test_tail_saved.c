/* SPDX-License-Identifier: Apache-2.0 */
/* Positions of files over a kill: what happened to a log while nobody looked, and which
 * lines must then come, each once. Real files, real packers; "GAP" is news of loss. */
#include "tail_rig.h"

#define MAX_STEPS 24

struct row {
	const char *name;
	const char *pattern;
	enum input_from from;
	/* "start"; "run": until all is read; "turn": once round the loop; "save";
	 * "restart": killed, and on from what was saved last; "nobody": without
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

Test(tail_saved, the_same_file)
{
	static const struct row rows[] = {
		{ "nothing happened",
		  "full",
		  BEGINNING,
		  { "w full a b", "start", "run", "save", "restart" },
		  "a b" },
		{ "it grew",
		  "full",
		  BEGINNING,
		  { "w full a", "start", "run", "save", "w full b", "restart",
		    "w full c" },
		  "a b c" },
		{ "what was read after the save comes again",
		  "full",
		  BEGINNING,
		  { "w full a", "start", "run", "save", "w full b", "run", "restart" },
		  "a b" },
		{ "a line half there",
		  "full",
		  BEGINNING,
		  { "w full a", "p full b", "start", "run", "save", "e full c",
		    "restart" },
		  "a bc" },
		{ "from the end, killed before anything came",
		  "full",
		  END,
		  { "w full a", "start", "save", "w full b", "restart", "w full c" },
		  "b c" },
		{ "from the end, a line half there",
		  "full",
		  END,
		  { "w full a", "p full b", "start", "save", "e full c", "restart" },
		  "bc" },
		{ "empty",
		  "full",
		  END,
		  { ": >full", "start", "save", "w full a", "restart", "w full b" },
		  "a b" },
		{ "empty, found after the start",
		  "full",
		  END,
		  { "start", "run", ": >full", "run", "save", "w full a", "restart" },
		  "a" },
		{ "absent",
		  "full",
		  END,
		  { "start", "run", "save", "w full a", "restart", "w full b" },
		  "a b" },
		{ "absent at the restart too",
		  "full",
		  END,
		  { "start", "save", "restart", "run", "save", "restart", "run",
		    "w full a" },
		  "a" },
		{ "restored by a copy: another inode",
		  "full",
		  BEGINNING,
		  { "w full a", "start", "run", "save", "w full b", "cp full x",
		    "rm full", "mv x full", "restart", "w full c" },
		  "a b c" },
		{ "a line longer than the cap, saved in its midst",
		  "full",
		  BEGINNING,
		  { "w full a", "printf %09000d 7 >>full", "start", "run", "save",
		    "printf '%0300d\\n' 7 >>full; w full b", "restart" },
		  "a 0000000000000000000000000000000000000000 b" },
		{ "cut at its end",
		  "full",
		  BEGINNING,
		  { "w full a b c d e", "start", "run", "save", "truncate -s 116 full",
		    "restart", "run", "w full f" },
		  "a b c d e GAP f" },
		{ "a second name for it",
		  "*",
		  BEGINNING,
		  { "w full a", "start", "run", "save", "ln full other", "w full b",
		    "restart" },
		  "a b" },
		{ "read as it is saved again and again",
		  "full",
		  BEGINNING,
		  { "w full a", "start", "run", "save", "restart", "save", "restart",
		    "w full b", "run", "save", "restart", "save", "w full c",
		    "restart" },
		  "a b c" },
	};
	run_rows(rows, sizeof(rows) / sizeof(rows[0]));
}

Test(tail_saved, rotation_by_renaming)
{
	static const struct row rows[] = {
		{ "renamed",
		  "full",
		  BEGINNING,
		  { "w full a", "start", "run", "save", "w full b", "mv full full.1",
		    "w full c", "restart" },
		  "a b c" },
		{ "renamed, nothing new yet",
		  "full",
		  BEGINNING,
		  { "w full a", "start", "run", "save", "w full b", "mv full full.1",
		    "restart", "run", "w full c" },
		  "a b c" },
		{ "renamed when it was empty",
		  "full",
		  BEGINNING,
		  { ": >full", "start", "run", "save", "w full b", "mv full full.1",
		    "w full c", "restart" },
		  "b c" },
		{ "three times",
		  "full",
		  BEGINNING,
		  { "w full a", "start", "run", "save", "w full b", "mv full full.1",
		    "w full c", "mv full.1 full.2; mv full full.1", "w full d",
		    "mv full.2 full.3; mv full.1 full.2; mv full full.1", "w full e",
		    "restart" },
		  "a b c d e" },
		{ "three times, of an empty one",
		  "full",
		  BEGINNING,
		  { ": >full", "start", "run", "save", "w full b", "mv full full.1",
		    "w full c", "mv full.1 full.2; mv full full.1", "w full d",
		    "restart" },
		  "b c d" },
		{ "by date",
		  "full",
		  BEGINNING,
		  { "w full a", "start", "run", "save", "w full b",
		    "mv full full-20261122", "w full c", "mv full full-20261123",
		    "w full d", "restart" },
		  "a b c d" },
		{ "by date and packed",
		  "full",
		  BEGINNING,
		  { "w full a", "start", "run", "save", "w full b",
		    "mv full full-20261122; gzip full-20261122", "w full c",
		    "mv full full-20261123; gzip full-20261123", "w full d",
		    "restart" },
		  "a b c d" },
		{ "with the ending kept",
		  "full.log",
		  BEGINNING,
		  { "w full.log a", "start", "run", "save", "w full.log b",
		    "mv full.log full-20261122.log; gzip full-20261122.log",
		    "w full.log c", "mv full.log full.1.log", "w full.log d",
		    "restart" },
		  "a b c d" },
		{ "into another folder",
		  "full",
		  BEGINNING,
		  { "mkdir old; w full a", "start", "run", "save", "w full b",
		    "mv full old/full.1", "w full c",
		    "mv full old/full.0; gzip old/full.0", "w full d", "restart" },
		  "a b c d" },
		{ "into a folder beside it that a pattern names",
		  "d/full e/full*",
		  BEGINNING,
		  { "mkdir d e; w d/full a", "start", "run", "save", "w d/full b",
		    "mv d/full e/full-1", "w d/full c",
		    "mv d/full e/full-2; gzip e/full-2", "w d/full d", "restart" },
		  "a b c d" },
		{ "into another folder while it was read",
		  "full",
		  BEGINNING,
		  { "mkdir old; w full a", "start", "run", "mv full old/full.1", "run",
		    "save", "w old/full.1 b; w full c", "restart" },
		  "a b c" },
		{ "a pattern that matches its parts",
		  "full*",
		  BEGINNING,
		  { "w full a", "start", "run", "mv full full.1; w full b", "run",
		    "mv full.1 full.2; mv full full.1; w full c", "run", "save",
		    "mv full.2 full.3; mv full.1 full.2; mv full full.1; w full.1 d",
		    "w full e", "restart", "w full f" },
		  "a b c d e f" },
		{ "parts that were there at the start",
		  "full*",
		  BEGINNING,
		  { "w full.1 a", "w full b", "start", "run", "save",
		    "mv full.1 full.2; mv full full.1", "w full c", "restart" },
		  "a b c" },
		{ "a part that is deleted after it was read",
		  "full*",
		  BEGINNING,
		  { "w full a", "start", "run", "mv full full.1; w full b", "run",
		    "save", "rm full.1", "w full c", "restart" },
		  "a b c" },
		{ "the old one is packed while the new one is read",
		  "full",
		  BEGINNING,
		  { "w full a", "start", "run", "mv full full.1; w full b", "run",
		    "w full.1 late; w full c", "run", "save", "gzip full.1", "w full d",
		    "restart" },
		  "a b late c d" },
		{ "a link that leads to another file",
		  "now",
		  BEGINNING,
		  { "w a a; ln -s a now", "start", "run", "save", "w a b",
		    "w b c; ln -sfn b now", "restart", "run", "w b d" },
		  "a b c d" },
	};
	run_rows(rows, sizeof(rows) / sizeof(rows[0]));
}

Test(tail_saved, packed_parts)
{
	static const struct row rows[] = {
		{ "gzip",
		  "full",
		  BEGINNING,
		  { "w full a", "start", "run", "save", "w full b",
		    "mv full full.1; gzip full.1", "w full c", "restart" },
		  "a b c" },
		{ "xz",
		  "full",
		  BEGINNING,
		  { "w full a", "start", "run", "save", "w full b",
		    "mv full full.1; xz full.1", "w full c", "restart" },
		  "a b c" },
		{ "zstd",
		  "full",
		  BEGINNING,
		  { "w full a", "start", "run", "save", "w full b",
		    "mv full full.1; zstd -q --rm full.1", "w full c", "restart" },
		  "a b c" },
		{ "bzip2",
		  "full",
		  BEGINNING,
		  { "w full a", "start", "run", "save", "w full b",
		    "mv full full.1; bzip2 full.1", "w full c", "restart" },
		  "a b c" },
		{ "several",
		  "full",
		  BEGINNING,
		  { "w full a", "start", "run", "save", "w full b",
		    "mv full full.1; gzip full.1", "w full c",
		    "mv full.1.gz full.2.gz; mv full full.1; gzip full.1", "w full d",
		    "mv full full.0", "w full e", "restart" },
		  "a b c d e" },
		{ "several, with a pattern that matches them",
		  "full*",
		  BEGINNING,
		  { "w full a", "start", "run", "save", "w full b",
		    "mv full full.1; gzip full.1", "w full c",
		    "mv full.1.gz full.2.gz; mv full full.1; gzip full.1", "w full d",
		    "restart", "run", "save", "restart" },
		  "a b c d" },
		{ "a file that is being packed",
		  "full",
		  BEGINNING,
		  { "w full a", "start", "run", "save", "w full b", "mv full full.1",
		    "w full c", "mv full full.0; gzip -k full.0", "w full d",
		    "restart" },
		  "a b c d" },
		{ "old parts are not new",
		  "full",
		  BEGINNING,
		  { "w full x; mv full full.3; gzip full.3", "w full a", "start", "run",
		    "save", "w full b", "mv full full.1; gzip full.1", "w full c",
		    "restart" },
		  "a b c" },
		{ "damaged",
		  "full",
		  BEGINNING,
		  { "w full a", "start", "run", "save", "w full b c d",
		    "mv full full.1; gzip full.1; truncate -s -9 full.1.gz", "w full e",
		    "restart" },
		  "a GAP GAP e" },
		{ "saved in its midst",
		  "full",
		  BEGINNING,
		  { "w full a", "start", "run", "save",
		    "many full 1 9; mv full full.1; gzip full.1", "w full z", "restart",
		    "run", "save", "restart", "w full y" },
		  "a 1 2 3 4 5 6 7 8 9 z y" },
	};
	run_rows(rows, sizeof(rows) / sizeof(rows[0]));
}

Test(tail_saved, copied_and_truncated)
{
	static const struct row rows[] = {
		{ "once",
		  "full",
		  BEGINNING,
		  { "w full a", "start", "run", "save", "w full b", "ct full full.1",
		    "w full c", "restart" },
		  "a b c" },
		{ "twice",
		  "full",
		  BEGINNING,
		  { "w full a", "start", "run", "save", "w full b", "ct full full.1",
		    "w full c", "mv full.1 full.2; ct full full.1", "w full d",
		    "restart" },
		  "a b c d" },
		{ "and packed",
		  "full",
		  BEGINNING,
		  { "w full a", "start", "run", "save", "w full b",
		    "ct full full.1; gzip full.1", "w full c",
		    "mv full.1.gz full.2.gz; ct full full.1; gzip full.1", "w full d",
		    "restart" },
		  "a b c d" },
		{ "with a pattern that matches the copies",
		  "full*",
		  BEGINNING,
		  { "w full a", "start", "run", "ct full full.1", "w full b", "run",
		    "save", "w full c", "mv full.1 full.2; ct full full.1", "w full d",
		    "mv full.2 full.3; mv full.1 full.2; ct full full.1", "w full e",
		    "restart" },
		  "a b c d e" },
		{ "nothing written since",
		  "full",
		  BEGINNING,
		  { "w full a", "start", "run", "save", "w full b", "ct full full.1",
		    "restart", "run", "w full c" },
		  "a b c" },
		{ "grown beyond where it was",
		  "full",
		  BEGINNING,
		  { "w full a", "start", "run", "save", "ct full full.1",
		    "w full b c d e f", "restart" },
		  "a b c d e f" },
		{ "again, before the new beginning was seen",
		  "full",
		  BEGINNING,
		  { "w full a", "start", "run", "ct full full.1", "run", "save",
		    "w full b", "mv full.1 full.2; ct full full.1", "w full c",
		    "restart" },
		  "a b c" },
		{ "again, then renamed, before the new beginning was seen",
		  "full",
		  BEGINNING,
		  { "w full a", "start", "run", "ct full full.1", "run", "save",
		    "w full b", "mv full.1 full.2; ct full full.1", "w full c",
		    "mv full.2 full.3; mv full.1 full.2; mv full full.1", "w full d",
		    "restart" },
		  "a b c d" },
		{ "the part before the last is gone unread",
		  "full",
		  BEGINNING,
		  { "w full a", "start", "run", "w full b", "ct full full.1",
		    "w full c", "mv full.1 full.2; ct full full.1", "w full d", "turn",
		    "save", "rm full.1", "restart" },
		  "a b GAP d" },
	};
	run_rows(rows, sizeof(rows) / sizeof(rows[0]));
}

Test(tail_saved, lost)
{
	static const struct row rows[] = {
		{ "deleted and made anew",
		  "full",
		  BEGINNING,
		  { "w full a", "start", "run", "save", "w full b", "rm full",
		    "w full c", "restart" },
		  "a GAP c" },
		{ "deleted, others are there",
		  "full",
		  BEGINNING,
		  { "w full a; w other x", "start", "run", "save", "rm full",
		    "restart" },
		  "a GAP" },
		{ "told once",
		  "full",
		  BEGINNING,
		  { "w full a", "start", "run", "save", "rm full; w full b", "restart",
		    "run", "save", "restart", "run", "save", "restart" },
		  "a GAP b" },
		{ "killed before it was told",
		  "full",
		  BEGINNING,
		  { "w full a", "start", "run", "save", "rm full; w full b", "restart",
		    "save", "restart" },
		  "a GAP b" },
		{ "replaced by a shorter one",
		  "full",
		  BEGINNING,
		  { "w full a b c", "start", "run", "save", "echo short >full",
		    "restart" },
		  "a b c GAP short" },
		{ "replaced by a longer one",
		  "full",
		  BEGINNING,
		  { "w full a", "start", "run", "save", "mv full gone; w full b c d",
		    "rm gone", "restart" },
		  "a GAP b c d" },
		{ "truncated without a copy",
		  "full",
		  BEGINNING,
		  { "w full a", "start", "run", "save", ": >full", "restart", "run",
		    "w full b" },
		  "a GAP b" },
		{ "deleted, but later parts are there",
		  "full",
		  BEGINNING,
		  { "w full a", "start", "run", "save", "w full b", "rm full",
		    "w full c", "mv full full.1; gzip full.1", "w full d", "restart" },
		  "a GAP c d" },
		{ "an empty one: was something written?",
		  "full",
		  BEGINNING,
		  { ": >full", "start", "run", "save", "rm full", "w full a",
		    "restart" },
		  "GAP a" },
	};
	run_rows(rows, sizeof(rows) / sizeof(rows[0]));
}

Test(tail_saved, out_of_reach)
{
	static const struct row rows[] = {
		{ "no permission for a while",
		  "full",
		  BEGINNING,
		  { "w full a", "nobody", "start", "run", "save", "w full b",
		    "chmod 0 full", "restart", "run", "save", "restart", "run",
		    "chmod 644 full", "run", "w full c" },
		  "a b c" },
		{ "no permission for the folder",
		  "d/full",
		  BEGINNING,
		  { "mkdir d; w d/full a", "nobody", "start", "run", "save",
		    "w d/full b", "chmod 0 d", "restart", "run", "chmod 755 d", "run",
		    "w d/full c" },
		  "a b c" },
		{ "not mounted yet: no folder",
		  "d/full",
		  BEGINNING,
		  { "mkdir d; w d/full a", "start", "run", "save", "w d/full b",
		    "mv d e", "restart", "run", "save", "restart", "run", "mv e d",
		    "run", "w d/full c" },
		  "a b c" },
		{ "not mounted yet: an empty folder",
		  "d/full",
		  BEGINNING,
		  { "mkdir d; w d/full a", "start", "run", "save", "w d/full b",
		    "mv d e; mkdir d", "restart", "run", "rmdir d; mv e d", "run" },
		  "a b" },
		{ "rotated before it can be seen again",
		  "d/full",
		  BEGINNING,
		  { "mkdir d; w d/full a", "start", "run", "save", "mv d e", "restart",
		    "run", "w e/full b; mv e/full e/full.1", "w e/full c",
		    "mv e/full e/full.0; gzip e/full.0; w e/full d; mv e d", "run" },
		  "a b c d" },
	};
	run_rows(rows, sizeof(rows) / sizeof(rows[0]));
}

/* Nobody was killed, but nobody looked either. */
Test(tail_saved, a_stall)
{
	static const struct row rows[] = {
		{ "renamed twice",
		  "full",
		  BEGINNING,
		  { "w full a", "start", "run", "w full b", "mv full full.1",
		    "w full c", "mv full.1 full.2; mv full full.1; gzip full.1",
		    "w full d" },
		  "a b c d" },
		{ "copied and truncated twice",
		  "full",
		  BEGINNING,
		  { "w full a", "start", "run", "w full b", "ct full full.1",
		    "w full c", "mv full.1 full.2; gzip full.2; ct full full.1",
		    "w full d" },
		  "a b c d" },
		{ "truncated without a copy",
		  "full",
		  BEGINNING,
		  { "w full a", "start", "run", ": >full", "run", "w full b" },
		  "a GAP b" },
		{ "copied into another folder and truncated",
		  "full",
		  BEGINNING,
		  { "mkdir old; w full a", "start", "run", "w full b",
		    "ct full old/full.1", "w full c" },
		  "a b c" },
		{ "killed between copy and its reading",
		  "full",
		  BEGINNING,
		  { "w full a", "start", "run", "w full b", "ct full full.1",
		    "w full c", "turn", "save", "restart", "run", "w full d", "run",
		    "save", "restart" },
		  "a b c d" },
		{ "copied and truncated in the midst of reading",
		  "full",
		  BEGINNING,
		  { "many full 1 2; w full now; many full 3 6", "start",
		    "meanwhile ct full full.1; w full a", "run", "w full b" },
		  "1 2 now 3 4 5 6 a b" },
		{ "copied and truncated before the new beginning was seen",
		  "full",
		  BEGINNING,
		  { "w full a", "start", "run", "ct full full.1", "run", "w full b",
		    "mv full.1 full.2; ct full full.1; gzip full.1", "w full c" },
		  "a b c" },
		{ "a link switched",
		  "now",
		  BEGINNING,
		  { "w a a; ln -s a now", "start", "run", "w a b",
		    "w b c; ln -sfn b now", "run", "w b d" },
		  "a b c d" },
	};
	run_rows(rows, sizeof(rows) / sizeof(rows[0]));
}

/* pack_blob() packs twice, first for the length: rotation may come in between. */
Test(tail_saved, is_of_one_length_while_files_are_renamed)
{
	char from[160], to[160];
	struct pack before = { 0 }, after = { 0 };
	FILE *file;

	set_up();
	(void)snprintf(from, sizeof(from), "%s/full", folder);
	(void)snprintf(to, sizeof(to), "%s/full.10", folder);
	file = fopen(from, "w");
	cr_assert(file);
	(void)fputs("a\n", file);
	(void)fclose(file);
	start_input("full", INPUT_FROM_BEGINNING);
	run_until(1);
	input->ops->save(input, &before);
	cr_assert_eq(rename(from, to), 0);
	input->ops->save(input, &after);
	cr_expect_eq(before.total, after.total);
	tear_down();
}
