/* SPDX-License-Identifier: Apache-2.0 */
/* Lines of Cisco, AudioCodes and Oracle boxes, one by one: what each says, and who is
 * named. They are the lines of documents, with addresses of documents. */
#include "rig.h"

#define IN SV_LEG_IN
#define OUT SV_LEG_OUT
#define HISTORY "%VOIPAAA-5-VOIP_CALL_HISTORY: CallLegType "
#define SETUP                                                                         \
	", ConnectionId 47E6A341 AE7F11E4 8651D7CF EDD18D28, SetupTime 23:10:41.867 " \
	"EST Sat Feb 7 2015, PeerAddress "
#define TIMES(connect, end)                                                 \
	", ConnectTime " connect " EST Sat Feb 7 2015, DisconnectTime " end \
	" EST Sat Feb 7 2015"
#define TAIL(origin)                                                               \
	", CallOrigin " origin ", ChargedUnits 0, InfoType 2, TransmitPackets 0, " \
	"TransmitBytes 0, ReceivePackets 0, ReceiveBytes 0"
#define NEVER TIMES("23:10:45.137", "23:10:45.137")
#define CM "%UC_CALLMANAGER-"

/* clang-format off */
static const struct says {
	const char *dialect, *text;
	enum sv_leg leg;
	enum sv_method method;
	int code;
	enum sv_outcome outcome;
	int q850;
	const char *ip, *peer, *user, *dst;
} lines[] = {
	/* envelopes */
	{ "cisco", "Jul 26 09:39:54.058: %VOICE_IEC-3-GW: Application Framework Core: Internal Error (Toll fraud call rejected): IEC=1.1.228.3.31.0 on callID 110641 GUID=A690F976527511E681C3C621059668F7", IN, SV_INVITE, 0, SV_ACL, 0, "", "", "", "" },
	{ "cisco", "1190852: Jul 26 09:39:54.058: %VOICE_IEC-3-GW: Application Framework Core: Internal Error (Toll fraud call rejected): IEC=1.1.228.3.31.0 on callID 110641 GUID=A690F976527511E681C3C621059668F7", IN, SV_INVITE, 0, SV_ACL, 0, "", "", "", "" },
	{ "cisco", "10.1.1.1 *Mar  1 18:46:11.123: %SIP-5-DIALPEER_STATUS: VoIP dial-Peer 100 is Busied out", OUT, SV_OPTIONS, 0, SV_UNREACHABLE, 0, "", "100", "", "" },
	{ "cisco", "123: gw1: .Mar  1 2015 18:46:11.123 EST: %SIP-5-DIALPEER_STATUS: VoIP dial-Peer 100 is Up", OUT, SV_OPTIONS, 0, SV_REACHABLE, 0, "", "100", "", "" },
	{ "cisco", "00:12:41: %SIP-5-DIALPEER_STATUS: VoIP dial-Peer 100 is Up", OUT, SV_OPTIONS, 0, SV_REACHABLE, 0, "", "100", "", "" },
	{ "cisco", "1w0d: %SIP-5-DIALPEER_STATUS: VoIP dial-Peer 100 is Up", OUT, SV_OPTIONS, 0, SV_REACHABLE, 0, "", "100", "", "" },
	{ "cisco", "%SIP-5-DIALPEER_STATUS: VoIP dial-Peer 100 is Up", OUT, SV_OPTIONS, 0, SV_REACHABLE, 0, "", "100", "", "" },
	{ "cisco", "123: *Mar  1 18:46:11.123: %SYS-5-CONFIG_I: Configured from console by vty0", 0, 0, -1, 0, 0, "", "", "", "" },
	{ "cisco", "Invalid user %SIP-5-DIALPEER_STATUS: VoIP dial-Peer 100 is Busied out", 0, 0, -1, 0, 0, "", "", "", "" },
	{ "cisco", "Jul 26 09:39:54.058: user said %SIP-5-DIALPEER_STATUS: VoIP dial-Peer 100 is Busied out", 0, 0, -1, 0, 0, "", "", "", "" },

	{ "cisco", "*Mar  9 20:53:01.225: %VOICE_IEC-3-GW: SIP: Internal Error (DNS query fail): IEC=10.1.128.7.47.0 on callID 6 GUID=37B668DF044111E7A950D832C82B325C", 0, SV_INVITE, 0, SV_CONGESTION, 0, "", "", "", "" },
	{ "cisco", "%VOICE_IEC-3-GW: C SCRIPTS: Internal Error (Low memory): IEC=1.1.181.11.4.0 on callID 1GUID=00000000000000000000000000000000", 0, SV_INVITE, 0, SV_CONGESTION, 0, "", "", "", "" },
	{ "cisco", "%VOICE_IEC-3-GW: CCAPI: Internal Error (x): IEC=1.1.47.3.31.0 on callID 1 GUID=00000000000000000000000000000001", 0, SV_INVITE, 0, SV_CONGESTION, 47, "", "", "", "" },
	{ "cisco", "Oct  5 19:01:02.604: %SIP-3-MAXCONNCAC: Call rejected due to CAC based on maximum number of connections on dial-peer 1, sent response 503", IN, SV_INVITE, 503, SV_CONGESTION, 0, "", "1", "", "" },

	/* call history: the cause is hexadecimal */
	{ "cisco", "Feb  7 23:10:45.137: " HISTORY "2" SETUP "mhawkins, PeerSubAddress , DisconnectCause AC  , DisconnectText dsp error (172)" NEVER TAIL("2"), IN, SV_INVITE, 0, SV_ERROR, 0, "", "", "mhawkins", "" },
	{ "cisco", HISTORY "2" SETUP "510, PeerSubAddress , DisconnectCause 11  , DisconnectText user busy (17)" NEVER TAIL("1"), OUT, SV_INVITE, 0, SV_BUSY, 17, "", "", "", "510" },
	{ "cisco", HISTORY "2" SETUP "510, PeerSubAddress , DisconnectCause 22  , DisconnectText no circuit (34)" NEVER TAIL("1"), OUT, SV_INVITE, 0, SV_CONGESTION, 34, "", "", "", "510" },
	{ "cisco", HISTORY "2" SETUP "510, PeerSubAddress , DisconnectCause 10  , DisconnectText normal call clearing (16)" TIMES("23:10:45.137", "23:11:02.000") TAIL("1"), OUT, SV_INVITE, 0, SV_OK, 16, "", "", "", "510" },
	{ "cisco", HISTORY "2" SETUP "510, PeerSubAddress , DisconnectCause 10  , DisconnectText normal call clearing (16)" NEVER TAIL("1"), OUT, SV_INVITE, 0, SV_CANCELED, 16, "", "", "", "510" },
	{ "cisco", HISTORY "1" SETUP "510, PeerSubAddress , DisconnectCause 11  , DisconnectText user busy (17)" NEVER TAIL("1"), 0, 0, -1, 0, 0, "", "", "", "" },
	{ "cisco", HISTORY "2" SETUP "510, PeerSubAddress , DisconnectCause 11  ", 0, 0, -1, 0, 0, "", "", "", "" },

	/* Communications Manager */
	{ "cisco", "573: Jun 14 11:57:27 PM.685 UTC :  %UC_LOGIN-4-AuthenticationFailed: %[Login Date/Time=06/15/2018 at 09:57:27][Login IP Address/Hostname=192.0.2.16][Login Interface=cucm-uds][Login UserID=POBAR][App ID=Cisco Tomcat][Cluster ID=][Node ID=pub]: Login Authentication failed.", IN, 0, 0, SV_REJECTED, 0, "192.0.2.16", "", "POBAR", "" },
	{ "cisco", "41679: ucm.example.com Jul 02 2015 06:22:31 UTC :   " CM "3-EndPointUnregistered: %[DeviceName=SEPE0D1730A8137][IPAddress=192.0.2.21][Protocol=SIP][DeviceType=592][Description=Phone][Reason=13][IPAddrAttributes=0][LastSignalReceived=SIPStationDPrimaryLineTimeout][AppID=Cisco CallManager]: An endpoint has unregistered", IN, SV_REGISTER, 0, SV_UNREGISTERED, 0, "192.0.2.21", "SEPE0D1730A8137", "", "" },
	{ "cisco", "ucm1 local7 3 : 41679: ucm1.example.com Jul 02 2015 06:22:31 UTC :   " CM "5-EndPointRegistered: %[DeviceName=SEPE0D1730A8137][IPAddress=192.0.2.21][Protocol=SIP]: x", IN, SV_REGISTER, 0, SV_REGISTERED, 0, "192.0.2.21", "SEPE0D1730A8137", "", "" },
	{ "cisco", "1: user " CM "4-SuspiciousIPAddress: %[PortNumber=5060][Address=192.0.2.66]: x", 0, 0, -1, 0, 0, "", "", "", "" },
	{ "cisco", CM "6-EndPointUnregistered: %[DeviceName=SEPE0D1730A8137][IPAddress=192.0.2.21][Protocol=SIP][Reason=9]: An endpoint has unregistered", 0, 0, -1, 0, 0, "", "", "", "" },
	{ "cisco", CM "3-EndPointUnregistered: %[DeviceName=SEPE0D1730A8137][IPAddress=192.0.2.21][Protocol=SCCP][Reason=13]: An endpoint has unregistered", 0, 0, -1, 0, 0, "", "", "", "" },
	{ "cisco", CM "3-EndPointTransientConnection: %[ConnectingPort=5060][DeviceName=SEP1][IPAddress=192.0.2.21][Protocol=SIP][Reason=6]: x", IN, SV_REGISTER, 0, SV_ABANDONED, 0, "192.0.2.21", "", "SEP1", "" },
	{ "cisco", CM "4-SuspiciousIPAddress: %[PortNumber=5060][Address=192.0.2.66][AppID=Cisco CallManager]: Unified CM has identified suspicious connection attempts from an IP address.", IN, 0, 0, SV_BLOCKED, 0, "192.0.2.66", "", "", "" },
	{ "cisco", CM "3-SIPTrunkOOS: %[SIP Trunk Name=carrier-a][Unavailable remote peers with Reason Code=sip.example.com 192.0.2.9:5060 Remote=503;][AppID=Cisco CallManager]: x", OUT, SV_OPTIONS, 503, SV_UNREACHABLE, 0, "192.0.2.9:5060", "carrier-a", "", "" },
	{ "cisco", CM "3-SIPTrunkOOS: %[DeviceName=carrier-a][UnavailableRemotePeersWithReasonCode=a 192.0.2.9:5060 Remote=503;b 192.0.2.10:5060 Local=1;]: x", OUT, SV_OPTIONS, 0, SV_UNREACHABLE, 0, "", "carrier-a", "", "" },
	{ "cisco", CM "4-SIPTrunkPartiallyISV: %[DeviceName=carrier-a][UnavailableRemotePeersWithReasonCode=a, 192.0.2.9:5060, Remote = 408;]: x", OUT, SV_OPTIONS, 408, SV_UNREACHABLE, 0, "192.0.2.9:5060", "", "", "" },
	{ "cisco", CM "5-SIPTrunkISV: %[DeviceName=carrier-a]: x", OUT, SV_OPTIONS, 0, SV_REACHABLE, 0, "", "carrier-a", "", "" },
	{ "cisco", "Sep 05 17:07:28.530 UTC : %UC_RTMT-2-RTMT_ALERT: %[AlertName=PEIDSQueryError][AlertDetail=#012x#012][AppID=Cisco AMC Service]: RTMT Alert", 0, 0, -1, 0, 0, "", "", "", "" },

	/* AudioCodes */
	{ "audiocodes", "[S=1718547] [SID=b9027c:24:198171]  (N  6891937) RAISE-ALARM: acIDSPolicyAlarm; Textual Description: Major threshold (3) cross. Policy: My Policy (3), Rule: Malformed messages, Last event: SIP parser error, Source: 192.0.2.111:62990udp, SIP Interface: SIPInterface_0 (0).; Severity major; Source x; Unique ID: 1  [Time:19-12@12:45:02.514]", IN, 0, 0, SV_MALFORMED, 0, "192.0.2.111:62990", "", "", "" },
	{ "audiocodes", "[S=1] [BID=b9027c:24] RAISE-ALARM:acIDSPolicyAlarm: Minor threshold (10) cross. Policy: p (0), Rule: Authentication failure, Last event: auth-establish-fail, Source: 2001:db8::7, SIP Interface: SIPInterface_0 (0).; Severity minor", IN, 0, 0, SV_REJECTED, 0, "2001:db8::7", "", "", "" },
	{ "audiocodes", "[S=1] [BID=b9027c:24] RAISE-ALARM: acIDSThresholdCrossNotification; Textual Description: Threshold crossed for scope value 192.0.2.110(NI:0). Severity=minor. Current value=7; Severity minor", IN, 0, 0, SV_REFUSED, 0, "192.0.2.110", "", "", "" },
	{ "audiocodes", "[S=1] [BID=b9027c:24] SEND-EVENT: acIDSBlacklistNotification; Textual Description: Added IP 192.0.2.110 to blacklist; Severity indeterminate", IN, 0, 0, SV_BLOCKED, 0, "192.0.2.110", "", "", "" },
	{ "audiocodes", "[S=1] [BID=b9027c:24] SEND-EVENT: acIDSBlacklistNotification; Textual Description: Removed IP 192.0.2.110 from blacklist; Severity indeterminate", 0, 0, -1, 0, 0, "", "", "", "" },
	{ "audiocodes", "[S=1] [BID=b9027c:24] CLEAR-ALARM: acIDSPolicyAlarm; Textual Description: Major threshold (3) cross. Policy: p (0), Rule: r, Last event: e, Source: 192.0.2.1:5060udp, SIP Interface: i (0).", 0, 0, -1, 0, 0, "", "", "", "" },
	{ "audiocodes", "[S=1] [SID=b9027c:24:1]  (N  9) ?? [WARNING] establish-classify-fail", IN, 0, 0, SV_ACL, 0, "", "", "", "" },
	{ "audiocodes", "[S=1] [SID:1034099026] (lgr_flow)(620) !! [ERROR] IDS: auth-establish-fail", IN, 0, 0, SV_REJECTED, 0, "", "", "", "" },
	{ "audiocodes", "14:32:52.062: 192.0.2.70: WARNING: [S=9399] [BID=2ed1c8:96] invalid Physical index", 0, 0, -1, 0, 0, "", "", "", "" },
	{ "audiocodes", "2023-03-06 08:40:00 local0.warning 192.0.2.10  [S=40600129][BID=cd91eb:43] IDS malformed-parse-error [Time:06-03@08:40:45.035]", IN, 0, 0, SV_MALFORMED, 0, "", "", "", "" },
	{ "audiocodes", "Invalid user x [S=1] [SID=b9027c:24:1] auth-establish-fail", 0, 0, -1, 0, 0, "", "", "", "" },

	/* Oracle */
	{ "oracle", "172.41.3.41 CSE-4500-6 sipd[2dcc32a4] ERROR [IDS_LOG] SigAddr[access:192.0.2.120:0=low:DENY] ttl=86400 exp=30 Demoted to BLock-List (Too many messages) last msg rcvd=REGISTER sip:h SIP/2.0", IN, SV_REGISTER, 0, SV_BLOCKED, 0, "192.0.2.120", "", "", "" },
	{ "oracle", "sipd[2dcc32a4]: ERROR [IDS_LOG] SigAddr[access:2001:db8::5:5061=low:DENY] ttl=86400 exp=30 Demoted to Black-List (Too many errors) last msg rcvd=SIP/2.0 200 OK", IN, 0, 0, SV_BLOCKED, 0, "2001:db8::5:5061", "", "", "" },
	{ "oracle", "CSE-4500-6 sipd[2dcc32a4] ERROR Via: SIP/2.0/UDP 192.0.2.144:20928;branch=z9hG4bKdeadb33f", 0, 0, -1, 0, 0, "", "", "", "" },
	{ "oracle", "deimos sipd[205bfee4] ERROR [IDS_LOG]INVITE from source 192.0.2.100:5060 to dest 198.51.100.13:5060[UDP] realm=net172; From=sipp <sip:sipp@192.0.2.100:5060>;tag=13890SIPpTag001; target=sip:service@198.51.100.13:5060 rejected!; status=483 (Too Many Hops)", IN, SV_INVITE, 483, SV_LOOP, 0, "192.0.2.100:5060", "", "sipp", "service" },
	{ "oracle", "deimos sipd[2065ace8] ERROR [IDS_LOG]INVITE from source 192.0.2.5:5060 to dest 198.51.100.13:5060[TCP] realm=net172; From=sipp <sip:sipp@192.0.2.5:5060>;tag=1; target=sip:service@h rejected!; status=488 (sdp-address-mismatch); error=sdp address mismatch", IN, SV_INVITE, 488, SV_MEDIA, 0, "192.0.2.5:5060", "", "sipp", "service" },
	{ "oracle", "May 22 14:40:39.033 sipd@: IDS[64] [IDS_LOG]INVITE from source 192.0.2.1:5060 to dest 198.51.100.50:5060[UDP] realm=access; status=400 (Invalid/Missing Via Header)", IN, SV_INVITE, 400, SV_MALFORMED, 0, "192.0.2.1:5060", "", "", "" },
	{ "oracle", "Apr 11 11:26:27.603 sipd@CSE-4500-6: IDS[64] [IDS_LOG]INVITE from source 192.0.2.3:5060 to dest 198.51.100.2:5060[UDP] realm=access; From=sipp; status=403 (Forbidden)", IN, SV_INVITE, 403, SV_FORBIDDEN, 0, "192.0.2.3:5060", "", "sipp", "" },
	{ "oracle", "Mar 20 10:27:24.119 acliConsole@: AUTH[53] authenticate_locally: Authentication failed for user admin", IN, 0, 0, SV_REJECTED, 0, "", "", "admin", "" },
	{ "oracle", "CSE-4500-20 acliConsole[31ac9b6c] AUTH authenticate_locally: Authentication failed for user admin", IN, 0, 0, SV_REJECTED, 0, "", "", "admin", "" },
	{ "oracle", "Jun 16 15:26:02.800 [MINOR] (0) loginLocal:[0:2801] user: admin failed to log in to console", 0, 0, -1, 0, 0, "", "", "", "" },
};
/* clang-format on */

