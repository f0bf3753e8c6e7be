/* SPDX-License-Identifier: Apache-2.0 */
#include "store/checkpoint.h"

#include "store/aside.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <openssl/evp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

/* A whole first line, so that file(1), head(1) and people see what it is. */
#define MAGIC "sipvigil checkpoint\n"
#define MAGIC_BYTES (sizeof(MAGIC) - 1)
#define FORMAT_VERSION 1u
#define ORDER 0x01020304u
#define WRITER_BYTES 64
#define DIGEST_BYTES 32
#define PIECE_BYTES ((size_t)256 * 1024)
#define PATH_BYTES 4096
/** A larger file is none of ours: no part of it could be read. */
#define MAX_BYTES ((uint64_t)2 * PACK_MAX_BYTES)

/* Stands at the beginning of the file; everything behind it is hashed. */
struct head {
	char magic[MAGIC_BYTES];
	uint32_t order, version;
	char writer[WRITER_BYTES]; /* version of the program, for people */
	uint64_t made;             /* clock, µs */
	uint64_t bytes;            /* behind the head */
	unsigned char digest[DIGEST_BYTES];
};

struct checkpoint {
	struct head head;
	char *bytes;
	size_t len;
};

/* Writing. */

struct checkpoint_writer {
	int fd;
	EVP_MD_CTX *hash; /* begun: a child must not wait for locks of OpenSSL */
	char piece[PIECE_BYTES];
};

struct checkpoint_writer *
checkpoint_writer_new(void)
{
	struct checkpoint_writer *w = malloc(sizeof(*w));

	if (!w)
		return NULL;
	w->hash = EVP_MD_CTX_new();
	if (!w->hash || !EVP_DigestInit_ex(w->hash, EVP_sha256(), NULL)) {
		checkpoint_writer_free(w);
		return NULL;
	}
	return w;
}

void
checkpoint_writer_free(struct checkpoint_writer *writer)
{
	if (!writer)
		return;
	EVP_MD_CTX_free(writer->hash);
	free(writer);
}

static int
write_all(int fd, const char *bytes, size_t n)
{
	while (n) {
		ssize_t done = write(fd, bytes, n);

		if (done < 0 && errno == EINTR)
			continue;
		if (done <= 0)
			return done < 0 ? -errno : -EIO;
		bytes += done;
		n -= (size_t)done;
	}
	return 0;
}

static int
write_piece(void *user, const char *bytes, size_t n)
{
	struct checkpoint_writer *w = user;

	if (!EVP_DigestUpdate(w->hash, bytes, n))
		return -ENOMEM;
	return write_all(w->fd, bytes, n);
}

static int
write_parts(struct checkpoint_writer *w, const struct checkpoint_spec *spec,
	    uint64_t *ret_bytes)
{
	struct pack pack = { .buf = w->piece,
			     .cap = sizeof(w->piece),
			     .write = write_piece,
			     .user = w };

	for (size_t i = 0; i < spec->n_parts; i++) {
		pack_u32(&pack, spec->parts[i].tag);
		pack_blob(&pack, spec->parts[i].save, spec->parts[i].user);
	}
	*ret_bytes = pack.total;
	return pack_finish(&pack);
}

/* The head comes last: until then the file begins with zeros and is nobody's. */
static int
write_head(struct checkpoint_writer *w, const struct checkpoint_spec *spec,
	   uint64_t bytes)
{
	struct head head = { .order = ORDER,
			     .version = FORMAT_VERSION,
			     .made = spec->now,
			     .bytes = bytes };
	ssize_t done;

	memcpy(head.magic, MAGIC, MAGIC_BYTES);
	(void)snprintf(head.writer, sizeof(head.writer), "%s", spec->writer);
	if (!EVP_DigestFinal_ex(w->hash, head.digest, NULL))
		return -ENOMEM;
	done = pwrite(w->fd, &head, sizeof(head), 0);
	if (done < 0)
		return -errno;
	return (size_t)done == sizeof(head) ? 0 : -EIO;
}

