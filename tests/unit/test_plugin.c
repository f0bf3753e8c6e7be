/* SPDX-License-Identifier: Apache-2.0 */
#include "base/text.h"
#include "cli/plugin.h"

#include <criterion/criterion.h>

#define CARRIER                                                                      \
	"{\"severity\":\"critical\",\"rule\":{\"name\":\"trunk-down\"},"             \
	"\"event\":{\"reason\":\"12 of 21 calls failed: 57 % (limit 30 %)\","        \
	"\"start\":\"2026-11-22T08:31:00.000000Z\"},\"host\":{\"name\":\"pbx1\"},"   \
	"\"server\":{\"address\":\"carrier-a\",\"ip\":\"198.51.100.10\"},"           \
	"\"sipvigil\":{\"service\":\"SIP trunks\",\"key\":{\"peer\":\"carrier-a\"}," \
	"\"likely\":\"carrier down\",\"check\":\"pjsip show endpoints\"}}"
#define SCANNER                                                                    \
	"{\"severity\":\"warning\",\"rule\":{\"name\":\"auth-bruteforce\"},"       \
	"\"event\":{\"reason\":\"22 | rejected\\n in 5 min\"},\"host\":{\"name\":" \
	"\"pbx2\"},\"source\":{\"ip\":\"203.0.113.9\"},\"sipvigil\":{\"service\":" \
	"\"SIP security\",\"key\":{\"peer_ip\":\"203.0.113.9\"}}}"
#define TRIAL                                                                    \
	"{\"severity\":\"critical\",\"rule\":{\"name\":\"trial\"},\"event\":{}," \
	"\"sipvigil\":{\"mode\":\"observe\",\"key\":{}}}"
#define FINE \
	"[{\"sources\":[{\"name\":\"file:full\",\"has_data\":true,\"lag_sec\":0.1}]}]"
#define BLIND                                                                        \
	"[{\"sources\":[{\"name\":\"file:full\",\"has_data\":true,\"lag_sec\":0.1}," \
	"{\"name\":\"syslog:boxes\",\"has_data\":true,\"problem\":\"nothing since "  \
	"07:12\"}]}]"
#define SILENT "[{\"sources\":[{\"name\":\"file:full\",\"has_data\":false}]}]"

static const struct plugin_choice none = { .critical_range = { 0, 0, false },
					   .warning_range = { 0, 0, false } };

static enum plugin_state
report(const struct plugin_choice *choice, const char *status, const char *alerts,
       struct buffer *out)
{
	json_t *s = json_loads(status, 0, NULL), *a = json_loads(alerts, 0, NULL);

	cr_assert(s && a);
	buffer_clear(out);
	enum plugin_state state = plugin_report(choice, s, a, out);
	buffer_add_char(out, '\0');
	json_decref(s);
	json_decref(a);
	return state;
}

Test(plugin, says_the_worst_first_and_the_rest_below)
{
	struct buffer out;

	buffer_init(&out);
	cr_expect_eq(report(&none, BLIND, "[" SCANNER "," CARRIER "," TRIAL "]", &out),
		     PLUGIN_CRITICAL);
	cr_expect_str_eq(
		out.ptr,
		"SIP CRITICAL - trunk-down carrier-a: 12 of 21 calls failed: 57 % "
		"(limit 30 %); 1 more alert | 'alerts_critical'=1;;0;0 "
		"'alerts_warning'=1;0;;0 'input_lag'=0.100s;;;0\n"
		"WARNING auth-bruteforce 203.0.113.9: 22 / rejected. in 5 min\n"
		"source syslog:boxes UNKNOWN: nothing since 07:12\n");
	buffer_done(&out);
}

Test(plugin, judges_by_choice_and_limits)
{
	static const struct {
		const char *status, *alerts, *service, *rule, *peer, *host;
		enum plugin_state state;
	} rows[] = {
		{ FINE, "[]", NULL, NULL, NULL, NULL, PLUGIN_OK },
		{ FINE, "[" SCANNER "]", NULL, NULL, NULL, NULL, PLUGIN_WARNING },
		{ FINE, "[" SCANNER "]", "SIP trunks", NULL, NULL, NULL, PLUGIN_OK },
		{ FINE, "[" SCANNER "]", NULL, "trunk-down", NULL, NULL, PLUGIN_OK },
		{ FINE, "[" SCANNER "]", NULL, NULL, "203.0.113.9", NULL,
		  PLUGIN_WARNING },
		{ FINE, "[" CARRIER "]", NULL, NULL, "carrier-a", NULL,
		  PLUGIN_CRITICAL },
		{ FINE, "[" CARRIER "]", NULL, NULL, NULL, "pbx2", PLUGIN_OK },
		{ FINE, "[" TRIAL "]", NULL, NULL, NULL, NULL, PLUGIN_OK },
		{ BLIND, "[]", NULL, NULL, NULL, NULL, PLUGIN_UNKNOWN },
		{ BLIND, "[]", "SIP trunks", NULL, NULL, NULL, PLUGIN_OK },
		{ BLIND, "[]", "SIP log pipeline", NULL, NULL, NULL, PLUGIN_UNKNOWN },
		{ SILENT, "[]", "SIP trunks", NULL, NULL, NULL, PLUGIN_UNKNOWN },
		{ SILENT, "[" SCANNER "]", NULL, NULL, NULL, NULL, PLUGIN_UNKNOWN },
		{ SILENT, "[" CARRIER "]", NULL, NULL, NULL, NULL, PLUGIN_CRITICAL },
		{ "[{\"sources\":[]}]", "[]", NULL, NULL, NULL, NULL, PLUGIN_UNKNOWN },
		{ "[]", "[]", NULL, NULL, NULL, NULL, PLUGIN_UNKNOWN },
	};
	struct buffer out;

	buffer_init(&out);
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct plugin_choice choice = none;
		choice.service = rows[i].service;
		choice.rule = rows[i].rule;
		choice.peer = rows[i].peer;
		choice.host = rows[i].host;
		cr_expect_eq(report(&choice, rows[i].status, rows[i].alerts, &out),
			     rows[i].state, "row %zu: %s", i, out.ptr);
	}
	buffer_done(&out);
}

Test(plugin, ranges_move_the_limits)
{
	struct plugin_choice choice = none;
	struct buffer out;

	buffer_init(&out);
	choice.warning = "1";
	cr_assert(range_parse("1", &choice.warning_range));
	cr_expect_eq(report(&choice, FINE, "[" SCANNER "]", &out), PLUGIN_OK);
	cr_expect_eq(report(&choice, FINE, "[" SCANNER "," SCANNER "]", &out),
		     PLUGIN_WARNING);
	cr_expect(strstr(out.ptr, "'alerts_warning'=2;1;;0"), "%s", out.ptr);
	buffer_done(&out);
}

Test(plugin, no_answer_is_unknown_with_the_remedy)
{
	struct buffer out;

	buffer_init(&out);
	cr_expect_eq(plugin_unknown("no | daemon", "start it", &out), PLUGIN_UNKNOWN);
	buffer_add_char(&out, '\0');
	cr_expect_str_eq(out.ptr, "SIP UNKNOWN - no / daemon: start it\n");
	buffer_done(&out);
}
