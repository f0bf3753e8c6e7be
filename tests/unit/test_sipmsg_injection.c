/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a stranger can make a capture tool print. Each tool is a printer here; what it
 * prints of hostile messages must not blame 192.0.2.66, who never sent anything, for
 * certain, and must not hide that 198.51.100.9 gave a wrong password.
 */
#include "rig.h"

#define STRANGER "198.51.100.9"
#define VICTIM "192.0.2.66"
#define PBX "203.0.113.1"

struct text {
	size_t len;
	char bytes[1 << 18];
};

struct packet {
	const char *from, *to; /* addresses; the port is 5060 */
	bool received;
	const char *bytes;
};

static void
add(struct text *t, const char *bytes)
{
	size_t n = strlen(bytes);

	cr_assert_lt(t->len + n, sizeof(t->bytes));
	memcpy(t->bytes + t->len, bytes, n + 1);
	t->len += n;
}

#define ADDF(t, ...)                                       \
	do {                                               \
		char made[512];                            \
		snprintf(made, sizeof(made), __VA_ARGS__); \
		add((t), made);                            \
	} while (0)

/** The payload with `cr` in place of CR (NULL: CR left out) and `before` each line. */
static void
add_payload(struct text *t, const char *bytes, const char *cr, const char *before)
{
	char one[2] = "";

	add(t, before);
	for (; *bytes; bytes++) {
		one[0] = *bytes;
		add(t, *bytes == '\r' ? cr : one);
		if (*bytes == '\n' && bytes[1])
			add(t, before);
	}
}

static void
sngrep(struct text *t, const struct packet *p)
{
	ADDF(t, "2026/11/22 20:44:39.778331 %s:5060 -> %s:5060\n", p->from, p->to);
	add_payload(t, p->bytes, "\r", "");
	add(t, "\n\n");
}

static void
ngrep(struct text *t, const struct packet *p)
{
	ADDF(t, "#\nU %s:5060 -> %s:5060 #7\n", p->from, p->to);
	add_payload(t, p->bytes, ".", "");
	add(t, "\n");
}

static void
sipgrep(struct text *t, const struct packet *p)
{
	ADDF(t, "\nU 2026/11/22 20:44:39.778332 %s:5060 -> %s:5060\n\n", p->from,
	     p->to);
	add_payload(t, p->bytes, ".", "");
	add(t, "\n");
}

static void
tcpdump_a(struct text *t, const struct packet *p)
{
	ADDF(t, "20:44:39.778331 IP %s.5060 > %s.5060: SIP: %.*s\nE..`..@.@.e....L.j",
	     p->from, p->to, (int)strcspn(p->bytes, "\r\n"), p->bytes);
	add_payload(t, p->bytes, "", "");
	add(t, "\n");
}

static void
tcpdump_v(struct text *t, const struct packet *p)
{
	ADDF(t,
	     "20:44:39.778331 IP (tos 0x0, ttl 64, id 5, offset 0, flags [DF], proto "
	     "UDP (17), length %zu)\n    %s.5060 > %s.5060: SIP, length: %zu\n",
	     strlen(p->bytes) + 28, p->from, p->to, strlen(p->bytes));
	add_payload(t, p->bytes, "", "\t");
}

static void
sipdump(struct text *t, const struct packet *p)
{
	ADDF(t,
	     "====================\ntag: %s\npid: 28398\nprocess: 1\ntime: "
	     "1795380279.778534\ndate: Sun Nov 22 20:44:39 2026\nproto: udp ipv4\n"
	     "srcip: %s\nsrcport: 5060\ndstip: %s\ndstport: 5060\n"
	     "~~~~~~~~~~~~~~~~~~~~\n",
	     p->received ? "rcv" : "snd", p->from, p->to);
	add_payload(t, p->bytes, "\r", "");
	add(t, "||||||||||||||||||||\n");
}

static void
siptrace(struct text *t, const struct packet *p)
{
	ADDF(t,
	     "%s %zu bytes %s udp/[%s]:5060 at 20:29:29.003160:\n----------------------"
	     "--------------------------------------------------\n",
	     p->received ? "recv" : "send", strlen(p->bytes),
	     p->received ? "from" : "to", p->received ? p->from : p->to);
	add_payload(t, p->bytes, "", "");
	add(t, "\n");
}

static void
pjsip(struct text *t, const struct packet *p)
{
	ADDF(t, "<--- %s SIP request (%zu bytes) %s UDP:%s:5060 --->\n",
	     p->received ? "Received" : "Transmitting", strlen(p->bytes),
	     p->received ? "from" : "to", p->received ? p->from : p->to);
	add_payload(t, p->bytes, "\r", "");
	add(t, "\n");
}

