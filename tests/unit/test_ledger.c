/* SPDX-License-Identifier: Apache-2.0 */
#include "base/address.h"
#include "base/text.h"
#include "engine/ledger.h"

#include <criterion/criterion.h>
#include <stdio.h>

#define SEC SV_USEC_PER_SEC
#define T0 (1795374941 * SEC)

/* A line of a script: when, by which stream and channel, what. */
struct line {
	unsigned msec;
	unsigned stream;
	enum sv_channel channel;
	enum sv_tell tell;
	enum sv_outcome outcome;
	const char *ip; /* "" = none */
	unsigned port;
	const char *user;
	const char *session; /* "" = none */
	const char *text;    /* equal texts are copies or repetitions */
	unsigned mark;       /* call mark, 0 = none */
	const char *peer;
	unsigned thread;
	const char *host;
};

#define MAIN SV_CHANNEL_MAIN
#define SECU SV_CHANNEL_SECURITY
#define VERB SV_CHANNEL_VERBOSE

struct tally {
	unsigned n, failures;
	enum sv_outcome outcome[64];
	struct sv_ip ip[64];
	unsigned n_records[64];
	enum sv_method method[64];
	char user[64][32];
};

static void
take(void *user, const struct sv_event *event)
{
	struct tally *t = user;

	if (t->n < 64) {
		t->outcome[t->n] = event->outcome;
		t->ip[t->n] = event->peer_ip;
		t->n_records[t->n] = event->n_records;
		t->method[t->n] = event->method;
		snprintf(t->user[t->n], 32, "%.*s", (int)event->claim.user.len,
			 event->claim.user.ptr ? event->claim.user.ptr : "");
	}
	t->n++;
	t->failures += event->outcome < SV_OK;
}

static void
play(const struct line *lines, size_t n, bool patient, struct tally *t)
{
	struct ledger_spec spec = { .settled = take, .user = t, .patient = patient };
	struct ledger *ledger;

	*t = (struct tally){ 0 };
	cr_assert_eq(ledger_new(&spec, &ledger), 0);
	for (size_t i = 0; i < n; i++) {
		const struct line *l = &lines[i];
		struct sv_event e = { .time = T0 + l->msec * SV_USEC_PER_MSEC,
				      .outcome = l->outcome,
				      .leg = l->peer && *l->peer ? SV_LEG_OUT
								 : SV_LEG_IN,
				      .count = 1,
				      .n_records = 1,
				      .peer_port = (uint16_t)l->port };
		if (l->ip && *l->ip)
			cr_assert(address_parse(str_of(l->ip), &e.peer_ip));
		e.claim.user = str_of(l->user);
		e.peer = str_of(l->peer);
		e.host = str_of(l->host);
		e.records[0].text = str_of(l->text);
		e.hint.stream_id = l->stream;
		e.hint.channel = l->channel;
		e.hint.tell = l->tell;
		e.hint.thread = l->thread ? l->thread : 623;
		e.hint.session =
			l->session && *l->session ? str_hash(str_of(l->session), 0) : 0;
		e.hint.text_hash = str_hash(str_of(l->text), 0);
		e.hint.has_call_mark = l->mark != 0;
		e.hint.call_mark = l->mark;
		e.hint.alone = l->tell == SV_TELL_DETAIL && (!l->ip || !*l->ip);
		ledger_feed(ledger, &e);
	}
	ledger_flush(ledger);
	ledger_free(ledger);
}

#define PLAY(lines, t)                                \
	for (int patient = 0; patient < 2; patient++) \
		if ((play(lines, sizeof(lines) / sizeof((lines)[0]), patient, (t)), 1))

#define IP "203.0.113.9"

Test(ledger, a_line_that_comes_by_two_inputs_counts_once)
{
	static const struct line lines[] = {
		{ 0, 1, MAIN, 0, SV_REJECTED, IP, 5071, "1001", "", "wrong 1001" },
		{ 0, 1, MAIN, 0, SV_REJECTED, IP, 5071, "1001", "", "wrong 1001" },
		{ 400, 2, MAIN, 0, SV_REJECTED, IP, 5071, "1001", "", "wrong 1001" },
		{ 400, 2, MAIN, 0, SV_REJECTED, IP, 5071, "1001", "", "wrong 1001" },
		{ 900, 1, MAIN, 0, SV_REJECTED, IP, 5071, "1001", "", "wrong 1001" },
	};
	struct tally t;
	PLAY(lines, &t)
	cr_expect_eq(t.n, 3,
		     "patient %d: two equal lines of one stream are two, got %u",
		     patient, t.n);
}

