/* SPDX-License-Identifier: Apache-2.0 */
/* Datagrams, many a call: memory is made once, nothing is copied or allocated for one. */
#include "input/syslog_parts.h"

#include "base/text.h"
#include "input/clock.h"

#include <errno.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

/** The longest that UDP carries; unix datagrams may be longer. */
#define UDP_MAX_BYTES ((size_t)65536)

/** A datagram that waited for longer was not waiting: the clock was set. */
#define STAMP_USEC (24 * 3600 * SV_USEC_PER_SEC)

union from {
	struct sockaddr any;
	struct sockaddr_in in;
	struct sockaddr_in6 in6;
};

/** Arrival and, of unix sockets, who sent. */
struct ancillary {
	_Alignas(struct cmsghdr) char bytes[CMSG_SPACE(sizeof(struct timespec)) +
					    CMSG_SPACE(sizeof(struct ucred))];
};

struct syslog_batch {
	size_t cap;       /* bytes of a message */
	unsigned n, next; /* received, of which `next` is to be delivered */
	bool local;       /* from a unix socket */
	sv_usec clock;    /* when they were read */
	struct mmsghdr headers[SYSLOG_BATCH];
	struct iovec vectors[SYSLOG_BATCH];
	union from from[SYSLOG_BATCH];
	struct ancillary ancillary[SYSLOG_BATCH];
	char *bytes; /* SYSLOG_BATCH * cap: pages that are never filled cost nothing */
};

int
syslog_batch_new(const struct syslog *in, struct syslog_batch **ret_batch)
{
	struct syslog_batch *batch = calloc(1, sizeof(*batch));
	bool local = false;

	if (!batch)
		return -ENOMEM;
	for (size_t i = 0; i < in->n_sockets; i++)
		local |= in->sockets[i].listen.way == SYSLOG_UNIX ||
			 in->sockets[i].listen.way == SYSLOG_HANDED;
	batch->cap = in->spec.max_message_bytes;
	if (!local && batch->cap > UDP_MAX_BYTES)
		batch->cap = UDP_MAX_BYTES;
	batch->bytes = malloc(SYSLOG_BATCH * batch->cap);
	if (!batch->bytes) {
		syslog_batch_free(batch);
		return -ENOMEM;
	}
	for (size_t i = 0; i < SYSLOG_BATCH; i++)
		batch->vectors[i] =
			(struct iovec){ batch->bytes + i * batch->cap, batch->cap };
	*ret_batch = batch;
	return 0;
}

void
syslog_batch_free(struct syslog_batch *batch)
{
	if (!batch)
		return;
	free(batch->bytes);
	free(batch);
}

static int
receive(struct syslog_batch *batch, int fd)
{
	for (size_t i = 0; i < SYSLOG_BATCH; i++)
		batch->headers[i].msg_hdr = (struct msghdr){
			.msg_name = &batch->from[i],
			.msg_namelen = sizeof(batch->from[i]),
			.msg_iov = &batch->vectors[i],
			.msg_iovlen = 1,
			.msg_control = &batch->ancillary[i],
			.msg_controllen = sizeof(batch->ancillary[i]),
		};
	int n = recvmmsg(fd, batch->headers, SYSLOG_BATCH, MSG_DONTWAIT, NULL);
	return n < 0 ? -errno : n;
}

static void
read_ancillary(struct msghdr *header, sv_usec *ret_time, struct ucred *ret_who)
{
	for (struct cmsghdr *c = CMSG_FIRSTHDR(header); c; c = CMSG_NXTHDR(header, c)) {
		struct timespec at;

		if (c->cmsg_level != SOL_SOCKET)
			continue;
		if (c->cmsg_type == SCM_TIMESTAMPNS) {
			memcpy(&at, CMSG_DATA(c), sizeof(at));
			*ret_time = (sv_usec)at.tv_sec * SV_USEC_PER_SEC +
				    (sv_usec)at.tv_nsec / 1000;
		} else if (c->cmsg_type == SCM_CREDENTIALS) {
			memcpy(ret_who, CMSG_DATA(c), sizeof(*ret_who));
		}
	}
}

static bool
permits_user(struct syslog *in, const struct ucred *who)
{
	/* (uid_t)-1 is a name that nobody has, and nobody is that */
	for (size_t i = 0; i < in->n_users; i++)
		if (in->users[i] == who->uid && who->uid != (uid_t)-1)
			return true;
	if (!in->n_users)
		return true;
	in->counts.refused++;
	complain(&in->refused, in->now, LOG_LEVEL_WARNING,
		 "%s: messages of user %u (process %d) are dropped: 'users' does not "
		 "name it",
		 in->name, (unsigned)who->uid, (int)who->pid);
	return false;
}

/* True: it is done with. */
static bool
deliver_next(struct syslog *in, struct syslog_batch *batch)
{
	struct mmsghdr *header = &batch->headers[batch->next];
	struct syslog_message message = {
		.text = { batch->vectors[batch->next].iov_base, header->msg_len },
		.truncated = header->msg_hdr.msg_flags & MSG_TRUNC,
	};
	struct ucred who = { .uid = (uid_t)-1 };

	read_ancillary(&header->msg_hdr, &message.received, &who);
	/* the clock may have been set while it waited */
	if (message.received > batch->clock ||
	    batch->clock - message.received > STAMP_USEC)
		message.received = batch->clock;
	if (batch->local) {
		if (!permits_user(in, &who))
			return true;
	} else {
		message.ip = syslog_socket_ip(&batch->from[batch->next]);
		if (!syslog_permits(in, &message.ip))
			return true;
	}
	return syslog_deliver(in, &message);
}

bool
syslog_batch_resume(struct syslog *in)
{
	struct syslog_batch *batch = in->batch;

	for (; batch && batch->next < batch->n; batch->next++)
		if (!deliver_next(in, batch))
			return false;
	return true;
}

bool
syslog_datagrams_read(struct syslog_socket *socket, unsigned batches)
{
	struct syslog *in = socket->in;
	struct syslog_batch *batch = in->batch;

	if (!syslog_batch_resume(in))
		return false;
	for (unsigned i = 0; i < batches; i++) {
		int n = receive(batch, socket->fd);
		if (n == -EINTR)
			continue;
		/* what else it may be concerns one datagram, and is over with it */
		if (n < 0)
			return n == -EAGAIN;
		batch->n = (unsigned)n;
		batch->next = 0;
		batch->local = socket->local;
		batch->clock = clock_now(CLOCK_REALTIME);
		if (!syslog_batch_resume(in))
			return false;
		if (n < SYSLOG_BATCH)
			return true;
	}
	return false;
}
