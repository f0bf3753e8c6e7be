/* SPDX-License-Identifier: Apache-2.0 */
#include "store/history_state.h"

#include "base/log.h"
#include "base/text.h"

#include <errno.h>
#include <inttypes.h>
#include <string.h>

/** What is given up is said at most so often. */
#define WORD_EVERY (3600 * SV_USEC_PER_SEC)
/** Marks that are not in the file yet; beyond them nothing is given out. */
#define MARKS_MAX 4000

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

static void
note_in_file(struct history *h, struct sv_str name, int64_t row)
{
	struct backlog *b = backlog_of(h, name);

	if (!b)
		return;
	if (row > b->newest_in_file)
		b->newest_in_file = row;
	if (row > b->newest)
		b->newest = row;
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
	     p = p->next) {
		count_pending(history, p, -1);
		if (p->kind == PENDING_ROW)
			note_in_file(history, p->text[ROW_OUTPUT], p->row);
	}

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
		if (answer->opened && t->waiting > 0)
			note_in_file(history, str_of(t->name), answer->last_row);
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

	struct backlog *b = backlog_of(h, str_of(output));

	if (!b || history_add(h, &p) < 0)
		return 0;
	b->newest = ++h->last_row;
	return h->last_row;
}

static void
settle_row(struct history *h, const char *output, int64_t id, enum pending_kind kind)
{
	struct pending p = { .kind = kind,
			     .row = id,
			     .text = { [ROW_OUTPUT] = str_of(output) } };

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

/* A mark of the row that is not in the file yet. */
static bool
is_marked(const struct pending_list *list, int64_t row)
{
	for (const struct pending *p = list ? list->first : NULL; p; p = p->next)
		if ((p->kind == PENDING_DELIVERED || p->kind == PENDING_DROPPED) &&
		    p->row == row)
			return true;
	return false;
}

static bool
has_mark(const struct pending_list *list, int64_t after)
{
	for (const struct pending *p = list ? list->first : NULL; p; p = p->next)
		if ((p->kind == PENDING_DELIVERED || p->kind == PENDING_DROPPED) &&
		    p->row > after)
			return true;
	return false;
}

/* Rows on their way to whoever asked for them. */
struct loading {
	const struct pending_list *lists[2]; /* being written, to be written */
	bool marks;                          /* some row behind `after` has one */
	void (*each)(void *user, const struct spool_row *row);
	void *user;
	int given;
	int64_t last; /* row looked at */
};

static void
give(void *user, const struct spool_row *row)
{
	struct loading *l = user;

	l->last = row->id;
	if (l->marks &&
	    (is_marked(l->lists[0], row->id) || is_marked(l->lists[1], row->id)))
		return;
	l->each(l->user, row);
	l->given++;
}

static int
load_file(struct history *h, struct sv_str name, size_t max, struct loading *l)
{
	int n;

	if (!h->reader)
		return history_trouble(h) ? 0 : -EAGAIN;
	do
		n = database_load(h->reader, name, l->last, max, give, l);
	while (n == (int)max && !l->given);
	if (n == -EUCLEAN)
		history_distrust(h, "is damaged");
	return n;
}

/* Rows that the file cannot be given at the moment; all are behind those in it. */
static void
load_list(const struct pending_list *list, struct sv_str name, size_t max,
	  struct loading *l)
{
	for (const struct pending *p = list ? list->first : NULL;
	     p && (size_t)l->given < max; p = p->next) {
		const struct spool_row row = { .id = p->row,
					       .tag = p->tag,
					       .put = p->now,
					       .head = p->text[ROW_HEAD],
					       .body = p->text[ROW_BODY] };
		if (p->kind == PENDING_ROW && p->row > l->last &&
		    str_eq(p->text[ROW_OUTPUT], name))
			give(l, &row);
	}
}

/* Marks are handed over before they are many: so much at most comes twice after a crash.
 */
static bool
hand_over_marks(struct history *h)
{
	const struct pending_list *writing;

	if (h->pending.n > MARKS_MAX / 2)
		h->news = history_commit(h, history_clock());
	writing = writer_list(h->writer);
	h->put_off = !history_trouble(h) &&
		     h->pending.n + (writing ? writing->n : 0) > MARKS_MAX;
	return !h->put_off;
}

static int
spool_load(void *user, const char *output, int64_t after, size_t max,
	   void (*each)(void *each_user, const struct spool_row *row), void *each_user)
{
	struct history *h = user;
	struct loading l = { .each = each, .user = each_user, .last = after };
	int n;

	if (!hand_over_marks(h))
		return -EAGAIN;
	l.lists[0] = writer_list(h->writer);
	l.lists[1] = &h->pending;
	l.marks = has_mark(l.lists[0], after) || has_mark(l.lists[1], after);
	n = load_file(h, str_of(output), max, &l);
	if (n < 0)
		return n;
	for (size_t i = 0; i < 2 && (size_t)n < max && history_trouble(h); i++)
		load_list(l.lists[i], str_of(output), max, &l);
	return l.given;
}

/* What can be sent: it is safe, or cannot be made so at the moment. */
static int64_t
spool_newest(void *user, const char *output)
{
	struct history *h = user;
	const struct backlog *b = backlog_of(h, str_of(output));

	if (!b)
		return 0;
	return history_trouble(h) ? b->newest : b->newest_in_file;
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

static void
spool_each(void *user,
	   void (*each)(void *each_user, const char *output, uint64_t waiting),
	   void *each_user)
{
	struct history *h = user;

	for (size_t i = 0; i < h->n_backlog; i++) {
		uint64_t n = spool_waiting(h, h->backlog[i].name);
		if (n)
			each(each_user, h->backlog[i].name, n);
	}
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
		.newest = spool_newest,
		.each = spool_each,
		.user = history,
	};
	return &history->spool;
}
