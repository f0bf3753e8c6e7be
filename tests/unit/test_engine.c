/* SPDX-License-Identifier: Apache-2.0 */
#include "base/address.h"
#include "base/text.h"
#include "engine/engine.h"

#include <criterion/criterion.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#define COUNT(table) (sizeof(table) / sizeof((table)[0]))
#define SEC SV_USEC_PER_SEC
#define BASE (1795339800 * SEC) /* 2026-11-22T09:30:00Z */

/** Transitions as lines of text: "STATE severity t=<s> rule key reason". */
struct tape {
	char text[65536];
	size_t len, n;
	char last_id[SV_ALERT_ID_LEN + 1];
	struct sv_alert last; /* numbers only: its texts are gone */
};

static const char *const states[] = { "FIRING", "CHANGED", "RESOLVED", "UNKNOWN" };
static const char *const severities[] = { "ok", "warning", "critical", "unknown" };

static void
record(void *user, const struct sv_alert *alert)
{
	struct tape *tape = user;
	int n = snprintf(tape->text + tape->len, sizeof(tape->text) - tape->len,
			 "%s %s %.6g %.*s %s\n", states[alert->state],
			 severities[alert->severity],
			 ((double)alert->time - (double)BASE) / 1e6,
			 (int)alert->reason.len, alert->reason.ptr, alert->id);

	cr_assert(n > 0 && (size_t)n < sizeof(tape->text) - tape->len);
	tape->len += (size_t)n;
	tape->n++;
	tape->last = *alert;
	memcpy(tape->last_id, alert->id, sizeof(alert->id));
}

static struct engine *
engine_of(struct tape *tape, const struct rule_spec *rules, size_t n_rules)
{
	struct engine_spec spec = {
		.rules = rules, .n_rules = n_rules, .sink = record, .user = tape
	};
	struct expr_error error;
	struct engine *engine = NULL;
	size_t which;

	*tape = (struct tape){ 0 };
	int r = engine_new(&spec, &engine, &which, &error);
	cr_assert_eq(r, 0, "rule %zu: %s", which, error.message);
	return engine;
}

static struct sv_event
event_at(double sec, const char *ip, const char *user)
{
	struct sv_event e = {
		.time = BASE + (sv_usec)(sec * 1e6),
		.outcome = SV_REJECTED,
		.leg = SV_LEG_IN,
		.method = SV_REGISTER,
		.code = 403,
		.count = 1,
		.host = SV_STR("pbx1"),
		.claim = { .user = { user, strlen(user) } },
		.records = { { .source = SV_STR("file:full"),
			       .text = SV_STR("Registration failed"),
			       .line = 7 } },
		.n_records = 1,
	};
	if (ip)
		cr_assert(address_parse(str_of(ip), &e.peer_ip));
	return e;
}

static void
feed(struct engine *engine, double sec, const char *ip, const char *user)
{
	struct sv_event e = event_at(sec, ip, user);

	engine_feed(engine, &e);
}

static const struct rule_spec brute = {
	.name = "auth-bruteforce",
	.ruleset = "default",
	.where = "outcome = rejected and leg = in",
	.by = { "peer_ip" },
	.n_by = 1,
	.window = 300 * SEC,
	.warning = "count >= 10",
	.critical = "count >= 30 or distinct(user) >= 10",
	.clear_for = 60 * SEC,
	.summary = "{count} rejected credentials for {distinct_user} users",
	.likely = "password guessing from {peer_ip}, last for {user}",
	.check = "grep {peer_ip} /var/log/asterisk/full # {user}",
	.service = "SIP security",
};

