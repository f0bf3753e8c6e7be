/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What whoever sends packets may do to covers: name in one attempt the peer that is
 * silenced, and raise many alerts of which each holds back another.
 */
#include "alert/alert.h"
#include "alert/gate.h"
#include "base/text.h"
#include "engine/engine.h"

#include <criterion/criterion.h>
#include <stdio.h>

#define TICK ((sv_usec)1000000)
#define KEYS 300
#define OPEN (2 * KEYS)

struct told {
	size_t n, silenced, inhibited, released, looks;
	struct gate *gate;
	struct sv_alert open[OPEN];
	char ip[KEYS][16];
};

static void
count(void *user, const struct sv_alert *alert)
{
	struct told *told = user;

	told->n++;
	told->silenced += alert->silenced.len > 0;
	told->inhibited += alert->inhibited.len > 0;
	told->released += alert->released.len > 0;
}

static void
no_alarm(void *user, sv_usec due)
{
	(void)user;
	(void)due;
}

static void
each_open(void *user, gate_want want, gate_sink each, void *each_user)
{
	struct told *told = user;

	for (size_t i = 0; i < OPEN; i++) {
		const struct sv_alert *alert = &told->open[i];
		if (!alert->incident[0] || (want && !want(each_user, alert->incident)))
			continue;
		told->looks++;
		each(each_user, alert);
	}
}

static void
to_gate(void *user, const struct sv_alert *alert)
{
	gate_alert(((struct told *)user)->gate, alert);
}

/* An address tries accounts. Ten refusals are an alert; the tenth is of `last`, those
 * before it of `others`. */
static void
attack(struct told *told, const char *where, const char *others, const char *last)
{
	const struct rule_spec rule = { .name = "bruteforce",
					.by = { "peer_ip" },
					.n_by = 1,
					.window = 60 * TICK,
					.where = "outcome = rejected",
					.warning = "count >= 10" };
	const struct silence_spec silence = { .id = "m", .where = where };
	const struct engine_spec spec = { .rules = &rule,
					  .n_rules = 1,
					  .grace = TICK,
					  .max_bytes = 1 << 20,
					  .max_keys = 100,
					  .recent_bytes = 1 << 16,
					  .sink = to_gate,
					  .user = told };
	const struct gate_spec gate = { .silences = &silence,
					.n_silences = 1,
					.rules = &rule,
					.n_rules = 1,
					.open = each_open,
					.alarm = no_alarm,
					.sink = count,
					.user = told };
	struct expr_error error;
	struct engine *engine;
	size_t which;

	*told = (struct told){ .n = 0 };
	cr_assert_eq(gate_new(&gate, &told->gate), 0);
	cr_assert_eq(engine_new(&spec, &engine, &which, &error), 0, "%s",
		     error.message);
	for (size_t i = 0; i < 10; i++) {
		struct sv_event event = { .time = (i + 1) * TICK,
					  .outcome = SV_REJECTED,
					  .leg = SV_LEG_IN,
					  .method = i < 9 ? SV_REGISTER : SV_OPTIONS,
					  .count = 1,
					  .peer = str_of(i < 9 ? others : last),
					  .peer_ip = { .family = 4,
						       .bytes = { 203, 0, 113, 9 } } };
		engine_feed(engine, &event);
	}
	engine_advance(engine, 12 * TICK);
	cr_assert_eq(told->n, 1);
	engine_free(engine);
	gate_free(told->gate);
}

Test(cover, the_last_attempt_names_the_silenced_peer)
{
	static struct told told;

	attack(&told, "peer = 'carrier-a'", "1001", "carrier-a");
	cr_expect_eq(told.silenced, 0, "hidden by one attempt at carrier-a");
	attack(&told, "peer = 'carrier-a'", "", "carrier-a");
	cr_expect_eq(told.silenced, 0, "hidden, the others are at no account");
	attack(&told, "method = OPTIONS", "1001", "1001");
	cr_expect_eq(told.silenced, 0, "hidden by one OPTIONS");
	attack(&told, "peer = 'carrier-a'", "carrier-a", "carrier-a");
	cr_expect_eq(told.silenced, 1, "all of it is about carrier-a");
	attack(&told, "peer_ip = 203.0.113.0/24", "1001", "1002");
	cr_expect_eq(told.silenced, 1, "what the rule counts by is one");
}

/* Alert i of the rule, its key an address. */
static struct sv_alert *
make(struct told *told, size_t i, const char *rule)
{
	struct sv_alert *alert = &told->open[i];

	(void)snprintf(told->ip[i % KEYS], sizeof(told->ip[0]), "10.0.%zu.%zu",
		       i % KEYS / 256, i % KEYS % 256);
	*alert = (struct sv_alert){ .state = SV_ALERT_FIRING,
				    .severity = SV_SEVERITY_WARNING,
				    .sequence = 1,
				    .time = TICK,
				    .start = TICK,
				    .rule = str_of(rule),
				    .key = { { .field = SV_STR("peer_ip"),
					       .value = str_of(told->ip[i % KEYS]) } },
				    .n_key = 1 };
	alert_ids(alert);
	return alert;
}

Test(cover, many_inhibitors_end_and_each_looks_at_its_own)
{
	static struct told told;
	const struct rule_spec rules[] = {
		{ .name = "many", .inhibits = { "slow" }, .n_inhibits = 1 },
		{ .name = "slow" },
	};
	const struct gate_spec spec = { .rules = rules,
					.n_rules = 2,
					.open = each_open,
					.alarm = no_alarm,
					.sink = count,
					.user = &told };

	cr_assert_eq(gate_new(&spec, &told.gate), 0);
	for (size_t i = 0; i < OPEN; i++)
		gate_alert(told.gate, make(&told, i, i < KEYS ? "many" : "slow"));
	cr_assert_eq(told.inhibited, KEYS);
	told.looks = 0;
	for (size_t i = 0; i < KEYS; i++) {
		struct sv_alert over = told.open[i];
		over.state = SV_ALERT_RESOLVED;
		over.previous = over.severity;
		over.severity = SV_SEVERITY_OK;
		over.time = (2 + i) * TICK;
		told.open[i].incident[0] = 0;
		gate_alert(told.gate, &over);
		cr_assert_eq(told.released, i + 1);
	}
	/* ids may share their first digits, hardly ever twice */
	cr_expect_lt(told.looks, (size_t)KEYS + 20, "%zu looks", told.looks);
	gate_free(told.gate);
}
