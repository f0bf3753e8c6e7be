/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One sliding sum over event time: how much lies in (now - span, now].
 *
 *      head                    head+n
 *   ┌────┬────┬────┬────┬────┬────┬────┐    PLAIN: a ring of times, 8 bytes each,
 *   │    │ t0 │ t1 │ t2 │ t3 │    │    │    ascending, weight 1
 *   └────┴────┴────┴────┴────┴────┴────┘    RUNS:  a ring of struct run, 24 bytes
 *
 * Begins PLAIN and exact. Becomes RUNS, still exact, when times repeat (stamps of whole
 * seconds) or an event stands for several. When more than `max_entries` different times
 * lie in the span, neighbours within span / (max_entries / 2) melt into one run; a run
 * leaves the sum with its first event, so that from then on the sum may be too low, by
 * at most window_error(). It is never too high.
 *
 * The struct is plain data in the key's block; the ring is a block of its own.
 */
#pragma once

#include "base/pack.h"
#include "engine/pool.h"

struct window {
	pool_handle ring;
	uint32_t sum;
	uint16_t head, n;
	uint16_t cap;
	bool runs;
};

struct run {
	sv_usec first, last;
	uint32_t weight;
	bool gone; /* has left the sum although `last` is in the span */
};

/** Most entries that a ring ever has (a ring of runs must fit in one pool block). */
#define WINDOW_MAX_ENTRIES 2048

struct window_spec {
	struct pool *pool;
	struct run *scratch; /* WINDOW_MAX_ENTRIES + 1, for melting */
	sv_usec span;
	uint16_t max_entries;
};

/** window_expire() once it is known that something ends. */
void window_drop(struct window *window, const struct window_spec *spec, sv_usec cut);
/** Let go what is not after `now - span`. */
static inline void
window_expire(struct window *window, const struct window_spec *spec, sv_usec now)
{
	sv_usec cut = now > spec->span ? now - spec->span : 0, oldest;

	if (window->ring == 0)
		return;
	if (window->n) {
		/* the time, or the run's first one */
		__builtin_memcpy(&oldest,
				 (const char *)pool_at(spec->pool, window->ring) +
					 window->head * (window->runs
								 ? sizeof(struct run)
								 : sizeof(sv_usec)),
				 sizeof(oldest));
		if (oldest > cut)
			return;
	}
	window_drop(window, spec, cut);
}
/** window_add() for any case. */
void window_put(struct window *window, const struct window_spec *spec, sv_usec time,
		uint32_t weight);
/** Count `weight` at `time`, which is in the span and may be older than the newest.
 *  Never fails: without memory for another entry, entries melt. */
static inline void
window_add(struct window *window, const struct window_spec *spec, sv_usec time,
	   uint32_t weight)
{
	if (weight != 1 || window->runs || window->n == 0 || window->n == window->cap) {
		window_put(window, spec, time, weight);
		return;
	}
	sv_usec *times = pool_at(spec->pool, window->ring);
	unsigned last = window->head + window->n - 1u, next;
	last = last < window->cap ? last : last - window->cap;
	next = last + 1u < window->cap ? last + 1u : 0;
	if (times[last] > time) {
		window_put(window, spec, time, weight);
		return;
	}
	times[next] = time;
	window->n++;
	window->sum++;
}
/** When the sum falls next: an instant; SV_USEC_NEVER if empty. */
sv_usec window_falls(const struct window *window, const struct window_spec *spec);
/** Time of the oldest event in the sum, 0 if empty. */
sv_usec window_first(const struct window *window, const struct window_spec *spec);
/** Time of the newest event, 0 if empty. */
sv_usec window_newest(const struct window *window, const struct window_spec *spec);
/** How much of the sum is not younger than `time`; never too high. */
uint32_t window_until(const struct window *window, const struct window_spec *spec,
		      sv_usec time);
uint32_t window_error(const struct window *window, const struct window_spec *spec);
/** Gives back the ring. */
void window_done(struct window *window, const struct window_spec *spec);
/** The window as bytes, and into an empty one. Without memory it stays empty. 0 or
 *  -EBADMSG; window_pass() only reads past it. */
void window_save(const struct window *window, const struct window_spec *spec,
		 struct pack *out);
int window_load(struct window *window, const struct window_spec *spec,
		struct unpack *in);
int window_pass(struct unpack *in);
