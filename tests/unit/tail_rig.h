/* SPDX-License-Identifier: Apache-2.0 */
/*
 * For tests of the file input over kills: real files in a scratch folder, the lines that
 * came as words, and positions that are saved and restored as the daemon does it.
 */
#pragma once

#include "base/text.h"
#include "input/input.h"

#include <criterion/criterion.h>
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define DEADLINE_MSEC 10000
#define QUIET_MSEC 60
#define IDLE_TURNS 2
#define MAX_LINES 40000

/* Shell functions for the steps. Lines have a beginning that tells one log from
 * another, as stamps do. */
static const char functions[] =
	"w() { f=$1; shift; for x; do echo \"2026-11-22 10:00:00 line $x\" >>$f; done; "
	"}\n"
	"p() { printf '%s' \"2026-11-22 10:00:00 line $2\" >>$1; }\n"
	"e() { echo \"$2\" >>$1; }\n"
	"d() { printf '%s\\n' '{\"log\":\"2026-11-22 10:00:00 line '\"$2\"'\\n\",'"
	"'\"stream\":\"stdout\",\"time\":\"2026-11-22T10:00:00.1Z\"}' >>$1; }\n"
	"dp() { printf '%s\\n' '{\"log\":\"'\"$2\"'\",\"stream\":\"'${3:-stdout}'\",'"
	"'\"time\":\"2026-11-22T10:00:00.1Z\"}' >>$1; }\n"
	"ct() { cp $1 $2 && : >$1; }\n"
	"many() { seq $2 $3 | sed 's/^/2026-11-22 10:00:00 line /' >>$1; }\n";

static struct {
	char *word[MAX_LINES];
	size_t n;
} got;

static char folder[64];
static sd_event *loop;
static struct input *input;
static char *image;
static size_t image_len, got_at_save;
/* Done while the line "now" is being delivered. */
static const char *in_delivery;

static void run_shell(const char *command);

/* The source's own state, saved with its position: must come back to it. */
static void *
on_opened(void *user, const struct input_source *source)
{
	(void)user;
	cr_assert(source->saved.len == 0 ||
		  str_eq(source->saved, SV_STR("state of the source")));
	return &got;
}

static void
on_record(void *user, void *source_user, const struct sv_record *record)
{
	struct sv_str text = record->text;
	size_t at = str_find(text, SV_STR(" line "));

	(void)user, (void)source_user;
	cr_assert_lt(got.n, (size_t)MAX_LINES);
	if (record->flags & SV_RECORD_GAP)
		text = SV_STR("GAP");
	else if (at != STR_NONE)
		text = str_from(text, at + 6);
	got.word[got.n++] = strndup(text.ptr, text.len > 40 ? 40 : text.len);
	if (in_delivery && str_eq(text, SV_STR("now"))) {
		const char *command = in_delivery;
		in_delivery = NULL;
		run_shell(command);
	}
}

static void
on_caught_up(void *user, void *source_user)
{
	(void)user, (void)source_user;
}

static void
on_save(void *user, void *source_user, struct pack *out)
{
	(void)user, (void)source_user;
	pack_bytes(out, "state of the source", 19);
}

static const struct input_sink sink = { .opened = on_opened,
					.record = on_record,
					.caught_up = on_caught_up,
					.closed = on_caught_up,
					.save = on_save };

static uint64_t
now_msec(void)
{
	struct timespec t;

	(void)clock_gettime(CLOCK_MONOTONIC, &t);
	return (uint64_t)t.tv_sec * 1000 + (uint64_t)t.tv_nsec / 1000000;
}

static void
forget_from(size_t n)
{
	while (got.n > n)
		free(got.word[--got.n]);
}

static void
set_up(void)
{
	char path[96];
	FILE *file;

	(void)snprintf(folder, sizeof(folder), "/tmp/sipvigil-saved-XXXXXX");
	cr_assert(mkdtemp(folder));
	(void)snprintf(path, sizeof(path), "%s/.functions", folder);
	file = fopen(path, "w");
	cr_assert(file && fputs(functions, file) >= 0);
	(void)fclose(file);
	cr_assert_geq(sd_event_new(&loop), 0);
	got_at_save = 0;
	in_delivery = NULL;
}

static int
remove_one(const char *name, const struct stat *st, int type, struct FTW *ftw)
{
	(void)st, (void)type, (void)ftw;
	return remove(name);
}

static void
tear_down(void)
{
	input_free(input);
	input = NULL;
	free(image);
	image = NULL;
	image_len = 0;
	sd_event_unref(loop);
	loop = NULL;
	forget_from(0);
	cr_assert_eq(seteuid(getuid()), 0);
	(void)nftw(folder, remove_one, 8, FTW_DEPTH | FTW_PHYS);
}

/* One pattern, or two with a space in between. */
static void
start_input(const char *pattern, enum input_from from)
{
	char first[160], second[160];
	const char *paths[2] = { first, second };
	size_t n = strcspn(pattern, " ");
	struct tail_spec spec = { .title = "t",
				  .paths = paths,
				  .n_paths = pattern[n] ? 2 : 1,
				  .from = from,
				  .max_line_bytes = 4096,
				  .poll_usec = 20 * SV_USEC_PER_MSEC };
	struct unpack in = unpack_of(str_make(image, image_len));

	(void)snprintf(first, sizeof(first), "%s/%.*s", folder, (int)n, pattern);
	(void)snprintf(second, sizeof(second), "%s/%s", folder,
		       pattern[n] ? pattern + n + 1 : "");
	cr_assert_eq(tail_new(&spec, loop, &sink, &input), 0);
	if (image)
		cr_assert_eq(input->ops->restore(input, &in), 0);
	cr_assert_geq(input_start(input), 0);
}

static void
save_input(void)
{
	struct pack out = { 0 };

	input->ops->save(input, &out);
	free(image);
	image_len = (size_t)out.total;
	image = malloc(image_len);
	out = (struct pack){ .buf = image, .cap = image_len };
	input->ops->save(input, &out);
	cr_assert_eq(out.total, image_len);
	got_at_save = got.n;
}

/* What came after it was saved is forgotten by all: it must come again. */
static void
stop_input(void)
{
	input_free(input);
	input = NULL;
	forget_from(got_at_save);
}

static void
restart_input(const char *pattern, enum input_from from)
{
	stop_input();
	start_input(pattern, from);
}

/* Until nothing has come for a while and `n` lines are there. Time alone does not show
 * that the input has had its turns: this process may not have run meanwhile. */
static void
run_until(size_t n)
{
	uint64_t deadline = now_msec() + DEADLINE_MSEC, quiet = now_msec();
	size_t had = got.n;
	unsigned idle = 0;

	while (now_msec() < deadline &&
	       (got.n < n || idle < IDLE_TURNS || now_msec() < quiet + QUIET_MSEC)) {
		int r = sd_event_run(loop, 10000);
		cr_assert_geq(r, 0);
		idle += r == 0;
		if (got.n != had) {
			quiet = now_msec();
			idle = 0;
		}
		had = got.n;
	}
}

static void
run_shell(const char *command)
{
	/* File times go in steps of the timer interrupt. */
	struct timespec tick = { 0, 8000000 };
	char full[1024];

	(void)snprintf(full, sizeof(full), "cd %s && . ./.functions && %s", folder,
		       command);
	int status = system(full);
	cr_assert(WIFEXITED(status) && WEXITSTATUS(status) == 0, "%s: %d", command,
		  status);
	(void)nanosleep(&tick, NULL);
}
