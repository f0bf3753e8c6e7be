/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Silences and inhibition against a model that knows neither tables nor alarms: it takes
 * the engine's own transitions and, for every moment at which something changes, looks at
 * all open alerts afresh. Random streams, random silences (configured, added, removed)
 * must give the same lines; and however time is advanced, and wherever the daemon is
 * killed, the very same bytes.
 */
#include "alert/gate.h"
#include "alert/alert.h"
#include "alert/render.h"
#include "base/text.h"
#include "engine/engine.h"
#include "engine/saved.h"

#include <criterion/criterion.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#define TICK ((sv_usec)1000000)
#define ORIGIN ((sv_usec)1000)
#define MAX_EVENTS 120
#define MAX_LINES 1500
#define PEERS 3
#define END 420
#define MAX_CONFIGURED 3
#define MAX_OPS 6

struct fed {
	unsigned tick, peer, user;
	bool timeout;
};

/* `silence add` or `remove`, behind the event `after`. */
struct op {
	size_t after;
	int remove; /* index of the added one that goes, -1: one more */
	const char *where;
	unsigned until;
};

struct params {
	unsigned clear_for, cooldown, group_limit;
	struct silence_spec configured[MAX_CONFIGURED];
	size_t n_configured;
	struct op ops[MAX_OPS];
	size_t n_ops;
	char ids[MAX_CONFIGURED][8];
};

struct line {
	enum sv_alert_state state;
	enum sv_severity severity, previous;
	sv_usec time, measured;
	char incident[SV_ALERT_ID_LEN + 1], id[SV_ALERT_ID_LEN + 1];
	char rule[8], peer[4], user[4];
	char silenced[16], inhibited[16];
	char grouped[SV_ALERT_ID_LEN + 1];
	bool released, group;
	unsigned members, open;
};

