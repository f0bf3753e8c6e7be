/* SPDX-License-Identifier: Apache-2.0 */
/*
 * JSON lines to a file, a FIFO or standard output. Lines are written from one buffer, so
 * a line is never mixed with another, and a part of one is taken back from a file that
 * does not take the rest. Alerts wait in the queue, events in the buffer, up to
 * STREAM_MAX_PENDING. A file that was renamed or removed is opened anew before the next
 * line.
 */
#include "output/output.h"

#include "alert/render.h"
#include "base/log.h"
#include "base/text.h"
#include "output/queue.h"
#include "output/stream_repair.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

/* Text that waits for a full disk or a slow reader; further lines are dropped. */
#define STREAM_MAX_PENDING ((size_t)8 * 1024 * 1024)
/* Alerts that wait where there is no spool. */
#define STREAM_MAX_ALERTS 10000
/* Events are written in pieces of about this size; alerts at once. */
#define STREAM_CHUNK ((size_t)64 * 1024)
/* So many pieces are written in one turn of the loop. */
#define STREAM_TURN 16

struct stream {
	struct output base;
	sd_event *loop;
	char *title, *path;
	struct expr *where;
	struct render_identity id;
	bool fsync, stdout_chosen, socket;
	bool gone;     /* the reader of standard output is gone for good */
	bool repaired; /* what a killed daemon left in the file was looked at */
	int fd;
	/* alerts wait in the queue until they are written; the first `fed` of them are
	 * in pending, `done` of those are written, but not synced yet */
	struct queue queue;
	size_t fed, done;
	struct buffer line; /* of an alert being rendered */
	struct buffer pending;
	size_t written; /* bytes of pending that the far side has */
	sd_event_source *writable, *deferred;
	struct retry retry;
	struct complaint complaint;
	struct output_stats stats;
};

static struct stream *
stream_of(struct output *output)
{
	return (struct stream *)output;
}

static void
fail(struct stream *s, int error, const char *remedy)
{
	output_problem(s->stats.problem, "%s: %s%s", s->path, strerror(error), remedy);
	if (!s->stats.down_since)
		s->stats.down_since = loop_clock(s->loop);
	complain(&s->complaint, loop_now(s->loop), LOG_LEVEL_ERROR, "stream %s: %s",
		 s->title, s->stats.problem);
}

static void
recover(struct stream *s)
{
	if (!s->stats.down_since)
		return;
	s->stats.down_since = 0;
	s->stats.problem[0] = '\0';
	retry_reset(&s->retry);
	release(&s->complaint, "stream %s: %s can be written again", s->title, s->path);
}

static void
close_fd(struct stream *s)
{
	s->writable = sd_event_source_disable_unref(s->writable);
	if (s->fd >= 0)
		(void)close(s->fd);
	s->fd = -1;
}

/* Standard output may be shared with a shell: setting O_NONBLOCK on it would change it
 * for others, so a pipe or terminal is opened anew; a socket takes MSG_DONTWAIT. */
static int
open_stdout(struct stream *s)
{
	struct stat st;

	if (fstat(STDOUT_FILENO, &st) < 0)
		return -errno;
	s->socket = S_ISSOCK(st.st_mode);
	if (S_ISFIFO(st.st_mode) || S_ISCHR(st.st_mode)) {
		int fd = open("/proc/self/fd/1",
			      O_WRONLY | O_NONBLOCK | O_CLOEXEC | O_NOCTTY);
		if (fd >= 0)
			return fd;
	}
	int fd = fcntl(STDOUT_FILENO, F_DUPFD_CLOEXEC, 3);
	return fd < 0 ? -errno : fd;
}

static int
open_target(struct stream *s)
{
	int fd;

	if (s->fd >= 0)
		return 0;
	if (s->stdout_chosen) {
		fd = open_stdout(s);
	} else {
		fd = open(s->path,
			  O_WRONLY | O_APPEND | O_CREAT | O_NONBLOCK | O_CLOEXEC |
				  O_NOCTTY,
			  0640);
		if (fd < 0)
			fd = -errno;
	}
	if (fd < 0)
		return fd;
	s->fd = fd;
	if (!s->repaired && !s->stdout_chosen && !s->fed)
		stream_repair(s->fd, s->path, &s->queue);
	s->repaired = true;
	return 0;
}