static void
check_line(const struct says *want, const char *dialect)
{
	struct rig rig;

	rig_open(&rig, dialect);
	rig_line(&rig, want->text);
	rig_close(&rig);
	if (want->code < 0) {
		cr_expect_eq(rig.n, 0, "%s: tells something", want->text);
		return;
	}
	cr_expect_eq(rig.n, 1, "%s: %u events", want->text, rig.n);
	const struct rig_event *got = &rig.seen[0];
	cr_expect_eq(got->e.leg, want->leg, "%s: leg", want->text);
	cr_expect_eq(got->e.method, want->method, "%s: %s", want->text,
		     method_name(got->e.method));
	cr_expect_eq(got->e.code, want->code, "%s: %d", want->text, got->e.code);
	cr_expect_eq(got->e.outcome, want->outcome, "%s: %s", want->text,
		     outcome_name(got->e.outcome));
	cr_expect_eq(got->e.q850, want->q850, "%s: %d", want->text, got->e.q850);
	cr_expect_str_eq(got->ip, want->ip, "%s: %s", want->text, got->ip);
	cr_expect_str_eq(got->peer, want->peer, "%s: %s", want->text, got->peer);
	cr_expect_str_eq(got->user, want->user, "%s: %s", want->text, got->user);
	cr_expect_str_eq(got->dst, want->dst, "%s: %s", want->text, got->dst);
}

