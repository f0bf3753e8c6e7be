/* SPDX-License-Identifier: Apache-2.0 */
#include "source.h"

#include "base/log.h"
#include "base/text.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

/** Lines in a row without a known one: the wrong file, or a log that changed. */
#define DRIFT_LINES 100
/** Stamps further ahead of the clock than this are not believed, and stamps further off
 *  than this are a trouble of their own. */
#define SKEW_MAX (2 * 60 * SV_USEC_PER_SEC)
/** A file that was rotated away is written to for a while. Later than that it goes on
 *  beside the new one. */
#define SUCCESSION (15 * 60 * SV_USEC_PER_SEC)
/** Nobody listens for longer between two ticks. */
#define PASSED_MAX (10 * SV_USEC_PER_SEC)

static const enum sv_gap trouble_kinds[SOURCE_TROUBLES] = {
	[SOURCE_UNRECOGNISED] = SV_GAP_UNRECOGNISED,
	[SOURCE_SKEW] = SV_GAP_SKEW,
	[SOURCE_SILENT] = SV_GAP_SILENT,
	[SOURCE_FAILED] = SV_GAP_UNREADABLE,
};

/* A stamp of the future (a wrong time zone, a PBX whose clock is off) would carry event
 * time away and make everything else late: such an event happens now. */
static void
emit(void *user, const struct sv_event *raw)
{
	struct source *source = user;
	sv_usec clock = source->clock;
	struct sv_event now = *raw;

	if (raw->time && raw->outcome != SV_GAP && (source->live || raw->time > clock))
		source->skew = (int64_t)(raw->time - clock);
	if (!clock || raw->time <= clock + SKEW_MAX) {
		source->raw(source->user, raw);
		return;
	}
	now.time = clock;
	now.time_source = SV_TIME_RECEIVED;
	source->raw(source->user, &now);
}

int
source_new(const struct source_spec *spec, struct source **ret_source)
{
	struct source *source = calloc(1, sizeof(*source));
	struct stream_spec stream = spec->stream;
	int r;

	if (!source)
		return -ENOMEM;
	(void)snprintf(source->name, sizeof(source->name), "%s", spec->stream.source);
	source->family = spec->path ? source_family(spec->path) : 0;
	source->clock = spec->clock;
	source->silence = spec->silence;
	source->problem = source->failed;
	habit_init(&source->habit, spec->clock);
	source->reference = spec->stream.stamps.reference;
	source->raw = spec->raw;
	source->user = spec->user;
	stream.source = source->name;
	stream.emit = emit;
	stream.user = source;
	r = stream_new(&stream, &source->stream);
	if (r == -ENOENT)
		(void)snprintf(source->failed, sizeof(source->failed),
			       "no dialect '%s'; all dialects: sipvigil dialects",
			       stream.dialect ? stream.dialect : "");
	else if (r < 0)
		(void)snprintf(source->failed, sizeof(source->failed),
			       "cannot be read: %s", strerror(-r));
	if (r < 0)
		log_error("%s: %s", source->name, source->failed);
	*ret_source = source;
	return 0;
}

void
source_free(struct source *source)
{
	if (!source)
		return;
	stream_free(source->stream);
	shapes_free(source->shapes);
	shapes_free(source->lately);
	free(source);
}

void
source_change(struct source *source, const struct registry *registry)
{
	if (!source->stream)
		return;
	stream_change(source->stream, registry);
	/* names of dialects in it were the old registry's */
	stream_stats_get(source->stream, &source->stats);
}

void
source_looks_at(struct source *source, const struct sv_record *record)
{
	sv_usec time = stream_time_of(source->stream, record);

	sv_usec newest =
		source->clock > source->reference ? source->clock : source->reference;

	/* A line whose text tells no time, or one that is not believed, goes with the
	 * one before it. */
	if ((record->time_source == SV_TIME_RECEIVED && time == record->time) ||
	    time > newest + SKEW_MAX)
		return;
	if (time > source->reached)
		source->reached = time;
}

static void
note_shape(struct shapes **shapes, size_t cap, struct sv_str line)
{
	if (!*shapes)
		*shapes = shapes_new(cap);
	if (*shapes)
		shapes_add(*shapes, line);
}

void
source_feed(struct source *source, const struct sv_record *record)
{
	if (!source->stream)
		return;
	source->caught_up = false;
	source->cut += (record->flags & SV_RECORD_TRUNCATED) != 0;
	if (record->flags & SV_RECORD_GAP)
		log_warning("%s: %.*s", source->name, (int)record->text.len,
			    record->text.ptr);
	(void)stream_feed(source->stream, record);
	if (!stream_is_unknown(source->stream))
		return;
	note_shape(&source->shapes, SOURCE_SHAPES, stream_text(source->stream));
	note_shape(&source->lately, SOURCE_SHAPES_LATELY, stream_text(source->stream));
}

