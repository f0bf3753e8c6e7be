/* SPDX-License-Identifier: Apache-2.0 */
#include "input/syslog_parts.h"

#include "base/header.h"
#include "base/text.h"
#include "input/again.h"
#include "input/clock.h"

#include <string.h>

/** What waited in the kernel before the start is read in step with the other inputs, but
 *  not for longer: the kernel drops what it has no room for. */
#define IN_STEP_USEC (20 * SV_USEC_PER_SEC)
/** Records that waited for longer before they were read are a backlog. */
#define LAG_USEC (5 * SV_USEC_PER_SEC)
/** At the end no more time than this is taken by those who go on sending. */
#define DRAIN_USEC (2 * SV_USEC_PER_SEC)
/** So long connections may still bring what was on its way. */
#define LAST_WORDS_USEC (500 * SV_USEC_PER_MSEC)
/** One who sent in so long may have lost something. */
#define LOSS_NEAR (60 * SV_USEC_PER_SEC)
#define LOSS_SENDERS 64

/* ---- one message ---- */

static bool
is_among(const struct prefix *prefixes, size_t n, const struct sv_ip *ip)
{
	for (size_t i = 0; i < n; i++)
		if (prefix_contains(&prefixes[i], ip))
			return true;
	return false;
}

bool
syslog_is_allowed(const struct syslog *in, const struct sv_ip *ip)
{
	return !ip->family || !in->spec.n_allow ||
	       is_among(in->allow, in->spec.n_allow, ip);
}

bool
syslog_permits(struct syslog *in, const struct sv_ip *ip)
{
	char address[ADDRESS_TEXT_BYTES];

	if (!in->spec.n_allow)
		return true;
	const struct syslog_sender *last = in->senders.last;
	if (last && last->ip.family && address_equal(&last->ip, ip))
		return true;
	if (syslog_is_allowed(in, ip))
		return true;
	in->counts.refused++;
	address_print(ip, address);
	complain(&in->refused, in->now, LOG_LEVEL_WARNING,
		 "%s: what %s sends is dropped: 'allow' does not name it", in->name,
		 address);
	return false;
}

/* The name of a host as a relay gives it; anything else would be text of others. */
static bool
is_host_name(struct sv_str s)
{
	if (!s.len || s.len > SYSLOG_HOST_MAX)
		return false;
	for (size_t i = 0; i < s.len; i++) {
		char c = s.ptr[i];
		bool word = (unsigned char)((c | 0x20) - 'a') < 26 ||
			    (unsigned char)(c - '0') < 10;
		if (!word && c != '.' && c != '-' && c != '_' && c != ':')
			return false;
	}
	return true;
}

static struct sv_str
relayed_host(const struct syslog *in, const struct syslog_message *message)
{
	struct header header;

	if (!in->spec.n_relays || !message->ip.family ||
	    !is_among(in->relays, in->spec.n_relays, &message->ip))
		return (struct sv_str){ 0 };
	header_split_message(NULL, message->text, &header);
	return is_host_name(header.host) ? header.host : (struct sv_str){ 0 };
}

/* The empty line at the end of a SIP message is a part of it: without it, headers would
 * seem to be missing. */
static bool
ends_headers(struct sv_str s)
{
	return str_ends(s, SV_STR("\r\n\r\n")) &&
	       str_find_char(str_upto(s, s.len - 4), '\n') != STR_NONE;
}

static struct sv_str
trim_end(struct sv_str s)
{
	while (s.len &&
	       (s.ptr[s.len - 1] == '\n' || s.ptr[s.len - 1] == '\r' ||
		s.ptr[s.len - 1] == '\0') &&
	       !ends_headers(s))
		s.len--;
	return s;
}

static void
count_record(struct syslog *in, struct syslog_sender *sender,
	     const struct sv_record *record, const struct syslog_message *message)
{
	uint64_t minute = in->now / (60 * SV_USEC_PER_SEC);

	if (minute != sender->minute) {
		sender->before = minute == sender->minute + 1 ? sender->brought : 0;
		sender->brought = 0;
		sender->minute = minute;
	}
	if (!message->connected) {
		sender->brought++;
		sender->burst++;
		sender->datagram = in->now;
	}
	sender->last = in->now;
	if (!sender->touched) {
		sender->touched = true;
		sender->touched_next = in->senders.touched;
		in->senders.touched = sender;
	}
	in->stats.records++;
	in->stats.bytes += record->text.len;
	in->stats.cut += (record->flags & SV_RECORD_TRUNCATED) != 0;
	if (message->received > in->newest)
		in->newest = message->received;
}

