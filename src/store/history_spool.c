/* SPDX-License-Identifier: Apache-2.0 */
#include "store/history_state.h"

#include "base/log.h"
#include "base/text.h"

#include <errno.h>
#include <inttypes.h>
#include <string.h>

/** What is given up is said at most so often. */
#define WORD_EVERY (3600 * SV_USEC_PER_SEC)

static struct backlog *
backlog_of(struct history *h, struct sv_str name)
{
	for (size_t i = 0; i < h->n_backlog; i++)
		if (str_eq(str_of(h->backlog[i].name), name))
			return &h->backlog[i];
	if (h->n_backlog == TALLY_MAX || name.len >= TALLY_NAME_BYTES)
		return NULL;
	struct backlog *b = &h->backlog[h->n_backlog++];
	*b = (struct backlog){ 0 };
	if (name.len)
		memcpy(b->name, name.ptr, name.len);
	return b;
}

/* What a row or a mark that is not in the file yet does to what waits. */
static void
count_pending(struct history *h, const struct pending *p, int sign)
{
	struct backlog *b;

	if (p->kind == PENDING_TRANSITION)
		return;
	b = backlog_of(h, p->text[ROW_OUTPUT]);
	if (b)
		b->pending += p->kind == PENDING_ROW ? sign : -sign;
}

/* Something was given up for the bounds of memory. */
void
history_dropped(void *user, const struct pending *p)
{
	struct history *h = user;
	struct backlog *b;

	count_pending(h, p, -1);
	h->stats.lost += p->kind == PENDING_TRANSITION;
	if (p->kind != PENDING_ROW)
		return;
	b = backlog_of(h, p->text[ROW_OUTPUT]);
	if (b)
		b->lost++;
}

void
history_tally(struct history *history, const struct writer_answer *answer)
{
	int64_t lost = 0;

	/* What was written waits there now, or does not wait any more. */
	for (const struct pending *p = answer->list.first; p && answer->error >= 0;
	     p = p->next)
		count_pending(history, p, -1);

	for (size_t i = 0; answer->opened && i < history->n_backlog; i++) {
		/* What a file held that is not this one went with it. */
		history->backlog[i].lost += history->backlog[i].in_file;
		history->backlog[i].in_file = 0;
	}
	for (size_t i = 0; i < answer->tallies.n; i++) {
		const struct tally *t = &answer->tallies.of[i];
		struct backlog *b = backlog_of(history, str_of(t->name));
		if (!b)
			continue;
		b->in_file += t->waiting;
		b->lost += t->lost - (answer->opened ? t->waiting : 0);
		if (b->lost < 0)
			b->lost = 0;
		lost += t->lost > 0 ? t->lost : 0;
	}
	if (!answer->pruned)
		return;
	history->stats.pruned += answer->pruned;
	history->stats.backlog_dropped += (uint64_t)lost;
	history->dropped_unsaid += (uint64_t)lost;
	if (!history->dropped_unsaid ||
	    (history->next_word && history_monotonic() < history->next_word))
		return;
	history->next_word = history_monotonic() + WORD_EVERY;
	log_error("%s: %" PRIu64 " alerts that were never delivered were given "
		  "up: they are older or more than history_max_age and "
		  "history_max_size allow",
		  history->path, history->dropped_unsaid);
	history->dropped_unsaid = 0;
}

int
history_add(struct history *history, const struct pending *p)
{
	int r = pending_add(&history->pending, p);

	if (r >= 0)
		count_pending(history, p, 1);
	return r;
}

/* The outputs' side. */

static int64_t
spool_put(void *user, const char *output, const struct spool_row *row)
{
	struct history *h = user;
	struct pending p = {
		.kind = PENDING_ROW,
		.row = h->last_row + 1,
		.tag = row->tag,
		.now = row->put,
		.text = { [ROW_OUTPUT] = str_of(output),
			  [ROW_HEAD] = row->head,
			  [ROW_BODY] = row->body,
			  [ROW_TRANSITION] = str_of(h->put) },
	};

	if (!backlog_of(h, str_of(output)) || history_add(h, &p) < 0)
		return 0;
	return ++h->last_row;
}

static void
settle_row(struct history *h, const char *output, int64_t id, enum pending_kind kind)
{
	struct backlog *b = backlog_of(h, str_of(output));
	struct pending p = { .kind = kind,
			     .row = id,
			     .text = { [ROW_OUTPUT] = str_of(output) } };

	if (b && kind == PENDING_DROPPED)
		b->lost++;
	(void)history_add(h, &p); /* without memory it is delivered once more */
}

static void
spool_delivered(void *user, const char *output, int64_t id)
{
	settle_row(user, output, id, PENDING_DELIVERED);
}

static void
spool_dropped(void *user, const char *output, int64_t id)
{
	settle_row(user, output, id, PENDING_DROPPED);
}

/* Marks that are not in the file yet: is there one behind row `after`? */
static bool
has_mark(const struct pending_list *list, struct sv_str output, int64_t after)
{
	for (const struct pending *p = list ? list->first : NULL; p; p = p->next)
		if ((p->kind == PENDING_DELIVERED || p->kind == PENDING_DROPPED) &&
		    p->row > after && str_eq(p->text[ROW_OUTPUT], output))
			return true;
	return false;
}

static bool
has_row(const struct pending_list *list, struct sv_str output)
{
	for (const struct pending *p = list ? list->first : NULL; p; p = p->next)
		if (p->kind == PENDING_ROW && str_eq(p->text[ROW_OUTPUT], output))
			return true;
	return false;
}

static int
spool_load(void *user, const char *output, int64_t after, size_t max,
	   void (*each)(void *each_user, const struct spool_row *row), void *each_user)
{
	struct history *h = user;
	const struct pending_list *writing = writer_list(h->writer);
	struct sv_str name = str_of(output);
	int n;

	/* The file would give what was delivered a moment ago once more. */
	if (!h->reader || has_mark(&h->pending, name, after) ||
	    has_mark(writing, name, after))
		return -EAGAIN;
	n = database_load(h->reader, name, after, max, each, each_user);
	if (n == -EUCLEAN)
		history_distrust(h, "is damaged");
	/* That was not all: the newest are on their way into the file. */
	if (n >= 0 && (size_t)n < max &&
	    (has_row(&h->pending, name) || has_row(writing, name)))
		return -EAGAIN;
	return n;
}

static uint64_t
spool_waiting(void *user, const char *output)
{
	const struct backlog *b = backlog_of(user, str_of(output));
	int64_t n = b ? b->in_file + b->pending : 0;

	return n > 0 ? (uint64_t)n : 0;
}

static uint64_t
spool_lost(void *user, const char *output)
{
	const struct backlog *b = backlog_of(user, str_of(output));

	return b && b->lost > 0 ? (uint64_t)b->lost : 0;
}

/* Before what waits in memory is given up for its bounds, outputs keep theirs. */
static bool
spool_healthy(void *user)
{
	const struct history *h = user;

	return h->open && !h->stats.problem[0] && h->pending.n < PENDING_MAX / 2 &&
	       h->pending.bytes < PENDING_MAX_BYTES / 2;
}

const struct spool *
history_spool(struct history *history)
{
	history->spool = (struct spool){
		.put = spool_put,
		.delivered = spool_delivered,
		.dropped = spool_dropped,
		.load = spool_load,
		.waiting = spool_waiting,
		.lost = spool_lost,
		.healthy = spool_healthy,
		.user = history,
	};
	return &history->spool;
}
