/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a stranger can make FreeSWITCH write. Genuine addresses are 198.51.100.x, forged
 * ones 192.0.2.x: no forged one may come out as certain, and every genuine refusal
 * must still be seen.
 */
#include "rig.h"

/* the clock's ticks; a forger knows the second, not the microsecond */
#define T1 "2026-11-22 20:25:25.824519 99.87% "
#define T2 "2026-11-22 20:25:25.844520 99.87% "
#define TF "2026-11-22 20:25:25.836000 99.87% "
#define U "c84c53cc-d809-40fe-8ade-e7327f5a724f"
#define V "9e5d9595-b137-4688-bbd9-bd1812166fda"
#define R "11111111-2222-4333-8444-555555555555"
#define REG_AT(t, ip)                                                                \
	t "[WARNING] sofia_reg.c:1787 SIP auth failure (REGISTER) on sofia profile " \
	  "'internal' for [1001@h] from ip " ip "\n"
#define CALL_AT(t, ip)                                                             \
	t "[WARNING] sofia_reg.c:1787 SIP auth failure (INVITE) on sofia profile " \
	  "'internal' for [4444@h] from ip " ip "\n"
#define GENUINE REG_AT(T2, "198.51.100.9")
#define FORGED REG_AT(TF, "192.0.2.66")
#define FORGED_USER \
	TF "[WARNING] sofia_reg.c:3210 Can't find user [1@h] from 192.0.2.67\n"
#define FORGED_GATEWAY                                                          \
	TF "[ERR] sofia_reg.c:2661 192.0.2.68 Failed Registration with status " \
	   "Forbidden [403]. failure #1\n"
#define STATE "[DEBUG] switch_core_state_machine.c:581 "
#define NEW "[NOTICE] switch_channel.c:1142 New Channel sofia/internal/"
#define INVITE "[INFO] sofia.c:10460 sofia/internal/"
#define RECEIVING " receiving invite from 198.51.100.7:5060 version: 1.10.12 call-id: "
#define HANGUP "[NOTICE] sofia.c:2417 Hangup sofia/internal/"
#define ACL_OK(t)                                                        \
	t "[DEBUG] sofia.c:10554 verifying acl \"domains\" for ip/port " \
	  "198.51.100.7:0.\n"
#define HINT                                                                         \
	"You must define a domain called 'h' in your directory and add a user with " \
	"the id=\"1\" attribute\nand you must configure your device to use the "     \
	"proper domain in its authentication credentials.\n"

/* a call with a clean name, up to its refusal, as a file with uuids shows it */
#define CALL(call_id)                                                             \
	U " " T1 NEW "1002@h [" U "]\n" U " " T1 STATE                            \
	  "(sofia/internal/1002@h) Running State Change CS_NEW (Cur 1 Tot 1)\n" U \
	  " " T1 INVITE "1002@h" RECEIVING call_id "\n"
#define CALL_END U " " T2 HANGUP "1002@h [CS_NEW] [CALL_REJECTED]\n"

/* a call whose name holds `inside` between line breaks; `p` stands before its pieces */
#define BROKEN(inside, last)                                                      \
	U " " T1 NEW "x\n" inside last "@h [" U "]\n" U " " T1 STATE              \
	  "(sofia/internal/x\n" inside last                                       \
	  "@h) Running State Change CS_NEW (Cur 1 Tot 1)\n" U " " T1 INVITE       \
	  "x\n" inside last "@h" RECEIVING "1@h\n" ACL_OK(T1)                     \
		  CALL_AT(T2, "198.51.100.7") U                                   \
		" " T2 HANGUP "x\n" inside last "@h [CS_NEW] [CALL_REJECTED]\n" U \
		" " T2 "[NOTICE] switch_core_session.c:1766 Close Channel "       \
		"sofia/internal/x\n" inside last "@h [CS_DESTROY]\n"

/* without uuids, or on a console */
#define PLAIN_CALL(name, t1, t2)                                                     \
	t1 NEW name " [" U "]\n" t1 STATE "(sofia/internal/" name                    \
		    ") Running State Change CS_NEW (Cur 1 Tot 1)\n" t1 INVITE name   \
			    RECEIVING "1@h\n" ACL_OK(t1) CALL_AT(t2, "198.51.100.7") \
				    t2 HANGUP name " [CS_NEW] [CALL_REJECTED]\n"
