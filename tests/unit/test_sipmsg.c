/* SPDX-License-Identifier: Apache-2.0 */
/* Dumps of PBXes, one a tool, and what becomes of requests. The capture tools are in
 * tests/integration/truth_sipmsg.t. */
#include "rig.h"

#include "base/pack.h"

/* One attempt: challenged, tried, refused. Line ends as files have them. */
#define VIA(n) "Via: SIP/2.0/UDP 192.0.2.7:5060;branch=z9hG4bK" n "\r\n"
#define HEAD(n)                                            \
	VIA(n)                                             \
	"From: <sip:1001@h>;tag=a\r\nTo: <sip:1001@h>\r\n" \
	"Call-ID: c@h\r\nCSeq: " n " REGISTER\r\n"
#define ASK1 "REGISTER sip:h SIP/2.0\r\n" HEAD("1") "Content-Length: 0\r\n\r\n"
#define SAY1 "SIP/2.0 401 Unauthorized\r\n" HEAD("1") "Content-Length: 0\r\n\r\n"
#define ASK2                                                                       \
	"REGISTER sip:h SIP/2.0\r\n" HEAD(                                         \
		"2") "Authorization: Digest username=\"1001\"\r\nContent-Length: " \
		     "0\r\n\r\n"
#define SAY2 "SIP/2.0 401 Unauthorized\r\n" HEAD("2") "Content-Length: 0\r\n\r\n"

