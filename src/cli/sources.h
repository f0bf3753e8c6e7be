/* SPDX-License-Identifier: Apache-2.0 */
/*
 * SOURCE of the offline commands: files (plain, compressed, rotated series), standard
 * input and journals, read to their ends and merged by event time into one pipeline.
 *
 * One lane a log: the files of a rotated series stand in one lane, oldest first. With a
 * single lane raw events go straight into the pipeline; with several, each lane keeps a
 * copy of its next events and the earliest goes first.
 */
#pragma once

#include "cli/command.h"
#include "pipeline.h"

#include <getopt.h>

#define SOURCES_MAX_PATHS 1024
#define SOURCES_MAX_LOCALS 16

struct sources {
	const char *paths[SOURCES_MAX_PATHS];
	size_t n_paths;
	bool journal;             /* --journal: this host's */
	const char *journals[16]; /* --journal=DIR|FILE */
	size_t n_journals;
	const char *dialect;                     /* -d */
	const struct registry *registry;         /* its dialects; NULL: built in */
	const char *host;                        /* --host */
	const char *zone;                        /* --tz */
	int year;                                /* --year */
	sv_usec since, until;                    /* 0 = no bound */
	struct sv_ip locals[SOURCES_MAX_LOCALS]; /* --local: the PBX's own addresses */
	size_t n_locals;
	const char *doing; /* for the progress: "pass 2: ", NULL = nothing to add */
};

struct sources_result {
	uint64_t records, bytes, raw_events, cut,
		unread;      /* unread: sources that failed */
	uint64_t recognised; /* records of a known PBX */
	sv_usec first, last; /* of raw events and last records */
	double seconds;
};

/** Long options that sources_option() takes, to be put first into a getopt_long table;
 *  their values start at SOURCES_OPTIONS. */
enum { SOURCES_OPTIONS = 1000 };
#define SOURCES_LONG_OPTIONS                                               \
	{ "dialect", required_argument, NULL, 'd' },                       \
		{ "journal", optional_argument, NULL, SOURCES_OPTIONS },   \
		{ "since", required_argument, NULL, SOURCES_OPTIONS + 1 }, \
		{ "until", required_argument, NULL, SOURCES_OPTIONS + 2 }, \
		{ "year", required_argument, NULL, SOURCES_OPTIONS + 3 },  \
		{ "tz", required_argument, NULL, SOURCES_OPTIONS + 4 },    \
		{ "host", required_argument, NULL, SOURCES_OPTIONS + 5 },  \
	{                                                                  \
		"local", required_argument, NULL, SOURCES_OPTIONS + 6      \
	}

/** Takes one option. 0; -ENOENT: not one of ours; -EINVAL with *reterr_why. */
int sources_option(struct sources *sources, int option, const char *argument,
		   const char **reterr_why);
/** Takes the operands. 0, or -EINVAL with *reterr_why. */
int sources_operands(struct sources *sources, int n, char **operands,
		     const char **reterr_why);

/** One log alone: its records have no copies (pipeline_spec.single). */
bool sources_single(const struct sources *sources);

/**
 * Read all sources into the pipeline and flush it. Sources that cannot be read are
 * named on standard error and counted; the rest goes on. Progress goes to standard
 * error when it is a terminal. 0, or -ENOMEM, or -ENOENT for an unknown dialect or time
 * zone.
 */
int sources_run(const struct sources *sources, struct pipeline *pipeline,
		struct sources_result *ret_result);
