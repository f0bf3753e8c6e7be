/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What stands between the engine and whoever is told: silences, inhibition and groups. The
 * engine and its ids know nothing of it. Every transition of the engine goes through; one
 * that is held back is marked (`silenced`, `inhibited`, `grouped`) and recorded, and outputs that
 * page leave it out. When what held an alert back is over and the alert is still open, it
 * is told then, as a transition of its own with an id of its own.
 *
 *   firing, changed, unknown   held back as long as a silence or an inhibitor covers it
 *   resolved                   told to those who were told of the incident; of an
 *                              incident that nobody was told of, held back too
 *
 * All of it happens in event time, so that a backtest and the daemon say the same, and
 * what it remembers is saved with the engine. Pure; loop thread only.
 */
#pragma once

#include "alert/held.h"
#include "alert/inhibit.h"
#include "alert/silence.h"

struct gate;

typedef void (*gate_sink)(void *user, const struct sv_alert *alert);
typedef bool (*gate_want)(void *user, const char *incident);

struct gate_spec {
	const struct silence_spec *silences;
	size_t n_silences;
	const struct rule_spec *rules; /* for what they hold back */
	size_t n_rules;
	/** Calls `each` with the last transition of all alerts that are open and of whose
	 *  incident `want` says true; NULL: of all. */
	void (*open)(void *user, gate_want want, gate_sink each, void *each_user);
	/** Call gate_ring() before anything of `due` or later is judged. */
	void (*alarm)(void *user, sv_usec due);
	gate_sink sink;
	/** It was told before and is held back from now on, or the other way round: for
	 *  who tells how things stand; may be NULL. */
	gate_sink known;
	void *user;
};

struct gate_stats {
	uint64_t silenced, inhibited, grouped; /* transitions held back, ever */
	uint64_t released;                     /* alerts told when that was over */
	uint64_t passed; /* told although they are covered: no room to remember them */
	size_t held;     /* open alerts that are held back now */
};

/** 0, -EINVAL: a silence is no expression, -ENOMEM. */
int gate_new(const struct gate_spec *spec, struct gate **ret_gate);
void gate_free(struct gate *gate);
/** A transition of the engine. */
void gate_alert(struct gate *gate, const struct sv_alert *alert);
/** The alarm. */
void gate_ring(struct gate *gate, sv_usec now);
/** The engine is there, loaded or new, and event time has come to `now`: what has changed
 *  since the gate was saved is told, and the alarm is set. */
void gate_begin(struct gate *gate, sv_usec now);
/** The alert's rule changed or is gone, and it will be ended: marked if nobody was told of
 *  it, and forgotten. */
void gate_orphan(struct gate *gate, struct sv_alert *alert);
/** The alerts that stand for many keys of a rule, as they were told last. */
void gate_groups(const struct gate *gate, gate_sink each, void *user);
/** Marks it if it is held back; texts live until the gate changes. */
void gate_mark(const struct gate *gate, struct sv_alert *alert);

const struct silences *gate_silences(const struct gate *gate);
/** See silences_add(); open alerts that it covers are held back from now on. */
int gate_add(struct gate *gate, const struct silence_spec *spec, sv_usec now,
	     const struct silence **ret_silence, struct expr_error *reterr_error);
/** See silences_remove(); open alerts that it held back are told. */
int gate_remove(struct gate *gate, struct sv_str id, sv_usec now);
void gate_stats_get(const struct gate *gate, struct gate_stats *ret_stats);
/** Grows with everything that is to be saved. */
uint64_t gate_changes(const struct gate *gate);

void gate_save(const struct gate *gate, struct pack *out);
/** Into a new gate. -EBADMSG: what could be read is there. Then gate_begin(). */
int gate_load(struct gate *gate, struct unpack *in);
/** Its silences alone: the engine begins anew. */
void gate_forget(struct gate *gate);
