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
	cr_expect(strstr(tape.text,
			 "RESOLVED ok 399 over: 0 events in 5 min (limit 10), "
			 "lasted 6 min "),
		  "%s", tape.text);
	cr_expect_eq(tape.n, 3, "%s", tape.text);
	struct engine_stats stats;
	engine_stats_get(engine, &stats);
	cr_expect_eq(stats.alerts_critical + stats.alerts_warning, 0);
	engine_free(engine);
}
