/* SPDX-License-Identifier: Apache-2.0 */
/* The live journal input over files that systemd-journal-remote writes; rotation and
 * vacuum by a real journald are in tests/integration/journal.t. */
#include "base/text.h"
#include "input/input.h"

#include <criterion/criterion.h>
#include <errno.h>
#include <ftw.h>
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#define REMOTE "/lib/systemd/systemd-journal-remote"
#define DEADLINE_MSEC 10000

static struct {
	char text[64][64];
	unsigned flags[64];
	uint64_t lost[64];
	size_t n;
	unsigned opened, closed, caught_up;
} got;

static char folder[64];
static sd_event *loop;
static struct input *input;
static FILE *feed; /* into systemd-journal-remote */
static unsigned n_fed;

static void *
on_opened(void *user, const struct input_source *source)
{
	(void)user;
	cr_expect_str_eq(source->name, "journal:pbx");
	got.opened++;
	return &got;
}

static void
on_record(void *user, void *source_user, const struct sv_record *record)
{
	(void)user;
	cr_assert_eq(source_user, &got);
	cr_assert_lt(got.n, 64u);
	(void)snprintf(got.text[got.n], sizeof(got.text[0]), "%.*s",
		       (int)record->text.len, record->text.ptr);
	got.flags[got.n] = record->flags;
	got.lost[got.n++] = record->lost;
	cr_expect_eq(record->time_source, SV_TIME_JOURNAL);
}

static void
on_caught_up(void *user, void *source_user)
{
	(void)user, (void)source_user;
	got.caught_up++;
}

static void
on_closed(void *user, void *source_user)
{
	(void)user, (void)source_user;
	got.closed++;
}

static const struct input_sink sink = { on_opened, on_record, on_caught_up, on_closed,
					NULL };

static void
set_up(void)
{
	(void)snprintf(folder, sizeof(folder), "/tmp/sipvigil-journal-XXXXXX");
	cr_assert(mkdtemp(folder));
	cr_assert_geq(sd_event_new(&loop), 0);
	if (access(REMOTE, X_OK) < 0)
		cr_skip_test("systemd-journal-remote is not installed");
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
	if (input)
		input_free(input);
	if (feed)
		(void)pclose(feed);
	sd_event_unref(loop);
	(void)nftw(folder, remove_one, 8, FTW_DEPTH | FTW_PHYS);
}

TestSuite(journal, .init = set_up, .fini = tear_down);

static void
open_feed(void)
{
	char command[256];

	(void)signal(SIGPIPE, SIG_IGN);
	(void)snprintf(command, sizeof(command), "%s -o %s/x.journal - >/dev/null 2>&1",
		       REMOTE, folder);
	feed = popen(command, "w");
	cr_assert(feed);
}

/* One entry; `more` are further fields, each with its line end. */
static void
log_entry(const char *unit, const char *ident, const char *text, const char *more)
{
	n_fed++;
	(void)fprintf(feed,
		      "__REALTIME_TIMESTAMP=%" PRIu64 "\n__MONOTONIC_TIMESTAMP=%u\n"
		      "_BOOT_ID=11111111111111111111111111111111\n"
		      "_SYSTEMD_UNIT=%s\nSYSLOG_IDENTIFIER=%s\n%sMESSAGE=%s\n\n",
		      1795300000000000u + (uint64_t)n_fed * SV_USEC_PER_SEC, n_fed,
		      unit, ident, more, text);
	(void)fflush(feed);
}

static void
start(enum input_from from, const char *unit, const char *ident, const char *cursor)
{
	struct journal_spec spec = { .title = "pbx",
				     .units = &unit,
				     .n_units = unit != NULL,
				     .identifiers = &ident,
				     .n_identifiers = ident != NULL,
				     .directory = folder,
				     .from = from,
				     .cursor = cursor };

	cr_assert_eq(journal_new(&spec, loop, &sink, &input), 0);
	cr_assert_geq(input_start(input), 0);
}

static uint64_t
now_msec(void)
{
	struct timespec t;

	(void)clock_gettime(CLOCK_MONOTONIC, &t);
	return (uint64_t)t.tv_sec * 1000 + (uint64_t)t.tv_nsec / 1000000;
}

static void
expect_records(size_t n)
{
	uint64_t deadline = now_msec() + DEADLINE_MSEC;

	while (got.n < n && now_msec() < deadline)
		cr_assert_geq(sd_event_run(loop, 20000), 0);
	cr_assert_eq(got.n, n, "%zu records, not %zu", got.n, n);
}

