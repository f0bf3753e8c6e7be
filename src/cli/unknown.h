/* SPDX-License-Identifier: Apache-2.0 */
/* What is not understood of a source, for people: `status --unknown` of the daemon's
 * sources and `explain --summary` of a file show the same. */
#pragma once

#include "cli/online.h"

/** One source: an object as coverage_object() of src/ctl writes it. */
void unknown_add(struct buffer *out, const struct terminal *terminal,
		 const json_t *source);
/** What can be done about them; once, behind all sources. */
void unknown_add_next(struct buffer *out);
