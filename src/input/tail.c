/* SPDX-License-Identifier: Apache-2.0 */
#include "input/again.h"
#include "input/clock.h"
#include "input/strings.h"
#include "input/tail_match.h"
#include "input/tail_saved.h"
#include "input/tail_turn.h"
#include "input/tail_watch.h"

#include "base/text.h"

#include <errno.h>
#include <glob.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <time.h>

#define BLOCK_BYTES ((size_t)64 * 1024)

/* Records of one file in one wake-up. */
#define BUDGET 2000

/* Everything is looked at this often, whatever inotify says. */
#define SCAN_USEC (5 * SV_USEC_PER_SEC)
#define POLL_USEC SV_USEC_PER_SEC
#define MAX_FILES 256

/* A PBX goes on writing to a renamed file until it is told to open its log anew. */
#define LINGER_USEC (600 * SV_USEC_PER_SEC)

struct tail {
	struct input input;
	struct tail_spec spec;
	char *title;
	char **paths;
	sd_event *loop;
	struct input_sink sink;
	struct lines lines;
	struct tail_watch *watch;
	sd_event_source *timer, *more;
	struct tail_list files;
	bool scanned; /* the first scan is done: what appears now is new */
	bool names_changed, polled;
	sv_usec looked;           /* clock: when all was looked at before; 0 = never */
	struct tail_saved *saved; /* positions to go on from, until all are found */
	uint32_t n_opened;
	struct input_stats stats;
};

static sv_usec
monotonic_now(void)
{
	return clock_now(CLOCK_MONOTONIC);
}

__attribute__((format(printf, 2, 3))) static void
problem_set(struct tail *tail, const char *format, ...)
{
	va_list ap;

	va_start(ap, format);
	(void)vsnprintf(tail->stats.problem, sizeof(tail->stats.problem), format, ap);
	va_end(ap);
}

/* ---- finding files ---- */

/* The trouble is of this file alone. */
static void
set_blind(struct tail *tail, const char *path)
{
	(void)snprintf(tail->stats.blind, sizeof(tail->stats.blind), "file:%s",
		       tail_base_name(path));
}

static void
say_unreadable(struct tail *tail, const char *path, int error)
{
	set_blind(tail, path);
	if (error == -EACCES)
		problem_set(tail,
			    "cannot read %.90s: permission denied; let the user of the "
			    "daemon into its group",
			    path);
	else if (error == -EINVAL)
		problem_set(tail, "%.110s is not a regular file", path);
	else
		problem_set(tail, "cannot read %.90s: %.50s", path, strerror(-error));
}

/* Where reading of a file begins that was not followed until now. */
static void
begin(struct tail *tail, struct tail_file *file)
{
	enum tail_acquaintance known = TAIL_NEW;

	(void)tail_file_look(file);
	/* What appeared while the daemon was away is as new as what appears now. */
	if (!tail->scanned)
		known = tail->saved ? tail_saved_knows(tail->saved, file->path, file)
				    : TAIL_UNKNOWN;
	switch (known) {
	case TAIL_NEW:
		file->fresh = file->foreign && file->modified >= tail->looked;
		file->newborn = file->head.len == 0;
		break;
	case TAIL_FOREIGN:
	case TAIL_FRESH:
		file->foreign = file->judged = true;
		file->fresh = known == TAIL_FRESH;
		break;
	case TAIL_UNKNOWN:
		file->judged = true;
		if (tail->spec.from == INPUT_FROM_END)
			tail_file_to_end(file, tail->lines.cap_bytes);
		break;
	}
}

static void
adopt(struct tail *tail, const char *path)
{
	struct tail_file *file = NULL;

	if (tail_saved_waits(tail->saved, path) || tail_turn_waits(&tail->files, path))
		return;
	if (!tail_list_make_room(&tail->files)) {
		problem_set(tail,
			    "more than %zu files match: %.60s is not followed; narrow "
			    "the paths",
			    tail->spec.max_files, path);
		set_blind(tail, path);
		return;
	}
	int r = tail_file_open(path, &file);
	if (r == -ENOENT)
		return;
	if (r < 0) {
		say_unreadable(tail, path, r);
		return;
	}
	file->since = file->growth = monotonic_now();
	file->found = true;
	file->folder = tail_watch_add_of(tail->watch, path);
	begin(tail, file);
	if (tail->looked && !file->foreign)
		tail_turn_away(&tail->files, path, file, tail->looked,
			       tail->lines.cap_bytes);
	tail_list_order(file, tail_list_predecessor(&tail->files, path));
	tail_list_append(&tail->files, file);
}