/* The first entry of a file that is being made can be read. */
static void
feed_first(void)
{
	char path[128];
	struct stat st = { 0 };
	uint64_t deadline = now_msec() + DEADLINE_MSEC;

	open_feed();
	log_entry("asterisk.service", "asterisk", "first", "");
	(void)snprintf(path, sizeof(path), "%s/x.journal", folder);
	while ((stat(path, &st) < 0 || st.st_size == 0) && now_msec() < deadline)
		cr_assert_geq(sd_event_run(loop, 10000), 0);
}

Test(journal, missing_one_is_waited_for_and_read_from_its_beginning)
{
	struct input_stats stats;

	start(INPUT_FROM_END, NULL, NULL, NULL);
	input_stats_get(input, &stats);
	cr_expect(strstr(stats.problem, "no journal in"), "%s", stats.problem);
	cr_expect_eq(got.opened, 0);
	feed_first();
	expect_records(1);
	cr_expect_str_eq(got.text[0], "first");
	cr_expect_eq(got.opened, 1);
	log_entry("asterisk.service", "asterisk", "second", "");
	expect_records(2);
	cr_expect_str_eq(got.text[1], "second");
	input_stats_get(input, &stats);
	cr_expect_str_empty(stats.problem);
	cr_expect_eq(stats.records, 2);
	cr_expect_geq(got.caught_up, 1);
	input_stop(input);
	cr_expect_eq(got.closed, 1);
}

Test(journal, units_and_identifiers_are_alternatives)
{
	feed_first();
	start(INPUT_FROM_BEGINNING, "asterisk", "kamailio", NULL);
	log_entry("sshd.service", "sshd", "not ours", "");
	log_entry("sshd.service", "kamailio", "by identifier", "");
	log_entry("asterisk.service", "x", "by unit", "");
	expect_records(3);
	cr_expect_str_eq(got.text[0], "first");
	cr_expect_str_eq(got.text[1], "by identifier");
	cr_expect_str_eq(got.text[2], "by unit");
	cr_expect_eq(got.flags[0], SV_RECORD_WHOLE | SV_RECORD_DISCONTINUOUS);
	cr_expect_eq(got.flags[1], SV_RECORD_WHOLE);
}

Test(journal, suppressed_messages_of_others_are_no_gap_of_ours)
{
	static const char notice[] = "_TRANSPORT=driver\nN_DROPPED=7\n"
				     "MESSAGE_ID=a596d6fe7bfa4994828e72309e95d61e\n";

	feed_first();
	start(INPUT_FROM_BEGINNING, "asterisk.service", NULL, NULL);
	log_entry("systemd-journald.service", "systemd-journald",
		  "Suppressed 7 messages from sshd.service", notice);
	log_entry("systemd-journald.service", "systemd-journald",
		  "Suppressed 7 messages from asterisk.service", notice);
	expect_records(2);
	cr_expect_eq(got.flags[1], SV_RECORD_WHOLE | SV_RECORD_GAP);
	cr_expect_eq(got.lost[1], 7);
}

Test(journal, cursor_continues_behind_its_entry)
{
	char cursor[512];

	feed_first();
	log_entry("asterisk.service", "asterisk", "second", "");
	start(INPUT_FROM_BEGINNING, NULL, NULL, NULL);
	expect_records(2);
	(void)snprintf(cursor, sizeof(cursor), "%s", journal_cursor(input));
	input_free(input);
	input = NULL;
	log_entry("asterisk.service", "asterisk", "third", "");
	start(INPUT_FROM_BEGINNING, NULL, NULL, cursor);
	expect_records(3);
	cr_expect_str_eq(got.text[2], "third");
	cr_expect_eq(got.flags[2] & SV_RECORD_GAP, 0);
}

Test(journal, cursor_whose_entry_is_gone_means_a_loss)
{
	feed_first();
	start(INPUT_FROM_END, NULL, NULL,
	      "s=00000000000000000000000000000001;i=1;b="
	      "11111111111111111111111111111111;"
	      "m=1;t=1;x=1");
	expect_records(2);
	cr_expect(got.flags[0] & SV_RECORD_GAP);
	cr_expect_eq(got.lost[0], 0, "nobody knows how many");
	cr_expect_str_eq(got.text[1], "first");
	cr_expect(got.flags[1] & SV_RECORD_DISCONTINUOUS);
}