/* clang-format off */
static const struct dump {
	const char *name;
	const char *in, *out; /* banners, %zu is the length */
	const char *tail;     /* behind each message */
	const char *peer;
	bool certain;
	int indent; /* blanks in front of the message's lines */
} dumps[] = {
	{ "siptrace", "recv %zu bytes from udp/[192.0.2.7]:5060 at 20:29:29.003160:\n------------------------------------------------------------------------\n",
	  "send %zu bytes to udp/[192.0.2.7]:5060 at 20:29:29.004020:\n------------------------------------------------------------------------\n", "\n", "192.0.2.7:5060", true },
	{ "siptrace, TLS and IPv6", "recv %zu bytes from tls/[2001:db8::7]:50061 at 20:29:29.003160:\n------------------------------------------------------------------------\n",
	  "sent %zu bytes to tls/[2001:db8::7]:50061 at 20:29:29.004020:\n------------------------------------------------------------------------\n", "\n", "2001:db8::7:50061", true },
	{ "PJSIP logger", "<--- Received SIP request (%zu bytes) from UDP:192.0.2.7:5060 --->\n",
	  "<--- Transmitting SIP response (%zu bytes) to UDP:192.0.2.7:5060 --->\n", "\n", "192.0.2.7:5060", true },
	{ "PJSIP logger in a log", "[2026-11-22 19:15:46] VERBOSE[12] res_pjsip_logger.c: <--- Received SIP request (%zu bytes) from UDP:192.0.2.7:5060 --->\n",
	  "[2026-11-22 19:15:46] VERBOSE[12] res_pjsip_logger.c: <--- Transmitting SIP response (%zu bytes) to UDP:192.0.2.7:5060 --->\n", "\n", "192.0.2.7:5060", true },
	{ "sip debug", "\n<--- SIP read from UDP:192.0.2.7:5060 --->\n", "\n<--- Reliably Transmitting (NAT) to 192.0.2.7:5060 --->\n", "<------------->\n", "192.0.2.7:5060", false },
	{ "sip debug of old", "<-- SIP read from 192.0.2.7:5060: \n", "Transmitting (no NAT) to 192.0.2.7:5060:\n", "---\n", "192.0.2.7:5060", false },
	{ "pjsua", "20:29:29.003  sip_endpoint.c  .RX %zu bytes Request msg REGISTER/cseq=1 (rdata0x1) from UDP 192.0.2.7:5060:\n",
	  "20:29:29.003   pjsua_core.c  .TX %zu bytes Response msg 401/REGISTER/cseq=1 (tdta0x2) to UDP 192.0.2.7:5060:\n", "--end msg--\n", "192.0.2.7:5060", false },
	{ "Oracle", "Sep  6 16:42:25.610 On 198.51.100.1:5060 received from 192.0.2.7:5060\n", "Sep  6 16:42:25.620 On 198.51.100.1:5060 sent to 192.0.2.7:5060\n", "----------------------------------------\n", "192.0.2.7:5060", false },
	{ "Avaya SBCE", "SIP IN: 192.0.2.7:5060 --> 198.51.100.1:5060 (UDP)\n", "SIP OUT: 198.51.100.1:5060 --> 192.0.2.7:5060 (UDP)\n", "--------\n", "192.0.2.7:5060", false },
	{ "Avaya IP Office", "2022-04-26T10:19:58 2413009585mS SIP Rx: UDP 192.0.2.7:5060 -> 198.51.100.1:5060\n", "2022-04-26T10:19:58 2413009586mS SIP Tx: UDP 198.51.100.1:5060 -> 192.0.2.7:5060\n", "", "192.0.2.7:5060", false, 20 },
	{ "siptrace of old", "   recv %zu bytes from udp/[192.0.2.7]:5060 at 20:29:29.003160:\n   ------------------------------------------------------------------------\n",
	  "   send %zu bytes to udp/[192.0.2.7]:5060 at 20:29:29.004020:\n   ------------------------------------------------------------------------\n", "   ------------------------------------------------------------------------\n", "192.0.2.7:5060", true, 3 },
	{ "Cisco", "Received: SIP UDP message from 192.0.2.7:5060 to 198.51.100.1:5060\n", "Sent: SIP UDP message from 198.51.100.1:5060 to 192.0.2.7:5060\n", "\n", "192.0.2.7:5060", false },
	{ "Cisco debug", "1190852: *Nov 20 09:39:54.058: //-1/xxxxxxxxxxxx/SIP/Msg/ccsipDisplayMsg:\nReceived: \n", "1190853: .Nov 20 09:39:54.060: //-1/xxxxxxxxxxxx/SIP/Msg/ccsipDisplayMsg:\nSent: \n", "\n", "", false },
	{ "Cisco debug with addresses", "0: *Nov 20 21:21:45.583: //1/1CE915CE8002/CUBE_VT/SIP/Msg/ccsipDisplayMsg:\nReceived: SIP UDP message from 192.0.2.7:5060 to 198.51.100.1:5060 \n", "1: *Nov 20 21:21:45.583: //1/1CE915CE8002/CUBE_VT/SIP/Msg/ccsipDisplayMsg:\nSent: SIP UDP message from 198.51.100.1:5060 to 192.0.2.7:5060 \n", "\n", "192.0.2.7:5060", false },
	{ "Cisco debug of old", "1w0d:SIP Msg:ccsipDisplayMsg:Received:\n", "1w0d:SIP Msg:ccsipDisplayMsg:Sent:\n", "\n", "", false },
	{ "Avaya SBCE with its date", "[22-11-2026:06.31.02.173944]\nSIP IN: 192.0.2.7:5060 --> 198.51.100.1:5060 (UDP)\n", "[22-11-2026:06.31.02.183944]\nSIP OUT: 198.51.100.1:5060 --> 192.0.2.7:5060 (UDP)\n", "--------\n", "192.0.2.7:5060", false },
	{ "Avaya IP Office, without a date", "3309492437mS SIP Rx: UDP 192.0.2.7:5060 -> 198.51.100.1:5060\n", "3309492438mS SIP Tx: UDP 198.51.100.1:5060 -> 192.0.2.7:5060\n", "", "192.0.2.7:5060", false, 20 },
	{ "Avaya IP Office, with a clock", "12:15:06 1210484664mS SIP Rx: UDP 192.0.2.7:5060 -> 198.51.100.1:5060\n", "12:15:06 1210484665mS SIP Tx: UDP 198.51.100.1:5060 -> 192.0.2.7:5060\n", "", "192.0.2.7:5060", false, 20 },
	{ "Avaya Session Manager", "com.avaya.asm  SIPMSGT \n--------------------\n22/11/2026 06:31:02.173 --> \n  octets: %zu, Body Length: 0\n\tingress: { L198.51.100.1:5061/R192.0.2.7:5060/UDP/0x1a }\n\tegress: { [NO TARGET] }\n\tSIPMsgContext: x\n--------------------\n",
	  "com.avaya.asm  SIPMSGT \n--------------------\n22/11/2026 06:31:02.183 <-- \toctets: %zu, Body Length: 0\n\tingress: { [NO TARGET] }\n\tegress: { L198.51.100.1:5061/R192.0.2.7:5060/UDP/0x1a }\n--------------------\n", "--------------------\n", "192.0.2.7:5060", false },
	{ "Ribbon SBC Core", "150 11222026 063102.173944:1.01.00.38374.Info    .SIPSG: received msg for CallId:c@h from IP/port:192.0.2.7/5060, Local IP/port:198.51.100.1/5060, SMM:none RAW PDU:\n",
	  "150 11222026 063102.183944:1.01.00.38375.Info    .SIPSG: sent msg for CallId:c@h to IP/port:192.0.2.7/5060, Local IP/port:198.51.100.1/5060, SMM:none RAW PDU:\n", "\n", "192.0.2.7:5060", false },
	{ "Ribbon SBC 1000", "[22-11-2026 06:31:02,173] 112 0001 com.net.ux.sip DEBUG (x.cpp:1) - Incoming message on [198.51.100.1]:5060 from [192.0.2.7]:5060 over UDP\n",
	  "[22-11-2026 06:31:02,183] 112 0001 com.net.ux.sip DEBUG (x.cpp:1) - SIP message sending from [198.51.100.1]:5060 to [192.0.2.7]:5060 over UDP\n", "\n", "192.0.2.7:5060", false },
	{ "Yate", "20261122063102.173944 <sip:INFO> 'udp:0.0.0.0:5060' received %zu bytes SIP message from 192.0.2.7:5060 [0x556fbc17e590]\n------\n",
	  "20261122063102.183944 <sip:INFO> 'udp:0.0.0.0:5060' sending code 401 0x7f00 to 192.0.2.7:5060 [0x556fbc17e590]\n------\n", "------\n", "192.0.2.7:5060", false },
	{ "Yate 3", "<sip:INFO> Received %zu bytes SIP message from 192.0.2.7:5060\n------\n", "<sip:INFO> Sending code 401 0x7f00 to 192.0.2.7:5060\n------\n", "------\n", "192.0.2.7:5060", false },
	{ "Yate, TCP", "<sip:INFO> 'tcp:198.51.100.1:5060-192.0.2.7:5060' received %zu bytes SIP message [0x5]\n------\n", "<sip:INFO> 'tcp:198.51.100.1:5060-192.0.2.7:5060' sending code 401 0x7f00 [0x5]\n------\n", "------\n", "192.0.2.7:5060", false },
	{ "AudioCodes", "---- Incoming SIP Message from 192.0.2.7:5060 to SIPInterface #2 (T) UDP TO(#1) ----\n", "---- Outgoing SIP Message to 192.0.2.7:5060 from SIPInterface #2 (T) UDP TO(#1) ----\n", "\n", "192.0.2.7:5060", false },
};
/* clang-format on */

