/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What survives a restart: who sends, with what the sink remembers of each, so that one
 * who falls silent meanwhile is missed; and which sockets there were. A socket that is
 * still open (a reload, systemd) is read on; where it is not, what senders sent
 * meanwhile is lost, and that is told for those who would have sent something.
 */
#include "input/syslog_parts.h"

#include "base/text.h"
#include "input/clock.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <systemd/sd-id128.h>

#define FORMAT 1u
#define WORD_MAX_BYTES 8192

/* ---- saving ---- */

struct saving {
	const struct syslog *in;
	const struct syslog_sender *sender;
};

static void
save_sender(void *user, struct pack *out)
{
	const struct saving *saving = user;

	if (saving->in->sink.save)
		saving->in->sink.save(saving->in->sink.user, saving->sender->user, out);
}

static void
save_sockets(const struct syslog *in, struct pack *out)
{
	pack_u32(out, (uint32_t)in->n_sockets);
	for (size_t i = 0; i < in->n_sockets; i++) {
		const struct syslog_socket *socket = &in->sockets[i];
		pack_str(out, str_of(socket->word));
		pack_u32(out, (uint32_t)socket->fd);
		pack_u64(out, socket->fd < 0 ? 0 : socket->cookie);
		pack_u64(out, socket->drops - socket->untold);
	}
}

static uint32_t
per_minute(const struct syslog *in, const struct syslog_sender *sender)
{
	uint64_t minute = in->now / (60 * SV_USEC_PER_SEC);

	if (sender->minute == minute)
		return sender->brought > sender->before ? sender->brought
							: sender->before;
	return sender->minute + 1 == minute ? sender->brought : 0;
}

void
syslog_save(const struct input *input, struct pack *out)
{
	const struct syslog *in = (const struct syslog *)input;
	sd_id128_t boot = { 0 };

	(void)sd_id128_get_boot(&boot);
	pack_u32(out, FORMAT);
	pack_bytes(out, boot.bytes, sizeof(boot.bytes));
	pack_u64(out, clock_now(CLOCK_REALTIME));
	save_sockets(in, out);
	pack_u32(out, (uint32_t)in->senders.n);
	for (const struct syslog_sender *s = in->senders.oldest; s; s = s->newer) {
		struct saving saving = { in, s };
		pack_u8(out, s->ip.family);
		pack_bytes(out, s->ip.bytes, sizeof(s->ip.bytes));
		pack_str(out, s->relayed ? s->host : (struct sv_str){ 0 });
		pack_u32(out, per_minute(in, s));
		pack_blob(out, save_sender, &saving);
	}
}

/* ---- restoring ---- */

/** One reading of what was packed. */
struct reading {
	struct unpack in;
	sd_id128_t boot;
	sv_usec time;
	uint32_t n_sockets;
};

struct saved_socket {
	struct sv_str word;
	int fd;
	uint64_t cookie, drops;
};

struct saved_sender {
	struct sv_ip ip;
	struct sv_str host, blob;
	uint32_t per_minute;
};

static bool
read_begin(struct sv_str bytes, struct reading *r)
{
	const void *boot;

	*r = (struct reading){ .in = unpack_of(bytes) };
	if (unpack_u32(&r->in) != FORMAT)
		unpack_spoil(&r->in);
	boot = unpack_bytes(&r->in, sizeof(r->boot.bytes));
	if (boot)
		memcpy(r->boot.bytes, boot, sizeof(r->boot.bytes));
	r->time = unpack_u64(&r->in);
	r->n_sockets = unpack_u32(&r->in);
	return unpack_ok(&r->in) && r->n_sockets <= SYSLOG_MAX_SOCKETS;
}

static void
read_socket(struct reading *r, struct saved_socket *ret)
{
	ret->word = unpack_str(&r->in);
	ret->fd = (int)unpack_u32(&r->in);
	ret->cookie = unpack_u64(&r->in);
	ret->drops = unpack_u64(&r->in);
	if (ret->word.len > WORD_MAX_BYTES)
		unpack_spoil(&r->in);
}

static void
read_sender(struct reading *r, struct saved_sender *ret)
{
	const void *bytes;

	*ret = (struct saved_sender){ 0 };
	ret->ip.family = unpack_u8(&r->in);
	bytes = unpack_bytes(&r->in, sizeof(ret->ip.bytes));
	if (bytes)
		memcpy(ret->ip.bytes, bytes, sizeof(ret->ip.bytes));
	ret->host = unpack_str(&r->in);
	ret->per_minute = unpack_u32(&r->in);
	ret->blob = unpack_blob(&r->in);
	if (ret->host.len > SYSLOG_HOST_MAX ||
	    (ret->ip.family != 0 && ret->ip.family != 4 && ret->ip.family != 6))
		unpack_spoil(&r->in);
}

