/* SPDX-License-Identifier: Apache-2.0 */
/* Yate's own lines, and the messages between them; and records of syslog that hold a
 * message (Ribbon, Avaya, sipXecs). */
#include "rig.h"

#define STRANGER "198.51.100.9"
#define VICTIM "192.0.2.66"
#define PBX "203.0.113.1"
#define STAMP "20261122104100.000001 "
#define LINE STAMP "<sip:WARN> SIP line 'carrier' logon "

/* clang-format off */
static const struct says {
	const char *text;
	int code; /* -1: nothing */
	enum sv_outcome outcome;
	const char *ip, *peer, *phrase;
} own[] = {
	{ LINE "failure 403: Forbidden", 403, SV_FORBIDDEN, "", "carrier", "Forbidden" },
	{ LINE "failure 401", 401, SV_REJECTED, "", "carrier", "" },
	{ LINE "failure 503: x' logon success to " VICTIM ":5060", 503, SV_CONGESTION, "", "carrier", "x' logon success to " VICTIM ":5060" },
	{ LINE "timeout", 0, SV_TIMEOUT, "", "carrier", "" },
	{ STAMP "<sip:CALL> SIP line 'carrier' logon success to 192.0.2.20:5060", 0, SV_REGISTERED, "192.0.2.20:5060", "carrier", "" },
	{ "<sip:WARN> SIP line 'carrier' logon failure 404: Not Found", 404, SV_NOTFOUND, "", "carrier", "Not Found" },
	{ STAMP "<sip:WARN> Flood detected, dropping INVITE/REGISTER/SUBSCRIBE/OPTIONS, allow reINVITE", 0, SV_BLOCKED, "", "", "" },
	{ STAMP "<sip:INFO> Detected local address 192.0.2.1:5060 for SIP line 'carrier'", -1, 0, "", "", "" },
	{ STAMP "<iax:WARN> SIP line 'carrier' logon failure 403: x", -1, 0, "", "", "" },
	{ "Yate (64286) is starting Thu Jul 12 06:49:41 2018", -1, 0, "", "", "" },
};
/* clang-format on */

Test(yate, own_lines)
{
	for (size_t i = 0; i < sizeof(own) / sizeof(own[0]); i++) {
		const struct says *row = &own[i];
		const struct rig_event *ev;
		struct rig rig;

		rig_open(&rig, "yate");
		rig_line(&rig, row->text);
		rig_close(&rig);
		ev = &rig.seen[0];
		cr_expect_eq(rig.n, row->code >= 0, "%s", row->text);
		if (!rig.n)
			continue;
		cr_expect_eq(ev->e.code, row->code, "%s", row->text);
		cr_expect_eq(ev->e.outcome, row->outcome, "%s", row->text);
		cr_expect_str_eq(ev->ip, row->ip, "%s: %s", row->text, ev->ip);
		cr_expect_str_eq(ev->peer, row->peer, "%s", row->text);
		cr_expect_str_eq(ev->phrase, row->phrase, "%s", row->text);
		cr_expect_eq(ev->e.attribution, SV_ATTRIBUTION_FORGEABLE);
	}
}

struct text {
	size_t len;
	char bytes[1 << 15];
};

static void
message(struct text *t, const char *start, const char *method, int cseq,
	const char *more, const char *body)
{
	t->len = (size_t)snprintf(
		t->bytes, sizeof(t->bytes),
		"%s\nVia: SIP/2.0/UDP h;branch=z%d\nFrom: <sip:1001@h>\nTo: <sip:1@h>\n"
		"Call-ID: %s\nCSeq: %d %s\n%sContent-Length: %zu\n\n%s",
		start, cseq, method, cseq, method, more, strlen(body), body);
}

