/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A clock that a test sets. Loaded with LD_PRELOAD before a program:
 *
 *   SHIFT_FILE=/scratch/clock   seconds that the wall clock is ahead, and those that the
 *                               clock since boot is ahead (a machine that was suspended),
 *                               as two numbers in 48 bytes
 *   SHIFT_STILL=1               both clocks stand still: the numbers are what they show
 *
 * Timers keep to the kernel's monotonic clock, as they do when a clock is set. The file is
 * mapped: a test changes it in place.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <threads.h>
#include <time.h>
#include <unistd.h>

#define FILE_BYTES 48

static const char *shifts;
static bool still;

__attribute__((constructor)) static void
map(void)
{
	const char *path = getenv("SHIFT_FILE");
	int fd = path ? open(path, O_RDONLY | O_CLOEXEC) : -1;
	void *at = MAP_FAILED;

	if (fd >= 0) {
		at = mmap(NULL, FILE_BYTES, PROT_READ, MAP_SHARED, fd, 0);
		(void)close(fd);
	}
	if (at != MAP_FAILED)
		shifts = at;
	still = shifts && getenv("SHIFT_STILL");
}

static bool
is_wall(clockid_t id)
{
	return id == CLOCK_REALTIME || id == CLOCK_REALTIME_COARSE;
}

static long
shift_of(clockid_t id)
{
	char *end;
	long wall, boot;

	if (!shifts)
		return 0;
	wall = strtol(shifts, &end, 10);
	boot = strtol(end, NULL, 10);
	return is_wall(id) ? wall : id == CLOCK_BOOTTIME ? boot : 0;
}

int
clock_gettime(clockid_t id, struct timespec *ts)
{
	int r = (int)syscall(SYS_clock_gettime, id, ts);

	if (r == 0 && still && (is_wall(id) || id == CLOCK_BOOTTIME))
		*ts = (struct timespec){ 0 };
	if (r == 0)
		ts->tv_sec += shift_of(id);
	return r;
}

int
gettimeofday(struct timeval *restrict tv, void *restrict zone)
{
	struct timespec ts;

	(void)zone;
	(void)clock_gettime(CLOCK_REALTIME, &ts);
	*tv = (struct timeval){ ts.tv_sec, ts.tv_nsec / 1000 };
	return 0;
}

time_t
time(time_t *ret_time)
{
	struct timespec ts;

	(void)clock_gettime(CLOCK_REALTIME, &ts);
	if (ret_time)
		*ret_time = ts.tv_sec;
	return ts.tv_sec;
}

int
timespec_get(struct timespec *ts, int base)
{
	(void)clock_gettime(CLOCK_REALTIME, ts);
	return base;
}

/* Its deadline is one of the wall clock (librdkafka), and the kernel's is another. */
int
cnd_timedwait(cnd_t *restrict condition, mtx_t *restrict mutex,
	      const struct timespec *restrict deadline)
{
	int (*real)(cnd_t *, mtx_t *, const struct timespec *);
	struct timespec own = *deadline, shown, kernel;

	*(void **)&real = dlsym(RTLD_NEXT, "cnd_timedwait");
	(void)clock_gettime(CLOCK_REALTIME, &shown);
	(void)syscall(SYS_clock_gettime, CLOCK_REALTIME, &kernel);
	own.tv_sec += kernel.tv_sec - shown.tv_sec;
	return real(condition, mutex, &own);
}
