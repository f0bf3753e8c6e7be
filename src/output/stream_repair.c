/* SPDX-License-Identifier: Apache-2.0 */
#include "output/stream_repair.h"

#include "base/log.h"
#include "base/text.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/** So much of the file's end is looked at: more than a queue's window. */
#define END_BYTES ((size_t)8 * 1024 * 1024)

/* The file's last bytes. NULL: nothing to look at. */
static char *
read_end(const char *path, off_t size, size_t *ret_len)
{
	size_t len = size < (off_t)END_BYTES ? (size_t)size : END_BYTES, have = 0;
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY);
	char *end = fd >= 0 ? malloc(len + 1) : NULL;

	while (end && have < len) {
		ssize_t n = pread(fd, end + have, len - have,
				  size - (off_t)len + (off_t)have);
		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			break;
		have += (size_t)n;
	}
	if (fd >= 0)
		(void)close(fd);
	if (end && have < len) {
		free(end);
		end = NULL;
	}
	*ret_len = len;
	return end;
}

/* Where the last whole line ends. */
static size_t
whole_lines(const char *end, size_t len)
{
	const char *lf = len ? memrchr(end, '\n', len) : NULL;

	return lf ? (size_t)(lf - end) + 1 : 0;
}

/* Is there a line with this id? The id is the first thing of its kind in a line. */
static bool
has_id(struct sv_str lines, struct sv_str id)
{
	return id.len && memmem(lines.ptr, lines.len, id.ptr, id.len) != NULL;
}

static void
take_written(struct queue *queue, struct sv_str lines)
{
	struct queue rest;

	queue_refill(queue);
	queue_init(&rest, 0);
	for (struct queue_item *item; (item = queue_take(queue));)
		if (item->row && has_id(lines, queue_head(item)))
			queue_delivered(queue, item);
		else
			queue_append(&rest, item);
	queue_prepend_all(queue, &rest);
}

void
stream_repair(int fd, const char *path, struct queue *queue)
{
	struct stat st;
	size_t len, whole;
	char *end;

	if (!path || fstat(fd, &st) < 0 || !S_ISREG(st.st_mode) || st.st_size == 0)
		return;
	end = read_end(path, st.st_size, &len);
	if (!end)
		return;
	whole = whole_lines(end, len);
	/* A line longer than all that was read is none of ours. */
	if (whole < len && (whole || len < END_BYTES)) {
		if (ftruncate(fd, st.st_size - (off_t)(len - whole)) < 0)
			log_warning("%s: its last line is not whole and cannot be cut "
				    "off: %s",
				    path, strerror(errno));
		else
			log_notice("%s: the last line was not whole (%zu bytes): cut "
				   "off, it is written again",
				   path, len - whole);
	}
	if (queue->spool)
		take_written(queue, str_make(end, whole));
	free(end);
}
