/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Objects of JSON as PBXes write log entries: their members where they stand (strings:
 * base/json.h). What is malformed ends the reading.
 */
#pragma once

#include <sipvigil/base.h>

/** `"name": "value"` or a number, with or without blanks; marks in front are passed over.
 *  An object inside of an object adds its members: its own value is empty. */
bool members_take(struct sv_str *text, struct sv_str *ret_name,
		  struct sv_str *ret_value);
