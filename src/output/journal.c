/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Alerts as structured journal entries: `journalctl
 * MESSAGE_ID=a5099336d21d43b696773fcb28f9a57b` or `journalctl SIPVIGIL_RULE=trunk-down`
 * finds them.
 *
 * An entry is a datagram for journald; when journald is away or does not read, entries
 * wait and are sent in their order later. Loop thread only.
 */
#include "output/output.h"

#include "alert/render.h"
#include "base/address.h"
#include "base/log.h"
#include "base/text.h"
#include "output/journal_send.h"
#include "output/queue.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#define JOURNAL_MESSAGE_ID "a5099336d21d43b696773fcb28f9a57b"
/* Alerts kept while journald is away. */
#define JOURNAL_QUEUE_MAX 1000
/* Entries in one turn of the loop. */
#define MAX_PER_TURN 200
/* A full queue is read on soon, unless nothing was for so long. */
#define FULL_USEC (100 * SV_USEC_PER_MSEC)
#define STALLED_USEC (3 * SV_USEC_PER_SEC)
#define JOURNAL_MAX_VALUE ((size_t)2048)

struct journal {
	struct output base;
	sd_event *loop;
	char *title;
	struct render_identity id;
	int fd;               /* -1: no socket yet */
	sv_usec full_since;   /* monotonic: journald takes nothing since; 0 */
	struct queue queue;   /* bodies: NUL-terminated fields, one after the other */
	struct buffer fields; /* of the alert at hand */
	struct retry retry;
	struct complaint complaint;
	struct output_stats stats;
};

static struct journal *
journal_of(struct output *output)
{
	return (struct journal *)output;
}

/* syslog(3) levels: critical, warning, notice; informational for what is held back. */
static int
priority(const struct sv_alert *alert)
{
	if (sv_alert_is_held(alert))
		return 6;
	switch (alert->severity) {
	case SV_SEVERITY_CRITICAL:
		return 2;
	case SV_SEVERITY_WARNING:
	case SV_SEVERITY_UNKNOWN:
		return 4;
	case SV_SEVERITY_OK:
		return 5;
	}
	return 5;
}

static void
add_field(struct buffer *buf, const char *name, struct sv_str value)
{
	if (!value.len)
		return;
	buffer_add_cstr(buf, name);
	buffer_add_char(buf, '=');
	buffer_add_clean(buf, value, JOURNAL_MAX_VALUE);
	buffer_add_char(buf, '\0');
}

