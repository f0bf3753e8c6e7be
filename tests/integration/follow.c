/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Follows a journal or files as the daemon does and prints what its inputs deliver, one
 * record a line: flags, lost, length, unit, identifier, text (first 60 bytes, control
 * bytes as '?'). "= opened NAME", "= caught up" and "= problem …" tell the rest.
 */
#include "base/text.h"
#include "input/input.h"

#include <getopt.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>

static void *
on_opened(void *user, const struct input_source *source)
{
	printf("= opened %s\n", source->name);
	return user;
}

static void
on_closed(void *user, void *source_user)
{
	(void)user, (void)source_user;
	printf("= closed\n");
}

static void
on_caught_up(void *user, void *source_user)
{
	(void)user, (void)source_user;
	printf("= caught up\n");
	(void)fflush(stdout);
}

static void
on_record(void *user, void *source_user, const struct sv_record *record)
{
	char text[61];
	size_t n = record->text.len < 60 ? record->text.len : 60;

	(void)user, (void)source_user;
	for (size_t i = 0; i < n; i++) {
		unsigned char c = (unsigned char)record->text.ptr[i];
		text[i] = c < 32 || c > 126 ? '?' : (char)c;
	}
	text[n] = '\0';
	printf("%s%s%s%s lost=%llu len=%zu unit=%.*s ident=%.*s text=%s\n",
	       record->flags & SV_RECORD_WHOLE ? "W" : "-",
	       record->flags & SV_RECORD_TRUNCATED ? "T" : "-",
	       record->flags & SV_RECORD_GAP ? "G" : "-",
	       record->flags & SV_RECORD_DISCONTINUOUS ? "D" : "-",
	       (unsigned long long)record->lost, record->text.len,
	       (int)record->unit.len, record->unit.ptr ? record->unit.ptr : "",
	       (int)record->ident.len, record->ident.ptr ? record->ident.ptr : "",
	       text);
}

static int
on_report(sd_event_source *source, uint64_t due, void *user)
{
	struct input *input = user;
	struct input_stats stats;

	input_stats_get(input, &stats);
	if (stats.problem[0])
		printf("= problem %s\n", stats.problem);
	(void)fflush(stdout);
	(void)sd_event_source_set_time(source, due + 200 * SV_USEC_PER_MSEC);
	return sd_event_source_set_enabled(source, SD_EVENT_ONESHOT);
}

static int
follow(sd_event *loop, struct input *input)
{
	struct input_stats stats;
	uint64_t now = 0;
	int r = sd_event_now(loop, CLOCK_MONOTONIC, &now);

	if (r >= 0)
		r = sd_event_add_time(loop, NULL, CLOCK_MONOTONIC, now, 1000, on_report,
				      input);
	if (r >= 0)
		r = input_start(input);
	if (r >= 0)
		r = sd_event_loop(loop);
	input_stats_get(input, &stats);
	printf("= end records=%llu gaps=%llu reopened=%llu cut=%llu\n",
	       (unsigned long long)stats.records, (unsigned long long)stats.gaps,
	       (unsigned long long)stats.reopened, (unsigned long long)stats.cut);
	return r < 0;
}

int
main(int argc, char **argv)
{
	const char *units[1] = { NULL }, *identifiers[1] = { NULL };
	struct journal_spec journal = { .title = "t",
					.units = units,
					.identifiers = identifiers };
	struct tail_spec files = { .title = "t" };
	struct input_sink sink = { on_opened, on_record, on_caught_up, on_closed,
				   NULL };
	struct input *input = NULL;
	sd_event *loop = NULL;
	sigset_t signals;
	int c, status = 2;

	while ((c = getopt(argc, argv, "bd:n:u:i:c:")) != -1) {
		if (c == 'b')
			journal.from = files.from = INPUT_FROM_BEGINNING;
		else if (c == 'd')
			journal.directory = optarg;
		else if (c == 'n')
			journal.name_space = optarg;
		else if (c == 'c')
			journal.cursor = optarg;
		else if (c == 'u')
			units[journal.n_units++] = optarg;
		else if (c == 'i')
			identifiers[journal.n_identifiers++] = optarg;
		else
			return 2;
	}
	files.paths = (const char *const *)argv + optind;
	files.n_paths = (size_t)(argc - optind);
	(void)sigemptyset(&signals);
	(void)sigaddset(&signals, SIGTERM);
	(void)sigprocmask(SIG_BLOCK, &signals, NULL);
	if (sd_event_new(&loop) >= 0 &&
	    sd_event_add_signal(loop, NULL, SIGTERM, NULL, NULL) >= 0 &&
	    (files.n_paths ? tail_new(&files, loop, &sink, &input)
			   : journal_new(&journal, loop, &sink, &input)) >= 0)
		status = follow(loop, input);
	input_free(input);
	sd_event_unref(loop);
	return status;
}
