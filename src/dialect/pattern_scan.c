/* SPDX-License-Identifier: Apache-2.0 */
#include "dialect/pattern_scan.h"

#include "dialect/pattern_set.h"

#include <ctype.h>

struct scanner {
	struct scan_tree *tree;
	struct sv_str text;
	size_t at;
	bool fold;  /* (?i) */
	bool quote; /* inside of \Q…\E */
	unsigned depth;
};

static uint16_t
node_new(struct scanner *s, enum scan_kind kind)
{
	struct scan_tree *tree = s->tree;

	if (tree->n >= SCAN_MAX_NODES) {
		tree->unclear = true;
		return SCAN_NONE;
	}
	tree->nodes[tree->n] = (struct scan_node){ .kind = kind,
						   .min = 1,
						   .max = 1,
						   .next = SCAN_NONE,
						   .child = SCAN_NONE,
						   .field = PATTERN_FIELDS };
	return (uint16_t)tree->n++;
}

static char
peek(const struct scanner *s, size_t n)
{
	return s->at + n < s->text.len ? s->text.ptr[s->at + n] : '\0';
}

static bool
looking_at(const struct scanner *s, const char *word)
{
	return str_starts(str_from(s->text, s->at), str_of(word));
}

static uint16_t
set_node(struct scanner *s, const struct scan_set *set)
{
	uint16_t node = node_new(s, SCAN_SET);

	if (node == SCAN_NONE)
		return node;
	s->tree->nodes[node].set = *set;
	if (s->fold)
		scan_set_fold(&s->tree->nodes[node].set);
	return node;
}

static uint16_t
byte_node(struct scanner *s)
{
	struct scan_set set = { 0 };
	unsigned char c = (unsigned char)s->text.ptr[s->at++];

	scan_set_range(&set, c, c);
	return set_node(s, &set);
}

static uint16_t
escape_node(struct scanner *s)
{
	static const struct {
		char letter;
		enum scan_kind kind;
	} rows[] = { { 'A', SCAN_START },
		     { 'z', SCAN_END },
		     { 'Z', SCAN_END },
		     { 'b', SCAN_NOTHING },
		     { 'B', SCAN_NOTHING } };
	struct scan_set set = { 0 };
	size_t used;

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		if (peek(s, 1) == rows[i].letter) {
			s->at += 2;
			return node_new(s, rows[i].kind);
		}
	enum scan_escape found =
		scan_set_escape(str_from(s->text, s->at), false, &used, &set);
	s->at += used;
	if (found != SCAN_ESCAPE_UNCLEAR)
		return set_node(s, &set);
	return node_new(s, SCAN_UNCLEAR);
}

static uint16_t
class_node(struct scanner *s)
{
	struct scan_set set = { 0 };
	bool unclear = false;

	s->at += scan_set_class(str_from(s->text, s->at), &set, &unclear);
	return unclear ? node_new(s, SCAN_UNCLEAR) : set_node(s, &set);
}

static void read_group(struct scanner *s, uint16_t group);

/** `(?<name>`: the name's place and field. */
static void
take_name(struct scanner *s, uint16_t group, char closing)
{
	size_t from = s->at;

	while (s->at < s->text.len && peek(s, 0) != closing)
		s->at++;
	if (group != SCAN_NONE) {
		struct scan_node *node = &s->tree->nodes[group];
		node->at = (uint32_t)from;
		node->len = (uint32_t)(s->at - from);
		node->field =
			pattern_field_find(str_make(s->text.ptr + from, s->at - from));
	}
	s->at += s->at < s->text.len;
}

/** Flags at `(?`: true if they were understood. Those that change how the rest is read
 *  make all of it unclear. */
static bool
take_flags(struct scanner *s)
{
	bool on = true;

	for (; s->at < s->text.len && peek(s, 0) != ')' && peek(s, 0) != ':'; s->at++) {
		switch (peek(s, 0)) {
		case '-':
			on = false;
			break;
		case 'i':
			s->fold = on;
			break;
		case 'U': /* lazy or greedy: what can match stays the same */
		case 'J':
		case 's':
			break;
		case 'm':
		case 'n':
		case 'x':
		case '^':
			s->tree->unclear = true;
			return false;
		default:
			return false;
		}
	}
	return true;
}

/** To behind the parenthesis that closes this one. */
static void
skip_group(struct scanner *s)
{
	uint16_t inside = node_new(s, SCAN_GROUP);

	read_group(s, inside);
}

