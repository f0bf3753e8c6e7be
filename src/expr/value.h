/* SPDX-License-Identifier: Apache-2.0 */
/* Values of comparisons: a token, read by the kind of the field it is compared with. */
#pragma once

#include "expr/field.h"
#include "expr/lex.h"
#include "expr/program.h"

/** May be compared with < and >. */
bool value_has_order(const struct field *field);
/** Outcomes that count as failures, as a mask. */
uint64_t value_failures(void);
/** Turn "field op token" into a test (LEX_NE as LEX_EQ: the caller negates). Not for
 *  text. False: the error is filled. */
bool value_read(const struct expr_field *field, enum lex_kind op,
		const struct lex_token *token, struct test *test,
		struct expr_error *reterr_error);
