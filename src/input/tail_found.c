/* SPDX-License-Identifier: Apache-2.0 */
#include "input/tail_found.h"

#include "base/text.h"
#include "input/words.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

#define BLOCK_BYTES ((size_t)64 * 1024)

/* File systems and packers keep modification times in steps of up to two seconds. */
#define MODIFIED_STEP (2 * SV_USEC_PER_SEC)

/* Parts are listed anew so often, while rotation goes on changing them. */
#define RENEWALS 8

/* So many first bytes tell one log from another, also where more are there now: if they
 * are a line at least. The beginning of one may be no more than a stamp. */
#define TELLING_BYTES 16

/* Of an open file; or, with AT_FDCWD, at the path. */
static sv_usec
born_of(int fd, const char *path)
{
	struct statx st;

	if (statx(fd, path, AT_EMPTY_PATH, STATX_BTIME, &st) < 0 ||
	    !(st.stx_mask & STATX_BTIME))
		return 0;
	return (sv_usec)st.stx_btime.tv_sec * SV_USEC_PER_SEC +
	       (sv_usec)st.stx_btime.tv_nsec / 1000;
}

/* An inode number is free again as soon as the deleted file is closed: a file that was
 * empty, with nothing else to tell it by, must have been made at the same moment. */
static bool
is_born_as(const struct tail_position *p, sv_usec born)
{
	return p->head.len || !p->born || !born || p->born == born;
}

void
tail_position_of(const struct tail_file *file, char *real,
		 struct tail_position *ret_position)
{
	char link[64];
	ssize_t n;

	/* The kernel knows where a file was moved to. */
	(void)snprintf(link, sizeof(link), "/proc/self/fd/%d", file->fd);
	n = readlink(link, real, PATH_MAX - 1);
	real[n > 0 ? n : 0] = '\0';
	*ret_position = (struct tail_position){
		.path = file->path,
		.place = file->place,
		.real = real[0] == '/' ? real : "",
		.dev = file->dev,
		.ino = file->ino,
		.offset = file->offset,
		.before = tail_file_before(file),
		.line = file->line,
		.modified = file->modified,
		.born = born_of(file->fd, ""),
		.id = file->source.id,
		.line_known = file->line_known,
		.skipping = file->skipping,
		.discontinuous = file->discontinuous,
		.foreign = file->foreign,
		.fresh = file->fresh,
		.more_after = file->more_after,
		.judged = file->judged,
		.orphan = file->orphan,
		.lost = file->lost ? file->lost : "",
		.head = file->head,
		.old_head = file->old_head,
		.open_streams = file->unwrap ? wrap_open_streams(file->unwrap)
					     : file->open_streams,
	};
}

/* Is it the same text at the beginning, and before the position? */
static bool
fits(const struct tail_position *p, struct tail_file *file)
{
	struct tail_head head;
	struct stat st;
	ssize_t n = pread(file->fd, head.bytes, sizeof(head.bytes), 0);

	head.len = n > 0 ? (size_t)n : 0;
	if (fstat(file->fd, &st) < 0 || (uint64_t)st.st_size < p->offset ||
	    !tail_head_fits(&head, &p->head))
		return false;
	tail_file_stand_at(file, p->offset);
	return tail_file_before(file) == p->before;
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
	const char *places[] = { p->place, p->path, p->real };

	for (size_t i = 0; i < sizeof(places) / sizeof(places[0]); i++) {
		struct tail_file *file =
			places[i][0] ? open_as(p->path, places[i]) : NULL;
		struct stat st;
		if (!file)
			continue;
		if (file->dev == p->dev && file->ino == p->ino &&
		    is_born_as(p, born_of(file->fd, "")) && fstat(file->fd, &st) == 0 &&
		    (p->foreign ? tail_file_modified(&st) == p->modified
				: fits(p, file))) {
			tail_found_go_on(file, p);
			if (!p->foreign) {
				(void)tail_file_look(file);
				file->newborn = file->head.len == 0;
			}
			return file;
		}
		tail_file_free(file);
	}
	return NULL;
}

/* Unpacks and drops what lies before the offset; its last bytes stay in `last`. False:
 * it is shorter, or damaged. */
