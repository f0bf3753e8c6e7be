/* SPDX-License-Identifier: Apache-2.0 */
#include "input/tail_watch.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/inotify.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <unistd.h>

#define EVENTS                                                                         \
	(IN_MODIFY | IN_CREATE | IN_DELETE | IN_MOVED_FROM | IN_MOVED_TO | IN_ATTRIB | \
	 IN_DELETE_SELF | IN_MOVE_SELF | IN_ONLYDIR)

/* A batch is bounded, so that a busy folder does not keep the loop to itself. */
#define BATCH_BYTES 16384

struct tail_watch {
	struct tail_watch_sink sink;
	sd_event_source *source; /* owns the descriptor */
	int fd;                  /* -1: no inotify */
};

/* File systems whose changes may be made elsewhere, where inotify does not see them. */
static bool
is_remote(const char *folder)
{
	static const unsigned long kinds[] = {
		0x6969,     /* NFS */
		0x517b,     /* SMB */
		0xff534d42, /* CIFS */
		0xfe534d42, /* SMB2 */
		0x65735546, /* FUSE */
		0x01021997, /* 9P */
		0x00c36400, /* Ceph */
		0x5346414f, /* AFS */
		0x6b414653, /* kAFS */
		0x73757245, /* Coda */
		0x7461636f, /* OCFS2 */
		0x01161970, /* GFS2 */
		0x0bd00bd0, /* Lustre */
		0x786f4256, /* VirtualBox shared folder */
		0xbacbacbc, /* VMware shared folder */
		0x6a656a63, /* virtiofs of old kernels */
	};
	struct statfs fs;

	if (statfs(folder, &fs) < 0)
		return true;
	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++)
		if ((unsigned long)fs.f_type == kinds[i] ||
		    ((unsigned long)fs.f_type & 0xffffffff) == kinds[i])
			return true;
	return false;
}

static void
tell(struct tail_watch *watch, const struct inotify_event *event)
{
	const struct tail_watch_sink *sink = &watch->sink;

	if (event->mask & IN_Q_OVERFLOW)
		sink->news(sink->user, TAIL_NEWS_MISSED, -1, NULL);
	else if ((event->mask & IN_MODIFY) && event->len)
		sink->news(sink->user, TAIL_NEWS_GROWN, event->wd, event->name);
	else
		sink->news(sink->user, TAIL_NEWS_NAMES, event->wd, NULL);
}

static int
dispatch(sd_event_source *source, int fd, uint32_t revents, void *user)
{
	_Alignas(struct inotify_event) char batch[BATCH_BYTES];
	struct tail_watch *watch = user;

	(void)source, (void)revents;
	ssize_t n = read(fd, batch, sizeof(batch));
	for (ssize_t at = 0; at < n;) {
		const struct inotify_event *event = (const void *)(batch + at);
		tell(watch, event);
		at += (ssize_t)(sizeof(*event) + event->len);
	}
	if (n > 0)
		watch->sink.news(watch->sink.user, TAIL_NEWS_THATS_IT, -1, NULL);
	return 0;
}

int
tail_watch_new(sd_event *loop, const struct tail_watch_sink *sink,
	       struct tail_watch **ret_watch)
{
	struct tail_watch *watch = calloc(1, sizeof(*watch));

	if (!watch)
		return -ENOMEM;
	watch->sink = *sink;
	watch->fd = inotify_init1(IN_CLOEXEC | IN_NONBLOCK);
	if (watch->fd >= 0) {
		int r = sd_event_add_io(loop, &watch->source, watch->fd, EPOLLIN,
					dispatch, watch);
		if (r < 0) {
			(void)close(watch->fd);
			free(watch);
			return r;
		}
		(void)sd_event_source_set_io_fd_own(watch->source, 1);
	}
	*ret_watch = watch;
	return 0;
}

void
tail_watch_free(struct tail_watch *watch)
{
	if (!watch)
		return;
	sd_event_source_disable_unref(watch->source);
	free(watch);
}

int
tail_watch_add(struct tail_watch *watch, const char *folder)
{
	if (watch->fd < 0 || is_remote(folder))
		return -1;
	return inotify_add_watch(watch->fd, folder, EVENTS);
}

int
tail_watch_add_of(struct tail_watch *watch, const char *path)
{
	const char *slash = strrchr(path, '/');
	char folder[4096];
	struct stat st;

	if (lstat(path, &st) == 0 && S_ISLNK(st.st_mode))
		return -1;
	if (!slash)
		return tail_watch_add(watch, ".");
	(void)snprintf(folder, sizeof(folder), "%.*s", (int)(slash - path) + 1, path);
	return tail_watch_add(watch, folder);
}