/** What stands behind `(`: we are there. */
static uint16_t
group_node(struct scanner *s)
{
	bool fold = s->fold;
	uint16_t group = node_new(s, SCAN_GROUP);

	if (looking_at(s, "?#")) {
		while (s->at < s->text.len && peek(s, 0) != ')')
			s->at++;
		s->at += s->at < s->text.len;
		if (group != SCAN_NONE)
			s->tree->nodes[group].kind = SCAN_NOTHING;
		return group;
	}
	bool clear = true;
	if (looking_at(s, "?:") || looking_at(s, "?>") || looking_at(s, "?|")) {
		s->at += 2;
	} else if (looking_at(s, "?P<") || looking_at(s, "?<") || looking_at(s, "?'")) {
		size_t skip = looking_at(s, "?P<") ? 3 : 2;
		clear = peek(s, skip) != '=' && peek(s, skip) != '!';
		s->at += skip;
		if (clear)
			take_name(s, group, s->text.ptr[s->at - 1] == '<' ? '>' : '\'');
	} else if (peek(s, 0) == '?') {
		s->at++;
		clear = take_flags(s);
		if (clear && peek(s, 0) == ')') { /* they hold from here on */
			s->at++;
			if (group != SCAN_NONE)
				s->tree->nodes[group].kind = SCAN_NOTHING;
			return group;
		}
		s->at += clear && peek(s, 0) == ':';
	} else if (peek(s, 0) == '*') {
		clear = false;
	}
	if (clear)
		read_group(s, group);
	else
		skip_group(s);
	if (!clear && group != SCAN_NONE)
		s->tree->nodes[group].kind = SCAN_UNCLEAR;
	s->fold = fold;
	return group;
}

/** `{2,3}` here: true and behind it. */
static bool
take_braces(struct scanner *s, uint64_t *ret_min, uint64_t *ret_max)
{
	struct sv_str rest = str_from(s->text, s->at + 1);
	size_t n = str_take_u64(rest, ret_min);

	if (!n) {
		/* newer libraries take more for a quantifier: {,3} { 3 } */
		s->tree->unclear |= rest.len && strchr(", ", rest.ptr[0]);
		return false;
	}
	rest = str_from(rest, n);
	*ret_max = *ret_min;
	if (rest.len && rest.ptr[0] == ',') {
		rest = str_from(rest, 1);
		n = str_take_u64(rest, ret_max);
		if (!n)
			*ret_max = SCAN_MANY;
		rest = str_from(rest, n);
	}
	if (!rest.len || rest.ptr[0] != '}') {
		s->tree->unclear |= rest.len && rest.ptr[0] == ' ';
		return false;
	}
	s->at = (size_t)(rest.ptr - s->text.ptr) + 1;
	return true;
}

static void
take_quantifier(struct scanner *s, uint16_t node)
{
	uint64_t min = 1, max = 1;

	switch (peek(s, 0)) {
	case '*':
		min = 0;
		max = SCAN_MANY;
		s->at++;
		break;
	case '+':
		max = SCAN_MANY;
		s->at++;
		break;
	case '?':
		min = 0;
		s->at++;
		break;
	case '{':
		if (!take_braces(s, &min, &max))
			return;
		break;
	default:
		return;
	}
	if (peek(s, 0) == '?' || peek(s, 0) == '+')
		s->at++;
	if (node == SCAN_NONE)
		return;
	s->tree->nodes[node].min = (uint16_t)(min < SCAN_MANY ? min : SCAN_MANY - 1);
	s->tree->nodes[node].max = (uint16_t)(max < SCAN_MANY ? max : SCAN_MANY);
}

/** One item; SCAN_NONE when there was none (or no room). */
static uint16_t
item_node(struct scanner *s)
{
	struct scan_set set = { 0 };

	if (s->quote)
		return byte_node(s);
	switch (peek(s, 0)) {
	case '\\':
		return escape_node(s);
	case '[':
		return class_node(s);
	case '(':
		s->at++;
		return group_node(s);
	case '.':
		s->at++;
		scan_set_invert(&set);
		return set_node(s, &set);
	case '^':
		s->at++;
		return node_new(s, SCAN_START);
	case '$':
		s->at++;
		return node_new(s, SCAN_END);
	default:
		return byte_node(s);
	}
}

/** Items up to `|`, `)` or the end. */
static void
read_branch(struct scanner *s, uint16_t branch)
{
	uint16_t last = SCAN_NONE;

	while (s->at < s->text.len) {
		if (looking_at(s, s->quote ? "\\E" : "\\Q")) {
			s->quote = !s->quote;
			s->at += 2;
			continue;
		}
		if (!s->quote && looking_at(s, "\\E")) {
			s->at += 2;
			continue;
		}
		if (!s->quote && (peek(s, 0) == '|' || peek(s, 0) == ')'))
			return;
		if (!s->quote && last != SCAN_NONE && peek(s, 0) &&
		    strchr("*+?", peek(s, 0))) { /* behind \E */
			take_quantifier(s, last);
			continue;
		}
		uint16_t item = item_node(s);
		if (!s->quote)
			take_quantifier(s, item);
		if (item == SCAN_NONE || branch == SCAN_NONE)
			continue;
		if (last == SCAN_NONE)
			s->tree->nodes[branch].child = item;
		else
			s->tree->nodes[last].next = item;
		last = item;
	}
}

