/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a change of the configuration would have changed: two sets of rules over the same
 * logs in one reading, each with its own ledger and engine. Alerts of the same rule and
 * key that overlap in time are one alert in both; what is left is in one of them alone.
 */
#pragma once

#include "cli/sources.h"
#include "cli/tally.h"
#include "cli/terminal.h"
#include "conf/conf.h"

/** Alerts of one side that are compared, 112 bytes each; more are counted only. */
#define DIFFERENCE_MAX_ALERTS ((size_t)200000)

struct difference_alert {
	uint64_t key; /* hash of rule and key */
	const char *rule;
	sv_usec start, end; /* end: of the logs while it is open */
	enum sv_severity worst;
	sv_usec worst_since;
	bool open;
	uint32_t older; /* 1-based: another open one of this bucket */
	char subject[TALLY_SUBJECT_BYTES];
};

#define DIFFERENCE_BUCKETS 4096
struct difference_side {
	const char *path; /* as named */
	const struct conf *conf;
	struct pipeline *pipeline;
	struct difference_alert *alerts; /* owned */
	size_t n, cap;
	uint32_t open[DIFFERENCE_BUCKETS]; /* newest open ones, 1-based */
	uint64_t lost;
};

enum difference_kind {
	DIFFERENCE_SAME,
	DIFFERENCE_CHANGED,
	DIFFERENCE_ONLY_OLD,
	DIFFERENCE_ONLY_NEW,
};
struct difference_row {
	enum difference_kind kind;
	const struct difference_alert *was, *is; /* NULL: not there */
};
struct difference_rule {
	const char *name;
	bool in_old, in_new;
	uint64_t n[4]; /* by enum difference_kind */
};

struct difference {
	struct difference_side side[2]; /* old, new */
	struct difference_row *rows; /* owned; by time, without those that are same */
	size_t n_rows;
	struct difference_rule *rules; /* owned */
	size_t n_rules;
	struct sources_result result;
};

/** Reads the logs. 0 or as sources_run(). The two configurations stay the caller's. */
int difference_run(struct difference *difference, const struct sources *sources);
void difference_done(struct difference *difference);
void difference_print(const struct difference *difference,
		      const struct terminal *terminal, struct buffer *out);
void difference_json(const struct difference *difference, struct buffer *out);

/** `backtest --diff`: loads both, reads, prints; exit code. `options->path` is not
 *  looked at. */
struct difference_request {
	const char *old_path, *new_path;
	const struct conf_options *options;
	struct sources *sources;
	bool json;
};
int difference_command(const struct difference_request *request);