int
syslog_restore(struct input *input, struct unpack *in)
{
	struct syslog *syslog = (struct syslog *)input;
	struct sv_str bytes = { in->ptr, in->len };
	struct saved_sender sender;
	struct saved_socket socket;
	struct reading r;
	uint32_t n;

	if (in->bad || !read_begin(bytes, &r))
		return -EBADMSG;
	for (uint32_t i = 0; i < r.n_sockets && unpack_ok(&r.in); i++)
		read_socket(&r, &socket);
	n = unpack_u32(&r.in);
	for (uint32_t i = 0; i < n && unpack_ok(&r.in); i++)
		read_sender(&r, &sender);
	if (!unpack_ok(&r.in))
		return -EBADMSG;
	char *copy = malloc(bytes.len + 1);
	if (!copy)
		return -ENOMEM;
	memcpy(copy, bytes.ptr, bytes.len);
	free(syslog->saved.bytes);
	syslog->saved = (struct syslog_saved){ copy, bytes.len };
	return 0;
}

/* Is it open in this process, as the very socket that it was? */
static int
copy_of(const struct saved_socket *saved)
{
	if (saved->fd < 0 || !saved->cookie ||
	    syslog_socket_cookie(saved->fd) != saved->cookie)
		return -1;
	return fcntl(saved->fd, F_DUPFD_CLOEXEC, 3);
}

bool
syslog_saved_socket(const struct syslog *in, const char *word, uint64_t cookie,
		    int *ret_fd, uint64_t *ret_drops)
{
	sd_id128_t boot = { 0 };
	struct reading r;

	(void)sd_id128_get_boot(&boot);
	if (!in->saved.bytes ||
	    !read_begin(str_make(in->saved.bytes, in->saved.len), &r) ||
	    !sd_id128_equal(boot, r.boot))
		return false;
	for (uint32_t i = 0; i < r.n_sockets; i++) {
		struct saved_socket saved;
		read_socket(&r, &saved);
		if (!str_eq(saved.word, str_of(word)) ||
		    (cookie && saved.cookie != cookie))
			continue;
		int fd = ret_fd ? copy_of(&saved) : -1;
		if (ret_fd && fd < 0)
			continue;
		if (ret_fd)
			*ret_fd = fd;
		*ret_drops = saved.drops;
		return true;
	}
	return false;
}

/* Every socket of datagrams is the very one that it was. */
static bool
all_went_on(const struct syslog *in)
{
	for (size_t i = 0; i < in->n_sockets; i++) {
		const struct syslog_socket *socket = &in->sockets[i];
		uint64_t drops;
		if (socket->fd >= 0 && !socket->datagrams)
			continue;
		if (socket->fd < 0 ||
		    !syslog_saved_socket(in, socket->word, socket->cookie, NULL,
					 &drops))
			return false;
	}
	return true;
}

static void
resume(struct syslog *in, const struct saved_sender *saved, sv_usec down)
{
	/* 'allow' and 'relays' may have been changed meanwhile */
	struct syslog_sender *sender =
		syslog_is_allowed(in, &saved->ip)
			? syslog_sender_get(in, &saved->ip, saved->host, saved->blob)
			: NULL;
	double missed = saved->per_minute * (double)down / (60.0 * SV_USEC_PER_SEC);
	char text[200];

	if (!sender || sender == in->senders.others)
		return;
	if (missed >= 1) {
		(void)snprintf(text, sizeof(text),
			       "what was sent while sipvigild was not running (%.0f s) "
			       "is lost; about %.0f messages are usual in that time",
			       (double)down / SV_USEC_PER_SEC, missed);
		syslog_tell_loss_of(in, sender, 0, text);
	}
	if (in->sink.caught_up)
		in->sink.caught_up(in->sink.user, sender->user);
}

void
syslog_resume_senders(struct syslog *in)
{
	sv_usec clock = clock_now(CLOCK_REALTIME), down;
	struct reading r;
	uint32_t n;

	if (!in->saved.bytes ||
	    !read_begin(str_make(in->saved.bytes, in->saved.len), &r))
		return;
	down = clock > r.time && !all_went_on(in) ? clock - r.time : 0;
	for (uint32_t i = 0; i < r.n_sockets; i++) {
		struct saved_socket socket;
		read_socket(&r, &socket);
	}
	n = unpack_u32(&r.in);
	for (uint32_t i = 0; i < n && unpack_ok(&r.in); i++) {
		struct saved_sender sender;
		read_sender(&r, &sender);
		if (unpack_ok(&r.in))
			resume(in, &sender, down);
	}
	free(in->saved.bytes);
	in->saved = (struct syslog_saved){ 0 };
}
