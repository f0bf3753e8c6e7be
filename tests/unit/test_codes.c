/* SPDX-License-Identifier: Apache-2.0 */
#include "base/text.h"
#include "sip/codes.h"
#include "sip/outcome.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>

#define MAX_FIELDS 9

/** Rows of tests/data/<name>, header skipped, given to `row` one by one. */
static size_t
walk(const char *name, void (*row)(struct sv_str fields[MAX_FIELDS]))
{
	const char *top = getenv("top_srcdir");
	char path[4096], *line = NULL;
	size_t cap = 0, n = 0;

	snprintf(path, sizeof(path), "%s/tests/data/%s", top ? top : ".", name);
	FILE *file = fopen(path, "re");
	cr_assert(file, "cannot read %s", path);
	cr_assert(getline(&line, &cap, file) > 0);
	for (ssize_t got; (got = getline(&line, &cap, file)) > 0; n++) {
		struct sv_str fields[MAX_FIELDS] = { 0 };
		struct sv_str left = str_make(line, (size_t)got - 1);
		for (size_t i = 0; i < MAX_FIELDS; i++) {
			size_t tab = str_find_char(left, '\t');
			fields[i] = tab == STR_NONE ? left : str_upto(left, tab);
			if (tab == STR_NONE)
				break;
			left = str_from(left, tab + 1);
		}
		row(fields);
	}
	free(line);
	fclose(file);
	return n;
}

static uint16_t
number(struct sv_str text)
{
	uint64_t value = 0;

	(void)str_take_u64(text, &value);
	return (uint16_t)value;
}

static bool
is_russian(const char *text)
{
	for (; *text; text++)
		if ((unsigned char)*text == 0xd0 || (unsigned char)*text == 0xd1)
			return true;
	return false;
}

static void
check_registered(struct sv_str f[MAX_FIELDS])
{
	const struct code *row = codes_find(number(f[0]));

	cr_assert(row, "%.*s", (int)f[0].len, f[0].ptr);
	cr_expect_eq(row->origin, CODE_REGISTERED, "%u", row->code);
	cr_expect(str_eq(str_of(row->phrase), f[1]), "%u %s", row->code, row->phrase);
	cr_expect(str_starts(str_of(row->reference), f[2]), "%u %s", row->code,
		  row->reference);
}

Test(codes, knows_the_whole_registry)
{
	cr_expect_eq(walk("sip-response-codes.tsv", check_registered), 75);
}

static void
check_unregistered(struct sv_str f[MAX_FIELDS])
{
	const struct code *row = codes_find(number(f[0]));
	struct code_hit hit;
	size_t n = 0;

	cr_assert(row, "%.*s", (int)f[0].len, f[0].ptr);
	if (f[1].ptr[0] == '(')
		return;
	cr_expect(codes_search(f[1], &hit, 1, &n) == CODES_EXACT, "%u %.*s", row->code,
		  (int)f[1].len, f[1].ptr);
}

Test(codes, knows_what_stands_in_no_registry)
{
	cr_expect_eq(walk("sip-nonregistered-codes.tsv", check_unregistered), 20);
	cr_expect_eq(codes_find(477)->origin, CODE_UNREGISTERED);
	cr_expect_eq(codes_find(904)->origin, CODE_INTERNAL);
}

static void
check_pair(struct sv_str f[MAX_FIELDS])
{
	char text[128];
	uint16_t code = number(f[0]);
	bool class_row = str_ends(f[0], SV_STR("xx"));
	struct sv_str phrase = class_row ? SV_STR("") : f[1], got;

	if (class_row) /* a code of that class that nobody knows */
		code = (uint16_t)(code * 100 + 97);
	got = codes_category(code, phrase);
	cr_expect(str_eq(got, f[2]), "%.*s %.*s: %.*s instead of %.*s", (int)f[0].len,
		  f[0].ptr, (int)f[1].len, f[1].ptr, (int)got.len, got.ptr,
		  (int)f[2].len, f[2].ptr);
	/* the same in capitals with blanks around it */
	int len =
		snprintf(text, sizeof(text), "  %.*s \t", (int)phrase.len, phrase.ptr);
	for (int i = 0; i < len; i++)
		if (text[i] >= 'a' && text[i] <= 'z')
			text[i] = (char)(text[i] - 0x20);
	got = codes_category(code, str_make(text, (size_t)len));
	cr_expect(str_eq(got, f[2]), "%u \"%s\": %.*s", code, text, (int)got.len,
		  got.ptr);
	cr_expect(codes_category_find(f[2]), "category %.*s has no text", (int)f[2].len,
		  f[2].ptr);
}

