/* SPDX-License-Identifier: Apache-2.0 */
/* The control socket: what is answered to good and to hostile requests, and what a
 * client may cost. */
#include "base/text.h"
#include "ctl/client.h"
#include "ctl/commands.h"
#include "ctl/metrics.h"
#include "ctl/server.h"
#include "store/history.h"

#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <errno.h>
#include <fcntl.h>
#include <sipvigil/ctl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#define START ((sv_usec)1795340000 * SV_USEC_PER_SEC)

/* A daemon as commands see it: one rule, one source, one output. */
struct fake {
	struct engine *engine;
	struct history *history;
	struct view_host host;
	struct render_identity identity;
	int reload_result;
	char folder[64], path[96], database[96];
};

static void
to_history(void *user, const struct sv_alert *alert)
{
	struct fake *fake = user;
	struct buffer json;

	buffer_init(&json);
	render_alert_json(&json, alert, NULL, 0);
	(void)history_put(fake->history, alert, buffer_str(&json), alert->time);
	(void)history_wait(fake->history, alert->time, 10 * SV_USEC_PER_SEC);
	buffer_done(&json);
}

static void
look(void *user, struct view *view)
{
	static const struct view_source sources[] = {
		{ .name = "file:full",
		  .kind = "file",
		  .dialect = "asterisk",
		  .problem = "",
		  .records = 10,
		  .events = 4,
		  .skipped = 4,
		  .foreign = 2,
		  .told = 4,
		  .unknown = 2,
		  .has_data = true },
		{ .name = "file:\"odd\"\n", .kind = "file", .problem = "gone" },
	};
	static const struct view_output outputs[] = {
		{ .name = "stream:out",
		  .kind = "stream",
		  .problem = "",
		  .delivered = 7 },
	};
	struct fake *fake = user;

	*view = (struct view){ .version = "1",
			       .host = "pbx1",
			       .instance = "main",
			       .note = "",
			       .sources = sources,
			       .n_sources = 2,
			       .outputs = outputs,
			       .n_outputs = 1,
			       .keys_max = 100 };
	engine_stats_get(fake->engine, &view->engine);
}

static struct engine *
engine_of(void *user)
{
	return ((struct fake *)user)->engine;
}

static int
past_of(void *user, const struct history_query *query,
	void (*each)(void *each_user, const struct history_row *row), void *each_user)
{
	return history_each(((struct fake *)user)->history, query, each, each_user);
}

static const struct render_identity *
identity_of(void *user)
{
	return &((struct fake *)user)->identity;
}

static int
reload(void *user, struct buffer *messages)
{
	buffer_add_cstr(messages, "line 1: \"x\"\nline 2");
	return ((struct fake *)user)->reload_result;
}

static void
fake_init(struct fake *fake)
{
	static const struct rule_spec rule = { .name = "busy",
					       .ruleset = "test",
					       .by = { "peer_ip" },
					       .n_by = 1,
					       .window = 60 * SV_USEC_PER_SEC,
					       .warning = "count >= 1",
					       .clear_for = 1,
					       .service = "SIP trunks" };
	struct engine_spec spec = {
		.rules = &rule,
		.n_rules = 1,
		.max_peers = 64,
		.sink = to_history,
		.user = fake,
	};
	struct history_spec history = { 0 };
	struct expr_error error;
	size_t wrong;

	*fake = (struct fake){ .identity = { "pbx1", "1" } };
	cr_assert(eq(int, engine_new(&spec, &fake->engine, &wrong, &error), 0));
	fake->host = (struct view_host){ fake,    look,        engine_of,
					 past_of, identity_of, reload };
	(void)snprintf(fake->folder, sizeof(fake->folder), "/tmp/sv-ctl-XXXXXX");
	cr_assert(ne(ptr, mkdtemp(fake->folder), NULL));
	(void)snprintf(fake->path, sizeof(fake->path), "%s/control", fake->folder);
	(void)snprintf(fake->database, sizeof(fake->database), "%s/alerts.db",
		       fake->folder);
	history.path = fake->database;
	cr_assert(eq(int, history_open(&history, START, &fake->history), 0));
}

static void
fake_done(struct fake *fake)
{
	engine_free(fake->engine);
	history_close(fake->history);
	(void)unlink(fake->path);
	(void)unlink(fake->database);
	(void)rmdir(fake->folder);
}

static void
fail_from(struct fake *fake, unsigned last_byte, sv_usec time)
{
	struct sv_event event = {
		.time = time,
		.outcome = SV_BUSY,
		.leg = SV_LEG_IN,
		.method = SV_INVITE,
		.code = 486,
		.count = 1,
		.peer_ip = { 4, { 192, 0, 2, (uint8_t)last_byte } },
		.pbx = SV_STR("asterisk"),
	};

	engine_feed(fake->engine, &event);
}

