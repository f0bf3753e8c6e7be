/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The engine: settled events in, transitions of alerts out. Counts per rule and key in
 * event-time windows (now - w, now], evaluates the rules' conditions at every event and
 * whenever a count can fall, and runs each key's life cycle (ok, pending, warning,
 * critical, resolved, unknown).
 *
 * Pure: no clock, no descriptors, no log. Time is event time; engine_advance() says how
 * far it has come. The same events in the same order give byte-identical transitions.
 * Loop thread only. Memory is bounded by engine_spec; what was given up for the bound
 * is counted in engine_stats.
 */
#pragma once

#include <engine/rule.h>
#include <sipvigil/alert.h>

struct engine;

/** Called for each transition, inside engine_feed() or engine_advance(). The alert and
 *  its text are borrowed. */
typedef void (*engine_sink)(void *user, const struct sv_alert *alert);

struct engine_spec {
	const struct rule_spec *rules;
	size_t n_rules;
	const struct list_spec *lists;
	size_t n_lists;
	sv_usec grace;    /* how late an event may come and still count; default 30 s */
	size_t max_keys;  /* over all rules; default 1,000,000 */
	size_t max_bytes; /* of keys and windows; default 64 MiB */
	size_t max_baselines; /* keys whose usual counts are known; default 4096, and a
			       * quarter of max_bytes */
	size_t recent_bytes;  /* ring of recent events for evidence; default 1 MiB */
	size_t max_peers;     /* whose last hour is kept (trail.h); 0 = of none */
	engine_sink sink;
	void *user;
};

struct engine_stats {
	uint64_t events;   /* fed, but for news of gaps */
	uint64_t gaps;     /* news of gaps fed: SV_GAP */
	uint64_t matched;  /* (event, rule) pairs that counted */
	uint64_t excepted; /* left out by a list */
	uint64_t unkeyed;  /* matched, but without the field that a rule groups by */
	uint64_t late_counted; /* older than newest, within grace */
	uint64_t late_dropped; /* older than grace */
	uint64_t evicted;      /* keys given up for max_keys or max_bytes */
	uint64_t unwatched;    /* events of keys beyond those that absent() waits for */
	uint64_t forgotten; /* values of new() and having that made room for others */
	uint64_t transitions;
	uint64_t baselines_refused; /* given up or turned away, for max_baselines or
				     * memory */
	size_t baselines;           /* keys whose usual counts are being learned */
	size_t keys;                /* live */
	size_t bytes;               /* in use for keys and windows */
	size_t alerts_warning;      /* open now */
	size_t alerts_critical;
	size_t peers;             /* whose last hour is kept */
	uint64_t peers_forgotten; /* of them given up for max_peers */
	sv_usec now;              /* event time reached */
};

/** 0; -EINVAL with *reterr_rule (index) and *reterr_error; -ENOMEM. */
int engine_new(const struct engine_spec *spec, struct engine **ret_engine,
	       size_t *reterr_rule, struct expr_error *reterr_error);
void engine_free(struct engine *engine);

/** Count one settled event. SV_GAP events mark open windows of that host and source as
 *  lower bounds and count for rules that ask for `outcome = gap`. */
void engine_feed(struct engine *engine, const struct sv_event *event);

/** Event time has come to `now` (µs, never goes back; earlier values are ignored), and
 * no event as old as that is expected any more: counts fall, pending alerts ripen,
 * alerts clear. Transitions bear the time at which their condition began to hold, not
 * `now`, so it does not matter how often or when this is called. An event that comes
 * later than promised still counts within grace. Feeding an event does the same for all
 * instants before the event's own. */
void engine_advance(struct engine *engine, sv_usec now);

/** Have `ring` called once when all instants before `due` are settled and nothing of `due`
 *  or later is judged, however time gets there; SV_USEC_NEVER: not at all. It may set
 *  the next one, later than its `now`, and ask for the open alerts. Not saved. */
void engine_alarm(struct engine *engine, sv_usec due,
		  void (*ring)(void *user, sv_usec now), void *user);

void engine_stats_get(const struct engine *engine, struct engine_stats *ret_stats);

/** A rule that compares with what is usual. */
struct engine_learning {
	const char *rule;
	sv_usec ready; /* one earlier week or day is known from then on; 0 = no event
			* yet */
	bool still;    /* it is not yet: nothing is judged */
};
void engine_learning(const struct engine *engine,
		     void (*each)(void *user, const struct engine_learning *learning),
		     void *user);

