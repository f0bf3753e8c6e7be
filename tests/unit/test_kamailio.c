/* SPDX-License-Identifier: Apache-2.0 */
/* Lines of Kamailio and OpenSIPS, one by one: what each says, and who is named. */
#include "rig.h"

#define IN SV_LEG_IN
#define OUT SV_LEG_OUT
#define ACC "acc [acc.c:287]: acc_log_request(): ACC: "
#define ATTRIBUTES                                                                 \
	"timestamp=1795373300;method=INVITE;from_tag=584i1;to_tag=e1;call_id=1-5@" \
	"192.0.2.4;code="
#define EXTRAS                                                                       \
	";src_user=1002;src_domain=pbx.example.com;src_ip=192.0.2.4;dst_ouser=1031;" \
	"dst_user=1031;dst_domain=198.51.100.31"
#define O_ATTRIBUTES                                                                  \
	"timestamp=1795374520;created=0;setuptime=1795374520;method=INVITE;from_tag=" \
	"38i1;to_tag=07;call_id=1-3@h;code="

/* clang-format off */
static const struct says {
	const char *dialect, *text;
	enum sv_leg leg;
	enum sv_method method;
	int code;
	enum sv_outcome outcome;
	const char *ip, *peer, *user, *dst;
} lines[] = {
	{ "kamailio", "NOTICE: {1 2 REGISTER 1-4@h} <script>: Auth_error for 1022@pbx.example.com from 192.0.2.22 cause -2", IN, SV_REGISTER, 401, SV_REJECTED, "192.0.2.22", "", "1022", "" },
	{ "kamailio", "NOTICE: {1 2 INVITE 1-4@h} <script>: Auth_error for 1022@pbx.example.com from 2001:db8::22 cause -3", IN, SV_INVITE, 407, SV_UNKNOWN, "2001:db8::22", "", "1022", "" },
	{ "kamailio", "NOTICE: {1 2 INVITE 1-4@h} <script>: Auth_error for <null>@<null> from 192.0.2.22 cause -1", IN, SV_INVITE, 407, SV_ERROR, "192.0.2.22", "", "", "" },
	{ "kamailio", "NOTICE: <script>: Auth error for 1022@h from 192.0.2.22", IN, 0, 401, SV_REJECTED, "192.0.2.22", "", "1022", "" },
	{ "kamailio", "NOTICE: [1-4@h] <script>: Auth failure 1022 from 192.0.2.22: count=4", IN, 0, 401, SV_REJECTED, "192.0.2.22", "", "1022", "" },
	{ "kamailio", "ERROR: 512:Auth_error for 1022@h from 192.0.2.22 cause -2", 0, 0, -1, 0, "", "", "", "" },
	{ "kamailio", "ERROR: <script>: 512:Auth_error for 1022@h from 192.0.2.22 cause -2", IN, 0, 401, SV_REJECTED, "192.0.2.22", "", "1022", "" },
	{ "kamailio", "NOTICE: Auth_error for 1022@h from 192.0.2.22 cause -2", IN, 0, 401, SV_REJECTED, "192.0.2.22", "", "1022", "" },
	{ "kamailio", "NOTICE: {1 2 INVITE c} Auth_error for 1022@h from 192.0.2.22 cause -2", IN, SV_INVITE, 407, SV_REJECTED, "192.0.2.22", "", "1022", "" },
	{ "kamailio", "NOTICE: <script>: Auth user 1001 does not match To user 1002 from 192.0.2.22", IN, 0, 403, SV_FORBIDDEN, "192.0.2.22", "", "1001", "" },
	{ "kamailio", "NOTICE: <script>: Auth rate limited for 1001 (192.0.2.22)", IN, 0, 401, SV_BLOCKED, "192.0.2.22", "", "1001", "" },
	/* a first request, a stale nonce: nothing */
	{ "kamailio", "NOTICE: <script>: Auth_error for 1022@h from 192.0.2.22 cause -5", 0, 0, -1, 0, "", "", "", "" },
	{ "kamailio", "NOTICE: <script>: Auth_error for 1022@h from 192.0.2.22 cause -4", 0, 0, -1, 0, "", "", "", "" },
	{ "opensips", "NOTICE:Auth_error for 1022@h from 192.0.2.22 cause -4", 0, 0, -1, 0, "", "", "", "" },
	{ "opensips", "NOTICE:Auth_error for 1022@h from 192.0.2.22 cause -2", IN, 0, 401, SV_REJECTED, "192.0.2.22", "", "1022", "" },
	{ "opensips", "NOTICE:Auth_error for 1022@h from 192.0.2.22 cause -1", IN, 0, 401, SV_UNKNOWN, "192.0.2.22", "", "1022", "" },
	{ "opensips", "NOTICE:Auth_error for 1022@h from 192.0.2.22 cause -5", IN, 0, 401, SV_ERROR, "192.0.2.22", "", "1022", "" },

	{ "kamailio", "NOTICE: {2 2 INVITE 1-5@192.0.2.4} " ACC "call missed: " ATTRIBUTES "486;reason=Busy Here" EXTRAS, IN, SV_INVITE, 486, SV_BUSY, "192.0.2.4", "", "1002", "1031" },
	{ "kamailio", "NOTICE: " ACC "transaction answered: " ATTRIBUTES "500;reason=Server Internal Error" EXTRAS, IN, SV_INVITE, 500, SV_ERROR, "192.0.2.4", "", "1002", "1031" },
	{ "kamailio", "NOTICE: " ACC "transaction answered: " ATTRIBUTES "200;reason=OK" EXTRAS, IN, SV_INVITE, 200, SV_OK, "192.0.2.4", "", "1002", "1031" },
	{ "kamailio", "NOTICE: " ACC "request accounted: " ATTRIBUTES "403;reason=Forbidden" EXTRAS, IN, SV_INVITE, 403, SV_FORBIDDEN, "192.0.2.4", "", "1002", "1031" },
	{ "kamailio", "NOTICE: " ACC "transaction answered: " ATTRIBUTES "487;reason=Canceled" EXTRAS, IN, SV_INVITE, 487, SV_CANCELED, "192.0.2.4", "", "1002", "1031" },
	{ "kamailio", "NOTICE: " ACC "request acknowledged: " ATTRIBUTES "200;reason=OK" EXTRAS, 0, 0, -1, 0, "", "", "", "" },
	/* extras of another configuration */
	{ "kamailio", "NOTICE: " ACC "call missed: " ATTRIBUTES "486;reason=Busy Here", IN, SV_INVITE, 486, SV_BUSY, "", "", "", "" },
	{ "opensips", "NOTICE:ACC: call missed: " O_ATTRIBUTES "488;reason=Not Acceptable Here", IN, SV_INVITE, 488, SV_MEDIA, "", "", "", "" },
	{ "opensips", "NOTICE:ACC: transaction answered: " O_ATTRIBUTES "503;reason=Service Unavailable", IN, SV_INVITE, 503, SV_CONGESTION, "", "", "", "" },
	{ "opensips", "NOTICE:ACC: call missed: " O_ATTRIBUTES "404;reason=Not Found;src_ip=192.0.2.9;ua=x", IN, SV_INVITE, 404, SV_NOTFOUND, "192.0.2.9", "", "", "" },
	{ "opensips", "NOTICE:ACC: call ended: created=1;call_start_time=1;duration=4;ms_duration=4000;setuptime=1;method=INVITE", 0, 0, -1, 0, "", "", "", "" },

	{ "kamailio", "WARNING: {1 1 INVITE c} pike [pike_funcs.c:135]: pike_check_ipaddr(): PIKE - BLOCKing ip 192.0.2.23, node=0x7fab323b1df8", IN, SV_INVITE, 0, SV_BLOCKED, "192.0.2.23", "", "", "" },
	{ "opensips", "WARNING:PIKE - BLOCKing ip 192.0.2.23, node=0x7fab323b1df8", IN, 0, 0, SV_BLOCKED, "192.0.2.23", "", "", "" },
	{ "kamailio", "ALERT: {1 1 INVITE c} <script>: ALERT: pike blocking INVITE from sip:108@203.0.113.7 (IP:192.0.2.23:5060)", IN, SV_INVITE, 0, SV_BLOCKED, "192.0.2.23:5060", "", "108", "" },
	{ "opensips", "ALERT:ALERT: pike blocking REGISTER from sip:108@h (IP:192.0.2.23:5060)", IN, SV_REGISTER, 0, SV_BLOCKED, "192.0.2.23:5060", "", "108", "" },
	{ "kamailio", "WARNING: <script>: REGISTER from 192.0.2.23 blocked because IP address is blacklisted", IN, SV_REGISTER, 0, SV_ACL, "192.0.2.23", "", "", "" },
	{ "kamailio", "NOTICE: {1 1 INVITE c} <script>: unknown extension 900 from sip:1001@h (192.0.2.7:5066) - sending 404", IN, SV_INVITE, 404, SV_NOTFOUND, "192.0.2.7:5066", "", "1001", "900" },
	{ "kamailio", "WARNING: {1 2 INVITE 1-5@h} <script>: call failed: 503 Service Unavailable - INVITE from sip:1004@h (192.0.2.4:5060) to sip:1033@198.51.100.33:5060 callid=1-5@h", IN, SV_INVITE, 503, SV_CONGESTION, "192.0.2.4:5060", "", "1004", "1033" },
	{ "kamailio", "NOTICE: {2 2 INVITE 1-5@h} <script>: Incoming reply 486 Busy Here from 198.51.100.31:5060 (INVITE) [1-5@h]", OUT, SV_INVITE, 486, SV_BUSY, "198.51.100.31:5060", "", "", "" },
	{ "kamailio", "NOTICE: {2 2 INVITE 1-5@h} <script>: Reply 603 Decline from 198.51.100.31:5060", OUT, SV_INVITE, 603, SV_DECLINED, "198.51.100.31:5060", "", "", "" },
	{ "kamailio", "NOTICE: <script>: 480 Temporarily Unavailable from 198.51.100.31", OUT, 0, 480, SV_NOANSWER, "198.51.100.31", "", "", "" },
	{ "kamailio", "NOTICE: {2 2 INVITE 1-5@h} <script>: Reply 180 Ringing from 198.51.100.31:5060", 0, 0, -1, 0, "", "", "", "" },
	{ "kamailio", "NOTICE: {2 2 INVITE 1-5@h} <script>: Reply 407 Proxy Authentication Required from 198.51.100.31:5060", 0, 0, -1, 0, "", "", "", "" },
	{ "opensips", "NOTICE:incoming reply", 0, 0, -1, 0, "", "", "", "" },
	{ "opensips", "NOTICE:new branch at sip:1031@192.0.2.31:5060", 0, 0, -1, 0, "", "", "", "" },

	{ "kamailio", "ERROR: <core> [core/receive.c:376]: receive_msg(): core parsing of SIP message failed (192.0.2.7:5066/2)", IN, 0, 400, SV_MALFORMED, "192.0.2.7:5066", "", "", "" },
	{ "opensips", "ERROR:core:receive_msg: Unable to parse msg received from [192.0.2.7:5066]", IN, 0, 400, SV_MALFORMED, "192.0.2.7:5066", "", "", "" },
	{ "kamailio", "ERROR: <script>: Malformed SIP request from 192.0.2.7:5066", IN, 0, 400, SV_MALFORMED, "192.0.2.7:5066", "", "", "" },
	{ "kamailio", "ERROR: <core> [core/parser/msg_parser.c:749]: parse_msg(): ERROR: parse_msg: message=<OPTIONS sip:h SIP/2.0>", 0, 0, -1, 0, "", "", "", "" },
	{ "kamailio", "ERROR: tls [tls_server.c:1213]: tls_h_read_f(): src addr: 192.0.2.7:40100", 0, 0, 0, SV_ERROR, "192.0.2.7:40100", "", "", "" },
	{ "kamailio", "INFO: registrar [save.c:321]: update_contacts(): too many contacts for AOR <1001> (n:4 max:4)", IN, SV_REGISTER, 503, SV_BLOCKED, "", "", "1001", "" },
	{ "opensips", "INFO:registrar:update_contacts: too many contacts for AOR <1001>, max=4", IN, SV_REGISTER, 503, SV_BLOCKED, "", "", "1001", "" },
	{ "kamailio", "ERROR: {1 1 INVITE c} sl [sl_funcs.c:414]: sl_reply_error(): stateless error reply used: Unresolvable destination (478/SL)", IN, SV_INVITE, 478, SV_CONGESTION, "", "", "", "" },
	{ "kamailio", "ERROR: {1 2 REGISTER c} auth_db [authorize.c:166]: get_ha1(): failed to query database", IN, SV_REGISTER, 0, SV_ERROR, "", "", "", "" },

	{ "kamailio", "ERROR: uac [uac_reg.c:1205]: uac_reg_tm_callback(): got sip response 403 while registering [carrier-a]", OUT, SV_REGISTER, 403, SV_FORBIDDEN, "", "carrier-a", "", "" },
	{ "kamailio", "ERROR: uac [uac_reg.c:1205]: uac_reg_tm_callback(): got sip response 401 while registering [carrier-a]", OUT, SV_REGISTER, 401, SV_REJECTED, "", "carrier-a", "", "" },
	{ "kamailio", "ERROR: uac [uac_reg.c:1100]: uac_reg_tm_callback(): authentication failed for <carrier-a>", OUT, SV_REGISTER, 0, SV_REJECTED, "", "carrier-a", "", "" },
	{ "opensips", "WARNING:uac_registrant:run_reg_tm_cback: Wrong credentials for [sip:1002@carrier.example.com]", OUT, SV_REGISTER, 0, SV_REJECTED, "", "1002@carrier.example.com", "", "" },
	{ "kamailio", "ERROR: <script>: Destination down: OPTIONS sip:gw1.example.com:5060 (sip:198.51.100.8:5060)", OUT, SV_OPTIONS, 0, SV_UNREACHABLE, "", "gw1.example.com:5060", "", "" },
	{ "kamailio", "ERROR: <script>: Destination up: OPTIONS sip:198.51.100.8:5060 ()", OUT, SV_OPTIONS, 0, SV_REACHABLE, "198.51.100.8:5060", "198.51.100.8:5060", "", "" },
	{ "opensips", "INFO:load_balancer:lb_probing_callback: disable destination 4 <sip:198.51.100.8:5060> after 503 reply on probe", OUT, SV_OPTIONS, 503, SV_UNREACHABLE, "", "198.51.100.8:5060", "", "" },

	/* engines */
	{ "kamailio", " 1(18692) NOTICE: {1 2 REGISTER c} <script>: Auth_error for 1001@h from 192.0.2.7 cause -2", IN, SV_REGISTER, 401, SV_REJECTED, "192.0.2.7", "", "1001", "" },
	{ "kamailio", "(2729) NOTICE: {1 2 REGISTER c} <script>: Auth_error for 1001@h from 192.0.2.7 cause -2", IN, SV_REGISTER, 401, SV_REJECTED, "192.0.2.7", "", "1001", "" },
	{ "kamailio", "{ \"level\": \"NOTICE\", \"module\": \"xlog\", \"file\": \"xlog.c\", \"line\": 282, \"function\": \"\", \"callid\": \"c\"1 x@y\", \"logprefix\": \"{1 2 REGISTER c\"1 x@y} \", \"message\": \"Auth_error for 1001@h from 192.0.2.7 cause -2\" }", IN, SV_REGISTER, 401, SV_REJECTED, "192.0.2.7", "", "1001", "" },
	{ "kamailio", "{ \"kamailio.level\": \"NOTICE\", \"kamailio.module\": \"xlog\", \"kamailio.file\": \"xlog.c\", \"kamailio.line\": 282, \"kamailio.function\": \"\"\", \"kamailio.logprefix\": \"{1 2 REGISTER c} \", \"kamailio.message\": \"Auth_error for 1001@h from 192.0.2.7 cause -2\\n\" }", IN, SV_REGISTER, 401, SV_REJECTED, "192.0.2.7", "", "1001", "" },
	{ "kamailio", "{\"time\":\"2026-11-27T15:26:28.102393031Z\",\"proc\":{\"id\":\"21210\",\"tid\":139829501466432},\"pri\":\"NOTICE\",\"subsys\":\"xlog\",\"file\":{\"name\":\"xlog.c\",\"line\":282},\"native\":{\"function\":\"\"},\"msg\":\"Auth_error for 1001@h from 192.0.2.7 cause -2\",\"pname\":\"kamailio\",\"appname\":\"kamailio\",\"hostname\":\"vm\"}", IN, 0, 401, SV_REJECTED, "192.0.2.7", "", "1001", "" },
	{ "kamailio", "{ \"idx\": 1, \"pid\": 20800, \"level\": \"NOTICE\", \"module\": \"acc\", \"file\": \"acc.c\", \"line\": 287, \"function\": \"acc_log_request\", \"callid\": \"1-5@192.0.2.4\", \"logprefix\": \"{1 1 INVITE 1-5@192.0.2.4} \", \"message\": \"ACC: call missed: " ATTRIBUTES "404;reason=Not Found" EXTRAS "\" }", IN, SV_INVITE, 404, SV_NOTFOUND, "192.0.2.4", "", "1002", "1031" },
	{ "opensips", "{\"time\": \"Nov 22 19:32:56\", \"pid\": 4804, \"level\": \"NOTICE\", \"message\": \"Auth_error for 1001@h from 192.0.2.7 cause -2\\n\"}", IN, 0, 401, SV_REJECTED, "192.0.2.7", "", "1001", "" },
	{ "opensips", "@cee: {\"time\": \"Nov 22 19:32:56\", \"proc\": {\"id\": \"4804\"}, \"pri\": \"ERROR\", \"subsys\": \"core\", \"native\": {\"function\": \"receive_msg\"}, \"msg\": \"Unable to parse msg received from [192.0.2.7:5066]\\n\", \"pname\": \"opensips\", \"hostname\": \"sbc1\"}", IN, 0, 400, SV_MALFORMED, "192.0.2.7:5066", "", "", "" },
	{ "opensips", "{\"time\": \"Nov 22 19:32:56\", \"proc\": {\"id\": \"4804\"}, \"msg\": \"Auth_error for 1001@h from 192.0.2.7 cause -2\\n\"}", IN, 0, 401, SV_REJECTED, "192.0.2.7", "", "1001", "" },
	{ "opensips", "{\"time\": \"Nov 22 19:32:56\", \"pid\": 4804, \"message\": \"Auth_error for 1001@h from 192.0.2.7 cause -2\\n\"}", IN, 0, 401, SV_REJECTED, "192.0.2.7", "", "1001", "" },
	{ "kamailio", "ERROR: {1 2 REGISTER c} <core> [core/kemi.c:176]: sr_kemi_core_log(): Auth_error for 1022@h from 192.0.2.22 cause -2", IN, SV_REGISTER, 401, SV_REJECTED, "192.0.2.22", "", "1022", "" },
	{ "opensips", "[4804] NOTICE:Auth_error for 1022@h from 192.0.2.22 cause -2", IN, 0, 401, SV_REJECTED, "192.0.2.22", "", "1022", "" },
	{ "opensips", "Nov 22 19:32:56 [4804] NOTICE:Auth_error for 1022@h from 192.0.2.22 cause -2", IN, 0, 401, SV_REJECTED, "192.0.2.22", "", "1022", "" },
	{ "kamailio", " NOTICE: <script>: Auth_error for 1022@h from 192.0.2.22 cause -2", IN, 0, 401, SV_REJECTED, "192.0.2.22", "", "1022", "" },
	{ "kamailio", "NOTICE: [1-4@h][M=REGISTER-1] <script>: Auth_error for 1022@h from 192.0.2.22 cause -2", IN, 0, 401, SV_REJECTED, "192.0.2.22", "", "1022", "" },
	{ "opensips", "{\"time\": \"Nov 22 19:32:56\", \"pid\": 4804, \"level\": \"ERROR\", \"module\": \"core\", \"function\": \"receive_msg\", \"message\": \"Unable to parse msg received from [192.0.2.7:5066]\\n\"}", IN, 0, 400, SV_MALFORMED, "192.0.2.7:5066", "", "", "" },
};
/* clang-format on */

