/* SPDX-License-Identifier: Apache-2.0 */
/* Picking finds just the rules that a look at all of them finds, in the same order. */
#include "base/text.h"
#include "engine/pick.h"

#include <criterion/criterion.h>
#include <stdlib.h>

static const char *const wheres[] = {
	"failure",
	"outcome = rejected and leg = in and service = sip",
	"method = INVITE and leg = out and outcome not in (canceled, challenged)",
	"failure and peer = 'trunk-1'",
	"peer = 'trunk-2' or peer = 'trunk-3'",
	"peer in ('trunk-1', 'trunk-2', 'trunk-1')",
	"peer != 'trunk-1'",
	"peer = '' and failure",
	"peer = none",
	"peer = 'trunk-1' or code = 503",
	"not (peer = 'trunk-1' and leg = in)",
	"peer like 'trunk-%' and method = REGISTER",
	"peer = 'trunk-3' and peer = 'trunk-1'",
	"outcome = gap",
	"outcome in (gap, rejected) and peer = 'trunk-2'",
	"method not in (REGISTER, OPTIONS)",
	"service = manager and outcome in (rejected, unknown)",
	"code in (401, 403) and method = REGISTER",
	"peer in ('a', 'b', 'c', 'd', 'e', 'f', 'g', 'h', 'trunk-1')",
	"(method = INVITE or method = REGISTER) and peer = 'trunk-3'",
};
#define RULES (sizeof(wheres) / sizeof(wheres[0]))

static struct expr *exprs[RULES];

static void
pick_setup(struct pick *pick)
{
	struct pick_rule *rules = calloc(RULES, sizeof(*rules));
	struct expr_error error;

	cr_assert(rules);
	for (size_t i = 0; i < RULES; i++) {
		exprs[i] = expr_new(str_of(wheres[i]), &error);
		cr_assert(exprs[i], "%s: %s", wheres[i], error.message);
		rules[i] = (struct pick_rule){ exprs[i], expr_outcomes(exprs[i]) };
	}
	cr_assert_eq(pick_init(pick, rules, RULES), 0);
}

static void
pick_teardown(struct pick *pick)
{
	pick_done(pick);
	for (size_t i = 0; i < RULES; i++)
		expr_free(exprs[i]);
}

static void
expect_same(const struct pick *pick, const struct sv_event *event)
{
	uint16_t got[RULES];
	size_t n = pick_rules(pick, event, got), k = 0;

	for (size_t i = 0; i < RULES; i++) {
		if (!(expr_outcomes(exprs[i]) >> event->outcome & 1) ||
		    !expr_test(exprs[i], event))
			continue;
		cr_assert(k < n && got[k] == i,
			  "'%s': outcome %d leg %d method %d peer '%.*s'", wheres[i],
			  event->outcome, event->leg, event->method,
			  (int)event->peer.len, event->peer.ptr ? event->peer.ptr : "");
		k++;
	}
	cr_assert_eq(k, n, "a rule too many: '%s'", wheres[got[k < n ? k : 0]]);
}

Test(pick, finds_what_a_look_at_all_rules_finds)
{
	static const char *const peers[] = { "",        "trunk-1", "trunk-2",
					     "trunk-3", "h",       "other" };
	static const uint16_t codes[] = { 0, 401, 503 };
	struct pick pick;

	pick_setup(&pick);
	for (unsigned kind = 0; kind < PICK_KINDS; kind++)
		for (unsigned method = 0; method <= SV_METHOD_OTHER; method++)
			for (size_t p = 0; p < sizeof(peers) / sizeof(peers[0]); p++)
				for (size_t c = 0; c < 3; c++) {
					struct sv_event event = {
						.outcome = kind /
							   (PICK_LEGS * PICK_SERVICES),
						.leg = kind / PICK_SERVICES % PICK_LEGS,
						.service = kind % PICK_SERVICES,
						.method = (enum sv_method)method,
						.peer = str_of(peers[p]),
						.code = codes[c],
					};
					expect_same(&pick, &event);
				}
	pick_teardown(&pick);
}

Test(pick, rules_about_named_peers_are_in_no_list)
{
	struct sv_str peers[PICK_MAX_PEERS];
	struct pick pick;

	pick_setup(&pick);
	cr_expect_eq(expr_peers(exprs[3], peers, PICK_MAX_PEERS), 1);
	cr_expect(str_eq(peers[0], SV_STR("trunk-1")));
	cr_expect_eq(expr_peers(exprs[4], peers, PICK_MAX_PEERS), 2);
	cr_expect_eq(expr_peers(exprs[6], peers, PICK_MAX_PEERS), 0, "not that one");
	cr_expect_eq(expr_peers(exprs[7], peers, PICK_MAX_PEERS), 0, "without a name");
	cr_expect_eq(expr_peers(exprs[9], peers, PICK_MAX_PEERS), 0, "or a code");
	cr_expect_eq(expr_peers(exprs[18], peers, PICK_MAX_PEERS), 0, "too many");
	for (uint32_t i = 0; i < pick.first[PICK_KINDS]; i++)
		cr_expect_neq(pick.entries[i].rule, 3);
	pick_teardown(&pick);
}
