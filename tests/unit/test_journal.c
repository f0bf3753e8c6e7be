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
#include <systemd/sd-id128.h>
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
static const char *feed_boot; /* of the entries that are fed */
static uint64_t feed_clock;   /* their time, µs since 1970 */
static char *image;           /* what was saved */
static size_t image_len;

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
	feed_boot = "11111111111111111111111111111111";
	feed_clock = 1795300000000000u;
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
open_feed_to(const char *name)
{
	char command[256];

	(void)signal(SIGPIPE, SIG_IGN);
	(void)snprintf(command, sizeof(command), "%s -o %s/%s - >/dev/null 2>&1",
		       REMOTE, folder, name);
	if (feed)
		(void)pclose(feed);
	feed = popen(command, "w");
	cr_assert(feed);
}

static void
open_feed(void)
{
	open_feed_to("x.journal");
}

/* One entry; `more` are further fields, each with its line end. */
static void
log_entry(const char *unit, const char *ident, const char *text, const char *more)
{
	n_fed++;
	(void)fprintf(feed,
		      "__REALTIME_TIMESTAMP=%" PRIu64 "\n__MONOTONIC_TIMESTAMP=%u\n"
		      "_BOOT_ID=%s\n"
		      "_SYSTEMD_UNIT=%s\nSYSLOG_IDENTIFIER=%s\n%sMESSAGE=%s\n\n",
		      feed_clock + (uint64_t)n_fed * SV_USEC_PER_SEC, n_fed, feed_boot,
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
	struct unpack in = unpack_of(str_make(image, image_len));

	cr_assert_eq(journal_new(&spec, loop, &sink, &input), 0);
	if (image)
		cr_assert_eq(input->ops->restore(input, &in), 0);
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

/* Save, stop: what happens now, happens while nobody looks. */
static void
save_and_stop(void)
{
	struct pack out = { 0 };

	input->ops->save(input, &out);
	image_len = (size_t)out.total;
	image = malloc(image_len);
	out = (struct pack){ .buf = image, .cap = image_len };
	input->ops->save(input, &out);
	cr_assert_eq(out.total, image_len);
	input_free(input);
	input = NULL;
}

static void
remove_journal(const char *name)
{
	char path[128];

	(void)snprintf(path, sizeof(path), "%s/%s", folder, name);
	cr_assert_eq(unlink(path), 0);
}

static void
expect_texts(size_t from, const char *const *texts, size_t n)
{
	expect_records(from + n);
	for (size_t i = 0; i < n; i++)
		cr_expect_str_eq(got.text[from + i], texts[i]);
}

Test(journal, goes_on_where_it_was_saved)
{
	static const char *const texts[] = { "second", "third" };

	feed_first();
	start(INPUT_FROM_BEGINNING, NULL, "asterisk", NULL);
	expect_records(1);
	save_and_stop();
	log_entry("asterisk.service", "asterisk", "second", "");
	log_entry("asterisk.service", "asterisk", "third", "");
	start(INPUT_FROM_END, NULL, "asterisk", NULL);
	expect_texts(1, texts, 2);
	cr_expect_eq(got.flags[1] & SV_RECORD_GAP, 0);
	free(image);
}

/* At boot journald moves what it has in /run to /var: the same entries, with other
 * numbers in another series. */
Test(journal, what_was_flushed_to_another_file_is_not_read_twice)
{
	static const char *const texts[] = { "second" };

	feed_first();
	start(INPUT_FROM_BEGINNING, NULL, NULL, NULL);
	expect_records(1);
	save_and_stop();
	open_feed_to("y.journal");
	n_fed = 0;
	log_entry("asterisk.service", "asterisk", "first", "");
	log_entry("asterisk.service", "asterisk", "second", "");
	(void)pclose(feed);
	feed = NULL;
	remove_journal("x.journal");
	start(INPUT_FROM_END, NULL, NULL, NULL);
	expect_texts(1, texts, 1);
	cr_expect_eq(got.flags[1] & SV_RECORD_GAP, 0);
	free(image);
}

Test(journal, vacuum_is_told_with_its_time_span)
{
	struct timespec now;

	feed_first();
	start(INPUT_FROM_BEGINNING, NULL, "asterisk", NULL);
	expect_records(1);
	save_and_stop();
	open_feed_to("y.journal");
	(void)clock_gettime(CLOCK_REALTIME, &now);
	feed_clock = (uint64_t)(now.tv_sec + 60) * SV_USEC_PER_SEC;
	log_entry("asterisk.service", "asterisk", "later", "");
	(void)pclose(feed);
	feed = NULL;
	remove_journal("x.journal");
	start(INPUT_FROM_END, NULL, "asterisk", NULL);
	expect_records(3);
	cr_expect(got.flags[1] & SV_RECORD_GAP);
	cr_expect(strstr(got.text[1], "journal: entries between 20"), "%s",
		  got.text[1]);
	cr_expect_str_eq(got.text[2], "later");
	free(image);
}

/* Of a journal that is kept for so long the oldest goes every day. */
Test(journal, what_was_read_may_be_removed)
{
	feed_first();
	start(INPUT_FROM_BEGINNING, NULL, "asterisk", NULL);
	expect_records(1);
	save_and_stop();
	open_feed_to("y.journal");
	log_entry("other.service", "other", "it was there when all had been read", "");
	(void)pclose(feed);
	feed = NULL;
	remove_journal("x.journal");
	start(INPUT_FROM_END, NULL, "asterisk", NULL);
	open_feed_to("z.journal");
	log_entry("asterisk.service", "asterisk", "later", "");
	expect_records(2);
	cr_expect_str_eq(got.text[1], "later");
	cr_expect_eq(got.flags[1] & SV_RECORD_GAP, 0);
	free(image);
}

/* A host without a clock of its own: after the reboot it stands earlier. */
Test(journal, a_clock_that_stood_earlier_after_a_reboot)
{
	static const char *const texts[] = { "after the reboot", "and on" };
	char boot[SD_ID128_STRING_MAX];
	sd_id128_t id;

	feed_first();
	log_entry("asterisk.service", "asterisk", "second", "");
	start(INPUT_FROM_BEGINNING, NULL, "asterisk", NULL);
	expect_records(2);
	save_and_stop();
	cr_assert_geq(sd_id128_get_boot(&id), 0);
	feed_boot = sd_id128_to_string(id, boot);
	feed_clock -= 3600 * SV_USEC_PER_SEC;
	open_feed_to("y.journal");
	log_entry("kernel", "kernel", "Linux version", "");
	(void)pclose(feed);
	feed = NULL;
	start(INPUT_FROM_END, NULL, "asterisk", NULL);
	open_feed_to("z.journal");
	log_entry("asterisk.service", "asterisk", "after the reboot", "");
	expect_records(3);
	free(image);
	save_and_stop();
	log_entry("asterisk.service", "asterisk", "and on", "");
	start(INPUT_FROM_END, NULL, "asterisk", NULL);
	expect_texts(2, texts, 2);
	free(image);
}
