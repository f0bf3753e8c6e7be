/* SPDX-License-Identifier: Apache-2.0 */
#include "base/address.h"
#include "base/text.h"
#include "expr/expr.h"
#include "expr/program.h"
#include "expr/set.h"
#include "sip/codes.h"
#include "sip/outcome.h"

#include <criterion/criterion.h>
#include <stdio.h>

#define COUNT(table) (sizeof(table) / sizeof((table)[0]))

static struct sv_event
sample(void)
{
	struct sv_event e = {
		.time = 1795339867412000, /* 2026-11-22T09:31:07.412Z */
		.outcome = SV_REJECTED,
		.leg = SV_LEG_IN,
		.method = SV_REGISTER,
		.transport = SV_UDP,
		.code = 403,
		.peer_port = 5071,
		.count = 2,
		.peer = SV_STR("1001"),
		.pbx = SV_STR("asterisk"),
		.host = SV_STR("pbx1"),
		.category = SV_STR("credentials"),
		.claim = { .user = SV_STR("Alice_1"),
			   .ua = SV_STR("friendly-scanner"),
			   .dst = SV_STR("100%") },
		.records = { { .source = SV_STR("file:messages") } },
		.n_records = 1,
	};
	(void)address_parse(SV_STR("203.0.113.9"), &e.peer_ip);
	return e;
}

Test(expr, says_whether_an_event_matches)
{
	static const struct {
		const char *text;
		bool holds;
	} rows[] = {
		{ "code in (401, 403, 407) and method = REGISTER and leg = in", true },
		{ "code = 4xx", true },
		{ "code = 5XX", false },
		{ "code in (5xx, 403)", true },
		{ "code not in (5xx, 403)", false },
		{ "code >= 4xx and code <= 4xx", true },
		{ "code > 4xx", false },
		{ "code < 4xx", false },
		{ "code < 404 and code > 402", true },
		{ "code < 0", false },
		{ "outcome = rejected", true },
		{ "outcome in (busy, Rejected)", true },
		{ "outcome not in (busy, timeout)", true },
		{ "outcome != rejected", false },
		{ "failure", true },
		{ "failure and leg = in", true },
		{ "not failure", false },
		{ "failure = false", false },
		{ "failure != no", true },
		{ "method = register", true },
		{ "service = sip", true },
		{ "service = iax2", false },
		{ "transport = none", false },
		{ "attribution = certain", true },
		{ "peer_ip = 203.0.113.9", true },
		{ "peer_ip = 203.0.113.0/24", true },
		{ "peer_ip != 203.0.113.0/24", false },
		{ "peer_ip in (10.0.0.0/8, 2001:db8::/32, 203.0.113.8/29)", true },
		{ "peer_ip = 2001:db8::/32", false },
		{ "peer_ip = none", false },
		{ "peer_port = 5071 and count >= 2", true },
		{ "peer = 1001", true },
		{ "peer = '1001'", true },
		{ "peer = \"1002\"", false },
		{ "peer != 1002", true },
		{ "role = trunk", false },
		{ "role != trunk", true },
		{ "role = ''", true },
		{ "user = alice_1", false },
		{ "user like 'ALICE%'", true },
		{ "user like alice_1", true },
		{ "user like *_1", true },
		{ "user like a", false },
		{ "user not like a", true },
		{ "dst like '%\\%'", true },
		{ "dst like '%\\_'", false },
		{ "ua like *scan*", true },
		{ "ua like *scann*s*", false },
		{ "call_id like *", true },
		{ "call_id = ''", true },
		{ "source = file:messages", true },
		{ "host = pbx1 and pbx = asterisk", true },
		{ "category in (credentials, funds)", true },
		{ "time >= '2026-11-22T09:31:07Z' and time < 2026-11-22T09:31:08Z",
		  true },
		{ "time = '2026-11-22 10:31:07.412000+01:00'", true },
		{ "time < 2026-11-22", false },
		{ "leg = out or (code = 403 and not peer = 7)", true },
		{ "leg = in or leg = out and code = 1", true },
		{ "(leg = in or leg = out) and code = 1", false },
		{ "not (leg = in and not (code = 403 or q850 = 17))", true },
		{ "not not leg = in", true },
	};
	struct sv_event e = sample();

	for (size_t i = 0; i < COUNT(rows); i++) {
		struct expr_error error = { 0 };
		struct expr *x = expr_new(str_of(rows[i].text), &error);
		cr_assert(x, "%s: %s", rows[i].text, error.message);
		cr_expect_eq(expr_test(x, &e), rows[i].holds, "%s", rows[i].text);
		expr_free(x);
	}
	cr_expect(expr_test(NULL, &e), "no expression takes every event");
}

