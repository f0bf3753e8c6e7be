/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a measure keeps for each key beside windows and sets of values, when these cannot
 * tell its number: one *gauge*. Three kinds, each in a file of its own:
 *
 *   repeated  distinct(F having count >= k)   the k newest times of each value
 *   absent    absent(A) for 5m                the time of the newest A
 *   novelty   new(F) learn 30d                values that are known, and fresh ones
 *
 * The struct is plain data in the key's block; what grows is a block of its own, bounded
 * by one chunk of the pool. Time is event time; nothing here depends on how often or
 * when a gauge is read.
 */
#pragma once

#include "base/pack.h"
#include "engine/pool.h"

#define GAUGE_MAX_VALUES 2048
/** Times that `repeated` keeps of a value. */
#define GAUGE_MAX_REPEATS 16

enum gauge_kind { GAUGE_REPEATED, GAUGE_ABSENT, GAUGE_NOVELTY };

struct gauge {
	sv_usec newest; /* absent: of A; novelty: of any event; 0 = none */
	sv_usec since;  /* absent: latest gap; novelty: first event of the key */
	pool_handle block;
	uint16_t n, cap;      /* values */
	uint32_t most;        /* the number is at most this */
	uint32_t turned_away; /* values that made room for others */
};

struct gauge_spec {
	struct pool *pool;
	enum gauge_kind kind;
	uint16_t repeats; /* repeated: k */
	uint16_t max_values;
	sv_usec window;
	sv_usec span; /* absent: for; novelty: learn */
};

/** What of an event concerns a gauge. */
struct gauge_event {
	sv_usec time;
	uint32_t weight;
	uint64_t hash; /* of the value */
};

/** Numbers of `absent`: whether it has been so is not known after a gap. */
enum { ABSENT_NO, ABSENT_UNKNOWN, ABSENT_YES };

/** `now` is not before the event's time. */
void gauge_add(struct gauge *gauge, const struct gauge_spec *spec, sv_usec now,
	       const struct gauge_event *event);
/** The number at `now`; `gap` is the time of the latest gap that concerns the key, not
 *  after `now`, 0 = none. */
uint32_t gauge_read(struct gauge *gauge, const struct gauge_spec *spec, sv_usec now,
		    sv_usec gap);
/** When the number changes next without an event; SV_USEC_NEVER if it does not. */
sv_usec gauge_changes(const struct gauge *gauge, const struct gauge_spec *spec,
		      sv_usec now);
/** Before this instant the key must not be forgotten; 0 = it may. */
sv_usec gauge_keeps(const struct gauge *gauge, const struct gauge_spec *spec);
void gauge_done(struct gauge *gauge, const struct gauge_spec *spec);
/** As bytes, and into an empty one; see window_save(). */
void gauge_save(const struct gauge *gauge, const struct gauge_spec *spec,
		struct pack *out);
int gauge_load(struct gauge *gauge, const struct gauge_spec *spec, struct unpack *in);
int gauge_pass(struct unpack *in);

/* The kinds; gauge.c alone calls them. */

size_t repeated_bytes(unsigned cap, unsigned repeats);
void repeated_add(struct gauge *gauge, const struct gauge_spec *spec, sv_usec now,
		  const struct gauge_event *event);
uint32_t repeated_read(struct gauge *gauge, const struct gauge_spec *spec, sv_usec now);
sv_usec repeated_changes(const struct gauge *gauge, const struct gauge_spec *spec,
			 sv_usec now);

void absent_add(struct gauge *gauge, const struct gauge_event *event);
uint32_t absent_read(struct gauge *gauge, const struct gauge_spec *spec, sv_usec now,
		     sv_usec gap);
sv_usec absent_changes(const struct gauge *gauge, const struct gauge_spec *spec,
		       sv_usec now);

size_t novelty_bytes(unsigned cap);
void novelty_add(struct gauge *gauge, const struct gauge_spec *spec,
		 const struct gauge_event *event);
uint32_t novelty_read(struct gauge *gauge, const struct gauge_spec *spec, sv_usec now);
sv_usec novelty_changes(const struct gauge *gauge, const struct gauge_spec *spec,
			sv_usec now);

/** A wider block, twice as many values, what is in it moved by `move`; false if there
 *  is none. */
bool gauge_grow(struct gauge *gauge, const struct gauge_spec *spec,
		void (*move)(const struct gauge_spec *spec, void *to, unsigned to_cap,
			     const void *from, const struct gauge *was));
