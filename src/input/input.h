/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Inputs deliver records. Live ones (journal, tail, …) hang on an sd-event loop and
 * push; offline ones (reader.h) are pulled. Both give views that die when the sink
 * returns.
 *
 * Records of live files bear the time of their arrival (SV_TIME_RECEIVED), a bound for
 * the stamps in their text.
 *
 * A live input reads at most `budget` records per wake-up, so that no source starves
 * the others, and says when it has caught up: until then time is that of its records.
 */
#pragma once

#include <base/pack.h>
#include <sipvigil/record.h>
#include <systemd/sd-event.h>

struct input;

/** Of what goes on reading a backlog. sd-event serves an event that is always pending
 *  before all others of its priority: timers, signals and clients would have to wait
 *  until the backlog is done. */
#define INPUT_PRIORITY_MORE (SD_EVENT_PRIORITY_NORMAL + 10)

/** One source inside an input: a file input has one per file. */
struct input_source {
	const char *name;    /* "file:messages", "journal:pbx"; owned by the input */
	uint32_t id;         /* of the log: its rotated parts have the same */
	const char *path;    /* file name, or NULL */
	sv_usec reference;   /* newest time its stamps may mean (modification time or
			      clock) */
	struct sv_str saved; /* what the sink's save() packed for it, if it goes on
				from a saved position; lives during opened() */
};

struct input_sink {
	/** A new source; its return value is given to the other calls as `source_user`.
	 */
	void *(*opened)(void *user, const struct input_source *source);
	void (*record)(void *user, void *source_user, const struct sv_record *record);
	/** The source is read to its end; more may come. */
	void (*caught_up)(void *user, void *source_user);
	/** The source is gone (file deleted and read to its end), or its input was
	 * stopped. */
	void (*closed)(void *user, void *source_user);
	/** Packs what the sink must remember of the source together with its position.
	 *  May be NULL. */
	void (*save)(void *user, void *source_user, struct pack *out);
	/** Asked before each record: true = not now, read other sources first, which
	 *  are behind it in time. It is asked again at each wake-up. May be NULL. */
	bool (*hold)(void *user, void *source_user, const struct sv_record *record);
	/** The source `to`, just opened, stands in the place of `from`, which was read to
	 *  its end (rotation): what was under way there goes on here. May be NULL. */
	void (*hand_over)(void *user, void *from, void *to);
	void *user;
};

enum input_from { INPUT_FROM_END, INPUT_FROM_BEGINNING };

struct journal_spec {
	const char *title;
	const char *const *units;
	size_t n_units;
	const char *const *identifiers;
	size_t n_identifiers;
	const char *name_space; /* "" = default; "*" = all */
	const char *directory;  /* "" = the host's own journal */
	enum input_from from;
	const char *cursor; /* continue behind this entry; NULL = by `from` */
};

struct tail_spec {
	const char *title;
	const char *const *paths; /* globs */
	size_t n_paths;
	enum input_from from;
	size_t max_line_bytes; /* default SV_RECORD_MAX_BYTES */
	sv_usec poll_usec; /* polling interval where inotify does not serve; default 1 s
			    */
	size_t max_files;  /* default 256 */
	sv_usec linger_usec; /* a renamed or deleted file is read until it has not grown
				for so long: the PBX may still write to it; default 10
				min
			      */
};

/** Most of them of one receiver. */
#define SYSLOG_LISTEN_MAX 64

/** A place where syslog comes in, as a word of the configuration says it. */
enum syslog_way { SYSLOG_UDP, SYSLOG_TCP, SYSLOG_TLS, SYSLOG_UNIX, SYSLOG_HANDED };
struct syslog_listen {
	enum syslog_way way;
	struct sv_ip ip; /* UDP, TCP, TLS */
	uint16_t port;
	struct sv_str name; /* UNIX: path; HANDED: name of sockets that systemd hands
			       over; borrowed from the word */
	bool tls;           /* HANDED: its connections speak TLS */
};
/** True: `word` is one. Else *reterr_hint (may be NULL) says what was expected. */
bool syslog_listen_parse(const char *word, struct syslog_listen *ret_listen,
			 const char **reterr_hint);

