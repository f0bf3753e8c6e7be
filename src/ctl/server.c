/* SPDX-License-Identifier: Apache-2.0 */
#include "ctl/server.h"

#include "base/text.h"
#include "ctl/commands.h"

#include <errno.h>
#include <fcntl.h>
#include <sipvigil/ctl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

struct server {
	char *path;
	const struct view_host *host;
	sd_event *loop;
	sd_event_source *listening;
	sd_event_source *again; /* listens again after a while; NULL until needed */
	int fd;
	int spare; /* given up for a client when there are no descriptors; -1 = is */
	void *reserve; /* likewise of memory, while a client is taken or answered */
	dev_t dev;     /* of the socket file that we made */
	ino_t ino;
	struct connection *connections;
	size_t n_connections;
	uint64_t requests;
};

/* One client: first the request grows, then the answer goes out. */
struct connection {
	struct connection *next;
	struct server *server;
	sd_event_source *io, *idle;
	int fd;
	char request[SV_CTL_MAX_REQUEST];
	size_t request_len;
	struct buffer answer;
	size_t written;
	sv_usec heard; /* monotonic: when it came, or last said something */
};

static sv_usec
loop_now(struct server *server)
{
	uint64_t now = 0;

	(void)sd_event_now(server->loop, CLOCK_MONOTONIC, &now);
	return now;
}

static void
open_spare(struct server *server)
{
	if (server->spare < 0)
		server->spare = open("/dev/null", O_RDONLY | O_CLOEXEC);
}

/* When the system refuses memory somebody will ask why, too. Never written to, it costs
 * addresses alone. */
#define RESERVE_BYTES ((size_t)1 << 20)
#define RESERVE_LEAST_BYTES ((size_t)64 << 10)

static void
open_reserve(struct server *server)
{
	free(server->reserve);
	server->reserve = NULL;
}

static void
keep_reserve(struct server *server)
{
	size_t n = RESERVE_BYTES;

	open_reserve(server);
	while (!server->reserve && n >= RESERVE_LEAST_BYTES) {
		server->reserve = malloc(n);
		n /= 2;
	}
}

static void
connection_free(struct connection *c)
{
	struct server *server = c->server;

	for (struct connection **at = &server->connections; *at; at = &(*at)->next) {
		if (*at != c)
			continue;
		*at = c->next;
		server->n_connections--;
		break;
	}
	c->io = sd_event_source_disable_unref(c->io);
	c->idle = sd_event_source_disable_unref(c->idle);
	/* A child that was forked meanwhile to save state may have the descriptor, too,
	 * and a disk may hold it up: the client must not wait for its end. */
	if (c->fd >= 0) {
		(void)shutdown(c->fd, SHUT_RDWR);
		(void)close(c->fd);
	}
	open_spare(server);
	buffer_done(&c->answer);
	free(c);
	if (server->listening)
		(void)sd_event_source_set_enabled(server->listening, SD_EVENT_ON);
}

static int
on_idle(sd_event_source *source, uint64_t usec, void *user)
{
	(void)source;
	(void)usec;
	connection_free(user);
	return 0;
}

/* A client that takes its answer in small steps may do so, one that stops may not. */
static void
rearm(struct connection *c)
{
	(void)sd_event_source_set_time_relative(c->idle,
						SV_CTL_IDLE_SEC * SV_USEC_PER_SEC);
	(void)sd_event_source_set_enabled(c->idle, SD_EVENT_ONESHOT);
}

/* False: the connection is done and freed. */
static bool
write_answer(struct connection *c)
{
	while (c->written < c->answer.len) {
		ssize_t n =
			send(c->fd, c->answer.ptr + c->written,
			     c->answer.len - c->written, MSG_NOSIGNAL | MSG_DONTWAIT);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0 && errno == EAGAIN)
			return true;
		if (n <= 0)
			break;
		c->written += (size_t)n;
		rearm(c);
	}
	connection_free(c);
	return false;
}

static void
begin_answer(struct connection *c)
{
	rearm(c);
	if (sd_event_source_set_io_events(c->io, EPOLLOUT) < 0)
		connection_free(c);
	else
		(void)write_answer(c);
}

static void
answer(struct connection *c, size_t line_len)
{
	struct server *server = c->server;

	server->requests++;
	open_reserve(server);
	commands_answer(server->host, str_make(c->request, line_len), &c->answer);
	begin_answer(c);
	keep_reserve(server);
}

static void
refuse(struct connection *c, const char *error)
{
	commands_refuse(&c->answer, 2, error, "");
	begin_answer(c);
}

