/* SPDX-License-Identifier: Apache-2.0 */
#include "input/tail_wrap.h"

#include "base/text.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

/* Of a file's beginning: a longer first line than that is of no wrapper. */
#define LOOK_BYTES ((size_t)128 * 1024)

/* Of a packed part the beginning is behind us: it is unpacked once more. */
static size_t
read_packed(const struct tail_file *file, char *to)
{
	struct bytes *bytes = NULL;
	char path[64];
	size_t n = 0;
	ssize_t got = 1;

	(void)snprintf(path, sizeof(path), "/proc/self/fd/%d", file->fd);
	if (bytes_open(path, &bytes) < 0 && bytes_open(file->place, &bytes) < 0)
		return 0;
	while (got > 0 && n < LOOK_BYTES) {
		got = bytes_read(bytes, to + n, LOOK_BYTES - n);
		n += got > 0 ? (size_t)got : 0;
	}
	bytes_close(bytes);
	return n;
}

static size_t
read_plain(const struct tail_file *file, char *to)
{
	ssize_t got;

	do
		got = pread(file->fd, to, LOOK_BYTES, 0);
	while (got < 0 && errno == EINTR);
	return got > 0 ? (size_t)got : 0;
}

bool
tail_wrap_look(struct tail_file *file, size_t cap_bytes)
{
	enum wrap_kind kind = WRAP_NONE;
	char *block;

	if (file->looked)
		return true;
	block = malloc(LOOK_BYTES);
	if (!block)
		return false;
	size_t n = file->packed ? read_packed(file, block) : read_plain(file, block);
	file->looked =
		wrap_look(str_make(block, n), file->packed || n == LOOK_BYTES, &kind);
	free(block);
	/* The export format is no lines: it is for finished files. */
	if (!file->looked || kind == WRAP_NONE || kind == WRAP_EXPORT)
		return file->looked;
	if (wrap_new(kind, cap_bytes, &file->unwrap) < 0)
		file->looked = false;
	else
		wrap_skip_streams(file->unwrap, file->open_streams);
	return file->looked;
}

void
tail_wrap_forget(struct tail_file *file)
{
	wrap_free(file->unwrap);
	file->unwrap = NULL;
	file->looked = file->left_out = false;
	file->open_streams = 0;
}

bool
tail_wrap_line(struct tail_file *file, struct tail_reading *reading,
	       struct sv_record *record)
{
	struct sv_record line = *record;
	struct wrap_stats before, after;

	wrap_stats_get(file->unwrap, &before);
	if (wrap_line(file->unwrap, &line, record) == WRAP_RECORD) {
		file->left_out = false;
		return true;
	}
	wrap_stats_get(file->unwrap, &after);
	if (!file->left_out &&
	    (after.damaged > before.damaged || after.cut > before.cut)) {
		file->left_out = true;
		tail_file_tell_gap(
			file, reading,
			"lines of a wrapped log that are damaged or too long "
			"were left out");
	}
	return false;
}
