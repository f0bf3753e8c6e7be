/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Writes a large Asterisk `full` log to stdout, the same bytes for the same arguments:
 * gen_asterisk [MEBIBYTES [SEED]]. The mix follows recordings of busy hosts: most lines
 * are the dialplan at work, one line of twenty tells of a failure, 20,000 peers by
 * chan_sip and PJSIP, 24 trunks, 40 of the sources are attackers. At the end it says on
 * stderr how many lines of each sort it wrote.
 */
#include <inttypes.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

enum { PEERS = 20000, TRUNKS = 24, ATTACKERS = 40, LINES_PER_SEC = 160 };

struct generator {
	uint64_t random;
	uint64_t bytes, lines, failures;
	uint32_t call, channel;
	time_t start;
	char stamp[32]; /* of the second in `second` */
	uint64_t second;
};

static uint64_t
draw(struct generator *g, uint64_t below)
{
	g->random ^= g->random << 13;
	g->random ^= g->random >> 7;
	g->random ^= g->random << 17;
	return (g->random >> 16) % below;
}

/** One line after "[date] ". */
__attribute__((format(printf, 2, 3))) static void
line(struct generator *g, const char *format, ...)
{
	uint64_t second = g->lines / LINES_PER_SEC;
	va_list args;

	if (second != g->second || !g->stamp[0]) {
		time_t now = g->start + (time_t)second;
		struct tm tm;

		gmtime_r(&now, &tm);
		strftime(g->stamp, sizeof(g->stamp), "[%Y-%m-%d %H:%M:%S] ", &tm);
		g->second = second;
	}
	int n = printf("%s", g->stamp);
	va_start(args, format);
	n += vprintf(format, args);
	va_end(args);
	putchar('\n');
	g->bytes += (uint64_t)n + 1;
	g->lines++;
}

/** Address of a peer: 100.64.0.0/10 has room for all of them. */
static const char *
address(uint64_t peer, char out[32])
{
	snprintf(out, 32, "100.%u.%u.%u", 64 + (unsigned)(peer >> 14) % 64,
		 (unsigned)(peer >> 7) % 128, (unsigned)(peer % 128) + 1);
	return out;
}

/** Who fails: half of the failures come from a few attackers. */
static const char *
offender(struct generator *g, char out[32])
{
	if (draw(g, 2))
		return address(draw(g, PEERS), out);
	snprintf(out, 32, "203.0.113.%u", (unsigned)draw(g, ATTACKERS) + 1);
	return out;
}

static void
registration_fails(struct generator *g)
{
	static const char *const why[] = { "Wrong password", "No matching peer found",
					   "Wrong password",
					   "Device does not match ACL",
					   "Username/auth name mismatch" };
	char ip[32];
	unsigned user = 10000 + (unsigned)draw(g, PEERS);

	line(g,
	     "NOTICE[466] chan_sip.c: Registration from '\"%u\" "
	     "<sip:%u@192.0.2.10>' failed for '%s:%u' - %s",
	     user, user, offender(g, ip), 5060 + (unsigned)draw(g, 2000),
	     why[draw(g, 5)]);
	g->failures++;
}

static void
request_fails(struct generator *g)
{
	static const char *const why[] = { "No matching endpoint found",
					   "Failed to authenticate",
					   "No matching endpoint found" };
	char ip[32];
	unsigned user = 10000 + (unsigned)draw(g, PEERS);
	uint64_t id = draw(g, UINT64_C(1) << 40);

	offender(g, ip);
	line(g,
	     "NOTICE[623] res_pjsip/pjsip_distributor.c: Request '%s' from '\"%u\" "
	     "<sip:%u@192.0.2.10>' failed for '%s:%u' (callid: %" PRIx64 "@%s) - %s",
	     draw(g, 4) ? "REGISTER" : "INVITE", user, user, ip,
	     5060 + (unsigned)draw(g, 2000), id, ip, why[draw(g, 3)]);
	g->failures++;
}

