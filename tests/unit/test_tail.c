/* SPDX-License-Identifier: Apache-2.0 */
/* Real files in a scratch folder, a real event loop; time out instead of sleeping. */
#include "base/text.h"
#include "input/input.h"

#include <criterion/criterion.h>
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#define MAX_LINES 60000
#define DEADLINE_MSEC 10000

/* What came out, as texts. */
static struct {
	char *text[MAX_LINES];
	unsigned flags[MAX_LINES];
	uint64_t line[MAX_LINES];
	size_t n;
	unsigned opened, closed, caught_up, gaps;
} got;

static char folder[64];
static sd_event *loop;
static struct input *input;

static void *
on_opened(void *user, const struct input_source *source)
{
	(void)user;
	cr_assert(strncmp(source->name, "file:", 5) == 0);
	got.opened++;
	return &got;
}

static void
on_record(void *user, void *source_user, const struct sv_record *record)
{
	(void)user;
	cr_assert_eq(source_user, &got);
	cr_assert_lt(got.n, (size_t)MAX_LINES);
	if (record->flags & SV_RECORD_GAP) {
		got.gaps++;
		return;
	}
	cr_assert_eq(record->time_source, SV_TIME_RECEIVED);
	cr_assert_gt(record->time, 0u);
	got.flags[got.n] = record->flags;
	got.line[got.n] = record->line;
	got.text[got.n++] = strndup(record->text.ptr, record->text.len);
}

static void
on_caught_up(void *user, void *source_user)
{
	(void)user, (void)source_user;
	got.caught_up++;
}

static void
on_closed(void *user, void *source_user)
{
	(void)user, (void)source_user;
	got.closed++;
}

static const struct input_sink sink = { on_opened, on_record, on_caught_up, on_closed,
					NULL };

static void
set_up(void)
{
	(void)snprintf(folder, sizeof(folder), "/tmp/sipvigil-tail-XXXXXX");
	cr_assert(mkdtemp(folder));
	cr_assert_geq(sd_event_new(&loop), 0);
}

static int
remove_one(const char *name, const struct stat *st, int type, struct FTW *ftw)
{
	(void)st, (void)type, (void)ftw;
	return remove(name);
}

static void
tear_down(void)
{
	if (input)
		input_free(input);
	input = NULL;
	sd_event_unref(loop);
	for (size_t i = 0; i < got.n; i++)
		free(got.text[i]);
	(void)nftw(folder, remove_one, 8, FTW_DEPTH | FTW_PHYS);
}

TestSuite(tail, .init = set_up, .fini = tear_down);

static const char *
place(const char *name)
{
	static char path[8][160];
	static unsigned next;
	char *p = path[next++ % 8];

	(void)snprintf(p, sizeof(path[0]), "%s/%s", folder, name);
	return p;
}

static void
append(const char *name, const char *text)
{
	int fd = open(place(name), O_WRONLY | O_APPEND | O_CREAT, 0644);

	cr_assert_geq(fd, 0);
	cr_assert_eq(write(fd, text, strlen(text)), (ssize_t)strlen(text));
	(void)close(fd);
}

static void
copy_file(const char *from, const char *to)
{
	char block[65536];
	FILE *in = fopen(place(from), "r"), *out = fopen(place(to), "w");
	size_t n;

	cr_assert(in && out);
	while ((n = fread(block, 1, sizeof(block), in)) > 0)
		cr_assert_eq(fwrite(block, 1, n, out), n);
	(void)fclose(in);
	(void)fclose(out);
}

static void
start_with(struct tail_spec *spec, const char *pattern)
{
	const char *paths[1] = { place(pattern) };

	spec->title = "t";
	spec->paths = paths;
	spec->n_paths = 1;
	cr_assert_eq(tail_new(spec, loop, &sink, &input), 0);
	cr_assert_geq(input_start(input), 0);
}

static void
start(const char *pattern, enum input_from from)
{
	struct tail_spec spec = { .from = from, .poll_usec = 20 * SV_USEC_PER_MSEC };

	start_with(&spec, pattern);
}

static uint64_t
now_msec(void)
{
	struct timespec t;

	(void)clock_gettime(CLOCK_MONOTONIC, &t);
	return (uint64_t)t.tv_sec * 1000 + (uint64_t)t.tv_nsec / 1000000;
}

/* Run the loop until `n` lines have come. */
static void
expect_lines(size_t n)
{
	uint64_t deadline = now_msec() + DEADLINE_MSEC;

	while (got.n < n && now_msec() < deadline)
		cr_assert_geq(sd_event_run(loop, 50000), 0);
	cr_assert_eq(got.n, n, "%zu lines, not %zu; last '%s'", got.n, n,
		     got.n ? got.text[got.n - 1] : "");
}

