/* SPDX-License-Identifier: Apache-2.0 */
/* The rules that an offline command runs: a configuration read for them alone, its
 * mistakes on standard error. */
#pragma once

#include "conf/conf.h"
#include "engine/engine.h"

/** NULL when it has mistakes. */
struct conf *rulefile_load(const struct conf_options *options);
/** What an engine of these rules is made from; borrowed from `conf`. */
struct engine_spec rulefile_engine(const struct conf *conf);
