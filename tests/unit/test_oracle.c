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

#define TICK ((sv_usec)1000)
#define ORIGIN ((sv_usec)1000000) /* in ticks */
#define MAX_EVENTS 160
#define MAX_TICKS 700
#define KEYS 3
#define MAX_LINES 1500
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
	KINDS
};

struct params {
	enum kind kind;
	unsigned warning, critical; /* limits; 0 = none; ratio: percent */
	unsigned
		users; /* EITHER, BOTH: limit on distinct(user) of warning; ROW_OR_COUNT:
			 * on the count, of both */
	unsigned min;
	unsigned window, hold, clear_for, cooldown; /* ticks */
	unsigned repeat;                            /* ticks, 0 = never */
	char texts[2][96];
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
	int gaps[MAX_EVENTS];
	size_t n_gaps;
	struct oracle_key key[KEYS];
	struct lines *out;
};

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
	return n;
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
	return p->kind == RATIO || in_a_row(p);
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
			     .users = n.users,
			     .numerator = in_a_row(o->p)           ? n.row
					  : o->p->kind == SEQUENCE ? n.before
								   : n.timeouts };

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
		if (now - fed[i].tick >= p->window)
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
	};

	for (size_t i = 0; i < a->n_measure; i++) {
		const struct sv_measure *m = &a->measure[i];
		cr_expect_eq(m->error, 0);
		if (m->kind == SV_MEASURE_RATIO) {
			line.numerator = (unsigned)m->numerator;
			line.count = (unsigned)m->denominator;
		} else if (m->kind == SV_MEASURE_CONSECUTIVE ||
			   m->kind == SV_MEASURE_SEQUENCE) {
			line.numerator = (unsigned)m->numerator;
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
	case KINDS:
		break;
	}
}

static struct engine *
engine_for(struct params *p, struct lines *out)
{
	struct rule_spec rule = {
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
	};
	struct engine_spec spec = { .rules = &rule,
				    .n_rules = 1,
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
	cr_assert_eq(loaded.rules, 1);
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
	bool ratio = settles(p) || p->kind == SEQUENCE;
	bool users = p->kind == DISTINCT || p->kind == EITHER ||
		     (p->kind == BOTH && p->warning);
	bool count = p->kind != DISTINCT && p->kind != ROW && p->kind != SEQUENCE;

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
	size_t lines = 0, states[4] = { 0 };

	for (uint64_t seed = 1; seed <= 2500; seed++) {
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
		for (size_t i = 0; i < want.n; i++)
			states[want.all[i].state]++;
	}
	/* the streams must have been worth it */
	cr_expect_gt(lines, 6000, "%zu transitions", lines);
	for (size_t i = 0; i < 4; i++)
		cr_expect_gt(states[i], 100, "state %zu: %zu times", i, states[i]);
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
		if (!settles(&p))
			p.kind = upto(&state, 2) ? ROW : RATIO;
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
