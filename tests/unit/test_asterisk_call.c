/* SPDX-License-Identifier: Apache-2.0 */
/* Calls that the PBX places: several lines, one event a leg. */
#include "rig.h"

#define T "[2026-11-22 19:15:46] "
#define V T "VERBOSE[505][C-00000021] "
#define SIP_DIAL                                                         \
	V "pbx.c: Executing [7@internal:3] Dial(\"SIP/1001-00000015\", " \
	  "\"SIP/trunk/555,15\") in new stack\n"
#define SIP_CALLED V "app_dial.c: Called SIP/trunk/555\n"
#define PJ_DIAL                                                            \
	V "pbx.c: Executing [7@internal:3] Dial(\"PJSIP/2001-00000015\", " \
	  "\"PJSIP/555@pjtrunk,15\") in new stack\n"
#define PJ_CALLED V "app_dial.c: Called PJSIP/555@pjtrunk\n"
#define GOT(code, phrase)                                                            \
	T "VERBOSE[466][C-00000021] chan_sip.c: Got SIP response " code " \"" phrase \
	  "\" back from 127.0.2.1:5060\n"
#define EVERYONE(tally) \
	V "app_dial.c: Everyone is busy/congested at this time " tally "\n"
#define CAUSE(status, cause)                                                       \
	V "pbx.c: Executing [s@hangupcause:1] NoOp(\"SIP/1001-00000015\", \"Dial " \
	  "failed for some reason with DIALSTATUS = " status                       \
	  " and HANGUPCAUSE = " cause "\") in new stack\n"
#define TECH(code)                                                            \
	V "pbx.c: Executing [s@hangupcause:3] ExecIf(\"SIP/1001-00000015\", " \
	  "\"1?NoOp(tech cause SIP " code ")\") in new stack\n"
#define HANGUP                                                                      \
	V "pbx.c: Executing [7@internal:5] Hangup(\"SIP/1001-00000015\", \"\") in " \
	  "new stack\n"

struct row {
	const char *name, *text;
	enum sv_outcome outcome;
	unsigned code, q850;
	const char *peer, *ip;
};

