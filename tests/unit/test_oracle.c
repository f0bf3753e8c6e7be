/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The engine against an oracle that knows no windows, heaps or timers: it keeps every
 * event and looks at every tick, counting afresh. Thousands of random streams with late
 * events, gaps, repeated times and several keys must give the same transitions, and
 * however event time is advanced between the events, the very same bytes.
 */
#include "base/address.h"
#include "base/text.h"
#include "engine/engine.h"
#include "engine/saved.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>

#define TICK (600 * SV_USEC_PER_SEC)
#define ORIGIN ((sv_usec)1000002) /* in ticks, at a full hour */
#define HOUR 6                    /* in ticks */
#define DAY (24 * HOUR)
#define SHARE 200000000ull
#define MAX_EVENTS 160
#define MAX_TICKS 700
#define KEYS 3
#define MAX_LINES 3000
#define GRACE 12

enum kind {
	COUNT_ONLY,
	DISTINCT,
	RATIO,
	EITHER,
	BOTH,
	RATE,
	ROW,
	ROW_OR_COUNT,
	SEQUENCE,
	REPEATED,
	ABSENT,
	ABSENT_OF,
	ABSENT_OR_COUNT,
	NOVEL,
	USUAL_COUNT, /* against the same hour of earlier days */
	USUAL_DROP,
	USUAL_RISE,
	KINDS,
	COMPOUND /* has a test of its own */
};

struct params {
	enum kind kind;
	unsigned warning, critical; /* limits; 0 = none; ratio: percent */
	unsigned
		users; /* EITHER, BOTH: limit on distinct(user) of warning; ROW_OR_COUNT:
			 * on the count, of both */
	unsigned min;
	unsigned days;                              /* USUAL: earlier ones at most */
	unsigned window, hold, clear_for, cooldown; /* ticks */
	unsigned repeat;                            /* ticks, 0 = never */
	unsigned repeats, span; /* having count >=; for and learn, in ticks */
	char texts[2][96];
	/* COMPOUND: which conditions, and when the two others were open */
	unsigned form;
	const bool (*open)[KEYS][MAX_TICKS];
};

struct fed {
	unsigned tick; /* after ORIGIN */
	unsigned key, user, weight;
	bool timeout, gap;
};

struct line {
	enum sv_alert_state state;
	enum sv_severity severity, previous;
	unsigned tick, start, sequence, key;
	unsigned count, numerator, denominator, users, first;
	char rule;
	unsigned usual, days; /* in thousandths */
};

struct lines {
	struct line all[MAX_LINES];
	size_t n;
	char *text; /* everything as text, ids and reasons too; may be NULL */
	size_t len;
};

static uint64_t
rnd(uint64_t *state)
{
	*state ^= *state << 13;
	*state ^= *state >> 7;
	*state ^= *state << 17;
	return *state * 0x2545f4914f6cdd1dull >> 33;
}

static unsigned
upto(uint64_t *state, unsigned n)
{
	return (unsigned)(rnd(state) % n);
}

/* ---- the oracle ---- */

struct numbers {
	unsigned count, timeouts, users, first;
	unsigned row;    /* timeouts since the last that was none */
	unsigned before; /* timeouts up to the last that was none */
	unsigned repeated, novel;
	bool absent, present;
	bool a, b;          /* the other rules are open */
	unsigned missing;   /* ticks without what is waited for */
	uint64_t low, high; /* usual, doubled: an hour's count or share */
	unsigned days;      /* that it rests on */
};

struct oracle_key {
	bool any[MAX_TICKS], critical[MAX_TICKS], clear[MAX_TICKS], lower[MAX_TICKS];
	/* somewhere within the tick the clear condition did not hold */
	bool stirred[MAX_TICKS], roused[MAX_TICKS];
	int opened; /* tick from which clearing is looked at, -1 = not open */
	int critical_from;
	enum sv_severity severity;
	bool unknown;
	unsigned sequence, start, cool_until, told;
};

struct oracle {
	const struct params *p;
	const struct fed *fed[MAX_EVENTS];
	size_t n_fed;
	const struct fed *learned[MAX_EVENTS];
	size_t n_learned;
	int gaps[MAX_EVENTS];
	size_t n_gaps;
	struct oracle_key key[KEYS];
	struct lines *out;
};

static bool
waits(const struct params *p)
{
	return p->kind == ABSENT || p->kind == ABSENT_OF || p->kind == ABSENT_OR_COUNT;
}

static unsigned
repeated_users(const struct oracle *o, unsigned key, unsigned tick)
{
	unsigned n = 0;

	for (unsigned user = 0; user < 64; user++) {
		unsigned seen = 0;
		for (size_t i = 0; i < o->n_fed; i++) {
			const struct fed *f = o->fed[i];
			if (f->key == key && f->user == user && f->tick <= tick &&
			    f->tick + o->p->window > tick)
				seen += f->weight;
		}
		n += seen >= o->p->repeats;
	}
	return n;
}

/** All arrivals of the key, in their order: which of them were news when they came? */
static unsigned
novel_users(const struct oracle *o, unsigned key, unsigned tick)
{
	unsigned since = 0, newest = 0, n = 0;
	size_t begin = 0;
	bool any = false, news[64] = { false };

	for (size_t i = 0; i < o->n_fed; i++) {
		const struct fed *f = o->fed[i];
		bool known = false;
		if (f->key != key)
			continue;
		if (!any || (f->tick > newest && f->tick - newest >= o->p->span)) {
			since = f->tick;
			begin = i; /* what was before is forgotten */
		}
		any = true;
		since = f->tick < since ? f->tick : since;
		newest = f->tick > newest ? f->tick : newest;
		for (size_t k = begin; k < i; k++)
			known |= o->fed[k]->key == key && o->fed[k]->user == f->user &&
				 o->fed[k]->tick + o->p->span > f->tick;
		if (!known && f->tick - since >= o->p->span && f->tick <= tick &&
		    f->tick + o->p->window > tick)
			news[f->user] = true;
	}
	for (unsigned user = 0; user < 64; user++)
		n += news[user];
	return n;
}

