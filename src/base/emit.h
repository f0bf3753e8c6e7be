/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Writing JSON into a struct buffer, by hand: render.h runs once an event, so there is
 * no tree in between. Members are comma separated by looking at what stands before
 * them; an unknown value ("" or 0 or NaN where the header says so) leaves its key out.
 */
#pragma once

#include <base/buffer.h>

/** Text of emit_time_text() without its NUL: "2026-11-22T09:31:07.412000Z". */
#define EMIT_TIME_BYTES 27

/** `"key":{` or `"key":[`; without a key (NULL) only the bracket. */
void emit_open(struct buffer *buf, const char *key, char bracket);
void emit_close(struct buffer *buf, char bracket);
/** Left out when empty. key NULL: an element of an array. */
void emit_text(struct buffer *buf, const char *key, struct sv_str text);
/** `word` is one of our own: no escaping. Left out when "". */
void emit_word(struct buffer *buf, const char *key, const char *word);
void emit_u64(struct buffer *buf, const char *key, uint64_t value);
/** Shortest text of at most six digits, whole numbers in full. Left out when NaN. */
void emit_double(struct buffer *buf, const char *key, double value);
void emit_true(struct buffer *buf, const char *key);
void emit_bool(struct buffer *buf, const char *key, bool value);
/** RFC 3339 in UTC with µs. Left out when 0. */
void emit_time(struct buffer *buf, const char *key, sv_usec time);
/** The same as text with NUL. Times past the year 9999 are cut to its end. */
void emit_time_text(char out[EMIT_TIME_BYTES + 1], sv_usec time);
