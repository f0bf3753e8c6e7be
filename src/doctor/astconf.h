/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Configuration files of Asterisk, as far as the doctor needs them: sections with
 * templates ("[a](!)", "[b](a,c)", "[a](+)"), "key = value" and "key => value",
 * comments (";", ";-- --;"), #include and #tryinclude of files and globs. #exec is
 * not run. Values are as they stand; escapes ("\;") are not resolved.
 */
#pragma once

#include "doctor/tree.h"

#define ASTCONF_ENTRIES 16384
#define ASTCONF_SECTIONS 4096

struct astconf_section {
	struct sv_str name, templates; /* "a,c" */
	bool is_template;
	const char *file;
	unsigned line;
	size_t first, n; /* its entries */
};

struct astconf_entry {
	struct sv_str key, value;
	const char *file;
	unsigned line;
};

struct astconf {
	struct doctor *doctor;
	struct astconf_section *sections;
	struct astconf_entry *entries;
	size_t n_sections, n_entries;
	unsigned depth;
	bool more;     /* there was an #exec, or too much: not all is known */
	bool in_block; /* inside of ";-- … --;" */
};

/** False: the file is not there. Always followed by astconf_done(). */
bool astconf_read(struct doctor *doctor, const char *path, struct astconf *ret_conf);
void astconf_done(struct astconf *conf);
/** The last entry of the key in a section of this name, NULL if there is none. */
const struct astconf_entry *astconf_get(const struct astconf *conf, const char *section,
					const char *key);
/** The same in one section and its templates. */
const struct astconf_entry *astconf_of(const struct astconf *conf,
				       const struct astconf_section *section,
				       const char *key);
const struct astconf_section *astconf_section(const struct astconf *conf,
					      struct sv_str name);
/** "yes", "true", "y", "t", "1", "on". */
bool astconf_is_true(struct sv_str value);
/** asterisk_sip.c: settings of chan_sip and PJSIP. */
void asterisk_sip_look(struct doctor *doctor);
