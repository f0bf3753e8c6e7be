/* SPDX-License-Identifier: Apache-2.0 */
/* Lists of strings that an input copies from its settings. */
#pragma once

#include <stddef.h>

/** Ended by NULL; NULL without memory. */
char **strings_copy(const char *const *strings, size_t n);
void strings_free(char **strings);
