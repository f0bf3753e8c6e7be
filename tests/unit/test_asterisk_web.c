/* SPDX-License-Identifier: Apache-2.0 */
/* Logins to web pages of FreePBX and Issabel, and what consoles leave in front of
 * entries. Whoever types a name can type anything. */
#include "rig.h"

#include "dialect/asterisk.h"

#include <fnmatch.h>

#define STRANGER "198.51.100.9"
#define VICTIM "192.0.2.66"
#define NEW "[2026-11-22 12:37:43] [freepbx_security.NOTICE]: "
#define OLD "[2026-11-22 12:37:43] "
#define AUDIT "[Nov 22 12:37:43] "
#define FAILURE "Authentication failure for "

/* clang-format off */
static const struct login {
	const char *text;
	enum sv_outcome outcome;
	const char *ip, *user;
	bool forgeable;
} logins[] = {
	{ NEW FAILURE "admin from " STRANGER " [] []", SV_REJECTED, STRANGER, "admin", false },
	{ NEW FAILURE "admin from 2001:db8::9 [] []", SV_REJECTED, "2001:db8::9", "admin", false },
	{ NEW FAILURE "unknown from " STRANGER " [] []", SV_REJECTED, STRANGER, "unknown", false },
	{ "[2026-Nov-22 12:37:43] [freepbx_security.NOTICE]: " FAILURE "a from " STRANGER " [] []", SV_REJECTED, STRANGER, "a", false },
	{ NEW "Authentication successful for admin from " STRANGER " [] []", SV_OK, STRANGER, "admin", false },
	{ NEW "Possible proxy detected, forwarded headers foradmin set to " VICTIM " [] []", SV_OUTCOME_NONE, "", "", false },
	{ OLD FAILURE "admin from " STRANGER, SV_REJECTED, STRANGER, "admin", true },
	{ OLD "Possible proxy detected, forwarded headers foradmin set to " VICTIM, SV_OUTCOME_NONE, "", "", false },
	{ AUDIT "LOGIN admin: Authentication Failure to Web Interface login. Failed password for admin from " STRANGER ".", SV_REJECTED, STRANGER, "admin", false },
	{ AUDIT "LOGIN a%20b: Authentication Failure to Web Interface login. Invalid user a%20b from " STRANGER ".", SV_UNKNOWN, STRANGER, "a%20b", false },
	{ AUDIT "LOGIN admin: Authentication Failure to Web Interface login. Failed two factore code for admin from " STRANGER ".", SV_REJECTED, STRANGER, "admin", false },
	{ AUDIT "LOGIN admin: Web Interface login successful. Accepted password for admin from " STRANGER ".", SV_OK, STRANGER, "admin", false },
	{ AUDIT "NAVIGATION admin: User admin visited \"Dashboard\" from " STRANGER ".", SV_OUTCOME_NONE, "", "", false },
	/* names that were typed */
	{ NEW FAILURE "x from " VICTIM " from " STRANGER " [] []", SV_REJECTED, STRANGER, "x from " VICTIM, false },
	{ NEW FAILURE "x from " VICTIM " [] [] from " STRANGER " [] []", SV_REJECTED, STRANGER, "x from " VICTIM " [] []", false },
	{ NEW FAILURE "x [2026-11-22 12:37:44] [freepbx_security.NOTICE]: " FAILURE "y from " VICTIM " [] [] from " STRANGER " [] []", SV_REJECTED, STRANGER,
	  "x [2026-11-22 12:37:44] [freepbx_security.NOTICE]: " FAILURE "y from " VICTIM " [] []", false },
	/* cut, or not of the form: nobody */
	{ NEW FAILURE "x from " VICTIM, SV_OUTCOME_NONE, "", "", false },
	{ NEW FAILURE "x from " VICTIM " y [] []", SV_OUTCOME_NONE, "", "", false },
	{ AUDIT "LOGIN x: Authentication Failure to Web Interface login. Invalid user x from " VICTIM " from " STRANGER ".", SV_OUTCOME_NONE, "", "", false },
};
/* clang-format on */

Test(asterisk_web, logins)
{
	for (size_t i = 0; i < sizeof(logins) / sizeof(logins[0]); i++) {
		const struct login *row = &logins[i];
		const struct rig_event *ev;
		struct rig rig;

		rig_open(&rig, "asterisk");
		rig_line(&rig, row->text);
		rig_close(&rig);
		ev = &rig.seen[0];
		cr_expect_eq(rig.n, row->outcome != SV_OUTCOME_NONE, "%s", row->text);
		if (!rig.n)
			continue;
		cr_expect_eq(ev->e.outcome, row->outcome, "%s", row->text);
		cr_expect_eq(ev->e.service, SV_SERVICE_HTTP);
		cr_expect_eq(ev->e.leg, SV_LEG_IN);
		cr_expect_str_eq(ev->ip, row->ip, "%s: %s", row->text, ev->ip);
		cr_expect_str_eq(ev->user, row->user, "%s: %s", row->text, ev->user);
		cr_expect_eq(ev->e.attribution == SV_ATTRIBUTION_FORGEABLE,
			     row->forgeable, "%s", row->text);
		cr_expect_eq(ev->e.time % (24 * 3600 * SV_USEC_PER_SEC),
			     UINT64_C(45463) * SV_USEC_PER_SEC, "%s", row->text);
	}
}

Test(asterisk_web, is_found_by_content)
{
	for (size_t i = 0; i < 5; i++) {
		struct rig rig;

		rig_open(&rig, NULL);
		rig_line(&rig, logins[i].text);
		rig_close(&rig);
		cr_expect_eq(rig.n, 1, "%s", logins[i].text);
	}
}