/* clang-format off */
static const struct row rows[] = {
	{ "486, chan_sip", SIP_DIAL SIP_CALLED GOT("486", "Busy Here") V "app_dial.c: SIP/trunk-00000016 is busy\n" EVERYONE("(1:1/0/0)") CAUSE("BUSY", "17") HANGUP,
	  SV_BUSY, 486, 17, "trunk", "127.0.2.1:5060" },
	{ "480, chan_sip", SIP_DIAL SIP_CALLED V "app_dial.c: SIP/trunk-00000016 is busy\n" EVERYONE("(1:1/0/0)") CAUSE("BUSY", "19") HANGUP,
	  SV_NOANSWER, 0, 19, "trunk", "" },
	{ "603, chan_sip", SIP_DIAL SIP_CALLED GOT("603", "Declined") V "app_dial.c: SIP/trunk-00000016 is busy\n" EVERYONE("(1:1/0/0)") CAUSE("BUSY", "21") HANGUP,
	  SV_DECLINED, 603, 21, "trunk", "127.0.2.1:5060" },
	{ "403, chan_sip", SIP_DIAL SIP_CALLED T "WARNING[466][C-00000021] chan_sip.c: Received response: \"Forbidden\" from '\"1001\" <sip:1001@h>;tag=1'\n" EVERYONE("(1:0/0/1)"),
	  SV_FORBIDDEN, 403, 0, "trunk", "" },
	{ "401, chan_sip", SIP_DIAL SIP_CALLED T "NOTICE[466][C-00000021] chan_sip.c: Failed to authenticate on INVITE to '\"1001\" <sip:1001@h>;tag=1'\n" V "app_dial.c: SIP/trunk-00000026 is circuit-busy\n" EVERYONE("(1:0/1/0)") CAUSE("CONGESTION", "21") TECH("401 Unauthorized"),
	  SV_REJECTED, 0, 21, "trunk", "" },
	{ "404, chan_sip", SIP_DIAL SIP_CALLED EVERYONE("(1:0/0/1)") CAUSE("CHANUNAVAIL", "1") TECH("404 Not Found"),
	  SV_NOTFOUND, 404, 1, "trunk", "" },
	{ "nothing told, chan_sip", SIP_DIAL SIP_CALLED EVERYONE("(1:0/0/1)"),
	  SV_REFUSED, 0, 0, "trunk", "" },
	{ "no answer at all, chan_sip", SIP_DIAL SIP_CALLED T "WARNING[4995] chan_sip.c: Retransmission timeout reached on transmission 47@127.0.1.1:5060 for seqno 102 (Critical Request) -- See https://x\n" EVERYONE("(1:0/0/1)") CAUSE("CHANUNAVAIL", "18"),
	  SV_TIMEOUT, 0, 18, "trunk", "" },
	{ "503, PJSIP", PJ_DIAL PJ_CALLED EVERYONE("(1:0/1/0)"),
	  SV_CONGESTION, 0, 34, "pjtrunk", "" },
	{ "486, PJSIP", PJ_DIAL PJ_CALLED EVERYONE("(1:1/0/0)"),
	  SV_BUSY, 0, 17, "pjtrunk", "" },
	{ "480, PJSIP", PJ_DIAL PJ_CALLED V "app_dial.c: No one is available to answer at this time (1:0/0/0)\n",
	  SV_NOANSWER, 0, 19, "pjtrunk", "" },
	{ "401, PJSIP", PJ_DIAL PJ_CALLED T "WARNING[623] res_pjsip_outbound_authenticator_digest.c:  pjtrunk:127.0.4.9: Authentication credentials not accepted by server. x\n" EVERYONE("(1:0/0/1)") CAUSE("CHANUNAVAIL", "21"),
	  SV_REJECTED, 0, 21, "pjtrunk", "127.0.4.9" },
	{ "500, PJSIP", PJ_DIAL PJ_CALLED EVERYONE("(1:0/0/1)") CAUSE("CHANUNAVAIL", "38") TECH("500 Server Internal Error"),
	  SV_ERROR, 500, 38, "pjtrunk", "" },
	{ "rang out", PJ_DIAL PJ_CALLED V "app_dial.c: PJSIP/pjtrunk-00000016 is ringing\n" V "app_dial.c: Nobody picked up in 15000 ms\n",
	  SV_NOANSWER, 0, 19, "pjtrunk", "" },
	{ "answered", SIP_DIAL SIP_CALLED V "app_dial.c: SIP/trunk-00000038 answered SIP/1001-00000037\n" HANGUP,
	  SV_OK, 200, 0, "trunk", "" },
	{ "not registered", SIP_DIAL T "NOTICE[505][C-00000021] app_dial.c: Unable to create channel of type 'SIP' (cause 20 - Subscriber absent)\n" EVERYONE("(1:0/0/1)"),
	  SV_UNREGISTERED, 0, 20, "trunk", "" },
	{ "no contact", PJ_DIAL T "NOTICE[505][C-00000021] app_dial.c: Unable to create channel of type 'PJSIP' (cause 3 - No route to destination)\n" EVERYONE("(1:0/0/1)"),
	  SV_UNREGISTERED, 0, 3, "pjtrunk", "" },
	{ "number before the trunk", V "app_dial.c: Called SIP/555@trunk\n" EVERYONE("(1:0/1/0)"),
	  SV_CONGESTION, 0, 0, "trunk", "" },
	/* versions without call marks */
	{ "486, an old version", T "VERBOSE[7] app_dial.c:     -- Called 208\n" T "VERBOSE[9] chan_sip.c:     -- Got SIP response 486 \"Busy Here\" back from 172.16.1.16\n" T "VERBOSE[7] app_dial.c:     -- SIP/208-095d79c0 is busy\n" T "VERBOSE[7] app_dial.c:   == Everyone is busy/congested at this time (1:1/0/0)\n" T "VERBOSE[7] pbx.c:     -- Auto fallthrough, channel 'SIP/211-b6a0e5a8' status is 'BUSY'\n",
	  SV_BUSY, 486, 0, "208", "172.16.1.16" },
	{ "503 among others", T "VERBOSE[7] app_dial.c: Called other/1\n" T "VERBOSE[8] app_dial.c: Called trunk/555\n" T "VERBOSE[9] chan_sip.c: Got SIP response 503 \"Service Unavailable\" back from 127.0.2.1:5060\n" T "VERBOSE[8] app_dial.c: SIP/trunk-095d79c0 is circuit-busy\n" T "VERBOSE[8] app_dial.c: Everyone is busy/congested at this time (1:0/1/0)\n",
	  SV_CONGESTION, 503, 0, "trunk", "127.0.2.1:5060" },
	{ "begun before the log", EVERYONE("(1:1/0/0)"),
	  SV_BUSY, 0, 0, "", "" },
};
/* clang-format on */

