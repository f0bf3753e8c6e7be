/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Which groups of an expression that name a peer could hold text of the other side.
 *
 * A group is safe from the left when, read from the line's first byte, each part before
 * it can end in one place only and none of them is a claim: then whatever the other
 * side writes stands behind. It is safe from the right when the same holds from the
 * line's last byte backwards. A part can end in one place only when no byte that may
 * go on with it may also begin what follows (sets of first bytes). Everything that is
 * not understood is not safe.
 */
#include "dialect/pattern_scan.h"

#include <stdlib.h>

/** What holds at a place of the walk. */
struct danger {
	enum pattern_why why;
	enum pattern_field claim;
};

struct verdict {
	bool seen;
	struct danger worst;
	bool loose;
};

struct walk {
	const struct scan_tree *tree;
	struct verdict *verdicts; /* one a node */
};

static bool
names_peer(enum pattern_field field)
{
	return field == PATTERN_PEER_IP || field == PATTERN_PEER_PORT ||
	       field == PATTERN_PEER;
}

static bool is_nullable(const struct scan_tree *tree, uint16_t index);

static bool
branch_nullable(const struct scan_tree *tree, uint16_t branch)
{
	for (uint16_t i = tree->nodes[branch].child; i != SCAN_NONE;
	     i = tree->nodes[i].next)
		if (!is_nullable(tree, i))
			return false;
	return true;
}

static bool
is_nullable(const struct scan_tree *tree, uint16_t index)
{
	const struct scan_node *node = &tree->nodes[index];

	if (node->min == 0)
		return true;
	if (node->kind == SCAN_SET)
		return false;
	if (node->kind != SCAN_GROUP)
		return true;
	for (uint16_t b = node->child; b != SCAN_NONE; b = tree->nodes[b].next)
		if (branch_nullable(tree, b))
			return true;
	return false;
}

static void first_of_items(const struct scan_tree *tree, uint16_t item,
			   const struct scan_set *follow, struct scan_set *into);

static void
first_of(const struct scan_tree *tree, uint16_t index, struct scan_set *into)
{
	const struct scan_node *node = &tree->nodes[index];
	static const struct scan_set nothing;

	if (node->kind == SCAN_SET)
		scan_join(into, &node->set);
	else if (node->kind == SCAN_UNCLEAR)
		memset(into, 0xFF, sizeof(*into));
	else if (node->kind == SCAN_GROUP)
		for (uint16_t b = node->child; b != SCAN_NONE; b = tree->nodes[b].next)
			first_of_items(tree, tree->nodes[b].child, &nothing, into);
}

/** Bytes with which a row of items, and what follows it, can begin. */
static void
first_of_items(const struct scan_tree *tree, uint16_t item,
	       const struct scan_set *follow, struct scan_set *into)
{
	for (; item != SCAN_NONE; item = tree->nodes[item].next) {
		if (tree->nodes[item].kind == SCAN_END)
			return;
		first_of(tree, item, into);
		if (!is_nullable(tree, item))
			return;
	}
	scan_join(into, follow);
}

/** A row of sets, each once: its length, SIZE_MAX when it is anything else. */
static size_t
fixed_length(const struct scan_tree *tree, uint16_t branch)
{
	size_t n = 0;

	for (uint16_t i = tree->nodes[branch].child; i != SCAN_NONE;
	     i = tree->nodes[i].next) {
		const struct scan_node *node = &tree->nodes[i];
		if (node->kind == SCAN_NOTHING)
			continue;
		if (node->kind != SCAN_SET || node->min != 1 || node->max != 1)
			return SIZE_MAX;
		n++;
	}
	return n;
}

/** Both rows can match the same bytes as far as the shorter goes. */
static bool
rows_agree(const struct scan_tree *tree, uint16_t a, uint16_t b)
{
	a = tree->nodes[a].child;
	b = tree->nodes[b].child;
	while (a != SCAN_NONE && b != SCAN_NONE) {
		const struct scan_node *x = &tree->nodes[a], *y = &tree->nodes[b];
		if (x->kind == SCAN_NOTHING) {
			a = x->next;
		} else if (y->kind == SCAN_NOTHING) {
			b = y->next;
		} else {
			if (!scan_meets(&x->set, &y->set))
				return false;
			a = x->next;
			b = y->next;
		}
	}
	return true;
}