Test(kamailio, lines)
{
	for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++) {
		const struct says *want = &lines[i];
		struct rig rig;
		rig_open(&rig, want->dialect);
		rig_line(&rig, want->text);
		rig_close(&rig);
		if (want->code < 0) {
			cr_expect_eq(rig.n, 0, "%s: tells something", want->text);
			continue;
		}
		cr_expect_eq(rig.n, 1, "%s: %u events", want->text, rig.n);
		const struct rig_event *got = &rig.seen[0];
		cr_expect_eq(got->e.leg, want->leg, "%s: leg", want->text);
		cr_expect_eq(got->e.method, want->method, "%s: %s", want->text,
			     method_name(got->e.method));
		cr_expect_eq(got->e.code, want->code, "%s: %d", want->text,
			     got->e.code);
		cr_expect_eq(got->e.outcome, want->outcome, "%s: %s", want->text,
			     outcome_name(got->e.outcome));
		cr_expect_str_eq(got->ip, want->ip, "%s: %s", want->text, got->ip);
		cr_expect_str_eq(got->peer, want->peer, "%s: %s", want->text,
				 got->peer);
		cr_expect_str_eq(got->user, want->user, "%s: %s", want->text,
				 got->user);
		cr_expect_str_eq(got->dst, want->dst, "%s: %s", want->text, got->dst);
	}
}

