/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Writes a large file of a syslog server to which boxes of one kind send, the same bytes
 * for the same arguments: gen_boxes cisco|audiocodes|oracle [MEBIBYTES [SEED]]. One line of
 * twelve tells of a failure; the others are what such boxes say of calls and of
 * themselves, and lines of other programs. At the end it says on stderr what it wrote.
 */
#include <inttypes.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { LINES_PER_SEC = 160, BOXES = 12 };

struct generator {
	uint64_t random, bytes, lines, failures;
	time_t start;
};

static unsigned
draw(struct generator *g, unsigned below)
{
	g->random ^= g->random << 13;
	g->random ^= g->random >> 7;
	g->random ^= g->random << 17;
	return (unsigned)((g->random >> 16) % below);
}

/** One line behind "date box ". */
__attribute__((format(printf, 2, 3))) static void
line(struct generator *g, const char *format, ...)
{
	time_t now = g->start + (time_t)(g->lines / LINES_PER_SEC);
	struct tm tm;
	char stamp[32];
	va_list args;

	gmtime_r(&now, &tm);
	strftime(stamp, sizeof(stamp), "%FT%T", &tm);
	int n = printf("%s.%06u+00:00 10.20.0.%u ", stamp,
		       (unsigned)(g->lines % LINES_PER_SEC) * 6250, 1 + draw(g, BOXES));
	va_start(args, format);
	n += vprintf(format, args);
	va_end(args);
	putchar('\n');
	g->bytes += (uint64_t)n + 1;
	g->lines++;
}

static void
other(struct generator *g)
{
	if (draw(g, 2))
		line(g,
		     "sshd[%u]: Connection closed by authenticating user root "
		     "203.0.113.%u "
		     "port %u [preauth]",
		     1000 + draw(g, 9000), draw(g, 256), 30000 + draw(g, 9000));
	else
		line(g,
		     "firewall: in:ether1 out:(none), proto UDP, 203.0.113.%u:5060->"
		     "198.51.100.1:5060, len %u",
		     draw(g, 256), 300 + draw(g, 900));
}

static void
history(struct generator *g, unsigned cause, const char *text, bool answered)
{
	line(g,
	     "%u: Mar  1 10:16:25.486: %%VOIPAAA-5-VOIP_CALL_HISTORY: CallLegType 2, "
	     "ConnectionId %X %X %X %X, SetupTime 10:14:59.214 CET Sun Mar 1 2026, "
	     "PeerAddress %u, PeerSubAddress , DisconnectCause %X  , DisconnectText %s "
	     "(%u), "
	     "ConnectTime 10:14:59.294 CET Sun Mar 1 2026, DisconnectTime "
	     "10:1%u:50.894 CET "
	     "Sun Mar 1 2026, CallOrigin %u, ChargedUnits 0, InfoType 2, "
	     "TransmitPackets "
	     "2562, TransmitBytes 409920, ReceivePackets 2576, ReceiveBytes 411524",
	     (unsigned)g->lines, draw(g, 1U << 31), draw(g, 1U << 31),
	     draw(g, 1U << 31), draw(g, 1U << 31), 100000 + draw(g, 90000), cause, text,
	     cause, answered ? 5U : 4U, 1 + draw(g, 2));
}

static void
cisco(struct generator *g, unsigned kind)
{
	if (kind == 0) {
		if (draw(g, 2))
			history(g, 17, "user busy", false);
		else
			line(g,
			     "%u: Mar  1 10:16:25.486: %%VOICE_IEC-3-GW: Application "
			     "Framework "
			     "Core: Internal Error (Toll fraud call rejected): "
			     "IEC=1.1.228.3.31.0 on callID %u GUID=%08X%08X%08X%08X",
			     (unsigned)g->lines, draw(g, 100000), draw(g, 1U << 31),
			     draw(g, 1U << 31), draw(g, 1U << 31), draw(g, 1U << 31));
		g->failures++;
	} else if (kind < 5) {
		history(g, 16, "normal call clearing", true);
	} else {
		line(g,
		     "%u: Mar  1 10:16:25.486: %%LINEPROTO-5-UPDOWN: Line protocol on "
		     "Interface "
		     "GigabitEthernet0/%u, changed state to up",
		     (unsigned)g->lines, draw(g, 4));
	}
}

