/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What check_sipvigil says, from what the daemon answered: the verdict, one line that
 * is complete alone, performance data, long text. Pure but for the messages' language.
 */
#pragma once

#include <base/buffer.h>
#include <cli/range.h>
#include <jansson.h>

/** Exit codes of the plugin guidelines. */
enum plugin_state { PLUGIN_OK, PLUGIN_WARNING, PLUGIN_CRITICAL, PLUGIN_UNKNOWN };

/** Which alerts count; NULL = all. */
struct plugin_choice {
	const char *service, *rule, *peer, *host;
	const char *warning, *critical; /* the ranges as written; NULL = "0" */
	struct range warning_range, critical_range;
	bool verbose;
};

/** `status` and `alerts` are the answers of the daemon's commands: arrays of objects.
 *  The report, with line ends, is appended to `out`. */
enum plugin_state plugin_report(const struct plugin_choice *choice,
				const json_t *status, const json_t *alerts,
				struct buffer *out);
/** "SIP UNKNOWN - …": no answer to judge. Returns PLUGIN_UNKNOWN. */
enum plugin_state plugin_unknown(const char *error, const char *remedy,
				 struct buffer *out);