Test(asterisk_call, a_leg_is_one_event)
{
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		const struct row *row = &rows[i];
		const struct rig_event *e;
		struct rig rig;
		rig_open(&rig, NULL);
		rig_file(&rig, str_of(row->text));
		rig_close(&rig);
		cr_assert_geq(rig.n, 1, "%s", row->name);
		/* the request without answer is told as well, with the call's mark */
		cr_expect_leq(rig.n, row->outcome == SV_TIMEOUT ? 2 : 1, "%u: %s",
			      rig.n, row->name);
		e = &rig.seen[rig.n - 1];
		cr_expect_str_eq(outcome_name(e->e.outcome), outcome_name(row->outcome),
				 "%s", row->name);
		cr_expect_eq(e->e.leg, SV_LEG_OUT, "%s", row->name);
		cr_expect_eq(e->e.method, SV_INVITE, "%s", row->name);
		cr_expect_eq(e->e.code, row->code, "code %u: %s", e->e.code, row->name);
		cr_expect_eq(e->e.q850, row->q850, "cause %u: %s", e->e.q850,
			     row->name);
		cr_expect_str_eq(e->peer, row->peer, "%s", row->name);
		cr_expect_str_eq(e->ip, row->ip, "%s", row->name);
		bool marked = strstr(row->text, "[C-") != NULL;
		cr_expect_eq(e->e.hint.has_call_mark, marked, "%s", row->name);
		cr_expect_eq(e->e.hint.call_mark, marked ? 0x21 : 0, "%s", row->name);
	}
}

Test(asterisk_call, without_marks_a_registrar_is_known_by_its_address)
{
	struct rig rig;

	rig_open(&rig, NULL);
	rig_file(&rig,
		 SV_STR(T "VERBOSE[9] chan_sip.c: Got SIP response 503 \"x\" back from "
			  "127.0.3.2:5060\n" T "VERBOSE[7] app_dial.c: Called "
			  "SIP/trunk/1\n" T "VERBOSE[7] app_dial.c: SIP/trunk-00000001 "
			  "answered SIP/2-00000002\n" T
			  "VERBOSE[9] chan_sip.c: Got SIP response 503 \"x\" back from "
			  "127.0.3.2:5060\n" T
			  "VERBOSE[9] chan_sip.c: Got SIP response 486 \"x\" back from "
			  "127.0.3.3:5060\n"));
	rig_close(&rig);
	cr_assert_eq(rig.n, 4);
	cr_expect_eq(rig.seen[0].e.method, SV_REGISTER);
	cr_expect_eq(rig.seen[1].e.outcome, SV_OK);
	cr_expect_eq(rig.seen[2].e.method, SV_REGISTER);
	cr_expect_eq(rig.seen[3].e.method, SV_METHOD_UNKNOWN, "nobody is busy there");
}

