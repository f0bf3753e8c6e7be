/* SPDX-License-Identifier: Apache-2.0 */
#include "source.h"

#include "base/log.h"
#include "base/text.h"

#include <errno.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

/** Lines without a known one among them: the wrong file, or a log that changed. */
#define DRIFT_LINES 100
/** Stamps further ahead of the clock than this are not believed. */
#define FUTURE_MAX (2 * 60 * SV_USEC_PER_SEC)
/** Stamps further off than this are a trouble of their own. */
#define SKEW_MAX ((int64_t)(10 * 60 * SV_USEC_PER_SEC))
/** Silence is strange when this many lines should have come in it. */
#define SILENCE_LINES 100
#define SILENCE_LEAST (10 * 60 * SV_USEC_PER_SEC)

/* A stamp of the future (a wrong time zone, a PBX whose clock is off) would carry event
 * time away and make everything else late: such an event happens now. */
static void
emit(void *user, const struct sv_event *raw)
{
	struct source *source = user;
	sv_usec clock = source->clock;
	struct sv_event now = *raw;

	if (source->live || raw->time > clock)
		source->skew = (int64_t)(raw->time - clock);
	if (!clock || raw->time <= clock + FUTURE_MAX) {
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
	source->clock = source->since = spec->clock;
	source->raw = spec->raw;
	source->user = spec->user;
	stream.source = source->name;
	stream.emit = emit;
	stream.user = source;
	r = stream_new(&stream, &source->stream);
	if (r == -ENOENT)
		(void)snprintf(source->problem, sizeof(source->problem),
			       "no dialect '%s'; all dialects: sipvigil dialects",
			       stream.dialect ? stream.dialect : "");
	else if (r < 0)
		(void)snprintf(source->problem, sizeof(source->problem),
			       "cannot be read: %s", strerror(-r));
	if (r < 0)
		log_error("%s: %s", source->name, source->problem);
	*ret_source = source;
	return 0;
}

void
source_free(struct source *source)
{
	if (!source)
		return;
	stream_free(source->stream);
	free(source);
}

void
source_feed(struct source *source, const struct sv_record *record)
{
	if (!source->stream)
		return;
	source->caught_up = false;
	(void)stream_feed(source->stream, record);
}

static void
save_stream(void *user, struct pack *out)
{
	stream_save(user, out);
}

void
source_save(const struct source *source, struct pack *out)
{
	pack_u64(out, source->since);
	pack_u64(out, source->last);
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
	sv_usec since = unpack_u64(&in), last = unpack_u64(&in);
	bool has_stream = unpack_u8(&in) == 1;
	int r;

	if (!unpack_ok(&in))
		return -EBADMSG;
	source->since = since;
	source->last = last;
	if (!has_stream || !source->stream)
		return 0;
	stream = unpack_of(unpack_blob(&in));
	r = unpack_ok(&in) ? stream_load(source->stream, &stream) : -EBADMSG;
	/* Rates are of what is read from now on. */
	stream_stats_get(source->stream, &source->stats);
	source->lines_then = source->stats.records;
	source->known_then = known_lines(&source->stats);
	return r;
}

uint64_t
source_known(const struct source *source)
{
	return known_lines(&source->stats);
}

__attribute__((format(printf, 2, 3))) static void
set_problem(char problem[SOURCE_PROBLEM_BYTES], const char *format, ...)
{
	va_list args;

	va_start(args, format);
	(void)vsnprintf(problem, SOURCE_PROBLEM_BYTES, format, args);
	va_end(args);
}

/* Lines come, but none of them is one of a PBX: the wrong file, or its format changed.
 * In a log of many programs (syslog) the PBX may well be silent: no trouble. */
static bool
look_for_drift(struct source *source)
{
	const struct stream_stats *stats = &source->stats;
	uint64_t known = known_lines(stats);

	if (rate_count(&source->known) > 0 ||
	    rate_count(&source->lines) < DRIFT_LINES ||
	    (known > 0 && known < stats->records / 2))
		return false;
	if (known == 0)
		set_problem(source->problem,
			    "%" PRIu64 " lines read, none is of a PBX that is known: "
			    "is this the right log? sipvigil explain < LOG",
			    stats->records);
	else
		set_problem(source->problem,
			    "its lines are not recognised any more: did the log's "
			    "format change? sipvigil explain < LOG");
	return true;
}

static bool
look_for_skew(struct source *source)
{
	int64_t skew = source->skew, minutes;

	if (skew > -SKEW_MAX && skew < SKEW_MAX)
		return false;
	minutes = skew / (60 * (int64_t)SV_USEC_PER_SEC);
	set_problem(source->problem,
		    "its stamps are %" PRId64 " min %s the clock: set 'timezone' of "
		    "this input, or the clock of the PBX",
		    minutes < 0 ? -minutes : minutes,
		    minutes < 0 ? "behind" : "ahead of");
	return true;
}

static void
look_for_silence(struct source *source, sv_usec clock)
{
	sv_usec age = clock - source->since, silent = clock - source->last;
	double per_usec = age ? (double)source->stats.records / (double)age : 0;

	if (!source->last || clock < source->last || clock < source->since ||
	    silent < SILENCE_LEAST || (double)silent * per_usec < SILENCE_LINES)
		return;
	set_problem(source->problem, "nothing for %" PRIu64 " min (usually %.0f a min)",
		    silent / (60 * SV_USEC_PER_SEC),
		    per_usec * 60 * (double)SV_USEC_PER_SEC);
}

void
source_tick(struct source *source, sv_usec clock)
{
	uint64_t lines, known;

	source->clock = clock;
	if (!source->stream)
		return;
	stream_stats_get(source->stream, &source->stats);
	lines = source->stats.records - source->lines_then;
	known = known_lines(&source->stats) - source->known_then;
	source->lines_then += lines;
	source->known_then += known;
	rate_add(&source->lines, lines);
	rate_add(&source->known, known);
	if (lines)
		source->last = clock;
	else if (source->caught_up)
		stream_flush(source->stream);
	source->live = source->caught_up;
	source->problem[0] = '\0';
	if (!look_for_drift(source) && !look_for_skew(source))
		look_for_silence(source, clock);
}
