/* SPDX-License-Identifier: Apache-2.0 */
/* One row a template: what FreeSWITCH writes, what it says; and whole calls. */
#include "rig.h"

#define IN SV_LEG_IN
#define OUT SV_LEG_OUT
#define T1 "2026-11-22 20:25:25.824519 "
#define T2 "2026-11-22 20:25:25.844520 "
#define A "f4d3f1d9-f9d7-4eeb-b34f-aa634709603f"
#define B "0bb1ce4a-39d6-4d44-8081-a52af7714fdd"

/* A line as its parts; the layouts below put a prefix in front. */
struct row {
	const char *level, *file, *message;
	enum sv_leg leg;
	enum sv_method method;
	unsigned code;
	enum sv_outcome outcome;
	const char *ip, *peer, *user, *dst, *phrase;
};

/* clang-format off */
static const struct row rows[] = {
	{ "WARNING", "sofia_reg.c:1787", "SIP auth failure (REGISTER) on sofia profile 'internal' for [1001@pbx.example.net] from ip 127.0.4.1",
	  IN, SV_REGISTER, 403, SV_REJECTED, "127.0.4.1", "", "1001", "", "" },
	{ "WARNING", "sofia_reg.c:1787", "SIP auth failure (INVITE) on sofia profile 'internal' for [900441234@pbx.example.net] from ip 2001:db8::9",
	  IN, SV_INVITE, 403, SV_REJECTED, "2001:db8::9", "", "", "900441234", "" },
	{ "WARNING", "sofia_reg.c:1787", "SIP auth failure (REGISTER) on sofia profile 'my profile' for [1001@h] from ip XX.XX.XX.XX",
	  IN, SV_REGISTER, 403, SV_REJECTED, "", "", "1001", "", "" },
	{ "WARNING", "sofia_reg.c:3210", "Can't find user [2001@pbx.example.net] from 127.0.4.3",
	  IN, SV_METHOD_UNKNOWN, 403, SV_UNKNOWN, "127.0.4.3", "", "2001", "", "" },
	{ "WARNING", "sofia_reg.c:1700", "IP 127.0.4.3 Rejected by register acl \"lan\"",
	  IN, SV_REGISTER, 403, SV_ACL, "127.0.4.3", "", "", "", "" },
	{ "WARNING", "sofia_reg.c:2900", "IP 127.0.4.3 Rejected by user acl [users] and no proxy acl present",
	  IN, SV_METHOD_UNKNOWN, 403, SV_ACL, "127.0.4.3", "", "", "", "" },
	{ "WARNING", "sofia_reg.c:2900", "IP 127.0.4.3 Rejected by user acl users",
	  IN, SV_METHOD_UNKNOWN, 403, SV_ACL, "", "", "", "", "" },
	{ "WARNING", "sofia.c:10037", "IP 49.151.227.207 Rejected by acl \"domains\"",
	  IN, SV_INVITE, 403, SV_ACL, "49.151.227.207", "", "", "", "" },
	{ "WARNING", "sofia_reg.c:3000", "Empty password denied for user 1001@pbx.example.net",
	  IN, SV_METHOD_UNKNOWN, 0, SV_REJECTED, "", "", "1001", "", "" },
	{ "ERR", "sofia_reg.c:1500", "NO CONTACT! ip: 127.0.4.9, port: 5062",
	  IN, SV_REGISTER, 400, SV_MALFORMED, "127.0.4.9:5062", "", "", "", "" },
	{ "ERR", "sofia_reg.c:1600", "Can not do authorization without a complete header in REGISTER request from 127.0.4.9:5062",
	  IN, SV_REGISTER, 401, SV_MALFORMED, "127.0.4.9:5062", "", "", "", "" },
	{ "CRIT", "switch_core_session.c:2400", "Over Session Limit! 1000",
	  IN, SV_INVITE, 503, SV_CONGESTION, "", "", "", "", "" },
	{ "CRIT", "switch_core_session.c:2400", "Throttle Error! 33",
	  IN, SV_INVITE, 503, SV_CONGESTION, "", "", "", "", "" },
	{ "ERR", "sofia_reg.c:2661", "gwbadpw Failed Registration with status Forbidden [403]. failure #1",
	  OUT, SV_REGISTER, 403, SV_FORBIDDEN, "", "gwbadpw", "", "", "Forbidden" },
	{ "ERR", "sofia_reg.c:2367", "8cac38eb-3f3d-4e5b-a8a5-e56ab0bfb678 Failed Registration with status Operation has no matching challenge  [904]. failure #1",
	  OUT, SV_REGISTER, 904, SV_REJECTED, "", "8cac38eb-3f3d-4e5b-a8a5-e56ab0bfb678", "", "", "Operation has no matching challenge" },
	{ "ERR", "sofia_reg.c:2661", "gw Failed Registration with status a [200]. failure #7 [503]. failure #1",
	  OUT, SV_REGISTER, 503, SV_CONGESTION, "", "gw", "", "", "a [200]. failure #7" },
	{ "WARNING", "sofia_reg.c:520", "fonial Failed Registration [904], setting retry to 30 seconds.",
	  OUT, SV_REGISTER, 904, SV_REJECTED, "", "fonial", "", "", "" },
	{ "WARNING", "sofia_reg.c:400", "Timeout Registering gwsilent",
	  OUT, SV_REGISTER, 0, SV_TIMEOUT, "", "gwsilent", "", "", "" },
	{ "WARNING", "sofia.c:6417", "Ping failed test with code 408 - count 1/0/1, state DOWN",
	  OUT, SV_OPTIONS, 408, SV_UNREACHABLE, "", "test", "", "", "" },
	{ "WARNING", "sofia.c:100", "Unregister gw",
	  OUT, SV_METHOD_UNKNOWN, 0, SV_UNREGISTERED, "", "gw", "", "", "" },
	{ "WARNING", "sofia.c:100", "Sip user '1000@pbx.example.net' is now Unreachable",
	  OUT, SV_METHOD_UNKNOWN, 0, SV_UNREACHABLE, "", "1000@pbx.example.net", "", "", "" },
	{ "WARNING", "sofia.c:100", "Sip user '1000@pbx.example.net' is now Reachable",
	  OUT, SV_METHOD_UNKNOWN, 0, SV_REACHABLE, "", "1000@pbx.example.net", "", "", "" },
	{ "WARNING", "sofia.c:100", "Expire sip user '1000@pbx.example.net' due to options failure",
	  OUT, SV_METHOD_UNKNOWN, 0, SV_UNREGISTERED, "", "1000@pbx.example.net", "", "", "" },
};

