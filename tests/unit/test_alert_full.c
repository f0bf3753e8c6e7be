/* SPDX-License-Identifier: Apache-2.0 */
/* One alert in full: what stands in its commands, and that no row of it is too wide. */
#include "base/text.h"
#include "cli/alert_text.h"

#include <criterion/criterion.h>
#include <locale.h>
#include <stdio.h>
#include <stdlib.h>

#define EVIL "$(reboot);`id`'\\\"\\u001b[2J|& x"

/* An alert as the daemon answers it; what is given goes into it. */
static json_t *
alert_of(const char *key, const char *ip, const char *more, const char *detail)
{
	static const char form[] =
		"{\"state\":\"changed\",\"severity\":\"critical\","
		"\"previous\":\"warning\",\"@timestamp\":\"2026-11-22T08:31:07Z\","
		"\"event\":{\"start\":\"2026-11-22T08:28:40Z\","
		"\"reason\":\"12 of 21 calls failed (503, 408): 57 %% (limit 30 %%)\"},"
		"\"rule\":{\"name\":\"trunk-down\",\"ruleset\":\"default\"},"
		"\"server\":{\"address\":\"x\",\"ip\":\"%s\"},"
		"\"sip\":{\"method\":\"INVITE\",\"codes\":{\"503\":10,\"408\":2}},"
		"\"sipvigil\":{\"incident\":\"6f1c0b0f00112233\",\"leg\":\"out\","
		"\"key\":{%s},\"window\":{\"seconds\":300,"
		"\"first\":\"2026-11-22T08:26:30Z\"},%s"
		"\"likely\":\"the carrier is down\","
		"\"check\":\"look at carrier-a; ask the carrier\",\"evidence\":["
		"{\"time\":\"2026-11-22T08:31:02Z\",\"source\":\"file:full\","
		"\"line\":120722,\"text\":\"[2026-11-22 08:31:02] WARNING[1]  "
		"chan_sip.c:   " EVIL EVIL EVIL EVIL "\"}]},"
		"\"sipvigil.detail\":{%s}}";
	char *text = NULL;
	json_error_t error;
	json_t *root;

	cr_assert_gt(asprintf(&text, form, ip, key, more, detail), 0);
	root = json_loads(text, 0, &error);
	cr_assert(root != NULL, "%s\n%s", error.text, text);
	free(text);
	return root;
}

#define COUNTS                                                                    \
	"\"counts\":[{\"code\":503,\"outcome\":\"congestion\",\"failure\":true,"  \
	"\"count\":10,\"from\":[\"198.51.100.10\"],\"from_more\":2},"             \
	"{\"outcome\":\"timeout\",\"failure\":true,\"count\":2,\"from\":[]},"     \
	"{\"code\":200,\"outcome\":\"ok\",\"failure\":false,\"count\":9,"         \
	"\"last\":\"2026-11-22T08:30:12Z\",\"from\":[]}],"                        \
	"\"pbx\":\"asterisk\",\"port\":5061,\"earlier_week\":4,\"earlier\":["     \
	"{\"start\":\"2026-11-20T03:10:00Z\",\"end\":\"2026-11-20T03:12:00Z\"},"  \
	"{\"start\":\"2026-11-19T03:11:00Z\",\"end\":\"2026-11-19T03:13:00Z\"}]," \
	"\"silence\":\"rule = 'trunk-down' and peer = 'carrier-a'\""

static void
show(json_t *alert, unsigned columns, struct buffer *out)
{
	struct online online = { .terminal = { .columns = columns } };

	cr_assert(setlocale(LC_ALL, "C.UTF-8") != NULL);
	(void)setenv("TZ", "UTC", 1);
	buffer_init(&online.out);
	alert_text_full(&online, alert);
	*out = online.out;
	json_decref(alert);
}

static bool
has(const struct buffer *out, const char *part)
{
	return str_find(buffer_str(out), str_of(part)) != STR_NONE;
}

static void
check_width(const struct buffer *out, unsigned columns)
{
	struct sv_str rest = buffer_str(out);

	while (rest.len) {
		size_t end = str_find_char(rest, '\n');
		struct sv_str row = str_upto(rest, end);
		cr_expect_leq(terminal_columns(row), (size_t)columns, "%.*s",
			      (int)row.len, row.ptr);
		rest = str_from(rest, end == STR_NONE ? rest.len : end + 1);
	}
}

