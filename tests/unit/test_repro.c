/* SPDX-License-Identifier: Apache-2.0 */
/* repro and 3CX, after their sources and documents: what each line says, and that text
 * of callers blames nobody. */
#include "rig.h"

#define IN SV_LEG_IN
#define OUT SV_LEG_OUT
#define VICTIM "192.0.2.66"
#define P "INFO | 20261122-100406.123 | repro | REPRO | 140234 | "
#define D "DEBUG | 20261122-100406.124 | repro | RESIP | 140234 | SipStack.cxx:500 | "
#define AUTH P "DigestAuthenticator.cxx:167 | Authentication failed for "
#define CM "22-Nov-2026 10:04:06.123   [CM"
#define REASON "; Reason: Credentials don't match, check that authorization-ID"

/* clang-format off */
static const struct says {
	const char *dialect, *text;
	enum sv_leg leg;
	enum sv_method method;
	int code; /* -1: nothing */
	enum sv_outcome outcome;
	const char *ip, *peer, *user;
} lines[] = {
	{ "repro", AUTH "1001 at realm pbx.example. Sending 403", IN, 0, 403, SV_REJECTED, "", "", "1001" },
	{ "repro", AUTH "x at realm " VICTIM ". Sending 403 at realm r. Sending 403", IN, 0, 403, SV_REJECTED, "", "", "x at realm " VICTIM ". Sending 403" },
	{ "repro", AUTH "1001 at realm r", 0, 0, -1, 0, "", "", "" },
	{ "repro", P "DigestAuthenticator.cxx:260 | User: 1001 at realm: r trying to forge request from: sip:1002@r", IN, 0, 403, SV_FORBIDDEN, "", "", "1001" },
	{ "repro", P "DigestAuthenticator.cxx:300 | Authentication nonce badly formed for 1001", 0, 0, -1, 0, "", "", "" },
	{ "repro", P "RequestFilter.cxx:140 | Request is blocked - responding with a 404, customReason=Not here", IN, 0, 404, SV_NOTFOUND, "", "", "" },
	{ "repro", P "RequestFilter.cxx:140 | Request is blocked - responding with a 99, customReason=", 0, 0, -1, 0, "", "", "" },
	{ "repro", P "Transport.cxx:330 | Message Failed basicCheck :SipReq:  INVITE 1@h tid=a cseq=1 INVITE contact=x / 1 from(wire)", IN, SV_INVITE, 400, SV_MALFORMED, "", "", "" },
	{ "repro", P "DigestAuthenticator.cxx:99 | Malformed From header: cannot get realm to challenge with. Rejecting.", IN, 0, 400, SV_MALFORMED, "", "", "" },
	{ "repro", D "SEND: SipResp: 404 tid=a cseq=7 INVITE / 7 from(tu)", IN, SV_INVITE, 404, SV_NOTFOUND, "", "", "" },
	{ "repro", D "SipResp: 503 tid=a cseq=INVITE contact=x@h / 7 from(wire)", OUT, SV_INVITE, 503, SV_CONGESTION, "", "", "" },
	{ "repro", D "SipResp: 200 tid=a cseq=7 REGISTER contact=x@h / 7 from(tu) tlsd=h", IN, SV_REGISTER, 200, SV_OK, "", "", "" },
	/* a challenge, an answer on the way, keepalives */
	{ "repro", D "SipResp: 407 tid=a cseq=7 INVITE / 7 from(tu)", 0, 0, -1, 0, "", "", "" },
	{ "repro", D "SipResp: 180 tid=a cseq=7 INVITE / 7 from(wire)", 0, 0, -1, 0, "", "", "" },
	{ "repro", D "SipResp: 404 tid=a cseq=7 OPTIONS / 7 from(wire)", 0, 0, -1, 0, "", "", "" },
	{ "repro", D "SipResp: 200 tid=a cseq=7 BYE / 7 from(wire)", 0, 0, -1, 0, "", "", "" },
	/* text of callers */
	{ "repro", D "SEND: SipReq:  INVITE SipResp: 403 tid=x cseq=1 INVITE / 1 from(tu)@h tid=a cseq=1 INVITE / 1 from(wire)", 0, 0, -1, 0, "", "", "" },
	{ "repro", D "SipResp: 486 tid=a cseq=7 INVITE contact=x / 1 from(tu)@h / 7 from(wire)", OUT, SV_INVITE, 486, SV_BUSY, "", "", "" },
	{ "repro", "X | 20261122-100406.123 | repro | REPRO | 1 | a.cxx:1 | Authentication failed for 1 at realm r. Sending 403", 0, 0, -1, 0, "", "", "" },

	{ "3cx", CM "102001]: Authentication failed for SipReq: REGISTER 172.18.130.28 tid=917d cseq=REGISTER contact=1001@" VICTIM ":42464 / 2 from(wire)" REASON, IN, SV_REGISTER, 0, SV_REJECTED, "", "", "1001" },
	{ "3cx", CM "102001]: Authentication failed for SipReq: INVITE 1 from(wire); Reason: x@" VICTIM " tid=9 cseq=INVITE contact=7@h; Reason: y / 2 from(wire)" REASON, IN, SV_INVITE, 0, SV_REJECTED, "", "", "7" },
	{ "3cx", "13:44:02.338|.\\Authentication.cpp(123)|Log2||[CM102001]: Authentication failed for SipReq: REGISTER h tid=9 cseq=REGISTER contact=1@h / 2 from(wire)" REASON, IN, SV_REGISTER, 0, SV_REJECTED, "", "", "1" },
	{ "3cx", CM "102001]: Authentication failed for nobody", 0, 0, -1, 0, "", "", "" },
	{ "3cx", CM "504001]: Ext.100: new contact is registered. Contact(s): [sip:100@" VICTIM ":50386;rinstance=aa]", IN, SV_REGISTER, 0, SV_REGISTERED, "", "100", "" },
	{ "3cx", CM "504002]: Ext.100: a contact is unregistered. Contact(s): []", IN, SV_REGISTER, 0, SV_UNREGISTERED, "", "100", "" },
	{ "3cx", CM "503003]: Call(C:3): Call to sip:555@h has failed; Cause: 486 Busy Here; from IP:198.51.100.20:5060", OUT, SV_INVITE, 486, SV_BUSY, "198.51.100.20:5060", "", "" },
	{ "3cx", CM "503003]: Call(C:3): Call to '100' has failed; Cause: 486 Busy Here", OUT, SV_INVITE, 486, SV_BUSY, "", "", "" },
	{ "3cx", CM "503003]: Call(C:3): Call to sip:1@h has failed; Cause: 403 x; from IP:" VICTIM ":5060; from IP:198.51.100.20:5060", OUT, SV_INVITE, 403, SV_FORBIDDEN, "198.51.100.20:5060", "", "" },
	/* the number dialled holds a cause of its own: nobody is named */
	{ "3cx", CM "503003]: Call(C:3): Call to sip:1 has failed; Cause: 404 x; from IP:" VICTIM ":1@h has failed; Cause: 486 Busy Here", OUT, SV_INVITE, 404, SV_NOTFOUND, "", "", "" },
	{ "3cx", CM "503001]: Call(C:3): Incoming call from 1 to 2", 0, 0, -1, 0, "", "", "" },
	{ "3cx", "22-Nov-2026 10:04:06.123 Unidentified Incoming Call. Review INVITE and adjust source identification: INVITE sip:1@h SIP/2.0 Via: SIP/2.0/UDP " VICTIM ":5060", IN, SV_INVITE, 0, SV_UNKNOWN, "", "", "" },
	{ "3cx", "From: \"[CM102001]: Authentication failed for SipReq: REGISTER h tid=9 cseq=REGISTER contact=1@h / 2 from(wire)\"", 0, 0, -1, 0, "", "", "" },
};
/* clang-format on */