#define C "\033[m\033[35m"

#define BANNER(n) "recv " n " bytes from udp/[198.51.100.7]:5060 at 20:25:25.825000:\n"
#define DASHES \
	"------------------------------------------------------------------------\n"
#define FAIL2BAN(user, ip)                                 \
	"A registration failed user[" user "] ip[" ip "] " \
	"at[2026-11-22T20:25:25.844520+0000]\n"

/* clang-format off */
static const struct attack {
	const char *name, *text;
	unsigned certain; /* genuine addresses that nothing is in doubt about */
	unsigned genuine; /* genuine addresses in all */
	bool silent;      /* no forged address at all may come out */
} attacks[] = {
	{ "a clean call and a clean registration", CALL("1@h") ACL_OK(T1) CALL_AT(T2, "198.51.100.7") CALL_END GENUINE, 3, 3, true },
	/* uuid=true: pieces of a name between apostrophes have no uuid */
	{ "a name with lines", BROKEN(FORGED FORGED_USER FORGED_GATEWAY, "y") GENUINE, 3, 3, true },
	{ "… with the uuid before each", BROKEN(U " " FORGED U " " FORGED_USER, U " y") GENUINE, 3, 3, true },
	{ "… with an end of its own", BROKEN("[" R "]\n" FORGED, "y") GENUINE, 3, 3, true },
	{ "… whose last piece looks like a line", BROKEN(FORGED, TF NEW "y") GENUINE, 3, 3, true },
	{ "… with a call of its own", BROKEN(R " " TF NEW "1@h [" R "]\n" R " " TF INVITE "1@h receiving invite from 192.0.2.69:5060 version: 1 call-id: 1\n" R " " TF HANGUP "1@h [CS_NEW] [CALL_REJECTED]\n", "y") GENUINE, 3, 3, true },
	{ "… with another source of the same call", BROKEN(U " " TF INVITE "1@h receiving invite from 192.0.2.69:5060 version: 1 call-id: 1\n", "y") GENUINE, 3, 3, true },
	{ "… with CR", U " " T1 NEW "x\r\n" REG_AT(TF, "192.0.2.66") "@h [" U "]\n" GENUINE, 1, 1, true },
	{ "… and empty lines", BROKEN("\n\n" FORGED "\n", "") GENUINE, 3, 3, true },
	{ "… of a length without end", U " " T1 NEW "x\n" FORGED FORGED, 0, 0, true },
	/* Call-ID: what follows its \n has no uuid, and ends where the record ends */
	{ "a Call-ID with a line", CALL("x\n" FORGED) ACL_OK(T1) CALL_AT(T2, "198.51.100.7") CALL_END V " " T2 NEW "2@h [" V "]\n" GENUINE, 3, 3, false },
	{ "… that blames himself", CALL("x\n" REG_AT(TF, "198.51.100.7")) CALL_AT(T2, "198.51.100.7") CALL_END, 3, 3, true },
	{ "… with many lines", CALL("x\n" FORGED FORGED FORGED REG_AT(T1, "192.0.2.66")) CALL_END, 1, 1, false },
	{ "… with a second source", CALL("x\n" TF INVITE "1002@h receiving invite from 192.0.2.69:5060 version: 1 call-id: 1") "\n" CALL_END, 1, 1, true },
	{ "… with a banner", CALL("x\n" "recv 60000 bytes from udp/[192.0.2.69]:5060 at 20:25:25.825000:\n" DASHES "x\n" FORGED) CALL_END V " " T2 NEW "2@h [" V "]\n" GENUINE, 2, 2, false },
	{ "a refusal with a uuid", CALL("1@h") U " " FORGED U " " FORGED_USER U " " FORGED_GATEWAY CALL_END GENUINE, 1, 2, true },
	{ "a call that only a forger saw", CALL("x\n" R " " TF NEW "1@h [" R "]\n" R " " TF INVITE "1@h receiving invite from 192.0.2.69:5060 version: 1 call-id: 1\n" R " " TF HANGUP "1@h [CS_NEW] [CALL_REJECTED]\n") CALL_END, 1, 1, false },
	{ "a name that tells a source", U " " T1 NEW "x receiving invite from 192.0.2.69:5060 version: 1 call-id: y@h [" U "]\n" U " " T1 INVITE "x receiving invite from 192.0.2.69:5060 version: 1 call-id: y@h" RECEIVING "1\n" U " " T2 HANGUP "x receiving invite from 192.0.2.69:5060 version: 1 call-id: y@h [CS_NEW] [CALL_REJECTED]\n", 1, 1, true },
	{ "a name that tells its end", U " " T1 NEW "x [CS_NEW] [CALL_REJECTED]@h [" U "]\n" U " " T1 INVITE "x [CS_NEW] [CALL_REJECTED]@h" RECEIVING "1\n" U " " T2 HANGUP "x [CS_NEW] [CALL_REJECTED]@h [CS_EXECUTE] [USER_BUSY]\n", 1, 1, true },
	{ "a host in From is nobody's address", U " " T1 NEW "1@192.0.2.69:5060 [" U "]\n" U " " T2 "[NOTICE] x.c:1 Hangup sofia/internal/1@192.0.2.69:5060 [CS_CONSUME_MEDIA] [USER_BUSY]\n", 0, 0, true },
	{ "… nor when he says that we called", U " " T1 NEW "1@192.0.2.69:5060 [" U "]\n" U " " T1 INVITE "1@192.0.2.69:5060" RECEIVING "x\n" U " " T2 "[INFO] sofia_glue.c:1659 sofia/internal/1@192.0.2.69:5060 sending invite call-id: (null)\n" U " " T2 "[NOTICE] x.c:1 Hangup sofia/internal/1@192.0.2.69:5060 [CS_EXECUTE] [USER_BUSY]\n", 1, 1, true },
	/* no line breaks at all */
	{ "a user that ends like a line", T1 "[WARNING] sofia_reg.c:1787 SIP auth failure (REGISTER) on sofia profile 'internal' for [x] from ip 192.0.2.66 y@h] from ip 198.51.100.9\n", 1, 1, true },
	{ "… of an unknown user", T1 "[WARNING] sofia_reg.c:3210 Can't find user [x] from 192.0.2.66@h] from 198.51.100.9\n" HINT, 1, 1, true },
	{ "folded", T1 "[WARNING] sofia_reg.c:1787 SIP auth failure (REGISTER) on sofia profile 'internal' for [x@h] from ip 192.0.2.66\n y@h] from ip 198.51.100.9\n" GENUINE, 2, 2, true },
	{ "folded twice, with a tab", T1 "[WARNING] sofia_reg.c:1787 SIP auth failure (REGISTER) on sofia profile 'internal' for [x\n z] from ip 192.0.2.66\n\ty@h] from ip 198.51.100.9\n" GENUINE, 2, 2, true },
	{ "folded into an unknown user", T1 "[WARNING] sofia_reg.c:3210 Can't find user [x@h] from 192.0.2.66\n x@h] from 198.51.100.9\n" HINT GENUINE, 2, 2, true },
	{ "an end that never comes", T1 "[WARNING] sofia_reg.c:1787 SIP auth failure (REGISTER) on sofia profile 'internal' for [x\n y\n" GENUINE, 1, 1, true },
	{ "a proxy's header", T1 "[WARNING] sofia_reg.c:1700 IP 192.0.2.66 Rejected by user acl users\n" GENUINE, 1, 1, true },
	{ "a carrier's phrase", T1 "[ERR] sofia_reg.c:2661 gw Failed Registration with status No [200]. failure #9 192.0.2.66 [403]. failure #1\n" GENUINE, 1, 1, true },
	/* dumps */
	{ "a dump with a line", GENUINE BANNER("136") DASHES FORGED "\n\n" GENUINE, 2, 2, true },
	{ "a dump whose end is told too late", GENUINE BANNER("9000") DASHES "REGISTER sip:h SIP/2.0\n" FORGED "\n" GENUINE, 2, 2, true },
	{ "a dump without CR", GENUINE BANNER("29") DASHES "a\nb\nc\nd\ne\nf\ng\n\n\n\n\n" FORGED GENUINE, 1, 2, false },
	/* without uuid */
	{ "no uuid: a call", PLAIN_CALL("1002@h", T1, T2) GENUINE, 3, 3, true },
	{ "no uuid: a name with lines", PLAIN_CALL("x\n" FORGED FORGED_USER FORGED_GATEWAY "y@h", T1, T2) GENUINE, 0, 2, false },
	{ "no uuid: … and an end of its own", PLAIN_CALL("x [" R "]\n" FORGED "y@h", T1, T2) GENUINE, 0, 2, false },
	{ "no uuid: … and a whole call", PLAIN_CALL("x [" R "]\n" TF NEW "1@h [" R "]\n" TF INVITE "1@h receiving invite from 192.0.2.69:5060 version: 1 call-id: 1\n" FORGED TF HANGUP "1@h [CS_NEW] [CALL_REJECTED]\n" TF NEW "y@h", T1, T2) GENUINE, 0, 2, false },
	/* a console with colours */
	{ "colours: a call", C GENUINE C GENUINE C GENUINE C GENUINE C GENUINE C GENUINE C GENUINE C GENUINE C GENUINE, 9, 9, true },
	{ "colours: a name with lines", C PLAIN_CALL("x\n" C FORGED "y@h", C T1, C T2) C GENUINE, 0, 2, false },
	/* mod_fail2ban */
	{ "fail2ban", FAIL2BAN("1001", "198.51.100.9"), 1, 1, true },
	{ "fail2ban: a user like a line", FAIL2BAN("x] ip[192.0.2.66] at[2026-11-22T20:25:25.844520+0000]", "198.51.100.9"), 1, 1, true },
	{ "fail2ban: folded", "A registration failed user[x] ip[192.0.2.66] at[2026-11-22T20:25:25.844520+0000]\n y] ip[198.51.100.9] at[2026-11-22T20:25:25.844520+0000]\n", 1, 1, true },
	{ "fail2ban's words in the log", GENUINE FAIL2BAN("1001", "192.0.2.66"), 1, 1, true },
	{ "a syslog header in a file", GENUINE GENUINE GENUINE "Nov 22 20:25:25 pbx1 freeswitch[51]: " FORGED, 3, 3, true },
};
/* clang-format on */

