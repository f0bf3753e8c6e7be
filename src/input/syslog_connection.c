/* SPDX-License-Identifier: Apache-2.0 */
/* Connections: TCP, and TLS over it. Each has a buffer of its own that grows to one
 * message, time limits, and one read a turn. */
#include "input/syslog_parts.h"

#include "base/text.h"
#include "input/clock.h"
#include "input/syslog_tls.h"

#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#define BUFFER_LEAST ((size_t)4096)
/** Room that a read should have, and the most that it takes. */
#define READ_MOST ((size_t)65536)
/** Broken connections are told so often. */
#define BROKEN_EVERY (10 * SV_USEC_PER_SEC)
/** A connection that rests so long gives its buffer back. */
#define REST_USEC (60 * SV_USEC_PER_SEC)
/** At the end so much is read of one before the next has its turn. */
#define LAST_READS 16
/** At the end, one that was not heard for so long is not waited for. */
#define SILENT_USEC SV_USEC_PER_SEC

struct syslog_connection {
	struct syslog_connection *next, **at; /* what points to it */
	struct syslog *in;
	int fd;
	struct sv_ip ip;
	sd_event_source *io;
	struct syslog_tls_session *tls; /* NULL: plain TCP */
	bool handshake;                 /* of TLS, under way */
	bool ended;                     /* nothing will follow */
	struct syslog_frame frame;
	char *bytes;
	size_t len, cap;
	sv_usec heard;   /* monotonic: when something came last */
	sv_usec began;   /* when the message that is under way began, 0 = none is */
	sv_usec arrived; /* CLOCK_REALTIME of the last read */
};

/* ---- opening and closing ---- */

static void
unlink_connection(struct syslog_connection *c)
{
	*c->at = c->next;
	if (c->next)
		c->next->at = c->at;
	c->in->n_connections--;
}

static void
close_connection(struct syslog_connection *c)
{
	unlink_connection(c);
	sd_event_source_disable_unref(c->io);
	syslog_tls_end(c->tls);
	(void)close(c->fd);
	free(c->bytes);
	free(c);
}

static size_t
connections_of(const struct syslog *in, const struct sv_ip *ip)
{
	size_t n = 0;

	for (const struct syslog_connection *c = in->connections; c; c = c->next)
		n += address_equal(&c->ip, ip);
	return n;
}

static bool
has_room(struct syslog *in, const struct sv_ip *ip)
{
	char address[ADDRESS_TEXT_BYTES];
	bool all = in->n_connections >= in->spec.max_connections;

	if (!all && connections_of(in, ip) < in->spec.max_connections_per_sender)
		return true;
	in->counts.connections_refused++;
	address_print(ip, address);
	complain(&in->full, in->now, LOG_LEVEL_WARNING,
		 "%s: a connection of %s is refused: there are %zu already (%s)",
		 in->name, address,
		 all ? in->n_connections : in->spec.max_connections_per_sender,
		 all ? "max_connections" : "max_connections_per_sender");
	return false;
}

/* A sender whose machine went away without a word is found out long before it is idle
 * for too long. */
static void
keep_alive(int fd)
{
	int on = 1, idle = 60, interval = 30, count = 4;

	(void)setsockopt(fd, SOL_SOCKET, SO_KEEPALIVE, &on, sizeof(on));
	(void)setsockopt(fd, IPPROTO_TCP, TCP_KEEPIDLE, &idle, sizeof(idle));
	(void)setsockopt(fd, IPPROTO_TCP, TCP_KEEPINTVL, &interval, sizeof(interval));
	(void)setsockopt(fd, IPPROTO_TCP, TCP_KEEPCNT, &count, sizeof(count));
}

static int on_io(sd_event_source *source, int fd, uint32_t revents, void *user);

/* Takes the descriptor. */
static int
connection_new(struct syslog_socket *socket, int fd, const struct sv_ip *ip)
{
	struct syslog *in = socket->in;
	struct syslog_connection *c = calloc(1, sizeof(*c));
	int r;

	if (!c) {
		(void)close(fd);
		return -ENOMEM;
	}
	c->in = in;
	c->fd = fd;
	c->ip = *ip;
	c->heard = in->now;
	c->next = in->connections;
	c->at = &in->connections;
	if (c->next)
		c->next->at = &c->next;
	in->connections = c;
	in->n_connections++;
	keep_alive(fd);
	r = sd_event_add_io(in->loop, &c->io, fd, EPOLLIN, on_io, c);
	if (r >= 0)
		r = sd_event_source_set_priority(c->io, INPUT_PRIORITY_MORE);
	if (r >= 0 && socket->listen.tls) {
		c->handshake = true;
		c->began = in->now;
		r = in->tls_error ? in->tls_error
				  : syslog_tls_begin(in->tls, fd, &c->tls);
	}
	if (r < 0)
		close_connection(c);
	return r;
}

