/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The shape of a line of log: what is left when numbers, addresses, quoted text and
 * values are taken out, so that lines of one kind look alike; and the line as a sample
 * for people, without secrets. For lines that nobody understands: their text is hostile
 * and may hold anything, of any length.
 */
#pragma once

#include <sipvigil/base.h>

/** Bytes of a shape, of a sample, and of a line that are looked at. */
#define SHAPE_MAX_BYTES 192
#define SHAPE_SAMPLE_BYTES 320
#define SHAPE_LINE_BYTES ((size_t)1024)

/** Bytes written to `out`: ASCII as it stands, blanks once, control bytes as blanks;
 *  <n> numbers, <hex>, <ip>, <uri>, <text> quoted, <v> the value of a key. */
size_t shape_make(struct sv_str text, char out[SHAPE_MAX_BYTES]);
/** The line cut, control bytes as dots, values of keys that are secrets as "***". */
size_t shape_sample(struct sv_str text, char out[SHAPE_SAMPLE_BYTES]);
