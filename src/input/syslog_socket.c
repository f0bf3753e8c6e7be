/* SPDX-License-Identifier: Apache-2.0 */
#include "input/syslog_parts.h"

#include "base/text.h"
#include "input/clock.h"
#include "input/syslog_tls.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <linux/sock_diag.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <systemd/sd-daemon.h>
#include <unistd.h>

#define BACKLOG 128
/** Losses of one socket are told so often. */
#define LOSS_EVERY (10 * SV_USEC_PER_SEC)

/* ---- addresses ---- */

struct sv_ip
syslog_socket_ip(const void *sockaddr)
{
	static const uint8_t mapped[12] = { [10] = 0xff, [11] = 0xff };
	const struct sockaddr *any = sockaddr;
	struct sv_ip ip = { 0 };

	if (any->sa_family == AF_INET) {
		const struct sockaddr_in *in = sockaddr;
		ip.family = 4;
		memcpy(ip.bytes, &in->sin_addr, 4);
	} else if (any->sa_family == AF_INET6) {
		const struct sockaddr_in6 *in6 = sockaddr;
		const uint8_t *bytes = in6->sin6_addr.s6_addr;
		bool four = memcmp(bytes, mapped, sizeof(mapped)) == 0;
		ip.family = four ? 4 : 6;
		memcpy(ip.bytes, four ? bytes + 12 : bytes, four ? 4 : 16);
	}
	return ip;
}

static socklen_t
address_fill(const struct syslog_listen *listen, struct sockaddr_storage *ret)
{
	*ret = (struct sockaddr_storage){ 0 };
	if (listen->way == SYSLOG_UNIX) {
		struct sockaddr_un *un = (struct sockaddr_un *)ret;
		un->sun_family = AF_UNIX;
		memcpy(un->sun_path, listen->name.ptr, listen->name.len);
		return sizeof(*un);
	}
	if (listen->ip.family == 4) {
		struct sockaddr_in *in = (struct sockaddr_in *)ret;
		in->sin_family = AF_INET;
		in->sin_port = htons(listen->port);
		memcpy(&in->sin_addr, listen->ip.bytes, 4);
		return sizeof(*in);
	}
	struct sockaddr_in6 *in6 = (struct sockaddr_in6 *)ret;
	in6->sin6_family = AF_INET6;
	in6->sin6_port = htons(listen->port);
	memcpy(&in6->sin6_addr, listen->ip.bytes, 16);
	return sizeof(*in6);
}

uint64_t
syslog_socket_cookie(int fd)
{
	uint64_t cookie = 0;
	socklen_t len = sizeof(cookie);

	return getsockopt(fd, SOL_SOCKET, SO_COOKIE, &cookie, &len) == 0 ? cookie : 0;
}

void
syslog_socket_place(const struct syslog_socket *socket, char *out, size_t cap)
{
	struct sockaddr_in6 at = { 0 }; /* IPv4 has its port at the same place */
	socklen_t len = sizeof(at);
	char address[ADDRESS_TEXT_BYTES];

	if (socket->fd < 0 || socket->local ||
	    getsockname(socket->fd, (struct sockaddr *)&at, &len) < 0) {
		(void)snprintf(out, cap, "%s", socket->word);
		return;
	}
	struct sv_ip ip = syslog_socket_ip(&at);
	address_print(&ip, address);
	(void)snprintf(out, cap, ip.family == 6 ? "%s:[%s]:%u" : "%s:%s:%u",
		       socket->listen.tls  ? "tls"
		       : socket->datagrams ? "udp"
					   : "tcp",
		       address, ntohs(at.sin6_port));
}

/* ---- making ---- */