static void
look_for_absence(const struct oracle *o, unsigned key, unsigned tick, struct numbers *n)
{
	unsigned last = 0, gap = 0;
	bool any = false;

	for (size_t i = 0; i < o->n_fed; i++) {
		const struct fed *f = o->fed[i];
		if (f->key != key || f->tick > tick ||
		    (o->p->kind == ABSENT_OF && !f->timeout))
			continue;
		any = true;
		last = f->tick > last ? f->tick : last;
	}
	for (size_t i = 0; i < o->n_gaps; i++)
		if (o->gaps[i] <= (int)tick && o->gaps[i] > (int)gap)
			gap = (unsigned)o->gaps[i];
	n->present = !any || tick - last < o->p->span;
	n->absent = !n->present && (gap == 0 || tick - gap >= o->p->span);
	n->missing = any ? tick - last : 0;
}

static bool
is_usual(const struct params *p)
{
	return p->kind == USUAL_COUNT || p->kind == USUAL_DROP || p->kind == USUAL_RISE;
}

/** What the hour brought to the key; false if that tells nothing. */
static bool
hour_of(const struct oracle *o, unsigned key, uint64_t hour, uint64_t *ret_value)
{
	uint64_t count = 0, timeouts = 0;

	for (size_t i = 0; i < o->n_learned; i++) {
		const struct fed *f = o->learned[i];
		if (f->key != key || (ORIGIN + f->tick) / HOUR != hour)
			continue;
		count += f->weight;
		timeouts += f->timeout ? f->weight : 0;
	}
	*ret_value = o->p->kind == USUAL_COUNT ? count
		     : count                   ? timeouts * SHARE / count
					       : 0;
	return o->p->kind == USUAL_COUNT || (count && count >= o->p->min);
}

static int
ascending(const void *a, const void *b)
{
	uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;

	return x < y ? -1 : x > y;
}

static void
look_back(const struct oracle *o, unsigned key, unsigned tick, struct numbers *n)
{
	uint64_t now = ORIGIN + tick;
	uint64_t since =
		o->n_learned ? (ORIGIN + o->learned[0]->tick + HOUR - 1) / HOUR : 0;

	n->low = UINT64_MAX;
	n->days = o->p->days;
	bool known = false;
	for (uint64_t hour = (now - o->p->window) / HOUR; hour <= now / HOUR; hour++) {
		uint64_t seen[8];
		unsigned days = 0;
		for (unsigned k = 1; k <= o->p->days && since; k++)
			if (hour - k * 24 >= since &&
			    hour_of(o, key, hour - k * 24, &seen[days]))
				days++;
		if (days == 0 && o->p->kind != USUAL_COUNT)
			continue;
		if (days == 0) {
			n->days = 0;
			n->low = n->high = 0;
			return;
		}
		known = true;
		qsort(seen, days, sizeof(seen[0]), ascending);
		uint64_t middle = seen[(days - 1) / 2] + seen[days / 2];
		n->low = middle < n->low ? middle : n->low;
		n->high = middle > n->high ? middle : n->high;
		n->days = days < n->days ? days : n->days;
	}
	if (!known)
		n->days = 0, n->low = n->high = 0;
}

/** Doubled share that is the limit. */
static uint64_t
share_limit(const struct params *p, const struct numbers *n, unsigned points)
{
	uint64_t off = points * SHARE / 100;

	return p->kind == USUAL_RISE ? n->high + off : n->low > off ? n->low - off : 0;
}

static struct numbers
look(const struct oracle *o, unsigned key, unsigned tick)
{
	struct numbers n = { 0 };
	bool seen[64] = { false };
	unsigned broken = 0;

	for (size_t i = 0; i < o->n_fed; i++) {
		const struct fed *f = o->fed[i];
		if (f->key != key || f->tick > tick || f->tick + o->p->window <= tick)
			continue;
		if (n.count == 0 || f->tick < n.first)
			n.first = f->tick;
		n.count += f->weight;
		n.timeouts += f->timeout ? f->weight : 0;
		n.users += !seen[f->user];
		seen[f->user] = true;
		if (!f->timeout && f->tick > broken)
			broken = f->tick;
	}
	for (size_t i = 0; i < o->n_fed; i++) {
		const struct fed *f = o->fed[i];
		if (f->key == key && f->tick <= tick && f->timeout &&
		    f->tick > broken && f->tick + o->p->window > tick)
			n.row += f->weight;
		if (f->key == key && f->timeout && f->tick <= broken &&
		    f->tick + o->p->window > tick)
			n.before += f->weight;
	}
	if (o->p->kind == REPEATED)
		n.repeated = repeated_users(o, key, tick);
	if (o->p->kind == NOVEL)
		n.novel = novel_users(o, key, tick);
	if (waits(o->p))
		look_for_absence(o, key, tick, &n);
	if (o->p->kind == COMPOUND) {
		n.a = o->p->open[0][key][tick];
		n.b = o->p->open[1][key][tick];
	}
	if (is_usual(o->p))
		look_back(o, key, tick, &n);
	return n;
}

static bool
compound_over(const struct params *p, const struct numbers *n, unsigned limit,
	      bool critical)
{
	switch (p->form) {
	case 0:
		return n->a && (!critical || n->b);
	case 1:
		return critical ? n->b : n->a && !n->b;
	case 2:
		return critical ? n->a && n->b && n->count >= limit : n->a || n->b;
	}
	return n->count >= limit && (critical ? n->a : !n->b);
}

static bool
compound_below(const struct params *p, const struct numbers *n, unsigned limit,
	       bool critical)
{
	switch (p->form) {
	case 0:
		return !n->a || (critical && !n->b);
	case 1:
		return critical ? !n->b : !n->a || n->b;
	case 2:
		return critical ? !n->a || !n->b || n->count * 2 < limit
				: !n->a && !n->b;
	}
	return n->count * 2 < limit || (critical ? !n->a : n->b);
}