static void
found(struct tail *tail, const char *path, const struct stat *st)
{
	struct tail_file *file = tail_list_find(&tail->files, st);

	if (!file) {
		adopt(tail, path);
		return;
	}
	file->found = true;
	file->orphan = false;
	if (strcmp(file->place, path) != 0 && !tail_list_in_place(file) &&
	    tail_file_move(file, path) == 0)
		file->folder = tail_watch_add_of(tail->watch, path);
}

/* Oldest first, so that a rotated log found at the start is read in its order. */
static void
scan_matches(struct tail *tail, char **paths, size_t n_paths)
{
	struct tail_match *matches = calloc(n_paths + 1, sizeof(*matches));
	size_t n = 0;

	if (!matches)
		return;
	for (size_t i = 0; i < n_paths; i++) {
		matches[n].path = paths[i];
		if (stat(paths[i], &matches[n].st) == 0)
			n += tail_match_is_log(&matches[n], tail->paths,
					       tail->spec.n_paths);
		else if (errno != ENOENT)
			say_unreadable(tail, paths[i], -errno);
	}
	tail_match_sort(matches, n);
	for (size_t i = 0; i < n; i++)
		found(tail, matches[i].path, &matches[i].st);
	free(matches);
}

/* The folder of a pattern is watched even while nothing in it matches. */
static void
watch_pattern(struct tail *tail, const char *pattern)
{
	size_t folder = (size_t)(tail_base_name(pattern) - pattern);

	if (strcspn(pattern, "*?[") < folder) {
		tail->polled = true;
		return;
	}
	if (tail_watch_add_of(tail->watch, pattern) < 0)
		tail->polled = true;
}

static void
scan_pattern(struct tail *tail, const char *pattern)
{
	struct stat st;
	glob_t matches;

	watch_pattern(tail, pattern);
	int r = glob(pattern, GLOB_NOSORT, NULL, &matches);
	if (r == 0) {
		scan_matches(tail, matches.gl_pathv, matches.gl_pathc);
		globfree(&matches);
	} else if (stat(pattern, &st) == 0) {
		return;
	} else if (errno == EACCES) {
		say_unreadable(tail, pattern, -EACCES);
	} else if (errno == ENOENT && tail->looked) {
		/* Made and rotated away since? */
		tail_turn_away(&tail->files, pattern, NULL, tail->looked,
			       tail->lines.cap_bytes);
	}
}

/* Positions that were saved; those out of reach are tried again with each scan. */
static size_t
go_on(struct tail *tail, sv_usec now)
{
	size_t n_pending =
		tail_saved_apply(tail->saved, &tail->files, tail->lines.cap_bytes);

	for (struct tail_file *f = tail->files.first; f; f = f->next) {
		if (f->since)
			continue;
		f->since = f->growth = now;
		f->folder = tail_watch_add_of(tail->watch, f->place);
	}
	return n_pending;
}

static void
scan(struct tail *tail)
{
	sv_usec now = monotonic_now();
	size_t n_readable = 0, n_pending = tail->saved ? go_on(tail, now) : 0;
	sv_usec looks = clock_now(CLOCK_REALTIME);

	tail->names_changed = false;
	tail->polled = false;
	tail->stats.problem[0] = tail->stats.blind[0] = '\0';
	for (struct tail_file *f = tail->files.first; f; f = f->next)
		f->found = false;
	for (size_t i = 0; i < tail->spec.n_paths; i++)
		scan_pattern(tail, tail->paths[i]);
	for (struct tail_file *f = tail->files.first; f; f = f->next) {
		if (!f->found && !f->orphan) {
			f->orphan = true;
			f->growth = now;
		}
		f->dirty = true;
		n_readable +=
			!f->foreign && (!f->orphan || tail_turn_is_under_way(f, now));
		tail->polled |= f->folder < 0;
	}
	tail->scanned = true;
	tail->looked = looks;
	if (n_pending == 0) {
		tail_saved_free(tail->saved);
		tail->saved = NULL;
	}
	if (n_readable == 0 && !tail->stats.problem[0])
		problem_set(tail, "no file matches %.100s yet: waiting for it",
			    tail->spec.n_paths ? tail->paths[0] : "(no path)");
}

/* ---- reading ---- */

