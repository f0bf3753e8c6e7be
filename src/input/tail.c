/* SPDX-License-Identifier: Apache-2.0 */
#include "input/tail_list.h"
#include "input/tail_saved.h"
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
	struct tail_saved *saved; /* positions to go on from, until the first scan */
	uint32_t n_opened;
	struct input_stats stats;
};

static sv_usec
monotonic_now(void)
{
	struct timespec t = { 0 };

	(void)clock_gettime(CLOCK_MONOTONIC, &t);
	return (sv_usec)t.tv_sec * SV_USEC_PER_SEC + (sv_usec)t.tv_nsec / 1000;
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

static int
watch_folder_of(struct tail *tail, const char *path)
{
	char folder[4096];
	int n = (int)(tail_base_name(path) - path);

	if (n == 0)
		return tail_watch_add(tail->watch, ".");
	(void)snprintf(folder, sizeof(folder), "%.*s", n, path);
	return tail_watch_add(tail->watch, folder);
}

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

static void
adopt(struct tail *tail, const char *path)
{
	struct tail_file *file = NULL;

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
	file->folder = watch_folder_of(tail, path);
	tail_file_look(file);
	/* What appeared while the daemon was away is as new as what appears now. */
	if (!tail->scanned &&
	    !(tail->saved && tail_saved_succeeds(tail->saved, path))) {
		file->judged = true;
		if (tail->spec.from == INPUT_FROM_END)
			tail_file_to_end(file, tail->lines.cap_bytes);
	}
	file->after = tail_list_predecessor(&tail->files, path);
	if (file->after) {
		file->after->dirty = true;
		file->after->at_end = false;
	}
	tail_list_append(&tail->files, file);
}

static bool
is_still_there(const struct tail_file *file)
{
	struct stat st;

	return stat(file->place, &st) == 0 && st.st_dev == file->dev &&
	       st.st_ino == file->ino;
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
	if (strcmp(file->place, path) != 0 && !is_still_there(file) &&
	    tail_file_move(file, path) == 0)
		file->folder = watch_folder_of(tail, path);
}

struct match {
	const char *path;
	struct stat st;
};

static int
compare_ages(const void *a, const void *b)
{
	const struct match *x = a, *y = b;

	if (x->st.st_mtim.tv_sec != y->st.st_mtim.tv_sec)
		return x->st.st_mtim.tv_sec < y->st.st_mtim.tv_sec ? -1 : 1;
	if (x->st.st_mtim.tv_nsec != y->st.st_mtim.tv_nsec)
		return x->st.st_mtim.tv_nsec < y->st.st_mtim.tv_nsec ? -1 : 1;
	return 0;
}

/* Oldest first, so that a rotated log found at the start is read in its order. */
static void
scan_matches(struct tail *tail, char **paths, size_t n_paths)
{
	struct match *matches = calloc(n_paths + 1, sizeof(*matches));
	size_t n = 0;

	if (!matches)
		return;
	for (size_t i = 0; i < n_paths; i++) {
		matches[n].path = paths[i];
		if (stat(paths[i], &matches[n].st) == 0)
			n++;
		else if (errno != ENOENT)
			say_unreadable(tail, paths[i], -errno);
	}
	qsort(matches, n, sizeof(*matches), compare_ages);
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
	if (watch_folder_of(tail, pattern) < 0)
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
	} else if (stat(pattern, &st) < 0 && errno == EACCES) {
		say_unreadable(tail, pattern, -EACCES);
	}
}

static void
scan(struct tail *tail)
{
	sv_usec now = monotonic_now();
	size_t n_readable = 0;

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
		n_readable += !f->orphan && !f->foreign;
		tail->polled |= f->folder < 0;
	}
	tail->scanned = true;
	if (n_readable == 0 && !tail->stats.problem[0])
		problem_set(tail, "no file matches %.100s yet: waiting for it",
			    tail->spec.n_paths ? tail->paths[0] : "(no path)");
}

/* ---- reading ---- */

