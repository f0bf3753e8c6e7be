/* SPDX-License-Identifier: Apache-2.0 */
#include "input/tail_saved.h"

#include "base/text.h"

#include <errno.h>
#include <fnmatch.h>
#include <limits.h>
#include <stdlib.h>

#define FORMAT 5u
/** Still read; it lacks when files were made. */
#define FORMAT_BEFORE 4u
/** Files and patterns in an image at most. */
#define MAX_FILES 65536
#define PATH_BYTES 4096
/** Longer places of moved files are not remembered. */
#define REAL_BYTES 512

struct tail_saved {
	char *bytes; /* everything points into it */
	uint32_t n_opened;
	sv_usec looked;
	const char **patterns;
	size_t n_patterns;
	uint64_t texts[TAIL_LIST_TEXTS];
	struct tail_position *files;
	size_t n;
	bool applied; /* once at least */
};

/* Saving. */

struct blob {
	const struct input_sink *sink;
	const struct tail_file *file; /* or */
	struct sv_str saved;
};

static void
save_blob(void *user, struct pack *out)
{
	const struct blob *blob = user;

	if (!blob->file)
		pack_bytes(out, blob->saved.ptr, blob->saved.len);
	else if (!blob->file->opened)
		pack_bytes(out, blob->file->saved.ptr, blob->file->saved.len);
	else if (blob->sink->save)
		blob->sink->save(blob->sink->user, blob->file->source_user, out);
}

/* Of one size whatever it says: the file may be renamed between the two passes of
 * pack_blob(), and what they pack must be equally long. */
static void
pack_real(const char *real, struct pack *out)
{
	char field[REAL_BYTES] = { 0 };
	size_t len = strlen(real);

	if (len < sizeof(field))
		/* NOLINTNEXTLINE(bugprone-not-null-terminated-result): zeros above */
		memcpy(field, real, len);
	pack_bytes(out, field, sizeof(field));
}

static void
save_position(const struct tail_position *p, struct blob *blob, struct pack *out)
{
	pack_str(out, str_of(p->path));
	pack_str(out, str_of(p->place));
	pack_real(p->real, out);
	pack_u64(out, (uint64_t)p->dev);
	pack_u64(out, (uint64_t)p->ino);
	pack_u64(out, p->offset);
	pack_u64(out, p->before);
	pack_u64(out, p->line);
	pack_u64(out, p->modified);
	pack_u64(out, p->born);
	pack_u32(out, p->id);
	pack_u8(out,
		(uint8_t)(p->line_known | p->skipping << 1 | p->discontinuous << 2 |
			  p->foreign << 3 | p->judged << 4 | p->orphan << 5 |
			  p->fresh << 6 | p->more_after << 7));
	pack_str(out, str_of(p->lost));
	pack_str(out, str_make(p->head.bytes, p->head.len));
	pack_str(out, str_make(p->old_head.bytes, p->old_head.len));
	pack_u8(out, p->open_streams);
	pack_blob(out, save_blob, blob);
}

static void
save_file(const struct tail_list *list, const struct tail_file *f, struct pack *out)
{
	struct blob blob = { .sink = list->sink, .file = f };
	struct tail_position p;
	char real[PATH_MAX];

	tail_position_of(f, real, &p);
	save_position(&p, &blob, out);
}

/* Of one whose loss was told nothing is left to remember. */
static bool
is_worth_saving(const struct tail_file *f)
{
	return !f->finished || f->foreign;
}

static size_t
count_pending(const struct tail_saved *saved)
{
	size_t n = 0;

	for (size_t i = 0; saved && i < saved->n; i++)
		n += saved->files[i].pending;
	return n;
}

