/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A ring of copies of recent events, newest wins: evidence for alerts and the material
 * of `peers`. Fixed memory, given at init; adding an event overwrites the oldest ones.
 *
 *   ┌──────────┬────────┬─────────────┬╌╌╌╌╌╌┬──────────┐
 *   │ record k │ newest │    free     │ oldest …  rest  │   records never wrap
 *   └──────────┴────────┴─────────────┴╌╌╌╌╌╌┴──────────┘
 */
#pragma once

#include <base/pack.h>
#include <sipvigil/alert.h>

struct recent {
	char *bytes;
	uint32_t size;
	uint32_t newest, oldest; /* offsets of records, valid if n > 0 */
	uint32_t start;          /* offset of the first record of all */
	size_t n;
};

/** 0 or -ENOMEM. `bytes` is rounded up to a useful least. */
int recent_init(struct recent *recent, size_t bytes);
void recent_done(struct recent *recent);
/** Copy the event. `with_text`: the record's own text too, as evidence. */
void recent_add(struct recent *recent, const struct sv_event *event, bool with_text);

/** The ring's records as bytes, oldest first, and into an empty ring. 0 or -EBADMSG. */
void recent_save(const struct recent *recent, struct pack *out);
int recent_load(struct recent *recent, struct unpack *in);

/** Newest first: start with *at = RECENT_START; false when there are no more. Fills the
 *  event; its texts live until the next recent_add(). */
#define RECENT_START UINT32_MAX
bool recent_next(const struct recent *recent, uint32_t *at, size_t *seen,
		 struct sv_event *ret_event);

/** Which events recent_find() looks for: those with until - span < time <= until. */
struct recent_want {
	uint64_t outcomes; /* bits */
	sv_usec until, span;
	sv_usec grace; /* how much later than its time an event may have come */
	size_t max;    /* records looked at in all */
	const struct sv_ip *ip; /* NULL = any */
	struct sv_str peer;     /* ptr NULL = any */
};
/** As recent_next(), but passes over what is not wanted, without filling an event. */
bool recent_find(const struct recent *recent, const struct recent_want *want,
		 uint32_t *at, size_t *seen, struct sv_event *ret_event);