/** Text into the stream, CR taken off as the inputs do. */
static void
feed(struct rig *rig, const char *text)
{
	while (*text) {
		const char *end = strchr(text, '\n');
		size_t len = end ? (size_t)(end - text) : strlen(text);
		size_t shown = len && text[len - 1] == '\r' ? len - 1 : len;
		rig_feed(rig, str_make(text, shown), 0);
		text += end ? len + 1 : len;
	}
}

static void
feed_message(struct rig *rig, const char *message, int indent)
{
	char line[512];

	while (*message) {
		int len = (int)strcspn(message, "\n");
		snprintf(line, sizeof(line), "%*s%.*s\n", indent, "", len, message);
		feed(rig, line);
		message += len + 1;
	}
}

static void
feed_dump(struct rig *rig, const struct dump *d, const char *banner,
	  const char *message)
{
	char text[512];

	/* NOLINTNEXTLINE: formats of the table above */
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
	snprintf(text, sizeof(text), banner, strlen(message));
#pragma GCC diagnostic pop
	feed(rig, text);
	feed_message(rig, message, d->indent);
	feed(rig, d->tail);
}

Test(sipmsg, reads_the_dumps_of_pbxes)
{
	for (size_t i = 0; i < sizeof(dumps) / sizeof(dumps[0]); i++) {
		const struct dump *d = &dumps[i];
		struct rig rig;

		rig_open(&rig, "sipmsg");
		feed_dump(&rig, d, d->in, ASK1);
		feed_dump(&rig, d, d->out, SAY1);
		feed_dump(&rig, d, d->in, ASK2);
		feed_dump(&rig, d, d->out, SAY2);
		feed_dump(&rig, d, d->out, SAY2); /* sent again */
		rig_close(&rig);
		cr_assert_eq(rig.n, 1, "%s: %u events", d->name, rig.n);
		const struct rig_event *ev = &rig.seen[0];
		cr_expect_eq(ev->e.outcome, SV_REJECTED, "%s", d->name);
		cr_expect_eq(ev->e.leg, SV_LEG_IN, "%s", d->name);
		cr_expect_eq(ev->e.method, SV_REGISTER, "%s", d->name);
		cr_expect_eq(ev->e.code, 401, "%s", d->name);
		cr_expect_str_eq(ev->ip, d->peer, "%s: %s", d->name, ev->ip);
		cr_expect_str_eq(ev->user, "1001", "%s: %s", d->name, ev->user);
		cr_expect_eq(ev->e.attribution,
			     d->certain ? SV_ATTRIBUTION_CERTAIN
					: SV_ATTRIBUTION_FORGEABLE,
			     "%s", d->name);
	}
}

