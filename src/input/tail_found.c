/* SPDX-License-Identifier: Apache-2.0 */
#include "input/tail_found.h"

#include "base/text.h"
#include "input/bytes.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#define PATH_BYTES 4096
#define MAX_PARTS 512
#define BLOCK_BYTES ((size_t)64 * 1024)
/** Unpacked bytes of one rotated file that are kept in memory; the rest is told as
 *  lost. */
#define UNPACKED_MAX ((uint64_t)1024 * 1024 * 1024)

/* Is it the same text at the beginning, and before the position? */
static bool
head_fits(const struct tail_position *p, const char *head, size_t len)
{
	return len >= p->head.len && memcmp(head, p->head.bytes, p->head.len) == 0;
}

static bool
fits(const struct tail_position *p, int fd, uint64_t size)
{
	char head[TAIL_HEAD_BYTES];
	ssize_t n = pread(fd, head, sizeof(head), 0);

	return n >= 0 && size >= p->offset && head_fits(p, head, (size_t)n) &&
	       tail_file_before(fd, p->offset) == p->before;
}

static bool
path_fits(const struct tail_position *p, const char *path)
{
	struct stat st;
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
	bool same = fd >= 0 && fstat(fd, &st) == 0 && S_ISREG(st.st_mode) &&
		    fits(p, fd, (uint64_t)st.st_size);

	if (fd >= 0)
		(void)close(fd);
	return same;
}

/* Packed files. */

/* Reads on until `n` bytes are there or the end. */
static size_t
read_some(struct bytes *bytes, char *to, size_t n)
{
	size_t have = 0;

	while (have < n) {
		ssize_t got = bytes_read(bytes, to + have, n - have);
		if (got <= 0)
			break;
		have += (size_t)got;
	}
	return have;
}

/* The unpacked bytes from `from` on at their own offsets in a file in memory: what lies
 * before is a hole, but for the bytes that tell the file. */
static int
unpack_from(const char *path, uint64_t from)
{
	uint64_t at = 0, keep = from > TAIL_HEAD_BYTES ? from - TAIL_HEAD_BYTES : 0;
	char *block = malloc(BLOCK_BYTES);
	struct bytes *bytes = NULL;
	int fd = -1;

	if (!block || bytes_open(path, &bytes) < 0)
		goto done;
	fd = memfd_create("sipvigil-rotated", MFD_CLOEXEC);
	while (fd >= 0 && at < keep + UNPACKED_MAX) {
		size_t n = read_some(bytes, block, BLOCK_BYTES);
		bool wanted = at + n > keep || at < TAIL_HEAD_BYTES;
		if (n == 0)
			break;
		if (wanted && pwrite(fd, block, n, (off_t)at) != (ssize_t)n) {
			(void)close(fd);
			fd = -1;
		}
		at += n;
	}
done:
	bytes_close(bytes);
	free(block);
	return fd;
}

static bool
packed_head_fits(const struct tail_position *p, const char *path)
{
	char head[TAIL_HEAD_BYTES];
	struct bytes *bytes;
	bool same;

	if (bytes_open(path, &bytes) < 0)
		return false;
	same = head_fits(p, head, read_some(bytes, head, sizeof(head)));
	bytes_close(bytes);
	return same;
}

static bool
packed_fits(const struct tail_position *p, const char *path)
{
	struct stat st;
	bool same = false;
	int fd = packed_head_fits(p, path) ? unpack_from(path, p->offset) : -1;

	if (fd < 0)
		return false;
	if (fstat(fd, &st) == 0)
		same = fits(p, fd, (uint64_t)st.st_size);
	(void)close(fd);
	return same;
}

bool
tail_rotated_holds(const struct tail_part *part, const struct tail_position *p)
{
	if (p->head.len == 0)
		return part->st.st_dev == p->dev && part->st.st_ino == p->ino;
	return part->packed ? packed_fits(p, part->path) : path_fits(p, part->path);
}

/* Rotated files of a log. */

static bool
is_packed(const char *path)
{
	char head[16];
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
	ssize_t n = fd < 0 ? -1 : pread(fd, head, sizeof(head), 0);

	if (fd >= 0)
		(void)close(fd);
	return n > 0 && bytes_are_packed(str_make(head, (size_t)n));
}

static int
compare_parts(const void *a, const void *b)
{
	const struct tail_part *x = a, *y = b;

	if (x->st.st_mtim.tv_sec != y->st.st_mtim.tv_sec)
		return x->st.st_mtim.tv_sec < y->st.st_mtim.tv_sec ? -1 : 1;
	if (x->st.st_mtim.tv_nsec != y->st.st_mtim.tv_nsec)
		return x->st.st_mtim.tv_nsec < y->st.st_mtim.tv_nsec ? -1 : 1;
	return 0;
}

static void
add_part(struct tail_rotated *parts, const char *path)
{
	struct tail_part *part;

	if (parts->n == MAX_PARTS)
		return;
	part = &parts->part[parts->n];
	if (stat(path, &part->st) < 0 || !S_ISREG(part->st.st_mode))
		return;
	part->path = strdup(path);
	if (!part->path)
		return;
	part->packed = is_packed(path);
	parts->n++;
}