/** Alternatives up to the closing parenthesis, and behind it. */
static void
read_group(struct scanner *s, uint16_t group)
{
	uint16_t last = SCAN_NONE;

	if (++s->depth > SCAN_MAX_DEPTH) {
		s->tree->unclear = true;
		s->at = s->text.len;
	}
	for (;;) {
		uint16_t branch = node_new(s, SCAN_BRANCH);
		read_branch(s, branch);
		if (branch != SCAN_NONE && group != SCAN_NONE) {
			if (last == SCAN_NONE)
				s->tree->nodes[group].child = branch;
			else
				s->tree->nodes[last].next = branch;
			last = branch;
		}
		if (peek(s, 0) != '|' || s->at >= s->text.len)
			break;
		s->at++;
	}
	s->at += s->at < s->text.len && peek(s, 0) == ')';
	s->depth--;
}

void
scan_tree_read(struct scan_tree *tree, struct sv_str pattern)
{
	struct scanner s = { .tree = tree, .text = pattern };

	tree->n = 0;
	tree->unclear = false;
	uint16_t whole = node_new(&s, SCAN_GROUP);
	read_group(&s, whole);
	/* a parenthesis too many: not as PCRE2 reads it */
	if (s.at < pattern.len)
		tree->unclear = true;
}

static void
reverse_items(struct scan_tree *tree, uint16_t branch)
{
	uint16_t done = SCAN_NONE, item = tree->nodes[branch].child;

	while (item != SCAN_NONE) {
		uint16_t next = tree->nodes[item].next;
		tree->nodes[item].next = done;
		done = item;
		item = next;
	}
	tree->nodes[branch].child = done;
}

void
scan_tree_reverse(struct scan_tree *tree)
{
	for (size_t i = 0; i < tree->n; i++) {
		struct scan_node *node = &tree->nodes[i];
		if (node->kind == SCAN_BRANCH)
			reverse_items(tree, (uint16_t)i);
		else if (node->kind == SCAN_START)
			node->kind = SCAN_END;
		else if (node->kind == SCAN_END)
			node->kind = SCAN_START;
	}
}

/** The only byte of a set, -1 if it has none or several. */
static int
only_byte(const struct scan_set *set)
{
	int found = -1;

	for (int c = 0; c < 256; c++)
		if (scan_has(set, (unsigned char)c)) {
			if (found >= 0)
				return -1;
			found = c;
		}
	return found;
}

struct literal {
	char *out;
	size_t room, best;
	char run[64];
	size_t n;
};

static void
literal_end(struct literal *l)
{
	if (l->n > l->best && l->n >= 3 && l->n <= l->room) {
		memcpy(l->out, l->run, l->n);
		l->best = l->n;
	}
	l->n = 0;
}

static void
literal_items(const struct scan_tree *tree, uint16_t branch, struct literal *l)
{
	for (uint16_t i = tree->nodes[branch].child; i != SCAN_NONE;
	     i = tree->nodes[i].next) {
		const struct scan_node *node = &tree->nodes[i];
		bool once = node->min == 1 && node->max == 1;
		int byte = node->kind == SCAN_SET && once ? only_byte(&node->set) : -1;
		if (byte >= 0) {
			if (l->n == sizeof(l->run))
				literal_end(l);
			l->run[l->n++] = (char)byte;
			continue;
		}
		if (node->kind == SCAN_NOTHING)
			continue;
		if (node->kind == SCAN_GROUP && once && node->child != SCAN_NONE &&
		    tree->nodes[node->child].next == SCAN_NONE)
			literal_items(tree, node->child, l);
		else
			literal_end(l);
	}
}

size_t
scan_tree_literal(const struct scan_tree *tree, char *out, size_t out_bytes)
{
	struct literal l = { .room = out_bytes };
	uint16_t branch = tree->nodes[0].child;

	l.out = out;
	if (tree->unclear || branch == SCAN_NONE ||
	    tree->nodes[branch].next != SCAN_NONE)
		return 0;
	for (size_t i = 0; i < tree->n; i++)
		if (tree->nodes[i].kind == SCAN_UNCLEAR)
			return 0;
	literal_items(tree, branch, &l);
	literal_end(&l);
	return l.best;
}
