/* SPDX-License-Identifier: Apache-2.0 */
#include "input/tail_parts.h"

#include "base/text.h"

#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#define PATH_BYTES 4096
#define NAME_BYTES 256
/** Folders below that of the log: logrotate's olddir. */
#define MAX_FOLDERS 32
#define PARTS_STEP 64
/* At most, until two of them are the same. */
#define LISTINGS 4

/* Names. */

/* "full.1" → "full", "full-20261122.gz" → "full", "full.1.log" → "full.log": what the
 * log was called before it was rotated; the name itself if nothing says that it was. */
static void
original_name(const char *name, char original[NAME_BYTES])
{
	(void)snprintf(original, NAME_BYTES, "%s", name);
	for (const char *at = strpbrk(name, ".-"); at; at = strpbrk(at + 1, ".-")) {
		if (at == name || !isdigit((unsigned char)at[1]))
			continue;
		size_t suffix = strspn(at, ".-_0123456789");
		while (suffix && ispunct((unsigned char)at[suffix - 1]))
			suffix--;
		(void)snprintf(original, NAME_BYTES, "%.*s%s", (int)(at - name), name,
			       at + suffix);
		if (tail_file_is_rotated_name(name, original))
			return;
		(void)snprintf(original, NAME_BYTES, "%.*s", (int)(at - name), name);
		if (tail_file_is_rotated_name(name, original))
			return;
	}
	(void)snprintf(original, NAME_BYTES, "%s", name);
}

struct series {
	const char *name;          /* of the log as it is followed */
	char original[NAME_BYTES]; /* before it was rotated itself */
};

static bool
is_of_series(const struct series *series, const char *name)
{
	return tail_file_is_rotated_name(name, series->name) ||
	       tail_file_is_rotated_name(name, series->original) ||
	       strcmp(name, series->original) == 0;
}

/* Finding. */

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

static bool
make_room(struct tail_parts *parts)
{
	struct tail_part *grown;

	if (parts->n < parts->cap)
		return true;
	if (parts->cap >= TAIL_PARTS_MAX)
		return false;
	grown = reallocarray(parts->part, parts->cap + PARTS_STEP, sizeof(*grown));
	if (!grown)
		return false;
	parts->part = grown;
	parts->cap += PARTS_STEP;
	return true;
}

static void
add_part(struct tail_parts *parts, const char *path)
{
	struct tail_part part = { 0 };

	if (stat(path, &part.st) < 0 || !S_ISREG(part.st.st_mode))
		return;
	for (size_t i = 0; i < parts->n; i++)
		if (parts->part[i].st.st_dev == part.st.st_dev &&
		    parts->part[i].st.st_ino == part.st.st_ino)
			return;
	part.path = make_room(parts) ? strdup(path) : NULL;
	if (!part.path)
		return;
	part.modified = tail_file_modified(&part.st);
	part.packed = is_packed(path);
	parts->part[parts->n++] = part;
}

/* `folder` ends with a slash, or is empty. */
static void
add_folder(struct tail_parts *parts, const char *folder, const struct series *series,
	   unsigned folders_below)
{
	DIR *dir = opendir(folder[0] ? folder : ".");
	struct dirent *entry;
	char path[PATH_BYTES];

	if (!dir)
		return;
	/* cppcheck-suppress readdirCalled ; a stream of our own is no shared state */
	while ((entry = readdir(dir))) {
		bool below = folders_below && entry->d_type == DT_DIR &&
			     entry->d_name[0] != '.';
		int n = snprintf(path, sizeof(path), "%s%s%s", folder, entry->d_name,
				 below ? "/" : "");
		if (n < 0 || n >= (int)sizeof(path))
			continue;
		if (below) {
			folders_below--;
			add_folder(parts, path, series, 0);
		} else if (is_of_series(series, entry->d_name)) {
			add_part(parts, path);
		}
	}
	(void)closedir(dir);
}

static int
compare_parts(const void *a, const void *b)
{
	const struct tail_part *x = a, *y = b;

	if (x->modified != y->modified)
		return x->modified < y->modified ? -1 : 1;
	return strcmp(x->path, y->path);
}

