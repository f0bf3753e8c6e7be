/* SPDX-License-Identifier: Apache-2.0 */
/* A log that another process writes, rotates in every usual way and packs, while it is
 * read, saved and gone on with after kills: each line must come once and in its order,
 * whatever the moment, and no gap may be told. */
#include "tail_rig.h"

#include <fcntl.h>
#include <sys/types.h>

#define PARTS 60 /* more than are made: none is given up */
#define ROTATIONS 40
#define MAX_BURST 300

struct writer {
	uint32_t seed;
	unsigned written;
	int fd;
};

static unsigned
pick(uint32_t *seed, unsigned n)
{
	*seed = *seed * 1664525 + 1013904223;
	return (*seed >> 16) % n;
}

static void
must(bool good)
{
	if (!good)
		_exit(1);
}

static void
sleep_msec(unsigned msec)
{
	struct timespec t = { 0, (long)msec * 1000000 };

	(void)nanosleep(&t, NULL);
}

static void
write_burst(struct writer *writer)
{
	char text[MAX_BURST * 48];
	size_t at = 0;

	for (unsigned n = 1 + pick(&writer->seed, MAX_BURST); n; n--)
		at += (size_t)snprintf(text + at, sizeof(text) - at,
				       "2026-11-22 10:00:00 line %u\n",
				       writer->written++);
	must(write(writer->fd, text, at) == (ssize_t)at);
}

static void
shift_parts(void)
{
	static const char *const endings[] = { "", ".gz" };
	char from[32], to[32];

	for (int i = PARTS; i > 0; i--)
		for (int k = 0; k < 2; k++) {
			(void)snprintf(from, sizeof(from), "full.%d%s", i, endings[k]);
			(void)snprintf(to, sizeof(to), "full.%d%s", i + 1, endings[k]);
			(void)rename(from, to);
		}
}

/* As cp does it: nothing is written meanwhile, since the writer is this process. */
static void
copy_and_truncate(void)
{
	static char block[65536];
	int from = open("full", O_RDONLY);
	int to = open("full.1", O_WRONLY | O_CREAT | O_EXCL, 0644);
	ssize_t n;

	must(from >= 0 && to >= 0);
	while ((n = read(from, block, sizeof(block))) > 0)
		must(write(to, block, (size_t)n) == n);
	must(close(from) == 0 && close(to) == 0 && truncate("full", 0) == 0);
}

static void
open_log(struct writer *writer)
{
	writer->fd = open("full", O_WRONLY | O_CREAT | O_APPEND, 0644);
	must(writer->fd >= 0);
}

static void
rotate(struct writer *writer)
{
	shift_parts();
	if (pick(&writer->seed, 4)) {
		copy_and_truncate();
	} else {
		must(rename("full", "full.1") == 0 && close(writer->fd) == 0);
		open_log(writer);
	}
	if (pick(&writer->seed, 2))
		must(system("gzip full.1") == 0);
}

/* Ends as a process: how many lines it wrote stands in "written". */
static void
write_log(uint32_t seed)
{
	struct writer writer = { .seed = seed, .written = 1 };

	must(chdir(folder) == 0);
	open_log(&writer);
	for (unsigned i = 0; i < ROTATIONS; i++) {
		/* File times go in steps of the timer interrupt: parts of one age could
		 * not be put in order. */
		write_burst(&writer);
		sleep_msec(6);
		for (unsigned n = 1 + pick(&writer.seed, 3); n; n--) {
			write_burst(&writer);
			sleep_msec(pick(&writer.seed, 4));
		}
		sleep_msec(6 + pick(&writer.seed, 10));
		rotate(&writer);
	}
	write_burst(&writer);

	FILE *file = fopen("written", "w");
	must(file && fprintf(file, "%u\n", writer.written) > 0 && fclose(file) == 0);
	_exit(0);
}

static unsigned
lines_written(void)
{
	char path[96];
	unsigned n = 0;

	(void)snprintf(path, sizeof(path), "%s/written", folder);
	FILE *file = fopen(path, "r");
	cr_assert(file && fscanf(file, "%u", &n) == 1);
	(void)fclose(file);
	return n;
}

static void
read_meanwhile(uint32_t seed, pid_t writer, unsigned kills)
{
	int status = -1;

	while (waitpid(writer, &status, WNOHANG) == 0) {
		for (unsigned n = pick(&seed, 12); n; n--)
			cr_assert_geq(sd_event_run(loop, 1000), 0);
		if (pick(&seed, 3) == 0)
			save_input();
		if (!kills || pick(&seed, 100) >= kills)
			continue;
		restart_input("full", INPUT_FROM_BEGINNING);
	}
	cr_assert(WIFEXITED(status) && WEXITSTATUS(status) == 0);
}

static void
check_lines(uint32_t seed)
{
	for (size_t i = 0; i < got.n; i++) {
		char want[16];
		(void)snprintf(want, sizeof(want), "%zu", i);
		cr_assert_str_eq(got.word[i], want, "seed %u: %s, not %s", seed,
				 got.word[i], want);
	}
}

static void
race(uint32_t seed, unsigned kills)
{
	set_up();
	run_shell("w full 0");
	start_input("full", INPUT_FROM_BEGINNING);
	run_until(1);
	save_input();
	pid_t writer = fork();
	cr_assert_geq(writer, 0);
	if (writer == 0)
		write_log(seed);
	read_meanwhile(seed, writer, kills);
	run_until(lines_written());
	check_lines(seed);
	cr_assert_eq(got.n, lines_written(), "seed %u: %zu lines of %u", seed, got.n,
		     lines_written());
	tear_down();
}

Test(tail_race, undisturbed)
{
	for (uint32_t seed = 1; seed <= 3; seed++)
		race(seed, 0);
}

Test(tail_race, killed_and_gone_on)
{
	for (uint32_t seed = 11; seed <= 16; seed++)
		race(seed, 12);
}
