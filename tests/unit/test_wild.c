/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Lines as they are met outside of clean log files: what carriers, containers and people
 * put in front of them, and what pastes and old versions do to them. Each row is a
 * stream of its own whose dialect nobody told.
 */
#include "rig.h"

#define IP "203.0.113.7"
#define MESSAGE                                                                   \
	"Registration from '\"1001\" <sip:1001@pbx>' failed for '" IP ":5071' - " \
	"Wrong password"
/* as a file, [plain] and console, and syslog have it */
#define FILE_LINE "NOTICE[466] chan_sip.c: " MESSAGE
#define PLAIN "NOTICE[466]: chan_sip.c:29078 handle_request_register: " MESSAGE
#define SYSLOG "NOTICE[466]: chan_sip.c:29078 in handle_request_register: " MESSAGE
#define KAMAILIO "NOTICE: <script>: Auth_error for 1001@h from " IP " cause -2"
#define REFUSED                                                                      \
	"SIP auth failure (REGISTER) on sofia profile 'internal' for [1001@h] from " \
	"ip " IP
#define FREESWITCH "[WARNING] sofia_reg.c:1787 " REFUSED
#define UUID "1fbfe769-a60c-4675-81f1-e428308aaa7b"
#define ASTERISK_IP IP ":5071"

