/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a checkpoint costs with 1,000, 100,000 and 1,000,000 live keys of a count rule:
 * how long the daemon stands still for it (one fork), how long the child writes, and
 * how long the same bytes take to be written and fsynced by themselves on the same
 * disk. Argument: folder to write in.
 */
#include "engine/saved.h"
#include "keys.h"
#include "saver.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

enum { ROUNDS = 5, FAILURES = 3, PATH_BYTES = 4096, BLOCK_BYTES = 256 * 1024 };

static sv_usec
monotonic_now(void)
{
	struct timespec ts = { 0 };

	(void)clock_gettime(CLOCK_MONOTONIC, &ts);
	return (sv_usec)ts.tv_sec * SV_USEC_PER_SEC + (sv_usec)ts.tv_nsec / 1000;
}

__attribute__((noreturn)) static void
die(const char *what, int error)
{
	fprintf(stderr, "checkpoint: %s: %s\n", what,
		strerror(error < 0 ? -error : error));
	exit(1);
}

static struct engine *
fill(uint32_t keys)
{
	struct engine *engine = keys_engine(3600 * SV_USEC_PER_SEC, "count >= 50",
					    (size_t)1 << 30, keys_ignore, NULL);
	sv_usec now = KEYS_BEGIN;

	for (unsigned round = 0; round < FAILURES; round++)
		for (uint32_t i = 0; i < keys; i++)
			keys_feed(engine, now += 100, i);
	return engine;
}

static void
save(void *user, struct pack *out)
{
	engine_save(user, out);
}

/* The same bytes, by themselves. */
static sv_usec
bare_write(const char *folder, uint64_t bytes)
{
	static char block[BLOCK_BYTES];
	char path[PATH_BYTES];
	sv_usec begin = monotonic_now();
	int fd;

	(void)snprintf(path, sizeof(path), "%s/bare", folder);
	fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	if (fd < 0)
		die(path, errno);
	while (bytes) {
		size_t n = bytes < sizeof(block) ? (size_t)bytes : sizeof(block);
		if (write(fd, block, n) != (ssize_t)n)
			die(path, errno);
		bytes -= n;
	}
	if (fsync(fd) < 0)
		die(path, errno);
	(void)close(fd);
	begin = monotonic_now() - begin;
	(void)unlink(path);
	return begin;
}

static void
measure(sd_event *loop, const char *folder, uint32_t keys)
{
	struct engine *engine = fill(keys);
	struct checkpoint_part part = { 1, save, engine };
	char path[PATH_BYTES];
	struct saver_spec spec = { .loop = loop,
				   .path = path,
				   .interval = SV_USEC_PER_SEC / 100,
				   .writer = "bench",
				   .parts = &part,
				   .n_parts = 1 };
	struct engine_stats engine_stats;
	struct saver_stats stats = { 0 };
	struct saver *saver;
	sv_usec took = SV_USEC_NEVER, bare = SV_USEC_NEVER;
	int r;

	(void)snprintf(path, sizeof(path), "%s/checkpoint", folder);
	r = saver_new(&spec, &saver);
	while (r >= 0 && stats.saved + stats.failed < ROUNDS) {
		r = sd_event_run(loop, 10 * SV_USEC_PER_SEC);
		saver_stats_get(saver, &stats);
		if (stats.saved && stats.took < took)
			took = stats.took;
	}
	if (r < 0 || stats.failed)
		die(stats.problem[0] ? stats.problem : "saving", r < 0 ? r : EIO);
	for (int i = 0; i < ROUNDS; i++) {
		sv_usec one = bare_write(folder, stats.bytes);
		if (one < bare)
			bare = one;
	}
	engine_stats_get(engine, &engine_stats);
	printf("  %9zu %8.1f MB %10.2f ms %10.1f ms %10.1f ms %6.2f\n",
	       engine_stats.keys, (double)stats.bytes / 1e6,
	       (double)stats.stall_max / 1e3, (double)took / 1e3, (double)bare / 1e3,
	       (double)took / (double)bare);
	saver_free(saver);
	(void)unlink(path);
	engine_free(engine);
}

int
main(int argc, char **argv)
{
	const char *folder = argc > 1 ? argv[1] : ".";
	sd_event *loop = NULL;
	sigset_t set;
	int r;

	sigemptyset(&set);
	sigaddset(&set, SIGCHLD);
	(void)sigprocmask(SIG_BLOCK, &set, NULL);
	r = sd_event_new(&loop);
	if (r < 0)
		die("event loop", r);
	printf("A checkpoint, worst stall and best time of %d:\n"
	       "       keys        size  daemon stands   child writes      bare "
	       "write  ratio\n",
	       ROUNDS);
	measure(loop, folder, 1000);
	measure(loop, folder, 100000);
	measure(loop, folder, 1000000);
	sd_event_unref(loop);
	return 0;
}
