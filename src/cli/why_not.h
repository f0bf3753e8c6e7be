/* SPDX-License-Identifier: Apache-2.0 */
/* The answer of `why-not` for people; the question is asked in why_not.c. */
#pragma once

#include "cli/terminal.h"

#include <jansson.h>

/** `answer` as inquiry_json() writes it. */
void why_not_print(const json_t *answer, const struct terminal *terminal,
		   struct buffer *out);
