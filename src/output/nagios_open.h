/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The open alerts of each service as the Nagios output has to tell them: how many of each
 * code, the worst in words, and a line for each. Bounded: beyond NAGIOS_MAX_OPEN a worse
 * alert takes the place of a lesser, and what finds none is counted.
 */
#pragma once

#include "output/nagios_text.h"

#include <sipvigil/alert.h>

#define NAGIOS_MAX_OPEN 4096

struct nagios_alert {
	uint64_t fingerprint; /* hash */
	size_t service;
	enum nagios_code code;
	bool held;     /* a silence or another alert covers it: it does not count */
	char *line;    /* for the long output */
	char *summary; /* "trunk-down carrier-a: …" */
};

/** All zero is empty. */
struct nagios_open {
	struct nagios_alert alert[NAGIOS_MAX_OPEN];
	size_t n;
	uint64_t dropped;
};

struct nagios_counts {
	size_t all, count[4];   /* by code */
	size_t held;            /* besides */
	enum nagios_code worst; /* OK if none is open */
	struct sv_str summary;  /* of the worst, else empty; borrowed */
};

void nagios_open_done(struct nagios_open *open);
/** The alert as it is now; one that is resolved goes. */
void nagios_open_put(struct nagios_open *open, const struct sv_alert *alert,
		     size_t service);
void nagios_open_count(const struct nagios_open *open, size_t service,
		       struct nagios_counts *ret_counts);
/** Lines of the long output: the worst, the note (if it is not empty), the others by their
 *  code. At most `max`; borrowed. Their number. */
size_t nagios_open_details(const struct nagios_open *open, size_t service,
			   struct sv_str note, struct sv_str *details, size_t max);
