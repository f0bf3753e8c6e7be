/* SPDX-License-Identifier: Apache-2.0 */
/* The dialects that offline commands read with: the built-in ones and the patterns of a
 * configuration. */
#pragma once

#include "conf/conf.h"
#include "dialect/registry.h"

/** Of a configuration that was read. NULL without memory, which is said. */
struct registry *patterns_of(const struct conf *conf);
/** For commands that need nothing else of a configuration: the one at `path`, or that of
 *  this host. False: the file that was named has mistakes, which are told. Mistakes of
 *  the host's own configuration are told of, and its sound patterns are used. */
bool patterns_load(const char *path, struct registry **ret_registry);
/** At the end: which templates were given up for lines, on standard error. */
void patterns_tell(const struct registry *registry);
