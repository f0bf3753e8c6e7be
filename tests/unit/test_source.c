/* SPDX-License-Identifier: Apache-2.0 */
/* What can be wrong with a source: when it begins, that it is told again while it lasts,
 * and that it ends. */
#include "source.h"

#include "base/text.h"
#include "sip/outcome.h"

#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#define SEC SV_USEC_PER_SEC
#define MIN (60 * SEC)
/* 2026-01-05T00:00:00Z */
#define START ((sv_usec)1767571200 * SEC)
#define AGAIN (60 * SEC)

struct play {
	struct source *source;
	sv_usec clock;
	unsigned told[SV_GAP_COUNT];
	unsigned events;
	char text[TROUBLE_TEXT_BYTES]; /* of the last trouble told */
};

static void
take(void *user, const struct sv_event *raw)
{
	struct play *play = user;
	enum sv_gap kind;

	if (raw->outcome != SV_GAP) {
		play->events++;
		return;
	}
	cr_assert(gap_find(raw->category, &kind));
	play->told[kind]++;
	(void)snprintf(play->text, sizeof(play->text), "%.*s",
		       (int)raw->records[0].text.len, raw->records[0].text.ptr);
	cr_expect(eq(u64, raw->time, play->clock));
	cr_expect(str_eq(raw->host, SV_STR("pbx1")));
	cr_expect(str_eq(raw->records[0].source, SV_STR("file:full")));
}

static void
play_open(struct play *play, sv_usec silence)
{
	struct source_spec spec = {
		.stream = { .source = "file:full",
			    .host = "pbx1",
			    .stamps = { .zone = "UTC", .reference = START },
			    .id = 1 },
		.path = "/var/log/asterisk/full",
		.clock = play->clock,
		.silence = silence,
		.raw = take,
		.user = play,
	};

	cr_assert(zero(int, source_new(&spec, &play->source)));
}

static void
play_begin(struct play *play, sv_usec silence)
{
	*play = (struct play){ .clock = START };
	play_open(play, silence);
	play->source->caught_up = true;
}

static void
line(struct play *play, const char *text)
{
	struct sv_record record = { .text = str_of(text),
				    .time = play->clock,
				    .time_source = SV_TIME_RECEIVED };

	source_feed(play->source, &record);
	play->source->caught_up = true;
}

/* One of Asterisk, stamped `off` seconds from the clock. */
static void
known_line(struct play *play, int off)
{
	time_t sec = (time_t)(play->clock / SEC) + off;
	char date[32], text[256];
	struct tm tm;

	strftime(date, sizeof(date), "%Y-%m-%d %H:%M:%S", gmtime_r(&sec, &tm));
	(void)snprintf(text, sizeof(text),
		       "[%s] NOTICE[466] chan_sip.c: Registration from '<sip:1@h>' "
		       "failed for '198.51.100.3:5060' - Wrong password",
		       date);
	line(play, text);
}

static void
tick(struct play *play)
{
	struct source_now now = { .clock = play->clock += SEC, .again = AGAIN };
	struct trouble_teller teller = {
		.time = play->clock, .host = "pbx1", .raw = take, .user = play
	};

	source_tick(play->source, &now);
	source_tell(play->source, &teller);
}

static void
ticks(struct play *play, unsigned n)
{
	while (n--)
		tick(play);
}

static unsigned
told_at_all(const struct play *play)
{
	unsigned n = 0;

	for (unsigned kind = 0; kind < SV_GAP_COUNT; kind++)
		n += play->told[kind];
	return n;
}

Test(source, all_is_well)
{
	struct play play;

	play_begin(&play, SOURCE_SILENCE_HABIT);
	for (int i = 0; i < 4000; i++) {
		known_line(&play, 0);
		tick(&play);
	}
	cr_expect(zero(u32, told_at_all(&play)));
	cr_expect(zero(chr, play.source->problem[0]));
	cr_expect(eq(u32, play.events, 4000));
	source_free(play.source);
}