static void
open_source(struct tail *tail, struct tail_file *file, struct tail_reading *reading)
{
	file->source.name = file->name;
	file->source.path = file->path;
	/* The parts of a rotated log are one log: equal lines in two of them are two
	 * lines, and no copies of each other as those of two logs are. */
	if (!file->source.id)
		file->source.id = (uint32_t)str_hash(str_of(file->path),
						     str_hash(str_of(tail->title), 1));
	file->source.saved = file->saved;
	file->opened = true;
	if (tail->sink.opened)
		file->source_user = tail->sink.opened(tail->sink.user, &file->source);
	if (file->heir_of && file->heir_of->opened && !file->saved.len &&
	    tail->sink.hand_over)
		tail->sink.hand_over(tail->sink.user, file->heir_of->source_user,
				     file->source_user);
	file->heir_of = NULL;
	free((void *)(uintptr_t)file->saved.ptr);
	file->saved = file->source.saved = (struct sv_str){ 0 };
	if (file->lost)
		tail_file_tell_gap(file, reading, file->lost);
	free(file->lost);
	file->lost = NULL;
	file->finished = file->stand_in;
}

/* True: it may be read now. */
static bool
is_ready(struct tail *tail, struct tail_file *file, sv_usec now)
{
	if (!file->dirty || file->foreign)
		return false;
	if (file->after && !file->after->at_end && !file->after->foreign)
		return false;
	if (file->after && !file->opened)
		file->heir_of = file->after;
	file->after = NULL;
	if (!file->judged)
		tail_list_judge(&tail->files, file, now);
	if (!file->judged && file->head.len == 0) {
		/* Empty: nobody has to wait for it. */
		file->at_end = true;
		file->dirty = false;
	}
	return file->judged && !file->foreign;
}

/* True: there is more. */
static bool
read_file(struct tail *tail, struct tail_file *file, struct tail_reading *reading)
{
	if (!file->opened)
		open_source(tail, file, reading);
	reading->budget = BUDGET;
	switch (tail_file_drain(file, reading)) {
	case TAIL_DRAINED:
		break;
	case TAIL_TRUNCATED:
		tail_turn_over(&tail->files, file, reading);
		break;
	case TAIL_BEGUN:
		tail_turn_begun(&tail->files, file, tail->lines.cap_bytes);
		break;
	}
	if (!file->at_end)
		return true;
	file->dirty = false;
	if (tail->sink.caught_up)
		tail->sink.caught_up(tail->sink.user, file->source_user);
	return false;
}

static int on_more(sd_event_source *source, void *user);

static void
work(struct tail *tail)
{
	struct tail_reading reading = { .lines = &tail->lines,
					.sink = &tail->sink,
					.stats = &tail->stats,
					.now = monotonic_now() };
	bool more = false;

	if (tail->names_changed)
		scan(tail);
	/* All are known to the sink before the first is read: it may want another one
	 * to be read first. */
	for (struct tail_file *f = tail->files.first; f; f = f->next)
		if (!f->opened && is_ready(tail, f, reading.now))
			open_source(tail, f, &reading);
	for (struct tail_file *f = tail->files.first; f; f = f->next)
		if (is_ready(tail, f, reading.now))
			more |= read_file(tail, f, &reading);
	/* One that waited for another may go on in the next round. */
	for (struct tail_file *f = tail->files.first; f; f = f->next)
		more |= f->dirty && !f->foreign && f->after && f->after->at_end;
	tail_list_reap(&tail->files, &reading, tail->spec.linger_usec);
	if (tail_turn_on(&tail->files, tail->lines.cap_bytes)) {
		tail->names_changed = true;
		more = true;
	}
	tail->stats.caught_up = !more;
	if (more)
		(void)again_at_next_turn(tail->loop, &tail->more, on_more, tail);
}

/* ---- events ---- */

static void
on_news(void *user, enum tail_news news, int folder, const char *name)
{
	struct tail *tail = user;
	bool known = false;

	switch (news) {
	case TAIL_NEWS_GROWN:
		for (struct tail_file *f = tail->files.first; f; f = f->next)
			if (f->folder == folder &&
			    strcmp(tail_base_name(f->place), name) == 0)
				f->dirty = known = true;
		/* Perhaps one of ours under a new name. */
		for (struct tail_file *f = tail->files.first; f && !known; f = f->next)
			f->dirty |= f->orphan;
		break;
	case TAIL_NEWS_NAMES:
	case TAIL_NEWS_MISSED:
		tail->names_changed = true;
		break;
	case TAIL_NEWS_THATS_IT:
		work(tail);
		break;
	}
}

static int
on_more(sd_event_source *source, void *user)
{
	(void)source;
	work(user);
	return 0;
}

static int
arm_timer(struct tail *tail)
{
	sv_usec wait = SCAN_USEC;

	if (tail->polled && tail->spec.poll_usec < wait)
		wait = tail->spec.poll_usec;
	if (tail->spec.linger_usec < wait)
		wait = tail->spec.linger_usec;
	int r = sd_event_source_set_time(tail->timer, monotonic_now() + wait);

	return r < 0 ? r : sd_event_source_set_enabled(tail->timer, SD_EVENT_ONESHOT);
}

