/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A JSON object in one line, member by member, as views into the line: for logs that
 * come wrapped in JSON, a line at a time and many of them. Nothing is allocated, what
 * is nested is skipped by counting (no recursion), names are compared as they are
 * written: a name with escapes equals no plain one. Each call is linear in the text.
 */
#pragma once

#include <sipvigil/base.h>

enum json_kind {
	JSON_STRING, /* raw: between its quotes, escapes and all */
	JSON_ARRAY,  /* raw: with its brackets */
	JSON_OBJECT, /* likewise */
	JSON_WORD,   /* number, true, false, null */
};

struct json_value {
	enum json_kind kind;
	struct sv_str raw;
};

struct json_member {
	struct sv_str name;
	struct json_value value;
};

enum json_step {
	JSON_MEMBER,
	JSON_END,    /* the object is complete and nothing follows it */
	JSON_BROKEN, /* no JSON object, or cut off */
};

/** A place in an object; begin with { line, false }. */
struct json_place {
	struct sv_str rest;
	bool begun;
};

enum json_step json_next(struct json_place *place, struct json_member *ret_member);

/** The first value of an array; false: it is empty, or no value. */
bool json_first(struct sv_str array, struct json_value *ret_value);

/** Undo the escapes of a string, once, or put together an array of byte values. At most
 *  `room` bytes go to `to`. A half of a surrogate pair becomes U+FFFD; an escape that
 *  JSON has not stays. Returns the bytes it has in all, which may be more than room, and
 *  the last of them (0 if there is none). */
size_t json_decode(const struct json_value *value, char *to, size_t room,
		   char *ret_last);

/* For texts whose layout is known, read from their left: */

/** The inside of a string whose opening quote is taken, escapes and all. False: it does
 *  not end. */
bool json_take_string(struct sv_str *s, struct sv_str *ret_raw);
/** That without its escapes: json_decode() for a string. What is in `to`, never longer
 *  than `raw`. */
struct sv_str json_text(struct sv_str raw, char *to, size_t room);
