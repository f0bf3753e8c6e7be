/* SPDX-License-Identifier: Apache-2.0 */
/*
 * How `sipvigil codes` shows the catalogue (sip/codes.h): for people in English or
 * Russian, or one JSON object a line. Everything is appended to a buffer; nothing here
 * reads or prints.
 */
#pragma once

#include "base/buffer.h"
#include "sip/codes.h"

struct codes_view {
	struct buffer *out;
	enum codes_lang lang;
	bool json;
	unsigned width; /* columns of text, at least 40 */
};

/** One code with all its phrases; false if there is no such code. */
bool codes_print_code(const struct codes_view *view, uint16_t code);
/** One line a code from `first` to `last`; returns how many. */
size_t codes_print_range(const struct codes_view *view, uint16_t first, uint16_t last);
/** The members of a set. */
void codes_print_set(const struct codes_view *view, const struct code_set *set);
/** All sets, one a line. */
void codes_print_sets(const struct codes_view *view);
/** One Q.850 cause; false if there is no such cause. */
bool codes_print_q850(const struct codes_view *view, uint16_t cause);
/** All causes, one a line. */
void codes_print_all_q850(const struct codes_view *view);
/** A cause category with the phrases that stand for it. */
void codes_print_category(const struct codes_view *view,
			  const struct code_category *category);
void codes_print_categories(const struct codes_view *view);
void codes_print_phrases(const struct codes_view *view);
/** What codes_search() found. */
void codes_print_hits(const struct codes_view *view, const struct code_hit *hits,
		      size_t n);
/** The whole catalogue: codes, and as JSON also phrases, causes, sets, categories. */
void codes_print_all(const struct codes_view *view);

/** JSON lines of codes_json.c. */
void codes_json_code(const struct codes_view *view, const struct code *code);
void codes_json_phrase(const struct codes_view *view, const struct code_phrase *phrase);
void codes_json_q850(const struct codes_view *view, const struct q850 *cause);
void codes_json_set(const struct codes_view *view, const struct code_set *set);
void codes_json_category(const struct codes_view *view,
			 const struct code_category *category);
/** What to check for a code: its own advice or its category's. */
struct code_text codes_look(const struct code *code);