static void
read_request(struct connection *c)
{
	ssize_t n = recv(c->fd, c->request + c->request_len,
			 sizeof(c->request) - c->request_len, MSG_DONTWAIT);
	const char *end;

	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		return;
	if (n < 0 || (n == 0 && c->request_len == 0)) {
		connection_free(c);
		return;
	}
	c->request_len += (size_t)n;
	c->heard = loop_now(c->server);
	end = memchr(c->request, '\n', c->request_len);
	if (end)
		answer(c, (size_t)(end - c->request));
	else if (n == 0)
		refuse(c, "the request does not end with a line end");
	else if (c->request_len == sizeof(c->request))
		refuse(c, "the request is too long");
}

static int
on_client(sd_event_source *source, int fd, uint32_t events, void *user)
{
	struct connection *c = user;

	(void)source;
	(void)fd;
	if (c->answer.len)
		(void)write_answer(c);
	else if (events & (EPOLLIN | EPOLLHUP | EPOLLERR))
		read_request(c);
	return 0;
}

static int
connection_new(struct server *server, int fd)
{
	struct connection *c = calloc(1, sizeof(*c));
	int r;

	if (!c) {
		(void)close(fd);
		return -ENOMEM;
	}
	c->server = server;
	c->fd = fd;
	c->heard = loop_now(server);
	buffer_init(&c->answer);
	c->next = server->connections;
	server->connections = c;
	server->n_connections++;
	r = sd_event_add_io(server->loop, &c->io, fd, EPOLLIN, on_client, c);
	if (r < 0)
		goto fail;
	r = sd_event_add_time_relative(server->loop, &c->idle, CLOCK_MONOTONIC,
				       SV_CTL_IDLE_SEC * SV_USEC_PER_SEC, 0, on_idle,
				       c);
	if (r < 0)
		goto fail;
	return 0;
fail:
	connection_free(c);
	return r;
}

static int
on_again(sd_event_source *source, uint64_t usec, void *user)
{
	struct server *server = user;

	(void)source;
	(void)usec;
	open_spare(server);
	(void)sd_event_source_set_enabled(server->listening, SD_EVENT_ON);
	return 0;
}

/* The client still waits, and would be announced again and again. */
static void
listen_later(struct server *server)
{
	(void)sd_event_source_set_enabled(server->listening, SD_EVENT_OFF);
	server->again = sd_event_source_disable_unref(server->again);
	if (sd_event_add_time_relative(server->loop, &server->again, CLOCK_MONOTONIC,
				       SV_USEC_PER_SEC, 0, on_again, server) < 0)
		(void)sd_event_source_set_enabled(server->listening, SD_EVENT_ON);
}

static int
take_client(struct server *server)
{
	int client = accept4(server->fd, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);

	return client >= 0 ? client : -errno;
}

/* Somebody waits, and of those who have not said yet what they want one is silent. */
static bool
make_room(struct server *server)
{
	struct connection *silent = NULL;

	for (struct connection *c = server->connections; c; c = c->next)
		if (!c->answer.len && (!silent || c->heard < silent->heard))
			silent = c;
	if (!silent ||
	    loop_now(server) < silent->heard + SV_CTL_YIELD_SEC * SV_USEC_PER_SEC)
		return false;
	connection_free(silent);
	return true;
}

static bool
is_short(int error)
{
	return error == -EMFILE || error == -ENFILE;
}

/* When there are no descriptors left somebody will ask why: one is kept for that. */
static int
on_listening(sd_event_source *source, int fd, uint32_t events, void *user)
{
	struct server *server = user;
	int client;

	(void)fd;
	(void)events;
	(void)source;
	if (server->n_connections >= SV_CTL_MAX_CLIENTS && !make_room(server)) {
		listen_later(server);
		return 0;
	}
	open_reserve(server);
	client = take_client(server);
	if (is_short(client) && server->spare < 0)
		(void)make_room(server);
	if (is_short(client) && server->spare >= 0) {
		(void)close(server->spare);
		server->spare = -1;
		client = take_client(server);
	}
	if (client >= 0)
		(void)connection_new(server, client);
	else if (client != -EAGAIN && client != -EINTR && client != -ECONNABORTED)
		listen_later(server);
	keep_reserve(server);
	return 0;
}

__attribute__((format(printf, 3, 4))) static int
problem(char out[SERVER_PROBLEM_BYTES], int r, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	(void)vsnprintf(out, SERVER_PROBLEM_BYTES, format, args);
	va_end(args);
	return r;
}

/* Is somebody listening there? The process id if it can be told, else 0; -1: nobody. */
static pid_t
listener_of(const struct sockaddr_un *address)
{
	struct ucred peer = { 0 };
	socklen_t len = sizeof(peer);
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	pid_t pid = -1;

	if (fd < 0)
		return 0;
	if (connect(fd, (const struct sockaddr *)address, sizeof(*address)) == 0)
		pid = getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &len) == 0
			      ? peer.pid
			      : 0;
	else if (errno != ECONNREFUSED && errno != ENOENT)
		pid = 0;
	(void)close(fd);
	return pid;
}