/** The dialect is found by the text alone where there is no identifier. */
Test(kamailio, found_by_content)
{
	for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++) {
		const struct says *want = &lines[i];
		struct rig rig;
		/* without a mark of the program nothing tells whose line it is */
		if (want->code < 0 || strstr(want->text, "NOTICE: Auth_error"))
			continue;
		rig_open(&rig, NULL);
		rig_line(&rig, want->text);
		rig_close(&rig);
		cr_expect_eq(rig.n, 1, "%s: %u events", want->text, rig.n);
		cr_expect(str_eq(rig.seen[0].e.pbx, str_of(want->dialect)),
			  "%s: read as another one", want->text);
	}
}

Test(kamailio, behind_syslog_headers)
{
	static const char *const headers[] = {
		"Nov 22 18:44:22 sbc1 /usr/sbin/kamailio[310]: ",
		"2026-11-22T18:44:24.715143+00:00 sbc1 /usr/sbin/kamailio[317]: ",
		"<134>1 2026-11-22T18:44:24.715370+00:00 sbc1 - 318 - -  ",
		"Mon Nov 23 10:00:01 2026 local0.err /usr/sbin/kamailio[77]: ",
		"Nov 22 18:44:22 sbc1 /usr/local/kamailio/sbin/kamailio[310]: ",
		"kamailio-1  |  0(1825) ",
		"",
	};

	for (size_t i = 0; i < sizeof(headers) / sizeof(headers[0]); i++) {
		char text[512];
		struct rig rig;
		snprintf(text, sizeof(text),
			 "%sNOTICE: {1 2 REGISTER c} <script>: Auth_error for 1022@h "
			 "from 192.0.2.22 cause -2",
			 headers[i]);
		rig_open(&rig, NULL);
		for (int k = 0; k < 5; k++)
			rig_line(&rig, text);
		rig_close(&rig);
		cr_expect_eq(rig.n, 5, "%s: %u events", headers[i], rig.n);
		for (int k = 0; k < 5; k++) {
			cr_expect_str_eq(rig.seen[k].ip, "192.0.2.22", "%s",
					 headers[i]);
			cr_expect_eq(rig.seen[k].e.attribution, SV_ATTRIBUTION_CERTAIN,
				     "%s", headers[i]);
		}
	}
}