Test(sipmsg, finds_the_dialect_by_its_banners)
{
	for (size_t i = 0; i < sizeof(dumps) / sizeof(dumps[0]); i++) {
		const struct dump *d = &dumps[i];
		struct rig rig;

		if (strstr(d->name, "in a log"))
			continue; /* a log of Asterisk is Asterisk's */
		rig_open(&rig, NULL);
		feed_dump(&rig, d, d->in, ASK2);
		feed_dump(&rig, d, d->out, "SIP/2.0 403 No\r\n" HEAD("2") "\r\n");
		rig_close(&rig);
		cr_expect_eq(rig.n, 1, "%s: %u events", d->name, rig.n);
	}
}

/* A dump between two addresses, shown as sngrep saves it. */
struct talk {
	struct rig rig;
	struct sv_ip pbx;
	unsigned seconds;
};

static void
talk_open(struct talk *t, const char *local)
{
	struct stream_spec spec = { .source = "file:test",
				    .dialect = "sipmsg",
				    .stamps = { .zone = "UTC" },
				    .emit = rig_take,
				    .user = &t->rig };

	memset(t, 0, sizeof(*t));
	if (local) {
		cr_assert(address_parse(str_of(local), &t->pbx));
		spec.locals = &t->pbx;
		spec.n_locals = 1;
	}
	cr_assert_eq(stream_new(&spec, &t->rig.stream), 0);
}

static void
say(struct talk *t, const char *arrow, const char *message)
{
	char text[2048];

	t->seconds++;
	snprintf(text, sizeof(text), "2026/11/22 10:%02u:%02u.000000 %s\n%s\n\n",
		 t->seconds / 60, t->seconds % 60, arrow, message);
	feed(&t->rig, text);
}

#define PHONE_ASKS "192.0.2.7:5060 -> 198.51.100.1:5060"
#define PBX_SAYS "198.51.100.1:5060 -> 192.0.2.7:5060"
#define TRUNK_SAYS "203.0.113.4:5060 -> 198.51.100.1:5060"
#define PBX_ASKS "198.51.100.1:5060 -> 203.0.113.4:5060"
#define REQUEST(method, id, cseq, more)                                     \
	method " sip:2002@h SIP/2.0\r\nVia: SIP/2.0/UDP x;branch=z" id cseq \
	       "\r\nFrom: <sip:1001@h>\r\nTo: <sip:2002@h>\r\nCall-ID: " id \
	       "\r\nCSeq: " cseq " " method "\r\n" more "Content-Length: 0\r\n\r\n"