Test(codes, every_known_pair_has_its_cause)
{
	cr_expect_eq(walk("seed-reason-phrases.tsv", check_pair), 118);
}

static void
check_list(const uint16_t *have, size_t max, struct sv_str want, uint16_t cause)
{
	for (size_t i = 0; i < max; i++) {
		cr_expect_eq(have[i], number(want), "cause %u: %u", cause, have[i]);
		size_t comma = str_find_char(want, ',');
		want = comma == STR_NONE ? SV_STR("") : str_from(want, comma + 1);
	}
}

static bool
same_or_none(const char *have, struct sv_str want)
{
	return have ? str_eq(str_of(have), want) : str_eq(want, SV_STR("-"));
}

static void
check_cause(struct sv_str f[MAX_FIELDS])
{
	const struct q850 *row = codes_q850_find(number(f[0]));

	cr_assert(row, "%.*s", (int)f[0].len, f[0].ptr);
	if (!str_starts(f[1], SV_STR("(FreeSWITCH")))
		cr_expect(str_eq(str_of(row->name.en), f[1]), "%u", row->cause);
	check_list(row->sip, Q850_MAX_SIP, f[2], row->cause);
	cr_expect(str_eq(str_of(row->reference), f[3]), "%u", row->cause);
	cr_expect(same_or_none(row->freeswitch, f[4]), "%u", row->cause);
	cr_expect(same_or_none(row->asterisk, f[5]), "%u", row->cause);
	check_list(row->from_sip, Q850_MAX_FROM, f[6], row->cause);
	cr_expect_eq(row->freeswitch_sends, number(f[7]), "%u", row->cause);
	cr_expect_eq(row->asterisk_sends, number(f[8]), "%u", row->cause);
}

Test(codes, causes_are_those_of_the_table)
{
	size_t n;

	(void)codes_all_q850(&n);
	cr_expect_eq(walk("q850-sip-causes.tsv", check_cause), n);
	cr_expect_eq(codes_q850_of(486)->cause, 17);
	cr_expect_null(codes_q850_of(0));
	cr_expect_null(codes_q850_of(699));
}

Test(codes, all_is_said_in_both_languages)
{
	size_t n;

	const struct code *codes = codes_all(&n);
	for (size_t i = 0; i < n; i++) {
		cr_expect(is_russian(codes[i].meaning.ru), "%u", codes[i].code);
		cr_expect_not(is_russian(codes[i].meaning.en), "%u", codes[i].code);
		cr_expect(codes_category_find(str_of(codes[i].category)), "%u %s",
			  codes[i].code, codes[i].category);
		cr_expect(i == 0 || codes[i - 1].code < codes[i].code, "order at %u",
			  codes[i].code);
	}
	const struct code_phrase *phrases = codes_all_phrases(&n);
	for (size_t i = 0; i < n; i++) {
		cr_expect(is_russian(phrases[i].meaning.ru), "%s", phrases[i].phrase);
		cr_expect(phrases[i].meaning.en[0], "%s", phrases[i].phrase);
		cr_expect(codes_find(phrases[i].code) != NULL, "%u", phrases[i].code);
		cr_expect(codes_category_find(str_of(phrases[i].category)), "%s",
			  phrases[i].phrase);
		cr_expect(i == 0 || phrases[i - 1].code <= phrases[i].code,
			  "order at %s", phrases[i].phrase);
	}
	const struct code_category *causes = codes_all_categories(&n);
	for (size_t i = 0; i < n; i++) {
		cr_expect(is_russian(causes[i].meaning.ru), "%s", causes[i].name);
		cr_expect(is_russian(causes[i].look.ru), "%s", causes[i].name);
		cr_expect(causes[i].look.en[0], "%s", causes[i].name);
	}
	const struct q850 *q850 = codes_all_q850(&n);
	for (size_t i = 0; i < n; i++)
		cr_expect(is_russian(q850[i].name.ru) &&
				  (!q850[i].category ||
				   codes_category_find(str_of(q850[i].category))),
			  "%u", q850[i].cause);
	const struct code_set *sets = codes_all_sets(&n);
	for (size_t i = 0; i < n; i++)
		cr_expect(is_russian(sets[i].note.ru), "%s", sets[i].name);
}