/* clang-format off */
static const struct {
	const char *text, *pbx, *ip;
} fronts[] = {
	/* dates of logger.conf */
	{ "[Nov 22 19:29:47] " FILE_LINE, "asterisk", ASTERISK_IP },
	{ "[Nov  2 19:29:47] " PLAIN, "asterisk", ASTERISK_IP },
	{ "[2026-11-22 19:29:47] " FILE_LINE, "asterisk", ASTERISK_IP },
	{ "[2026-11-22 19:29:47.151] " FILE_LINE, "asterisk", ASTERISK_IP },
	{ "[2026-11-22 19:29:47,151] " FILE_LINE, "asterisk", ASTERISK_IP },
	{ "[2026-11-22T19:29:47.151+0100] " FILE_LINE, "asterisk", ASTERISK_IP },
	{ "[2026-11-22T19:29:47.151-0500] " PLAIN, "asterisk", ASTERISK_IP },
	{ "[22/11/2026 19:29:47] " FILE_LINE, "asterisk", ASTERISK_IP },
	{ "[1795375787] " FILE_LINE, "asterisk", ASTERISK_IP },
	{ "[Nov 22 19:29:47] NOTICE[466][C-00000003] chan_sip.c: " MESSAGE, "asterisk",
	  ASTERISK_IP },
	{ "[Nov 22 19:29:47] \033[1;33mNOTICE\033[0m[466]: \033[1;37mchan_sip.c\033[0m:"
	  "\033[1;37m29078\033[0m \033[1;37mhandle_request_register\033[0m: " MESSAGE,
	  "asterisk", ASTERISK_IP },
	/* syslog, journald, containers */
	{ "Nov 22 19:29:47 pbx1 asterisk[51]: " SYSLOG, "asterisk", ASTERISK_IP },
	{ "Nov 22 19:29:47 pbx1 asterisk[51]: " PLAIN, "asterisk", ASTERISK_IP },
	{ "<29>Nov 22 19:29:47 pbx1 asterisk[51]: " SYSLOG, "asterisk", ASTERISK_IP },
	{ "<133>1 2026-11-22T19:29:47+00:00 pbx1 asterisk 51 - -  " SYSLOG, "asterisk",
	  ASTERISK_IP },
	{ "2026-11-22T19:29:47.123456+00:00 pbx1 asterisk[51]: " SYSLOG, "asterisk",
	  ASTERISK_IP },
	{ "Nov 22 19:29:47 pbx1 asterisk[51]: [Nov 22 18:29:47] " PLAIN, "asterisk",
	  ASTERISK_IP },
	{ "Mon Jan  6 10:00:01 2025 daemon.info asterisk[900]: [Jan  6 09:00:01] " PLAIN,
	  "asterisk", ASTERISK_IP },
	{ "2026-11-22T19:29:47.123456789Z [Nov 22 19:29:47] " PLAIN, "asterisk",
	  ASTERISK_IP },
	{ "asterisk_1  | [Nov 22 19:29:47] " PLAIN, "asterisk", ASTERISK_IP },
	{ "2026-11-22 19:29:40\tDaemon.Info\t192.0.2.7\tNov 22 19:29:47 pbx "
	  "asterisk[51]: " SYSLOG,
	  "asterisk", ASTERISK_IP },
	{ "Nov 22 19:29:47 pbx1 asterisk[51]: message repeated 1 times: [ " SYSLOG "]",
	  "asterisk", ASTERISK_IP },
	/* people */
	{ "messages-20240101:[Jan  1 10:00:00] " FILE_LINE, "asterisk", ASTERISK_IP },
	{ "417[2024-01-01 10:00:00] " FILE_LINE, "asterisk", ASTERISK_IP },
	{ "2025-01-01 10:00:00] " FILE_LINE, "asterisk", ASTERISK_IP },
	{ "Nov 22 19:29:47] " PLAIN, "asterisk", ASTERISK_IP },
	{ "*CLI> [Nov 22 19:29:47] " PLAIN, "asterisk", ASTERISK_IP },
	{ "pbx1.example.net*CLI> [Nov 22 19:29:47] " PLAIN, "asterisk", ASTERISK_IP },
	/* FreeSWITCH */
	{ "2026-11-22 19:29:47.123456 99.03% " FREESWITCH, "freeswitch", IP },
	{ "2026-11-22 19:29:47.123456 " FREESWITCH, "freeswitch", IP },
	{ "08-03 07:56:53.026292 [WARN] [SOFIA] [sofia_reg.c:4130] Can't find user "
	  "[201@::1] from " IP,
	  "freeswitch", IP },
	{ "2009-11-22 19:29:47 [WARNING] sofia_reg.c:1246 sofia_reg_auth_challenge() "
	  "Can't find user [201@h] from " IP,
	  "freeswitch", IP },
	{ "\033[35m2026-11-22 19:29:47.123456 99.03% " FREESWITCH "\033[0m",
	  "freeswitch", IP },
	{ "freeswitch@pbx1> 2026-11-22 19:29:47.123456 99.03% " FREESWITCH,
	  "freeswitch", IP },
	{ "fs-1  | 2026-11-22 19:29:47.123456 99.03% " FREESWITCH, "freeswitch", IP },
	{ "2026-11-22T19:29:47.150982+00:00 pbx1 freeswitch[12]: 2026-11-22 "
	  "19:29:47.123456 99.03% " FREESWITCH,
	  "freeswitch", IP },
	{ "Nov 22 19:29:47 pbx1 freeswitch[12]: 2026-11-22 19:29:47.1 " FREESWITCH,
	  "freeswitch", IP },
	{ "2026-11-22T19:29:47.123456789Z 2026-11-22 19:29:47.123456 99.03% " FREESWITCH,
	  "freeswitch", IP },
	{ "A registration failed user[100] ip[" IP
	  "] at[2026-11-22T19:29:47.123456+051800]",
	  "freeswitch", IP },
	{ "{\"host\":\"pbx1\",\"timestamp\":1795375787123456,\"level\":4,\"ident\":"
	  "\"freeswitch\",\"pid\":77,\"file\":\"sofia_reg.c\",\"line\":1787,"
	  "\"function\":\"sofia_reg_auth_challenge\",\"message\":\"" REFUSED
	  "\\n\",\"sequence\":7}",
	  "freeswitch", IP },
	{ "{\"version\":\"1.1\",\"host\":\"pbx1\",\"timestamp\":1795375787,\"level\":4,"
	  "\"_ident\":\"freeswitch\",\"_pid\":77,\"_file\":\"sofia_reg.c\",\"_line\":"
	  "1787,\"_function\":\"f\",\"full_message\":\"" REFUSED
	  "\",\"short_message\":\"SIP auth\",\"_sequence\":7}",
	  "freeswitch", IP },
	/* Kamailio and OpenSIPS */
	{ "Nov 22 19:29:47 sbc1 /usr/sbin/kamailio[310]: " KAMAILIO, "kamailio", IP },
	{ "Nov 22 19:29:47 sbc1 kamailio: " KAMAILIO, "kamailio", IP },
	{ "Nov 22 19:29:47 sbc1 /usr/local/kamailio/sbin/kamailio[310]: " KAMAILIO,
	  "kamailio", IP },
	{ "2026-11-22T19:29:47.715143+00:00 sbc1 /usr/sbin/kamailio[310]: " KAMAILIO,
	  "kamailio", IP },
	{ "<134>1 2026-11-22T19:29:47.715370+00:00 sbc1 - 318 - -  " KAMAILIO,
	  "kamailio", IP },
	{ "Mon Jan  6 10:00:01 2025 local0.err /usr/sbin/kamailio[77]: " KAMAILIO,
	  "kamailio", IP },
	{ "Nov 22 19:29:47 sbc1 kamailio[310]: INFO: [callid][M=REGISTER-1] <script>: "
	  "Auth_error for 1001@h from " IP " cause -2",
	  "kamailio", IP },
	{ "Nov 22 19:29:47 sbc1 kamailio[310]: NOTICE: {1 2 REGISTER a@h} <script>: "
	  "Auth_error for 1001@h from " IP " cause -2",
	  "kamailio", IP },
	{ " 0(1825) " KAMAILIO, "kamailio", IP },
	{ "kamailio-1  |  0(1825) " KAMAILIO, "kamailio", IP },
	{ "(2729) " KAMAILIO, "kamailio", IP },
	{ "2026-11-22 19:29:47.123456 " KAMAILIO, "kamailio", IP },
	{ "{ \"level\": \"NOTICE\", \"module\": \"xlog\", \"file\": \"xlog.c\", "
	  "\"line\": 287, \"function\": \"xlog_1\", \"logprefix\": \"\", \"message\": "
	  "\"Auth_error for 1001@h from " IP " cause -2\" }",
	  "kamailio", IP },
	{ "Nov 22 19:29:47 sbc1 /usr/sbin/opensips[310]: NOTICE:Auth_error for 1001@h "
	  "from " IP " cause -2",
	  "opensips", IP },
	{ "Nov 22 19:29:47 sbc1 opensips[310]: message repeated 1 times: [ "
	  "NOTICE:Auth_error for 1001@h from " IP " cause -2]",
	  "opensips", IP },
};
/* clang-format on */