#define RESPONSE(line, method, id, cseq, more)                                         \
	"SIP/2.0 " line "\r\nVia: SIP/2.0/UDP x;branch=z" id cseq                      \
	"\r\nFrom: <sip:1001@h>\r\nTo: <sip:2002@h>\r\nCall-ID: " id "\r\nCSeq: " cseq \
	" " method "\r\n" more "Content-Length: 0\r\n\r\n"
#define CREDENTIALS "Authorization: Digest username=\"1001\"\r\n"

/** Words of what was seen: "in rejected 401 192.0.2.7:5060; …". */
static const char *
heard(const struct talk *t)
{
	static char text[1024];
	size_t n = 0;

	text[0] = '\0';
	for (unsigned i = 0; i < t->rig.n && n < sizeof(text); i++) {
		const struct rig_event *ev = &t->rig.seen[i];
		n += (size_t)snprintf(text + n, sizeof(text) - n, "%s%s %s %u %s",
				      i ? "; " : "", leg_name(ev->e.leg),
				      outcome_name(ev->e.outcome), ev->e.code, ev->ip);
	}
	return text;
}

#define HEARD(talk, wanted) \
	cr_expect_str_eq(heard(talk), wanted, "heard: %s", heard(talk))

Test(sipmsg, a_challenge_that_is_answered_is_nothing)
{
	struct talk t;

	talk_open(&t, "198.51.100.1");
	say(&t, PHONE_ASKS, REQUEST("INVITE", "a", "1", ""));
	say(&t, PBX_SAYS, RESPONSE("100 Trying", "INVITE", "a", "1", ""));
	say(&t, PBX_SAYS, RESPONSE("407 Proxy", "INVITE", "a", "1", ""));
	say(&t, PHONE_ASKS, REQUEST("ACK", "a", "1", ""));
	say(&t, PHONE_ASKS,
	    REQUEST("INVITE", "a", "2", "Proxy-Authorization: Digest u=\"1\"\r\n"));
	say(&t, PBX_SAYS, RESPONSE("200 OK", "INVITE", "a", "2", ""));
	say(&t, PBX_SAYS, RESPONSE("200 OK", "INVITE", "a", "2", ""));
	rig_close(&t.rig);
	HEARD(&t, "in ok 200 192.0.2.7:5060");
}

Test(sipmsg, ten_guesses_in_one_dialog_are_ten)
{
	struct talk t;

	talk_open(&t, "198.51.100.1");
	say(&t, PHONE_ASKS, REQUEST("REGISTER", "g", "1", ""));
	say(&t, PBX_SAYS, RESPONSE("401 No", "REGISTER", "g", "1", ""));
	for (int i = 0; i < 3; i++) {
		static const char *const asks[] = {
			REQUEST("REGISTER", "g", "2", CREDENTIALS),
			REQUEST("REGISTER", "g", "3", CREDENTIALS),
			REQUEST("REGISTER", "g", "4", CREDENTIALS)
		};
		static const char *const answers[] = {
			RESPONSE("401 No", "REGISTER", "g", "2", ""),
			RESPONSE("401 No", "REGISTER", "g", "3", ""),
			RESPONSE("403 No", "REGISTER", "g", "4", "")
		};
		say(&t, PHONE_ASKS, asks[i]);
		say(&t, PBX_SAYS, answers[i]);
	}
	rig_close(&t.rig);
	HEARD(&t, "in rejected 401 192.0.2.7:5060; in rejected 401 192.0.2.7:5060; "
		  "in forbidden 403 192.0.2.7:5060");
}

