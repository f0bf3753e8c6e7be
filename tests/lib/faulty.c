/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A disk that goes wrong when it is told to. Loaded with LD_PRELOAD before a program:
 *
 *   FAULTY_PREFIX=/scratch/state    files and folders whose path begins so
 *   FAULTY_CONTROL=/scratch/faults  while this file exists, what it says is done
 *
 * One fault a line: call, effect, and perhaps from which such call on (counted since the
 * program began) and "once":
 *
 *   write ENOSPC          every write(2), pwrite(2) fails with ENOSPC
 *   write EIO from 40     from the 40th on
 *   write EIO once        one of them, whichever comes next
 *   write short           half of the bytes are written
 *   fsync EIO             fsync(2), fdatasync(2)
 *   fsync delay 5         they take 5 s, and then succeed
 *   rename EROFS
 *   open EROFS            that may write (O_WRONLY, O_RDWR)
 *   ftruncate ENOSPC      ftruncate(2), fallocate(2)
 *
 * The control file is read at each call: a test changes it by renaming a new one into
 * its place.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/types.h>
#include <time.h>
#include <unistd.h>

#define CONTROL_BYTES 1024
#define PATH_BYTES 4200

enum call { WRITE, FSYNC, RENAME, OPEN, FTRUNCATE, N_CALLS };

static const char *const calls[N_CALLS] = { "write", "fsync", "rename", "open",
					    "ftruncate" };

static const struct {
	const char *name;
	int number;
} errors[] = {
	{ "ENOSPC", ENOSPC }, { "EIO", EIO },       { "EROFS", EROFS },
	{ "EDQUOT", EDQUOT }, { "EACCES", EACCES },
};

/* What a fault does to a call. */
struct fault {
	int error;     /* 0 = none */
	bool shortly;  /* half of it */
	unsigned secs; /* it takes so long */
};

static void *
real(const char *name)
{
	return dlsym(RTLD_NEXT, name);
}

/* The C library's own way to a file, behind the functions below. */
static size_t
read_control(char text[CONTROL_BYTES])
{
	int (*real_open)(const char *, int, ...) =
		(int (*)(const char *, int, ...))real("open");
	const char *path = getenv("FAULTY_CONTROL");
	int fd = path ? real_open(path, O_RDONLY | O_CLOEXEC) : -1;
	ssize_t n;

	if (fd < 0)
		return 0;
	n = read(fd, text, CONTROL_BYTES - 1);
	(void)close(fd);
	text[n > 0 ? n : 0] = '\0';
	return n > 0 ? (size_t)n : 0;
}

/* "ENOSPC", "EIO from 40", "EIO once", "short", "delay 5" */
static struct fault
read_effect(const char *effect, unsigned nth)
{
	static atomic_bool spent;
	struct fault fault = { 0 };
	const char *from = strstr(effect, " from ");

	if (from && nth < strtoul(from + 6, NULL, 10))
		return fault;
	if (strstr(effect, " once") && atomic_exchange(&spent, true))
		return fault;
	if (strncmp(effect, "delay ", 6) == 0)
		fault.secs = (unsigned)strtoul(effect + 6, NULL, 10);
	fault.shortly = strncmp(effect, "short", 5) == 0;
	for (size_t i = 0; i < sizeof(errors) / sizeof(errors[0]); i++)
		if (strncmp(effect, errors[i].name, strlen(errors[i].name)) == 0)
			fault.error = errors[i].number;
	return fault;
}

static struct fault
fault_of(enum call call, const char *path)
{
	static atomic_uint counts[N_CALLS];
	const char *prefix = getenv("FAULTY_PREFIX");
	char text[CONTROL_BYTES], *line, *rest = text;
	size_t len = strlen(calls[call]);
	unsigned nth;

	if (!prefix || strncmp(path, prefix, strlen(prefix)) != 0)
		return (struct fault){ 0 };
	nth = atomic_fetch_add(&counts[call], 1) + 1;
	if (!read_control(text))
		return (struct fault){ 0 };
	while ((line = strsep(&rest, "\n")))
		if (strncmp(line, calls[call], len) == 0 && line[len] == ' ')
			return read_effect(line + len + 1, nth);
	return (struct fault){ 0 };
}