void
tail_rotated_find(struct tail_rotated *parts, const char *path)
{
	const char *name = tail_base_name(path);
	char full[PATH_BYTES];
	struct dirent *entry;
	DIR *dir;

	*parts = (struct tail_rotated){ 0 };
	parts->part = calloc(MAX_PARTS, sizeof(*parts->part));
	(void)snprintf(full, sizeof(full), "%.*s", (int)(name - path), path);
	dir = parts->part ? opendir(name > path ? full : ".") : NULL;
	if (!dir)
		return;
	/* cppcheck-suppress readdirCalled ; a stream of our own is no shared state */
	while ((entry = readdir(dir))) {
		if (!tail_file_is_rotated_name(entry->d_name, name))
			continue;
		if (snprintf(full, sizeof(full), "%.*s%s", (int)(name - path), path,
			     entry->d_name) < (int)sizeof(full))
			add_part(parts, full);
	}
	(void)closedir(dir);
	qsort(parts->part, parts->n, sizeof(*parts->part), compare_parts);
}

void
tail_rotated_done(struct tail_rotated *parts)
{
	for (size_t i = 0; i < parts->n; i++)
		free(parts->part[i].path);
	free(parts->part);
	*parts = (struct tail_rotated){ 0 };
}

/* Opening. */

static struct tail_file *
open_as(const char *path, const char *place)
{
	struct tail_file *file = NULL;
	char *copy = strdup(path);

	if (!copy || tail_file_open(place, &file) < 0) {
		free(copy);
		return NULL;
	}
	free(file->path);
	file->path = copy;
	free(file->name);
	if (asprintf(&file->name, "file:%s", tail_base_name(path)) < 0) {
		file->name = NULL;
		tail_file_free(file);
		return NULL;
	}
	file->judged = true;
	file->folder = -1;
	return file;
}

struct tail_file *
tail_found_in_place(const struct tail_position *p)
{
	const char *places[] = { p->place, p->path };

	for (size_t i = 0; i < 2; i++) {
		struct tail_file *file = open_as(p->path, places[i]);
		struct stat st;
		if (!file)
			continue;
		if (file->dev == p->dev && file->ino == p->ino &&
		    fstat(file->fd, &st) == 0 &&
		    (p->foreign || fits(p, file->fd, (uint64_t)st.st_size)))
			return file;
		tail_file_free(file);
	}
	return NULL;
}

struct tail_file *
tail_found_open(const char *path, const struct tail_part *part, uint64_t from)
{
	struct tail_file *file = open_as(path, part->path);
	struct stat st;
	int fd;

	if (!file)
		return NULL;
	/* Nobody finds it again by its name: it is read to its end and closed. */
	file->orphan = true;
	tail_file_look(file);
	if (!part->packed)
		return file;
	file->foreign = false;
	fd = unpack_from(part->path, from);
	if (fd < 0 || fstat(fd, &st) < 0) {
		tail_file_free(file);
		return NULL;
	}
	(void)close(file->fd);
	file->fd = fd;
	file->dev = st.st_dev;
	file->ino = st.st_ino;
	file->head.len = 0;
	tail_file_look(file);
	return file;
}

static void
take_blob(struct tail_file *file, const struct tail_position *p)
{
	char *copy = p->blob.len ? malloc(p->blob.len) : NULL;

	if (!copy)
		return;
	memcpy(copy, p->blob.ptr, p->blob.len);
	file->saved = str_make(copy, p->blob.len);
}

void
tail_found_go_on(struct tail_file *file, const struct tail_position *p)
{
	file->offset = p->offset;
	file->before = p->before;
	file->line = p->line;
	file->line_known = p->line_known;
	file->skipping = p->skipping;
	file->discontinuous = p->discontinuous;
	file->foreign = p->foreign;
	file->head = p->head;
	file->old_head = p->old_head;
	file->source.id = p->id;
	take_blob(file, p);
}

struct tail_file *
tail_found_lost(const struct tail_position *p)
{
	struct tail_file *file;
	struct stat st;

	if (p->head.len == 0 && p->offset == 0)
		return NULL; /* it was empty: nothing is missing */
	file = calloc(1, sizeof(*file));
	if (!file)
		return NULL;
	file->path = strdup(p->path);
	file->place = strdup(p->path);
	if (asprintf(&file->name, "file:%s", tail_base_name(p->path)) < 0)
		file->name = NULL;
	file->fd = memfd_create("sipvigil-lost", MFD_CLOEXEC);
	if (!file->path || !file->place || !file->name || file->fd < 0 ||
	    fstat(file->fd, &st) < 0 ||
	    asprintf(&file->lost,
		     "%s: the file that was read up to byte %" PRIu64
		     " is gone; what was written to it afterwards is missing",
		     p->path, p->offset) < 0) {
		file->lost = NULL;
		tail_file_free(file);
		return NULL;
	}
	file->dev = st.st_dev;
	file->ino = st.st_ino;
	file->judged = file->orphan = file->dirty = true;
	file->folder = -1;
	/* its stream knows the time of its last line: that of the gap */
	take_blob(file, p);
	return file;
}
