/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a stranger can make Kamailio and OpenSIPS write. Genuine addresses are
 * 198.51.100.x, forged ones 192.0.2.x: no forged one may come out as certain, and every
 * genuine failure must still be seen: with its address where the line shows it.
 */
#include "rig.h"

#define P "NOTICE: {1 2 REGISTER "
#define AUTH_OF(ip) "<script>: Auth_error for 1001@h from " ip " cause -2"
#define GENUINE P "c@h} " AUTH_OF("198.51.100.9") "\n"
#define FORGED AUTH_OF("192.0.2.10")
#define ACC "acc [acc.c:287]: acc_log_request(): ACC: call missed: "
#define TIMES "timestamp=1795373120;method=INVITE;from_tag="
#define TRUE_EXTRAS                                                      \
	";src_user=1001;src_domain=pbx.example.com;src_ip=198.51.100.9;" \
	"dst_ouser=1031;dst_user=1031;dst_domain=pbx.example.com"
#define FALSE_EXTRAS                                                         \
	";src_user=9;src_domain=h;src_ip=192.0.2.11;dst_ouser=9;dst_user=9;" \
	"dst_domain=h"
#define PIKE "pike [pike_funcs.c:135]: pike_check_ipaddr(): PIKE - BLOCKing ip "

/* clang-format off */
static const struct attack {
	const char *name, *text;
	unsigned genuine; /* events with the genuine address, certain */
	unsigned doubted; /* … but in doubt */
	unsigned without; /* events without address */
} attacks[] = {
	/* text left of the message: the Call-ID in log_prefix */
	{ "a line in a Call-ID", P "x} " FORGED "} " AUTH_OF("198.51.100.9") "\n", 1, 0, 0 },
	{ "… with a rest behind it", P "x} " FORGED " and} " AUTH_OF("198.51.100.9") "\n", 1, 0, 0 },
	{ "acc in a Call-ID", P "q} " ACC TIMES "a;to_tag=b;call_id=q;code=486;reason=Busy" FALSE_EXTRAS "} " AUTH_OF("198.51.100.9") "\n", 1, 0, 0 },
	{ "pike in a Call-ID", P "z} " PIKE "192.0.2.12, node=0x7fab} " AUTH_OF("198.51.100.9") "\n", 1, 0, 0 },
	{ "pike in a Call-ID, before pike", "WARNING: {1 1 INVITE z} " PIKE "192.0.2.12, node=0x7fab} " PIKE "198.51.100.9, node=0x7fab\n", 1, 0, 0 },
	{ "a script's line in a Call-ID, before pike", "WARNING: {1 1 INVITE z} " FORGED "} " PIKE "198.51.100.9, node=0x7fab\n", 0, 1, 0 },
	{ "a parser's line in a Call-ID", P "z} <core> [core/receive.c:376]: receive_msg(): core parsing of SIP message failed (192.0.2.12:5060/1)} " AUTH_OF("198.51.100.9") "\n", 0, 1, 0 },
	{ "a mark in a Call-ID, without an end of the prefix", P "x " FORGED "} " PIKE "198.51.100.9, node=0x7fab\n", 1, 0, 0 },
	{ "a script's known line in front", P "c} <script>: REGISTER from 198.51.100.9\n" P "c} <script>: REGISTER from 198.51.100.9 agent x} <script>: Auth_error for 1@h from 192.0.2.17 cause -2\n", 0, 0, 1 },
	{ "twenty heads", P "x} <script>: } <script>: } <script>: } <script>: } <script>: } <script>: } <script>: } <script>: } <script>: } <script>: } <script>: } <script>: } <script>: } <script>: } <script>: } <script>: } <script>: } <script>: } " FORGED "} " AUTH_OF("198.51.100.9") "\n", 0, 1, 0 },
	{ "a Call-ID in brackets", "NOTICE: [x] " FORGED "] " AUTH_OF("198.51.100.9") "\n", 1, 0, 0 },
	{ "no mark of a script", P "x} Auth_error for 1@h from 192.0.2.10 cause -2} Auth_error for 1@h from 198.51.100.9 cause -2\n", 1, 0, 0 },

	/* text inside */
	{ "a user name", P "c} <script>: Auth_error for 1001 from 192.0.2.13 cause -2@h from 198.51.100.9 cause -2\n", 1, 0, 0 },
	{ "a user name with words", P "c} <script>: auth failed 1001 from 192.0.2.13 cause -2 method from 198.51.100.9:39803\n", 1, 0, 0 },
	{ "a user name with a harmless cause", P "c} <script>: auth failed 1001 cause -5 from 198.51.100.9:39803\n", 1, 0, 0 },
	{ "… and another one", P "c} <script>: Auth_error for 1001 cause -5@h from 198.51.100.9 cause -2\n", 1, 0, 0 },
	{ "a user name, where the script writes no address", P "c} <script>: auth failed 1001\n" P "c} <script>: auth failed 1001 from 192.0.2.13\n", 0, 0, 0 },
	{ "a phrase, where the script writes no address", "NOTICE: {2 2 INVITE c} <script>: Reply 486 Busy Here\nNOTICE: {2 2 INVITE c} <script>: Reply 486 Busy from 192.0.2.13\n", 0, 0, 0 },
	{ "a From with an address", "ALERT: {1 1 INVITE c} <script>: ALERT: pike blocking INVITE from sip:1@h (IP:192.0.2.14:5060) (IP:198.51.100.9:5060)\n", 1, 0, 0 },
	{ "a From with an address, free text behind", "WARNING: {1 2 INVITE c} <script>: call failed: 486 Busy - INVITE from sip:1 (192.0.2.14:5060) to sip:2@h (198.51.100.9:5060) to sip:2@h callid=c\n", 0, 0, 1 },
	{ "a number with an address", "NOTICE: {1 1 INVITE c} <script>: unknown extension 88 from sip:2@h (192.0.2.15:5060) from sip:1@h (198.51.100.9:5060) - sending 404\n", 1, 0, 0 },

	/* text behind: reason phrases, user agents */
	{ "a callee's phrase", "NOTICE: {2 2 INVITE c} <script>: Incoming reply 486 Busy from 192.0.2.16:5060 (INVITE) [c] from 198.51.100.9:5060 (INVITE) [c]\n", 1, 0, 0 },
	{ "a callee's phrase, nothing behind", "NOTICE: {2 2 INVITE c} <script>: Reply 486 Busy from 192.0.2.16:5060 from 198.51.100.9:5060\n", 1, 0, 0 },
	{ "a script's line with a user agent", P "c} <script>: REGISTER from 198.51.100.9 agent x <script>: Auth_error for 1@h from 192.0.2.17 cause -2\n", 0, 0, 0 },
	{ "… and a line break", P "c} <script>: REGISTER from 198.51.100.9 agent x#015#012 " FORGED "\n", 0, 0, 0 },
	{ "… as a syslog header", P "c} <script>: REGISTER from 198.51.100.9 agent x#012Nov 22 18:44:22 sbc1 /usr/sbin/kamailio[310]: " P "c} " FORGED "\n", 0, 0, 0 },
	{ "a Call-ID at a line's end", "WARNING: {1 2 INVITE q " FORGED "} <script>: call failed: 486 Busy - INVITE from sip:1@h (198.51.100.9:5060) to sip:2@h callid=q " FORGED "\n", 1, 0, 0 },

	/* attributes of acc */
	{ "attributes in a Call-ID", "NOTICE: {2 2 INVITE c;code=200;reason=OK" FALSE_EXTRAS "} " ACC TIMES "a;to_tag=b;call_id=c;code=200;reason=OK" FALSE_EXTRAS ";code=486;reason=Busy Here" TRUE_EXTRAS "\n", 1, 0, 0 },
	{ "… that the prefix does not show", "NOTICE: " ACC TIMES "a;to_tag=b;call_id=c;code=200;reason=OK" FALSE_EXTRAS ";code=486;reason=Busy Here" TRUE_EXTRAS "\n", 0, 0, 1 },
	{ "some attributes in a Call-ID", "NOTICE: " ACC TIMES "a;to_tag=b;call_id=c;src_ip=192.0.2.18;code=486;reason=Busy Here" TRUE_EXTRAS "\n", 1, 0, 0 },
	{ "attributes in a tag", "NOTICE: " ACC TIMES "a;to_tag=b;call_id=c;code=486;reason=x" FALSE_EXTRAS ";to_tag=b;call_id=c;code=486;reason=Busy Here" TRUE_EXTRAS "\n", 0, 0, 1 },
	{ "attributes in a reason", "NOTICE: {2 2 INVITE c} " ACC TIMES "a;to_tag=b;call_id=c;code=486;reason=Busy Here;code=200;reason=OK;src_ip=192.0.2.18" TRUE_EXTRAS "\n", 1, 0, 0 },
	{ "all attributes in a reason", "NOTICE: {2 2 INVITE c} " ACC TIMES "a;to_tag=b;call_id=c;code=486;reason=Busy Here" FALSE_EXTRAS TRUE_EXTRAS "\n", 0, 0, 1 },
	{ "an address in a From user", "NOTICE: " ACC TIMES "a;to_tag=b;call_id=c;code=486;reason=Busy Here;src_user=1;src_ip=192.0.2.18;src_domain=pbx.example.com;src_ip=198.51.100.9;dst_ouser=1031;dst_user=1031;dst_domain=h\n", 1, 0, 0 },
	{ "an address in a number", "NOTICE: " ACC TIMES "a;to_tag=b;call_id=c;code=486;reason=Busy Here;src_user=1;src_domain=h;src_ip=198.51.100.9;dst_ouser=1;dst_user=1;code=200;src_ip=192.0.2.18;dst_domain=h\n", 1, 0, 0 },
	{ "all of it in a number", "NOTICE: " ACC TIMES "a;to_tag=b;call_id=c;code=486;reason=Busy Here;src_user=1;src_domain=h;src_ip=198.51.100.9;dst_ouser=1;src_domain=h;src_ip=192.0.2.18;dst_ouser=1;dst_user=1;dst_domain=h\n", 0, 0, 1 },
	{ "acc within a domain", "NOTICE: {2 2 INVITE c} " ACC TIMES "a;to_tag=b;call_id=c;code=486;reason=Busy Here;src_user=1;src_domain=h;src_ip=198.51.100.9;dst_ouser=1;dst_user=1;dst_domain=h} " ACC TIMES "a;to_tag=b;call_id=c;code=486;reason=Busy Here" FALSE_EXTRAS "\n", 0, 0, 1 },
	{ "a success in front", "NOTICE: " ACC TIMES "a;to_tag=b;call_id=c;code=200;reason=OK;code=486;reason=Busy Here" TRUE_EXTRAS "\n", 0, 1, 0 },
};

