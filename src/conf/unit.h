/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Values with units as people write them: durations ("5m", "1h30m", "500ms"), sizes
 * ("64M"), numbers, switches. Pure; the whole text must be the value.
 */
#pragma once

#include "base/text.h"

enum unit_result {
	UNIT_OK,
	UNIT_NOT_A_VALUE,
	UNIT_MISSING, /* a number, but without the unit that it needs */
	UNIT_UNKNOWN, /* a number with a unit that there is not */
	UNIT_TOO_LARGE,
};

/** µs; units ms, s, m (or min), h, d, w, several of them in falling order. A bare 0 is
 *  a duration. */
enum unit_result unit_duration(struct sv_str text, sv_usec *ret_usec);
/** Bytes; units K, M, G (times 1024, also KiB, MB …) or B; a bare number is bytes. */
enum unit_result unit_size(struct sv_str text, uint64_t *ret_bytes);
enum unit_result unit_number(struct sv_str text, uint64_t *ret_number);
/** true, yes, on; false, no, off. */
enum unit_result unit_switch(struct sv_str text, bool *ret_on);

/** Shortest text that unit_duration() reads back: "90s", "5m", "1d". */
#define UNIT_TEXT_BYTES 32
void unit_duration_print(sv_usec usec, char out[UNIT_TEXT_BYTES]);
/** Likewise for sizes: "64M". */
void unit_size_print(uint64_t bytes, char out[UNIT_TEXT_BYTES]);
