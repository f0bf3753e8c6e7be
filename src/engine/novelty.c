/* SPDX-License-Identifier: Apache-2.0 */
/*
 * new(F) learn L: how many values came within (now - window, now] that the key had not
 * had in the span L before. A key learns for the span L from its first event on; what
 * comes then is no news. A value that does not come again for L is forgotten, and so is
 * all of a key that is silent for L. When there is no room for another value, the one
 * seen longest ago makes room: it would be news again, so that a flood of values hides
 * nothing.
 *
 *   hash × cap │ time last seen × cap │ time when it was news × cap, 0 = learnt
 */
#include "engine/gauge.h"

#include <string.h>

size_t
novelty_bytes(unsigned cap)
{
	return cap * 3 * sizeof(uint64_t);
}

static uint64_t *
hashes_of(const struct gauge *g, const struct gauge_spec *spec)
{
	return pool_at(spec->pool, g->block);
}

static sv_usec *
seen_of(const struct gauge *g, const struct gauge_spec *spec)
{
	return hashes_of(g, spec) + g->cap;
}

static sv_usec *
news_of(const struct gauge *g, const struct gauge_spec *spec)
{
	return seen_of(g, spec) + g->cap;
}

static void
move(const struct gauge_spec *spec, void *to, unsigned to_cap, const void *from,
     const struct gauge *was)
{
	const uint64_t *old = from;
	uint64_t *wide = to;

	(void)spec;
	for (size_t i = 0; i < 3; i++)
		memcpy(wide + i * to_cap, old + i * was->cap, was->n * sizeof(*old));
}

/** Room by values that are forgotten. */
static void
forget(struct gauge *g, const struct gauge_spec *spec, sv_usec time)
{
	for (size_t i = g->n; i-- > 0;) {
		if (time < spec->span || seen_of(g, spec)[i] > time - spec->span)
			continue;
		size_t last = --g->n;
		hashes_of(g, spec)[i] = hashes_of(g, spec)[last];
		seen_of(g, spec)[i] = seen_of(g, spec)[last];
		news_of(g, spec)[i] = news_of(g, spec)[last];
	}
}

/** A place for a new value; g->n if there is none. */
static size_t
place_new(struct gauge *g, const struct gauge_spec *spec, sv_usec time)
{
	size_t at = 0;

	if (g->n < g->cap || gauge_grow(g, spec, move))
		return g->n++;
	if (g->cap == 0)
		return g->n;
	forget(g, spec, time);
	if (g->n < g->cap)
		return g->n++;
	for (size_t i = 1; i < g->n; i++)
		if (seen_of(g, spec)[i] < seen_of(g, spec)[at])
			at = i;
	if (g->turned_away < UINT32_MAX)
		g->turned_away++;
	return at;
}

/** It has been silent for the whole span: as if it were new itself. */
static void
begin_anew(struct gauge *g, const struct gauge_spec *spec, sv_usec time)
{
	gauge_done(g, spec);
	g->since = time;
}

void
novelty_add(struct gauge *g, const struct gauge_spec *spec,
	    const struct gauge_event *event)
{
	sv_usec time = event->time;
	size_t at;

	if (g->newest == 0 || (time > g->newest && time - g->newest >= spec->span))
		begin_anew(g, spec, time);
	if (time < g->since)
		g->since = time;
	if (time > g->newest)
		g->newest = time;
	for (at = 0; at < g->n; at++)
		if (hashes_of(g, spec)[at] == event->hash)
			break;
	if (at < g->n && seen_of(g, spec)[at] + spec->span > time) {
		if (time > seen_of(g, spec)[at])
			seen_of(g, spec)[at] = time;
		return;
	}
	if (at == g->n) {
		at = place_new(g, spec, time);
		if (at == g->n)
			return; /* no memory for a first value */
	}
	hashes_of(g, spec)[at] = event->hash;
	seen_of(g, spec)[at] = time;
	news_of(g, spec)[at] = time - g->since >= spec->span ? time : 0;
	if (news_of(g, spec)[at] && g->most < UINT32_MAX)
		g->most++;
}

uint32_t
novelty_read(struct gauge *g, const struct gauge_spec *spec, sv_usec now)
{
	sv_usec cut = now > spec->window ? now - spec->window : 0;
	uint32_t n = 0;

	for (size_t i = 0; g->most && i < g->n; i++)
		n += news_of(g, spec)[i] > cut;
	g->most = n;
	return n;
}

sv_usec
novelty_changes(const struct gauge *g, const struct gauge_spec *spec, sv_usec now)
{
	sv_usec cut = now > spec->window ? now - spec->window : 0;
	sv_usec next = SV_USEC_NEVER;

	for (size_t i = 0; g->most && i < g->n; i++) {
		sv_usec at = news_of(g, spec)[i];
		if (at > cut && at + spec->window < next)
			next = at + spec->window;
	}
	return next;
}
