/* SPDX-License-Identifier: Apache-2.0 */
#include "store/aside.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define MARK ".bad-"
/** Bad files of one second. */
#define MAX_SAME 1000

/* What the end of a name says: when, and which of that second. */
struct stamp {
	uint64_t sec;
	unsigned nth;
};

static bool
is_older(struct stamp a, struct stamp b)
{
	return a.sec != b.sec ? a.sec < b.sec : a.nth < b.nth;
}

static int
name_for(const char *path, sv_usec now, unsigned nth, char ret_path[ASIDE_PATH_BYTES])
{
	uint64_t sec = now / SV_USEC_PER_SEC;
	int n = nth == 1 ? snprintf(ret_path, ASIDE_PATH_BYTES, "%s" MARK "%" PRIu64,
				    path, sec)
			 : snprintf(ret_path, ASIDE_PATH_BYTES,
				    "%s" MARK "%" PRIu64 "-%u", path, sec, nth);

	/* room for a companion's ending */
	return n < 0 || n >= ASIDE_PATH_BYTES - 16 ? -ENAMETOOLONG : 0;
}

static int
free_name(const char *path, sv_usec now, char ret_path[ASIDE_PATH_BYTES])
{
	struct stat st;

	for (unsigned nth = 1; nth <= MAX_SAME; nth++) {
		int r = name_for(path, now, nth, ret_path);

		if (r < 0)
			return r;
		if (lstat(ret_path, &st) < 0)
			return errno == ENOENT ? 0 : -errno;
	}
	return -EEXIST;
}

static void
put_companions(const char *path, const char *aside, const char *const *companions)
{
	char from[ASIDE_PATH_BYTES], to[ASIDE_PATH_BYTES];

	for (; companions && *companions; companions++)
		if (snprintf(from, sizeof(from), "%s%s", path, *companions) <
			    (int)sizeof(from) &&
		    snprintf(to, sizeof(to), "%s%s", aside, *companions) <
			    (int)sizeof(to))
			(void)rename(from, to);
}

/* Is it a name of ours: base, mark, digits, perhaps "-" and digits, perhaps a
 * companion's ending? */
static bool
read_name(const char *name, const char *base, const char *const *companions,
	  struct stamp *ret_stamp)
{
	size_t len = strlen(base);
	char *end;

	if (strncmp(name, base, len) || strncmp(name + len, MARK, strlen(MARK)))
		return false;
	name += len + strlen(MARK);
	if (*name < '0' || *name > '9')
		return false;
	*ret_stamp = (struct stamp){ .sec = strtoull(name, &end, 10), .nth = 1 };
	if (end[0] == '-' && end[1] >= '0' && end[1] <= '9')
		ret_stamp->nth = (unsigned)strtoul(end + 1, &end, 10);
	if (!*end)
		return true;
	for (; companions && *companions; companions++)
		if (strcmp(end, *companions) == 0)
			return true;
	return false;
}

/* The newest stamps, newest first. */
struct newest {
	struct stamp stamp[ASIDE_KEEP];
	size_t n;
};

static void
note(struct newest *newest, struct stamp stamp)
{
	size_t at = 0;

	while (at < newest->n && is_older(stamp, newest->stamp[at]))
		at++;
	if (at == ASIDE_KEEP || (at < newest->n && !is_older(newest->stamp[at], stamp)))
		return; /* too old, or its companion was here before */
	if (newest->n < ASIDE_KEEP)
		newest->n++;
	memmove(&newest->stamp[at + 1], &newest->stamp[at],
		(newest->n - at - 1) * sizeof(stamp));
	newest->stamp[at] = stamp;
}

/* Deletes all but the newest. */
static void
thin_out(const char *path, const char *const *companions)
{
	const char *slash = strrchr(path, '/');
	const char *base = slash ? slash + 1 : path;
	struct newest newest = { 0 };
	struct stamp stamp;
	char folder[ASIDE_PATH_BYTES];
	DIR *dir;

	(void)snprintf(folder, sizeof(folder), "%.*s",
		       slash ? (int)(slash - path) + 1 : 1, slash ? path : ".");
	dir = opendir(folder);
	if (!dir)
		return;
	/* cppcheck-suppress readdirCalled ; a stream of our own is no shared state */
	for (const struct dirent *e; (e = readdir(dir));)
		if (read_name(e->d_name, base, companions, &stamp))
			note(&newest, stamp);
	rewinddir(dir);
	/* cppcheck-suppress readdirCalled ; a stream of our own is no shared state */
	for (const struct dirent *e; newest.n == ASIDE_KEEP && (e = readdir(dir));)
		if (read_name(e->d_name, base, companions, &stamp) &&
		    is_older(stamp, newest.stamp[ASIDE_KEEP - 1]))
			(void)unlinkat(dirfd(dir), e->d_name, 0);
	(void)closedir(dir);
}

int
aside_put(const char *path, const char *const *companions, sv_usec now,
	  char ret_path[ASIDE_PATH_BYTES])
{
	int r = free_name(path, now, ret_path);

	if (r < 0)
		return r;
	if (rename(path, ret_path) < 0)
		return -errno;
	put_companions(path, ret_path, companions);
	thin_out(path, companions);
	return 0;
}