/* What stands in front, by version and by way. */
static const struct layout {
	const char *name, *before, *function, *behind;
	unsigned flags;
} layouts[] = {
	{ "1.10", "2026-11-22 20:25:25.204520 99.87% ", "", "", 0 },
	{ "1.6", "2026-11-22 20:25:25.204520 ", "", "", 0 },
	{ "2009", "2026-11-22 20:25:25 ", "sofia_reg_parse_auth() ", "", 0 },
	{ "console", "\033[m\033[35m2026-11-22 20:25:25.204520 99.87% ", "", "", 0 },
	{ "prompt", "freeswitch@pbx1> 2026-11-22 20:25:25.204520 99.87% ", "", "", 0 },
	{ "blanks at the end", "2026-11-22 20:25:25.204520 99.87% ", "", "  ", 0 },
	{ "syslog in a file", "Nov 22 20:25:25 pbx1 freeswitch[1287]: 2026-11-22 20:25:25.204520 99.87% ", "", "", 0 },
	{ "rsyslog in a file", "2026-11-22T20:25:25.905875+00:00 pbx1 freeswitch[1287]: 2026-11-22 20:25:25.204520 99.87% ", "", "", 0 },
	{ "container", "fs-1  | 2026-11-22 20:25:25.204520 99.87% ", "", "", 0 },
	{ "journal", "2026-11-22 20:25:25.204520 99.87% ", "", "\n", SV_RECORD_WHOLE },
};
/* clang-format on */