static void
check(const char *name, const struct rig *rig, unsigned certain, unsigned genuine)
{
	unsigned n_certain = 0, n_genuine = 0;

	cr_assert_leq(rig->n, RIG_MAX, "%s", name);
	for (unsigned i = 0; i < rig->n; i++) {
		const struct rig_event *e = &rig->seen[i];
		bool sure = e->e.attribution == SV_ATTRIBUTION_CERTAIN;
		cr_expect(strncmp(e->ip, "192.0.2.", 8) != 0 || !sure,
			  "%s: %s is certain", name, e->ip);
		cr_expect(!strstr(e->peer, "192.0.2.") || !sure, "%s: peer %s", name,
			  e->peer);
		bool true_one = strncmp(e->ip, "198.51.100.", 11) == 0;
		n_genuine += true_one;
		n_certain += true_one && sure;
	}
	cr_expect_eq(n_certain, certain, "%s: %u certain, not %u", name, n_certain,
		     certain);
	cr_expect_eq(n_genuine, genuine, "%s: %u genuine, not %u", name, n_genuine,
		     genuine);
}

Test(freeswitch_injection, no_stranger_is_blamed)
{
	for (size_t i = 0; i < sizeof(attacks) / sizeof(attacks[0]); i++) {
		struct rig rig;
		rig_open(&rig, "freeswitch");
		rig_file(&rig, str_of(attacks[i].text));
		rig_close(&rig);
		check(attacks[i].name, &rig, attacks[i].certain, attacks[i].genuine);
		for (unsigned k = 0; attacks[i].silent && k < rig.n; k++)
			cr_expect(strncmp(rig.seen[k].ip, "192.0.2.", 8) != 0 &&
					  !strstr(rig.seen[k].peer, "192.0.2."),
				  "%s: %s%s", attacks[i].name, rig.seen[k].ip,
				  rig.seen[k].peer);
	}
}

