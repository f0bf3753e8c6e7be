/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The life cycle of one alert: ok → pending → warning | critical → resolved, with
 * hysteresis and cooldown, and unknown where a gap in the input forbids to say
 * "resolved". Plain data and pure functions: the caller says what holds at an instant.
 *
 * An instant is open while events may still come for it and settled when event time has
 * moved past it. Conditions that begin to hold are acted on at once; conditions that
 * cease to hold are believed only at a settled instant, since a log with stamps of
 * whole seconds drops and adds counts at the very same instant.
 */
#pragma once

#include <sipvigil/alert.h>

struct cycle_rule {
	sv_usec for_usec, clear_for, cooldown;
	sv_usec repeat; /* told again so long after it was told; 0 = it is not */
	bool has_warning;
};

/** What holds at `now`. */
struct cycle_input {
	sv_usec now;
	bool settled;
	bool warning, critical;
	bool clear;        /* the whole alert may clear */
	bool lower;        /* critical may go down to warning */
	sv_usec gap_until; /* a gap lies in the window until then, 0 = none */
};

/** SV_USEC_NEVER in a `since` = does not hold. */
struct cycle {
	sv_usec warning_since, critical_since;
	sv_usec clear_since, lower_since;
	sv_usec cooldown_until;
	sv_usec told;      /* last transition */
	uint32_t repeats;  /* how often the incident was told again */
	sv_usec start;     /* of the incident */
	uint32_t sequence; /* of its last transition */
	uint8_t severity;  /* enum sv_severity: OK, WARNING, CRITICAL */
	bool unknown;
};

struct cycle_change {
	enum sv_alert_state state;
	enum sv_severity severity, previous;
	uint32_t repeat; /* nothing changed: it is told for this time again, from 1 */
};

void cycle_init(struct cycle *cycle);
/** One step; true and *ret_change if there is a transition. Call again until false. */
bool cycle_step(struct cycle *cycle, const struct cycle_rule *rule,
		const struct cycle_input *input, struct cycle_change *ret_change);
/** The next instant after (or at, if it must be settled) input->now at which a step may
 *  do something although no count changes; SV_USEC_NEVER if there is none. */
sv_usec cycle_due(const struct cycle *cycle, const struct cycle_rule *rule,
		  const struct cycle_input *input);
/** Nothing to remember: as after cycle_init(). */
bool cycle_idle(const struct cycle *cycle, sv_usec now);
