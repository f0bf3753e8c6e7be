/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The configuration: an immutable snapshot of all specs, read and checked as a whole.
 * A file with a mistake yields no snapshot, only diagnostics, all of them at once.
 *
 * Nobody but daemon, cli and the main files includes this header: rooms get their spec.
 */
#pragma once

#include "alert/silence.h"
#include "conf/diag.h"
#include "dialect/pattern.h"
#include "engine/rule.h"
#include "input/input.h"
#include "output/output.h"

struct sv_dialect;

/** A file input: how to follow it and how to read its lines. */
struct conf_file {
	struct tail_spec tail;
	const char *dialect;  /* NULL = found by content */
	const char *timezone; /* NULL = the machine's */
	sv_usec silence; /* when it is too long: 0 by its habit, SV_USEC_NEVER never */
};
struct conf_journal {
	struct journal_spec journal;
	const char *dialect;
	sv_usec silence;
};
/** A syslog receiver. */
struct conf_syslog {
	struct syslog_spec syslog;
	const char *dialect;
	const char *timezone;
	sv_usec silence;
};

enum conf_output_kind { CONF_STREAM, CONF_JOURNAL, CONF_KAFKA, CONF_NAGIOS, CONF_EXEC };
struct conf_output {
	enum conf_output_kind kind;
	union {
		struct stream_output_spec stream;
		struct journal_output_spec journal;
		struct kafka_output_spec kafka;
		struct nagios_output_spec nagios;
		struct exec_output_spec exec;
	} spec;
};

/** What a rule must do when its log comes so many times. */
enum test_expect { TEST_OK, TEST_WARNING, TEST_CRITICAL };
/** Parts of a case, one after the other. */
#define TEST_MAX_PHASES 4
struct test_phase {
	uint64_t repeat; /* occurrences, at least 1 */
	sv_usec every;   /* from one occurrence to the next, and to the next phase */
};

struct test_case {
	const char *text; /* as written: "10 every 10s: warning at 90s" */
	unsigned line;    /* where it stands in the test's file */
	struct test_phase phase[TEST_MAX_PHASES];
	size_t n_phases;
	enum test_expect expect; /* the worst severity that came */
	bool timed;              /* it came `at` µs after the first occurrence */
	sv_usec at;
};

/** A rule test of the configuration, run by `sipvigil check`. An occurrence is the
 * whole log; "{n}" in it becomes the occurrence's number, from 1, "{x}" the same in
 * eight hex digits. */
struct test_spec {
	const char *name;
	const char *file; /* where it stands */
	unsigned line;
	const char *rule;
	const char *const *log; /* log lines, those of its files first */
	size_t n_log;
	const struct test_case *cases;
	size_t n_cases;
};

/** A sample of a pattern, run by `sipvigil check`. */
struct pattern_sample {
	const char *name;
	const char *file;
	unsigned line;
	const char *dialect;
	const char *template;     /* NULL: any of the dialect */
	const char *const *lines; /* in their order, of one log */
	size_t n_lines;
	const char *const *expect; /* JSON, one an event; or "ignored", "unknown" */
	size_t n_expect;
};

struct conf {
	const char *path; /* of the main file, NULL with no configuration */
	const char *state_dir;
	sv_usec checkpoint_interval; /* 0 = only at stop */
	sv_usec history_max_age;
	size_t history_max_bytes;
	const char *control;  /* socket path */
	const char *instance; /* "main" */
	const char *host;     /* host name as outputs say it */
	sv_usec grace;
	sv_usec gap_interval; /* how often a lasting trouble of an input is told */
	size_t max_keys;
	size_t max_bytes;
	uint64_t group_limit; /* of rules that have none of their own */
	size_t max_baselines;
	struct conf_journal *journals;
	size_t n_journals;
	struct conf_file *files;
	size_t n_files;
	struct conf_syslog *syslogs;
	size_t n_syslogs;
	struct conf_output *outputs;
	size_t n_outputs;
	struct rule_spec
		*rules; /* package rules overridden by name, mode off removed */
	size_t n_rules;
	struct list_spec *lists;
	size_t n_lists;
	const char **list_files; /* patterns of all lists' files */
	size_t n_list_files;
	uint64_t list_digest; /* conf_list_digest() before they were read */
	struct peer_spec *peers;
	size_t n_peers;
	struct silence_spec *silences;
	size_t n_silences;
	struct test_spec *tests;
	size_t n_tests;
	struct pattern_spec *patterns; /* dialects made of patterns */
	size_t n_patterns;
	struct pattern_sample *samples;
	size_t n_samples;
	bool zero;       /* nothing configured: inputs and outputs were found */
	char found[512]; /* zero: what was found, in words */
};

/** Inputs of all kinds. */
static inline size_t
conf_inputs(const struct conf *conf)
{
	return conf->n_journals + conf->n_files + conf->n_syslogs;
}

struct conf_options {
	const char *path; /* NULL = SYSCONFDIR/sipvigil/sipvigil.conf if it exists */
	const char *rules_dir; /* overrides rules_dir of the file, NULL = as configured;
				  tests */
	const char *patterns_dir; /* likewise */
	bool no_inputs; /* offline commands: rules and lists alone are wanted */
	bool partial;   /* `check`: a snapshot of what is sound even with errors, to run
			 the rule tests of */
	/** The dialects that are built in, for names and for what zero configuration looks for;
	 * NULL-terminated, NULL = names are not checked and nothing is found. */
	const struct sv_dialect *const *dialects;
};

/**
 * A snapshot, or NULL with errors in `diag` (warnings may be there in both cases).
 *
 * Order: patterns of patterns_dir, rule packs of rules_dir, the main file, the files of conf.d beside it;
 * include() where it stands. A later rule or list of the same name replaces the earlier
 * one (with `amend = true` it changes only the keys it gives), `mode = "off"` removes
 * the rule. Without any input section the inputs are found on this host, without any
 * output section alerts go to the journal.
 *
 * libconfuse knows lines, not columns, and stops at the first mistake, so the work is
 * divided: syntax.c reads the form and reports all mistakes with their places, values.c
 * lets libconfuse say what each value is, and the files named after sections check what
 * they mean together.
 */
struct conf *conf_load(const struct conf_options *options, struct diag *diag);
/** Which files the lists have now, their sizes and times: another number once one of
 *  them is written, added or removed. */
uint64_t conf_list_digest(const struct conf *conf);
void conf_free(struct conf *conf);
