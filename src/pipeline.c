/* SPDX-License-Identifier: Apache-2.0 */
#include "pipeline.h"

#include "base/address.h"
#include "base/text.h"
#include "engine/keep.h"
#include "sip/codes.h"

#include <errno.h>
#include <stdlib.h>

#define DEFAULT_GRACE (30 * SV_USEC_PER_SEC)

struct pipeline {
	struct pipeline_spec spec;
	struct ledger *ledger;
	struct engine *engine;
	struct gate *gate; /* NULL without engine */
	sv_usec grace;
	sv_usec newest;  /* latest time of a raw event */
	sv_usec reached; /* the same, or the clock if that was given later */
	struct peer_entry *entries;
	size_t n_entries;
};

/* One address or one endpoint name of a configured peer. */
struct peer_entry {
	const struct peer_spec *peer;
	struct prefix prefix; /* family 0: an endpoint name */
	const char *endpoint;
};

/** An attempt is given up when its time of waiting is over, not when it began: by then
 *  the windows have left its beginning behind, and it would count nowhere. */
static void
feed_engine(struct pipeline *p, struct sv_event *event)
{
	sv_usec began = event->time;

	if (event->outcome == SV_ABANDONED) {
		event->time += LEDGER_ABANDON;
		if (event->time > p->reached && p->reached > began)
			event->time = p->reached;
	}
	engine_feed(p->engine, event);
	event->time = began;
}

static void
settled(void *user, const struct sv_event *event)
{
	struct pipeline *p = user;
	struct sv_event named;

	event_copy(&named, event);
	if (!named.category.len)
		named.category = codes_cause(event);
	for (size_t i = 0; i < p->n_entries; i++) {
		const struct peer_entry *e = &p->entries[i];
		bool hit = e->endpoint ? str_eq(event->peer, str_of(e->endpoint))
				       : event->attribution == SV_ATTRIBUTION_CERTAIN &&
						 prefix_contains(&e->prefix,
								 &event->peer_ip);
		if (!hit)
			continue;
		named.account = event->peer.len ? event->peer : event->claim.user;
		named.peer = str_of(e->peer->name);
		named.role = str_of(e->peer->role);
		break;
	}
	if (p->engine)
		feed_engine(p, &named);
	if (p->spec.event)
		p->spec.event(p->spec.user, &named);
}

static void
transition(void *user, const struct sv_alert *alert)
{
	struct pipeline *p = user;

	gate_alert(p->gate, alert);
}

/* The gate's way out, and what it asks of the engine. */

static void
tell_alert(void *user, const struct sv_alert *alert)
{
	struct pipeline *p = user;

	if (p->spec.alert)
		p->spec.alert(p->spec.user, alert);
}

static void
tell_known(void *user, const struct sv_alert *alert)
{
	struct pipeline *p = user;

	if (p->spec.known)
		p->spec.known(p->spec.user, alert);
}

static void
each_open(void *user, gate_want want, gate_sink each, void *each_user)
{
	struct pipeline *p = user;

	engine_alerts_of(p->engine, want, each, each_user);
}

static void
ring(void *user, sv_usec now)
{
	gate_ring(((struct pipeline *)user)->gate, now);
}

static void
set_alarm(void *user, sv_usec due)
{
	engine_alarm(((struct pipeline *)user)->engine, due, ring, user);
}

static int
take_gate(struct pipeline *p, const struct engine_spec *engine)
{
	struct gate_spec spec = { .silences = p->spec.silences,
				  .n_silences = p->spec.n_silences,
				  .rules = engine->rules,
				  .n_rules = engine->n_rules,
				  .open = each_open,
				  .alarm = set_alarm,
				  .sink = tell_alert,
				  .known = tell_known,
				  .user = p };

	return gate_new(&spec, &p->gate);
}