Test(engine, raises_with_the_arithmetic_and_clears_by_itself)
{
	static struct tape tape;
	struct engine *engine = engine_of(&tape, &brute, 1);

	for (int i = 0; i < 34; i++)
		feed(engine, 10 + i, "203.0.113.9", "1001");
	cr_expect_eq(tape.n, 2, "%s", tape.text);
	cr_expect(strstr(tape.text, "FIRING warning 19 10 rejected credentials for 1 "
				    "users in 5 min (limit 10), first 09:30:10 UTC "),
		  "%s", tape.text);
	cr_expect(strstr(tape.text, "CHANGED critical 39 30 rejected credentials for 1 "
				    "users in 5 min (limit 30), first 09:30:10 UTC "),
		  "%s", tape.text);
	cr_expect_eq(tape.last.n_evidence, 5);
	cr_expect_eq(tape.last.code, 403);
	cr_expect_eq(tape.last.previous, SV_SEVERITY_WARNING);
	cr_expect_eq(tape.last.measure[0].critical, 30);
	cr_expect(isnan(tape.last.measure[1].warning));
	engine_advance(engine, BASE + 1000 * SEC);
	/* below 5 from 339 on */
	cr_expect(strstr(tape.text, "RESOLVED ok 399 over: 0 rejected credentials in 5 "
				    "min (limit 10), "
				    "lasted 6 min "),
		  "%s", tape.text);
	cr_expect_eq(tape.n, 3, "%s", tape.text);
	struct engine_stats stats;
	engine_stats_get(engine, &stats);
	cr_expect_eq(stats.alerts_critical + stats.alerts_warning, 0);
	engine_free(engine);
}

struct texts {
	char reason[512], likely[512], check[512], fingerprint[256], key[64],
		source[64];
	size_t n;
	struct sv_alert alert;
};

static void
keep_texts(void *user, const struct sv_alert *a)
{
	struct texts *t = user;
	struct sv_str source = a->n_evidence ? a->evidence[0].source : SV_STR("-");

	(void)snprintf(t->reason, sizeof(t->reason), "%.*s", (int)a->reason.len,
		       a->reason.ptr);
	(void)snprintf(t->likely, sizeof(t->likely), "%.*s", (int)a->likely.len,
		       a->likely.ptr);
	(void)snprintf(t->check, sizeof(t->check), "%.*s", (int)a->check.len,
		       a->check.ptr);
	(void)snprintf(t->fingerprint, sizeof(t->fingerprint), "%.*s",
		       (int)a->fingerprint.len, a->fingerprint.ptr);
	(void)snprintf(t->key, sizeof(t->key), "%.*s",
		       a->n_key ? (int)a->key[0].value.len : 0, a->key[0].value.ptr);
	(void)snprintf(t->source, sizeof(t->source), "%.*s", (int)source.len,
		       source.ptr);
	t->alert = *a;
	t->n++;
}

static struct engine *
engine_with(const struct engine_spec *like, const struct rule_spec *rule,
	    struct texts *texts)
{
	struct engine_spec spec = like ? *like : (struct engine_spec){ 0 };
	struct engine *engine = NULL;
	struct expr_error error;
	size_t which;

	spec.rules = rule;
	spec.n_rules = 1;
	spec.sink = keep_texts;
	spec.user = texts;
	*texts = (struct texts){ 0 };
	cr_assert_eq(engine_new(&spec, &engine, &which, &error), 0, "%s",
		     error.message);
	return engine;
}

Test(engine, texts_for_the_shell_hold_nothing_a_shell_would_run)
{
	static struct texts now, kept;
	struct engine *engine = engine_with(NULL, &brute, &now);

	for (int i = 0; i < 10; i++)
		feed(engine, i, "203.0.113.9", "$(reboot)\x1b[2J\";ls `id` \xff");
	cr_expect_str_eq(now.likely, "password guessing from 203.0.113.9, last for "
				     "\"$(reboot).[2J\";ls `id` ?\"");
	cr_expect_str_eq(now.check, "grep 203.0.113.9 /var/log/asterisk/full # "
				    "__reboot___2J__ls__id___");
	cr_expect_str_eq(now.fingerprint, "auth-bruteforce|peer_ip=203.0.113.9");
	cr_expect_str_eq(now.key, "203.0.113.9");
	cr_expect_eq(now.alert.n_evidence, 5);
	cr_expect_eq(now.alert.evidence_time[4], BASE + 9 * SEC, "newest last");

	engine_alerts(engine, keep_texts, &kept);
	cr_expect_eq(kept.n, 1);
	cr_expect_str_eq(kept.reason, now.reason);
	cr_expect_str_eq(kept.check, now.check);
	cr_expect_str_eq(kept.fingerprint, now.fingerprint);
	cr_expect_str_eq(kept.source, "file:full");
	cr_expect_str_eq(kept.alert.id, now.alert.id);
	engine_free(engine);
}