Test(boxes, lines)
{
	for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++)
		check_line(&lines[i], lines[i].dialect);
}

Test(boxes, are_found_by_their_lines)
{
	for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++)
		check_line(&lines[i], NULL);
}

/* As rsyslog writes what such a box sends: its date and the sender's address in front. */
Test(boxes, are_found_in_the_file_of_a_syslog_server)
{
	for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++) {
		char text[2048];
		struct says want = lines[i];
		snprintf(text, sizeof(text),
			 "2026-11-22T10:00:01.000000+00:00 192.0.2.250 %s", want.text);
		want.text = text;
		check_line(&want, NULL);
	}
}

/* ---- call detail records ---- */

#define TITLES                                                                    \
	"[S=40] |SBCReportType  |EPTyp |SIPCallId |SessionId |Orig |SourceIp "    \
	"|SourcePort |DestIp |DestPort |TransportType |SrcURI |SrcURIBeforeMap "  \
	"|DstURI |DstURIBeforeMap |Durat |TrmSd |TrmReason |TrmReasonCategory "   \
	"|SetupTime |ConnectTime |ReleaseTime |RedirectReason |RedirectURINum "   \
	"|RedirectURINumBeforeMap |TxSigIPDiffServ|IPGroup (name) |SrdId (name) " \
	"|SIPInterfaceId |ProxySetId |IpProfileId (name) |MediaRealmId (name) "   \
	"|DirectMedia |SIPTrmReason |SIPTermDesc |Caller |Callee"
