/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/sources.h"

#include "base/address.h"
#include "base/i18n.h"
#include "base/stamp.h"
#include "base/text.h"
#include "cli/online.h"
#include "cli/progress.h"
#include "engine/keep.h"
#include "input/reader.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

/* All lanes together. */
struct meter {
	struct progress progress;
	uint64_t read; /* bytes on disk */
};

/* One log: the files of a rotated series, oldest first, or a journal. */
struct lane {
	const struct sources *sources;
	struct sources_result *result;
	struct pipeline *direct;  /* the only lane: no copies */
	const char *const *paths; /* NULL with a journal */
	size_t n_paths, next_path;
	bool journal;
	const char *journal_path;
	uint32_t id;
	struct reader *reader;
	struct stream *stream;
	struct meter *meter;
	uint64_t metered; /* bytes of this file that meter->read has */
	struct kept_event *queue;
	size_t head, n_queue, cap_queue;
	bool failed; /* out of memory */
	bool done;
};

/* Events that one record may yield before the next one is read; more grow the queue. */
#define QUEUE_STEP 8

static bool
wanted(const struct sources *s, const struct sv_event *raw)
{
	return raw->time >= s->since && (s->until == 0 || raw->time <= s->until);
}

static void
note_time(struct sources_result *result, sv_usec time)
{
	if (time == 0)
		return;
	if (result->first == 0 || time < result->first)
		result->first = time;
	if (time > result->last)
		result->last = time;
}

static void
lane_emit(void *user, const struct sv_event *raw)
{
	struct lane *lane = user;

	if (!wanted(lane->sources, raw))
		return;
	lane->result->raw_events++;
	note_time(lane->result, raw->time);
	if (lane->direct) {
		pipeline_raw(lane->direct, raw);
		return;
	}
	if (lane->n_queue == lane->cap_queue) {
		size_t cap = lane->cap_queue + QUEUE_STEP;
		struct kept_event *queue = realloc(lane->queue, cap * sizeof(*queue));
		if (!queue) {
			lane->failed = true;
			return;
		}
		memset(queue + lane->cap_queue, 0, QUEUE_STEP * sizeof(*queue));
		lane->queue = queue;
		lane->cap_queue = cap;
	}
	if (kept_event_set(&lane->queue[lane->n_queue], raw) < 0)
		lane->failed = true;
	else
		lane->n_queue++;
}

static void
say_unreadable(const char *path, int r)
{
	/* TRANSLATORS: file name, reason */
	fprintf(stderr, _("sipvigil: cannot read %s: %s\n"),
		path ? path : _("the journal"), strerror(-r));
	if (r == -EACCES)
		fprintf(stderr, _("  run it as a user who may: groups adm and "
				  "systemd-journal, or root\n"));
}

static void
meter_add(struct lane *lane, const struct reader_info *info)
{
	if (info->bytes_read <= lane->metered)
		return;
	lane->meter->read += info->bytes_read - lane->metered;
	lane->metered = info->bytes_read;
}

static void
lane_close(struct lane *lane)
{
	struct stream_stats stats;
	struct reader_info info;

	if (lane->stream) {
		stream_flush(lane->stream);
		stream_stats_get(lane->stream, &stats);
		lane->result->records += stats.records;
		lane->result->bytes += stats.bytes;
		lane->result->recognised +=
			stats.events + stats.skipped + stats.malformed;
		stream_free(lane->stream);
		lane->stream = NULL;
	}
	if (lane->reader) {
		reader_info_get(lane->reader, &info);
		meter_add(lane, &info);
		lane->metered = 0;
		lane->result->cut += info.cut;
		if (info.binary)
			fprintf(stderr,
				_("sipvigil: %s looks like binary data, not like a "
				  "log\n"),
				info.name);
		if (info.damaged)
			/* TRANSLATORS: file name, number */
			fprintf(stderr,
				ngettext("sipvigil: %s: left out %llu damaged line\n",
					 "sipvigil: %s: left out %llu damaged lines\n",
					 info.damaged),
				info.name, (unsigned long long)info.damaged);
		reader_close(lane->reader);
		lane->reader = NULL;
	}
}