static int
write_file(struct checkpoint_writer *w, const struct checkpoint_spec *spec,
	   uint64_t *ret_bytes)
{
	int r = 0;

	/* The same function once more: what was begun is only set back. */
	if (!EVP_DigestInit_ex(w->hash, NULL, NULL))
		return -ENOMEM;
	if (lseek(w->fd, (off_t)sizeof(struct head), SEEK_SET) < 0)
		return -errno;
	r = write_parts(w, spec, ret_bytes);
	if (r >= 0)
		r = write_head(w, spec, *ret_bytes);
	if (r >= 0 && fsync(w->fd) < 0)
		r = -errno;
	return r;
}

/* The rename is safe only when the folder is. */
static int
sync_folder(const char *path)
{
	char folder[PATH_BYTES];
	const char *slash = strrchr(path, '/');
	int fd, r = 0;

	(void)snprintf(folder, sizeof(folder), "%.*s",
		       slash ? (int)(slash - path) + 1 : 1, slash ? path : ".");
	fd = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0)
		return -errno;
	if (fsync(fd) < 0)
		r = -errno;
	(void)close(fd);
	return r;
}

static sv_usec
monotonic_now(void)
{
	struct timespec t = { 0 };

	(void)clock_gettime(CLOCK_MONOTONIC, &t);
	return (sv_usec)t.tv_sec * SV_USEC_PER_SEC + (sv_usec)t.tv_nsec / 1000;
}

int
checkpoint_write(struct checkpoint_writer *writer, const struct checkpoint_spec *spec,
		 struct checkpoint_result *ret_result)
{
	struct checkpoint_result result = { .took = monotonic_now() };
	char path[PATH_BYTES];
	int r;

	if (snprintf(path, sizeof(path), "%s.tmp", spec->path) >= (int)sizeof(path))
		return -ENAMETOOLONG;
	writer->fd =
		open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0600);
	if (writer->fd < 0)
		return -errno;
	r = write_file(writer, spec, &result.bytes);
	if (close(writer->fd) < 0 && r >= 0)
		r = -errno;
	if (r >= 0 && rename(path, spec->path) < 0)
		r = -errno;
	if (r < 0) {
		(void)unlink(path);
		return r;
	}
	r = sync_folder(spec->path);
	if (r < 0)
		return r;
	result.bytes += sizeof(struct head);
	result.took = monotonic_now() - result.took;
	*ret_result = result;
	return 0;
}

/* Reading. */

__attribute__((format(printf, 2, 3))) static void
say(char problem[CHECKPOINT_PROBLEM_BYTES], const char *format, ...)
{
	va_list args;

	va_start(args, format);
	(void)vsnprintf(problem, CHECKPOINT_PROBLEM_BYTES, format, args);
	va_end(args);
}

void
checkpoint_reject(const char *path, const char *why,
		  char problem[CHECKPOINT_PROBLEM_BYTES])
{
	char aside[ASIDE_PATH_BYTES];
	struct timespec now = { 0 };
	int r;

	(void)clock_gettime(CLOCK_REALTIME, &now);
	r = aside_put(path, NULL, (sv_usec)now.tv_sec * SV_USEC_PER_SEC, aside);
	if (r < 0)
		say(problem,
		    "checkpoint %.100s %.80s and could not be set aside: %.40s", path,
		    why, strerror(-r));
	else
		say(problem, "checkpoint %.80s, set aside as %.110s; counts begin anew",
		    why, aside);
}

static int
read_all(int fd, char *to, size_t n)
{
	while (n) {
		ssize_t got = read(fd, to, n);

		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0)
			return -errno;
		if (got == 0)
			return -ENODATA;
		to += got;
		n -= (size_t)got;
	}
	return 0;
}