static void
expect(const char *name, const struct row *row, const struct rig *rig)
{
	cr_expect_eq(rig->n, 1, "%s: %s: %u events", name, row->message, rig->n);
	if (rig->n != 1)
		return;
	const struct rig_event *e = &rig->seen[0];
	const char *m = row->message;
	cr_expect_eq(e->e.leg, row->leg, "%s: %s: leg", name, m);
	cr_expect_eq(e->e.method, row->method, "%s: %s: %s", name, m,
		     method_name(e->e.method));
	cr_expect_eq(e->e.code, row->code, "%s: %s: code %u", name, m, e->e.code);
	cr_expect_eq(e->e.outcome, row->outcome, "%s: %s: %s", name, m,
		     outcome_name(e->e.outcome));
	cr_expect_str_eq(e->ip, row->ip, "%s: %s: %s", name, m, e->ip);
	cr_expect_str_eq(e->peer, row->peer, "%s: %s: %s", name, m, e->peer);
	cr_expect_str_eq(e->user, row->user, "%s: %s: %s", name, m, e->user);
	cr_expect_str_eq(e->dst, row->dst, "%s: %s: %s", name, m, e->dst);
	cr_expect_str_eq(e->phrase, row->phrase, "%s: %s: %s", name, m, e->phrase);
	cr_expect_eq(e->e.attribution, SV_ATTRIBUTION_CERTAIN, "%s: %s", name, m);
	cr_expect_eq(e->e.time / SV_USEC_PER_SEC, 1795379125, "%s: %s: time", name, m);
}

Test(freeswitch, templates_in_every_layout)
{
	for (size_t l = 0; l < sizeof(layouts) / sizeof(layouts[0]); l++)
		for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
			struct rig rig;
			char text[512];
			snprintf(text, sizeof(text), "%s[%s] %s %s%s%s",
				 layouts[l].before, rows[i].level, rows[i].file,
				 layouts[l].function, rows[i].message,
				 layouts[l].behind);
			rig_open(&rig, "freeswitch");
			rig_feed(&rig, str_of(text), layouts[l].flags);
			rig_close(&rig);
			expect(layouts[l].name, &rows[i], &rig);
		}
}

Test(freeswitch, fusionpbx_tells_of_its_web_pages)
{
	struct rig rig;

	rig_open(&rig, NULL);
	rig_line(&rig, "Nov 22 20:25:25 pbx1 FusionPBX: [198.51.100.1] authentication "
		       "failed for admin");
	rig_line(&rig, "Nov 22 20:25:25 pbx1 FusionPBX: [198.51.100.1] authentication "
		       "failed for [192.0.2.1] authentication failed for x");
	rig_close(&rig);
	cr_assert_eq(rig.n, 2);
	cr_expect_eq(rig.seen[0].e.service, SV_SERVICE_HTTP);
	cr_expect_eq(rig.seen[0].e.outcome, SV_REJECTED);
	cr_expect_str_eq(rig.seen[0].user, "admin");
	cr_expect_str_eq(rig.seen[1].ip, "198.51.100.1");
}

Test(freeswitch, the_oldest_stamps_have_no_year)
{
	struct rig rig;

	rig_open(&rig, NULL);
	rig_line(&rig, "11-22 20:25:25.026292 [WARN] [SOFIA] [sofia_reg.c:4130] Can't "
		       "find user [1000@h] from 198.51.100.1");
	rig_close(&rig);
	cr_assert_eq(rig.n, 1);
	cr_expect_eq(rig.seen[0].e.time / SV_USEC_PER_SEC, 1795379125);
	cr_expect_str_eq(rig.seen[0].ip, "198.51.100.1");
}

Test(freeswitch, is_found_by_content)
{
	static const char *const texts[] = {
		(T1 "99.87% [WARNING] sofia_reg.c:1787 SIP auth failure (REGISTER) on "
		    "sofia profile 'i' for [1@h] from ip 198.51.100.1"),
		A " " T1 "[NOTICE] switch_channel.c:1142 New Channel sofia/internal/x",
		("A registration failed user[1001] ip[198.51.100.1] "
		 "at[2026-11-22T20:25:25.844520+0000]"),
	};

	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		struct rig rig;
		rig_open(&rig, NULL);
		cr_expect_neq(rig_line(&rig, texts[i]), SV_PARSE_FOREIGN, "%s",
			      texts[i]);
		rig_close(&rig);
		cr_expect_eq(rig.n, i != 1, "%s", texts[i]);
	}
}