/* Open the next file of the lane. 1: open; 0: none left; negative errno. */
static int
lane_open(struct lane *lane)
{
	const struct sources *s = lane->sources;

	while (lane->next_path < lane->n_paths) {
		const char *path = lane->journal ? lane->journal_path
						 : lane->paths[lane->next_path];
		struct reader_spec spec = { .path = path,
					    .journal = lane->journal,
					    .since = s->since,
					    .until = s->until };
		struct reader_info info;

		lane->next_path++;
		int r = reader_open(&spec, &lane->reader);
		if (r < 0) {
			say_unreadable(path, r);
			lane->result->unread++;
			continue;
		}
		reader_info_get(lane->reader, &info);
		struct stream_spec stream = {
			.source = info.name,
			.dialect = s->dialect,
			.registry = s->registry,
			.host = s->host,
			.stamps = { .zone = s->zone,
				    .year = s->year,
				    .reference = info.modified },
			.locals = s->locals,
			.n_locals = s->n_locals,
			.id = lane->id,
			.emit = lane_emit,
			.user = lane,
		};
		r = stream_new(&stream, &lane->stream);
		if (r < 0) {
			reader_close(lane->reader);
			lane->reader = NULL;
			return r;
		}
		return 1;
	}
	return 0;
}

static void
show_progress(struct lane *lane)
{
	struct reader_info info;

	reader_info_get(lane->reader, &info);
	meter_add(lane, &info);
	progress_show(&lane->meter->progress, lane->meter->read);
}

/* Read until there is an event in the queue, the file ends, or (single lane) to the end
 * of all. 1: go on; 0: the lane is done; negative errno. */
static int
lane_fill(struct lane *lane)
{
	struct sv_record record = { 0 };

	while (lane->n_queue == 0) {
		if (!lane->reader) {
			int r = lane_open(lane);
			if (r <= 0)
				return r;
		}
		int r = reader_next(lane->reader, &record);
		if (r > 0) {
			(void)stream_feed(lane->stream, &record);
			if (progress_due(&lane->meter->progress))
				show_progress(lane);
			continue;
		}
		if (r < 0) {
			struct reader_info info;
			reader_info_get(lane->reader, &info);
			say_unreadable(info.name, r);
			lane->result->unread++;
		} else if (record.text.len) {
			note_time(lane->result, stream_time_of(lane->stream, &record));
		}
		lane_close(lane);
		record = (struct sv_record){ 0 };
	}
	return 1;
}

static void
lanes_free(struct lane *lanes, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		if (lanes[i].stream)
			stream_free(lanes[i].stream);
		if (lanes[i].reader)
			reader_close(lanes[i].reader);
		for (size_t k = 0; k < lanes[i].cap_queue; k++)
			kept_event_done(&lanes[i].queue[k]);
		free(lanes[i].queue);
	}
	free(lanes);
}

/* Lane whose next event is the earliest, NULL when all are done. */
static struct lane *
earliest(struct lane *lanes, size_t n, int *ret_error)
{
	struct lane *best = NULL;

	for (size_t i = 0; i < n; i++) {
		struct lane *lane = &lanes[i];
		if (lane->head == lane->n_queue) {
			lane->head = lane->n_queue = 0;
			int r = lane->done ? 0 : lane_fill(lane);
			if (r < 0 || lane->failed) {
				*ret_error = r < 0 ? r : -ENOMEM;
				return NULL;
			}
			if (r == 0)
				lane->done = true;
			if (lane->n_queue == 0)
				continue;
		}
		if (!best || lane->queue[lane->head].event.time <
				     best->queue[best->head].event.time)
			best = lane;
	}
	return best;
}

static int
run_lanes(struct lane *lanes, size_t n, struct pipeline *pipeline)
{
	int error = 0;

	if (n == 1) {
		lanes[0].direct = pipeline;
		return lane_fill(&lanes[0]);
	}
	for (;;) {
		struct lane *lane = earliest(lanes, n, &error);
		if (!lane)
			return error;
		pipeline_raw(pipeline, &lane->queue[lane->head].event);
		lane->head++;
	}
}