static void
save_stream(void *user, struct pack *out)
{
	stream_save(user, out);
}

#define FORMAT 3u

void
source_save(const struct source *source, struct pack *out)
{
	pack_u32(out, FORMAT);
	pack_u64(out, source->unknown);
	pack_u8(out, source->succeeded);
	habit_save(&source->habit, out);
	drift_save(&source->drift, out);
	pack_u8(out, source->stream != NULL);
	if (source->stream)
		pack_blob(out, save_stream, source->stream);
}

static uint64_t
known_lines(const struct stream_stats *stats)
{
	return stats->events + stats->skipped;
}

int
source_load(struct source *source, struct sv_str saved)
{
	struct unpack in = unpack_of(saved), stream;
	bool has_stream, same = unpack_u32(&in) == FORMAT;
	uint64_t unknown = unpack_u64(&in);
	bool succeeded = unpack_u8(&in) == 1;
	int r;

	if (!same || !unpack_ok(&in))
		return -EBADMSG;
	source->succeeded = succeeded;
	habit_load(&source->habit, &in);
	drift_load(&source->drift, &in);
	has_stream = unpack_u8(&in) == 1;
	if (!has_stream || !source->stream)
		return 0;
	stream = unpack_of(unpack_blob(&in));
	r = unpack_ok(&in) ? stream_load(source->stream, &stream) : -EBADMSG;
	/* Rates are of what is read from now on. */
	stream_stats_get(source->stream, &source->stats);
	source->unknown = r < 0 ? 0 : unknown;
	source->lines_then = source->stats.records;
	source->known_then = known_lines(&source->stats);
	source->others_then = source->stats.others;
	source->unknown_then = source_unknown(&source->stats);
	return r;
}

uint64_t
source_family(const char *path)
{
	uint64_t hash = 1;
	bool number = false;

	for (; *path; path++) {
		bool digit = *path >= '0' && *path <= '9';
		if (!digit || !number)
			hash = str_hash(str_make(digit ? "0" : path, 1), hash);
		number = digit;
	}
	return hash;
}

void
source_succeed(struct source *source, struct source *old)
{
	source->habit = old->habit;
	source->drift = old->drift;
	old->succeeded = true;
	old->succeeded_at = old->heard;
}

void
source_hand_over(struct source *old, struct source *source)
{
	if (old->stream && source->stream)
		stream_hand_over(old->stream, source->stream);
}

void
source_rest(struct source *source)
{
	if (source->stream) {
		stream_flush(source->stream);
		stream_stats_get(source->stream, &source->stats);
	}
	stream_free(source->stream);
	source->stream = NULL;
	source->resting = true;
	source->caught_up = true;
	source->unknown = 0;
	source->skew = 0;
}

uint64_t
source_unknown(const struct stream_stats *stats)
{
	return stats->foreign - stats->others + stats->malformed + stats->novel;
}

uint64_t
source_known(const struct source *source)
{
	return known_lines(&source->stats);
}

sv_usec
source_passed(sv_usec then, sv_usec now)
{
	return now > then && now - then <= PASSED_MAX ? now - then : 0;
}

/* "; most common: <text>": of the unknown lines of late. */
static const char *
most_common(struct source *source, char out[160])
{
	const struct shapes_row *row = shapes_row(source->lately, 0);

	out[0] = '\0';
	if (row)
		(void)snprintf(out, 160, "; most common: %.*s",
			       row->shape_len > 100 ? 100 : (int)row->shape_len,
			       row->shape);
	return out;
}

/* Part of the lines is not understood any more. */
static bool
has_drifted(struct source *source)
{
	const struct drift *drift = &source->drift;
	char most[160];

	if (!drift->on)
		return false;
	trouble_say(&source->trouble[SOURCE_UNRECOGNISED],
		    "%.0f %% of its lines are not understood, usual are %.0f %%: did "
		    "the format change? sipvigil status --unknown%s",
		    drift->share * 100, drift->usual * 100, most_common(source, most));
	return true;
}

/* Lines come, but none of them is one of a PBX: the wrong file, or its format changed.
 * In a log of many programs the PBX may well be quiet: those that syslog or the journal
 * name do not count, and where they are not named most lines must have been known. */
