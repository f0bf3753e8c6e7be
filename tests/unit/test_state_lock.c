/* SPDX-License-Identifier: Apache-2.0 */
#include "state_lock.h"

#include <criterion/criterion.h>
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#define PATIENCE (SV_USEC_PER_SEC / 10)

static char folder[64];

static void
make_folder(void)
{
	(void)snprintf(folder, sizeof(folder), "/tmp/sipvigil-lock.XXXXXX");
	cr_assert(mkdtemp(folder));
}

static void
remove_folder(void)
{
	char path[96];

	(void)snprintf(path, sizeof(path), "%s/lock", folder);
	(void)unlink(path);
	(void)rmdir(folder);
}

TestSuite(state_lock, .init = make_folder, .fini = remove_folder);

/* A daemon: takes the lock, may leave a child, says so, waits. The byte that is read from
 * the result tells that it has the lock. */
static pid_t
daemon_of(bool with_child, pid_t *ret_child)
{
	int ready[2], fd;
	pid_t pid, holder, child = 0;

	cr_assert_eq(pipe(ready), 0);
	pid = fork();
	if (pid == 0) {
		if (state_lock(folder, 0, &fd, &holder) < 0)
			_exit(1);
		if (with_child && (child = fork()) == 0) {
			pause();
			_exit(0);
		}
		(void)!write(ready[1], &child, sizeof(child));
		pause();
		_exit(0);
	}
	cr_assert_eq(read(ready[0], ret_child, sizeof(*ret_child)), sizeof(*ret_child));
	(void)close(ready[0]);
	(void)close(ready[1]);
	return pid;
}

static void
end(pid_t pid)
{
	(void)kill(pid, SIGKILL);
	(void)waitpid(pid, NULL, 0);
}

Test(state_lock, second_daemon_is_told_who_has_it)
{
	pid_t child, holder, pid = daemon_of(false, &child);
	int fd;

	cr_assert_eq(state_lock(folder, PATIENCE, &fd, &holder), -EBUSY);
	cr_assert_eq(holder, pid);
	end(pid);
	cr_assert_eq(state_lock(folder, PATIENCE, &fd, &holder), 0);
	(void)close(fd);
}

Test(state_lock, child_of_a_killed_daemon_is_waited_for)
{
	pid_t child, holder, pid = daemon_of(true, &child);
	int fd;

	end(pid);
	pid = fork();
	if (pid == 0) {
		(void)usleep(5 * PATIENCE);
		(void)kill(child, SIGKILL);
		_exit(0);
	}
	cr_assert_eq(state_lock(folder, PATIENCE, &fd, &holder), 0);

	(void)waitpid(pid, NULL, 0);
	(void)close(fd);
}

Test(state_lock, no_folder_is_an_error_of_its_own)
{
	pid_t holder;
	int fd;

	cr_assert_eq(state_lock("/nonexistent/folder", PATIENCE, &fd, &holder),
		     -ENOENT);
}
