/* SPDX-License-Identifier: Apache-2.0 */
/* Texts of groups become fields of an event. Inside of pattern*.c. */
#pragma once

#include "dialect/pattern.h"

/** What a matching line said: the text of each field, ptr NULL where its group took no
 *  part. */
struct pattern_reading {
	const struct sv_record *record;
	const struct pattern_template *template;
	struct sv_str texts[PATTERN_FIELDS];
	bool forgeable;
};

/** SV_PARSE_EVENT with *ret_event, or SV_PARSE_SKIP: the line tells of nothing that came
 *  to an end. */
enum sv_parse pattern_event(struct sv_parse_context *ctx,
			    const struct pattern_reading *reading,
			    struct pattern_counts *counts, struct sv_event *ret_event);