static void
extension_unknown(struct generator *g)
{
	char ip[32];
	unsigned user = 10000 + (unsigned)draw(g, PEERS);

	line(g,
	     "NOTICE[466][C-%08x] chan_sip.c: Call from '%u' (%s:5060) to extension "
	     "'00%09" PRIu64
	     "' rejected because extension not found in context 'internal'.",
	     g->call++, user, offender(g, ip), draw(g, 1000000000));
	g->failures++;
}

static void
peer_comes_and_goes(struct generator *g)
{
	unsigned peer = (unsigned)draw(g, PEERS);
	char ip[32];

	address(peer, ip);
	if (peer % 2) {
		line(g, "VERBOSE[466] chan_sip.c: Registered SIP '%u' at %s:5060",
		     10000 + peer, ip);
		return;
	}
	line(g,
	     "VERBOSE[623] res_pjsip_registrar.c: Added contact 'sip:%u@%s:5060' to "
	     "AOR '%u' with expiration of 3600 seconds",
	     10000 + peer, ip, 10000 + peer);
	line(g,
	     "VERBOSE[603] res_pjsip/pjsip_configuration.c: Endpoint %u is now "
	     "Reachable",
	     10000 + peer);
}

/** What a call is while its lines are written. */
struct call {
	const char *tech;
	unsigned user, extension, trunk, thread;
	uint32_t mark, from, to;
};

__attribute__((format(printf, 4, 5))) static void
executing(struct generator *g, const struct call *c, unsigned priority,
	  const char *format, ...)
{
	char application[160];
	va_list args;

	va_start(args, format);
	vsnprintf(application, sizeof(application), format, args);
	va_end(args);
	line(g, "VERBOSE[%u][C-%08x] pbx.c: Executing [%u@internal:%u] %s in new stack",
	     c->thread, c->mark, c->extension, priority, application);
}

static void
call_refused(struct generator *g, const struct call *c)
{
	static const struct {
		unsigned code;
		const char *phrase, *word;
		const char *counts;
	} rows[] = {
		{ 486, "Busy Here", "busy", "1:1/0/0" },
		{ 503, "Service Unavailable", "circuit-busy", "1:0/1/0" },
		{ 480, "Temporarily Unavailable", "busy", "1:1/0/0" },
	};
	unsigned i = (unsigned)draw(g, 3);

	line(g,
	     "VERBOSE[466][C-%08x] chan_sip.c: Got SIP response %u \"%s\" back from "
	     "198.51.100.%u:5060",
	     c->mark, rows[i].code, rows[i].phrase, c->trunk + 1);
	line(g, "VERBOSE[%u][C-%08x] app_dial.c: SIP/trunk%u-%08x is %s", c->thread,
	     c->mark, c->trunk, c->to, rows[i].word);
	line(g,
	     "VERBOSE[%u][C-%08x] app_dial.c: Everyone is busy/congested at this time "
	     "(%s)",
	     c->thread, c->mark, rows[i].counts);
	g->failures += 3;
}

static void
call_answered(struct generator *g, const struct call *c)
{
	line(g, "VERBOSE[%u][C-%08x] app_dial.c: SIP/trunk%u-%08x is ringing",
	     c->thread, c->mark, c->trunk, c->to);
	line(g, "VERBOSE[%u][C-%08x] app_dial.c: SIP/trunk%u-%08x answered %s/%u-%08x",
	     c->thread, c->mark, c->trunk, c->to, c->tech, c->user, c->from);
	for (int side = 0; side < 2; side++)
		line(g,
		     "VERBOSE[%u][C-%08x] bridge_channel.c: Channel %s/%s%u-%08x "
		     "joined 'simple_bridge' basic-bridge <%08x-1c2d-4e5f-a0b1-%012x>",
		     c->thread, c->mark, side ? "SIP" : c->tech, side ? "trunk" : "",
		     side ? c->trunk : c->user, side ? c->to : c->from,
		     c->mark * 2654435761U, c->mark);
}

