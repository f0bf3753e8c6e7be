/* SPDX-License-Identifier: Apache-2.0 */
/* The syslog receiver over real sockets, its loop turned by the test. */
#include "base/text.h"
#include "input/input.h"

#include <arpa/inet.h>
#include <criterion/criterion.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#define DEADLINE_SEC 20
#define GOT_MAX 256

struct got {
	char source[96], host[64], text[96];
	unsigned flags;
	uint64_t lost;
	enum sv_time_source time_source;
};

static struct got got[GOT_MAX];
static size_t n_got, n_open, n_caught_up;
static bool hold_back;
static sd_event *loop;
static struct input *input;
static struct syslog_spec spec;
static const char *listens[4];
static char folder[64], path[96];

static void *
on_opened(void *user, const struct input_source *source)
{
	(void)user;
	n_open++;
	return strdup(source->name);
}

static void
on_record(void *user, void *source_user, const struct sv_record *record)
{
	struct got *g = &got[n_got % GOT_MAX];

	(void)user;
	(void)snprintf(g->source, sizeof(g->source), "%s", (const char *)source_user);
	(void)snprintf(g->host, sizeof(g->host), "%.*s", (int)record->host.len,
		       record->host.ptr);
	(void)snprintf(g->text, sizeof(g->text), "%.*s",
		       (int)(record->text.len < 90 ? record->text.len : 90),
		       record->text.ptr);
	g->flags = record->flags;
	g->lost = record->lost;
	g->time_source = record->time_source;
	n_got++;
}

static void
on_caught_up(void *user, void *source_user)
{
	(void)user, (void)source_user;
	n_caught_up++;
}

static void
on_closed(void *user, void *source_user)
{
	(void)user;
	n_open--;
	free(source_user);
}

static void
on_save(void *user, void *source_user, struct pack *out)
{
	(void)user;
	pack_bytes(out, source_user, strlen(source_user));
}

static bool
on_hold(void *user, void *source_user, const struct sv_record *record)
{
	(void)user, (void)source_user, (void)record;
	return hold_back;
}

static const struct input_sink sink = { on_opened, on_record, on_caught_up, on_closed,
					on_save,   on_hold,   NULL };

static void
set_up(void)
{
	(void)snprintf(folder, sizeof(folder), "/tmp/sv-syslog-XXXXXX");
	cr_assert_not_null(mkdtemp(folder));
	(void)snprintf(path, sizeof(path), "unix:%s/log", folder);
	cr_assert_geq(sd_event_new(&loop), 0);
	listens[0] = "udp:127.0.0.1:0";
	spec = (struct syslog_spec){ .title = "boxes",
				     .host = "here",
				     .listen = listens,
				     .n_listen = 1,
				     .max_message_bytes = 1024,
				     .max_senders = 4,
				     .max_connections = 4,
				     .max_connections_per_sender = 3,
				     .idle_usec = 3600 * SV_USEC_PER_SEC,
				     .frame_usec = 3600 * SV_USEC_PER_SEC,
				     .receive_buffer_bytes = 1 << 20,
				     .socket_mode = 0600 };
}

static void
tear_down(void)
{
	char command[160];

	input_free(input);
	input = NULL;
	sd_event_unref(loop);
	cr_expect_eq(n_open, 0u);
	(void)snprintf(command, sizeof(command), "rm -rf %s", folder);
	cr_expect_eq(system(command), 0);
}

TestSuite(syslog, .init = set_up, .fini = tear_down, .timeout = 120);

static void
start(void)
{
	cr_assert_geq(syslog_new(&spec, loop, &sink, &input), 0);
	cr_assert_geq(input_start(input), 0);
}

static struct syslog_counts
counts(void)
{
	struct input_stats stats;

	input_stats_get(input, &stats);
	return *stats.syslog;
}

