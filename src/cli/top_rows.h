/* SPDX-License-Identifier: Apache-2.0 */
/* Inside of a frame (top_frame.h), shared by top_frame.c and top_list.c alone. */
#pragma once

#include "cli/top_frame.h"

/** One row, cut to the frame's width; what the last one holds is given back to be marked.
 *  A row too many goes into `scrap`. */
struct top_row *top_frame_row(struct top_frame *frame, struct sv_str text,
			      struct top_row *scrap);
void top_frame_plain(struct top_frame *frame, const char *text);
/** `part` is in the text, in any case; "" is in all. */
bool top_frame_matches(const char *text, const char *part);
/** Peers or rules with their title: what the filter lets through, from state->scroll on,
 *  which is brought back into the list. */
void top_list_put(struct top_frame *frame, struct top_state *state,
		  const json_t *answer);