static bool
over(const struct params *p, const struct numbers *n, unsigned limit, bool critical)
{
	if (limit == 0)
		return false;
	switch (p->kind) {
	case COUNT_ONLY:
	case RATE:
		return n->count >= limit;
	case DISTINCT:
		return n->users >= limit;
	case RATIO:
		return n->count > 0 && n->count >= p->min &&
		       n->timeouts * 100 >= limit * n->count;
	case EITHER:
		return n->count >= limit || (!critical && n->users >= p->users);
	case BOTH:
		return n->count >= limit && (critical || n->users >= p->users);
	case ROW:
		return n->row >= limit;
	case SEQUENCE:
		return n->before >= limit;
	case ROW_OR_COUNT:
		return n->row >= limit || n->count >= p->users * 4;
	case REPEATED:
		return n->repeated >= limit;
	case NOVEL:
		return n->novel >= limit;
	case ABSENT:
	case ABSENT_OF:
		return n->absent;
	case ABSENT_OR_COUNT:
		return n->absent || n->count >= limit + (critical ? 4 : 0);
	case COMPOUND:
		return compound_over(p, n, limit, critical);
	case USUAL_COUNT:
		return n->days && n->count >= p->min &&
		       n->count * HOUR * 2ull >= limit * n->high * p->window;
	case USUAL_DROP:
		return n->days && n->count >= p->min &&
		       n->timeouts * SHARE * 2 <=
			       share_limit(p, n, 2 * limit) * n->count;
	case USUAL_RISE:
		return n->days && n->count >= p->min &&
		       n->timeouts * SHARE * 2 >
			       share_limit(p, n, 2 * limit) * n->count;
	case KINDS:
		break;
	}
	return false;
}

static bool
below_half(const struct params *p, const struct numbers *n, unsigned limit,
	   bool critical)
{
	if (limit == 0)
		return true;
	switch (p->kind) {
	case COUNT_ONLY:
	case RATE:
		return n->count * 2 < limit;
	case DISTINCT:
		return n->users * 2 < limit;
	case RATIO:
		return n->count == 0 || n->count * 2 < p->min ||
		       n->timeouts * 200 < limit * n->count;
	case EITHER:
		return n->count * 2 < limit && (critical || n->users * 2 < p->users);
	case BOTH:
		return n->count * 2 < limit || (!critical && n->users * 2 < p->users);
	case ROW:
		return n->row * 2 < limit;
	case SEQUENCE:
		return n->before * 2 < limit;
	case ROW_OR_COUNT:
		return n->row * 2 < limit && n->count * 2 < p->users * 4;
	case REPEATED:
		return n->repeated * 2 < limit;
	case NOVEL:
		return n->novel * 2 < limit;
	case ABSENT:
	case ABSENT_OF:
		return n->present;
	case ABSENT_OR_COUNT:
		return n->present && n->count * 2 < limit + (critical ? 4 : 0);
	case COMPOUND:
		return compound_below(p, n, limit, critical);
	case USUAL_COUNT:
		if (n->count == 0 || n->count * 2 < p->min || !n->days)
			return n->count == 0 || n->count * 2 < p->min;
		return n->count * HOUR * 4ull < limit * n->high * p->window;
	case USUAL_DROP:
		if (n->count == 0 || n->count * 2 < p->min || !n->days)
			return n->count == 0 || n->count * 2 < p->min;
		return n->timeouts * SHARE * 2 > share_limit(p, n, limit) * n->count;
	case USUAL_RISE:
		if (n->count == 0 || n->count * 2 < p->min || !n->days)
			return n->count == 0 || n->count * 2 < p->min;
		return n->timeouts * SHARE * 2 < share_limit(p, n, limit) * n->count;
	case KINDS:
		break;
	}
	return false;
}

static bool
in_a_row(const struct params *p)
{
	return p->kind == ROW || p->kind == ROW_OR_COUNT;
}

/** What one event reaches another one of the same instant may undo. */
static bool
settles(const struct params *p)
{
	return p->kind == RATIO || in_a_row(p) || waits(p) || p->kind == COMPOUND ||
	       p->kind == USUAL_DROP || p->kind == USUAL_RISE;
}

static void
tell(struct oracle *o, unsigned k, unsigned tick, enum sv_alert_state state,
     enum sv_severity severity)
{
	struct oracle_key *key = &o->key[k];
	struct numbers n = look(o, k, tick);
	struct line line = { .state = state,
			     .severity = severity,
			     .previous =
				     key->unknown ? SV_SEVERITY_UNKNOWN : key->severity,
			     .tick = tick,
			     .key = k,
			     .count = n.count,
			     .users = o->p->kind == REPEATED ? n.repeated : n.users,
			     .numerator = in_a_row(o->p)           ? n.row
					  : o->p->kind == SEQUENCE ? n.before
					  : o->p->kind == NOVEL    ? n.novel
					  : waits(o->p)            ? n.missing
								   : n.timeouts,
			     .days = n.days };
	uint64_t usual = o->p->kind == USUAL_DROP ? n.low : n.high;

	line.usual = o->p->kind == USUAL_COUNT
			     ? (unsigned)(usual * 1000 * o->p->window / HOUR / 2)
			     : (unsigned)(usual * 1000 / SHARE / 2);
	if (state == SV_ALERT_FIRING) {
		key->start = tick;
		key->sequence = 0;
	}
	key->told = tick;
	line.start = key->start;
	line.sequence = ++key->sequence;
	key->unknown = state == SV_ALERT_UNKNOWN;
	if (!key->unknown)
		key->severity = severity;
	cr_assert_lt(o->out->n, MAX_LINES);
	o->out->all[o->out->n++] = line;
}

/** For how many ticks, this one included, has `holds` held without a break? Value of
 *  the current tick is given; earlier ones are settled. */
