/* SPDX-License-Identifier: Apache-2.0 */
#include "alert/render.h"
#include "base/address.h"
#include "base/text.h"

#include <criterion/criterion.h>
#include <jansson.h>
#include <math.h>

/* 2026-11-22T09:31:07.412Z */
#define MOMENT ((sv_usec)1795339867412000)

static struct sv_event
event_make(void)
{
	struct sv_event ev = {
		.time = MOMENT,
		.time_source = SV_TIME_STAMP,
		.outcome = SV_REJECTED,
		.leg = SV_LEG_IN,
		.method = SV_REGISTER,
		.transport = SV_UDP,
		.code = 403,
		.peer_port = 5071,
		.count = 1,
		.peer = SV_STR("1001"),
		.pbx = SV_STR("asterisk"),
		.host = SV_STR("pbx1"),
		.category = SV_STR("credentials"),
		.claim = { .user = SV_STR("10\"01\x1b\xff"), .ua = SV_STR("scan") },
		.records = { { .source = SV_STR("file:messages"), .line = 120 },
			     { .source = SV_STR("journal:pbx"),
			       .cursor = SV_STR("s=1;i=2") } },
		.n_records = 2,
	};
	cr_assert(address_parse(SV_STR("203.0.113.9"), &ev.peer_ip));
	return ev;
}

static struct sv_alert
alert_make(void)
{
	struct sv_alert a = {
		.id = "6f1c0b0f3d6e4f6e9c2e8b0f6f9e2a11",
		.incident = "00112233445566778899aabbccddeeff",
		.fingerprint = SV_STR("trunk-down|peer=carrier-a"),
		.state = SV_ALERT_CHANGED,
		.severity = SV_SEVERITY_CRITICAL,
		.previous = SV_SEVERITY_WARNING,
		.sequence = 2,
		.time = MOMENT,
		.start = MOMENT - 60 * SV_USEC_PER_SEC,
		.first = MOMENT - 192 * SV_USEC_PER_SEC,
		.window = 300 * SV_USEC_PER_SEC,
		.rule = SV_STR("trunk-down"),
		.ruleset = SV_STR("default"),
		.service = SV_STR("SIP trunks"),
		.key = { { SV_STR("peer"), SV_STR("carrier-a"), false },
			 { SV_STR("user"), SV_STR("1\n2"), true } },
		.n_key = 2,
		.measure = { { .kind = SV_MEASURE_RATIO,
			       .text = "ratio(failure / 1)",
			       .value = 0.341463,
			       .numerator = 14,
			       .denominator = 41,
			       .min = 20,
			       .warning = NAN,
			       .critical = 0.3,
			       .clear = 0.05 } },
		.n_measure = 1,
		.reason = SV_STR("14 of 41 calls failed in 5 min: 34 % (limit 30 %)"),
		.likely = SV_STR("carrier down"),
		.check = SV_STR("pjsip show endpoint carrier-a"),
		.leg = SV_LEG_OUT,
		.method = SV_INVITE,
		.code = 503,
		.codes = { { 503, SV_CONGESTION, 10 },
			   { 0, SV_TIMEOUT, 2 },
			   { 503, SV_BLOCKED, 2 } },
		.n_codes = 3,
		.causes = { { "overload", 503, SV_CONGESTION, 12 },
			    { "timeout", 0, SV_TIMEOUT, 2 } },
		.n_causes = 2,
		.peer = SV_STR("carrier-a"),
		.host = SV_STR("pbx1"),
		.evidence = { { .source = SV_STR("file:full"),
				.line = 7,
				.text = SV_STR("Got SIP response 503") } },
		.evidence_time = { MOMENT },
		.n_evidence = 1,
	};
	cr_assert(address_parse(SV_STR("198.51.100.10"), &a.peer_ip));
	return a;
}

static json_t *
parsed(struct buffer *buf)
{
	json_error_t error;
	json_t *json = json_loadb(buf->ptr, buf->len, 0, &error);

	cr_assert(json, "%s at %d in %.*s", error.text, error.position, (int)buf->len,
		  buf->ptr);
	return json;
}

