/* SPDX-License-Identifier: Apache-2.0 */
/*
 * How much of a source is understood, in JSON: for the control socket, and for commands
 * that say the same of a file.
 */
#pragma once

#include <ctl/view.h>

/** Share of the records that are understood, NaN without any. Those of other programs
 *  are left out. */
double coverage_share(const struct view_source *source);
/** The members lines, told, ignored, others, unknown. */
void coverage_counts(struct buffer *out, const struct view_source *source);
/** All of it as one object, with the most common shapes of what is unknown. */
void coverage_object(struct buffer *out, const struct view_source *source);