static unsigned
streak(const bool *settled, unsigned tick, unsigned from)
{
	unsigned s = tick;

	while (s > from && settled[s - 1])
		s--;
	return s;
}

static unsigned
quiet_since(const bool *settled, const bool *broken, unsigned tick, unsigned from)
{
	unsigned s = tick;

	while (s > from && settled[s - 1] && !broken[s])
		s--;
	return s;
}

static int
gap_end(const struct oracle *o, unsigned tick)
{
	int end = 0;

	if (o->p->kind == ABSENT || o->p->kind == ABSENT_OF)
		return 0; /* what has come again has come */
	if (o->p->kind == COMPOUND &&
	    (o->p->form < 2 || (o->p->form == 2 && !o->p->critical)))
		return 0; /* that a rule is open is known */
	for (size_t i = 0; i < o->n_gaps; i++)
		if (o->gaps[i] <= (int)tick && o->gaps[i] + (int)o->p->window > end)
			end = o->gaps[i] + (int)o->p->window;
	return end;
}

static void
look_down(struct oracle *o, unsigned k, unsigned tick)
{
	const struct params *p = o->p;
	struct oracle_key *key = &o->key[k];

	if (key->clear[tick]) {
		int since = (int)quiet_since(key->clear, key->stirred, tick,
					     (unsigned)key->opened);
		int sure = gap_end(o, tick) > since ? gap_end(o, tick) : since;
		if (tick >= (unsigned)sure + p->clear_for) {
			tell(o, k, tick, SV_ALERT_RESOLVED, SV_SEVERITY_OK);
			key->cool_until = tick + p->cooldown;
			key->opened = -1;
		} else if (!key->unknown && tick >= (unsigned)since + p->clear_for) {
			tell(o, k, tick, SV_ALERT_UNKNOWN, SV_SEVERITY_UNKNOWN);
		}
		return;
	}
	if (key->severity == SV_SEVERITY_CRITICAL && p->warning && !key->unknown &&
	    key->lower[tick] &&
	    tick >= quiet_since(key->lower, key->roused, tick,
				(unsigned)key->critical_from) +
			    p->clear_for)
		tell(o, k, tick, SV_ALERT_CHANGED, SV_SEVERITY_WARNING);
}

static void
judge(struct oracle *o, unsigned k, unsigned tick, bool settled)
{
	const struct params *p = o->p;
	struct oracle_key *key = &o->key[k];
	struct numbers n = look(o, k, tick);
	bool warning = over(p, &n, p->warning, false);
	bool critical = over(p, &n, p->critical, true);
	bool any = warning || critical;
	bool clear = !any && below_half(p, &n, p->warning, false) &&
		     below_half(p, &n, p->critical, true);
	bool lower = !critical && below_half(p, &n, p->critical, true);
	enum sv_severity ripe = SV_SEVERITY_OK;

	if (!settled && settles(p))
		return;
	if (critical && tick >= streak(key->critical, tick, 0) + p->hold)
		ripe = SV_SEVERITY_CRITICAL;
	else if (p->warning && any && tick >= streak(key->any, tick, 0) + p->hold)
		ripe = SV_SEVERITY_WARNING;
	if (!settled) {
		key->stirred[tick] |= !clear;
		key->roused[tick] |= !lower;
	} else {
		key->any[tick] = any;
		key->critical[tick] = critical;
		key->clear[tick] = clear;
		key->lower[tick] = lower;
	}
	if (key->severity == SV_SEVERITY_OK) {
		if (ripe == SV_SEVERITY_OK || tick < key->cool_until)
			return;
		tell(o, k, tick, SV_ALERT_FIRING, ripe);
		key->opened = (int)tick;
		key->critical_from = (int)tick;
		return;
	}
	if (ripe > key->severity) {
		tell(o, k, tick, SV_ALERT_CHANGED, ripe);
		key->critical_from = (int)tick;
	} else if (key->unknown && !clear) {
		tell(o, k, tick, SV_ALERT_CHANGED, key->severity);
	}
	if (settled)
		look_down(o, k, tick);
	if (settled && p->repeat && key->severity != SV_SEVERITY_OK && !key->unknown &&
	    tick >= key->told + p->repeat)
		tell(o, k, tick, SV_ALERT_CHANGED, key->severity);
}

static void
oracle_run(const struct params *p, const struct fed *fed, size_t n, unsigned end,
	   struct lines *out)
{
	static struct oracle o;
	unsigned now = 0;

	memset(&o, 0, sizeof(o));
	o.p = p;
	o.out = out;
	for (unsigned k = 0; k < KEYS; k++)
		o.key[k].opened = -1;
	for (size_t i = 0; i <= n; i++) {
		unsigned to = i == n ? end : fed[i].tick;
		if (i < n && to + GRACE < now) {
			if (fed[i].gap) /* news of a loss is never too late */
				o.gaps[o.n_gaps++] = (int)now;
			continue;
		}
		for (; now < to; now++)
			for (unsigned k = 0; k < KEYS; k++)
				judge(&o, k, now, true);
		if (i == n)
			break;
		if (fed[i].gap) {
			o.gaps[o.n_gaps++] = (int)fed[i].tick;
			continue;
		}
		o.learned[o.n_learned++] = &fed[i];
		unsigned late = now - fed[i].tick;
		if (late >= p->window && late >= p->span)
			continue;
		o.fed[o.n_fed++] = &fed[i];
		judge(&o, fed[i].key, now, false);
	}
}

/* ---- the engine ---- */