static bool
is_unrecognised(struct source *source)
{
	char most[160];
	const struct stream_stats *stats = &source->stats;
	struct trouble *trouble = &source->trouble[SOURCE_UNRECOGNISED];
	uint64_t known = known_lines(stats);

	if (source->unknown < DRIFT_LINES ||
	    (known > 0 && known < (stats->records - source->unknown) / 2))
		return has_drifted(source);
	if (known == 0)
		trouble_say(trouble,
			    "%" PRIu64 " lines read, none is of a PBX that is known: "
			    "is this the right log? sipvigil explain < LOG%s",
			    stats->records, most_common(source, most));
	else
		trouble_say(trouble,
			    "its lines are not recognised any more (the last %" PRIu64
			    "): did the log's format change? sipvigil explain < LOG%s",
			    source->unknown, most_common(source, most));
	return true;
}

static bool
is_skewed(struct source *source)
{
	int64_t skew = source->skew, minutes;

	if (skew > -(int64_t)SKEW_MAX && skew < (int64_t)SKEW_MAX)
		return false;
	minutes = skew / (60 * (int64_t)SV_USEC_PER_SEC);
	trouble_say(&source->trouble[SOURCE_SKEW],
		    "its stamps are %" PRId64 " min %s the clock: set 'timezone' of "
		    "this input, or the clock of the PBX",
		    minutes < 0 ? -minutes : minutes,
		    minutes < 0 ? "behind" : "ahead of");
	return true;
}

static bool
is_silent(struct source *source)
{
	const struct habit *habit = &source->habit;
	struct trouble *trouble = &source->trouble[SOURCE_SILENT];
	uint64_t minutes = habit->silent / (60 * SV_USEC_PER_SEC);

	if (source->succeeded || source->silence == SOURCE_SILENCE_NEVER ||
	    known_lines(&source->stats) == 0)
		return false;
	if (source->silence != SOURCE_SILENCE_HABIT) {
		trouble_say(trouble, "nothing for %" PRIu64 " min", minutes);
		return habit->silent >= source->silence;
	}
	if (!habit_is_broken(habit))
		return false;
	trouble_say(trouble,
		    "nothing for %" PRIu64 " min, in which %.0f lines are usual",
		    minutes, habit->missed);
	return true;
}

static void
look(struct source *source, const struct source_now *now, sv_usec passed)
{
	bool unrecognised = is_unrecognised(source);
	bool on[SOURCE_TROUBLES] = {
		[SOURCE_UNRECOGNISED] = unrecognised,
		[SOURCE_SKEW] = is_skewed(source),
		[SOURCE_SILENT] = !unrecognised && is_silent(source),
		[SOURCE_FAILED] = !source->stream && !source->resting,
	};

	if (on[SOURCE_FAILED])
		trouble_say(&source->trouble[SOURCE_FAILED], "%s", source->failed);
	source->problem = "";
	for (size_t i = SOURCE_TROUBLES; i-- > 0;) {
		trouble_look(&source->trouble[i], on[i], passed, now->again);
		if (on[i])
			source->problem = source->trouble[i].text;
	}
}

/* What came since the last tick; lines of a known PBX among it. */
static uint64_t
take_stats(struct source *source)
{
	uint64_t lines, known, others, unknown;

	if (source->stream)
		stream_stats_get(source->stream, &source->stats);
	lines = source->stats.records - source->lines_then;
	known = known_lines(&source->stats) - source->known_then;
	others = source->stats.others - source->others_then;
	source->lines_then += lines;
	source->known_then += known;
	source->others_then += others;
	source->unknown = known ? 0 : source->unknown + lines - others;
	unknown = source_unknown(&source->stats) - source->unknown_then;
	source->unknown_then += unknown;
	/* what is common is asked of the block that began the drift and of all after it */
	if (drift_add(&source->drift, lines - others, unknown) && !source->drift.on)
		shapes_clear(source->lately);
	rate_add(&source->lines, lines);
	if (!lines && source->caught_up && source->stream)
		stream_pause(source->stream);
	return known;
}

void
source_tick(struct source *source, const struct source_now *now)
{
	sv_usec passed = source_passed(source->clock, now->clock);
	uint64_t known = take_stats(source);

	source->clock = now->clock;
	/* A backlog is no habit of the hour in which it is read. */
	if (!source->live && known)
		known = 1;
	source->live = source->caught_up;
	sv_usec heard = source->caught_up ? passed : 0;
	source->heard += heard;
	if (known && source->heard > source->succeeded_at + SUCCESSION)
		source->succeeded = false;
	habit_add(&source->habit, now->clock, heard, known);
	look(source, now, passed);
}

void
source_tell(struct source *source, const struct trouble_teller *teller)
{
	for (size_t i = 0; i < SOURCE_TROUBLES; i++) {
		struct trouble *trouble = &source->trouble[i];
		if (!trouble->due)
			continue;
		trouble->due = false;
		trouble_tell(teller, trouble_kinds[i], trouble->text, source->name,
			     NULL, 0);
	}
}