Test(kamailio, repeated_by_syslog)
{
	struct rig rig;

	rig_open(&rig, NULL);
	rig_line(&rig,
		 "Nov 22 18:44:22 sbc1 /usr/sbin/opensips[310]: message repeated "
		 "9 times: [ NOTICE:Auth_error for 1@h from 192.0.2.22 cause -2]");
	rig_close(&rig);
	cr_assert_eq(rig.n, 1);
	cr_expect_eq(rig.seen[0].e.count, 9);
	cr_expect_str_eq(rig.seen[0].ip, "192.0.2.22");
}

/** pike says it once, the script for each request it drops. */
Test(kamailio, a_block_is_told_once)
{
	static const char *const texts[] = {
		"WARNING: pike [pike_funcs.c:135]: pike_check_ipaddr(): PIKE - "
		"BLOCKing "
		"ip 192.0.2.23, node=0x7fab323b1df8",
		"ALERT: <script>: ALERT: pike blocking INVITE from sip:1@h "
		"(IP:192.0.2.23:5060)",
		"ALERT: <script>: ALERT: pike blocking ACK from sip:1@h "
		"(IP:192.0.2.23:5060)",
		"ALERT: <script>: ALERT: pike blocking ACK from sip:1@h "
		"(IP:192.0.2.24:5060)",
		"WARNING: pike [pike_funcs.c:315]: refresh_node(): PIKE - UNBLOCKing "
		"node 0x7fab323b1df8",
		"WARNING: pike [pike_funcs.c:135]: pike_check_ipaddr(): PIKE - "
		"BLOCKing "
		"ip 192.0.2.23, node=0x7fab323b1df8",
	};
	unsigned told = 0;
	struct rig rig;

	rig_open(&rig, "kamailio");
	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
		rig_line(&rig, texts[i]);
	rig_close(&rig);
	cr_assert_eq(rig.n, 5);
	for (unsigned i = 0; i < rig.n; i++)
		told += rig.seen[i].e.hint.tell == SV_TELL_ATTEMPT;
	cr_expect_eq(told, 3, "%u", told);
}