Test(freeswitch_injection, a_datagram_is_one_record)
{
	static const char *const texts[] = {
		U " " T1 NEW "x\n" FORGED "@h [" U "]",
		U " " T1 INVITE "x\n" FORGED "@h receiving invite from "
		  "198.51.100.7:5060 version: 1 call-id: x\n" FORGED,
		T1 "[WARNING] sofia_reg.c:1787 SIP auth failure (REGISTER) on sofia "
		   "profile 'internal' for [x] from ip 192.0.2.66\n y@h] from ip "
		   "198.51.100.9",
		/* the hint repeats what the user wrote, in full */
		T1
		"[WARNING] sofia_reg.c:3210 Can't find user [x@h] from 192.0.2.66#012"
		"You must define a domain called '@h] from 198.51.100.9#012You must "
		"define a domain called 'h' in your directory and add a user with "
		"the id=\"x@h] from 192.0.2.66#012You must define a domain called '\" "
		"attribute#012and you must configure your device to use the proper "
		"domain in its authentication credentials.",
	};

	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		struct rig rig;
		rig_open(&rig, "freeswitch");
		rig_feed(&rig, str_of(texts[i]), SV_RECORD_WHOLE);
		rig_feed(&rig, SV_STR(GENUINE), SV_RECORD_WHOLE);
		rig_close(&rig);
		check(texts[i], &rig, i < 2 ? 1 : 2, i < 2 ? 1 : 2);
	}
}