/* The file that was being read is gone: a gap. */
static void
tell_lost(struct tail *tail, struct tail_file *file)
{
	struct sv_record gap = {
		.text = str_of(file->lost ? file->lost : ""),
		.flags = SV_RECORD_WHOLE | SV_RECORD_GAP | SV_RECORD_DISCONTINUOUS,
		.gap = SV_GAP_LOST,
	};

	if (!file->lost)
		return;
	tail->stats.gaps++;
	tail->sink.record(tail->sink.user, file->source_user, &gap);
}

static void
open_source(struct tail *tail, struct tail_file *file)
{
	char key[32];
	int n = snprintf(key, sizeof(key), "%" PRIu32,
			 file->source.id ? 0 : tail->n_opened++);

	file->source.name = file->name;
	file->source.path = file->path;
	if (!file->source.id)
		file->source.id = (uint32_t)str_hash(
			str_of(file->path), str_hash(str_make(key, (size_t)n),
						     str_hash(str_of(tail->title), 1)));
	file->source.saved = file->saved;
	file->opened = true;
	if (tail->sink.opened)
		file->source_user = tail->sink.opened(tail->sink.user, &file->source);
	free((void *)(uintptr_t)file->saved.ptr);
	file->saved = file->source.saved = (struct sv_str){ 0 };
	tell_lost(tail, file);
}

/* True: it may be read now. */
static bool
is_ready(struct tail *tail, struct tail_file *file, sv_usec now)
{
	if (!file->dirty || file->foreign)
		return false;
	if (file->after && !file->after->at_end && !file->after->foreign)
		return false;
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
		open_source(tail, file);
	reading->budget = BUDGET;
	tail_file_drain(file, reading);
	if (!file->at_end)
		return true;
	file->dirty = false;
	if (tail->sink.caught_up)
		tail->sink.caught_up(tail->sink.user, file->source_user);
	return false;
}

static void
reap_orphans(struct tail *tail, struct tail_reading *reading)
{
	struct tail_file *next;

	for (struct tail_file *f = tail->files.first; f; f = next) {
		next = f->next;
		if (!f->orphan || !(f->at_end || f->foreign) ||
		    reading->now < f->growth + tail->spec.linger_usec)
			continue;
		if (f->opened)
			tail_file_finish(f, reading);
		tail_list_close(&tail->files, f);
	}
}

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
			open_source(tail, f);
	for (struct tail_file *f = tail->files.first; f; f = f->next)
		if (is_ready(tail, f, reading.now))
			more |= read_file(tail, f, &reading);
	/* One that waited for another may go on in the next round. */
	for (struct tail_file *f = tail->files.first; f; f = f->next)
		more |= f->dirty && f->after && f->after->at_end;
	reap_orphans(tail, &reading);
	tail->stats.caught_up = !more;
	(void)sd_event_source_set_enabled(tail->more,
					  more ? SD_EVENT_ON : SD_EVENT_OFF);
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

static void
go_on(struct tail *tail)
{
	tail->n_opened = tail_saved_opened(tail->saved);
	tail_saved_apply(tail->saved, &tail->files);
	for (struct tail_file *f = tail->files.first; f; f = f->next) {
		f->since = f->growth = monotonic_now();
		f->folder = watch_folder_of(tail, f->place);
	}
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
		r = sd_event_add_defer(tail->loop, &tail->more, on_more, tail);
	if (r >= 0)
		r = sd_event_source_set_priority(tail->more, INPUT_PRIORITY_MORE);
	if (r < 0) {
		tail_stop(input);
		return r;
	}
	if (tail->saved)
		go_on(tail);
	/* The places are taken now, not at the first turn of the loop: what is written
	 * after input_start() is new. */
	scan(tail);
	tail_saved_free(tail->saved);
	tail->saved = NULL;
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

	tail_saved_put(&tail->files, tail->n_opened, out);
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
	for (size_t i = 0; tail->paths && i < tail->spec.n_paths; i++)
		free(tail->paths[i]);
	free(tail->paths);
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
	tail->paths = calloc(spec->n_paths + 1, sizeof(tail->paths[0]));
	if (!tail->title || !tail->paths)
		return false;
	for (size_t i = 0; i < spec->n_paths; i++) {
		tail->paths[i] = strdup(spec->paths[i]);
		if (!tail->paths[i])
			return false;
	}
	return true;
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
	tail->input.title = tail->title;
	*ret_input = &tail->input;
	return 0;
}
