/* SPDX-License-Identifier: Apache-2.0 */
#include "input/bytes.h"

#include "base/text.h"

#include <archive.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#define HEAD_BYTES 64
#define PACKED_BLOCK_BYTES ((size_t)64 * 1024)

struct bytes {
	int fd;
	bool own_fd;
	char head[HEAD_BYTES];
	size_t head_len, head_at;
	sv_usec modified;
	uint64_t total, taken;
	bool nothing;            /* an empty file was packed */
	struct archive *archive; /* NULL: plain */
	char *packed;            /* what the archive is reading from */
	int error;               /* of reading below the archive */
};

bool
bytes_are_packed(struct sv_str head)
{
	static const struct sv_str marks[] = {
		{ "\x1f\x8b\x08", 3 },
		{ "\xfd"
		  "7zXZ\0",
		  6 },
		{ "\x28\xb5\x2f\xfd", 4 },
		{ "\x04\x22\x4d\x18", 4 },
		{ "\x1f\x9d", 2 },
	};
	for (size_t i = 0; i < sizeof(marks) / sizeof(marks[0]); i++)
		if (str_starts(head, marks[i]))
			return true;
	/* bzip2: "BZh", block size, then the mark of a block or of the end */
	return head.len >= 10 && str_starts(head, SV_STR("BZh")) &&
	       (memcmp(head.ptr + 4, "\x31\x41\x59\x26\x53\x59", 6) == 0 ||
		memcmp(head.ptr + 4, "\x17\x72\x45\x38\x50\x90", 6) == 0);
}

static ssize_t
read_fd(struct bytes *bytes, void *buffer, size_t n)
{
	for (;;) {
		ssize_t got = read(bytes->fd, buffer, n);
		if (got > 0)
			bytes->taken += (uint64_t)got;
		if (got >= 0)
			return got;
		if (errno == EAGAIN) {
			struct pollfd p = { .fd = bytes->fd, .events = POLLIN };
			(void)poll(&p, 1, -1);
		} else if (errno != EINTR) {
			return -errno;
		}
	}
}

static ssize_t
read_plain(struct bytes *bytes, void *buffer, size_t n)
{
	size_t left = bytes->head_len - bytes->head_at;

	if (left == 0)
		return read_fd(bytes, buffer, n);
	if (n > left)
		n = left;
	memcpy(buffer, bytes->head + bytes->head_at, n);
	bytes->head_at += n;
	return (ssize_t)n;
}

static la_ssize_t
feed_archive(struct archive *archive, void *user, const void **ret_block)
{
	struct bytes *bytes = user;
	ssize_t n = read_plain(bytes, bytes->packed, PACKED_BLOCK_BYTES);

	if (n < 0) {
		bytes->error = (int)n;
		archive_set_error(archive, (int)-n, "read error");
		return -1;
	}
	*ret_block = bytes->packed;
	return n;
}

static int
open_archive(struct bytes *bytes)
{
	struct archive_entry *entry;

	bytes->packed = malloc(PACKED_BLOCK_BYTES);
	bytes->archive = archive_read_new();
	if (!bytes->packed || !bytes->archive)
		return -ENOMEM;
	(void)archive_read_support_filter_gzip(bytes->archive);
	(void)archive_read_support_filter_xz(bytes->archive);
	(void)archive_read_support_filter_zstd(bytes->archive);
	(void)archive_read_support_filter_bzip2(bytes->archive);
	(void)archive_read_support_filter_lz4(bytes->archive);
	(void)archive_read_support_filter_compress(bytes->archive);
	(void)archive_read_support_format_raw(bytes->archive);
	(void)archive_read_support_format_empty(bytes->archive);
	int r = archive_read_open(bytes->archive, bytes, NULL, feed_archive, NULL);
	if (r == ARCHIVE_OK)
		r = archive_read_next_header(bytes->archive, &entry);
	bytes->nothing = r == ARCHIVE_EOF;
	if (r == ARCHIVE_OK || r == ARCHIVE_WARN || r == ARCHIVE_EOF)
		return 0;
	return bytes->error ? bytes->error : -EBADMSG;
}

static int
look_at_file(struct bytes *bytes)
{
	struct stat st;

	if (fstat(bytes->fd, &st) < 0)
		return -errno;
	if (S_ISDIR(st.st_mode))
		return -EISDIR;
	if (S_ISREG(st.st_mode)) {
		bytes->total = (uint64_t)st.st_size;
	} else {
		/* A pipe: what it says was written until now. */
		(void)clock_gettime(CLOCK_REALTIME, &st.st_mtim);
	}
	bytes->modified = (sv_usec)st.st_mtim.tv_sec * SV_USEC_PER_SEC +
			  (sv_usec)st.st_mtim.tv_nsec / 1000;
	while (bytes->head_len < HEAD_BYTES) {
		ssize_t n = read_fd(bytes, bytes->head + bytes->head_len,
				    HEAD_BYTES - bytes->head_len);
		if (n < 0)
			return (int)n;
		if (n == 0)
			break;
		bytes->head_len += (size_t)n;
	}
	return bytes_are_packed(bytes_head(bytes)) ? open_archive(bytes) : 0;
}

int
bytes_open(const char *path, struct bytes **ret_bytes)
{
	struct bytes *bytes = calloc(1, sizeof(*bytes));

	if (!bytes)
		return -ENOMEM;
	bytes->own_fd = strcmp(path, "-") != 0;
	bytes->fd = bytes->own_fd ? open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY)
				  : STDIN_FILENO;
	int r = bytes->fd < 0 ? -errno : look_at_file(bytes);
	if (r < 0) {
		bytes_close(bytes);
		return r;
	}
	*ret_bytes = bytes;
	return 0;
}

void
bytes_close(struct bytes *bytes)
{
	if (!bytes)
		return;
	if (bytes->archive)
		(void)archive_read_free(bytes->archive);
	free(bytes->packed);
	if (bytes->own_fd && bytes->fd >= 0)
		(void)close(bytes->fd);
	free(bytes);
}

ssize_t
bytes_read(struct bytes *bytes, void *buffer, size_t n)
{
	if (!bytes->archive)
		return read_plain(bytes, buffer, n);
	while (!bytes->nothing) {
		la_ssize_t got = archive_read_data(bytes->archive, buffer, n);
		if (got >= 0)
			return (ssize_t)got;
		if (got != ARCHIVE_RETRY)
			return bytes->error ? bytes->error : -EBADMSG;
	}
	return 0;
}

struct sv_str
bytes_head(const struct bytes *bytes)
{
	return str_make(bytes->head, bytes->head_len);
}

sv_usec
bytes_modified(const struct bytes *bytes)
{
	return bytes->modified;
}

uint64_t
bytes_total(const struct bytes *bytes)
{
	return bytes->total;
}

uint64_t
bytes_taken(const struct bytes *bytes)
{
	return bytes->taken;
}
