/* SPDX-License-Identifier: Apache-2.0 */
#include "output/journal_send.h"

#include "base/buffer.h"
#include "base/text.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

int
journal_send_open(void)
{
	int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

	/* cppcheck-suppress resourceLeak ; it is the caller's */
	return fd < 0 ? -errno : fd;
}

/* A value with a line break stands behind its length (64 bits, little endian). */
static void
add_field(struct buffer *buf, struct sv_str field)
{
	size_t sign = str_find_char(field, '=');
	struct sv_str value = str_from(field, sign + 1);

	if (str_find_char(field, '\n') == STR_NONE) {
		buffer_add(buf, field);
		buffer_add_char(buf, '\n');
		return;
	}
	buffer_add(buf, str_upto(field, sign));
	buffer_add_char(buf, '\n');
	for (unsigned shift = 0; shift < 64; shift += 8)
		buffer_add_char(buf, (char)((uint64_t)value.len >> shift & 0xff));
	buffer_add(buf, value);
	buffer_add_char(buf, '\n');
}

static void
add_fields(struct buffer *buf, struct sv_str fields)
{
	while (fields.len) {
		size_t len = strnlen(fields.ptr, fields.len);
		struct sv_str field = str_upto(fields, len);

		if (str_find_char(field, '=') != STR_NONE)
			add_field(buf, field);
		fields = str_from(fields, len < fields.len ? len + 1 : len);
	}
}

/* Too long for a datagram: journald takes a sealed file in memory instead. */
static int
entry_file(struct sv_str entry)
{
	int fd = memfd_create("sipvigil-entry", MFD_CLOEXEC | MFD_ALLOW_SEALING);

	if (fd < 0)
		return -errno;
	if (write(fd, entry.ptr, entry.len) == (ssize_t)entry.len &&
	    fcntl(fd, F_ADD_SEALS,
		  F_SEAL_SEAL | F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE) == 0)
		return fd;
	(void)close(fd);
	return -EIO;
}

static int
send_message(int fd, const struct msghdr *message)
{
	ssize_t n;

	do
		n = sendmsg(fd, message, MSG_DONTWAIT | MSG_NOSIGNAL);
	while (n < 0 && errno == EINTR);
	return n < 0 ? -errno : 0;
}

static int
send_file(int fd, struct msghdr *message, struct sv_str entry)
{
	union {
		struct cmsghdr header;
		char bytes[CMSG_SPACE(sizeof(int))];
	} control = { 0 };
	int file = entry_file(entry), r;

	if (file < 0)
		return file;
	message->msg_iov = NULL;
	message->msg_iovlen = 0;
	message->msg_control = control.bytes;
	message->msg_controllen = sizeof(control.bytes);
	control.header.cmsg_level = SOL_SOCKET;
	control.header.cmsg_type = SCM_RIGHTS;
	control.header.cmsg_len = CMSG_LEN(sizeof(int));
	memcpy(CMSG_DATA(&control.header), &file, sizeof(file));
	r = send_message(fd, message);
	message->msg_control = NULL;
	message->msg_controllen = 0;
	(void)close(file);
	return r;
}

int
journal_send(int fd, struct sv_str fields)
{
	struct sockaddr_un to = { .sun_family = AF_UNIX, .sun_path = JOURNAL_SOCKET };
	struct msghdr message = { .msg_name = &to, .msg_namelen = sizeof(to) };
	struct buffer entry;
	struct iovec part;
	int r = -ENOMEM;

	buffer_init(&entry);
	add_fields(&entry, fields);
	if (!buffer_failed(&entry)) {
		part = (struct iovec){ entry.ptr, entry.len };
		message.msg_iov = &part;
		message.msg_iovlen = 1;
		r = send_message(fd, &message);
		if (r == -EMSGSIZE || r == -ENOBUFS)
			r = send_file(fd, &message, buffer_str(&entry));
	}
	buffer_done(&entry);
	return r;
}