static void
collect(void *user, const struct sv_alert *a)
{
	struct lines *out = user;
	struct line line = {
		.state = a->state,
		.severity = a->severity,
		.previous = a->previous,
		.tick = (unsigned)(a->time / TICK - ORIGIN),
		.start = (unsigned)(a->start / TICK - ORIGIN),
		.sequence = a->sequence,
		.key = (unsigned)(a->key[0].value.ptr[0] - 'a'),
		.rule = a->rule.ptr[0],
	};

	for (size_t i = 0; i < a->n_measure; i++) {
		const struct sv_measure *m = &a->measure[i];
		cr_expect_eq(m->error, 0);
		if (m->kind == SV_MEASURE_BASELINE) {
			line.days = m->periods;
			/* as whole thousandths, whatever a double has lost */
			line.usual =
				m->periods ? (unsigned)(m->usual * 1000 + 1e-6) : 0;
		}
		if (m->kind == SV_MEASURE_RATIO || m->denominator) {
			line.numerator = (unsigned)m->numerator;
			line.count = (unsigned)m->denominator;
		} else if (m->kind == SV_MEASURE_CONSECUTIVE ||
			   m->kind == SV_MEASURE_SEQUENCE ||
			   m->kind == SV_MEASURE_NEW) {
			line.numerator = (unsigned)m->numerator;
		} else if (m->kind == SV_MEASURE_ABSENT) {
			line.numerator = (unsigned)(m->value * 1e6 / TICK);
		} else if (m->kind == SV_MEASURE_DISTINCT) {
			line.users = (unsigned)m->numerator;
		} else {
			line.count = (unsigned)m->numerator;
		}
	}
	cr_assert_lt(out->n, MAX_LINES);
	out->all[out->n++] = line;
	if (out->text)
		out->len += (size_t)sprintf(
			out->text + out->len,
			"%s %s %d %d %llu first %llu lost %llu %d code %u n %zu %.*s\n",
			a->id, a->incident, a->state, a->severity,
			(unsigned long long)a->time, (unsigned long long)a->first,
			(unsigned long long)a->lost, a->lower_bound, a->code,
			a->n_evidence, (int)a->reason.len, a->reason.ptr);
}

/* The limit stands between both parts, if there are two. */
static const char *const compound_texts[4][2][2] = {
	{ { "rule(a)" }, { "rule(a) and rule(b)" } },
	{ { "rule(a) and not rule(b)" }, { "rule(b)" } },
	{ { "rule(b) or rule(a)" }, { "rule(a) and rule(b) and count >= ", "" } },
	{ { "count >= ", " and not rule(b)" }, { "count >= ", " and rule(a)" } },
};

static void
compound_text(const struct params *p, bool critical, unsigned limit, char out[96])
{
	const char *const *part = compound_texts[p->form][critical];

	if (part[1])
		(void)snprintf(out, 96, "%s%u%s", part[0], limit, part[1]);
	else
		(void)snprintf(out, 96, "%s", part[0]);
}

static void
condition_text(const struct params *p, bool critical, char out[96])
{
	unsigned limit = critical ? p->critical : p->warning;

	out[0] = '\0';
	if (limit == 0)
		return;
	switch (p->kind) {
	case COUNT_ONLY:
		(void)snprintf(out, 96, "count >= %u", limit);
		break;
	case RATE: /* per second, in ticks of 1 ms: limit per window */
		(void)snprintf(out, 96, "rate > %u/s",
			       limit * 1000 /
				       p->window); /* window divides, see below */
		break;
	case DISTINCT:
		(void)snprintf(out, 96, "distinct(user) >= %u", limit);
		break;
	case RATIO:
		(void)snprintf(out, 96, "ratio(outcome = timeout) >= %u%% min %u",
			       limit, p->min);
		break;
	case EITHER:
	case BOTH:
		(void)snprintf(out, 96,
			       critical ? "count >= %u"
			       : p->kind == EITHER
				       ? "count >= %u or distinct(user) >= %u"
				       : "(count >= %u and distinct(user) >= %u)",
			       limit, p->users);
		break;
	case ROW:
		(void)snprintf(out, 96, "consecutive(outcome = timeout) >= %u", limit);
		break;
	case SEQUENCE:
		(void)snprintf(out, 96,
			       "sequence(outcome = timeout then outcome = ok) >= %u",
			       limit);
		break;
	case ROW_OR_COUNT:
		(void)snprintf(out, 96,
			       "consecutive(outcome = timeout) >= %u or count >= %u",
			       limit, p->users * 4);
		break;
	case REPEATED:
		(void)snprintf(out, 96, "distinct(user having count >= %u) >= %u",
			       p->repeats, limit);
		break;
	case NOVEL:
		(void)snprintf(out, 96, "new(user) learn %um >= %u", p->span * 10,
			       limit);
		break;
	case ABSENT:
		(void)snprintf(out, 96, "absent for %um", p->span * 10);
		break;
	case ABSENT_OF:
		(void)snprintf(out, 96, "absent(outcome = timeout) for %um",
			       p->span * 10);
		break;
	case ABSENT_OR_COUNT:
		(void)snprintf(out, 96, "absent for %um or count >= %u", p->span * 10,
			       limit + (critical ? 4 : 0));
		break;
	case COMPOUND:
		compound_text(p, critical, limit, out);
		break;
	case USUAL_COUNT:
		(void)snprintf(out, 96,
			       "count >= %ux baseline(1d same-hour, %u) min %u", limit,
			       p->days, p->min);
		break;
	case USUAL_DROP:
		(void)snprintf(out, 96,
			       "ratio(outcome = timeout) <= baseline(1d same-hour, %u) "
			       "- %upt min %u",
			       p->days, limit, p->min);
		break;
	case USUAL_RISE:
		(void)snprintf(
			out, 96,
			"ratio(outcome = timeout) > baseline(1d same-hour, %u) + "
			"%upt min %u",
			p->days, limit, p->min);
		break;
	case KINDS:
		break;
	}
}