#define ROW(type, id, origin, reason, about)                                           \
	"[S=41] |" type " |SBC |" id " |c62532:22:625 |" origin                        \
	" |192.0.2.11 |5060 |192.0.2.12 |5070 |TCP |33001@h |33001@h |2001@h |2001@h " \
	"|0 |RMT |GWAPP_NORMAL_CALL_CLEAR |NO_ANSWER |06:13:54.950 UTC Thu Mar 02 "    \
	"2012 | |06:14:01.175 UTC Thu Mar 02 2012 |-1 | | |40 |carrier-b |0 (SRD) |2 " \
	"|3 |0 () |0 (lanmedia) |no |" reason " |" about " | |"

Test(boxes, a_call_detail_record_is_read_by_its_titles)
{
	struct rig rig;

	rig_open(&rig, NULL);
	rig_line(&rig, TITLES);
	rig_line(&rig, ROW("CALL_START", "1@h", "RMT", "", ""));
	rig_line(&rig, ROW("CALL_END", "1@h", "RMT", "404", "404 Not Found"));
	rig_line(&rig,
		 ROW("CALL_END", "2@h", "LCL", "503", "Q.850 ;cause=34 ;text=\"x\""));
	rig_line(&rig, ROW("CALL_END", "3@h", "LCL", "BYE", ""));
	rig_line(&rig, ROW("CALL_END", "4@h", "RMT", "CANCEL", ""));
	rig_line(&rig, ROW("CALL_END", "5@h", "RMT", "", ""));
	rig_line(&rig, ROW("CALL_END", "6@h", "LCL", "407", ""));
	rig_close(&rig);
	cr_assert_eq(rig.n, 5, "%u events", rig.n);
	for (unsigned i = 0; i < rig.n; i++)
		cr_expect_eq(rig.seen[i].e.attribution, SV_ATTRIBUTION_CERTAIN);
	cr_expect_str_eq(rig.seen[0].ip, "192.0.2.11:5060");
	cr_expect_eq(rig.seen[0].e.leg, IN);
	cr_expect_eq(rig.seen[0].e.outcome, SV_NOTFOUND);
	cr_expect_eq(rig.seen[0].e.transport, SV_TCP);
	cr_expect_str_eq(rig.seen[0].user, "33001");
	cr_expect_str_eq(rig.seen[0].dst, "2001");
	cr_expect_str_eq(rig.seen[0].call_id, "1@h");
	cr_expect_str_eq(rig.seen[0].peer, "");
	cr_expect_str_eq(rig.seen[1].ip, "192.0.2.12:5070");
	cr_expect_eq(rig.seen[1].e.leg, OUT);
	cr_expect_eq(rig.seen[1].e.outcome, SV_CONGESTION);
	cr_expect_eq(rig.seen[1].e.q850, 34);
	cr_expect_str_eq(rig.seen[1].peer, "carrier-b");
	cr_expect_eq(rig.seen[2].e.outcome, SV_OK);
	cr_expect_eq(rig.seen[3].e.outcome, SV_CANCELED);
	cr_expect_eq(rig.seen[4].e.outcome, SV_NOANSWER, "by its category");
}