/* Turns of the loop until it holds, or long enough to be sure that it never will. */
#define turn_until(condition)                                        \
	do {                                                         \
		time_t until = time(NULL) + DEADLINE_SEC;            \
		while (!(condition) && time(NULL) < until)           \
			cr_assert_geq(sd_event_run(loop, 20000), 0); \
		cr_assert((condition), #condition);                  \
	} while (0)

static uint16_t
port_of(unsigned nth)
{
	char places[256];
	const char *at = places;

	(void)snprintf(places, sizeof(places), "%s", counts().places);
	for (unsigned i = 0; i < nth && at; i++)
		at = strchr(at, ' ') ? strchr(at, ' ') + 1 : NULL;
	cr_assert_not_null(at, "%s", places);
	size_t len = strcspn(at, " ");
	while (len && at[len - 1] != ':')
		len--;
	return (uint16_t)atoi(at + len);
}

static int
connect_to(int type, uint16_t port)
{
	struct sockaddr_in at = { .sin_family = AF_INET,
				  .sin_port = htons(port),
				  .sin_addr = { htonl(INADDR_LOOPBACK) } };
	int fd = socket(AF_INET, type | SOCK_CLOEXEC, 0);

	cr_assert_geq(fd, 0);
	cr_assert_eq(connect(fd, (struct sockaddr *)&at, sizeof(at)), 0);
	return fd;
}

static void
say(int fd, const char *bytes, size_t len)
{
	cr_assert_eq(send(fd, bytes, len, MSG_NOSIGNAL), (ssize_t)len);
}

static void
say_text(int fd, const char *text)
{
	say(fd, text, strlen(text));
}

/* ---- words ---- */

Test(syslog, reads_the_words_of_places)
{
	static const struct {
		const char *word;
		bool good;
		enum syslog_way way;
		uint16_t port;
		bool tls;
	} words[] = {
		{ "udp:[::1]:5514", true, SYSLOG_UDP, 5514, false },
		{ "udp:[::]:0", true, SYSLOG_UDP, 0, false },
		{ "tcp:127.0.0.1:5514", true, SYSLOG_TCP, 5514, false },
		{ "tls:[::]:6514", true, SYSLOG_TLS, 6514, true },
		{ "unix:/run/log", true, SYSLOG_UNIX, 0, false },
		{ "systemd:a-b", true, SYSLOG_HANDED, 0, false },
		{ "systemd-tls:x", true, SYSLOG_HANDED, 0, true },
		{ "", false, 0, 0, false },
		{ "udp", false, 0, 0, false },
		{ "udp:", false, 0, 0, false },
		{ "udp:514", false, 0, 0, false },
		{ "udp:localhost:514", false, 0, 0, false },
		{ "udp:::1:514", false, 0, 0, false },
		{ "udp:127.0.0.1:65536", false, 0, 0, false },
		{ "udp:127.0.0.1:5x", false, 0, 0, false },
		{ "udp:127.0.0.1:", false, 0, 0, false },
		{ "tcp4:127.0.0.1:514", false, 0, 0, false },
		{ "unix:log", false, 0, 0, false },
		{ "systemd:", false, 0, 0, false },
		{ "systemd:a b", false, 0, 0, false },
	};
	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
		struct syslog_listen listen = { 0 };
		const char *hint = NULL;
		cr_expect_eq(syslog_listen_parse(words[i].word, &listen, &hint),
			     words[i].good, "%s", words[i].word);
		cr_expect_not_null(hint, "%s", words[i].word);
		if (!words[i].good)
			continue;
		cr_expect_eq(listen.way, words[i].way, "%s", words[i].word);
		cr_expect_eq(listen.port, words[i].port, "%s", words[i].word);
		cr_expect_eq(listen.tls, words[i].tls, "%s", words[i].word);
	}
}

/* ---- datagrams ---- */

Test(syslog, a_datagram_is_a_message_and_its_sender_is_its_host)
{
	start();
	int fd = connect_to(SOCK_DGRAM, port_of(0));
	say_text(fd, "<13>Nov 22 19:29:45 liar asterisk[1]: one\n");
	say_text(fd, "<13>two\nlines\r\n");
	say(fd, "\n", 1);
	say(fd, "", 0);
	turn_until(n_got == 2);
	cr_expect_str_eq(got[0].source, "syslog:boxes/127.0.0.1");
	cr_expect_str_eq(got[0].host, "here");
	cr_expect_str_eq(got[0].text, "<13>Nov 22 19:29:45 liar asterisk[1]: one");
	cr_expect_eq(got[0].flags, (unsigned)(SV_RECORD_WHOLE | SV_RECORD_SYSLOG));
	cr_expect_eq(got[0].time_source, SV_TIME_RECEIVED);
	cr_expect_str_eq(got[1].text, "<13>two\nlines");
	turn_until(n_caught_up > 0);
	(void)close(fd);
}

