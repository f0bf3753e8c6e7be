/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Shapes that every room shares: text views, time, addresses. Plain data, no code
 * that allocates or fails.
 *
 * Text is always a view (pointer and length). A view is borrowed: it dies when the
 * callback that delivered it returns. It may hold any byte, NUL included, and is not
 * terminated. Whoever keeps text copies it into memory with a cap.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/** Microseconds. Points in time count from 1970-01-01T00:00:00Z; 0 means unknown. */
typedef uint64_t sv_usec;

#define SV_USEC_PER_SEC ((sv_usec)1000000)
#define SV_USEC_PER_MSEC ((sv_usec)1000)
#define SV_USEC_NEVER UINT64_MAX

/** Borrowed text. An absent text has len 0 (ptr may then be NULL). */
struct sv_str {
	const char *ptr;
	size_t len;
};

/** View of a string literal. */
#define SV_STR(literal) ((struct sv_str){ (literal), sizeof(literal) - 1 })

/** IP address. family is 0 (none), 4 or 6; IPv4 uses the first four bytes. */
struct sv_ip {
	uint8_t family;
	uint8_t bytes[16]; /* network byte order */
};