Test(engine, without_summary_says_what_how_many_and_for_whom)
{
	static struct texts t;
	struct rule_spec rule = brute;
	char user[8];

	rule.summary = NULL;
	struct engine *engine = engine_with(NULL, &rule, &t);
	for (int i = 0; i < 34; i++) {
		(void)snprintf(user, sizeof(user), "%d", 1000 + i % 9);
		feed(engine, 60 + i, "203.0.113.9", user);
	}
	cr_expect_str_eq(t.reason, "30 rejected credentials for 9 users in 5 min "
				   "(limit 30), first 09:31:00 UTC");
	feed(engine, 100, "203.0.113.9", "one more");
	engine_free(engine);

	rule.critical = "distinct(user) >= 12";
	engine = engine_with(NULL, &rule, &t);
	for (int i = 0; i < 12; i++) {
		(void)snprintf(user, sizeof(user), "%d", 1000 + i);
		feed(engine, 60 + i, "203.0.113.9", user);
	}
	cr_expect_str_eq(t.reason, "12 rejected credentials for 12 users in 5 min "
				   "(limit 12 users), first 09:31:00 UTC");
	engine_free(engine);
}

static void
call(struct engine *engine, double sec, enum sv_outcome outcome, unsigned code)
{
	struct sv_event e = event_at(sec, "198.51.100.10", "100");

	e.method = SV_INVITE;
	e.leg = SV_LEG_OUT;
	e.outcome = outcome;
	e.code = (uint16_t)code;
	e.peer = SV_STR("carrier-a");
	engine_feed(engine, &e);
}

Test(engine, ratio_needs_its_least_number_and_tells_both)
{
	static const struct rule_spec trunk = {
		.name = "trunk-down",
		.where = "method = INVITE and leg = out",
		.by = { "peer" },
		.n_by = 1,
		.window = 300 * SEC,
		.warning = "ratio(outcome in (timeout, congestion)) >= 10% min 20",
		.critical = "ratio(outcome in (timeout, congestion)) >= 30% min 20",
		.clear_for = SV_USEC_NEVER,
	};
	static struct texts t;
	struct engine *engine = engine_with(NULL, &trunk, &t);

	for (int i = 0; i < 12; i++)
		call(engine, i, i < 2 ? SV_TIMEOUT : SV_CONGESTION, i < 2 ? 408 : 503);
	for (int i = 0; i < 7; i++)
		call(engine, 20 + i, SV_OK, 200);
	cr_expect_eq(t.n, 0, "19 calls are too few to judge");
	call(engine, 30, SV_OK, 200);
	cr_expect_eq(t.n, 0, "another call of this instant may change the share");
	engine_advance(engine, BASE + 30 * SEC);
	cr_expect_eq(t.n, 1);
	cr_expect_eq(t.alert.time, BASE + 30 * SEC);
	cr_expect_eq(t.alert.severity, SV_SEVERITY_CRITICAL);
	cr_expect_str_eq(t.reason, "12 of 20 calls (503, 408): 60 % in 5 min (limit 30 "
				   "%), first 09:30:00 UTC");
	cr_expect_eq(t.alert.measure[0].numerator, 12);
	cr_expect_eq(t.alert.measure[0].denominator, 20);
	cr_expect_eq(t.alert.measure[0].min, 20);
	cr_expect_eq(t.alert.code, 503);
	/* nobody calls any more: it is over, one window after the last doubt */
	engine_advance(engine, BASE + 2000 * SEC);
	cr_expect_eq(t.n, 2);
	cr_expect_eq(t.alert.state, SV_ALERT_RESOLVED);
	cr_expect_eq(t.alert.time, BASE + (310 + 300) * SEC, "at %g",
		     ((double)t.alert.time - (double)BASE) / 1e6);
	engine_free(engine);
}

static const struct rule_spec in_a_row = {
	.name = "trunk-dead",
	.where = "method = INVITE and leg = out",
	.by = { "peer" },
	.n_by = 1,
	.window = 300 * SEC,
	.warning = "consecutive(outcome in (timeout, congestion)) >= 4",
	.clear_for = 0,
	.check = "{consecutive} of {count}",
};

