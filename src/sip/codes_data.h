/* SPDX-License-Identifier: Apache-2.0 */
/* The tables behind codes.h, for codes.c and codes_search.c alone. */
#pragma once

#include "sip/codes.h"

extern const struct code codes_table[];
extern const size_t codes_table_n;
extern const struct code_phrase codes_phrases[];
extern const size_t codes_phrases_n;
extern const struct code_category codes_categories[];
extern const size_t codes_categories_n;
extern const struct code_advice codes_advice[];
extern const size_t codes_advice_n;
extern const struct q850 codes_q850_table[];
extern const size_t codes_q850_n;
extern const struct code_set codes_sets[];
extern const size_t codes_sets_n;