Test(codes, phrases_that_nobody_listed)
{
	static const struct {
		uint16_t code;
		const char *phrase, *category;
	} rows[] = {
		{ 486, "", "busy" },
		{ 486, "Call waiting off", "busy" },
		{ 503, "Too Many Requests: retry after 17", "rate" },
		{ 477, "Unfortunately error on sending to next hop occurred (477/SL)",
		  "unreachable" },
		{ 503, "No money left", "funds" },
		{ 480, "Insufficient BALANCE", "funds" },
		{ 403, "", "other" },
		{ 403, "Forbidden (policy)", "other" },
		{ 403, "Account suspended", "account-disabled" },
		{ 503, "Channel limit reached", "rate" },
		{ 500, "Server overloaded, in maintenance", "overload" },
		{ 480, "Unallocated number", "number-invalid" },
		{ 403, "Stale nonce", "credentials" },
		{ 403, "Restale announce", "other" },
		{ 488, "Not Acceptable Here", "codec" },
		{ 414, "Request-URI Too Long", "protocol" },
		{ 431, "Whatever", "other" },
		{ 904, "", "credentials" },
		{ 0, "", "" },
		{ 999, "", "" },
	};
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct sv_str got =
			codes_category(rows[i].code, str_of(rows[i].phrase));
		cr_expect(str_eq(got, str_of(rows[i].category)), "%u %s: %.*s",
			  rows[i].code, rows[i].phrase, (int)got.len, got.ptr);
	}
}

Test(codes, the_cause_of_an_event)
{
	static const struct {
		enum sv_outcome outcome;
		uint16_t code;
		const char *phrase, *category;
		enum sv_leg leg;
		uint16_t q850;
	} rows[] = {
		{ SV_REJECTED, 403, "Forbidden", "credentials" },
		{ SV_REJECTED, 0, "", "credentials" },
		{ SV_UNKNOWN, 404, "", "account-missing" },
		{ SV_FORBIDDEN, 403, "No Money Left on RFC Account", "funds" },
		{ SV_FORBIDDEN, 403, "", "other" },
		{ SV_NOANSWER, 480, "Codec Mismatch", "codec" },
		{ SV_BUSY, 0, "", "busy" },
		{ SV_CONGESTION, 0, "", "overload" },
		{ SV_CONGESTION, 503, "Service Unavailable", "overload" },
		{ SV_CANCELED, 487, "", "cancelled" },
		{ SV_OK, 200, "OK", "" },
		{ SV_REGISTERED, 0, "", "" },
		{ SV_OUTCOME_NONE, 0, "", "" },
		/* the phrase before the Q.850 cause if it says more than the code */
		{ SV_CONGESTION, 503, "No money left", "funds", SV_LEG_OUT, 34 },
		{ SV_CONGESTION, 503, "Service Unavailable", "no-route", SV_LEG_OUT,
		  3 },
		{ SV_NOANSWER, 480, "Temporarily not available", "busy", SV_LEG_OUT,
		  17 },
		{ SV_FORBIDDEN, 403, "Forbidden", "acl", SV_LEG_OUT, 57 },
		{ SV_CONGESTION, 503, "", "overload", SV_LEG_OUT, 31 },
		{ SV_DECLINED, 603, "", "declined", SV_LEG_OUT, 21 },
		{ SV_ERROR, 0, "", "gateway", SV_LEG_OUT, 27 },
		{ SV_REJECTED, 401, "", "credentials", SV_LEG_OUT, 34 },
		/* of us the far side may say what it likes */
		{ SV_FORBIDDEN, 403, "Wrong Guess", "credentials", SV_LEG_OUT },
		{ SV_FORBIDDEN, 403, "Forbidden", "account-missing", SV_LEG_OUT },
		{ SV_NOANSWER, 480, "SIP account is not active", "account-disabled",
		  SV_LEG_OUT },
		/* of who asked us, a callee's phrase says nothing */
		{ SV_FORBIDDEN, 403, "Wrong Guess", "other", SV_LEG_IN },
		{ SV_FORBIDDEN, 403, "You do not have the required right", "other",
		  SV_LEG_IN },
		{ SV_ERROR, 500, "Wrong password", "server", SV_LEG_IN },
		{ SV_NOANSWER, 480, "Account suspended", "unreachable", SV_LEG_IN },
		{ SV_CONGESTION, 503, "Too Many Requests: retry after 3", "overload",
		  SV_LEG_IN },
		{ SV_FORBIDDEN, 403, "No Money Left on RFC Account", "funds",
		  SV_LEG_IN },
		{ SV_NOANSWER, 480, "Codec Mismatch", "codec", SV_LEG_IN },
	};
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct sv_event event = { .outcome = rows[i].outcome,
					  .code = rows[i].code,
					  .leg = rows[i].leg,
					  .q850 = rows[i].q850,
					  .claim.phrase = str_of(rows[i].phrase) };
		struct sv_str got = codes_cause(&event);
		cr_expect(str_eq(got, str_of(rows[i].category)), "%zu: %.*s", i,
			  (int)got.len, got.ptr);
	}
	for (int i = SV_REJECTED; i <= SV_UNREGISTERED; i++) {
		struct sv_event event = { .outcome = (enum sv_outcome)i };
		cr_expect(codes_category_find(codes_cause(&event)) != NULL, "%s",
			  outcome_name(event.outcome));
	}
}

