/* SPDX-License-Identifier: Apache-2.0 */
#include "input/tail_file.h"

#include "base/text.h"
#include "input/bytes.h"
#include "input/tail_wrap.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

/* Bytes of one file read in one wake-up, also where they give few records. */
#define DRAIN_BYTES ((uint64_t)4 * 1024 * 1024)

/* Of a packed file, unpacked at once. */
#define OWN_BLOCK_BYTES ((size_t)64 * 1024)

static ssize_t
read_at(int fd, void *to, size_t n, uint64_t offset)
{
	ssize_t got;

	do
		got = pread(fd, to, n, (off_t)offset);
	while (got < 0 && errno == EINTR);
	return got;
}

sv_usec
tail_file_modified(const struct stat *st)
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
	file->source.reference = file->modified = tail_file_modified(&st);
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
	bytes_close(file->packed);
	lines_done(&file->own);
	wrap_free(file->unwrap);
	free((void *)(uintptr_t)file->saved.ptr);
	free(file);
}

uint64_t
tail_file_before(const struct tail_file *file)
{
	return file->last.len ? str_hash(str_make(file->last.bytes, file->last.len), 3)
			      : 0;
}

void
tail_file_stand_at(struct tail_file *file, uint64_t offset)
{
	size_t want = offset < TAIL_HEAD_BYTES ? (size_t)offset : TAIL_HEAD_BYTES;
	ssize_t n = want ? read_at(file->fd, file->last.bytes, want, offset - want) : 0;

	file->offset = offset;
	file->last.len = n == (ssize_t)want ? want : 0;
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
			tail_file_stand_at(file, at - n + (size_t)(lf - block) + 1);
			return;
		}
		at -= n;
	}
	tail_file_stand_at(file, at ? end : 0);
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
tail_file_head(const struct tail_file *file, struct tail_head *ret_head)
{
	if (file->foreign || file->packed || file->wrapped)
		*ret_head = file->head;
	else
		ret_head->len = head_read(file, ret_head->bytes);
}

bool
tail_head_fits(const struct tail_head *head, const struct tail_head *known)
{
	return head->len >= known->len &&
	       memcmp(head->bytes, known->bytes, known->len) == 0;
}

bool
tail_file_look(struct tail_file *file)
{
	struct tail_head now;

	now.len = head_read(file, now.bytes);
	if (!tail_head_fits(&now, &file->head))
		return false;
	file->head = now;
	if (bytes_are_packed(str_make(now.bytes, now.len))) {
		file->foreign = true;
		file->judged = true;
	}
	return true;
}

/* ".1", "-20261122" */
static bool
is_rotation_suffix(const char *s)
{
	return (*s == '.' || *s == '-') && s[1] >= '0' && s[1] <= '9';
}

/* Bytes of a name without what packing added to it. */
static size_t
length_unpacked(const char *name)
{
	static const char *const endings[] = { ".gz",  ".xz", ".zst", ".bz2",
					       ".lz4", ".Z",  ".lzma" };
	size_t len = strlen(name);

	for (size_t i = 0; i < sizeof(endings) / sizeof(endings[0]); i++) {
		size_t n = strlen(endings[i]);
		if (len > n && strcmp(name + len - n, endings[i]) == 0)
			return len - n;
	}
	return len;
}

bool
tail_file_is_rotated_name(const char *name, const char *original)
{
	size_t len = strlen(original);

	if (strncmp(name, original, len) == 0)
		return is_rotation_suffix(name + len);
	/* "full.log" → "full.1.log", "full-20261122.log.gz" */
	const char *dot = strrchr(original, '.');
	if (!dot || dot == original)
		return false;
	size_t stem = (size_t)(dot - original);
	size_t ending = len - stem, have = length_unpacked(name);
	return have > len && strncmp(name, original, stem) == 0 &&
	       strncmp(name + have - ending, dot, ending) == 0 &&
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
}

void
tail_file_tell_gap(struct tail_file *file, struct tail_reading *reading,
		   const char *text)
{
	struct sv_record gap = {
		.text = str_of(text),
		.flags = SV_RECORD_WHOLE | SV_RECORD_GAP | SV_RECORD_DISCONTINUOUS,
		.gap = SV_GAP_LOST,
	};

	file->discontinuous = true;
	reading->stats->gaps++;
	reading->sink->record(reading->sink->user, file->source_user, &gap);
}