static void
sip_debug(struct text *t, const struct packet *p)
{
	if (p->received)
		ADDF(t, "\n<--- SIP read from UDP:%s:5060 --->\n", p->from);
	else
		ADDF(t, "\n<--- Transmitting (NAT) to %s:5060 --->\n", p->to);
	add_payload(t, p->bytes, "\r", "");
	add(t, "\n<------------->\n");
}

static void
ribbon(struct text *t, const struct packet *p)
{
	ADDF(t,
	     "150 11222026 204439.778331:1.01.00.38374.Info    .SIPSG: %s msg for "
	     "CallId:c %s IP/port:%s/5060, Local IP/port:" PBX
	     "/5060, SMM:0 RAW PDU:\n",
	     p->received ? "received" : "sent", p->received ? "from" : "to",
	     p->received ? p->from : p->to);
	add_payload(t, p->bytes, "\r", "");
	add(t, "\n");
}

static void
yate(struct text *t, const struct packet *p)
{
	if (p->received)
		ADDF(t,
		     "20261122204439.778331 <sip:INFO> 'udp:0.0.0.0:5060' received %zu "
		     "bytes SIP message from %s:5060 [0x5]\n------\n",
		     strlen(p->bytes), p->from);
	else
		ADDF(t,
		     "20261122204439.778331 <sip:INFO> 'udp:0.0.0.0:5060' sending code "
		     "401 0x7 to %s:5060 [0x5]\n------\n",
		     p->to);
	add_payload(t, p->bytes, "\r", "");
	add(t, "------\n");
}

static void
avaya_sm(struct text *t, const struct packet *p)
{
	ADDF(t,
	     "com.avaya.asm  SIPMSGT \n--------------------\n22/11/2026 20:44:39.778 "
	     "%s "
	     "\n  octets: %zu, Body Length: 0\n\t%s: { L" PBX
	     ":5060/R%s:5060/UDP/0x1 }\n--------------------\n",
	     p->received ? "-->" : "<--", strlen(p->bytes),
	     p->received ? "ingress" : "egress", p->received ? p->from : p->to);
	add_payload(t, p->bytes, "\r", "");
	add(t, "--------------------\n");
}

static const struct tool {
	const char *name;
	void (*print)(struct text *t, const struct packet *p);
	bool exact; /* where a message ends is never in doubt */
} tools[] = {
	{ "sngrep", sngrep, false },       { "ngrep", ngrep, false },
	{ "sipgrep", sipgrep, false },     { "tcpdump -A", tcpdump_a, false },
	{ "tcpdump -v", tcpdump_v, true }, { "sipdump", sipdump, false },
	{ "siptrace", siptrace, true },    { "pjsip", pjsip, true },
	{ "sip debug", sip_debug, false }, { "ribbon", ribbon, false },
	{ "yate", yate, false },           { "avaya sm", avaya_sm, false },
};

/** A refused REGISTER of `who`. */
static void
print_refusal(const struct tool *tool, struct text *t, const char *who,
	      const char *more)
{
	char ask[1024], answer[1024];

	for (int n = 1; n <= 2; n++) {
		snprintf(
			ask, sizeof(ask),
			"REGISTER sip:h SIP/2.0\r\nVia: SIP/2.0/UDP %s;branch=z%s%d\r\n"
			"%sFrom: <sip:" VICTIM "@" VICTIM
			">\r\nTo: <sip:1@h>\r\nCall-ID: "
			"%s\r\nCSeq: %d REGISTER\r\n%sContent-Length: 0\r\n\r\n",
			who, who, n, more, who, n,
			n == 2 ? "Authorization: Digest u=\"1\"\r\n" : "");
		snprintf(answer, sizeof(answer),
			 "SIP/2.0 401 No\r\nVia: SIP/2.0/UDP %s;branch=z%s%d;received="
			 "%s\r\nFrom: <sip:1@h>\r\nTo: <sip:1@h>\r\nCall-ID: "
			 "%s\r\nCSeq: %d "
			 "REGISTER\r\nContent-Length: 0\r\n\r\n",
			 who, who, n, VICTIM, who, n);
		tool->print(t, &(struct packet){ who, PBX, true, ask });
		tool->print(t, &(struct packet){ PBX, who, false, answer });
	}
}

