/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Inside of the syslog receiver, for the files syslog*.c alone.
 *
 *   syslog.c             the input: start, stop, every second, counters
 *   syslog_new.c         its settings
 *   syslog_listen.c      the words that say where syslog comes in
 *   syslog_socket.c      its sockets: made, taken over from systemd or from the input
 *                        that stood here before a reload
 *   syslog_datagram.c    UDP and unix datagrams, many a call, into memory made once
 *   syslog_connection.c  TCP and TLS: accept, read, time limits
 *   syslog_frame.c       where a message ends in a stream of bytes
 *   syslog_tls.c         OpenSSL
 *   syslog_sender.c      who sends: one source each, the stalest is forgotten
 *   syslog_saved.c       what survives a restart
 *
 * The kernel says who sends; no text does, but for that of relays. What a sender that
 * is not permitted sends is dropped before it is looked at.
 */
#pragma once

#include "input/input.h"
#include "input/syslog_frame.h"

#include <base/address.h>
#include <base/log.h>
#include <sys/types.h>

/** Most sockets of one input: systemd may hand over several under one name. */
#define SYSLOG_MAX_SOCKETS SYSLOG_LISTEN_MAX
/** Datagrams of one call of the kernel, and calls of one turn of the loop. */
#define SYSLOG_BATCH 64
#define SYSLOG_BATCHES 16
/** Connections accepted in one turn. */
#define SYSLOG_ACCEPTS 64
/** Longest name of a host that a relay may give. */
#define SYSLOG_HOST_MAX 128
#define SYSLOG_NAME_BYTES 320

struct syslog;
struct syslog_batch;
struct syslog_connection;
struct syslog_tls;

/** Where messages come in. */
struct syslog_socket {
	struct syslog *in;
	const char *word; /* of the settings */
	size_t nth;       /* of those that systemd hands over under one name */
	struct syslog_listen listen;
	int fd; /* -1: not open */
	int error;
	bool datagrams, local; /* unix */
	sd_event_source *io;
	uint64_t cookie; /* the kernel's own number of it */
	dev_t device;    /* of a path: what stands there, */
	ino_t inode;
	uint64_t drops;    /* datagrams of it that the kernel has dropped ever, */
	uint64_t untold;   /* those that were not told yet, */
	sv_usec tell_next; /* and not before this moment */
};

/** One who sends: an address, a host behind a relay, or the programs of this host. */
struct syslog_sender {
	struct syslog_sender *chain;         /* of its bucket */
	struct syslog_sender *older, *newer; /* by last record */
	struct syslog_sender *touched_next;
	bool relayed;    /* a relay named its host */
	bool touched;    /* it had a record in this turn of the loop */
	struct sv_ip ip; /* family 0: programs of this host */
	uint64_t hash;
	void *user;               /* the sink's */
	sv_usec last;             /* monotonic: when its last record came */
	sv_usec datagram;         /* likewise its last datagram, 0 = none */
	uint64_t minute;          /* the present one, */
	uint32_t brought, before; /* its records, and those of the one before */
	uint32_t burst;           /* records since losses were looked for last */
	struct sv_str host;       /* as records name it */
	char text[];              /* of host, with NUL */
};

struct syslog_senders {
	struct syslog_sender **buckets;
	size_t n_buckets, n, max;
	struct syslog_sender *oldest, *newest, *touched;
	struct syslog_sender *last;   /* found last */
	struct syslog_sender *others; /* all for whom there is no room; in no bucket */
};

/** One message on its way to the sink. */
struct syslog_message {
	struct sv_str text;
	struct sv_ip ip;  /* family 0: a program of this host */
	sv_usec received; /* CLOCK_REALTIME */
	bool truncated;
	bool connected; /* the sender knows when it does not come through */
};

/** Packed by an earlier run, until the input is started. */
struct syslog_saved {
	char *bytes; /* owned */
	size_t len;
};

struct syslog {
	struct input input;
	struct syslog_spec spec; /* its texts are owned */
	char *name;              /* "syslog:boxes" */
	sd_event *loop;
	struct input_sink sink;
	struct prefix *allow, *relays;
	uid_t *users;
	size_t n_users;
	struct syslog_socket sockets[SYSLOG_MAX_SOCKETS];
	size_t n_sockets;
	struct syslog_senders senders;
	struct syslog_batch *batch;
	struct syslog_connection *connections; /* a list */
	size_t n_connections;
	struct syslog_tls *tls;
	int tls_error;
	sd_event_source *timer, *more;
	sv_usec started, now; /* monotonic; of this turn */
	bool live;            /* the backlog of before the start is read */
	bool held;            /* a record waits for other sources */
	bool stopping;
	sv_usec newest; /* arrival of the newest record of this turn */
	struct complaint refused, full, failed;
	uint64_t broken;     /* messages lost with connections, not told yet, */
	sv_usec broken_next; /* and not before this moment */

