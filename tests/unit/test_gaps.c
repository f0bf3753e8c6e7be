/* SPDX-License-Identifier: Apache-2.0 */
/* What gaps of the log do to alerts: of whose source, for how long, and the rules that
 * are about gaps themselves. */
#include "base/address.h"
#include "base/text.h"
#include "engine/engine.h"

#include <criterion/criterion.h>
#include <stdio.h>

#define SEC SV_USEC_PER_SEC
#define BASE (1795339800 * SEC)

/* State of each transition, as a letter. */
struct tape {
	char states[64];
	size_t n;
	bool lower_bound; /* of the last one */
	sv_usec at;       /* seconds after BASE, of the last one */
};

static void
record(void *user, const struct sv_alert *alert)
{
	struct tape *tape = user;

	cr_assert_lt(tape->n, sizeof(tape->states) - 1);
	tape->states[tape->n++] = "FCRU"[alert->state];
	tape->lower_bound = alert->lower_bound;
	tape->at = (alert->time - BASE) / SEC;
}

static struct engine *
engine_of(struct tape *tape, const struct rule_spec *rule)
{
	struct engine_spec spec = {
		.rules = rule, .n_rules = 1, .sink = record, .user = tape
	};
	struct expr_error error;
	struct engine *engine = NULL;
	size_t which;

	*tape = (struct tape){ 0 };
	cr_assert_eq(engine_new(&spec, &engine, &which, &error), 0, "%s",
		     error.message);
	return engine;
}

static void
refusals(struct engine *engine, double sec, const char *source)
{
	struct sv_event e = {
		.time = BASE + (sv_usec)(sec * 1e6),
		.outcome = SV_REJECTED,
		.leg = SV_LEG_IN,
		.count = 10,
		.host = SV_STR("pbx1"),
		.records = { { .source = str_of(source) } },
		.n_records = 1,
	};

	cr_assert(address_parse(SV_STR("203.0.113.9"), &e.peer_ip));
	engine_feed(engine, &e);
}

/* Of up to three sources; none: of the whole host. */
static void
gap(struct engine *engine, double sec, const char *category,
    const char *const sources[3])
{
	struct sv_event e = { .time = BASE + (sv_usec)(sec * 1e6),
			      .outcome = SV_GAP,
			      .category = str_of(category),
			      .host = SV_STR("pbx1") };

	while (sources && e.n_records < 3 && sources[e.n_records]) {
		e.records[e.n_records].source = str_of(sources[e.n_records]);
		e.n_records++;
	}
	engine_feed(engine, &e);
}

static const struct rule_spec brute = {
	.name = "brute",
	.where = "outcome = rejected",
	.by = { "peer_ip" },
	.n_by = 1,
	.window = 60 * SEC,
	.warning = "count >= 10",
	.clear_for = 10 * SEC,
};

static const struct rule_spec silent = {
	.name = "silent",
	.where = "outcome = gap and category = silent",
	.by = { "host", "source" },
	.n_by = 2,
	.window = 150 * SEC,
	.warning = "count >= 2",
	.clear = "count < 1",
	.clear_for = 30 * SEC,
};

Test(gaps, a_state_that_lasts_holds_what_rests_on_its_source)
{
	static const char *const full[3] = { "file:full" };
	static const char *const other[3] = { "file:other" };
	struct tape tape;
	struct engine *engine = engine_of(&tape, &brute);

	refusals(engine, 0, "file:full");
	for (int i = 0; i <= 10; i++)
		gap(engine, 30 + 60 * i, "silent", full);
	engine_advance(engine, BASE + 640 * SEC);
	cr_expect_str_eq(tape.states, "FU");
	cr_expect_eq(tape.at, 70);
	/* over 60 s after the last word of it, and 10 s without doubt */
	engine_advance(engine, BASE + 2000 * SEC);
	cr_expect_str_eq(tape.states, "FUR");
	cr_expect_eq(tape.at, 630 + 60 + 10);
	engine_free(engine);

	engine = engine_of(&tape, &brute);
	refusals(engine, 0, "file:full");
	for (int i = 0; i <= 10; i++)
		gap(engine, 30 + 60 * i, "silent", other);
	engine_advance(engine, BASE + 2000 * SEC);
	cr_expect_str_eq(tape.states, "FR", "another source's silence: %s",
			 tape.states);
	cr_expect_eq(tape.at, 70);
	engine_free(engine);
}

Test(gaps, one_event_may_be_about_several_sources_or_all_of_a_host)
{
	static const char *const both[3] = { "file:asterisk", "file:security",
					     "file:full" };
	struct tape tape;
	struct engine *engine = engine_of(&tape, &brute);

	refusals(engine, 0, "file:full");
	gap(engine, 30, "unreadable", both);
	engine_advance(engine, BASE + 2000 * SEC);
	cr_expect_str_eq(tape.states, "FUR");
	engine_free(engine);

	engine = engine_of(&tape, &brute);
	refusals(engine, 0, "file:full");
	gap(engine, 30, "clock", NULL);
	engine_advance(engine, BASE + 2000 * SEC);
	cr_expect_str_eq(tape.states, "FUR");
	engine_free(engine);
}

Test(gaps, many_silent_sources_do_not_make_a_loss_forgotten)
{
	static const char *const full[3] = { "file:full" };
	struct tape tape;
	struct engine *engine = engine_of(&tape, &brute);
	char name[32];

	gap(engine, 1, "lost", full);
	for (int k = 0; k < 20; k++)
		for (int i = 0; i < 60; i++) {
			const char *one[3] = { name };
			(void)snprintf(name, sizeof(name), "file:%d", i);
			gap(engine, 2 + k, "silent", one);
		}
	refusals(engine, 30, "file:full");
	cr_expect_str_eq(tape.states, "F");
	cr_expect(tape.lower_bound);
	engine_free(engine);
}

Test(gaps, a_rule_about_gaps_is_itself_in_no_doubt)
{
	static const char *const full[3] = { "file:full" };
	struct tape tape;
	struct engine *engine = engine_of(&tape, &silent);

	for (int i = 0; i <= 5; i++)
		gap(engine, 60 * i, "silent", full);
	cr_expect_str_eq(tape.states, "F");
	cr_expect_eq(tape.at, 60);
	cr_expect_not(tape.lower_bound);
	/* other losses meanwhile do not hold its end back */
	gap(engine, 400, "lost", full);
	gap(engine, 460, "lost", full);
	engine_advance(engine, BASE + 1000 * SEC);
	cr_expect_str_eq(tape.states, "FR");
	cr_expect_eq(tape.at, 300 + 150 + 30);
	engine_free(engine);
}

Test(gaps, news_of_a_loss_is_never_too_late)
{
	static const char *const full[3] = { "file:full" };
	struct tape tape;
	struct engine *engine = engine_of(&tape, &brute);
	struct engine_stats stats;

	engine_advance(engine, BASE + 1000 * SEC);
	gap(engine, 10, "lost", full);
	refusals(engine, 1005, "file:full");
	cr_expect_str_eq(tape.states, "F");
	cr_expect(tape.lower_bound);
	engine_stats_get(engine, &stats);
	cr_expect_eq(stats.late_dropped, 0);
	engine_free(engine);
}
