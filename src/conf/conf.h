/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The configuration: an immutable snapshot of all specs, read and checked as a whole.
 * A file with a mistake yields no snapshot, only diagnostics, all of them at once.
 *
 * Nobody but daemon, cli and the main files includes this header: rooms get their spec.
 */
#pragma once

#include <conf/diag.h>
#include <engine/rule.h>
#include <input/input.h>
#include <output/output.h>

/** A file input: how to follow it and how to read its lines. */
struct conf_file {
	struct tail_spec tail;
	const char *dialect;  /* NULL = found by content */
	const char *timezone; /* NULL = the machine's */
};
struct conf_journal {
	struct journal_spec journal;
	const char *dialect;
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

/** A rule test of the configuration, run by `sipvigil check`. */
struct test_spec {
	const char *name;
	const char *file; /* where it stands */
	unsigned line;
	const char *rule;
	const char *const *log; /* log lines, or */
	size_t n_log;
	const char *const
		*log_files; /* files with log lines, relative to the configuration */
	size_t n_log_files;
	/* cases: repeat[i] ("9 every 10s") must lead to expect[i] ("ok", "warning",
	 * "critical", "warning at 90s") */
	const char *const *repeat;
	const char *const *expect;
	size_t n_cases;
};

struct conf {
	const char *path; /* of the main file, NULL with no configuration */
	const char *state_dir;
	const char *control;  /* socket path */
	const char *instance; /* "main" */
	const char *host;     /* host name as outputs say it */
	sv_usec grace;
	size_t max_keys;
	size_t max_bytes;
	struct conf_journal *journals;
	size_t n_journals;
	struct conf_file *files;
	size_t n_files;
	struct conf_output *outputs;
	size_t n_outputs;
	struct rule_spec
		*rules; /* package rules overridden by name, mode off removed */
	size_t n_rules;
	struct list_spec *lists;
	size_t n_lists;
	struct peer_spec *peers;
	size_t n_peers;
	struct test_spec *tests;
	size_t n_tests;
	bool zero;       /* nothing configured: inputs and outputs were found */
	char found[512]; /* zero: what was found, in words */
};

struct conf_options {
	const char *path; /* NULL = SYSCONFDIR/sipvigil/sipvigil.conf if it exists */
	const char *rules_dir; /* overrides rules_dir of the file, NULL = as configured;
				  tests */
	bool no_inputs;        /* offline commands: rules and lists alone are wanted */
};

/** A snapshot, or NULL with errors in `diag` (warnings may be there in both cases). */
struct conf *conf_load(const struct conf_options *options, struct diag *diag);
void conf_free(struct conf *conf);