static void
print(struct rig *rig, bool received, const char *far, const struct text *t)
{
	size_t ends = str_count(str_make(t->bytes, t->len), SV_STR("\n"));
	char banner[256];

	if (received)
		snprintf(banner, sizeof(banner),
			 STAMP "<sip:INFO> 'udp:0.0.0.0:5060' received %zu bytes SIP "
			       "message from %s:5060 [0x5]",
			 t->len + ends, far);
	else
		snprintf(banner, sizeof(banner),
			 STAMP "<sip:INFO> 'udp:0.0.0.0:5060' sending code 401 0x7 to "
			       "%s:5060 [0x5]",
			 far);
	rig_line(rig, banner);
	rig_line(rig, "------");
	rig_file(rig, str_make(t->bytes, t->len));
	rig_line(rig, "------");
}

static void
refuse(struct rig *rig, const char *far)
{
	static struct text t;

	for (int i = 1; i <= 2; i++) {
		message(&t, "REGISTER sip:h SIP/2.0", "REGISTER", i,
			i == 2 ? "Authorization: Digest u=\"1\"\n" : "", "");
		print(rig, true, far, &t);
		message(&t, "SIP/2.0 401 No", "REGISTER", i, "", "");
		print(rig, false, far, &t);
	}
}

Test(yate, messages_and_lines)
{
	static struct text t;
	struct rig rig;

	rig_open(&rig, NULL);
	rig_line(&rig, "Yate (64286) is starting Thu Jul 12 06:49:41 2018");
	refuse(&rig, STRANGER);
	cr_assert_eq(rig.n, 1);
	cr_expect_str_eq(rig.seen[0].ip, STRANGER ":5060");
	cr_expect_eq(rig.seen[0].e.outcome, SV_REJECTED);
	cr_expect(str_eq(rig.seen[0].e.pbx, SV_STR("yate")));
	/* its own registration is told once */
	message(&t, "REGISTER sip:c SIP/2.0", "REGISTER", 7, "", "");
	print(&rig, false, "192.0.2.20", &t);
	message(&t, "SIP/2.0 403 No", "REGISTER", 7, "", "");
	print(&rig, true, "192.0.2.20", &t);
	rig_line(&rig, LINE "failure 403: No");
	rig_close(&rig);
	cr_assert_eq(rig.n, 2);
	cr_expect_str_eq(rig.seen[1].peer, "carrier");
}

Test(yate, lines_in_a_body_are_body)
{
	static struct text t;
	struct rig rig;

	rig_open(&rig, NULL);
	refuse(&rig, STRANGER);
	message(&t, "MESSAGE sip:h SIP/2.0", "MESSAGE", 9, "",
		LINE "failure 403: x\n" LINE "timeout\n" STAMP
		     "<sip:INFO> 'udp:0.0.0.0:5060' received 300 bytes SIP message "
		     "from " VICTIM ":5060 [0x5]\n");
	print(&rig, true, STRANGER, &t);
	refuse(&rig, STRANGER);
	rig_close(&rig);
	for (unsigned i = 0; i < rig.n; i++)
		cr_expect_str_eq(rig.seen[i].ip, STRANGER ":5060", "%u", i);
	cr_expect_geq(rig.n, 1);
}

/* ---- records of syslog ---- */

#define E "#015#012"
#define HEAD(n, m)                                                              \
	"Via: SIP/2.0/UDP h;branch=z" n E "From: <sip:1001@h>" E "Call-ID: c" E \
	"CSeq: " n " " m E
#define ASK                                                                       \
	"REGISTER sip:h SIP/2.0" E HEAD("2", "REGISTER") "Authorization: Digest " \
							 "u=\"1\"" E              \
							 "Content-Length: 0" E E
#define SAY "SIP/2.0 403 No" E HEAD("2", "REGISTER") "Content-Length: 0" E E
#define RIBBON(word, id, way, far)                                                     \
	"Nov 22 10:04:01 sbc1 TRC: 0123 11222026 100401.572939:1.01.00.38371.Info    " \
	".SIPSG: " word " msg for CallId:" id way " IP/port:" far                      \
	"/5060, Local IP/port:" PBX "/5060, SMM:before RAW PDU:#012"
