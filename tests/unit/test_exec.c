/* SPDX-License-Identifier: Apache-2.0 */
/* Programs that are begun when the loop has ended: at the stop of the daemon. */
#include "base/log.h"
#include "base/text.h"
#include "output/output.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

static const struct output_identity identity = { "pbx1", "main", "0.1.0" };

struct scene {
	sd_event *loop;
	struct output *output;
	char file[64];
};

static void
scene_init(struct scene *s, const char *program)
{
	const char *const command[] = { "/bin/sh", "-c", program, s->file };
	const struct exec_output_spec spec = { .title = "page",
					       .command = command,
					       .n_command = 4 };
	struct sv_alert alert = { .id = "0123456789abcdef0123456789abcdef",
				  .incident = "0123456789abcdef0123456789abcdef",
				  .rule = SV_STR("busy"),
				  .fingerprint = SV_STR("busy|peer=a"),
				  .time = 1795340000 * SV_USEC_PER_SEC,
				  .severity = SV_SEVERITY_WARNING };
	char problem[OUTPUT_PROBLEM_BYTES] = "";
	int fd;

	log_setup("test", LOG_LEVEL_ERROR);
	(void)snprintf(s->file, sizeof(s->file), "/tmp/sv-exec-XXXXXX");
	fd = mkstemp(s->file);
	cr_assert(fd >= 0);
	(void)close(fd);
	cr_assert_geq(sd_event_new(&s->loop), 0);
	cr_assert_geq(exec_output_new(&spec, &identity, s->loop, &s->output, problem),
		      0, "%s", problem);
	cr_assert_geq(s->output->ops->start(s->output), 0);
	cr_assert_geq(sd_event_exit(s->loop, 0), 0);
	cr_assert_geq(sd_event_loop(s->loop), 0);
	s->output->ops->alert(s->output, &alert);
}

static void
scene_done(struct scene *s)
{
	output_free(s->output);
	(void)unlink(s->file);
	sd_event_unref(s->loop);
}

static sv_usec
now_usec(void)
{
	struct timespec ts = { 0 };

	(void)clock_gettime(CLOCK_MONOTONIC, &ts);
	return (sv_usec)ts.tv_sec * SV_USEC_PER_SEC + (sv_usec)ts.tv_nsec / 1000;
}

static unsigned
lines_of(const char *path)
{
	FILE *f = fopen(path, "r");
	unsigned n = 0;

	cr_assert(f);
	for (int c; (c = fgetc(f)) != EOF;)
		n += c == '\n';
	(void)fclose(f);
	return n;
}

Test(exec, a_program_begun_when_the_loop_has_ended_runs_once, .timeout = 30)
{
	struct scene s;
	struct output_stats stats = { 0 };

	scene_init(&s, "cat >>\"$0\"");
	s.output->ops->drain(s.output);
	s.output->ops->stop(s.output, 10 * SV_USEC_PER_SEC);
	s.output->ops->stats(s.output, &stats);
	cr_expect_eq(stats.delivered, 1);
	cr_expect_eq(stats.waiting, 0);
	cr_expect_eq(lines_of(s.file), 1);
	scene_done(&s);
}

Test(exec, one_that_fails_then_is_not_begun_again, .timeout = 30)
{
	struct scene s;
	struct output_stats stats = { 0 };
	sv_usec begin = now_usec();

	scene_init(&s, "echo >>\"$0\"; exit 1");
	s.output->ops->drain(s.output);
	s.output->ops->stop(s.output, 10 * SV_USEC_PER_SEC);
	s.output->ops->stats(s.output, &stats);
	cr_expect_lt(now_usec() - begin, 9 * SV_USEC_PER_SEC);
	cr_expect_eq(stats.delivered, 0);
	cr_expect_eq(stats.waiting, 1);
	cr_expect_eq(lines_of(s.file), 1);
	scene_done(&s);
}

Test(exec, one_that_cannot_be_begun_holds_up_nothing, .timeout = 30)
{
	struct scene s;
	const char *const command[] = { "/nonexistent/program" };
	const struct exec_output_spec spec = { .title = "none",
					       .command = command,
					       .n_command = 1 };
	struct sv_alert alert = { .id = "0", .rule = SV_STR("busy") };
	struct output *none;
	char problem[OUTPUT_PROBLEM_BYTES] = "";

	scene_init(&s, "cat >>\"$0\"");
	cr_assert_geq(exec_output_new(&spec, &identity, s.loop, &none, problem), 0);
	none->ops->alert(none, &alert);
	none->ops->drain(none);
	none->ops->stop(none, SV_USEC_PER_SEC);
	output_free(none);
	scene_done(&s);
}
