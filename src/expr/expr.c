/* SPDX-License-Identifier: Apache-2.0 */
#include "expr/expr.h"

#include "base/text.h"
#include "expr/field.h"
#include "expr/program.h"

#include <stdlib.h>

static char
lower(char c)
{
	return c >= 'A' && c <= 'Z' ? (char)(c | 0x20) : c;
}

/** Does the pattern's item at `*at` take byte `c`? Moves `*at` behind the item. */
static bool
item_takes(struct sv_str pattern, size_t *at, char c)
{
	char p = pattern.ptr[(*at)++];

	if (p == '_')
		return true;
	if (p == '\\' && *at < pattern.len)
		p = pattern.ptr[(*at)++];
	return p == lower(c);
}

static bool
is_run(char p)
{
	return p == '*' || p == '%';
}

/* One place to come back to is enough: when a later run has been reached, giving an
 * earlier one more bytes cannot help. */
bool
like_match(struct sv_str pattern, struct sv_str text)
{
	size_t p = 0, t = 0, back_p = STR_NONE, back_t = 0;

	while (t < text.len) {
		size_t next = p;
		if (p < pattern.len && is_run(pattern.ptr[p])) {
			back_p = ++p;
			back_t = t;
		} else if (p < pattern.len && item_takes(pattern, &next, text.ptr[t])) {
			p = next;
			t++;
		} else if (back_p != STR_NONE) {
			p = back_p;
			t = ++back_t;
		} else {
			return false;
		}
	}
	while (p < pattern.len && is_run(pattern.ptr[p]))
		p++;
	return p == pattern.len;
}

static bool
in_range(const struct test *test, uint64_t v)
{
	return v >= test->with.range.least && v <= test->with.range.most;
}

static bool
ip_holds(const struct prefix *prefix, const struct sv_ip *ip)
{
	if (prefix->ip.family == 0 || ip->family == 0)
		return prefix->ip.family == ip->family;
	return prefix_contains(prefix, ip);
}

static bool
test_holds(const struct expr *expr, const struct test *test,
	   const struct sv_event *event)
{
	struct sv_str text;
	uint32_t v;

	switch ((enum test_kind)test->kind) {
	case TEST_ENUM:
		v = field_u32(event, test->offset);
		return v < 64 && (test->with.mask >> v & 1);
	case TEST_U16:
		return in_range(test, field_u16(event, test->offset));
	case TEST_U32:
		return in_range(test, field_u32(event, test->offset));
	case TEST_TIME:
		return in_range(test, event->time);
	case TEST_TEXT:
		text = field_text(event, test->offset);
		return text.len == test->with.text.len &&
		       (text.len == 0 ||
			memcmp(text.ptr, expr->text + test->with.text.at, text.len) ==
				0);
	case TEST_LIKE:
		return like_match(
			str_make(expr->text + test->with.text.at, test->with.text.len),
			field_text(event, test->offset));
	case TEST_IP:
		return ip_holds(&test->with.prefix, &event->peer_ip);
	}
	return false;
}

bool
expr_test(const struct expr *expr, const struct sv_event *event)
{
	unsigned at;

	if (!expr)
		return true;
	for (at = expr->entry; at < expr->n;) {
		const struct test *test = &expr->tests[at];
		at = test_holds(expr, test, event) ? test->if_true : test->if_false;
	}
	return at == PROGRAM_TRUE;
}

bool
expr_test_alert(const struct expr *expr, const struct expr_alert *alert)
{
	return expr_test(expr, (const struct sv_event *)(const void *)alert);
}

/** The test asks whether the peer bears a certain name. */
static bool
names_peer(const struct test *test)
{
	return test->kind == TEST_TEXT &&
	       test->offset == offsetof(struct sv_event, peer) && test->with.text.len;
}

