/* SPDX-License-Identifier: Apache-2.0 */
/* The control socket under stress: each client has its answer soon, whatever the others
 * do and however few descriptors there are. */
#include "ctl/server.h"

#include "base/text.h"

#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sipvigil/ctl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

/* No such command: the answer needs no daemon behind it. */
static const char request[] = "{\"command\":\"no-such-command\"}\n";
#define REQUEST_BYTES (sizeof(request) - 1)
/* Well below SV_CTL_IDLE_SEC, which ends what nobody thought of. */
#define SOON ((sv_usec)5 * SV_USEC_PER_SEC)

struct rig {
	char folder[64], path[96];
	struct view_host host;
	sd_event *loop;
	struct server *server;
};

static void
rig_init(struct rig *rig)
{
	struct server_spec spec;
	char problem[SERVER_PROBLEM_BYTES] = "";

	*rig = (struct rig){ .folder = "/tmp/test_server.XXXXXX" };
	cr_assert(mkdtemp(rig->folder) != NULL);
	(void)snprintf(rig->path, sizeof(rig->path), "%s/control", rig->folder);
	cr_assert(eq(int, sd_event_new(&rig->loop), 0));
	spec = (struct server_spec){ rig->path, &rig->host, rig->loop };
	cr_assert(eq(int, server_new(&spec, &rig->server, problem), 0), "%s", problem);
}

static void
rig_done(struct rig *rig)
{
	server_free(rig->server);
	sd_event_unref(rig->loop);
	(void)rmdir(rig->folder);
}

static sv_usec
monotonic(void)
{
	struct timespec ts = { 0 };

	(void)clock_gettime(CLOCK_MONOTONIC, &ts);
	return (sv_usec)ts.tv_sec * SV_USEC_PER_SEC + (sv_usec)ts.tv_nsec / 1000;
}

struct client {
	int fd;
	size_t sent, received;
	bool done; /* all of the answer, and its end */
};

static struct client
client_connect(const struct rig *rig)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	struct client c = {
		.fd = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0)
	};

	(void)snprintf(address.sun_path, sizeof(address.sun_path), "%s", rig->path);
	cr_assert(c.fd >= 0);
	cr_assert(eq(int, connect(c.fd, (struct sockaddr *)&address, sizeof(address)),
		     0));
	return c;
}

/* So many bytes of the request at most, then whatever there is of the answer. */
static void
client_step(struct client *c, size_t most)
{
	char piece[256];
	size_t left = REQUEST_BYTES - c->sent;
	ssize_t n;

	if (left) {
		n = send(c->fd, request + c->sent, left < most ? left : most,
			 MSG_NOSIGNAL);
		c->sent += n > 0 ? (size_t)n : 0;
	}
	while ((n = recv(c->fd, piece, sizeof(piece), 0)) > 0)
		c->received += (size_t)n;
	c->done = n == 0 && c->received > 0;
	cr_assert(n >= 0 || errno == EAGAIN, "a client was cut off");
	cr_assert(n != 0 || c->received > 0, "a client had no answer");
}

/* By turns until all are done; each turn some of them pause. */
static void
serve_all(struct rig *rig, struct client *clients, size_t n)
{
	sv_usec begin = monotonic();
	size_t left = n;

	for (unsigned turn = 0; left; turn++) {
		left = 0;
		for (size_t i = 0; i < n; i++) {
			if (!clients[i].done && (i + turn) % 3)
				client_step(&clients[i], 1 + (i * 7 + turn) % 11);
			left += !clients[i].done;
		}
		(void)sd_event_run(rig->loop, 1000);
		cr_assert(monotonic() < begin + SOON, "%zu clients wait", left);
	}
}

static void
close_all(struct client *clients, size_t n)
{
	for (size_t i = 0; i < n; i++)
		(void)close(clients[i].fd);
}

Test(server, an_answer_ends_though_a_child_has_the_descriptor_too)
{
	struct rig rig;
	int gate[2];

	rig_init(&rig);
	cr_assert(eq(int, pipe2(gate, O_CLOEXEC), 0));
	struct client c = client_connect(&rig);
	for (int i = 0; i < 4; i++)
		(void)sd_event_run(rig.loop, 1000); /* it is accepted */
	pid_t child = fork();
	if (child == 0) {
		char byte;
		(void)close(c.fd);
		(void)close(gate[1]);
		(void)!read(gate[0], &byte, 1);
		_exit(0);
	}
	cr_assert(child > 0);
	serve_all(&rig, &c, 1);
	cr_expect(c.done);
	(void)close(c.fd);
	(void)close(gate[1]);
	(void)waitpid(child, NULL, 0);
	(void)close(gate[0]);
	rig_done(&rig);
}