static void
list_parts(struct tail_parts *parts)
{
	const char *path = parts->path;
	struct series series = { .name = tail_base_name(path) };
	char folder[PATH_BYTES];

	original_name(series.name, series.original);
	(void)snprintf(folder, sizeof(folder), "%.*s", (int)(series.name - path), path);
	add_folder(parts, folder, &series, MAX_FOLDERS);
	add_part(parts, path);
	for (size_t i = 0; i < parts->patterns->n; i++) {
		const char *pattern = parts->patterns->pattern[i];
		size_t n = (size_t)(tail_base_name(pattern) - pattern);
		(void)snprintf(folder, sizeof(folder), "%.*s", (int)n, pattern);
		if (strcspn(folder, "*?[") == n && strncmp(folder, path, n) != 0)
			add_folder(parts, folder, &series, 0);
	}
	if (parts->n)
		qsort(parts->part, parts->n, sizeof(*parts->part), compare_parts);
}

/* The log itself may grow meanwhile. */
static bool
is_same_list(const struct tail_parts *a, const struct tail_parts *b)
{
	if (a->n != b->n)
		return false;
	for (size_t i = 0; i < a->n; i++) {
		const struct tail_part *x = &a->part[i], *y = &b->part[i];
		if (strcmp(x->path, y->path) != 0 || x->st.st_dev != y->st.st_dev ||
		    x->st.st_ino != y->st.st_ino || x->packed != y->packed)
			return false;
		if (strcmp(x->path, a->path) != 0 &&
		    (x->modified != y->modified || x->st.st_size != y->st.st_size))
			return false;
	}
	return true;
}

static bool
list_again(struct tail_parts *parts)
{
	struct tail_parts before = *parts;
	bool same;

	*parts =
		(struct tail_parts){ .path = before.path, .patterns = before.patterns };
	list_parts(parts);
	same = is_same_list(parts, &before);
	tail_parts_done(&before);
	return !same;
}

/* A folder cannot be read at one moment: what is renamed meanwhile may be missed. */
bool
tail_parts_renew(struct tail_parts *parts)
{
	bool changed = false;

	for (int i = 0; i < LISTINGS && list_again(parts); i++)
		changed = true;
	return changed;
}

void
tail_parts_find(struct tail_parts *parts, const char *path,
		const struct tail_patterns *patterns)
{
	tail_parts_done(parts);
	parts->path = path;
	parts->patterns = patterns;
	list_parts(parts);
	(void)tail_parts_renew(parts);
}

bool
tail_parts_same(const char *path, const char *other)
{
	const char *a = tail_base_name(path), *b = tail_base_name(other);
	char original_a[NAME_BYTES], original_b[NAME_BYTES];

	original_name(a, original_a);
	original_name(b, original_b);
	return strcmp(original_a, original_b) == 0 && a - path == b - other &&
	       strncmp(path, other, (size_t)(a - path)) == 0;
}

void
tail_parts_done(struct tail_parts *parts)
{
	for (size_t i = 0; i < parts->n; i++)
		free(parts->part[i].path);
	free(parts->part);
	*parts = (struct tail_parts){ 0 };
}

/* Looking into them. */

static ssize_t
read_packed_head(struct tail_part *part)
{
	struct bytes *bytes;
	ssize_t n = 1, have = 0;
	int r = bytes_open(part->path, &bytes);

	if (r < 0)
		return r;
	while (n > 0 && have < TAIL_HEAD_BYTES) {
		n = bytes_read(bytes, part->head.bytes + have,
			       TAIL_HEAD_BYTES - (size_t)have);
		have += n > 0 ? n : 0;
	}
	bytes_close(bytes);
	return have;
}

static ssize_t
read_plain_head(struct tail_part *part)
{
	int fd = open(part->path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
	ssize_t n = fd < 0 ? -errno : pread(fd, part->head.bytes, TAIL_HEAD_BYTES, 0);

	if (fd >= 0)
		(void)close(fd);
	return n;
}

bool
tail_part_has_moved(const struct tail_part *part)
{
	struct stat st;

	return stat(part->path, &st) < 0 || st.st_dev != part->st.st_dev ||
	       st.st_ino != part->st.st_ino;
}

const struct tail_head *
tail_part_head(struct tail_part *part)
{
	if (!part->looked) {
		ssize_t n =
			part->packed ? read_packed_head(part) : read_plain_head(part);
		/* It was read by name. */
		if (tail_part_has_moved(part))
			n = -ESTALE;
		part->looked = true;
		part->unreadable = n < 0;
		part->head.len = n > 0 ? (size_t)n : 0;
	}
	return &part->head;
}
