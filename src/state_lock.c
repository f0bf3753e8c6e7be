/* SPDX-License-Identifier: Apache-2.0 */
#include "state_lock.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/file.h>
#include <time.h>
#include <unistd.h>

#define PATH_BYTES 4096
#define PAUSE (10 * SV_USEC_PER_MSEC)
/** So long is waited for the child of a daemon that is gone. */
#define ORPHAN_MAX (60 * SV_USEC_PER_SEC)

/* For people, and for the message of the next one. */
static void
write_holder(int fd)
{
	char text[32];
	int n = snprintf(text, sizeof(text), "%ld\n", (long)getpid());

	if (ftruncate(fd, 0) == 0)
		(void)!pwrite(fd, text, (size_t)n, 0);
}

static pid_t
read_holder(int fd)
{
	char text[32];
	ssize_t n = pread(fd, text, sizeof(text) - 1, 0);
	long pid;

	text[n > 0 ? n : 0] = '\0';
	pid = strtol(text, NULL, 10);
	return pid > 0 ? (pid_t)pid : 0;
}

/* The daemon is gone, but a child of it is not: a disk holds it up. */
static bool
is_orphaned(int fd)
{
	pid_t holder = read_holder(fd);

	return holder && kill(holder, 0) < 0 && errno == ESRCH;
}

/* flock() and not fcntl(): the lock goes to forked children, and ends with the last. */
static int
take(int fd, sv_usec patience)
{
	const struct timespec pause = { 0, (long)PAUSE * 1000 };
	sv_usec waited = 0;

	for (;;) {
		if (flock(fd, LOCK_EX | LOCK_NB) == 0)
			return 0;
		if (errno != EWOULDBLOCK && errno != EINTR)
			return -errno;
		if (waited >= patience && (waited >= ORPHAN_MAX || !is_orphaned(fd)))
			return -EBUSY;
		(void)nanosleep(&pause, NULL);
		waited += PAUSE;
	}
}

int
state_lock(const char *folder, sv_usec patience, int *ret_fd, pid_t *reterr_holder)
{
	char path[PATH_BYTES];
	int fd, r;

	*reterr_holder = 0;
	if (snprintf(path, sizeof(path), "%s/lock", folder) >= (int)sizeof(path))
		return -ENAMETOOLONG;
	fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOCTTY | O_NOFOLLOW, 0640);
	if (fd < 0)
		return -errno;
	r = take(fd, patience);
	if (r < 0) {
		if (r == -EBUSY)
			*reterr_holder = read_holder(fd);
		(void)close(fd);
		return r;
	}
	write_holder(fd);
	*ret_fd = fd;
	return 0;
}
