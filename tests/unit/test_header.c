/* SPDX-License-Identifier: Apache-2.0 */
#include "base/header.h"
#include "base/text.h"

#include <criterion/criterion.h>
#include <inttypes.h>
#include <stdlib.h>

/* Reference of all rows: 2026-11-22 20:00:00 UTC. */
#define REFERENCE ((sv_usec)1795377600 * SV_USEC_PER_SEC)
#define AT(seconds) ((sv_usec)((seconds)*1e6 + 0.5))
#define NOV22_192945 1795375785.0
#define JAN06_100001 1736157601.0

static const struct row {
	const char *line, *host, *ident, *text;
	uint32_t pid;
	int priority;
	sv_usec time;
	uint32_t repeated;
	bool of_last;
} rows[] = {
	/* RFC 3164 */
	{ "Nov 22 19:29:45 pbx1 asterisk[3487]: NOTICE[96]: x", "pbx1", "asterisk",
	  "NOTICE[96]: x", 3487, -1, AT(NOV22_192945), 1, false },
	{ "<133>Nov 22 19:29:45 sbc1 /usr/sbin/kamailio[310]: NOTICE: one", "sbc1",
	  "kamailio", "NOTICE: one", 310, 133, AT(NOV22_192945), 1, false },
	{ "<133>Nov 22 19:29:45 /usr/sbin/kamailio[310]: text", "", "kamailio", "text",
	  310, 133, AT(NOV22_192945), 1, false },
	{ "Nov 22 19:29:45 2001:db8::7 asterisk[5]: t", "2001:db8::7", "asterisk", "t",
	  5, -1, AT(NOV22_192945), 1, false },
	{ "Nov 22 19:29:45 pbx1 kernel: [1.2] x", "pbx1", "kernel", "[1.2] x", 0, -1,
	  AT(NOV22_192945), 1, false },
	{ "Nov 22 19:29:45 pbx1 asterisk[7]:", "pbx1", "asterisk", "", 7, -1,
	  AT(NOV22_192945), 1, false },
	{ "Nov 22 19:29:45 pbx1 asterisk[7]:     -- Called", "pbx1", "asterisk",
	  "    -- Called", 7, -1, AT(NOV22_192945), 1, false },
	{ "Nov 22 19:29:45 pbx1 just text", "", "", "pbx1 just text", 0, -1,
	  AT(NOV22_192945), 1, false },
	{ "Nov 22 19:29:45 pbx1 NOTICE[96]: chan_sip.c:1 in f: x", "", "",
	  "pbx1 NOTICE[96]: chan_sip.c:1 in f: x", 0, -1, AT(NOV22_192945), 1, false },
	{ "<133>kamailio[1]: no time no host", "", "kamailio", "no time no host", 1,
	  133, 0, 1, false },
	{ "<999>Nov 22 19:29:45 h t: x", "h", "t", "x", 0, -1, AT(NOV22_192945), 1,
	  false },
	{ "<13>text of its own", "", "", "text of its own", 0, 13, 0, 1, false },
	{ "<1337>text", "", "", "<1337>text", 0, -1, 0, 1, false },
	/* RFC 5424 */
	{ "<133>1 2026-11-22T19:29:45.493508+00:00 pbx1 asterisk 3487 - -  NOTICE[1]: "
	  "x",
	  "pbx1", "asterisk", "NOTICE[1]: x", 3487, 133, AT(NOV22_192945 + 0.493508), 1,
	  false },
	{ "<133>1 2026-11-22T20:29:45+01:00 sbc1 - 310 - - one", "sbc1", "", "one", 310,
	  133, AT(NOV22_192945), 1, false },
	{ "<13>1 2026-11-22T19:29:45Z h root - - [timeQuality tzKnown=\"1\"] "
	  "\xef\xbb\xbfx",
	  "h", "root", "x", 0, 13, AT(NOV22_192945), 1, false },
	{ "<13>1 - - - - ID [a b=\"]\\\"] \"][c d=\"e\"] msg", "", "", "msg", 0, 13, 0,
	  1, false },
	{ "<13>1 2026-11-22T19:29:45Z h a 1 - -", "h", "a", "", 1, 13, AT(NOV22_192945),
	  1, false },
	{ "1 2026-11-22T19:29:45Z h a 1 - - m", "h", "a", "m", 1, -1, AT(NOV22_192945),
	  1, false },
	{ "<13>1 2026-11-22T19:29:45Z h a 1 - [open", "", "",
	  "1 2026-11-22T19:29:45Z h a 1 - [open", 0, 13, 0, 1, false },
	/* ISO prefixes */
	{ "2026-11-22T19:29:45.493508+00:00 pbx1 asterisk[3487]: VERBOSE[1]: x", "pbx1",
	  "asterisk", "VERBOSE[1]: x", 3487, -1, AT(NOV22_192945 + 0.493508), 1,
	  false },
	{ "2026-11-22T20:29:45+0100 pbx1 asterisk[3487]: x", "pbx1", "asterisk", "x",
	  3487, -1, AT(NOV22_192945), 1, false },
	{ "<133>2026-11-22T19:29:45.5+00:00 pbx9 kamailio[310]: x", "pbx9", "kamailio",
	  "x", 310, 133, AT(NOV22_192945 + 0.5), 1, false },
	{ "2026-11-22 19:29:45 pbx1 asterisk[3487]: x", "pbx1", "asterisk", "x", 3487,
	  -1, AT(NOV22_192945), 1, false },
	{ "Sun 2026-11-22 19:29:45 UTC pbx1 asterisk[3487]: x", "pbx1", "asterisk", "x",
	  3487, -1, AT(NOV22_192945), 1, false },
	{ "1795375785.5 pbx1 asterisk[3487]: x", "pbx1", "asterisk", "x", 3487, -1,
	  AT(NOV22_192945 + 0.5), 1, false },
	/* a PBX's own dates are text */
	{ "[Nov 22 19:29:45] NOTICE[1]: x", "", "", "[Nov 22 19:29:45] NOTICE[1]: x", 0,
	  -1, 0, 1, false },
	{ "2026-11-22 19:29:45.123456 [WARNING] sofia.c:1 x", "", "",
	  "2026-11-22 19:29:45.123456 [WARNING] sofia.c:1 x", 0, -1, 0, 1, false },
	{ "2026-11-22 19:29:45.123456 95.33% [WARNING] x: y", "", "",
	  "2026-11-22 19:29:45.123456 95.33% [WARNING] x: y", 0, -1, 0, 1, false },
	{ "Nov 22 19:29:45] NOTICE[1]: bracket lost", "", "",
	  "Nov 22 19:29:45] NOTICE[1]: bracket lost", 0, -1, 0, 1, false },
	{ "2026-11-22T19:29:45.123-0500] NOTICE[1]: x", "", "",
	  "2026-11-22T19:29:45.123-0500] NOTICE[1]: x", 0, -1, 0, 1, false },
	/* BusyBox, OpenWrt */
	{ "Mon Jan  6 10:00:01 2025 daemon.info asterisk[900]: [Jan  6 09:00:01] "
	  "NOTICE",
	  "", "asterisk", "[Jan  6 09:00:01] NOTICE", 900, 30, AT(JAN06_100001), 1,
	  false },
	{ "Mon Jan  6 10:00:01 2025 local0.err /usr/sbin/kamailio[77]: ERROR: x", "",
	  "kamailio", "ERROR: x", 77, 131, AT(JAN06_100001), 1, false },
	{ "Nov 22 19:29:45 box auth.warn dropbear[3]: x", "box", "dropbear", "x", 3, 36,
	  AT(NOV22_192945), 1, false },
	/* containers */
	{ "asterisk-1  | [Nov 22 19:29:45] NOTICE", "", "asterisk-1",
	  "[Nov 22 19:29:45] NOTICE", 0, -1, 0, 1, false },
	{ "pbx | 2026-11-22T19:29:45.000000000Z Via: SIP/2.0", "", "pbx",
	  "Via: SIP/2.0", 0, -1, AT(NOV22_192945), 1, false },
	{ "2026-11-22T19:29:45.123456789Z [Nov 22 19:29:50] NOTICE[1]: x", "", "",
	  "[Nov 22 19:29:50] NOTICE[1]: x", 0, -1, AT(NOV22_192945 + 0.123456), 1,
	  false },
	{ "2026-11-22T19:29:45.123456789Z ", "", "", "", 0, -1,
	  AT(NOV22_192945 + 0.123456), 1, false },
	{ "2026-11-22T19:29:45.123456789Z host tag: no syslog here", "", "",
	  "host tag: no syslog here", 0, -1, AT(NOV22_192945 + 0.123456), 1, false },
	{ "2026-11-22T19:29:45.123456789Z stdout F [x", "", "", "[x", 0, -1,
	  AT(NOV22_192945 + 0.123456), 1, false },
	/* people and their tools */
	{ "messages-20240101:[Jan  1 10:00:00] NOTICE[1] x", "", "",
	  "[Jan  1 10:00:00] NOTICE[1] x", 0, -1, 0, 1, false },
	{ "/var/log/full.1:120:[2024-01-01 10:00:00] NOTICE[1] x", "", "",
	  "[2024-01-01 10:00:00] NOTICE[1] x", 0, -1, 0, 1, false },
	{ "syslog:Nov 22 19:29:45 pbx1 asterisk[1]: x", "pbx1", "asterisk", "x", 1, -1,
	  AT(NOV22_192945), 1, false },
	{ "417[2024-01-01 10:00:00] WARNING[1] x", "", "",
	  "[2024-01-01 10:00:00] WARNING[1] x", 0, -1, 0, 1, false },
	{ "417[not a date] x", "", "", "417[not a date] x", 0, -1, 0, 1, false },
	{ "48 <133>Nov 22 19:29:45 h t[1]: x", "h", "t", "x", 1, 133, AT(NOV22_192945),
	  1, false },
	{ "2026-11-22 19:29:40\tDaemon.Info\t192.0.2.7\tNov 22 19:29:45 h t[1]: x", "h",
	  "t", "x", 1, 30, AT(NOV22_192945), 1, false },
	{ "\xef\xbb\xbf[2024-01-01 10:00:00] x", "", "", "[2024-01-01 10:00:00] x", 0,
	  -1, 0, 1, false },
	{ "Via: SIP/2.0/UDP 192.0.2.1", "", "", "Via: SIP/2.0/UDP 192.0.2.1", 0, -1, 0,
	  1, false },
	{ "From: <sip:a@b>;tag=1", "", "", "From: <sip:a@b>;tag=1", 0, -1, 0, 1,
	  false },
	{ "", "", "", "", 0, -1, 0, 1, false },
	/* repeats */
	{ "Nov 22 19:29:45 h asterisk[5]: message repeated 119 times: [ NOTICE[1]: x]",
	  "h", "asterisk", "NOTICE[1]: x", 5, -1, AT(NOV22_192945), 119, false },
	{ "Nov 22 19:29:45 h asterisk[5]: message repeated 2 times: [NOTICE cut", "h",
	  "asterisk", "NOTICE cut", 5, -1, AT(NOV22_192945), 2, false },
	{ "Nov 22 19:29:45 h asterisk[5]: message repeated 0 times: [ x]", "h",
	  "asterisk", "message repeated 0 times: [ x]", 5, -1, AT(NOV22_192945), 1,
	  false },
	{ "Nov 22 19:29:45 h last message repeated 5 times", "h", "",
	  "last message repeated 5 times", 0, -1, AT(NOV22_192945), 5, true },
	{ "Nov 22 19:29:45 h asterisk[5]: last message repeated 1 time", "h",
	  "asterisk", "last message repeated 1 time", 5, -1, AT(NOV22_192945), 1,
	  true },
	{ "Nov 22 19:29:45 h x: --- last message repeated 3 times ---", "h", "x",
	  "--- last message repeated 3 times ---", 0, -1, AT(NOV22_192945), 3, true },
	{ "Nov 22 19:29:45 h x: last message repeated 3 times, said he", "h", "x",
	  "last message repeated 3 times, said he", 0, -1, AT(NOV22_192945), 1, false },
	{ "last message repeated 3 times", "", "", "last message repeated 3 times", 0,
	  -1, 0, 1, false },
};

