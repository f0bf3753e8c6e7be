/* SPDX-License-Identifier: Apache-2.0 */
/* Rotation, kills and saves at random, against a model of which lines must come: each
 * once, in their order, and a gap where something was lost. Seeds are fixed: a few, and
 * those that found a fault once. */
#include "tail_rig.h"

#define PARTS 128 /* none is given up */
#define STEPS 250

/* Which lines must come. A line that was deleted before what was read of it was saved
 * may be lost: then a gap must be told. */
static struct {
	uint32_t seed;
	size_t written;         /* lines so far */
	size_t part_end[PARTS]; /* [i]: lines before the end of full.i; 0: the log */
	size_t part_begin[PARTS];
	bool packed[PARTS], there[PARTS];
	bool half; /* the last line has no line end yet */
	bool optional[MAX_LINES];
	unsigned deletions;
	bool by_copy; /* how this log is rotated */
	bool must_be_seen;
	bool seen;       /* the beginning of the log, by the reader */
	bool saved_seen; /* and it is saved */
	bool turned;     /* the reader has had its turns since it was started */
	/* What was written and deleted before anybody looked leaves no trace that could
	 * be told. */
	bool traceless;
	char trail[STEPS * 4];
} model;

static unsigned
pick(unsigned n)
{
	model.seed = model.seed * 1664525 + 1013904223;
	return (model.seed >> 16) % n;
}

static void
part_path(char *path, size_t size, size_t i, bool packed)
{
	if (i == 0)
		(void)snprintf(path, size, "%s/full", folder);
	else
		(void)snprintf(path, size, "%s/full.%zu%s", folder, i,
			       packed ? ".gz" : "");
}

static void
write_log(const char *text)
{
	char path[128];

	part_path(path, sizeof(path), 0, false);
	FILE *file = fopen(path, "a");
	cr_assert(file && fputs(text, file) >= 0);
	cr_assert_eq(fclose(file), 0);
	model.there[0] = true;
}

static void
write_lines(unsigned n)
{
	for (unsigned i = 0; i < n; i++) {
		char text[64];
		(void)snprintf(text, sizeof(text), "%s2026-11-22 10:00:00 line %zu\n",
			       model.half ? " \n" : "", model.written++);
		model.half = false;
		write_log(text);
	}
}

static void
end_line(void)
{
	if (model.half)
		write_log(" \n");
	model.half = false;
}

static void
write_half(void)
{
	char text[64];

	end_line();
	(void)snprintf(text, sizeof(text), "2026-11-22 10:00:00 line %zu",
		       model.written++);
	write_log(text);
	model.half = true;
}

/* Lines of the part that are not saved as read may be missing from now on. */
static void
give_up_part(size_t i)
{
	bool *saved = calloc(MAX_LINES, sizeof(*saved));

	for (size_t k = 0; k < got_at_save; k++)
		if (strcmp(got.word[k], "GAP") != 0)
			saved[strtoul(got.word[k], NULL, 10)] = true;
	for (size_t n = model.part_begin[i]; n < model.part_end[i]; n++)
		model.optional[n] |= !saved[n];
	free(saved);
	model.there[i] = false;
	model.deletions++;
}

static void
shift_parts(void)
{
	char from[128], to[128];

	for (size_t i = PARTS - 1; i > 0; i--) {
		if (!model.there[i])
			continue;
		part_path(from, sizeof(from), i, model.packed[i]);
		if (i == PARTS - 1) {
			cr_assert_eq(unlink(from), 0);
			give_up_part(i);
			continue;
		}
		part_path(to, sizeof(to), i + 1, model.packed[i]);
		cr_assert_eq(rename(from, to), 0);
		model.there[i + 1] = true;
		model.packed[i + 1] = model.packed[i];
		model.part_begin[i + 1] = model.part_begin[i];
		model.part_end[i + 1] = model.part_end[i];
		model.there[i] = false;
	}
}

static void
pack_part(size_t i)
{
	char command[64];

	if (!model.there[i] || model.packed[i])
		return;
	(void)snprintf(command, sizeof(command), "gzip full.%zu", i);
	run_shell(command);
	model.packed[i] = true;
}

static bool
has_line(size_t line)
{
	for (size_t i = got.n; i-- > 0;)
		if (strcmp(got.word[i], "GAP") != 0 &&
		    strtoul(got.word[i], NULL, 10) == line)
			return true;
	return false;
}

/* Until the reader has come to the end of the log. Quiet alone does not show that: it may
 * wait for the turn of an older part. */
static void
catch_up(void)
{
	uint64_t deadline = now_msec() + DEADLINE_MSEC;
	size_t whole = model.written - model.half;

	run_until(0);
	while (model.there[0] && whole > model.part_begin[0] && !has_line(whole - 1) &&
	       now_msec() < deadline)
		cr_assert_geq(sd_event_run(loop, 10000), 0);
	model.turned = true;
}