/** The two alternatives exclude each other, or end at the same place. */
static bool
paths_apart(const struct scan_tree *tree, uint16_t a, uint16_t b,
	    const struct scan_set *follow)
{
	struct scan_set first_a = { 0 }, first_b = { 0 };

	first_of_items(tree, tree->nodes[a].child, follow, &first_a);
	first_of_items(tree, tree->nodes[b].child, follow, &first_b);
	if (!scan_meets(&first_a, &first_b))
		return true;
	size_t length_a = fixed_length(tree, a), length_b = fixed_length(tree, b);
	if (length_a == SIZE_MAX || length_b == SIZE_MAX)
		return false;
	return length_a == length_b || !rows_agree(tree, a, b);
}

static struct danger
worse(struct danger a, struct danger b)
{
	return a.why != PATTERN_SAFE ? a : b;
}

/** What comes behind a row of items: the first bytes of it, and the items. */
struct behind {
	struct scan_set first;
	uint16_t item;              /* the next one of the row around it */
	const struct behind *outer; /* … and what is behind that row; NULL: the end */
	bool loop;                  /* or the row itself again */
};

static struct danger walk_items(struct walk *walk, uint16_t item, struct danger danger,
				const struct behind *behind);

/** The alternatives of a group. */
static struct danger
walk_branches(struct walk *walk, uint16_t group, struct danger danger,
	      const struct behind *behind)
{
	const struct scan_tree *tree = walk->tree;
	struct danger after = { PATTERN_SAFE, PATTERN_FIELDS };
	uint16_t first = tree->nodes[group].child;

	for (uint16_t b = first; b != SCAN_NONE; b = tree->nodes[b].next) {
		struct danger out =
			walk_items(walk, tree->nodes[b].child, danger, behind);
		after = worse(after, out);
		for (uint16_t a = first; a != b; a = tree->nodes[a].next)
			if (!paths_apart(tree, a, b, &behind->first))
				after = worse(after,
					      (struct danger){ PATTERN_BEHIND_PATHS,
							       PATTERN_FIELDS });
	}
	return after;
}

/** The group takes nothing but what an address (a number) is made of. */
static bool
is_tight(const struct scan_tree *tree, uint16_t index, enum pattern_field field)
{
	const struct scan_node *node = &tree->nodes[index];
	const char *allowed =
		field == PATTERN_PEER_IP ? "0123456789abcdefABCDEF:.[]%" : "0123456789";

	if (node->kind == SCAN_SET) {
		for (int c = 0; c < 256; c++)
			if (scan_has(&node->set, (unsigned char)c) &&
			    (!c || !strchr(allowed, c)))
				return false;
		return true;
	}
	if (node->kind == SCAN_UNCLEAR)
		return false;
	for (uint16_t b = node->child; node->kind == SCAN_GROUP && b != SCAN_NONE;
	     b = tree->nodes[b].next)
		for (uint16_t i = tree->nodes[b].child; i != SCAN_NONE;
		     i = tree->nodes[i].next)
			if (!is_tight(tree, i, field))
				return false;
	return true;
}

static bool
holds_all(const struct scan_set *set, const struct scan_set *part)
{
	for (int i = 0; i < 4; i++)
		if (part->bits[i] & ~set->bits[i])
			return false;
	return true;
}

/** A run of bytes of a set ends in one place, though what follows begins with some of
 *  them: a byte that it cannot hold comes at a fixed distance. "[a-z ]+" before " :". */
