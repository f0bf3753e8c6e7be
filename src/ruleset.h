/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A ruleset: the pipeline that runs, the configuration whose rules, lists and peers it
 * rests on, and the signature that says whether another configuration would make the
 * same one. Replaced as a whole when a reload changes any of these.
 */
#pragma once

#include "base/buffer.h"
#include "conf/conf.h"
#include "pipeline.h"

/** Peers whose last hour the daemon keeps: 1.4 KiB each, once there are so many. */
#define RULESET_MAX_PEERS 4096

struct ruleset {
	struct pipeline *pipeline;
	struct conf *conf; /* borrowed: the owner of the ruleset frees it after */
	struct buffer signature;
};

struct ruleset_sinks {
	void (*event)(void *user, const struct sv_event *settled);
	void (*alert)(void *user, const struct sv_alert *alert);
	void (*known)(void *user, const struct sv_alert *alert); /* see pipeline_spec */
	void *user;
};

/** The configuration at `path` (NULL = the usual place), or NULL when it has mistakes.
 *  All there is to say of it is appended to `text`, warnings too. */
struct conf *ruleset_load(const char *path, struct buffer *text, bool color);

/** What an engine of its rules is made from; borrowed from `conf`. */
struct engine_spec ruleset_engine(const struct conf *conf);

/** 0 or negative errno; -EINVAL: a rule is wrong. `text` then says what. */
int ruleset_new(struct conf *conf, const struct ruleset_sinks *sinks,
		struct ruleset *ret_ruleset, struct buffer *text);
void ruleset_done(struct ruleset *ruleset);

/** Would this configuration make the same ruleset? */
bool ruleset_same(const struct ruleset *ruleset, const struct conf *conf);

/** The ruleset is about to be replaced: whoever was told of an open alert is told that
 *  it is over, with this reason, since nobody would do it later. */
void ruleset_end_alerts(const struct ruleset *ruleset, engine_sink sink, void *user);
/** The same for one alert whose rule is gone already. */
void ruleset_end_alert(const struct sv_alert *open, sv_usec now, engine_sink sink,
		       void *user);
