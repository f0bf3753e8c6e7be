/* SPDX-License-Identifier: Apache-2.0 */
/* The exact words and places of what is told of mistakes. */
#include "conf_scratch.h"

#define RULE2 "rule \"other\" { window = \"5m\" warning = \"count >= 10\" "

Test(conf_mistakes, tells_each_mistake_with_its_place)
{
	static const struct {
		const char *text, *told;
	} rows[] = {
		{ "# one\nrule \"trunk-5xx\" {\n    windo = 20\n}\n",
		  "FILE:3:5: error: unknown key 'windo' in rule \"trunk-5xx\"\n"
		  "    3 |     windo = 20\n"
		  "      |     ^~~~~ did you mean 'window'?\n" },
		{ "rul \"a\" { x = 1 }\n", "FILE:1:1: error: unknown section 'rul'\n"
					   "    1 | rul \"a\" { x = 1 }\n"
					   "      | ^~~ did you mean 'rule'?\n" },
		{ "grace = 30\n", "FILE:1:9: error: '30' has no unit\n"
				  "    1 | grace = 30\n"
				  "      |         ^~ write '30s' or '30m'\n" },
		{ "grace = \"2h\"\n",
		  "FILE:1:10: error: '2h' is out of range for 'grace'\n"
		  "    1 | grace = \"2h\"\n"
		  "      |          ^~ from 0s to 10m\n" },
		{ "max_keys = many\n",
		  "FILE:1:12: error: 'many' is not a value of 'max_keys' (number)\n"
		  "    1 | max_keys = many\n"
		  "      |            ^~~~\n" },
		{ "max_memory = \"64X\"\n",
		  "FILE:1:15: error: '64X': there is no such unit\n"
		  "    1 | max_memory = \"64X\"\n"
		  "      |               ^~~ as 64K, 16M or 1G\n" },
		{ "state_dir = {\"a\"}\n",
		  "FILE:1:13: error: 'state_dir' takes one value, not a list\n"
		  "    1 | state_dir = {\"a\"}\n"
		  "      |             ^\n" },
		{ "host = \"a\"\nhost = \"b\"\n",
		  "FILE:2:1: error: 'host' is given twice, first in line 1\n"
		  "    2 | host = \"b\"\n"
		  "      | ^~~~\n" },
		{ "host += \"a\"\n",
		  "FILE:1:6: error: 'host' is no list, nothing can be added to it\n"
		  "    1 | host += \"a\"\n"
		  "      |      ^~ write =\n" },
		{ "host \"a\"\n\ngrace = \"1s\"\n",
		  "FILE:1:1: error: unknown section 'host'\n"
		  "    1 | host \"a\"\n"
		  "      | ^~~~ it is a key: write '=' after it\n" },
		{ "host =\ngrace = \"1s\"\n",
		  "FILE:1:1: error: the value of 'host' is missing\n"
		  "    1 | host =\n"
		  "      | ^~~~\n" },
		{ "host = \"a\ngrace = \"1s\"\n",
		  "FILE:1:8: error: this string has no closing quote in its line\n"
		  "    1 | host = \"a\n"
		  "      |        ^~\n"
		  "FILE:2:12: error: this string has no closing quote\n"
		  "    2 | grace = \"1s\"\n"
		  "      |            ^\n" },
		{ RULE "where = outcome = busy }\n",
		  "FILE:1:58: error: the value of 'where' is over, but its line goes "
		  "on\n"
		  "    1 | " RULE "where = outcome = busy }\n"
		  "      |                                                          "
		  "^~~~~~~ put the whole value in quotes\n" },
		{ "kafka \"m\" { brokers = \"a:1\"\nnagios { command_file = \"/x\" }\n",
		  "FILE:1:8: error: this section has no closing '}'\n"
		  "    1 | kafka \"m\" { brokers = \"a:1\"\n"
		  "      |        ^\n" },
		{ "}\n", "FILE:1:1: error: this '}' closes nothing\n"
			 "    1 | }\n"
			 "      | ^\n" },
		{ "host = \"x ${HOME\"\n",
		  "FILE:1:11: error: '${' begins an environment variable, but no '}' "
		  "ends it\n"
		  "    1 | host = \"x ${HOME\"\n"
		  "      |           ^~ write \\${ if no variable is meant\n" },
		{ "/* no end\n", "FILE:1:1: error: this comment has no end (*/)\n"
				 "    1 | /* no end\n"
				 "      | ^~\n" },
		{ "include \"x\"\n", "FILE:1:1: error: unknown section 'include'\n"
				     "    1 | include \"x\"\n"
				     "      | ^~~~~~~ write include(\"file\")\n" },
		{ "include(\"/nonexistent/x\")\n",
		  "FILE:1:10: error: cannot read /nonexistent/x: No such file or "
		  "directory\n"
		  "    1 | include(\"/nonexistent/x\")\n"
		  "      |          ^~~~~~~~~~~~~~\n" },
		{ "list \"t\" {\n  cidr = {\"192.0.2.0/24\", \"300.1.2.3/24\"}\n}\n",
		  "FILE:2:28: error: 300.1.2.3/24 is not an address\n"
		  "    2 |   cidr = {\"192.0.2.0/24\", \"300.1.2.3/24\"}\n"
		  "      |                            ^~~~~~~~~~~~\n" },
		{ "list \"t\" { cidr = \"192.0.2.7/24\" }\n",
		  "FILE:1:20: error: 192.0.2.7/24 is an address inside of a network\n"
		  "    1 | list \"t\" { cidr = \"192.0.2.7/24\" }\n"
		  "      |                    ^~~~~~~~~~~~ write 192.0.2.0/24 or "
		  "192.0.2.7\n" },
		{ "file { timezone = \"UTC\" }\n",
		  "FILE:1:1: error: file needs 'path'\n"
		  "    1 | file { timezone = \"UTC\" }\n"
		  "      | ^~~~\n" },
		{ "file { path = \"/x\" timezone = \"Europe/Berln\" }\n",
		  "FILE:1:32: error: there is no time zone 'Europe/Berln'\n"
		  "    1 | file { path = \"/x\" timezone = \"Europe/Berln\" }\n"
		  "      |                                ^~~~~~~~~~~~ as "
		  "Europe/Berlin or "
		  "UTC; timedatectl list-timezones names them\n" },
		{ "file { path = \"/x\" silence = \"never\" }\n",
		  "FILE:1:31: error: 'never' is no time of silence\n"
		  "    1 | file { path = \"/x\" silence = \"never\" }\n"
		  "      |                               ^~~~~ as \"30m\", \"habit\" "
		  "or "
		  "\"off\"\n" },
		{ "kafka { brokers = \"a:1\" property = \"ssl\" }\n",
		  "FILE:1:37: error: 'ssl' is no property\n"
		  "    1 | kafka { brokers = \"a:1\" property = \"ssl\" }\n"
		  "      |                                     ^~~ as "
		  "\"security.protocol=ssl\"\n" },
		{ "nagios { command_file = \"/x\" host = \"a;b\" }\n",
		  "FILE:1:38: error: the name of a host has no ';' and no line break\n"
		  "    1 | nagios { command_file = \"/x\" host = \"a;b\" }\n"
		  "      |                                      ^~~\n" },
		{ "rule { window = \"5m\" warning = \"count >= 1\" }\n",
		  "FILE:1:1: error: this section needs a name\n"
		  "    1 | rule { window = \"5m\" warning = \"count >= 1\" }\n"
		  "      | ^~~~ write rule \"name\" {\n" },
	};
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		char *told = told_of(rows[i].text);
		cr_expect_str_eq(told, rows[i].told, "row %zu:\n%s", i, told);
		free(told);
	}
}