static bool
ends_by_literal(const struct scan_tree *tree, const struct scan_set *set,
		const struct behind *rest)
{
	uint16_t item = rest->item;
	const struct behind *outer = rest->outer;

	for (;;) {
		if (item == SCAN_NONE) {
			if (!outer || outer->loop)
				return false;
			item = outer->item;
			outer = outer->outer;
			continue;
		}
		const struct scan_node *node = &tree->nodes[item];
		if (node->kind != SCAN_NOTHING) {
			if (node->kind != SCAN_SET || node->min != 1 || node->max != 1)
				return false;
			if (!scan_meets(set, &node->set))
				return true;
			if (!holds_all(set, &node->set))
				return false;
		}
		item = node->next;
	}
}

/** The part may end in more than one place. */
static bool
is_ragged(const struct scan_tree *tree, uint16_t index, const struct behind *rest)
{
	const struct scan_node *node = &tree->nodes[index];
	struct scan_set first = { 0 };

	if (node->min == node->max)
		return false;
	first_of(tree, index, &first);
	if (!scan_meets(&first, &rest->first))
		return false;
	return node->kind != SCAN_SET || !ends_by_literal(tree, &node->set, rest);
}

static struct danger
walk_group(struct walk *walk, uint16_t index, struct danger danger,
	   const struct behind *rest)
{
	const struct scan_node *node = &walk->tree->nodes[index];
	struct behind behind = *rest;
	struct danger before = danger;

	/* a loop may be followed by itself, and its groups keep the last round's text */
	if (node->max > 1) {
		first_of(walk->tree, index, &behind.first);
		behind.loop = true;
		before = worse(danger,
			       (struct danger){ PATTERN_UNCLEAR, PATTERN_FIELDS });
	}
	struct danger after = walk_branches(walk, index, before, &behind);
	if (node->max > 1 && danger.why == PATTERN_SAFE && after.why == PATTERN_UNCLEAR)
		after = walk_branches(&(struct walk){ walk->tree, NULL }, index, danger,
				      &behind);
	if (node->min == 0)
		after = worse(danger, after);
	if (names_peer(node->field) && walk->verdicts) {
		struct verdict *verdict = &walk->verdicts[index];
		verdict->seen = true;
		/* where it ends is as important as where it begins: "10.0.0.1" and a
		 * user "00" */
		verdict->worst = worse(before, after);
		verdict->loose = node->field != PATTERN_PEER &&
				 !is_tight(walk->tree, index, node->field);
	}
	if (node->field != PATTERN_FIELDS && pattern_field_is_claim(node->field))
		after = worse(danger,
			      (struct danger){ PATTERN_BEHIND_CLAIM, node->field });
	return after;
}

static bool
is_byte(const struct scan_tree *tree, uint16_t item, char byte)
{
	struct scan_set wanted = { 0 };

	wanted.bits[(unsigned char)byte >> 6] = UINT64_C(1) << (byte & 63);
	return item != SCAN_NONE && tree->nodes[item].kind == SCAN_SET &&
	       memcmp(&tree->nodes[item].set, &wanted, sizeof(wanted)) == 0;
}

/** What begins behind an item. Where address and port stand together, 2001:db8::1:5060,
 *  both are of one hand: what matters is what follows the port. */
static void
first_behind(const struct scan_tree *tree, uint16_t item, const struct scan_set *follow,
	     struct scan_set *into)
{
	uint16_t next = tree->nodes[item].next;

	if (tree->nodes[item].field == PATTERN_PEER_IP) {
		if (is_byte(tree, next, ']'))
			next = tree->nodes[next].next;
		uint16_t port =
			is_byte(tree, next, ':') ? tree->nodes[next].next : SCAN_NONE;
		if (port != SCAN_NONE && tree->nodes[port].field == PATTERN_PEER_PORT &&
		    is_tight(tree, port, PATTERN_PEER_PORT))
			item = port;
	}
	first_of_items(tree, tree->nodes[item].next, follow, into);
}