struct lines {
	struct line all[MAX_LINES];
	size_t n;
	size_t n_before[MAX_EVENTS + 1]; /* lines before the op behind event i */
	struct buffer text;              /* all of it as JSON */
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

static const char *const wheres[] = {
	"rule = a",
	"rule = b and peer = x",
	"severity = warning",
	"peer in (x, y)",
	"user = u and not peer = z",
	"rule like '*' and time >= 1970-01-01T00:20:00Z",
	"severity = critical or peer = y",
};

/* ---- what runs ---- */

struct rig {
	struct engine *engine;
	struct gate *gate; /* NULL: the engine's own transitions */
	struct lines *out;
};

static void
copy(char *to, size_t bytes, struct sv_str text)
{
	(void)snprintf(to, bytes, "%.*s", (int)text.len, text.ptr ? text.ptr : "");
}

static void
collect(void *user, const struct sv_alert *alert)
{
	struct lines *out = user;
	struct line *line = &out->all[out->n];

	cr_assert_lt(out->n, MAX_LINES);
	out->n++;
	*line = (struct line){ .state = alert->state,
			       .severity = alert->severity,
			       .previous = alert->previous,
			       .time = alert->time,
			       .measured = alert->measured,
			       .released = alert->released.len > 0,
			       .group = alert->group != NULL };
	memcpy(line->incident, alert->incident, sizeof(line->incident));
	memcpy(line->id, alert->id, sizeof(line->id));
	copy(line->rule, sizeof(line->rule), alert->rule);
	copy(line->peer, sizeof(line->peer), alert->key[0].value);
	if (alert->n_key > 1)
		copy(line->user, sizeof(line->user), alert->key[1].value);
	copy(line->silenced, sizeof(line->silenced), alert->silenced);
	copy(line->inhibited, sizeof(line->inhibited), alert->inhibited);
	copy(line->grouped, sizeof(line->grouped), alert->grouped);
	if (alert->group) {
		line->members = (unsigned)alert->group->members;
		line->open = (unsigned)alert->group->open;
	}
	render_alert_json(&out->text, alert, NULL, 0);
	buffer_add_char(&out->text, '\n');
}

static void
transition(void *user, const struct sv_alert *alert)
{
	struct rig *rig = user;

	if (rig->gate)
		gate_alert(rig->gate, alert);
	else
		collect(rig->out, alert);
}

static void
each_open(void *user, gate_want want, gate_sink each, void *each_user)
{
	engine_alerts_of(((struct rig *)user)->engine, want, each, each_user);
}

static void
ring(void *user, sv_usec now)
{
	gate_ring(((struct rig *)user)->gate, now);
}

static void
set_alarm(void *user, sv_usec due)
{
	engine_alarm(((struct rig *)user)->engine, due, ring, user);
}

static void
to_lines(void *user, const struct sv_alert *alert)
{
	collect(((struct rig *)user)->out, alert);
}

static void
rig_init(struct rig *rig, const struct params *p, bool gated, struct lines *out)
{
	const struct rule_spec rules[] = {
		{ .name = "a",
		  .by = { "peer" },
		  .n_by = 1,
		  .window = 20 * TICK,
		  .where = "outcome = timeout",
		  .warning = "count >= 3",
		  .critical = "count >= 6",
		  .clear_for = p->clear_for * TICK,
		  .cooldown = p->cooldown * TICK,
		  .inhibits = { "b", "none" },
		  .n_inhibits = 2 },
		{ .name = "b",
		  .by = { "peer", "user" },
		  .n_by = 2,
		  .window = 30 * TICK,
		  .warning = "count >= 2",
		  .critical = "count >= 4",
		  .clear_for = p->clear_for * TICK,
		  .group_limit = p->group_limit },
	};
	struct engine_spec engine = { .rules = rules,
				      .n_rules = 2,
				      .grace = 5 * TICK,
				      .max_bytes = 1 << 20,
				      .max_keys = 1000,
				      .recent_bytes = 1 << 16,
				      .sink = transition,
				      .user = rig };
	struct gate_spec gate = { .silences = p->configured,
				  .n_silences = p->n_configured,
				  .rules = rules,
				  .n_rules = 2,
				  .open = each_open,
				  .alarm = set_alarm,
				  .sink = to_lines,
				  .user = rig };
	struct expr_error error;
	size_t which;

	*rig = (struct rig){ .out = out };
	cr_assert_eq(engine_new(&engine, &rig->engine, &which, &error), 0, "%s",
		     error.message);
	if (!gated)
		return;
	cr_assert_eq(gate_new(&gate, &rig->gate), 0);
	gate_begin(rig->gate, 0);
}

static void
rig_done(struct rig *rig)
{
	engine_free(rig->engine);
	gate_free(rig->gate);
}

/** As if the daemon had been killed here. */
static void
restart(struct rig *rig, const struct params *p)
{
	static char bytes[2][1 << 20];
	struct pack out[2] = { { .buf = bytes[0], .cap = sizeof(bytes[0]) },
			       { .buf = bytes[1], .cap = sizeof(bytes[1]) } };
	struct lines *lines = rig->out;
	struct engine_loaded loaded;
	struct engine_stats stats;
	struct gate_stats was, is;

	engine_save(rig->engine, &out[0]);
	gate_save(rig->gate, &out[1]);
	gate_stats_get(rig->gate, &was);
	rig_done(rig);
	rig_init(rig, p, true, lines);
	struct unpack in[2] = { unpack_of(str_make(bytes[0], out[0].len)),
				unpack_of(str_make(bytes[1], out[1].len)) };
	cr_assert_eq(gate_load(rig->gate, &in[1]), 0);
	cr_assert_eq(in[1].len, 0);
	cr_assert_eq(engine_load(rig->engine, &in[0], NULL, NULL, &loaded), 0);
	engine_stats_get(rig->engine, &stats);
	size_t before = lines->n;
	gate_begin(rig->gate, stats.now);
	cr_assert_eq(lines->n, before, "a restart tells nothing");
	gate_stats_get(rig->gate, &is);
	cr_assert_eq(memcmp(&was, &is, sizeof(was)), 0, "counts go on");
}

static void
feed(struct rig *rig, const struct fed *f)
{
	char peer[1] = { (char)('x' + f->peer) }, user[1] = { f->user ? 'u' : 'v' };
	struct sv_event e = { .time = (ORIGIN + f->tick) * TICK,
			      .outcome = f->timeout ? SV_TIMEOUT : SV_BUSY,
			      .leg = SV_LEG_OUT,
			      .count = 1,
			      .peer = { peer, 1 },
			      .claim = { .user = { user, 1 } },
			      .records = { { .text = SV_STR("line") } },
			      .n_records = 1 };

	engine_feed(rig->engine, &e);
}

static void
apply_op(struct rig *rig, const struct op *op)
{
	const struct silence *silence;
	struct engine_stats stats;
	struct expr_error error;
	char id[8];

	engine_stats_get(rig->engine, &stats);
	if (op->remove < 0) {
		struct silence_spec spec = { .where = op->where,
					     .until = (ORIGIN + op->until) * TICK };
		cr_assert_eq(gate_add(rig->gate, &spec, stats.now, &silence, &error),
			     0);
		return;
	}
	(void)snprintf(id, sizeof(id), "s%d", op->remove + 1);
	int r = gate_remove(rig->gate, str_of(id), stats.now);
	cr_assert(r == 0 || r == -ENOENT); /* it may have ended */
}

/** mode 0: only events; 1: as early as events allow; 2: at random; 3: killed before each
 *  event and behind each op. */
static void
run(const struct params *p, const struct fed *fed, size_t n, bool gated, int mode,
    uint64_t seed, struct lines *out)
{
	struct rig rig;

	out->n = 0;
	buffer_clear(&out->text);
	rig_init(&rig, p, gated, out);
	for (size_t i = 0; i < n; i++) {
		for (unsigned t = i ? fed[i - 1].tick : 0; mode == 1 && t < fed[i].tick;
		     t++)
			engine_advance(rig.engine, (ORIGIN + t) * TICK);
		if (mode == 2 && fed[i].tick > (i ? fed[i - 1].tick : 0))
			engine_advance(rig.engine, (ORIGIN + fed[i].tick) * TICK - 1 -
							   upto(&seed, 3) * TICK);
		if (mode == 3)
			restart(&rig, p);
		feed(&rig, &fed[i]);
		out->n_before[i] = out->n;
		for (size_t k = 0; gated && k < p->n_ops; k++) {
			if (p->ops[k].after != i)
				continue;
			apply_op(&rig, &p->ops[k]);
			if (mode == 3)
				restart(&rig, p);
		}
	}
	engine_advance(rig.engine, (ORIGIN + END) * TICK);
	rig_done(&rig);
}

/* ---- the model ---- */

struct model_silence {
	char id[16];
	const char *where;
	sv_usec from, until;
	bool gone;
};

struct model_alert {
	struct line last;
	enum sv_severity told;
	unsigned serial;
	int held; /* 0: not; 1: silenced; 2: inhibited; 3: in the group */
	char by[SV_ALERT_ID_LEN + 1];
};

struct model {
	struct model_silence silences[MAX_CONFIGURED + MAX_OPS];
	size_t n_silences, n_added;
	struct model_alert open[64];
	size_t n_open;
	sv_usec rung;
	struct lines *out;
	/* of rule b */
	unsigned limit, total, told_total, serial;
	enum sv_severity told;
	sv_usec start, time;
};

/* The expressions of `wheres`, by hand. */
static bool
is_true(const char *where, const struct line *l)
{
	enum sv_severity severity =
		l->state == SV_ALERT_RESOLVED ? l->previous : l->severity;
	bool a = strcmp(l->rule, "a") == 0;
	size_t i = 0;

	while (wheres[i] != where)
		i++;
	switch (i) {
	case 0:
		return a;
	case 1:
		return !a && l->peer[0] == 'x';
	case 2:
		return severity == SV_SEVERITY_WARNING;
	case 3:
		return l->peer[0] == 'x' || l->peer[0] == 'y';
	case 4:
		return l->user[0] == 'u' && l->peer[0] != 'z';
	case 5:
		return (l->measured ? l->measured : l->time) >= 1200 * TICK;
	default:
		return severity == SV_SEVERITY_CRITICAL || l->peer[0] == 'y';
	}
}

/* The group, counted afresh. */

static unsigned
count_b(const struct model *m, bool members)
{
	unsigned n = 0;

	for (size_t i = 0; i < m->n_open; i++) {
		const struct model_alert *o = &m->open[i];
		if (o->last.group || strcmp(o->last.rule, "b") != 0)
			continue;
		n += members ? o->held == 3 : o->held != 3 && o->told != SV_SEVERITY_OK;
	}
	return n;
}

static void
group_id(sv_usec start, char out[SV_ALERT_ID_LEN + 1])
{
	struct sv_alert alert = {
		.rule = SV_STR("b"),
		.start = start,
		.key = { { SV_STR("group"), SV_STR("many keys") } },
		.n_key = 1,
	};

	alert_ids(&alert);
	memcpy(out, alert.incident, SV_ALERT_ID_LEN + 1);
}

/** Is one more to be a member? Then it is one. */
static bool
joins(struct model *m, struct model_alert *o, sv_usec now)
{
	unsigned members = count_b(m, true);

	if (!m->limit || o->last.group || strcmp(o->last.rule, "b") != 0 ||
	    (members == 0 && count_b(m, false) < m->limit))
		return false;
	if (members == 0) {
		m->start = now > m->time ? now : m->time + 1;
		m->total = m->told_total = 0;
		m->told = SV_SEVERITY_OK;
	}
	m->total++;
	o->held = 3;
	o->told = SV_SEVERITY_OK;
	group_id(m->start, o->by);
	return true;
}

static void model_line(struct model *m, const struct line *l);

static void
model_group(struct model *m, sv_usec now)
{
	struct line line = { .state = SV_ALERT_CHANGED,
			     .previous = m->told,
			     .group = true,
			     .rule = "b",
			     .peer = "man",
			     .members = m->total,
			     .open = count_b(m, true) };

	for (size_t i = 0; i < m->n_open; i++)
		if (m->open[i].held == 3 && m->open[i].last.severity > line.severity)
			line.severity = m->open[i].last.severity;
	if (line.severity == m->told &&
	    (line.severity == SV_SEVERITY_OK || m->total < 2 * m->told_total))
		return;
	if (line.severity == SV_SEVERITY_OK)
		line.state = SV_ALERT_RESOLVED;
	else if (m->told == SV_SEVERITY_OK)
		line.state = SV_ALERT_FIRING;
	m->told = line.severity;
	m->told_total = m->total;
	m->time = line.time = now > m->start ? now : m->start;
	group_id(m->start, line.incident);
	model_line(m, &line);
}

static int
cover(const struct model *m, const struct line *l, sv_usec now, char by[16])
{
	for (size_t i = 0; i < m->n_silences; i++) {
		const struct model_silence *s = &m->silences[i];
		if (s->gone || s->from > now || s->until <= now ||
		    !is_true(s->where, l))
			continue;
		strcpy(by, s->id);
		return 1;
	}
	for (size_t i = 0; i < m->n_open; i++)
		if (strcmp(m->open[i].last.rule, "a") == 0 &&
		    strcmp(l->rule, "b") == 0 &&
		    m->open[i].last.peer[0] == l->peer[0]) {
			strcpy(by, "a");
			return 2;
		}
	return 0;
}

static void
say(struct model *m, const struct line *line, int held, const char *by, bool released)
{
	struct line *to = &m->out->all[m->out->n++];

	*to = *line;
	to->released = released;
	if (held)
		strcpy(held == 1   ? to->silenced
		       : held == 2 ? to->inhibited
				   : to->grouped,
		       by);
}

/* Groups, then worst first, then the latest, then the oldest incident: who comes first is
 * told alone. */
static bool
comes_before(const struct model_alert *a, const struct model_alert *b)
{
	if (a->last.group != b->last.group)
		return a->last.group;
	if (a->last.severity != b->last.severity)
		return a->last.severity > b->last.severity;
	if (a->last.time != b->last.time)
		return a->last.time > b->last.time;
	return a->serial < b->serial;
}

/** Everything open, afresh. */
static void
look_again(struct model *m, sv_usec now)
{
	size_t order[64], n = 0;

	for (size_t i = 0; i < m->n_open; i++) {
		size_t at = n++;
		for (; at && comes_before(&m->open[i], &m->open[order[at - 1]]); at--)
			order[at] = order[at - 1];
		order[at] = i;
	}
	for (size_t i = 0; i < n; i++) {
		struct model_alert *o = &m->open[order[i]];
		char by[16];
		if (o->held == 3)
			continue;
		if (o->last.group) { /* how many there are is known at any time */
			o->last.members = m->total;
			o->last.open = count_b(m, true);
		}
		int held = cover(m, &o->last, now, by);
		if (held == 1 || (held == 2 && o->held)) {
			o->held = held;
			strcpy(o->by, by);
		} else if (held == 0 && o->held) {
			struct line again = o->last;
			bool news = o->held == 1 || o->told != o->last.severity;
			if (o->told == SV_SEVERITY_OK && joins(m, o, now)) {
				model_group(m, now);
				continue;
			}
			again.previous = o->told;
			again.state = o->told ? SV_ALERT_CHANGED : SV_ALERT_FIRING;
			again.measured = again.time;
			again.time = now > again.time ? now : again.time;
			if (news)
				say(m, &again, 0, "", true);
			o->held = 0;
			o->told = o->last.severity;
		}
	}
}

static void
run_to(struct model *m, sv_usec now)
{
	for (;;) {
		sv_usec next = SV_USEC_NEVER;
		for (size_t i = 0; i < m->n_silences; i++) {
			const struct model_silence *s = &m->silences[i];
			if (!s->gone && s->from > m->rung && s->from < next)
				next = s->from;
			if (!s->gone && s->until > m->rung && s->until < next)
				next = s->until;
		}
		if (next > now)
			return;
		m->rung = next;
		look_again(m, next);
	}
}

static void
model_line(struct model *m, const struct line *l)
{
	char by[SV_ALERT_ID_LEN + 1];
	size_t at = 0;

	run_to(m, l->time);
	while (at < m->n_open && strcmp(m->open[at].last.incident, l->incident) != 0)
		at++;
	if (l->state == SV_ALERT_RESOLVED) {
		struct model_alert was = m->open[at];
		m->open[at] = m->open[--m->n_open];
		if (was.held == 3) {
			say(m, l, 3, was.by, false);
			model_group(m, l->time);
			return;
		}
		bool quiet = was.held && was.told == SV_SEVERITY_OK;
		say(m, l, quiet ? was.held : 0, was.by, false);
		if (strcmp(l->rule, "a") == 0)
			look_again(m, l->time);
		return;
	}
	if (at == m->n_open)
		m->open[m->n_open++] = (struct model_alert){ .serial = ++m->serial };
	struct model_alert *o = &m->open[at];
	o->last = *l;
	int held = o->held == 3 ? 3 : cover(m, l, l->time, by);
	if (held == 3 ||
	    (held == 0 && o->told == SV_SEVERITY_OK && joins(m, o, l->time))) {
		say(m, l, 3, o->by, false);
		model_group(m, l->time);
		return;
	}
	o->held = held;
	if (held)
		strcpy(o->by, by);
	else
		o->told = l->severity;
	say(m, l, held, by, false);
}

static void
model_op(struct model *m, const struct op *op, sv_usec now)
{
	struct model_silence *s = &m->silences[m->n_silences];
	char id[16];

	run_to(m, now);
	if (op->remove < 0) {
		*s = (struct model_silence){ .where = op->where,
					     .until = (ORIGIN + op->until) * TICK };
		(void)snprintf(s->id, sizeof(s->id), "s%zu", ++m->n_added);
		m->n_silences++;
	} else {
		(void)snprintf(id, sizeof(id), "s%d", op->remove + 1);
		for (size_t i = 0; i < m->n_silences; i++)
			m->silences[i].gone |= strcmp(m->silences[i].id, id) == 0;
	}
	look_again(m, now);
}

static void
model_run(const struct params *p, const struct fed *fed, size_t n,
	  const struct lines *engine, struct lines *out)
{
	static struct model m;
	size_t at = 0;

	m = (struct model){ .out = out, .limit = p->group_limit };
	out->n = 0;
	for (size_t i = 0; i < p->n_configured; i++) {
		struct model_silence *s = &m.silences[m.n_silences++];
		*s = (struct model_silence){ .where = p->configured[i].where,
					     .from = p->configured[i].from,
					     .until = p->configured[i].until };
		strcpy(s->id, p->configured[i].id);
	}
	for (size_t i = 0; i < n; i++) {
		while (at < engine->n_before[i])
			model_line(&m, &engine->all[at++]);
		for (size_t k = 0; k < p->n_ops; k++)
			if (p->ops[k].after == i)
				model_op(&m, &p->ops[k], (ORIGIN + fed[i].tick) * TICK);
	}
	while (at < engine->n)
		model_line(&m, &engine->all[at++]);
	run_to(&m, (ORIGIN + END) * TICK);
}

/* ---- streams ---- */

static size_t
stream_make(struct fed *fed, struct params *p, uint64_t *seed)
{
	size_t n = 40 + upto(seed, MAX_EVENTS - 40);
	unsigned tick = 1;

	*p = (struct params){ .clear_for = 1 + upto(seed, 15),
			      .cooldown = upto(seed, 2) ? 0 : upto(seed, 20),
			      .n_configured = upto(seed, MAX_CONFIGURED + 1),
			      .n_ops = upto(seed, MAX_OPS + 1),
			      .group_limit = upto(seed, 4) };
	for (size_t i = 0; i < n; i++) {
		tick += upto(seed, 12) ? upto(seed, 4) : upto(seed, 40);
		tick = tick > END - 100 ? END - 100 : tick;
		fed[i] = (struct fed){ .tick = tick,
				       .peer = upto(seed, PEERS),
				       .user = upto(seed, 2),
				       .timeout = upto(seed, 3) != 0 };
	}
	for (size_t i = 0; i < p->n_configured; i++) {
		unsigned from = upto(seed, 250);
		struct silence_spec *s = &p->configured[i];
		(void)snprintf(p->ids[i], sizeof(p->ids[i]), "C-%zu", i);
		s->id = p->ids[i];
		s->where = wheres[upto(seed, sizeof(wheres) / sizeof(wheres[0]))];
		s->from = upto(seed, 3) ? (ORIGIN + from) * TICK : 0;
		s->until = (ORIGIN + from + 1 + upto(seed, 120)) * TICK;
	}
	int added = 0;
	for (size_t i = 0, after = 0; i < p->n_ops; i++) {
		struct op *op = &p->ops[i];
		after += upto(seed, 20);
		op->after = after < n ? after : n - 1;
		op->remove =
			added && upto(seed, 2) ? (int)upto(seed, (unsigned)added) : -1;
		added += op->remove < 0;
		op->where = wheres[upto(seed, sizeof(wheres) / sizeof(wheres[0]))];
		op->until = fed[op->after].tick + 1 + upto(seed, 100);
	}
	return n;
}

/* Releases of one moment come in the order of weight: any will do here. */
static int
by_time_and_id(const void *a, const void *b)
{
	const struct line *x = a, *y = b;

	if (x->time != y->time)
		return x->time < y->time ? -1 : 1;
	if (x->released != y->released)
		return x->released ? -1 : 1;
	int r = strcmp(x->incident, y->incident);
	if (r == 0)
		r = (int)x->members - (int)y->members;
	if (r == 0)
		r = (int)x->state - (int)y->state;
	return r ? r : (int)x->severity - (int)y->severity;
}

static bool
same(const struct line *a, const struct line *b)
{
	return a->state == b->state && a->severity == b->severity &&
	       a->previous == b->previous && a->time == b->time &&
	       a->measured == b->measured && a->released == b->released &&
	       strcmp(a->incident, b->incident) == 0 &&
	       strcmp(a->silenced, b->silenced) == 0 &&
	       strcmp(a->inhibited, b->inhibited) == 0 &&
	       strcmp(a->grouped, b->grouped) == 0 && a->group == b->group &&
	       a->members == b->members && a->open == b->open &&
	       (a->released || a->group || strcmp(a->id, b->id) == 0);
}

Test(gate, random_silences_and_inhibitors_agree_with_the_model)
{
	static struct lines engine, want, got;
	static struct fed fed[MAX_EVENTS];
	size_t silenced = 0, inhibited = 0, released = 0, quiet = 0, grouped = 0;
	size_t groups = 0;

	for (uint64_t seed = 1; seed <= 3000; seed++) {
		uint64_t state = seed * 0x9e3779b97f4a7c15ull;
		struct params p;
		size_t n = stream_make(fed, &p, &state);
		run(&p, fed, n, false, 0, 0, &engine);
		run(&p, fed, n, true, 0, 0, &got);
		model_run(&p, fed, n, &engine, &want);
		qsort(want.all, want.n, sizeof(want.all[0]), by_time_and_id);
		qsort(got.all, got.n, sizeof(got.all[0]), by_time_and_id);
		cr_assert_eq(want.n, got.n, "seed %llu: %zu lines, want %zu",
			     (unsigned long long)seed, got.n, want.n);
		for (size_t i = 0; i < want.n; i++) {
			const struct line *w = &want.all[i], *g = &got.all[i];
			cr_assert(same(w, g),
				  "seed %llu line %zu: want %d/%d %s %s %s by '%s' "
				  "'%s' %d at %llu, got %d/%d %s %s %s by '%s' '%s' %d "
				  "at %llu",
				  (unsigned long long)seed, i, w->state, w->severity,
				  w->rule, w->peer, w->user, w->silenced, w->inhibited,
				  w->released, (unsigned long long)(w->time / TICK),
				  g->state, g->severity, g->rule, g->peer, g->user,
				  g->silenced, g->inhibited, g->released,
				  (unsigned long long)(g->time / TICK));
			silenced += w->silenced[0] != 0;
			inhibited += w->inhibited[0] != 0;
			released += w->released;
			grouped += w->grouped[0] != 0;
			groups += w->group;
			quiet += w->state == SV_ALERT_RESOLVED &&
				 (w->silenced[0] || w->inhibited[0]);
		}
		/* the engine and its ids know nothing of it */
		size_t own = 0;
		for (size_t i = 0; i < got.n; i++)
			own += !got.all[i].released && !got.all[i].group;
		cr_assert_eq(own, engine.n);
	}
	cr_expect_gt(silenced, 5000, "%zu", silenced);
	cr_expect_gt(inhibited, 2000, "%zu", inhibited);
	cr_expect_gt(released, 2000, "%zu", released);
	cr_expect_gt(quiet, 2000, "%zu", quiet);
	cr_expect_gt(grouped, 5000, "%zu", grouped);
	cr_expect_gt(groups, 3000, "%zu", groups);
	buffer_done(&engine.text);
	buffer_done(&got.text);
}

Test(gate, how_time_advances_and_restarts_change_no_byte)
{
	static struct lines plain, other;
	static struct fed fed[MAX_EVENTS];

	for (uint64_t seed = 1; seed <= 400; seed++) {
		uint64_t state = seed * 0xd1342543de82ef95ull;
		struct params p;
		size_t n = stream_make(fed, &p, &state);
		run(&p, fed, n, true, 0, 0, &plain);
		for (int mode = 1; mode <= 3; mode++) {
			run(&p, fed, n, true, mode, state | 1, &other);
			cr_assert(str_eq(buffer_str(&plain.text),
					 buffer_str(&other.text)),
				  "seed %llu mode %d", (unsigned long long)seed, mode);
		}
		/* silenced and released twice at one instant is told once */
		for (size_t i = 0; i < plain.n; i++)
			for (size_t k = 0; k < i; k++)
				cr_assert(strcmp(plain.all[i].id, plain.all[k].id) ||
					  (plain.all[i].released &&
					   plain.all[k].released &&
					   plain.all[i].time == plain.all[k].time));
	}
	buffer_done(&plain.text);
	buffer_done(&other.text);
}

Test(gate, what_was_saved_by_another_release_is_no_reason_to_stop)
{
	const struct params p = { .clear_for = 5 };
	static char bytes[4096];
	struct pack out = { .buf = bytes, .cap = sizeof(bytes) };
	const struct silence *silence;
	struct expr_error error;
	struct lines *lines = calloc(1, sizeof(*lines));
	struct rig rig;

	rig_init(&rig, &p, true, lines);
	struct silence_spec spec = { .where = "rule = a",
				     .until = 5000 * TICK,
				     .author = "ops" };
	cr_assert_eq(gate_add(rig.gate, &spec, 0, &silence, &error), 0);
	gate_save(rig.gate, &out);
	rig_done(&rig);
	/* every cut is told from the whole, none reads beyond it */
	for (size_t len = 0; len <= out.len; len++) {
		rig_init(&rig, &p, true, lines);
		char *cut = malloc(len + 1);
		memcpy(cut, bytes, len);
		struct unpack in = unpack_of(str_make(cut, len));
		int r = gate_load(rig.gate, &in);
		cr_assert_eq(r, len == out.len ? 0 : -EBADMSG, "%zu: %d", len, r);
		free(cut);
		rig_done(&rig);
	}
	rig_init(&rig, &p, true, lines);
	struct unpack in = unpack_of(str_make(bytes, out.len));
	cr_assert_eq(gate_load(rig.gate, &in), 0);
	silence = silences_find(gate_silences(rig.gate), SV_STR("s1"));
	cr_assert(silence != NULL);
	cr_assert_str_eq(silence->author, "ops");
	/* a number is never given twice, nor is one of the configuration removed */
	spec.author = NULL;
	cr_assert_eq(gate_add(rig.gate, &spec, 0, &silence, &error), 0);
	cr_assert_str_eq(silence->id, "s2");
	cr_assert_eq(gate_remove(rig.gate, SV_STR("s9"), 0), -ENOENT);
	rig_done(&rig);
	free(lines);
}

Test(gate, mistakes_and_bounds_are_told)
{
	const struct params p = { .clear_for = 5,
				  .configured = { { .id = "C", .where = "rule = a" } },
				  .n_configured = 1 };
	struct lines *lines = calloc(1, sizeof(*lines));
	const struct silence *silence;
	struct expr_error error = { 0 };
	struct rig rig;
	char many[SILENCE_WORDS_BYTES + 2];

	rig_init(&rig, &p, true, lines);
	struct silence_spec spec = { .where = "rul = a", .until = 5000 * TICK };
	cr_assert_eq(gate_add(rig.gate, &spec, 0, &silence, &error), -EINVAL);
	cr_expect_str_eq(error.hint, "did you mean 'rule'?");
	cr_expect_eq(error.pos, 0);
	/* a field of events is none of alerts */
	spec.where = "rule = a and failure";
	cr_assert_eq(gate_add(rig.gate, &spec, 0, &silence, &error), -EINVAL);
	cr_expect_eq(error.pos, 13);
	spec.where = "rule = a";
	memset(many, 'x', sizeof(many) - 1);
	many[sizeof(many) - 1] = '\0';
	spec.reason = many;
	cr_assert_eq(gate_add(rig.gate, &spec, 0, &silence, &error), -E2BIG);
	spec.reason = NULL;
	cr_assert_eq(gate_remove(rig.gate, SV_STR("C"), 0), -EPERM);
	for (size_t i = 0; i < SILENCE_MAX; i++)
		cr_assert_eq(gate_add(rig.gate, &spec, 0, &silence, &error), 0);
	cr_assert_eq(gate_add(rig.gate, &spec, 0, &silence, &error), -ENOSPC);
	/* they go when they have ended, that of the configuration stays */
	engine_advance(rig.engine, 5001 * TICK);
	cr_assert_eq(gate_silences(rig.gate)->n, 1);
	cr_assert_eq(gate_add(rig.gate, &spec, 0, &silence, &error), 0);
	rig_done(&rig);
	free(lines);
}

static bool
keep_odd(void *user, const struct held *held)
{
	(void)user;
	return held->told & 1;
}

Test(gate, the_table_of_held_incidents_finds_what_it_has)
{
	struct held_table table = { 0 };
	static char ids[2000][SV_ALERT_ID_LEN + 1];
	bool in[2000] = { false };
	uint64_t seed = 7;

	for (size_t i = 0; i < 2000; i++)
		/* few homes, and at the end of the table: long rows that wrap around */
		(void)snprintf(ids[i], sizeof(ids[i]), "%02x%014x%016zx",
			       i % 3 ? 0xffu : upto(&seed, 256), i % 3 ? 0u : 0xffu, i);
	for (int step = 0; step < 40000; step++) {
		size_t i = upto(&seed, 2000);
		struct held *held = held_find(&table, ids[i]);
		cr_assert_eq(held != NULL, in[i]);
		if (held) {
			cr_assert_eq(held->told, i % 3);
			held_remove(&table, held);
		} else {
			held = held_add(&table, ids[i]);
			cr_assert(held != NULL);
			held->told = (uint8_t)(i % 3);
		}
		in[i] = !in[i];
	}
	held_sweep(&table, keep_odd, NULL);
	for (size_t i = 0; i < 2000; i++)
		cr_assert_eq(held_find(&table, ids[i]) != NULL, in[i] && i % 3 == 1,
			     "%zu", i);
	cr_assert_null(held_add(&table, "not an id"));
	held_done(&table);
}
