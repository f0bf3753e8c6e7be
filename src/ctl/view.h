/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the control room sees of the daemon: plain facts, filled by the daemon when a
 * command asks, and the few things that it may ask for. The control room knows neither
 * inputs nor outputs nor the configuration.
 *
 * All text and arrays are borrowed and live until the command is answered. Loop thread
 * only.
 */
#pragma once

#include <alert/gate.h>
#include <alert/render.h>
#include <base/shapes.h>
#include <engine/engine.h>
#include <engine/ledger.h>
#include <store/history.h>

/** One source: a file, a journal; or an input that has found none yet. */
struct view_source {
	const char *name;    /* "file:messages" */
	const char *kind;    /* "file", "journal" */
	const char *dialect; /* found so far, or NULL */
	const char *problem; /* "" or what is wrong now, with the remedy */
	uint64_t records;    /* lines and journal entries */
	uint64_t bytes;
	uint64_t events;    /* records that told of SIP attempts */
	uint64_t skipped;   /* lines of the PBX that tell nothing of failures */
	uint64_t malformed; /* look like a template but cannot be trusted */
	uint64_t foreign;   /* not of this PBX */
	uint64_t told;      /* records that told an event or are a part of one */
	uint64_t others;    /* of another program, by the name that the log gives */
	uint64_t unknown; /* not understood: of no PBX, not to be trusted, or worded as
			       no known message is */
	struct shapes *shapes; /* of those, NULL = none came since the start */
	uint64_t gaps;
	uint64_t cut;         /* longer than the cap */
	sv_usec lag;          /* age of the newest entry when it was read */
	double lines_per_sec; /* over the last minute */
	bool has_data;        /* a readable line came at least once */
	bool caught_up;
};

/** A syslog receiver; its senders are sources. */
struct view_syslog {
	const char *name;   /* "syslog:boxes" */
	const char *places; /* where it listens: "udp:[::]:5514 tcp:[::]:5514" */
	uint64_t senders, connections; /* now */
	uint64_t lost;                 /* datagrams that the kernel dropped */
	uint64_t refused;              /* not permitted */
	uint64_t connections_refused;  /* too many */
	uint64_t connections_timed_out, connections_broken;
	uint64_t tls_refused;
	uint64_t headless;          /* rests of broken lines */
	uint64_t senders_forgotten; /* for the sake of new ones */
	uint64_t senders_merged;    /* records of those for whom there was no room */
};

struct view_output {
	const char *name; /* "kafka:main" */
	const char *kind;
	const char *problem; /* "" or what is wrong now, with the remedy */
	uint64_t delivered, waiting, dropped, failed;
	sv_usec down_since; /* clock; 0 = up */
	sv_usec next_try;   /* clock; 0 = none is planned */
};

/** What survives a restart. */
struct view_state {
	const char *folder;
	sv_usec saved; /* clock when the newest checkpoint was safe, 0 = none yet */
	uint64_t saves, saves_failed, saves_put_off;
	uint64_t bytes;
	sv_usec took, stall_max;
	uint64_t transitions, repeats;
	uint64_t history_bytes, history_pruned, history_lost, backlog_dropped;
	uint64_t in_memory; /* that wait to be written into alerts.db */
	char problem[480];  /* "" or what is wrong, with the remedy */
};

struct view {
	const char *version, *host, *instance;
	const char *config; /* path of the configuration, NULL = none */
	const char *found;  /* zero configuration: what was found, in words */
	const char *note;   /* "" or what an operator must know of the daemon itself */
	bool zero;
	uint64_t pid;
	sv_usec uptime;
	const struct view_source *sources;
	size_t n_sources;
	const struct view_syslog *receivers;
	size_t n_receivers;
	const struct view_output *outputs;
	size_t n_outputs;
	struct view_state state;
	struct engine_stats engine;
	struct gate_stats gate;
	size_t silences; /* that hold alerts back now */
	struct ledger_stats ledger;
	/* lines of dialects made of patterns: matches given up, texts that are no
	 * address, words that mean nothing */
	uint64_t pattern_limits, pattern_not_addresses, pattern_unmapped;
	uint64_t keys_max, memory_max;
	uint64_t clock_jumps; /* the clock was set by more than a second */
	uint64_t reloads, reloads_failed;
	uint64_t records;  /* that all inputs delivered since the start */
	uint64_t requests; /* of the control socket */
};

/** How commands reach the daemon. */
struct view_host {
	void *user;
	void (*look)(void *user, struct view *ret_view);
	struct engine *(*engine)(void *user); /* for its queries alone */
	/** Transitions of the past, newest first: see history_each(). */
	int (*past)(void *user, const struct history_query *query,
		    void (*each)(void *each_user, const struct history_row *row),
		    void *each_user);
	const struct render_identity *(*identity)(void *user);
	/** Read the configuration anew. 0, or negative errno when nothing was changed;
	 *  `messages` gets what there is to say, one or more lines of text. */
	int (*reload)(void *user, struct buffer *messages);
	/** The rules and lists that the engine was made from. */
	void (*rules)(void *user, struct engine_spec *ret_spec);
	/** Open alerts, worst first, those that are held back marked. NULL: the engine's,
	 *  and there are no silences. */
	void (*open)(void *user, engine_sink each, void *each_user);
	struct gate *(*gate)(void *user); /* for its queries alone */
	/** As gate_add() and gate_remove(), and saved when they return. -EIO: done, but
	 *  the state could not be saved. */
	int (*silence_add)(void *user, const struct silence_spec *spec,
			   const struct silence **ret_silence,
			   struct expr_error *reterr_error);
	int (*silence_remove)(void *user, struct sv_str id);
};
