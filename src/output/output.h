/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Outputs deliver alerts (and, where asked, settled events) to other programs. Each one
 * hangs on the loop, never blocks it, keeps what it cannot deliver in a bounded queue,
 * in order, and counts what the bound cost. An output renders an alert at once; it
 * never keeps the caller's struct.
 */
#pragma once

#include <expr/expr.h>
#include <sipvigil/alert.h>
#include <systemd/sd-event.h>

struct output;
struct spool;

enum output_what { OUTPUT_ALERTS, OUTPUT_EVENTS };

/** Who we are, for envelopes. Owned by the caller, outlives the outputs. */
struct output_identity {
	const char *host;     /* host name */
	const char *instance; /* "main" */
	const char *version;
	const struct spool *spool; /* NULL: backlogs live in memory */
};

struct stream_output_spec {
	const char *title;
	const char *path; /* "-" = standard output */
	enum output_what what;
	const char *where; /* expression over events; alerts: NULL */
	bool fsync;
};

struct journal_output_spec {
	const char *title;
};

struct kafka_output_spec {
	const char *title;
	const char *brokers;
	const char *alerts_topic;      /* "" = none */
	const char *state_topic;       /* compacted alert state, "" = none */
	const char *events_topic;      /* "" = none */
	const char *heartbeat_topic;   /* "" = none */
	const char *events_where;      /* expression or NULL */
	const char *const *properties; /* "name=value", passed to librdkafka */
	size_t n_properties;
	bool structured;  /* CloudEvents structured mode instead of binary */
	size_t queue_max; /* alerts kept while the broker is away; default 10000 */
};

struct nagios_output_spec {
	const char *title;
	const char *command_file;
	const char *host;            /* as Nagios knows it */
	sv_usec heartbeat;           /* default 60 s */
	const char *const *services; /* all services of the rules, for heartbeats */
	size_t n_services;
	size_t queue_max; /* default 1000 */
};

struct exec_output_spec {
	const char *title;
	const char *const *command; /* argv, no shell */
	size_t n_command;
	sv_usec timeout;  /* default 10 s */
	sv_usec give_up;  /* an alert that the program refuses; default 10 min */
	size_t queue_max; /* default 1000 */
};

/** What the Nagios output and check_sipvigil say of a service besides alerts. */
struct output_health {
	bool has_data;  /* a readable line was delivered at least once */
	char note[200]; /* worst trouble of the inputs in words, or "" */
	double input_lag_sec;
};

struct output_stats {
	uint64_t delivered, waiting, dropped, failed;
	sv_usec down_since; /* clock; 0 = up */
	sv_usec next_try;   /* clock; 0 = none is planned */
	char problem[200];  /* "" or what is wrong, with the remedy */
};

struct output_ops {
	const char *kind; /* "kafka" */
	int (*start)(struct output *output);
	/** Render and queue; nothing is sent before drain(). */
	void (*alert)(struct output *output, const struct sv_alert *alert);
	/** What was queued is safe in the spool: send it. */
	void (*drain)(struct output *output);
	/** An alert as it is, for those that tell how things stand, when nothing is to
	 *  be sent for it: it was open already when the output was made, or the output
	 *  has had this transition before a crash. May be NULL. */
	void (*known)(struct output *output, const struct sv_alert *alert);
	void (*event)(struct output *output,
		      const struct sv_event *event); /* may be NULL */
	/** State of the inputs, once a second; may be NULL. */
	void (*health)(struct output *output, const struct output_health *health);
	/** Deliver what waits, for at most `timeout`. */
	void (*stop)(struct output *output, sv_usec timeout);
	void (*stats)(const struct output *output, struct output_stats *ret_stats);
	void (*free)(struct output *output);
};

/** First member of every output. */
struct output {
	const struct output_ops *ops;
	const char *title;
};

/** Bytes of a problem text with its NUL. */
#define OUTPUT_PROBLEM_BYTES 200

/** 0 or negative errno; reterr_problem (OUTPUT_PROBLEM_BYTES) then says what and the
 *  remedy, or is "" when memory ran out. Nothing is opened before ops->start. */
int stream_output_new(const struct stream_output_spec *spec,
		      const struct output_identity *id, sd_event *loop,
		      struct output **ret_output, char *reterr_problem);
int journal_output_new(const struct journal_output_spec *spec,
		       const struct output_identity *id, sd_event *loop,
		       struct output **ret_output, char *reterr_problem);
int kafka_output_new(const struct kafka_output_spec *spec,
		     const struct output_identity *id, sd_event *loop,
		     struct output **ret_output, char *reterr_problem);
int nagios_output_new(const struct nagios_output_spec *spec,
		      const struct output_identity *id, sd_event *loop,
		      struct output **ret_output, char *reterr_problem);
int exec_output_new(const struct exec_output_spec *spec,
		    const struct output_identity *id, sd_event *loop,
		    struct output **ret_output, char *reterr_problem);

static inline void
output_free(struct output *output)
{
	if (output)
		output->ops->free(output);
}

/* What the outputs share among themselves. */

/** Writes a problem text, cut to OUTPUT_PROBLEM_BYTES. */
__attribute__((format(printf, 2, 3))) void output_problem(char *reterr_problem,
							  const char *format, ...);
struct queue;
/** Ties the queue to the identity's spool, if it has one, as "KIND:TITLE". 0, -ENOMEM */
int output_spool(struct queue *queue, const struct output_identity *id,
		 const char *kind, const char *title);
/** Program of an event filter, NULL for no text: everything. -EINVAL with the mistake
 *  in reterr_problem. */
int output_filter_new(const char *text, struct expr **ret_filter, char *reterr_problem);