Test(source, lines_that_nobody_knows_are_told_until_one_is_known)
{
	struct play play;

	play_begin(&play, SOURCE_SILENCE_HABIT);
	for (int i = 0; i < 200; i++)
		known_line(&play, 0);
	ticks(&play, 2);
	for (int i = 0; i < 99; i++)
		line(&play, "2026-01-05T00:00:02 <NEW FORMAT> something");
	ticks(&play, 70);
	cr_expect(zero(u32, told_at_all(&play)));
	line(&play, "2026-01-05T00:00:02 <NEW FORMAT> something");
	tick(&play);
	cr_expect(eq(u32, play.told[SV_GAP_UNRECOGNISED], 1));
	cr_expect(strstr(play.text, "not recognised any more (the last 100)") != NULL);
	cr_expect(strstr(play.source->problem, "not recognised any more") != NULL);
	/* it lasts, although nothing more comes */
	ticks(&play, 125);
	cr_expect(eq(u32, play.told[SV_GAP_UNRECOGNISED], 3));
	known_line(&play, 0);
	ticks(&play, 125);
	cr_expect(eq(u32, play.told[SV_GAP_UNRECOGNISED], 3));
	cr_expect(zero(chr, play.source->problem[0]));
	source_free(play.source);
}

Test(source, a_pbx_in_a_log_of_many_programs_may_be_quiet)
{
	struct play play;

	play_begin(&play, SOURCE_SILENCE_HABIT);
	for (int i = 0; i < 2000; i++) {
		line(&play, "backup: another file was written");
		if (i % 10 == 0 && i < 500)
			known_line(&play, 0);
		if (i % 20 == 0)
			tick(&play);
	}
	cr_expect(zero(u32, told_at_all(&play)));
	source_free(play.source);
}

Test(source, lines_that_syslog_says_are_of_others_are_no_drift)
{
	struct play play;

	play_begin(&play, SOURCE_SILENCE_HABIT);
	for (int i = 0; i < 1000; i++)
		line(&play, "Jan  5 00:00:01 pbx1 cron[51]: (root) CMD (true)");
	ticks(&play, 2);
	cr_expect(zero(u32, told_at_all(&play)));
	for (int i = 0; i < 100; i++)
		line(&play,
		     "Jan  5 00:00:01 pbx1 asterisk[51]: <NEW FORMAT> something");
	ticks(&play, 2);
	cr_expect(eq(u32, play.told[SV_GAP_UNRECOGNISED], 1));
	source_free(play.source);
}

Test(source, stamps_that_are_off_are_told)
{
	struct play play;

	play_begin(&play, SOURCE_SILENCE_HABIT);
	tick(&play);
	known_line(&play, -119);
	tick(&play);
	known_line(&play, 119);
	tick(&play);
	cr_expect(zero(u32, told_at_all(&play)));
	known_line(&play, -3600);
	tick(&play);
	cr_expect(eq(u32, play.told[SV_GAP_SKEW], 1));
	cr_expect(strstr(play.text, "60 min behind the clock") != NULL);
	ticks(&play, 60);
	cr_expect(eq(u32, play.told[SV_GAP_SKEW], 2));
	known_line(&play, 0);
	ticks(&play, 70);
	cr_expect(eq(u32, play.told[SV_GAP_SKEW], 2));
	known_line(&play, 7200);
	tick(&play);
	cr_expect(eq(u32, play.told[SV_GAP_SKEW], 3));
	cr_expect(strstr(play.text, "ahead of the clock") != NULL);
	source_free(play.source);
}

Test(source, silence_as_it_is_set)
{
	struct play play;

	play_begin(&play, 5 * MIN);
	known_line(&play, 0);
	ticks(&play, 299);
	cr_expect(zero(u32, told_at_all(&play)));
	ticks(&play, 3);
	cr_expect(eq(u32, play.told[SV_GAP_SILENT], 1));
	cr_expect(strstr(play.text, "nothing for 5 min") != NULL);
	/* lines that are no PBX's do not break it */
	line(&play, "logrotate: done");
	ticks(&play, 60);
	cr_expect(eq(u32, play.told[SV_GAP_SILENT], 2));
	known_line(&play, 0);
	ticks(&play, 100);
	cr_expect(eq(u32, play.told[SV_GAP_SILENT], 2));
	source_free(play.source);

	play_begin(&play, SOURCE_SILENCE_NEVER);
	known_line(&play, 0);
	ticks(&play, 100000);
	cr_expect(zero(u32, told_at_all(&play)));
	source_free(play.source);
}

Test(source, silence_against_its_habit_also_after_a_rotation)
{
	struct play play;

	play_begin(&play, SOURCE_SILENCE_HABIT);
	for (int i = 0; i < 7300; i++) {
		known_line(&play, 0);
		tick(&play);
	}
	/* rotated: the new file in its place knows what is usual, the old one rests */
	struct source *old = play.source;
	play_open(&play, SOURCE_SILENCE_HABIT);
	source_succeed(play.source, old);
	play.source->caught_up = true;
	known_line(&play, 0);
	ticks(&play, 590);
	cr_expect(zero(u32, told_at_all(&play)));
	ticks(&play, 20);
	cr_expect(eq(u32, play.told[SV_GAP_SILENT], 1));
	cr_expect(strstr(play.text, "lines are usual") != NULL);
	source_free(play.source);
	play.source = old;
	ticks(&play, 5000);
	cr_expect(eq(u32, play.told[SV_GAP_SILENT], 1));
	source_free(old);
}