Test(boxes, without_titles_a_call_detail_record_is_in_doubt)
{
	struct rig rig;

	rig_open(&rig, NULL);
	rig_line(&rig, ROW("CALL_END", "1@h", "RMT", "404", "404 Not Found"));
	rig_close(&rig);
	cr_assert_eq(rig.n, 1);
	cr_expect_str_eq(rig.seen[0].ip, "192.0.2.11:5060");
	cr_expect_eq(rig.seen[0].e.attribution, SV_ATTRIBUTION_FORGEABLE);
}

Test(boxes, titles_are_each_box_s_own)
{
	struct rig rig;

	rig_open(&rig, NULL);
	rig_line(&rig,
		 "2026-11-22T10:00:01.000000+00:00 192.0.2.250 [S=40] |SBCReportType "
		 "|EPTyp |Orig |SourceIp |DestIp |SIPTrmReason");
	rig_line(&rig,
		 "2026-11-22T10:00:02.000000+00:00 192.0.2.250 [S=41] |CALL_END |SBC "
		 "|RMT |192.0.2.11 |192.0.2.12 |486");
	rig_line(&rig,
		 "2026-11-22T10:00:02.000000+00:00 192.0.2.251 [S=41] |CALL_END |SBC "
		 "|RMT |192.0.2.11 |192.0.2.12 |486");
	rig_close(&rig);
	cr_assert_eq(rig.n, 1, "the other box may have other columns");
	cr_expect_eq(rig.seen[0].e.outcome, SV_BUSY);
	cr_expect_str_eq(rig.seen[0].host, "192.0.2.250");
}