Test(ledger, numbers_of_streams_do_not_matter)
{
	/* 64 and 128: what comes by different logs is a copy, whatever their hashes */
	static const struct line lines[] = {
		{ 0, 64, MAIN, SV_TELL_ATTEMPT, SV_REJECTED, "192.0.2.1", 5060, "1", "",
		  "a", 0, "", 0 },
		{ 1, 128, MAIN, SV_TELL_ATTEMPT, SV_REJECTED, "192.0.2.1", 5060, "1",
		  "", "a", 0, "", 0 },
		{ 2, 0xffffffc0, MAIN, SV_TELL_ATTEMPT, SV_REJECTED, "192.0.2.1", 5060,
		  "1", "", "a", 0, "", 0 },
	};
	struct tally t;

	play(lines, 3, false, &t);
	cr_assert_eq(t.n, 1, "%u", t.n);
}

Test(ledger, notice_and_security_are_one)
{
	static const struct line lines[] = {
		{ 0, 1, SECU, 0, SV_CHALLENGED, IP, 5071, "1001", "0x1", "challenge" },
		{ 3, 1, SECU, 0, SV_REJECTED, IP, 5071, "1001", "0x1",
		  "invalid password" },
		{ 4, 1, MAIN, 0, SV_REJECTED, IP, 5071, "1001", "", "wrong password" },
		{ 900, 1, MAIN, 0, SV_REJECTED, IP, 5071, "1001", "",
		  "wrong password" },
		{ 901, 1, SECU, 0, SV_REJECTED, IP, 5071, "1001", "0x2",
		  "invalid password 2" },
	};
	struct tally t;
	PLAY(lines, &t)
	{
		cr_expect_eq(t.n, 2, "patient %d: got %u", patient, t.n);
		cr_expect_eq(t.failures, 2);
		if (patient)
			cr_expect_eq(t.n_records[0], 2, "both lines named, got %u",
				     t.n_records[0]);
	}
}

Test(ledger, two_requests_and_a_verdict_of_one_call_id_are_one)
{
	static const struct line lines[] = {
		{ 0, 1, MAIN, SV_TELL_REQUEST, SV_UNKNOWN, IP, 5071, "9999", "c1",
		  "no match c1" },
		{ 1, 2, SECU, SV_TELL_REQUEST, SV_UNKNOWN, IP, 5071, "9999", "c1",
		  "invalid id c1 a" },
		{ 1, 2, SECU, 0, SV_CHALLENGED, IP, 5071, "", "c1", "challenge c1" },
		{ 2, 1, MAIN, SV_TELL_REQUEST, SV_UNKNOWN, IP, 5071, "9999", "c1",
		  "no match c1" },
		{ 2, 2, SECU, SV_TELL_REQUEST, SV_UNKNOWN, IP, 5071, "9999", "c1",
		  "invalid id c1 b" },
		{ 2, 1, MAIN, SV_TELL_ANSWER, SV_REJECTED, IP, 5071, "9999", "c1",
		  "failed c1" },
		{ 3, 2, SECU, SV_TELL_ANSWER, SV_REJECTED, IP, 5071, "", "c1",
		  "response failed c1" },
	};
	struct tally t;
	PLAY(lines, &t)
	{
		cr_expect_eq(t.n, 1, "patient %d: got %u", patient, t.n);
		cr_expect_eq(t.outcome[0], SV_UNKNOWN);
	}
}

Test(ledger, a_proxy_s_503_is_500_to_its_caller)
{
	static const struct line lines[] = {
		{ 0, 1, VERB, 0, SV_CONGESTION, IP, 5071, "1001", "c1", "failed 503" },
		{ 1, 2, MAIN, 0, SV_ERROR, IP, 0, "1001", "c1", "answered 500" },
		/* the next call with this Call-ID, and another one without it */
		{ 700, 2, MAIN, 0, SV_ERROR, IP, 0, "1001", "c1", "answered 500 b" },
		{ 701, 1, VERB, 0, SV_CONGESTION, IP, 5071, "1001", "c2", "failed c2" },
	};
	struct tally t;
	PLAY(lines, &t)
	{
		cr_expect_eq(t.n, 3, "patient %d: got %u", patient, t.n);
		cr_expect_eq(t.outcome[0], SV_CONGESTION);
		cr_expect_eq(t.failures, 3);
	}
}