Test(freeswitch, lines_that_tell_nothing)
{
	static const char *const texts[] = {
		"[WARNING] sofia_reg.c:1842 SIP auth challenge (REGISTER) on sofia "
		"profile 'internal' for [1000@h] from ip 127.0.1.1",
		"[WARNING] sofia_reg.c:1842 SIP auth failure (REGISTER) due to "
		"user-agent-filter.  Filter \"x\" User-Agent \"y\"",
		"[DEBUG] sofia.c:10554 IP 127.0.4.3 Rejected by acl \"domains\". "
		"Falling back to Digest auth.",
		"[DEBUG] sofia.c:10554 verifying acl \"domains\" for ip/port "
		"127.0.4.2:0.",
		"[WARNING] sofia.c:6497 Ping failed gw with code 503 - count 1/1/3, "
		"state UP",
		"[WARNING] sofia.c:6472 Ping succeeded gw with code 200 - count "
		"1/1/3, state UP",
		"[NOTICE] sofia_reg.c:463 Registering gw",
		"[ERR] sofia_reg.c:1 Invalid Authorization header!",
	};
	struct rig rig;

	rig_open(&rig, "freeswitch");
	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		char text[512];
		snprintf(text, sizeof(text), T1 "%s", texts[i]);
		cr_expect_eq(rig_line(&rig, text), SV_PARSE_SKIP, "%s", texts[i]);
	}
	rig_close(&rig);
	cr_expect_eq(rig.n, 0);
}

Test(freeswitch, a_gateway_is_told_once_an_attempt_and_when_it_is_back)
{
	struct rig rig;

	rig_open(&rig, "freeswitch");
	rig_file(&rig,
		 SV_STR(T1 "[NOTICE] sofia_reg.c:463 Registering gw\n" T1
			   "[ERR] sofia_reg.c:2661 gw Failed Registration with status "
			   "Forbidden [403]. failure #1\n" T2
			   "[WARNING] sofia_reg.c:520 gw Failed Registration [403], "
			   "setting retry to 30 seconds.\n" T2
			   "[NOTICE] sofia_reg.c:463 Registering gw\n" T2
			   "[NOTICE] sofia_reg.c:463 Registering gw\n" T2
			   "[NOTICE] sofia_reg.c:463 Registering gw\n"));
	rig_close(&rig);
	cr_assert_eq(rig.n, 2);
	cr_expect_eq(rig.seen[0].e.outcome, SV_FORBIDDEN);
	cr_expect_eq(rig.seen[1].e.outcome, SV_REGISTERED);
	cr_expect_str_eq(rig.seen[1].peer, "gw");
}

Test(freeswitch, a_ping_tells_when_the_state_changes)
{
	struct rig rig;

	rig_open(&rig, "freeswitch");
	rig_file(&rig,
		 SV_STR(T1 "[WARNING] sofia.c:1 Ping failed gw with code 503 - "
			   "count 1/0/3, state DOWN\n" T1
			   "[WARNING] sofia.c:1 Ping failed gw with code 408 - "
			   "count 1/0/3, state DOWN\n" T2
			   "[WARNING] sofia.c:1 Ping succeeded gw with code 200 - "
			   "count 1/1/3, state UP\n" T2
			   "[WARNING] sofia.c:1 Ping succeeded gw with code 200 - "
			   "count 1/2/3, state UP\n"));
	rig_close(&rig);
	cr_assert_eq(rig.n, 2);
	cr_expect_eq(rig.seen[0].e.outcome, SV_UNREACHABLE);
	cr_expect_eq(rig.seen[0].e.code, 503);
	cr_expect_eq(rig.seen[1].e.outcome, SV_REACHABLE);
}

#define NEW(uuid, name) \
	T1 "[NOTICE] switch_channel.c:1142 New Channel " name " [" uuid "]\n"
#define CALLER "sofia/internal/1000@pbx.example.net"
#define TRUNK "sofia/external/15551486"
#define RECEIVING                                                   \
	T1 "[INFO] sofia.c:10460 " CALLER " receiving invite from " \
	   "198.51.100.7:5060 version: 1.10.12-release  64bit call-id: a@b\n"
#define PROCESSING                                                                  \
	T1 "[INFO] mod_dialplan_xml.c:639 Processing 1000 <1000>->7486 in context " \
	   "default\n"