Test(sipmsg, old_credentials_are_no_guess)
{
	struct talk t;

	talk_open(&t, "198.51.100.1");
	/* stale, said so; and a nonce of yesterday, not said so */
	say(&t, PHONE_ASKS, REQUEST("REGISTER", "s", "1", CREDENTIALS));
	say(&t, PBX_SAYS,
	    RESPONSE("401 No", "REGISTER", "s", "1",
		     "WWW-Authenticate: Digest stale=true\r\n"));
	say(&t, PHONE_ASKS, REQUEST("REGISTER", "s", "2", CREDENTIALS));
	say(&t, PBX_SAYS, RESPONSE("200 OK", "REGISTER", "s", "2", ""));
	say(&t, PHONE_ASKS, REQUEST("REGISTER", "y", "1", CREDENTIALS));
	say(&t, PBX_SAYS, RESPONSE("401 No", "REGISTER", "y", "1", ""));
	say(&t, PHONE_ASKS, REQUEST("REGISTER", "y", "2", CREDENTIALS));
	say(&t, PBX_SAYS, RESPONSE("200 OK", "REGISTER", "y", "2", ""));
	/* but who then gives up was refused */
	say(&t, PHONE_ASKS, REQUEST("REGISTER", "z", "1", CREDENTIALS));
	say(&t, PBX_SAYS, RESPONSE("401 No", "REGISTER", "z", "1", ""));
	rig_close(&t.rig);
	HEARD(&t, "in ok 200 192.0.2.7:5060; in ok 200 192.0.2.7:5060; "
		  "in rejected 401 192.0.2.7:5060");
}

Test(sipmsg, a_challenge_that_is_left_is_abandoned)
{
	struct talk t;

	talk_open(&t, "198.51.100.1");
	say(&t, PHONE_ASKS, REQUEST("REGISTER", "l", "1", ""));
	say(&t, PBX_SAYS, RESPONSE("401 No", "REGISTER", "l", "1", ""));
	t.seconds += 60;
	say(&t, PHONE_ASKS, REQUEST("OPTIONS", "o", "1", ""));
	HEARD(&t, "in abandoned 401 192.0.2.7:5060");
	rig_close(&t.rig);
}

Test(sipmsg, both_legs_of_a_call_fail)
{
	struct talk t;

	talk_open(&t, NULL); /* who the PBX is shows when it talks with two */
	say(&t, PHONE_ASKS, REQUEST("INVITE", "b", "1", ""));
	say(&t, PBX_ASKS, REQUEST("INVITE", "b", "1", ""));
	say(&t, TRUNK_SAYS,
	    RESPONSE("503 Full", "INVITE", "b", "1", "Reason: Q.850;cause=34\r\n"));
	say(&t, PBX_SAYS, RESPONSE("500 Full", "INVITE", "b", "1", ""));
	say(&t, TRUNK_SAYS, RESPONSE("503 Full", "INVITE", "b", "1", ""));
	rig_close(&t.rig);
	HEARD(&t, "out congestion 503 203.0.113.4:5060; in error 500 192.0.2.7:5060");
	cr_expect_eq(t.rig.seen[0].e.q850, 34);
	cr_expect_str_eq(t.rig.seen[0].phrase, "Full");
}

Test(sipmsg, two_ends_could_be_either)
{
	struct talk t;

	talk_open(&t, NULL);
	say(&t, PHONE_ASKS, REQUEST("REGISTER", "e", "1", ""));
	say(&t, PBX_SAYS, RESPONSE("403 No", "REGISTER", "e", "1", ""));
	HEARD(&t, "");
	rig_close(&t.rig);
	/* then nobody is named */
	HEARD(&t, " forbidden 403 ");
}

Test(sipmsg, silence)
{
	struct talk t;

	talk_open(&t, "198.51.100.1");
	say(&t, PBX_ASKS, REQUEST("INVITE", "lost", "1", ""));
	say(&t, PBX_ASKS, REQUEST("INVITE", "lost", "1", ""));
	say(&t, PBX_ASKS, REQUEST("OPTIONS", "ping", "1", ""));
	say(&t, PBX_ASKS, REQUEST("INVITE", "rings", "1", ""));
	say(&t, TRUNK_SAYS, RESPONSE("180 Ringing", "INVITE", "rings", "1", ""));
	say(&t, PBX_ASKS, REQUEST("INVITE", "given-up", "1", ""));
	say(&t, PBX_ASKS, REQUEST("CANCEL", "given-up", "1", ""));
	say(&t, PHONE_ASKS, REQUEST("OPTIONS", "scan", "1", ""));
	t.seconds += 60;
	say(&t, PHONE_ASKS, REQUEST("OPTIONS", "scan", "2", ""));
	HEARD(&t, "out timeout 0 203.0.113.4:5060; out unreachable 0 203.0.113.4:5060");
	/* at the end of the text five seconds must have passed */
	say(&t, PBX_ASKS, REQUEST("INVITE", "soon", "1", ""));
	rig_close(&t.rig);
	cr_expect_eq(t.rig.n, 2, "heard: %s", heard(&t));
}