Test(wild, whatever_stands_in_front)
{
	for (size_t i = 0; i < sizeof(fronts) / sizeof(fronts[0]); i++) {
		struct rig rig;
		rig_open(&rig, NULL);
		rig_line(&rig, fronts[i].text);
		rig_close(&rig);
		cr_expect_eq(rig.n, 1, "%s: %u events", fronts[i].text, rig.n);
		if (rig.n != 1)
			continue;
		cr_expect(str_eq(rig.seen[0].e.pbx, str_of(fronts[i].pbx)), "%s",
			  fronts[i].text);
		cr_expect_str_eq(rig.seen[0].ip, fronts[i].ip, "%s: %s", fronts[i].text,
				 rig.seen[0].ip);
		cr_expect(outcome_is_failure(rig.seen[0].e.outcome), "%s",
			  fronts[i].text);
	}
}

#define A "[Nov 22 19:30:00] "
#define F "2026-11-22 19:30:00.000000 99.00% "
#define K "Nov 22 19:30:00 sbc1 /usr/sbin/kamailio[310]: "
#define O "Nov 22 19:30:00 sbc1 /usr/sbin/opensips[310]: "

/* clang-format off */
static const struct {
	const char *dialect, *text;
	enum sv_outcome outcome; /* SV_OUTCOME_NONE: nothing is told */
	unsigned code;
	const char *ip, *peer;
} shapes[] = {
	/* what pastes do */
	{ "asterisk", A "NOTICE[1] chan_sip.c: Peer 'c' is now UNREACHABLE! Last qualify: 9",
	  SV_UNREACHABLE, 0, "", "c" },
	{ "asterisk", A "NOTICE[1] chan_sip.c: Registration from '<sip:1@h>' failed for 'XXXX:5060' - Wrong password",
	  SV_REJECTED, 403, "", "" },
	{ "asterisk", A "NOTICE[1] chan_sip.c: Registration from '<sip:1@h>' failed for '192.168.x.xx:XXXX' - Wrong password",
	  SV_REJECTED, 403, "", "" },
	{ "asterisk", A "NOTICE[1] chan_sip.c: Registration from '<sip:[email protected]>' failed for '203.0.113.7:5060' - Wrong password",
	  SV_REJECTED, 403, "203.0.113.7:5060", "" },
	{ "asterisk", A "NOTICE[1] chan_sip.c: Registration from '&lt;sip:1@h&gt;' failed for '203.0.113.7:5060' - Wrong password",
	  SV_REJECTED, 403, "203.0.113.7:5060", "" },
	/* old and odd lines of Asterisk */
	{ "asterisk", A "NOTICE[1] chan_sip.c: Registration from '<sip:1@h>' failed for '203.0.113.7' - No matching peer found",
	  SV_UNKNOWN, 404, "203.0.113.7", "" },
	{ "asterisk", A "NOTICE[1] chan_sip.c: Registration from '<sip:1@h>' failed for '203.0.113.7:5060' - ACL error (permit/deny)",
	  SV_ACL, 403, "203.0.113.7:5060", "" },
	{ "asterisk", A "NOTICE[1] chan_sip.c:    -- Registration for 'u@d@d' timed out, trying again (Attempt #3)",
	  SV_TIMEOUT, 0, "", "u@d@d" },
	{ "asterisk", A "NOTICE[1] res_pjsip_exten_state.c: Extension 9 does not exist or has no associated hint",
	  SV_NOTFOUND, 404, "", "" },
	{ "asterisk", A "NOTICE[1] res_pjsip_exten_state.c: Endpoint '7' state subscription failed: Extension '9' does not exist in context 'c' or has no associated hint",
	  SV_NOTFOUND, 404, "", "7" },
	{ "asterisk", A "WARNING[1]: pjproject:0 <?>: \t               sip_transport.c Dropping 357 bytes packet from UDP 203.0.113.7:34639 : PJSIP syntax error exception when parsing 'From' header on line 4 col 7",
	  SV_MALFORMED, 0, "203.0.113.7:34639", "" },
	{ "asterisk", A "ERROR[1] res_pjsip.c: Error 120101 'Network is unreachable' sending OPTIONS request to endpoint carrier",
	  SV_ERROR, 0, "", "carrier" },
	{ "asterisk", A "ERROR[1] tcptls.c: Unable to connect SIP socket to 203.0.113.7:5061: Connection refused",
	  SV_ERROR, 0, "203.0.113.7:5061", "" },
	{ "asterisk", A "WARNING[1] res_pjsip_outbound_registration.c: Fatal response '404' received from 'sip:c' on registration attempt to 'sip:u@c', stopping outbound registration",
	  SV_NOTFOUND, 404, "", "sip:u@c" },
	{ "asterisk", A "WARNING[1] res_pjsip_outbound_registration.c: '405' fatal response received from 'sip:c' on registration attempt to 'sip:u@c', retrying in '60' seconds",
	  SV_REFUSED, 405, "", "sip:u@c" },
	{ "asterisk", A "WARNING[1] chan_sip.c: Retransmission timeout reached on transmission a@192.0.2.1 for seqno 102 (Critical Response) -- See https://wiki",
	  SV_TIMEOUT, 0, "", "" },
	/* traps */
	{ "asterisk", A "ERROR[1] res_rtp_asterisk.c: PJ ICE Rx error status code: 370401 'Unauthorized'.",
	  SV_OUTCOME_NONE, 0, "", "" },
	{ "asterisk", A "VERBOSE[1] res_agi.c: AGI Tx >> 200 result=1 (CHANUNAVAIL)",
	  SV_OUTCOME_NONE, 0, "", "" },
	{ "asterisk", A "WARNING[1] func_hangupcause.c: Unable to find information for channel SIP/1",
	  SV_OUTCOME_NONE, 0, "", "" },
	{ "asterisk", A "VERBOSE[1] sig_pri.c: Channel 0/1, span 1 got hangup, cause 17",
	  SV_OUTCOME_NONE, 0, "", "" },
	/* FreeSWITCH */
	{ "freeswitch", F "[ERR] sofia_reg.c:1 gw Failed Registration with status No transport [503]. failure #1",
	  SV_CONGESTION, 503, "", "gw" },
	{ "freeswitch", F "[ERR] sofia_reg.c:1 gw Failed Registration with status DNS Error [503]. failure #1",
	  SV_CONGESTION, 503, "", "gw" },
	{ "freeswitch", F "[ERR] sofia_reg.c:1 8cac38eb-3f3d-4e5b-a8a5-e56ab0bfb678 Failed Registration with status Operation has no matching challenge  [904]. failure #1",
	  SV_REJECTED, 904, "", "8cac38eb-3f3d-4e5b-a8a5-e56ab0bfb678" },
	{ "freeswitch", F "[WARNING] sofia_reg.c:1 gw Failed Registration [904], setting retry to 30 seconds.",
	  SV_REJECTED, 904, "", "gw" },
	{ "freeswitch", F "[WARNING] sofia.c:6417 Ping failed gw with code 503 - count 0/0/1, state DOWN",
	  SV_UNREACHABLE, 503, "", "gw" },
	{ "freeswitch", F "[WARNING] sofia.c:6417 Ping failed gw with code 503 - count 1/0/3, state UP",
	  SV_OUTCOME_NONE, 0, "", "" },
	{ "freeswitch", F "[DEBUG] sofia.c:1 IP 203.0.113.7 Rejected by acl \"domains\". Falling back to Digest auth.",
	  SV_OUTCOME_NONE, 0, "", "" },
	{ "freeswitch", F "[WARNING] sofia_reg.c:1 Ignoring duplicate gateway '203.0.113.7'",
	  SV_OUTCOME_NONE, 0, "", "" },
	{ "freeswitch", F "[DEBUG] sofia.c:1 IP 203.0.113.7 Approved by acl \"domains[]\". Access Granted.",
	  SV_OUTCOME_NONE, 0, "", "" },
	/* Kamailio and OpenSIPS */
	{ "kamailio", K "WARNING: pike [pike_funcs.c:1]: pike_check_req(): PIKE - BLOCKing ip 203.0.113.7, node=0x7f2",
	  SV_BLOCKED, 0, "203.0.113.7", "" },
	{ "kamailio", K "ALERT: <script>: ALERT: pike blocking REGISTER from sip:x@192.0.2.1 (IP:203.0.113.7:5060)",
	  SV_BLOCKED, 0, "203.0.113.7:5060", "" },
	{ "kamailio", K "ERROR: <core> [core/receive.c:1]: receive_msg(): core parsing of SIP message failed (203.0.113.7:5060/3)",
	  SV_MALFORMED, 400, "203.0.113.7:5060", "" },
	{ "kamailio", K "ERROR: uac [uac_reg.c:1]: uac_reg_tm_callback(): got sip response 403 while registering",
	  SV_FORBIDDEN, 403, "", "" },
	{ "kamailio", K "ERROR: uac [uac_reg.c:1]: uac_reg_tm_callback(): got sip response 503 while registering [t1]",
	  SV_CONGESTION, 503, "", "t1" },
	{ "kamailio", K "ERROR: <script>: request sent to sip:203.0.113.7:5060 completed with code: 408, Type 1",
	  SV_TIMEOUT, 408, "", "" },
	{ "kamailio", K "ERROR: <script>: request sent to sip:203.0.113.7:5060 completed with code: 200, Type 1",
	  SV_OK, 200, "", "" },
	{ "kamailio", K "ERROR: <script>: REGISTER (sip:1@h (203.0.113.7:5060) to sip:h, a@h)",
	  SV_OUTCOME_NONE, 0, "", "" },
	{ "kamailio", K "DEBUG: <core> [core/parser/msg_parser.c:1]: parse_msg(): status:  <407>",
	  SV_OUTCOME_NONE, 0, "", "" },
	{ "opensips", O "incoming reply 404", SV_NOTFOUND, 404, "", "" },
	{ "opensips", O "ACC: call missed: timestamp=1;created=0;setuptime=1;method=INVITE;from_tag=a;to_tag=b;call_id=c;code=486;reason=Busy Here",
	  SV_BUSY, 486, "", "" },
	{ "opensips", O "INFO:load_balancer:lb_probing_callback: disable destination 3 <sip:203.0.113.7:5060> after 503 reply on probe",
	  SV_UNREACHABLE, 503, "", "203.0.113.7:5060" },
	{ "opensips", O "DBG:dispatcher:ds_options_callback: OPTIONS-Request was finished with code 408 (to sip:203.0.113.7, group 1)",
	  SV_OUTCOME_NONE, 0, "", "" },
};
/* clang-format on */

