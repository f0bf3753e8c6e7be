/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a stranger can make Cisco, AudioCodes and Oracle boxes write. Genuine addresses are
 * 198.51.100.x, forged ones 192.0.2.x: no forged one may come out as certain, and every
 * genuine failure must still be seen: with its address where the line shows it.
 */
#include "rig.h"

#define HISTORY                                                                      \
	"Feb  7 23:10:45.137: %VOIPAAA-5-VOIP_CALL_HISTORY: CallLegType 2, "         \
	"ConnectionId "                                                              \
	"47E6A341 AE7F11E4 8651D7CF EDD18D28, SetupTime 23:10:41.867 EST Sat Feb 7 " \
	"2015, "                                                                     \
	"PeerAddress "
#define END                                                                            \
	", PeerSubAddress , DisconnectCause 15  , DisconnectText call rejected (21), " \
	"ConnectTime a, DisconnectTime a, CallOrigin 2, ChargedUnits 0, InfoType 2"
#define TOLL                                                                       \
	"%VOICE_IEC-3-GW: Application Framework Core: Internal Error (Toll fraud " \
	"call "                                                                    \
	"rejected): IEC=1.1.228.3.31.0 on callID 110641 "                          \
	"GUID=A690F976527511E681C3C621059668F7"
#define SUSPICIOUS(ip) \
	"%UC_CALLMANAGER-4-SuspiciousIPAddress: %[PortNumber=5060][Address=" ip "]: x"
#define LOGIN "%UC_LOGIN-4-AuthenticationFailed: %[Login Date/Time=d]"
#define DEBUG                                                                         \
	"Feb  7 23:10:44.000: %SYS-5-CONFIG_I: x\n"                                   \
	"Feb  7 23:10:45.137: //-1/xxxxxxxxxxxx/SIP/Msg/ccsipDisplayMsg:\nReceived: " \
	"\n"

#define TITLES                                                                 \
	"[S=40] |SBCReportType |EPTyp |SIPCallId |SessionId |Orig |SourceIp "  \
	"|SourcePort |DestIp |DestPort |TransportType |SrcURI |DstURI |Durat " \
	"|SIPTrmReason "                                                       \
	"|SIPTermDesc |Caller |Callee\n"
#define ROW(id, uri, reason, about, caller)                                           \
	"[S=41] |CALL_END |SBC |" id " |s:1:2 |RMT |198.51.100.9 |5060 |203.0.113.1 " \
	"|5060 |UDP |" uri " |2@h |0 |" reason " |" about " |" caller " |b\n"

#define SIPD "sbc1 sipd[2dcc32a4] ERROR "
#define DEMOTED(ip)                                      \
	SIPD "[IDS_LOG] SigAddr[access:" ip              \
	     ":0=low:DENY] ttl=86400 exp=30 Demoted to " \
	     "Black-List (Too many messages) last msg rcvd="
#define REFUSED(ip)                                                              \
	"[IDS_LOG]INVITE from source " ip ":5060 to dest 203.0.113.1:5060[UDP] " \
	"realm=r"