#define BRIDGE(to) "EXECUTE [depth=0] " CALLER " bridge(" to ")\n"
#define HANGUP(name, state, cause) \
	T2 "[NOTICE] sofia.c:8736 Hangup " name " [" state "] [" cause "]\n"
#define CLOSE(name) \
	T2 "[NOTICE] switch_core_session.c:1766 Close Channel " name " [CS_DESTROY]\n"
#define DEBUG_LINE T1 "[DEBUG] sofia.c:2419 detaching session " A "\n"

/* Calls: incoming leg A, and its outgoing leg B. */
/* clang-format off */
static const struct call {
	const char *name, *text;
	unsigned n;
	struct { enum sv_leg leg; enum sv_outcome outcome; unsigned code, q850; const char *ip, *peer, *dst; } events[2];
} calls[] = {
	{ "a trunk is busy, with codes",
	  A " " NEW(A, CALLER) A " " RECEIVING A " " PROCESSING A " " BRIDGE("[leg_timeout=40]sofia/gateway/trunk486/15551486")
	  B " " NEW(B, TRUNK) B " " T2 "[DEBUG] sofia.c:7493 Channel " TRUNK " entering state [terminated][486]\n" B " " HANGUP(TRUNK, "CS_CONSUME_MEDIA", "USER_BUSY") B " " CLOSE(TRUNK)
	  A " " T2 "[DEBUG] switch_core_state_machine.c:1 (" CALLER ") State HANGUP\n" A " " HANGUP(CALLER, "CS_EXECUTE", "USER_BUSY") A " " T2 "[DEBUG] mod_sofia.c:463 " CALLER " Overriding SIP cause 486 with 600 from the other leg\n"
	  A " " T2 "[DEBUG] mod_sofia.c:614 Responding to INVITE with: 600\n" A " " CLOSE(CALLER), 2,
	  { { OUT, SV_BUSY, 486, 17, "", "trunk486", "15551486" }, { IN, SV_BUSY, 600, 17, "198.51.100.7:5060", "", "7486" } } },
	{ "the same without DEBUG",
	  A " " NEW(A, CALLER) A " " RECEIVING A " " PROCESSING B " " NEW(B, TRUNK) B " " HANGUP(TRUNK, "CS_CONSUME_MEDIA", "USER_BUSY") B " " CLOSE(TRUNK) A " " HANGUP(CALLER, "CS_EXECUTE", "USER_BUSY") A " " CLOSE(CALLER), 2,
	  { { OUT, SV_BUSY, 0, 17, "", "", "15551486" }, { IN, SV_BUSY, 0, 17, "198.51.100.7:5060", "", "7486" } } },
	{ "and without uuids",
	  NEW(A, CALLER) RECEIVING NEW(B, TRUNK) HANGUP(TRUNK, "CS_CONSUME_MEDIA", "USER_BUSY") CLOSE(TRUNK) HANGUP(CALLER, "CS_EXECUTE", "USER_BUSY") CLOSE(CALLER), 2,
	  { { OUT, SV_BUSY, 0, 17, "", "", "15551486" }, { IN, SV_BUSY, 0, 17, "198.51.100.7:5060", "", "" } } },
	{ "a phone declines",
	  A " " NEW(A, CALLER) A " " RECEIVING A " " BRIDGE("user/1005@pbx.example.net") B " " NEW(B, "sofia/internal/1005@198.51.100.6:5062") B " " T2 "[DEBUG] sofia.c:7493 Channel sofia/internal/1005@198.51.100.6:5062 entering state [terminated][603]\n" B " " HANGUP("sofia/internal/1005@198.51.100.6:5062", "CS_CONSUME_MEDIA", "CALL_REJECTED"), 1,
	  { { OUT, SV_DECLINED, 603, 21, "198.51.100.6:5062", "1005@pbx.example.net", "1005" } } },
	{ "our password is refused", B " " NEW(B, TRUNK) B " " T1 "[INFO] sofia_glue.c:1659 " TRUNK " sending invite call-id: (null)\n" B " " T2 "[DEBUG] sofia.c:7493 Channel " TRUNK " entering state [terminated][904]\n" B " " HANGUP(TRUNK, "CS_CONSUME_MEDIA", "NORMAL_UNSPECIFIED"), 1,
	  { { OUT, SV_REJECTED, 904, 31, "", "", "15551486" } } },
	{ "… which is not the caller's fault",
	  A " " NEW(A, CALLER) A " " RECEIVING A " " T1 "[DEBUG] switch_core_state_machine.c:1 (" CALLER ") State NEW\n" A " " HANGUP(CALLER, "CS_EXECUTE", "CALL_REJECTED") A " " T2 "[DEBUG] mod_sofia.c:463 " CALLER " Overriding SIP cause 603 with 401 from the other leg\n" A " " T2 "[DEBUG] mod_sofia.c:614 Responding to INVITE with: 401\n", 1,
	  { { IN, SV_REFUSED, 401, 21, "198.51.100.7:5060", "", "" } } },
	{ "nobody answers in time", B " " NEW(B, TRUNK) B " " HANGUP(TRUNK, "CS_CONSUME_MEDIA", "NO_ANSWER"), 1, { { OUT, SV_NOANSWER, 0, 19, "", "", "15551486" } } },
	{ "the caller gives up", B " " NEW(B, TRUNK) B " " HANGUP(TRUNK, "CS_CONSUME_MEDIA", "ORIGINATOR_CANCEL"), 1, { { OUT, SV_CANCELED, 0, 0, "", "", "15551486" } } },
	{ "an answered call", B " " NEW(B, TRUNK) B " " T1 "[INFO] sofia_glue.c:1659 " TRUNK " sending invite call-id: (null)\n" B " " T2 "[NOTICE] sofia.c:8600 Channel [" TRUNK "] has been answered\n" B " " HANGUP(TRUNK, "CS_EXCHANGE_MEDIA", "NORMAL_CLEARING"), 1, { { OUT, SV_OK, 200, 0, "", "", "15551486" } } },
	{ "a call that is answered", A " " NEW(A, CALLER) A " " RECEIVING A " " T2 "[NOTICE] mod_dptools.c:1406 Channel [" CALLER "] has been answered\n" A " " HANGUP(CALLER, "CS_EXECUTE", "NORMAL_CLEARING"), 1, { { IN, SV_OK, 200, 0, "198.51.100.7:5060", "", "" } } },
	{ "refused before the dialplan", A " " NEW(A, CALLER) A " " RECEIVING A " " HANGUP(CALLER, "CS_NEW", "CALL_REJECTED"), 1, { { IN, SV_REJECTED, 403, 21, "198.51.100.7:5060", "", "" } } },
	{ "a challenge is never answered", A " " NEW(A, CALLER) A " " RECEIVING A " " T2 "[WARNING] switch_core_state_machine.c:684 " A " " CALLER " Abandoned\n", 1, { { IN, SV_ABANDONED, 407, 0, "198.51.100.7:5060", "", "" } } },
	{ "a dialplan that ends", A " " NEW(A, CALLER) A " " RECEIVING A " " HANGUP(CALLER, "CS_EXECUTE", "NORMAL_CLEARING") A " " CLOSE(CALLER), 0, { { 0 } } },
	{ "IPv6", A " " NEW(A, CALLER) A " " T1 "[INFO] sofia.c:10460 " CALLER " receiving invite from fd00::11:5060 version: 1 call-id: x\n" A " " HANGUP(CALLER, "CS_EXECUTE", "USER_BUSY"), 1, { { IN, SV_BUSY, 0, 17, "fd00::11:5060", "", "" } } },
};
/* clang-format on */

