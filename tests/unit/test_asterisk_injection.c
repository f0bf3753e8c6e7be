/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a stranger can make Asterisk write. Genuine addresses are 198.51.100.x, forged
 * ones 192.0.2.x: no forged one may come out as certain, and every genuine refusal
 * must still be seen.
 */
#include "rig.h"

#define T "[2026-11-22 19:15:46] "
#define GENUINE                                                                  \
	T "NOTICE[466] chan_sip.c: Registration from '<sip:1005@h>' failed for " \
	  "'198.51.100.9:5060' - Wrong password\n"
#define FORGED_AS(tid)                                                               \
	T "NOTICE[" tid "] chan_sip.c: Registration from '<sip:1005@h>' failed for " \
	  "'192.0.2.10:5060' - Wrong password\n"
#define FORGED FORGED_AS("4242")
#define FORGED_SECURITY                                                             \
	T "SECURITY[4242] res_security_log.c: "                                     \
	  "SecurityEvent=\"InvalidAccountID\",EventTV=\"2026-11-22T19:19:05.414+"   \
	  "0000\",Severity=\"Error\",Service=\"SIP\",EventVersion=\"1\",AccountID=" \
	  "\"9\",SessionID=\"0x7\",LocalAddress=\"IPV4/UDP/127.0.1.1/"              \
	  "5060\",RemoteAddress=\"IPV4/UDP/192.0.2.11/54012\"\n"
#define CALL_HEAD                                                                    \
	T "NOTICE[466][C-0000001d] chan_sip.c: Call from '' (198.51.100.2:5066) to " \
	  "extension '"
#define CALL_TAIL "' rejected because extension not found in context 'default'.\n"
#define PACKET_HEAD                                                                   \
	T "ERROR[523] pjproject: \t        sip_endpoint.c Error processing packet "   \
	  "from 198.51.100.25:60510: Missing required header(s) (PJSIP_EMISSINGHDR) " \
	  "Call-ID [code 171050]:\n"
#define PACKET_HEAD_COUNT(n)                                                         \
	T "ERROR[523] pjproject: \t       sip_transport.c Error processing " n       \
	  " bytes packet from UDP 198.51.100.25:60510 PJSIP syntax error exception " \
	  "when parsing 'From' header on line 4 col 7:\n"
#define PACKET_TAIL "-- end of packet.\n"
#define READ_HEAD                                                                  \
	T "VERBOSE[1098] chan_sip.c: \n<--- SIP read from UDP:198.51.100.2:45411 " \
	  "--->\nOPTIONS sip:h SIP/2.0\nVia: x\n\n"
#define READ_TAIL                                                                  \
	"<------------->\n" T "VERBOSE[1098] chan_sip.c: --- (1 headers 5 lines) " \
	"---\n"

