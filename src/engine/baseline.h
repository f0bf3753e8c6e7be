/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What is usual for a key: how many events each hour brought, so that an hour can be
 * held against the same hour of earlier weeks or days.
 *
 * A *history* belongs to a rule and a key's name and outlives the key's windows. It is a
 * list of rows, one for each hour that had events:
 *
 *   hour │ count of each series that the rule learns      hours since 1970, ascending
 *
 * An hour without a row had none, as far back as `since`. Histories lie in the pool and
 * are bounded in number and bytes. A newcomer takes the place of one that has few hours,
 * longest unchanged first; who was seen in BASELINE_PROVEN hours is never given up for a
 * newcomer. Of what was given up or turned away it is not known that there was nothing:
 * `lost` says since when.
 *
 * Pure, event time only; hours are those of UTC, and "the same hour" that of the rule's
 * time zone.
 */
#pragma once

#include "base/pack.h"
#include "engine/pool.h"

#define BASELINE_HOUR (3600 * SV_USEC_PER_SEC)
#define BASELINE_MAX_SERIES 8
/** Earlier weeks or days that are looked at, at most. */
#define BASELINE_MAX_PERIODS 8
#define BASELINE_PROVEN 8
/** By hours seen: 1, 2–3, 4–7, … */
#define BASELINE_LEVELS 11

struct zone;

/** What a measure is compared with. */
struct baseline_spec {
	uint8_t days;   /* 7: same hour of the week; 1: of the day; 0: no baseline */
	uint8_t most;   /* earlier weeks or days at most */
	bool share;     /* of a ratio, else of the count */
	bool drops;     /* less than usual is the alert */
	uint8_t column; /* of the count, or the ratio's numerator */
	uint8_t under;  /* column of the ratio's denominator */
	uint32_t min;   /* share: hours with a smaller denominator tell nothing */
};

/** Doubled, so that the middle of two is exact: events an hour, or a share in
 *  1 / BASELINE_SHARE. */
#define BASELINE_SHARE UINT64_C(200000000)
struct baseline_value {
	uint64_t low, high; /* of the hours that the window touches */
	uint8_t periods;    /* earlier weeks or days that it rests on; 0 = not known */
};

/** What a rule learns. */
struct baseline_rule {
	uint8_t n_series; /* 0: nothing */
	uint8_t series[BASELINE_MAX_SERIES];
	uint16_t horizon; /* hours that are looked back at */
	uint32_t since;   /* first hour that is known as a whole; 0 = not begun */
	uint32_t lost;    /* hour in which something was given up; 0 = never */
	uint64_t digest;  /* of what is counted */
	const struct zone *zone; /* borrowed; NULL = UTC */
};

struct baseline_list {
	pool_handle head, tail;
};

struct baseline_table {
	struct pool *pool;
	struct baseline_rule **rules; /* by index, borrowed; owned array */
	size_t n_rules;
	pool_handle *buckets;
	uint32_t mask;
	struct baseline_list list[BASELINE_LEVELS];
	size_t n, max;
	size_t bytes, max_bytes;
	uint64_t refused; /* histories given up or turned away, rows left out */
	bool waits;       /* a rule has not begun to learn */
};

/** Whose history. */
struct baseline_key {
	uint16_t rule; /* index */
	uint32_t hash;
	struct sv_str name;
};

/** `rules` is taken over (free()). 0 or -ENOMEM. */
int baseline_init(struct baseline_table *table, struct pool *pool,
		  struct baseline_rule **rules, size_t n_rules, size_t max);
void baseline_done(struct baseline_table *table);
/** The first event: what comes from the next full hour on is known. */
void baseline_begin(struct baseline_table *table, sv_usec time);
/** `add` for each series of the rule at `time`, which may be somewhat before `now`. */
void baseline_learn(struct baseline_table *table, const struct baseline_key *key,
		    sv_usec now, sv_usec time, const uint32_t *add);
/** What is usual in the hours from that of now - window to that of now. */
struct baseline_value baseline_of(const struct baseline_table *table,
				  const struct baseline_key *key,
				  const struct baseline_spec *spec, sv_usec now,
				  sv_usec window);
/** When the window touches other hours next. */
sv_usec baseline_turns(sv_usec now, sv_usec window);
/** From when on one earlier week or day is known at the latest; 0 = not begun. */
sv_usec baseline_ready(const struct baseline_rule *rule,
		       const struct baseline_spec *spec);

/** Rules by name and digest of what they count. */
struct baseline_names {
	struct sv_str (*name)(const void *user, size_t rule);
	/** The hash of a key in this process. */
	uint32_t (*hash)(const void *user, size_t rule, struct sv_str name);
	const void *user;
};
void baseline_save(const struct baseline_table *table,
		   const struct baseline_names *names, struct pack *out);
/** Into an empty table; what has no rule any more is left out. 0, -EBADMSG, -ENOMEM. */
int baseline_load(struct baseline_table *table, const struct baseline_names *names,
		  struct unpack *in);

/* For baseline_saved.c alone. */

struct history {
	pool_handle next;         /* in its bucket */
	pool_handle older, newer; /* in its list */
	pool_handle rows;
	uint32_t hash;
	uint32_t since; /* first hour that is known as a whole */
	uint16_t rule, name_len;
	uint16_t n, cap; /* rows */
	pool_handle name;
	uint8_t level;
};

static inline struct history *
baseline_history(const struct baseline_table *table, pool_handle handle)
{
	return pool_at(table->pool, handle);
}
static inline uint32_t *
baseline_row(const struct baseline_table *table, const struct history *history,
	     size_t i)
{
	return (uint32_t *)pool_at(table->pool, history->rows) +
	       i * (1u + table->rules[history->rule]->n_series);
}
/** A history without rows, at the end of the lowest list; 0 without room. */
pool_handle baseline_make(struct baseline_table *table, const struct baseline_key *key,
			  uint32_t hour);
/** A row of zeros for the hour, in its place; NULL without room. */
uint32_t *baseline_insert(struct baseline_table *table, pool_handle handle,
			  uint32_t hour, uint32_t present);
void baseline_drop(struct baseline_table *table, pool_handle handle);