static struct fault
fault_of_fd(enum call call, int fd)
{
	char link[64], path[PATH_BYTES];
	ssize_t n;

	(void)snprintf(link, sizeof(link), "/proc/self/fd/%d", fd);
	n = readlink(link, path, sizeof(path) - 1);
	path[n > 0 ? n : 0] = '\0';
	return fault_of(call, path);
}

/* Does it fail? Takes the time that it takes. */
static bool
fails(const struct fault *fault)
{
	struct timespec wait = { .tv_sec = fault->secs };

	if (fault->secs)
		(void)nanosleep(&wait, NULL);
	if (fault->error)
		errno = fault->error;
	return fault->error != 0;
}

static size_t
part(const struct fault *fault, size_t n)
{
	return fault->shortly && n > 1 ? n / 2 : n;
}

ssize_t
write(int fd, const void *bytes, size_t n)
{
	struct fault fault = fault_of_fd(WRITE, fd);
	ssize_t (*next)(int, const void *, size_t) =
		(ssize_t(*)(int, const void *, size_t))real("write");

	return fails(&fault) ? -1 : next(fd, bytes, part(&fault, n));
}

ssize_t
pwrite(int fd, const void *bytes, size_t n, off_t at)
{
	struct fault fault = fault_of_fd(WRITE, fd);
	ssize_t (*next)(int, const void *, size_t, off_t) =
		(ssize_t(*)(int, const void *, size_t, off_t))real("pwrite");

	return fails(&fault) ? -1 : next(fd, bytes, part(&fault, n), at);
}

ssize_t
pwrite64(int fd, const void *bytes, size_t n, off64_t at)
{
	struct fault fault = fault_of_fd(WRITE, fd);
	ssize_t (*next)(int, const void *, size_t, off64_t) =
		(ssize_t(*)(int, const void *, size_t, off64_t))real("pwrite64");

	return fails(&fault) ? -1 : next(fd, bytes, part(&fault, n), at);
}

static int
sync_by(const char *name, int fd)
{
	struct fault fault = fault_of_fd(FSYNC, fd);
	int (*next)(int) = (int (*)(int))real(name);

	return fails(&fault) ? -1 : next(fd);
}

int
fsync(int fd)
{
	return sync_by("fsync", fd);
}

int
fdatasync(int fd)
{
	return sync_by("fdatasync", fd);
}

int
rename(const char *from, const char *to)
{
	struct fault fault = fault_of(RENAME, to);
	int (*next)(const char *, const char *) =
		(int (*)(const char *, const char *))real("rename");

	return fails(&fault) ? -1 : next(from, to);
}

static int
size_by(const char *name, int fd, off64_t size)
{
	struct fault fault = fault_of_fd(FTRUNCATE, fd);
	int (*next)(int, off64_t) = (int (*)(int, off64_t))real(name);

	return fails(&fault) ? -1 : next(fd, size);
}

int
ftruncate(int fd, off_t size)
{
	return size_by("ftruncate", fd, size);
}

int
ftruncate64(int fd, off64_t size)
{
	return size_by("ftruncate64", fd, size);
}

static int
open_by(const char *name, const char *path, int flags, mode_t mode)
{
	struct fault fault = { 0 };
	int (*next)(const char *, int, ...) =
		(int (*)(const char *, int, ...))real(name);

	if ((flags & O_ACCMODE) != O_RDONLY)
		fault = fault_of(OPEN, path);
	return fails(&fault) ? -1 : next(path, flags, mode);
}

static mode_t
mode_of(int flags, va_list args)
{
	return flags & (O_CREAT | O_TMPFILE) ? (mode_t)va_arg(args, unsigned) : 0;
}

int
open(const char *path, int flags, ...)
{
	va_list args;
	mode_t mode;

	va_start(args, flags);
	mode = mode_of(flags, args);
	va_end(args);
	return open_by("open", path, flags, mode);
}

int
open64(const char *path, int flags, ...)
{
	va_list args;
	mode_t mode;

	va_start(args, flags);
	mode = mode_of(flags, args);
	va_end(args);
	return open_by("open64", path, flags, mode);
}