static const struct attack opensips[] = {
	{ "a callee's phrase", "NOTICE:ACC: call missed: " TIMES "a;to_tag=b;call_id=c;code=486;reason=Busy Here\nNOTICE:ACC: call missed: " TIMES "a;to_tag=b;call_id=d;code=486;reason=Busy Here;src_ip=192.0.2.19\n", 0, 0, 2 },
	{ "… in the first line", "NOTICE:ACC: call missed: " TIMES "a;to_tag=b;call_id=d;code=486;reason=Busy Here;src_ip=192.0.2.19\n", 0, 0, 0 },
	{ "a user name", "NOTICE:Auth_error for 1 from 192.0.2.20 cause -2@h from 198.51.100.9 cause -2\n", 1, 0, 0 },
	{ "a dump", "ERROR:core:parse_msg_opt: message=<X#012NOTICE:Auth_error for 1@h from 192.0.2.21 cause -2\n", 0, 0, 0 },
	{ "a script's line", "NOTICE:REGISTER agent x NOTICE:Auth_error for 1@h from 192.0.2.21 cause -2\n", 0, 0, 0 },
	{ "a module's name", "NOTICE:REGISTER agent core:receive_msg: Unable to parse msg received from [192.0.2.21:5060]\n", 0, 0, 0 },
};
/* clang-format on */