static void
rotate(bool by_copy)
{
	char from[128], to[128];

	end_line();
	if (!model.there[0] || model.part_begin[0] == model.written)
		return;
	/* With copies that match the pattern or are deleted: of what is truncated away
	 * before anybody has seen its beginning, nothing can be known. */
	if (by_copy && (!model.seen || !model.turned) && model.must_be_seen) {
		catch_up();
		write_lines(pick(2));
	}
	model.seen = model.saved_seen = false;
	shift_parts();
	part_path(from, sizeof(from), 0, false);
	part_path(to, sizeof(to), 1, false);
	if (by_copy)
		run_shell("ct full full.1");
	else
		cr_assert_eq(rename(from, to), 0);
	model.there[1] = true;
	model.packed[1] = false;
	model.part_begin[1] = model.part_begin[0];
	model.part_begin[0] = model.part_end[1] = model.written;
	model.there[0] = by_copy;
	if (pick(3) == 0)
		pack_part(1);
	else if (pick(2) == 0)
		pack_part(2);
	if (!by_copy && pick(2) == 0)
		write_log("");
}

static void
delete_log(void)
{
	char path[128];

	end_line();
	if (!model.there[0])
		return;
	part_path(path, sizeof(path), 0, false);
	model.part_end[0] = model.written;
	cr_assert_eq(unlink(path), 0);
	give_up_part(0);
	model.traceless |= !model.seen || !model.saved_seen;
	model.part_begin[0] = model.written;
	model.seen = model.saved_seen = false;
	write_lines(1);
}

static void
random_step(const char *pattern, bool deletions)
{
	static const char names[] = "aaaaaaahhrrccpsssRRRttuuud";
	struct timespec tick = { 0, 6000000 };
	char what = names[pick(sizeof(names) - 1)];

	model.trail[strlen(model.trail)] = what;
	if (what == 'R' || what == 'u')
		model.seen = model.part_begin[0] != model.written;
	(void)nanosleep(&tick, NULL); /* file times go in steps */
	if (what == 'a')
		write_lines(1 + pick(4));
	else if (what == 'h')
		write_half();
	else if (what == 'r' || what == 'c')
		rotate(model.by_copy);
	else if (what == 'p')
		pack_part(1 + pick(3));
	else if (what == 's') {
		model.saved_seen = model.seen;
		save_input();
	} else if (what == 'R')
		restart_input(pattern, INPUT_FROM_BEGINNING);
	else if (what == 't')
		(void)sd_event_run(loop, 1000);
	else if (what == 'u')
		catch_up();
	else if (deletions)
		delete_log();
}

static void
check_lines(void)
{
	size_t next = 0, gaps = 0, lost = 0;

	for (size_t i = 0; i < got.n; i++) {
		if (strcmp(got.word[i], "GAP") == 0) {
			gaps++;
			continue;
		}
		size_t n = strtoul(got.word[i], NULL, 10);
		cr_assert_geq(n, next, "line %zu after %zu: %s", n, next, model.trail);
		for (; next < n; next++, lost++)
			cr_assert(model.optional[next], "line %zu is missing: %s", next,
				  model.trail);
		next = n + 1;
	}
	cr_assert_eq(next, model.written, "%zu lines of %zu: %s", next, model.written,
		     model.trail);
	cr_assert(lost == 0 || gaps > 0 || model.traceless,
		  "%zu lost and nothing said: %s", lost, model.trail);
	cr_assert(gaps == 0 || model.deletions > 0, "a gap for nothing: %s",
		  model.trail);
}

static void
random_run(uint32_t seed, const char *pattern, bool deletions)
{
	set_up();
	memset(&model, 0, sizeof(model));
	model.seed = seed;
	model.by_copy = seed % 2;
	model.must_be_seen = deletions || strchr(pattern, '*');
	start_input(pattern, INPUT_FROM_BEGINNING);
	save_input();
	for (size_t i = 0; i < STEPS; i++)
		random_step(pattern, deletions);
	end_line();
	write_lines(1);
	run_until(got.n + 1);
	check_lines();
	tear_down();
}

Test(tail_random, nothing_is_lost)
{
	static const uint32_t seeds[] = { 1, 2, 3, 106, 1012, 1027 };

	for (size_t i = 0; i < sizeof(seeds) / sizeof(seeds[0]); i++)
		random_run(seeds[i], "full", false);
}

Test(tail_random, with_a_pattern_for_parts)
{
	for (uint32_t seed = 11; seed <= 13; seed++)
		random_run(seed, "full*", false);
}

Test(tail_random, what_was_deleted_is_told)
{
	static const uint32_t seeds[] = { 21, 22, 23, 1028 };

	for (size_t i = 0; i < sizeof(seeds) / sizeof(seeds[0]); i++)
		random_run(seeds[i], "full", true);
}