Test(ledger, requests_without_verdict_are_attempts_of_their_own)
{
	static const struct line lines[] = {
		{ 0, 1, MAIN, SV_TELL_REQUEST, SV_UNKNOWN, IP, 5071, "100", "c1",
		  "no match" },
		{ 500, 1, MAIN, SV_TELL_REQUEST, SV_UNKNOWN, IP, 5071, "100", "c1",
		  "no match" },
		{ 900, 1, MAIN, SV_TELL_REQUEST, SV_UNKNOWN, IP, 5071, "100", "c1",
		  "no match" },
		{ 9000, 1, MAIN, SV_TELL_REQUEST, SV_UNKNOWN, IP, 5071, "100", "c1",
		  "no match" },
	};
	struct tally t;
	PLAY(lines, &t)
	cr_expect_eq(t.n, 4, "patient %d: got %u", patient, t.n);
}

Test(ledger, a_pair_is_one_and_a_third_is_another)
{
	static const struct line lines[] = {
		{ 0, 1, MAIN, SV_TELL_DETAIL, SV_ACL, IP, 0, "", "", "acl" },
		{ 0, 1, MAIN, SV_TELL_PAIR, SV_ACL, IP, 5071, "1020", "",
		  "no match acl" },
		{ 1, 1, MAIN, SV_TELL_DETAIL, SV_ACL, IP, 0, "", "", "acl" },
		{ 1, 1, MAIN, SV_TELL_PAIR, SV_ACL, IP, 5071, "1020", "",
		  "no match acl" },
		{ 400, 1, MAIN, SV_TELL_PAIR, SV_ACL, IP, 5071, "1020", "",
		  "no match acl" },
	};
	struct tally t;
	PLAY(lines, &t)
	cr_expect_eq(t.n, 2, "patient %d: got %u", patient, t.n);
}

Test(ledger, a_line_without_address_takes_it_from_its_partner)
{
	static const struct line security_first[] = {
		{ 0, 2, SECU, 0, SV_REJECTED, IP, 5071, "0123456", "0x1",
		  "invalid password" },
		{ 1, 1, MAIN, SV_TELL_DETAIL, SV_REJECTED, "", 0, "1005", "",
		  "failed device" },
	};
	static const struct line notice_first[] = {
		{ 1, 1, MAIN, SV_TELL_DETAIL, SV_REJECTED, "", 0, "1005", "",
		  "failed device" },
		{ 9, 2, SECU, 0, SV_REJECTED, IP, 5071, "0123456", "0x1",
		  "invalid password" },
	};
	static const struct line alone[] = {
		{ 1, 1, MAIN, SV_TELL_DETAIL, SV_REJECTED, "", 0, "1005", "",
		  "failed device" },
		{ 9000, 2, SECU, 0, SV_REJECTED, IP, 5071, "0123456", "0x1",
		  "invalid password" },
	};
	struct tally t;
	PLAY(security_first, &t)
	cr_expect(t.n == 1 && t.ip[0].family == 4, "patient %d: %u", patient, t.n);
	PLAY(notice_first, &t)
	cr_expect(t.n == 1 && t.ip[0].family == 4, "patient %d: %u", patient, t.n);
	PLAY(alone, &t)
	{
		cr_expect_eq(t.n, 2);
		cr_expect_eq(t.ip[0].family, 0,
			     "no partner, no address: never a guess");
	}
}