static void
audiocodes(struct generator *g, unsigned kind)
{
	unsigned n = (unsigned)g->lines;

	if (g->lines < 200)
		line(g,
		     "[S=%u] |SBCReportType |EPTyp |SIPCallId |SessionId |Orig "
		     "|SourceIp "
		     "|SourcePort |DestIp |DestPort |TransportType |SrcURI |DstURI "
		     "|Durat "
		     "|TrmSd |TrmReason |TrmReasonCategory |SIPTrmReason |SIPTermDesc",
		     n);
	else if (kind < 5)
		line(g,
		     "[S=%u] [SID=b9027c:24:%u] |CALL_END |SBC |%u@10.1.2.3 "
		     "|b9027c:24:%u |%s "
		     "|203.0.113.%u |5060 |198.51.100.%u |5060 |UDP |%u@h |%u@h |%u "
		     "|RMT "
		     "|GWAPP_NORMAL_CALL_CLEAR |NORMAL_CALL_CLEAR |%s | "
		     "[Time:01-03@10:45:02.514]",
		     n, n, draw(g, 1U << 30), n, draw(g, 2) ? "RMT" : "LCL",
		     draw(g, 256), draw(g, 256), draw(g, 90000), draw(g, 90000),
		     draw(g, 200), kind ? "BYE" : "486");
	else
		line(g,
		     "[S=%u] [SID=b9027c:24:%u]  (N  %u) (#%u)Call: state CONNECTED, "
		     "event "
		     "EV_MEDIA_UPDATE, resource %u [Time:01-03@10:45:02.514]",
		     n, n, n, draw(g, 900), draw(g, 900));
	g->failures += kind == 0;
}

static void
oracle(struct generator *g, unsigned kind)
{
	if (kind == 0) {
		line(g,
		     "sbc1 sipd[2dcc32a4] ERROR [IDS_LOG]INVITE from source "
		     "203.0.113.%u:5060 "
		     "to dest 198.51.100.1:5060[UDP] realm=access; From=sipp "
		     "<sip:%u@203.0.113.9:5060>;tag=%u; "
		     "target=sip:%u@198.51.100.1:5060 "
		     "rejected!; status=403 (Forbidden)",
		     draw(g, 256), draw(g, 90000), draw(g, 90000), draw(g, 90000));
		g->failures++;
	} else if (kind < 5) {
		line(g,
		     "sbc1 sipd[2dcc32a4] ERROR Via: SIP/2.0/UDP "
		     "203.0.113.%u:20928;branch=z9%u",
		     draw(g, 256), draw(g, 1U << 30));
	} else {
		line(g,
		     "sbc1 mbcd[2dcc32a5] WARNING flow %u on realm access: no media "
		     "for %u s",
		     draw(g, 90000), draw(g, 300));
	}
}

int
main(int argc, char **argv)
{
	uint64_t mib = argc > 2 ? strtoull(argv[2], NULL, 10) : 256;
	const char *kind = argc > 1 ? argv[1] : "cisco";
	struct generator g = {
		.random =
			argc > 3 ? strtoull(argv[3], NULL, 10) | 1 : 88172645463325252,
		.start = 1772323200, /* 2026-03-01 */
	};

	while (g.bytes < mib << 20) {
		unsigned what = draw(&g, 12);
		if (what >= 10)
			other(&g);
		else if (strcmp(kind, "oracle") == 0)
			oracle(&g, what);
		else if (strcmp(kind, "audiocodes") == 0)
			audiocodes(&g, what);
		else
			cisco(&g, what);
	}
	fprintf(stderr, "%" PRIu64 " lines, %" PRIu64 " of failures\n", g.lines,
		g.failures);
	return 0;
}
