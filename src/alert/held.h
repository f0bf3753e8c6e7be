/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The incidents that are held back, by their ids: a table that grows up to HELD_MAX, then
 * takes no more (whoever asks lets the alert through and counts that). Pure.
 */
#pragma once

#include "base/pack.h"

#include <sipvigil/alert.h>

/** 72 bytes each. */
#define HELD_MAX ((size_t)131072)
/** Longer names are cut. */
#define HELD_BY_BYTES 46
#define HELD_ID_BYTES (SV_ALERT_ID_LEN / 2)

enum held_why { HELD_FREE, HELD_SILENCED, HELD_INHIBITED, HELD_GROUPED };

struct held {
	unsigned char id[HELD_ID_BYTES];
	uint32_t tag;           /* of the inhibitor; 0 otherwise; not saved */
	uint8_t why;            /* enum held_why */
	uint8_t told;           /* severity that was told last, SV_SEVERITY_OK: never */
	uint8_t severity;       /* of a member of a group */
	char by[HELD_BY_BYTES]; /* id of the silence, name of the rule */
};

struct held_table {
	struct held *of;
	size_t n, room; /* room: a power of two */
};

void held_done(struct held_table *table);
/** NULL if it is not held. Good until the next change of the table. */
struct held *held_find(const struct held_table *table, const char *incident);
/** The new entry; NULL: no room, or `incident` is no id. */
struct held *held_add(struct held_table *table, const char *incident);
/** What holds it: copied, cut. */
void held_name(struct held *held, struct sv_str by);
void held_remove(struct held_table *table, struct held *held);
/** Drops those for which `keep` says false. */
void held_sweep(struct held_table *table,
		bool (*keep)(void *user, const struct held *held), void *user);
void held_save(const struct held_table *table, struct pack *out);
/** 0, -EBADMSG, -ENOMEM. */
int held_load(struct held_table *table, struct unpack *in);