/* Makes the path free: a socket that nobody listens at is removed. */
static int
clear_path(const struct sockaddr_un *address, char *reterr_problem)
{
	struct stat st;
	pid_t pid;

	if (lstat(address->sun_path, &st) < 0)
		return 0;
	if (!S_ISSOCK(st.st_mode))
		return problem(reterr_problem, -EEXIST,
			       "%.108s exists and is no socket: remove it, or set "
			       "'control' to another path",
			       address->sun_path);
	pid = listener_of(address);
	if (pid > 0)
		return problem(reterr_problem, -EADDRINUSE,
			       "another sipvigild (process %ld) runs with the control "
			       "socket %.108s: stop it first",
			       (long)pid, address->sun_path);
	if (pid == 0)
		return problem(reterr_problem, -EADDRINUSE,
			       "the control socket %.108s is in use: stop the other "
			       "sipvigild first",
			       address->sun_path);
	if (unlink(address->sun_path) < 0 && errno != ENOENT)
		return problem(reterr_problem, -errno,
			       "cannot remove the stale socket %.108s: %s",
			       address->sun_path, strerror(errno));
	return 0;
}

/* The folder is systemd's or the package's to make; a missing last part is made here,
 * for daemons started by hand. */
static void
make_folder(const char *path)
{
	char folder[sizeof(((struct sockaddr_un *)0)->sun_path)];
	char *slash;

	(void)snprintf(folder, sizeof(folder), "%s", path);
	slash = strrchr(folder, '/');
	if (!slash || slash == folder)
		return;
	*slash = '\0';
	(void)mkdir(folder, 0755);
}

static int
bind_path(struct server *server, char *reterr_problem)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	struct stat st;
	int r;

	if (strlen(server->path) >= sizeof(address.sun_path))
		return problem(reterr_problem, -ENAMETOOLONG,
			       "the path of the control socket has more than %zu bytes",
			       sizeof(address.sun_path) - 1);
	memcpy(address.sun_path, server->path, strlen(server->path) + 1);
	make_folder(server->path);
	r = clear_path(&address, reterr_problem);
	if (r < 0)
		return r;
	server->fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (server->fd < 0)
		return problem(reterr_problem, -errno, "no socket: %s",
			       strerror(errno));
	if (bind(server->fd, (const struct sockaddr *)&address, sizeof(address)) < 0 ||
	    chmod(server->path, 0660) < 0 || lstat(server->path, &st) < 0)
		return problem(reterr_problem, -errno,
			       "cannot make the control socket %.108s: %s; its folder "
			       "must exist and belong to the user of sipvigild",
			       server->path, strerror(errno));
	server->dev = st.st_dev;
	server->ino = st.st_ino;
	if (listen(server->fd, SV_CTL_MAX_CLIENTS) < 0)
		return problem(reterr_problem, -errno, "cannot listen at %.108s: %s",
			       server->path, strerror(errno));
	return 0;
}

int
server_new(const struct server_spec *spec, struct server **ret_server,
	   char reterr_problem[SERVER_PROBLEM_BYTES])
{
	struct server *server = calloc(1, sizeof(*server));
	int r = -ENOMEM;

	if (!server)
		return problem(reterr_problem, -ENOMEM, "out of memory");
	server->fd = server->spare = -1;
	open_spare(server);
	keep_reserve(server);
	server->host = spec->host;
	server->loop = sd_event_ref(spec->loop);
	server->path = strdup(spec->path);
	if (!server->path) {
		(void)problem(reterr_problem, r, "out of memory");
		goto fail;
	}
	r = bind_path(server, reterr_problem);
	if (r < 0)
		goto fail;
	r = sd_event_add_io(server->loop, &server->listening, server->fd, EPOLLIN,
			    on_listening, server);
	if (r < 0) {
		(void)problem(reterr_problem, r, "cannot watch the control socket: %s",
			      strerror(-r));
		goto fail;
	}
	*ret_server = server;
	return 0;
fail:
	server_free(server);
	return r;
}

void
server_free(struct server *server)
{
	struct stat st;

	if (!server)
		return;
	server->listening = sd_event_source_disable_unref(server->listening);
	server->again = sd_event_source_disable_unref(server->again);
	for (struct connection *c = server->connections, *next; c; c = next) {
		next = c->next;
		connection_free(c);
	}
	if (server->path && server->ino && lstat(server->path, &st) == 0 &&
	    st.st_dev == server->dev && st.st_ino == server->ino)
		(void)unlink(server->path);
	if (server->fd >= 0)
		(void)close(server->fd);
	if (server->spare >= 0)
		(void)close(server->spare);
	sd_event_unref(server->loop);
	free(server->reserve);
	free(server->path);
	free(server);
}

uint64_t
server_requests(const struct server *server)
{
	return server ? server->requests : 0;
}