Test(wild, old_and_odd_lines)
{
	for (size_t i = 0; i < sizeof(shapes) / sizeof(shapes[0]); i++) {
		struct rig rig;
		rig_open(&rig, shapes[i].dialect);
		rig_line(&rig, shapes[i].text);
		rig_close(&rig);
		bool told = shapes[i].outcome != SV_OUTCOME_NONE;
		cr_expect_eq(rig.n, told ? 1 : 0, "%s: %u events", shapes[i].text,
			     rig.n);
		if (rig.n != 1 || !told)
			continue;
		cr_expect_eq(rig.seen[0].e.outcome, shapes[i].outcome, "%s: %s",
			     shapes[i].text, outcome_name(rig.seen[0].e.outcome));
		cr_expect_eq(rig.seen[0].e.code, shapes[i].code, "%s: %u",
			     shapes[i].text, rig.seen[0].e.code);
		cr_expect_str_eq(rig.seen[0].ip, shapes[i].ip, "%s: %s", shapes[i].text,
				 rig.seen[0].ip);
		cr_expect_str_eq(rig.seen[0].peer, shapes[i].peer, "%s: %s",
				 shapes[i].text, rig.seen[0].peer);
	}
}

/* Lines without a date of their own go on with what their service said before, whoever
 * spoke in between. */