static json_t *
last_line(const struct buffer *out)
{
	struct sv_str text = str_upto(buffer_str(out), out->len - 1);
	size_t begin = out->len - 1;

	cr_assert(out->len > 0 && out->ptr[out->len - 1] == '\n');
	while (begin && text.ptr[begin - 1] != '\n')
		begin--;
	return json_loadb(text.ptr + begin, text.len - begin, 0, NULL);
}

static long
exit_of(const struct buffer *out)
{
	json_t *end = last_line(out);
	long code = (long)json_integer_value(json_object_get(end, "exit"));

	bool ended = json_is_true(json_object_get(end, "end"));

	cr_assert(ended, "%.*s", (int)out->len, out->ptr);
	json_decref(end);
	return code;
}

static void
ask(struct fake *fake, const char *request, struct buffer *out)
{
	buffer_clear(out);
	commands_answer(&fake->host, str_of(request), out);
}

Test(ctl, any_request_has_an_answer_with_an_end)
{
	static const struct {
		const char *request, *error;
		long code;
	} rows[] = {
		{ "", "not JSON", 2 },
		{ "{", "not JSON", 2 },
		{ "[]", "a request is", 2 },
		{ "null", "not JSON", 2 },
		{ "{}", "a request is", 2 },
		{ "{\"command\":7}", "a request is", 2 },
		{ "{\"command\":\"\"}", "knows no command", 2 },
		{ "{\"command\":\"statsu\"}", "did you mean", 2 },
		{ "{\"command\":\"status\",\"command\":\"reload\"}", "not JSON", 2 },
		{ "{\"command\":\"status\",\"args\":{}}", "a request is", 2 },
		{ "{\"command\":\"status\",\"args\":[1]}", "a request is", 2 },
		{ "{\"command\":\"status\",\"args\":[\"1\",\"2\",\"3\",\"4\",\"5\","
		  "\"6\",\"7\",\"8\",\"9\",\"a\",\"b\",\"c\",\"d\",\"e\",\"f\",\"g\","
		  "\"h\"]}",
		  "a request is", 2 },
		{ "{\"v\":2,\"command\":\"status\"}", "speaks version 1", 2 },
		{ "{\"v\":1,\"command\":\"status\"}", "", 0 },
		{ "{\"command\":\"status\"}", "", 0 },
		{ "{\"command\":\"alerts\",\"args\":[\"--foo\"]}", "not understood",
		  2 },
		{ "{\"command\":\"alerts\",\"args\":[\"abc\",\"def\"]}",
		  "not understood", 2 },
		{ "{\"command\":\"alerts\",\"args\":[\"ffff\"]}", "no alert with id",
		  1 },
		{ "{\"command\":\"peers\",\"args\":[\"--span\"]}", "not understood",
		  2 },
		{ "{\"command\":\"peers\",\"args\":[\"--span\",\"-1\"]}",
		  "not understood", 2 },
		{ "{\"command\":\"peers\",\"args\":[\"--span\",\"99999999999\"]}",
		  "not understood", 2 },
		{ "{\"command\":\"peers\",\"args\":[\"--span\",\"60\",\"x\"]}", "", 0 },
		{ "{\"command\":\"stats\"}", "", 0 },
	};
	struct fake fake;
	struct buffer out;

	fake_init(&fake);
	buffer_init(&out);
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		ask(&fake, rows[i].request, &out);
		cr_expect(eq(long, exit_of(&out), rows[i].code), "%s", rows[i].request);
		cr_expect(str_find(buffer_str(&out), str_of(rows[i].error)) != STR_NONE,
			  "%s: %.*s", rows[i].request, (int)out.len, out.ptr);
	}
	buffer_done(&out);
	fake_done(&fake);
}

