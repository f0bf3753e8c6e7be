/* SPDX-License-Identifier: Apache-2.0 */
#include "input/tail_file.h"

#include "base/text.h"
#include "input/bytes.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

/* Bytes of one file read in one wake-up, also where they give few records. */
#define DRAIN_BYTES ((uint64_t)4 * 1024 * 1024)

/* A file that shrank but begins as before, with at least so much, was not begun anew.
 */
#define SURE_HEAD_BYTES 64

static ssize_t
read_at(int fd, void *to, size_t n, uint64_t offset)
{
	ssize_t got;

	do
		got = pread(fd, to, n, (off_t)offset);
	while (got < 0 && errno == EINTR);
	return got;
}

static sv_usec
modified_of(const struct stat *st)
{
	return (sv_usec)st->st_mtim.tv_sec * SV_USEC_PER_SEC +
	       (sv_usec)st->st_mtim.tv_nsec / 1000;
}

int
tail_file_open(const char *path, struct tail_file **ret_file)
{
	struct tail_file *file = calloc(1, sizeof(*file));
	struct stat st;
	int r = -ENOMEM;

	if (!file)
		return -ENOMEM;
	file->fd = -1;
	file->path = strdup(path);
	file->place = strdup(path);
	if (!file->path || !file->place ||
	    asprintf(&file->name, "file:%s", tail_base_name(path)) < 0) {
		file->name = NULL;
		goto fail;
	}
	/* Not blocking: a FIFO without writer would hold up everything. */
	file->fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
	if (file->fd < 0 || fstat(file->fd, &st) < 0) {
		r = -errno;
		goto fail;
	}
	if (!S_ISREG(st.st_mode)) {
		r = -EINVAL;
		goto fail;
	}
	file->dev = st.st_dev;
	file->ino = st.st_ino;
	file->line_known = true;
	file->dirty = true;
	file->source.reference = modified_of(&st);
	*ret_file = file;
	return 0;
fail:
	tail_file_free(file);
	return r;
}

void
tail_file_free(struct tail_file *file)
{
	if (!file)
		return;
	if (file->fd >= 0)
		(void)close(file->fd);
	free(file->path);
	free(file->place);
	free(file->name);
	free(file->lost);
	free((void *)(uintptr_t)file->saved.ptr);
	free(file);
}

uint64_t
tail_file_before(int fd, uint64_t offset)
{
	char bytes[TAIL_HEAD_BYTES];
	size_t want = offset < sizeof(bytes) ? (size_t)offset : sizeof(bytes);
	ssize_t n = want ? read_at(fd, bytes, want, offset - want) : 0;

	return n == (ssize_t)want ? str_hash(str_make(bytes, want), 3) : 0;
}

int
tail_file_move(struct tail_file *file, const char *place)
{
	char *copy = strdup(place);

	if (!copy)
		return -ENOMEM;
	free(file->place);
	file->place = copy;
	return 0;
}

void
tail_file_to_end(struct tail_file *file, size_t cap_bytes)
{
	char block[4096];
	struct stat st;

	if (fstat(file->fd, &st) < 0 || st.st_size == 0)
		return;
	uint64_t end = (uint64_t)st.st_size, at = end;
	file->line_known = false;
	file->discontinuous = true;
	while (at && end - at < cap_bytes) {
		size_t n = at < sizeof(block) ? (size_t)at : sizeof(block);
		ssize_t got = read_at(file->fd, block, n, at - n);
		if (got != (ssize_t)n)
			break;
		const char *lf = memrchr(block, '\n', n);
		if (lf) {
			file->offset = at - n + (size_t)(lf - block) + 1;
			file->before = tail_file_before(file->fd, file->offset);
			return;
		}
		at -= n;
	}
	file->offset = at ? end : 0;
	file->before = tail_file_before(file->fd, file->offset);
	file->skipping = at != 0;
}

/* ---- first bytes ---- */

static size_t
head_read(const struct tail_file *file, char *to)
{
	ssize_t n = read_at(file->fd, to, TAIL_HEAD_BYTES, 0);

	return n > 0 ? (size_t)n : 0;
}

