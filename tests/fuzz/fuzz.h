/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A fuzz target is one file tests/fuzz/fuzz_<name>.c that defines this function: it
 * gets any bytes, must return 0 and must neither crash nor leak. The bytes belong to
 * the caller and are not terminated. Check promises with assert(): a wrong answer is a
 * find, too.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