Test(repro, lines)
{
	for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++) {
		const struct says *row = &lines[i];
		const struct rig_event *ev;
		struct rig rig;

		rig_open(&rig, row->dialect);
		rig_line(&rig, row->text);
		rig_close(&rig);
		ev = &rig.seen[0];
		cr_expect_eq(rig.n, row->code >= 0, "%s: %u", row->text, rig.n);
		if (!rig.n)
			continue;
		cr_expect_eq(ev->e.leg, row->leg, "%s", row->text);
		cr_expect_eq(ev->e.method, row->method, "%s", row->text);
		cr_expect_eq(ev->e.code, row->code, "%s: %u", row->text, ev->e.code);
		cr_expect_eq(ev->e.outcome, row->outcome, "%s: %s", row->text,
			     outcome_name(ev->e.outcome));
		cr_expect_str_eq(ev->ip, row->ip, "%s: %s", row->text, ev->ip);
		cr_expect_str_eq(ev->peer, row->peer, "%s: %s", row->text, ev->peer);
		cr_expect_str_eq(ev->user, row->user, "%s: %s", row->text, ev->user);
		cr_expect_eq(ev->e.attribution, SV_ATTRIBUTION_FORGEABLE, "%s",
			     row->text);
	}
}

Test(repro, is_found_by_content)
{
	for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++) {
		struct rig rig;

		rig_open(&rig, NULL);
		rig_line(&rig, lines[i].text);
		rig_close(&rig);
		cr_expect_eq(rig.n, lines[i].code >= 0, "%s", lines[i].text);
		cr_expect(!rig.n ||
			  str_eq(rig.seen[0].e.pbx, str_of(lines[i].dialect)));
	}
}