Test(freeswitch, calls)
{
	for (size_t i = 0; i < sizeof(calls) / sizeof(calls[0]); i++) {
		const struct call *call = &calls[i];
		struct rig rig;
		rig_open(&rig, "freeswitch");
		rig_file(&rig, str_of(call->text));
		rig_close(&rig);
		cr_expect_eq(rig.n, call->n, "%s: %u events", call->name, rig.n);
		for (unsigned k = 0; k < call->n && k < rig.n; k++) {
			const struct rig_event *e = &rig.seen[k];
			const char *n = call->name;
			cr_expect_eq(e->e.leg, call->events[k].leg, "%s: leg", n);
			cr_expect_eq(e->e.outcome, call->events[k].outcome, "%s: %s", n,
				     outcome_name(e->e.outcome));
			cr_expect_eq(e->e.code, call->events[k].code, "%s: %u", n,
				     e->e.code);
			cr_expect_eq(e->e.q850, call->events[k].q850, "%s: %u", n,
				     e->e.q850);
			cr_expect_str_eq(e->ip, call->events[k].ip, "%s: %s", n, e->ip);
			cr_expect_str_eq(e->peer, call->events[k].peer, "%s: %s", n,
					 e->peer);
			cr_expect_str_eq(e->dst, call->events[k].dst, "%s: %s", n,
					 e->dst);
			cr_expect_eq(e->e.attribution, SV_ATTRIBUTION_CERTAIN, "%s", n);
		}
	}
}

