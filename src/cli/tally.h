/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a backtest comes to, per rule: how often it would have raised an alert, when, for
 * how long and for whom; and of a rule that never did, how near it came.
 */
#pragma once

#include "cli/terminal.h"
#include "engine/probe.h"

#include <sipvigil/alert.h>

/** Keys of alerts that are told apart, over all rules; more are counted together. */
#define TALLY_MAX_SUBJECTS 65536
#define TALLY_SUBJECT_BYTES 64
/** Logs of less than a day are taken as a day's when something is said of a week. */
#define TALLY_LEAST_SPAN (86400 * SV_USEC_PER_SEC)
#define TALLY_WEEK (7 * 86400 * SV_USEC_PER_SEC)

struct tally_rule {
	const char *name; /* borrowed */
	bool observe;
	uint64_t alerts;
	uint64_t nights; /* of them begun between 22:00 and 06:00, local time */
	sv_usec longest;
	bool counted; /* at least one event counted for it */
	struct nearness near;
	sv_usec near_time, window;
	char near_key[TALLY_SUBJECT_BYTES];
};

struct tally_subject {
	uint64_t hash; /* 0 = free */
	uint64_t alerts;
	size_t rule;
	char text[TALLY_SUBJECT_BYTES];
};

struct tally {
	struct tally_rule *rules; /* owned */
	size_t n_rules;
	struct tally_subject *subjects; /* owned: a table by hash */
	size_t n_subjects, cap_subjects;
	uint64_t unnamed; /* alerts of keys beyond TALLY_MAX_SUBJECTS */
	sv_usec span;     /* of the logs */
	struct buffer scratch;
};

struct rule_spec;

/** 0 or -ENOMEM. `rules` are those of the engine and outlive the tally. */
int tally_init(struct tally *tally, const struct rule_spec *rules, size_t n_rules);
void tally_done(struct tally *tally);
/** A transition. */
void tally_alert(struct tally *tally, const struct sv_alert *alert);
/** For probe_set(). */
bool tally_seen(void *tally, const struct engine_seen *seen);
/** The logs have been read: they tell of `first` to `last`. */
void tally_end(struct tally *tally, struct engine *engine, sv_usec first, sv_usec last);
/** Text that was cleaned before, cut to TALLY_SUBJECT_BYTES at a character. */
void tally_subject_set(char to[TALLY_SUBJECT_BYTES], struct sv_str text);
/** `alerts` in this span, as many a week. */
double tally_weekly(uint64_t alerts, sv_usec span);
/** "31", "2.3" */
void tally_weekly_words(struct buffer *buf, double weekly);
/** The subjects of a rule, most alerts first: at most `max` places in `ret`. */
size_t tally_subjects(const struct tally *tally, size_t rule, size_t max,
		      const struct tally_subject *ret[]);
/** The table, worst first, within the terminal's width (80 columns in a pipe). */
void tally_print(const struct tally *tally, const struct terminal *terminal,
		 struct buffer *out);
/** Local time: "Tue 09:03" in logs of less than a week, else "2026-11-03 09:03". */
void tally_clock(const struct tally *tally, sv_usec time, char out[32]);