static struct stamp *
stamp_of_rows(void)
{
	struct stamp_rules rules = { "UTC", 0, REFERENCE };
	struct stamp *stamp = NULL;

	cr_assert_eq(stamp_new(&rules, &stamp), 0);
	return stamp;
}

static void
expect_str(const char *line, const char *what, struct sv_str got, const char *want)
{
	cr_expect(str_eq(got, str_of(want)), "'%s': %s is '%.*s', not '%s'", line, what,
		  (int)got.len, got.ptr ? got.ptr : "", want);
}

Test(header, splits_every_prefix)
{
	struct stamp *stamp = stamp_of_rows();

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		const struct row *r = &rows[i];
		struct header h;
		header_split(stamp, str_of(r->line), &h);
		expect_str(r->line, "host", h.host, r->host);
		expect_str(r->line, "ident", h.ident, r->ident);
		expect_str(r->line, "text", h.text, r->text);
		cr_expect_eq(h.pid, r->pid, "'%s': pid %u", r->line, h.pid);
		cr_expect_eq(h.priority, r->priority, "'%s': %d", r->line, h.priority);
		cr_expect_eq(h.time, r->time, "'%s': %" PRIu64, r->line, h.time);
		cr_expect_eq(h.repeated, r->repeated, "'%s'", r->line);
		cr_expect_eq(h.repeat_of_last, r->of_last, "'%s'", r->line);
		cr_expect_eq(h.time != 0, h.time_source != SV_TIME_NONE, "'%s'",
			     r->line);
	}
	stamp_free(stamp);
}