Test(freeswitch, two_calls_of_one_name_are_not_confused)
{
	struct rig rig;

	/* without uuids: whose end it is cannot be told, nor where it came from */
	rig_open(&rig, "freeswitch");
	rig_file(&rig,
		 SV_STR(NEW(A, CALLER) RECEIVING NEW(B, CALLER) T1
			"[INFO] sofia.c:10460 " CALLER
			" receiving invite from 198.51.100.8:5060 version: 1 "
			"call-id: x\n" HANGUP(CALLER, "CS_EXECUTE", "USER_BUSY")));
	rig_close(&rig);
	cr_assert_eq(rig.n, 1);
	cr_expect_str_eq(rig.seen[0].ip, "");
}

Test(freeswitch, fail2ban_tells_its_own_time)
{
	static const struct {
		const char *zone;
		uint64_t usec;
	} zones[] = { { "+0000", 1795379125 },
		      { "+0200", 1795379125 - 7200 },
		      { "-0500", 1795379125 + 5 * 3600 },
		      /* minutes are printed as seconds */
		      { "+051800", 1795379125 - 5 * 3600 - 1800 } };

	for (size_t i = 0; i < sizeof(zones) / sizeof(zones[0]); i++) {
		struct rig rig;
		char text[256];
		snprintf(text, sizeof(text),
			 "A registration failed user[1001] ip[198.51.100.1] "
			 "at[2026-11-22T20:25:25.844520%s]",
			 zones[i].zone);
		rig_open(&rig, "freeswitch");
		rig_line(&rig, text);
		rig_line(&rig, "Abandoned call from  user[9] ip[198.51.100.2] "
			       "at[2026-11-22T20:25:25.844520+0000]");
		rig_line(&rig, "A registration was attempted user[9] ip[198.51.100.2] "
			       "at[2026-11-22T20:25:25.844520+0000]");
		rig_close(&rig);
		cr_assert_eq(rig.n, 2);
		cr_expect_eq(rig.seen[0].e.time / SV_USEC_PER_SEC, zones[i].usec, "%s",
			     zones[i].zone);
		cr_expect_eq(rig.seen[0].e.outcome, SV_REJECTED);
		cr_expect_str_eq(rig.seen[0].user, "1001");
		cr_expect_eq(rig.seen[1].e.outcome, SV_ABANDONED);
	}
}

Test(freeswitch, dumps_are_skipped_whole)
{
	struct rig rig;

	rig_open(&rig, "freeswitch");
	rig_file(&rig,
		 SV_STR(T1 "[WARNING] sofia_reg.c:1787 SIP auth failure (REGISTER) on "
			   "sofia profile 'i' for [1@h] from ip 198.51.100.1\n"
			   "recv 50 bytes from udp/[198.51.100.1]:5060 at "
			   "20:25:25.830000:\n"
			   "-----------------------------------------------------------"
			   "-------------\n"
			   "REGISTER sip:h SIP/2.0\nVia: SIP/2.0/UDP h\n\n\n\n" T2
			   "[WARNING] sofia_reg.c:1787 SIP auth failure (REGISTER) on "
			   "sofia profile 'i' for [1@h] from ip 198.51.100.1\n"));
	rig_close(&rig);
	cr_assert_eq(rig.n, 2);
	cr_expect_eq(rig.seen[1].e.attribution, SV_ATTRIBUTION_CERTAIN);
}
