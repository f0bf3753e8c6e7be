/* SPDX-License-Identifier: Apache-2.0 */
#include "store/pending.h"

#include "base/text.h"

#include <errno.h>
#include <stdlib.h>

#define TEXTS 4

static void
drop_first(struct pending_list *list)
{
	struct pending *p = list->first;

	list->first = p->next;
	if (!list->first)
		list->last = NULL;
	list->n--;
	list->bytes -= p->bytes;
	list->lost += p->kind == PENDING_TRANSITION;
	free(p);
}

int
pending_add(struct pending_list *list, const struct pending *p)
{
	size_t bytes = sizeof(*p);
	struct pending *copy;
	char *at;

	for (size_t i = 0; i < TEXTS; i++)
		bytes += p->text[i].len;
	copy = malloc(bytes);
	if (!copy)
		return -ENOMEM;
	*copy = *p;
	copy->next = NULL;
	copy->bytes = bytes;
	at = copy->data;
	for (size_t i = 0; i < TEXTS; i++) {
		if (p->text[i].len)
			memcpy(at, p->text[i].ptr, p->text[i].len);
		copy->text[i].ptr = at;
		at += p->text[i].len;
	}
	if (p->kind == PENDING_TRANSITION)
		copy->id_hash = str_hash(p->text[0], 0);
	while (list->first &&
	       (list->n >= PENDING_MAX || list->bytes + bytes > PENDING_MAX_BYTES))
		drop_first(list);
	if (list->last)
		list->last->next = copy;
	else
		list->first = copy;
	list->last = copy;
	list->n++;
	list->bytes += bytes;
	return 0;
}

void
pending_clear(struct pending_list *list)
{
	uint64_t lost = list->lost;

	while (list->first)
		drop_first(list);
	list->lost = lost;
}

bool
pending_has(const struct pending_list *list, struct sv_str id)
{
	uint64_t hash = str_hash(id, 0);

	for (const struct pending *p = list->first; p; p = p->next)
		if (p->kind == PENDING_TRANSITION && p->id_hash == hash &&
		    str_eq(p->text[0], id))
			return true;
	return false;
}
