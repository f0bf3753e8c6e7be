/* SPDX-License-Identifier: Apache-2.0 */
/* The rules that an offline command runs: a configuration read for them alone, its
 * mistakes on standard error. */
#pragma once

#include "conf/conf.h"

/** NULL when it has mistakes. */
struct conf *rulefile_load(const struct conf_options *options);