Test(wild, services_that_share_a_file)
{
	static const char *const lines[] = {
		UUID " 2026-11-22 19:00:01.000000 99.00% [NOTICE] switch_channel.c:1 "
		     "New Channel sofia/internal/1000@h [" UUID "]",
		UUID " 2026-11-22 19:00:01.000000 99.00% [INFO] sofia.c:1 "
		     "sofia/internal/1000@h receiving invite from " IP
		     ":5062 version: 1.10 64bit call-id: x",
		UUID " EXECUTE [depth=0] sofia/internal/1000@h "
		     "bridge(sofia/gateway/carrier/0123) ",
		"2fbfe769-a60c-4675-81f1-e428308aaa7b 2026-11-22 19:00:01.100000 "
		"99.00% [NOTICE] switch_channel.c:1 New Channel sofia/external/0123 "
		"[2fbfe769-a60c-4675-81f1-e428308aaa7b]",
		"2fbfe769-a60c-4675-81f1-e428308aaa7b 2026-11-22 19:00:01.200000 "
		"99.00% [DEBUG] sofia.c:1 Channel sofia/external/0123 entering state "
		"[terminated][503]",
		"2fbfe769-a60c-4675-81f1-e428308aaa7b 2026-11-22 19:00:01.200000 "
		"99.00% [NOTICE] sofia.c:1 Hangup sofia/external/0123 "
		"[CS_CONSUME_MEDIA] [NORMAL_TEMPORARY_FAILURE]",
	};
	static const char *const fronts_of[] = { "fs-1  | ", "freeswitch.log:",
						 "2026-11-22T19:00:01.123456789Z " };

	for (size_t f = 0; f < sizeof(fronts_of) / sizeof(fronts_of[0]); f++) {
		struct rig rig;
		char text[512];
		rig_open(&rig, NULL);
		for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++) {
			snprintf(text, sizeof(text), "%s%s", fronts_of[f], lines[i]);
			rig_line(&rig, text);
			if (f == 0)
				rig_line(&rig, "pbx-1  | [Nov 22 19:00:01] VERBOSE[7] "
					       "app_dial.c: SIP/1-00000001 is ringing");
		}
		rig_close(&rig);
		cr_assert_eq(rig.n, 1, "%s: %u events", fronts_of[f], rig.n);
		cr_expect_eq(rig.seen[0].e.code, 503);
		cr_expect_str_eq(rig.seen[0].peer, "carrier", "%s: %s", fronts_of[f],
				 rig.seen[0].peer);
	}
}