/* clang-format off */
static const struct attack {
	const char *name, *text;
	unsigned genuine; /* events with the genuine address, certain */
	unsigned doubted; /* … but in doubt */
	unsigned without; /* events without address */
	unsigned blamed;  /* … with a forged address, in doubt */
} attacks[] = {
	/* Cisco: nothing but the box may stand in front */
	{ "a whole line in another program's text", "sshd: Invalid user " TOLL "\n", 0, 0, 0, 0 },
	{ "a whole line as a message of its own", "Feb  7 23:10:45.137: user " SUSPICIOUS("192.0.2.10") "\n", 0, 0, 0, 0 },
	{ "a number with history's keys", HISTORY "x, PeerSubAddress , DisconnectCause 10  , DisconnectText normal call clearing (16), ConnectTime a, DisconnectTime b, CallOrigin 1" END "\n", 0, 0, 1, 0 },
	{ "a number with a line break", HISTORY "x#012Feb  7 23:10:45.137: " SUSPICIOUS("192.0.2.10") END "\n", 0, 0, 1, 0 },
	{ "a number with a history", HISTORY "x" END ", " HISTORY "y" END "\n", 0, 0, 1, 0 },
	{ "a GUID that is none", "Feb  7 23:10:45.137: " TOLL "0\n", 0, 0, 0, 0 },

	/* CallManager: values are not escaped */
	{ "a user with an address", LOGIN "[Login IP Address/Hostname=198.51.100.9][Login UserID=x][Login IP Address/Hostname=192.0.2.12][App ID=t]: x\n", 1, 0, 0, 0 },
	{ "… in front of the address", LOGIN "[Login UserID=x][Login IP Address/Hostname=192.0.2.12][Login IP Address/Hostname=198.51.100.9]: x\n", 0, 0, 1, 0 },
	{ "… with other blanks", LOGIN "[Login UserID=x][LoginIPAddress/Hostname=192.0.2.12][Login IP Address/Hostname=198.51.100.9]: x\n", 0, 0, 1, 0 },
	{ "a user that ends the message", LOGIN "[Login IP Address/Hostname=198.51.100.9][Login UserID=x]: ok " SUSPICIOUS("192.0.2.12") "]: x\n", 1, 0, 0, 0 },
	{ "a user with a line break", LOGIN "[Login IP Address/Hostname=198.51.100.9][Login UserID=x#012573: Sep 05 17:07:28.530 UTC : " SUSPICIOUS("192.0.2.12") "]: x\n", 1, 0, 0, 0 },
	{ "a device's name with an address", "%UC_CALLMANAGER-3-EndPointTransientConnection: %[ConnectingPort=5060][DeviceName=x][IPAddress=192.0.2.13][Protocol=SIP][IPAddress=198.51.100.9][Protocol=SIP]: x\n", 0, 0, 1, 0 },
	{ "… and nothing of that", "%UC_CALLMANAGER-3-EndPointTransientConnection: %[ConnectingPort=5060][DeviceName=x][IPAddress=198.51.100.9][Protocol=SIP]: x\n", 0, 1, 0, 0 },
	{ "a host name where the address is", LOGIN "[Login IP Address/Hostname=192.0.2.12.example.com][Login UserID=x]: x\n", 0, 0, 1, 0 },

	/* AudioCodes: columns in a Call-ID, a URI, a phrase, a name */
	{ "a row", TITLES ROW("1@h", "1@h", "404", "404 Not Found", "a"), 1, 0, 0, 0 },
	{ "columns in a Call-ID", TITLES ROW("x |s:1:2 |RMT |192.0.2.20 |5060 |203.0.113.1 |5060 |UDP |1@h |2@h |0 |404", "1@h", "404", "404 Not Found", "a"), 0, 0, 1, 0 },
	{ "… that change the direction", TITLES ROW("x |s:1:2 |LCL |203.0.113.1 |5060 |192.0.2.20 |5060 |UDP", "1@h", "404", "404 Not Found", "a"), 0, 0, 1, 0 },
	{ "… too few of them", TITLES ROW("x |192.0.2.20", "1@h", "404", "404 Not Found", "a"), 0, 1, 0, 0 },
	{ "… a hundred", TITLES ROW("| | | | | | | | | | | | | | | | | | | | | | | | | | | | | | | | | | | | | | | | | | | | | | | | | | | | | | | | | | | | | | | | | | | | | | | | | | | | | | | | | | | | | | | |", "1@h", "404", "404 Not Found", "a"), 0, 0, 1, 0 },
	{ "columns in a URI", TITLES ROW("1@h", "x |2@h |0 |BYE", "404", "404 Not Found", "a"), 0, 1, 0, 0 },
	{ "columns in a phrase", TITLES ROW("1@h", "1@h", "404", "x |BYE", "a"), 0, 1, 0, 0 },
	{ "columns in a name", TITLES ROW("1@h", "1@h", "404", "x", "a |BYE |x"), 0, 1, 0, 0 },
	{ "titles in a Call-ID", TITLES ROW("x#012(N 5) |SBCReportType |EPTyp |Orig |SourceIp |DestIp |SIPTrmReason#012(N 6) |CALL_END |SBC |RMT |192.0.2.20 |203.0.113.1 |404", "1@h", "404", "404 Not Found", "a") ROW("2@h", "1@h", "404", "", "a"), 1, 1, 0, 0 },
	{ "an alarm in a Call-ID", TITLES ROW("x#012(N 5) RAISE-ALARM: acIDSBlacklistNotification; Textual Description: Added IP 192.0.2.21 to blacklist;", "1@h", "404", "404 Not Found", "a"), 0, 0, 0, 1 },
	{ "an alarm in a header", "[S=1] [SID=b9027c:24:1]  (N 1) UserAgent: RAISE-ALARM: acIDSBlacklistNotification; Textual Description: Added IP 192.0.2.21 to blacklist\n", 0, 0, 0, 0 },
	{ "a whole line in another program's text", "user [S=1] [SID=x:1:1] Added [S=1] [BID=b9027c:24] Added IP 192.0.2.21 to blacklist\n", 0, 0, 0, 0 },
	{ "an event's word in a header", "[S=1] [SID=b9027c:24:1]  (N 1) User-Agent: auth-establish-fail\n", 0, 0, 0, 0 },

	/* Oracle: the message's lines behind a demotion, From and target */
	{ "a demotion in a header line", DEMOTED("198.51.100.9") "REGISTER sip:h SIP/2.0\n" DEMOTED("192.0.2.30") "REGISTER sip:h SIP/2.0\n", 1, 0, 0, 1 },
	{ "a rejection in a header line", DEMOTED("198.51.100.9") "REGISTER sip:h SIP/2.0\n" SIPD "Via: x\n" SIPD REFUSED("192.0.2.30") "; status=403 (Forbidden)\n", 1, 0, 0, 1 },
	{ "one's own address twice", DEMOTED("198.51.100.9") "REGISTER sip:h SIP/2.0\n" DEMOTED("198.51.100.9") "REGISTER sip:h SIP/2.0\n", 2, 0, 0, 0 },
	{ "a demotion in a request line", DEMOTED("198.51.100.9") "REGISTER SigAddr[access:192.0.2.30:0=low:DENY] Demoted to Black-List (x) SIP/2.0\n", 1, 0, 0, 0 },
	{ "a login in a header line", DEMOTED("198.51.100.9") "REGISTER sip:h SIP/2.0\n" SIPD "authenticate_locally: Authentication failed for user admin\n", 1, 0, 0, 0 },
	{ "an address in From", SIPD REFUSED("198.51.100.9") "; From=x from source 192.0.2.30:5060 to dest 203.0.113.1:5060[UDP] realm=r; status=403 (Forbidden)\n", 1, 0, 0, 0 },
	{ "a status in From", SIPD REFUSED("198.51.100.9") "; From=x; status=200 (OK); target=sip:1@h rejected!; status=403 (Forbidden)\n", 1, 0, 0, 0 },
	{ "a method that is no word", SIPD "[IDS_LOG]INVITE x from source 192.0.2.30:5060 to dest 203.0.113.1:5060[UDP] realm=r; status=403 (F)\n", 0, 0, 0, 0 },
	{ "a line break in From", SIPD REFUSED("198.51.100.9") "; From=x#012" SIPD REFUSED("192.0.2.30") "; status=403 (Forbidden)\n", 1, 0, 0, 0 },
	{ "a whole line in another program's text", "Invalid user a sipd[2dcc32a4] ERROR " REFUSED("192.0.2.30") "; status=403 (F)\n", 0, 0, 0, 0 },
};