Test(repro, a_refusal_and_its_response_are_one)
{
	struct rig rig;

	rig_open(&rig, "repro");
	for (int i = 0; i < 3; i++) {
		char text[256];

		rig_line(&rig, AUTH "1001 at realm r. Sending 403");
		snprintf(text, sizeof(text),
			 D "SEND: SipResp: 403 tid=t%d cseq=2 REGISTER / 2 from(tu)",
			 i);
		rig_line(&rig, text);
		rig_line(&rig, text); /* sent once more */
	}
	cr_expect_eq(rig.n, 3);
	/* another thread's is its own */
	rig_line(&rig, AUTH "1001 at realm r. Sending 403");
	rig_line(&rig, "DEBUG | 20261122-100406.124 | repro | RESIP | 99 | a.cxx:5 | "
		       "SipResp: 403 tid=t9 cseq=2 INVITE / 2 from(tu)");
	rig_close(&rig);
	cr_expect_eq(rig.n, 5);
}

Test(repro, both_legs_of_a_call)
{
	struct rig rig;

	rig_open(&rig, "repro");
	rig_line(&rig, D "SipResp: 486 tid=a cseq=1 INVITE / 1 from(wire)");
	rig_line(&rig, D "SEND: SipResp: 486 tid=b cseq=1 INVITE / 1 from(tu)");
	rig_close(&rig);
	cr_assert_eq(rig.n, 2);
	cr_expect_eq(rig.seen[0].e.leg, OUT);
	cr_expect_eq(rig.seen[1].e.leg, IN);
}

Test(repro, a_record_of_syslog_is_whole)
{
	struct rig rig;

	rig_open(&rig, NULL);
	rig_line(&rig, "Nov 22 10:04:06 h repro[7]: REPRO | 140234 | "
		       "DigestAuthenticator.cxx:167 | Authentication failed for x at "
		       "realm r. Sending 403");
	/* … and of the journal */
	rig_feed(&rig,
		 SV_STR("REPRO | 0x7f00 | /b/DigestAuthenticator.cxx:167 | "
			"Authentication failed for x at realm r. Sending 403"),
		 SV_RECORD_WHOLE);
	rig_close(&rig);
	cr_assert_eq(rig.n, 2);
	cr_expect_eq(rig.seen[0].e.attribution, SV_ATTRIBUTION_CERTAIN);
	cr_expect_eq(rig.seen[1].e.attribution, SV_ATTRIBUTION_CERTAIN);
}