Test(ctl, status_is_one_object_with_what_is_promised)
{
	static const char *const keys[] = {
		"version", "host",    "uptime_sec", "pid",          "zero",
		"sources", "outputs", "alerts",     "keys",         "keys_max",
		"late",    "evicted", "memory_max", "memory_bytes",
	};
	struct fake fake;
	struct buffer out;
	json_t *status, *source;

	fake_init(&fake);
	buffer_init(&out);
	ask(&fake, "{\"command\":\"status\"}", &out);
	status = json_loadb(out.ptr, str_find_char(buffer_str(&out), '\n'), 0, NULL);
	cr_assert(ne(ptr, status, NULL));
	for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++)
		cr_expect(ne(ptr, json_object_get(status, keys[i]), NULL), "%s",
			  keys[i]);
	source = json_array_get(json_object_get(status, "sources"), 0);
	cr_expect(epsilon_eq(dbl,
			     json_number_value(json_object_get(source, "recognised")),
			     0.8, 1e-9));
	source = json_array_get(json_object_get(status, "sources"), 1);
	const char *name = json_string_value(json_object_get(source, "name"));
	cr_expect(strcmp(name, "file:\"odd\"\n") == 0, "%s", name);
	cr_expect(eq(ptr, json_object_get(source, "recognised"), NULL));
	json_decref(status);
	buffer_done(&out);
	fake_done(&fake);
}

Test(ctl, alerts_are_found_by_a_unique_prefix_open_or_resolved)
{
	struct fake fake;
	struct buffer out;
	json_t *alert;
	char request[160];

	fake_init(&fake);
	buffer_init(&out);
	fail_from(&fake, 1, START);
	engine_advance(fake.engine, START + 200 * SV_USEC_PER_SEC);
	fail_from(&fake, 2, START + 201 * SV_USEC_PER_SEC);

	ask(&fake, "{\"command\":\"alerts\"}", &out);
	cr_expect(eq(sz, str_count(buffer_str(&out), SV_STR("\n")), 2));
	cr_expect(str_find(buffer_str(&out), SV_STR("\"resolved\":1}")) != STR_NONE);
	ask(&fake, "{\"command\":\"alerts\",\"args\":[\"--all\"]}", &out);
	cr_expect(eq(sz, str_count(buffer_str(&out), SV_STR("\n")), 3));

	/* the resolved one, second, by its incident */
	struct sv_str second =
		str_from(buffer_str(&out), str_find_char(buffer_str(&out), '\n') + 1);
	alert = json_loadb(second.ptr, str_find_char(second, '\n'), 0, NULL);
	cr_assert(ne(ptr, alert, NULL));
	(void)snprintf(request, sizeof(request),
		       "{\"command\":\"alerts\",\"args\":[\"%.12s\"]}",
		       json_string_value(json_object_get(
			       json_object_get(alert, "sipvigil"), "incident")));
	ask(&fake, request, &out);
	cr_expect(eq(long, exit_of(&out), 0));
	cr_expect(str_find(buffer_str(&out), SV_STR("192.0.2.1")) != STR_NONE);
	ask(&fake, "{\"command\":\"alerts\",\"args\":[\"\"]}", &out);
	cr_expect(eq(long, exit_of(&out), 0));
	json_decref(alert);
	buffer_done(&out);
	fake_done(&fake);
}

Test(ctl, an_ambiguous_prefix_is_no_answer)
{
	struct fake fake;
	struct buffer out;
	bool seen = false;

	fake_init(&fake);
	buffer_init(&out);
	/* 40 incidents, 16 first digits: two of them share one */
	for (unsigned i = 0; i < 40; i++)
		fail_from(&fake, i, START + i);
	for (char digit = '0'; digit <= '9'; digit++) {
		char request[64];
		(void)snprintf(request, sizeof(request),
			       "{\"command\":\"alerts\",\"args\":[\"%c\"]}", digit);
		ask(&fake, request, &out);
		seen |= str_find(buffer_str(&out), SV_STR("more than one")) != STR_NONE;
		if (exit_of(&out) != 0)
			cr_expect(eq(sz, str_count(buffer_str(&out), SV_STR("\n")), 1));
	}
	cr_expect(seen);
	buffer_done(&out);
	fake_done(&fake);
}

Test(ctl, peers_name_their_alerts_and_stop_at_twenty)
{
	struct fake fake;
	struct buffer out;

	fake_init(&fake);
	buffer_init(&out);
	for (unsigned i = 1; i <= 30; i++)
		fail_from(&fake, i, START + i);
	ask(&fake, "{\"command\":\"peers\"}", &out);
	cr_expect(eq(sz, str_count(buffer_str(&out), SV_STR("\n")), 21));
	cr_expect(str_find(buffer_str(&out), SV_STR("\"alerts\":[\"busy\"]")) !=
		  STR_NONE);
	cr_expect(str_find(buffer_str(&out), SV_STR("\"omitted\":10")) != STR_NONE);
	ask(&fake, "{\"command\":\"peers\",\"args\":[\"--all\"]}", &out);
	cr_expect(eq(sz, str_count(buffer_str(&out), SV_STR("\n")), 31));
	ask(&fake, "{\"command\":\"peers\",\"args\":[\"192.0.2.7\"]}", &out);
	cr_expect(eq(sz, str_count(buffer_str(&out), SV_STR("\n")), 2));
	buffer_done(&out);
	fake_done(&fake);
}