/* SIPVIGIL_KEY_PEER_IP=203.0.113.9: names of ours, so upper case is all they need. */
static void
add_keys(struct buffer *buf, const struct sv_alert *alert)
{
	for (size_t i = 0; i < alert->n_key && i < SV_ALERT_MAX_KEY_PARTS; i++) {
		char name[48] = "SIPVIGIL_KEY_";
		size_t at = strlen(name);
		struct sv_str field = str_upto(alert->key[i].field, 32);
		for (size_t j = 0; j < field.len; j++) {
			char c = field.ptr[j];
			bool lower = c >= 'a' && c <= 'z';
			bool plain = (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
			name[at++] = lower ? (char)(c - 'a' + 'A') : plain ? c : '_';
		}
		name[at] = '\0';
		add_field(buf, name, alert->key[i].value);
	}
}

static void
render_fields(struct journal *j, const struct sv_alert *alert)
{
	struct buffer *buf = &j->fields;
	char ip[ADDRESS_TEXT_BYTES];

	buffer_clear(buf);
	buffer_add(buf, SV_STR("MESSAGE="));
	render_alert_line(buf, alert);
	buffer_add_char(buf, '\0');
	add_field(buf, "MESSAGE_ID", SV_STR(JOURNAL_MESSAGE_ID));
	buffer_addf(buf, "PRIORITY=%d%c", priority(alert), '\0');
	add_field(buf, "SYSLOG_IDENTIFIER", SV_STR("sipvigild"));
	add_field(buf, "SIPVIGIL_ID", str_of(alert->id));
	add_field(buf, "SIPVIGIL_INCIDENT", str_of(alert->incident));
	add_field(buf, "SIPVIGIL_STATE", str_of(render_state_name(alert->state)));
	add_field(buf, "SIPVIGIL_SEVERITY",
		  str_of(render_severity_name(alert->severity)));
	add_field(buf, "SIPVIGIL_PREVIOUS",
		  str_of(render_severity_name(alert->previous)));
	buffer_addf(buf, "SIPVIGIL_SEQUENCE=%" PRIu32 "%c", alert->sequence, '\0');
	buffer_addf(buf, "SIPVIGIL_TIME_USEC=%" PRIu64 "%c", alert->time, '\0');
	add_field(buf, "SIPVIGIL_RULE", alert->rule);
	add_field(buf, "SIPVIGIL_SERVICE", alert->service);
	add_field(buf, "SIPVIGIL_FINGERPRINT", alert->fingerprint);
	add_field(buf, "SIPVIGIL_MODE", str_of(render_mode_name(alert)));
	add_field(buf, "SIPVIGIL_SILENCED", alert->silenced);
	add_field(buf, "SIPVIGIL_INHIBITED", alert->inhibited);
	add_field(buf, "SIPVIGIL_REASON", alert->reason);
	add_field(buf, "SIPVIGIL_PEER", alert->peer);
	if (address_print(&alert->peer_ip, ip))
		add_field(buf, "SIPVIGIL_PEER_IP", str_of(ip));
	add_field(buf, "SIPVIGIL_HOST", alert->host);
	add_keys(buf, alert);
	buffer_add(buf, SV_STR("SIPVIGIL_JSON="));
	render_alert_json(buf, alert, &j->id, loop_clock(j->loop));
	buffer_add_char(buf, '\0');
}

static void
fail(struct journal *j, int error)
{
	output_problem(j->stats.problem,
		       "systemd-journald does not take entries: %s "
		       "(systemctl status systemd-journald)",
		       strerror(error));
	if (!j->stats.down_since)
		j->stats.down_since = loop_clock(j->loop);
	complain(&j->complaint, loop_now(j->loop), LOG_LEVEL_WARNING, "journal %s: %s",
		 j->title, j->stats.problem);
}

/* Its queue is full: journald is slow, or does not read at all. */
static void
wait_for_room(struct journal *j)
{
	sv_usec now = loop_now(NULL);

	if (!j->full_since)
		j->full_since = now;
	if (now - j->full_since < STALLED_USEC) {
		retry_in(&j->retry, FULL_USEC);
		return;
	}
	fail(j, EAGAIN);
	retry_later(&j->retry);
}

static bool
send_first(struct journal *j)
{
	int r = j->fd < 0 ? journal_send_open() : j->fd;

	if (r >= 0) {
		j->fd = r;
		r = journal_send(j->fd, queue_body(j->queue.first));
	}
	if (r == -EAGAIN) {
		wait_for_room(j);
	} else if (r < 0) {
		fail(j, -r);
		retry_later(&j->retry);
	}
	return r >= 0;
}

static void
recover(struct journal *j)
{
	j->full_since = 0;
	if (!j->stats.down_since)
		return;
	j->stats.down_since = 0;
	j->stats.problem[0] = '\0';
	retry_reset(&j->retry);
	release(&j->complaint, "journal %s: journald takes entries again", j->title);
}

static void
drain(struct journal *j)
{
	size_t left = MAX_PER_TURN;

	queue_refill(&j->queue);
	while (j->queue.first) {
		if (!left--) {
			retry_in(&j->retry, 0);
			return;
		}
		if (!send_first(j))
			return;
		recover(j);
		queue_delivered(&j->queue, queue_take(&j->queue));
		queue_refill(&j->queue);
		j->stats.delivered++;
	}
}

static int
on_retry(sd_event_source *source, uint64_t usec, void *user)
{
	struct journal *j = user;

	(void)source;
	(void)usec;
	retry_fired(&j->retry);
	drain(j);
	return 0;
}

static void
journal_alert(struct output *output, const struct sv_alert *alert)
{
	struct journal *j = journal_of(output);

	render_fields(j, alert);
	if (buffer_failed(&j->fields)) {
		j->stats.failed++;
		return;
	}
	queue_push(&j->queue, 0, SV_STR(""), buffer_str(&j->fields));
}

static void
journal_drain(struct output *output)
{
	struct journal *j = journal_of(output);

	if (!j->retry.armed)
		drain(j);
}

static int
journal_start(struct output *output)
{
	(void)output;
	return 0;
}

static void
journal_stop(struct output *output, sv_usec timeout)
{
	struct journal *j = journal_of(output);
	sv_usec end = loop_now(NULL) + timeout;
	const struct timespec pause = { 0, 10000000 };

	do {
		drain(j);
		if (j->full_since)
			(void)nanosleep(&pause, NULL);
	} while (queue_waiting(&j->queue) && !j->stats.down_since &&
		 loop_now(NULL) < end);
	if (queue_waiting(&j->queue))
		log_warning("journal %s: %" PRIu64 " entries are not written%s",
			    j->title, queue_waiting(&j->queue),
			    j->queue.spool ? " yet: that is done after the next start"
					   : "");
}

static void
journal_stats(const struct output *output, struct output_stats *ret_stats)
{
	const struct journal *j = (const struct journal *)output;

	*ret_stats = j->stats;
	ret_stats->waiting = queue_waiting(&j->queue);
	ret_stats->dropped = queue_dropped(&j->queue);
	ret_stats->next_try = j->stats.down_since ? retry_when(&j->retry) : 0;
}

static void
journal_free(struct output *output)
{
	struct journal *j = journal_of(output);

	if (j->fd >= 0)
		(void)close(j->fd);
	retry_done(&j->retry);
	queue_done(&j->queue);
	buffer_done(&j->fields);
	sd_event_unref(j->loop);
	free(j->title);
	free(j);
}

static const struct output_ops ops = {
	.kind = "journal",
	.start = journal_start,
	.alert = journal_alert,
	.drain = journal_drain,
	.stop = journal_stop,
	.stats = journal_stats,
	.free = journal_free,
};

int
journal_output_new(const struct journal_output_spec *spec,
		   const struct output_identity *id, sd_event *loop,
		   struct output **ret_output, char *reterr_problem)
{
	struct journal *j = calloc(1, sizeof(*j));

	reterr_problem[0] = '\0';
	if (!j)
		return -ENOMEM;
	j->base.ops = &ops;
	j->fd = -1;
	j->loop = sd_event_ref(loop);
	j->id = (struct render_identity){ id->host, id->version };
	queue_init(&j->queue, JOURNAL_QUEUE_MAX);
	buffer_init(&j->fields);
	j->retry = (struct retry){ .loop = loop,
				   .handler = on_retry,
				   .user = j,
				   .least = SV_USEC_PER_SEC,
				   .most = 30 * SV_USEC_PER_SEC };
	j->title = strdup(spec->title);
	if (!j->title || output_spool(&j->queue, id, "journal", spec->title) < 0) {
		journal_free(&j->base);
		return -ENOMEM;
	}
	j->base.title = j->title;
	*ret_output = &j->base;
	return 0;
}