/** A MESSAGE of the stranger with this body. */
static void
print_message(const struct tool *tool, struct text *t, const char *length,
	      const char *body)
{
	static struct text message;

	message.len = 0;
	ADDF(&message,
	     "MESSAGE sip:h SIP/2.0\r\nVia: SIP/2.0/UDP " STRANGER ";branch=zm\r\n"
	     "From: <sip:1@h>\r\nTo: <sip:1@h>\r\nCall-ID: m\r\nCSeq: 1 MESSAGE\r\n"
	     "Content-Length: %s\r\n\r\n",
	     length);
	add(&message, body);
	tool->print(t, &(struct packet){ STRANGER, PBX, true, message.bytes });
}

struct result {
	unsigned stranger, victim_sure, victim_doubted, other;
};

static struct result
read_text(const struct text *t)
{
	struct sv_ip pbx;
	struct rig rig = { 0 };
	struct result r = { 0 };
	struct stream_spec spec = { .source = "file:test",
				    .dialect = "sipmsg",
				    .stamps = { .zone = "UTC" },
				    .locals = &pbx,
				    .n_locals = 1,
				    .emit = rig_take,
				    .user = &rig };

	cr_assert(address_parse(SV_STR(PBX), &pbx));
	cr_assert_eq(stream_new(&spec, &rig.stream), 0);
	for (size_t at = 0; at < t->len;) {
		size_t len = strcspn(t->bytes + at, "\n");
		size_t shown = len && t->bytes[at + len - 1] == '\r' ? len - 1 : len;
		rig_feed(&rig, str_make(t->bytes + at, shown), 0);
		at += len + 1;
	}
	rig_close(&rig);
	for (unsigned i = 0; i < rig.n && i < RIG_MAX; i++) {
		const struct rig_event *ev = &rig.seen[i];
		bool sure = ev->e.attribution == SV_ATTRIBUTION_CERTAIN;
		if (strcmp(ev->ip, STRANGER ":5060") == 0)
			r.stranger++;
		else if (strcmp(ev->ip, VICTIM ":5060") == 0)
			r.victim_sure += sure, r.victim_doubted += !sure;
		else
			r.other++;
	}
	return r;
}

static void
check(const struct tool *tool, const char *attack, const struct text *t, bool never)
{
	struct result r = read_text(t);

	cr_expect_eq(r.victim_sure, 0, "%s, %s: the victim is blamed", tool->name,
		     attack);
	cr_expect(!(never || tool->exact) || r.victim_doubted == 0,
		  "%s, %s: %u doubted events", tool->name, attack, r.victim_doubted);
	cr_expect_eq(r.stranger, 1, "%s, %s: %u refusals seen", tool->name, attack,
		     r.stranger);
	cr_expect_eq(r.other, 0, "%s, %s: %u of others", tool->name, attack, r.other);
}

#define EACH_TOOL(tool)                   \
	(const struct tool *tool = tools; \
	 tool < tools + sizeof(tools) / sizeof(tools[0]); tool++)

static struct text text, forged;

static void
begin(const struct tool *tool)
{
	text.len = forged.len = 0;
	add(&forged, "\n");
	print_refusal(tool, &forged, VICTIM, "");
}

Test(sipmsg_injection, headers_do_not_say_who_it_was)
{
	for
		EACH_TOOL(tool)
		{
			begin(tool);
			print_refusal(tool, &text, STRANGER,
				      "Via: SIP/2.0/UDP " VICTIM ";received=" VICTIM
				      "\r\nContact: <sip:1@" VICTIM ">\r\n");
			check(tool, "an address in headers", &text, true);
		}
}

Test(sipmsg_injection, a_body_of_true_length_is_body)
{
	for
		EACH_TOOL(tool)
		{
			char length[24];

			begin(tool);
			snprintf(length, sizeof(length), "%zu", forged.len);
			print_message(tool, &text, length, forged.bytes);
			print_refusal(tool, &text, STRANGER, "");
			check(tool, "records in a body", &text, true);
		}
}

Test(sipmsg_injection, what_follows_a_message_is_doubted)
{
	for
		EACH_TOOL(tool)
		{
			begin(tool);
			print_message(tool, &text, "0", forged.bytes);
			print_refusal(tool, &text, STRANGER, "");
			check(tool, "records behind a message", &text, false);
		}
}