Test(sipmsg, an_answer_that_cannot_be_read_is_no_silence)
{
	struct talk t;

	talk_open(&t, "198.51.100.1");
	say(&t, PBX_ASKS, REQUEST("INVITE", "lost", "1", ""));
	say(&t, TRUNK_SAYS, "SIP/2.0 200 OK\r\nVia: cut");
	t.seconds += 60;
	say(&t, PHONE_ASKS, REQUEST("OPTIONS", "scan", "2", ""));
	rig_close(&t.rig);
	HEARD(&t, "");
}

Test(sipmsg, a_pause_ends_no_transaction)
{
	struct talk t;

	talk_open(&t, "198.51.100.1");
	say(&t, PBX_ASKS, REQUEST("INVITE", "slow", "1", ""));
	for (int i = 0; i < 10; i++)
		say(&t, PHONE_ASKS, REQUEST("OPTIONS", "o", "1", ""));
	stream_pause(t.rig.stream);
	HEARD(&t, "");
	say(&t, TRUNK_SAYS, RESPONSE("486 Busy", "INVITE", "slow", "1", ""));
	stream_pause(t.rig.stream);
	HEARD(&t, "out busy 486 203.0.113.4:5060");
	rig_close(&t.rig);
}

Test(sipmsg, noise_is_no_failure)
{
	struct talk t;

	talk_open(&t, "198.51.100.1");
	say(&t, PHONE_ASKS, REQUEST("INVITE", "n", "1", ""));
	say(&t, PHONE_ASKS, REQUEST("CANCEL", "n", "1", ""));
	say(&t, PBX_SAYS, RESPONSE("200 OK", "CANCEL", "n", "1", ""));
	say(&t, PBX_SAYS, RESPONSE("487 Terminated", "INVITE", "n", "1", ""));
	say(&t, PHONE_ASKS, REQUEST("BYE", "n", "2", ""));
	say(&t, PBX_SAYS, RESPONSE("481 None", "BYE", "n", "2", ""));
	say(&t, PHONE_ASKS, REQUEST("INVITE", "m", "1", ""));
	say(&t, PBX_SAYS, RESPONSE("302 Moved", "INVITE", "m", "1", ""));
	say(&t, PBX_ASKS, REQUEST("OPTIONS", "p", "1", ""));
	say(&t, TRUNK_SAYS, RESPONSE("404 Who", "OPTIONS", "p", "1", ""));
	/* a response whose request is not in the text */
	say(&t, PBX_SAYS, RESPONSE("403 No", "REGISTER", "q", "1", ""));
	rig_close(&t.rig);
	HEARD(&t, "in canceled 487 192.0.2.7:5060; in canceled 481 192.0.2.7:5060; "
		  "in canceled 302 192.0.2.7:5060; out reachable 404 203.0.113.4:5060");
}

Test(sipmsg, what_it_remembers_survives_a_restart)
{
	static char bytes[1 << 22];
	struct talk t, then;
	struct pack out = { .buf = bytes, .cap = sizeof(bytes) };

	talk_open(&t, "198.51.100.1");
	say(&t, PHONE_ASKS, REQUEST("REGISTER", "r", "1", ""));
	say(&t, PBX_SAYS, RESPONSE("401 No", "REGISTER", "r", "1", ""));
	say(&t, PHONE_ASKS, REQUEST("REGISTER", "r", "2", CREDENTIALS));
	stream_save(t.rig.stream, &out);
	cr_assert_eq(out.error, 0);
	cr_assert_lt(out.len, out.cap);
	talk_open(&then, "198.51.100.1");
	struct unpack in = unpack_of(str_make(bytes, out.len));
	cr_assert_eq(stream_load(then.rig.stream, &in), 0);
	then.seconds = t.seconds;
	say(&then, PBX_SAYS, RESPONSE("401 No", "REGISTER", "r", "2", ""));
	rig_close(&then.rig);
	stream_free(t.rig.stream);
	HEARD(&then, "in rejected 401 192.0.2.7:5060");
}