Test(ctl, a_refused_reload_says_why_and_that_nothing_changed)
{
	struct fake fake;
	struct buffer out;

	fake_init(&fake);
	buffer_init(&out);
	ask(&fake, "{\"command\":\"reload\"}", &out);
	cr_expect(eq(long, exit_of(&out), 0));
	cr_expect(str_find(buffer_str(&out), SV_STR("line 1: \\\"x\\\"\\nline 2")) !=
		  STR_NONE);
	fake.reload_result = -EINVAL;
	ask(&fake, "{\"command\":\"reload\"}", &out);
	cr_expect(eq(long, exit_of(&out), 2));
	cr_expect(str_find(buffer_str(&out), SV_STR("nothing was changed")) !=
		  STR_NONE);
	buffer_done(&out);
	fake_done(&fake);
}

Test(ctl, every_counter_has_a_name_of_its_own_and_help)
{
	size_t n;
	const struct metric *metrics = metrics_table(&n);

	for (size_t i = 0; i < n; i++) {
		struct sv_str name = str_of(metrics[i].name);
		bool total = str_ends(name, SV_STR("_total"));

		cr_expect(str_starts(name, SV_STR("sipvigil_")), "%s", metrics[i].name);
		cr_expect(eq(int, total, metrics[i].type == METRIC_COUNTER), "%s",
			  metrics[i].name);
		cr_expect(metrics[i].help[0] && metrics[i].unit[0], "%s",
			  metrics[i].name);
		for (size_t k = 0; k < i; k++)
			cr_expect(strcmp(metrics[i].name, metrics[k].name) != 0, "%s",
				  metrics[i].name);
	}
}

/* The socket itself. */

static int
connect_raw(const char *path)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);

	(void)snprintf(address.sun_path, sizeof(address.sun_path), "%s", path);
	cr_assert(
		eq(int, connect(fd, (struct sockaddr *)&address, sizeof(address)), 0));
	return fd;
}

static void
run_loop(sd_event *loop, unsigned turns)
{
	while (turns--)
		(void)sd_event_run(loop, 1000);
}

static struct server *
serve(struct fake *fake, sd_event *loop)
{
	struct server_spec spec = { fake->path, &fake->host, loop };
	char problem[SERVER_PROBLEM_BYTES] = "";
	struct server *server = NULL;

	cr_assert(eq(int, server_new(&spec, &server, problem), 0), "%s", problem);
	return server;
}

Test(ctl, a_request_may_come_in_pieces)
{
	const char *request = "{\"command\":\"status\"}\n";
	struct fake fake;
	sd_event *loop = NULL;
	char answer[4096];
	struct stat st;
	ssize_t n;

	fake_init(&fake);
	cr_assert(eq(int, sd_event_new(&loop), 0));
	struct server *server = serve(&fake, loop);
	cr_expect(eq(int, stat(fake.path, &st), 0));
	cr_expect(eq(int, (int)(st.st_mode & 0777), 0660));
	int fd = connect_raw(fake.path);
	for (const char *at = request; *at; at++) {
		cr_assert(eq(int, (int)write(fd, at, 1), 1));
		run_loop(loop, 3);
	}
	n = recv(fd, answer, sizeof(answer), 0);
	cr_assert(n > 0);
	cr_expect(str_find(str_make(answer, (size_t)n),
			   SV_STR("{\"end\":true,\"exit\":0")) != STR_NONE);
	cr_expect(eq(int, (int)recv(fd, answer, sizeof(answer), 0), 0));
	(void)close(fd);
	server_free(server);
	cr_expect(ne(int, stat(fake.path, &st), 0), "the socket is gone");
	sd_event_unref(loop);
	fake_done(&fake);
}

Test(ctl, a_request_beyond_the_limit_is_refused)
{
	static char junk[SV_CTL_MAX_REQUEST + 100];
	struct fake fake;
	sd_event *loop = NULL;
	char answer[512];
	ssize_t n;

	fake_init(&fake);
	memset(junk, 'x', sizeof(junk));
	cr_assert(eq(int, sd_event_new(&loop), 0));
	struct server *server = serve(&fake, loop);
	int fd = connect_raw(fake.path);
	(void)!write(fd, junk, sizeof(junk));
	run_loop(loop, 8);
	n = recv(fd, answer, sizeof(answer), 0);
	cr_assert(n > 0);
	cr_expect(str_find(str_make(answer, (size_t)n), SV_STR("too long")) !=
		  STR_NONE);
	(void)close(fd);
	server_free(server);
	sd_event_unref(loop);
	fake_done(&fake);
}