Test(syslog, ipv4_within_ipv6_is_ipv4_and_loopback_this_host)
{
	listens[0] = "udp:[::]:0";
	start();
	int fd = connect_to(SOCK_DGRAM, port_of(0));
	say_text(fd, "<13>x");
	turn_until(n_got == 1);
	cr_expect_str_eq(got[0].source, "syslog:boxes/127.0.0.1");
	(void)close(fd);
}

Test(syslog, a_long_message_is_cut_and_says_so)
{
	char bytes[3000];

	start();
	memset(bytes, 'x', sizeof(bytes));
	memcpy(bytes, "<13>", 4);
	int fd = connect_to(SOCK_DGRAM, port_of(0));
	say(fd, bytes, sizeof(bytes));
	say(fd, bytes, 1024);
	turn_until(n_got == 2);
	cr_expect(got[0].flags & SV_RECORD_TRUNCATED);
	cr_expect_not(got[1].flags & SV_RECORD_TRUNCATED);
	struct input_stats stats;
	input_stats_get(input, &stats);
	cr_expect_eq(stats.cut, 1u);
	cr_expect_eq(stats.bytes, 2048u);
	(void)close(fd);
}

Test(syslog, a_relay_is_believed_and_nobody_else)
{
	static const char *const relays[] = { "127.0.0.0/8" };

	spec.relays = relays;
	spec.n_relays = 1;
	start();
	int fd = connect_to(SOCK_DGRAM, port_of(0));
	say_text(fd, "<13>Nov 22 19:29:45 pbx7 asterisk[1]: one");
	say_text(fd, "<13>1 2026-11-22T19:29:45Z pbx8 asterisk 1 - - two");
	say_text(fd, "<13>1 2026-11-22T19:29:45Z ../../pbx9 asterisk 1 - - three");
	say_text(fd, "<13>asterisk[1]: four");
	turn_until(n_got == 4);
	cr_expect_str_eq(got[0].source, "syslog:boxes/127.0.0.1/pbx7");
	cr_expect_str_eq(got[0].host, "pbx7");
	cr_expect_str_eq(got[1].host, "pbx8");
	cr_expect_str_eq(got[2].source, "syslog:boxes/127.0.0.1");
	cr_expect_str_eq(got[2].host, "here");
	cr_expect_str_eq(got[3].host, "here");
	(void)close(fd);
}

Test(syslog, who_is_not_permitted_is_dropped_and_counted)
{
	static const char *const allow[] = { "192.0.2.0/24" };

	spec.allow = allow;
	spec.n_allow = 1;
	listens[1] = "tcp:127.0.0.1:0";
	spec.n_listen = 2;
	start();
	int fd = connect_to(SOCK_DGRAM, port_of(0));
	say_text(fd, "<13>x");
	turn_until(counts().refused == 1);
	int tcp = connect_to(SOCK_STREAM, port_of(1));
	turn_until(counts().refused == 2);
	char byte;
	cr_expect_leq(recv(tcp, &byte, 1, 0), 0);
	cr_expect_eq(n_got, 0u);
	cr_expect_eq(counts().senders, 0u);
	(void)close(tcp);
	(void)close(fd);
}

static void
send_from(const char *address, uint16_t port, const char *text)
{
	struct sockaddr_in from = { .sin_family = AF_INET };
	struct sockaddr_in at = { .sin_family = AF_INET,
				  .sin_port = htons(port),
				  .sin_addr = { htonl(INADDR_LOOPBACK) } };
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	cr_assert_eq(inet_pton(AF_INET, address, &from.sin_addr), 1);
	cr_assert_eq(bind(fd, (struct sockaddr *)&from, sizeof(from)), 0);
	cr_assert_eq(
		sendto(fd, text, strlen(text), 0, (struct sockaddr *)&at, sizeof(at)),
		(ssize_t)strlen(text));
	(void)close(fd);
}