/* Run it until nothing is due any more. */
static void
settle(void)
{
	for (int i = 0; i < 50 && sd_event_run(loop, 1000) > 0; i++)
		;
}

static void
expect_text(size_t i, const char *want)
{
	cr_assert_gt(got.n, i);
	cr_expect_str_eq(got.text[i], want, "line %zu is '%s', not '%s'", i,
			 got.text[i], want);
}

Test(tail, from_end_gives_only_what_is_written_later)
{
	append("log", "old\n");
	start("log", INPUT_FROM_END);
	append("log", "new\n");
	expect_lines(1);
	expect_text(0, "new");
	cr_expect(got.flags[0] & SV_RECORD_DISCONTINUOUS);
	cr_expect_eq(got.line[0], 0, "nobody counted the lines before");
	cr_expect_geq(got.caught_up, 1);
}

Test(tail, from_end_gives_a_line_whole_that_was_half_there)
{
	append("log", "old\nhal");
	start("log", INPUT_FROM_END);
	settle();
	cr_expect_eq(got.n, 0);
	append("log", "f\n");
	expect_lines(1);
	expect_text(0, "half");
}

Test(tail, from_beginning_numbers_lines)
{
	append("log", "one\r\ntwo\n");
	start("log", INPUT_FROM_BEGINNING);
	expect_lines(2);
	expect_text(0, "one");
	cr_expect_eq(got.line[1], 2);
	cr_expect_eq(got.flags[0], 0);
}

Test(tail, unfinished_line_is_held)
{
	append("log", "");
	start("log", INPUT_FROM_END);
	append("log", "a");
	settle();
	append("log", "b");
	settle();
	cr_expect_eq(got.n, 0);
	append("log", "c\nd");
	expect_lines(1);
	expect_text(0, "abc");
	append("log", "\n");
	expect_lines(2);
	expect_text(1, "d");
}

Test(tail, file_that_appears_later_is_read_from_its_beginning)
{
	start("log", INPUT_FROM_END);
	settle();
	struct input_stats stats;
	input_stats_get(input, &stats);
	cr_expect(strstr(stats.problem, "no file matches"), "%s", stats.problem);
	append("log", "one\n");
	append("log", "two\n");
	expect_lines(2);
	input_stats_get(input, &stats);
	cr_expect_str_empty(stats.problem);
	cr_expect_eq(stats.records, 2);
	cr_expect(stats.caught_up);
}

Test(tail, in_the_midst_of_a_rotation_nothing_is_wrong)
{
	struct input_stats stats;

	append("log", "one\n");
	start("log", INPUT_FROM_BEGINNING);
	expect_lines(1);
	cr_assert_eq(rename(place("log"), place("log.1")), 0);
	append("log.1", "late\n");
	expect_lines(2);
	settle();
	input_stats_get(input, &stats);
	cr_expect_str_empty(stats.problem);
	cr_assert_eq(unlink(place("log.1")), 0);
	settle();
	input_stats_get(input, &stats);
	cr_expect(strstr(stats.problem, "no file matches"), "%s", stats.problem);
}

Test(tail, folder_that_appears_later_is_found_by_polling)
{
	start("pbx*/log", INPUT_FROM_END);
	settle();
	cr_assert_eq(mkdir(place("pbx7"), 0755), 0);
	append("pbx7/log", "one\n");
	expect_lines(1);
	append("pbx7/log", "two\n");
	expect_lines(2);
}

Test(tail, renamed_file_is_read_to_its_end_and_on)
{
	append("full", "1\n");
	start("full", INPUT_FROM_BEGINNING);
	expect_lines(1);
	int old = open(place("full"), O_WRONLY | O_APPEND);
	append("full", "2\n");
	cr_assert_eq(rename(place("full"), place("full.1")), 0);
	cr_assert_eq(write(old, "3\n", 2), 2);
	append("full", "4\n");
	expect_lines(4);
	expect_text(1, "2");
	expect_text(2, "3");
	expect_text(3, "4");
	cr_assert_eq(write(old, "5\n", 2), 2);
	expect_lines(5);
	append("full", "6\n");
	expect_lines(6);
	cr_expect_eq(got.opened, 2);
	(void)close(old);
}

Test(tail, rotated_name_in_the_glob_is_the_same_file)
{
	append("full", "1\n");
	start("full*", INPUT_FROM_BEGINNING);
	expect_lines(1);
	cr_assert_eq(rename(place("full"), place("full.1")), 0);
	append("full", "2\n");
	expect_lines(2);
	append("full.1", "late\n");
	expect_lines(3);
	cr_expect_eq(got.opened, 2);
	settle();
	cr_expect_eq(got.n, 3);
}