Test(source, a_file_that_is_gone_is_missed_when_its_time_comes)
{
	struct play play;

	play_begin(&play, SOURCE_SILENCE_HABIT);
	for (int i = 0; i < 7300; i++) {
		known_line(&play, 0);
		tick(&play);
	}
	source_rest(play.source);
	ticks(&play, 590);
	cr_expect(zero(u32, told_at_all(&play)));
	ticks(&play, 20);
	cr_expect(eq(u32, play.told[SV_GAP_SILENT], 1));
	cr_expect(eq(u32, told_at_all(&play), 1));
	cr_expect(gt(u64, source_known(play.source), 0));
	source_free(play.source);
}

Test(source, one_that_goes_on_beside_its_successor_is_missed_again)
{
	struct play play;

	play_begin(&play, 5 * MIN);
	known_line(&play, 0);
	tick(&play);
	struct source *first = play.source;
	play_open(&play, 5 * MIN);
	struct source *second = play.source;
	second->caught_up = true;
	source_succeed(second, first);
	/* what a PBX writes into the old file until it opens the new one */
	play.source = first;
	ticks(&play, 60);
	known_line(&play, 0);
	ticks(&play, 1000);
	cr_expect(zero(u32, play.told[SV_GAP_SILENT]));
	/* and what it would not write any more */
	known_line(&play, 0);
	ticks(&play, 310);
	cr_expect(eq(u32, play.told[SV_GAP_SILENT], 1));
	source_free(first);
	source_free(second);
}

Test(source, families_are_of_one_place_or_differ_in_numbers)
{
	static const struct {
		const char *a, *b;
		bool same;
	} rows[] = {
		{ "/var/log/full", "/var/log/full", true },
		{ "/var/log/full-20261127", "/var/log/full-20261128", true },
		{ "/var/log/full-9", "/var/log/full-10", true },
		{ "/var/log/full", "/var/log/security", false },
		{ "/var/log/full", "/var/log/full.1", false },
		{ "/var/log/a/full", "/var/log/b/full", false },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		cr_expect_eq(source_family(rows[i].a) == source_family(rows[i].b),
			     rows[i].same, "%s %s", rows[i].a, rows[i].b);
}

Test(source, a_machine_that_slept_finds_no_silence)
{
	struct play play;

	play_begin(&play, 5 * MIN);
	known_line(&play, 0);
	tick(&play);
	for (int i = 0; i < 50; i++) {
		play.clock += 8 * 60 * MIN;
		tick(&play);
		play.clock -= 60 * MIN;
		tick(&play);
	}
	cr_expect(zero(u32, told_at_all(&play)));
	source_free(play.source);
}

static char saved_bytes[65536];

Test(source, a_restart_goes_on_with_what_it_knew)
{
	struct pack out = { .buf = saved_bytes, .cap = sizeof(saved_bytes) };
	struct play play;

	play_begin(&play, SOURCE_SILENCE_HABIT);
	for (int i = 0; i < 7300; i++) {
		known_line(&play, 0);
		tick(&play);
	}
	for (int i = 0; i < 60; i++)
		line(&play, "<NEW FORMAT> something");
	ticks(&play, 2);
	source_save(play.source, &out);
	cr_assert(eq(u64, out.total, out.len));
	source_free(play.source);
	/* away for two days: that was no silence of the source */
	play.clock += 48 * 60 * MIN;
	play_open(&play, SOURCE_SILENCE_HABIT);
	cr_assert(zero(int, source_load(play.source, str_make(saved_bytes, out.len))));
	play.source->caught_up = true;
	ticks(&play, 300);
	cr_expect(zero(u32, told_at_all(&play)));
	for (int i = 0; i < 40; i++)
		line(&play, "<NEW FORMAT> something");
	tick(&play);
	cr_expect(eq(u32, play.told[SV_GAP_UNRECOGNISED], 1));
	source_free(play.source);
	/* of another build */
	play_open(&play, SOURCE_SILENCE_HABIT);
	saved_bytes[0]++;
	cr_expect(lt(int, source_load(play.source, str_make(saved_bytes, out.len)), 0));
	source_free(play.source);
}
