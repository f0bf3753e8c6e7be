/* SPDX-License-Identifier: Apache-2.0 */
/* One record may come by several inputs: a file, the journal, a syslog server. */
#pragma once

#include <sipvigil/base.h>

/** For sv_hints.text_hash: equal for all copies of a message, whether line breaks inside
 *  stand there as they are or as syslog daemons escape them. Of its first line. */
uint64_t copies_hash(struct sv_str message);