void
tail_file_look(struct tail_file *file)
{
	file->head.len = head_read(file, file->head.bytes);
	if (bytes_are_packed(str_make(file->head.bytes, file->head.len))) {
		file->foreign = true;
		file->judged = true;
	}
}

/* ".1", "-20261122" */
static bool
is_rotation_suffix(const char *s)
{
	return (*s == '.' || *s == '-') && s[1] >= '0' && s[1] <= '9';
}

bool
tail_file_is_rotated_name(const char *name, const char *original)
{
	size_t len = strlen(original);

	if (strncmp(name, original, len) == 0)
		return is_rotation_suffix(name + len);
	/* "full.log" → "full.1.log" */
	const char *dot = strrchr(original, '.');
	if (!dot || dot == original)
		return false;
	size_t stem = (size_t)(dot - original);
	size_t ending = len - stem, have = strlen(name);
	return have > len && strncmp(name, original, stem) == 0 &&
	       strcmp(name + have - ending, dot) == 0 &&
	       is_rotation_suffix(name + stem);
}

static enum tail_copy
head_compare(const struct tail_head *head, const struct tail_head *original)
{
	size_t n = head->len < original->len ? head->len : original->len;

	if (original->len == 0 || memcmp(head->bytes, original->bytes, n) != 0)
		return TAIL_COPY_NO;
	return head->len >= original->len ? TAIL_COPY_YES : TAIL_COPY_MAYBE;
}

enum tail_copy
tail_file_compare(const struct tail_file *file, const struct tail_file *original)
{
	if (!tail_file_is_rotated_name(tail_base_name(file->place),
				       tail_base_name(original->place)))
		return TAIL_COPY_NO;
	enum tail_copy now = head_compare(&file->head, &original->head);
	enum tail_copy before = head_compare(&file->head, &original->old_head);
	return now > before ? now : before;
}

/* ---- reading ---- */

static sv_usec
wall_clock(void)
{
	struct timespec t = { 0 };

	(void)clock_gettime(CLOCK_REALTIME, &t);
	return (sv_usec)t.tv_sec * SV_USEC_PER_SEC + (sv_usec)t.tv_nsec / 1000;
}

static void
deliver(struct tail_file *file, struct tail_reading *reading, struct sv_record *record)
{
	if (!file->line_known)
		record->line = 0;
	if (file->discontinuous)
		record->flags |= SV_RECORD_DISCONTINUOUS;
	file->discontinuous = false;
	reading->stats->records++;
	reading->stats->bytes += record->text.len;
	reading->stats->cut += (record->flags & SV_RECORD_TRUNCATED) != 0;
	reading->sink->record(reading->sink->user, file->source_user, record);
	if (reading->budget)
		reading->budget--;
	if (reading->sink->hold && !reading->no_hold)
		file->held =
			reading->sink->hold(reading->sink->user, file->source_user);
}

/* From file->offset on, out of `fd`, until its end or the budget's. */
static bool
read_lines(struct tail_file *file, int fd, struct tail_reading *reading, bool last)
{
	struct lines *lines = reading->lines;
	struct sv_record record;
	sv_usec received = wall_clock();
	bool at_end = false;

	lines_seek(lines, file->offset);
	lines->skipping = file->skipping;
	lines->line = file->line;
	file->held = false;
	while (reading->budget && !file->held &&
	       lines_offset(lines) - file->offset < DRAIN_BYTES) {
		if (lines_next(lines, at_end && last, &record) == LINES_RECORD) {
			record.time = received;
			record.time_source = SV_TIME_RECEIVED;
			deliver(file, reading, &record);
			continue;
		}
		if (at_end)
			break;
		size_t room;
		char *to = lines_room(lines, &room);
		ssize_t n = read_at(fd, to, room, lines->base + lines->end);
		if (n <= 0)
			at_end = true;
		else
			lines_added(lines, (size_t)n);
	}
	if (lines_offset(lines) != file->offset) {
		file->growth = reading->now;
		reading->stats->last_record = received;
		file->before = tail_file_before(fd, lines_offset(lines));
	}
	file->offset = lines_offset(lines);
	file->skipping = lines->skipping;
	file->line = lines->line;
	return at_end;
}

