/* SPDX-License-Identifier: Apache-2.0 */
#include "input/tail_saved.h"

#include "base/text.h"
#include "input/tail_found.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <time.h>

#define FORMAT 1u
/** Files in an image at most. */
#define MAX_FILES 65536
#define PATH_BYTES 4096

struct tail_saved {
	char *bytes; /* everything points into it */
	uint32_t n_opened;
	sv_usec made; /* clock */
	struct tail_position *files;
	size_t n;
};

/* Saving. */

struct blob {
	const struct input_sink *sink;
	const struct tail_file *file;
};

static void
save_blob(void *user, struct pack *out)
{
	const struct blob *blob = user;

	if (blob->file->opened && blob->sink->save)
		blob->sink->save(blob->sink->user, blob->file->source_user, out);
	else if (!blob->file->opened)
		pack_bytes(out, blob->file->saved.ptr, blob->file->saved.len);
}

static void
save_file(const struct tail_list *list, const struct tail_file *f, struct pack *out)
{
	struct blob blob = { list->sink, f };

	pack_str(out, str_of(f->path));
	pack_str(out, str_of(f->place));
	pack_u64(out, (uint64_t)f->dev);
	pack_u64(out, (uint64_t)f->ino);
	pack_u64(out, f->offset);
	pack_u64(out, f->before);
	pack_u64(out, f->line);
	pack_u32(out, f->source.id);
	pack_u8(out, (uint8_t)(f->line_known | f->skipping << 1 |
			       f->discontinuous << 2 | f->foreign << 3));
	pack_str(out, str_make(f->head.bytes, f->head.len));
	pack_str(out, str_make(f->old_head.bytes, f->old_head.len));
	pack_blob(out, save_blob, &blob);
}

void
tail_saved_put(const struct tail_list *list, uint32_t n_opened, struct pack *out)
{
	struct timespec now = { 0 };
	uint32_t n = 0;

	(void)clock_gettime(CLOCK_REALTIME, &now);
	for (const struct tail_file *f = list->first; f; f = f->next)
		n += f->judged;
	pack_u32(out, FORMAT);
	pack_u32(out, n_opened);
	pack_u64(out, (uint64_t)now.tv_sec * SV_USEC_PER_SEC);
	pack_u32(out, n);
	for (const struct tail_file *f = list->first; f; f = f->next)
		if (f->judged)
			save_file(list, f, out);
}

/* Reading. */

/* A path as a string; "" if it cannot be one. */
static const char *
take_path(struct unpack *in, char **at)
{
	struct sv_str s = unpack_str(in);
	char *path = *at;

	if (s.len == 0 || s.len >= PATH_BYTES || memchr(s.ptr, '\0', s.len)) {
		unpack_spoil(in);
		return "";
	}
	memcpy(path, s.ptr, s.len);
	path[s.len] = '\0';
	*at += s.len + 1;
	return path;
}

static void
take_head(struct unpack *in, struct tail_head *head)
{
	struct sv_str s = unpack_str(in);

	if (s.len > TAIL_HEAD_BYTES) {
		unpack_spoil(in);
		return;
	}
	head->len = s.len;
	if (s.len)
		memcpy(head->bytes, s.ptr, s.len);
}

static void
take_file(struct unpack *in, struct tail_position *p, char **at)
{
	uint8_t flags;

	p->path = take_path(in, at);
	p->place = take_path(in, at);
	p->dev = (dev_t)unpack_u64(in);
	p->ino = (ino_t)unpack_u64(in);
	p->offset = unpack_u64(in);
	p->before = unpack_u64(in);
	p->line = unpack_u64(in);
	p->id = unpack_u32(in);
	flags = unpack_u8(in);
	p->line_known = flags & 1;
	p->skipping = flags >> 1 & 1;
	p->discontinuous = flags >> 2 & 1;
	p->foreign = flags >> 3 & 1;
	take_head(in, &p->head);
	take_head(in, &p->old_head);
	p->blob = unpack_blob(in);
	if (p->offset > INT64_MAX)
		unpack_spoil(in);
}

