/* SPDX-License-Identifier: Apache-2.0 */
#include "input/input.h"

#include "base/text.h"
#include "input/again.h"
#include "input/clock.h"
#include "input/entry.h"
#include "input/journal_place.h"
#include "input/strings.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

/* journald tells of new entries up to 250 ms late, but they can be read at once. */
#define TICK_USEC (50 * SV_USEC_PER_MSEC)

#define RETRY_USEC (2 * SV_USEC_PER_SEC)
#define BUDGET 2000

/* Units whose entries were seen, to tell whose suppressed messages concern us. */
#define MAX_SEEN_UNITS 32

struct journal {
	struct input input;
	struct journal_spec spec;
	char *title, *name, *name_space, *directory;
	char **units, **identifiers;
	sd_event *loop;
	struct input_sink sink;
	sd_event_source *io, *timer, *more;
	struct journal_place place;
	struct entry entry;
	enum input_from from; /* where to begin when there is no cursor */
	sv_usec next_check;   /* monotonic: of the journal's folders */
	bool told, discontinuous;
	struct input_source source;
	void *source_user;
	struct sv_str saved; /* what the sink saved of it, until opened; owned */
	uint64_t seen_units[MAX_SEEN_UNITS];
	size_t n_seen_units;
	struct input_stats stats;
};

__attribute__((format(printf, 2, 3))) static void
problem_set(struct journal *journal, const char *format, ...)
{
	va_list ap;

	va_start(ap, format);
	(void)vsnprintf(journal->stats.problem, sizeof(journal->stats.problem), format,
			ap);
	va_end(ap);
}

/* ---- whose gap is it ---- */

static void
see_unit(struct journal *journal, struct sv_str unit)
{
	uint64_t hash = str_hash(unit, 0);

	if (!unit.len || journal->n_seen_units == MAX_SEEN_UNITS)
		return;
	for (size_t i = 0; i < journal->n_seen_units; i++)
		if (journal->seen_units[i] == hash)
			return;
	journal->seen_units[journal->n_seen_units++] = hash;
}

/* Is `unit` the service of that name, with or without its ending? */
static bool
is_unit(struct sv_str unit, const char *name)
{
	struct sv_str stem = unit;
	const char *dot = unit.len ? memrchr(unit.ptr, '.', unit.len) : NULL;

	if (dot)
		stem.len = (size_t)(dot - unit.ptr);
	return str_eq(unit, str_of(name)) || str_eq(stem, str_of(name));
}

/* What journald suppressed of other services is no gap of ours. */
static bool
concerns_us(const struct journal *journal, const struct sv_record *record)
{
	const struct journal_spec *spec = &journal->spec;
	uint64_t hash = str_hash(record->unit, 0);

	if (!record->unit.len || (!spec->n_units && !spec->n_identifiers))
		return true;
	for (size_t i = 0; i < spec->n_units; i++)
		if (is_unit(record->unit, spec->units[i]))
			return true;
	for (size_t i = 0; i < spec->n_identifiers; i++)
		if (is_unit(record->unit, spec->identifiers[i]))
			return true;
	for (size_t i = 0; i < journal->n_seen_units; i++)
		if (journal->seen_units[i] == hash)
			return true;
	return false;
}

/* ---- delivering ---- */

static void
deliver(struct journal *journal, struct sv_record *record)
{
	sv_usec now = clock_now(CLOCK_REALTIME);

	if (journal->discontinuous)
		record->flags |= SV_RECORD_DISCONTINUOUS;
	journal->discontinuous = false;
	journal->stats.records++;
	journal->stats.bytes += record->text.len;
	journal->stats.cut = journal->entry.cut;
	journal->stats.gaps += (record->flags & SV_RECORD_GAP) != 0;
	journal->stats.last_record = now;
	journal->stats.lag = now > record->time ? now - record->time : 0;
	journal->sink.record(journal->sink.user, journal->source_user, record);
}

/* Entries were removed before we read them: between `place.lost_from` and `time`. */
static void
deliver_loss(struct journal *journal, sv_usec time)
{
	struct journal_place *place = &journal->place;
	char text[JOURNAL_PLACE_LOSS_BYTES];

	journal_place_words_of_loss(place, time, text);
	struct sv_record gap = {
		.text = str_of(text),
		.flags = SV_RECORD_WHOLE | SV_RECORD_GAP,
		.time = time,
		.time_source = SV_TIME_JOURNAL,
		.gap = SV_GAP_LOST,
		.lost = place->n_lost,
	};
	place->loss = false;
	place->n_lost = 0;
	journal->discontinuous = true;
	deliver(journal, &gap);
	journal->discontinuous = true;
}

