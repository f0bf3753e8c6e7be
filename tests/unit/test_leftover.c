/* SPDX-License-Identifier: Apache-2.0 */
/* Alerts that alerts.db has open: what is read back of a transition, and which end. */
#include "leftover.h"
#include "scratch.h"

#include "alert/alert.h"
#include "alert/render.h"
#include "base/address.h"
#include "base/text.h"

#include <criterion/criterion.h>
#include <string.h>

/* 2026-11-22T09:31:07.412123Z */
#define MOMENT ((sv_usec)1795339867412123)
#define PATIENCE (20 * SV_USEC_PER_SEC)

static struct sv_alert
alert_of(const char *rule, struct sv_str user)
{
	struct sv_alert alert = {
		.state = SV_ALERT_CHANGED,
		.severity = SV_SEVERITY_CRITICAL,
		.previous = SV_SEVERITY_WARNING,
		.sequence = 2,
		.time = MOMENT + 5,
		.start = MOMENT,
		.first = MOMENT - 7,
		.window = 300 * SV_USEC_PER_SEC,
		.rule = str_of(rule),
		.ruleset = SV_STR("default"),
		.service = SV_STR("SIP security"),
		.technique = SV_STR("T1110.001"),
		.fingerprint = SV_STR("f|x"),
		.key = { { .field = SV_STR("peer_ip"), .value = SV_STR("203.0.113.9") },
			 { .field = SV_STR("user"), .value = user, .claim = true } },
		.n_key = 2,
		.reason = SV_STR("30 of 30"),
		.leg = SV_LEG_OUT,
		.peer = SV_STR("carrier"),
		.host = SV_STR("pbx1"),
		.observe = true,
	};

	cr_assert(address_parse(SV_STR("203.0.113.9"), &alert.peer_ip));
	alert_ids(&alert);
	return alert;
}

static void
render(struct buffer *buf, const struct sv_alert *alert)
{
	struct render_identity id = { .host = "pbx1", .version = "1" };

	buffer_clear(buf);
	render_alert_json(buf, alert, &id, MOMENT);
	cr_assert(!buffer_failed(buf));
}

static void
assert_text(struct sv_str got, struct sv_str wanted, const char *what)
{
	cr_assert(str_eq(got, wanted), "%s is '%.*s'", what, (int)got.len, got.ptr);
}

Test(leftover, reads_what_an_end_needs)
{
	struct sv_alert was = alert_of("trunk-down", SV_STR("10\"01;\n")), got;
	struct buffer buf;
	void *owner;

	buffer_init(&buf);
	render(&buf, &was);
	cr_assert(leftover_read(buffer_str(&buf), &got, &owner));
	cr_assert_str_eq(got.id, was.id);
	cr_assert_str_eq(got.incident, was.incident);
	cr_assert_eq(got.time, was.time);
	cr_assert_eq(got.start, was.start);
	cr_assert_eq(got.first, was.first);
	cr_assert_eq(got.window, was.window);
	cr_assert_eq(got.sequence, 2);
	cr_assert_eq(got.severity, SV_SEVERITY_CRITICAL);
	cr_assert_eq(got.leg, SV_LEG_OUT);
	cr_assert(got.observe);
	assert_text(got.rule, was.rule, "rule");
	assert_text(got.ruleset, was.ruleset, "ruleset");
	assert_text(got.service, was.service, "service");
	assert_text(got.technique, was.technique, "technique");
	assert_text(got.fingerprint, was.fingerprint, "fingerprint");
	assert_text(got.peer, was.peer, "peer");
	assert_text(got.host, was.host, "host");
	cr_assert(memcmp(&got.peer_ip, &was.peer_ip, sizeof(got.peer_ip)) == 0);
	cr_assert_eq(got.n_key, 2);
	assert_text(got.key[1].field, SV_STR("user"), "key");
	assert_text(got.key[1].value, was.key[1].value, "value of the key");
	cr_assert(!got.key[0].claim && got.key[1].claim);
	alert_ids(&got);
	cr_assert_str_eq(got.incident, was.incident, "digested from what was read");
	leftover_forget(owner);
	buffer_done(&buf);
}

Test(leftover, refuses_what_is_no_transition)
{
	static const char *const texts[] = {
		"",
		"{}",
		"[1]",
		"{\"id\":\"x\"}",
		"{\"id\":\"0123456789abcdef0123456789abcdef\",\"sipvigil\":7}",
	};
	struct sv_alert alert;
	void *owner;

	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
		cr_assert(!leftover_read(str_of(texts[i]), &alert, &owner), "%s",
			  texts[i]);
}

