/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Sends the lines of a file, over and over, as datagrams to a port of 127.0.0.1, as fast
 * as its owner takes them and never faster: no more than a window of bytes waits in its
 * socket, so that none is lost. Prints how many the kernel dropped all the same.
 *
 * usage: syslog_send PORT COUNT FILE
 */
#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#define LINES (1 << 20)
#define BATCH 32
/** Of kernel memory, less than any system gives a socket. */
#define WINDOW 100000UL

struct queue {
	unsigned long bytes, drops;
};

/* What the kernel says of the socket at that port. */
static struct queue
queue_of(unsigned port)
{
	struct queue queue = { 0, 0 };
	char line[512];
	FILE *table = fopen("/proc/net/udp", "re");

	while (table && fgets(line, sizeof(line), table)) {
		unsigned at;
		unsigned long bytes, drops;
		if (sscanf(line,
			   " %*u: %*x:%x %*x:%*x 07 %*x:%lx %*s %*s %*s %*s %*s %*s "
			   "%*s %lu",
			   &at, &bytes, &drops) == 3 &&
		    at == port) {
			queue.bytes += bytes;
			queue.drops += drops;
		}
	}
	if (table)
		(void)fclose(table);
	return queue;
}

static size_t
read_lines(const char *path, struct iovec lines[LINES])
{
	FILE *file = fopen(path, "re");
	char *line = NULL;
	size_t cap = 0, n = 0;
	ssize_t len;

	while (file && n < LINES && (len = getline(&line, &cap, file)) > 1) {
		lines[n].iov_len = (size_t)len - 1;
		lines[n++].iov_base = strndup(line, (size_t)len - 1);
	}
	free(line);
	if (file)
		(void)fclose(file);
	return n;
}

int
main(int argc, char **argv)
{
	static struct iovec lines[LINES];
	struct mmsghdr batch[BATCH];
	const struct timespec moment = { 0, 50000 };

	if (argc != 4)
		return 2;
	unsigned port = (unsigned)strtoul(argv[1], NULL, 10);
	size_t count = strtoul(argv[2], NULL, 10), n = read_lines(argv[3], lines);
	struct sockaddr_in to = { .sin_family = AF_INET,
				  .sin_port = htons((uint16_t)port),
				  .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	if (n == 0 || fd < 0 || connect(fd, (struct sockaddr *)&to, sizeof(to)) < 0)
		return 1;
	for (size_t sent = 0; sent < count;) {
		unsigned want = count - sent < BATCH ? (unsigned)(count - sent) : BATCH;
		for (unsigned i = 0; i < want; i++)
			batch[i].msg_hdr =
				(struct msghdr){ .msg_iov = &lines[(sent + i) % n],
						 .msg_iovlen = 1 };
		int done = sendmmsg(fd, batch, want, 0);
		if (done < 0)
			return 1;
		sent += (size_t)done;
		while (queue_of(port).bytes > WINDOW)
			(void)nanosleep(&moment, NULL);
	}
	printf("%lu\n", queue_of(port).drops);
	return 0;
}