	struct syslog_counts counts;
	struct input_stats stats;
	struct syslog_saved saved;
};

/* ---- syslog.c ---- */

int syslog_start(struct input *input);
void syslog_stop(struct input *input);
void syslog_drain(struct input *input);
void syslog_stats(const struct input *input, struct input_stats *ret_stats);
/** To the sink. False: not now, other sources are behind it in time; once more later. */
bool syslog_deliver(struct syslog *in, const struct syslog_message *message);
/** News of loss, of all that sent of late; `lost` 0 = nobody knows how many. */
void syslog_tell_loss(struct syslog *in, uint64_t lost, const char *text);
void syslog_tell_loss_of(struct syslog *in, struct syslog_sender *sender, uint64_t lost,
			 const char *text);
/** May it send? Counted and said if not. */
bool syslog_permits(struct syslog *in, const struct sv_ip *ip);
/** Likewise, and nothing else. */
bool syslog_is_allowed(const struct syslog *in, const struct sv_ip *ip);
/** After the records of a turn: `drained` = nothing is left to read. */
void syslog_turn_done(struct syslog *in, bool drained);
/** Read on at the next turn of the loop. */
void syslog_again(struct syslog *in);

/* ---- syslog_socket.c ---- */

/** Fills in->sockets by the settings; opens nothing. */
int syslog_sockets_init(struct syslog *in);
/** Opens what is not open. Number of those that are not. */
size_t syslog_sockets_open(struct syslog *in);
void syslog_sockets_close(struct syslog *in);
/** Takes the connections that wait and then no more; systemd keeps its sockets. */
void syslog_listeners_close(struct syslog *in);
/** Tells what the kernel dropped since the last look. */
void syslog_sockets_count(struct syslog *in);
/** The worst of what is wrong, or "". */
void syslog_sockets_problem(const struct syslog *in, char *out, size_t cap);
/** Where it listens now, as a word: the kernel may have chosen the port. */
void syslog_socket_place(const struct syslog_socket *socket, char *out, size_t cap);
/** The kernel's number of a socket, 0 = it has none. */
uint64_t syslog_socket_cookie(int fd);
/** Address without port, IPv4 within IPv6 as IPv4; family 0 for others. */
struct sv_ip syslog_socket_ip(const void *sockaddr);

/* ---- syslog_datagram.c ---- */

int syslog_batch_new(const struct syslog *in, struct syslog_batch **ret_batch);
void syslog_batch_free(struct syslog_batch *batch);
/** Reads a socket, a budget at a time. True: it is drained. */
bool syslog_datagrams_read(struct syslog_socket *socket, unsigned batches);
/** Delivers what waits in memory. True: nothing does any more. */
bool syslog_batch_resume(struct syslog *in);

/* ---- syslog_connection.c ---- */

void syslog_accept(struct syslog_socket *socket);
void syslog_connections_tick(struct syslog *in, sv_usec now);
/** Delivers what waits in memory. True: nothing does any more. */
bool syslog_connections_resume(struct syslog *in);
/** Says so to the other sides, takes what the kernel has, for at most `patience` what is
 *  on its way, and closes. */
void syslog_connections_close(struct syslog *in, sv_usec patience);

/* ---- syslog_sender.c ---- */

int syslog_senders_init(struct syslog_senders *senders, size_t max);
/** All sources are closed. */
void syslog_senders_done(struct syslog *in);
/** The sender, made if it is new; NULL without memory. `host` empty: it is its address.
 *  `saved`: what the sink packed for it. */
struct syslog_sender *syslog_sender_get(struct syslog *in, const struct sv_ip *ip,
					struct sv_str host, struct sv_str saved);

/** A new look at who sends how much. */
void syslog_senders_calm(struct syslog *in);

/* ---- syslog_saved.c ---- */

void syslog_save(const struct input *input, struct pack *out);
int syslog_restore(struct input *input, struct unpack *in);
/** The senders of before the restart are there again; what was missed meanwhile is
 *  told. */
void syslog_resume_senders(struct syslog *in);
/** A socket of the same word that is open in this process, or was open before a
 *  restart: *ret_fd is a copy of it or -1, *ret_drops what was told of it. */
bool syslog_saved_socket(const struct syslog *in, const char *word, uint64_t cookie,
			 int *ret_fd, uint64_t *ret_drops);