/* Without the right to exceed it, the kernel's limit holds: net.core.rmem_max. */
static void
give_memory(struct syslog_socket *socket, int fd)
{
	size_t wanted = socket->in->spec.receive_buffer_bytes;
	int bytes = wanted < INT32_MAX / 2 ? (int)wanted : INT32_MAX / 2, got = 0;
	socklen_t len = sizeof(got);

	(void)getsockopt(fd, SOL_SOCKET, SO_RCVBUF, &got, &len);
	if (got / 2 >= bytes)
		return;
	/* ReceiveBuffer= of the socket unit may be above that limit */
	if (setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &bytes, sizeof(bytes)) < 0 &&
	    socket->listen.way != SYSLOG_HANDED)
		(void)setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &bytes, sizeof(bytes));
	(void)getsockopt(fd, SOL_SOCKET, SO_RCVBUF, &got, &len);
	if (got / 2 < bytes && !socket->local)
		log_notice("%s: the kernel keeps only %d KiB for %s until it is read, "
			   "not %d KiB: sysctl net.core.rmem_max=%d",
			   socket->in->name, got / 2048, socket->word, bytes / 1024,
			   bytes);
}

static int
prepare(struct syslog_socket *socket, int fd)
{
	int on = 1, type = 0, family = 0;
	socklen_t len = sizeof(type);

	if (getsockopt(fd, SOL_SOCKET, SO_TYPE, &type, &len) < 0 ||
	    getsockopt(fd, SOL_SOCKET, SO_DOMAIN, &family, &len) < 0)
		return -errno;
	socket->datagrams = type == SOCK_DGRAM;
	socket->local = family == AF_UNIX;
	if ((family != AF_UNIX && family != AF_INET && family != AF_INET6) ||
	    (type != SOCK_DGRAM && (type != SOCK_STREAM || family == AF_UNIX)) ||
	    (socket->listen.tls && type != SOCK_STREAM))
		return -EPROTONOSUPPORT;
	int flags = fcntl(fd, F_GETFL);
	if (flags < 0 || fcntl(fd, F_SETFL, flags | O_NONBLOCK) < 0)
		return -errno;
	if (!socket->datagrams)
		return 0;
	(void)setsockopt(fd, SOL_SOCKET, SO_TIMESTAMPNS, &on, sizeof(on));
	if (socket->local &&
	    setsockopt(fd, SOL_SOCKET, SO_PASSCRED, &on, sizeof(on)) < 0)
		return -errno;
	give_memory(socket, fd);
	return 0;
}

/* A socket that nobody reads is left over from a daemon that is gone; one that somebody
 * reads is another's, and anything else at this path is not ours to remove. */
static int
path_is_free(const struct sockaddr_un *at)
{
	struct stat st;
	int r = 0;

	if (lstat(at->sun_path, &st) < 0)
		return errno == ENOENT ? 0 : -errno;
	if (!S_ISSOCK(st.st_mode))
		return -EEXIST;
	int probe = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (probe < 0)
		return -errno;
	if (connect(probe, (const struct sockaddr *)at, sizeof(*at)) == 0 ||
	    errno == EPROTOTYPE)
		r = -EADDRINUSE;
	else if (errno != ECONNREFUSED)
		r = -errno;
	(void)close(probe);
	return r;
}

/* The socket comes to its place ready and with its mode, over what is left of an older
 * one: there is no moment without one. */
static int
bind_path(struct syslog_socket *socket, int fd)
{
	struct sockaddr_storage storage;
	struct sockaddr_un *at = (struct sockaddr_un *)&storage, new;

	(void)address_fill(&socket->listen, &storage);
	int r = path_is_free(at);
	if (r < 0)
		return r;
	new = *at;
	if (snprintf(new.sun_path, sizeof(new.sun_path), "%s.%d", at->sun_path,
		     (int)getpid()) >= (int)sizeof(new.sun_path))
		return -ENAMETOOLONG;
	(void)unlink(new.sun_path);
	if (bind(fd, (const struct sockaddr *)&new, sizeof(new)) < 0)
		return -errno;
	if (chmod(new.sun_path, socket->in->spec.socket_mode) < 0 ||
	    rename(new.sun_path, at->sun_path) < 0)
		r = -errno;
	if (r < 0)
		(void)unlink(new.sun_path);
	return r;
}

