/* SPDX-License-Identifier: Apache-2.0 */
#include "base/text.h"
#include "sip/outcome.h"

#include <criterion/criterion.h>

Test(outcome, every_word_is_found_again)
{
	for (int i = SV_OUTCOME_NONE + 1; i < SV_OUTCOME_COUNT; i++) {
		enum sv_outcome found = SV_OUTCOME_NONE;
		const char *word = outcome_name((enum sv_outcome)i);
		cr_expect_neq(word[0], '\0', "outcome %d has no word", i);
		cr_expect(outcome_find(str_of(word), &found), "%s", word);
		cr_expect_eq((int)found, i, "%s", word);
	}
	enum sv_outcome untouched = SV_BUSY;
	cr_expect_not(outcome_find(SV_STR(""), &untouched));
	cr_expect_not(outcome_find(SV_STR("busy "), &untouched));
	cr_expect_eq(untouched, SV_BUSY);
	cr_expect_str_eq(outcome_name(SV_OUTCOME_COUNT), "");
}

Test(outcome, failures_are_those_of_the_list)
{
	static const enum sv_outcome fine[] = {
		SV_OUTCOME_NONE, SV_OK,        SV_CHALLENGED, SV_ABANDONED,
		SV_CANCELED,     SV_REACHABLE, SV_REGISTERED, SV_GAP,
	};
	size_t n = 0;

	for (size_t i = 0; i < sizeof(fine) / sizeof(fine[0]); i++)
		cr_expect_not(outcome_is_failure(fine[i]), "%s", outcome_name(fine[i]));
	for (int i = 0; i < SV_OUTCOME_COUNT; i++)
		n += outcome_is_failure((enum sv_outcome)i);
	cr_expect_eq(n, 18);
}

Test(outcome, a_code_alone_decides)
{
	static const struct {
		uint16_t code;
		enum sv_outcome outcome;
	} rows[] = {
		{ 0, SV_OUTCOME_NONE },
		{ 100, SV_OUTCOME_NONE },
		{ 199, SV_OUTCOME_NONE },
		{ 200, SV_OK },
		{ 202, SV_OK },
		{ 302, SV_CANCELED },
		{ 400, SV_MALFORMED },
		{ 401, SV_CHALLENGED },
		{ 402, SV_REFUSED },
		{ 403, SV_FORBIDDEN },
		{ 404, SV_NOTFOUND },
		{ 405, SV_REFUSED },
		{ 407, SV_CHALLENGED },
		{ 408, SV_TIMEOUT },
		{ 410, SV_NOTFOUND },
		{ 415, SV_MEDIA },
		{ 423, SV_REFUSED },
		{ 431, SV_MALFORMED },
		{ 480, SV_NOANSWER },
		{ 481, SV_CANCELED },
		{ 482, SV_LOOP },
		{ 483, SV_LOOP },
		{ 484, SV_NOTFOUND },
		{ 485, SV_NOTFOUND },
		{ 486, SV_BUSY },
		{ 487, SV_CANCELED },
		{ 488, SV_MEDIA },
		{ 491, SV_CANCELED },
		{ 499, SV_MALFORMED },
		{ 500, SV_ERROR },
		{ 502, SV_ERROR },
		{ 503, SV_CONGESTION },
		{ 504, SV_TIMEOUT },
		{ 513, SV_ERROR },
		{ 580, SV_ERROR },
		{ 599, SV_ERROR },
		{ 600, SV_BUSY },
		{ 603, SV_DECLINED },
		{ 604, SV_NOTFOUND },
		{ 606, SV_MEDIA },
		{ 607, SV_DECLINED },
		{ 608, SV_DECLINED },
		{ 687, SV_ERROR },
		{ 701, SV_TIMEOUT },
		{ 904, SV_REJECTED },
		{ 999, SV_OUTCOME_NONE },
		{ 65535, SV_OUTCOME_NONE },
	};
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		cr_expect_eq(outcome_of_code(rows[i].code), rows[i].outcome, "%u is %s",
			     rows[i].code, outcome_name(outcome_of_code(rows[i].code)));
}

Test(outcome, words_of_the_other_lists)
{
	enum sv_method method = SV_METHOD_UNKNOWN;
	enum sv_transport transport = SV_TRANSPORT_UNKNOWN;
	enum sv_service service = SV_SERVICE_SIP;
	enum sv_leg leg = SV_LEG_UNKNOWN;
	enum sv_attribution attribution = SV_ATTRIBUTION_CERTAIN;
	enum sv_time_source source = SV_TIME_NONE;

	for (int i = SV_REGISTER; i <= SV_METHOD_OTHER; i++) {
		const char *word = method_name((enum sv_method)i);
		cr_expect(method_find(str_of(word), &method), "%d %s", i, word);
		cr_expect_eq((int)method, i, "%s", word);
	}
	cr_expect_eq(method_of(SV_STR("register")), SV_REGISTER);
	cr_expect_eq(method_of(SV_STR("BREW")), SV_METHOD_OTHER);
	cr_expect_eq(method_of(SV_STR("")), SV_METHOD_UNKNOWN);
	cr_expect(transport_find(SV_STR("WSS"), &transport));
	cr_expect_eq(transport, SV_WSS);
	cr_expect_str_eq(transport_name(SV_SCTP), "sctp");
	cr_expect(service_find(SV_STR("manager"), &service));
	cr_expect_eq(service, SV_SERVICE_MANAGER);
	cr_expect_str_eq(service_name(SV_SERVICE_SIP), "sip");
	cr_expect(leg_find(SV_STR("out"), &leg));
	cr_expect_eq(leg, SV_LEG_OUT);
	cr_expect_str_eq(leg_name(SV_LEG_UNKNOWN), "");
	cr_expect(attribution_find(SV_STR("forgeable"), &attribution));
	cr_expect_eq(attribution, SV_ATTRIBUTION_FORGEABLE);
	cr_expect(time_source_find(SV_STR("journal"), &source));
	cr_expect_eq(source, SV_TIME_JOURNAL);
	cr_expect_str_eq(time_source_name(SV_TIME_STAMP), "stamp");
	for (int i = SV_GAP_UNTOLD + 1; i < SV_GAP_COUNT; i++) {
		enum sv_gap gap = SV_GAP_UNTOLD;
		cr_expect(gap_find(str_of(gap_name((enum sv_gap)i)), &gap), "%d", i);
		cr_expect_eq((int)gap, i);
	}
}
