/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The tables of everything that may stand in a configuration: sections and their keys,
 * each with type, range, default and help. The only place where an option exists: the
 * reader checks files against it, the manual is printed from it, and the sample
 * configuration is tested to show all of it.
 */
#pragma once

#include "base/text.h"

enum option_type {
	OPTION_TEXT,
	OPTION_PATH,
	OPTION_DURATION, /* min, max and value in µs */
	OPTION_SIZE,     /* bytes */
	OPTION_NUMBER,
	OPTION_SWITCH,     /* value 0 or 1 */
	OPTION_WORD,       /* one of `words`, value is its index */
	OPTION_EXPRESSION, /* condition over the fields of one event */
	OPTION_CONDITION,  /* condition over the measures of a rule */
};

enum option_flags {
	OPTION_LIST = 1 << 0,     /* {a, b}; a single value is a list of one */
	OPTION_REQUIRED = 1 << 1, /* must be given and not be empty */
	OPTION_FULL = 1 << 2,     /* must not be empty if it is given */
};

struct option_row {
	const char *name;
	enum option_type type;
	unsigned flags;           /* enum option_flags */
	uint64_t min, max;        /* of duration, size, number; max 0 = no range */
	const char *const *words; /* NULL-terminated, of OPTION_WORD */
	const char *fallback; /* the default as one would write it; NULL = none, help
				 then says what happens */
	const char *help;     /* N_(): one sentence, for the manual */
};

enum section_kind {
	SECTION_TOP,
	SECTION_JOURNAL,
	SECTION_FILE,
	SECTION_SYSLOG,
	SECTION_STREAM,
	SECTION_JOURNAL_OUTPUT,
	SECTION_KAFKA,
	SECTION_NAGIOS,
	SECTION_EXEC,
	SECTION_LIST,
	SECTION_PEER,
	SECTION_SET,
	SECTION_RULE,
	SECTION_SILENCE,
	SECTION_TEST,
	SECTION_DIALECT,
	SECTION_TEMPLATE,
	SECTION_SAMPLE,
	SECTION_KINDS
};

enum section_flags {
	SECTION_TITLED = 1 << 0,  /* the title must be given; else it is "main" */
	SECTION_PACK = 1 << 1,    /* may stand in a rule pack */
	SECTION_PATTERN = 1 << 2, /* may stand in a folder of patterns */
};

struct section_row {
	enum section_kind kind;
	const char *name; /* "" for what stands outside of sections */
	unsigned flags;   /* enum section_flags */
	const struct option_row *options;
	size_t n_options;
	const char *help; /* N_(): one sentence */
};

/** The row of a kind; never NULL. */
const struct section_row *options_section(enum section_kind kind);
/** Section by its word, or NULL; then *ret_near gets the nearest word or NULL. */
const struct section_row *options_section_find(struct sv_str name,
					       const char **ret_near);
/** Key of a section, or NULL; then *ret_near gets the nearest key or NULL. */
const struct option_row *options_find(const struct section_row *section,
				      struct sv_str name, const char **ret_near);
/** Name of a type for people: "duration", "list of paths". */
const char *options_type_name(const struct option_row *row);

/** Nearest of `n` words by edit distance, NULL if none is near enough to be meant. */
const char *options_nearest(struct sv_str word, const char *const *words, size_t n);
