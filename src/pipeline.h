/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The only composer: record → stream (dialect) → ledger → engine → sinks. Shared by the
 * daemon (pushes records as they come) and by the offline commands, so that a backtest
 * runs the very engine of the daemon. Loop thread only; no descriptors, no clock.
 */
#pragma once

#include <alert/gate.h>
#include <dialect/stream.h>
#include <engine/engine.h>
#include <engine/ledger.h>
#include <engine/saved.h>

struct pipeline;

struct pipeline_spec {
	const struct engine_spec
		*engine;               /* sink and user are replaced; NULL = no rules */
	const struct peer_spec *peers; /* kept, not copied: must outlive the pipeline */
	size_t n_peers;
	bool patient; /* offline: events name all their records */
	bool single;  /* one stream alone will feed it: no copies to look for */
	void (*event)(void *user, const struct sv_event *settled); /* may be NULL */
	void (*raw)(void *user, const struct sv_event *raw);       /* may be NULL */
	void (*alert)(void *user, const struct sv_alert *alert);   /* may be NULL */
	/** Of an alert that was told before: see gate_spec. May be NULL. */
	void (*known)(void *user, const struct sv_alert *alert);
	void *user;
	const struct silence_spec *silences;
	size_t n_silences;
};

int pipeline_new(const struct pipeline_spec *spec, struct pipeline **ret_pipeline,
		 size_t *reterr_rule, struct expr_error *reterr_error);
void pipeline_free(struct pipeline *pipeline);

/** A stream whose raw events go into this pipeline; spec->emit and user are set here.
 */
int pipeline_stream(struct pipeline *pipeline, struct stream_spec *spec,
		    struct stream **ret_stream);
/** Feed a raw event directly (merging readers). */
void pipeline_raw(struct pipeline *pipeline, const struct sv_event *raw);
/** All inputs are read to their ends and the clock says `now` (µs): what is held in the
 *  ledger ripens, engine time goes on to `now` less the grace. Never goes back. The
 * caller gives the clock itself; the grace is subtracted here. */
void pipeline_advance(struct pipeline *pipeline, sv_usec now);
/** End of all input: settle what is held; engine time goes to the last record (`last`
 * or the newest raw event, whichever is later). */
void pipeline_flush(struct pipeline *pipeline, sv_usec last);

/** All that the pipeline holds between records: ledger, engine, how far time has come.
 *  The streams save themselves (dialect/stream.h). */
void pipeline_save(const struct pipeline *pipeline, struct pack *out);
/** Into a pipeline that was fed nothing yet; see engine/saved.h for `orphan` and what
 *  becomes of changed rules. 0, -EBADMSG (throw the pipeline away), -ENOMEM. */
int pipeline_load(struct pipeline *pipeline, struct unpack *in, engine_sink orphan,
		  void *user, struct engine_loaded *ret_loaded);

/** What pipeline_load() would not take has silences that others have added: those alone,
 *  as far as they can be read, into a pipeline that was fed nothing yet. */
void pipeline_load_silences(struct pipeline *pipeline, struct unpack *in);

/** Open alerts, worst first, those that are held back marked. */
void pipeline_alerts(struct pipeline *pipeline, engine_sink each, void *user);
/** NULL without rules. */
struct gate *pipeline_gate(struct pipeline *pipeline);
struct engine *pipeline_engine(struct pipeline *pipeline);
const struct ledger *pipeline_ledger(const struct pipeline *pipeline);