Test(render, event_is_the_documented_object_in_its_order)
{
	struct sv_event ev = event_make();
	struct buffer buf;

	buffer_init(&buf);
	render_event_json(&buf, &ev);
	buffer_add_char(&buf, '\0');
	cr_expect_str_eq(
		buf.ptr,
		"{\"time\":\"2026-11-22T09:31:07.412000Z\",\"source\":\"file:"
		"messages\","
		"\"host\":\"pbx1\",\"pbx\":\"asterisk\",\"leg\":\"in\","
		"\"method\":\"REGISTER\",\"code\":403,\"outcome\":\"rejected\","
		"\"failure\":true,\"count\":1,\"peer_ip\":\"203.0.113.9\","
		"\"peer_port\":5071,\"transport\":\"udp\",\"peer\":\"1001\","
		"\"claims\":{\"user\":\"10\\\"01\\u001b\xef\xbf\xbd\",\"ua\":\"scan\"},"
		"\"category\":\"credentials\",\"records\":[{\"file\":\"messages\","
		"\"line\":120},{\"source\":\"journal:pbx\",\"cursor\":\"s=1;i=2\"}]}");
	buffer_done(&buf);
}

Test(render, event_leaves_out_what_is_not_known)
{
	struct sv_event ev = { .outcome = SV_GAP, .time = 1 };
	struct buffer buf;

	buffer_init(&buf);
	render_event_json(&buf, &ev);
	buffer_add_char(&buf, '\0');
	cr_expect_str_eq(
		buf.ptr,
		"{\"time\":\"1970-01-01T00:00:00.000001Z\",\"outcome\":\"gap\","
		"\"failure\":false}");
	buffer_done(&buf);
}

Test(render, event_names_at_most_the_records_it_holds)
{
	struct sv_event ev = event_make();
	struct buffer buf;

	ev.n_records = 5000;
	buffer_init(&buf);
	render_event_json(&buf, &ev);
	json_t *json = parsed(&buf);
	cr_expect_eq(json_array_size(json_object_get(json, "records")),
		     SV_EVENT_MAX_RECORDS);
	json_decref(json);
	buffer_done(&buf);
}

Test(render, time_is_right_over_leap_days_and_centuries)
{
	static const struct {
		sv_usec sec;
		const char *text;
	} rows[] = {
		{ 951782399, "2000-02-28T23:59:59.000000Z" },
		{ 951782400, "2000-02-29T00:00:00.000000Z" },
		{ 951868800, "2000-03-01T00:00:00.000000Z" },
		{ 1709164800, "2024-02-29T00:00:00.000000Z" },
		{ 1735689599, "2024-12-31T23:59:59.000000Z" },
		{ 4107542400, "2100-03-01T00:00:00.000000Z" },
		{ 4107456000, "2100-02-28T00:00:00.000000Z" },
		{ 253402300799, "9999-12-31T23:59:59.000000Z" },
	};
	char text[28];

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		render_time(text, rows[i].sec * SV_USEC_PER_SEC);
		cr_expect_str_eq(text, rows[i].text, "row %zu", i);
	}
	render_time(text, UINT64_MAX);
	cr_expect_str_eq(text, "9999-12-31T23:59:59.999999Z", "cut");
}

Test(render, alert_carries_its_arithmetic)
{
	static const struct {
		const char *object, *key;
		double value;
	} rows[] = {
		{ "measure", "value", 0.341463 }, { "measure", "numerator", 14 },
		{ "measure", "denominator", 41 }, { "measure", "min", 20 },
		{ "measure", "critical", 0.3 },   { "window", "seconds", 300 },
	};
	static const struct render_identity id = { "pbx1", "0.1.0" };
	struct sv_alert a = alert_make();
	struct buffer buf;

	buffer_init(&buf);
	render_alert_json(&buf, &a, &id, MOMENT + 18000);
	json_t *json = parsed(&buf);
	json_t *own = json_object_get(json, "sipvigil");
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		json_t *at = json_object_get(json_object_get(own, rows[i].object),
					     rows[i].key);
		cr_expect_float_eq(json_number_value(at), rows[i].value, 1e-9, "%s.%s",
				   rows[i].object, rows[i].key);
	}
	cr_expect_null(json_object_get(json_object_get(own, "measure"), "warning"),
		       "a limit the rule does not have is left out");
	json_decref(json);
	buffer_done(&buf);
}