Test(syslog, made_up_senders_do_not_drive_out_true_ones)
{
	char address[32];

	start();
	uint16_t port = port_of(0);
	for (unsigned i = 1; i <= 20; i++) {
		(void)snprintf(address, sizeof(address), "127.0.1.%u", i);
		send_from(address, port, "<13>x");
		turn_until(n_got == i);
	}
	send_from("127.0.1.1", port, "<13>x");
	turn_until(n_got == 21);
	cr_expect_str_eq(got[3].source, "syslog:boxes/127.0.1.4");
	cr_expect_str_eq(got[4].source, "syslog:boxes/others");
	cr_expect_str_eq(got[4].host, "127.0.1.5");
	cr_expect_str_eq(got[20].source, "syslog:boxes/127.0.1.1");
	cr_expect_eq(n_open, 5u);
	cr_expect_eq(counts().senders_merged, 16u);
}

Test(syslog, what_the_kernel_drops_is_a_gap_of_known_size)
{
	char bytes[1000];
	uint64_t lost = 0;
	int sent = 0;

	spec.receive_buffer_bytes = 8192;
	start();
	int fd = connect_to(SOCK_DGRAM, port_of(0));
	say_text(fd, "<13>first");
	turn_until(n_got == 1);
	memset(bytes, 'x', sizeof(bytes));
	for (; sent < 100; sent++)
		say(fd, bytes, sizeof(bytes));
	turn_until(counts().lost > 0);
	turn_until(n_got > 1 && got[n_got - 1].flags & SV_RECORD_GAP);
	size_t records = 0;
	for (size_t i = 1; i < n_got; i++) {
		lost += got[i].lost;
		records += !(got[i].flags & SV_RECORD_GAP);
	}
	cr_expect_eq(lost, counts().lost);
	cr_expect_eq(records + lost, (size_t)sent);
	(void)close(fd);
}

Test(syslog, a_backlog_waits_for_sources_that_are_behind_it)
{
	hold_back = true;
	start();
	int fd = connect_to(SOCK_DGRAM, port_of(0));
	say_text(fd, "<13>one");
	say_text(fd, "<13>two");
	turn_until(n_open == 1);
	for (int i = 0; i < 20; i++)
		cr_assert_geq(sd_event_run(loop, 1000), 0);
	cr_expect_eq(n_got, 0u);
	hold_back = false;
	turn_until(n_got == 2);
	cr_expect_str_eq(got[0].text, "<13>one");
	cr_expect_str_eq(got[1].text, "<13>two");
	(void)close(fd);
}

Test(syslog, the_end_takes_what_the_kernel_has)
{
	start();
	turn_until(counts().places[0]);
	int fd = connect_to(SOCK_DGRAM, port_of(0));
	for (int i = 0; i < 100; i++)
		say_text(fd, "<13>x");
	input->ops->drain(input);
	cr_expect_eq(n_got, 100u);
	(void)close(fd);
}

/* ---- unix sockets ---- */

static int
say_local(const char *text)
{
	struct sockaddr_un at = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0), r = 0;

	(void)snprintf(at.sun_path, sizeof(at.sun_path), "%s", path + 5);
	if (sendto(fd, text, strlen(text), 0, (struct sockaddr *)&at, sizeof(at)) < 0)
		r = -errno;
	(void)close(fd);
	return r;
}

Test(syslog, a_unix_socket_has_its_mode_and_replaces_a_stale_one)
{
	struct sockaddr_un at = { .sun_family = AF_UNIX };
	struct stat st;

	listens[0] = path;
	(void)snprintf(at.sun_path, sizeof(at.sun_path), "%s", path + 5);
	int stale = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	cr_assert_eq(bind(stale, (struct sockaddr *)&at, sizeof(at)), 0);
	(void)close(stale);
	start();
	cr_assert_eq(stat(path + 5, &st), 0);
	cr_expect_eq(st.st_mode & 0777, 0600u);
	cr_assert_eq(say_local("<13>x"), 0);
	turn_until(n_got == 1);
	cr_expect_str_eq(got[0].source, "syslog:boxes/unix");
	cr_expect_str_eq(got[0].host, "here");
}