/* False: the sink does not want it yet; it stays where it is. */
static bool
take_entry(struct journal *journal)
{
	const struct input_sink *sink = &journal->sink;
	struct journal_place *place = &journal->place;
	struct sv_record record;
	bool has_text =
		entry_read(&journal->entry, place->journal, &record) == ENTRY_RECORD;

	if (has_text && sink->hold &&
	    sink->hold(sink->user, journal->source_user, &record)) {
		place->standing = true;
		return false;
	}
	/* For each entry, although it costs a quarter of it: when a file is removed in
	 * the midst of a batch, only this tells where to go on. */
	journal_place_mark(place);
	if (!has_text)
		return true;
	if (place->cursor)
		record.cursor = str_of(place->cursor);
	if (place->loss)
		deliver_loss(journal, record.time);
	if (record.flags & SV_RECORD_GAP) {
		if (!concerns_us(journal, &record))
			return true;
	} else if (journal->spec.n_identifiers) {
		see_unit(journal, record.unit);
	}
	deliver(journal, &record);
	return true;
}

/* 1: there may be more, 0: all is read, negative errno. */
static int
drain(struct journal *journal)
{
	struct journal_place *place = &journal->place;
	unsigned taken = 0;
	int r = journal_place_refresh(place);

	while (r >= 0 && taken < BUDGET) {
		r = journal_place_next(place);
		if (r <= 0)
			break;
		place->at_end = false;
		if (!take_entry(journal))
			break;
		taken++;
	}
	journal->stats.reopened = place->renewed;
	if (r == 0 && place->loss)
		deliver_loss(journal, clock_now(CLOCK_REALTIME));
	return r;
}

/* ---- opening ---- */

static void
close_journal(struct journal *journal)
{
	journal->io = sd_event_source_disable_unref(journal->io);
	journal_place_close(&journal->place);
}

static int on_io(sd_event_source *source, int fd, uint32_t revents, void *user);

static void
say_missing(struct journal *journal, int error)
{
	if (journal_place_is_forbidden(&journal->spec))
		problem_set(journal,
			    "the journal may not be read: add the daemon's user to the "
			    "group systemd-journal");
	else if (error == -ENOENT && journal->spec.directory[0])
		problem_set(journal, "no journal in %.100s yet: waiting for it",
			    journal->spec.directory);
	else if (error == -ENOENT)
		problem_set(journal, "no journal yet: waiting for it (is "
				     "systemd-journald running?)");
	else
		problem_set(journal, "cannot open the journal: %.100s",
			    strerror(-error));
}

static void
drop_saved(struct journal *journal)
{
	free((void *)(uintptr_t)journal->saved.ptr);
	journal->saved = journal->source.saved = (struct sv_str){ 0 };
}

static int
open_journal(struct journal *journal)
{
	bool goes_on = journal->place.cursor != NULL;
	int r = journal_place_open(&journal->place, journal->from);

	if (r >= 0)
		r = sd_event_add_io(journal->loop, &journal->io,
				    sd_journal_get_fd(journal->place.journal), EPOLLIN,
				    on_io, journal);
	if (r < 0) {
		/* What a journal holds that appears later is new. One that we are let
		 * into later is not. */
		if (r == -ENOENT && !journal_place_is_forbidden(&journal->spec))
			journal->from = INPUT_FROM_BEGINNING;
		say_missing(journal, r);
		close_journal(journal);
		return r;
	}
	(void)sd_journal_set_data_threshold(journal->place.journal,
					    journal->entry.cap_bytes + 64);
	journal->from = INPUT_FROM_BEGINNING;
	/* Behind the entry that was taken last nothing is missing but what is told: what
	 * was under way before a restart goes on. */
	journal->discontinuous = !goes_on;
	if (journal_place_is_forbidden(&journal->spec))
		say_missing(journal, 0);
	else
		journal->stats.problem[0] = '\0';
	if (!journal->told && journal->sink.opened) {
		journal->source.reference = clock_now(CLOCK_REALTIME);
		journal->source.saved = journal->saved;
		journal->source_user =
			journal->sink.opened(journal->sink.user, &journal->source);
		drop_saved(journal);
	}
	journal->told = true;
	return 0;
}

/* ---- the loop ---- */

static void
check_folders(struct journal *journal)
{
	sv_usec now = clock_now(CLOCK_MONOTONIC);

	if (now < journal->next_check)
		return;
	journal->next_check = now + RETRY_USEC;
	if (journal->place.journal && journal_place_is_stale(&journal->place)) {
		close_journal(journal);
		journal->place.renewed++;
	}
	if (!journal->place.journal)
		(void)open_journal(journal);
}

