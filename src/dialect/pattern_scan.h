/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The syntax of a regular expression as a tree, for those who judge it. The expression
 * has been compiled by PCRE2 before: its syntax is known to be right, so that this
 * reader need only understand it. What it does not understand becomes a node
 * SCAN_UNCLEAR, never a guess. Inside of pattern*.c.
 */
#pragma once

#include "base/text.h"
#include "dialect/pattern.h"

#define SCAN_MAX_NODES 2048
#define SCAN_MAX_DEPTH 64
#define SCAN_MANY UINT16_MAX
#define SCAN_NONE UINT16_MAX

/** Bytes that a part may match. */
struct scan_set {
	uint64_t bits[4];
};

enum scan_kind {
	SCAN_SET,     /* one byte of a set */
	SCAN_START,   /* ^ \A */
	SCAN_END,     /* $ \z \Z */
	SCAN_NOTHING, /* \b, flags: no bytes */
	SCAN_GROUP,   /* alternatives: `child` is the first SCAN_BRANCH */
	SCAN_BRANCH,  /* items in a row: `child` is the first, `next` the next branch */
	SCAN_UNCLEAR,
};

struct scan_node {
	enum scan_kind kind;
	uint16_t min, max; /* how often; SCAN_MANY = no limit */
	uint16_t next, child;
	enum pattern_field field; /* of a named group, else PATTERN_FIELDS */
	uint32_t at, len;         /* of the group's name in the text */
	struct scan_set set;
};

struct scan_tree {
	size_t n;     /* nodes[0] is the whole, a group */
	bool unclear; /* too large, too deep, or in a mode that is not understood */
	struct scan_node nodes[SCAN_MAX_NODES];
};

void scan_tree_read(struct scan_tree *tree, struct sv_str pattern);
/** The tree as one reads it from the right: items in reverse order, ^ and $ changed. */
void scan_tree_reverse(struct scan_tree *tree);
/** The longest text (at least three bytes) that each match holds, copied; its length, 0
 *  if none is certain. */
size_t scan_tree_literal(const struct scan_tree *tree, char *out, size_t out_bytes);

/** Some group that names a peer is safe, if it is, by the end of the line alone. */
bool pattern_rests_on_end(const char *pattern);

static inline bool
scan_has(const struct scan_set *set, unsigned char c)
{
	return set->bits[c >> 6] >> (c & 63) & 1;
}
static inline bool
scan_meets(const struct scan_set *a, const struct scan_set *b)
{
	return (a->bits[0] & b->bits[0]) || (a->bits[1] & b->bits[1]) ||
	       (a->bits[2] & b->bits[2]) || (a->bits[3] & b->bits[3]);
}
static inline void
scan_join(struct scan_set *into, const struct scan_set *from)
{
	for (int i = 0; i < 4; i++)
		into->bits[i] |= from->bits[i];
}
