/* SPDX-License-Identifier: Apache-2.0 */
#include "input/tail_turn.h"

#include <limits.h>
#include <stdio.h>

static sv_usec
modified_now(const struct tail_file *file)
{
	struct stat st;

	return fstat(file->fd, &st) == 0 ? tail_file_modified(&st) : file->modified;
}

/* What came before the beginning that the file has now is no younger than the file, but
 * what came after it may be: perhaps it was renamed. 0: it has none yet. */
static sv_usec
until_of(const struct tail_file *file)
{
	return file->head.len ? modified_now(file) : 0;
}

/* File times go in steps of the timer interrupt. */
#define TICK_USEC (20 * SV_USEC_PER_MSEC)

void
tail_turn_away(struct tail_list *list, const char *path, const struct tail_file *holder,
	       sv_usec looked, size_t cap_bytes)
{
	struct tail_parts parts = { 0 };
	struct tail_between between = { .path = path,
					.since = looked - TICK_USEC,
					.parts = &parts,
					.holder = holder,
					.cap_bytes = cap_bytes };

	for (const struct tail_file *f = list->first; f; f = f->next)
		if (strcmp(f->path, path) == 0 && !f->stand_in)
			between.since = modified_now(f);
	tail_parts_find(&parts, path, &list->patterns);
	(void)tail_found_between(list, &between);
	tail_parts_done(&parts);
}

/* By then a log that was renamed is made anew. */
#define TURN_USEC (5 * SV_USEC_PER_SEC)

bool
tail_turn_is_under_way(const struct tail_file *file, sv_usec now)
{
	struct stat st;

	return file->orphan && !file->stand_in && now < file->growth + TURN_USEC &&
	       fstat(file->fd, &st) == 0 && st.st_nlink > 0;
}

bool
tail_turn_on(struct tail_list *list, size_t cap_bytes)
{
	bool any = false;

	for (struct tail_file *f = list->first; f; f = f->next) {
		if (!f->more_after || !f->at_end)
			continue;
		f->more_after = false;
		tail_turn_away(list, f->path, NULL, 0, cap_bytes);
		any = true;
	}
	return any;
}

bool
tail_turn_waits(const struct tail_list *list, const char *path)
{
	for (const struct tail_file *f = list->first; f; f = f->next)
		if (f->more_after && strcmp(f->path, path) == 0)
			return true;
	return false;
}

void
tail_turn_begun(struct tail_list *list, struct tail_file *file, size_t cap_bytes)
{
	struct tail_parts parts = { 0 };
	struct tail_between between = { .path = file->path,
					.since = file->modified,
					.until = until_of(file),
					.parts = &parts,
					.before = file,
					.cap_bytes = cap_bytes };

	tail_parts_find(&parts, file->path, &list->patterns);
	(void)tail_found_between(list, &between);
	tail_parts_done(&parts);
}

/* The copy goes on as the source that the truncated file was. */
static void
hand_over(struct tail_list *list, struct tail_file *file, struct tail_file *copy)
{
	struct tail_file *known = tail_list_find(
		list, &(struct stat){ .st_dev = copy->dev, .st_ino = copy->ino });
	char *name = copy->name;

	/* It may have been found as a file that matches, too. */
	if (known && known != file && !known->opened)
		tail_list_close(list, known);
	copy->name = file->name; /* what the source was told */
	file->name = name;
	copy->source = file->source;
	copy->source.path = copy->path;
	copy->source_user = file->source_user;
	copy->opened = file->opened;
	copy->since = copy->growth = file->growth;
	file->opened = false;
	file->source_user = NULL;
	file->source.id = 0;
	copy->dirty = true;
	tail_list_insert(list, file, copy);
	file->after = copy;
}

void
tail_turn_over(struct tail_list *list, struct tail_file *file,
	       struct tail_reading *reading)
{
	size_t cap_bytes = reading->lines->cap_bytes;
	struct tail_parts parts = { 0 };
	struct tail_position position;
	struct tail_file *copy;
	char real[PATH_MAX], text[PATH_MAX + 128];
	struct tail_between between = { .path = file->path,
					.since = file->modified,
					.parts = &parts,
					.before = file,
					.cap_bytes = cap_bytes };

	tail_position_of(file, real, &position);
	tail_parts_find(&parts, file->place, &list->patterns);
	copy = tail_found_in_parts(&position, &parts, cap_bytes);
	if (copy) {
		hand_over(list, file, copy);
		between.since = modified_now(copy);
	} else {
		(void)snprintf(text, sizeof(text),
			       "%s: truncated; what was written to it since it was "
			       "last read is missing",
			       file->path);
		tail_file_tell_gap(file, reading, text);
	}
	/* First its beginning, then what lies before it: so nothing comes in between. */
	tail_file_begin_anew(file);
	between.until = until_of(file);
	(void)tail_parts_renew(&parts);
	(void)tail_found_between(list, &between);
	tail_parts_done(&parts);
	reading->stats->reopened++;
	file->at_end = false;
}
