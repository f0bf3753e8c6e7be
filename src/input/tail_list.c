/* SPDX-License-Identifier: Apache-2.0 */
#include "input/tail_list.h"

#include "base/text.h"

#include <string.h>

/* How long a file that may turn out to be a copy is left alone. */
#define JUDGE_USEC (2 * SV_USEC_PER_SEC)

static bool
same_folder(const char *a, const char *b)
{
	size_t n = (size_t)(tail_base_name(a) - a);

	return n == (size_t)(tail_base_name(b) - b) && strncmp(a, b, n) == 0;
}

void
tail_list_insert(struct tail_list *list, struct tail_file *before,
		 struct tail_file *file)
{
	struct tail_file **at = &list->first;

	while (*at && *at != before)
		at = &(*at)->next;
	file->next = *at;
	*at = file;
	list->n++;
}

void
tail_list_append(struct tail_list *list, struct tail_file *file)
{
	tail_list_insert(list, NULL, file);
}

/* Of a file that grows no more: all of it, if it is shorter. 0: it is empty. */
static uint64_t
text_of(const struct tail_head *head)
{
	return head->len ? str_hash(str_make(head->bytes, head->len), 4) | 1 : 0;
}

bool
tail_list_knows_text(const struct tail_list *list, const struct tail_head *head)
{
	uint64_t text = text_of(head);

	for (size_t i = 0; text && i < TAIL_LIST_TEXTS; i++)
		if (list->texts[i] == text)
			return true;
	return false;
}

static void
remember_text(struct tail_list *list, const struct tail_file *file)
{
	uint64_t text = text_of(&file->head);

	if (!text || !file->opened || tail_list_knows_text(list, &file->head))
		return;
	memmove(list->texts + 1, list->texts,
		(TAIL_LIST_TEXTS - 1) * sizeof(list->texts[0]));
	list->texts[0] = text;
}

void
tail_list_close(struct tail_list *list, struct tail_file *file)
{
	for (struct tail_file **at = &list->first; *at; at = &(*at)->next)
		if (*at == file) {
			*at = file->next;
			break;
		}
	for (struct tail_file *f = list->first; f; f = f->next) {
		if (f->after == file)
			f->after = file->after;
		if (f->heir_of == file)
			f->heir_of = NULL;
	}
	remember_text(list, file);
	if (file->opened && list->sink->closed)
		list->sink->closed(list->sink->user, file->source_user);
	list->n--;
	tail_file_free(file);
}

void
tail_list_reap(struct tail_list *list, struct tail_reading *reading, sv_usec linger)
{
	struct tail_file *next;

	for (struct tail_file *f = list->first; f; f = next) {
		next = f->next;
		bool over = f->orphan && (f->at_end || f->foreign) &&
			    reading->now >= f->growth + linger;
		if ((!over && !f->finished) || f->more_after)
			continue;
		if (f->opened)
			tail_file_finish(f, reading);
		tail_list_close(list, f);
	}
}

bool
tail_list_in_place(const struct tail_file *file)
{
	struct stat st;

	return stat(file->place, &st) == 0 && st.st_dev == file->dev &&
	       st.st_ino == file->ino;
}

struct tail_file *
tail_list_find(const struct tail_list *list, const struct stat *st)
{
	for (struct tail_file *f = list->first; f; f = f->next)
		if (f->dev == st->st_dev && f->ino == st->st_ino)
			return f;
	return NULL;
}

/* Is it the log at `path` or what rotation made of it, or the other way round? */
static bool
is_of_log(const struct tail_file *file, const char *path)
{
	const char *a = tail_base_name(file->place), *b = tail_base_name(path);

	return strcmp(file->path, path) == 0 ||
	       (same_folder(file->place, path) &&
		(strcmp(a, b) == 0 || tail_file_is_rotated_name(a, b) ||
		 tail_file_is_rotated_name(b, a)));
}

struct tail_file *
tail_list_predecessor(const struct tail_list *list, const char *path)
{
	struct tail_file *last = NULL;

	for (struct tail_file *f = list->first; f; f = f->next)
		if (!f->foreign && is_of_log(f, path))
			last = f;
	return last;
}

void
tail_list_order(struct tail_file *file, struct tail_file *older)
{
	file->after = older;
	if (!older)
		return;
	older->dirty = true;
	older->at_end = false;
}

struct tail_file *
tail_list_younger(const struct tail_list *list, const char *path, sv_usec modified)
{
	struct stat st;

	for (struct tail_file *f = list->first; f; f = f->next)
		if (!f->foreign && !f->opened && f->offset == 0 && !f->stand_in &&
		    is_of_log(f, path) && fstat(f->fd, &st) == 0 &&
		    tail_file_modified(&st) > modified)
			return f;
	return NULL;
}

bool
tail_list_make_room(struct tail_list *list)
{
	struct tail_file *oldest = NULL;

	if (list->n < list->max)
		return true;
	for (struct tail_file *f = list->first; f; f = f->next)
		if (f->orphan && f->at_end && (!oldest || f->growth < oldest->growth))
			oldest = f;
	if (!oldest)
		return false;
	tail_list_close(list, oldest);
	return true;
}

void
tail_list_judge(const struct tail_list *list, struct tail_file *file, sv_usec now)
{
	enum tail_copy worst = TAIL_COPY_NO;

	if (!tail_file_look(file)) {
		/* Truncated before it was read: reading will notice. */
		file->judged = true;
		return;
	}
	for (struct tail_file *f = list->first; f && !file->judged; f = f->next) {
		if (f == file || f->foreign || !same_folder(f->place, file->place))
			continue;
		enum tail_copy c = tail_file_compare(file, f);
		worst = c > worst ? c : worst;
	}
	if (worst == TAIL_COPY_YES) {
		file->foreign = true;
		file->judged = true;
	} else if (worst == TAIL_COPY_NO) {
		file->judged = file->head.len > 0;
	} else if (now > file->since + JUDGE_USEC) {
		file->judged = true;
	}
}