static int on_more(sd_event_source *source, void *user);

static void
tick(struct journal *journal)
{
	bool was_caught_up = journal->stats.caught_up;
	uint64_t records = journal->stats.records;

	check_folders(journal);
	if (!journal->place.journal)
		return;
	int r = drain(journal);
	if (r == -ESTALE) {
		close_journal(journal);
		r = open_journal(journal) < 0 ? 0 : 1;
	}
	if (r < 0 && r != -EBADMSG) {
		problem_set(journal, "reading the journal failed: %.80s; trying again",
			    strerror(-r));
		close_journal(journal);
	}
	journal->stats.caught_up = r == 0;
	if (r == 0 && (!was_caught_up || journal->stats.records != records) &&
	    journal->sink.caught_up)
		journal->sink.caught_up(journal->sink.user, journal->source_user);
	if (r > 0)
		(void)again_at_next_turn(journal->loop, &journal->more, on_more,
					 journal);
}

static int
on_io(sd_event_source *source, int fd, uint32_t revents, void *user)
{
	(void)source, (void)fd, (void)revents;
	tick(user);
	return 0;
}

static int
on_more(sd_event_source *source, void *user)
{
	(void)source;
	tick(user);
	return 0;
}

static int
on_timer(sd_event_source *source, uint64_t due, void *user)
{
	struct journal *journal = user;

	(void)due;
	tick(journal);
	int r = sd_event_source_set_time(
		source, clock_now(CLOCK_MONOTONIC) +
				(journal->place.journal ? TICK_USEC : RETRY_USEC));
	return r < 0 ? r : sd_event_source_set_enabled(source, SD_EVENT_ONESHOT);
}

static void
journal_stop(struct input *input)
{
	struct journal *journal = (struct journal *)input;

	journal->timer = sd_event_source_disable_unref(journal->timer);
	journal->more = sd_event_source_disable_unref(journal->more);
	close_journal(journal);
	if (journal->told && journal->sink.closed)
		journal->sink.closed(journal->sink.user, journal->source_user);
	journal->told = false;
}

static int
journal_start(struct input *input)
{
	struct journal *journal = (struct journal *)input;
	int r = sd_event_add_time(journal->loop, &journal->timer, CLOCK_MONOTONIC,
				  clock_now(CLOCK_MONOTONIC), SV_USEC_PER_MSEC,
				  on_timer, journal);

	if (r >= 0)
		r = again_at_next_turn(journal->loop, &journal->more, on_more, journal);
	if (r < 0) {
		journal_stop(input);
		return r;
	}
	/* The place is taken now, not at the first turn of the loop. */
	journal->next_check = clock_now(CLOCK_MONOTONIC) + RETRY_USEC;
	(void)open_journal(journal);
	return 0;
}

static void
journal_stats(const struct input *input, struct input_stats *ret_stats)
{
	*ret_stats = ((const struct journal *)input)->stats;
}

/* ---- saving and restoring ---- */

#define FORMAT 2u
#define CURSOR_MAX_BYTES 4096

static void
save_blob(void *user, struct pack *out)
{
	const struct journal *journal = user;

	if (journal->told && journal->sink.save)
		journal->sink.save(journal->sink.user, journal->source_user, out);
	else
		pack_bytes(out, journal->saved.ptr, journal->saved.len);
}

static void
journal_save(const struct input *input, struct pack *out)
{
	struct journal copy = *(const struct journal *)input;

	pack_u32(out, FORMAT);
	pack_str(out, str_of(copy.place.cursor ? copy.place.cursor : ""));
	pack_u8(out, copy.place.at_end);
	pack_u64(out, copy.place.end_time);
	pack_bytes(out, copy.place.boot.bytes, sizeof(copy.place.boot.bytes));
	pack_u8(out, (uint8_t)(copy.place.set_back | copy.place.rest_read << 1));
	pack_u8(out, copy.from == INPUT_FROM_BEGINNING);
	pack_u32(out, (uint32_t)copy.n_seen_units);
	for (size_t i = 0; i < copy.n_seen_units; i++)
		pack_u64(out, copy.seen_units[i]);
	pack_blob(out, save_blob, &copy);
}

static bool
take_cursor(struct journal *journal, struct sv_str cursor)
{
	char *copy;

	if (!cursor.len)
		return true; /* nothing of ours was read yet */
	copy = strndup(cursor.ptr, cursor.len);
	if (!copy)
		return false;
	free(journal->place.cursor);
	journal->place.cursor = copy;
	return true;
}