Test(ledger, machines_do_not_share_attempts)
{
	static const char *const hosts[][2] = {
		{ "pbx1", "pbx2" },
		{ "192.0.2.1", "192.0.2.2" },
		/* of one machine, or nobody knows */
		{ "pbx1", "pbx1.example.com" },
		{ "pbx1", "192.0.2.1" },
		{ "pbx1", "" },
	};
	struct tally t;

	for (size_t i = 0; i < sizeof(hosts) / sizeof(hosts[0]); i++) {
		unsigned want = i < 2 ? 2 : 1;
		const char *a = hosts[i][0], *b = hosts[i][1];
		const struct line by_address[] = {
			{ 0, 1, MAIN, 0, SV_REJECTED, IP, 5071, "1", "", "x", 0, "", 0,
			  a },
			{ 1, 1, SECU, 0, SV_REJECTED, IP, 5071, "1", "", "y", 0, "", 0,
			  b },
		};
		const struct line by_moment[] = {
			{ 0, 1, SECU, 0, SV_REJECTED, IP, 5071, "1", "", "x", 0, "", 0,
			  a },
			{ 1, 1, MAIN, SV_TELL_DETAIL, SV_REJECTED, "", 0, "1", "", "y",
			  0, "", 0, b },
		};
		const struct line detail_first[] = {
			{ 0, 1, MAIN, SV_TELL_DETAIL, SV_REJECTED, "", 0, "1", "", "y",
			  0, "", 0, a },
			{ 1, 1, SECU, 0, SV_REJECTED, IP, 5071, "1", "", "x", 0, "", 0,
			  b },
		};
		PLAY(by_address, &t)
		cr_expect_eq(t.n, want, "%s %s: by address %u", a, b, t.n);
		PLAY(by_moment, &t)
		cr_expect_eq(t.n, want, "%s %s: by moment %u", a, b, t.n);
		PLAY(detail_first, &t)
		cr_expect_eq(t.n, want, "%s %s: a detail %u", a, b, t.n);
	}
}

Test(ledger, lines_of_one_call_are_one_and_the_next_trunk_is_another)
{
	static const struct line lines[] = {
		{ 0, 1, VERB, 0, SV_CONGESTION, "127.0.2.5", 5060, "", "", "got 503",
		  0x25, "trunk-a" },
		{ 1, 1, VERB, SV_TELL_DETAIL, SV_CONGESTION, "", 0, "", "",
		  "a is circuit-busy", 0x25, "trunk-a" },
		{ 2, 1, VERB, SV_TELL_DETAIL, SV_CONGESTION, "", 0, "", "",
		  "everyone 1", 0x25, "trunk-a" },
		{ 500, 1, VERB, SV_TELL_DETAIL, SV_BUSY, "", 0, "", "", "b is busy",
		  0x25, "trunk-b" },
		{ 501, 1, VERB, SV_TELL_DETAIL, SV_BUSY, "", 0, "", "", "everyone 2",
		  0x25, "trunk-b" },
		{ 502, 1, VERB, SV_TELL_DETAIL, SV_BUSY, "", 0, "", "", "everyone 3",
		  0x26, "trunk-b" },
	};
	struct tally t;
	PLAY(lines, &t)
	cr_expect_eq(t.n, 3, "patient %d: got %u", patient, t.n);
}

Test(ledger, an_answered_challenge_is_nothing_and_an_unanswered_one_is_abandoned)
{
	static const struct line lines[] = {
		{ 0, 1, SECU, 0, SV_CHALLENGED, IP, 5071, "1001", "0x1",
		  "challenge 1" },
		{ 5, 1, SECU, 0, SV_OK, IP, 5071, "1001", "0x1", "successful" },
		{ 50, 1, SECU, 0, SV_CHALLENGED, "198.51.100.1", 5060, "1002", "0x2",
		  "challenge 2" },
		{ 60000, 1, MAIN, 0, SV_OK, "198.51.100.7", 5060, "1", "0x3", "later" },
	};
	struct tally t;
	PLAY(lines, &t)
	{
		cr_expect_eq(t.n, 3, "patient %d: got %u", patient, t.n);
		cr_expect_eq(t.failures, 0);
		unsigned abandoned = 0;
		for (unsigned i = 0; i < t.n; i++)
			abandoned += t.outcome[i] == SV_ABANDONED;
		cr_expect_eq(abandoned, 1);
	}
}