Test(engine, failures_in_a_row_end_with_the_first_success)
{
	static struct texts t;
	struct engine *engine = engine_with(NULL, &in_a_row, &t);

	for (int i = 0; i < 3; i++)
		call(engine, i, SV_TIMEOUT, 408);
	call(engine, 3, SV_OK, 200);
	call(engine, 3, SV_TIMEOUT, 408); /* at the same instant: before it or after? */
	for (int i = 4; i < 7; i++)
		call(engine, i, SV_CONGESTION, 503);
	engine_advance(engine, BASE + 8 * SEC);
	cr_expect_eq(t.n, 0, "three, a success, three");
	call(engine, 9, SV_CONGESTION, 503);
	engine_advance(engine, BASE + 10 * SEC);
	cr_expect_eq(t.n, 1);
	cr_expect_eq(t.alert.time, BASE + 9 * SEC);
	cr_expect_eq(t.alert.measure[0].kind, SV_MEASURE_CONSECUTIVE);
	cr_expect_eq(t.alert.measure[0].numerator, 4);
	cr_expect_str_eq(t.reason, "4 calls in a row (503, 408) in 5 min (limit 4 in a "
				   "row), first 09:30:04 UTC");
	/* one call that goes through is enough */
	call(engine, 20, SV_OK, 200);
	engine_advance(engine, BASE + 21 * SEC);
	cr_expect_eq(t.n, 2);
	cr_expect_eq(t.alert.state, SV_ALERT_RESOLVED);
	cr_expect_eq(t.alert.time, BASE + 20 * SEC);
	/* long ago is not in a row */
	for (int i = 0; i < 6; i++)
		call(engine, 400 + i * 120, SV_TIMEOUT, 408);
	engine_advance(engine, BASE + 2000 * SEC);
	cr_expect_eq(t.n, 2, "three in any 5 min");
	engine_free(engine);
}

Test(engine, a_late_success_breaks_the_row_where_it_belongs)
{
	static struct texts t;
	struct engine *engine = engine_with(NULL, &in_a_row, &t);

	for (int i = 0; i < 3; i++)
		call(engine, 2 * i, SV_TIMEOUT, 408);
	call(engine, 3, SV_OK, 200);      /* after the second of them */
	call(engine, 1, SV_TIMEOUT, 408); /* before it */
	call(engine, 6, SV_TIMEOUT, 408);
	call(engine, 7, SV_TIMEOUT, 408);
	engine_advance(engine, BASE + 8 * SEC);
	cr_expect_eq(t.n, 0, "4, 6 and 7");
	call(engine, 5, SV_TIMEOUT, 408);
	engine_advance(engine, BASE + 9 * SEC);
	cr_expect_eq(t.n, 1);
	cr_expect_eq(t.alert.measure[0].numerator, 4);
	engine_free(engine);
}

Test(engine, a_sequence_counts_what_came_before_the_newest)
{
	static const struct rule_spec break_in = {
		.name = "break-in",
		.where = "outcome in (rejected, ok)",
		.by = { "peer_ip", "account" },
		.n_by = 2,
		.window = 300 * SEC,
		.critical = "sequence(outcome = rejected then outcome = ok) >= 5",
		.summary = "{sequence} refused before it was let in",
		.clear_for = 0,
	};
	static struct texts t;
	struct engine *engine = engine_with(NULL, &break_in, &t);
	struct sv_event ok = event_at(5, "203.0.113.9", "");

	ok.outcome = SV_OK;
	ok.peer = SV_STR(
		"1001"); /* the PBX names the endpoint, the lines before the user */
	for (int i = 0; i < 4; i++)
		feed(engine, i, "203.0.113.9", "1001");
	engine_feed(engine, &ok);
	for (int i = 6; i < 20; i++)
		feed(engine, i, "203.0.113.9", "1001");
	for (int i = 20; i < 30; i++)
		feed(engine, i, "203.0.113.9", "1002");
	cr_expect_eq(t.n, 0, "four before it, and another account");
	ok.time = BASE + 40 * SEC;
	engine_feed(engine, &ok);
	cr_expect_eq(t.n, 1);
	cr_expect_eq(t.alert.severity, SV_SEVERITY_CRITICAL);
	cr_expect_eq(t.alert.measure[0].numerator, 18);
	cr_expect_str_eq(t.reason, "18 refused before it was let in in 5 min (limit 5 "
				   "before), first 09:30:00 UTC");
	engine_advance(engine, BASE + 1000 * SEC);
	cr_expect_eq(t.n, 2);
	cr_expect_eq(t.alert.state, SV_ALERT_RESOLVED);
	engine_free(engine);
}

