/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/progress.h"

#include "base/i18n.h"
#include "base/text.h"
#include "cli/terminal.h"

#include <unistd.h>

/** Between two looks, seconds. */
#define SHOW_EVERY 0.2
/** Before that, how long it will take is a guess. */
#define GUESS_AFTER 1.0

static double
since(const struct timespec *then, const struct timespec *now)
{
	return (double)(now->tv_sec - then->tv_sec) +
	       (double)(now->tv_nsec - then->tv_nsec) / 1e9;
}

void
progress_begin(struct progress *progress, const char *what, uint64_t total)
{
	struct terminal terminal;

	*progress = (struct progress){ .what = what, .total = total };
	terminal_init(&terminal, STDERR_FILENO);
	if (!terminal.interactive)
		return;
	progress->to = stderr;
	progress->columns = terminal.columns;
	clock_gettime(CLOCK_MONOTONIC, &progress->begun);
	progress->shown = progress->begun;
}

static void
add_left(struct buffer *line, double seconds)
{
	unsigned long long sec = (unsigned long long)(seconds + 0.5);

	if (sec >= 120)
		buffer_addf(line, _("   %llu min left"), (sec + 30) / 60);
	else
		buffer_addf(line, _("   %llu s left"), sec);
}

void
progress_text(const struct progress *progress, uint64_t done, double seconds, char *out,
	      size_t out_bytes)
{
	struct buffer line;
	double speed = seconds > 0 ? (double)done / seconds : 0;

	buffer_init(&line);
	buffer_add_cstr(&line, progress->what);
	if (progress->total && done <= progress->total)
		buffer_addf(&line, "   %.0f %%",
			    100.0 * (double)done / (double)progress->total);
	else
		buffer_addf(&line, "   %.0f MB", (double)done / 1e6);
	if (speed > 0)
		buffer_addf(&line, speed < 9.95e6 ? "   %.1f MB/s" : "   %.0f MB/s",
			    speed / 1e6);
	if (progress->total && done <= progress->total && speed > 0 &&
	    seconds >= GUESS_AFTER)
		add_left(&line, (double)(progress->total - done) / speed);
	(void)snprintf(out, out_bytes, "%.*s", (int)line.len, line.len ? line.ptr : "");
	buffer_done(&line);
}

void
progress_show(struct progress *progress, uint64_t done)
{
	struct timespec now;
	struct buffer cell;
	char text[256];

	clock_gettime(CLOCK_MONOTONIC, &now);
	if (!progress->to || since(&progress->shown, &now) < SHOW_EVERY)
		return;
	progress->shown = now;
	progress->visible = true;
	progress_text(progress, done, since(&progress->begun, &now), text,
		      sizeof(text));
	buffer_init(&cell);
	terminal_cell(&cell, str_of(text), progress->columns - 1);
	fprintf(progress->to, "\r%.*s", (int)cell.len, cell.len ? cell.ptr : "");
	(void)fflush(progress->to);
	buffer_done(&cell);
}

void
progress_end(struct progress *progress)
{
	if (progress->visible)
		fputs("\r\033[K", progress->to);
	progress->visible = false;
}