Test(expr, mistakes_have_a_place_and_a_remedy)
{
	static const struct {
		const char *text;
		size_t pos, len;
		const char *message, *hint;
	} rows[] = {
		{ "methd = REGISTER", 0, 5, "unknown field 'methd'",
		  "did you mean 'method'?" },
		{ "method = REGISTR", 9, 7, "'REGISTR' is no method",
		  "did you mean 'REGISTER'?" },
		{ "leg = inn", 6, 3, "'inn' is no leg", "did you mean 'in'?" },
		{ "outcome in (busy, timout)", 18, 6, "'timout' is no outcome",
		  "did you mean 'timeout'?" },
		{ "leg = sideways", 6, 8, "'sideways' is no leg", "one of in, out" },
		{ "code == 403", 5, 2, "'==' is not an operator here", "write =" },
		{ "code <> 403", 5, 2, "'<>' is not an operator here", "write !=" },
		{ "code = 403 && leg = in", 11, 2, "expected 'and' or 'or' before '&&'",
		  "write and" },
		{ "code = 403 leg = in", 11, 3, "expected 'and' or 'or' before 'leg'",
		  "" },
		{ "code = 4o3", 7, 3, "'4o3' is no code (0 to 999)",
		  "a number such as 403, or a class: 4xx" },
		{ "q850 = 300", 7, 3, "'300' is no q850 (0 to 127)", "" },
		{ "peer_ip = 192.0.2.1/24", 10, 12,
		  "'192.0.2.1/24' is no address or network",
		  "did you mean '192.0.2.0/24'?" },
		{ "peer_ip like 192*", 13, 4, "'like' compares text, 'peer_ip' is none",
		  "peer_ip = 192.0.2.0/24" },
		{ "peer > carrier", 7, 7, "'peer' has no order: it is equal or not",
		  "= != in like" },
		{ "prefix = 192.0.2.0/24", 0, 6,
		  "'prefix' only groups, it cannot be compared",
		  "peer_ip = 192.0.2.0/24" },
		{ "account = 1001", 0, 7,
		  "'account' only groups, it cannot be compared",
		  "peer = '1001' or user = '1001'" },
		{ "peer = 'carrier", 7, 8, "expected a value, not ''carrier'",
		  "close the quote" },
		{ "peer =", 6, 1, "the value is missing", "" },
		{ "peer", 4, 1, "expected a comparison after 'peer'",
		  "= != < <= > >= in like" },
		{ "", 0, 1, "the expression breaks off", "" },
		{ "leg = in and", 12, 1, "the expression breaks off", "" },
		{ "(leg = in", 9, 1, "the '(' at byte 1 is never closed", "" },
		{ "leg = in)", 8, 1, "')' without its '('", "" },
		{ "leg in (in", 10, 1, "expected ',' or ')' in the list", "" },
		{ "leg in in", 7, 2, "expected '(' after 'in'", "in (a, b, c)" },
		{ "!failure", 0, 1, "expected a field, not '!'", "write not" },
		{ "time > yesterday", 7, 9, "'yesterday' is no time",
		  "'2026-11-22T09:31:07Z'" },
		{ "@bsy", 0, 4, "there is no set '@bsy'", "did you mean '@busy'?" },
		{ "leg = in and @nothing_like", 13, 13,
		  "there is no set '@nothing_like'", "list: sipvigil codes sets" },
		{ "@busy = 486", 6, 1, "expected 'and' or 'or' before '='", "" },
		{ "dst_prefix = 0049", 0, 10,
		  "'dst_prefix' only groups, it cannot be compared",
		  "dst like '0049*'" },
		{ "failure = maybe", 10, 5, "'failure' is true or false",
		  "true or false" },
	};

	for (size_t i = 0; i < COUNT(rows); i++) {
		struct expr_error error = { 0 };
		struct expr *x = expr_new(str_of(rows[i].text), &error);
		cr_expect_null(x, "%s", rows[i].text);
		cr_expect_eq(error.pos, rows[i].pos, "%s: at %zu", rows[i].text,
			     error.pos);
		cr_expect_eq(error.len, rows[i].len, "%s: %zu long", rows[i].text,
			     error.len);
		cr_expect_str_eq(error.message, rows[i].message, "%s", rows[i].text);
		cr_expect_str_eq(error.hint, rows[i].hint, "%s", rows[i].text);
		expr_free(x);
	}
}