/* Its dialect tells what happened; the messages of a trace would tell it once more. */
Test(wild, a_trace_among_the_lines_of_a_container)
{
	static const char *const lines[] = {
		"2026-11-22 19:00:01.000000 99.00% [INFO] sofia.c:1 started",
		"recv 50 bytes from udp/[" IP "]:5060 at 19:00:01.000000:",
		"----------------------------------------------------------------------"
		"--",
		"REGISTER sip:h SIP/2.0",
		"Via: SIP/2.0/UDP h;branch=z1",
		"From: <sip:1@h>",
		"To: <sip:1@h>",
		"Call-ID: c",
		"CSeq: 2 REGISTER",
		"Authorization: Digest u=\"1\"",
		"Content-Length: 0",
		"",
		"",
		"2026-11-22 19:00:01.010000 99.00% [WARNING] sofia_reg.c:1787 SIP auth "
		"failure (REGISTER) on sofia profile 'i' for [1@h] from ip " IP,
		"send 50 bytes to udp/[" IP "]:5060 at 19:00:01.020000:",
		"----------------------------------------------------------------------"
		"--",
		"SIP/2.0 403 Forbidden",
		"Via: SIP/2.0/UDP h;branch=z1",
		"From: <sip:1@h>",
		"To: <sip:1@h>;tag=2",
		"Call-ID: c",
		"CSeq: 2 REGISTER",
		"Content-Length: 0",
		"",
		"",
		"2026-11-22 19:00:02.000000 99.00% [INFO] sofia.c:1 went on",
	};
	static const char *const fronts_of[] = { "fs-1  | ",
						 "2026-11-22T19:00:01.123456789Z " };

	for (size_t f = 0; f < sizeof(fronts_of) / sizeof(fronts_of[0]); f++) {
		struct rig rig;
		char text[512];
		rig_open(&rig, NULL);
		for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++) {
			snprintf(text, sizeof(text), "%s%s", fronts_of[f], lines[i]);
			rig_line(&rig, text);
		}
		rig_close(&rig);
		cr_assert_eq(rig.n, 1, "%s: %u events", fronts_of[f], rig.n);
		cr_expect(str_eq(rig.seen[0].e.pbx, SV_STR("freeswitch")), "%s",
			  fronts_of[f]);
	}
}

