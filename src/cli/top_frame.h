/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One frame of `sipvigil top` as rows of text, from the daemon's answer: no terminal
 * here, so that --once and the tests see what ncurses is given. No row is wider than the
 * frame, whatever stands in the answer.
 */
#pragma once

#include "cli/online.h"

enum top_view { TOP_ALL, TOP_PEERS, TOP_RULES };

#define TOP_FILTER_BYTES 64
#define TOP_NOTE_BYTES 200

/** What the user sees of it. */
struct top_state {
	enum top_view view;
	char filter[TOP_FILTER_BYTES]; /* part of a name, in any case; "" = all */
	bool typing;                   /* the filter is being written */
	size_t scroll;                 /* rows of the list above the first one shown */
	char note[TOP_NOTE_BYTES];     /* of the connection: "" or what is wrong */
	bool lost;                     /* the note tells that there is no daemon */
};

struct top_row {
	size_t begin, len; /* in top_frame.text */
	size_t marked;     /* bytes at its beginning that bear the severity's colour */
	enum sv_severity severity;
	bool bold, reverse;
};

#define TOP_MAX_ROWS 500
struct top_frame {
	unsigned columns;
	unsigned rows; /* 0 = as many as there are */
	struct buffer text;
	struct top_row row[TOP_MAX_ROWS];
	size_t n;
	size_t listed;    /* rows of the list, shown or not */
	size_t list_rows; /* of them fit at once */
};

void top_frame_init(struct top_frame *frame);
void top_frame_done(struct top_frame *frame);
/** `answer` NULL: there was none yet. Brings state->scroll back into the list. */
void top_frame_draw(struct top_frame *frame, struct top_state *state,
		    const json_t *answer);