Test(codes, hostile_phrases_are_only_bytes)
{
	char noise[4096];

	memset(noise, 0xff, sizeof(noise));
	cr_expect(str_eq(codes_category(486, str_make(noise, sizeof(noise))),
			 SV_STR("busy")));
	cr_expect(str_eq(codes_category(500, SV_STR("\0\0DB Timeout\0")),
			 SV_STR("timeout")));
	cr_expect(str_eq(codes_category(65535, SV_STR("Busy Here")), SV_STR("busy")));
}

Test(codes, an_unknown_code_counts_as_its_class)
{
	cr_expect_eq(codes_find_class(486)->code, 486);
	cr_expect_eq(codes_find_class(467)->code, 400);
	cr_expect_eq(codes_find_class(599)->code, 500);
	cr_expect_eq(codes_find_class(150)->code, 183);
	cr_expect_null(codes_find_class(99));
	cr_expect_null(codes_find_class(700));
}

Test(codes, search_goes_from_exact_to_similar)
{
	static const struct {
		const char *text;
		enum codes_match match;
		uint16_t first;
	} rows[] = {
		{ "busy here", CODES_EXACT, 486 },
		{ " Wrong Guess ", CODES_EXACT, 403 },
		{ "busy", CODES_CONTAINING, 486 },
		{ "money", CODES_CONTAINING, 403 },
		{ "Bussy Here", CODES_SIMILAR, 486 },
		{ "Servce Unavailable", CODES_SIMILAR, 503 },
		{ "xyzzy", CODES_NOTHING, 0 },
		{ "", CODES_NOTHING, 0 },
	};
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct code_hit hits[16];
		size_t n = 0;
		enum codes_match match =
			codes_search(str_of(rows[i].text), hits, 16, &n);
		cr_expect_eq(match, rows[i].match, "%s: %d", rows[i].text, match);
		if (!rows[i].first)
			continue;
		cr_assert(n > 0, "%s", rows[i].text);
		uint16_t code =
			hits[0].code ? hits[0].code->code : hits[0].phrase->code;
		cr_expect_eq(code, rows[i].first, "%s: %u", rows[i].text, code);
	}
}

Test(codes, sets_hold_codes_and_classes)
{
	const struct code_set *busy = codes_set_find(SV_STR("@busy"));

	cr_assert(busy);
	cr_expect_eq(busy, codes_set_find(SV_STR("BUSY")));
	cr_expect(codes_set_has(busy, 486));
	cr_expect(codes_set_has(busy, 600));
	cr_expect_not(codes_set_has(busy, 48));
	cr_expect(codes_set_has(codes_set_find(SV_STR("4xx")), 431));
	cr_expect_not(codes_set_has(codes_set_find(SV_STR("4xx")), 500));
	cr_expect(codes_set_has(codes_set_find(SV_STR("@seer_ok")), 202));
	cr_expect(codes_set_has(codes_set_find(SV_STR("@timeout")), 0));
	cr_expect_not(codes_set_has(busy, 0));
	cr_expect_null(codes_set_find(SV_STR("@nosuch")));
}