/* clang-format off */
static const struct attack {
	const char *name, *text;
	unsigned genuine; /* events with a genuine address */
	unsigned without; /* at most so many events without address */
} attacks[] = {
	{ "a call's number with a line", CALL_HEAD "1\n" FORGED "x" CALL_TAIL GENUINE, 2, 0 },
	{ "… and an end of its own before it", CALL_HEAD "1" CALL_TAIL FORGED "x" CALL_TAIL GENUINE, 2, 0 },
	{ "… and another thread's start as its end", CALL_HEAD "1" CALL_TAIL FORGED T "NOTICE[4242][C-0000001d] chan_sip.c: Call from '' (192.0.2.3:5066) to extension '5" CALL_TAIL GENUINE, 2, 0 },
	{ "… and a security event", CALL_HEAD "1\n" FORGED_SECURITY "x" CALL_TAIL GENUINE, 2, 0 },
	{ "an end that was eaten", CALL_HEAD "1\n" FORGED "xefault'.\n" GENUINE, 2, 0 },
	{ "PJSIP's call number", T "NOTICE[939] res_pjsip_session.c:  2001: Call (UDP:198.51.100.2:43237) to extension '1\n" T "NOTICE[1] chan_sip.c: Peer 'x' is now Reachable. (\n" CALL_TAIL GENUINE, 2, 0 },
	{ "a packet with lines", PACKET_HEAD "REGISTER sip:h SIP/2.0\r\n" FORGED FORGED_SECURITY "\r\n\n" PACKET_TAIL GENUINE, 2, 0 },
	{ "… and its own end", PACKET_HEAD "REGISTER sip:h SIP/2.0\r\n" PACKET_TAIL FORGED FORGED_SECURITY "\r\n\n" PACKET_TAIL GENUINE, 2, 0 },
	{ "… of a known thread", GENUINE PACKET_HEAD "REGISTER sip:h SIP/2.0\r\n" PACKET_TAIL FORGED_AS("466") "\r\n\n" PACKET_TAIL GENUINE, 3, 0 },
	{ "a packet of known length", PACKET_HEAD_COUNT("161") PACKET_TAIL FORGED "\n" PACKET_TAIL GENUINE, 2, 0 },
	{ "… whose end was cut off", PACKET_HEAD_COUNT("6000") "x\n" PACKET_TAIL FORGED, 1, 0 },
	{ "two packets and a line between", GENUINE PACKET_HEAD "A\n\n" PACKET_TAIL GENUINE PACKET_HEAD "B\n\n" PACKET_TAIL, 4, 0 },
	{ "a dump with a line", READ_HEAD FORGED "<------------->\n" FORGED READ_TAIL GENUINE, 1, 0 },
	{ "… and a summary of another thread", READ_HEAD "<------------->\n" T "VERBOSE[4242] chan_sip.c: --- (1 headers 5 lines) ---\n" FORGED READ_TAIL GENUINE, 1, 0 },
	{ "what we sent, with a line", T "VERBOSE[1098] chan_sip.c: Reliably Transmitting (no NAT) to 198.51.100.2:45411:\nMESSAGE sip:h SIP/2.0\r\nContent-Length: 112\r\n\r\n---\n" FORGED "---\n" GENUINE, 1, 0 },
	{ "a dump of known length", T "VERBOSE[939] res_pjsip_logger.c: <--- Received SIP request (110 bytes) from UDP:198.51.100.2:5060 --->\n" FORGED "\n" GENUINE, 1, 0 },
	{ "an eaten reason", T "NOTICE[96] res_pjsip/pjsip_distributor.c: Request 'REGISTER' from '\"hideatching endpoint found\n" GENUINE, 1, 1 },
	{ "a forged From", T "NOTICE[96] res_pjsip/pjsip_distributor.c: Request 'REGISTER' from '\"x\\\" <sip:9999@h>' failed for '192.0.2.17:5060' (callid: 1) - No matching endpoint found\n" GENUINE, 1, 1 },
	{ "a forged From with both", T "NOTICE[96] res_pjsip/pjsip_distributor.c: Request 'REGISTER' from '\"x\\\" <sip:9@h>' failed for '192.0.2.16:5060' (callid: 1) - No\" <sip:9@h>' failed for '198.51.100.7:5060' (callid: 2) - No matching endpoint found\n", 1, 0 },
	{ "a forged Call-ID", T "NOTICE[96] res_pjsip/pjsip_distributor.c: Request 'REGISTER' from '<sip:9@h>' failed for '198.51.100.7:5060' (callid: x' failed for '192.0.2.18:5060' (callid: y) - No matching endpoint found\n", 1, 0 },
	{ "From that is no name-addr", T "NOTICE[96] res_pjsip/pjsip_distributor.c: Request 'REGISTER' from 'junk' failed for '192.0.2.19:5060' (callid: y) - No matching endpoint found\n", 0, 1 },
	{ "To with a place of its own", T "NOTICE[466] chan_sip.c: Registration from '<sip:x@h>' failed for '192.0.2.4:5060' - Wrong password' failed for '198.51.100.7:5060' - Wrong password\n", 1, 0 },
	{ "To with a place, and a reason that can be eaten", T "NOTICE[466] chan_sip.c: Registration from '<sip:1020@h>' failed for '192.0.2.4:5060' - x' failed for '192.0.2.5:5060' - Device does not match ACL\n", 0, 1 },
	{ "an ACL line that knows better", T "NOTICE[466] acl.c: SIP Peer ACL: Rejecting '198.51.100.14' due to a failure to pass ACL '(BASELINE)'\n" T "NOTICE[466] chan_sip.c: Registration from '<sip:1020@h>' failed for '192.0.2.5:5060' - Device does not match ACL\n", 2, 0 },
	{ "Via's address", T "NOTICE[466] chan_sip.c: Unknown SIP command 'FOO' from '192.0.2.6:5060'\n", 0, 1 },
	{ "Contact's address", T "NOTICE[466] acl.c: SIP contact ACL: Rejecting '192.0.2.7' due to a failure to pass ACL 'x'\n" T "WARNING[466] chan_sip.c: Domain '192.0.2.7' disallowed by contact ACL (violating IP 192.0.2.7)\n", 0, 2 },
	{ "a contact's URI", T "VERBOSE[1] res_pjsip_registrar.c: Added contact 'sip:x@192.0.2.8' to AOR '9' with expiration of 60 seconds' to AOR '2001' with expiration of 60 seconds\n", 0, 1 },
	{ "a far end's phrase", T "VERBOSE[466] chan_sip.c: Got SIP response 603 \"No\" back from 192.0.2.9:5060\" back from 198.51.100.9:5060\n", 1, 0 },
	{ "a syslog header in a file", GENUINE GENUINE GENUINE "Nov 22 19:15:46 pbx1 asterisk[51]: NOTICE[466]: chan_sip.c:1 in f: Registration from '<sip:1005@h>' failed for '192.0.2.12:5060' - Wrong password\n", 3, 0 },
	{ "a bare entry in a file", GENUINE "NOTICE[466]: chan_sip.c:1 in f: Registration from '<sip:1005@h>' failed for '192.0.2.13:5060' - Wrong password\n", 1, 0 },
	{ "a date that is none", GENUINE "[xxxx-xx-xx xx:xx:xx] NOTICE[466] chan_sip.c: Registration from '<sip:1005@h>' failed for '192.0.2.14:5060' - Wrong password\n", 1, 0 },
};
/* clang-format on */

