/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What whoever sends packets may do to covers: raise many alerts of which each holds back
 * another.
 */
#include "alert/alert.h"
#include "alert/gate.h"
#include "base/text.h"

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