/* The next line, if the sink wants it now; else it stays where it is. */
static bool
next_wanted(struct tail_file *file, struct tail_reading *reading, struct lines *lines,
	    bool last)
{
	const struct input_sink *sink = reading->sink;
	struct lines before = *lines;
	struct sv_record record;

	if (lines_next(lines, last, &record) != LINES_RECORD)
		return false;
	record.time = reading->received;
	record.time_source = SV_TIME_RECEIVED;
	if (file->unwrap && !tail_wrap_line(file, reading, &record))
		return true;
	if (sink->hold && !reading->no_hold &&
	    sink->hold(sink->user, file->source_user, &record)) {
		*lines = before;
		wrap_undo(file->unwrap);
		reading->held = true;
		return false;
	}
	deliver(file, reading, &record);
	return true;
}

/* What was delivered cannot be read again: it comes out of a packed part, or the file was
 * truncated meanwhile. Yet by these bytes the position is found in a copy. */
static void
keep_last(struct tail_file *file, const struct lines *lines)
{
	struct tail_head *last = &file->last;
	size_t n = lines->start - file->last_start, kept;
	const char *from = lines->buffer + file->last_start;

	if (n > TAIL_HEAD_BYTES) {
		from += n - TAIL_HEAD_BYTES;
		n = TAIL_HEAD_BYTES;
	}
	kept = last->len < TAIL_HEAD_BYTES - n ? last->len : TAIL_HEAD_BYTES - n;
	memmove(last->bytes, last->bytes + last->len - kept, kept);
	memcpy(last->bytes + kept, from, n);
	last->len = kept + n;
	file->last_start = lines->start;
}

/* Does it still begin as it did? More of its beginning is learned meanwhile. `ret_n`:
 * bytes that are there now, at most TAIL_HEAD_BYTES. */
static bool
begins_as_before(struct tail_file *file, size_t *ret_n)
{
	struct tail_head now;

	now.len = *ret_n = head_read(file, now.bytes);
	if (now.len < file->head.len)
		return memcmp(now.bytes, file->head.bytes, now.len) == 0;
	if (!tail_head_fits(&now, &file->head))
		return false;
	file->head = now;
	return true;
}

/* Bytes are those of the file whose beginning we know if it begins so before and after
 * they were read: it may be truncated at any moment. */
static ssize_t
read_plain(struct tail_file *file, void *to, size_t n, uint64_t offset)
{
	ssize_t got = file->head.len ? read_at(file->fd, to, n, offset) : 0;
	size_t known = file->head.len, there;

	if (got > 0 && (!begins_as_before(file, &there) || there < known))
		return -ESTALE;
	return got;
}

/* More bytes of it; 0 at the end, negative errno; -ESTALE: it was truncated. */
static ssize_t
fill(struct tail_file *file, struct lines *lines, size_t at_most)
{
	size_t room;

	keep_last(file, lines);
	file->last_start = 0; /* what is unread moves to the front */
	char *to = lines_room(lines, &room);
	size_t want = room < at_most ? room : at_most;
	ssize_t n = file->packed ? bytes_read(file->packed, to, want)
				 : read_plain(file, to, want, lines->base + lines->end);

	if (n > 0)
		lines_added(lines, (size_t)n);
	return n;
}

static void
note_progress(struct tail_file *file, struct tail_reading *reading,
	      const struct lines *lines)
{
	struct stat st;

	keep_last(file, lines);
	if (lines_offset(lines) == file->offset)
		return;
	file->growth = reading->now;
	reading->stats->last_record = reading->received;
	if (fstat(file->fd, &st) == 0)
		file->modified = tail_file_modified(&st);
}

/* A sink that reads several sources in step may want one line of this file and then
 * one of another: then little is read ahead. */
#define STEP_BYTES ((size_t)4096)

/* From file->offset on until the end of its bytes or the budget's. 1: the end, 0: there
 * may be more, negative errno; -ESTALE: it was truncated meanwhile. */
static int
read_lines(struct tail_file *file, struct tail_reading *reading, bool last)
{
	struct lines *lines = file->packed ? &file->own : reading->lines;
	size_t step = file->was_held ? STEP_BYTES : SIZE_MAX;
	ssize_t n = 1;

	reading->received = wall_clock();
	reading->held = false;
	if (!tail_wrap_look(file, lines->cap_bytes) && !last)
		return 1;
	if (!file->packed) {
		lines_seek(lines, file->offset);
		file->last_start = 0;
	}
	lines->skipping = file->skipping;
	lines->line = file->line;
	while (reading->budget && lines_offset(lines) - file->offset < DRAIN_BYTES) {
		if (next_wanted(file, reading, lines, n <= 0 && n != -ESTALE && last))
			continue;
		if (n <= 0 || reading->held)
			break;
		n = fill(file, lines, step);
		step = SIZE_MAX;
	}
	note_progress(file, reading, lines);
	file->offset = lines_offset(lines);
	file->skipping = lines->skipping;
	file->line = lines->line;
	file->was_held = reading->held;
	if (reading->held || n > 0)
		return 0;
	return n < 0 ? (int)n : 1;
}