Test(asterisk_web, a_caller_writes_no_login_into_asterisks_log)
{
	/* a line break in a dialled number begins a line of the file */
	static const char *const before[] = {
		"[2026-11-22 12:37:40] NOTICE[466] chan_sip.c: Call from '' "
		"(" STRANGER ":5060) to extension '1",
		"[Nov 22 12:37:40] Asterisk 18.9 built by root",
		"[2026-11-22 12:37:40] VERBOSE[466] app_dial.c: SIP/1 is ringing",
		"NOTICE[466]: chan_sip.c:28000 handle_request_register: x",
	};

	for (size_t i = 0; i < sizeof(before) / sizeof(before[0]); i++) {
		struct rig rig;

		rig_open(&rig, "asterisk");
		rig_line(&rig, before[i]);
		rig_line(&rig, NEW FAILURE "a from " VICTIM " [] []");
		rig_line(&rig, OLD FAILURE "a from " VICTIM);
		rig_line(&rig, logins[8].text);
		rig_close(&rig);
		for (unsigned k = 0; k < rig.n; k++)
			cr_expect_neq(rig.seen[k].e.service, SV_SERVICE_HTTP, "%s",
				      before[i]);
	}
}

Test(asterisk_web, a_name_with_line_breaks)
{
	/* FreePBX of old wrote a name as it came */
	static const char *const first[] = { OLD FAILURE "x",
					     OLD FAILURE "x from " VICTIM,
					     OLD "Possible proxy detected, forwarded "
						 "headers forx" };
	struct rig rig;

	for (size_t i = 0; i < sizeof(first) / sizeof(first[0]); i++) {
		rig_open(&rig, "asterisk");
		rig_line(&rig, first[i]);
		rig_line(&rig, NEW FAILURE "a from " VICTIM " [] []");
		rig_line(&rig, AUDIT "LOGIN a: Authentication Failure to Web Interface "
				     "login. Invalid user a from " VICTIM ".");
		rig_line(&rig, OLD FAILURE "y from " STRANGER);
		rig_close(&rig);
		cr_assert_geq(rig.n, 3);
		for (unsigned k = 0; k < rig.n; k++)
			cr_expect_eq(rig.seen[k].e.attribution,
				     SV_ATTRIBUTION_FORGEABLE, "%u of %zu", k, i);
		cr_expect_str_eq(rig.seen[rig.n - 1].ip, STRANGER);
	}
}

Test(asterisk_web, syslog_names_the_program)
{
	struct rig rig;

	rig_open(&rig, NULL);
	rig_line(&rig, "Nov 22 12:37:43 pbx asterisk[9]: " NEW FAILURE "a from " VICTIM
		       " [] []");
	cr_expect_eq(rig.n, 0);
	rig_line(&rig, "Nov 22 12:37:43 pbx freepbx_security[9]: " NEW FAILURE
		       "a from " STRANGER " [] []");
	rig_close(&rig);
	cr_assert_eq(rig.n, 1);
	cr_expect_str_eq(rig.seen[0].ip, STRANGER);
	cr_expect_eq(rig.seen[0].e.attribution, SV_ATTRIBUTION_CERTAIN);
}

#define ENTRY                                                                    \
	"[Nov 22 12:37:43] NOTICE[466]: chan_sip.c:1 handle: Registration from " \
	"'<sip:1@h>' failed for '" STRANGER ":5060' - Wrong password"

Test(asterisk_web, what_a_console_leaves_in_front)
{
	static const char *const lines[] = {
		ENTRY,
		"\r\033[K" ENTRY,
		"\033[0K" ENTRY,
		"\033[0;37m" ENTRY,
		"pbx-1.example*CLI> " ENTRY,
		"\r\033[0Kpbx*CLI> \r\033[K" ENTRY,
	};

	for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++) {
		struct rig rig;

		rig_open(&rig, i % 2 ? NULL : "asterisk");
		rig_line(&rig, lines[i]);
		rig_close(&rig);
		cr_expect_eq(rig.n, 1, "%zu", i);
		cr_expect_str_eq(rig.seen[0].ip, STRANGER ":5060", "%zu", i);
	}
	/* a name that reads like a prompt is none */
	struct rig rig;
	rig_open(&rig, "asterisk");
	rig_line(&rig, "a b*CLI> " ENTRY);
	rig_close(&rig);
	cr_expect_eq(rig.n, 0);
}

Test(asterisk_web, knows_the_files_of_distributions)
{
	static const struct {
		const char *path;
		bool read;
	} rows[] = {
		{ "/var/log/asterisk/full", true },
		{ "/var/log/asterisk/full-20261122", true },
		{ "/var/log/asterisk/full.1", true },
		{ "/var/log/asterisk/full-20261115.gz", true },
		{ "/var/log/asterisk/fail2ban", true },
		{ "/var/log/asterisk/fail2ban-20261122", true },
		{ "/var/log/asterisk/security", true },
		{ "/var/log/asterisk/security_log", true },
		{ "/var/log/asterisk/messages.log", true },
		{ "/var/log/asterisk/freepbx_security.log", true },
		{ "/var/log/issabel/audit.log", true },
		{ "/storage/usbdisk1/mikopbx/log/asterisk/verbose", true },
		{ "/var/log/asterisk/queue_log", false },
		{ "/var/log/asterisk/freepbx.log", false },
		{ "/var/log/asterisk/cdr-csv/Master.csv", false },
		{ "/var/log/asterisk/core-fastagi_out.log", false },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		const char *const *glob = asterisk_dialect.files;
		while (*glob && fnmatch(*glob, rows[i].path, FNM_PATHNAME) != 0)
			glob++;
		cr_expect_eq(*glob != NULL, rows[i].read, "%s", rows[i].path);
	}
}
