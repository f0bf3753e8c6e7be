/* SPDX-License-Identifier: Apache-2.0 */
/* What rsyslog does with messages: which file a facility goes to, as far as selector
 * lines tell ("local0.*  -/var/log/kamailio.log"); limits and repeated messages. */
#pragma once

#include "doctor/tree.h"

/** The first file that a facility ("LOG_LOCAL0" or "local0") with level notice is
 *  written to; false: rsyslog is not there, or no selector line says. */
bool rsyslog_target(struct doctor *doctor, struct sv_str facility,
		    char out[TREE_PATH_BYTES]);
void rsyslog_look(struct doctor *doctor);
