/* SPDX-License-Identifier: Apache-2.0 */
#include "rig.h"

#include <errno.h>

#define ENTRY                                                                       \
	"NOTICE[466]: chan_sip.c:1 in f: Registration from '<sip:1@h>' failed for " \
	"'198.51.100.3:5060' - Wrong password"
#define QUIET                                                                     \
	"VERBOSE[466]: pbx.c:1 in f: Executing [1@c:1] NoOp(\"SIP/1-00000001\", " \
	"\"\") in new stack"
#define HEADER "Nov 22 19:15:34 pbx1 asterisk[51]: "

Test(stream, a_dialect_that_nobody_knows_is_refused)
{
	struct stream_spec spec = { .dialect = "nosuch", .emit = rig_take };
	struct stream *stream = NULL;

	cr_expect_eq(stream_new(&spec, &stream), -ENOENT);
	cr_expect_null(stream);
}

Test(stream, the_header_gives_host_and_time)
{
	struct rig rig;

	rig_open(&rig, NULL);
	for (int i = 0; i < 6; i++) {
		rig_line(&rig, HEADER QUIET);
		rig_line(&rig, i < 3 ? HEADER ENTRY
				     : "Nov 22 19:15:44 pbx1 asterisk[51]: " ENTRY);
	}
	rig_line(&rig, "Nov 22 19:15:54 pbx2 asterisk[52]: " ENTRY);
	rig_close(&rig);
	cr_assert_eq(rig.n, 7);
	for (unsigned i = 0; i < 7; i++) {
		cr_expect_str_eq(rig.seen[i].host, i < 6 ? "pbx1" : "pbx2", "%u", i);
		cr_expect_eq(rig.seen[i].e.time / SV_USEC_PER_SEC,
			     UINT64_C(1795374934) + (i < 3   ? 0
						     : i < 6 ? 10
							     : 20),
			     "%u", i);
	}
	cr_expect_eq(rig.seen[0].e.records[0].line, 2);
}

Test(stream, repetitions_count_as_many_times)
{
	struct rig rig;

	rig_open(&rig, NULL);
	rig_line(&rig, HEADER ENTRY);
	rig_line(&rig, HEADER "message repeated 3 times: [ " ENTRY "]");
	rig_line(&rig, HEADER "last message repeated 5 times");
	rig_close(&rig);
	cr_assert_eq(rig.n, 3);
	cr_expect_eq(rig.seen[0].e.count, 1);
	cr_expect_eq(rig.seen[1].e.count, 3);
	cr_expect_eq(rig.seen[2].e.count, 5);
}

/* Counts are only multiplied by what the syslog daemon writes, for the message that it
 * repeats. */
Test(stream, nobody_can_repeat_the_message_of_another)
{
	struct rig rig;

	rig_open(&rig, NULL);
	rig_line(&rig, HEADER ENTRY);
	/* another host's message, which was not one of a PBX */
	rig_line(&rig, "Nov 22 19:15:35 pbx2 last message repeated 500 times");
	/* after a message that tells nothing */
	rig_line(&rig, HEADER QUIET);
	rig_line(&rig, HEADER "last message repeated 500 times");
	cr_expect_eq(rig.n, 1);
	/* more than that stands behind it: somebody's words */
	rig_line(&rig, HEADER ENTRY);
	rig_line(&rig, HEADER "last message repeated 500 times by me");
	cr_expect_eq(rig.n, 2);
	/* in the words of a caller */
	rig_line(&rig, HEADER
		 "NOTICE[466]: chan_sip.c:1 in f: Registration from '<sip:message "
		 "repeated 500 times: [ 1@h>' failed for '198.51.100.3:5060' - "
		 "Wrong password");
	cr_expect_eq(rig.n, 3);
	/* in a file of the PBX itself there is no syslog daemon */
	rig_close(&rig);
	for (unsigned i = 0; i < 3; i++)
		cr_expect_eq(rig.seen[i].e.count, 1, "%u: %u", i, rig.seen[i].e.count);
}

Test(stream, repetitions_do_not_wrap_around)
{
	struct rig rig;

	rig_open(&rig, NULL);
	rig_line(&rig, HEADER "message repeated 4294967295 times: [ " ENTRY "]");
	rig_line(&rig, HEADER "last message repeated 99999999999 times");
	rig_line(&rig,
		 HEADER "message repeated 3 times: [ message repeated 1000 times: "
			"[ " ENTRY "]]");
	rig_close(&rig);
	cr_assert_geq(rig.n, 2);
	cr_expect_eq(rig.seen[0].e.count, UINT32_MAX);
	cr_expect_eq(rig.seen[1].e.count, UINT32_MAX);
	for (unsigned i = 2; i < rig.n; i++)
		cr_expect_leq(rig.seen[i].e.count, 3);
}