static bool
digest_fits(const struct checkpoint *c)
{
	unsigned char digest[EVP_MAX_MD_SIZE];
	unsigned n = 0;

	return EVP_Digest(c->bytes, c->len, digest, &n, EVP_sha256(), NULL) &&
	       n == DIGEST_BYTES && memcmp(digest, c->head.digest, DIGEST_BYTES) == 0;
}

/* What is wrong with it, NULL if nothing is; *ret_error is set where it could not even
 * be read. */
static const char *
read_head(int fd, struct checkpoint *c, int *ret_error)
{
	struct head *head = &c->head;
	struct stat st;
	int r;

	if (fstat(fd, &st) < 0) {
		*ret_error = -errno;
		return "cannot be read";
	}
	if (!S_ISREG(st.st_mode))
		return "is no regular file";
	r = read_all(fd, (char *)head, sizeof(*head));
	if (r < 0 && r != -ENODATA) {
		*ret_error = r;
		return "cannot be read";
	}
	if (r == -ENODATA)
		return "is cut short";
	if (memcmp(head->magic, MAGIC, MAGIC_BYTES) != 0)
		return "is not one of sipvigil";
	if (head->order != ORDER)
		return "is of another kind of machine";
	if (head->version > FORMAT_VERSION)
		return "is of a newer sipvigil";
	if (head->version < FORMAT_VERSION)
		return "is of an older sipvigil that had another format";
	if (head->bytes > MAX_BYTES ||
	    head->bytes != (uint64_t)st.st_size - sizeof(*head))
		return "is cut short or too long";
	return NULL;
}

static const char *
read_body(int fd, struct checkpoint *c, int *ret_error)
{
	int r;

	c->len = (size_t)c->head.bytes;
	c->bytes = malloc(c->len + 1);
	if (!c->bytes) {
		*ret_error = -ENOMEM;
		return "cannot be read";
	}
	r = read_all(fd, c->bytes, c->len);
	if (r < 0) {
		*ret_error = r;
		return "cannot be read";
	}
	return digest_fits(c) ? NULL : "is damaged (its checksum does not fit)";
}

enum checkpoint_found
checkpoint_read(const char *path, struct checkpoint **ret_checkpoint,
		char problem[CHECKPOINT_PROBLEM_BYTES])
{
	struct checkpoint *c = calloc(1, sizeof(*c));
	const char *why = "cannot be read";
	char cannot[80];
	int error = 0, fd;

	problem[0] = '\0';
	fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOFOLLOW);
	if (fd < 0)
		error = -errno;
	else if (!c)
		error = -ENOMEM;
	else
		why = read_head(fd, c, &error);
	if (fd >= 0 && c && !why)
		why = read_body(fd, c, &error);
	if (fd >= 0)
		(void)close(fd);
	if (!why) {
		*ret_checkpoint = c;
		return CHECKPOINT_READ;
	}
	checkpoint_free(c);
	if (error == -ENOENT)
		return CHECKPOINT_NONE;
	/* One that cannot be read may be whole: the next save must not go over it. */
	if (error < 0) {
		(void)snprintf(cannot, sizeof(cannot), "cannot be read (%.50s)",
			       strerror(-error));
		why = cannot;
	}
	checkpoint_reject(path, why, problem);
	return CHECKPOINT_SET_ASIDE;
}

void
checkpoint_free(struct checkpoint *checkpoint)
{
	if (!checkpoint)
		return;
	free(checkpoint->bytes);
	free(checkpoint);
}

struct sv_str
checkpoint_part(const struct checkpoint *checkpoint, uint32_t tag)
{
	struct unpack in =
		unpack_of((struct sv_str){ checkpoint->bytes, checkpoint->len });

	while (in.len) {
		uint32_t found = unpack_u32(&in);
		struct sv_str part = unpack_blob(&in);

		if (unpack_ok(&in) && found == tag)
			return part;
	}
	return (struct sv_str){ NULL, 0 };
}

sv_usec
checkpoint_made(const struct checkpoint *checkpoint)
{
	return checkpoint->head.made;
}
