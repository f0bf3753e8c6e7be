/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One regular expression of PCRE2, compiled, with JIT where the machine allows it, and
 * the memory for its matches. Inside of pattern*.c.
 */
#pragma once

#include "dialect/pattern.h"

/** Limits and stack that the expressions of one dialect share. */
struct pattern_limits;
/** 0 or -ENOMEM. */
int pattern_limits_new(struct pattern_limits **ret_limits);
void pattern_limits_free(struct pattern_limits *limits);

struct pattern_code;
/** 0, -EINVAL, -ENOMEM. `limits` must outlive it; NULL: it is only to be looked at. */
int pattern_code_new(struct sv_str pattern, const struct pattern_limits *limits,
		     struct pattern_code **ret_code, struct pattern_error *reterr);
void pattern_code_free(struct pattern_code *code);

/** The n-th name of a group and the group's number; false behind the last. A name may
 *  come several times. */
bool pattern_code_name(const struct pattern_code *code, size_t n,
		       struct sv_str *ret_name, unsigned *ret_group);

enum pattern_match { PATTERN_NO_MATCH, PATTERN_MATCH, PATTERN_GIVEN_UP };
enum pattern_match pattern_code_match(struct pattern_code *code, struct sv_str subject);
/** Of the last match. */
struct pattern_span pattern_code_group(const struct pattern_code *code, unsigned group);