static int
plan_lanes(const struct sources *s, const char **paths, struct sources_result *result,
	   struct lane **ret_lanes, size_t *ret_n)
{
	uint32_t groups[SOURCES_MAX_PATHS];
	size_t n = 0, max = s->n_paths + s->n_journals + 1;
	struct lane *lanes = calloc(max, sizeof(*lanes));

	if (!lanes)
		return -ENOMEM;
	memcpy(paths, s->paths, s->n_paths * sizeof(*paths));
	if (s->n_paths) {
		int r = reader_order(paths, s->n_paths, groups);
		if (r < 0) {
			free(lanes);
			return r;
		}
	}
	for (size_t i = 0; i < s->n_paths; i++) {
		if (i && groups[i] == groups[i - 1]) {
			lanes[n - 1].n_paths++;
			continue;
		}
		lanes[n++] = (struct lane){ .paths = paths + i, .n_paths = 1 };
	}
	for (size_t i = 0; i < s->n_journals + (s->journal ? 1 : 0); i++)
		lanes[n++] = (struct lane){ .journal = true,
					    .journal_path = i < s->n_journals
								    ? s->journals[i]
								    : NULL,
					    .n_paths = 1 };
	for (size_t i = 0; i < n; i++) {
		lanes[i].sources = s;
		lanes[i].result = result;
		lanes[i].id = (uint32_t)i;
	}
	*ret_lanes = lanes;
	*ret_n = n;
	return 0;
}

/* "reading 14 files, 8.6 GiB". Journals have no size. */
static uint64_t
describe(const struct sources *s, char *out, size_t out_bytes)
{
	size_t n = s->n_paths + s->n_journals + s->journal;
	const char *pass = s->doing ? s->doing : "";
	uint64_t total = 0;
	struct stat st;
	char size[32];

	for (size_t i = 0; i < s->n_paths; i++)
		if (stat(s->paths[i], &st) == 0 && S_ISREG(st.st_mode))
			total += (uint64_t)st.st_size;
	online_bytes(size, total);
	if (n == 1)
		(void)snprintf(out, out_bytes, _("%sreading %.60s, %s"), pass,
			       s->n_paths ? s->paths[0] : _("the journal"), size);
	else
		(void)snprintf(
			out, out_bytes,
			ngettext("%sreading %zu log, %s", "%sreading %zu logs, %s", n),
			pass, n, size);
	return total;
}

bool
sources_single(const struct sources *sources)
{
	return sources->n_paths + sources->n_journals + sources->journal == 1;
}

int
sources_run(const struct sources *sources, struct pipeline *pipeline,
	    struct sources_result *ret_result)
{
	const char *paths[SOURCES_MAX_PATHS];
	struct timespec before, after;
	struct lane *lanes;
	struct meter meter = { .read = 0 };
	char what[160];
	size_t n;

	*ret_result = (struct sources_result){ 0 };
	clock_gettime(CLOCK_MONOTONIC, &before);
	int r = plan_lanes(sources, paths, ret_result, &lanes, &n);
	if (r < 0)
		return r;
	for (size_t i = 0; i < n; i++)
		lanes[i].meter = &meter;
	uint64_t total = describe(sources, what, sizeof(what));
	progress_begin(&meter.progress, what, total);
	r = run_lanes(lanes, n, pipeline);
	progress_end(&meter.progress);
	lanes_free(lanes, n);
	if (r < 0)
		return r;
	pipeline_flush(pipeline, sources->until && ret_result->last > sources->until
					 ? sources->until
					 : ret_result->last);
	clock_gettime(CLOCK_MONOTONIC, &after);
	ret_result->seconds = (double)(after.tv_sec - before.tv_sec) +
			      (double)(after.tv_nsec - before.tv_nsec) / 1e9;
	return 0;
}

/* ---- command line ---- */