static int
take_peers(struct pipeline *p)
{
	size_t n = 0;

	for (size_t i = 0; i < p->spec.n_peers; i++)
		n += p->spec.peers[i].n_addresses + p->spec.peers[i].n_endpoints;
	if (n == 0)
		return 0;
	p->entries = calloc(n, sizeof(*p->entries));
	if (!p->entries)
		return -ENOMEM;
	for (size_t i = 0; i < p->spec.n_peers; i++) {
		const struct peer_spec *peer = &p->spec.peers[i];
		for (size_t k = 0; k < peer->n_endpoints; k++)
			p->entries[p->n_entries++] =
				(struct peer_entry){ .peer = peer,
						     .endpoint = peer->endpoints[k] };
		for (size_t k = 0; k < peer->n_addresses; k++) {
			struct peer_entry *e = &p->entries[p->n_entries];
			e->peer = peer;
			if (prefix_parse(str_of(peer->addresses[k]), &e->prefix))
				p->n_entries++;
		}
	}
	return 0;
}

int
pipeline_new(const struct pipeline_spec *spec, struct pipeline **ret_pipeline,
	     size_t *reterr_rule, struct expr_error *reterr_error)
{
	struct pipeline *p = calloc(1, sizeof(*p));
	int r = -ENOMEM;

	if (!p)
		return -ENOMEM;
	p->spec = *spec;
	p->grace = spec->engine && spec->engine->grace ? spec->engine->grace
						       : DEFAULT_GRACE;
	struct ledger_spec ledger = { .settled = settled,
				      .user = p,
				      .patient = spec->patient,
				      .single = spec->single };
	r = take_peers(p);
	if (r < 0)
		goto fail;
	r = ledger_new(&ledger, &p->ledger);
	if (r < 0)
		goto fail;
	if (spec->engine) {
		struct engine_spec engine = *spec->engine;
		engine.sink = transition;
		engine.user = p;
		r = engine_new(&engine, &p->engine, reterr_rule, reterr_error);
		if (r == 0)
			r = take_gate(p, &engine);
		if (r < 0)
			goto fail;
		gate_begin(p->gate, 0);
	}
	*ret_pipeline = p;
	return 0;
fail:
	pipeline_free(p);
	return r;
}

void
pipeline_free(struct pipeline *pipeline)
{
	if (!pipeline)
		return;
	engine_free(pipeline->engine);
	gate_free(pipeline->gate);
	ledger_free(pipeline->ledger);
	free(pipeline->entries);
	free(pipeline);
}

static void
emit(void *user, const struct sv_event *raw)
{
	pipeline_raw(user, raw);
}

int
pipeline_stream(struct pipeline *pipeline, struct stream_spec *spec,
		struct stream **ret_stream)
{
	spec->emit = emit;
	spec->user = pipeline;
	return stream_new(spec, ret_stream);
}

void
pipeline_raw(struct pipeline *pipeline, const struct sv_event *raw)
{
	if (pipeline->spec.raw) {
		struct sv_event named = *raw;
		if (!named.category.len)
			named.category = codes_cause(raw);
		pipeline->spec.raw(pipeline->spec.user, &named);
	}
	if (raw->time > pipeline->newest)
		pipeline->newest = raw->time;
	if (raw->time > pipeline->reached)
		pipeline->reached = raw->time;
	ledger_feed(pipeline->ledger, raw);
}

void
pipeline_advance(struct pipeline *pipeline, sv_usec now)
{
	if (now > pipeline->reached)
		pipeline->reached = now;
	ledger_advance(pipeline->ledger, now);
	if (pipeline->engine && now > pipeline->grace)
		engine_advance(pipeline->engine, now - pipeline->grace);
}

void
pipeline_flush(struct pipeline *pipeline, sv_usec last)
{
	ledger_flush(pipeline->ledger);
	if (last < pipeline->newest)
		last = pipeline->newest;
	if (pipeline->engine)
		engine_advance(pipeline->engine, last);
}

static void
save_ledger(void *user, struct pack *out)
{
	ledger_save(((const struct pipeline *)user)->ledger, out);
}