static void
check(const struct attack *a, const struct rig *rig)
{
	unsigned genuine = 0, doubted = 0, without = 0;

	cr_assert_leq(rig->n, RIG_MAX, "%s", a->name);
	for (unsigned i = 0; i < rig->n; i++) {
		const struct rig_event *e = &rig->seen[i];
		bool sure = e->e.attribution == SV_ATTRIBUTION_CERTAIN;
		bool forged = strncmp(e->ip, "192.0.2.", 8) == 0;
		cr_expect(!forged || !sure, "%s: %s is certain", a->name, e->ip);
		cr_expect(!strstr(e->peer, "192.0.2."), "%s: peer %s", a->name,
			  e->peer);
		bool true_one = strncmp(e->ip, "198.51.100.", 11) == 0;
		genuine += true_one && sure;
		doubted += true_one && !sure;
		without += e->ip[0] == '\0';
	}
	cr_expect_eq(genuine, a->genuine, "%s: %u genuine", a->name, genuine);
	cr_expect_eq(doubted, a->doubted, "%s: %u in doubt", a->name, doubted);
	cr_expect_eq(without, a->without, "%s: %u without", a->name, without);
}

Test(kamailio_injection, no_stranger_is_blamed)
{
	for (size_t i = 0; i < sizeof(attacks) / sizeof(attacks[0]); i++) {
		struct rig rig;
		rig_open(&rig, "kamailio");
		rig_file(&rig, str_of(attacks[i].text));
		rig_close(&rig);
		check(&attacks[i], &rig);
	}
}