Test(tail, deleted_file_is_let_go_after_a_while)
{
	struct tail_spec spec = { .linger_usec = 30 * SV_USEC_PER_MSEC,
				  .poll_usec = 20 * SV_USEC_PER_MSEC,
				  .from = INPUT_FROM_BEGINNING };

	append("log", "one\nwithout end");
	start_with(&spec, "log*");
	expect_lines(1);
	cr_assert_eq(unlink(place("log")), 0);
	expect_lines(2);
	expect_text(1, "without end");
	cr_expect_eq(got.closed, 1);
	append("log", "anew\n");
	expect_lines(3);
	expect_text(2, "anew");
}

Test(tail, same_inode_number_is_not_the_same_file)
{
	struct stat before, after;

	append("log", "first generation\n");
	start("log", INPUT_FROM_BEGINNING);
	expect_lines(1);
	cr_assert_eq(stat(place("log"), &before), 0);
	for (size_t i = 1; i < 20; i++) {
		char text[64];
		cr_assert_eq(unlink(place("log")), 0);
		(void)snprintf(text, sizeof(text), "generation %zu\n", i);
		append("log", text);
		expect_lines(i + 1);
		cr_assert_eq(stat(place("log"), &after), 0);
	}
}

Test(tail, truncated_file_is_read_anew)
{
	append("log", "a long first line\n");
	start("log", INPUT_FROM_BEGINNING);
	expect_lines(1);
	cr_assert_eq(truncate(place("log"), 0), 0);
	settle();
	append("log", "short\n");
	expect_lines(2);
	expect_text(1, "short");
	cr_expect(got.flags[1] & SV_RECORD_DISCONTINUOUS);
	cr_expect_eq(got.line[1], 1);
	struct input_stats stats;
	input_stats_get(input, &stats);
	cr_expect_eq(stats.reopened, 1);
	cr_expect_eq(got.gaps, 1, "what was written before is gone, and it is said");
}

Test(tail, truncated_file_that_grew_over_the_old_place_is_noticed)
{
	append("log", "old\n");
	start("log", INPUT_FROM_BEGINNING);
	expect_lines(1);
	cr_assert_eq(truncate(place("log"), 0), 0);
	append("log", "new and longer\nthan before\n");
	expect_lines(3);
	expect_text(1, "new and longer");
}

Test(tail, copy_before_truncation_gives_what_was_not_read)
{
	append("full", "[2026-11-22 10:00:00] one\n");
	start("full*", INPUT_FROM_BEGINNING);
	expect_lines(1);
	append("full", "[2026-11-22 10:00:01] two\n");
	copy_file("full", "full.1");
	cr_assert_eq(truncate(place("full"), 0), 0);
	append("full", "[2026-11-23 10:00:00] three\n");
	expect_lines(3);
	settle();
	cr_expect_eq(got.n, 3, "the copy is not read as a file of its own");
	expect_text(1, "[2026-11-22 10:00:01] two");
	expect_text(2, "[2026-11-23 10:00:00] three");
}

Test(tail, packed_files_are_left_alone)
{
	append("log.2.gz", "\x1f\x8b\x08 packed\n");
	start("log*", INPUT_FROM_BEGINNING);
	append("log", "text\n");
	expect_lines(1);
	append("log.3.gz", "\x1f\x8b\x08 packed\n");
	settle();
	cr_expect_eq(got.n, 1);
}

Test(tail, files_with_the_same_beginning_are_both_read)
{
	start("*", INPUT_FROM_END);
	append("full", "the same first line\n");
	append("messages", "the same first line\n");
	append("full_json", "the same first line\n");
	expect_lines(3);
}

Test(tail, hole_of_a_writer_that_does_not_append_is_skipped)
{
	int fd = open(place("log"), O_WRONLY | O_CREAT, 0644);

	cr_assert_eq(write(fd, "before\n", 7), 7);
	start("log", INPUT_FROM_BEGINNING);
	expect_lines(1);
	cr_assert_eq(lseek(fd, 5000000, SEEK_SET), 5000000);
	cr_assert_eq(write(fd, "x\n", 2), 2);
	expect_lines(2);
	cr_assert_eq(ftruncate(fd, 0), 0);
	cr_assert_eq(write(fd, "after\n", 6), 6);
	expect_lines(3);
	expect_text(2, "after");
	(void)close(fd);
}

Test(tail, long_lines_are_cut_and_the_next_is_whole)
{
	struct tail_spec spec = { .max_line_bytes = 1000,
				  .from = INPUT_FROM_BEGINNING };
	char *line = malloc(3000001);

	memset(line, 'x', 3000000);
	line[3000000] = '\0';
	append("log", "");
	start_with(&spec, "log");
	append("log", line);
	append("log", "\nnext\n");
	expect_lines(2);
	cr_expect_eq(strlen(got.text[0]), 1000);
	cr_expect(got.flags[0] & SV_RECORD_TRUNCATED);
	expect_text(1, "next");
	struct input_stats stats;
	input_stats_get(input, &stats);
	cr_expect_eq(stats.cut, 1);
	free(line);
}