/** Open alerts, worst first: calls `each` with the last transition of every open key.
 */
void engine_alerts(struct engine *engine, engine_sink each, void *user);
/** Those alone of whose incident `want` says true (NULL: all), which is asked first. */
void engine_alerts_of(struct engine *engine,
		      bool (*want)(void *user, const char *incident), engine_sink each,
		      void *user);
/** The incidents that are open, also those whose last transition was not kept for want
 *  of memory. `incident` has SV_ALERT_ID_LEN digits and a NUL. */
void engine_incidents(struct engine *engine,
		      void (*each)(void *user, const char *incident), void *user);

/* What each (peer or peer_ip, leg) did lately; nothing if spec.max_peers was 0. */

#define ENGINE_SPARKS 12
#define ENGINE_MAX_KINDS 14

/** Attempts of one kind. */
struct engine_kind {
	uint16_t code; /* 0 = none told */
	enum sv_outcome outcome;
	enum sv_method method;
	bool others; /* kinds that are not told apart; outcome says only whether failed */
	uint64_t count;
	uint32_t spark[ENGINE_SPARKS];
};
struct engine_peer {
	struct sv_str name; /* configured name, or the address as text */
	enum sv_leg leg;
	struct sv_ip ip; /* last one told, family 0 = none */
	bool doubt;      /* some of it rests on forgeable lines */
	uint64_t events, failures;
	uint64_t calls, calls_failed; /* INVITE attempts */
	enum sv_outcome worst;        /* most frequent failure */
	uint16_t worst_code;          /* 0 = none, or several */
	uint64_t worst_count;
	sv_usec last, last_failure;
	uint64_t minute[2], five[2];   /* attempts, failures of 1 and 5 minutes */
	uint32_t spark[ENGINE_SPARKS]; /* failures in steps of 5 min, oldest first */
	struct engine_kind kind[ENGINE_MAX_KINDS]; /* most frequent first */
	size_t n_kinds;
};
struct engine_peer_query {
	sv_usec now;        /* 0 = engine time */
	unsigned steps;     /* of 5 min, 1 to 12 */
	struct sv_str name; /* ptr NULL = all */
	size_t max;
	/** Those that weigh more come first; NULL: all weigh the same. */
	unsigned (*weight)(void *user, struct sv_str name, enum sv_leg leg);
};
/** Called in order of weight, failures, attempts. Returns how many there are, `max` or not. */
size_t engine_peers(struct engine *engine, const struct engine_peer_query *query,
		    void (*each)(void *user, const struct engine_peer *peer),
		    void *user);
/** Attempts and failures of everybody in the minute before `now`. */
void engine_pace(const struct engine *engine, sv_usec now, uint64_t *ret_attempts,
		 uint64_t *ret_failures);
/** The last failures of a peer, newest first, as far as the ring of recent events has
 *  them. */
void engine_failures(struct engine *engine, const struct engine_peer *peer, size_t max,
		     void (*each)(void *user, const struct sv_event *event),
		     void *user);

/** What an open alert counted, by kind and with the addresses it came from. */
#define ENGINE_MAX_FROM 3
struct engine_count {
	uint16_t code;
	enum sv_outcome outcome;
	uint64_t count;
	sv_usec last;
	struct sv_ip from[ENGINE_MAX_FROM];
	uint32_t n_from; /* addresses; of them ENGINE_MAX_FROM stand here */
};
struct engine_window {
	struct engine_count count[SV_ALERT_MAX_CODES]; /* most frequent first */
	size_t n_counts;
	struct sv_str pbx; /* dialect of the newest event; "" = not known */
	uint64_t port;     /* of the peer, 0 = not told or several */
	bool more;         /* kinds beyond those of `count` */
};
/** The window of the last transition of the open alert, from the ring of recent events.
 *  False: no such alert is open. */
bool engine_window_of(struct engine *engine, struct sv_str incident,
		      struct engine_window *ret_window);

/** A rule that runs. */
struct engine_rule_view {
	struct sv_str name, ruleset, service;
	sv_usec window;
	size_t keys;
	bool observe;
};
void engine_rules(const struct engine *engine,
		  void (*each)(void *user, const struct engine_rule_view *rule),
		  void *user);