Test(kamailio_injection, nor_by_opensips)
{
	for (size_t i = 0; i < sizeof(opensips) / sizeof(opensips[0]); i++) {
		struct rig rig;
		rig_open(&rig, "opensips");
		rig_file(&rig, str_of(opensips[i].text));
		rig_close(&rig);
		check(&opensips[i], &rig);
	}
}

/** In a datagram and in the journal a line break belongs to the message. */
Test(kamailio_injection, a_datagram_is_one_message)
{
	static const struct attack whole[] = {
		{ "a user agent",
		  P "c} <script>: REGISTER from 198.51.100.9 agent x\r\n " GENUINE, 0,
		  1, 0 },
		{ "a forged line",
		  P "c} <script>: REGISTER from 198.51.100.9 agent x\r\n\t" P
		    "c} " FORGED,
		  0, 0, 0 },
		{ "a dump",
		  "ERROR: <core> [core/parser/msg_parser.c:749]: parse_msg(): ERROR: "
		  "parse_msg: message=<OPTIONS sip:h SIP/2.0\r\n" P "c} " FORGED
		  "\r\n\r\n>",
		  0, 0, 0 },
		{ "a Call-ID",
		  P "x\r\n " FORGED "} <script>: Auth_error for 1@h from "
		    "198.51.100.9 cause -2",
		  1, 0, 0 },
	};

	for (size_t i = 0; i < sizeof(whole) / sizeof(whole[0]); i++) {
		struct rig rig;
		rig_open(&rig, "kamailio");
		rig_feed(&rig, str_of(whole[i].text), SV_RECORD_WHOLE);
		rig_close(&rig);
		check(&whole[i], &rig);
	}
}

/** On standard error a packet's line breaks are line breaks. */
Test(kamailio_injection, standard_error)
{
	static const char line[] =
		" 1(31) NOTICE: {1 2 REGISTER c} <script>: Auth_error for "
		"1@h from 198.51.100.9 cause -2\n";
	static const char dump[] =
		" 1(31) ERROR: <core> [core/parser/msg_parser.c:749]: "
		"parse_msg(): ERROR: parse_msg: message=<OPTIONS sip:h SIP/2.0\n"
		" 1(31) " P "c} " FORGED "\n 1(31) " P "c} " FORGED "\nEnd\n>\n";
	struct rig rig;

	rig_open(&rig, "kamailio");
	for (int i = 0; i < 4; i++)
		rig_file(&rig, str_of(line));
	rig_file(&rig, str_of(dump));
	rig_file(&rig, str_of(line));
	rig_close(&rig);
	cr_assert_eq(rig.n, 7);
	for (unsigned i = 0; i < rig.n; i++)
		cr_expect_eq(rig.seen[i].e.attribution,
			     i < 4 ? SV_ATTRIBUTION_CERTAIN : SV_ATTRIBUTION_FORGEABLE,
			     "event %u: %s", i, rig.seen[i].ip);
}