/* A syslog daemon's line is a whole message, also where it names no host; a container's
 * is not. */
Test(wild, syslog_without_a_host)
{
	static const struct {
		const char *front;
		bool whole;
	} fronts_of[] = {
		{ "Nov 22 19:00:01 pbx1 freeswitch[7]: ", true },
		{ "Nov 22 19:00:01 freeswitch[7]: ", true },
		{ "Sun Nov 22 19:00:01 2026 daemon.info freeswitch[7]: ", true },
		{ "freeswitch  | ", false },
	};

	for (size_t f = 0; f < sizeof(fronts_of) / sizeof(fronts_of[0]); f++) {
		struct rig rig;
		char text[512];
		rig_open(&rig, NULL);
		snprintf(
			text, sizeof(text),
			"%s2026-11-22 19:00:01.000000 99.00%% [WARNING] "
			"sofia_reg.c:3210 Can't find user [1@h] from " IP
			"#012You must define a domain called 'h' in your directory and "
			"add a user with the id=\"1\" attribute#012and you must "
			"configure your device to use the proper domain in its "
			"authentication credentials.",
			fronts_of[f].front);
		rig_line(&rig, text);
		rig_close(&rig);
		cr_assert_eq(rig.n, 1, "%s: %u events", fronts_of[f].front, rig.n);
		cr_expect_str_eq(rig.seen[0].ip, fronts_of[f].whole ? IP : "", "%s: %s",
				 fronts_of[f].front, rig.seen[0].ip);
	}
}