static void
check(const char *name, const struct rig *rig, unsigned genuine, unsigned without)
{
	unsigned n_genuine = 0, n_without = 0;

	cr_assert_leq(rig->n, RIG_MAX, "%s", name);
	for (unsigned i = 0; i < rig->n; i++) {
		const struct rig_event *e = &rig->seen[i];
		bool forged = strncmp(e->ip, "192.0.2.", 8) == 0;
		cr_expect(!forged || e->e.attribution == SV_ATTRIBUTION_FORGEABLE,
			  "%s: %s is certain", name, e->ip);
		cr_expect(!strstr(e->peer, "192.0.2."), "%s: peer %s", name, e->peer);
		n_genuine += strncmp(e->ip, "198.51.100.", 11) == 0;
		n_without += e->ip[0] == '\0';
	}
	cr_expect_eq(n_genuine, genuine, "%s: %u genuine", name, n_genuine);
	cr_expect_leq(n_without, without, "%s: %u without address", name, n_without);
}

Test(asterisk_injection, no_stranger_is_blamed)
{
	for (size_t i = 0; i < sizeof(attacks) / sizeof(attacks[0]); i++) {
		struct rig rig;
		rig_open(&rig, "asterisk");
		rig_file(&rig, str_of(attacks[i].text));
		rig_close(&rig);
		check(attacks[i].name, &rig, attacks[i].genuine, attacks[i].without);
	}
}

Test(asterisk_injection, forged_lines_inside_a_region_do_not_count)
{
	/* unknown threads: nothing at all may come out of these */
	for (size_t i = 0; i < sizeof(attacks) / sizeof(attacks[0]); i++) {
		struct rig rig;
		if (!strstr(attacks[i].text, "[4242]") ||
		    strstr(attacks[i].name, "eaten"))
			continue;
		rig_open(&rig, "asterisk");
		rig_file(&rig, str_of(attacks[i].text));
		rig_close(&rig);
		for (unsigned k = 0; k < rig.n; k++)
			cr_expect_neq(strncmp(rig.seen[k].ip, "192.0.2.", 8), 0,
				      "%s: %s", attacks[i].name, rig.seen[k].ip);
	}
}