/** "call missed" and "transaction answered" are one transaction; the next call with this
 *  Call-ID is another one. */
Test(kamailio, a_missed_call_ends_once)
{
	static const char missed[] = "NOTICE: " ACC "call missed: " ATTRIBUTES
				     "503;reason=Service Unavailable" EXTRAS;
	static const char answered[] =
		"NOTICE: " ACC "transaction answered: " ATTRIBUTES
		"500;reason=Server Internal Error" EXTRAS;
	static const enum sv_tell tells[] = { SV_TELL_ATTEMPT, SV_TELL_DETAIL,
					      SV_TELL_ATTEMPT, SV_TELL_DETAIL,
					      SV_TELL_ATTEMPT };
	struct rig rig;

	rig_open(&rig, "kamailio");
	for (int i = 0; i < 2; i++) {
		rig_line(&rig, missed);
		rig_line(&rig, answered);
	}
	rig_line(&rig, answered);
	rig_close(&rig);
	cr_assert_eq(rig.n, 5);
	for (unsigned i = 0; i < rig.n; i++)
		cr_expect_eq(rig.seen[i].e.hint.tell, tells[i], "line %u", i);
}

/** A user agent that looks like an attribute changes nothing. */
Test(kamailio, a_value_with_a_separator)
{
	static const char line[] = "NOTICE: " ACC "call missed: " ATTRIBUTES
				   "486;reason=Busy Here;src_ip=192.0.2.4;ua=Phone%s";
	struct rig rig;

	rig_open(&rig, "kamailio");
	for (int i = 0; i < 62; i++) {
		char text[400];
		snprintf(text, sizeof(text), line, i % 3 == 2 ? ";x=1" : "");
		rig_line(&rig, text);
	}
	rig_close(&rig);
	cr_assert_eq(rig.n, 62);
	for (int i = 0; i < 62; i++)
		cr_expect_str_eq(rig.seen[i].ip, "192.0.2.4", "line %d", i);
	cr_expect_eq(rig.seen[61].e.attribution, SV_ATTRIBUTION_CERTAIN);
}

/** Extras of one's own: sure when the log has shown them often enough. */
Test(kamailio, the_list_of_extras_is_learned)
{
	static const char *const orders[] = {
		"NOTICE: " ACC "call missed: " ATTRIBUTES
		"486;reason=Busy Here;ua=x;caller_ip=192.0.2.4;src_port=5060;cdr=7",
		"NOTICE: " ACC "call missed: " ATTRIBUTES "486;reason=Busy Here",
	};
	struct rig rig;

	rig_open(&rig, "kamailio");
	for (int i = 0; i < 60; i++)
		rig_line(&rig, orders[0]);
	rig_line(&rig, orders[1]);
	rig_close(&rig);
	cr_assert_eq(rig.n, 61);
	cr_expect_str_eq(rig.seen[0].ip, "192.0.2.4:5060");
	cr_expect_eq(rig.seen[0].e.attribution, SV_ATTRIBUTION_FORGEABLE);
	cr_expect_str_eq(rig.seen[59].ip, "192.0.2.4:5060");
	cr_expect_eq(rig.seen[59].e.attribution, SV_ATTRIBUTION_CERTAIN);
	cr_expect_str_eq(rig.seen[60].ip, "", "%s", rig.seen[60].ip);
}
