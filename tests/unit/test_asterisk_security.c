/* SPDX-License-Identifier: Apache-2.0 */
/* The SECURITY channel: which event says what, and whose address it is. */
#include "rig.h"

#define PREFIX "[2026-11-22 19:19:04] SECURITY[961] res_security_log.c: "
#define HEAD(event, service, version)                                             \
	"SecurityEvent=\"" event                                                  \
	"\",EventTV=\"2026-11-22T19:19:04.401+0000\",Severity=\"Error\",Service=" \
	"\"" service "\",EventVersion=\"" version "\""
#define LOCAL ",LocalAddress=\"IPV4/UDP/127.0.1.1/5060\""
#define REMOTE ",RemoteAddress=\"IPV4/UDP/127.0.0.20/47045\""
#define FORGED "oteAddress=\"IPV4/UDP/192.0.2.1/5060\""

struct row {
	const char *text;
	enum sv_outcome outcome;
	enum sv_method method;
	enum sv_service service;
	enum sv_tell tell;
	unsigned code;
	const char *ip, *peer, *user, *dst;
	bool forgeable;
};

#define SIP SV_SERVICE_SIP
#define ANY SV_METHOD_UNKNOWN
#define IP "127.0.0.20:47045"

/* clang-format off */
static const struct row rows[] = {
	{ HEAD("InvalidPassword", "SIP", "2") ",AccountID=\"1005\",SessionID=\"0x7f1\"" LOCAL REMOTE ",Challenge=\"28\",ReceivedChallenge=\"28\",ReceivedHash=\"ab\"",
	  SV_REJECTED, ANY, SIP, SV_TELL_ATTEMPT, 403, IP, "", "1005", "", false },
	{ HEAD("ChallengeSent", "SIP", "1") ",AccountID=\"sip:1001@127.0.1.1\",SessionID=\"0x7f2\"" LOCAL REMOTE ",Challenge=\"28\"",
	  SV_CHALLENGED, ANY, SIP, SV_TELL_REQUEST, 401, IP, "", "1001", "", false },
	{ HEAD("ChallengeSent", "SIP", "1") ",AccountID=\"1001\",SessionID=\"0x7f3\"" LOCAL REMOTE ",Challenge=\"28\"",
	  SV_CHALLENGED, SV_REGISTER, SIP, SV_TELL_REQUEST, 401, IP, "", "1001", "", false },
	{ HEAD("SuccessfulAuth", "PJSIP", "1") ",AccountID=\"2001\",SessionID=\"c@h\"" LOCAL REMOTE ",UsingPassword=\"1\"",
	  SV_OK, ANY, SIP, SV_TELL_ANSWER, 0, IP, "2001", "", "", false },
	{ HEAD("InvalidAccountID", "PJSIP", "1") ",AccountID=\"admin\",SessionID=\"c@h\"" LOCAL ",RemoteAddress=\"IPV6/TLS/2001:db8::7/5061\"",
	  SV_UNKNOWN, ANY, SIP, SV_TELL_REQUEST, 401, "2001:db8::7:5061", "", "admin", "", false },
	{ HEAD("ChallengeResponseFailed", "PJSIP", "1") ",AccountID=\"<unknown>\",SessionID=\"c@h\"" LOCAL REMOTE ",Challenge=\"n\",Response=\"r\",ExpectedResponse=\"\"",
	  SV_UNKNOWN, ANY, SIP, SV_TELL_ANSWER, 401, IP, "", "", "", false },
	{ HEAD("ChallengeResponseFailed", "PJSIP", "1") ",AccountID=\"2005\",SessionID=\"c@h\"" LOCAL REMOTE ",Challenge=\"n\",Response=\"r\",ExpectedResponse=\"\"",
	  SV_REJECTED, ANY, SIP, SV_TELL_ANSWER, 401, IP, "2005", "", "", false },
	{ HEAD("FailedACL", "SIP", "1") ",AccountID=\"1020\",SessionID=\"0x7f\"" LOCAL REMOTE ",ACLName=\"device_must_match_acl\"",
	  SV_ACL, ANY, SIP, SV_TELL_PAIR, 403, IP, "", "1020", "", false },
	{ HEAD("FailedACL", "SIP", "1") ",AccountID=\"5551\",SessionID=\"0x7f\"" LOCAL REMOTE ",ACLName=\"no_extension_match\"",
	  SV_NOTFOUND, SV_INVITE, SIP, SV_TELL_ATTEMPT, 404, IP, "", "", "5551", false },
	{ HEAD("FailedACL", "PJSIP", "1") ",AccountID=\"2022\",SessionID=\"c@h\"" LOCAL REMOTE ",ACLName=\"registrar_attempt_without_configured_aors\"",
	  SV_FORBIDDEN, SV_REGISTER, SIP, SV_TELL_ATTEMPT, 403, IP, "2022", "", "", false },
	{ HEAD("RequestNotSupported", "PJSIP", "1") ",AccountID=\"2022\",SessionID=\"c@h\"" LOCAL REMOTE ",RequestType=\"registrar_requested_aor_not_found\"",
	  SV_UNKNOWN, SV_REGISTER, SIP, SV_TELL_ATTEMPT, 404, IP, "2022", "", "", false },
	{ HEAD("InvalidTransport", "SIP", "1") ",AccountID=\"1031\",SessionID=\"0x7f\"" LOCAL REMOTE ",AttemptedTransport=\"UDP\"",
	  SV_FORBIDDEN, ANY, SIP, SV_TELL_ATTEMPT, 403, IP, "", "1031", "", false },
	{ HEAD("SessionLimit", "SIP", "1") ",AccountID=\"1006\",SessionID=\"0x7f\"" LOCAL REMOTE,
	  SV_BLOCKED, ANY, SIP, SV_TELL_ATTEMPT, 480, IP, "", "1006", "", false },
	{ HEAD("InvalidPassword", "AMI", "2") ",AccountID=\"ops\",SessionID=\"0x7f\",LocalAddress=\"IPV4/TCP/0.0.0.0/5038\",RemoteAddress=\"IPV4/TCP/127.0.0.30/40000\",SessionTV=\"x\"",
	  SV_REJECTED, ANY, SV_SERVICE_MANAGER, SV_TELL_ATTEMPT, 0, "127.0.0.30:40000", "", "ops", "", false },
	/* 11 and older: another clock */
	{ "SecurityEvent=\"InvalidAccountID\",EventTV=\"1368439853-500975\",Severity=\"Error\",Service=\"SIP\",EventVersion=\"1\",AccountID=\"9\",SessionID=\"0x7f\"" LOCAL REMOTE,
	  SV_UNKNOWN, ANY, SIP, SV_TELL_ATTEMPT, 0, IP, "", "9", "", false },
	/* text of the other side in the account, the session, the nonce */
	{ HEAD("InvalidPassword", "SIP", "2") ",AccountID=\"x\",Rem" FORGED ",Challenge=\"y\",SessionID=\"0x7f\"" LOCAL REMOTE ",Challenge=\"28\",ReceivedChallenge=\"28\",ReceivedHash=\"ab\"",
	  SV_REJECTED, ANY, SIP, SV_TELL_ATTEMPT, 403, IP, "", "x\",Remoteaddress", "", false },
	{ HEAD("InvalidPassword", "SIP", "2") ",AccountID=\"x\",SessionID=\"0x7f\"" LOCAL REMOTE ",Challenge=\"28\",ReceivedChallenge=\"x" FORGED "\",ReceivedHash=\"ab\"",
	  SV_REJECTED, ANY, SIP, SV_TELL_ATTEMPT, 403, IP, "", "x", "", false },
	{ HEAD("InvalidPassword", "SIP", "2") ",AccountID=\"x\",SessionID=\"0x7f\"" LOCAL REMOTE ",Challenge=\"28\",ReceivedChallenge=\"28\",ReceivedHash=\"x" FORGED,
	  SV_REJECTED, ANY, SIP, SV_TELL_ATTEMPT, 403, IP, "", "x", "", false },
	{ HEAD("InvalidAccountID", "PJSIP", "1") ",AccountID=\"9\",SessionID=\"c\",Rem" FORGED ",Module=\"y\"" LOCAL REMOTE,
	  SV_UNKNOWN, ANY, SIP, SV_TELL_REQUEST, 401, IP, "", "9", "", false },
	/* an escape byte in the Call-ID ate the keys between */
	{ HEAD("InvalidAccountID", "PJSIP", "1") ",AccountID=\"9\",SessionID=\"xoteAddress=\"IPV4/UDP/127.0.0.21/34639\"",
	  SV_UNKNOWN, ANY, SIP, SV_TELL_REQUEST, 401, "127.0.0.21:34639", "", "9", "", false },
	{ HEAD("InvalidAccountID", "SIP", "1") ",AccountID=\"9\",SessionID=\"0x7f\"" LOCAL ",RemoteAddress=\"IPV4/UDP/x/1\"",
	  SV_UNKNOWN, ANY, SIP, SV_TELL_ATTEMPT, 0, "", "", "9", "", true },
};
/* clang-format on */