Test(header, time_can_be_resolved_later)
{
	struct stamp *stamp = stamp_of_rows();
	struct header h;
	sv_usec t = 0;
	enum sv_time_source source;

	header_split(NULL, SV_STR("Nov 22 19:29:45 pbx1 asterisk[1]: x"), &h);
	cr_expect_eq(h.time, 0);
	cr_assert(h.has_date);
	cr_assert(stamp_resolve(stamp, &h.date, &t, &source));
	cr_expect_eq(t, AT(NOV22_192945));
	stamp_free(stamp);
}

Test(header, text_is_always_inside_the_line)
{
	struct stamp *stamp = stamp_of_rows();

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		size_t len = strlen(rows[i].line);
		for (size_t n = 0; n <= len; n++) {
			char *copy = malloc(n + !n);
			struct header h;
			memcpy(copy, rows[i].line, n);
			header_split(stamp, str_make(copy, n), &h);
			cr_expect(h.text.ptr >= copy &&
					  h.text.ptr + h.text.len <= copy + n,
				  "'%s' cut at %zu", rows[i].line, n);
			cr_expect_geq(h.repeated, 1);
			free(copy);
		}
	}
	stamp_free(stamp);
}

Test(header, finds_octal_escapes_of_control_bytes)
{
	static const struct {
		const char *text;
		size_t from, at;
		int byte;
	} cases[] = {
		{ "a#012b", 0, 1, '\n' },         { "#033[1;33mNOTICE", 0, 0, 27 },
		{ "x#177", 0, 1, 127 },           { "#0", 0, STR_NONE, 0 },
		{ "#099", 0, STR_NONE, 0 },       { "#101", 0, STR_NONE, 0 },
		{ "##015", 0, 1, '\r' },          { "#012#012", 1, 4, '\n' },
		{ "", 0, STR_NONE, 0 },           { "#012", 9, STR_NONE, 0 },
		{ "ticket #12", 0, STR_NONE, 0 },
	};
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		unsigned char byte = 0;
		size_t at =
			header_find_escape(str_of(cases[i].text), cases[i].from, &byte);
		cr_expect_eq(at, cases[i].at, "'%s'", cases[i].text);
		cr_expect_eq(byte, cases[i].byte, "'%s'", cases[i].text);
	}
}