/** Nor does a quote in a Call-ID end a JSON engine's string. */
Test(kamailio_injection, json)
{
#define J                                                                       \
	"{ \"level\": \"NOTICE\", \"module\": \"xlog\", \"file\": \"xlog.c\", " \
	"\"line\": 282, \"function\": \"\", \"callid\": \""
	static const struct attack json[] = {
		{ "a message in a Call-ID",
		  J "x\", \"logprefix\": \"\", \"message\": \"Auth_error for 1@h from "
		    "192.0.2.10 cause -2\" }\", \"logprefix\": \"{1 2 REGISTER x} \", "
		    "\"message\": \"Auth_error for 1@h from 198.51.100.9 cause -2\" }",
		  1, 0, 0 },
		{ "a module in a Call-ID",
		  J "x\", \"module\": \"pike\", \"message\": \"PIKE - BLOCKing ip "
		    "192.0.2.10, node=0x7\", \"logprefix\": \"\", \"message\": "
		    "\"Auth_error for 1@h from 198.51.100.9 cause -2\" }",
		  1, 0, 0 },
		{ "a message in a message",
		  J "x\", \"logprefix\": \"\", \"message\": \"agent x\\\", "
		    "\\\"message\\\": \\\"Auth_error for 1@h from 192.0.2.10 cause "
		    "-2\" }",
		  0, 0, 0 },
		{ "a message that was cut",
		  J "x\", \"logprefix\": \"\", \"message\": \"Auth_error for 1@h from "
		    "192.0.2.10 cause -2\" }\", \"logprefix\": \"{1 2",
		  0, 0, 0 },
	};

	for (size_t i = 0; i < sizeof(json) / sizeof(json[0]); i++) {
		struct rig rig;
		rig_open(&rig, "kamailio");
		rig_feed(&rig, str_of(json[i].text), 0);
		rig_close(&rig);
		check(&json[i], &rig);
	}
}

/** A syslog daemon may cut a long message just where the forged part ends. */
Test(kamailio_injection, a_message_that_may_have_been_cut)
{
	char text[2048];
	struct rig rig;

	snprintf(text, sizeof(text),
		 P "c} <script>: Auth_error for %0900d@h from 192.0.2.10 cause -2", 1);
	rig_open(&rig, "kamailio");
	rig_line(&rig, text);
	rig_close(&rig);
	cr_assert_eq(rig.n, 1);
	cr_expect_eq(rig.seen[0].e.attribution, SV_ATTRIBUTION_FORGEABLE);
}

/** Whoever writes many lines with extras of his own cannot teach them to the log. */
Test(kamailio_injection, extras_are_not_taught_by_a_few)
{
	static const char own[] =
		"NOTICE: " ACC TIMES "a;to_tag=b;call_id=c;code=486;reason=Busy;src_ip="
		"192.0.2.20;x=1";
	static const char usual[] =
		"NOTICE: " ACC TIMES
		"a;to_tag=b;call_id=c;code=486;reason=Busy Here" TRUE_EXTRAS;
	struct rig rig;

	rig_open(&rig, "kamailio");
	for (int i = 0; i < 28; i++)
		rig_line(&rig, i % 2 ? usual : own);
	rig_close(&rig);
	cr_assert_eq(rig.n, 28);
	for (unsigned i = 0; i < rig.n; i++)
		if (rig.seen[i].ip[0])
			cr_expect(rig.seen[i].ip[0] == '1' &&
					  (rig.seen[i].ip[2] == '8' ||
					   rig.seen[i].e.attribution ==
						   SV_ATTRIBUTION_FORGEABLE),
				  "line %u: %s", i, rig.seen[i].ip);
}