Test(engine, a_gap_makes_counts_lower_bounds_and_holds_the_end_back)
{
	static struct texts t;
	struct rule_spec rule = brute;
	rule.summary = NULL;
	rule.critical = NULL;
	struct engine *engine = engine_with(NULL, &rule, &t);
	struct sv_event gap = event_at(5, NULL, "");

	for (int i = 0; i < 5; i++)
		feed(engine, i, "203.0.113.9", "1001");
	gap.outcome = SV_GAP;
	gap.count = 12;
	engine_feed(engine, &gap);
	gap.host = SV_STR("pbx2"); /* no concern of ours */
	engine_feed(engine, &gap);
	for (int i = 5; i < 10; i++)
		feed(engine, i, "203.0.113.9", "1001");
	cr_expect_str_eq(t.reason,
			 "at least 10 rejected credentials in 5 min (limit 10), first "
			 "09:30:00 UTC; log gap: 12 messages lost");
	cr_expect(t.alert.lower_bound);
	cr_expect_eq(t.alert.lost, 12);
	/* a second gap while it clears: below 5 at 305, would be over at 365 */
	gap = event_at(310, NULL, "");
	gap.outcome = SV_GAP;
	gap.count = 0;
	engine_feed(engine, &gap);
	engine_advance(engine, BASE + 400 * SEC);
	cr_expect_eq(t.n, 2);
	cr_expect_eq(t.alert.state, SV_ALERT_UNKNOWN);
	cr_expect_eq(t.alert.severity, SV_SEVERITY_UNKNOWN);
	cr_expect_eq(t.alert.time, BASE + 365 * SEC);
	cr_expect(strstr(t.reason, "cannot tell whether it is over"), "%s", t.reason);
	/* the gap leaves the window at 610, and a minute without doubt follows */
	engine_advance(engine, BASE + 1000 * SEC);
	cr_expect_eq(t.n, 3);
	cr_expect_eq(t.alert.state, SV_ALERT_RESOLVED);
	cr_expect_eq(t.alert.previous, SV_SEVERITY_UNKNOWN);
	cr_expect_eq(t.alert.time, BASE + 670 * SEC);
	engine_free(engine);
}

Test(engine, gaps_count_only_where_a_rule_asks_for_them)
{
	static const struct rule_spec rules[] = {
		{ .name = "log-gap",
		  .where = "outcome = gap",
		  .by = { "host", "source" },
		  .n_by = 2,
		  .window = 300 * SEC,
		  .warning = "count >= 1" },
		{ .name = "all",
		  .where = "outcome != ok",
		  .window = 300 * SEC,
		  .warning = "count >= 1" },
	};
	static struct tape tape;
	struct engine *engine = engine_of(&tape, rules, 2);
	struct sv_event gap = event_at(5, NULL, "");

	gap.outcome = SV_GAP;
	gap.count = 500;
	engine_feed(engine, &gap);
	cr_expect_eq(tape.n, 1, "%s", tape.text);
	/* how many gaps there are is in no doubt */
	cr_expect(strstr(tape.text, " 1 log gap in 5 min (limit 1), first "
				    "09:30:05 UTC; log gap: 500 messages lost"),
		  "%s", tape.text);
	cr_expect_null(strstr(tape.text, "at least"), "%s", tape.text);
	engine_free(engine);
}

Test(engine, lists_leave_out_and_absent_names_blame_nobody)
{
	static const char *const cidr[] = { "192.0.2.0/24", "192.0.2.7", "10.0.0.0/8",
					    "2001:db8::/32" };
	static const struct list_spec list = { "trusted", cidr, COUNT(cidr) };
	struct engine_spec spec = { .lists = &list, .n_lists = 1 };
	static struct texts t;
	struct rule_spec rule = brute;
	rule.except[0] = "trusted";
	rule.n_except = 1;
	struct engine *engine = engine_with(&spec, &rule, &t);
	static const char *const inside[] = { "192.0.2.1", "192.0.2.255", "10.9.9.9",
					      "2001:db8:1::1" };
	struct engine_stats stats;

	for (int i = 0; i < 80; i++)
		feed(engine, i, inside[i % 4], "1001");
	for (int i = 0; i < 20; i++)
		feed(engine, 80 + i, NULL, "1001");
	cr_expect_eq(t.n, 0);
	engine_stats_get(engine, &stats);
	cr_expect_eq(stats.excepted, 80);
	cr_expect_eq(stats.unkeyed, 20);
	cr_expect_eq(stats.matched, 0);
	cr_expect_eq(stats.keys, 0);
	for (int i = 0; i < 10; i++)
		feed(engine, 100 + i, "192.0.3.0", "1001");
	cr_expect_eq(t.n, 1);
	engine_free(engine);
}