#define SYSLOGD "Nov 22 19:15:40 pbx1 rsyslogd: "
#define LOST " messages lost due to rate-limiting (200 allowed within 5 seconds)"

Test(stream, what_the_syslog_daemon_dropped_is_a_gap)
{
	struct stream_stats stats;
	struct rig rig;

	rig_open(&rig, NULL);
	rig_line(&rig,
		 SYSLOGD "imuxsock[pid: 51, name: /usr/sbin/asterisk]: 4711" LOST);
	rig_line(&rig, HEADER ENTRY);
	rig_line(&rig, SYSLOGD "imuxsock[pid: 77, name: /usr/bin/backup]: 4711" LOST);
	rig_line(&rig, HEADER "imuxsock[pid: 51, name: /usr/sbin/asterisk]: 4711" LOST);
	rig_line(&rig, "Nov 22 19:15:41 pbx1 systemd-journald[9]: Suppressed 12 "
		       "messages from asterisk.service");
	/* the repeated message is not the one before the notice */
	rig_line(&rig, HEADER "last message repeated 500 times");
	stream_stats_get(rig.stream, &stats);
	rig_close(&rig);
	cr_assert_eq(rig.n, 3);
	cr_expect_eq(stats.gaps, 2);
	cr_expect_eq(rig.seen[0].e.outcome, SV_GAP);
	cr_expect_eq(rig.seen[0].e.count, 4711);
	cr_expect_str_eq(rig.seen[0].host, "pbx1");
	cr_expect_eq(rig.seen[0].e.time / SV_USEC_PER_SEC, UINT64_C(1795374940));
	cr_expect_eq(rig.seen[1].e.outcome, SV_REJECTED);
	cr_expect_eq(rig.seen[2].e.count, 12);
}

Test(stream, a_gap_is_an_event)
{
	struct sv_record gap = { .text = SV_STR("journal: 12 messages are missing"),
				 .flags = SV_RECORD_GAP,
				 .gap = SV_GAP_LOST,
				 .lost = 12,
				 .time = UINT64_C(1795374934) * SV_USEC_PER_SEC,
				 .time_source = SV_TIME_JOURNAL };
	struct stream_stats stats;
	struct rig rig;

	rig_open(&rig, NULL);
	cr_expect_eq(stream_feed(rig.stream, &gap), SV_PARSE_EVENT);
	stream_stats_get(rig.stream, &stats);
	rig_close(&rig);
	cr_assert_eq(rig.n, 1);
	cr_expect_eq(rig.seen[0].e.outcome, SV_GAP);
	cr_expect_eq(rig.seen[0].e.count, 12);
	cr_expect_eq(stats.gaps, 1);
}

Test(stream, the_journal_s_time_is_the_best)
{
	struct sv_record record = { .text = SV_STR("[Nov 22 19:15:34] " ENTRY),
				    .unit = SV_STR("asterisk.service"),
				    .host = SV_STR("pbx9"),
				    .flags = SV_RECORD_WHOLE,
				    .time = UINT64_C(1795374999) * SV_USEC_PER_SEC,
				    .time_source = SV_TIME_JOURNAL };
	struct rig rig;

	rig_open(&rig, NULL);
	stream_feed(rig.stream, &record);
	rig_close(&rig);
	cr_assert_eq(rig.n, 1);
	cr_expect_eq(rig.seen[0].e.time, record.time);
	cr_expect_str_eq(rig.seen[0].host, "pbx9");
}

Test(stream, foreign_lines_are_counted)
{
	struct stream_stats stats;
	struct rig rig;

	rig_open(&rig, NULL);
	rig_line(&rig, "Nov 22 19:15:34 pbx1 cron[51]: (root) CMD (true)");
	rig_line(&rig, HEADER QUIET);
	rig_line(&rig, HEADER ENTRY);
	stream_stats_get(rig.stream, &stats);
	cr_expect_eq(stats.records, 3);
	cr_expect_eq(stats.foreign, 1);
	cr_expect_eq(stats.skipped, 1);
	cr_expect_eq(stats.events, 1);
	cr_expect_str_eq(stats.dialect, "asterisk");
	rig_close(&rig);
}

Test(stream, time_can_be_asked_for)
{
	struct sv_record record = { .text = SV_STR(
					    "[2026-11-22 19:15:34] NOTICE[1] x.c: y") };
	struct rig rig;

	rig_open(&rig, NULL);
	cr_expect_eq(stream_time_of(rig.stream, &record) / SV_USEC_PER_SEC,
		     UINT64_C(1795374934));
	record.text = SV_STR(HEADER QUIET);
	cr_expect_eq(stream_time_of(rig.stream, &record) / SV_USEC_PER_SEC,
		     UINT64_C(1795374934));
	record.text = SV_STR("no date");
	cr_expect_eq(stream_time_of(rig.stream, &record), 0);
	rig_close(&rig);
}
