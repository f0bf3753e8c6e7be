/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Writes a large freeswitch.log of level DEBUG with uuids to stdout, the same bytes for
 * the same arguments: gen_freeswitch [MEBIBYTES [SEED]]. The mix follows recordings: half
 * of the lines are the dialplan thinking aloud, most others a call's states; one call in
 * four fails, and one registration in ten. At the end it says on stderr how many lines it
 * wrote.
 */
#include <inttypes.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

enum { PHONES = 2000, TRUNKS = 24, ATTACKERS = 40, DIALPLAN_LINES = 90, STATES = 8 };

struct generator {
	uint64_t random, bytes, lines, usec;
	char uuid[40]; /* of the call, with a blank, or empty */
};

static uint64_t
draw(struct generator *g, uint64_t below)
{
	g->random ^= g->random << 13;
	g->random ^= g->random >> 7;
	g->random ^= g->random << 17;
	return (g->random >> 16) % below;
}

/** One line, with a date if it has a level. */
__attribute__((format(printf, 3, 4))) static void
line(struct generator *g, const char *level, const char *format, ...)
{
	uint64_t s = g->usec / 1000000;
	va_list args;
	int n = printf("%s", g->uuid);

	if (level)
		n += printf("2026-03-01 %02u:%02u:%02u.%06u 97.40%% [%s] ",
			    (unsigned)(s / 3600 % 24), (unsigned)(s / 60 % 60),
			    (unsigned)(s % 60), (unsigned)(g->usec % 1000000), level);
	va_start(args, format);
	n += vprintf(format, args);
	va_end(args);
	putchar('\n');
	g->bytes += (uint64_t)n + 1;
	g->lines++;
}

static void
call_begin(struct generator *g)
{
	uint32_t a = (uint32_t)draw(g, UINT32_MAX), b = (uint32_t)draw(g, UINT32_MAX);

	snprintf(g->uuid, sizeof(g->uuid), "%08x-%04x-4%03x-8%03x-%012" PRIx64 " ", a,
		 b >> 16, b & 0xfff, a & 0xfff, draw(g, UINT64_C(1) << 40));
}

static void
states(struct generator *g, const char *name)
{
	static const char *const words[STATES] = { "NEW",     "INIT",
						   "ROUTING", "EXECUTE",
						   "HANGUP",  "REPORTING",
						   "DESTROY", "INIT going to sleep" };

	for (int i = 0; i < STATES; i++) {
		line(g, "DEBUG", "switch_core_state_machine.c:581 (%s) State %s", name,
		     words[i]);
		line(g, "DEBUG", "mod_sofia.c:97 %s SOFIA %s", name, words[i]);
	}
}

static void
call(struct generator *g)
{
	unsigned phone = (unsigned)draw(g, PHONES), trunk = (unsigned)draw(g, TRUNKS);
	const char *fails = draw(g, 4) ? NULL : "486";
	char name[64], other[64], first[40];

	snprintf(name, sizeof(name), "sofia/internal/%u@pbx.example.net", 1000 + phone);
	snprintf(other, sizeof(other), "sofia/external/1555%07u", phone);
	call_begin(g);
	line(g, "NOTICE", "switch_channel.c:1142 New Channel %s [%.36s]", name,
	     g->uuid);
	line(g, "INFO",
	     "sofia.c:10460 %s receiving invite from 198.51.100.%u:5060 version: "
	     "1.10.12-release  64bit call-id: a84b4c76e66710-%" PRIu64,
	     name, phone % 200 + 1, g->lines);
	states(g, name);
	for (int i = 0; i < DIALPLAN_LINES; i++)
		line(g, NULL,
		     "Dialplan: %s Regex (FAIL) [extension-%d] "
		     "destination_number(1555) "
		     "=~ /^%d(\\d+)$/ break=on-false",
		     name, i, i);
	line(g, NULL, "EXECUTE [depth=0] %s bridge(sofia/gateway/trunk%u/1555%07u)",
	     name, trunk, phone);
	snprintf(first, sizeof(first), "%s", g->uuid);
	call_begin(g);
	line(g, "NOTICE", "switch_channel.c:1142 New Channel %s [%.36s]", other,
	     g->uuid);
	line(g, "INFO", "sofia_glue.c:1659 %s sending invite call-id: (null)", other);
	states(g, other);
	g->usec += 40000;
	if (fails)
		line(g, "DEBUG",
		     "sofia.c:7493 Channel %s entering state [terminated][%s]", other,
		     fails);
	line(g, "NOTICE", "sofia.c:8736 Hangup %s [CS_CONSUME_MEDIA] [%s]", other,
	     fails ? "USER_BUSY" : "NORMAL_CLEARING");
	line(g, "NOTICE", "switch_core_session.c:1766 Close Channel %s [CS_DESTROY]",
	     other);
	snprintf(g->uuid, sizeof(g->uuid), "%s", first);
	line(g, "NOTICE", "switch_channel.c:5012 Hangup %s [CS_EXECUTE] [%s]", name,
	     fails ? "USER_BUSY" : "NORMAL_CLEARING");
	if (fails)
		line(g, "DEBUG", "mod_sofia.c:614 Responding to INVITE with: %s",
		     fails);
	line(g, "NOTICE", "switch_core_session.c:1766 Close Channel %s [CS_DESTROY]",
	     name);
	g->uuid[0] = '\0';
}

static void
registration(struct generator *g)
{
	unsigned phone = (unsigned)draw(g, PHONES), last = phone % 200 + 1;
	const char *net = "198.51.100";
	static const char format[] =
		"sofia_reg.c:%d SIP auth %s (REGISTER) on sofia profile 'internal' for "
		"[%u@pbx.example.net] from ip %s.%u";

	if (draw(g, 10) == 0) {
		net = "203.0.113";
		last = (unsigned)draw(g, ATTACKERS) + 1;
	}
	line(g, "WARNING", format, 1842, "challenge", 1000 + phone, net, last);
	if (net[0] == '2')
		line(g, "WARNING", format, 1787, "failure", 1000 + phone, net, last);
}

int
main(int argc, char **argv)
{
	uint64_t most = (argc > 1 ? strtoull(argv[1], NULL, 10) : 64) << 20;
	struct generator g = { .random = argc > 2 ? strtoull(argv[2], NULL, 10)
						  : UINT64_C(88172645463325252),
			       .usec = 4519 };

	while (g.bytes < most) {
		call(&g);
		for (int i = 0; i < 4; i++)
			registration(&g);
		g.usec += 20000 * draw(&g, 20);
	}
	fprintf(stderr, "%" PRIu64 " lines\n", g.lines);
	return ferror(stdout) || fflush(stdout) ? 1 : 0;
}