/* Lines that stand in a file as they are: on a console a caller's line breaks are line
 * breaks. */
static const struct attack console[] = {
	{ "a whole line as a message of a program", "Nov 22 10:00:00 web1 app[77]: 573: Sep 05 17:07:28.530 UTC : " SUSPICIOUS("192.0.2.12") "\n", 0, 0, 0, 1 },
	{ "… of one that begins with a word", "Nov 22 10:00:00 web1 app[77]: x " SIPD REFUSED("192.0.2.30") "; status=403 (F)\n", 0, 0, 0, 0 },
	{ "… of one with a box's name", "Nov 22 10:00:00 web1 app[77]: " SIPD REFUSED("192.0.2.30") "; status=403 (F)\n", 0, 0, 0, 0 },
	{ "a message in debug output", DEBUG "INVITE sip:1@h SIP/2.0\nFeb  7 23:10:45.137: " SUSPICIOUS("192.0.2.11") "\n", 0, 0, 0, 1 },
	{ "… and another one behind it", DEBUG "x\nFeb  7 23:10:45.137: " TOLL "\nFeb  7 23:10:45.137: " SUSPICIOUS("192.0.2.11") "\n", 0, 0, 1, 1 },
	{ "… that ends it in words of the box", DEBUG "x\nFeb  7 23:10:45.137: %SYS-5-CONFIG_I: x\nFeb  7 23:10:45.137: " SUSPICIOUS("192.0.2.11") "\n", 0, 0, 0, 1 },
};
/* clang-format on */

struct tally {
	unsigned genuine, doubted, without, blamed, accused;
};

static struct tally
count(const struct rig *rig)
{
	struct tally t = { 0 };

	for (unsigned i = 0; i < rig->n && i < RIG_MAX; i++) {
		const struct rig_event *ev = &rig->seen[i];
		bool certain = ev->e.attribution == SV_ATTRIBUTION_CERTAIN;
		if (!ev->e.peer_ip.family)
			t.without++;
		else if (strncmp(ev->ip, "198.51.100.", 11) == 0)
			*(certain ? &t.genuine : &t.doubted) += 1;
		else
			*(certain ? &t.accused : &t.blamed) += 1;
	}
	return t;
}