static int
journal_restore(struct input *input, struct unpack *in)
{
	struct journal *journal = (struct journal *)input;
	uint64_t units[MAX_SEEN_UNITS];
	struct sv_str cursor, blob;
	uint32_t format = unpack_u32(in), n;
	bool at_end, beginning;
	sv_usec end_time;
	uint8_t flags;
	const void *boot;
	char *copy;

	cursor = unpack_str(in);
	at_end = unpack_u8(in) == 1;
	end_time = unpack_u64(in);
	boot = unpack_bytes(in, sizeof(journal->place.boot.bytes));
	flags = unpack_u8(in);
	beginning = unpack_u8(in) == 1;
	n = unpack_u32(in);
	for (uint32_t i = 0; i < n && i < MAX_SEEN_UNITS; i++)
		units[i] = unpack_u64(in);
	blob = unpack_blob(in);
	if (!unpack_ok(in) || format != FORMAT || n > MAX_SEEN_UNITS ||
	    cursor.len > CURSOR_MAX_BYTES)
		return -EBADMSG;
	copy = malloc(blob.len + 1);
	if (!copy || !take_cursor(journal, cursor)) {
		free(copy);
		return -ENOMEM;
	}
	if (blob.len)
		memcpy(copy, blob.ptr, blob.len);
	journal->saved = str_make(copy, blob.len);
	journal->place.at_end = at_end;
	journal->place.end_time = end_time;
	memcpy(journal->place.boot.bytes, boot, sizeof(journal->place.boot.bytes));
	journal->place.set_back = flags & 1;
	journal->place.rest_read = flags >> 1 & 1;
	if (beginning)
		journal->from = INPUT_FROM_BEGINNING;
	memcpy(journal->seen_units, units, n * sizeof(units[0]));
	journal->n_seen_units = n;
	return 0;
}

/* ---- making and unmaking ---- */

static void
journal_free(struct input *input)
{
	struct journal *journal = (struct journal *)input;

	journal_stop(input);
	drop_saved(journal);
	journal_place_done(&journal->place);
	entry_done(&journal->entry);
	strings_free(journal->units);
	strings_free(journal->identifiers);
	free(journal->title);
	free(journal->name);
	free(journal->name_space);
	free(journal->directory);
	sd_event_unref(journal->loop);
	free(journal);
}

static const struct input_ops journal_ops = {
	.kind = "journal",
	.start = journal_start,
	.stop = journal_stop,
	.stats = journal_stats,
	.save = journal_save,
	.restore = journal_restore,
	.free = journal_free,
};

static bool
copy_spec(struct journal *journal, const struct journal_spec *spec)
{
	journal->title = strdup(spec->title ? spec->title : "");
	journal->name_space = strdup(spec->name_space ? spec->name_space : "");
	journal->directory = strdup(spec->directory ? spec->directory : "");
	journal->units = strings_copy(spec->units, spec->n_units);
	journal->identifiers = strings_copy(spec->identifiers, spec->n_identifiers);
	journal->place.cursor = spec->cursor ? strdup(spec->cursor) : NULL;
	if (!journal->title || !journal->name_space || !journal->directory ||
	    !journal->units || !journal->identifiers ||
	    (spec->cursor && !journal->place.cursor) ||
	    asprintf(&journal->name, "journal%s%s", journal->title[0] ? ":" : "",
		     journal->title) < 0)
		return false;
	journal->spec = (struct journal_spec){
		.title = journal->title,
		.units = (const char *const *)journal->units,
		.n_units = spec->n_units,
		.identifiers = (const char *const *)journal->identifiers,
		.n_identifiers = spec->n_identifiers,
		.name_space = journal->name_space,
		.directory = journal->directory,
		.from = spec->from,
	};
	journal->from = spec->from;
	return true;
}

int
journal_new(const struct journal_spec *spec, sd_event *loop,
	    const struct input_sink *sink, struct input **ret_input)
{
	struct journal *journal = calloc(1, sizeof(*journal));

	if (!journal)
		return -ENOMEM;
	journal->input.ops = &journal_ops;
	journal->loop = sd_event_ref(loop);
	journal->sink = *sink;
	if (entry_init(&journal->entry, SV_RECORD_MAX_BYTES) < 0 ||
	    !copy_spec(journal, spec)) {
		journal_free(&journal->input);
		return -ENOMEM;
	}
	journal->input.title = journal->title;
	journal->place.spec = &journal->spec;
	journal->source.name = journal->name;
	journal->source.id = (uint32_t)str_hash(str_of(journal->name), 2);
	*ret_input = &journal->input;
	return 0;
}

const char *
journal_cursor(const struct input *input)
{
	return ((const struct journal *)input)->place.cursor;
}