Test(asterisk_security, each_event_says_its_own)
{
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		const struct row *row = &rows[i];
		char text[2048];
		struct rig rig;
		snprintf(text, sizeof(text), PREFIX "%s", row->text);
		rig_open(&rig, NULL);
		rig_line(&rig, text);
		rig_close(&rig);
		cr_assert_eq(rig.n, 1, "%s", text);
		const struct rig_event *e = &rig.seen[0];
		cr_expect_str_eq(outcome_name(e->e.outcome), outcome_name(row->outcome),
				 "%s", text);
		cr_expect_eq(e->e.leg, SV_LEG_IN, "%s", text);
		cr_expect_eq(e->e.method, row->method, "method %d of %s", e->e.method,
			     text);
		cr_expect_eq(e->e.service, row->service, "%s", text);
		cr_expect_eq(e->e.hint.tell, row->tell, "tell %d of %s", e->e.hint.tell,
			     text);
		cr_expect_eq(e->e.hint.channel, SV_CHANNEL_SECURITY, "%s", text);
		cr_expect_eq(e->e.code, row->code, "code %u of %s", e->e.code, text);
		cr_expect_str_eq(e->ip, row->ip, "address %s of %s", e->ip, text);
		cr_expect_str_eq(e->peer, row->peer, "peer %s of %s", e->peer, text);
		if (!strchr(row->user, '"'))
			cr_expect_str_eq(e->user, row->user, "user %s of %s", e->user,
					 text);
		cr_expect_str_eq(e->dst, row->dst, "dst %s of %s", e->dst, text);
		cr_expect_eq(e->e.attribution == SV_ATTRIBUTION_FORGEABLE,
			     row->forgeable, "%s", text);
	}
}