static struct engine *
engine_for(struct params *p, struct lines *out)
{
	struct rule_spec rules[] = {
		{
			.name = "r",
			.where = "leg = in",
			.by = { "peer" },
			.n_by = 1,
			.window = p->window * TICK,
			.for_usec = p->hold * TICK,
			.clear_for = p->clear_for * TICK,
			.cooldown = p->cooldown * TICK,
			.repeat = p->repeat * TICK,
			.warning = p->texts[0],
			.critical = p->texts[1],
		},
		{
			.name = "a",
			.where = "outcome = timeout",
			.by = { "peer" },
			.n_by = 1,
			.window = (p->window + 3) * TICK,
			.clear_for = p->min * TICK,
			.warning = "count >= 3",
		},
		{
			.name = "b",
			.by = { "peer" },
			.n_by = 1,
			.window = 20 * TICK,
			.for_usec = p->min % 3 * TICK,
			.clear_for = 0,
			.warning = "ratio(outcome = timeout) >= 40% min 3",
		},
	};
	struct engine_spec spec = { .rules = rules,
				    .n_rules = p->kind == COMPOUND ? 3 : 1,
				    .grace = GRACE * TICK,
				    .max_bytes = 1 << 20,
				    .max_keys = 1000,
				    .recent_bytes = 1 << 16,
				    .sink = collect,
				    .user = out };
	struct expr_error error;
	struct engine *engine = NULL;
	size_t which;

	condition_text(p, false, p->texts[0]);
	condition_text(p, true, p->texts[1]);
	cr_assert_eq(engine_new(&spec, &engine, &which, &error), 0, "%s | %s: %s",
		     p->texts[0], p->texts[1], error.message);
	return engine;
}

static void
feed_one(struct engine *engine, const struct fed *f)
{
	char peer[1] = { (char)('a' + f->key) }, user[2];
	struct sv_event e = {
		.time = (ORIGIN + f->tick) * TICK,
		.outcome = f->gap       ? SV_GAP
			   : f->timeout ? SV_TIMEOUT
					: SV_OK,
		.leg = SV_LEG_IN,
		.count = f->weight,
		.peer = { peer, f->gap ? 0 : 1 },
		.claim = { .user = { user, 2 } },
		.records = { { .text = SV_STR("line") } },
		.n_records = 1,
	};

	user[0] = (char)('A' + f->user / 8);
	user[1] = (char)('a' + f->user % 8);
	engine_feed(engine, &e);
}

/** As if the daemon had been killed here: all that is known goes through bytes. */
static struct engine *
restart(struct engine *engine, struct params *p, struct lines *out)
{
	static char bytes[1 << 20], again[1 << 20];
	struct pack pack = { .buf = bytes, .cap = sizeof(bytes) };
	struct pack second = { .buf = again, .cap = sizeof(again) };
	struct engine *fresh = engine_for(p, out);
	struct engine_loaded loaded;
	struct engine_stats was, is;

	engine_save(engine, &pack);
	cr_assert_eq(pack_finish(&pack), 0);
	struct unpack in = unpack_of(str_make(bytes, pack.len));
	cr_assert_eq(engine_load(fresh, &in, NULL, NULL, &loaded), 0);
	cr_assert_eq(in.len, 0);
	cr_assert_eq(loaded.rules, p->kind == COMPOUND ? 3 : 1);
	cr_assert_eq(loaded.lost, 0);
	engine_stats_get(engine, &was);
	engine_stats_get(fresh, &is);
	cr_assert_eq(was.keys, is.keys);
	cr_assert_eq(was.alerts_warning, is.alerts_warning);
	cr_assert_eq(was.alerts_critical, is.alerts_critical);
	/* what was loaded is what was saved */
	engine_save(fresh, &second);
	cr_assert_eq(pack.len, second.len);
	engine_free(engine);
	return fresh;
}

/** mode 0: only events; 1: as early as the events allow; 2: at random; 3: killed at
 *  random between events; 4: killed before each. */
static void
engine_run(struct params *p, const struct fed *fed, size_t n, unsigned end, int mode,
	   uint64_t seed, struct lines *out)
{
	struct engine *engine = engine_for(p, out);
	unsigned safe[MAX_EVENTS + 1];

	/* no event from i on is older than safe[i] */
	safe[n] = end;
	for (size_t i = n; i-- > 0;)
		safe[i] = fed[i].tick < safe[i + 1] ? fed[i].tick : safe[i + 1];
	for (size_t i = 0; i < n; i++) {
		unsigned upper = safe[i] - 1; /* what is promised not to come */
		if (mode == 1)
			for (unsigned t = upper > 40 ? upper - 40 : 0; t <= upper; t++)
				engine_advance(engine, (ORIGIN + t) * TICK);
		for (int k = 0; mode == 2 && k < 3; k++)
			engine_advance(engine,
				       (ORIGIN + upto(&seed, upper + 1)) * TICK -
					       upto(&seed, 2) * (TICK / 2));
		if (mode == 4 || (mode == 3 && upto(&seed, 6) == 0))
			engine = restart(engine, p, out);
		feed_one(engine, &fed[i]);
	}
	engine_advance(engine, (ORIGIN + end) * TICK - 1);
	engine_free(engine);
}

/* ---- streams ---- */

static void
params_make(struct params *p, uint64_t *seed)
{
	*p = (struct params){
		.kind = (enum kind)upto(seed, KINDS),
		.window = 5 + upto(seed, 36),
		.hold = upto(seed, 3) ? 0 : 1 + upto(seed, 12),
		.clear_for = upto(seed, 4) ? upto(seed, 25) : 0,
		.cooldown = upto(seed, 2) ? 0 : upto(seed, 30),
		.repeat = upto(seed, 3) ? 0 : 1 + upto(seed, 40),
		.min = upto(seed, 8),
		.users = 2 + upto(seed, 4),
	};
	p->warning = upto(seed, 5) ? 2 + upto(seed, 6) : 0;
	p->critical =
		p->warning && upto(seed, 3) == 0 ? 0 : p->warning + 1 + upto(seed, 6);
	if (p->kind == RATIO) {
		p->warning *= 8;
		p->critical = p->critical * 6 > 100 ? 100 : p->critical * 6;
	}
	if (p->kind == RATE)
		p->kind = COUNT_ONLY; /* has a test of its own below */
	if (p->kind == REPEATED)
		p->repeats = 2 + upto(seed, 3);
	if (waits(p))
		p->span = 3 + upto(seed, 40);
	if (p->kind == NOVEL) {
		p->span = p->window + upto(seed, 100);
		p->warning = p->warning ? 1 + upto(seed, 2) : 0;
		p->critical = p->critical ? p->warning + 1 : 0;
	}
	if (p->kind == REPEATED) {
		p->warning = p->warning ? 1 + upto(seed, 3) : 0;
		p->critical = p->critical ? p->warning + 1 + upto(seed, 2) : 0;
	}
	if (is_usual(p)) {
		p->window = 1 + upto(seed, HOUR);
		p->days = 1 + upto(seed, 3);
		p->min = 1 + upto(seed, 4);
		p->warning = upto(seed, 5) ? 1 + upto(seed, 2) : 0;
		p->critical = p->warning && upto(seed, 3) == 0
				      ? 0
				      : p->warning + 1 + upto(seed, 3);
	}
	if (p->kind == USUAL_DROP || p->kind == USUAL_RISE) {
		p->warning *= 7;
		p->critical *= 7;
	}
	if (in_a_row(p) && p->warning > 3) {
		p->warning = 3;
		p->critical = p->critical ? 5 : 0;
	}
}