/* Offset of the line that stands at the write position: a line that was cut by a full
 * disk or a rotation is written again as a whole into the new file. */
static size_t
line_start(const struct stream *s)
{
	size_t at = s->written;

	while (at && s->pending.ptr[at - 1] != '\n')
		at--;
	return at;
}

/* Nobody shall see half of a line, and none is left if the daemon is killed now. */
static void
take_back(struct stream *s)
{
	off_t part = (off_t)(s->written - line_start(s));
	struct stat st;

	if (part && s->fd >= 0 && !s->stdout_chosen && fstat(s->fd, &st) == 0 &&
	    S_ISREG(st.st_mode) && st.st_size >= part &&
	    ftruncate(s->fd, st.st_size - part) == 0)
		s->written -= (size_t)part;
}

static void
compact(struct stream *s)
{
	size_t keep = line_start(s);

	if (s->written == s->pending.len) {
		buffer_clear(&s->pending);
		s->written = 0;
	} else if (keep > s->pending.len / 2) {
		memmove(s->pending.ptr, s->pending.ptr + keep, s->pending.len - keep);
		s->pending.len -= keep;
		s->written -= keep;
	}
}

static void
follow_rotation(struct stream *s)
{
	struct stat here, there;

	if (s->fd < 0 || s->stdout_chosen)
		return;
	if (fstat(s->fd, &here) == 0 && stat(s->path, &there) == 0 &&
	    here.st_ino == there.st_ino && here.st_dev == there.st_dev)
		return;
	close_fd(s);
	s->written = line_start(s);
}

static ssize_t
write_some(struct stream *s)
{
	const char *at = s->pending.ptr + s->written;
	size_t len = s->pending.len - s->written;
	ssize_t n = s->socket ? send(s->fd, at, len, MSG_DONTWAIT | MSG_NOSIGNAL)
			      : write(s->fd, at, len);

	return n < 0 ? -errno : n;
}

static void
written(struct stream *s, size_t n)
{
	uint64_t lines =
		str_count(str_make(s->pending.ptr + s->written, n), SV_STR("\n"));

	s->written += n;
	s->stats.delivered += lines;
	s->stats.waiting -= lines < s->stats.waiting ? lines : s->stats.waiting;
	s->done += lines;
	recover(s);
}

/* What is written leaves the queue, where asked not before it is on the disk. */
static bool
settle(struct stream *s)
{
	if (s->done && s->fsync && s->fd >= 0 && fdatasync(s->fd) < 0 &&
	    errno != EINVAL && errno != EROFS) {
		fail(s, errno, ": lines are kept until they are safe");
		retry_later(&s->retry);
		return false;
	}
	for (; s->done && s->fed; s->done--, s->fed--)
		queue_delivered(&s->queue, queue_take(&s->queue));
	s->done = 0;
	return true;
}

/* The next alerts, when all before them are written. */
static void
feed(struct stream *s)
{
	if (s->fed || s->pending.len)
		return;
	queue_refill(&s->queue);
	for (struct queue_item *item = s->queue.first;
	     item && s->pending.len < STREAM_CHUNK; item = item->next) {
		buffer_add(&s->pending, queue_body(item));
		if (buffer_failed(&s->pending)) {
			buffer_clear(&s->pending);
			s->fed = 0;
			return;
		}
		s->fed++;
	}
}

static int on_writable(sd_event_source *source, int fd, uint32_t events, void *user);

static void
wait_writable(struct stream *s)
{
	if (s->writable)
		(void)sd_event_source_set_enabled(s->writable, SD_EVENT_ONESHOT);
	else if (sd_event_add_io(s->loop, &s->writable, s->fd, EPOLLOUT, on_writable,
				 s) < 0 ||
		 sd_event_source_set_enabled(s->writable, SD_EVENT_ONESHOT) < 0)
		retry_later(&s->retry);
}

static void
give_up(struct stream *s, int error)
{
	s->gone = true;
	close_fd(s);
	s->stats.dropped += s->stats.waiting + s->queue.n;
	for (struct queue_item *item; (item = queue_take(&s->queue));)
		queue_give_up(&s->queue, item);
	s->fed = s->done = 0;
	s->stats.waiting = 0;
	buffer_clear(&s->pending);
	s->written = 0;
	fail(s, error, ": nobody reads standard output any more; restart to go on");
}