Test(engine, late_events_go_where_they_belong_or_to_a_counter)
{
	static struct texts t;
	struct engine *engine = engine_with(NULL, &brute, &t);
	struct engine_stats stats;

	for (int i = 0; i < 9; i++)
		feed(engine, i, "203.0.113.9", "1001");
	feed(engine, 100, "198.51.100.1", "x");
	feed(engine, 69.9, "203.0.113.9", "1001"); /* 30.1 s late */
	cr_expect_eq(t.n, 0);
	feed(engine, 70, "203.0.113.9", "1001"); /* 30 s */
	cr_expect_eq(t.n, 1);
	cr_expect_eq(t.alert.time, BASE + 100 * SEC, "noticed at the newest time");
	engine_stats_get(engine, &stats);
	cr_expect_eq(stats.late_dropped, 1);
	cr_expect_eq(stats.late_counted, 1);
	cr_expect_eq(stats.now, BASE + 100 * SEC);
	engine_free(engine);
}

Test(engine, several_fields_make_one_key)
{
	static struct texts t;
	struct rule_spec rule = brute;
	rule.by[0] = "user";
	rule.by[1] = "prefix";
	rule.n_by = 2;
	rule.critical = NULL;
	struct engine *engine = engine_with(NULL, &rule, &t);
	static const char *const ips[] = { "203.0.113.9", "203.0.113.77",
					   "203.0.114.1" };

	for (int i = 0; i < 18; i++)
		feed(engine, i, ips[i % 3],
		     "a user name that is longer than sixteen bytes");
	cr_expect_eq(t.n, 1);
	cr_expect_eq(t.alert.n_key, 2);
	cr_expect_str_eq(t.key, "a user name that is longer than sixteen bytes");
	cr_expect(t.alert.key[0].claim);
	cr_expect_not(t.alert.key[1].claim);
	cr_expect(strstr(t.fingerprint, "|prefix=203.0.113.0/24"), "%s", t.fingerprint);
	cr_expect(strstr(t.fingerprint, "auth-bruteforce|user="), "%s", t.fingerprint);
	cr_expect_not(strstr(t.fingerprint, "sixteen"), "claims are digested");
	engine_free(engine);
}

/** A flood of addresses that never come back, and one that does. */
Test(engine, a_million_spoofed_addresses_cost_what_was_allowed)
{
	struct engine_spec spec = { .max_bytes = (size_t)2 << 20, .max_keys = 1000000 };
	static struct texts t;
	struct engine *engine = engine_with(&spec, &brute, &t);
	struct sv_event e = event_at(0, NULL, "1001");
	struct engine_stats stats;
	size_t most = 0;

	e.peer_ip.family = 4;
	for (uint32_t i = 0; i < 1000000; i++) {
		uint32_t ip = i * 2654435761u;
		memcpy(e.peer_ip.bytes, &ip, 4);
		e.time = BASE + i * 250; /* 4000 a second */
		engine_feed(engine, &e);
		if (i % 4000 == 0)
			feed(engine, i * 250e-6, "203.0.113.9", "1001");
		engine_stats_get(engine, &stats);
		most = stats.bytes > most ? stats.bytes : most;
	}
	cr_expect_leq(most, (size_t)2 << 20);
	cr_expect_gt(stats.keys, 10000, "%zu keys of %zu bytes", stats.keys,
		     stats.bytes / stats.keys);
	cr_expect_gt(stats.evicted, 900000);
	cr_expect_eq(t.n, 2, "the one that comes back, once a second, is seen");
	cr_expect_str_eq(t.key, "203.0.113.9");
	cr_expect_eq(t.alert.severity, SV_SEVERITY_CRITICAL);
	engine_free(engine);
}

