/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The doctor: which PBXes are on a host, which of their logs can be read, and which
 * settings keep failures out of them, with the line to change. Reads files below a root
 * ("/", or a tree that a test prepared), runs nothing, changes nothing, asks nobody.
 *
 * The readers of the PBXes' configurations take what they need and no more. What they
 * do not understand is passed over; what a check could not decide is said as a note.
 * Everything is bounded: see tree.h.
 */
#pragma once

#include <base/buffer.h>
#include <sipvigil/dialect.h>

enum doctor_level { DOCTOR_OK, DOCTOR_NOTE, DOCTOR_FIX, DOCTOR_FAIL };

/** Findings that are kept; more are counted. */
#define DOCTOR_MAX_FINDINGS 256

/** One thing to say. */
struct doctor_finding {
	enum doctor_level level;
	const char *area; /* "asterisk", "journald": a word of ours */
	char *text;       /* for people, in their language */
	char *file;       /* what to change, NULL = nothing of this kind */
	unsigned line;    /* of the file; 0 = it is missing there */
	char *change;     /* what is to stand there; may have several lines */
	char *then;       /* a command that makes it count */
};

/** Where a remedy is applied; the texts are copied. */
struct doctor_remedy {
	const char *file;
	unsigned line;
	const char *change;
	const char *then;
};

struct doctor;
struct doctor_spec {
	const char *root;         /* "" = this host */
	const char *user;         /* that is to read the logs: "sipvigil" */
	const char *const *paths; /* logs that the configuration names, globs; */
	size_t n_paths;           /* none: the usual ones of each dialect */
	const struct sv_dialect *const *dialects; /* NULL-terminated */
};

/** 0 or -ENOMEM. */
int doctor_new(const struct doctor_spec *spec, struct doctor **ret_doctor);
void doctor_free(struct doctor *doctor);
/** Look at everything. */
void doctor_run(struct doctor *doctor);
/** Is the folder there, and may the daemon's user write into it? */
bool doctor_writes(struct doctor *doctor, const char *path);
/** What was found, the worst first, in the order of the looks otherwise. */
const struct doctor_finding *doctor_findings(struct doctor *doctor, size_t *ret_n);
/** Findings beyond DOCTOR_MAX_FINDINGS, files and bytes beyond the limits of tree.h. */
size_t doctor_omitted(const struct doctor *doctor);
/** One more finding; `remedy` may be NULL. */
__attribute__((format(printf, 5, 6))) void
doctor_say(struct doctor *doctor, enum doctor_level level, const char *area,
	   const struct doctor_remedy *remedy, const char *format, ...);