Test(asterisk_security, the_session_is_that_of_the_notice)
{
	struct rig rig;

	rig_open(&rig, NULL);
	rig_line(&rig,
		 PREFIX HEAD("InvalidAccountID", "PJSIP",
			     "1") ",AccountID=\"9\",SessionID=\"c1@h\"" LOCAL REMOTE);
	rig_line(&rig,
		 "[2026-11-22 19:19:04] NOTICE[961] res_pjsip/pjsip_distributor.c: "
		 "Request 'REGISTER' from '<sip:9@h>' failed for "
		 "'127.0.0.20:47045' (callid: c1@h) - No matching endpoint found");
	rig_close(&rig);
	cr_assert_eq(rig.n, 2);
	cr_expect_neq(rig.seen[0].e.hint.session, 0);
	cr_expect_eq(rig.seen[0].e.hint.session, rig.seen[1].e.hint.session);
}

Test(asterisk_security, a_refused_register_is_known_by_its_challenge)
{
	struct rig rig;

	rig_open(&rig, NULL);
	rig_line(&rig, PREFIX HEAD("ChallengeSent", "SIP",
				   "1") ",AccountID=\"1005\","
					"SessionID=\"0x7f\"" LOCAL REMOTE
					",Challenge=\"28\"");
	rig_line(&rig, PREFIX HEAD("InvalidPassword", "SIP",
				   "2") ",AccountID=\"1005\","
					"SessionID=\"0x7f\"" LOCAL REMOTE
					",Challenge=\"28\",ReceivedChallenge=\"28\","
					"ReceivedHash=\"a\"");
	rig_close(&rig);
	cr_assert_eq(rig.n, 2);
	cr_expect_eq(rig.seen[1].e.method, SV_REGISTER);
}

Test(asterisk_security, an_account_with_a_line_break_is_one_record)
{
	struct rig rig;

	rig_open(&rig, NULL);
	rig_line(&rig, PREFIX HEAD("InvalidAccountID", "PJSIP", "1") ",AccountID=\"a");
	rig_line(&rig, "b\",SessionID=\"c@h\"" LOCAL REMOTE);
	rig_line(&rig, PREFIX HEAD("InvalidAccountID", "PJSIP",
				   "1") ",AccountID=\"z\","
					"SessionID=\"c@h\"" LOCAL REMOTE);
	rig_close(&rig);
	cr_assert_eq(rig.n, 2);
	cr_expect_str_eq(rig.seen[0].ip, IP);
	cr_expect_str_eq(rig.seen[0].user, "a\nb");
	cr_expect_str_eq(rig.seen[1].user, "z");
}

Test(asterisk_security, a_record_that_was_cut_blames_nobody)
{
	static char text[9000];
	struct rig rig;

	memset(text, 'x', sizeof(text) - 1);
	memcpy(text, PREFIX HEAD("InvalidAccountID", "PJSIP", "1"),
	       strlen(PREFIX HEAD("InvalidAccountID", "PJSIP", "1")));
	memcpy(text + 200, ",AccountID=\"9\",SessionID=\"", 25);
	memcpy(text + 8191 - 45,
	       ",RemoteAddress=\"IPV4/UDP/192.0.2.1/5060\""
	       "     ",
	       45);
	rig_open(&rig, "asterisk");
	rig_line(&rig, text);
	rig_close(&rig);
	for (unsigned i = 0; i < rig.n; i++)
		cr_expect_str_eq(rig.seen[i].ip, "");
}