/* "2026-11-22", "2026-11-22 08:30[:00]", any stamp of stamp.h, or "-2h" before now. */
static bool
take_time(const char *text, const char *zone, sv_usec *ret_time)
{
	struct timespec now;
	struct stamp *stamp;
	char full[64];
	size_t used;
	enum sv_time_source source;
	sv_usec time;

	clock_gettime(CLOCK_REALTIME, &now);
	sv_usec now_usec = (sv_usec)now.tv_sec * SV_USEC_PER_SEC;
	if (text[0] == '-') {
		uint64_t v;
		size_t digits = str_take_u64(str_of(text + 1), &v);
		const char *units = "smhd", *unit;
		static const unsigned seconds[] = { 1, 60, 3600, 86400 };
		if (digits == 0 || strlen(text + 1) != digits + 1 ||
		    !(unit = strchr(units, text[1 + digits])) || v > 100000)
			return false;
		*ret_time = now_usec - v * seconds[unit - units] * SV_USEC_PER_SEC;
		return true;
	}
	static const char *const rest[] = { "", ":00", " 00:00:00" };
	struct stamp_rules rules = { .zone = zone, .reference = now_usec };
	if (stamp_new(&rules, &stamp) < 0)
		return false;
	bool ok = false;
	for (size_t i = 0; i < 3 && !ok; i++) {
		int len = snprintf(full, sizeof(full), "%s%s", text, rest[i]);
		ok = len > 0 && (size_t)len < sizeof(full) &&
		     stamp_read(stamp, str_of(full), &used, &time, &source) &&
		     used == (size_t)len;
	}
	stamp_free(stamp);
	if (ok)
		*ret_time = time;
	return ok;
}

static bool
is_zone(const char *name)
{
	struct stamp_rules rules = { .zone = name };
	struct stamp *stamp = NULL;
	int r = stamp_new(&rules, &stamp);

	stamp_free(stamp);
	return r != -EINVAL;
}

int
sources_option(struct sources *s, int option, const char *argument,
	       const char **reterr_why)
{
	struct sv_ip ip;
	char *end;

	switch (option) {
	case 'd':
		s->dialect = argument;
		return 0;
	case SOURCES_OPTIONS:
		if (!argument) {
			s->journal = true;
			return 0;
		}
		if (s->n_journals == sizeof(s->journals) / sizeof(s->journals[0])) {
			*reterr_why = _("too many journals (16 at most)");
			return -EINVAL;
		}
		s->journals[s->n_journals++] = argument;
		return 0;
	case SOURCES_OPTIONS + 1:
	case SOURCES_OPTIONS + 2:
		if (take_time(argument, s->zone,
			      option == SOURCES_OPTIONS + 1 ? &s->since : &s->until))
			return 0;
		*reterr_why = _("not a time; write \"2026-11-22 08:30\" or \"-2h\"");
		return -EINVAL;
	case SOURCES_OPTIONS + 3:
		s->year = (int)strtol(argument, &end, 10);
		if (*end == '\0' && s->year >= 1970 && s->year <= 9999)
			return 0;
		*reterr_why = _("not a year");
		return -EINVAL;
	case SOURCES_OPTIONS + 4:
		s->zone = argument;
		if (is_zone(argument))
			return 0;
		*reterr_why = _("no time zone; timedatectl list-timezones names them");
		return -EINVAL;
	case SOURCES_OPTIONS + 5:
		s->host = argument;
		return 0;
	case SOURCES_OPTIONS + 6:
		if (!address_parse(str_of(argument), &ip)) {
			*reterr_why = _("not an IP address");
			return -EINVAL;
		}
		if (s->n_locals == SOURCES_MAX_LOCALS) {
			*reterr_why = _("too many addresses");
			return -EINVAL;
		}
		s->locals[s->n_locals++] = ip;
		return 0;
	default:
		return -ENOENT;
	}
}

int
sources_operands(struct sources *s, int n, char **operands, const char **reterr_why)
{
	for (int i = 0; i < n; i++) {
		if (s->n_paths == SOURCES_MAX_PATHS) {
			*reterr_why = _("too many files (1024 at most); name fewer, or "
					"join them");
			return -EINVAL;
		}
		s->paths[s->n_paths++] = operands[i];
	}
	if (s->n_paths == 0 && s->n_journals == 0 && !s->journal) {
		if (isatty(STDIN_FILENO)) {
			*reterr_why = _("no log named; give files, \"-\" for standard "
					"input, or --journal");
			return -EINVAL;
		}
		s->paths[s->n_paths++] = "-";
	}
	return 0;
}