Test(expr, bounds_depth_size_and_patterns)
{
	static char text[EXPR_MAX_BYTES + 2];
	struct expr_error error;

	for (size_t i = 0; i < EXPR_MAX_DEPTH + 1; i++)
		text[i] = '(';
	cr_expect_null(expr_new(str_of(text), &error));
	cr_expect_str_eq(error.message, "nested more than 64 levels deep");

	size_t len = (size_t)snprintf(text, sizeof(text), "peer_port in (1");
	for (size_t i = 0; i < EXPR_MAX_NODES; i++)
		len += (size_t)snprintf(text + len, sizeof(text) - len, ",1");
	(void)snprintf(text + len, sizeof(text) - len, ")");
	cr_expect_null(expr_new(str_of(text), &error));
	cr_expect_str_eq(error.message,
			 "the expression is too large (at most 512 tests)");
	memmove(text + len - 2, text + len, 2); /* one value less */
	struct expr *most = expr_new(str_of(text), &error);
	cr_expect(most);
	expr_free(most);

	memset(text, 'x', sizeof(text));
	cr_expect_null(expr_new(str_make(text, EXPR_MAX_BYTES + 1), &error));
	memcpy(text, "ua like ", 8);
	cr_expect_null(expr_new(str_make(text, 8 + EXPR_MAX_PATTERN + 1), &error));
	cr_expect_str_eq(error.message, "the pattern is longer than 128 bytes");
}

Test(expr, patterns_do_not_explode)
{
	static char text[4096];
	struct sv_str pattern = SV_STR("*a*a*a*a*a*a*a*a*a*a*a*a*a*a*b");

	memset(text, 'a', sizeof(text));
	cr_expect_not(like_match(pattern, str_make(text, sizeof(text))));
	text[sizeof(text) - 1] = 'B';
	cr_expect(like_match(pattern, str_make(text, sizeof(text))));
	cr_expect(like_match(SV_STR("%"), str_make(NULL, 0)));
	cr_expect_not(like_match(SV_STR("_"), str_make(NULL, 0)));
}

Test(expr, knows_which_outcomes_can_match)
{
	static const struct {
		const char *text;
		uint64_t yes, no;
	} rows[] = {
		{ "outcome = busy", 1u << SV_BUSY, 1u << SV_OK | 1u << SV_GAP },
		{ "outcome = busy or outcome = ok and leg = in",
		  1u << SV_BUSY | 1u << SV_OK, 1u << SV_REJECTED },
		{ "outcome in (timeout, congestion) and not outcome = timeout",
		  1u << SV_CONGESTION, 1u << SV_TIMEOUT },
		{ "failure", 1u << SV_BUSY, 1u << SV_OK | 1u << SV_GAP },
		{ "leg = in", 1u << SV_OK | 1u << SV_BUSY, 1u << SV_GAP },
		{ "outcome != ok", 1u << SV_BUSY, 1u << SV_OK | 1u << SV_GAP },
		{ "outcome = gap", 1u << SV_GAP, 1u << SV_OK },
		{ "outcome in (busy, gap)", 1u << SV_GAP | 1u << SV_BUSY, 1u << SV_OK },
	};

	for (size_t i = 0; i < COUNT(rows); i++) {
		struct expr_error error;
		struct expr *x = expr_new(str_of(rows[i].text), &error);
		cr_assert(x);
		uint64_t set = expr_outcomes(x);
		cr_expect_eq(set & rows[i].yes, rows[i].yes, "%s", rows[i].text);
		cr_expect_eq(set & rows[i].no, 0, "%s", rows[i].text);
		expr_free(x);
	}
	cr_expect_eq(expr_outcomes(NULL) >> SV_GAP & 1, 0);
}

