/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Looking over the engine's shoulder: the numbers of each key as they are counted, and
 * how near they come to a limit. For commands that ask why there was no alert or which
 * limit would have been right; the daemon's own engine has no probe and pays for none.
 */
#pragma once

#include "engine/condition.h"
#include "engine/engine.h"

#include <base/buffer.h>

struct plan;

/** A key's numbers: after an event was counted, or, with rules whose numbers another
 *  event of the same instant may undo (ratio, consecutive), once the instant is over. */
struct engine_seen {
	size_t rule; /* its place among the rules that are not off */
	const struct plan *plan;
	struct sv_str key; /* probe_key_text() */
	uint32_t hash;     /* of rule and key */
	const struct reading *reading;
	sv_usec now;
};
/** False: of this rule no more is wanted. */
typedef bool (*probe_sink)(void *user, const struct engine_seen *seen);

/** From now on `sink` is told of every key that is counted; NULL ends it. */
void probe_set(struct engine *engine, probe_sink sink, void *user);
/** Tell `sink` of every key that the rule has now. Takes time with many keys. */
void probe_walk(struct engine *engine, size_t rule, probe_sink sink, void *user);
/** Feed the recent events that this engine remembers, oldest first, to `each`; how many
 *  there were, or -ENOMEM. */
int probe_recent(const struct engine *engine,
		 void (*each)(void *user, const struct sv_event *event), void *user);
/** Rules that are not off, in their order; NULL behind the last. */
const struct plan *probe_plan(const struct engine *engine, size_t rule);
/** Value of the i-th field of `by`; text as expr_field_text(). */
struct sv_str probe_key_text(const struct engine_seen *seen, size_t i, char *buf,
			     size_t buf_bytes);
/** All of them for people: "203.0.113.9", `"1001" carrier-a`; claims in quotes. */
void probe_key_words(struct buffer *buf, const struct engine_seen *seen);

/** How near numbers came to a condition. */
struct nearness {
	double share;   /* of the limit; 1 and more: it holds */
	uint64_t value; /* of the term that decides: a ratio's numerator, else itself */
	uint64_t whole; /* a ratio's denominator, else 0 */
	double usual;   /* baseline: the limit of this hour; NAN: not known yet */
	struct term term;
	enum sv_measure_kind kind;
};

/** Of "or" the nearer, of "and" the farther side counts. A ratio of less than its
 *  `min` is as near as its denominator is to that. share < 0: no condition. */
void probe_near(const struct condition *condition, const struct measures *measures,
		const struct reading *reading, struct nearness *ret_near);
/** Of warning and critical, whichever is nearer. */
void probe_near_plan(const struct plan *plan, const struct reading *reading,
		     struct nearness *ret_near);
/** "8 of 10 in 5 min", "8 % of 41 (limit 10 %) in 5 min", "7 of 12, judged from 20 on". */
void probe_near_words(struct buffer *buf, const struct nearness *near, sv_usec window);
/** A limit in the unit of its rule: "10", "20/s", "10 %". */
void probe_limit_words(struct buffer *buf, const struct term *term,
		       enum sv_measure_kind kind);
/** "5 min", "24 h". */
void probe_span_words(struct buffer *buf, sv_usec span);