/** Settings of TLS; a certificate is needed for a way in that speaks it. */
struct syslog_tls_spec {
	const char *certificate, *key; /* files, NULL = none */
	const char *ca;                /* senders must show a certificate of it */
	const char *const *peers;      /* with one of these names */
	size_t n_peers;
};

struct syslog_spec {
	const char *title;
	const char *host; /* of messages that come from this machine */
	const char *const *listen;
	size_t n_listen;
	const char *const *allow; /* prefixes; none = all may send */
	size_t n_allow;
	const char *const *relays; /* prefixes of senders whose HOSTNAME is believed */
	size_t n_relays;
	const char *const *users; /* of unix sockets; none = all */
	size_t n_users;
	bool received; /* the time of a message is that of its arrival */
	size_t max_message_bytes;
	size_t max_senders, max_connections, max_connections_per_sender;
	sv_usec idle_usec, frame_usec;
	size_t receive_buffer_bytes;
	unsigned socket_mode;
	struct syslog_tls_spec tls;
};

/** What a syslog receiver counts besides its records. */
struct syslog_counts {
	char places[256];     /* where it listens, in words */
	uint64_t lost;        /* datagrams that the kernel dropped */
	uint64_t refused;     /* messages and connections that are not permitted */
	uint64_t connections; /* open now */
	uint64_t connections_refused; /* too many */
	uint64_t connections_timed_out;
	uint64_t connections_broken; /* counts that do not fit, TLS that failed */
	uint64_t tls_refused;        /* certificates and handshakes */
	uint64_t headless;           /* rests of broken lines, dropped */
	uint64_t senders;            /* known now */
	uint64_t senders_forgotten;  /* to make room for others */
	uint64_t senders_merged;     /* records of senders for whom there was no room */
};

struct input_stats {
	uint64_t records, bytes;
	uint64_t cut;        /* records longer than the cap */
	uint64_t gaps;       /* gap records delivered */
	uint64_t reopened;   /* rotations, invalidations */
	sv_usec lag;         /* age of the newest entry delivered when it was read */
	sv_usec last_record; /* realtime clock when the last record came; 0 = never */
	bool caught_up;
	const struct syslog_counts *syslog; /* of a syslog receiver, else NULL */
	char problem[160]; /* "" or what is wrong now, with the remedy */
	char blind[128];   /* the one source that it is about, "" = all of the input */
};

struct input_ops {
	const char *kind; /* "journal", "file", "syslog" */
	int (*start)(struct input *input);
	void (*stop)(struct input *input);
	/** At the end, before all is saved: takes what would be gone with the program.
	 *  NULL: nothing would. */
	void (*drain)(struct input *input);
	void (*stats)(const struct input *input, struct input_stats *ret_stats);
	/** Packs the positions of all its sources, each with the sink's save(): what was
	 *  delivered before and nothing else. */
	void (*save)(const struct input *input, struct pack *out);
	/** Before start: go on from positions that save() packed (copied). What cannot
	 *  be found again is a gap, told by a record. 0, -ENOMEM; -EBADMSG: not taken. */
	int (*restore)(struct input *input, struct unpack *in);
	void (*free)(struct input *input);
};

/** First member of every live input. */
struct input {
	const struct input_ops *ops;
	const char *title;
};

/** 0 or negative errno; the input is not attached until input_start(). A source that is
 *  missing (no file yet, no journal yet) is no error: it is watched for. */
int journal_new(const struct journal_spec *spec, sd_event *loop,
		const struct input_sink *sink, struct input **ret_input);
/** Cursor of the last entry that was delivered before the sink returned to the loop,
 * NULL if there was none: for journal_spec.cursor. Valid until the loop runs on. */
const char *journal_cursor(const struct input *input);
int tail_new(const struct tail_spec *spec, sd_event *loop,
	     const struct input_sink *sink, struct input **ret_input);
int syslog_new(const struct syslog_spec *spec, sd_event *loop,
	       const struct input_sink *sink, struct input **ret_input);

static inline int
input_start(struct input *input)
{
	return input->ops->start(input);
}
static inline void
input_stop(struct input *input)
{
	input->ops->stop(input);
}
static inline void
input_stats_get(const struct input *input, struct input_stats *ret_stats)
{
	input->ops->stats(input, ret_stats);
}
static inline void
input_free(struct input *input)
{
	if (input)
		input->ops->free(input);
}