static bool
skip_to(struct bytes *bytes, uint64_t offset, struct tail_head *last)
{
	char *block = malloc(BLOCK_BYTES);
	uint64_t at = 0;

	while (block && at < offset) {
		size_t want =
			offset - at < BLOCK_BYTES ? (size_t)(offset - at) : BLOCK_BYTES;
		ssize_t n = bytes_read(bytes, block, want);
		if (n <= 0)
			break;
		size_t got = (size_t)n;
		size_t take = got < TAIL_HEAD_BYTES ? got : TAIL_HEAD_BYTES;
		size_t keep = last->len < TAIL_HEAD_BYTES - take
				      ? last->len
				      : TAIL_HEAD_BYTES - take;
		memmove(last->bytes, last->bytes + last->len - keep, keep);
		memcpy(last->bytes + keep, block + got - take, take);
		last->len = keep + take;
		at += got;
	}
	free(block);
	return at == offset;
}

/* At the position, if it holds it. One without a position waits for its turn: a hundred
 * of them do not need the memory of a hundred unpackers. */
static bool
open_packed(struct tail_file *file, const struct tail_position *p, size_t cap_bytes)
{
	file->wrapped = true;
	if (!p)
		return true;
	if (tail_file_unpack(file, cap_bytes) < 0 ||
	    !skip_to(file->packed, p->offset, &file->last))
		return false;
	lines_seek(&file->own, p->offset);
	return tail_file_before(file) == p->before;
}

/* A rotated file as a part of the log at `path`, at the position if it holds it. */
static struct tail_file *
open_part(const char *path, struct tail_part *part, const struct tail_position *p,
	  size_t cap_bytes)
{
	struct tail_file *file = open_as(path, part->path);
	bool ok;

	if (!file)
		return NULL;
	/* Nobody finds it again by its name: it is read to its end and closed. */
	file->orphan = true;
	if (file->dev != part->st.st_dev || file->ino != part->st.st_ino)
		ok = false; /* renamed since it was listed */
	else if (part->packed)
		ok = open_packed(file, p, cap_bytes);
	else
		ok = !p || fits(p, file);
	if (!ok) {
		tail_file_free(file);
		return NULL;
	}
	if (p)
		tail_found_go_on(file, p);
	file->foreign = file->fresh = false;
	file->judged = true;
	file->head = *tail_part_head(part);
	return file;
}

/* The same file, a copy, or packed. */

enum kinship { SAME_FILE, SAME_INODE, SAME_NAME, NEWER, NEWER_PACKED, STRANGER };

static enum kinship
kinship(const struct tail_position *p, const struct tail_part *part)
{
	bool named = strcmp(part->path, p->path) == 0 ||
		     strcmp(part->path, p->place) == 0 ||
		     strcmp(part->path, p->real) == 0;

	if (!part->packed && part->st.st_ino == p->ino &&
	    is_born_as(p, born_of(AT_FDCWD, part->path))) {
		if (part->st.st_dev == p->dev)
			return SAME_FILE;
		if (p->head.len || named)
			return SAME_INODE;
	}
	/* An empty file can be told by nothing else. */
	if (p->head.len == 0)
		return STRANGER;
	if (!part->packed && named)
		return SAME_NAME;
	/* What holds the position was not written before it was read. */
	if (part->modified + MODIFIED_STEP < p->modified)
		return STRANGER;
	return part->packed ? NEWER_PACKED : NEWER;
}

static struct tail_file *
find_in_parts(const struct tail_position *p, struct tail_parts *parts, size_t cap_bytes)
{
	for (int kin = SAME_FILE; kin < STRANGER; kin++)
		for (size_t i = 0; i < parts->n; i++) {
			struct tail_part *part = &parts->part[i];
			struct tail_file *file;
			if (kinship(p, part) != (enum kinship)kin ||
			    !tail_head_fits(tail_part_head(part), &p->head))
				continue;
			file = open_part(p->path, part, p, cap_bytes);
			if (file)
				return file;
		}
	return NULL;
}

struct tail_file *
tail_found_in_parts(const struct tail_position *p, struct tail_parts *parts,
		    size_t cap_bytes)
{
	struct tail_file *file = find_in_parts(p, parts, cap_bytes);

	/* It may have been renamed, or packed and removed, since they were listed. */
	for (int i = 0; !file && i < RENEWALS && tail_parts_renew(parts); i++)
		file = find_in_parts(p, parts, cap_bytes);
	return file;
}

/* What was written in between. */

static bool
is_telling(const struct tail_head *known)
{
	return known->len == TAIL_HEAD_BYTES ||
	       (known->len >= TELLING_BYTES && memchr(known->bytes, '\n', known->len));
}