Test(alert_full, says_what_was_counted_and_what_to_do)
{
	struct buffer out;

	show(alert_of("\"peer\":\"carrier-a\"", "198.51.100.10", "", COUNTS), 100,
	     &out);
	static const char *const parts[] = {
		"CRITICAL  trunk-down  carrier-a",
		"6f1c0b0f · rules default",
		"08:31 UTC, a warning since ",
		"503 Service Unavailable",
		"10   from 198.51.100.10 and 2 more",
		"2   no address: the log lines have none",
		"9   the last at ",
		"What it likely is   the carrier is down",
		"Check next          look at carrier-a\n                    ask the "
		"carrier\n",
		"asterisk -rx 'pjsip show endpoint carrier-a'\n",
		"asterisk -rx 'pjsip show history where addr = 198.51.100.10:5061'\n",
		"sngrep -d any host 198.51.100.10\n",
		"'host 198.51.100.10 and port 5060'\n",
		"journalctl -u asterisk -S '2026-11-22 08:25' -U '2026-11-22 08:33'\n",
		"full:120722  WARNING[1] chan_sip.c: $(reboot);`id`'\".[2J",
		"4 times before in 7 days: ",
		"(2 min), ",
		"sipvigil silence add \"rule = 'trunk-down' and peer = 'carrier-a'\" "
		"--for 2h --reason …\n",
	};
	for (size_t i = 0; i < sizeof(parts) / sizeof(parts[0]); i++)
		cr_expect(has(&out, parts[i]), "%s is not in\n%.*s", parts[i],
			  (int)out.len, out.ptr);
	buffer_done(&out);
}

Test(alert_full, no_row_is_too_wide)
{
	struct buffer out;

	for (unsigned columns = 80; columns <= 160; columns += 4) {
		show(alert_of("\"peer\":\"carrier-a\"", "198.51.100.10", "", COUNTS),
		     columns, &out);
		/* what can be pasted is whole, or goes on behind a backslash */
		cr_expect(has(&out,
			      columns < 88
				      ? "add --for 2h --reason … \\\n      \"rule = "
					"'trunk-down' and peer = 'carrier-a'\"\n"
				      : "peer = 'carrier-a'\" --for 2h --reason …\n"));
		check_width(&out, columns);
		buffer_done(&out);
	}
}

Test(alert_full, text_of_the_other_side_stands_in_no_command)
{
	static const struct {
		const char *key, *ip;
	} rows[] = {
		{ "\"peer\":\"" EVIL "\"", "198.51.100.10" },
		{ "\"peer\":\"-rx\"", "198.51.100.10" },
		{ "\"peer\":\"a b\"", "198.51.100.10" },
		{ "\"peer\":\"carrier-a\"", EVIL },
		{ "\"peer\":\"carrier-a\"", "198.51.100.10; reboot" },
		{ "\"user\":\"" EVIL "\"", "" },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct buffer out;
		show(alert_of(rows[i].key, rows[i].ip, "", "\"pbx\":\"asterisk\""), 80,
		     &out);
		char *begin = strstr(out.ptr, "Check next");
		cr_assert(begin != NULL);
		buffer_add_char(&out, '\0');
		begin = strstr(out.ptr, "Check next");
		char *end = strstr(begin, "\nLines");
		cr_assert(end != NULL);
		*end = '\0';
		cr_expect_null(strpbrk(begin, "$`;&|\\\"\033"), "row %zu: %s", i,
			       begin);
		cr_expect_null(strstr(begin, "reboot"), "row %zu: %s", i, begin);
		cr_expect_null(strstr(begin, "endpoint -rx"), "row %zu", i);
		cr_expect_null(strstr(begin, "endpoint a"), "row %zu", i);
		buffer_done(&out);
	}
}

Test(alert_full, an_address_in_doubt_is_in_no_command)
{
	struct buffer out;

	show(alert_of("\"peer_ip\":\"203.0.113.9\"", "203.0.113.9",
		      "\"attribution\":\"forgeable\",", "\"pbx\":\"freeswitch\""),
	     80, &out);
	cr_expect(has(&out, "The address is in doubt"));
	cr_expect_not(has(&out, "sngrep"));
	cr_expect_not(has(&out, "tcpdump"));
	cr_expect(has(&out, "journalctl -u freeswitch"));
	buffer_done(&out);
}

Test(alert_full, ipv6_has_its_brackets)
{
	struct buffer out;

	show(alert_of("\"peer\":\"carrier-a\"", "2001:db8::1", "",
		      "\"pbx\":\"asterisk\""),
	     80, &out);
	cr_expect(has(&out, "addr = [2001:db8::1]:5060'"));
	cr_expect(has(&out, "sngrep -d any host 2001:db8::1\n"));
	cr_expect(has(&out, "408 Request Timeout"), "codes of the transition itself");
	buffer_done(&out);
}