/** What a dialplan does before and after Dial(): a dozen steps, as recordings show. */
static void
dialplan(struct generator *g, const struct call *c, unsigned first, unsigned last)
{
	static const struct {
		const char *application, *before, *after;
	} steps[] = {
		{ "NoOp", "Outbound via SIP trunk", "" },
		{ "Set", "CDR(accountcode)=", "" },
		{ "GotoIf", "0?blocked,", ",1" },
		{ "Set", "CALLERID(num)=+4930", "" },
		{ "ExecIf", "0?Set(CALLERPRES=", ")" },
		{ "Gosub", "sub-record,s,1(", ",out)" },
		{ "Set", "GROUP()=out", "" },
		{ "Return", "", "" },
	};

	for (unsigned i = first; i <= last; i++) {
		unsigned step = i % 8;

		executing(g, c, i, "%s(\"%s/%u-%08x\", \"%s%u%s\")",
			  steps[step].application, c->tech, c->user, c->from,
			  steps[step].before, c->user, steps[step].after);
	}
}

static void
call_made(struct generator *g, bool refused)
{
	struct call c = { .tech = draw(g, 2) ? "PJSIP" : "SIP",
			  .user = 10000 + (unsigned)draw(g, PEERS),
			  .extension = 70000 + (unsigned)draw(g, 9999),
			  .trunk = (unsigned)draw(g, TRUNKS),
			  .thread = 500 + (unsigned)draw(g, 9000),
			  .mark = g->call++,
			  .from = g->channel++,
			  .to = g->channel++ };

	line(g, "VERBOSE[466][C-%08x] netsock2.c: Using SIP RTP CoS mark 5", c.mark);
	dialplan(g, &c, 1, 8);
	executing(g, &c, 9, "Dial(\"%s/%u-%08x\", \"SIP/trunk%u/5551234,15\")", c.tech,
		  c.user, c.from, c.trunk);
	line(g, "VERBOSE[%u][C-%08x] app_dial.c: Called SIP/trunk%u/5551234", c.thread,
	     c.mark, c.trunk);
	if (refused)
		call_refused(g, &c);
	else
		call_answered(g, &c);
	dialplan(g, &c, 10, 14);
	executing(g, &c, 15, "Hangup(\"%s/%u-%08x\", \"\")", c.tech, c.user, c.from);
	line(g,
	     "VERBOSE[%u][C-%08x] pbx.c: Spawn extension (internal, %u, 15) exited "
	     "non-zero on '%s/%u-%08x'",
	     c.thread, c.mark, c.extension, c.tech, c.user, c.from);
	executing(g, &c, 1, "NoOp(\"%s/%u-%08x\", \"Hangup cause 16\")", c.tech, c.user,
		  c.from);
}

static void
fail_somehow(struct generator *g)
{
	switch (draw(g, 8)) {
	case 0:
		call_made(g, true);
		break;
	case 1:
	case 2:
		request_fails(g);
		break;
	case 3:
		extension_unknown(g);
		break;
	default:
		registration_fails(g);
		break;
	}
}

int
main(int argc, char **argv)
{
	uint64_t mebibytes = argc > 1 ? strtoull(argv[1], NULL, 10) : 256;
	uint64_t seed = argc > 2 ? strtoull(argv[2], NULL, 10) : 1;
	struct generator g = { .random = seed * UINT64_C(0x9e3779b97f4a7c15) | 1,
			       .start = 1772323200 }; /* 2026-03-01 */

	if (mebibytes == 0) {
		fprintf(stderr, "usage: gen_asterisk [MEBIBYTES [SEED]]\n");
		return 2;
	}
	setvbuf(stdout, NULL, _IOFBF, 1 << 20);
	while (g.bytes < mebibytes << 20) {
		if (g.failures * 20 < g.lines)
			fail_somehow(&g);
		else if (draw(&g, 3) == 0)
			peer_comes_and_goes(&g);
		else
			call_made(&g, false);
	}
	if (fflush(stdout) != 0 || ferror(stdout)) {
		perror("gen_asterisk");
		return 1;
	}
	fprintf(stderr, "%" PRIu64 " lines, %" PRIu64 " of them tell of failures\n",
		g.lines, g.failures);
	return 0;
}
