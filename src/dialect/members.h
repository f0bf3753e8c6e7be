/* SPDX-License-Identifier: Apache-2.0 */
/*
 * JSON as PBXes write log entries: strings and numbers of an object, read where they
 * stand. No tree, no memory; what is malformed ends the reading.
 */
#pragma once

#include <sipvigil/base.h>

/** The inside of a string whose opening quote is taken, escapes and all. */
bool members_string(struct sv_str *text, struct sv_str *ret_raw);
/** `"name": "value"` or a number, with or without blanks; marks in front are passed over.
 *  An object inside of an object adds its members: its own value is empty. */
bool members_take(struct sv_str *text, struct sv_str *ret_name,
		  struct sv_str *ret_value);
/** Undo the escapes, into `room` of at least raw.len bytes. Halves of surrogate pairs
 *  stay apart: nothing that is looked for is written so. */
struct sv_str members_unescape(struct sv_str raw, char *room);