static void
check(const struct attack *a, const struct rig *rig, const char *how)
{
	struct tally t = count(rig);

	cr_expect_eq(t.accused, 0, "%s, %s: blamed somebody", a->name, how);
	cr_expect_eq(t.genuine, a->genuine, "%s, %s: genuine %u", a->name, how,
		     t.genuine);
	cr_expect_eq(t.doubted, a->doubted, "%s, %s: doubted %u", a->name, how,
		     t.doubted);
	cr_expect_eq(t.without, a->without, "%s, %s: without %u", a->name, how,
		     t.without);
	cr_expect_eq(t.blamed, a->blamed, "%s, %s: in doubt %u", a->name, how,
		     t.blamed);
}

/** Each line behind what a syslog server writes in front. */
static void
feed_headers(struct rig *rig, const char *text)
{
	while (*text) {
		char line[2048];
		int len = (int)strcspn(text, "\n");
		snprintf(line, sizeof(line),
			 "2026-11-22T10:00:01.000000+00:00 203.0.113.250 %.*s", len,
			 text);
		rig_line(rig, line);
		text += len + (text[len] == '\n');
	}
}

Test(boxes_injection, nobody_innocent_is_blamed)
{
	for (size_t i = 0; i < sizeof(attacks) / sizeof(attacks[0]); i++) {
		struct rig rig;
		rig_open(&rig, NULL);
		rig_file(&rig, str_of(attacks[i].text));
		rig_close(&rig);
		check(&attacks[i], &rig, "a file");
		rig_open(&rig, NULL);
		feed_headers(&rig, attacks[i].text);
		rig_close(&rig);
		check(&attacks[i], &rig, "a syslog server's file");
	}
}

Test(boxes_injection, lines_as_they_are)
{
	for (size_t i = 0; i < sizeof(console) / sizeof(console[0]); i++) {
		struct rig rig;
		rig_open(&rig, NULL);
		rig_file(&rig, str_of(console[i].text));
		rig_close(&rig);
		check(&console[i], &rig, "a file");
	}
}

/** A datagram's line breaks are the box's or a caller's: one record all the same. */
Test(boxes_injection, a_datagram_with_line_breaks_is_one_record)
{
	static const char *const datagrams[] = {
		"[S=41] [SID=b9027c:24:1] x\n[S=42] [SID=b9027c:24:1] Added IP "
		"192.0.2.1 to "
		"blacklist",
		HISTORY "x\nFeb  7 23:10:45.137: " SUSPICIOUS("192.0.2.1") END,
		SIPD REFUSED("198.51.100.9") "; From=x\n" DEMOTED(
			"192.0.2.1") "x; status=403 (F)",
		LOGIN
		"[Login IP Address/Hostname=198.51.100.9][Login UserID=x\n" SUSPICIOUS(
			"192.0.2.1") "]: x",
	};

	for (size_t i = 0; i < sizeof(datagrams) / sizeof(datagrams[0]); i++) {
		struct rig rig;
		rig_open(&rig, NULL);
		rig_feed(&rig, str_of(datagrams[i]), SV_RECORD_WHOLE);
		rig_close(&rig);
		cr_expect_leq(rig.n, 1, "%s: %u events", datagrams[i], rig.n);
		struct tally t = count(&rig);
		cr_expect_eq(t.accused + t.blamed, 0, "%s", datagrams[i]);
	}
}

/** A record that was cut: what tells a forged line from a true one may be gone. */
Test(boxes_injection, a_record_that_was_cut_is_in_doubt)
{
	static const char *const records[] = {
		SIPD REFUSED("198.51.100.9") "; status=403 (Forbidden)",
		"[S=1] [BID=b9027c:24] Added IP 198.51.100.9 to blacklist",
		SUSPICIOUS("198.51.100.9"),
	};

	for (size_t i = 0; i < sizeof(records) / sizeof(records[0]); i++) {
		struct rig rig;
		rig_open(&rig, NULL);
		rig_feed(&rig, str_of(records[i]), SV_RECORD_TRUNCATED);
		rig_close(&rig);
		cr_assert_eq(rig.n, 1);
		cr_expect_eq(rig.seen[0].e.attribution, SV_ATTRIBUTION_FORGEABLE, "%s",
			     records[i]);
	}
}

/** Behind the name of a program stands what that program was told by others. */
Test(boxes_injection, another_program_s_words_are_in_doubt)
{
	static const char *const lines[] = {
		"Nov 22 10:00:01 h app[7]: [S=1] [BID=b9027c:24] Added IP 198.51.100.9 "
		"to blacklist",
		"Nov 22 10:00:01 h app[7]: " SUSPICIOUS("198.51.100.9"),
	};

	for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++) {
		struct rig rig;
		rig_open(&rig, NULL);
		rig_line(&rig, lines[i]);
		rig_close(&rig);
		cr_assert_eq(rig.n, 1, "%s", lines[i]);
		cr_expect_eq(rig.seen[0].e.attribution, SV_ATTRIBUTION_FORGEABLE, "%s",
			     lines[i]);
	}
}
