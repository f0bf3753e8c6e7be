/* SPDX-License-Identifier: Apache-2.0 */
#include "input/tail_list.h"

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
tail_list_append(struct tail_list *list, struct tail_file *file)
{
	struct tail_file **end = &list->first;

	while (*end)
		end = &(*end)->next;
	*end = file;
	list->n++;
}

void
tail_list_close(struct tail_list *list, struct tail_file *file)
{
	for (struct tail_file **at = &list->first; *at; at = &(*at)->next)
		if (*at == file) {
			*at = file->next;
			break;
		}
	for (struct tail_file *f = list->first; f; f = f->next)
		if (f->after == file)
			f->after = NULL;
	if (file->opened && list->sink->closed)
		list->sink->closed(list->sink->user, file->source_user);
	list->n--;
	tail_file_free(file);
}

struct tail_file *
tail_list_find(const struct tail_list *list, const struct stat *st)
{
	for (struct tail_file *f = list->first; f; f = f->next)
		if (f->dev == st->st_dev && f->ino == st->st_ino)
			return f;
	return NULL;
}

struct tail_file *
tail_list_predecessor(const struct tail_list *list, const char *path)
{
	struct tail_file *last = NULL;

	for (struct tail_file *f = list->first; f; f = f->next)
		if (!f->foreign && same_folder(f->place, path) &&
		    (strcmp(f->place, path) == 0 ||
		     tail_file_is_rotated_name(tail_base_name(f->place),
					       tail_base_name(path)) ||
		     tail_file_is_rotated_name(tail_base_name(path),
					       tail_base_name(f->place))))
			last = f;
	return last;
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

	tail_file_look(file);
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