Test(sipmsg_injection, a_length_that_lies_hides_nothing)
{
	static const char *const lengths[] = { "300", "600", "1200", "9000",
					       "99999999" };

	for
		EACH_TOOL(tool)
		{
			for (size_t i = 0; i < sizeof(lengths) / sizeof(lengths[0]);
			     i++) {
				begin(tool);
				print_message(tool, &text, lengths[i], "");
				print_refusal(tool, &text, STRANGER, "");
				/* the text goes on, or a lie at its end would not show */
				for (int k = 0; k < 60; k++)
					print_refusal(tool, &text, STRANGER, "");
				check(tool, "a length that lies", &text, false);
			}
		}
}

Test(sipmsg_injection, lengths_that_lie_many_times)
{
	for
		EACH_TOOL(tool)
		{
			begin(tool);
			for (int i = 0; i < 20; i++) {
				print_message(tool, &text, "4000", "x\n");
				add(&text, "\n");
			}
			for (int i = 0; i < 40; i++)
				print_refusal(tool, &text, STRANGER, "");
			check(tool, "many lengths that lie", &text, false);
		}
}

Test(sipmsg_injection, lone_line_feeds)
{
	/* counted as if each ended in CR LF, a message of these seems shorter than it is */
	for
		EACH_TOOL(tool)
		{
			static struct text body;

			begin(tool);
			body.len = 0;
			for (int i = 0; i < 300; i++)
				add(&body, "\n");
			add(&body, forged.bytes);
			char length[24];
			snprintf(length, sizeof(length), "%zu", body.len);
			print_message(tool, &text, length, body.bytes);
			print_refusal(tool, &text, STRANGER, "");
			struct result r = read_text(&text);
			cr_expect_eq(r.victim_sure, 0, "%s", tool->name);
			cr_expect_eq(r.stranger, 1, "%s: %u", tool->name, r.stranger);
		}
}

Test(sipmsg_injection, escapes_in_syslog)
{
	/* clang-format off */
	static const char *const lines[] = {
		/* an agent's name that reads like a record of the administrator's */
		"Nov 22 20:44:39 sbc1 kamailio[1]: INFO: <script>: agent SIP received udp:" VICTIM ":5060 -> " PBX ":5060 9 bytes: INVITE sip:2@h SIP/2.0#015#012Via: SIP/2.0/UDP h;branch=zq#015#012Call-ID: q#015#012CSeq: 1 INVITE#015#012#015",
		"Nov 22 20:44:39 sbc1 kamailio[1]: INFO: <script>: agent SIP sent udp:" PBX ":5060 -> " VICTIM ":5060: SIP/2.0 403 No#015#012Via: SIP/2.0/UDP h;branch=zq#015#012Call-ID: q#015#012CSeq: 1 INVITE#015#012#015",
		/* a name in a message that reads like another message */
		"Nov 22 20:44:39 sbc1 kamailio[1]: INFO: <script>: SIP received udp:" STRANGER ":5060 -> " PBX ":5060 9 bytes: INVITE sip:2@h SIP/2.0#015#012From: \"x#015#012#015#012SIP/2.0 403 No#015#012Via: SIP/2.0/UDP h;branch=zr#015#012Call-ID: r#015#012CSeq: 1 INVITE#015#012#015#012\" <sip:1@h>#015#012#015",
	};
	/* clang-format on */
	struct rig rig;

	rig_open(&rig, NULL);
	for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++)
		rig_line(&rig, lines[i]);
	rig_close(&rig);
	for (unsigned i = 0; i < rig.n; i++)
		cr_expect_eq(rig.seen[i].e.attribution, SV_ATTRIBUTION_FORGEABLE);
	cr_expect_leq(rig.n, 1);
}

Test(sipmsg_injection, tshark_shows_by_columns)
{
	/* clang-format off */
	static const char frames[] =
		"Frame 1: 366 bytes on wire (2928 bits), 366 bytes captured (2928 bits)\n"
		"    Epoch Time: 1795380279.778331000 seconds\n"
		"Internet Protocol Version 4, Src: " STRANGER ", Dst: " PBX "\n"
		"User Datagram Protocol, Src Port: 5060, Dst Port: 5060\n"
		"Session Initiation Protocol (INVITE)\n"
		"    Request-Line: INVITE sip:2@h SIP/2.0\n"
		"    Message Header\n"
		"        Via: SIP/2.0/UDP h;branch=zq\n"
		"            Branch: zq\n"
		"        Call-ID: q\n"
		"        CSeq: 1 INVITE\n"
		"            Method: INVITE\n"
		"    Message Body\n"
		"            Frame 2: 366 bytes on wire (2928 bits)\\r\\n\n"
		"            Internet Protocol Version 4, Src: " PBX ", Dst: " VICTIM "\\r\\n\n"
		"            Session Initiation Protocol (403)\\r\\n\n"
		"                Status-Line: SIP/2.0 403 No\\r\\n\n"
		"\n"
		"Frame 2: 366 bytes on wire (2928 bits), 366 bytes captured (2928 bits)\n"
		"Internet Protocol Version 4, Src: " PBX ", Dst: " STRANGER "\n"
		"User Datagram Protocol, Src Port: 5060, Dst Port: 5060\n"
		"Session Initiation Protocol (403)\n"
		"    Status-Line: SIP/2.0 403 No\n"
		"    Message Header\n"
		"        Via: SIP/2.0/UDP h;branch=zq\n"
		"        Call-ID: q\n"
		"        CSeq: 1 INVITE\n"
		"\n";
	/* clang-format on */

	text.len = 0;
	add(&text, frames);
	struct result r = read_text(&text);
	cr_expect_eq(r.stranger, 1);
	cr_expect_eq(r.victim_sure + r.victim_doubted + r.other, 0);
}