Test(render, alert_says_who_and_marks_claims)
{
	static const struct render_identity id = { "watcher", "0.1.0" };
	struct sv_alert a = alert_make();
	struct buffer buf;
	const char *state, *ip, *host, *fingerprint, *claim, *evidence;
	int n503, no_reply;

	buffer_init(&buf);
	render_alert_json(&buf, &a, &id, 0);
	json_t *json = parsed(&buf);
	json_error_t error;
	int r = json_unpack_ex(json, &error, 0,
			       "{s:s,s:{s:s},s:{s:s},s:{s:{s:i,s:i}},"
			       "s:{s:s,s:[s,s]}}",
			       "state", &state, "server", "ip", &ip, "host", "name",
			       &host, "sip", "codes", "503", &n503, "timeout",
			       &no_reply, "sipvigil", "fingerprint", &fingerprint,
			       "claims", &claim, &evidence);
	cr_assert_eq(r, 0, "%s", error.text);
	cr_expect_str_eq(state, "changed");
	cr_expect_str_eq(ip, "198.51.100.10");
	cr_expect_str_eq(host, "pbx1");
	cr_expect_str_eq(fingerprint, "trunk-down|peer=carrier-a");
	cr_expect_str_eq(claim, "key.user");
	cr_expect_str_eq(evidence, "evidence.text");
	cr_expect_eq(n503, 12, "two outcomes of one code are one member");
	cr_expect_eq(no_reply, 2);
	cr_expect_null(json_object_get(json_object_get(json, "event"), "created"),
		       "no clock, no created");
	cr_expect_null(json_object_get(json, "source"), "we asked them");
	json_decref(json);
	buffer_done(&buf);
}

Test(render, a_cause_is_named_where_it_says_more_than_the_code)
{
	struct sv_alert a = alert_make();
	struct buffer buf;

	buffer_init(&buf);
	render_alert_cause(&buf, &a);
	cr_expect_eq(buf.len, 0, "503 is overload, no answer a timeout");
	a.causes[0] = (struct sv_cause_count){ "funds", 503, SV_CONGESTION, 12 };
	render_alert_cause(&buf, &a);
	cr_expect(str_eq(buffer_str(&buf),
			 SV_STR("; cause funds (12 of 14): The balance is too low")),
		  "%.*s", (int)buf.len, buf.ptr);
	buffer_clear(&buf);
	render_alert_line(&buf, &a);
	cr_expect(str_ends(buffer_str(&buf),
			   SV_STR("(limit 30 %); cause funds (12 of 14): The balance "
				  "is too low; likely carrier down; check pjsip show "
				  "endpoint carrier-a; for funds look at the balance "
				  "of the account at the operator")),
		  "%.*s", (int)buf.len, buf.ptr);
	buffer_clear(&buf);
	render_alert_json(&buf, &a, NULL, 0);
	json_t *json = parsed(&buf);
	json_t *causes = json_object_get(json_object_get(json, "sip"), "causes");
	json_t *cause = json_object_get(json_object_get(json, "sipvigil"), "cause");
	cr_expect_eq(json_integer_value(json_object_get(causes, "funds")), 12);
	cr_expect_eq(json_integer_value(json_object_get(causes, "timeout")), 2);
	cr_expect_str_eq(json_string_value(json_object_get(cause, "category")),
			 "funds");
	cr_expect_eq(json_integer_value(json_object_get(cause, "count")), 12);
	cr_expect_str_eq(json_string_value(json_object_get(cause, "look")),
			 "the balance of the account at the operator");
	json_decref(json);
	buffer_clear(&buf);
	a.causes[0] = (struct sv_cause_count){ "overload", 503, SV_CONGESTION, 12 };
	a.causes[1] = (struct sv_cause_count){ "funds", 503, SV_CONGESTION, 2 };
	render_alert_cause(&buf, &a);
	cr_expect_eq(buf.len, 0, "two of fourteen are not the cause");
	buffer_done(&buf);
}

Test(render, line_says_what_limit_and_what_to_check)
{
	struct sv_alert a = alert_make();
	struct buffer buf;

	buffer_init(&buf);
	render_alert_line(&buf, &a);
	buffer_add_char(&buf, '\0');
	cr_expect_str_eq(
		buf.ptr,
		"CRITICAL trunk-down carrier-a \"1.2\": 14 of 41 calls failed in "
		"5 min: 34 % (limit 30 %); likely carrier down; "
		"check pjsip show endpoint carrier-a");
	a.state = SV_ALERT_RESOLVED;
	a.severity = SV_SEVERITY_OK;
	a.reason = SV_STR("0 of 41 calls failed in 5 min");
	buffer_clear(&buf);
	render_alert_line(&buf, &a);
	buffer_add_char(&buf, '\0');
	cr_expect_str_eq(buf.ptr,
			 "RESOLVED trunk-down carrier-a \"1.2\": 0 of 41 calls "
			 "failed in 5 min");
	buffer_done(&buf);
}