/** Which ways lead on from the test: bit 0 that it holds, bit 1 that it does not. */
static unsigned
ways_open(const struct test *test, const struct expr_known *known)
{
	const struct {
		unsigned fact, value;
		size_t offset;
	} facts[] = {
		{ EXPR_KNOWS_OUTCOME, known->outcome,
		  offsetof(struct sv_event, outcome) },
		{ EXPR_KNOWS_LEG, known->leg, offsetof(struct sv_event, leg) },
		{ EXPR_KNOWS_SERVICE, known->service,
		  offsetof(struct sv_event, service) },
		{ EXPR_KNOWS_METHOD, known->method, offsetof(struct sv_event, method) },
	};

	if (known->facts & EXPR_OTHER_PEER && names_peer(test))
		return 2;
	if (test->kind != TEST_ENUM)
		return 3;
	for (size_t i = 0; i < sizeof(facts) / sizeof(facts[0]); i++)
		if (known->facts & facts[i].fact && test->offset == facts[i].offset)
			return test->with.mask >> facts[i].value & 1 ? 1 : 2;
	return 3;
}

/* Which ends can be reached when what is not known may be anything: bit 0 TRUE, bit 1
 * FALSE. Ways go to higher indices only, so one pass from the end knows all. */
static unsigned
ends_open(const struct expr *expr, const struct expr_known *known)
{
	uint8_t can[EXPR_MAX_NODES] = { 0 };

	for (size_t i = expr->n; i-- > 0;) {
		const struct test *test = &expr->tests[i];
		unsigned open = ways_open(test, known);
		unsigned way[2] = { test->if_true, test->if_false };
		can[i] = 0;
		for (unsigned k = 0; k < 2; k++) {
			if (!(open >> k & 1))
				continue;
			can[i] |= way[k] < expr->n         ? can[way[k]]
				  : way[k] == PROGRAM_TRUE ? 1
							   : 2;
		}
	}
	if (expr->entry < expr->n)
		return can[expr->entry];
	return expr->n && expr->entry == PROGRAM_TRUE ? 1 : 2;
}

enum expr_verdict
expr_foresee(const struct expr *expr, const struct expr_known *known)
{
	unsigned ends = expr ? ends_open(expr, known) : 1;

	return ends == 1 ? EXPR_ALWAYS : ends == 2 ? EXPR_NEVER : EXPR_MAYBE;
}

uint64_t
expr_outcomes(const struct expr *expr)
{
	uint64_t set = 0;

	for (unsigned v = 0; v < SV_OUTCOME_COUNT; v++) {
		if (v == SV_GAP && !(expr && expr->names_gap))
			continue;
		struct expr_known known = { .facts = EXPR_KNOWS_OUTCOME,
					    .outcome = (enum sv_outcome)v };
		if (!expr || ends_open(expr, &known) & 1)
			set |= (uint64_t)1 << v;
	}
	return set;
}

size_t
expr_peers(const struct expr *expr, struct sv_str *ret_peers, size_t max)
{
	const struct expr_known other = { .facts = EXPR_OTHER_PEER };
	size_t n = 0;

	if (!expr || ends_open(expr, &other) & 1)
		return 0;
	for (size_t i = 0; i < expr->n; i++) {
		const struct test *test = &expr->tests[i];
		if (!names_peer(test))
			continue;
		if (n == max)
			return 0;
		ret_peers[n++] =
			str_make(expr->text + test->with.text.at, test->with.text.len);
	}
	return n;
}

size_t
expr_alert_rules(const struct expr *expr, struct sv_str *ret_rules, size_t max)
{
	size_t n = 0;

	for (size_t i = 0; i < expr->n && n < max; i++) {
		const struct test *test = &expr->tests[i];
		if (test->kind == TEST_TEXT && test->with.text.len &&
		    test->offset == offsetof(struct expr_alert, rule))
			ret_rules[n++] = str_make(expr->text + test->with.text.at,
						  test->with.text.len);
	}
	return n;
}

void
expr_free(struct expr *expr)
{
	free(expr);
}