Test(sipmsg_injection, a_message_hides_no_line)
{
	/* Asterisk in syslog: what looks like a message stands in the caller's name */
	struct rig rig;

	rig_open(&rig, NULL);
	rig_line(&rig,
		 "Nov 22 19:15:46 pbx asterisk[1]: NOTICE[466]: chan_sip.c:1 in "
		 "handle: Registration from '\"x 192.0.2.66:1 -> 192.0.2.9:1: SIP/2.0 "
		 "200 x#015#012\" <sip:1@h>' failed for '198.51.100.9:5060' - Wrong "
		 "password");
	rig_close(&rig);
	cr_expect_eq(rig.n, 1);
	cr_expect_str_eq(rig.seen[0].ip, STRANGER ":5060");
}

#define NOTICE                                                             \
	"[2026-11-22 19:15:46] NOTICE[466] chan_sip.c: Registration from " \
	"'<sip:1005@h>' failed for '" VICTIM ":5060' - Wrong password\n"

Test(sipmsg_injection, a_log_that_begins_with_a_dump_is_not_taken_over)
{
	struct packet p = { STRANGER, PBX, true, "OPTIONS sip:h SIP/2.0\r\n\r\n" };
	struct rig rig;

	text.len = 0;
	siptrace(&text, &p);
	siptrace(&text, &p);
	add(&text, NOTICE NOTICE);
	/* and what comes later between its lines is its own to skip */
	print_refusal(&tools[6], &text, STRANGER, "");
	add(&text, NOTICE);
	rig_open(&rig, NULL);
	rig_file(&rig, str_make(text.bytes, text.len));
	rig_close(&rig);
	cr_expect_eq(rig.n, 3);
	for (unsigned i = 0; i < rig.n; i++)
		cr_expect(str_eq(rig.seen[i].e.pbx, SV_STR("asterisk")));
}

Test(sipmsg_injection, a_capture_is_no_log)
{
	/* lines of a PBX in and behind messages */
	static const char *const lengths[] = { "0", "120", "900", "9999" };

	for
		EACH_TOOL(tool)
		{
			for (size_t i = 0; i < sizeof(lengths) / sizeof(lengths[0]);
			     i++) {
				struct rig rig;

				begin(tool);
				print_refusal(tool, &text, STRANGER, "");
				print_message(tool, &text, lengths[i],
					      "\n" NOTICE "\n" NOTICE);
				for (int k = 0; k < 20; k++)
					print_refusal(tool, &text, STRANGER, "");
				rig_open(&rig, NULL);
				rig_file(&rig, str_make(text.bytes, text.len));
				rig_close(&rig);
				for (unsigned k = 0; k < rig.n && k < RIG_MAX; k++)
					cr_expect(!str_eq(rig.seen[k].e.pbx,
							  SV_STR("asterisk")),
						  "%s, length %s", tool->name,
						  lengths[i]);
			}
		}
}

Test(sipmsg_injection, a_capture_is_no_log_from_its_first_line_on)
{
	for
		EACH_TOOL(tool)
		{
			struct packet p = { STRANGER, PBX, true,
					    "OPTIONS sip:h SIP/2.0\r\n" NOTICE NOTICE
					    "\r\n" };
			struct rig rig;

			begin(tool);
			tool->print(&text, &p);
			rig_open(&rig, NULL);
			rig_file(&rig, str_make(text.bytes, text.len));
			rig_close(&rig);
			cr_expect_eq(rig.n, 0, "%s", tool->name);
		}
}