/* As devices send it over the network. */
static const struct row messages[] = {
	{ "<133>Nov 22 19:29:45 sbc1 kamailio[310]: one", "sbc1", "kamailio", "one",
	  310, 133, AT(NOV22_192945), 1, false },
	{ "<133>Nov 22 19:29:45 kamailio[310]: message repeated 3 times: [ one]", "",
	  "kamailio", "one", 310, 133, AT(NOV22_192945), 3, false },
	{ "<133>Nov 22 19:29:45 sbc1 last message repeated 2 times", "sbc1", "",
	  "last message repeated 2 times", 0, 133, AT(NOV22_192945), 2, true },
	{ "<13>1 2026-11-22T19:29:45Z h root - - [t k=\"1\"] \xef\xbb\xbfx", "h",
	  "root", "x", 0, 13, AT(NOV22_192945), 1, false },
	{ "\xef\xbb\xbf<13>text", "", "", "text", 0, 13, 0, 1, false },
	{ "no priority at all", "", "", "no priority at all", 0, -1, 0, 1, false },
	{ "", "", "", "", 0, -1, 0, 1, false },
	{ "<", "", "", "<", 0, -1, 0, 1, false },
	{ "<13>", "", "", "", 0, 13, 0, 1, false },
	/* what stands before lines of files is text here */
	{ "full:120:Nov 22 19:29:45 h a[1]: x", "", "",
	  "full:120:Nov 22 19:29:45 h a[1]: x", 0, -1, 0, 1, false },
	/* Cisco: with all of it, and with less and less */
	{ "<189>45: gw1: Nov 22 2026 19:29:45.000 UTC: %SIP-3-INTERNAL: x", "gw1", "",
	  "%SIP-3-INTERNAL: x", 0, 189, AT(NOV22_192945), 1, false },
	{ "<189>45: Nov 22 19:29:45.000: %SIP-3-INTERNAL: x", "", "",
	  "%SIP-3-INTERNAL: x", 0, 189, AT(NOV22_192945), 1, false },
	{ "<189>: Nov 22 19:29:45 UTC: %SIP-3-INTERNAL: x", "", "",
	  "%SIP-3-INTERNAL: x", 0, 189, AT(NOV22_192945), 1, false },
	{ "<189>000123: .Nov 22 19:29:45.000 UTC: %VOICE_IEC-3-GW: y", "", "",
	  "%VOICE_IEC-3-GW: y", 0, 189, AT(NOV22_192945), 1, false },
	/* a clock that was never set tells no time */
	{ "<189>45: *Mar  1 00:12:41.123: %SIP-3-INTERNAL: x", "", "",
	  "%SIP-3-INTERNAL: x", 0, 189, 0, 1, false },
	{ "<189>45: gw1: *Mar  1 00:12:41.123 CET: %SIP-3-INTERNAL: x", "gw1", "",
	  "%SIP-3-INTERNAL: x", 0, 189, 0, 1, false },
	{ "<189>45: 00:12:41: %SIP-3-INTERNAL: x", "", "", "%SIP-3-INTERNAL: x", 0, 189,
	  0, 1, false },
	{ "<189>45: 1w0d: %SIP-3-INTERNAL: x", "", "", "%SIP-3-INTERNAL: x", 0, 189, 0,
	  1, false },
	{ "<189>%SIP-3-INTERNAL: x", "", "", "%SIP-3-INTERNAL: x", 0, 189, 0, 1,
	  false },
	/* and what is none of theirs */
	{ "<133>Nov 22 19:29:45 pbx1 asterisk[7]: %SIP-3-INTERNAL: x", "pbx1",
	  "asterisk", "%SIP-3-INTERNAL: x", 7, 133, AT(NOV22_192945), 1, false },
	{ "<189>45: a caller: %SIP-3-INTERNAL: x", "", "45",
	  "a caller: %SIP-3-INTERNAL: x", 0, 189, 0, 1, false },
};