Test(ctl, more_clients_than_the_limit_wait_their_turn)
{
	struct fake fake;
	sd_event *loop = NULL;
	int idle[SV_CTL_MAX_CLIENTS];
	char answer[4096];

	fake_init(&fake);
	cr_assert(eq(int, sd_event_new(&loop), 0));
	struct server *server = serve(&fake, loop);
	for (size_t i = 0; i < SV_CTL_MAX_CLIENTS; i++) {
		idle[i] = connect_raw(fake.path);
		run_loop(loop, 2);
	}
	int late = connect_raw(fake.path);
	cr_assert(write(late, "{\"command\":\"stats\"}\n", 20) == 20);
	run_loop(loop, 10);
	cr_expect(eq(int, (int)recv(late, answer, sizeof(answer), 0), -1));
	(void)close(idle[3]);
	run_loop(loop, 10);
	cr_expect(recv(late, answer, sizeof(answer), 0) > 0);
	(void)close(late);
	for (size_t i = 0; i < SV_CTL_MAX_CLIENTS; i++)
		if (i != 3)
			(void)close(idle[i]);
	server_free(server);
	sd_event_unref(loop);
	fake_done(&fake);
}

Test(ctl, a_stale_socket_is_replaced_a_live_one_and_a_file_are_not)
{
	struct fake fake;
	sd_event *loop = NULL;
	char problem[SERVER_PROBLEM_BYTES];
	struct server *second = NULL;

	fake_init(&fake);
	cr_assert(eq(int, sd_event_new(&loop), 0));
	struct server_spec spec = { fake.path, &fake.host, loop };

	/* left behind by a daemon that was killed */
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	(void)snprintf(address.sun_path, sizeof(address.sun_path), "%s", fake.path);
	int dead = socket(AF_UNIX, SOCK_STREAM, 0);
	cr_assert(eq(int, bind(dead, (struct sockaddr *)&address, sizeof(address)), 0));
	(void)close(dead);
	struct server *server = serve(&fake, loop);

	cr_expect(eq(int, server_new(&spec, &second, problem), -EADDRINUSE));
	char named[64];
	(void)snprintf(named, sizeof(named), "another sipvigild (process %ld)",
		       (long)getpid());
	cr_expect(strstr(problem, named) != NULL, "%s", problem);
	server_free(server);

	int fd = open(fake.path, O_CREAT | O_WRONLY, 0600);
	(void)close(fd);
	cr_expect(eq(int, server_new(&spec, &second, problem), -EEXIST));
	cr_expect(strstr(problem, "is no socket") != NULL, "%s", problem);
	sd_event_unref(loop);
	fake_done(&fake);
}

Test(ctl, the_client_gets_lines_end_and_remedy)
{
	struct fake fake;
	sd_event *loop = NULL;
	int status = -1;

	fake_init(&fake);
	for (unsigned i = 1; i <= 200; i++)
		fail_from(&fake, i, START + i);
	cr_assert(eq(int, sd_event_new(&loop), 0));
	struct server *server = serve(&fake, loop);
	pid_t child = fork();
	if (child == 0) {
		const char *args[] = { "--all" };
		struct client_question question = { fake.path, "alerts", args, 1, 0 };
		struct client_reply reply;
		int r = client_ask(&question, &reply);
		bool good = r == 0 && reply.exit == 0 &&
			    json_array_size(reply.lines) == 200;

		client_reply_done(&reply);
		question.command = "alert";
		r = client_ask(&question, &reply);
		good = good && r == 0 && reply.exit == 2 &&
		       strcmp(reply.remedy, "did you mean 'alerts'?") == 0;
		client_reply_done(&reply);
		_exit(good ? 0 : 1);
	}
	for (unsigned i = 0; i < 30000 && waitpid(child, &status, WNOHANG) == 0; i++)
		run_loop(loop, 1);
	cr_expect(status == 0, "status %d", status);
	server_free(server);
	sd_event_unref(loop);
	fake_done(&fake);
}

Test(ctl, no_daemon_is_said_with_the_remedy)
{
	struct client_question question = { .socket = "/nonexistent/control",
					    .command = "status" };
	struct client_reply reply;

	cr_expect(eq(int, client_ask(&question, &reply), -ENOENT));
	cr_expect(eq(int, reply.exit, 3));
	cr_expect(strcmp(reply.remedy, "systemctl start sipvigild") == 0, "%s",
		  reply.remedy);
	client_reply_done(&reply);
}