static bool
is_same_text(const struct tail_head *head, const struct tail_head *known)
{
	return known->len && tail_head_fits(head, known) &&
	       (known->len == head->len || is_telling(known));
}

static bool
holds_part(const struct tail_file *f, struct tail_part *part)
{
	const struct tail_head *head = tail_part_head(part);
	struct tail_head now;

	if (f->dev == part->st.st_dev && f->ino == part->st.st_ino)
		return !f->fresh;
	if (f->foreign && !f->finished)
		return false;    /* its first bytes may be packed ones */
	tail_file_head(f, &now); /* it may have grown since it was read */
	return is_same_text(head, &now) || is_same_text(head, &f->head) ||
	       is_same_text(head, &f->old_head);
}

static bool
is_known(const struct tail_list *list, const struct tail_between *between,
	 struct tail_part *part)
{
	if (tail_list_knows_text(list, tail_part_head(part)) ||
	    (between->holder && holds_part(between->holder, part)) ||
	    (between->at_path && holds_part(between->at_path, part)))
		return true;
	for (const struct tail_file *f = list->first; f; f = f->next)
		if (holds_part(f, part))
			return true;
	return false;
}

/* While "full.1.gz" is being made, "full.1" is still there. */
static bool
is_being_packed(const struct tail_parts *parts, const struct tail_part *part)
{
	const char *dot = strrchr(tail_base_name(part->path), '.');

	for (size_t i = 0; part->packed && dot && i < parts->n; i++) {
		const char *path = parts->part[i].path;
		size_t len = (size_t)(dot - part->path);
		if (strlen(path) == len && memcmp(path, part->path, len) == 0)
			return true;
	}
	return false;
}

static bool
is_between(const struct tail_between *between, const struct tail_part *part, bool fresh)
{
	/* bzip2 keeps whole seconds. */
	sv_usec step = part->packed && part->modified % SV_USEC_PER_SEC == 0
			       ? SV_USEC_PER_SEC
			       : 0;

	return (fresh || part->modified + step >= between->since) &&
	       (!between->until || part->modified <= between->until) &&
	       strcmp(part->path, between->path) != 0 && part->st.st_size > 0 &&
	       tail_file_is_rotated_name(tail_base_name(part->path),
					 tail_base_name(between->path));
}

/* It was found as a packed file that matches, when it was new. */
static struct tail_file *
find_fresh(const struct tail_list *list, const struct tail_part *part)
{
	struct tail_file *file = tail_list_find(list, &part->st);

	return file && file->fresh ? file : NULL;
}

/* In the order of age, before what is younger. */
static void
insert_part(struct tail_list *list, const struct tail_between *between,
	    const struct tail_part *part, struct tail_file *file)
{
	struct tail_file *before = between->before;

	if (!before)
		before = tail_list_younger(list, between->path, part->modified);
	tail_list_order(file, before ? before->after
				     : tail_list_predecessor(list, between->path));
	if (before)
		before->after = file;
	tail_list_insert(list, before, file);
}

enum added { ADDED_ALL, ADDED_FULL, ADDED_UNTIL_MOVED };

/* Stops at one that has another name by now: what is younger must come after it. */
static enum added
add_parts(struct tail_list *list, const struct tail_between *between, size_t *n)
{
	struct tail_parts *parts = between->parts;
	struct tail_file *last = NULL;

	for (size_t i = 0; i < parts->n; i++) {
		struct tail_part *part = &parts->part[i];
		struct tail_file *fresh = find_fresh(list, part), *file;
		if (!is_between(between, part, fresh) || is_being_packed(parts, part) ||
		    is_known(list, between, part))
			continue;
		/* The file at the log's place needs room, too. */
		if (!tail_list_make_room(list) || list->n + 1 >= list->max) {
			if (last)
				last->more_after = true;
			return ADDED_FULL;
		}
		file = open_part(between->path, part, NULL, between->cap_bytes);
		if (!file && tail_part_has_moved(part))
			return ADDED_UNTIL_MOVED;
		if (!file)
			continue;
		if (fresh)
			tail_list_close(list, fresh);
		insert_part(list, between, part, file);
		last = file;
		++*n;
	}
	return ADDED_ALL;
}