static const char *
problem(void)
{
	static struct input_stats stats;

	input_stats_get(input, &stats);
	return stats.problem;
}

Test(syslog, a_socket_of_another_and_a_file_are_left_alone)
{
	struct sockaddr_un at = { .sun_family = AF_UNIX };
	struct stat st;

	listens[0] = path;
	(void)snprintf(at.sun_path, sizeof(at.sun_path), "%s", path + 5);
	int other = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	cr_assert_eq(bind(other, (struct sockaddr *)&at, sizeof(at)), 0);
	start();
	cr_expect_not_null(strstr(problem(), "already in use"), "%s", problem());
	(void)close(other);
	/* nobody reads it any more: it is ours within a second */
	turn_until(!problem()[0]);
	input_free(input);
	input = NULL;
	(void)unlink(path + 5);
	FILE *file = fopen(path + 5, "w");
	cr_assert_not_null(file);
	(void)fclose(file);
	start();
	cr_expect_not_null(strstr(problem(), "no socket"), "%s", problem());
	cr_assert_eq(stat(path + 5, &st), 0);
	cr_expect(S_ISREG(st.st_mode));
}

Test(syslog, users_who_are_not_named_are_dropped)
{
	static const char *const nobody[] = { "4294967294" };
	char own[16];
	const char *const users[] = { own };

	listens[0] = path;
	spec.users = nobody;
	spec.n_users = 1;
	start();
	cr_assert_eq(say_local("<13>x"), 0);
	turn_until(counts().refused == 1);
	cr_expect_eq(n_got, 0u);
	input_free(input);
	(void)snprintf(own, sizeof(own), "%u", (unsigned)getuid());
	spec.users = users;
	start();
	cr_assert_eq(say_local("<13>x"), 0);
	turn_until(n_got == 1);
}

/* ---- connections ---- */

static void
start_tcp(void)
{
	listens[0] = "tcp:127.0.0.1:0";
	start();
}

Test(syslog, messages_of_a_connection_in_every_framing)
{
	static const char bytes[] = "7 <13>one<13>two\n<13>three\0"
				    "10 <13>fo\nur\n<13>five";

	start_tcp();
	for (size_t cut = 1; cut < sizeof(bytes) - 1; cut++) {
		n_got = 0;
		int fd = connect_to(SOCK_STREAM, port_of(0));
		say(fd, bytes, cut);
		cr_assert_geq(sd_event_run(loop, 20000), 0);
		say(fd, bytes + cut, sizeof(bytes) - 1 - cut);
		(void)close(fd);
		turn_until(n_got == 5);
		cr_expect_str_eq(got[0].text, "<13>one", "cut at %zu", cut);
		cr_expect_str_eq(got[1].text, "<13>two", "cut at %zu", cut);
		cr_expect_str_eq(got[2].text, "<13>three", "cut at %zu", cut);
		cr_expect_str_eq(got[3].text, "<13>fo\nur", "cut at %zu", cut);
		cr_expect_str_eq(got[4].text, "<13>five", "cut at %zu", cut);
	}
}

Test(syslog, connections_have_bounds)
{
	int fds[5];

	start_tcp();
	for (int i = 0; i < 4; i++)
		fds[i] = connect_to(SOCK_STREAM, port_of(0));
	turn_until(counts().connections_refused == 1);
	say_text(fds[0], "<13>x\n");
	turn_until(n_got == 1);
	/* room again when one is closed */
	(void)close(fds[0]);
	turn_until(counts().connections == 2);
	fds[4] = connect_to(SOCK_STREAM, port_of(0));
	say_text(fds[4], "<13>y\n");
	turn_until(n_got == 2);
	for (int i = 1; i < 5; i++)
		(void)close(fds[i]);
}

