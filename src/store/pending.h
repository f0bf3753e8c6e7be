/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What is to be written into alerts.db, in its order: in one transaction at the end of a
 * turn of the loop, or later when the file could not be written. For history.c.
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

struct pending {
	struct pending *next;
	enum pending_kind kind;
	int64_t row; /* of a row, or the one that was delivered or dropped */
	sv_usec now;
	unsigned tag;
	uint64_t id_hash; /* of a transition */
	int state, severity;
	sv_usec time;
	/* a transition: id, incident, rule, json; a row: output, head, body */
	struct sv_str text[4];
	size_t bytes;
	char data[];
};

struct pending_list {
	struct pending *first, *last;
	size_t n, bytes;
	uint64_t lost; /* transitions given up for the bounds */
};

/** Copies `p` with its texts to the end of the list; the oldest make room. 0 or -ENOMEM. */
int pending_add(struct pending_list *list, const struct pending *p);
void pending_clear(struct pending_list *list);
/** Is there a transition with this id? */
bool pending_has(const struct pending_list *list, struct sv_str id);
