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
	size_t recent_bytes; /* ring of recent events for evidence and `peers`; default
				1 MiB */
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
	uint64_t transitions;
	size_t keys;           /* live */
	size_t bytes;          /* in use for keys and windows */
	size_t alerts_warning; /* open now */
	size_t alerts_critical;
	sv_usec now; /* event time reached */
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

/** Open alerts, worst first: calls `each` with the last transition of every open key.
 */
void engine_alerts(struct engine *engine, engine_sink each, void *user);
/** The incidents that are open, also those whose last transition was not kept for want
 *  of memory. `incident` has SV_ALERT_ID_LEN digits and a NUL. */
void engine_incidents(struct engine *engine,
		      void (*each)(void *user, const char *incident), void *user);

/** What each (peer or peer_ip, leg) did lately, from the ring of recent events. */
struct engine_peer {
	struct sv_str name; /* configured name, or the address as text */
	enum sv_leg leg;
	uint64_t events, failures, calls; /* calls: INVITE attempts */
	enum sv_outcome worst;            /* most frequent failure */
	uint16_t worst_code;
	uint64_t worst_count;
	sv_usec last;
	uint32_t spark[12]; /* failures in twelfths of `span`, oldest first */
};
/** `span` µs back from engine time; `each` is called in order of failures, at most
 * `max`. */
void engine_peers(struct engine *engine, sv_usec span, size_t max,
		  void (*each)(void *user, const struct engine_peer *peer), void *user);
