/* SPDX-License-Identifier: Apache-2.0 */
#include "alert/alert.h"
#include "alert/cycle.h"
#include "base/text.h"

#include <criterion/criterion.h>
#include <stdio.h>

#define COUNT(table) (sizeof(table) / sizeof((table)[0]))

/** One instant: what holds, and what must come of it ("" = nothing). */
struct moment {
	unsigned now;
	const char *holds; /* letters: w c(ritical) C(lear) l(ower) s(ettled) */
	unsigned gap_until;
	const char *expect; /* letter of the state, severity, previous */
};

static bool
has(const char *text, char c)
{
	return strchr(text, c) != NULL;
}

static void
play(const char *name, const struct cycle_rule *rule, const struct moment *moments,
     size_t n)
{
	static const char states[] = "FCRU", severities[] = "-wcu";
	struct cycle cycle;

	cycle_init(&cycle);
	for (size_t i = 0; i < n; i++) {
		const struct moment *m = &moments[i];
		struct cycle_input in = { .now = m->now,
					  .settled = has(m->holds, 's'),
					  .warning = has(m->holds, 'w'),
					  .critical = has(m->holds, 'c'),
					  .clear = has(m->holds, 'C'),
					  .lower = has(m->holds, 'l'),
					  .gap_until = m->gap_until };
		struct cycle_change change;
		char got[16] = "";
		while (cycle_step(&cycle, rule, &in, &change)) {
			size_t len = strlen(got);
			cr_assert_lt(len, 9);
			(void)snprintf(got + len, sizeof(got) - len, "%c%c%c",
				       states[change.state],
				       severities[change.severity],
				       severities[change.previous]);
		}
		cr_expect_str_eq(got, m->expect, "%s, at %u: '%s' instead of '%s'",
				 name, m->now, got, m->expect);
		sv_usec due = cycle_due(&cycle, rule, &in);
		cr_expect(due > m->now || (due == m->now && !in.settled),
			  "%s, at %u: due at %llu", name, m->now,
			  (unsigned long long)due);
	}
}

Test(cycle, rises_at_once_and_clears_after_a_while)
{
	static const struct cycle_rule rule = { .clear_for = 10, .has_warning = true };
	static const struct moment moments[] = {
		{ 1, "C", 0, "" },
		{ 2, "w", 0, "Fw-" },
		{ 3, "wc", 0, "Ccw" },
		{ 4, "wls", 0, "" },
		{ 13, "wls", 0, "" },
		{ 14, "wls", 0, "Cwc" },
		{ 15, "Cs", 0, "" },
		{ 16, "", 0, "" },
		{ 17, "Cs", 0, "" },
		{ 26, "Cs", 0, "" },
		{ 27, "C", 0, "" /* open */ },
		{ 27, "Cs", 0, "R-w" },
		{ 28, "wc", 0, "Fc-" },
	};

	play("plain", &rule, moments, COUNT(moments));
}

Test(cycle, pending_must_hold_and_cooldown_must_pass)
{
	static const struct cycle_rule rule = {
		.for_usec = 5, .clear_for = 0, .cooldown = 20, .has_warning = true
	};
	static const struct moment moments[] = {
		{ 1, "w", 0, "" },
		{ 3, "s", 0, "" },
		{ 4, "w", 0, "" },
		{ 6, "w", 0, "" },
		{ 6, "", 0, "" /* within the instant: not believed */ },
		{ 6, "ws", 0, "" },
		{ 8, "ws", 0, "" },
		{ 9, "wcs", 0, "Fw-" },
		{ 13, "wcs", 0, "" },
		{ 14, "wcs", 0, "Ccw" },
		{ 20, "Cls", 0, "R-c" },
		{ 30, "w", 0, "" },
		{ 36, "ws", 0, "" },
		{ 40, "ws", 0, "Fw-" },
	};

	play("for and cooldown", &rule, moments, COUNT(moments));
}

Test(cycle, a_gap_is_not_an_end)
{
	static const struct cycle_rule rule = { .clear_for = 10, .has_warning = false };
	static const struct moment moments[] = {
		{ 1, "c", 0, "Fc-" },     { 5, "Cls", 0, "" },
		{ 15, "Cls", 12, "Uuc" }, { 16, "Cls", 12, "" },
		{ 17, "c", 12, "Ccu" },   { 20, "Cls", 12, "" },
		{ 30, "Cls", 25, "Uuc" }, { 34, "Cls", 25, "" },
		{ 35, "Cls", 25, "R-u" },
	};

	play("gap", &rule, moments, COUNT(moments));
}

static struct sv_alert
sample(void)
{
	return (struct sv_alert){
		.rule = SV_STR("trunk-down"),
		.key = { { SV_STR("peer"), SV_STR("carrier-a"), false } },
		.n_key = 1,
		.start = 1795339867412000,
		.sequence = 1,
	};
}

Test(alert, ids_depend_on_rule_key_start_and_number_alone)
{
	struct sv_alert a = sample(), b = sample();

	alert_ids(&a);
	/* fixed for ever: consumers know alerts again by it */
	cr_expect_eq(strlen(a.id), SV_ALERT_ID_LEN);
	cr_expect_str_eq(a.id, "6af7b74a47c57cbeab35bbb3dfd9bbd0");
	cr_expect_str_eq(a.incident, "9daf207d50529b76466dafd31c6bf70d");
	b.reason = SV_STR("other words");
	b.severity = SV_SEVERITY_CRITICAL;
	b.time = 5;
	alert_ids(&b);
	cr_expect_str_eq(a.id, b.id);
	b.sequence = 2;
	alert_ids(&b);
	cr_expect_str_neq(a.id, b.id);
	cr_expect_str_eq(a.incident, b.incident);
	b = sample();
	b.start++;
	alert_ids(&b);
	cr_expect_str_neq(a.incident, b.incident);
	b = sample();
	b.key[0].value = SV_STR("carrier-b");
	alert_ids(&b);
	cr_expect_str_neq(a.id, b.id);
	/* lengths are digested: the parts cannot be shifted into each other */
	b = sample();
	b.rule = SV_STR("trunk-downp");
	b.key[0].field = SV_STR("eer");
	alert_ids(&b);
	cr_expect_str_neq(a.id, b.id);
}

Test(alert, fingerprints_are_printable_and_hide_claims)
{
	static const struct {
		const char *field, *value;
		bool claim;
		const char *want;
	} rows[] = {
		{ "peer", "carrier-a", false, "r|peer=carrier-a" },
		{ "peer", "a|b c%\x01", false, "r|peer=a%7cb%20c%25%01" },
		{ "peer_ip", "2001:db8::1", false, "r|peer_ip=2001:db8::1" },
		{ "user", "1001", true, "r|user=fe675fe7aaee830b" },
	};
	char out[ALERT_FINGERPRINT_BYTES];

	for (size_t i = 0; i < COUNT(rows); i++) {
		struct sv_key_part key = { str_of(rows[i].field), str_of(rows[i].value),
					   rows[i].claim };
		size_t n = alert_fingerprint(SV_STR("r"), &key, 1, out);
		cr_expect(str_eq(str_make(out, n), str_of(rows[i].want)), "'%.*s'",
			  (int)n, out);
	}
	char longest[600];
	memset(longest, 'x', sizeof(longest));
	struct sv_key_part key = { SV_STR("peer"),
				   { longest, sizeof(longest) },
				   false };
	cr_expect_eq(alert_fingerprint(SV_STR("r"), &key, 1, out),
		     ALERT_FINGERPRINT_BYTES);
}
