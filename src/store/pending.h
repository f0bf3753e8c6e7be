/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What is to be written into alerts.db, in its order: a transition, then its rows; marks
 * of rows that were delivered or given up. One transaction at the end of a turn of the
 * loop, or later when the file could not be written. For history.c and the writer.
 */
#pragma once

#include <output/spool.h>
#include <sipvigil/alert.h>

/** Bounds of what waits in memory while the file cannot be written. */
#define PENDING_MAX 20000
#define PENDING_MAX_BYTES ((size_t)32 * 1024 * 1024)

enum pending_kind {
	PENDING_TRANSITION,
	PENDING_ROW,
	PENDING_DELIVERED,
	PENDING_DROPPED
};

/* The texts of each kind. */
enum { TRANSITION_ID, TRANSITION_INCIDENT, TRANSITION_RULE, TRANSITION_JSON };
enum { ROW_OUTPUT, ROW_HEAD, ROW_BODY, ROW_TRANSITION }; /* a mark: its output alone */
#define PENDING_TEXTS 4

struct pending {
	struct pending *next;
	enum pending_kind kind;
	int64_t row; /* of a row, or the one that was delivered or dropped */
	sv_usec now;
	unsigned tag;
	uint64_t id_hash; /* of a transition */
	int state, severity;
	sv_usec time;
	struct sv_str text[PENDING_TEXTS];
	size_t bytes;
	char data[];
};

struct pending_list {
	struct pending *first, *last;
	size_t n, bytes, transitions;
	/** Called for each that is given up for the bounds, before it goes; may be NULL. */
	void (*dropped)(void *user, const struct pending *p);
	void *user;
};

/** Copies `p` with its texts to the end of the list. Beyond the bounds the oldest go, a
 *  transition together with its rows. 0 or -ENOMEM. */
int pending_add(struct pending_list *list, const struct pending *p);
/** Puts all of `before`, which becomes empty, before what the list holds. */
void pending_join(struct pending_list *list, struct pending_list *before);
/** Moves all into an empty list. */
void pending_move(struct pending_list *list, struct pending_list *to);
void pending_clear(struct pending_list *list);
/** Is there a transition with this id? */
bool pending_has(const struct pending_list *list, struct sv_str id);