static size_t
stream_make(struct fed *fed, uint64_t *seed, unsigned *ret_end)
{
	size_t n = 20 + upto(seed, MAX_EVENTS - 20);
	unsigned tick = 50, burst = 0, users = 1 + upto(seed, 10);
	unsigned keys = 1 + upto(seed, KEYS), odds = 1 + upto(seed, 4);

	for (size_t i = 0; i < n; i++) {
		if (burst == 0) {
			tick += upto(seed, 12);
			burst = upto(seed, 3) ? 1 : upto(seed, 10);
		} else {
			burst--;
			tick += upto(seed, 3) == 0;
		}
		if (tick > 450)
			tick = 450;
		fed[i] = (struct fed){
			.tick = tick,
			.key = upto(seed, keys),
			.user = upto(seed, users),
			.weight = upto(seed, 12) ? 1 : 1 + upto(seed, 3),
			.timeout = upto(seed, odds) == 0,
			.gap = upto(seed, 40) == 0,
		};
		if (upto(seed, 8) == 0) /* late, some of them too late */
			fed[i].tick -= upto(seed, GRACE + 3);
	}
	*ret_end = 620;
	return n;
}

static bool
same(const struct params *p, const struct line *a, const struct line *b)
{
	bool ratio = (settles(p) && p->kind != COMPOUND) || p->kind == SEQUENCE ||
		     p->kind == NOVEL;
	bool users = p->kind == DISTINCT || p->kind == EITHER || p->kind == REPEATED ||
		     (p->kind == BOTH && p->warning);
	bool count = p->kind != DISTINCT && p->kind != ROW && p->kind != SEQUENCE &&
		     p->kind < REPEATED;

	if (is_usual(p) && (a->usual != b->usual || a->days != b->days))
		return false;

	return a->state == b->state && a->severity == b->severity &&
	       a->previous == b->previous && a->tick == b->tick &&
	       a->start == b->start && a->sequence == b->sequence &&
	       (!count || a->count == b->count) &&
	       (!ratio || a->numerator == b->numerator) &&
	       (!users || !p->warning || a->users == b->users);
}

static const struct line *
nth_of_key(const struct lines *l, unsigned key, size_t nth)
{
	for (size_t i = 0; i < l->n; i++)
		if (l->all[i].key == key && nth-- == 0)
			return &l->all[i];
	return NULL;
}

static void
compare(const struct params *p, uint64_t seed, const struct lines *want,
	const struct lines *got)
{
	for (unsigned k = 0; k < KEYS; k++) {
		for (size_t i = 0;; i++) {
			const struct line *a = nth_of_key(want, k, i);
			const struct line *b = nth_of_key(got, k, i);
			if (!a && !b)
				break;
			cr_assert(
				a && b && same(p, a, b),
				"seed %llu key %u line %zu [%s | %s] window %u for %u "
				"clear_for %u cooldown %u: want %d/%d at %u seq %u "
				"count "
				"%u, got %d/%d at %u seq %u count %u",
				(unsigned long long)seed, k, i, p->texts[0],
				p->texts[1], p->window, p->hold, p->clear_for,
				p->cooldown, a ? (int)a->state : -1,
				a ? (int)a->severity : -1, a ? a->tick : 0,
				a ? a->sequence : 0, a ? a->count : 0,
				b ? (int)b->state : -1, b ? (int)b->severity : -1,
				b ? b->tick : 0, b ? b->sequence : 0, b ? b->count : 0);
		}
	}
	for (size_t i = 1; i < got->n; i++)
		cr_assert_geq(got->all[i].tick, got->all[i - 1].tick,
			      "seed %llu: transitions come in order of time",
			      (unsigned long long)seed);
}

Test(oracle, thousands_of_random_streams_agree)
{
	static struct lines want, got;
	static struct fed fed[MAX_EVENTS];
	size_t lines = 0, states[4] = { 0 }, of_kind[KINDS] = { 0 };
	size_t usual = 0; /* of those against it, where it was known */

	for (uint64_t seed = 1; seed <= 4000; seed++) {
		uint64_t state = seed * 0x9e3779b97f4a7c15ull;
		struct params p;
		unsigned end;
		params_make(&p, &state);
		size_t n = stream_make(fed, &state, &end);
		want = (struct lines){ 0 };
		got = (struct lines){ 0 };
		engine_run(&p, fed, n, end, 0, 0, &got);
		oracle_run(&p, fed, n, end, &want);
		compare(&p, seed, &want, &got);
		lines += want.n;
		of_kind[p.kind] += want.n;
		for (size_t i = 0; i < want.n; i++)
			states[want.all[i].state]++;
		for (size_t i = 0; i < want.n; i++)
			usual += is_usual(&p) && want.all[i].days > 0;
	}
	/* the streams must have been worth it */
	cr_expect_gt(lines, 6000, "%zu transitions", lines);
	for (size_t i = 0; i < 4; i++)
		cr_expect_gt(states[i], 100, "state %zu: %zu times", i, states[i]);
	for (size_t i = 0; i < KINDS; i++)
		cr_expect(i == RATE || of_kind[i] > 250, "kind %zu: %zu transitions", i,
			  of_kind[i]);
	cr_expect_gt(usual, 500, "%zu times", usual);
}

