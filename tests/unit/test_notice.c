/* SPDX-License-Identifier: Apache-2.0 */
#include "dialect/notice.h"

#include "base/text.h"

#include <criterion/criterion.h>
#include <criterion/new/assert.h>

#define COUNT(table) (sizeof(table) / sizeof((table)[0]))

static const struct {
	const char *ident, *text;
	bool is;
	uint64_t lost;
	const char *program;
} rows[] = {
	{ "rsyslogd",
	  "imuxsock[pid: 466, name: /usr/sbin/asterisk] from <pbx1:asterisk>: begin to "
	  "drop messages due to rate-limiting",
	  true, 0, "asterisk" },
	{ "rsyslogd",
	  "imuxsock[pid: 466, name: /usr/sbin/asterisk] from <pbx1:>: begin to drop "
	  "messages due to rate-limiting",
	  true, 0, "asterisk" },
	{ "rsyslogd",
	  "imuxsock[pid: 466, name: /usr/sbin/asterisk]: 4711 messages lost due to "
	  "rate-limiting (200 allowed within 5 seconds)",
	  true, 4711, "asterisk" },
	{ "rsyslogd-2177",
	  "imuxsock[pid 466]: begin to drop messages due to rate-limiting", true, 0,
	  "" },
	{ "rsyslogd-2177",
	  "imuxsock lost 984 messages from pid 13518 due to rate-limiting", true, 984,
	  "" },
	{ "rsyslogd",
	  "imjournal: 4711 messages lost due to rate-limiting (20000 allowed within "
	  "600 "
	  "seconds)",
	  true, 4711, "" },
	{ "rsyslogd",
	  "imjournal from <asterisk>: begin to drop messages due to rate-limiting",
	  true, 0, "asterisk" },
	/* what it could not say of itself */
	{ "rsyslogd",
	  "rsyslogd[internal_messages]: 513 messages lost due to rate-limiting (500 "
	  "allowed within 5 seconds)",
	  false, 0, "" },
	{ "rsyslogd", "imuxsock: Acquired UNIX socket '/run/systemd/journal/syslog'",
	  false, 0, "" },
	{ "rsyslogd", "something due to rate-limiting", false, 0, "" },
	{ "systemd-journald", "Suppressed 9455 messages from asterisk.service", true,
	  9455, "asterisk.service" },
	{ "journal", "Suppressed 12 messages from /system.slice/asterisk.service", true,
	  12, "/system.slice/asterisk.service" },
	{ "systemd-journald", "Suppressed messages from asterisk.service", false, 0,
	  "" },
	{ "systemd-journald", "Suppressed 12 times", false, 0, "" },
	{ "systemd-journald",
	  "Suppressed 99999999999999999999999 messages from asterisk.service", false, 0,
	  "" },
	/* anybody else */
	{ "asterisk", "imjournal: 4711 messages lost due to rate-limiting", false, 0,
	  "" },
	{ "asterisk", "Suppressed 12 messages from asterisk.service", false, 0, "" },
	{ "", "Suppressed 12 messages from asterisk.service", false, 0, "" },
	{ "rsyslogd", "", false, 0, "" },
	{ "rsyslogd", " due to rate-limiting", false, 0, "" },
};

Test(notice, says_what_the_syslog_daemon_dropped)
{
	struct notice notice;

	for (size_t i = 0; i < COUNT(rows); i++) {
		bool is = notice_read(str_of(rows[i].ident), str_of(rows[i].text),
				      &notice);
		cr_expect_eq(is, rows[i].is, "%s", rows[i].text);
		if (!is)
			continue;
		cr_expect_eq(notice.lost, rows[i].lost, "%s: %llu", rows[i].text,
			     (unsigned long long)notice.lost);
		cr_expect(str_eq(notice.program, str_of(rows[i].program)), "%s: %.*s",
			  rows[i].text, (int)notice.program.len, notice.program.ptr);
	}
}