void
tail_saved_put(const struct tail_saving *saving, struct pack *out)
{
	const struct tail_saved *restored = saving->restored;
	const struct tail_patterns *patterns = &saving->list->patterns;
	size_t n = count_pending(restored);

	for (const struct tail_file *f = saving->list->first; f; f = f->next)
		n += is_worth_saving(f);
	pack_u32(out, FORMAT);
	pack_u32(out, saving->n_opened);
	pack_u64(out, saving->looked);
	pack_u32(out, (uint32_t)patterns->n);
	for (size_t i = 0; i < patterns->n; i++)
		pack_str(out, str_of(patterns->pattern[i]));
	for (size_t i = 0; i < TAIL_LIST_TEXTS; i++)
		pack_u64(out, saving->list->texts[i]);
	pack_u32(out, (uint32_t)n);
	for (size_t i = 0; restored && i < restored->n; i++) {
		struct blob blob = { .saved = restored->files[i].blob };
		if (restored->files[i].pending)
			save_position(&restored->files[i], &blob, out);
	}
	for (const struct tail_file *f = saving->list->first; f; f = f->next)
		if (is_worth_saving(f))
			save_file(saving->list, f, out);
}

/* Reading. */

/* A text as a string. */
static const char *
take_text(struct unpack *in, char **at)
{
	struct sv_str s = unpack_str(in);
	char *path = *at;

	if (s.len >= 2 * PATH_BYTES || memchr(s.ptr, '\0', s.len)) {
		unpack_spoil(in);
		return "";
	}
	if (s.len)
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

static const char *
take_real(struct unpack *in)
{
	const char *field = unpack_bytes(in, REAL_BYTES);

	if (field && field[REAL_BYTES - 1] == '\0')
		return field;
	unpack_spoil(in);
	return "";
}

static void
take_file(struct unpack *in, uint32_t format, struct tail_position *p, char **at)
{
	uint8_t flags;

	p->path = take_text(in, at);
	p->place = take_text(in, at);
	p->real = take_real(in);
	p->dev = (dev_t)unpack_u64(in);
	p->ino = (ino_t)unpack_u64(in);
	p->offset = unpack_u64(in);
	p->before = unpack_u64(in);
	p->line = unpack_u64(in);
	p->modified = unpack_u64(in);
	p->born = format == FORMAT_BEFORE ? 0 : unpack_u64(in);
	p->id = unpack_u32(in);
	flags = unpack_u8(in);
	p->line_known = flags & 1;
	p->skipping = flags >> 1 & 1;
	p->discontinuous = flags >> 2 & 1;
	p->foreign = flags >> 3 & 1;
	p->judged = flags >> 4 & 1;
	p->orphan = flags >> 5 & 1;
	p->fresh = flags >> 6 & 1;
	p->more_after = flags >> 7 & 1;
	p->lost = take_text(in, at);
	take_head(in, &p->head);
	take_head(in, &p->old_head);
	p->open_streams = unpack_u8(in);
	p->blob = unpack_blob(in);
	if (p->offset > INT64_MAX || !p->path[0] || !p->place[0] ||
	    strlen(p->path) >= PATH_BYTES || strlen(p->place) >= PATH_BYTES)
		unpack_spoil(in);
}

/* Everything in the image; -EBADMSG, -ENOMEM. */
static int
take_image(struct tail_saved *saved, struct unpack *in, char *texts)
{
	uint32_t format = unpack_u32(in);

	if (format != FORMAT && format != FORMAT_BEFORE)
		unpack_spoil(in);
	saved->n_opened = unpack_u32(in);
	saved->looked = unpack_u64(in);
	saved->n_patterns = unpack_u32(in);
	if (!unpack_ok(in) || saved->n_patterns > MAX_FILES)
		return -EBADMSG;
	saved->patterns = calloc(saved->n_patterns + 1, sizeof(*saved->patterns));
	if (!saved->patterns)
		return -ENOMEM;
	for (size_t i = 0; i < saved->n_patterns; i++)
		saved->patterns[i] = take_text(in, &texts);
	for (size_t i = 0; i < TAIL_LIST_TEXTS; i++)
		saved->texts[i] = unpack_u64(in);
	saved->n = unpack_u32(in);
	if (!unpack_ok(in) || saved->n > MAX_FILES)
		return -EBADMSG;
	saved->files = calloc(saved->n + 1, sizeof(*saved->files));
	if (!saved->files)
		return -ENOMEM;
	for (size_t i = 0; i < saved->n && unpack_ok(in); i++)
		take_file(in, format, &saved->files[i], &texts);
	return unpack_ok(in) ? 0 : -EBADMSG;
}

int
tail_saved_new(struct unpack *in, struct tail_saved **ret_saved)
{
	struct tail_saved *saved = calloc(1, sizeof(*saved));
	struct unpack copy = *in;
	int r = -ENOMEM;

	if (!saved)
		return -ENOMEM;
	/* The bytes, and behind them the texts with their NULs: each is shorter there
	 * than here with its length. */
	saved->bytes = malloc(2 * in->len + 1);
	if (saved->bytes) {
		if (in->len)
			memcpy(saved->bytes, in->ptr, in->len);
		copy.ptr = saved->bytes;
		r = take_image(saved, &copy, saved->bytes + in->len);
	}
	if (r < 0) {
		tail_saved_free(saved);
		return r;
	}
	*ret_saved = saved;
	return 0;
}

void
tail_saved_free(struct tail_saved *saved)
{
	if (!saved)
		return;
	free(saved->files);
	free(saved->patterns);
	free(saved->bytes);
	free(saved);
}

uint32_t
tail_saved_opened(const struct tail_saved *saved)
{
	return saved->n_opened;
}

sv_usec
tail_saved_looked(const struct tail_saved *saved)
{
	return saved->looked;
}

/* Finding again. */

struct finding {
	struct tail_saved *saved;
	struct tail_list *list;
	size_t cap_bytes;
	struct tail_parts parts; /* of the log at parts_path, to be listed once */
	const char *parts_path;
};

static struct tail_parts *
parts_of(struct finding *finding, const char *path)
{
	if (finding->parts_path && tail_parts_same(finding->parts_path, path))
		return &finding->parts;
	tail_parts_done(&finding->parts);
	tail_parts_find(&finding->parts, path, &finding->list->patterns);
	finding->parts_path = path;
	return &finding->parts;
}

/* The one of the same path that was begun last, which others were rotated away from. */
static bool
is_last_of_path(const struct tail_saved *saved, size_t i)
{
	for (size_t k = i + 1; k < saved->n; k++)
		if (strcmp(saved->files[k].path, saved->files[i].path) == 0 &&
		    !saved->files[k].foreign)
			return false;
	return true;
}

/* The PBX had gone over to the file that came after it, and wrote there. */
static bool
was_left_behind(const struct tail_saved *saved, size_t i)
{
	const struct tail_position *old = &saved->files[i];

	for (size_t k = 0; k < saved->n; k++) {
		const struct tail_position *p = &saved->files[k];
		if (k == i || !p->offset)
			continue;
		if ((k > i && strcmp(p->path, old->path) == 0) ||
		    (!p->orphan && tail_file_is_rotated_name(tail_base_name(old->place),
							     tail_base_name(p->path))))
			return true;
	}
	return false;
}

static void
find_file(struct finding *finding, size_t i)
{
	struct tail_position *p = &finding->saved->files[i];
	struct tail_list *list = finding->list;
	struct tail_file *file = NULL;

	p->pending = false;
	if (!tail_list_make_room(list))
		return;
	if (!p->lost[0])
		file = tail_found_in_place(p);
	p->in_place = file != NULL;
	if (!file && p->foreign)
		return;
	if (!file && !p->lost[0])
		file = tail_found_in_parts(p, parts_of(finding, p->path),
					   finding->cap_bytes);
	if (!file && !p->lost[0])
		file = tail_found_cut(p);
	p->found = file != NULL;
	/* An empty file may be found as what was packed since: find_between(). */
	p->vanished = !file && p->head.len == 0 && p->offset == 0 && !p->lost[0];
	p->pending = !file && !p->lost[0] && tail_found_is_out_of_reach(p);
	if (!file && !p->pending && !p->vanished && !was_left_behind(finding->saved, i))
		file = tail_found_lost(p);
	if (!file)
		return;
	tail_list_order(file, tail_list_predecessor(list, p->path));
	tail_list_append(list, file);
}

static size_t
add_between(const struct finding *finding, struct tail_between *between)
{
	struct tail_parts parts = { 0 };
	size_t n;

	/* cppcheck-suppress autoVariables ; taken back below */
	between->parts = &parts;
	between->cap_bytes = finding->cap_bytes;
	tail_parts_find(&parts, between->path, &finding->list->patterns);
	n = tail_found_between(finding->list, between);
	tail_parts_done(&parts);
	between->parts = NULL;
	return n;
}

/* What lies between the position that is last in its log and the file that is at the
 * log's place now. */
static void
find_between(const struct finding *finding, size_t i)
{
	const struct tail_position *p = &finding->saved->files[i];
	struct tail_between between = { .path = p->path, .since = p->modified };
	struct tail_file *holder = NULL;
	bool in_place = p->in_place && strcmp(p->place, p->path) == 0;
	struct stat st;

	for (struct tail_file *f = finding->list->first; f && p->found; f = f->next)
		if (strcmp(f->path, p->path) == 0)
			holder = f;
	if (holder && fstat(holder->fd, &st) < 0)
		return;
	/* One that was empty may have been copied and truncated since. */
	if (holder && p->head.len == 0) {
		between.before = holder;
		between.until = holder->head.len ? tail_file_modified(&st) : 0;
		(void)add_between(finding, &between);
	}
	if (in_place)
		return;
	if (holder)
		between = (struct tail_between){ .path = p->path,
						 .since = tail_file_modified(&st) };
	if (add_between(finding, &between) == 0 && p->vanished) {
		struct tail_file *lost = tail_found_lost(p);
		if (lost)
			tail_list_append(finding->list, lost);
	}
}

size_t
tail_saved_apply(struct tail_saved *saved, struct tail_list *list, size_t cap_bytes)
{
	struct finding finding = { .saved = saved,
				   .list = list,
				   .cap_bytes = cap_bytes };

	for (size_t i = 0; i < saved->n; i++)
		saved->files[i].sought = !saved->applied || saved->files[i].pending;
	if (!saved->applied)
		memcpy(list->texts, saved->texts, sizeof(list->texts));
	saved->applied = true;
	for (size_t i = 0; i < saved->n; i++)
		if (saved->files[i].sought)
			find_file(&finding, i);
	tail_parts_done(&finding.parts);
	/* Only now is known what was known. */
	for (size_t i = 0; i < saved->n; i++) {
		const struct tail_position *p = &saved->files[i];
		if (p->sought && !p->foreign && !p->pending &&
		    is_last_of_path(saved, i))
			find_between(&finding, i);
	}
	return count_pending(saved);
}

bool
tail_saved_waits(const struct tail_saved *saved, const char *path)
{
	for (size_t i = 0; saved && i < saved->n; i++)
		if (saved->files[i].pending &&
		    (strcmp(saved->files[i].path, path) == 0 ||
		     strcmp(saved->files[i].place, path) == 0))
			return true;
	return false;
}

enum tail_acquaintance
tail_saved_knows(const struct tail_saved *saved, const char *path,
		 const struct tail_file *file)
{
	for (size_t i = 0; i < saved->n; i++) {
		const struct tail_position *p = &saved->files[i];
		if (p->foreign && p->dev == file->dev && p->ino == file->ino &&
		    p->modified == file->modified)
			return p->fresh ? TAIL_FRESH : TAIL_FOREIGN;
	}
	/* What a pattern matches that had been followed before was made since. */
	for (size_t i = 0; i < saved->n_patterns; i++)
		if (fnmatch(saved->patterns[i], path, FNM_PATHNAME | FNM_PERIOD) == 0)
			return TAIL_NEW;
	return TAIL_UNKNOWN;
}