Test(ledger, files_read_one_after_the_other_still_join)
{
	/* a daemon that catches up reads all of messages, then all of security */
	static struct line lines[400];
	static char text[400][32];
	for (unsigned i = 0; i < 400; i++) {
		bool notice = i < 200;
		snprintf(text[i], 32, "%s %u", notice ? "notice" : "security", i % 200);
		lines[i] = (struct line){ (i % 200) * 3000,
					  notice ? 1 : 2,
					  notice ? MAIN : SECU,
					  0,
					  SV_REJECTED,
					  IP,
					  5071,
					  "1001",
					  "",
					  text[i],
					  0,
					  NULL,
					  0 };
	}
	struct tally t;
	play(lines, 400, false, &t);
	cr_expect_eq(t.n, 200, "got %u", t.n);
}

Test(ledger, memory_is_bounded)
{
	struct tally t = { 0 };
	struct ledger_spec spec = { .settled = take, .user = &t, .max_entries = 256 };
	struct ledger_stats stats;
	struct ledger *ledger;

	cr_assert_eq(ledger_new(&spec, &ledger), 0);
	for (unsigned i = 0; i < 20000; i++) {
		struct sv_event e = { .time = T0 + i,
				      .outcome = i % 2 ? SV_REJECTED : SV_CHALLENGED,
				      .leg = SV_LEG_IN,
				      .count = 1,
				      .peer_port = 5060 };
		e.peer_ip = (struct sv_ip){
			4, { 10, (uint8_t)(i >> 16), (uint8_t)(i >> 8), (uint8_t)i }
		};
		e.hint.text_hash = i + 1;
		ledger_feed(ledger, &e);
	}
	ledger_stats_get(ledger, &stats);
	cr_expect_eq(t.failures, 10000, "a full table never loses a failure");
	cr_expect_leq(stats.entries, 256 + 512);
	cr_expect_gt(stats.evicted, 0);
	ledger_free(ledger);
}

/* A source that tries hundreds of times a second, each try told by two channels: what
 * searches pass over must not hide the partner that is still to come. */
Test(ledger, a_flood_of_one_source_is_joined_try_by_try)
{
	enum { TRIES = 400, LINES = 2 * TRIES };
	static struct line lines[LINES];
	static char text[LINES][24], user[TRIES][8];
	struct tally t;

	for (unsigned i = 0; i < TRIES; i++) {
		struct line line = { .ip = IP, .port = 5071, .user = user[i] };
		snprintf(user[i], sizeof(user[i]), "%u", 1000 + i);
		/* ten tries by the one channel, then the same ten by the other */
		for (unsigned k = 0; k < 2; k++) {
			unsigned at = i / 10 * 20 + k * 10 + i % 10;
			snprintf(text[at], sizeof(text[at]), "%u by %u", i, k);
			line.msec = at;
			line.stream = 1;
			line.channel = k ? SECU : MAIN;
			line.outcome = SV_REJECTED;
			line.text = text[at];
			lines[at] = line;
		}
	}
	PLAY(lines, &t)
	{
		cr_expect_eq(t.n, TRIES, "%s: %u", patient ? "patient" : "live", t.n);
		if (!patient)
			continue;
		for (unsigned i = 0; i < 64; i++) {
			cr_expect_str_eq(t.user[i], user[i]);
			cr_expect_eq(t.n_records[i], 2);
		}
	}
}

/* More wait than there is room for: the oldest go on alone, the others keep their order
 * and still find their partner. */
Test(ledger, details_beyond_the_room_for_them_settle_in_their_order)
{
	enum { DETAILS = 600, PARTNERS = 10, LINES = DETAILS + PARTNERS };
	static struct line lines[LINES];
	static char text[LINES][24];
	struct tally t;

	for (unsigned i = 0; i < LINES; i++) {
		bool partner = i >= DETAILS;
		snprintf(text[i], sizeof(text[i]), "line %u", i);
		lines[i] = (struct line){ .msec = i / 10,
					  .stream = 1,
					  .channel = partner ? SECU : MAIN,
					  .tell = partner ? SV_TELL_ATTEMPT
							  : SV_TELL_DETAIL,
					  .outcome = SV_REJECTED,
					  .ip = partner ? IP : "",
					  .port = partner ? 5071 : 0,
					  .text = text[i],
					  .thread = 1 + i };
	}
	PLAY(lines, &t)
	{
		cr_expect_eq(t.n, DETAILS, "%s: %u", patient ? "patient" : "live", t.n);
	}
}