bool
syslog_deliver(struct syslog *in, const struct syslog_message *message)
{
	struct sv_str text = trim_end(message->text);
	char address[ADDRESS_TEXT_BYTES];
	struct sv_str host = relayed_host(in, message);

	if (!text.len)
		return true;
	struct syslog_sender *sender =
		syslog_sender_get(in, &message->ip, host, (struct sv_str){ 0 });
	if (!sender)
		return true; /* out of memory */
	struct sv_record record = {
		.text = text,
		.host = sender->host,
		.time = message->received,
		/* the host's own time, before any stamp in the text */
		.time_source = in->spec.received ? SV_TIME_JOURNAL : SV_TIME_RECEIVED,
		.flags = SV_RECORD_WHOLE | SV_RECORD_SYSLOG |
			 (message->truncated ? (unsigned)SV_RECORD_TRUNCATED : 0),
		.sender = message->ip,
	};
	if (sender == in->senders.others && message->ip.family)
		record.host = str_make(address, address_print(&message->ip, address));
	if (!in->live && in->sink.hold &&
	    in->sink.hold(in->sink.user, sender->user, &record)) {
		in->held = true;
		return false;
	}
	count_record(in, sender, &record, message);
	in->sink.record(in->sink.user, sender->user, &record);
	return true;
}

/* ---- losses ---- */

void
syslog_tell_loss_of(struct syslog *in, struct syslog_sender *sender, uint64_t lost,
		    const char *text)
{
	struct sv_record gap = {
		.text = str_of(text),
		.host = sender->host,
		.flags = SV_RECORD_WHOLE | SV_RECORD_GAP,
		.time = clock_now(CLOCK_REALTIME),
		.time_source = SV_TIME_RECEIVED,
		.gap = SV_GAP_LOST,
		.lost = lost,
		.sender = sender->ip,
	};

	in->stats.gaps++;
	in->sink.record(in->sink.user, sender->user, &gap);
	if (!sender->touched && in->sink.caught_up)
		in->sink.caught_up(in->sink.user, sender->user);
}

/* It sends datagrams over the network, and did so of late. */
static bool
may_have_lost(const struct syslog *in, const struct syslog_sender *sender)
{
	return sender->ip.family && sender->datagram &&
	       in->now - sender->datagram < LOSS_NEAR;
}

/* Nobody knows whose datagrams they were: of the one who sent most, most likely. All
 * others may have lost some too. */
void
syslog_tell_loss(struct syslog *in, uint64_t lost, const char *text)
{
	struct syslog_sender *most = NULL;
	size_t n = 0;

	for (struct syslog_sender *s = in->senders.newest; s; s = s->older)
		if (may_have_lost(in, s) && (!most || s->burst > most->burst))
			most = s;
	if (!most)
		log_warning("%s: %s", in->name, text);
	for (struct syslog_sender *s = in->senders.newest; s && n < LOSS_SENDERS;
	     s = s->older) {
		if (s == most || !may_have_lost(in, s))
			continue;
		syslog_tell_loss_of(in, s, 0, text);
		n++;
	}
	if (most)
		syslog_tell_loss_of(in, most, lost, text);
}

/* ---- the loop ---- */

void
syslog_turn_done(struct syslog *in, bool drained)
{
	struct syslog_senders *all = &in->senders;
	sv_usec clock = clock_now(CLOCK_REALTIME);

	if (in->newest) {
		in->stats.last_record = clock;
		in->stats.lag = clock > in->newest ? clock - in->newest : 0;
	}
	in->newest = 0;
	in->live |= drained || in->now - in->started > IN_STEP_USEC;
	if (in->held || (!drained && in->stats.lag > LAG_USEC)) {
		in->stats.caught_up = false;
		return;
	}
	in->stats.caught_up = true;
	while (all->touched) {
		struct syslog_sender *sender = all->touched;
		all->touched = sender->touched_next;
		sender->touched = false;
		if (in->sink.caught_up)
			in->sink.caught_up(in->sink.user, sender->user);
	}
}