#define AVAYA(arrow, in, out)                                          \
	"Nov 22 10:04:01 sm1 AasSipMgr[1234]: com.avaya.asm  SIPMSGT " \
	"#012--------------------#01222/11/2026 10:04:01.173 " arrow   \
	" #012#011octets: 300, Body Length: 0#012#011ingress: { " in   \
	" }#012#011egress: { " out                                     \
	" }#012#011SIPMsgContext: x#012--------------------"           \
	"#012"
#define ENDS "L" PBX ":5060/R" STRANGER ":5060/UDP/0x1a"

/* clang-format off */
static const struct record {
	const char *name, *ask, *say;
	const char *ip; /* "": nobody may be named */
} records[] = {
	{ "Ribbon", RIBBON("received", "c", " from", STRANGER) ASK, RIBBON("sent", "c", " to", STRANGER) SAY, STRANGER ":5060" },
	{ "Ribbon, a Call-ID that imitates", RIBBON("received", "c from IP/port:" VICTIM "/5060, Local IP/port:" PBX "/5060, SMM:x RAW PDU:#012" ASK, " from", STRANGER) ASK,
	  RIBBON("sent", "c to IP/port:" VICTIM "/5060, Local IP/port:" PBX "/5060, SMM:x RAW PDU:#012" SAY, " to", STRANGER) SAY, "" },
	{ "Avaya", AVAYA("-->", ENDS, "[NO TARGET]") ASK, AVAYA("<--", "[NO TARGET]", ENDS) SAY, STRANGER ":5060" },
	{ "Avaya, a header that imitates", AVAYA("-->", ENDS, "[NO TARGET]") "REGISTER sip:h SIP/2.0" E "X: ingress: { L" PBX ":5060/R" VICTIM ":5060/UDP/0x1 }#012--------------------" E HEAD("2", "REGISTER") "Authorization: Digest u=\"1\"" E "Content-Length: 0" E E,
	  AVAYA("<--", "[NO TARGET]", ENDS) SAY, STRANGER ":5060" },
	{ "sipXecs", "\"2026-11-22T10:04:01.163553Z\":1:INCOMING:INFO:h:t:1:SipXProxy:\"Read SIP message:\\n----Local Host:" PBX "---- Port: 5060----\\n----Remote Host:" STRANGER "---- Port: 5060----\\nREGISTER sip:h SIP/2.0\\r\\nVia: SIP/2.0/UDP h;branch=z2\\r\\nX: ----Remote Host:" VICTIM "---- Port: 5060----\\r\\nFrom: <sip:1001@h>\\r\\nCall-ID: c\\r\\nCSeq: 2 REGISTER\\r\\nAuthorization: Digest u=\\\"1\\\"\\r\\nContent-Length: 0\\r\\n\\r\\n====END====\\n\"",
	  "\"2026-11-22T10:04:01.173553Z\":2:OUTGOING:INFO:h:t:1:SipXProxy:\"sent message:\\n----Remote Host:" STRANGER "---- Port: 5060----\\nSIP/2.0 403 No\\r\\nVia: SIP/2.0/UDP h;branch=z2\\r\\nCall-ID: c\\r\\nCSeq: 2 REGISTER\\r\\nContent-Length: 0\\r\\n\\r\\n====END====\\n\"", STRANGER ":5060" },
};
/* clang-format on */

Test(yate, messages_in_records)
{
	for (size_t i = 0; i < sizeof(records) / sizeof(records[0]); i++) {
		const struct record *row = &records[i];
		struct rig rig;

		rig_open(&rig, NULL);
		rig_line(&rig, row->ask);
		rig_line(&rig, row->say);
		rig_close(&rig);
		cr_expect(rig.n == 1 || !row->ip[0], "%s: %u", row->name, rig.n);
		for (unsigned k = 0; k < rig.n; k++) {
			cr_expect_str_eq(rig.seen[k].ip, row->ip, "%s: %s", row->name,
					 rig.seen[k].ip);
			cr_expect_eq(rig.seen[k].e.code, 403);
			cr_expect_eq(rig.seen[k].e.attribution,
				     SV_ATTRIBUTION_FORGEABLE);
			cr_expect_neq(rig.seen[k].e.time, 0, "%s", row->name);
		}
	}
}
