/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Files below the doctor's root. Paths are as the host says them ("/etc/asterisk"); the
 * root is put in front here and nowhere else. Texts live as long as the doctor.
 */
#pragma once

#include "base/text.h"
#include "doctor/doctor.h"

/** A configuration file; what is longer is not read beyond this. */
#define TREE_FILE_BYTES ((size_t)1024 * 1024)
/** All that one doctor reads. */
#define TREE_ALL_BYTES ((size_t)32 * 1024 * 1024)
/** Files, matches of one pattern, files that include each other. */
#define TREE_FILES 1024
#define TREE_MATCHES 256
#define TREE_DEPTH 8
#define TREE_PATH_BYTES 512

struct tree_text {
	const char *path; /* as on the host */
	struct sv_str text;
};

struct doctor {
	struct doctor_spec spec;
	struct doctor_finding findings[DOCTOR_MAX_FINDINGS];
	size_t n_findings, omitted;
	struct tree_text files[TREE_FILES]; /* owned */
	size_t n_files, bytes;
};

/** The path below the root; false if it is too long. */
bool tree_path(const struct doctor *doctor, const char *path,
	       char out[TREE_PATH_BYTES]);
bool tree_exists(const struct doctor *doctor, const char *path);
/** The text of a file, NULL if there is none that can be read or too much was read. */
const struct tree_text *tree_read(struct doctor *doctor, const char *path);
/** Calls `each` with every path that matches, sorted; number of them. */
size_t tree_match(struct doctor *doctor, const char *pattern,
		  void (*each)(void *user, const char *path), void *user);

/** Lines of a text. */
struct tree_lines {
	struct sv_str rest;
	unsigned number; /* of the last line given, from 1 */
};
bool tree_next_line(struct tree_lines *lines, struct sv_str *ret_line);
/** Next word of a line (blanks between), moved on over; empty at its end. */
struct sv_str tree_next_word(struct sv_str *line);
/** What stands behind the byte at `at`; nothing with STR_NONE. */
static inline struct sv_str
tree_behind(struct sv_str text, size_t at)
{
	return str_from(text, at == STR_NONE ? text.len : at + 1);
}
/** Text without the quotes around it. */
struct sv_str tree_unquote(struct sv_str text);
/** A view as a C string, cut to the room. */
const char *tree_cstr(struct sv_str text, char *out, size_t cap);

/* The looks, in their order; each says what it finds. */
void found_look(struct doctor *doctor);
void asterisk_look(struct doctor *doctor);
void kamailio_look(struct doctor *doctor);
void kamailio_opensips_look(struct doctor *doctor);
void freeswitch_look(struct doctor *doctor);
void host_look(struct doctor *doctor);
/** One log: may the daemon's user read it? `area` as in a finding. True: it may. */
bool access_look(struct doctor *doctor, const char *area, const char *path);
/** May it write there? */
bool access_writes(struct doctor *doctor, const char *path);
