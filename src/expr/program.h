/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The compiled form: tests in a flat array, each with the index of the test that comes
 * next when it holds and when it does not. `and`, `or` and `not` are only ways through
 * that array; every way goes forward, so a run visits each test at most once.
 */
#pragma once

#include "base/address.h"
#include "expr/expr.h"

/* ends of the way instead of an index */
#define PROGRAM_TRUE 0xffffu
#define PROGRAM_FALSE 0xfffeu

enum test_kind {
	TEST_ENUM,
	TEST_U16,
	TEST_U32,
	TEST_TIME,
	TEST_TEXT,
	TEST_LIKE,
	TEST_IP
};

struct test {
	uint8_t kind;    /* enum test_kind */
	uint16_t offset; /* of the field in struct sv_event */
	uint16_t if_true, if_false;
	union {
		uint64_t mask; /* TEST_ENUM: bit set = holds */
		struct {
			uint64_t least, most;
		} range; /* inclusive */
		struct {
			uint32_t at, len;
		} text;               /* in expr.text; TEST_LIKE: lower case */
		struct prefix prefix; /* family 0: the event has no address */
	} with;
};

struct expr {
	uint16_t n, entry;
	bool names_gap;
	char *text; /* behind the tests, in the same block */
	struct test tests[];
};

/** The whole text matches the lower-case pattern. */
bool like_match(struct sv_str pattern, struct sv_str text);