Test(server, clients_that_send_in_pieces_and_pause_are_all_answered)
{
	struct client clients[SV_CTL_MAX_CLIENTS * 2 - 4];
	size_t n = sizeof(clients) / sizeof(clients[0]);
	struct rig rig;

	rig_init(&rig);
	for (int round = 0; round < 5; round++) {
		for (size_t i = 0; i < n; i++) {
			clients[i] = client_connect(&rig);
			if (i >= SV_CTL_MAX_CLIENTS / 2)
				(void)sd_event_run(rig.loop, 0);
		}
		serve_all(&rig, clients, n);
		close_all(clients, n);
	}
	cr_expect(eq(u64, server_requests(rig.server), 5 * n));
	rig_done(&rig);
}

Test(server, clients_that_hang_up_in_the_middle_cost_the_others_nothing)
{
	struct client clients[SV_CTL_MAX_CLIENTS];
	size_t n = sizeof(clients) / sizeof(clients[0]);
	struct rig rig;

	rig_init(&rig);
	for (int round = 0; round < 20; round++) {
		for (size_t i = 0; i < n; i++) {
			struct client gone = client_connect(&rig);
			(void)sd_event_run(rig.loop, 0);
			(void)!write(gone.fd, request, i % REQUEST_BYTES);
			(void)sd_event_run(rig.loop, 0);
			(void)close(gone.fd);
			clients[i] = client_connect(&rig);
			(void)sd_event_run(rig.loop, 0);
		}
		serve_all(&rig, clients, n);
		close_all(clients, n);
	}
	rig_done(&rig);
}

/* The lowest number that is free is the first that may not be had from now on. */
static void
take_descriptors(struct rlimit *ret_before)
{
	int fd = dup(STDERR_FILENO);

	cr_assert(fd > 0);
	(void)close(fd);
	cr_assert(eq(int, getrlimit(RLIMIT_NOFILE, ret_before), 0));
	struct rlimit none = { (rlim_t)fd, ret_before->rlim_max };
	cr_assert(eq(int, setrlimit(RLIMIT_NOFILE, &none), 0));
}

Test(server, without_descriptors_clients_are_answered_one_by_one)
{
	struct client clients[SV_CTL_MAX_CLIENTS];
	size_t n = sizeof(clients) / sizeof(clients[0]);
	struct rlimit before;
	struct rig rig;

	rig_init(&rig);
	struct client first = client_connect(&rig);
	serve_all(&rig, &first, 1); /* the loop has its own descriptors now */
	for (size_t i = 0; i < n; i++)
		clients[i] = client_connect(&rig);
	take_descriptors(&before);
	serve_all(&rig, clients, n);
	cr_assert(eq(int, setrlimit(RLIMIT_NOFILE, &before), 0));
	(void)close(first.fd);
	close_all(clients, n);
	rig_done(&rig);
}

Test(server, one_that_says_nothing_gives_way_to_one_that_waits)
{
	struct client silent[SV_CTL_MAX_CLIENTS];
	size_t n = sizeof(silent) / sizeof(silent[0]);
	struct rlimit before;
	struct rig rig;

	rig_init(&rig);
	for (size_t i = 0; i < n; i++) {
		silent[i] = client_connect(&rig);
		(void)sd_event_run(rig.loop, 1000);
	}
	struct client c = client_connect(&rig);
	serve_all(&rig, &c, 1);
	(void)close(c.fd);
	close_all(silent, n);
	for (size_t i = 0; i < n; i++)
		(void)sd_event_run(rig.loop, 1000); /* they are gone */

	/* the same where there are descriptors for one alone */
	silent[0] = client_connect(&rig);
	c = client_connect(&rig);
	take_descriptors(&before);
	(void)sd_event_run(rig.loop, 1000);
	serve_all(&rig, &c, 1);
	cr_assert(eq(int, setrlimit(RLIMIT_NOFILE, &before), 0));
	(void)close(c.fd);
	(void)close(silent[0].fd);
	rig_done(&rig);
}