Test(header, splits_messages_as_devices_send_them)
{
	struct stamp_rules rules = { .zone = "UTC", .reference = REFERENCE };
	struct stamp *stamp = NULL;

	cr_assert_eq(stamp_new(&rules, &stamp), 0);
	for (size_t i = 0; i < sizeof(messages) / sizeof(messages[0]); i++) {
		const struct row *row = &messages[i];
		struct header h;
		header_split_message(stamp, str_of(row->line), &h);
		cr_expect(str_eq(h.host, str_of(row->host)), "host of '%s': '%.*s'",
			  row->line, (int)h.host.len, h.host.ptr);
		cr_expect(str_eq(h.ident, str_of(row->ident)), "ident of '%s': '%.*s'",
			  row->line, (int)h.ident.len, h.ident.ptr);
		cr_expect(str_eq(h.text, str_of(row->text)), "text of '%s': '%.*s'",
			  row->line, (int)h.text.len, h.text.ptr);
		cr_expect_eq(h.pid, row->pid, "pid of '%s'", row->line);
		cr_expect_eq(h.priority, row->priority, "priority of '%s'", row->line);
		cr_expect_eq(h.time, row->time, "time of '%s': %" PRIu64, row->line,
			     h.time);
		cr_expect_eq(h.repeated, row->repeated, "repeats of '%s'", row->line);
		cr_expect_eq(h.repeat_of_last, row->of_last, "'%s'", row->line);
	}
	stamp_free(stamp);
}