Test(engine, keys_are_forgotten_when_their_windows_are_empty)
{
	static struct texts t;
	struct engine *engine = engine_with(NULL, &brute, &t);
	struct engine_stats stats;
	char ip[32];

	for (int i = 0; i < 1000; i++) {
		(void)snprintf(ip, sizeof(ip), "10.0.%d.%d", i / 250, i % 250);
		feed(engine, i * 0.001, ip, "1001");
		feed(engine, i * 0.001, ip, "1001");
	}
	engine_stats_get(engine, &stats);
	cr_expect_eq(stats.keys, 1000);
	cr_expect_leq(stats.bytes / stats.keys, 220, "%zu bytes a key with a set",
		      stats.bytes / stats.keys);
	feed(engine, 301, "203.0.113.9", "1001");
	engine_stats_get(engine, &stats);
	cr_expect_eq(stats.keys, 1);
	cr_expect_lt(stats.bytes, 1000);
	engine_free(engine);
}

Test(engine, says_which_rule_is_wrong)
{
	static const struct {
		struct rule_spec rule;
		const char *message;
	} rows[] = {
		{ { .name = "a", .window = SEC },
		  "a rule needs a 'warning' or a "
		  "'critical' condition" },
		{ { .name = "b", .warning = "count >= 1" }, "a rule needs a window" },
		{ { .name = "c", .window = SEC, .warning = "count >= 1", .where = "x" },
		  "unknown field 'x'" },
		{ { .name = "d",
		    .window = SEC,
		    .warning = "count >= 1",
		    .by = { "count" },
		    .n_by = 1 },
		  "'count' cannot group" },
		{ { .name = "e",
		    .window = SEC,
		    .warning = "count >= 1",
		    .except = { "nobody" },
		    .n_except = 1 },
		  "no list 'nobody'" },
		{ { .name = "f",
		    .window = SEC,
		    .warning = "count >= 1",
		    .summary = "{cuont} times" },
		  "unknown name {cuont}" },
	};
	struct rule_spec good = brute;

	for (size_t i = 0; i < COUNT(rows); i++) {
		struct rule_spec rules[2] = { good, rows[i].rule };
		struct engine_spec spec = { .rules = rules, .n_rules = 2 };
		struct engine *engine = NULL;
		struct expr_error error;
		size_t which = 9;
		int r = engine_new(&spec, &engine, &which, &error);
		cr_expect_eq(r, -22, "row %zu", i);
		cr_expect_eq(which, 1, "row %zu", i);
		cr_expect_str_eq(error.message, rows[i].message);
		cr_expect_null(engine);
	}
}

struct peers {
	char text[512];
	size_t len;
};

static void
list_peer(void *user, const struct engine_peer *p)
{
	struct peers *out = user;

	out->len += (size_t)snprintf(
		out->text + out->len, sizeof(out->text) - out->len,
		"%.*s leg %d %llu events %llu failed %llu calls worst %u x%llu spark "
		"%u\n",
		(int)p->name.len, p->name.ptr, p->leg, (unsigned long long)p->events,
		(unsigned long long)p->failures, (unsigned long long)p->calls,
		p->worst_code, (unsigned long long)p->worst_count, p->spark[11]);
}

Test(engine, peers_are_told_by_name_or_address_worst_first)
{
	static struct texts t;
	struct engine *engine =
		engine_with(&(struct engine_spec){ .max_peers = 16 }, &brute, &t);
	struct peers out = { 0 };

	for (int i = 0; i < 5; i++)
		feed(engine, i, "203.0.113.9", "1001");
	for (int i = 0; i < 6; i++)
		call(engine, 10 + i, i % 2 ? SV_CONGESTION : SV_OK, i % 2 ? 503 : 200);
	engine_peers(engine, &(struct engine_peer_query){ .max = 10 }, list_peer, &out);
	cr_expect_str_eq(out.text,
			 "203.0.113.9 leg 1 5 events 5 failed 0 calls worst 403 "
			 "x5 spark 5\n"
			 "carrier-a leg 2 6 events 3 failed 6 calls worst 503 "
			 "x3 spark 3\n");
	engine_free(engine);
}