/* What was ended. */
struct ended {
	size_t n;
	char rule[64], reason[128], incident[SV_ALERT_ID_LEN + 1];
	struct sv_alert alert;
	struct history *history;
};

static void
note(void *user, const struct sv_alert *alert)
{
	struct ended *ended = user;

	ended->n++;
	ended->alert = *alert; /* its texts are not valid any more */
	snprintf(ended->rule, sizeof(ended->rule), "%.*s", (int)alert->rule.len,
		 alert->rule.ptr);
	snprintf(ended->reason, sizeof(ended->reason), "%.*s", (int)alert->reason.len,
		 alert->reason.ptr);
	snprintf(ended->incident, sizeof(ended->incident), "%s", alert->incident);
	(void)history_put(ended->history, alert, SV_STR("{}"), MOMENT);
	cr_assert(history_wait(ended->history, MOMENT, PATIENCE));
}

static void
keep(struct history *history, struct sv_alert alert)
{
	struct buffer buf;

	buffer_init(&buf);
	render(&buf, &alert);
	cr_assert_eq(history_put(history, &alert, buffer_str(&buf), MOMENT),
		     HISTORY_NEW);
	cr_assert(history_wait(history, MOMENT, PATIENCE));
	buffer_done(&buf);
}

static const struct rule_spec rule = { .name = "stays",
				       .window = 60 * SV_USEC_PER_SEC,
				       .warning = "count >= 5" };

static struct engine *
engine_make(void)
{
	struct engine_spec spec = { .rules = &rule, .n_rules = 1 };
	struct expr_error error;
	struct engine *engine;
	size_t wrong;

	cr_assert_eq(engine_new(&spec, &engine, &wrong, &error), 0);
	return engine;
}

Test(leftover, ends_once_what_nobody_else_would)
{
	struct scratch scratch;
	struct history *history;
	struct ended ended = { 0 };
	struct leftover_spec spec = {
		.rules = &rule, .n_rules = 1, .sink = note, .user = &ended
	};
	struct sv_alert over = alert_of("over", SV_STR("a"));

	scratch_make(&scratch, "alerts.db");
	cr_assert_eq(history_open(&(struct history_spec){ .path = scratch.path },
				  MOMENT, &history),
		     0);
	keep(history, alert_of("gone", SV_STR("a")));
	keep(history, alert_of("stays", SV_STR("b")));
	keep(history, over);
	over.state = SV_ALERT_RESOLVED;
	over.sequence++;
	alert_ids(&over);
	keep(history, over);

	ended.history = spec.history = history;
	spec.engine = engine_make();
	cr_assert_eq(leftover_end(&spec), 0, "one may be made again");
	cr_assert_eq(ended.n, 1);
	cr_assert_str_eq(ended.rule, "gone");
	cr_assert_eq(ended.alert.state, SV_ALERT_RESOLVED);
	cr_assert_eq(ended.alert.previous, SV_SEVERITY_CRITICAL);
	cr_assert_eq(ended.alert.sequence, 3);
	cr_assert_str_eq(ended.reason, "ended because its rule is gone");
	cr_assert_str_eq(ended.incident, alert_of("gone", SV_STR("a")).incident);

	spec.settled = true;
	cr_assert_eq(leftover_end(&spec), 0, "event time has not come so far");
	cr_assert_eq(ended.n, 1);
	engine_advance(spec.engine, MOMENT + 3600 * SV_USEC_PER_SEC);
	cr_assert_eq(leftover_end(&spec), 1);
	cr_assert_eq(ended.n, 2);
	cr_assert_str_eq(ended.rule, "stays");
	cr_assert_eq(leftover_end(&spec), 1);
	cr_assert_eq(ended.n, 2, "and never again");
	engine_free(spec.engine);
	history_close(history);
	scratch_remove(&scratch);
}

static void
note_incident(void *user, const char *incident)
{
	memcpy(user, incident, SV_ALERT_ID_LEN + 1);
}

static void
note_alert(void *user, const struct sv_alert *alert)
{
	memcpy(user, alert->incident, SV_ALERT_ID_LEN + 1);
}

Test(leftover, the_engine_names_the_incidents_it_has)
{
	struct engine *engine = engine_make();
	char incident[SV_ALERT_ID_LEN + 1] = "", alert[SV_ALERT_ID_LEN + 1] = "";
	struct sv_event event = { .time = MOMENT, .outcome = SV_REJECTED, .count = 5 };

	engine_feed(engine, &event);
	engine_incidents(engine, note_incident, incident);
	engine_alerts(engine, note_alert, alert);
	cr_assert_eq(strlen(incident), SV_ALERT_ID_LEN);
	cr_assert_str_eq(incident, alert);
	engine_free(engine);
}
