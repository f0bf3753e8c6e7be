/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Which limit would have given at most so many alerts a week. Of each threshold of each
 * rule the logs' own distribution (peaks.h) says where to look; the answer itself comes
 * from running the rules again with other limits, through the same pipeline, until two
 * neighbouring limits are found of which one gives too many alerts and the other does
 * not. So a backtest with the advised limit comes to just these alerts.
 *
 * The logs are read once more for each round of the search, so they must be files or
 * journals. Each limit is varied alone, all others stay as they are.
 */
#pragma once

#include "cli/peaks.h"
#include "cli/sources.h"
#include "cli/tally.h"
#include "conf/conf.h"
#include "engine/plan.h"

/** Alerts a week when --per-week does not say. */
#define ADVISE_PER_WEEK 7
/** Limits of one threshold that are tried in one reading of the logs. */
#define ADVISE_TRIES 8
/** Readings after the first one. */
#define ADVISE_ROUNDS 8

struct advise_try {
	uint32_t limit; /* in units */
	uint64_t alerts;
};

struct threshold {
	size_t rule;   /* in the configuration */
	bool critical; /* of `critical`, else of `warning` */
	bool partial;  /* counted is how often it became critical, not alerts */
	struct term term;
	enum sv_measure_kind kind;
	const char *measure;  /* text, of the plan */
	uint32_t tenth;       /* units in 1 (or in 1 %): 1 or 10 */
	const char *suffix;   /* "%", "/s" */
	uint32_t now;         /* the limit as it is, in units */
	uint32_t most;        /* no higher limit can be */
	uint64_t alerts;      /* with the limit as it is */
	uint64_t below, with; /* alerts with `low` and `high` */
	uint32_t low, high;   /* too many alerts; not too many. low 0: none is */
	bool searched;        /* low and high mean something */
	bool hopeless;        /* even the highest limit leaves too many: `with` */
	struct advise_try tries[ADVISE_TRIES];
	size_t n_tries;
};

struct advise {
	const struct conf *conf;
	struct plan **plans; /* of conf->rules, owned */
	struct threshold *thresholds;
	size_t n_thresholds;
	size_t *first; /* of each rule's thresholds; n_rules + 1 */
	struct peaks peaks;
	uint64_t per_week;
	sv_usec span;
	size_t readings;
	uint64_t evicted; /* keys given up while limits were tried */
};

/** 0 or -ENOMEM. The rules of `conf` are sound (an engine was made of them). */
int advise_init(struct advise *advise, const struct conf *conf, uint64_t per_week);
void advise_done(struct advise *advise);
/** A key of the first reading. */
void advise_seen(struct advise *advise, const struct engine_seen *seen);
/** A transition of the first reading. */
void advise_alert(struct advise *advise, const struct sv_alert *alert);
/** The first reading is over; try limits on the logs, up to `last`. 0 or as
 *  sources_run(). */
int advise_search(struct advise *advise, const struct sources *sources,
		  const struct sources_result *first);
/** The condition with another limit: "count >= 25 or distinct(user) >= 10". */
void advise_condition(const struct advise *advise, const struct threshold *t,
		      uint32_t limit, struct buffer *out);
/** A limit in the rule's own form: "25", "7.5%", "20/s". */
void advise_limit(const struct threshold *t, uint32_t limit, char out[40]);
/** So many alerts are not too many. */
bool advise_enough(const struct advise *advise, uint64_t alerts);

/** The thresholds for people, those with most alerts first. */
void advise_print(const struct advise *advise, const struct tally *tally,
		  const struct terminal *terminal, struct buffer *out);
/** The same for programs, and the summary of each rule: one object a line. */
void advise_json(const struct advise *advise, const struct tally *tally,
		 const struct sources_result *result, struct buffer *out);