Test(sipmsg, a_message_in_one_record)
{
	/* clang-format off */
	static const char *const in[] = {
		"Nov 22 20:44:39 sbc1 kamailio[28398]: INFO: <script>: SIP received udp:192.0.2.7:5060 -> 198.51.100.1:5060 324 bytes: INVITE sip:2@h SIP/2.0#015#012Via: SIP/2.0/UDP h;branch=zq#015#012Call-ID: q#015#012CSeq: 1 INVITE#015#012#015",
		"Nov 22 20:44:40 sbc1 kamailio[28398]: INFO: <script>: SIP sent udp:198.51.100.1:5060 -> 192.0.2.7:5060: SIP/2.0 486 Busy#015#012Via: SIP/2.0/UDP h;branch=zq#015#012Call-ID: q#015#012CSeq: 1 INVITE#015#012#015",
	};
	static const char *const boxes[] = {
		"[S=1718478] [SID=b9:24:19]  (N  6891753) ---- Incoming SIP Message from 192.0.2.7:5060 to SIPInterface #2 (Teams) TLS TO(#134) SocketID(200) ---- #012INVITE sip:2@h SIP/2.0 #012FROM: <sip:1@h> #012CSEQ: 1 INVITE #012CALL-ID: q #012VIA: SIP/2.0/TLS h;branch=zq #012 #012",
		"[S=1718479] [SID=b9:24:19]  (N  6891754) ---- Outgoing SIP Message to 192.0.2.7:5060 from SIPInterface #2 (Teams) TLS TO(#134) ---- #012SIP/2.0 486 Busy #012FROM: <sip:1@h> #012CSEQ: 1 INVITE #012CALL-ID: q #012VIA: SIP/2.0/TLS h;branch=zq #012 #012",
	};
	/* clang-format on */
	struct talk t;

	for (int box = 0; box < 2; box++) {
		rig_open(&t.rig, NULL);
		for (int i = 0; i < 2; i++)
			rig_line(&t.rig, box ? boxes[i] : in[i]);
		rig_close(&t.rig);
		HEARD(&t, "in busy 486 192.0.2.7:5060");
		cr_expect_eq(t.rig.seen[0].e.attribution, SV_ATTRIBUTION_FORGEABLE);
	}
	cr_expect_neq(t.rig.seen[0].e.n_records, 0);
}

Test(sipmsg, a_message_in_a_journal_entry)
{
	static const char ask[] =
		"<script>: SIP received udp:192.0.2.7:5060 -> "
		"198.51.100.1:5060 324 bytes: INVITE sip:2@h SIP/2.0\r\n"
		"Via: SIP/2.0/UDP h;branch=zq\r\nCall-ID: q\r\n"
		"CSeq: 1 INVITE\r\n\r\n";
	static const char say[] = "<script>: SIP sent udp:198.51.100.1:5060 -> "
				  "192.0.2.7:5060: SIP/2.0 486 Busy\r\n"
				  "Via: SIP/2.0/UDP h;branch=zq\r\nCall-ID: q\r\n"
				  "CSeq: 1 INVITE\r\n\r\n";
	static const char dump[] =
		"recv 60 bytes from udp/[192.0.2.8]:5060 at 20:29:29.003160:\n"
		"----------------------------------------------------------------------"
		"--\n"
		"BYE sip:h SIP/2.0\nCSeq: 1 BYE\nCall-ID: x\n\n";
	struct talk t;

	rig_open(&t.rig, NULL);
	rig_feed(&t.rig, SV_STR(ask), SV_RECORD_WHOLE);
	rig_feed(&t.rig, SV_STR(say), SV_RECORD_WHOLE);
	cr_expect_eq(rig_feed(&t.rig, SV_STR(dump), SV_RECORD_WHOLE), SV_PARSE_SKIP);
	rig_close(&t.rig);
	HEARD(&t, "in busy 486 192.0.2.7:5060");
	cr_expect_eq(t.rig.seen[0].e.attribution, SV_ATTRIBUTION_CERTAIN);
}