Test(asterisk_injection, a_datagram_is_one_entry)
{
	static const char *const texts[] = {
		"NOTICE[466][C-1]: chan_sip.c:1 in f: Call from '' (198.51.100.2:5066) "
		"to "
		"extension '1\n" FORGED
		"x' rejected because extension not found in context 'default'.",
		"ERROR[523]: pjproject:0 in <?>: \t        sip_endpoint.c Error "
		"processing "
		"packet from 198.51.100.25:60510: Missing [code 171050]:\n" FORGED
			PACKET_TAIL,
	};

	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		struct rig rig;
		rig_open(&rig, "asterisk");
		rig_feed(&rig, str_of(texts[i]), SV_RECORD_WHOLE);
		rig_feed(&rig,
			 SV_STR("NOTICE[466]: chan_sip.c:1 in f: Registration from "
				"'<sip:1@h>' failed for '198.51.100.3:5060' - Wrong "
				"password"),
			 SV_RECORD_WHOLE);
		rig_close(&rig);
		check(texts[i], &rig, 2, 0);
	}
}

Test(asterisk_injection, an_entry_that_was_cut_ends_there)
{
	static char text[16384];
	static const char head[] = T "NOTICE[466] chan_sip.c: Registration from '<sip:";
	static const char tail[] = "@h>' failed for '192.0.2.5:5060' - Wrong password";
	size_t n = strlen(head);
	struct rig rig;

	memcpy(text, head, n);
	memset(text + n, 'a', 8191 - n);
	memcpy(text + 8191 - strlen(tail), tail, strlen(tail));
	/* the entry's own end is lost, the next one follows at once */
	memcpy(text + 8191, GENUINE, strlen(GENUINE));
	rig_open(&rig, "asterisk");
	rig_file(&rig, str_of(text));
	rig_close(&rig);
	check("cut", &rig, 1, 1);
}

Test(asterisk_injection, a_call_that_was_cut_has_no_end)
{
	static const char *const heads[] = { CALL_HEAD "1\n", CALL_HEAD "1" CALL_TAIL };

	for (size_t i = 0; i < sizeof(heads) / sizeof(heads[0]); i++) {
		static char text[16384];
		struct rig rig;
		size_t n = strlen(GENUINE);
		int len = snprintf(text, sizeof(text), "%s%s%s", GENUINE, heads[i],
				   FORGED_AS("466"));

		memset(text + len, 'a', n + 8191 - (size_t)len);
		strcpy(text + n + 8191, GENUINE GENUINE);
		rig_open(&rig, "asterisk");
		rig_file(&rig, str_of(text));
		rig_close(&rig);
		check(heads[i], &rig, 4, 0);
	}
}

Test(asterisk_injection, what_is_held_comes_in_its_order_and_with_its_place)
{
	struct rig rig;

	rig_open(&rig, "asterisk");
	rig_file(&rig, SV_STR(PACKET_HEAD "x\n" PACKET_TAIL GENUINE GENUINE));
	cr_expect_eq(rig.n, 1, "held until nothing more comes");
	rig_close(&rig);
	cr_assert_eq(rig.n, 3);
	cr_expect_eq(rig.seen[1].e.records[0].line, 4);
	cr_expect_eq(rig.seen[2].e.records[0].line, 5);
	cr_expect_eq(rig.seen[2].e.time / SV_USEC_PER_SEC, 1795374946);
}

Test(asterisk_injection, a_region_ends_when_its_bytes_are_used)
{
	struct rig rig;

	rig_open(&rig, "asterisk");
	rig_file(&rig, SV_STR(PACKET_HEAD "x\n" PACKET_TAIL));
	for (int i = 0; i < 60; i++)
		rig_file(&rig, SV_STR(GENUINE));
	cr_expect_geq(rig.n, 60);
	rig_close(&rig);
	cr_expect_eq(rig.n, 61);
}
