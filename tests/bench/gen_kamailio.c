/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Writes a large syslog file of a busy Kamailio to stdout, the same bytes for the same
 * arguments: gen_kamailio [MEBIBYTES [SEED]]. Default log_prefix, eight workers; most
 * lines are what a script says of requests and acc of answered calls, one line of twelve
 * tells of a failure. At the end it says on stderr what it wrote.
 */
#include <inttypes.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

enum { PEERS = 20000, GATEWAYS = 24, LINES_PER_SEC = 160, WORKERS = 8 };

struct generator {
	uint64_t random, bytes, lines, failures;
	time_t start;
};

static uint64_t
draw(struct generator *g, uint64_t below)
{
	g->random ^= g->random << 13;
	g->random ^= g->random >> 7;
	g->random ^= g->random << 17;
	return (g->random >> 16) % below;
}

/** One line behind "date host tag: ". */
__attribute__((format(printf, 2, 3))) static void
line(struct generator *g, const char *format, ...)
{
	time_t now = g->start + (time_t)(g->lines / LINES_PER_SEC);
	struct tm tm;
	char stamp[32];
	va_list args;

	gmtime_r(&now, &tm);
	strftime(stamp, sizeof(stamp), "%FT%T", &tm);
	int n = printf("%s.%06u+00:00 sbc1 /usr/sbin/kamailio[%u]: ", stamp,
		       (unsigned)(g->lines % LINES_PER_SEC) * 6250,
		       310 + (unsigned)draw(g, WORKERS));
	va_start(args, format);
	n += vprintf(format, args);
	va_end(args);
	putchar('\n');
	g->bytes += (uint64_t)n + 1;
	g->lines++;
}

/** Who asks, and how its request is called. */
struct request {
	unsigned user, number, gateway;
	char ip[32], id[64];
};

static void
request_make(struct generator *g, struct request *r)
{
	unsigned peer = (unsigned)draw(g, PEERS);

	r->user = 10000 + peer;
	r->number = 5550000 + (unsigned)draw(g, 10000);
	r->gateway = 1 + (unsigned)draw(g, GATEWAYS);
	snprintf(r->ip, sizeof(r->ip), "100.64.%u.%u", peer / 128 % 256,
		 peer % 128 + 1);
	snprintf(r->id, sizeof(r->id), "%" PRIx64 "@%s", draw(g, UINT64_C(1) << 48),
		 r->ip);
}

static void
acc(struct generator *g, const struct request *r, const char *phrase, unsigned code,
    const char *reason)
{
	line(g,
	     "NOTICE: {2 2 INVITE %s} acc [acc.c:287]: acc_log_request(): ACC: %s: "
	     "timestamp=%" PRIu64 ";method=INVITE;from_tag=%xi1;to_tag=%08x;call_id=%s;"
	     "code=%u;reason=%s;src_user=%u;src_domain=pbx.example.com;src_ip=%s;"
	     "dst_ouser=%u;dst_user=%u;dst_domain=198.51.100.%u",
	     r->id, phrase, (uint64_t)g->start + g->lines / LINES_PER_SEC, r->user,
	     r->number * 2654435761U, r->id, code, reason, r->user, r->ip, r->number,
	     r->number, r->gateway);
}

static void
call(struct generator *g)
{
	static const struct {
		unsigned code;
		const char *reason;
	} bad[] = { { 486, "Busy Here" },
		    { 503, "Service Unavailable" },
		    { 480, "Temporarily Unavailable" },
		    { 404, "Not Found" } };
	struct request r;

	request_make(g, &r);
	line(g,
	     "INFO: {1 2 INVITE %s} <script>: INVITE from sip:%u@pbx.example.com "
	     "(%s:5060) to sip:%u@pbx.example.com - routing to 198.51.100.%u",
	     r.id, r.user, r.ip, r.number, r.gateway);
	line(g,
	     "INFO: {2 2 INVITE %s} <script>: Incoming reply 180 Ringing from "
	     "198.51.100.%u:5060 (INVITE) [%s]",
	     r.id, r.gateway, r.id);
	if (draw(g, 6)) {
		acc(g, &r, "transaction answered", 200, "OK");
		line(g, "INFO: {1 3 BYE %s} <script>: BYE from %s:5060", r.id, r.ip);
		return;
	}
	unsigned i = (unsigned)draw(g, 4);
	line(g,
	     "NOTICE: {2 2 INVITE %s} <script>: Incoming reply %u %s from "
	     "198.51.100.%u:5060 (INVITE) [%s]",
	     r.id, bad[i].code, bad[i].reason, r.gateway, r.id);
	acc(g, &r, "call missed", bad[i].code, bad[i].reason);
	g->failures += 2;
}

static void
registration(struct generator *g)
{
	struct request r;

	request_make(g, &r);
	line(g,
	     "INFO: {1 %u REGISTER %s} <script>: REGISTER from sip:%u@pbx.example.com "
	     "(%s:5060) agent Phone/2.%u",
	     1 + (unsigned)draw(g, 900), r.id, r.user, r.ip, r.user % 7);
	if (draw(g, 12))
		return;
	line(g,
	     "NOTICE: {1 2 REGISTER %s} <script>: Auth_error for %u@pbx.example.com "
	     "from 203.0.113.%u cause -%u",
	     r.id, r.user, 1 + (unsigned)draw(g, 40), 2 + (unsigned)draw(g, 2));
	g->failures++;
}

int
main(int argc, char **argv)
{
	uint64_t mib = argc > 1 ? strtoull(argv[1], NULL, 10) : 256;
	struct generator g = {
		.random =
			argc > 2 ? strtoull(argv[2], NULL, 10) | 1 : 88172645463325252,
		.start = 1772323200, /* 2026-03-01 */
	};

	while (g.bytes < mib << 20) {
		if (draw(&g, 3) == 0)
			call(&g);
		else
			registration(&g);
	}
	fprintf(stderr, "%" PRIu64 " lines, %" PRIu64 " of failures\n", g.lines,
		g.failures);
	return 0;
}