static int
on_timer(sd_event_source *source, uint64_t due, void *user)
{
	struct tail *tail = user;

	(void)source, (void)due;
	tail->names_changed = true;
	work(tail);
	return arm_timer(tail);
}

static void
tail_stop(struct input *input)
{
	struct tail *tail = (struct tail *)input;

	tail->timer = sd_event_source_disable_unref(tail->timer);
	tail->more = sd_event_source_disable_unref(tail->more);
	tail_watch_free(tail->watch);
	tail->watch = NULL;
	while (tail->files.first)
		tail_list_close(&tail->files, tail->files.first);
	tail->scanned = false;
}

static int
tail_start(struct input *input)
{
	struct tail *tail = (struct tail *)input;
	struct tail_watch_sink news = { on_news, tail };
	int r = tail_watch_new(tail->loop, &news, &tail->watch);

	if (r >= 0)
		r = sd_event_add_time(tail->loop, &tail->timer, CLOCK_MONOTONIC,
				      monotonic_now(), 100 * SV_USEC_PER_MSEC, on_timer,
				      tail);
	if (r >= 0)
		r = again_at_next_turn(tail->loop, &tail->more, on_more, tail);
	if (r < 0) {
		tail_stop(input);
		return r;
	}
	if (tail->saved) {
		tail->n_opened = tail_saved_opened(tail->saved);
		tail->looked = tail_saved_looked(tail->saved);
	}
	/* The places are taken now, not at the first turn of the loop: what is written
	 * after input_start() is new. */
	scan(tail);
	return arm_timer(tail);
}

static void
tail_stats(const struct input *input, struct input_stats *ret_stats)
{
	*ret_stats = ((const struct tail *)input)->stats;
}

static void
tail_save(const struct input *input, struct pack *out)
{
	const struct tail *tail = (const struct tail *)input;

	struct tail_saving saving = { .list = &tail->files,
				      .restored = tail->saved,
				      .n_opened = tail->n_opened,
				      .looked = tail->looked };

	tail_saved_put(&saving, out);
}

static int
tail_restore(struct input *input, struct unpack *in)
{
	struct tail *tail = (struct tail *)input;

	return tail_saved_new(in, &tail->saved);
}

static void
tail_free(struct input *input)
{
	struct tail *tail = (struct tail *)input;

	tail_stop(input);
	tail_saved_free(tail->saved);
	lines_done(&tail->lines);
	strings_free(tail->paths);
	free(tail->title);
	sd_event_unref(tail->loop);
	free(tail);
}

static const struct input_ops tail_ops = {
	.kind = "file",
	.start = tail_start,
	.stop = tail_stop,
	.stats = tail_stats,
	.save = tail_save,
	.restore = tail_restore,
	.free = tail_free,
};

static bool
copy_spec(struct tail *tail, const struct tail_spec *spec)
{
	tail->spec = *spec;
	tail->spec.paths = NULL;
	if (!tail->spec.max_line_bytes)
		tail->spec.max_line_bytes = SV_RECORD_MAX_BYTES;
	if (!tail->spec.poll_usec)
		tail->spec.poll_usec = POLL_USEC;
	if (!tail->spec.max_files)
		tail->spec.max_files = MAX_FILES;
	if (!tail->spec.linger_usec)
		tail->spec.linger_usec = LINGER_USEC;
	tail->title = strdup(spec->title ? spec->title : "");
	tail->paths = strings_copy(spec->paths, spec->n_paths);
	return tail->title && tail->paths;
}

int
tail_new(const struct tail_spec *spec, sd_event *loop, const struct input_sink *sink,
	 struct input **ret_input)
{
	struct tail *tail = calloc(1, sizeof(*tail));

	if (!tail)
		return -ENOMEM;
	tail->loop = sd_event_ref(loop);
	tail->sink = *sink;
	tail->input.ops = &tail_ops;
	if (!copy_spec(tail, spec) ||
	    lines_init(&tail->lines, tail->spec.max_line_bytes, BLOCK_BYTES) < 0) {
		tail_free(&tail->input);
		return -ENOMEM;
	}
	tail->files.max = tail->spec.max_files;
	tail->files.sink = &tail->sink;
	tail->files.patterns =
		(struct tail_patterns){ tail->paths, tail->spec.n_paths };
	tail->input.title = tail->title;
	*ret_input = &tail->input;
	return 0;
}