/* Without descriptors or memory the connection stays pending, and the loop would turn for
 * nothing: the socket rests until the next second. */
static void
accept_failed(struct syslog_socket *socket, int error)
{
	struct syslog *in = socket->in;

	if (error == EAGAIN || error == EINTR || error == ECONNABORTED)
		return;
	complain(&in->failed, in->now, LOG_LEVEL_WARNING,
		 "%s: a connection cannot be accepted: %s", in->name, strerror(error));
	(void)sd_event_source_set_enabled(socket->io, SD_EVENT_OFF);
}

void
syslog_accept(struct syslog_socket *socket)
{
	struct syslog *in = socket->in;

	for (unsigned i = 0; i < SYSLOG_ACCEPTS; i++) {
		struct sockaddr_in6 from = { 0 };
		socklen_t len = sizeof(from);
		int fd = accept4(socket->fd, (struct sockaddr *)&from, &len,
				 SOCK_NONBLOCK | SOCK_CLOEXEC);

		if (fd < 0) {
			accept_failed(socket, errno);
			return;
		}
		struct sv_ip ip = syslog_socket_ip(&from);
		int r = -EACCES;
		if (syslog_permits(in, &ip) && has_room(in, &ip))
			r = connection_new(socket, fd, &ip);
		else
			(void)close(fd);
		if (r < 0 && r != -EACCES)
			complain(&in->failed, in->now, LOG_LEVEL_WARNING,
				 "%s: a connection cannot be served: %s", in->name,
				 strerror(-r));
	}
}

/* ---- messages ---- */

static void
consume(struct syslog_connection *c, size_t n)
{
	c->len -= n;
	if (n && c->len)
		memmove(c->bytes, c->bytes + n, c->len);
}

/* One message was begun and never came whole. Who breaks connections all the time gets
 * one line in a while. */
static void
tell_broken(struct syslog_connection *c, const char *why)
{
	struct syslog *in = c->in;
	char address[ADDRESS_TEXT_BYTES], text[200];
	struct syslog_sender *sender;

	in->counts.connections_broken++;
	in->broken++;
	sender = syslog_sender_get(in, &c->ip, SV_STR(""), SV_STR(""));
	if (in->now < in->broken_next || !sender)
		return;
	address_print(&c->ip, address);
	(void)snprintf(text, sizeof(text), "a message of %s is lost: %s", address, why);
	syslog_tell_loss_of(in, sender, in->broken, text);
	in->broken = 0;
	in->broken_next = in->now + BROKEN_EVERY;
}

enum taken { TAKEN_ALL, TAKEN_HELD, TAKEN_BROKEN };

/* Delivers the complete messages of the buffer. */
static enum taken
take_messages(struct syslog_connection *c)
{
	struct syslog *in = c->in;
	size_t done = 0, cap = in->spec.max_message_bytes;
	enum taken taken = TAKEN_ALL;

	for (;;) {
		struct syslog_frame before = c->frame;
		struct syslog_framed framed;
		enum syslog_frame_result result = syslog_frame_take(
			&c->frame, str_make(c->bytes + done, c->len - done), cap,
			&framed);
		struct syslog_message message = { .text = framed.text,
						  .ip = c->ip,
						  .connected = true,
						  .received = c->arrived,
						  .truncated = framed.truncated };

		if (result == SYSLOG_FRAME_BROKEN)
			taken = TAKEN_BROKEN;
		if (result == SYSLOG_FRAME_TEXT && !syslog_deliver(in, &message)) {
			c->frame = before;
			taken = TAKEN_HELD;
		}
		if (taken != TAKEN_ALL)
			break;
		in->counts.headless += result == SYSLOG_FRAME_HEADLESS;
		done += framed.used;
		if (result == SYSLOG_FRAME_MORE)
			break;
		c->began = 0;
	}
	consume(c, done);
	if (c->len == 0)
		c->began = 0;
	else if (!c->began)
		c->began = in->now;
	return taken;
}