Test(expr, fields_go_to_text_and_back)
{
	static const struct {
		const char *field, *text;
	} rows[] = {
		{ "time", "2026-11-22T09:31:07.412000Z" },
		{ "source", "file:messages" },
		{ "host", "pbx1" },
		{ "service", "sip" },
		{ "leg", "in" },
		{ "method", "REGISTER" },
		{ "code", "403" },
		{ "q850", "" },
		{ "outcome", "rejected" },
		{ "failure", "true" },
		{ "count", "2" },
		{ "peer_ip", "203.0.113.9" },
		{ "peer_port", "5071" },
		{ "transport", "udp" },
		{ "attribution", "certain" },
		{ "peer", "1001" },
		{ "user", "Alice_1" },
		{ "prefix", "203.0.113.0/24" },
		{ "account", "1001" },
	};
	struct sv_event e = sample();
	const char *hint;

	for (size_t i = 0; i < COUNT(rows); i++) {
		char buf[64], key[EXPR_KEY_BYTES];
		const struct expr_field *f =
			expr_field_find(str_of(rows[i].field), &hint);
		cr_assert(f, "%s", rows[i].field);
		struct sv_str text = expr_field_text(f, &e, buf, sizeof(buf));
		cr_expect(str_eq(text, str_of(rows[i].text)), "%s is '%.*s'",
			  rows[i].field, (int)text.len, text.ptr);
		text = expr_key_text(f, expr_field_key(f, &e, key), buf, sizeof(buf));
		cr_expect(str_eq(text, str_of(rows[i].text)), "key of %s",
			  rows[i].field);
	}
	cr_expect_null(expr_field_find(SV_STR("peer_pi"), &hint));
	cr_expect_str_eq(hint, "peer_ip");
	cr_expect_null(expr_field_find(SV_STR("zzzzzzzz"), &hint));
	cr_expect_null(hint);
	/* every field can be named, and none of them crashes on an empty event */
	size_t n;
	const struct expr_field *all = expr_fields(&n);
	struct sv_event none = { 0 };
	for (size_t i = 0; i < n; i++) {
		char buf[64], key[EXPR_KEY_BYTES];
		cr_expect(expr_field_find(str_of(all[i].name), &hint) == &all[i]);
		cr_expect_gt(strlen(all[i].help), 3);
		(void)expr_field_text(&all[i], &none, buf, sizeof(buf));
		cr_expect_eq(expr_field_key(&all[i], &none, key).len, 0, "%s",
			     all[i].name);
	}
}

/** Does the set hold for an event with this code and what the code says? */
static bool
holds(const char *text, struct sv_event e)
{
	struct expr_error error = { 0 };
	struct expr *x = expr_new(str_of(text), &error);

	cr_assert(x, "%s: %s", text, error.message);
	bool yes = expr_test(x, &e);
	expr_free(x);
	return yes;
}

Test(expr, sets_hold_for_the_codes_that_the_catalogue_has_in_them)
{
	size_t n, known = 0;
	const struct code_set *all = codes_all_sets(&n);

	for (size_t i = 0; i < n; i++) {
		const char *name = all[i].name;
		if (name[0] != '@')
			continue;
		known++;
		/* a code alone does not tell these: 401 and 403 with or without
		 * credentials, 408 and 487 before or after ringing */
		bool codes =
			strcmp(name, "@reject") != 0 && strcmp(name, "@challenge") != 0;
		for (uint16_t code = 200; codes && code < 700; code++) {
			struct sv_event e = { .code = code,
					      .outcome = outcome_of_code(code) };
			if (strcmp(name, "@noanswer") == 0 && code == 408)
				continue;
			/* no standard's: a proxy's own word for congestion */
			if (code == 477 || code == 478)
				continue;
			cr_expect_eq(holds(name, e), codes_set_has(&all[i], code),
				     "%s and %u", name, code);
		}
		for (uint16_t q850 = 1; q850 < 128; q850++) {
			struct sv_event e = { .q850 = q850, .outcome = SV_CANCELED };
			char number[8];
			(void)snprintf(number, sizeof(number), " %u ", q850);
			char list[64];
			(void)snprintf(list, sizeof(list), " %s ", all[i].q850);
			cr_expect_eq(holds(name, e), strstr(list, number) != NULL,
				     "%s and cause %u", name, q850);
		}
	}
	(void)set_table(&n);
	cr_expect_eq(known, n, "no set is in one of both alone");
}

Test(expr, sets_know_what_a_log_tells_without_a_code)
{
	static const struct {
		const char *text;
		enum sv_outcome outcome;
		bool holds;
	} rows[] = {
		{ "@busy", SV_BUSY, true },
		{ "not @busy", SV_BUSY, false },
		{ "@BUSY and leg = none", SV_BUSY, true },
		{ "@timeout or @congestion", SV_CONGESTION, true },
		{ "@timeout or @congestion", SV_BUSY, false },
		{ "@reject", SV_REJECTED, true },
		{ "@reject", SV_UNKNOWN, true },
		{ "@reject", SV_FORBIDDEN, false },
		{ "@challenge", SV_CHALLENGED, true },
		{ "@seer_ok", SV_OK, true },
		{ "(@noanswer) and not (@media)", SV_NOANSWER, true },
	};

	for (size_t i = 0; i < COUNT(rows); i++)
		cr_expect_eq(holds(rows[i].text,
				   (struct sv_event){ .outcome = rows[i].outcome }),
			     rows[i].holds, "%s", rows[i].text);
}