/** Items from the left to the right. What comes back holds behind the last. */
static struct danger
walk_items(struct walk *walk, uint16_t item, struct danger danger,
	   const struct behind *behind)
{
	const struct scan_tree *tree = walk->tree;

	for (; item != SCAN_NONE; item = tree->nodes[item].next) {
		const struct scan_node *node = &tree->nodes[item];
		struct behind rest = { .item = node->next, .outer = behind };
		first_behind(tree, item, &behind->first, &rest.first);
		switch (node->kind) {
		case SCAN_START:
			if (danger.why == PATTERN_UNANCHORED)
				danger.why = PATTERN_SAFE;
			break;
		case SCAN_GROUP:
			danger = walk_group(walk, item, danger, &rest);
			break;
		case SCAN_UNCLEAR:
			danger = worse(danger, (struct danger){ PATTERN_UNCLEAR,
								PATTERN_FIELDS });
			break;
		case SCAN_SET:
		case SCAN_END:
		case SCAN_NOTHING:
		case SCAN_BRANCH:
			break;
		}
		if ((node->kind == SCAN_SET || node->kind == SCAN_GROUP) &&
		    is_ragged(tree, item, &rest))
			danger = worse(danger, (struct danger){ PATTERN_BEHIND_WIDE,
								PATTERN_FIELDS });
	}
	return danger;
}

static void
walk_whole(const struct scan_tree *tree, struct verdict *verdicts)
{
	struct walk walk = { tree, verdicts };
	static const struct behind nothing = { .item = SCAN_NONE };

	(void)walk_branches(&walk, 0,
			    (struct danger){ PATTERN_UNANCHORED, PATTERN_FIELDS },
			    &nothing);
}

struct judgement {
	struct scan_tree tree;
	struct verdict left[SCAN_MAX_NODES], right[SCAN_MAX_NODES];
};

static bool
judge_node(const struct judgement *j, size_t index, struct pattern_risk *risk)
{
	const struct scan_node *node = &j->tree.nodes[index];
	const struct verdict *left = &j->left[index], *right = &j->right[index];
	static const struct danger unclear = { PATTERN_UNCLEAR, PATTERN_FIELDS };
	struct danger a = left->seen && !j->tree.unclear ? left->worst : unclear;
	struct danger b = right->seen && !j->tree.unclear ? right->worst : unclear;

	*risk = (struct pattern_risk){ .why = PATTERN_SAFE,
				       .field = node->field,
				       .claim = PATTERN_FIELDS,
				       .at = node->at,
				       .len = node->len };
	/* One that may begin anywhere finds its words in lines of any kind, and those
	 * may end as the other side likes. */
	if (a.why != PATTERN_SAFE &&
	    (b.why != PATTERN_SAFE || a.why == PATTERN_UNANCHORED)) {
		risk->why = a.why;
		risk->claim = a.claim;
	} else if (left->loose) {
		risk->why = PATTERN_LOOSE;
	}
	return risk->why != PATTERN_SAFE;
}

/** Places of the groups: from the left certain, from the right alone, or not. */
static struct judgement *
judge(const char *pattern)
{
	struct judgement *j = calloc(1, sizeof(*j));

	if (!j)
		return NULL;
	scan_tree_read(&j->tree, str_of(pattern));
	walk_whole(&j->tree, j->left);
	scan_tree_reverse(&j->tree);
	walk_whole(&j->tree, j->right);
	return j;
}

size_t
pattern_risks(const char *pattern, struct pattern_risk risks[PATTERN_MAX_RISKS])
{
	struct judgement *j = judge(pattern);
	size_t n = 0;

	if (!j) {
		risks[0] = (struct pattern_risk){ .why = PATTERN_UNCLEAR };
		return 1;
	}
	for (size_t i = 0; i < j->tree.n && n < PATTERN_MAX_RISKS; i++)
		if (names_peer(j->tree.nodes[i].field))
			n += judge_node(j, i, &risks[n]);
	free(j);
	return n;
}

bool
pattern_rests_on_end(const char *pattern)
{
	struct judgement *j = judge(pattern);
	bool rests = !j;

	for (size_t i = 0; j && i < j->tree.n; i++)
		rests |= names_peer(j->tree.nodes[i].field) &&
			 j->left[i].worst.why != PATTERN_SAFE;
	free(j);
	return rests;
}