size_t
tail_found_between(struct tail_list *list, struct tail_between *between)
{
	enum added added = ADDED_UNTIL_MOVED;
	size_t n = 0;

	for (int i = 0; i < RENEWALS && added == ADDED_UNTIL_MOVED; i++) {
		if (i > 0)
			(void)tail_parts_renew(between->parts);
		/* A copy of what still is at the path is read when that was truncated. */
		between->at_path = open_as(between->path, between->path);
		if (between->at_path)
			(void)tail_file_look(between->at_path);
		added = add_parts(list, between, &n);
		tail_file_free(between->at_path);
	}
	between->at_path = NULL;
	return n;
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
	file->line = p->line;
	file->line_known = p->line_known;
	file->skipping = p->skipping;
	file->discontinuous = p->discontinuous;
	file->foreign = p->foreign;
	file->fresh = p->fresh;
	file->more_after = p->more_after;
	file->judged = p->judged;
	file->modified = p->modified;
	file->head = p->head;
	file->old_head = p->old_head;
	file->open_streams = p->open_streams;
	file->source.id = p->id;
	take_blob(file, p);
}

/* What cannot be found. */

static char *
words_of_loss(const struct tail_position *p, const char *what)
{
	char since[WORDS_TIME_BYTES], until[WORDS_TIME_BYTES];
	char *text;

	if (p->lost[0])
		return strdup(p->lost);
	words_of_time(p->modified, since);
	words_of_time((sv_usec)time(NULL) * SV_USEC_PER_SEC, until);
	if (asprintf(&text,
		     "%s: the file that was read up to byte %" PRIu64
		     " %s; what was written to it between %s and %s is missing",
		     p->path, p->offset, what, since, until) < 0)
		return NULL;
	return text;
}

struct tail_file *
tail_found_cut(const struct tail_position *p)
{
	struct tail_file *file = open_as(p->path, p->place);
	struct stat st;

	if (!file)
		return NULL;
	(void)tail_file_look(file);
	if (file->dev != p->dev || file->ino != p->ino ||
	    !is_born_as(p, born_of(file->fd, "")) || file->foreign ||
	    file->head.len < TAIL_SURE_HEAD_BYTES || fstat(file->fd, &st) < 0 ||
	    (uint64_t)st.st_size >= p->offset ||
	    !tail_head_fits(&p->head, &file->head)) {
		tail_file_free(file);
		return NULL;
	}
	struct tail_head head = file->head;
	tail_found_go_on(file, p);
	file->head = head;
	tail_file_stand_at(file, (uint64_t)st.st_size);
	file->line_known = file->skipping = false;
	file->discontinuous = true;
	file->lost = words_of_loss(p, "was cut at its end");
	return file;
}

struct tail_file *
tail_found_lost(const struct tail_position *p)
{
	struct tail_file *file;
	struct stat st;

	file = calloc(1, sizeof(*file));
	if (!file)
		return NULL;
	file->path = strdup(p->path);
	file->place = strdup(p->path);
	if (asprintf(&file->name, "file:%s", tail_base_name(p->path)) < 0)
		file->name = NULL;
	file->lost = words_of_loss(p, "is gone or was begun anew");
	file->fd = memfd_create("sipvigil-lost", MFD_CLOEXEC);
	if (!file->path || !file->place || !file->name || !file->lost || file->fd < 0 ||
	    fstat(file->fd, &st) < 0) {
		tail_file_free(file);
		return NULL;
	}
	file->dev = st.st_dev;
	file->ino = st.st_ino;
	file->modified = p->modified;
	file->judged = file->orphan = file->dirty = file->stand_in = true;
	file->folder = -1;
	/* What begins like it is not new. */
	file->old_head = p->head;
	file->source.reference = p->modified;
	file->source.id = p->id;
	/* its stream knows the time of its last line: that of the gap */
	take_blob(file, p);
	return file;
}

/* A mount point that waits for its file system is an empty folder. */
static bool
is_empty_folder(const char *path)
{
	char folder[PATH_MAX];
	size_t n = (size_t)(tail_base_name(path) - path);
	DIR *dir;
	int names = 0;

	(void)snprintf(folder, sizeof(folder), "%.*s", (int)n, path);
	dir = opendir(n ? folder : ".");
	if (!dir)
		return true;
	/* cppcheck-suppress readdirCalled ; a stream of our own is no shared state */
	while (names <= 2 && readdir(dir))
		names++;
	(void)closedir(dir);
	return names <= 2; /* "." and ".." */
}

bool
tail_found_is_out_of_reach(const struct tail_position *p)
{
	int fd = open(p->path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);

	if (fd >= 0) {
		(void)close(fd);
		return false;
	}
	return (errno != ENOENT && errno != ELOOP) || is_empty_folder(p->path);
}
