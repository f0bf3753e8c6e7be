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

/* The id of a line: the first thing of its kind in it. */
static struct sv_str
id_of(struct sv_str line)
{
	size_t at = str_find(line, SV_STR("\"id\":\""));
	struct sv_str id = str_from(line, at == STR_NONE ? line.len : at + 6);

	return str_upto(id, str_find_char(id, '"'));
}

static int
compare(const void *a, const void *b)
{
	const struct sv_str *x = a, *y = b;
	int r = memcmp(x->ptr, y->ptr, x->len < y->len ? x->len : y->len);

	return r ? r : (x->len > y->len) - (x->len < y->len);
}

/* The ids of all lines, sorted. NULL: there are none. */
static struct sv_str *
ids_of(struct sv_str lines, size_t *ret_n)
{
	size_t all = str_count(lines, SV_STR("\n")), n = 0;
	struct sv_str *ids = all ? calloc(all, sizeof(*ids)) : NULL;

	while (ids && lines.len) {
		size_t len = str_find_char(lines, '\n') + 1;
		struct sv_str id = id_of(str_upto(lines, len));
		if (id.len)
			ids[n++] = id;
		lines = str_from(lines, len);
	}
	if (n)
		qsort(ids, n, sizeof(*ids), compare);
	*ret_n = n;
	return ids;
}

static void
take_written(struct queue *queue, struct sv_str lines)
{
	struct queue rest;
	size_t n = 0;
	struct sv_str *ids;

	queue_refill(queue);
	if (!queue->n)
		return;
	ids = ids_of(lines, &n);
	queue_init(&rest, 0);
	/* They were written in their order: as long as all are there, the next may be.
	 */
	for (; queue->n && !rest.n; queue_refill(queue))
		for (struct queue_item *item; (item = queue_take(queue));) {
			struct sv_str id = queue_head(item);
			if (item->row && n && bsearch(&id, ids, n, sizeof(id), compare))
				queue_delivered(queue, item);
			else
				queue_append(&rest, item);
		}
	queue_prepend_all(queue, &rest);
	free(ids);
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
