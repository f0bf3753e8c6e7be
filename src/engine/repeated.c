/* SPDX-License-Identifier: Apache-2.0 */
/*
 * distinct(F having count >= k): how many values came k times or more within
 * (now - window, now]. Of each value the k newest times are kept, newest first: it
 * counts while the last of them is in the window. When there is no room for another
 * value, the one seen longest ago makes room; the number may then be too low by as many
 * as have done so, never too high.
 *
 *   hash × cap │ k times × cap
 */
#include "engine/gauge.h"

#include <string.h>

size_t
repeated_bytes(unsigned cap, unsigned repeats)
{
	return cap * (sizeof(uint64_t) + repeats * sizeof(sv_usec));
}

static uint64_t *
hashes_of(const struct gauge *g, const struct gauge_spec *spec)
{
	return pool_at(spec->pool, g->block);
}

/** The k newest times of value `i`. */
static sv_usec *
times_of(const struct gauge *g, const struct gauge_spec *spec, size_t i)
{
	return hashes_of(g, spec) + g->cap + i * spec->repeats;
}

static void
move(const struct gauge_spec *spec, void *to, unsigned to_cap, const void *from,
     const struct gauge *was)
{
	const uint64_t *old = from;
	uint64_t *wide = to;

	memcpy(wide, old, was->n * sizeof(*old));
	memcpy(wide + to_cap, old + was->cap,
	       (size_t)was->n * spec->repeats * sizeof(sv_usec));
}

static void
drop(struct gauge *g, const struct gauge_spec *spec, size_t i)
{
	size_t last = --g->n;

	if (i == last)
		return;
	hashes_of(g, spec)[i] = hashes_of(g, spec)[last];
	memcpy(times_of(g, spec, i), times_of(g, spec, last),
	       spec->repeats * sizeof(sv_usec));
}

static void
expire(struct gauge *g, const struct gauge_spec *spec, sv_usec now)
{
	sv_usec cut = now > spec->window ? now - spec->window : 0;

	for (size_t i = g->n; i-- > 0;)
		if (times_of(g, spec, i)[0] <= cut)
			drop(g, spec, i);
	if (g->n == 0)
		gauge_done(g, spec);
}

/** A place for a new value, its times all 0; g->n if there is none. */
static size_t
place_new(struct gauge *g, const struct gauge_spec *spec, sv_usec now)
{
	size_t at = 0;

	if (g->n == g->cap && g->n)
		expire(g, spec, now);
	if (g->n == g->cap && !gauge_grow(g, spec, move)) {
		if (g->cap == 0)
			return g->n;
		for (size_t i = 1; i < g->n; i++)
			if (times_of(g, spec, i)[0] < times_of(g, spec, at)[0])
				at = i;
		if (g->turned_away < UINT32_MAX)
			g->turned_away++;
	} else {
		at = g->n++;
	}
	memset(times_of(g, spec, at), 0, spec->repeats * sizeof(sv_usec));
	return at;
}

void
repeated_add(struct gauge *g, const struct gauge_spec *spec, sv_usec now,
	     const struct gauge_event *event)
{
	uint32_t left = event->weight < spec->repeats ? event->weight : spec->repeats;
	size_t at;

	if (now - event->time >= spec->window)
		return;
	for (at = 0; at < g->n; at++)
		if (hashes_of(g, spec)[at] == event->hash)
			break;
	if (at == g->n) {
		at = place_new(g, spec, now);
		if (at == g->n)
			return; /* no memory for a first value */
		hashes_of(g, spec)[at] = event->hash;
	}
	sv_usec *times = times_of(g, spec, at);
	for (size_t i = 0; i < spec->repeats && left; i++) {
		if (times[i] >= event->time)
			continue;
		memmove(times + i + 1, times + i,
			(spec->repeats - i - 1u) * sizeof(*times));
		times[i] = event->time;
		left--;
	}
	g->most = g->n;
}

uint32_t
repeated_read(struct gauge *g, const struct gauge_spec *spec, sv_usec now)
{
	sv_usec cut = now > spec->window ? now - spec->window : 0;
	uint32_t n = 0;

	if (g->n)
		expire(g, spec, now);
	for (size_t i = 0; i < g->n; i++)
		n += times_of(g, spec, i)[spec->repeats - 1] > cut;
	g->most = g->n;
	return n;
}

sv_usec
repeated_changes(const struct gauge *g, const struct gauge_spec *spec, sv_usec now)
{
	sv_usec cut = now > spec->window ? now - spec->window : 0;
	sv_usec next = SV_USEC_NEVER;

	for (size_t i = 0; i < g->n; i++) {
		sv_usec last = times_of(g, spec, i)[spec->repeats - 1];
		if (last > cut && last + spec->window < next)
			next = last + spec->window;
	}
	return next;
}