int
tail_saved_new(struct unpack *in, struct tail_saved **ret_saved)
{
	struct tail_saved *saved = calloc(1, sizeof(*saved));
	struct unpack copy = *in;
	char *paths;

	if (!saved)
		return -ENOMEM;
	/* The bytes, and behind them the paths with their NULs: each is shorter there
	 * than here with its length. */
	saved->bytes = malloc(2 * in->len + 1);
	if (!saved->bytes)
		goto no_memory;
	if (in->len)
		memcpy(saved->bytes, in->ptr, in->len);
	copy.ptr = saved->bytes;
	paths = saved->bytes + in->len;
	if (unpack_u32(&copy) != FORMAT)
		unpack_spoil(&copy);
	saved->n_opened = unpack_u32(&copy);
	saved->made = unpack_u64(&copy);
	saved->n = unpack_u32(&copy);
	if (saved->n > MAX_FILES)
		unpack_spoil(&copy);
	saved->files =
		unpack_ok(&copy) ? calloc(saved->n + 1, sizeof(*saved->files)) : NULL;
	if (unpack_ok(&copy) && !saved->files)
		goto no_memory;
	for (size_t i = 0; i < saved->n && unpack_ok(&copy); i++)
		take_file(&copy, &saved->files[i], &paths);
	if (!unpack_ok(&copy)) {
		tail_saved_free(saved);
		return -EBADMSG;
	}
	*ret_saved = saved;
	return 0;
no_memory:
	tail_saved_free(saved);
	return -ENOMEM;
}

void
tail_saved_free(struct tail_saved *saved)
{
	if (!saved)
		return;
	free(saved->files);
	free(saved->bytes);
	free(saved);
}

uint32_t
tail_saved_opened(const struct tail_saved *saved)
{
	return saved->n_opened;
}

/* Finding again. */

static bool
is_saved(const struct tail_saved *saved, const struct stat *st)
{
	for (size_t i = 0; i < saved->n; i++)
		if (saved->files[i].dev == st->st_dev &&
		    saved->files[i].ino == st->st_ino)
			return true;
	return false;
}

/* Rotated parts that were begun and finished while nobody looked: newer than the one
 * that holds the position, and none that we knew. */
static void
append_between(const struct tail_saved *saved, const struct tail_position *p,
	       const struct tail_rotated *parts, size_t holder, struct tail_list *list)
{
	for (size_t i = holder + 1; i < parts->n; i++) {
		struct tail_file *file;
		if (is_saved(saved, &parts->part[i].st) ||
		    tail_list_find(list, &parts->part[i].st) ||
		    !tail_list_make_room(list))
			continue;
		file = tail_found_open(p->path, &parts->part[i], 0);
		if (file)
			tail_list_append(list, file);
	}
}

static void
append_found(const struct tail_saved *saved, const struct tail_position *p,
	     struct tail_list *list)
{
	struct tail_rotated parts = { 0 };
	struct tail_file *file = tail_found_in_place(p);
	size_t holder = 0;

	if (!tail_list_make_room(list)) {
		tail_file_free(file);
		return;
	}
	if (file) {
		tail_found_go_on(file, p);
		tail_list_append(list, file);
		return;
	}
	if (p->foreign)
		return;
	tail_rotated_find(&parts, p->path);
	for (holder = 0; holder < parts.n && !file; holder++)
		if (tail_rotated_holds(&parts.part[holder], p))
			file = tail_found_open(p->path, &parts.part[holder], p->offset);
	if (file)
		tail_found_go_on(file, p);
	else
		file = tail_found_lost(p);
	if (file)
		tail_list_append(list, file);
	if (file && !file->lost)
		append_between(saved, p, &parts, holder - 1, list);
	tail_rotated_done(&parts);
}

void
tail_saved_apply(const struct tail_saved *saved, struct tail_list *list)
{
	for (size_t i = 0; i < saved->n; i++)
		append_found(saved, &saved->files[i], list);
}

/* When the file was made, 0 if the file system does not know. */
static sv_usec
born(const char *path)
{
	struct statx sx;

	if (statx(AT_FDCWD, path, 0, STATX_BTIME, &sx) < 0 ||
	    !(sx.stx_mask & STATX_BTIME))
		return 0;
	return (sv_usec)sx.stx_btime.tv_sec * SV_USEC_PER_SEC;
}

bool
tail_saved_succeeds(const struct tail_saved *saved, const char *path)
{
	for (size_t i = 0; i < saved->n; i++)
		if (strcmp(saved->files[i].path, path) == 0 ||
		    strcmp(saved->files[i].place, path) == 0 ||
		    tail_file_is_rotated_name(tail_base_name(path),
					      tail_base_name(saved->files[i].path)))
			return true;
	return born(path) >= saved->made;
}