/* ---- times ---- */

static double
seconds(const char *text)
{
	struct rig rig;

	rig_open(&rig, NULL);
	rig_line(&rig, text);
	rig_close(&rig);
	cr_assert_eq(rig.n, 1, "%s", text);
	return (double)rig.seen[0].e.time / (double)SV_USEC_PER_SEC;
}

#define PEER_UP "%SIP-5-DIALPEER_STATUS: VoIP dial-Peer 1 is Up"
#define BANNED "[S=1] [BID=b9027c:24] Added IP 192.0.2.1 to blacklist "

Test(boxes, times_are_the_box_s_own)
{
	/* 2026-11-20 UTC */
	cr_expect_float_eq(seconds("Nov 20 23:10:45.500: " PEER_UP), 1795216245.5,
			   1e-3);
	cr_expect_float_eq(seconds("Nov 20 23:10:45.500 UTC: " PEER_UP), 1795216245.5,
			   1e-3);
	cr_expect_float_eq(seconds("1: Nov 20 11:10:45 PM.500 UTC : " PEER_UP),
			   1795216245.5, 1e-3);
	cr_expect_float_eq(seconds("1: Nov 20 12:10:45 AM.500 UTC : " PEER_UP),
			   1795133445.5, 1e-3);
	cr_expect_float_eq(seconds("*Nov 20 23:10:45.500: " PEER_UP), 0, 1e-3,
			   "a clock that was never set");
	cr_expect_float_eq(seconds(BANNED "[Time:20-11@23:10:45.500]"), 1795216245.5,
			   1e-3);
}