Test(asterisk_call, a_failover_is_two_dials)
{
	struct rig rig;

	rig_open(&rig, NULL);
	rig_file(&rig, SV_STR(SIP_DIAL SIP_CALLED EVERYONE("(1:0/1/0)")
				      PJ_DIAL PJ_CALLED EVERYONE("(1:1/0/0)") HANGUP));
	rig_close(&rig);
	cr_assert_eq(rig.n, 2);
	cr_expect_str_eq(rig.seen[0].peer, "trunk");
	cr_expect_eq(rig.seen[0].e.hint.dial, 1);
	cr_expect_str_eq(rig.seen[1].peer, "pjtrunk");
	cr_expect_eq(rig.seen[1].e.hint.dial, 2);
}

Test(asterisk_call, legs_rung_together_are_told_apart)
{
	struct rig rig;

	rig_open(&rig, NULL);
	rig_file(&rig, SV_STR(V "app_dial.c: Called SIP/a/1\n" V
				"app_dial.c: Called SIP/b/1\n" V
				"app_dial.c: SIP/b-00000002 is busy\n" EVERYONE(
					"(2:1/1/0)") HANGUP));
	rig_close(&rig);
	cr_assert_eq(rig.n, 2);
	cr_expect_str_eq(rig.seen[0].peer, "a");
	cr_expect_eq(rig.seen[0].e.outcome, SV_CONGESTION);
	cr_expect_str_eq(rig.seen[1].peer, "b");
	cr_expect_eq(rig.seen[1].e.outcome, SV_BUSY);
}

Test(asterisk_call, calls_at_the_same_time_do_not_mix)
{
	struct rig rig;

	rig_open(&rig, NULL);
	rig_file(&rig,
		 SV_STR(T "VERBOSE[1][C-00000001] app_dial.c: Called PJSIP/1@a\n" T
			  "VERBOSE[2][C-00000002] app_dial.c: Called PJSIP/1@b\n" T
			  "VERBOSE[2][C-00000002] app_dial.c: Everyone is "
			  "busy/congested at this time (1:1/0/0)\n" T
			  "VERBOSE[1][C-00000001] app_dial.c: Everyone is "
			  "busy/congested at this time (1:0/1/0)\n"));
	rig_close(&rig);
	cr_assert_eq(rig.n, 2);
	cr_expect_str_eq(rig.seen[0].peer, "b");
	cr_expect_eq(rig.seen[0].e.outcome, SV_BUSY);
	cr_expect_str_eq(rig.seen[1].peer, "a");
	cr_expect_eq(rig.seen[1].e.outcome, SV_CONGESTION);
}

Test(asterisk_call, calls_without_marks_go_by_thread)
{
	struct rig rig;

	rig_open(&rig, NULL);
	rig_file(&rig,
		 SV_STR(T "VERBOSE[505] app_dial.c: Called SIP/trunk/1\n" T
			  "VERBOSE[466] chan_sip.c: Got SIP response 486 \"Busy Here\" "
			  "back "
			  "from 127.0.2.1:5060\n" T "VERBOSE[505] app_dial.c: Everyone "
			  "is busy/congested at this time "
			  "(1:1/0/0)\n"));
	rig_close(&rig);
	cr_assert_eq(rig.n, 1);
	cr_expect_eq(rig.seen[0].e.code, 486);
	cr_expect_str_eq(rig.seen[0].peer, "trunk");
}

Test(asterisk_call, a_dialled_number_names_no_trunk)
{
	struct rig rig;

	/* the number holds what looks like another application */
	rig_open(&rig, NULL);
	rig_file(&rig, SV_STR(V "pbx.c: Executing [x] Dial(\"SIP/1-2\", "
				"\"SIP/victim/1@internal:1] "
				"Dial(\"SIP/1001-00000015\", \"SIP/trunk/555,15\") in "
				"new stack\n" T "NOTICE[505][C-00000021] app_dial.c: "
				"Unable to create channel of "
				"type 'SIP' (cause 20 - Subscriber absent)\n"));
	rig_close(&rig);
	cr_assert_eq(rig.n, 1);
	cr_expect_str_eq(rig.seen[0].peer, "");
}