Test(oracle, how_time_advances_and_restarts_change_no_byte)
{
	static struct lines plain, other;
	static struct fed fed[MAX_EVENTS];
	static char text[2][MAX_LINES * 400];

	for (uint64_t seed = 1; seed <= 300; seed++) {
		uint64_t state = seed * 0xd1342543de82ef95ull;
		struct params p;
		unsigned end;
		params_make(&p, &state);
		size_t n = stream_make(fed, &state, &end);
		plain = (struct lines){ .text = text[0] };
		engine_run(&p, fed, n, end, 0, 0, &plain);
		for (int mode = 1; mode <= 4; mode++) {
			other = (struct lines){ .text = text[1] };
			engine_run(&p, fed, n, end, mode, state | 1, &other);
			cr_assert_eq(plain.len, other.len, "seed %llu mode %d",
				     (unsigned long long)seed, mode);
			cr_assert_eq(memcmp(text[0], text[1], plain.len), 0,
				     "seed %llu mode %d", (unsigned long long)seed,
				     mode);
		}
	}
}

/** When the rule was open: after all that was told up to the tick. */
static void
open_of(const struct lines *told, char rule, bool open[KEYS][MAX_TICKS])
{
	for (unsigned key = 0; key < KEYS; key++) {
		bool now = false;
		size_t i = 0;
		for (unsigned tick = 0; tick < MAX_TICKS; tick++) {
			for (; i < told->n && told->all[i].tick <= tick; i++)
				if (told->all[i].rule == rule &&
				    told->all[i].key == key)
					now = told->all[i].state != SV_ALERT_RESOLVED;
			open[key][tick] = now;
		}
	}
}

static void
compound_make(struct params *p, uint64_t *seed)
{
	params_make(p, seed);
	p->kind = COMPOUND;
	p->form = upto(seed, 4);
	p->span = 0;
	p->warning = upto(seed, 4) ? 3 + upto(seed, 4) : 0;
	p->critical = p->warning && upto(seed, 2) ? 0 : 4 + upto(seed, 4);
}

Test(oracle, rules_that_ask_for_rules_follow_them)
{
	static struct lines told, want, got;
	static struct fed fed[MAX_EVENTS];
	static bool open[2][KEYS][MAX_TICKS];
	static char text[2][MAX_LINES * 400];
	size_t lines[4] = { 0 };

	for (uint64_t seed = 1; seed <= 2000; seed++) {
		uint64_t state = seed * 0x94d049bb133111ebull;
		struct params p;
		unsigned end;
		compound_make(&p, &state);
		size_t n = stream_make(fed, &state, &end);
		told = (struct lines){ .text = text[0] };
		want = got = (struct lines){ 0 };
		engine_run(&p, fed, n, end, 0, 0, &told);
		open_of(&told, 'a', open[0]);
		open_of(&told, 'b', open[1]);
		for (size_t i = 0; i < told.n; i++)
			if (told.all[i].rule == 'r')
				got.all[got.n++] = told.all[i];
		p.open = (const bool(*)[KEYS][MAX_TICKS])open;
		oracle_run(&p, fed, n, end, &want);
		compare(&p, seed, &want, &got);
		lines[p.form] += want.n;
		for (int mode = 1; mode <= 4 && seed % 8 == 0; mode++) {
			got = (struct lines){ .text = text[1] };
			engine_run(&p, fed, n, end, mode, state | 1, &got);
			cr_assert_eq(told.len, got.len, "seed %llu mode %d",
				     (unsigned long long)seed, mode);
			cr_assert_eq(memcmp(text[0], text[1], told.len), 0,
				     "seed %llu mode %d", (unsigned long long)seed,
				     mode);
		}
	}
	for (size_t i = 0; i < 4; i++)
		cr_expect_gt(lines[i], 500, "form %zu: %zu transitions", i, lines[i]);
}

/** Events of one instant come in any order. */
static void
shuffle_instants(struct fed *fed, size_t n, uint64_t *seed)
{
	for (size_t i = 0; i + 1 < n; i++)
		if (fed[i].tick == fed[i + 1].tick && upto(seed, 2)) {
			struct fed one = fed[i];
			fed[i] = fed[i + 1];
			fed[i + 1] = one;
		}
}

Test(oracle, the_order_within_an_instant_does_not_matter)
{
	static struct lines plain, other;
	static struct fed fed[MAX_EVENTS], shuffled[MAX_EVENTS];
	size_t lines = 0;

	for (uint64_t seed = 1; seed <= 1500; seed++) {
		uint64_t state = seed * 0xbf58476d1ce4e5b9ull;
		struct params p;
		unsigned end;
		params_make(&p, &state);
		if (!settles(&p) && p.kind != NOVEL && p.kind != REPEATED)
			p.kind = upto(&state, 2) ? ROW : RATIO;
		if (!settles(&p)) /* told at once, with the number of that moment */
			p.hold = p.cooldown = 0;
		size_t n = stream_make(fed, &state, &end);
		for (size_t i = 0; i < n; i++)
			fed[i].gap = false; /* doubt begins where it is told */
		memcpy(shuffled, fed, sizeof(fed));
		for (int k = 0; k < 8; k++)
			shuffle_instants(shuffled, n, &state);
		plain = other = (struct lines){ 0 };
		engine_run(&p, fed, n, end, 0, 0, &plain);
		engine_run(&p, shuffled, n, end, 0, 0, &other);
		compare(&p, seed, &plain, &other);
		lines += plain.n;
	}
	cr_expect_gt(lines, 2000, "%zu transitions", lines);
}