Test(tail, backlog_of_a_rotated_log_comes_oldest_first)
{
	static const char *const names[] = { "full", "full.1", "full.2" };

	for (int i = 0; i < 3; i++) {
		char text[16];
		(void)snprintf(text, sizeof(text), "%d\n", 3 - i);
		append(names[i], text);
		struct timespec times[2] = { { 1795300000 - i * 1000, 0 },
					     { 1795300000 - i * 1000, 0 } };
		cr_assert_eq(utimensat(AT_FDCWD, place(names[i]), times, 0), 0);
	}
	start("full*", INPUT_FROM_BEGINNING);
	expect_lines(3);
	expect_text(0, "1");
	expect_text(1, "2");
	expect_text(2, "3");
}

Test(tail, more_files_than_allowed_is_said)
{
	struct tail_spec spec = { .max_files = 2, .from = INPUT_FROM_BEGINNING };
	struct input_stats stats;

	append("a", "1\n");
	append("b", "2\n");
	append("c", "3\n");
	start_with(&spec, "*");
	expect_lines(2);
	settle();
	cr_expect_eq(got.n, 2);
	input_stats_get(input, &stats);
	cr_expect(strstr(stats.problem, "more than 2 files"), "%s", stats.problem);
}

Test(tail, folder_in_place_of_a_file_is_said)
{
	struct input_stats stats;

	cr_assert_eq(mkdir(place("log"), 0755), 0);
	start("log", INPUT_FROM_END);
	settle();
	input_stats_get(input, &stats);
	cr_expect(strstr(stats.problem, "not a regular file"), "%s", stats.problem);
}

Test(tail, folder_and_pipe_that_a_pattern_matches_are_left_alone)
{
	struct input_stats stats;

	cr_assert_eq(mkdir(place("log.d"), 0755), 0);
	cr_assert_eq(mkfifo(place("log.pipe"), 0644), 0);
	append("log.txt", "one\n");
	start("log*", INPUT_FROM_BEGINNING);
	expect_lines(1);
	input_stats_get(input, &stats);
	cr_expect_str_eq(stats.problem, "");
	cr_expect_eq(got.n, 1u);
}

/* A writer that rotates in every way while the loop runs now and then: every line comes
 * once, whatever happened. */
Test(tail, every_line_once_through_all_rotations)
{
	enum { STEPS = 1000 };
	uint32_t seed = 12345;
	size_t written = 0;
	bool half = false;

	append("full", "");
	start("full", INPUT_FROM_BEGINNING);
	for (int step = 0; step < STEPS; step++) {
		char text[128], name[32];
		seed = seed * 1664525 + 1013904223;
		unsigned pick = (seed >> 16) % 40;
		(void)snprintf(name, sizeof(name), "full.%d", step + 1);
		if (half) {
			append("full", " the rest\n");
			half = false;
		}
		if (pick == 0 && step % 3 == 0) {
			/* Of what is written and truncated away before anybody has
			 * seen its beginning, nothing can be known. */
			(void)snprintf(text, sizeof(text), "%zu seen\n", written++);
			append("full", text);
			settle();
			(void)snprintf(text, sizeof(text), "%zu unread\n", written++);
			append("full", text);
			copy_file("full", name);
			cr_assert_eq(truncate(place("full"), 0), 0);
			settle();
		} else if (pick == 1) {
			cr_assert_eq(rename(place("full"), place(name)), 0);
			append("full", "");
			settle();
		} else if (pick == 2) {
			int fd = open(place("full"), O_WRONLY | O_APPEND);
			cr_assert_eq(rename(place("full"), place(name)), 0);
			(void)snprintf(text, sizeof(text), "%zu\n", written++);
			cr_assert_gt(write(fd, text, strlen(text)), 0);
			append("full", "");
			(void)close(fd);
			settle();
		} else if (pick == 3) {
			cr_assert_eq(unlink(place("full")), 0);
			append("full", "");
			settle();
		} else if (pick < 8) {
			settle();
		} else {
			half = pick == 9;
			(void)snprintf(text, sizeof(text), "%zu of this file%s",
				       written++, half ? "" : "\n");
			append("full", text);
		}
	}
	if (half)
		append("full", "\n");
	expect_lines(written);
	char *seen = calloc(written, 1);
	for (size_t i = 0; i < got.n; i++) {
		size_t v = strtoull(got.text[i], NULL, 10);
		cr_assert_lt(v, written);
		cr_expect(!seen[v], "line %zu twice", v);
		seen[v] = 1;
	}
	free(seen);
}