Test(conf_mistakes, tells_what_is_wrong_with_rules)
{
	static const struct {
		const char *text, *told;
	} rows[] = {
		{ RULE "where = \"leg = inn\" }\n",
		  "FILE:1:65: error: 'inn' is no leg\n" },
		{ RULE "where = \"ua = \\\"\\x41\\\" and lg = in\" }\n",
		  "FILE:1:77: error: unknown field 'lg'\n" },
		{ RULE "by = {\"peer_ip\", \"per\"} }\n",
		  "FILE:1:68: error: unknown field 'per'\n" },
		{ RULE "by = \"count\" }\n",
		  "FILE:1:56: error: 'count' cannot tell counts apart\n" },
		{ RULE "by = \"user\" }\n",
		  "FILE:1:56: warning: 'user' is written by the other side, who can "
		  "choose it at will\n" },
		{ RULE "by = \"user\" claims = true }\n", "" },
		{ RULE "by = {\"user\", \"peer_ip\"} }\n", "" },
		{ RULE "except = \"trusted\" }\n",
		  "FILE:1:60: error: there is no list 'trusted'\n" },
		{ RULE "critical = \"count >= 5\" }\n",
		  "FILE:1:37: warning: it is critical (count >= 5) before it can be a "
		  "warning\n" },
		{ RULE "clear = \"count < 30\" }\n",
		  "FILE:1:59: warning: it is over while the warning (count >= 10) "
		  "still holds\n" },
		{ RULE "service = \"a;b\" }\n",
		  "FILE:1:61: error: the name of a service has no ';' and no line "
		  "break\n" },
		{ RULE "technique = \"T11\" }\n",
		  "FILE:1:63: error: 'T11' is no ATT&CK technique\n" },
		{ RULE "technique = \"T1110.001\" }\n", "" },
		{ "rule \"r\" { window = \"0\" warning = \"count >= 1\" }\n",
		  "FILE:1:22: error: '0' is out of range for 'window'\n" },
		{ "rule \"r\" { warning = \"count >= 1\" }\n",
		  "FILE:1:7: error: rule \"r\" needs a window\n" },
		{ "rule \"r\" { window = \"5m\" }\n",
		  "FILE:1:7: error: rule \"r\" needs 'warning' or 'critical'\n" },
		{ RULE "}\nrule \"r\" { mode = \"off\" }\n",
		  "FILE:2:7: error: rule \"r\" stands twice, first in " },
		{ RULE "}\nrule \"x\" { mode = \"off\" }\n",
		  "FILE:2:7: error: there is no rule to remove\n" },
		{ RULE "mode = \"pag\" }\n",
		  "FILE:1:58: error: 'pag' is no value of 'mode'\n" },
	};
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		char *told = told_of(rows[i].text);
		cr_expect_eq(strncmp(told, rows[i].told, strlen(rows[i].told)), 0,
			     "row %zu:\n%s", i, told);
		cr_expect_eq(told[0] == '\0', rows[i].told[0] == '\0', "row %zu:\n%s",
			     i, told);
		free(told);
	}
}