static int
on_more(sd_event_source *source, void *user)
{
	struct syslog *in = user;

	(void)source;
	in->now = clock_now(CLOCK_MONOTONIC);
	in->held = false;
	if (in->now - in->started > IN_STEP_USEC)
		in->live = true;
	bool done = syslog_batch_resume(in) && syslog_connections_resume(in);
	if (done)
		syslog_turn_done(in, false);
	else
		syslog_again(in);
	return 0;
}

void
syslog_again(struct syslog *in)
{
	(void)again_at_next_turn(in->loop, &in->more, on_more, in);
}

/* What waited in the kernel when the input was started. */
static void
read_backlog(struct syslog *in)
{
	bool drained = true;

	for (size_t i = 0; i < in->n_sockets && !in->held; i++)
		if (in->sockets[i].fd >= 0 && in->sockets[i].datagrams)
			drained &=
				syslog_datagrams_read(&in->sockets[i], SYSLOG_BATCHES);
	syslog_turn_done(in, drained);
	if (in->held)
		syslog_again(in);
}

static void
tick(struct syslog *in)
{
	in->now = clock_now(CLOCK_MONOTONIC);
	(void)syslog_sockets_open(in);
	syslog_sockets_count(in);
	syslog_connections_tick(in, in->now);
	syslog_sockets_problem(in, in->stats.problem, sizeof(in->stats.problem));
	in->counts.senders = in->senders.n;
	in->counts.connections = in->n_connections;
	if (!in->live)
		read_backlog(in);
}

static int
on_timer(sd_event_source *source, uint64_t due, void *user)
{
	struct syslog *in = user;

	(void)due;
	tick(in);
	int r = sd_event_source_set_time(source, in->now + SV_USEC_PER_SEC);
	return r < 0 ? r : sd_event_source_set_enabled(source, SD_EVENT_ONESHOT);
}

int
syslog_start(struct input *input)
{
	struct syslog *in = (struct syslog *)input;

	in->started = in->now = clock_now(CLOCK_MONOTONIC);
	int r = sd_event_add_time(in->loop, &in->timer, CLOCK_MONOTONIC, in->now,
				  SV_USEC_PER_MSEC, on_timer, in);
	if (r < 0)
		return r;
	(void)syslog_sockets_open(in);
	syslog_sockets_problem(in, in->stats.problem, sizeof(in->stats.problem));
	if (in->stats.problem[0])
		log_error("%s: %s", in->name, in->stats.problem);
	syslog_resume_senders(in);
	return 0;
}

static void
drain_datagrams(struct syslog *in)
{
	sv_usec until;

	in->now = clock_now(CLOCK_MONOTONIC);
	until = in->now + DRAIN_USEC;
	for (size_t i = 0; i < in->n_sockets; i++) {
		struct syslog_socket *socket = &in->sockets[i];

		if (socket->fd < 0 || !socket->datagrams ||
		    socket->listen.way == SYSLOG_HANDED)
			continue;
		while (!syslog_datagrams_read(socket, 1) && in->now < until)
			in->now = clock_now(CLOCK_MONOTONIC);
	}
}

/* What the kernel holds would be gone with the sockets. Those of systemd stay. */
void
syslog_drain(struct input *input)
{
	struct syslog *in = (struct syslog *)input;

	in->now = clock_now(CLOCK_MONOTONIC);
	in->live = in->stopping = true;
	(void)syslog_batch_resume(in);
	/* who hears that we end must not be able to come back at once */
	syslog_listeners_close(in);
	syslog_connections_close(in, LAST_WORDS_USEC);
	drain_datagrams(in);
	syslog_sockets_count(in);
	syslog_turn_done(in, true);
}

void
syslog_stop(struct input *input)
{
	struct syslog *in = (struct syslog *)input;

	in->timer = sd_event_source_disable_unref(in->timer);
	in->more = sd_event_source_disable_unref(in->more);
	in->live = true;
	syslog_connections_close(in, LAST_WORDS_USEC);
	syslog_senders_done(in);
	syslog_sockets_close(in);
}

void
syslog_stats(const struct input *input, struct input_stats *ret_stats)
{
	const struct syslog *in = (const struct syslog *)input;

	*ret_stats = in->stats;
	ret_stats->syslog = &in->counts;
}
