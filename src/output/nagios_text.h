/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One line of Nagios' external command file. Pure text: escapes, limits, and the words
 * of a service's state. Host and service may not hold what would end their field
 * (nagios_text_name_ok); free text may hold anything.
 */
#pragma once

#include <base/buffer.h>

/** A line is written in one piece, and pipes take this much without mixing writers. */
#define NAGIOS_LINE_MAX_BYTES 4096

/** Return codes of the plugin guidelines. */
enum nagios_code { NAGIOS_OK, NAGIOS_WARNING, NAGIOS_CRITICAL, NAGIOS_UNKNOWN };

struct nagios_result {
	sv_usec time;
	const char *host, *service;
	enum nagios_code code;
	struct sv_str summary; /* without the state's word */
	struct sv_str perfdata;
	const struct sv_str *details; /* one line each */
	size_t n_details;
};

/** "OK", "WARNING", "CRITICAL", "UNKNOWN". */
const char *nagios_text_word(enum nagios_code code);
/** The worse of two: CRITICAL, WARNING, UNKNOWN, OK. */
enum nagios_code nagios_text_worse(enum nagios_code a, enum nagios_code b);
bool nagios_text_name_ok(const char *name);
/** The whole line with its end, never longer than NAGIOS_LINE_MAX_BYTES: what does not
 *  fit of the details is counted in a last line. Replaces what `buf` holds. */
void nagios_text_line(struct buffer *buf, const struct nagios_result *result);