Test(conf_mistakes, tells_what_silences_and_inhibition_lack)
{
	static const struct {
		const char *text, *told;
	} rows[] = {
		{ "silence \"C\" { where = \"rul = a\" until = \"never\" }\n",
		  "FILE:1:24: error: unknown field 'rul'\n"
		  "    1 | silence \"C\" { where = \"rul = a\" until = \"never\" }\n"
		  "      |                        ^~~ did you mean 'rule'?\n" },
		{ "silence \"C\" { where = \"user = a\" }\n",
		  "FILE:1:10: error: silence needs 'until'\n" },
		{ "silence \"C\" { where = \"failure\" until = \"never\" }\n",
		  "FILE:1:24: error: unknown field 'failure'\n" },
		{ "silence \"C\" { where = \"user = a\" until = \"soon\" }\n",
		  "FILE:1:43: error: 'soon' is no moment\n" },
		{ "silence \"C\" { where = \"user = a\" from = \"2027-01-02\" "
		  "until = \"2027-01-01\" }\n",
		  "FILE:1:63: error: it ends before it begins\n" },
		{ "silence \"C\" { where = \"user = a\" until = \"never\" }\n"
		  "silence \"C\" { where = \"user = b\" until = \"never\" }\n",
		  "FILE:2:10: error: " },
		{ RULE "inhibits = {\"rr\"} }\n" RULE2 "}\n",
		  "FILE:1:63: error: there is no rule 'rr'\n" },
		{ RULE "inhibits = {\"r\"} }\n",
		  "FILE:1:63: error: rule 'r' holds back itself\n" },
		{ RULE "inhibits = {\"other\"} }\n" RULE2 "inhibits = {\"r\"} }\n",
		  "FILE:1:63: error: rule 'other' holds back this one\n" },
		{ RULE "inhibits = {\"other\"} by = {\"host\"} }\n" RULE2
		       "by = {\"peer\"} }\n",
		  "FILE:1:63: error: 'other' counts by no field that this rule counts "
		  "by\n" },
		/* one that is off holds back nothing and is no mistake */
		{ RULE "inhibits = {\"other\"} }\n" RULE2 "mode = \"off\" }\n", "" },
		{ RULE "inhibits = {\"other\"} }\n" RULE2 "}\n", "" },
		{ "silence \"C\" { where = \"severity = warning and peer_ip = "
		  "192.0.2.0/24\" from = \"2026-09-12 01:00\" until = "
		  "\"2026-09-12T04:00:30+02:00\" comment = \"x\" }\n",
		  "" },
	};
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		char *told = told_of(rows[i].text);
		cr_expect_eq(strncmp(told, rows[i].told, strlen(rows[i].told)), 0,
			     "row %zu:\n%s", i, told);
		cr_expect_eq(strstr(told, "error:") == NULL, rows[i].told[0] == '\0',
			     "row %zu:\n%s", i, told);
		free(told);
	}
}

Test(conf_mistakes, tells_all_mistakes_in_reading_order)
{
	char *told = told_of("grace = 30\n"
			     "rule \"a\" { windw = \"5m\" }\n"
			     "max_keys = 1\n"
			     "list \"l\" { cidr = \"x\" }\n");
	const char *at = told;
	static const char *const places[] = { "FILE:1:9: error: ", "FILE:2:12: error: ",
					      "FILE:3:12: error: ",
					      "FILE:4:20: error: " };

	for (size_t i = 0; i < sizeof(places) / sizeof(places[0]); i++) {
		at = strstr(at, places[i]);
		cr_assert_not_null(at, "%s in %s", places[i], told);
	}
	free(told);
}