/* Truncated after a copy was made: what we had not read yet may be in the copy. */
static bool
salvage_from(struct tail_file *file, const char *path, struct tail_reading *reading)
{
	struct tail_file *copy = NULL;
	struct stat st;

	if (tail_file_open(path, &copy) < 0)
		return false;
	tail_file_look(copy);
	bool fits = !copy->foreign &&
		    (copy->dev != file->dev || copy->ino != file->ino) &&
		    head_compare(&copy->head, &file->head) == TAIL_COPY_YES &&
		    fstat(copy->fd, &st) == 0 && (uint64_t)st.st_size >= file->offset;
	if (fits) {
		unsigned budget = reading->budget;
		reading->budget = UINT32_MAX;
		reading->no_hold = true;
		while (!read_lines(file, copy->fd, reading, true))
			;
		reading->no_hold = false;
		reading->budget = budget;
	}
	tail_file_free(copy);
	return fits;
}

static void
salvage(struct tail_file *file, struct tail_reading *reading)
{
	const char *name = tail_base_name(file->place);
	char path[4096];
	struct dirent *entry;

	if (file->head.len == 0)
		return;
	int n = snprintf(path, sizeof(path), "%.*s", (int)(name - file->place),
			 file->place);
	if (n < 0 || n >= (int)sizeof(path))
		return;
	DIR *dir = opendir(n > 0 ? path : ".");
	if (!dir)
		return;
	/* cppcheck-suppress readdirCalled ; a stream of our own is no shared state */
	while ((entry = readdir(dir))) {
		if (!tail_file_is_rotated_name(entry->d_name, name))
			continue;
		if (snprintf(path + n, sizeof(path) - (size_t)n, "%s", entry->d_name) <
			    (int)sizeof(path) - n &&
		    salvage_from(file, path, reading))
			break;
	}
	(void)closedir(dir);
}

static void
begin_anew(struct tail_file *file, struct tail_reading *reading)
{
	salvage(file, reading);
	/* A writer that does not append leaves a hole in front of its next line. */
	off_t data = lseek(file->fd, 0, SEEK_DATA);
	file->offset = data > 0 ? (uint64_t)data : 0;
	file->line = 0;
	file->line_known = true;
	file->skipping = false;
	file->discontinuous = true;
	file->old_head = file->head;
	file->head.len = 0;
	reading->stats->reopened++;
}

/* Truncation shows as a smaller size, or as another beginning. */
static void
check_beginning(struct tail_file *file, uint64_t size, struct tail_reading *reading)
{
	char now[TAIL_HEAD_BYTES];
	size_t n = head_read(file, now);
	size_t common = n < file->head.len ? n : file->head.len;
	bool same = memcmp(now, file->head.bytes, common) == 0;

	if (file->offset && (!same || (size < file->offset && n < SURE_HEAD_BYTES))) {
		begin_anew(file, reading);
	} else if (size < file->offset) {
		/* Lines were cut off its end: they have been delivered. */
		file->offset = size;
		file->skipping = false;
		file->line_known = false;
		file->discontinuous = true;
	}
	if (n > file->head.len) {
		memcpy(file->head.bytes, now, n);
		file->head.len = n;
	}
}

/* A network file system may disown a descriptor: take the file anew. */
static void
take_again(struct tail_file *file)
{
	struct stat st;
	int fd = open(file->place, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);

	if (fd < 0)
		return;
	if (fstat(fd, &st) == 0 && st.st_dev == file->dev && st.st_ino == file->ino) {
		(void)close(file->fd);
		file->fd = fd;
	} else {
		(void)close(fd);
	}
}

void
tail_file_drain(struct tail_file *file, struct tail_reading *reading)
{
	struct stat st;

	if (fstat(file->fd, &st) < 0) {
		take_again(file);
		file->at_end = true;
		return;
	}
	check_beginning(file, (uint64_t)st.st_size, reading);
	file->at_end = read_lines(file, file->fd, reading, false);
}

void
tail_file_finish(struct tail_file *file, struct tail_reading *reading)
{
	reading->budget = UINT32_MAX;
	reading->no_hold = true;
	while (!read_lines(file, file->fd, reading, true))
		;
	reading->no_hold = false;
}