/* ---- lines that belong together ---- */

Test(boxes, a_gateway_s_debug_output_is_skipped)
{
	static const char *const dump[] = {
		"Nov 20 23:10:45.500: " PEER_UP,
		"Nov 20 23:10:46.500: //-1/xxxxxxxxxxxx/SIP/Msg/ccsipDisplayMsg:",
		"Received: ",
		"INVITE sip:1@h SIP/2.0",
		"Via: SIP/2.0/UDP 192.0.2.1:5060",
		"",
		"Nov 20 23:10:47.500: "
		"//-1/xxxxxxxxxxxx/SIP/Error/sipSPISipIncomingMsg: Invalid "
		"method for (STATE_IDLE): BYE",
	};
	struct rig rig;

	rig_open(&rig, NULL);
	for (size_t i = 0; i < sizeof(dump) / sizeof(dump[0]); i++)
		cr_expect_neq(rig_line(&rig, dump[i]), SV_PARSE_FOREIGN, "%s", dump[i]);
	rig_close(&rig);
	cr_expect_eq(rig.n, 1);
}

#define SIP_HEAD(n)                                                           \
	"#012VIA: SIP/2.0/UDP h;branch=zq #012CALL-ID: q #012CSEQ: 1 INVITE " \
	"#012FROM: "                                                          \
	"<sip:1@h> #012TO: <sip:2@h> #012 #012 [Time:20-11@12:45:0" n ".514]"
#define BOX "192.0.2.250 [S="