/* Nothing will follow: the last line need not end. */
static void
take_rest(struct syslog_connection *c, const char *why)
{
	struct syslog *in = c->in;
	struct syslog_framed framed;
	struct syslog_message message = { .ip = c->ip,
					  .received = c->arrived,
					  .connected = true };

	switch (syslog_frame_end(&c->frame, str_make(c->bytes, c->len),
				 in->spec.max_message_bytes, &framed)) {
	case SYSLOG_FRAME_TEXT:
		message.text = framed.text;
		message.truncated = framed.truncated;
		(void)syslog_deliver(in, &message);
		break;
	case SYSLOG_FRAME_BROKEN:
		tell_broken(c, why);
		break;
	case SYSLOG_FRAME_HEADLESS:
		in->counts.headless++;
		break;
	case SYSLOG_FRAME_MORE:
		break;
	}
	c->len = 0;
	c->began = 0;
}

/* ---- reading ---- */

static bool
make_room(struct syslog_connection *c)
{
	size_t most = c->in->spec.max_message_bytes + SYSLOG_FRAME_HEAD;
	size_t cap = c->cap ? c->cap * 2 : BUFFER_LEAST;

	if (most < READ_MOST)
		most = READ_MOST;
	if (c->len < c->cap)
		return true;
	if (cap > most)
		cap = most;
	if (cap <= c->cap)
		return false;
	char *grown = realloc(c->bytes, cap);
	if (!grown)
		return false;
	c->bytes = grown;
	c->cap = cap;
	return true;
}

enum reading { READ_SOME, READ_NOTHING, READ_END };

static enum reading
read_some(struct syslog_connection *c)
{
	ssize_t n;

	if (!make_room(c))
		return READ_END;
	size_t room = c->cap - c->len < READ_MOST ? c->cap - c->len : READ_MOST;
	if (c->tls)
		n = syslog_tls_read(c->tls, c->bytes + c->len, room);
	else
		n = recv(c->fd, c->bytes + c->len, room, 0);
	if (n < 0 && !c->tls)
		n = -errno;
	if (n == -EAGAIN || n == -EINTR)
		return READ_NOTHING;
	if (n <= 0)
		return READ_END;
	c->len += (size_t)n;
	c->heard = c->in->now;
	c->arrived = clock_now(CLOCK_REALTIME);
	return READ_SOME;
}

/* TLS may have to answer before it reads on: with a sender who takes no answer, the loop
 * would turn for nothing. */
static void
await_next(struct syslog_connection *c)
{
	bool write = c->tls && syslog_tls_wants_write(c->tls);

	(void)sd_event_source_set_io_events(c->io, write ? EPOLLOUT : EPOLLIN);
}

/* False: the connection is gone. */
static bool
read_connection(struct syslog_connection *c)
{
	enum reading reading;

	do {
		/* what waits in TLS is no news to epoll */
		reading = read_some(c);
		if (reading == READ_SOME && take_messages(c) == TAKEN_BROKEN) {
			tell_broken(c,
				    "its framing is broken; the connection is closed");
			close_connection(c);
			return false;
		}
	} while (reading == READ_SOME && c->tls && !c->in->held &&
		 syslog_tls_pending(c->tls));
	if (reading != READ_END) {
		await_next(c);
		return true;
	}
	take_rest(c, "its connection ended in the midst of it");
	close_connection(c);
	return false;
}

static void
refuse_tls(struct syslog_connection *c)
{
	struct syslog *in = c->in;
	char address[ADDRESS_TEXT_BYTES];

	address_print(&c->ip, address);
	in->counts.tls_refused++;
	complain(&in->failed, in->now, LOG_LEVEL_WARNING, "%s: TLS with %s failed: %s",
		 in->name, address, syslog_tls_error(in->tls));
	close_connection(c);
}

/* True: it is done, there may be something to read. */
static bool
shake_hands(struct syslog_connection *c)
{
	int r = syslog_tls_accept(c->tls);

	if (r == 0) {
		c->handshake = false;
		c->began = 0;
		(void)sd_event_source_set_io_events(c->io, EPOLLIN);
		return true;
	}
	if (r == -EAGAIN)
		await_next(c);
	else
		refuse_tls(c);
	return false;
}

