/* SPDX-License-Identifier: Apache-2.0 */
/* Raw SIP messages in text: what PBXes write when told to log whole messages, and the
 * output of capture tools. */
#pragma once

#include <sipvigil/dialect.h>

extern const struct sv_dialect sipmsg_dialect;

/** One record of some other program that holds a whole message (with its line breaks or
 *  their escapes) behind the addresses of both ends: Kamailio's xlog, AudioCodes. */
bool sipmsg_in_record(struct sv_str text);
/** A line that stands in front of a message. */
bool sipmsg_is_banner(struct sv_str text);