Test(boxes, a_message_may_follow_its_banner_in_the_next_record)
{
	/* clang-format off */
	static const char *const records[] = {
		BOX "10] [SID=b9027c:24:1]  (N 1) ---- Incoming SIP Message from 192.0.2.7:5061 to SIPInterface #2 (T) TLS TO(#134) SocketID(200) ---- #012 [Time:20-11@12:45:01.514]",
		BOX "77] [SID=aaaaaa:24:1]  (N 1) ---- Incoming SIP Message from 192.0.2.99:5061 to SIPInterface #2 (T) TLS TO(#134) SocketID(200) ---- #012 [Time:20-11@12:45:01.514]",
		BOX "11] [SID=b9027c:24:1]  (N 2) INVITE sip:2@h SIP/2.0 " SIP_HEAD("2"),
		BOX "12] [SID=b9027c:24:1]  (N 3) other words#012(N 4) ---- Outgoing SIP Message to 192.0.2.7:5061 from SIPInterface #2 (T) TLS TO(#1) ---- #012SIP/2.0 486 Busy " SIP_HEAD("3"),
	};
	/* clang-format on */
	struct rig rig;

	rig_open(&rig, NULL);
	for (size_t i = 0; i < sizeof(records) / sizeof(records[0]); i++) {
		char text[1024];
		snprintf(text, sizeof(text), "2026-11-20T12:45:01.000000+00:00 %s",
			 records[i]);
		rig_line(&rig, text);
	}
	rig_close(&rig);
	cr_assert_eq(rig.n, 1, "%u events", rig.n);
	cr_expect_str_eq(rig.seen[0].ip, "192.0.2.7:5061");
	cr_expect_eq(rig.seen[0].e.leg, IN);
	cr_expect_eq(rig.seen[0].e.outcome, SV_BUSY);
	cr_expect_eq(rig.seen[0].e.attribution, SV_ATTRIBUTION_FORGEABLE);
}

Test(boxes, a_gateway_s_message_in_one_record)
{
	/* clang-format off */
	static const char *const records[] = {
		"1190: Nov 20 09:39:54.058: //-1/xxxxxxxxxxxx/SIP/Msg/ccsipDisplayMsg:#012Received: #012INVITE sip:2@h SIP/2.0#015#012Via: SIP/2.0/UDP h;branch=zq#015#012Call-ID: q#015#012CSeq: 1 INVITE#015#012#015#012",
		"1191: Nov 20 09:39:54.060: //-1/xxxxxxxxxxxx/SIP/Msg/ccsipDisplayMsg:#012Sent: #012SIP/2.0 404 Not Found#015#012Via: SIP/2.0/UDP h;branch=zq#015#012Call-ID: q#015#012CSeq: 1 INVITE#015#012#015#012",
		"1192: Nov 20 09:39:55.058: //-1/xxxxxxxxxxxx/CUBE_VT/SIP/Msg/ccsipDisplayMsg:#012Received: SIP UDP message from 192.0.2.7:5060 to 198.51.100.1:5060 #012INVITE sip:2@h SIP/2.0#015#012Via: SIP/2.0/UDP h;branch=zr#015#012Call-ID: r#015#012CSeq: 1 INVITE#015#012#015#012",
		"1193: Nov 20 09:39:55.060: //-1/xxxxxxxxxxxx/CUBE_VT/SIP/Msg/ccsipDisplayMsg:#012Sent: SIP UDP message from 198.51.100.1:5060 to 192.0.2.7:5060 #012SIP/2.0 403 Forbidden#015#012Via: SIP/2.0/UDP h;branch=zr#015#012Call-ID: r#015#012CSeq: 1 INVITE#015#012#015#012",
	};
	/* clang-format on */
	struct rig rig;

	rig_open(&rig, NULL);
	for (size_t i = 0; i < sizeof(records) / sizeof(records[0]); i++) {
		char text[1024];
		snprintf(text, sizeof(text),
			 "2026-11-20T09:39:54.000000+00:00 192.0.2.250 %s", records[i]);
		rig_line(&rig, text);
	}
	rig_close(&rig);
	cr_assert_eq(rig.n, 2, "%u events", rig.n);
	cr_expect_eq(rig.seen[0].e.leg, IN);
	cr_expect_eq(rig.seen[0].e.outcome, SV_NOTFOUND);
	cr_expect_str_eq(rig.seen[0].ip, "", "the classic form names nobody");
	cr_expect_eq(rig.seen[1].e.outcome, SV_FORBIDDEN);
	cr_expect_str_eq(rig.seen[1].ip, "192.0.2.7:5060");
}