static void
write_failed(struct stream *s, int error)
{
	if (error == EAGAIN) {
		wait_writable(s);
		return;
	}
	if (error == EPIPE && s->stdout_chosen) {
		give_up(s, error);
		return;
	}
	if (error == EPIPE) {
		/* Whoever reads next gets the line as a whole. */
		close_fd(s);
		s->written = line_start(s);
	}
	take_back(s);
	fail(s, error,
	     error == ENOSPC || error == EDQUOT ? ": free space; lines wait in memory"
						: "");
	retry_later(&s->retry);
}

static void
write_pending(struct stream *s)
{
	follow_rotation(s);
	int r = open_target(s);
	if (r < 0) {
		fail(s, -r,
		     r == -ENXIO ? ": nobody has it open for reading"
				 : ": check that the folder exists and that user "
				   "sipvigil may write there");
		retry_later(&s->retry);
		return;
	}
	while (s->written < s->pending.len) {
		ssize_t n = write_some(s);
		if (n == -EINTR)
			continue;
		if (n < 0) {
			write_failed(s, (int)-n);
			break;
		}
		written(s, (size_t)n);
	}
	compact(s);
}

static void
flush(struct stream *s)
{
	size_t left = STREAM_TURN;

	if (s->gone)
		return;
	/* Before anything is written: what a killed daemon left. */
	if (!s->repaired && !s->fed)
		(void)open_target(s);
	do {
		feed(s);
		if (s->pending.len)
			write_pending(s);
		if (!settle(s))
			return;
	} while (!s->pending.len && s->queue.n && --left);
	if (!left && s->deferred)
		(void)sd_event_source_set_enabled(s->deferred, SD_EVENT_ONESHOT);
}

static int
on_writable(sd_event_source *source, int fd, uint32_t events, void *user)
{
	(void)source;
	(void)fd;
	(void)events;
	flush(user);
	return 0;
}

static int
on_deferred(sd_event_source *source, void *user)
{
	(void)source;
	flush(user);
	return 0;
}

static int
on_retry(sd_event_source *source, uint64_t usec, void *user)
{
	struct stream *s = user;

	(void)source;
	(void)usec;
	retry_fired(&s->retry);
	flush(s);
	return 0;
}

/* A line was rendered at the end of pending, from `begin` on. */
static bool
line_added(struct stream *s, size_t begin)
{
	buffer_add_char(&s->pending, '\n');
	if (!buffer_failed(&s->pending) && s->pending.len <= STREAM_MAX_PENDING) {
		s->stats.waiting++;
		return true;
	}
	s->pending.len = begin;
	s->pending.failed = false;
	s->stats.dropped++;
	return false;
}

static void
stream_alert(struct output *output, const struct sv_alert *alert)
{
	struct stream *s = stream_of(output);

	buffer_clear(&s->line);
	render_alert_json(&s->line, alert, &s->id, loop_clock(s->loop));
	buffer_add_char(&s->line, '\n');
	if (buffer_failed(&s->line) || s->gone) {
		s->stats.dropped++;
		return;
	}
	if (queue_full(&s->queue) && s->fed) {
		s->stats.dropped++; /* the oldest ones are being written */
		return;
	}
	queue_push(&s->queue, 0, str_of(alert->id), buffer_str(&s->line));
}

static void
stream_drain(struct output *output)
{
	struct stream *s = stream_of(output);

	if (!s->retry.armed)
		flush(s);
}

static void
stream_event(struct output *output, const struct sv_event *event)
{
	struct stream *s = stream_of(output);
	size_t begin = s->pending.len;

	if (s->gone || !expr_test(s->where, event))
		return;
	render_event_json(&s->pending, event);
	if (!line_added(s, begin))
		return;
	/* Nothing to gain while a retry or a slow reader is waited for. */
	if (s->pending.len - s->written >= STREAM_CHUNK && !s->stats.down_since)
		flush(s);
	else if (s->deferred)
		(void)sd_event_source_set_enabled(s->deferred, SD_EVENT_ONESHOT);
}

static void
no_alert(struct output *output, const struct sv_alert *alert)
{
	(void)output;
	(void)alert;
}