Test(syslog, an_unfinished_line_is_a_message_in_time_and_an_unfinished_count_a_loss)
{
	char byte;

	spec.frame_usec = SV_USEC_PER_SEC;
	start_tcp();
	int line = connect_to(SOCK_STREAM, port_of(0));
	int counted = connect_to(SOCK_STREAM, port_of(0));
	say_text(line, "<13>no end");
	turn_until(n_got == 1);
	cr_expect_str_eq(got[0].text, "<13>no end");
	say_text(line, "<13>more\n");
	turn_until(n_got == 2);
	say_text(counted, "500 <13>slow");
	turn_until(counts().connections_timed_out == 1);
	cr_expect_leq(recv(counted, &byte, 1, 0), 0);
	cr_expect_eq(n_got, 3u);
	cr_expect(got[2].flags & SV_RECORD_GAP);
	cr_expect_eq(got[2].lost, 1u);
	(void)close(line);
	(void)close(counted);
}

Test(syslog, an_idle_connection_is_closed)
{
	char byte;

	spec.idle_usec = SV_USEC_PER_SEC;
	start_tcp();
	int fd = connect_to(SOCK_STREAM, port_of(0));
	turn_until(counts().connections_timed_out == 1);
	cr_expect_leq(recv(fd, &byte, 1, 0), 0);
	(void)close(fd);
}

/* ---- going on ---- */

static struct pack
image_of(char *bytes, size_t cap)
{
	struct pack out = { .buf = bytes, .cap = cap };

	input->ops->save(input, &out);
	cr_assert_eq(out.error, 0);
	return out;
}

Test(syslog, a_reload_keeps_the_sockets_and_what_waits_in_them)
{
	static char bytes[65536];
	struct input *old;

	start();
	uint16_t port = port_of(0);
	int fd = connect_to(SOCK_DGRAM, port);
	say_text(fd, "<13>one");
	turn_until(n_got == 1);
	struct pack image = image_of(bytes, sizeof(bytes));
	struct unpack in = unpack_of(str_make(bytes, image.len));
	say_text(fd, "<13>two");
	old = input;
	spec.max_senders = 5;
	cr_assert_geq(syslog_new(&spec, loop, &sink, &input), 0);
	cr_assert_eq(input->ops->restore(input, &in), 0);
	cr_assert_geq(input_start(input), 0);
	cr_expect_eq(n_open, 2u, "its sender is known at once");
	input_free(old);
	cr_expect_eq(port_of(0), port);
	turn_until(n_got == 2);
	cr_expect_str_eq(got[1].text, "<13>two");
	say_text(fd, "<13>three");
	turn_until(n_got == 3);
	(void)close(fd);
}

Test(syslog, a_restart_tells_what_was_missed)
{
	static char bytes[65536];

	start();
	int fd = connect_to(SOCK_DGRAM, port_of(0));
	for (int i = 0; i < 200; i++)
		say_text(fd, "<13>x");
	turn_until(n_got == 200);
	struct pack image = image_of(bytes, sizeof(bytes));
	input_free(input);
	input = NULL;
	(void)usleep(700000); /* 200 a minute are more than one in this time */
	struct unpack in = unpack_of(str_make(bytes, image.len));
	cr_assert_geq(syslog_new(&spec, loop, &sink, &input), 0);
	cr_assert_eq(input->ops->restore(input, &in), 0);
	cr_assert_geq(input_start(input), 0);
	cr_expect_eq(n_got, 201u);
	cr_expect(got[200].flags & SV_RECORD_GAP);
	cr_expect_eq(got[200].lost, 0u);
	cr_expect_str_eq(got[200].source, "syslog:boxes/127.0.0.1");
	(void)close(fd);
}

Test(syslog, a_damaged_image_is_not_taken)
{
	static char bytes[65536];

	start();
	int fd = connect_to(SOCK_DGRAM, port_of(0));
	say_text(fd, "<13>x");
	turn_until(n_got == 1);
	struct pack image = image_of(bytes, sizeof(bytes));
	for (size_t len = 0; len < image.len; len++) {
		struct unpack in = unpack_of(str_make(bytes, len));
		cr_expect_eq(input->ops->restore(input, &in), -EBADMSG, "%zu", len);
	}
	(void)close(fd);
}
