/* SPDX-License-Identifier: Apache-2.0 */
#include "store/pending.h"

#include "base/text.h"

#include <errno.h>
#include <stdlib.h>

static void
free_first(struct pending_list *list)
{
	struct pending *p = list->first;

	list->first = p->next;
	if (!list->first)
		list->last = NULL;
	list->n--;
	list->bytes -= p->bytes;
	list->transitions -= p->kind == PENDING_TRANSITION;
	free(p);
}

static void
drop_first(struct pending_list *list)
{
	if (list->dropped)
		list->dropped(list->user, list->first);
	free_first(list);
}

/* A row without its transition belongs to nothing. */
static void
drop_oldest(struct pending_list *list)
{
	bool transition = list->first->kind == PENDING_TRANSITION;

	drop_first(list);
	while (transition && list->first && list->first->kind == PENDING_ROW)
		drop_first(list);
}

static void
keep_bounds(struct pending_list *list)
{
	/* The newest stays, whatever its size. */
	while (list->first != list->last &&
	       (list->n > PENDING_MAX || list->bytes > PENDING_MAX_BYTES))
		drop_oldest(list);
}

static struct pending *
copy_of(const struct pending *p)
{
	size_t bytes = sizeof(*p);
	struct pending *copy;
	char *at;

	for (size_t i = 0; i < PENDING_TEXTS; i++)
		bytes += p->text[i].len;
	copy = malloc(bytes);
	if (!copy)
		return NULL;
	*copy = *p;
	copy->next = NULL;
	copy->bytes = bytes;
	at = copy->data;
	for (size_t i = 0; i < PENDING_TEXTS; i++) {
		if (p->text[i].len)
			memcpy(at, p->text[i].ptr, p->text[i].len);
		copy->text[i].ptr = at;
		at += p->text[i].len;
	}
	if (p->kind == PENDING_TRANSITION)
		copy->id_hash = str_hash(p->text[TRANSITION_ID], 0);
	return copy;
}

int
pending_add(struct pending_list *list, const struct pending *p)
{
	struct pending *copy = copy_of(p);

	if (!copy)
		return -ENOMEM;
	if (list->last)
		list->last->next = copy;
	else
		list->first = copy;
	list->last = copy;
	list->n++;
	list->bytes += copy->bytes;
	list->transitions += p->kind == PENDING_TRANSITION;
	keep_bounds(list);
	return 0;
}

void
pending_join(struct pending_list *list, struct pending_list *before)
{
	if (!before->first)
		return;
	before->last->next = list->first;
	if (!list->first)
		list->last = before->last;
	list->first = before->first;
	list->n += before->n;
	list->bytes += before->bytes;
	list->transitions += before->transitions;
	before->first = before->last = NULL;
	before->n = before->bytes = before->transitions = 0;
	keep_bounds(list);
}

void
pending_move(struct pending_list *list, struct pending_list *to)
{
	*to = *list;
	list->first = list->last = NULL;
	list->n = list->bytes = list->transitions = 0;
}

void
pending_clear(struct pending_list *list)
{
	while (list->first)
		free_first(list);
}

bool
pending_has(const struct pending_list *list, struct sv_str id)
{
	uint64_t hash = str_hash(id, 0);

	for (const struct pending *p = list->first; p; p = p->next)
		if (p->kind == PENDING_TRANSITION && p->id_hash == hash &&
		    str_eq(p->text[TRANSITION_ID], id))
			return true;
	return false;
}