static void
save_engine(void *user, struct pack *out)
{
	engine_save(((const struct pipeline *)user)->engine, out);
}

static void
save_gate(void *user, struct pack *out)
{
	gate_save(((const struct pipeline *)user)->gate, out);
}

void
pipeline_save(const struct pipeline *pipeline, struct pack *out)
{
	struct pipeline p = *pipeline;

	pack_u64(out, p.newest);
	pack_u64(out, p.reached);
	pack_blob(out, save_ledger, &p);
	pack_blob(out, save_engine, &p);
	pack_blob(out, save_gate, &p);
}

/* An orphan that nobody was told of ends without a word. */
struct orphans {
	struct pipeline *pipeline;
	engine_sink orphan;
	void *user;
};

static void
tell_orphan(void *user, const struct sv_alert *open)
{
	const struct orphans *orphans = user;
	struct sv_alert marked = *open;

	gate_orphan(orphans->pipeline->gate, &marked);
	if (orphans->orphan)
		orphans->orphan(orphans->user, &marked);
}

/** The gate's part; a checkpoint of before there was one has none. */
static struct unpack
unpack_gate(struct unpack *in)
{
	return in->len ? unpack_of(unpack_blob(in)) : (struct unpack){ 0 };
}

void
pipeline_load_silences(struct pipeline *pipeline, struct unpack *in)
{
	(void)unpack_u64(in);
	(void)unpack_u64(in);
	(void)unpack_blob(in);
	(void)unpack_blob(in);
	struct unpack gate = unpack_gate(in);
	if (!unpack_ok(in) || !gate.len)
		return;
	(void)gate_load(pipeline->gate, &gate);
	gate_forget(pipeline->gate);
	gate_begin(pipeline->gate, 0);
}

int
pipeline_load(struct pipeline *pipeline, struct unpack *in, engine_sink orphan,
	      void *user, struct engine_loaded *ret_loaded)
{
	sv_usec newest = unpack_u64(in), reached = unpack_u64(in);
	struct unpack ledger = unpack_of(unpack_blob(in));
	struct unpack engine = unpack_of(unpack_blob(in));
	struct unpack gate = unpack_gate(in);
	struct orphans orphans = { pipeline, orphan, user };
	struct engine_stats stats;
	int r = 0;

	if (!unpack_ok(in))
		return -EBADMSG;
	if (gate.len)
		r = gate_load(pipeline->gate, &gate);
	if (r == 0)
		r = engine_load(pipeline->engine, &engine, tell_orphan, &orphans,
				ret_loaded);
	if (r < 0)
		return r;
	engine_stats_get(pipeline->engine, &stats);
	gate_begin(pipeline->gate, stats.now);
	/* Another build's ledger: attempts under way are lost, counts are not. */
	r = ledger_load(pipeline->ledger, &ledger);
	if (r == -ENOMEM)
		return r;
	pipeline->newest = newest;
	pipeline->reached = reached;
	return 0;
}

struct engine *
pipeline_engine(struct pipeline *pipeline)
{
	return pipeline->engine;
}

const struct ledger *
pipeline_ledger(const struct pipeline *pipeline)
{
	return pipeline->ledger;
}

struct gate *
pipeline_gate(struct pipeline *pipeline)
{
	return pipeline->gate;
}

struct marking {
	const struct gate *gate;
	engine_sink each;
	void *user;
};

static void
mark_open(void *user, const struct sv_alert *alert)
{
	const struct marking *marking = user;
	struct sv_alert marked = *alert;

	gate_mark(marking->gate, &marked);
	marking->each(marking->user, &marked);
}

void
pipeline_alerts(struct pipeline *pipeline, engine_sink each, void *user)
{
	struct marking marking = { pipeline->gate, each, user };

	gate_groups(pipeline->gate, mark_open, &marking);
	engine_alerts(pipeline->engine, mark_open, &marking);
}