Test(freeswitch_injection, a_console_in_the_journal_is_no_datagram)
{
	struct rig rig;

	/* entries of its standard output: each line of a record is one */
	rig_open(&rig, "freeswitch");
	rig_feed(&rig, SV_STR("You must define a domain called 'h' in your directory"),
		 SV_RECORD_WHOLE);
	rig_feed(&rig, SV_STR(U " " T1 NEW "x"), SV_RECORD_WHOLE);
	rig_feed(&rig, SV_STR(FORGED), SV_RECORD_WHOLE);
	rig_feed(&rig, SV_STR("@h [" U "]"), SV_RECORD_WHOLE);
	rig_feed(&rig, SV_STR(GENUINE), SV_RECORD_WHOLE);
	rig_close(&rig);
	check("torn", &rig, 1, 1);
	cr_expect_eq(rig.n, 1);
}

Test(freeswitch_injection, a_guess_at_the_clock_must_be_the_first)
{
	struct rig rig;
	/* a record with a line for each microsecond: only the first one is asked */
	char text[64 * 256];
	size_t n = 0;

	rig_open(&rig, "freeswitch");
	rig_file(&rig, SV_STR(CALL("x")));
	for (int i = 0; i < 60; i++)
		n += (size_t)snprintf(
			text + n, sizeof(text) - n,
			"2026-11-22 20:25:25.%06d [WARNING] sofia_reg.c:1 "
			"SIP auth failure (REGISTER) on sofia profile 'i' "
			"for [1@h] from ip 192.0.2.66\n",
			824000 + i * 20);
	rig_file(&rig, str_make(text, n));
	rig_close(&rig);
	check("guesses", &rig, 0, 0);
}

Test(freeswitch_injection, doubt_ends)
{
	struct rig rig;

	/* by another call's uuid, by a pause, by as many bytes as a record can have */
	for (int how = 0; how < 3; how++) {
		rig_open(&rig, "freeswitch");
		rig_file(&rig, SV_STR(V " " T1 NEW "2@h [" V "]\n"));
		rig_file(&rig, SV_STR(CALL("x\n" FORGED)));
		if (how == 0)
			rig_file(&rig, SV_STR(V " " T2 HANGUP "2@h [CS_NEW] [X]\n"));
		if (how == 1)
			stream_flush(rig.stream);
		for (int i = 0; how == 2 && i < 1000; i++)
			rig_file(&rig, SV_STR(T2 "[WARNING] sofia_reg.c:1842 SIP auth "
						 "challenge (REGISTER) on sofia "
						 "profile\n"));
		rig_file(&rig, SV_STR(GENUINE));
		rig_close(&rig);
		check("doubt", &rig, 1, 1);
		cr_expect_eq(rig.n, 2, "%d: %u", how, rig.n);
	}
}