void
tail_file_begin_anew(struct tail_file *file)
{
	/* A writer that does not append leaves a hole in front of its next line. */
	off_t data = lseek(file->fd, 0, SEEK_DATA);
	struct stat st;

	/* Copies made from now on are younger. */
	if (fstat(file->fd, &st) == 0)
		file->modified = tail_file_modified(&st);
	tail_file_stand_at(file, data > 0 ? (uint64_t)data : 0);
	file->line = 0;
	file->line_known = true;
	file->skipping = false;
	file->discontinuous = true;
	tail_wrap_forget(file);
	file->old_head = file->head;
	file->head.len = head_read(file, file->head.bytes);
	file->newborn = file->head.len == 0;
}

/* Truncation shows as a smaller size, or as another beginning. */
static enum tail_drained
check_beginning(struct tail_file *file, uint64_t size)
{
	uint64_t seen = file->offset > file->head.len ? file->offset : file->head.len;
	size_t known = file->head.len, n;
	bool same = begins_as_before(file, &n);

	if (n < known && size > n)
		size = n; /* it shrank since the size was asked for */
	if (!same || (size < seen && n < TAIL_SURE_HEAD_BYTES))
		return TAIL_TRUNCATED;
	if (size < file->offset) {
		/* Lines were cut off its end: they have been delivered. */
		tail_file_stand_at(file, size);
		file->skipping = false;
		file->line_known = false;
		file->discontinuous = true;
		tail_wrap_forget(file);
	}
	if (n < known)
		file->head.len = n;
	if (n && file->newborn) {
		file->newborn = false;
		return TAIL_BEGUN;
	}
	return TAIL_DRAINED;
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

int
tail_file_unpack(struct tail_file *file, size_t cap_bytes)
{
	char path[64]; /* its name may have changed since it was found */
	int r;

	(void)snprintf(path, sizeof(path), "/proc/self/fd/%d", file->fd);
	r = bytes_open(path, &file->packed);
	if (r == -ENOENT)
		r = bytes_open(file->place, &file->packed);
	if (r >= 0)
		r = lines_init(&file->own, cap_bytes, OWN_BLOCK_BYTES);
	if (r < 0) {
		bytes_close(file->packed);
		file->packed = NULL;
		return r;
	}
	file->wrapped = false;
	return 0;
}

/* A packed part is read once: then nothing of it is held. */
static void
drain_packed(struct tail_file *file, struct tail_reading *reading, bool all)
{
	int r = file->wrapped ? tail_file_unpack(file, reading->lines->cap_bytes) : 0;

	file->wrapped = false;
	if (r >= 0)
		do
			r = read_lines(file, reading, true);
		while (r == 0 && all);
	file->at_end = r != 0;
	if (r == 0)
		return;
	if (r < 0)
		tail_file_tell_gap(file, reading,
				   "a packed part of the log is damaged or cut off: "
				   "what follows in it is missing");
	bytes_close(file->packed);
	file->packed = NULL;
	lines_done(&file->own);
	file->foreign = file->finished = true;
}

enum tail_drained
tail_file_drain(struct tail_file *file, struct tail_reading *reading)
{
	struct stat st;

	if (file->packed || file->wrapped) {
		drain_packed(file, reading, false);
		return TAIL_DRAINED;
	}
	if (fstat(file->fd, &st) < 0) {
		take_again(file);
		file->at_end = true;
		return TAIL_DRAINED;
	}
	enum tail_drained drained = check_beginning(file, (uint64_t)st.st_size);

	if (drained != TAIL_DRAINED) {
		file->at_end = false;
		return drained;
	}
	int r = read_lines(file, reading, false);

	/* Truncated meanwhile: it is looked at once more. */
	file->at_end = r != 0 && r != -ESTALE;
	return TAIL_DRAINED;
}

void
tail_file_finish(struct tail_file *file, struct tail_reading *reading)
{
	if (file->foreign)
		return;
	reading->budget = UINT32_MAX;
	reading->no_hold = true;
	if (file->packed || file->wrapped)
		drain_packed(file, reading, true);
	else if (tail_file_look(file))
		while (read_lines(file, reading, true) == 0)
			;
	reading->no_hold = false;
}