static int
on_io(sd_event_source *source, int fd, uint32_t revents, void *user)
{
	struct syslog_connection *c = user;
	struct syslog *in = c->in;

	(void)source, (void)fd, (void)revents;
	in->now = clock_now(CLOCK_MONOTONIC);
	if (c->handshake && !shake_hands(c))
		return 0;
	if (!in->held)
		(void)read_connection(c);
	syslog_turn_done(in, false);
	if (in->held)
		syslog_again(in);
	return 0;
}

bool
syslog_connections_resume(struct syslog *in)
{
	struct syslog_connection *next;

	for (struct syslog_connection *c = in->connections; c; c = next) {
		next = c->next;
		if (!c->len || c->handshake)
			continue;
		enum taken taken = take_messages(c);
		if (taken == TAKEN_HELD)
			return false;
		if (taken == TAKEN_ALL)
			continue;
		tell_broken(c, "its framing is broken; the connection is closed");
		close_connection(c);
	}
	return true;
}

/* ---- time limits ---- */

/* A line that does not end is taken for a message: some senders end none. */
static void
time_out(struct syslog_connection *c)
{
	struct syslog *in = c->in;
	uint64_t broken = in->counts.connections_broken;

	take_rest(c, "it was not complete in time");
	if (in->counts.connections_broken == broken && !c->handshake &&
	    !c->frame.skip && !c->frame.skip_line)
		return;
	in->counts.connections_timed_out++;
	close_connection(c);
}

void
syslog_connections_tick(struct syslog *in, sv_usec now)
{
	struct syslog_connection *next;

	for (struct syslog_connection *c = in->connections; c; c = next) {
		next = c->next;
		if (!in->held && c->began && now - c->began >= in->spec.frame_usec) {
			time_out(c);
		} else if (now - c->heard >= in->spec.idle_usec) {
			in->counts.connections_timed_out++;
			close_connection(c);
		} else if (!c->len && c->cap && now - c->heard >= REST_USEC) {
			free(c->bytes);
			c->bytes = NULL;
			c->cap = 0;
		}
	}
}

/* What the kernel has of it. False: the other side has ended it, nothing more can be
 * taken, or it is silent: what it says later, it says knowing that nobody reads on. */
static bool
read_last(struct syslog_connection *c)
{
	c->in->now = clock_now(CLOCK_MONOTONIC);
	for (unsigned i = 0; i < LAST_READS; i++) {
		enum reading reading = c->handshake ? READ_END : read_some(c);
		if (reading != READ_SOME)
			return reading == READ_NOTHING &&
			       c->in->now - c->heard < SILENT_USEC;
		if (take_messages(c) != TAKEN_ALL)
			return false;
	}
	return true;
}

/* The other side hears first that nobody will read on: a careful one keeps what it has
 * from then on, and what is on its way is still taken. Closing with unread data would
 * make it forget even what was taken. TLS says nothing of its own: rsyslog looks for the
 * end of the connection alone before it sends, and a farewell would hide it. */
static void
say_end(struct syslog_connection *c)
{
	if (c->tls)
		syslog_tls_be_silent(c->tls);
	(void)shutdown(c->fd, SHUT_WR);
}

/* False: all have ended, or will say nothing. */
static bool
read_last_of_all(struct syslog *in, sv_usec until)
{
	bool open = false;

	for (struct syslog_connection *c = in->connections; c; c = c->next) {
		c->ended = c->ended || !read_last(c);
		open |= !c->ended;
		if (in->now > until)
			return false;
	}
	return open;
}

void
syslog_connections_close(struct syslog *in, sv_usec patience)
{
	const struct timespec step = { .tv_nsec = 2000000 };
	sv_usec until = clock_now(CLOCK_MONOTONIC) + patience;
	struct syslog_connection *next;

	for (struct syslog_connection *c = in->connections; c; c = c->next)
		say_end(c);
	while (read_last_of_all(in, until))
		(void)nanosleep(&step, NULL);
	for (struct syslog_connection *c = in->connections; c; c = next) {
		next = c->next;
		take_rest(c, c->ended ? "its connection ended in the midst of it"
				      : "sipvigild was stopped in the midst of it");
		close_connection(c);
	}
}