static int
bind_address(struct syslog_socket *socket, int fd)
{
	struct sockaddr_storage at;
	socklen_t len = address_fill(&socket->listen, &at);
	static const uint8_t any[16] = { 0 };
	int on = 1, only = memcmp(socket->listen.ip.bytes, any, sizeof(any)) != 0;

	if (at.ss_family == AF_INET6 &&
	    setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &only, sizeof(only)) < 0)
		return -errno;
	if (socket->listen.way != SYSLOG_UDP &&
	    setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on)) < 0)
		return -errno;
	if (bind(fd, (const struct sockaddr *)&at, len) < 0 ||
	    (socket->listen.way != SYSLOG_UDP && listen(fd, BACKLOG) < 0))
		return -errno;
	return 0;
}

static int
make(struct syslog_socket *own, int *ret_fd)
{
	bool local = own->listen.way == SYSLOG_UNIX;
	int family = local ? AF_UNIX : own->listen.ip.family == 4 ? AF_INET : AF_INET6;
	int type = local || own->listen.way == SYSLOG_UDP ? SOCK_DGRAM : SOCK_STREAM;
	int fd = socket(family, type | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

	if (fd < 0)
		return -errno;
	int r = prepare(own, fd);
	if (r >= 0)
		r = local ? bind_path(own, fd) : bind_address(own, fd);
	if (r < 0) {
		(void)close(fd);
		return r;
	}
	*ret_fd = fd;
	return 0;
}

/* ---- sockets of systemd ---- */

static void
names_free(char **names)
{
	for (size_t i = 0; names && names[i]; i++)
		free(names[i]);
	free(names);
}

/* The n-th that was handed over under the name: a copy, for the next reload needs it
 * again. -ENOENT: there are no more. */
static int
handed(struct sv_str name, size_t n)
{
	char **names = NULL;
	int count = sd_listen_fds_with_names(0, &names), fd = -ENOENT;

	for (int i = 0; i < count && fd < 0; i++)
		if (str_eq(str_of(names[i]), name) && n-- == 0)
			fd = fcntl(SD_LISTEN_FDS_START + i, F_DUPFD_CLOEXEC, 3);
	names_free(names);
	return count < 0 ? count : fd;
}

static size_t
count_handed(struct sv_str name)
{
	char **names = NULL;
	int count = sd_listen_fds_with_names(0, &names);
	size_t n = 0;

	for (int i = 0; i < count; i++)
		n += str_eq(str_of(names[i]), name);
	names_free(names);
	return n;
}

/* ---- opening and closing ---- */

int
syslog_sockets_init(struct syslog *in)
{
	for (size_t i = 0; i < in->spec.n_listen; i++) {
		struct syslog_listen listen;
		const char *hint;

		if (!syslog_listen_parse(in->spec.listen[i], &listen, &hint))
			return -EINVAL;
		size_t n = listen.way == SYSLOG_HANDED ? count_handed(listen.name) : 1;
		for (size_t k = 0; k < n || k == 0; k++) {
			if (in->n_sockets == SYSLOG_MAX_SOCKETS)
				return -E2BIG;
			in->sockets[in->n_sockets++] =
				(struct syslog_socket){ .in = in,
							.word = in->spec.listen[i],
							.listen = listen,
							.nth = k,
							.fd = -1 };
		}
	}
	return 0;
}

static int
on_io(sd_event_source *source, int fd, uint32_t revents, void *user)
{
	struct syslog_socket *socket = user;
	struct syslog *in = socket->in;

	(void)source, (void)fd, (void)revents;
	in->now = clock_now(CLOCK_MONOTONIC);
	if (socket->datagrams)
		syslog_turn_done(in, syslog_datagrams_read(socket, SYSLOG_BATCHES));
	else
		syslog_accept(socket);
	if (in->held)
		syslog_again(in);
	return 0;
}

/* Certificate and key, when they are there and whenever they were renewed: new
 * connections use the new ones. */
static int
take_tls(struct syslog *in)
{
	struct syslog_tls *tls;
	int r;

	if (in->tls && !syslog_tls_is_stale(in->tls))
		return in->tls_error;
	r = syslog_tls_new(&in->spec.tls, &tls);
	if (!tls)
		return -ENOMEM;
	if (r < 0)
		log_error("%s: TLS cannot be used: %s", in->name,
			  syslog_tls_error(tls));
	else if (in->tls)
		log_info("%s: new certificate files are used", in->name);
	if (r < 0 && in->tls && !in->tls_error) {
		syslog_tls_free(tls);
		syslog_tls_keep(in->tls);
		return 0;
	}
	syslog_tls_free(in->tls);
	in->tls = tls;
	in->tls_error = r < 0 ? -ENOKEY : 0;
	return in->tls_error;
}

/* What stands at its path. False: no socket does. */
static bool
look_at_path(const struct syslog_socket *socket, struct stat *ret_st)
{
	struct sockaddr_storage at;

	(void)address_fill(&socket->listen, &at);
	return lstat(((struct sockaddr_un *)&at)->sun_path, ret_st) == 0 &&
	       S_ISSOCK(ret_st->st_mode);
}

/* One that is read on after a reload gets the mode that is set now. */
static void
keep_path(struct syslog_socket *socket)
{
	mode_t mode = socket->in->spec.socket_mode;
	struct sockaddr_storage at;
	struct stat st;

	if (!look_at_path(socket, &st))
		return;
	socket->device = st.st_dev;
	socket->inode = st.st_ino;
	(void)address_fill(&socket->listen, &at);
	if ((st.st_mode & 0777) != mode &&
	    chmod(((struct sockaddr_un *)&at)->sun_path, mode) < 0)
		log_warning("%s: the mode of %s cannot be changed: %s",
			    socket->in->name, socket->word, strerror(errno));
}

/* Somebody removed the socket from its path, or has put another there: nobody could
 * reach us any more. */
static bool
is_astray(const struct syslog_socket *socket)
{
	struct stat st;

	return socket->fd >= 0 && socket->listen.way == SYSLOG_UNIX &&
	       (!look_at_path(socket, &st) || st.st_dev != socket->device ||
		st.st_ino != socket->inode);
}

static int
open_socket(struct syslog_socket *socket)
{
	struct syslog *in = socket->in;
	int fd = -1, r;

	if (socket->listen.tls && (r = take_tls(in)) < 0)
		return r;
	/* that of the input that stood here before a reload is read on */
	if (socket->listen.way != SYSLOG_HANDED)
		(void)syslog_saved_socket(in, socket->word, 0, &fd, &socket->drops);
	if (fd >= 0)
		r = prepare(socket, fd);
	else if (socket->listen.way == SYSLOG_HANDED)
		r = (fd = handed(socket->listen.name, socket->nth)) < 0
			    ? fd
			    : prepare(socket, fd);
	else
		r = make(socket, &fd);
	if (r >= 0)
		r = sd_event_add_io(in->loop, &socket->io, fd, EPOLLIN, on_io, socket);
	/* One who floods us must not keep timers, signals and clients waiting. */
	if (r >= 0)
		r = sd_event_source_set_priority(socket->io, INPUT_PRIORITY_MORE);
	if (r < 0) {
		socket->io = sd_event_source_disable_unref(socket->io);
		if (fd >= 0)
			(void)close(fd);
		return r;
	}
	socket->fd = fd;
	if (socket->listen.way == SYSLOG_UNIX)
		keep_path(socket);
	socket->cookie = syslog_socket_cookie(fd);
	(void)syslog_saved_socket(in, socket->word, socket->cookie, NULL,
				  &socket->drops);
	return 0;
}

static void
name_places(struct syslog *in)
{
	char *out = in->counts.places;
	size_t cap = sizeof(in->counts.places), used = 0;

	out[0] = '\0';
	for (size_t i = 0; i < in->n_sockets && used < cap; i++) {
		char place[160];

		if (in->sockets[i].fd < 0)
			continue;
		syslog_socket_place(&in->sockets[i], place, sizeof(place));
		int n = snprintf(out + used, cap - used, "%s%s", used ? " " : "",
				 place);
		used += n > 0 ? (size_t)n : 0;
	}
}

static void
close_socket(struct syslog_socket *socket)
{
	socket->io = sd_event_source_disable_unref(socket->io);
	if (socket->fd >= 0)
		(void)close(socket->fd);
	socket->fd = -1;
}

size_t
syslog_sockets_open(struct syslog *in)
{
	size_t missing = 0;
	bool opened = false;

	for (size_t i = 0; i < in->n_sockets; i++) {
		struct syslog_socket *socket = &in->sockets[i];

		if (is_astray(socket)) {
			log_warning(
				"%s: the socket of %s was taken away from there: it "
				"is made anew",
				in->name, socket->word);
			(void)syslog_datagrams_read(socket, SYSLOG_BATCHES);
			close_socket(socket);
			socket->drops = 0;
		}
		if (socket->fd < 0)
			opened |= (socket->error = open_socket(socket)) >= 0;
		else if (socket->listen.tls)
			socket->error = take_tls(in);
		if (socket->io)
			(void)sd_event_source_set_enabled(socket->io, SD_EVENT_ON);
		missing += socket->fd < 0;
	}
	if (opened)
		name_places(in);
	return missing;
}

void
syslog_sockets_close(struct syslog *in)
{
	for (size_t i = 0; i < in->n_sockets; i++)
		close_socket(&in->sockets[i]);
}

void
syslog_listeners_close(struct syslog *in)
{
	for (size_t i = 0; i < in->n_sockets; i++) {
		struct syslog_socket *socket = &in->sockets[i];

		if (socket->fd < 0 || socket->datagrams ||
		    socket->listen.way == SYSLOG_HANDED)
			continue;
		for (unsigned turn = 0; turn <= BACKLOG / SYSLOG_ACCEPTS; turn++)
			syslog_accept(socket);
		close_socket(socket);
	}
}

/* ---- what goes wrong ---- */

/* Datagrams that the kernel dropped since the last look. */
static uint32_t
count_losses(struct syslog_socket *socket)
{
	uint32_t info[SK_MEMINFO_VARS] = { 0 }, lost;
	socklen_t len = sizeof(info);

	if (socket->fd < 0 || !socket->datagrams ||
	    getsockopt(socket->fd, SOL_SOCKET, SO_MEMINFO, info, &len) < 0)
		return 0;
	lost = info[SK_MEMINFO_DROPS] - (uint32_t)socket->drops;
	socket->drops = info[SK_MEMINFO_DROPS];
	return lost;
}

void
syslog_sockets_count(struct syslog *in)
{
	for (size_t i = 0; i < in->n_sockets; i++) {
		struct syslog_socket *socket = &in->sockets[i];
		char place[128], text[256];

		uint32_t lost = count_losses(socket);
		in->counts.lost += lost;
		socket->untold += lost;
		if (!socket->untold || (in->now < socket->tell_next && !in->stopping))
			continue;
		syslog_socket_place(socket, place, sizeof(place));
		(void)snprintf(text, sizeof(text),
			       "%" PRIu64 " datagrams were lost at %s: they came "
			       "faster than they could be read",
			       socket->untold, place);
		syslog_tell_loss(in, socket->untold, text);
		socket->untold = 0;
		socket->tell_next = in->now + LOSS_EVERY;
	}
	syslog_senders_calm(in);
}

static const char *
remedy(const struct syslog_socket *socket)
{
	switch (-socket->error) {
	case EACCES:
	case EPERM:
		return socket->listen.way == SYSLOG_UNIX
			       ? "; its folder must be writable for the daemon's user"
			       : "; ports below 1024 need sipvigil-syslog.socket";
	case ENOENT:
		return socket->listen.way == SYSLOG_HANDED
			       ? "; systemd handed over no socket of this name"
			       : "";
	case EEXIST:
		return "; what is there is no socket";
	case EPROTONOSUPPORT:
		return "; the socket is of another kind";
	}
	return "; trying again";
}

void
syslog_sockets_problem(const struct syslog *in, char *out, size_t cap)
{
	out[0] = '\0';
	for (size_t i = 0; i < in->n_sockets; i++) {
		const struct syslog_socket *socket = &in->sockets[i];

		if (!socket->error)
			continue;
		if (socket->error == -ENOKEY) {
			(void)snprintf(out, cap, "%.40s: TLS cannot be used: %.100s",
				       socket->word, syslog_tls_error(in->tls));
			return;
		}
		(void)snprintf(out, cap, "cannot listen at %.60s: %.40s%s",
			       socket->word, strerror(-socket->error), remedy(socket));
		return;
	}
}