static int
stream_start(struct output *output)
{
	struct stream *s = stream_of(output);
	int r = sd_event_add_defer(s->loop, &s->deferred, on_deferred, s);

	if (r < 0)
		return r;
	r = sd_event_source_set_enabled(s->deferred, SD_EVENT_OFF);
	if (r < 0)
		return r;
	r = open_target(s);
	if (r < 0)
		fail(s, -r,
		     ": check that the folder exists and that user sipvigil may "
		     "write there");
	flush(s);
	return 0;
}

static uint64_t
waiting(const struct stream *s)
{
	return s->stats.waiting + queue_waiting(&s->queue);
}

static void
stream_stop(struct output *output, sv_usec timeout)
{
	struct stream *s = stream_of(output);
	sv_usec end = loop_now(NULL) + timeout, now;

	/* A slow reader is waited for; one that does not read at all uses up the time.
	 */
	flush(s);
	while ((now = loop_now(NULL)) < end && s->fd >= 0 && !s->stats.down_since &&
	       (s->written < s->pending.len || s->queue.n)) {
		struct pollfd pfd = { .fd = s->fd, .events = POLLOUT };
		if (poll(&pfd, 1, (int)((end - now) / SV_USEC_PER_MSEC) + 1) <= 0)
			break;
		flush(s);
	}
	if (waiting(s))
		log_warning("stream %s: %" PRIu64 " lines are not written%s", s->title,
			    waiting(s),
			    s->queue.spool ? " yet: that is done after the next start"
					   : "");
}

static void
stream_stats(const struct output *output, struct output_stats *ret_stats)
{
	const struct stream *s = (const struct stream *)output;

	*ret_stats = s->stats;
	ret_stats->waiting = waiting(s);
	ret_stats->next_try = s->stats.down_since ? retry_when(&s->retry) : 0;
	ret_stats->dropped += queue_dropped(&s->queue);
}

static void
stream_free(struct output *output)
{
	struct stream *s = stream_of(output);

	retry_done(&s->retry);
	s->deferred = sd_event_source_disable_unref(s->deferred);
	close_fd(s);
	buffer_done(&s->pending);
	buffer_done(&s->line);
	queue_done(&s->queue);
	expr_free(s->where);
	sd_event_unref(s->loop);
	free(s->title);
	free(s->path);
	free(s);
}

static const struct output_ops alert_ops = {
	.kind = "stream",
	.start = stream_start,
	.alert = stream_alert,
	.drain = stream_drain,
	.stop = stream_stop,
	.stats = stream_stats,
	.free = stream_free,
};

static const struct output_ops event_ops = {
	.kind = "stream",
	.start = stream_start,
	.alert = no_alert,
	.drain = stream_drain,
	.event = stream_event,
	.stop = stream_stop,
	.stats = stream_stats,
	.free = stream_free,
};

int
stream_output_new(const struct stream_output_spec *spec,
		  const struct output_identity *id, sd_event *loop,
		  struct output **ret_output, char *reterr_problem)
{
	struct stream *s = calloc(1, sizeof(*s));
	int r = -ENOMEM;

	reterr_problem[0] = '\0';
	if (!s)
		return -ENOMEM;
	s->base.ops = spec->what == OUTPUT_EVENTS ? &event_ops : &alert_ops;
	s->fd = -1;
	s->loop = sd_event_ref(loop);
	s->title = strdup(spec->title);
	s->stdout_chosen = strcmp(spec->path, "-") == 0;
	s->path = strdup(s->stdout_chosen ? "standard output" : spec->path);
	s->id = (struct render_identity){ id->host, id->version };
	s->fsync = spec->fsync;
	s->retry = (struct retry){ .loop = loop,
				   .handler = on_retry,
				   .user = s,
				   .least = SV_USEC_PER_SEC,
				   .most = 30 * SV_USEC_PER_SEC };
	buffer_init(&s->pending);
	buffer_init(&s->line);
	queue_init(&s->queue, STREAM_MAX_ALERTS);
	if (!s->title || !s->path)
		goto fail;
	/* What went to standard output is gone with whoever read it. */
	if (spec->what == OUTPUT_ALERTS && !s->stdout_chosen)
		r = output_spool(&s->queue, id, "stream", spec->title);
	else
		r = 0;
	if (r < 0)
		goto fail;
	s->base.title = s->title;
	r = output_filter_new(spec->where, &s->where, reterr_problem);
	if (r < 0)
		goto fail;
	*ret_output = &s->base;
	return 0;
fail:
	stream_free(&s->base);
	return r;
}
